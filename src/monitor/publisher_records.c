/* What the directory file says of stores, segments, services, schemas and totals (publisher.h). */
#include <stdlib.h>
#include <string.h>

#include "model/flat.h"
#include "monitor/internal.h"

/* ---- numbers --------------------------------------------------------------------------------- */

static uint32_t first_of(const struct wt_numbered *table, uint64_t hash) {
    return (uint32_t)(uintptr_t)wt_map_get(&table->first, hash);
}

/* The number of an item, appended when it is new; 0 without memory. Its name or schema is copied
 * or referenced only then. */
static uint32_t append(struct wt_numbered *table, uint64_t hash, const char *name,
                       const struct wt_schema *schema) {
    if (table->count == table->capacity) {
        uint32_t capacity = table->capacity == 0 ? 8 : 2 * table->capacity;
        void *wider = realloc(table->items, capacity * sizeof *table->items);
        if (wider == NULL)
            return 0;
        table->items = wider;
        table->capacity = capacity;
    }
    struct wt_numbered_item item = {.hash = hash, .chain = first_of(table, hash)};
    uint32_t number = table->count + 1;
    if (name != NULL && (item.name = strdup(name)) == NULL)
        return 0;
    if (!wt_map_put(&table->first, hash, (void *)(uintptr_t)number)) {
        free(item.name);
        return 0;
    }
    if (schema != NULL)
        item.schema = wt_schema_ref(schema);
    table->items[table->count++] = item;
    return number;
}

static void fini_table(struct wt_numbered *table) {
    for (uint32_t i = 0; i < table->count; i++) {
        free(table->items[i].name);
        wt_schema_unref(table->items[i].schema);
    }
    free(table->items);
    wt_map_fini(&table->first);
    *table = (struct wt_numbered){0};
}

static uint32_t find_service(const struct wt_numbered *table, const char *name, uint64_t hash) {
    uint32_t at = first_of(table, hash);
    while (at != 0 && strcmp(table->items[at - 1].name, name) != 0)
        at = table->items[at - 1].chain;
    return at;
}

static uint32_t find_schema(const struct wt_numbered *table, const struct wt_schema *schema) {
    uint32_t at = first_of(table, schema->hash);
    while (at != 0 && table->items[at - 1].schema != schema &&
           !wt_schema_equal(table->items[at - 1].schema, schema))
        at = table->items[at - 1].chain;
    return at;
}

/* Cut to fit; what is behind it is 0 already. */
static void put_text(char *out, size_t size, const char *text) {
    memcpy(out, text, strnlen(text, size - 1));
}

/* ---- putting them ---------------------------------------------------------------------------- */

static void note(struct wt_publisher *publisher, wt_status status) {
    publisher->is_incomplete = publisher->is_incomplete || status != WT_OK;
}

static void put_service(struct wt_publisher *publisher, uint32_t number, uint64_t retired_workers) {
    struct wt_shared_service_record record = {.retired_workers = retired_workers};
    if (publisher->directory == NULL)
        return;
    put_text(record.name, sizeof record.name, publisher->services.items[number - 1].name);
    note(publisher, wt_directory_put_service(publisher->directory, number, &record));
}

/* They are numbered by their order in the file: after one that found no room, none is put. */
static void put_schema(struct wt_publisher *publisher, uint32_t number) {
    uint32_t got = 0;
    wt_status status = WT_EFULL;
    if (publisher->directory == NULL)
        return;
    wt_buffer_clear(&publisher->scratch);
    wt_flat_encode_schema(publisher->schemas.items[number - 1].schema, &publisher->scratch);
    if (number == publisher->schemas_put + 1 && !publisher->scratch.failed)
        status = wt_directory_add_schema(publisher->directory, publisher->scratch.data,
                                         publisher->scratch.length, &got);
    publisher->schemas_put += status == WT_OK;
    note(publisher, status);
}

