/* A monitor that goes on where another one was killed (monitor/takeover.h): what it says, and what
 * it does with files that are broken, foreign or made by an enemy. That its totals are right:
 * test_totals_truth.c. */
#include "support/support.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "shm/directory.h"
#include "support/files.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};

struct house {
    struct wt_rig rig;
    char directory_path[160], previous[192], previous_store[192];
    struct wt_monitor *killed;
};

static char *directory_path;

static void want_directory(struct wt_monitor_options *options) {
    snprintf(directory_path, sizeof((struct house *)NULL)->directory_path, "%s.dir",
             options->store_path);
    options->directory_path = directory_path;
}

static void open_house(struct house *house) {
    directory_path = house->directory_path;
    house->killed = NULL;
    wt_rig_open(&house->rig, want_directory);
    snprintf(house->previous, sizeof house->previous, "%s.previous", house->directory_path);
    snprintf(house->previous_store, sizeof house->previous_store, "%s.previous",
             house->rig.store_path);
}

static void kill_monitor(struct house *house) {
    house->killed = house->rig.monitor;
    house->rig.monitor = NULL;
    assert_int_equal(rename(house->directory_path, house->previous), 0);
    assert_int_equal(rename(house->rig.store_path, house->previous_store), 0);
}

static void start_again(struct house *house) {
    struct wt_error err;
    house->rig.options.takes_over = true;
    if (wt_monitor_create(&house->rig.monitor, &house->rig.options, house->rig.now, &err) != WT_OK)
        fail_msg("%s", err.text);
}

static void close_house(struct house *house) {
    wt_monitor_destroy(house->killed);
    unlink(house->previous);
    unlink(house->previous_store);
    wt_rig_close(&house->rig);
}

static struct wt_fake join(struct house *house, const char *service, int64_t pid, uint64_t instance,
                           uint64_t value) {
    struct wt_fake fake = wt_fake_register(&house->rig, service, pid, instance);
    wt_fake_map(&fake);
    wt_fake_set(&fake, 0, value);
    wt_fake_answer(&fake, web);
    return fake;
}

static void assert_total(struct house *house, const char *service, int64_t value) {
    const struct wt_snapshot *snapshot = wt_rig_tick(&house->rig, second);
    wt_assert_integer(wt_find_field(snapshot, service, "requests_total")->total, value);
}

static const struct wt_snapshot *first_look(struct house *house) {
    return wt_rig_tick(&house->rig, second);
}

/* ---- what is said ---------------------------------------------------------------------------- */

static void it_says_what_it_took_over(void **state) {
    (void)state;
    struct house house;
    open_house(&house);
    pid_t child = wt_child_start();
    struct wt_fake gone = join(&house, "web", child, 1, 100), back = join(&house, "web", 1, 2, 30);
    struct wt_fake other = join(&house, "jobs", getpid(), 3, 7);
    wt_fake_leave(&gone);
    wt_child_kill(child, true);
    wt_rig_tick(&house.rig, second);
    kill_monitor(&house);
    wt_fake_set(&back, 0, 31); /* nobody looks, it counts on */
    start_again(&house);
    const struct wt_snapshot *snapshot = first_look(&house);
    char text[80];
    snprintf(text, sizeof text, "took over the totals of 2 services from monitor %d, last seen at ",
             (int)getpid());
    assert_true(wt_has_event(snapshot, WT_EVENT_RECOVERED, text));
    assert_false(wt_has_event(snapshot, WT_EVENT_TROUBLE, ""));
    wt_fake_set(&back, 0, 32);
    struct wt_fake keeper = join(&house, "web", getpid(), 9, 0);
    assert_total(&house, "web", 132);
    assert_non_null(house.rig.monitor->takeover.store);
    wt_fake_unmap(&back);
    back = join(&house, "web", 1, 2, 33);
    assert_total(&house, "web", 133);
    wt_fake_unmap(&other);
    other = join(&house, "jobs", getpid(), 3, 8);
    assert_total(&house, "jobs", 8);
    wt_rig_tick(&house.rig, second);
    assert_null(house.rig.monitor->takeover.store); /* all are back, or gone */
    wt_fake_unmap(&back);
    wt_fake_unmap(&other);
    wt_fake_unmap(&keeper);
    close_house(&house);
}

