#include "ui/keymap.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct wt_action_info actions[WT_ACTION_COUNT] = {
#define ACTION_ROW(name_, text, keys_, rank, label_, help_, contexts_)                             \
    [WT_ACTION_##name_] = {.name = (text),                                                         \
                           .keys = (keys_),                                                        \
                           .footer_rank = (rank),                                                  \
                           .label = (label_),                                                      \
                           .help = (help_),                                                        \
                           .contexts = (contexts_)},
    WT_ACTION_MAP(ACTION_ROW)
#undef ACTION_ROW
};

static const struct {
    const char *text;
    uint32_t code;
} named_keys[] = {{"Space", ' '},
                  {"Tab", WT_KEY_TAB},
                  {"Enter", WT_KEY_ENTER},
                  {"Esc", WT_KEY_ESCAPE},
                  {"Backspace", WT_KEY_BACKSPACE},
#define KEY_ROW(name, text) {text, WT_KEY_##name},
                  WT_KEY_MAP(KEY_ROW)
#undef KEY_ROW
};

const struct wt_action_info *wt_action_info(enum wt_action action) {
    return &actions[action];
}

bool wt_action_pair(enum wt_action action, enum wt_action *other, const char **help) {
    static const struct {
        enum wt_action first, second;
        const char *help;
    } pairs[] = {
#define WT_ACTION_PAIR(first, second, text) {WT_ACTION_##first, WT_ACTION_##second, text},
        WT_ACTION_PAIR_MAP(WT_ACTION_PAIR)
#undef WT_ACTION_PAIR
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].first == action || pairs[i].second == action) {
            *other = pairs[i].first == action ? pairs[i].second : WT_ACTION_NONE;
            *help = pairs[i].help;
            return true;
        }
    return false;
}

bool wt_key_parse(const char *text, size_t length, struct wt_input *out) {
    *out = (struct wt_input){.kind = WT_INPUT_KEY};
    while (length > 2 && text[1] == '-') {
        if (text[0] == 'C')
            out->modifiers |= WT_MOD_CTRL;
        else if (text[0] == 'S')
            out->modifiers |= WT_MOD_SHIFT;
        else if (text[0] == 'M')
            out->modifiers |= WT_MOD_ALT;
        else
            return false;
        text += 2;
        length -= 2;
    }
    for (size_t i = 0; i < sizeof named_keys / sizeof *named_keys; i++)
        if (strlen(named_keys[i].text) == length && memcmp(named_keys[i].text, text, length) == 0) {
            out->code = named_keys[i].code;
            return true;
        }
    size_t used = wt_utf8_decode(text, length, &out->code);
    return used > 0 && used == length && out->code != UINT32_MAX && out->code > ' ';
}

/* The key number `index` of a list separated by spaces; false at the end. */
static bool key_at(const char *keys, int index, const char **text, size_t *length) {
    while (*keys) {
        *length = strcspn(keys, " ");
        *text = keys;
        if (index-- == 0)
            return true;
        keys += *length;
        keys += strspn(keys, " ");
    }
    return false;
}

void wt_keymap_init(struct wt_keymap *map) {
    for (int action = 0; action < WT_ACTION_COUNT; action++)
        snprintf(map->keys[action], sizeof map->keys[action], "%s", actions[action].keys);
}

enum wt_action wt_keymap_find(const struct wt_keymap *map, const struct wt_input *input,
                              unsigned context) {
    if (input->kind != WT_INPUT_KEY)
        return WT_ACTION_NONE;
    for (int action = 0; action < WT_ACTION_COUNT; action++) {
        if (!(actions[action].contexts & context))
            continue;
        const char *text;
        size_t length;
        struct wt_input key;
        for (int i = 0; key_at(map->keys[action], i, &text, &length); i++)
            if (wt_key_parse(text, length, &key) && key.code == input->code &&
                key.modifiers == input->modifiers)
                return (enum wt_action)action;
    }
    return WT_ACTION_NONE;
}

void wt_action_key_text(const struct wt_keymap *map, enum wt_action action, int index,
                        char out[static 16]) {
    const char *text;
    size_t length;
    out[0] = '\0';
    if (!key_at(map->keys[action], index, &text, &length))
        return;
    const char *prefix = "";
    if (length > 2 && text[1] == '-') {
        prefix = text[0] == 'C' ? "^" : text[0] == 'S' ? "Shift-" : "Alt-";
        text += 2;
        length -= 2;
    }
    bool ctrl = prefix[0] == '^' && length == 1;
    snprintf(out, 16, "%s%.*s", prefix, (int)length, text);
    if (ctrl && out[1] >= 'a' && out[1] <= 'z')
        out[1] = (char)(out[1] - 'a' + 'A');
}
