/* docs/FORMAT.md says of every byte of recorder regions and of the directory file what the compiler
 * says. */
#include "support/support.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shm/layout.h"

enum { ROWS_MOST = 32 };

struct row {
    size_t offset, bytes;
};

struct table {
    const char *name; /* how the third column's heading begins */
    size_t bytes;     /* of the structure */
    struct row rows[ROWS_MOST];
};

#define ROW(type, member)                                                                          \
    { offsetof(struct type, member), sizeof(((struct type *)0)->member) }
/* Two members of equal size in one row. */
#define PAIR(type, first, second)                                                                  \
    {                                                                                              \
        offsetof(struct type, first), offsetof(struct type, second) +                              \
                                          sizeof(((struct type *)0)->second) -                     \
                                          offsetof(struct type, first)                             \
    }

#define HEADER(member) ROW(wt_shared_directory_header, member)
#define SECTION(member) ROW(wt_shared_section, member)
#define STORE(member) ROW(wt_shared_store_record, member)
#define SEGMENT(member) ROW(wt_shared_segment_record, member)
#define SERVICE(member) ROW(wt_shared_service_record, member)
#define RETIRED(member) ROW(wt_shared_retired_record, member)
#define HISTORY(member) ROW(wt_shared_history_record, member)
#define RESIZE(member) ROW(wt_shared_resize_record, member)
#define EVENT(member) ROW(wt_shared_event_record, member)
#define BANK(member) ROW(wt_shared_bank_header, member)

#define REGION(member) ROW(wt_shared_recorder_header, member)
#define THREAD(member) ROW(wt_shared_recorder_thread, member)
#define FLIGHT(member) ROW(wt_shared_flight, member)
#define RECORD(member) ROW(wt_shared_record, member)

