/* recorder.c - publishing what threads write, from the outside, without a lock in their way.
 *
 * A record in the region has one writer at any time. Usually that is its thread. But a thread that
 * was preempted in the middle of wt_recorder_step during a switch finishes into the region it had
 * loaded, and may then rest for ever; its record in the new region would stay wrong. So the
 * switcher must be able to write a record too, and this is how it knows that it is alone:
 *
 *   1  slot->region = NULL          steps that begin later keep to their private truth
 *   2  barrier on all threads       membarrier(2): the threads themselves pay nothing. After it,
 *                                   a step that had loaded the old pointer has made its odd
 *                                   sequence number visible
 *   3  truth.sequence is odd?       a step is under way, perhaps with the old pointer: hands off,
 *                                   the next heartbeat tries again
 *      even: nobody is in the record; a consistent copy of the truth goes into it
 *   4  slot->region = record        (whoever stepped in between 1 and 4 published nothing)
 *   5  the next heartbeat compares the sequence numbers of truth and record, and goes to 1 for
 * those that differ. At rest they soon agree.
 *
 * The region that is left is frozen like a segment (cells.c): whatever late steps store there is
 * private, and the monitor may use it for somebody else.
 *
 * In-flight entries and records move as flight.c says. Who gets how much of the ring: with at most
 * WT_RECORDER_DEFAULT_THREADS entries in the region the first writer has half of it, for most
 * workers have one thread, and the others share the rest; with more all share evenly. The first is
 * the one that left a record, or used a label, first, in this region and in the next ones.
 */
#include "client/recorder.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static struct wt_shared_recorder_header *header_of(const struct wt_recorder *recorder) {
    return (struct wt_shared_recorder_header *)(void *)recorder->region.data;
}

static struct wt_shared_recorder_thread *record_of(const struct wt_segment_map *region,
                                                   uint32_t index) {
    return (struct wt_shared_recorder_thread *)(void *)(region->data +
                                                        sizeof(struct wt_shared_recorder_header)) +
           index;
}

/* ---- How many records are used ---- */

