/* One line, or two, for everything that somebody has to say: the worst first. When there is little
 * room, each gets its line before one gets a second. */
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "model/sentence.h"
#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/views/calm.h"
#include "ui/wording.h"

enum {
    SAID_MOST = 32,
    BADGE_COLS = 6,
    SINCE_COLS = 16,
    HIDDEN_COLS = 9,
    NAME_COLS = 24,
    NOTE_GAP_COLS = 2,
    NOTE_SIZE = 64
};

/* One line of verdicts. */
struct said {
    const struct wt_service *service;
    enum wt_cause cause;
    enum wt_verdict verdict;
    const char *sentence;
    int64_t since_ns;     /* realtime; 0 when unknown */
    size_t more;          /* so much else is wrong with the service, and has no line ... */
    char note[NOTE_SIZE]; /* ... but this at the right end: "+ flapping", "+1" */
    bool is_rising;
};

struct verdicts {
    const struct wt_app *app;
    struct said said[SAID_MOST];
    size_t count; /* of all there are; the first SAID_MOST are in said */
    int name_cols;
};

/* ---- what there is to say -------------------------------------------------------------------- */

static void add(struct verdicts *verdicts, const struct said *said) {
    if (said->sentence[0] == '\0')
        return;
    if (verdicts->count < SAID_MOST) {
        int cols = wt_text_cols(said->service->name);
        verdicts->said[verdicts->count] = *said;
        if (cols > verdicts->name_cols)
            verdicts->name_cols = cols < NAME_COLS ? cols : NAME_COLS;
    }
    verdicts->count++;
}

/* Its verdict; in its own view also what else is wrong, each with a line of its own. */
static void add_service(struct verdicts *verdicts, const struct wt_service *service) {
    bool is_whole = verdicts->app->view == WT_VIEW_SERVICE;
    size_t others = wt_service_more_wrong(service);
    add(verdicts, &(struct said){service, service->cause, service->verdict, service->sentence,
                                 service->verdict_since_ns, is_whole ? 0 : others, "", false});
    for (size_t i = 0; is_whole && i < service->other_count; i++) {
        const struct wt_trouble *other = &service->others[i];
        add(verdicts, &(struct said){service, other->cause, other->verdict, other->sentence,
                                     other->since_ns, 0, "", other->verdict == WT_VERDICT_OK});
    }
}

/* What rises in services that are well, below what is wrong with others. */
static void add_rising(struct verdicts *out) {
    const struct wt_snapshot *snapshot = out->app->snapshot;
    for (size_t i = 0; i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        const struct wt_trouble *rising = wt_service_rising(service);
        if (rising != NULL)
            add(out, &(struct said){service, rising->cause, rising->verdict, rising->sentence,
                                    rising->since_ns, 0, "", true});
    }
}

/* The services that have something to say, the worst first (in the view of one that one alone), and
 * last those that are well: a rolling restart, and what rises (without other words it is told where
 * all is well). */
static void gather(const struct wt_app *app, struct verdicts *out) {
    static const enum wt_verdict order[] = {WT_VERDICT_CRIT, WT_VERDICT_WARN, WT_VERDICT_UNKNOWN,
                                            WT_VERDICT_OK, WT_VERDICT_IDLE};
    const struct wt_snapshot *snapshot = app->snapshot;
    bool of_one = app->view == WT_VIEW_SERVICE || app->view == WT_VIEW_WORKER;
    out->app = app;
    out->count = 0;
    out->name_cols = 0;
    for (size_t at = 0; snapshot && at < sizeof order / sizeof *order; at++)
        for (size_t i = 0; i < snapshot->service_count; i++)
            if (snapshot->services[i].verdict == order[at] && (!of_one || (int)i == app->service))
                add_service(out, &snapshot->services[i]);
    if (snapshot && !of_one && out->count > 0)
        add_rising(out);
}

