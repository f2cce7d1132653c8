/* Workers that left: their last values, until they come back or are gone for good (totals.h). */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/value.h"
#include "monitor/internal.h"

/* ---- lists ----------------------------------------------------------------------------------- */

uint64_t wt_tally_key(const struct wt_total *total, const uint8_t instance[static 16]) {
    return wt_hash(instance, 16, total->hash);
}

/* Without memory it is in no list. */
static bool link_tally(struct wt_totals *totals, struct wt_tally *tally) {
    struct wt_total *total = tally->total;
    if (tally->has_instance) {
        uint64_t key = wt_tally_key(total, tally->instance);
        tally->same_key = wt_map_get(&totals->by_key, key);
        if (!wt_map_put(&totals->by_key, key, tally))
            return false;
    }
    tally->next = total->tallies;
    if (tally->next != NULL)
        tally->next->before = tally;
    total->tallies = tally;
    total->tally_count++;
    total->base_changed = true;
    struct wt_peer *peer = tally->peer;
    tally->of_peer_next = peer->tallies;
    if (tally->of_peer_next != NULL)
        tally->of_peer_next->of_peer_before = tally;
    else
        peer->oldest_tally = tally;
    peer->tallies = tally;
    peer->tally_count++;
    return true;
}

static void unlink_key(struct wt_totals *totals, struct wt_tally *tally) {
    uint64_t key = wt_tally_key(tally->total, tally->instance);
    struct wt_tally *first = wt_map_get(&totals->by_key, key);
    if (first != tally) {
        while (first->same_key != tally)
            first = first->same_key;
        first->same_key = tally->same_key;
    } else if (tally->same_key == NULL) {
        wt_map_remove(&totals->by_key, key);
    } else {
        wt_map_put(&totals->by_key, key, tally->same_key); /* replaces: needs no memory */
    }
}

static void unlink_tally(struct wt_totals *totals, struct wt_tally *tally) {
    struct wt_total *total = tally->total;
    struct wt_peer *peer = tally->peer;
    if (tally->has_instance)
        unlink_key(totals, tally);
    if (tally->before != NULL)
        tally->before->next = tally->next;
    else
        total->tallies = tally->next;
    if (tally->next != NULL)
        tally->next->before = tally->before;
    total->tally_count--;
    total->base_changed = true;
    if (tally->of_peer_before != NULL)
        tally->of_peer_before->of_peer_next = tally->of_peer_next;
    else
        peer->tallies = tally->of_peer_next;
    if (tally->of_peer_next != NULL)
        tally->of_peer_next->of_peer_before = tally->of_peer_before;
    else
        peer->oldest_tally = tally->of_peer_before;
    peer->tally_count--;
}

/* ---- making and ending them ------------------------------------------------------------------ */

static struct wt_number number_of(const struct wt_tally *tally, size_t i) {
    const struct wt_tally_value *value = &tally->values[i];
    return wt_value_number(&tally->schema->fields[value->field], value->bits);
}

/* Its counters continue elsewhere, or are retired. */
static void drop(struct wt_monitor *monitor, struct wt_tally *tally) {
    unlink_tally(&monitor->totals, tally);
    monitor->totals.previous_count -= tally->place == WT_TALLY_PREVIOUS;
    if (tally->place == WT_TALLY_OURS)
        wt_publisher_dismiss(monitor, tally->segment);
    wt_publisher_forget_pending(monitor, tally);
    wt_schema_unref(tally->schema);
    free(tally);
}

static void retire(struct wt_monitor *monitor, struct wt_tally *tally) {
    struct wt_total *total = tally->total;
    for (size_t i = 0; i < tally->count; i++)
        wt_totals_retire(total, tally->values[i].total, number_of(tally, i));
    total->retired_workers++;
    total->changed = true;
    wt_publisher_total(monitor, total);
    drop(monitor, tally);
}

/* All zeros where there were counts: nobody's values, but those of a file that was truncated. */
static bool is_blank(const struct wt_tally *tally, const unsigned char *bytes) {
    bool had_any = false;
    for (size_t i = 0; i < tally->count; i++) {
        const struct wt_field *field = &tally->schema->fields[tally->values[i].field];
        uint64_t now;
        if (!wt_codec_read(bytes, field, &now) || now != 0)
            return false;
        had_any = had_any || tally->values[i].bits != 0;
    }
    return had_any;
}

