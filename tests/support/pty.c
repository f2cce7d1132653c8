#include "support/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "support/pty_shell.h"

enum { MAX_MODES = 64, RAW_LIMIT = 32 * 1024 * 1024 };

struct wt_pty {
    int master;
    int reports;  /* from the shell */
    int commands; /* to the shell */
    pid_t shell, program;
    struct termios before;
    long chunk; /* -1: no limit */
    VTerm *vterm;
    VTermScreen *screen;
    struct wt_buffer raw;
    size_t mark;
    int modes[MAX_MODES]; /* private modes that are on */
    size_t mode_count;
    bool keypad;       /* application keypad */
    char synchronized; /* see struct wt_pty_options */
    bool introduced;   /* an answer has begun */
    char sequence[64]; /* of the escape sequence under way */
    size_t sequence_length;
    bool exited, stopped, eof, non_blocking;
    int status;
    char left[512];
};

/* ------------------------------------------------------------------------------- making ---- */

/* libvterm hands an answer over in pieces, and knows no synchronized output. A terminal says it at
 * once, so that nobody takes its first byte for a key. */
static void reply(const char *bytes, size_t length, void *context) {
    struct wt_pty *pty = context;
    char whole[256];
    if (length == 2 && memcmp(bytes, "\033[", 2) == 0) {
        pty->introduced = true;
        return;
    }
    snprintf(whole, sizeof whole, "%s%.*s", pty->introduced ? "\033[" : "", (int)length, bytes);
    pty->introduced = false;
    char *setting = strcmp(whole, "\033[?2026;0$y") == 0 ? strchr(whole, ';') + 1 : NULL;
    if (setting != NULL) {
        *setting = pty->synchronized;
    }
    if (setting == NULL || *setting != '-') {
        wt_pty_send(pty, whole, strlen(whole));
    }
}

static void make_screen(struct wt_pty *pty, int cols, int rows) {
    pty->vterm = vterm_new(rows, cols);
    vterm_set_utf8(pty->vterm, 1);
    vterm_output_set_callback(pty->vterm, reply, pty);
    pty->screen = vterm_obtain_screen(pty->vterm);
    vterm_screen_enable_altscreen(pty->screen, 1);
    vterm_screen_reset(pty->screen, 1);
}

static bool start_shell(struct wt_pty *pty, const struct wt_pty_options *options) {
    int reports[2], commands[2];
    const char *name = ptsname(pty->master);
    if (name == NULL || pipe2(reports, O_CLOEXEC) != 0) {
        return false;
    }
    if (pipe2(commands, O_CLOEXEC) != 0) {
        close(reports[0]);
        close(reports[1]);
        return false;
    }
    fflush(NULL);
    pty->shell = fork();
    if (pty->shell == 0) {
        close(reports[0]);
        close(commands[1]);
        close(pty->master); /* Or the terminal never hangs up. */
        wt_pty_become_shell(options, name, reports[1], commands[0]);
        _exit(1);
    }
    close(reports[1]);
    close(commands[0]);
    pty->reports = reports[0];
    pty->commands = commands[1];
    struct wt_pty_report first;
    if (pty->shell < 0 || read(pty->reports, &first, sizeof first) != (ssize_t)sizeof first) {
        return false;
    }
    pty->program = first.pid;
    fcntl(pty->reports, F_SETFL, O_NONBLOCK);
    return true;
}

struct wt_pty *wt_pty_start(const struct wt_pty_options *options) {
    struct wt_pty *pty = calloc(1, sizeof *pty);
    if (pty == NULL) {
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN);
    int cols = options->cols > 0 ? options->cols : 80,
        rows = options->rows > 0 ? options->rows : 24;
    struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
    pty->chunk = -1;
    pty->synchronized = options->synchronized != 0 ? options->synchronized : '2';
    pty->reports = pty->commands = -1;
    pty->shell = -1;
    pty->modes[pty->mode_count++] = 25; /* A cursor is visible from the start. */
    make_screen(pty, cols, rows);
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (pty->master < 0 || grantpt(pty->master) != 0 || unlockpt(pty->master) != 0 ||
        ioctl(pty->master, TIOCSWINSZ, &size) != 0 || tcgetattr(pty->master, &pty->before) != 0 ||
        !start_shell(pty, options)) {
        fprintf(stderr, "cannot start %s on a pseudo-terminal: %s\n", options->argv[0],
                strerror(errno));
        wt_pty_close(pty);
        return NULL;
    }
    return pty;
}

