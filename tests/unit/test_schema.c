#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"

enum { SEGMENT = 512 };

struct tuple {
    const char *key, *type;
    int64_t offset;
};

static void add(struct wt_schema_builder *builder, const char *key, const char *type,
                int64_t offset) {
    wt_schema_builder_add(builder, key, strlen(key), type, strlen(type), offset, NULL, 0);
}

static struct wt_schema *finish(struct wt_schema_builder *builder) {
    struct wt_schema *schema = NULL;
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}

static struct wt_schema *build(const struct tuple *tuples, size_t count) {
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    assert_non_null(builder);
    for (size_t i = 0; i < count; i++)
        add(builder, tuples[i].key, tuples[i].type, tuples[i].offset);
    return finish(builder);
}

#define BUILD(...)                                                                                 \
    build((const struct tuple[]){__VA_ARGS__},                                                     \
          sizeof((const struct tuple[]){__VA_ARGS__}) / sizeof(struct tuple))

static void every_type_parses_to_itself(void **state) {
    (void)state;
    const struct {
        const char *text;
        wt_type type;
        size_t bytes;
        enum wt_type_class class_;
        bool big;
    } table[] = {
#define ROW(name, text, bytes, class_name, big)                                                    \
    {text, WT_TYPE_##name, bytes, WT_CLASS_##class_name, big},
        WT_TYPE_MAP(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        wt_type type;
        assert_true(wt_type_parse(table[i].text, strlen(table[i].text), &type));
        assert_int_equal(type, table[i].type);
        assert_string_equal(wt_type_text(type), table[i].text);
        assert_int_equal(wt_type_bytes(type), table[i].bytes);
        assert_int_equal(wt_type_class(type), table[i].class_);
        assert_int_equal(wt_type_is_big_endian(type), table[i].big);
    }
}

static void aliases_and_nonsense(void **state) {
    (void)state;
    const struct {
        const char *text;
        wt_type type;
    } aliases[] = {{"i16", WT_TYPE_S16LE}, {"I16", WT_TYPE_S16BE}, {"i32", WT_TYPE_S32LE},
                   {"I32", WT_TYPE_S32BE}, {"i64", WT_TYPE_S64LE}, {"I64", WT_TYPE_S64BE},
                   {"i8", WT_TYPE_S8},     {"I8", WT_TYPE_S8},     {"u8", WT_TYPE_U8},
                   {"s8", WT_TYPE_S8}};
    wt_type type;
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        assert_true(wt_type_parse(aliases[i].text, strlen(aliases[i].text), &type));
        assert_int_equal(type, aliases[i].type);
    }
    const char *const wrong[] = {"",    "u",   "f16",  "u24", "x32", "u128", "u640",
                                 "u 8", "32u", "bool", "f8",  "UU",  "i",    "u64\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(wt_type_parse(wrong[i], strlen(wrong[i]), &type));
    assert_false(wt_type_parse("u6\0", 3, &type));
    assert_true(wt_type_parse("u64 and more", 3, &type));
}

static void the_default_schema_of_ruby(void **state) {
    (void)state;
    struct wt_schema *schema =
        BUILD({"connections_active", "u32", 0}, {"connections_total", "u64", 4},
              {"requests_active", "u32", 12}, {"requests_total", "u64", 16});
    assert_int_equal(schema->field_count, 4);
    assert_int_equal(schema->problem_count, 0);
    assert_int_equal(schema->extent_bytes, 24);
    assert_int_equal(schema->fields[0].kind, WT_KIND_GAUGE);
    assert_int_equal(schema->fields[1].kind, WT_KIND_COUNTER);
    assert_int_equal(schema->fields[1].offset, 4);
    assert_int_equal(schema->fields[2].role, WT_ROLE_BUSY);
    assert_int_equal(schema->fields[3].type, WT_TYPE_U64LE);
    assert_int_equal(schema->busy_field, 2);
    assert_int_equal(schema->capacity_field, -1);
    wt_schema_unref(schema);
}

static void names_give_kind_and_role(void **state) {
    (void)state;
    const struct {
        const char *key;
        enum wt_kind kind;
        enum wt_role role;
    } table[] = {{"requests_total", WT_KIND_COUNTER, WT_ROLE_NONE},
                 {"gc_count", WT_KIND_COUNTER, WT_ROLE_NONE},
                 {"requests_errors_total", WT_KIND_COUNTER, WT_ROLE_ERRORS},
                 {"jobs_failed_total", WT_KIND_COUNTER, WT_ROLE_ERRORS},
                 {"connections_active", WT_KIND_GAUGE, WT_ROLE_NONE},
                 {"connections_busy", WT_KIND_GAUGE, WT_ROLE_NONE},
                 {"connections_limit", WT_KIND_GAUGE, WT_ROLE_CAPACITY},
                 {"requests_capacity", WT_KIND_GAUGE, WT_ROLE_CAPACITY},
                 {"pool_max", WT_KIND_GAUGE, WT_ROLE_CAPACITY},
                 {"worker_threads", WT_KIND_GAUGE, WT_ROLE_CAPACITY},
                 {"jobs_queued", WT_KIND_GAUGE, WT_ROLE_QUEUE},
                 {"listen_backlog", WT_KIND_GAUGE, WT_ROLE_QUEUE},
                 {"queue_depth", WT_KIND_GAUGE, WT_ROLE_QUEUE},
                 {"queue_limit", WT_KIND_GAUGE, WT_ROLE_NONE},
                 {"queue_taken_total", WT_KIND_COUNTER, WT_ROLE_NONE},
                 {"temperature", WT_KIND_GAUGE, WT_ROLE_NONE},
                 {"total", WT_KIND_GAUGE, WT_ROLE_NONE},
                 {"slots_busy", WT_KIND_GAUGE, WT_ROLE_BUSY},
                 {"threads_busy", WT_KIND_GAUGE, WT_ROLE_NONE}};
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    size_t count = sizeof table / sizeof table[0];
    for (size_t i = 0; i < count; i++)
        add(builder, table[i].key, "u64", (int64_t)i * 8);
    struct wt_schema *schema = finish(builder);
    assert_int_equal(schema->field_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(schema->fields[i].kind, table[i].kind);
        assert_int_equal(schema->fields[i].role, table[i].role);
        assert_string_equal(schema->fields[i].unit, "");
        assert_int_equal(schema->fields[i].aggregate, WT_AGGREGATE_SUM);
    }
    assert_string_equal(schema->fields[schema->busy_field].key, "slots_busy");
    assert_string_equal(schema->fields[schema->capacity_field].key, "connections_limit");
    assert_string_equal(schema->fields[schema->queue_field].key, "jobs_queued");
    assert_string_equal(schema->fields[schema->errors_field].key, "requests_errors_total");
    wt_schema_unref(schema);
    schema = BUILD({"slots_busy", "u64", 0}, {"requests_active", "u64", 8});
    assert_int_equal(schema->busy_field, 1);
    assert_int_equal(schema->fields[0].role, WT_ROLE_NONE);
    wt_schema_unref(schema);
}

static void fields_stay_inside_the_segment(void **state) {
    (void)state;
    struct wt_schema *schema =
        BUILD({"last", "u64", 504}, {"beyond", "u64", 505}, {"byte", "U8", 511}, {"end", "U8", 512},
              {"before", "u32", -4}, {"far", "u32", INT64_MAX}, {"farther", "u32", INT64_MIN},
              {"wrapped", "u32", INT64_C(0x100000000)});
    assert_int_equal(schema->field_count, 2);
    assert_string_equal(schema->fields[1].key, "byte");
    assert_int_equal(schema->problem_count, 6);
    assert_string_equal(
        schema->problems[0],
        "field beyond left out: 8 bytes at offset 505 are not inside the segment of 512 bytes");
    assert_non_null(strstr(schema->problems[2], "offset -4"));
    assert_int_equal(schema->extent_bytes, 512);
    wt_schema_unref(schema);
    struct wt_schema_builder *builder = wt_schema_builder_create(4);
    add(builder, "large", "u64", 0);
    add(builder, "fits", "u32", 0);
    schema = finish(builder);
    assert_int_equal(schema->field_count, 1);
    wt_schema_unref(schema);
}

static void nonsense_costs_only_itself(void **state) {
    (void)state;
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    add(builder, "good", "u32", 0);
    add(builder, "bad", "\x1b[31mfloat64", 8);
    add(builder, "good", "u64", 16);
    add(builder, "", "u64", 16);
    wt_schema_builder_problem(builder, "a field is no tuple but %s", "nil\n");
    add(builder, "also_good", "F32", 24);
    struct wt_schema *schema = finish(builder);
    assert_int_equal(schema->field_count, 2);
    assert_string_equal(schema->fields[1].key, "also_good");
    assert_int_equal(schema->problem_count, 4);
    assert_non_null(strstr(schema->problems[0], "type \"\xc2\xb7[31mfloat64\""));
    assert_string_equal(schema->problems[1], "field good left out: the name is there already");
    assert_string_equal(schema->problems[2], "field left out: it has no name");
    assert_string_equal(schema->problems[3], "a field is no tuple but nil\xc2\xb7");
    wt_schema_unref(schema);
}

static void long_names_are_cut(void **state) {
    (void)state;
    char name[10001];
    memset(name, 'k', 10000);
    name[10000] = '\0';
    struct wt_schema *schema = BUILD({name, "u32", 0}, {name, "u32", 4}, {name + 9745, "u32", 8});
    assert_int_equal(schema->field_count, 2);
    assert_int_equal(strlen(schema->fields[0].key), 255);
    assert_string_equal(schema->fields[0].key + 252, "\xe2\x80\xa6");
    assert_int_equal(strlen(schema->fields[1].key), 255);
    assert_int_equal(schema->problem_count, 1);
    assert_true(strlen(schema->problems[0]) < 200);
    wt_schema_unref(schema);
}

static void at_most_256_fields(void **state) {
    (void)state;
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    for (int i = 0; i < 300; i++) {
        char key[16];
        snprintf(key, sizeof key, "f%d", i);
        add(builder, key, "U8", i);
    }
    struct wt_schema *schema = finish(builder);
    assert_int_equal(schema->field_count, 256);
    assert_string_equal(schema->fields[255].key, "f255");
    assert_int_equal(schema->problem_count, 44);
    assert_string_equal(schema->problems[15], "field left out: only the first 256 fields are read");
    wt_schema_unref(schema);
}

static void nothing_is_a_schema_too(void **state) {
    (void)state;
    struct wt_schema *schema = finish(wt_schema_builder_create(SEGMENT));
    assert_int_equal(schema->field_count, 0);
    assert_int_equal(schema->extent_bytes, 0);
    assert_int_equal(schema->busy_field, -1);
    wt_schema_unref(schema);
    wt_schema_unref(NULL);
    assert_null(wt_schema_ref(NULL));
    wt_schema_builder_destroy(NULL);
}

static struct wt_schema *with_hints(const char *hints, size_t length) {
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    wt_schema_builder_add(builder, "a", 1, "u64", 3, 0, hints, length);
    return finish(builder);
}

static void equality(void **state) {
    (void)state;
    struct wt_schema *schemas[] = {BUILD({"a", "u64", 0}, {"b", "u64", 8}),
                                   BUILD({"a", "u64", 0}, {"b", "s64", 8}),
                                   BUILD({"a", "u64", 0}, {"b", "u64", 16}),
                                   BUILD({"a", "u64", 0}, {"c", "u64", 8}),
                                   BUILD({"a", "u64", 0}, {"b", "u64", 8}, {"z", "zzz", 0}),
                                   BUILD({"a", "u64", 0}),
                                   with_hints("\x80", 1),
                                   with_hints("\x80\0", 2),
                                   with_hints("", 0)};
    size_t count = sizeof schemas / sizeof schemas[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++)
            assert_int_equal(wt_schema_equal(schemas[i], schemas[j]), i == j);
    }
    struct wt_schema *same = BUILD({"a", "u64", 0}, {"b", "u64", 8});
    assert_true(wt_schema_equal(same, schemas[0]));
    assert_true(same->hash == schemas[0]->hash);
    assert_false(wt_schema_equal(same, NULL));
    assert_memory_equal(schemas[7]->fields[0].hints, "\x80\0", 2);
    assert_int_equal(schemas[7]->fields[0].hints_length, 2);
    assert_null(same->fields[0].hints);
    wt_schema_unref(same);
    for (size_t i = 0; i < count; i++)
        wt_schema_unref(schemas[i]);
}

static void a_schema_lives_as_long_as_somebody_holds_it(void **state) {
    (void)state;
    struct wt_schema *schema = BUILD({"a", "u64", 0});
    struct wt_schema *held = wt_schema_ref(schema);
    wt_schema_unref(schema);
    assert_string_equal(held->fields[0].key, "a");
    wt_schema_unref(held);
}

static void layouts(void **state) {
    (void)state;
    assert_int_equal(wt_layout_packed(0, WT_TYPE_U64LE), 0);
    assert_int_equal(wt_layout_packed(4, WT_TYPE_U64LE), 4);
    assert_int_equal(wt_layout_packed(13, WT_TYPE_F32BE), 13);
    assert_int_equal(wt_layout_aligned(0, WT_TYPE_U64LE), 0);
    assert_int_equal(wt_layout_aligned(4, WT_TYPE_U64LE), 8);
    assert_int_equal(wt_layout_aligned(8, WT_TYPE_U8), 8);
    assert_int_equal(wt_layout_aligned(9, WT_TYPE_U8), 16);
    const wt_type types[] = {WT_TYPE_U32LE, WT_TYPE_U64LE, WT_TYPE_U32LE, WT_TYPE_U64LE};
    const uint32_t packed[] = {0, 4, 12, 16}, aligned[] = {0, 8, 16, 24};
    uint32_t packed_end = 0, aligned_end = 0;
    for (size_t i = 0; i < 4; i++) {
        packed_end = wt_layout_packed(packed_end, types[i]);
        aligned_end = wt_layout_aligned(aligned_end, types[i]);
        assert_int_equal(packed_end, packed[i]);
        assert_int_equal(aligned_end, aligned[i]);
        packed_end += (uint32_t)wt_type_bytes(types[i]);
        aligned_end += (uint32_t)wt_type_bytes(types[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_parses_to_itself),
        cmocka_unit_test(aliases_and_nonsense),
        cmocka_unit_test(the_default_schema_of_ruby),
        cmocka_unit_test(names_give_kind_and_role),
        cmocka_unit_test(fields_stay_inside_the_segment),
        cmocka_unit_test(nonsense_costs_only_itself),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(at_most_256_fields),
        cmocka_unit_test(nothing_is_a_schema_too),
        cmocka_unit_test(equality),
        cmocka_unit_test(a_schema_lives_as_long_as_somebody_holds_it),
        cmocka_unit_test(layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
