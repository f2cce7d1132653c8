/* Verdicts of services, and the events that tell what changed about them and their workers. */
#include <inttypes.h>

#include "base/format.h"
#include "model/sentence.h"
#include "monitor/internal.h"

enum { EVENTS_PER_KIND = 8 }; /* of one service and look, told one by one; then a number */

static enum wt_severity severity_of(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_CRIT:
        return WT_SEVERITY_CRIT;
    case WT_VERDICT_WARN:
        return WT_SEVERITY_WARN;
    case WT_VERDICT_UNKNOWN:
    case WT_VERDICT_IDLE:
    case WT_VERDICT_OK:
        break;
    }
    return WT_SEVERITY_INFO;
}

struct told {
    size_t stuck, stale, recovered;
    struct wt_findings findings; /* the worker that is stuck for longest */
};

static void look_for_longest_stuck(const struct wt_worker *worker,
                                   const struct wt_row_status *status,
                                   struct wt_findings *findings) {
    if ((status->flags & WT_ROW_STUCK) == 0 ||
        (findings->stuck_id != 0 && findings->stuck_since_ns <= status->progress_ns))
        return;
    findings->stuck_id = worker->id;
    findings->stuck_pid = worker->pid;
    findings->stuck_since_ns = status->progress_ns;
}

/* What it is in, where it says so. */
static void tell_stuck(struct wt_monitor *monitor, const struct wt_worker *worker,
                       const struct wt_row_status *status, struct wt_time now) {
    struct wt_findings findings = {.stuck_id = worker->id};
    struct wt_flight doing;
    char since[WT_FORMAT_SIZE];
    wt_format_duration(since, sizeof since, now.monotonic_ns - status->progress_ns);
    wt_flights_name(monitor, &findings, &doing, now);
    const char *label = findings.stuck_label, *request = findings.stuck_request;
    bool is_labelled = label != NULL && label[0] != '\0';
    const char *what = is_labelled ? label : request != NULL ? request : "";
    const char *in = is_labelled ? " in " : what[0] != '\0' ? " in request " : "";
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_STUCK, WT_SEVERITY_WARN, worker->id,
                  worker->service, "worker %" PRIu64 " stuck%s%s: no counter moved for %s",
                  worker->id, in, what, since);
}

static void tell_row(struct wt_monitor *monitor, const struct wt_worker *worker,
                     const struct wt_row_status *before, const struct wt_row_status *after,
                     struct wt_time now, struct told *told) {
    bool was_stuck = (before->flags & WT_ROW_STUCK) != 0;
    bool is_stuck = (after->flags & WT_ROW_STUCK) != 0;
    bool was_stale = before->state == WT_WORKER_STALE, is_stale = after->state == WT_WORKER_STALE;
    char since[WT_FORMAT_SIZE];
    if (is_stuck && !was_stuck && told->stuck++ < EVENTS_PER_KIND)
        tell_stuck(monitor, worker, after, now);
    if (is_stale && !was_stale && told->stale++ < EVENTS_PER_KIND) {
        wt_format_duration(since, sizeof since, now.monotonic_ns - after->heartbeat_ns);
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_STALE, WT_SEVERITY_WARN,
                      worker->id, worker->service, "worker %" PRIu64 " stale: no heartbeat for %s",
                      worker->id, since);
    }
    if (after->state != WT_WORKER_GONE && (was_stuck || was_stale) && !(is_stuck && was_stuck) &&
        !(is_stale && was_stale) && told->recovered++ < EVENTS_PER_KIND)
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RECOVERED, WT_SEVERITY_INFO,
                      worker->id, worker->service, "worker %" PRIu64 " %s again", worker->id,
                      was_stuck ? "makes progress" : "has a heartbeat");
}

