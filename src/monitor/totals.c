#include "monitor/totals.h"

#include <stdlib.h>
#include <string.h>

#include "model/value.h"
#include "monitor/internal.h"

/* ---- services -------------------------------------------------------------------------------- */

static struct wt_total *find(const struct wt_totals *totals, const char *name, uint64_t hash) {
    struct wt_total *total = wt_map_get(&totals->by_hash, hash);
    while (total != NULL && strcmp(total->name, name) != 0)
        total = total->chain;
    return total;
}

static void destroy(struct wt_total *total) {
    for (size_t i = 0; i < total->field_count; i++)
        free(total->fields[i].key);
    free(total->fields);
    free(total->name);
    free(total);
}

static void take_out(struct wt_totals *totals, struct wt_total *total) {
    struct wt_total *first = wt_map_get(&totals->by_hash, total->hash);
    if (first != total) {
        while (first->chain != total)
            first = first->chain;
        first->chain = total->chain;
    } else if (total->chain == NULL) {
        wt_map_remove(&totals->by_hash, total->hash);
    } else {
        wt_map_put(&totals->by_hash, total->hash, total->chain); /* replaces: needs no memory */
    }
    totals->items[total->place] = totals->items[--totals->count];
    totals->items[total->place]->place = total->place;
}

static struct wt_total *add(struct wt_totals *totals, const char *name, uint64_t hash) {
    if (totals->count == totals->capacity) {
        size_t capacity = totals->capacity == 0 ? 8 : 2 * totals->capacity;
        void *wider = realloc(totals->items, capacity * sizeof(struct wt_total *));
        if (wider == NULL)
            return NULL;
        totals->items = wider;
        totals->capacity = capacity;
    }
    struct wt_total *total = calloc(1, sizeof *total);
    char *copy = strdup(name);
    if (total == NULL || copy == NULL) {
        free(total);
        free(copy);
        return NULL;
    }
    *total = (struct wt_total){.name = copy,
                               .hash = hash,
                               .chain = wt_map_get(&totals->by_hash, hash),
                               .place = totals->count};
    if (!wt_map_put(&totals->by_hash, hash, total)) {
        destroy(total);
        return NULL;
    }
    totals->items[totals->count++] = total;
    return total;
}

struct wt_total *wt_totals_use(struct wt_totals *totals, const char *name) {
    uint64_t hash = wt_hash(name, strlen(name), 0);
    struct wt_total *total = find(totals, name, hash);
    if (total == NULL) {
        total = add(totals, name, hash);
        if (total == NULL)
            return NULL;
    } else if (!total->in_use) {
        totals->idle_count--;
    }
    total->in_use = true;
    return total;
}

struct wt_total *wt_totals_remember(struct wt_totals *totals, const char *name) {
    uint64_t hash = wt_hash(name, strlen(name), 0);
    struct wt_total *total = find(totals, name, hash);
    if (total != NULL)
        return total;
    if (totals->idle_count >= WT_TOTALS_IDLE) {
        totals->forgotten_count++;
        return NULL;
    }
    total = add(totals, name, hash);
    if (total == NULL)
        return NULL;
    total->idle_since = ++totals->clock;
    totals->idle_count++;
    return total;
}

/* The one without workers for longest, whose processes are all gone; NULL without. */
static struct wt_total *find_oldest(const struct wt_totals *totals) {
    struct wt_total *oldest = NULL;
    for (size_t i = 0; i < totals->count; i++) {
        struct wt_total *total = totals->items[i];
        if (!total->in_use && total->tallies == NULL &&
            (oldest == NULL || total->idle_since < oldest->idle_since))
            oldest = total;
    }
    return oldest;
}

void wt_totals_bound(struct wt_monitor *monitor) {
    struct wt_totals *totals = &monitor->totals;
    struct wt_total *oldest;
    while (totals->idle_count > WT_TOTALS_IDLE && (oldest = find_oldest(totals)) != NULL) {
        wt_publisher_forget_total(monitor, oldest);
        take_out(totals, oldest);
        destroy(oldest);
        totals->idle_count--;
        totals->forgotten_count++;
    }
}

void wt_totals_unuse(struct wt_monitor *monitor, struct wt_total *total) {
    if (total == NULL || !total->in_use)
        return;
    total->in_use = false;
    total->idle_since = ++monitor->totals.clock;
    monitor->totals.idle_count++;
    wt_totals_bound(monitor);
}

void wt_totals_fini(struct wt_totals *totals) {
    for (size_t i = 0; i < totals->count; i++)
        destroy(totals->items[i]);
    free(totals->items);
    wt_map_fini(&totals->by_hash);
    wt_map_fini(&totals->by_key);
    *totals = (struct wt_totals){0};
}

/* ---- fields ---------------------------------------------------------------------------------- */

static uint32_t find_field(const struct wt_total *total, const char *key) {
    for (size_t i = 0; i < total->field_count; i++)
        if (strcmp(total->fields[i].key, key) == 0)
            return (uint32_t)i;
    return WT_NO_TOTAL;
}

bool wt_totals_place_field(struct wt_total *total, const char *key, uint32_t *index) {
    *index = find_field(total, key);
    if (*index != WT_NO_TOTAL || total->field_count == WT_TOTALS_FIELDS)
        return true;
    if (total->field_count == total->field_capacity) {
        size_t capacity = total->field_capacity == 0 ? 8 : 2 * total->field_capacity;
        void *wider = realloc(total->fields, capacity * sizeof *total->fields);
        if (wider == NULL)
            return false;
        total->fields = wider;
        total->field_capacity = capacity;
    }
    char *copy = strdup(key);
    if (copy == NULL)
        return false;
    *index = (uint32_t)total->field_count;
    total->fields[total->field_count++] = (struct wt_total_field){.key = copy};
    return true;
}

