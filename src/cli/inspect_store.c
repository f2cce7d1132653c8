/* inspect_store.c - what the segments of a store hold: by their schemas, or as words. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/inspect.h"
#include "model/flat.h"
#include "model/value.h"
#include "shm/store.h"

enum { USUAL_SEGMENT_BYTES = 512, SEGMENT_BYTES_MAX = 1 << 30, DUMP_WIDTH = 16 };

/* ---- bytes ----------------------------------------------------------------------------------- */

/* A mapping where the store is what its directory says; else the inspected file itself, read. */
struct wt_segment_source {
    struct wt_store_view *view;
    int fd; /* borrowed; -1 with a view */
    uint64_t file_bytes;
    uint32_t segment_bytes;
    uint64_t segment_count;
    uint64_t *buffer; /* owned; one segment */
};

wt_status wt_segment_source_open(struct wt_segment_source **out, struct wt_inspect *inspect,
                                 unsigned store) {
    struct wt_shared_store_record record = {0};
    struct wt_error err = {.text = ""};
    bool is_described =
        inspect->view != NULL && wt_directory_view_store(inspect->view, store, &record) == WT_OK;
    uint64_t bytes = is_described ? record.segment_bytes : USUAL_SEGMENT_BYTES;
    struct wt_segment_source *source = calloc(1, sizeof *source);
    *out = NULL;
    if (source == NULL)
        return WT_ENOMEM;
    source->fd = -1;
    wt_status status = WT_EFORMAT;
    if (bytes >= 8 && bytes <= SEGMENT_BYTES_MAX && bytes % 8 == 0)
        status = is_described ? wt_store_view_open(&source->view, inspect->view, store, NULL, &err)
                              : WT_ENOENT;
    bool is_file = inspect->view == NULL || inspect->store == store;
    if (status == WT_OK) {
        source->segment_bytes = wt_store_view_segment_bytes(source->view);
        source->segment_count = wt_store_view_segment_count(source->view);
    } else if (status != WT_EFORMAT && is_file) {
        if (is_described)
            wt_inspect_wrong(inspect, inspect->bytes, "%s", err.text);
        source->fd = inspect->fd;
        source->file_bytes = inspect->bytes;
        source->segment_bytes = (uint32_t)bytes;
        source->segment_count = inspect->bytes / bytes;
        source->buffer = malloc(bytes);
        status = source->buffer == NULL ? WT_ENOMEM : WT_OK;
    }
    if (status == WT_OK)
        *out = source;
    else
        wt_segment_source_close(source);
    return status;
}

void wt_segment_source_close(struct wt_segment_source *source) {
    if (source == NULL)
        return;
    wt_store_view_close(source->view);
    free(source->buffer);
    free(source);
}

uint64_t wt_segment_source_count(const struct wt_segment_source *source) {
    return source->segment_count;
}

uint32_t wt_segment_source_bytes(const struct wt_segment_source *source) {
    return source->segment_bytes;
}

const unsigned char *wt_segment_source_get(struct wt_segment_source *source,
                                           struct wt_inspect *inspect, uint64_t segment) {
    uint64_t at = segment * source->segment_bytes;
    if (segment >= source->segment_count) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE,
                         "segment %" PRIu64 " is beyond the end of the store, which has %" PRIu64,
                         segment, source->segment_count);
        return NULL;
    }
    if (source->view != NULL)
        return wt_store_view_segment(source->view, segment);
    ssize_t got = pread(source->fd, source->buffer, source->segment_bytes, (off_t)at);
    if (got == (ssize_t)source->segment_bytes)
        return (const unsigned char *)source->buffer;
    wt_inspect_wrong(inspect, at, "segment %" PRIu64 " cannot be read: %s", segment,
                     got < 0 ? strerror(errno) : "the file ends before");
    return NULL;
}

