#include "attach/crew.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/process.h"

enum {
    DESCRIPTORS_MOST = 1024, /* and a quarter of what the process may open */
    LOOKED_UP_PER_LOOK = 256 /* in /proc, 10 us each */
};

static int compare(const void *a, const void *b) {
    const struct wt_crew_process *x = a, *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->start_ticks < y->start_ticks ? -1 : x->start_ticks > y->start_ticks;
}

static size_t descriptors_allowed(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return limit.rlim_cur / 4 < DESCRIPTORS_MOST ? (size_t)limit.rlim_cur / 4 : DESCRIPTORS_MOST;
}

bool wt_crew_init(struct wt_crew *crew, const struct wt_crew_process *unsorted, size_t count) {
    *crew = (struct wt_crew){0};
    if (count == 0)
        return true;
    crew->processes = calloc(count, sizeof *crew->processes);
    if (crew->processes == NULL)
        return false;
    memcpy(crew->processes, unsorted, count * sizeof *unsorted);
    qsort(crew->processes, count, sizeof *crew->processes, compare);
    size_t allowed = descriptors_allowed();
    for (size_t i = 0; i < count; i++) {
        struct wt_crew_process process = crew->processes[i];
        if (crew->count > 0 && compare(&process, &crew->processes[crew->count - 1]) == 0)
            continue;
        process.gone = false;
        process.pidfd = -1;
        if (crew->descriptor_count < allowed)
            process.pidfd = wt_process_open(process.pid, process.start_ticks, &process.gone);
        crew->descriptor_count += process.pidfd >= 0;
        crew->processes[crew->count++] = process;
    }
    return true;
}

static void release(struct wt_crew *crew, struct wt_crew_process *process) {
    if (process->pidfd < 0)
        return;
    close(process->pidfd);
    process->pidfd = -1;
    crew->descriptor_count--;
}

void wt_crew_fini(struct wt_crew *crew) {
    for (size_t i = 0; i < crew->count; i++)
        release(crew, &crew->processes[i]);
    free(crew->processes);
    *crew = (struct wt_crew){0};
}

void wt_crew_look(struct wt_crew *crew) {
    size_t looked_up = 0, from = crew->next;
    for (size_t i = 0; i < crew->count; i++) {
        size_t at = (from + i) % crew->count;
        struct wt_crew_process *process = &crew->processes[at];
        if (process->gone)
            continue;
        if (process->pidfd >= 0) {
            process->gone = wt_process_pidfd_ended(process->pidfd);
            if (process->gone)
                release(crew, process);
        } else if (looked_up++ < LOOKED_UP_PER_LOOK) {
            process->gone = wt_process_is_gone(process->pid, process->start_ticks);
            if (looked_up == LOOKED_UP_PER_LOOK)
                crew->next = (at + 1) % crew->count;
        }
    }
}

bool wt_crew_is_gone(const struct wt_crew *crew, int64_t pid, uint64_t start_ticks) {
    const struct wt_crew_process key = {.pid = pid, .start_ticks = start_ticks};
    const struct wt_crew_process *found =
        crew->count == 0 ? NULL : bsearch(&key, crew->processes, crew->count, sizeof key, compare);
    return found != NULL && found->gone;
}
