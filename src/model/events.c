#include "model/events.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

struct slot {
    struct wt_event event; /* its texts point to `texts` */
    char *texts;           /* owned: service, then text */
};

struct wt_events {
    struct slot slots[WT_EVENTS_MAX]; /* event s is in slot s % WT_EVENTS_MAX */
    uint64_t sequence;
    uint64_t lost; /* for want of memory */
    size_t count;
    struct wt_event_block *block; /* the last copy, one reference; NULL before the first */
};

struct wt_events *wt_events_create(void) {
    return calloc(1, sizeof(struct wt_events));
}

void wt_events_destroy(struct wt_events *events) {
    if (events == NULL)
        return;
    for (size_t i = 0; i < WT_EVENTS_MAX; i++)
        free(events->slots[i].texts);
    wt_event_block_unref(events->block);
    free(events);
}

void wt_events_add(struct wt_events *events, int64_t realtime_ns, enum wt_event_kind kind,
                   enum wt_severity severity, uint64_t worker_id, const char *service,
                   const char *format, ...) {
    char line[2 * WT_EVENT_TEXT_BYTES], clean[WT_EVENT_TEXT_BYTES + 1];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    size_t length = written < 0 ? 0 : (size_t)written;
    length = length < sizeof line ? length : sizeof line - 1;
    size_t text_bytes = wt_text_clean(clean, sizeof clean, line, length) + 1;
    size_t service_bytes = service == NULL ? 1 : strlen(service) + 1;

    char *texts = malloc(service_bytes + text_bytes);
    if (texts == NULL) {
        events->lost++;
        return;
    }
    memcpy(texts, service == NULL ? "" : service, service_bytes);
    memcpy(texts + service_bytes, clean, text_bytes);
    uint64_t sequence = ++events->sequence;
    struct slot *slot = &events->slots[sequence % WT_EVENTS_MAX];
    free(slot->texts);
    *slot = (struct slot){
        .texts = texts,
        .event = {.sequence = sequence,
                  .realtime_ns = realtime_ns,
                  .kind = kind,
                  .severity = severity,
                  .worker_id = worker_id,
                  .service = texts,
                  .text = texts + service_bytes},
    };
    if (events->count < WT_EVENTS_MAX)
        events->count++;
}

uint64_t wt_events_dropped(const struct wt_events *events) {
    return events->sequence - events->count + events->lost;
}

static const char *copy_text(char **at, const char *text) {
    size_t length = strlen(text) + 1;
    char *copy = memcpy(*at, text, length);
    *at += length;
    return copy;
}

static struct wt_event_block *make_block(const struct wt_events *events) {
    size_t text_bytes = 0;
    uint64_t first = events->sequence - events->count + 1;
    for (size_t i = 0; i < events->count; i++) {
        const struct wt_event *event = &events->slots[(first + i) % WT_EVENTS_MAX].event;
        text_bytes += strlen(event->service) + strlen(event->text) + 2;
    }
    struct wt_event_block *block =
        malloc(sizeof *block + events->count * sizeof *block->events + text_bytes);
    if (block == NULL)
        return NULL;
    *block = (struct wt_event_block){
        .references = 1,
        .sequence = events->sequence,
        .dropped = wt_events_dropped(events),
        .count = events->count,
        .events = (struct wt_event *)(block + 1),
    };
    char *texts = (char *)(block->events + events->count);
    for (size_t i = 0; i < events->count; i++) {
        const struct wt_event *event = &events->slots[(first + i) % WT_EVENTS_MAX].event;
        block->events[i] = *event;
        block->events[i].service = copy_text(&texts, event->service);
        block->events[i].text = copy_text(&texts, event->text);
    }
    return block;
}

struct wt_event_block *wt_events_block(struct wt_events *events) {
    if (events->block == NULL || events->block->sequence != events->sequence) {
        struct wt_event_block *block = make_block(events);
        if (block == NULL)
            return NULL;
        wt_event_block_unref(events->block);
        events->block = block;
    }
    return wt_event_block_ref(events->block);
}

struct wt_event_block *wt_event_block_ref(const struct wt_event_block *block) {
    struct wt_event_block *shared = (struct wt_event_block *)block;
    __atomic_fetch_add(&shared->references, 1, __ATOMIC_RELAXED);
    return shared;
}

void wt_event_block_unref(const struct wt_event_block *block) {
    struct wt_event_block *shared = (struct wt_event_block *)block;
    if (shared != NULL && __atomic_fetch_sub(&shared->references, 1, __ATOMIC_ACQ_REL) == 1)
        free(shared);
}