void wt_inspect_dump(struct wt_inspect *inspect, const char *key, const char *title,
                     uint64_t offset, const void *bytes, size_t length) {
    static const struct wt_column columns[] = {
        {"byte", "byte", 0}, {"hex", "as hexadecimal", 0}, {"text", "", 0}};
    const unsigned char *all = bytes;
    bool was_same = false;
    wt_report_table(&inspect->report, key, title, columns, 3);
    for (size_t at = 0; at < length; at += DUMP_WIDTH) {
        bool is_same = at >= DUMP_WIDTH && at + DUMP_WIDTH < length &&
                       memcmp(all + at, all + at - DUMP_WIDTH, DUMP_WIDTH) == 0;
        if (is_same && !inspect->report.is_json) {
            const struct wt_cell cells[] = {wt_cell_none(), wt_cell_text("the same"),
                                            wt_cell_text("")};
            if (!was_same)
                wt_report_row(&inspect->report, cells);
            was_same = true;
            continue;
        }
        was_same = false;
        char hex[3 * DUMP_WIDTH + 4] = "", text[DUMP_WIDTH + 1] = "";
        size_t count = length - at < DUMP_WIDTH ? length - at : DUMP_WIDTH, used = 0;
        for (size_t i = 0; i < count; i++) {
            unsigned char byte = all[at + i];
            used += (size_t)snprintf(hex + used, sizeof hex - used, "%s%02x",
                                     i == 0   ? ""
                                     : i == 8 ? "  "
                                              : " ",
                                     byte);
            text[i] = (char)(byte >= ' ' && byte < 0x7f ? byte : '.');
        }
        const struct wt_cell cells[] = {wt_cell_count(offset + at), wt_cell_text(hex),
                                        wt_cell_text(text)};
        wt_report_row(&inspect->report, cells);
    }
    wt_report_end(&inspect->report);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Schemas by number, decoded once each. */
struct schemas {
    struct wt_schema **list; /* by number - 1; NULL: cannot be read */
    size_t count;
};

static struct schemas load_schemas(const struct wt_inspect *inspect, size_t segment_bytes) {
    struct schemas schemas = {0};
    struct wt_buffer bytes = {0};
    for (uint32_t number = 1;
         wt_directory_view_schema(inspect->view, number, &bytes, NULL) == WT_OK; number++) {
        struct wt_schema **wider = realloc(schemas.list, number * sizeof *wider);
        if (wider == NULL)
            break;
        schemas.list = wider;
        schemas.list[number - 1] = NULL;
        schemas.count = number;
        (void)wt_flat_decode_schema(bytes.data, bytes.length, segment_bytes,
                                    &schemas.list[number - 1], NULL);
    }
    wt_buffer_fini(&bytes);
    return schemas;
}

static void drop_schemas(struct schemas *schemas) {
    for (size_t i = 0; i < schemas->count; i++)
        wt_schema_unref(schemas->list[i]);
    free(schemas->list);
}

/* What a person must know of a value besides the value. */
static const char *remark(const struct wt_field *field, uint64_t bits, bool is_torn) {
    if (is_torn)
        return "torn: it never read the same twice";
    if (!wt_value_is_invalid(field, bits))
        return "";
    if (wt_type_class(field->type) == WT_CLASS_FLOAT)
        return isnan(wt_double_of_bits(bits)) ? "not a number" : "infinite";
    return "went below zero and wrapped";
}

/* Fields of a group are read under its sequence number, all others one by one. */
static void read_values(const unsigned char *bytes, const struct wt_schema *schema, uint64_t *bits,
                        bool *torn) {
    for (uint32_t i = 0; i < schema->field_count; i++) {
        bits[i] = 0;
        torn[i] =
            schema->fields[i].group == 0 && !wt_codec_read(bytes, &schema->fields[i], &bits[i]);
    }
    for (uint32_t g = 0; g < schema->group_count; g++) {
        const struct wt_schema_group *group = &schema->groups[g];
        bool whole = wt_codec_read_group(bytes, schema, group, bits) > 0;
        for (uint32_t i = 0; i < group->member_count; i++)
            torn[group->members[i]] = !whole;
    }
}

static void put_values(struct wt_inspect *inspect, uint64_t segment, const unsigned char *bytes,
                       const struct wt_schema *schema) {
    uint64_t bits[WT_SCHEMA_MAX_FIELDS];
    bool torn[WT_SCHEMA_MAX_FIELDS];
    read_values(bytes, schema, bits, torn);
    for (uint32_t i = 0; i < schema->field_count; i++) {
        const struct wt_field *field = &schema->fields[i];
        const struct wt_cell cells[] = {
            wt_cell_count(segment),
            wt_cell_count(field->offset),
            wt_cell_text(field->key),
            wt_cell_text(wt_type_text(field->type)),
            torn[i] ? wt_cell_none() : wt_cell_number(wt_value_number(field, bits[i])),
            wt_cell_text(remark(field, bits[i], torn[i])),
        };
        wt_report_row(&inspect->report, cells);
    }
}

static void put_all_values(struct wt_inspect *inspect, unsigned store,
                           struct wt_segment_source *source, const struct schemas *schemas) {
    for (uint64_t i = 0; i < source->segment_count; i++) {
        struct wt_shared_segment_record record;
        wt_status status = wt_directory_view_segment(inspect->view, store, i, &record);
        if (status != WT_OK || record.state == WT_STORE_FREE ||
            !wt_inspect_wants(inspect, i, &record) || record.schema == 0 ||
            record.schema > schemas->count || schemas->list[record.schema - 1] == NULL)
            continue;
        const unsigned char *bytes = wt_segment_source_get(source, inspect, i);
        if (bytes != NULL)
            put_values(inspect, i, bytes, schemas->list[record.schema - 1]);
    }
}

/* The bytes of the records that were asked for, and of their segments. */
static void put_raw(struct wt_inspect *inspect, unsigned store, struct wt_segment_source *source) {
    uint64_t count = source->segment_count;
    for (uint64_t i = 0; i < count; i++) {
        struct wt_shared_segment_record record = {0};
        if (inspect->view != NULL)
            (void)wt_directory_view_segment(inspect->view, store, i, &record);
        if (!wt_inspect_wants(inspect, i, &record))
            continue;
        char title[96], key[48];
        if (inspect->view != NULL) {
            snprintf(title, sizeof title, "the record of segment %" PRIu64 " in the directory", i);
            snprintf(key, sizeof key, "raw_record_%u_%" PRIu64, store, i);
            wt_inspect_dump(inspect, key, title, wt_inspect_record_at(inspect, store, i), &record,
                            sizeof record);
        }
        const unsigned char *bytes = wt_segment_source_get(source, inspect, i);
        if (bytes == NULL)
            continue;
        snprintf(title, sizeof title, "segment %" PRIu64 " in the store", i);
        snprintf(key, sizeof key, "raw_segment_%u_%" PRIu64, store, i);
        wt_inspect_dump(inspect, key, title, i * source->segment_bytes, bytes,
                        source->segment_bytes);
    }
}

void wt_inspect_values(struct wt_inspect *inspect, unsigned store) {
    static const struct wt_column columns[] = {
        {"segment", "segment", WT_COLUMN_ONCE},
        {"offset", "offset", 0},
        {"key", "field", 0},
        {"type", "type", 0},
        {"value", "value", 0},
        {"remark", "", 0},
    };
    struct wt_segment_source *source;
    if (wt_segment_source_open(&source, inspect, store) != WT_OK)
        return; /* its store is not there any more: said with the stores */
    struct schemas schemas = load_schemas(inspect, source->segment_bytes);
    wt_report_table(&inspect->report, "values", "values", columns, 6);
    put_all_values(inspect, store, source, &schemas);
    wt_report_end(&inspect->report);
    if (inspect->options->raw)
        put_raw(inspect, store, source);
    if (source->view != NULL && !wt_store_view_is_readable(source->view))
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE,
                         "the store was truncated while it was read: what is beyond its end is 0");
    drop_schemas(&schemas);
    wt_segment_source_close(source);
}

