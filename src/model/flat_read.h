/* flat_read.h - reading flat bytes of which nothing is believed. For the files model/flat_*.c only.
 *
 * The first failure sticks: from then on nothing is read, and every verb gives NULL or "". What is
 * decoded goes into one block of memory, whose size follows from the number of bytes (every record
 * takes at most WT_FLAT_GROWTH times its bytes), so that no count can ask for more.
 *
 * Threads: one owner.
 */
#ifndef WT_MODEL_FLAT_READ_H
#define WT_MODEL_FLAT_READ_H

#include "base/status.h"
#include "model/flat_layout.h"

enum {
    WT_FLAT_GROWTH = 3,
    WT_FLAT_SLACK = 4096, /* for what is there once */
    WT_FLAT_ALIGNMENT = 16
};

struct wt_flat_reader {
    const char *what; /* "snapshot", "workers", "schema": begins every complaint */
    const unsigned char *bytes;
    size_t length, at;
    unsigned char *pool; /* borrowed */
    size_t pool_size, pool_used;
    wt_status status;
    struct wt_error *err;
};

/* One member of a record and the values that it may have. */
struct wt_flat_rule {
    const char *name;
    uint16_t offset;
    uint8_t bytes; /* 1, 4 or 8; signed when least is below 0 or it has 8 */
    int64_t least, most;
};

#define WT_FLAT_RULE(type, member, least_, most_)                                                  \
    {                                                                                              \
        .name = #member, .offset = (uint16_t)offsetof(type, member),                               \
        .bytes = (uint8_t)sizeof(((type *)0)->member), .least = (least_), .most = (most_)          \
    }

/* Times whose differences always fit into 64 bits: the years 1824 to 2116. */
#define WT_FLAT_TIME_MAX (INT64_MAX / 2)

/* Fails with "WHAT: byte AT: ..."; the first time only. */
void wt_flat_refuse(struct wt_flat_reader *reader, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Copies a record, checks its members, and steps over it. False, and all zero, after a failure. */
bool wt_flat_take(struct wt_flat_reader *reader, void *record, size_t bytes,
                  const struct wt_flat_rule *rules, size_t rule_count);

#define WT_FLAT_TAKE(reader, record, rules)                                                        \
    wt_flat_take(reader, record, sizeof *(record), rules, sizeof(rules) / sizeof *(rules))

/* Steps over count * size bytes and the padding; NULL when there are not so many. */
const unsigned char *wt_flat_skip(struct wt_flat_reader *reader, uint64_t count, size_t size,
                                  const char *name);

/* The same, copied into the pool. */
void *wt_flat_copy(struct wt_flat_reader *reader, uint64_t count, size_t size, const char *name);

/* The bytes behind a length; NULL after a failure. */
const unsigned char *wt_flat_bytes(struct wt_flat_reader *reader, size_t *length, const char *name);

/* A text, cleaned and bounded, in the pool; never NULL. */
const char *wt_flat_text(struct wt_flat_reader *reader, const char *name);

/* A foreign text that does not come out of the bytes, in the same way. */
const char *wt_flat_keep_text(struct wt_flat_reader *reader, const char *text, size_t length);

/* Memory in the pool, not initialised; NULL after a failure. */
void *wt_flat_alloc(struct wt_flat_reader *reader, size_t count, size_t size);

/* For formats that begin with a version: WT_EVERSION for a newer one. */
bool wt_flat_check_version(struct wt_flat_reader *reader, uint32_t known);

#endif /* WT_MODEL_FLAT_READ_H */
