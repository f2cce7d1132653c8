/* report.h - facts and tables, written once and shown twice: aligned for people, or as one JSON
 * object for machines.
 *
 *     struct wt_report report;
 *     wt_report_init(&report, false, 80, now);
 *     wt_report_table(&report, "stores", "stores", columns, 2);         stores
 *     wt_report_row(&report, (struct wt_cell[]){...});                    name         size
 *     wt_report_end(&report);                                             utilization   64K
 *
 * JSON has the plain figures (bytes, ns since 1970, ns); the table says them for people. Texts may
 * hold anything: they are cleaned here, for both.
 *
 * Threads: one owner.
 */
#ifndef WT_CLI_REPORT_H
#define WT_CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "json/writer.h"

enum wt_cell_kind {
    WT_CELL_NONE, /* "-", null */
    WT_CELL_TEXT,
    WT_CELL_COUNT, /* unsigned */
    WT_CELL_INT,
    WT_CELL_BYTES,
    WT_CELL_TIME,     /* ns since 1970; 0 is none */
    WT_CELL_DURATION, /* ns; below 0 is none */
    WT_CELL_REAL,     /* not a number is none */
    WT_CELL_PERCENT,  /* a ratio */
    WT_CELL_NUMBER,
    WT_CELL_BOOL /* "yes", "no" */
};

struct wt_cell {
    enum wt_cell_kind kind;
    const char *text; /* borrowed for the call */
    uint64_t count;
    int64_t signed_;
    double real;
    struct wt_number number;
};

struct wt_cell wt_cell_none(void);
struct wt_cell wt_cell_text(const char *text); /* "" is shown as "-" */
struct wt_cell wt_cell_count(uint64_t value);
struct wt_cell wt_cell_int(int64_t value);
struct wt_cell wt_cell_bytes(uint64_t value);
struct wt_cell wt_cell_time(int64_t realtime_ns);
struct wt_cell wt_cell_duration(int64_t ns);
struct wt_cell wt_cell_percent(double ratio);
struct wt_cell wt_cell_number(struct wt_number number);
struct wt_cell wt_cell_bool(bool value);

enum wt_column_flag {
    WT_COLUMN_ONCE = 1,   /* a person needs it only where it changes */
    WT_COLUMN_BELOW = 2,  /* a person reads it on a line of its own, if there is anything */
    WT_COLUMN_MACHINE = 4 /* not for people */
};

struct wt_column {
    const char *key, *heading; /* of JSON, of the table ("": what is none is blank) */
    unsigned flags;
};

enum { WT_REPORT_COLUMNS_MAX = 16 };

struct wt_report {
    struct wt_buffer out;
    bool is_json;
    struct wt_json_writer json;
    struct wt_time now; /* ages and dates are told from here */
    size_t cols;        /* texts below their rows are broken here */
    /* the table under way */
    const struct wt_column *columns;
    size_t column_count, row_count;
    struct wt_buffer cells; /* texts, each with its NUL; numeric ones begin with '#' */
};

void wt_report_init(struct wt_report *report, bool is_json, size_t cols, struct wt_time now);
void wt_report_fini(struct wt_report *report);

/* Facts: one label and one value each. */
void wt_report_facts(struct wt_report *report, const char *key, const char *title);
void wt_report_fact(struct wt_report *report, const char *key, const char *label,
                    struct wt_cell cell);
void wt_report_facts_end(struct wt_report *report);

/* A table of at most WT_REPORT_COLUMNS_MAX columns, borrowed until the end. A table without rows is
 * shown to machines only. */
void wt_report_table(struct wt_report *report, const char *key, const char *title,
                     const struct wt_column *columns, size_t column_count);
void wt_report_row(struct wt_report *report, const struct wt_cell *cells);
void wt_report_end(struct wt_report *report);

/* Lines for people only, broken at the width. */
void wt_report_say(struct wt_report *report, size_t indent, const char *text);

#endif /* WT_CLI_REPORT_H */
