/* A snapshot of a moment that is over, made from what the history keeps of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "model/history_private.h"

/* The snapshot and everything in it; `newest` lends texts of the monitor and resizes. */
struct moment {
    struct wt_snapshot snapshot;
    struct wt_arena arena;
    const struct wt_snapshot *newest;
    bool coarse; /* only its minute is kept */
};

static void moment_destroy(struct wt_snapshot *snapshot) {
    struct moment *moment = (struct moment *)(void *)snapshot; /* its first member */
    wt_snapshot_unref(moment->newest);
    wt_arena_fini(&moment->arena);
    free(moment);
}

static const char *copy_of(struct moment *moment, const char *text) {
    const char *copy = wt_arena_text(&moment->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

static uint32_t count_of(double value) {
    return isnan(value) || value < 0 ? 0 : (uint32_t)(value + 0.5);
}

static double value_at(const struct wt_history_service *kept, enum wt_series_kind kind,
                       int64_t bucket) {
    return wt_series_at(&kept->series[kind], bucket);
}

/* Of a whole minute the worst: what was wrong for a second of it was wrong. */
static double worst_at(const struct moment *moment, const struct wt_history_service *kept,
                       enum wt_series_kind kind, int64_t bucket) {
    if (!moment->coarse)
        return value_at(kept, kind, bucket);
    return wt_series_minute(&kept->series[kind], wt_history_floor_div(bucket, 60)).max;
}

/* A field with the one figure that is kept of it. */
static struct wt_field_stats field_at(struct moment *moment, const struct wt_history_service *kept,
                                      const struct wt_history_field *field, int64_t bucket) {
    const struct wt_series *series =
        field->special >= 0 ? &kept->series[field->special] : &field->series;
    double value = wt_series_at(series, bucket);
    struct wt_field_stats out = {.key = copy_of(moment, field->key),
                                 .kind = field->kind,
                                 .role = field->role,
                                 .aggregate = field->aggregate,
                                 .unit = copy_of(moment, field->unit),
                                 .mean = (double)NAN,
                                 .rate_per_s = (double)NAN};
    if (field->kind == WT_KIND_COUNTER) {
        out.rate_per_s = value;
        return out;
    }
    switch (field->special >= 0 ? WT_AGGREGATE_SUM : field->aggregate) {
    case WT_AGGREGATE_MIN:
        out.min = wt_number_real(value);
        break;
    case WT_AGGREGATE_MAX:
        out.max = wt_number_real(value);
        break;
    case WT_AGGREGATE_MEAN:
        out.mean = value;
        break;
    case WT_AGGREGATE_SUM:
    case WT_AGGREGATE_LAST:
        out.sum = wt_number_real(value);
        break;
    }
    return out;
}

static void fill_fields(struct moment *moment, struct wt_service *service,
                        const struct wt_history_service *kept, int64_t bucket) {
    struct wt_field_stats *fields =
        wt_arena_take(&moment->arena, kept->field_count, sizeof *fields);
    service->busy_field = service->capacity_field = service->queue_field = -1;
    service->errors_field = service->requests_field = -1;
    service->fields = fields;
    if (fields == NULL)
        return;
    service->field_count = kept->field_count;
    for (size_t i = 0; i < kept->field_count; i++) {
        fields[i] = field_at(moment, kept, kept->fields[i], bucket);
        int *const specials[WT_SERIES_KINDS] = {[WT_SERIES_BUSY] = &service->busy_field,
                                                [WT_SERIES_CAPACITY] = &service->capacity_field,
                                                [WT_SERIES_QUEUE] = &service->queue_field,
                                                [WT_SERIES_REQUESTS] = &service->requests_field,
                                                [WT_SERIES_ERRORS] = &service->errors_field};
        int special = kept->fields[i]->special;
        if (special >= 0 && specials[special] != NULL)
            *specials[special] = (int)i;
    }
}

static void fill_others(struct moment *moment, struct wt_service *service,
                        const struct wt_history_others *kept) {
    struct wt_trouble *others =
        kept != NULL ? wt_arena_take(&moment->arena, kept->count, sizeof *others) : NULL;
    if (others == NULL)
        return;
    for (size_t i = 0; i < kept->count; i++) {
        others[i] = kept->items[i];
        others[i].sentence = copy_of(moment, kept->items[i].sentence);
    }
    service->others = others;
    service->other_count = kept->count;
}

/* What was said then, when that is kept: at most 10 s before. */
static void fill_words(struct moment *moment, struct wt_service *service,
                       const struct wt_history_service *kept, int64_t bucket) {
    const struct wt_history_words *words = wt_history_words_at(kept, bucket);
    service->sentence = "";
    if (words != NULL && words->verdict == service->verdict) {
        service->sentence = copy_of(moment, words->sentence);
        service->verdict_since_ns = words->since_ns;
        service->cause = words->cause;
        fill_others(moment, service, words->others);
    } else if (service->verdict != WT_VERDICT_OK && service->verdict != WT_VERDICT_IDLE) {
        service->sentence = "what was said of it then is not kept any more";
    }
}

/* Of how many of its processes it was known is not kept: of all, where it was of any. */
static struct wt_usage usage_at(const struct moment *moment, const struct wt_history_service *kept,
                                int64_t bucket) {
    double cpu = value_at(kept, WT_SERIES_CPU, bucket), rss = value_at(kept, WT_SERIES_RSS, bucket);
    struct wt_usage usage = {.process_count =
                                 count_of(value_at(kept, WT_SERIES_PROCESSES, bucket))};
    if (!isnan(cpu)) {
        usage.cpu_known_count = usage.process_count;
        usage.cpu_cores = cpu;
    }
    if (!isnan(rss) && rss >= 0) {
        usage.known_count = usage.process_count;
        usage.rss_bytes = (uint64_t)rss;
    }
    if (!isnan(cpu) || !isnan(rss))
        usage.oldest_ns = moment->snapshot.time.monotonic_ns;
    return usage;
}

static void fill_service(struct moment *moment, struct wt_service *service,
                         const struct wt_history_service *kept, int64_t bucket) {
    double verdict = worst_at(moment, kept, WT_SERIES_VERDICT, bucket);
    *service = (struct wt_service){
        .name = copy_of(moment, kept->name),
        .worker_count = count_of(value_at(kept, WT_SERIES_WORKERS, bucket)),
        .silent_count = count_of(value_at(kept, WT_SERIES_SILENT, bucket)),
        .stale_count = count_of(worst_at(moment, kept, WT_SERIES_STALE, bucket)),
        .stuck_count = count_of(worst_at(moment, kept, WT_SERIES_STUCK, bucket)),
        .busy_worker_count = count_of(value_at(kept, WT_SERIES_BUSY_WORKERS, bucket)),
        .utilization_ratio = value_at(kept, WT_SERIES_UTILIZATION, bucket),
        .load = wt_load_unknown(),
        .skew = wt_skew_unknown(),
        .starts_per_min = value_at(kept, WT_SERIES_STARTS, bucket),
        .exits_per_min = value_at(kept, WT_SERIES_EXITS, bucket),
        .last_exit = "",
        .verdict = isnan(verdict) ? WT_VERDICT_UNKNOWN : (enum wt_verdict)count_of(verdict)};
    service->load.windows[WT_WINDOW_1M].utilization_ratio =
        value_at(kept, WT_SERIES_UTILIZATION_1M, bucket);
    service->load.windows[WT_WINDOW_1M].mean_wait_s = value_at(kept, WT_SERIES_WAIT_1M, bucket);
    service->usage = usage_at(moment, kept, bucket);
    int now = wt_snapshot_find_service(moment->newest, kept->name);
    service->limits = now >= 0 ? moment->newest->services[now].limits : wt_service_limits_unknown();
    service->skew.p50 = value_at(kept, WT_SERIES_P50, bucket);
    service->skew.p95 = value_at(kept, WT_SERIES_P95, bucket);
    service->skew.max = value_at(kept, WT_SERIES_MOST, bucket);
    service->skew.of_utilization = !isnan(service->skew.p50);
    fill_fields(moment, service, kept, bucket);
    fill_words(moment, service, kept, bucket);
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct wt_service *)a)->name, ((const struct wt_service *)b)->name);
}

