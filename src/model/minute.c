#include "model/minute.h"

#include <stddef.h>

#include "base/clock.h"

/* The second of a moment, also before the clock's own beginning. */
static int64_t second_of(int64_t at_ns) {
    return at_ns / WT_NS_PER_S - (at_ns % WT_NS_PER_S < 0);
}

static size_t place_of(int64_t second) {
    int64_t place = second % WT_MINUTE_SECONDS;
    return (size_t)(place < 0 ? place + WT_MINUTE_SECONDS : place);
}

void wt_minute_add(struct wt_minute *minute, int64_t at_ns) {
    int64_t second = second_of(at_ns);
    if (second <= minute->newest - WT_MINUTE_SECONDS)
        return;
    if (second - minute->newest >= WT_MINUTE_SECONDS)
        *minute = (struct wt_minute){.newest = second};
    while (minute->newest < second) {
        uint32_t *oldest = &minute->counts[place_of(++minute->newest)];
        minute->total -= *oldest;
        *oldest = 0;
    }
    minute->counts[place_of(second)]++;
    minute->total++;
}

uint32_t wt_minute_count(const struct wt_minute *minute, int64_t now_ns) {
    int64_t now = second_of(now_ns), oldest = minute->newest - WT_MINUTE_SECONDS + 1;
    uint64_t count = minute->total;
    if (count == 0 || now - minute->newest >= WT_MINUTE_SECONDS)
        return 0;
    for (int64_t second = oldest; second <= now - WT_MINUTE_SECONDS; second++)
        count -= minute->counts[place_of(second)];
    return (uint32_t)count;
}
