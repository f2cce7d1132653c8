#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "export/import.h"

static void destroy_imported(struct wt_snapshot *snapshot) {
    struct wt_imported *imported = (struct wt_imported *)(void *)snapshot;
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        wt_schema_unref(snapshot->cohorts[i].schema);
    wt_arena_fini(&imported->arena);
    free(imported);
}

struct wt_imported *wt_imported_create(void) {
    static const struct wt_store_info no_store = {.path = "", .problem = ""};
    struct wt_imported *imported = calloc(1, sizeof *imported);
    if (imported == NULL)
        return NULL;
    imported->snapshot = (struct wt_snapshot){
        .references = 1,
        .source = {.path = "", .problem = ""},
        .monitor = {.version = "", .host = "", .problem = ""},
        .store = no_store,
        .recorders = no_store,
        .recorders_wide = no_store,
        .destroy = destroy_imported,
    };
    return imported;
}

void wt_import_fail(struct wt_import *import, const struct wt_json *value, const char *format,
                    ...) {
    if (import->status != WT_OK)
        return;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    import->status = wt_json_fail(import->err, import->document, value, "%s", text);
}

void *wt_import_take(struct wt_import *import, size_t count, size_t size) {
    void *piece = wt_arena_take(&import->imported->arena, count, size);
    if (piece == NULL && import->status == WT_OK)
        import->status = wt_fail(import->err, WT_ENOMEM, "snapshot: out of memory");
    return piece;
}

static bool has_key(const struct wt_json *member, const char *key) {
    return member != NULL && strcmp(wt_json_key(member), key) == 0;
}

/* The member found last or the one behind it nearly always. */
static const struct wt_json *look_up(struct wt_import *import, const struct wt_json *object,
                                     const char *key) {
    bool is_same = object != NULL && object == import->object;
    if (is_same && has_key(import->found, key))
        return import->found;
    const struct wt_json *next = is_same ? wt_json_next(import->found) : NULL;
    if (!has_key(next, key))
        next = wt_json_get(object, key);
    if (next != NULL) {
        import->object = object;
        import->found = next;
    }
    return next;
}

static const struct wt_json *find_member(struct wt_import *import, const struct wt_json *object,
                                         const char *key) {
    if (import->status != WT_OK)
        return NULL;
    const struct wt_json *member = look_up(import, object, key);
    if (member == NULL)
        wt_import_fail(import, object, "%s is missing", key);
    return member;
}

const struct wt_json *wt_import_member(struct wt_import *import, const struct wt_json *object,
                                       const char *key, enum wt_json_type type) {
    static const char *const names[] = {"null",   "true or false", "a number",
                                        "a text", "a list",        "an object"};
    const struct wt_json *member = find_member(import, object, key);
    if (member != NULL && wt_json_type(member) != type) {
        wt_import_fail(import, member, "must be %s", names[type]);
        return NULL;
    }
    return member;
}

bool wt_import_is_null(const struct wt_json *object, const char *key) {
    const struct wt_json *member = wt_json_get(object, key);
    return member != NULL && wt_json_type(member) == WT_JSON_NULL;
}

/* A whole number between two bounds, 0 after a failure. */
static wt_int128 read_whole(struct wt_import *import, const struct wt_json *object, const char *key,
                            wt_int128 least, wt_int128 most) {
    struct wt_number number;
    const struct wt_json *member = find_member(import, object, key);
    if (member == NULL)
        return 0;
    if (!wt_json_number(member, &number) || number.kind != WT_NUMBER_INTEGER ||
        number.integer < least || number.integer > most) {
        char bounds[2][WT_NUMBER_TEXT_SIZE];
        wt_number_text(wt_number_integer(least), bounds[0]);
        wt_number_text(wt_number_integer(most), bounds[1]);
        wt_import_fail(import, member, "must be a whole number from %s to %s", bounds[0],
                       bounds[1]);
        return 0;
    }
    return number.integer;
}

int64_t wt_import_int(struct wt_import *import, const struct wt_json *object, const char *key,
                      int64_t least, int64_t most) {
    return (int64_t)read_whole(import, object, key, least, most);
}

uint64_t wt_import_uint(struct wt_import *import, const struct wt_json *object, const char *key,
                        uint64_t most) {
    return (uint64_t)read_whole(import, object, key, 0, (wt_int128)most);
}

int64_t wt_import_int_or(struct wt_import *import, const struct wt_json *object, const char *key,
                         int64_t absent) {
    const struct wt_json *member = look_up(import, object, key);
    if (member != NULL && wt_json_type(member) == WT_JSON_NULL)
        return absent;
    return wt_import_int(import, object, key, INT64_MIN, INT64_MAX);
}

uint64_t wt_import_uint_or_0(struct wt_import *import, const struct wt_json *object,
                             const char *key, uint64_t most) {
    const struct wt_json *member = look_up(import, object, key);
    if (member != NULL && wt_json_type(member) == WT_JSON_NULL)
        return 0;
    return wt_import_uint(import, object, key, most);
}

struct wt_number wt_import_number(struct wt_import *import, const struct wt_json *object,
                                  const char *key) {
    struct wt_number number = wt_number_absent();
    const struct wt_json *member = find_member(import, object, key);
    if (member != NULL && wt_json_type(member) != WT_JSON_NULL && !wt_json_number(member, &number))
        wt_import_fail(import, member, "must be a number or null");
    return number;
}

double wt_import_real(struct wt_import *import, const struct wt_json *object, const char *key) {
    return wt_number_to_double(wt_import_number(import, object, key));
}

const char *wt_import_text(struct wt_import *import, const struct wt_json *object,
                           const char *key) {
    char clean[WT_IMPORT_TEXT_SIZE];
    const char *text = wt_json_string(wt_import_member(import, object, key, WT_JSON_STRING));
    if (text == NULL || text[0] == '\0')
        return "";
    size_t length = wt_text_clean(clean, sizeof clean, text, strlen(text));
    char *copy = wt_import_take(import, length + 1, 1);
    if (copy == NULL)
        return "";
    memcpy(copy, clean, length);
    return copy;
}

int wt_import_word(struct wt_import *import, const struct wt_json *object, const char *key,
                   int (*find)(const char *word)) {
    const struct wt_json *member = wt_import_member(import, object, key, WT_JSON_STRING);
    if (member == NULL)
        return 0;
    int found = find(wt_json_string(member));
    if (found < 0)
        wt_import_fail(import, member, "\"%.32s\" is not known here", wt_json_string(member));
    return found < 0 ? 0 : found;
}
