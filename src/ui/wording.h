/* wording.h - what a verdict says, made to fit: what to do is never cut off before the evidence is.
 *
 *     saturated for 41s: 97% busy (97 of 100), 12 queued; +2 workers (11 in all), to bring it to
 * 75%
 *     \------------------- what -----------------------/  \--------------- cure ---------------/
 *
 * Room-internal. No allocation.
 */
#ifndef WT_UI_WORDING_H
#define WT_UI_WORDING_H

#include <stdbool.h>

#include "ui/grid.h"

enum { WT_WORDING_SIZE = 640, WT_WORDING_ROWS = 2 };

/* cure is "" when the sentence names none. */
struct wt_wording {
    char what[WT_WORDING_SIZE], cure[WT_WORDING_SIZE];
};

void wt_wording_init(struct wt_wording *wording, const char *sentence);

/* Leaves out what is missed least: what stands in parentheses, then evidence from its end, then the
 * second half of the cure, then the rest of the evidence. False when only the core is left. */
bool wt_wording_shorten(struct wt_wording *wording);

/* A sentence on one or two rows. */
struct wt_worded {
    char what[WT_WORDING_ROWS][WT_WORDING_SIZE]; /* of each row */
    char cure[WT_WORDING_SIZE];                  /* behind the last of them that is used */
    int rows;
};

/* `cols` are those of the first and of the second row; arrow_cols those of the sign between what
 * and cure, with the air before it. Two rows are used only when one would lose more than
 * parentheses, and `most` allows it. */
void wt_wording_fit(const char *sentence, const int cols[WT_WORDING_ROWS], int arrow_cols, int most,
                    struct wt_worded *out);

#endif /* WT_UI_WORDING_H */
