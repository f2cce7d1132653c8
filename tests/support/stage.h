/* stage.h - a monitor whose files a viewer attaches to: played by the test, on its clock, in the
 * name of a child process that can be stopped and killed.
 */
#ifndef WT_TESTS_SUPPORT_STAGE_H
#define WT_TESTS_SUPPORT_STAGE_H

#include "attach/attach.h"
#include "shm/directory.h"
#include "support/worker.h"

/* A monitor in this process, and its files as a monitor in process `pid` would write them. */
struct stage {
    struct wt_rig rig;
    struct wt_directory *directory;
    char path[128];
    uint64_t version;         /* of the workers part */
    bool same_workers;        /* stage_publish: they are those of the last time */
    uint64_t events, resizes; /* put */
    pid_t pid;                /* a child, so that it can be stopped and killed */
    struct wt_attach *attach;
};

/* A rig (one page of segments), a directory file (mode 0400) without a snapshot, the guard. Tests
 * fail when anything does. */
void stage_open(struct stage *stage);
void stage_close(struct stage *stage); /* attach included */

/* Another file at the path, as process `pid` would write it. */
void stage_create_directory(struct stage *stage, struct wt_directory **out, pid_t pid);

/* Ticks, and publishes the look as a monitor does. */
const struct wt_snapshot *stage_publish(struct stage *stage, int64_t ns);

void stage_attach(struct stage *stage);
const struct wt_snapshot *stage_look(struct stage *stage);
const struct wt_snapshot *stage_look_later(struct stage *stage, int64_t ns);

/* source.problem holds this. */
void stage_assert_says(const struct wt_snapshot *snapshot, const char *part);

/* Both are the same JSON document, but for their sources. */
void stage_assert_same(const struct wt_snapshot *a, const struct wt_snapshot *b,
                       struct wt_time now);

#endif /* WT_TESTS_SUPPORT_STAGE_H */
