#include "json/json.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

/*
 * One pass over the document's own copy of the text. Values live in an arena; texts are decoded
 * where they stand (no escape is shorter than what it means) and end with a NUL where their quote
 * was; of a number the token stays where it is and is read when somebody asks. So a document of n
 * bytes costs one copy and a few blocks, however many values it has.
 */

enum { NODES_AT_ONCE = 256 };

struct wt_json {
    enum wt_json_type type;
    int line;
    const char *key;  /* of a member */
    const char *text; /* of a string; where a number's token begins; not NULL for true */
    struct wt_json *child, *next;
};

struct wt_json_document {
    struct wt_json *root;
    char *name;
    char *text;
    struct wt_arena arena;
};

struct reader {
    struct wt_json_document *document;
    char *at, *end; /* *end is a NUL */
    int line;
    struct wt_json *nodes; /* of the arena, not used yet */
    size_t node_count;
    struct wt_error *err;
};

static wt_status fail(const struct reader *reader, const char *text) {
    return wt_fail(reader->err, WT_EFORMAT, "%s:%d: %s", reader->document->name, reader->line,
                   text);
}

/* What is not JSON at all. */
static wt_status fail_syntax(const struct reader *reader) {
    const char *at = reader->at;
    int line = reader->line;
    for (; at < reader->end && strchr(" \t\r\n", *at) != NULL; at++)
        line += *at == '\n';
    if (at == reader->end)
        return wt_fail(reader->err, WT_EFORMAT, "%s:%d: not valid JSON: it ends too early",
                       reader->document->name, line);
    char near[32];
    wt_text_clean(near, sizeof near, reader->at, strcspn(reader->at, "\r\n"));
    return wt_fail(reader->err, WT_EFORMAT, "%s:%d: not valid JSON at: %s", reader->document->name,
                   reader->line, near);
}

static struct wt_json *take_node(struct reader *reader) {
    if (reader->node_count == 0) {
        reader->nodes =
            wt_arena_take(&reader->document->arena, NODES_AT_ONCE, sizeof *reader->nodes);
        if (reader->nodes == NULL) {
            wt_fail(reader->err, WT_ENOMEM, "%s: out of memory", reader->document->name);
            return NULL;
        }
        reader->node_count = NODES_AT_ONCE;
    }
    reader->node_count--;
    struct wt_json *node = reader->nodes++;
    node->line = reader->line;
    return node;
}

/* ---- what a document is made of ---------------------------------------------------------- */

static wt_status skip_space(struct reader *reader) {
    for (; reader->at < reader->end && (unsigned char)*reader->at <= ' '; reader->at++) {
        if (*reader->at == '\n')
            reader->line++;
        else if (*reader->at != ' ' && *reader->at != '\t' && *reader->at != '\r')
            return fail(reader, "a control character between the values");
    }
    return WT_OK;
}

/* The four digits after "\u"; -1 when they are not. */
static int32_t read_hex(const char *at) {
    int32_t code = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* "\uXXXX", or two of them for what lies beyond 0xffff. Halves of such pairs are no characters. */
static wt_status read_code(struct reader *reader, char **out) {
    int32_t code = read_hex(reader->at + 2);
    size_t length = 6;
    if (code == 0)
        return fail(reader, "a text must not hold \\u0000");
    if (code >= 0xd800 && code < 0xdc00) {
        int32_t low =
            strncmp(reader->at + 6, "\\u", 2) == 0 ? read_hex(reader->at + 8) : (int32_t)-1;
        code =
            low >= 0xdc00 && low < 0xe000 ? 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00) : -1;
        length = 12;
    } else if (code >= 0xdc00 && code < 0xe000) {
        code = -1;
    }
    if (code < 0)
        return fail_syntax(reader);
    char bytes[4];
    size_t count = wt_utf8_encode((uint32_t)code, bytes);
    memcpy(*out, bytes, count);
    *out += count;
    reader->at += length;
    return WT_OK;
}

