#include "config/config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "config/config_internal.h"
#include "config/nearest.h"
#include "config/table.h"

/*
 * The document is walked once, key by key, and every value is read into what it becomes: those of
 * options into a scratch wt_options, only to be checked; wt_config_apply reads them again, into the
 * real one. Texts stay where the document has them. The first mistake ends it.
 */

const struct wt_limit_row wt_limit_rows[WT_LIMIT_COUNT] = {
#define LIMIT_ROW(member, key_, type_, least_, most_, help_)                                       \
    {.key = key_,                                                                                  \
     .type = WT_LIMIT_TYPE_##type_,                                                                \
     .least = least_,                                                                              \
     .most = most_,                                                                                \
     .help = help_,                                                                                \
     .offset = offsetof(struct wt_health_limits, member)},
    WT_LIMIT_MAP(LIMIT_ROW)
#undef LIMIT_ROW
};

struct reader {
    const struct wt_json_document *document;
    struct wt_config *config;
    struct wt_error *err;
};

/* ---- mistakes -------------------------------------------------------------------------------- */

/* The value as errors show it: a number or a text whole, else its type. */
static const char *show_value(const struct wt_json *value, char out[static 64]) {
    static const char *const types[] = {
        [WT_JSON_NULL] = "null", [WT_JSON_BOOL] = "",          [WT_JSON_NUMBER] = "",
        [WT_JSON_STRING] = "",   [WT_JSON_ARRAY] = "an array", [WT_JSON_OBJECT] = "an object"};
    struct wt_number number;
    char clean[56];
    const char *text = wt_json_string(value);
    if (text != NULL) {
        wt_text_clean(clean, sizeof clean, text, strlen(text));
        snprintf(out, 64, "\"%s\"", clean);
    } else if (wt_json_number(value, &number)) {
        wt_number_text(number, out);
    } else if (wt_json_type(value) == WT_JSON_BOOL) {
        snprintf(out, 64, "%s", wt_json_bool(value) ? "true" : "false");
    } else {
        snprintf(out, 64, "%s", types[wt_json_type(value)]);
    }
    return out;
}

static wt_status wrong_value(struct reader *reader, const struct wt_json *value,
                             const char *right) {
    char shown[64];
    return wt_json_fail(reader->err, reader->document, value, "%s: %s", show_value(value, shown),
                        right);
}

/* `names` ends with NULL. */
static wt_status unknown_key(struct reader *reader, const struct wt_json *member,
                             const char *const *names) {
    const char *key = wt_json_key(member), *nearest = NULL;
    size_t best = SIZE_MAX;
    char all[200] = "";
    size_t length = 0, count = 0;
    for (; names[count] != NULL; count++) {
        if (wt_is_nearer(key, strlen(key), names[count], &best))
            nearest = names[count];
        if (length < sizeof all)
            length += (size_t)snprintf(all + length, sizeof all - length, "%s%s",
                                       count > 0 ? ", " : "", names[count]);
    }
    if (nearest != NULL)
        return wt_json_fail(reader->err, reader->document, member, "no such key; did you mean %s?",
                            nearest);
    if (length < 100)
        return wt_json_fail(reader->err, reader->document, member, "no such key; there are %s",
                            all);
    return wt_json_fail(reader->err, reader->document, member,
                        "no such key; `worktop config` lists them");
}

/* An object without two members of one name: O(members^2), of which there are few or an error. */
static wt_status check_object(struct reader *reader, const struct wt_json *value, size_t most,
                              const char *what) {
    char right[64];
    snprintf(right, sizeof right, "must be an object, of %s", what);
    if (wt_json_type(value) != WT_JSON_OBJECT)
        return wrong_value(reader, value, right);
    size_t count = wt_json_count(value);
    if (count > most)
        return wt_json_fail(reader->err, reader->document, value,
                            "has %zu members: at most %zu can be read", count, most);
    for (const struct wt_json *member = wt_json_first(value); member != NULL;
         member = wt_json_next(member)) {
        const struct wt_json *first = wt_json_get(value, wt_json_key(member));
        if (first != member)
            return wt_json_fail(reader->err, reader->document, member,
                                "stands there twice, first in line %d", wt_json_line(first));
    }
    return WT_OK;
}

