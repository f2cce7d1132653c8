/* Who is kept, and what of a look goes where. The numbers themselves are in history_series.c. */
#include "model/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/history_private.h"

/* A look that is being taken in. */
struct look {
    struct wt_history *history;
    int64_t begin; /* it speaks for the seconds after this one */
    struct wt_slot_of slot;
    int64_t realtime_ns;
    bool complete; /* nothing of it failed */
};

static const enum wt_look_rule rules[] = {
#define RULE_ROW(name, text, rule) [WT_SERIES_##name] = WT_LOOK_##rule,
    WT_SERIES_MAP(RULE_ROW)
#undef RULE_ROW
};

wt_status wt_history_create(struct wt_history **out, struct wt_error *err) {
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the history");
    (*out)->newest = (*out)->oldest = INT64_MIN;
    (*out)->bytes = sizeof **out;
    return WT_OK;
}

static void field_destroy(struct wt_history *history, struct wt_history_field *field) {
    wt_series_fini(&field->series, &history->bytes);
    history->bytes -= sizeof *field + strlen(field->key) + 1 + strlen(field->unit) + 1;
    history->own_count -= field->special < 0;
    free(field->key);
    free(field->unit);
    free(field);
}

static void service_destroy(struct wt_history *history, struct wt_history_service *kept) {
    for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
        wt_series_fini(&kept->series[kind], &history->bytes);
    for (size_t i = 0; i < kept->field_count; i++)
        field_destroy(history, kept->fields[i]);
    wt_history_words_fini(kept, &history->bytes);
    history->bytes -=
        sizeof *kept + strlen(kept->name) + 1 + WT_HISTORY_FIELDS * sizeof(*kept->fields);
    free(kept->fields);
    free(kept->name);
    free(kept);
}

void wt_history_destroy(struct wt_history *history) {
    if (history == NULL)
        return;
    for (int i = 0; i < WT_STORE_SERIES; i++)
        wt_series_fini(&history->store[i], &history->bytes);
    for (size_t i = 0; i < history->service_count; i++)
        service_destroy(history, history->services[i]);
    wt_history_log_fini(history);
    free(history);
}

int64_t wt_history_bucket(int64_t realtime_ns) {
    return wt_history_floor_div(realtime_ns, WT_NS_PER_S);
}

int64_t wt_history_newest(const struct wt_history *history) {
    return history->newest;
}

int64_t wt_history_oldest(const struct wt_history *history) {
    if (history->newest == INT64_MIN)
        return INT64_MIN;
    int64_t first_minute = wt_history_floor_div(history->newest, 60) - WT_HISTORY_MINUTES + 1;
    return history->oldest > first_minute * 60 ? history->oldest : first_minute * 60;
}

bool wt_history_is_coarse(const struct wt_history *history, int64_t bucket) {
    return history->newest != INT64_MIN && bucket <= history->newest - WT_HISTORY_SECONDS;
}

size_t wt_history_left_out(const struct wt_history *history) {
    return history->left_out;
}

size_t wt_history_bytes(const struct wt_history *history) {
    return history->bytes;
}

/* ---- who is kept ------------------------------------------------------------------------------
 */

struct wt_history_service *wt_history_find(const struct wt_history *history, const char *name,
                                           size_t hint) {
    if (hint < history->service_count && strcmp(history->services[hint]->name, name) == 0)
        return history->services[hint];
    for (size_t i = 0; i < history->service_count; i++)
        if (strcmp(history->services[i]->name, name) == 0)
            return history->services[i];
    return NULL;
}

/* Room for one more service: the one not seen for longest goes, unless all are in this look. */
static bool make_room(struct wt_history *history) {
    if (history->service_count < WT_HISTORY_SERVICES)
        return true;
    size_t oldest = 0;
    for (size_t i = 1; i < history->service_count; i++)
        if (history->services[i]->seen < history->services[oldest]->seen)
            oldest = i;
    if (history->services[oldest]->seen + 1 >= history->feeds)
        return false;
    service_destroy(history, history->services[oldest]);
    history->services[oldest] = history->services[--history->service_count];
    return true;
}

