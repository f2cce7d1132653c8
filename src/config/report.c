#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "config/config.h"
#include "config/config_internal.h"
#include "config/table.h"
#include "json/writer.h"

/*
 * `worktop config`, and the tables of docs/CONFIG.md. Both walk the same maps as the reader does;
 * what services have of their own is walked in the document.
 */

/* One value in effect. `from` is "default", "command line" or "$WORKTOP_SOCKET"; values of the
 * file have a line. */
struct entry {
    const char *key, *unit;
    const char *value; /* as one would write it */
    bool is_text;
    int line; /* in the file; 0: not from there */
    const char *from;
};

struct report {
    const struct wt_options *options;
    struct wt_buffer *out;
    struct wt_json_writer *json; /* NULL: the table */
};

enum { KEY_COLS = 30, VALUE_COLS = 30 };

/* Pads to the column, or goes on in the next line when the text has no room before it. */
static void put_cell(struct wt_buffer *out, const char *text, size_t indent, size_t cols) {
    char clean[1024];
    size_t length = wt_text_clean(clean, sizeof clean, text, strlen(text));
    size_t used = wt_utf8_cols(clean, length);
    wt_buffer_append(out, clean, length);
    if (used < cols)
        wt_buffer_printf(out, "%*s", (int)(cols - used), "");
    else
        wt_buffer_printf(out, "\n%*s", (int)(indent + cols), "");
}

/* "config.json:3"; the whole path stands above the table. */
static void from_text(const struct wt_options *options, const struct entry *entry,
                      char out[static 32]) {
    enum { FROM_COLS = 20 };
    char name[WT_CONFIG_MAX_NAME_BYTES + 1];
    if (entry->line == 0) {
        snprintf(out, 32, "%s", entry->from);
        return;
    }
    const char *slash = strrchr(options->config->path, '/');
    const char *base = slash != NULL ? slash + 1 : options->config->path;
    size_t length = wt_text_clean(name, sizeof name, base, strlen(base));
    bool fits = length + sizeof ":1048576" <= FROM_COLS + 1;
    snprintf(out, 32, fits ? "%.20s:%d" : "%.4s %d", fits ? name : "line", entry->line);
}

static void put_row(struct report *report, const struct entry *entry) {
    char value[1024], from[32];
    bool is_empty = entry->value[0] == '\0';
    snprintf(value, sizeof value, "%s%s%s", is_empty ? "-" : entry->value,
             entry->unit[0] != '\0' && !is_empty ? " " : "", is_empty ? "" : entry->unit);
    from_text(report->options, entry, from);
    put_cell(report->out, entry->key, 0, KEY_COLS);
    put_cell(report->out, value, KEY_COLS, VALUE_COLS);
    wt_buffer_printf(report->out, "%s\n", from);
}

static void put_object(struct report *report, const struct entry *entry) {
    struct wt_json_writer *json = report->json;
    wt_json_open(json, NULL, '{');
    wt_json_put_text(json, "key", entry->key);
    if (entry->value[0] == '\0' && entry->is_text)
        wt_json_put_null(json, "value");
    else if (entry->is_text)
        wt_json_put_text(json, "value", entry->value);
    else if (strcmp(entry->value, "true") == 0 || strcmp(entry->value, "false") == 0)
        wt_json_put_bool(json, "value", entry->value[0] == 't');
    else {
        struct wt_number number = wt_number_absent();
        wt_number_parse(entry->value, strlen(entry->value), &number);
        wt_json_put_number(json, "value", number);
    }
    wt_json_put_text(json, "unit", entry->unit);
    wt_json_put_text(json, "from", entry->line > 0 ? "file" : entry->from);
    if (entry->line > 0)
        wt_json_put_int(json, "line", entry->line);
    wt_json_close(json, '}');
}

static void put_entry(struct report *report, const struct entry *entry) {
    if (report->json != NULL)
        put_object(report, entry);
    else
        put_row(report, entry);
}

static const char *unit_of(const struct wt_option_row *row) {
    switch (row->type) {
    case WT_OPTION_TYPE_seconds:
        return "seconds";
    case WT_OPTION_TYPE_bytes:
        return "bytes";
    case WT_OPTION_TYPE_real:
    case WT_OPTION_TYPE_count:
    case WT_OPTION_TYPE_text:
    case WT_OPTION_TYPE_list:
    case WT_OPTION_TYPE_flag:
    case WT_OPTION_TYPE_mode:
    case WT_OPTION_TYPE_loglevel:
        break;
    }
    return "";
}

