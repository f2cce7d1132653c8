#include "fuzz/shown.h"

#include "bus/decode.h"
#include "export/export.h"
#include "fuzz/fuzz.h"
#include "net/answers.h"
#include "ui/app.h"
#include "json/json.h"

enum { TEXT_COLS = 100, PROBLEMS_KEPT = 16 };

static void check_field(const struct wt_schema *schema, uint32_t index, size_t segment_bytes) {
    const struct wt_field *field = &schema->fields[index];
    size_t length = strlen(field->key);
    require(length > 0 && length <= WT_SCHEMA_MAX_KEY_BYTES);
    require(fuzz_is_harmless(field->key, length));
    require(wt_type_bytes(field->type) <= segment_bytes);
    require(field->offset <= segment_bytes - wt_type_bytes(field->type));
    require(field->offset + wt_type_bytes(field->type) <= schema->extent_bytes);
    require(field->unit != NULL && fuzz_is_harmless(field->unit, strlen(field->unit)));
    require((field->role == WT_ROLE_BUSY) == (schema->busy_field == (int)index));
    require(field->hints != NULL || field->hints_length == 0);
    require(field->group <= schema->group_count);
    for (uint32_t i = 0; i < index; i++)
        require(strcmp(schema->fields[i].key, field->key) != 0);
}

/* A sequence word is a word of its own, and who is in a group is told both ways alike. */
static void check_group(const struct wt_schema *schema, uint32_t index) {
    const struct wt_schema_group *group = &schema->groups[index];
    require(group->offset % 8 == 0 && group->offset + 8 <= schema->extent_bytes);
    require(group->member_count > 0 && group->member_count <= schema->field_count);
    for (uint32_t i = 0, member = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        require(field->offset >= group->offset + 8 ||
                field->offset + wt_type_bytes(field->type) <= group->offset);
        if (field->group == index + 1)
            require(member < group->member_count && group->members[member++] == i);
        require(i + 1 < schema->field_count || member == group->member_count);
    }
}

void fuzz_check_schema(const struct wt_schema *schema, size_t segment_bytes) {
    const int named[] = {schema->busy_field, schema->capacity_field, schema->queue_field,
                         schema->errors_field};
    require(schema->field_count <= WT_SCHEMA_MAX_FIELDS && schema->extent_bytes <= segment_bytes);
    for (uint32_t i = 0; i < schema->field_count; i++)
        check_field(schema, i, segment_bytes);
    require(schema->group_count <= WT_SCHEMA_MAX_GROUPS);
    for (uint32_t i = 0; i < schema->group_count; i++)
        check_group(schema, i);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        require(named[i] >= -1 && named[i] < (int)schema->field_count);
    for (uint32_t i = 0; i < schema->problem_count && i < PROBLEMS_KEPT; i++)
        require(fuzz_is_harmless(schema->problems[i], strlen(schema->problems[i])));
}

static void check_document(const struct wt_buffer *text) {
    struct wt_json_document *document;
    require(!text->failed && fuzz_is_harmless(text->data, text->length));
    require(wt_json_parse(&document, "snapshot", text->data, text->length, NULL) == WT_OK);
    wt_json_free(document);
}

static void check_status_json(const struct wt_snapshot *snapshot) {
    struct wt_buffer text = {0};
    wt_export_status_json(snapshot, &text);
    check_document(&text);
    wt_buffer_fini(&text);
}

/* Valid, and harmless; what is imported is exported to the same bytes, unless it is somebody's
 * snapshot, in which a time may be what stands for "unknown". */
static void check_json(const struct wt_snapshot *snapshot, struct wt_time now, bool is_ours) {
    struct wt_snapshot *again;
    struct wt_error err = {0};
    struct wt_buffer first = {0}, second = {0};
    wt_export_json(snapshot, now, &first);
    check_document(&first);
    wt_status status = wt_import_json(first.data, first.length, &again, &err);
    if (status != WT_OK && is_ours)
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)first.length, first.data);
    require(status == WT_OK || (!is_ours && status == WT_EFORMAT));
    if (status == WT_OK) {
        wt_export_json(again, now, &second);
        if (is_ours &&
            (second.length != first.length || memcmp(first.data, second.data, first.length) != 0)) {
            fprintf(stderr, "%.*s\n%.*s\n", (int)first.length, first.data, (int)second.length,
                    second.data);
            require(!"an import is exported to the same bytes");
        }
        wt_snapshot_unref(again);
    }
    wt_buffer_fini(&first);
    wt_buffer_fini(&second);
    check_status_json(snapshot);
}

static void check_status(const struct wt_snapshot *snapshot) {
    struct wt_bus_scanner scanner;
    struct wt_bus_message message;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&bytes);
    size_t length, mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_uint(&writer, 2);
    wt_status_to_bus(snapshot, &bytes);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_RETURN);
    wt_bus_scanner_init(&scanner, 1U << 20, 1U << 16);
    require(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL) == WT_OK);
    require(length == bytes.length);
    require(wt_bus_decode(&scanner, bytes.data, length, &message, NULL) == WT_OK);
    wt_bus_message_fini(&message);
    wt_buffer_fini(&bytes);
}

static void check_text(const struct wt_snapshot *snapshot, struct wt_time now) {
    struct wt_buffer text = {0};
    wt_export_text(snapshot, now, TEXT_COLS, &text);
    require(!text.failed);
    for (size_t at = 0; at < text.length;) {
        const char *line = text.data + at, *end = memchr(line, '\n', text.length - at);
        require(end != NULL);
        size_t length = (size_t)(end - line);
        require(fuzz_is_harmless(line, length) && wt_utf8_cols(line, length) <= TEXT_COLS);
        at += length + 1;
    }
    wt_buffer_fini(&text);
}

static void check_screen(const struct wt_snapshot *snapshot, struct wt_time now, unsigned view) {
    const struct wt_app_options options = {.interval_ns = WT_NS_PER_S};
    const struct wt_input input = {.kind = WT_INPUT_KEY, .code = '0' + view};
    struct wt_app *app;
    struct wt_grid grid;
    require(wt_app_create(&app, &options, NULL) == WT_OK);
    require(wt_grid_init(&grid, 70, 30, NULL) == WT_OK);
    wt_app_feed(app, snapshot);
    wt_app_input(app, &input);
    wt_app_draw(app, &grid, now);
    for (int i = 0; i < grid.cols * grid.rows; i++)
        for (int code = 0; code < WT_CELL_CODES && grid.cells[i].codes[code] != 0; code++)
            require(wt_utf8_is_harmless(grid.cells[i].codes[code]));
    wt_grid_fini(&grid);
    wt_app_destroy(app);
}

void fuzz_check_snapshot(const struct wt_snapshot *snapshot, struct wt_time now, unsigned view) {
    check_json(snapshot, now, true);
    check_status(snapshot);
    if (view == 0)
        return;
    check_text(snapshot, now);
    check_screen(snapshot, now, view);
}

void fuzz_check_foreign(const struct wt_snapshot *snapshot, struct wt_time now) {
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        if (snapshot->cohorts[i].schema != NULL)
            fuzz_check_schema(snapshot->cohorts[i].schema, UINT32_MAX);
    check_json(snapshot, now, false);
    check_status(snapshot);
    check_text(snapshot, now);
    check_screen(snapshot, now, 1);
}
