/* cells.c - moving words that other threads are writing.
 *
 * The race that everything here is about: a thread has loaded a handle's address and is preempted;
 * the library moves the word; the thread wakes up and writes to where the word was. Therefore
 *
 *   1. The old page is frozen first: swapped, at the same address, for a private copy. From then on
 *      the monitor may give the old segment to somebody else, whatever our threads do.
 *   2. The old page is never unmapped and never used again. What late threads add to it is found
 *      there, and drained: first the value c at which it was copied is the base of the debt, then
 *      each look takes v - base and makes v the new base.
 *   3. A word with one writer, or one that is only set, has its truth in handle.own. The writer
 *      stores own first and the word second, both with release. A repair loads the word, then own
 *      (acquire: all words published before this own are there by now), and swaps the word only if
 *      it still holds what was loaded: so it can never overwrite something newer, nor can an older
 *      store land after the swap, and a published counter never falls.
 *      The words of a group are never repaired one by one: groups.c.
 *   4. A truncated file turns into a page of zeros under us (shm/guard.h; the flag is set before
 *      that page appears, so whoever loads a value and then finds no flag may believe the value).
 *      The words flee to a new home page: one-writer and set words from handle.own, shared adds
 *      from their last checkpoint plus what the page of zeros has counted since. Nothing on such a
 *      page is a debt: two threads that fault at once may each replace it. So at most the adds
 *      since the last checkpoint are gone. A frozen copy falls to a truncation too (the kernel
 *      drops private copies of the pages that it takes away), so it stays guarded, and is no
 *      longer drained after it broke. A file that is cut within our page faults nowhere: there the
 *      heartbeat compares its size, and what lay behind the cut is treated alike. One that was cut
 *      and made as long again before anybody looked has lost our canary, a constant in the word
 *      behind the last one: then all words of that page are taken for lost. (A cut through these
 *      very words that is undone within a second may so count those before it twice.)
 */
#include "client/cells.h"

#include <stdlib.h>
#include <string.h>

#include "client/groups.h"

struct wt_cell_debt {
    struct wt_cell_debt *next;
    unsigned char *data;
    struct wt_cell_pages pages;
    uint64_t *bases;  /* one per cell, of WORKTOP_ADD cells only */
    uint8_t *page_of; /* one per cell */
};

enum { REPAIR_TRIES = 4, NO_DEBT = 0xff };

static const uint64_t canary_value = UINT64_C(0x79726e6163747721); /* "!wtcanry" */

static uint64_t *word_at(unsigned char *data, const struct wt_cell *cell) {
    return (uint64_t *)(void *)(data + cell->offset);
}

static uint64_t *word_of(const struct wt_cell *cell) {
    return worktop_cell(&cell->handle);
}

static void point_at(struct wt_cell *cell, uint64_t *word) {
    __atomic_store_n(&cell->handle.cell, (uintptr_t)word, __ATOMIC_RELEASE);
}

/* Adds `more` as the cell's type understands it. */
static void add_bits(const struct wt_cell *cell, uint64_t *word, uint64_t more) {
    if (cell->type != WORKTOP_F64) {
        __atomic_fetch_add(word, more, __ATOMIC_RELAXED);
        return;
    }
    struct worktop_handle handle = {.cell = (uintptr_t)word};
    worktop_add_f64(&handle, worktop_f64_value(more));
}

/* later - earlier, as the cell's type understands it. */
static uint64_t difference(const struct wt_cell *cell, uint64_t later, uint64_t earlier) {
    if (cell->type != WORKTOP_F64)
        return later - earlier;
    return worktop_f64_bits(worktop_f64_value(later) - worktop_f64_value(earlier));
}

/* One block, groups and keys behind the cells: it lives as long as the process. */
static bool allocate_cells(struct wt_cells *cells, const struct worktop_field *fields,
                           uint32_t count, uint32_t group_count, char **keys) {
    size_t bytes = count * sizeof *cells->cells + group_count * sizeof *cells->groups;
    size_t line = WT_CELL_LINE_BYTES, keys_at = bytes;
    for (uint32_t i = 0; i < count; i++)
        bytes += strlen(fields[i].key) + 1;
    cells->cells = aligned_alloc(line, (bytes + line - 1) / line * line);
    if (cells->cells == NULL)
        return false;
    cells->groups = (struct wt_cell_group *)(cells->cells + count);
    *keys = (char *)cells->cells + keys_at;
    return true;
}

