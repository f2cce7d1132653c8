/* options.h - every option of the program: ONE table, from which come the typed values, the parser,
 * the checks, the errors and --help.
 *
 *     worktop [OPTIONS]              the dashboard
 *     worktop serve|demo [OPTIONS]
 *     worktop attach [OPTIONS] [PATH]
 *     worktop snapshot [OPTIONS] [--attach [PATH]]
 *     worktop inspect [OPTIONS] FILE
 *     worktop check [OPTIONS] [--attach [PATH]]
 *     worktop themes [OPTIONS]
 *
 * Both `--size 64K` and `--size=64K` are understood, "--" ends the options, and the command may
 * stand anywhere among them; an operand (a file's name) follows the command. An error names the
 * option, the value and what would be right:
 *
 *     worktop serve: --growth-factor 0.5: must be a real number greater than 1
 *
 * Threads: no shared state.
 */
#ifndef WT_CONFIG_OPTIONS_H
#define WT_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/status.h"

/* name, word on the command line ("" for none), operand ("" for none; "FILE" must be named,
 * "[PATH]" may be), one line of help */
#define WT_COMMAND_MAP(X)                                                                          \
    X(DASHBOARD, "", "", "Live dashboard; hosts a monitor if none runs")                           \
    X(SERVE, "serve", "", "Monitor without a screen; one JSON line per interval")                  \
    X(DEMO, "demo", "", "Dashboard over simulated workers")                                        \
    X(SNAPSHOT, "snapshot", "[PATH]", "One JSON document from the running monitor")                \
    X(ATTACH, "attach", "[PATH]", "Dashboard of another monitor, out of its files alone")          \
    X(INSPECT, "inspect", "FILE", "What a monitor's file holds, also of a dead one")               \
    X(CONFIG, "config", "[COMMAND]", "The values in effect, and where each is from")               \
    X(CHECK, "check", "[PATH]", "One line and exit code, for Nagios, Icinga and such")             \
    X(THEMES, "themes", "", "All themes, a line each in their own colours")

enum wt_command {
#define WT_COMMAND_ENUM(name, word, operand, help) WT_COMMAND_##name,
    WT_COMMAND_MAP(WT_COMMAND_ENUM)
#undef WT_COMMAND_ENUM
        WT_COMMAND_COUNT
};

/* "dashboard", "serve", ... for messages and logs. */
const char *wt_command_text(enum wt_command command);

/* How the value of an option is written, and the C type it becomes. */
typedef const char *wt_option_text;           /* borrowed from argv; NULL when not given */
typedef int64_t wt_option_seconds;            /* "2", "0.5" -> nanoseconds */
typedef uint64_t wt_option_bytes;             /* "4096", "64K", "1G" */
typedef double wt_option_real;                /* "1.5" */
typedef uint64_t wt_option_count;             /* "24" */
typedef bool wt_option_flag;                  /* takes no value */
typedef uint32_t wt_option_mode;              /* "0660": octal */
typedef enum wt_log_level wt_option_loglevel; /* "debug" .. "off" */

/* May be repeated: in their order, NULL behind the last. */
enum { WT_OPTION_LIST_MAX = 32 };
typedef const char *wt_option_list[WT_OPTION_LIST_MAX + 1];

/* Which commands take an option. */
#define WT_IN_D (1U << WT_COMMAND_DASHBOARD)
#define WT_IN_S (1U << WT_COMMAND_SERVE)
#define WT_IN_DEMO (1U << WT_COMMAND_DEMO)
#define WT_IN_SNAP (1U << WT_COMMAND_SNAPSHOT)
#define WT_IN_ATTACH (1U << WT_COMMAND_ATTACH)
#define WT_IN_INSPECT (1U << WT_COMMAND_INSPECT)
#define WT_IN_CHECK (1U << WT_COMMAND_CHECK)
#define WT_IN_THEMES (1U << WT_COMMAND_THEMES)
#define WT_IN_ASKERS (WT_IN_SNAP | WT_IN_CHECK)
#define WT_IN_HOSTS (WT_IN_D | WT_IN_S)
#define WT_IN_SCREENS (WT_IN_D | WT_IN_DEMO | WT_IN_ATTACH)
#define WT_IN_LOOKS (WT_IN_SCREENS | WT_IN_THEMES)
#define WT_IN_MONITORS (WT_IN_HOSTS | WT_IN_DEMO)
#define WT_IN_LOOKERS (WT_IN_MONITORS | WT_IN_ATTACH)
#define WT_IN_CONFIG (1U << WT_COMMAND_CONFIG)
#define WT_IN_ALL (WT_IN_LOOKERS | WT_IN_ASKERS | WT_IN_INSPECT | WT_IN_CONFIG | WT_IN_THEMES)