static bool is_text(const struct wt_option_row *row) {
    return row->type == WT_OPTION_TYPE_text || row->type == WT_OPTION_TYPE_mode ||
           row->type == WT_OPTION_TYPE_loglevel;
}

static const struct wt_json *root_of(const struct wt_options *options) {
    return options->config == NULL ? NULL : wt_json_root(options->config->document);
}

static void put_options(struct report *report) {
    const struct wt_options *options = report->options;
    const char *socket = getenv("WORKTOP_SOCKET");
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        const struct wt_option_row *row = &wt_option_rows[i];
        if (!WT_IS_IN_FILE(row->commands) || (row->commands >> options->subject & 1) == 0)
            continue;
        struct wt_buffer value = {0};
        struct entry entry = {
            .key = row->name, .unit = unit_of(row), .is_text = is_text(row), .from = "default"};
        wt_option_show(options, row, &value);
        entry.value = wt_buffer_text(&value);
        if ((options->from_file >> i & 1) != 0)
            entry.line = wt_json_line(wt_json_get(root_of(options), row->name));
        else if ((options->given >> i & 1) != 0)
            entry.from = "command line";
        else if (i == WT_OPTION_socket_path && socket != NULL && socket[0] != '\0') {
            entry.value = socket;
            entry.from = "$WORKTOP_SOCKET";
        }
        put_entry(report, &entry);
        wt_buffer_fini(&value);
    }
}

static const char *number_text(double value, char out[static WT_NUMBER_TEXT_SIZE]) {
    bool is_whole = value == (double)(int64_t)value;
    wt_number_text(is_whole ? wt_number_integer((int64_t)value) : wt_number_real(value), out);
    return out;
}

/* The thresholds; `prefix` and `object` are those of a service, which has only its own. */
static void put_limits(struct report *report, const struct wt_health_limits *limits,
                       const struct wt_json *object, const char *prefix, bool only_own) {
    for (size_t i = 0; i < WT_LIMIT_COUNT; i++) {
        const struct wt_limit_row *row = &wt_limit_rows[i];
        const struct wt_json *member = wt_json_get(object, row->key);
        char key[WT_CONFIG_MAX_NAME_BYTES + 64], value[WT_NUMBER_TEXT_SIZE];
        if (only_own && member == NULL)
            continue;
        snprintf(key, sizeof key, "%sverdicts.%s", prefix, row->key);
        const struct entry entry = {.key = key,
                                    .unit = wt_limit_unit(row->type),
                                    .value = number_text(wt_limit_get(limits, row), value),
                                    .line = wt_json_line(member),
                                    .from = "default"};
        put_entry(report, &entry);
    }
}

static void put_fields(struct report *report, const struct wt_json *fields, const char *prefix) {
    for (const struct wt_json *field = wt_json_first(fields); field != NULL;
         field = wt_json_next(field))
        for (const struct wt_json *said = wt_json_first(field); said != NULL;
             said = wt_json_next(said)) {
            char key[2 * WT_CONFIG_MAX_NAME_BYTES + 64];
            snprintf(key, sizeof key, "%sfields.%s.%s", prefix, wt_json_key(field),
                     wt_json_key(said));
            const struct entry entry = {.key = key,
                                        .unit = "",
                                        .value = wt_json_string(said),
                                        .is_text = true,
                                        .line = wt_json_line(said),
                                        .from = ""};
            put_entry(report, &entry);
        }
}

static void put_listens(struct report *report, const struct wt_service_rules *rules,
                        const struct wt_json *listen, const char *prefix) {
    char key[WT_CONFIG_MAX_NAME_BYTES + 64], text[WT_ENDPOINT_TEXT_SIZE];
    snprintf(key, sizeof key, "%slisten", prefix);
    for (size_t i = 0; i < rules->listen_count; i++) {
        wt_endpoint_text(&rules->listens[i], text);
        const struct entry entry = {.key = key,
                                    .unit = "",
                                    .value = text,
                                    .is_text = true,
                                    .line = wt_json_line(listen),
                                    .from = ""};
        put_entry(report, &entry);
    }
}

