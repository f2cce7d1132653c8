#include "json/json.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "base/utf8.h"

/*
 * cJSON makes the tree. It is lenient, keeps numbers as doubles and forgets lines; so a second walk
 * goes through text and tree in step: the text says where each value begins and what its number
 * token is, the tree says what comes next. cJSON has found the structure sound by then, so the walk
 * only looks at what cJSON does not.
 *
 * What it learns goes into members of the cJSON items that nobody else needs: the line into
 * valueint, the number's token into valuestring, marked as a reference into the document's own copy
 * of the text, so that cJSON_Delete leaves it alone.
 */

struct wt_json_document {
    cJSON *root;
    char *name;
    char *text;
};

struct walk {
    const struct wt_json_document *document;
    const char *at, *end;
    int line;
    struct wt_error *err;
};

static const cJSON *item_of(const struct wt_json *value) {
    return (const cJSON *)(const void *)value;
}

static const struct wt_json *value_of(const cJSON *item) {
    return (const struct wt_json *)(const void *)item;
}

static wt_status walk_fail(const struct walk *walk, const char *text) {
    return wt_fail(walk->err, WT_EFORMAT, "%s:%d: %s", walk->document->name, walk->line, text);
}

/* cJSON takes every control character for white space; JSON knows four. */
static wt_status skip_space(struct walk *walk) {
    for (; walk->at < walk->end && (unsigned char)*walk->at <= ' '; walk->at++) {
        if (*walk->at == '\n')
            walk->line++;
        else if (*walk->at != ' ' && *walk->at != '\t' && *walk->at != '\r')
            return walk_fail(walk, "a control character between the values");
    }
    return WT_OK;
}

static wt_status skip_string(struct walk *walk) {
    walk->at++; /* the quote */
    while (walk->at < walk->end && *walk->at != '"') {
        uint32_t code;
        unsigned char byte = (unsigned char)*walk->at;
        if (byte >= ' ' && byte < 0x80 && byte != '\\') { /* nearly always */
            walk->at++;
            continue;
        }
        size_t bytes = wt_utf8_decode(walk->at, (size_t)(walk->end - walk->at), &code);
        if (code == UINT32_MAX)
            return walk_fail(walk, "a text is not valid UTF-8");
        if (code < 0x20)
            return walk_fail(walk, "a control character in a text must be written as \\uXXXX");
        if (code == '\\' && strncmp(walk->at, "\\u0000", 6) == 0)
            return walk_fail(walk, "a text must not hold \\u0000");
        walk->at += bytes + (code == '\\'); /* and what is escaped */
    }
    walk->at++;
    return WT_OK;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static size_t token_length(const char *at) {
    const char *end = at;
    while (is_digit(*end) || *end == '.' || *end == '-' || *end == '+' || *end == 'e' ||
           *end == 'E')
        end++;
    return (size_t)(end - at);
}

/* A number of everyday length, whole or with a fraction: whatever its digits are, it fits. What is
 * none may still be a number, and is looked at closely. */
static bool is_everyday(const char *at, size_t length) {
    enum { FITS_BYTES = 38 }; /* 38 nines are less than 2^127 */
    const char *end = at + length;
    if (length == 0 || length > FITS_BYTES)
        return false;
    at += *at == '-';
    const char *whole = at;
    while (at < end && is_digit(*at))
        at++;
    if (at == whole || (*whole == '0' && at - whole > 1))
        return false;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        while (at < end && is_digit(*at))
            at++;
        if (at == fraction)
            return false;
    }
    return at == end;
}

static wt_status take_number(struct walk *walk, cJSON *item) {
    struct wt_number number;
    size_t length = token_length(walk->at);
    if (!is_everyday(walk->at, length) && !wt_number_parse(walk->at, length, &number))
        return walk_fail(walk, "a number that is malformed, or larger than 128 bits");
    item->valuestring = (char *)(uintptr_t)walk->at;
    item->type |= cJSON_IsReference;
    walk->at += length;
    return WT_OK;
}

