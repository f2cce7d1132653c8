/* The last hour in the directory file: written by a real monitor on the test's clock, read by a
 * viewer, which believes nothing of it. */
#include "support/support.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/past.h"
#include "monitor/internal.h"
#include "shm/guard.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8",
                                  "threads_limit u64 16", "open_files u64 24", NULL};

static char directory_path[160];

static void want_directory(struct wt_monitor_options *options) {
    snprintf(directory_path, sizeof directory_path, "%s.dir", options->store_path);
    options->directory_path = directory_path;
}

/* Ticks, each a second after the other: the worker has i requests under way at tick i. */
static void work(struct wt_rig *rig, struct wt_fake *worker, int begin, int end) {
    for (int i = begin; i < end; i++) {
        wt_fake_set(worker, 0, (uint64_t)i * 10);
        wt_fake_set(worker, 8, (uint64_t)i);
        wt_fake_set(worker, 16, 1000);
        wt_fake_set(worker, 24, (uint64_t)i + 7);
        wt_rig_tick(rig, second);
    }
}

static int64_t now_of(const struct wt_rig *rig) {
    return wt_history_bucket(rig->now.realtime_ns);
}

static struct wt_history *read_past(const struct wt_rig *rig) {
    struct wt_attach *attach;
    struct wt_history *history = NULL;
    struct wt_error err;
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    if (wt_attach_open(&attach, directory_path, rig->now, &err) != WT_OK ||
        wt_attach_history(attach, &history, &err) != WT_OK)
        fail_msg("%s", err.text);
    wt_attach_close(attach);
    return history;
}

static double at(const struct wt_history *history, const char *service, enum wt_series_kind kind,
                 int64_t bucket) {
    return wt_series_get(wt_history_series(history, service, kind), bucket);
}

