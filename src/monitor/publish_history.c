#include "monitor/publish_history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "model/history.h"

enum { FIRST_SERIES = 64 }; /* room in the first file: two or three services */

static void series_fini(struct wt_published_series *series) {
    free(series->service);
    *series = (struct wt_published_series){0};
}

void wt_published_history_fini(struct wt_published_history *history) {
    for (size_t i = 0; i < history->count; i++)
        series_fini(&history->series[i]);
    free(history->series);
    free(history->values);
    wt_map_fini(&history->places);
    *history = (struct wt_published_history){0};
}

/* ---- which series has which place ------------------------------------------------------------
 */

static uint64_t hash_of(const char *service, int kind, const char *key) {
    uint64_t hash = wt_hash(service, strlen(service), (uint64_t)(kind + 1));
    return wt_hash(key, strlen(key), hash);
}

static bool reserve(struct wt_published_history *history) {
    if (history->count < history->capacity)
        return true;
    size_t capacity = history->capacity == 0 ? 64 : 2 * history->capacity;
    struct wt_published_series *series = realloc(history->series, capacity * sizeof *series);
    if (series != NULL)
        history->series = series;
    float *values = series == NULL ? NULL : realloc(history->values, capacity * sizeof *values);
    if (values == NULL)
        return false;
    history->values = values;
    history->capacity = capacity;
    return true;
}

static bool set_place(struct wt_published_history *history, uint64_t hash, size_t place) {
    return wt_map_put(&history->places, hash, (void *)(uintptr_t)(place + 1));
}

static struct wt_published_series *add(struct wt_published_history *history, uint64_t hash,
                                       const char *service, int kind, const char *key) {
    if (history->count == WT_PUBLISHED_SERIES || !reserve(history))
        return NULL;
    size_t length = strlen(service) + 1;
    char *texts = malloc(length + strlen(key) + 1);
    if (texts == NULL || !set_place(history, hash, history->count)) {
        free(texts);
        return NULL;
    }
    memcpy(texts, service, length);
    strcpy(texts + length, key);
    struct wt_published_series *series = &history->series[history->count];
    *series = (struct wt_published_series){
        .hash = hash, .service = texts, .key = texts + length, .kind = kind};
    history->values[history->count++] = NAN;
    return series;
}

/* A value of this look; series that were never known take no place. */
static void put(struct wt_published_history *history, int64_t second, const char *service, int kind,
                const struct wt_field_stats *field, double value) {
    const char *key = field == NULL ? "" : field->key;
    if (isnan(value))
        return;
    uint64_t hash = hash_of(service, kind, key);
    uintptr_t place = (uintptr_t)wt_map_get(&history->places, hash);
    struct wt_published_series *series =
        place > 0 ? &history->series[place - 1] : add(history, hash, service, kind, key);
    if (series == NULL || strcmp(series->service, service) != 0 || strcmp(series->key, key) != 0)
        return;
    series->seen = second;
    if (field != NULL) {
        series->field_kind = field->kind;
        series->field_aggregate = field->aggregate;
    }
    history->values[series - history->series] = (float)value;
}

static void put_service(struct wt_published_history *history, int64_t second,
                        const struct wt_service *service) {
    double values[WT_SERIES_KINDS];
    wt_history_values(service, values);
    for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
        put(history, second, service->name, kind, NULL, values[kind]);
    for (size_t i = 0; i < service->field_count; i++)
        if (wt_history_special(service, i) < 0)
            put(history, second, service->name, -1, &service->fields[i],
                wt_history_own(&service->fields[i]));
}

/* ---- into the file ---------------------------------------------------------------------------
 */

