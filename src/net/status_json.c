#include "net/status_json.h"

#include <string.h>

#include "base/number.h"
#include "base/quote.h"
#include "base/utf8.h"

/* Both names that the origin gave to the type of its utilization monitor. */
static const char *const type_names[] = {"utilization_monitor",
                                         "Async::Service::Supervisor::UtilizationMonitor"};

static void write_number(struct wt_buffer *out, struct wt_number number) {
    char text[WT_NUMBER_TEXT_SIZE];
    wt_number_text(number, text);
    wt_buffer_append_text(out, text);
}

static void write_value(struct wt_buffer *out, const struct wt_bus_value *value);

static void write_items(struct wt_buffer *out, const struct wt_bus_value *array) {
    wt_buffer_append_char(out, '[');
    for (uint32_t i = 0; i < array->count; i++) {
        if (i > 0)
            wt_buffer_append_char(out, ',');
        write_value(out, &array->items[i]);
    }
    wt_buffer_append_char(out, ']');
}

/* JSON's keys are strings: keys of other types become the text of their value. */
static void write_key(struct wt_buffer *out, const struct wt_bus_value *key) {
    struct wt_bus_text text;
    if (wt_bus_text_of(key, &text)) {
        wt_quote(out, text.data, text.length);
        return;
    }
    struct wt_buffer inner = {0};
    write_value(&inner, key);
    wt_quote(out, wt_buffer_text(&inner), inner.length);
    wt_buffer_fini(&inner);
}

static void write_pairs(struct wt_buffer *out, const struct wt_bus_value *map) {
    wt_buffer_append_char(out, '{');
    for (uint32_t i = 0; i < map->count; i++) {
        if (i > 0)
            wt_buffer_append_char(out, ',');
        write_key(out, &map->items[2 * i]);
        wt_buffer_append_char(out, ':');
        write_value(out, &map->items[2 * i + 1]);
    }
    wt_buffer_append_char(out, '}');
}

/* Recursion ends where the decoder's limit on nesting ends it. */
static void write_value(struct wt_buffer *out, const struct wt_bus_value *value) {
    switch (value->type) {
    case WT_BUS_BOOL:
        wt_buffer_append_text(out, value->boolean ? "true" : "false");
        break;
    case WT_BUS_INT:
        write_number(out, wt_number_integer(value->integer));
        break;
    case WT_BUS_UINT:
        write_number(out, wt_number_integer((wt_int128)value->uint));
        break;
    case WT_BUS_FLOAT:
        write_number(out, wt_number_real(value->real));
        break;
    case WT_BUS_STRING:
    case WT_BUS_BINARY:
    case WT_BUS_SYMBOL:
    case WT_BUS_CLASS:
        wt_quote(out, value->text.data, value->text.length);
        break;
    case WT_BUS_ARRAY:
        write_items(out, value);
        break;
    case WT_BUS_MAP:
        write_pairs(out, value);
        break;
    case WT_BUS_NIL:
    case WT_BUS_EXCEPTION:
    case WT_BUS_PROXY:
    case WT_BUS_CONTROLLER:
        wt_buffer_append_text(out, "null");
        break;
    }
}

/* The data of the utilization monitor, when this is its entry. */
static const struct wt_bus_value *data_of(const struct wt_bus_value *entry) {
    struct wt_bus_text type;
    if (!wt_bus_text_of(wt_bus_map_get(entry, "type"), &type))
        return NULL;
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++)
        if (wt_bus_text_equals(type, type_names[i]))
            return wt_bus_map_get(entry, "data");
    return NULL;
}

static wt_status fail_with_exception(const struct wt_bus_value *exception, struct wt_error *err) {
    struct wt_bus_text class = {.data = ""}, message = {.data = ""};
    char shown_class[128], shown_message[200];
    wt_bus_text_of(&exception->items[0], &class);
    wt_bus_text_of(&exception->items[1], &message);
    wt_text_clean(shown_class, sizeof shown_class, class.data, class.length);
    wt_text_clean(shown_message, sizeof shown_message, message.data, message.length);
    return wt_fail(err, WT_EREMOTE, "a monitor of the supervisor failed: %s: %s", shown_class,
                   shown_message);
}

wt_status wt_status_to_json(const struct wt_bus_value *status, struct wt_buffer *out,
                            struct wt_error *err) {
    const struct wt_bus_value *entries = status, *exception = NULL;
    uint32_t count = 1;
    if (status->type == WT_BUS_ARRAY) {
        entries = status->items;
        count = status->count;
    } else if (status->type != WT_BUS_MAP) {
        return wt_fail(err, WT_EFORMAT, "status was answered with %s, not with a list",
                       wt_bus_type_name(status->type));
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct wt_bus_value *data = data_of(&entries[i]);
        if (entries[i].type == WT_BUS_EXCEPTION)
            exception = &entries[i];
        if (data == NULL)
            continue;
        wt_buffer_append_text(out, "{\"type\":\"utilization_monitor\",\"data\":");
        write_value(out, data);
        wt_buffer_append_char(out, '}');
        return out->failed ? wt_fail(err, WT_ENOMEM, "no memory for the answer to status") : WT_OK;
    }
    if (exception != NULL)
        return fail_with_exception(exception, err);
    return wt_fail(err, WT_ENOENT, "the supervisor has no utilization monitor");
}
