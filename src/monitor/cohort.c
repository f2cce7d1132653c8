#include "monitor/cohort.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

struct wt_identity *wt_identity_create(const struct wt_worker *worker) {
    size_t service = strlen(worker->service) + 1, reason = strlen(worker->reason) + 1;
    struct wt_identity *identity = malloc(sizeof *identity + service + reason);
    if (identity == NULL)
        return NULL;
    char *texts = (char *)(identity + 1);
    memcpy(texts, worker->service, service);
    memcpy(texts + service, worker->reason, reason);
    *identity = (struct wt_identity){.references = 1, .worker = *worker};
    identity->worker.service = texts;
    identity->worker.reason = texts + service;
    return identity;
}

struct wt_identity *wt_identity_ref(struct wt_identity *identity) {
    __atomic_fetch_add(&identity->references, 1, __ATOMIC_RELAXED);
    return identity;
}

void wt_identity_unref(struct wt_identity *identity) {
    if (identity != NULL && __atomic_fetch_sub(&identity->references, 1, __ATOMIC_ACQ_REL) == 1)
        free(identity);
}

/* What the sampler's loops need to know of the fields. */
static bool plan_fields(struct wt_cohort_rows *cohort) {
    const struct wt_schema *schema = cohort->schema;
    cohort->columns = calloc(schema->field_count, sizeof *cohort->columns);
    cohort->offsets = calloc(schema->field_count, sizeof *cohort->offsets);
    cohort->counter_masks = calloc(schema->field_count, sizeof *cohort->counter_masks);
    if (cohort->columns == NULL || cohort->offsets == NULL || cohort->counter_masks == NULL)
        return false;
    cohort->field_count = schema->field_count;
    cohort->simple = cohort->contiguous = WT_BYTES_HOST_IS_LITTLE && schema->group_count == 0;
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        cohort->offsets[i] = field->offset;
        cohort->counter_masks[i] = field->kind == WT_KIND_COUNTER ? UINT64_MAX : 0;
        cohort->has_counters = cohort->has_counters || field->kind == WT_KIND_COUNTER;
        cohort->simple = cohort->simple && field->offset % 8 == 0 &&
                         (field->type == WT_TYPE_U64LE || field->type == WT_TYPE_S64LE ||
                          field->type == WT_TYPE_F64LE);
        cohort->contiguous = cohort->contiguous && cohort->simple &&
                             field->offset == schema->fields[0].offset + 8 * i;
    }
    return true;
}

struct wt_cohort_rows *wt_cohort_create(struct wt_service_entry *service,
                                        const struct wt_schema *schema) {
    struct wt_cohort_rows *cohort = calloc(1, sizeof *cohort);
    if (cohort == NULL)
        return NULL;
    cohort->service = service;
    cohort->schema = wt_schema_ref(schema);
    if (schema != NULL && !plan_fields(cohort)) {
        wt_cohort_destroy(cohort);
        return NULL;
    }
    return cohort;
}

void wt_cohort_destroy(struct wt_cohort_rows *cohort) {
    if (cohort == NULL)
        return;
    for (size_t row = 0; row < cohort->row_count; row++)
        wt_identity_unref(cohort->identities[row]);
    wt_cohort_forget_look(cohort);
    wt_block_unref(cohort->row_block);
    wt_block_unref(cohort->values);
    wt_block_unref(cohort->status);
    wt_block_unref(cohort->previous);
    wt_block_pool_fini(&cohort->value_pool);
    wt_block_pool_fini(&cohort->status_pool);
    wt_schema_unref(cohort->schema);
    free(cohort->identities);
    free(cohort->segments);
    free(cohort->origins);
    free(cohort->states);
    free(cohort->marks);
    free(cohort->recorders);
    free(cohort->places);
    free(cohort->recorder_since_ns);
    free(cohort->timed);
    free(cohort->are_timed);
    free(cohort->free_rows);
    free(cohort->columns);
    free(cohort->offsets);
    free(cohort->counter_masks);
    free(cohort->total_map);
    free(cohort);
}

/* A larger copy of a block of the last look; what is beyond the old rows is zero. */
static bool widen_block(struct wt_block **block, struct wt_block_pool *pool, size_t old_bytes,
                        size_t new_bytes) {
    struct wt_block *wider = wt_block_pool_take(pool, new_bytes);
    if (wider == NULL)
        return false;
    unsigned char *data = wt_block_data(wider);
    if (*block != NULL)
        memcpy(data, wt_block_data(*block), old_bytes);
    else
        old_bytes = 0;
    memset(data + old_bytes, 0, new_bytes - old_bytes);
    wt_block_unref(*block);
    *block = wider;
    return true;
}

static bool widen_array(void *array, size_t item_bytes, size_t capacity) {
    void **at = array;
    void *wider = realloc(*at, item_bytes * capacity);
    if (wider == NULL)
        return false;
    *at = wider;
    return true;
}

