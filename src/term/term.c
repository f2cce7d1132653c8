/* term.c - takes the terminal and gives it back; paint.c draws on it, keys.c reads from it;
 * depth.c asks terminfo alone.
 *
 * These share state.h and are the only files of the house that include <curses.h>.
 *
 * Refreshes of a picture go to known terminals without curses (paint.c). It draws all others, and
 * believes that it writes to a terminal; its output is a memory file. After each doupdate
 * the file holds the bytes that turn the old picture into the new one; they are made
 * shorter and get true colours (sgr.c) and the markers of synchronized output, and leave with one
 * write (output.c). Curses cannot set modes on a memory file, nor learn the size from it, and is
 * not asked to: both are done in tty.c, on a second open file description of the terminal.
 *
 * Taking the terminal: curses is put into the state after endwin, so that its next doupdate begins
 * with the alternate screen and a cleared picture; what it had written before is dropped, and our
 * own words (keypad, paste, mouse, cursor) go before it. Giving it back: curses is not asked. A
 * fixed string is sent that is built from terminfo, and of which the crash handlers hold a copy, so
 * that every ending says the same.
 *
 * Not used of curses: its signal handlers (the ones found are put back), its mouse (half of the
 * terminfo entries name the old protocol, which ends at column 223; gpm would open descriptors),
 * its cursor, and stdscr for reading (it would refresh).
 */
#include "term/term.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "term/state.h"

#include <term.h> /* after curses.h; for setupterm and del_curterm */

enum { CLOSE_WAIT_MS = 250, ANSWER_WAIT_MS = 200, ESCAPE_DELAY_MS = 25 };

const char *wt_term_capability(const char *name) {
    const char *text = tigetstr(name);
    return text == (const char *)-1 ? NULL : text;
}

static bool is_capability(const char *name, const char *text) {
    const char *found = wt_term_capability(name);
    return found != NULL && strcmp(found, text) == 0;
}

void wt_term_append_capability(struct wt_buffer *out, const char *text) {
    while (text != NULL && *text != '\0') {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
        if (end == NULL) {
            wt_buffer_append_char(out, *text++);
        } else {
            text = end + 1;
        }
    }
}

/* -------------------------------------------------------------------------------- opening ---- */

static wt_status open_files(struct wt_term *term, struct wt_error *err) {
    term->memory = memfd_create("worktop-screen", MFD_CLOEXEC);
    if (term->memory < 0) {
        return wt_fail_errno(err, errno, "cannot make a memory file for the screen");
    }
    int in = fcntl(term->tty.fd, F_DUPFD_CLOEXEC, 3);
    int out = fcntl(term->memory, F_DUPFD_CLOEXEC, 3);
    term->in = in < 0 ? NULL : fdopen(in, "r");
    term->out = out < 0 ? NULL : fdopen(out, "w");
    if (term->in != NULL && term->out != NULL) {
        return WT_OK;
    }
    int number = errno;
    if (term->in == NULL && in >= 0) {
        close(in);
    }
    if (term->out == NULL && out >= 0) {
        close(out);
    }
    return wt_fail_errno(err, number, "cannot open the terminal for curses");
}

/* newterm, without the signal handlers that it installs over default ones. An unknown type is not
 * even tried: newterm would leak. */
