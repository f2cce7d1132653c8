/* Groups of fields that agree, moved between real files while their writer is anywhere in them. */
#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/groups.h"
#include "client/internal.h"
#include "schema/codec.h"

#if defined(WT_SANITIZE_THREAD) || defined(WT_SANITIZE_ADDRESS)
enum { STORM_SWITCHES = 500 };
#else
enum { STORM_SWITCHES = 1500 };
#endif

enum { SEGMENT = 512, SEGMENTS = 64, STORE_BYTES = SEGMENTS * SEGMENT };

static const struct worktop_field fields[] = {
    {"alone_total", WORKTOP_U64, WORKTOP_ADD},      {"one", WORKTOP_U64, WORKTOP_GROUP(3)},
    {"up", WORKTOP_S64, WORKTOP_GROUP(16)},         {"two", WORKTOP_U64, WORKTOP_GROUP(3)},
    {"own_total", WORKTOP_U64, WORKTOP_ONE_WRITER}, {"three", WORKTOP_F64, WORKTOP_GROUP(3)},
    {"down", WORKTOP_S64, WORKTOP_GROUP(16)},
};
enum { ALONE, ONE, UP, TWO, OWN, THREE, DOWN, FIELDS };
enum { FIRST_AT = 8 * FIELDS, SECOND_AT = FIRST_AT + 8 }; /* sequence words of groups 3 and 16 */

struct place {
    char directory[64];
    char path[96];
    int fd;
    unsigned char *map; /* of the file: what a monitor sees */
    struct wt_cells cells;
    struct wt_schema *schema;
};

/* The schema as a monitor understands it. */
static struct wt_schema *make_schema(void) {
    static const char *const types[] = {"u64", "s64", "f64"};
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    assert_non_null(builder);
    for (int i = 0; i < FIELDS; i++) {
        unsigned number = wt_groups_of_form(fields[i].form);
        unsigned char hints[] = {0x81, 0xc7, 5,   0x20, 'g',
                                 'r',  'o',  'u', 'p',  number == 3 ? FIRST_AT : SECOND_AT};
        wt_schema_builder_add(builder, fields[i].key, strlen(fields[i].key), types[fields[i].type],
                              3, 8 * i, number != 0 ? hints : NULL, number != 0 ? sizeof hints : 0);
    }
    struct wt_schema *schema;
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    assert_int_equal(schema->problem_count, 0);
    assert_int_equal(schema->group_count, 2);
    return schema;
}

static int set_up(void **state) {
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->directory, "/tmp/wt-groups-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/store", place->directory);
    place->fd = open(place->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(place->fd >= 0);
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    place->map = mmap(NULL, STORE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, place->fd, 0);
    assert_true(place->map != MAP_FAILED);
    assert_int_equal(wt_cells_init(&place->cells, fields, FIELDS, NULL), WT_OK);
    place->schema = make_schema();
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
    wt_schema_unref(place->schema);
    munmap(place->map, STORE_BYTES);
    close(place->fd);
    unlink(place->path);
    rmdir(place->directory);
    free(place);
    return 0;
}

static struct worktop_handle *handle_of(struct place *place, int field) {
    return &place->cells.cells[field].handle;
}

static struct worktop_group *group_of(struct place *place, uint32_t number) {
    struct wt_cell_group *group = wt_groups_find(&place->cells, number);
    assert_non_null(group);
    return &group->handle;
}

static void attach(struct place *place, uint64_t segment) {
    guard();
    struct wt_error err;
    if (wt_cells_attach(&place->cells, place->path, SEGMENT, segment * SEGMENT, &err) != WT_OK)
        fail_msg("attach: %s", err.text);
}

/* The three fields of group 3 step by step: i, 2 i, 3 i. */
static void first_half(struct place *place) {
    worktop_group_begin(group_of(place, 3));
    worktop_own_add(handle_of(place, ONE), 1);
    worktop_own_add(handle_of(place, TWO), 2);
}

static void second_half(struct place *place) {
    worktop_own_add_f64(handle_of(place, THREE), 3);
    worktop_group_end(group_of(place, 3));
}

static void step(struct place *place) {
    first_half(place);
    second_half(place);
}

enum { HALF = -1, DISAGREE = -2 };

/* What a monitor reads of group 3: i, or HALF, or DISAGREE, which must never be. */
static int64_t look_at(const struct place *place, uint64_t segment) {
    uint64_t bits[FIELDS];
    if (wt_codec_read_group(place->map + segment * SEGMENT, place->schema,
                            &place->schema->groups[0], bits) == 0)
        return HALF;
    if (bits[TWO] != 2 * bits[ONE] || wt_double_of_bits(bits[THREE]) != 3.0 * (double)bits[ONE])
        return DISAGREE;
    return (int64_t)bits[ONE];
}