wt_status wt_cells_init(struct wt_cells *cells, const struct worktop_field *fields, uint32_t count,
                        struct wt_error *err) {
    *cells = (struct wt_cells){.segment.fd = -1};
    for (uint32_t i = 0; i < WT_CELLS_MAX_PAGES; i++)
        cells->pages.guards[i] = WT_GUARD_NONE;
    if (count == 0)
        return WT_OK;

    uint32_t group_count = wt_groups_count(fields, count);
    char *keys;
    if (!allocate_cells(cells, fields, count, group_count, &keys))
        return wt_fail(err, WT_ENOMEM, "no memory for %u fields", count);
    uint32_t extent_bytes = (count + group_count) * (uint32_t)sizeof(uint64_t);
    void *home;
    wt_status status = wt_mapping_home(extent_bytes, &home, err);
    if (status != WT_OK) {
        free(cells->cells);
        cells->cells = NULL;
        return status;
    }
    cells->count = count;
    cells->group_count = group_count;
    cells->extent_bytes = extent_bytes;
    cells->data = home;
    for (uint32_t i = 0; i < count; i++) {
        struct wt_cell *cell = &cells->cells[i];
        uint32_t group = wt_groups_of_form(fields[i].form);
        *cell = (struct wt_cell){.key = keys,
                                 .type = fields[i].type,
                                 .form = group != 0 ? WORKTOP_ONE_WRITER : fields[i].form,
                                 .group = group,
                                 .offset = i * (uint32_t)sizeof(uint64_t)};
        size_t length = strlen(fields[i].key) + 1;
        memcpy(keys, fields[i].key, length);
        keys += length;
        point_at(cell, word_at(cells->data, cell));
    }
    wt_groups_init(cells);
    return WT_OK;
}

void wt_cells_destroy(struct wt_cells *cells) {
    if (cells->data != NULL)
        wt_mapping_unmap(cells->data, cells->extent_bytes);
    free(cells->cells);
    *cells = (struct wt_cells){.segment.fd = -1};
}

struct wt_cell *wt_cells_find(const struct wt_cells *cells, const char *key) {
    for (uint32_t i = 0; i < cells->count; i++)
        if (strcmp(cells->cells[i].key, key) == 0)
            return &cells->cells[i];
    return NULL;
}

/* ---- Truncations ---- */

/* Watches each page that holds words of ours. False when there is no memory for it. */
static bool watch_pages(const struct wt_segment_map *segment, uint32_t extent_bytes,
                        struct wt_cell_pages *pages) {
    size_t page_bytes = wt_page_bytes();
    size_t begin = (size_t)(segment->data - segment->map) / page_bytes;
    size_t end = (size_t)(segment->data - segment->map + extent_bytes - 1) / page_bytes + 1;
    *pages = (struct wt_cell_pages){.guards = {WT_GUARD_NONE, WT_GUARD_NONE}};
    for (size_t page = begin; page < end && pages->count < WT_CELLS_MAX_PAGES; page++) {
        if (wt_guard_add(segment->map + page * page_bytes, page_bytes, &pages->guards[pages->count],
                         NULL) != WT_OK) {
            if (pages->count > 0)
                wt_guard_remove(pages->guards[0]);
            return false;
        }
        pages->count++;
    }
    return true;
}

/* Where there is room for it on the page of the last word, and within the segment. */
static void place_canary(const struct wt_segment_map *segment, uint32_t extent_bytes,
                         struct wt_cell_pages *pages) {
    size_t at = (size_t)(segment->data - segment->map) + extent_bytes;
    if (extent_bytes + sizeof *pages->canary > segment->size_bytes || at % wt_page_bytes() == 0)
        return;
    pages->canary = (uint64_t *)(void *)(segment->data + extent_bytes);
    __atomic_store_n(pages->canary, canary_value, __ATOMIC_RELEASE);
}

static bool lost_canary(const struct wt_cell_pages *pages, uint32_t page) {
    return pages->canary != NULL && page + 1 == pages->count &&
           __atomic_load_n(pages->canary, __ATOMIC_RELAXED) != canary_value;
}

static void unwatch_pages(struct wt_cell_pages *pages) {
    for (uint32_t i = 0; i < pages->count; i++)
        wt_guard_remove(pages->guards[i]);
    *pages = (struct wt_cell_pages){.guards = {WT_GUARD_NONE, WT_GUARD_NONE}};
}

