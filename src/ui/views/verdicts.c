/* One line, or two, for each service that has something to say: the worst first. When there is
 * little room, every service gets its line before one gets a second. */
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "ui/app_state.h"

enum { VERDICT_INDENT = 6, SINCE_COLS = 16 };

/* The services that have something to say, the worst first (in the service view that one alone):
 * calls `each` until it returns false. */
static void each_verdict(const struct wt_app *app,
                         bool (*each)(const struct wt_service *service, void *context),
                         void *context) {
    const struct wt_snapshot *snapshot = app->snapshot;
    for (int verdict = WT_VERDICT_CRIT; snapshot && verdict >= WT_VERDICT_UNKNOWN; verdict--)
        for (size_t i = 0; i < snapshot->service_count; i++) {
            const struct wt_service *service = &snapshot->services[i];
            if (app->view == WT_VIEW_SERVICE && (int)i != app->service)
                continue;
            if ((int)service->verdict == verdict && service->sentence[0] &&
                verdict != WT_VERDICT_OK && verdict != WT_VERDICT_IDLE && !each(service, context))
                return;
        }
}

/* "since 13:45:57", "" when unknown. */
static const char *since_text(const struct wt_service *service, char *out, size_t size) {
    char clock[WT_FORMAT_SIZE];
    out[0] = '\0';
    if (service->verdict_since_ns > 0) {
        wt_format_clock(clock, sizeof clock, service->verdict_since_ns);
        snprintf(out, size, "since %s", clock);
    }
    return out;
}

/* Whether there is room for the time at the right end of a verdict's line. */
static bool has_since(int cols) {
    return cols >= 110;
}

/* Where to break a text so that at most `cols` columns come before it: a length in bytes. */
static size_t break_at(const char *text, int cols) {
    size_t length = strlen(text), used;
    size_t prefix = wt_utf8_prefix(text, length, (size_t)(cols > 0 ? cols : 0), &used);
    if (prefix >= length)
        return length;
    size_t at = prefix;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : prefix;
}

static int name_cols(const struct wt_service *service) {
    int cols = wt_text_cols(service->name);
    return cols > 24 ? 24 : cols;
}

static int lines_of(const struct wt_service *service, int cols) {
    int first = cols - VERDICT_INDENT - 5 - name_cols(service) - (has_since(cols) ? SINCE_COLS : 0);
    return first > 8 && service->sentence[break_at(service->sentence, first)] ? 2 : 1;
}

struct measure {
    int cols, count, rows; /* verdicts, and the rows of all of them in full */
};

static bool add_rows(const struct wt_service *service, void *context) {
    struct measure *measure = context;
    measure->count++;
    measure->rows += lines_of(service, measure->cols);
    return true;
}

static bool monitor_has_problem(const struct wt_app *app) {
    return app->lost ||
           (app->snapshot && (app->snapshot->monitor.problem[0] ||
                              app->snapshot->store.problem[0] || app->snapshot->source.problem[0]));
}

int wt_verdicts_rows(const struct wt_app *app, int cols, int most) {
    struct measure measure = {.cols = cols};
    each_verdict(app, add_rows, &measure);
    int rows = measure.rows + monitor_has_problem(app);
    return rows < most ? rows : most;
}

struct drawing {
    struct wt_app *app;
    const struct wt_canvas *canvas;
    struct wt_rect left;
    int cols;
    int spare; /* rows beyond one for each verdict: the worst use them for their second lines */
    size_t hidden;
};

static void draw_sentence(struct drawing *drawing, struct wt_line *line, const char *text,
                          bool may_break) {
    int room = line->end - line->col;
    size_t at = break_at(text, room);
    if (!text[at] || !may_break) {
        wt_line_add(line, WT_STYLE_BRIGHT, text);
        return;
    }
    wt_line_addf(line, WT_STYLE_BRIGHT, "%.*s", (int)at, text);
    drawing->spare--;
    struct wt_line next = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&next, VERDICT_INDENT + 2);
    next.end--;
    wt_line_add(&next, WT_STYLE_BRIGHT, text + at + strspn(text + at, " "));
}

static bool draw_verdict(const struct wt_service *service, void *context) {
    struct drawing *drawing = context;
    if (drawing->left.rows == 0) {
        drawing->hidden++;
        return true;
    }
    char since[48], name[128];
    struct wt_line line = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&line, 1);
    line.end--;
    wt_line_badge(&line, wt_verdict_badge(service->verdict),
                  service->verdict == WT_VERDICT_UNKNOWN ? "  ? "
                                                         : wt_verdict_text(service->verdict));
    wt_line_skip(&line, 1);
    struct wt_line cut = line;
    cut.end = line.col + name_cols(service) < line.end ? line.col + name_cols(service) : line.end;
    snprintf(name, sizeof name, "%s", service->name);
    wt_line_add(&cut, wt_verdict_style(service->verdict), name);
    line.col = cut.col + 2;
    if (has_since(drawing->cols)) {
        struct wt_rect right = {line.end - SINCE_COLS, line.row, SINCE_COLS, 1};
        wt_text_right(drawing->canvas, right, since_text(service, since, sizeof since),
                      WT_STYLE_DIM);
        line.end -= SINCE_COLS;
    }
    draw_sentence(drawing, &line, service->sentence, drawing->spare > 0);
    return true;
}

static void draw_problem(struct drawing *drawing) {
    const struct wt_snapshot *snapshot = drawing->app->snapshot;
    char lost[WT_MESSAGE_SIZE + 64];
    snprintf(lost, sizeof lost, "%s; start it, and this goes on", drawing->app->lost_reason);
    const char *text = drawing->app->lost             ? lost
                       : snapshot->source.problem[0]  ? snapshot->source.problem
                       : snapshot->monitor.problem[0] ? snapshot->monitor.problem
                                                      : snapshot->store.problem;
    struct wt_line line = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&line, 1);
    bool crit = drawing->app->lost;
    wt_line_badge(&line, crit ? WT_STYLE_CRIT_BADGE : WT_STYLE_WARN_BADGE, crit ? "DEAD" : "WARN");
    wt_line_add(&line, crit ? WT_STYLE_CRIT : WT_STYLE_WARN, " monitor  ");
    draw_sentence(drawing, &line, text, false);
}

void wt_verdicts_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    struct measure measure = {.cols = rect.cols};
    each_verdict(app, add_rows, &measure);
    struct drawing drawing = {.app = app,
                              .canvas = canvas,
                              .left = rect,
                              .cols = rect.cols,
                              .spare = rect.rows - measure.count - monitor_has_problem(app)};
    if (rect.rows > 0 && monitor_has_problem(app))
        draw_problem(&drawing);
    each_verdict(app, draw_verdict, &drawing);
    if (drawing.hidden && rect.rows > 0) {
        char text[32];
        snprintf(text, sizeof text, " +%zu more ", drawing.hidden);
        int cols = (int)strlen(text);
        wt_text(canvas,
                (struct wt_rect){rect.col + rect.cols - cols, rect.row + rect.rows - 1, cols, 1},
                text, WT_STYLE_AGE_BADGE);
    }
}
