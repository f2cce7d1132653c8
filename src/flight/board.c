#include "flight/board.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flight/board_private.h"

enum { POLL_ROOM = 64, PREFETCH = 8 };

/* ---- who is on the board --------------------------------------------------------------------- */

struct wt_board *wt_board_create(void) {
    struct wt_board *board = calloc(1, sizeof *board);
    if (board == NULL)
        return NULL;
    if (!wt_board_list_init(&board->newest, WT_ACTIVITY_NEWEST) ||
        !wt_board_list_init(&board->slowest[0], WT_ACTIVITY_SLOWEST) ||
        !wt_board_list_init(&board->slowest[1], WT_ACTIVITY_SLOWEST)) {
        wt_board_destroy(board);
        return NULL;
    }
    return board;
}

static void free_box(struct wt_board_box *box) {
    wt_arena_fini(&box->arena);
    free(box);
}

void wt_board_destroy(struct wt_board *board) {
    if (board == NULL)
        return;
    for (size_t i = 0; i < board->count; i++) {
        if (board->regions[i].member == NULL)
            continue;
        free(board->regions[i].member->cursor);
        free(board->regions[i].member);
    }
    for (size_t i = 0; i < WT_BOARD_AWAY; i++)
        free(board->away[i].cursor);
    for (size_t i = 0; i < board->name_count; i++)
        free(board->names[i]);
    for (size_t i = 0; i < board->box_count; i++)
        free_box(board->boxes[i]);
    wt_board_list_fini(&board->newest);
    wt_board_list_fini(&board->slowest[0]);
    wt_board_list_fini(&board->slowest[1]);
    wt_map_fini(&board->members);
    free(board->regions);
    free(board->finds);
    free(board->names);
    free(board);
}

