#include "net/answers.h"

#include <stdlib.h>
#include <string.h>

#include "bus/writer.h"

/* One [key, type, offset] or [key, type, offset, hints]. */
static void add_field(struct wt_schema_builder *builder, const struct wt_bus_value *item,
                      size_t index, struct wt_buffer *hints) {
    struct wt_bus_text key, type;
    int64_t offset;
    if (item->type != WT_BUS_ARRAY || item->count < 3) {
        wt_schema_builder_problem(builder, "field %zu is no list of key, type and offset but %s",
                                  index + 1, wt_bus_type_name(item->type));
        return;
    }
    if (!wt_bus_text_of(wt_bus_item(item, 0), &key) ||
        !wt_bus_text_of(wt_bus_item(item, 1), &type)) {
        wt_schema_builder_problem(builder, "field %zu: key and type are to be symbols, not %s, %s",
                                  index + 1, wt_bus_type_name(wt_bus_item(item, 0)->type),
                                  wt_bus_type_name(wt_bus_item(item, 1)->type));
        return;
    }
    if (!wt_bus_to_int64(wt_bus_item(item, 2), &offset)) {
        wt_schema_builder_problem(builder, "field %.*s: its offset is to be an integer, not %s",
                                  (int)(key.length < 255 ? key.length : 255), key.data,
                                  wt_bus_type_name(wt_bus_item(item, 2)->type));
        return;
    }
    wt_buffer_clear(hints);
    const struct wt_bus_value *fourth = wt_bus_item(item, 3);
    if (fourth != NULL) {
        struct wt_bus_writer writer = wt_bus_writer_over(hints);
        wt_bus_write_value(&writer, fourth);
    }
    bool has_hints = fourth != NULL && !hints->failed;
    wt_schema_builder_add(builder, key.data, key.length, type.data, type.length, offset,
                          has_hints ? hints->data : NULL, has_hints ? hints->length : 0);
}

wt_status wt_schema_of_answer(const struct wt_bus_value *answer, size_t segment_bytes,
                              const struct wt_service_rules *rules, struct wt_schema **out,
                              struct wt_error *err) {
    *out = NULL;
    if (answer->type != WT_BUS_ARRAY)
        return wt_fail(err, WT_EFORMAT, "setup was answered with %s instead of a list of fields",
                       wt_bus_type_name(answer->type));
    struct wt_schema_builder *builder = wt_schema_builder_create(segment_bytes);
    if (builder == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory for a worker's schema");
    if (rules != NULL)
        wt_schema_builder_rules(builder, rules->fields, rules->field_count);
    struct wt_buffer hints = {0};
    for (size_t i = 0; i < answer->count; i++)
        add_field(builder, &answer->items[i], i, &hints);
    wt_buffer_fini(&hints);
    wt_status status = wt_schema_builder_finish(builder, out, err);
    wt_schema_builder_destroy(builder);
    return status;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* 16 bytes, or the same as 32 hexadecimal digits. */
static bool parse_instance(struct wt_bus_text text, uint8_t out[16]) {
    if (text.length == 16) {
        memcpy(out, text.data, 16);
        return true;
    }
    if (text.length != 32)
        return false;
    for (size_t i = 0; i < 16; i++) {
        int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

void wt_registration_of_state(const struct wt_bus_value *state, struct wt_registration *out) {
    struct wt_bus_text text;
    if (wt_bus_text_of(wt_bus_map_get(state, "name"), &text)) {
        out->service = text.data;
        out->service_length = text.length;
    }
    if (wt_bus_text_of(wt_bus_map_get(state, "instance"), &text))
        out->has_instance = parse_instance(text, out->instance);
    wt_bus_to_uint32(wt_bus_map_get(state, "threads"), &out->threads);
}

/* Ruby's worker_count hides a field of that name, and so does ours. */
static bool is_sendable(const struct wt_field_stats *field) {
    return field->sum.kind != WT_NUMBER_ABSENT && strcmp(field->key, "worker_count") != 0;
}

static void write_number(struct wt_bus_writer *writer, struct wt_number number) {
    if (number.kind == WT_NUMBER_REAL)
        wt_bus_write_float(writer, number.real);
    else if (number.integer >= 0 && number.integer <= (wt_int128)UINT64_MAX)
        wt_bus_write_uint(writer, (uint64_t)number.integer);
    else if (number.integer < 0 && number.integer >= (wt_int128)INT64_MIN)
        wt_bus_write_int(writer, (int64_t)number.integer);
    else
        wt_bus_write_float(writer, wt_number_to_double(number));
}

static void write_service(struct wt_bus_writer *writer, const struct wt_service *service) {
    uint32_t count = 1;
    for (size_t i = 0; i < service->field_count; i++)
        count += is_sendable(&service->fields[i]) ? 1 : 0;
    wt_bus_write_string_z(writer, service->name);
    wt_bus_write_map(writer, count);
    for (size_t i = 0; i < service->field_count; i++) {
        if (!is_sendable(&service->fields[i]))
            continue;
        wt_bus_write_symbol_z(writer, service->fields[i].key);
        write_number(writer, wt_field_figure(&service->fields[i]));
    }
    wt_bus_write_symbol_z(writer, "worker_count");
    wt_bus_write_uint(writer, service->worker_count);
}

void wt_status_to_bus(const struct wt_snapshot *snapshot, struct wt_buffer *out) {
    struct wt_bus_writer writer = wt_bus_writer_over(out);
    uint32_t count = 0;
    for (size_t i = 0; i < snapshot->service_count; i++)
        count += snapshot->services[i].worker_count > 0 ? 1 : 0;
    wt_bus_write_array(&writer, 1);
    wt_bus_write_map(&writer, 2);
    wt_bus_write_symbol_z(&writer, "type");
    wt_bus_write_symbol_z(&writer, "utilization_monitor");
    wt_bus_write_symbol_z(&writer, "data");
    wt_bus_write_map(&writer, count);
    for (size_t i = 0; i < snapshot->service_count; i++)
        if (snapshot->services[i].worker_count > 0)
            write_service(&writer, &snapshot->services[i]);
}

void wt_keys_to_bus(const struct wt_monitor *monitor, struct wt_buffer *out) {
    struct wt_bus_writer writer = wt_bus_writer_over(out);
    size_t count = wt_monitor_keys(monitor, NULL, 0);
    uint64_t *ids = count > 0 ? calloc(count, sizeof *ids) : NULL;
    if (count > 0 && ids == NULL) {
        out->failed = true;
        return;
    }
    if (count > 0)
        wt_monitor_keys(monitor, ids, count);
    wt_bus_write_array(&writer, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        wt_bus_write_uint(&writer, ids[i]);
    free(ids);
}
