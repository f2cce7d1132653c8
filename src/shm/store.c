/* store.c - states of segments: who has which, the free queue, quarantine. The file itself is made
 * in store_file.c, grown in store_growth.c, read in store_read.c, checked in store_validate.c. */
#include "shm/store.h"

#include <string.h>

#include "shm/store_private.h"

/* ---- the free queue ---------------------------------------------------------------------- */

static void append(struct wt_store *store, uint32_t first, uint32_t last, uint32_t length) {
    if (store->counts.free == 0)
        store->head = first;
    else
        store->records[store->tail].link = first - store->tail - 1;
    store->tail = last;
    store->counts.free += length;
}

void wt_store_append_fresh(struct wt_store *store, uint32_t begin, uint32_t end) {
    if (begin == end)
        return;
    append(store, begin, end - 1, end - begin);
    store->counts.segments += end - begin;
}

static void append_dirty(struct wt_store *store, uint32_t segment) {
    append(store, segment, segment, 1);
    store->records[segment].dirty = true;
    store->states[segment] = WT_STORE_FREE;
    store->counts.dirty++;
    if (store->unclean == WT_SEGMENT_NONE)
        store->unclean = segment;
}

/* Zeroes `count` segments that lie side by side. */
static void zero(struct wt_store *store, uint32_t first, uint32_t count) {
    memset(wt_store_bytes(store, first), 0, (size_t)count * store->segment_bytes);
}

/* Takes the oldest free segment out, clean. The queue is not empty. */
static uint32_t take_head(struct wt_store *store) {
    uint32_t segment = store->head;
    uint32_t after = wt_store_after(store, segment);
    if (store->records[segment].dirty) {
        zero(store, segment, 1);
        store->records[segment].dirty = false;
        store->counts.dirty--;
    }
    if (store->counts.dirty == 0)
        store->unclean = WT_SEGMENT_NONE;
    else if (store->unclean == segment)
        store->unclean = after;
    store->head = after;
    store->counts.free--;
    return segment;
}

/* How many dirty segments, at most `limit`, follow one another in the queue and in memory, from
 * `unclean` on; they are marked clean, `unclean` moves behind them. */
static uint32_t take_dirty_run(struct wt_store *store, size_t limit) {
    struct wt_store_record *records = store->records;
    uint64_t most = store->counts.dirty < limit ? store->counts.dirty : limit;
    uint32_t first = store->unclean;
    uint32_t length = 0;
    uint32_t link = 0; /* 0: the next in the queue is the next in memory, nothing to wait for */
    while (length < most && link == 0 && records[first + length].dirty) {
        records[first + length].dirty = false;
        link = records[first + length].link;
        length++;
    }
    store->unclean = first + length + link;
    store->counts.dirty -= length;
    return length;
}

size_t wt_store_clean(struct wt_store *store, size_t limit) {
    while (limit > 0 && store->counts.dirty > 0) {
        uint32_t first = store->unclean;
        uint32_t length = take_dirty_run(store, limit);
        if (length > 0)
            zero(store, first, length);
        else /* a new segment between used ones */
            store->unclean = wt_store_after(store, first);
        limit -= length > 0 ? length : 1;
    }
    if (store->counts.dirty == 0)
        store->unclean = WT_SEGMENT_NONE;
    return (size_t)store->counts.dirty;
}

/* ---- verbs ------------------------------------------------------------------------------- */

static wt_status refuse_broken(const struct wt_store *store, struct wt_error *err) {
    return wt_fail(err, WT_EDEAD, "%s: no segment is handed out any more", wt_store_problem(store));
}

/* Enters the segment into the books as worker_id's. */
static wt_status enter(struct wt_store *store, uint64_t worker_id, uint32_t segment,
                       struct wt_error *err) {
    bool taken;
    if (wt_owners_put(&store->owners, worker_id, segment, &taken))
        return WT_OK;
    if (taken)
        return wt_fail(err, WT_EEXIST, "worker %llu has segment %u already",
                       (unsigned long long)worker_id, wt_owners_get(&store->owners, worker_id));
    return wt_fail(err, WT_ENOMEM, "cannot keep the books of worker %llu: out of memory",
                   (unsigned long long)worker_id);
}

static void hand_out(struct wt_store *store, uint64_t worker_id, uint32_t segment,
                     const struct wt_schema *schema) {
    struct wt_store_record *record = &store->records[segment];
    record->owner = worker_id;
    record->schema = wt_schema_ref(schema);
    record->generation++;
    store->states[segment] = WT_STORE_ALLOCATED;
    store->counts.allocated++;
}