static const struct table tables[] = {
    {"header |\n|---|---|---|\n| 0 | 4 | version",
     sizeof(struct wt_shared_recorder_header),
     {REGION(version), REGION(threads), REGION(heartbeat_ns), REGION(started_ns),
      REGION(process_id), REGION(threads_beyond), REGION(goodbye), REGION(flight_offset),
      REGION(ring_offset), REGION(flight_bytes), REGION(record_bytes), REGION(flight_count),
      REGION(ring_count), REGION(ring_mark)}},
    {"thread |",
     sizeof(struct wt_shared_recorder_thread),
     {THREAD(sequence), THREAD(active), THREAD(area_ns), THREAD(moved_ns)}},
    {"in flight |",
     sizeof(struct wt_shared_flight),
     {FLIGHT(sequence), FLIGHT(since_ns), FLIGHT(published), FLIGHT(ring_first), FLIGHT(ring_count),
      FLIGHT(thread_id), FLIGHT(label_length), FLIGHT(id_length), FLIGHT(flags), FLIGHT(depth),
      FLIGHT(text)}},
    {"record |\n|---|---|---|\n| 0 | 8 | sequence: 2 n",
     sizeof(struct wt_shared_record),
     {RECORD(sequence), RECORD(time_ns), RECORD(duration_ns), RECORD(value), RECORD(thread_id),
      RECORD(label_length), RECORD(id_length), RECORD(flags), RECORD(kind), RECORD(text)}},
    {"header |\n|---|---|---|\n| 0 | 8 | magic",
     sizeof(struct wt_shared_directory_header),
     {HEADER(magic),
      HEADER(version),
      HEADER(header_bytes),
      HEADER(section_bytes),
      HEADER(section_count),
      HEADER(file_bytes),
      HEADER(boot_id),
      HEADER(monitor_pid),
      HEADER(monitor_start_ticks),
      HEADER(started_realtime_ns),
      HEADER(started_monotonic_ns),
      HEADER(heartbeat_ns),
      HEADER(heartbeat_realtime_ns),
      HEADER(interval_ns),
      HEADER(tick_count),
      HEADER(state),
      HEADER(snapshot_sequence),
      HEADER(event_number),
      HEADER(resize_number),
      HEADER(skipped_count),
      HEADER(reserved)}},
    {"entry |",
     sizeof(struct wt_shared_section),
     {SECTION(type), SECTION(index), SECTION(offset), SECTION(bytes), SECTION(record_bytes),
      SECTION(count), SECTION(used), SECTION(reserved)}},
    {"stores |",
     sizeof(struct wt_shared_store_record),
     {STORE(sequence), STORE(device), STORE(inode), STORE(size_bytes), STORE(max_bytes),
      STORE(segment_bytes), STORE(segment_count), STORE(reserved)}},
    {"segments |",
     sizeof(struct wt_shared_segment_record),
     {SEGMENT(sequence), SEGMENT(worker_id), SEGMENT(pid), SEGMENT(start_ticks), SEGMENT(instance),
      SEGMENT(since_realtime_ns), SEGMENT(generation), SEGMENT(schema), SEGMENT(service),
      SEGMENT(state), SEGMENT(has_instance), SEGMENT(reserved)}},
    {"services |",
     sizeof(struct wt_shared_service_record),
     {SERVICE(sequence), SERVICE(retired_workers), SERVICE(name)}},
    {"retired totals:",
     sizeof(struct wt_shared_retired_record),
     {RETIRED(sequence), RETIRED(service), RETIRED(is_real),
      PAIR(wt_shared_retired_record, low, high), RETIRED(real), RETIRED(key)}},
    {"history:",
     sizeof(struct wt_shared_history_record),
     {HISTORY(sequence), HISTORY(service), HISTORY(series), HISTORY(key), HISTORY(kind),
      HISTORY(aggregate), HISTORY(values)}},
    {"resizes |",
     sizeof(struct wt_shared_resize_record),
     {RESIZE(sequence), RESIZE(number), RESIZE(realtime_ns), RESIZE(duration_ns), RESIZE(old_bytes),
      RESIZE(new_bytes), RESIZE(segments_added), RESIZE(problem)}},
    {"events |",
     sizeof(struct wt_shared_event_record),
     {EVENT(sequence), EVENT(number), EVENT(realtime_ns), EVENT(worker_id), EVENT(kind),
      EVENT(severity), EVENT(service), EVENT(text)}},
    {"bank |",
     sizeof(struct wt_shared_bank_header),
     {BANK(sequence), BANK(workers_version), BANK(workers_offset), BANK(workers_bytes),
      BANK(workers_sum), BANK(tick_offset), BANK(tick_bytes), BANK(tick_sum)}},
};

static char *read_document(void) {
    char path[4096];
    const char *source = getenv("WORKTOP_SOURCE");
    snprintf(path, sizeof path, "%s/%s", source != NULL ? source : ".", "docs/FORMAT.md");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    enum { MOST = 1 << 20 };
    char *text = calloc(1, MOST);
    assert_non_null(text);
    assert_true(fread(text, 1, MOST - 1, file) > 0);
    fclose(file);
    return text;
}

/* The rows of one table against the structure: all of them, in order, without a gap. */
static void compare(const char *document, const struct table *table) {
    char heading[128];
    snprintf(heading, sizeof heading, "| offset | bytes | %s", table->name);
    const char *at = strstr(document, heading);
    if (at == NULL)
        fail_msg("docs/FORMAT.md has no table \"%s\"", heading);
    at = strstr(at, "|---|---|---|\n") + strlen("|---|---|---|\n");
    size_t end = 0;
    size_t i = 0;
    struct row row;
    for (; sscanf(at, "| %zu | %zu |", &row.offset, &row.bytes) == 2; i++) {
        if (i == ROWS_MOST || row.offset != table->rows[i].offset ||
            row.bytes != table->rows[i].bytes || row.offset != end)
            fail_msg("table \"%s\", row %zu: %zu bytes at %zu", table->name, i, row.bytes,
                     row.offset);
        end = row.offset + row.bytes;
        at = strchr(at, '\n') + 1;
    }
    assert_int_equal(end, table->bytes);
    assert_true(i == ROWS_MOST || table->rows[i].bytes == 0);
}

static void every_byte_is_described(void **state) {
    (void)state;
    char *document = read_document();
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        compare(document, &tables[i]);
    free(document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
