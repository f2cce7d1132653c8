#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/check.h"
#include "export/export.h"
#include "support/samples.h"

/* One check: a snapshot (released here), what is asked, and the line and code that must come. */
struct ask {
    struct wt_snapshot *snapshot;
    const char *services[4];
    const char *metric, *warning, *critical;
    int64_t max_age_ns, later_ns;
    bool has_sums_only;
};

static enum wt_check_code run(const struct ask *ask, struct wt_buffer *out) {
    struct wt_range ranges[2];
    struct wt_check_options options = {.services = ask->services,
                                       .metric = ask->metric,
                                       .max_age_ns = ask->max_age_ns,
                                       .has_sums_only = ask->has_sums_only};
    struct wt_time now = wt_sample_now();
    now.monotonic_ns += ask->later_ns;
    if (ask->warning != NULL) {
        assert_int_equal(wt_range_parse(ask->warning, &ranges[0], NULL), WT_OK);
        options.warning = &ranges[0];
    }
    if (ask->critical != NULL) {
        assert_int_equal(wt_range_parse(ask->critical, &ranges[1], NULL), WT_OK);
        options.critical = &ranges[1];
    }
    enum wt_check_code code = wt_export_check(ask->snapshot, &options, now, out);
    assert_false(out->failed);
    return code;
}

static void expect(const struct ask *ask, enum wt_check_code code, const char *line) {
    struct wt_buffer out = {0};
    enum wt_check_code found = run(ask, &out);
    assert_string_equal(wt_buffer_text(&out), line);
    assert_int_equal(found, code);
    wt_buffer_fini(&out);
    wt_snapshot_unref(ask->snapshot);
}

static struct wt_service *service_of(struct wt_snapshot *snapshot, size_t index) {
    return (struct wt_service *)(uintptr_t)&snapshot->services[index];
}

/* The sample's fleet with other verdicts: api, cable, jobs, web. */
static struct wt_snapshot *fleet(enum wt_verdict api, enum wt_verdict cable, enum wt_verdict jobs,
                                 enum wt_verdict web) {
    const enum wt_verdict verdicts[] = {api, cable, jobs, web};
    struct wt_snapshot *snapshot = wt_sample_fleet();
    for (size_t i = 0; i < 4; i++) {
        service_of(snapshot, i)->verdict = verdicts[i];
        if (verdicts[i] < WT_VERDICT_WARN)
            service_of(snapshot, i)->sentence = "";
    }
    return snapshot;
}

/* clang-format off */
#define API_FIGURES " 'api/utilization'=20% 'api/queue'=0;;;0 'api/workers'=6;;;0 'api/stuck'=0;;;0" \
                    " 'api/stale'=0;;;0 'api/errors'=0;;;0 'api/requests'=396;;;0"
#define CABLE_FIGURES " 'cable/workers'=2;;;0 'cable/stuck'=0;;;0 'cable/stale'=0;;;0" \
                      " 'cable/requests'=0;;;0"
#define JOBS_FIGURES " 'jobs/utilization'=4% 'jobs/queue'=570;;;0 'jobs/workers'=5;;;0" \
                     " 'jobs/stuck'=1;;;0 'jobs/stale'=0;;;0 'jobs/requests'=24;;;0"
#define WEB_FIGURES " 'web/utilization'=95% 'web/queue'=36;;;0 'web/workers'=4;;;0" \
                    " 'web/stuck'=0;;;0 'web/stale'=0;;;0 'web/errors'=3;;;0 'web/requests'=1860;;;0"
#define ALL_FIGURES " |" API_FIGURES CABLE_FIGURES JOBS_FIGURES WEB_FIGURES
/* clang-format on */

static void the_worst_service_is_named_with_cause_and_cure(void **state) {
    (void)state;
    expect(&(struct ask){.snapshot = wt_sample_fleet()}, WT_CHECK_CRITICAL,
           "WORKTOP CRITICAL: web: no free slot: 19/20 busy, 36 queued, for 6m12s: 75 % needs 6 "
           "workers; also 1 CRITICAL (jobs), 1 WARNING (api)" ALL_FIGURES);
    expect(&(struct ask){.snapshot =
                             fleet(WT_VERDICT_WARN, WT_VERDICT_IDLE, WT_VERDICT_OK, WT_VERDICT_OK)},
           WT_CHECK_WARNING,
           "WORKTOP WARNING: api: restarting: 7 exits/min, last by signal 9" ALL_FIGURES);
}

