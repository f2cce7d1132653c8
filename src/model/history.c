/* A history is a ring of chunks. All series of one owner (a service, or the store) share a chunk,
 * so that one allocation of 4 KiB holds 256 seconds of four numbers:
 *
 *     owner.chunks[(bucket / 256) % 16] -> { first bucket, float values[kind][256] }
 *
 * A chunk is recognised by its first bucket: one that is too old is cleared when its place in the
 * ring is needed again, and reading it before that gives NAN. 16 chunks, of which the newest is
 * being filled, always keep 15 * 256 s = 64 minutes.
 */
#include "model/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { CHUNK_BUCKETS = 256, CHUNKS = 16 };

_Static_assert(WT_HISTORY_SECONDS == CHUNK_BUCKETS * (CHUNKS - 1), "what 15 full chunks keep");

struct chunk {
    int64_t first; /* bucket of values[..][0], a multiple of CHUNK_BUCKETS */
    float values[WT_SERIES_KINDS][CHUNK_BUCKETS];
};

struct owner;

struct wt_series {
    const struct owner *owner;
    int kind;
};

struct owner {
    char *name; /* owned; NULL for the store */
    struct chunk *chunks[CHUNKS];
    struct wt_series series[WT_SERIES_KINDS];
    uint32_t looks[WT_SERIES_KINDS]; /* averaged into the newest bucket */
    uint64_t seen;                   /* history->feeds when it was last in a snapshot */
};

struct wt_history {
    struct owner store;
    struct owner *services[WT_HISTORY_SERVICES];
    size_t service_count;
    uint64_t feeds;
    uint64_t sequence;
    int64_t newest;      /* bucket of the last look */
    int64_t realtime_ns; /* of the last look */
    int64_t distance_ns; /* between the two looks before, 0 when unknown */
};

static void owner_init(struct owner *owner, char *name) {
    *owner = (struct owner){.name = name};
    for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
        owner->series[kind] = (struct wt_series){.owner = owner, .kind = kind};
}

static void owner_fini(struct owner *owner) {
    for (size_t i = 0; i < CHUNKS; i++)
        free(owner->chunks[i]);
    free(owner->name);
}

wt_status wt_history_create(struct wt_history **out, struct wt_error *err) {
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the history");
    owner_init(&(*out)->store, NULL);
    (*out)->newest = INT64_MIN;
    return WT_OK;
}

void wt_history_destroy(struct wt_history *history) {
    if (history == NULL)
        return;
    owner_fini(&history->store);
    for (size_t i = 0; i < history->service_count; i++) {
        owner_fini(history->services[i]);
        free(history->services[i]);
    }
    free(history);
}

static int64_t floor_div(int64_t value, int64_t by) {
    return value / by - (value % by < 0);
}

int64_t wt_history_bucket(int64_t realtime_ns) {
    return floor_div(realtime_ns, WT_NS_PER_S);
}

int64_t wt_history_newest(const struct wt_history *history) {
    return history->newest;
}

static size_t chunk_place(int64_t bucket) {
    return (size_t)floor_div(bucket, CHUNK_BUCKETS) % CHUNKS;
}

static int64_t chunk_first(int64_t bucket) {
    return floor_div(bucket, CHUNK_BUCKETS) * CHUNK_BUCKETS;
}

/* The chunk of a bucket, cleared when it held an older time. NULL when there is no memory. */
static struct chunk *chunk_for_writing(struct owner *owner, int64_t bucket) {
    struct chunk **place = &owner->chunks[chunk_place(bucket)];
    if (*place == NULL) {
        *place = malloc(sizeof **place);
        if (*place == NULL)
            return NULL;
    } else if ((*place)->first == chunk_first(bucket)) {
        return *place;
    }
    (*place)->first = chunk_first(bucket);
    for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
        for (int i = 0; i < CHUNK_BUCKETS; i++)
            (*place)->values[kind][i] = NAN;
    return *place;
}

