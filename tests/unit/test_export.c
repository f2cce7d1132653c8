#include "support/support.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "export/export.h"
#include "support/samples.h"
#include "json/json.h"

static struct wt_buffer exported(const struct wt_snapshot *snapshot) {
    struct wt_buffer out = {0};
    wt_export_json(snapshot, wt_sample_now(), &out);
    assert_false(out.failed);
    return out;
}

static struct wt_snapshot *imported(const char *text, size_t length) {
    struct wt_snapshot *snapshot = NULL;
    struct wt_error err = {.text = ""};
    if (wt_import_json(text, length, &snapshot, &err) != WT_OK)
        fail_msg("%s", err.text);
    return snapshot;
}

/* export(import(export(s))) == export(s) */
static void check_round_trip(const struct wt_snapshot *snapshot) {
    struct wt_buffer first = exported(snapshot);
    struct wt_snapshot *back = imported(first.data, first.length);
    struct wt_buffer second = exported(back);
    assert_string_equal(first.data, second.data);
    wt_snapshot_unref(back);
    wt_buffer_fini(&first);
    wt_buffer_fini(&second);
}

static void an_empty_snapshot_round_trips(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_empty();
    check_round_trip(snapshot);
    wt_snapshot_unref(snapshot);
}

static void a_fleet_round_trips(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_fleet();
    check_round_trip(snapshot);
    wt_snapshot_unref(snapshot);
}

/* Harmful texts are cleaned by the first import; from then on nothing changes. */
static void a_nasty_snapshot_settles(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_nasty();
    struct wt_buffer first = exported(snapshot);
    for (size_t i = 0; i < first.length; i++)
        assert_true((unsigned char)first.data[i] >= ' ' && first.data[i] != 0x7f);
    assert_null(strstr(first.data, "NaN"));
    assert_null(strstr(first.data, "nan"));
    assert_null(strstr(first.data, "inf\""));
    struct wt_snapshot *back = imported(first.data, first.length);
    check_round_trip(back);
    wt_snapshot_unref(back);
    wt_snapshot_unref(snapshot);
    wt_buffer_fini(&first);
}

static const struct wt_json *at(const struct wt_json *value, const char *key) {
    const struct wt_json *found = wt_json_get(value, key);
    if (found == NULL)
        fail_msg("%s is missing", key);
    return found;
}

static const struct wt_json *item(const struct wt_json *list, size_t index) {
    const struct wt_json *found = wt_json_first(list);
    for (; found != NULL && index > 0; index--)
        found = wt_json_next(found);
    assert_non_null(found);
    return found;
}

static void check_number(const struct wt_json *object, const char *key, const char *expected) {
    struct wt_number number;
    char text[WT_NUMBER_TEXT_SIZE];
    wt_json_number(at(object, key), &number);
    wt_number_text(number, text);
    assert_string_equal(text, expected);
}

static void numbers_stand_in_full(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_nasty();
    struct wt_buffer out = exported(snapshot);
    struct wt_json_document *document;
    assert_int_equal(wt_json_parse(&document, "x", out.data, out.length, NULL), WT_OK);
    const struct wt_json *root = wt_json_root(document);
    const struct wt_json *fields = at(item(at(root, "services"), 0), "fields");
    check_number(item(fields, 1), "sum", "36902495346673844223"); /* beyond 64 bits */
    check_number(item(fields, 1), "max", "18446744073709551615");
    check_number(item(fields, 2), "min", "-9223372036854775808");
    check_number(item(fields, 2), "sum", "-2");
    check_number(item(fields, 3), "sum", "null"); /* 1e308 + 1e308 is no number */
    check_number(item(fields, 10), "worker_count", "2");
    check_number(item(fields, 10), "invalid_count", "1");
    const struct wt_json *worker = item(at(root, "workers"), 0);
    check_number(at(worker, "values"), "a_total", "18446744073709551615");
    check_number(at(worker, "values"), "c", "null");
    check_number(at(worker, "values"), "d", "null"); /* 0 - 1 in a u32 */
    check_number(at(worker, "values"), "requests_active", "null");
    check_number(at(worker, "values"), "h", "-128");
    check_number(at(worker, "values"), "b\"\\", "-1");
    assert_null(wt_json_get(at(worker, "rates"), "c"));
    check_number(at(worker, "rates"), "i_total", "7.000000441000028");
    assert_int_equal(wt_json_count(at(root, "workers")), 4);
    assert_int_equal(wt_json_type(at(item(at(root, "workers"), 3), "schema")), WT_JSON_NULL);
    wt_json_free(document);
    wt_snapshot_unref(snapshot);
    wt_buffer_fini(&out);
}

