/* family.h - what terminals understand beyond their terminfo entry, by the name in TERM.
 *
 * Bracketed paste and the SGR mouse are not in most entries, or only in the outdated form.
 * Terminals of these families know the sequences or ignore them; a terminal of no known family
 * (vt100, linux) is never sent any, and might print them.
 *
 * Synchronized output is not a matter of the name: the same name is borne by versions with and
 * without it. Terminals of these families are asked (DECRQM, "CSI ? 2026 $ p") with the first
 * frame, and frames have their markers from the answer on. All that know the mode know the
 * question; who does not answer is sent no markers. The question leaves no trace where it is
 * printed: it stands between saving and restoring the cursor, with the line cleared behind it.
 *
 * What is typed after the key that quits belongs to the shell and is left unread. So that an answer
 * does not stand at the prompt, whoever quits within a second of the question waits for it, for a
 * fifth of a second at most.
 */
#ifndef WT_TERM_FAMILY_H
#define WT_TERM_FAMILY_H

#include <stdbool.h>

struct wt_term_family {
    const char *prefix;
    bool xterm_like;  /* xterm-256color describes it well enough when terminfo does not know it */
    bool true_colour; /* $COLORTERM may be believed */
    const char *sync_ask, *sync_begin, *sync_end;
    const char *paste_on, *paste_off;
    const char *mouse_on, *mouse_off;
};

/* Never NULL. */
const struct wt_term_family *wt_term_family_find(const char *type);

/* A richer entry for the same terminal, NULL without: Debian's "xterm" has 8 colours, but an xterm
 * that announces true colour has them all. */
const char *wt_term_family_better_type(const char *type, const char *colorterm);

#endif /* WT_TERM_FAMILY_H */