/* Its values are read again. Returns whether one changed. */
static bool read_again(struct wt_tally *tally, const unsigned char *bytes) {
    bool changed = false;
    if (is_blank(tally, bytes))
        return false;
    for (size_t i = 0; i < tally->count; i++) {
        struct wt_tally_value *value = &tally->values[i];
        const struct wt_field *field = &tally->schema->fields[value->field];
        uint64_t now;
        if (!wt_codec_read(bytes, field, &now) || now == value->bits)
            continue;
        wt_totals_retire(tally->total, value->total, wt_value_lost(field, value->bits, now));
        value->bits = now;
        changed = true;
    }
    tally->total->base_changed = tally->total->base_changed || changed;
    return changed;
}

/* A process that registers again and again with new counters leaves a tally each time. */
static void bound_peer(struct wt_monitor *monitor, struct wt_peer *peer) {
    if (peer->tally_count > WT_TALLIES_PER_PEER)
        retire(monitor, peer->oldest_tally);
}

static struct wt_tally *make_tally(const struct wt_tally_options *options) {
    const struct wt_schema *schema = options->schema;
    struct wt_tally *tally =
        malloc(sizeof *tally + schema->field_count * sizeof(struct wt_tally_value));
    if (tally == NULL)
        return NULL;
    *tally = (struct wt_tally){.total = options->total,
                               .peer = options->peer,
                               .schema = wt_schema_ref(schema),
                               .place = options->place,
                               .segment = options->segment};
    tally->has_instance = options->instance != NULL;
    if (tally->has_instance)
        memcpy(tally->instance, options->instance, sizeof tally->instance);
    for (uint32_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].kind == WT_KIND_COUNTER)
            tally->values[tally->count++] = (struct wt_tally_value){
                .field = i,
                .total = options->map[i],
                .bits = options->last_good == NULL ? 0 : options->last_good[i],
            };
    return tally;
}

struct wt_tally *wt_tally_create(struct wt_monitor *monitor,
                                 const struct wt_tally_options *options) {
    struct wt_tally *tally = make_tally(options);
    if (tally == NULL || !link_tally(&monitor->totals, tally)) {
        wt_log(WT_LOG_ERROR, "monitor", "no memory for the totals of a worker of %s that left",
               options->total->name);
        if (tally != NULL)
            wt_schema_unref(tally->schema);
        free(tally);
        return NULL;
    }
    monitor->totals.previous_count += tally->place == WT_TALLY_PREVIOUS;
    if (options->bytes != NULL)
        read_again(tally, options->bytes);
    if (tally->place != WT_TALLY_OURS)
        wt_publisher_pending(monitor, tally);
    bound_peer(monitor, options->peer);
    wt_peers_watch(&monitor->peers, options->peer);
    return tally;
}

/* ---- coming back ----------------------------------------------------------------------------- */

/* The values of a worker that registered. */
struct arrival {
    const struct wt_schema *schema;
    const unsigned char *bytes; /* of its segment; NULL: cannot be read */
};

/* The counter of the arrival that continues values[i] of the tally; NULL without. */
static const struct wt_field *counterpart(const struct arrival *arrival,
                                          const struct wt_tally *tally, size_t i, bool same) {
    const struct wt_schema *schema = arrival->schema;
    const struct wt_field *old = &tally->schema->fields[tally->values[i].field];
    if (same)
        return &schema->fields[tally->values[i].field];
    for (uint32_t f = 0; f < schema->field_count; f++)
        if (schema->fields[f].kind == WT_KIND_COUNTER &&
            strcmp(schema->fields[f].key, old->key) == 0)
            return &schema->fields[f];
    return NULL;
}

/* The bytes that the member's row shows; NULL when they cannot be read. */
static const unsigned char *row_bytes(const struct wt_monitor *monitor,
                                      const struct wt_member *member) {
    const struct wt_cohort_rows *cohort = member->cohort;
    uint8_t origin = cohort->origins[member->row];
    const struct wt_store *store = monitor->stores[WT_STORE_VALUES];
    if (origin == WT_ORIGIN_NOWHERE)
        return NULL;
    if (origin != WT_ORIGIN_PRESENT)
        store = monitor->healing[WT_STORE_VALUES].retired[origin - WT_ORIGIN_RETIRED].store;
    if (store == NULL || !wt_store_is_readable(store))
        return NULL;
    return wt_store_segment(store, cohort->segments[member->row]);
}

static bool same_schema(const struct wt_schema *a, const struct wt_schema *b) {
    return a == b || (a->hash == b->hash && wt_schema_equal(a, b));
}

