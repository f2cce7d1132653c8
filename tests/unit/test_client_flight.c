/* Labels and records of a worker's threads, as a reader of its region sees them. */
#include "support/support.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/internal.h"
#include "support/region.h"

enum { ROOM = 1024 };

struct scene {
    struct test_regions regions;
    struct worktop *worktop;
    struct wt_ring_cursor *cursor;
    struct wt_record records[ROOM];
};

static void open_scene(struct scene *scene, uint32_t threads, uint64_t slow_ns) {
    test_regions_open(&scene->regions, threads, 4);
    scene->worktop = test_worker_open(threads, slow_ns);
    scene->cursor = test_cursor(256);
    test_worker_attach(scene->worktop, &scene->regions, 0);
}

static void close_scene(struct scene *scene) {
    worktop_close(&scene->worktop);
    test_regions_close(&scene->regions);
    free(scene->cursor);
}

static struct wt_ring_poll poll(struct scene *scene, size_t region) {
    return test_region_poll(&scene->regions, region, scene->cursor, false, scene->records, ROOM);
}

/* ---- In flight ---- */

static void a_label_is_shown_while_its_work_lasts(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 4, WORKTOP_RECORD_FAILED);
    assert_int_equal(test_region_flight(&scene.regions, 0, 0).state, WT_FLIGHT_UNUSED);
    int64_t before_ns = wt_clock_now().monotonic_ns;
    worktop_track_begin_labelled(scene.worktop, NULL, "GET /checkout", "8f3a");
    struct wt_flight flight = test_region_flight(&scene.regions, 0, 0);
    assert_int_equal(flight.state, WT_FLIGHT_LABELLED);
    assert_string_equal(flight.label, "GET /checkout");
    assert_string_equal(flight.id, "8f3a");
    assert_int_equal(flight.depth, 1);
    assert_int_equal(flight.active, 1);
    assert_int_equal(flight.thread_id, gettid());
    assert_false(flight.label_cut || flight.id_cut);
    assert_in_range(flight.since_ns, before_ns, wt_clock_now().monotonic_ns);
    worktop_track_end(scene.worktop, NULL);
    flight = test_region_flight(&scene.regions, 0, 0);
    assert_int_equal(flight.state, WT_FLIGHT_IDLE);
    assert_string_equal(flight.label, "");
    assert_int_equal(flight.active, 0);
    close_scene(&scene);
}

static void the_innermost_label_is_shown_and_then_the_one_around_it(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    worktop_track_begin_labelled(scene.worktop, NULL, "outer", "1");
    worktop_track_begin(scene.worktop, NULL); /* counts, and is not shown */
    struct wt_flight flight = test_region_flight(&scene.regions, 0, 0);
    assert_string_equal(flight.label, "outer");
    assert_int_equal(flight.active, 2);
    worktop_track_begin_labelled(scene.worktop, NULL, "a longer one, inside", NULL);
    flight = test_region_flight(&scene.regions, 0, 0);
    assert_string_equal(flight.label, "a longer one, inside");
    assert_string_equal(flight.id, "");
    assert_int_equal(flight.depth, 3);
    worktop_track_end(scene.worktop, NULL);
    flight = test_region_flight(&scene.regions, 0, 0);
    assert_string_equal(flight.label, "outer");
    assert_string_equal(flight.id, "1");
    assert_int_equal(flight.depth, 1);
    worktop_track_end(scene.worktop, NULL); /* the one without a label */
    assert_string_equal(test_region_flight(&scene.regions, 0, 0).label, "outer");
    worktop_track_end(scene.worktop, NULL);
    assert_int_equal(test_region_flight(&scene.regions, 0, 0).state, WT_FLIGHT_IDLE);
    worktop_track_begin(scene.worktop, NULL);
    flight = test_region_flight(&scene.regions, 0, 0);
    assert_int_equal(flight.state, WT_FLIGHT_UNLABELLED);
    assert_true(flight.since_ns > 0);
    worktop_track_end(scene.worktop, NULL);
    close_scene(&scene);
}

