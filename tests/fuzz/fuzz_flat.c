/* fuzz_flat.c - the flat bytes of a snapshot, of which an attacker wrote every one.
 *
 *     [flags] then, again and again: [part, 2: offset from its end] [offset, 2 bytes] [length]
 * bytes
 *
 * The bytes are written over the two parts (0 workers, 1 tick) of a real snapshot: one that holds
 * everything odd, or with the first bit of the flags a fleet. With the second bit all of the input
 * is the parts themselves: [length of the workers part, 2 bytes] workers, tick. With the third it
 * is a schema alone: [segment size / 8] schema. Showing takes most of the time: only with both of
 * the next bits.
 *
 * What is decoded can be shown (shown.h), encodes to bytes that decode to the same, and can be
 * marked; what is not is refused with one harmless line.
 */
#include "fuzz/fuzz.h"
#include "fuzz/shown.h"
#include "model/flat.h"
#include "support/samples.h"

enum { FLEET = 1, RAW = 2, SCHEMA = 4, SHOW = 24, FROM_END = 2 };

struct parts {
    struct wt_buffer bytes[2];
};

static const struct wt_time now = {.monotonic_ns = INT64_C(1) << 50,
                                   .realtime_ns = INT64_C(1) << 60};

static void check_refusal(wt_status status, const struct wt_error *err) {
    require(status == WT_EFORMAT || status == WT_EVERSION);
    require(err->text[0] != '\0' && fuzz_is_harmless(err->text, strlen(err->text)));
}

/* NULL when it is refused. The bytes are copied, so that reading past their end is seen. */
static struct wt_snapshot *decode(const struct parts *parts) {
    const struct wt_event event = {.sequence = 1, .service = "web", .text = "joined"};
    const struct wt_flat_extras extras = {.events = &event, .event_count = 1};
    struct wt_flat_workers *workers;
    struct wt_snapshot *snapshot = NULL;
    struct wt_error err = {0};
    void *copies[2];
    for (int i = 0; i < 2; i++) {
        size_t length = parts->bytes[i].length;
        require(posix_memalign(&copies[i], 8, length > 0 ? length : 1) == 0);
        if (length > 0)
            memcpy(copies[i], parts->bytes[i].data, length);
    }
    wt_status status = wt_flat_decode_workers(copies[0], parts->bytes[0].length, &workers, &err);
    if (status == WT_OK) {
        status = wt_flat_decode_tick(copies[1], parts->bytes[1].length, workers, &extras, &snapshot,
                                     &err);
        wt_flat_workers_unref(workers);
    }
    if (status != WT_OK)
        check_refusal(status, &err);
    free(copies[0]);
    free(copies[1]);
    return status == WT_OK ? snapshot : NULL;
}

static void encode(const struct wt_snapshot *snapshot, struct parts *out) {
    *out = (struct parts){0};
    wt_flat_encode_workers(snapshot, &out->bytes[0]);
    wt_flat_encode_tick(snapshot, &out->bytes[1]);
    require(!out->bytes[0].failed && !out->bytes[1].failed);
}

static void drop(struct parts *parts) {
    wt_buffer_fini(&parts->bytes[0]);
    wt_buffer_fini(&parts->bytes[1]);
}

static void check_parts(const struct parts *parts, bool show) {
    const struct wt_source source = {.kind = WT_SOURCE_ATTACH, .path = "/x", .problem = "gone"};
    struct wt_snapshot *snapshot = decode(parts);
    struct parts once, twice;
    if (snapshot == NULL)
        return;
    if (show)
        fuzz_check_foreign(snapshot, now);
    encode(snapshot, &once);
    struct wt_snapshot *again = decode(&once);
    require(again != NULL);
    encode(again, &twice);
    for (int i = 0; i < 2; i++) {
        require(once.bytes[i].length == twice.bytes[i].length);
        require(memcmp(once.bytes[i].data, twice.bytes[i].data, once.bytes[i].length) == 0);
    }
    struct wt_snapshot *marked = wt_flat_retouch(again, &source);
    require(marked != NULL && strcmp(marked->source.problem, "gone") == 0);
    wt_snapshot_unref(again);
    wt_snapshot_unref(marked);
    wt_snapshot_unref(snapshot);
    drop(&once);
    drop(&twice);
}

static void check_schema(struct fuzz_input *input) {
    struct wt_schema *schema;
    struct wt_error err = {0};
    size_t segment_bytes = (size_t)fuzz_byte(input) * 8, length;
    uint8_t *bytes = fuzz_bytes(input, input->left, &length);
    wt_status status = wt_flat_decode_schema(bytes, length, segment_bytes, &schema, &err);
    if (status == WT_OK) {
        fuzz_check_schema(schema, segment_bytes);
        wt_schema_unref(schema);
    } else {
        check_refusal(status, &err);
    }
    free(bytes);
}

static void patch(struct fuzz_input *input, struct parts *parts) {
    uint8_t which = fuzz_byte(input);
    struct wt_buffer *part = &parts->bytes[which & 1];
    size_t offset = (size_t)fuzz_word(input, 2) % part->length, count;
    if (which & FROM_END)
        offset = part->length - 1 - offset;
    uint8_t *bytes = fuzz_bytes(input, fuzz_byte(input), &count);
    if (count > part->length - offset)
        count = part->length - offset;
    memcpy(part->data + offset, bytes, count);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct parts parts = {0};
    uint8_t flags = fuzz_byte(&input);
    if (flags & SCHEMA) {
        check_schema(&input);
        return 0;
    }
    if (flags & RAW) {
        size_t wanted = (size_t)fuzz_word(&input, 2);
        size_t length = wanted < input.left ? wanted : input.left;
        wt_buffer_append(&parts.bytes[0], input.at, length);
        wt_buffer_append(&parts.bytes[1], input.at + length, input.left - length);
    } else {
        struct wt_snapshot *sample = flags & FLEET ? wt_sample_fleet() : wt_sample_nasty();
        encode(sample, &parts);
        wt_snapshot_unref(sample);
        while (input.left > 0)
            patch(&input, &parts);
    }
    check_parts(&parts, (flags & SHOW) == SHOW);
    drop(&parts);
    return 0;
}
