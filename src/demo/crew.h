/* crew.h - the threads of one simulated worker: thread i begins and ends requests when it is told.
 *
 * Orders to one thread are carried out in the order in which they were given. The caller never
 * waits for a thread, except in crew_settle and crew_stop.
 */
#ifndef WT_DEMO_CREW_H
#define WT_DEMO_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include <worktop/worktop.h>

#include "demo/scenario.h"

struct crew;

/* `count` threads that track their work with worktop and busy, under names of this kind, drawn by
 * the seed. NULL when they cannot be made. */
struct crew *crew_start(struct worktop *worktop, struct worktop_handle *busy, enum demo_kind kind,
                        uint64_t seed, unsigned count);

/* A thread that is more than 64 requests behind may take one end for another. */
void crew_begin(struct crew *crew, unsigned thread);
void crew_end(struct crew *crew, unsigned thread, bool has_failed);

/* Waits until every order has been carried out. */
void crew_settle(struct crew *crew);

/* Carries out what was ordered, ends the threads, frees the crew. NULL is allowed. */
void crew_stop(struct crew *crew);

#endif /* WT_DEMO_CREW_H */
