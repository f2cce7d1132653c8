#include "config/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* A row says where its value lies in struct wt_options and which of the few readers below
 * understands it. */

const struct wt_option_row wt_option_rows[WT_OPTION_COUNT] = {
#define OPTION_ROW(field, name_, letter_, type_, commands_, least_, most_, preset_, argument_,     \
                   help_)                                                                          \
    {.name = name_,                                                                                \
     .letter = letter_,                                                                            \
     .type = WT_OPTION_TYPE_##type_,                                                               \
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

/* A bound of the table as text: whole numbers without a point. */
static void bound_text(double bound, char out[static WT_NUMBER_TEXT_SIZE]) {
    bool whole = bound == floor(bound);
    wt_number_text(whole ? wt_number_integer((wt_int128)bound) : wt_number_real(bound), out);
}

void wt_option_describe(const struct wt_option_row *row, char *out, size_t size) {
    char least[WT_NUMBER_TEXT_SIZE], most[WT_NUMBER_TEXT_SIZE];
    bound_text(row->least, least);
    bound_text(row->most, most);
    switch (row->type) {
    case WT_OPTION_TYPE_seconds:
        snprintf(out, size, "must be %s to %s seconds", least, most);
        break;
    case WT_OPTION_TYPE_bytes:
        snprintf(out, size, "must be %s to %s bytes", least, most);
        break;
    case WT_OPTION_TYPE_count:
        snprintf(out, size, "must be a whole number from %s to %s", least, most);
        break;
    case WT_OPTION_TYPE_real:
        snprintf(out, size, "must be a real number greater than %s", least);
        break;
    case WT_OPTION_TYPE_text:
    case WT_OPTION_TYPE_list:
        snprintf(out, size, "must be a text");
        break;
    case WT_OPTION_TYPE_flag:
        snprintf(out, size, "must be true or false");
        break;
    case WT_OPTION_TYPE_mode:
        snprintf(out, size, "must be octal read and write bits as a text, like \"0660\"");
        break;
    case WT_OPTION_TYPE_loglevel:
        snprintf(out, size, "must be %s", row->help);
        break;
    }
}

static wt_status out_of_range(const struct wt_option_row *row, const char *text, wt_status status,
                              struct wt_error *err) {
    char range[128];
    wt_option_describe(row, range, sizeof range);
    return wt_fail(err, status, "%s: %s", text, range);
}

/* Whether the number, in the unit of the row, is within its bounds; reals must be greater than the
 * least one. */
static bool is_within(const struct wt_option_row *row, double value) {
    bool above = row->type == WT_OPTION_TYPE_real ? value > row->least : value >= row->least;
    return above && value <= row->most;
}

/* Puts a number of the right kind into *options; `text` is how it was written. */
static wt_status put_number(struct wt_options *options, const struct wt_option_row *row,
                            struct wt_number number, const char *text, struct wt_error *err) {
    void *field = (char *)options + row->offset;
    double value = wt_number_to_double(number);
    bool whole = row->type == WT_OPTION_TYPE_count || row->type == WT_OPTION_TYPE_bytes;
    if (number.kind == WT_NUMBER_ABSENT || (whole && number.kind != WT_NUMBER_INTEGER))
        return out_of_range(row, text, WT_EINVAL, err);
    if (!is_within(row, value))
        return out_of_range(row, text, WT_ERANGE, err);
    switch (row->type) {
    case WT_OPTION_TYPE_seconds:
        *(int64_t *)field = llround(value * (double)WT_NS_PER_S);
        break;
    case WT_OPTION_TYPE_real:
        *(double *)field = value;
        break;
    case WT_OPTION_TYPE_bytes:
    case WT_OPTION_TYPE_count:
        *(uint64_t *)field = (uint64_t)number.integer;
        break;
    case WT_OPTION_TYPE_text:
    case WT_OPTION_TYPE_list:
    case WT_OPTION_TYPE_flag:
    case WT_OPTION_TYPE_mode:
    case WT_OPTION_TYPE_loglevel:
        return out_of_range(row, text, WT_EINVAL, err);
    }
    return WT_OK;
}

wt_status wt_option_read_number(struct wt_options *options, const struct wt_option_row *row,
                                struct wt_number number, struct wt_error *err) {
    char text[WT_NUMBER_TEXT_SIZE];
    wt_number_text(number, text);
    return put_number(options, row, number, text, err);
}

/* A number as the command line has it: what is none is absent. */
static wt_status read_plain(struct wt_options *options, const struct wt_option_row *row,
                            const char *text, struct wt_error *err) {
    struct wt_number number;
    if (!read_decimal(text, strlen(text), &number))
        number = wt_number_absent();
    return put_number(options, row, number, text, err);
}

static wt_status append_text(wt_option_list *list, const char *text, struct wt_error *err) {
    size_t count = 0;
    while ((*list)[count] != NULL)
        count++;
    if (text[0] == '\0')
        return wt_fail(err, WT_EINVAL, "\"\": must not be empty");
    if (count == WT_OPTION_LIST_MAX)
        return wt_fail(err, WT_ERANGE, "%s: is one too many, at most %d can be named", text,
                       WT_OPTION_LIST_MAX);
    (*list)[count] = text;
    return WT_OK;
}

wt_status wt_option_read_text(struct wt_options *options, const struct wt_option_row *row,
                              const char *text, struct wt_error *err) {
    void *field = (char *)options + row->offset;
    int64_t ns;
    uint64_t bytes;
    wt_status status = WT_OK;
    switch (row->type) {
    case WT_OPTION_TYPE_text:
        if (text[0] == '\0')
            return wt_fail(err, WT_EINVAL, "\"\": must not be empty");
        *(const char **)field = text;
        return WT_OK;
    case WT_OPTION_TYPE_list:
        return append_text(field, text, err);
    case WT_OPTION_TYPE_flag:
        *(bool *)field = true;
        return WT_OK;
    case WT_OPTION_TYPE_mode:
        return read_mode(text, field, err);
    case WT_OPTION_TYPE_loglevel:
        if (wt_log_parse_level(text, field, NULL) != WT_OK)
            return wt_fail(err, WT_EINVAL, "%s: must be %s", text, row->help);
        return WT_OK;
    case WT_OPTION_TYPE_real:
    case WT_OPTION_TYPE_count:
        return read_plain(options, row, text, err);
    case WT_OPTION_TYPE_seconds:
        status = wt_option_parse_seconds(text, &ns, err);
        return status == WT_OK ? read_plain(options, row, text, err) : status;
    case WT_OPTION_TYPE_bytes:
        status = wt_option_parse_bytes(text, &bytes, err);
        return status == WT_OK
                   ? put_number(options, row, wt_number_integer((wt_int128)bytes), text, err)
                   : status;
    }
    return status;
}

void wt_option_show(const struct wt_options *options, const struct wt_option_row *row,
                    struct wt_buffer *out) {
    const void *field = (const char *)options + row->offset;
    char text[WT_NUMBER_TEXT_SIZE];
    switch (row->type) {
    case WT_OPTION_TYPE_text:
        wt_buffer_append_text(out, *(const char *const *)field != NULL ? *(const char *const *)field
                                                                       : "");
        return;
    case WT_OPTION_TYPE_list:
        for (const char *const *at = field; *at != NULL; at++)
            wt_buffer_printf(out, "%s%s", at == field ? "" : " ", *at);
        return;
    case WT_OPTION_TYPE_flag:
        wt_buffer_append_text(out, *(const bool *)field ? "true" : "false");
        return;
    case WT_OPTION_TYPE_mode:
        wt_buffer_printf(out, "%04o", *(const uint32_t *)field);
        return;
    case WT_OPTION_TYPE_loglevel:
        wt_buffer_append_text(out, wt_log_level_text(*(const enum wt_log_level *)field));
        return;
    case WT_OPTION_TYPE_seconds:
        bound_text((double)*(const int64_t *)field / (double)WT_NS_PER_S, text);
        break;
    case WT_OPTION_TYPE_real:
        bound_text(*(const double *)field, text);
        break;
    case WT_OPTION_TYPE_bytes:
    case WT_OPTION_TYPE_count:
        wt_number_text(wt_number_integer((wt_int128) * (const uint64_t *)field), text);
        break;
    }
    wt_buffer_append_text(out, text);
}

bool wt_option_is_same(const struct wt_options *a, const struct wt_options *b,
                       const struct wt_option_row *row) {
    struct wt_buffer texts[2] = {{0}, {0}};
    wt_option_show(a, row, &texts[0]);
    wt_option_show(b, row, &texts[1]);
    bool same = strcmp(wt_buffer_text(&texts[0]), wt_buffer_text(&texts[1])) == 0;
    for (int i = 0; i < 2; i++)
        wt_buffer_fini(&texts[i]);
    return same;
}