void wt_pty_close(struct wt_pty *pty) {
    if (pty == NULL) {
        return;
    }
    if (!pty->exited && pty->program > 0) {
        kill(pty->program, SIGKILL);
    }
    if (pty->commands >= 0) {
        close(pty->commands);
    }
    if (pty->master >= 0) {
        close(pty->master);
    }
    if (pty->shell > 0) {
        waitpid(pty->shell, NULL, 0);
    }
    if (pty->reports >= 0) {
        close(pty->reports);
    }
    vterm_free(pty->vterm);
    wt_buffer_fini(&pty->raw);
    free(pty);
}

pid_t wt_pty_pid(const struct wt_pty *pty) {
    return pty->program;
}

/* ------------------------------------------------------------------------ what it writes ---- */

static void set_mode(struct wt_pty *pty, int mode, bool on) {
    size_t at = 0;
    while (at < pty->mode_count && pty->modes[at] != mode) {
        at++;
    }
    if (on && at == pty->mode_count && at < MAX_MODES) {
        pty->modes[pty->mode_count++] = mode;
    } else if (!on && at < pty->mode_count) {
        pty->modes[at] = pty->modes[--pty->mode_count];
    }
}

bool wt_pty_mode(const struct wt_pty *pty, int mode) {
    for (size_t i = 0; i < pty->mode_count; i++) {
        if (pty->modes[i] == mode) {
            return true;
        }
    }
    return false;
}

/* A whole sequence of the form ESC [ ? 1 ; 2 h, or ESC = and ESC >. */
static void end_of_sequence(struct wt_pty *pty) {
    char final = pty->sequence[pty->sequence_length - 1];
    if (pty->sequence_length == 2 && (final == '=' || final == '>')) {
        pty->keypad = final == '=';
    }
    if (strncmp(pty->sequence, "\033[?", 3) != 0 || (final != 'h' && final != 'l')) {
        return;
    }
    pty->sequence[pty->sequence_length - 1] = '\0';
    for (char *at = pty->sequence + 3; *at != '\0';) {
        set_mode(pty, (int)strtol(at, &at, 10), final == 'h');
        at += *at == ';';
        if (*at != '\0' && (*at < '0' || *at > '9')) {
            return;
        }
    }
}

static void watch_modes(struct wt_pty *pty, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char byte = bytes[i];
        if (byte == 0x1b) {
            pty->sequence[0] = byte;
            pty->sequence_length = 1;
        } else if (byte == 0x18 || pty->sequence_length == 0 ||
                   pty->sequence_length + 2 >= sizeof pty->sequence) {
            pty->sequence_length = 0;
        } else {
            pty->sequence[pty->sequence_length++] = byte;
            bool csi = pty->sequence[1] == '[';
            if ((!csi && pty->sequence_length == 2) ||
                (csi && pty->sequence_length > 2 && byte >= 0x40 && byte <= 0x7e)) {
                end_of_sequence(pty);
                pty->sequence_length = 0;
            }
        }
    }
}

static void read_reports(struct wt_pty *pty) {
    struct wt_pty_report report;
    while (read(pty->reports, &report, sizeof report) == (ssize_t)sizeof report) {
        pty->non_blocking = (report.flags & O_NONBLOCK) != 0;
        if (WIFSTOPPED(report.status)) {
            pty->stopped = true;
        } else if (WIFCONTINUED(report.status)) {
            pty->stopped = false;
        } else {
            pty->exited = true;
            pty->status = report.status;
        }
    }
}

static bool read_output(struct wt_pty *pty) {
    char bytes[65536];
    size_t limit =
        pty->chunk >= 0 && (size_t)pty->chunk < sizeof bytes ? (size_t)pty->chunk : sizeof bytes;
    ssize_t n = limit == 0 ? 0 : read(pty->master, bytes, limit);
    if (n <= 0) {
        pty->eof = pty->eof || (limit > 0 && (n == 0 || errno != EAGAIN));
        return false;
    }
    vterm_input_write(pty->vterm, bytes, (size_t)n);
    watch_modes(pty, bytes, (size_t)n);
    if (pty->raw.length < RAW_LIMIT) {
        wt_buffer_append(&pty->raw, bytes, (size_t)n);
    }
    return true;
}

bool wt_pty_pump(struct wt_pty *pty, int timeout_ms) {
    struct pollfd wait[2] = {
        {.fd = pty->reports, .events = POLLIN},
        {.fd = pty->chunk == 0 || pty->eof ? -1 : pty->master, .events = POLLIN}};
    if (pty->master < 0) {
        wait[1].fd = -1;
    }
    if (poll(wait, 2, timeout_ms) <= 0) {
        return false;
    }
    read_reports(pty);
    bool heard = wait[1].fd >= 0 && wait[1].revents != 0 && read_output(pty);
    if ((wait[0].revents & POLLHUP) != 0 && (wait[0].revents & POLLIN) == 0 && !pty->exited) {
        pty->exited = true; /* The shell is gone: nobody can tell any more. */
        pty->status = -1;
    }
    return heard || wait[0].revents != 0;
}

