#include "support/support.h"

#include "support/terminal.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "term/term.h"

/* ---------------------------------------------------------------------------- the program ---- */

struct child {
    struct wt_term *term;
    struct wt_grid grid;
    int signals;
    char last[256];
    int inputs, paints;
    int storm; /* changes so far, 0: the ruler is shown */
    bool busy, field;
};

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c) {
    uint32_t hash = a * 2654435761u ^ b * 2246822519u ^ c * 3266489917u;
    hash ^= hash >> 15;
    hash *= 2246822519u;
    return hash ^ hash >> 13;
}

/* What a cell has become since the first change: every change reaches some of them. */
static void draw_storm(struct child *child, int row, int col) {
    static const uint32_t codes[] = {' ', ' ', 'x', '0', 0xe9, 0x28ff, 0x2588, 0x4e2d};
    static const unsigned attributes[] = {0,
                                          0,
                                          0,
                                          0,
                                          WT_ATTRIBUTE_BOLD,
                                          WT_ATTRIBUTE_UNDERLINE,
                                          WT_ATTRIBUTE_REVERSE,
                                          WT_ATTRIBUTE_DIM};
    uint32_t at = (uint32_t)(row + child->storm / 5); /* which scrolls */
    bool slides = at % 3 == 0 && col >= 20 && col < 60;
    uint32_t across = (uint32_t)(col + (slides ? child->storm / 2 : 0));
    int step = child->storm;
    while (step > 0 && mix(at, across, (uint32_t)step) % 16 != 0) {
        step--;
    }
    uint32_t hash = mix(across, at, (uint32_t)step + 1000);
    uint32_t shade = hash >> 20 & 3;
    struct wt_style style = {.fg = WT_COLOUR_RGB(0x404040u + shade * 0x300020u),
                             .bg =
                                 (hash & 0x100) != 0 ? WT_COLOUR_RGB(0x10131a) : WT_COLOUR_DEFAULT,
                             .attributes = (uint8_t)attributes[hash >> 4 & 7]};
    uint32_t code = codes[hash & 7];
    bool is_wide = code == 0x4e2d;
    /* Wide ones are rare, so that some frames have none. */
    if (is_wide && (hash >> 24 & 255) == 0) {
        wt_grid_text_at(&child->grid, col, row, 2, "\xe4\xb8\xad", style);
    } else {
        wt_grid_put(&child->grid, col, row, is_wide ? 'w' : code, style);
    }
}

static void draw(struct child *child) {
    struct wt_style plain = {.fg = WT_COLOUR_DEFAULT, .bg = WT_COLOUR_DEFAULT};
    struct wt_style loud = {.fg = WT_COLOUR_RGB(0xff5c6c),
                            .bg = WT_COLOUR_RGB(0x10131a),
                            .attributes = WT_ATTRIBUTE_BOLD};
    struct wt_grid *grid = &child->grid;
    char text[320];
    wt_grid_clear(grid, plain);
    snprintf(text, sizeof text, "size %dx%d depth %d utf8 %d", grid->cols, grid->rows,
             (int)wt_term_depth(child->term), (int)wt_term_is_utf8(child->term));
    wt_grid_text_at(grid, 0, 0, grid->cols, text, loud);
    snprintf(text, sizeof text, "inputs %d last %s", child->inputs, child->last);
    wt_grid_text_at(grid, 0, 1, grid->cols, text, plain);
    wt_grid_text_at(grid, 0, 2, grid->cols, "caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 \xe2\xa3\xbf end",
                    plain);
    for (int row = 3; row < grid->rows; row++) {
        for (int col = 0; col < grid->cols; col++) {
            if (child->storm > 0) {
                draw_storm(child, row, col);
                continue;
            }
            unsigned shade =
                (unsigned)(col * 3 + row * 7 + (child->busy ? child->paints : 0)) & 255;
            struct wt_style style = {.fg = WT_COLOUR_RGB(shade << 16 | (255 - shade) << 8),
                                     .bg = WT_COLOUR_DEFAULT};
            wt_grid_put(grid, col, row, 'a' + (uint32_t)(col + row + child->paints) % 26, style);
        }
    }
    grid->cursor_col = child->field ? 5 : -1;
    grid->cursor_row = child->field ? 1 : -1;
    child->paints++;
}

