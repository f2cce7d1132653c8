/* options.h - every option of the program: ONE table, from which come the typed values, the parser,
 * the checks, the errors and --help.
 *
 *     worktop [OPTIONS]              the dashboard
 *     worktop serve|demo|snapshot [OPTIONS]
 *
 * Both `--size 64K` and `--size=64K` are understood, "--" ends the options, and the command may
 * stand anywhere among them. An error names the option, the value and what would be right:
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

/* name, word on the command line ("" for none), one line of help */
#define WT_COMMAND_MAP(X)                                                                          \
    X(DASHBOARD, "", "Live dashboard; hosts a monitor if none runs")                               \
    X(SERVE, "serve", "Monitor without a screen; one JSON line per interval")                      \
    X(DEMO, "demo", "Dashboard over simulated workers")                                            \
    X(SNAPSHOT, "snapshot", "One JSON document from the running monitor")

enum wt_command {
#define WT_COMMAND_ENUM(name, word, help) WT_COMMAND_##name,
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

/* Which commands take an option. */
#define WT_IN_D (1U << WT_COMMAND_DASHBOARD)
#define WT_IN_S (1U << WT_COMMAND_SERVE)
#define WT_IN_DEMO (1U << WT_COMMAND_DEMO)
#define WT_IN_SNAP (1U << WT_COMMAND_SNAPSHOT)
#define WT_IN_HOSTS (WT_IN_D | WT_IN_S)
#define WT_IN_SCREENS (WT_IN_D | WT_IN_DEMO)
#define WT_IN_MONITORS (WT_IN_HOSTS | WT_IN_DEMO)
#define WT_IN_ALL (WT_IN_MONITORS | WT_IN_SNAP)

/* field, long name, short letter or 0, type, commands, least, most, default as text ("" for none),
 * name of the argument, help (may contain line breaks). least and most bound numbers, in the unit
 * of the option; both are 0 where there are no bounds. */
#define WT_OPTION_MAP(X)                                                                           \
    X(socket_path, "socket", 0, text, WT_IN_HOSTS | WT_IN_SNAP, 0, 0, "", "PATH",                  \
      "the monitor's socket\n(default: $WORKTOP_SOCKET, else the default place)")                  \
    X(store_path, "store", 0, text, WT_IN_HOSTS, 0, 0, "", "PATH",                                 \
      "the shared-memory file of the workers' segments\n(default: beside the socket)")             \
    X(interval_ns, "interval", 0, seconds, WT_IN_MONITORS, 0.1, 86400, "1", "SECONDS",             \
      "time between two looks; fractions are allowed")                                             \
    X(size_bytes, "size", 0, bytes, WT_IN_MONITORS, 1, 0x1p60, "8 pages", "BYTES",                 \
      "first size of the store; K, M and G are understood")                                        \
    X(segment_bytes, "segment-size", 0, bytes, WT_IN_MONITORS, 8, 0x1p30, "512", "BYTES",          \
      "size of one worker's segment, a multiple of 8")                                             \
    X(growth_factor, "growth-factor", 0, real, WT_IN_MONITORS, 1, 1e18, "2", "REAL",               \
      "how the store grows when it is full")                                                       \
    X(max_bytes, "max-size", 0, bytes, WT_IN_MONITORS, 1, 0x1p60, "1G", "BYTES",                   \
      "the store never grows beyond this")                                                         \
    X(file_mode, "mode", 0, mode, WT_IN_HOSTS, 0, 0, "0600", "OCTAL",                              \
      "who may connect: mode of socket and store")                                                 \
    X(group, "group", 0, text, WT_IN_HOSTS, 0, 0, "", "NAME",                                      \
      "group of socket, store and directory")                                                      \
    X(full, "full", 0, flag, WT_IN_S, 0, 0, "", "",                                                \
      "emit whole snapshots instead of sums per service")                                          \
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
    X(theme, "theme", 0, text, WT_IN_SCREENS, 0, 0, "", "NAME",                                    \
      "a theme's name, or the path of its file")                                                   \
    X(no_color, "no-color", 0, flag, WT_IN_SCREENS, 0, 0, "", "", "no colours; so does NO_COLOR")  \
    X(ascii, "ascii", 0, flag, WT_IN_SCREENS, 0, 0, "", "", "draw with ASCII only")                \
    X(utf8, "utf8", 0, flag, WT_IN_SCREENS, 0, 0, "", "",                                          \
      "draw with UTF-8 whatever the locale says")                                                  \
    X(no_mouse, "no-mouse", 0, flag, WT_IN_SCREENS, 0, 0, "", "",                                  \
      "leave the mouse to the terminal")                                                           \
    X(log_path, "log", 0, text, WT_IN_MONITORS, 0, 0, "", "FILE",                                  \
      "append registrations, resizes and failures to FILE")                                        \
    X(log_level, "log-level", 0, loglevel, WT_IN_MONITORS, 0, 0, "info", "LEVEL",                  \
      "debug, info, warn, error or off")                                                           \
    X(help, "help", 'h', flag, WT_IN_ALL, 0, 0, "", "", "show this help")                          \
    X(version, "version", 'V', flag, WT_IN_ALL, 0, 0, "", "", "show the version")

/* Rows of the table: the index of an option, and its bit in wt_options.given. */
enum wt_option {
#define WT_OPTION_ENUM(field, ...) WT_OPTION_##field,
    WT_OPTION_MAP(WT_OPTION_ENUM)
#undef WT_OPTION_ENUM
        WT_OPTION_COUNT
};

/*
 * All values, checked, defaults filled in: interval_ns is 10 s for serve and 1 s otherwise,
 * size_bytes 8 pages (demo: one page, so that growth is seen), frames 1 with --once and 0 without
 * both, services at most workers, processes min(workers, 1000), duration_ns and load_ns 0 for
 * "until quit". Texts are borrowed from argv.
 */
struct wt_options {
    enum wt_command command;
    uint64_t given; /* bit 1 << enum wt_option: it stood on the command line */
#define WT_OPTION_FIELD(field, long_name, letter, type, ...) wt_option_##type field;
    WT_OPTION_MAP(WT_OPTION_FIELD)
#undef WT_OPTION_FIELD
};

static inline bool wt_options_given(const struct wt_options *options, enum wt_option option) {
    return (options->given >> option & 1) != 0;
}

/*
 * wt_options_parse reads a command line; argv[0] is skipped. Parsing ends at --help and --version:
 * then only `command` and that flag count.
 *   WT_EINVAL  an unknown command or option (the nearest one is suggested), an option of another
 *              command, a missing or unreadable value, options that exclude each other
 *   WT_ERANGE  a value out of range
 * On failure *out is not to be used, except for `command`.
 */
wt_status wt_options_parse(struct wt_options *out, int argc, char *const *argv,
                           struct wt_error *err);

/* The help of one command, at most 80 columns wide. That of the dashboard also lists the others. */
void wt_options_help(enum wt_command command, struct wt_buffer *out);

/* One value as the option's row says, for those who read it from elsewhere: the error begins with
 * the value. */
wt_status wt_option_parse_bytes(const char *text, uint64_t *out, struct wt_error *err);
wt_status wt_option_parse_seconds(const char *text, int64_t *out, struct wt_error *err);

#endif /* WT_CONFIG_OPTIONS_H */