/* More labels than are kept: those deeper count, and ending them changes nothing that is shown. */
static void very_deep_nesting_counts_on(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    enum { DEEP = 300 };
    for (int i = 1; i <= DEEP; i++)
        worktop_track_begin_labelled(scene.worktop, NULL, i == 16 ? "sixteenth" : "other", NULL);
    struct wt_flight flight = test_region_flight(&scene.regions, 0, 0);
    assert_string_equal(flight.label, "sixteenth");
    assert_int_equal(flight.depth, 16);
    assert_int_equal(flight.active, DEEP);
    for (int i = DEEP; i > 16; i--)
        worktop_track_end(scene.worktop, NULL);
    assert_string_equal(test_region_flight(&scene.regions, 0, 0).label, "sixteenth");
    for (int i = 16; i > 0; i--)
        worktop_track_end(scene.worktop, NULL);
    assert_int_equal(test_region_flight(&scene.regions, 0, 0).state, WT_FLIGHT_IDLE);
    for (int i = 0; i < 260; i++)
        worktop_track_begin(scene.worktop, NULL);
    worktop_track_begin_labelled(scene.worktop, NULL, "deep", NULL);
    assert_int_equal(test_region_flight(&scene.regions, 0, 0).depth, 255);
    close_scene(&scene);
}

static void what_is_too_long_is_cut_between_characters_and_marked(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    char label[200], id[100];
    memset(label, 'x', sizeof label);
    memset(id, 'i', sizeof id);
    for (size_t length = 0; length < 120; length++) {
        label[length] = '\0';
        id[length % 60] = '\0';
        worktop_track_begin_labelled(scene.worktop, NULL, label, id);
        struct wt_flight flight = test_region_flight(&scene.regions, 0, 0);
        size_t id_kept = length % 60 < 40 ? length % 60 : 40, most = 88 - id_kept;
        assert_int_equal(flight.state, WT_FLIGHT_LABELLED);
        assert_int_equal(flight.label_cut, length > most);
        assert_int_equal(flight.id_cut, length % 60 > 40);
        assert_int_equal(strspn(flight.label, "x"), length < most ? length : most);
        assert_int_equal(strspn(flight.id, "i"), id_kept);
        assert_string_equal(flight.label + strspn(flight.label, "x"),
                            length > most ? "\xe2\x80\xa6" : "");
        worktop_track_end(scene.worktop, NULL);
        label[length] = 'x';
        id[length % 60] = 'i';
    }
    /* Three-byte characters do not fit 88 bytes evenly; what is no UTF-8 is cut anywhere. */
    for (size_t i = 0; i < 120; i++)
        label[i] = "\xe6\xbc\xa2"[i % 3];
    label[120] = '\0';
    worktop_track_begin_labelled(scene.worktop, NULL, label, NULL);
    struct wt_flight flight = test_region_flight(&scene.regions, 0, 0);
    assert_int_equal(strlen(flight.label), 87 + 3);
    assert_memory_equal(flight.label, label, 87);
    worktop_track_end(scene.worktop, NULL);
    memset(label, 0x80, 120);
    worktop_track_begin_labelled(scene.worktop, NULL, label, NULL);
    flight = test_region_flight(&scene.regions, 0, 0);
    assert_int_equal(strlen(flight.label), 2 * 88 + 3); /* U+00B7 each */
    worktop_track_end(scene.worktop, NULL);
    worktop_track_begin_labelled(scene.worktop, NULL, NULL, NULL);
    flight = test_region_flight(&scene.regions, 0, 0);
    assert_int_equal(flight.state, WT_FLIGHT_LABELLED);
    assert_string_equal(flight.label, "");
    close_scene(&scene);
}

/* ---- Records ---- */

