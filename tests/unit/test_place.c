/* Where the files lie: names, the order of places, private directories, the lock, what is left. */
#include "support/support.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/place.h"
#include "support/files.h"
#include <stdbool.h>

struct fixture {
    char *directory;
    char *socket;
};

static const struct wt_place_options defaults = {.gid = (gid_t)-1};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    unsetenv("WORKTOP_SOCKET");
    unsetenv("XDG_RUNTIME_DIR");
    f->directory = test_directory();
    f->socket = test_path(f->directory, "supervisor.ipc");
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    test_remove_tree(f->directory);
    free(f->socket);
    free(f->directory);
    free(f);
    return 0;
}

static void assert_in(const struct fixture *f, const char *path, const char *name) {
    char *expected = test_path(f->directory, name);
    assert_string_equal(path, expected);
    free(expected);
}

static unsigned mode_of(const char *path) {
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

static struct wt_place open_place(const struct wt_place_options *options) {
    struct wt_place place;
    struct wt_error err = {.text = ""};
    if (wt_place_open(&place, options, &err) != WT_OK)
        fail_msg("%s", err.text);
    return place;
}

static struct wt_place open_explicit(const struct fixture *f) {
    struct wt_place_options options = defaults;
    options.socket_path = f->socket;
    return open_place(&options);
}

static void the_files_lie_beside_the_socket(void **state) {
    struct fixture *f = *state;
    struct wt_place place = open_explicit(f);
    assert_string_equal(place.directory, f->directory);
    assert_in(f, place.files[WT_PLACE_LOCK], "lock");
    assert_in(f, place.files[WT_PLACE_SOCKET], "supervisor.ipc");
    assert_in(f, place.files[WT_PLACE_STORE], "utilization.shm");
    assert_in(f, place.files[WT_PLACE_STORE_DIRECTORY], "utilization.shm.dir");
    assert_in(f, place.files[WT_PLACE_RECORDERS], "recorders.shm");
    assert_in(f, place.files[WT_PLACE_RECORDERS_WIDE], "recorders-wide.shm");
    assert_false(place.is_default);
    wt_place_close(&place);
    assert_int_equal(test_entries(f->directory), 0);
}

/* Two monitors in one directory never meet. */
static void another_socket_has_files_of_its_own(void **state) {
    struct fixture *f = *state;
    struct wt_place_options options = defaults;
    char *socket = test_path(f->directory, "x.ipc");
    options.socket_path = socket;
    struct wt_place place = open_place(&options);
    assert_in(f, place.files[WT_PLACE_SOCKET], "x.ipc");
    assert_in(f, place.files[WT_PLACE_LOCK], "x.ipc.lock");
    assert_in(f, place.files[WT_PLACE_STORE], "x.ipc.utilization.shm");
    wt_place_close(&place);
    options.store_path = "/somewhere/else.shm";
    place = open_place(&options);
    assert_string_equal(place.files[WT_PLACE_STORE], "/somewhere/else.shm");
    assert_string_equal(place.files[WT_PLACE_STORE_DIRECTORY], "/somewhere/else.shm.dir");
    assert_in(f, place.files[WT_PLACE_RECORDERS], "x.ipc.recorders.shm");
    wt_place_close(&place);
    free(socket);
}

/* The explicit path, then $WORKTOP_SOCKET, then the default place. */
static void the_order_of_places(void **state) {
    struct fixture *f = *state;
    char out[PATH_MAX];
    char expected[PATH_MAX];
    setenv("WORKTOP_SOCKET", "/from/the/environment.ipc", 1);
    assert_int_equal(wt_place_find_socket("/explicit.ipc", out, NULL), WT_OK);
    assert_string_equal(out, "/explicit.ipc");
    assert_int_equal(wt_place_find_socket(NULL, out, NULL), WT_OK);
    assert_string_equal(out, "/from/the/environment.ipc");
    assert_int_equal(wt_place_find_socket("", out, NULL), WT_EINVAL);
    setenv("WORKTOP_SOCKET", "", 1); /* as if unset */
    setenv("XDG_RUNTIME_DIR", f->directory, 1);
    assert_int_equal(wt_place_find_socket(NULL, out, NULL), WT_OK);
    if (geteuid() == 0)
        assert_true(strcmp(out, "/run/worktop/supervisor.ipc") == 0 ||
                    strcmp(out, "/dev/shm/worktop-0/supervisor.ipc") == 0);
    else {
        snprintf(expected, sizeof expected, "%s/worktop/supervisor.ipc", f->directory);
        assert_string_equal(out, expected);
    }
    assert_int_equal(chdir(f->directory), 0);
    assert_int_equal(wt_place_find_socket("supervisor.ipc", out, NULL), WT_OK);
    assert_string_equal(out, f->socket);
    assert_int_equal(chdir("/"), 0);
}

static void an_explicit_directory_must_be_there_and_is_left_as_it_is(void **state) {
    struct fixture *f = *state;
    struct wt_place_options options = defaults;
    struct wt_place place;
    struct wt_error err;
    char *socket = test_path(f->directory, "no/such.ipc");
    options.socket_path = socket;
    assert_int_equal(wt_place_open(&place, &options, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, f->directory));
    free(socket);
    test_write_file(f->socket, "");
    socket = test_path(f->directory, "supervisor.ipc/x.ipc");
    options.socket_path = socket;
    assert_int_not_equal(wt_place_open(&place, &options, &err), WT_OK);
    free(socket);
    unlink(f->socket);
    assert_int_equal(chmod(f->directory, 0755), 0);
    place = open_explicit(f);
    assert_int_equal(mode_of(f->directory), 0755);
    wt_place_close(&place);
}

/* What killed demos left goes; what lives, what is not ours and what only looks alike stays. */
static void places_of_the_killed_are_swept(void **state) {
    (void)state;
    char *parent = test_directory();
    pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    const struct {
        long pid;
        const char *end, *file;
        bool has_lock, is_locked, stays;
    } cases[] = {{gone, "aaaaaa", "utilization.shm", true, false, false},
                 {gone, "bbbbbb", "utilization.shm", true, true, true},
                 {gone, "cccccc", "somebody.else", true, false, true},
                 {gone, "dddddd", "utilization.shm", false, false, true},
                 {gone, "eeeeee.x", "utilization.shm", true, false, true},
                 {getpid(), "ffffff", "utilization.shm", true, false, true}};
    enum { CASES = sizeof cases / sizeof cases[0] };
    char paths[CASES][256];
    int locks[CASES];
    for (size_t i = 0; i < CASES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/worktop-%ld-%s", parent, cases[i].pid,
                 cases[i].end);
        assert_int_equal(mkdir(paths[i], 0700), 0);
        char *file = test_path(paths[i], cases[i].file), *lock = test_path(paths[i], "lock");
        char *directory = test_path(paths[i], "utilization.shm.dir");
        char building[300];
        snprintf(building, sizeof building, "%s.%ld.new", directory, (long)gone);
        test_write_file(file, "x");
        test_write_file(directory, "x");
        test_write_file(building, "x");
        free(directory);
        if (cases[i].has_lock)
            test_write_file(lock, "x");
        locks[i] = cases[i].is_locked ? open(lock, O_RDWR | O_CLOEXEC) : -1;
        if (locks[i] >= 0)
            assert_int_equal(flock(locks[i], LOCK_EX), 0);
        free(file);
        free(lock);
    }
    wt_place_sweep(parent);
    for (size_t i = 0; i < CASES; i++) {
        assert_int_equal(test_exists(paths[i]), cases[i].stays);
        if (locks[i] >= 0)
            close(locks[i]);
    }
    wt_place_sweep("/nowhere/at/all");
    test_remove_tree(parent);
    free(parent);
}

