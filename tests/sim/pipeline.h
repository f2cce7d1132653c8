/* pipeline.h - the real monitor under simulation: made, fed, killed and replaced as by worktop.
 *
 * A monitor that is killed is never called again, and its files stay as they are at that moment.
 * The next one finds them by src/shm/place.h, as worktop does, and takes over.
 */
#ifndef WT_TESTS_SIM_PIPELINE_H
#define WT_TESTS_SIM_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/monitor.h"
#include "shm/place.h"

struct sim_pipeline {
    char *directory; /* owned */
    char socket_path[160];
    struct wt_place place; /* of the present monitor */
    const struct wt_health_limits *limits;
    struct wt_schema *schema;   /* of all workers */
    struct wt_monitor *monitor; /* NULL: none runs */
    uint64_t generation;        /* of the monitor: 1, 2, 3 ... */
    int64_t started_ns;         /* monotonic: the present one */
    struct wt_monitor **killed; /* owned: destroyed at the end only */
    size_t killed_count;
};

void sim_pipeline_open(struct sim_pipeline *pipeline, const struct wt_health_limits *limits);
void sim_pipeline_close(struct sim_pipeline *pipeline); /* kills the last one, removes all files */

void sim_pipeline_start(struct sim_pipeline *pipeline, struct wt_time now);
void sim_pipeline_kill(struct sim_pipeline *pipeline);

/* A look at plain gauges between two ticks. */
void sim_pipeline_look(struct sim_pipeline *pipeline, struct wt_time now);

/* A tick as src/net/runner.c makes one, growth included. Offers that follow go to `offer`. */
const struct wt_snapshot *sim_pipeline_tick(struct sim_pipeline *pipeline, struct wt_time now,
                                            void (*offer)(void *context, uint64_t id,
                                                          const struct wt_offer *offer),
                                            void *context);

#endif /* WT_TESTS_SIM_PIPELINE_H */