/* Room for more rows. What was widened before a failure stays so, which harms nobody. */
static bool widen(struct wt_cohort_rows *cohort) {
    size_t old = cohort->capacity, capacity = old == 0 ? 8 : 2 * old;
    size_t words = cohort->field_count * sizeof(uint64_t), status = sizeof(struct wt_row_status);
    if (!widen_array(&cohort->identities, sizeof *cohort->identities, capacity) ||
        !widen_array(&cohort->segments, sizeof *cohort->segments, capacity) ||
        !widen_array(&cohort->origins, sizeof *cohort->origins, capacity) ||
        !widen_array(&cohort->states, sizeof *cohort->states, capacity) ||
        !widen_array(&cohort->marks, sizeof *cohort->marks, capacity) ||
        !widen_array(&cohort->recorders, sizeof *cohort->recorders, capacity) ||
        !widen_array(&cohort->places, sizeof *cohort->places, capacity) ||
        !widen_array(&cohort->recorder_since_ns, sizeof *cohort->recorder_since_ns, capacity) ||
        !widen_array(&cohort->free_rows, sizeof *cohort->free_rows, capacity))
        return false;
    if (!widen_block(&cohort->status, &cohort->status_pool, old * status, capacity * status) ||
        !widen_block(&cohort->values, &cohort->value_pool, old * words, capacity * words))
        return false;
    if (cohort->timed != NULL) {
        if (!widen_array(&cohort->timed, sizeof *cohort->timed, capacity) ||
            !widen_array(&cohort->are_timed, sizeof *cohort->are_timed, capacity))
            return false;
        memset(cohort->timed + old, 0, (capacity - old) * sizeof *cohort->timed);
        memset(cohort->are_timed + old, 0, (capacity - old) * sizeof *cohort->are_timed);
    }
    cohort->capacity = capacity;
    return true;
}

size_t wt_cohort_add(struct wt_cohort_rows *cohort, struct wt_identity *identity,
                     enum wt_worker_state state, uint32_t segment, bool newborn) {
    if (cohort->free_count == 0 && cohort->row_count == cohort->capacity && !widen(cohort))
        return SIZE_MAX;
    size_t row =
        cohort->free_count > 0 ? cohort->free_rows[--cohort->free_count] : cohort->row_count++;
    cohort->identities[row] = wt_identity_ref(identity);
    cohort->segments[row] = segment;
    cohort->origins[row] = WT_ORIGIN_PRESENT;
    cohort->states[row] = (uint8_t)state;
    cohort->marks[row] = newborn ? WT_ROW_IS_NEW | WT_ROW_IS_NEWBORN : WT_ROW_IS_NEW;
    cohort->recorders[row] = NULL;
    cohort->places[row] = WT_BOARD_NOWHERE;
    cohort->recorder_since_ns[row] = 0;
    cohort->used_count++;
    cohort->unsettled_count++;
    cohort->rows_changed = true;
    return row;
}

void wt_cohort_set_segment(struct wt_cohort_rows *cohort, size_t row, uint32_t segment,
                           uint8_t origin) {
    cohort->away_count +=
        (origin != WT_ORIGIN_PRESENT) - (size_t)(cohort->origins[row] != WT_ORIGIN_PRESENT);
    cohort->segments[row] = segment;
    cohort->origins[row] = origin;
}

void wt_cohort_rename(struct wt_cohort_rows *cohort, size_t row, struct wt_identity *identity) {
    wt_identity_ref(identity);
    wt_identity_unref(cohort->identities[row]);
    cohort->identities[row] = identity;
    cohort->rows_changed = true;
}

static void free_row(struct wt_cohort_rows *cohort, size_t row) {
    wt_identity_unref(cohort->identities[row]);
    cohort->identities[row] = NULL;
    cohort->unsettled_count -= cohort->marks[row] != 0;
    cohort->marks[row] = 0;
    cohort->free_rows[cohort->free_count++] = (uint32_t)row;
    cohort->used_count--;
    cohort->rows_changed = true;
}

void wt_cohort_leave(struct wt_cohort_rows *cohort, size_t row, bool show) {
    wt_cohort_set_recorder(cohort, row, NULL, 0, 0);
    wt_cohort_set_segment(cohort, row, WT_NO_SEGMENT, WT_ORIGIN_PRESENT);
    if (!show || (cohort->marks[row] & (WT_ROW_IS_NEW | WT_ROW_WAS_SHOWN)) == WT_ROW_IS_NEW) {
        free_row(cohort, row);
        return;
    }
    cohort->unsettled_count += cohort->marks[row] == 0;
    cohort->marks[row] = WT_ROW_IS_LEAVING;
    cohort->leaving_count++;
}