/* Names of services and fields: as they are shown, so that they can be met. */
static wt_status check_name(struct reader *reader, const struct wt_json *member) {
    const char *key = wt_json_key(member);
    char clean[WT_CONFIG_MAX_NAME_BYTES + 1];
    size_t length = strlen(key);
    if (length == 0)
        return wt_json_fail(reader->err, reader->document, member, "an empty name: nothing has it");
    if (length > WT_CONFIG_MAX_NAME_BYTES)
        return wt_json_fail(reader->err, reader->document, member,
                            "a name of %zu bytes: at most %d are shown", length,
                            (int)WT_CONFIG_MAX_NAME_BYTES);
    wt_text_clean(clean, sizeof clean, key, length);
    if (strcmp(clean, key) != 0)
        return wt_json_fail(reader->err, reader->document, member,
                            "a name with characters that are never shown");
    return WT_OK;
}

/* ---- options --------------------------------------------------------------------------------- */

static const struct wt_option_row *find_option(const char *key) {
    for (size_t i = 0; i < WT_OPTION_COUNT; i++)
        if (WT_IS_IN_FILE(wt_option_rows[i].commands) && strcmp(wt_option_rows[i].name, key) == 0)
            return &wt_option_rows[i];
    return NULL;
}

/* Why the value is not right, without the value itself, which the reader's errors begin with. */
static wt_status read_option(struct wt_options *options, const struct wt_option_row *row,
                             const struct wt_json *value, char *right, size_t size) {
    struct wt_number number;
    const char *text = wt_json_string(value);
    bool takes_text = row->type == WT_OPTION_TYPE_text || row->type == WT_OPTION_TYPE_mode ||
                      row->type == WT_OPTION_TYPE_loglevel || row->type == WT_OPTION_TYPE_bytes;
    struct wt_error err = {0};
    wt_option_describe(row, right, size);
    if (row->type == WT_OPTION_TYPE_bytes && text == NULL)
        strncat(right, ", or a text like \"64K\"", size - strlen(right) - 1);
    if (row->type == WT_OPTION_TYPE_flag) {
        if (wt_json_type(value) != WT_JSON_BOOL)
            return WT_EINVAL;
        *(bool *)((char *)options + row->offset) = wt_json_bool(value);
        return WT_OK;
    }
    if (text != NULL && takes_text) {
        wt_status status = wt_option_read_text(options, row, text, &err);
        const char *why = strstr(err.text, ": must");
        if (status != WT_OK && why != NULL)
            snprintf(right, size, "%s", why + 2);
        return status;
    }
    bool takes_number = row->type == WT_OPTION_TYPE_seconds || row->type == WT_OPTION_TYPE_bytes ||
                        row->type == WT_OPTION_TYPE_real || row->type == WT_OPTION_TYPE_count;
    if (takes_number && wt_json_number(value, &number))
        return wt_option_read_number(options, row, number, &err);
    return WT_EINVAL;
}

static wt_status check_option(struct reader *reader, const struct wt_option_row *row,
                              const struct wt_json *value) {
    struct wt_options scratch;
    char right[160];
    wt_options_defaults(&scratch, WT_COMMAND_DASHBOARD);
    if (read_option(&scratch, row, value, right, sizeof right) != WT_OK)
        return wrong_value(reader, value, right);
    if (row == &wt_option_rows[WT_OPTION_segment_bytes] && scratch.segment_bytes % 8 != 0)
        return wrong_value(reader, value, "must be a multiple of 8");
    return WT_OK;
}

void wt_config_apply(const struct wt_config *config, struct wt_options *options) {
    const char *socket = getenv("WORKTOP_SOCKET");
    char right[160];
    if (config == NULL)
        return;
    options->config = config;
    const struct wt_json *root = wt_json_root(config->document);
    for (const struct wt_json *member = wt_json_first(root); member != NULL;
         member = wt_json_next(member)) {
        const struct wt_option_row *row = find_option(wt_json_key(member));
        if (row == NULL || (row->commands >> options->command & 1) == 0)
            continue;
        size_t index = (size_t)(row - wt_option_rows);
        uint64_t bit = UINT64_C(1) << index;
        if ((options->given & bit) != 0 ||
            (index == WT_OPTION_socket_path && socket != NULL && socket[0] != '\0'))
            continue;
        if (read_option(options, row, member, right, sizeof right) == WT_OK) {
            options->given |= bit;
            options->from_file |= bit;
        }
    }
}