/* Where the name is, or belongs. */
static size_t place_of_name(const struct wt_board *board, const char *text) {
    size_t begin = 0, end = board->name_count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (strcmp(board->names[middle]->text, text) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static struct wt_board_name *get_name(struct wt_board *board, const char *service) {
    char text[WT_BOARD_NAME_BYTES];
    snprintf(text, sizeof text, "%s", service);
    size_t at = place_of_name(board, text);
    if (at < board->name_count && strcmp(board->names[at]->text, text) == 0)
        return board->names[at];
    if (board->name_count == board->name_capacity) {
        size_t capacity = board->name_capacity == 0 ? 16 : 2 * board->name_capacity;
        void *wider = realloc(board->names, capacity * sizeof(struct wt_board_name *));
        if (wider == NULL)
            return NULL;
        board->names = wider;
        board->name_capacity = capacity;
    }
    struct wt_board_name *name = calloc(1, sizeof *name);
    if (name == NULL)
        return NULL;
    memcpy(name->text, text, sizeof text);
    memmove(board->names + at + 1, board->names + at,
            (board->name_count - at) * sizeof(struct wt_board_name *));
    board->names[at] = name;
    board->name_count++;
    return name;
}

static void drop_name(struct wt_board *board, struct wt_board_name *name) {
    if (name->members > 0)
        return;
    size_t at = place_of_name(board, name->text);
    board->name_count--;
    memmove(board->names + at, board->names + at + 1,
            (board->name_count - at) * sizeof(struct wt_board_name *));
    free(name);
}

static bool make_room(struct wt_board *board) {
    if (board->free_count > 0 || board->count < board->capacity)
        return true;
    size_t capacity = board->capacity == 0 ? 64 : 2 * board->capacity;
    void *regions = realloc(board->regions, capacity * sizeof *board->regions);
    if (regions != NULL)
        board->regions = regions;
    void *finds = realloc(board->finds, capacity * sizeof *board->finds);
    if (finds != NULL)
        board->finds = finds;
    if (regions == NULL || finds == NULL)
        return false;
    board->capacity = capacity;
    return true;
}

/* A free place, for which there is room. */
static size_t take_place(struct wt_board *board) {
    if (board->free_count == 0)
        return board->count++;
    board->free_count--;
    while (board->regions[board->free_from].member != NULL)
        board->free_from++;
    return board->free_from++;
}

static void free_place(struct wt_board *board, size_t place) {
    board->regions[place] = (struct wt_board_region){0};
    board->free_from =
        board->free_count == 0 || place < board->free_from ? place : board->free_from;
    board->free_count++;
    while (board->count > 0 && board->regions[board->count - 1].member == NULL) {
        board->count--;
        board->free_count--;
    }
}

static struct wt_board_member *add_member(struct wt_board *board,
                                          const struct wt_flight_owner *owner) {
    struct wt_board_name *name = get_name(board, owner->service);
    if (name == NULL)
        return NULL;
    struct wt_board_member *member = calloc(1, sizeof *member);
    if (member == NULL || !make_room(board) ||
        !wt_map_put(&board->members, owner->worker_id, member)) {
        free(member);
        drop_name(board, name);
        return NULL;
    }
    name->members++;
    member->name = name;
    member->owner = *owner;
    member->owner.service = name->text;
    member->owner.instance = NULL;
    if (owner->instance != NULL) {
        memcpy(member->instance, owner->instance, sizeof member->instance);
        member->has_instance = true;
    }
    member->place = take_place(board);
    board->regions[member->place] = (struct wt_board_region){.member = member, .name = name};
    return member;
}

/* ---- how far somebody was read that may come back -------------------------------------------- */

static uint64_t hash_of(const struct wt_board_name *name) {
    return wt_hash(name->text, strlen(name->text), 0);
}

static void keep_cursor(struct wt_board *board, struct wt_board_member *member) {
    if (!member->has_instance || member->cursor == NULL) {
        free(member->cursor);
        return;
    }
    struct wt_board_away *away = &board->away[board->away_next];
    board->away_next = (board->away_next + 1) % WT_BOARD_AWAY;
    free(away->cursor);
    away->cursor = member->cursor;
    away->service_hash = hash_of(member->name);
    memcpy(away->instance, member->instance, sizeof away->instance);
}

/* NULL when nothing is known: then all that its region holds is new. */
static struct wt_ring_cursor *take_cursor(struct wt_board *board,
                                          const struct wt_board_member *member) {
    for (size_t i = 0; member->has_instance && i < WT_BOARD_AWAY; i++) {
        struct wt_board_away *away = &board->away[i];
        if (away->cursor == NULL || away->service_hash != hash_of(member->name) ||
            memcmp(away->instance, member->instance, sizeof away->instance) != 0)
            continue;
        struct wt_ring_cursor *cursor = away->cursor;
        away->cursor = NULL;
        return cursor;
    }
    return NULL;
}

static struct wt_board_member *find(const struct wt_board *board, uint64_t worker_id) {
    return wt_map_get(&board->members, worker_id);
}

static void poll_member(struct wt_board *board, struct wt_board_region *place, int64_t now_ns);

bool wt_board_take_up(struct wt_board *board, const struct wt_flight_owner *owner,
                      const void *region, size_t bytes, int64_t now_ns) {
    struct wt_board_member *member = find(board, owner->worker_id);
    if (member != NULL && board->regions[member->place].region == region)
        return true;
    if (member != NULL) {
        poll_member(board, &board->regions[member->place], now_ns);
    } else {
        member = add_member(board, owner);
        if (member != NULL)
            member->cursor = take_cursor(board, member);
    }
    if (member == NULL)
        return false;
    if (member->cursor != NULL)
        member->cursor->ring_mark = 0; /* that of the region before says nothing here */
    board->regions[member->place].region = region;
    board->regions[member->place].bytes = bytes;
    board->regions[member->place].mark = 0;
    board->regions[member->place].flight_offset = 0;
    return true;
}

uint64_t wt_board_let_go(struct wt_board *board, uint64_t worker_id, bool read, int64_t now_ns) {
    struct wt_board_member *member = find(board, worker_id);
    uint64_t passed = 0;
    if (member == NULL)
        return 0;
    if (read)
        poll_member(board, &board->regions[member->place], now_ns);
    for (uint32_t i = 0; member->cursor != NULL && i < member->cursor->thread_count; i++)
        passed += member->cursor->read[i];
    board->gap_count -= member->lost_count > 0;
    board->find_count = 0; /* they name places */
    free_place(board, member->place);
    wt_map_remove(&board->members, worker_id);
    keep_cursor(board, member);
    member->name->members--;
    drop_name(board, member->name);
    free(member);
    return passed;
}

uint32_t wt_board_place(const struct wt_board *board, uint64_t worker_id) {
    const struct wt_board_member *member = find(board, worker_id);
    return member == NULL ? WT_BOARD_NOWHERE : (uint32_t)member->place;
}

const void *wt_board_region(const struct wt_board *board, uint64_t worker_id, size_t *bytes) {
    const struct wt_board_member *member = find(board, worker_id);
    *bytes = member == NULL ? 0 : board->regions[member->place].bytes;
    return member == NULL ? NULL : board->regions[member->place].region;
}

/* ---- polling --------------------------------------------------------------------------------- */

/* A cursor with a place for each thread that has an entry by now. */
static bool fit_cursor(struct wt_board_member *member, uint32_t threads) {
    struct wt_ring_cursor *before = member->cursor;
    if (before != NULL && before->thread_count >= threads)
        return true;
    struct wt_ring_cursor *wider = malloc(wt_ring_cursor_bytes(threads));
    if (wider == NULL)
        return false;
    wt_ring_cursor_init(wider, threads);
    if (before != NULL) {
        wider->ring_mark = before->ring_mark;
        memcpy(wider->read, before->read, before->thread_count * sizeof *before->read);
    }
    free(before);
    member->cursor = wider;
    return true;
}

static void poll_member(struct wt_board *board, struct wt_board_region *place, int64_t now_ns) {
    struct wt_board_member *member = place->member;
    struct wt_record records[POLL_ROOM];
    struct wt_flight_tables tables;
    struct wt_ring_poll poll = {.has_more = true};
    if (place->region == NULL ||
        wt_flight_tables(place->region, place->bytes, &tables) != WT_RECORDER_READY ||
        !fit_cursor(member, tables.flight_count))
        return;
    for (int round = 0; round < WT_BOARD_ROUNDS && poll.has_more; round++) {
        poll = wt_ring_poll(&tables, member->cursor, now_ns, false, records, POLL_ROOM);
        for (size_t i = 0; i < poll.count; i++)
            wt_board_keep(board, &member->owner, &records[i], now_ns);
        if (board->is_seeded)
            continue;
        board->read_count += poll.count;
        board->lost_count += poll.lost;
        board->nonsense_count += poll.nonsense;
        board->gap_count += member->lost_count == 0 && poll.lost > 0;
        member->lost_count += poll.lost;
    }
    place->mark = member->cursor->ring_mark;
}

static inline uint64_t mark_of(const unsigned char *region) {
    const struct wt_shared_recorder_header *header =
        (const struct wt_shared_recorder_header *)(const void *)region;
    return __atomic_load_n(&header->ring_mark, __ATOMIC_ACQUIRE);
}

static void poll_place(struct wt_board *board, struct wt_board_region *place, int64_t now_ns) {
    if (place->region != NULL && mark_of(place->region) != place->mark)
        poll_member(board, place, now_ns);
}

void wt_board_poll(struct wt_board *board, int64_t now_ns) {
    wt_board_turn(board, now_ns);
    for (size_t i = 0; i < board->count; i++) {
        if (i + PREFETCH < board->count)
            __builtin_prefetch(board->regions[i + PREFETCH].region);
        poll_place(board, &board->regions[i], now_ns);
    }
    board->is_seeded = false;
}

/* ---- who does what --------------------------------------------------------------------------- */

static uint64_t load(const void *at) {
    return __atomic_load_n((const uint64_t *)at, __ATOMIC_RELAXED);
}

/* Since when the thread does something, by a glance that proves nothing; 0: it does nothing. */
static uint64_t glance(const struct wt_flight_tables *tables, uint32_t thread) {
    const struct wt_shared_recorder_thread *record =
        (const void *)(tables->region + sizeof(struct wt_shared_recorder_header) +
                       (size_t)thread * sizeof *record);
    if (thread < tables->flight_count) {
        const struct wt_shared_flight *flight =
            (const void *)(tables->region + tables->flight_offset +
                           (size_t)thread * tables->flight_bytes);
        uint64_t since = load(&flight->since_ns);
        if (since != 0 || load(&flight->sequence) % 2 != 0)
            return since == 0 ? UINT64_MAX : since;
    }
    uint64_t moved = load(&record->moved_ns);
    if ((int64_t)load(&record->active) > 0)
        return moved == 0 ? UINT64_MAX : moved;
    return 0;
}

/* The longest of one worker. */
static bool glance_at_all(struct wt_board_region *place, struct wt_board_find *find) {
    struct wt_flight_tables tables;
    uint64_t least = 0;
    if (wt_flight_tables(place->region, place->bytes, &tables) != WT_RECORDER_READY)
        return false;
    place->flight_offset = tables.flight_offset;
    for (uint32_t i = 0; i < tables.thread_count; i++) {
        uint64_t since = glance(&tables, i);
        if (since == 0 || (least != 0 && since >= least))
            continue;
        least = since;
        find->thread = i;
    }
    find->since_ns = least > INT64_MAX ? INT64_MAX : (int64_t)least;
    return least != 0;
}

/* What a look reads of a region whose worker has one thread, as most do. */
static void prefetch(const struct wt_board_region *place) {
    __builtin_prefetch(place->region);
    __builtin_prefetch(place->region + sizeof(struct wt_shared_recorder_header));
    __builtin_prefetch(place->region + place->flight_offset);
}

void wt_board_begin_look(struct wt_board *board, int64_t now_ns) {
    wt_board_turn(board, now_ns);
    board->look++;
    board->is_looking = true;
    board->find_count = 0;
    for (size_t i = 0; i < board->name_count; i++)
        board->names[i]->busy = 0;
}

/* Whether there is somebody at whom this look did not come by. */
static bool is_left(const struct wt_board *board, size_t at) {
    return at < board->count && board->regions[at].region != NULL &&
           board->regions[at].look != board->look;
}

void wt_board_approach(const struct wt_board *board, uint32_t place) {
    if (place < board->count)
        __builtin_prefetch(&board->regions[place]);
}

void wt_board_prefetch(const struct wt_board *board, uint32_t place) {
    if (is_left(board, place))
        prefetch(&board->regions[place]);
}

/* Ring and threads of a worker in one go: they say so in the same lines. */
void wt_board_look_at(struct wt_board *board, uint32_t at, int64_t now_ns) {
    if (!is_left(board, at))
        return;
    struct wt_board_region *place = &board->regions[at];
    struct wt_board_find *find = &board->finds[board->find_count];
    place->look = board->look;
    poll_place(board, place, now_ns);
    if (!glance_at_all(place, find))
        return;
    find->place = at;
    place->name->busy++;
    board->find_count++;
}

void wt_board_look(struct wt_board *board, int64_t now_ns) {
    if (!board->is_looking)
        wt_board_begin_look(board, now_ns);
    for (uint32_t i = 0; i < board->count; i++) {
        wt_board_prefetch(board, i + PREFETCH);
        wt_board_look_at(board, i, now_ns);
    }
    board->is_looking = false;
    board->is_seeded = false;
}

/* Reads one thread whole, and all of them if that one does nothing worth showing by now. */
static bool read_longest(const struct wt_board_region *place, uint32_t hint, int64_t now_ns,
                         struct wt_flight *out) {
    struct wt_flight_tables tables;
    struct wt_flight flight = {0};
    bool found = false;
    if (wt_flight_tables(place->region, place->bytes, &tables) != WT_RECORDER_READY)
        return false;
    if (hint < tables.thread_count) {
        *out = (struct wt_flight){0};
        wt_flight_read(&tables, hint, now_ns, out);
        if (out->state == WT_FLIGHT_LABELLED || out->state == WT_FLIGHT_UNLABELLED)
            return true;
    }
    for (uint32_t i = 0; i < tables.thread_count; i++) {
        flight.state = WT_FLIGHT_UNUSED;
        wt_flight_read(&tables, i, now_ns, &flight);
        if (!wt_flight_is_shown(&flight) || (found && !wt_flight_precedes(&flight, out)))
            continue;
        *out = flight;
        found = true;
    }
    return found;
}

bool wt_board_longest_at(struct wt_board_region *place, int64_t now_ns, struct wt_flight *out) {
    struct wt_board_find hint;
    return glance_at_all(place, &hint) && read_longest(place, hint.thread, now_ns, out);
}

bool wt_board_longest(const struct wt_board *board, uint64_t worker_id, int64_t now_ns,
                      struct wt_flight *out) {
    const struct wt_board_member *member = find(board, worker_id);
    return member != NULL && wt_board_longest_at(&board->regions[member->place], now_ns, out);
}
