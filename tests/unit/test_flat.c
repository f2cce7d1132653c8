#include "support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "model/flat.h"
#include "support/fixture.h"
#include "support/flat.h"
#include "support/samples.h"

static struct wt_flat_extras extras_of(const struct wt_snapshot *snapshot) {
    return (struct wt_flat_extras){
        .events = snapshot->events,
        .event_count = snapshot->event_count,
        .resizes = {snapshot->store.resizes, snapshot->recorders.resizes,
                    snapshot->recorders_wide.resizes},
        .resize_counts = {snapshot->store.resize_length, snapshot->recorders.resize_length,
                          snapshot->recorders_wide.resize_length},
    };
}

static struct wt_snapshot *decoded(const struct flat_parts *parts,
                                   const struct wt_flat_extras *extras) {
    struct wt_flat_workers *workers = NULL;
    struct wt_snapshot *snapshot = NULL;
    struct wt_error err = {.text = ""};
    if (wt_flat_decode_workers(parts->workers.data, parts->workers.length, &workers, &err) !=
            WT_OK ||
        wt_flat_decode_tick(parts->tick.data, parts->tick.length, workers, extras, &snapshot,
                            &err) != WT_OK)
        fail_msg("%s", err.text);
    wt_flat_workers_unref(workers); /* the snapshot holds them */
    return snapshot;
}

static struct wt_snapshot *there_and_back(const struct wt_snapshot *snapshot) {
    struct flat_parts parts = flat_encoded(snapshot);
    struct wt_flat_extras extras = extras_of(snapshot);
    struct wt_snapshot *back = decoded(&parts, &extras);
    flat_drop(&parts);
    return back;
}

static void check_round_trip(const struct wt_snapshot *snapshot) {
    struct wt_snapshot *back = there_and_back(snapshot);
    flat_same_snapshot(snapshot, back);
    assert_int_equal(back->source.kind, WT_SOURCE_ATTACH);
    assert_int_equal(back->source.health, WT_SOURCE_ANSWERING);
    assert_string_equal(back->source.path, "");
    wt_snapshot_unref(back);
}

static void an_odd_snapshot_round_trips(void **state) {
    (void)state;
    struct wt_schema *schema = flat_odd_schema();
    struct flat_odd odd;
    flat_make_odd(&odd, schema);
    check_round_trip(&odd.snapshot);
    odd.cohorts[0].previous = NULL; /* the first one of a monitor */
    check_round_trip(&odd.snapshot);
    wt_schema_unref(schema);
}

static void samples_round_trip(void **state) {
    (void)state;
    struct wt_snapshot *const samples[] = {wt_sample_empty(), wt_sample_fleet(),
                                           wt_sample_large(400)};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        check_round_trip(samples[i]);
        wt_snapshot_unref(samples[i]);
    }
    static const enum wt_fixture kinds[] = {WT_FIXTURE_EMPTY, WT_FIXTURE_HEALTHY,
                                            WT_FIXTURE_TROUBLE, WT_FIXTURE_LARGE};
    for (size_t i = 0; i < 2 * sizeof kinds / sizeof kinds[0]; i++) {
        const struct wt_snapshot *snapshot = wt_fixture_make(kinds[i / 2], i % 2 == 0 ? 0 : 300);
        check_round_trip(snapshot);
        wt_snapshot_unref(snapshot);
    }
}

/* Texts that are not clean become so on the first way; from then on nothing changes. */
static void unclean_texts_settle(void **state) {
    (void)state;
    struct wt_snapshot *nasty = wt_sample_nasty();
    struct wt_snapshot *clean = there_and_back(nasty);
    check_round_trip(clean);
    struct wt_buffer text = {0};
    wt_export_json(clean, wt_sample_now(), &text);
    for (size_t i = 0; i < text.length; i++)
        assert_true((unsigned char)text.data[i] >= ' ' && text.data[i] != 0x7f);
    assert_null(strstr(clean->services[0].name, "\x1b"));
    assert_null(strstr(clean->events[0].text, "\xe2\x80\xae"));
    wt_buffer_fini(&text);
    wt_snapshot_unref(clean);
    wt_snapshot_unref(nasty);
}

