/* layout.h - rows shared among panes that are stacked: by need, then by weight. */
#ifndef WT_UI_LAYOUT_H
#define WT_UI_LAYOUT_H

#include <stddef.h>

struct wt_slot {
    int least;  /* rows below which the pane is left out */
    int want;   /* rows with which it shows everything it has to say now */
    int weight; /* share of what is left when all have what they want */
    int rank;   /* 0: never left out; otherwise the highest goes first */
    int most;   /* rows above which it would be empty, 0: none */
    int rows;   /* the result; 0: left out */
};

/* Shares `rows`. What the panes of rank 0 need beyond that is cut from the last of them. */
void wt_layout_stack(struct wt_slot *slots, size_t count, int rows);

#endif /* WT_UI_LAYOUT_H */
