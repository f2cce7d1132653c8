/* keys.c - what a person does, from curses' codes to inputs (decoder.h). */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "term/state.h"

static const struct {
    int curses;
    uint32_t code;
    unsigned modifiers;
} key_table[] = {
    {KEY_UP, WT_KEY_UP, 0},
    {KEY_DOWN, WT_KEY_DOWN, 0},
    {KEY_LEFT, WT_KEY_LEFT, 0},
    {KEY_RIGHT, WT_KEY_RIGHT, 0},
    {KEY_SR, WT_KEY_UP, WT_MOD_SHIFT},
    {KEY_SF, WT_KEY_DOWN, WT_MOD_SHIFT},
    {KEY_SLEFT, WT_KEY_LEFT, WT_MOD_SHIFT},
    {KEY_SRIGHT, WT_KEY_RIGHT, WT_MOD_SHIFT},
    {KEY_PPAGE, WT_KEY_PAGE_UP, 0},
    {KEY_NPAGE, WT_KEY_PAGE_DOWN, 0},
    {KEY_A3, WT_KEY_PAGE_UP, 0},
    {KEY_C3, WT_KEY_PAGE_DOWN, 0},
    {KEY_SPREVIOUS, WT_KEY_PAGE_UP, WT_MOD_SHIFT},
    {KEY_SNEXT, WT_KEY_PAGE_DOWN, WT_MOD_SHIFT},
    {KEY_HOME, WT_KEY_HOME, 0},
    {KEY_END, WT_KEY_END, 0},
    {KEY_A1, WT_KEY_HOME, 0},
    {KEY_C1, WT_KEY_END, 0},
    {KEY_FIND, WT_KEY_HOME, 0},
    {KEY_SELECT, WT_KEY_END, 0},
    {KEY_SHOME, WT_KEY_HOME, WT_MOD_SHIFT},
    {KEY_SEND, WT_KEY_END, WT_MOD_SHIFT},
    {KEY_IC, WT_KEY_INSERT, 0},
    {KEY_DC, WT_KEY_DELETE, 0},
    {KEY_SDC, WT_KEY_DELETE, WT_MOD_SHIFT},
    {KEY_BACKSPACE, WT_KEY_BACKSPACE, 0},
    {KEY_ENTER, WT_KEY_ENTER, 0},
    {KEY_BTAB, WT_KEY_TAB, WT_MOD_SHIFT},
};

/* Modified keys of newer entries have names (kUP5), but no fixed codes. */
static const struct {
    const char *name;
    uint32_t code;
} name_table[] = {{"kUP", WT_KEY_UP},     {"kDN", WT_KEY_DOWN},     {"kLFT", WT_KEY_LEFT},
                  {"kRIT", WT_KEY_RIGHT}, {"kPRV", WT_KEY_PAGE_UP}, {"kNXT", WT_KEY_PAGE_DOWN},
                  {"kHOM", WT_KEY_HOME},  {"kEND", WT_KEY_END},     {"kIC", WT_KEY_INSERT},
                  {"kDC", WT_KEY_DELETE}};

static void feed_key(struct wt_term *term, int key) {
    for (size_t i = 0; i < sizeof key_table / sizeof key_table[0]; i++) {
        if (key_table[i].curses == key) {
            wt_term_decoder_key(&term->decoder, key_table[i].code, key_table[i].modifiers);
            return;
        }
    }
    if (key >= KEY_F(1) && key <= KEY_F(12)) {
        wt_term_decoder_key(&term->decoder, (uint32_t)(WT_KEY_F1 + (key - KEY_F(1))), 0);
        return;
    }
    const char *name = key > KEY_MAX ? keyname(key) : NULL;
    for (size_t i = 0; name != NULL && i < sizeof name_table / sizeof name_table[0]; i++) {
        size_t length = strlen(name_table[i].name);
        if (strncmp(name, name_table[i].name, length) == 0) {
            wt_term_decoder_key(&term->decoder, name_table[i].code,
                                wt_term_decoder_modifiers((int)strtol(name + length, NULL, 10)));
            return;
        }
    }
    wt_term_decoder_key(&term->decoder, 0, 0);
}

/* One code of curses, to the decoder, and what it makes of it that is no input. */
static void feed_code(struct wt_term *term, int code) {
    enum { SYNCHRONIZED_OUTPUT = 2026 };
    if (code >= KEY_MIN) {
        feed_key(term, code);
        return;
    }
    wt_term_decoder_byte(&term->decoder, (unsigned char)code);
    if (term->decoder.mode == SYNCHRONIZED_OUTPUT && term->sync == WT_TERM_SYNC_ASKED) {
        /* 1 set, 2 reset; 0 is unknown to it, 3 and 4 are fixed for ever. */
        bool knows = term->decoder.mode_setting == 1 || term->decoder.mode_setting == 2;
        term->sync = knows ? WT_TERM_SYNC_YES : WT_TERM_SYNC_NO;
        term->decoder.awaits_mode = false;
    }
}

void wt_term_await_answer(struct wt_term *term, int wait_ms) {
    int64_t end = wt_clock_now().monotonic_ns + wait_ms * WT_NS_PER_MS;
    while (term->sync == WT_TERM_SYNC_ASKED) {
        int64_t left = end - wt_clock_now().monotonic_ns;
        struct pollfd heard = {.fd = term->tty.fd, .events = POLLIN};
        if (left <= 0 || poll(&heard, 1, (int)(left / WT_NS_PER_MS) + 1) <= 0) {
            return;
        }
        int code = wgetch(term->keys);
        if (code == ERR) {
            return; /* hung up */
        }
        feed_code(term, code);
        struct wt_input lost;
        while (wt_term_decoder_next(&term->decoder, &lost)) {
        }
    }
}

wt_status wt_term_read(struct wt_term *term, struct wt_input *inputs, size_t max, size_t *count,
                       struct wt_error *err) {
    *count = 0;
    bool heard = false;
    while (!term->dead && !term->suspended && *count < max) {
        if (wt_term_decoder_next(&term->decoder, &inputs[*count])) {
            if (inputs[(*count)++].kind == WT_INPUT_PASTE) {
                return WT_OK;
            }
            continue;
        }
        int code = wgetch(term->keys);
        if (code == ERR) {
            wt_term_decoder_idle(&term->decoder);
            if (term->decoder.count == 0) {
                break;
            }
            continue;
        }
        heard = true;
        feed_code(term, code);
    }
    if (!heard && *count == 0 && !term->suspended && !term->dead) {
        term->dead = wt_term_tty_hung_up(&term->tty);
    }
    return term->dead ? wt_fail(err, WT_EDEAD, "the terminal hung up") : WT_OK;
}
