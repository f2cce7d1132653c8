/* What a field means: by name, by the hints of a worker, by the rules of an operator, in this order
 * of growing weight; and the one figure that stands for it. */
#include "support/support.h"

#include <math.h>
#include <string.h>

#include "model/snapshot.h"
#include "schema/hints.h"
#include "schema/schema.h"

enum { SEGMENT = 256 };

struct told {
    const char *key;
    const char *hints; /* msgpack, NULL without */
    size_t hints_length;
};

#define BYTES(text) text, sizeof(text) - 1
#define ROLE_BUSY                                                                                  \
    "\xa4role\xa4"                                                                                 \
    "busy"
#define ROLE_NONE                                                                                  \
    "\xa4role\xa4"                                                                                 \
    "none"
#define ROLE_QUEUE "\xa4role\xa5queue"
#define KIND_COUNTER                                                                               \
    "\xa4kind\xa7"                                                                                 \
    "counter"
#define KIND_GAUGE "\xa4kind\xa5gauge"

static struct wt_schema *build(const struct told *told, size_t count,
                               const struct wt_field_rule *rules, size_t rule_count) {
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    struct wt_schema *schema;
    assert_non_null(builder);
    wt_schema_builder_rules(builder, rules, rule_count);
    for (size_t i = 0; i < count; i++)
        wt_schema_builder_add(builder, told[i].key, strlen(told[i].key), "u64", 3, (int64_t)(8 * i),
                              told[i].hints, told[i].hints_length);
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}

static void check(const struct wt_schema *schema, uint32_t index, enum wt_kind kind,
                  enum wt_role role, const char *unit) {
    const struct wt_field *field = &schema->fields[index];
    if (field->kind != kind || field->role != role || strcmp(field->unit, unit) != 0)
        fail_msg("%s is a %s, %s, \"%s\"", field->key, wt_kind_text(field->kind),
                 wt_role_text(field->role), field->unit);
}

static void hints_win_over_names(void **state) {
    (void)state;
    const struct told told[] = {
        {"requests_active", BYTES("\x81" ROLE_NONE)},
        {"sessions", BYTES("\x82" ROLE_BUSY "\xa4unit\xa8sessions")},
        {"things_count", BYTES("\x81" KIND_GAUGE)},
        {"x", BYTES("\x81" KIND_COUNTER)},
        {"y_count", BYTES("\x81" ROLE_QUEUE)},       /* a queue goes up and down */
        {"slots_limit", BYTES("\x81" KIND_COUNTER)}, /* a counter is no capacity */
        {"jobs_busy", NULL, 0},
    };
    struct wt_schema *schema = build(told, sizeof told / sizeof *told, NULL, 0);
    assert_int_equal(schema->problem_count, 0);
    check(schema, 0, WT_KIND_GAUGE, WT_ROLE_NONE, "");
    check(schema, 1, WT_KIND_GAUGE, WT_ROLE_BUSY, "sessions");
    check(schema, 2, WT_KIND_GAUGE, WT_ROLE_NONE, "");
    check(schema, 3, WT_KIND_COUNTER, WT_ROLE_NONE, "");
    check(schema, 4, WT_KIND_GAUGE, WT_ROLE_QUEUE, "");
    check(schema, 5, WT_KIND_COUNTER, WT_ROLE_NONE, "");
    check(schema, 6, WT_KIND_GAUGE, WT_ROLE_NONE, ""); /* there is a better one */
    assert_int_equal(schema->busy_field, 1);
    wt_schema_unref(schema);
}

static void rules_win_over_hints(void **state) {
    (void)state;
    const struct told told[] = {
        {"a", BYTES("\x82" ROLE_BUSY "\xa4unit\xa1u")},
        {"b", NULL, 0},
        {"c", BYTES("\x82" KIND_COUNTER "\xa9"
                    "aggregate\xa3max")},
    };
    const struct wt_field_rule rules[] = {
        {"b", {.says = WT_SAYS_ROLE | WT_SAYS_UNIT, .role = WT_ROLE_BUSY, .unit = "visits"}},
        {"c", {.says = WT_SAYS_KIND, .kind = WT_KIND_GAUGE}},
        {"a", {.says = WT_SAYS_AGGREGATE, .aggregate = WT_AGGREGATE_MIN}},
        {"not there", {.says = WT_SAYS_ROLE, .role = WT_ROLE_BUSY}},
    };
    struct wt_schema *hinted = build(told, 3, NULL, 0), *ruled = build(told, 3, rules, 4);
    check(hinted, 0, WT_KIND_GAUGE, WT_ROLE_BUSY, "u");
    check(hinted, 2, WT_KIND_COUNTER, WT_ROLE_NONE, "");
    assert_int_equal(hinted->fields[2].aggregate, WT_AGGREGATE_MAX);
    check(ruled, 0, WT_KIND_GAUGE, WT_ROLE_NONE, "u");
    assert_int_equal(ruled->fields[0].aggregate, WT_AGGREGATE_MIN);
    check(ruled, 1, WT_KIND_GAUGE, WT_ROLE_BUSY, "visits");
    check(ruled, 2, WT_KIND_GAUGE, WT_ROLE_NONE, "");
    assert_int_equal(ruled->fields[2].aggregate, WT_AGGREGATE_MAX);
    assert_false(wt_schema_equal(hinted, ruled)); /* they are not summed as if they were the same */
    struct wt_schema *again = build(told, 3, rules, 4);
    assert_true(wt_schema_equal(ruled, again));
    wt_schema_unref(hinted);
    wt_schema_unref(ruled);
    wt_schema_unref(again);
}

