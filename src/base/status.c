#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

const char *wt_status_text(wt_status status) {
    static const char *const texts[] = {
#define WT_STATUS_TEXT(name, text) text,
        WT_STATUS_MAP(WT_STATUS_TEXT)
#undef WT_STATUS_TEXT
    };
    size_t index = (size_t)status;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "unknown status";
}

static bool is_plain(const char *text) {
    while (*text >= ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

/* Marks a text that vsnprintf had to cut, and makes what it quotes harmless: file names, words of
 * the command line and what workers said may hold anything. */
static void settle(struct wt_error *err, int length) {
    if (length >= (int)sizeof err->text)
        memcpy(err->text + sizeof err->text - 4, "...", 4);
    if (is_plain(err->text))
        return;
    char raw[sizeof err->text];
    memcpy(raw, err->text, sizeof raw);
    wt_text_clean(err->text, sizeof err->text, raw, strlen(raw));
}

wt_status wt_fail(struct wt_error *err, wt_status status, const char *format, ...) {
    if (err != NULL) {
        va_list arguments;
        va_start(arguments, format);
        settle(err, vsnprintf(err->text, sizeof err->text, format, arguments));
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
        settle(err, length);
        err->status = status;
        err->sys_errno = number;
    }
    return status;
}
