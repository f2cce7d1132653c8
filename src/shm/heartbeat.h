/* heartbeat.h - what the head of a recorder region says of its worker's life. Nothing in it is
 * trusted: it decides words and marks only.
 *
 * Threads: any number of readers beside the region's writer.
 */
#ifndef WT_SHM_HEARTBEAT_H
#define WT_SHM_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "shm/layout.h"

/* The last heartbeat, or `since_ns` (when the region was taken up, or the last beat that was seen)
 * while there is none after it; 0 when nobody can tell: the region was written by a newer version.
 * One that lies in the future is no heartbeat, or a broken worker would look alive for ever; a beat
 * that came since this look began is. */
static inline int64_t wt_heartbeat_read(const unsigned char *region, int64_t since_ns,
                                        int64_t now_ns) {
    const struct wt_shared_recorder_header *header =
        (const struct wt_shared_recorder_header *)(const void *)region;
    uint32_t version = __atomic_load_n(&header->version, __ATOMIC_ACQUIRE);
    if (version > WT_SHARED_RECORDER_VERSION)
        return 0;
    if (version == 0)
        return since_ns;
    int64_t beat = (int64_t)__atomic_load_n(&header->heartbeat_ns, __ATOMIC_RELAXED);
    if (beat > now_ns)
        beat = beat - now_ns < WT_NS_PER_S ? now_ns : since_ns;
    return beat > since_ns ? beat : since_ns;
}

/* Whether the worker said that it leaves by itself. */
static inline bool wt_goodbye_was_said(const unsigned char *region) {
    const struct wt_shared_recorder_header *header =
        (const struct wt_shared_recorder_header *)(const void *)region;
    return __atomic_load_n(&header->version, __ATOMIC_ACQUIRE) == WT_SHARED_RECORDER_VERSION &&
           __atomic_load_n(&header->goodbye, __ATOMIC_ACQUIRE) == 1;
}

#endif /* WT_SHM_HEARTBEAT_H */