/* Which options the configuration file may set, under their names (config.h); those `at once` are
 * also taken over while a monitor runs, the others when it is started anew. `worktop config` takes
 * them all. */
#define WT_IN_FILE (1U << 31 | WT_IN_CONFIG)
#define WT_AT_ONCE (1U << 30 | WT_IN_FILE)
#define WT_IS_IN_FILE(commands) ((commands) >> 31 != 0)
#define WT_IS_AT_ONCE(commands) (((commands) >> 30 & 1) != 0)

/* field, long name, short letter or 0, type, commands, least, most, default as text ("" for none),
 * name of the argument, help (may contain line breaks). least and most bound numbers, in the unit
 * of the option; both are 0 where there are no bounds. */
#define WT_OPTION_MAP(X)                                                                           \
    X(socket_path, "socket", 0, text, WT_IN_HOSTS | WT_IN_ASKERS | WT_IN_ATTACH | WT_IN_FILE, 0,   \
      0, "", "PATH", "the monitor's socket\n(default: $WORKTOP_SOCKET, else the default place)")   \
    X(store_path, "store", 0, text, WT_IN_HOSTS | WT_IN_FILE, 0, 0, "", "PATH",                    \
      "the shared-memory file of the workers' segments\n(default: beside the socket)")             \
    X(interval_ns, "interval", 0, seconds, WT_IN_LOOKERS | WT_AT_ONCE, 0.1, 86400, "1", "SECONDS", \
      "time between two looks; fractions are allowed")                                             \
    X(look_rate, "look-rate", 0, count, WT_IN_MONITORS | WT_AT_ONCE, 0, 100, "10", "N",            \
      "looks per second at busy and queue gauges, between\n"                                       \
      "the intervals, for load over time; 0: none")                                                \
    X(size_bytes, "size", 0, bytes, WT_IN_MONITORS | WT_IN_FILE, 1, 0x1p60, "8 pages", "BYTES",    \
      "first size of the store; K, M and G are understood")                                        \
    X(segment_bytes, "segment-size", 0, bytes, WT_IN_MONITORS | WT_IN_FILE, 8, 0x1p30, "512",      \
      "BYTES", "size of one worker's segment, a multiple of 8")                                    \
    X(growth_factor, "growth-factor", 0, real, WT_IN_MONITORS | WT_IN_FILE, 1, 1e18, "2", "REAL",  \
      "how the store grows when it is full")                                                       \
    X(max_bytes, "max-size", 0, bytes, WT_IN_MONITORS | WT_IN_FILE, 1, 0x1p60, "1G", "BYTES",      \
      "the store never grows beyond this")                                                         \
    X(file_mode, "mode", 0, mode, WT_IN_HOSTS | WT_IN_FILE, 0, 0, "0600", "OCTAL",                 \
      "who may connect: mode of socket and store")                                                 \
    X(group, "group", 0, text, WT_IN_HOSTS | WT_IN_FILE, 0, 0, "", "NAME",                         \
      "group of socket, store and directory")                                                      \
    X(full, "full", 0, flag, WT_IN_S | WT_AT_ONCE, 0, 0, "", "",                                   \
      "emit whole snapshots instead of sums per service")                                          \
    X(attach, "attach", 0, flag, WT_IN_ASKERS, 0, 0, "", "",                                       \
      "read the monitor's files instead of asking it;\n"                                           \
      "PATH: its directory, socket, store or .dir file")                                           \
    X(workers, "workers", 0, count, WT_IN_DEMO, 1, 100000, "24", "N", "simulated workers in all")  \
    X(services, "services", 0, count, WT_IN_DEMO, 1, 64, "4", "N", "services they belong to")      \
    X(processes, "processes", 0, count, WT_IN_DEMO, 1, 1000, "one per worker, at most 1000", "N",  \
      "processes that the workers share")                                                          \
    X(seed, "seed", 0, count, WT_IN_DEMO, 0, 0x1p53, "1", "N",                                     \
      "the same seed gives the same scenario")                                                     \
    X(duration_ns, "duration", 0, seconds, WT_IN_DEMO, 0.1, 1e7, "until quit", "SECONDS",          \
      "end the demo after this time")                                                              \
    X(load_ns, "load", 0, seconds, WT_IN_DEMO, 0.1, 1e7, "until quit", "SECONDS",                  \
      "stop the load after this time; the workers stay")                                           \
    X(report_path, "report", 0, text, WT_IN_DEMO, 0, 0, "", "FILE",                                \
      "then append what each worker counted to FILE")                                              \
    X(no_kill, "no-kill", 0, flag, WT_IN_DEMO, 0, 0, "", "",                                       \
      "leave out the phases that kill workers")                                                    \
    X(frames, "frames", 0, count, WT_IN_SCREENS, 1, 1e15, "", "N",                                 \
      "print N plain tables, no dashboard, then end")                                              \
    X(once, "once", 0, flag, WT_IN_SCREENS, 0, 0, "", "", "the same as --frames 1")                \
    X(columns, "columns", 0, text, WT_IN_SCREENS, 0, 0, "", "LIST",                                \
      "columns of the plain table of services:\n"                                                  \
      "service,state,util,busy,queue,req,err,workers,\n"                                           \
      "stuck,silent (the usual ones),stale,joined,left,\n"                                         \
      "util10s,util1m,util5m,wait,growth (over 1 minute),\n"                                       \
      "cpu (cores),rss,fds,threads,accept (the fullest\n"                                          \
      "accept queue)")                                                                             \
    X(worker_columns, "worker-columns", 0, text, WT_IN_SCREENS, 0, 0, "", "LIST",                  \
      "columns of the plain table of workers: worker,pid,\n"                                       \
      "state,busy,cap,queue,req,progress,age (the usual\n"                                         \
      "ones),err,threads,cpu,rss,fds,slot,restarts,\n"                                             \
      "doing")                                                                                     \
    X(theme, "theme", 0, text, WT_IN_LOOKS | WT_IN_FILE, 0, 0, "", "NAME",                         \
      "a theme's name, or the path of its file")                                                   \
    X(no_color, "no-color", 0, flag, WT_IN_LOOKS | WT_IN_FILE, 0, 0, "", "",                       \
      "no colours; so does NO_COLOR")                                                              \
    X(ascii, "ascii", 0, flag, WT_IN_LOOKS | WT_IN_FILE, 0, 0, "", "", "draw with ASCII only")     \
    X(utf8, "utf8", 0, flag, WT_IN_LOOKS | WT_IN_FILE, 0, 0, "", "",                               \
      "draw with UTF-8 whatever the locale says")                                                  \
    X(no_mouse, "no-mouse", 0, flag, WT_IN_SCREENS | WT_IN_FILE, 0, 0, "", "",                     \
      "leave the mouse to the terminal")                                                           \
    X(no_state, "no-state", 0, flag, WT_IN_SCREENS | WT_IN_FILE, 0, 0, "", "",                     \
      "do not remember theme, view, order and columns")                                            \
    X(log_path, "log", 0, text, WT_IN_LOOKERS | WT_AT_ONCE, 0, 0, "", "FILE",                      \
      "append registrations, resizes and failures to FILE")                                        \
    X(log_level, "log-level", 0, loglevel, WT_IN_LOOKERS | WT_AT_ONCE, 0, 0, "info", "LEVEL",      \
      "debug, info, warn, error or off")                                                           \
    X(config_path, "config", 0, text, WT_IN_LOOKERS | WT_IN_ASKERS | WT_IN_CONFIG | WT_IN_THEMES,  \
      0, 0, "", "FILE",                                                                            \
      "values for these options, thresholds and fields\n"                                          \
      "(default: $XDG_CONFIG_HOME/worktop/config.json)")                                           \
    X(segment_number, "segment", 0, count, WT_IN_INSPECT, 0, 0x1p32, "", "N",                      \
      "show this segment alone")                                                                   \
    X(worker_id, "worker", 0, count, WT_IN_INSPECT | WT_IN_SNAP, 1, 0x1p53, "", "ID",              \
      "inspect: show what belongs to this worker alone;\n"                                         \
      "snapshot: add all that this worker does and did")                                           \
    X(json, "json", 0, flag, WT_IN_INSPECT | WT_IN_CONFIG, 0, 0, "", "",                           \
      "one JSON document instead of tables")                                                       \
    X(raw, "raw", 0, flag, WT_IN_INSPECT, 0, 0, "", "",                                            \
      "its bytes, too (with --segment or --worker)")                                               \
    X(service_names, "service", 0, list, WT_IN_CHECK, 0, 0, "", "NAME",                            \
      "judge this service alone; may be repeated")                                                 \
    X(metric, "metric", 'm', text, WT_IN_CHECK, 0, 0, "", "NAME",                                  \
      "judge by this figure, not by the monitor's verdict:\n"                                      \
      "utilization (in %), queue, workers, stuck, stale,\n"                                        \
      "errors, requests (per second), a field's key (its\n"                                        \
      "sum), or a counter's key with /s (its rate)")                                               \
    X(warning, "warning", 'w', text, WT_IN_CHECK, 0, 0, "", "RANGE",                               \
      "WARNING when the figure is outside of this range:\n"                                        \
      "[@][LOW:][HIGH], ~: is no lower end, @ is inside")                                          \
    X(critical, "critical", 'c', text, WT_IN_CHECK, 0, 0, "", "RANGE",                             \
      "CRITICAL when it is outside of this one")                                                   \
    X(max_age_ns, "max-age", 0, seconds, WT_IN_CHECK, 0.1, 1e7, "3 intervals", "SECONDS",          \
      "older figures are UNKNOWN")                                                                 \
    X(timeout_ns, "timeout", 't', seconds, WT_IN_CHECK, 0.1, 3600, "10", "SECONDS",                \
      "UNKNOWN when nothing is known by then")                                                     \
    X(help, "help", 'h', flag, WT_IN_ALL, 0, 0, "", "", "show this help")                          \
    X(version, "version", 'V', flag, WT_IN_ALL, 0, 0, "", "", "show the version")

