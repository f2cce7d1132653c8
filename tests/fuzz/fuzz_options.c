/* fuzz_options.c - a command line of any words: bytes, separated by newlines.
 *
 * It is read, or refused with one harmless line. What was read keeps the promises of the table, and
 * reading it again says the same.
 */
#include "config/options.h"
#include "fuzz/fuzz.h"

enum { WORDS_MAX = 24 };

#define ROW_IS_flag(field) true
#define ROW_IS_text(field) (field == NULL || field[0] != '\0')
#define ROW_IS_list(field) (field[0] != NULL && field[0][0] != '\0')
#define ROW_IS_mode(field) ((field & ~0666U) == 0)
#define ROW_IS_loglevel(field) (field <= WT_LOG_OFF)
#define ROW_IS_seconds(field) true
#define ROW_IS_bytes(field) true
#define ROW_IS_real(field) (field == field)
#define ROW_IS_count(field) true

#define IN_seconds(value, least, most) ((double)value >= (least)*1e9 && (double)value <= (most)*1e9)
#define IN_bytes(value, least, most) ((double)value >= (least) && (double)value <= (most))
#define IN_count(value, least, most) ((double)value >= (least) && (double)value <= (most))
#define IN_real(value, least, most) (value > (least) && value <= (most))
#define IN_flag(value, least, most) true
#define IN_text(value, least, most) true
#define IN_list(value, least, most) (value[WT_OPTION_LIST_MAX] == NULL)
#define IN_mode(value, least, most) true
#define IN_loglevel(value, least, most) true

static void check_values(const struct wt_options *options) {
    require(options->command < WT_COMMAND_COUNT);
    if (options->help || options->version)
        return;
#define CHECK(field, name, letter, type, commands, least, most, ...)                               \
    if (wt_options_given(options, WT_OPTION_##field)) {                                            \
        require(((commands) >> options->command & 1) != 0);                                        \
        require(ROW_IS_##type(options->field));                                                    \
        require(IN_##type(options->field, least, most));                                           \
    }
    WT_OPTION_MAP(CHECK)
#undef CHECK
    require(options->interval_ns > 0);
}

static bool is_same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void require_same(const struct wt_options *a, const struct wt_options *b) {
    require(a->command == b->command && a->given == b->given);
    require(a->interval_ns == b->interval_ns && a->size_bytes == b->size_bytes);
    require(a->frames == b->frames && a->workers == b->workers && a->services == b->services);
    require(is_same_text(a->socket_path, b->socket_path) && is_same_text(a->theme, b->theme));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *words[WORDS_MAX + 1], program[] = "worktop";
    int count = 0;
    words[count++] = program;
    for (size_t at = 0; at < size && count < WORDS_MAX;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - (data + at)) : size - at;
        words[count] = strndup((const char *)data + at, length);
        require(words[count++] != NULL);
        at += length + 1;
    }
    words[count] = NULL;
    struct wt_options options, again;
    struct wt_error err = {0};
    wt_status status = wt_options_parse(&options, count, words, &err);
    if (status == WT_OK) {
        check_values(&options);
        require(wt_options_parse(&again, count, words, NULL) == WT_OK);
        require_same(&options, &again);
    } else {
        require(status == WT_EINVAL || status == WT_ERANGE);
        require(err.text[0] != '\0' && fuzz_is_harmless(err.text, strlen(err.text)));
        require(options.command < WT_COMMAND_COUNT);
    }
    for (int i = 1; i < count; i++)
        free(words[i]);
    return 0;
}
