#include "monitor/publisher.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/log.h"
#include "base/process.h"
#include "base/version.h"
#include "model/flat.h"
#include "monitor/internal.h"

static const char room[] = "monitor";
static const int64_t first_pause_ns = WT_NS_PER_S, longest_pause_ns = 60 * WT_NS_PER_S;

/* Room of the first directory: a monitor with a few hundred workers never needs another. */
enum {
    FIRST_SEGMENTS = 128, /* of each store, at least */
    FIRST_SERVICES = 32,
    FIRST_SCHEMA_BYTES = 32 << 10,
    FIRST_RETIRED = 128,
    FIRST_PENDING = 64,
    FIRST_BANK_BYTES = 64 << 10
};

/* ---- a new file ------------------------------------------------------------------------------ */

enum { FACTS = 10 };

/* What the facts are made of. */
struct facts {
    struct wt_directory_fact list[FACTS];
    size_t count;
    char uid[24], started[40], pid_namespace[64];
};

static void add_fact(struct facts *facts, const char *key, const char *value) {
    if (value != NULL && value[0] != '\0')
        facts->list[facts->count++] = (struct wt_directory_fact){key, value};
}

static void collect_facts(const struct wt_monitor *monitor, struct facts *facts) {
    const struct passwd *user = getpwuid(geteuid());
    facts->count = 0;
    snprintf(facts->uid, sizeof facts->uid, "%lu", (unsigned long)geteuid());
    wt_format_rfc3339(facts->started, sizeof facts->started, monitor->started.realtime_ns);
    add_fact(facts, "host", monitor->host);
    add_fact(facts, "version", WT_VERSION);
    add_fact(facts, "socket", monitor->socket_path);
    add_fact(facts, "store.0", wt_store_path(monitor->stores[WT_STORE_VALUES]));
    add_fact(facts, "store.1", monitor->recorder_path);
    add_fact(facts, "store.2", monitor->wide_path);
    add_fact(facts, "user", user == NULL ? NULL : user->pw_name);
    add_fact(facts, "uid", facts->uid);
    add_fact(facts, "started", facts->started);
    wt_process_namespace(facts->pid_namespace, sizeof facts->pid_namespace);
    add_fact(facts, WT_DIRECTORY_NAMESPACE_FACT, facts->pid_namespace);
}

static uint64_t twice(uint64_t needed, uint64_t least) {
    return 2 * needed > least ? 2 * needed : least;
}

/* Whose store lies at the path is the one whose directory viewers are to find beside it. */
static wt_status create_file(struct wt_monitor *monitor, const struct wt_publisher_plan *plan,
                             struct wt_directory **out, struct wt_error *err) {
    const struct wt_monitor_options *ours = &monitor->options;
    const struct wt_store *store = monitor->stores[WT_STORE_VALUES];
    if (wt_store_is_in_use(wt_store_path(store), store))
        return wt_fail(err, WT_EBUSY, "another monitor has its store at %s", wt_store_path(store));
    struct facts facts;
    collect_facts(monitor, &facts);
    struct wt_directory_options options = {
        .path = monitor->directory_path,
        .mode = ours->file_mode != 0 ? ours->file_mode : WT_STORE_DEFAULT_MODE,
        .gid = ours->has_gid ? ours->gid : (gid_t)-1,
        .started = monitor->started,
        .interval_ns = monitor->publisher->period_ns,
        .facts = facts.list,
        .fact_count = facts.count,
        .schema_bytes = twice(plan->schema_bytes, FIRST_SCHEMA_BYTES),
        .services = twice(plan->services, FIRST_SERVICES),
        .retired = twice(plan->retired, FIRST_RETIRED),
        .pending = twice(plan->pending, FIRST_PENDING),
        .history = wt_published_history_room(&monitor->publisher->history, monitor->directory_path),
        .bank_bytes = monitor->publisher->bank_bytes,
        .is_hidden = true,
    };
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++)
        options.segments[s] = twice(plan->segments[s], FIRST_SEGMENTS);
    wt_status status = wt_directory_create(out, &options, err);
    if (status != WT_EFULL || options.history == 0)
        return status;
    monitor->publisher->history.refused = true; /* the first thing to do without */
    options.history = 0;
    return wt_directory_create(out, &options, err);
}

