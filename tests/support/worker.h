/* worker.h - a monitor in a fresh directory, and workers that write its store through their own
 * mapping, as processes of any language would. For tests of src/monitor.
 *
 * All functions end the test when something fails. The clock is the test's: it starts at 1000 s and
 * moves only by wt_rig_advance.
 */
#ifndef WT_TESTS_WORKER_H
#define WT_TESTS_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "monitor/monitor.h"

struct wt_rig {
    char directory[64];
    char store_path[96], recorder_path[96], wide_path[96];
    struct wt_monitor_options options;
    struct wt_monitor *monitor;
    struct wt_time now;
};

/* tune may be NULL; it sees the options before the monitor is made: one page, segments of 512, and
 * an interval of a day, so that ticks may be as far apart as the test likes. */
void wt_rig_open(struct wt_rig *rig, void (*tune)(struct wt_monitor_options *options));
void wt_rig_close(struct wt_rig *rig);
void wt_rig_advance(struct wt_rig *rig, int64_t ns);

/* Advances by ns and ticks. Checks the invariants that hold at every tick, and that the store finds
 * itself in order. */
const struct wt_snapshot *wt_rig_tick(struct wt_rig *rig, int64_t ns);

/* A worker of this process: another process's pid may be put into `pid` before registering. */
struct wt_fake {
    struct wt_rig *rig;
    uint64_t id;
    struct wt_offer offer;
    void *map; /* of the pages around the segment; NULL without */
    size_t map_bytes;
    unsigned char *segment;
};

/* A schema from "key type offset" triples, NULL at the end. */
struct wt_schema *wt_fake_schema(const char *const *triples);

/* Registration only. service NULL: no name. instance: 0 for none, else a key made of it. */
struct wt_fake wt_fake_register(struct wt_rig *rig, const char *service, int64_t pid,
                                uint64_t instance);

/* Maps the segment and answers the setup with this schema. */
void wt_fake_answer(struct wt_fake *fake, const char *const *triples);

/* Both, for a worker of this very process without an instance key. */
struct wt_fake wt_fake_join(struct wt_rig *rig, const char *service, const char *const *triples);

/* Takes the next offer, which must be of a segment for this worker, and maps it instead of the one
 * it had. */
void wt_fake_take_offer(struct wt_fake *fake);
void wt_rig_assert_no_offer(struct wt_rig *rig);

/* Stores whose file was lost and that are still open. */
size_t wt_rig_retired_stores(const struct wt_rig *rig);

void wt_fake_map(struct wt_fake *fake);
void wt_fake_unmap(struct wt_fake *fake); /* harmless without a map */
void wt_fake_leave(struct wt_fake *fake); /* unmaps, and its connection closes */
void wt_fake_set(struct wt_fake *fake, size_t offset, uint64_t value);
void wt_fake_set32(struct wt_fake *fake, size_t offset, uint32_t value);
void wt_fake_set_real(struct wt_fake *fake, size_t offset, double value);

/* Where a worker is in a snapshot; false when it is not there. */
struct wt_spot {
    const struct wt_cohort *cohort;
    size_t row;
    const struct wt_worker *worker;
    const struct wt_row_status *status;
};
bool wt_find_worker(const struct wt_snapshot *snapshot, uint64_t id, struct wt_spot *out);

/* The service, which must be there; the field of it, which must be there. */
const struct wt_service *wt_find_service(const struct wt_snapshot *snapshot, const char *name);
const struct wt_field_stats *wt_find_field(const struct wt_snapshot *snapshot, const char *service,
                                           const char *key);

/* Whether an event of this kind with `part` in its text is there. */
bool wt_has_event(const struct wt_snapshot *snapshot, enum wt_event_kind kind, const char *part);

size_t wt_count_events(const struct wt_snapshot *snapshot, enum wt_event_kind kind);

void wt_assert_integer(struct wt_number number, int64_t value);

/* A child that waits for ever; it dies with the test. */
pid_t wt_child_start(void);
/* kill -9 and wait until it is dead; `reap`: not even a zombie is left. */
void wt_child_kill(pid_t pid, bool reap);
void wt_child_reap(pid_t pid);

#endif /* WT_TESTS_WORKER_H */
