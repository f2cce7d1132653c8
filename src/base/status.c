#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *wt_status_text(wt_status status) {
    static const char *const texts[] = {
#define WT_STATUS_TEXT(name, text) text,
        WT_STATUS_MAP(WT_STATUS_TEXT)
#undef WT_STATUS_TEXT
    };
    size_t index = (size_t)status;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "unknown status";
}

/* Marks a text that vsnprintf had to cut. */
static void mark_cut(struct wt_error *err, int length) {
    if (length >= (int)sizeof err->text)
        memcpy(err->text + sizeof err->text - 4, "...", 4);
}

wt_status wt_fail(struct wt_error *err, wt_status status, const char *format, ...) {
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        mark_cut(err, vsnprintf(err->text, sizeof err->text, format, arguments));
        va_end(arguments);
        err->status = status;
        err->sys_errno = 0;
    }
    return status;
}

static wt_status status_of_errno(int number) {
    switch (number) {
    case EACCES:
    case EPERM:
        return WT_EACCESS;
    case ENOENT:
        return WT_ENOENT;
    case EEXIST:
        return WT_EEXIST;
    case ENOMEM:
        return WT_ENOMEM;
    case ENOSPC:
        return WT_EFULL;
    default:
        return WT_ESYS;
    }
}

wt_status wt_fail_errno(struct wt_error *err, int number, const char *format, ...) {
    wt_status status = status_of_errno(number);
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(err->text, sizeof err->text, format, arguments);
        va_end(arguments);
        if (length >= 0 && length < (int)sizeof err->text)
            length += snprintf(err->text + length, sizeof err->text - (size_t)length, ": %s",
                               strerror(number));
        mark_cut(err, length);
        err->status = status;
        err->sys_errno = number;
    }
    return status;
}
