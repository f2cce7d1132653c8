#include "schema/codec.h"
#include "shm/store_private.h"

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
    if (wt_store_is_broken(store))
        return wt_fail(err, WT_EDEAD, "%s", wt_store_problem(store));
    return WT_OK;
}