static wt_status walk_value(struct walk *walk, cJSON *item, int depth);

static wt_status walk_children(struct walk *walk, cJSON *parent, int depth) {
    if (depth >= WT_JSON_DEPTH_MAX)
        return walk_fail(walk, "nested too deeply");
    walk->at++; /* the bracket */
    for (cJSON *child = parent->child; child != NULL; child = child->next) {
        wt_status status = skip_space(walk);
        if (status == WT_OK && cJSON_IsObject(parent)) {
            status = skip_string(walk);
            if (status == WT_OK)
                status = skip_space(walk);
            walk->at++; /* the colon */
        }
        if (status == WT_OK)
            status = walk_value(walk, child, depth + 1);
        if (status == WT_OK)
            status = skip_space(walk);
        if (status != WT_OK)
            return status;
        walk->at += child->next != NULL; /* the comma */
    }
    wt_status status = skip_space(walk); /* in an empty array or object */
    walk->at++;
    return status;
}

static wt_status walk_value(struct walk *walk, cJSON *item, int depth) {
    wt_status status = skip_space(walk);
    if (status != WT_OK)
        return status;
    item->valueint = walk->line;
    switch (*walk->at) {
    case '{':
    case '[':
        return walk_children(walk, item, depth);
    case '"':
        return skip_string(walk);
    case 't':
    case 'n':
        walk->at += 4;
        return WT_OK;
    case 'f':
        walk->at += 5;
        return WT_OK;
    default:
        return take_number(walk, item);
    }
}

