#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "model/flat.h"
#include "model/flat_layout.h"
#include "support/flat.h"
#include "support/samples.h"

/* ---- damaged bytes --------------------------------------------------------------------------- */

/* Decodes copies of exactly these lengths, so that a byte too far is seen. What is accepted must be
 * fit for everything that reads snapshots. Returns whether it was. */
static bool try_parts(const void *workers_bytes, size_t workers_length, const void *tick_bytes,
                      size_t tick_length, bool use) {
    struct wt_flat_workers *workers = NULL;
    struct wt_snapshot *snapshot = NULL;
    struct wt_error err = {.text = ""};
    void *first = malloc(workers_length + 1), *second = malloc(tick_length + 1);
    memcpy((char *)first + 1, workers_bytes, workers_length); /* at an odd address, too */
    memcpy((char *)second + 1, tick_bytes, tick_length);
    wt_status status = wt_flat_decode_workers((char *)first + 1, workers_length, &workers, &err);
    if (status == WT_OK)
        status =
            wt_flat_decode_tick((char *)second + 1, tick_length, workers, NULL, &snapshot, &err);
    wt_flat_workers_unref(workers);
    free(first);
    free(second);
    assert_int_equal(status == WT_OK, snapshot != NULL);
    if (status != WT_OK) {
        assert_true(status == WT_EFORMAT || status == WT_EVERSION);
        assert_true(strlen(err.text) > 20);
        return false;
    }
    struct wt_buffer text = {0};
    if (use) {
        wt_export_json(snapshot, wt_sample_now(), &text);
        wt_export_text(snapshot, wt_sample_now(), 120, &text);
    }
    for (size_t i = 0; use && i < snapshot->cohort_count; i++)
        for (size_t row = 0; row < snapshot->cohorts[i].row_count; row++)
            (void)wt_cohort_rate(snapshot, &snapshot->cohorts[i], row, 0);
    wt_buffer_fini(&text);
    wt_snapshot_unref(snapshot);
    return true;
}

static void every_truncation_is_refused(void **state) {
    (void)state;
    struct wt_schema *schema = flat_odd_schema();
    struct flat_odd odd;
    flat_make_odd(&odd, schema);
    struct flat_parts parts = flat_encoded(&odd.snapshot);
    const struct wt_buffer *workers = &parts.workers, *tick = &parts.tick;
    assert_true(try_parts(workers->data, workers->length, tick->data, tick->length, true));
    for (size_t length = 0; length < workers->length; length++)
        assert_false(try_parts(workers->data, length, tick->data, tick->length, false));
    for (size_t length = 0; length < tick->length; length++)
        assert_false(try_parts(workers->data, workers->length, tick->data, length, false));
    wt_buffer_append(&parts.workers, "\0\0\0\0\0\0\0", 8);
    assert_false(try_parts(workers->data, workers->length, tick->data, tick->length, false));
    flat_drop(&parts);
    wt_schema_unref(schema);
}

static size_t flip_bytes(struct flat_parts *parts, struct wt_buffer *which, unsigned char mask) {
    size_t accepted = 0;
    for (size_t at = 0; at < which->length; at++) {
        which->data[at] = (char)(which->data[at] ^ mask);
        accepted += try_parts(parts->workers.data, parts->workers.length, parts->tick.data,
                              parts->tick.length, true);
        which->data[at] = (char)(which->data[at] ^ mask);
    }
    return accepted;
}

static void every_changed_byte_does_no_harm(void **state) {
    (void)state;
    static const unsigned char masks[] = {0x01, 0x80, 0xff};
    struct wt_schema *schema = flat_odd_schema();
    struct flat_odd odd;
    flat_make_odd(&odd, schema);
    struct flat_parts parts = flat_encoded(&odd.snapshot);
    for (size_t i = 0; i < sizeof masks; i++) {
        size_t accepted = flip_bytes(&parts, &parts.workers, masks[i]) +
                          flip_bytes(&parts, &parts.tick, masks[i]);
        size_t bytes = parts.workers.length + parts.tick.length;
        assert_true(accepted > bytes / 10 && accepted < bytes); /* both happen */
    }
    flat_drop(&parts);
    wt_schema_unref(schema);
}