/* Without memory no row is timed. */
static void begin_timing(struct wt_cohort_rows *cohort) {
    struct wt_timed_row *timed = calloc(cohort->capacity, sizeof *timed);
    uint8_t *are_timed = calloc(cohort->capacity, sizeof *are_timed);
    if (timed == NULL || are_timed == NULL) {
        free(timed);
        free(are_timed);
        return;
    }
    cohort->timed = timed;
    cohort->are_timed = are_timed;
}

void wt_cohort_set_recorder(struct wt_cohort_rows *cohort, size_t row, const unsigned char *header,
                            uint32_t bytes, int64_t since_ns) {
    cohort->recorder_count += (header != NULL) - (size_t)(cohort->recorders[row] != NULL);
    cohort->recorders[row] = header;
    cohort->places[row] = WT_BOARD_NOWHERE;
    cohort->recorder_since_ns[row] = since_ns;
    if (header != NULL && cohort->timed == NULL)
        begin_timing(cohort);
    if (cohort->timed == NULL)
        return;
    cohort->timed_count -= cohort->are_timed[row];
    cohort->are_timed[row] = 0;
    cohort->untimed_count -= cohort->timed[row].is_untimed;
    cohort->timed[row] = (struct wt_timed_row){.bytes = bytes};
}

void wt_cohort_set_place(struct wt_cohort_rows *cohort, size_t row, uint32_t place) {
    cohort->places[row] = place;
}

void wt_cohort_forget_look(struct wt_cohort_rows *cohort) {
    wt_block_unref(cohort->fresh_values);
    wt_block_unref(cohort->fresh_status);
    wt_block_unref(cohort->fresh_previous);
    cohort->fresh_values = cohort->fresh_status = cohort->fresh_previous = NULL;
}

/* The marks that a row keeps for the next look. One of whose values some could not be read whole at
 * its first look has no last good ones that the next look could be compared with; one whose
 * counters began at 0 needs none. */
static uint8_t settled_marks(const struct wt_cohort_rows *cohort, size_t row) {
    if (cohort->identities[row] == NULL || cohort->status == NULL)
        return 0;
    const struct wt_row_status *status = wt_block_data(cohort->status);
    uint8_t marks = cohort->marks[row], flags = status[row].flags;
    bool is_new = (marks & (WT_ROW_IS_NEW | WT_ROW_IS_NEWBORN)) == WT_ROW_IS_NEW;
    if (is_new && (flags & (WT_ROW_TORN | WT_ROW_UNREADABLE)) != 0)
        return marks | WT_ROW_WAS_SHOWN;
    return (flags & WT_ROW_UNREADABLE) != 0 ? WT_ROW_WAS_UNREADABLE : 0;
}

void wt_cohort_settle(struct wt_cohort_rows *cohort) {
    if (cohort->fresh_status != NULL) {
        wt_block_unref(cohort->previous);
        wt_block_unref(cohort->values);
        wt_block_unref(cohort->status);
        cohort->previous = cohort->fresh_previous;
        cohort->values = cohort->fresh_values;
        cohort->status = cohort->fresh_status;
        cohort->fresh_values = cohort->fresh_status = cohort->fresh_previous = NULL;
    }
    bool any = cohort->unsettled_count > 0 || cohort->unreadable_count > 0;
    for (size_t row = 0; any && row < cohort->row_count; row++) {
        if ((cohort->marks[row] & WT_ROW_IS_LEAVING) != 0) {
            free_row(cohort, row);
            cohort->leaving_count--;
            continue;
        }
        uint8_t marks = settled_marks(cohort, row);
        cohort->unsettled_count += (marks != 0) - (size_t)(cohort->marks[row] != 0);
        cohort->marks[row] = marks;
    }
}

static void release_rows(struct wt_block *block) {
    struct wt_worker **workers = wt_block_data(block);
    size_t count = block->bytes / sizeof *workers;
    for (size_t i = 0; i < count; i++)
        if (workers[i] != NULL)
            wt_identity_unref(
                (struct wt_identity *)((char *)workers[i] - offsetof(struct wt_identity, worker)));
}

struct wt_block *wt_cohort_row_block(struct wt_cohort_rows *cohort) {
    if (cohort->row_block != NULL && !cohort->rows_changed)
        return cohort->row_block;
    struct wt_block *block = wt_block_create(cohort->row_count * sizeof(struct wt_worker *));
    if (block == NULL)
        return NULL;
    struct wt_worker **workers = wt_block_data(block);
    memset(workers, 0, block->bytes);
    for (size_t row = 0; row < cohort->row_count; row++)
        if (cohort->identities[row] != NULL)
            workers[row] = &wt_identity_ref(cohort->identities[row])->worker;
    block->release = release_rows;
    wt_block_unref(cohort->row_block);
    cohort->row_block = block;
    cohort->rows_changed = false;
    return block;
}
