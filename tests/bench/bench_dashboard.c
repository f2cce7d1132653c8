/* Rows of the dashboard: the real program ($WORKTOP, or the one beside this program) on a
 * pseudo-terminal of 160x48 with true colours, first over nothing, then over 200 workers in 8
 * services, played by the demo's worker program. What it writes is read and shown on libvterm by
 * this process; the time that takes is part of the first frame. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "support/files.h"
#include "support/pty.h"

enum { PATH_SIZE = 4096, WORKERS = 200, PROCESSES = 4, SETTLE_S = 5, STEADY_S = 10, KEYS = 41 };

struct dashboard {
    char program[PATH_SIZE], worker[PATH_SIZE];
    char *directory, *socket;
    struct wt_pty *pty;
    pid_t fleet[PROCESSES];
    int fleet_input[PROCESSES]; /* its end ends the process */
};

static void find_program(char *out, const char *variable, const char *name) {
    const char *named = getenv(variable);
    char self[PATH_SIZE - 64];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    if (named != NULL) {
        snprintf(out, PATH_SIZE, "%s", named);
    } else {
        snprintf(out, PATH_SIZE, "%s/../%s", self, name);
    }
}

static void start(struct dashboard *dashboard, const char *argument) {
    const char *const environment[] = {"TERM=xterm-256color", "COLORTERM=truecolor",
                                       "LC_ALL=C.UTF-8", "NO_COLOR", NULL};
    const char *argv[] = {dashboard->program, argument, dashboard->socket, NULL};
    if (strcmp(argument, "--socket") != 0) {
        argv[2] = NULL;
    }
    const struct wt_pty_options options = {
        .argv = argv, .environment = environment, .cols = 160, .rows = 48};
    dashboard->pty = wt_pty_start(&options);
    if (dashboard->pty == NULL) {
        exit(1);
    }
}

static void stop(struct dashboard *dashboard) {
    int status;
    wt_pty_type(dashboard->pty, "q");
    wt_pty_wait_exit(dashboard->pty, &status);
    wt_pty_close(dashboard->pty);
    dashboard->pty = NULL;
}

static double first_frame(void *context) {
    struct dashboard *dashboard = context;
    int64_t begin = bench_now_ns();
    start(dashboard, "--socket");
    wt_pty_wait_text(dashboard->pty, "No worker");
    double ms = (double)(bench_now_ns() - begin) / 1e6;
    stop(dashboard);
    return ms;
}

/* The limit: the same program, started the same way, says its version. */
static double bare_start(void *context) {
    struct dashboard *dashboard = context;
    int64_t begin = bench_now_ns();
    start(dashboard, "--version");
    wt_pty_wait_text(dashboard->pty, "worktop ");
    double ms = (double)(bench_now_ns() - begin) / 1e6;
    stop(dashboard);
    return ms;
}

/* ---- with workers ------------------------------------------------------------------------ */

static void start_fleet(struct dashboard *dashboard) {
    static const char *const kinds[] = {"web", "api", "jobs", "cable"};
    static char names[WORKERS][48];
    char epoch[32];
    snprintf(epoch, sizeof epoch, "%lld", (long long)bench_now_ns());
    for (int i = 0; i < PROCESSES; i++) {
        const char *argv[WORKERS / PROCESSES + 10] = {
            dashboard->worker, "--socket", dashboard->socket, "--epoch", epoch,
            "--seed",          "1",        "--mean",          "0.5"};
        int count = 9, ends[2];
        for (int n = i; n < WORKERS; n += PROCESSES) {
            const char *kind = kinds[n / PROCESSES % 4];
            snprintf(names[n], sizeof names[n], "%s:%s%s:%d", kind, kind, n % 2 == 0 ? "" : "-2",
                     n / 8);
            argv[count++] = names[n];
        }
        if (pipe2(ends, O_CLOEXEC) != 0) {
            exit(1);
        }
        dashboard->fleet_input[i] = ends[1];
        dashboard->fleet[i] = fork();
        if (dashboard->fleet[i] == 0) {
            dup2(ends[0], STDIN_FILENO);
            execv(dashboard->worker, (char *const *)(uintptr_t)argv);
            _exit(127);
        }
        close(ends[0]);
    }
}

static void stop_fleet(struct dashboard *dashboard) {
    for (int i = 0; i < PROCESSES; i++) {
        close(dashboard->fleet_input[i]);
        waitpid(dashboard->fleet[i], NULL, 0);
    }
}

