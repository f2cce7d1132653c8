/* remember.h - the file in which a screen's theme, view, order and columns outlive it.
 *
 * It is $XDG_STATE_HOME/worktop/state.json (places.h), written when the screen ends, whole or not
 * at all. A file that is broken, or that belongs to somebody else, is left alone: one line in the
 * log says so, and the screen is as usual.
 *
 * Threads: the loop's.
 */
#ifndef WT_CLI_REMEMBER_H
#define WT_CLI_REMEMBER_H

#include "ui/app.h"

/* Reads the file, if there is one. `path` "": nothing is remembered. */
void wt_remember_load(const char *path, struct wt_app *app);

/* Writes it, unless it says the same already. */
void wt_remember_save(const char *path, const struct wt_app *app);

#endif /* WT_CLI_REMEMBER_H */
