#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/socket.h"

struct place {
    char directory[64];
    char path[96];
};

static int make_place(void **state) {
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL)
        return -1;
    strcpy(place->directory, "/tmp/wt-socket-XXXXXX");
    if (mkdtemp(place->directory) == NULL)
        return -1;
    snprintf(place->path, sizeof place->path, "%s/s.ipc", place->directory);
    *state = place;
    return 0;
}

static int remove_place(void **state) {
    struct place *place = *state;
    unlink(place->path);
    int removed = rmdir(place->directory); /* fails when a test left something behind */
    free(place);
    return removed;
}

static struct wt_listener_options options_for(const char *path) {
    return (struct wt_listener_options){.path = path, .mode = 0600, .group = (gid_t)-1};
}

static mode_t mode_of(const char *path) {
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return info.st_mode & 07777;
}

/* A socket file whose listener died without removing it. */
static void leave_stale_socket(const char *path) {
    struct wt_listener dead;
    struct wt_listener_options options = options_for(path);
    assert_int_equal(wt_listener_open(&dead, &options, NULL), WT_OK);
    close(dead.fd);
}

static void a_listener_is_private_and_leaves_nothing(void **state) {
    struct place *place = *state;
    mode_t mask = umask(0);
    struct wt_listener listener;
    struct wt_listener_options options = options_for(place->path);
    assert_int_equal(wt_listener_open(&listener, &options, NULL), WT_OK);
    umask(mask);
    assert_int_equal(mode_of(place->path), 0600);
    assert_true((fcntl(listener.fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(listener.fd, F_GETFD) & FD_CLOEXEC) != 0);
    wt_listener_close(&listener);
    assert_int_equal(access(place->path, F_OK), -1);
    wt_listener_close(&listener);
}

static void a_wide_mode_holds_against_the_umask(void **state) {
    struct place *place = *state;
    mode_t mask = umask(077);
    struct wt_listener listener;
    struct wt_listener_options options = options_for(place->path);
    options.mode = 0660;
    options.group = getegid();
    assert_int_equal(wt_listener_open(&listener, &options, NULL), WT_OK);
    umask(mask);
    assert_int_equal(mode_of(place->path), 0660);
    wt_listener_close(&listener);
}

static void a_stale_socket_is_taken_over(void **state) {
    struct place *place = *state;
    leave_stale_socket(place->path);
    int fd;
    struct wt_error err;
    assert_int_equal(wt_socket_connect(place->path, &fd, &err), WT_EDEAD);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(err.text, place->path));

    struct wt_listener listener;
    struct wt_listener_options options = options_for(place->path);
    assert_int_equal(wt_listener_open(&listener, &options, &err), WT_OK);
    assert_int_equal(wt_socket_connect(place->path, &fd, &err), WT_OK);
    close(fd);
    wt_listener_close(&listener);
}

static void a_living_listener_is_left_alone_and_named(void **state) {
    struct place *place = *state;
    struct wt_listener first, second;
    struct wt_listener_options options = options_for(place->path);
    assert_int_equal(wt_listener_open(&first, &options, NULL), WT_OK);
    struct wt_error err;
    assert_int_equal(wt_listener_open(&second, &options, &err), WT_EBUSY);
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld ", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    assert_non_null(strstr(err.text, place->path));
    assert_int_equal(second.fd, -1);
    wt_listener_close(&second);
    assert_int_equal(access(place->path, F_OK), 0);
    wt_listener_close(&first);
}

static void a_full_backlog_means_that_somebody_listens(void **state) {
    struct place *place = *state;
    struct wt_listener first, second;
    struct wt_listener_options options = options_for(place->path);
    options.backlog = 1;
    assert_int_equal(wt_listener_open(&first, &options, NULL), WT_OK);
    int fds[8];
    size_t count = 0;
    wt_status status = WT_OK;
    while (count < 8 && (status = wt_socket_connect(place->path, &fds[count], NULL)) == WT_OK)
        count++;
    assert_int_equal(status, WT_EAGAIN);
    assert_int_equal(wt_listener_open(&second, &options, NULL), WT_EBUSY);
    while (count > 0)
        close(fds[--count]);
    wt_listener_close(&first);
}