static uint32_t number_service(struct wt_publisher *publisher, const char *name, uint64_t hash) {
    uint32_t number = find_service(&publisher->services, name, hash);
    if (number != 0)
        return number;
    number = append(&publisher->services, hash, name, NULL);
    if (number == 0)
        note(publisher, WT_ENOMEM);
    else
        put_service(publisher, number, 0);
    return number;
}

static uint32_t number_schema(struct wt_publisher *publisher, const struct wt_schema *schema) {
    uint32_t number = find_schema(&publisher->schemas, schema);
    if (number != 0)
        return number;
    number = append(&publisher->schemas, schema->hash, NULL, schema);
    if (number == 0)
        note(publisher, WT_ENOMEM);
    else
        put_schema(publisher, number);
    return number;
}

/* ---- segments -------------------------------------------------------------------------------- */

static void put_segment(struct wt_publisher *publisher, unsigned store, uint64_t segment) {
    const struct wt_shared_segment_record *record = &publisher->stores[store].segments[segment];
    if (publisher->directory != NULL)
        note(publisher, wt_directory_put_segment(publisher->directory, store, segment, record));
}

/* Room in private memory for records of all segments of a store. */
static bool widen(struct wt_published_store *published, uint64_t count) {
    if (count > published->capacity) {
        uint64_t capacity = published->capacity == 0 ? 64 : published->capacity;
        while (capacity < count)
            capacity *= 2;
        void *wider = realloc(published->segments, (size_t)capacity * sizeof *published->segments);
        if (wider == NULL)
            return false;
        published->segments = wider;
        published->capacity = capacity;
    }
    if (count > published->count) {
        memset(published->segments + published->count, 0,
               (size_t)(count - published->count) * sizeof *published->segments);
        published->count = count;
    }
    return true;
}

/* A store that was replaced underneath begins anew: nothing of what was said holds. */
static bool follow_store(struct wt_monitor *monitor, unsigned index) {
    struct wt_publisher *publisher = monitor->publisher;
    struct wt_published_store *published = &publisher->stores[index];
    const struct wt_store *store = monitor->stores[index];
    uint64_t device = 0, inode = 0;
    if (store != NULL)
        wt_store_identity(store, &device, &inode);
    if (published->store != store || published->device != device || published->inode != inode) {
        for (uint64_t i = 0; i < published->count; i++) {
            bool was_put = published->segments[i].generation != 0;
            published->segments[i] = (struct wt_shared_segment_record){0};
            if (was_put)
                put_segment(publisher, index, i);
        }
        published->store = store;
        published->device = device;
        published->inode = inode;
        published->count = 0;
    }
    if (store == NULL || widen(published, wt_store_counts(store).segments))
        return store != NULL;
    note(publisher, WT_ENOMEM);
    return false;
}

static void describe_owner(struct wt_publisher *publisher, unsigned index,
                           const struct wt_member *member,
                           struct wt_shared_segment_record *record) {
    const struct wt_worker *worker = &member->identity->worker;
    bool is_taken_up = index == WT_STORE_VALUES && member->cohort != NULL &&
                       member->cohort->schema != NULL && !member->setup_asked &&
                       member->cohort->segments[member->row] == member->segment &&
                       member->cohort->origins[member->row] == WT_ORIGIN_PRESENT;
    record->worker_id = member->id;
    record->pid = member->peer->pid;
    record->start_ticks = member->peer->start_ticks;
    memcpy(record->instance, worker->instance, sizeof record->instance);
    record->has_instance = worker->has_instance;
    record->service = number_service(publisher, member->service->name, member->service->name_hash);
    record->schema = is_taken_up ? number_schema(publisher, member->cohort->schema) : 0;
}