static void put_resizes(struct wt_monitor *monitor, unsigned index) {
    struct wt_publisher *publisher = monitor->publisher;
    const struct wt_store *store = monitor->stores[index];
    uint64_t total = 0, *put = &publisher->stores[index].resizes_put;
    size_t kept = wt_store_resize_count(store, &total);
    if (*put >= total)
        return;
    size_t fresh = total - *put < kept ? (size_t)(total - *put) : kept;
    for (size_t i = kept - fresh; i < kept; i++) {
        const struct wt_store_resize_event *event = wt_store_resize_at(store, i);
        struct wt_shared_resize_record record = {
            .number = total - kept + i + 1,
            .realtime_ns = event->time.realtime_ns,
            .duration_ns = event->duration_ns,
            .old_bytes = event->old_bytes,
            .new_bytes = event->new_bytes,
            .segments_added = event->segments_added,
        };
        snprintf(record.problem, sizeof record.problem, "%s", event->problem);
        wt_directory_put_resize(publisher->directory, index, &record);
    }
    *put = total;
}

static void put_events(struct wt_publisher *publisher, const struct wt_snapshot *snapshot) {
    for (size_t i = 0; i < snapshot->event_count; i++) {
        const struct wt_event *event = &snapshot->events[i];
        if (event->sequence <= publisher->events_put)
            continue;
        struct wt_shared_event_record record = {
            .number = event->sequence,
            .realtime_ns = event->realtime_ns,
            .worker_id = event->worker_id,
            .kind = event->kind,
            .severity = event->severity,
        };
        snprintf(record.service, sizeof record.service, "%s", event->service);
        snprintf(record.text, sizeof record.text, "%s", event->text);
        wt_directory_put_event(publisher->directory, &record);
        publisher->events_put = event->sequence;
    }
}

static wt_status publish(struct wt_publisher *publisher) {
    const struct wt_directory_part workers = {publisher->workers.data, publisher->workers.length};
    const struct wt_directory_part tick = {publisher->tick.data, publisher->tick.length};
    return wt_directory_publish(publisher->directory, workers, publisher->workers_version, tick);
}

/* Everything that the old file had, the last snapshot included. */
static void fill(struct wt_monitor *monitor, const struct wt_publisher_plan *plan,
                 const struct wt_directory *old) {
    struct wt_publisher *publisher = monitor->publisher;
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    wt_publisher_put_all(monitor, plan);
    wt_published_history_fill(&publisher->history, publisher->directory, old);
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++)
        if (monitor->stores[s] != NULL)
            put_resizes(monitor, s);
    publisher->events_put = 0;
    if (last != NULL)
        put_events(publisher, last);
    if (publisher->encoded != NULL)
        (void)publish(publisher);
    if (monitor->tick_count > 0)
        wt_directory_heartbeat(publisher->directory, publisher->now, publisher->period_ns,
                               monitor->tick_count);
}

/* Makes a directory with room for everything, complete before it is seen, and closes the old one.
 */
static wt_status replace(struct wt_monitor *monitor, struct wt_error *err) {
    struct wt_publisher *publisher = monitor->publisher;
    struct wt_directory *old = publisher->directory, *fresh = NULL;
    struct wt_publisher_plan plan;
    wt_status status = wt_publisher_plan(monitor, &plan)
                           ? create_file(monitor, &plan, &fresh, err)
                           : wt_fail(err, WT_ENOMEM, "no memory for the directory file");
    if (status == WT_OK) {
        publisher->directory = fresh;
        fill(monitor, &plan, old);
        status = wt_directory_show(fresh, err);
        if (status != WT_OK) /* whatever was renumbered: the old file is not written again */
            wt_directory_close(fresh, WT_DIRECTORY_CLOSED);
        publisher->directory = status == WT_OK ? fresh : NULL;
        wt_directory_close(old, WT_DIRECTORY_SUPERSEDED);
    }
    wt_publisher_plan_fini(&plan);
    return status;
}

