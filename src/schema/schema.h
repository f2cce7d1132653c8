/* schema.h - what a worker says its segment holds: an immutable, shared list of fields.
 *
 * A schema comes from a worker's answer to setup_utilization_observer: a list of [key, type,
 * offset] with an optional fourth element of hints (docs/FORMAT.md, "Schemas"). Nothing in it is
 * trusted: a field that passes the end of the segment, has an unknown type, a name twice, or is
 * no tuple is left out and named in `problems`; the others are kept. Fields of a group whose
 * sequence word cannot be one stand alone, and that is named, too.
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

enum {
    WT_SCHEMA_MAX_FIELDS = 256,
    WT_SCHEMA_MAX_KEY_BYTES = 255,
    WT_SCHEMA_MAX_UNIT_BYTES = 31,
    WT_SCHEMA_MAX_GROUPS = 16
};

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

/* The inverse; false for a word that is none of them. */
bool wt_kind_of_word(const char *word, size_t length, enum wt_kind *out);
bool wt_role_of_word(const char *word, size_t length, enum wt_role *out);
bool wt_aggregate_of_word(const char *word, size_t length, enum wt_aggregate *out);

struct wt_field {
    const char *key; /* cleaned, at most 255 bytes, cut visibly; unique within the schema */
    wt_type type;
    uint32_t offset;   /* bytes from the start of the segment */
    enum wt_kind kind; /* by rule, by hint, then by name: *_total and *_count are counters */
    enum wt_role role; /* by rule, by hint, then by name; at most one field is WT_ROLE_BUSY */
    enum wt_aggregate aggregate;
    const char *unit;  /* "" when unknown */
    uint32_t group;    /* by hint: 1 + its index in schema->groups; 0: it stands alone */
    const void *hints; /* the fourth element, its bytes as they came over the bus (msgpack,
                          hints.h); NULL without. Kept whole, also what we do not know. */
    size_t hints_length;
};

/*
 * Fields whose values agree only when they are read under a sequence number (codec.h,
 * wt_codec_read_group). Its word lies in the segment but is no field: an aligned word in the host's
 * byte order that overlaps none of them.
 */
struct wt_schema_group {
    uint32_t offset; /* of the sequence word */
    uint32_t member_count;
    const uint32_t *members; /* indices of fields, ascending */
};

struct wt_schema {
    uint32_t references; /* atomic; see wt_schema_ref */
    uint32_t field_count;
    const struct wt_field *fields;
    uint32_t group_count;
    const struct wt_schema_group *groups;
    uint32_t problem_count;      /* fields left out, and other complaints */
    const char *const *problems; /* one line each, ready to show; at most 16 kept */
    uint32_t extent_bytes;       /* end of the last field or sequence word */
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

/* What is known of a field that was announced before. */
struct wt_field_meaning {
    enum wt_kind kind;
    enum wt_role role;
    enum wt_aggregate aggregate;
    const char *unit;
    bool alone; /* in no group, whatever its hints say */
};

/* Says what is known of the field that was added last, instead of what its name and hints say.
 * Nothing happens when that one was left out, so its name is given again. Borrowed for the call. */
void wt_schema_builder_mean(struct wt_schema_builder *builder, const char *key,
                            const struct wt_field_meaning *meaning);

/* What somebody says of a field, a hint or a rule: the parts whose bits are in `says`. */
enum { WT_SAYS_KIND = 1, WT_SAYS_ROLE = 2, WT_SAYS_AGGREGATE = 4, WT_SAYS_UNIT = 8 };

struct wt_field_said {
    unsigned says;
    enum wt_kind kind;
    enum wt_role role;
    enum wt_aggregate aggregate;
    const char *unit;
};

/* Of the field `key`, whatever worker announces it: it wins over hints, which win over names. */
struct wt_field_rule {
    const char *key;
    struct wt_field_said said;
};

/* Puts what is said into *meaning. A role of gauges (busy, capacity, queue) makes a gauge of the
 * field unless a kind is said, too; a counter has none of these roles. */
void wt_said_apply(const struct wt_field_said *said, struct wt_field_meaning *meaning);

/* Rules for the fields of this schema, borrowed until wt_schema_builder_finish. */
void wt_schema_builder_rules(struct wt_schema_builder *builder, const struct wt_field_rule *rules,
                             size_t count);

/* A problem that was found before, in the same schema: before any field is added. When it is found
 * again, it is not counted twice. */
void wt_schema_builder_told(struct wt_schema_builder *builder, const char *text, size_t length);

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
