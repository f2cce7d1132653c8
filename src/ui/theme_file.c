/* A theme from JSON. The built-in theme is the base; what the file says replaces parts of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/theme.h"
#include "json/json.h"

enum { THEME_FILE_BYTES = 1 << 20, MAX_STOPS = 16 };

struct reader {
    const struct wt_json_document *document;
    const struct wt_json *palette;
    struct wt_theme *theme;
    struct wt_error *err;
};

/* A colour, or a name of the palette that stands for one. */
static wt_status read_colour(const struct reader *reader, const struct wt_json *value,
                             wt_colour *out) {
    struct wt_number number;
    char digits[WT_NUMBER_TEXT_SIZE];
    const char *text = wt_json_string(value);
    if (!text && wt_json_number(value, &number)) {
        wt_number_text(number, digits);
        text = digits;
    } else if (text) {
        const char *named = wt_json_string(wt_json_get(reader->palette, text));
        text = named ? named : text;
    }
    if (text && wt_theme_parse_colour(text, out))
        return WT_OK;
    return wt_json_fail(reader->err, reader->document, value,
                        "%s%s%s is no colour: \"#rrggbb\", 0 to 255, \"default\" or a name of "
                        "the palette",
                        text ? "\"" : "", text ? text : "this", text ? "\"" : "");
}

static wt_status read_attribute(const struct reader *reader, const struct wt_json *value,
                                uint8_t *attributes) {
    static const struct {
        const char *text;
        uint8_t attribute;
    } names[] = {{"bold", WT_ATTRIBUTE_BOLD},
                 {"dim", WT_ATTRIBUTE_DIM},
                 {"italic", WT_ATTRIBUTE_ITALIC},
                 {"underline", WT_ATTRIBUTE_UNDERLINE},
                 {"reverse", WT_ATTRIBUTE_REVERSE}};
    if (wt_json_type(value) != WT_JSON_BOOL)
        return wt_json_fail(reader->err, reader->document, value,
                            "a style has fg, bg, and bold, dim, italic, underline, reverse, which "
                            "are true or false");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].text, wt_json_key(value)) == 0) {
            if (wt_json_bool(value))
                *attributes |= names[i].attribute;
            return WT_OK;
        }
    return wt_json_fail(reader->err, reader->document, value,
                        "no attribute: bold, dim, italic, underline, reverse");
}

static wt_status read_style(const struct reader *reader, const struct wt_json *value) {
    int index = wt_style_find(wt_json_key(value));
    if (index < 0)
        return wt_json_fail(reader->err, reader->document, value, "there is no style of this name");
    if (wt_json_type(value) != WT_JSON_OBJECT)
        return wt_json_fail(reader->err, reader->document, value,
                            "a style is an object, as {\"fg\": \"#rrggbb\", \"bold\": true}");
    struct wt_style style = {reader->theme->styles[index].fg, WT_COLOUR_KEEP, 0};
    if (index == WT_STYLE_TEXT)
        style.bg = reader->theme->styles[index].bg;
    for (const struct wt_json *part = wt_json_first(value); part; part = wt_json_next(part)) {
        wt_status status;
        if (strcmp(wt_json_key(part), "fg") == 0)
            status = read_colour(reader, part, &style.fg);
        else if (strcmp(wt_json_key(part), "bg") == 0)
            status = read_colour(reader, part, &style.bg);
        else
            status = read_attribute(reader, part, &style.attributes);
        if (status != WT_OK)
            return status;
    }
    reader->theme->styles[index] = style;
    return WT_OK;
}

