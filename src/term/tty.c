#include "term/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_again(int fd) {
    enum { FLAGS = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC };
    char name[128];
    int again = ttyname_r(fd, name, sizeof name) == 0 ? open(name, FLAGS) : -1;
    if (again < 0) { /* Its name is not visible here (a container), or not ours to open (su). */
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        again = open(name, FLAGS);
    }
    if (again < 0) {
        again = open("/dev/tty", FLAGS);
    }
    return again;
}

wt_status wt_term_tty_open(struct wt_term_tty *tty, int fd, struct wt_error *err) {
    tty->fd = -1;
    if (!isatty(fd)) {
        return wt_fail(err, WT_ENOENT, "descriptor %d is no terminal", fd);
    }
    tty->fd = open_again(fd);
    if (tty->fd < 0 || !isatty(tty->fd)) {
        wt_term_tty_close(tty);
        return wt_fail(err, WT_ENOENT, "cannot open the terminal of descriptor %d by its name", fd);
    }
    if (tcgetattr(tty->fd, &tty->found) != 0) {
        int number = errno;
        wt_term_tty_close(tty);
        return wt_fail_errno(err, number, "cannot read the modes of the terminal");
    }
    tty->ours = tty->found;
    tty->ours.c_iflag &=
        ~(tcflag_t)(IXON | IXOFF | ICRNL | INLCR | IGNCR | ISTRIP | INPCK | PARMRK | BRKINT);
    tty->ours.c_oflag &= ~(tcflag_t)OPOST;
    tty->ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN | ISIG);
    tty->ours.c_cc[VMIN] = 1;
    tty->ours.c_cc[VTIME] = 0;
    return WT_OK;
}

void wt_term_tty_close(struct wt_term_tty *tty) {
    if (tty->fd >= 0) {
        close(tty->fd);
        tty->fd = -1;
    }
}

wt_status wt_term_tty_take(struct wt_term_tty *tty, struct wt_error *err) {
    while (tcsetattr(tty->fd, TCSANOW, &tty->ours) != 0) {
        if (errno != EINTR) {
            return wt_fail_errno(err, errno, "cannot set the modes of the terminal");
        }
    }
    return WT_OK;
}

void wt_term_tty_give_back(struct wt_term_tty *tty) {
    while (tcsetattr(tty->fd, TCSANOW, &tty->found) != 0 && errno == EINTR) {
    }
}

static int number_of_environment(const char *name) {
    const char *text = getenv(name);
    long number = text == NULL ? 0 : strtol(text, NULL, 10);
    return number > 0 && number < 65536 ? (int)number : 0;
}

void wt_term_tty_size(const struct wt_term_tty *tty, int *cols, int *rows) {
    struct winsize size = {0};
    if (ioctl(tty->fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        *cols = number_of_environment("COLUMNS"); /* A serial line does not know. */
        *rows = number_of_environment("LINES");
        return;
    }
    *cols = size.ws_col;
    *rows = size.ws_row;
}

bool wt_term_tty_hung_up(const struct wt_term_tty *tty) {
    struct pollfd look = {.fd = tty->fd, .events = POLLIN};
    if (poll(&look, 1, 0) <= 0) {
        return false;
    }
    int waiting = 0;
    return (look.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 ||
           ((look.revents & POLLIN) != 0 && ioctl(tty->fd, FIONREAD, &waiting) == 0 &&
            waiting == 0);
}
