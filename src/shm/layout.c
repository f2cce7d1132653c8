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

static size_t line_up(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

size_t wt_recorder_stride(uint32_t threads) {
    threads = bounded_threads(threads);
    uint32_t records = wt_recorder_is_wide(threads) ? WT_RING_RECORDS_WIDE : WT_RING_RECORDS;
    size_t stride = line_up(wt_recorder_bytes(threads)) +
                    threads * sizeof(struct wt_shared_flight) +
                    records * sizeof(struct wt_shared_record);
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

struct wt_recorder_plan wt_recorder_plan(size_t bytes, uint32_t threads) {
    enum { ENTRY = sizeof(struct wt_shared_flight), RECORD = sizeof(struct wt_shared_record) };
    uint32_t fit = wt_recorder_threads_that_fit(bytes);
    threads = bounded_threads(threads);
    struct wt_recorder_plan plan = {.threads = threads < fit ? threads : fit};
    size_t begin = line_up(wt_recorder_bytes(plan.threads));
    size_t room = bytes > begin ? bytes - begin : 0;
    size_t entries = room / (ENTRY + WT_RING_RECORDS_LEAST * RECORD);
    if (entries > plan.threads)
        entries = plan.threads;
    if (entries == 0)
        return plan;
    size_t records = (room - entries * ENTRY) / RECORD;
    plan.flight_offset = (uint32_t)begin;
    plan.flight_count = (uint32_t)entries;
    plan.ring_offset = (uint32_t)(begin + entries * ENTRY);
    plan.ring_count = records < UINT16_MAX ? (uint32_t)records : UINT16_MAX;
    return plan;
}

/* One record, which has a sequence number, under it. False when it was never still for two looks.
 */
static bool read_thread(const struct wt_shared_recorder_thread *record, uint64_t before,
                        uint64_t *active, uint64_t *area_ns) {
    for (int i = 0; i < WT_RECORDER_READ_TRIES; i++) {
        if (i > 0)
            before = __atomic_load_n(&record->sequence, __ATOMIC_ACQUIRE);
        if (before % 2 != 0)
            continue;
        *active = __atomic_load_n(&record->active, __ATOMIC_ACQUIRE);
        *area_ns = __atomic_load_n(&record->area_ns, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&record->sequence, __ATOMIC_RELAXED) == before)
            return true;
    }
    return false;
}

/* Sums in variables of their own: others write the records, and nothing may be kept over a load. */
static void read_threads(const struct wt_shared_recorder_thread *records, uint32_t count,
                         uint64_t now_ns, struct wt_recorder_reading *out) {
    uint32_t used = 0, torn = 0;
    uint64_t active_sum = 0, busy_ns = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t active;
        uint64_t area_ns;
        uint64_t sequence = __atomic_load_n(&records[i].sequence, __ATOMIC_ACQUIRE);
        if (sequence == 0)
            continue; /* never written: all of it is 0 */
        used++;
        if (!read_thread(&records[i], sequence, &active, &area_ns)) {
            torn++;
            continue;
        }
        active_sum += active;
        busy_ns += area_ns + active * now_ns;
    }
    out->used = used;
    out->torn = torn;
    out->active = active_sum;
    out->busy_ns = busy_ns;
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
    uint32_t threads = __atomic_load_n(&header->threads, __ATOMIC_ACQUIRE);
    if (threads > wt_recorder_threads_that_fit(bytes))
        return WT_RECORDER_BROKEN;
    out->threads = threads;
    out->threads_beyond = __atomic_load_n(&header->threads_beyond, __ATOMIC_RELAXED);
    out->heartbeat_ns = __atomic_load_n(&header->heartbeat_ns, __ATOMIC_RELAXED);
    out->started_ns = __atomic_load_n(&header->started_ns, __ATOMIC_RELAXED);
    read_threads((const void *)(header + 1), threads, now_ns, out);
    return WT_RECORDER_READY;
}
