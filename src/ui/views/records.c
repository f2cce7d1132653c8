/* Records that workers' threads left behind: of one worker, and of all. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/map.h"
#include "ui/values.h"
#include "ui/views/doing.h"

/* ---- which ones ------------------------------------------------------------------------------ */

/* Both tables share their cells: this is where they differ. */
enum { OF_ONE, OF_ALL };

static const struct wt_record_info *record_at(const struct wt_app *app, size_t row, int which) {
    if (which == OF_ONE)
        return &wt_doing_of_chosen(app)->records[row];
    const struct wt_activity *activity = &app->snapshot->activity;
    return row < activity->newest_count
               ? &activity->newest[row]
               : &activity->slowest[app->slow_only[row - activity->newest_count]];
}

const struct wt_record_info *wt_all_records_at(const struct wt_app *app, size_t row) {
    return record_at(app, row, OF_ALL);
}

/* The moment by the wall clock, 0 when unknown. */
static int64_t realtime_of(const struct wt_app *app, const struct wt_record_info *record) {
    const struct wt_time *time = &app->snapshot->time;
    return record->time_ns == 0 ? 0 : time->realtime_ns - (time->monotonic_ns - record->time_ns);
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void draw_time(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    char text[WT_FORMAT_SIZE];
    int64_t at = realtime_of(context, record_at(context, row, extra));
    if (at == 0) {
        wt_value_dash(canvas, cell);
        return;
    }
    wt_format_clock(text, sizeof text, at);
    wt_text(canvas, cell, text, WT_STYLE_DIM);
}

static struct wt_sort_key key_time(const void *context, size_t row, int extra) {
    int64_t at = record_at(context, row, extra)->time_ns;
    return (struct wt_sort_key){at == 0 ? (double)NAN : (double)at, NULL};
}

static void draw_took(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    const struct wt_record_info *record = record_at(context, row, extra);
    wt_value_duration(canvas, cell, record->duration_ns,
                      record->is_slow ? WT_STYLE_BRIGHT : WT_STYLE_TEXT);
}

static struct wt_sort_key key_took(const void *context, size_t row, int extra) {
    int64_t took = record_at(context, row, extra)->duration_ns;
    return (struct wt_sort_key){took < 0 ? (double)NAN : (double)took, NULL};
}

/* One word: what happened, and how bad that is. */
static const char *word_of(const struct wt_record_info *record, enum wt_style_name *style) {
    enum wt_record_what what = (enum wt_record_what)record->what;
    *style = what == WT_RECORD_IS_ERROR                                   ? WT_STYLE_CRIT
             : what == WT_RECORD_IS_WARNING || record->has_failed         ? WT_STYLE_WARN
             : what == WT_RECORD_IS_TORN || what == WT_RECORD_IS_NONSENSE ? WT_STYLE_DIM
                                                                          : WT_STYLE_TEXT;
    if (what != WT_RECORD_IS_WORK)
        return wt_record_what_text(what);
    return record->has_failed ? "failed" : record->is_slow ? "slow" : "done";
}

static void draw_word(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    enum wt_style_name style;
    const char *word = word_of(record_at(context, row, extra), &style);
    wt_text(canvas, cell, word, style);
}

static struct wt_sort_key key_word(const void *context, size_t row, int extra) {
    enum wt_style_name style;
    return (struct wt_sort_key){0, word_of(record_at(context, row, extra), &style)};
}

static void draw_text(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                      size_t row, int extra) {
    const struct wt_record_info *record = record_at(context, row, extra);
    if (record->what == WT_RECORD_IS_TORN)
        wt_text(canvas, cell, "(its writer died in it)", WT_STYLE_DIM);
    else if (record->what == WT_RECORD_IS_NONSENSE)
        wt_text(canvas, cell, "(cannot be: not shown)", WT_STYLE_DIM);
    else if (record->label[0] == '\0')
        wt_text(canvas, cell, "(no label)", WT_STYLE_DIM);
    else
        wt_text(canvas, cell, record->label, WT_STYLE_TEXT);
}

static void draw_id(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                    size_t row, int extra) {
    wt_text(canvas, cell, record_at(context, row, extra)->id, WT_STYLE_ACCENT);
}

static void draw_value(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                       size_t row, int extra) {
    const struct wt_record_info *record = record_at(context, row, extra);
    char text[24];
    bool says = record->value != 0 ||
                (record->what != WT_RECORD_IS_WORK && record->what != WT_RECORD_IS_TORN &&
                 record->what != WT_RECORD_IS_NONSENSE);
    snprintf(text, sizeof text, "%" PRId64, record->value);
    if (says)
        wt_text_right(canvas, cell, text, WT_STYLE_TEXT);
    else
        wt_value_dash(canvas, cell);
}

static void draw_thread(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    char text[16];
    snprintf(text, sizeof text, "%" PRIu32, record_at(context, row, extra)->thread);
    wt_text_right(canvas, cell, text, WT_STYLE_DIM);
}

static void draw_service(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                         size_t row, int extra) {
    wt_text(canvas, cell, record_at(context, row, extra)->service, WT_STYLE_BRIGHT);
}

static struct wt_sort_key key_service(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){0, record_at(context, row, extra)->service};
}

