/* The SIGBUS guard, with real truncations. What kills is tried in a child. cmocka handles SIGBUS
 * itself while a test runs, so each test installs the guard anew. */
#include "support/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/guard.h"
#include "shm/mapping.h"
#include "support/files.h"

struct file {
    char *directory;
    char *path;
    unsigned char *bytes; /* four pages, shared */
    size_t length;
};

static void open_file(struct file *f) {
    f->directory = test_directory();
    f->path = test_path(f->directory, "file");
    f->length = 4 * wt_page_bytes();
    int fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)f->length), 0);
    f->bytes = mmap(NULL, f->length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(f->bytes, MAP_FAILED);
    close(fd);
}

static void close_file(struct file *f) {
    munmap(f->bytes, f->length);
    test_remove_tree(f->directory);
    free(f->path);
    free(f->directory);
}

static int peek(const unsigned char *at) {
    return *(const volatile unsigned char *)at;
}

static void a_fault_in_a_range_gives_zeros_and_a_flag(void **state) {
    (void)state;
    struct file f;
    wt_guard_handle handle;
    wt_guard_handle other;
    open_file(&f);
    size_t page = wt_page_bytes();
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    assert_true(wt_guard_is_installed());
    assert_int_equal(wt_guard_add(f.bytes, f.length, &handle, NULL), WT_OK);
    assert_int_equal(wt_guard_add(f.bytes + 2 * page, page, &other, NULL), WT_OK);
    memset(f.bytes, 7, f.length);
    assert_int_equal(truncate(f.path, (off_t)page), 0);
    assert_int_equal(peek(f.bytes), 7); /* this page is still the file */
    assert_false(wt_guard_is_broken(handle));
    assert_int_equal(peek(f.bytes + page + 5), 0);
    assert_true(wt_guard_is_broken(handle));
    assert_false(wt_guard_is_broken(other)); /* another page */
    f.bytes[3 * page] = 9;                   /* a store faults, too */
    assert_int_equal(peek(f.bytes + 3 * page), 9);
    assert_int_equal(peek(f.bytes + 2 * page), 0);
    assert_true(wt_guard_is_broken(other)); /* each range that holds the page */
    wt_guard_remove(other);
    wt_guard_remove(handle);
    close_file(&f);
}

static void a_place_in_the_table_is_used_again(void **state) {
    (void)state;
    static unsigned char memory[64];
    wt_guard_handle first;
    wt_guard_handle second;
    assert_int_equal(wt_guard_add(memory, 64, &first, NULL), WT_OK);
    wt_guard_remove(first);
    assert_int_equal(wt_guard_add(memory, 64, &second, NULL), WT_OK);
    assert_int_equal(second, first);
    assert_false(wt_guard_is_broken(second));
    wt_guard_remove(second);
    wt_guard_remove(WT_GUARD_NONE);
    assert_false(wt_guard_is_broken(WT_GUARD_NONE));
}

/* The table grows: the last of thousands is watched like the first. */
static void thousands_of_ranges(void **state) {
    (void)state;
    enum { RANGES = 10000 };
    static wt_guard_handle handles[RANGES];
    struct file f;
    open_file(&f);
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    for (int i = 0; i < RANGES; i++)
        assert_int_equal(wt_guard_add(f.bytes + i % 4, 1, &handles[i], NULL), WT_OK);
    for (int i = 0; i < RANGES; i++) {
        if (i != 9999)
            wt_guard_remove(handles[i]);
    }
    assert_int_equal(truncate(f.path, 0), 0);
    assert_int_equal(peek(f.bytes + 3), 0);
    assert_true(wt_guard_is_broken(handles[9999]));
    wt_guard_remove(handles[9999]);
    close_file(&f);
}

static atomic_bool stop_adding;

static void *add_and_remove(void *context) {
    unsigned char *memory = context;
    while (!atomic_load(&stop_adding)) {
        wt_guard_handle handles[50];
        for (int i = 0; i < 50; i++)
            wt_guard_add(memory + i, 1, &handles[i], NULL);
        for (int i = 0; i < 50; i++)
            wt_guard_remove(handles[i]);
    }
    return NULL;
}

