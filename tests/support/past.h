/* past.h - a fleet made of plain numbers, looked at as often as a test wants: for histories. */
#ifndef WT_TESTS_PAST_H
#define WT_TESTS_PAST_H

#include "model/history.h"

enum { PAST_SERVICES = 80, PAST_FIELDS = 48 };

/* The first five fields of each service are its busy, capacity, queue, requests and errors; those
 * after them alternate between gauges and counters. */
struct past {
    struct wt_history *history;
    struct wt_service services[PAST_SERVICES];
    struct wt_field_stats fields[PAST_SERVICES][PAST_FIELDS];
    char names[PAST_SERVICES][32], keys[PAST_FIELDS][32];
    struct wt_event events[16];
    struct wt_snapshot snapshot;
    struct wt_accept_queue listener;
    bool everything; /* looks also tell windows of load, process figures and accept queues */
};

/* Fails the test without memory. `fields` counts the five, too. */
void past_open(struct past *past, size_t services, size_t fields);
void past_close(struct past *past);

/* Service i has `value` + i everywhere: utilization, sums, rates, counts. */
void past_look(struct past *past, double at_s, double value);

#endif /* WT_TESTS_PAST_H */
