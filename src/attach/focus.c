#include "attach/focus.h"

#include "flight/region.h"

const unsigned char *wt_attached_region(const struct wt_directory_view *view,
                                        struct wt_store_view *const *stores,
                                        const struct wt_worker *worker, size_t *bytes) {
    struct wt_shared_segment_record record;
    unsigned index = wt_recorder_is_wide(worker->threads) ? 2 : 1;
    const struct wt_store_view *store = stores[index];
    *bytes = 0;
    if (store == NULL || worker->recorder < 0 ||
        wt_store_view_segment_bytes(store) < sizeof(struct wt_shared_recorder_header))
        return NULL;
    wt_status status = wt_directory_view_segment(view, index, (uint64_t)worker->recorder, &record);
    if (status != WT_ENOENT && (status != WT_OK || record.worker_id != worker->id))
        return NULL;
    *bytes = wt_store_view_segment_bytes(store);
    return wt_store_view_segment(stores[index], (uint64_t)worker->recorder);
}

static const struct wt_worker *find_worker(const struct wt_snapshot *snapshot, uint64_t id) {
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        for (size_t row = 0; row < cohort->row_count; row++)
            if (cohort->rows[row] != NULL && cohort->rows[row]->id == id &&
                cohort->status[row].state != WT_WORKER_GONE)
                return cohort->rows[row];
    }
    return NULL;
}

static const char *why_nothing(const struct wt_worker *worker) {
    if (!worker->has_instance)
        return "no labels and no records: only programs that use libworktop leave them";
    if (worker->recorder < 0)
        return "it has no recorder region";
    return "its recorder region cannot be read";
}

bool wt_attached_focus(void *context, struct wt_arena *arena, struct wt_worker_activity *out) {
    const struct wt_attached_ask *ask = context;
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(arena);
    const struct wt_worker *worker = find_worker(ask->snapshot, ask->worker_id);
    if (worker == NULL)
        return false;
    struct wt_region_ask region = {
        .owner = {.worker_id = worker->id, .service = worker->service, .pid = worker->pid},
        .now_ns = ask->now_ns,
        .flights = WT_FOCUS_FLIGHTS,
        .records = WT_FOCUS_RECORDS,
    };
    region.region = wt_attached_region(ask->view, ask->stores, worker, &region.bytes);
    region.problem = region.region == NULL ? why_nothing(worker) : "";
    return wt_region_activity(&region, &memory, out);
}
