/* decoder.h - from single codes of the terminal to inputs of the user interface.
 *
 * Curses recognises the keys of terminfo; everything else comes through as bytes: UTF-8, Alt as a
 * leading escape, mouse reports (SGR and the old form), bracketed paste, keys in forms that the
 * terminfo entry does not name, and answers nobody asked for. This machine takes bytes and keys in
 * the order in which they arrive, split anywhere, and never lets an unknown sequence become keys.
 *
 * Threads: one owner.
 */
#ifndef WT_TERM_DECODER_H
#define WT_TERM_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/input.h"

enum { WT_TERM_DECODER_QUEUE = 8, WT_TERM_PASTE_PART = 4096, WT_TERM_STRING_LIMIT = 4096 };

enum wt_term_decoder_state {
    WT_TERM_GROUND,
    WT_TERM_ESCAPE,        /* after ESC */
    WT_TERM_CSI,           /* after ESC [ */
    WT_TERM_SS3,           /* after ESC O */
    WT_TERM_STRING,        /* after ESC ], ESC P, ESC _, ESC ^ or ESC X: skipped up to its end */
    WT_TERM_STRING_ESCAPE, /* ... and an ESC in it */
    WT_TERM_OLD_MOUSE      /* after ESC [ M: three bytes */
};

struct wt_term_decoder {
    enum wt_term_decoder_state state;
    char params[48]; /* of the CSI, as far as they fit */
    size_t length;   /* of the sequence so far, params or string */
    int string_code; /* what began the string */
    unsigned char text[4];
    size_t text_length, text_needed; /* a UTF-8 character under way */
    unsigned text_modifiers;
    bool pasting;
    char paste[WT_TERM_PASTE_PART];
    size_t paste_length;
    bool paste_taken;       /* the queue's last input borrows `paste` */
    bool awaits_mode;       /* an answer is on its way: ESC [ alone is its beginning */
    int mode, mode_setting; /* the private mode that the terminal told of last (DECRPM); 0 */
    struct wt_input queue[WT_TERM_DECODER_QUEUE];
    size_t first, count;
};

void wt_term_decoder_init(struct wt_term_decoder *decoder);

/* One byte as the terminal sent it. The queue must not hold more than 2 inputs. */
void wt_term_decoder_byte(struct wt_term_decoder *decoder, unsigned char byte);

/* One key that curses recognised: an enum wt_key and WT_MOD_*; code 0 is a key nobody knows. */
void wt_term_decoder_key(struct wt_term_decoder *decoder, uint32_t code, unsigned modifiers);

/* Nothing more has arrived for now: a lone escape is the key. */
void wt_term_decoder_idle(struct wt_term_decoder *decoder);

/* The oldest input. False when there is none. The text of a paste is valid until the next byte. */
bool wt_term_decoder_next(struct wt_term_decoder *decoder, struct wt_input *out);

/* The number at the end of curses' names of modified keys (kUP5) and of CSI 1;5A -> WT_MOD_*. */
unsigned wt_term_decoder_modifiers(int number);

#endif /* WT_TERM_DECODER_H */
