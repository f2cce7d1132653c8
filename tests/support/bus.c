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

struct wt_buffer bus_bytes(const char *hex) {
    struct wt_buffer bytes = {0};
    while (*hex != '\0') {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        assert_true(digit(hex[0]) >= 0 && digit(hex[1]) >= 0);
        wt_buffer_append_char(&bytes, (char)(digit(hex[0]) << 4 | digit(hex[1])));
        hex += 2;
    }
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

void bus_assert_bytes(const void *bytes, size_t length, const char *expected_hex) {
    struct wt_buffer expected = bus_bytes(expected_hex), actual = bus_hex(bytes, length);
    struct wt_buffer wanted = bus_hex(expected.data, expected.length);
    assert_string_equal(wt_buffer_text(&actual), wt_buffer_text(&wanted));
    wt_buffer_fini(&expected);
    wt_buffer_fini(&actual);
    wt_buffer_fini(&wanted);
}
