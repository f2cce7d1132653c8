/* The records that a board keeps: two kinds of sorted lists of a fixed size. */
#include <stdlib.h>
#include <string.h>

#include "flight/board_private.h"

bool wt_board_list_init(struct wt_board_list *list, size_t room) {
    list->slots = malloc(room * sizeof *list->slots);
    list->room = room;
    list->count = 0;
    return list->slots != NULL;
}

void wt_board_list_fini(struct wt_board_list *list) {
    free(list->slots);
    list->slots = NULL;
}

static bool has(const struct wt_board_list *list, uint64_t worker_id,
                const struct wt_record *record) {
    for (size_t i = 0; i < list->count; i++) {
        const struct wt_board_slot *slot = &list->slots[list->order[i]];
        if (slot->worker_id == worker_id && slot->record.thread == record->thread &&
            slot->record.number == record->number)
            return true;
    }
    return false;
}

/* Sorted by key; of equal keys the one that came last comes first. */
static void insert(struct wt_board_list *list, const struct wt_flight_owner *owner,
                   const struct wt_record *record, int64_t key) {
    bool is_full = list->count == list->room;
    if ((is_full && key < list->slots[list->order[list->count - 1]].key) ||
        has(list, owner->worker_id, record))
        return;
    uint16_t place = is_full ? list->order[list->count - 1] : (uint16_t)list->count;
    size_t at = is_full ? list->count - 1 : list->count++;
    while (at > 0 && list->slots[list->order[at - 1]].key <= key) {
        list->order[at] = list->order[at - 1];
        at--;
    }
    list->order[at] = place;
    struct wt_board_slot *slot = &list->slots[place];
    slot->record = *record;
    slot->worker_id = owner->worker_id;
    slot->pid = owner->pid;
    slot->key = key;
    size_t length = strnlen(owner->service, sizeof slot->service - 1);
    memcpy(slot->service, owner->service, length);
    slot->service[length] = '\0';
}

void wt_board_keep(struct wt_board *board, const struct wt_flight_owner *owner,
                   const struct wt_record *record, int64_t now_ns) {
    bool is_sound = !record->is_torn && !record->is_nonsense;
    insert(&board->newest, owner, record, record->time_ns > 0 ? record->time_ns : now_ns);
    if (is_sound && record->kind == WT_RECORD_WORK && record->duration_ns >= 0)
        insert(&board->slowest[0], owner, record, record->duration_ns);
}

void wt_board_turn(struct wt_board *board, int64_t now_ns) {
    if (board->period_begin_ns == 0)
        board->period_begin_ns = now_ns;
    if (now_ns - board->period_begin_ns < WT_BOARD_PERIOD_NS)
        return;
    struct wt_board_list oldest = board->slowest[1];
    board->slowest[1] = board->slowest[0];
    board->slowest[0] = oldest;
    board->slowest[0].count = 0;
    board->period_begin_ns = now_ns;
}
