#include "schema/hints.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { EXT_SYMBOL = 0x20 };

/* The bytes that were not read yet. */
struct cursor {
    const uint8_t *at;
    size_t left;
};

enum kind { KIND_NUMBER, KIND_TEXT, KIND_MAP, KIND_OTHER };

/* One value of msgpack; of a container only its head, the content follows. */
struct item {
    enum kind kind;
    uint64_t number;     /* KIND_NUMBER: an integer from zero up */
    const uint8_t *text; /* KIND_TEXT: a symbol or a string */
    size_t length;
    uint64_t children; /* values that follow and belong to it */
};

static bool take(struct cursor *cursor, uint64_t bytes, const uint8_t **out) {
    if (bytes > cursor->left)
        return false;
    *out = cursor->at;
    cursor->at += bytes;
    cursor->left -= (size_t)bytes;
    return true;
}

/* A big-endian number of 1, 2, 4 or 8 bytes. */
static bool take_number(struct cursor *cursor, unsigned bytes, uint64_t *out) {
    const uint8_t *at;
    if (!take(cursor, bytes, &at))
        return false;
    *out = 0;
    for (unsigned i = 0; i < bytes; i++)
        *out = *out << 8 | at[i];
    return true;
}

static bool take_text(struct cursor *cursor, uint64_t length, struct item *out) {
    out->kind = KIND_TEXT;
    out->length = (size_t)length;
    return take(cursor, length, &out->text);
}

/* `length` bytes after the type of the ext. */
static bool take_ext(struct cursor *cursor, uint64_t length, struct item *out) {
    const uint8_t *type;
    if (!take(cursor, 1, &type) || !take_text(cursor, length, out))
        return false;
    if (*type != EXT_SYMBOL)
        out->kind = KIND_OTHER;
    return true;
}

/* Signed integers of 1, 2, 4, 8 bytes: those below zero are no number of ours. */
static bool take_signed(struct cursor *cursor, unsigned bytes, struct item *out) {
    if (!take_number(cursor, bytes, &out->number))
        return false;
    bool negative = (out->number >> (8 * bytes - 1)) != 0;
    out->kind = negative ? KIND_OTHER : KIND_NUMBER;
    return true;
}

/* Everything from c0 to df. False: the bytes end too early, or c1, which msgpack never writes. */
static bool take_long_form(struct cursor *cursor, uint8_t first, struct item *out) {
    uint64_t length = 0;
    const uint8_t *skipped;
    if (first == 0xc0 || first == 0xc2 || first == 0xc3) /* nil, false, true */
        return true;
    if (first >= 0xc4 && first <= 0xc6) /* bin */
        return take_number(cursor, 1u << (first - 0xc4), &length) && take(cursor, length, &skipped);
    if (first >= 0xc7 && first <= 0xc9)
        return take_number(cursor, 1u << (first - 0xc7), &length) && take_ext(cursor, length, out);
    if (first == 0xca || first == 0xcb) /* floats */
        return take(cursor, first == 0xca ? 4 : 8, &skipped);
    if (first >= 0xcc && first <= 0xcf) {
        out->kind = KIND_NUMBER;
        return take_number(cursor, 1u << (first - 0xcc), &out->number);
    }
    if (first >= 0xd0 && first <= 0xd3)
        return take_signed(cursor, 1u << (first - 0xd0), out);
    if (first >= 0xd4 && first <= 0xd8)
        return take_ext(cursor, 1u << (first - 0xd4), out);
    if (first >= 0xd9 && first <= 0xdb)
        return take_number(cursor, 1u << (first - 0xd9), &length) && take_text(cursor, length, out);
    if (first < 0xdc || !take_number(cursor, first % 2 == 0 ? 2 : 4, &length))
        return false;
    out->kind = first >= 0xde ? KIND_MAP : KIND_OTHER;
    out->children = first >= 0xde ? 2 * length : length;
    return true;
}

static bool take_item(struct cursor *cursor, struct item *out) {
    const uint8_t *first;
    *out = (struct item){.kind = KIND_OTHER};
    if (!take(cursor, 1, &first))
        return false;
    if (*first <= 0x7f) {
        out->kind = KIND_NUMBER;
        out->number = *first;
    } else if (*first <= 0x8f) {
        out->kind = KIND_MAP;
        out->children = 2 * (uint64_t)(*first & 0x0f);
    } else if (*first <= 0x9f) {
        out->children = *first & 0x0f;
    } else if (*first <= 0xbf) {
        return take_text(cursor, *first & 0x1f, out);
    } else if (*first <= 0xdf) {
        return take_long_form(cursor, *first, out);
    }
    return true; /* from e0 on: small negative integers */
}

