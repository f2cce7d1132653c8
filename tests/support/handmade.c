#include "support/support.h"

#include <stdlib.h>
#include <string.h>

#include "support/handmade.h"

struct wt_shared_recorder_header *handmade_header(const struct handmade *region) {
    return (void *)region->bytes;
}

struct wt_shared_recorder_thread *handmade_thread(const struct handmade *region, uint32_t thread) {
    return (void *)(region->bytes + sizeof(struct wt_shared_recorder_header) +
                    thread * sizeof(struct wt_shared_recorder_thread));
}

struct wt_shared_flight *handmade_flight(const struct handmade *region, uint32_t thread) {
    return (void *)(region->bytes + region->plan.flight_offset +
                    thread * sizeof(struct wt_shared_flight));
}

struct wt_shared_record *handmade_record(const struct handmade *region, uint32_t thread,
                                         uint64_t number) {
    const struct wt_shared_flight *flight = handmade_flight(region, thread);
    size_t place = flight->ring_first + (number - 1) % flight->ring_count;
    return (void *)(region->bytes + region->plan.ring_offset +
                    place * sizeof(struct wt_shared_record));
}

void handmade_make(struct handmade *region, uint32_t threads) {
    region->size = wt_recorder_stride(threads);
    region->bytes = aligned_alloc(64, (region->size + 63) / 64 * 64);
    assert_non_null(region->bytes);
    memset(region->bytes, 0, region->size);
    region->plan = wt_recorder_plan(region->size, threads);
    assert_int_equal(region->plan.flight_count, threads);
    *handmade_header(region) = (struct wt_shared_recorder_header){
        .version = WT_SHARED_RECORDER_VERSION,
        .threads = region->plan.threads,
        .heartbeat_ns = 1,
        .started_ns = 1,
        .flight_offset = region->plan.flight_offset,
        .ring_offset = region->plan.ring_offset,
        .flight_bytes = sizeof(struct wt_shared_flight),
        .record_bytes = sizeof(struct wt_shared_record),
        .flight_count = (uint16_t)threads,
        .ring_count = (uint16_t)region->plan.ring_count,
    };
    uint32_t part = region->plan.ring_count / threads;
    for (uint32_t i = 0; i < threads; i++) {
        handmade_flight(region, i)->ring_first = i * part;
        handmade_flight(region, i)->ring_count = part;
        handmade_flight(region, i)->thread_id = 7000 + i;
    }
}

void handmade_drop(struct handmade *region) {
    free(region->bytes);
    region->bytes = NULL;
}

static void put_texts(char *text, uint8_t *label_length, uint8_t *id_length, const char *label,
                      const char *id) {
    *label_length = (uint8_t)strlen(label);
    *id_length = (uint8_t)strlen(id);
    memcpy(text, label, *label_length);
    memcpy(text + *label_length, id, *id_length);
}

void handmade_begin(const struct handmade *region, uint32_t thread, int64_t since_ns,
                    const char *label, const char *id) {
    struct wt_shared_recorder_thread *record = handmade_thread(region, thread);
    struct wt_shared_flight *flight = handmade_flight(region, thread);
    record->active++;
    record->moved_ns = (uint64_t)since_ns;
    record->sequence += 2;
    if (label == NULL)
        return;
    flight->since_ns = (uint64_t)since_ns;
    flight->depth = 1;
    put_texts(flight->text, &flight->label_length, &flight->id_length, label, id);
    flight->sequence += 2;
}

void handmade_end(const struct handmade *region, uint32_t thread) {
    handmade_thread(region, thread)->active--;
    handmade_thread(region, thread)->sequence += 2;
    handmade_flight(region, thread)->since_ns = 0;
    handmade_flight(region, thread)->sequence += 2;
}

uint64_t handmade_publish(const struct handmade *region, uint32_t thread, int64_t time_ns,
                          int64_t duration_ns, const char *label) {
    struct wt_shared_flight *flight = handmade_flight(region, thread);
    uint64_t number = flight->published + 1;
    struct wt_shared_record *record = handmade_record(region, thread, number);
    *record = (struct wt_shared_record){.sequence = 2 * number,
                                        .time_ns = (uint64_t)time_ns,
                                        .duration_ns = (uint64_t)duration_ns,
                                        .thread_id = flight->thread_id,
                                        .flags = WT_FLIGHT_TIMED | WT_FLIGHT_SLOW,
                                        .kind = WT_RECORD_WORK};
    put_texts(record->text, &record->label_length, &record->id_length, label, "");
    flight->published = number;
    handmade_header(region)->ring_mark++;
    return number;
}

void handmade_tear(const struct handmade *region, uint32_t thread) {
    uint64_t number = handmade_flight(region, thread)->published + 1;
    handmade_record(region, thread, number)->sequence = 2 * number - 1;
}