/* The services that were there. */
static void fill_services(struct moment *moment, const struct wt_history *history, int64_t bucket) {
    struct wt_service *services =
        wt_arena_take(&moment->arena, history->service_count, sizeof *services);
    size_t count = 0;
    for (size_t i = 0; services != NULL && i < history->service_count; i++) {
        const struct wt_history_service *kept = history->services[i];
        if (!isnan(value_at(kept, WT_SERIES_WORKERS, bucket)))
            fill_service(moment, &services[count++], kept, bucket);
    }
    if (count > 0)
        qsort(services, count, sizeof *services, by_name);
    moment->snapshot.services = services;
    moment->snapshot.service_count = count;
}

/* The last events up to the end of that second, as many as a snapshot has. */
static void fill_events(struct moment *moment, const struct wt_history *history, int64_t bucket) {
    enum { MOST = 256 };
    size_t end = wt_history_event_count(history);
    while (end > 0 && wt_history_bucket(wt_history_event(history, end - 1)->realtime_ns) > bucket)
        end--;
    size_t begin = end > MOST ? end - MOST : 0;
    struct wt_event *events = wt_arena_take(&moment->arena, end - begin, sizeof *events);
    for (size_t i = begin; events != NULL && i < end; i++) {
        events[i - begin] = *wt_history_event(history, i);
        events[i - begin].service = copy_of(moment, events[i - begin].service);
        events[i - begin].text = copy_of(moment, events[i - begin].text);
    }
    moment->snapshot.events = events;
    moment->snapshot.event_count = events != NULL ? end - begin : 0;
    if (moment->snapshot.event_count > 0)
        moment->snapshot.events_dropped = events[0].sequence - 1;
}

