/* The file: options, a new inode, nothing left behind, and what happens when others touch it. */
#include "support/support.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/guard.h"
#include "shm/mapping.h"
#include "shm/store.h"
#include "support/files.h"
#include "support/store.h"

struct fixture {
    char *directory;
    char *path;
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->directory = test_directory();
    f->path = test_path(f->directory, "x.shm");
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    test_remove_tree(f->directory);
    free(f->path);
    free(f->directory);
    free(f);
    return 0;
}

static struct stat look(const char *path) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st;
}

static void the_defaults_are_the_origins(void **state) {
    struct fixture *f = *state;
    struct wt_store_options options = wt_store_defaults(f->path);
    struct wt_store *store;
    assert_int_equal(wt_store_create(&store, &options, NULL), WT_OK);
    assert_int_equal(wt_store_size(store), 8 * wt_page_bytes());
    assert_int_equal(wt_store_segment_bytes(store), 512);
    assert_int_equal(wt_store_max_bytes(store), 1 << 30);
    assert_int_equal(wt_store_counts(store).segments, 8 * wt_page_bytes() / 512);
    assert_string_equal(wt_store_path(store), f->path);
    assert_string_equal(wt_store_problem(store), "");
    struct stat st = look(f->path);
    assert_int_equal(st.st_size, 8 * wt_page_bytes());
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(st.st_blocks * 512 >= st.st_size); /* the space is really there */
    assert_int_equal(wt_store_validate(store, NULL), WT_OK);
    wt_store_close(store);
    wt_store_close(NULL);
}

/* The origin took anything, and opened the file first. */
static void bad_options_are_named_before_an_old_file_is_touched(void **state) {
    struct fixture *f = *state;
    const struct {
        const char *text; /* of the error */
        uint64_t segment, size, max;
        double factor;
    } cases[] = {
        {"segment size 0:", 0, 8192, 65536, 2},
        {"segment size 12:", 12, 8192, 65536, 2},
        {"segment size 8200 is larger", 8200, 8192, 65536, 2},
        {"growth factor 1:", 512, 8192, 65536, 1},
        {"growth factor 0.5:", 512, 8192, 65536, 0.5},
        {"growth factor -2:", 512, 8192, 65536, -2},
        {"growth factor nan:", 512, 8192, 65536, NAN},
        {"growth factor inf:", 512, 8192, 65536, INFINITY},
        {"store size 0:", 512, 0, 65536, 2},
        {"store size 18446744073709551615:", 512, UINT64_MAX, UINT64_MAX, 2},
        {"maximum size 4096 is smaller", 512, 8192, 4096, 2},
        {"too many to count", 8, 8192, UINT64_C(1) << 40, 2},
    };
    test_write_file(f->path, "an old file");
    ino_t inode = look(f->path).st_ino;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wt_store_options options = wt_store_defaults(f->path);
        struct wt_store *store = (void *)1;
        struct wt_error err = {.text = ""};
        options.segment_bytes = cases[i].segment;
        options.size_bytes = cases[i].size;
        options.max_bytes = cases[i].max;
        options.growth_factor = cases[i].factor;
        assert_int_equal(wt_store_create(&store, &options, &err), WT_EINVAL);
        assert_null(store);
        if (strstr(err.text, cases[i].text) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].text);
        assert_int_equal(look(f->path).st_ino, inode);
        assert_int_equal(look(f->path).st_size, strlen("an old file"));
        assert_int_equal(test_entries(f->directory), 1);
    }
}

/* Parity 7: workers that still map the old file are never hit by SIGBUS. */
static void a_store_at_an_old_path_is_a_new_inode(void **state) {
    struct fixture *f = *state;
    struct wt_store_options options = test_store_options(f->path);
    struct wt_store *first;
    struct wt_store *second;
    assert_int_equal(wt_store_create(&first, &options, NULL), WT_OK);
    struct wt_segment_map old;
    assert_int_equal(wt_segment_map_open(f->path, 512, 1024, &old, NULL), WT_OK);
    wt_store_close(first);
    assert_int_equal(wt_store_create(&second, &options, NULL), WT_OK);
    assert_int_not_equal(look(f->path).st_ino, old.inode);
    memset(old.data, 7, old.size_bytes); /* no signal, and the new store does not see it */
    assert_int_equal(wt_store_segment(second, 2)[0], 0);
    assert_false(wt_segment_map_is_at(&old, f->path, 512, 1024));
    wt_segment_map_close(&old);
    assert_int_equal(test_entries(f->directory), 1);
    wt_store_unlink(second);
    assert_false(test_exists(f->path));
    wt_store_close(second);
}

