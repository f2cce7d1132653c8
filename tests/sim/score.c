#include "sim/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fleet.h"

const int64_t sim_windows_ns[SIM_WINDOWS] = {10 * WT_NS_PER_S, 60 * WT_NS_PER_S, 300 * WT_NS_PER_S};

/* A minute whose longest queue was shorter says nothing about how well peaks are seen. */
enum { SHORT_QUEUE = 5 };

/* ---- errors ---------------------------------------------------------------------------------- */

void sim_error_add(struct sim_error *error, double shown, double truth) {
    double off = shown - truth, bin = fabs(off) / error->bin_width;
    error->count++;
    error->sum += off;
    error->square_sum += off * off;
    error->least = fmin(error->least, off);
    error->most = fmax(error->most, off);
    error->bins[bin < SIM_BINS - 1 ? (size_t)bin : SIM_BINS - 1]++;
}

double sim_error_rms(const struct sim_error *error) {
    return error->count == 0 ? 0 : sqrt(error->square_sum / (double)error->count);
}

double sim_error_worst(const struct sim_error *error) {
    return fmax(error->most, -error->least);
}

double sim_error_quantile(const struct sim_error *error, double q) {
    uint64_t below = 0, wanted = (uint64_t)ceil(q * (double)error->count);
    for (size_t i = 0; i < SIM_BINS - 1; i++)
        if ((below += error->bins[i]) >= wanted)
            return fmin(error->bin_width * (double)(i + 1), sim_error_worst(error));
    return sim_error_worst(error);
}

void sim_error_merge(struct sim_error *into, const struct sim_error *other) {
    into->bin_width = other->bin_width;
    into->count += other->count;
    into->sum += other->sum;
    into->square_sum += other->square_sum;
    into->least = fmin(into->least, other->least);
    into->most = fmax(into->most, other->most);
    for (size_t i = 0; i < SIM_BINS; i++)
        into->bins[i] += other->bins[i];
}

/* ---- the truth by ticks ---------------------------------------------------------------------- */

void sim_score_open(struct sim *sim) {
    for (size_t i = 0; i < sim->service_count; i++) {
        struct sim_score *score = &sim->services[i].score;
        score->trail = sim_resize(NULL, SIM_TRAIL * sizeof *score->trail);
        score->rate.bin_width = score->queue_peak.bin_width = 0.05;
        score->moment.bin_width = score->looked.bin_width = 0.01;
        for (size_t w = 0; w < SIM_WINDOWS; w++) {
            score->utilization[w].bin_width = 0.005;
            score->wait[w].bin_width = score->real_wait[w].bin_width = 0.05;
        }
    }
}

void sim_score_close(struct sim *sim) {
    for (size_t i = 0; i < sim->service_count; i++)
        free(sim->services[i].score.trail);
}

void sim_score_restart(struct sim *sim) {
    for (size_t i = 0; i < sim->service_count; i++) {
        sim->services[i].score.trail_count = 0;
        sim->services[i].score.minute = -1;
    }
}

void sim_score_look(struct sim *sim) {
    for (size_t i = 0; i < sim->service_count; i++) {
        const struct sim_service *service = &sim->services[i];
        struct sim_look *look = &sim->services[i].score.look, last = *look;
        double passed_ns = last.at_ns == 0 ? 0 : (double)(sim->now.monotonic_ns - last.at_ns);
        look->at_ns = sim->now.monotonic_ns;
        look->busy = service->busy.value;
        look->capacity = service->capacity.value;
        look->busy_area += passed_ns * (double)(look->busy + last.busy) / 2;
        look->capacity_area += passed_ns * (double)(look->capacity + last.capacity) / 2;
    }
}

static struct sim_mark mark_now(const struct sim *sim, const struct sim_service *service) {
    int64_t now = sim->now.monotonic_ns;
    return (struct sim_mark){.at_ns = now,
                             .busy = sim_meter_area(&service->busy, now),
                             .capacity = sim_meter_area(&service->capacity, now),
                             .queue = sim_meter_area(&service->queue_len, now),
                             .started = service->started_count,
                             .done = service->done_count,
                             .wait_sum_ns = service->wait_sum_ns,
                             .looked_busy = service->score.look.busy_area,
                             .looked_capacity = service->score.look.capacity_area};
}

/* The mark `back` ticks ago, 0 being the last one. */
static const struct sim_mark *mark_back(const struct sim_score *score, uint64_t back) {
    return &score->trail[(score->trail_count - 1 - back) % SIM_TRAIL];
}

const struct sim_mark *sim_mark_before(const struct sim_score *score, int64_t window_ns) {
    uint64_t kept = score->trail_count < SIM_TRAIL ? score->trail_count : SIM_TRAIL;
    int64_t wanted = mark_back(score, 0)->at_ns - window_ns;
    uint64_t near = 0, far = kept - 1; /* the first one that is not after `wanted` */
    while (near < far) {
        uint64_t middle = (near + far) / 2;
        if (mark_back(score, middle)->at_ns > wanted)
            near = middle + 1;
        else
            far = middle;
    }
    const struct sim_mark *at = mark_back(score, near);
    const struct sim_mark *later = near > 0 ? mark_back(score, near - 1) : at;
    return later->at_ns - wanted < wanted - at->at_ns ? later : at;
}

/* ---- figures --------------------------------------------------------------------------------- */

double sim_shown_utilization(const struct wt_service *shown, size_t window) {
    return shown->load.windows[window].utilization_ratio;
}

double sim_shown_wait_s(const struct wt_service *shown, size_t window) {
    return shown->load.windows[window].mean_wait_s;
}

