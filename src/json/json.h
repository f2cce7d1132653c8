/* json.h - JSON text -> values, for config, themes and snapshots. cJSON reads, this adds what it
 * lacks: numbers in full (no 64-bit integer goes through a double), the line of every value, and
 * strictness (numbers and strings exactly as RFC 8259 has them, valid UTF-8, no NUL).
 *
 *     struct wt_json_document *document;
 *     status = wt_json_parse(&document, "themes/x.json", text, length, err);
 *     for (const struct wt_json *item = wt_json_first(list); item != NULL; item =
 * wt_json_next(item))
 *         ... return wt_json_fail(err, document, item, "must be a colour");   x.json:12: a.b[3]:
 * must ... wt_json_free(document);
 *
 * Ownership: values and texts are borrowed from the document. Threads: read-only after parsing.
 */
#ifndef WT_JSON_JSON_H
#define WT_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/number.h"
#include "base/status.h"

struct wt_json_document;
struct wt_json; /* one value */

enum wt_json_type {
    WT_JSON_NULL,
    WT_JSON_BOOL,
    WT_JSON_NUMBER,
    WT_JSON_STRING,
    WT_JSON_ARRAY,
    WT_JSON_OBJECT
};

enum { WT_JSON_DEPTH_MAX = 64 };

/*
 * wt_json_parse reads one document. `name` stands in errors ("NAME:LINE: ..."), it is copied.
 *   WT_EFORMAT  no JSON: the error says where; also nesting deeper than WT_JSON_DEPTH_MAX, a number
 *               that fits neither 128 bits nor a double, invalid UTF-8, or a NUL in a text
 *   WT_ENOMEM
 */
wt_status wt_json_parse(struct wt_json_document **out, const char *name, const char *text,
                        size_t length, struct wt_error *err);
void wt_json_free(struct wt_json_document *document); /* NULL is fine */

const struct wt_json *wt_json_root(const struct wt_json_document *document);

/* All of these take NULL for a value that is not there. */
enum wt_json_type wt_json_type(const struct wt_json *value);       /* NULL: WT_JSON_NULL */
int wt_json_line(const struct wt_json *value);                     /* counted from 1; NULL: 0 */
const char *wt_json_key(const struct wt_json *value);              /* of a member; NULL otherwise */
const struct wt_json *wt_json_first(const struct wt_json *parent); /* child of array or object */
const struct wt_json *wt_json_next(const struct wt_json *value);   /* sibling, NULL at the end */
size_t wt_json_count(const struct wt_json *parent);                /* children; O(children) */

/* The first member with exactly this key, NULL without one. O(members). */
const struct wt_json *wt_json_get(const struct wt_json *object, const char *key);

const char *wt_json_string(const struct wt_json *value); /* NULL when it is no string */
bool wt_json_bool(const struct wt_json *value);          /* false when it is no true */

/* The number in full; false, and absent, when it is none. */
bool wt_json_number(const struct wt_json *value, struct wt_number *out);

/* Fills err with "NAME:LINE: key.path[3]: text" and returns WT_EFORMAT. value may be NULL: then
 * without line and path. */
wt_status wt_json_fail(struct wt_error *err, const struct wt_json_document *document,
                       const struct wt_json *value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif /* WT_JSON_JSON_H */