static void every_changed_byte_of_a_schema_does_no_harm(void **state) {
    (void)state;
    struct wt_schema *schema = flat_odd_schema(), *back;
    struct wt_buffer bytes = {0};
    wt_flat_encode_schema(schema, &bytes);
    for (size_t at = 0; at < bytes.length; at++)
        for (int mask = 1; mask < 256; mask += 2) {
            bytes.data[at] = (char)(bytes.data[at] ^ mask);
            if (wt_flat_decode_schema(bytes.data, bytes.length, 64, &back, NULL) == WT_OK)
                wt_schema_unref(back);
            bytes.data[at] = (char)(bytes.data[at] ^ mask);
        }
    for (size_t length = 0; length < bytes.length; length++) {
        assert_int_equal(wt_flat_decode_schema(bytes.data, length, 64, &back, NULL), WT_EFORMAT);
        assert_null(back);
    }
    wt_buffer_fini(&bytes);
    wt_schema_unref(schema);
}

/* Puts a value of `size` bytes at a place of the fleet's tick part, and expects a complaint that
 * begins so. */
static void refuse_tick(size_t at, uint64_t value, size_t size, wt_status status,
                        const char *expected) {
    struct wt_snapshot *fleet = wt_sample_fleet(), *snapshot;
    struct flat_parts parts = flat_encoded(fleet);
    struct wt_flat_workers *workers;
    struct wt_error err = {.text = ""};
    memcpy(parts.tick.data + at, &value, size);
    assert_int_equal(
        wt_flat_decode_workers(parts.workers.data, parts.workers.length, &workers, NULL), WT_OK);
    assert_int_equal(
        wt_flat_decode_tick(parts.tick.data, parts.tick.length, workers, NULL, &snapshot, &err),
        status);
    if (strncmp(err.text, expected, strlen(expected)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", err.text, expected);
    wt_flat_workers_unref(workers);
    flat_drop(&parts);
    wt_snapshot_unref(fleet);
}

static void complaints_name_place_and_value(void **state) {
    (void)state;
    enum { VERSION = WT_FLAT_TICK_VERSION, TEXTS = sizeof(struct wt_flat_tick_record) };
    char text[160];
    snprintf(text, sizeof text,
             "snapshot: version %d: written by a newer worktop, this one reads %d", VERSION + 1,
             VERSION);
    refuse_tick(0, VERSION + 1, 4, WT_EVERSION, text);
    snprintf(text, sizeof text, "snapshot: byte 0: version is 0, must be %d", VERSION);
    refuse_tick(0, 0, 4, WT_EFORMAT, text);
    snprintf(text, sizeof text,
             "snapshot: version %d: written by an older worktop, this one reads %d: restart that "
             "monitor with this worktop",
             VERSION - 1, VERSION);
    refuse_tick(0, VERSION - 1, 4, WT_EVERSION, text);
    refuse_tick(4, 2, 4, WT_EFORMAT, "snapshot: byte 4: failed is 2, must be 0 to 1");
    refuse_tick(24, UINT64_MAX, 8, WT_EFORMAT,
                "snapshot: byte 24: monotonic_ns is -1, must be 0 to 4611686018427387903");
    refuse_tick(96, UINT32_MAX, 4, WT_EFORMAT,
                "snapshot: byte 96: service_count is 4294967295, at most ");
    snprintf(text, sizeof text,
             "snapshot: byte %d: version: 4294967295 bytes do not fit into the last ", TEXTS);
    refuse_tick(TEXTS, UINT32_MAX, 4, WT_EFORMAT, text);
}

/* Counts that no number of bytes bears out ask for no memory. */
static void huge_counts_cost_nothing(void **state) {
    (void)state;
    static const uint64_t huge[] = {UINT64_MAX,     INT64_MAX,         UINT64_C(1) << 62,
                                    UINT32_MAX,     UINT64_C(1) << 61, UINT64_C(1) << 60,
                                    SIZE_MAX / 24U, SIZE_MAX / 88U};
    struct wt_schema *schema = flat_odd_schema();
    struct flat_odd odd;
    flat_make_odd(&odd, schema);
    struct flat_parts parts = flat_encoded(&odd.snapshot);
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++)
        for (int which = 0; which < 2; which++) {
            struct wt_buffer *bytes = which == 0 ? &parts.workers : &parts.tick;
            for (size_t at = 0; at < bytes->length; at += 8) {
                char saved[8];
                memcpy(saved, bytes->data + at, 8);
                memcpy(bytes->data + at, &huge[i], 8);
                try_parts(parts.workers.data, parts.workers.length, parts.tick.data,
                          parts.tick.length, true);
                memcpy(bytes->data + at, saved, 8);
            }
        }
    flat_drop(&parts);
    wt_schema_unref(schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_changed_byte_does_no_harm),
        cmocka_unit_test(every_changed_byte_of_a_schema_does_no_harm),
        cmocka_unit_test(complaints_name_place_and_value),
        cmocka_unit_test(huge_counts_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
