#include "term/output.h"

#include <errno.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

void wt_term_output_init(struct wt_term_output *output, int fd) {
    *output = (struct wt_term_output){.fd = fd};
}

void wt_term_output_fini(struct wt_term_output *output) {
    wt_buffer_fini(&output->frame);
    output->sent = 0;
}

bool wt_term_output_pending(const struct wt_term_output *output) {
    return output->sent < output->frame.length;
}

wt_status wt_term_output_send(struct wt_term_output *output, struct wt_error *err) {
    if (output->frame.failed) {
        wt_term_output_abandon(output);
        return wt_fail(err, WT_ENOMEM, "no memory for a frame of the screen");
    }
    while (wt_term_output_pending(output)) {
        ssize_t n = write(output->fd, output->frame.data + output->sent,
                          output->frame.length - output->sent);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return WT_EAGAIN;
        }
        if (n <= 0) {
            int number = n < 0 ? errno : EIO;
            wt_term_output_abandon(output);
            wt_fail_errno(err, number, "cannot write to the terminal");
            if (err != NULL) {
                err->status = WT_EDEAD;
            }
            return WT_EDEAD;
        }
        output->sent += (size_t)n;
        output->total += (uint64_t)n;
    }
    wt_term_output_abandon(output);
    return WT_OK;
}

bool wt_term_output_abandon(struct wt_term_output *output) {
    bool partial = output->sent > 0 && wt_term_output_pending(output);
    wt_buffer_clear(&output->frame);
    output->sent = 0;
    return partial;
}

bool wt_term_output_force(int fd, const char *bytes, size_t length, int wait_ms) {
    size_t done = 0;
    bool flushed = false;
    while (done < length) {
        ssize_t n = write(fd, bytes + done, length - done);
        if (n > 0) {
            done += (size_t)n;
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n == 0 || errno != EAGAIN) {
            return false;
        }
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        if (!flushed && poll(&room, 1, wait_ms) > 0) {
            wait_ms = wait_ms > 50 ? wait_ms - 50 : 0; /* A trickle must not hold us for ever. */
            continue;
        }
        if (flushed) {
            return false;
        }
        /* What is queued is an old picture. Without it there is room for the last words. */
        flushed = true;
        tcflush(fd, TCOFLUSH);
    }
    return true;
}
