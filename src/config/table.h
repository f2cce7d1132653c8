/* table.h - the rows of WT_OPTION_MAP, and how one value is read into struct wt_options. Inner
 * header of src/config.
 *
 * Threads: no shared state.
 */
#ifndef WT_CONFIG_TABLE_H
#define WT_CONFIG_TABLE_H

#include <stddef.h>

#include "base/number.h"
#include "config/options.h"

enum wt_option_type {
    WT_OPTION_TYPE_text,
    WT_OPTION_TYPE_list,
    WT_OPTION_TYPE_seconds,
    WT_OPTION_TYPE_bytes,
    WT_OPTION_TYPE_real,
    WT_OPTION_TYPE_count,
    WT_OPTION_TYPE_flag,
    WT_OPTION_TYPE_mode,
    WT_OPTION_TYPE_loglevel
};

struct wt_option_row {
    const char *name;
    char letter;
    enum wt_option_type type;
    unsigned commands;
    double least, most;
    const char *preset, *argument, *help;
    size_t offset; /* of the value in struct wt_options */
};

extern const struct wt_option_row wt_option_rows[WT_OPTION_COUNT];

/* Puts the value into *options; the error begins with the value and says what would be right. */
wt_status wt_option_read_text(struct wt_options *options, const struct wt_option_row *row,
                              const char *text, struct wt_error *err);

/* The same for a number: seconds, bytes, a real or a count. */
wt_status wt_option_read_number(struct wt_options *options, const struct wt_option_row *row,
                                struct wt_number number, struct wt_error *err);

/* "must be 0.1 to 86400 seconds": what would be right for this row. */
void wt_option_describe(const struct wt_option_row *row, char *out, size_t size);

/* The value as one would write it; "" for a text that is not given. */
void wt_option_show(const struct wt_options *options, const struct wt_option_row *row,
                    struct wt_buffer *out);

bool wt_option_is_same(const struct wt_options *a, const struct wt_options *b,
                       const struct wt_option_row *row);

#endif /* WT_CONFIG_TABLE_H */