void wt_publisher_segment(struct wt_monitor *monitor, unsigned index, uint32_t segment,
                          const struct wt_member *member, int64_t realtime_ns) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || !follow_store(monitor, index) ||
        segment >= publisher->stores[index].count)
        return;
    const struct wt_store *store = monitor->stores[index];
    struct wt_shared_segment_record *record = &publisher->stores[index].segments[segment];
    enum wt_store_state state = wt_store_state_of(store, segment);
    if (state == WT_STORE_FREE)
        *record = (struct wt_shared_segment_record){0};
    else if (member != NULL)
        describe_owner(publisher, index, member, record);
    if (record->since_realtime_ns == 0 || record->state != (uint8_t)state)
        record->since_realtime_ns = realtime_ns != 0 ? realtime_ns : publisher->now.realtime_ns;
    record->state = (uint8_t)state;
    record->generation = wt_store_generation_of(store, segment);
    put_segment(publisher, index, segment);
    if (publisher->stores[index].record.segment_count != publisher->stores[index].count)
        wt_publisher_put_store(monitor, index); /* it has grown since the last tick */
    wt_publisher_make_room(monitor);
}

void wt_publisher_dismiss(struct wt_monitor *monitor, uint32_t segment) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || !follow_store(monitor, WT_STORE_VALUES) ||
        segment >= publisher->stores[WT_STORE_VALUES].count)
        return;
    publisher->stores[WT_STORE_VALUES].segments[segment].schema = 0;
    put_segment(publisher, WT_STORE_VALUES, segment);
}

/* ---- totals ---------------------------------------------------------------------------------- */

static bool has_retired(const struct wt_total_field *field) {
    return field->retired.kind != WT_NUMBER_ABSENT;
}

static void put_retired(struct wt_publisher *publisher, uint32_t service,
                        struct wt_total_field *field) {
    struct wt_shared_retired_record record = {
        .service = service,
        .is_real = field->retired.kind == WT_NUMBER_REAL,
        .low = (uint64_t)field->retired.integer,
        .high = (uint64_t)(field->retired.integer >> 64),
    };
    memcpy(&record.real, &field->retired.real, sizeof record.real);
    put_text(record.key, sizeof record.key, field->key);
    if (field->record == 0)
        field->record = ++publisher->retired_count;
    if (publisher->directory != NULL)
        note(publisher, wt_directory_put_retired(publisher->directory, field->record - 1, &record));
}

void wt_publisher_total(struct wt_monitor *monitor, struct wt_total *total) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || !total->changed)
        return;
    uint32_t service = number_service(publisher, total->name, total->hash);
    if (service == 0)
        return;
    total->changed = false;
    for (size_t i = 0; i < total->field_count; i++)
        if (has_retired(&total->fields[i]))
            put_retired(publisher, service, &total->fields[i]);
    put_service(publisher, service, total->retired_workers);
}

void wt_publisher_forget_total(struct wt_monitor *monitor, struct wt_total *total) {
    static const struct wt_shared_retired_record none;
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || publisher->directory == NULL)
        return;
    for (size_t i = 0; i < total->field_count; i++)
        if (total->fields[i].record != 0)
            (void)wt_directory_put_retired(publisher->directory, total->fields[i].record - 1,
                                           &none);
}

/* ---- pending --------------------------------------------------------------------------------- */

static void put_pending(struct wt_publisher *publisher, uint64_t place,
                        const struct wt_shared_pending_record *record) {
    if (publisher->directory != NULL)
        note(publisher, wt_directory_put_pending(publisher->directory, place - 1, record));
}

void wt_publisher_pending(struct wt_monitor *monitor, struct wt_tally *tally) {
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || tally->count == 0)
        return;
    struct wt_shared_pending_record record = {
        .pid = tally->peer->pid,
        .start_ticks = tally->peer->start_ticks,
        .has_instance = tally->has_instance,
        .service = number_service(publisher, tally->total->name, tally->total->hash),
        .schema = number_schema(publisher, tally->schema),
    };
    if (tally->has_instance)
        memcpy(record.instance, tally->instance, sizeof record.instance);
    if (tally->record == 0) {
        tally->record = publisher->pending_count + 1;
        publisher->pending_count += tally->count;
        publisher->pending_tallies++;
    }
    for (size_t i = 0; i < tally->count; i++) {
        record.worker = tally->record;
        record.field = tally->values[i].field;
        record.bits = tally->values[i].bits;
        put_pending(publisher, tally->record + i, &record);
    }
}