/* Rows of the table: the index of an option, and its bit in wt_options.given. */
enum wt_option {
#define WT_OPTION_ENUM(field, ...) WT_OPTION_##field,
    WT_OPTION_MAP(WT_OPTION_ENUM)
#undef WT_OPTION_ENUM
        WT_OPTION_COUNT
};

struct wt_config;

/*
 * All values, checked, defaults filled in: interval_ns is 10 s for serve and 1 s otherwise,
 * size_bytes 8 pages (demo: one page, so that growth is seen), frames 1 with --once and 0
 * without both, services at most workers, processes min(workers, 1000), max_age_ns 0 for "3
 * intervals", duration_ns and load_ns 0 for "until quit". Texts are borrowed from argv.
 */
struct wt_options {
    enum wt_command command;
    enum wt_command subject; /* of `worktop config serve`: serve; else the command itself */
    uint64_t given;     /* bit 1 << enum wt_option: it stood on the command line, or in the file */
    uint64_t from_file; /* those of them that stood in the file */
    const struct wt_config *config; /* what else the file says; NULL: there is none. Borrowed */
    wt_option_text operand;         /* the word that is no option; NULL when there was none */
    int argc;                       /* the line itself, borrowed: to read it again */
    char *const *argv;
#define WT_OPTION_FIELD(field, long_name, letter, type, ...) wt_option_##type field;
    WT_OPTION_MAP(WT_OPTION_FIELD)
#undef WT_OPTION_FIELD
};

