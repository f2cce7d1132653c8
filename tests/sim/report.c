#include "sim/report.h"

#include <math.h>

const char *sim_target_text(enum sim_target target) {
    static const char *const texts[] = {
#define SIM_TARGET_TEXT(name, text) [SIM_TARGET_##name] = text,
        SIM_TARGET_MAP(SIM_TARGET_TEXT)
#undef SIM_TARGET_TEXT
    };
    return texts[target];
}

/* ---- targets ----------------------------------------------------------------------------------
 */

enum { MINUTE = 1 }; /* of sim_windows_ns */

static unsigned bit(enum sim_target target, bool missed) {
    return missed ? 1U << target : 0;
}

static bool found_late(const struct sim_watch *watch, double limit_s) {
    return watch->found_count < watch->onset_count || watch->found_after.most_s > limit_s;
}

/* A gauge that is looked at ten times a second says little of requests shorter than that: of few
 * slots, 1 point is less than the noise. The looks of the simulation itself have the same. */
static bool is_too_short(const struct sim_service_spec *spec) {
    return sim_law_mean_s(&spec->law) < 0.15;
}

static unsigned missed_by_load(const struct sim_service *service) {
    const struct sim_score *score = &service->score;
    const struct sim_error *error = &score->utilization[MINUTE];
    bool has_records = service->spec->has_records;
    double limit = is_too_short(service->spec) ? 1.5 : 1;
    return bit(SIM_TARGET_RECORDS, has_records && sim_error_worst(error) > 0.5) |
           bit(SIM_TARGET_GAUGES, !has_records && sim_error_quantile(error, 0.99) > limit) |
           bit(SIM_TARGET_LOOKS,
               !has_records && sim_error_rms(error) > 1.2 * sim_error_rms(&score->looked) + 0.05);
}

static unsigned missed_by(const struct sim *sim, const struct sim_service *service) {
    const struct sim_score *score = &service->score;
    const struct sim_watch *watches = score->watches;
    double late_s = (double)sim->options->late_ns / 1e9,
           tick_s = (double)sim->options->tick_ns / 1e9;
    double stuck_s = 30 + tick_s + late_s, crit_s = 30 + tick_s + late_s;
    double flap_s = tick_s + late_s, errors_s = 45 + tick_s + late_s;
    return missed_by_load(service) |
           bit(SIM_TARGET_TOTALS, score->total_wrong_count > 0 || score->total_fell_count > 0) |
           bit(SIM_TARGET_RATES, score->rate_over_count > 0) |
           bit(SIM_TARGET_STUCK_FOUND, found_late(&watches[SIM_ALARM_STUCK], stuck_s)) |
           bit(SIM_TARGET_STUCK_FALSE, watches[SIM_ALARM_STUCK].false_count > 0) |
           bit(SIM_TARGET_SATURATED_FOUND, found_late(&watches[SIM_ALARM_SATURATED], crit_s)) |
           bit(SIM_TARGET_NEARLY_FOUND, 10 * watches[SIM_ALARM_NEARLY].found_count <
                                            9 * watches[SIM_ALARM_NEARLY].onset_count) |
           bit(SIM_TARGET_SATURATED_FALSE, watches[SIM_ALARM_SATURATED].false_count > 0 ||
                                               watches[SIM_ALARM_NEARLY].false_count > 0) |
           bit(SIM_TARGET_FLAPPING_FOUND, found_late(&watches[SIM_ALARM_FLAPPING], flap_s)) |
           bit(SIM_TARGET_FLAPPING_FALSE, watches[SIM_ALARM_FLAPPING].false_count > 0) |
           bit(SIM_TARGET_ERRORS_FOUND, found_late(&watches[SIM_ALARM_ERRORS_RISING], errors_s)) |
           bit(SIM_TARGET_TRENDS_FALSE, watches[SIM_ALARM_ERRORS_RISING].false_count > 0 ||
                                            watches[SIM_ALARM_QUEUE_GROWING].false_count > 0) |
           bit(SIM_TARGET_SHOWN, score->tick_count == 0 || score->utilization[MINUTE].count == 0);
}

/* A run in which nothing of a kind happened proves nothing about it. */
static bool never_happened(const struct sim *sim) {
    static const enum sim_alarm asked[] = {SIM_ALARM_STUCK, SIM_ALARM_SATURATED, SIM_ALARM_FLAPPING,
                                           SIM_ALARM_ERRORS_RISING};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        uint32_t count = 0;
        for (size_t s = 0; s < sim->service_count; s++)
            count += sim->services[s].score.watches[asked[i]].onset_count;
        if (count == 0)
            return true;
    }
    return sim->kill_count == 0;
}

unsigned sim_missed(const struct sim *sim) {
    unsigned missed = bit(SIM_TARGET_SHOWN, never_happened(sim));
    for (size_t i = 0; i < sim->service_count; i++)
        missed |= missed_by(sim, &sim->services[i]);
    return missed;
}

/* ---- the table --------------------------------------------------------------------------------
 */

