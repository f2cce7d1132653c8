/* What a look says of the stores. Everything of a length that grows with them (states, generations,
 * who holds which segment, resizes) lies in blocks that looks share and that are made anew only
 * when something changed. */
#include <stdlib.h>
#include <string.h>

#include "monitor/internal.h"
#include "monitor/look.h"

/* ---- segments -------------------------------------------------------------------------------- */

static struct wt_block *make_states(const struct wt_store *store, size_t count) {
    struct wt_block *block = wt_block_create(count);
    if (block != NULL)
        memcpy(wt_block_data(block), wt_store_states(store), count);
    return block;
}

static struct wt_block *make_generations(const struct wt_store *store, size_t count) {
    struct wt_block *block = wt_block_create(count * sizeof(uint32_t));
    uint32_t *generations = block == NULL ? NULL : wt_block_data(block);
    for (size_t i = 0; block != NULL && i < count; i++)
        generations[i] = wt_store_generation_of(store, (uint32_t)i);
    return block;
}

static bool is_of_store(const struct wt_held *held, enum wt_store_index index) {
    return held->store == (uint8_t)index;
}

static size_t count_held(const struct wt_peers *peers, enum wt_store_index index,
                         size_t *text_bytes) {
    size_t count = 0;
    *text_bytes = 0;
    for (size_t i = 0; i < peers->watched_count; i++) {
        const struct wt_peer *peer = peers->watched[i];
        for (size_t at = 0; at < peer->held_count; at++) {
            if (!is_of_store(&peer->held[at], index))
                continue;
            *text_bytes += strlen(peer->held[at].identity->worker.service) + 1;
            count++;
        }
    }
    return count;
}

static int compare_held(const void *a, const void *b) {
    uint64_t left = ((const struct wt_held_segment *)a)->segment;
    uint64_t right = ((const struct wt_held_segment *)b)->segment;
    return (left > right) - (left < right);
}

/* Those in quarantine, by ascending segment; the names lie behind them. */
static struct wt_block *make_held(const struct wt_peers *peers, enum wt_store_index index,
                                  size_t *count) {
    size_t text_bytes;
    *count = count_held(peers, index, &text_bytes);
    struct wt_block *block =
        wt_block_create(*count * sizeof(struct wt_held_segment) + text_bytes + 1);
    if (block == NULL)
        return NULL;
    struct wt_held_segment *out = wt_block_data(block), *next = out;
    char *text = (char *)(out + *count);
    for (size_t i = 0; i < peers->watched_count; i++) {
        const struct wt_peer *peer = peers->watched[i];
        for (size_t at = 0; at < peer->held_count; at++) {
            const struct wt_held *held = &peer->held[at];
            if (!is_of_store(held, index))
                continue;
            const struct wt_worker *owner = &held->identity->worker;
            size_t length = strlen(owner->service) + 1;
            *next++ = (struct wt_held_segment){
                .segment = held->segment,
                .worker_id = owner->id,
                .pid = owner->pid,
                .service = memcpy(text, owner->service, length),
                .since_realtime_ns = held->since_realtime_ns,
            };
            text += length;
        }
    }
    if (*count > 1)
        qsort(out, *count, sizeof *out, compare_held);
    return block;
}

/* Brings the three blocks of the store's segments up to date. False without memory: then they are
 * tried again at the next look. */
static bool describe_segments(struct wt_monitor *monitor, enum wt_store_index index, size_t count) {
    const struct wt_store *store = monitor->stores[index];
    if (monitor->states[index] != NULL && !monitor->states_changed[index])
        return true;
    size_t held_count;
    struct wt_block *states = make_states(store, count);
    struct wt_block *generations = make_generations(store, count);
    struct wt_block *held = make_held(&monitor->peers, index, &held_count);
    if (states == NULL || generations == NULL || held == NULL) {
        wt_block_unref(states);
        wt_block_unref(generations);
        wt_block_unref(held);
        return false;
    }
    wt_block_unref(monitor->states[index]);
    wt_block_unref(monitor->generations[index]);
    wt_block_unref(monitor->held[index]);
    monitor->states[index] = states;
    monitor->generations[index] = generations;
    monitor->held[index] = held;
    monitor->held_count[index] = held_count;
    monitor->states_changed[index] = false;
    return true;
}

