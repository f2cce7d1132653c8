#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "bus/decode.h"
#include "bus/writer.h"
#include "support/bus.h"

/* ---- Writing: each message built from its parts is what Ruby sent ---- */

typedef void (*build_fn)(struct wt_bus_writer *w);

static void symbol(struct wt_bus_writer *w, const char *name) {
    wt_bus_write_symbol_z(w, name);
}

static void build_register(struct wt_bus_writer *w) {
    struct wt_bus_token worker = wt_bus_token_symbol("worker");
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 1);
    symbol(w, "supervisor");
    wt_bus_write_uint(w, 2);
    symbol(w, "register");
    wt_bus_write_proxy(w, &worker);
    wt_bus_write_uint(w, 2);
    symbol(w, "process_id");
    wt_bus_write_int(w, 9712);
    symbol(w, "state");
    wt_bus_write_map(w, 1);
    symbol(w, "name");
    wt_bus_write_string_z(w, "web");
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void build_setup(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 2);
    symbol(w, "worker");
    wt_bus_write_uint(w, 4);
    symbol(w, "setup_utilization_observer");
    wt_bus_write_string_z(w, "utilization.shm");
    wt_bus_write_uint(w, 512);
    wt_bus_write_uint(w, 0);
    wt_bus_write_uint(w, 0);
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void field(struct wt_bus_writer *w, const char *key, const char *type, uint64_t offset) {
    wt_bus_write_array(w, 3);
    symbol(w, key);
    symbol(w, type);
    wt_bus_write_uint(w, offset);
}

static void build_setup_return(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 2);
    wt_bus_write_array(w, 4);
    field(w, "connections_total", "u64", 0);
    field(w, "connections_active", "u32", 8);
    field(w, "load", "f64", 12);
    field(w, "temperature", "s32", 20);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RETURN);
}

static void build_register_return(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 1);
    wt_bus_write_uint(w, 1);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RETURN);
}

static void plain_call(struct wt_bus_writer *w, uint64_t id, const char *method) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, id);
    symbol(w, "supervisor");
    wt_bus_write_uint(w, 1);
    symbol(w, method);
    wt_bus_write_uint(w, 0);
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void build_status(struct wt_bus_writer *w) {
    plain_call(w, 1, "status");
}

static void build_status_return(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 1);
    wt_bus_write_array(w, 1);
    wt_bus_write_map(w, 2);
    symbol(w, "type");
    symbol(w, "utilization_monitor");
    symbol(w, "data");
    wt_bus_write_map(w, 1);
    wt_bus_write_string_z(w, "web");
    wt_bus_write_map(w, 5);
    symbol(w, "connections_total");
    wt_bus_write_uint(w, 500);
    symbol(w, "connections_active");
    wt_bus_write_int(w, 2);
    symbol(w, "load");
    wt_bus_write_float(w, 0.25);
    symbol(w, "temperature");
    wt_bus_write_int(w, -40);
    symbol(w, "worker_count");
    wt_bus_write_uint(w, 1);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RETURN);
}

static void build_keys(struct wt_bus_writer *w) {
    plain_call(w, 3, "keys");
}

static void build_keys_return(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 3);
    wt_bus_write_array(w, 1);
    wt_bus_write_uint(w, 1);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RETURN);
}

static void build_index(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 13);
    symbol(w, "supervisor");
    wt_bus_write_uint(w, 2);
    symbol(w, "[]");
    wt_bus_write_uint(w, 1);
    wt_bus_write_uint(w, 0);
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void build_index_return(struct wt_bus_writer *w) {
    struct wt_bus_token name = wt_bus_token_int(160);
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 13);
    wt_bus_write_proxy(w, &name);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RETURN);
}

static void build_thread_dump(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 15);
    wt_bus_write_uint(w, 160);
    wt_bus_write_uint(w, 1);
    symbol(w, "thread_dump");
    wt_bus_write_uint(w, 0);
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void build_thread_dump_forwarded(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 4);
    symbol(w, "worker");
    wt_bus_write_uint(w, 2);
    symbol(w, "public_send");
    symbol(w, "thread_dump");
    wt_bus_write_uint(w, 0);
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void build_unknown_object(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 5);
    symbol(w, "nope");
    wt_bus_write_uint(w, 1);
    symbol(w, "hello");
    wt_bus_write_uint(w, 0);
    wt_bus_write_bool(w, false);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_INVOKE);
}

static void build_unknown_object_error(struct wt_bus_writer *w) {
    static const char text[] = "Object not found: nope";
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 5);
    wt_bus_write_exception(w, WT_BUS_ERROR_NAME, text, strlen(text));
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_ERROR);
}

static void build_release_number(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    wt_bus_write_uint(w, 160);
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RELEASE);
}

