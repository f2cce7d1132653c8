#include "term/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void wt_term_decoder_init(struct wt_term_decoder *decoder) {
    memset(decoder, 0, sizeof *decoder);
}

static void push(struct wt_term_decoder *decoder, const struct wt_input *input) {
    if (decoder->count < WT_TERM_DECODER_QUEUE) {
        decoder->queue[(decoder->first + decoder->count++) % WT_TERM_DECODER_QUEUE] = *input;
    }
}

static void push_key(struct wt_term_decoder *decoder, uint32_t code, unsigned modifiers) {
    if (!decoder->pasting) {
        push(decoder,
             &(struct wt_input){.kind = WT_INPUT_KEY, .code = code, .modifiers = modifiers});
    }
}

bool wt_term_decoder_next(struct wt_term_decoder *decoder, struct wt_input *out) {
    if (decoder->count == 0) {
        return false;
    }
    *out = decoder->queue[decoder->first];
    decoder->first = (decoder->first + 1) % WT_TERM_DECODER_QUEUE;
    decoder->count--;
    return true;
}

unsigned wt_term_decoder_modifiers(int number) {
    unsigned bits = number > 1 ? (unsigned)number - 1 : 0;
    return (bits & 1 ? WT_MOD_SHIFT : 0u) | (bits & 2 ? WT_MOD_ALT : 0u) |
           (bits & 4 ? WT_MOD_CTRL : 0u);
}

/* ---- text ---- */

static void control_key(struct wt_term_decoder *decoder, unsigned char byte, unsigned modifiers) {
    switch (byte) {
    case '\t':
        push_key(decoder, WT_KEY_TAB, modifiers);
        return;
    case '\r':
    case '\n':
        push_key(decoder, WT_KEY_ENTER, modifiers);
        return;
    case '\b':
    case 0x7f:
        push_key(decoder, WT_KEY_BACKSPACE, modifiers);
        return;
    case 0:
        push_key(decoder, ' ', modifiers | WT_MOD_CTRL);
        return;
    default:
        push_key(decoder, byte <= 26 ? byte + UINT32_C(0x60) : byte + UINT32_C(0x40),
                 modifiers | WT_MOD_CTRL);
    }
}

static size_t needed_bytes(unsigned char first) {
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
}

/* A byte of a character. Broken UTF-8 is dropped: no key types it on purpose. */
static void text_byte(struct wt_term_decoder *decoder, unsigned char byte, unsigned modifiers) {
    if (decoder->text_length > 0 && (byte & 0xc0) != 0x80) {
        decoder->text_length = 0;
    }
    if (decoder->text_length == 0) {
        if (byte < 0x20 || byte == 0x7f) {
            control_key(decoder, byte, modifiers);
            return;
        }
        if (byte < 0x80) {
            push_key(decoder, byte, modifiers);
            return;
        }
        decoder->text_needed = needed_bytes(byte);
        decoder->text_modifiers = modifiers;
        if (decoder->text_needed == 1) {
            return;
        }
    }
    decoder->text[decoder->text_length++] = byte;
    if (decoder->text_length < decoder->text_needed) {
        return;
    }
    uint32_t code;
    size_t used = wt_utf8_decode((const char *)decoder->text, decoder->text_length, &code);
    if (used == decoder->text_length && code != UINT32_MAX) {
        push_key(decoder, code, decoder->text_modifiers);
    }
    decoder->text_length = 0;
}

/* ---- paste ---- */

static void paste_flush(struct wt_term_decoder *decoder) {
    if (decoder->paste_length == 0) {
        return;
    }
    push(decoder, &(struct wt_input){.kind = WT_INPUT_PASTE,
                                     .text = decoder->paste,
                                     .length = decoder->paste_length});
    decoder->paste_taken = true;
}

static void paste_byte(struct wt_term_decoder *decoder, unsigned char byte) {
    decoder->paste[decoder->paste_length++] = (char)byte;
    if (decoder->paste_length == sizeof decoder->paste) {
        paste_flush(decoder);
    }
}

/* ---- sequences ---- */

static const struct {
    char final;
    uint32_t code;
} letter_keys[] = {{'A', WT_KEY_UP},   {'B', WT_KEY_DOWN}, {'C', WT_KEY_RIGHT}, {'D', WT_KEY_LEFT},
                   {'H', WT_KEY_HOME}, {'F', WT_KEY_END},  {'P', WT_KEY_F1},    {'Q', WT_KEY_F2},
                   {'R', WT_KEY_F3},   {'S', WT_KEY_F4},   {'M', WT_KEY_ENTER}};