/* "13:45:57", "" when unknown. */
static const char *since_clock(const struct wt_app *app, int64_t since_ns,
                               char out[static WT_FORMAT_SIZE]) {
    out[0] = '\0';
    if (since_ns > 0)
        wt_format_since(out, WT_FORMAT_SIZE, since_ns, app->snapshot->time.realtime_ns);
    return out;
}

/* Whether what was said is of another moment than the figures that are shown: it was the monitor's
 * last word, or is one that was kept. Then it says since when, not for how long, with the figures
 * that are shown. */
static bool is_of_another_moment(const struct wt_app *app) {
    return app->travel.on || app->lost || app->snapshot->source.health != WT_SOURCE_ANSWERING;
}

const char *wt_verdict_says(const struct wt_app *app, const struct wt_service *service,
                            const struct wt_trouble *trouble, char out[static WT_SENTENCE_SIZE]) {
    char clock[WT_FORMAT_SIZE];
    if (!is_of_another_moment(app))
        return trouble->sentence;
    wt_sentence_dated(trouble->sentence, since_clock(app, trouble->since_ns, clock), out);
    wt_sentence_renew(service, trouble->cause, out);
    char *cure = out + (wt_sentence_cure(out) - out);
    if (app->travel.on && cure[0] != '\0') /* it was advice for then */
        cure[-2] = '\0';
    return out;
}

static const char *sentence_of(const struct wt_app *app, const struct said *said,
                               char out[static WT_SENTENCE_SIZE]) {
    const struct wt_trouble trouble = {said->cause, said->verdict, said->since_ns, said->sentence};
    return wt_verdict_says(app, said->service, &trouble, out);
}

/* ---- the monitor's own trouble --------------------------------------------------------------- */

static bool monitor_has_problem(const struct wt_app *app) {
    return app->lost ||
           (app->snapshot && (app->snapshot->monitor.problem[0] ||
                              app->snapshot->store.problem[0] || app->snapshot->source.problem[0]));
}

/* The worst of it. */
struct problem {
    const char *word, *text;
    bool crit;
};

static struct problem problem_of(const struct wt_app *app, char *lost, size_t size) {
    if (app->lost) {
        snprintf(lost, size, "%s; start it, and this goes on", app->lost_reason);
        return (struct problem){"DEAD", lost, true};
    }
    const struct wt_snapshot *snapshot = app->snapshot;
    if (snapshot->source.problem[0]) {
        bool dead = snapshot->source.health == WT_SOURCE_DEAD;
        return (struct problem){dead ? "DEAD" : "WARN", snapshot->source.problem, dead};
    }
    bool of_monitor = snapshot->monitor.problem[0];
    bool crit = snapshot->monitor.verdict == WT_VERDICT_CRIT;
    return (struct problem){crit ? "CRIT" : "WARN",
                            of_monitor ? snapshot->monitor.problem : snapshot->store.problem, crit};
}

/* ---- how much room it takes ------------------------------------------------------------------ */

/* Air, and the sign behind which the cure stands. */
static int arrow_cols(const struct wt_app *app) {
    return 2 + wt_text_cols(app->glyphs->arrow);
}

/* Whether there is room for the time at the right end of a verdict's line. */
static bool has_since(const struct wt_app *app, int cols) {
    return cols >= 110 && !is_of_another_moment(app);
}

/* Of a first row's sentence; what else is wrong and since when stand behind it. */
static int first_cols(const struct verdicts *verdicts, const struct said *said, int cols) {
    return cols - BADGE_COLS - 5 - verdicts->name_cols -
           (has_since(verdicts->app, cols) ? SINCE_COLS : 0) -
           (said->note[0] ? wt_text_cols(said->note) + NOTE_GAP_COLS : 0);
}

/* Of the second row, which begins below the name. */
static int second_cols(int cols) {
    return cols - BADGE_COLS - 3;
}

static void fit(const struct verdicts *verdicts, const struct said *said, int cols, int most,
                struct wt_worded *out) {
    char sentence[WT_SENTENCE_SIZE];
    wt_wording_fit(sentence_of(verdicts->app, said, sentence),
                   (const int[]){first_cols(verdicts, said, cols), second_cols(cols)},
                   arrow_cols(verdicts->app), most, out);
}