static void the_imported_snapshot_reads_like_the_live_one(void **state) {
    (void)state;
    struct wt_snapshot *live = wt_sample_fleet();
    struct wt_buffer out = exported(live);
    struct wt_snapshot *back = imported(out.data, out.length);
    assert_int_equal(back->service_count, live->service_count);
    assert_int_equal(back->cohort_count, live->cohort_count);
    assert_int_equal(wt_snapshot_find_service(back, "jobs"), 2);
    assert_int_equal(wt_snapshot_age_ns(back, wt_sample_now()), 500 * WT_NS_PER_MS);
    for (size_t i = 0; i < live->cohort_count; i++) {
        const struct wt_cohort *a = &live->cohorts[i], *b = &back->cohorts[i];
        assert_int_equal(b->worker_count, a->worker_count);
        assert_int_equal(b->service, a->service);
        assert_true(wt_schema_equal(a->schema, b->schema));
        for (size_t row = 0, to = 0; row < a->row_count; row++) {
            if (a->rows[row] == NULL)
                continue;
            assert_int_equal(b->rows[to]->pid, a->rows[row]->pid);
            assert_memory_equal(b->rows[to]->instance, a->rows[row]->instance, 16);
            assert_memory_equal(&b->status[to], &a->status[row], sizeof a->status[row]);
            for (size_t field = 0; a->schema != NULL && field < a->schema->field_count; field++) {
                assert_int_equal(b->field_map[field], a->field_map[field]);
                assert_int_equal(wt_number_compare(wt_cohort_value(b, to, field),
                                                   wt_cohort_value(a, row, field)),
                                 0);
                double before = wt_cohort_rate(live, a, row, field);
                double after = wt_cohort_rate(back, b, to, field);
                assert_true(before == after || (isnan(before) && isnan(after)));
            }
            to++;
        }
    }
    assert_memory_equal(back->store.segment_states, live->store.segment_states, 128);
    assert_memory_equal(back->store.segment_generations, live->store.segment_generations, 512);
    assert_int_equal(back->store.held_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct wt_held_segment *a = &live->store.held[i], *b = &back->store.held[i];
        assert_int_equal(b->segment, a->segment);
        assert_int_equal(b->worker_id, a->worker_id);
        assert_int_equal(b->pid, a->pid);
        assert_string_equal(b->service, a->service);
        assert_int_equal(b->since_realtime_ns, a->since_realtime_ns);
    }
    wt_snapshot_unref(live);
    wt_snapshot_unref(back);
    wt_buffer_fini(&out);
}