static void what_is_no_socket_is_never_removed(void **state) {
    struct place *place = *state;
    struct wt_listener listener;
    struct wt_listener_options options = options_for(place->path);
    struct wt_error err;
    int fd = open(place->path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(wt_listener_open(&listener, &options, &err), WT_EEXIST);
    assert_int_equal(access(place->path, F_OK), 0);
    unlink(place->path);

    assert_int_equal(symlink("/nonexistent/target", place->path), 0);
    assert_int_equal(wt_listener_open(&listener, &options, &err), WT_EEXIST);
    unlink(place->path);

    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_int_equal(wt_listener_open(&listener, &options, &err), WT_EEXIST);
    assert_int_equal(rmdir(place->path), 0);
}

static void a_socket_that_was_replaced_is_not_removed(void **state) {
    struct place *place = *state;
    struct wt_listener first, second;
    struct wt_listener_options options = options_for(place->path);
    assert_int_equal(wt_listener_open(&first, &options, NULL), WT_OK);
    unlink(place->path);
    assert_int_equal(wt_listener_open(&second, &options, NULL), WT_OK);
    wt_listener_close(&first);
    assert_int_equal(access(place->path, F_OK), 0);
    wt_listener_close(&second);
    assert_int_equal(access(place->path, F_OK), -1);
}

static void a_missing_directory_is_named(void **state) {
    (void)state;
    struct wt_listener listener;
    struct wt_listener_options options = options_for("/nonexistent/directory/s.ipc");
    struct wt_error err;
    assert_int_equal(wt_listener_open(&listener, &options, &err), WT_ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/directory/s.ipc"));
    int fd;
    assert_int_equal(wt_socket_connect("/nonexistent/s.ipc", &fd, &err), WT_ENOENT);
}

/* Exactly 108 bytes work; one more lies under its short name, with a symlink at the long path. */
static void long_paths_work(void **state) {
    struct place *place = *state;
    setenv("TMPDIR", place->directory, 1);
    for (size_t length = 107; length <= 200; length = length < 109 ? length + 1 : length + 91) {
        char path[256];
        int written = snprintf(path, sizeof path, "%s/", place->directory);
        memset(path + written, 'x', length - (size_t)written);
        path[length] = '\0';
        struct wt_listener listener;
        struct wt_listener_options options = options_for(path);
        struct wt_error err;
        for (int round = 0; round < 2; round++) { /* the second one finds an old link */
            assert_int_equal(wt_listener_open(&listener, &options, &err), WT_OK);
            int fd;
            assert_int_equal(wt_socket_connect(path, &fd, &err), WT_OK);
            close(fd);
            struct stat info;
            assert_int_equal(lstat(path, &info), 0);
            assert_int_equal(S_ISLNK(info.st_mode), length > 108);
            if (round == 0) { /* as after a crash: the files stay */
                close(listener.fd);
                free(listener.link_path);
            }
        }
        wt_listener_close(&listener);
        assert_int_equal(access(path, F_OK), -1);
    }
    unsetenv("TMPDIR");
}

static void the_peer_is_known_by_the_kernel(void **state) {
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct wt_credentials peer;
    assert_int_equal(wt_socket_credentials(pair[0], &peer, NULL), WT_OK);
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.uid, geteuid());
    bool is_gone;
    int pidfd = wt_socket_peer_pidfd(pair[0], &is_gone);
    assert_false(is_gone);
    if (pidfd >= 0)
        close(pidfd);
    close(pair[0]);
    close(pair[1]);
    assert_int_not_equal(wt_socket_credentials(pair[0], &peer, NULL), WT_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_listener_is_private_and_leaves_nothing, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_wide_mode_holds_against_the_umask, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_stale_socket_is_taken_over, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_living_listener_is_left_alone_and_named, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_full_backlog_means_that_somebody_listens, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(what_is_no_socket_is_never_removed, make_place,
                                        remove_place),
        cmocka_unit_test_setup_teardown(a_socket_that_was_replaced_is_not_removed, make_place,
                                        remove_place),
        cmocka_unit_test(a_missing_directory_is_named),
        cmocka_unit_test_setup_teardown(long_paths_work, make_place, remove_place),
        cmocka_unit_test(the_peer_is_known_by_the_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
