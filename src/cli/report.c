#include "cli/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/format.h"
#include "base/utf8.h"

enum { TEXT_SIZE = 4096, LABEL_COLS = 12, GAP = 2, INDENT = 2 };

/* ---- cells ----------------------------------------------------------------------------------- */

struct wt_cell wt_cell_none(void) {
    return (struct wt_cell){.kind = WT_CELL_NONE};
}

struct wt_cell wt_cell_text(const char *text) {
    return (struct wt_cell){.kind = WT_CELL_TEXT, .text = text};
}

struct wt_cell wt_cell_count(uint64_t value) {
    return (struct wt_cell){.kind = WT_CELL_COUNT, .count = value};
}

struct wt_cell wt_cell_int(int64_t value) {
    return (struct wt_cell){.kind = WT_CELL_INT, .signed_ = value};
}

struct wt_cell wt_cell_bytes(uint64_t value) {
    return (struct wt_cell){.kind = WT_CELL_BYTES, .count = value};
}

struct wt_cell wt_cell_time(int64_t realtime_ns) {
    return (struct wt_cell){.kind = realtime_ns == 0 ? WT_CELL_NONE : WT_CELL_TIME,
                            .signed_ = realtime_ns};
}

struct wt_cell wt_cell_duration(int64_t ns) {
    return (struct wt_cell){.kind = ns < 0 ? WT_CELL_NONE : WT_CELL_DURATION, .signed_ = ns};
}

struct wt_cell wt_cell_percent(double ratio) {
    return (struct wt_cell){.kind = isfinite(ratio) ? WT_CELL_PERCENT : WT_CELL_NONE,
                            .real = ratio};
}

struct wt_cell wt_cell_number(struct wt_number number) {
    return (struct wt_cell){.kind = number.kind == WT_NUMBER_ABSENT ? WT_CELL_NONE : WT_CELL_NUMBER,
                            .number = number};
}

struct wt_cell wt_cell_bool(bool value) {
    return (struct wt_cell){.kind = WT_CELL_BOOL, .count = value};
}

/* The time of day, and the day where it is not today's. */
static void format_time(char *out, size_t size, int64_t realtime_ns, struct wt_time now) {
    time_t seconds = (time_t)(realtime_ns / WT_NS_PER_S);
    time_t today = (time_t)(now.realtime_ns / WT_NS_PER_S);
    struct tm then, here;
    if (localtime_r(&seconds, &then) == NULL || localtime_r(&today, &here) == NULL ||
        strftime(out, size,
                 then.tm_year == here.tm_year && then.tm_yday == here.tm_yday ? "%H:%M:%S"
                                                                              : "%F %T",
                 &then) == 0)
        snprintf(out, size, "%" PRId64 "ns", realtime_ns);
}

static bool is_figure(enum wt_cell_kind kind) {
    return kind != WT_CELL_TEXT && kind != WT_CELL_NONE && kind != WT_CELL_TIME &&
           kind != WT_CELL_BOOL;
}

static void format_cell(const struct wt_report *report, const struct wt_cell *cell,
                        char out[TEXT_SIZE]) {
    switch (cell->kind) {
    case WT_CELL_NONE:
        snprintf(out, TEXT_SIZE, "-");
        return;
    case WT_CELL_TEXT:
        if (wt_text_clean(out, TEXT_SIZE, cell->text, strlen(cell->text)) == 0)
            snprintf(out, TEXT_SIZE, "-");
        return;
    case WT_CELL_COUNT:
        snprintf(out, TEXT_SIZE, "%" PRIu64, cell->count);
        return;
    case WT_CELL_INT:
        snprintf(out, TEXT_SIZE, "%" PRId64, cell->signed_);
        return;
    case WT_CELL_BYTES:
        if (cell->count > INT64_MAX)
            snprintf(out, TEXT_SIZE, "%" PRIu64, cell->count);
        else
            wt_format_bytes(out, TEXT_SIZE, (int64_t)cell->count);
        return;
    case WT_CELL_TIME:
        format_time(out, TEXT_SIZE, cell->signed_, report->now);
        return;
    case WT_CELL_DURATION:
        wt_format_duration(out, TEXT_SIZE, cell->signed_);
        return;
    case WT_CELL_REAL:
        snprintf(out, TEXT_SIZE, "%g", cell->real);
        return;
    case WT_CELL_PERCENT:
        wt_format_percent(out, TEXT_SIZE, cell->real);
        return;
    case WT_CELL_NUMBER:
        wt_number_text(cell->number, out);
        return;
    case WT_CELL_BOOL:
        snprintf(out, TEXT_SIZE, "%s", cell->count != 0 ? "yes" : "no");
        return;
    }
}

