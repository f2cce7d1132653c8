/* Groups as a monitor understands them: hints, schemas, the codec, the sampler, the store. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/codec.h"
#include "schema/hints.h"
#include "support/store.h"
#include "support/worker.h"

enum { SEGMENT = 512 };

/* ---- Hints ---- */

static enum wt_hint read_hint(const char *bytes, size_t length, uint64_t *offset) {
    /* A copy of exactly this length, so that sanitizers see a byte too many. */
    char *exact = malloc(length == 0 ? 1 : length);
    assert_non_null(exact);
    memcpy(exact, bytes, length);
    enum wt_hint hint = wt_hints_group(exact, length, offset);
    free(exact);
    return hint;
}

#define BYTES(text) text, sizeof(text) - 1

static void the_group_is_found_among_other_hints(void **state) {
    (void)state;
    const struct {
        const char *bytes;
        size_t length;
        uint64_t offset;
    } good[] = {
        {BYTES("\x81\xa5"
               "group\x08"),
         8},
        {BYTES("\x81\xc7\x05\x20"
               "group\xcd\x01\xf8"),
         504},
        {BYTES("\x81\xd9\x05"
               "group\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
         UINT64_MAX},
        {BYTES("\x81\xa5"
               "group\xd1\x7f\xf8"),
         0x7ff8}, /* a signed form of a number from zero up */
        /* kind => counter, unit => [1, {2 => nil}, "x"], a float, a bin, an ext; then the group */
        {BYTES("\x86\xa4"
               "kind\xc7\x07\x20"
               "counter\xa4unit\x93\x01\x81\x02\xc0\xa1x\x01\xcb\x00\x00\x00\x00\x00\x00\x00\x00"
               "\x02\xc4\x03\x81\xa5g\x03\xd6\x10"
               "abcd\xa5"
               "group\x10"),
         16},
        {BYTES("\xde\x00\x01\xa5"
               "group\x20 and more behind it"),
         32},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint64_t offset = 1;
        assert_int_equal(read_hint(good[i].bytes, good[i].length, &offset), WT_HINT_READ);
        assert_true(offset == good[i].offset);
        /* Every beginning of it is harmless. */
        for (size_t cut = 0; cut < good[i].length; cut++) {
            enum wt_hint hint = read_hint(good[i].bytes, cut, &offset);
            assert_true(hint == WT_HINT_ABSENT || hint == WT_HINT_READ);
        }
    }
}

static void nonsense_is_no_hint(void **state) {
    (void)state;
    uint64_t offset = 77;
    assert_int_equal(wt_hints_group(NULL, 100, &offset), WT_HINT_ABSENT);
    const struct {
        const char *bytes;
        size_t length;
        enum wt_hint hint;
    } bad[] = {
        {BYTES("\x80"), WT_HINT_ABSENT},
        {BYTES("\xa5"
               "group"),
         WT_HINT_ABSENT},
        {BYTES("\x92\xa5"
               "group\x08"),
         WT_HINT_ABSENT}, /* a list */
        {BYTES("\x81\xa5"
               "Group\x08"),
         WT_HINT_ABSENT},
        {BYTES("\x81\xc7\x05\x21"
               "group\x08"),
         WT_HINT_ABSENT}, /* an ext that is no symbol */
        {BYTES("\x81\x81\xa5"
               "group\x08\x08"),
         WT_HINT_ABSENT}, /* as a part of a key */
        {BYTES("\xdf\xff\xff\xff\xff\x01"), WT_HINT_ABSENT},
        {BYTES("\x81\x01\xdd\xff\xff\xff\xff"), WT_HINT_ABSENT},
        {BYTES("\x82\x01\xc1\xa5"
               "group\x08"),
         WT_HINT_ABSENT}, /* c1 is never written */
        {BYTES("\x81\xa5"
               "group\xff"),
         WT_HINT_WRONG}, /* -1 */
        {BYTES("\x81\xa5"
               "group\xd0\x80"),
         WT_HINT_WRONG},
        {BYTES("\x81\xa5"
               "group\xa1"
               "8"),
         WT_HINT_WRONG},
        {BYTES("\x81\xa5"
               "group\xc0"),
         WT_HINT_WRONG},
        {BYTES("\x81\xa5"
               "group\x91\x08"),
         WT_HINT_WRONG},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_hint(bad[i].bytes, bad[i].length, &offset) != bad[i].hint)
            fail_msg("hints %zu", i);
    assert_true(offset == 77);
}

/* ---- Schemas ---- */

enum { NONE = -1 };

struct tuple {
    const char *key, *type;
    int64_t offset;
    int64_t group; /* NONE, or the offset of its sequence word */
};

static struct wt_schema *build(const struct tuple *tuples, size_t count) {
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    assert_non_null(builder);
    for (size_t i = 0; i < count; i++) {
        unsigned char whole[16] = {0x81, 0xa5, 'g', 'r', 'o', 'u', 'p', 0xcf};
        for (int k = 0; k < 8; k++)
            whole[8 + k] = (unsigned char)((uint64_t)tuples[i].group >> (56 - 8 * k));
        bool has = tuples[i].group != NONE;
        wt_schema_builder_add(builder, tuples[i].key, strlen(tuples[i].key), tuples[i].type,
                              strlen(tuples[i].type), tuples[i].offset, has ? whole : NULL,
                              has ? sizeof whole : 0);
    }
    struct wt_schema *schema;
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}

#define BUILD(...)                                                                                 \
    build((const struct tuple[]){__VA_ARGS__},                                                     \
          sizeof((const struct tuple[]){__VA_ARGS__}) / sizeof(struct tuple))

static void groups_are_told_by_their_word(void **state) {
    (void)state;
    struct wt_schema *schema =
        BUILD({"a", "u64", 0, 64}, {"b", "u32", 8, NONE}, {"c", "u64", 12, 72},
              {"d", "F32", 20, 64}, {"e", "s64", 24, 72});
    assert_int_equal(schema->problem_count, 0);
    assert_int_equal(schema->group_count, 2);
    assert_int_equal(schema->groups[0].offset, 64);
    assert_int_equal(schema->groups[0].member_count, 2);
    assert_int_equal(schema->groups[0].members[1], 3);
    assert_int_equal(schema->groups[1].offset, 72);
    assert_int_equal(schema->groups[1].members[0], 2);
    assert_int_equal(schema->groups[1].members[1], 4);
    const uint32_t groups[] = {1, 0, 2, 1, 2};
    for (int i = 0; i < 5; i++)
        assert_int_equal(schema->fields[i].group, groups[i]);
    assert_int_equal(schema->extent_bytes, 80);
    struct wt_schema *same = BUILD({"a", "u64", 0, 64}, {"b", "u32", 8, NONE}, {"c", "u64", 12, 72},
                                   {"d", "F32", 20, 64}, {"e", "s64", 24, 72});
    struct wt_schema *other =
        BUILD({"a", "u64", 0, 64}, {"b", "u32", 8, NONE}, {"c", "u64", 12, 64},
              {"d", "F32", 20, 64}, {"e", "s64", 24, 72});
    assert_true(wt_schema_equal(schema, same));
    assert_false(wt_schema_equal(schema, other));
    wt_schema_unref(schema);
    wt_schema_unref(same);
    wt_schema_unref(other);
}

/* A word that cannot be one costs the group, never the fields, and is named once. */
static void a_bad_word_lets_its_fields_stand_alone(void **state) {
    (void)state;
    static const struct {
        int64_t word;
        const char *says;
    } bad[] = {
        {508, "is not inside the segment of 512 bytes"},
        {512, "is not inside the segment"},
        {INT64_MIN, "9223372036854775808 is not inside the segment"},
        {-8, "18446744073709551608 is not inside the segment"},
        {20, "20 is no multiple of 8"},
        {8, "8 lies over the field b"},
        {16, "16 lies over the field c"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wt_schema *schema =
            BUILD({"a", "u64", 0, bad[i].word}, {"b", "u64", 8, bad[i].word}, {"c", "U8", 23, NONE},
                  {"d", "u64", 24, 64}, {"e", "u64", 32, bad[i].word});
        assert_int_equal(schema->field_count, 5);
        assert_int_equal(schema->problem_count, 1);
        if (strstr(schema->problems[0], bad[i].says) == NULL)
            fail_msg("%s", schema->problems[0]);
        assert_int_equal(schema->group_count, 1);
        assert_int_equal(schema->fields[0].group, 0);
        assert_int_equal(schema->fields[3].group, 1);
        assert_int_equal(schema->fields[4].group, 0);
        wt_schema_unref(schema);
    }
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    wt_schema_builder_add(builder, "a", 1, "u64", 3, 0, "\x81\xa5group\xc0", 8);
    struct wt_schema *schema;
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    assert_string_equal(schema->problems[0], "field a stands alone: the hint group is no offset");
    wt_schema_unref(schema);
}

static void at_most_sixteen_groups(void **state) {
    (void)state;
    struct tuple tuples[20];
    char keys[20][16];
    for (int i = 0; i < 20; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        tuples[i] = (struct tuple){keys[i], "u64", 8 * i, 256 + 8 * i};
    }
    struct wt_schema *schema = build(tuples, 20);
    assert_int_equal(schema->group_count, WT_SCHEMA_MAX_GROUPS);
    assert_int_equal(schema->fields[15].group, 16);
    assert_int_equal(schema->fields[16].group, 0);
    assert_int_equal(schema->problem_count, 4);
    assert_non_null(strstr(schema->problems[0], "384 is one too many, only 16 groups are read"));
    wt_schema_unref(schema);
}

/* ---- Reading ---- */

static void a_group_is_read_when_its_number_is_even(void **state) {
    (void)state;
    _Alignas(8) unsigned char segment[SEGMENT] = {0};
    struct wt_schema *schema = BUILD({"a", "u64", 0, 64}, {"alone", "u64", 8, NONE},
                                     {"b", "U16", 21, 64}, {"c", "u64", 28, 64});
    for (int i = 0; i < 4; i++)
        wt_codec_write(segment, &schema->fields[i], (uint64_t)i + 1);
    uint64_t bits[4] = {9, 9, 9, 9}, *sequence = (uint64_t *)(void *)(segment + 64);
    assert_int_equal(wt_codec_read_group(segment, schema, &schema->groups[0], bits), 1);
    assert_true(bits[0] == 1 && bits[1] == 9 && bits[2] == 3 && bits[3] == 4);
    *sequence = 1;
    assert_int_equal(wt_codec_read_group(segment, schema, &schema->groups[0], bits), 0);
    *sequence = UINT64_MAX - 1;
    assert_int_equal(wt_codec_read_group(segment, schema, &schema->groups[0], bits), 1);
    assert_true(bits[1] == 9);
    wt_schema_unref(schema);
}

static void a_store_reads_groups_whole_or_marked(void **state) {
    (void)state;
    struct test_store t;
    struct wt_value values[3];
    size_t count;
    test_store_open(&t, NULL);
    struct wt_schema *schema =
        BUILD({"a", "u64", 0, 64}, {"alone", "u64", 8, NONE}, {"b", "u64", 16, 64});
    uint32_t at = test_store_allocate(&t, 1, schema);
    uint64_t *words = (uint64_t *)(uintptr_t)wt_store_segment(t.store, at);
    words[0] = 5, words[1] = 6, words[2] = 7;
    assert_int_equal(wt_store_read(t.store, 1, values, 3, &count, NULL), WT_OK);
    assert_true(count == 3 && values[0].bits == 5 && values[2].bits == 7);
    assert_int_equal(values[2].state, WT_VALUE_READ);
    words[8] = 3;
    assert_int_equal(wt_store_read(t.store, 1, values, 2, &count, NULL), WT_OK);
    assert_int_equal(values[0].state, WT_VALUE_TORN);
    assert_int_equal(values[0].bits, 0);
    assert_int_equal(values[1].state, WT_VALUE_READ);
    assert_int_equal(values[1].bits, 6);
    assert_int_equal(values[2].bits, 7); /* of the read before: there was room for two */
    wt_schema_unref(schema);
    test_store_close(&t);
}

static uint64_t shown(const struct wt_spot *spot, int field) {
    return spot->cohort->values[spot->row * 3 + (size_t)field];
}

/* While a group is half written its last good values are shown, all of them, and the row says so;
 * fields outside of it go on. */
static void the_sampler_shows_the_last_good_group(void **state) {
    (void)state;
    struct wt_rig rig;
    struct wt_spot spot;
    wt_rig_open(&rig, NULL);
    struct wt_fake worker = wt_fake_register(&rig, "web", 1, 0);
    wt_fake_map(&worker);
    wt_monitor_setup_answered(rig.monitor, worker.id,
                              BUILD({"a_total", "u64", 0, 64}, {"alone_total", "u64", 8, NONE},
                                    {"b_total", "u64", 16, 64}),
                              rig.now);
    wt_fake_set(&worker, 64, 1); /* at the very first look nothing good is known */
    wt_fake_set(&worker, 0, 100);
    assert_true(wt_find_worker(wt_rig_tick(&rig, WT_NS_PER_S), worker.id, &spot));
    assert_true((spot.status->flags & WT_ROW_TORN) != 0);
    assert_true(shown(&spot, 0) == 0 && shown(&spot, 2) == 0);

    wt_fake_set(&worker, 16, 200);
    wt_fake_set(&worker, 64, 2);
    assert_true(wt_find_worker(wt_rig_tick(&rig, WT_NS_PER_S), worker.id, &spot));
    assert_int_equal(spot.status->flags & WT_ROW_TORN, 0);
    assert_true(shown(&spot, 0) == 100 && shown(&spot, 2) == 200);

    wt_fake_set(&worker, 64, 3);
    wt_fake_set(&worker, 0, 101);
    wt_fake_set(&worker, 8, 7);
    for (int i = 0; i < 3; i++) {
        assert_true(wt_find_worker(wt_rig_tick(&rig, WT_NS_PER_S), worker.id, &spot));
        assert_true((spot.status->flags & WT_ROW_TORN) != 0);
        assert_true(shown(&spot, 0) == 100 && shown(&spot, 1) == 7 && shown(&spot, 2) == 200);
    }
    wt_fake_set(&worker, 16, 202);
    wt_fake_set(&worker, 64, 4);
    assert_true(wt_find_worker(wt_rig_tick(&rig, WT_NS_PER_S), worker.id, &spot));
    assert_int_equal(spot.status->flags & WT_ROW_TORN, 0);
    assert_true(shown(&spot, 0) == 101 && shown(&spot, 2) == 202);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_group_is_found_among_other_hints),
        cmocka_unit_test(nonsense_is_no_hint),
        cmocka_unit_test(groups_are_told_by_their_word),
        cmocka_unit_test(a_bad_word_lets_its_fields_stand_alone),
        cmocka_unit_test(at_most_sixteen_groups),
        cmocka_unit_test(a_group_is_read_when_its_number_is_even),
        cmocka_unit_test(a_store_reads_groups_whole_or_marked),
        cmocka_unit_test(the_sampler_shows_the_last_good_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