static void put_all(struct report *report) {
    const struct wt_config *config = report->options->config;
    const struct wt_json *root = root_of(report->options);
    put_options(report);
    put_limits(report, config == NULL ? &wt_health_limits_default : &config->rules.limits,
               wt_json_get(root, "verdicts"), "", false);
    const struct wt_json *services = wt_json_get(root, "services");
    for (const struct wt_json *service = wt_json_first(services); service != NULL;
         service = wt_json_next(service)) {
        char prefix[WT_CONFIG_MAX_NAME_BYTES + 32];
        const struct wt_service_rules *rules = wt_rules_find(&config->rules, wt_json_key(service));
        snprintf(prefix, sizeof prefix, "services.%s.", wt_json_key(service));
        put_limits(report, &rules->limits, wt_json_get(service, "verdicts"), prefix, true);
        put_fields(report, wt_json_get(service, "fields"), prefix);
        put_listens(report, rules, wt_json_get(service, "listen"), prefix);
    }
}

void wt_config_report(const struct wt_options *options, struct wt_buffer *out) {
    struct report report = {.options = options, .out = out};
    char path[1024] = "none: all values are defaults, or from the command line";
    if (options->config != NULL)
        wt_text_clean(path, sizeof path, options->config->path, strlen(options->config->path));
    wt_buffer_printf(out, "file      %s\ncommand   %s\n\n", path,
                     wt_command_text(options->subject));
    wt_buffer_printf(out, "%-*s%-*s%s\n", KEY_COLS, "KEY", VALUE_COLS, "VALUE", "FROM");
    put_all(&report);
}

void wt_config_report_json(const struct wt_options *options, struct wt_buffer *out) {
    struct wt_json_writer json = {.out = out};
    struct report report = {.options = options, .out = out, .json = &json};
    wt_json_open(&json, NULL, '{');
    if (options->config != NULL)
        wt_json_put_text(&json, "file", options->config->path);
    else
        wt_json_put_null(&json, "file");
    wt_json_put_text(&json, "command", wt_command_text(options->subject));
    wt_json_open(&json, "values", '[');
    put_all(&report);
    wt_json_close(&json, ']');
    wt_json_close(&json, '}');
    wt_buffer_append_char(out, '\n');
}

/* ---- docs/CONFIG.md -------------------------------------------------------------------------- */

/* Help of the table may hold line breaks. */
static void put_help(struct wt_buffer *out, const char *help) {
    for (; *help != '\0'; help++)
        wt_buffer_append_char(out, *help == '\n' ? ' ' : *help);
}

static void document_options(struct wt_buffer *out) {
    wt_buffer_append_text(out, "| key | value | default | at SIGHUP | what it is |\n"
                               "|---|---|---|---|---|\n");
    for (size_t i = 0; i < WT_OPTION_COUNT; i++) {
        const struct wt_option_row *row = &wt_option_rows[i];
        if (!WT_IS_IN_FILE(row->commands))
            continue;
        char right[160];
        wt_option_describe(row, right, sizeof right);
        const char *preset = row->type == WT_OPTION_TYPE_flag ? "false" : row->preset;
        wt_buffer_printf(out, "| `%s` | %s%s | %s%s | %s | ", row->name, right + strlen("must be "),
                         row->type == WT_OPTION_TYPE_bytes ? ", or a text like `\"64K\"`" : "",
                         preset[0] != '\0' ? preset : "-",
                         i == WT_OPTION_interval_ns  ? " (serve: 10)"
                         : i == WT_OPTION_size_bytes ? " (demo: 1 page)"
                                                     : "",
                         WT_IS_AT_ONCE(row->commands) ? "at once" : "needs a new start");
        put_help(out, row->help);
        wt_buffer_append_text(out, " |\n");
    }
}

static void document_limits(struct wt_buffer *out) {
    wt_buffer_append_text(out, "\n| key of `verdicts` | value | default | what it is |\n"
                               "|---|---|---|---|\n");
    for (size_t i = 0; i < WT_LIMIT_COUNT; i++) {
        const struct wt_limit_row *row = &wt_limit_rows[i];
        const char *unit = wt_limit_unit(row->type);
        wt_buffer_printf(out, "| `%s` | %s%g to %.7g%s%s | %g | %s |\n", row->key,
                         wt_limit_noun(row->type), row->least, row->most,
                         unit[0] != '\0' ? " " : "", unit,
                         wt_limit_get(&wt_health_limits_default, row), row->help);
    }
}

void wt_config_document(struct wt_buffer *out) {
    document_options(out);
    document_limits(out);
    wt_buffer_append_text(out, "\n| key of a field | value | what it is |\n|---|---|---|\n");
#define FIELD_ROW(key, words, help)                                                                \
    wt_buffer_append_text(out, "| `" #key "` | " words " | " help " |\n");
    WT_FIELD_KEY_MAP(FIELD_ROW)
#undef FIELD_ROW
}