/* ------------------------------------------------------------------------------- waiting ---- */

static int64_t now_ms(void) {
    return wt_clock_now().monotonic_ns / WT_NS_PER_MS;
}

typedef bool condition(struct wt_pty *pty, const char *text);

static bool wait_until(struct wt_pty *pty, condition *met, const char *text) {
    int64_t deadline = now_ms() + WT_PTY_WAIT_MS;
    while (!met(pty, text)) {
        int64_t left = deadline - now_ms();
        if (left <= 0 || (pty->exited && !wt_pty_pump(pty, 0))) {
            if (met(pty, text)) {
                return true;
            }
            char *screen = wt_pty_screen(pty);
            fprintf(stderr, "waited in vain%s%s; the screen (%s):\n%s\n",
                    text != NULL ? " for " : "", text != NULL ? text : "",
                    pty->exited ? "the program has ended" : "the program runs", screen);
            free(screen);
            return false;
        }
        wt_pty_pump(pty, (int)left);
    }
    return true;
}

/* Within a frame that is synchronized (mode 2026) nobody sees what a terminal has so far. */
static bool shows_whole(struct wt_pty *pty, const char *text) {
    return !wt_pty_mode(pty, 2026) && wt_pty_shows(pty, text);
}

static bool shows_not(struct wt_pty *pty, const char *text) {
    return !wt_pty_mode(pty, 2026) && !wt_pty_shows(pty, text);
}

static bool has_bytes(struct wt_pty *pty, const char *bytes) {
    size_t length;
    const char *raw = wt_pty_raw(pty, &length);
    return memmem(raw, length, bytes, strlen(bytes)) != NULL;
}

static bool has_stopped(struct wt_pty *pty, const char *text) {
    (void)text;
    return pty->stopped;
}

bool wt_pty_wait_text(struct wt_pty *pty, const char *text) {
    return wait_until(pty, shows_whole, text);
}

bool wt_pty_wait_no_text(struct wt_pty *pty, const char *text) {
    return wait_until(pty, shows_not, text);
}

bool wt_pty_wait_bytes(struct wt_pty *pty, const char *bytes) {
    return wait_until(pty, has_bytes, bytes);
}

bool wt_pty_wait_stop(struct wt_pty *pty) {
    bool stopped = wait_until(pty, has_stopped, NULL);
    while (pty->master >= 0 && read_output(pty)) {
    }
    return stopped;
}

bool wt_pty_wait_exit(struct wt_pty *pty, int *status) {
    int64_t deadline = now_ms() + WT_PTY_WAIT_MS;
    while (!pty->exited) {
        int64_t left = deadline - now_ms();
        if (left <= 0) {
            char *screen = wt_pty_screen(pty);
            fprintf(stderr, "the program does not end; the screen:\n%s\n", screen);
            free(screen);
            return false;
        }
        wt_pty_pump(pty, (int)left);
    }
    while (pty->master >= 0 && read_output(pty)) {
    }
    *status = pty->status;
    return true;
}

/* --------------------------------------------------------------------------------- hands ---- */

void wt_pty_send(struct wt_pty *pty, const char *bytes, size_t length) {
    while (length > 0 && pty->master >= 0) {
        ssize_t n = write(pty->master, bytes, length);
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = pty->master, .events = POLLOUT};
            if (poll(&room, 1, WT_PTY_WAIT_MS) <= 0) {
                return;
            }
        } else {
            return;
        }
    }
}

void wt_pty_type(struct wt_pty *pty, const char *text) {
    wt_pty_send(pty, text, strlen(text));
}

void wt_pty_click(struct wt_pty *pty, int button, int col, int row) {
    char report[64];
    int length = snprintf(report, sizeof report, "\033[<%d;%d;%dM\033[<%d;%d;%dm", button, col + 1,
                          row + 1, button, col + 1, row + 1);
    wt_pty_send(pty, report, (size_t)length);
}

void wt_pty_resize(struct wt_pty *pty, int cols, int rows) {
    struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
    /* libvterm crashes at one column when a wide character arrives; the program sees the truth. */
    vterm_set_size(pty->vterm, rows > 1 ? rows : 2, cols > 3 ? cols : 4);
    ioctl(pty->master, TIOCSWINSZ, &size);
}