/* A store that is gone takes the last values of those who died along, and nothing else. */
static void without_the_store_there_are_still_those_who_were_gone(void **state) {
    (void)state;
    struct house house;
    open_house(&house);
    pid_t child = wt_child_start();
    struct wt_fake gone = join(&house, "web", child, 1, 100), back = join(&house, "web", 1, 2, 30);
    wt_fake_leave(&gone);
    wt_child_kill(child, true);
    wt_rig_tick(&house.rig, second);
    kill_monitor(&house);
    assert_int_equal(unlink(house.previous_store), 0);
    start_again(&house);
    assert_true(wt_has_event(first_look(&house), WT_EVENT_TROUBLE, "; not of 1 worker: "));
    wt_fake_unmap(&back);
    back = join(&house, "web", 1, 2, 33);
    assert_total(&house, "web", 133);
    wt_fake_unmap(&back);
    close_house(&house);
}

/* Of two that are away one comes back, with the segment of the other: neither counts twice. */
static void values_that_went_on_elsewhere_are_not_taken_over(void **state) {
    (void)state;
    struct house house;
    open_house(&house);
    struct wt_fake small = join(&house, "web", getpid(), 0, 5);
    struct wt_fake large = join(&house, "web", getpid(), 0, 900);
    wt_fake_leave(&small);
    wt_fake_leave(&large);
    struct wt_fake back = join(&house, "web", getpid(), 0, 901);
    assert_true(back.offer.offset == small.offer.offset);
    assert_total(&house, "web", 906);
    kill_monitor(&house);
    start_again(&house);
    wt_fake_unmap(&back);
    back = join(&house, "web", getpid(), 0, 902);
    assert_total(&house, "web", 907);
    wt_fake_unmap(&back);
    close_house(&house);
}

/* A worker that left a store that was lost has its values nowhere but in the monitor's memory. */
static void values_that_lie_nowhere_are_taken_over(void **state) {
    (void)state;
    struct house house;
    open_house(&house);
    struct wt_fake stays = join(&house, "web", getpid(), 1, 10);
    struct wt_fake leaves = join(&house, "web", getpid(), 2, 100);
    wt_rig_tick(&house.rig, second);
    assert_int_equal(unlink(house.rig.store_path), 0);
    wt_rig_tick(&house.rig, second);
    wt_fake_set(&leaves, 0, 101);
    wt_fake_leave(&leaves); /* before it moved */
    wt_fake_take_offer(&stays);
    wt_fake_set(&stays, 0, 11);
    wt_fake_answer(&stays, web);
    assert_total(&house, "web", 112);
    kill_monitor(&house);
    start_again(&house);
    wt_fake_unmap(&stays);
    stays = join(&house, "web", getpid(), 1, 12);
    assert_total(&house, "web", 113);
    leaves = join(&house, "web", getpid(), 2, 103);
    assert_total(&house, "web", 115);
    wt_fake_unmap(&stays);
    wt_fake_unmap(&leaves);
    close_house(&house);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void write_at(const char *path, off_t offset, const void *bytes, size_t length) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, length, offset), (ssize_t)length);
    close(fd);
}

static void assert_refused(void (*spoil)(struct house *house), const char *why) {
    struct house house;
    open_house(&house);
    struct wt_fake worker = join(&house, "web", getpid(), 1, 100);
    wt_rig_tick(&house.rig, second);
    kill_monitor(&house);
    spoil(&house);
    start_again(&house);
    const struct wt_snapshot *snapshot = first_look(&house);
    if (why != NULL) {
        assert_true(wt_has_event(snapshot, WT_EVENT_TROUBLE, "could not take over the totals: "));
        assert_true(wt_has_event(snapshot, WT_EVENT_TROUBLE, why));
    }
    assert_int_equal(wt_count_events(snapshot, WT_EVENT_TROUBLE), why != NULL);
    wt_fake_unmap(&worker);
    worker = join(&house, "web", getpid(), 2, 5); /* another one: nothing is known of the first */
    assert_total(&house, "web", 5);
    wt_fake_unmap(&worker);
    close_house(&house);
}

static void other_boot(struct house *house) {
    write_at(house->previous, offsetof(struct wt_shared_directory_header, boot_id),
             "another boot id!", 16);
}

static void newer_version(struct house *house) {
    write_at(house->previous, offsetof(struct wt_shared_directory_header, version), &(uint32_t){99},
             4);
}

static void no_directory(struct house *house) {
    test_write_file(house->previous, "somebody's notes, which are long enough to be looked at");
}