/* Passes this many values with all that they contain. Each takes a byte at least. */
static bool skip(struct cursor *cursor, uint64_t count) {
    while (count > 0) {
        struct item item;
        if (count > cursor->left || !take_item(cursor, &item))
            return false;
        count = count - 1 + item.children;
    }
    return true;
}

/* The value of the key `name`: its head, when there is such a key and all before it is sound. */
static bool find(const void *hints, size_t length, const char *name, struct item *value) {
    struct cursor cursor = {.at = hints, .left = hints == NULL ? 0 : length};
    size_t name_length = strlen(name);
    struct item map, key;
    if (!take_item(&cursor, &map) || map.kind != KIND_MAP)
        return false;
    for (uint64_t pairs = map.children / 2; pairs > 0; pairs--) {
        if (!take_item(&cursor, &key) || !skip(&cursor, key.children) || !take_item(&cursor, value))
            return false;
        if (key.kind == KIND_TEXT && key.length == name_length &&
            memcmp(key.text, name, name_length) == 0)
            return true;
        if (!skip(&cursor, value->children))
            return false;
    }
    return false;
}

enum wt_hint wt_hints_group(const void *hints, size_t length, uint64_t *offset) {
    struct item value;
    if (!find(hints, length, "group", &value))
        return WT_HINT_ABSENT;
    if (value.kind == KIND_NUMBER)
        *offset = value.number;
    return value.kind == KIND_NUMBER ? WT_HINT_READ : WT_HINT_WRONG;
}

enum wt_hint wt_hints_text(const void *hints, size_t length, const char *name, const char **text,
                           size_t *text_length) {
    struct item value;
    if (!find(hints, length, name, &value))
        return WT_HINT_ABSENT;
    if (value.kind != KIND_TEXT)
        return WT_HINT_WRONG;
    *text = (const char *)value.text;
    *text_length = value.length;
    return WT_HINT_READ;
}

/* ---- what they mean -------------------------------------------------------------------------- */

static bool read_kind(struct wt_field_said *said, const char *text, size_t length) {
    return wt_kind_of_word(text, length, &said->kind);
}

static bool read_role(struct wt_field_said *said, const char *text, size_t length) {
    return wt_role_of_word(text, length, &said->role);
}

static bool read_aggregate(struct wt_field_said *said, const char *text, size_t length) {
    return wt_aggregate_of_word(text, length, &said->aggregate);
}

static const struct {
    const char *name, *words;
    unsigned bit;
    bool (*read)(struct wt_field_said *said, const char *text, size_t length);
} meanings[] = {
    {"kind", "gauge, counter", WT_SAYS_KIND, read_kind},
    {"role", "none, busy, capacity, queue, errors", WT_SAYS_ROLE, read_role},
    {"aggregate", "sum, min, max, mean, last", WT_SAYS_AGGREGATE, read_aggregate},
};

bool wt_hints_meaning(const void *hints, size_t length, struct wt_field_said *said,
                      char unit[static WT_SCHEMA_MAX_UNIT_BYTES + 1], char *complaint,
                      size_t size) {
    const char *text = "";
    size_t text_length = 0;
    bool ok = true;
    *said = (struct wt_field_said){.says = 0};
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        enum wt_hint hint = wt_hints_text(hints, length, meanings[i].name, &text, &text_length);
        if (hint == WT_HINT_ABSENT)
            continue;
        if (hint == WT_HINT_READ && meanings[i].read(said, text, text_length)) {
            said->says |= meanings[i].bit;
            continue;
        }
        char shown[32] = "";
        if (hint == WT_HINT_READ)
            wt_text_clean(shown, sizeof shown, text, text_length);
        snprintf(complaint, size, "the hint %s%s%s%s is none of %s", meanings[i].name,
                 hint == WT_HINT_READ ? " \"" : "", shown, hint == WT_HINT_READ ? "\"" : "",
                 meanings[i].words);
        ok = false;
    }
    enum wt_hint hint = wt_hints_text(hints, length, "unit", &text, &text_length);
    if (hint == WT_HINT_READ) {
        wt_text_clean(unit, WT_SCHEMA_MAX_UNIT_BYTES + 1, text, text_length);
        said->says |= WT_SAYS_UNIT;
        said->unit = unit;
    } else if (hint == WT_HINT_WRONG) {
        snprintf(complaint, size, "the hint unit is no text");
        ok = false;
    }
    return ok;
}
