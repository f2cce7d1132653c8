/* worktop - the top for worker fleets.
 *
 * A map of the sources. Rooms may use the rooms above them, as src/CMakeLists.txt says.
 *
 *   base/      status and errors, buffers, byte order, clocks, maps, numbers, utf-8, the log,
 *              socket addresses
 *   schema/    the types of values, the fields of a segment, one value to and from bytes
 *   shm/       everything in shared memory: layout.h (what other processes see), mapping, the store
 *              of segments, the SIGBUS guard, the place where a monitor's files lie
 *   model/     snapshot.h (what every reader reads), aggregates, verdicts, events, history
 *   monitor/   who is registered, and how one look at the workers becomes a snapshot
 *   bus/       the protocol of the socket, without a socket: bytes in, calls and bytes out
 *   net/       libuv around monitor and bus:
 *                socket    bind, take over, connect; who is at the other end
 *                stream    a bus peer on a pipe, with back-pressure
 *                server    listens; session: one connection; answers: the values it sends
 *                runner    the timer that looks, and growth in the thread pool
 *                client    asks a supervisor; poll: asks every interval; status_json: for Ruby ones
 *                signals   signals as events of the loop
 *   client/    libworktop, the workers' side: include/worktop/worktop.h
 *   json/      reads and writes JSON
 *   export/    a snapshot as JSON and as plain tables, and back
 *   config/    options.h, the one table of options, and the parser and help made from it
 *   ui/        everything visible, drawn into a grid of cells; knows no terminal
 *   term/      the terminal: paints the grid, reads keys
 *   demo/      a worker program of its own, for `worktop demo`
 *   cli/       this program:
 *                main      finds the command, and says how it ended
 *                command   the table of commands
 *                host      hosts a monitor at a place: what serve, demo and dashboard share
 *                spawner   the processes of the demo, and what happens to them
 *                screen    what dashboard and demo show: a live screen, or (plain) tables; dump: a
 *                          snapshot as a file
 *                cmd_*     one command each
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/version.h"
#include "cli/command.h"

static int (*const functions[WT_COMMAND_COUNT])(const struct wt_options *options) = {
#define WT_SUBCOMMAND_ENTRY(command, function) [WT_COMMAND_##command] = function,
    WT_SUBCOMMAND_MAP(WT_SUBCOMMAND_ENTRY)
#undef WT_SUBCOMMAND_ENTRY
};

#define WT_SUBCOMMAND_COUNT(command, function) +1
_Static_assert(WT_SUBCOMMAND_MAP(WT_SUBCOMMAND_COUNT) == WT_COMMAND_COUNT,
               "each command of config/options.h needs its line in cli/command.h");
#undef WT_SUBCOMMAND_COUNT

int wt_cli_fail(const struct wt_error *err) {
    fprintf(stderr, "worktop: %s\n", err->text);
    return WT_EXIT_FAILED;
}

/* A program that was started without one of its first three descriptors would write its messages
 * into the next file that it opens. */
static void open_standard_descriptors(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            _exit(WT_EXIT_FAILED);
}

/* libuv aborts without a word when it cannot open what a loop needs. */
static bool has_descriptors(void) {
    enum { LEAST = 16 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= LEAST)
        return true;
    if (limit.rlim_max >= LEAST) {
        limit.rlim_cur = LEAST;
        return setrlimit(RLIMIT_NOFILE, &limit) == 0;
    }
    fprintf(stderr, "worktop: only %llu files may be open (ulimit -n): at least %d are needed\n",
            (unsigned long long)limit.rlim_max, LEAST);
    return false;
}

static int print(const char *text) {
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return WT_EXIT_OK;
    perror("worktop: cannot write to standard output");
    return WT_EXIT_FAILED;
}

static int print_help(enum wt_command command) {
    struct wt_buffer help = {0};
    wt_options_help(command, &help);
    int code = print(wt_buffer_text(&help));
    wt_buffer_fini(&help);
    return code;
}

int main(int argc, char **argv) {
    open_standard_descriptors();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in JSON and options have a point, in every language */

    struct wt_options options;
    struct wt_error err;
    if (wt_options_parse(&options, argc, argv, &err) != WT_OK) {
        fprintf(stderr, "%s\n", err.text);
        return WT_EXIT_USAGE;
    }
    if (options.help)
        return print_help(options.command);
    if (options.version)
        return print("worktop " WT_VERSION "\n");
    if (!has_descriptors())
        return WT_EXIT_FAILED;
    return functions[options.command](&options);
}
