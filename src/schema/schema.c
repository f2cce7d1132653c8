#include "schema/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/map.h"
#include "base/utf8.h"
#include "schema/names.h"

/*
 * While a schema is built, its texts lie in one buffer that may move, and fields name them by
 * their offsets. wt_schema_builder_finish copies everything into one block of memory: the schema,
 * its fields, the table of problems, then the bytes. Freeing a schema is one free().
 */

enum { MAX_PROBLEMS = 16, PROBLEM_BYTES = 512 };

struct draft {
    size_t key, hints; /* offsets into the texts */
    size_t hints_length;
    uint64_t key_hash;
    wt_type type;
    uint32_t offset;
    bool has_hints;
};

struct wt_schema_builder {
    size_t segment_size;
    uint32_t field_count;
    uint32_t problem_count;
    size_t problems[MAX_PROBLEMS];
    struct wt_buffer texts;
    struct draft fields[WT_SCHEMA_MAX_FIELDS];
};

const char *wt_kind_text(enum wt_kind kind) {
    switch (kind) {
    case WT_KIND_GAUGE:
        return "gauge";
    case WT_KIND_COUNTER:
        return "counter";
    }
    return "gauge";
}

const char *wt_role_text(enum wt_role role) {
    switch (role) {
    case WT_ROLE_NONE:
        return "none";
    case WT_ROLE_BUSY:
        return "busy";
    case WT_ROLE_CAPACITY:
        return "capacity";
    case WT_ROLE_QUEUE:
        return "queue";
    case WT_ROLE_ERRORS:
        return "errors";
    }
    return "none";
}

const char *wt_aggregate_text(enum wt_aggregate aggregate) {
    switch (aggregate) {
    case WT_AGGREGATE_SUM:
        return "sum";
    case WT_AGGREGATE_MIN:
        return "min";
    case WT_AGGREGATE_MAX:
        return "max";
    case WT_AGGREGATE_MEAN:
        return "mean";
    case WT_AGGREGATE_LAST:
        return "last";
    }
    return "sum";
}

