/* sentence.h - the parts of what a verdict says.
 *
 * A sentence of a verdict, and of a monitor's own trouble, says what is wrong and since when, then
 * the evidence, the most telling first, and behind its last "; " what to do.
 */
#ifndef WT_MODEL_SENTENCE_H
#define WT_MODEL_SENTENCE_H

#include <stddef.h>

#include "model/snapshot.h"

/* What to do, inside of `sentence`; "" when it names no cure. */
const char *wt_sentence_cure(const char *sentence);

enum { WT_SENTENCE_SIZE = 512 };

/* The same sentence for a reader of another moment: its times ("for 41s", "4s ago") were those of
 * the look that said it. Where since when is known (a clock's time; "" when it is not) that stands
 * instead, elsewhere nothing, also where it stood already. */
void wt_sentence_dated(const char *sentence, const char *since, char out[static WT_SENTENCE_SIZE]);

/* "97% busy (97 of 100), 12 queued" */
void wt_sentence_load(const struct wt_service *service, char *out, size_t size);

/* Puts the service's own figures in place of those in a sentence about this cause, where they are
 * of another moment: "saturated since 13:45:57: 97% busy (97 of 100), 12 queued; cure". Sentences
 * about other causes, which name things, stay. */
void wt_sentence_renew(const struct wt_service *service, enum wt_cause cause,
                       char sentence[static WT_SENTENCE_SIZE]);

#endif /* WT_MODEL_SENTENCE_H */
