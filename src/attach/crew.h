/* crew.h - which of many processes have ended, asked again and again. Internal to src/attach.
 *
 * Most processes are watched by a pidfd: one poll(2) each, about 0.3 us. Descriptors are bounded;
 * the processes beyond are looked up in /proc, some at each look, in rotation.
 *
 * Threads: one owner.
 */
#ifndef WT_ATTACH_CREW_H
#define WT_ATTACH_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wt_crew_process {
    int64_t pid;
    uint64_t start_ticks;
    int pidfd; /* -1 without */
    bool gone;
};

struct wt_crew {
    struct wt_crew_process *processes; /* owned; by pid, then start time */
    size_t count;
    size_t descriptor_count, next; /* next: where the rotation goes on */
};

/* A crew of all zero bytes is empty: nobody in it is ever gone. */
bool wt_crew_init(struct wt_crew *crew, const struct wt_crew_process *unsorted, size_t count);
void wt_crew_fini(struct wt_crew *crew);

void wt_crew_look(struct wt_crew *crew);

/* False for processes that are not in the crew. O(log n). */
bool wt_crew_is_gone(const struct wt_crew *crew, int64_t pid, uint64_t start_ticks);

#endif /* WT_ATTACH_CREW_H */