static void draw_worker(const struct wt_canvas *canvas, struct wt_rect cell, const void *context,
                        size_t row, int extra) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, record_at(context, row, extra)->worker_id);
    wt_text_right(canvas, cell, text, WT_STYLE_TEXT);
}

static struct wt_sort_key key_worker(const void *context, size_t row, int extra) {
    return (struct wt_sort_key){(double)record_at(context, row, extra)->worker_id, NULL};
}

/* Without any request the column stays: that there is none is worth knowing. */
static const char *word(const void *context, size_t row, const struct wt_table_column *column) {
    const struct wt_record_info *record = record_at(context, row, column->extra);
    return column->draw == draw_service               ? record->service
           : column->draw == draw_id && record->id[0] ? record->id
           : column->draw == draw_id                  ? "-"
                                                      : NULL;
}

/* title, rank, cols, grow, most, align, falling, draw, key, extra */
static const struct wt_table_column of_one[] = {
    {"TIME", 1, 8, 0, 0, WT_ALIGN_LEFT, true, draw_time, key_time, OF_ONE, NULL},
    {"TOOK", 0, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_took, key_took, OF_ONE, NULL},
    {"KIND", 2, 8, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, OF_ONE, NULL},
    {"WHAT", 0, 16, 6, 0, WT_ALIGN_LEFT, false, draw_text, NULL, OF_ONE, NULL},
    {"REQUEST", 3, 8, 0, 40, WT_ALIGN_LEFT, false, draw_id, NULL, OF_ONE, NULL},
    {"VALUE", 4, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_value, NULL, OF_ONE, NULL},
    {"THREAD", 5, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_thread, NULL, OF_ONE, NULL},
};

static const struct wt_table_column of_all[] = {
    {"TIME", 1, 8, 0, 0, WT_ALIGN_LEFT, true, draw_time, key_time, OF_ALL, NULL},
    {"TOOK", 0, 6, 0, 0, WT_ALIGN_RIGHT, true, draw_took, key_took, OF_ALL, NULL},
    {"KIND", 2, 8, 0, 0, WT_ALIGN_LEFT, false, draw_word, key_word, OF_ALL, NULL},
    {"SERVICE", 3, 8, 0, 24, WT_ALIGN_LEFT, false, draw_service, key_service, OF_ALL, NULL},
    {"WORKER", 3, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_worker, key_worker, OF_ALL, NULL},
    {"WHAT", 0, 16, 6, 0, WT_ALIGN_LEFT, false, draw_text, NULL, OF_ALL, NULL},
    {"REQUEST", 4, 8, 0, 40, WT_ALIGN_LEFT, false, draw_id, NULL, OF_ALL, NULL},
    {"VALUE", 5, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_value, NULL, OF_ALL, NULL},
    {"THREAD", 6, 6, 0, 0, WT_ALIGN_RIGHT, false, draw_thread, NULL, OF_ALL, NULL},
};

