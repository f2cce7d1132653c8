#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "export/import.h"
#include "export/words.h"
#include "model/value.h"
#include "schema/codec.h"

/*
 * The document lists workers one after another, each with the index of its schema. Here they are
 * sorted into cohorts again: one per schema, one per service for those without, in the order in
 * which their first worker appears, which is the order they were exported in.
 */

struct plan {
    struct wt_cohort *cohorts;
    size_t cohort_count;
    int64_t *of_schema;  /* index of its cohort, -1 while it has no worker */
    int64_t *of_service; /* the same for workers without a schema */
    const struct wt_schema **schemas;
    uint32_t *schema_services;
    size_t schema_count;
};

static uint32_t find_service(struct wt_import *im, const struct wt_json *object) {
    char name[WT_IMPORT_TEXT_SIZE];
    const struct wt_json *member = wt_import_member(im, object, "service", WT_JSON_STRING);
    if (member == NULL)
        return 0;
    wt_text_clean(name, sizeof name, wt_json_string(member), strlen(wt_json_string(member)));
    int service = wt_snapshot_find_service(&im->imported->snapshot, name);
    if (service < 0)
        wt_import_fail(im, member, "names no service of this snapshot");
    return service < 0 ? 0 : (uint32_t)service;
}

static void name_first(int *slot, uint32_t index) {
    if (*slot < 0)
        *slot = (int)index;
}

/* The document's kinds and roles instead of those that the names suggest. */
static void read_meanings(struct wt_import *im, const struct wt_json *list,
                          struct wt_schema *schema) {
    struct wt_field *fields = (struct wt_field *)(uintptr_t)schema->fields; /* not shared yet */
    const struct wt_json *item = wt_json_first(list);
    schema->busy_field = schema->capacity_field = schema->queue_field = schema->errors_field = -1;
    for (uint32_t i = 0; i < schema->field_count; i++, item = wt_json_next(item)) {
        fields[i].kind = (enum wt_kind)wt_import_word(im, item, "kind", wt_kind_find);
        fields[i].role = (enum wt_role)wt_import_word(im, item, "role", wt_role_find);
        switch (fields[i].role) {
        case WT_ROLE_NONE:
            break;
        case WT_ROLE_BUSY:
            name_first(&schema->busy_field, i);
            break;
        case WT_ROLE_CAPACITY:
            name_first(&schema->capacity_field, i);
            break;
        case WT_ROLE_QUEUE:
            name_first(&schema->queue_field, i);
            break;
        case WT_ROLE_ERRORS:
            name_first(&schema->errors_field, i);
            break;
        }
    }
}

static struct wt_schema *read_schema(struct wt_import *im, const struct wt_json *object) {
    enum { EXTENT_BYTES_MAX = 1 << 30 };
    const struct wt_json *list = wt_import_member(im, object, "fields", WT_JSON_ARRAY);
    struct wt_schema_builder *builder = wt_schema_builder_create(EXTENT_BYTES_MAX);
    struct wt_schema *schema = NULL;
    if (builder == NULL) {
        im->status = wt_fail(im->err, WT_ENOMEM, "snapshot: out of memory");
        return NULL;
    }
    for (const struct wt_json *item = wt_json_first(list); item != NULL && im->status == WT_OK;
         item = wt_json_next(item)) {
        const char *key = wt_import_text(im, item, "key");
        const char *type = wt_import_text(im, item, "type");
        int64_t offset = wt_import_int(im, item, "offset", 0, EXTENT_BYTES_MAX);
        wt_schema_builder_add(builder, key, strlen(key), type, strlen(type), offset, NULL, 0);
    }
    if (im->status == WT_OK)
        im->status = wt_schema_builder_finish(builder, &schema, im->err);
    wt_schema_builder_destroy(builder);
    if (schema != NULL && schema->problem_count > 0)
        wt_import_fail(im, list, "%s", schema->problems[0]);
    else if (schema != NULL)
        read_meanings(im, list, schema);
    return schema;
}