static void resize(struct child *child) {
    wt_term_resize(child->term);
    if (wt_grid_resize(&child->grid, wt_term_cols(child->term), wt_term_rows(child->term), NULL) !=
        WT_OK) {
        exit(90);
    }
}

static void describe(struct child *child, const struct wt_input *input) {
    child->inputs++;
    switch (input->kind) {
    case WT_INPUT_KEY:
        snprintf(child->last, sizeof child->last, "key %x mods %u;", (unsigned)input->code,
                 input->modifiers);
        break;
    case WT_INPUT_MOUSE:
        snprintf(child->last, sizeof child->last, "mouse %d at %d,%d;", (int)input->button,
                 input->col, input->row);
        break;
    case WT_INPUT_PASTE:
        snprintf(child->last, sizeof child->last, "paste %.*s;", (int)input->length, input->text);
        break;
    case WT_INPUT_RESIZE:
    case WT_INPUT_NONE:
        break;
    }
}

/* While curses draws it ignores SIGTSTP, which throws away one that waits to be read, too. It lets
 * those alone who had a handler before it. (libuv has one.) */
static void never_called(int number) {
    (void)number;
}

static void stop(struct child *child, bool group) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    wt_term_suspend(child->term);
    signal(SIGTSTP, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    kill(group ? 0 : getpid(), SIGTSTP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGTSTP, never_called);
    if (wt_term_resume(child->term, NULL) != WT_OK) {
        exit(91);
    }
    resize(child);
}

/* Deeper than any stack; the compiler is not told that it never ends. */
static volatile int deep_enough;

static int overflow(volatile char *above) {
    volatile char frame[65536];
    frame[0] = above[0];
    return deep_enough ? 0 : overflow(frame) + frame[0];
}

/* False: quit. */
static bool act(struct child *child, const struct wt_input *input) {
    volatile int *nowhere =
        (volatile int *)(uintptr_t)4096; /* a null pointer has its own checker */
    describe(child, input);
    if (input->kind != WT_INPUT_KEY) {
        return true;
    }
    switch (input->code) {
    case 'q':
        return false;
    case 'S':
        *nowhere = 1;
        return true;
    case 'O': {
        volatile char first = 0;
        return overflow(&first) != 0;
    }
    case 'A':
        fputs("the reason of the abort\n", stderr);
        abort();
    case 'E':
        exit(7);
    case 'b':
        child->busy = true;
        return true;
    case 'r':
        child->storm++;
        return true;
    case 'i':
        wt_term_invalidate(child->term);
        return true;
    case 'f':
        child->field = !child->field;
        return true;
    case 'z':
        if ((input->modifiers & WT_MOD_CTRL) != 0) {
            stop(child, true);
        }
        return true;
    default:
        return true;
    }
}

static bool read_inputs(struct child *child) {
    struct wt_input inputs[4];
    size_t count;
    do {
        if (wt_term_read(child->term, inputs, 4, &count, NULL) != WT_OK) {
            exit(42); /* hung up */
        }
        for (size_t i = 0; i < count; i++) {
            if (!act(child, &inputs[i])) {
                return false;
            }
        }
    } while (count > 0);
    return true;
}