static int64_t read_first(const struct place *place, uint64_t segment) {
    int64_t seen = look_at(place, segment);
    if (seen == DISAGREE)
        fail_msg("the values in segment %d do not agree", (int)segment);
    return seen;
}

static void words_lie_behind_the_fields(void **state) {
    struct place *place = *state;
    assert_int_equal(place->cells.extent_bytes, 8 * (FIELDS + 2));
    assert_int_equal(wt_groups_find(&place->cells, 3)->offset, FIRST_AT);
    assert_int_equal(wt_groups_find(&place->cells, 16)->offset, SECOND_AT);
    assert_null(wt_groups_find(&place->cells, 1));
    assert_null(wt_groups_find(&place->cells, 0));
    assert_int_equal(place->schema->groups[0].member_count, 3);
    assert_int_equal(place->schema->groups[1].member_count, 2);
}

static void a_group_is_whole_or_half_and_follows(void **state) {
    struct place *place = *state;
    step(place); /* at home */
    attach(place, 4);
    assert_int_equal(read_first(place, 4), 1); /* published by the library, before any begin */
    step(place);
    assert_int_equal(read_first(place, 4), 2);
    first_half(place);
    assert_int_equal(read_first(place, 4), HALF);
    second_half(place);
    assert_int_equal(read_first(place, 4), 3);

    worktop_add(handle_of(place, ALONE), 7);
    attach(place, 5);
    assert_int_equal(read_first(place, 5), 3);
    step(place);
    step(place);
    assert_int_equal(read_first(place, 5), 5);
    assert_int_equal(read_first(place, 4), 3); /* left alone from then on */
    /* The other group has its own writer and its own word. */
    worktop_group_begin(group_of(place, 16));
    worktop_own_add_s64(handle_of(place, UP), 1);
    assert_int_equal(read_first(place, 5), 5);
    worktop_own_add_s64(handle_of(place, DOWN), -1);
    worktop_group_end(group_of(place, 16));
    uint64_t bits[FIELDS];
    assert_int_equal(wt_codec_read_group(place->map + 5 * SEGMENT, place->schema,
                                         &place->schema->groups[1], bits),
                     1);
    assert_true((int64_t)bits[UP] == 1 && (int64_t)bits[DOWN] == -1);
}

/* The library moves on while the writer stands in the middle of its group, for as long as it likes.
 */
static void a_switch_inside_a_group_publishes_nothing_half(void **state) {
    struct place *place = *state;
    attach(place, 0);
    step(place);
    first_half(place);
    attach(place, 1);
    assert_int_equal(read_first(place, 1), HALF);
    for (int i = 0; i < 3; i++)
        assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(read_first(place, 1), HALF);
    attach(place, 2);
    assert_int_equal(read_first(place, 2), HALF);
    second_half(place); /* where it began: nobody sees that yet */
    assert_int_equal(read_first(place, 2), HALF);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_int_equal(read_first(place, 2), 2); /* exact at rest after one heartbeat */
    step(place);
    assert_int_equal(read_first(place, 2), 3);
    assert_int_equal(read_first(place, 1), HALF);
    assert_int_equal(read_first(place, 0), HALF); /* as it was left */
    attach(place, 2);                             /* the same place again: nothing moves */
    assert_int_equal(read_first(place, 2), 3);
}

/* A writer that takes over a page which the library then leaves. */
static void an_offer_is_taken_once(void **state) {
    struct place *place = *state;
    attach(place, 0);
    attach(place, 1);
    first_half(place); /* moved to 1 */
    assert_int_equal(group_of(place, 3)->offer, 0);
    attach(place, 2);
    assert_true(group_of(place, 3)->offer != 0);
    second_half(place);
    step(place);
    assert_int_equal(group_of(place, 3)->offer, 0);
    assert_int_equal(read_first(place, 2), 2);
    worktop_group_move(group_of(place, 3)); /* without an offer: nothing */
    assert_int_equal(read_first(place, 2), 2);
}

static void begins_and_ends_out_of_step_heal(void **state) {
    struct place *place = *state;
    attach(place, 0);
    worktop_group_end(group_of(place, 3));
    assert_int_equal(read_first(place, 0), 0);
    worktop_group_begin(group_of(place, 3));
    step(place);
    assert_int_equal(read_first(place, 0), 1);
    worktop_group_end(group_of(place, 3));
    assert_int_equal(read_first(place, 0), 1);
    step(place);
    assert_int_equal(read_first(place, 0), 2);
}