static void wrong_hints_are_named_and_not_heard(void **state) {
    (void)state;
    const struct told told[] = {
        {"a_total", BYTES("\x81\xa4kind\xa3hot")},
        {"b", BYTES("\x81\xa4role\x05")},
        {"c", BYTES("\x82\xa9"
                    "aggregate\xa5"
                    "a\x1b[1m" ROLE_QUEUE)},
        {"d", BYTES("\x81\xa4unit\xc0")},
        {"e", BYTES("\x81\xa4role\xa4"
                    "bus")}, /* ends too early: as if there were none */
    };
    static const char *const problems[] = {
        "field a_total: the hint kind \"hot\" is none of gauge, counter",
        "field b: the hint role is none of none, busy, capacity, queue, errors",
        "field c: the hint aggregate \"a\302\267[1m\" is none of sum, min, max, mean, last",
        "field d: the hint unit is no text",
    };
    struct wt_schema *schema = build(told, sizeof told / sizeof *told, NULL, 0);
    assert_int_equal(schema->problem_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(schema->problems[i], problems[i]);
    check(schema, 0, WT_KIND_COUNTER, WT_ROLE_NONE, "");
    check(schema, 2, WT_KIND_GAUGE, WT_ROLE_QUEUE, "");
    assert_int_equal(schema->fields[2].aggregate, WT_AGGREGATE_SUM);
    wt_schema_unref(schema);
}

/* Symbols (ext 0x20) are what Ruby and libworktop send. */
static void words_may_be_symbols_and_units_are_cut(void **state) {
    (void)state;
    static const char symbols[] = "\x82\xd6\x20role\xd6\x20"
                                  "busy\xd6\x20unit\xd9\x28"
                                  "0123456789012345678901234567890123456789";
    const struct told told[] = {{"a", BYTES(symbols)}};
    struct wt_schema *schema = build(told, 1, NULL, 0);
    assert_int_equal(schema->fields[0].role, WT_ROLE_BUSY);
    assert_string_equal(schema->fields[0].unit, "0123456789012345678901234567\342\200\246");
    wt_schema_unref(schema);
}

static void words_are_read_whole(void **state) {
    (void)state;
    enum wt_kind kind;
    enum wt_role role;
    enum wt_aggregate aggregate;
    for (int i = WT_KIND_GAUGE; i <= WT_KIND_COUNTER; i++) {
        const char *word = wt_kind_text((enum wt_kind)i);
        assert_true(wt_kind_of_word(word, strlen(word), &kind) && (int)kind == i);
        assert_false(wt_kind_of_word(word, strlen(word) - 1, &kind));
    }
    for (int i = WT_ROLE_NONE; i <= WT_ROLE_ERRORS; i++) {
        const char *word = wt_role_text((enum wt_role)i);
        assert_true(wt_role_of_word(word, strlen(word), &role) && (int)role == i);
    }
    for (int i = WT_AGGREGATE_SUM; i <= WT_AGGREGATE_LAST; i++) {
        const char *word = wt_aggregate_text((enum wt_aggregate)i);
        assert_true(wt_aggregate_of_word(word, strlen(word), &aggregate) && (int)aggregate == i);
    }
    assert_false(wt_role_of_word("", 0, &role));
}

static void one_figure_stands_for_a_field(void **state) {
    (void)state;
    struct wt_field_stats field = {.sum = wt_number_integer(6),
                                   .min = wt_number_integer(1),
                                   .max = wt_number_integer(3),
                                   .mean = 2};
    static const double figures[] = {[WT_AGGREGATE_SUM] = 6,
                                     [WT_AGGREGATE_MIN] = 1,
                                     [WT_AGGREGATE_MAX] = 3,
                                     [WT_AGGREGATE_MEAN] = 2,
                                     [WT_AGGREGATE_LAST] = 6};
    for (int i = WT_AGGREGATE_SUM; i <= WT_AGGREGATE_LAST; i++) {
        field.aggregate = (enum wt_aggregate)i;
        assert_true(wt_number_to_double(wt_field_figure(&field)) == figures[i]);
    }
    field.aggregate = WT_AGGREGATE_MEAN;
    field.mean = (double)NAN;
    assert_int_equal(wt_field_figure(&field).kind, WT_NUMBER_ABSENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hints_win_over_names),
        cmocka_unit_test(rules_win_over_hints),
        cmocka_unit_test(wrong_hints_are_named_and_not_heard),
        cmocka_unit_test(words_may_be_symbols_and_units_are_cut),
        cmocka_unit_test(words_are_read_whole),
        cmocka_unit_test(one_figure_stands_for_a_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