/* Fills plan->schemas; what was made so far is counted even after a failure, to be released. */
static void read_schemas(struct wt_import *im, const struct wt_json *root, struct plan *plan) {
    const struct wt_json *list = wt_import_member(im, root, "schemas", WT_JSON_ARRAY);
    size_t count = wt_json_count(list), services = im->imported->snapshot.service_count;
    plan->schemas = wt_import_take(im, count, sizeof *plan->schemas);
    plan->schema_services = wt_import_take(im, count, sizeof *plan->schema_services);
    plan->of_schema = wt_import_take(im, count, sizeof *plan->of_schema);
    plan->of_service = wt_import_take(im, services, sizeof *plan->of_service);
    plan->cohorts = wt_import_take(im, count + services, sizeof *plan->cohorts);
    const struct wt_json *item = wt_json_first(list);
    for (; item != NULL && im->status == WT_OK; item = wt_json_next(item)) {
        uint32_t service = find_service(im, item);
        struct wt_schema *schema = im->status == WT_OK ? read_schema(im, item) : NULL;
        if (schema == NULL)
            break;
        plan->of_schema[plan->schema_count] = -1;
        plan->schema_services[plan->schema_count] = service;
        plan->schemas[plan->schema_count++] = schema;
    }
    for (size_t i = 0; i < services && im->status == WT_OK; i++)
        plan->of_service[i] = -1;
}

/* Where in the service's fields each field of the schema is. */
static const uint32_t *read_field_map(struct wt_import *im, const struct wt_json *at,
                                      const struct wt_schema *schema, uint32_t service_index) {
    const struct wt_service *service = &im->imported->snapshot.services[service_index];
    uint32_t *map = wt_import_take(im, schema->field_count, sizeof *map);
    for (uint32_t i = 0; i < schema->field_count && im->status == WT_OK; i++) {
        size_t field = 0;
        while (field < service->field_count &&
               strcmp(service->fields[field].key, schema->fields[i].key) != 0)
            field++;
        if (field == service->field_count)
            wt_import_fail(im, at, "field %.64s of its schema is not among its service's",
                           schema->fields[i].key);
        map[i] = (uint32_t)field;
    }
    return map;
}

/* The cohort of a worker, made for the first of them; NULL after a failure. */
static struct wt_cohort *find_cohort(struct wt_import *im, const struct wt_json *item,
                                     struct plan *plan) {
    uint32_t service = find_service(im, item);
    int64_t schema = wt_import_int_or(im, item, "schema", -1);
    if (im->status == WT_OK &&
        (schema < -1 || (schema >= 0 && ((uint64_t)schema >= plan->schema_count ||
                                         plan->schema_services[schema] != service))))
        wt_import_fail(im, item, "schema: must be one of its service's, or null");
    if (im->status != WT_OK)
        return NULL;
    int64_t *index = schema >= 0 ? &plan->of_schema[schema] : &plan->of_service[service];
    if (*index < 0) {
        struct wt_cohort *cohort = &plan->cohorts[plan->cohort_count];
        cohort->service = service;
        if (schema >= 0) {
            cohort->schema = wt_schema_ref(plan->schemas[schema]);
            cohort->field_map = read_field_map(im, item, cohort->schema, service);
        }
        *index = (int64_t)plan->cohort_count++;
    }
    return &plan->cohorts[*index];
}

/* Counts the rows of every cohort and makes room for them. */
static void plan_rows(struct wt_import *im, const struct wt_json *list, struct plan *plan) {
    for (const struct wt_json *item = wt_json_first(list); item != NULL && im->status == WT_OK;
         item = wt_json_next(item)) {
        struct wt_cohort *cohort = find_cohort(im, item, plan);
        if (cohort != NULL)
            cohort->row_count++;
    }
    for (size_t i = 0; i < plan->cohort_count && im->status == WT_OK; i++) {
        struct wt_cohort *cohort = &plan->cohorts[i];
        size_t rows = cohort->row_count;
        cohort->rows = wt_import_take(im, rows, sizeof *cohort->rows);
        cohort->status = wt_import_take(im, rows, sizeof *cohort->status);
        if (cohort->schema == NULL)
            continue;
        cohort->values = wt_import_take(im, rows * cohort->schema->field_count, sizeof(uint64_t));
        cohort->rates = wt_import_take(im, rows * cohort->schema->field_count, sizeof(double));
    }
}

