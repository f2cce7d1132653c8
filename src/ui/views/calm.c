#include "ui/views/calm.h"

#include <math.h>
#include <stdio.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/wording.h"

enum { BADGE_COLS = 6 };

/* ---- what rises ------------------------------------------------------------------------------ */

void wt_rising_mark(struct wt_line *line) {
    wt_line_add(line, WT_STYLE_WARN, WT_RISES_WORD);
}

void wt_rising_badge(struct wt_line *line) {
    wt_line_skip(line, 1);
    wt_rising_mark(line);
}

static size_t rising_count(const struct wt_snapshot *snapshot) {
    size_t count = 0;
    for (size_t i = 0; i < snapshot->service_count; i++)
        count += wt_service_rising(&snapshot->services[i]) != NULL;
    return count;
}

static void draw_rising(const struct wt_app *app, const struct wt_canvas *canvas,
                        struct wt_rect rect) {
    for (size_t i = 0; i < app->snapshot->service_count && rect.rows > 0; i++) {
        const struct wt_service *service = &app->snapshot->services[i];
        const struct wt_trouble *rising = wt_service_rising(service);
        struct wt_worded worded;
        char sentence[WT_SENTENCE_SIZE];
        if (rising == NULL)
            continue;
        struct wt_rect row = wt_rect_take_top(&rect, 1);
        struct wt_line line = wt_line_begin(canvas, row);
        line.end--;
        wt_line_skip(&line, 1);
        wt_rising_badge(&line);
        wt_line_skip(&line, 1);
        wt_line_addf(&line, WT_STYLE_BRIGHT, "%.40s  ", service->name);
        int room = line.end - line.col;
        wt_wording_fit(wt_verdict_says(app, service, rising, sentence), (const int[]){room, 0}, 0,
                       1, &worded);
        wt_line_add(&line, WT_STYLE_TEXT, worded.what[0]);
        if (wt_app_is_last_word(app, canvas->now))
            wt_canvas_fade_text(canvas, row);
    }
}

/* ---- that all is well ------------------------------------------------------------------------ */

struct calm {
    size_t ok_count, idle_count;
    const char *first, *busiest; /* names; NULL without */
    double busiest_ratio, slots, busy;
    int64_t since_ns; /* since when all of them are; 0 when unknown */
};

/* False when it is not all well: then others speak. */
static bool look(const struct wt_snapshot *snapshot, struct calm *out) {
    *out = (struct calm){.busiest_ratio = -1};
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        if (service->verdict != WT_VERDICT_OK && service->verdict != WT_VERDICT_IDLE)
            return false;
        out->first = i == 0 ? service->name : out->first;
        out->ok_count += service->verdict == WT_VERDICT_OK;
        out->idle_count += service->verdict == WT_VERDICT_IDLE;
        bool is_known = service->verdict_since_ns != 0 && (i == 0 || out->since_ns != 0);
        if (!is_known || service->verdict_since_ns > out->since_ns)
            out->since_ns = is_known ? service->verdict_since_ns : 0;
        if (isnan(service->utilization_ratio))
            continue;
        out->slots += wt_service_sum(service, service->capacity_field);
        out->busy += wt_service_sum(service, service->busy_field);
        if (service->utilization_ratio > out->busiest_ratio) {
            out->busiest_ratio = service->utilization_ratio;
            out->busiest = service->name;
        }
    }
    return snapshot->service_count > 0;
}

static void say_who(const struct calm *calm, char *out, size_t size) {
    size_t count = calm->ok_count + calm->idle_count;
    const char *word = calm->idle_count == 0 ? "OK" : "idle";
    if (calm->ok_count > 0 && calm->idle_count > 0)
        snprintf(out, size, "%zu service%s OK and %zu idle", calm->ok_count,
                 calm->ok_count == 1 ? "" : "s", calm->idle_count);
    else if (count == 1)
        snprintf(out, size, "%.40s is %s", calm->first, word);
    else
        snprintf(out, size, "all %zu services %s", count, word);
}

/* "all 4 services OK since 13:34:57: api the busiest with 41%, no worker stuck, 77 of 130 slots
 * free" */
static void say(const struct wt_snapshot *snapshot, const struct calm *calm, char *out,
                size_t size) {
    char who[128], since[WT_FORMAT_SIZE + 8] = "", clock[WT_FORMAT_SIZE], busiest[160] = "";
    char free_slots[WT_FORMAT_SIZE], slots[WT_FORMAT_SIZE], room[128] = "", ratio[WT_FORMAT_SIZE];
    say_who(calm, who, sizeof who);
    if (calm->since_ns > 0) {
        wt_format_since(clock, sizeof clock, calm->since_ns, snapshot->time.realtime_ns);
        snprintf(since, sizeof since, " since %s", clock);
    }
    wt_format_percent(ratio, sizeof ratio, calm->busiest_ratio);
    if (calm->ok_count == 0)
        snprintf(busiest, sizeof busiest, "nothing busy, nothing queued");
    else if (calm->busiest != NULL && calm->busy <= 0)
        snprintf(busiest, sizeof busiest, "nothing busy now, no worker stuck");
    else if (calm->busiest != NULL && calm->ok_count + calm->idle_count > 1)
        snprintf(busiest, sizeof busiest, "%.40s the busiest with %s, no worker stuck",
                 calm->busiest, ratio);
    else if (calm->busiest != NULL)
        snprintf(busiest, sizeof busiest, "%s busy, no worker stuck", ratio);
    else
        snprintf(busiest, sizeof busiest, "no worker stuck");
    if (calm->slots > 0) {
        wt_format_si(free_slots, sizeof free_slots, fmax(calm->slots - calm->busy, 0));
        wt_format_si(slots, sizeof slots, calm->slots);
        snprintf(room, sizeof room, ", %s of %s slots free", free_slots, slots);
    }
    snprintf(out, size, "%s%s: %s%s", who, since, busiest, room);
}

int wt_calm_rows(const struct wt_app *app, int cols, int most, bool is_free) {
    struct calm calm;
    if (app->snapshot == NULL || wt_verdicts_rows(app, cols, 1) > 0 || !look(app->snapshot, &calm))
        return 0;
    size_t rising = rising_count(app->snapshot);
    return rising > (size_t)most ? most : rising > 0 ? (int)rising : is_free;
}

void wt_calm_draw(const struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    struct calm calm;
    struct wt_worded worded;
    char text[WT_WORDING_SIZE];
    if (app->snapshot == NULL || !look(app->snapshot, &calm))
        return;
    if (rising_count(app->snapshot) > 0) {
        draw_rising(app, canvas, rect);
        return;
    }
    struct wt_rect row = wt_rect_take_top(&rect, 1);
    struct wt_line line = wt_line_begin(canvas, row);
    line.end--;
    wt_line_skip(&line, 1);
    bool is_idle = calm.ok_count == 0;
    wt_line_addf(&line, is_idle ? WT_STYLE_IDLE : WT_STYLE_OK, " %-*s", BADGE_COLS,
                 is_idle ? "IDLE" : "OK");
    say(app->snapshot, &calm, text, sizeof text);
    wt_wording_fit(text, (const int[]){line.end - line.col, 0}, 0, 1, &worded);
    wt_line_add(&line, WT_STYLE_TEXT, worded.what[0]);
    if (wt_app_is_last_word(app, canvas->now))
        wt_canvas_fade_text(canvas, row);
}