static void a_truncated_file_takes_nothing_of_a_group(void **state) {
    struct place *place = *state;
    attach(place, 0);
    step(place);
    first_half(place);
    assert_int_equal(ftruncate(place->fd, 0), 0);
    second_half(place);
    step(place);
    assert_true(wt_cells_heartbeat(&place->cells));
    step(place);
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 6);
    assert_int_equal(read_first(place, 6), 4);
    step(place);
    assert_int_equal(read_first(place, 6), 5);
    /* A cut that hits only the sequence words is noticed as well. */
    step(place);
    assert_int_equal(ftruncate(place->fd, 6 * SEGMENT + FIRST_AT), 0);
    assert_true(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 7);
    assert_int_equal(read_first(place, 7), 6);
    assert_int_equal(place->cells.truncations, 2);
}

/* Sequence words that lie on a page of their own, which is truncated. */
static void a_page_of_sequence_words_is_watched(void **state) {
    struct place *place = *state;
    guard();
    uint64_t page = wt_page_bytes(), size = place->cells.extent_bytes;
    assert_int_equal(wt_cells_attach(&place->cells, place->path, size, page - FIRST_AT, NULL),
                     WT_OK);
    step(place);
    assert_int_equal(ftruncate(place->fd, (off_t)page), 0);
    assert_true(wt_cells_heartbeat(&place->cells));
    assert_int_equal(ftruncate(place->fd, STORE_BYTES), 0);
    attach(place, 30);
    assert_int_equal(read_first(place, 30), 1);
}

static void a_reset_begins_at_nothing(void **state) {
    struct place *place = *state;
    attach(place, 0);
    step(place);
    first_half(place);
    attach(place, 1);
    wt_cells_detach(&place->cells);
    assert_int_equal(wt_cells_reset(&place->cells, NULL), WT_OK);
    attach(place, 2);
    assert_int_equal(read_first(place, 2), 0);
    step(place);
    assert_int_equal(read_first(place, 2), 1);
    assert_int_equal(read_first(place, 0), HALF);
}

/* ---- The storm ---- */

struct storm {
    struct place *place;
    uint64_t segment; /* atomic: where the words are */
    int stop;         /* atomic */
    uint64_t groups;  /* written */
    uint64_t looks, whole, disagreeing;
};

static bool goes_on(struct storm *storm) {
    return !__atomic_load_n(&storm->stop, __ATOMIC_RELAXED);
}

static void *write_groups(void *context) {
    struct storm *storm = context;
    while (goes_on(storm)) {
        step(storm->place);
        storm->groups++;
    }
    return NULL;
}

/* The segment of this moment, and every other one, too: all that a monitor could ever look at. */
static void *look_everywhere(void *context) {
    struct storm *storm = context;
    for (uint64_t i = 0; goes_on(storm); i++) {
        uint64_t now = __atomic_load_n(&storm->segment, __ATOMIC_RELAXED);
        int64_t seen = look_at(storm->place, i % 8 == 0 ? i / 8 % SEGMENTS : now);
        storm->looks++;
        storm->whole += seen >= 0;
        storm->disagreeing += seen == DISAGREE;
    }
    return NULL;
}

/* A writer as fast as can be, a library that moves it without pause, and a monitor that looks at
 * everything: no look finds values that do not agree, and at rest the last ones are there. */
static void a_storm_of_switches_splits_no_group(void **state) {
    struct place *place = *state;
    struct storm writes = {.place = place}, looks = {.place = place};
    pthread_t writer, reader;
    assert_int_equal(pthread_create(&writer, NULL, write_groups, &writes), 0);
    assert_int_equal(pthread_create(&reader, NULL, look_everywhere, &looks), 0);
    for (uint64_t i = 0; i < STORM_SWITCHES; i++) {
        attach(place, i % SEGMENTS);
        __atomic_store_n(&looks.segment, i % SEGMENTS, __ATOMIC_RELAXED);
        for (uint64_t beat = 0; beat < i % 4; beat++)
            assert_false(wt_cells_heartbeat(&place->cells));
        if (i % 16 == 0)
            sched_yield();
    }
    __atomic_store_n(&writes.stop, 1, __ATOMIC_RELAXED);
    pthread_join(writer, NULL);
    __atomic_store_n(&looks.stop, 1, __ATOMIC_RELAXED);
    pthread_join(reader, NULL);
    assert_int_equal(looks.disagreeing, 0);
    assert_false(wt_cells_heartbeat(&place->cells));
    assert_true(read_first(place, (STORM_SWITCHES - 1) % SEGMENTS) == (int64_t)writes.groups);
    printf("%llu groups, %u switches, %llu looks, %llu of them whole\n",
           (unsigned long long)writes.groups, STORM_SWITCHES, (unsigned long long)looks.looks,
           (unsigned long long)looks.whole);
}

/* ---- The public calls ---- */