/* Which of the segment's pages the word at an offset lies in. */
static uint32_t page_of(const struct wt_segment_map *segment, uint32_t offset) {
    size_t page_bytes = wt_page_bytes();
    size_t first = (size_t)(segment->data - segment->map) / page_bytes;
    return (uint32_t)((size_t)(segment->data - segment->map + offset) / page_bytes - first);
}

/* Call it after a load from the page: see rule 4. */
static bool is_broken(struct wt_cell_pages *pages, uint32_t page) {
    if (page < pages->count && !pages->broken[page])
        pages->broken[page] = wt_guard_is_broken(pages->guards[page]) || lost_canary(pages, page);
    return page < pages->count && pages->broken[page];
}

/* The file ends within one of our pages: no fault tells of that, but a part of it is zeros now. */
static void notice_cut(struct wt_cells *cells) {
    uint64_t left_bytes;
    if (!wt_segment_map_is_cut(&cells->segment, &left_bytes))
        return;
    if (left_bytes >= cells->extent_bytes) { /* through the canary, if through anything */
        cells->pages.canary = NULL;
        return;
    }
    cells->pages.left_bytes = left_bytes;
    for (uint32_t i = page_of(&cells->segment, (uint32_t)left_bytes); i < cells->pages.count; i++)
        cells->pages.broken[i] = true;
}

/* Takes a checkpoint of every shared-add word. False, with the older checkpoints kept, when a page
 * turns out to be broken. Loads the other words too: that is how a truncation is noticed. */
static bool take_checkpoints(struct wt_cells *cells) {
    uint64_t values[WORKTOP_MAX_FIELDS];
    bool intact = true;
    for (uint32_t i = 0; i < cells->count; i++)
        values[i] = __atomic_load_n(word_at(cells->data, &cells->cells[i]), __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < cells->group_count; i++) {
        const struct wt_cell_group *group = &cells->groups[i];
        const unsigned char *sequence = cells->data + group->offset;
        (void)__atomic_load_n((const uint64_t *)(const void *)sequence, __ATOMIC_ACQUIRE);
    }
    notice_cut(cells); /* whatever was cut later was loaded whole */
    for (uint32_t i = 0; i < cells->count; i++) {
        struct wt_cell *cell = &cells->cells[i];
        if (is_broken(&cells->pages, cell->page))
            intact = false;
        else
            cell->checkpoint = values[i];
    }
    for (uint32_t i = 0; i < cells->group_count; i++)
        if (is_broken(&cells->pages, cells->groups[i].page))
            intact = false;
    return intact;
}

/* ---- Repair and debts ---- */

/* Rule 3 of the essay. More than one try only matters for a value that was set back and forth. */
static void repair(const struct wt_cell *cell) {
    uint64_t *word = word_of(cell);
    for (int i = 0; i < REPAIR_TRIES; i++) {
        uint64_t value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        uint64_t own = __atomic_load_n(&cell->handle.own, __ATOMIC_ACQUIRE);
        if (value == own || __atomic_compare_exchange_n(word, &value, own, false, __ATOMIC_RELEASE,
                                                        __ATOMIC_RELAXED))
            return;
    }
}

static void repair_all(const struct wt_cells *cells) {
    for (uint32_t i = 0; i < cells->count; i++)
        if (cells->cells[i].form != WORKTOP_ADD && cells->cells[i].group == 0)
            repair(&cells->cells[i]);
}

static void drain_one(struct wt_cells *cells, struct wt_cell_debt *debt) {
    for (uint32_t i = 0; i < cells->count; i++) {
        const struct wt_cell *cell = &cells->cells[i];
        if (cell->form != WORKTOP_ADD || debt->page_of[i] == NO_DEBT)
            continue;
        uint64_t value = __atomic_load_n(word_at(debt->data, cell), __ATOMIC_ACQUIRE);
        if (is_broken(&debt->pages, debt->page_of[i]) || value == debt->bases[i])
            continue;
        add_bits(cell, word_of(cell), difference(cell, value, debt->bases[i]));
        debt->bases[i] = value;
    }
}

void wt_cells_drain(struct wt_cells *cells) {
    for (struct wt_cell_debt *debt = cells->debts; debt != NULL; debt = debt->next)
        drain_one(cells, debt);
}

