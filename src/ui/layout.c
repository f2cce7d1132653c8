#include "ui/layout.h"

static int sum(const struct wt_slot *slots, size_t count) {
    int total = 0;
    for (size_t i = 0; i < count; i++)
        total += slots[i].rows;
    return total;
}

static void leave_out(struct wt_slot *slots, size_t count, int rows) {
    while (sum(slots, count) > rows) {
        size_t worst = count;
        for (size_t i = 0; i < count; i++)
            if (slots[i].rows && slots[i].rank > 0 &&
                (worst == count || slots[i].rank >= slots[worst].rank))
                worst = i;
        if (worst == count)
            break;
        slots[worst].rows = 0;
    }
    for (size_t i = count; i-- > 0 && sum(slots, count) > rows;) {
        int over = sum(slots, count) - rows;
        slots[i].rows = slots[i].rows > over ? slots[i].rows - over : 0;
    }
}

/* One row at a time to whoever has least of what it wants, measured by its weight. */
static void grow(struct wt_slot *slots, size_t count, int rows, int wanting) {
    for (int left = rows - sum(slots, count); left > 0; left--) {
        size_t next = count;
        for (size_t i = 0; i < count; i++) {
            int most = wanting ? slots[i].want : slots[i].most;
            if (!slots[i].rows || !slots[i].weight || ((wanting || most) && slots[i].rows >= most))
                continue;
            if (next == count ||
                slots[i].rows * slots[next].weight < slots[next].rows * slots[i].weight)
                next = i;
        }
        if (next == count)
            return;
        slots[next].rows++;
    }
}

void wt_layout_stack(struct wt_slot *slots, size_t count, int rows) {
    for (size_t i = 0; i < count; i++)
        slots[i].rows = slots[i].least;
    leave_out(slots, count, rows);
    grow(slots, count, rows, 1);
    grow(slots, count, rows, 0);
}
