/* groups.c - moving a group of words while its one writer may be in the middle of it.
 *
 * A reader believes what it finds under an even sequence number. So no even number may ever stand
 * over words that do not agree, whatever the writer and the library's thread do at that moment, and
 * neither of them may wait for the other. Repairing word by word (cells.c, rule 3) cannot give
 * that. Instead a page has one owner at a time, who alone writes the words of the group there:
 *
 *                      the library leaves the page (switch, truncation):
 *                      it is frozen, what the writer does there is private
 *               .----------------------------------------------------------.
 *               |                                                          v
 *     WRITER owns the page                                     LIBRARY owns the next page:
 *     own values and words,                                    copies of the own values, taken
 *     begin and end of each group                              under their sequence number; `offer`
 *               ^                                              is the page, and 0 while it copies
 *               |                                                          |
 *               '----------------------------------------------------------'
 *                      the writer begins a group and finds the offer: takes it (exchange by 0),
 *                      copies its values there, goes on there
 *
 * - Until it takes the offer the writer goes on where it was: on a frozen page that nobody reads
 *   and that is never unmapped. It moves only at the begin of a group, so no group is split.
 * - The library takes the offer back (exchange by 0) before it copies again, once a second, and
 *   offers anew. Whoever got something other than 0 from the exchange owns the page; a writer that
 *   finds 0 stays where it is for one more group.
 * - The own values are the truth, and have a sequence lock of their own: `begun` is counted on at
 *   a begin, `done` follows it at the end. A copy between equal numbers is one state of the group,
 *   and is published under that very number, which is even: an even number means the same values
 *   wherever it stands. Without such a copy (the writer is in a group, or too fast) a page that was
 *   never filled keeps an odd number.
 * - Nothing here waits, so a writer that is stopped inside its group stops nobody else, and the
 *   monitor shows what it saw last.
 * - While the writer owns a page there is nothing to repair: every store of it lands there.
 */
#include "client/groups.h"

#include <stddef.h>

enum { COPY_TRIES = 4 };

uint32_t wt_groups_of_form(enum worktop_form form) {
    return form > WORKTOP_GROUP_0 && form <= WORKTOP_GROUP_MAX ? (uint32_t)form - WORKTOP_GROUP_0
                                                               : 0;
}

uint32_t wt_groups_count(const struct worktop_field *fields, uint32_t count) {
    uint32_t seen = 0; /* a bit per number, 1 to 16 */
    for (uint32_t i = 0; i < count; i++)
        seen |= UINT32_C(1) << wt_groups_of_form(fields[i].form);
    return (uint32_t)__builtin_popcount(seen >> 1);
}

static uint64_t *word_at(unsigned char *data, uint32_t offset) {
    return (uint64_t *)(void *)(data + offset);
}

static void point_at(struct wt_cell_group *group, unsigned char *data) {
    __atomic_store_n(&group->handle.cell, (uintptr_t)word_at(data, group->offset),
                     __ATOMIC_RELEASE);
}

void wt_groups_init(struct wt_cells *cells) {
    uint32_t end = cells->count * (uint32_t)sizeof(uint64_t), made = 0;
    for (uint32_t number = 1; number <= WORKTOP_MAX_GROUPS; number++) {
        uint32_t first = 0;
        while (first < cells->count && cells->cells[first].group != number)
            first++;
        if (first == cells->count)
            continue;
        struct wt_cell_group *group = &cells->groups[made++];
        *group = (struct wt_cell_group){.number = number,
                                        .offset = end,
                                        .first = &cells->cells[first],
                                        .end = cells->cells + cells->count};
        point_at(group, cells->data);
        end += (uint32_t)sizeof(uint64_t);
    }
}

struct wt_cell_group *wt_groups_find(const struct wt_cells *cells, uint32_t number) {
    for (uint32_t i = 0; i < cells->group_count; i++)
        if (cells->groups[i].number == number)
            return &cells->groups[i];
    return NULL;
}

/* ---- The library's side ---- */

/* The values as they were at one end of the group, and its number. False when it was never still
 * for long enough. */
