#include "monitor/processes.h"

#include <stdlib.h>
#include <string.h>

#include "monitor/internal.h"
#include "monitor/look.h"

/* Rounds are a second apart, also where ticks come more often. Ticks are never quite on time. */
static const int64_t round_ns = 900 * WT_NS_PER_MS;

static struct wt_use *find_use(struct wt_peer *peer, const struct wt_service_entry *service) {
    for (size_t i = 0; i < peer->use_count; i++)
        if (peer->uses[i].service == service)
            return &peer->uses[i];
    return NULL;
}

void wt_processes_join(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_peer *peer = member->peer;
    struct wt_use *use = find_use(peer, member->service);
    if (use == NULL) {
        struct wt_use *more = realloc(peer->uses, (peer->use_count + 1) * sizeof *more);
        if (more == NULL)
            return;
        peer->uses = more;
        use = &peer->uses[peer->use_count++];
        *use = (struct wt_use){.service = member->service};
        member->service->process_count++;
    }
    use->member_count++;
    if (peer->identified && !peer->gone && peer->probe == NULL)
        peer->probe = wt_prober_add(&monitor->prober, peer->pid, peer->start_ticks, peer);
}

void wt_processes_leave(struct wt_monitor *monitor, struct wt_member *member) {
    struct wt_peer *peer = member->peer;
    struct wt_use *use = find_use(peer, member->service);
    if (use == NULL || --use->member_count > 0)
        return;
    member->service->process_count--;
    *use = peer->uses[--peer->use_count];
    if (peer->use_count > 0)
        return;
    free(peer->uses);
    peer->uses = NULL;
    wt_prober_remove(&monitor->prober, peer->probe);
    peer->probe = NULL;
}

/* ---- who is looked at every time ------------------------------------------------------------- */

static void want_worker(struct wt_monitor *monitor, const struct wt_worker *worker) {
    wt_prober_want(&monitor->prober,
                   wt_prober_find(&monitor->prober, worker->pid, worker->start_time_ticks));
}

static void want_rows(struct wt_monitor *monitor, const struct wt_cohort *cohort, bool all) {
    for (size_t row = 0; row < cohort->row_count; row++) {
        const struct wt_row_status *status = &cohort->status[row];
        bool suspect = (status->flags & WT_ROW_STUCK) != 0 || status->state == WT_WORKER_STALE;
        if (monitor->prober.wanted_count == WT_PROBER_WANTED)
            return;
        if (cohort->rows[row] != NULL && (all || suspect))
            want_worker(monitor, cohort->rows[row]);
    }
}

/* Those that are shown; then single suspects; then services that are not well, while there is
 * room. */
static void want_some(struct wt_monitor *monitor) {
    const struct wt_snapshot *last = wt_monitor_snapshot(monitor);
    for (size_t i = 0; i < monitor->watched_count; i++) {
        const struct wt_member *member = wt_map_get(&monitor->members, monitor->watched[i]);
        if (member != NULL)
            wt_prober_want(&monitor->prober, member->peer->probe);
    }
    for (int all = 0; all < 2 && last != NULL; all++)
        for (size_t i = 0; i < last->cohort_count; i++) {
            const struct wt_cohort *cohort = &last->cohorts[i];
            const struct wt_service *service = &last->services[cohort->service];
            bool unwell =
                service->verdict == WT_VERDICT_WARN || service->verdict == WT_VERDICT_CRIT;
            if (all != 0 ? unwell : service->stuck_count + service->stale_count > 0)
                want_rows(monitor, cohort, all != 0);
        }
}

void wt_monitor_watch(struct wt_monitor *monitor, const uint64_t *ids, size_t count) {
    monitor->watched_count = count < WT_MONITOR_WATCHED ? count : WT_MONITOR_WATCHED;
    if (count > 0)
        memcpy(monitor->watched, ids, monitor->watched_count * sizeof *ids);
}

void wt_processes_tick(struct wt_monitor *monitor, struct wt_time now) {
    if (monitor->round_ns != 0 && now.monotonic_ns - monitor->round_ns < round_ns)
        return;
    monitor->round_ns = now.monotonic_ns;
    if (!wt_prober_sees_all(&monitor->prober))
        want_some(monitor);
    wt_prober_round(&monitor->prober, now.monotonic_ns);
    wt_listeners_round(monitor, now);
}

/* ---- what they use --------------------------------------------------------------------------- */

static void add(struct wt_usage *usage, const struct wt_process *process) {
    bool has_cpu = process->cpu_window_ns > 0, has_fds = process->fds_read_ns != 0;
    int64_t oldest = has_fds && process->fds_read_ns < process->read_ns ? process->fds_read_ns
                                                                        : process->read_ns;
    usage->known_count++;
    usage->cpu_known_count += has_cpu;
    usage->fds_known_count += has_fds;
    usage->cpu_cores += has_cpu ? process->cpu_ratio : 0;
    usage->rss_bytes += process->rss_bytes;
    usage->thread_count += process->threads;
    usage->fd_count += has_fds ? process->fd_count : 0;
    if (usage->oldest_ns == 0 || oldest < usage->oldest_ns)
        usage->oldest_ns = oldest;
}

void wt_processes_put(struct wt_monitor *monitor, struct wt_look_memory *look) {
    const struct wt_prober *prober = &monitor->prober;
    for (size_t i = 0; i < monitor->service_count; i++)
        monitor->services[i]->usage =
            (struct wt_usage){.process_count = monitor->services[i]->process_count};
    struct wt_block *block =
        wt_block_pool_take(&monitor->process_pool, prober->count * sizeof(struct wt_process));
    if (block == NULL) {
        look->failed = true;
        return;
    }
    struct wt_process *processes = wt_block_data(block);
    size_t count = 0;
    for (size_t i = 0; i < prober->count; i++) {
        struct wt_probe *probe = prober->probes[i];
        const struct wt_peer *peer = probe->owner;
        if (probe->figures.read_ns == 0 || peer->gone ||
            (count > 0 && processes[count - 1].pid == probe->figures.pid))
            continue;
        probe->figures.worker_count = (uint32_t)peer->member_count;
        processes[count++] = probe->figures;
        for (size_t use = 0; use < peer->use_count; use++)
            add(&peer->uses[use].service->usage, &probe->figures);
    }
    wt_look_hold_block(look, block);
    wt_block_unref(block);
    look->snapshot.processes = processes;
    look->snapshot.process_count = count;
}
