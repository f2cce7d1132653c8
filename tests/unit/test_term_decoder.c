#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "term/decoder.h"

/* Everything the decoder makes of some bytes, as text; pastes are joined. */
struct heard {
    char text[4096];
};

static void take(struct wt_term_decoder *decoder, struct heard *heard) {
    struct wt_input input;
    while (wt_term_decoder_next(decoder, &input)) {
        size_t at = strlen(heard->text), room = sizeof heard->text - at;
        switch (input.kind) {
        case WT_INPUT_KEY:
            snprintf(heard->text + at, room, "k%x/%u ", (unsigned)input.code, input.modifiers);
            break;
        case WT_INPUT_MOUSE:
            snprintf(heard->text + at, room, "m%d@%d,%d/%u ", (int)input.button, input.col,
                     input.row, input.modifiers);
            break;
        case WT_INPUT_PASTE:
            snprintf(heard->text + at, room, "p%.*s ", (int)input.length, input.text);
            break;
        case WT_INPUT_RESIZE:
        case WT_INPUT_NONE:
            fail();
        }
    }
}

static void feed(struct wt_term_decoder *decoder, struct heard *heard, const char *bytes,
                 size_t length) {
    for (size_t i = 0; i < length; i++) {
        wt_term_decoder_byte(decoder, (unsigned char)bytes[i]);
        take(decoder, heard);
    }
}

static void expect(const char *bytes, const char *expected) {
    struct wt_term_decoder decoder;
    struct heard heard = {""};
    wt_term_decoder_init(&decoder);
    feed(&decoder, &heard, bytes, strlen(bytes));
    wt_term_decoder_idle(&decoder);
    take(&decoder, &heard);
    assert_string_equal(heard.text, expected);
}

static void test_text(void **state) {
    (void)state;
    expect("aZ~", "k61/0 k5a/0 k7e/0 ");
    expect("\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80", "ke4/0 k4e2d/0 k1f600/0 ");
    expect("\xc3q", "k71/0 ");             /* a character that breaks off */
    expect("\xff\xfe\xc0\x80q", "k71/0 "); /* no UTF-8 at all, and an overlong one */
    expect("\xed\xa0\x80q", "k71/0 ");     /* a surrogate */
    expect("\t\r\n\b\x7f", "k9/0 kd/0 kd/0 k7f/0 k7f/0 ");
    expect("\x01\x1a\x1c", "k61/4 k7a/4 k5c/4 ");
}

static void test_escape_and_alt(void **state) {
    (void)state;
    expect("\033", "k1b/0 ");
    expect("\033\033", "k1b/0 k1b/0 ");
    expect("\033x\033\xc3\xa4", "k78/2 ke4/2 ");
    expect("\033[", "k5b/2 ");
    expect("\033O", "k4f/2 ");
    expect("\033]", "k5d/2 ");
}

static void test_sequences(void **state) {
    (void)state;
    expect("\033[A\033OB\033[1;5C\033[1;2D", "k110001/0 k110002/0 k110004/4 k110003/1 ");
    expect("\033[Z\033[3~\033[24;5~", "k9/1 k11000a/0 k110016/4 ");
    expect("\033[I\033[O", "");                               /* focus */
    expect("\033[?62;22c\033[>0;1;2c\033[12;40R\033[0n", ""); /* answers */
    expect("\033[99;99;99~\033[x", "");
    expect("\033]11;rgb:qqqq/qq/qq\007q", "k71/0 ");
    expect("\033P1$rq\033\\q", "k71/0 ");
    expect("\033[\033[A", "k110001/0 "); /* one breaks off, the next counts */
    expect("\033[1;5\x18q", "k71/0 ");
    char longest[300] = "\033[";
    memset(longest + 2, '1', 200);
    strcat(longest, "Aq");
    expect(longest, "k71/0 ");
}

static void hear(struct wt_term_decoder *decoder, const char *bytes) {
    for (; *bytes != '\0'; bytes++) {
        wt_term_decoder_byte(decoder, (unsigned char)*bytes);
    }
}

/* What a terminal says of its modes is kept, and is no key; nothing else is taken for it. */
static void test_modes(void **state) {
    (void)state;
    static const char *const none[] = {"?2026;2$y",
                                       "\033[?2026;2y",
                                       "\033[2026;2$y",
                                       "\033[?2026$y",
                                       "\033[?2026;2;2$$y",
                                       "\033[?2026;2 $y",
                                       "\033[200~\033[?2026;2$y\033[201~"};
    struct wt_term_decoder decoder;
    struct wt_input input;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        wt_term_decoder_init(&decoder);
        hear(&decoder, none[i]);
        assert_int_equal(decoder.mode, 0);
    }
    wt_term_decoder_init(&decoder);
    hear(&decoder, "\033[?2026;2$y");
    assert_int_equal(decoder.mode, 2026);
    assert_int_equal(decoder.mode_setting, 2);
    assert_false(wt_term_decoder_next(&decoder, &input));
    /* A pause behind ESC [ is the key Alt-[, unless an answer is awaited. */
    wt_term_decoder_init(&decoder);
    decoder.awaits_mode = true;
    hear(&decoder, "\033[");
    wt_term_decoder_idle(&decoder);
    assert_false(wt_term_decoder_next(&decoder, &input));
    hear(&decoder, "?2026;0$y");
    assert_int_equal(decoder.mode, 2026);
    assert_int_equal(decoder.mode_setting, 0);
    assert_false(wt_term_decoder_next(&decoder, &input));
}

