#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "term/crash.h"
#include "term/term.h"

enum { TRIM_BYTES = 1024 * 1024, SHOW_BYTES = 8 * 1024 };

/* One per process, as standard error is. */
static struct {
    int real; /* where standard error went before */
    int held; /* the memory file, -1 when it goes to the log */
} capture = {.real = -1, .held = -1};

wt_status wt_term_capture_begin(const char *path, struct wt_error *err) {
    if (capture.real >= 0) {
        return WT_OK;
    }
    int target = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)
                              : memfd_create("worktop-stderr", MFD_CLOEXEC);
    if (target < 0) {
        return wt_fail_errno(err, errno, "cannot open %s for standard error",
                             path != NULL ? path : "a memory file");
    }
    if (path == NULL) {
        fcntl(target, F_SETFL, O_APPEND);
    }
    int real = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (real < 0 || dup2(target, STDERR_FILENO) < 0) {
        int number = errno;
        close(target);
        if (real >= 0) {
            close(real);
        }
        return wt_fail_errno(err, number, "cannot redirect standard error");
    }
    if (path != NULL) {
        close(target);
        target = -1;
    }
    capture.real = real;
    capture.held = target;
    wt_term_crash_set_capture(target, real);
    return WT_OK;
}

void wt_term_capture_show(int held) {
    struct stat status;
    if (fstat(held, &status) != 0) {
        return;
    }
    off_t at = status.st_size > SHOW_BYTES ? status.st_size - SHOW_BYTES : 0;
    char piece[512];
    ssize_t n;
    while ((n = pread(held, piece, sizeof piece, at)) > 0) {
        if (write(STDERR_FILENO, piece, (size_t)n) != n) {
            break;
        }
        at += n;
    }
}

void wt_term_capture_end(void) {
    if (capture.real < 0) {
        return;
    }
    wt_term_crash_set_capture(-1, -1);
    dup2(capture.real, STDERR_FILENO);
    close(capture.real);
    capture.real = -1;
    if (capture.held >= 0) {
        wt_term_capture_show(capture.held);
        close(capture.held);
        capture.held = -1;
    }
}

void wt_term_capture_trim(void) {
    struct stat status;
    if (capture.held < 0 || fstat(capture.held, &status) != 0 || status.st_size <= TRIM_BYTES) {
        return;
    }
    if (ftruncate(capture.held, 0) == 0) {
        static const char note[] =
            "worktop: more on standard error than is kept; the first part is lost\n";
        if (write(capture.held, note, sizeof note - 1) < 0) {
            return; /* Only the note is missing then. */
        }
    }
}
