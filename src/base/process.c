#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#ifndef P_PIDFD
#define P_PIDFD 3 /* linux/wait.h; in the headers of the C library since 2.36 */
#endif

static const struct wt_process_source *override_source;

void wt_process_override(const struct wt_process_source *source) {
    override_source = source;
}

/* A whole small file; its length, or -1 with errno. */
static ssize_t read_file(const char *path, char *out, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length;
    do
        length = read(fd, out, size - 1);
    while (length < 0 && errno == EINTR);
    int error = errno;
    close(fd);
    errno = error;
    if (length >= 0)
        out[length] = '\0';
    return length;
}

/* Whether /proc counts processes as we do. In a pid namespace without a /proc of its own it shows
 * those of another one, and our pid is somebody else's there. */
static bool proc_is_ours(void) {
    char text[32];
    ssize_t length = readlink("/proc/self", text, sizeof text - 1);
    if (length < 0)
        return false;
    text[length] = '\0';
    return strtoll(text, NULL, 10) == (long long)getpid();
}

wt_status wt_process_look(int64_t pid, struct wt_process_look *out, struct wt_error *err) {
    char path[64], text[1024];
    if (override_source != NULL)
        return override_source->look(override_source->context, pid, out)
                   ? WT_OK
                   : wt_fail(err, WT_ENOENT, "there is no process %" PRId64, pid);
    if (!proc_is_ours())
        return wt_fail(err, WT_ENOENT, "/proc does not show our processes");
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    if (read_file(path, text, sizeof text) < 0) {
        int error = errno;
        wt_status status = wt_fail_errno(err, error, "cannot read %s", path);
        return error == ESRCH ? WT_ENOENT : status;
    }
    /* The name, field 2, may hold anything, also parentheses: field 3 follows the last one. */
    const char *rest = strrchr(text, ')');
    unsigned long threads;
    unsigned long long start;
    char state;
    if (rest == NULL || sscanf(rest + 1,
                               " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                               "%*d %lu %*d %llu",
                               &state, &threads, &start) != 3)
        return wt_fail(err, WT_EFORMAT, "%s is not what proc(5) promises", path);
    *out = (struct wt_process_look){
        .start_ticks = start, .state = state, .threads = (uint32_t)threads};
    return WT_OK;
}

/* Seconds since the host started, to 10 ms; negative when nobody can tell. */
static double uptime_s(void) {
    char text[128];
    if (override_source != NULL)
        return (double)override_source->uptime_ns(override_source->context) / (double)WT_NS_PER_S;
    return read_file("/proc/uptime", text, sizeof text) <= 0 ? -1 : strtod(text, NULL);
}

int64_t wt_process_age_ns(uint64_t start_ticks) {
    long per_second = sysconf(_SC_CLK_TCK);
    double uptime = uptime_s();
    if (per_second <= 0 || uptime < 0)
        return -1;
    double started = (double)start_ticks / (double)per_second;
    double age = uptime - started;
    if (age < -0.02) /* both are cut to 10 ms */
        return -1;
    return age > 0 ? (int64_t)(age * (double)WT_NS_PER_S) : 0;
}

bool wt_process_look_is_of_dead(const struct wt_process_look *look) {
    return (look->state == 'Z' || look->state == 'X') && look->threads <= 1;
}

bool wt_process_is_gone(int64_t pid, uint64_t start_ticks) {
    struct wt_process_look look;
    wt_status status = wt_process_look(pid, &look, NULL);
    if (status == WT_ENOENT && override_source != NULL)
        return true;
    if (status == WT_ENOENT)
        return kill((pid_t)pid, 0) != 0 && errno == ESRCH; /* else /proc hides it */
    if (status != WT_OK)
        return false;
    return look.start_ticks != start_ticks || wt_process_look_is_of_dead(&look);
}

int wt_process_open(int64_t pid, uint64_t start_ticks, bool *gone) {
    *gone = override_source != NULL && wt_process_is_gone(pid, start_ticks);
    if (override_source != NULL)
        return -1;
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
    if (fd < 0) {
        *gone = errno == ESRCH;
        return -1;
    }
    /* The start time is read after the descriptor was made: if it is the same, the process had this
     * pid all along, and the descriptor is of it. */
    struct wt_process_look look;
    wt_status status = wt_process_look(pid, &look, NULL);
    if (status == WT_OK && look.start_ticks == start_ticks) {
        *gone = wt_process_pidfd_ended(fd);
        return fd;
    }
    *gone = status == WT_OK || wt_process_is_gone(pid, start_ticks);
    close(fd);
    return -1;
}

bool wt_process_pidfd_ended(int pidfd) {
    struct pollfd one = {.fd = pidfd, .events = POLLIN};
    return poll(&one, 1, 0) == 1 && (one.revents & (POLLIN | POLLHUP)) != 0;
}

bool wt_process_wait_status(int pidfd, int *wait_status) {
    siginfo_t info = {0};
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        return false;
    *wait_status = info.si_code == CLD_EXITED
                       ? (info.si_status & 0xff) << 8
                       : (info.si_status & 0x7f) | (info.si_code == CLD_DUMPED ? 0x80 : 0);
    return true;
}

bool wt_process_namespace(char *out, size_t size) {
    ssize_t length = readlink("/proc/self/ns/pid", out, size);
    bool whole = length > 0 && (size_t)length < size;
    out[whole ? length : 0] = '\0';
    return whole;
}

void wt_process_cause(int wait_status, char *out, size_t size) {
    if (WIFSIGNALED(wait_status)) {
        int number = WTERMSIG(wait_status);
        snprintf(out, size, "signal %d (%s)%s", number, strsignal(number),
                 WCOREDUMP(wait_status) ? ", core dumped" : "");
    } else {
        snprintf(out, size, "exit %d", WEXITSTATUS(wait_status));
    }
}

bool wt_process_crashed(int wait_status) {
    if (WIFEXITED(wait_status)) {
        int code = WEXITSTATUS(wait_status);
        return code != 0 && code != 128 + SIGTERM && code != 128 + SIGINT;
    }
    int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
    return number != SIGTERM && number != SIGINT && number != SIGHUP && number != SIGQUIT;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool wt_process_boot_id(uint8_t out[16]) {
    char text[64];
    int digits = 0;
    memset(out, 0, 16);
    if (read_file("/proc/sys/kernel/random/boot_id", text, sizeof text) < 0)
        return false;
    for (const char *at = text; *at != '\0' && digits < 32; at++) {
        int value = hex_value(*at);
        if (value >= 0) { /* the hyphens are for people */
            out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | value);
            digits++;
        }
    }
    if (digits < 32)
        memset(out, 0, 16);
    return digits == 32;
}
