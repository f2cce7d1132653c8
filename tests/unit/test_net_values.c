#include "support/support.h"

#include <math.h>
#include <string.h>

#include "bus/decode.h"
#include "bus/writer.h"
#include "net/answers.h"
#include "net/status_json.h"

/* A value as it would come over the bus: written, scanned and decoded again. */
struct parcel {
    struct wt_buffer bytes;
    struct wt_bus_writer writer;
    size_t mark;
    struct wt_bus_message message;
};

static void begin(struct parcel *parcel) {
    *parcel = (struct parcel){0};
    parcel->writer = wt_bus_writer_over(&parcel->bytes);
    parcel->mark = wt_bus_write_ext_begin(&parcel->writer);
    wt_bus_write_uint(&parcel->writer, 1);
}

static const struct wt_bus_value *end(struct parcel *parcel) {
    wt_bus_write_ext_end(&parcel->writer, parcel->mark, WT_BUS_EXT_RETURN);
    static struct wt_bus_scanner scanner;
    size_t length;
    wt_bus_scanner_init(&scanner, 1 << 20, 1 << 16);
    assert_int_equal(wt_bus_scan(&scanner, parcel->bytes.data, parcel->bytes.length, &length, NULL),
                     WT_OK);
    assert_int_equal(wt_bus_decode(&scanner, parcel->bytes.data, length, &parcel->message, NULL),
                     WT_OK);
    return &parcel->message.value;
}

static void drop(struct parcel *parcel) {
    wt_bus_message_fini(&parcel->message);
    wt_buffer_fini(&parcel->bytes);
}

static void write_entry(struct wt_bus_writer *writer, bool old_type) {
    wt_bus_write_map(writer, 2);
    wt_bus_write_symbol_z(writer, "type");
    if (old_type)
        wt_bus_write_symbol_z(writer, "utilization_monitor");
    else
        wt_bus_write_string_z(writer, "Async::Service::Supervisor::UtilizationMonitor");
    wt_bus_write_symbol_z(writer, "data");
}

static void both_names_of_the_type_are_known(void **state) {
    (void)state;
    for (int old = 0; old <= 1; old++) {
        struct parcel parcel;
        begin(&parcel);
        wt_bus_write_array(&parcel.writer, 2);
        wt_bus_write_map(&parcel.writer, 1); /* another monitor's entry */
        wt_bus_write_symbol_z(&parcel.writer, "type");
        wt_bus_write_symbol_z(&parcel.writer, "process_monitor");
        write_entry(&parcel.writer, old != 0);
        wt_bus_write_map(&parcel.writer, 1);
        wt_bus_write_string_z(&parcel.writer, "web");
        wt_bus_write_map(&parcel.writer, 3);
        wt_bus_write_symbol_z(&parcel.writer, "total");
        wt_bus_write_uint(&parcel.writer, UINT64_MAX);
        wt_bus_write_symbol_z(&parcel.writer, "heat");
        wt_bus_write_int(&parcel.writer, INT64_MIN);
        wt_bus_write_symbol_z(&parcel.writer, "load");
        wt_bus_write_float(&parcel.writer, 0.25);
        struct wt_buffer out = {0};
        struct wt_error err = {0};
        if (wt_status_to_json(end(&parcel), &out, &err) != WT_OK)
            fail_msg("%s", err.text);
        assert_string_equal(wt_buffer_text(&out),
                            "{\"type\":\"utilization_monitor\",\"data\":{\"web\":{"
                            "\"total\":18446744073709551615,\"heat\":-9223372036854775808,"
                            "\"load\":0.25}}}");
        wt_buffer_fini(&out);
        drop(&parcel);
    }
}

static void odd_values_make_valid_json(void **state) {
    (void)state;
    struct parcel parcel;
    begin(&parcel);
    write_entry(&parcel.writer, true);
    wt_bus_write_map(&parcel.writer, 4);
    wt_bus_write_string(&parcel.writer, "a\"\\\n\x01\xff\xc3\xa9", 8);
    wt_bus_write_float(&parcel.writer, NAN);
    wt_bus_write_uint(&parcel.writer, 7);
    wt_bus_write_float(&parcel.writer, -INFINITY);
    wt_bus_write_nil(&parcel.writer);
    wt_bus_write_array(&parcel.writer, 2);
    wt_bus_write_bool(&parcel.writer, true);
    wt_bus_write_nil(&parcel.writer);
    wt_bus_write_symbol_z(&parcel.writer, "");
    wt_bus_write_class(&parcel.writer, "String", 6);
    struct wt_buffer out = {0};
    assert_int_equal(wt_status_to_json(end(&parcel), &out, NULL), WT_OK);
    assert_string_equal(wt_buffer_text(&out),
                        "{\"type\":\"utilization_monitor\",\"data\":{"
                        "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xa9\":null,\"7\":null,"
                        "\"null\":[true,null],\"\":\"String\"}}");
    wt_buffer_fini(&out);
    drop(&parcel);
}

