#include "config/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "config/nearest.h"
#include "config/table.h"

/*
 * The command line. What its words become is said in table.c; checks that concern more than one
 * option are at the end, in wt_options_check.
 */

struct command_row {
    const char *word, *operand;
};

static const struct command_row commands[WT_COMMAND_COUNT] = {
#define COMMAND_ROW(name, word_, operand_, help_) {.word = word_, .operand = operand_},
    WT_COMMAND_MAP(COMMAND_ROW)
#undef COMMAND_ROW
};

const char *wt_command_text(enum wt_command command) {
    return command == WT_COMMAND_DASHBOARD ? "dashboard" : commands[command].word;
}

/* ---- names ----------------------------------------------------------------------------------- */

static const struct wt_option_row *find_row(const char *name, size_t length) {
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        if (strlen(wt_option_rows[i].name) == length &&
            memcmp(wt_option_rows[i].name, name, length) == 0)
            return &wt_option_rows[i];
    }
    return NULL;
}

static const struct wt_option_row *find_letter(char letter) {
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        if (wt_option_rows[i].letter != 0 && wt_option_rows[i].letter == letter)
            return &wt_option_rows[i];
    }
    return NULL;
}

static wt_status unknown_option(enum wt_command command, const char *text, size_t length,
                                struct wt_error *err) {
    const struct wt_option_row *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < WT_OPTION_COUNT && length > 2; i++) {
        if ((wt_option_rows[i].commands >> command & 1) != 0 &&
            wt_is_nearer(text + 2, length - 2, wt_option_rows[i].name, &best))
            nearest = &wt_option_rows[i];
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
    const struct wt_option_row *row;
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

/* "there are serve, demo and snapshot" */
static wt_status unknown_command(const char *text, struct wt_error *err) {
    char words[160] = "";
    size_t length = 0;
    for (int i = 0; i < WT_COMMAND_COUNT && length < sizeof words; i++) {
        const char *before = length == 0 ? "" : i + 1 < WT_COMMAND_COUNT ? ", " : " and ";
        if (commands[i].word[0] != '\0')
            length += (size_t)snprintf(words + length, sizeof words - length, "%s%s", before,
                                       commands[i].word);
    }
    return wt_fail(err, WT_EINVAL, "%s: no such command; there are %s", text, words);
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
            if (word.row != NULL && word.row->type != WT_OPTION_TYPE_flag && word.value == NULL)
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
            if (wt_is_nearer(text, strlen(text), commands[i].word, &best))
                nearest = commands[i].word;
        }
        if (lost)
            continue;
        if (nearest != NULL)
            return wt_fail(err, WT_EINVAL, "%s: no such command; did you mean %s?", text, nearest);
        return unknown_command(text, err);
    }
    return WT_OK;
}

/* Names the commands that do take an option: "demo", or "serve, demo". `config` only shows them. */
static void list_commands(unsigned mask, char *out, size_t size) {
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < WT_COMMAND_COUNT; i++) {
        if ((mask >> i & 1) != 0 && i != WT_COMMAND_CONFIG && length < size)
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
    if (word.row->type == WT_OPTION_TYPE_flag && word.value != NULL)
        return wt_fail(err, WT_EINVAL, "--%s=%s: takes no value", word.row->name, word.value);
    if (word.row->type != WT_OPTION_TYPE_flag && word.value == NULL) {
        if (line->at + 1 >= line->argc)
            return wt_fail(err, WT_EINVAL, "--%s: needs a value: %s", word.row->name,
                           word.row->argument);
        word.value = line->argv[++line->at];
    }
    struct wt_error cause = {0};
    wt_status status = wt_option_read_text(options, word.row, word.value, &cause);
    if (status != WT_OK)
        return wt_fail(err, status, "--%s %s", word.row->name, cause.text);
    options->given |= UINT64_C(1) << (word.row - wt_option_rows);
    return WT_OK;
}

static uint64_t page_bytes(void) {
    long page = sysconf(_SC_PAGESIZE);
    return page > 0 ? (uint64_t)page : 4096;
}

/* The defaults of the table; those it can only describe ("8 pages") follow below. */
void wt_options_defaults(struct wt_options *options, enum wt_command command) {
    *options = (struct wt_options){.command = command, .subject = command};
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        if (wt_option_rows[i].preset[0] != '\0')
            wt_option_read_text(options, &wt_option_rows[i], wt_option_rows[i].preset, NULL);
    }
    options->size_bytes = (command == WT_COMMAND_DEMO ? 1 : 8) * page_bytes();
    if (command == WT_COMMAND_SERVE)
        options->interval_ns = 10 * WT_NS_PER_S;
}

/* ---- checks of more than one option ---------------------------------------------------------- */

enum { LABEL_BYTES = 192 };

