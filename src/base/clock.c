#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static struct wt_time (*override_source)(void *context);
static void *override_context;

static int64_t read_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * WT_NS_PER_S + now.tv_nsec;
}

struct wt_time wt_clock_now(void) {
    if (override_source != NULL)
        return override_source(override_context);
    return (struct wt_time){.monotonic_ns = read_ns(CLOCK_MONOTONIC),
                            .realtime_ns = read_ns(CLOCK_REALTIME)};
}

void wt_clock_override(struct wt_time (*source)(void *context), void *context) {
    override_source = source;
    override_context = context;
}