static struct wt_history_service *add_service(struct wt_history *history, const char *name) {
    struct wt_history_service *kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        return NULL;
    kept->name = strdup(name);
    kept->fields = calloc(WT_HISTORY_FIELDS, sizeof(*kept->fields));
    if (kept->name == NULL || kept->fields == NULL) {
        free(kept->name);
        free(kept->fields);
        free(kept);
        return NULL;
    }
    history->bytes += sizeof *kept + strlen(name) + 1 + WT_HISTORY_FIELDS * sizeof(*kept->fields);
    history->services[history->service_count++] = kept;
    return kept;
}

static struct wt_history_field *find_field(const struct wt_history_service *kept, const char *key,
                                           size_t hint) {
    if (hint < kept->field_count && strcmp(kept->fields[hint]->key, key) == 0)
        return kept->fields[hint];
    for (size_t i = 0; i < kept->field_count; i++)
        if (strcmp(kept->fields[i]->key, key) == 0)
            return kept->fields[i];
    return NULL;
}

/* Which of the service's special fields it is: the series that has its figure; -1: none. */
int wt_history_special(const struct wt_service *service, size_t field) {
    const struct {
        int field;
        enum wt_series_kind kind;
    } specials[WT_HISTORY_SPECIAL] = {{service->busy_field, WT_SERIES_BUSY},
                                      {service->capacity_field, WT_SERIES_CAPACITY},
                                      {service->queue_field, WT_SERIES_QUEUE},
                                      {service->requests_field, WT_SERIES_REQUESTS},
                                      {service->errors_field, WT_SERIES_ERRORS}};
    for (size_t i = 0; i < WT_HISTORY_SPECIAL; i++)
        if (specials[i].field == (int)field)
            return (int)specials[i].kind;
    return -1;
}

static void describe(struct wt_history *history, struct wt_history_field *kept,
                     const struct wt_field_stats *field, int special) {
    history->own_count += (special < 0) - (kept->special < 0);
    kept->special = special;
    kept->kind = field->kind;
    kept->role = field->role;
    kept->aggregate = field->aggregate;
}

/* Room for one more field: within the bounds, or the place of one that is in the schema no more. */
static bool make_field_room(struct wt_history *history, struct wt_history_service *kept, bool own) {
    if (kept->field_count < WT_HISTORY_FIELDS && (!own || history->own_count < WT_HISTORY_ALL_OWN))
        return true;
    size_t oldest = kept->field_count;
    for (size_t i = 0; i < kept->field_count; i++)
        if (oldest == kept->field_count || kept->fields[i]->seen < kept->fields[oldest]->seen)
            oldest = i;
    if (oldest == kept->field_count || kept->fields[oldest]->seen + 1 >= history->feeds ||
        (own && kept->fields[oldest]->special >= 0 && history->own_count >= WT_HISTORY_ALL_OWN))
        return false;
    field_destroy(history, kept->fields[oldest]);
    kept->field_count--;
    memmove(kept->fields + oldest, kept->fields + oldest + 1,
            (kept->field_count - oldest) * sizeof(*kept->fields));
    return true;
}

/* Of a field that somebody else kept the unit comes with the first look. */
static void take_unit(struct wt_history *history, struct wt_history_field *kept, const char *unit) {
    if (kept->unit[0] != '\0' || unit == NULL || unit[0] == '\0')
        return;
    char *copy = strdup(unit);
    if (copy == NULL)
        return;
    history->bytes += strlen(copy);
    free(kept->unit);
    kept->unit = copy;
}

