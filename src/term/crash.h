/* crash.h - what the terminal and the capture of standard error leave for the crash handlers.
 *
 * Inside src/term only; wt_term_crash_install is in term.h. Everything here may be called again at
 * any time; the handlers see either the old or the new state, never a mix that they would write.
 */
#ifndef WT_TERM_CRASH_H
#define WT_TERM_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

enum { WT_TERM_CRASH_BYTES = 512 };

/* From now on a crash gives fd these modes back. */
void wt_term_crash_arm(int fd, const struct termios *modes);

/* ... and writes these bytes to it first: at most WT_TERM_CRASH_BYTES. Empty: none. */
void wt_term_crash_set_bytes(const char *bytes, size_t length);

/* Whether the terminal holds a part of a frame, which must be ended first. */
void wt_term_crash_set_partial(bool partial);

void wt_term_crash_disarm(void);

/* Standard error is held back in `held` (a memory file) and belongs to `real`; -1, -1: it is not.
 */
void wt_term_crash_set_capture(int held, int real);

/* capture.c: writes the last 8 KiB of `held` to standard error. Async-signal-safe. */
void wt_term_capture_show(int held);

#endif /* WT_TERM_CRASH_H */
