/* fuzz_flight.c - recorder regions that a worker wrote who never tells the truth.
 *
 * The input is a shape of the region, patches of a region that a good worker would have, and looks
 * in between. Every look ends, stays inside of the region, gives out harmless texts, times that
 * have passed and not more than was asked for; and what a thread delivered and lost never passes
 * its newest number, however often that jumps.
 */
#include "fuzz/fuzz.h"
#include "shm/flight.h"

enum { REGION_MAX = 8192, ROOM = 16, PATCHES = 40, THREADS_MAX = 20 };

static const int64_t now_ns = INT64_C(1000000000000);

struct region {
    unsigned char *bytes; /* of exactly `size`, so that reading past its end is seen */
    size_t size;
    struct wt_ring_cursor *cursor;
    struct wt_flight flights[THREADS_MAX];
};

/* A region as a good worker leaves it: half of its threads with a label and some records. */
static void fill(const struct region *region, uint32_t threads) {
    struct wt_recorder_plan plan = wt_recorder_plan(region->size, threads);
    struct wt_shared_recorder_header *header = (void *)region->bytes;
    header->threads = plan.threads;
    header->flight_offset = plan.flight_offset;
    header->ring_offset = plan.ring_offset;
    header->flight_bytes = sizeof(struct wt_shared_flight);
    header->record_bytes = sizeof(struct wt_shared_record);
    header->flight_count = (uint16_t)plan.flight_count;
    header->ring_count = (uint16_t)plan.ring_count;
    header->ring_mark = 1;
    header->version = WT_SHARED_RECORDER_VERSION;
    for (uint32_t i = 0; i < plan.flight_count; i++) {
        uint32_t share = plan.ring_count / plan.flight_count;
        struct wt_shared_flight *entry =
            (struct wt_shared_flight *)(void *)(region->bytes + plan.flight_offset) + i;
        *entry = (struct wt_shared_flight){.sequence = 2,
                                           .since_ns = i % 2 == 0 ? 999 : 0,
                                           .published = share + i,
                                           .ring_first = i * share,
                                           .ring_count = share,
                                           .label_length = 5,
                                           .id_length = 2,
                                           .depth = 1,
                                           .text = "label id"};
        for (uint64_t n = i + 1; n <= entry->published; n++) {
            struct wt_shared_record *record =
                (struct wt_shared_record *)(void *)(region->bytes + plan.ring_offset) +
                entry->ring_first + (n - 1) % share;
            *record = (struct wt_shared_record){.sequence = 2 * n,
                                                .time_ns = 500,
                                                .duration_ns = 20,
                                                .flags = WT_FLIGHT_TIMED,
                                                .kind = WT_RECORD_WORK,
                                                .label_length = 3,
                                                .text = "abc"};
        }
    }
}

static void check_flight(const struct wt_flight *flight) {
    require(fuzz_is_harmless(flight->label, strlen(flight->label)));
    require(fuzz_is_harmless(flight->id, strlen(flight->id)));
    require(flight->since_ns >= -1 && flight->since_ns <= now_ns);
    require(flight->state == WT_FLIGHT_LABELLED || flight->label[0] == '\0');
    require(flight->state != WT_FLIGHT_LABELLED || (flight->since_ns > 0 && flight->depth > 0));
}

static void check_record(const struct wt_record *record) {
    bool is_true = !record->is_torn && !record->is_nonsense;
    require(fuzz_is_harmless(record->label, strlen(record->label)));
    require(fuzz_is_harmless(record->id, strlen(record->id)));
    require(record->time_ns >= -1 && record->time_ns <= now_ns);
    require(record->duration_ns >= -1 && record->duration_ns <= record->time_ns + 1000000000);
    require(record->kind <= WT_RECORD_LAST && record->number > 0);
    require(is_true || (record->label[0] == '\0' && record->time_ns == -1));
}

static void look(struct region *region, uint8_t how) {
    struct wt_flight_tables tables;
    static struct wt_record records[ROOM];
    if (wt_flight_tables(region->bytes, region->size, &tables) != WT_RECORDER_READY) {
        require(tables.thread_count == 0 && tables.flight_count == 0);
        return;
    }
    require(tables.thread_count <= WT_RECORDER_MAX_THREADS);
    for (uint32_t i = 0; i < THREADS_MAX; i++) {
        wt_flight_read(&tables, i, now_ns, &region->flights[i]);
        check_flight(&region->flights[i]);
    }
    bool has_more = true;
    for (int i = 0; has_more; i++) {
        /* No number may pass by more than once. */
        uint64_t before = 0, after = 0;
        for (uint32_t k = 0; k < region->cursor->thread_count; k++)
            before += region->cursor->read[k];
        struct wt_ring_poll poll =
            wt_ring_poll(&tables, region->cursor, now_ns, (how & 1) != 0, records, ROOM);
        for (uint32_t k = 0; k < region->cursor->thread_count; k++)
            after += region->cursor->read[k];
        require(poll.count <= ROOM && poll.nonsense <= tables.flight_count);
        require(poll.nonsense > 0 || after - before == poll.count + poll.lost);
        for (size_t k = 0; k < poll.count; k++)
            check_record(&records[k]);
        require(!poll.has_more || poll.count == ROOM);
        require(i <= (int)(region->size / sizeof(struct wt_shared_record)) * THREADS_MAX);
        has_more = poll.has_more;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    struct region region = {.size = 96 + fuzz_word(&input, 2) % (REGION_MAX - 96) / 8 * 8};
    uint32_t threads = fuzz_byte(&input) % THREADS_MAX;
    region.bytes = aligned_alloc(8, region.size);
    region.cursor = malloc(wt_ring_cursor_bytes(THREADS_MAX));
    require(region.bytes != NULL && region.cursor != NULL);
    memset(region.bytes, 0, region.size);
    wt_ring_cursor_init(region.cursor, threads);
    if ((fuzz_byte(&input) & 1) == 0)
        fill(&region, threads);
    for (int i = 0; i < PATCHES && input.left > 0; i++) {
        uint8_t how = fuzz_byte(&input);
        size_t offset = fuzz_word(&input, 2) % region.size, length;
        uint8_t *bytes = fuzz_bytes(&input, fuzz_byte(&input) % 64, &length);
        memcpy(region.bytes + offset, bytes,
               length < region.size - offset ? length : region.size - offset);
        free(bytes);
        look(&region, how);
    }
    look(&region, 0);
    look(&region, 1);
    free(region.cursor);
    free(region.bytes);
    return 0;
}
