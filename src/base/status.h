/* status.h - one status code and one line of text for everything that can go wrong.
 *
 * A function that can fail returns a wt_status and takes a struct wt_error * as its last parameter
 * (NULL is allowed everywhere). On failure the error holds one line for a person: what was tried,
 * where, with which value, and what would be right. Whatever it quotes, it is one line of valid
 * UTF-8 without control characters (base/utf8.h), so that it can be shown as it is.
 *
 * Threads: plain data, no shared state.
 */
#ifndef WT_BASE_STATUS_H
#define WT_BASE_STATUS_H

#include <stddef.h>

/* name, text. WT_OK is 0; the others are positive and stable only within one build. */
#define WT_STATUS_MAP(X)                                                                           \
    X(OK, "success")                                                                               \
    X(EINVAL, "invalid argument")                                                                  \
    X(ERANGE, "value out of range")                                                                \
    X(ENOENT, "not found")                                                                         \
    X(EEXIST, "already exists")                                                                    \
    X(EFULL, "no room left")                                                                       \
    X(EBUSY, "held by another process")                                                            \
    X(EAGAIN, "not ready yet")                                                                     \
    X(ELIMIT, "a limit was exceeded")                                                              \
    X(EFORMAT, "malformed data")                                                                   \
    X(EVERSION, "written by a newer version")                                                      \
    X(EACCESS, "permission denied")                                                                \
    X(EDEAD, "the other side is gone")                                                             \
    X(ETIMEOUT, "no answer in time")                                                               \
    X(EREMOTE, "the other side answered with an error")                                            \
    X(ENOMEM, "out of memory")                                                                     \
    X(ESYS, "a system call failed")

typedef enum wt_status {
#define WT_STATUS_ENUM(name, text) WT_##name,
    WT_STATUS_MAP(WT_STATUS_ENUM)
#undef WT_STATUS_ENUM
} wt_status;

/* The text of a status, never NULL; "unknown status" for a value outside the enum. Static storage.
 */
const char *wt_status_text(wt_status status);

struct wt_error {
    wt_status status;
    int sys_errno;  /* errno of the failed system call, 0 when there was none */
    char text[384]; /* one line, NUL terminated, cut with "..." when longer */
};

/* Fills err (may be NULL) and returns status, so that callers can write `return wt_fail(...)`. */
wt_status wt_fail(struct wt_error *err, wt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Like wt_fail for a failed system call: appends ": " and the text of `number`, keeps it in
 * sys_errno and returns the status that fits it: EACCES and EPERM give WT_EACCESS, ENOENT gives
 * WT_ENOENT, EEXIST gives WT_EEXIST, ENOMEM gives WT_ENOMEM, ENOSPC gives WT_EFULL, all others
 * WT_ESYS.
 */
wt_status wt_fail_errno(struct wt_error *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* WT_BASE_STATUS_H */
