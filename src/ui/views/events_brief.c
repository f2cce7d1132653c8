/* Events in the little room of the overview: who joins and leaves in one row, what a trouble is
 * within a few words, and alarms first where there are only some rows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "model/sentence.h"
#include "ui/app_state.h"
#include "ui/views/events.h"
#include "ui/wording.h"

/* ---- which rows there are -------------------------------------------------------------------- */

/* Of one that says of one worker what others of its kind say of others. */
static bool can_fold(const struct wt_event *event) {
    return (event->kind == WT_EVENT_JOINED || event->kind == WT_EVENT_LEFT) &&
           event->severity == WT_SEVERITY_INFO && event->worker_id != 0;
}

/* The row that an older event belongs to, NULL when it is one of its own. */
static struct wt_brief_event *row_of(struct wt_app *app, const struct wt_event *event) {
    const int64_t gap_ns = 10 * WT_NS_PER_S;
    for (size_t i = app->brief_count; can_fold(event) && i-- > 0;) {
        const struct wt_event *oldest = &app->snapshot->events[app->brief[i].oldest];
        if (oldest->realtime_ns - event->realtime_ns > gap_ns)
            continue;
        if (can_fold(oldest) && oldest->kind == event->kind &&
            strcmp(oldest->service, event->service) == 0)
            return &app->brief[i];
    }
    return NULL;
}

/* Those of the last minutes that warn go before the others, each in their order. */
static void put_alarms_first(struct wt_app *app) {
    const int64_t recent_ns = 600 * WT_NS_PER_S;
    struct wt_brief_event sorted[WT_BRIEF_EVENTS];
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < app->brief_count; i++) {
            const struct wt_event *event = &app->snapshot->events[app->brief[i].newest];
            bool alarms = event->severity != WT_SEVERITY_INFO &&
                          app->snapshot->time.realtime_ns - event->realtime_ns < recent_ns;
            if (alarms == (pass == 0))
                sorted[count++] = app->brief[i];
        }
    memcpy(app->brief, sorted, count * sizeof *sorted);
}

/* The monitor's own list ends with its last word. */
static void note_death(struct wt_app *app) {
    const struct wt_snapshot *snapshot = app->snapshot;
    app->death.sequence = 0;
    if (!snapshot || app->travel.on || snapshot->source.health != WT_SOURCE_DEAD)
        return;
    snprintf(app->death_text, sizeof app->death_text,
             "monitor %" PRId64 " died, found by this viewer", snapshot->monitor.pid);
    app->death = (struct wt_event){.sequence = UINT64_MAX,
                                   .realtime_ns = snapshot->source.since_realtime_ns,
                                   .kind = WT_EVENT_DIED,
                                   .severity = WT_SEVERITY_CRIT,
                                   .service = "",
                                   .text = app->death_text};
}

void wt_events_fold(struct wt_app *app) {
    bool is_whole = app->tables[WT_PANE_EVENTS].filter[0] != '\0'; /* each may match by itself */
    note_death(app);
    app->brief_count = 0;
    for (size_t i = app->snapshot ? app->snapshot->event_count : 0; i-- > 0;) {
        struct wt_brief_event *row = is_whole ? NULL : row_of(app, &app->snapshot->events[i]);
        if (row != NULL) {
            row->oldest = (uint16_t)i;
            row->count++;
        } else if (app->brief_count < WT_BRIEF_EVENTS) {
            app->brief[app->brief_count++] =
                (struct wt_brief_event){.newest = (uint16_t)i, .oldest = (uint16_t)i, .count = 1};
        }
    }
    if (app->alarms_first && !is_whole)
        put_alarms_first(app);
}

/* ---- what they say --------------------------------------------------------------------------- */

/* What comes behind the service and `link`, NULL when it does not begin so. */
static const char *behind(const struct wt_event *event, const char *link) {
    size_t length = strlen(event->service);
    if (length == 0 || strncmp(event->text, event->service, length) != 0 ||
        strncmp(event->text + length, link, strlen(link)) != 0)
        return NULL;
    return event->text + length + strlen(link);
}

const char *wt_event_predicate(const struct wt_event *event) {
    const char *said = behind(event, " is ");
    const char *colon = said != NULL ? strchr(said, ':') : NULL;
    if (colon != NULL && colon - said < 8 && colon[1] == ' ')
        return colon + 2;
    said = behind(event, ", ");
    return said == NULL ? event->text : said;
}