struct wt_schema_builder *wt_schema_builder_create(size_t segment_size) {
    struct wt_schema_builder *builder = malloc(sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->segment_size = segment_size;
    builder->field_count = 0;
    builder->problem_count = 0;
    wt_buffer_init(&builder->texts);
    return builder;
}

void wt_schema_builder_destroy(struct wt_schema_builder *builder) {
    if (builder == NULL)
        return;
    wt_buffer_fini(&builder->texts);
    free(builder);
}

/* Appends text and its NUL; returns where it begins. */
static size_t keep_text(struct wt_schema_builder *builder, const char *text, size_t length) {
    size_t at = builder->texts.length;
    wt_buffer_append(&builder->texts, text, length);
    wt_buffer_append_char(&builder->texts, '\0');
    return at;
}

void wt_schema_builder_problem(struct wt_schema_builder *builder, const char *format, ...) {
    if (builder->problem_count++ >= MAX_PROBLEMS)
        return;
    char text[PROBLEM_BYTES], clean[PROBLEM_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof text)
        length = (int)sizeof text - 1;
    size_t clean_length = wt_text_clean(clean, sizeof clean, text, (size_t)length);
    builder->problems[builder->problem_count - 1] = keep_text(builder, clean, clean_length);
}

static bool has_key(const struct wt_schema_builder *builder, const char *key, uint64_t hash) {
    for (uint32_t i = 0; i < builder->field_count; i++) {
        if (builder->fields[i].key_hash == hash &&
            strcmp(builder->texts.data + builder->fields[i].key, key) == 0)
            return true;
    }
    return false;
}

/* Says in a problem why this field cannot be kept; true when it can. */
static bool check_field(struct wt_schema_builder *builder, const char *key, const char *type,
                        size_t type_length, int64_t offset, wt_type *parsed) {
    char label[64]; /* a name of 255 bytes would push the cause out of sight */
    wt_text_clean(label, sizeof label, key, strlen(key));
    if (!wt_type_parse(type, type_length, parsed)) {
        char shown[32];
        wt_text_clean(shown, sizeof shown, type, type_length);
        wt_schema_builder_problem(builder,
                                  "field %s left out: type \"%s\" is none of u8 s8 u16 s16 u32 s32 "
                                  "u64 s64 f32 f64 (upper case: big-endian)",
                                  label, shown);
        return false;
    }
    size_t bytes = wt_type_bytes(*parsed);
    if (offset < 0 || bytes > builder->segment_size ||
        (uint64_t)offset > builder->segment_size - bytes || offset > UINT32_MAX) {
        wt_schema_builder_problem(
            builder,
            "field %s left out: %zu bytes at offset %lld are not inside the segment of %zu bytes",
            label, bytes, (long long)offset, builder->segment_size);
        return false;
    }
    return true;
}

void wt_schema_builder_add(struct wt_schema_builder *builder, const char *key, size_t key_length,
                           const char *type, size_t type_length, int64_t offset, const void *hints,
                           size_t hints_length) {
    if (builder->field_count >= WT_SCHEMA_MAX_FIELDS) {
        wt_schema_builder_problem(builder, "field left out: only the first %d fields are read",
                                  WT_SCHEMA_MAX_FIELDS);
        return;
    }
    char name[WT_SCHEMA_MAX_KEY_BYTES + 1];
    size_t name_length = wt_text_clean(name, sizeof name, key, key_length);
    if (name_length == 0) {
        wt_schema_builder_problem(builder, "field left out: it has no name");
        return;
    }
    struct draft draft = {.key_hash = wt_hash(name, name_length, 0)};
    if (!check_field(builder, name, type, type_length, offset, &draft.type))
        return;
    if (has_key(builder, name, draft.key_hash)) {
        char label[64];
        wt_text_clean(label, sizeof label, name, name_length);
        wt_schema_builder_problem(builder, "field %s left out: the name is there already", label);
        return;
    }
    draft.offset = (uint32_t)offset;
    draft.key = keep_text(builder, name, name_length);
    if (hints != NULL) {
        draft.has_hints = true;
        draft.hints = keep_text(builder, hints, hints_length);
        draft.hints_length = hints_length;
    }
    if (!builder->texts.failed)
        builder->fields[builder->field_count++] = draft;
}

static void name_first(int *slot, uint32_t index) {
    if (*slot < 0)
        *slot = (int)index;
}

/* The roles by name; the best busy name gets the role, the first among equals. */
static void apply_names(struct wt_schema *schema, struct wt_field *fields) {
    schema->busy_field = schema->capacity_field = schema->queue_field = schema->errors_field = -1;
    int best = 0;
    for (uint32_t i = 0; i < schema->field_count; i++) {
        fields[i].kind = wt_kind_of_name(fields[i].key);
        fields[i].role = wt_role_of_name(fields[i].key);
        if (fields[i].role == WT_ROLE_CAPACITY)
            name_first(&schema->capacity_field, i);
        else if (fields[i].role == WT_ROLE_QUEUE)
            name_first(&schema->queue_field, i);
        else if (fields[i].role == WT_ROLE_ERRORS)
            name_first(&schema->errors_field, i);
        int rank = wt_busy_rank_of_name(fields[i].key);
        if (rank > best) {
            best = rank;
            schema->busy_field = (int)i;
        }
    }
    if (schema->busy_field >= 0)
        fields[schema->busy_field].role = WT_ROLE_BUSY;
}

static uint64_t hash_schema(const struct wt_schema *schema) {
    uint64_t hash = schema->field_count;
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        const uint32_t place[2] = {(uint32_t)field->type, field->offset};
        hash = wt_hash(field->key, strlen(field->key), hash);
        hash = wt_hash(place, sizeof place, hash);
        hash = wt_hash(field->hints, field->hints_length, hash);
    }
    for (uint32_t i = 0; i < schema->problem_count && i < MAX_PROBLEMS; i++)
        hash = wt_hash(schema->problems[i], strlen(schema->problems[i]), hash);
    return hash;
}