/* ---- thresholds ------------------------------------------------------------------------------ */

double wt_limit_get(const struct wt_health_limits *limits, const struct wt_limit_row *row) {
    const char *at = (const char *)limits + row->offset;
    return row->type != WT_LIMIT_TYPE_ns
               ? *(const double *)(const void *)at
               : (double)*(const int64_t *)(const void *)at / (double)WT_NS_PER_S;
}

const char *wt_limit_noun(enum wt_limit_type type) {
    return type == WT_LIMIT_TYPE_ratio    ? "a share from "
           : type == WT_LIMIT_TYPE_number ? "a number from "
                                          : "";
}

const char *wt_limit_unit(enum wt_limit_type type) {
    return type == WT_LIMIT_TYPE_ns ? "seconds" : "";
}

static wt_status read_limit(struct reader *reader, const struct wt_json *member,
                            struct wt_health_limits *limits) {
    static const char *const names[] = {
#define LIMIT_NAME(member, key, ...) key,
        WT_LIMIT_MAP(LIMIT_NAME)
#undef LIMIT_NAME
            NULL};
    size_t i = 0;
    while (i < WT_LIMIT_COUNT && strcmp(wt_limit_rows[i].key, wt_json_key(member)) != 0)
        i++;
    if (i == WT_LIMIT_COUNT)
        return unknown_key(reader, member, names);
    const struct wt_limit_row *row = &wt_limit_rows[i];
    struct wt_number number;
    double value = wt_json_number(member, &number) ? wt_number_to_double(number) : (double)NAN;
    if (!(value >= row->least && value <= row->most)) {
        char right[96];
        const char *unit = wt_limit_unit(row->type);
        snprintf(right, sizeof right, "must be %s%g to %.7g%s%s", wt_limit_noun(row->type),
                 row->least, row->most, unit[0] != '\0' ? " " : "", unit);
        return wrong_value(reader, member, right);
    }
    char *at = (char *)limits + row->offset;
    if (row->type != WT_LIMIT_TYPE_ns)
        *(double *)(void *)at = value;
    else
        *(int64_t *)(void *)at = llround(value * (double)WT_NS_PER_S);
    return WT_OK;
}

/* Without distance between them a verdict would flap: clear < warn <= crit. The error stands at the
 * one that this object sets. */
static wt_status check_order(struct reader *reader, const struct wt_json *object,
                             const struct wt_health_limits *limits) {
    const struct wt_json *clear = wt_json_get(object, wt_limit_rows[WT_LIMIT_clear_ratio].key);
    const struct wt_json *warn = wt_json_get(object, wt_limit_rows[WT_LIMIT_warn_ratio].key);
    const struct wt_json *crit = wt_json_get(object, wt_limit_rows[WT_LIMIT_crit_ratio].key);
    if (!(limits->clear_ratio < limits->warn_ratio))
        return wt_json_fail(reader->err, reader->document, warn != NULL ? warn : clear,
                            "%g: clear-ratio (%g) must be less than warn-ratio (%g)",
                            warn != NULL ? limits->warn_ratio : limits->clear_ratio,
                            limits->clear_ratio, limits->warn_ratio);
    if (!(limits->warn_ratio <= limits->crit_ratio))
        return wt_json_fail(reader->err, reader->document, crit != NULL ? crit : warn,
                            "%g: warn-ratio (%g) must not be more than crit-ratio (%g)",
                            crit != NULL ? limits->crit_ratio : limits->warn_ratio,
                            limits->warn_ratio, limits->crit_ratio);
    return WT_OK;
}

static wt_status read_limits(struct reader *reader, const struct wt_json *object,
                             struct wt_health_limits *limits) {
    wt_status status = check_object(reader, object, 64, "thresholds");
    for (const struct wt_json *member = wt_json_first(object); member != NULL && status == WT_OK;
         member = wt_json_next(member))
        status = read_limit(reader, member, limits);
    return status;
}

/* ---- fields ---------------------------------------------------------------------------------- */

static bool says_kind(struct wt_field_said *said, const char *word, size_t length) {
    said->says |= WT_SAYS_KIND;
    return wt_kind_of_word(word, length, &said->kind);
}