static inline bool wt_options_given(const struct wt_options *options, enum wt_option option) {
    return (options->given >> option & 1) != 0;
}

/*
 * wt_options_parse reads a command line; argv[0] is skipped. Parsing ends at --help and
 * --version: then only `command` and that flag count. WT_EINVAL  an unknown command or option
 * (the nearest one is suggested), an option of another command, a word too many, a missing
 * operand, a missing or unreadable value, options that exclude each other WT_ERANGE  a value
 * out of range On failure *out is not to be used, except for `command`.
 */
wt_status wt_options_parse(struct wt_options *out, int argc, char *const *argv,
                           struct wt_error *err);

/* The two halves of it, for those who put the values of a file in between (config.h): the
 * words of the line, and the checks that concern more than one value, which also fill in what
 * depends on others. */
wt_status wt_options_read(struct wt_options *out, int argc, char *const *argv,
                          struct wt_error *err);
wt_status wt_options_check(struct wt_options *options, struct wt_error *err);

/* The defaults of one command, unchecked. */
void wt_options_defaults(struct wt_options *options, enum wt_command command);

/* The help of one command, at most 80 columns wide. That of the dashboard also lists the
 * others. */
void wt_options_help(enum wt_command command, struct wt_buffer *out);

/* One value as the option's row says, for those who read it from elsewhere: the error begins
 * with the value. */
wt_status wt_option_parse_bytes(const char *text, uint64_t *out, struct wt_error *err);
wt_status wt_option_parse_seconds(const char *text, int64_t *out, struct wt_error *err);

#endif /* WT_CONFIG_OPTIONS_H */
