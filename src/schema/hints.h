/* hints.h - what the fourth element of a field says (docs/FORMAT.md, "Schemas").
 *
 * A schema keeps that element as the bytes that came over the bus, msgpack. They were written by a
 * worker, so nothing in them is trusted: the reader walks them once, within their length, without
 * recursion, and looks at nothing that it does not know. Keys are symbols (ext 0x20) or strings.
 *
 * Threads: pure functions.
 */
#ifndef WT_SCHEMA_HINTS_H
#define WT_SCHEMA_HINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/schema.h"

enum wt_hint {
    WT_HINT_ABSENT, /* no hints, no map, no such key, or bytes that end too early */
    WT_HINT_READ,
    WT_HINT_WRONG /* the key is there, its value is of the wrong type */
};

/* `group`: the offset of the sequence word of the group that the field belongs to. *offset is set
 * for WT_HINT_READ only. hints may be NULL. */
enum wt_hint wt_hints_group(const void *hints, size_t length, uint64_t *offset);

/* The hint `name` when it is a symbol or a string: *text is borrowed from the hints, foreign and
 * without an end. */
enum wt_hint wt_hints_text(const void *hints, size_t length, const char *name, const char **text,
                           size_t *text_length);

/*
 * `kind`, `role`, `aggregate` and `unit`, the words of schema.h: what the hints say of the field.
 * The unit, cleaned and cut, goes to `unit`; said->unit points there. False when one of them is
 * wrong: it counts as not said, and `complaint` says which one and what would be right.
 */
bool wt_hints_meaning(const void *hints, size_t length, struct wt_field_said *said,
                      char unit[static WT_SCHEMA_MAX_UNIT_BYTES + 1], char *complaint, size_t size);

#endif /* WT_SCHEMA_HINTS_H */