static bool says_role(struct wt_field_said *said, const char *word, size_t length) {
    said->says |= WT_SAYS_ROLE;
    return wt_role_of_word(word, length, &said->role);
}

/* No source knows the last value: it would do nothing. */
static bool says_aggregate(struct wt_field_said *said, const char *word, size_t length) {
    said->says |= WT_SAYS_AGGREGATE;
    return wt_aggregate_of_word(word, length, &said->aggregate) &&
           said->aggregate != WT_AGGREGATE_LAST;
}

static bool says_unit(struct wt_field_said *said, const char *word, size_t length) {
    char clean[WT_SCHEMA_MAX_UNIT_BYTES + 1];
    said->says |= WT_SAYS_UNIT;
    said->unit = word;
    return length <= WT_SCHEMA_MAX_UNIT_BYTES &&
           wt_text_clean(clean, sizeof clean, word, length) == length && strcmp(clean, word) == 0;
}

static const struct {
    const char *key, *words;
    bool (*read)(struct wt_field_said *said, const char *word, size_t length);
} field_keys[] = {
#define FIELD_KEY(key_, words_, help) {.key = #key_, .words = words_, .read = says_##key_},
    WT_FIELD_KEY_MAP(FIELD_KEY)
#undef FIELD_KEY
};

enum { FIELD_KEYS = sizeof field_keys / sizeof field_keys[0] };

static wt_status read_said(struct reader *reader, const struct wt_json *member,
                           struct wt_field_said *said) {
    static const char *const names[] = {
#define FIELD_NAME(key, words, help) #key,
        WT_FIELD_KEY_MAP(FIELD_NAME)
#undef FIELD_NAME
            NULL};
    size_t i = 0;
    while (i < FIELD_KEYS && strcmp(field_keys[i].key, wt_json_key(member)) != 0)
        i++;
    if (i == FIELD_KEYS)
        return unknown_key(reader, member, names);
    const char *word = wt_json_string(member);
    if (word != NULL && field_keys[i].read(said, word, strlen(word)))
        return WT_OK;
    char right[96];
    snprintf(right, sizeof right, "must be %s", field_keys[i].words);
    return wrong_value(reader, member, right);
}

static wt_status read_field(struct reader *reader, const struct wt_json *object,
                            struct wt_field_rule *rule) {
    wt_status status = check_name(reader, object);
    rule->key = wt_json_key(object);
    if (status == WT_OK)
        status = check_object(reader, object, 64, "kind, role, aggregate and unit");
    for (const struct wt_json *member = wt_json_first(object); member != NULL && status == WT_OK;
         member = wt_json_next(member))
        status = read_said(reader, member, &rule->said);
    struct wt_field_meaning meaning = {.kind = WT_KIND_GAUGE, .unit = ""};
    wt_said_apply(&rule->said, &meaning);
    if (status == WT_OK && (rule->said.says & WT_SAYS_ROLE) != 0 && meaning.role != rule->said.role)
        return wrong_value(reader, wt_json_get(object, "role"),
                           "is a role of gauges, and kind says counter");
    return status;
}

static wt_status read_fields(struct reader *reader, const struct wt_json *object,
                             struct wt_service_rules *service) {
    wt_status status = check_object(reader, object, WT_SCHEMA_MAX_FIELDS, "fields");
    const char *busy = NULL;
    if (status != WT_OK)
        return status;
    struct wt_field_rule *rules = calloc(wt_json_count(object) + 1, sizeof *rules);
    if (rules == NULL)
        return wt_fail(reader->err, WT_ENOMEM, "no memory for the configuration");
    service->fields = rules;
    for (const struct wt_json *member = wt_json_first(object); member != NULL;
         member = wt_json_next(member)) {
        struct wt_field_rule *rule = &rules[service->field_count++];
        status = read_field(reader, member, rule);
        if (status != WT_OK)
            return status;
        if ((rule->said.says & WT_SAYS_ROLE) == 0 || rule->said.role != WT_ROLE_BUSY)
            continue;
        if (busy != NULL)
            return wt_json_fail(reader->err, reader->document, wt_json_get(member, "role"),
                                "only one field of a service is busy, and %s is", busy);
        busy = rule->key;
    }
    return WT_OK;
}