static void long_texts_are_cut_visibly(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet();
    char *endless = malloc(100000);
    memset(endless, 'x', 99999);
    endless[99999] = '\0';
    fleet->monitor.problem = endless;
    struct wt_snapshot *back = there_and_back(fleet);
    size_t length = strlen(back->monitor.problem);
    assert_true(length > 4000 && length < 4096);
    assert_string_equal(back->monitor.problem + length - 3, "\xe2\x80\xa6");
    wt_snapshot_unref(back);
    wt_snapshot_unref(fleet);
    free(endless);
}

/* An infinite rate is none; the rest of the house takes it for unknown, too. */
static void impossible_reals_become_unknown(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet();
    struct wt_service *services = (struct wt_service *)(uintptr_t)fleet->services;
    struct wt_field_stats *fields = (struct wt_field_stats *)(uintptr_t)services[0].fields;
    services[0].utilization_ratio = -1;
    fields[0].rate_per_s = (double)INFINITY;
    fields[0].sum = (struct wt_number){.kind = WT_NUMBER_REAL, .real = -(double)INFINITY};
    struct wt_snapshot *back = there_and_back(fleet);
    assert_true(isnan(back->services[0].utilization_ratio));
    assert_true(isnan(back->services[0].fields[0].rate_per_s));
    assert_int_equal(back->services[0].fields[0].sum.kind, WT_NUMBER_ABSENT);
    wt_snapshot_unref(back);
    wt_snapshot_unref(fleet);
}

static void extras_are_bounded_and_cleaned(void **state) {
    (void)state;
    struct wt_snapshot *empty = wt_sample_empty();
    struct flat_parts parts = flat_encoded(empty);
    struct wt_event events[300];
    for (int i = 0; i < 300; i++)
        events[i] =
            (struct wt_event){.sequence = (uint64_t)i,
                              .kind = i == 299 ? (enum wt_event_kind)77 : WT_EVENT_LEFT,
                              .severity = i == 298 ? (enum wt_severity) - 1 : WT_SEVERITY_INFO,
                              .realtime_ns = INT64_MIN,
                              .service = i == 297 ? NULL : "\x1b[31m",
                              .text = "\n"};
    const struct wt_resize resize = {.realtime_ns = INT64_MAX, .duration_ns = -1, .problem = "\r"};
    const struct wt_flat_extras extras = {
        .events = events, .event_count = 300, .resizes = {&resize}, .resize_counts = {1}};
    struct wt_snapshot *snapshot = decoded(&parts, &extras);
    assert_int_equal(snapshot->event_count, 254); /* the last 256, without the two impossible */
    assert_int_equal(snapshot->events[0].sequence, 44);
    assert_string_equal(snapshot->events[0].service, "\xc2\xb7[31m");
    assert_string_equal(snapshot->events[0].text, "\xc2\xb7");
    assert_string_equal(snapshot->events[253].service, "");
    assert_true(snapshot->events[0].realtime_ns > INT64_MIN / 2 - 2);
    assert_int_equal(snapshot->store.resize_length, 1);
    assert_int_equal(snapshot->store.resizes[0].duration_ns, 0);
    assert_string_equal(snapshot->store.resizes[0].problem, "\xc2\xb7");
    wt_snapshot_unref(snapshot);
    snapshot = decoded(&parts, NULL);
    assert_int_equal(snapshot->event_count, 0);
    wt_snapshot_unref(snapshot);
    flat_drop(&parts);
    wt_snapshot_unref(empty);
}

/* ---- workers --------------------------------------------------------------------------------- */

static void workers_are_the_same_while_their_blocks_are(void **state) {
    (void)state;
    struct wt_schema *schema = flat_odd_schema();
    struct flat_odd odd, other;
    flat_make_odd(&odd, schema);
    flat_make_odd(&other, schema);
    assert_true(wt_flat_same_workers(&odd.snapshot, &odd.snapshot));
    assert_false(wt_flat_same_workers(&odd.snapshot, &other.snapshot));
    struct wt_cohort changed[3];
    struct wt_snapshot next = odd.snapshot;
    memcpy(changed, odd.cohorts, sizeof changed);
    next.cohorts = changed;
    changed[0].values = other.values[0]; /* what a tick changes */
    changed[0].status = other.status;
    assert_true(wt_flat_same_workers(&odd.snapshot, &next));
    changed[0].schema = NULL;
    assert_false(wt_flat_same_workers(&odd.snapshot, &next));
    next.cohorts = odd.cohorts;
    next.cohort_count = 2;
    assert_false(wt_flat_same_workers(&odd.snapshot, &next));
    wt_schema_unref(schema);
}