void wt_publisher_forget_pending(struct wt_monitor *monitor, struct wt_tally *tally) {
    static const struct wt_shared_pending_record none;
    struct wt_publisher *publisher = monitor->publisher;
    if (publisher == NULL || tally->record == 0)
        return;
    for (size_t i = 0; publisher->directory != NULL && i < tally->count; i++)
        (void)wt_directory_put_pending(publisher->directory, tally->record - 1 + i, &none);
    tally->record = 0;
    if (--publisher->pending_tallies == 0)
        publisher->pending_count = 0; /* the places are used again */
}

/* Those that were put into the file before have places of that one. */
static void put_all_pending(struct wt_monitor *monitor) {
    monitor->publisher->pending_count = monitor->publisher->pending_tallies = 0;
    for (size_t i = 0; i < monitor->totals.count; i++)
        for (struct wt_tally *tally = monitor->totals.items[i]->tallies; tally != NULL;
             tally = tally->next) {
            tally->record = 0;
            if (tally->place != WT_TALLY_OURS)
                wt_publisher_pending(monitor, tally);
        }
}

/* ---- all of it ------------------------------------------------------------------------------- */

void wt_publisher_put_store(struct wt_monitor *monitor, unsigned index) {
    struct wt_publisher *publisher = monitor->publisher;
    struct wt_published_store *published = &publisher->stores[index];
    if (!follow_store(monitor, index))
        return;
    const struct wt_store *store = monitor->stores[index];
    struct wt_shared_store_record record = {
        .size_bytes = wt_store_size(store),
        .max_bytes = wt_store_max_bytes(store),
        .segment_bytes = wt_store_segment_bytes(store),
        .segment_count = published->count,
    };
    wt_store_identity(store, &record.device, &record.inode);
    if (memcmp(&record, &published->record, sizeof record) == 0 || publisher->directory == NULL)
        return;
    published->record = record;
    note(publisher, wt_directory_put_store(publisher->directory, index, &record));
}

/* Marks what is in use: 1 at the number. */
static void mark_used(const struct wt_monitor *monitor, uint32_t *services, uint32_t *schemas) {
    const struct wt_publisher *publisher = monitor->publisher;
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++)
        for (uint64_t i = 0; i < publisher->stores[s].count; i++) {
            services[publisher->stores[s].segments[i].service] = 1;
            schemas[publisher->stores[s].segments[i].schema] = 1;
        }
    for (size_t i = 0; i < monitor->totals.count; i++) {
        const struct wt_total *total = monitor->totals.items[i];
        services[find_service(&publisher->services, total->name, total->hash)] = 1;
        for (const struct wt_tally *tally = total->tallies; tally != NULL; tally = tally->next)
            if (tally->place != WT_TALLY_OURS)
                schemas[find_schema(&publisher->schemas, tally->schema)] = 1;
    }
}

/* From marks to new numbers, in the same order; 0 stays 0. Returns how many there are. */
static uint32_t number_marks(uint32_t *marks, uint32_t count) {
    uint32_t used = 0;
    marks[0] = 0;
    for (uint32_t i = 1; i <= count; i++)
        marks[i] = marks[i] != 0 ? ++used : 0;
    return used;
}