static void the_slow_and_the_failed_leave_records(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    worktop_track_begin_labelled(scene.worktop, NULL, "fine", NULL);
    worktop_track_end(scene.worktop, NULL);
    worktop_track_begin_labelled(scene.worktop, NULL, "POST /pay", "77");
    worktop_event(scene.worktop, WORKTOP_WARNING, "card refused, trying the other bank", -3);
    worktop_track_end_failed(scene.worktop, NULL, 502);
    worktop_track_begin(scene.worktop, NULL);
    worktop_track_end_failed(scene.worktop, NULL, 5);
    worktop_event(scene.worktop, (enum worktop_event_kind)99, NULL, 0);
    scene.worktop->slow_ns = 1;
    worktop_track_begin_labelled(scene.worktop, NULL, "slow", NULL);
    worktop_track_end(scene.worktop, NULL);
    struct wt_ring_poll result = poll(&scene, 0);
    assert_int_equal(result.count, 5);
    assert_int_equal(result.lost, 0);
    const struct wt_record *record = scene.records;
    assert_int_equal(record->kind, WT_RECORD_WARNING);
    assert_string_equal(record->label, "card refused, trying the other bank");
    assert_string_equal(record->id, "77");
    assert_int_equal(record->value, -3);
    assert_int_equal(record->duration_ns, -1);
    record++;
    assert_int_equal(record->kind, WT_RECORD_WORK);
    assert_true(record->has_failed && !record->is_slow);
    assert_string_equal(record->label, "POST /pay");
    assert_string_equal(record->id, "77");
    assert_int_equal(record->value, 502);
    assert_true(record->duration_ns >= 0 && record->time_ns >= record->duration_ns);
    assert_int_equal(record->thread_id, gettid());
    record++;
    assert_int_equal(record->kind, WT_RECORD_WORK);
    assert_true(record->has_failed);
    assert_string_equal(record->label, "");
    assert_int_equal(record->duration_ns, -1);
    record++;
    assert_int_equal(record->kind, WT_RECORD_OTHER);
    record++;
    assert_int_equal(record->number, 5);
    assert_true(record->is_slow && !record->has_failed);
    assert_string_equal(record->label, "slow");
    assert_int_equal(test_region_flight(&scene.regions, 0, 0).state, WT_FLIGHT_IDLE);
    struct worktop_info info = {.struct_size = sizeof info};
    assert_int_equal(worktop_get_info(scene.worktop, &info), WORKTOP_OK);
    assert_int_equal(info.records, 5);
    assert_int_equal(poll(&scene, 0).count, 0);
    close_scene(&scene);
}

static void leave_records(struct worktop *worktop, int64_t from, int64_t count) {
    for (int64_t i = from; i < from + count; i++)
        worktop_event(worktop, WORKTOP_NOTE, "n", i);
}

static void what_was_overwritten_is_counted_exactly(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    uint64_t delivered = 0, lost = 0;
    int64_t left = 0;
    for (int64_t step = 0; step < 400; step++) {
        leave_records(scene.worktop, left, step);
        left += step;
        struct wt_ring_poll result = poll(&scene, 0);
        assert_int_equal(result.nonsense, 0);
        assert_int_equal(result.count, step < 128 ? step : 128);
        for (size_t i = 0; i < result.count; i++)
            assert_int_equal(scene.records[i].value, left - (int64_t)(result.count - i));
        delivered += result.count;
        lost += result.lost;
        assert_int_equal(delivered + lost, left);
    }
    close_scene(&scene);
}