static wt_status read_escape(struct reader *reader, char **out) {
    static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char name = reader->at[1];
    const char *found = name != '\0' ? strchr(names, name) : NULL;
    if (name == 'u')
        return read_code(reader, out);
    if (found == NULL)
        return fail_syntax(reader);
    *(*out)++ = meant[found - names];
    reader->at += 2;
    return WT_OK;
}

static wt_status read_text(struct reader *reader, const char **text) {
    char *out = ++reader->at; /* behind the quote */
    *text = out;
    while (*reader->at != '"') {
        unsigned char byte = (unsigned char)*reader->at;
        wt_status status = WT_OK;
        if (byte >= ' ' && byte < 0x80 && byte != '\\') { /* nearly always */
            *out++ = *reader->at++;
        } else if (byte == '\\') {
            status = read_escape(reader, &out);
        } else if (byte < ' ') {
            status = reader->at == reader->end
                         ? fail_syntax(reader)
                         : fail(reader, "a control character in a text must be written as \\uXXXX");
        } else {
            uint32_t code;
            size_t bytes = wt_utf8_decode(reader->at, (size_t)(reader->end - reader->at), &code);
            if (code == UINT32_MAX)
                return fail(reader, "a text is not valid UTF-8");
            memmove(out, reader->at, bytes);
            out += bytes;
            reader->at += bytes;
        }
        if (status != WT_OK)
            return status;
    }
    reader->at++;
    *out = '\0';
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

/* Few digits and nothing else: most numbers need no closer look. */
static bool is_small_whole(const char *at, size_t length) {
    if (length == 0 || length > 18 || (at[0] == '0' && length > 1))
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(at[i]))
            return false;
    }
    return true;
}

static wt_status read_number(struct reader *reader, struct wt_json *value) {
    struct wt_number number;
    size_t length = token_length(reader->at);
    if (!is_small_whole(reader->at, length) && !wt_number_parse(reader->at, length, &number))
        return fail(reader, "a number that is malformed, or larger than 128 bits");
    value->type = WT_JSON_NUMBER;
    value->text = reader->at;
    reader->at += length;
    return WT_OK;
}

static wt_status read_word(struct reader *reader, struct wt_json *value, const char *word,
                           enum wt_json_type type) {
    size_t length = strlen(word);
    if (strncmp(reader->at, word, length) != 0)
        return fail_syntax(reader);
    value->type = type;
    value->text = word[0] == 't' ? reader->at : NULL;
    reader->at += length;
    return WT_OK;
}

/* ---- values ------------------------------------------------------------------------------ */

static wt_status read_value(struct reader *reader, struct wt_json *value, int depth);

/* "key":, and the spaces around. */
static wt_status read_key(struct reader *reader, const char **key) {
    if (*reader->at != '"')
        return fail_syntax(reader);
    wt_status status = read_text(reader, key);
    if (status == WT_OK)
        status = skip_space(reader);
    if (status != WT_OK)
        return status;
    if (*reader->at != ':')
        return fail_syntax(reader);
    reader->at++;
    return skip_space(reader);
}

static wt_status read_child(struct reader *reader, bool is_member, struct wt_json **out,
                            int depth) {
    const char *key = NULL;
    wt_status status = is_member ? read_key(reader, &key) : WT_OK;
    if (status != WT_OK)
        return status;
    *out = take_node(reader);
    if (*out == NULL)
        return WT_ENOMEM;
    (*out)->key = key;
    status = read_value(reader, *out, depth);
    return status == WT_OK ? skip_space(reader) : status;
}

static wt_status read_children(struct reader *reader, struct wt_json *parent, int depth) {
    bool is_object = *reader->at == '{';
    char end = is_object ? '}' : ']';
    struct wt_json **place = &parent->child;
    parent->type = is_object ? WT_JSON_OBJECT : WT_JSON_ARRAY;
    if (depth >= WT_JSON_DEPTH_MAX)
        return fail(reader, "nested too deeply");
    reader->at++;
    wt_status status = skip_space(reader);
    if (status == WT_OK && *reader->at == end) {
        reader->at++;
        return WT_OK;
    }
    while (status == WT_OK) {
        status = read_child(reader, is_object, place, depth + 1);
        if (status != WT_OK)
            break;
        place = &(*place)->next;
        if (*reader->at == end) {
            reader->at++;
            return WT_OK;
        }
        if (*reader->at != ',')
            return fail_syntax(reader);
        reader->at++;
        status = skip_space(reader);
    }
    return status;
}