/* "--size", or where it stands in the configuration file: "config.json:3: size". */
static const char *label(const struct wt_options *options, enum wt_option option,
                         char out[static LABEL_BYTES]) {
    const char *name = wt_option_rows[option].name;
    if ((options->from_file >> option & 1) != 0)
        wt_config_label(options->config, name, out, LABEL_BYTES);
    else
        snprintf(out, LABEL_BYTES, "--%s", name);
    return out;
}

/* Puts the value that the file gave back to `none`. */
static bool drop_from_file(struct wt_options *options, enum wt_option option) {
    uint64_t bit = UINT64_C(1) << option;
    bool was = (options->from_file & bit) != 0;
    options->from_file &= ~bit;
    options->given &= was ? ~bit : ~UINT64_C(0);
    return was;
}

static wt_status check_inspect(const struct wt_options *options, struct wt_error *err) {
    bool one_segment = wt_options_given(options, WT_OPTION_segment_number);
    bool one_worker = wt_options_given(options, WT_OPTION_worker_id);
    if (one_segment && one_worker)
        return wt_fail(err, WT_EINVAL, "--segment --worker: exclude each other");
    if (options->raw && !one_segment && !one_worker)
        return wt_fail(err, WT_EINVAL, "--raw: goes with --segment N or --worker ID");
    return WT_OK;
}

static wt_status check_thresholds(const struct wt_options *options, struct wt_error *err) {
    bool has_threshold = options->warning != NULL || options->critical != NULL;
    if (options->metric == NULL && has_threshold)
        return wt_fail(err, WT_EINVAL, "--%s %s: goes with --metric NAME",
                       options->warning != NULL ? "warning" : "critical",
                       options->warning != NULL ? options->warning : options->critical);
    if (options->metric != NULL && !has_threshold)
        return wt_fail(err, WT_EINVAL,
                       "--metric %s: goes with --warning RANGE, --critical RANGE or both",
                       options->metric);
    return WT_OK;
}

/* Where two exclude each other, the command line wins. */
static wt_status check_exclusive(struct wt_options *options, struct wt_error *err) {
    char one[LABEL_BYTES], other[LABEL_BYTES];
    bool both_from_file = (options->from_file >> WT_OPTION_ascii & 1) != 0 &&
                          (options->from_file >> WT_OPTION_utf8 & 1) != 0;
    if (options->ascii && options->utf8 && !both_from_file) {
        if (drop_from_file(options, WT_OPTION_ascii))
            options->ascii = false;
        else if (drop_from_file(options, WT_OPTION_utf8))
            options->utf8 = false;
    }
    if (options->ascii && options->utf8)
        return wt_fail(err, WT_EINVAL, "%s %s: exclude each other",
                       label(options, WT_OPTION_ascii, one), label(options, WT_OPTION_utf8, other));
    if (options->once && wt_options_given(options, WT_OPTION_frames) && options->frames != 1)
        return wt_fail(err, WT_EINVAL, "--once --frames %llu: exclude each other",
                       (unsigned long long)options->frames);
    if (options->once)
        options->frames = 1;
    if (options->command == WT_COMMAND_CONFIG || options->operand == NULL)
        return WT_OK;
    if (options->socket_path != NULL && drop_from_file(options, WT_OPTION_socket_path))
        options->socket_path = NULL;
    if (options->socket_path != NULL)
        return wt_fail(err, WT_EINVAL, "--socket %s %s: exclude each other", options->socket_path,
                       options->operand);
    if ((options->command == WT_COMMAND_SNAPSHOT || options->command == WT_COMMAND_CHECK) &&
        !options->attach)
        return wt_fail(err, WT_EINVAL, "%s: goes with --attach", options->operand);
    return WT_OK;
}

static wt_status check_sizes(struct wt_options *options, struct wt_error *err) {
    char one[LABEL_BYTES], other[LABEL_BYTES];
    const char *segment = label(options, WT_OPTION_segment_bytes, one);
    unsigned long long segment_bytes = options->segment_bytes;
    if (!wt_options_given(options, WT_OPTION_size_bytes)) {
        if (options->size_bytes < options->segment_bytes)
            options->size_bytes = options->segment_bytes;
        if (options->size_bytes > options->max_bytes)
            options->size_bytes = options->max_bytes;
    }
    if (options->segment_bytes % 8 != 0)
        return wt_fail(err, WT_EINVAL, "%s %llu: must be a multiple of 8", segment, segment_bytes);
    if (options->segment_bytes > options->max_bytes)
        return wt_fail(err, WT_ERANGE, "%s %llu: must hold one segment (%s %llu)",
                       label(options, WT_OPTION_max_bytes, other),
                       (unsigned long long)options->max_bytes, segment, segment_bytes);
    if (options->segment_bytes > options->size_bytes)
        return wt_fail(err, WT_ERANGE, "%s %llu: must not be larger than the store (%s %llu)",
                       segment, segment_bytes, label(options, WT_OPTION_size_bytes, other),
                       (unsigned long long)options->size_bytes);
    if (options->size_bytes > options->max_bytes)
        return wt_fail(
            err, WT_ERANGE, "%s %llu: must not be larger than %s %llu",
            label(options, WT_OPTION_size_bytes, one), (unsigned long long)options->size_bytes,
            label(options, WT_OPTION_max_bytes, other), (unsigned long long)options->max_bytes);
    return WT_OK;
}

