#include "shm/layout.h"

#include <string.h>

static uint32_t bounded_threads(uint32_t threads) {
    if (threads < 1)
        return 1;
    return threads > WT_RECORDER_MAX_THREADS ? WT_RECORDER_MAX_THREADS : threads;
}

size_t wt_recorder_bytes(uint32_t threads) {
    return sizeof(struct wt_shared_recorder_header) +
           bounded_threads(threads) * sizeof(struct wt_shared_recorder_thread);
}

size_t wt_recorder_stride(uint32_t threads) {
    size_t stride = (wt_recorder_bytes(threads) + 63) / 64 * 64;
    return stride % 4096 == 0 ? stride + 64 : stride;
}

bool wt_recorder_is_wide(uint32_t threads) {
    return threads > WT_RECORDER_DEFAULT_THREADS;
}

uint32_t wt_recorder_threads_that_fit(size_t bytes) {
    if (bytes < wt_recorder_bytes(1))
        return 0;
    size_t fit = (bytes - sizeof(struct wt_shared_recorder_header)) /
                 sizeof(struct wt_shared_recorder_thread);
    return fit > WT_RECORDER_MAX_THREADS ? WT_RECORDER_MAX_THREADS : (uint32_t)fit;
}

/* One record under its sequence number. False when it was never still for two looks. */
static bool read_thread(const struct wt_shared_recorder_thread *record, uint64_t *active,
                        uint64_t *area_ns) {
    for (int i = 0; i < WT_RECORDER_READ_TRIES; i++) {
        uint64_t before = __atomic_load_n(&record->sequence, __ATOMIC_ACQUIRE);
        if (before % 2 != 0)
            continue;
        *active = __atomic_load_n(&record->active, __ATOMIC_ACQUIRE);
        *area_ns = __atomic_load_n(&record->area_ns, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&record->sequence, __ATOMIC_RELAXED) == before)
            return true;
    }
    return false;
}

enum wt_recorder_state wt_recorder_read(const void *region, size_t bytes, uint64_t now_ns,
                                        struct wt_recorder_reading *out) {
    const struct wt_shared_recorder_header *header = region;
    memset(out, 0, sizeof *out);
    if (bytes < sizeof *header)
        return WT_RECORDER_BROKEN;
    uint32_t version = __atomic_load_n(&header->version, __ATOMIC_ACQUIRE);
    if (version == 0)
        return WT_RECORDER_NOT_READY;
    if (version > WT_SHARED_RECORDER_VERSION)
        return WT_RECORDER_NEWER;
    uint32_t threads = __atomic_load_n(&header->threads, __ATOMIC_RELAXED);
    if (threads > wt_recorder_threads_that_fit(bytes))
        return WT_RECORDER_BROKEN;
    out->threads = threads;
    out->threads_beyond = __atomic_load_n(&header->threads_beyond, __ATOMIC_RELAXED);
    out->heartbeat_ns = __atomic_load_n(&header->heartbeat_ns, __ATOMIC_RELAXED);
    out->started_ns = __atomic_load_n(&header->started_ns, __ATOMIC_RELAXED);
    const struct wt_shared_recorder_thread *records = (const void *)(header + 1);
    for (uint32_t i = 0; i < threads; i++) {
        uint64_t active;
        uint64_t area_ns;
        if (!read_thread(&records[i], &active, &area_ns)) {
            out->torn++;
            continue;
        }
        out->active += active;
        out->busy_ns += area_ns + active * now_ns;
    }
    return WT_RECORDER_READY;
}