/* ---- trouble --------------------------------------------------------------------------------- */

static void say_trouble(struct wt_monitor *monitor, const struct wt_error *why,
                        struct wt_time now) {
    struct wt_publisher *publisher = monitor->publisher;
    bool is_first = publisher->pause_ns == 0;
    snprintf(publisher->problem, sizeof publisher->problem, "viewers do not see all: %.160s",
             why->text);
    if (is_first) {
        wt_log(WT_LOG_ERROR, room, "%s", publisher->problem);
        wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_TROUBLE, WT_SEVERITY_WARN, 0, "",
                      "%s", publisher->problem);
    }
    publisher->pause_ns = is_first ? first_pause_ns : 2 * publisher->pause_ns;
    if (publisher->pause_ns > longest_pause_ns)
        publisher->pause_ns = longest_pause_ns;
    publisher->retry_ns = now.monotonic_ns + publisher->pause_ns;
}

static void end_trouble(struct wt_monitor *monitor, struct wt_time now) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher->pause_ns == 0)
        return;
    publisher->pause_ns = 0;
    publisher->problem[0] = '\0';
    wt_log(WT_LOG_INFO, room, "viewers see all again");
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_RECOVERED, WT_SEVERITY_INFO, 0, "",
                  "viewers see all again: there is a new directory file");
}

/* False when it is not yet time again, or it fails again. */
static bool try_replace(struct wt_monitor *monitor, struct wt_time now) {
    struct wt_publisher *publisher = monitor->publisher;
    struct wt_error err;
    if (publisher->pause_ns != 0 && now.monotonic_ns < publisher->retry_ns)
        return false;
    if (replace(monitor, &err) != WT_OK) {
        say_trouble(monitor, &err, now);
        return false;
    }
    end_trouble(monitor, now);
    return true;
}

void wt_publisher_make_room(struct wt_monitor *monitor) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher->is_incomplete && publisher->directory != NULL && publisher->pause_ns == 0)
        (void)try_replace(monitor, publisher->now);
}

/* A file that nobody finds any more, or whose memory is gone, is replaced. */
static void check(struct wt_monitor *monitor, struct wt_time now) {
    struct wt_publisher *publisher = monitor->publisher;
    struct wt_error err;
    if (publisher->directory == NULL || wt_directory_check(publisher->directory, &err) == WT_OK)
        return;
    wt_directory_close(publisher->directory, WT_DIRECTORY_SUPERSEDED);
    publisher->directory = NULL;
    wt_log(WT_LOG_ERROR, room, "%s", err.text);
    wt_events_add(monitor->events, now.realtime_ns, WT_EVENT_TROUBLE, WT_SEVERITY_WARN, 0, "", "%s",
                  err.text);
}

/* ---- each tick ------------------------------------------------------------------------------- */

/* The workers part is most of the bytes, and changes seldom. */
static bool encode(struct wt_publisher *publisher, const struct wt_snapshot *snapshot) {
    wt_buffer_clear(&publisher->tick);
    wt_flat_encode_tick(snapshot, &publisher->tick);
    if (publisher->encoded == NULL || !wt_flat_same_workers(publisher->encoded, snapshot)) {
        wt_buffer_clear(&publisher->workers);
        wt_flat_encode_workers(snapshot, &publisher->workers);
        publisher->workers_version++;
    }
    wt_snapshot_unref(publisher->encoded);
    publisher->encoded = NULL;
    if (publisher->tick.failed || publisher->workers.failed)
        return false;
    publisher->encoded = wt_snapshot_ref(snapshot); /* or its blocks might come back as others */
    return true;
}