/* Room for less than there is: the rest comes with the next call. */
static void a_small_room_is_filled_again_and_again(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    leave_records(scene.worktop, 0, 100);
    struct wt_flight_tables tables = test_region_tables(&scene.regions, 0);
    int64_t next = 0;
    bool has_more = true;
    while (has_more) {
        assert_true(wt_ring_has_news(scene.regions.map, scene.cursor));
        struct wt_ring_poll result = wt_ring_poll(
            &tables, scene.cursor, wt_clock_now().monotonic_ns, false, scene.records, 7);
        for (size_t i = 0; i < result.count; i++)
            assert_int_equal(scene.records[i].value, next++);
        assert_int_equal(result.lost, 0);
        has_more = result.has_more;
    }
    assert_int_equal(next, 100);
    assert_false(wt_ring_has_news(scene.regions.map, scene.cursor));
    close_scene(&scene);
}

/* ---- Regions come and go ---- */

static void labels_and_records_move_to_the_next_region(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 4, WORKTOP_RECORD_FAILED);
    leave_records(scene.worktop, 0, 20);
    assert_int_equal(poll(&scene, 0).count, 20);
    leave_records(scene.worktop, 20, 3);
    worktop_track_begin_labelled(scene.worktop, NULL, "outer", "1");
    worktop_track_begin_labelled(scene.worktop, NULL, "stuck", "2");
    struct wt_flight before = test_region_flight(&scene.regions, 0, 0);

    /* The thread itself does nothing any more. */
    test_worker_attach(scene.worktop, &scene.regions, 1);
    struct wt_flight flight = test_region_flight(&scene.regions, 1, 0);
    assert_int_equal(flight.state, WT_FLIGHT_LABELLED);
    assert_string_equal(flight.label, "stuck");
    assert_string_equal(flight.id, "2");
    assert_int_equal(flight.since_ns, before.since_ns);
    assert_int_equal(flight.thread_id, gettid());
    struct wt_ring_poll result = poll(&scene, 1);
    assert_int_equal(result.count, 3); /* the cursor goes on where it was */
    assert_int_equal(result.lost, 0);
    assert_int_equal(scene.records[0].value, 20);

    /* It is the one that goes on, in the new region, and only there. */
    leave_records(scene.worktop, 23, 2);
    worktop_track_end(scene.worktop, NULL);
    assert_string_equal(test_region_flight(&scene.regions, 1, 0).label, "outer");
    assert_string_equal(test_region_flight(&scene.regions, 0, 0).label, "stuck");
    result = poll(&scene, 1);
    assert_int_equal(result.count, 2);
    assert_int_equal(scene.records[1].value, 24);
    for (size_t i = 0; i < 3; i++)
        test_worker_attach(scene.worktop, &scene.regions, (i + 2) % 4); /* none is taken between */
    assert_string_equal(test_region_flight(&scene.regions, 0, 0).label, "outer");
    worktop_track_end(scene.worktop, NULL);
    assert_int_equal(test_region_flight(&scene.regions, 0, 0).state, WT_FLIGHT_IDLE);
    assert_string_equal(test_region_flight(&scene.regions, 3, 0).label, "outer");
    close_scene(&scene);
}

static void what_happens_before_there_is_a_monitor_is_kept(void **state) {
    (void)state;
    static struct scene scene;
    test_regions_open(&scene.regions, 1, 1);
    scene.worktop = test_worker_open(1, WORKTOP_RECORD_FAILED);
    scene.cursor = test_cursor(16);
    leave_records(scene.worktop, 0, 50);
    worktop_track_begin_labelled(scene.worktop, NULL, "early", NULL);
    test_worker_attach(scene.worktop, &scene.regions, 0);
    assert_string_equal(test_region_flight(&scene.regions, 0, 0).label, "early");
    struct wt_ring_poll result = poll(&scene, 0);
    assert_int_equal(result.count, WT_FLIGHT_HOME_RECORDS);
    assert_int_equal(result.lost, 50 - WT_FLIGHT_HOME_RECORDS);
    assert_int_equal(scene.records[0].value, 50 - WT_FLIGHT_HOME_RECORDS);
    leave_records(scene.worktop, 50, 1);
    assert_int_equal(poll(&scene, 0).count, 1);
    close_scene(&scene);
}