static SCREEN *new_screen(const char *type, FILE *out, FILE *in) {
    int code;
    if (setupterm(type, fileno(out), &code) != OK) {
        return NULL;
    }
    del_curterm(cur_term);
    static const int touched[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { COUNT = sizeof touched / sizeof touched[0] };
    struct sigaction found[COUNT];
    for (int i = 0; i < COUNT; i++) {
        sigaction(touched[i], NULL, &found[i]);
    }
    SCREEN *screen = newterm(type, out, in);
    for (int i = 0; i < COUNT; i++) {
        sigaction(touched[i], &found[i], NULL);
    }
    return screen;
}

static wt_status open_screen(struct wt_term *term, const char *type, struct wt_error *err) {
    if (type == NULL || type[0] == '\0' || strcmp(type, "dumb") == 0) {
        return wt_fail(err, WT_ENOENT, "TERM is %s: no screen can be drawn there",
                       type == NULL || type[0] == '\0' ? "not set" : "\"dumb\"");
    }
    term->family = wt_term_family_find(type);
    const char *better = wt_term_family_better_type(type, getenv("COLORTERM"));
    use_env(FALSE); /* The size is asked elsewhere; with use_tioctl 80 x 24 is taken without one. */
    use_tioctl(TRUE);
    term->screen = better != NULL ? new_screen(better, term->out, term->in) : NULL;
    if (term->screen == NULL) {
        term->screen = new_screen(type, term->out, term->in);
    }
    if (term->screen == NULL && term->family->xterm_like) { /* A terminal younger than terminfo. */
        term->screen = new_screen("xterm-256color", term->out, term->in);
    }
    if (term->screen == NULL) {
        return wt_fail(err, WT_ENOENT, "the terminal type \"%s\" (TERM) is not known here", type);
    }
    if (wt_term_capability("cup") == NULL) {
        return wt_fail(err, WT_ENOENT, "a terminal of type \"%s\" (TERM) cannot move its cursor",
                       type);
    }
    return WT_OK;
}

static void start_colours(struct wt_term *term, bool colourless) {
    const char *no_color = getenv("NO_COLOR");
    term->depth = WT_TERM_DEPTH_NONE;
    if (colourless || (no_color != NULL && no_color[0] != '\0') || !has_colors() ||
        start_color() != OK) {
        return;
    }
    const char *announced = term->family->true_colour ? getenv("COLORTERM") : NULL;
    term->default_colours = use_default_colors() == OK;
    term->direct = COLORS > 256;
    term->depth = term->direct ? WT_TERM_DEPTH_TRUE : wt_term_colour_depth(COLORS, announced);
    /* Pairs with the default colours come on top of those of the entry. */
    term->pair_limit = COLOR_PAIRS + (term->default_colours && !term->direct ? 1 + 2 * COLORS : 0);
}

static wt_status start_keys(struct wt_term *term, struct wt_error *err) {
    term->keys = newpad(1, 1);
    if (term->keys == NULL) {
        return wt_fail(err, WT_ENOMEM, "no memory for the keyboard");
    }
    if (getenv("ESCDELAY") == NULL) {
        set_escdelay(ESCAPE_DELAY_MS);
    }
    noecho();
    nonl();
    typeahead(-1);
    meta(term->keys, TRUE); /* All 8 bits; what it says to the terminal is dropped. */
    keypad(term->keys, TRUE);
    nodelay(term->keys, TRUE);
    keyok(KEY_MOUSE, FALSE);
    return WT_OK;
}

/* The string that gives the terminal back. */
static void build_restore(struct wt_term *term) {
    struct wt_buffer text = {0};
    wt_buffer_append_text(&text, term->family->sync_end);
    wt_buffer_append_text(&text, term->mouse ? term->family->mouse_off : "");
    wt_buffer_append_text(&text, term->family->paste_off);
    wt_term_append_capability(&text, wt_term_capability("rmacs"));
    wt_term_append_capability(&text, wt_term_capability("sgr0"));
    wt_term_append_capability(&text,
                              term->depth != WT_TERM_DEPTH_NONE ? wt_term_capability("op") : NULL);
    wt_term_append_capability(&text, wt_term_capability("smam"));
    wt_term_append_capability(&text, wt_term_capability("rmkx"));
    if (wt_term_capability("rmcup") == NULL) {
        /* No second screen: the picture stays, the shell goes on below. */
        wt_term_append_capability(&text, tparm(wt_term_capability("cup"), (long)term->rows - 1, 0L,
                                               0L, 0L, 0L, 0L, 0L, 0L, 0L));
        wt_term_append_capability(&text, wt_term_capability("el"));
    }
    wt_term_append_capability(&text, wt_term_capability("rmcup"));
    wt_term_append_capability(&text, wt_term_capability("cnorm"));
    if (!text.failed && text.length <= sizeof term->restore) {
        memcpy(term->restore, text.data, text.length);
        term->restore_length = text.length;
    }
    wt_buffer_fini(&text);
    if (term->entered) {
        wt_term_crash_set_bytes(term->restore, term->restore_length);
    }
}

/* ----------------------------------------------------------------------------------- size ---- */

static int clamp(int value, int otherwise, int limit) {
    value = value > 0 ? value : otherwise > 0 ? otherwise : limit;
    return value > limit ? limit : value;
}

static void ask_size(const struct wt_term *term, int *cols, int *rows) {
    wt_term_tty_size(&term->tty, cols, rows);
    *cols = clamp(*cols, tigetnum("cols"), WT_TERM_MAX_COLS);
    *rows = clamp(*rows, tigetnum("lines"), WT_TERM_MAX_ROWS);
}

/* Without memory the size is as it was: the picture is cut, or has an empty edge. */
static wt_status set_size(struct wt_term *term, int cols, int rows, struct wt_error *err) {
    struct wt_cell *shown = calloc((size_t)cols * ((size_t)rows + 1), sizeof *shown);
    cchar_t *line = calloc((size_t)cols, sizeof *line);
    if (shown == NULL || line == NULL || resizeterm(rows, cols) != OK) {
        free(shown);
        free(line);
        return wt_fail(err, WT_ENOMEM, "no memory for a screen of %d x %d", cols, rows);
    }
    free(term->shown);
    free(term->line);
    term->shown = shown;
    term->line = line;
    term->cols = cols;
    term->rows = rows;
    term->all = true;
    build_restore(term);
    return WT_OK;
}

void wt_term_resize(struct wt_term *term) {
    int cols, rows;
    ask_size(term, &cols, &rows);
    if (cols != term->cols || rows != term->rows) {
        set_size(term, cols, rows, NULL);
    }
}

/* ----------------------------------------------------------------------------- life cycle ---- */

void wt_term_forget_memory(struct wt_term *term) {
    if (lseek(term->memory, 0, SEEK_SET) != 0 || ftruncate(term->memory, 0) != 0) {
        term->dead = true; /* It is our own memory file: cannot happen, and must not go on. */
    }
}

static wt_status take(struct wt_term *term, struct wt_error *err) {
    wt_term_crash_arm(term->tty.fd, &term->tty.found);
    wt_term_crash_set_bytes(term->restore, term->entered ? term->restore_length : 0);
    term->fresh = true;
    wt_term_sgr_forget(&term->sgr);
    term->cursor = true;
    term->all = true;
    if (!isendwin()) {
        endwin();
    }
    wt_term_forget_memory(term);
    wt_status status = wt_term_tty_take(&term->tty, err);
    if (status != WT_OK) {
        wt_term_crash_disarm();
    }
    return status;
}

static void give_back(struct wt_term *term) {
    bool partial = wt_term_output_abandon(&term->output) || term->broken;
    if (term->entered && !term->dead) {
        if (partial) {
            wt_term_output_force(term->tty.fd, "\030", 1, CLOSE_WAIT_MS);
        }
        wt_term_output_force(term->tty.fd, term->restore, term->restore_length, CLOSE_WAIT_MS);
        if (term->sync == WT_TERM_SYNC_ASKED &&
            wt_clock_now().monotonic_ns - term->asked_ns < WT_NS_PER_S) {
            wt_term_await_answer(term, ANSWER_WAIT_MS);
        }
    }
    term->broken = term->entered = false;
    wt_term_tty_give_back(&term->tty);
    wt_term_crash_disarm();
}

static wt_status open_all(struct wt_term *term, const struct wt_term_options *options,
                          struct wt_error *err) {
    const char *type = options->type != NULL ? options->type : getenv("TERM");
    wt_status status = wt_term_tty_open(&term->tty, options->fd, err);
    wt_term_output_init(&term->output, term->tty.fd);
    status = status != WT_OK ? status : open_files(term, err);
    status = status != WT_OK ? status : open_screen(term, type, err);
    status = status != WT_OK ? status : start_keys(term, err);
    if (status != WT_OK) {
        return status;
    }
    const char *codeset = nl_langinfo(CODESET);
    term->utf8 = strcasecmp(codeset, "UTF-8") == 0 || strcasecmp(codeset, "utf8") == 0;
    term->line_feed = is_capability("cud1", "\n") && is_capability("ri", "\033M");
    term->shifts = is_capability("csr", "\033[%i%p1%d;%p2%dr") &&
                   is_capability("il", "\033[%p1%dL") && is_capability("dl", "\033[%p1%dM");
    term->can_slide = is_capability("dch", "\033[%p1%dP") && is_capability("ich", "\033[%p1%d@");
    term->mouse = !options->mouseless && term->family->mouse_on[0] != '\0';
    start_colours(term, options->colourless);
    int cols, rows;
    ask_size(term, &cols, &rows);
    status = set_size(term, cols, rows, err);
    return status != WT_OK ? status : take(term, err);
}

wt_status wt_term_open(struct wt_term **out, const struct wt_term_options *options,
                       struct wt_error *err) {
    *out = NULL;
    struct wt_term *term = calloc(1, sizeof *term);
    if (term == NULL) {
        return wt_fail(err, WT_ENOMEM, "no memory for the terminal");
    }
    term->tty.fd = term->memory = -1;
    term->suspended = true; /* There is nothing to give back yet. */
    wt_term_decoder_init(&term->decoder);
    wt_status status = open_all(term, options, err);
    if (status != WT_OK) {
        wt_term_close(&term);
        return status;
    }
    term->suspended = false;
    *out = term;
    return WT_OK;
}

void wt_term_close(struct wt_term **at) {
    struct wt_term *term = *at;
    if (term == NULL) {
        return;
    }
    if (!term->suspended) {
        give_back(term);
    }
    if (term->keys != NULL) {
        delwin(term->keys);
    }
    if (term->screen != NULL) {
        endwin();
        delscreen(term->screen);
    }
    if (term->in != NULL) {
        fclose(term->in);
    }
    if (term->out != NULL) {
        fclose(term->out);
    }
    if (term->memory >= 0) {
        close(term->memory);
    }
    wt_term_tty_close(&term->tty);
    wt_map_fini(&term->pairs);
    wt_map_fini(&term->looks);
    wt_term_output_fini(&term->output);
    wt_buffer_fini(&term->scratch);
    wt_buffer_fini(&term->by_look);
    wt_term_changes_fini(&term->changes);
    free(term->shown);
    free(term->line);
    free(term);
    *at = NULL;
}

void wt_term_suspend(struct wt_term *term) {
    if (!term->suspended) {
        give_back(term);
        term->suspended = true;
    }
}

wt_status wt_term_resume(struct wt_term *term, struct wt_error *err) {
    term->broken = wt_term_output_abandon(&term->output);
    wt_status status = take(term, err);
    if (status == WT_OK) {
        term->suspended = false;
        wt_term_resize(term);
    }
    return status;
}

int wt_term_fd(const struct wt_term *term) {
    return term->tty.fd;
}

int wt_term_cols(const struct wt_term *term) {
    return term->cols;
}

int wt_term_rows(const struct wt_term *term) {
    return term->rows;
}

enum wt_term_depth wt_term_depth(const struct wt_term *term) {
    return term->depth;
}

bool wt_term_is_utf8(const struct wt_term *term) {
    return term->utf8;
}

void wt_term_invalidate(struct wt_term *term) {
    term->all = true;
}

struct wt_term_counts wt_term_counts(const struct wt_term *term) {
    struct wt_term_counts counts = term->counts;
    counts.bytes = term->output.total;
    return counts;
}
