/* The words of a worktop, moved between real files while threads write them. */
#include "support/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/cells.h"

#if defined(WT_SANITIZE_THREAD) || defined(WT_SANITIZE_ADDRESS)
enum { STORM_SWITCHES = 1000 };
#else
enum { STORM_SWITCHES = 3000 };
#endif

enum { SEGMENT = 512, STORE_BYTES = 64 * SEGMENT, ADDERS = 4 };

static const struct worktop_field fields[] = {
    {"requests_total", WORKTOP_U64, WORKTOP_ADD}, {"balance", WORKTOP_S64, WORKTOP_ADD},
    {"seconds_total", WORKTOP_F64, WORKTOP_ADD},  {"loops_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
    {"queue_length", WORKTOP_U64, WORKTOP_SET},
};
enum { REQUESTS, BALANCE, SECONDS, LOOPS, QUEUE, FIELDS };

struct place {
    char directory[64];
    char path[96];
    int fd;
    struct wt_cells cells;
};

static int make_store(const char *path, off_t bytes) {
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, bytes), 0);
    return fd;
}

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->directory, "/tmp/wt-cells-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/store", place->directory);
    place->fd = make_store(place->path, STORE_BYTES);
    assert_int_equal(wt_cells_init(&place->cells, fields, FIELDS, NULL), WT_OK);
    *state = place;
    return 0;
}

/* cmocka handles SIGBUS anew for every test and fixture: so each has to ask again. */
static void guard(void) {
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
}

static int tear_down(void **state) {
    struct place *place = *state;
    guard();
    wt_cells_fini(&place->cells);
    free(place->cells.cells);
    close(place->fd);
    unlink(place->path);
    rmdir(place->directory);
    free(place);
    return 0;
}

/* What a monitor sees in the file. */
static uint64_t published(const struct place *place, uint64_t offset, int field) {
    uint64_t value;
    assert_int_equal(
        pread(place->fd, &value, sizeof value, (off_t)(offset + (uint64_t)field * sizeof value)),
        sizeof value);
    return value;
}

static struct worktop_handle *handle_of(struct place *place, int field) {
    return &place->cells.cells[field].handle;
}

static void attach(struct place *place, uint64_t offset) {
    guard();
    struct wt_error err;
    if (wt_cells_attach(&place->cells, place->path, SEGMENT, offset, &err) != WT_OK)
        fail_msg("attach: %s", err.text);
}

static void values_follow_from_home_to_segment_to_segment(void **state) {
    struct place *place = *state;
    worktop_add(handle_of(place, REQUESTS), 10);
    worktop_add_s64(handle_of(place, BALANCE), -3);
    worktop_add_f64(handle_of(place, SECONDS), 1.25);
    worktop_own_add(handle_of(place, LOOPS), 7);
    worktop_set(handle_of(place, QUEUE), 42);
    assert_false(wt_cells_has_segment(&place->cells));

    attach(place, 3 * SEGMENT);
    assert_true(wt_cells_has_segment(&place->cells));
    worktop_add(handle_of(place, REQUESTS), 1);
    assert_int_equal(published(place, 3 * SEGMENT, REQUESTS), 11);
    assert_int_equal((int64_t)published(place, 3 * SEGMENT, BALANCE), -3);
    assert_true(worktop_f64_value(published(place, 3 * SEGMENT, SECONDS)) == 1.25);
    assert_int_equal(published(place, 3 * SEGMENT, LOOPS), 7);
    assert_int_equal(published(place, 3 * SEGMENT, QUEUE), 42);

    attach(place, 9 * SEGMENT);
    worktop_add(handle_of(place, REQUESTS), 100);
    worktop_own_add(handle_of(place, LOOPS), 1);
    assert_int_equal(published(place, 9 * SEGMENT, REQUESTS), 111);
    assert_int_equal(published(place, 9 * SEGMENT, LOOPS), 8);
    assert_int_equal(published(place, 3 * SEGMENT, REQUESTS), 11); /* left alone from then on */
    assert_int_equal(place->cells.switches, 2);
}