static void put_record(const struct wt_published_history *history, struct wt_directory *directory,
                       size_t place) {
    const struct wt_published_series *series = &history->series[place];
    struct wt_shared_history_record record = {.kind = series->field_kind,
                                              .aggregate = series->field_aggregate};
    snprintf(record.service, sizeof record.service, "%s", series->service);
    snprintf(record.key, sizeof record.key, "%s", series->key);
    if (series->kind >= 0)
        snprintf(record.series, sizeof record.series, "%s",
                 wt_series_text((enum wt_series_kind)series->kind));
    for (size_t i = 0; i < WT_DIRECTORY_SECONDS; i++)
        record.values[i] = NAN;
    (void)wt_directory_put_history(directory, place, &record); /* without room it is left out */
}

/* The second after which the look speaks: as model/history.h says. */
static int64_t covered_from(const struct wt_published_history *history, int64_t realtime_ns,
                            int64_t second) {
    int64_t distance = realtime_ns - history->realtime_ns;
    bool steady = distance <= 2 * WT_NS_PER_S || distance / 2 <= history->distance_ns;
    if (history->second == 0 || second <= history->second || !steady)
        return second - 1;
    int64_t most = second - WT_DIRECTORY_SECONDS;
    return history->second > most ? history->second : most;
}

bool wt_published_history_tick(struct wt_published_history *history, struct wt_directory *directory,
                               const struct wt_snapshot *snapshot) {
    int64_t realtime_ns = snapshot->time.realtime_ns, second = wt_history_bucket(realtime_ns);
    if (snapshot->failed || second <= 0)
        return false;
    size_t before = history->count;
    for (size_t i = 0; i < history->count; i++)
        history->values[i] = NAN;
    for (size_t i = 0; i < snapshot->service_count; i++)
        put_service(history, second, &snapshot->services[i]);
    for (size_t i = before; i < history->count; i++)
        put_record(history, directory, i);
    if (second < history->second)
        wt_directory_forget_seconds(directory, second);
    for (int64_t at = covered_from(history, realtime_ns, second) + 1; at <= second; at++)
        wt_directory_put_values(directory, at, history->values, history->count);
    if (realtime_ns != history->realtime_ns) {
        int64_t distance = realtime_ns - history->realtime_ns;
        history->distance_ns = history->second != 0 && distance > 0 ? distance : 0;
        history->realtime_ns = realtime_ns;
        history->second = second;
    }
    return history->count > wt_directory_history_room(directory) && !history->refused;
}

/* ---- a new file ------------------------------------------------------------------------------
 */

static bool has_space(const char *path, uint64_t bytes) {
    char folder[4096];
    struct statvfs system;
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 0 : (int)(slash - path);
    if (snprintf(folder, sizeof folder, "%.*s/", length, path) >= (int)sizeof folder ||
        statvfs(slash == NULL ? "." : folder, &system) != 0)
        return false;
    return (uint64_t)system.f_bavail * system.f_frsize >= bytes + WT_HISTORY_SPARED_BYTES;
}

uint64_t wt_published_history_room(struct wt_published_history *history, const char *path) {
    uint64_t room = history->count + history->count / 4 + 15;
    room = room / 16 * 16 > FIRST_SERIES ? room / 16 * 16 : FIRST_SERIES;
    history->refused = !has_space(path, room * sizeof(struct wt_shared_history_record));
    return history->refused ? 0 : room;
}

void wt_published_history_fill(struct wt_published_history *history, struct wt_directory *fresh,
                               const struct wt_directory *old) {
    size_t kept = 0;
    for (size_t i = 0; i < history->count; i++) {
        struct wt_published_series *series = &history->series[i];
        if (series->seen <= history->second - WT_DIRECTORY_SECONDS) {
            (void)wt_map_remove(&history->places, series->hash);
            series_fini(series);
            continue;
        }
        if (kept != i) {
            history->series[kept] = *series;
            history->values[kept] = history->values[i];
            (void)set_place(history, series->hash, kept); /* it is there: no memory is needed */
        }
        put_record(history, fresh, kept);
        if (old != NULL)
            wt_directory_copy_values(fresh, kept, old, i);
        kept++;
    }
    history->count = kept;
    if (old != NULL)
        wt_directory_copy_seconds(fresh, old);
}
