/* The table of all fields of one worker: what it has, and how that compares with its service. */
#include <math.h>
#include <string.h>

#include "base/map.h"
#include "ui/values.h"
#include "ui/views/worker_row.h"
#include "ui/widgets/meter.h"

struct field {
    const struct wt_field_stats *stats; /* of the service */
    struct wt_worker_row worker;
    int index; /* of the service's fields */
    size_t own;
};

static struct field field_at(const void *context, size_t row) {
    const struct wt_app *app = context;
    struct wt_worker_row worker = wt_worker_row_at(app, (size_t)app->worker);
    int index = (int)worker.cohort->field_map[row];
    return (struct field){&wt_app_service(app)->fields[index], worker, index, row};
}

static void draw_key(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                     size_t row, int extra) {
    (void)extra;
    wt_text(canvas, cell, field_at(context, row).stats->key, WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_key(const void *context, size_t row, int extra) {
    (void)extra;
    return (struct wt_sort_key){0, field_at(context, row).stats->key};
}

enum { VALUE, RATE, P50, P95, MAX };

static double number_of(const struct wt_app *app, size_t row, int which) {
    struct field field = field_at(app, row);
    switch (which) {
    case VALUE:
        return wt_worker_row_value(&field.worker, field.index);
    case RATE:
        return wt_worker_row_rate(app, &field.worker, field.index);
    case P50:
        return wt_number_to_double(field.stats->p50);
    case P95:
        return wt_number_to_double(field.stats->p95);
    default:
        return wt_number_to_double(field.stats->max);
    }
}

static void draw_number(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    bool old = field_at(context, row).worker.status->flags & (WT_ROW_TORN | WT_ROW_UNREADABLE);
    wt_value_si(canvas, cell, number_of(context, row, extra),
                extra > RATE ? WT_STYLE_DIM
                : old        ? WT_STYLE_WARN
                             : WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_number(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){number_of(context, row, extra), NULL};
}

/* How much of the most that any worker of the service has. */
static double share_of(const struct wt_app *app, size_t row) {
    double value = number_of(app, row, VALUE), most = number_of(app, row, MAX);
    return most > 0 && value >= 0 ? value / most : NAN;
}

static void draw_share(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    struct wt_meter meter = {.ratio = share_of(context, row), .gradient = WT_GRADIENT_RATE};
    if (!isnan(meter.ratio))
        wt_meter_draw(canvas, cell, &meter);
}

static void draw_exact(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    (void)extra;
    struct field field = field_at(context, row);
    struct wt_number value = wt_cohort_value(field.worker.cohort, field.worker.row, field.own);
    char text[WT_NUMBER_TEXT_SIZE];
    if (value.kind == WT_NUMBER_ABSENT) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_number_text(value, text);
    wt_text_right(canvas, cell, text, WT_STYLE_DIM);
}

enum { WORD_KIND, WORD_ROLE, WORD_UNIT };

static const char *word_of(const struct wt_field_stats *stats, int which) {
    switch (which) {
    case WORD_KIND:
        return wt_kind_text(stats->kind);
    case WORD_ROLE:
        return stats->role == WT_ROLE_NONE ? "" : wt_role_text(stats->role);
    default:
        return stats->unit;
    }
}

static void draw_word(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    wt_text(canvas, cell, word_of(field_at(context, row).stats, extra), WT_STYLE_DIM);
}

static struct wt_sort_key key_word(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){0, word_of(field_at(context, row).stats, extra)};
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column columns[] = {
    {"FIELD", 0, 18, 0, 60, WT_ALIGN_LEFT, false, draw_key, key_key, 0, NULL},
    {"VALUE", 0, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, VALUE, NULL},
    {"RATE/s", 0, 6, 1, 10, WT_ALIGN_RIGHT, true, draw_number, key_number, RATE, NULL},
    {"SHARE OF MAX", 4, 12, 3, 60, WT_ALIGN_LEFT, false, draw_share, NULL, 0, NULL},
    {"ALL: P50", 1, 8, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, P50, NULL},
    {"P95", 2, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, P95, NULL},
    {"MAX", 2, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_number, key_number, MAX, NULL},
    {"KIND", 5, 7, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_KIND, NULL},
    {"ROLE", 3, 8, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_ROLE, NULL},
    {"UNIT", 7, 6, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, WORD_UNIT, NULL},
    {"EXACT VALUE", 6, 20, 0, 0, WT_ALIGN_RIGHT, false, draw_exact, NULL, 0, NULL},
};

static const char *word(const void *context, size_t row, const struct wt_table_column *column) {
    if (column->draw == draw_key)
        return field_at(context, row).stats->key;
    return column->draw == draw_word ? word_of(field_at(context, row).stats, column->extra) : NULL;
}

static uint64_t identity(const void *context, size_t row) {
    const char *key = field_at(context, row).stats->key;
    return wt_hash(key, strlen(key), 0);
}

static bool matches(const void *context, size_t row, const char *filter) {
    const struct wt_field_stats *stats = field_at(context, row).stats;
    return wt_text_contains(stats->key, filter) ||
           wt_text_contains(word_of(stats, WORD_ROLE), filter) ||
           wt_text_contains(word_of(stats, WORD_KIND), filter);
}

void wt_worker_fields_table(const struct wt_app *app, struct wt_table *out) {
    size_t count = 0;
    if (app->worker >= 0) {
        struct wt_worker_row worker = wt_worker_row_at(app, (size_t)app->worker);
        count = worker.cohort->schema ? worker.cohort->schema->field_count : 0;
    }
    *out = (struct wt_table){.columns = columns,
                             .column_count = sizeof columns / sizeof *columns,
                             .context = app,
                             .row_count = count,
                             .identity = identity,
                             .word = word,
                             .matches = matches};
}
