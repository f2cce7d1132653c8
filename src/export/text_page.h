/* text_page.h - plain tables under way: cells in lines of a fixed width. Internal to src/export.
 *
 * Threads: one owner.
 */
#ifndef WT_EXPORT_TEXT_PAGE_H
#define WT_EXPORT_TEXT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "export/columns.h"
#include "model/snapshot.h"

struct wt_page {
    const struct wt_snapshot *snapshot;
    struct wt_time now;
    struct wt_buffer *out;
    size_t cols;
    size_t used; /* columns of the current line */
    struct wt_text_columns services, workers;
};

/* Appends a text in `width` columns, cut with an ellipsis; to the right for numbers. */
void wt_page_cell(struct wt_page *page, size_t width, bool right, const char *text);

/* As many columns as the text needs. */
void wt_page_printf(struct wt_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The rest of the line, and further lines as far indented: a cure must not be cut off. */
void wt_page_wrapped(struct wt_page *page, const char *text);

void wt_page_end_line(struct wt_page *page);

/* The worse, the higher. */
int wt_page_rank(enum wt_verdict verdict);

void wt_page_services(struct wt_page *page);
void wt_page_workers(struct wt_page *page); /* of the worst service */

#endif /* WT_EXPORT_TEXT_PAGE_H */