/* A thread that slept through the switch writes where the words were. */
static void late_writes_are_found_and_never_reach_the_old_segment(void **state) {
    struct place *place = *state;
    uint64_t *at_home = worktop_cell(handle_of(place, REQUESTS));
    attach(place, 0);
    uint64_t *first = worktop_cell(handle_of(place, REQUESTS));
    uint64_t *first_seconds = worktop_cell(handle_of(place, SECONDS));
    uint64_t *first_loops = worktop_cell(handle_of(place, LOOPS));
    attach(place, SEGMENT);

    __atomic_fetch_add(at_home, 5, __ATOMIC_RELAXED);
    __atomic_fetch_add(first, 6, __ATOMIC_RELAXED);
    struct worktop_handle late = {.cell = (uintptr_t)first_seconds};
    worktop_add_f64(&late, 0.5);
    /* A one-writer add whose private half is done and whose public half comes late. */
    __atomic_store_n(&handle_of(place, LOOPS)->own, 9, __ATOMIC_RELAXED);
    __atomic_store_n(first_loops, 9, __ATOMIC_RELEASE);
    assert_int_equal(published(place, 0, REQUESTS), 0);

    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(published(place, SEGMENT, REQUESTS), 11);
    assert_true(worktop_f64_value(published(place, SEGMENT, SECONDS)) == 0.5);
    assert_int_equal(published(place, SEGMENT, LOOPS), 9);
    assert_false(wt_cells_heartbeat(&place->cells)); /* a debt is paid once */
    assert_int_equal(published(place, SEGMENT, REQUESTS), 11);
    assert_int_equal(published(place, 0, REQUESTS), 0);
    assert_int_equal(published(place, 0, LOOPS), 0);
}

static void the_same_place_again_moves_nothing(void **state) {
    struct place *place = *state;
    attach(place, SEGMENT);
    worktop_add(handle_of(place, REQUESTS), 3);
    uint64_t *word = worktop_cell(handle_of(place, REQUESTS));
    attach(place, SEGMENT);
    assert_ptr_equal(worktop_cell(handle_of(place, REQUESTS)), word);
    assert_int_equal(place->cells.switches, 1);
    assert_int_equal(published(place, SEGMENT, REQUESTS), 3);

    /* The same name and offset, but another file: that is another place. */
    assert_int_equal(unlink(place->path), 0);
    close(place->fd);
    place->fd = make_store(place->path, STORE_BYTES);
    attach(place, SEGMENT);
    assert_int_equal(place->cells.switches, 2);
    assert_int_equal(published(place, SEGMENT, REQUESTS), 3);
}

static void a_refused_offer_changes_nothing(void **state) {
    struct place *place = *state;
    attach(place, 0);
    worktop_add(handle_of(place, REQUESTS), 3);
    struct wt_error err;
    struct wt_cells *cells = &place->cells;
    assert_int_equal(wt_cells_attach(cells, place->path, FIELDS * 8 - 8, SEGMENT, &err), WT_ERANGE);
    assert_string_equal(err.text,
                        "a segment of 32 bytes is too small for 5 fields: start the monitor with "
                        "--segment-size 40 or more");
    assert_int_equal(wt_cells_attach(cells, place->path, SEGMENT, STORE_BYTES, &err), WT_ERANGE);
    assert_int_equal(wt_cells_attach(cells, place->path, SEGMENT, UINT64_MAX - 7, &err), WT_ERANGE);
    assert_int_equal(wt_cells_attach(cells, place->path, SEGMENT, 12, &err), WT_EINVAL);
    assert_int_equal(wt_cells_attach(cells, "/nonexistent/store", SEGMENT, 0, &err), WT_ENOENT);
    assert_int_equal(wt_cells_attach(cells, place->directory, SEGMENT, 0, &err), WT_ESYS);
    assert_int_equal(wt_cells_attach(cells, "/dev/null", SEGMENT, 0, &err), WT_EINVAL);
    assert_true(wt_cells_has_segment(cells));
    worktop_add(handle_of(place, REQUESTS), 4);
    assert_int_equal(published(place, 0, REQUESTS), 7);
    assert_int_equal(cells->switches, 1);
}