static bool take_signal(struct child *child) {
    struct signalfd_siginfo info;
    if (read(child->signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return false;
    }
    switch (info.ssi_signo) {
    case SIGWINCH:
        resize(child);
        return true;
    case SIGTSTP:
        stop(child, false);
        return true;
    case SIGCONT:
        if (wt_term_resume(child->term, NULL) != WT_OK) {
            exit(92);
        }
        resize(child);
        return true;
    default:
        return false;
    }
}

int wt_terminal_program(void) {
    struct child child = {.signals = -1, .storm = getenv("WORKTOP_TEST_STORM") != NULL};
    struct wt_error err = {0};
    sigset_t set;
    setlocale(LC_ALL, "");
    sigemptyset(&set);
    static const int wanted[] = {SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        sigaddset(&set, wanted[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGTSTP, never_called);
    child.signals = signalfd(-1, &set, SFD_CLOEXEC);
    struct wt_term_options options = {.fd = STDOUT_FILENO};
    if (wt_term_crash_install(&err) != WT_OK || wt_term_capture_begin(NULL, &err) != WT_OK ||
        wt_term_open(&child.term, &options, &err) != WT_OK) {
        wt_term_capture_end();
        printf("plain: %s\n", err.text);
        return err.status == WT_ENOENT ? 0 : 93;
    }
    if (wt_grid_init(&child.grid, wt_term_cols(child.term), wt_term_rows(child.term), &err) !=
        WT_OK) {
        return 94;
    }
    bool go = true, wants_paint = true;
    while (go) {
        if (wants_paint || child.busy) {
            draw(&child);
            wt_status status = wt_term_paint(child.term, &child.grid, &err);
            if (status == WT_EDEAD) {
                exit(42);
            }
            wants_paint = status == WT_EAGAIN;
        }
        bool pending = wt_term_is_pending(child.term);
        struct pollfd wait[2] = {
            {.fd = wt_term_fd(child.term), .events = (short)(POLLIN | (pending ? POLLOUT : 0))},
            {.fd = child.signals, .events = POLLIN}};
        if (poll(wait, 2, child.busy && !pending ? 0 : -1) < 0) {
            break;
        }
        if ((wait[0].revents & POLLOUT) != 0 && wt_term_flush(child.term, &err) == WT_EDEAD) {
            exit(42);
        }
        if ((wait[0].revents & ~POLLOUT) != 0) {
            go = read_inputs(&child);
            wants_paint = true;
        }
        if (wait[1].revents != 0) {
            go = take_signal(&child) && go;
            wants_paint = true;
        }
    }
    wt_term_close(&child.term);
    wt_term_capture_end();
    wt_grid_fini(&child.grid);
    puts("goodbye");
    return 0;
}

bool wt_terminal_is_program(int argc, char **argv) {
    return argc == 2 && strcmp(argv[1], "--child") == 0;
}

/* ---------------------------------------------------------------------------- for the tests -- */

static const char *const plain_environment[] = {"TERM=xterm-256color",
                                                "LC_ALL=C.UTF-8",
                                                "COLORTERM",
                                                "NO_COLOR",
                                                "TMUX",
                                                "LINES",
                                                "COLUMNS",
                                                "ESCDELAY",
                                                NULL};

static struct wt_pty *start(const char *const *more, int cols, int rows, char synchronized) {
    static const char *const argv[] = {"/proc/self/exe", "--child", NULL};
    const char *environment[16];
    size_t count = 0;
    for (size_t i = 0; plain_environment[i] != NULL; i++) {
        environment[count++] = plain_environment[i];
    }
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        environment[count++] = more[i];
    }
    environment[count] = NULL;
    struct wt_pty_options options = {.argv = argv,
                                     .environment = environment,
                                     .cols = cols,
                                     .rows = rows,
                                     .synchronized = synchronized};
    struct wt_pty *pty = wt_pty_start(&options);
    assert_non_null(pty);
    return pty;
}

struct wt_pty *wt_terminal_start_with(const char *const *more, int cols, int rows) {
    return start(more, cols, rows, 0);
}

struct wt_pty *wt_terminal_start(void) {
    return wt_terminal_start_answering(0);
}

struct wt_pty *wt_terminal_start_answering(char synchronized) {
    struct wt_pty *pty = start(NULL, 80, 24, synchronized);
    assert_true(wt_pty_wait_text(pty, "size 80x24 depth 3 utf8 1"));
    assert_true(wt_pty_mode(pty, 1049));
    assert_true(wt_pty_mode(pty, 1006));
    assert_true(wt_pty_mode(pty, 2004));
    assert_false(wt_pty_mode(pty, 25));
    return pty;
}

void wt_terminal_expect_exit(struct wt_pty *pty, int code) {
    int status;
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

void wt_terminal_expect_crash(struct wt_pty *pty, int signal) {
    int status;
    assert_true(wt_pty_wait_exit(pty, &status));
    assert_string_equal(wt_pty_left(pty), "");
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), signal);
    } else {
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    }
}

bool wt_terminal_has_bytes(struct wt_pty *pty, const char *bytes) {
    size_t length;
    const char *raw = wt_pty_raw(pty, &length);
    return memmem(raw, length, bytes, strlen(bytes)) != NULL;
}
