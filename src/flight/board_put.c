/* From a board to the lists of a snapshot; black boxes; and back, for a board that goes on from
 * another one's lists. */
#include <stdlib.h>
#include <string.h>

#include "flight/board_private.h"

static const char *copy_text(const struct wt_flight_memory *memory, const char *text) {
    if (text[0] == '\0')
        return "";
    size_t bytes = strlen(text) + 1;
    char *copy = memory->take(memory->context, bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

static void *take(const struct wt_flight_memory *memory, size_t count, size_t size) {
    return memory->take(memory->context, (count + 1) * size);
}

/* ---- work under way -------------------------------------------------------------------------- */

/* The largest number of workers of each service for which there is room. */
static size_t quota_of(const struct wt_board *board) {
    size_t low = 0, high = WT_ACTIVITY_FLIGHTS;
    while (low < high) {
        size_t middle = (low + high + 1) / 2, sum = 0;
        for (size_t i = 0; i < board->name_count; i++)
            sum += board->names[i]->busy < middle ? board->names[i]->busy : middle;
        if (sum <= WT_ACTIVITY_FLIGHTS)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int compare_finds(const void *a, const void *b) {
    const struct wt_board_find *left = a, *right = b;
    if (left->since_ns != right->since_ns)
        return left->since_ns < right->since_ns ? -1 : 1;
    return (left->place > right->place) - (left->place < right->place);
}

/* A heap of finds with the shortest on top: what is longer takes its place. */
static void sift_up(struct wt_board_find *heap, size_t at) {
    while (at > 0 && compare_finds(&heap[at], &heap[(at - 1) / 2]) > 0) {
        struct wt_board_find find = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = find;
        at = (at - 1) / 2;
    }
}

static void replace_top(struct wt_board_find *heap, size_t count, struct wt_board_find find) {
    size_t at = 0;
    for (size_t child = 1; child < count; at = child, child = 2 * at + 1) {
        if (child + 1 < count && compare_finds(&heap[child + 1], &heap[child]) > 0)
            child++;
        if (compare_finds(&heap[child], &find) <= 0)
            break;
        heap[at] = heap[child];
    }
    heap[at] = find;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The `quota` longest of each service, the longest first. NULL without memory. */
static struct wt_board_find *pick_finds(struct wt_board *board, size_t quota) {
    size_t first = 0;
    for (size_t i = 0; i < board->name_count; i++) {
        board->names[i]->first = first;
        board->names[i]->picked = 0;
        first += least(board->names[i]->busy, quota);
    }
    struct wt_board_find *picked = malloc((first + 1) * sizeof *picked);
    if (picked == NULL)
        return NULL;
    for (size_t i = 0; i < board->find_count && quota > 0; i++) {
        struct wt_board_name *name = board->regions[board->finds[i].place].name;
        struct wt_board_find *heap = picked + name->first;
        if (name->picked < quota) {
            heap[name->picked] = board->finds[i];
            sift_up(heap, name->picked++);
        } else if (compare_finds(&board->finds[i], heap) < 0) {
            replace_top(heap, name->picked, board->finds[i]);
        }
    }
    for (size_t i = 0; i < board->name_count; i++)
        qsort(picked + board->names[i]->first, board->names[i]->picked, sizeof *picked,
              compare_finds);
    return picked;
}

static bool put_flight(struct wt_board *board, const struct wt_board_find *find, int64_t now_ns,
                       const struct wt_flight_memory *memory, const char *service,
                       struct wt_activity *out) {
    const struct wt_board_member *member = board->regions[find->place].member;
    struct wt_flight_info *flights = (struct wt_flight_info *)(uintptr_t)out->flights;
    struct wt_flight flight;
    struct wt_flight_owner owner = member->owner;
    owner.service = service;
    if (!wt_board_longest_at(&board->regions[find->place], now_ns, &flight))
        return true; /* it ended meanwhile */
    return wt_flight_put(&flight, &owner, memory, &flights[out->flight_count++]);
}

static int compare_flights(const void *a, const void *b) {
    const struct wt_flight_info *left = a, *right = b;
    int64_t left_ns = left->since_ns > 0 ? left->since_ns : INT64_MAX;
    int64_t right_ns = right->since_ns > 0 ? right->since_ns : INT64_MAX;
    if (left_ns != right_ns)
        return left_ns < right_ns ? -1 : 1;
    return (left->worker_id > right->worker_id) - (left->worker_id < right->worker_id);
}

static bool put_flights(struct wt_board *board, int64_t now_ns,
                        const struct wt_flight_memory *memory, struct wt_activity *out) {
    size_t quota = quota_of(board), most = 0;
    for (size_t i = 0; i < board->name_count; i++)
        most += least(board->names[i]->busy, quota);
    struct wt_flight_info *flights = take(memory, most, sizeof *flights);
    struct wt_board_find *picked = pick_finds(board, quota);
    bool ok = flights != NULL && picked != NULL;
    out->flights = flights;
    for (size_t i = 0; i < board->name_count && ok; i++) {
        const struct wt_board_name *name = board->names[i];
        size_t kept = name->picked, first = out->flight_count;
        const char *service = kept > 0 ? copy_text(memory, name->text) : "";
        ok = service != NULL;
        out->flights_left_out += name->busy - kept;
        for (size_t k = 0; k < kept && ok; k++)
            ok = put_flight(board, &picked[name->first + k], now_ns, memory, service, out);
        /* What was read is a moment newer than what it was sorted by. */
        qsort(flights + first, out->flight_count - first, sizeof *flights, compare_flights);
    }
    free(picked);
    return ok;
}

/* ---- records --------------------------------------------------------------------------------- */

static bool put_slot(const struct wt_board_slot *slot, const struct wt_flight_memory *memory,
                     struct wt_record_info *out) {
    const struct wt_flight_owner owner = {.worker_id = slot->worker_id,
                                          .service = copy_text(memory, slot->service),
                                          .pid = slot->pid};
    return owner.service != NULL && wt_record_put(&slot->record, &owner, memory, out);
}

static bool put_newest(const struct wt_board *board, const struct wt_flight_memory *memory,
                       struct wt_activity *out) {
    const struct wt_board_list *list = &board->newest;
    struct wt_record_info *records = take(memory, list->count, sizeof *records);
    bool ok = records != NULL;
    for (size_t i = 0; i < list->count && ok; i++)
        ok = put_slot(&list->slots[list->order[i]], memory, &records[i]);
    out->newest = records;
    out->newest_count = list->count;
    return ok;
}

/* Both periods, merged. */
static bool put_slowest(const struct wt_board *board, const struct wt_flight_memory *memory,
                        struct wt_activity *out) {
    const struct wt_board_list *lists = board->slowest;
    size_t at[WT_BOARD_GENERATIONS] = {0};
    struct wt_record_info *records = take(memory, WT_ACTIVITY_SLOWEST, sizeof *records);
    bool ok = records != NULL;
    while (ok && out->slowest_count < WT_ACTIVITY_SLOWEST) {
        const struct wt_board_slot *best = NULL;
        int from = 0;
        for (int i = 0; i < WT_BOARD_GENERATIONS; i++) {
            if (at[i] == lists[i].count)
                continue;
            const struct wt_board_slot *slot = &lists[i].slots[lists[i].order[at[i]]];
            if (best == NULL || slot->key > best->key) {
                best = slot;
                from = i;
            }
        }
        if (best == NULL)
            break;
        at[from]++;
        ok = put_slot(best, memory, &records[out->slowest_count++]);
    }
    out->slowest = records;
    return ok;
}

static bool put_gaps(const struct wt_board *board, const struct wt_flight_memory *memory,
                     struct wt_activity *out) {
    struct wt_record_gap *gaps = take(memory, WT_ACTIVITY_GAPS, sizeof *gaps);
    if (gaps == NULL)
        return false;
    for (size_t i = 0; i < board->count && board->gap_count > 0; i++) {
        const struct wt_board_member *member = board->regions[i].member;
        size_t at = out->gap_count;
        if (member == NULL || member->lost_count == 0 ||
            (at == WT_ACTIVITY_GAPS && gaps[at - 1].lost_count >= member->lost_count))
            continue;
        at = at == WT_ACTIVITY_GAPS ? at - 1 : at;
        for (; at > 0 && gaps[at - 1].lost_count < member->lost_count; at--)
            gaps[at] = gaps[at - 1];
        gaps[at] = (struct wt_record_gap){.worker_id = member->owner.worker_id,
                                          .service = member->owner.service,
                                          .lost_count = member->lost_count};
        out->gap_count += out->gap_count < WT_ACTIVITY_GAPS;
    }
    bool ok = true;
    for (size_t i = 0; i < out->gap_count && ok; i++) {
        gaps[i].service = copy_text(memory, gaps[i].service);
        ok = gaps[i].service != NULL;
    }
    out->gaps = gaps;
    return ok;
}

/* ---- black boxes ----------------------------------------------------------------------------- */

static bool copy_flights(const struct wt_worker_activity *from,
                         const struct wt_flight_memory *memory, struct wt_worker_activity *to) {
    struct wt_flight_info *flights = take(memory, from->flight_count, sizeof *flights);
    bool ok = flights != NULL;
    for (size_t i = 0; i < from->flight_count && ok; i++) {
        flights[i] = from->flights[i];
        flights[i].service = to->service;
        flights[i].label = copy_text(memory, from->flights[i].label);
        flights[i].id = copy_text(memory, from->flights[i].id);
        ok = flights[i].label != NULL && flights[i].id != NULL;
    }
    to->flights = flights;
    return ok;
}

static bool copy_records(const struct wt_worker_activity *from,
                         const struct wt_flight_memory *memory, struct wt_worker_activity *to) {
    struct wt_record_info *records = take(memory, from->record_count, sizeof *records);
    bool ok = records != NULL;
    for (size_t i = 0; i < from->record_count && ok; i++) {
        records[i] = from->records[i];
        records[i].service = to->service;
        records[i].label = copy_text(memory, from->records[i].label);
        records[i].id = copy_text(memory, from->records[i].id);
        ok = records[i].label != NULL && records[i].id != NULL;
    }
    to->records = records;
    return ok;
}

static bool copy_worker(const struct wt_worker_activity *from,
                        const struct wt_flight_memory *memory, struct wt_worker_activity *to) {
    *to = *from;
    to->service = copy_text(memory, from->service);
    to->cause = copy_text(memory, from->cause);
    to->problem = copy_text(memory, from->problem);
    return to->service != NULL && to->cause != NULL && to->problem != NULL &&
           copy_flights(from, memory, to) && copy_records(from, memory, to);
}

static struct wt_board_box *create_box(void) {
    return calloc(1, sizeof(struct wt_board_box));
}

static void drop_box(struct wt_board_box *box) {
    wt_arena_fini(&box->arena);
    free(box);
}

/* The last of the boxes makes room for the first. */
static void push_box(struct wt_board *board, struct wt_board_box *box) {
    if (board->box_count == WT_ACTIVITY_BOXES) {
        drop_box(board->boxes[--board->box_count]);
        board->boxes_dropped++;
    }
    memmove(board->boxes + 1, board->boxes, board->box_count * sizeof(struct wt_board_box *));
    board->boxes[0] = box;
    board->box_count++;
}

bool wt_board_bury(struct wt_board *board, const struct wt_flight_owner *owner, const void *region,
                   size_t bytes, struct wt_time now) {
    struct wt_board_box *box = create_box();
    if (box == NULL)
        return false;
    const struct wt_flight_memory memory = wt_flight_memory_of_arena(&box->arena);
    const struct wt_region_ask ask = {
        .owner = *owner,
        .region = region,
        .bytes = bytes,
        .problem = "",
        .now_ns = now.monotonic_ns,
        .is_final = true,
        .flights = WT_BOX_FLIGHTS,
        .records = WT_BOX_RECORDS,
    };
    bool ok = wt_region_activity(&ask, &memory, &box->activity);
    if (!ok || (box->activity.flight_count == 0 && box->activity.record_count == 0)) {
        drop_box(box);
        return false;
    }
    box->activity.gone_realtime_ns = now.realtime_ns;
    push_box(board, box);
    return true;
}

void wt_board_settle(struct wt_board *board, uint64_t worker_id, uint64_t passed) {
    for (size_t i = 0; i < board->box_count; i++) {
        const struct wt_worker_activity *box = &board->boxes[i]->activity;
        if (box->worker_id != worker_id || box->published_count <= passed)
            continue;
        uint64_t beyond = box->published_count - passed;
        uint64_t whole = box->published_count - box->lost_count;
        uint64_t seen = beyond < whole ? beyond : whole;
        board->read_count += seen;
        board->lost_count += beyond - seen;
        return;
    }
}

void wt_board_set_cause(struct wt_board *board, uint64_t worker_id, const char *cause) {
    for (size_t i = 0; i < board->box_count; i++) {
        struct wt_board_box *box = board->boxes[i];
        if (box->activity.worker_id != worker_id)
            continue;
        const struct wt_flight_memory memory = wt_flight_memory_of_arena(&box->arena);
        const char *copy = copy_text(&memory, cause);
        box->activity.cause = copy == NULL ? "" : copy;
        return;
    }
}

static bool put_boxes(const struct wt_board *board, const struct wt_flight_memory *memory,
                      struct wt_activity *out) {
    struct wt_worker_activity *boxes = take(memory, board->box_count, sizeof *boxes);
    bool ok = boxes != NULL;
    for (size_t i = 0; i < board->box_count && ok; i++)
        ok = copy_worker(&board->boxes[i]->activity, memory, &boxes[i]);
    out->boxes = boxes;
    out->box_count = board->box_count;
    out->boxes_dropped = board->boxes_dropped;
    return ok;
}

/* ---- the whole ------------------------------------------------------------------------------- */

bool wt_board_put(struct wt_board *board, int64_t now_ns, const struct wt_flight_memory *memory,
                  struct wt_activity *out) {
    *out = (struct wt_activity){.read_count = board->read_count,
                                .lost_count = board->lost_count,
                                .nonsense_count = board->nonsense_count};
    bool ok = put_flights(board, now_ns, memory, out) && put_newest(board, memory, out) &&
              put_slowest(board, memory, out) && put_gaps(board, memory, out) &&
              put_boxes(board, memory, out);
    if (!ok)
        *out = (struct wt_activity){0};
    return ok;
}

/* ---- and back -------------------------------------------------------------------------------- */

static void copy_into(char *out, size_t size, const char *text) {
    size_t length = strnlen(text, size - 1);
    memcpy(out, text, length);
    out[length] = '\0';
}

static void seed_record(struct wt_board *board, const struct wt_record_info *info, int64_t now_ns) {
    const struct wt_flight_owner owner = {
        .worker_id = info->worker_id, .service = info->service, .pid = info->pid};
    struct wt_record record = {
        .thread = info->thread,
        .thread_id = info->thread_id,
        .number = info->number,
        .is_torn = info->what == WT_RECORD_IS_TORN,
        .is_nonsense = info->what == WT_RECORD_IS_NONSENSE,
        .is_slow = info->is_slow,
        .has_failed = info->has_failed,
        .label_cut = info->label_cut,
        .id_cut = info->id_cut,
        .time_ns = info->time_ns > 0 ? info->time_ns : -1,
        .duration_ns = info->duration_ns,
        .value = info->value,
    };
    /* The kinds have the same numbers; what has none is no kind. */
    if (!record.is_torn && !record.is_nonsense)
        record.kind = (enum wt_record_kind)info->what;
    copy_into(record.label, sizeof record.label, info->label);
    copy_into(record.id, sizeof record.id, info->id);
    wt_board_keep(board, &owner, &record, now_ns);
}

_Static_assert((int)WT_RECORD_IS_OTHER == (int)WT_RECORD_OTHER &&
                   (int)WT_RECORD_IS_WORK == (int)WT_RECORD_WORK &&
                   (int)WT_RECORD_IS_ERROR == (int)WT_RECORD_ERROR &&
                   (int)WT_RECORD_IS_TORN == (int)WT_RECORD_LAST + 1,
               "records of snapshots and of rings have the same kinds");

bool wt_board_seed(struct wt_board *board, const struct wt_activity *activity, int64_t now_ns) {
    wt_board_turn(board, now_ns);
    for (size_t i = activity->newest_count; i-- > 0;)
        seed_record(board, &activity->newest[i], now_ns);
    for (size_t i = 0; i < activity->slowest_count; i++)
        seed_record(board, &activity->slowest[i], now_ns);
    for (size_t i = activity->box_count; i-- > 0;) {
        struct wt_board_box *box = create_box();
        if (box == NULL)
            return false;
        const struct wt_flight_memory memory = wt_flight_memory_of_arena(&box->arena);
        if (!copy_worker(&activity->boxes[i], &memory, &box->activity)) {
            drop_box(box);
            return false;
        }
        push_box(board, box);
    }
    board->read_count = activity->read_count;
    board->lost_count = activity->lost_count;
    board->nonsense_count = activity->nonsense_count;
    board->boxes_dropped = activity->boxes_dropped;
    board->is_seeded = true;
    return true;
}
