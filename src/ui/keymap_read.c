/* Keys that a person chose: read, and checked against all others. */
#include <stdio.h>
#include <string.h>

#include "config/nearest.h"
#include "ui/keymap.h"

struct reader {
    struct wt_keymap *map;
    const struct wt_json_document *document;
    struct wt_error *err;
};

/* Without these one could not leave. */
static const enum wt_action needed[] = {WT_ACTION_QUIT, WT_ACTION_INPUT_ACCEPT,
                                        WT_ACTION_INPUT_CANCEL, WT_ACTION_MENU_ACCEPT,
                                        WT_ACTION_MENU_CANCEL};

static enum wt_action action_of(const char *name, const char **nearest) {
    size_t best = SIZE_MAX;
    *nearest = NULL;
    for (int action = 0; action < WT_ACTION_COUNT; action++) {
        const char *known = wt_action_info((enum wt_action)action)->name;
        if (strcmp(known, name) == 0)
            return (enum wt_action)action;
        if (wt_is_nearer(name, strlen(name), known, &best))
            *nearest = known;
    }
    return WT_ACTION_NONE;
}

static bool is_typed(const struct wt_input *key) {
    return key->code >= ' ' && key->code < WT_KEY_FIRST && key->code != WT_KEY_BACKSPACE &&
           !(key->modifiers & (WT_MOD_CTRL | WT_MOD_ALT));
}

static wt_status read_keys(const struct reader *reader, const struct wt_json *member,
                           enum wt_action action) {
    const char *text = wt_json_string(member), *name = wt_json_key(member);
    if (!text || strlen(text) >= WT_KEYMAP_KEYS_SIZE)
        return wt_json_fail(reader->err, reader->document, member,
                            "must be a text of keys, like \"p F5\", of less than %d bytes",
                            WT_KEYMAP_KEYS_SIZE);
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        struct wt_input key;
        if (!wt_key_parse(at, length, &key))
            return wt_json_fail(reader->err, reader->document, member,
                                "\"%.*s\" is no key: a character, Space, Tab, Enter, Esc, "
                                "Backspace, Up, PgUp, Home, Ins, F1 and so on, with C-, M- or S- "
                                "before it",
                                (int)length, at);
        if (wt_action_info(action)->contexts & WT_CONTEXT_INPUT && is_typed(&key))
            return wt_json_fail(reader->err, reader->document, member,
                                "\"%.*s\" is a character that one types: %s needs another key",
                                (int)length, at, name);
        at += length;
    }
    snprintf(reader->map->keys[action], WT_KEYMAP_KEYS_SIZE, "%s", text + strspn(text, " "));
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i] == action && !reader->map->keys[action][0])
            return wt_json_fail(reader->err, reader->document, member,
                                "must have a key: nobody could get out");
    return WT_OK;
}

static bool has_key(const struct wt_keymap *map, enum wt_action action, const char *text,
                    size_t length) {
    struct wt_input wanted, key;
    wt_key_parse(text, length, &wanted);
    for (const char *at = map->keys[action]; *at; at += strspn(at, " ")) {
        size_t bytes = strcspn(at, " ");
        if (wt_key_parse(at, bytes, &key) && key.code == wanted.code &&
            key.modifiers == wanted.modifiers)
            return true;
        at += bytes;
    }
    return false;
}

/* A key means one thing in one place. */
static wt_status check_conflicts(const struct reader *reader, const struct wt_json *member,
                                 enum wt_action action) {
    for (const char *at = reader->map->keys[action]; *at; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        for (int other = 0; other < WT_ACTION_COUNT; other++) {
            const struct wt_action_info *info = wt_action_info((enum wt_action)other);
            if (other == (int)action || !(info->contexts & wt_action_info(action)->contexts) ||
                !has_key(reader->map, (enum wt_action)other, at, length))
                continue;
            return wt_json_fail(reader->err, reader->document, member,
                                "\"%.*s\" is a key of %s, too (%s): give one of them another key",
                                (int)length, at, info->name, info->help);
        }
        at += length;
    }
    return WT_OK;
}

wt_status wt_keymap_read(struct wt_keymap *map, const struct wt_json_document *document,
                         const struct wt_json *object, struct wt_error *err) {
    struct reader reader = {map, document, err};
    const char *nearest;
    wt_status status = WT_OK;
    for (const struct wt_json *member = wt_json_first(object); member && status == WT_OK;
         member = wt_json_next(member)) {
        enum wt_action action = action_of(wt_json_key(member), &nearest);
        if (action == WT_ACTION_NONE)
            return wt_json_fail(err, document, member, "no such action%s%s%s",
                                nearest ? "; did you mean " : "", nearest ? nearest : "",
                                nearest ? "?" : "");
        status = read_keys(&reader, member, action);
    }
    for (const struct wt_json *member = wt_json_first(object); member && status == WT_OK;
         member = wt_json_next(member))
        status = check_conflicts(&reader, member, action_of(wt_json_key(member), &nearest));
    return status;
}
