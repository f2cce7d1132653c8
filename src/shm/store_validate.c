/* store_validate.c - the store's books, gone through from the first entry to the last. */
#include <stdlib.h>

#include "shm/store_private.h"

#define ULL(x) ((unsigned long long)(x))

/* Every segment by its state, against the counts and the owners. */
static wt_status check_states(const struct wt_store *store, struct wt_error *err) {
    uint64_t seen[3] = {0};
    for (uint32_t i = 0; i < store->counts.segments; i++) {
        if (store->states[i] > WT_STORE_QUARANTINED)
            return wt_fail(err, WT_EFORMAT, "segment %u has the unknown state %u", i,
                           store->states[i]);
        seen[store->states[i]]++;
        const struct wt_store_record *record = &store->records[i];
        bool allocated = store->states[i] == WT_STORE_ALLOCATED;
        if (allocated && wt_owners_get(&store->owners, record->owner) != i)
            return wt_fail(err, WT_EFORMAT, "segment %u belongs to worker %llu, who has %u", i,
                           ULL(record->owner), wt_owners_get(&store->owners, record->owner));
        if (!allocated && record->schema != NULL)
            return wt_fail(err, WT_EFORMAT, "segment %u has a schema and no worker", i);
        if (store->states[i] != WT_STORE_FREE && record->generation == 0)
            return wt_fail(err, WT_EFORMAT, "segment %u was never handed out, and is not free", i);
    }
    const struct wt_store_counts *counts = &store->counts;
    if (seen[WT_STORE_FREE] != counts->free || seen[WT_STORE_ALLOCATED] != counts->allocated ||
        seen[WT_STORE_QUARANTINED] != counts->quarantined ||
        store->owners.count != counts->allocated)
        return wt_fail(err, WT_EFORMAT,
                       "counted %llu free, %llu allocated, %llu quarantined; the books say %llu, "
                       "%llu, %llu and %zu workers",
                       ULL(seen[WT_STORE_FREE]), ULL(seen[WT_STORE_ALLOCATED]),
                       ULL(seen[WT_STORE_QUARANTINED]), ULL(counts->free), ULL(counts->allocated),
                       ULL(counts->quarantined), store->owners.count);
    return WT_OK;
}

/* The free queue from head to tail: each free segment once, dirty ones not before `unclean`. */
static wt_status walk_queue(const struct wt_store *store, unsigned char *visited,
                            struct wt_error *err) {
    uint64_t dirty = 0;
    bool past_unclean = false;
    uint32_t segment = store->head;
    for (uint64_t i = 0; i < store->counts.free; i++) {
        if (segment >= store->counts.segments || visited[segment] ||
            store->states[segment] != WT_STORE_FREE)
            return wt_fail(err, WT_EFORMAT, "free queue, place %llu: segment %u does not belong",
                           ULL(i), segment);
        visited[segment] = 1;
        past_unclean = past_unclean || segment == store->unclean;
        dirty += store->records[segment].dirty;
        if (store->records[segment].dirty && !past_unclean)
            return wt_fail(err, WT_EFORMAT, "dirty segment %u would never be cleaned", segment);
        if (i + 1 == store->counts.free && segment != store->tail)
            return wt_fail(err, WT_EFORMAT, "the free queue ends at %u, not at its tail %u",
                           segment, store->tail);
        segment = wt_store_after(store, segment);
    }
    if (dirty != store->counts.dirty)
        return wt_fail(err, WT_EFORMAT, "%llu segments are dirty, the books say %llu", ULL(dirty),
                       ULL(store->counts.dirty));
    return WT_OK;
}

wt_status wt_store_validate(const struct wt_store *store, struct wt_error *err) {
    const struct wt_store_counts *counts = &store->counts;
    if (counts->free + counts->allocated + counts->quarantined != counts->segments)
        return wt_fail(err, WT_EFORMAT, "%llu free + %llu allocated + %llu quarantined != %llu",
                       ULL(counts->free), ULL(counts->allocated), ULL(counts->quarantined),
                       ULL(counts->segments));
    if (counts->segments != store->size_bytes / store->segment_bytes ||
        store->size_bytes > store->max_bytes)
        return wt_fail(err, WT_EFORMAT, "%llu segments of %u bytes in a store of %llu of %llu",
                       ULL(counts->segments), store->segment_bytes, ULL(store->size_bytes),
                       ULL(store->max_bytes));
    wt_status status = check_states(store, err);
    if (status != WT_OK)
        return status;
    unsigned char *visited = calloc(1, (size_t)counts->segments + 1);
    if (visited == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot validate the store: out of memory");
    status = walk_queue(store, visited, err);
    free(visited);
    return status;
}