static void build_release_symbol(struct wt_bus_writer *w) {
    size_t mark = wt_bus_write_ext_begin(w);
    symbol(w, "supervisor");
    wt_bus_write_ext_end(w, mark, WT_BUS_EXT_RELEASE);
}

static const build_fn builders[BUS_GOLDEN_COUNT] = {
    [BUS_GOLDEN_REGISTER] = build_register,
    [BUS_GOLDEN_SETUP] = build_setup,
    [BUS_GOLDEN_SETUP_RETURN] = build_setup_return,
    [BUS_GOLDEN_REGISTER_RETURN] = build_register_return,
    [BUS_GOLDEN_STATUS] = build_status,
    [BUS_GOLDEN_STATUS_RETURN] = build_status_return,
    [BUS_GOLDEN_KEYS] = build_keys,
    [BUS_GOLDEN_KEYS_RETURN] = build_keys_return,
    [BUS_GOLDEN_INDEX] = build_index,
    [BUS_GOLDEN_INDEX_RETURN] = build_index_return,
    [BUS_GOLDEN_THREAD_DUMP] = build_thread_dump,
    [BUS_GOLDEN_THREAD_DUMP_FORWARDED] = build_thread_dump_forwarded,
    [BUS_GOLDEN_UNKNOWN_OBJECT] = build_unknown_object,
    [BUS_GOLDEN_UNKNOWN_OBJECT_ERROR] = build_unknown_object_error,
    [BUS_GOLDEN_RELEASE_NUMBER] = build_release_number,
    [BUS_GOLDEN_RELEASE_SYMBOL] = build_release_symbol,
};

static void what_we_write_is_what_ruby_writes(void **state) {
    (void)state;
    for (int i = 0; i < BUS_GOLDEN_COUNT; i++) {
        struct wt_buffer buffer = {0};
        struct wt_bus_writer writer = wt_bus_writer_over(&buffer);
        builders[i](&writer);
        assert_false(buffer.failed);
        bus_assert_bytes(buffer.data, buffer.length, bus_golden_hex((enum bus_golden)i));
        wt_buffer_fini(&buffer);
    }
}

/* ---- Reading: decoding and writing again gives the same bytes ---- */

static void rewrite(const struct wt_bus_message *m, struct wt_buffer *out) {
    struct wt_bus_writer w = wt_bus_writer_over(out);
    size_t mark = wt_bus_write_ext_begin(&w);
    assert_true(m->is_message);
    if (m->ext != WT_BUS_EXT_RELEASE)
        wt_bus_write_value(&w, &m->id);
    if (m->ext == WT_BUS_EXT_INVOKE) {
        wt_bus_write_value(&w, &m->object);
        wt_bus_write_uint(&w, m->argument_count);
        for (uint32_t i = 0; i < m->argument_count; i++)
            wt_bus_write_value(&w, &m->arguments[i]);
        wt_bus_write_uint(&w, m->options.count);
        for (uint32_t i = 0; i < 2 * m->options.count; i++)
            wt_bus_write_value(&w, &m->options.items[i]);
        wt_bus_write_bool(&w, m->block_given);
    } else {
        wt_bus_write_value(&w, &m->value);
    }
    wt_bus_write_ext_end(&w, mark, m->ext);
}

static void check_decoded(const struct wt_bus_scanner *scanner, const void *bytes, size_t length,
                          enum bus_golden golden) {
    struct wt_error err = {.text = ""};
    struct wt_bus_message message;
    struct wt_buffer again = {0};
    if (wt_bus_decode(scanner, bytes, length, &message, &err) != WT_OK)
        fail_msg("%s: %s", bus_golden_name(golden), err.text);
    rewrite(&message, &again);
    bus_assert_bytes(again.data, again.length, bus_golden_hex(golden));
    wt_buffer_fini(&again);
    wt_bus_message_fini(&message);
}

static void scanner_reset(struct wt_bus_scanner *scanner) {
    struct wt_bus_limits limits = wt_bus_limits_or_default(NULL);
    wt_bus_scanner_init(scanner, limits.message_bytes, limits.values);
}

static void every_golden_message_survives_every_split(void **state) {
    (void)state;
    for (int i = 0; i < BUS_GOLDEN_COUNT; i++) {
        struct wt_buffer bytes = bus_golden_bytes((enum bus_golden)i);
        for (size_t split = 0; split <= bytes.length; split++) {
            struct wt_bus_scanner scanner;
            struct wt_error err;
            size_t length = 0;
            /* The part lies in a block of its own size, so that a sanitizer sees any overrun. */
            char *part = malloc(split + 1);
            assert_non_null(part);
            memcpy(part, bytes.data, split);
            char *exact = realloc(part, split > 0 ? split : 1);
            assert_non_null(exact);
            scanner_reset(&scanner);
            wt_status status = wt_bus_scan(&scanner, exact, split, &length, &err);
            free(exact);
            assert_int_equal(status, split < bytes.length ? WT_EAGAIN : WT_OK);
            if (status == WT_EAGAIN)
                assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, &err),
                                 WT_OK);
            assert_int_equal(length, bytes.length);
            check_decoded(&scanner, bytes.data, length, (enum bus_golden)i);
        }
        wt_buffer_fini(&bytes);
    }
}