/* Puts `value` into the buckets (begin, end], the last of which may hold looks already. */
static bool owner_put(struct owner *owner, int kind, int64_t begin, int64_t end, double value) {
    if (begin < end)
        owner->looks[kind] = 0;
    if (isnan(value))
        return true;
    uint32_t looks = ++owner->looks[kind];
    if (looks > 1)
        begin = end - 1;
    for (int64_t bucket = begin < end ? begin + 1 : end; bucket <= end; bucket++) {
        struct chunk *chunk = chunk_for_writing(owner, bucket);
        if (chunk == NULL)
            return false;
        float *at = &chunk->values[kind][bucket - chunk->first];
        *at = isnan(*at) || looks == 1 ? (float)value : *at + ((float)value - *at) / (float)looks;
    }
    return true;
}

static struct owner *find_service(const struct wt_history *history, const char *name) {
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
    owner_fini(history->services[oldest]);
    free(history->services[oldest]);
    history->services[oldest] = history->services[--history->service_count];
    return true;
}

static struct owner *add_service(struct wt_history *history, const char *name) {
    struct owner *owner = malloc(sizeof *owner);
    char *copy = strdup(name);
    if (owner == NULL || copy == NULL) {
        free(owner);
        free(copy);
        return NULL;
    }
    owner_init(owner, copy);
    history->services[history->service_count++] = owner;
    return owner;
}

static bool feed_service(struct wt_history *history, const struct wt_service *service,
                         int64_t begin, int64_t end) {
    struct owner *owner = find_service(history, service->name);
    if (owner == NULL) {
        if (!make_room(history))
            return true;
        owner = add_service(history, service->name);
        if (owner == NULL)
            return false;
        begin = end - 1;
    } else if (owner->seen + 1 != history->feeds && begin < end) {
        begin = end - 1; /* it was away: the time in between is a gap */
    }
    owner->seen = history->feeds;
    bool ok = owner_put(owner, WT_SERIES_UTILIZATION, begin, end, service->utilization_ratio);
    ok &= owner_put(owner, WT_SERIES_QUEUE, begin, end,
                    wt_service_sum(service, service->queue_field));
    ok &= owner_put(owner, WT_SERIES_REQUESTS, begin, end,
                    wt_service_rate(service, service->requests_field));
    ok &= owner_put(owner, WT_SERIES_ERRORS, begin, end,
                    wt_service_rate(service, service->errors_field));
    return ok;
}

/* The bucket after which this look speaks. */
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

bool wt_history_feed(struct wt_history *history, const struct wt_snapshot *snapshot) {
    if (history->newest != INT64_MIN &&
        (snapshot->sequence == history->sequence || snapshot->failed))
        return true; /* old values are no values of now */
    int64_t realtime = snapshot->time.realtime_ns;
    int64_t bucket = wt_history_bucket(realtime);
    int64_t begin = covered_from(history, realtime, bucket);
    history->feeds++;
    bool ok = true;
    if (snapshot->store.segment_count > 0)
        ok = owner_put(&history->store, 0, begin, bucket, (double)snapshot->store.free_list_length);
    for (size_t i = 0; i < snapshot->service_count; i++)
        ok &= feed_service(history, &snapshot->services[i], begin, bucket);
    int64_t distance = realtime - history->realtime_ns;
    history->distance_ns = history->newest != INT64_MIN && distance > 0 ? distance : 0;
    history->sequence = snapshot->sequence;
    history->newest = bucket;
    history->realtime_ns = realtime;
    return ok;
}

const struct wt_series *wt_history_series(const struct wt_history *history, const char *service,
                                          enum wt_series_kind kind) {
    const struct owner *owner = find_service(history, service);
    return owner == NULL ? NULL : &owner->series[kind];
}

const struct wt_series *wt_history_free_list(const struct wt_history *history) {
    return &history->store.series[0];
}

double wt_series_get(const struct wt_series *series, int64_t bucket) {
    if (series == NULL)
        return NAN;
    const struct chunk *chunk = series->owner->chunks[chunk_place(bucket)];
    if (chunk == NULL || chunk->first != chunk_first(bucket))
        return NAN;
    return (double)chunk->values[series->kind][bucket - chunk->first];
}