/* At most what was added since the last checkpoint is lost, and only by shared adds. */
static void a_truncated_file_costs_at_most_the_adds_since_the_checkpoint(void **state) {
    struct place *place = *state;
    attach(place, 2 * SEGMENT);
    worktop_add(handle_of(place, REQUESTS), 100);
    worktop_add_f64(handle_of(place, SECONDS), 2.5);
    worktop_own_add(handle_of(place, LOOPS), 50);
    worktop_set(handle_of(place, QUEUE), 4);
    assert_false(wt_cells_heartbeat(&place->cells));

    worktop_add(handle_of(place, REQUESTS), 5);
    worktop_own_add(handle_of(place, LOOPS), 5);
    assert_int_equal(ftruncate(place->fd, 0), 0);
    worktop_add(handle_of(place, REQUESTS), 7);
    worktop_own_add(handle_of(place, LOOPS), 1);

    assert_true(wt_cells_heartbeat(&place->cells));
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(place->cells.truncations, 1);
    assert_false(wt_cells_has_segment(&place->cells));
    worktop_add(handle_of(place, REQUESTS), 1000);

    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 5 * SEGMENT);
    assert_int_equal(published(place, 5 * SEGMENT, REQUESTS), 1107);
    assert_true(worktop_f64_value(published(place, 5 * SEGMENT, SECONDS)) == 2.5);
    assert_int_equal(published(place, 5 * SEGMENT, LOOPS), 56);
    assert_int_equal(published(place, 5 * SEGMENT, QUEUE), 4);
    assert_int_equal(published(place, 2 * SEGMENT, REQUESTS), 0);
}

/* A cut within our page faults nowhere: the kernel makes zeros of what lies behind it. */
static void a_file_cut_within_our_page_costs_no_more(void **state) {
    struct place *place = *state;
    attach(place, 0);
    worktop_add(handle_of(place, REQUESTS), 100);
    worktop_add_f64(handle_of(place, SECONDS), 2.5);
    worktop_own_add(handle_of(place, LOOPS), 50);
    assert_false(wt_cells_heartbeat(&place->cells));
    worktop_add(handle_of(place, REQUESTS), 5);
    worktop_add_f64(handle_of(place, SECONDS), 0.125); /* lost */
    assert_int_equal(ftruncate(place->fd, 12), 0);     /* behind REQUESTS */
    worktop_add(handle_of(place, REQUESTS), 7);
    worktop_add_f64(handle_of(place, SECONDS), 0.25);
    worktop_own_add(handle_of(place, LOOPS), 1);
    assert_true(wt_cells_heartbeat(&place->cells));
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(place->cells.truncations, 1);
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 5 * SEGMENT);
    assert_int_equal(published(place, 5 * SEGMENT, REQUESTS), 112);
    assert_true(worktop_f64_value(published(place, 5 * SEGMENT, SECONDS)) == 2.75);
    assert_int_equal(published(place, 5 * SEGMENT, LOOPS), 51);
}

/* Cut and made as long again before anybody looked: nothing faults, and the size is right. */
static void a_file_cut_and_made_long_again_costs_no_more(void **state) {
    struct place *place = *state;
    attach(place, 2 * SEGMENT);
    worktop_add(handle_of(place, REQUESTS), 100);
    worktop_own_add(handle_of(place, LOOPS), 50);
    worktop_set(handle_of(place, QUEUE), 4);
    assert_false(wt_cells_heartbeat(&place->cells));
    worktop_add(handle_of(place, REQUESTS), 5); /* lost */
    assert_int_equal(ftruncate(place->fd, 0), 0);
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    worktop_add(handle_of(place, REQUESTS), 7);
    worktop_own_add(handle_of(place, LOOPS), 1);
    assert_true(wt_cells_heartbeat(&place->cells));
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(place->cells.truncations, 1);
    attach(place, 5 * SEGMENT);
    assert_int_equal(published(place, 5 * SEGMENT, REQUESTS), 107);
    assert_int_equal(published(place, 5 * SEGMENT, LOOPS), 51);
    assert_int_equal(published(place, 5 * SEGMENT, QUEUE), 4);

    /* In the very switch, too, and through a cut behind the words of another one. */
    worktop_add(handle_of(place, REQUESTS), 1);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, 6 * SEGMENT), 0);
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, 0), 0);
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 7 * SEGMENT);
    assert_int_equal(published(place, 7 * SEGMENT, REQUESTS), 108);
    assert_int_equal(place->cells.truncations, 2);
}

