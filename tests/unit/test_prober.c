/* Figures of processes: out of files that a test made up, and of real ones. */
#include "support/support.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/process.h"
#include "probe/prober.h"
#include "support/files.h"
#include "support/worker.h"

static const int64_t second = INT64_C(1000000000);

/* A made-up /proc. */
struct fake_proc {
    char *root;
};

static struct fake_proc fake_open(void) {
    return (struct fake_proc){.root = test_directory()};
}

static void fake_close(struct fake_proc *fake) {
    test_remove_tree(fake->root);
    free(fake->root);
}

/* PID/stat as the kernel writes it. cpu in ticks, rss in pages. */
static void fake_stat(const struct fake_proc *fake, int64_t pid, const char *name, uint64_t start,
                      uint64_t cpu, unsigned threads, uint64_t rss) {
    char path[160], text[512];
    snprintf(path, sizeof path, "%s/%lld", fake->root, (long long)pid);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%lld/stat", fake->root, (long long)pid);
    snprintf(text, sizeof text,
             "%lld (%s) S 1 2 3 0 -1 4194560 5 6 7 8 %llu 1 9 10 20 0 %u 0 %llu 123456 %llu "
             "18446744073709551615 1 1\n",
             (long long)pid, name, (unsigned long long)cpu - 1, threads, (unsigned long long)start,
             (unsigned long long)rss);
    test_write_file(path, text);
}

static void fake_fds(const struct fake_proc *fake, int64_t pid, int count) {
    char path[200];
    snprintf(path, sizeof path, "%s/%lld/fd", fake->root, (long long)pid);
    mkdir(path, 0700);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%lld/fd/%d", fake->root, (long long)pid, i);
        assert_int_equal(symlink("socket:[1]", path), 0);
    }
}

static void parse_says_what_the_line_says(void **state) {
    (void)state;
    const struct wt_proc proc = {.ticks_per_s = 100, .page_bytes = 4096};
    struct wt_proc_stat stat;
    static const char good[] = "7 (a) Z ) b) R 1 2 3 0 -1 4 5 6 7 8 250 50 9 10 20 0 12 0 777 1 25";
    assert_true(wt_proc_parse_stat(&proc, good, sizeof good - 1, &stat));
    assert_int_equal(stat.state, 'R');
    assert_int_equal(stat.cpu_ticks, 300);
    assert_int_equal(stat.threads, 12);
    assert_int_equal(stat.start_ticks, 777);
    assert_int_equal(stat.rss_bytes, 25 * 4096);
    for (size_t length = 0; length < sizeof good - 2; length++)
        assert_false(wt_proc_parse_stat(&proc, good, length, &stat));
    static const char huge[] = "7 (x) R 1 2 3 0 -1 4 5 6 7 8 9 9 9 10 20 0 99999999999 0 7 1 "
                               "9999999999999999999";
    assert_true(wt_proc_parse_stat(&proc, huge, sizeof huge - 1, &stat));
    assert_int_equal(stat.threads, UINT32_MAX);
    assert_int_equal(stat.rss_bytes, INT64_MAX);
    assert_false(wt_proc_parse_stat(&proc, "7 (x) R 1 2 x 3", 15, &stat));
}

static void cpu_is_what_ran_between_two_looks(void **state) {
    (void)state;
    struct fake_proc fake = fake_open();
    struct wt_prober prober;
    fake_stat(&fake, 10, "w", 5, 100, 3, 1000);
    wt_prober_open(&prober, fake.root, 0);
    prober.proc.ticks_per_s = 100;
    const struct wt_process *figures = &wt_prober_add(&prober, 10, 5, NULL)->figures;
    wt_prober_round(&prober, 100 * second);
    assert_int_equal(figures->read_ns, 100 * second);
    assert_int_equal(figures->threads, 3);
    assert_int_equal(figures->rss_bytes, 1000 * prober.proc.page_bytes);
    assert_true(isnan(figures->cpu_ratio) && figures->cpu_window_ns == 0);
    fake_stat(&fake, 10, "w", 5, 350, 3, 1000);
    wt_prober_round(&prober, 100 * second + second / 10); /* too soon to tell */
    assert_true(isnan(figures->cpu_ratio));
    wt_prober_round(&prober, 102 * second);
    assert_true(fabs(figures->cpu_ratio - 1.25) < 1e-9);
    assert_int_equal(figures->cpu_window_ns, 2 * second);
    wt_prober_round(&prober, 103 * second);
    assert_true(figures->cpu_ratio == 0);
    wt_prober_close(&prober);
    fake_close(&fake);
}