wt_status wt_store_allocate(struct wt_store *store, uint64_t worker_id,
                            const struct wt_schema *schema, struct wt_time now, uint32_t *segment,
                            struct wt_error *err) {
    if (worker_id == UINT64_MAX)
        return wt_fail(err, WT_EINVAL, "worker id %llu means nobody",
                       (unsigned long long)worker_id);
    if (wt_store_is_broken(store)) {
        store->counts.refused++;
        return refuse_broken(store, err);
    }
    if (store->counts.free == 0) {
        if (wt_owners_get(&store->owners, worker_id) != WT_SEGMENT_NONE)
            return enter(store, worker_id, 0, err);
        wt_status status = wt_store_grow_now(store, now, err);
        if (status != WT_OK) {
            store->counts.refused += status == WT_EFULL;
            return status;
        }
    }
    wt_status status = enter(store, worker_id, store->head, err);
    if (status != WT_OK)
        return status;
    *segment = take_head(store);
    hand_out(store, worker_id, *segment, schema);
    return WT_OK;
}

bool wt_store_free(struct wt_store *store, uint64_t worker_id, enum wt_store_free how,
                   uint32_t *segment) {
    uint32_t index = wt_owners_remove(&store->owners, worker_id);
    if (index == WT_SEGMENT_NONE)
        return false;
    struct wt_store_record *record = &store->records[index];
    wt_schema_unref(record->schema);
    record->schema = NULL;
    store->counts.allocated--;
    switch (how) {
    case WT_STORE_FREE_NOW:
        append_dirty(store, index);
        break;
    case WT_STORE_QUARANTINE:
        store->states[index] = WT_STORE_QUARANTINED;
        store->counts.quarantined++;
        break;
    }
    if (segment != NULL)
        *segment = index;
    return true;
}

bool wt_store_release(struct wt_store *store, uint32_t segment) {
    if (wt_store_state_of(store, segment) != WT_STORE_QUARANTINED)
        return false;
    store->counts.quarantined--;
    append_dirty(store, segment);
    return true;
}

wt_status wt_store_reclaim(struct wt_store *store, uint64_t worker_id, uint32_t segment,
                           const struct wt_schema *schema, struct wt_error *err) {
    if (worker_id == UINT64_MAX)
        return wt_fail(err, WT_EINVAL, "worker id %llu means nobody",
                       (unsigned long long)worker_id);
    if (wt_store_is_broken(store))
        return refuse_broken(store, err);
    if (wt_store_state_of(store, segment) != WT_STORE_QUARANTINED)
        return wt_fail(err, WT_ENOENT, "segment %u is not in quarantine", segment);
    wt_status status = enter(store, worker_id, segment, err);
    if (status != WT_OK)
        return status;
    zero(store, segment, 1);
    store->counts.quarantined--;
    hand_out(store, worker_id, segment, schema);
    return WT_OK;
}

bool wt_store_update_schema(struct wt_store *store, uint64_t worker_id,
                            const struct wt_schema *schema) {
    uint32_t segment = wt_owners_get(&store->owners, worker_id);
    if (segment == WT_SEGMENT_NONE)
        return false;
    const struct wt_schema *old = store->records[segment].schema;
    store->records[segment].schema = wt_schema_ref(schema);
    wt_schema_unref(old);
    return true;
}

/* ---- questions --------------------------------------------------------------------------- */

bool wt_store_allocation(const struct wt_store *store, uint64_t worker_id,
                         struct wt_allocation *out) {
    uint32_t segment = wt_owners_get(&store->owners, worker_id);
    if (segment == WT_SEGMENT_NONE)
        return false;
    const struct wt_store_record *record = &store->records[segment];
    *out = (struct wt_allocation){
        .worker_id = worker_id,
        .segment = segment,
        .generation = record->generation,
        .offset_bytes = wt_store_offset(store, segment),
        .schema = record->schema,
    };
    return true;
}

enum wt_store_state wt_store_state_of(const struct wt_store *store, uint32_t segment) {
    return segment < store->counts.segments ? (enum wt_store_state)store->states[segment]
                                            : WT_STORE_FREE;
}

uint64_t wt_store_owner_of(const struct wt_store *store, uint32_t segment) {
    if (wt_store_state_of(store, segment) == WT_STORE_FREE)
        return UINT64_MAX;
    return store->records[segment].owner;
}

uint32_t wt_store_generation_of(const struct wt_store *store, uint32_t segment) {
    return segment < store->counts.segments ? store->records[segment].generation : 0;
}

const unsigned char *wt_store_segment(const struct wt_store *store, uint32_t segment) {
    return segment < store->counts.segments ? wt_store_bytes(store, segment) : NULL;
}

const unsigned char *wt_store_base(const struct wt_store *store) {
    return store->base;
}

const char *wt_store_path(const struct wt_store *store) {
    return store->path;
}

void wt_store_identity(const struct wt_store *store, uint64_t *device, uint64_t *inode) {
    *device = store->device;
    *inode = store->inode;
}

uint64_t wt_store_size(const struct wt_store *store) {
    return store->size_bytes;
}

uint64_t wt_store_max_bytes(const struct wt_store *store) {
    return store->max_bytes;
}

uint32_t wt_store_segment_bytes(const struct wt_store *store) {
    return store->segment_bytes;
}

struct wt_store_counts wt_store_counts(const struct wt_store *store) {
    return store->counts;
}

const uint8_t *wt_store_states(const struct wt_store *store) {
    return store->states;
}