static void every_golden_message_survives_byte_by_byte(void **state) {
    (void)state;
    for (int i = 0; i < BUS_GOLDEN_COUNT; i++) {
        struct wt_buffer bytes = bus_golden_bytes((enum bus_golden)i);
        struct wt_bus_scanner scanner;
        size_t length = 0;
        scanner_reset(&scanner);
        for (size_t have = 0; have < bytes.length; have++)
            assert_int_equal(wt_bus_scan(&scanner, bytes.data, have, &length, NULL), WT_EAGAIN);
        assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_OK);
        assert_int_equal(length, bytes.length);
        check_decoded(&scanner, bytes.data, length, (enum bus_golden)i);
        wt_buffer_fini(&bytes);
    }
}

static void any_two_golden_messages_may_come_together(void **state) {
    (void)state;
    for (int i = 0; i < BUS_GOLDEN_COUNT; i++) {
        for (int j = 0; j < BUS_GOLDEN_COUNT; j++) {
            struct wt_buffer both = bus_golden_bytes((enum bus_golden)i);
            struct wt_buffer second = bus_golden_bytes((enum bus_golden)j);
            size_t first_length = both.length, length = 0;
            struct wt_bus_scanner scanner;
            wt_buffer_append(&both, second.data, second.length);
            scanner_reset(&scanner);
            assert_int_equal(wt_bus_scan(&scanner, both.data, both.length, &length, NULL), WT_OK);
            assert_int_equal(length, first_length);
            check_decoded(&scanner, both.data, length, (enum bus_golden)i);
            scanner_reset(&scanner);
            assert_int_equal(wt_bus_scan(&scanner, both.data + first_length,
                                         both.length - first_length, &length, NULL),
                             WT_OK);
            assert_int_equal(length, second.length);
            check_decoded(&scanner, both.data + first_length, length, (enum bus_golden)j);
            wt_buffer_fini(&both);
            wt_buffer_fini(&second);
        }
    }
}

/* ---- What the parts of a golden message are ---- */

static void the_parts_of_register_are_found(void **state) {
    (void)state;
    struct wt_buffer bytes = bus_golden_bytes(BUS_GOLDEN_REGISTER);
    struct wt_bus_scanner scanner;
    struct wt_bus_message m;
    struct wt_bus_text text;
    size_t length;
    int64_t pid = 0;
    scanner_reset(&scanner);
    assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_OK);
    assert_int_equal(wt_bus_decode(&scanner, bytes.data, length, &m, NULL), WT_OK);
    assert_int_equal(m.ext, WT_BUS_EXT_INVOKE);
    assert_int_equal(m.id.type, WT_BUS_UINT);
    assert_int_equal(m.id.uint, 1);
    bus_assert_bytes(m.id.raw, m.id.raw_length, "01");
    assert_true(wt_bus_is_symbol(&m.object, "supervisor"));
    assert_int_equal(m.argument_count, 2);
    assert_true(wt_bus_is_symbol(&m.arguments[0], "register"));
    assert_int_equal(m.arguments[1].type, WT_BUS_PROXY);
    const struct wt_bus_value *name = wt_bus_proxy_name(&m.arguments[1]);
    assert_true(wt_bus_is_symbol(name, "worker"));
    struct wt_bus_token token, worker = wt_bus_token_symbol("worker");
    assert_true(wt_bus_token_of(name, &token));
    assert_true(wt_bus_token_equal(&token, &worker));
    assert_true(wt_bus_to_int64(wt_bus_map_get(&m.options, "process_id"), &pid));
    assert_int_equal(pid, 9712);
    const struct wt_bus_value *service =
        wt_bus_map_get(wt_bus_map_get(&m.options, "state"), "name");
    assert_int_equal(service->type, WT_BUS_STRING);
    assert_true(wt_bus_text_of(service, &text));
    assert_true(wt_bus_text_equals(text, "web"));
    assert_true(text.data >= bytes.data && text.data < bytes.data + bytes.length);
    assert_false(m.block_given);
    wt_bus_message_fini(&m);
    wt_buffer_fini(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_we_write_is_what_ruby_writes),
        cmocka_unit_test(every_golden_message_survives_every_split),
        cmocka_unit_test(every_golden_message_survives_byte_by_byte),
        cmocka_unit_test(any_two_golden_messages_may_come_together),
        cmocka_unit_test(the_parts_of_register_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