static void score_windows(struct sim_score *score, const struct wt_service *shown) {
    const struct sim_mark *now = mark_back(score, 0);
    for (size_t w = 0; w < SIM_WINDOWS; w++) {
        double utilization = sim_shown_utilization(shown, w), wait = sim_shown_wait_s(shown, w);
        const struct sim_mark *then = sim_mark_before(score, sim_windows_ns[w]);
        double busy = (double)(now->busy - then->busy);
        double capacity = (double)(now->capacity - then->capacity);
        double queue_ms = (double)(now->queue - then->queue) / 1e6;
        double waited_ms = (double)(now->wait_sum_ns - then->wait_sum_ns) / 1e6;
        uint64_t done = now->done - then->done, started = now->started - then->started;
        score->window_unknown_count[w] += isnan(utilization);
        if (!isnan(utilization))
            sim_error_add(&score->utilization[w], 100 * utilization, 100 * busy / capacity);
        double looked =
            (now->looked_busy - then->looked_busy) / (now->looked_capacity - then->looked_capacity);
        if (!isnan(utilization) && !isnan(looked) && sim_windows_ns[w] == 60 * WT_NS_PER_S)
            sim_error_add(&score->looked, 100 * looked, 100 * busy / capacity);
        if (isnan(wait) || done == 0 || started == 0)
            continue;
        sim_error_add(&score->wait[w], 1e3 * wait, queue_ms / (double)done);
        sim_error_add(&score->real_wait[w], 1e3 * wait, waited_ms / (double)started);
        score->wait_sum_ms[w] += queue_ms / (double)done;
    }
}

static void score_rate(struct sim_service *service, double shown) {
    struct sim_score *score = &service->score;
    if (isnan(shown) || score->trail_count < 2) {
        score->rate_unknown_count++;
        return;
    }
    const struct sim_service_spec *spec = service->spec;
    const struct sim_mark *now = mark_back(score, 0), *then = mark_back(score, 1);
    double seconds = (double)(now->at_ns - then->at_ns) / 1e9;
    double truth = (double)(now->done - then->done) / seconds;
    double usual = spec->load * spec->seats * spec->slots / sim_law_mean_s(&spec->law);
    double limit = 1e-6 * (1 + truth);
    sim_error_add(&score->rate, 100 * shown / usual, 100 * truth / usual);
    score->rate_over_count += shown > truth + limit;
    score->rate_under_count += shown < truth - limit;
    score->rate_over_most = fmax(score->rate_over_most, shown - truth);
}

static void score_total(struct sim *sim, uint32_t number, struct wt_number shown) {
    struct sim_score *score = &sim->services[number].score;
    wt_int128 truth = (wt_int128)sim_fleet_known(sim, number), off = shown.integer - truth;
    if (shown.kind != WT_NUMBER_INTEGER)
        off = truth == 0 ? 1 : truth;
    off = off < 0 ? -off : off;
    score->total_wrong_count += off != 0;
    score->total_wrong_most = off > score->total_wrong_most ? off : score->total_wrong_most;
    score->total_fell_count += shown.integer < score->last_total;
    score->last_total = shown.integer;
}

static void score_queue(struct sim *sim, struct sim_service *service,
                        const struct wt_service *shown) {
    struct sim_score *score = &service->score;
    int64_t minute = sim->now.monotonic_ns / (60 * WT_NS_PER_S);
    double queue = wt_service_sum(shown, shown->queue_field);
    if (minute != score->minute) {
        double truth = (double)sim_meter_peak(&service->queue_len);
        if (score->minute >= 0 && truth >= SHORT_QUEUE)
            sim_error_add(&score->queue_peak, 100 * (double)score->queue_shown_peak / truth, 100);
        score->minute = minute;
        score->queue_shown_peak = 0;
    }
    if (queue > (double)score->queue_shown_peak)
        score->queue_shown_peak = (int64_t)queue;
}

/* What a naive monitor would say: the sum over live workers, and its slope. */
static void score_naively(struct sim *sim, uint32_t number, const struct wt_field_stats *field,
                          double seconds) {
    struct sim_score *score = &sim->services[number].score;
    double slope = (double)(field->sum.integer - score->naive_sum) / seconds;
    score_rate(&sim->services[number], slope < 0 ? (double)field->sum.integer / seconds : slope);
    score->naive_sum = field->sum.integer;
    score_total(sim, number, field->sum);
}

static void score_service(struct sim *sim, uint32_t number, const struct wt_snapshot *snapshot) {
    struct sim_service *service = &sim->services[number];
    struct sim_score *score = &service->score;
    int at = wt_snapshot_find_service(snapshot, service->spec->name);
    score->trail[score->trail_count++ % SIM_TRAIL] = mark_now(sim, service);
    if (at < 0 || snapshot->services[at].requests_field < 0)
        return; /* its workers are not there yet */
    const struct wt_service *shown = &snapshot->services[at];
    const struct wt_field_stats *requests = &shown->fields[shown->requests_field];
    score->tick_count++;
    score_windows(score, shown);
    score_queue(sim, service, shown);
    if (!isnan(shown->utilization_ratio) && service->capacity.value > 0)
        sim_error_add(&score->moment, 100 * shown->utilization_ratio,
                      100 * (double)service->busy.value / (double)service->capacity.value);
    if (sim->options->fault == SIM_FAULT_NAIVE_SUM) {
        score_naively(sim, number, requests, (double)snapshot->tick_ns / 1e9);
    } else {
        score_rate(service, requests->rate_per_s);
        score_total(sim, number, requests->total);
    }
    sim_verdicts_tick(sim, number, snapshot, shown);
}

void sim_score_tick(struct sim *sim, const struct wt_snapshot *snapshot) {
    for (uint32_t number = 0; number < sim->service_count; number++)
        score_service(sim, number, snapshot);
}