/* ---- what else is wrong ---------------------------------------------------------------------- */

/* What a sentence begins with, up to its moment: "queue growing", and "queue grew" when it is over.
 * 0 when that is no name. */
static size_t name_length(const char *sentence) {
    enum { LONGEST = 16 };
    size_t shortest = LONGEST + 1;
    for (size_t i = 0; i < 3; i++) {
        const char *end = strstr(sentence, (const char *[]){" for ", " since ", " until "}[i]);
        if (end != NULL && (size_t)(end - sentence) < shortest)
            shortest = (size_t)(end - sentence);
    }
    bool is_name = shortest <= LONGEST && strcspn(sentence, "0123456789,:") >= shortest;
    return is_name ? shortest : 0;
}

static void add_trouble(const struct wt_trouble *trouble, const char *before,
                        char note[NOTE_SIZE]) {
    size_t length = strlen(note), own = name_length(trouble->sentence);
    const char *name =
        trouble->cause == WT_CAUSE_ERRORS_RISING ? "errors" : wt_cause_text(trouble->cause);
    if (own > 0 && trouble->cause != WT_CAUSE_ERRORS_RISING)
        snprintf(note + length, NOTE_SIZE - length, "%s%.*s", before, (int)own, trouble->sentence);
    else
        snprintf(note + length, NOTE_SIZE - length, "%s%s", before, name);
    for (char *at = note + length; *at; at++)
        *at = *at == '_' ? ' ' : *at;
}

/* "+ flapping, errors" with so many names at most, "+ flapping +1" when there are more of them, and
 * "+2" without any. */
static void write_note(const struct said *said, size_t most, char note[NOTE_SIZE]) {
    size_t named = 0;
    note[0] = '\0';
    for (size_t i = 0; i < said->service->other_count && named < most; i++)
        if (said->service->others[i].verdict != WT_VERDICT_OK)
            add_trouble(&said->service->others[i], named++ > 0 ? ", " : "+ ", note);
    size_t length = strlen(note);
    if (named < said->more)
        snprintf(note + length, NOTE_SIZE - length, "%s+%zu", named > 0 ? " " : "",
                 said->more - named);
}

static int clauses_of(const char *text) {
    int count = 0;
    for (; *text; text++)
        count += strchr(",:;", *text) != NULL && text[1] == ' ';
    return count;
}

static int all_clauses(const struct wt_worded *worded) {
    return clauses_of(worded->what[0]) + clauses_of(worded->what[1]) + clauses_of(worded->cure);
}

/* As many names as leave the sentence its rows and clauses: parentheses may go for them. */
static void choose_note(const struct verdicts *verdicts, struct said *said, int cols, int most) {
    enum { NAMES = 2 };
    struct wt_worded alone, worded;
    said->note[0] = '\0';
    if (said->more == 0 || cols < 60) /* nor would a number fit */
        return;
    fit(verdicts, said, cols, most, &alone);
    for (size_t names = said->more < NAMES ? said->more : NAMES; names > 0; names--) {
        write_note(said, names, said->note);
        fit(verdicts, said, cols, most, &worded);
        if (worded.rows == alone.rows && all_clauses(&worded) == all_clauses(&alone))
            return;
    }
    write_note(said, 0, said->note);
}

/* The rows of all verdicts in full. */
static int rows_of(struct verdicts *verdicts, int cols) {
    struct wt_worded worded;
    int rows = 0;
    for (size_t i = 0; i < verdicts->count && i < SAID_MOST; i++) {
        choose_note(verdicts, &verdicts->said[i], cols, 2);
        fit(verdicts, &verdicts->said[i], cols, 2, &worded);
        rows += worded.rows;
    }
    return rows;
}

