/* Any bytes as a snapshot: refused, or imported; then its export is imported and exported again, to
 * the same bytes. */
#include "export/export.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct wt_time now = {.monotonic_ns = INT64_MAX / 2};
    struct wt_snapshot *snapshot, *again;
    struct wt_buffer first = {0}, second = {0}, text = {0};
    if (wt_import_status_json((const char *)data, size, now, &snapshot, NULL) == WT_OK)
        wt_snapshot_unref(snapshot);
    if (wt_import_json((const char *)data, size, &snapshot, NULL) != WT_OK)
        return 0;
    wt_export_json(snapshot, now, &first);
    wt_export_text(snapshot, now, 100, &text);
    require(wt_import_json(first.data, first.length, &again, NULL) == WT_OK);
    wt_export_json(again, now, &second);
    require(second.length == first.length);
    require(memcmp(first.data, second.data, first.length) == 0);
    wt_snapshot_unref(snapshot);
    wt_snapshot_unref(again);
    wt_buffer_fini(&first);
    wt_buffer_fini(&second);
    wt_buffer_fini(&text);
    return 0;
}
