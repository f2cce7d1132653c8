#include "ui/views/worker_row.h"

#include <math.h>
#include <string.h>

#include "base/map.h"

struct wt_worker_row wt_worker_row_at(const struct wt_app *app, size_t index) {
    const struct wt_worker_ref *ref = &app->workers[index];
    const struct wt_cohort *cohort = &app->snapshot->cohorts[ref->cohort];
    return (struct wt_worker_row){cohort, ref->row, cohort->rows[ref->row],
                                  &cohort->status[ref->row]};
}

uint64_t wt_worker_row_identity(const struct wt_worker_row *worker) {
    const struct wt_worker *who = worker->who;
    struct {
        int64_t pid;
        uint64_t start, id;
        uint8_t instance[16];
    } key = {.pid = who->pid, .start = who->start_time_ticks};
    if (who->has_instance)
        memcpy(key.instance, who->instance, sizeof key.instance);
    else if (who->pid == 0 || who->start_time_ticks == 0)
        key.id = who->id;
    return wt_hash(&key, sizeof key, 0);
}

/* The field of a worker's own schema that stands for this field of its service, -1 without. */
static int own_field(const struct wt_cohort *cohort, int service_field) {
    if (!cohort->schema || service_field < 0)
        return -1;
    for (uint32_t i = 0; i < cohort->schema->field_count; i++)
        if ((int)cohort->field_map[i] == service_field)
            return (int)i;
    return -1;
}

double wt_worker_row_value(const struct wt_worker_row *worker, int service_field) {
    int field = own_field(worker->cohort, service_field);
    if (field < 0)
        return NAN;
    return wt_number_to_double(wt_cohort_value(worker->cohort, worker->row, (size_t)field));
}

double wt_worker_row_rate(const struct wt_app *app, const struct wt_worker_row *worker,
                          int service_field) {
    int field = own_field(worker->cohort, service_field);
    if (field < 0)
        return NAN;
    return wt_cohort_rate(app->snapshot, worker->cohort, worker->row, (size_t)field);
}

double wt_worker_row_load(const struct wt_app *app, const struct wt_worker_row *worker) {
    const struct wt_service *service = wt_app_service(app);
    double capacity = wt_worker_row_value(worker, service->capacity_field);
    double busy = wt_worker_row_value(worker, service->busy_field);
    return isnan(capacity) || capacity <= 0 ? NAN : busy / capacity;
}

/* One that serves much is often seen between two requests. */
bool wt_worker_row_rests(const struct wt_app *app, const struct wt_worker_row *worker) {
    const struct wt_service *service = wt_app_service(app);
    return wt_worker_row_value(worker, service->busy_field) == 0 &&
           !(wt_worker_row_rate(app, worker, service->requests_field) > 0);
}

bool wt_worker_row_lags(const struct wt_app *app, const struct wt_worker_row *worker) {
    int64_t limit = wt_app_service(app)->limits.stuck_ns, since = worker->status->progress_ns;
    return limit > 0 && since != 0 &&
           wt_worker_row_value(worker, wt_app_service(app)->busy_field) > 0 &&
           app->snapshot->time.monotonic_ns - since >= limit / 2;
}