/* Somebody cuts the file to nothing: the labels are in private memory, too. */
static void a_truncated_file_costs_the_records_but_not_the_labels(void **state) {
    (void)state;
    static struct scene scene;
    /* The test framework has a handler of its own, which worktop_open leaves alone. */
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    open_scene(&scene, 1, WORKTOP_RECORD_FAILED);
    leave_records(scene.worktop, 0, 5);
    worktop_track_begin_labelled(scene.worktop, NULL, "stuck", NULL);
    assert_int_equal(truncate(scene.regions.path, 0), 0);
    uint64_t now_ns = (uint64_t)wt_clock_now().monotonic_ns;
    assert_true(wt_recorder_heartbeat(&scene.worktop->recorder, now_ns));
    leave_records(scene.worktop, 5, 1); /* into memory of nobody's */
    struct test_regions next;
    test_regions_open(&next, 1, 1);
    test_worker_attach(scene.worktop, &next, 0);
    assert_string_equal(test_region_flight(&next, 0, 0).label, "stuck");
    struct wt_ring_poll result =
        test_region_poll(&next, 0, scene.cursor, false, scene.records, ROOM);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.lost, 5);
    assert_int_equal(scene.records[0].value, 5);
    test_regions_close(&next);
    close_scene(&scene);
}

/* ---- Threads ---- */

struct visit {
    struct worktop *worktop;
    pthread_barrier_t *inside, *out;
    int64_t value;
};

static void *visit(void *argument) {
    struct visit *visit = argument;
    worktop_track_begin_labelled(visit->worktop, NULL, "visit", NULL);
    worktop_event(visit->worktop, WORKTOP_NOTE, "here", visit->value);
    pthread_barrier_wait(visit->inside);
    pthread_barrier_wait(visit->out);
    if (visit->value % 2 == 0) /* the others end as they are */
        worktop_track_end(visit->worktop, NULL);
    return NULL;
}

/* `count` threads at once, in a worktop for `most`. */
static void visit_all(struct scene *scene, uint32_t count, uint32_t most, int64_t value) {
    pthread_barrier_t inside, out;
    static pthread_t threads[300];
    static struct visit visits[300];
    pthread_barrier_init(&inside, NULL, count + 1);
    pthread_barrier_init(&out, NULL, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        visits[i] = (struct visit){scene->worktop, &inside, &out, value + i};
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visits[i]), 0);
    }
    pthread_barrier_wait(&inside);
    uint32_t shown = 0;
    for (uint32_t i = 0; i < most; i++)
        shown += test_region_flight(&scene->regions, 0, i).state == WT_FLIGHT_LABELLED;
    assert_int_equal(shown, count < most ? count : most);
    pthread_barrier_wait(&out);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (uint32_t i = 0; i < most; i++)
        assert_int_not_equal(test_region_flight(&scene->regions, 0, i).state, WT_FLIGHT_LABELLED);
}

static void threads_come_and_go(void **state) {
    (void)state;
    static struct scene scene;
    static const uint32_t counts[] = {1, 2, 16, 17, 64, 255, 256};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        uint32_t most = counts[k];
        open_scene(&scene, most, WORKTOP_RECORD_FAILED);
        uint64_t left = 0, delivered = 0, lost = 0;
        for (int round = 0; round < 3; round++) {
            uint32_t count = round == 1 ? (most + 1) / 2 : most;
            visit_all(&scene, count, most, round * 1000);
            struct wt_ring_poll result = poll(&scene, 0);
            left += count;
            delivered += result.count;
            lost += result.lost;
            assert_int_equal(result.nonsense, 0);
            for (size_t i = 0; i < result.count; i++)
                assert_in_range(scene.records[i].value, round * 1000, round * 1000 + count - 1);
        }
        assert_int_equal(delivered + lost, left);
        assert_int_equal(lost, 0);
        visit_all(&scene, most + 5, most, 5000);
        struct worktop_info info = {.struct_size = sizeof info};
        assert_int_equal(worktop_get_info(scene.worktop, &info), WORKTOP_OK);
        assert_int_equal(info.untimed_threads, 5);
        assert_int_equal(info.refused_records, 5);
        assert_int_equal(info.records, left + most);
        close_scene(&scene);
    }
}

