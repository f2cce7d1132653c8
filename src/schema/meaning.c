#include <string.h>

#include "schema/schema.h"

/* The words of kinds, roles and aggregates, and how what is said of a field becomes its meaning. */

static const char *const kinds[] = {[WT_KIND_GAUGE] = "gauge", [WT_KIND_COUNTER] = "counter"};

static const char *const roles[] = {[WT_ROLE_NONE] = "none",
                                    [WT_ROLE_BUSY] = "busy",
                                    [WT_ROLE_CAPACITY] = "capacity",
                                    [WT_ROLE_QUEUE] = "queue",
                                    [WT_ROLE_ERRORS] = "errors"};

static const char *const aggregates[] = {[WT_AGGREGATE_SUM] = "sum",
                                         [WT_AGGREGATE_MIN] = "min",
                                         [WT_AGGREGATE_MAX] = "max",
                                         [WT_AGGREGATE_MEAN] = "mean",
                                         [WT_AGGREGATE_LAST] = "last"};

enum {
    KINDS = sizeof kinds / sizeof kinds[0],
    ROLES = sizeof roles / sizeof roles[0],
    AGGREGATES = sizeof aggregates / sizeof aggregates[0]
};

const char *wt_kind_text(enum wt_kind kind) {
    return kinds[(unsigned)kind < KINDS ? kind : WT_KIND_GAUGE];
}

const char *wt_role_text(enum wt_role role) {
    return roles[(unsigned)role < ROLES ? role : WT_ROLE_NONE];
}

const char *wt_aggregate_text(enum wt_aggregate aggregate) {
    return aggregates[(unsigned)aggregate < AGGREGATES ? aggregate : WT_AGGREGATE_SUM];
}

/* Index of the word, `count` when it is none of them. */
static size_t find(const char *const *words, size_t count, const char *word, size_t length) {
    size_t i = 0;
    while (i < count && (strlen(words[i]) != length || memcmp(words[i], word, length) != 0))
        i++;
    return i;
}

bool wt_kind_of_word(const char *word, size_t length, enum wt_kind *out) {
    size_t found = find(kinds, KINDS, word, length);
    if (found < KINDS)
        *out = (enum wt_kind)found;
    return found < KINDS;
}

bool wt_role_of_word(const char *word, size_t length, enum wt_role *out) {
    size_t found = find(roles, ROLES, word, length);
    if (found < ROLES)
        *out = (enum wt_role)found;
    return found < ROLES;
}

bool wt_aggregate_of_word(const char *word, size_t length, enum wt_aggregate *out) {
    size_t found = find(aggregates, AGGREGATES, word, length);
    if (found < AGGREGATES)
        *out = (enum wt_aggregate)found;
    return found < AGGREGATES;
}

static bool is_role_of_gauges(enum wt_role role) {
    return role == WT_ROLE_BUSY || role == WT_ROLE_CAPACITY || role == WT_ROLE_QUEUE;
}

void wt_said_apply(const struct wt_field_said *said, struct wt_field_meaning *meaning) {
    bool says_kind = (said->says & WT_SAYS_KIND) != 0;
    if (says_kind)
        meaning->kind = said->kind;
    if ((said->says & WT_SAYS_ROLE) != 0) {
        meaning->role = said->role;
        if (!says_kind && is_role_of_gauges(said->role))
            meaning->kind = WT_KIND_GAUGE;
    }
    if (meaning->kind == WT_KIND_COUNTER && is_role_of_gauges(meaning->role))
        meaning->role = WT_ROLE_NONE;
    if ((said->says & WT_SAYS_AGGREGATE) != 0)
        meaning->aggregate = said->aggregate;
    if ((said->says & WT_SAYS_UNIT) != 0)
        meaning->unit = said->unit;
}
