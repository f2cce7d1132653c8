/* A file system that runs full, and the default place, each in a mount namespace of its own. Where
 * the kernel does not let us make one, the tests say so and are skipped. */
#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/guard.h"
#include "shm/mapping.h"
#include "shm/place.h"
#include "shm/store.h"
#include "support/directory.h"
#include "support/files.h"
#include "support/store.h"

enum { SKIPPED = 77 };

/* In a child: what is wrong, on standard error, and out. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);              \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static bool write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return written;
}

/* A mount namespace: as root at once, else as root of a user namespace. */
static bool enter_namespace(void) {
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (uid == 0 && unshare(CLONE_NEWNS) == 0)
        return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    char map[64];
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %lu 1", (unsigned long)uid);
    bool mapped = write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %lu 1", (unsigned long)gid);
    mapped = mapped && write_text("/proc/self/gid_map", map);
    return mapped && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void mount_tmpfs(const char *path, const char *options) {
    if (mount("tmpfs", path, "tmpfs", 0, options) != 0) {
        fprintf(stderr, "skipped: cannot mount a tmpfs here: %s\n", strerror(errno));
        _exit(SKIPPED);
    }
}

/* Runs body in a child with namespaces of its own, in a directory that it may mount over. */
static void in_namespace(void (*body)(const char *directory)) {
    char *directory = test_directory();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!enter_namespace()) {
            fprintf(stderr, "skipped: no mount namespace for us: %s\n", strerror(errno));
            _exit(SKIPPED);
        }
        body(directory);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    test_remove_tree(directory);
    free(directory);
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
        skip();
    assert_true(WIFEXITED(status)); /* above all: not killed by SIGBUS */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static uint64_t free_bytes(const char *path) {
    struct statvfs fs;
    CHECK(statvfs(path, &fs) == 0);
    return (uint64_t)fs.f_bfree * fs.f_frsize;
}

/* ---- a full tmpfs ------------------------------------------------------------------------ */

static void fill_up(struct wt_store *store, const char *directory, uint64_t *workers) {
    struct wt_error err;
    uint32_t segment;
    uint64_t id = 0;
    wt_status status;
    while ((status = wt_store_allocate(store, id, NULL, test_time(0), &segment, &err)) == WT_OK) {
        /* Every segment handed out has its memory: writing it never faults. */
        memset((void *)(uintptr_t)wt_store_segment(store, segment), 1,
               wt_store_segment_bytes(store));
        id++;
    }
    CHECK(status == WT_EFULL);
    CHECK(strstr(err.text, directory) != NULL);
    CHECK(strstr(err.text, "No space left") != NULL);
    *workers = id;
}

static void growth_body(const char *directory) {
    mount_tmpfs(directory, "size=64k");
    char *path = test_path(directory, "utilization.shm");
    char *ballast = test_path(directory, "ballast");
    struct wt_store_options options = test_store_options(path);
    struct wt_store *store;
    struct wt_error err;
    struct stat st;
    uint64_t workers;
    uint32_t segment;
    uint64_t page = wt_page_bytes();
    CHECK(wt_store_create(&store, &options, &err) == WT_OK);
    int fd = open(ballast, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && fallocate(fd, 0, 0, (off_t)(4 * page)) == 0);
    uint64_t free_before = free_bytes(directory);

    fill_up(store, directory, &workers); /* 1, 2, 4, 8 pages fit; 16 do not */
    CHECK(workers == 8 * 8);
    CHECK(wt_store_size(store) == 8 * page);
    CHECK(stat(path, &st) == 0 && (uint64_t)st.st_size == 8 * page); /* as it was */
    CHECK(free_bytes(directory) == free_before - 7 * page);
    CHECK(strstr(wt_store_problem(store), "No space left") != NULL);
    CHECK(wt_store_counts(store).refused == 1);
    size_t resizes = wt_store_resize_count(store, NULL);
    CHECK(resizes == 4);
    CHECK(strstr(wt_store_resize_at(store, 3)->problem, "No space left") != NULL);
    CHECK(wt_store_resize_at(store, 3)->segments_added == 0);

    /* Within the second it is not even tried; later it is, and there is room by then. */
    CHECK(ftruncate(fd, 0) == 0 && unlink(ballast) == 0 && close(fd) == 0);
    CHECK(wt_store_allocate(store, 900, NULL, test_time(0), &segment, &err) == WT_EFULL);
    CHECK(wt_store_resize_count(store, NULL) == 4);
    CHECK(!wt_store_growth_due(store, test_time(0)));
    CHECK(wt_store_growth_due(store, test_time(1)));
    CHECK(wt_store_allocate(store, 900, NULL, test_time(1), &segment, &err) == WT_OK);
    CHECK(wt_store_size(store) == 16 * page);
    CHECK(wt_store_problem(store)[0] == '\0');
    CHECK(wt_store_validate(store, &err) == WT_OK);
    wt_store_close(store);
    free(path);
    free(ballast);
}

static void growth_on_a_full_tmpfs_fails_cleanly(void **state) {
    (void)state;
    in_namespace(growth_body);
}

static void ahead_body(const char *directory) {
    mount_tmpfs(directory, "size=64k");
    char *path = test_path(directory, "utilization.shm");
    struct wt_store_options options = test_store_options(path);
    struct wt_store *store;
    struct wt_store_growth *job;
    struct wt_error err;
    options.size_bytes = 12 * wt_page_bytes();
    CHECK(wt_store_create(&store, &options, &err) == WT_OK);
    CHECK(wt_store_growth_begin(store, &job, &err) == WT_OK);
    wt_store_growth_prepare(job);
    CHECK(wt_store_growth_finish(store, job, test_time(5), &err) == WT_EFULL);
    CHECK(!wt_store_growth_due(store, test_time(5)));
    CHECK(wt_store_counts(store).segments == 12 * 8);
    CHECK(wt_store_resize_count(store, NULL) == 1);
    CHECK(strstr(wt_store_problem(store), "No space left") != NULL);
    CHECK(wt_store_validate(store, &err) == WT_OK);
    wt_store_close(store);
    free(path);
}

static void growth_ahead_of_need_fails_cleanly(void **state) {
    (void)state;
    in_namespace(ahead_body);
}

static void create_body(const char *directory) {
    mount_tmpfs(directory, "size=64k");
    char *path = test_path(directory, "utilization.shm");
    test_write_file(path, "an old store");
    struct wt_store_options options = test_store_options(path);
    struct wt_store *store;
    struct wt_error err;
    struct stat st;
    options.size_bytes = 1 << 20;
    CHECK(wt_store_create(&store, &options, &err) == WT_EFULL);
    CHECK(strstr(err.text, path) != NULL);
    CHECK(stat(path, &st) == 0 && st.st_size == 12); /* the old one is as it was */
    CHECK(test_entries(directory) == 1);
    free(path);
}

static void a_store_that_does_not_fit_leaves_the_old_one(void **state) {
    (void)state;
    in_namespace(create_body);
}

/* The same for a directory file: the old one stays, whole, for those who map it. */
static void directory_body(const char *directory) {
    mount_tmpfs(directory, "size=512k");
    char *path = test_path(directory, "utilization.shm.dir");
    struct wt_directory_options options = test_directory_options(path);
    struct wt_directory *small, *large;
    struct wt_directory_view *view;
    struct wt_error err;
    struct wt_buffer workers = {0}, tick = {0};
    uint64_t version, sequence;
    CHECK(wt_directory_create(&small, &options, &err) == WT_OK);
    CHECK(wt_directory_view_open(&view, path, &err) == WT_OK);
    options.bank_bytes = 1 << 20;
    CHECK(wt_directory_create(&large, &options, &err) == WT_EFULL);
    CHECK(large == NULL && strstr(err.text, path) != NULL);
    CHECK(strstr(err.text, "No space left") != NULL);
    CHECK(test_entries(directory) == 1);
    CHECK(wt_directory_check(small, &err) == WT_OK);
    CHECK(wt_directory_view_check(view, &err) == WT_OK);

    /* Its space was reserved: on a tmpfs without a free page all of it can be written. */
    char *ballast = test_path(directory, "ballast");
    int fd = open(ballast, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && fallocate(fd, 0, 0, (off_t)free_bytes(directory)) == 0 && close(fd) == 0);
    CHECK(free_bytes(directory) == 0);
    for (uint64_t i = 1; i <= 2; i++)
        CHECK(test_directory_publish(small, i, i, 500, 500) == WT_OK);
    for (uint64_t i = 1; i <= WT_DIRECTORY_EVENTS; i++)
        wt_directory_put_event(small, &(struct wt_shared_event_record){.number = i});
    CHECK(wt_directory_check(small, &err) == WT_OK);
    CHECK(wt_directory_view_snapshot(view, 0, &workers, &version, &tick, &sequence, &err) == WT_OK);
    CHECK(sequence == 2);
    wt_buffer_fini(&workers);
    wt_buffer_fini(&tick);
    wt_directory_view_close(view);
    wt_directory_close(small, WT_DIRECTORY_CLOSED);
    free(ballast);
    free(path);
}

static void a_directory_file_that_does_not_fit_leaves_the_old_one(void **state) {
    (void)state;
    in_namespace(directory_body);
}

/* A tmpfs without a limit tells of 0 blocks, 0 of them free: that is not "full". */
static void unlimited_body(const char *directory) {
    mount_tmpfs(directory, "nr_blocks=0,size=0");
    char *path = test_path(directory, "utilization.shm");
    struct wt_store_options options = test_store_options(path);
    struct wt_store *store;
    struct wt_error err;
    CHECK(wt_store_create(&store, &options, &err) == WT_OK);
    CHECK(wt_store_resize(store, 1 << 20, test_time(0), &err) == WT_OK);
    wt_store_close(store);
    free(path);
}

static void a_tmpfs_without_a_limit_is_not_full(void **state) {
    (void)state;
    in_namespace(unlimited_body);
}

/* A limited address space (ulimit -v) is a clean error, too. Sanitizers need more than any limit.
 */
static void limited_body(const char *directory) {
#if defined(WT_SANITIZE_ADDRESS) || defined(WT_SANITIZE_THREAD)
    (void)directory;
    fprintf(stderr, "skipped: a sanitizer reserves all addresses for itself\n");
    _exit(SKIPPED);
#else
    const struct rlimit limit = {256 << 20, 256 << 20};
    char *path = test_path(directory, "utilization.shm");
    struct wt_store_options options = wt_store_defaults(path);
    struct wt_store *store;
    struct wt_error err;
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    CHECK(wt_store_create(&store, &options, &err) == WT_ENOMEM);
    CHECK(strstr(err.text, "ulimit") != NULL);
    CHECK(test_entries(directory) == 0);
    options.max_bytes = 64 << 20; /* less is enough */
    CHECK(wt_store_create(&store, &options, &err) == WT_OK);
    wt_store_close(store);
    free(path);
#endif
}

static void a_limited_address_space_is_said(void **state) {
    (void)state;
    in_namespace(limited_body);
}

/* ---- the default place ------------------------------------------------------------------- */

static bool says(const struct wt_error *err, const char *text) {
    return strstr(err->text, text) != NULL;
}

static void root_body(const char *directory) {
    (void)directory;
    const struct wt_place_options options = {.gid = (gid_t)-1};
    struct wt_place place;
    struct wt_error err;
    struct stat st;
    char socket[PATH_MAX];
    mount_tmpfs("/run", "size=64k,mode=755");
    mount_tmpfs("/dev/shm", "size=64k,mode=1777");
    unsetenv("WORKTOP_SOCKET");
    CHECK(wt_place_find_socket(NULL, socket, &err) == WT_OK);
    CHECK(strcmp(socket, "/run/worktop/supervisor.ipc") == 0);
    CHECK(!test_exists("/run/worktop")); /* to look makes nothing */
    CHECK(wt_place_open(&place, &options, &err) == WT_OK);
    CHECK(place.is_default && strcmp(place.directory, "/run/worktop") == 0);
    CHECK(stat("/run/worktop", &st) == 0 && (st.st_mode & 07777) == 0700);
    CHECK(wt_place_lock(&place, NULL, &err) == WT_OK);
    wt_place_remove(&place);
    CHECK(!test_exists("/run/worktop")); /* a clean exit removes everything */
    wt_place_close(&place);

    /* Someone made it too open: it is set right. A link or a file in its place is refused. */
    CHECK(mkdir("/run/worktop", 0700) == 0 && chmod("/run/worktop", 0777) == 0);
    CHECK(wt_place_open(&place, &options, &err) == WT_OK);
    CHECK(stat("/run/worktop", &st) == 0 && (st.st_mode & 07777) == 0700);
    wt_place_close(&place);
    CHECK(rmdir("/run/worktop") == 0 && mkdir("/run/real", 0700) == 0);
    CHECK(symlink("/run/real", "/run/worktop") == 0);
    CHECK(wt_place_open(&place, &options, &err) == WT_EACCESS && says(&err, "symbolic link"));
    CHECK(wt_place_find_socket(NULL, socket, &err) == WT_EACCESS);
    CHECK(unlink("/run/worktop") == 0);
    test_write_file("/run/worktop", "");
    CHECK(wt_place_open(&place, &options, &err) == WT_EACCESS && says(&err, "no directory"));
    CHECK(unlink("/run/worktop") == 0);

    /* /run cannot be written: the next candidate, for monitors and for those who look. */
    CHECK(mount("tmpfs", "/run", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
    CHECK(wt_place_open(&place, &options, &err) == WT_OK);
    CHECK(strcmp(place.directory, "/dev/shm/worktop-0") == 0);
    CHECK(wt_place_find_socket(NULL, socket, &err) == WT_OK);
    CHECK(strcmp(socket, "/dev/shm/worktop-0/supervisor.ipc") == 0);
    wt_place_close(&place);
    CHECK(rmdir("/dev/shm/worktop-0") == 0);
    CHECK(mount("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
    CHECK(wt_place_open(&place, &options, &err) != WT_OK && says(&err, "--socket"));
}

static void the_default_place_of_root(void **state) {
    (void)state;
    in_namespace(root_body);
}

/* Another user: $XDG_RUNTIME_DIR, else /dev/shm/worktop-UID, unless somebody else made that. */
static void user_body(const char *directory) {
    enum { USER = 12345 };
    (void)directory;
    const struct wt_place_options options = {.gid = (gid_t)-1};
    struct wt_place place;
    struct wt_error err;
    mount_tmpfs("/dev/shm", "size=64k,mode=1777");
    mount_tmpfs("/run", "size=64k,mode=1777");         /* his runtime directory in this test */
    CHECK(mkdir("/dev/shm/worktop-12345", 0777) == 0); /* root's, as far as the user is concerned */
    if (setresuid(USER, USER, USER) != 0) {
        fprintf(stderr, "skipped: cannot become another user: %s\n", strerror(errno));
        _exit(SKIPPED);
    }
    unsetenv("WORKTOP_SOCKET");
    setenv("XDG_RUNTIME_DIR", "/run", 1);
    CHECK(wt_place_open(&place, &options, &err) == WT_OK);
    CHECK(strcmp(place.directory, "/run/worktop") == 0);
    CHECK(wt_place_lock(&place, NULL, &err) == WT_OK);
    wt_place_remove(&place);
    CHECK(!test_exists("/run/worktop"));
    wt_place_close(&place);
    setenv("XDG_RUNTIME_DIR", "not/absolute", 1);
    CHECK(wt_place_open(&place, &options, &err) == WT_EACCESS);
    CHECK(says(&err, "/dev/shm/worktop-12345 belongs to user 0"));
    char socket[PATH_MAX];
    CHECK(wt_place_find_socket(NULL, socket, &err) == WT_EACCESS);
}

static void the_default_place_of_others(void **state) {
    (void)state;
    in_namespace(user_body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_on_a_full_tmpfs_fails_cleanly),
        cmocka_unit_test(growth_ahead_of_need_fails_cleanly),
        cmocka_unit_test(a_store_that_does_not_fit_leaves_the_old_one),
        cmocka_unit_test(a_directory_file_that_does_not_fit_leaves_the_old_one),
        cmocka_unit_test(a_tmpfs_without_a_limit_is_not_full),
        cmocka_unit_test(a_limited_address_space_is_said),
        cmocka_unit_test(the_default_place_of_root),
        cmocka_unit_test(the_default_place_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