static void status_and_data_are_those_of_the_origin(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_fleet();
    struct wt_buffer out = {0};
    ((struct wt_service *)(uintptr_t)snapshot->services)[0].worker_count = 0;
    ((struct wt_service *)(uintptr_t)snapshot->services)[2].worker_count = 0;
    wt_export_data_json(snapshot, &out);
    const char *expected =
        "{\"cable\":{\"connections_active\":1801,\"connections_total\":10001,\"requests_active\":0,"
        "\"requests_total\":34,\"worker_count\":2},"
        "\"web\":{\"requests_active\":19,\"requests_total\":4961860,\"requests_errors_total\":18,"
        "\"requests_queued\":36,\"worker_threads\":20,\"worker_count\":4}}";
    assert_string_equal(out.data, expected);
    wt_buffer_clear(&out);
    wt_export_status_json(snapshot, &out);
    const char begin[] = "{\"type\":\"utilization_monitor\",\"data\":{\"cable\":{";
    assert_memory_equal(out.data, begin, sizeof begin - 1);
    wt_snapshot_unref(snapshot);
    wt_buffer_clear(&out);
    snapshot = wt_sample_nasty();
    wt_export_data_json(snapshot, &out);
    char *first = strstr(out.data, "\"worker_count\"");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\"worker_count\""));
    assert_string_equal(first, "\"worker_count\":3}}");
    wt_snapshot_unref(snapshot);
    snapshot = wt_sample_empty();
    wt_buffer_clear(&out);
    wt_export_data_json(snapshot, &out);
    assert_string_equal(out.data, "{}");
    wt_snapshot_unref(snapshot);
    wt_buffer_fini(&out);
}