static void test_mouse(void **state) {
    (void)state;
    expect("\033[<0;1;1M\033[<0;1;1m", "m0@0,0/0 ");
    expect("\033[<64;300;40M\033[<65;300;40M", "m3@299,39/0 m4@299,39/0 ");
    expect("\033[<20;2;3M", "m0@1,2/5 ");
    expect("\033[<35;2;3M\033[<32;2;3M", "");    /* motion */
    expect("\033[<0;0;0M\033[<0;1M\033[<M", ""); /* no place */
    expect("\033[M !!\033[M#!!q", "m0@0,0/0 k71/0 ");
}

static void test_paste(void **state) {
    (void)state;
    expect("\033[200~qqq\033[201~w", "pqqq k77/0 ");
    expect("\033[200~\033[201~w", "k77/0 ");
    expect("\033[200~a\033[Ab\003\r\033[<0;1;1Mc\033[201~w", "pab\003\rc k77/0 ");
    expect("\033[200~lost\033\033q", "plost k1b/0 k71/2 "); /* Escape twice ends it */
}

static void test_a_long_paste_comes_in_parts(void **state) {
    (void)state;
    struct wt_term_decoder decoder;
    struct wt_input input;
    size_t length = 0;
    wt_term_decoder_init(&decoder);
    const char *begin = "\033[200~", *end = "\033[201~";
    for (const char *at = begin; *at != '\0'; at++) {
        wt_term_decoder_byte(&decoder, (unsigned char)*at);
    }
    for (int i = 0; i < 10000; i++) {
        wt_term_decoder_byte(&decoder, 'q');
        while (wt_term_decoder_next(&decoder, &input)) {
            assert_int_equal(input.kind, WT_INPUT_PASTE);
            length += input.length;
        }
    }
    for (const char *at = end; *at != '\0'; at++) {
        wt_term_decoder_byte(&decoder, (unsigned char)*at);
    }
    assert_true(wt_term_decoder_next(&decoder, &input));
    assert_int_equal(length + input.length, 10000);
    assert_false(wt_term_decoder_next(&decoder, &input));
}

/* The end of a paste may be cut by a pause at any byte: no rest of it becomes a key. */
static void test_pauses_inside_of_a_paste(void **state) {
    (void)state;
    const char *bytes = "\033[200~q\033[201~";
    for (size_t cut = 6; cut < strlen(bytes); cut++) {
        struct wt_term_decoder decoder;
        struct heard heard = {""};
        wt_term_decoder_init(&decoder);
        feed(&decoder, &heard, bytes, cut);
        wt_term_decoder_idle(&decoder);
        take(&decoder, &heard);
        feed(&decoder, &heard, bytes + cut, strlen(bytes) - cut);
        wt_term_decoder_idle(&decoder);
        take(&decoder, &heard);
        assert_string_equal(heard.text, "pq ");
    }
}

static void test_keys_of_curses(void **state) {
    (void)state;
    struct wt_term_decoder decoder;
    struct heard heard = {""};
    wt_term_decoder_init(&decoder);
    wt_term_decoder_key(&decoder, WT_KEY_UP, WT_MOD_CTRL);
    take(&decoder, &heard);
    wt_term_decoder_byte(&decoder, 0x1b);
    wt_term_decoder_key(&decoder, WT_KEY_DOWN, 0);
    wt_term_decoder_key(&decoder, 0, 0);
    take(&decoder, &heard);
    assert_string_equal(heard.text, "k110001/4 k110002/2 ");
}

/* Nothing that a terminal can send breaks it; it always comes back to plain keys. */
static void test_noise(void **state) {
    (void)state;
    static const char alphabet[] = "\033[[]OPM<>?;012~~mAhl\007\\\x18q\xc3\xa4\xff ";
    struct wt_term_decoder decoder;
    wt_term_decoder_init(&decoder);
    uint32_t random = 7;
    for (int i = 0; i < 300000; i++) {
        struct wt_input input;
        random = random * 1664525u + 1013904223u;
        wt_term_decoder_byte(&decoder,
                             (unsigned char)alphabet[(random >> 8) % (sizeof alphabet - 1)]);
        if (random >> 28 == 0) {
            wt_term_decoder_idle(&decoder);
        }
        while (wt_term_decoder_next(&decoder, &input)) {
            assert_int_not_equal(input.kind, WT_INPUT_NONE);
        }
    }
    struct heard heard = {""};
    feed(&decoder, &heard, "\033\\\030\033\033\033\\\007\033[201~", 14);
    heard.text[0] = '\0';
    feed(&decoder, &heard, "k", 1);
    assert_string_equal(heard.text, "k6b/0 ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_escape_and_alt),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_mouse),
        cmocka_unit_test(test_paste),
        cmocka_unit_test(test_a_long_paste_comes_in_parts),
        cmocka_unit_test(test_pauses_inside_of_a_paste),
        cmocka_unit_test(test_keys_of_curses),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
