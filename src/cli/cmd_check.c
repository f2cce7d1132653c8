/* worktop check - one line and an exit code for a monitoring system.
 *
 *     the monitor's files --attach--> snapshot --export/check.h--> line, code
 *     else its socket     --poll----> snapshot
 *
 * Whatever goes wrong here is UNKNOWN, told on standard output: that is what such systems show. No
 * way leads past the time-out: waiting ends by itself where it can, and where the kernel makes us
 * wait (a file system that does not answer) an alarm ends the process.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "attach/attach.h"
#include "base/format.h"
#include "cli/command.h"
#include "cli/follow.h"
#include "export/check.h"
#include "export/export.h"
#include "net/poll.h"
#include "shm/place.h"

enum { PAUSE_MS = 20, GRACE_MS = 250 };

#define PUBLISHED_NS                                                                               \
    (3 * WT_NS_PER_S) /* within which a living monitor has published a snapshot                    \
                       */

struct check {
    const struct wt_options *options;
    struct wt_range warning, critical;
    struct wt_check_options judge;
    int64_t deadline_ns; /* monotonic */
    struct wt_buffer line;
    /* the question over the socket */
    uv_loop_t loop;
    bool is_answered;
    wt_status status;
    struct wt_error err;
    char socket[PATH_MAX];
    struct wt_snapshot *told;
};

/* ---- the end --------------------------------------------------------------------------------- */

/* For on_alarm: a second line would be worse than none. */
static volatile sig_atomic_t has_spoken;

static int print(const char *line, enum wt_check_code code) {
    has_spoken = 1;
    if (fputs(line, stdout) >= 0 && fputc('\n', stdout) != EOF && fflush(stdout) == 0)
        return (int)code;
    perror("worktop: cannot write to standard output");
    return WT_CHECK_UNKNOWN;
}

int wt_check_unknown(const char *reason) {
    struct wt_buffer line = {0};
    wt_export_check_unknown(reason, &line);
    int code = print(wt_buffer_text(&line), WT_CHECK_UNKNOWN);
    wt_buffer_fini(&line);
    return code;
}

static void on_alarm(int number) {
    static const char line[] =
        "WORKTOP UNKNOWN: time-out: the monitor's files or its socket cannot "
        "be reached: look at their file system, or allow more --timeout\n";
    (void)number;
    ssize_t written = has_spoken ? 0 : write(STDOUT_FILENO, line, sizeof line - 1);
    (void)written; /* the code says it, too */
    _exit(WT_CHECK_UNKNOWN);
}

static void set_alarm(int64_t timeout_ns) {
    int64_t us = (timeout_ns + GRACE_MS * WT_NS_PER_MS) / 1000;
    const struct itimerval timer = {.it_value = {.tv_sec = us / 1000000, .tv_usec = us % 1000000}};
    struct sigaction action = {.sa_handler = on_alarm};
    sigset_t set;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &set, NULL); /* whoever started us may have blocked it */
    setitimer(ITIMER_REAL, &timer, NULL);
}

static int64_t left_ns(const struct check *check) {
    int64_t left = check->deadline_ns - wt_clock_now().monotonic_ns;
    return left > WT_NS_PER_MS ? left : WT_NS_PER_MS;
}

/* ---- its files ------------------------------------------------------------------------------- */

static void pause_ms(int ms) {
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * WT_NS_PER_MS};
    nanosleep(&time, NULL);
}

static wt_status look(struct check *check, struct wt_attach *attach, const struct wt_snapshot **out,
                      struct wt_error *err) {
    int64_t begin = wt_clock_now().monotonic_ns, now = begin;
    int64_t end =
        begin + PUBLISHED_NS < check->deadline_ns ? begin + PUBLISHED_NS : check->deadline_ns;
    wt_status status = wt_attach_look(attach, wt_clock_now(), out, err);
    while (status == WT_EAGAIN && now < end) {
        pause_ms(PAUSE_MS);
        status = wt_attach_look(attach, wt_clock_now(), out, err);
        now = wt_clock_now().monotonic_ns;
    }
    return status;
}

/* The snapshot in *out has a reference. */
static wt_status read_files(struct check *check, struct wt_snapshot **out, struct wt_error *err) {
    const struct wt_options *options = check->options;
    char path[PATH_MAX];
    struct wt_attach *attach = NULL;
    const struct wt_snapshot *snapshot = NULL;
    *out = NULL;
    wt_status status = wt_follow_attach(options, path, &attach, err);
    if (status != WT_OK)
        return status;
    status = look(check, attach, &snapshot, err);
    if (status == WT_OK)
        *out = wt_snapshot_ref(snapshot);
    wt_attach_close(attach);
    return status;
}

/* ---- its socket ------------------------------------------------------------------------------ */

