/* A writer and its readers at once: as threads on one mapping, where the thread sanitizer sees
 * every access; as processes; and a writer that is killed at any moment. */
#include "support/support.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shm/directory_private.h"
#include "support/directory.h"
#include "support/files.h"

#if defined(WT_SANITIZE_ADDRESS) || defined(WT_SANITIZE_THREAD)
enum { PUBLISHES = 2000, COPIES_LEAST = 50, KILLS = 100, LOOKS = 20, LARGE = 1 << 16 };
#else
enum { PUBLISHES = 200000, COPIES_LEAST = 500, KILLS = 1000, LOOKS = 1000, LARGE = 1 << 20 };
#endif

enum { READERS = 2 };

/* ---- what is written, so that a reader can tell whether it is whole ---------------------- */

/* Every member of the record follows from one number. */
static struct wt_shared_segment_record segment_of(uint64_t number) {
    struct wt_shared_segment_record record = {
        .worker_id = number,
        .pid = (int64_t)(number * 3),
        .start_ticks = ~number,
        .since_realtime_ns = (int64_t)(number ^ 0x5555),
        .generation = (uint32_t)number,
        .schema = (uint32_t)(number * 5),
        .service = (uint32_t)(number * 7),
        .state = 1,
        .has_instance = 1,
    };
    memset(record.instance, (int)(number & 0xff), sizeof record.instance);
    return record;
}

static bool is_whole(const struct wt_shared_segment_record *record) {
    struct wt_shared_segment_record expected = segment_of(record->worker_id);
    expected.sequence = record->sequence;
    return memcmp(&expected, record, sizeof expected) == 0;
}

static struct wt_shared_event_record event_of(uint64_t number) {
    struct wt_shared_event_record record = {.number = number, .worker_id = number * 11};
    memset(record.text, 'a' + (int)(number % 26), 100);
    return record;
}

static bool is_whole_event(const struct wt_shared_event_record *record) {
    struct wt_shared_event_record expected = event_of(record->number);
    expected.sequence = record->sequence;
    return memcmp(&expected, record, sizeof expected) == 0;
}

/* Patterns made beforehand, so that the writer is as fast as it can be. The tick part of snapshot n
 * is pattern n % TICKS, the workers part of version v pattern v % WORKERS; lengths vary, too: a
 * mixture of two snapshots cannot look whole. */
enum { TICKS = 32, WORKERS = 4 };

static struct wt_buffer ticks[TICKS], crews[WORKERS];

static int make_patterns(void **state) {
    (void)state;
    for (uint64_t i = 0; i < TICKS; i++)
        test_directory_pattern(&ticks[i], i, 128 + 16 * i + i % 8);
    for (uint64_t i = 0; i < WORKERS; i++)
        test_directory_pattern(&crews[i], i, 64 + 72 * i);
    return 0;
}

static int drop_patterns(void **state) {
    (void)state;
    for (int i = 0; i < TICKS; i++)
        wt_buffer_fini(&ticks[i]);
    for (int i = 0; i < WORKERS; i++)
        wt_buffer_fini(&crews[i]);
    return 0;
}

/* The workers part changes every 16th time. */
static uint64_t version_of(uint64_t number) {
    return 1 + number / 16;
}

static void publish(struct wt_directory *directory, uint64_t number) {
    const struct wt_buffer *crew = &crews[version_of(number) % WORKERS];
    const struct wt_buffer *tick = &ticks[number % TICKS];
    wt_directory_publish(directory, (struct wt_directory_part){crew->data, crew->length},
                         version_of(number), (struct wt_directory_part){tick->data, tick->length});
}

