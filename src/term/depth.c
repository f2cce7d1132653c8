/* How many colours a terminal has, for those who print lines instead of drawing a screen. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term/state.h"

#include <term.h> /* after curses.h; for setupterm and del_curterm */

enum wt_term_depth wt_term_depth_of(int fd) {
    const char *type = getenv("TERM"), *no_color = getenv("NO_COLOR"), *better;
    int code;
    if (!isatty(fd) || (no_color != NULL && no_color[0] != '\0') || type == NULL ||
        type[0] == '\0' || strcmp(type, "dumb") == 0) {
        return WT_TERM_DEPTH_NONE;
    }
    const struct wt_term_family *family = wt_term_family_find(type);
    better = wt_term_family_better_type(type, getenv("COLORTERM"));
    bool known = (better != NULL && setupterm(better, fd, &code) == OK) ||
                 setupterm(type, fd, &code) == OK ||
                 (family->xterm_like && setupterm("xterm-256color", fd, &code) == OK);
    if (!known) {
        return WT_TERM_DEPTH_NONE;
    }
    int count = tigetnum("colors");
    del_curterm(cur_term);
    if (count > 256) {
        return WT_TERM_DEPTH_TRUE;
    }
    return wt_term_colour_depth(count, family->true_colour ? getenv("COLORTERM") : NULL);
}
