#include <string.h>

#include "base/utf8.h"
#include "model/flat.h"
#include "model/flat_schema.h"

/*
 * A schema is built anew, by the builder that reads what workers announce, so that the same rules
 * hold. What that derives from names is then replaced by what is stored.
 */

static uint32_t kept_of(uint32_t problem_count) {
    return problem_count < WT_FLAT_SCHEMA_PROBLEMS ? problem_count : WT_FLAT_SCHEMA_PROBLEMS;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_field(struct wt_buffer *out, const struct wt_field *field) {
    const struct wt_flat_schema_field_record record = {.offset = field->offset,
                                                       .type = (uint8_t)field->type,
                                                       .kind = (uint8_t)field->kind,
                                                       .role = (uint8_t)field->role,
                                                       .aggregate = (uint8_t)field->aggregate,
                                                       .has_hints = field->hints != NULL,
                                                       .is_alone = field->group == 0};
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, field->key);
    wt_flat_put_text(out, field->unit);
    wt_flat_put_bytes(out, field->hints, field->hints_length);
}

void wt_flat_encode_schema(const struct wt_schema *schema, struct wt_buffer *out) {
    size_t begin = out->length;
    struct wt_flat_schema_record record = {
        .version = WT_FLAT_SCHEMA_VERSION,
        .field_count = schema->field_count,
        .problem_count = schema->problem_count,
        .problems_kept = kept_of(schema->problem_count),
    };
    wt_flat_put(out, &record, sizeof record);
    for (uint32_t i = 0; i < record.problems_kept; i++)
        wt_flat_put_text(out, schema->problems[i]);
    for (uint32_t i = 0; i < schema->field_count; i++)
        put_field(out, &schema->fields[i]);
    if (out->failed)
        return;
    record.bytes = (uint32_t)(out->length - begin);
    memcpy(out->data + begin, &record, sizeof record);
}

/* ---- reading --------------------------------------------------------------------------------- */

enum { TYPES = WT_TYPE_F64BE + 1 };

static const struct wt_flat_rule header_rules[] = {
    WT_FLAT_RULE(struct wt_flat_schema_record, version, 1, WT_FLAT_SCHEMA_VERSION),
    WT_FLAT_RULE(struct wt_flat_schema_record, field_count, 0, WT_SCHEMA_MAX_FIELDS),
    WT_FLAT_RULE(struct wt_flat_schema_record, problem_count, 0, INT32_MAX),
    WT_FLAT_RULE(struct wt_flat_schema_record, problems_kept, 0, WT_FLAT_SCHEMA_PROBLEMS),
};

static const struct wt_flat_rule field_rules[] = {
    WT_FLAT_RULE(struct wt_flat_schema_field_record, type, 0, TYPES - 1),
    WT_FLAT_RULE(struct wt_flat_schema_field_record, kind, 0, WT_KIND_COUNTER),
    WT_FLAT_RULE(struct wt_flat_schema_field_record, role, 0, WT_ROLE_ERRORS),
    WT_FLAT_RULE(struct wt_flat_schema_field_record, aggregate, 0, WT_AGGREGATE_LAST),
    WT_FLAT_RULE(struct wt_flat_schema_field_record, has_hints, 0, 1),
    WT_FLAT_RULE(struct wt_flat_schema_field_record, is_alone, 0, 1),
};

static void read_field(struct wt_flat_reader *reader, struct wt_schema_builder *builder) {
    struct wt_flat_schema_field_record record;
    size_t key_length, unit_length, hints_length;
    char name[WT_SCHEMA_MAX_KEY_BYTES + 1], clean[WT_SCHEMA_MAX_KEY_BYTES + 1];
    if (!WT_FLAT_TAKE(reader, &record, field_rules))
        return;
    const char *key = (const char *)wt_flat_bytes(reader, &key_length, "key");
    const char *unit = (const char *)wt_flat_bytes(reader, &unit_length, "unit");
    const unsigned char *hints = wt_flat_bytes(reader, &hints_length, "hints");
    if (reader->status != WT_OK)
        return;
    const char *type = wt_type_text((wt_type)record.type);
    wt_schema_builder_add(builder, key, key_length, type, strlen(type), record.offset,
                          record.has_hints ? (const void *)hints : NULL,
                          record.has_hints ? hints_length : 0);
    wt_text_clean(name, sizeof name, key, key_length);
    wt_text_clean(clean, sizeof clean, unit, unit_length);
    const struct wt_field_meaning meaning = {.kind = (enum wt_kind)record.kind,
                                             .role = (enum wt_role)record.role,
                                             .aggregate = (enum wt_aggregate)record.aggregate,
                                             .unit = clean,
                                             .alone = record.is_alone};
    wt_schema_builder_mean(builder, name, &meaning);
}

static void read_problem(struct wt_flat_reader *reader, struct wt_schema_builder *builder) {
    size_t length;
    const char *text = (const char *)wt_flat_bytes(reader, &length, "problem");
    if (text != NULL)
        wt_schema_builder_told(builder, text, length);
}

/* The stored problems come first: whatever else the builder finds is one more. */
static void read_parts(struct wt_flat_reader *reader, struct wt_schema_builder *builder,
                       const struct wt_flat_schema_record *record) {
    for (uint32_t i = 0; i < record->problems_kept && reader->status == WT_OK; i++)
        read_problem(reader, builder);
    for (uint32_t i = 0; i < record->field_count && reader->status == WT_OK; i++)
        read_field(reader, builder);
}

struct wt_schema *wt_flat_read_schema(struct wt_flat_reader *reader, size_t segment_bytes) {
    struct wt_flat_schema_record record;
    size_t at = reader->at;
    if (!wt_flat_check_version(reader, WT_FLAT_SCHEMA_VERSION) ||
        !WT_FLAT_TAKE(reader, &record, header_rules))
        return NULL;
    if (record.problems_kept != kept_of(record.problem_count)) {
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_schema_record, problems_kept),
                       "problems_kept is %u, must be %u of %u", record.problems_kept,
                       kept_of(record.problem_count), record.problem_count);
        return NULL;
    }
    struct wt_schema_builder *builder = wt_schema_builder_create(segment_bytes);
    struct wt_schema *schema = NULL;
    if (builder == NULL)
        reader->status = wt_fail(reader->err, WT_ENOMEM, "%s: out of memory", reader->what);
    else
        read_parts(reader, builder, &record);
    if (reader->status == WT_OK && reader->at - at != record.bytes)
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_schema_record, bytes),
                       "bytes is %u, must be %zu", record.bytes, reader->at - at);
    if (reader->status == WT_OK)
        reader->status = wt_schema_builder_finish(builder, &schema, reader->err);
    wt_schema_builder_destroy(builder);
    if (schema != NULL && schema->problem_count < record.problem_count)
        schema->problem_count = record.problem_count; /* those that were not kept count, too */
    return schema;
}

wt_status wt_flat_decode_schema(const void *bytes, size_t length, size_t segment_bytes,
                                struct wt_schema **out, struct wt_error *err) {
    struct wt_flat_reader reader = {.what = "schema", .bytes = bytes, .length = length, .err = err};
    *out = wt_flat_read_schema(&reader, segment_bytes);
    if (reader.status == WT_OK && reader.at != length) {
        wt_flat_refuse(&reader, reader.at, "%zu bytes too many", length - reader.at);
        wt_schema_unref(*out);
        *out = NULL;
    }
    return reader.status;
}
