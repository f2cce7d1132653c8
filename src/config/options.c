#include "config/options.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"

/*
 * A row says where its value lies in struct wt_options and which of the few readers below
 * understands it. Checks that concern more than one option are at the end, in check_together.
 */

enum option_type {
    TYPE_text,
    TYPE_seconds,
    TYPE_bytes,
    TYPE_real,
    TYPE_count,
    TYPE_flag,
    TYPE_mode,
    TYPE_loglevel
};

struct row {
    const char *name;
    char letter;
    enum option_type type;
    unsigned commands;
    double least, most;
    const char *preset, *argument, *help;
    size_t offset;
};

static const struct row rows[WT_OPTION_COUNT] = {
#define OPTION_ROW(field, name_, letter_, type_, commands_, least_, most_, preset_, argument_,     \
                   help_)                                                                          \
    {.name = name_,                                                                                \
     .letter = letter_,                                                                            \
     .type = TYPE_##type_,                                                                         \
     .commands = commands_,                                                                        \
     .least = least_,                                                                              \
     .most = most_,                                                                                \
     .preset = preset_,                                                                            \
     .argument = argument_,                                                                        \
     .help = help_,                                                                                \
     .offset = offsetof(struct wt_options, field)},
    WT_OPTION_MAP(OPTION_ROW)
#undef OPTION_ROW
};

struct command_row {
    const char *word;
};

static const struct command_row commands[WT_COMMAND_COUNT] = {
#define COMMAND_ROW(name, word_, help_) {.word = word_},
    WT_COMMAND_MAP(COMMAND_ROW)
#undef COMMAND_ROW
};

