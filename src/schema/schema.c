#include "schema/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/map.h"
#include "base/utf8.h"
#include "schema/hints.h"
#include "schema/names.h"

/*
 * While a schema is built, its texts lie in one buffer that may move, and fields name them by
 * their offsets. wt_schema_builder_finish copies everything into one block of memory: the schema,
 * its fields, groups, the table of problems, the members of groups, then the bytes. Freeing a
 * schema is one free().
 */

enum { MAX_PROBLEMS = 16, PROBLEM_BYTES = 512 };

struct draft {
    size_t key, hints; /* offsets into the texts */
    size_t hints_length;
    uint64_t key_hash;
    wt_type type;
    uint32_t offset;
    bool has_hints;
    bool in_group;         /* a hint says so; group_offset is what it says */
    uint64_t group_offset; /* of the sequence word; anything */
    uint32_t group;        /* 1 + index of the group, 0 without: known at the end */
    bool has_meaning;      /* it is known, not to be found out */
    struct wt_field_meaning meaning;
    size_t unit;
    struct wt_field_said said; /* by its hints; said.unit is nothing, it lies at said_unit */
    size_t said_unit;
};

struct wt_schema_builder {
    size_t segment_size;
    uint32_t field_count;
    uint32_t problem_count;
    uint32_t told_count; /* of them: known from before, not to be told again */
    size_t problems[MAX_PROBLEMS];
    uint32_t group_count;
    uint32_t groups[WT_SCHEMA_MAX_GROUPS]; /* offsets of their sequence words */
    const struct wt_field_rule *rules;     /* borrowed until the end */
    size_t rule_count;
    struct wt_buffer texts;
    struct draft fields[WT_SCHEMA_MAX_FIELDS];
};