static bool is_same(const struct wt_buffer *a, const struct wt_buffer *b) {
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static bool is_whole_snapshot(const struct wt_buffer *workers, uint64_t version,
                              const struct wt_buffer *tick, uint64_t sequence) {
    return version == version_of(sequence) && is_same(workers, &crews[version % WORKERS]) &&
           is_same(tick, &ticks[sequence % TICKS]);
}

/* One round of everything that a monitor does. */
static void write_round(struct wt_directory *directory, uint64_t number) {
    const struct wt_shared_segment_record segment = segment_of(number);
    const struct wt_shared_event_record event = event_of(number);
    wt_directory_put_segment(directory, 0, number % TEST_DIRECTORY_SEGMENTS, &segment);
    wt_directory_put_event(directory, &event);
    publish(directory, number);
    wt_directory_heartbeat(directory, (struct wt_time){.monotonic_ns = (int64_t)number},
                           WT_NS_PER_S, number);
}

/* ---- threads on one mapping -------------------------------------------------------------- */

struct race {
    struct wt_directory *directory;
    atomic_bool done;
    atomic_ulong copies, busy, torn_records, broken;
    struct wt_buffer large[3]; /* workers parts: version v is v % 3 */
};

/* One look at everything; every answer of WT_OK must be whole. */
static void read_round(struct race *race, const struct wt_directory_view *view, uint64_t *newest) {
    struct wt_buffer workers = {0}, tick = {0};
    uint64_t version, sequence;
    struct wt_error err;
    wt_status status =
        wt_directory_view_snapshot(view, 0, &workers, &version, &tick, &sequence, &err);
    if (status == WT_OK) {
        bool is_good = is_whole_snapshot(&workers, version, &tick, sequence) && sequence >= *newest;
        *newest = sequence;
        atomic_fetch_add(is_good ? &race->copies : &race->broken, 1);
    } else if (status == WT_EAGAIN) {
        atomic_fetch_add(&race->busy, 1);
    } else if (status != WT_ENOENT) {
        atomic_fetch_add(&race->broken, 1);
    }
    for (uint64_t i = 0; i < TEST_DIRECTORY_SEGMENTS; i++) {
        struct wt_shared_segment_record record;
        status = wt_directory_view_segment(view, 0, i, &record);
        if (status == WT_EAGAIN)
            atomic_fetch_add(&race->torn_records, 1);
        else if (status != WT_ENOENT && (status != WT_OK || !is_whole(&record)))
            atomic_fetch_add(&race->broken, 1);
    }
    struct wt_shared_directory_header header;
    struct wt_shared_event_record event;
    wt_directory_view_header(view, &header);
    status = wt_directory_view_event(view, header.event_number, &event);
    if (status == WT_OK && !is_whole_event(&event))
        atomic_fetch_add(&race->broken, 1);
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
}

static void *read_until_done(void *context) {
    struct race *race = context;
    struct wt_directory_view *view;
    uint64_t newest = 0;
    if (wt_directory_view_over(&view, race->directory->base, (size_t)race->directory->bytes,
                               "shared", NULL) != WT_OK) {
        atomic_fetch_add(&race->broken, 1);
        return NULL;
    }
    while (!atomic_load(&race->done))
        read_round(race, view, &newest);
    read_round(race, view, &newest); /* at rest it is there, whole */
    if (newest != race->directory->sequence)
        atomic_fetch_add(&race->broken, 1);
    wt_directory_view_close(view);
    return NULL;
}

/* The writer publishes as fast as it can. It goes on until the readers have seen enough: with two
 * processors and three threads a fixed number of rounds could pass without them. */
static void readers_see_only_whole_things(void **state) {
    (void)state;
    struct test_directory_file t;
    struct race race = {.directory = NULL};
    pthread_t readers[READERS];
    test_directory_open(&t, NULL);
    race.directory = t.directory;
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_until_done, &race), 0);
    uint64_t number = 0;
    while (number < PUBLISHES ||
           (atomic_load(&race.copies) < COPIES_LEAST && number < 100 * (uint64_t)PUBLISHES))
        write_round(t.directory, ++number);
    atomic_store(&race.done, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    print_message("%llu snapshots published, %lu copied whole, %lu times the writer was faster; "
                  "%lu records left out\n",
                  (unsigned long long)number, atomic_load(&race.copies), atomic_load(&race.busy),
                  atomic_load(&race.torn_records));
    assert_int_equal(atomic_load(&race.broken), 0);
    assert_true(atomic_load(&race.copies) >= COPIES_LEAST);
    test_directory_close(&t);
}

/* ---- a reader that is slower than the writer --------------------------------------------- */

enum { TICKS_A_VERSION = 256 }; /* as fast as it can be, but for one in so many */

static void publish_large(struct race *race, uint64_t number) {
    uint64_t version = 1 + number / TICKS_A_VERSION;
    const struct wt_buffer *workers = &race->large[version % 3];
    wt_directory_publish(race->directory,
                         (struct wt_directory_part){workers->data, workers->length}, version,
                         (struct wt_directory_part){&number, sizeof number});
}

static void *publish_until_done(void *context) {
    struct race *race = context;
    for (uint64_t number = 2; !atomic_load(&race->done); number++)
        publish_large(race, number);
    return NULL;
}

/* One look; 0: copied, 1: given up. What is copied must be whole. */
static int look_at_large(const struct race *race, const struct wt_directory_view *view,
                         uint64_t *known) {
    struct wt_buffer workers = {0}, tick = {0};
    uint64_t version, sequence;
    struct wt_error err;
    wt_status status =
        wt_directory_view_snapshot(view, *known, &workers, &version, &tick, &sequence, &err);
    if (status == WT_OK) {
        assert_int_equal(version, 1 + sequence / TICKS_A_VERSION);
        assert_int_equal(tick.length, 8);
        assert_memory_equal(tick.data, &sequence, 8);
        assert_true(version == *known ? workers.length == 0
                                      : is_same(&workers, &race->large[version % 3]));
        *known = version;
    } else if (status != WT_EAGAIN) {
        fail_msg("%s", err.text);
    }
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    return status == WT_OK ? 0 : 1;
}

