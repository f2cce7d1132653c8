/* odd_memory.h - which worker of a service has the most resident memory, and what is usual there.
 *
 * A process counts once, however many workers it plays. O(workers x log processes): not for every
 * look. Pure. Threads: the scratch has one owner.
 */
#ifndef WT_MODEL_ODD_MEMORY_H
#define WT_MODEL_ODD_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* All zero: empty. */
struct wt_odd_memory_scratch {
    uint64_t *bytes; /* of the processes of one service; owned */
    bool *seen;      /* by process of the snapshot; owned */
    size_t capacity;
};

void wt_odd_memory_fini(struct wt_odd_memory_scratch *scratch);

struct wt_odd_memory {
    uint64_t worker_id; /* of the process with the most; 0: nothing is known */
    int64_t worker_pid;
    double most_bytes, median_bytes;
    uint32_t process_count; /* whose memory is known */
};

/* Of the service with this index. All zero without processes, and without memory. */
struct wt_odd_memory wt_odd_memory_find(const struct wt_snapshot *snapshot, size_t service,
                                        struct wt_odd_memory_scratch *scratch);

#endif /* WT_MODEL_ODD_MEMORY_H */
