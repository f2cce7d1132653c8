#include "support/fixture_usage.h"

#include <math.h>
#include <string.h>

#include "support/fixture.h"

/* What the kernel would say of a service's processes: nothing of those that are gone, and of every
 * ninth, which is hidden. */
void wt_fixture_put_processes(struct wt_process *processes, size_t *count,
                              const struct wt_cohort *cohort, struct wt_service *service,
                              int tick) {
    struct wt_usage *usage = &service->usage;
    int64_t now = wt_fixture_time(tick).monotonic_ns;
    for (size_t row = 0; row < cohort->row_count; row++) {
        const struct wt_worker *who = cohort->rows[row];
        usage->process_count++;
        if (cohort->status[row].state == WT_WORKER_GONE || who->id % 9 == 4)
            continue;
        struct wt_process *process = &processes[(*count)++];
        *process = (struct wt_process){.pid = who->pid,
                                       .start_time_ticks = who->start_time_ticks,
                                       .worker_count = 1,
                                       .threads = who->threads + 3,
                                       .read_ns = now - (who->id % 5 == 0 ? 12 : 0) * WT_NS_PER_S,
                                       .cpu_ratio = tick == 0 ? (double)NAN : who->id % 7 * .13,
                                       .cpu_window_ns = tick == 0 ? 0 : WT_NS_PER_S,
                                       .rss_bytes = (40 + who->id * 11 % 90) << 20,
                                       .fd_count = 20 + who->id % 13,
                                       .fds_read_ns = now};
        usage->known_count++;
        usage->fds_known_count++;
        usage->cpu_known_count += tick > 0;
        usage->cpu_cores += tick > 0 ? process->cpu_ratio : 0;
        usage->rss_bytes += process->rss_bytes;
        usage->thread_count += process->threads;
        usage->fd_count += process->fd_count;
        usage->oldest_ns = now - 12 * WT_NS_PER_S;
    }
}

/* web listens at a port that is full when it is in trouble, and at a path where nobody listens. */
void wt_fixture_put_listeners(struct wt_arena *arena, struct wt_service *service, int tick) {
    struct wt_accept_queue *queues = wt_arena_take(arena, 2, sizeof *queues);
    if (arena->failed || strcmp(service->name, "web") != 0)
        return;
    int64_t now = wt_fixture_time(tick).monotonic_ns;
    uint64_t length = service->verdict == WT_VERDICT_CRIT ? 117 : 0;
    queues[0] = (struct wt_accept_queue){.address = ":3000",
                                         .is_configured = true,
                                         .socket_count = 1,
                                         .queue_length = length,
                                         .queue_limit = 128,
                                         .fullest_ratio = (double)length / 128,
                                         .read_ns = now};
    queues[1] = (struct wt_accept_queue){.address = "unix:/run/web.sock",
                                         .family = WT_LISTENER_UNIX,
                                         .is_configured = true,
                                         .fullest_ratio = (double)NAN,
                                         .read_ns = now};
    service->listeners = queues;
    service->listener_count = 2;
}
