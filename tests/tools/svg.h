/* svg.h - a terminal's screen as a picture: every cell placed by its column, so that the picture is
 * the same grid whatever the font does. Box lines, blocks and braille are drawn as shapes: they
 * join.
 */
#ifndef WT_TESTS_SVG_H
#define WT_TESTS_SVG_H

#include "base/buffer.h"
#include "support/pty.h"

struct wt_svg_options {
    int cols, rows;
    int32_t foreground, background; /* 0xRRGGBB of the terminal's defaults */
};

/* Appends one SVG document. */
void wt_svg_write(struct wt_pty *pty, const struct wt_svg_options *options, struct wt_buffer *out);

#endif /* WT_TESTS_SVG_H */
