/* fuzz_bus_decode.c - one message of any bytes.
 *
 * Checks, beyond the absence of crashes: the scan gives the same result whole and in two parts;
 * what the scan accepts the decoder can decode (but for calls that do not add up); and what was
 * decoded, written and decoded again is written the same way.
 */
#include "bus/decode.h"
#include "fuzz/fuzz.h"

static wt_status scan(struct wt_bus_scanner *scanner, const uint8_t *data, size_t first,
                      size_t size, size_t *length) {
    struct wt_error err;
    wt_bus_scanner_init(scanner, 1U << 16, 1U << 12);
    uint8_t *part = malloc(first > 0 ? first : 1);
    require(part != NULL);
    if (first > 0)
        memcpy(part, data, first);
    wt_status status = wt_bus_scan(scanner, part, first, length, &err);
    free(part);
    if (status == WT_EAGAIN)
        status = wt_bus_scan(scanner, data, size, length, &err);
    return status;
}

static void rewrite(const struct wt_bus_message *m, struct wt_buffer *out) {
    struct wt_bus_writer w = wt_bus_writer_over(out);
    size_t mark = wt_bus_write_ext_begin(&w);
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
    require(!out->failed);
}

/* Floats of 32 bits are written with 64. So an id that holds some may grow beyond what an id may
 * have; nothing but this test writes an id again. */
static bool has_large_id(const struct wt_bus_message *m) {
    struct wt_buffer id = {0};
    struct wt_bus_writer w = wt_bus_writer_over(&id);
    wt_bus_write_value(&w, &m->id);
    bool is_large = m->ext == WT_BUS_EXT_INVOKE && id.length > WT_BUS_TOKEN_SIZE;
    wt_buffer_fini(&id);
    return is_large;
}

static void check_message(const struct wt_bus_message *message) {
    struct wt_buffer once = {0}, twice = {0};
    struct wt_bus_scanner scanner;
    struct wt_bus_message again;
    size_t length;
    struct wt_bus_token token;
    (void)wt_bus_token_of(&message->value, &token);
    rewrite(message, &once);
    /* It may have grown, too. */
    wt_bus_scanner_init(&scanner, 1U << 20, 1U << 12);
    require(wt_bus_scan(&scanner, once.data, once.length, &length, NULL) == WT_OK);
    require(length == once.length);
    wt_status status = wt_bus_decode(&scanner, once.data, length, &again, NULL);
    require(status == (has_large_id(message) ? WT_EFORMAT : WT_OK));
    if (status == WT_OK) {
        rewrite(&again, &twice);
        require(once.length == twice.length && memcmp(once.data, twice.data, once.length) == 0);
    }
    wt_bus_message_fini(&again);
    wt_buffer_fini(&once);
    wt_buffer_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wt_bus_scanner scanner;
    struct wt_bus_message message;
    struct wt_error err;
    size_t length = 0, whole_length = 0;
    wt_status whole = scan(&scanner, data, size, size, &whole_length);
    wt_status parts =
        scan(&scanner, data, size > 0 ? data[size - 1] % (size + 1) : 0, size, &length);
    require(whole == parts);
    if (whole != WT_OK)
        return 0;
    require(length == whole_length && length <= size);
    uint8_t *exact = malloc(length);
    require(exact != NULL);
    memcpy(exact, data, length);
    wt_status status = wt_bus_decode(&scanner, exact, length, &message, &err);
    require(status == WT_OK || status == WT_EFORMAT);
    if (status == WT_OK && message.is_message)
        check_message(&message);
    if (status != WT_OK)
        require((exact[0] >= 0xc7 && exact[0] <= 0xc9) || (exact[0] >= 0xd4 && exact[0] <= 0xd8));
    wt_bus_message_fini(&message);
    free(exact);
    return 0;
}