static void put_tick(struct wt_monitor *monitor, const struct wt_snapshot *snapshot) {
    struct wt_publisher *publisher = monitor->publisher;
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++) {
        if (monitor->stores[s] == NULL)
            continue;
        wt_publisher_put_store(monitor, s);
        put_resizes(monitor, s);
    }
    for (size_t i = 0; i < monitor->totals.count; i++)
        wt_publisher_total(monitor, monitor->totals.items[i]);
    put_events(publisher, snapshot);
    if (wt_published_history_tick(&publisher->history, publisher->directory, snapshot))
        publisher->is_incomplete = true;
}

/* Room for the snapshot, and as much again. */
static void want_bank(struct wt_publisher *publisher) {
    uint64_t needed = publisher->workers.length + publisher->tick.length;
    while (publisher->bank_bytes < needed + needed / 2)
        publisher->bank_bytes *= 2;
}

void wt_publisher_tick(struct wt_monitor *monitor, const struct wt_snapshot *snapshot,
                       struct wt_time now) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL)
        return;
    publisher->now = now;
    check(monitor, now);
    if (publisher->directory == NULL && !try_replace(monitor, now))
        return;
    put_tick(monitor, snapshot);
    bool encoded = encode(publisher, snapshot);
    bool is_full = encoded && publish(publisher) == WT_EFULL;
    if (is_full)
        want_bank(publisher);
    if ((is_full || publisher->is_incomplete) && try_replace(monitor, now)) {
        put_tick(monitor, snapshot);
        if (encoded)
            (void)publish(publisher); /* bank_bytes is large enough */
    }
    if (publisher->directory != NULL)
        wt_directory_heartbeat(publisher->directory, now, publisher->period_ns,
                               monitor->tick_count);
}

/* ---- life ------------------------------------------------------------------------------------ */

static int64_t usual_period(int64_t interval_ns) {
    return interval_ns < WT_NS_PER_S ? interval_ns : WT_NS_PER_S;
}

wt_status wt_publisher_create(struct wt_monitor *monitor, struct wt_time now,
                              struct wt_error *err) {
    struct wt_publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the monitor");
    *publisher = (struct wt_publisher){
        .bank_bytes = FIRST_BANK_BYTES,
        .now = now,
        .period_ns = usual_period(monitor->options.interval_ns),
    };
    monitor->publisher = publisher;
    struct wt_error why;
    wt_status status = replace(monitor, &why);
    if (status == WT_EFULL) {
        say_trouble(monitor, &why, now);
        return WT_OK;
    }
    if (status != WT_OK && err != NULL)
        *err = why;
    return status;
}

void wt_publisher_destroy(struct wt_monitor *monitor) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL)
        return;
    if (publisher->directory != NULL)
        wt_directory_unlink(publisher->directory);
    wt_directory_close(publisher->directory, WT_DIRECTORY_CLOSED);
    wt_publisher_records_fini(publisher);
    wt_published_history_fini(&publisher->history);
    wt_snapshot_unref(publisher->encoded);
    wt_buffer_fini(&publisher->workers);
    wt_buffer_fini(&publisher->tick);
    wt_buffer_fini(&publisher->scratch);
    free(publisher);
    monitor->publisher = NULL;
}

void wt_publisher_period(struct wt_monitor *monitor, int64_t period_ns) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || period_ns <= 0)
        return;
    publisher->period_ns = period_ns;
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    if (publisher->directory != NULL && last != NULL)
        wt_directory_heartbeat(publisher->directory, last->time, period_ns, monitor->tick_count);
}

const char *wt_publisher_problem(const struct wt_monitor *monitor) {
    return monitor->publisher == NULL ? "" : monitor->publisher->problem;
}
