/* What threads do and did, after the death of the monitor that read it: its lists are gone on with,
 * from the regions that its workers still write. */
#include "attach/focus.h"
#include "attach/sample.h"
#include "flight/focus.h"
#include "shm/heartbeat.h"

static struct wt_flight_owner owner_of(const struct wt_worker *worker) {
    return (struct wt_flight_owner){.worker_id = worker->id,
                                    .service = worker->service,
                                    .pid = worker->pid,
                                    .instance = worker->has_instance ? worker->instance : NULL};
}

bool wt_sample_flights_begin(struct wt_sampler *sampler) {
    const struct wt_snapshot *last = sampler->last;
    int64_t now_ns = last->time.monotonic_ns;
    sampler->board = wt_board_create();
    if (sampler->board == NULL)
        return false;
    for (size_t i = 0; i < last->cohort_count; i++) {
        const struct wt_sample_cohort *cohort = &sampler->cohorts[i];
        for (size_t row = 0; row < last->cohorts[i].row_count; row++) {
            size_t bytes;
            if (cohort->rows[row].life != WT_SAMPLE_PRESENT)
                continue;
            const struct wt_worker *worker = last->cohorts[i].rows[row];
            const struct wt_flight_owner owner = owner_of(worker);
            const unsigned char *region =
                wt_attached_region(sampler->view, sampler->stores, worker, &bytes);
            if (region != NULL && !wt_board_take_up(sampler->board, &owner, region, bytes, now_ns))
                return false;
        }
    }
    return wt_board_seed(sampler->board, &last->activity, now_ns);
}

void wt_sample_flights_see_off(struct wt_sampler *sampler, const struct wt_worker *worker,
                               struct wt_time now) {
    const struct wt_flight_owner owner = owner_of(worker);
    size_t bytes;
    const void *region = wt_board_region(sampler->board, worker->id, &bytes);
    if (region != NULL && !wt_goodbye_was_said(region) &&
        wt_board_bury(sampler->board, &owner, region, bytes, now))
        wt_board_set_cause(sampler->board, worker->id, "cause unknown");
    wt_board_let_go(sampler->board, worker->id, true, now.monotonic_ns);
}

bool wt_sample_flights_put(struct wt_sampler *sampler, struct wt_sample_frame *frame) {
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(&frame->arena);
    int64_t now_ns = frame->snapshot.time.monotonic_ns;
    struct wt_activity *activity = &frame->snapshot.activity;
    wt_board_look(sampler->board, now_ns);
    if (!wt_board_put(sampler->board, now_ns, &memory, activity))
        return false;
    if (sampler->focus_id == 0)
        return true;
    struct wt_worker_activity *focus = wt_arena_take(&frame->arena, 1, sizeof *focus);
    struct wt_attached_ask ask = {
        .snapshot = &frame->snapshot,
        .view = sampler->view,
        .stores = sampler->stores,
        .worker_id = sampler->focus_id,
        .now_ns = now_ns,
    };
    if (focus != NULL && wt_attached_focus(&ask, &frame->arena, focus))
        activity->focus = focus;
    return focus != NULL;
}