/* A file that ends behind our words, and one that became longer, are none of our business. */
static void a_file_cut_behind_our_words_is_left_alone(void **state) {
    struct place *place = *state;
    attach(place, 0);
    worktop_add(handle_of(place, REQUESTS), 100);
    assert_int_equal(ftruncate(place->fd, FIELDS * 8), 0);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, 2 * STORE_BYTES), 0);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(place->cells.truncations, 0);
    assert_int_equal(published(place, 0, REQUESTS), 100);
}

/* The truncation is noticed in the very switch to the next segment, too. */
static void a_switch_away_from_a_truncated_file_keeps_the_checkpoint(void **state) {
    struct place *place = *state;
    char other[128];
    snprintf(other, sizeof other, "%s/other", place->directory);
    attach(place, 0);
    worktop_add(handle_of(place, REQUESTS), 100);
    worktop_own_add(handle_of(place, LOOPS), 3);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, 0), 0);

    int fd = make_store(other, STORE_BYTES);
    struct wt_error err;
    assert_int_equal(wt_cells_attach(&place->cells, other, SEGMENT, 0, &err), WT_OK);
    uint64_t values[FIELDS];
    assert_int_equal(pread(fd, values, sizeof values, 0), sizeof values);
    assert_int_equal(values[REQUESTS], 100);
    assert_int_equal(values[LOOPS], 3);
    assert_int_equal(place->cells.truncations, 1);
    close(fd);
    unlink(other);
}

/* The kernel takes private copies away with the file's pages: what was drained stays counted. */
static void a_retired_page_that_is_truncated_takes_nothing_back(void **state) {
    struct place *place = *state;
    char other[128];
    snprintf(other, sizeof other, "%s/other", place->directory);
    int fd = make_store(other, STORE_BYTES);
    attach(place, 0);
    worktop_add(handle_of(place, REQUESTS), 100);
    uint64_t *old = worktop_cell(handle_of(place, REQUESTS));
    assert_int_equal(wt_cells_attach(&place->cells, other, SEGMENT, 0, NULL), WT_OK);
    __atomic_fetch_add(old, 1, __ATOMIC_RELAXED);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, 0), 0);
    assert_false(wt_cells_heartbeat(&place->cells));
    __atomic_fetch_add(old, 1, __ATOMIC_RELAXED); /* lost, and harmless */
    assert_false(wt_cells_heartbeat(&place->cells));
    uint64_t value;
    assert_int_equal(pread(fd, &value, sizeof value, 0), sizeof value);
    assert_int_equal(value, 101);
    assert_int_equal(place->cells.truncations, 0);
    close(fd);
    unlink(other);
}

/* Segments need not be a power of two: words on both sides of a page, one side truncated. */
static void words_on_two_pages_survive_the_loss_of_one(void **state) {
    struct place *place = *state;
    guard();
    uint64_t page = wt_page_bytes();
    uint64_t offset = page - 16; /* two words before the boundary, three behind it */
    assert_int_equal(wt_cells_attach(&place->cells, place->path, 40, offset, NULL), WT_OK);
    worktop_add(handle_of(place, REQUESTS), 10);
    worktop_add_f64(handle_of(place, SECONDS), 4.0);
    worktop_own_set(handle_of(place, LOOPS), 5);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, (off_t)page), 0);
    worktop_add(handle_of(place, REQUESTS), 1);
    assert_true(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 4 * page);
    assert_int_equal(published(place, 4 * page, REQUESTS), 11); /* its page never broke */
    assert_true(worktop_f64_value(published(place, 4 * page, SECONDS)) == 4.0);
    assert_int_equal(published(place, 4 * page, LOOPS), 5);
}

