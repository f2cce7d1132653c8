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
 *   probe/     what the kernel says of processes (/proc) and listening sockets (SOCK_DIAG)
 *   monitor/   who is registered, and how one look at the workers becomes a snapshot
 *   attach/    snapshots of another monitor, out of its mapped files, also when it is dead
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
 *   export/    a snapshot as JSON and as plain tables, and back; as a line for monitoring systems
 *   config/    options.h, the one table of options, and the parser and help made from it;
 *              config.h, the file that sets them, thresholds and rules
 *   ui/        everything visible, drawn into a grid of cells; knows no terminal
 *   term/      the terminal: paints the grid, reads keys
 *   demo/      a worker program of its own, for `worktop demo`
 *   cli/       this program:
 *                main      finds the command, and says how it ended
 *                command   the table of commands
 *                host      hosts a monitor at a place: what serve, demo and dashboard share
 *                follow    another monitor through its files, on a timer
 *                spawner   the processes of the demo, and what happens to them
 *                screen    what dashboard and demo show: a live screen, or (plain) tables; dump: a
 *                          snapshot as a file
 *                report    facts and tables, for people or as JSON
 *                inspect*  what a directory or store file holds, whole or damaged
 *                cmd_*     one command each
 */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/version.h"
#include "cli/command.h"
#include "cli/places.h"
#include "config/config.h"
#include "export/check.h"
#include "ui/settings.h"
#include "json/json.h"

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
static bool has_descriptors(char *why, size_t size) {
    enum { LEAST = 16 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= LEAST)
        return true;
    snprintf(why, size, "worktop: only %llu files may be open (ulimit -n): at least %d are needed",
             (unsigned long long)limit.rlim_max, LEAST);
    if (limit.rlim_max < LEAST)
        return false;
    limit.rlim_cur = LEAST;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/* A line for whoever started us, and the exit code: monitoring systems have their own ways. */
static int refuse(enum wt_command command, const char *text, int code) {
    if (command == WT_COMMAND_CHECK)
        return wt_check_unknown(text);
    fprintf(stderr, "%s\n", text);
    return code;
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

/* A theme that the file names, and that is not there or broken. One of the command line is looked
 * for where it is used. */
static wt_status check_theme(const struct wt_options *options, struct wt_error *err) {
    struct wt_places places;
    struct wt_theme theme;
    struct wt_error cause;
    if ((options->from_file >> WT_OPTION_theme & 1) == 0)
        return WT_OK;
    wt_places_find(&places);
    const struct wt_theme_places themes = wt_places_themes(&places);
    const struct wt_json_document *document = options->config->document;
    const struct wt_json *value = wt_json_get(wt_json_root(document), "theme");
    if (wt_theme_find(&theme, &themes, options->theme, &cause) == WT_OK)
        return WT_OK;
    return wt_json_fail(err, document, value, "%s", cause.text);
}

/* What the configuration says of the screen, for those who draw one, or who ask whether it is
 * right. */
static wt_status check_settings(const struct wt_options *options, struct wt_error *err) {
    static const enum wt_command commands[] = {WT_COMMAND_DASHBOARD, WT_COMMAND_DEMO,
                                               WT_COMMAND_ATTACH, WT_COMMAND_CONFIG};
    struct wt_settings settings;
    struct wt_error cause;
    wt_status status = WT_OK;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i] == options->command && status == WT_OK) {
            status = wt_settings_read(&settings, options->config, &cause);
            status = status == WT_OK ? check_theme(options, &cause) : status;
        }
    return status == WT_OK ? WT_OK : wt_fail(err, status, "worktop: %s", cause.text);
}

int main(int argc, char **argv) {
    open_standard_descriptors();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in JSON and options have a point, in every language */

    struct wt_options options;
    struct wt_config *config;
    struct wt_error err;
    char why[128] = "";
    if (wt_config_start(&options, &config, argc, argv, &err) != WT_OK)
        return refuse(options.command, err.text, WT_EXIT_USAGE);
    if (options.help || options.version) {
        int code = options.help ? print_help(options.command) : print("worktop " WT_VERSION "\n");
        return options.command == WT_COMMAND_CHECK ? WT_CHECK_UNKNOWN : code;
    }
    if (check_settings(&options, &err) != WT_OK) {
        wt_config_free(config);
        return refuse(options.command, err.text, WT_EXIT_USAGE);
    }
    int code = has_descriptors(why, sizeof why) ? functions[options.command](&options)
                                                : refuse(options.command, why, WT_EXIT_FAILED);
    wt_config_free(config);
    return code;
}
