/* command.h - the subcommands: one file, one function and one line of the table each.
 *
 * Names, help and options of the commands are rows of config/options.h; here stands who runs them.
 * A new command cmd_x.c adds its line to WT_SUBCOMMAND_MAP and nothing else.
 */
#ifndef WT_CLI_COMMAND_H
#define WT_CLI_COMMAND_H

#include "base/status.h"
#include "config/options.h"

/* Exit codes of the program; those of `check` are in export/check.h. */
enum wt_exit {
    WT_EXIT_OK = 0,
    WT_EXIT_FAILED = 1, /* it could not be done: one line on standard error says why */
    WT_EXIT_USAGE =
        2, /* the command line, or the configuration, is wrong: one line says what would be right */
};

/* enum wt_command, function: takes the checked options, returns an exit code. */
#define WT_SUBCOMMAND_MAP(X)                                                                       \
    X(DASHBOARD, wt_cmd_dashboard)                                                                 \
    X(DEMO, wt_cmd_demo)                                                                           \
    X(SERVE, wt_cmd_serve)                                                                         \
    X(SNAPSHOT, wt_cmd_snapshot)                                                                   \
    X(ATTACH, wt_cmd_attach)                                                                       \
    X(INSPECT, wt_cmd_inspect)                                                                     \
    X(CONFIG, wt_cmd_config)                                                                       \
    X(CHECK, wt_cmd_check)                                                                         \
    X(THEMES, wt_cmd_themes)

#define WT_SUBCOMMAND_DECLARE(command, function) int function(const struct wt_options *options);
WT_SUBCOMMAND_MAP(WT_SUBCOMMAND_DECLARE)
#undef WT_SUBCOMMAND_DECLARE

/* `check` has exit codes of its own: prints the line "UNKNOWN: reason" and returns 3. */
int wt_check_unknown(const char *reason);

/* Prints "worktop: TEXT" to standard error and returns WT_EXIT_FAILED. */
int wt_cli_fail(const struct wt_error *err);

#endif /* WT_CLI_COMMAND_H */