static void removed(struct house *house) {
    assert_int_equal(unlink(house->previous), 0);
}

static void cut(struct house *house) {
    assert_int_equal(truncate(house->previous, 8192), 0);
}

static void left_by_itself(struct house *house) {
    write_at(house->previous, offsetof(struct wt_shared_directory_header, state),
             &(uint64_t){WT_DIRECTORY_CLOSED}, 8);
}

static void a_file_that_is_none_is_refused_and_said(void **state) {
    (void)state;
    assert_refused(other_boot, "is of before the last boot");
    assert_refused(newer_version, "newer version");
    assert_refused(no_directory, "is broken");
    assert_refused(removed, "No such file");
    assert_refused(cut, "is broken");
    assert_refused(left_by_itself, NULL);
}

/* ---- an enemy -------------------------------------------------------------------------------- */

/* Makes the directory file of an enemy, through the writer's own verbs. */
static struct wt_directory *make_evil(struct house *house) {
    struct wt_directory *directory;
    struct wt_shared_store_record store;
    struct wt_directory_view *view;
    assert_int_equal(wt_directory_view_open(&view, house->previous, NULL), WT_OK);
    assert_int_equal(wt_directory_view_store(view, 0, &store), WT_OK);
    wt_directory_view_close(view);
    const struct wt_directory_options options = {.path = house->previous,
                                                 .mode = 0600,
                                                 .gid = (gid_t)-1,
                                                 .interval_ns = second,
                                                 .segments = {64},
                                                 .schema_bytes = 4096,
                                                 .services = 2000,
                                                 .retired = 2000,
                                                 .pending = 100,
                                                 .bank_bytes = 4096};
    assert_int_equal(wt_directory_create(&directory, &options, NULL), WT_OK);
    assert_int_equal(wt_directory_put_store(directory, 0, &store), WT_OK);
    return directory;
}

static void put_evil_records(struct wt_directory *directory) {
    struct wt_shared_service_record service = {.retired_workers = UINT64_MAX};
    struct wt_shared_retired_record retired = {.service = 1, .key = "requests_total"};
    const uint64_t halves[][2] = {{UINT64_MAX, INT64_MAX}, {0, UINT64_C(1) << 63}, {5, 0}};
    const double reals[] = {1e308, 1e308, (double)INFINITY, (double)NAN};
    uint64_t at = 0;
    memcpy(service.name, "we\033[31mb", 8);
    assert_int_equal(wt_directory_put_service(directory, 1, &service), WT_OK);
    for (uint32_t i = 2; i <= 2000; i++) {
        snprintf(service.name, sizeof service.name, "service-%u", i);
        assert_int_equal(wt_directory_put_service(directory, i, &service), WT_OK);
    }
    for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++) {
        retired.low = halves[i][0];
        retired.high = halves[i][1];
        assert_int_equal(wt_directory_put_retired(directory, at++, &retired), WT_OK);
    }
    retired.is_real = 1;
    snprintf(retired.key, sizeof retired.key, "seconds_total");
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        memcpy(&retired.real, &reals[i], sizeof reals[i]);
        assert_int_equal(wt_directory_put_retired(directory, at++, &retired), WT_OK);
    }
    memset(retired.key, 'x', sizeof retired.key); /* without an end */
    for (uint32_t i = 0; i < 1900; i++) {
        retired.service = i * 7919;
        assert_int_equal(wt_directory_put_retired(directory, at++, &retired), WT_OK);
    }
}

static void put_evil_workers(struct wt_directory *directory) {
    uint32_t number;
    assert_int_equal(wt_directory_add_schema(directory, "no schema at all", 16, &number), WT_OK);
    for (uint64_t i = 0; i < 64; i++) {
        struct wt_shared_segment_record segment = {.worker_id = i,
                                                   .pid = (int64_t)(i * UINT64_C(0x9e3779b97f4a7c)),
                                                   .start_ticks = i,
                                                   .generation = 1,
                                                   .schema = (uint32_t)i,
                                                   .service = (uint32_t)i,
                                                   .state = (uint8_t)(i % 5),
                                                   .has_instance = (uint8_t)(i % 3)};
        assert_int_equal(wt_directory_put_segment(directory, 0, i, &segment), WT_OK);
        struct wt_shared_pending_record pending = {.worker = i / 3,
                                                   .pid = -1,
                                                   .schema = (uint32_t)(i % 2),
                                                   .service = 1,
                                                   .field = (uint32_t)(i * i * i),
                                                   .has_instance = (uint32_t)(i % 3),
                                                   .bits = UINT64_MAX};
        assert_int_equal(wt_directory_put_pending(directory, i, &pending), WT_OK);
    }
}