static void a_symbolic_link_is_replaced_not_followed(void **state) {
    struct fixture *f = *state;
    char *victim = test_path(f->directory, "victim");
    test_write_file(victim, "precious");
    assert_int_equal(symlink(victim, f->path), 0);
    struct wt_store_options options = test_store_options(f->path);
    struct wt_store *store;
    assert_int_equal(wt_store_create(&store, &options, NULL), WT_OK);
    assert_int_equal(look(victim).st_size, strlen("precious"));
    struct stat st;
    assert_int_equal(lstat(f->path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    wt_store_close(store);
    free(victim);
}

static void mode_holds_whatever_the_umask(void **state) {
    struct fixture *f = *state;
    struct wt_store_options options = test_store_options(f->path);
    struct wt_store *store;
    options.mode = 0664;
    mode_t before = umask(0077);
    assert_int_equal(wt_store_create(&store, &options, NULL), WT_OK);
    umask(before);
    assert_int_equal(look(f->path).st_mode & 07777, 0664);
    wt_store_close(store);
}

static void a_path_that_cannot_be_is_said(void **state) {
    struct fixture *f = *state;
    struct wt_store *store;
    struct wt_error err;
    struct wt_store_options options = test_store_options("");
    assert_int_equal(wt_store_create(&store, &options, &err), WT_EINVAL);
    options.path = f->directory;
    assert_int_equal(wt_store_create(&store, &options, &err), WT_EINVAL);
    assert_non_null(strstr(err.text, "a directory is there"));
    char *deep = test_path(f->directory, "no/such/x.shm");
    options.path = deep;
    assert_int_equal(wt_store_create(&store, &options, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, deep));
    free(deep);
    assert_int_equal(test_entries(f->directory), 0);
}

static void a_relative_path_becomes_absolute(void **state) {
    struct fixture *f = *state;
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(f->directory), 0);
    struct wt_store_options options = test_store_options("./x.shm");
    struct wt_store *store;
    assert_int_equal(wt_store_create(&store, &options, NULL), WT_OK);
    assert_int_equal(chdir(here), 0);
    assert_string_equal(wt_store_path(store), f->path);
    assert_int_equal(wt_store_check(store, NULL), WT_OK);
    wt_store_close(store);
}

static struct wt_store *open_guarded(struct fixture *f) {
    struct wt_store_options options = test_store_options(f->path);
    struct wt_store *store;
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    assert_int_equal(wt_store_create(&store, &options, NULL), WT_OK);
    return store;
}

static void assert_hands_out_nothing(struct wt_store *store) {
    struct wt_error err;
    uint32_t segment;
    uint64_t refused = wt_store_counts(store).refused;
    assert_true(wt_store_is_broken(store));
    assert_int_equal(wt_store_allocate(store, 500, NULL, test_time(0), &segment, &err), WT_EDEAD);
    assert_int_equal(wt_store_counts(store).refused, refused + 1);
    assert_int_equal(wt_store_resize(store, 1 << 18, test_time(0), &err), WT_EDEAD);
    assert_false(wt_store_growth_due(store, test_time(100)));
    assert_int_not_equal(wt_store_problem(store)[0], '\0');
    assert_int_equal(wt_store_validate(store, NULL), WT_OK);
}

/* The origin died of SIGBUS. */
static void a_truncated_file_marks_the_read_and_the_process_lives(void **state) {
    struct fixture *f = *state;
    struct wt_store *store = open_guarded(f);
    struct wt_schema *schema = test_schema("a:u64:0", 512);
    struct wt_value value;
    struct wt_error err;
    size_t count;
    uint32_t segment;
    assert_int_equal(wt_store_allocate(store, 1, schema, test_time(0), &segment, NULL), WT_OK);
    assert_int_equal(wt_store_read(store, 1, &value, 1, &count, &err), WT_OK);
    assert_int_equal(truncate(f->path, 0), 0);
    assert_false(wt_store_is_broken(store)); /* not noticed yet */
    assert_int_equal(wt_store_read(store, 1, &value, 1, &count, &err), WT_EDEAD);
    assert_int_equal(value.bits, 0);
    assert_non_null(strstr(err.text, "truncated"));
    assert_hands_out_nothing(store);
    assert_int_equal(wt_store_check(store, &err), WT_EDEAD);
    assert_non_null(strstr(err.text, f->path));
    assert_int_equal(wt_store_check(store, NULL), WT_EDEAD);
    wt_store_free(store, 1, WT_STORE_QUARANTINE, NULL);
    wt_store_close(store);
    wt_schema_unref(schema);
}

static void a_truncated_file_is_seen_before_anyone_touches_it(void **state) {
    struct fixture *f = *state;
    struct wt_store *store = open_guarded(f);
    struct wt_error err;
    assert_int_equal(wt_store_check(store, &err), WT_OK);
    assert_int_equal(truncate(f->path, 100), 0);
    assert_int_equal(wt_store_check(store, &err), WT_EDEAD);
    assert_non_null(strstr(err.text, "truncated"));
    assert_hands_out_nothing(store);
    wt_store_close(store);
}

static void a_replaced_or_removed_file_is_seen(void **state) {
    struct fixture *f = *state;
    for (int removed = 0; removed < 2; removed++) {
        struct wt_store *store = open_guarded(f);
        struct wt_error err;
        assert_int_equal(unlink(f->path), 0);
        if (!removed)
            test_write_file(f->path, "something else");
        assert_int_equal(wt_store_check(store, &err), WT_EDEAD);
        assert_non_null(strstr(err.text, removed ? "was removed" : "was replaced"));
        assert_hands_out_nothing(store);
        wt_store_unlink(store); /* it is not ours: it stays */
        assert_int_equal(test_exists(f->path), !removed);
        wt_store_close(store);
        unlink(f->path);
    }
}

/* A growth that begins after a truncation must not paper over it with zeros. */
static void a_truncated_file_is_not_extended(void **state) {
    struct fixture *f = *state;
    struct wt_store *store = open_guarded(f);
    struct wt_error err;
    assert_int_equal(truncate(f->path, 0), 0);
    assert_int_equal(wt_store_resize(store, 1 << 18, test_time(0), &err), WT_EDEAD);
    assert_int_equal(look(f->path).st_size, 0);
    wt_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_defaults_are_the_origins),
        TEST(bad_options_are_named_before_an_old_file_is_touched),
        TEST(a_store_at_an_old_path_is_a_new_inode),
        TEST(a_symbolic_link_is_replaced_not_followed),
        TEST(mode_holds_whatever_the_umask),
        TEST(a_path_that_cannot_be_is_said),
        TEST(a_relative_path_becomes_absolute),
        TEST(a_truncated_file_marks_the_read_and_the_process_lives),
        TEST(a_truncated_file_is_seen_before_anyone_touches_it),
        TEST(a_replaced_or_removed_file_is_seen),
        TEST(a_truncated_file_is_not_extended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
