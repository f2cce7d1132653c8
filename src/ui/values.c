#include "ui/values.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"

void wt_value_seconds(const struct wt_canvas *canvas, struct wt_rect cell, double seconds,
                      enum wt_style_name style) {
    char text[WT_FORMAT_SIZE];
    wt_format_seconds(text, sizeof text, seconds);
    wt_text_right(canvas, cell, text, seconds > 0 ? style : WT_STYLE_DIM);
}

void wt_value_dash(const struct wt_canvas *canvas, struct wt_rect cell) {
    wt_text_right(canvas, cell, "-", WT_STYLE_FAINT);
}

void wt_value_si(const struct wt_canvas *canvas, struct wt_rect cell, double value,
                 enum wt_style_name style) {
    char text[WT_FORMAT_SIZE];
    if (isnan(value)) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_format_si(text, sizeof text, value);
    wt_text_right(canvas, cell, text, value == 0 ? WT_STYLE_DIM : style);
}

void wt_value_bytes(const struct wt_canvas *canvas, struct wt_rect cell, uint64_t bytes,
                    enum wt_style_name style) {
    char text[WT_FORMAT_SIZE];
    wt_format_bytes(text, sizeof text, bytes <= INT64_MAX ? (int64_t)bytes : INT64_MAX);
    wt_text_right(canvas, cell, text, style);
}

void wt_value_percent(const struct wt_canvas *canvas, struct wt_rect cell, double ratio) {
    char text[WT_FORMAT_SIZE];
    wt_format_percent(text, sizeof text, ratio);
    wt_text_right(canvas, cell, text, isnan(ratio) ? WT_STYLE_DIM : WT_STYLE_BRIGHT);
}

void wt_value_concern(const struct wt_canvas *canvas, struct wt_rect cell, uint64_t count,
                      enum wt_style_name style) {
    char text[WT_FORMAT_SIZE];
    if (count == 0) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_format_si(text, sizeof text, (double)count);
    wt_text_right(canvas, cell, text, style);
}

void wt_value_duration(const struct wt_canvas *canvas, struct wt_rect cell, int64_t ns,
                       enum wt_style_name style) {
    char text[WT_FORMAT_SIZE];
    if (ns < 0) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_format_duration(text, sizeof text, ns);
    wt_text_right(canvas, cell, text, style);
}

enum wt_concern wt_concern_of(const struct wt_row_status *status) {
    if (status->state == WT_WORKER_GONE)
        return WT_CONCERN_GONE;
    if (status->flags & WT_ROW_STUCK)
        return WT_CONCERN_STUCK;
    if (status->flags & WT_ROW_UNREADABLE)
        return WT_CONCERN_UNREADABLE;
    if (status->state == WT_WORKER_STALE)
        return WT_CONCERN_STALE;
    if (status->flags & WT_ROW_TORN)
        return WT_CONCERN_TORN;
    if (status->state == WT_WORKER_SILENT)
        return WT_CONCERN_SILENT;
    return status->state == WT_WORKER_CONNECTING ? WT_CONCERN_CONNECTING : WT_CONCERN_NONE;
}

const struct wt_concern_info *wt_concern_info(enum wt_concern concern) {
    static const struct wt_concern_info infos[WT_CONCERN_COUNT] = {
        [WT_CONCERN_NONE] = {"live", ' ', WT_STYLE_DIM},
        [WT_CONCERN_CONNECTING] = {"new", '+', WT_STYLE_DIM},
        [WT_CONCERN_SILENT] = {"silent", '-', WT_STYLE_DIM},
        [WT_CONCERN_TORN] = {"torn", '~', WT_STYLE_DIM},
        [WT_CONCERN_GONE] = {"gone", 'x', WT_STYLE_DIM},
        [WT_CONCERN_STALE] = {"STALE", '?', WT_STYLE_WARN},
        [WT_CONCERN_UNREADABLE] = {"UNREAD", '#', WT_STYLE_WARN},
        [WT_CONCERN_STUCK] = {"STUCK", '!', WT_STYLE_CRIT},
    };
    return &infos[concern];
}

bool wt_service_rises(const struct wt_service *service) {
    return service->verdict == WT_VERDICT_OK && wt_service_rising(service) != NULL;
}

const char *wt_service_state_word(const struct wt_service *service) {
    return wt_service_rises(service) ? WT_RISES_WORD : wt_verdict_text(service->verdict);
}

int wt_verdict_weight(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_CRIT:
        return 4;
    case WT_VERDICT_WARN:
        return 3;
    case WT_VERDICT_UNKNOWN:
        return 2;
    case WT_VERDICT_OK:
        return 1;
    case WT_VERDICT_IDLE:
        break;
    }
    return 0;
}

void wt_field_title(const struct wt_field_stats *field, char *out, size_t size) {
    size_t length = strlen(field->key);
    if (field->kind == WT_KIND_COUNTER && length > 6 &&
        strcmp(field->key + length - 6, "_total") == 0)
        length -= 6;
    const char *unit = field->kind == WT_KIND_COUNTER ? "/s" : "";
    size_t room = size - 1 - strlen(unit);
    snprintf(out, size, "%.*s%s", (int)(length < room ? length : room), field->key, unit);
}
