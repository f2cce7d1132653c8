/* The first line: what this is, how fresh, how much, and how many services are well. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/app_state.h"
#include "ui/values.h"

/* What an attached monitor that does not answer is called; NULL while it does. */
static const char *health_word(enum wt_source_health health) {
    switch (health) {
    case WT_SOURCE_SILENT:
        return "SILENT";
    case WT_SOURCE_DEAD:
        return "DEAD";
    case WT_SOURCE_LEFT:
        return "ENDED";
    case WT_SOURCE_ANSWERING:
        break;
    }
    return NULL;
}

/* "DEAD since 13:46:59 (31s ago)", as much of it as there is room for. */
static void put_since(const struct wt_line *line, const char *word, int64_t since_ns, bool brief,
                      char *out, size_t size) {
    enum { AGO_COLS = 100 };
    char clock[WT_FORMAT_SIZE], age[WT_FORMAT_SIZE];
    int64_t now_ns = line->canvas->now.realtime_ns;
    wt_format_since(clock, sizeof clock, since_ns, now_ns);
    wt_format_duration(age, sizeof age,
                       now_ns > since_ns ? (now_ns - since_ns) / WT_NS_PER_S * WT_NS_PER_S : 0);
    if (brief)
        snprintf(out, size, "%s %s", word, clock);
    else if (line->canvas->grid->cols < AGO_COLS)
        snprintf(out, size, "%s since %s", word, clock);
    else
        snprintf(out, size, "%s since %s (%s ago)", word, clock, age);
}

static void add_health(const struct wt_snapshot *snapshot, struct wt_line *line, bool brief) {
    char badge[96];
    put_since(line, health_word(snapshot->source.health), snapshot->source.since_realtime_ns, brief,
              badge, sizeof badge);
    bool crit = snapshot->source.health == WT_SOURCE_DEAD;
    wt_line_badge(line, crit ? WT_STYLE_CRIT_BADGE : WT_STYLE_WARN_BADGE, badge);
}

/* How fresh the data is, in a word, a colour and a time. */
static void add_freshness(const struct wt_app *app, struct wt_line *line, bool brief) {
    const struct wt_canvas *canvas = line->canvas;
    char text[WT_FORMAT_SIZE], badge[96];
    if (app->travel.on) {
        wt_travel_badge(app, canvas->now, brief, badge, sizeof badge);
        wt_line_badge(line, WT_STYLE_REPLAY_BADGE, badge);
    } else if (app->lost) {
        put_since(line, "DEAD", app->lost_since_ns, brief, badge, sizeof badge);
        wt_line_badge(line, WT_STYLE_CRIT_BADGE, badge);
    } else if (app->paused) {
        wt_format_clock(text, sizeof text, app->snapshot ? app->snapshot->time.realtime_ns : 0);
        snprintf(badge, sizeof badge, brief ? "PAUSED" : "PAUSED at %s", text);
        wt_line_badge(line, WT_STYLE_AGE_BADGE, badge);
    } else if (!app->snapshot) {
        wt_line_badge(line, WT_STYLE_AGE_BADGE, "WAITING");
    } else if (health_word(app->snapshot->source.health)) {
        add_health(app->snapshot, line, brief);
    } else if (wt_app_is_old(app, canvas->now)) {
        wt_format_duration(text, sizeof text,
                           wt_snapshot_age_ns(app->snapshot, canvas->now) / WT_NS_PER_S *
                               WT_NS_PER_S);
        snprintf(badge, sizeof badge, "STALE %s", text);
        wt_line_badge(line, WT_STYLE_WARN_BADGE, badge);
    } else {
        wt_line_glyph(line, WT_STYLE_OK, canvas->glyphs->live);
        wt_format_duration(text, sizeof text, app->interval_ns);
        wt_line_addf(line, WT_STYLE_OK, " LIVE %s", text);
    }
}

/* Right after a look, how few milliseconds it was says nothing, and would be new each time. */
static void format_heartbeat(char out[static WT_FORMAT_SIZE], int64_t age_ns) {
    if (age_ns < WT_NS_PER_S / 10)
        snprintf(out, WT_FORMAT_SIZE, "now");
    else
        wt_format_duration(out, WT_FORMAT_SIZE, age_ns);
}

/* Whether it is about this process, another one, or nothing yet; of one whose files are read also
 * how old its last sign of life is. */
