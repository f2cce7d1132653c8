/* frame.h - a panel: a border with its title set into it. */
#ifndef WT_UI_WIDGETS_FRAME_H
#define WT_UI_WIDGETS_FRAME_H

#include "ui/canvas.h"

struct wt_frame {
    const char *title;
    const char *name;  /* what the title is about, brighter; "" for none */
    const char *note;  /* at the right end of the upper border; "" for none */
    const char *below; /* at the right end of the lower border; "" for none */
    bool focused;
};

/* Draws the frame and returns the room inside of it (one column of air on both sides). */
struct wt_rect wt_frame_draw(const struct wt_canvas *canvas, struct wt_rect rect,
                             const struct wt_frame *frame);

#endif /* WT_UI_WIDGETS_FRAME_H */
