/* What a reader keeps of all workers' regions: src/flight. The regions are made by hand. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flight/board.h"
#include "support/handmade.h"

static const int64_t now_ns = 1000 * WT_NS_PER_S;
static const struct wt_time now = {.realtime_ns = INT64_C(1795182571000000000),
                                   .monotonic_ns = 1000 * WT_NS_PER_S};

/* The lists of one look. */
struct view {
    struct wt_arena arena;
    struct wt_activity activity;
};

static void look(struct view *view, struct wt_board *board, int64_t at_ns) {
    wt_arena_fini(&view->arena);
    *view = (struct view){.arena = {0}};
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(&view->arena);
    wt_board_look(board, at_ns);
    assert_true(wt_board_put(board, at_ns, &memory, &view->activity));
}

static void take_up(struct wt_board *board, uint64_t id, const char *service,
                    const struct handmade *region) {
    const struct wt_flight_owner owner = {
        .worker_id = id, .service = service, .pid = 4000 + (int64_t)id};
    assert_true(wt_board_take_up(board, &owner, region->bytes, region->size, now_ns));
}

static void each_worker_shows_its_longest(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct handmade regions[3];
    struct view view = {0};
    for (int i = 0; i < 3; i++)
        handmade_make(&regions[i], 4);
    handmade_begin(&regions[0], 0, now_ns - 5 * WT_NS_PER_S, "GET /fast", "a1");
    handmade_begin(&regions[0], 2, now_ns - 94 * WT_NS_PER_S, "POST /checkout", "8f3a");
    handmade_begin(&regions[0], 3, now_ns - 100, NULL, NULL);
    handmade_begin(&regions[1], 1, now_ns - 7 * WT_NS_PER_S, NULL, NULL);
    take_up(board, 21, "web", &regions[0]);
    take_up(board, 9, "jobs", &regions[1]);
    take_up(board, 22, "web", &regions[2]);
    look(&view, board, now_ns);
    const struct wt_activity *activity = &view.activity;
    assert_int_equal(activity->flight_count, 2); /* the third does nothing */
    assert_string_equal(activity->flights[0].service, "jobs");
    assert_int_equal(activity->flights[0].what, WT_FLIGHT_IS_UNLABELLED);
    assert_int_equal(activity->flights[0].since_ns, now_ns - 7 * WT_NS_PER_S);
    assert_int_equal(activity->flights[1].worker_id, 21);
    assert_int_equal(activity->flights[1].pid, 4021);
    assert_int_equal(activity->flights[1].thread, 2);
    assert_string_equal(activity->flights[1].label, "POST /checkout");
    assert_string_equal(activity->flights[1].id, "8f3a");
    handmade_end(&regions[0], 2);
    look(&view, board, now_ns);
    assert_string_equal(view.activity.flights[1].label, "GET /fast");
    wt_board_let_go(board, 21, true, now_ns);
    look(&view, board, now_ns);
    assert_int_equal(view.activity.flight_count, 1);
    for (int i = 0; i < 3; i++)
        handmade_drop(&regions[i]);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

/* A look may come by in parts, at some twice: it finds everybody once, and reads no record again.
 */
static void parts_make_a_whole_look(void **state) {
    (void)state;
    enum { COUNT = 5, GONE = 2, NEW = 9 };
    struct wt_board *board = wt_board_create();
    struct handmade regions[COUNT];
    struct view view = {0};
    uint32_t places[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        handmade_make(&regions[i], 1);
        handmade_begin(&regions[i], 0, now_ns - (int64_t)(i + 1) * 1000, "work", "");
        handmade_publish(&regions[i], 0, now_ns - 100, 10, "record");
        take_up(board, i, "web", &regions[i]);
        places[i] = wt_board_place(board, i);
    }
    wt_board_begin_look(board, now_ns);
    wt_board_look_at(board, places[1], now_ns);
    wt_board_begin_look(board, now_ns); /* that one was never ended */
    wt_board_look_at(board, places[3], now_ns);
    wt_board_look_at(board, places[1], now_ns);
    wt_board_look_at(board, places[3], now_ns);
    wt_board_look_at(board, COUNT, now_ns);
    wt_board_look_at(board, WT_BOARD_NOWHERE, now_ns);
    look(&view, board, now_ns);
    assert_int_equal(view.activity.flight_count, COUNT);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_int_equal(view.activity.flights[i].worker_id, COUNT - 1 - i);
    assert_int_equal(view.activity.read_count, COUNT);

    wt_board_let_go(board, GONE, true, now_ns);
    assert_int_equal(wt_board_place(board, GONE), WT_BOARD_NOWHERE);
    for (uint64_t i = 0; i < COUNT; i++)
        if (i != GONE)
            assert_int_equal(wt_board_place(board, i), places[i]);
    wt_board_begin_look(board, now_ns);
    wt_board_look_at(board, places[GONE], now_ns);
    look(&view, board, now_ns);
    assert_int_equal(view.activity.flight_count, COUNT - 1);
    take_up(board, NEW, "web", &regions[GONE]);
    assert_int_equal(wt_board_place(board, NEW), places[GONE]);
    look(&view, board, now_ns);
    assert_int_equal(view.activity.flight_count, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        handmade_drop(&regions[i]);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

/* The room is shared fairly: a large service does not push a small one out. */
static void room_is_shared_between_services(void **state) {
    (void)state;
    enum { LARGE = 1200, SMALL = 5 };
    struct wt_board *board = wt_board_create();
    struct handmade *regions = calloc(LARGE + SMALL, sizeof *regions);
    struct view view = {0};
    for (uint64_t i = 0; i < LARGE + SMALL; i++) {
        handmade_make(&regions[i], 1);
        handmade_begin(&regions[i], 0, now_ns - (int64_t)i * 1000, "work", "");
        take_up(board, i + 1, i < LARGE ? "large" : "small", &regions[i]);
    }
    look(&view, board, now_ns);
    assert_int_equal(view.activity.flight_count, WT_ACTIVITY_FLIGHTS);
    assert_int_equal(view.activity.flights_left_out, LARGE + SMALL - WT_ACTIVITY_FLIGHTS);
    assert_int_equal(view.activity.flights[0].worker_id, LARGE); /* the longest of the large one */
    size_t small = 0;
    for (size_t i = 0; i < view.activity.flight_count; i++)
        small += strcmp(view.activity.flights[i].service, "small") == 0;
    assert_int_equal(small, SMALL);
    for (size_t i = 0; i < LARGE + SMALL; i++)
        handmade_drop(&regions[i]);
    free(regions);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

/* Whatever order they are found in, the longest of a service are shown, the longest first. */
static void the_longest_are_shown_of_many(void **state) {
    (void)state;
    enum { COUNT = WT_ACTIVITY_FLIGHTS + 301 };
    struct wt_board *board = wt_board_create();
    struct handmade *regions = calloc(COUNT, sizeof *regions);
    struct view view = {0};
    for (uint64_t i = 0; i < COUNT; i++) { /* each age once, mixed */
        handmade_make(&regions[i], 1);
        handmade_begin(&regions[i], 0, now_ns - (int64_t)(i * 7 % COUNT + 1) * 1000, "work", "");
        take_up(board, i + 1, "web", &regions[i]);
    }
    assert_int_not_equal(COUNT % 7, 0);
    look(&view, board, now_ns);
    assert_int_equal(view.activity.flight_count, WT_ACTIVITY_FLIGHTS);
    for (size_t i = 0; i < view.activity.flight_count; i++)
        assert_int_equal(now_ns - view.activity.flights[i].since_ns, (COUNT - (int64_t)i) * 1000);
    for (size_t i = 0; i < COUNT; i++)
        handmade_drop(&regions[i]);
    free(regions);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

static void records_come_newest_and_slowest_first_with_exact_gaps(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct handmade regions[2];
    struct view view = {0};
    uint64_t lost = 0;
    handmade_make(&regions[0], 2);
    handmade_make(&regions[1], 2);
    take_up(board, 1, "web", &regions[0]);
    take_up(board, 2, "web", &regions[1]);
    handmade_publish(&regions[0], 0, now_ns - 300, 30, "old and slow");
    handmade_publish(&regions[1], 1, now_ns - 100, 10, "newest");
    handmade_publish(&regions[0], 1, now_ns - 200, 20, "between");
    look(&view, board, now_ns);
    assert_int_equal(view.activity.newest_count, 3);
    assert_string_equal(view.activity.newest[0].label, "newest");
    assert_int_equal(view.activity.newest[0].worker_id, 2);
    assert_int_equal(view.activity.newest[0].thread, 1);
    assert_string_equal(view.activity.newest[2].label, "old and slow");
    assert_string_equal(view.activity.slowest[0].label, "old and slow");
    assert_int_equal(view.activity.read_count, 3);
    assert_int_equal(view.activity.gap_count, 0);

    uint32_t part = handmade_flight(&regions[0], 0)->ring_count;
    uint64_t flood = 3 * part + 17;
    for (uint64_t i = 0; i < flood; i++)
        handmade_publish(&regions[0], 0, now_ns + (int64_t)i, (int64_t)i, "flood");
    lost = flood - part;
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(view.activity.lost_count, lost);
    assert_int_equal(view.activity.read_count, 3 + part);
    assert_int_equal(view.activity.gap_count, 1);
    assert_int_equal(view.activity.gaps[0].worker_id, 1);
    assert_int_equal(view.activity.gaps[0].lost_count, lost);
    assert_int_equal(view.activity.newest_count, WT_ACTIVITY_NEWEST);
    assert_int_equal(view.activity.newest[0].number, 1 + flood);
    assert_int_equal(view.activity.slowest_count, WT_ACTIVITY_SLOWEST);
    assert_int_equal(view.activity.slowest[0].duration_ns, flood - 1);
    look(&view, board, now_ns + 2 * WT_NS_PER_S); /* nothing new: nothing is counted twice */
    assert_int_equal(view.activity.read_count, 3 + part);
    assert_int_equal(view.activity.lost_count, lost);
    handmade_drop(&regions[0]);
    handmade_drop(&regions[1]);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

/* Whatever happens in between, what was read and what was lost is what was published. */
static void every_number_is_read_or_lost(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct handmade region;
    struct view view = {0};
    uint64_t published = 0;
    unsigned seed = 7;
    handmade_make(&region, 3);
    take_up(board, 1, "web", &region);
    for (int round = 0; round < 400; round++) {
        seed = seed * 1103515245 + 12345;
        for (unsigned i = 0; i < seed / 65536 % 200; i++, published++)
            handmade_publish(&region, seed / 1024 % 3, now_ns + round, 5, "x");
        look(&view, board, now_ns + WT_NS_PER_S);
        assert_int_equal(view.activity.read_count + view.activity.lost_count, published);
    }
    assert_true(view.activity.lost_count > 0);
    handmade_drop(&region);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

static uint64_t counted(const struct view *view) {
    return view->activity.read_count + view->activity.lost_count;
}

/* What a worker does that moves: its newest records are in the new region as well, and the threads'
 * numbers go on. */
static void bring_along(const struct handmade *from, struct handmade *to) {
    handmade_make(to, 3);
    memcpy(to->bytes, from->bytes, from->size);
    handmade_header(to)->ring_mark = UINT64_C(1) << 63 | 1;
}

/* In another region, after its old one was lost, and under another id, it is still the same worker:
 * no record is counted twice. */
static void who_moves_is_not_read_twice(void **state) {
    (void)state;
    static const uint8_t keys[2][16] = {{1, 2, 3}, {4, 5, 6}};
    const struct wt_flight_owner first = {
        .worker_id = 1, .service = "web", .pid = 1, .instance = keys[0]};
    struct wt_board *board = wt_board_create();
    struct handmade regions[4];
    struct view view = {0};
    uint64_t published = 0;
    handmade_make(&regions[0], 3);
    assert_true(wt_board_take_up(board, &first, regions[0].bytes, regions[0].size, now_ns));
    for (; published < 500; published++)
        handmade_publish(&regions[0], published % 3, now_ns + (int64_t)published, 5, "x");
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), published);
    handmade_publish(&regions[0], 0, now_ns, 5, "the last one there");
    published++;
    bring_along(&regions[0], &regions[1]); /* it is read where it was, or where it is */
    assert_true(wt_board_take_up(board, &first, regions[1].bytes, regions[1].size, now_ns));
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), published);
    handmade_publish(&regions[1], 2, now_ns, 5, "the first one here");
    published++;
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), published);
    /* Its region was lost, and could not be read to its end. */
    bring_along(&regions[1], &regions[2]);
    wt_board_let_go(board, 1, false, 0);
    assert_true(wt_board_take_up(board, &first, regions[2].bytes, regions[2].size, now_ns));
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), published);
    /* Its connection broke, and it is back under another id. */
    bring_along(&regions[2], &regions[3]);
    wt_board_let_go(board, 1, true, now_ns);
    const struct wt_flight_owner again = {
        .worker_id = 2, .service = "web", .pid = 1, .instance = keys[0]};
    assert_true(wt_board_take_up(board, &again, regions[3].bytes, regions[3].size, now_ns));
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), published);
    /* Another worker, and the same process as a worker of another service: nothing is known. */
    const struct wt_flight_owner others[] = {
        {.worker_id = 3, .service = "web", .pid = 2, .instance = keys[1]},
        {.worker_id = 4, .service = "api", .pid = 1, .instance = keys[0]}};
    wt_board_let_go(board, 2, true, now_ns);
    for (size_t i = 0; i < 2; i++) {
        assert_true(wt_board_take_up(board, &others[i], regions[3].bytes, regions[3].size, now_ns));
        look(&view, board, now_ns + WT_NS_PER_S);
        assert_int_equal(counted(&view), (i + 2) * published);
    }
    for (size_t i = 0; i < 4; i++)
        handmade_drop(&regions[i]);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