static void a_reset_starts_from_nothing(void **state) {
    struct place *place = *state;
    attach(place, 0);
    for (int i = 0; i < FIELDS; i++)
        worktop_add(handle_of(place, i), 9);
    assert_int_equal(wt_cells_reset(&place->cells, NULL), WT_OK);
    assert_false(wt_cells_has_segment(&place->cells));
    attach(place, SEGMENT);
    for (int i = 0; i < FIELDS; i++)
        assert_int_equal(published(place, SEGMENT, i), 0);
    worktop_add(handle_of(place, REQUESTS), 2);
    assert_int_equal(published(place, SEGMENT, REQUESTS), 2);
    assert_int_equal(published(place, 0, REQUESTS), 9);
}

/* ---- The storm ---- */

struct storm {
    struct place *place;
    bool stop;       /* atomic */
    uint64_t offset; /* atomic; of the segment that was taken up last: a monitor reads it */
    uint64_t adds[ADDERS + 1]; /* by thread; the last one is the single writer's */
    uint64_t falls;            /* how often the watcher saw the published one-writer value fall */
    uint64_t looks;
};

struct adder {
    struct storm *storm;
    int index;
};

static bool is_over(struct storm *storm) {
    return __atomic_load_n(&storm->stop, __ATOMIC_RELAXED);
}

static void *add_all_the_time(void *argument) {
    struct adder *adder = argument;
    struct place *place = adder->storm->place;
    uint64_t adds = 0;
    while (!is_over(adder->storm)) {
        worktop_add(handle_of(place, REQUESTS), 1);
        worktop_add_s64(handle_of(place, BALANCE), adds % 3 == 0 ? -2 : 1);
        worktop_add_f64(handle_of(place, SECONDS), 1.0); /* exact below 2^53 */
        adds++;
        if (adds % 1024 == 0)
            sched_yield();
    }
    adder->storm->adds[adder->index] = adds;
    return NULL;
}

static void *write_alone(void *argument) {
    struct storm *storm = argument;
    uint64_t adds = 0;
    while (!is_over(storm)) {
        worktop_own_add(handle_of(storm->place, LOOPS), 1);
        worktop_set(handle_of(storm->place, QUEUE), adds);
        adds++;
        if (adds % 1024 == 0)
            sched_yield();
    }
    storm->adds[ADDERS] = adds;
    return NULL;
}

/* Looks as a monitor does: into the file, at the segment whose setup was answered. (Through the
 * handle one could see a late store to a page that was left, before the switch is complete.) */
static void *watch_for_falls(void *argument) {
    struct storm *storm = argument;
    uint64_t last = 0;
    while (!is_over(storm)) {
        uint64_t value = 0;
        uint64_t offset = __atomic_load_n(&storm->offset, __ATOMIC_ACQUIRE);
        off_t at = (off_t)(offset + LOOPS * sizeof value);
        if (pread(storm->place->fd, &value, sizeof value, at) != sizeof value)
            value = 0;
        if (__atomic_load_n(&storm->offset, __ATOMIC_ACQUIRE) != offset)
            continue; /* it was left meanwhile */
        storm->falls += value < last;
        storm->looks++;
        last = value;
        if (storm->looks % 64 == 0)
            sched_yield();
    }
    return NULL;
}