/* One decoding of the workers serves many ticks, and lives as long as the last of them. */
static void ticks_share_their_workers(void **state) {
    (void)state;
    const struct wt_snapshot *first = wt_fixture_make(WT_FIXTURE_TROUBLE, 100);
    const struct wt_snapshot *second = wt_fixture_make(WT_FIXTURE_TROUBLE, 101);
    struct flat_parts one = flat_encoded(first), two = flat_encoded(second);
    struct wt_flat_workers *workers;
    struct wt_snapshot *a, *b;
    assert_int_equal(wt_flat_decode_workers(one.workers.data, one.workers.length, &workers, NULL),
                     WT_OK);
    const struct wt_flat_extras none = {0};
    assert_int_equal(wt_flat_decode_tick(one.tick.data, one.tick.length, workers, &none, &a, NULL),
                     WT_OK);
    assert_int_equal(wt_flat_decode_tick(two.tick.data, two.tick.length, workers, &none, &b, NULL),
                     WT_OK);
    wt_flat_workers_unref(workers);
    assert_ptr_equal(a->cohorts[0].rows, b->cohorts[0].rows);
    wt_snapshot_unref(a);
    assert_int_equal(b->sequence, second->sequence);
    assert_string_equal(b->cohorts[0].rows[0]->service, "api");
    wt_snapshot_unref(b);
    flat_drop(&one);
    flat_drop(&two);
    wt_snapshot_unref(first);
    wt_snapshot_unref(second);
}

static void a_tick_of_other_workers_is_refused(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet(), *large = wt_sample_large(80);
    struct flat_parts one = flat_encoded(fleet), two = flat_encoded(large);
    struct wt_flat_workers *workers;
    struct wt_snapshot *snapshot;
    struct wt_error err;
    assert_int_equal(wt_flat_decode_workers(one.workers.data, one.workers.length, &workers, NULL),
                     WT_OK);
    assert_int_equal(
        wt_flat_decode_tick(two.tick.data, two.tick.length, workers, NULL, &snapshot, &err),
        WT_EFORMAT);
    assert_null(snapshot);
    assert_string_equal(err.text, "snapshot: byte 100: cohort_count is 8, its workers have 5");
    wt_flat_workers_unref(workers);
    flat_drop(&one);
    flat_drop(&two);
    wt_snapshot_unref(fleet);
    wt_snapshot_unref(large);
}

static void a_retouched_snapshot_is_the_same_but_for_its_source(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet();
    struct wt_snapshot *base = there_and_back(fleet);
    char path[] = "/x.dir", problem[] = "the monitor is gone";
    const struct wt_source source = {.kind = WT_SOURCE_ATTACH,
                                     .health = WT_SOURCE_DEAD,
                                     .path = path,
                                     .problem = problem,
                                     .heartbeat_ns = 5,
                                     .since_realtime_ns = 6,
                                     .samples_segments = true};
    struct wt_snapshot *marked = wt_flat_retouch(base, &source);
    memset(path, 'x', sizeof path - 1);
    memset(problem, 'x', sizeof problem - 1);
    wt_snapshot_unref(base); /* held */
    flat_same_snapshot(fleet, marked);
    assert_string_equal(marked->source.path, "/x.dir");
    assert_string_equal(marked->source.problem, "the monitor is gone");
    assert_int_equal(marked->source.health, WT_SOURCE_DEAD);
    assert_true(marked->source.samples_segments);
    wt_snapshot_unref(marked);
    wt_snapshot_unref(fleet);
}

/* ---- schemas --------------------------------------------------------------------------------- */

static struct wt_schema *decoded_schema(const struct wt_buffer *bytes, size_t segment_bytes) {
    struct wt_schema *schema = NULL;
    struct wt_error err = {.text = ""};
    if (wt_flat_decode_schema(bytes->data, bytes->length, segment_bytes, &schema, &err) != WT_OK)
        fail_msg("%s", err.text);
    return schema;
}

