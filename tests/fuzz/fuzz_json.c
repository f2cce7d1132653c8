/* fuzz_json.c - any bytes as JSON: refused with one harmless line that names a line of the text,
 * or read; then what the writer makes of it is read again, to the same text. */
#include "fuzz/fuzz.h"
#include "json/json.h"
#include "json/writer.h"

/* Writes the value, and checks what its reader promises. */
static void copy(struct wt_json_writer *writer, const struct wt_json *value, int line, int depth) {
    const char *key = wt_json_key(value);
    struct wt_number number;
    size_t count = 0;
    require(wt_json_line(value) >= line && depth <= WT_JSON_DEPTH_MAX);
    enum wt_json_type type = wt_json_type(value);
    require((wt_json_string(value) != NULL) == (type == WT_JSON_STRING));
    require(wt_json_number(value, &number) == (type == WT_JSON_NUMBER));
    switch (type) {
    case WT_JSON_NULL:
        wt_json_put_null(writer, key);
        break;
    case WT_JSON_BOOL:
        wt_json_put_bool(writer, key, wt_json_bool(value));
        break;
    case WT_JSON_NUMBER:
        wt_json_put_number(writer, key, number);
        break;
    case WT_JSON_STRING:
        wt_json_put_text(writer, key, wt_json_string(value));
        break;
    case WT_JSON_ARRAY:
    case WT_JSON_OBJECT:
        wt_json_open(writer, key, type == WT_JSON_ARRAY ? '[' : '{');
        for (const struct wt_json *child = wt_json_first(value); child != NULL;
             child = wt_json_next(child), count++) {
            require((wt_json_key(child) != NULL) == (type == WT_JSON_OBJECT));
            if (type == WT_JSON_OBJECT)
                require(wt_json_get(value, wt_json_key(child)) != NULL);
            copy(writer, child, wt_json_line(value), depth + 1);
        }
        require(count == wt_json_count(value));
        wt_json_close(writer, type == WT_JSON_ARRAY ? ']' : '}');
        break;
    }
}

static const struct wt_json *last_of(const struct wt_json *value) {
    for (const struct wt_json *child = wt_json_first(value); child != NULL;) {
        value = child;
        const struct wt_json *next = wt_json_next(child);
        child = next != NULL ? next : wt_json_first(child);
    }
    return value;
}

static void check_error(const struct wt_error *err) {
    require(err->text[0] != '\0' && fuzz_is_harmless(err->text, strlen(err->text)));
}

static bool rewrite(const char *text, size_t length, struct wt_buffer *out) {
    struct wt_json_document *document;
    struct wt_error err = {0};
    wt_status status = wt_json_parse(&document, "x.json", text, length, &err);
    require((status == WT_OK) == (document != NULL));
    if (status != WT_OK) {
        require(status == WT_EFORMAT);
        check_error(&err);
        return false;
    }
    struct wt_json_writer writer = {.out = out};
    copy(&writer, wt_json_root(document), 1, 0);
    require(!out->failed && fuzz_is_harmless(out->data, out->length));
    require(wt_json_fail(&err, document, last_of(wt_json_root(document)), "wrong") == WT_EFORMAT);
    check_error(&err);
    wt_json_free(document);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct wt_buffer once = {0}, twice = {0};
    if (rewrite((const char *)data, size, &once)) {
        require(rewrite(once.data, once.length, &twice));
        require(once.length == twice.length && memcmp(once.data, twice.data, once.length) == 0);
    }
    wt_buffer_fini(&once);
    wt_buffer_fini(&twice);
    return 0;
}
