/* crew.h - the threads of one simulated worker: thread i begins and ends requests when it is told.
 *
 * Orders to one thread are carried out in the order in which they were given. The caller never
 * waits for a thread, except in crew_settle and crew_stop.
 */
#ifndef WT_DEMO_CREW_H
#define WT_DEMO_CREW_H

#include <stdbool.h>

#include <worktop/worktop.h>

struct crew;

/* `count` threads that call worktop_track_begin/_end(worktop, busy). NULL when they cannot be made.
 */
struct crew *crew_start(struct worktop *worktop, struct worktop_handle *busy, unsigned count);

void crew_begin(struct crew *crew, unsigned thread);
void crew_end(struct crew *crew, unsigned thread);

/* Waits until every order has been carried out. */
void crew_settle(struct crew *crew);

/* Carries out what was ordered, ends the threads, frees the crew. NULL is allowed. */
void crew_stop(struct crew *crew);

#endif /* WT_DEMO_CREW_H */
