/* board.h - what one reader keeps of the regions of all workers, in bounded memory.
 *
 *     take_up ---> a worker's region is read at every look, with a cursor of the board's own
 *     look ------> rings that have news are polled; who does what is looked at
 *     let_go ----> what is left in the ring is read; the region belongs to somebody else
 *     bury ------> its process is gone: all of the region becomes a black box
 *     put -------> struct wt_activity, for a snapshot
 *
 * Kept, however many workers there are and whatever they write:
 *     the newest WT_ACTIVITY_NEWEST and the slowest WT_ACTIVITY_SLOWEST records: 110 KB
 *     WT_ACTIVITY_BOXES black boxes: 30 KB at most each
 *     for each worker some 200 bytes, and 8 for each thread that ever had a label
 *     for each worker at work 24 bytes between look and put
 *     how far the last WT_BOARD_AWAY that left were read: 200 bytes each, 2 KB with all threads
 * The slowest are those of the present and of the last WT_BOARD_PERIOD_NS, so that what was slow
 * once does not stay for ever.
 *
 * What a worker writes touches what is said of it and nothing else: of one that publishes without
 * end a look takes no more than WT_BOARD_ROUNDS times 64 records, the others wait in its ring, or
 * are counted as lost. Times in the future, impossible numbers, lengths and offsets are the
 * reader's business (shm/flight.h).
 *
 * Threads: one owner.
 */
#ifndef WT_FLIGHT_BOARD_H
#define WT_FLIGHT_BOARD_H

#include "base/clock.h"
#include "flight/region.h"

enum { WT_BOARD_ROUNDS = 16, WT_BOARD_AWAY = 256 };
#define WT_BOARD_PERIOD_NS (1800 * WT_NS_PER_S)

struct wt_board;

struct wt_board *wt_board_create(void);        /* NULL without memory */
void wt_board_destroy(struct wt_board *board); /* NULL is fine */

/* The worker writes this region (8-byte aligned, at least 64 bytes, mapped until it is let go) from
 * now on, instead of any it had before: what is left there is read first. It brings its newest
 * records along, under their numbers: they are not read twice, neither by a worker that is on the
 * board nor by one that comes back under another id, as long as its key and how far it was read are
 * known. The service is copied. False without memory: then the worker is not on the board. */
bool wt_board_take_up(struct wt_board *board, const struct wt_flight_owner *owner,
                      const void *region, size_t bytes, int64_t now_ns);

/* Its region is handed on, or is not to be read any more. With `read` what is left in its ring is
 * read first. Unknown ids are ignored. Returns how many records of it were read, or are counted as
 * lost: 0 when it was not on the board. */
uint64_t wt_board_let_go(struct wt_board *board, uint64_t worker_id, bool read, int64_t now_ns);

/* The worker's process is gone, and its region still as it left it. False when nothing is in it, or
 * without memory: then there is no box. */
bool wt_board_bury(struct wt_board *board, const struct wt_flight_owner *owner, const void *region,
                   size_t bytes, struct wt_time now);

/* Counts what the box of this worker has beyond the `passed` records that were read or lost before
 * it was let go: those left before it was taken up, and the ones that were written, but not yet
 * announced, when its threads died. Without a box there are none. */
void wt_board_settle(struct wt_board *board, uint64_t worker_id, uint64_t passed);

/* Why it ended, as far as anybody knows: for its box, if there is one. */
void wt_board_set_cause(struct wt_board *board, uint64_t worker_id, const char *cause);

/* What another reader kept: its records, boxes and counts come first. For a board that has not
 * looked yet; what is in the rings then is not counted a second time. False without memory. */
bool wt_board_seed(struct wt_board *board, const struct wt_activity *activity, int64_t now_ns);

/* Polls every ring. 1000 workers without news: 1 us. */
void wt_board_poll(struct wt_board *board, int64_t now_ns);

/* Polls, and looks who does what. */
void wt_board_look(struct wt_board *board, int64_t now_ns);

/* The same in parts, for somebody who reads the regions for other reasons at the same moment: what
 * one reads of them is at hand then. Begin; look at places as they come by, having them fetched
 * before; then wt_board_look, which looks at those that are left. Places that are not in use are
 * fine. A look that was begun and not ended is void. */
void wt_board_begin_look(struct wt_board *board, int64_t now_ns);
void wt_board_approach(const struct wt_board *board, uint32_t place); /* well before the next */
void wt_board_prefetch(const struct wt_board *board, uint32_t place);
void wt_board_look_at(struct wt_board *board, uint32_t place, int64_t now_ns);

/* Where a worker is until it is let go; WT_BOARD_NOWHERE when it is not on the board. */
#define WT_BOARD_NOWHERE UINT32_MAX
uint32_t wt_board_place(const struct wt_board *board, uint64_t worker_id);

/* What the last look found, but for `focus`. The work that is chosen is read when it is put: it is
 * never older than what this says. False without memory. */
bool wt_board_put(struct wt_board *board, int64_t now_ns, const struct wt_flight_memory *memory,
                  struct wt_activity *out);

/* What the worker does for longest; false when nothing, or it is not on the board. */
bool wt_board_longest(const struct wt_board *board, uint64_t worker_id, int64_t now_ns,
                      struct wt_flight *out);

/* The region of a worker; NULL when it is not on the board. */
const void *wt_board_region(const struct wt_board *board, uint64_t worker_id, size_t *bytes);

#endif /* WT_FLIGHT_BOARD_H */