/* ---- Writers, switcher and reader at once ---- */

struct storm {
    struct scene *scene;
    bool stop; /* atomic */
};

/* Records whose text can be checked: the value once more. */
static void *storm(void *argument) {
    struct storm *storm = argument;
    char text[48];
    for (int64_t i = 1; !__atomic_load_n(&storm->stop, __ATOMIC_ACQUIRE); i++) {
        snprintf(text, sizeof text, "value %lld and some more", (long long)i);
        worktop_track_begin_labelled(storm->scene->worktop, NULL, text, "id");
        worktop_track_end_failed(storm->scene->worktop, NULL, i);
    }
    return NULL;
}

static uint64_t check_storm(struct scene *scene, size_t region, bool is_final, uint64_t *lost) {
    struct wt_ring_poll result =
        test_region_poll(&scene->regions, region, scene->cursor, is_final, scene->records, ROOM);
    assert_int_equal(result.nonsense, 0);
    for (size_t i = 0; i < result.count; i++) {
        const struct wt_record *record = &scene->records[i];
        char text[48];
        snprintf(text, sizeof text, "value %lld and some more", (long long)record->value);
        assert_false(record->is_torn || record->is_nonsense);
        assert_string_equal(record->label, text);
        assert_string_equal(record->id, "id");
        assert_int_equal(record->number, record->value);
    }
    for (uint32_t i = 0; i < 3; i++) {
        struct wt_flight flight = test_region_flight(&scene->regions, region, i);
        long long value;
        char rest[48];
        assert_int_not_equal(flight.state, WT_FLIGHT_NONSENSE);
        if (flight.state == WT_FLIGHT_LABELLED)
            assert_int_equal(sscanf(flight.label, "value %lld and some %40s", &value, rest), 2);
    }
    *lost += result.lost;
    return result.count;
}

static void nothing_is_half_seen_and_none_forgotten(void **state) {
    (void)state;
    static struct scene scene;
    enum { THREADS = 3, MOVES = 200 };
    open_scene(&scene, THREADS, WORKTOP_RECORD_FAILED);
    struct storm weather = {.scene = &scene};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, storm, &weather), 0);
    while (wt_recorder_records(&scene.worktop->recorder) == 0)
        sched_yield(); /* on a busy machine all moves may be over before a thread comes to work */
    uint64_t delivered = 0, lost = 0;
    for (int i = 0; i < MOVES; i++) {
        size_t region = (size_t)(i / 20 + 1) % 4;
        if (i % 20 == 0) {
            /* Handed out again, it is zero. Nobody writes there, for it was left long ago. */
            memset(scene.regions.map + region * scene.regions.stride, 0, scene.regions.stride);
            test_worker_attach(scene.worktop, &scene.regions, region);
        }
        delivered += check_storm(&scene, region, false, &lost);
        if (i % 3 == 0)
            test_worker_beat(scene.worktop);
        sched_yield();
    }
    __atomic_store_n(&weather.stop, true, __ATOMIC_RELEASE);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    test_worker_beat(scene.worktop);
    delivered += check_storm(&scene, ((MOVES - 1) / 20 + 1) % 4, true, &lost);
    struct worktop_info info = {.struct_size = sizeof info};
    assert_int_equal(worktop_get_info(scene.worktop, &info), WORKTOP_OK);
    assert_int_equal(delivered + lost, info.records);
    assert_true(delivered > 0);
    close_scene(&scene);
}

/* ---- Fork ---- */

