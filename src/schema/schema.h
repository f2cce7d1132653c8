/* schema.h - what a worker says its segment holds: an immutable, shared list of fields.
 *
 * A schema comes from a worker's answer to setup_utilization_observer: a list of [key, type,
 * offset] with an optional fourth element of hints (docs/FORMAT.md, "Schemas"). Nothing in it is
 * trusted: a field that passes the end of the segment, has an unknown type, a name twice, or is
 * no tuple is left out and named in `problems`; the others are kept.
 *
 * A value's raw 64 bits ("bits"): unsigned types zero-extended, signed types sign-extended, f32 and
 * f64 as the bits of a double. The class of the type tells how to read them.
 *
 * Ownership: reference counted; immutable after wt_schema_builder_finish, so that snapshots may
 * hold it. Threads: the count is atomic; everything else is read-only.
 */
#ifndef WT_SCHEMA_SCHEMA_H
#define WT_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "schema/types.h"

enum { WT_SCHEMA_MAX_FIELDS = 256, WT_SCHEMA_MAX_KEY_BYTES = 255 };

enum wt_kind { WT_KIND_GAUGE, WT_KIND_COUNTER };

enum wt_role { WT_ROLE_NONE, WT_ROLE_BUSY, WT_ROLE_CAPACITY, WT_ROLE_QUEUE, WT_ROLE_ERRORS };

enum wt_aggregate {
    WT_AGGREGATE_SUM,
    WT_AGGREGATE_MIN,
    WT_AGGREGATE_MAX,
    WT_AGGREGATE_MEAN,
    WT_AGGREGATE_LAST
};

const char *wt_kind_text(enum wt_kind kind);                /* "gauge", "counter" */
const char *wt_role_text(enum wt_role role);                /* "none", "busy", ... */
const char *wt_aggregate_text(enum wt_aggregate aggregate); /* "sum", ... */

struct wt_field {
    const char *key; /* cleaned, at most 255 bytes, cut visibly; unique within the schema */
    wt_type type;
    uint32_t offset;   /* bytes from the start of the segment */
    enum wt_kind kind; /* by hint, then by name: *_total and *_count are counters */
    enum wt_role role; /* by hint, then by name; at most one field is WT_ROLE_BUSY */
    enum wt_aggregate aggregate;
    const char *unit;  /* "" when unknown */
    const void *hints; /* the fourth element, its bytes as they came over the bus (msgpack); NULL
                          without. Kept for a later reader; not interpreted yet. */
    size_t hints_length;
};

struct wt_schema {
    uint32_t references; /* atomic; see wt_schema_ref */
    uint32_t field_count;
    const struct wt_field *fields;
    uint32_t problem_count;      /* fields left out, and other complaints */
    const char *const *problems; /* one line each, ready to show; at most 16 kept */
    uint32_t extent_bytes;       /* end of the last field */
    uint64_t hash;               /* equal schemas have equal hashes; see wt_schema_equal */
    int busy_field, capacity_field, queue_field,
        errors_field; /* index of the first of its role, -1 without */
};

struct wt_schema_builder;

/* segment_size bounds every field. NULL when there is no memory. */
struct wt_schema_builder *wt_schema_builder_create(size_t segment_size);
void wt_schema_builder_destroy(struct wt_schema_builder *builder);

/* One field as a worker announced it; texts are borrowed for the call. hints may be NULL. What
 * is wrong with it is kept as a problem; the call itself does not fail. */
void wt_schema_builder_add(struct wt_schema_builder *builder, const char *key, size_t key_length,
                           const char *type, size_t type_length, int64_t offset, const void *hints,
                           size_t hints_length);

/* A complaint about something that was no tuple at all. */
void wt_schema_builder_problem(struct wt_schema_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Applies the name rules and moves the schema out (one reference). WT_ENOMEM. */
wt_status wt_schema_builder_finish(struct wt_schema_builder *builder, struct wt_schema **out,
                                   struct wt_error *err);

struct wt_schema *wt_schema_ref(const struct wt_schema *schema); /* NULL stays NULL */
void wt_schema_unref(const struct wt_schema *schema);
bool wt_schema_equal(const struct wt_schema *a, const struct wt_schema *b);

/* Layouts for those who write a segment: the offset of the next field of this type after `end`
 * bytes. Packed is Ruby's (no padding), aligned is ours (every field in 8-byte words of its own).
 */
uint32_t wt_layout_packed(uint32_t end, wt_type type);
uint32_t wt_layout_aligned(uint32_t end, wt_type type);

#endif /* WT_SCHEMA_SCHEMA_H */
