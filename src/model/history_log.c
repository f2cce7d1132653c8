/* What was said: the sentences of each service, and the events. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/history_private.h"

enum { WORDS_EVERY_S = 10 };

static struct wt_history_words *words_number(const struct wt_history_service *kept,
                                             uint64_t number) {
    return &kept->words[(number - 1) % WT_HISTORY_WORDS];
}

/* Of a number that was never used, sentence is NULL. */
static void words_drop(struct wt_history_words *words, size_t *bytes) {
    if (words->sentence != NULL)
        *bytes -= strlen(words->sentence) + 1;
    free(words->sentence);
    if (words->others != NULL)
        *bytes -= words->others->bytes;
    free(words->others);
    *words = (struct wt_history_words){0};
}

static size_t others_kept(const struct wt_service *service) {
    return service->other_count < WT_HISTORY_OTHERS ? service->other_count : WT_HISTORY_OTHERS;
}

/* False without memory. */
static bool keep_others(struct wt_history_words *words, const struct wt_service *service,
                        size_t *all_bytes) {
    size_t count = others_kept(service), bytes = sizeof *words->others;
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        bytes += sizeof(struct wt_trouble) + strlen(service->others[i].sentence) + 1;
    struct wt_history_others *others = malloc(bytes);
    if (others == NULL)
        return false;
    *others = (struct wt_history_others){.count = count, .bytes = bytes};
    char *text = (char *)(others->items + count);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(service->others[i].sentence) + 1;
        others->items[i] = service->others[i];
        others->items[i].sentence = memcpy(text, service->others[i].sentence, size);
        text += size;
    }
    words->others = others;
    *all_bytes += bytes;
    return true;
}

/* Whether the same is wrong beside the verdict. What rises may come and go at each look: that is
 * for said_the_same. */
static bool same_others(const struct wt_history_words *words, const struct wt_service *service) {
    size_t before = words->others != NULL ? words->others->count : 0, now = others_kept(service);
    for (size_t i = 0, k = 0;; i++, k++) {
        while (i < before && words->others->items[i].verdict <= WT_VERDICT_OK)
            i++;
        while (k < now && service->others[k].verdict <= WT_VERDICT_OK)
            k++;
        if (i >= before || k >= now)
            return i >= before && k >= now;
        const struct wt_trouble *was = &words->others->items[i], *is = &service->others[k];
        if (was->cause != is->cause || was->verdict != is->verdict)
            return false;
    }
}

static bool said_the_same(const struct wt_history_words *words, const struct wt_service *service) {
    size_t count = words->others != NULL ? words->others->count : 0;
    bool same = count == others_kept(service);
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(words->others->items[i].sentence, service->others[i].sentence) == 0;
    return same;
}

bool wt_history_log_service(struct wt_history *history, struct wt_history_service *kept,
                            const struct wt_service *service, int64_t realtime_ns) {
    const char *sentence = service->sentence ? service->sentence : "";
    const struct wt_history_words *last =
        kept->word_count > 0 ? words_number(kept, kept->word_count) : NULL;
    bool same = last != NULL && last->verdict == service->verdict &&
                last->since_ns == service->verdict_since_ns && same_others(last, service);
    if (same && (realtime_ns - last->at_ns < WORDS_EVERY_S * WT_NS_PER_S ||
                 (strcmp(last->sentence, sentence) == 0 && said_the_same(last, service))))
        return true;
    if (kept->words == NULL) {
        kept->words = calloc(WT_HISTORY_WORDS, sizeof *kept->words);
        if (kept->words == NULL)
            return false;
        history->bytes += WT_HISTORY_WORDS * sizeof *kept->words;
    }
    char *copy = strdup(sentence);
    if (copy == NULL)
        return false;
    struct wt_history_words *words = words_number(kept, ++kept->word_count);
    words_drop(words, &history->bytes);
    history->bytes += strlen(copy) + 1;
    *words = (struct wt_history_words){.at_ns = realtime_ns,
                                       .since_ns = service->verdict_since_ns,
                                       .verdict = service->verdict,
                                       .cause = service->cause,
                                       .sentence = copy};
    return keep_others(words, service, &history->bytes);
}