static const struct {
    int number;
    uint32_t code;
} number_keys[] = {
    {1, WT_KEY_HOME},    {2, WT_KEY_INSERT},    {3, WT_KEY_DELETE}, {4, WT_KEY_END},
    {5, WT_KEY_PAGE_UP}, {6, WT_KEY_PAGE_DOWN}, {7, WT_KEY_HOME},   {8, WT_KEY_END},
    {11, WT_KEY_F1},     {12, WT_KEY_F2},       {13, WT_KEY_F3},    {14, WT_KEY_F4},
    {15, WT_KEY_F5},     {17, WT_KEY_F6},       {18, WT_KEY_F7},    {19, WT_KEY_F8},
    {20, WT_KEY_F9},     {21, WT_KEY_F10},      {23, WT_KEY_F11},   {24, WT_KEY_F12}};

static void letter_key(struct wt_term_decoder *decoder, char final, unsigned modifiers) {
    if (final == 'Z') {
        push_key(decoder, WT_KEY_TAB, WT_MOD_SHIFT);
        return;
    }
    for (size_t i = 0; i < sizeof letter_keys / sizeof letter_keys[0]; i++) {
        if (letter_keys[i].final == final) {
            push_key(decoder, letter_keys[i].code, modifiers);
            return;
        }
    }
}

/* `button` as both mouse protocols encode it; col and row from 0. */
static void mouse(struct wt_term_decoder *decoder, int button, int col, int row) {
    struct wt_input input = {.kind = WT_INPUT_MOUSE, .col = col, .row = row};
    input.modifiers = (button & 4 ? WT_MOD_SHIFT : 0u) | (button & 8 ? WT_MOD_ALT : 0u) |
                      (button & 16 ? WT_MOD_CTRL : 0u);
    switch (button & ~(4 | 8 | 16)) {
    case 0:
        input.button = WT_MOUSE_LEFT;
        break;
    case 1:
        input.button = WT_MOUSE_MIDDLE;
        break;
    case 2:
        input.button = WT_MOUSE_RIGHT;
        break;
    case 64:
        input.button = WT_MOUSE_WHEEL_UP;
        break;
    case 65:
        input.button = WT_MOUSE_WHEEL_DOWN;
        break;
    default:
        return; /* A release in the old form, a motion, a button we have no use for. */
    }
    if (!decoder->pasting && col >= 0 && row >= 0) {
        push(decoder, &input);
    }
}

/* Up to three numbers, separated by ';'; missing ones are 0. */
static int read_params(const char *text, int numbers[3]) {
    int count = 0;
    numbers[0] = numbers[1] = numbers[2] = 0;
    while (*text != '\0' && count < 3) {
        char *end;
        long number = strtol(text, &end, 10);
        numbers[count++] = number < 0 ? 0 : number > 65535 ? 65535 : (int)number;
        if (*end != ';') {
            break;
        }
        text = end + 1;
    }
    return count;
}

/* "?2026;2$y": what the terminal says of one of its modes. In a paste it is somebody else's text.
 */
static void mode_report(struct wt_term_decoder *decoder) {
    int n[3];
    size_t plain = strspn(decoder->params + 1, "0123456789;") + 1;
    if (!decoder->pasting && decoder->params[plain] == '$' && plain + 1 == decoder->length &&
        read_params(decoder->params + 1, n) == 2) {
        decoder->mode = n[0];
        decoder->mode_setting = n[1];
    }
}

static void end_of_csi(struct wt_term_decoder *decoder, char final) {
    decoder->state = WT_TERM_GROUND;
    if (decoder->length >= sizeof decoder->params) {
        return; /* Longer than anything we know. */
    }
    decoder->params[decoder->length] = '\0';
    int n[3];
    if (decoder->params[0] == '<') {
        if (final == 'M' && read_params(decoder->params + 1, n) == 3) {
            mouse(decoder, n[0], n[1] - 1, n[2] - 1);
        }
        return;
    }
    if (decoder->params[0] == '?' && final == 'y') {
        mode_report(decoder);
        return;
    }
    if (strspn(decoder->params, "0123456789;") != decoder->length) {
        return; /* A private answer. */
    }
    if (final == 'M' && decoder->length == 0) {
        decoder->state = WT_TERM_OLD_MOUSE;
        return;
    }
    int count = read_params(decoder->params, n);
    if (final == '~') {
        if (n[0] == 200) {
            decoder->pasting = true;
        } else if (n[0] == 201) {
            paste_flush(decoder);
            decoder->pasting = false;
        }
        for (size_t i = 0; i < sizeof number_keys / sizeof number_keys[0]; i++) {
            if (number_keys[i].number == n[0]) {
                push_key(decoder, number_keys[i].code, wt_term_decoder_modifiers(n[1]));
            }
        }
    } else if (final != 'M' && !(final == 'R' && count > 1 && n[0] != 1)) {
        letter_key(decoder, final,
                   wt_term_decoder_modifiers(n[1])); /* 'R' may be a cursor report */
    }
}

