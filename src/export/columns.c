#include "export/columns.h"

#include <string.h>

#include "base/buffer.h"

#define COLUMN_ROW(enum_, name_, heading_, width_, right_)                                         \
    {.name = name_, .heading = heading_, .width = width_, .right = right_},

const struct wt_text_column wt_service_columns[WT_SERVICE_COLUMN_COUNT] = {
    WT_SERVICE_COLUMN_MAP(COLUMN_ROW)};
const struct wt_text_column wt_worker_columns[WT_WORKER_COLUMN_COUNT] = {
    WT_WORKER_COLUMN_MAP(COLUMN_ROW)};

_Static_assert((int)WT_SERVICE_COLUMN_COUNT <= (int)WT_TEXT_COLUMNS_MAX &&
                   (int)WT_WORKER_COLUMN_COUNT <= (int)WT_TEXT_COLUMNS_MAX,
               "a list holds every column once");

struct wt_text_columns wt_text_columns_preset(enum wt_text_table table) {
    struct wt_text_columns columns = {.count = table == WT_TEXT_SERVICES ? WT_SERVICE_COLUMN_PRESET
                                                                         : WT_WORKER_COLUMN_PRESET};
    for (size_t i = 0; i < columns.count; i++)
        columns.at[i] = (uint8_t)i;
    return columns;
}

static wt_status unknown_column(const char *name, size_t length, const struct wt_text_column *known,
                                size_t count, struct wt_error *err) {
    struct wt_buffer names = {0};
    for (size_t i = 0; i < count; i++)
        wt_buffer_printf(&names, "%s%s", i > 0 ? ", " : "", known[i].name);
    int shown = length < 64 ? (int)length : 64;
    wt_status status =
        wt_fail(err, WT_EINVAL, "%.*s: no such column; there are %s", shown > 0 ? shown : 2,
                shown > 0 ? name : "\"\"", wt_buffer_text(&names));
    wt_buffer_fini(&names);
    return status;
}

wt_status wt_text_columns_parse(const char *list, enum wt_text_table table,
                                struct wt_text_columns *out, struct wt_error *err) {
    const struct wt_text_column *known =
        table == WT_TEXT_SERVICES ? wt_service_columns : wt_worker_columns;
    size_t count =
        table == WT_TEXT_SERVICES ? WT_SERVICE_COLUMN_COUNT : (size_t)WT_WORKER_COLUMN_COUNT;
    struct wt_text_columns columns = {.count = 0};
    for (const char *name = list;; name++) {
        size_t length = strcspn(name, ","), found = 0;
        while (found < count && (strlen(known[found].name) != length ||
                                 memcmp(known[found].name, name, length) != 0))
            found++;
        if (found == count)
            return unknown_column(name, length, known, count, err);
        for (size_t i = 0; i < columns.count; i++) {
            if (columns.at[i] == found)
                return wt_fail(err, WT_EINVAL, "%s: %s is there twice", list, known[found].name);
        }
        columns.at[columns.count++] = (uint8_t)found;
        name += length;
        if (*name == '\0')
            break;
    }
    *out = columns;
    return WT_OK;
}