static uint64_t words_kept(const struct wt_history_service *kept) {
    return kept->word_count < WT_HISTORY_WORDS ? kept->word_count : WT_HISTORY_WORDS;
}

const struct wt_history_words *wt_history_words_at(const struct wt_history_service *kept,
                                                   int64_t bucket) {
    uint64_t count = words_kept(kept);
    for (uint64_t i = 0; i < count; i++) {
        const struct wt_history_words *words = words_number(kept, kept->word_count - i);
        if (wt_history_bucket(words->at_ns) <= bucket)
            return words;
    }
    return NULL;
}

void wt_history_log_forget_after(struct wt_history_service *kept, int64_t bucket, size_t *bytes) {
    while (words_kept(kept) > 0 &&
           wt_history_bucket(words_number(kept, kept->word_count)->at_ns) > bucket) {
        struct wt_history_words *words = words_number(kept, kept->word_count);
        if (words->sentence == NULL)
            break; /* its place was used before the ring came around: nothing older is kept */
        words_drop(words, bytes);
        kept->word_count--;
    }
}

void wt_history_words_fini(struct wt_history_service *kept, size_t *bytes) {
    if (kept->words == NULL)
        return;
    for (size_t i = 0; i < WT_HISTORY_WORDS; i++)
        words_drop(&kept->words[i], bytes);
    *bytes -= WT_HISTORY_WORDS * sizeof *kept->words;
    free(kept->words);
    kept->words = NULL;
    kept->word_count = 0;
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void event_drop(struct wt_event *event, size_t *bytes) {
    if (event->text != NULL)
        *bytes -= strlen(event->service) + 1 + strlen(event->text) + 1;
    free((char *)event->service);
    free((char *)event->text);
    *event = (struct wt_event){0};
}

static bool event_add(struct wt_history *history, const struct wt_event *event) {
    if (history->events == NULL) {
        history->events = calloc(WT_HISTORY_EVENTS, sizeof *history->events);
        if (history->events == NULL)
            return false;
        history->bytes += WT_HISTORY_EVENTS * sizeof *history->events;
    }
    char *service = strdup(event->service), *text = strdup(event->text);
    if (service == NULL || text == NULL) {
        free(service);
        free(text);
        return false;
    }
    struct wt_event *place = &history->events[history->event_count++ % WT_HISTORY_EVENTS];
    event_drop(place, &history->bytes);
    *place = *event;
    place->service = service;
    place->text = text;
    history->bytes += strlen(service) + 1 + strlen(text) + 1;
    return true;
}

/* A monitor counts its events from 1: with another monitor the count begins anew. */
bool wt_history_log_events(struct wt_history *history, const struct wt_snapshot *snapshot) {
    if (snapshot->event_count == 0)
        return true;
    uint64_t newest = snapshot->events[snapshot->event_count - 1].sequence;
    if (snapshot->monitor.started_realtime_ns != history->event_monitor ||
        newest < history->event_sequence)
        history->event_sequence = 0;
    size_t begin = snapshot->event_count;
    while (begin > 0 && snapshot->events[begin - 1].sequence > history->event_sequence)
        begin--;
    bool complete = true;
    for (size_t i = begin; i < snapshot->event_count; i++)
        complete &= event_add(history, &snapshot->events[i]);
    history->event_sequence = newest;
    history->event_monitor = snapshot->monitor.started_realtime_ns;
    return complete;
}

void wt_history_log_fini(struct wt_history *history) {
    if (history->events == NULL)
        return;
    for (size_t i = 0; i < WT_HISTORY_EVENTS; i++)
        event_drop(&history->events[i], &history->bytes);
    free(history->events);
}

size_t wt_history_event_count(const struct wt_history *history) {
    return history->event_count < WT_HISTORY_EVENTS ? (size_t)history->event_count
                                                    : WT_HISTORY_EVENTS;
}

const struct wt_event *wt_history_event(const struct wt_history *history, size_t index) {
    uint64_t first = history->event_count - wt_history_event_count(history);
    return &history->events[(first + index) % WT_HISTORY_EVENTS];
}
