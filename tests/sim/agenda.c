#include "sim/agenda.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "sim/sim.h"

static bool is_before(const struct sim_moment *a, const struct sim_moment *b) {
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

void sim_agenda_put(struct sim_agenda *agenda, const struct sim_moment *moment) {
    if (agenda->count == agenda->capacity) {
        agenda->capacity = agenda->capacity == 0 ? 256 : 2 * agenda->capacity;
        agenda->heap = sim_resize(agenda->heap, agenda->capacity * sizeof *agenda->heap);
    }
    struct sim_moment late = *moment;
    late.order = ++agenda->order;
    size_t at = agenda->count++;
    while (at > 0 && is_before(&late, &agenda->heap[(at - 1) / 2])) {
        agenda->heap[at] = agenda->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    agenda->heap[at] = late;
}

struct sim_moment sim_agenda_take(struct sim_agenda *agenda) {
    assert(agenda->count > 0);
    struct sim_moment first = agenda->heap[0], last = agenda->heap[--agenda->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= agenda->count)
            break;
        if (child + 1 < agenda->count && is_before(&agenda->heap[child + 1], &agenda->heap[child]))
            child++;
        if (!is_before(&agenda->heap[child], &last))
            break;
        agenda->heap[at] = agenda->heap[child];
        at = child;
    }
    agenda->heap[at] = last;
    return first;
}

void sim_agenda_fini(struct sim_agenda *agenda) {
    free(agenda->heap);
    *agenda = (struct sim_agenda){0};
}
