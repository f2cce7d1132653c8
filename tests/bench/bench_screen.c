/* The screen from outside: programs on pseudo-terminals of 160x48 with true colours, as a person
 * would run them, at one refresh a second. What is measured is the process itself: its processor
 * clock, its bytes, its sleeps, its memory. The other tools of this field run in the same minute,
 * where installed.
 *
 * "with a monitor": the dashboard's process is the monitor, too. "attached": another process
 * is, and both are counted. First frames count from the fork of the harness, and are the fastest of
 * a few, since whatever else starts at that moment only adds to them; the limit is a program that
 * says one word. The limit of a key is `cat` on a raw terminal.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/outside.h"
#include "support/files.h"
#include "support/pty.h"

enum {
    COLS = 160,
    ROWS = 48,
    SERVICES = 8,
    WORKERS = 200,
    SETTLE_MS = 6000,
    WINDOW_MS = 60000,
    DEMO_WINDOW_MS = 20000,
    MOST_WORKERS = 10000,
    KEYS = 15,
    FIRST_FRAMES = 7,
    MOST_PROCESSES = 512
};

/* The others. */
static const struct peer {
    const char *name, *path, *argv[4], *text;
} peers[] = {
    {"top", "/usr/bin/top", {"/usr/bin/top", "-d", "1"}, "COMMAND"},
    {"htop", "/usr/bin/htop", {"/usr/bin/htop", "-d", "10"}, "Quit"},
    {"btop", "/usr/bin/btop", {"/usr/bin/btop"}, "Cpu"},
};
enum { PEER_COUNT = sizeof peers / sizeof peers[0] };

static void start(struct wt_pty **pty, const char *const *argv, const char *directory) {
    char home[80], configuration[96];
    snprintf(home, sizeof home, "HOME=%s", directory);
    snprintf(configuration, sizeof configuration, "XDG_CONFIG_HOME=%s", directory);
    const char *const environment[] = {"TERM=xterm-256color",
                                       "LC_ALL=C.UTF-8",
                                       "COLORTERM=truecolor",
                                       "NO_COLOR",
                                       "TMUX",
                                       "ESCDELAY",
                                       "WORKTOP_SOCKET",
                                       home,
                                       configuration,
                                       NULL};
    *pty = wt_pty_start(&(struct wt_pty_options){
        .argv = argv, .environment = environment, .cols = COLS, .rows = ROWS});
    if (*pty == NULL)
        bench_die(argv[0]);
}

static void start_worktop(struct wt_pty **pty, const char *path, const char *directory) {
    static char program[BENCH_PATH_SIZE];
    bench_find_program("worktop", program);
    start(pty, (const char *const[]){program, "--socket", path, NULL}, directory);
}

static void start_viewer(struct wt_pty **pty, const char *path, const char *directory) {
    static char program[BENCH_PATH_SIZE];
    bench_find_program("worktop", program);
    start(pty, (const char *const[]){program, "attach", path, NULL}, directory);
}

static void await(struct wt_pty *pty, const char *text) {
    if (!wt_pty_wait_text(pty, text))
        bench_die(text);
}

static void quit(struct wt_pty *pty) {
    int status;
    wt_pty_type(pty, "q");
    wt_pty_wait_exit(pty, &status);
    wt_pty_close(pty);
}

static size_t written(const struct wt_pty *pty) {
    size_t length;
    wt_pty_raw(pty, &length);
    return length;
}