static const char *source_word(const struct wt_app *app, struct wt_time now, char *out,
                               size_t size) {
    const struct wt_source *source = app->snapshot ? &app->snapshot->source : NULL;
    char age[WT_FORMAT_SIZE];
    out[0] = '\0';
    if (!source)
        return out;
    switch (source->kind) {
    case WT_SOURCE_BUS:
        snprintf(out, size, "through the bus");
        break;
    case WT_SOURCE_ATTACH:
        if (source->samples_segments) {
            snprintf(out, size, "read from the segments");
            break;
        }
        format_heartbeat(age, now.monotonic_ns - source->heartbeat_ns);
        snprintf(out, size, source->heartbeat_ns > 0 ? "attached, heartbeat %s" : "attached", age);
        break;
    case WT_SOURCE_LIVE:
        break;
    }
    return out;
}

/* What services are counted by, the worst first: the words of the table. Those of which nothing is
 * known are in their rows. */
static const struct kind {
    enum wt_verdict verdict;
    bool rises;
} kinds[] = {{WT_VERDICT_CRIT, false},
             {WT_VERDICT_WARN, false},
             {WT_VERDICT_OK, true},
             {WT_VERDICT_OK, false},
             {WT_VERDICT_IDLE, false}};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct tally {
    uint64_t counts[KINDS];
    uint64_t last[KINDS]; /* of them are a dead monitor's last word */
    uint64_t workers;
    double slots;
};

static struct tally tally_of(const struct wt_app *app, struct wt_time now) {
    struct tally tally = {0};
    const struct wt_snapshot *snapshot = app->snapshot;
    for (size_t i = 0; snapshot && i < snapshot->service_count; i++) {
        const struct wt_service *service = &snapshot->services[i];
        bool rises = wt_service_rises(service);
        for (size_t k = 0; k < KINDS; k++)
            if (kinds[k].verdict == service->verdict && kinds[k].rises == rises) {
                tally.counts[k]++;
                tally.last[k] += wt_app_is_last_verdict(app, service->cause, now);
            }
        tally.workers += service->worker_count + service->silent_count;
        double slots = wt_service_sum(service, service->capacity_field);
        tally.slots += isnan(slots) ? 0 : slots;
    }
    return tally;
}

/* "2 CRIT" */
static int format_count(const struct tally *tally, size_t k, char *out, size_t size) {
    return snprintf(out, size, "%" PRIu64 " %s", tally->counts[k],
                    kinds[k].rises ? WT_RISES_WORD : wt_verdict_text(kinds[k].verdict));
}

/* One that is only a dead monitor's last word is faded, and has a question mark. */
static void draw_count(struct wt_line *line, const struct tally *tally, size_t k) {
    enum wt_verdict verdict = kinds[k].verdict;
    enum wt_style_name words = kinds[k].rises ? WT_STYLE_WARN : wt_verdict_style(verdict);
    char count[32];
    int begin = line->col;
    format_count(tally, k, count, sizeof count);
    if (tally->last[k] == tally->counts[k]) {
        wt_line_addf(line, words, " %s?", count);
        wt_canvas_fade_text(line->canvas, (struct wt_rect){begin, line->row, line->col - begin, 1});
    } else if (kinds[k].rises) {
        wt_line_addf(line, words, " %s ", count);
    } else {
        wt_line_badge(line, verdict == WT_VERDICT_IDLE ? WT_STYLE_IDLE : wt_verdict_badge(verdict),
                      count);
    }
}

static void draw_counts(const struct wt_canvas *canvas, struct wt_rect at,
                        const struct tally *tally) {
    struct wt_line line = wt_line_begin(canvas, at);
    for (size_t k = 0; k < KINDS; k++) {
        if (tally->counts[k] == 0)
            continue;
        if (line.col > at.col)
            wt_line_add(&line, WT_STYLE_HEADER, " ");
        draw_count(&line, tally, k);
    }
}

static int counts_cols(const struct tally *tally) {
    int cols = 0;
    for (size_t k = 0; k < KINDS; k++)
        if (tally->counts[k] > 0)
            cols += format_count(tally, k, NULL, 0) + 3;
    return cols > 0 ? cols - 1 : 0;
}