const char *wt_command_text(enum wt_command command) {
    return command == WT_COMMAND_DASHBOARD ? "dashboard" : commands[command].word;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A plain decimal number, also ".5"; no exponent, no sign. */
static bool read_decimal(const char *text, size_t length, struct wt_number *out) {
    char copy[64] = "0";
    if (length == 0 || length > sizeof copy - 2 || strspn(text, "0123456789.") < length)
        return false;
    bool bare = text[0] == '.';
    memcpy(copy + bare, text, length);
    return wt_number_parse(copy, length + bare, out);
}

wt_status wt_option_parse_bytes(const char *text, uint64_t *out, struct wt_error *err) {
    size_t length = strlen(text);
    int shift = 0;
    switch (length > 0 ? text[length - 1] : '\0') {
    case 'K':
    case 'k':
        shift = 10;
        break;
    case 'M':
    case 'm':
        shift = 20;
        break;
    case 'G':
    case 'g':
        shift = 30;
        break;
    default:
        break;
    }
    struct wt_number number;
    if (!read_decimal(text, shift > 0 ? length - 1 : length, &number) ||
        number.kind != WT_NUMBER_INTEGER)
        return wt_fail(err, WT_EINVAL, "%s: must be bytes, like 4096, 64K, 8M or 1G", text);
    if (number.integer > (wt_int128)(UINT64_MAX >> shift))
        return wt_fail(err, WT_ERANGE, "%s: is more bytes than can be counted", text);
    *out = (uint64_t)number.integer << shift;
    return WT_OK;
}

wt_status wt_option_parse_seconds(const char *text, int64_t *out, struct wt_error *err) {
    struct wt_number number;
    if (!read_decimal(text, strlen(text), &number))
        return wt_fail(err, WT_EINVAL, "%s: must be seconds, like 1 or 0.5", text);
    double seconds = wt_number_to_double(number);
    if (seconds > 9e9)
        return wt_fail(err, WT_ERANGE, "%s: is more seconds than can be counted", text);
    *out = llround(seconds * (double)WT_NS_PER_S);
    return WT_OK;
}

static wt_status read_mode(const char *text, uint32_t *out, struct wt_error *err) {
    size_t digits = strspn(text, "01234567");
    uint32_t mode = 0;
    for (size_t i = 0; i < digits && i < 5; i++)
        mode = mode * 8 + (uint32_t)(text[i] - '0');
    if (text[digits] != '\0' || digits < 3 || digits > 4 || (mode & ~0666U) != 0)
        return wt_fail(err, WT_EINVAL, "%s: must be octal read and write bits, like 0600 or 0660",
                       text);
    if ((mode & 0600) != 0600)
        return wt_fail(err, WT_ERANGE, "%s: must let the owner read and write, like 0600 or 0660",
                       text);
    *out = mode;
    return WT_OK;
}

/* What a value in the unit of the option must lie between, as text for an error. */
static void describe_range(const struct row *row, char *out, size_t size) {
    char least[WT_NUMBER_TEXT_SIZE], most[WT_NUMBER_TEXT_SIZE];
    const double bounds[2] = {row->least, row->most};
    char *const texts[2] = {least, most};
    for (int i = 0; i < 2; i++) {
        bool whole = bounds[i] == floor(bounds[i]);
        wt_number_text(whole ? wt_number_integer((wt_int128)bounds[i]) : wt_number_real(bounds[i]),
                       texts[i]);
    }
    switch (row->type) {
    case TYPE_seconds:
        snprintf(out, size, "must be %s to %s seconds", least, most);
        break;
    case TYPE_bytes:
        snprintf(out, size, "must be %s to %s bytes", least, most);
        break;
    case TYPE_count:
        snprintf(out, size, "must be a whole number from %s to %s", least, most);
        break;
    case TYPE_real:
        snprintf(out, size, "must be a real number greater than %s", least);
        break;
    case TYPE_text:
    case TYPE_flag:
    case TYPE_mode:
    case TYPE_loglevel:
        out[0] = '\0';
        break;
    }
}

static wt_status out_of_range(const struct row *row, const char *text, wt_status status,
                              struct wt_error *err) {
    char range[128];
    describe_range(row, range, sizeof range);
    return wt_fail(err, status, "%s: %s", text, range);
}

/* Reads a real or a count; reals must be greater than `least`, counts may equal it. */
static wt_status read_number(const struct row *row, const char *text, void *field,
                             struct wt_error *err) {
    struct wt_number number;
    bool real = row->type == TYPE_real;
    if (!read_decimal(text, strlen(text), &number) || (!real && number.kind != WT_NUMBER_INTEGER))
        return out_of_range(row, text, WT_EINVAL, err);
    double value = wt_number_to_double(number);
    if (value > row->most || (real ? value <= row->least : value < row->least))
        return out_of_range(row, text, WT_ERANGE, err);
    if (real)
        *(double *)field = value;
    else
        *(uint64_t *)field = (uint64_t)number.integer;
    return WT_OK;
}

/* Puts one value into *options; the error begins with the value. */
static wt_status read_value(struct wt_options *options, const struct row *row, const char *text,
                            struct wt_error *err) {
    void *field = (char *)options + row->offset;
    wt_status status = WT_OK;
    switch (row->type) {
    case TYPE_text:
        if (text[0] == '\0')
            return wt_fail(err, WT_EINVAL, "\"\": must not be empty");
        *(const char **)field = text;
        return WT_OK;
    case TYPE_flag:
        *(bool *)field = true;
        return WT_OK;
    case TYPE_mode:
        return read_mode(text, field, err);
    case TYPE_loglevel:
        if (wt_log_parse_level(text, field, NULL) != WT_OK)
            return wt_fail(err, WT_EINVAL, "%s: must be %s", text, row->help);
        return WT_OK;
    case TYPE_real:
    case TYPE_count:
        return read_number(row, text, field, err);
    case TYPE_seconds:
        status = wt_option_parse_seconds(text, field, err);
        if (status == WT_OK && ((double)*(int64_t *)field < row->least * 1e9 ||
                                (double)*(int64_t *)field > row->most * 1e9))
            status = out_of_range(row, text, WT_ERANGE, err);
        return status;
    case TYPE_bytes:
        status = wt_option_parse_bytes(text, field, err);
        if (status == WT_OK &&
            ((double)*(uint64_t *)field < row->least || (double)*(uint64_t *)field > row->most))
            status = out_of_range(row, text, WT_ERANGE, err);
        return status;
    }
    return status;
}

/* ---- names ----------------------------------------------------------------------------------- */

static size_t least_of(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Letters to insert, remove or replace to make one word of the other. */
static size_t distance(const char *a, size_t length_a, const char *b) {
    enum { WORD_BYTES_MAX = 40 };
    size_t length_b = strlen(b), line[WORD_BYTES_MAX + 1];
    if (length_a > WORD_BYTES_MAX || length_b > WORD_BYTES_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= length_b; j++)
        line[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t corner = line[0];
        line[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t replaced = corner + (a[i - 1] != b[j - 1]);
            corner = line[j];
            line[j] = least_of(replaced, least_of(line[j], line[j - 1]) + 1);
        }
    }
    return line[length_b];
}

/* A word is near when it has at most a third of its letters (at least 2) wrong, or is a beginning.
 */
static bool is_nearer(const char *text, size_t length, const char *candidate, size_t *best) {
    size_t found = distance(text, length, candidate);
    if (length >= 2 && strncmp(text, candidate, length) == 0)
        found = 0;
    if (found >= *best || found > (length < 4 ? 1 : length < 7 ? 2 : length / 3))
        return false;
    *best = found;
    return true;
}

static const struct row *find_row(const char *name, size_t length) {
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    }
    return NULL;
}

static const struct row *find_letter(char letter) {
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        if (rows[i].letter != 0 && rows[i].letter == letter)
            return &rows[i];
    }
    return NULL;
}