static void read_instance(struct wt_import *im, const struct wt_json *item,
                          struct wt_worker *worker) {
    if (wt_import_is_null(item, "instance"))
        return;
    const char *text = wt_import_text(im, item, "instance");
    if (strlen(text) != 2 * sizeof worker->instance ||
        strspn(text, "0123456789abcdef") != strlen(text)) {
        wt_import_fail(im, wt_json_get(item, "instance"), "must be 32 hexadecimal digits");
        return;
    }
    for (size_t i = 0; i < 2 * sizeof worker->instance; i++) {
        int digit = text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10;
        worker->instance[i / 2] = (uint8_t)(worker->instance[i / 2] << 4 | digit);
    }
    worker->has_instance = true;
}

/* The monotonic moment so long before the look; 0 for null. */
static int64_t read_age(struct wt_import *im, const struct wt_json *item, const char *key) {
    int64_t now = im->imported->snapshot.time.monotonic_ns, at = 0;
    if (wt_import_is_null(item, key))
        return 0;
    if (__builtin_sub_overflow(now, wt_import_int(im, item, key, INT64_MIN, INT64_MAX), &at))
        wt_import_fail(im, wt_json_get(item, key), "is no time that can be");
    return at;
}

static void read_worker(struct wt_import *im, const struct wt_json *item, uint32_t service,
                        struct wt_worker *worker, struct wt_row_status *status) {
    *worker = (struct wt_worker){
        .id = wt_import_uint(im, item, "id", UINT64_MAX),
        .service = im->imported->snapshot.services[service].name,
        .pid = wt_import_int_or(im, item, "pid", 0),
        .announced_pid = wt_import_int_or(im, item, "announced_pid", 0),
        .start_time_ticks = wt_import_uint_or_0(im, item, "start_time_ticks", UINT64_MAX),
        .threads = (uint32_t)wt_import_uint_or_0(im, item, "threads", UINT32_MAX),
        .registered_realtime_ns = wt_import_int_or(im, item, "registered_ns", 0),
        .registered_monotonic_ns = read_age(im, item, "age_ns"),
        .segment = wt_import_int_or(im, item, "segment", -1),
        .recorder = wt_import_int_or(im, item, "recorder", -1),
        .reason = wt_import_text(im, item, "reason"),
    };
    if (wt_json_get(item, "slot") != NULL) { /* the first writers had none */
        worker->slot = (uint32_t)wt_import_uint_or_0(im, item, "slot", UINT32_MAX);
        worker->restarts = (uint32_t)wt_import_uint_or_0(im, item, "restarts", UINT32_MAX);
    }
    read_instance(im, item, worker);
    *status = (struct wt_row_status){
        .state = (uint8_t)wt_import_word(im, item, "state", wt_worker_state_find),
        .progress_ns = read_age(im, item, "progress_age_ns"),
        .heartbeat_ns = read_age(im, item, "heartbeat_age_ns"),
    };
    const struct wt_json *flags = wt_import_member(im, item, "flags", WT_JSON_ARRAY);
    for (const struct wt_json *at = wt_json_first(flags); at != NULL; at = wt_json_next(at)) {
        int bit = wt_json_string(at) != NULL ? wt_row_flag_find(wt_json_string(at)) : -1;
        if (bit < 0)
            wt_import_fail(im, at, "is no flag");
        else
            status->flags |= (uint8_t)(1 << bit);
    }
}

/* The member `key` of an object whose members come in the order of the schema: the next one nearly
 * always. */
static const struct wt_json *member_in_order(const struct wt_json *object,
                                             const struct wt_json *next, const char *key) {
    if (next != NULL && strcmp(wt_json_key(next), key) == 0)
        return next;
    return wt_json_get(object, key);
}

/* Bits that read as absent, where the field can be absent at all. */
static bool absent_bits(const struct wt_field *field, uint64_t *bits) {
    *bits = wt_type_class(field->type) == WT_CLASS_FLOAT
                ? wt_bits_of_double((double)NAN)
                : UINT64_MAX >> (64 - 8 * wt_type_bytes(field->type));
    return wt_value_is_invalid(field, *bits);
}