static void add_part(struct wt_line *line, const char *label, const char *value) {
    if (!wt_line_fits(line, label, wt_text_cols(value) + 4))
        return;
    wt_line_addf(line, WT_STYLE_BRIGHT, "  %s", value);
    wt_line_addf(line, WT_STYLE_DIM, " %s", label);
}

static void add_parts(const struct wt_app *app, struct wt_line *line, const struct tally *tally) {
    char text[WT_FORMAT_SIZE];
    const struct wt_snapshot *snapshot = app->snapshot;
    if (!snapshot)
        return;
    char source[64];
    source_word(app, line->canvas->now, source, sizeof source);
    if (source[0] && wt_line_fits(line, source, 2))
        wt_line_addf(line, WT_STYLE_DIM, " %s", source);
    wt_format_si(text, sizeof text, (double)snapshot->service_count);
    add_part(line, snapshot->service_count == 1 ? "service" : "services", text);
    wt_format_si(text, sizeof text, (double)tally->workers);
    add_part(line, tally->workers == 1 ? "worker" : "workers", text);
    if (tally->slots > 0) {
        wt_format_si(text, sizeof text, tally->slots);
        add_part(line, "slots", text);
    }
    if (snapshot->monitor.started_realtime_ns > 0) {
        wt_format_duration(text, sizeof text,
                           snapshot->time.realtime_ns - snapshot->monitor.started_realtime_ns);
        if (wt_line_fits(line, text, 6)) {
            wt_line_add(line, WT_STYLE_DIM, "  up ");
            wt_line_add(line, WT_STYLE_BRIGHT, text);
        }
    }
}

/* Where one is, when it is not the overview. */
static void add_crumb(const struct wt_app *app, struct wt_line *line) {
    struct wt_line part = *line;
    int most = line->col + 28;
    part.end = most < line->end - 12 ? most : line->end - 12;
    wt_line_add(&part, WT_STYLE_DIM, line->canvas->glyphs->into);
    bool of_service = app->view == WT_VIEW_SERVICE || app->view == WT_VIEW_WORKER;
    wt_line_add(&part, WT_STYLE_BRIGHT, of_service ? app->service_name : wt_views[app->view].title);
    if (app->view == WT_VIEW_WORKER) {
        wt_line_add(&part, WT_STYLE_DIM, line->canvas->glyphs->into);
        wt_line_addf(&part, WT_STYLE_BRIGHT, "%" PRIu64, app->chosen.id);
    }
    line->col = part.col;
}

void wt_header_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect at) {
    struct tally tally = tally_of(app, canvas->now);
    wt_grid_fill(canvas->grid, at, wt_style_of(canvas, WT_STYLE_HEADER));
    char clock[WT_FORMAT_SIZE];
    int end = at.col + at.cols - 1;
    if (at.cols >= 70 && !app->travel.on) { /* two times of a day would confuse */
        wt_format_clock(clock, sizeof clock, canvas->now.realtime_ns);
        end -= (int)strlen(clock);
        wt_text(canvas, (struct wt_rect){end, at.row, (int)strlen(clock), 1}, clock,
                WT_STYLE_BRIGHT);
        end -= 2;
    }
    int counts = counts_cols(&tally);
    bool fits = at.cols - counts >= 14;
    if (fits) {
        end -= counts;
        struct wt_rect where = {end, at.row, counts, 1};
        draw_counts(canvas, where, &tally);
        if (!wt_app_is_last_word(app, canvas->now) && wt_app_is_old(app, canvas->now))
            wt_canvas_fade(canvas, where);
        end--;
    }
    struct wt_line line =
        wt_line_begin(canvas, (struct wt_rect){at.col + 1, at.row, end - at.col - 1, 1});
    if (at.cols >= 50 || counts == 0)
        wt_line_add(&line, WT_STYLE_ACCENT, "worktop");
    if (app->snapshot && at.cols >= 70 && app->snapshot->monitor.host[0]) {
        wt_line_skip(&line, 2);
        struct wt_line host = line;
        host.end = line.col + 24 < line.end ? line.col + 24 : line.end;
        wt_line_add(&host, WT_STYLE_BRIGHT, app->snapshot->monitor.host);
        line.col = host.col;
    }
    if (app->view != WT_VIEW_OVERVIEW)
        add_crumb(app, &line);
    if (line.col > at.col + 1)
        wt_line_skip(&line, 2);
    add_freshness(app, &line, at.cols < 60);
    add_parts(app, &line, &tally);
}
