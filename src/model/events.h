/* events.h - the last things that happened, bounded.
 *
 * A ring of WT_EVENTS_MAX events. Each has a sequence number 1, 2, 3 ...; when the ring is full the
 * oldest is dropped and counted. Readers get a block: an immutable, reference counted copy, made
 * only when something happened since the last one.
 *
 * Threads: the ring has one owner; blocks may be held and released by any thread.
 */
#ifndef WT_MODEL_EVENTS_H
#define WT_MODEL_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

enum { WT_EVENTS_MAX = 256, WT_EVENT_TEXT_BYTES = 200 };

struct wt_event_block {
    uint32_t references; /* atomic */
    uint64_t sequence;   /* of the newest event in it */
    uint64_t dropped;    /* before the oldest one in it */
    size_t count;
    struct wt_event *events; /* oldest first; texts lie in the same memory */
};

struct wt_events; /* opaque */

struct wt_events *wt_events_create(void); /* NULL without memory */
void wt_events_destroy(struct wt_events *events);

/*
 * Appends one. service may be NULL or ""; texts are cleaned, cut visibly at WT_EVENT_TEXT_BYTES
 * and copied. Without memory the event is counted as dropped.
 */
void wt_events_add(struct wt_events *events, int64_t realtime_ns, enum wt_event_kind kind,
                   enum wt_severity severity, uint64_t worker_id, const char *service,
                   const char *format, ...) __attribute__((format(printf, 7, 8)));

uint64_t wt_events_dropped(const struct wt_events *events);

/* The present events, one reference for the caller. NULL without memory. */
struct wt_event_block *wt_events_block(struct wt_events *events);
struct wt_event_block *wt_event_block_ref(const struct wt_event_block *block);
void wt_event_block_unref(const struct wt_event_block *block); /* NULL is fine */

#endif /* WT_MODEL_EVENTS_H */
