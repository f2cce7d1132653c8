/* fuzz_schema.c - a worker's schema, in two ways, chosen by the lowest bit of the first byte:
 *
 *   0   [size] then tuples: [key length] key [type] [text of the type?] [offset] [hints length]
 * hints 1   [size] then the msgpack value that a worker answers to setup_utilization_observer
 *
 * Whatever it is, the schema that comes out is one that everybody behind it can rely on: fields
 * inside the segment, names that are harmless and different, problems that are lines.
 */
#include "bus/decode.h"
#include "fuzz/shown.h"
#include "fuzz/tuples.h"
#include "net/answers.h"
#include "schema/codec.h"

static struct wt_schema *from_tuples(struct fuzz_input input, size_t segment_bytes) {
    return fuzz_schema(&input, segment_bytes, SIZE_MAX);
}

/* The value as a worker sends it: inside the Return of call 2. NULL when the bus refuses it. */
static struct wt_schema *from_answer(struct fuzz_input input, size_t segment_bytes) {
    struct wt_buffer bytes = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&bytes);
    struct wt_bus_scanner scanner;
    struct wt_bus_message message;
    struct wt_schema *schema = NULL;
    struct wt_error err;
    size_t length;
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_uint(&writer, 2);
    wt_buffer_append(&bytes, input.at, input.left);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_RETURN);
    wt_bus_scanner_init(&scanner, 1U << 16, 1U << 12);
    if (wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL) == WT_OK &&
        wt_bus_decode(&scanner, bytes.data, length, &message, NULL) == WT_OK) {
        wt_status status = wt_schema_of_answer(&message.value, segment_bytes, NULL, &schema, &err);
        require((status == WT_OK) == (schema != NULL));
        require(status == WT_OK || fuzz_is_harmless(err.text, strlen(err.text)));
        wt_bus_message_fini(&message);
    }
    wt_buffer_fini(&bytes);
    return schema;
}

/* A segment that nobody writes: a group is whole at once when its word is even, and its values are
 * those that are read one by one; with an odd word it never is. */
static void read_groups(const struct wt_schema *schema, size_t segment_bytes,
                        struct fuzz_input in) {
    uint64_t bits[WT_SCHEMA_MAX_FIELDS], one = 0;
    void *segment;
    if (segment_bytes == 0 || in.left == 0)
        return;
    require(posix_memalign(&segment, 64, segment_bytes) == 0);
    for (size_t i = 0; i < segment_bytes; i++)
        ((uint8_t *)segment)[i] = in.at[i % in.left];
    for (uint32_t g = 0; g < schema->group_count; g++) {
        const struct wt_schema_group *group = &schema->groups[g];
        uint64_t word;
        memcpy(&word, (uint8_t *)segment + group->offset, sizeof word);
        unsigned reads = wt_codec_read_group(segment, schema, group, bits);
        require(reads == (word % 2 == 0 ? 1 : 0));
        for (uint32_t m = 0; reads > 0 && m < group->member_count; m++) {
            require(wt_codec_read(segment, &schema->fields[group->members[m]], &one));
            require(bits[group->members[m]] == one);
        }
    }
    free(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    uint8_t first = fuzz_byte(&input);
    size_t segment_bytes = (size_t)(first >> 1) * 8;
    struct wt_schema *(*make)(struct fuzz_input, size_t) = first & 1 ? from_answer : from_tuples;
    struct wt_schema *schema = make(input, segment_bytes);
    if (schema == NULL)
        return 0;
    fuzz_check_schema(schema, segment_bytes);
    read_groups(schema, segment_bytes, input);
    struct wt_schema *again = make(input, segment_bytes);
    require(again != NULL && wt_schema_equal(schema, again) && schema->hash == again->hash);
    wt_schema_unref(again);
    wt_schema_unref(schema);
    return 0;
}
