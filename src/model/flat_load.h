/* flat_load.h - the load of a service in a tick part, for the files model/flat_*.c only. */
#ifndef WT_MODEL_FLAT_LOAD_H
#define WT_MODEL_FLAT_LOAD_H

#include "model/flat_decode.h"

void wt_flat_put_load(struct wt_buffer *out, const struct wt_load *load);

/* Figures that no monitor writes (below 0, infinite) are unknown. */
struct wt_load wt_flat_read_load(struct wt_flat_reader *reader);

#endif /* WT_MODEL_FLAT_LOAD_H */
