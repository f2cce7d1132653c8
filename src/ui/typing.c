/* The line in which one types: a filter, what is looked for, or the text of a mark. What is typed
 * counts as soon as it makes sense; while it does not, the line says why, and what counted before
 * still does. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/app_state.h"
#include "ui/keymap.h"

/* What is looked for moves the cursor from where it was when the line was opened. */
static void apply(struct wt_app *app) {
    struct wt_typing *typing = &app->typing;
    struct wt_table_state *state = &app->tables[typing->pane];
    struct wt_table table;
    struct wt_query query;
    if (typing->kind == WT_TYPING_MARK)
        return; /* it counts when it is done */
    typing->nowhere = false;
    if (!wt_app_table(app, typing->pane, &table) ||
        !wt_query_parse(&query, typing->text, table.query, table.context, typing->error))
        return;
    if (typing->kind == WT_TYPING_FILTER) {
        memcpy(state->filter, typing->text, sizeof state->filter);
        wt_app_refresh(app);
        return;
    }
    memcpy(app->sought, typing->text, sizeof app->sought);
    wt_table_return(state, &table, &typing->place);
    if (typing->text[0] && !wt_table_seek(state, &table, &query, 0)) {
        typing->nowhere = true;
        snprintf(typing->error, sizeof typing->error, "no row here has it");
    }
    wt_app_refresh(app);
}

void wt_typing_begin(struct wt_app *app, enum wt_typing_kind kind) {
    struct wt_table table;
    struct wt_typing *typing = &app->typing;
    enum wt_pane pane = app->focus[app->view];
    if (kind == WT_TYPING_MARK) {
        *typing = (struct wt_typing){.kind = kind, .pane = WT_PANE_EVENTS};
        return;
    }
    if (!wt_app_table(app, pane, &table) || !table.matches)
        return;
    const struct wt_table_state *state = &app->tables[pane];
    *typing = (struct wt_typing){.kind = kind, .pane = pane, .place = wt_table_place(state)};
    memcpy(typing->before, kind == WT_TYPING_FILTER ? state->filter : app->sought,
           sizeof typing->before);
    if (kind == WT_TYPING_FILTER)
        memcpy(typing->text, typing->before, sizeof typing->text);
}

/* Adds text: clean, and only as much as fits in whole. */
void wt_typing_add(struct wt_app *app, const char *text, size_t length) {
    char clean[WT_FILTER_SIZE];
    char *typed = app->typing.text;
    size_t end = 0;
    while (end < length && text[end] != '\n' && text[end] != '\r')
        end++;
    wt_text_clean(clean, sizeof clean, text, end);
    size_t used = strlen(typed), more = strlen(clean);
    if (used + more < WT_FILTER_SIZE)
        memcpy(typed + used, clean, more + 1);
    apply(app);
}

static void erase_last(struct wt_app *app) {
    char *typed = app->typing.text;
    size_t length = strlen(typed);
    while (length > 0 && ((unsigned char)typed[--length] & 0xc0) == 0x80) {
    }
    typed[length] = '\0';
    apply(app);
}

static void cancel(struct wt_app *app) {
    struct wt_typing *typing = &app->typing;
    struct wt_table_state *state = &app->tables[typing->pane];
    struct wt_table table;
    if (typing->kind == WT_TYPING_MARK) {
        typing->kind = WT_TYPING_NOTHING;
        return;
    }
    if (typing->kind == WT_TYPING_FILTER)
        memcpy(state->filter, typing->before, sizeof state->filter);
    else
        memcpy(app->sought, typing->before, sizeof app->sought);
    if (typing->kind == WT_TYPING_SEARCH && wt_app_table(app, typing->pane, &table))
        wt_table_return(state, &table, &typing->place);
    typing->kind = WT_TYPING_NOTHING;
    wt_app_refresh(app);
}

unsigned wt_typing_act(struct wt_app *app, const struct wt_input *input, enum wt_action action) {
    struct wt_typing *typing = &app->typing;
    if (action == WT_ACTION_INPUT_ACCEPT && typing->kind == WT_TYPING_MARK) {
        memcpy(app->mark, typing->text, sizeof app->mark);
        typing->kind = WT_TYPING_NOTHING;
        return WT_APP_DRAW | WT_APP_MARK;
    }
    if (action == WT_ACTION_INPUT_ACCEPT) {
        if (!typing->error[0] || typing->nowhere) /* else the line stays, and says what is wrong */
            typing->kind = WT_TYPING_NOTHING;
    } else if (action == WT_ACTION_INPUT_CANCEL) {
        cancel(app);
    } else if (action == WT_ACTION_INPUT_ERASE) {
        erase_last(app);
    } else if (action == WT_ACTION_INPUT_CLEAR) {
        typing->text[0] = '\0';
        apply(app);
    } else if (input->code >= ' ' && input->code < WT_KEY_FIRST &&
               !(input->modifiers & (WT_MOD_CTRL | WT_MOD_ALT))) {
        char bytes[4];
        wt_typing_add(app, bytes, wt_utf8_encode(input->code, bytes));
    }
    return WT_APP_DRAW;
}

void wt_seek_again(struct wt_app *app, int step) {
    enum wt_pane pane = app->focus[app->view];
    struct wt_table table;
    struct wt_query query;
    char error[WT_QUERY_ERROR_SIZE];
    if (!wt_app_table(app, pane, &table) || !table.matches)
        return;
    if (!app->sought[0])
        wt_app_message(app, WT_SEVERITY_INFO, "nothing is looked for yet");
    else if (!wt_query_parse(&query, app->sought, table.query, table.context, error))
        wt_app_message(app, WT_SEVERITY_INFO, "%s", error);
    else if (!wt_table_seek(&app->tables[pane], &table, &query, step))
        wt_app_message(app, WT_SEVERITY_INFO, "no row here has %s", app->sought);
    else
        wt_app_refresh(app);
}
