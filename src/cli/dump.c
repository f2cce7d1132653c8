#include "cli/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "export/export.h"

enum { MAX_TRIES = 1000 };

/* A new file; its name goes to `name`. -1 with errno. */
static int create_file(int64_t realtime_ns, const char *kind, char *name, size_t size) {
    time_t seconds = (time_t)(realtime_ns / WT_NS_PER_S);
    struct tm parts;
    char stamp[32];
    if (localtime_r(&seconds, &parts) == NULL ||
        strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &parts) == 0) {
        errno = EOVERFLOW;
        return -1;
    }
    for (int i = 0; i < MAX_TRIES; i++) {
        char number[16] = "";
        if (i > 0) {
            snprintf(number, sizeof number, "-%d", i);
        }
        snprintf(name, size, "worktop-%s%s%s.json", kind, stamp, number);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

static int write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

wt_status wt_dump_text(const struct wt_buffer *text, const char *kind, int64_t realtime_ns,
                       char path[static PATH_MAX], struct wt_error *err) {
    char name[80] = "", directory[PATH_MAX];
    if (text->failed) {
        return wt_fail(err, WT_ENOMEM, "no memory to export what is shown");
    }
    if (getcwd(directory, sizeof directory) == NULL) {
        snprintf(directory, sizeof directory, ".");
    }
    int fd = create_file(realtime_ns, kind, name, sizeof name);
    if (fd < 0) {
        return wt_fail_errno(err, errno, "cannot export to '%s' in '%s'", name, directory);
    }
    int number = write_all(fd, text->data, text->length);
    number = close(fd) != 0 && number == 0 ? errno : number;
    if (number != 0) {
        unlink(name);
        return wt_fail_errno(err, number, "cannot export to '%s' in '%s'", name, directory);
    }
    int n = snprintf(path, PATH_MAX, "%s/%s", directory, name);
    if (n < 0 || n >= PATH_MAX) {
        snprintf(path, PATH_MAX, "%s", name);
    }
    return WT_OK;
}

wt_status wt_dump_snapshot(const struct wt_snapshot *snapshot, struct wt_time now,
                           char path[static PATH_MAX], struct wt_error *err) {
    struct wt_buffer text = {0};
    wt_export_json(snapshot, now, &text);
    wt_buffer_append_char(&text, '\n');
    wt_status status = wt_dump_text(&text, "", snapshot->time.realtime_ns, path, err);
    wt_buffer_fini(&text);
    return status;
}