static void figures_are_of_the_process_with_this_start_time(void **state) {
    (void)state;
    struct fake_proc fake = fake_open();
    struct wt_prober prober;
    fake_stat(&fake, 10, "w", 6, 100, 3, 1000); /* somebody else got the pid */
    wt_prober_open(&prober, fake.root, 0);
    struct wt_probe *before = wt_prober_add(&prober, 10, 5, NULL);
    struct wt_probe *gone = wt_prober_add(&prober, 11, 5, NULL);
    struct wt_probe *now = wt_prober_add(&prober, 10, 6, NULL);
    wt_prober_round(&prober, second);
    assert_true(before->is_gone && before->figures.read_ns == 0);
    assert_true(gone->is_gone && gone->figures.read_ns == 0);
    assert_int_equal(now->figures.threads, 3);
    assert_ptr_equal(wt_prober_find(&prober, 10, 5), before);
    assert_ptr_equal(wt_prober_find(&prober, 10, 6), now);
    assert_null(wt_prober_find(&prober, 10, 7));
    assert_int_equal(prober.kept_count, 1);
    wt_prober_close(&prober);
    fake_close(&fake);
}

static void a_round_is_bounded_and_everybody_has_a_turn(void **state) {
    (void)state;
    enum { MANY = 3 * WT_PROBER_LOOKS + 7 };
    struct fake_proc fake = fake_open();
    struct wt_prober prober;
    static struct wt_probe *probes[MANY];
    wt_prober_open(&prober, fake.root, 20);
    for (int i = 0; i < MANY; i++) {
        fake_stat(&fake, 100 + i, "w", 5, 1, 1, 1);
        probes[i] = wt_prober_add(&prober, 100 + i, 5, NULL);
    }
    assert_false(wt_prober_sees_all(&prober));
    for (int64_t round = 1; round <= 5; round++) {
        int looks = 0;
        wt_prober_want(&prober, probes[MANY - 1]);
        wt_prober_want(&prober, probes[MANY - 1]); /* twice is once */
        wt_prober_round(&prober, round * second);
        for (int i = 0; i < MANY; i++)
            looks += probes[i]->figures.read_ns == round * second;
        assert_int_equal(looks, WT_PROBER_LOOKS);
        assert_int_equal(probes[MANY - 1]->figures.read_ns, round * second);
        assert_true(prober.kept_count <= 20);
        assert_true(probes[MANY - 1]->stat_fd >= 0);
    }
    for (int i = 0; i < MANY; i++)
        assert_true(probes[i]->figures.read_ns >= second);
    for (int i = 0; i < MANY; i += 2)
        wt_prober_remove(&prober, probes[i]);
    wt_prober_round(&prober, 9 * second);
    wt_prober_close(&prober);
    fake_close(&fake);
}

static void descriptors_are_counted_where_the_kernel_does_not(void **state) {
    (void)state;
    struct fake_proc fake = fake_open();
    struct wt_prober prober;
    struct wt_probe *probes[3];
    wt_prober_open(&prober, fake.root, 0);
    prober.proc.tells_fds = false;
    for (int i = 0; i < 3; i++) {
        fake_stat(&fake, 10 + i, "w", 5, 1, 1, 1);
        probes[i] = wt_prober_add(&prober, 10 + i, 5, NULL);
    }
    fake_fds(&fake, 10, 3);
    fake_fds(&fake, 11, 900); /* more than one buffer holds */
    for (int round = 1; round <= 8; round++)
        wt_prober_round(&prober, round * second);
    assert_int_equal(probes[0]->figures.fd_count, 3);
    assert_true(probes[0]->figures.fds_read_ns > 0);
    assert_int_equal(probes[1]->figures.fd_count, 900);
    assert_int_equal(probes[2]->figures.fds_read_ns, 0); /* may not be read */
    assert_true(probes[2]->figures.read_ns > 0);
    wt_prober_close(&prober);
    fake_close(&fake);
}

