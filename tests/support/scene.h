/* scene.h - a monitor and its server on a loop in this process, and scripted workers on real
 * sockets, each with a bus peer of its own. Everything moves only inside scene_pump.
 */
#ifndef WT_TESTS_SCENE_H
#define WT_TESTS_SCENE_H

#include "support/support.h"

#include <uv.h>

#include "base/clock.h"
#include "bus/peer.h"
#include "monitor/monitor.h"
#include "net/server.h"

enum { SCENE_WORKERS = 12, SCENE_SEGMENT_BYTES = 512 };
#define SCENE_PATIENCE_NS (20 * WT_NS_PER_S)
#define SCENE_SETUP_TIMEOUT_NS (50 * WT_NS_PER_MS)
#define SCENE_PATIENT_TIMEOUT_NS (60 * WT_NS_PER_S)

enum scene_behaviour { ANSWERS, ANSWERS_NOTHING, HANGS, DECLINES_RECORDER, HANGS_AT_RECORDER };

struct scene_worker {
    int fd;
    struct wt_bus_peer *peer;
    enum scene_behaviour behaviour;
    uint64_t id; /* 0 until register was answered */
    size_t setup_count, recorder_count;
    struct wt_bus_token setup_id;    /* the last one, for late answers */
    struct wt_bus_token recorder_id; /* of the last setup_recorder */
    bool ended, failed;
};

struct scene {
    char directory[64], socket[96], store[96], recorders[96];
    uv_loop_t loop;
    struct wt_monitor *monitor;
    struct wt_server *server;
    struct scene_worker workers[SCENE_WORKERS];
    wt_status (*text)(struct wt_buffer *out);
};

/* A store of 8 segments that grows up to max_bytes (0: as far as it likes). Nobody is given up. */
void scene_open(struct scene *scene, uint64_t max_bytes);

/* Another one, whose workers have SCENE_SETUP_TIMEOUT_NS to answer. On a busy machine also those
 * who answer at once may be late: they are asked again. */
void scene_open_hasty(struct scene *scene);

/* Closes it all; fails the test when a file was left behind. */
void scene_close(struct scene *scene);

/* Worker number `index` connects and asks to be registered as "web". */
struct scene_worker *scene_join(struct scene *scene, size_t index, enum scene_behaviour behaviour,
                                bool has_instance);
void scene_leave(struct scene_worker *worker);

/* Answers a setup call with a schema of one field, or of none. */
void scene_return_schema(struct wt_bus_peer *peer, const struct wt_bus_token *id, bool empty);

/* One round of the loop and of every worker. */
void scene_pump(struct scene *scene);

#define SCENE_UNTIL(scene, condition)                                                              \
    do {                                                                                           \
        int64_t end_ns = wt_clock_now().monotonic_ns + SCENE_PATIENCE_NS;                          \
        while (!(condition)) {                                                                     \
            assert_true(wt_clock_now().monotonic_ns < end_ns);                                     \
            scene_pump(scene);                                                                     \
        }                                                                                          \
    } while (0)

/* Looks; the worker's row and state in that look, NULL when it is not there. */
const struct wt_worker *scene_look_for(struct scene *scene, uint64_t id,
                                       enum wt_worker_state *state);

#endif /* WT_TESTS_SCENE_H */
