#include "model/sentence.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/format.h"

const char *wt_sentence_cure(const char *sentence) {
    const char *cure = NULL;
    for (const char *at = strstr(sentence, "; "); at != NULL; at = strstr(at + 1, "; "))
        cure = at + 2;
    return cure != NULL ? cure : sentence + strlen(sentence);
}

/* The bytes of a duration at the beginning of a text: "1m34s", "2.0s"; 0 when it is none. */
static size_t duration_length(const char *text) {
    size_t length = strspn(text, "0123456789.dhmsu");
    return length > 1 && isdigit((unsigned char)text[0]) && isalpha((unsigned char)text[length - 1])
               ? length
               : 0;
}

/* Puts `with` in place of length bytes at `at`; what does not fit is cut off the end. */
static void replace(char out[static WT_SENTENCE_SIZE], size_t at, size_t length, const char *with) {
    char rest[WT_SENTENCE_SIZE];
    snprintf(rest, sizeof rest, "%s", out + at + length);
    snprintf(out + at, WT_SENTENCE_SIZE - at, "%s%s", with, rest);
}

/* What it says of a recovery is not since when the trouble is. */
static bool is_since_the_trouble(const char *sentence) {
    static const char *const others[] = {"recovering", "no longer"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(sentence, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

/* "busy for 1m34s": how long the work of a stuck worker had taken. */
static void drop_busy(char out[static WT_SENTENCE_SIZE]) {
    static const char busy[] = ", busy for ";
    const char *at = strstr(out, busy);
    size_t length = at != NULL ? duration_length(at + strlen(busy)) : 0;
    if (length > 0)
        replace(out, (size_t)(at - out), strlen(busy) + length, "");
}

static void drop_ago(char out[static WT_SENTENCE_SIZE]) {
    const char *ago = strstr(out, " ago");
    const char *at = ago;
    while (at != NULL && at > out && at[-1] != ' ')
        at--;
    if (at != NULL && at > out && duration_length(at) == (size_t)(ago - at))
        replace(out, (size_t)(at - out) - 1, (size_t)(ago - at) + 1 + strlen(" ago"), "");
}

/* " since 13:45:57", behind what is wrong. */
static void drop_since(char out[static WT_SENTENCE_SIZE]) {
    static const char word[] = " since ";
    const char *at = strstr(out, word);
    size_t length = at != NULL ? strspn(at + strlen(word), "0123456789:-") : 0;
    while (length > 0 && at[strlen(word) + length - 1] == ':')
        length--; /* what is wrong begins behind it */
    if (length > 0 && at - out <= 32)
        replace(out, (size_t)(at - out), strlen(word) + length, "");
}

void wt_sentence_dated(const char *sentence, const char *since, char out[static WT_SENTENCE_SIZE]) {
    static const char word[] = " for ", over[] = "over ";
    snprintf(out, WT_SENTENCE_SIZE, "%s", sentence);
    drop_busy(out);
    drop_ago(out);
    if (since[0] == '\0')
        drop_since(out);
    const char *at = strstr(out, word);
    if (at == NULL || at - out > 32) /* a program's own words */
        return;
    size_t skip = strlen(word);
    if (strncmp(at + skip, over, strlen(over)) == 0)
        skip += strlen(over);
    size_t length = duration_length(at + skip);
    if (length == 0)
        return;
    char with[64] = "";
    if (since[0] != '\0' && is_since_the_trouble(sentence))
        snprintf(with, sizeof with, " since %s", since);
    size_t begin = (size_t)(at - out),
           comma = with[0] == '\0' && begin > 0 && out[begin - 1] == ',';
    replace(out, begin - comma, comma + skip + length, with);
}

/* ---- figures --------------------------------------------------------------------------------- */

void wt_sentence_load(const struct wt_service *service, char *out, size_t size) {
    char used[WT_FORMAT_SIZE], busy[WT_FORMAT_SIZE], slots[WT_FORMAT_SIZE], queue[WT_FORMAT_SIZE];
    wt_format_percent(used, sizeof used, service->utilization_ratio);
    wt_format_si(busy, sizeof busy, wt_service_sum(service, service->busy_field));
    wt_format_si(slots, sizeof slots, wt_service_sum(service, service->capacity_field));
    double queued = wt_service_sum(service, service->queue_field);
    wt_format_si(queue, sizeof queue, queued);
    snprintf(out, size, "%s busy (%s of %s)%s%s%s", used, busy, slots, queued > 0 ? ", " : "",
             queued > 0 ? queue : "", queued > 0 ? " queued" : "");
}

/* False where a sentence about this cause has no figures, or they are not known. */
static bool say_figures(const struct wt_service *service, enum wt_cause cause, char *out,
                        size_t size) {
    char figure[WT_FORMAT_SIZE];
    double queued = wt_service_sum(service, service->queue_field);
    double errors = wt_service_rate(service, service->errors_field);
    if (cause == WT_CAUSE_SATURATED && !isnan(service->utilization_ratio)) {
        wt_sentence_load(service, out, size);
        return true;
    }
    if (cause == WT_CAUSE_QUEUE_GROWING && !isnan(queued)) {
        wt_format_si(figure, sizeof figure, queued);
        snprintf(out, size, "%s waiting", figure);
        return true;
    }
    if (cause == WT_CAUSE_ERRORS_RISING && !isnan(errors)) {
        wt_format_si(figure, sizeof figure, errors);
        snprintf(out, size, "%s/s", figure);
        return true;
    }
    return false;
}

void wt_sentence_renew(const struct wt_service *service, enum wt_cause cause,
                       char sentence[static WT_SENTENCE_SIZE]) {
    char figures[160], with[200];
    const char *begin = strstr(sentence, ": "), *cure = wt_sentence_cure(sentence);
    if (begin == NULL || !say_figures(service, cause, figures, sizeof figures))
        return;
    const char *end = cure[0] != '\0' ? cure - 2 : cure;
    if (end < begin)
        return;
    snprintf(with, sizeof with, ": %s", figures);
    replace(sentence, (size_t)(begin - sentence), (size_t)(end - begin), with);
}