static struct wt_history_field *add_field(struct look *look, struct wt_history_service *kept,
                                          const struct wt_field_stats *field, int special) {
    struct wt_history *history = look->history;
    if (!make_field_room(history, kept, special < 0)) {
        history->left_out++;
        return NULL;
    }
    struct wt_history_field *added = calloc(1, sizeof *added);
    char *key = strdup(field->key), *unit = strdup(field->unit ? field->unit : "");
    if (added == NULL || key == NULL || unit == NULL) {
        look->complete = false;
        free(added);
        free(key);
        free(unit);
        return NULL;
    }
    added->key = key;
    added->unit = unit;
    added->special = special;
    history->own_count += special < 0;
    history->bytes += sizeof *added + strlen(key) + 1 + strlen(unit) + 1;
    kept->fields[kept->field_count++] = added;
    return added;
}

/* ---- one look ---------------------------------------------------------------------------------
 */

static void put(struct look *look, struct wt_series *series, int64_t begin, double value,
                enum wt_look_rule rule) {
    if (!wt_series_put(series, begin, &look->slot, value, rule, &look->history->bytes))
        look->complete = false;
}

double wt_history_own(const struct wt_field_stats *field) {
    return field->kind == WT_KIND_COUNTER ? field->rate_per_s
                                          : wt_number_to_double(wt_field_figure(field));
}

static void feed_fields(struct look *look, struct wt_history_service *kept,
                        const struct wt_service *service, int64_t begin) {
    for (size_t i = 0; i < service->field_count; i++) {
        const struct wt_field_stats *field = &service->fields[i];
        int special = wt_history_special(service, i);
        struct wt_history_field *place = find_field(kept, field->key, i);
        if (place == NULL)
            place = add_field(look, kept, field, special);
        if (place == NULL)
            continue;
        describe(look->history, place, field, special);
        take_unit(look->history, place, field->unit);
        int64_t from = place->seen + 1 == look->history->feeds ? begin : look->slot.second - 1;
        from = from < begin ? begin : from;
        place->seen = look->history->feeds;
        if (special < 0)
            put(look, &place->series, from, wt_history_own(field), WT_LOOK_MEAN);
    }
}

/* What waits at all addresses of the service; NAN where the kernel tells of none. */
static double accept_queue_of(const struct wt_service *service) {
    double sum = 0;
    bool known = false;
    for (size_t i = 0; i < service->listener_count; i++) {
        const struct wt_accept_queue *queue = &service->listeners[i];
        if (queue->read_ns == 0 || queue->socket_count == 0)
            continue;
        sum += (double)queue->queue_length;
        known = true;
    }
    return known ? sum : (double)NAN;
}

void wt_history_values(const struct wt_service *service, double out[static WT_SERIES_KINDS]) {
    const double values[WT_SERIES_KINDS] = {
        [WT_SERIES_UTILIZATION] = service->utilization_ratio,
        [WT_SERIES_UTILIZATION_1M] = service->load.windows[WT_WINDOW_1M].utilization_ratio,
        [WT_SERIES_WAIT_1M] = service->load.windows[WT_WINDOW_1M].mean_wait_s,
        [WT_SERIES_BUSY] = wt_service_sum(service, service->busy_field),
        [WT_SERIES_CAPACITY] = wt_service_sum(service, service->capacity_field),
        [WT_SERIES_QUEUE] = wt_service_sum(service, service->queue_field),
        [WT_SERIES_REQUESTS] = wt_service_rate(service, service->requests_field),
        [WT_SERIES_ERRORS] = wt_service_rate(service, service->errors_field),
        [WT_SERIES_P50] = service->skew.of_utilization ? service->skew.p50 : (double)NAN,
        [WT_SERIES_P95] = service->skew.of_utilization ? service->skew.p95 : (double)NAN,
        [WT_SERIES_MOST] = service->skew.of_utilization ? service->skew.max : (double)NAN,
        [WT_SERIES_WORKERS] = service->worker_count,
        [WT_SERIES_SILENT] = service->silent_count,
        [WT_SERIES_BUSY_WORKERS] =
            service->busy_field < 0 ? (double)NAN : service->busy_worker_count,
        [WT_SERIES_STUCK] = service->stuck_count,
        [WT_SERIES_STALE] = service->stale_count,
        [WT_SERIES_STARTS] = service->starts_per_min,
        [WT_SERIES_EXITS] = service->exits_per_min,
        [WT_SERIES_CPU] = service->usage.cpu_known_count ? service->usage.cpu_cores : (double)NAN,
        [WT_SERIES_RSS] =
            service->usage.known_count ? (double)service->usage.rss_bytes : (double)NAN,
        [WT_SERIES_PROCESSES] =
            service->usage.process_count ? service->usage.process_count : (double)NAN,
        [WT_SERIES_ACCEPT_QUEUE] = accept_queue_of(service),
        [WT_SERIES_VERDICT] = service->verdict};
    memcpy(out, values, sizeof values);
}