/* What the program says goes to the screen, until the time is over. */
static void watch(struct wt_pty *const *ptys, size_t count, int milliseconds) {
    int64_t end_ns = bench_now_ns() + (int64_t)milliseconds * 1000000;
    while (bench_now_ns() < end_ns) {
        bool heard = false;
        for (size_t i = 0; i < count; i++)
            heard = wt_pty_pump(ptys[i], 0) || heard;
        if (!heard)
            usleep(20000);
    }
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static double fastest(const double *values, size_t count) {
    double least = values[0];
    for (size_t i = 1; i < count; i++)
        least = values[i] < least ? values[i] : least;
    return least;
}

/* ---- First frames ------------------------------------------------------------------------- */

struct launch {
    const char *const *argv;
    const char *text; /* of a full frame */
    const char *directory;
};

static double first_frame_ms(void *context) {
    const struct launch *launch = context;
    struct wt_pty *pty;
    int64_t begin_ns = bench_now_ns();
    start(&pty, launch->argv, launch->directory);
    await(pty, launch->text);
    double took = (double)(bench_now_ns() - begin_ns) / 1e6;
    quit(pty);
    return took;
}

static void first_frame(struct bench *bench, const char *name, const char *const *argv,
                        const char *text, const char *directory, double goal_ms) {
    static const char *const echo[] = {"/bin/echo", "word", NULL};
    struct launch ours = {argv, text, directory}, limit = {echo, "word", directory};
    double times[2][FIRST_FRAMES];
    if (!bench_wants(bench, name))
        return;
    for (int i = 0; i < FIRST_FRAMES; i++) {
        times[0][i] = first_frame_ms(&ours);
        times[1][i] = first_frame_ms(&limit);
    }
    bench_report(bench,
                 &(struct bench_row){.name = name,
                                     .unit = "ms",
                                     .goal = goal_ms > 0 ? BENCH_AT_MOST : BENCH_NO_GOAL,
                                     .value = goal_ms},
                 fastest(times[0], FIRST_FRAMES), fastest(times[1], FIRST_FRAMES));
}

/* ---- A key -------------------------------------------------------------------------------- */

/* From a key to the first byte that answers, right after a refresh, so that none comes between. */
static double key_ms(struct wt_pty *pty, bool refreshes) {
    double times[KEYS];
    for (int i = 0; i < KEYS; i++) {
        if (refreshes)
            while (!wt_pty_pump(pty, 3000))
                ;
        watch(&pty, 1, 60);
        size_t before = written(pty);
        int64_t begin_ns = bench_now_ns();
        wt_pty_type(pty, i % 2 == 0 ? "j" : "k");
        while (written(pty) == before && bench_now_ns() - begin_ns < 1000000000)
            wt_pty_pump(pty, 100);
        times[i] = (double)(bench_now_ns() - begin_ns) / 1e6;
    }
    return median(times, KEYS);
}

static double bare_key_ms(const char *directory) {
    struct wt_pty *pty;
    start(&pty,
          (const char *const[]){"/bin/sh", "-c", "stty raw -echo && echo ready && exec cat", NULL},
          directory);
    await(pty, "ready");
    double took = key_ms(pty, false);
    wt_pty_close(pty);
    return took;
}

static void report_key(struct bench *bench, const char *name, struct wt_pty *pty, double limit) {
    if (bench_wants(bench, name))
        bench_report(
            bench,
            &(struct bench_row){.name = name, .unit = "ms", .goal = BENCH_AT_MOST, .value = 2},
            key_ms(pty, true), limit);
}

/* ---- A minute ----------------------------------------------------------------------------- */

/* A program under observation, and the monitor whose files it reads, if any. */
struct subject {
    const char *name; /* of its rows */
    struct wt_pty *pty;
    pid_t server;                                /* 0: none */
    double cpu_goal, bytes_goal, memory_goal_kb; /* 0: none */
    double cpu_s, server_cpu_s;
    uint64_t sleeps;
    size_t bytes;
};

static void begin(struct subject *subject) {
    subject->cpu_s = bench_cpu_s(wt_pty_pid(subject->pty));
    subject->server_cpu_s = subject->server > 0 ? bench_cpu_s(subject->server) : 0;
    subject->sleeps = bench_sleeps(wt_pty_pid(subject->pty));
    subject->bytes = written(subject->pty);
}

static void end(struct subject *subject) {
    subject->cpu_s = bench_cpu_s(wt_pty_pid(subject->pty)) - subject->cpu_s;
    if (subject->server > 0)
        subject->server_cpu_s = bench_cpu_s(subject->server) - subject->server_cpu_s;
    subject->sleeps = bench_sleeps(wt_pty_pid(subject->pty)) - subject->sleeps;
    subject->bytes = written(subject->pty) - subject->bytes;
}

static void say(struct bench *bench, const struct subject *subject, const char *what,
                const char *unit, double figure, double goal) {
    char name[96];
    snprintf(name, sizeof name, "screen: %s, %s", what, subject->name);
    bench_report(bench,
                 &(struct bench_row){.name = name,
                                     .unit = unit,
                                     .goal = goal > 0 ? BENCH_AT_MOST : BENCH_NO_GOAL,
                                     .value = goal},
                 figure, -1);
}

static void report(struct bench *bench, const struct subject *subject, double seconds) {
    double cpu = 100 * subject->cpu_s / seconds, server = 100 * subject->server_cpu_s / seconds;
    say(bench, subject, "CPU", "%", cpu, subject->cpu_goal);
    if (subject->server > 0)
        say(bench, subject, "CPU of its monitor", "%", server, 0);
    say(bench, subject, "a refresh", "B", (double)subject->bytes / seconds, subject->bytes_goal);
    say(bench, subject, "sleeps", "/s", (double)subject->sleeps / seconds, 0);
    say(bench, subject, "memory", "KB", bench_memory_kb(wt_pty_pid(subject->pty)),
        subject->memory_goal_kb);
}

static void observe(struct bench *bench, struct subject *subjects, size_t count, int window_ms) {
    struct wt_pty *ptys[2 + PEER_COUNT] = {NULL};
    for (size_t i = 0; i < count; i++)
        ptys[i] = subjects[i].pty;
    watch(ptys, count, SETTLE_MS);
    for (size_t i = 0; i < count; i++)
        begin(&subjects[i]);
    int64_t begin_ns = bench_now_ns();
    watch(ptys, count, window_ms);
    double seconds = (double)(bench_now_ns() - begin_ns) / 1e9;
    for (size_t i = 0; i < count; i++)
        end(&subjects[i]);
    for (size_t i = 0; i < count; i++)
        report(bench, &subjects[i], seconds);
}

/* ---- The others --------------------------------------------------------------------------- */

static void configure_btop(const char *directory) {
    char path[128];
    snprintf(path, sizeof path, "%s/btop", directory);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/btop/btop.conf", directory);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        bench_die(path);
    fputs("update_ms = 1000\n", file);
    fclose(file);
}

static void note_missing(struct bench *bench) {
    for (size_t i = 0; i < PEER_COUNT && bench_wants(bench, "screen:"); i++)
        if (access(peers[i].path, X_OK) != 0)
            printf("(%s is not installed: no rows of it)\n", peers[i].name);
}

static void first_frames_of_peers(struct bench *bench, const char *directory) {
    for (size_t i = 0; i < PEER_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "screen: first frame, %s", peers[i].name);
        if (access(peers[i].path, X_OK) == 0)
            first_frame(bench, name, peers[i].argv, peers[i].text, directory, 0);
    }
}