/* Large parts, and ticks much faster than they can be copied: the reader gives up, and says so; it
 * never takes two halves for a whole. At rest all is there. */
static void a_reader_that_is_slower_says_so(void **state) {
    (void)state;
    struct test_directory_file t;
    struct wt_directory_options options = test_directory_options(NULL);
    unsigned long tallies[2] = {0};
    uint64_t known = 0;
    options.bank_bytes = LARGE;
    test_directory_open(&t, &options);
    test_directory_view(&t);
    struct race race = {.directory = t.directory};
    for (uint64_t i = 0; i < 3; i++)
        test_directory_pattern(&race.large[i], i, LARGE / 2 + i * 8);
    publish_large(&race, 1);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, publish_until_done, &race), 0);
    for (int i = 0; i < LOOKS; i++) {
        known = i % 2 == 0 ? 0 : known;
        tallies[look_at_large(&race, t.view, &known)]++;
    }
    atomic_store(&race.done, true);
    pthread_join(writer, NULL);
    print_message("%lu large snapshots published, %lu copied whole, %lu times given up\n",
                  (unsigned long)t.directory->sequence, tallies[0], tallies[1]);
    known = 0;
    assert_int_equal(look_at_large(&race, t.view, &known), 0);
    assert_int_equal(known, 1 + t.directory->sequence / TICKS_A_VERSION);
    for (int i = 0; i < 3; i++)
        wt_buffer_fini(&race.large[i]);
    test_directory_close(&t);
}

/* So that the test above can fail: a writer that tells of a bank before it is written, and one that
 * forgets the sequence of a record, are found out. */
static void a_writer_without_care_is_found_out(void **state) {
    (void)state;
    struct test_directory_file t;
    test_directory_open(&t, NULL);
    test_directory_view(&t);
    write_round(t.directory, 1);
    write_round(t.directory, 2);
    struct race race = {.directory = t.directory};
    uint64_t newest = 0;
    read_round(&race, t.view, &newest);
    assert_int_equal(atomic_load(&race.copies), 1);
    assert_int_equal(atomic_load(&race.broken), 0);
    t.directory->segments[0].bytes[72 + 8] ^= 1; /* the record of segment 1 */
    read_round(&race, t.view, &newest);
    assert_int_equal(atomic_load(&race.broken), 1);
    t.directory->banks[0].bytes[64 + 136 + 64] ^= 1;
    read_round(&race, t.view, &newest);
    assert_int_equal(atomic_load(&race.broken), 3);
    test_directory_close(&t);
}

/* ---- a writer that is killed ------------------------------------------------------------- */

/* Creates the file, tells the parent, and writes until it is killed. */
static void write_for_ever(const char *path, int ready) {
    struct wt_directory *directory;
    struct wt_directory_options options = test_directory_options(path);
    if (wt_directory_create(&directory, &options, NULL) != WT_OK || write(ready, "r", 1) != 1)
        _exit(1);
    for (uint64_t number = 1;; number++)
        write_round(directory, number);
}

struct tally {
    unsigned long snapshots, none, half_records;
};

/* Whatever moment it was: the newest snapshot is whole, its records are whole or left out. */
static void look_at_the_remains(const char *path, struct tally *tally) {
    struct wt_directory_view *view;
    struct wt_error err = {.text = ""};
    struct wt_buffer workers = {0}, tick = {0};
    uint64_t version, sequence;
    if (wt_directory_view_open(&view, path, &err) != WT_OK)
        fail_msg("%s", err.text);
    wt_status status =
        wt_directory_view_snapshot(view, 0, &workers, &version, &tick, &sequence, &err);
    if (status == WT_OK) {
        assert_true(is_whole_snapshot(&workers, version, &tick, sequence));
        tally->snapshots++;
    } else if (status == WT_ENOENT) {
        tally->none++; /* killed before the first one */
    } else {
        fail_msg("%s", err.text);
    }
    for (uint64_t i = 0; i < TEST_DIRECTORY_SEGMENTS; i++) {
        struct wt_shared_segment_record record;
        status = wt_directory_view_segment(view, 0, i, &record);
        if (status == WT_OK)
            assert_true(is_whole(&record));
        else if (status == WT_EAGAIN)
            tally->half_records++;
        else
            assert_int_equal(status, WT_ENOENT);
    }
    assert_true(wt_directory_view_is_readable(view));
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    wt_directory_view_close(view);
}

