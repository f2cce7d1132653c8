#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "export/export.h"
#include "export/import.h"
#include "model/aggregate.h"

/*
 * A status holds sums and nothing about fields. So each service gets a made-up schema of its keys,
 * from which names give kinds and roles as they do for live workers, and the sums are filled in.
 */

static int compare_services(const void *a, const void *b) {
    return strcmp(((const struct wt_service *)a)->name, ((const struct wt_service *)b)->name);
}

static struct wt_shape *make_shape(struct wt_import *im, const struct wt_json *object) {
    struct wt_schema_builder *builder = wt_schema_builder_create(WT_SCHEMA_MAX_FIELDS * 8);
    struct wt_schema *schema = NULL;
    struct wt_shape *shape = NULL;
    int64_t offset = 0;
    if (builder == NULL) {
        im->status = wt_fail(im->err, WT_ENOMEM, "status: out of memory");
        return NULL;
    }
    for (const struct wt_json *item = wt_json_first(object); item != NULL;
         item = wt_json_next(item)) {
        const char *key = wt_json_key(item);
        if (strcmp(key, "worker_count") == 0)
            continue;
        wt_schema_builder_add(builder, key, strlen(key), "u64", 3, offset, NULL, 0);
        offset += 8;
    }
    im->status = wt_schema_builder_finish(builder, &schema, im->err);
    wt_schema_builder_destroy(builder);
    if (schema == NULL)
        return NULL;
    const struct wt_schema *schemas[] = {schema};
    im->status = wt_shape_create(&shape, schemas, 1, im->err);
    wt_schema_unref(schema);
    return shape;
}

/* The field of a member, NULL for one that the schema left out. */
static struct wt_field_stats *find_field(struct wt_field_stats *fields, size_t count,
                                         const char *key) {
    char clean[WT_SCHEMA_MAX_KEY_BYTES + 1];
    wt_text_clean(clean, sizeof clean, key, strlen(key));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].key, clean) == 0)
            return &fields[i];
    }
    return NULL;
}

static void read_sums(struct wt_import *im, const struct wt_json *object,
                      struct wt_service *service, struct wt_field_stats *fields) {
    for (const struct wt_json *item = wt_json_first(object); item != NULL;
         item = wt_json_next(item)) {
        struct wt_field_stats *field = find_field(fields, service->field_count, wt_json_key(item));
        if (field == NULL || field->sum.kind != WT_NUMBER_ABSENT)
            continue;
        if (wt_json_type(item) != WT_JSON_NULL && !wt_json_number(item, &field->sum))
            wt_import_fail(im, item, "must be a number or null");
        if (field->sum.kind == WT_NUMBER_ABSENT || service->worker_count == 0)
            continue;
        field->worker_count = service->worker_count;
        field->mean = wt_number_to_double(field->sum) / service->worker_count;
    }
}

static void read_service(struct wt_import *im, const struct wt_json *object,
                         struct wt_service *service) {
    struct wt_shape *shape = make_shape(im, object);
    if (shape == NULL)
        return;
    struct wt_field_stats *fields = wt_import_take(im, shape->field_count, sizeof *fields);
    char name[WT_SCHEMA_MAX_KEY_BYTES + 1];
    size_t length =
        wt_text_clean(name, sizeof name, wt_json_key(object), strlen(wt_json_key(object)));
    *service = (struct wt_service){
        .name = wt_arena_text(&im->imported->arena, name, length),
        .fields = fields,
        .field_count = fields != NULL ? shape->field_count : 0,
        .busy_field = shape->busy_field,
        .capacity_field = shape->capacity_field,
        .queue_field = shape->queue_field,
        .errors_field = shape->errors_field,
        .requests_field = shape->requests_field,
        .utilization_ratio = (double)NAN,
        .load = wt_load_unknown(),
        .skew = wt_skew_unknown(),
        .limits = wt_service_limits_unknown(),
        .starts_per_min = (double)NAN,
        .exits_per_min = (double)NAN,
        .last_exit = "",
        .sentence = "",
    };
    for (size_t i = 0; i < service->field_count; i++) {
        fields[i] = shape->fields[i];
        fields[i].key = wt_arena_text(&im->imported->arena, fields[i].key, strlen(fields[i].key));
        fields[i].unit = "";
    }
    wt_shape_unref(shape);
    if (im->imported->arena.failed)
        im->status = wt_fail(im->err, WT_ENOMEM, "status: out of memory");
    if (im->status != WT_OK)
        return;
    service->worker_count = (uint32_t)wt_import_uint(im, object, "worker_count", UINT32_MAX);
    read_sums(im, object, service, fields);
    double ratio = wt_service_sum(service, service->busy_field) /
                   wt_service_sum(service, service->capacity_field);
    if (isfinite(ratio) && ratio >= 0)
        service->utilization_ratio = ratio;
}

static void read_status(struct wt_import *im, const struct wt_json *root, struct wt_time now) {
    struct wt_snapshot *snapshot = &im->imported->snapshot;
    const struct wt_json *data = wt_import_member(im, root, "data", WT_JSON_OBJECT);
    size_t count = wt_json_count(data);
    struct wt_service *services = wt_import_take(im, count, sizeof *services);
    const struct wt_json *item = wt_json_first(data);
    for (size_t i = 0; i < count && im->status == WT_OK; i++, item = wt_json_next(item)) {
        if (wt_json_type(item) != WT_JSON_OBJECT)
            wt_import_fail(im, item, "must be an object");
        else
            read_service(im, item, &services[i]);
    }
    if (im->status != WT_OK)
        return;
    qsort(services, count, sizeof *services, compare_services);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(services[i - 1].name, services[i].name) == 0)
            wt_import_fail(im, data, "the service %.64s is there twice", services[i].name);
    }
    snapshot->source.kind = WT_SOURCE_BUS;
    snapshot->time = now;
    snapshot->services = services;
    snapshot->service_count = count;
}

wt_status wt_import_status_json(const char *text, size_t length, struct wt_time now,
                                struct wt_snapshot **out, struct wt_error *err) {
    struct wt_json_document *document;
    struct wt_error unheard;
    struct wt_import import = {.err = err != NULL ? err : &unheard};
    *out = NULL;
    wt_status status = wt_json_parse(&document, "status", text, length, err);
    if (status != WT_OK)
        return status;
    import.document = document;
    import.imported = wt_imported_create();
    if (import.imported == NULL)
        import.status = wt_fail(err, WT_ENOMEM, "status: out of memory");
    else
        read_status(&import, wt_json_root(document), now);
    wt_json_free(document);
    if (import.status == WT_OK)
        *out = &import.imported->snapshot;
    else if (import.imported != NULL)
        wt_snapshot_unref(&import.imported->snapshot);
    return import.status;
}
