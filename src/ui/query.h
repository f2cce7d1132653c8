/* query.h - what a person types to choose rows: words, and figures by their names.
 *
 *     web                    rows with this text anywhere in what they show, whatever the case
 *     "POST /checkout"       a text with spaces or signs in it
 *     service:web  pid:4711  a text that contains it; a number that is it
 *     state=crit             the whole text; only what a state can be is understood
 *     worker:12              of services: those that have this worker
 *     util>80  queue!=0  age<=2h  bytes_sent>1M   figures; also of the services' own fields
 *     queue:?                a figure that is not known
 *     !web  !state:ok        not
 *     util>80 queue>0        both
 *     state:crit | stuck>0   one of them; "both" binds closer
 *
 * Percentages are written without their sign or with it, durations as 90, 90s, 5m, 2h or 1d,
 * numbers with k, M or G. A figure that is not known matches no comparison, and not its contrary
 * either.
 *
 * A table says what it has with a wt_query_source. A query is parsed against it each time it is
 * used (fields come and go), and knows nothing afterwards of the text it was made from.
 * Room-internal.
 */
#ifndef WT_UI_QUERY_H
#define WT_UI_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wt_query_type {
    WT_QUERY_TEXT,
    WT_QUERY_WORD, /* a text that is one of few: what is none of them would match nothing */
    WT_QUERY_NUMBER,
    WT_QUERY_PERCENT, /* the source gives 0 .. 100 */
    WT_QUERY_SECONDS,
    WT_QUERY_MEMBER /* a number that one of the row's many has: the worker of a service */
};

struct wt_query_key {
    const char *name;
    enum wt_query_type type;
};

enum { WT_QUERY_SCRATCH = 64 };

/* What the rows of a table can be asked for. `key` is an index into keys. */
struct wt_query_source {
    const struct wt_query_key *keys;
    size_t key_count;
    /* NAN when it is not known. */
    double (*number)(const void *context, size_t row, int key);
    /* Borrowed, or written into scratch; never NULL. */
    const char *(*text)(const void *context, size_t row, int key, char scratch[WT_QUERY_SCRATCH]);
    /* The texts that a key of type WORD can have, NULL behind the last. May be NULL without them.
     */
    const char *(*word)(int key, int index);
    /* Whether one of the row's many has this number. May be NULL without keys that ask for it. */
    bool (*has)(const void *context, size_t row, int key, double number);
    /* Fields of the services' own: what stands for this name (-1: nothing), and its figure. Both
     * may be NULL. */
    int (*own_field)(const void *context, const char *name, size_t length);
    double (*own_number)(const void *context, size_t row, int field);
};

enum wt_query_sign {
    WT_QUERY_HAS, /* : */
    WT_QUERY_IS,  /* = */
    WT_QUERY_IS_NOT,
    WT_QUERY_LESS,
    WT_QUERY_AT_MOST,
    WT_QUERY_MORE,
    WT_QUERY_AT_LEAST
};

enum { WT_QUERY_TERMS = 24, WT_QUERY_TEXT_SIZE = 96, WT_QUERY_ERROR_SIZE = 192 };

struct wt_query_term {
    enum { WT_QUERY_ANYWHERE, WT_QUERY_KEY, WT_QUERY_OWN } what;
    int index; /* of the key or of the own field */
    enum wt_query_type type;
    enum wt_query_sign sign;
    bool negated;
    bool other;    /* begins another alternative */
    double number; /* NAN: "?", the figure is not known */
    char text[WT_QUERY_TEXT_SIZE];
};

struct wt_query {
    struct wt_query_term terms[WT_QUERY_TERMS];
    size_t count;
};

/* `source` NULL: there are words only. On failure `error` says what is wrong and what would be
 * right, in one clean line. An empty text matches every row. */
bool wt_query_parse(struct wt_query *query, const char *text, const struct wt_query_source *source,
                    const void *context, char error[static WT_QUERY_ERROR_SIZE]);

/* `anywhere` says whether a row shows this text (whatever the case); NULL: no row shows any. */
bool wt_query_matches(const struct wt_query *query, const struct wt_query_source *source,
                      bool (*anywhere)(const void *context, size_t row, const char *text),
                      const void *context, size_t row);

#endif /* WT_UI_QUERY_H */
