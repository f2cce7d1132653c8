/* crash.c - the terminal is given back even when the program dies.
 *
 * The handlers use async-signal-safe calls only: write, poll, tcflush, tcsetattr, dup2, pread,
 * sigaction, raise. Each runs its work once, in the process that armed it (a child between fork and
 * exec inherits handlers, but not the terminal), and then puts back the handler it found. A
 * synchronous fault then happens again by itself, with its address; a signal that somebody sent is
 * raised again.
 *
 * Order with the SIGBUS guard of src/shm: the guard is installed after us, so it is asked first,
 * keeps the faults of its own ranges, and calls us for all others.
 */
#include "term/crash.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term/output.h"
#include "term/term.h"

#if defined(WT_SANITIZE_ADDRESS) || defined(WT_SANITIZE_THREAD)
#include <sanitizer/common_interface_defs.h>
#endif

enum { ALTERNATE_STACK_BYTES = 64 * 1024 };

static const int crash_signals[] = {SIGSEGV, SIGBUS,    SIGABRT, SIGFPE,  SIGILL,  SIGQUIT,
                                    SIGSYS,  SIGTRAP,   SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2,
                                    SIGALRM, SIGVTALRM, SIGPROF, SIGIO};
enum { SIGNAL_COUNT = sizeof crash_signals / sizeof crash_signals[0] };

/* Global because a signal handler has no context. Written by the one thread that owns the terminal;
 * `pid` is written last and read first: 0 means that there is nothing to restore. */
static struct {
    bool installed;
    struct sigaction found[SIGNAL_COUNT];
    atomic_int pid;
    int fd;
    struct termios modes;
    atomic_size_t length;
    char bytes[WT_TERM_CRASH_BYTES];
    atomic_bool partial;
    atomic_int held, real;
} crash = {.fd = -1, .held = -1, .real = -1};

static void restore_terminal(void) {
    int owner = atomic_load(&crash.pid);
    if (owner == 0 || owner != (int)getpid() ||
        !atomic_compare_exchange_strong(&crash.pid, &owner, 0)) {
        return;
    }
    if (atomic_load(&crash.partial)) {
        wt_term_output_force(crash.fd, "\030", 1, 100);
    }
    wt_term_output_force(crash.fd, crash.bytes, atomic_load(&crash.length), 100);
    tcsetattr(crash.fd, TCSANOW, &crash.modes);
}

/* What was held back goes to where standard error went before, so that the reason is seen. */
static void release_capture(void) {
    int held = atomic_exchange(&crash.held, -1);
    int real = atomic_exchange(&crash.real, -1);
    if (real < 0) {
        return;
    }
    dup2(real, STDERR_FILENO);
    if (held >= 0) {
        wt_term_capture_show(held);
    }
}

static void on_crash(int signal, siginfo_t *info, void *context) {
    (void)context;
    int kept = errno;
    restore_terminal();
    release_capture();
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (crash_signals[i] == signal) {
            sigaction(signal, &crash.found[i], NULL);
        }
    }
    /* The kernel's own faults (si_code > 0) come back when the instruction is tried again. QUIT,
     * ABRT and the others that were sent have to be sent again; they wait until we return. */
    bool fault = info != NULL && info->si_code > 0 && info->si_code != SI_KERNEL &&
                 (signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL);
    if (!fault) {
        raise(signal);
    }
    errno = kept;
}

static void on_exit_restore(void) {
    restore_terminal();
    release_capture();
}

/* A stack of its own lets the handler run when the stack is what overflowed. */
static void use_alternate_stack(void) {
    static char stack[ALTERNATE_STACK_BYTES];
    stack_t found;
    if (sigaltstack(NULL, &found) == 0 && (found.ss_flags & SS_DISABLE) != 0) {
        stack_t ours = {.ss_sp = stack, .ss_size = sizeof stack};
        sigaltstack(&ours, NULL);
    }
}

wt_status wt_term_crash_install(struct wt_error *err) {
    if (crash.installed) {
        return WT_OK;
    }
    use_alternate_stack();
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        if (sigaction(crash_signals[i], &action, &crash.found[i]) != 0) {
            int number = errno;
            while (i-- > 0) {
                sigaction(crash_signals[i], &crash.found[i], NULL);
            }
            return wt_fail_errno(err, number, "cannot install the crash handlers");
        }
        /* Who started us with a signal ignored (nohup does it with QUIT) wants it ignored. */
        if ((crash.found[i].sa_flags & SA_SIGINFO) == 0 && crash.found[i].sa_handler == SIG_IGN) {
            sigaction(crash_signals[i], &crash.found[i], NULL);
        }
    }
    crash.installed = true;
#if defined(WT_SANITIZE_ADDRESS) || defined(WT_SANITIZE_THREAD)
    /* A sanitizer ends the program by itself, after its report, without a signal. */
    __sanitizer_set_death_callback(on_exit_restore);
#endif
    if (atexit(on_exit_restore) != 0) {
        return wt_fail(err, WT_ENOMEM, "no memory for the terminal's exit handler");
    }
    return WT_OK;
}

void wt_term_crash_arm(int fd, const struct termios *modes) {
    atomic_store(&crash.pid, 0);
    crash.fd = fd;
    crash.modes = *modes;
    atomic_store(&crash.partial, false);
    atomic_store(&crash.pid, (int)getpid());
}

void wt_term_crash_set_bytes(const char *bytes, size_t length) {
    atomic_store(&crash.length, 0);
    if (length <= sizeof crash.bytes) {
        memcpy(crash.bytes, bytes, length);
        atomic_store(&crash.length, length);
    }
}

void wt_term_crash_set_partial(bool partial) {
    atomic_store(&crash.partial, partial);
}

void wt_term_crash_disarm(void) {
    atomic_store(&crash.pid, 0);
}

void wt_term_crash_set_capture(int held, int real) {
    atomic_store(&crash.held, held);
    atomic_store(&crash.real, real);
}
