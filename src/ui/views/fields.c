/* The table of all fields of the selected service, with every aggregate there is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/map.h"
#include "ui/app_state.h"
#include "ui/values.h"

static const struct wt_field_stats *field_at(const void *context, size_t row) {
    return &wt_app_service(context)->fields[row];
}

static void draw_key(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    wt_text(canvas, cell, field_at(context, row)->key, WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_key(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){0, field_at(context, row)->key};
}

enum { WORD_KIND, WORD_ROLE, WORD_AGGREGATE, WORD_UNIT };

static const char *word_of(const struct wt_field_stats *field, int which) {
    switch (which) {
    case WORD_KIND:
        return wt_kind_text(field->kind);
    case WORD_ROLE:
        return field->role == WT_ROLE_NONE ? "" : wt_role_text(field->role);
    case WORD_AGGREGATE:
        return wt_aggregate_text(field->aggregate);
    default:
        return field->unit;
    }
}

static void draw_word(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    wt_text(canvas, cell, word_of(field_at(context, row), extra), WT_STYLE_DIM);
}

static struct wt_sort_key key_word(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){0, word_of(field_at(context, row), extra)};
}

enum {
    NUMBER_SUM,
    NUMBER_RATE,
    NUMBER_MIN,
    NUMBER_MEAN,
    NUMBER_P50,
    NUMBER_P95,
    NUMBER_MAX,
    NUMBER_WORKERS
};

static double number_of(const struct wt_field_stats *field, int which) {
    switch (which) {
    case NUMBER_SUM:
        return wt_number_to_double(field->sum);
    case NUMBER_RATE:
        return field->rate_per_s;
    case NUMBER_MIN:
        return wt_number_to_double(field->min);
    case NUMBER_MEAN:
        return field->mean;
    case NUMBER_P50:
        return wt_number_to_double(field->p50);
    case NUMBER_P95:
        return wt_number_to_double(field->p95);
    case NUMBER_MAX:
        return wt_number_to_double(field->max);
    default:
        return field->worker_count > 0 ? field->worker_count : (double)NAN;
    }
}

static void draw_number(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    wt_value_si(canvas, cell, number_of(field_at(context, row), extra),
                extra == NUMBER_SUM || extra == NUMBER_RATE ? WT_STYLE_BRIGHT : WT_STYLE_TEXT);
}

static struct wt_sort_key key_number(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){number_of(field_at(context, row), extra), NULL};
}

/* The sum with all its digits: three significant ones are not enough for a ledger. */
static void draw_exact(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    const struct wt_field_stats *field = field_at(context, row);
    char text[WT_NUMBER_TEXT_SIZE];
    if (field->sum.kind == WT_NUMBER_ABSENT) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_number_text(field->sum, text);
    wt_text_right(canvas, cell, text, WT_STYLE_DIM);
}

static void draw_invalid(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                         size_t row, int extra) {
    (void)extra;
    wt_value_concern(canvas, cell, field_at(context, row)->invalid_count, WT_STYLE_WARN);
}

static struct wt_sort_key key_invalid(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){field_at(context, row)->invalid_count, NULL};
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column columns[] = {
    {"FIELD", 0, 18, 0, 60, WT_ALIGN_LEFT, false, draw_key, key_key, 0, NULL},
    {"SUM", 0, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_SUM, NULL},
    {"RATE/s", 0, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_RATE, NULL},
    {"MIN", 3, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_MIN, NULL},
    {"MEAN", 3, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_MEAN, NULL},
    {"P50", 2, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_P50, NULL},
    {"P95", 1, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_P95, NULL},
    {"MAX", 1, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_MAX, NULL},
    {"WORK", 5, 5, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, NUMBER_WORKERS, NULL},
    {"LEFT OUT", 6, 8, 0, 0, WT_ALIGN_RIGHT, true, draw_invalid, key_invalid, 0, NULL},
    {"KIND", 4, 7, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_KIND, NULL},
    {"ROLE", 3, 8, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_ROLE, NULL},
    {"ADDS UP BY", 8, 10, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_AGGREGATE, NULL},
    {"UNIT", 9, 6, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_UNIT, NULL},
    {"EXACT SUM", 7, 20, 0, 0, WT_ALIGN_RIGHT, true, draw_exact, key_number, NUMBER_SUM, NULL},
};

static const char *word(const void *context, size_t row, const struct wt_table_column *column) {
    if (column->draw == draw_key)
        return field_at(context, row)->key;
    return column->draw == draw_word ? word_of(field_at(context, row), column->extra) : NULL;
}

static uint64_t identity(const void *context, size_t row) {
    const char *key = field_at(context, row)->key;
    return wt_hash(key, strlen(key), 0);
}

static bool matches(const void *context, size_t row, const char *filter) {
    const struct wt_field_stats *field = field_at(context, row);
    return wt_text_contains(field->key, filter) ||
           wt_text_contains(word_of(field, WORD_ROLE), filter) ||
           wt_text_contains(word_of(field, WORD_KIND), filter);
}

void wt_fields_table(const struct wt_app *app, struct wt_table *out) {
    const struct wt_service *service = wt_app_service(app);
    *out = (struct wt_table){.columns = columns,
                             .column_count = sizeof columns / sizeof *columns,
                             .context = app,
                             .row_count = service ? service->field_count : 0,
                             .identity = identity,
                             .word = word,
                             .matches = matches};
}
