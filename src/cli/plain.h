/* plain.h - snapshots as plain tables on standard output.
 *
 * One table at a time is written by libuv's thread pool: a reader that stalls costs tables, which
 * are dropped, and never delays the loop.
 *
 * Threads: the loop's.
 */
#ifndef WT_CLI_PLAIN_H
#define WT_CLI_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/buffer.h"
#include "config/options.h"
#include "export/columns.h"
#include "model/snapshot.h"

struct wt_plain {
    uv_loop_t *loop;
    uint64_t frames;                          /* how many tables; 0: no end */
    uint64_t frame_count;                     /* written or under way */
    bool done;                                /* all of them, or the reader is gone */
    int error;                                /* libuv's code of the write that failed, 0 without */
    struct wt_text_columns services, workers; /* count 0: the usual ones */
    struct wt_buffer text;                    /* under way; empty when nothing is */
    uv_fs_t write;
    void (*on_done)(void *context); /* called once, when `done` becomes true */
    void *context;
};

void wt_plain_init(struct wt_plain *plain, uv_loop_t *loop, uint64_t frames,
                   void (*on_done)(void *context), void *context);

/* Takes the columns that the command line asks for. A screen (no `is_used`) has its own: a list
 * that would change nothing is refused. WT_EINVAL. */
wt_status wt_plain_columns(struct wt_plain *plain, const struct wt_options *options, bool is_used,
                           struct wt_error *err);

/* Prints a table, unless one is still under way or all are printed. */
void wt_plain_print(struct wt_plain *plain, const struct wt_snapshot *snapshot);

/* Waits for nothing: false, with the memory kept, while a write is under way. */
bool wt_plain_fini(struct wt_plain *plain);

#endif /* WT_CLI_PLAIN_H */
