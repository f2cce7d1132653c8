#include "demo/scenario.h"

#include <math.h>
#include <stddef.h>

const char *demo_kind_name(enum demo_kind kind) {
    static const char *const names[DEMO_KIND_COUNT] = {
        [DEMO_WEB] = "web", [DEMO_API] = "api", [DEMO_JOBS] = "jobs", [DEMO_CABLE] = "cable"};
    return names[kind];
}

double demo_cycle_time(double seconds) {
    return seconds > 0 ? fmod(seconds, DEMO_CYCLE_S) : 0;
}

static bool is_between(double seconds, double begin, double end) {
    double t = demo_cycle_time(seconds);
    return t >= begin && t < end;
}

double demo_load(enum demo_kind kind, double seconds) {
    const double full_turn = 6.283185307179586;
    double t = demo_cycle_time(seconds);
    switch (kind) {
    case DEMO_WEB:
        return 0.42 + 0.22 * sin(full_turn * t / 40);
    case DEMO_API:
        return is_between(seconds, DEMO_SATURATED_BEGIN_S, DEMO_SATURATED_END_S) ? 1.25 : 0.45;
    case DEMO_JOBS:
        return 0.55;
    case DEMO_CABLE:
        return 0.5 + 0.1 * sin(full_turn * t / 80);
    case DEMO_KIND_COUNT:
        break;
    }
    return 0;
}

double demo_worker_load(enum demo_kind kind, unsigned index, double seconds) {
    bool is_hot =
        kind == DEMO_WEB && index == 0 && is_between(seconds, DEMO_HOT_BEGIN_S, DEMO_HOT_END_S);
    return is_hot ? 1.4 : demo_load(kind, seconds);
}

double demo_failures(enum demo_kind kind, double seconds) {
    bool rises = kind == DEMO_WEB && is_between(seconds, DEMO_ERRORS_BEGIN_S, DEMO_ERRORS_END_S);
    return rises ? 40 : 1;
}

int demo_flapping_victim(enum demo_kind kind, double before_s, double now_s) {
    if (kind != DEMO_JOBS || !is_between(now_s, DEMO_FLAPPING_BEGIN_S, DEMO_FLAPPING_END_S))
        return -1;
    double before = demo_cycle_time(before_s) - DEMO_FLAPPING_BEGIN_S;
    double now = demo_cycle_time(now_s) - DEMO_FLAPPING_BEGIN_S;
    int pulse = (int)floor(now / DEMO_FLAPPING_EACH_S);
    bool passed = before < 0 || before > now || floor(before / DEMO_FLAPPING_EACH_S) < pulse;
    return passed ? pulse : -1;
}

bool demo_is_stuck(enum demo_kind kind, unsigned index, double seconds) {
    return kind == DEMO_JOBS && index == 0 &&
           is_between(seconds, DEMO_STUCK_BEGIN_S, DEMO_STUCK_END_S);
}

unsigned demo_newcomers(enum demo_kind kind, unsigned regular, double seconds) {
    if (kind != DEMO_WEB || !is_between(seconds, DEMO_GROWTH_BEGIN_S, DEMO_GROWTH_END_S))
        return 0;
    double grown = (demo_cycle_time(seconds) - DEMO_GROWTH_BEGIN_S) / 6.0;
    return grown >= 1 ? regular : (unsigned)ceil(regular * grown);
}