static void without_proc_nothing_is_known(void **state) {
    (void)state;
    struct wt_prober prober;
    wt_prober_open(&prober, "/nowhere/at/all", 0);
    struct wt_probe *probe = wt_prober_add(&prober, 1, 1, NULL);
    wt_prober_round(&prober, second);
    assert_int_equal(probe->figures.read_ns, 0);
    wt_prober_close(&prober);
}

/* This very process: what it does shows. */
static void a_real_process_shows_what_it_does(void **state) {
    (void)state;
    struct wt_prober prober;
    struct wt_process_look self;
    assert_int_equal(wt_process_look(getpid(), &self, NULL), WT_OK);
    wt_prober_open(&prober, "/proc", 0);
    struct wt_probe *probe = wt_prober_add(&prober, getpid(), self.start_ticks, NULL);
    wt_prober_round(&prober, 1000 * second);
    assert_int_equal(probe->figures.threads, 1);
    assert_true(probe->figures.rss_bytes > 100000);
    struct wt_process before = probe->figures;
    enum { MORE = 50, BYTES = 64 << 20 };
    int fds[MORE];
    for (int i = 0; i < MORE; i++)
        fds[i] = open("/dev/null", O_RDONLY);
    volatile char *memory = malloc(BYTES);
    assert_non_null(memory);
    for (int i = 0; i < BYTES; i += 512)
        memory[i] = 1;
    wt_prober_round(&prober, 1001 * second);
    assert_true(probe->figures.rss_bytes >= before.rss_bytes + BYTES / 2);
    assert_false(isnan(probe->figures.cpu_ratio));
    /* The file of its figures is kept from the first look on. */
    if (prober.proc.tells_fds)
        assert_int_equal(probe->figures.fd_count, before.fd_count + MORE + 1);
    for (int i = 0; i < MORE; i++)
        close(fds[i]);
    free((void *)memory);
    wt_prober_close(&prober);
}

static void a_killed_process_has_no_figures(void **state) {
    (void)state;
    struct wt_prober prober;
    struct wt_process_look look;
    wt_prober_open(&prober, "/proc", 0);
    pid_t reaped = wt_child_start(), zombie = wt_child_start();
    assert_int_equal(wt_process_look(reaped, &look, NULL), WT_OK);
    struct wt_probe *a = wt_prober_add(&prober, reaped, look.start_ticks, NULL);
    assert_int_equal(wt_process_look(zombie, &look, NULL), WT_OK);
    struct wt_probe *b = wt_prober_add(&prober, zombie, look.start_ticks, NULL);
    wt_prober_round(&prober, 1000 * second);
    assert_true(a->figures.read_ns > 0 && b->figures.read_ns > 0);
    assert_true(a->stat_fd >= 0);
    wt_child_kill(reaped, true);
    wt_child_kill(zombie, false);
    wt_prober_round(&prober, 1001 * second);
    assert_true(a->is_gone && a->figures.read_ns == 0 && a->stat_fd < 0);
    assert_true(b->is_gone && b->figures.read_ns == 0);
    wt_child_reap(zombie);
    wt_prober_close(&prober);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_says_what_the_line_says),
        cmocka_unit_test(cpu_is_what_ran_between_two_looks),
        cmocka_unit_test(figures_are_of_the_process_with_this_start_time),
        cmocka_unit_test(a_round_is_bounded_and_everybody_has_a_turn),
        cmocka_unit_test(descriptors_are_counted_where_the_kernel_does_not),
        cmocka_unit_test(without_proc_nothing_is_known),
        cmocka_unit_test(a_real_process_shows_what_it_does),
        cmocka_unit_test(a_killed_process_has_no_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
