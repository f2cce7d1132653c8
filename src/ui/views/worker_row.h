/* worker_row.h - one worker of the selected service, for the views that show it. Room-internal. */
#ifndef WT_UI_VIEWS_WORKER_ROW_H
#define WT_UI_VIEWS_WORKER_ROW_H

#include "ui/app_state.h"

struct wt_worker_row {
    const struct wt_cohort *cohort;
    size_t row;
    const struct wt_worker *who;
    const struct wt_row_status *status;
};

/* The worker at this index of app->workers. */
struct wt_worker_row wt_worker_row_at(const struct wt_app *app, size_t index);

/* A worker is the same one as long as its process and its place in it are, whatever its id. */
uint64_t wt_worker_row_identity(const struct wt_worker_row *worker);

/* Its value, and its rate per second, of a field of its service: NAN when it has none, and for -1.
 */
double wt_worker_row_value(const struct wt_worker_row *worker, int service_field);
double wt_worker_row_rate(const struct wt_app *app, const struct wt_worker_row *worker,
                          int service_field);

/* busy / capacity of it; NAN when either is unknown. */
double wt_worker_row_load(const struct wt_app *app, const struct wt_worker_row *worker);

/* Whether it has nothing to do, and served nothing since the last look. */
bool wt_worker_row_rests(const struct wt_app *app, const struct wt_worker_row *worker);

/* Whether it is busy, and has not moved for half of the time that makes it stuck, or longer. */
bool wt_worker_row_lags(const struct wt_app *app, const struct wt_worker_row *worker);

#endif /* WT_UI_VIEWS_WORKER_ROW_H */