/* Whether every counter of the tally may have gone on to the arrival's. */
static bool fits(const struct arrival *arrival, const struct wt_tally *tally) {
    bool same = same_schema(arrival->schema, tally->schema);
    for (size_t i = 0; i < tally->count; i++) {
        const struct wt_field *field = counterpart(arrival, tally, i, same);
        uint64_t now;
        if (field == NULL || arrival->bytes == NULL ||
            !wt_codec_read(arrival->bytes, field, &now) ||
            wt_number_compare(wt_value_number(field, now), number_of(tally, i)) < 0)
            return false;
    }
    return true;
}

/* Its counters are those of the arrival from here on; what it lost on the way is retired. */
static void hand_over(struct wt_monitor *monitor, const struct arrival *arrival,
                      struct wt_tally *tally) {
    bool same = same_schema(arrival->schema, tally->schema);
    for (size_t i = 0; i < tally->count; i++) {
        const struct wt_tally_value *value = &tally->values[i];
        const struct wt_field *field = counterpart(arrival, tally, i, same);
        uint64_t now;
        if (field == NULL)
            wt_totals_retire(tally->total, value->total, number_of(tally, i));
        else if (arrival->bytes == NULL || !wt_codec_read(arrival->bytes, field, &now))
            continue; /* nobody can tell: that nothing was lost is the likeliest */
        else if (field->type == tally->schema->fields[value->field].type)
            wt_totals_retire(tally->total, value->total, wt_value_lost(field, value->bits, now));
        else if (wt_number_compare(wt_value_number(field, now), number_of(tally, i)) < 0)
            wt_totals_retire(tally->total, value->total, number_of(tally, i));
    }
    drop(monitor, tally);
}

static bool same_key(const struct wt_tally *tally, const struct wt_worker *worker) {
    return tally->has_instance &&
           memcmp(tally->instance, worker->instance, sizeof tally->instance) == 0;
}

/* By its key. More than one can only be there for a worker that was connected twice. Processes that
 * the kernel hides cannot be told apart: the key has to do, and counters that did not fall. */
static void hand_over_by_key(struct wt_monitor *monitor, const struct arrival *arrival,
                             const struct wt_total *total, const struct wt_member *member) {
    const struct wt_worker *worker = &member->identity->worker;
    bool hidden = !member->peer->identified;
    struct wt_tally *next,
        *tally = wt_map_get(&monitor->totals.by_key, wt_tally_key(total, worker->instance));
    for (; tally != NULL; tally = next) {
        struct wt_peer *peer = tally->peer;
        next = tally->same_key;
        bool same_process =
            hidden ? !peer->identified && fits(arrival, tally) : peer == member->peer;
        if (tally->total != total || !same_process || !same_key(tally, worker))
            continue;
        hand_over(monitor, arrival, tally);
        if (hidden)
            wt_peers_drop(&monitor->peers, peer);
    }
}

static void hand_over_largest(struct wt_monitor *monitor, const struct arrival *arrival,
                              const struct wt_total *total, const struct wt_peer *peer) {
    struct wt_tally *best = NULL, *tally = peer->tallies;
    double most = 0;
    for (int n = 0; tally != NULL && n < WT_TALLIES_COMPARED; n++, tally = tally->of_peer_next) {
        if (tally->total != total || tally->has_instance || !fits(arrival, tally))
            continue;
        double sum = 0;
        for (size_t i = 0; i < tally->count; i++) {
            struct wt_number number = number_of(tally, i);
            sum += number.kind == WT_NUMBER_ABSENT ? 0 : wt_number_to_double(number);
        }
        if (best == NULL || sum > most) {
            best = tally;
            most = sum;
        }
    }
    if (best != NULL)
        hand_over(monitor, arrival, best);
}

void wt_totals_taken_up(struct wt_monitor *monitor, const struct wt_member *member) {
    struct wt_total *total = member->service->total;
    if (total == NULL || total->tallies == NULL || member->cohort->schema == NULL)
        return;
    const struct arrival arrival = {.schema = member->cohort->schema,
                                    .bytes = row_bytes(monitor, member)};
    if (member->identity->worker.has_instance)
        hand_over_by_key(monitor, &arrival, total, member);
    else if (member->peer->identified)
        hand_over_largest(monitor, &arrival, total, member->peer);
    wt_peers_unwatch(&monitor->peers, member->peer);
}

