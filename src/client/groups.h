/* groups.h - fields of one worktop that agree with each other, wherever they are published.
 *
 * A group is a few one-writer words and the word of its sequence number, which lies behind the last
 * field. The values and the number in private memory are the truth; the words in the segment are
 * for a monitor to read. groups.c has the essay on how a group moves to another segment.
 *
 * Threads: as cells.h; worktop_group_move (worktop.h) belongs to the group's one writer.
 */
#ifndef WT_CLIENT_GROUPS_H
#define WT_CLIENT_GROUPS_H

#include <worktop/worktop.h>

#include "client/cells.h"

/* How many of these fields' groups there are. */
uint32_t wt_groups_count(const struct worktop_field *fields, uint32_t count);

/* The number of the group that a field of this form belongs to; 0 for none. */
uint32_t wt_groups_of_form(enum worktop_form form);

/* Fills cells->groups from the cells, which are at cells->data. */
void wt_groups_init(struct wt_cells *cells);

/* NULL when no field is in it. */
struct wt_cell_group *wt_groups_find(const struct wt_cells *cells, uint32_t number);

/* All groups are to be published at `data` from now on; what was there before is private by now. */
void wt_groups_switch(struct wt_cells *cells, unsigned char *data);

/* Publishes again those that their writers have not moved yet. */
void wt_groups_refresh(const struct wt_cells *cells);

/* All of them at cells->data, which is all 0, as the values are. For a forked child. */
void wt_groups_reset(struct wt_cells *cells);

#endif /* WT_CLIENT_GROUPS_H */
