/* flat_usage.h - what the kernel says of processes and listening sockets, as flat bytes and back.
 * For the files model/flat_*.c only.
 */
#ifndef WT_MODEL_FLAT_USAGE_H
#define WT_MODEL_FLAT_USAGE_H

#include "model/flat_read.h"

/* The slots, usage and listeners of one service. */
void wt_flat_put_usage(struct wt_buffer *out, const struct wt_service *service);
void wt_flat_read_usage(struct wt_flat_reader *reader, struct wt_service *service);

void wt_flat_put_processes(struct wt_buffer *out, const struct wt_snapshot *snapshot);
void wt_flat_read_processes(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                            uint64_t count);

#endif /* WT_MODEL_FLAT_USAGE_H */