/* The trouble of the monitor itself comes first: a line, or two when it says much. */
static int problem_rows(const struct wt_app *app, int cols) {
    enum { BEFORE = 19 }; /* " DEAD  monitor  " and a margin */
    char lost[WT_MESSAGE_SIZE + 64];
    if (!monitor_has_problem(app))
        return 0;
    struct wt_worded worded;
    const char *text = problem_of(app, lost, sizeof lost).text;
    wt_wording_fit(text + (strncmp(text, "monitor ", 8) == 0 ? 8 : 0),
                   (const int[]){cols - BEFORE, second_cols(cols)}, arrow_cols(app), 2, &worded);
    return worded.rows;
}

int wt_verdicts_rows(const struct wt_app *app, int cols, int most) {
    struct verdicts verdicts;
    gather(app, &verdicts);
    int problem = problem_rows(app, cols); /* its cure takes no line from the services */
    int rows = rows_of(&verdicts, cols);
    return problem + (rows < most ? rows : most);
}

/* ---- drawing --------------------------------------------------------------------------------- */

struct drawing {
    struct wt_app *app;
    const struct wt_canvas *canvas;
    struct wt_rect left;
    int cols;
    int spare;     /* rows beyond one for each verdict: the worst use them for their second lines */
    size_t hidden; /* verdicts for which there is no row */
};

/* The end of a row: the last one leaves room to say how many more there are. */
static int end_of(const struct drawing *drawing, int rows_left) {
    return drawing->left.col + drawing->cols - 1 -
           (rows_left == 0 && drawing->hidden > 0 ? HIDDEN_COLS : 0);
}

/* What is wrong, and behind the arrow what to do about it. */
static void draw_sentence(struct drawing *drawing, struct wt_line *line, const char *text) {
    struct wt_worded worded;
    struct wt_line next = *line;
    int second = end_of(drawing, drawing->left.rows - 1) - drawing->left.col - BADGE_COLS - 2;
    wt_wording_fit(text, (const int[]){line->end - line->col, second}, arrow_cols(drawing->app),
                   drawing->spare > 0 ? 2 : 1, &worded);
    wt_line_add(&next, WT_STYLE_BRIGHT, worded.what[0]);
    if (worded.rows > 1) {
        drawing->spare--;
        next = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
        wt_line_skip(&next, BADGE_COLS + 2);
        next.end--;
        wt_line_add(&next, WT_STYLE_BRIGHT, worded.what[1]);
    }
    if (!worded.cure[0])
        return;
    if (worded.what[worded.rows - 1][0])
        wt_line_skip(&next, 1);
    wt_line_addf(&next, WT_STYLE_ACCENT, "%s %s", drawing->canvas->glyphs->arrow, worded.cure);
}

static enum wt_verdict worst_other(const struct wt_service *service) {
    enum wt_verdict worst = WT_VERDICT_OK;
    for (size_t i = 0; i < service->other_count; i++)
        if (wt_verdict_weight(service->others[i].verdict) > wt_verdict_weight(worst))
            worst = service->others[i].verdict;
    return worst;
}

/* At the right end: what else is wrong with it, and since when this is. */
static void draw_right(const struct drawing *drawing, const struct said *said,
                       struct wt_line *line) {
    char clock[WT_FORMAT_SIZE], text[WT_FORMAT_SIZE + 32];
    if (has_since(drawing->app, drawing->cols)) {
        line->end -= SINCE_COLS;
        struct wt_rect right = {line->end, line->row, SINCE_COLS, 1};
        snprintf(text, sizeof text, "since %s", since_clock(drawing->app, said->since_ns, clock));
        if (clock[0])
            wt_text_right(drawing->canvas, right, text, WT_STYLE_DIM);
    }
    if (said->note[0]) {
        int cols = wt_text_cols(said->note);
        line->end -= cols + NOTE_GAP_COLS;
        wt_text_right(drawing->canvas,
                      (struct wt_rect){line->end, line->row, cols + NOTE_GAP_COLS, 1}, said->note,
                      wt_verdict_style(worst_other(said->service)));
    }
}

