/* output.h - bytes on their way to a terminal that may not take them.
 *
 * One frame at a time: it is filled, sent with one write, and what the terminal did not take waits
 * for `flush`. The descriptor must be non-blocking.
 *
 * Threads: one owner.
 */
#ifndef WT_TERM_OUTPUT_H
#define WT_TERM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"

struct wt_term_output {
    int fd;                 /* borrowed */
    struct wt_buffer frame; /* append here while nothing is pending */
    size_t sent;            /* bytes of the frame that the terminal has */
    uint64_t total;         /* bytes taken since init */
};

void wt_term_output_init(struct wt_term_output *output, int fd);
void wt_term_output_fini(struct wt_term_output *output);

/* Whether a part of a frame still waits. */
bool wt_term_output_pending(const struct wt_term_output *output);

/*
 * Sends as much of the frame as the terminal takes now.
 *   WT_OK      all of it; the frame is empty again
 *   WT_EAGAIN  the rest waits
 *   WT_EDEAD   the terminal is gone; the frame is dropped
 *   WT_ENOMEM  the frame could not be filled; it is dropped
 */
wt_status wt_term_output_send(struct wt_term_output *output, struct wt_error *err);

/* Forgets the frame. True when the terminal has a part of it, perhaps half an escape sequence. */
bool wt_term_output_abandon(struct wt_term_output *output);

/*
 * Writes all bytes, waiting for the terminal at most wait_ms in all; then throws away what the
 * kernel has queued for it and tries once more. False when the bytes did not get there. For the
 * last words, not for frames. Async-signal-safe.
 */
bool wt_term_output_force(int fd, const char *bytes, size_t length, int wait_ms);

#endif /* WT_TERM_OUTPUT_H */
