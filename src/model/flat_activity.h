/* flat_activity.h - activity.h as flat bytes, the end of a tick part. For the files model/flat_*.c
 * only. */
#ifndef WT_MODEL_FLAT_ACTIVITY_H
#define WT_MODEL_FLAT_ACTIVITY_H

#include "model/activity.h"
#include "model/flat_read.h"

void wt_flat_put_activity(struct wt_buffer *out, const struct wt_activity *activity);
void wt_flat_read_activity(struct wt_flat_reader *reader, struct wt_activity *activity);

#endif /* WT_MODEL_FLAT_ACTIVITY_H */