/* Those who left are remembered, as many as there is room for. */
static void those_who_left_take_bounded_memory(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct handmade region;
    struct view view = {0};
    handmade_make(&region, 1);
    handmade_publish(&region, 0, now_ns, 5, "x");
    enum { WORKERS = 3 * WT_BOARD_AWAY };
    for (uint64_t id = 1; id <= WORKERS; id++) {
        uint8_t key[16] = {(uint8_t)id, (uint8_t)(id >> 8)};
        const struct wt_flight_owner owner = {
            .worker_id = id, .service = "web", .pid = 1, .instance = key};
        assert_true(wt_board_take_up(board, &owner, region.bytes, region.size, now_ns));
        assert_int_equal(wt_board_let_go(board, id, true, now_ns), 1);
    }
    uint8_t newest[16] = {(uint8_t)WORKERS, WORKERS >> 8}, oldest[16] = {1};
    const struct wt_flight_owner known = {
        .worker_id = 9000, .service = "web", .pid = 1, .instance = newest};
    const struct wt_flight_owner forgotten = {
        .worker_id = 9001, .service = "web", .pid = 1, .instance = oldest};
    assert_true(wt_board_take_up(board, &known, region.bytes, region.size, now_ns));
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), WORKERS);
    assert_true(wt_board_take_up(board, &forgotten, region.bytes, region.size, now_ns));
    look(&view, board, now_ns + WT_NS_PER_S);
    assert_int_equal(counted(&view), WORKERS + 1);
    handmade_drop(&region);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