wt_status wt_schema_builder_finish(struct wt_schema_builder *builder, struct wt_schema **out,
                                   struct wt_error *err) {
    uint32_t kept = builder->problem_count < MAX_PROBLEMS ? builder->problem_count : MAX_PROBLEMS;
    size_t fields_bytes = builder->field_count * sizeof(struct wt_field);
    size_t problems_bytes = kept * sizeof(char *);
    struct wt_schema *schema = NULL;
    if (!builder->texts.failed)
        schema = malloc(sizeof *schema + fields_bytes + problems_bytes + builder->texts.length);
    if (schema == NULL)
        return wt_fail(err, WT_ENOMEM, "schema of %u fields: out of memory", builder->field_count);
    struct wt_field *fields = (struct wt_field *)(schema + 1);
    const char **problems = (const char **)(fields + builder->field_count);
    char *texts = (char *)(problems + kept);
    if (builder->texts.length > 0)
        memcpy(texts, builder->texts.data, builder->texts.length);
    *schema = (struct wt_schema){.references = 1,
                                 .field_count = builder->field_count,
                                 .fields = fields,
                                 .problem_count = builder->problem_count,
                                 .problems = problems};
    for (uint32_t i = 0; i < builder->field_count; i++) {
        const struct draft *draft = &builder->fields[i];
        fields[i] = (struct wt_field){.key = texts + draft->key,
                                      .type = draft->type,
                                      .offset = draft->offset,
                                      .aggregate = WT_AGGREGATE_SUM,
                                      .unit = "",
                                      .hints = draft->has_hints ? texts + draft->hints : NULL,
                                      .hints_length = draft->hints_length};
        uint32_t end = draft->offset + (uint32_t)wt_type_bytes(draft->type);
        if (end > schema->extent_bytes)
            schema->extent_bytes = end;
    }
    for (uint32_t i = 0; i < kept; i++)
        problems[i] = texts + builder->problems[i];
    apply_names(schema, fields);
    schema->hash = hash_schema(schema);
    *out = schema;
    return WT_OK;
}

struct wt_schema *wt_schema_ref(const struct wt_schema *schema) {
    struct wt_schema *shared = (struct wt_schema *)(uintptr_t)schema;
    if (shared != NULL)
        __atomic_fetch_add(&shared->references, 1, __ATOMIC_RELAXED);
    return shared;
}

void wt_schema_unref(const struct wt_schema *schema) {
    struct wt_schema *shared = (struct wt_schema *)(uintptr_t)schema;
    if (shared != NULL && __atomic_fetch_sub(&shared->references, 1, __ATOMIC_ACQ_REL) == 1)
        free(shared);
}

static bool fields_equal(const struct wt_field *a, const struct wt_field *b) {
    return a->type == b->type && a->offset == b->offset && a->hints_length == b->hints_length &&
           (a->hints == NULL) == (b->hints == NULL) && strcmp(a->key, b->key) == 0 &&
           (a->hints_length == 0 || memcmp(a->hints, b->hints, a->hints_length) == 0);
}

bool wt_schema_equal(const struct wt_schema *a, const struct wt_schema *b) {
    if (a == b)
        return true;
    if (a == NULL || b == NULL || a->hash != b->hash || a->field_count != b->field_count ||
        a->problem_count != b->problem_count)
        return false;
    for (uint32_t i = 0; i < a->field_count; i++) {
        if (!fields_equal(&a->fields[i], &b->fields[i]))
            return false;
    }
    for (uint32_t i = 0; i < a->problem_count && i < MAX_PROBLEMS; i++) {
        if (strcmp(a->problems[i], b->problems[i]) != 0)
            return false;
    }
    return true;
}

uint32_t wt_layout_packed(uint32_t end, wt_type type) {
    (void)type;
    return end;
}

uint32_t wt_layout_aligned(uint32_t end, wt_type type) {
    (void)type;
    return (end + 7) & ~UINT32_C(7);
}