static void a_writer_killed_at_any_moment_leaves_whole_things(void **state) {
    (void)state;
    struct test_directory_file t;
    struct tally tally = {0};
    unsigned random = 12345;
    test_directory_init(&t);
    for (int i = 0; i < KILLS; i++) {
        int pipe_fds[2];
        char byte;
        assert_int_equal(pipe(pipe_fds), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            write_for_ever(t.path, pipe_fds[1]);
        close(pipe_fds[1]);
        assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
        random = random * 1103515245 + 12345;
        const struct timespec moment = {.tv_nsec = (long)(random >> 8) % 300000};
        nanosleep(&moment, NULL);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        close(pipe_fds[0]);
        look_at_the_remains(t.path, &tally);
    }
    print_message("%d writers killed: %lu left a whole snapshot, %lu none yet, %lu records half "
                  "written\n",
                  KILLS, tally.snapshots, tally.none, tally.half_records);
    assert_true(tally.snapshots > 0);
    assert_int_equal(test_entries(t.folder), 1); /* nothing half-made beside it */
    test_directory_close(&t);
}

/* ---- a writer that stops after every single store ---------------------------------------- */

/*
 * The kills above meet a moment by chance. Here every moment is met: the bytes before and after one
 * write differ in some words; the writer stores them in an order that is fixed (directory.c). Any
 * prefix of that order is what a kill can leave.
 */
enum { WORDS_MOST = 1024 };

struct change {
    size_t at; /* of the word, in the file */
    uint64_t value;
};

/* The words in which `after` differs from `before`, without the one at `skipped`. */
static size_t find_changes(const unsigned char *before, const unsigned char *after, size_t from,
                           size_t to, size_t skipped, struct change *out) {
    size_t count = 0;
    for (size_t at = from; at < to; at += 8) {
        if (at != skipped && memcmp(before + at, after + at, 8) != 0) {
            assert_true(count < WORDS_MOST);
            out[count].at = at;
            memcpy(&out[count++].value, after + at, 8);
        }
    }
    return count;
}

static void expect_snapshot(const unsigned char *bytes, size_t length, uint64_t expected) {
    struct wt_directory_view *view;
    struct wt_buffer workers = {0}, tick = {0};
    uint64_t version, sequence;
    assert_int_equal(wt_directory_view_over(&view, bytes, length, "cut", NULL), WT_OK);
    assert_int_equal(
        wt_directory_view_snapshot(view, 0, &workers, &version, &tick, &sequence, NULL), WT_OK);
    assert_int_equal(sequence, expected);
    assert_true(is_whole_snapshot(&workers, version, &tick, sequence));
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    wt_directory_view_close(view);
}

static void a_publish_cut_after_any_store_leaves_the_one_before(void **state) {
    (void)state;
    struct test_directory_file t;
    struct change changes[WORDS_MOST];
    test_directory_open(&t, NULL);
    size_t length = (size_t)t.directory->bytes;
    unsigned char *bytes = malloc(length);
    assert_non_null(bytes);
    for (uint64_t number = 1; number <= 14; number++)
        write_round(t.directory, number);
    for (uint64_t number = 15; number <= 18; number++) { /* with another workers part in between */
        memcpy(bytes, t.directory->base, length);
        publish(t.directory, number);
        const struct wt_directory_section *bank = &t.directory->banks[number & 1];
        size_t begin = (size_t)(bank->bytes - t.directory->base);
        size_t count = find_changes(bytes, t.directory->base, begin, begin + bank->entry.bytes,
                                    begin, changes);
        assert_true(count > 10);
        expect_snapshot(bytes, length, number - 1);
        memset(bytes + begin, 0, 8); /* the sequence of the bank: first, to 0 */
        expect_snapshot(bytes, length, number - 1);
        for (size_t i = 0; i < count; i++) {
            memcpy(bytes + changes[i].at, &changes[i].value, 8);
            expect_snapshot(bytes, length, number - 1);
        }
        memcpy(bytes + begin, &number, 8);
        expect_snapshot(bytes, length, number - 1);
        memcpy(bytes + offsetof(struct wt_shared_directory_header, snapshot_sequence), &number, 8);
        expect_snapshot(bytes, length, number);
    }
    free(bytes);
    test_directory_close(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_only_whole_things),
        cmocka_unit_test(a_reader_that_is_slower_says_so),
        cmocka_unit_test(a_writer_without_care_is_found_out),
        cmocka_unit_test(a_writer_killed_at_any_moment_leaves_whole_things),
        cmocka_unit_test(a_publish_cut_after_any_store_leaves_the_one_before),
    };
    return cmocka_run_group_tests(tests, make_patterns, drop_patterns);
}
