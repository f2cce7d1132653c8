#include "support/pty_shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void become_program(const struct wt_pty_options *options) {
    static const int reset[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGTSTP,
                                SIGTTIN, SIGTTOU, SIGCHLD, SIGPIPE};
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    for (size_t i = 0; i < sizeof reset / sizeof reset[0]; i++) {
        signal(reset[i], SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (const char *const *at = options->environment; at != NULL && *at != NULL; at++) {
        if (strchr(*at, '=') != NULL) {
            putenv(strdup(*at));
        } else {
            unsetenv(*at);
        }
    }
    if (options->directory != NULL && chdir(options->directory) != 0) {
        _exit(126);
    }
    execv(options->argv[0], (char *const *)(uintptr_t)options->argv);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", options->argv[0], strerror(errno));
    _exit(127);
}

static void tell(int reports, int pid, int status) {
    struct wt_pty_report report = {
        .pid = pid, .status = status, .flags = fcntl(STDIN_FILENO, F_GETFL)};
    if (write(reports, &report, sizeof report) != (ssize_t)sizeof report) {
        _exit(1);
    }
}

/* Waits for the program and for commands: 'f' brings it to the foreground; the end of the commands
 * ends the shell. */
static void serve_as_shell(int reports, int commands, pid_t program) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    int changes = signalfd(-1, &children, SFD_CLOEXEC);
    struct pollfd wait[2] = {{.fd = changes, .events = POLLIN}, {.fd = commands, .events = POLLIN}};
    for (;;) {
        int status;
        pid_t changed;
        while ((changed = waitpid(program, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
            if (WIFSTOPPED(status)) {
                tcsetpgrp(STDIN_FILENO, getpgrp());
            }
            tell(reports, program, status);
        }
        if (poll(wait, 2, -1) < 0 && errno != EINTR) {
            _exit(1);
        }
        struct signalfd_siginfo info;
        if ((wait[0].revents & POLLIN) != 0 && read(changes, &info, sizeof info) < 0) {
            _exit(1);
        }
        if (wait[1].revents != 0) {
            char command;
            if (read(commands, &command, 1) != 1) {
                _exit(0);
            }
            tcsetpgrp(STDIN_FILENO, program);
            kill(-program, SIGCONT);
        }
    }
}

void wt_pty_become_shell(const struct wt_pty_options *options, const char *name, int reports,
                         int commands) {
    setsid();
    int slave = open(name, O_RDWR);
    if (slave < 0 || dup2(slave, 0) < 0 || dup2(slave, 1) < 0 || dup2(slave, 2) < 0) {
        _exit(1);
    }
    close(slave);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    signal(SIGHUP, options->shell_dies_of_hangup ? SIG_DFL : SIG_IGN);
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    pid_t program = fork();
    if (program == 0) {
        close(reports);
        close(commands);
        become_program(options);
    }
    if (program < 0) {
        _exit(1);
    }
    setpgid(program, program);
    tell(reports, program, 0);
    serve_as_shell(reports, commands, program);
}