static void put_json(struct wt_report *report, const char *key, const struct wt_cell *cell) {
    char text[TEXT_SIZE];
    switch (cell->kind) {
    case WT_CELL_NONE:
        wt_json_put_null(&report->json, key);
        return;
    case WT_CELL_TEXT:
        wt_text_clean(text, sizeof text, cell->text, strlen(cell->text));
        wt_json_put_text(&report->json, key, text);
        return;
    case WT_CELL_COUNT:
    case WT_CELL_BYTES:
        wt_json_put_uint(&report->json, key, cell->count);
        return;
    case WT_CELL_INT:
    case WT_CELL_TIME:
    case WT_CELL_DURATION:
        wt_json_put_int(&report->json, key, cell->signed_);
        return;
    case WT_CELL_REAL:
    case WT_CELL_PERCENT:
        wt_json_put_real(&report->json, key, cell->real);
        return;
    case WT_CELL_NUMBER:
        wt_json_put_number(&report->json, key, cell->number);
        return;
    case WT_CELL_BOOL:
        wt_json_put_bool(&report->json, key, cell->count != 0);
        return;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

void wt_report_init(struct wt_report *report, bool is_json, size_t cols, struct wt_time now) {
    *report = (struct wt_report){.is_json = is_json, .cols = cols < 40 ? 40 : cols, .now = now};
    report->json.out = &report->out;
    if (is_json)
        wt_json_open(&report->json, NULL, '{');
}

void wt_report_fini(struct wt_report *report) {
    wt_buffer_fini(&report->out);
    wt_buffer_fini(&report->cells);
}

static void put_spaces(struct wt_buffer *out, size_t count) {
    while (count-- > 0)
        wt_buffer_append_char(out, ' ');
}

static void put_title(struct wt_report *report, const char *title) {
    if (report->out.length > 0)
        wt_buffer_append_char(&report->out, '\n');
    wt_buffer_append_text(&report->out, title);
    wt_buffer_append_char(&report->out, '\n');
}

/* Bytes of the text that go on a line of so many columns: up to the last space, if there is one. */
static size_t line_bytes(const char *text, size_t length, size_t cols) {
    size_t bytes = wt_utf8_prefix(text, length, cols, NULL);
    if (bytes == length)
        return bytes;
    for (size_t at = bytes; at > bytes / 2; at--)
        if (text[at] == ' ')
            return at;
    return bytes > 0 ? bytes : length;
}

/* The first line begins at column `indent` already, the others are brought there. */
static void put_wrapped(struct wt_report *report, size_t indent, const char *text) {
    size_t length = strlen(text);
    for (bool first = true; first || length > 0; first = false) {
        size_t bytes = line_bytes(text, length, report->cols - indent);
        put_spaces(&report->out, first ? 0 : indent);
        wt_buffer_append(&report->out, text, bytes);
        wt_buffer_append_char(&report->out, '\n');
        while (bytes < length && text[bytes] == ' ')
            bytes++;
        text += bytes;
        length -= bytes;
    }
}

void wt_report_say(struct wt_report *report, size_t indent, const char *text) {
    char clean[TEXT_SIZE];
    if (report->is_json)
        return;
    wt_text_clean(clean, sizeof clean, text, strlen(text));
    put_spaces(&report->out, indent);
    put_wrapped(report, indent, clean);
}

/* ---- facts ----------------------------------------------------------------------------------- */

void wt_report_facts(struct wt_report *report, const char *key, const char *title) {
    if (report->is_json)
        wt_json_open(&report->json, key, '{');
    else
        put_title(report, title);
}

void wt_report_fact(struct wt_report *report, const char *key, const char *label,
                    struct wt_cell cell) {
    char text[TEXT_SIZE];
    if (report->is_json) {
        put_json(report, key, &cell);
        return;
    }
    format_cell(report, &cell, text);
    put_spaces(&report->out, INDENT);
    wt_buffer_append_text(&report->out, label);
    size_t cols = wt_utf8_cols(label, strlen(label));
    put_spaces(&report->out, cols < LABEL_COLS ? LABEL_COLS - cols : 1);
    put_wrapped(report, INDENT + LABEL_COLS, text);
}

void wt_report_facts_end(struct wt_report *report) {
    if (report->is_json)
        wt_json_close(&report->json, '}');
}

/* ---- tables ---------------------------------------------------------------------------------- */

void wt_report_table(struct wt_report *report, const char *key, const char *title,
                     const struct wt_column *columns, size_t column_count) {
    report->columns = columns;
    report->column_count = column_count;
    report->row_count = 0;
    wt_buffer_clear(&report->cells);
    if (report->is_json) {
        wt_json_open(&report->json, key, '[');
        return;
    }
    wt_buffer_append_text(&report->cells, title);
    wt_buffer_append_char(&report->cells, '\0');
}

void wt_report_row(struct wt_report *report, const struct wt_cell *cells) {
    char text[TEXT_SIZE];
    if (report->is_json)
        wt_json_open(&report->json, NULL, '{');
    for (size_t i = 0; i < report->column_count; i++) {
        if (report->is_json) {
            put_json(report, report->columns[i].key, &cells[i]);
            continue;
        }
        format_cell(report, &cells[i], text);
        wt_buffer_append_char(&report->cells, is_figure(cells[i].kind) ? '#' : ' ');
        wt_buffer_append(&report->cells, text, strlen(text) + 1);
    }
    if (report->is_json)
        wt_json_close(&report->json, '}');
    report->row_count++;
}

static bool is_in_line(const struct wt_column *column) {
    return (column->flags & (WT_COLUMN_BELOW | WT_COLUMN_MACHINE)) == 0;
}

struct measures {
    size_t widths[WT_REPORT_COLUMNS_MAX];
    bool right[WT_REPORT_COLUMNS_MAX];
    size_t last; /* of those that stand in the line */
};

static struct measures measure(const struct wt_report *report, const char *cells) {
    struct measures measures = {0};
    for (size_t i = 0; i < report->column_count; i++) {
        measures.widths[i] = strlen(report->columns[i].heading);
        if (is_in_line(&report->columns[i]))
            measures.last = i;
    }
    for (size_t row = 0; row < report->row_count; row++)
        for (size_t i = 0; i < report->column_count; i++, cells += strlen(cells) + 1) {
            size_t cols = wt_utf8_cols(cells + 1, strlen(cells + 1));
            measures.right[i] = measures.right[i] || cells[0] == '#';
            if (cols > measures.widths[i])
                measures.widths[i] = cols;
        }
    return measures;
}

/* Ends a line, without the spaces before its end. */
static void end_line(struct wt_report *report) {
    struct wt_buffer *out = &report->out;
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    if (out->length == 0 || out->data[out->length - 1] != '\n')
        wt_buffer_append_char(out, '\n');
}

/* The last text of a line goes on below itself, if there is room for that. */
static void put_last(struct wt_report *report, const struct measures *measures, const char *text) {
    size_t indent = 0;
    for (size_t i = 0; i < measures->last; i++)
        indent += is_in_line(&report->columns[i]) ? measures->widths[i] + GAP : 0;
    indent += INDENT;
    if (indent > report->cols / 2)
        wt_buffer_append_text(&report->out, text);
    else
        put_wrapped(report, indent, text);
}

static void put_cell(struct wt_report *report, const struct measures *measures, size_t column,
                     const char *text) {
    size_t cols = wt_utf8_cols(text, strlen(text)), width = measures->widths[column];
    put_spaces(&report->out, column == 0 ? INDENT : GAP);
    if (column == measures->last && !measures->right[column]) {
        put_last(report, measures, text);
        return;
    }
    if (measures->right[column])
        put_spaces(&report->out, width - cols);
    wt_buffer_append_text(&report->out, text);
    if (!measures->right[column])
        put_spaces(&report->out, width - cols);
}

static void put_row(struct wt_report *report, const struct measures *measures,
                    const char *const *cells, const char *const *before) {
    for (size_t i = 0; i < report->column_count; i++) {
        if (!is_in_line(&report->columns[i]))
            continue;
        bool again = (report->columns[i].flags & WT_COLUMN_ONCE) != 0 && before != NULL &&
                     strcmp(cells[i], before[i]) == 0;
        bool blank = again || (report->columns[i].heading[0] == '\0' && cells[i][1] == '-');
        put_cell(report, measures, i, blank ? "" : cells[i] + 1);
    }
    end_line(report);
    for (size_t i = 0; i < report->column_count; i++)
        if ((report->columns[i].flags & WT_COLUMN_BELOW) != 0 && strcmp(cells[i] + 1, "-") != 0)
            wt_report_say(report, 2 * (size_t)INDENT, cells[i] + 1);
}

static void put_table(struct wt_report *report, const char *cells) {
    const char *row[WT_REPORT_COLUMNS_MAX], *before[WT_REPORT_COLUMNS_MAX];
    struct measures measures = measure(report, cells);
    for (size_t i = 0; i < report->column_count; i++)
        if (is_in_line(&report->columns[i]))
            put_cell(report, &measures, i, report->columns[i].heading);
    end_line(report);
    for (size_t at = 0; at < report->row_count; at++) {
        for (size_t i = 0; i < report->column_count; i++, cells += strlen(cells) + 1)
            row[i] = cells;
        put_row(report, &measures, row, at > 0 ? before : NULL);
        memcpy(before, row, sizeof before);
    }
}

void wt_report_end(struct wt_report *report) {
    if (report->is_json) {
        wt_json_close(&report->json, ']');
        return;
    }
    if (report->row_count == 0 || report->cells.failed) {
        report->out.failed = report->out.failed || report->cells.failed;
        return;
    }
    put_title(report, report->cells.data);
    put_table(report, report->cells.data + strlen(report->cells.data) + 1);
}
