/* puppet.h - one simulated worker process as the monitor sees it: a pid, a connection, and regions
 * of shared memory that it writes.
 *
 * Two kinds. One without records does what a Ruby worker does: plain 8-byte stores into its
 * segment. One with records does what libworktop does: the same stores for its fields, and for each
 * of its threads wt_recorder_step, libworktop's own function, into the thread's record.
 *
 *     segment     requests_total  errors_total  requests_active  requests_queued  slots_limit
 *     recorder    header | {sequence, active, area_ns} of each slot
 *
 * A process keeps its numbers of its own and writes all of them when it is handed a new region, as
 * both libraries do. It goes on writing where it last wrote when its connection is gone.
 */
#ifndef WT_TESTS_SIM_PUPPET_H
#define WT_TESTS_SIM_PUPPET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/process.h"
#include "client/recorder.h"
#include "monitor/monitor.h"

struct sim_pipeline;

/* Pids of simulated processes begin above the largest that a kernel gives (2^22). */
#define SIM_FIRST_PID (INT64_C(1) << 24)

/* All processes there ever were, by pid. They answer for /proc. */
struct sim_processes {
    struct sim_process {
        uint64_t start_ticks;
        bool is_gone;
    } * items; /* owned */
    size_t count, capacity;
    const struct wt_time *now; /* borrowed */
    struct wt_process_source source;
};

void sim_processes_open(struct sim_processes *processes, const struct wt_time *now);
void sim_processes_close(struct sim_processes *processes);
int64_t sim_processes_start(struct sim_processes *processes); /* its pid */
void sim_processes_end(struct sim_processes *processes, int64_t pid);

enum sim_word {
    SIM_WORD_REQUESTS,
    SIM_WORD_ERRORS,
    SIM_WORD_ACTIVE,
    SIM_WORD_QUEUED,
    SIM_WORD_SLOTS,
    SIM_WORDS
};

/* Pages of a file around a region. All zero: none. */
struct sim_region {
    void *map;
    size_t map_bytes;
    unsigned char *data;
    uint64_t bytes;
};

struct sim_puppet {
    bool has_records;
    uint32_t slot_count;
    int64_t pid;
    uint8_t instance[16];
    uint64_t id;         /* of its registration; 0: not connected */
    uint64_t generation; /* of the monitor whose segment it writes; 0: it writes none */
    struct sim_region segment, recorder;
    uint64_t words[SIM_WORDS];   /* its own truth */
    struct wt_track_slot *slots; /* owned; NULL without records */
    int64_t connected_ns;        /* the last time; monotonic */
};

/* A new process. */
void sim_puppet_start(struct sim_puppet *puppet, struct sim_processes *processes, bool has_records,
                      uint32_t slot_count);

/* It is gone: its regions are unmapped as the kernel does. The connection is the caller's. */
void sim_puppet_end(struct sim_puppet *puppet, struct sim_processes *processes);

/* Its own number, and what lies in its segment. */
void sim_puppet_set(struct sim_puppet *puppet, enum sim_word word, uint64_t value);

/* A request begins (1) or ends (-1) in a slot. Nothing without records. */
void sim_puppet_step(struct sim_puppet *puppet, uint32_t slot, int step, int64_t now_ns);

void sim_puppet_heartbeat(struct sim_puppet *puppet, int64_t now_ns);

/* Registers, and answers all calls that follow. Without room it is called later: sim_puppet_take.
 * The monitor must be there. */
void sim_puppet_connect(struct sim_puppet *puppet, struct sim_pipeline *pipeline,
                        const char *service, struct wt_time now);

/* The monitor calls it with an offer. */
void sim_puppet_take(struct sim_puppet *puppet, struct sim_pipeline *pipeline,
                     const struct wt_offer *offer, struct wt_time now);

/* Its connection closes; it says goodbye first when it leaves by itself. */
void sim_puppet_disconnect(struct sim_puppet *puppet, struct sim_pipeline *pipeline, bool goodbye,
                           struct wt_time now);

/* Whether a monitor can read what it writes now: that of `pipeline`, or the one before it. */
bool sim_puppet_is_visible(const struct sim_puppet *puppet, const struct sim_pipeline *pipeline);

#endif /* WT_TESTS_SIM_PUPPET_H */
