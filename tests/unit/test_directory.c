/* The directory file, written and read back: every verb, every table full, one file after another.
 */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "shm/guard.h"
#include "shm/mapping.h"
#include "shm/store.h"
#include "support/directory.h"
#include "support/files.h"

static int setup(void **state) {
    struct test_directory_file *t = calloc(1, sizeof *t);
    assert_non_null(t);
    test_directory_open(t, NULL);
    test_directory_view(t);
    *state = t;
    return 0;
}

static int teardown(void **state) {
    test_directory_close(*state);
    free(*state);
    return 0;
}

static struct wt_shared_directory_header header_of(const struct test_directory_file *t) {
    struct wt_shared_directory_header header;
    wt_directory_view_header(t->view, &header);
    return header;
}

static uint64_t used_of(const struct test_directory_file *t, enum wt_section_type type,
                        uint32_t index) {
    struct wt_shared_section section;
    assert_true(wt_directory_view_section(t->view, type, index, &section));
    return section.used;
}

/* ---- the file ---------------------------------------------------------------------------- */

static void the_header_says_who_writes_it(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_directory_header header = header_of(t);
    struct wt_process_look look;
    uint8_t boot_id[16];
    struct stat st;
    assert_int_equal(wt_process_look(getpid(), &look, NULL), WT_OK);
    assert_memory_equal(header.magic, "WORKTOPD", 8);
    assert_int_equal(header.version, 1);
    assert_int_equal(header.header_bytes, 512);
    assert_int_equal(header.section_bytes, 64);
    assert_int_equal(stat(t->path, &st), 0);
    assert_int_equal(header.file_bytes, st.st_size);
    assert_int_equal(wt_directory_bytes(t->directory), st.st_size);
    assert_true(st.st_blocks * 512 >= st.st_size); /* the space is really there */
    assert_int_equal(header.monitor_pid, getpid());
    assert_int_equal(header.monitor_start_ticks, look.start_ticks);
    assert_int_equal(header.started_monotonic_ns, 1000);
    assert_int_equal(header.started_realtime_ns, 2000);
    assert_int_equal(header.interval_ns, WT_NS_PER_S);
    assert_int_equal(header.state, WT_DIRECTORY_RUNNING);
    assert_int_equal(header.snapshot_sequence, 0);
    for (size_t i = 0; i < sizeof header.reserved / sizeof header.reserved[0]; i++)
        assert_int_equal(header.reserved[i], 0);
    assert_int_equal(wt_directory_view_is_this_boot(t->view), wt_process_boot_id(boot_id));
    assert_memory_equal(header.boot_id, boot_id, sizeof boot_id);
    assert_string_equal(wt_directory_view_path(t->view), t->path);
    assert_int_equal(test_entries(t->folder), 1);
}

static void the_table_has_a_section_of_each_kind(void **state) {
    struct test_directory_file *t = *state;
    static const struct {
        enum wt_section_type type;
        uint32_t index;
        uint64_t record_bytes, count;
    } expected[] = {
        {WT_SECTION_FACTS, 0, 0, 0},      {WT_SECTION_STORES, 0, 64, 3},
        {WT_SECTION_SEGMENTS, 0, 72, 8},  {WT_SECTION_SEGMENTS, 1, 72, 8},
        {WT_SECTION_SCHEMAS, 0, 0, 0},    {WT_SECTION_SERVICES, 0, 272, 4},
        {WT_SECTION_RETIRED, 0, 296, 4},  {WT_SECTION_RESIZES, 0, 216, 64},
        {WT_SECTION_RESIZES, 1, 216, 64}, {WT_SECTION_RESIZES, 2, 216, 64},
        {WT_SECTION_EVENTS, 0, 504, 256}, {WT_SECTION_SNAPSHOT, 0, 0, 0},
        {WT_SECTION_SNAPSHOT, 1, 0, 0},
    };
    size_t count = sizeof expected / sizeof expected[0];
    uint64_t end = 512 + count * 64;
    assert_int_equal(wt_directory_view_section_count(t->view), count);
    for (size_t i = 0; i < count; i++) {
        struct wt_shared_section section;
        wt_directory_view_section_at(t->view, i, &section);
        assert_int_equal(section.type, expected[i].type);
        assert_int_equal(section.index, expected[i].index);
        assert_int_equal(section.record_bytes, expected[i].record_bytes);
        assert_int_equal(section.count, expected[i].count);
        assert_int_equal(section.offset % 64, 0);
        assert_true(section.offset >= end && section.offset < end + 64); /* without gaps */
        end = section.offset + section.bytes;
        if (i > 0)
            assert_int_equal(section.used, 0);
    }
    assert_true(end <= wt_directory_bytes(t->directory));
    assert_false(
        wt_directory_view_section(t->view, WT_SECTION_SEGMENTS, 2, &(struct wt_shared_section){0}));
    assert_false(
        wt_directory_view_section(t->view, WT_SECTION_SEGMENTS, 3, &(struct wt_shared_section){0}));
    assert_false(wt_directory_view_section(t->view, 77, 0, &(struct wt_shared_section){0}));
}