static void what_was_slow_once_does_not_stay(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct handmade region;
    struct view view = {0};
    handmade_make(&region, 1);
    take_up(board, 1, "web", &region);
    handmade_publish(&region, 0, now_ns, 900, "once");
    look(&view, board, now_ns);
    look(&view, board, now_ns + WT_BOARD_PERIOD_NS);
    assert_int_equal(view.activity.slowest_count, 1); /* of the period before */
    look(&view, board, now_ns + 2 * WT_BOARD_PERIOD_NS);
    assert_int_equal(view.activity.slowest_count, 0);
    assert_int_equal(view.activity.newest_count, 1);
    handmade_drop(&region);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

static void the_dead_leave_a_black_box(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct view view = {0};
    const struct wt_flight_owner owner = {.worker_id = 7, .service = "api", .pid = 4007};
    struct handmade region;
    handmade_make(&region, 3);
    handmade_begin(&region, 1, now_ns - 9 * WT_NS_PER_S, "GET /export.csv", "c0ffee");
    for (int i = 0; i < 50; i++)
        handmade_publish(&region, 0, now_ns - 1000 + i, i, "export");
    handmade_tear(&region, 0);
    handmade_flight(&region, 2)->sequence = 5; /* it was writing this when it was killed */
    assert_true(wt_board_bury(board, &owner, region.bytes, region.size, now));
    wt_board_set_cause(board, 7, "signal 9 (Killed)");
    memset(region.bytes, 0, region.size); /* it is somebody else's by now */
    wt_board_settle(board, 7, 50);        /* all were counted while it was there */
    wt_board_settle(board, 8, 0);         /* has no box */
    look(&view, board, now_ns);
    assert_int_equal(view.activity.read_count + view.activity.lost_count, 0);
    wt_board_settle(board, 7, 48);
    look(&view, board, now_ns);
    assert_int_equal(view.activity.read_count, 2);
    assert_int_equal(view.activity.lost_count, 0);
    wt_board_settle(board, 7, 2); /* 48 more, as far as the ring holds them */
    look(&view, board, now_ns);
    assert_int_equal(view.activity.lost_count, 48 - (50 - view.activity.boxes[0].lost_count));
    assert_int_equal(view.activity.read_count + view.activity.lost_count, 50);
    assert_int_equal(view.activity.box_count, 1);
    const struct wt_worker_activity *box = &view.activity.boxes[0];
    assert_int_equal(box->worker_id, 7);
    assert_string_equal(box->service, "api");
    assert_string_equal(box->cause, "signal 9 (Killed)");
    assert_int_equal(box->gone_realtime_ns, now.realtime_ns);
    assert_int_equal(box->flight_count, 2);
    assert_string_equal(box->flights[0].label, "GET /export.csv");
    assert_int_equal(box->flights[1].what, WT_FLIGHT_IS_TORN);
    assert_int_equal(box->record_count, WT_BOX_RECORDS);
    assert_int_equal(box->records[0].what, WT_RECORD_IS_TORN);
    assert_string_equal(box->records[0].label, "");
    assert_int_equal(box->records[1].number, 50);
    assert_int_equal(box->published_count, 50);
    assert_int_equal(box->lost_count + box->records_left_out + WT_BOX_RECORDS - 1, 50);
    handmade_drop(&region);
    handmade_make(&region, 1); /* one that never did anything leaves nothing to look at */
    assert_false(wt_board_bury(board, &owner, region.bytes, region.size, now));
    handmade_drop(&region);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

static void old_boxes_make_room_and_are_counted(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct view view = {0};
    struct handmade region;
    handmade_make(&region, 1);
    handmade_publish(&region, 0, now_ns, 1, "x");
    for (uint64_t id = 1; id <= WT_ACTIVITY_BOXES + 3; id++) {
        const struct wt_flight_owner owner = {.worker_id = id, .service = "a", .pid = 1};
        assert_true(wt_board_bury(board, &owner, region.bytes, region.size, now));
    }
    look(&view, board, now_ns);
    assert_int_equal(view.activity.box_count, WT_ACTIVITY_BOXES);
    assert_int_equal(view.activity.boxes_dropped, 3);
    assert_int_equal(view.activity.boxes[0].worker_id, WT_ACTIVITY_BOXES + 3);
    handmade_drop(&region);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

/* A board that goes on from what another one kept shows each record once. */
static void a_seeded_board_goes_on(void **state) {
    (void)state;
    struct wt_board *first = wt_board_create(), *second = wt_board_create();
    struct view view = {0}, after = {0};
    const struct wt_flight_owner dead = {.worker_id = 9, .service = "jobs", .pid = 9};
    struct handmade region, other;
    handmade_make(&region, 1);
    handmade_make(&other, 1);
    handmade_publish(&other, 0, now_ns - 500, 77, "last words");
    take_up(first, 1, "web", &region);
    take_up(first, 9, "jobs", &other);
    handmade_publish(&region, 0, now_ns - 400, 40, "one");
    look(&view, first, now_ns);
    wt_board_let_go(first, 9, true, now_ns);
    wt_board_bury(first, &dead, other.bytes, other.size, now);
    look(&view, first, now_ns);
    take_up(second, 1, "web", &region);
    assert_true(wt_board_seed(second, &view.activity, now_ns));
    look(&after, second, now_ns);
    assert_int_equal(after.activity.newest_count, 2);
    assert_int_equal(after.activity.slowest_count, 2);
    assert_int_equal(after.activity.read_count, 2);
    assert_int_equal(after.activity.box_count, 1);
    assert_string_equal(after.activity.boxes[0].records[0].label, "last words");
    handmade_publish(&region, 0, now_ns + 1, 40, "two");
    look(&after, second, now_ns + 2);
    assert_int_equal(after.activity.newest_count, 3);
    assert_string_equal(after.activity.newest[0].label, "two");
    assert_int_equal(after.activity.read_count, 3);
    handmade_drop(&region);
    handmade_drop(&other);
    wt_arena_fini(&view.arena);
    wt_arena_fini(&after.arena);
    wt_board_destroy(first);
    wt_board_destroy(second);
}

/* One worker writes whatever it can; the board says what it says of the other one all the same. */
static void nonsense_touches_its_own_worker_only(void **state) {
    (void)state;
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        struct wt_board *board = wt_board_create();
        struct view view = {0};
        struct handmade good, evil;
        handmade_make(&good, 2);
        handmade_make(&evil, 4);
        handmade_begin(&good, 1, now_ns - 5, "good work", "id");
        handmade_publish(&good, 0, now_ns - 3, 2, "good record");
        handmade_begin(&evil, 1, now_ns - 7, "evil work", "id");
        handmade_publish(&evil, 0, now_ns - 4, 3, "evil record");
        take_up(board, 1, "web", &evil);
        take_up(board, 2, "web", &good);
        /* The first rounds change single words of the header and the tables, the others anything.
         */
        size_t reach = round < 1000 ? 64 + 4 * 32 + 4 * 128 : evil.size;
        for (int i = 0; i < 1 + round % 7; i++) {
            seed = seed * 1103515245 + 12345;
            size_t at = seed / 8 % (reach / 4) * 4;
            uint32_t word = round % 3 == 0 ? UINT32_MAX : seed >> (seed / 64 % 24);
            memcpy(evil.bytes + at, &word, sizeof word);
        }
        look(&view, board, now_ns);
        const struct wt_flight_info *flight = wt_activity_flight(&view.activity, 2);
        assert_non_null(flight);
        assert_string_equal(flight->label, "good work");
        bool is_there = false;
        for (size_t i = 0; i < view.activity.newest_count; i++) {
            const struct wt_record_info *record = &view.activity.newest[i];
            assert_true(record->time_ns <= now_ns && record->duration_ns >= -1);
            is_there =
                is_there || (record->worker_id == 2 && strcmp(record->label, "good record") == 0);
        }
        assert_true(is_there);
        const struct wt_flight_owner owner = {.worker_id = 1, .service = "web", .pid = 1};
        wt_board_bury(board, &owner, evil.bytes, evil.size, now);
        look(&view, board, now_ns);
        handmade_drop(&good);
        handmade_drop(&evil);
        wt_arena_fini(&view.arena);
        wt_board_destroy(board);
    }
}

static void a_flood_does_not_hold_a_look_up(void **state) {
    (void)state;
    struct wt_board *board = wt_board_create();
    struct view view = {0};
    struct handmade region;
    handmade_make(&region, 1);
    take_up(board, 1, "web", &region);
    for (int i = 0; i < 100000; i++)
        handmade_publish(&region, 0, now_ns, 1, "x");
    look(&view, board, now_ns);
    assert_true(view.activity.read_count <= region.plan.ring_count);
    assert_int_equal(view.activity.read_count + view.activity.lost_count, 100000);
    handmade_drop(&region);
    wt_arena_fini(&view.arena);
    wt_board_destroy(board);
}

static void a_region_says_why_there_is_nothing(void **state) {
    (void)state;
    struct wt_arena arena = {0};
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(&arena);
    struct wt_worker_activity activity;
    struct handmade region;
    handmade_make(&region, 1);
    struct wt_region_ask ask = {.owner = {.worker_id = 3, .service = "a", .pid = 5},
                                .region = region.bytes,
                                .bytes = region.size,
                                .problem = "it has none",
                                .now_ns = now_ns,
                                .flights = WT_FOCUS_FLIGHTS,
                                .records = WT_FOCUS_RECORDS};
    assert_true(wt_region_activity(&ask, &memory, &activity));
    assert_string_equal(activity.problem, "");
    handmade_header(&region)->version = 99;
    assert_true(wt_region_activity(&ask, &memory, &activity));
    assert_non_null(strstr(activity.problem, "newer"));
    handmade_header(&region)->version = 0;
    assert_true(wt_region_activity(&ask, &memory, &activity));
    assert_non_null(strstr(activity.problem, "not ready"));
    handmade_header(&region)->version = WT_SHARED_RECORDER_VERSION;
    handmade_header(&region)->flight_offset = 4;
    assert_true(wt_region_activity(&ask, &memory, &activity));
    assert_non_null(strstr(activity.problem, "damaged"));
    handmade_header(&region)->flight_offset = 0;
    assert_true(wt_region_activity(&ask, &memory, &activity));
    assert_non_null(strstr(activity.problem, "older"));
    ask.region = NULL;
    assert_true(wt_region_activity(&ask, &memory, &activity));
    assert_string_equal(activity.problem, "it has none");
    assert_int_equal(activity.flight_count + activity.record_count, 0);
    handmade_drop(&region);
    wt_arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_shows_its_longest),
        cmocka_unit_test(parts_make_a_whole_look),
        cmocka_unit_test(room_is_shared_between_services),
        cmocka_unit_test(the_longest_are_shown_of_many),
        cmocka_unit_test(records_come_newest_and_slowest_first_with_exact_gaps),
        cmocka_unit_test(every_number_is_read_or_lost),
        cmocka_unit_test(who_moves_is_not_read_twice),
        cmocka_unit_test(those_who_left_take_bounded_memory),
        cmocka_unit_test(what_was_slow_once_does_not_stay),
        cmocka_unit_test(the_dead_leave_a_black_box),
        cmocka_unit_test(old_boxes_make_room_and_are_counted),
        cmocka_unit_test(a_seeded_board_goes_on),
        cmocka_unit_test(nonsense_touches_its_own_worker_only),
        cmocka_unit_test(a_flood_does_not_hold_a_look_up),
        cmocka_unit_test(a_region_says_why_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
