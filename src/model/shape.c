#include "model/aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"

/* A shape is one block of memory:
 *
 *     struct wt_shape | wt_field_stats[fields] | wt_shape_schema[schemas] | uint32_t maps | texts
 *
 * sized for the case that no two schemas share a key. */
static size_t shape_bytes(const struct wt_schema *const *schemas, size_t schema_count,
                          size_t *field_count) {
    size_t bytes = sizeof(struct wt_shape) + schema_count * sizeof(struct wt_shape_schema);
    *field_count = 0;
    for (size_t s = 0; s < schema_count; s++) {
        for (size_t i = 0; i < schemas[s]->field_count; i++) {
            const struct wt_field *field = &schemas[s]->fields[i];
            bytes += strlen(field->key) + strlen(field->unit) + 2;
        }
        *field_count += schemas[s]->field_count;
    }
    return bytes + *field_count * (sizeof(struct wt_field_stats) + sizeof(uint32_t));
}

static const char *put_text(char **texts, const char *text) {
    char *at = *texts;
    size_t length = strlen(text) + 1;
    memcpy(at, text, length);
    *texts += length;
    return at;
}

/* Finds a key among the fields so far: through a map from its hash, which is checked, and by
 * looking at all of them should two keys have one hash. */
static size_t find_field(const struct wt_shape *shape, const struct wt_map *keys, const char *key,
                         uint64_t hash) {
    const struct wt_field_stats *hit = wt_map_get(keys, hash);
    if (hit == NULL)
        return shape->field_count;
    if (strcmp(hit->key, key) == 0)
        return (size_t)(hit - shape->fields);
    for (size_t i = 0; i < shape->field_count; i++)
        if (strcmp(shape->fields[i].key, key) == 0)
            return i;
    return shape->field_count;
}

/* The place of a field in the shape, added when it is new. UINT32_MAX without memory. */
static uint32_t place_field(struct wt_shape *shape, struct wt_map *keys,
                            const struct wt_field *field, char **texts) {
    uint64_t hash = wt_hash(field->key, strlen(field->key), 0);
    size_t at = find_field(shape, keys, field->key, hash);
    if (at < shape->field_count)
        return (uint32_t)at;
    shape->fields[at] = (struct wt_field_stats){
        .key = put_text(texts, field->key),
        .kind = field->kind,
        .role = field->role,
        .aggregate = field->aggregate,
        .unit = put_text(texts, field->unit),
        .mean = NAN,
        .rate_per_s = NAN,
    };
    if (wt_map_get(keys, hash) == NULL && !wt_map_put(keys, hash, &shape->fields[at]))
        return UINT32_MAX;
    shape->field_count++;
    return (uint32_t)at;
}

static int find_role(const struct wt_shape *shape, enum wt_role role) {
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].role == role)
            return (int)i;
    return -1;
}

static int find_key(const struct wt_shape *shape, const char *key, enum wt_kind kind) {
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].kind == kind && strcmp(shape->fields[i].key, key) == 0)
            return (int)i;
    return -1;
}

/* One busy field per service: requests_active where schemas disagree, else the first; the others
 * lose the role. */
static int choose_busy(struct wt_shape *shape) {
    int busy = find_key(shape, "requests_active", WT_KIND_GAUGE);
    if (busy < 0 || shape->fields[busy].role != WT_ROLE_BUSY)
        busy = find_role(shape, WT_ROLE_BUSY);
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].role == WT_ROLE_BUSY && (int)i != busy)
            shape->fields[i].role = WT_ROLE_NONE;
    return busy;
}

/* The counter that stands for the service's work. */
static int choose_requests(const struct wt_shape *shape) {
    static const char *const usual[] = {"requests_total", "jobs_total"};
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        int at = find_key(shape, usual[i], WT_KIND_COUNTER);
        if (at >= 0)
            return at;
    }
    for (size_t i = 0; i < shape->field_count; i++)
        if (shape->fields[i].kind == WT_KIND_COUNTER && shape->fields[i].role != WT_ROLE_ERRORS)
            return (int)i;
    return -1;
}

wt_status wt_shape_create(struct wt_shape **out, const struct wt_schema *const *schemas,
                          size_t schema_count, struct wt_error *err) {
    size_t most = 0;
    size_t bytes = shape_bytes(schemas, schema_count, &most);
    *out = NULL;
    struct wt_shape *shape = malloc(bytes);
    if (shape == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for the fields of a service");
    *shape = (struct wt_shape){.references = 1, .schema_count = schema_count};
    shape->fields = (struct wt_field_stats *)(shape + 1);
    shape->schemas = (struct wt_shape_schema *)(shape->fields + most);
    uint32_t *maps = (uint32_t *)(shape->schemas + schema_count);
    char *texts = (char *)(maps + most);
    struct wt_map keys = {0};
    wt_status status = WT_OK;
    for (size_t s = 0; s < schema_count && status == WT_OK; s++) {
        shape->schemas[s] =
            (struct wt_shape_schema){.field_count = schemas[s]->field_count, .field_map = maps};
        for (size_t i = 0; i < schemas[s]->field_count && status == WT_OK; i++) {
            *maps = place_field(shape, &keys, &schemas[s]->fields[i], &texts);
            if (*maps++ == UINT32_MAX)
                status = wt_fail(err, WT_ENOMEM, "no memory for the fields of a service");
        }
    }
    wt_map_fini(&keys);
    if (status != WT_OK) {
        free(shape);
        return status;
    }
    shape->busy_field = choose_busy(shape);
    shape->capacity_field = find_role(shape, WT_ROLE_CAPACITY);
    shape->queue_field = find_role(shape, WT_ROLE_QUEUE);
    shape->errors_field = find_role(shape, WT_ROLE_ERRORS);
    shape->requests_field = choose_requests(shape);
    *out = shape;
    return WT_OK;
}

struct wt_shape *wt_shape_ref(const struct wt_shape *shape) {
    struct wt_shape *shared = (struct wt_shape *)shape;
    __atomic_fetch_add(&shared->references, 1, __ATOMIC_RELAXED);
    return shared;
}

void wt_shape_unref(const struct wt_shape *shape) {
    struct wt_shape *shared = (struct wt_shape *)shape;
    if (shared != NULL && __atomic_fetch_sub(&shared->references, 1, __ATOMIC_ACQ_REL) == 1)
        free(shared);
}