/* ---- Together ----------------------------------------------------------------------------- */

static void first_frames(struct bench *bench, const struct bench_host *other,
                         const struct bench_host *own) {
    char program[BENCH_PATH_SIZE], text[32];
    bench_find_program("worktop", program);
    snprintf(text, sizeof text, "%d workers", WORKERS);
    first_frame(bench, "screen: first frame, attached",
                (const char *const[]){program, "attach", other->path, NULL}, text, other->directory,
                10);
    first_frame(bench, "screen: first frame, with a monitor",
                (const char *const[]){program, "--socket", own->path, NULL}, "0 workers",
                own->directory, 10);
    first_frames_of_peers(bench, own->directory);
}

static void bench_minute(struct bench *bench, const struct bench_host *other,
                         const struct bench_host *own) {
    struct subject subjects[2 + PEER_COUNT] = {
        {.name = "with a monitor",
         .cpu_goal = 0.25,
         .bytes_goal = 1536,
         .memory_goal_kb = 8 * 1024},
        {.name = "attached",
         .server = other->pid,
         .cpu_goal = 0.1,
         .bytes_goal = 1536,
         .memory_goal_kb = 8 * 1024},
    };
    struct bench_crowd crowd;
    char text[32];
    size_t count = 2;
    snprintf(text, sizeof text, "%d workers", WORKERS);
    start_worktop(&subjects[0].pty, own->path, own->directory);
    await(subjects[0].pty, "LIVE");
    start_viewer(&subjects[1].pty, other->path, other->directory);
    bench_crowd_start(&crowd, own->path, SERVICES, WORKERS);
    await(subjects[0].pty, text);
    await(subjects[1].pty, text);
    for (size_t i = 0; i < PEER_COUNT; i++)
        if (access(peers[i].path, X_OK) == 0) {
            subjects[count].name = peers[i].name;
            start(&subjects[count++].pty, peers[i].argv, own->directory);
        }
    observe(bench, subjects, count, WINDOW_MS);
    while (count > 2)
        wt_pty_close(subjects[--count].pty);
    double limit = bare_key_ms(own->directory);
    report_key(bench, "screen: key, with a monitor", subjects[0].pty, limit);
    report_key(bench, "screen: key, attached", subjects[1].pty, limit);
    bench_crowd_stop(&crowd);
    wt_pty_close(subjects[1].pty); /* the last first: its shell has what the others wait for */
    wt_pty_close(subjects[0].pty);
}