static uint64_t store_count(const struct wt_history *history, enum wt_store_series kind,
                            int64_t bucket) {
    return count_of(wt_series_at(&history->store[kind], bucket));
}

/* Its counts, and the resizes that had been. */
static struct wt_store_info store_at(const struct wt_history *history,
                                     const struct wt_store_info *newest, int64_t bucket) {
    struct wt_store_info store = {.path = newest->path,
                                  .max_bytes = newest->max_bytes,
                                  .segment_bytes = newest->segment_bytes,
                                  .resizes = newest->resizes,
                                  .resize_count = newest->resize_count,
                                  .resize_length = newest->resize_length,
                                  .problem = ""};
    while (store.resize_length > 0 &&
           wt_history_bucket(store.resizes[store.resize_length - 1].realtime_ns) > bucket) {
        store.resize_count -=
            store.resizes[store.resize_length - 1].problem[0] == '\0' && store.resize_count > 0;
        store.resize_length--;
    }
    store.segment_count = store_count(history, WT_SERIES_SEGMENTS, bucket);
    store.allocated_count = store_count(history, WT_SERIES_ALLOCATED, bucket);
    store.quarantined_count = store_count(history, WT_SERIES_QUARANTINED, bucket);
    store.free_list_length = store_count(history, WT_SERIES_FREE_LIST, bucket);
    uint64_t taken = store.allocated_count + store.quarantined_count;
    store.free_count = store.segment_count > taken ? store.segment_count - taken : 0;
    store.size_bytes = store.segment_count * store.segment_bytes;
    return store;
}

static void fill_rest(struct moment *moment, const struct wt_history *history, int64_t bucket) {
    const struct wt_snapshot *newest = moment->newest;
    struct wt_snapshot *snapshot = &moment->snapshot;
    snapshot->references = 1;
    snapshot->destroy = moment_destroy;
    snapshot->sequence = newest->sequence;
    snapshot->time.realtime_ns = bucket * WT_NS_PER_S;
    snapshot->time.monotonic_ns =
        newest->time.monotonic_ns - (newest->time.realtime_ns - snapshot->time.realtime_ns);
    snapshot->source = newest->source;
    snapshot->source.health = WT_SOURCE_ANSWERING;
    snapshot->source.problem = "";
    snapshot->source.since_realtime_ns = snapshot->source.heartbeat_ns = 0;
    snapshot->source.samples_segments = false;
    snapshot->monitor = newest->monitor;
    snapshot->monitor.tick_count = snapshot->monitor.connection_count = 0;
    snapshot->monitor.tick_duration_ns = 0;
    snapshot->monitor.problem = "";
    snapshot->monitor.verdict = WT_VERDICT_UNKNOWN;
    snapshot->monitor.verdict_since_ns = 0;
    snapshot->store = store_at(history, &newest->store, bucket);
    const struct wt_store_info none = {.path = "", .problem = ""};
    snapshot->recorders = snapshot->recorders_wide = none;
}

wt_status wt_history_moment(const struct wt_history *history, const struct wt_snapshot *newest,
                            int64_t bucket, const struct wt_snapshot **out, struct wt_error *err) {
    *out = NULL;
    if (history->newest == INT64_MIN || bucket > history->newest ||
        bucket < wt_history_oldest(history))
        return wt_fail(err, WT_ENOENT, "nothing is kept of that time");
    struct moment *moment = calloc(1, sizeof *moment);
    if (moment == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to look back");
    moment->newest = wt_snapshot_ref(newest);
    moment->coarse = wt_history_is_coarse(history, bucket);
    fill_rest(moment, history, bucket);
    fill_services(moment, history, bucket);
    fill_events(moment, history, bucket);
    if (moment->arena.failed) {
        moment_destroy(&moment->snapshot);
        return wt_fail(err, WT_ENOMEM, "no memory to look back");
    }
    *out = &moment->snapshot;
    return WT_OK;
}