static void feed_service(struct look *look, const struct wt_service *service, size_t index) {
    struct wt_history *history = look->history;
    struct wt_history_service *kept = wt_history_find(history, service->name, index);
    int64_t begin = look->begin;
    if (kept == NULL) {
        if (!make_room(history)) {
            history->left_out++;
            return;
        }
        kept = add_service(history, service->name);
        if (kept == NULL) {
            look->complete = false;
            return;
        }
        begin = look->slot.second - 1;
    } else if (kept->seen + 1 != history->feeds && begin < look->slot.second) {
        begin = look->slot.second - 1; /* it was away: the time in between is a gap */
    }
    kept->seen = history->feeds;
    double values[WT_SERIES_KINDS];
    wt_history_values(service, values);
    for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
        put(look, &kept->series[kind], begin, values[kind], rules[kind]);
    feed_fields(look, kept, service, begin);
    look->complete &= wt_history_log_service(history, kept, service, look->realtime_ns);
}

static void feed_store(struct look *look, const struct wt_store_info *store) {
    const double values[WT_STORE_SERIES] = {[WT_SERIES_FREE_LIST] = (double)store->free_list_length,
                                            [WT_SERIES_SEGMENTS] = (double)store->segment_count,
                                            [WT_SERIES_ALLOCATED] = (double)store->allocated_count,
                                            [WT_SERIES_QUARANTINED] =
                                                (double)store->quarantined_count};
    for (int i = 0; store->segment_count > 0 && i < WT_STORE_SERIES; i++)
        put(look, &look->history->store[i], look->begin, values[i], WT_LOOK_LAST);
}

/* The second after which this look speaks. */
static int64_t covered_from(const struct wt_history *history, int64_t realtime_ns, int64_t bucket) {
    if (history->newest == INT64_MIN || bucket < history->newest)
        return bucket - 1;
    int64_t distance = realtime_ns - history->realtime_ns;
    bool steady = distance <= 2 * WT_NS_PER_S || distance / 2 <= history->distance_ns;
    int64_t begin = steady ? history->newest : bucket - 1;
    if (begin < bucket - WT_HISTORY_SECONDS)
        begin = bucket - WT_HISTORY_SECONDS;
    return begin < bucket || bucket == history->newest ? begin : bucket - 1;
}

/* The clock was set back: what lies after that second has not happened yet. */
static void forget_after(struct wt_history *history, int64_t bucket) {
    for (int i = 0; i < WT_STORE_SERIES; i++)
        wt_series_forget_after(&history->store[i], bucket);
    for (size_t i = 0; i < history->service_count; i++) {
        struct wt_history_service *kept = history->services[i];
        for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
            wt_series_forget_after(&kept->series[kind], bucket);
        for (size_t field = 0; field < kept->field_count; field++)
            wt_series_forget_after(&kept->fields[field]->series, bucket);
        wt_history_log_forget_after(kept, bucket, &history->bytes);
    }
    if (bucket < history->oldest)
        history->oldest = bucket;
}