static void verdicts_become_exit_codes(void **state) {
    (void)state;
    const enum wt_verdict unknown = WT_VERDICT_UNKNOWN, ok = WT_VERDICT_OK, idle = WT_VERDICT_IDLE;
    expect(&(struct ask){.snapshot = fleet(ok, idle, ok, ok)}, WT_CHECK_OK,
           "WORKTOP OK: 4 services, 17 workers, busiest web 95%" ALL_FIGURES);
    expect(&(struct ask){.snapshot = fleet(idle, idle, idle, idle)}, WT_CHECK_OK,
           "WORKTOP OK: 4 services, 17 workers, busiest web 95%" ALL_FIGURES);
    /* What is not known of one hides nothing that is known of the others ... */
    expect(
        &(struct ask){.snapshot = fleet(ok, unknown, ok, ok)}, WT_CHECK_OK,
        "WORKTOP OK: 4 services, 17 workers, busiest web 95%; also 1 UNKNOWN (cable)" ALL_FIGURES);
    /* ... unless it was asked for by its name. */
    expect(&(struct ask){.snapshot = fleet(ok, unknown, ok, ok), .services = {"cable"}},
           WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: cable: no verdict yet: ask again in a moment |" CABLE_FIGURES);
    expect(
        &(struct ask){.snapshot = fleet(unknown, unknown, unknown, unknown)}, WT_CHECK_UNKNOWN,
        "WORKTOP UNKNOWN: web: no verdict yet: ask again in a moment; also 3 UNKNOWN (api, cable, "
        "jobs)" ALL_FIGURES);
}

static void services_may_be_chosen(void **state) {
    (void)state;
    expect(&(struct ask){.snapshot = wt_sample_fleet(), .services = {"api"}}, WT_CHECK_WARNING,
           "WORKTOP WARNING: api: restarting: 7 exits/min, last by signal 9 |" API_FIGURES);
    expect(&(struct ask){.snapshot = wt_sample_fleet(), .services = {"cable", "api", "cable"}},
           WT_CHECK_WARNING,
           "WORKTOP WARNING: api: restarting: 7 exits/min, last by signal 9 |" CABLE_FIGURES
               API_FIGURES);
    expect(&(struct ask){.snapshot = wt_sample_fleet(), .services = {"cable"}}, WT_CHECK_OK,
           "WORKTOP OK: cable: IDLE, 2 workers |" CABLE_FIGURES);
    expect(
        &(struct ask){.snapshot = wt_sample_fleet(), .services = {"cable", "wbe|\n"}},
        WT_CHECK_UNKNOWN,
        "WORKTOP UNKNOWN: no service wbe\xc2\xa6\xc2\xb7 is known; there are api, cable, jobs, web");
}

static void thresholds_judge_one_figure(void **state) {
    (void)state;
    struct ask ask = {
        .snapshot = wt_sample_fleet(), .metric = "queue", .warning = "10", .critical = "1000"};
    expect(
        &ask, WT_CHECK_WARNING,
        "WORKTOP WARNING: jobs: queue 570 is above 10; it is CRIT: worker 12 stuck: busy for 94s "
        "without progress; also 1 WARNING (web) | 'api/queue'=0;10;1000;0 "
        "'jobs/queue'=570;10;1000;0 'web/queue'=36;10;1000;0");
    ask = (struct ask){.snapshot = wt_sample_fleet(),
                       .services = {"web"},
                       .metric = "utilization",
                       .warning = "80",
                       .critical = "94.5"};
    expect(&ask, WT_CHECK_CRITICAL,
           "WORKTOP CRITICAL: web: utilization 95% is above 94.5; it is CRIT: no free slot: 19/20 "
           "busy, 36 queued, for 6m12s: 75 % needs 6 workers | 'web/utilization'=95%;80;94.5");
    ask = (struct ask){.snapshot = wt_sample_fleet(),
                       .services = {"api"},
                       .metric = "utilization",
                       .critical = "80"};
    expect(&ask, WT_CHECK_OK, "WORKTOP OK: api: utilization 20% | 'api/utilization'=20%;;80");
    ask = (struct ask){.snapshot = wt_sample_fleet(),
                       .services = {"api"},
                       .metric = "workers",
                       .warning = "7:",
                       .critical = "@~:5"};
    expect(
        &ask, WT_CHECK_WARNING,
        "WORKTOP WARNING: api: workers 6 is below 7; it is WARN: restarting: 7 exits/min, last by "
        "signal 9 | 'api/workers'=6;7:;@~:5;0");
}

static void every_figure_has_a_name(void **state) {
    (void)state;
    static const struct {
        const char *service, *metric, *text;
    } cases[] = {
        {"jobs", "stuck", "stuck 1 | 'jobs/stuck'=1;~:;;0"},
        {"jobs", "stale", "stale 0 | 'jobs/stale'=0;~:;;0"},
        {"web", "errors", "errors 3 | 'web/errors'=3;~:;;0"},
        {"web", "requests", "requests 1860 | 'web/requests'=1860;~:;;0"},
        {"web", "requests_total", "requests_total 4961860 | 'web/requests_total'=4961860;~:"},
        {"web", "requests_total/s", "requests_total/s 1860 | 'web/requests_total/s'=1860;~:;;0"},
        {"jobs", "load", "load 1.5 | 'jobs/load'=1.5;~:"},
        {"cable", "connections_active",
         "connections_active 1801 | 'cable/connections_active'=1801;~:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[256];
        struct ask ask = {.snapshot = wt_sample_fleet(),
                          .services = {cases[i].service},
                          .metric = cases[i].metric,
                          .warning = "~:"};
        snprintf(line, sizeof line, "WORKTOP OK: %s: %s", cases[i].service, cases[i].text);
        expect(&ask, WT_CHECK_OK, line);
    }
}

static void a_figure_that_is_not_there(void **state) {
    (void)state;
    struct ask ask = {
        .snapshot = wt_sample_fleet(), .services = {"cable"}, .metric = "queue", .warning = "5"};
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: cable has no figure queue: it has workers, stuck, stale, requests, "
           "connections_active, connections_total, requests_active, requests_total");
    ask = (struct ask){.snapshot = wt_sample_fleet(),
                       .services = {"web"},
                       .metric = "requests_active/s",
                       .warning = "5"};
    expect(
        &ask, WT_CHECK_UNKNOWN,
        "WORKTOP UNKNOWN: web has no figure requests_active/s: it has utilization, queue, workers, "
        "stuck, stale, errors, requests, requests_active, requests_total, requests_errors_total, "
        "requests_queued, worker_threads");
    /* Nobody has it. */
    ask = (struct ask){.snapshot = wt_sample_fleet(), .metric = "zzz", .warning = "5"};
    struct wt_buffer out = {0};
    assert_int_equal(run(&ask, &out), WT_CHECK_UNKNOWN);
    assert_non_null(strstr(out.data, " has no figure zzz: it has "));
    assert_null(strchr(out.data, '|'));
    wt_buffer_fini(&out);
    wt_snapshot_unref(ask.snapshot);
}

static void a_figure_that_is_not_known(void **state) {
    (void)state;
    struct ask ask = {
        .snapshot = wt_sample_fleet(), .services = {"web"}, .metric = "requests", .warning = "5"};
    struct wt_service *web = service_of(ask.snapshot, 3);
    ((struct wt_field_stats *)(uintptr_t)web->fields)[web->requests_field].rate_per_s = (double)NAN;
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: web: requests is unknown: ask again in a moment | 'web/requests'=U");
    ask.snapshot = wt_sample_fleet();
    web = service_of(ask.snapshot, 3);
    web->worker_count = 0;
    ((struct wt_field_stats *)(uintptr_t)web->fields)[web->requests_field].rate_per_s = (double)NAN;
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: web: requests is unknown: no worker with metrics is left | "
           "'web/requests'=U");
    /* Among all services it is left out. */
    ask = (struct ask){.snapshot = wt_sample_fleet(), .metric = "utilization", .warning = "~:"};
    service_of(ask.snapshot, 3)->utilization_ratio = (double)NAN;
    expect(&ask, WT_CHECK_OK,
           "WORKTOP OK: api: utilization 20% | 'api/utilization'=20%;~: 'jobs/utilization'=4%;~:");
}

