/* import.h - reading a document member by member with a sticky failure. Internal to src/export.
 *
 * Every reader checks its member and returns a harmless value after the first failure, so that a
 * section of a document is read in a straight line and `status` is looked at once, at its end.
 * Loops run over what the document holds, so a failure never makes them longer.
 */
#ifndef WT_EXPORT_IMPORT_H
#define WT_EXPORT_IMPORT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/number.h"
#include "model/snapshot.h"
#include "json/json.h"

enum { WT_IMPORT_TEXT_SIZE = 4096 }; /* with the NUL: longer texts are cut visibly */

/* A snapshot and everything it points to, but for the schemas, which are counted themselves. */
struct wt_imported {
    struct wt_snapshot snapshot; /* first: destroy gets its address */
    struct wt_arena arena;
};

struct wt_import {
    const struct wt_json_document *document;
    struct wt_imported *imported;
    wt_status status;
    struct wt_error *err;                 /* never NULL */
    const struct wt_json *object, *found; /* the last member found; most are asked for in order */
};

/* An empty snapshot with one reference, all texts "", all figures unknown. NULL without memory. */
struct wt_imported *wt_imported_create(void);

/* Records the first failure, with the place of `value`. */
void wt_import_fail(struct wt_import *import, const struct wt_json *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Zeroed memory that lives as long as the snapshot; NULL, and a failure, without memory. */
void *wt_import_take(struct wt_import *import, size_t count, size_t size);

/* A member that must be there; NULL after a failure. */
const struct wt_json *wt_import_member(struct wt_import *import, const struct wt_json *object,
                                       const char *key, enum wt_json_type type);
bool wt_import_is_null(const struct wt_json *object, const char *key);

int64_t wt_import_int(struct wt_import *import, const struct wt_json *object, const char *key,
                      int64_t least, int64_t most);
uint64_t wt_import_uint(struct wt_import *import, const struct wt_json *object, const char *key,
                        uint64_t most);
/* The same where null stands for `absent`. */
int64_t wt_import_int_or(struct wt_import *import, const struct wt_json *object, const char *key,
                         int64_t absent);
uint64_t wt_import_uint_or_0(struct wt_import *import, const struct wt_json *object,
                             const char *key, uint64_t most);

/* A number or null. */
struct wt_number wt_import_number(struct wt_import *import, const struct wt_json *object,
                                  const char *key);
double wt_import_real(struct wt_import *import, const struct wt_json *object, const char *key);

/* A cleaned text; "" after a failure. */
const char *wt_import_text(struct wt_import *import, const struct wt_json *object, const char *key);

/* A word of an enum, through one of the functions of words.h; 0 after a failure. */
int wt_import_word(struct wt_import *import, const struct wt_json *object, const char *key,
                   int (*find)(const char *word));

/* schemas and workers -> cohorts; services must be there already. */
void wt_import_workers(struct wt_import *import, const struct wt_json *root);

#endif /* WT_EXPORT_IMPORT_H */