static void no_add_is_lost_in_thousands_of_switches(void **state) {
    struct place *place = *state;
    struct storm storm = {.place = place};
    struct adder adders[ADDERS];
    pthread_t threads[ADDERS + 2];
    attach(place, 0);
    for (int i = 0; i < ADDERS; i++) {
        adders[i] = (struct adder){.storm = &storm, .index = i};
        assert_int_equal(pthread_create(&threads[i], NULL, add_all_the_time, &adders[i]), 0);
    }
    assert_int_equal(pthread_create(&threads[ADDERS], NULL, write_alone, &storm), 0);
    assert_int_equal(pthread_create(&threads[ADDERS + 1], NULL, watch_for_falls, &storm), 0);

    int64_t end_ns = wt_clock_now().monotonic_ns + 2 * WT_NS_PER_S;
    uint64_t offset = 0;
    int switches = 1;
    for (; switches < STORM_SWITCHES && wt_clock_now().monotonic_ns < end_ns; switches++) {
        offset = (uint64_t)(switches % 64) * SEGMENT;
        attach(place, offset);
        __atomic_store_n(&storm.offset, offset, __ATOMIC_RELEASE);
        if (switches % 16 == 0) {
            assert_false(wt_cells_heartbeat(&place->cells));
            sched_yield();
        }
    }
    __atomic_store_n(&storm.stop, true, __ATOMIC_RELAXED);
    for (int i = 0; i < ADDERS + 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_false(wt_cells_heartbeat(&place->cells));

    uint64_t adds = 0;
    int64_t balance = 0;
    for (int i = 0; i < ADDERS; i++) {
        adds += storm.adds[i];
        balance += (int64_t)storm.adds[i] - 3 * (int64_t)((storm.adds[i] + 2) / 3);
    }
    assert_true(switches > 100);
    assert_int_equal(place->cells.switches, switches);
    assert_true(adds > 0 && storm.adds[ADDERS] > 0 && storm.looks > 0);
    assert_int_equal(published(place, offset, REQUESTS), adds);
    assert_int_equal((int64_t)published(place, offset, BALANCE), balance);
    assert_true(worktop_f64_value(published(place, offset, SECONDS)) == (double)adds);
    assert_int_equal(published(place, offset, LOOPS), storm.adds[ADDERS]);
    assert_int_equal(published(place, offset, QUEUE), storm.adds[ADDERS] - 1);
    assert_int_equal(storm.falls, 0);
    print_message("%d switches, %llu shared adds, %llu own adds\n", switches,
                  (unsigned long long)adds, (unsigned long long)storm.adds[ADDERS]);
}

/* ---- Repair against its writer ---- */

struct duel {
    struct place *place;
    bool stop; /* atomic */
    uint64_t adds;
    uint64_t falls;
};

/* Only this thread and the repair write the word, and the repair may only bring it up to date. */
static void *add_and_look_back(void *argument) {
    struct duel *duel = argument;
    struct worktop_handle *loops = handle_of(duel->place, LOOPS);
    while (!__atomic_load_n(&duel->stop, __ATOMIC_RELAXED)) {
        worktop_own_add(loops, 1);
        duel->adds++;
        for (int i = 0; i < 4; i++)
            duel->falls += __atomic_load_n(worktop_cell(loops), __ATOMIC_ACQUIRE) != duel->adds;
    }
    return NULL;
}

static void a_repair_never_undoes_what_was_published(void **state) {
    struct place *place = *state;
    attach(place, 0);
    struct duel duel = {.place = place};
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, add_and_look_back, &duel), 0);
    int64_t end_ns = wt_clock_now().monotonic_ns + 200 * WT_NS_PER_MS;
    while (wt_clock_now().monotonic_ns < end_ns)
        for (int i = 0; i < 1000; i++)
            assert_false(wt_cells_heartbeat(&place->cells));
    __atomic_store_n(&duel.stop, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(duel.falls, 0);
    assert_int_equal(published(place, 0, LOOPS), duel.adds);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(values_follow_from_home_to_segment_to_segment),
        TEST(late_writes_are_found_and_never_reach_the_old_segment),
        TEST(the_same_place_again_moves_nothing),
        TEST(a_refused_offer_changes_nothing),
        TEST(a_truncated_file_costs_at_most_the_adds_since_the_checkpoint),
        TEST(a_file_cut_within_our_page_costs_no_more),
        TEST(a_file_cut_and_made_long_again_costs_no_more),
        TEST(a_file_cut_behind_our_words_is_left_alone),
        TEST(a_switch_away_from_a_truncated_file_keeps_the_checkpoint),
        TEST(a_retired_page_that_is_truncated_takes_nothing_back),
        TEST(words_on_two_pages_survive_the_loss_of_one),
        TEST(a_reset_starts_from_nothing),
        TEST(a_repair_never_undoes_what_was_published),
        TEST(no_add_is_lost_in_thousands_of_switches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