static void what_is_no_status_is_told(void **state) {
    (void)state;
    struct parcel parcel;
    struct wt_buffer out = {0};
    struct wt_error err;
    begin(&parcel);
    wt_bus_write_uint(&parcel.writer, 7);
    assert_int_equal(wt_status_to_json(end(&parcel), &out, &err), WT_EFORMAT);
    assert_non_null(strstr(err.text, "integer"));
    drop(&parcel);

    begin(&parcel);
    wt_bus_write_array(&parcel.writer, 0);
    assert_int_equal(wt_status_to_json(end(&parcel), &out, &err), WT_ENOENT);
    drop(&parcel);

    begin(&parcel);
    wt_bus_write_array(&parcel.writer, 1);
    wt_bus_write_exception(&parcel.writer, WT_BUS_ERROR_IO, "disk\x1b[31m on fire", 17);
    assert_int_equal(wt_status_to_json(end(&parcel), &out, &err), WT_EREMOTE);
    assert_non_null(strstr(err.text, "IOError: disk"));
    assert_null(strchr(err.text, '\x1b'));
    drop(&parcel);
    wt_buffer_fini(&out);
}

/* ---- The schema that a worker answers with ---- */

static void a_schema_is_read_with_its_hints(void **state) {
    (void)state;
    struct parcel parcel;
    begin(&parcel);
    wt_bus_write_array(&parcel.writer, 2);
    wt_bus_write_array(&parcel.writer, 3);
    wt_bus_write_symbol_z(&parcel.writer, "requests_total");
    wt_bus_write_symbol_z(&parcel.writer, "u64");
    wt_bus_write_uint(&parcel.writer, 8);
    wt_bus_write_array(&parcel.writer, 4);
    wt_bus_write_string_z(&parcel.writer, "busy");
    wt_bus_write_string_z(&parcel.writer, "u32");
    wt_bus_write_uint(&parcel.writer, 0);
    wt_bus_write_map(&parcel.writer, 1);
    wt_bus_write_symbol_z(&parcel.writer, "kind");
    wt_bus_write_symbol_z(&parcel.writer, "gauge");
    struct wt_schema *schema;
    assert_int_equal(wt_schema_of_answer(end(&parcel), 512, NULL, &schema, NULL), WT_OK);
    assert_int_equal(schema->field_count, 2);
    assert_int_equal(schema->problem_count, 0);
    assert_string_equal(schema->fields[0].key, "requests_total");
    assert_int_equal(schema->fields[0].offset, 8);
    assert_null(schema->fields[0].hints);
    assert_string_equal(schema->fields[1].key, "busy");
    /* {:kind => :gauge}, as it came */
    static const unsigned char hints[] = {0x81, 0xd6, 0x20, 'k', 'i', 'n', 'd', 0xc7,
                                          0x05, 0x20, 'g',  'a', 'u', 'g', 'e'};
    assert_int_equal(schema->fields[1].hints_length, sizeof hints);
    assert_memory_equal(schema->fields[1].hints, hints, sizeof hints);
    wt_schema_unref(schema);
    drop(&parcel);
}

static void each_bad_item_is_named_and_the_others_stay(void **state) {
    (void)state;
    struct parcel parcel;
    begin(&parcel);
    wt_bus_write_array(&parcel.writer, 5);
    wt_bus_write_uint(&parcel.writer, 17);
    wt_bus_write_array(&parcel.writer, 1);
    wt_bus_write_symbol_z(&parcel.writer, "short");
    wt_bus_write_array(&parcel.writer, 3);
    wt_bus_write_uint(&parcel.writer, 1);
    wt_bus_write_symbol_z(&parcel.writer, "u8");
    wt_bus_write_uint(&parcel.writer, 0);
    wt_bus_write_array(&parcel.writer, 3);
    wt_bus_write_symbol_z(&parcel.writer, "half");
    wt_bus_write_symbol_z(&parcel.writer, "u8");
    wt_bus_write_float(&parcel.writer, 0.5);
    wt_bus_write_array(&parcel.writer, 3);
    wt_bus_write_symbol_z(&parcel.writer, "good");
    wt_bus_write_symbol_z(&parcel.writer, "U8");
    wt_bus_write_uint(&parcel.writer, 511);
    struct wt_schema *schema;
    assert_int_equal(wt_schema_of_answer(end(&parcel), 512, NULL, &schema, NULL), WT_OK);
    assert_int_equal(schema->field_count, 1);
    assert_int_equal(schema->problem_count, 4);
    assert_non_null(strstr(schema->problems[3], "half"));
    wt_schema_unref(schema);
    drop(&parcel);

    struct wt_error err;
    begin(&parcel);
    wt_bus_write_nil(&parcel.writer);
    assert_int_equal(wt_schema_of_answer(end(&parcel), 512, NULL, &schema, &err), WT_EFORMAT);
    assert_non_null(strstr(err.text, "nil"));
    drop(&parcel);
}