static wt_status check_demo(struct wt_options *options, struct wt_error *err) {
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

/* "worktop serve: " before what is wrong. */
static wt_status fail_whole(const struct wt_options *options, const struct wt_error *cause,
                            struct wt_error *err) {
    const char *word = commands[options->command].word;
    return wt_fail(err, cause->status, "worktop%s%s: %s", word[0] != '\0' ? " " : "", word,
                   cause->text);
}

wt_status wt_options_check(struct wt_options *options, struct wt_error *err) {
    struct wt_error cause = {0};
    if (options->help || options->version)
        return WT_OK;
    wt_status status = check_exclusive(options, &cause);
    if (status == WT_OK)
        status = check_sizes(options, &cause);
    if (status == WT_OK)
        status = check_demo(options, &cause);
    return status == WT_OK ? WT_OK : fail_whole(options, &cause, err);
}

/* ---- the line -------------------------------------------------------------------------------- */

static wt_status read_operand(struct wt_options *options, const char *text, struct wt_error *err) {
    if (commands[options->command].operand[0] == '\0')
        return wt_fail(err, WT_EINVAL, "%s: there is nothing to be named here", text);
    if (options->operand != NULL)
        return wt_fail(err, WT_EINVAL, "%s: only one can be named, and '%s' was", text,
                       options->operand);
    options->operand = text;
    return WT_OK;
}

/* `worktop config serve`: what is not given has the defaults of serve. */
static wt_status take_subject(struct wt_options *options, struct wt_error *err) {
    struct wt_options defaults;
    options->subject = WT_COMMAND_DASHBOARD;
    for (int i = 0; options->operand != NULL && i < WT_COMMAND_COUNT; i++)
        if (strcmp(wt_command_text((enum wt_command)i), options->operand) == 0)
            options->subject = (enum wt_command)i;
    const char *found = wt_command_text(options->subject);
    if (options->operand != NULL && strcmp(found, options->operand) != 0)
        return unknown_command(options->operand, err);
    wt_options_defaults(&defaults, options->subject);
    if (!wt_options_given(options, WT_OPTION_interval_ns))
        options->interval_ns = defaults.interval_ns;
    if (!wt_options_given(options, WT_OPTION_size_bytes))
        options->size_bytes = defaults.size_bytes;
    return WT_OK;
}

static wt_status parse_all(struct wt_options *options, struct line line, int command_at,
                           struct wt_error *err) {
    bool ended = false; /* by "--": what follows is no option */
    for (; line.at < line.argc; line.at++) {
        const char *text = line.argv[line.at];
        if (line.at == command_at)
            continue;
        if (!ended && strcmp(text, "--") == 0) {
            ended = true;
            continue;
        }
        wt_status status = !ended && is_option(text) ? read_word(options, &line, err)
                                                     : read_operand(options, text, err);
        if (status != WT_OK)
            return status;
        if (options->help || options->version)
            return WT_OK;
    }
    const char *operand = commands[options->command].operand;
    if (options->operand == NULL && operand[0] != '\0' && operand[0] != '[')
        return wt_fail(err, WT_EINVAL, "%s: is to be named", operand);
    wt_status status = check_inspect(options, err);
    if (status == WT_OK)
        status = check_thresholds(options, err);
    if (status == WT_OK && options->command == WT_COMMAND_CONFIG)
        status = take_subject(options, err);
    return status;
}

wt_status wt_options_read(struct wt_options *out, int argc, char *const *argv,
                          struct wt_error *err) {
    struct wt_error cause = {0};
    struct line line = {.argc = argc, .argv = argv, .at = 1};
    enum wt_command command;
    int command_at;
    wt_status status = find_command(line, &command, &command_at, &cause);
    wt_options_defaults(out, command);
    out->argc = argc;
    out->argv = argv;
    if (status == WT_OK)
        status = parse_all(out, line, command_at, &cause);
    return status == WT_OK ? WT_OK : fail_whole(out, &cause, err);
}

wt_status wt_options_parse(struct wt_options *out, int argc, char *const *argv,
                           struct wt_error *err) {
    wt_status status = wt_options_read(out, argc, argv, err);
    return status == WT_OK ? wt_options_check(out, err) : status;
}
