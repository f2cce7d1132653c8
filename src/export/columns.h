/* columns.h - the columns of the plain tables, and a list of them as a person writes it.
 *
 * A name, a heading and a width are rows of one map a table: printing, `--columns`, its errors and
 * the tests of --help come from it.
 *
 * Threads: pure functions.
 */
#ifndef WT_EXPORT_COLUMNS_H
#define WT_EXPORT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* enum, name, heading, width (0: what is left of the line), whether numbers stand at its right. The
 * first WT_SERVICE_COLUMN_PRESET are shown without a list. */
#define WT_SERVICE_COLUMN_MAP(X)                                                                   \
    X(NAME, "service", "SERVICE", 0, false)                                                        \
    X(STATE, "state", "STATE", 7, false)                                                           \
    X(UTIL, "util", "UTIL", 5, true)                                                               \
    X(BUSY, "busy", "BUSY/CAP", 11, true)                                                          \
    X(QUEUE, "queue", "QUEUE", 6, true)                                                            \
    X(REQ, "req", "REQ/s", 6, true)                                                                \
    X(ERR, "err", "ERR/s", 6, true)                                                                \
    X(WORKERS, "workers", "WRK", 5, true)                                                          \
    X(STUCK, "stuck", "STUCK", 5, true)                                                            \
    X(SILENT, "silent", "SILENT", 7, true)                                                         \
    X(STALE, "stale", "STALE", 5, true)                                                            \
    X(JOINED, "joined", "JOINED", 7, true)                                                         \
    X(LEFT, "left", "LEFT", 7, true)                                                               \
    X(UTIL_10S, "util10s", "10s", 5, true)                                                         \
    X(UTIL_1M, "util1m", "1m", 5, true)                                                            \
    X(UTIL_5M, "util5m", "5m", 5, true)                                                            \
    X(WAIT, "wait", "WAIT", 7, true)                                                               \
    X(GROWTH, "growth", "QUEUE+/s", 8, true)                                                       \
    X(CPU, "cpu", "CPU", 6, true)                                                                  \
    X(RSS, "rss", "RSS", 6, true)                                                                  \
    X(FDS, "fds", "FDS", 6, true)                                                                  \
    X(THREADS, "threads", "THREADS", 7, true)                                                      \
    X(ACCEPT, "accept", "ACCEPT", 11, true)

#define WT_WORKER_COLUMN_MAP(X)                                                                    \
    X(ID, "worker", "WORKER", 8, true)                                                             \
    X(PID, "pid", "PID", 7, true)                                                                  \
    X(STATE, "state", "STATE", 10, false)                                                          \
    X(BUSY, "busy", "BUSY", 6, true)                                                               \
    X(CAP, "cap", "CAP", 6, true)                                                                  \
    X(QUEUE, "queue", "QUEUE", 6, true)                                                            \
    X(REQ, "req", "REQ/s", 6, true)                                                                \
    X(PROGRESS, "progress", "PROGRESS", 8, true)                                                   \
    X(AGE, "age", "AGE", 7, true)                                                                  \
    X(ERR, "err", "ERR/s", 6, true)                                                                \
    X(THREADS, "threads", "THREADS", 7, true)                                                      \
    X(CPU, "cpu", "CPU", 5, true)                                                                  \
    X(RSS, "rss", "RSS", 6, true)                                                                  \
    X(FDS, "fds", "FDS", 5, true)                                                                  \
    X(SLOT, "slot", "SLOT", 5, true)                                                               \
    X(RESTARTS, "restarts", "RST", 5, true)                                                        \
    X(DOING, "doing", "DOING", 0, false)

enum { WT_SERVICE_COLUMN_PRESET = 10, WT_WORKER_COLUMN_PRESET = 9, WT_TEXT_COLUMNS_MAX = 32 };

enum wt_service_column {
#define WT_COLUMN_ENUM(name, ...) WT_SERVICE_COLUMN_##name,
    WT_SERVICE_COLUMN_MAP(WT_COLUMN_ENUM)
#undef WT_COLUMN_ENUM
        WT_SERVICE_COLUMN_COUNT
};

enum wt_worker_column {
#define WT_COLUMN_ENUM(name, ...) WT_WORKER_COLUMN_##name,
    WT_WORKER_COLUMN_MAP(WT_COLUMN_ENUM)
#undef WT_COLUMN_ENUM
        WT_WORKER_COLUMN_COUNT
};

struct wt_text_column {
    const char *name, *heading;
    size_t width;
    bool right;
};

extern const struct wt_text_column wt_service_columns[WT_SERVICE_COLUMN_COUNT];
extern const struct wt_text_column wt_worker_columns[WT_WORKER_COLUMN_COUNT];

enum wt_text_table { WT_TEXT_SERVICES, WT_TEXT_WORKERS };

/* Columns in the order in which they are shown: indices into the table's map. */
struct wt_text_columns {
    uint8_t at[WT_TEXT_COLUMNS_MAX];
    size_t count;
};

/* Those that are shown without a list. */
struct wt_text_columns wt_text_columns_preset(enum wt_text_table table);

/* A list like "service,util,queue". WT_EINVAL: an unknown name, one that is there twice, or none;
 * the error begins with the name and lists those that there are. */
wt_status wt_text_columns_parse(const char *list, enum wt_text_table table,
                                struct wt_text_columns *out, struct wt_error *err);

#endif /* WT_EXPORT_COLUMNS_H */