bool wt_history_feed(struct wt_history *history, const struct wt_snapshot *snapshot) {
    bool first = history->newest == INT64_MIN, looked = history->feeds > 0;
    if (looked && (snapshot->sequence == history->sequence || snapshot->failed))
        return true; /* old values are no values of now */
    int64_t realtime = snapshot->time.realtime_ns;
    int64_t bucket = wt_history_bucket(realtime);
    if (bucket < history->newest)
        forget_after(history, bucket);
    struct look look = {.history = history,
                        .begin = covered_from(history, realtime, bucket),
                        .slot = wt_series_slot(bucket),
                        .realtime_ns = realtime,
                        .complete = true};
    history->feeds++;
    history->left_out = 0;
    if (first)
        history->oldest = bucket;
    feed_store(&look, &snapshot->store);
    for (size_t i = 0; i < snapshot->service_count; i++)
        feed_service(&look, &snapshot->services[i], i);
    look.complete &= wt_history_log_events(history, snapshot);
    int64_t distance = realtime - history->realtime_ns;
    history->distance_ns = looked && distance > 0 ? distance : 0;
    history->sequence = snapshot->sequence;
    history->newest = bucket;
    history->realtime_ns = realtime;
    return look.complete;
}

/* ---- what others kept --------------------------------------------------------------------------
 */

const char *wt_series_text(enum wt_series_kind kind) {
    static const char *const texts[] = {
#define TEXT_ROW(name, text, rule) [WT_SERIES_##name] = text,
        WT_SERIES_MAP(TEXT_ROW)
#undef TEXT_ROW
    };
    return texts[kind];
}

int wt_series_named(const char *text) {
    for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
        if (strcmp(wt_series_text((enum wt_series_kind)kind), text) == 0)
            return kind;
    return -1;
}

static struct wt_series *restored_field(struct look *look, struct wt_history_service *kept,
                                        const struct wt_field_stats *field) {
    struct wt_history_field *place = find_field(kept, field->key, SIZE_MAX);
    if (place == NULL)
        place = add_field(look, kept, field, -1);
    if (place == NULL)
        return NULL;
    describe(look->history, place, field, -1);
    return &place->series;
}

bool wt_history_restore(struct wt_history *history, const struct wt_past_series *past,
                        int64_t begin, size_t count) {
    struct look look = {.history = history, .complete = true};
    struct wt_history_service *kept = wt_history_find(history, past->service, SIZE_MAX);
    int64_t newest = begin + (int64_t)count - 1;
    if (count == 0 || history->feeds > 0)
        return true;
    if (kept == NULL && history->service_count < WT_HISTORY_SERVICES)
        kept = add_service(history, past->service);
    if (kept == NULL)
        return history->service_count == WT_HISTORY_SERVICES;
    struct wt_series *series = past->kind >= 0 && past->kind < WT_SERIES_KINDS
                                   ? &kept->series[past->kind]
                                   : restored_field(&look, kept, &past->field);
    if (series != NULL && !wt_series_restore(series, begin, past->values, count, &history->bytes))
        look.complete = false;
    history->oldest =
        history->newest == INT64_MIN || begin < history->oldest ? begin : history->oldest;
    if (newest > history->newest)
        history->newest = newest;
    history->realtime_ns = history->newest * WT_NS_PER_S;
    return look.complete;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

size_t wt_history_service_count(const struct wt_history *history) {
    return history->service_count;
}

const char *wt_history_service_name(const struct wt_history *history, size_t index) {
    return history->services[index]->name;
}

const struct wt_series *wt_history_series(const struct wt_history *history, const char *service,
                                          enum wt_series_kind kind) {
    const struct wt_history_service *kept = wt_history_find(history, service, SIZE_MAX);
    return kept == NULL ? NULL : &kept->series[kind];
}

const struct wt_series *wt_history_field(const struct wt_history *history, const char *service,
                                         const char *key) {
    const struct wt_history_service *kept = wt_history_find(history, service, SIZE_MAX);
    const struct wt_history_field *field = kept ? find_field(kept, key, SIZE_MAX) : NULL;
    if (field == NULL)
        return NULL;
    return field->special >= 0 ? &kept->series[field->special] : &field->series;
}

const struct wt_series *wt_history_store(const struct wt_history *history,
                                         enum wt_store_series kind) {
    return &history->store[kind];
}
