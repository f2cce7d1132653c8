#include "support/support.h"

#include <string.h>

#include "support/bus.h"

static const struct {
    const char *name, *hex;
} golden_messages[BUS_GOLDEN_COUNT] = {
#define BUS_GOLDEN_ROW(name, hex) [BUS_GOLDEN_##name] = {#name, hex},
    BUS_GOLDEN_MAP(BUS_GOLDEN_ROW)
#undef BUS_GOLDEN_ROW
};

const char *bus_golden_name(enum bus_golden golden) {
    return golden_messages[golden].name;
}

const char *bus_golden_hex(enum bus_golden golden) {
    return golden_messages[golden].hex;
}

static int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *assemble(struct wt_bus_writer *writer, const char *at, int level) {
    while (*at != '\0') {
        if (*at == ' ') {
            at++;
        } else if (*at == '>') {
            assert_true(level > 0);
            return at + 1;
        } else if (*at == ':') {
            size_t length = strcspn(at + 1, " >");
            wt_bus_write_symbol(writer, at + 1, length);
            at += 1 + length;
        } else if (*at == '\'') {
            size_t length = strcspn(at + 1, "'");
            wt_bus_write_string(writer, at + 1, length);
            at += length + 2;
        } else if (*at == '<') {
            int type = digit(at[1]) << 4 | digit(at[2]);
            size_t mark = wt_bus_write_ext_begin(writer);
            at = assemble(writer, at + 3, level + 1);
            wt_bus_write_ext_end(writer, mark, (enum wt_bus_ext)type);
        } else {
            assert_true(digit(at[0]) >= 0 && digit(at[1]) >= 0);
            wt_buffer_append_char(writer->buffer, (char)(digit(at[0]) << 4 | digit(at[1])));
            at += 2;
        }
    }
    assert_int_equal(level, 0);
    return at;
}

struct wt_buffer bus_bytes(const char *notation) {
    struct wt_buffer bytes = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&bytes);
    assemble(&writer, notation, 0);
    assert_false(bytes.failed);
    return bytes;
}

struct wt_buffer bus_golden_bytes(enum bus_golden golden) {
    return bus_bytes(bus_golden_hex(golden));
}

struct wt_buffer bus_hex(const void *bytes, size_t length) {
    struct wt_buffer hex = {0};
    for (size_t i = 0; i < length; i++)
        wt_buffer_printf(&hex, "%02x", ((const unsigned char *)bytes)[i]);
    return hex;
}

void bus_assert_bytes(const void *bytes, size_t length, const char *notation) {
    struct wt_buffer expected = bus_bytes(notation), actual = bus_hex(bytes, length);
    struct wt_buffer wanted = bus_hex(expected.data, expected.length);
    assert_string_equal(wt_buffer_text(&actual), wt_buffer_text(&wanted));
    wt_buffer_fini(&expected);
    wt_buffer_fini(&actual);
    wt_buffer_fini(&wanted);
}

void bus_assert_output(struct wt_bus_peer *peer, const char *notation) {
    const struct wt_buffer *output = wt_bus_peer_output(peer);
    bus_assert_bytes(output->data, output->length, notation);
}

void bus_expect(struct wt_bus_peer *peer, const char *in, const char *out) {
    struct wt_buffer bytes = bus_bytes(in);
    struct wt_error err = {.text = ""};
    if (wt_bus_peer_feed(peer, bytes.data, bytes.length, &err) != WT_OK)
        fail_msg("%s: %s", in, err.text);
    bus_assert_output(peer, out);
    wt_bus_peer_sent(peer, wt_bus_peer_output(peer)->length);
    wt_buffer_fini(&bytes);
}

void bus_expect_refused(struct wt_bus_peer *peer, const char *in, wt_status status) {
    struct wt_buffer bytes = bus_bytes(in);
    struct wt_error err = {.text = ""};
    wt_status got = wt_bus_peer_feed(peer, bytes.data, bytes.length, &err);
    if (got != status)
        fail_msg("%s: %s (%s)", in, wt_status_text(got), err.text);
    assert_true(strlen(err.text) > 0);
    bus_assert_output(peer, "");
    wt_buffer_fini(&bytes);
}
