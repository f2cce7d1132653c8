#include "schema/codec.h"
#include "shm/store_private.h"

/* The values of a group, over what was read of them one by one. */
static void read_group(const unsigned char *segment, const struct wt_schema *schema,
                       const struct wt_schema_group *group, struct wt_value *values,
                       size_t capacity) {
    uint64_t bits[WT_SCHEMA_MAX_FIELDS];
    bool whole = wt_codec_read_group(segment, schema, group, bits) > 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        uint32_t index = group->members[i];
        if (index >= capacity)
            continue;
        values[index].bits = whole ? bits[index] : 0;
        values[index].state = whole ? WT_VALUE_READ : WT_VALUE_TORN;
    }
}

wt_status wt_store_read(const struct wt_store *store, uint64_t worker_id, struct wt_value *values,
                        size_t capacity, size_t *count, struct wt_error *err) {
    *count = 0;
    uint32_t segment = wt_owners_get(&store->owners, worker_id);
    if (segment == WT_SEGMENT_NONE)
        return wt_fail(err, WT_ENOENT, "worker %llu has no segment", (unsigned long long)worker_id);
    const struct wt_schema *schema = store->records[segment].schema;
    if (schema == NULL)
        return WT_OK;
    const unsigned char *bytes = wt_store_bytes(store, segment);
    *count = schema->field_count;
    for (size_t i = 0; i < schema->field_count && i < capacity; i++) {
        const struct wt_field *field = &schema->fields[i];
        values[i] = (struct wt_value){.field = field, .state = WT_VALUE_OUTSIDE};
        if ((uint64_t)field->offset + wt_type_bytes(field->type) > store->segment_bytes)
            continue;
        bool whole = wt_codec_read(bytes, field, &values[i].bits);
        values[i].state = whole ? WT_VALUE_READ : WT_VALUE_TORN;
    }
    /* A schema that is larger than the segment has no groups that can be believed. */
    for (uint32_t g = 0; g < schema->group_count && schema->extent_bytes <= store->segment_bytes;
         g++)
        read_group(bytes, schema, &schema->groups[g], values, capacity);
    if (wt_store_is_broken(store))
        return wt_fail(err, WT_EDEAD, "%s", wt_store_problem(store));
    return WT_OK;
}
