#include "attach/past.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attach/file.h"
#include "attach/private.h"
#include "base/utf8.h"

/* The hour, in the order of time: second begin + i is in place (begin + i) % 3600 of the file. */
struct hour {
    int64_t begin;
    size_t count;
    int64_t before[WT_DIRECTORY_SECONDS], after[WT_DIRECTORY_SECONDS];
};

static size_t place_of(int64_t second) {
    return (size_t)(second % WT_DIRECTORY_SECONDS);
}

/* Which seconds there are, as far as the monitor's last sign of life: the newest that is there, and
 * the hour before it. False when there are none. */
static bool find_hour(const struct wt_directory_view *view, struct hour *hour) {
    struct wt_shared_directory_header header;
    wt_directory_view_header(view, &header);
    int64_t last = wt_history_bucket((int64_t)header.heartbeat_realtime_ns) + 1, newest = 0;
    if (!wt_directory_view_seconds(view, hour->before))
        return false;
    for (size_t i = 0; i < WT_DIRECTORY_SECONDS; i++)
        if (hour->before[i] <= last && hour->before[i] > newest)
            newest = hour->before[i];
    int64_t oldest = newest;
    for (size_t i = 0; i < WT_DIRECTORY_SECONDS; i++)
        if (hour->before[i] > newest - WT_DIRECTORY_SECONDS && hour->before[i] < oldest)
            oldest = hour->before[i];
    hour->begin = oldest;
    hour->count = (size_t)(newest - oldest) + 1;
    return newest > 0;
}

/* The series that a record is about. False when it is none that we know. */
static bool identify(const struct wt_shared_history_record *record, char service[256],
                     char key[256], struct wt_past_series *past) {
    wt_text_clean(service, 256, record->service, strlen(record->service));
    wt_text_clean(key, 256, record->key, strlen(record->key));
    *past = (struct wt_past_series){.service = service, .kind = -1};
    if (service[0] == '\0')
        return false;
    if (record->series[0] != '\0') {
        past->kind = wt_series_named(record->series);
        return past->kind >= 0;
    }
    past->field = (struct wt_field_stats){.key = key, .unit = ""};
    past->field.kind = record->kind == WT_KIND_COUNTER ? WT_KIND_COUNTER : WT_KIND_GAUGE;
    past->field.aggregate = record->aggregate <= WT_AGGREGATE_LAST
                                ? (enum wt_aggregate)record->aggregate
                                : WT_AGGREGATE_SUM;
    return key[0] != '\0';
}

/* Copies the values in the order of time. */
static void copy_values(const struct hour *hour, const struct wt_shared_history_record *record,
                        float *out) {
    for (size_t i = 0; i < hour->count; i++) {
        int64_t second = hour->begin + (int64_t)i;
        size_t place = place_of(second);
        float value = record->values[place];
        bool is_there = hour->before[place] == second && hour->after[place] == second;
        out[i] = is_there && isfinite(value) ? value : NAN;
    }
}

/* Whether no second was written since the hour was found. */
static bool is_still(const struct wt_directory_view *view, struct hour *hour) {
    return wt_directory_view_seconds(view, hour->after) &&
           memcmp(hour->before, hour->after, sizeof hour->before) == 0;
}

/* With `anew` it is asked after each record which seconds were whole all the while; without, nobody
 * has asked yet whether any was not. */
static wt_status restore(const struct wt_directory_view *view, struct hour *hour, bool anew,
                         struct wt_history *history, struct wt_error *err) {
    struct wt_shared_section section;
    struct wt_shared_history_record *record = malloc(sizeof *record);
    float *values = malloc(WT_DIRECTORY_SECONDS * sizeof *values);
    bool ok = record != NULL && values != NULL;
    uint64_t used =
        wt_directory_view_section(view, WT_SECTION_HISTORY, 0, &section) ? section.used : 0;
    for (uint64_t i = 0; ok && i < used && i < 4096; i++) {
        char service[256], key[256];
        struct wt_past_series past;
        if (wt_directory_view_history(view, i, record) != WT_OK ||
            !identify(record, service, key, &past))
            continue;
        if (anew && !wt_directory_view_seconds(view, hour->after))
            memset(hour->after, 0, sizeof hour->after);
        copy_values(hour, record, values);
        past.values = values;
        ok = wt_history_restore(history, &past, hour->begin, hour->count);
    }
    free(record);
    free(values);
    return ok ? WT_OK : wt_fail(err, WT_ENOMEM, "no memory for the last hour");
}

static wt_status read_hour(const struct wt_directory_view *view, struct hour *hour, bool anew,
                           struct wt_history **out, struct wt_error *err) {
    wt_status status = find_hour(view, hour)
                           ? wt_history_create(out, err)
                           : wt_fail(err, WT_ENOENT, "the directory file holds no history");
    memcpy(hour->after, hour->before, sizeof hour->after);
    return status == WT_OK ? restore(view, hour, anew, *out, err) : status;
}

/* A monitor writes one second of a thousand milliseconds, in a moment: mostly nothing is written
 * while all is read, and it need not be asked at each of some hundred records. */
wt_status wt_attach_history(const struct wt_attach *attach, struct wt_history **out,
                            struct wt_error *err) {
    const struct wt_directory_view *view = wt_attach_file(attach)->view;
    struct hour *hour = malloc(sizeof *hour);
    *out = NULL;
    if (hour == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the last hour");
    wt_status status = read_hour(view, hour, false, out, err);
    if (status == WT_OK && !is_still(view, hour)) {
        wt_history_destroy(*out);
        *out = NULL;
        status = read_hour(view, hour, true, out, err);
    }
    if (!wt_directory_view_is_readable(view))
        status = wt_fail(err, WT_EDEAD, "the directory file was truncated underneath");
    if (status != WT_OK) {
        wt_history_destroy(*out);
        *out = NULL;
    }
    free(hour);
    return status;
}