static void facts_are_found_by_their_key(void **state) {
    struct test_directory_file *t = *state;
    assert_string_equal(wt_directory_view_fact(t->view, "host"), "box");
    assert_string_equal(wt_directory_view_fact(t->view, "version"), "1");
    assert_string_equal(wt_directory_view_fact(t->view, "box"), ""); /* a value is no key */
    assert_string_equal(wt_directory_view_fact(t->view, ""), "");
}

/* Group and others may read what --mode opens to them, but one writes. */
static void only_the_owner_may_write_it(void **state) {
    struct test_directory_file *t = *state;
    struct wt_directory_options options = test_directory_options(t->path);
    struct wt_directory *second;
    struct stat st;
    options.mode = 0666;
    mode_t before = umask(0077);
    assert_int_equal(wt_directory_create(&second, &options, NULL), WT_OK);
    umask(before);
    assert_int_equal(stat(t->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    wt_directory_close(second, WT_DIRECTORY_CLOSED);
}

static void sizes_that_nobody_needs_are_refused(void **state) {
    struct test_directory_file *t = *state;
    struct wt_directory_options cases[6];
    for (size_t i = 0; i < 6; i++)
        cases[i] = test_directory_options(t->path);
    cases[0].bank_bytes = UINT64_MAX;
    cases[1].segments[1] = UINT64_MAX / 8;
    cases[2].schema_bytes = UINT64_MAX;
    cases[3].services = UINT64_MAX / 272 + 2;
    cases[4].retired = UINT64_C(1) << 40;
    cases[5].bank_bytes = (UINT64_C(1) << 30) + 1;
    for (size_t i = 0; i < 6; i++) {
        struct wt_directory *none;
        struct wt_error err;
        assert_int_equal(wt_directory_create(&none, &cases[i], &err), WT_EINVAL);
        assert_null(none);
        assert_non_null(strstr(err.text, t->path));
        assert_int_equal(wt_directory_view_check(t->view, NULL), WT_OK); /* the old one is there */
        assert_int_equal(test_entries(t->folder), 1);
    }
}

static void a_file_that_cannot_be_made_leaves_nothing(void **state) {
    struct test_directory_file *t = *state;
    struct wt_directory *none;
    struct wt_error err;
    char *deep = test_path(t->folder, "no/such.dir");
    struct wt_directory_options options = test_directory_options(deep);
    assert_int_equal(wt_directory_create(&none, &options, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, deep));
    options.path = t->folder;
    assert_int_equal(wt_directory_create(&none, &options, &err), WT_EINVAL);
    assert_non_null(strstr(err.text, "a directory is there"));
    assert_int_equal(test_entries(t->folder), 1);
    wt_directory_close(NULL, WT_DIRECTORY_CLOSED);
    wt_directory_view_close(NULL);
    free(deep);
}

/* ---- records ----------------------------------------------------------------------------- */

static void stores_and_segments_are_read_back(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_store_record store = {.sequence = 99,
                                           .device = 7,
                                           .inode = 8,
                                           .size_bytes = 4096,
                                           .max_bytes = 8192,
                                           .segment_bytes = 512,
                                           .segment_count = 8};
    struct wt_shared_segment_record segment = {.worker_id = 5,
                                               .pid = -1,
                                               .start_ticks = 77,
                                               .instance = {1, 2, 3},
                                               .since_realtime_ns = -5,
                                               .generation = 3,
                                               .schema = 2,
                                               .service = 1,
                                               .state = WT_STORE_QUARANTINED,
                                               .has_instance = 1};
    struct wt_shared_store_record store_out;
    struct wt_shared_segment_record segment_out;
    assert_int_equal(wt_directory_view_store(t->view, 1, &store_out), WT_ENOENT);
    assert_int_equal(wt_directory_put_store(t->directory, 1, &store), WT_OK);
    assert_int_equal(wt_directory_view_store(t->view, 1, &store_out), WT_OK);
    store.sequence = 2;
    assert_memory_equal(&store_out, &store, sizeof store);
    assert_int_equal(wt_directory_view_store(t->view, 0, &store_out), WT_ENOENT);
    assert_int_equal(store_out.inode, 0);
    assert_int_equal(wt_directory_put_store(t->directory, 3, &store), WT_EFULL);

    for (uint64_t i = 0; i < 8; i++) {
        segment.worker_id = i;
        assert_int_equal(wt_directory_put_segment(t->directory, 1, i, &segment), WT_OK);
        assert_int_equal(used_of(t, WT_SECTION_SEGMENTS, 1), i + 1);
    }
    assert_int_equal(wt_directory_put_segment(t->directory, 1, 8, &segment), WT_EFULL);
    assert_int_equal(wt_directory_put_segment(t->directory, 1, UINT64_MAX, &segment), WT_EFULL);
    assert_int_equal(wt_directory_put_segment(t->directory, 2, 0, &segment), WT_EFULL);
    assert_int_equal(wt_directory_put_segment(t->directory, 3, 0, &segment), WT_EFULL);
    assert_int_equal(wt_directory_view_segment(t->view, 1, 7, &segment_out), WT_OK);
    segment.sequence = 2;
    assert_memory_equal(&segment_out, &segment, sizeof segment);
    assert_int_equal(wt_directory_view_segment(t->view, 1, 8, &segment_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_segment(t->view, 0, 7, &segment_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_segment(t->view, 2, 0, &segment_out), WT_ENOENT);

    segment.state = WT_STORE_FREE; /* changed: another sequence */
    assert_int_equal(wt_directory_put_segment(t->directory, 1, 7, &segment), WT_OK);
    assert_int_equal(wt_directory_view_segment(t->view, 1, 7, &segment_out), WT_OK);
    assert_int_equal(segment_out.sequence, 4);
    assert_int_equal(segment_out.state, WT_STORE_FREE);
    assert_int_equal(used_of(t, WT_SECTION_SEGMENTS, 1), 8);
}

static void a_state_that_does_not_exist_is_said(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_segment_record segment = {.state = 3};
    struct wt_shared_retired_record retired = {.is_real = 2};
    struct wt_shared_segment_record out;
    assert_int_equal(wt_directory_put_segment(t->directory, 0, 0, &segment), WT_OK);
    assert_int_equal(wt_directory_view_segment(t->view, 0, 0, &out), WT_EFORMAT);
    assert_int_equal(out.state, 3); /* for those who show what is wrong */
    segment.state = 1;
    segment.has_instance = 2;
    assert_int_equal(wt_directory_put_segment(t->directory, 0, 0, &segment), WT_OK);
    assert_int_equal(wt_directory_view_segment(t->view, 0, 0, &out), WT_EFORMAT);
    assert_int_equal(wt_directory_put_retired(t->directory, 0, &retired), WT_OK);
    assert_int_equal(wt_directory_view_retired(t->view, 0, &retired), WT_EFORMAT);
}

static void services_and_retired_totals_are_read_back(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_service_record service = {.retired_workers = 3};
    struct wt_shared_retired_record retired = {
        .service = 1, .low = UINT64_MAX, .high = UINT64_MAX, .real = 5};
    struct wt_shared_service_record service_out;
    struct wt_shared_retired_record retired_out;
    for (uint32_t number = 1; number <= 4; number++) {
        snprintf(service.name, sizeof service.name, "service-%u", number);
        snprintf(retired.key, sizeof retired.key, "requests-%u", number);
        assert_int_equal(wt_directory_put_service(t->directory, number, &service), WT_OK);
        assert_int_equal(wt_directory_put_retired(t->directory, number - 1, &retired), WT_OK);
    }
    assert_int_equal(wt_directory_put_service(t->directory, 0, &service), WT_EFULL);
    assert_int_equal(wt_directory_put_service(t->directory, 5, &service), WT_EFULL);
    assert_int_equal(wt_directory_put_retired(t->directory, 4, &retired), WT_EFULL);
    assert_int_equal(wt_directory_view_service(t->view, 4, &service_out), WT_OK);
    assert_string_equal(service_out.name, "service-4");
    assert_int_equal(service_out.retired_workers, 3);
    assert_int_equal(wt_directory_view_service(t->view, 0, &service_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_service(t->view, 5, &service_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_retired(t->view, 3, &retired_out), WT_OK);
    assert_string_equal(retired_out.key, "requests-4");
    assert_true(retired_out.low == UINT64_MAX && retired_out.real == 5);

    memset(service.name, 'x', sizeof service.name); /* a text that does not end is cut */
    assert_int_equal(wt_directory_put_service(t->directory, 1, &service), WT_OK);
    assert_int_equal(wt_directory_view_service(t->view, 1, &service_out), WT_OK);
    assert_int_equal(strlen(service_out.name), sizeof service_out.name - 1);
}

static void schemas_are_appended_and_counted_from_1(void **state) {
    struct test_directory_file *t = *state;
    static const size_t lengths[] = {0, 1, 8, 13, 100};
    struct wt_buffer bytes = {0}, out = {0};
    struct wt_error err;
    uint32_t number;
    assert_int_equal(wt_directory_view_schema(t->view, 1, &out, &err), WT_ENOENT);
    for (size_t i = 0; i < 5; i++) {
        test_directory_pattern(&bytes, i, lengths[i]);
        assert_int_equal(wt_directory_add_schema(t->directory, bytes.data, bytes.length, &number),
                         WT_OK);
        assert_int_equal(number, i + 1);
    }
    static const uint32_t order[] = {5, 1, 2, 3, 4, 5, 3}; /* forwards and backwards */
    for (size_t i = 0; i < 7; i++) {
        test_directory_pattern(&bytes, order[i] - 1, lengths[order[i] - 1]);
        assert_int_equal(wt_directory_view_schema(t->view, order[i], &out, &err), WT_OK);
        assert_int_equal(out.length, bytes.length);
        if (bytes.length > 0)
            assert_memory_equal(out.data, bytes.data, bytes.length);
    }
    assert_int_equal(wt_directory_view_schema(t->view, 6, &out, &err), WT_ENOENT);
    assert_int_equal(wt_directory_view_schema(t->view, 0, &out, &err), WT_ENOENT);
    uint64_t used = used_of(t, WT_SECTION_SCHEMAS, 0); /* 8+0 8+8 8+8 8+16 8+104 */
    assert_int_equal(used, 176);
    test_directory_pattern(&bytes, 6, 512 - used - 7); /* one byte too many */
    assert_int_equal(wt_directory_add_schema(t->directory, bytes.data, bytes.length, &number),
                     WT_EFULL);
    assert_int_equal(wt_directory_add_schema(t->directory, bytes.data, SIZE_MAX, &number),
                     WT_EFULL);
    assert_int_equal(wt_directory_add_schema(t->directory, bytes.data, bytes.length - 1, &number),
                     WT_OK);
    assert_int_equal(number, 6);
    assert_int_equal(wt_directory_add_schema(t->directory, "", 0, &number), WT_EFULL);
    assert_int_equal(wt_directory_view_schema(t->view, 6, &out, &err), WT_OK);
    assert_int_equal(wt_directory_view_schema(t->view, 7, &out, &err), WT_ENOENT);
    wt_buffer_fini(&bytes);
    wt_buffer_fini(&out);
}

/* The last 256 events and 64 resizes; a gap in the numbers shows as such. */
static void rings_keep_the_last_ones(void **state) {
    struct test_directory_file *t = *state;
    struct wt_shared_event_record event = {.worker_id = 9, .kind = 2, .severity = 1};
    struct wt_shared_resize_record resize = {.old_bytes = 1, .new_bytes = 2};
    struct wt_shared_event_record event_out;
    struct wt_shared_resize_record resize_out;
    for (uint64_t number = 1; number <= 300; number++) {
        event.number = number;
        resize.number = number;
        snprintf(event.text, sizeof event.text, "event %llu", (unsigned long long)number);
        snprintf(resize.problem, sizeof resize.problem, "%llu", (unsigned long long)number);
        wt_directory_put_event(t->directory, &event);
        if (number <= 70)
            wt_directory_put_resize(t->directory, 2, &resize);
        assert_int_equal(header_of(t).event_number, number);
        assert_int_equal(used_of(t, WT_SECTION_EVENTS, 0), number < 256 ? number : 256);
    }
    assert_int_equal(header_of(t).resize_number[2], 70);
    assert_int_equal(header_of(t).resize_number[0], 0);
    assert_int_equal(wt_directory_view_event(t->view, 44, &event_out), WT_ENOENT); /* gone */
    assert_int_equal(wt_directory_view_event(t->view, 45, &event_out), WT_OK);
    assert_string_equal(event_out.text, "event 45");
    assert_int_equal(wt_directory_view_event(t->view, 300, &event_out), WT_OK);
    assert_string_equal(event_out.text, "event 300");
    assert_int_equal(wt_directory_view_event(t->view, 301, &event_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_event(t->view, 0, &event_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_resize(t->view, 2, 6, &resize_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_resize(t->view, 2, 7, &resize_out), WT_OK);
    assert_string_equal(resize_out.problem, "7");
    assert_int_equal(wt_directory_view_resize(t->view, 1, 7, &resize_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_resize(t->view, 3, 7, &resize_out), WT_ENOENT);
    event.number = 310;
    wt_directory_put_event(t->directory, &event);
    assert_int_equal(wt_directory_view_event(t->view, 305, &event_out), WT_ENOENT);
    assert_int_equal(wt_directory_view_event(t->view, 310, &event_out), WT_OK);
    event.number = 0; /* none: nothing happens */
    wt_directory_put_event(t->directory, &event);
    wt_directory_put_resize(t->directory, 3, &resize);
    assert_int_equal(header_of(t).event_number, 310);
}

/* ---- snapshots --------------------------------------------------------------------------- */

struct copy {
    struct wt_buffer workers, tick;
    uint64_t version, sequence;
    struct wt_error err;
};

static wt_status copy_snapshot(const struct test_directory_file *t, uint64_t known,
                               struct copy *copy) {
    return wt_directory_view_snapshot(t->view, known, &copy->workers, &copy->version, &copy->tick,
                                      &copy->sequence, &copy->err);
}

static void drop(struct copy *copy) {
    wt_buffer_fini(&copy->workers);
    wt_buffer_fini(&copy->tick);
}

static void snapshots_alternate_between_two_banks(void **state) {
    struct test_directory_file *t = *state;
    struct copy copy = {.version = 0};
    uint64_t number;
    assert_int_equal(copy_snapshot(t, 0, &copy), WT_ENOENT);
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(test_directory_publish(t->directory, i, 1, 100 + i, 200 + i), WT_OK);
        assert_int_equal(header_of(t).snapshot_sequence, i);
        assert_int_equal(copy_snapshot(t, 0, &copy), WT_OK);
        assert_int_equal(copy.sequence, i);
        assert_int_equal(copy.version, 1);
        assert_int_equal(copy.tick.length, 200 + i);
        assert_true(test_directory_is_pattern(&copy.tick, &number));
        assert_int_equal(number, i);
        assert_true(test_directory_is_pattern(&copy.workers, &number));
        assert_int_equal(number, 1);
    }
    /* The one before lies in the other bank, as it was. */
    struct wt_shared_section section;
    struct wt_shared_bank_header bank;
    assert_true(wt_directory_view_section(t->view, WT_SECTION_SNAPSHOT, 0, &section));
    FILE *file = fopen(t->path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)section.offset, SEEK_SET), 0);
    assert_int_equal(fread(&bank, sizeof bank, 1, file), 1);
    assert_int_equal(bank.sequence, 4);
    assert_int_equal(bank.tick_bytes, 204);
    fclose(file);
    drop(&copy);
}

/* Neither writer nor reader copies a workers part again that the other side has. */
static void an_unchanged_workers_part_is_not_copied(void **state) {
    struct test_directory_file *t = *state;
    struct copy copy = {.version = 0};
    uint64_t number;
    assert_int_equal(test_directory_publish(t->directory, 1, 7, 64, 8), WT_OK);
    assert_int_equal(test_directory_publish(t->directory, 2, 7, 64, 8), WT_OK);
    /* Both banks have version 7 by now: other bytes under this version are not even looked at. */
    unsigned char wrong[64] = {0};
    assert_int_equal(wt_directory_publish(t->directory, (struct wt_directory_part){wrong, 64}, 7,
                                          (struct wt_directory_part){"tick", 4}),
                     WT_OK);
    assert_int_equal(copy_snapshot(t, 0, &copy), WT_OK);
    assert_true(test_directory_is_pattern(&copy.workers, &number));
    assert_int_equal(number, 7);
    assert_memory_equal(copy.tick.data, "tick", 4);
    assert_int_equal(copy_snapshot(t, 7, &copy), WT_OK);
    assert_int_equal(copy.workers.length, 0);
    assert_int_equal(copy.version, 7);
    assert_int_equal(copy.tick.length, 4);
    assert_int_equal(copy_snapshot(t, 6, &copy), WT_OK);
    assert_int_equal(copy.workers.length, 64);
    /* Another version, and back: each bank is known by what it holds. */
    assert_int_equal(test_directory_publish(t->directory, 4, 8, 72, 8), WT_OK);
    assert_int_equal(test_directory_publish(t->directory, 5, 9, 80, 8), WT_OK);
    assert_int_equal(copy_snapshot(t, 8, &copy), WT_OK);
    assert_int_equal(copy.version, 9);
    assert_true(test_directory_is_pattern(&copy.workers, &number) && number == 9);
    /* Version 0 is none: always copied, on both sides. */
    assert_int_equal(test_directory_publish(t->directory, 6, 0, 16, 8), WT_OK);
    assert_int_equal(test_directory_publish(t->directory, 7, 0, 16, 8), WT_OK);
    assert_int_equal(copy_snapshot(t, 0, &copy), WT_OK);
    assert_int_equal(copy.workers.length, 16);
    drop(&copy);
}

static void a_snapshot_that_does_not_fit_leaves_the_last_one(void **state) {
    struct test_directory_file *t = *state;
    struct copy copy = {.version = 0};
    uint64_t number;
    assert_int_equal(test_directory_publish(t->directory, 1, 1, 8, 8), WT_OK);
    assert_int_equal(test_directory_publish(t->directory, 2, 1, 8, TEST_DIRECTORY_BANK - 7),
                     WT_EFULL);
    assert_int_equal(test_directory_publish(t->directory, 3, 2, TEST_DIRECTORY_BANK + 1, 0),
                     WT_EFULL);
    assert_int_equal(wt_directory_publish(t->directory, (struct wt_directory_part){"", SIZE_MAX}, 3,
                                          (struct wt_directory_part){"", SIZE_MAX}),
                     WT_EFULL);
    assert_int_equal(header_of(t).skipped_count, 3);
    assert_int_equal(copy_snapshot(t, 0, &copy), WT_OK);
    assert_int_equal(copy.sequence, 1);
    /* Whatever the lengths, what is asked for fits; also nothing. */
    for (size_t workers = 0; workers <= TEST_DIRECTORY_BANK; workers += 73) {
        assert_int_equal(test_directory_publish(t->directory, workers, workers + 100, workers,
                                                TEST_DIRECTORY_BANK - workers),
                         WT_OK);
        assert_int_equal(copy_snapshot(t, 0, &copy), WT_OK);
        assert_int_equal(copy.workers.length, workers);
        assert_int_equal(copy.tick.length, TEST_DIRECTORY_BANK - workers);
        if (copy.tick.length >= 8)
            assert_true(test_directory_is_pattern(&copy.tick, &number) && number == workers);
    }
    drop(&copy);
}

static void the_heartbeat_is_seen(void **state) {
    struct test_directory_file *t = *state;
    const struct wt_time now = {.monotonic_ns = 5000, .realtime_ns = 6000};
    wt_directory_heartbeat(t->directory, now, 2 * WT_NS_PER_S, 42);
    struct wt_shared_directory_header header = header_of(t);
    assert_int_equal(header.heartbeat_ns, 5000);
    assert_int_equal(header.heartbeat_realtime_ns, 6000);
    assert_int_equal(header.interval_ns, 2 * WT_NS_PER_S);
    assert_int_equal(header.tick_count, 42);
}

/* ---- one file after another -------------------------------------------------------------- */

static void a_larger_one_supersedes_it(void **state) {
    struct test_directory_file *t = *state;
    struct wt_directory_options options = test_directory_options(t->path);
    struct wt_directory *larger;
    struct wt_error err;
    struct copy copy = {.version = 0};
    assert_int_equal(test_directory_publish(t->directory, 1, 1, 8, 8), WT_OK);
    assert_int_equal(wt_directory_view_check(t->view, &err), WT_OK);
    options.bank_bytes *= 2;
    assert_int_equal(wt_directory_create(&larger, &options, &err), WT_OK);
    assert_int_equal(wt_directory_check(t->directory, &err), WT_EDEAD);
    assert_non_null(strstr(err.text, "replaced"));
    wt_directory_unlink(t->directory); /* the path is the new one's: nothing is removed */
    assert_true(test_exists(t->path));
    wt_directory_close(t->directory, WT_DIRECTORY_SUPERSEDED);
    t->directory = larger;
    assert_int_equal(header_of(t).state, WT_DIRECTORY_SUPERSEDED);
    assert_int_equal(wt_directory_view_check(t->view, &err), WT_EEXIST);
    assert_int_equal(copy_snapshot(t, 0, &copy), WT_OK); /* the old one still reads */
    assert_true(wt_directory_view_is_readable(t->view));
    test_directory_view(t);
    assert_int_equal(header_of(t).state, WT_DIRECTORY_RUNNING);
    assert_int_equal(copy_snapshot(t, 0, &copy), WT_ENOENT);
    assert_int_equal(test_directory_publish(larger, 1, 1, 1500, 500), WT_OK);
    assert_int_equal(test_entries(t->folder), 1);
    drop(&copy);
}

static void a_monitor_that_ends_says_so(void **state) {
    struct test_directory_file *t = *state;
    struct wt_error err;
    wt_directory_unlink(t->directory);
    assert_false(test_exists(t->path));
    assert_int_equal(wt_directory_check(t->directory, &err), WT_EDEAD);
    assert_non_null(strstr(err.text, "removed"));
    wt_directory_close(t->directory, WT_DIRECTORY_CLOSED);
    t->directory = NULL;
    assert_int_equal(header_of(t).state, WT_DIRECTORY_CLOSED);
    assert_int_equal(wt_directory_view_check(t->view, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "removed"));
}

/* Somebody empties the file: neither side dies of it, both find out. */
static void a_truncated_file_ends_neither_side(void **state) {
    struct test_directory_file *t = *state;
    struct wt_error err;
    const struct wt_shared_segment_record segment = {.state = 1};
    struct wt_shared_segment_record out;
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    assert_int_equal(wt_directory_put_segment(t->directory, 0, 0, &segment), WT_OK);
    assert_int_equal(wt_directory_check(t->directory, &err), WT_OK);
    assert_int_equal(truncate(t->path, 0), 0);
    assert_true(wt_directory_view_is_readable(t->view)); /* nobody touched it yet */
    assert_int_equal(wt_directory_put_segment(t->directory, 0, 1, &segment), WT_OK);
    assert_int_equal(test_directory_publish(t->directory, 1, 1, 100, 100), WT_OK);
    wt_directory_heartbeat(t->directory, (struct wt_time){.monotonic_ns = 1}, 1, 1);
    assert_int_equal(wt_directory_check(t->directory, &err), WT_EDEAD);
    assert_non_null(strstr(err.text, "truncated"));
    assert_int_equal(wt_directory_view_segment(t->view, 0, 0, &out), WT_EDEAD);
    assert_int_equal(out.state, 0);
    assert_false(wt_directory_view_is_readable(t->view));
    assert_int_equal(wt_directory_view_check(t->view, &err), WT_EDEAD);
    assert_int_equal(test_directory_read_all(t->view), 0);
    /* What the monitor puts in its place is found all the same. */
    struct wt_directory_options options = test_directory_options(t->path);
    struct wt_directory *fresh;
    assert_int_equal(wt_directory_create(&fresh, &options, &err), WT_OK);
    assert_int_equal(wt_directory_view_check(t->view, &err), WT_EEXIST);
    wt_directory_close(fresh, WT_DIRECTORY_CLOSED);
}

/* A last page that is only cut faults nowhere: the check finds it. */
static void a_cut_page_is_found_by_the_check(void **state) {
    struct test_directory_file *t = *state;
    struct wt_error err;
    assert_int_equal(truncate(t->path, (off_t)wt_directory_bytes(t->directory) - 1), 0);
    assert_int_equal(wt_directory_check(t->directory, &err), WT_EDEAD);
    assert_int_equal(wt_directory_view_check(t->view, &err), WT_EDEAD);
    assert_false(wt_directory_view_is_readable(t->view));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_header_says_who_writes_it),
        TEST(the_table_has_a_section_of_each_kind),
        TEST(facts_are_found_by_their_key),
        TEST(only_the_owner_may_write_it),
        TEST(sizes_that_nobody_needs_are_refused),
        TEST(a_file_that_cannot_be_made_leaves_nothing),
        TEST(stores_and_segments_are_read_back),
        TEST(a_state_that_does_not_exist_is_said),
        TEST(services_and_retired_totals_are_read_back),
        TEST(schemas_are_appended_and_counted_from_1),
        TEST(rings_keep_the_last_ones),
        TEST(snapshots_alternate_between_two_banks),
        TEST(an_unchanged_workers_part_is_not_copied),
        TEST(a_snapshot_that_does_not_fit_leaves_the_last_one),
        TEST(the_heartbeat_is_seen),
        TEST(a_larger_one_supersedes_it),
        TEST(a_monitor_that_ends_says_so),
        TEST(a_truncated_file_ends_neither_side),
        TEST(a_cut_page_is_found_by_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