/* ---- a store by itself ----------------------------------------------------------------------- */

void wt_inspect_store(struct wt_inspect *inspect) {
    wt_inspect_monitor(inspect);
    if (inspect->report.is_json)
        wt_report_fact(&inspect->report, "directory", "",
                       wt_cell_text(wt_directory_view_path(inspect->view)));
    if (wt_inspect_is_part(inspect)) {
        wt_inspect_part(inspect);
        return;
    }
    wt_inspect_segments(inspect, inspect->store);
    if (inspect->store == 0)
        wt_inspect_values(inspect, inspect->store);
    else
        wt_inspect_recorders(inspect, inspect->store);
}

static void put_words(struct wt_inspect *inspect, uint64_t segment, const unsigned char *bytes,
                      size_t length) {
    for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
        uint64_t word = wt_load_le64(bytes + at);
        char hex[24];
        if (word == 0)
            continue;
        snprintf(hex, sizeof hex, "%016" PRIx64, word);
        const struct wt_cell cells[] = {wt_cell_count(segment), wt_cell_count(at),
                                        wt_cell_count(word), wt_cell_text(hex)};
        wt_report_row(&inspect->report, cells);
    }
}

void wt_inspect_raw_store(struct wt_inspect *inspect) {
    static const struct wt_column columns[] = {{"segment", "segment", WT_COLUMN_ONCE},
                                               {"offset", "offset", 0},
                                               {"word", "as u64", 0},
                                               {"hex", "as hexadecimal", 0}};
    struct wt_segment_source *source;
    snprintf(inspect->summary, sizeof inspect->summary,
             "no directory beside it describes this store: nothing says what its words mean, nor "
             "that its segments have %d bytes, the usual size",
             USUAL_SEGMENT_BYTES);
    if (wt_options_given(inspect->options, WT_OPTION_worker_id)) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "nothing says which worker has a segment");
        return;
    }
    if (wt_segment_source_open(&source, inspect, 0) != WT_OK) {
        wt_inspect_wrong(inspect, WT_INSPECT_NOWHERE, "out of memory");
        return;
    }
    bool one = wt_options_given(inspect->options, WT_OPTION_segment_number);
    uint64_t first = one ? inspect->options->segment_number : 0;
    uint64_t end = one ? first + 1 : source->segment_count;
    wt_report_table(&inspect->report, "words", "words that are not 0", columns, 4);
    for (uint64_t i = first; i < end; i++) {
        const unsigned char *bytes = wt_segment_source_get(source, inspect, i);
        if (bytes == NULL)
            break;
        put_words(inspect, i, bytes, source->segment_bytes);
    }
    bool is_empty = inspect->report.row_count == 0;
    wt_report_end(&inspect->report);
    if (is_empty)
        wt_report_say(&inspect->report, 2, "all words are 0");
    if (inspect->options->raw)
        put_raw(inspect, 0, source);
    wt_segment_source_close(source);
}
