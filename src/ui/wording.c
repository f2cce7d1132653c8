#include "ui/wording.h"

#include <stdio.h>
#include <string.h>

#include "model/sentence.h"
#include "ui/canvas.h"

/* ---- shorter, step by step ------------------------------------------------------------------- */

/* Cuts out the last parenthesis, with the blank before it. */
static bool drop_parenthesis(char *text) {
    char *begin = NULL;
    for (char *at = strstr(text, " ("); at != NULL; at = strstr(at + 1, " ("))
        if (strchr(at, ')') != NULL)
            begin = at;
    if (begin == NULL || begin == text)
        return false;
    const char *end = strchr(begin, ')') + 1;
    memmove(begin, end, strlen(end) + 1);
    return true;
}

/* Where the last clause begins, and how many there are. */
static size_t last_clause(const char *text, int *count) {
    size_t at = 0;
    *count = 1;
    for (size_t i = 1; text[0] != '\0' && text[i] != '\0'; i++)
        if (strchr(",:;", text[i]) != NULL && text[i + 1] == ' ') {
            at = i;
            ++*count;
        }
    return at;
}

static bool drop_clause(char *text, int keep) {
    int count;
    size_t at = last_clause(text, &count);
    if (count <= keep)
        return false;
    text[at] = '\0';
    return true;
}

void wt_wording_init(struct wt_wording *wording, const char *sentence) {
    const char *cure = wt_sentence_cure(sentence);
    size_t length = cure[0] != '\0' ? (size_t)(cure - sentence) - 2 : strlen(sentence);
    snprintf(wording->what, sizeof wording->what, "%.*s", (int)length, sentence);
    snprintf(wording->cure, sizeof wording->cure, "%s", cure);
}

static bool drop_parentheses(struct wt_wording *wording) {
    return drop_parenthesis(wording->what) || drop_parenthesis(wording->cure);
}

bool wt_wording_shorten(struct wt_wording *wording) {
    return drop_parentheses(wording) || drop_clause(wording->what, 2) ||
           drop_clause(wording->cure, 1) || drop_clause(wording->what, 1);
}

/* ---- on rows --------------------------------------------------------------------------------- */

/* Columns of the cure with the sign before it. */
static int cure_cols(const struct wt_wording *wording, int arrow_cols) {
    return wording->cure[0] != '\0' ? arrow_cols + wt_text_cols(wording->cure) : 0;
}

static bool put_on_one(const struct wt_wording *wording, int cols, int arrow_cols,
                       struct wt_worded *out) {
    if (wt_text_cols(wording->what) + cure_cols(wording, arrow_cols) > cols)
        return false;
    out->rows = 1;
    memcpy(out->what[0], wording->what, sizeof out->what[0]);
    memcpy(out->cure, wording->cure, sizeof out->cure);
    return true;
}

/* Where to break: behind a clause that ends late enough, if what follows fits below, else between
 * words, and then so that the second row is more than an orphan. */
static size_t break_of(const char *text, int cols, int below, bool is_last) {
    enum { ORPHAN_COLS = 14 };
    size_t at = wt_text_break(text, cols);
    if (text[at] == '\0')
        return at;
    for (size_t i = at; i-- > at / 2;)
        if (text[i + 1] == ' ' && strchr(",:;", text[i]) != NULL &&
            wt_text_cols(text + i + 2) <= below)
            return i + 1;
    bool is_orphan = is_last && wt_text_cols(text + at) < ORPHAN_COLS;
    return is_orphan ? wt_text_break(text, cols - ORPHAN_COLS) : at;
}

/* One that is torn apart is read by nobody. */
static bool is_in_parenthesis(const char *text, size_t at) {
    const char *begin = NULL;
    for (size_t i = 0; i < at; i++)
        begin = text[i] == '(' ? text + i : text[i] == ')' ? NULL : begin;
    return begin != NULL && strchr(text + at, ')') != NULL;
}

static bool put_on_two(const struct wt_wording *wording, const int cols[WT_WORDING_ROWS],
                       int arrow_cols, struct wt_worded *out) {
    int cure = cure_cols(wording, arrow_cols);
    size_t at = break_of(wording->what, cols[0], cols[1] - cure, cure == 0);
    const char *rest = wording->what + at;
    rest += strspn(rest, " ");
    if (wt_text_cols(rest) + cure > cols[1] || is_in_parenthesis(wording->what, at))
        return false;
    out->rows = 2;
    snprintf(out->what[0], sizeof out->what[0], "%.*s", (int)at, wording->what);
    snprintf(out->what[1], sizeof out->what[1], "%s", rest);
    memcpy(out->cure, wording->cure, sizeof out->cure);
    return true;
}

/* So many bytes of it that fit, in whole words, the last of which waits for no other. */
static size_t whole_words(const char *text, int cols) {
    static const char *const dangling[] = {" for", " since", " until"};
    size_t length = wt_text_break(text, cols);
    for (size_t i = 0; text[length] != '\0' && i < sizeof dangling / sizeof *dangling; i++) {
        size_t own = strlen(dangling[i]);
        if (length > own && strncmp(text + length - own, dangling[i], own) == 0)
            return length - own;
    }
    return length;
}

/* Not even the core fits: it says no time any more, then it makes room for the cure word by word.
 * Where nothing of it would be left to read, the cure stands alone: the badge says how bad it is.
 * What has none is left to the line, which shows that it cuts. */
static void cut(struct wt_wording *wording, int cols, int arrow_cols, struct wt_worded *out) {
    enum { LEAST_COLS = 16 };
    int room = cols - cure_cols(wording, arrow_cols);
    char timeless[WT_SENTENCE_SIZE];
    size_t length = strlen(wording->what);
    if (wording->cure[0] != '\0') {
        wt_sentence_dated(wording->what, "", timeless);
        snprintf(wording->what, sizeof wording->what, "%s", timeless);
        length = wt_text_cols(wording->what) <= room || room >= LEAST_COLS
                     ? whole_words(wording->what, room)
                     : 0;
    }
    out->rows = 1;
    snprintf(out->what[0], sizeof out->what[0], "%.*s", (int)length, wording->what);
    memcpy(out->cure, wording->cure, sizeof out->cure);
}

void wt_wording_fit(const char *sentence, const int cols[WT_WORDING_ROWS], int arrow_cols, int most,
                    struct wt_worded *out) {
    struct wt_wording wording;
    memset(out, 0, sizeof *out);
    wt_wording_init(&wording, sentence);
    do {
        if (put_on_one(&wording, cols[0], arrow_cols, out))
            return;
    } while (drop_parentheses(&wording));
    wt_wording_init(&wording, sentence);
    do {
        if (most < 2 ? put_on_one(&wording, cols[0], arrow_cols, out)
                     : put_on_two(&wording, cols, arrow_cols, out))
            return;
    } while (wt_wording_shorten(&wording));
    cut(&wording, cols[0], arrow_cols, out);
}