static void draw_badge(struct wt_line *line, const struct said *said, bool is_last) {
    const char *word =
        said->verdict == WT_VERDICT_UNKNOWN ? "  ? " : wt_verdict_text(said->verdict);
    if (said->is_rising)
        wt_rising_badge(line);
    else if (is_last && said->verdict != WT_VERDICT_UNKNOWN)
        wt_line_addf(line, wt_verdict_style(said->verdict), " %s?", word);
    else
        wt_line_badge(line, wt_verdict_badge(said->verdict), word);
}

static void draw_said(struct drawing *drawing, const struct verdicts *verdicts, struct said *said) {
    bool is_last = wt_app_is_last_verdict(drawing->app, said->cause, drawing->canvas->now);
    struct wt_rect rows = drawing->left;
    char name[128], sentence[WT_SENTENCE_SIZE];
    struct wt_line line = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&line, 1);
    line.end = end_of(drawing, drawing->left.rows);
    draw_badge(&line, said, is_last);
    line.col = drawing->left.col + 1 + BADGE_COLS + 1;
    struct wt_line cut = line;
    cut.end = line.col + verdicts->name_cols < line.end ? line.col + verdicts->name_cols : line.end;
    snprintf(name, sizeof name, "%s", said->service->name);
    wt_line_add(&cut, wt_verdict_style(said->verdict), name);
    line.col += verdicts->name_cols + 2;
    choose_note(verdicts, said, drawing->cols, drawing->spare > 0 ? 2 : 1);
    draw_right(drawing, said, &line);
    draw_sentence(drawing, &line, sentence_of(drawing->app, said, sentence));
    rows.rows -= drawing->left.rows;
    if (is_last)
        wt_canvas_fade_text(drawing->canvas, rows);
}

/* "monitor", and what is said of it: it begins with that word as often as not. */
static void draw_problem(struct drawing *drawing) {
    static const char word[] = "monitor ";
    char lost[WT_MESSAGE_SIZE + 64];
    struct problem problem = problem_of(drawing->app, lost, sizeof lost);
    struct wt_line line = wt_line_begin(drawing->canvas, wt_rect_take_top(&drawing->left, 1));
    wt_line_skip(&line, 1);
    line.end--;
    wt_line_badge(&line, problem.crit ? WT_STYLE_CRIT_BADGE : WT_STYLE_WARN_BADGE, problem.word);
    bool is_named = strncmp(problem.text, word, strlen(word)) == 0;
    wt_line_add(&line, problem.crit ? WT_STYLE_CRIT : WT_STYLE_WARN,
                is_named ? " monitor " : " monitor  ");
    draw_sentence(drawing, &line, problem.text + (is_named ? strlen(word) : 0));
}

static void draw_hidden(const struct drawing *drawing, struct wt_rect rect) {
    char text[32];
    snprintf(text, sizeof text, " +%zu more ", drawing->hidden);
    int cols = (int)strlen(text);
    wt_text(drawing->canvas,
            (struct wt_rect){rect.col + rect.cols - cols, rect.row + rect.rows - 1, cols, 1}, text,
            WT_STYLE_AGE_BADGE);
}

void wt_verdicts_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    struct verdicts verdicts;
    gather(app, &verdicts);
    bool has_problem = monitor_has_problem(app);
    if (verdicts.count == 0 && !has_problem && rect.rows > 0) {
        wt_calm_draw(app, canvas, rect);
        return;
    }
    struct drawing drawing = {.app = app,
                              .canvas = canvas,
                              .left = rect,
                              .cols = rect.cols,
                              .spare = rect.rows - (int)verdicts.count - has_problem};
    if (rect.rows > 0 && has_problem)
        draw_problem(&drawing);
    size_t rows = (size_t)drawing.left.rows;
    drawing.hidden = verdicts.count > rows ? verdicts.count - rows : 0;
    for (size_t i = 0; i < verdicts.count && i < SAID_MOST && drawing.left.rows > 0; i++)
        draw_said(&drawing, &verdicts, &verdicts.said[i]);
    if (drawing.hidden && rect.rows > 0)
        draw_hidden(&drawing, rect);
}