/* Faults while other threads change the table. */
static void faults_beside_changes_of_the_table(void **state) {
    (void)state;
    static unsigned char memory[4096];
    pthread_t threads[2];
    assert_int_equal(wt_guard_install(WT_GUARD_ALWAYS, NULL), WT_OK);
    atomic_store(&stop_adding, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_and_remove, memory + 100 * i), 0);
    for (int i = 0; i < 100; i++) {
        struct file f;
        wt_guard_handle handle;
        open_file(&f);
        assert_int_equal(wt_guard_add(f.bytes, f.length, &handle, NULL), WT_OK);
        assert_int_equal(truncate(f.path, 0), 0);
        assert_int_equal(peek(f.bytes + f.length - 1), 0);
        assert_true(wt_guard_is_broken(handle));
        wt_guard_remove(handle);
        close_file(&f);
    }
    atomic_store(&stop_adding, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

/* ---- in a child -------------------------------------------------------------------------- */

/* Runs a function in a child that starts with SIGBUS as the kernel has it; its wait status. */
static int in_child(int (*body)(struct file *f), struct file *f) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGBUS, SIG_DFL);
        _exit(body(f));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int fault_outside(struct file *f) {
    wt_guard_handle handle;
    if (wt_guard_install(WT_GUARD_OVER_DEFAULT, NULL) != WT_OK ||
        wt_guard_add(f->bytes, wt_page_bytes(), &handle, NULL) != WT_OK ||
        truncate(f->path, 0) != 0)
        return 1;
    if (peek(f->bytes) != 0 || !wt_guard_is_broken(handle)) /* inside: lives */
        return 2;
    peek(f->bytes + wt_page_bytes()); /* just behind the range */
    return 3;
}

static void a_fault_outside_all_ranges_still_kills(void **state) {
    (void)state;
    struct file f;
    open_file(&f);
    int status = in_child(fault_outside, &f);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    close_file(&f);
}

static int fault_after_remove(struct file *f) {
    wt_guard_handle handle;
    wt_guard_install(WT_GUARD_ALWAYS, NULL);
    wt_guard_add(f->bytes, f->length, &handle, NULL);
    wt_guard_remove(handle);
    if (truncate(f->path, 0) != 0)
        return 1;
    peek(f->bytes);
    return 2;
}

static void a_removed_range_is_not_guarded(void **state) {
    (void)state;
    struct file f;
    open_file(&f);
    int status = in_child(fault_after_remove, &f);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    close_file(&f);
}

static int raise_it(struct file *f) {
    wt_guard_handle handle;
    wt_guard_install(WT_GUARD_ALWAYS, NULL);
    wt_guard_add(f->bytes, f->length, &handle, NULL);
    kill(getpid(), SIGBUS);
    return 1;
}

/* Sent with kill(2): no access will be repeated, it must kill all the same. */
static void a_sigbus_that_was_sent_still_kills(void **state) {
    (void)state;
    struct file f;
    open_file(&f);
    int status = in_child(raise_it, &f);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    close_file(&f);
}

static int ignored(struct file *f) {
    (void)f;
    signal(SIGBUS, SIG_IGN);
    if (wt_guard_install(WT_GUARD_OVER_DEFAULT, NULL) != WT_EEXIST || wt_guard_is_installed())
        return 1;
    wt_guard_install(WT_GUARD_ALWAYS, NULL);
    kill(getpid(), SIGBUS);
    return 42;
}

static void a_sigbus_that_was_ignored_stays_ignored(void **state) {
    (void)state;
    int status = in_child(ignored, NULL);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static void exit_43(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)info;
    (void)context;
    _exit(43);
}

static void exit_44(int number) {
    (void)number;
    _exit(44);
}

static int handled_with_info(struct file *f) {
    struct sigaction action = {.sa_sigaction = exit_43, .sa_flags = SA_SIGINFO};
    wt_guard_handle handle;
    sigaction(SIGBUS, &action, NULL);
    if (wt_guard_install(WT_GUARD_OVER_DEFAULT, NULL) != WT_EEXIST)
        return 1; /* a library leaves it alone */
    wt_guard_install(WT_GUARD_ALWAYS, NULL);
    wt_guard_add(f->bytes, wt_page_bytes(), &handle, NULL);
    if (truncate(f->path, 0) != 0 || peek(f->bytes) != 0)
        return 2;
    peek(f->bytes + wt_page_bytes());
    return 3;
}

static int handled_plainly(struct file *f) {
    signal(SIGBUS, exit_44);
    wt_guard_install(WT_GUARD_ALWAYS, NULL);
    if (truncate(f->path, 0) != 0)
        return 2;
    peek(f->bytes);
    return 3;
}

static void the_previous_handler_is_called(void **state) {
    (void)state;
    struct file f;
    open_file(&f);
    int status = in_child(handled_with_info, &f);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 43);
    close_file(&f);
    open_file(&f);
    status = in_child(handled_plainly, &f);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 44);
    close_file(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        /* First those in children: they want a process in which nothing is installed yet. */
        cmocka_unit_test(a_fault_outside_all_ranges_still_kills),
        cmocka_unit_test(a_removed_range_is_not_guarded),
        cmocka_unit_test(a_sigbus_that_was_sent_still_kills),
        cmocka_unit_test(a_sigbus_that_was_ignored_stays_ignored),
        cmocka_unit_test(the_previous_handler_is_called),
        cmocka_unit_test(a_fault_in_a_range_gives_zeros_and_a_flag),
        cmocka_unit_test(a_place_in_the_table_is_used_again),
        cmocka_unit_test(thousands_of_ranges),
        cmocka_unit_test(faults_beside_changes_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