static int line_at(const char *text, const char *at) {
    int line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

/* What cJSON stumbled over. */
static wt_status syntax_fail(const struct wt_json_document *document, size_t length, const char *at,
                             struct wt_error *err) {
    const char *end = document->text + length;
    if (at == NULL || at < document->text || at > end)
        at = document->text;
    if (at + strspn(at, " \t\r\n") >= end)
        return wt_fail(err, WT_EFORMAT, "%s:%d: not valid JSON: it ends too early", document->name,
                       line_at(document->text, end));
    char near[32];
    size_t rest = (size_t)(end - at), shown = strcspn(at, "\r\n");
    wt_text_clean(near, sizeof near, at, shown < rest ? shown : rest);
    return wt_fail(err, WT_EFORMAT, "%s:%d: not valid JSON at: %s", document->name,
                   line_at(document->text, at), near);
}

static wt_status build(struct wt_json_document *document, size_t length, struct wt_error *err) {
    const char *stop = NULL;
    if (memchr(document->text, '\0', length) != NULL)
        return wt_fail(err, WT_EFORMAT, "%s: not valid JSON: it holds a NUL byte", document->name);
    document->root = cJSON_ParseWithLengthOpts(document->text, length, &stop, false);
    if (document->root == NULL)
        return syntax_fail(document, length, stop, err);
    struct walk walk = {.document = document,
                        .at = document->text,
                        .end = document->text + length,
                        .line = 1,
                        .err = err};
    wt_status status = walk_value(&walk, document->root, 0);
    if (status == WT_OK)
        status = skip_space(&walk);
    if (status == WT_OK && walk.at != walk.end)
        status = walk_fail(&walk, "not valid JSON: something follows the end");
    return status;
}

wt_status wt_json_parse(struct wt_json_document **out, const char *name, const char *text,
                        size_t length, struct wt_error *err) {
    *out = NULL;
    struct wt_json_document *document = calloc(1, sizeof *document);
    if (document == NULL)
        return wt_fail(err, WT_ENOMEM, "%s: out of memory", name);
    document->name = strdup(name);
    document->text = malloc(length + 1);
    if (document->name == NULL || document->text == NULL) {
        wt_json_free(document);
        return wt_fail(err, WT_ENOMEM, "%s: out of memory", name);
    }
    memcpy(document->text, text, length);
    document->text[length] = '\0';
    wt_status status = build(document, length, err);
    if (status != WT_OK) {
        wt_json_free(document);
        return status;
    }
    *out = document;
    return WT_OK;
}

void wt_json_free(struct wt_json_document *document) {
    if (document == NULL)
        return;
    cJSON_Delete(document->root);
    free(document->name);
    free(document->text);
    free(document);
}

const struct wt_json *wt_json_root(const struct wt_json_document *document) {
    return value_of(document->root);
}

enum wt_json_type wt_json_type(const struct wt_json *value) {
    switch (value != NULL ? item_of(value)->type & 0xff : cJSON_NULL) {
    case cJSON_False:
    case cJSON_True:
        return WT_JSON_BOOL;
    case cJSON_Number:
        return WT_JSON_NUMBER;
    case cJSON_String:
        return WT_JSON_STRING;
    case cJSON_Array:
        return WT_JSON_ARRAY;
    case cJSON_Object:
        return WT_JSON_OBJECT;
    default:
        return WT_JSON_NULL;
    }
}

int wt_json_line(const struct wt_json *value) {
    return value != NULL ? item_of(value)->valueint : 0;
}

const char *wt_json_key(const struct wt_json *value) {
    return value != NULL ? item_of(value)->string : NULL;
}

const struct wt_json *wt_json_first(const struct wt_json *parent) {
    return parent != NULL ? value_of(item_of(parent)->child) : NULL;
}

const struct wt_json *wt_json_next(const struct wt_json *value) {
    return value != NULL ? value_of(item_of(value)->next) : NULL;
}

size_t wt_json_count(const struct wt_json *parent) {
    size_t count = 0;
    for (const struct wt_json *child = wt_json_first(parent); child != NULL; count++)
        child = wt_json_next(child);
    return count;
}

const struct wt_json *wt_json_get(const struct wt_json *object, const char *key) {
    if (wt_json_type(object) != WT_JSON_OBJECT)
        return NULL;
    for (const struct wt_json *child = wt_json_first(object); child != NULL;
         child = wt_json_next(child)) {
        if (strcmp(wt_json_key(child), key) == 0)
            return child;
    }
    return NULL;
}

const char *wt_json_string(const struct wt_json *value) {
    return wt_json_type(value) == WT_JSON_STRING ? item_of(value)->valuestring : NULL;
}

bool wt_json_bool(const struct wt_json *value) {
    return value != NULL && (item_of(value)->type & 0xff) == cJSON_True;
}

bool wt_json_number(const struct wt_json *value, struct wt_number *out) {
    *out = wt_number_absent();
    if (wt_json_type(value) != WT_JSON_NUMBER)
        return false;
    const char *token = item_of(value)->valuestring;
    return wt_number_parse(token, token_length(token), out);
}

/* Appends the way from `from` down to `target`: ".key" and "[3]". False when it is not below. */
static bool append_path(struct wt_buffer *out, const cJSON *from, const cJSON *target) {
    size_t index = 0, length = out->length;
    if (from == target)
        return true;
    for (const cJSON *child = from->child; child != NULL; child = child->next, index++) {
        if (child->string != NULL)
            wt_buffer_printf(out, ".%s", child->string);
        else
            wt_buffer_printf(out, "[%zu]", index);
        if (append_path(out, child, target))
            return true;
        out->length = length; /* a dead end */
    }
    return false;
}

wt_status wt_json_fail(struct wt_error *err, const struct wt_json_document *document,
                       const struct wt_json *value, const char *format, ...) {
    char text[256], where[160] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (value == NULL)
        return wt_fail(err, WT_EFORMAT, "%s: %s", document->name, text);
    struct wt_buffer path = {0};
    if (append_path(&path, document->root, item_of(value)) && !path.failed && path.length > 0) {
        const char *begin = path.data + (path.data[0] == '.');
        wt_text_clean(where, sizeof where - 2, begin, path.length - (size_t)(begin - path.data));
        strcat(where, ": ");
    }
    wt_buffer_fini(&path);
    return wt_fail(err, WT_EFORMAT, "%s:%d: %s%s", document->name, wt_json_line(value), where,
                   text);
}