/* Never less than is there: the slot's thread and the switcher may both say it. */
static void raise_threads(struct wt_shared_recorder_header *header, uint32_t count) {
    uint32_t said = __atomic_load_n(&header->threads, __ATOMIC_RELAXED);
    while (said < count && !__atomic_compare_exchange_n(&header->threads, &said, count, true,
                                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

/*
 * Slot `index` has its first owner: readers are told before it writes its record. Either this finds
 * the record that the slot has by now, or the switcher, which stores that pointer first, finds the
 * number in used_slots: SEQ_CST on all four. A region that was left meanwhile is private, and stays
 * mapped.
 */
static void use_slot(struct wt_recorder *recorder, uint32_t index) {
    if (index < __atomic_load_n(&recorder->used_slots, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&recorder->used_slots, index + 1, __ATOMIC_SEQ_CST);
    struct wt_shared_recorder_thread *record =
        __atomic_load_n(&recorder->slots[index].region, __ATOMIC_SEQ_CST);
    if (record != NULL)
        raise_threads((struct wt_shared_recorder_header *)(void *)(record - index) - 1, index + 1);
}

/* Slots that have a record in the region. */
static uint32_t published_slots(const struct wt_recorder *recorder) {
    uint32_t fit = wt_recorder_threads_that_fit(recorder->region.size_bytes);
    return fit < recorder->slot_count ? fit : recorder->slot_count;
}

/* The switcher's side. One at least: older readers know no region without. */
static void show_used_slots(const struct wt_recorder *recorder) {
    uint32_t used = __atomic_load_n(&recorder->used_slots, __ATOMIC_SEQ_CST);
    uint32_t most = published_slots(recorder);
    raise_threads(header_of(recorder), used == 0 ? 1 : used < most ? used : most);
}

wt_status wt_recorder_init(struct wt_recorder *recorder, uint32_t threads, struct wt_error *err) {
    *recorder = (struct wt_recorder){.slot_count = threads, .region.fd = -1};
    recorder->slots = aligned_alloc(64, threads * sizeof *recorder->slots);
    if (recorder->slots == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for %u threads", threads);
    recorder->writers = calloc(threads, sizeof(struct wt_flight_writer *));
    if (recorder->writers == NULL) {
        wt_recorder_destroy(recorder);
        return wt_fail(err, WT_ENOMEM, "no memory for %u threads", threads);
    }
    for (uint32_t i = 0; i < threads; i++)
        recorder->slots[i] = (struct wt_track_slot){.label_level = WT_NO_LABEL_LEVEL};
    pthread_mutex_init(&recorder->slot_mutex, NULL);
    return WT_OK;
}

void wt_recorder_destroy(struct wt_recorder *recorder) {
    free(recorder->slots);
    free(recorder->writers);
    recorder->slots = NULL;
    recorder->writers = NULL;
}

struct wt_track_slot *wt_recorder_claim(struct wt_recorder *recorder, const void *owner) {
    struct wt_track_slot *found = NULL;
    pthread_mutex_lock(&recorder->slot_mutex);
    for (uint32_t i = 0; i < recorder->slot_count; i++) {
        struct wt_track_slot *slot = &recorder->slots[i];
        if (slot->owner == owner) {
            found = slot;
            break;
        }
        if (slot->owner == NULL && found == NULL)
            found = slot;
    }
    bool is_new = found != NULL && found->owner != owner;
    if (is_new)
        use_slot(recorder, (uint32_t)(found - recorder->slots));
    if (found != NULL)
        found->owner = owner;
    else
        __atomic_fetch_add(&recorder->threads_beyond, 1, __ATOMIC_RELAXED);
    if (is_new && found->writer != NULL)
        wt_flight_take_over(found->writer);
    pthread_mutex_unlock(&recorder->slot_mutex);
    return found;
}

/* What its thread had under way with a label is over. */
static void forget_labels(struct wt_track_slot *slot) {
    slot->label_level = WT_NO_LABEL_LEVEL;
    if (slot->writer != NULL)
        wt_flight_forget(slot->writer);
}

void wt_recorder_release(struct wt_recorder *recorder, const void *owner) {
    pthread_mutex_lock(&recorder->slot_mutex);
    for (uint32_t i = 0; i < recorder->slot_count; i++)
        if (recorder->slots[i].owner == owner) {
            recorder->slots[i].owner = NULL;
            forget_labels(&recorder->slots[i]);
        }
    pthread_mutex_unlock(&recorder->slot_mutex);
}

/* ---- In-flight table and ring ---- */

struct wt_flight_writer *wt_recorder_add_writer(struct wt_recorder *recorder,
                                                struct wt_track_slot *slot) {
    struct wt_flight_writer *writer = wt_flight_create((uint32_t)(slot - recorder->slots));
    if (writer == NULL)
        return NULL;
    pthread_mutex_lock(&recorder->slot_mutex);
    slot->writer = writer;
    recorder->writers[recorder->writer_count] = writer;
    __atomic_store_n(&recorder->writer_count, recorder->writer_count + 1, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&recorder->slot_mutex);
    return writer;
}

uint64_t wt_recorder_records(const struct wt_recorder *recorder) {
    uint64_t records = 0;
    uint32_t count = __atomic_load_n(&recorder->writer_count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        records += __atomic_load_n(&recorder->writers[i]->published, __ATOMIC_RELAXED);
    return records;
}

/* The part of the ring for the writer that comes as number `rank`, from 0. */
static void divide(const struct wt_recorder_plan *plan, uint32_t rank,
                   struct wt_flight_page *page) {
    uint32_t others = plan->flight_count - 1, even = plan->ring_count / plan->flight_count;
    uint32_t share = others > 0 ? plan->ring_count / 2 / others : 0;
    if (plan->flight_count > WT_RECORDER_DEFAULT_THREADS || share < WT_RING_RECORDS_LEAST)
        share = even;
    uint32_t first = plan->ring_count - others * share;
    page->first = rank == 0 ? 0 : first + (rank - 1) * share;
    page->count = rank == 0 ? first : share;
}

/* A mark that no record has (flight.c). */
static uint64_t next_copy_mark(struct wt_recorder *recorder) {
    return UINT64_C(1) << 63 | ++recorder->copy_count;
}

/* A place in the region for one writer. */
static void seat(struct wt_recorder *recorder, struct wt_flight_writer *writer) {
    unsigned char *region = recorder->region.data;
    const struct wt_recorder_plan *plan = &recorder->plan;
    struct wt_flight_page page = {
        .entry = (struct wt_shared_flight *)(void *)(region + plan->flight_offset) + writer->index,
        .mark = &header_of(recorder)->ring_mark};
    divide(plan, recorder->part_count++, &page);
    page.records = (struct wt_shared_record *)(void *)(region + plan->ring_offset) + page.first;
    wt_flight_offer(writer, &page, recorder->region_serial, next_copy_mark(recorder));
    show_used_slots(recorder); /* there are never more entries than records */
    if (writer->index >= recorder->flight_count)
        recorder->flight_count = writer->index + 1;
    __atomic_store_n(&header_of(recorder)->flight_count, (uint16_t)recorder->flight_count,
                     __ATOMIC_RELEASE);
}

void wt_recorder_settle(struct wt_recorder *recorder) {
    uint32_t count = __atomic_load_n(&recorder->writer_count, __ATOMIC_ACQUIRE);
    __atomic_store_n(&recorder->settled_count, count, __ATOMIC_RELEASE);
    if (!wt_recorder_has_region(recorder))
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct wt_flight_writer *writer = recorder->writers[i];
        if (writer->region_serial == recorder->region_serial)
            wt_flight_refresh(writer, next_copy_mark(recorder));
        else if (writer->index < recorder->plan.flight_count)
            seat(recorder, writer);
    }
}

/* ---- Moving busy time ---- */

/* Every thread of this process passes a full memory barrier before this returns. */
static void barrier_on_all_threads(void) {
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    if (errno == EPERM &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    /* No membarrier here (an old kernel, a sandbox). Store buffers empty within nanoseconds; wait
     * a thousand times longer than that. Our own stores before this were SEQ_CST. */
    struct timespec pause = {.tv_nsec = 200000};
    nanosleep(&pause, NULL);
}

static void publish_nothing(struct wt_recorder *recorder) {
    for (uint32_t i = 0; i < recorder->slot_count; i++)
        __atomic_store_n(&recorder->slots[i].region, NULL, __ATOMIC_SEQ_CST);
}

/* Step 3: copies the truth into the record unless a step is under way. */
static void publish_truth(const struct wt_track_slot *slot,
                          struct wt_shared_recorder_thread *record) {
    const struct wt_shared_recorder_thread *truth = &slot->truth;
    uint64_t sequence = __atomic_load_n(&truth->sequence, __ATOMIC_ACQUIRE);
    uint64_t active = __atomic_load_n(&truth->active, __ATOMIC_ACQUIRE);
    uint64_t area_ns = __atomic_load_n(&truth->area_ns, __ATOMIC_ACQUIRE);
    uint64_t moved_ns = __atomic_load_n(&truth->moved_ns, __ATOMIC_ACQUIRE);
    if (sequence % 2 != 0 || __atomic_load_n(&truth->sequence, __ATOMIC_RELAXED) != sequence)
        return;
    __atomic_store_n(&record->sequence, sequence + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&record->active, active, __ATOMIC_RELEASE);
    __atomic_store_n(&record->area_ns, area_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&record->moved_ns, moved_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&record->sequence, sequence, __ATOMIC_RELEASE);
}

static bool is_published(const struct wt_track_slot *slot,
                         const struct wt_shared_recorder_thread *record) {
    return __atomic_load_n(&slot->region, __ATOMIC_RELAXED) == record &&
           __atomic_load_n(&record->sequence, __ATOMIC_ACQUIRE) ==
               __atomic_load_n(&slot->truth.sequence, __ATOMIC_ACQUIRE);
}

/* Steps 1 to 4 for all slots whose record differs from their truth. */
static void synchronise(struct wt_recorder *recorder) {
    uint32_t count = published_slots(recorder);
    bool stale[WT_RECORDER_MAX_THREADS] = {false};
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        stale[i] = !is_published(&recorder->slots[i], record_of(&recorder->region, i));
        if (stale[i]) {
            any = true;
            __atomic_store_n(&recorder->slots[i].region, NULL, __ATOMIC_SEQ_CST);
        }
    }
    if (!any)
        return;
    barrier_on_all_threads();
    for (uint32_t i = 0; i < count; i++) {
        if (!stale[i])
            continue;
        struct wt_shared_recorder_thread *record = record_of(&recorder->region, i);
        publish_truth(&recorder->slots[i], record);
        __atomic_store_n(&recorder->slots[i].region, record, __ATOMIC_SEQ_CST);
    }
    show_used_slots(recorder);
}

/* Threads without a slot, and those whose slot has no record because the region has fewer of them
 * than we have slots. */
static uint32_t count_beyond(const struct wt_recorder *recorder) {
    uint32_t count = __atomic_load_n(&recorder->threads_beyond, __ATOMIC_RELAXED);
    for (uint32_t i = published_slots(recorder); i < recorder->slot_count; i++)
        count += __atomic_load_n(&recorder->slots[i].truth.sequence, __ATOMIC_RELAXED) != 0;
    return count;
}

static void write_header(struct wt_recorder *recorder, uint64_t now_ns) {
    struct wt_shared_recorder_header *header = header_of(recorder);
    show_used_slots(recorder);
    __atomic_store_n(&header->heartbeat_ns, now_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&header->started_ns, recorder->started_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&header->process_id, (uint64_t)getpid(), __ATOMIC_RELAXED);
    __atomic_store_n(&header->threads_beyond, count_beyond(recorder), __ATOMIC_RELAXED);
    const struct wt_recorder_plan *plan = &recorder->plan;
    __atomic_store_n(&header->flight_offset, plan->flight_offset, __ATOMIC_RELAXED);
    __atomic_store_n(&header->ring_offset, plan->ring_offset, __ATOMIC_RELAXED);
    __atomic_store_n(&header->flight_bytes, sizeof(struct wt_shared_flight), __ATOMIC_RELAXED);
    __atomic_store_n(&header->record_bytes, sizeof(struct wt_shared_record), __ATOMIC_RELAXED);
    __atomic_store_n(&header->ring_count, (uint16_t)plan->ring_count, __ATOMIC_RELAXED);
    __atomic_store_n(&header->version, WT_SHARED_RECORDER_VERSION, __ATOMIC_RELEASE);
}

/* Nobody publishes into the region any more, nor ever will. */
static wt_status leave_region(struct wt_recorder *recorder, struct wt_error *err) {
    wt_status status = wt_segment_map_freeze(&recorder->region, err);
    if (status != WT_OK)
        return status;
    publish_nothing(recorder);
    for (uint32_t i = 0; i < __atomic_load_n(&recorder->writer_count, __ATOMIC_ACQUIRE); i++)
        wt_flight_withdraw(recorder->writers[i]);
    wt_segment_map_retire(&recorder->region);
    recorder->region = (struct wt_segment_map){.fd = -1};
    return WT_OK;
}

wt_status wt_recorder_attach(struct wt_recorder *recorder, const char *path, uint64_t size,
                             uint64_t offset, uint64_t now_ns, struct wt_error *err) {
    if (wt_recorder_threads_that_fit(size) == 0)
        return wt_fail(err, WT_ERANGE, "a recorder region of %llu bytes is too small: at least %zu",
                       (unsigned long long)size, wt_recorder_bytes(1));
    if (!wt_recorder_has_region(recorder) ||
        !wt_segment_map_is_at(&recorder->region, path, size, offset)) {
        struct wt_segment_map next;
        wt_status status = wt_segment_map_open(path, size, offset, &next, err);
        if (status != WT_OK)
            return status;
        status = leave_region(recorder, err);
        if (status != WT_OK) {
            wt_segment_map_close(&next);
            return status;
        }
        recorder->region = next;
        recorder->started_ns = now_ns;
        recorder->plan = wt_recorder_plan(size, recorder->slot_count);
        recorder->region_serial++;
        recorder->part_count = recorder->flight_count = 0;
    }
    synchronise(recorder);
    wt_recorder_settle(recorder);
    write_header(recorder, now_ns);
    return WT_OK;
}

bool wt_recorder_heartbeat(struct wt_recorder *recorder, uint64_t now_ns) {
    if (!wt_recorder_has_region(recorder))
        return false;
    write_header(recorder, now_ns); /* the first touch of the page */
    if (wt_segment_map_is_broken(&recorder->region)) {
        leave_region(recorder, NULL);
        return true;
    }
    synchronise(recorder);
    wt_recorder_settle(recorder);
    return false;
}

void wt_recorder_detach(struct wt_recorder *recorder, const void *owner) {
    wt_segment_map_freeze(&recorder->region, NULL);
    for (uint32_t i = 0; i < recorder->slot_count; i++)
        if (recorder->slots[i].owner != owner) {
            recorder->slots[i].owner = NULL;
            forget_labels(&recorder->slots[i]);
        }
}

void wt_recorder_reset(struct wt_recorder *recorder) {
    leave_region(recorder, NULL);
    for (uint32_t i = 0; i < recorder->slot_count; i++) {
        struct wt_shared_recorder_thread *truth = &recorder->slots[i].truth;
        __atomic_store_n(&truth->active, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&truth->area_ns, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&truth->moved_ns, 0, __ATOMIC_RELEASE);
        recorder->slots[i].label_level = WT_NO_LABEL_LEVEL;
        if (recorder->slots[i].writer != NULL)
            wt_flight_reset(recorder->slots[i].writer);
        /* A thread that the fork caught in the middle of a step left it odd, and is not here to
         * end that step: whoever gets its slot would look half-way at rest, for ever. */
        __atomic_store_n(&truth->sequence, 0, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&recorder->threads_beyond, 0, __ATOMIC_RELAXED);
    uint32_t used = 0;
    for (uint32_t i = 0; i < recorder->slot_count; i++)
        used = recorder->slots[i].owner != NULL ? i + 1 : used;
    __atomic_store_n(&recorder->used_slots, used, __ATOMIC_RELAXED);
}

void wt_recorder_say_goodbye(const struct wt_recorder *recorder) {
    if (!wt_recorder_has_region(recorder))
        return;
    __atomic_store_n(&header_of(recorder)->goodbye, 1, __ATOMIC_RELEASE);
}

void wt_recorder_fini(struct wt_recorder *recorder) {
    leave_region(recorder, NULL);
}