static struct wt_cell_debt *create_debt(const struct wt_cells *cells) {
    size_t each = sizeof(uint64_t) + sizeof(uint8_t);
    struct wt_cell_debt *debt = calloc(1, sizeof *debt + cells->count * each);
    if (debt == NULL)
        return NULL;
    debt->bases = (uint64_t *)(void *)(debt + 1);
    debt->page_of = (uint8_t *)(debt->bases + cells->count);
    debt->data = cells->data;
    for (uint32_t i = 0; i < cells->count; i++)
        debt->page_of[i] = (uint8_t)cells->cells[i].page;
    return debt;
}

static void free_debts(struct wt_cells *cells) {
    while (cells->debts != NULL) {
        struct wt_cell_debt *next = cells->debts->next;
        free(cells->debts);
        cells->debts = next;
    }
}

/* ---- Switching ---- */

/* A word on a broken page goes on from its checkpoint and what a page of zeros has counted since,
 * or, before the cut of a file, from what is still there. It is never looked at again. */
static void give_up_word(const struct wt_cells *cells, uint32_t index, uint64_t value,
                         struct wt_cell_debt *debt) {
    const struct wt_cell *cell = &cells->cells[index];
    struct worktop_handle sum = {.cell = (uintptr_t)&sum.own, .own = cell->checkpoint};
    if (cell->offset + sizeof value <= cells->pages.left_bytes)
        sum.own = value;
    else if (cell->offset >= cells->pages.left_bytes) /* else the cut went through it */
        add_bits(cell, &sum.own, value);
    debt->bases[index] = sum.own;
    debt->page_of[index] = NO_DEBT;
}

/*
 * Freezes the page that the words are on, and puts the value with which each shared-add word moves
 * on into debt->bases. On failure the words are where they were, and shared.
 */
static wt_status leave_page(struct wt_cells *cells, struct wt_cell_debt *debt,
                            struct wt_error *err) {
    struct wt_cell_pages before = cells->pages;
    uint64_t values[WORKTOP_MAX_FIELDS];
    for (uint32_t i = 0; i < cells->count; i++)
        values[i] = __atomic_load_n(word_at(cells->data, &cells->cells[i]), __ATOMIC_ACQUIRE);
    notice_cut(cells);
    for (uint32_t i = 0; i < cells->count; i++)
        if (is_broken(&cells->pages, cells->cells[i].page))
            give_up_word(cells, i, values[i], debt);
    wt_status status = wt_segment_map_freeze(&cells->segment, err);
    if (status != WT_OK) {
        cells->pages = before;
        return status;
    }
    for (uint32_t i = 0; i < cells->count; i++) {
        const struct wt_cell *cell = &cells->cells[i];
        if (debt->page_of[i] == NO_DEBT)
            continue;
        debt->bases[i] = __atomic_load_n(word_at(cells->data, cell), __ATOMIC_ACQUIRE);
        if (is_broken(&cells->pages, cell->page))
            give_up_word(cells, i, 0, debt);
    }
    if (cells->pages.broken[0] || cells->pages.broken[1])
        cells->truncations++;
    debt->pages = cells->pages;
    return WT_OK;
}

/* Every word gets its value at `data` and its handle points there, those of groups when their
 * writers get round to it; what was left is a debt. */
static void move_words(struct wt_cells *cells, unsigned char *data, struct wt_cell_debt *debt) {
    cells->data = data;
    for (uint32_t i = 0; i < cells->count; i++) {
        struct wt_cell *cell = &cells->cells[i];
        if (cell->group != 0)
            continue;
        uint64_t value = cell->form == WORKTOP_ADD
                             ? debt->bases[i]
                             : __atomic_load_n(&cell->handle.own, __ATOMIC_RELAXED);
        uint64_t *word = word_at(data, cell);
        __atomic_store_n(word, value, __ATOMIC_RELAXED);
        cell->checkpoint = value;
        point_at(cell, word);
    }
    wt_groups_switch(cells, data);
    debt->next = cells->debts;
    cells->debts = debt;
}

static void settle(struct wt_cells *cells) {
    wt_cells_drain(cells);
    repair_all(cells);
    wt_groups_refresh(cells);
}

static void forget_segment(struct wt_cells *cells) {
    wt_segment_map_retire(&cells->segment);
    cells->segment = (struct wt_segment_map){.fd = -1};
    cells->pages = (struct wt_cell_pages){.guards = {WT_GUARD_NONE, WT_GUARD_NONE}};
    for (uint32_t i = 0; i < cells->count; i++)
        cells->cells[i].page = 0;
    for (uint32_t i = 0; i < cells->group_count; i++)
        cells->groups[i].page = 0;
}