/* What changed about single workers. Costs nothing while none is or was stuck or stale. */
static void tell_rows(struct wt_monitor *monitor, struct wt_cohort_rows *cohort, struct wt_time now,
                      struct told *told) {
    bool any = cohort->stuck_count > 0 || cohort->stale_count > 0 || cohort->told_stuck > 0 ||
               cohort->told_stale > 0;
    cohort->told_stuck = cohort->stuck_count;
    cohort->told_stale = cohort->stale_count;
    if (!any || cohort->schema == NULL)
        return;
    const struct wt_row_status *before = wt_block_data(cohort->status);
    const struct wt_row_status *after = wt_block_data(cohort->fresh_status);
    static const struct wt_row_status none = {0};
    for (size_t row = 0; row < cohort->row_count; row++) {
        if (cohort->identities[row] == NULL)
            continue;
        bool is_new = (cohort->marks[row] & (WT_ROW_IS_NEW | WT_ROW_WAS_SHOWN)) == WT_ROW_IS_NEW;
        const struct wt_worker *worker = &cohort->identities[row]->worker;
        tell_row(monitor, worker, is_new ? &none : &before[row], &after[row], now, told);
        look_for_longest_stuck(worker, &after[row], &told->findings);
    }
}

static void tell_rest(struct wt_monitor *monitor, const struct wt_service_entry *service,
                      struct wt_time now, enum wt_event_kind kind, size_t count, const char *what) {
    if (count > EVENTS_PER_KIND)
        wt_events_add(monitor->events, now.realtime_ns, kind,
                      kind == WT_EVENT_RECOVERED ? WT_SEVERITY_INFO : WT_SEVERITY_WARN, 0,
                      service->name, "%zu more workers %s", count - EVENTS_PER_KIND, what);
}

/* A change of the verdict has its word to itself where it is about something that has one. */
static enum wt_event_kind kind_of(enum wt_cause cause) {
    if (cause == WT_CAUSE_FLAPPING)
        return WT_EVENT_FLAPPING;
    return cause == WT_CAUSE_ROLLING_RESTART ? WT_EVENT_RESTARTED : WT_EVENT_VERDICT;
}

/* A sentence as it stands in the log of events, which is read later: since when, not for how long.
 */
static void date(const char *sentence, int64_t since_ns, char out[static WT_SENTENCE_SIZE]) {
    char since[WT_FORMAT_SIZE];
    wt_format_clock(since, sizeof since, since_ns);
    wt_sentence_dated(sentence, since, out);
}

static void tell_verdict(struct wt_monitor *monitor, const struct wt_service_entry *service,
                         const struct wt_health_changes *changes, struct wt_time now) {
    const struct wt_health *health = &service->health;
    bool says = health->sentence[0] != '\0';
    char sentence[WT_SENTENCE_SIZE];
    /* The last word of a rolling restart is how it ended. */
    if (changes->cause_before == WT_CAUSE_ROLLING_RESTART && !says) {
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RESTARTED, WT_SEVERITY_INFO, 0,
                      service->name, "%s: %s", service->name, changes->sentence_before);
        return;
    }
    date(health->sentence, health->verdict_since_ns, sentence);
    wt_events_add(monitor->events, now.realtime_ns, kind_of(health->cause),
                  severity_of(health->verdict), 0, service->name, "%s is %s%s%s", service->name,
                  wt_verdict_text(health->verdict), says ? ": " : "", sentence);
}

/* What begins or ends behind something worse, which keeps the verdict. Workers that are stuck or
 * stale have events of their own. */
static void tell_hidden(struct wt_monitor *monitor, const struct wt_service_entry *service,
                        const struct wt_health_changes *changes, struct wt_time now) {
    for (int i = 0; i < WT_CAUSES; i++) {
        enum wt_cause cause = (enum wt_cause)i;
        uint32_t bit = UINT32_C(1) << cause;
        const struct wt_opinion *opinion = &changes->opinions[cause];
        if (cause == WT_CAUSE_STUCK || cause == WT_CAUSE_STALE)
            continue;
        if ((changes->begun & bit) != 0 && cause != service->health.cause) {
            char sentence[WT_SENTENCE_SIZE];
            int64_t for_ns = opinion->since_ns != 0 ? now.monotonic_ns - opinion->since_ns : 0;
            date(opinion->sentence, now.realtime_ns - for_ns, sentence);
            wt_events_add(monitor->events, now.realtime_ns, kind_of(cause),
                          severity_of(opinion->verdict), 0, service->name, "%s, too: %s",
                          service->name, sentence);
        }
        if ((changes->ended & bit) != 0 && cause != changes->cause_before)
            wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RECOVERED, WT_SEVERITY_INFO, 0,
                          service->name, "%s: %s is over", service->name, wt_cause_words(cause));
    }
}