static void begin_sequence(struct wt_term_decoder *decoder, unsigned char byte) {
    decoder->length = 0;
    switch (byte) {
    case '[':
        decoder->state = WT_TERM_CSI;
        return;
    case 'O':
        decoder->state = WT_TERM_SS3;
        return;
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
        decoder->state = WT_TERM_STRING;
        decoder->string_code = byte;
        return;
    case 0x1b:
        /* A person who presses Escape twice inside of a paste whose end got lost wants the keys
         * back. */
        paste_flush(decoder);
        decoder->pasting = false;
        push_key(decoder, WT_KEY_ESCAPE, 0);
        return; /* The second one begins anew. */
    default:
        decoder->state = WT_TERM_GROUND;
        text_byte(decoder, byte, WT_MOD_ALT);
    }
}

static void csi_byte(struct wt_term_decoder *decoder, unsigned char byte) {
    if (byte >= 0x40 && byte <= 0x7e) {
        end_of_csi(decoder, (char)byte);
    } else if (byte == 0x1b) {
        decoder->state = WT_TERM_ESCAPE;
    } else if (byte < 0x20 || byte > 0x7e) {
        decoder->state = WT_TERM_GROUND;
    } else {
        if (decoder->length < sizeof decoder->params) {
            decoder->params[decoder->length] = (char)byte;
        }
        decoder->length++;
    }
}

static void string_byte(struct wt_term_decoder *decoder, unsigned char byte) {
    bool after_escape = decoder->state == WT_TERM_STRING_ESCAPE;
    decoder->length++;
    if (byte == 0x07 || byte == 0x18 || byte == 0x9c || (after_escape && byte == '\\') ||
        decoder->length > WT_TERM_STRING_LIMIT) {
        decoder->state = WT_TERM_GROUND;
    } else if (after_escape && byte != 0x1b) {
        begin_sequence(decoder, byte);
    } else {
        decoder->state = byte == 0x1b ? WT_TERM_STRING_ESCAPE : WT_TERM_STRING;
    }
}

void wt_term_decoder_byte(struct wt_term_decoder *decoder, unsigned char byte) {
    if (decoder->paste_taken) {
        decoder->paste_taken = false;
        decoder->paste_length = 0;
    }
    switch (decoder->state) {
    case WT_TERM_GROUND:
        if (byte == 0x1b) {
            decoder->text_length = 0;
            decoder->state = WT_TERM_ESCAPE;
        } else if (decoder->pasting) {
            paste_byte(decoder, byte);
        } else {
            text_byte(decoder, byte, 0);
        }
        return;
    case WT_TERM_ESCAPE:
        begin_sequence(decoder, byte);
        return;
    case WT_TERM_CSI:
        csi_byte(decoder, byte);
        return;
    case WT_TERM_SS3:
        decoder->state = byte == 0x1b ? WT_TERM_ESCAPE : WT_TERM_GROUND;
        letter_key(decoder, (char)byte, 0);
        return;
    case WT_TERM_STRING:
    case WT_TERM_STRING_ESCAPE:
        string_byte(decoder, byte);
        return;
    case WT_TERM_OLD_MOUSE:
        decoder->params[decoder->length++] = (char)byte;
        if (decoder->length == 3) {
            const unsigned char *report = (const unsigned char *)decoder->params;
            decoder->state = WT_TERM_GROUND;
            mouse(decoder, report[0] - 32, report[1] - 33, report[2] - 33);
        }
        return;
    }
}

void wt_term_decoder_key(struct wt_term_decoder *decoder, uint32_t code, unsigned modifiers) {
    if (decoder->state == WT_TERM_ESCAPE) {
        modifiers |= WT_MOD_ALT;
    }
    decoder->state = WT_TERM_GROUND;
    decoder->text_length = 0;
    if (code != 0) {
        push_key(decoder, code, modifiers);
    }
}

void wt_term_decoder_idle(struct wt_term_decoder *decoder) {
    if (decoder->pasting) {
        return; /* The end of the paste may be cut anywhere. */
    }
    switch (decoder->state) {
    case WT_TERM_ESCAPE:
        decoder->state = WT_TERM_GROUND;
        push_key(decoder, WT_KEY_ESCAPE, 0);
        return;
    case WT_TERM_CSI:
    case WT_TERM_SS3:
    case WT_TERM_STRING:
        /* Alt with the character, unless more of a sequence has been seen: the rest may come. */
        if (decoder->length == 0 && !(decoder->state == WT_TERM_CSI && decoder->awaits_mode)) {
            uint32_t code = decoder->state == WT_TERM_CSI   ? '['
                            : decoder->state == WT_TERM_SS3 ? 'O'
                                                            : (uint32_t)decoder->string_code;
            decoder->state = WT_TERM_GROUND;
            push_key(decoder, code, WT_MOD_ALT);
        }
        return;
    case WT_TERM_GROUND:
    case WT_TERM_STRING_ESCAPE:
    case WT_TERM_OLD_MOUSE:
        return;
    }
}