static void a_status_becomes_a_snapshot(void **state) {
    (void)state;
    const char text[] =
        "{\"type\":\"utilization_monitor\",\"data\":{\"web\":{\"requests_active\":3,"
        "\"requests_total\":18446744073709551616,\"worker_threads\":4,\"odd\":null,"
        "\"worker_count\":2},\"api\":{\"worker_count\":1}}}";
    struct wt_snapshot *snapshot;
    struct wt_error err = {.text = ""};
    wt_status status =
        wt_import_status_json(text, sizeof text - 1, wt_sample_now(), &snapshot, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(status, WT_OK);
    assert_int_equal(snapshot->service_count, 2);
    assert_string_equal(snapshot->services[0].name, "api");
    const struct wt_service *web = &snapshot->services[1];
    assert_int_equal(web->worker_count, 2);
    assert_int_equal(web->field_count, 4);
    assert_true(web->utilization_ratio == 0.75);
    assert_string_equal(web->fields[web->requests_field].key, "requests_total");
    assert_true(web->fields[1].sum.integer == (wt_int128)UINT64_MAX + 1);
    assert_int_equal(web->fields[3].sum.kind, WT_NUMBER_ABSENT);
    assert_int_equal(snapshot->source.kind, WT_SOURCE_BUS);
    check_round_trip(snapshot);
    wt_snapshot_unref(snapshot);
    const char *const wrong[] = {
        "{}",
        "{\"data\":[]}",
        "{\"data\":{\"a\":1}}",
        "{\"data\":{\"a\":{}}}",
        "{\"data\":{\"a\":{\"x\":\"1\",\"worker_count\":1}}}",
        "{\"data\":{\"a\":{\"worker_count\":-1}}}",
        "{\"data\":{\"a\":{\"worker_count\":1},\"a\":{\"worker_count\":1}}}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(
            wt_import_status_json(wrong[i], strlen(wrong[i]), wt_sample_now(), &snapshot, NULL),
            WT_EFORMAT);
}

/* Replaces the first `from` in the fleet's document and expects this complaint. */
static void refuse_edit(const char *from, const char *to, wt_status status, const char *expected) {
    struct wt_snapshot *fleet = wt_sample_fleet(), *back = NULL;
    struct wt_buffer out = exported(fleet), edited = {0};
    char *place = strstr(out.data, from);
    if (place == NULL)
        fail_msg("%s is not in the document", from);
    wt_buffer_append(&edited, out.data, (size_t)(place - out.data));
    wt_buffer_append_text(&edited, to);
    wt_buffer_append_text(&edited, place + strlen(from));
    struct wt_error err = {.text = ""};
    assert_int_equal(wt_import_json(edited.data, edited.length, &back, &err), status);
    assert_null(back);
    assert_string_equal(err.text, expected);
    wt_buffer_fini(&out);
    wt_buffer_fini(&edited);
    wt_snapshot_unref(fleet);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    refuse_edit("\"schema_version\":1", "\"schema_version\":2", WT_EVERSION,
                "snapshot: schema_version 2: written by a newer worktop, this one reads 1");
    refuse_edit("\"events_dropped\"", "\"events_drooped\"", WT_EFORMAT,
                "snapshot:1: events_dropped is missing");
    refuse_edit("\"live\"", "\"dead\"", WT_EFORMAT,
                "snapshot:1: source.kind: \"dead\" is not known here");
    refuse_edit("\"pid\":4242", "\"pid\":\"4242\"", WT_EFORMAT,
                "snapshot:1: monitor.pid: must be a whole number from -9223372036854775808 to "
                "9223372036854775807");
    refuse_edit("[\"allocated\",7]", "[\"allocated\",8]", WT_EFORMAT,
                "snapshot:1: store.segments.map: must have as many segments as `total` says");
    refuse_edit("[\"allocated\",7]", "[\"allocated\",99999999999]", WT_EFORMAT,
                "snapshot:1: store.segments.map[0]: must be a pair like [\"free\",4]");
    refuse_edit("[31,1]", "[31,2]", WT_EFORMAT,
                "snapshot:1: store.segments.generations: must have as many segments as `total` "
                "says");
    refuse_edit("[31,1]", "[-1,1]", WT_EFORMAT,
                "snapshot:1: store.segments.generations[1]: must be a pair like [2,12]");
    refuse_edit("\"segment\":8,\"worker", "\"segment\":7,\"worker", WT_EFORMAT,
                "snapshot:1: store.segments.held[1]: must be of a later segment than the one "
                "before");
    refuse_edit("\"segment\":8,\"worker", "\"segment\":128,\"worker", WT_EFORMAT,
                "snapshot:1: store.segments.held[1].segment: must be a whole number from 0 to 127");
    refuse_edit("\"name\":\"api\"", "\"name\":\"zebra\"", WT_EFORMAT,
                "snapshot:1: services[1]: must come after the service before it, by name");
    refuse_edit("\"busy_field\":\"requests_active\"", "\"busy_field\":\"nonsense\"", WT_EFORMAT,
                "snapshot:1: services[0].busy_field: names no field of the service");
    refuse_edit("\"type\":\"u32\"", "\"type\":\"u33\"", WT_EFORMAT,
                "snapshot:1: schemas[1].fields: field connections_active left out: type \"u33\" is "
                "none of u8 s8 u16 s16 u32 s32 u64 s64 f32 f64 (upper case: big-endian)");
    refuse_edit("\"schema\":0", "\"schema\":1", WT_EFORMAT,
                "snapshot:1: workers[0]: schema: must be one of its service's, or null");
    refuse_edit("\"values\":{\"requests_active\":0", "\"values\":{\"requests_active\":-1",
                WT_EFORMAT,
                "snapshot:1: workers[0].values.requests_active: must be a value of the type u64");
    refuse_edit("\"values\":{\"requests_active\":0", "\"values\":{\"requests_inactive\":0",
                WT_EFORMAT, "snapshot:1: workers[0].values: requests_active is missing");
    refuse_edit("\"flags\":[\"stuck\"]", "\"flags\":[\"lazy\"]", WT_EFORMAT,
                "snapshot:1: workers[11].flags[0]: is no flag");
}

/* Whatever is cut off or flipped, the import answers and leaks nothing. */
static void damaged_documents_are_refused_or_read(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet(), *back;
    struct wt_buffer out = exported(fleet);
    uint64_t random = 1;
    for (size_t length = 0; length < out.length; length += 1 + length / 20)
        assert_int_equal(wt_import_json(out.data, length, &back, NULL), WT_EFORMAT);
    for (int i = 0; i < 1500; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t place = (size_t)(random >> 20) % out.length;
        char keep = out.data[place];
        out.data[place] = "0\"[]{},:-9nu\\"[random >> 56 & 12];
        if (wt_import_json(out.data, out.length, &back, NULL) == WT_OK) {
            struct wt_buffer again = exported(back);
            wt_buffer_fini(&again);
        }
        wt_snapshot_unref(back);
        out.data[place] = keep;
    }
    wt_snapshot_unref(fleet);
    wt_buffer_fini(&out);
}

static void ages_are_told_at_the_time_of_the_export(void **state) {
    (void)state;
    struct wt_snapshot *fleet = wt_sample_fleet();
    struct wt_time later = wt_sample_now();
    later.monotonic_ns += 11500 * WT_NS_PER_MS;
    struct wt_buffer out = {0};
    wt_export_json(fleet, later, &out);
    assert_non_null(strstr(out.data, "\"age_ms\":12000,"));
    assert_non_null(strstr(out.data, "\"time\":\"2026-11-20T13:49:31.000000000Z\""));
    assert_non_null(strstr(out.data, "\"progress_age_ns\":94000000000"));
    assert_non_null(strstr(out.data, "\"map\":[[\"allocated\",7],[\"quarantined\",2],"
                                     "[\"allocated\",11],[\"free\",108]]"));
    assert_non_null(strstr(out.data, "\"generations\":[[1,7],[31,1],[1,12],[0,108]]"));
    assert_non_null(strstr(out.data, "\"held\":[{\"segment\":7,\"worker_id\":5,\"pid\":7105,"));
    assert_non_null(strstr(out.data, "{\"segment\":8,\"worker_id\":6,\"pid\":null,"));
    wt_snapshot_unref(fleet);
    wt_buffer_fini(&out);
}

static void a_large_fleet_round_trips(void **state) {
    (void)state;
    struct wt_snapshot *snapshot = wt_sample_large(5000);
    check_round_trip(snapshot);
    wt_snapshot_unref(snapshot);
}

/* `unit_test_export import` reads a document and prints it as it was at the time of its look. */
static int print_imported(void) {
    struct wt_buffer in = {0}, out = {0};
    struct wt_snapshot *snapshot;
    struct wt_error err;
    char piece[4096];
    for (size_t length; (length = fread(piece, 1, sizeof piece, stdin)) > 0;)
        wt_buffer_append(&in, piece, length);
    if (wt_import_json(wt_buffer_text(&in), in.length, &snapshot, &err) != WT_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    wt_export_json(snapshot, snapshot->time, &out);
    puts(wt_buffer_text(&out));
    wt_snapshot_unref(snapshot);
    wt_buffer_fini(&in);
    wt_buffer_fini(&out);
    return 0;
}

/* For tests in other languages: `unit_test_export empty|fleet|nasty|status` prints a document. */
static int print_sample(const char *name) {
    struct wt_snapshot *snapshot = strcmp(name, "empty") == 0   ? wt_sample_empty()
                                   : strcmp(name, "nasty") == 0 ? wt_sample_nasty()
                                   : strcmp(name, "large") == 0 ? wt_sample_large(200)
                                                                : wt_sample_fleet();
    struct wt_buffer out = {0};
    if (strcmp(name, "status") == 0)
        wt_export_status_json(snapshot, &out);
    else if (strcmp(name, "text") == 0)
        wt_export_text(snapshot, wt_sample_now(), 80, &out);
    else
        wt_export_json(snapshot, wt_sample_now(), &out);
    puts(wt_buffer_text(&out));
    wt_buffer_fini(&out);
    wt_snapshot_unref(snapshot);
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_snapshot_round_trips),
        cmocka_unit_test(a_fleet_round_trips),
        cmocka_unit_test(a_nasty_snapshot_settles),
        cmocka_unit_test(numbers_stand_in_full),
        cmocka_unit_test(the_imported_snapshot_reads_like_the_live_one),
        cmocka_unit_test(status_and_data_are_those_of_the_origin),
        cmocka_unit_test(a_status_becomes_a_snapshot),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(damaged_documents_are_refused_or_read),
        cmocka_unit_test(ages_are_told_at_the_time_of_the_export),
        cmocka_unit_test(a_large_fleet_round_trips),
    };
    if (argc == 2)
        return strcmp(argv[1], "import") == 0 ? print_imported() : print_sample(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