/* ---- services -------------------------------------------------------------------------------- */

static wt_status read_listen(struct reader *reader, const struct wt_json *value,
                             struct wt_endpoint *out) {
    const char *text = wt_json_string(value);
    if (text == NULL || !wt_endpoint_parse(text, out))
        return wrong_value(reader, value, WT_ENDPOINT_RIGHT);
    return WT_OK;
}

/* One address, or a list of them. */
static wt_status read_listens(struct reader *reader, const struct wt_json *value,
                              struct wt_service_rules *service) {
    bool is_list = wt_json_type(value) == WT_JSON_ARRAY;
    size_t count = is_list ? wt_json_count(value) : 1;
    if (count > WT_CONFIG_MAX_LISTENS)
        return wt_json_fail(reader->err, reader->document, value,
                            "has %zu addresses: at most %d can be shown", count,
                            (int)WT_CONFIG_MAX_LISTENS);
    struct wt_endpoint *listens = calloc(count + 1, sizeof *listens);
    if (listens == NULL)
        return wt_fail(reader->err, WT_ENOMEM, "no memory for the configuration");
    service->listens = listens;
    const struct wt_json *item = is_list ? wt_json_first(value) : value;
    wt_status status = WT_OK;
    for (; service->listen_count < count && status == WT_OK; item = wt_json_next(item))
        status = read_listen(reader, item, &listens[service->listen_count++]);
    return status;
}

static wt_status read_service(struct reader *reader, const struct wt_json *object,
                              struct wt_service_rules *service) {
    static const char *const names[] = {"verdicts", "fields", "listen", NULL};
    service->name = wt_json_key(object);
    service->limits = reader->config->rules.limits;
    wt_status status = check_name(reader, object);
    if (status == WT_OK)
        status = check_object(reader, object, 64, "verdicts, fields and listen");
    for (const struct wt_json *member = wt_json_first(object); member != NULL && status == WT_OK;
         member = wt_json_next(member)) {
        if (strcmp(wt_json_key(member), names[0]) == 0) {
            status = read_limits(reader, member, &service->limits);
            if (status == WT_OK)
                status = check_order(reader, member, &service->limits);
        } else if (strcmp(wt_json_key(member), names[1]) == 0) {
            status = read_fields(reader, member, service);
        } else if (strcmp(wt_json_key(member), names[2]) == 0) {
            status = read_listens(reader, member, service);
        } else {
            status = unknown_key(reader, member, names);
        }
    }
    return status;
}

