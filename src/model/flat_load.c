#include "model/flat_load.h"

#include <math.h>

#include "model/flat_layout.h"

void wt_flat_put_load(struct wt_buffer *out, const struct wt_load *load) {
    struct wt_flat_load_record record = {.source = (uint32_t)load->source,
                                         .window_count = WT_WINDOW_COUNT,
                                         .watched_s = load->watched_s,
                                         .busy_s = load->busy_s,
                                         .capacity_s = load->capacity_s,
                                         .queue_s = load->queue_s};
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        const struct wt_window_load *window = &load->windows[i];
        record.windows[i] =
            (struct wt_flat_window_record){.utilization_ratio = window->utilization_ratio,
                                           .mean_wait_s = window->mean_wait_s,
                                           .queue_growth_per_s = window->queue_growth_per_s};
    }
    wt_flat_put(out, &record, sizeof record);
}

static double not_below_zero(double value) {
    return isfinite(value) && value >= 0 ? value : (double)NAN;
}

struct wt_load wt_flat_read_load(struct wt_flat_reader *reader) {
    static const struct wt_flat_rule rules[] = {
        WT_FLAT_RULE(struct wt_flat_load_record, source, 0, WT_BUSY_BOTH),
        WT_FLAT_RULE(struct wt_flat_load_record, window_count, WT_WINDOW_COUNT, WT_WINDOW_COUNT),
    };
    struct wt_flat_load_record record;
    struct wt_load load = wt_load_unknown();
    if (!WT_FLAT_TAKE(reader, &record, rules))
        return load;
    load.source = (enum wt_busy_source)record.source;
    load.watched_s = not_below_zero(record.watched_s);
    load.busy_s = not_below_zero(record.busy_s);
    load.capacity_s = not_below_zero(record.capacity_s);
    load.queue_s = not_below_zero(record.queue_s);
    for (int i = 0; i < WT_WINDOW_COUNT; i++) {
        const struct wt_flat_window_record *window = &record.windows[i];
        load.windows[i] = (struct wt_window_load){
            .utilization_ratio = not_below_zero(window->utilization_ratio),
            .mean_wait_s = not_below_zero(window->mean_wait_s),
            .queue_growth_per_s =
                isfinite(window->queue_growth_per_s) ? window->queue_growth_per_s : (double)NAN,
        };
    }
    return load;
}