static wt_status read_gradient(const struct reader *reader, const struct wt_json *value) {
    int index = wt_gradient_find(wt_json_key(value));
    if (index < 0)
        return wt_json_fail(reader->err, reader->document, value,
                            "there is no gradient of this name");
    struct wt_gradient_stop stops[MAX_STOPS];
    size_t count = 0;
    for (const struct wt_json *part = wt_json_first(value); part; part = wt_json_next(part)) {
        struct wt_number ratio;
        const char *key = wt_json_key(part);
        if (count == MAX_STOPS)
            return wt_json_fail(reader->err, reader->document, part, "at most %d stops", MAX_STOPS);
        if (!key || !wt_number_parse(key, strlen(key), &ratio))
            return wt_json_fail(reader->err, reader->document, part,
                                "a stop is a number from 0 to 1 and a colour");
        stops[count].ratio = wt_number_to_double(ratio);
        if (!(stops[count].ratio >= 0 && stops[count].ratio <= 1) ||
            (count > 0 && stops[count].ratio <= stops[count - 1].ratio))
            return wt_json_fail(reader->err, reader->document, part,
                                "the stops must rise from 0 to 1");
        wt_status status = read_colour(reader, part, &stops[count].colour);
        if (status != WT_OK)
            return status;
        count++;
    }
    if (count == 0)
        return wt_json_fail(reader->err, reader->document, value,
                            "a gradient is an object of stops, as {\"0\": \"#rrggbb\"}");
    wt_theme_set_gradient(reader->theme, (enum wt_gradient_name)index, stops, count);
    return WT_OK;
}

static wt_status read_each(const struct reader *reader, const char *key,
                           wt_status (*read)(const struct reader *, const struct wt_json *)) {
    const struct wt_json *list = wt_json_get(wt_json_root(reader->document), key);
    if (list && wt_json_type(list) != WT_JSON_OBJECT)
        return wt_json_fail(reader->err, reader->document, list, "must be an object");
    for (const struct wt_json *part = wt_json_first(list); part; part = wt_json_next(part)) {
        wt_status status = read(reader, part);
        if (status != WT_OK)
            return status;
    }
    return WT_OK;
}

static wt_status check_palette(const struct reader *reader, const struct wt_json *value) {
    wt_colour colour;
    struct reader plain = *reader;
    plain.palette = NULL; /* a name does not stand for another name */
    return read_colour(&plain, value, &colour);
}

static wt_status read_top(struct reader *reader) {
    const struct wt_json *root = wt_json_root(reader->document);
    if (wt_json_type(root) != WT_JSON_OBJECT)
        return wt_json_fail(reader->err, reader->document, root, "a theme is an object");
    for (const struct wt_json *part = wt_json_first(root); part; part = wt_json_next(part)) {
        const char *key = wt_json_key(part), *name = wt_json_string(part);
        if (strcmp(key, "name") == 0 && name)
            wt_text_clean(reader->theme->name, sizeof reader->theme->name, name, strlen(name));
        else if (strcmp(key, "palette") == 0)
            reader->palette = part;
        else if (strcmp(key, "styles") != 0 && strcmp(key, "gradients") != 0)
            return wt_json_fail(reader->err, reader->document, part,
                                "a theme has a name, a palette, styles and gradients");
    }
    return WT_OK;
}

wt_status wt_theme_parse(struct wt_theme *theme, const char *file, const char *text, size_t length,
                         struct wt_error *err) {
    struct wt_json_document *document;
    struct wt_theme out;
    wt_status status = wt_json_parse(&document, file, text, length, err);
    if (status != WT_OK)
        return status;
    wt_theme_default(&out);
    struct reader reader = {.document = document, .theme = &out, .err = err};
    status = read_top(&reader);
    if (status == WT_OK)
        status = read_each(&reader, "palette", check_palette);
    if (status == WT_OK)
        status = read_each(&reader, "styles", read_style);
    if (status == WT_OK)
        status = read_each(&reader, "gradients", read_gradient);
    wt_json_free(document);
    if (status == WT_OK)
        *theme = out;
    return status;
}

wt_status wt_theme_load(struct wt_theme *theme, const char *path, struct wt_error *err) {
    FILE *file = fopen(path, "re");
    if (!file)
        return wt_fail_errno(err, errno, "theme %s", path);
    char *text = malloc(THEME_FILE_BYTES + 1);
    wt_status status = WT_OK;
    size_t length = 0;
    if (!text) {
        status = wt_fail(err, WT_ENOMEM, "theme %s: out of memory", path);
    } else {
        length = fread(text, 1, THEME_FILE_BYTES + 1, file);
        if (ferror(file))
            status = wt_fail_errno(err, errno, "reading theme %s", path);
        else if (length > THEME_FILE_BYTES)
            status = wt_fail(err, WT_ELIMIT, "theme %s: larger than 1 MiB", path);
    }
    fclose(file);
    if (status == WT_OK)
        status = wt_theme_parse(theme, path, text, length, err);
    free(text);
    return status;
}