/* The file was truncated: all words to a new home page. Without memory for it they stay, on a page
 * of zeros that is as private; the next heartbeat tries again. */
static void flee_home(struct wt_cells *cells) {
    struct wt_cell_debt *debt = create_debt(cells);
    void *home;
    if (debt == NULL || wt_mapping_home(cells->extent_bytes, &home, NULL) != WT_OK) {
        free(debt);
        return;
    }
    if (leave_page(cells, debt, NULL) != WT_OK) {
        wt_mapping_unmap(home, cells->extent_bytes);
        free(debt);
        return;
    }
    move_words(cells, home, debt);
    forget_segment(cells);
    settle(cells);
}

/* With everything at hand: nothing here can fail but the freeze. */
static wt_status switch_to(struct wt_cells *cells, const struct wt_segment_map *next,
                           const struct wt_cell_pages *pages, struct wt_error *err) {
    struct wt_cell_debt *debt = create_debt(cells);
    if (debt == NULL)
        return wt_fail(err, WT_ENOMEM, "no memory to leave the old segment");
    wt_status status = leave_page(cells, debt, err);
    if (status != WT_OK) {
        free(debt);
        return status;
    }
    move_words(cells, next->data, debt);
    forget_segment(cells);
    cells->segment = *next;
    cells->pages = *pages;
    for (uint32_t i = 0; i < cells->count; i++)
        cells->cells[i].page = page_of(next, cells->cells[i].offset);
    for (uint32_t i = 0; i < cells->group_count; i++)
        cells->groups[i].page = page_of(next, cells->groups[i].offset);
    cells->switches++;
    settle(cells);
    return WT_OK;
}

wt_status wt_cells_attach(struct wt_cells *cells, const char *path, uint64_t size, uint64_t offset,
                          struct wt_error *err) {
    if (cells->count == 0)
        return WT_OK;
    if (size < cells->extent_bytes)
        return wt_fail(err, WT_ERANGE,
                       "a segment of %llu bytes is too small for %u fields: start the monitor with "
                       "--segment-size %u or more",
                       (unsigned long long)size, cells->count, cells->extent_bytes);
    wt_cells_heartbeat(cells); /* flees from a file that was truncated */
    if (wt_cells_has_segment(cells) && wt_segment_map_is_at(&cells->segment, path, size, offset))
        return WT_OK;
    struct wt_segment_map next;
    wt_status status = wt_segment_map_open(path, size, offset, &next, err);
    if (status != WT_OK)
        return status;
    struct wt_cell_pages pages;
    if (!watch_pages(&next, cells->extent_bytes, &pages)) {
        status = wt_fail(err, WT_ENOMEM, "no memory to watch the segment in %s", path);
        goto fail_close;
    }
    place_canary(&next, cells->extent_bytes, &pages);
    status = switch_to(cells, &next, &pages, err);
    if (status != WT_OK)
        goto fail_unwatch;
    return WT_OK;

fail_unwatch:
    unwatch_pages(&pages);
fail_close:
    wt_segment_map_close(&next);
    return status;
}

bool wt_cells_heartbeat(struct wt_cells *cells) {
    settle(cells);
    if (take_checkpoints(cells))
        return false;
    flee_home(cells);
    return true;
}

void wt_cells_detach(struct wt_cells *cells) {
    wt_segment_map_freeze(&cells->segment, NULL);
}

wt_status wt_cells_reset(struct wt_cells *cells, struct wt_error *err) {
    if (cells->count == 0)
        return WT_OK;
    void *home;
    wt_status status = wt_mapping_home(cells->extent_bytes, &home, err);
    if (status != WT_OK)
        return status;
    wt_segment_map_freeze(&cells->segment, NULL);
    forget_segment(cells);
    cells->data = home;
    for (uint32_t i = 0; i < cells->count; i++) {
        struct wt_cell *cell = &cells->cells[i];
        cell->checkpoint = 0;
        __atomic_store_n(&cell->handle.own, 0, __ATOMIC_RELAXED);
        point_at(cell, word_at(cells->data, cell));
    }
    wt_groups_reset(cells);
    free_debts(cells);
    return WT_OK;
}

void wt_cells_fini(struct wt_cells *cells) {
    settle(cells);
    wt_segment_map_freeze(&cells->segment, NULL);
    forget_segment(cells);
    free_debts(cells);
}