static wt_status unknown_option(enum wt_command command, const char *text, size_t length,
                                struct wt_error *err) {
    const struct row *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < WT_OPTION_COUNT && length > 2; i++) {
        if ((rows[i].commands >> command & 1) != 0 &&
            is_nearer(text + 2, length - 2, rows[i].name, &best))
            nearest = &rows[i];
    }
    if (nearest != NULL)
        return wt_fail(err, WT_EINVAL, "%.*s: no such option; did you mean --%s?", (int)length,
                       text, nearest->name);
    return wt_fail(err, WT_EINVAL, "%.*s: no such option; --help lists them", (int)length, text);
}

/* ---- the command line ------------------------------------------------------------------------ */

struct line {
    int argc;
    char *const *argv;
    int at;
};

/* One option as it stands: its row (NULL when unknown) and its value, if it was attached. */
struct word {
    const struct row *row;
    const char *text;
    size_t length; /* without "=value" */
    const char *value;
};

static struct word split_word(const char *text) {
    struct word word = {.text = text, .length = strlen(text)};
    if (text[1] == '-') {
        const char *equals = strchr(text, '=');
        if (equals != NULL) {
            word.length = (size_t)(equals - text);
            word.value = equals + 1;
        }
        word.row = find_row(text + 2, word.length - 2);
    } else if (word.length == 2) {
        word.row = find_letter(text[1]);
    }
    return word;
}

static bool is_option(const char *text) {
    return text[0] == '-' && text[1] != '\0';
}

/* The command is the first word that is neither an option nor the value of one. Behind an unknown
 * option a word may be its value: then parse_all complains about the option. */
static wt_status find_command(struct line line, enum wt_command *out, int *command_at,
                              struct wt_error *err) {
    *out = WT_COMMAND_DASHBOARD;
    *command_at = -1;
    bool lost = false;
    for (; line.at < line.argc; line.at++) {
        const char *text = line.argv[line.at];
        if (strcmp(text, "--") == 0)
            return WT_OK;
        if (is_option(text)) {
            struct word word = split_word(text);
            if (word.row != NULL && word.row->type != TYPE_flag && word.value == NULL)
                line.at++;
            lost = lost || word.row == NULL;
            continue;
        }
        const char *nearest = NULL;
        size_t best = SIZE_MAX;
        for (int i = 0; i < WT_COMMAND_COUNT; i++) {
            if (text[0] != '\0' && strcmp(commands[i].word, text) == 0) {
                *out = (enum wt_command)i;
                *command_at = line.at;
                return WT_OK;
            }
            if (is_nearer(text, strlen(text), commands[i].word, &best))
                nearest = commands[i].word;
        }
        if (lost)
            continue;
        if (nearest != NULL)
            return wt_fail(err, WT_EINVAL, "%s: no such command; did you mean %s?", text, nearest);
        return wt_fail(err, WT_EINVAL, "%s: no such command; there are serve, demo and snapshot",
                       text);
    }
    return WT_OK;
}

/* Names the commands that do take an option: "demo", or "serve, demo". */
static void list_commands(unsigned mask, char *out, size_t size) {
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < WT_COMMAND_COUNT; i++) {
        if ((mask >> i & 1) != 0 && length < size)
            length += (size_t)snprintf(out + length, size - length, "%s%s", length > 0 ? ", " : "",
                                       wt_command_text((enum wt_command)i));
    }
}

static wt_status read_word(struct wt_options *options, struct line *line, struct wt_error *err) {
    struct word word = split_word(line->argv[line->at]);
    if (word.row == NULL)
        return unknown_option(options->command, word.text, word.length, err);
    if ((word.row->commands >> options->command & 1) == 0) {
        char others[64];
        list_commands(word.row->commands, others, sizeof others);
        return wt_fail(err, WT_EINVAL, "--%s: is an option of %s, not of %s", word.row->name,
                       others, wt_command_text(options->command));
    }
    if (word.row->type == TYPE_flag && word.value != NULL)
        return wt_fail(err, WT_EINVAL, "--%s=%s: takes no value", word.row->name, word.value);
    if (word.row->type != TYPE_flag && word.value == NULL) {
        if (line->at + 1 >= line->argc)
            return wt_fail(err, WT_EINVAL, "--%s: needs a value: %s", word.row->name,
                           word.row->argument);
        word.value = line->argv[++line->at];
    }
    struct wt_error cause = {0};
    wt_status status = read_value(options, word.row, word.value, &cause);
    if (status != WT_OK)
        return wt_fail(err, status, "--%s %s", word.row->name, cause.text);
    options->given |= UINT64_C(1) << (word.row - rows);
    return WT_OK;
}

