/* log.h - one log per process: lines of time, level, room and text.
 *
 *     2026-11-20T13:49:31.123Z info  monitor  registered worker 7 of web, pid 4724, segment 3
 *
 * Lines are written with one write(2) each, so that they never mix. Text from workers is cleaned
 * (utf8.h) by wt_log itself. Until wt_log_open, and with level WT_LOG_OFF, nothing is written.
 *
 * Threads: wt_log may be called from any thread after wt_log_open.
 */
#ifndef WT_BASE_LOG_H
#define WT_BASE_LOG_H

#include "base/status.h"

#define WT_LOG_LEVEL_MAP(X)                                                                        \
    X(DEBUG, "debug") X(INFO, "info") X(WARN, "warn") X(ERROR, "error") X(OFF, "off")

enum wt_log_level {
#define WT_LOG_LEVEL_ENUM(name, text) WT_LOG_##name,
    WT_LOG_LEVEL_MAP(WT_LOG_LEVEL_ENUM)
#undef WT_LOG_LEVEL_ENUM
};

/* "debug" ... "off" -> level; WT_EINVAL names the value and the valid ones. */
wt_status wt_log_parse_level(const char *text, enum wt_log_level *out, struct wt_error *err);

const char *wt_log_level_text(enum wt_log_level level);

/* Another level, from the next line on. Nothing while the log is closed. */
void wt_log_set_level(enum wt_log_level level);

/* Opens path for appending (NULL: standard error) and sets the level. Closes an earlier log. */
wt_status wt_log_open(const char *path, enum wt_log_level level, struct wt_error *err);
void wt_log_close(void);

/* Opens the same path again: after a rotation. */
wt_status wt_log_reopen(struct wt_error *err);

void wt_log(enum wt_log_level level, const char *room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* WT_BASE_LOG_H */
