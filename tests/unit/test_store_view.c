/* A store as a viewer maps it: the file that the directory describes, or none. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/guard.h"
#include "shm/mapping.h"
#include "shm/store.h"
#include "support/directory.h"
#include "support/files.h"
#include "support/store.h"

struct fixture {
    struct test_directory_file file;
    char *store_path;
    struct wt_store *store;
    struct wt_directory_fact fact;
};

/* What a monitor writes of its store. */
static struct wt_shared_store_record describe(const struct fixture *f) {
    struct stat st;
    assert_int_equal(stat(f->store_path, &st), 0);
    return (struct wt_shared_store_record){
        .device = (uint64_t)st.st_dev,
        .inode = (uint64_t)st.st_ino,
        .size_bytes = wt_store_size(f->store),
        .max_bytes = wt_store_max_bytes(f->store),
        .segment_bytes = wt_store_segment_bytes(f->store),
        .segment_count = wt_store_counts(f->store).segments,
    };
}

static void put(struct fixture *f, const struct wt_shared_store_record *record) {
    assert_int_equal(wt_directory_put_store(f->file.directory, 0, record), WT_OK);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    test_directory_init(&f->file);
    f->store_path = test_path(f->file.folder, "utilization.shm");
    struct wt_store_options store = test_store_options(f->store_path);
    assert_int_equal(wt_store_create(&f->store, &store, NULL), WT_OK);
    f->fact = (struct wt_directory_fact){"store.0", f->store_path};
    struct wt_directory_options options = test_directory_options(f->file.path);
    options.facts = &f->fact;
    options.fact_count = 1;
    assert_int_equal(wt_directory_create(&f->file.directory, &options, NULL), WT_OK);
    struct wt_shared_store_record record = describe(f);
    put(f, &record);
    test_directory_view(&f->file);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    wt_store_close(f->store);
    test_directory_close(&f->file);
    free(f->store_path);
    free(f);
    return 0;
}

static struct wt_store_view *open_view(const struct fixture *f, const char *path) {
    struct wt_store_view *view;
    struct wt_error err = {.text = ""};
    if (wt_store_view_open(&view, f->file.view, 0, path, &err) != WT_OK)
        fail_msg("%s", err.text);
    return view;
}

static void refuse(const struct fixture *f, const char *path, wt_status expected,
                   const char *text) {
    struct wt_store_view *view = (void *)1;
    struct wt_error err = {.text = ""};
    wt_status status = wt_store_view_open(&view, f->file.view, 0, path, &err);
    if (status != expected || strstr(err.text, text) == NULL)
        fail_msg("%s: \"%s\", not \"%s\"", wt_status_text(status), err.text, text);
    assert_null(view);
}

static void the_segments_are_seen_as_they_change(void **state) {
    struct fixture *f = *state;
    struct wt_store_view *view = open_view(f, NULL);
    assert_int_equal(wt_store_view_segment_count(view), 8);
    assert_int_equal(wt_store_view_segment_bytes(view), wt_page_bytes() / 8);
    for (uint32_t i = 0; i < 8; i++) {
        unsigned char *written = (unsigned char *)(uintptr_t)wt_store_segment(f->store, i);
        assert_int_equal(wt_store_view_segment(view, i)[3], 0);
        written[3] = (unsigned char)(i + 1);
        assert_int_equal(wt_store_view_segment(view, i)[3], i + 1);
    }
    assert_null(wt_store_view_segment(view, 8));
    assert_null(wt_store_view_segment(view, UINT64_MAX));
    assert_true(wt_store_view_is_readable(view));
    wt_store_view_close(view);
    wt_store_view_close(NULL);
}

static void a_store_that_grew_is_opened_again(void **state) {
    struct fixture *f = *state;
    struct wt_store_view *old = open_view(f, NULL);
    assert_int_equal(wt_store_resize(f->store, 2 * wt_page_bytes(), test_time(0), NULL), WT_OK);
    struct wt_shared_store_record record = describe(f);
    put(f, &record);
    assert_null(wt_store_view_segment(old, 8));
    assert_true(wt_store_view_is_readable(old));
    struct wt_store_view *view = open_view(f, NULL);
    assert_non_null(wt_store_view_segment(view, 15));
    wt_store_view_close(view);
    wt_store_view_close(old);
}

