#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/utf8.h"

/*
 * The one global of the house besides the SIGBUS guard. The descriptor never changes its number
 * while the log is open: wt_log_reopen puts the new file under it with dup3, so that a line written
 * at that moment lands in the old or in the new file, and never in a stranger's descriptor.
 */
static struct {
    _Atomic int level; /* WT_LOG_OFF while closed */
    _Atomic int fd;
    char *path; /* owned; NULL: standard error */
} log_state = {.level = WT_LOG_OFF, .fd = -1};

static const char *const level_texts[] = {
#define LEVEL_TEXT(name, text) text,
    WT_LOG_LEVEL_MAP(LEVEL_TEXT)
#undef LEVEL_TEXT
};

wt_status wt_log_parse_level(const char *text, enum wt_log_level *out, struct wt_error *err) {
    for (size_t i = 0; i < sizeof level_texts / sizeof level_texts[0]; i++) {
        if (strcmp(text, level_texts[i]) == 0) {
            *out = (enum wt_log_level)i;
            return WT_OK;
        }
    }
    return wt_fail(err, WT_EINVAL, "log level %s: must be debug, info, warn, error or off", text);
}

const char *wt_log_level_text(enum wt_log_level level) {
    return level_texts[(unsigned)level <= WT_LOG_OFF ? level : WT_LOG_OFF];
}

void wt_log_set_level(enum wt_log_level level) {
    if (atomic_load(&log_state.fd) >= 0)
        atomic_store(&log_state.level, (int)level);
}

static int open_file(const char *path, struct wt_error *err) {
    int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600)
                          : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        wt_fail_errno(err, errno, "cannot open the log %s", path != NULL ? path : "stderr");
    return fd;
}

wt_status wt_log_open(const char *path, enum wt_log_level level, struct wt_error *err) {
    struct wt_error cause = {.status = WT_ESYS};
    char *copy = NULL;
    if (path != NULL && (copy = strdup(path)) == NULL)
        return wt_fail(err, WT_ENOMEM, "cannot open the log %s: out of memory", path);
    int fd = open_file(path, &cause);
    if (fd < 0) {
        free(copy);
        if (err != NULL)
            *err = cause;
        return cause.status;
    }
    wt_log_close();
    log_state.path = copy;
    atomic_store(&log_state.fd, fd);
    atomic_store(&log_state.level, (int)level);
    return WT_OK;
}

void wt_log_close(void) {
    atomic_store(&log_state.level, WT_LOG_OFF);
    int fd = atomic_exchange(&log_state.fd, -1);
    if (fd >= 0)
        close(fd);
    free(log_state.path);
    log_state.path = NULL;
}

wt_status wt_log_reopen(struct wt_error *err) {
    struct wt_error cause = {.status = WT_ESYS};
    int fd = atomic_load(&log_state.fd);
    if (fd < 0 || log_state.path == NULL)
        return WT_OK;
    int fresh = open_file(log_state.path, &cause);
    if (fresh >= 0 && dup3(fresh, fd, O_CLOEXEC) < 0)
        wt_fail_errno(&cause, errno, "cannot open the log %s", log_state.path);
    else if (fresh >= 0)
        cause.status = WT_OK;
    if (fresh >= 0)
        close(fresh);
    if (cause.status != WT_OK && err != NULL)
        *err = cause;
    return cause.status;
}

void wt_log(enum wt_log_level level, const char *room, const char *format, ...) {
    int fd = atomic_load(&log_state.fd);
    if (fd < 0 || level == WT_LOG_OFF || (int)level < atomic_load(&log_state.level))
        return;
    int keep = errno;
    char text[1024], clean[1100], line[1200], time[WT_FORMAT_SIZE + 8];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        length = 0;
    if (length >= (int)sizeof text) {
        length = (int)sizeof text - 1;
        memcpy(text + length - 3, "...", 3);
    }
    wt_text_clean(clean, sizeof clean, text, (size_t)length);
    wt_format_rfc3339(time, sizeof time, wt_clock_now().realtime_ns);
    int total =
        snprintf(line, sizeof line, "%.23sZ %-5s %-8s %s\n", time, level_texts[level], room, clean);
    if (total >= (int)sizeof line)
        total = (int)sizeof line - 1;
    /* Nobody can be told that the log cannot be written. */
    ssize_t written = write(fd, line, (size_t)total);
    (void)written;
    errno = keep;
}