static void report_load(const struct sim *sim, FILE *out) {
    fprintf(out, "\nutilization: shown - truth, in points   (rms / 99 %% within / worst)\n");
    fprintf(out, "%-9s %-7s %-22s %-22s %-22s %-22s %s\n", "service", "from", "10 s", "1 min",
            "5 min", "1 min, ideal looks", "unknown");
    for (size_t i = 0; i < sim->service_count; i++) {
        const struct sim_service *service = &sim->services[i];
        const struct sim_score *score = &service->score;
        fprintf(out, "%-9s %-7s", service->spec->name,
                service->spec->has_records ? "records" : "gauges");
        for (size_t w = 0; w <= SIM_WINDOWS; w++) {
            const struct sim_error *error =
                w < SIM_WINDOWS ? &score->utilization[w] : &score->looked;
            fprintf(out, " %6.3f %6.3f %6.3f  ", sim_error_rms(error),
                    sim_error_quantile(error, 0.99), sim_error_worst(error));
        }
        fprintf(out, " %.2f %%\n",
                100 * (double)score->window_unknown_count[MINUTE] / (double)score->tick_count);
    }
}

static void report_counts(const struct sim *sim, FILE *out) {
    fprintf(out, "\ncounts: rates in %% of the usual one; a tick may miss what a worker counted "
                 "before it was seen\n");
    fprintf(out, "%-9s %12s %12s %10s %12s %10s %10s %10s\n", "service", "requests", "totals wrong",
            "fell", "rate rms", "above", "below", "unknown");
    for (size_t i = 0; i < sim->service_count; i++) {
        const struct sim_service *service = &sim->services[i];
        const struct sim_score *score = &service->score;
        fprintf(
            out, "%-9s %12llu %12llu %10llu %10.3f %% %10llu %10llu %10llu\n", service->spec->name,
            (unsigned long long)service->done_count, (unsigned long long)score->total_wrong_count,
            (unsigned long long)score->total_fell_count, sim_error_rms(&score->rate),
            (unsigned long long)score->rate_over_count, (unsigned long long)score->rate_under_count,
            (unsigned long long)score->rate_unknown_count);
    }
}

static void report_queues(const struct sim *sim, FILE *out) {
    fprintf(out,
            "\nmean wait over 1 min, in ms: against queue-seconds / requests, and against what "
            "was waited; peaks in %% of each minute's\n");
    fprintf(out, "%-9s %10s %22s %22s %22s\n", "service", "mean", "rms / 99 % / worst",
            "rms / 99 % / worst", "peak, rms / worst");
    for (size_t i = 0; i < sim->service_count; i++) {
        const struct sim_score *score = &sim->services[i].score;
        const struct sim_error *wait = &score->wait[MINUTE], *real = &score->real_wait[MINUTE];
        fprintf(out, "%-9s %10.2f %8.2f %6.2f %6.2f %8.2f %6.2f %6.2f %14.2f %7.2f\n",
                sim->services[i].spec->name,
                wait->count == 0 ? 0 : score->wait_sum_ms[MINUTE] / (double)wait->count,
                sim_error_rms(wait), sim_error_quantile(wait, 0.99), sim_error_worst(wait),
                sim_error_rms(real), sim_error_quantile(real, 0.99), sim_error_worst(real),
                sim_error_rms(&score->queue_peak), sim_error_worst(&score->queue_peak));
    }
}

static double mean_s(const struct sim_delay *delay) {
    return delay->count == 0 ? (double)NAN : delay->sum_s / delay->count;
}

static void report_verdicts(const struct sim *sim, FILE *out) {
    fprintf(out, "\nverdicts: delays in s after a monitor could know of it\n");
    fprintf(out, "%-9s %-17s %9s %7s %10s %10s %12s %12s %7s\n", "service", "trouble", "happened",
            "found", "mean", "longest", "cleared", "longest", "false");
    for (size_t i = 0; i < sim->service_count; i++)
        for (unsigned alarm = 0; alarm < SIM_ALARMS; alarm++) {
            const struct sim_watch *watch = &sim->services[i].score.watches[alarm];
            if (watch->onset_count == 0 && watch->false_count == 0)
                continue;
            fprintf(out, "%-9s %-17s %9u %7u %10.2f %10.2f %12.2f %12.2f %7u\n",
                    sim->services[i].spec->name, sim_alarm_text((enum sim_alarm)alarm),
                    watch->onset_count, watch->found_count, mean_s(&watch->found_after),
                    watch->found_after.most_s, mean_s(&watch->cleared_after),
                    watch->cleared_after.most_s, watch->false_count);
        }
}

void sim_report(const struct sim *sim, FILE *out) {
    unsigned missed = sim_missed(sim);
    fprintf(out,
            "%.2f simulated hours, seed %llu: %llu events, %llu ticks, %llu looks, %llu monitors "
            "killed, %llu processes\n",
            sim->options->hours, (unsigned long long)sim->options->seed,
            (unsigned long long)sim->event_count, (unsigned long long)sim->tick_count,
            (unsigned long long)sim->look_count, (unsigned long long)sim->kill_count,
            (unsigned long long)sim->start_count);
    report_load(sim, out);
    report_queues(sim, out);
    report_counts(sim, out);
    report_verdicts(sim, out);
    fprintf(out, "\n");
    for (unsigned target = 0; target < SIM_TARGETS; target++)
        fprintf(out, "%s  %s\n", (missed >> target & 1) != 0 ? "MISSED" : "ok    ",
                sim_target_text((enum sim_target)target));
}
