#include <stdio.h>
#include <string.h>

#include "config/options.h"

/* --help, from the same table as the parser. At most 80 columns: 28 for the option, 52 for the
 * text. */

enum { COLUMN_COLS = 28, LINE_COLS = 80 };

struct row {
    const char *name;
    char letter;
    unsigned commands;
    const char *preset, *argument, *help;
};

static const struct row rows[] = {
#define OPTION_ROW(field, name_, letter_, type_, commands_, least_, most_, preset_, argument_,     \
                   help_)                                                                          \
    {.name = name_,                                                                                \
     .letter = letter_,                                                                            \
     .commands = commands_,                                                                        \
     .preset = preset_,                                                                            \
     .argument = argument_,                                                                        \
     .help = help_},
    WT_OPTION_MAP(OPTION_ROW)
#undef OPTION_ROW
};

static const char *const words[] = {
#define COMMAND_WORD(name, word, operand, help) word,
    WT_COMMAND_MAP(COMMAND_WORD)
#undef COMMAND_WORD
};

static const char *const operands[] = {
#define COMMAND_OPERAND(name, word, operand, help) operand,
    WT_COMMAND_MAP(COMMAND_OPERAND)
#undef COMMAND_OPERAND
};

static const char *const summaries[] = {
#define COMMAND_HELP(name, word, operand, help) help,
    WT_COMMAND_MAP(COMMAND_HELP)
#undef COMMAND_HELP
};

/* What follows the options. */
static const char *const notes[WT_COMMAND_COUNT] = {
    [WT_COMMAND_ATTACH] =
        "\nPATH: a monitor's directory, socket, store or .dir file, also of one that\n"
        "hangs or is dead. Without it --socket, $WORKTOP_SOCKET or the default place.\n",
    [WT_COMMAND_INSPECT] =
        "\nFILE: a directory file (.dir, .dir.previous) or a store beside one.\n"
        "Exit codes: 0 the file is whole, 1 it is not, 2 a wrong command line.\n",
    [WT_COMMAND_THEMES] =
        "\nThe one in use has a *. A file NAME.json in $XDG_CONFIG_HOME/worktop/themes\n"
        "(~/.config without it) is a theme of yours: --theme NAME. Exit codes: 0, or 1\n"
        "when a file is broken; its line says where.\n",
    [WT_COMMAND_CHECK] =
        "\nExit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: no monitor, no data, old\n"
        "data, no answer in time, a wrong command line; --help and --version, too.\n"
        "The one line on standard output says what is wrong and what to do; behind |\n"
        "are the figures. Without --metric the monitor's own verdicts decide.\n",
};

/* The default of a row for one command; "" when there is none to show. */
static const char *preset_of(size_t index, enum wt_command command) {
    if (index == WT_OPTION_interval_ns && command == WT_COMMAND_SERVE)
        return "10";
    if (index == WT_OPTION_size_bytes && command == WT_COMMAND_DEMO)
        return "1 page";
    return rows[index].preset;
}

/* The second column: line breaks of the help stay, the default goes behind it where it fits. */
static void append_help(struct wt_buffer *out, const char *text, const char *preset) {
    size_t bytes;
    for (;; text += bytes + 1) {
        bytes = strcspn(text, "\n");
        wt_buffer_append(out, text, bytes);
        if (text[bytes] == '\0')
            break;
        wt_buffer_printf(out, "\n%*s", COLUMN_COLS, "");
    }
    if (preset[0] != '\0') {
        bool fits = COLUMN_COLS + bytes + strlen(preset) + sizeof " (default: )" - 1 <= LINE_COLS;
        wt_buffer_printf(out, fits ? " %*s(default: %s)" : "\n%*s(default: %s)",
                         fits ? 0 : COLUMN_COLS, "", preset);
    }
    wt_buffer_append_char(out, '\n');
}

static void append_row(struct wt_buffer *out, size_t index, enum wt_command command) {
    const struct row *row = &rows[index];
    char left[64];
    int length = snprintf(left, sizeof left, "  %c%c%c --%s%s%s", row->letter != 0 ? '-' : ' ',
                          row->letter != 0 ? row->letter : ' ', row->letter != 0 ? ',' : ' ',
                          row->name, row->argument[0] != '\0' ? " " : "", row->argument);
    wt_buffer_printf(out, "%-*s", COLUMN_COLS, left);
    if (length >= COLUMN_COLS)
        wt_buffer_printf(out, "\n%*s", COLUMN_COLS, "");
    append_help(out, row->help, preset_of(index, command));
}

void wt_options_help(enum wt_command command, struct wt_buffer *out) {
    const char *word = words[command];
    const char *operand = operands[command];
    wt_buffer_printf(out, "Usage: worktop%s%s [OPTIONS]%s%s\n", word[0] != '\0' ? " " : "", word,
                     operand[0] != '\0' ? " " : "", operand);
    wt_buffer_printf(out, "%s\n", summaries[command]);
    if (command == WT_COMMAND_DASHBOARD) {
        wt_buffer_append_text(out, "\nCommands (worktop COMMAND --help says more):\n");
        for (size_t i = 0; i < WT_COMMAND_COUNT; i++) {
            if (words[i][0] != '\0')
                wt_buffer_printf(out, "  %-*s%s\n", COLUMN_COLS - 2, words[i], summaries[i]);
        }
    }
    wt_buffer_append_text(out, "\nOptions:\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((rows[i].commands >> command & 1) != 0)
            append_row(out, i, command);
    }
    if (notes[command] != NULL)
        wt_buffer_append_text(out, notes[command]);
}
