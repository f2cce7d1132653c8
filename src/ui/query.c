#include "ui/query.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/nearest.h"

struct parser {
    const char *at;
    const struct wt_query_source *source;
    const void *context;
    char *error;
};

static bool fail(const struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(const struct parser *parser, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(parser->error, WT_QUERY_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* A text in quotes, or up to a space, a bar or one of `stops`. False when a quote is left open. */
static bool read_word(struct parser *parser, const char *stops, char *out) {
    size_t length = 0;
    bool quoted = *parser->at == '"';
    const char *end = parser->at + quoted;
    while (*end && (quoted ? *end != '"' : *end != ' ' && *end != '|' && !strchr(stops, *end))) {
        if (length + 1 < WT_QUERY_TEXT_SIZE)
            out[length++] = *end;
        end++;
    }
    out[length] = '\0';
    if (quoted && *end != '"')
        return fail(parser, "the text after \" has no end: close it with another \"");
    parser->at = end + quoted;
    return true;
}

static bool read_sign(struct parser *parser, enum wt_query_sign *sign) {
    static const struct {
        const char *text;
        enum wt_query_sign sign;
    } signs[] = {{"!=", WT_QUERY_IS_NOT}, {"<=", WT_QUERY_AT_MOST}, {">=", WT_QUERY_AT_LEAST},
                 {":", WT_QUERY_HAS},     {"=", WT_QUERY_IS},       {"<", WT_QUERY_LESS},
                 {">", WT_QUERY_MORE}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strncmp(parser->at, signs[i].text, strlen(signs[i].text)) == 0) {
            parser->at += strlen(signs[i].text);
            *sign = signs[i].sign;
            return true;
        }
    return false;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* What a letter behind a number multiplies it with; 0 when it has no meaning. */
static double factor_of(const char *unit, enum wt_query_type type) {
    static const struct {
        const char *unit;
        bool time;
        double factor;
    } units[] = {{"s", true, 1},     {"m", true, 60},   {"h", true, 3600},
                 {"d", true, 86400}, {"k", false, 1e3}, {"K", false, 1e3},
                 {"M", false, 1e6},  {"G", false, 1e9}, {"ms", true, 1e-3}};
    if (unit[0] == '\0')
        return 1;
    if (type == WT_QUERY_PERCENT)
        return strcmp(unit, "%") == 0 ? 1 : 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].unit, unit) == 0 && units[i].time == (type == WT_QUERY_SECONDS))
            return units[i].factor;
    return 0;
}

static bool read_number(const struct parser *parser, const char *name, const char *word,
                        struct wt_query_term *term) {
    static const char *const right[] = {
        [WT_QUERY_TEXT] = "", /* not asked for */
        [WT_QUERY_WORD] = "",
        [WT_QUERY_NUMBER] = "a number like 12, 1.5k or 2M",
        [WT_QUERY_PERCENT] = "a percentage like 80",
        [WT_QUERY_SECONDS] = "a time like 30s, 5m or 2h",
        [WT_QUERY_MEMBER] = "a number like 12",
    };
    if (term->type == WT_QUERY_MEMBER && term->sign > WT_QUERY_IS_NOT)
        return fail(parser, "%s is one of many: %s:%s has it", name, name, word[0] ? word : "12");
    if (strcmp(word, "?") == 0 && term->sign <= WT_QUERY_IS_NOT && term->type != WT_QUERY_MEMBER) {
        term->number = NAN;
        return true;
    }
    char *end;
    term->number = strtod(word, &end);
    /* No hexadecimal digits, no "nan" and no "inf". */
    bool decimal = end > word && strspn(word, "0123456789.+-eE") >= (size_t)(end - word);
    double factor = decimal ? factor_of(end, term->type) : 0;
    term->number *= factor;
    if (factor == 0 || !isfinite(term->number))
        return fail(parser, word[0] ? "%s: %s is not %s" : "%s: %sthere must be %s", name, word,
                    right[term->type]);
    return true;
}

/* ---- terms ----------------------------------------------------------------------------------- */

static bool fail_unknown(const struct parser *parser, const char *name) {
    const struct wt_query_source *source = parser->source;
    size_t best = SIZE_MAX, length = 0;
    const char *nearest = NULL;
    char names[WT_QUERY_ERROR_SIZE] = "";
    for (size_t i = 0; i < source->key_count; i++) {
        if (wt_is_nearer(name, strlen(name), source->keys[i].name, &best))
            nearest = source->keys[i].name;
        if (length < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
                                       i > 0 ? " " : "", source->keys[i].name);
    }
    if (nearest)
        return fail(parser, "%s: no such key; did you mean %s?", name, nearest);
    return fail(parser, "%.32s: no such key; there are %s (text with signs goes in \"quotes\")",
                name, names);
}

static bool find_key(const struct parser *parser, const char *name, struct wt_query_term *term) {
    const struct wt_query_source *source = parser->source;
    for (size_t i = 0; i < source->key_count; i++)
        if (strcasecmp(source->keys[i].name, name) == 0) {
            term->what = WT_QUERY_KEY;
            term->index = (int)i;
            term->type = source->keys[i].type;
            return true;
        }
    term->what = WT_QUERY_OWN;
    term->type = WT_QUERY_NUMBER;
    term->index = source->own_field ? source->own_field(parser->context, name, strlen(name)) : -1;
    return term->index >= 0 || fail_unknown(parser, name);
}

static bool text_has(const char *text, const char *part) {
    return strcasestr(text, part) != NULL;
}

static bool is_text(enum wt_query_type type) {
    return type == WT_QUERY_TEXT || type == WT_QUERY_WORD;
}

/* Part of a word will do where the sign asks for a part. */
static bool check_word(const struct parser *parser, const char *name,
                       const struct wt_query_term *term) {
    char words[WT_QUERY_ERROR_SIZE] = "";
    size_t length = 0;
    const char *word;
    for (int i = 0; (word = parser->source->word(term->index, i)) != NULL; i++) {
        if (term->text[0] && (term->sign == WT_QUERY_HAS ? text_has(word, term->text)
                                                         : strcasecmp(word, term->text) == 0))
            return true;
        if (length < sizeof words)
            length += (size_t)snprintf(words + length, sizeof words - length, "%s%s",
                                       i > 0 ? ", " : "", word);
    }
    for (char *at = words; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return fail(parser,
                term->text[0] ? "%s: %.32s is not one of %s" : "%s: %sthere must be one of %s",
                name, term->text, words);
}

static bool read_value(struct parser *parser, const char *name, struct wt_query_term *term) {
    char word[WT_QUERY_TEXT_SIZE];
    if (!read_word(parser, "", word))
        return false;
    if (!is_text(term->type))
        return read_number(parser, name, word, term);
    if (term->sign > WT_QUERY_IS_NOT)
        return fail(parser, "%s is a text: %s:%s has it, %s=%s is it", name, name,
                    word[0] ? word : "...", name, word[0] ? word : "...");
    memcpy(term->text, word, sizeof word);
    if (term->type == WT_QUERY_WORD)
        return check_word(parser, name, term);
    return word[0] || fail(parser, "%s: there must be a text", name);
}

static bool read_term(struct parser *parser, struct wt_query_term *term) {
    char word[WT_QUERY_TEXT_SIZE];
    bool quoted = *parser->at == '"';
    const char *begin = parser->at;
    if (!read_word(parser, parser->source ? ":=<>!" : "", word))
        return false;
    if (parser->source && !quoted && read_sign(parser, &term->sign)) {
        if (word[0] == '\0')
            return fail(parser, "what stands before %.*s? There must be a key, like util",
                        (int)(parser->at - begin), begin);
        return find_key(parser, word, term) && read_value(parser, word, term);
    }
    if (word[0] == '\0')
        return fail(parser,
                    *parser->at ? "%.1s stands alone" : "%sthere must be something behind !",
                    parser->at);
    term->what = WT_QUERY_ANYWHERE;
    memcpy(term->text, word, sizeof word);
    return true;
}

bool wt_query_parse(struct wt_query *query, const char *text, const struct wt_query_source *source,
                    const void *context, char error[static WT_QUERY_ERROR_SIZE]) {
    struct parser parser = {text, source, context, error};
    bool other = false;
    query->count = 0;
    error[0] = '\0';
    for (;;) {
        parser.at += strspn(parser.at, " ");
        if (*parser.at == '\0')
            break;
        if (*parser.at == '|') {
            if (query->count == 0 || other)
                return fail(&parser, "there must be something on both sides of |");
            other = true;
            parser.at++;
            continue;
        }
        if (query->count == WT_QUERY_TERMS)
            return fail(&parser, "at most %d words", WT_QUERY_TERMS);
        struct wt_query_term *term = &query->terms[query->count];
        *term = (struct wt_query_term){.other = other};
        for (; *parser.at == '!'; parser.at++)
            term->negated = !term->negated;
        if (!read_term(&parser, term))
            return false;
        other = false;
        query->count++;
    }
    return !other || fail(&parser, "there must be something on both sides of |");
}

/* ---- matching -------------------------------------------------------------------------------- */

static bool text_matches(const struct wt_query_term *term, const char *text) {
    switch (term->sign) {
    case WT_QUERY_IS:
        return strcasecmp(text, term->text) == 0;
    case WT_QUERY_IS_NOT:
        return strcasecmp(text, term->text) != 0;
    case WT_QUERY_HAS:
    case WT_QUERY_LESS:
    case WT_QUERY_AT_MOST:
    case WT_QUERY_MORE:
    case WT_QUERY_AT_LEAST:
        break;
    }
    return text_has(text, term->text);
}

/* Equal is what looks equal: percentages and times are shown without their fractions. */
static bool is_equal(const struct wt_query_term *term, double number) {
    bool whole = term->type == WT_QUERY_PERCENT || term->type == WT_QUERY_SECONDS;
    return whole && term->number == floor(term->number) ? floor(number + 1e-9) == term->number
                                                        : number == term->number;
}

/* 1, 0, or -1: nobody knows. */
static int number_matches(const struct wt_query_term *term, double number) {
    if (isnan(term->number))
        return isnan(number) == (term->sign != WT_QUERY_IS_NOT);
    if (isnan(number))
        return -1;
    switch (term->sign) {
    case WT_QUERY_HAS:
    case WT_QUERY_IS:
        return is_equal(term, number);
    case WT_QUERY_IS_NOT:
        return !is_equal(term, number);
    case WT_QUERY_LESS:
        return number < term->number;
    case WT_QUERY_AT_MOST:
        return number <= term->number;
    case WT_QUERY_MORE:
        return number > term->number;
    case WT_QUERY_AT_LEAST:
        return number >= term->number;
    }
    return -1;
}

bool wt_query_matches(const struct wt_query *query, const struct wt_query_source *source,
                      bool (*anywhere)(const void *context, size_t row, const char *text),
                      const void *context, size_t row) {
    bool all = true; /* terms of this alternative */
    for (size_t i = 0; i < query->count; i++) {
        const struct wt_query_term *term = &query->terms[i];
        char scratch[WT_QUERY_SCRATCH];
        int matches;
        if (term->other) {
            if (all)
                return true;
            all = true;
        }
        if (!all)
            continue;
        if (term->what == WT_QUERY_ANYWHERE)
            matches = anywhere && anywhere(context, row, term->text);
        else if (term->what == WT_QUERY_OWN)
            matches = number_matches(term, source->own_number(context, row, term->index));
        else if (term->type == WT_QUERY_MEMBER)
            matches = source->has(context, row, term->index, term->number) !=
                      (term->sign == WT_QUERY_IS_NOT);
        else if (is_text(term->type))
            matches = text_matches(term, source->text(context, row, term->index, scratch));
        else
            matches = number_matches(term, source->number(context, row, term->index));
        all = matches >= 0 && (matches == 1) != term->negated;
    }
    return all;
}