static bool copy_values(const struct wt_cell_group *group, uint64_t *values, uint64_t *sequence) {
    for (int i = 0; i < COPY_TRIES; i++) {
        uint32_t count = 0;
        *sequence = __atomic_load_n(&group->handle.done, __ATOMIC_ACQUIRE);
        for (const struct wt_cell *cell = group->first; cell < group->end; cell++)
            if (cell->group == group->number)
                values[count++] = __atomic_load_n(&cell->handle.own, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&group->handle.begun, __ATOMIC_RELAXED) == *sequence)
            return true;
    }
    return false;
}

/* Only on a page that the library owns. */
static void publish(const struct wt_cell_group *group, unsigned char *data) {
    uint64_t values[WORKTOP_MAX_FIELDS], sequence;
    uint64_t *published = word_at(data, group->offset);
    if (!copy_values(group, values, &sequence))
        return;
    uint32_t count = 0;
    uint64_t odd = __atomic_load_n(published, __ATOMIC_RELAXED) | 1;
    __atomic_store_n(published, odd, __ATOMIC_RELAXED);
    for (const struct wt_cell *cell = group->first; cell < group->end; cell++)
        if (cell->group == group->number)
            __atomic_store_n(word_at(data, cell->offset), values[count++], __ATOMIC_RELEASE);
    __atomic_store_n(published, sequence, __ATOMIC_RELEASE);
}

static unsigned char *take_offer(struct wt_cell_group *group) {
    return (unsigned char *)__atomic_exchange_n(&group->handle.offer, 0, __ATOMIC_ACQ_REL);
}

static void offer(struct wt_cell_group *group, unsigned char *data) {
    __atomic_store_n(&group->handle.offer, (uintptr_t)data, __ATOMIC_RELEASE);
}

void wt_groups_switch(struct wt_cells *cells, unsigned char *data) {
    for (uint32_t i = 0; i < cells->group_count; i++) {
        struct wt_cell_group *group = &cells->groups[i];
        (void)take_offer(group); /* of the page that was left */
        __atomic_store_n(word_at(data, group->offset), 1, __ATOMIC_RELAXED);
        publish(group, data);
        offer(group, data);
    }
}

void wt_groups_refresh(const struct wt_cells *cells) {
    for (uint32_t i = 0; i < cells->group_count; i++) {
        struct wt_cell_group *group = &cells->groups[i];
        unsigned char *data = take_offer(group);
        if (data == NULL)
            continue;
        publish(group, data);
        offer(group, data);
    }
}

void wt_groups_reset(struct wt_cells *cells) {
    for (uint32_t i = 0; i < cells->group_count; i++) {
        struct wt_cell_group *group = &cells->groups[i];
        (void)take_offer(group);
        /* Other values than those that were published under this number. */
        uint64_t next = __atomic_load_n(&group->handle.begun, __ATOMIC_RELAXED) + 2;
        __atomic_store_n(&group->handle.begun, next, __ATOMIC_RELAXED);
        __atomic_store_n(&group->handle.done, next, __ATOMIC_RELEASE);
        point_at(group, cells->data);
    }
}

/* ---- The writer's side ---- */

void worktop_group_move(struct worktop_group *handle) {
    struct wt_cell_group *group = (struct wt_cell_group *)(void *)handle;
    unsigned char *data = take_offer(group);
    if (data == NULL)
        return;
    uint64_t next = __atomic_load_n(&handle->begun, __ATOMIC_RELAXED) + 2;
    __atomic_store_n(word_at(data, group->offset), next - 1, __ATOMIC_RELAXED);
    for (struct wt_cell *cell = group->first; cell < group->end; cell++) {
        if (cell->group != group->number)
            continue;
        uint64_t *word = word_at(data, cell->offset);
        uint64_t own = __atomic_load_n(&cell->handle.own, __ATOMIC_RELAXED);
        __atomic_store_n(word, own, __ATOMIC_RELEASE);
        __atomic_store_n(&cell->handle.cell, (uintptr_t)word, __ATOMIC_RELEASE);
    }
    point_at(group, data);
}
