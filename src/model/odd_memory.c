#include "model/odd_memory.h"

#include <stdlib.h>
#include <string.h>

#include "model/select.h"

void wt_odd_memory_fini(struct wt_odd_memory_scratch *scratch) {
    free(scratch->bytes);
    free(scratch->seen);
    *scratch = (struct wt_odd_memory_scratch){.capacity = 0};
}

static bool make_room(struct wt_odd_memory_scratch *scratch, size_t count) {
    if (count <= scratch->capacity)
        return true;
    wt_odd_memory_fini(scratch);
    scratch->bytes = malloc(count * sizeof *scratch->bytes);
    scratch->seen = malloc(count * sizeof *scratch->seen);
    if (scratch->bytes == NULL || scratch->seen == NULL)
        return false;
    scratch->capacity = count;
    return true;
}

/* The index of the process behind the worker; SIZE_MAX when it is not known. */
static size_t find_process(const struct wt_snapshot *snapshot, const struct wt_worker *worker) {
    const struct wt_process *process = wt_snapshot_process(snapshot, worker);
    return process == NULL ? SIZE_MAX : (size_t)(process - snapshot->processes);
}

static void look_at_cohort(const struct wt_snapshot *snapshot, const struct wt_cohort *cohort,
                           struct wt_odd_memory_scratch *scratch, struct wt_odd_memory *found) {
    int64_t last_pid = 0; /* workers of one process are often neighbours */
    for (size_t row = 0; row < cohort->row_count; row++) {
        const struct wt_worker *worker = cohort->rows[row];
        if (worker == NULL || worker->pid <= 0 || worker->pid == last_pid ||
            cohort->status[row].state == WT_WORKER_GONE)
            continue;
        last_pid = worker->pid;
        size_t at = find_process(snapshot, worker);
        if (at == SIZE_MAX || scratch->seen[at] || snapshot->processes[at].rss_bytes == 0)
            continue;
        scratch->seen[at] = true;
        uint64_t bytes = snapshot->processes[at].rss_bytes;
        scratch->bytes[found->process_count++] = bytes;
        if (found->worker_id == 0 || (double)bytes > found->most_bytes) {
            found->worker_id = worker->id;
            found->worker_pid = worker->pid;
            found->most_bytes = (double)bytes;
        }
    }
}

struct wt_odd_memory wt_odd_memory_find(const struct wt_snapshot *snapshot, size_t service,
                                        struct wt_odd_memory_scratch *scratch) {
    struct wt_odd_memory found = {.worker_id = 0};
    if (snapshot->process_count == 0 || !make_room(scratch, snapshot->process_count))
        return found;
    memset(scratch->seen, 0, snapshot->process_count * sizeof *scratch->seen);
    for (size_t i = 0; i < snapshot->cohort_count; i++)
        if (snapshot->cohorts[i].service == service)
            look_at_cohort(snapshot, &snapshot->cohorts[i], scratch, &found);
    if (found.process_count > 0)
        found.median_bytes = (double)wt_select(scratch->bytes, found.process_count,
                                               wt_select_p50(found.process_count));
    return found;
}
