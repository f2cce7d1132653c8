/* patient.h - one service for the rules of health, without a monitor: set its figures, then look.
 */
#ifndef WT_TESTS_PATIENT_H
#define WT_TESTS_PATIENT_H

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "model/health.h"
#include "support/support.h"

static const int64_t second __attribute__((unused)) = WT_NS_PER_S;

enum { BUSY, CAPACITY, QUEUE, REQUESTS, ERRORS, FIELDS };

struct patient {
    struct wt_health health;
    struct wt_health_limits limits;
    struct wt_findings findings;
    struct wt_health_changes changes;
    struct wt_churn churn;
    struct wt_time now;
    struct wt_field_stats fields[FIELDS];
    struct wt_accept_queue listener;
    struct wt_service service;
};

static inline void set(struct patient *patient, int field, double value) {
    if (field == REQUESTS || field == ERRORS)
        patient->fields[field].rate_per_s = value;
    else
        patient->fields[field].sum = wt_number_integer((wt_int128)value);
}

static inline void admit(struct patient *patient) {
    *patient = (struct patient){
        .limits = wt_health_limits_default,
        .now = {.monotonic_ns = 5000 * second, .realtime_ns = 90000 * second},
        .service = {.name = "web",
                    .worker_count = 10,
                    .field_count = FIELDS,
                    .busy_field = BUSY,
                    .capacity_field = CAPACITY,
                    .queue_field = QUEUE,
                    .errors_field = ERRORS,
                    .requests_field = REQUESTS,
                    .last_exit = "",
                    .starts_per_min = NAN,
                    .exits_per_min = NAN},
    };
    patient->service.fields = patient->fields;
    patient->findings.churn = &patient->churn;
    patient->fields[REQUESTS].kind = patient->fields[ERRORS].kind = WT_KIND_COUNTER;
    set(patient, BUSY, 10);
    set(patient, CAPACITY, 20);
    set(patient, QUEUE, 0);
    set(patient, REQUESTS, 100);
    set(patient, ERRORS, 0);
}

static inline bool look(struct patient *patient) {
    patient->service.utilization_ratio =
        wt_service_sum(&patient->service, BUSY) / wt_service_sum(&patient->service, CAPACITY);
    patient->now.monotonic_ns += second;
    patient->now.realtime_ns += second;
    return wt_health_judge(&patient->health, &patient->limits, &patient->service,
                           &patient->findings, patient->now, &patient->changes);
}

static inline void look_for(struct patient *patient, int seconds) {
    for (int i = 0; i < seconds; i++)
        look(patient);
}

static inline void assert_says(const struct patient *patient, enum wt_verdict verdict,
                               enum wt_cause cause, const char *sentence) {
    assert_string_equal(patient->health.sentence, sentence);
    assert_int_equal(patient->health.verdict, verdict);
    assert_int_equal(patient->health.cause, cause);
}

static inline void assert_well(const struct patient *patient) {
    assert_says(patient, WT_VERDICT_OK, WT_CAUSE_NONE, "");
}

static inline void end_worker(struct patient *patient, const char *cause, bool is_crash,
                              int age_s) {
    const struct wt_churn_exit exit = {.at_ns = patient->now.monotonic_ns,
                                       .born_ns = patient->now.monotonic_ns - age_s * second,
                                       .is_crash = is_crash,
                                       .is_first = true};
    wt_churn_add_exit(&patient->churn, &exit);
    patient->service.last_exit = cause;
    patient->service.last_exit_realtime_ns = patient->now.realtime_ns;
    wt_churn_add_start(&patient->churn, patient->now.monotonic_ns + second);
}

#endif /* WT_TESTS_PATIENT_H */