static void on_answer(void *context, const struct wt_poll_state *state) {
    struct check *check = context;
    check->is_answered = true;
    uv_stop(&check->loop);
    check->status = state->status;
    if (state->status == WT_OK) {
        check->judge.has_sums_only = state->is_status;
        check->status = state->is_status
                            ? wt_import_status_json(state->text, state->length, state->received,
                                                    &check->told, &check->err)
                            : wt_import_json(state->text, state->length, &check->told, &check->err);
    } else if (state->status == WT_ENOENT) {
        wt_fail(&check->err, WT_ENOENT,
                "no monitor answers at '%s': start one with `worktop serve`, or name its socket "
                "with --socket",
                check->socket);
    } else if (state->status == WT_ETIMEOUT) {
        char time[WT_FORMAT_SIZE];
        wt_format_duration(time, sizeof time, check->options->timeout_ns);
        wt_fail(&check->err, WT_ETIMEOUT,
                "time-out: '%s' took the question and did not answer within %s: look at what that "
                "process does, or allow more --timeout",
                check->socket, time);
    } else {
        wt_fail(&check->err, state->status, "%s", state->problem);
    }
}

static wt_status ask_on(struct check *check, struct wt_error *err) {
    struct wt_poll *poll = NULL;
    const struct wt_poll_options options = {.socket_path = check->socket,
                                            .interval_ns = 86400 * WT_NS_PER_S, /* asked once */
                                            .timeout_ns = left_ns(check),
                                            .on_answer = on_answer,
                                            .context = check};
    wt_status status = wt_poll_create(&poll, &check->loop, &options, err);
    if (status != WT_OK)
        return status;
    while (!check->is_answered)
        uv_run(&check->loop, UV_RUN_DEFAULT);
    wt_poll_destroy(poll);
    *err = check->err;
    return check->status;
}

static wt_status ask(struct check *check, struct wt_error *err) {
    wt_status status = wt_place_find_socket(check->options->socket_path, check->socket, err);
    if (status != WT_OK)
        return status;
    int code = uv_loop_init(&check->loop);
    if (code < 0)
        return wt_fail(err, WT_ESYS, "cannot make a loop: %s", uv_strerror(code));
    status = ask_on(check, err);
    uv_loop_close(&check->loop);
    if (status == WT_OK)
        check->told->source.kind = WT_SOURCE_BUS;
    return status;
}

/* ---- the check ------------------------------------------------------------------------------- */

/* Files that a dead monitor left may lie beside the socket of a supervisor that writes none: then
 * the socket is asked, and only if nobody answers there the dead one is told of. */
static wt_status find_snapshot(struct check *check, struct wt_snapshot **out,
                               struct wt_error *err) {
    struct wt_snapshot *seen = NULL;
    wt_status status = read_files(check, &seen, err);
    *out = seen;
    if (check->options->attach)
        return status;
    if (status == WT_OK &&
        (seen->source.health == WT_SOURCE_ANSWERING || seen->source.health == WT_SOURCE_SILENT))
        return WT_OK;
    wt_status asked = ask(check, err);
    if (asked == WT_OK) {
        wt_snapshot_unref(seen);
        *out = check->told;
    }
    return asked == WT_OK || seen == NULL ? asked : WT_OK;
}

static wt_status read_range(const char *option, const char *text, struct wt_range *range,
                            const struct wt_range **out, struct wt_error *err) {
    struct wt_error cause;
    if (text == NULL)
        return WT_OK;
    *out = range;
    wt_status status = wt_range_parse(text, range, &cause);
    return status == WT_OK ? WT_OK
                           : wt_fail(err, status, "worktop check: --%s %s", option, cause.text);
}

int wt_cmd_check(const struct wt_options *options) {
    struct check check = {.options = options};
    struct wt_snapshot *snapshot = NULL;
    struct wt_error err;
    struct wt_time begin = wt_clock_now();
    check.deadline_ns = begin.monotonic_ns + options->timeout_ns;
    check.judge = (struct wt_check_options){.services = options->service_names,
                                            .metric = options->metric,
                                            .max_age_ns = options->max_age_ns};
    wt_status status =
        read_range("warning", options->warning, &check.warning, &check.judge.warning, &err);
    if (status == WT_OK)
        status =
            read_range("critical", options->critical, &check.critical, &check.judge.critical, &err);
    if (status == WT_OK) {
        set_alarm(options->timeout_ns);
        status = find_snapshot(&check, &snapshot, &err);
    }
    if (status != WT_OK)
        return wt_check_unknown(err.text);
    enum wt_check_code judged =
        wt_export_check(snapshot, &check.judge, wt_clock_now(), &check.line);
    int code = check.line.failed ? wt_check_unknown("no memory for the line")
                                 : print(wt_buffer_text(&check.line), judged);
    wt_buffer_fini(&check.line);
    wt_snapshot_unref(snapshot);
    return code;
}