static wt_status read_services(struct reader *reader, const struct wt_json *object) {
    struct wt_rules *rules = &reader->config->rules;
    wt_status status = check_object(reader, object, WT_CONFIG_MAX_SERVICES, "services");
    if (status != WT_OK)
        return status;
    struct wt_service_rules *services = calloc(wt_json_count(object) + 1, sizeof *services);
    if (services == NULL)
        return wt_fail(reader->err, WT_ENOMEM, "no memory for the configuration");
    rules->services = services;
    for (const struct wt_json *member = wt_json_first(object); member != NULL && status == WT_OK;
         member = wt_json_next(member))
        status = read_service(reader, member, &services[rules->service_count++]);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static wt_status read_member(struct reader *reader, const struct wt_json *member) {
    const char *names[WT_OPTION_COUNT + 5];
    const char *key = wt_json_key(member);
    const struct wt_option_row *row = find_option(key);
    size_t count = 0;
    if (row != NULL)
        return check_option(reader, row, member);
    if (strcmp(key, "verdicts") == 0 || strcmp(key, "services") == 0)
        return WT_OK; /* read before and after the options */
    if (strcmp(key, "keys") == 0)
        return check_object(reader, reader->config->keys = member, 256, "keys of actions");
    if (strcmp(key, "columns") == 0)
        return check_object(reader, reader->config->columns = member, 16, "lists of columns");
    for (size_t i = 0; i < WT_OPTION_COUNT; i++)
        if (WT_IS_IN_FILE(wt_option_rows[i].commands))
            names[count++] = wt_option_rows[i].name;
    names[count++] = "verdicts";
    names[count++] = "services";
    names[count++] = "keys";
    names[count++] = "columns";
    names[count] = NULL;
    for (size_t i = 0; i < WT_OPTION_COUNT; i++)
        if (strcmp(wt_option_rows[i].name, key) == 0)
            return wt_json_fail(reader->err, reader->document, member,
                                "is an option of the command line alone");
    return unknown_key(reader, member, names);
}

/* Services begin with the general thresholds, so that these come first, wherever they stand. */
static wt_status read_root(struct reader *reader) {
    const struct wt_json *root = wt_json_root(reader->document);
    const struct wt_json *verdicts = wt_json_get(root, "verdicts");
    const struct wt_json *services = wt_json_get(root, "services");
    struct wt_health_limits *limits = &reader->config->rules.limits;
    wt_status status = WT_OK;
    if (wt_json_type(root) != WT_JSON_OBJECT)
        return wrong_value(reader, root, "must be an object, like {\"interval\": 2}");
    for (const struct wt_json *member = wt_json_first(root); member != NULL && status == WT_OK;
         member = wt_json_next(member))
        status = read_member(reader, member);
    if (status == WT_OK)
        status = check_object(reader, root, 256, "options, verdicts and services");
    if (status == WT_OK && verdicts != NULL)
        status = read_limits(reader, verdicts, limits);
    if (status == WT_OK && verdicts != NULL)
        status = check_order(reader, verdicts, limits);
    if (status == WT_OK && services != NULL)
        status = read_services(reader, services);
    return status;
}

/* The path as errors show it: one of 300 bytes would push the cause out of sight. */
static void shorten(const char *path, char out[static 128]) {
    size_t length = strlen(path);
    size_t skip = length < 120 ? 0 : length - 116;
    while (skip > 0 && skip < length && ((unsigned char)path[skip] & 0xc0) == 0x80)
        skip++;
    snprintf(out, 128, "%s%s", skip > 0 ? "..." : "", path + skip);
}

wt_status wt_config_parse(struct wt_config **out, const char *path, const char *text, size_t length,
                          struct wt_error *err) {
    char name[128];
    *out = NULL;
    shorten(path, name);
    if (length > WT_CONFIG_MAX_BYTES)
        return wt_fail(err, WT_ELIMIT, "%s: is larger than %d bytes", name,
                       (int)WT_CONFIG_MAX_BYTES);
    struct wt_config *config = calloc(1, sizeof *config);
    if (config == NULL || (config->path = strdup(path)) == NULL) {
        free(config);
        return wt_fail(err, WT_ENOMEM, "%s: no memory for the configuration", name);
    }
    config->rules.limits = wt_health_limits_default;
    size_t blank = 0;
    while (blank < length && memchr(" \t\r\n", text[blank], 4) != NULL)
        blank++;
    wt_status status = blank == length ? wt_json_parse(&config->document, name, "{}", 2, err)
                                       : wt_json_parse(&config->document, name, text, length, err);
    struct reader reader = {.document = config->document, .config = config, .err = err};
    if (status == WT_OK)
        status = read_root(&reader);
    if (status != WT_OK) {
        wt_config_free(config);
        return status;
    }
    *out = config;
    return WT_OK;
}

void wt_config_free(struct wt_config *config) {
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->rules.service_count; i++) {
        free((void *)(uintptr_t)config->rules.services[i].fields);
        free((void *)(uintptr_t)config->rules.services[i].listens);
    }
    free((void *)(uintptr_t)config->rules.services);
    wt_json_free(config->document);
    free(config->path);
    free(config);
}

void wt_config_label(const struct wt_config *config, const char *key, char *out, size_t size) {
    char name[128];
    shorten(config->path, name);
    snprintf(out, size, "%s:%d: %s", name,
             wt_json_line(wt_json_get(wt_json_root(config->document), key)), key);
}

void wt_config_pending(const struct wt_options *running, const struct wt_options *wanted, char *out,
                       size_t size) {
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < WT_OPTION_COUNT && length < size; i++) {
        const struct wt_option_row *row = &wt_option_rows[i];
        if (!WT_IS_IN_FILE(row->commands) || WT_IS_AT_ONCE(row->commands) ||
            (row->commands >> running->command & 1) == 0 || wt_option_is_same(running, wanted, row))
            continue;
        length += (size_t)snprintf(out + length, size - length, "%s%s", length > 0 ? ", " : "",
                                   row->name);
    }
}