const char *wt_event_of_service(const struct wt_event *event) {
    static const char *const links[] = {" is ", ", ", ": "};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        const char *said = behind(event, links[i]);
        if (said != NULL)
            return said;
    }
    return event->text;
}

/* "CRIT stuck: worker 14 in invoice 3807": the column before it says of whom, the one before that
 * since when, and what to do stands on the verdict's line. */
static void say(const struct wt_event *event, char out[static WT_SENTENCE_SIZE]) {
    char sentence[WT_SENTENCE_SIZE], dated[WT_SENTENCE_SIZE], word[16] = "";
    const char *said = behind(event, " is "), *text = event->text;
    const char *colon = said != NULL ? strchr(said, ':') : NULL;
    if (colon != NULL && colon - said < (int)sizeof word && colon[1] == ' ') {
        snprintf(word, sizeof word, "%.*s ", (int)(colon - said), said);
        text = colon + 2;
    } else if (said != NULL) {
        text = said;
    } else if ((said = behind(event, ", too: ")) != NULL) {
        snprintf(word, sizeof word, "also ");
        text = said;
    } else if ((said = behind(event, ": ")) != NULL) {
        text = said;
    }
    const char *cure = word[0] != '\0' ? wt_sentence_cure(text) : "";
    size_t length = cure[0] != '\0' ? (size_t)(cure - text) - 2 : strlen(text);
    snprintf(sentence, sizeof sentence, "%.*s", (int)length, text);
    if (word[0] != '\0')
        wt_sentence_dated(sentence, "", dated);
    snprintf(out, WT_SENTENCE_SIZE, "%s%.*s", word, (int)(WT_SENTENCE_SIZE - sizeof word),
             word[0] != '\0' ? dated : sentence);
}

void wt_brief_event_say(const struct wt_app *app, size_t row, int cols,
                        char out[static WT_SENTENCE_SIZE]) {
    const struct wt_event *event = wt_events_at(app, row);
    const struct wt_brief_event *brief =
        event == &app->death ? NULL : &app->brief[row - (app->death.sequence != 0)];
    if (brief != NULL && brief->count > 1) {
        char first[WT_FORMAT_SIZE], last[WT_FORMAT_SIZE];
        const char *did = event->kind == WT_EVENT_JOINED ? "joined" : "left";
        wt_format_clock(first, sizeof first, app->snapshot->events[brief->oldest].realtime_ns);
        wt_format_clock(last, sizeof last, event->realtime_ns);
        int length =
            snprintf(out, WT_SENTENCE_SIZE, "%u workers %s since %s", brief->count, did, first);
        if (length > cols || strcmp(first, last) == 0) /* the column before it says that */
            snprintf(out, WT_SENTENCE_SIZE, "%u workers %s", brief->count, did);
        return;
    }
    struct wt_wording wording, before;
    say(event, out);
    wt_wording_init(&wording, out);
    do { /* two clauses stay, and the row cuts the second: half a name tells more than none */
        before = wording;
    } while (wt_text_cols(wording.what) > cols && wt_wording_shorten(&wording) &&
             strpbrk(wording.what, ",:;") != NULL);
    bool has_rest = wt_text_cols(before.what) > cols && strpbrk(wording.what, ",:;") == NULL;
    const char *said = has_rest ? before.what : wording.what;
    snprintf(out, WT_SENTENCE_SIZE, "%.*s", WT_SENTENCE_SIZE - 1, said);
}

/* ---- the pane -------------------------------------------------------------------------------- */

void wt_events_pane_draw(struct wt_app *app, const struct wt_canvas *canvas, struct wt_rect rect) {
    enum { FEW_ROWS = 4, FRAME_ROWS = 2 };
    bool few = rect.rows - FRAME_ROWS <= FEW_ROWS;
    if (few != app->alarms_first) { /* only the size of the screen tells */
        struct wt_table table;
        app->alarms_first = few;
        wt_events_fold(app);
        if (wt_app_table(app, WT_PANE_EVENTS, &table))
            wt_table_update(&app->tables[WT_PANE_EVENTS], &table);
    }
    wt_pane_table_draw(app, canvas, rect, WT_PANE_EVENTS, "events", few ? "alarms first" : "");
}