static void bench_two_hundred(struct bench *bench) {
    struct bench_host other, own;
    struct bench_crowd crowd;
    bench_host_start(&other);
    bench_host_place(&own);
    configure_btop(own.directory);
    bench_crowd_start(&crowd, other.path, SERVICES, WORKERS);
    struct wt_pty *pty;
    char text[32];
    snprintf(text, sizeof text, "%d workers", WORKERS);
    start_worktop(&pty, other.path, other.directory);
    await(pty, text);
    wt_pty_close(pty);
    first_frames(bench, &other, &own);
    if (bench_wants(bench, "screen: CPU, with a monitor"))
        bench_minute(bench, &other, &own);
    bench_crowd_stop(&crowd);
    bench_host_stop(&other);
    test_remove_tree(own.directory);
}

/* The demo itself: its dashboard with the monitor, and all its worker processes. */
static void bench_demo(struct bench *bench, const char *what, const char *const *more,
                       const char *text, double cpu_goal) {
    char program[BENCH_PATH_SIZE], directory[] = "/tmp/worktop-bench-XXXXXX";
    const char *argv[12] = {program, "demo", "--services", "8"};
    for (size_t i = 0; more[i] != NULL; i++)
        argv[4 + i] = more[i];
    static pid_t children[MOST_PROCESSES];
    static double used_s[MOST_PROCESSES];
    struct subject subject = {.name = what, .cpu_goal = cpu_goal};
    bench_find_program("worktop", program);
    if (mkdtemp(directory) == NULL)
        bench_die(directory);
    start(&subject.pty, argv, directory);
    await(subject.pty, text);
    watch(&subject.pty, 1, SETTLE_MS);
    size_t count = bench_children(wt_pty_pid(subject.pty), children, MOST_PROCESSES);
    begin(&subject);
    int64_t begin_ns = bench_now_ns();
    for (size_t i = 0; i < count; i++)
        used_s[i] = bench_cpu_s(children[i]);
    watch(&subject.pty, 1, DEMO_WINDOW_MS);
    double workers_s = 0;
    for (size_t i = 0; i < count; i++) {
        double now_s = bench_cpu_s(children[i]);
        workers_s += now_s > used_s[i] ? now_s - used_s[i] : 0;
    }
    double seconds = (double)(bench_now_ns() - begin_ns) / 1e9;
    end(&subject);
    report(bench, &subject, seconds);
    say(bench, &subject, "CPU of its workers", "%", 100 * workers_s / seconds, 0);
    char key[64];
    snprintf(key, sizeof key, "screen: key, %s", what);
    report_key(bench, key, subject.pty, bare_key_ms(directory));
    quit(subject.pty);
    rmdir(directory);
}

void bench_screen(struct bench *bench) {
    note_missing(bench);
    if (bench_wants(bench, "screen: CPU, with a monitor") ||
        bench_wants(bench, "screen: first frame, attached"))
        bench_two_hundred(bench);
    if (bench_wants(bench, "screen: CPU, demo of 200"))
        bench_demo(bench, "demo of 200",
                   (const char *const[]){"--workers", "200", "--no-kill", NULL}, "200 workers", 0);
    if (bench_wants(bench, "screen: CPU, demo of 10,000"))
        bench_demo(
            bench, "demo of 10,000",
            (const char *const[]){"--workers", "10000", "--processes", "8", "--no-kill", NULL},
            "10.0k workers", 0.6);
}