static void a_viewer_has_what_was_before_it_came(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    work(&rig, &worker, 0, 300);
    struct wt_history *history = read_past(&rig);
    int64_t newest = wt_history_newest(history);
    assert_true(newest == now_of(&rig));
    for (int i = 1; i < 300; i++) {
        int64_t then = newest - 299 + i;
        assert_true(at(history, "web", WT_SERIES_BUSY, then) == i);
        assert_true(fabs(at(history, "web", WT_SERIES_UTILIZATION, then) - i / 1000.0) < 1e-6);
        assert_true(fabs(at(history, "web", WT_SERIES_REQUESTS, then) - 10) < 1e-3);
        assert_true(at(history, "web", WT_SERIES_WORKERS, then) == 1);
        assert_true(wt_series_get(wt_history_field(history, "web", "open_files"), then) == i + 7);
    }
    struct wt_extent minute =
        wt_series_minute(wt_history_series(history, "web", WT_SERIES_BUSY), newest / 60 - 2);
    assert_true(minute.max - minute.min == 59 && minute.mean == (minute.max + minute.min) / 2);
    /* It goes on with what the viewer sees itself, without a gap; and a moment can be looked at. */
    const struct wt_snapshot *look = wt_rig_tick(&rig, second), *then;
    assert_true(wt_history_feed(history, look));
    assert_true(at(history, "web", WT_SERIES_BUSY, newest) == 299);
    assert_true(at(history, "web", WT_SERIES_BUSY, newest + 1) == 299);
    assert_int_equal(wt_history_moment(history, look, newest - 100, &then, NULL), WT_OK);
    assert_int_equal(then->service_count, 1);
    assert_true(wt_service_sum(&then->services[0], then->services[0].busy_field) == 199);
    wt_snapshot_unref(then);
    wt_history_destroy(history);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* More services than the first file has room for: the larger one has what the first had. */
static void a_larger_file_keeps_the_hour(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    work(&rig, &worker, 0, 50);
    struct stat before, after;
    assert_int_equal(stat(directory_path, &before), 0);
    struct wt_fake others[6];
    char name[24];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "other-%d", i);
        others[i] = wt_fake_join(&rig, name, web);
    }
    work(&rig, &worker, 50, 60);
    assert_int_equal(stat(directory_path, &after), 0);
    assert_true(before.st_ino != after.st_ino);
    struct wt_history *history = read_past(&rig);
    int64_t newest = wt_history_newest(history);
    assert_true(at(history, "web", WT_SERIES_BUSY, newest - 40) == 19);
    assert_true(at(history, "web", WT_SERIES_BUSY, newest) == 59);
    assert_true(at(history, "other-5", WT_SERIES_WORKERS, newest) == 1);
    assert_true(isnan(at(history, "other-5", WT_SERIES_WORKERS, newest - 40)));
    wt_history_destroy(history);
    for (int i = 0; i < 6; i++)
        wt_fake_unmap(&others[i]);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static void an_hour_is_kept_with_its_gaps(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    work(&rig, &worker, 0, 3700);
    wt_rig_advance(&rig, 100 * second); /* nobody looked */
    work(&rig, &worker, 3700, 3710);
    struct wt_history *history = read_past(&rig);
    int64_t newest = wt_history_newest(history);
    assert_true(newest == now_of(&rig));
    assert_true(at(history, "web", WT_SERIES_BUSY, newest) == 3709);
    assert_true(isnan(at(history, "web", WT_SERIES_BUSY, newest - 60)));
    assert_true(at(history, "web", WT_SERIES_BUSY, newest - 110) == 3699);
    assert_true(at(history, "web", WT_SERIES_BUSY, newest - 3599) == 3709 - 3599 + 100);
    assert_true(isnan(at(history, "web", WT_SERIES_BUSY, newest - 3600)));
    wt_history_destroy(history);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

static uint64_t seed = 7;

static uint64_t chance(uint64_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

static unsigned char *map_file(size_t *bytes) {
    struct stat st;
    assert_int_equal(chmod(directory_path, 0600), 0);
    int fd = open(directory_path, O_RDWR);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    *bytes = (size_t)st.st_size;
    unsigned char *base = mmap(NULL, *bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(base != MAP_FAILED);
    close(fd);
    return base;
}

static struct wt_shared_section section_of(enum wt_section_type type) {
    struct wt_directory_view *view;
    struct wt_shared_section section;
    assert_int_equal(wt_directory_view_open(&view, directory_path, NULL), WT_OK);
    assert_true(wt_directory_view_section(view, type, 0, &section));
    wt_directory_view_close(view);
    return section;
}

/* Whatever lies in both sections: no crash, and no number that is none. */
static void nonsense_is_left_out(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    work(&rig, &worker, 0, 120);
    size_t bytes;
    unsigned char *base = map_file(&bytes);
    const struct wt_shared_section history_at = section_of(WT_SECTION_HISTORY),
                                   seconds_at = section_of(WT_SECTION_SECONDS);
    const uint32_t values[] = {0x7f800000, 0xffc00001, 0x7fa00000, 0xff800000, 0, UINT32_MAX};
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 400; i++) {
            const struct wt_shared_section *section = chance(3) ? &history_at : &seconds_at;
            uint32_t value = chance(2) ? values[chance(6)] : (uint32_t)chance(UINT32_MAX);
            memcpy(base + section->offset + chance(section->bytes / 4) * 4, &value, sizeof value);
        }
        struct wt_history *history = read_past(&rig);
        int64_t newest = wt_history_newest(history);
        for (size_t i = 0; newest != INT64_MIN && i < wt_history_service_count(history); i++)
            for (int kind = 0; kind < WT_SERIES_KINDS; kind++)
                for (int64_t then = newest - 4000; then <= newest + 10; then++)
                    assert_false(isinf(at(history, wt_history_service_name(history, i),
                                          (enum wt_series_kind)kind, then)));
        assert_true(newest <= now_of(&rig) + 1);
        wt_history_destroy(history);
        memset(base + seconds_at.offset, 0, 8 * 50); /* some are there in each round */
        wt_rig_tick(&rig, second);
    }
    munmap(base, bytes);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* A second that was being written when its monitor died is a gap, the others are whole. */
static void a_second_that_was_being_written_is_a_gap(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    work(&rig, &worker, 0, 30);
    int64_t newest = now_of(&rig);
    size_t bytes;
    unsigned char *base = map_file(&bytes);
    const struct wt_shared_section seconds_at = section_of(WT_SECTION_SECONDS);
    memset(base + seconds_at.offset + (uint64_t)((newest - 5) % WT_DIRECTORY_SECONDS) * 8, 0, 8);
    struct wt_history *history = read_past(&rig);
    assert_true(isnan(at(history, "web", WT_SERIES_BUSY, newest - 5)));
    assert_true(at(history, "web", WT_SERIES_BUSY, newest - 4) == 25);
    assert_true(at(history, "web", WT_SERIES_BUSY, newest - 6) == 23);
    wt_history_destroy(history);
    munmap(base, bytes);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

/* One that writes the second that takes a place an hour later, as a monitor does, each time `turn`
 * is even and not over. */
struct writer {
    int64_t *place;
    unsigned char *histories;
    uint64_t stride, count;
    int64_t number;
    int turn;
};

enum { TURNS = 400 };

static void write_values(const struct writer *writer, float value) {
    for (uint64_t i = 0; i < writer->count; i++) {
        struct wt_shared_history_record *record = (void *)(writer->histories + i * writer->stride);
        __atomic_store(&record->values[writer->number % WT_DIRECTORY_SECONDS], &value,
                       __ATOMIC_SEQ_CST);
    }
}

/* Where each side waits for its turn. */
static void await_turn(struct writer *writer, int odd) {
    while (__atomic_load_n(&writer->turn, __ATOMIC_ACQUIRE) % 2 != odd)
        sched_yield();
}

static void *write_later_seconds(void *context) {
    struct writer *writer = context;
    for (int i = 0; i < TURNS; i++) {
        await_turn(writer, 1);
        for (int late = i % 40; late > 0; late--)
            sched_yield();
        __atomic_store_n(writer->place, 0, __ATOMIC_SEQ_CST);
        write_values(writer, 77);
        __atomic_store_n(writer->place, writer->number + WT_DIRECTORY_SECONDS, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&writer->turn, 1, __ATOMIC_ACQ_REL);
    }
    return NULL;
}

/* While a monitor writes a second, its place is a gap or what was there; all others are as they
 * were. */
static void what_is_written_meanwhile_is_no_value(void **state) {
    (void)state;
    struct wt_rig rig;
    wt_rig_open(&rig, want_directory);
    struct wt_fake worker = wt_fake_join(&rig, "web", web);
    work(&rig, &worker, 0, 30);
    int64_t number = now_of(&rig) - 5;
    size_t bytes;
    unsigned char *base = map_file(&bytes);
    const struct wt_shared_section seconds_at = section_of(WT_SECTION_SECONDS);
    const struct wt_shared_section histories_at = section_of(WT_SECTION_HISTORY);
    struct writer writer = {
        .place = (int64_t *)(void *)(base + seconds_at.offset) + number % WT_DIRECTORY_SECONDS,
        .histories = base + histories_at.offset,
        .stride = histories_at.record_bytes,
        .count = histories_at.used,
        .number = number,
    };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_later_seconds, &writer), 0);
    for (int i = 0; i < TURNS; i++) {
        write_values(&writer, 24);
        __atomic_store_n(writer.place, number, __ATOMIC_SEQ_CST);
        __atomic_fetch_add(&writer.turn, 1, __ATOMIC_ACQ_REL);
        struct wt_history *history = read_past(&rig);
        double value = at(history, "web", WT_SERIES_BUSY, number);
        assert_true(isnan(value) || value == 24);
        assert_true(at(history, "web", WT_SERIES_BUSY, number + 1) == 25);
        assert_true(at(history, "web", WT_SERIES_BUSY, number - 1) == 23);
        wt_history_destroy(history);
        await_turn(&writer, 0);
    }
    pthread_join(thread, NULL);
    munmap(base, bytes);
    wt_fake_unmap(&worker);
    wt_rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_viewer_has_what_was_before_it_came),
        cmocka_unit_test(a_larger_file_keeps_the_hour),
        cmocka_unit_test(an_hour_is_kept_with_its_gaps),
        cmocka_unit_test(nonsense_is_left_out),
        cmocka_unit_test(a_second_that_was_being_written_is_a_gap),
        cmocka_unit_test(what_is_written_meanwhile_is_no_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