struct wt_schema_builder *wt_schema_builder_create(size_t segment_size) {
    struct wt_schema_builder *builder = malloc(sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->segment_size = segment_size;
    builder->field_count = 0;
    builder->problem_count = builder->told_count = 0;
    builder->group_count = 0;
    builder->rules = NULL;
    builder->rule_count = 0;
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

static void keep_problem(struct wt_schema_builder *builder, const char *text, size_t length) {
    char clean[PROBLEM_BYTES];
    length = wt_text_clean(clean, sizeof clean, text, length);
    for (uint32_t i = 0; i < builder->told_count && !builder->texts.failed; i++)
        if (strcmp(builder->texts.data + builder->problems[i], clean) == 0)
            return;
    if (builder->problem_count++ < MAX_PROBLEMS)
        builder->problems[builder->problem_count - 1] = keep_text(builder, clean, length);
}

void wt_schema_builder_problem(struct wt_schema_builder *builder, const char *format, ...) {
    char text[PROBLEM_BYTES];
    if (builder->problem_count >= MAX_PROBLEMS && builder->told_count == 0) {
        builder->problem_count++;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    if ((size_t)length >= sizeof text)
        length = (int)sizeof text - 1;
    keep_problem(builder, text, (size_t)length);
}

void wt_schema_builder_told(struct wt_schema_builder *builder, const char *text, size_t length) {
    builder->told_count = 0; /* the same twice was told twice */
    keep_problem(builder, text, length);
    builder->told_count =
        builder->problem_count < MAX_PROBLEMS ? builder->problem_count : MAX_PROBLEMS;
}

static bool has_key(const struct wt_schema_builder *builder, const char *key, uint64_t hash) {
    for (uint32_t i = 0; i < builder->field_count; i++) {
        if (builder->fields[i].key_hash == hash &&
            strcmp(builder->texts.data + builder->fields[i].key, key) == 0)
            return true;
    }
    return false;
}

/* A name as problems show it: one of 255 bytes would push the cause out of sight. */
static const char *label_of(const struct wt_schema_builder *builder, const struct draft *draft,
                            char label[64]) {
    if (builder->texts.failed)
        return "?";
    const char *key = builder->texts.data + draft->key;
    wt_text_clean(label, 64, key, strlen(key));
    return label;
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

/* What hints say a field means; what they say wrong is named, and not heard. */
static void hear_hints(struct wt_schema_builder *builder, struct draft *draft, const void *hints,
                       size_t length) {
    char unit[WT_SCHEMA_MAX_UNIT_BYTES + 1], complaint[192];
    draft->said = (struct wt_field_said){.says = 0};
    if (!wt_hints_meaning(hints, length, &draft->said, unit, complaint, sizeof complaint)) {
        char label[64];
        wt_schema_builder_problem(builder, "field %s: %s", label_of(builder, draft, label),
                                  complaint);
    }
    if ((draft->said.says & WT_SAYS_UNIT) != 0)
        draft->said_unit = keep_text(builder, unit, strlen(unit));
    draft->said.unit = NULL;
}

static void keep_hints(struct wt_schema_builder *builder, struct draft *draft, const void *hints,
                       size_t length) {
    draft->has_hints = true;
    draft->hints = keep_text(builder, hints, length);
    draft->hints_length = length;
    switch (wt_hints_group(hints, length, &draft->group_offset)) {
    case WT_HINT_ABSENT:
        break;
    case WT_HINT_READ:
        draft->in_group = true;
        break;
    case WT_HINT_WRONG:
        wt_schema_builder_problem(builder, "field %s stands alone: the hint group is no offset",
                                  label_of(builder, draft, (char[64]){0}));
        break;
    }
    hear_hints(builder, draft, hints, length);
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
    if (hints != NULL)
        keep_hints(builder, &draft, hints, hints_length);
    if (!builder->texts.failed)
        builder->fields[builder->field_count++] = draft;
}

void wt_schema_builder_mean(struct wt_schema_builder *builder, const char *key,
                            const struct wt_field_meaning *meaning) {
    if (builder->field_count == 0 || builder->texts.failed)
        return;
    struct draft *draft = &builder->fields[builder->field_count - 1];
    if (strcmp(builder->texts.data + draft->key, key) != 0)
        return;
    draft->has_meaning = true;
    draft->meaning = *meaning;
    draft->unit = keep_text(builder, meaning->unit, strlen(meaning->unit));
    draft->in_group = draft->in_group && !meaning->alone;
}

void wt_schema_builder_rules(struct wt_schema_builder *builder, const struct wt_field_rule *rules,
                             size_t count) {
    builder->rules = rules;
    builder->rule_count = count;
}

/* ---- Groups ---- */

/* The field that a sequence word at `offset` would lie in, or the end of the fields. */
static uint32_t field_under(const struct wt_schema_builder *builder, uint64_t offset) {
    for (uint32_t i = 0; i < builder->field_count; i++) {
        const struct draft *draft = &builder->fields[i];
        if (offset < draft->offset + wt_type_bytes(draft->type) &&
            draft->offset < offset + sizeof(uint64_t))
            return i;
    }
    return builder->field_count;
}

/* Whether a sequence word may lie at `offset`; says in a problem why not. */
static bool check_group(struct wt_schema_builder *builder, uint64_t offset) {
    static const char lead[] = "a group's fields stand alone: its sequence word at offset";
    unsigned long long at = offset;
    if (builder->segment_size < sizeof(uint64_t) ||
        offset > builder->segment_size - sizeof(uint64_t) || offset > UINT32_MAX - 7) {
        wt_schema_builder_problem(builder, "%s %llu is not inside the segment of %zu bytes", lead,
                                  at, builder->segment_size);
        return false;
    }
    if (offset % sizeof(uint64_t) != 0) {
        wt_schema_builder_problem(builder, "%s %llu is no multiple of 8", lead, at);
        return false;
    }
    uint32_t under = field_under(builder, offset);
    if (under < builder->field_count) {
        wt_schema_builder_problem(builder, "%s %llu lies over the field %s", lead, at,
                                  label_of(builder, &builder->fields[under], (char[64]){0}));
        return false;
    }
    if (builder->group_count == WT_SCHEMA_MAX_GROUPS) {
        wt_schema_builder_problem(builder, "%s %llu is one too many, only %d groups are read", lead,
                                  at, WT_SCHEMA_MAX_GROUPS);
        return false;
    }
    return true;
}

/* Gives each field its group, once all fields are known. A word that can be none is named once. */
static void resolve_groups(struct wt_schema_builder *builder) {
    for (uint32_t i = 0; i < builder->field_count; i++) {
        struct draft *draft = &builder->fields[i];
        uint32_t same = 0; /* the first field that names this word */
        while (same < i && !(builder->fields[same].in_group &&
                             builder->fields[same].group_offset == draft->group_offset))
            same++;
        if (!draft->in_group)
            continue;
        if (same < i) {
            draft->group = builder->fields[same].group;
        } else if (check_group(builder, draft->group_offset)) {
            builder->groups[builder->group_count++] = (uint32_t)draft->group_offset;
            draft->group = builder->group_count;
        }
    }
}

/* Fills schema->groups, which has room, and the members behind it, once the fields are there. */
static void place_groups(const struct wt_schema_builder *builder, struct wt_schema *schema,
                         struct wt_schema_group *groups, uint32_t *members) {
    for (uint32_t g = 0; g < builder->group_count; g++) {
        groups[g] = (struct wt_schema_group){.offset = builder->groups[g], .members = members};
        for (uint32_t i = 0; i < schema->field_count; i++) {
            if (schema->fields[i].group == g + 1)
                members[groups[g].member_count++] = i;
        }
        members += groups[g].member_count;
        uint32_t end = groups[g].offset + (uint32_t)sizeof(uint64_t);
        if (end > schema->extent_bytes)
            schema->extent_bytes = end;
    }
}

/* ---- The end ---- */

static const struct wt_field_rule *find_rule(const struct wt_schema_builder *builder,
                                             const char *key) {
    for (size_t i = 0; i < builder->rule_count; i++)
        if (strcmp(builder->rules[i].key, key) == 0)
            return &builder->rules[i];
    return NULL;
}

/* How well a field fits the busy role: known or ruled to be it, else hinted, else by name. */
enum { RANK_HINTED = 100, RANK_KNOWN = 200 };

/* What a field means: by rule, by hint, by name; *rank is how well it fits the busy role. */
static struct wt_field_meaning find_meaning(const struct wt_schema_builder *builder,
                                            const struct draft *draft, const char *key,
                                            const char *texts, int *rank) {
    if (draft->has_meaning) {
        *rank = draft->meaning.role == WT_ROLE_BUSY ? RANK_KNOWN : 0;
        struct wt_field_meaning known = draft->meaning;
        known.unit = texts + draft->unit;
        return known;
    }
    struct wt_field_meaning meaning = {
        .kind = wt_kind_of_name(key), .role = wt_role_of_name(key), .unit = ""};
    struct wt_field_said said = draft->said;
    const struct wt_field_rule *rule = find_rule(builder, key);
    said.unit = texts + draft->said_unit;
    *rank = wt_busy_rank_of_name(key);
    wt_said_apply(&said, &meaning);
    if ((said.says & WT_SAYS_ROLE) != 0 || meaning.kind == WT_KIND_COUNTER)
        *rank = meaning.role == WT_ROLE_BUSY ? RANK_HINTED : 0;
    if (rule == NULL)
        return meaning;
    wt_said_apply(&rule->said, &meaning);
    if ((rule->said.says & WT_SAYS_ROLE) != 0 || meaning.kind == WT_KIND_COUNTER)
        *rank = meaning.role == WT_ROLE_BUSY ? RANK_KNOWN : 0;
    return meaning;
}

/* Length of a unit that a rule gives: it comes behind the texts. */
static size_t rule_unit_bytes(const struct wt_schema_builder *builder) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < builder->field_count && !builder->texts.failed; i++) {
        const struct wt_field_rule *rule =
            find_rule(builder, builder->texts.data + builder->fields[i].key);
        if (rule != NULL && (rule->said.says & WT_SAYS_UNIT) != 0)
            bytes += strlen(rule->said.unit) + 1;
    }
    return bytes;
}

/* Kinds, roles, aggregates and units. Only one field is busy: the one that fits best; the first
 * among equals. `units` has room for those that rules give. */
static void give_meanings(const struct wt_schema_builder *builder, struct wt_field *fields,
                          const char *texts, char *units) {
    int best = 0;
    uint32_t busy = 0;
    for (uint32_t i = 0; i < builder->field_count; i++) {
        int rank = 0;
        const struct wt_field_meaning meaning =
            find_meaning(builder, &builder->fields[i], fields[i].key, texts, &rank);
        fields[i].kind = meaning.kind;
        fields[i].role = meaning.role == WT_ROLE_BUSY ? WT_ROLE_NONE : meaning.role;
        fields[i].aggregate = meaning.aggregate;
        fields[i].unit = meaning.unit;
        const struct wt_field_rule *rule =
            builder->fields[i].has_meaning ? NULL : find_rule(builder, fields[i].key);
        if (rule != NULL && (rule->said.says & WT_SAYS_UNIT) != 0) {
            size_t bytes = strlen(meaning.unit) + 1;
            memcpy(units, meaning.unit, bytes);
            fields[i].unit = units;
            units += bytes;
        }
        if (rank > best) {
            best = rank;
            busy = i;
        }
    }
    if (best > 0)
        fields[busy].role = WT_ROLE_BUSY;
}

/* Index of the first field of a role, -1 without. */
static int first_of_role(const struct wt_schema *schema, enum wt_role role) {
    for (uint32_t i = 0; i < schema->field_count; i++)
        if (schema->fields[i].role == role)
            return (int)i;
    return -1;
}

static uint64_t hash_schema(const struct wt_schema *schema) {
    uint64_t hash = schema->field_count;
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        const uint32_t place[2] = {(uint32_t)field->type, field->offset};
        hash = wt_hash(field->key, strlen(field->key), hash);
        const uint32_t meaning[3] = {(uint32_t)field->kind, (uint32_t)field->role,
                                     (uint32_t)field->aggregate};
        hash = wt_hash(place, sizeof place, hash);
        hash = wt_hash(meaning, sizeof meaning, hash);
        hash = wt_hash(field->unit, strlen(field->unit), hash);
        hash = wt_hash(field->hints, field->hints_length, hash);
    }
    for (uint32_t i = 0; i < schema->problem_count && i < MAX_PROBLEMS; i++)
        hash = wt_hash(schema->problems[i], strlen(schema->problems[i]), hash);
    return hash;
}

static void place_fields(const struct wt_schema_builder *builder, struct wt_schema *schema,
                         struct wt_field *fields, const char *texts) {
    for (uint32_t i = 0; i < builder->field_count; i++) {
        const struct draft *draft = &builder->fields[i];
        fields[i] = (struct wt_field){.key = texts + draft->key,
                                      .type = draft->type,
                                      .offset = draft->offset,
                                      .group = draft->group,
                                      .hints = draft->has_hints ? texts + draft->hints : NULL,
                                      .hints_length = draft->hints_length};
        uint32_t end = draft->offset + (uint32_t)wt_type_bytes(draft->type);
        if (end > schema->extent_bytes)
            schema->extent_bytes = end;
    }
}

wt_status wt_schema_builder_finish(struct wt_schema_builder *builder, struct wt_schema **out,
                                   struct wt_error *err) {
    builder->group_count = 0;
    resolve_groups(builder);
    uint32_t kept = builder->problem_count < MAX_PROBLEMS ? builder->problem_count : MAX_PROBLEMS;
    size_t fields_bytes = builder->field_count * sizeof(struct wt_field);
    size_t groups_bytes = builder->group_count * sizeof(struct wt_schema_group);
    size_t problems_bytes = kept * sizeof(char *);
    size_t members_bytes = builder->group_count > 0 ? builder->field_count * sizeof(uint32_t) : 0;
    struct wt_schema *schema = NULL;
    if (!builder->texts.failed)
        schema = malloc(sizeof *schema + fields_bytes + groups_bytes + problems_bytes +
                        members_bytes + builder->texts.length + rule_unit_bytes(builder));
    if (schema == NULL)
        return wt_fail(err, WT_ENOMEM, "schema of %u fields: out of memory", builder->field_count);
    struct wt_field *fields = (struct wt_field *)(schema + 1);
    struct wt_schema_group *groups = (struct wt_schema_group *)(fields + builder->field_count);
    const char **problems = (const char **)(groups + builder->group_count);
    uint32_t *members = (uint32_t *)(problems + kept);
    char *texts = (char *)members + members_bytes;
    if (builder->texts.length > 0)
        memcpy(texts, builder->texts.data, builder->texts.length);
    *schema = (struct wt_schema){.references = 1,
                                 .field_count = builder->field_count,
                                 .fields = fields,
                                 .group_count = builder->group_count,
                                 .groups = groups,
                                 .problem_count = builder->problem_count,
                                 .problems = problems};
    place_fields(builder, schema, fields, texts);
    place_groups(builder, schema, groups, members);
    for (uint32_t i = 0; i < kept; i++)
        problems[i] = texts + builder->problems[i];
    give_meanings(builder, fields, texts, texts + builder->texts.length);
    schema->busy_field = first_of_role(schema, WT_ROLE_BUSY);
    schema->capacity_field = first_of_role(schema, WT_ROLE_CAPACITY);
    schema->queue_field = first_of_role(schema, WT_ROLE_QUEUE);
    schema->errors_field = first_of_role(schema, WT_ROLE_ERRORS);
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
    return a->type == b->type && a->offset == b->offset && a->kind == b->kind &&
           a->role == b->role && a->aggregate == b->aggregate && strcmp(a->unit, b->unit) == 0 &&
           a->hints_length == b->hints_length && (a->hints == NULL) == (b->hints == NULL) &&
           strcmp(a->key, b->key) == 0 &&
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
