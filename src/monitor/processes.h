/* processes.h - the processes behind the workers, and what they use: from the prober's figures to
 * those of services.
 *
 * A peer has a probe while workers of it are registered, and one use for each service that they are
 * of, so that sums count a process once a service.
 *
 * Threads: one owner.
 */
#ifndef WT_MONITOR_PROCESSES_H
#define WT_MONITOR_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct wt_look_memory;
struct wt_member;
struct wt_monitor;
struct wt_peer;
struct wt_service_entry;

/* So many workers of a process are of this service. */
struct wt_use {
    struct wt_service_entry *service;
    size_t member_count;
};

/* The member is in its peer's list, or is about to leave it. Without memory nothing is known of its
 * process. */
void wt_processes_join(struct wt_monitor *monitor, struct wt_member *member);
void wt_processes_leave(struct wt_monitor *monitor, struct wt_member *member);

/* Looks at some of them, when it is time, before the workers are looked at. */
void wt_processes_tick(struct wt_monitor *monitor, struct wt_time now);

/* Puts the table of processes into the look, and sums of the known ones into service->usage. */
void wt_processes_put(struct wt_monitor *monitor, struct wt_look_memory *look);

#endif /* WT_MONITOR_PROCESSES_H */