static struct worktop *open_with(const struct worktop_field *some, size_t count, int *status) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.socket_path = "/nonexistent/supervisor.ipc";
    options.flags = WORKTOP_NO_THREAD;
    struct worktop *worktop = NULL;
    *status = worktop_open(&worktop, &options, some, count);
    return worktop;
}

static void groups_are_declared_by_their_number(void **state) {
    (void)state;
    int status;
    struct worktop *worktop = open_with(fields, FIELDS, &status);
    assert_int_equal(status, WORKTOP_OK);
    assert_non_null(worktop_get_group(worktop, 3));
    assert_non_null(worktop_get_group(worktop, 16));
    assert_null(worktop_get_group(NULL, 3));
    static const unsigned none[] = {0, 1, 17, 259, UINT32_MAX};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        errno = 0;
        assert_null(worktop_get_group(worktop, none[i]));
        assert_int_equal(errno, ENOENT);
    }
    assert_non_null(worktop_get(worktop, "one", WORKTOP_U64, WORKTOP_GROUP(3)));
    errno = 0;
    assert_null(worktop_get(worktop, "one", WORKTOP_U64, WORKTOP_ONE_WRITER));
    assert_int_equal(errno, EINVAL);
    assert_null(worktop_get(worktop, "one", WORKTOP_U64, WORKTOP_GROUP(16)));
    assert_null(worktop_get(worktop, "own_total", WORKTOP_U64, WORKTOP_GROUP(3)));
    worktop_close(&worktop);

    static const unsigned wrong[] = {0, 17, 1000};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct worktop_field field = {"x", WORKTOP_U64, WORKTOP_GROUP(wrong[i])};
        assert_null(open_with(&field, 1, &status));
        assert_int_equal(status, WORKTOP_EFIELD);
    }
}

static void handles_outlive_their_worktop(void **state) {
    (void)state;
    int status;
    struct worktop *worktop = open_with(fields, FIELDS, &status);
    struct worktop_group *group = worktop_get_group(worktop, 3);
    struct worktop_handle *one = worktop_get(worktop, "one", WORKTOP_U64, WORKTOP_GROUP(3));
    worktop_close(&worktop);
    worktop_group_begin(group);
    worktop_own_add(one, 1);
    worktop_group_end(group);
}

/* A gauge of a group counts what is tracked. */
static void a_busy_gauge_may_be_in_a_group(void **state) {
    (void)state;
    int status;
    struct worktop *worktop = open_with(fields, FIELDS, &status);
    struct worktop_group *group = worktop_get_group(worktop, 16);
    struct worktop_handle *up = worktop_get(worktop, "up", WORKTOP_S64, WORKTOP_GROUP(16));
    worktop_group_begin(group);
    worktop_track_begin(worktop, up);
    worktop_group_end(group);
    assert_int_equal(*worktop_cell(up), 1);
    worktop_group_begin(group);
    worktop_track_end(worktop, up);
    worktop_group_end(group);
    assert_int_equal(*worktop_cell(up), 0);
    worktop_close(&worktop);
}

/* The parent is in the middle of its group: the child begins anew, and the parent's group stays
 * its own. */
static void a_child_that_was_forked_inside_a_group(void **state) {
    struct place *place = *state;
    attach(place, 0);
    step(place);
    first_half(place);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        wt_cells_detach(&place->cells);
        step(place); /* privately; the values of the parent's half are in it */
        bool restarted =
            wt_cells_reset(&place->cells, NULL) == WT_OK &&
            wt_cells_attach(&place->cells, place->path, SEGMENT, SEGMENT, NULL) == WT_OK;
        step(place);
        step(place);
        _exit(restarted && read_first(place, 1) == 2 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(read_first(place, 1), 2);
    assert_int_equal(read_first(place, 0), HALF);
    second_half(place);
    assert_int_equal(read_first(place, 0), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        IN_A_PLACE(words_lie_behind_the_fields),
        IN_A_PLACE(a_group_is_whole_or_half_and_follows),
        IN_A_PLACE(a_switch_inside_a_group_publishes_nothing_half),
        IN_A_PLACE(an_offer_is_taken_once),
        IN_A_PLACE(begins_and_ends_out_of_step_heal),
        IN_A_PLACE(a_truncated_file_takes_nothing_of_a_group),
        IN_A_PLACE(a_page_of_sequence_words_is_watched),
        IN_A_PLACE(a_reset_begins_at_nothing),
        IN_A_PLACE(a_storm_of_switches_splits_no_group),
        cmocka_unit_test(groups_are_declared_by_their_number),
        cmocka_unit_test(handles_outlive_their_worktop),
        cmocka_unit_test(a_busy_gauge_may_be_in_a_group),
        IN_A_PLACE(a_child_that_was_forked_inside_a_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