void wt_pty_signal(struct wt_pty *pty, int signal) {
    kill(pty->program, signal);
}

void wt_pty_hang_up(struct wt_pty *pty) {
    close(pty->master);
    pty->master = -1;
}

void wt_pty_foreground(struct wt_pty *pty) {
    pty->stopped = false;
    if (write(pty->commands, "f", 1) != 1) {
        perror("fg");
    }
}

void wt_pty_set_chunk(struct wt_pty *pty, long bytes) {
    pty->chunk = bytes;
}

/* ---------------------------------------------------------------------------------- eyes ---- */

char *wt_pty_screen(struct wt_pty *pty) {
    int rows, cols;
    struct wt_buffer text = {0};
    vterm_get_size(pty->vterm, &rows, &cols);
    size_t size = (size_t)cols * 24 + 1;
    char *line = malloc(size);
    for (int row = 0; line != NULL && row < rows; row++) {
        VTermRect rect = {.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = cols};
        size_t length = vterm_screen_get_text(pty->screen, line, size, rect);
        while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\n')) {
            length--;
        }
        wt_buffer_append(&text, line, length);
        wt_buffer_append_char(&text, '\n');
    }
    free(line);
    return wt_buffer_take(&text, NULL);
}

bool wt_pty_shows(struct wt_pty *pty, const char *text) {
    char *screen = wt_pty_screen(pty);
    bool found = screen != NULL && strstr(screen, text) != NULL;
    free(screen);
    return found;
}

struct VTermScreen *wt_pty_cells(struct wt_pty *pty) {
    return pty->screen;
}

void wt_pty_mark(struct wt_pty *pty) {
    pty->mark = pty->raw.length;
}

const char *wt_pty_raw(const struct wt_pty *pty, size_t *length) {
    *length = pty->raw.length - pty->mark;
    return wt_buffer_text(&pty->raw) + pty->mark;
}

void wt_pty_typed_ahead(struct wt_pty *pty, char *out, size_t size) {
    int slave = open(ptsname(pty->master), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = slave >= 0 ? read(slave, out, size - 1) : 0;
    out[n > 0 ? n : 0] = '\0';
    if (slave >= 0) {
        close(slave);
    }
}

static bool same_modes(const struct termios *a, const struct termios *b) {
    return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
           a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof a->c_cc) == 0;
}

static bool pen_is_default(struct wt_pty *pty) {
    VTermState *state = vterm_obtain_state(pty->vterm);
    VTermValue fg, bg, bold, reverse;
    vterm_state_get_penattr(state, VTERM_ATTR_FOREGROUND, &fg);
    vterm_state_get_penattr(state, VTERM_ATTR_BACKGROUND, &bg);
    vterm_state_get_penattr(state, VTERM_ATTR_BOLD, &bold);
    vterm_state_get_penattr(state, VTERM_ATTR_REVERSE, &reverse);
    return VTERM_COLOR_IS_DEFAULT_FG(&fg.color) && VTERM_COLOR_IS_DEFAULT_BG(&bg.color) &&
           !bold.boolean && !reverse.boolean;
}

const char *wt_pty_left(struct wt_pty *pty) {
    static const struct {
        int mode;
        const char *name;
    } unwanted[] = {{1, "cursor keys"},     {47, "screen (47)"},    {1047, "screen (1047)"},
                    {1049, "screen"},       {1000, "mouse"},        {1002, "mouse (1002)"},
                    {1003, "mouse (1003)"}, {1006, "mouse (1006)"}, {1004, "focus"},
                    {2004, "paste"},        {2026, "sync"},         {1034, "meta"}};
    struct termios after;
    struct wt_buffer text = {0};
    if (pty->master >= 0 && tcgetattr(pty->master, &after) == 0 &&
        !same_modes(&pty->before, &after)) {
        wt_buffer_append_text(&text, "modes of the device; ");
    }
    if (pty->non_blocking) {
        wt_buffer_append_text(&text, "O_NONBLOCK for the shell; ");
    }
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++) {
        if (wt_pty_mode(pty, unwanted[i].mode)) {
            wt_buffer_printf(&text, "%s; ", unwanted[i].name);
        }
    }
    if (!wt_pty_mode(pty, 25)) {
        wt_buffer_append_text(&text, "hidden cursor; ");
    }
    if (pty->keypad) {
        wt_buffer_append_text(&text, "keypad; ");
    }
    if (!pen_is_default(pty)) {
        wt_buffer_append_text(&text, "colours; ");
    }
    snprintf(pty->left, sizeof pty->left, "%s", wt_buffer_text(&text));
    wt_buffer_fini(&text);
    return pty->left;
}