bool wt_publisher_plan(struct wt_monitor *monitor, struct wt_publisher_plan *plan) {
    struct wt_publisher *publisher = monitor->publisher;
    *plan = (struct wt_publisher_plan){
        .service_numbers = calloc((size_t)publisher->services.count + 1, sizeof(uint32_t)),
        .schema_numbers = calloc((size_t)publisher->schemas.count + 1, sizeof(uint32_t)),
    };
    bool ok = plan->service_numbers != NULL && plan->schema_numbers != NULL;
    if (!ok)
        return false;
    mark_used(monitor, plan->service_numbers, plan->schema_numbers);
    for (uint32_t i = 1; ok && i <= publisher->schemas.count; i++) {
        if (plan->schema_numbers[i] == 0)
            continue;
        wt_buffer_clear(&publisher->scratch);
        wt_flat_encode_schema(publisher->schemas.items[i - 1].schema, &publisher->scratch);
        plan->schema_bytes += publisher->scratch.length + 16; /* its length, and whole words */
        ok = !publisher->scratch.failed;
    }
    plan->services = number_marks(plan->service_numbers, publisher->services.count);
    (void)number_marks(plan->schema_numbers, publisher->schemas.count);
    plan->services += monitor->totals.count; /* those that have no number yet */
    for (size_t i = 0; i < monitor->totals.count; i++) {
        const struct wt_total *total = monitor->totals.items[i];
        for (size_t f = 0; f < total->field_count; f++)
            plan->retired += has_retired(&total->fields[f]);
        for (const struct wt_tally *tally = total->tallies; tally != NULL; tally = tally->next)
            plan->pending += tally->place != WT_TALLY_OURS ? tally->count : 0;
    }
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++)
        plan->segments[s] =
            monitor->stores[s] == NULL ? 0 : wt_store_counts(monitor->stores[s]).segments;
    return ok;
}

void wt_publisher_plan_fini(struct wt_publisher_plan *plan) {
    free(plan->service_numbers);
    free(plan->schema_numbers);
}

/* Without memory for the map an item is not found any more, and gets a second number one day. */
static void renumber_table(struct wt_numbered *table, const uint32_t *numbers) {
    uint32_t kept = 0;
    wt_map_fini(&table->first);
    for (uint32_t i = 0; i < table->count; i++) {
        struct wt_numbered_item item = table->items[i];
        if (numbers[i + 1] == 0) {
            free(item.name);
            wt_schema_unref(item.schema);
            continue;
        }
        item.chain = first_of(table, item.hash);
        table->items[kept++] = item;
        (void)wt_map_put(&table->first, item.hash, (void *)(uintptr_t)kept);
    }
    table->count = kept;
}

static void renumber(struct wt_publisher *publisher, const struct wt_publisher_plan *plan) {
    renumber_table(&publisher->services, plan->service_numbers);
    renumber_table(&publisher->schemas, plan->schema_numbers);
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++)
        for (uint64_t i = 0; i < publisher->stores[s].count; i++) {
            struct wt_shared_segment_record *record = &publisher->stores[s].segments[i];
            record->service = plan->service_numbers[record->service];
            record->schema = plan->schema_numbers[record->schema];
        }
}

void wt_publisher_put_all(struct wt_monitor *monitor, const struct wt_publisher_plan *plan) {
    struct wt_publisher *publisher = monitor->publisher;
    renumber(publisher, plan);
    publisher->is_incomplete = false;
    publisher->schemas_put = 0;
    publisher->retired_count = 0;
    for (uint32_t i = 1; i <= publisher->services.count; i++)
        put_service(publisher, i, 0);
    for (uint32_t i = 1; i <= publisher->schemas.count; i++)
        put_schema(publisher, i);
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++) {
        publisher->stores[s].record = (struct wt_shared_store_record){0};
        publisher->stores[s].resizes_put = 0;
        if (monitor->stores[s] != NULL)
            wt_publisher_put_store(monitor, s);
        for (uint64_t i = 0; i < publisher->stores[s].count; i++)
            if (publisher->stores[s].segments[i].generation != 0)
                put_segment(publisher, s, i);
    }
    for (size_t i = 0; i < monitor->totals.count; i++) {
        struct wt_total *total = monitor->totals.items[i];
        for (size_t f = 0; f < total->field_count; f++)
            total->fields[f].record = 0;
        total->changed = true;
        wt_publisher_total(monitor, total);
    }
    put_all_pending(monitor);
}

void wt_publisher_records_fini(struct wt_publisher *publisher) {
    fini_table(&publisher->services);
    fini_table(&publisher->schemas);
    for (unsigned s = 0; s < WT_DIRECTORY_STORES; s++)
        free(publisher->stores[s].segments);
}