static void a_schema_round_trips(void **state) {
    (void)state;
    struct wt_schema *schema = flat_odd_schema();
    struct wt_buffer bytes = {0};
    wt_flat_encode_schema(schema, &bytes);
    struct wt_schema *back = decoded_schema(&bytes, 64);
    flat_same_schema(schema, back);
    assert_ptr_not_equal(schema, back);
    assert_int_equal(back->fields[1].hints_length, 4);
    assert_memory_equal(back->fields[1].hints, "\x81\xa1g\x00", 4);
    assert_int_equal(back->fields[5].hints_length, 0);
    assert_non_null(back->fields[5].hints);
    wt_schema_unref(back);
    wt_schema_unref(schema);
    wt_buffer_fini(&bytes);
}

static void a_schema_keeps_how_many_problems_there_were(void **state) {
    (void)state;
    struct wt_schema_builder *builder = wt_schema_builder_create(64);
    struct wt_schema *schema;
    for (int i = 0; i < 40; i++)
        wt_schema_builder_problem(builder, "element %d is no tuple", i);
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    struct wt_buffer bytes = {0};
    wt_flat_encode_schema(schema, &bytes);
    struct wt_schema *back = decoded_schema(&bytes, 64);
    assert_int_equal(back->problem_count, 40);
    assert_string_equal(back->problems[15], "element 15 is no tuple");
    flat_same_schema(schema, back);
    wt_schema_unref(back);
    wt_schema_unref(schema);
    wt_buffer_fini(&bytes);
}

/* Hints name two groups, one of them outside the segment, and one is no offset: found once, told
 * once, also when the reader does not know how large the segment was. */
static void groups_round_trip(void **state) {
    (void)state;
    static const char in[] = "\x81\xa5group\x20", out[] = "\x81\xa5group\x78",
                      wrong[] = "\x81\xa5group\xc3";
    struct wt_schema_builder *builder = wt_schema_builder_create(64);
    struct wt_schema *schema;
    const char *const hints[] = {in, in, out, wrong};
    const char *const keys[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++)
        wt_schema_builder_add(builder, keys[i], 1, "u64", 3, 8 * i, hints[i], sizeof in - 1);
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    assert_int_equal(schema->group_count, 1);
    assert_int_equal(schema->problem_count, 2);
    struct wt_buffer bytes = {0};
    wt_flat_encode_schema(schema, &bytes);
    static const size_t sizes[] = {64, 4096};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct wt_schema *back = decoded_schema(&bytes, sizes[i]);
        flat_same_schema(schema, back);
        wt_schema_unref(back);
    }
    wt_schema_unref(schema);
    wt_buffer_fini(&bytes);
}

static void a_schema_is_checked_against_its_segment(void **state) {
    (void)state;
    struct wt_schema *schema = flat_odd_schema();
    struct wt_buffer bytes = {0};
    wt_flat_encode_schema(schema, &bytes);
    struct wt_schema *back = decoded_schema(&bytes, 40);
    assert_int_equal(back->field_count, schema->field_count - 1);
    assert_int_equal(back->capacity_field, -1); /* it was the one left out */
    assert_int_equal(back->problem_count, 4);
    assert_string_equal(back->problems[3], "field none left out: 4 bytes at offset 40 are not "
                                           "inside the segment of 40 bytes");
    wt_schema_unref(back);
    wt_schema_unref(schema);
    wt_buffer_fini(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_odd_snapshot_round_trips),
        cmocka_unit_test(samples_round_trip),
        cmocka_unit_test(unclean_texts_settle),
        cmocka_unit_test(long_texts_are_cut_visibly),
        cmocka_unit_test(impossible_reals_become_unknown),
        cmocka_unit_test(extras_are_bounded_and_cleaned),
        cmocka_unit_test(workers_are_the_same_while_their_blocks_are),
        cmocka_unit_test(ticks_share_their_workers),
        cmocka_unit_test(a_tick_of_other_workers_is_refused),
        cmocka_unit_test(a_retouched_snapshot_is_the_same_but_for_its_source),
        cmocka_unit_test(a_schema_round_trips),
        cmocka_unit_test(a_schema_keeps_how_many_problems_there_were),
        cmocka_unit_test(groups_round_trip),
        cmocka_unit_test(a_schema_is_checked_against_its_segment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