static void what_cannot_be_believed_is_unknown(void **state) {
    (void)state;
    struct ask ask = {.snapshot = wt_sample_fleet(), .later_ns = 3 * WT_NS_PER_S};
    expect(
        &ask, WT_CHECK_UNKNOWN,
        "WORKTOP UNKNOWN: stale: the last look is 3.5s old, more than 3.0s: look at what monitor "
        "4242 does, or allow more with --max-age");
    ask = (struct ask){.snapshot = wt_sample_fleet(), .max_age_ns = WT_NS_PER_S / 4};
    expect(
        &ask, WT_CHECK_UNKNOWN,
        "WORKTOP UNKNOWN: stale: the last look is 500ms old, more than 250ms: look at what monitor "
        "4242 does, or allow more with --max-age");
    ask = (struct ask){.snapshot = wt_sample_fleet(),
                       .later_ns = 60 * WT_NS_PER_S,
                       .max_age_ns = 61 * WT_NS_PER_S,
                       .services = {"cable"}};
    expect(&ask, WT_CHECK_OK, "WORKTOP OK: cable: IDLE, 2 workers |" CABLE_FIGURES);
    /* A short interval is no reason to be hasty. */
    ask = (struct ask){.snapshot = wt_sample_fleet(), .services = {"cable"}};
    ask.snapshot->monitor.interval_ns = WT_NS_PER_S / 10;
    expect(&ask, WT_CHECK_OK, "WORKTOP OK: cable: IDLE, 2 workers |" CABLE_FIGURES);
    ask.snapshot = wt_sample_fleet();
    ask.snapshot->failed = true;
    ask.snapshot->store.problem = "it was truncated";
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: the workers' segments cannot be read: it was truncated");
    for (int health = WT_SOURCE_SILENT; health <= WT_SOURCE_LEFT; health++) {
        ask.snapshot = wt_sample_fleet();
        ask.snapshot->source.health = (enum wt_source_health)health;
        ask.snapshot->source.problem = "monitor 7 is | gone\n";
        expect(&ask, WT_CHECK_UNKNOWN, "WORKTOP UNKNOWN: monitor 7 is \xc2\xa6 gone\xc2\xb7");
    }
    ask.snapshot = wt_sample_empty();
    ask.snapshot->time = wt_sample_now();
    expect(
        &ask, WT_CHECK_UNKNOWN,
        "WORKTOP UNKNOWN: no data: no worker has registered with the monitor yet; start some, or "
        "ask another monitor with --socket");
}