static wt_status read_value(struct reader *reader, struct wt_json *value, int depth) {
    switch (*reader->at) {
    case '{':
    case '[':
        return read_children(reader, value, depth);
    case '"':
        value->type = WT_JSON_STRING;
        return read_text(reader, &value->text);
    case 't':
        return read_word(reader, value, "true", WT_JSON_BOOL);
    case 'f':
        return read_word(reader, value, "false", WT_JSON_BOOL);
    case 'n':
        return read_word(reader, value, "null", WT_JSON_NULL);
    default:
        return is_digit(*reader->at) || *reader->at == '-' ? read_number(reader, value)
                                                           : fail_syntax(reader);
    }
}

static wt_status build(struct wt_json_document *document, size_t length, struct wt_error *err) {
    if (memchr(document->text, '\0', length) != NULL)
        return wt_fail(err, WT_EFORMAT, "%s: not valid JSON: it holds a NUL byte", document->name);
    struct reader reader = {.document = document,
                            .at = document->text,
                            .end = document->text + length,
                            .line = 1,
                            .err = err};
    wt_status status = skip_space(&reader);
    if (status == WT_OK)
        status = read_child(&reader, false, &document->root, 0);
    if (status == WT_OK && reader.at != reader.end)
        status = fail(&reader, "not valid JSON: something follows the end");
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
    wt_arena_fini(&document->arena);
    free(document->name);
    free(document->text);
    free(document);
}

const struct wt_json *wt_json_root(const struct wt_json_document *document) {
    return document->root;
}

enum wt_json_type wt_json_type(const struct wt_json *value) {
    return value != NULL ? value->type : WT_JSON_NULL;
}

int wt_json_line(const struct wt_json *value) {
    return value != NULL ? value->line : 0;
}

const char *wt_json_key(const struct wt_json *value) {
    return value != NULL ? value->key : NULL;
}

const struct wt_json *wt_json_first(const struct wt_json *parent) {
    return parent != NULL ? parent->child : NULL;
}

const struct wt_json *wt_json_next(const struct wt_json *value) {
    return value != NULL ? value->next : NULL;
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
    const struct wt_json *child = object->child;
    while (child != NULL && (child->key[0] != key[0] || strcmp(child->key, key) != 0))
        child = child->next;
    return child;
}

const char *wt_json_string(const struct wt_json *value) {
    return wt_json_type(value) == WT_JSON_STRING ? value->text : NULL;
}

bool wt_json_bool(const struct wt_json *value) {
    return wt_json_type(value) == WT_JSON_BOOL && value->text != NULL;
}

bool wt_json_number(const struct wt_json *value, struct wt_number *out) {
    *out = wt_number_absent();
    if (wt_json_type(value) != WT_JSON_NUMBER)
        return false;
    return wt_number_parse(value->text, token_length(value->text), out);
}

/* Appends the way from `from` down to `target`: ".key" and "[3]". False when it is not below. */
static bool append_path(struct wt_buffer *out, const struct wt_json *from,
                        const struct wt_json *target) {
    size_t index = 0, length = out->length;
    if (from == target)
        return true;
    for (const struct wt_json *child = from->child; child != NULL; child = child->next, index++) {
        if (child->key != NULL)
            wt_buffer_printf(out, ".%s", child->key);
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
    if (append_path(&path, document->root, value) && !path.failed && path.length > 0) {
        const char *begin = path.data + (path.data[0] == '.');
        wt_text_clean(where, sizeof where - 2, begin, path.length - (size_t)(begin - path.data));
        strcat(where, ": ");
    }
    wt_buffer_fini(&path);
    return wt_fail(err, WT_EFORMAT, "%s:%d: %s%s", document->name, wt_json_line(value), where,
                   text);
}