static void what_an_enemy_wrote_is_bounded_and_cleaned(void **state) {
    (void)state;
    struct house house;
    open_house(&house);
    struct wt_fake worker = join(&house, "web", getpid(), 1, 100);
    wt_rig_tick(&house.rig, second);
    kill_monitor(&house);
    struct wt_directory *directory = make_evil(&house);
    put_evil_records(directory);
    put_evil_workers(directory);
    wt_directory_close(directory, WT_DIRECTORY_RUNNING);
    start_again(&house);
    assert_true(
        wt_has_event(first_look(&house), WT_EVENT_TROUBLE, "damaged records were left out"));
    const struct wt_totals *totals = &house.rig.monitor->totals;
    assert_true(totals->count <= WT_TOTALS_IDLE);
    bool found = false;
    for (size_t i = 0; i < totals->count; i++) {
        for (const char *at = totals->items[i]->name; *at != '\0'; at++)
            assert_true((unsigned char)*at >= ' ');
        for (size_t f = 0; f < totals->items[i]->field_count; f++) {
            const struct wt_total_field *field = &totals->items[i]->fields[f];
            assert_true(strlen(field->key) <= WT_SCHEMA_MAX_KEY_BYTES);
            if (strcmp(field->key, "requests_total") == 0) {
                wt_assert_integer(field->retired, 5); /* the one that can be */
                found = true;
            }
            if (strcmp(field->key, "seconds_total") == 0)
                assert_true(field->retired.real == 1e308); /* no sum that is infinite */
        }
    }
    assert_true(found);
    wt_fake_unmap(&worker);
    close_house(&house);
}

/* Any byte of the file may be any other: whatever comes of it, the monitor starts and looks. */
static void no_byte_of_the_file_keeps_a_monitor_from_starting(void **state) {
    (void)state;
    enum { ROUNDS = 120 };
    struct house house;
    open_house(&house);
    struct wt_fake workers[6];
    pid_t child = wt_child_start();
    for (uint64_t i = 0; i < 6; i++)
        workers[i] = join(&house, i % 2 == 0 ? "web" : "jobs", child, i, 1000 * i);
    wt_fake_leave(&workers[0]);
    wt_fake_leave(&workers[1]);
    wt_rig_tick(&house.rig, second);
    kill_monitor(&house);
    struct stat st;
    assert_int_equal(stat(house.previous, &st), 0);
    unsigned char *good = malloc((size_t)st.st_size);
    int fd = open(house.previous, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, good, (size_t)st.st_size, 0), st.st_size);
    uint32_t random = 7;
    for (int round = 0; round < ROUNDS; round++) {
        /* The records lie at the front; the banks, which nobody reads here, are most of the file.
         */
        assert_int_equal(pwrite(fd, good, (size_t)st.st_size, 0), st.st_size);
        for (int i = 0; i < 1 + round * 4; i++) {
            random = random * 1664525 + 1013904223;
            unsigned char byte = (unsigned char)(random >> 24);
            off_t range = round % 3 == 0 ? 2048 : st.st_size < 90000 ? st.st_size : 90000;
            off_t at = (off_t)(random >> 4) % range;
            if (round % 2 == 0 && at >= 4096)
                at = 1400 + at % 12000; /* stores and segments */
            if (at < 16)
                continue; /* magic and version: refused at once */
            assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        }
        start_again(&house);
        first_look(&house);
        first_look(&house);
        wt_monitor_destroy(house.rig.monitor);
    }
    close(fd);
    free(good);
    wt_child_kill(child, true);
    for (int i = 2; i < 6; i++)
        wt_fake_unmap(&workers[i]);
    start_again(&house);
    close_house(&house);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_it_took_over),
        cmocka_unit_test(without_the_store_there_are_still_those_who_were_gone),
        cmocka_unit_test(values_that_went_on_elsewhere_are_not_taken_over),
        cmocka_unit_test(values_that_lie_nowhere_are_taken_over),
        cmocka_unit_test(a_file_that_is_none_is_refused_and_said),
        cmocka_unit_test(what_an_enemy_wrote_is_bounded_and_cleaned),
        cmocka_unit_test(no_byte_of_the_file_keeps_a_monitor_from_starting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