/* A number from a file of /proc/PID: after `name`, or the first one with NULL; -1 without. */
static double process_figure(pid_t pid, const char *file, const char *name) {
    char path[64], line[256];
    double value = -1;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *in = fopen(path, "r");
    while (in != NULL && value < 0 && fgets(line, sizeof line, in) != NULL) {
        if (name == NULL || strncmp(line, name, strlen(name)) == 0) {
            value = strtod(line + (name != NULL ? strlen(name) : 0), NULL);
        }
    }
    if (in != NULL) {
        fclose(in);
    }
    return value;
}

static void watch(struct dashboard *dashboard, int seconds) {
    int64_t end = bench_now_ns() + (int64_t)seconds * 1000000000, left;
    while ((left = end - bench_now_ns()) > 0) {
        wt_pty_pump(dashboard->pty, (int)(left / 1000000) + 1);
    }
}

static void report_at_most(struct bench *bench, const char *name, const char *unit, double ours,
                           double goal) {
    const struct bench_row row = {.name = name, .unit = unit, .goal = BENCH_AT_MOST, .value = goal};
    bench_report(bench, &row, ours, -1);
}

static void steady_rows(struct bench *bench, struct dashboard *dashboard) {
    pid_t pid = wt_pty_pid(dashboard->pty);
    watch(dashboard, SETTLE_S);
    wt_pty_mark(dashboard->pty);
    int64_t begin = bench_now_ns();
    double cpu = process_figure(pid, "schedstat", NULL);
    double wakes = process_figure(pid, "status", "voluntary_ctxt_switches:");
    watch(dashboard, STEADY_S);
    double s = (double)(bench_now_ns() - begin) / 1e9;
    cpu = (process_figure(pid, "schedstat", NULL) - cpu) / 1e9 / s * 100;
    wakes = (process_figure(pid, "status", "voluntary_ctxt_switches:") - wakes) / s;
    size_t bytes;
    wt_pty_raw(dashboard->pty, &bytes);
    report_at_most(bench, "dashboard: CPU with its monitor, 200 workers, 1 s", "%", cpu, 0.25);
    report_at_most(bench, "dashboard: wake-ups per second", "/s", wakes, 1.5);
    report_at_most(bench, "dashboard: bytes per refresh", "B", (double)bytes / s, 1536);
    report_at_most(bench, "dashboard: memory (PSS)", "KB",
                   process_figure(pid, "smaps_rollup", "Pss:"), 8192);
}

/* From a key to the first byte of the picture that answers it. */
static double key_to_screen(void *context) {
    struct dashboard *dashboard = context;
    static unsigned count;
    size_t length;
    while (wt_pty_pump(dashboard->pty, 30)) {
    }
    wt_pty_mark(dashboard->pty);
    int64_t begin = bench_now_ns();
    wt_pty_type(dashboard->pty, count++ % 2 == 0 ? "j" : "k");
    do {
        wt_pty_pump(dashboard->pty, 1000);
        wt_pty_raw(dashboard->pty, &length);
    } while (length == 0);
    return (double)(bench_now_ns() - begin) / 1e6;
}

void bench_dashboard(struct bench *bench) {
    struct dashboard dashboard = {.pty = NULL};
    if (!bench_wants(bench, "dashboard: ")) {
        return;
    }
    find_program(dashboard.program, "WORKTOP", "worktop");
    find_program(dashboard.worker, "WORKTOP_DEMO_WORKER", "worktop-demo-worker");
    dashboard.directory = test_directory();
    dashboard.socket = test_path(dashboard.directory, "s.ipc");
    const struct bench_row first = {.name = "dashboard: first frame, 160x48 (limit: --version)",
                                    .unit = "ms",
                                    .ours = first_frame,
                                    .limit = bare_start,
                                    .context = &dashboard,
                                    .goal = BENCH_AT_MOST,
                                    .value = 10};
    bench_run(bench, &first);
    start(&dashboard, "--socket");
    wt_pty_wait_text(dashboard.pty, "No worker");
    start_fleet(&dashboard);
    wt_pty_wait_text(dashboard.pty, "200 workers");
    steady_rows(bench, &dashboard);
    const struct bench_row key = {.name = "dashboard: key to screen, 200 workers",
                                  .unit = "ms",
                                  .ours = key_to_screen,
                                  .context = &dashboard,
                                  .goal = BENCH_AT_MOST,
                                  .value = 2,
                                  .repetitions = KEYS};
    bench_run(bench, &key);
    stop(&dashboard);
    stop_fleet(&dashboard);
    test_remove_tree(dashboard.directory);
    free(dashboard.socket);
    free(dashboard.directory);
}
