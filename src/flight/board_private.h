/* board_private.h - the board's memory. For the files of src/flight only. */
#ifndef WT_FLIGHT_BOARD_PRIVATE_H
#define WT_FLIGHT_BOARD_PRIVATE_H

#include "base/map.h"
#include "flight/board.h"

enum { WT_BOARD_NAME_BYTES = 256, WT_BOARD_GENERATIONS = 2 };

/* A service, while a worker of it is on the board. */
struct wt_board_name {
    char text[WT_BOARD_NAME_BYTES];
    size_t members;
    size_t busy;   /* of the last look */
    size_t first;  /* while lists are made: where its workers begin, */
    size_t picked; /* and how many of them are shown */
};

/* How far the ring of a worker was read that is not on the board now. */
struct wt_board_away {
    uint8_t instance[16];
    uint64_t service_hash;
    struct wt_ring_cursor *cursor; /* owned; NULL: the place is free */
};

struct wt_board_member {
    struct wt_flight_owner owner; /* its text is the name's */
    struct wt_board_name *name;
    size_t place;                  /* in regions */
    struct wt_ring_cursor *cursor; /* owned; NULL before the first record */
    uint8_t instance[16];
    bool has_instance;
    uint64_t lost_count;
};

/* What every look walks, members being anywhere in memory. One without a region is free. */
struct wt_board_region {
    const unsigned char *region;
    size_t bytes;
    uint64_t mark;          /* of the last whole poll */
    uint32_t flight_offset; /* as it was when last looked at, to have it fetched; 0: unknown */
    uint32_t look;          /* number of the last one that came by */
    struct wt_board_member *member;
    struct wt_board_name *name; /* the member's */
};

/* A record that is kept. */
struct wt_board_slot {
    struct wt_record record;
    uint64_t worker_id;
    int64_t pid;
    int64_t key; /* what the list is sorted by, largest first */
    char service[WT_BOARD_NAME_BYTES];
};

struct wt_board_list {
    struct wt_board_slot *slots; /* owned; room of them */
    uint16_t order[WT_ACTIVITY_NEWEST];
    size_t count, room;
};

/* A worker at work, found by a look. */
struct wt_board_find {
    int64_t since_ns; /* INT64_MAX: cannot be told */
    uint32_t place, thread;
};

struct wt_board_box {
    struct wt_arena arena;
    struct wt_worker_activity activity;
};

struct wt_board {
    struct wt_board_region *regions; /* owned */
    size_t count, capacity;          /* count: free ones in between included */
    size_t free_count, free_from;    /* none before that */
    uint32_t look;                   /* number of the present one */
    bool is_looking;                 /* it was begun, and is to be ended */
    struct wt_map members;           /* id -> struct wt_board_member, owned */
    struct wt_board_name **names;    /* owned, sorted */
    size_t name_count, name_capacity;

    struct wt_board_list newest, slowest[WT_BOARD_GENERATIONS];
    int64_t period_begin_ns; /* of slowest[0]; 0: not begun */
    uint64_t read_count, lost_count, nonsense_count;
    size_t gap_count; /* members that lost records */
    bool is_seeded;   /* the next poll reads what was counted already */

    struct wt_board_away away[WT_BOARD_AWAY];
    size_t away_next; /* the place of the oldest */

    struct wt_board_find *finds; /* owned; capacity of regions */
    size_t find_count;
    struct wt_board_box *boxes[WT_ACTIVITY_BOXES]; /* owned; the last one first */
    size_t box_count;
    uint64_t boxes_dropped;
};

/* ---- board.c --------------------------------------------------------------------------------- */

/* What the worker there does for longest, read now. False: nothing. */
bool wt_board_longest_at(struct wt_board_region *place, int64_t now_ns, struct wt_flight *out);

/* ---- board_lists.c --------------------------------------------------------------------------- */

bool wt_board_list_init(struct wt_board_list *list, size_t room);
void wt_board_list_fini(struct wt_board_list *list);

/* Keeps a record that was just read in the lists it belongs to. */
void wt_board_keep(struct wt_board *board, const struct wt_flight_owner *owner,
                   const struct wt_record *record, int64_t now_ns);

/* Begins a new period of slow records when it is time. */
void wt_board_turn(struct wt_board *board, int64_t now_ns);

#endif /* WT_FLIGHT_BOARD_PRIVATE_H */
