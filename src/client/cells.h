/* cells.h - the published words of one worktop, and how they move from segment to segment.
 *
 * Every field is one 8-byte word. Where the words lie changes; no add is lost when it does:
 *
 *                   attach            attach            (file truncated)
 *     home page ------------> segment ------> segment ------------------> another home page,
 *     (private)                 |                                         from the checkpoints
 *                               '--> frozen: a private copy, for ever; what late threads add
 *                                    there is a debt, drained into the words of today
 *
 * Forms (worktop.h): a one-writer or shared-set word is repaired from handle.own by compare-and-
 * swap, a shared-add word is the truth itself and moves as the essay in cells.c says. The words of
 * a group move all at once, by their writer: groups.h.
 *
 * Threads: one switcher at a time calls these functions (it holds the worktop's mutex); any number
 * of threads count through the handles meanwhile.
 */
#ifndef WT_CLIENT_CELLS_H
#define WT_CLIENT_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "base/status.h"
#include "shm/guard.h"
#include "shm/mapping.h"

enum { WT_CELL_LINE_BYTES = 64, WT_CELLS_MAX_PAGES = 2 };

/* One field. The handle comes first, so that a handle is its cell; each on a cache line of its
 * own, so that two threads with a field each do not slow each other down. */
struct wt_cell {
    _Alignas(WT_CELL_LINE_BYTES) struct worktop_handle handle;
    const char *key; /* owned by the cells */
    enum worktop_type type;
    enum worktop_form form; /* of a group's field: WORKTOP_ONE_WRITER */
    uint32_t group;         /* its number; 0: none */
    uint32_t offset;        /* of the word, from the start of the segment */
    uint32_t page;          /* which of the segment's pages holds it now: 0 or 1 */
    uint64_t checkpoint;    /* WORKTOP_ADD: the value at the last heartbeat */
};

/* One group; the handle comes first. groups.h. */
struct wt_cell_group {
    _Alignas(WT_CELL_LINE_BYTES) struct worktop_group handle;
    uint32_t number;
    uint32_t offset;       /* of the sequence word, from the start of the segment */
    uint32_t page;         /* as of a cell */
    struct wt_cell *first; /* its fields are those of this number in [first, end) */
    struct wt_cell *end;
};

/* Up to 272 words touch at most two pages; each is watched alone, because a truncation may take
 * only the second one. */
struct wt_cell_pages {
    uint32_t count; /* 0: private memory that nobody can truncate */
    wt_guard_handle guards[WT_CELLS_MAX_PAGES];
    bool broken[WT_CELLS_MAX_PAGES]; /* noticed: what lies there is not believed any more */
    uint64_t left_bytes; /* of the segment, when its file was cut within a page; else 0 */
    uint64_t *canary;    /* a constant behind the last word, on the last page; NULL without room */
};

struct wt_cell_debt; /* a retired page and what was already taken from it */

struct wt_cells {
    struct wt_cell *cells; /* never freed: handles outlive their worktop */
    uint32_t count;
    struct wt_cell_group *groups; /* behind the cells */
    uint32_t group_count;
    uint32_t extent_bytes;         /* end of the last word */
    unsigned char *data;           /* where word 0 lies now */
    struct wt_segment_map segment; /* all zero while at home */
    struct wt_cell_pages pages;    /* of the segment */
    struct wt_cell_debt *debts;
    uint64_t switches;
    uint64_t truncations;
};

/*
 * Makes the words of `count` valid fields on a private home page, all 0. On failure nothing is
 * held. WT_ENOMEM.
 */
wt_status wt_cells_init(struct wt_cells *cells, const struct worktop_field *fields, uint32_t count,
                        struct wt_error *err);

/* Makes everything private for good and frees what no late add can touch. */
void wt_cells_fini(struct wt_cells *cells);

/* Before any handle was given out: frees everything. */
void wt_cells_destroy(struct wt_cells *cells);

/* NULL when no field has this key. */
struct wt_cell *wt_cells_find(const struct wt_cells *cells, const char *key);

/*
 * Moves the words to the segment [offset, offset + size) of the file at `path` (absolute). Where
 * they are already, nothing moves. On failure the words stay where they are.
 *   WT_ERANGE  the segment is smaller than the words
 *   others     as wt_segment_map_open
 */
wt_status wt_cells_attach(struct wt_cells *cells, const char *path, uint64_t size, uint64_t offset,
                          struct wt_error *err);

/*
 * Once a second, and at every switch: drains debts, repairs words, takes checkpoints. True when a
 * truncation was noticed just now: the words are on a private page again, and the worker should
 * ask for another segment.
 */
bool wt_cells_heartbeat(struct wt_cells *cells);

/* Takes up what late threads added to pages that were left; cheap, and right at any time. */
void wt_cells_drain(struct wt_cells *cells);

/* In a forked child, before anything else runs in it: private copies in place of the segment. */
void wt_cells_detach(struct wt_cells *cells);

/* All words on a new home page, all 0. On failure (WT_ENOMEM) nothing changes. */
wt_status wt_cells_reset(struct wt_cells *cells, struct wt_error *err);

static inline bool wt_cells_has_segment(const struct wt_cells *cells) {
    return cells->segment.map != NULL && !cells->segment.frozen && !cells->pages.broken[0] &&
           !cells->pages.broken[1];
}

#endif /* WT_CLIENT_CELLS_H */