static void the_monitors_own_trouble_counts(void **state) {
    (void)state;
    struct wt_snapshot *snapshot =
        fleet(WT_VERDICT_OK, WT_VERDICT_OK, WT_VERDICT_WARN, WT_VERDICT_OK);
    snapshot->store.problem = "full: 3 workers have no segment: raise --max-size";
    expect(&(struct ask){.snapshot = snapshot}, WT_CHECK_CRITICAL,
           "WORKTOP CRITICAL: store: full: 3 workers have no segment: raise --max-size; also 1 "
           "WARNING (jobs)" ALL_FIGURES);
    /* Not for who asks for a service. */
    snapshot = wt_sample_fleet();
    snapshot->store.problem = "full";
    expect(&(struct ask){.snapshot = snapshot, .services = {"cable"}}, WT_CHECK_OK,
           "WORKTOP OK: cable: IDLE, 2 workers |" CABLE_FIGURES);
}

static void a_ruby_supervisor_has_sums(void **state) {
    (void)state;
    static const char text[] =
        "{\"type\":\"utilization_monitor\",\"data\":{\"web\":{\"requests_total\":12,"
        "\"requests_active\":3,\"threads_limit\":4,\"worker_count\":2}}}";
    struct ask ask = {.has_sums_only = true};
    assert_int_equal(
        wt_import_status_json(text, sizeof text - 1, wt_sample_now(), &ask.snapshot, NULL), WT_OK);
    struct wt_snapshot *kept = wt_snapshot_ref(ask.snapshot);
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: web: this supervisor tells sums, no verdicts: use --metric NAME with "
           "--warning or --critical RANGE | 'web/utilization'=75% 'web/workers'=2;;;0");
    ask = (struct ask){.snapshot = wt_snapshot_ref(kept),
                       .has_sums_only = true,
                       .metric = "utilization",
                       .warning = "50",
                       .critical = "90"};
    expect(&ask, WT_CHECK_WARNING,
           "WORKTOP WARNING: web: utilization 75% is above 50 | 'web/utilization'=75%;50;90");
    ask.snapshot = wt_snapshot_ref(kept);
    ask.metric = "requests";
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: web: requests is unknown: this supervisor tells sums, no rates | "
           "'web/requests'=U");
    ask.snapshot = kept;
    ask.metric = "stuck";
    expect(&ask, WT_CHECK_UNKNOWN,
           "WORKTOP UNKNOWN: web has no figure stuck: it has utilization, workers, requests, "
           "requests_total, requests_active, threads_limit");
}