/* Memory grows slowly, and the look at all workers' processes costs: now and then, and of the last
 * tick's figures. */
static void look_at_memory(struct wt_monitor *monitor, struct wt_service_entry *service,
                           struct wt_time now, struct wt_findings *findings) {
    const int64_t pause_ns = 5 * WT_NS_PER_S;
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    if (last != NULL &&
        (service->memory_ns == 0 || now.monotonic_ns - service->memory_ns >= pause_ns)) {
        int index = wt_snapshot_find_service(last, service->name);
        service->memory_ns = now.monotonic_ns;
        service->memory = (struct wt_odd_memory){.worker_id = 0};
        if (index >= 0)
            service->memory = wt_odd_memory_find(last, (size_t)index, &monitor->odd_memory);
    }
    findings->memory_id = service->memory.worker_id;
    findings->memory_pid = service->memory.worker_pid;
    findings->memory_bytes = service->memory.most_bytes;
    findings->memory_median_bytes = service->memory.median_bytes;
    findings->memory_count = service->memory.process_count;
}

void wt_verdicts_judge(struct wt_monitor *monitor, struct wt_service_entry *service,
                       const struct wt_service *figures, const char *unreadable,
                       struct wt_time now) {
    struct told told = {.findings = {.unreadable = unreadable, .churn = &service->churn}};
    struct wt_health_changes changes;
    struct wt_flight doing;
    for (size_t i = 0; i < service->cohort_count; i++)
        tell_rows(monitor, service->cohorts[i], now, &told);
    tell_rest(monitor, service, now, WT_EVENT_STUCK, told.stuck, "stuck");
    tell_rest(monitor, service, now, WT_EVENT_STALE, told.stale, "stale");
    tell_rest(monitor, service, now, WT_EVENT_RECOVERED, told.recovered, "recovered");
    wt_flights_name(monitor, &told.findings, &doing, now);
    look_at_memory(monitor, service, now, &told.findings);
    wt_health_judge(&service->health, service->limits, figures, &told.findings, now, &changes);
    if (changes.verdict)
        tell_verdict(monitor, service, &changes, now);
    if (changes.begun != 0 || changes.ended != 0)
        tell_hidden(monitor, service, &changes, now);
}

static const char *problem_of(const struct wt_monitor *monitor, enum wt_store_index index) {
    return monitor->stores[index] == NULL ? "" : wt_healing_problem(monitor, index);
}

void wt_verdicts_judge_monitor(struct wt_monitor *monitor, bool publish, struct wt_time now) {
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    const char *recorders = problem_of(monitor, WT_STORE_RECORDERS);
    int64_t period =
        monitor->options.interval_ns < WT_NS_PER_S ? monitor->options.interval_ns : WT_NS_PER_S;
    const struct wt_monitor_findings findings = {
        .store = wt_healing_problem(monitor, WT_STORE_VALUES),
        .recorders = recorders[0] != '\0' ? recorders : problem_of(monitor, WT_STORE_WIDE),
        .server = monitor->trouble,
        .publisher = wt_publisher_problem(monitor),
        .config = monitor->config_problem,
        .failed_setups = wt_minute_count(&monitor->failed_setups, now.monotonic_ns),
        .last_failure = monitor->last_failure,
        .took_ns = monitor->tick_duration_ns,
        .late_ns =
            publish && last != NULL ? now.monotonic_ns - last->time.monotonic_ns - period : 0,
        .period_ns = publish ? period : 0,
    };
    struct wt_monitor_health *health = &monitor->health;
    if (health->looked && !publish)
        return;
    if (!wt_monitor_health_judge(health, &findings, now))
        return;
    if (health->is_found_here)
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_TROUBLE,
                      severity_of(health->verdict), 0, "", "%s", health->sentence);
    else
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RECOVERED, WT_SEVERITY_INFO, 0, "",
                      "looks and registrations of the monitor are well again");
}