static void another_file_is_not_taken_for_it(void **state) {
    struct fixture *f = *state;
    char *other = test_path(f->file.folder, "other");
    refuse(f, other, WT_ENOENT, "No such file");
    test_write_file(other, "x");
    refuse(f, other, WT_EEXIST, "another file is at");
    refuse(f, f->file.folder, WT_EEXIST, "another file");
    assert_int_equal(unlink(other), 0);
    assert_int_equal(mkfifo(other, 0600), 0);
    refuse(f, other, WT_EEXIST, "another file");
    assert_int_equal(rename(f->store_path, other), 0); /* moved, and named: the very file */
    wt_store_view_close(open_view(f, other));
    refuse(f, NULL, WT_ENOENT, f->store_path);
    test_write_file(f->store_path, "x");
    refuse(f, NULL, WT_EEXIST, f->store_path);
    free(other);
}

/* The next monitor has set the files aside: the old directory's store is found where it is now. */
static void a_store_that_was_set_aside_is_found(void **state) {
    struct fixture *f = *state;
    char *previous = test_path(f->file.folder, "utilization.shm.previous");
    char *directory = test_path(f->file.folder, "utilization.shm.dir.previous");
    assert_int_equal(rename(f->store_path, previous), 0);
    wt_store_view_close(open_view(f, NULL));
    test_write_file(f->store_path, "of the next monitor");
    wt_store_view_close(open_view(f, NULL));
    assert_int_equal(rename(f->file.path, directory), 0);
    wt_directory_view_close(f->file.view);
    assert_int_equal(wt_directory_view_open(&f->file.view, directory, NULL), WT_OK);
    wt_store_view_close(open_view(f, NULL));
    assert_int_equal(unlink(previous), 0);
    refuse(f, NULL, WT_EEXIST, f->store_path);
    free(previous);
    free(directory);
}

static void a_store_that_the_directory_does_not_know_is_said(void **state) {
    struct fixture *f = *state;
    struct wt_store_view *view;
    struct wt_error err;
    struct wt_shared_store_record record = describe(f);
    assert_int_equal(wt_store_view_open(&view, f->file.view, 1, NULL, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "says nothing of store 1"));
    assert_int_equal(wt_store_view_open(&view, f->file.view, 3, NULL, &err), WT_ENOENT);
    assert_int_equal(wt_directory_put_store(f->file.directory, 1, &record), WT_OK);
    assert_int_equal(wt_store_view_open(&view, f->file.view, 1, NULL, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "does not say where store 1 is"));
}

static void a_geometry_that_cannot_be_is_named(void **state) {
    struct fixture *f = *state;
    const struct {
        uint64_t size, segment, count;
    } cases[] = {
        {4096, 0, 1},    {4096, 12, 1},  {4096, UINT64_MAX - 7, 1},   {4096, UINT64_C(1) << 31, 1},
        {0, 512, 0},     {4096, 512, 9}, {4096, 512, UINT64_MAX / 8}, {UINT64_MAX, 512, 1},
        {4096, 8, 1000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wt_shared_store_record record = describe(f);
        record.size_bytes = cases[i].size;
        record.segment_bytes = cases[i].segment;
        record.segment_count = cases[i].count;
        put(f, &record);
        refuse(f, NULL, WT_EFORMAT, "store 0 has");
    }
}

static void a_truncated_store_ends_nobody(void **state) {
    struct fixture *f = *state;
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    struct wt_store_view *cut = open_view(f, NULL);
    struct wt_store_view *emptied = open_view(f, NULL);
    assert_int_equal(truncate(f->store_path, (off_t)wt_page_bytes() - 1), 0);
    assert_false(wt_store_view_is_readable(cut)); /* faults nowhere, is found all the same */
    assert_int_equal(truncate(f->store_path, 0), 0);
    assert_int_equal(wt_store_view_segment(emptied, 3)[0], 0);
    assert_false(wt_store_view_is_readable(emptied));
    refuse(f, NULL, WT_EDEAD, "truncated to 0 of its");
    wt_store_view_close(emptied);
    wt_store_view_close(cut);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_segments_are_seen_as_they_change),
        TEST(a_store_that_grew_is_opened_again),
        TEST(another_file_is_not_taken_for_it),
        TEST(a_store_that_was_set_aside_is_found),
        TEST(a_store_that_the_directory_does_not_know_is_said),
        TEST(a_geometry_that_cannot_be_is_named),
        TEST(a_truncated_store_ends_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