static void a_child_writes_nothing_to_its_parents_region(void **state) {
    (void)state;
    static struct scene scene;
    open_scene(&scene, 2, WORKTOP_RECORD_FAILED);
    leave_records(scene.worktop, 0, 3);
    worktop_track_begin_labelled(scene.worktop, NULL, "parent", "1");
    static unsigned char before[1 << 16];
    assert_true(scene.regions.stride <= sizeof before);
    memcpy(before, scene.regions.map, scene.regions.stride);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        worktop_track_begin_labelled(scene.worktop, NULL, "child", NULL);
        leave_records(scene.worktop, 100, 200);
        worktop_track_end(scene.worktop, NULL);
        if (memcmp(before, scene.regions.map, scene.regions.stride) != 0)
            _exit(1);
        if (worktop_restart(scene.worktop) != WORKTOP_OK)
            _exit(2);
        test_worker_attach(scene.worktop, &scene.regions, 1);
        if (memcmp(before, scene.regions.map, scene.regions.stride) != 0)
            _exit(3);
        /* A worker of its own, that has done nothing yet. */
        struct wt_flight flight = test_region_flight(&scene.regions, 1, 0);
        if (flight.state != WT_FLIGHT_IDLE || poll(&scene, 1).count != 0)
            _exit(4);
        worktop_track_begin_labelled(scene.worktop, NULL, "child again", NULL);
        leave_records(scene.worktop, 7, 1);
        flight = test_region_flight(&scene.regions, 1, 0);
        struct wt_ring_poll result = poll(&scene, 1);
        if (strcmp(flight.label, "child again") != 0 || flight.thread_id != (uint32_t)getpid() ||
            flight.depth != 1 || result.count != 1 || scene.records[0].value != 7)
            _exit(5);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_string_equal(test_region_flight(&scene.regions, 0, 0).label, "parent");
    worktop_track_end(scene.worktop, NULL);
    assert_int_equal(poll(&scene, 0).count, 3);
    close_scene(&scene);
}

/* ---- Programs that were compiled with the first header ---- */

static void older_structs_are_taken(void **state) {
    (void)state;
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    struct worktop *worktop;
    options.socket_path = "/nonexistent/supervisor.ipc";
    options.flags = WORKTOP_NO_THREAD;
    options.struct_size = offsetof(struct worktop_options, slow_ns);
    options.slow_ns = 1; /* not there, as far as the library knows */
    assert_int_equal(worktop_open(&worktop, &options, NULL, 0), WORKTOP_OK);
    assert_int_equal(worktop->slow_ns, 100000000);
    struct worktop_info info = {.struct_size = offsetof(struct worktop_info, records),
                                .records = 77};
    assert_int_equal(worktop_get_info(worktop, &info), WORKTOP_OK);
    assert_int_equal(info.struct_size, offsetof(struct worktop_info, records));
    assert_int_equal(info.records, 77);
    worktop_close(&worktop);
    options.struct_size -= 8;
    assert_int_equal(worktop_open(&worktop, &options, NULL, 0), WORKTOP_EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_is_shown_while_its_work_lasts),
        cmocka_unit_test(the_innermost_label_is_shown_and_then_the_one_around_it),
        cmocka_unit_test(very_deep_nesting_counts_on),
        cmocka_unit_test(what_is_too_long_is_cut_between_characters_and_marked),
        cmocka_unit_test(the_slow_and_the_failed_leave_records),
        cmocka_unit_test(what_was_overwritten_is_counted_exactly),
        cmocka_unit_test(a_small_room_is_filled_again_and_again),
        cmocka_unit_test(labels_and_records_move_to_the_next_region),
        cmocka_unit_test(what_happens_before_there_is_a_monitor_is_kept),
        cmocka_unit_test(a_truncated_file_costs_the_records_but_not_the_labels),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(nothing_is_half_seen_and_none_forgotten),
        cmocka_unit_test(a_child_writes_nothing_to_its_parents_region),
        cmocka_unit_test(older_structs_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