/* One line, one "|" of ours, and quotes that close, whatever names say. */
static void check_shape(const char *line) {
    const char *bar = strchr(line, '|');
    bool is_quoted = false;
    for (const char *at = line; *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
    if (bar == NULL)
        return;
    assert_null(strchr(bar + 1, '|'));
    for (const char *at = bar; *at != '\0'; at++) {
        if (*at == '\'')
            is_quoted = !is_quoted;
        else if (*at == '=')
            assert_false(is_quoted);
    }
    assert_false(is_quoted);
}

static void names_break_nothing(void **state) {
    (void)state;
    static const char *const metrics[] = {NULL, "a_total", "workers", "x|y'z=\n", "worker_count"};
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        struct ask ask = {.snapshot = wt_sample_nasty(),
                          .metric = metrics[i],
                          .warning = metrics[i] != NULL ? "0" : NULL};
        struct wt_buffer out = {0};
        run(&ask, &out);
        check_shape(wt_buffer_text(&out));
        wt_buffer_fini(&out);
        wt_snapshot_unref(ask.snapshot);
    }
    struct ask ask = {.snapshot = wt_sample_fleet(), .services = {"o'neil|a=b c"}};
    service_of(ask.snapshot, 2)->name = "o'neil|a=b c";
    service_of(ask.snapshot, 2)->sentence = "a | b\nc";
    expect(&ask, WT_CHECK_CRITICAL,
           "WORKTOP CRITICAL: o'neil\xc2\xa6"
           "a=b c: a \xc2\xa6 b\xc2\xb7"
           "c | "
           "'o''neil_a_b c/utilization'=4% 'o''neil_a_b c/queue'=570;;;0 "
           "'o''neil_a_b c/workers'=5;;;0 'o''neil_a_b c/stuck'=1;;;0 "
           "'o''neil_a_b c/stale'=0;;;0 'o''neil_a_b c/requests'=24;;;0");
}

static void a_line_stays_short_enough(void **state) {
    (void)state;
    enum { SERVICES = 400, NAME_SIZE = 32 };
    struct wt_snapshot *snapshot = wt_sample_fleet();
    struct wt_service *services = calloc(SERVICES, sizeof *services);
    char(*names)[NAME_SIZE] = calloc(SERVICES, NAME_SIZE);
    assert_true(services != NULL && names != NULL);
    const struct wt_service *kept = snapshot->services;
    size_t kept_count = snapshot->service_count;
    for (size_t i = 0; i < SERVICES; i++) {
        services[i] = kept[1];
        snprintf(names[i], NAME_SIZE, "service-%03zu", i);
        services[i].name = names[i];
        services[i].verdict = i % 2 == 0 ? WT_VERDICT_OK : WT_VERDICT_CRIT;
    }
    snapshot->services = services;
    snapshot->service_count = SERVICES;
    struct ask ask = {.snapshot = snapshot};
    struct wt_buffer out = {0};
    assert_int_equal(run(&ask, &out), WT_CHECK_CRITICAL);
    assert_true(out.length < 8000);
    assert_non_null(strstr(out.data, "; also 199 CRITICAL (service-003, service-005, service-007, "
                                     "service-009 and 195 more); figures of "));
    size_t shown = 0, left_out = 0;
    for (const char *at = out.data; (at = strstr(at, "/workers'=")) != NULL; at++)
        shown++;
    assert_int_equal(
        sscanf(strstr(out.data, "; figures of "),
               "; figures of %zu services left out, choose with --service | 'service-000/",
               &left_out),
        1);
    assert_true(shown > 10);
    assert_int_equal(shown + left_out, SERVICES);
    check_shape(out.data);
    wt_buffer_fini(&out);
    snapshot->services = kept;
    snapshot->service_count = kept_count;
    wt_snapshot_unref(snapshot);
    free(services);
    free(names);
}

static void a_reason_is_one_line(void **state) {
    (void)state;
    struct wt_buffer out = {0};
    wt_export_check_unknown("no | monitor\nhere", &out);
    assert_string_equal(out.data, "WORKTOP UNKNOWN: no \xc2\xa6 monitor\xc2\xb7here");
    wt_buffer_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_service_is_named_with_cause_and_cure),
        cmocka_unit_test(verdicts_become_exit_codes),
        cmocka_unit_test(services_may_be_chosen),
        cmocka_unit_test(thresholds_judge_one_figure),
        cmocka_unit_test(every_figure_has_a_name),
        cmocka_unit_test(a_figure_that_is_not_there),
        cmocka_unit_test(a_figure_that_is_not_known),
        cmocka_unit_test(what_cannot_be_believed_is_unknown),
        cmocka_unit_test(the_monitors_own_trouble_counts),
        cmocka_unit_test(a_ruby_supervisor_has_sums),
        cmocka_unit_test(names_break_nothing),
        cmocka_unit_test(a_line_stays_short_enough),
        cmocka_unit_test(a_reason_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