/* ---- What status sends ---- */

static void sums_beyond_the_bus_become_floats_and_absent_ones_vanish(void **state) {
    (void)state;
    const wt_int128 beyond = (wt_int128)UINT64_MAX + 1, below = (wt_int128)INT64_MIN - 1;
    const struct wt_field_stats fields[] = {
        {.key = "top", .sum = wt_number_integer((wt_int128)UINT64_MAX)},
        {.key = "beyond", .sum = wt_number_integer(beyond)},
        {.key = "bottom", .sum = wt_number_integer((wt_int128)INT64_MIN)},
        {.key = "below", .sum = wt_number_integer(below)},
        {.key = "absent", .sum = wt_number_absent()},
        {.key = "worker_count", .sum = wt_number_integer(77)},
    };
    const struct wt_service services[] = {
        {.name = "silent", .worker_count = 0, .silent_count = 3},
        {.name = "web", .worker_count = 2, .fields = fields, .field_count = 6},
    };
    const struct wt_snapshot snapshot = {.services = services, .service_count = 2};
    struct parcel parcel;
    begin(&parcel);
    wt_status_to_bus(&snapshot, &parcel.bytes);
    struct wt_buffer out = {0};
    assert_int_equal(wt_status_to_json(end(&parcel), &out, NULL), WT_OK);
    assert_string_equal(wt_buffer_text(&out),
                        "{\"type\":\"utilization_monitor\",\"data\":{\"web\":{"
                        "\"top\":18446744073709551615,\"beyond\":1.8446744073709552e+19,"
                        "\"bottom\":-9223372036854775808,\"below\":-9.223372036854776e+18,"
                        "\"worker_count\":2}}}");
    wt_buffer_fini(&out);
    drop(&parcel);
}

static void an_instance_key_is_16_bytes_or_their_digits(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        bool valid;
    } cases[] = {{"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16, true},
                 {"000102030405060708090a0b0c0d0e0f", 32, true},
                 {"000102030405060708090a0b0c0d0e0g", 32, false},
                 {"short", 5, false},
                 {"", 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parcel parcel;
        begin(&parcel);
        wt_bus_write_map(&parcel.writer, 3);
        wt_bus_write_symbol_z(&parcel.writer, "name");
        wt_bus_write_symbol_z(&parcel.writer, "jobs");
        wt_bus_write_symbol_z(&parcel.writer, "instance");
        wt_bus_write_binary(&parcel.writer, cases[i].text, cases[i].length);
        wt_bus_write_symbol_z(&parcel.writer, "threads");
        wt_bus_write_uint(&parcel.writer, 5);
        struct wt_registration registration = {.pidfd = -1};
        wt_registration_of_state(end(&parcel), &registration);
        assert_int_equal(registration.service_length, 4);
        assert_memory_equal(registration.service, "jobs", 4);
        assert_int_equal(registration.threads, 5);
        assert_int_equal(registration.has_instance, cases[i].valid);
        if (cases[i].valid)
            assert_memory_equal(registration.instance, cases[0].text, 16);
        drop(&parcel);
    }
}

static void a_name_that_is_none_is_unknown(void **state) {
    (void)state;
    struct parcel parcel;
    begin(&parcel);
    wt_bus_write_map(&parcel.writer, 2);
    wt_bus_write_string_z(&parcel.writer, "name"); /* a string is not the symbol */
    wt_bus_write_string_z(&parcel.writer, "web");
    wt_bus_write_symbol_z(&parcel.writer, "name");
    wt_bus_write_bool(&parcel.writer, false);
    struct wt_registration registration = {.pidfd = -1};
    wt_registration_of_state(end(&parcel), &registration);
    assert_int_equal(registration.service_length, 0);
    drop(&parcel);
    wt_registration_of_state(NULL, &registration);
    assert_int_equal(registration.service_length, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_names_of_the_type_are_known),
        cmocka_unit_test(odd_values_make_valid_json),
        cmocka_unit_test(what_is_no_status_is_told),
        cmocka_unit_test(a_schema_is_read_with_its_hints),
        cmocka_unit_test(each_bad_item_is_named_and_the_others_stay),
        cmocka_unit_test(sums_beyond_the_bus_become_floats_and_absent_ones_vanish),
        cmocka_unit_test(an_instance_key_is_16_bytes_or_their_digits),
        cmocka_unit_test(a_name_that_is_none_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