/* ---- the whole store ------------------------------------------------------------------------- */

static struct wt_block *resizes_block(struct wt_monitor *monitor, enum wt_store_index index,
                                      size_t *count) {
    const struct wt_store *store = monitor->stores[index];
    uint64_t total;
    *count = wt_store_resize_count(store, &total);
    if (monitor->resizes[index] != NULL && monitor->resizes_total[index] == total)
        return monitor->resizes[index];
    enum { PROBLEM_BYTES = sizeof((struct wt_store_resize_event *)0)->problem };
    struct wt_block *block = wt_block_create(*count * (sizeof(struct wt_resize) + PROBLEM_BYTES));
    if (block == NULL)
        return NULL;
    struct wt_resize *resizes = wt_block_data(block);
    char *problems = (char *)(resizes + *count);
    for (size_t i = 0; i < *count; i++, problems += PROBLEM_BYTES) {
        const struct wt_store_resize_event *event = wt_store_resize_at(store, i);
        memcpy(problems, event->problem, PROBLEM_BYTES);
        resizes[i] = (struct wt_resize){.realtime_ns = event->time.realtime_ns,
                                        .old_bytes = event->old_bytes,
                                        .new_bytes = event->new_bytes,
                                        .segments_added = event->segments_added,
                                        .duration_ns = event->duration_ns,
                                        .problem = problems};
    }
    wt_block_unref(monitor->resizes[index]);
    monitor->resizes[index] = block;
    monitor->resizes_total[index] = total;
    return block;
}

void wt_look_put_store(struct wt_monitor *monitor, struct wt_look_memory *look,
                       enum wt_store_index index, struct wt_store_info *out) {
    const struct wt_store *store = monitor->stores[index];
    *out = (struct wt_store_info){.path = "", .problem = ""};
    if (store == NULL)
        return;
    struct wt_store_counts counts = wt_store_counts(store);
    struct wt_block *resizes = resizes_block(monitor, index, &out->resize_length);
    if (!describe_segments(monitor, index, counts.segments) || resizes == NULL) {
        look->failed = true;
        return;
    }
    wt_look_hold_block(look, monitor->states[index]);
    wt_look_hold_block(look, monitor->generations[index]);
    wt_look_hold_block(look, monitor->held[index]);
    wt_look_hold_block(look, resizes);
    out->path = wt_look_text(look, wt_store_path(store));
    out->size_bytes = wt_store_size(store);
    out->max_bytes = wt_store_max_bytes(store);
    out->segment_bytes = wt_store_segment_bytes(store);
    out->segment_count = counts.segments;
    out->free_count = counts.free;
    out->allocated_count = counts.allocated;
    out->quarantined_count = counts.quarantined;
    out->free_list_length = counts.free - counts.dirty;
    out->resize_count = counts.resizes;
    out->refused_count = counts.refused;
    out->resizes = wt_block_data(resizes);
    out->segment_states = wt_block_data(monitor->states[index]);
    out->segment_generations = wt_block_data(monitor->generations[index]);
    out->held = wt_block_data(monitor->held[index]);
    out->held_count = monitor->held_count[index];
    out->problem = wt_look_text(look, wt_healing_problem(monitor, index));
}

void wt_look_stores_fini(struct wt_monitor *monitor) {
    for (int i = 0; i < WT_STORE_INDICES; i++) {
        wt_block_unref(monitor->states[i]);
        wt_block_unref(monitor->generations[i]);
        wt_block_unref(monitor->held[i]);
        wt_block_unref(monitor->resizes[i]);
    }
}