/* ---- leaving --------------------------------------------------------------------------------- */

void wt_totals_hold(struct wt_monitor *monitor, const struct wt_member *member,
                    enum wt_store_free how) {
    const struct wt_cohort_rows *cohort = member->cohort;
    if (cohort == NULL || !cohort->has_counters || cohort->segments[member->row] == WT_NO_SEGMENT)
        return;
    bool stays = how == WT_STORE_QUARANTINE && cohort->origins[member->row] == WT_ORIGIN_PRESENT;
    const struct wt_worker *worker = &member->identity->worker;
    bool is_new = (cohort->marks[member->row] & WT_ROW_IS_NEW) != 0;
    const uint64_t *values = wt_block_data(cohort->values);
    const struct wt_tally_options options = {
        .total = member->service->total,
        .peer = member->peer,
        .schema = cohort->schema,
        .map = cohort->total_map,
        .instance = worker->has_instance ? worker->instance : NULL,
        .place = stays ? WT_TALLY_OURS : WT_TALLY_NOWHERE,
        .segment = cohort->segments[member->row],
        .bytes = row_bytes(monitor, member),
        .last_good = is_new ? NULL : values + member->row * cohort->field_count,
    };
    wt_tally_create(monitor, &options);
}

/* Where the bytes of a tally are now; NULL when they cannot be read. */
static const unsigned char *bytes_of(const struct wt_monitor *monitor,
                                     const struct wt_tally *tally) {
    const struct wt_store *store = monitor->stores[WT_STORE_VALUES];
    switch (tally->place) {
    case WT_TALLY_OURS:
        return wt_store_is_readable(store) ? wt_store_segment(store, tally->segment) : NULL;
    case WT_TALLY_PREVIOUS:
        return wt_takeover_bytes(monitor, tally->segment);
    case WT_TALLY_NOWHERE:
        break;
    }
    return NULL;
}

/* From here on its values are in no segment. */
static void read_last(struct wt_monitor *monitor, struct wt_tally *tally) {
    const unsigned char *bytes = bytes_of(monitor, tally);
    if (bytes != NULL)
        read_again(tally, bytes);
    monitor->totals.previous_count -= tally->place == WT_TALLY_PREVIOUS;
    tally->place = WT_TALLY_NOWHERE;
}

void wt_totals_last_read(struct wt_monitor *monitor, struct wt_peer *peer, uint32_t segment) {
    for (struct wt_tally *tally = peer->tallies; tally != NULL; tally = tally->of_peer_next)
        if (tally->place == WT_TALLY_OURS && tally->segment == segment) {
            read_last(monitor, tally);
            wt_publisher_pending(monitor, tally);
            return;
        }
}

void wt_totals_forget_segments(struct wt_monitor *monitor) {
    for (size_t i = 0; i < monitor->totals.count; i++)
        for (struct wt_tally *tally = monitor->totals.items[i]->tallies; tally != NULL;
             tally = tally->next)
            if (tally->place == WT_TALLY_OURS) {
                read_last(monitor, tally);
                wt_publisher_pending(monitor, tally);
            }
}

void wt_totals_read_previous(struct wt_monitor *monitor) {
    if (monitor->totals.previous_count == 0)
        return;
    for (size_t i = 0; i < monitor->totals.count; i++)
        for (struct wt_tally *tally = monitor->totals.items[i]->tallies; tally != NULL;
             tally = tally->next) {
            if (tally->place != WT_TALLY_PREVIOUS)
                continue;
            const unsigned char *bytes = bytes_of(monitor, tally);
            if (bytes != NULL && read_again(tally, bytes))
                wt_publisher_pending(monitor, tally);
        }
}

void wt_totals_retire_peer(struct wt_monitor *monitor, struct wt_peer *peer) {
    while (peer->tallies != NULL) {
        const unsigned char *bytes = bytes_of(monitor, peer->tallies);
        if (bytes != NULL)
            read_again(peer->tallies, bytes);
        retire(monitor, peer->tallies);
    }
    wt_totals_bound(monitor);
}

void wt_tallies_fini(struct wt_monitor *monitor) {
    for (size_t i = 0; i < monitor->totals.count; i++)
        while (monitor->totals.items[i]->tallies != NULL) {
            struct wt_peer *peer = monitor->totals.items[i]->tallies->peer;
            drop(monitor, monitor->totals.items[i]->tallies);
            wt_peers_drop(&monitor->peers, peer);
        }
}