bool wt_totals_map(struct wt_total *total, const struct wt_schema *schema, uint32_t *map) {
    for (uint32_t i = 0; i < schema->field_count; i++) {
        map[i] = WT_NO_TOTAL;
        if (schema->fields[i].kind == WT_KIND_COUNTER &&
            !wt_totals_place_field(total, schema->fields[i].key, &map[i]))
            return false;
    }
    return true;
}

void wt_totals_refresh(struct wt_total *total) {
    if (!total->base_changed)
        return;
    total->base_changed = false;
    for (size_t i = 0; i < total->field_count; i++)
        total->fields[i].base = total->fields[i].retired;
    for (const struct wt_tally *tally = total->tallies; tally != NULL; tally = tally->next)
        for (size_t i = 0; i < tally->count; i++) {
            const struct wt_tally_value *value = &tally->values[i];
            if (value->total == WT_NO_TOTAL)
                continue;
            struct wt_number *base = &total->fields[value->total].base;
            struct wt_number sum = wt_number_add(
                *base, wt_value_number(&tally->schema->fields[value->field], value->bits));
            if (sum.kind != WT_NUMBER_ABSENT)
                *base = sum;
        }
}

void wt_totals_retire(struct wt_total *total, uint32_t field, struct wt_number number) {
    if (field == WT_NO_TOTAL || number.kind == WT_NUMBER_ABSENT)
        return;
    struct wt_number sum = wt_number_add(total->fields[field].retired, number);
    if (sum.kind == WT_NUMBER_ABSENT)
        return;
    total->fields[field].retired = sum;
    total->changed = total->base_changed = true;
}

static bool has_lost(const struct wt_column *column) {
    return column->lost != 0 || column->real_lost != 0;
}

void wt_totals_add_lost(struct wt_total *total, const uint32_t *map,
                        const struct wt_column *columns, size_t field_count) {
    for (size_t i = 0; i < field_count; i++)
        if (has_lost(&columns[i]))
            wt_totals_retire(total, map[i], wt_column_lost(&columns[i]));
}

/* What a field shows whose live workers have this sum, resets included. */
static void show(struct wt_total_field *field, struct wt_number *out) {
    struct wt_number *shown = &field->shown;
    bool is_real = out->kind == WT_NUMBER_REAL || field->base.kind == WT_NUMBER_REAL ||
                   shown->kind == WT_NUMBER_REAL;
    if (is_real || out->kind == WT_NUMBER_ABSENT) {
        struct wt_number total = wt_number_add(*out, field->base);
        if (wt_number_compare(total, *shown) > 0)
            *shown = total;
    } else { /* as a rule; what is absent is 0 */
        wt_int128 total = out->integer + field->base.integer;
        if (shown->kind == WT_NUMBER_ABSENT || total > shown->integer)
            *shown = wt_number_integer(total);
    }
    *out = *shown;
}

/* One schema, as a rule: each field is there once. */
static void put_one(struct wt_total *total, const struct wt_cohort_rows *cohort,
                    const uint32_t *field_map, struct wt_field_stats *fields) {
    for (size_t i = 0; i < cohort->field_count; i++) {
        uint32_t at = cohort->total_map[i];
        if (at == WT_NO_TOTAL)
            continue;
        struct wt_field_stats *stats = &fields[field_map[i]];
        stats->total = stats->sum;
        if (has_lost(&cohort->columns[i]))
            stats->total = wt_number_add(stats->total, wt_column_lost(&cohort->columns[i]));
        show(&total->fields[at], &stats->total);
    }
}

/* Of several, in three rounds: the sum, once; what each of them lost; and what that makes. */
enum round { ROUND_SUM, ROUND_LOST, ROUND_SHOW, ROUNDS };

static void put_round(struct wt_total *total, const struct wt_cohort_rows *cohort,
                      const uint32_t *field_map, struct wt_field_stats *fields, enum round round) {
    for (size_t i = 0; i < cohort->field_count; i++) {
        struct wt_field_stats *stats = &fields[field_map[i]];
        uint32_t at = cohort->total_map[i];
        if (at == WT_NO_TOTAL || stats->kind != WT_KIND_COUNTER)
            continue;
        if (round == ROUND_SUM) {
            stats->total = stats->sum;
            total->fields[at].is_put = false;
        } else if (round == ROUND_LOST && has_lost(&cohort->columns[i])) {
            stats->total = wt_number_add(stats->total, wt_column_lost(&cohort->columns[i]));
        } else if (round == ROUND_SHOW && !total->fields[at].is_put) {
            show(&total->fields[at], &stats->total);
            total->fields[at].is_put = true;
        }
    }
}

void wt_totals_put(struct wt_service_entry *service, struct wt_field_stats *fields) {
    const struct wt_shape_schema *schemas = service->shape->schemas;
    if (service->total == NULL)
        return;
    wt_totals_refresh(service->total);
    bool is_one = service->shape->schema_count == 1;
    for (int round = is_one ? ROUND_SHOW : ROUND_SUM; round < ROUNDS; round++)
        for (size_t i = 0, s = 0; i < service->cohort_count; i++) {
            const struct wt_cohort_rows *cohort = service->cohorts[i];
            if (cohort->schema == NULL)
                continue;
            const uint32_t *field_map = schemas[s++].field_map;
            if (cohort->total_map == NULL)
                continue;
            if (is_one)
                put_one(service->total, cohort, field_map, fields);
            else
                put_round(service->total, cohort, field_map, fields, (enum round)round);
        }
}