static uint64_t bits_of_number(struct wt_import *im, const struct wt_json *value,
                               const struct wt_field *field) {
    struct wt_number number;
    uint64_t bits = 0;
    if (value == NULL || (wt_json_type(value) == WT_JSON_NULL && absent_bits(field, &bits)))
        return bits;
    bool good = wt_json_number(value, &number);
    unsigned width = 8 * (unsigned)wt_type_bytes(field->type);
    if (good && wt_type_class(field->type) == WT_CLASS_FLOAT)
        return wt_bits_of_double(wt_number_to_double(number));
    bool is_signed = wt_type_class(field->type) == WT_CLASS_SIGNED;
    wt_int128 end = (wt_int128)1 << (is_signed ? width - 1 : width);
    if (good && number.kind == WT_NUMBER_INTEGER && number.integer < end &&
        number.integer >= (is_signed ? -end : 0))
        return (uint64_t)number.integer;
    wt_import_fail(im, value, "must be a value of the type %s", wt_type_text(field->type));
    return 0;
}

/* One row's values and rates. */
static void read_values(struct wt_import *im, const struct wt_json *item,
                        const struct wt_schema *schema, uint64_t *values, double *rates) {
    const struct wt_json *list = wt_import_member(im, item, "values", WT_JSON_OBJECT);
    const struct wt_json *list_of_rates = wt_import_member(im, item, "rates", WT_JSON_OBJECT);
    const struct wt_json *value = wt_json_first(list), *rate = wt_json_first(list_of_rates);
    for (uint32_t i = 0; i < schema->field_count && im->status == WT_OK; i++) {
        const struct wt_field *field = &schema->fields[i];
        value = member_in_order(list, value, field->key);
        if (value == NULL)
            wt_import_fail(im, list, "%.64s is missing", field->key);
        values[i] = bits_of_number(im, value, field);
        rates[i] = (double)NAN;
        value = wt_json_next(value);
        if (field->kind != WT_KIND_COUNTER)
            continue;
        struct wt_number number;
        rate = member_in_order(list_of_rates, rate, field->key);
        if (rate == NULL || (!wt_json_number(rate, &number) && wt_json_type(rate) != WT_JSON_NULL))
            wt_import_fail(im, list_of_rates, "%.64s must be a number or null", field->key);
        else
            rates[i] = wt_number_to_double(number);
        rate = wt_json_next(rate);
    }
}

static void fill_rows(struct wt_import *im, const struct wt_json *list, struct plan *plan) {
    struct wt_worker *worker = wt_import_take(im, wt_json_count(list), sizeof *worker);
    for (const struct wt_json *item = wt_json_first(list); item != NULL && im->status == WT_OK;
         item = wt_json_next(item), worker++) {
        struct wt_cohort *cohort = find_cohort(im, item, plan);
        if (cohort == NULL)
            break;
        size_t row = cohort->worker_count++;
        struct wt_row_status *status = (struct wt_row_status *)(uintptr_t)&cohort->status[row];
        ((const struct wt_worker **)(uintptr_t)cohort->rows)[row] = worker;
        read_worker(im, item, cohort->service, worker, status);
        if (cohort->schema == NULL)
            continue;
        size_t at = row * cohort->schema->field_count;
        uint64_t *values = (uint64_t *)(uintptr_t)cohort->values;
        double *rates = (double *)(uintptr_t)cohort->rates;
        read_values(im, item, cohort->schema, values + at, rates + at);
    }
}

void wt_import_workers(struct wt_import *import, const struct wt_json *root) {
    struct plan plan = {0};
    const struct wt_json *list = wt_import_member(import, root, "workers", WT_JSON_ARRAY);
    read_schemas(import, root, &plan);
    if (import->status == WT_OK)
        plan_rows(import, list, &plan);
    if (import->status == WT_OK)
        fill_rows(import, list, &plan);
    for (size_t i = 0; i < plan.schema_count; i++)
        wt_schema_unref(plan.schemas[i]);
    import->imported->snapshot.cohorts = plan.cohorts;
    import->imported->snapshot.cohort_count = plan.cohort_count;
}