static void the_temporary_place_is_fresh_private_and_goes_away(void **state) {
    (void)state;
    struct wt_place_options options = defaults;
    options.temporary = true;
    options.socket_path = "/ignored";
    struct wt_place first = open_place(&options);
    struct wt_place second = open_place(&options);
    assert_string_not_equal(first.directory, second.directory);
    assert_int_equal(mode_of(first.directory), 0700);
    assert_int_equal(wt_place_lock(&first, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_lock(&second, NULL, NULL), WT_OK);
    test_write_file(first.files[WT_PLACE_STORE], "x");
    test_write_file(first.files[WT_PLACE_STORE_DIRECTORY], "x");
    test_write_file(first.files[WT_PLACE_RECORDERS], "x");
    wt_place_remove(&first);
    wt_place_remove(&second);
    assert_false(test_exists(first.directory));
    assert_false(test_exists(second.directory));
    wt_place_close(&first);
    wt_place_close(&second);
}

/* --mode opens directory, socket and store together. */
static void mode_opens_directory_and_files_together(void **state) {
    (void)state;
    const struct {
        mode_t files, directory;
    } cases[] = {{0, 0700}, {0600, 0700}, {0660, 0770}, {0640, 0750}, {0666, 0777}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wt_place_options options = {
            .file_mode = cases[i].files, .gid = getegid(), .temporary = true};
        struct wt_place place = open_place(&options);
        assert_int_equal(mode_of(place.directory), cases[i].directory);
        test_write_file(place.files[WT_PLACE_SOCKET], "");
        assert_int_equal(place.file_mode, cases[i].files == 0 ? 0600 : cases[i].files);
        assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
        wt_place_remove(&place);
        assert_true(test_exists(place.directory)); /* a file that is no socket is not ours */
        assert_int_equal(unlink(place.files[WT_PLACE_SOCKET]), 0);
        wt_place_remove(&place);
        assert_false(test_exists(place.directory));
        wt_place_close(&place);
    }
}

static void a_second_holder_learns_who_holds_the_lock(void **state) {
    struct fixture *f = *state;
    struct wt_place mine = open_explicit(f);
    struct wt_place other = open_explicit(f);
    struct wt_error err;
    pid_t holder;
    char expected[64];
    assert_int_equal(wt_place_lock(&mine, &holder, NULL), WT_OK);
    assert_int_equal(wt_place_lock(&other, &holder, &err), WT_EBUSY);
    assert_int_equal(holder, getpid());
    snprintf(expected, sizeof expected, "process %ld", (long)getpid());
    assert_non_null(strstr(err.text, expected));
    assert_non_null(strstr(err.text, f->socket));
    wt_place_close(&mine); /* not removed: as after a crash */
    assert_int_equal(wt_place_lock(&other, &holder, &err), WT_OK);
    assert_int_equal(holder, 0);
    wt_place_remove(&other);
    wt_place_close(&other);
    assert_int_equal(test_entries(f->directory), 0);
}

/* Two places, one --store. */
static void one_store_has_one_monitor(void **state) {
    struct fixture *f = *state;
    struct wt_place_options options = defaults;
    char *store = test_path(f->directory, "shared.shm");
    char *first_socket = test_path(f->directory, "a.ipc");
    char *second_socket = test_path(f->directory, "b.ipc");
    struct wt_error err;
    pid_t holder;
    options.store_path = store;
    options.socket_path = first_socket;
    struct wt_place first = open_place(&options);
    options.socket_path = second_socket;
    struct wt_place second = open_place(&options);
    assert_int_equal(wt_place_lock(&first, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_lock(&second, &holder, &err), WT_EBUSY);
    assert_int_equal(holder, getpid());
    assert_non_null(strstr(err.text, store));
    assert_int_equal(second.lock_fd, -1);
    wt_place_remove(&first);
    wt_place_close(&first);
    assert_int_equal(wt_place_lock(&second, &holder, &err), WT_OK);
    wt_place_remove(&second);
    wt_place_close(&second);
    assert_int_equal(test_entries(f->directory), 0);
    free(store);
    free(first_socket);
    free(second_socket);
}

static void a_dead_holders_lock_is_free(void **state) {
    struct fixture *f = *state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct wt_place place = open_explicit(f);
        _exit(wt_place_lock(&place, NULL, NULL) == WT_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    struct wt_place place = open_explicit(f);
    assert_true(test_exists(place.files[WT_PLACE_LOCK]));
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    wt_place_close(&place);
}

static void a_lock_that_is_a_link_is_refused(void **state) {
    struct fixture *f = *state;
    struct wt_place place = open_explicit(f);
    char *victim = test_path(f->directory, "victim");
    test_write_file(victim, "precious");
    assert_int_equal(symlink(victim, place.files[WT_PLACE_LOCK]), 0);
    assert_int_not_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    struct stat st;
    assert_int_equal(stat(victim, &st), 0);
    assert_int_equal(st.st_size, strlen("precious"));
    wt_place_close(&place);
    free(victim);
}

static char *read_all(const char *path) {
    static char text[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length < 0 ? 0 : length] = '\0';
    return text;
}

/* After a crash the files stay; the next monitor keeps that one generation. */
static void the_last_generation_is_kept_as_previous(void **state) {
    struct fixture *f = *state;
    const char *const generations[] = {"first", "second", "third"};
    char *previous = test_path(f->directory, "utilization.shm.previous");
    char *previous_directory = test_path(f->directory, "utilization.shm.dir.previous");
    for (int i = 0; i < 3; i++) {
        struct wt_place place = open_explicit(f);
        assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
        assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
        assert_false(test_exists(place.files[WT_PLACE_STORE]));
        assert_false(test_exists(place.files[WT_PLACE_STORE_DIRECTORY]));
        assert_int_equal(place.has_previous, i > 0);
        assert_int_equal(place.is_after_crash, i > 0);
        if (i > 0) {
            assert_string_equal(read_all(previous), generations[i - 1]);
            assert_string_equal(read_all(previous_directory), generations[i - 1]);
        }
        test_write_file(place.files[WT_PLACE_STORE], generations[i]);
        test_write_file(place.files[WT_PLACE_STORE_DIRECTORY], generations[i]);
        test_write_file(place.files[WT_PLACE_RECORDERS], generations[i]);
        wt_place_close(&place); /* a crash */
    }
    struct wt_place place = open_explicit(f);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    wt_place_remove(&place); /* a clean exit removes its own, the evidence of the crash stays */
    assert_false(test_exists(place.files[WT_PLACE_STORE]));
    assert_false(test_exists(place.files[WT_PLACE_STORE_DIRECTORY]));
    assert_true(test_exists(previous));
    assert_true(test_exists(previous_directory));
    assert_int_equal(test_entries(f->directory), 3);
    wt_place_close(&place);
    free(previous);
    free(previous_directory);
}

/* A monitor that was killed before it had said all that it took over left nothing to take over: the
 * generation before it is, still. */
static void an_incomplete_generation_does_not_replace_a_complete_one(void **state) {
    struct fixture *f = *state;
    char *previous = test_path(f->directory, "utilization.shm.previous");
    struct wt_place place = open_explicit(f);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    test_write_file(place.files[WT_PLACE_STORE], "whole");
    test_write_file(place.files[WT_PLACE_STORE_DIRECTORY], "whole");
    wt_place_close(&place);
    for (int i = 0; i < 3; i++) { /* these are killed after one step, two, and three */
        place = open_explicit(f);
        assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
        if (i > 0) {
            assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
            assert_true(place.has_previous);
            assert_false(test_exists(place.files[WT_PLACE_STORE]));
            assert_string_equal(read_all(previous), "whole");
        }
        if (i > 1)
            test_write_file(place.files[WT_PLACE_STORE], "half");
        wt_place_close(&place);
    }
    place = open_explicit(f);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
    assert_true(place.has_previous);
    assert_string_equal(read_all(previous), "whole");
    assert_false(test_exists(place.files[WT_PLACE_STORE]));
    wt_place_remove(&place); /* who leaves in good order wants to be forgotten */
    wt_place_close(&place);
    place = open_explicit(f);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
    assert_false(place.has_previous);
    wt_place_remove(&place);
    wt_place_close(&place);
    free(previous);
}

/* On a full disk, say: nothing is lost for who tries again when there is room. */
static void a_monitor_that_cannot_start_gives_back_what_it_set_aside(void **state) {
    struct fixture *f = *state;
    char *previous = test_path(f->directory, "utilization.shm.previous");
    struct wt_place place = open_explicit(f);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    test_write_file(place.files[WT_PLACE_STORE], "whole");
    test_write_file(place.files[WT_PLACE_STORE_DIRECTORY], "whole");
    wt_place_close(&place); /* a crash */
    for (int i = 0; i < 2; i++) {
        place = open_explicit(f);
        assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
        assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
        assert_true(place.has_previous);
        test_write_file(place.files[WT_PLACE_STORE], "half");
        place.gives_back = true;
        wt_place_remove(&place);
        assert_string_equal(read_all(place.files[WT_PLACE_STORE]), "whole");
        assert_string_equal(read_all(place.files[WT_PLACE_STORE_DIRECTORY]), "whole");
        assert_false(test_exists(previous));
        assert_false(test_exists(place.files[WT_PLACE_LOCK]));
        wt_place_close(&place);
    }
    free(previous);
}

/* An explicit store takes its directory file along, wherever the rest lies. */
static void the_directory_of_an_explicit_store_goes_with_it(void **state) {
    struct fixture *f = *state;
    struct wt_place_options options = defaults;
    char *folder = test_directory();
    char *store = test_path(folder, "a store.shm");
    char *directory = test_path(folder, "a store.shm.dir");
    char *previous = test_path(folder, "a store.shm.dir.previous");
    options.socket_path = f->socket;
    options.store_path = store;
    struct wt_place place = open_place(&options);
    assert_string_equal(place.files[WT_PLACE_STORE_DIRECTORY], directory);
    test_write_file(store, "old");
    test_write_file(directory, "old");
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
    assert_false(test_exists(directory));
    assert_string_equal(read_all(previous), "old");
    test_write_file(store, "new");
    test_write_file(directory, "new");
    wt_place_remove(&place);
    assert_false(test_exists(directory));
    assert_int_equal(test_entries(folder), 2); /* the previous two */
    wt_place_close(&place);
    test_remove_tree(folder);
    free(folder);
    free(store);
    free(directory);
    free(previous);
}

/* A monitor that was killed while it built a file: the next one removes what is left of it, and
 * nothing that only looks alike. */
static void what_the_killed_were_building_is_removed(void **state) {
    struct fixture *f = *state;
    pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    const struct {
        const char *base, *end;
        long pid;
        bool is_locked, stays;
    } cases[] = {{"utilization.shm", "new", gone, false, false},
                 {"utilization.shm.dir", "new", gone, false, false},
                 {"recorders.shm", "new", gone, true, true},
                 {"recorders-wide.shm", "new", getpid(), false, true},
                 {"utilization.shm", "newer", gone, false, true},
                 {"other.shm", "new", gone, false, true}};
    enum { CASES = sizeof cases / sizeof cases[0] };
    char *paths[CASES];
    int locks[CASES];
    for (size_t i = 0; i < CASES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%ld.%s", cases[i].base, cases[i].pid, cases[i].end);
        paths[i] = test_path(f->directory, name);
        test_write_file(paths[i], "x");
        locks[i] = cases[i].is_locked ? open(paths[i], O_RDWR | O_CLOEXEC) : -1;
        if (locks[i] >= 0)
            assert_int_equal(flock(locks[i], LOCK_EX), 0);
    }
    struct wt_place place = open_explicit(f);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_set_aside(&place, NULL), WT_OK);
    for (size_t i = 0; i < CASES; i++) {
        if (test_exists(paths[i]) != cases[i].stays)
            fail_msg("%s", paths[i]);
        if (locks[i] >= 0)
            close(locks[i]);
        free(paths[i]);
    }
    wt_place_close(&place);
}

static void a_directory_is_not_set_aside(void **state) {
    struct fixture *f = *state;
    struct wt_place place = open_explicit(f);
    struct wt_error err;
    assert_int_equal(mkdir(place.files[WT_PLACE_STORE], 0700), 0);
    assert_int_equal(wt_place_lock(&place, NULL, NULL), WT_OK);
    assert_int_equal(wt_place_set_aside(&place, &err), WT_EINVAL);
    assert_non_null(strstr(err.text, "no regular file"));
    assert_true(test_exists(place.files[WT_PLACE_STORE]));
    wt_place_close(&place);
}

static void a_disk_gives_a_warning_and_a_tmpfs_none(void **state) {
    (void)state;
    char text[512] = "";
    assert_true(wt_place_disk_warning("/proc/no-such-file", text, sizeof text));
    assert_non_null(strstr(text, "/proc/no-such-file"));
    assert_non_null(strstr(text, "writeback"));
    if (access("/dev/shm", W_OK) == 0) {
        assert_false(wt_place_disk_warning("/dev/shm", text, sizeof text));
        assert_false(wt_place_disk_warning("/dev/shm/not-there-yet", text, sizeof text));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_files_lie_beside_the_socket),
        TEST(another_socket_has_files_of_its_own),
        TEST(the_order_of_places),
        TEST(an_explicit_directory_must_be_there_and_is_left_as_it_is),
        TEST(places_of_the_killed_are_swept),
        TEST(the_temporary_place_is_fresh_private_and_goes_away),
        TEST(mode_opens_directory_and_files_together),
        TEST(a_second_holder_learns_who_holds_the_lock),
        TEST(one_store_has_one_monitor),
        TEST(a_dead_holders_lock_is_free),
        TEST(a_lock_that_is_a_link_is_refused),
        TEST(the_last_generation_is_kept_as_previous),
        TEST(an_incomplete_generation_does_not_replace_a_complete_one),
        TEST(a_monitor_that_cannot_start_gives_back_what_it_set_aside),
        TEST(the_directory_of_an_explicit_store_goes_with_it),
        TEST(what_the_killed_were_building_is_removed),
        TEST(a_directory_is_not_set_aside),
        TEST(a_disk_gives_a_warning_and_a_tmpfs_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