static uint64_t page_bytes(void) {
    long page = sysconf(_SC_PAGESIZE);
    return page > 0 ? (uint64_t)page : 4096;
}

/* The defaults of the table; those it can only describe ("8 pages") follow below. */
static void set_defaults(struct wt_options *options, enum wt_command command) {
    *options = (struct wt_options){.command = command};
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        if (rows[i].preset[0] != '\0')
            read_value(options, &rows[i], rows[i].preset, NULL);
    }
    options->size_bytes = (command == WT_COMMAND_DEMO ? 1 : 8) * page_bytes();
    if (command == WT_COMMAND_SERVE)
        options->interval_ns = 10 * WT_NS_PER_S;
}

static wt_status check_together(struct wt_options *options, struct wt_error *err) {
    if (options->ascii && options->utf8)
        return wt_fail(err, WT_EINVAL, "--ascii --utf8: exclude each other");
    if (options->once && wt_options_given(options, WT_OPTION_frames) && options->frames != 1)
        return wt_fail(err, WT_EINVAL, "--once --frames %llu: exclude each other",
                       (unsigned long long)options->frames);
    if (options->once)
        options->frames = 1;
    if (!wt_options_given(options, WT_OPTION_size_bytes) &&
        options->size_bytes > options->max_bytes)
        options->size_bytes = options->max_bytes;
    if (options->segment_bytes % 8 != 0)
        return wt_fail(err, WT_EINVAL, "--segment-size %llu: must be a multiple of 8",
                       (unsigned long long)options->segment_bytes);
    if (options->segment_bytes > options->max_bytes)
        return wt_fail(
            err, WT_ERANGE, "--max-size %llu: must hold one segment (--segment-size %llu)",
            (unsigned long long)options->max_bytes, (unsigned long long)options->segment_bytes);
    if (options->segment_bytes > options->size_bytes)
        return wt_fail(
            err, WT_ERANGE, "--segment-size %llu: must not be larger than the store (--size %llu)",
            (unsigned long long)options->segment_bytes, (unsigned long long)options->size_bytes);
    if (options->size_bytes > options->max_bytes)
        return wt_fail(err, WT_ERANGE, "--size %llu: must not be larger than --max-size %llu",
                       (unsigned long long)options->size_bytes,
                       (unsigned long long)options->max_bytes);
    if (!wt_options_given(options, WT_OPTION_services) && options->services > options->workers)
        options->services = options->workers;
    if (options->services > options->workers)
        return wt_fail(err, WT_ERANGE, "--services %llu: must not be more than --workers %llu",
                       (unsigned long long)options->services, (unsigned long long)options->workers);
    if (options->processes > options->workers)
        return wt_fail(err, WT_ERANGE, "--processes %llu: must not be more than --workers %llu",
                       (unsigned long long)options->processes,
                       (unsigned long long)options->workers);
    if (wt_options_given(options, WT_OPTION_processes) && options->processes < options->services)
        return wt_fail(err, WT_ERANGE,
                       "--processes %llu: must not be less than --services %llu: a process plays "
                       "workers of one service",
                       (unsigned long long)options->processes,
                       (unsigned long long)options->services);
    if (options->processes == 0)
        options->processes = options->workers < 1000 ? options->workers : 1000;
    return WT_OK;
}

static wt_status parse_all(struct wt_options *options, struct line line, int command_at,
                           struct wt_error *err) {
    for (; line.at < line.argc; line.at++) {
        const char *text = line.argv[line.at];
        if (line.at == command_at)
            continue;
        if (strcmp(text, "--") == 0 && line.at + 1 == line.argc)
            break;
        if (!is_option(text) || strcmp(text, "--") == 0)
            return wt_fail(err, WT_EINVAL, "%s: there is nothing to be named here",
                           strcmp(text, "--") == 0 ? line.argv[line.at + 1] : text);
        wt_status status = read_word(options, &line, err);
        if (status != WT_OK)
            return status;
        if (options->help || options->version)
            return WT_OK;
    }
    return check_together(options, err);
}

wt_status wt_options_parse(struct wt_options *out, int argc, char *const *argv,
                           struct wt_error *err) {
    struct wt_error cause = {0};
    struct line line = {.argc = argc, .argv = argv, .at = 1};
    enum wt_command command;
    int command_at;
    wt_status status = find_command(line, &command, &command_at, &cause);
    set_defaults(out, command);
    if (status == WT_OK)
        status = parse_all(out, line, command_at, &cause);
    if (status != WT_OK)
        return wt_fail(err, status, "worktop%s%s: %s", commands[command].word[0] != '\0' ? " " : "",
                       commands[command].word, cause.text);
    return WT_OK;
}