/* ---- tables ---------------------------------------------------------------------------------- */

static uint64_t identity_of(const struct wt_record_info *record) {
    const uint64_t key[] = {record->worker_id, record->thread, record->number};
    return wt_hash(key, sizeof key, 0);
}

static uint64_t identity_of_one(const void *context, size_t row) {
    return identity_of(record_at(context, row, OF_ONE));
}

static uint64_t identity_of_all(const void *context, size_t row) {
    return identity_of(record_at(context, row, OF_ALL));
}

static bool says(const struct wt_record_info *record, const char *filter) {
    enum wt_style_name style;
    return wt_text_contains(record->label, filter) || wt_text_contains(record->id, filter) ||
           wt_text_contains(record->service, filter) ||
           wt_text_contains(word_of(record, &style), filter);
}

static bool matches_one(const void *context, size_t row, const char *filter) {
    return says(record_at(context, row, OF_ONE), filter);
}

static bool matches_all(const void *context, size_t row, const char *filter) {
    return says(record_at(context, row, OF_ALL), filter);
}

void wt_records_table(const struct wt_app *app, struct wt_table *out) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    *out = (struct wt_table){.columns = of_one,
                             .column_count = sizeof of_one / sizeof *of_one,
                             .context = app,
                             .row_count = activity ? activity->record_count : 0,
                             .identity = identity_of_one,
                             .matches = matches_one,
                             .word = word,
                             .nothing = "no records: what is slow or failed leaves one, and "
                                        "worktop_event()"};
}

void wt_all_records_table(const struct wt_app *app, struct wt_table *out) {
    *out = (struct wt_table){.columns = of_all,
                             .column_count = sizeof of_all / sizeof *of_all,
                             .context = app,
                             .row_count = app->snapshot ? app->snapshot->activity.newest_count +
                                                              app->slow_only_count
                                                        : 0,
                             .identity = identity_of_all,
                             .matches = matches_all,
                             .word = word};
}

/* ---- panes ----------------------------------------------------------------------------------- */

/* 1204 as "1,204". */
static const char *grouped(uint64_t value, char out[32]) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

int wt_records_rows(const struct wt_app *app) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    if (!activity || activity->problem[0])
        return 0;
    return 3 + (activity->record_count > 1 ? (int)activity->record_count : 1);
}

void wt_records_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    const struct wt_worker_activity *activity = wt_doing_of_chosen(app);
    char name[96] = "", number[32];
    if (activity && activity->lost_count > 0)
        snprintf(name, sizeof name, "+%s lost", grouped(activity->lost_count, number));
    if (activity && activity->nonsense_count > 0)
        snprintf(name + strlen(name), sizeof name - strlen(name),
                 "%s%" PRIu32 " threads unreadable", name[0] ? canvas->glyphs->separator : "",
                 activity->nonsense_count);
    wt_pane_table_draw(app, canvas, rect, WT_PANE_RECORDS,
                       activity && activity->gone_realtime_ns ? "last records" : "records", name);
}

bool wt_all_records_are_there(const struct wt_app *app) {
    return app->snapshot && app->snapshot->activity.newest_count > 0;
}

void wt_all_records_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    const struct wt_activity *activity = &app->snapshot->activity;
    char name[160], number[32], lost[48] = "";
    if (activity->lost_count > 0)
        snprintf(lost, sizeof lost, "%s+%s lost", canvas->glyphs->separator,
                 grouped(activity->lost_count, number));
    snprintf(name, sizeof name, "newest of all workers, then the slowest%s%s%s", lost,
             rect.cols >= 110 ? canvas->glyphs->separator : "",
             rect.cols >= 110 ? "slow: from 100ms on, or what the worker set" : "");
    wt_pane_table_draw(app, canvas, rect, WT_PANE_ALL_RECORDS, "records", name);
}
