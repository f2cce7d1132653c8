/* flight.h - what one thread does now and what it did last, for whoever reads the region.
 *
 * A thread that begins work with a label, or leaves a record, gets a writer. The writer keeps what
 * is under way on a stack of frames, shows the innermost one in its in-flight entry, and puts
 * records into its part of the ring (shm/layout.h): plain stores, no lock, no system call. Entry
 * and part lie on a page, at home in private memory, or in a region that the monitor offers.
 *
 * Threads: what is said to be the writer's belongs to the thread that has its slot; the rest to
 * the one switcher that holds the worktop's mutex.
 */
#ifndef WT_CLIENT_FLIGHT_H
#define WT_CLIENT_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "shm/layout.h"

enum {
    WT_FLIGHT_FRAMES = WORKTOP_MAX_LABELS,
    WT_FLIGHT_HOME_RECORDS = 32, /* kept while there is no region */
    WT_FLIGHT_TEXT_WORDS = WT_FLIGHT_TEXT_BYTES / 8
};

/* No number of pieces under way, which may pass below 0 when some end on other threads. */
#define WT_NO_LABEL_LEVEL (UINT64_C(1) << 63)

/* Where a writer writes. */
struct wt_flight_page {
    struct wt_shared_flight *entry;
    struct wt_shared_record *records; /* its part of the ring */
    uint64_t *mark;                   /* the region's ring_mark */
    uint64_t copied;                  /* the switcher put records up to this number here */
    uint32_t first, count;            /* the part, in the region's ring */
};

/* The words of an entry or record from 32 on, as they are stored. */
struct wt_flight_words {
    uint64_t facts; /* thread_id, lengths, flags, and depth or kind */
    uint64_t text[WT_FLIGHT_TEXT_WORDS];
};

struct wt_flight_frame {
    uint64_t level; /* pieces under way with this one: who ends this many ends this one */
    uint64_t since_ns;
    struct wt_flight_words words;
};

struct wt_flight_writer {
    /* The writer's own. Atomic words are read by the switcher. */
    uint64_t sequence; /* atomic; odd while the stack changes; the entry gets the same numbers */
    struct wt_flight_frame *top;    /* atomic: the innermost frame; the first one: none */
    struct wt_shared_flight *entry; /* of the page */
    struct wt_flight_page *page;    /* atomic */
    struct wt_flight_page *offer;   /* atomic: where to go on; who takes it out owns that page */
    uint64_t published;             /* atomic; number of the newest record */
    uint32_t next;                  /* place of the next record on the page */
    uint32_t thread_id;
    uint32_t index; /* of the slot, for ever */

    /* The switcher's. */
    struct wt_flight_page *offered; /* the last one; the writer's, when it is not in `offer` */
    struct wt_flight_page *taken;   /* the last one that was found to be the writer's */
    uint64_t region_serial;         /* of the region that it was offered a page of; 0: none */
    struct wt_flight_page pages[3]; /* the one that is written, one being taken, one on offer */

    struct wt_flight_frame frames[1 + WT_FLIGHT_FRAMES]; /* the first: nothing is under way */
    uint64_t home_mark;
    struct wt_shared_flight home_entry;
    struct wt_shared_record home_records[WT_FLIGHT_HOME_RECORDS];
};

/* ---- The writer's thread ---- */

/* NULL without memory. For slot `index`; the calling thread's. */
struct wt_flight_writer *wt_flight_create(uint32_t index);

/* Another thread has the slot from now on, and calls this: nothing is under way. */
void wt_flight_take_over(struct wt_flight_writer *writer);

/* Everything that is under way is forgotten: the thread ends, or did not come along in a fork. */
void wt_flight_forget(struct wt_flight_writer *writer);

/* Pieces of work begin and end: flight_stack.h. */

/* The request id of the innermost one; returns its bytes, 0 without. */
size_t wt_flight_top_id(const struct wt_flight_writer *writer, char id[WT_FLIGHT_ID_BYTES]);

/* A record: its words, and what goes before them. The facts' flags and kind are those given here.
 */
struct wt_flight_note {
    enum wt_record_kind kind;
    unsigned flags; /* enum wt_flight_flag, of TIMED, SLOW, FAILED */
    uint64_t time_ns, duration_ns;
    int64_t value;
};
void wt_flight_publish(struct wt_flight_writer *writer, const struct wt_flight_note *note,
                       const struct wt_flight_words *words);

/* Label and id as they are stored: cut, and marked, where they are too long. */
void wt_flight_write_words(struct wt_flight_words *words, const struct worktop_label *label,
                           uint32_t thread_id);

/* ---- The switcher ---- */

/* The page of `entry` and `records` (all zero, nobody else writes there) is the writer's to take
 * from now on; it holds already what can be read of the writer's present one. */
void wt_flight_offer(struct wt_flight_writer *writer, const struct wt_flight_page *page,
                     uint64_t region_serial, uint64_t copy_mark);

/* Once a second: what changed on the writer's present page, as long as it did not take the offer.
 */
void wt_flight_refresh(struct wt_flight_writer *writer, uint64_t copy_mark);

/* Nobody shall take the offer any more. */
void wt_flight_withdraw(struct wt_flight_writer *writer);

/* In a forked child, whose only thread calls it: home again, with nothing. */
void wt_flight_reset(struct wt_flight_writer *writer);

#endif /* WT_CLIENT_FLIGHT_H */
