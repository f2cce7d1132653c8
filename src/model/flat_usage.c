#include "model/flat_usage.h"

#include <math.h>

static_assert(sizeof(struct wt_accept_queue) + 1 + WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * (sizeof(struct wt_flat_listener_record) + 8),
              "the pool holds what its bytes mean");
static_assert(sizeof(struct wt_process) + WT_FLAT_ALIGNMENT <=
                  WT_FLAT_GROWTH * sizeof(struct wt_flat_process_record),
              "the pool holds what its bytes mean");

/* ---- writing --------------------------------------------------------------------------------- */

static void put_listener(struct wt_buffer *out, const struct wt_accept_queue *listener) {
    const struct wt_flat_listener_record record = {
        .family = (uint32_t)listener->family,
        .is_configured = listener->is_configured,
        .socket_count = listener->socket_count,
        .queue_length = listener->queue_length,
        .queue_limit = listener->queue_limit,
        .fullest_ratio = listener->fullest_ratio,
        .read_ns = listener->read_ns,
    };
    wt_flat_put(out, &record, sizeof record);
    wt_flat_put_text(out, listener->address);
}

void wt_flat_put_usage(struct wt_buffer *out, const struct wt_service *service) {
    const struct wt_usage *usage = &service->usage;
    const struct wt_flat_usage_record record = {
        .process_count = usage->process_count,
        .known_count = usage->known_count,
        .cpu_known_count = usage->cpu_known_count,
        .fds_known_count = usage->fds_known_count,
        .cpu_cores = usage->cpu_cores,
        .rss_bytes = usage->rss_bytes,
        .thread_count = usage->thread_count,
        .fd_count = usage->fd_count,
        .oldest_ns = usage->oldest_ns,
        .slot_count = service->slot_count,
        .replaced_per_min = service->replaced_per_min,
        .replaced_again_per_min = service->replaced_again_per_min,
        .listener_count = (uint32_t)service->listener_count,
    };
    wt_flat_put(out, &record, sizeof record);
    for (size_t i = 0; i < service->listener_count; i++)
        put_listener(out, &service->listeners[i]);
}

void wt_flat_put_processes(struct wt_buffer *out, const struct wt_snapshot *snapshot) {
    for (size_t i = 0; i < snapshot->process_count; i++) {
        const struct wt_process *process = &snapshot->processes[i];
        const struct wt_flat_process_record record = {
            .pid = process->pid,
            .start_time_ticks = process->start_time_ticks,
            .worker_count = process->worker_count,
            .threads = process->threads,
            .read_ns = process->read_ns,
            .cpu_ratio = process->cpu_ratio,
            .cpu_window_ns = process->cpu_window_ns,
            .rss_bytes = process->rss_bytes,
            .fd_count = process->fd_count,
            .fds_read_ns = process->fds_read_ns,
        };
        wt_flat_put(out, &record, sizeof record);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

#define USAGE(member, least, most) WT_FLAT_RULE(struct wt_flat_usage_record, member, least, most)
static const struct wt_flat_rule usage_rules[] = {
    USAGE(rss_bytes, 0, INT64_MAX),
    USAGE(thread_count, 0, INT64_MAX),
    USAGE(fd_count, 0, INT64_MAX),
    USAGE(oldest_ns, 0, WT_FLAT_TIME_MAX),
    USAGE(listener_count, 0, WT_SERVICE_LISTENERS),
};

#define LISTENER(member, least, most)                                                              \
    WT_FLAT_RULE(struct wt_flat_listener_record, member, least, most)
static const struct wt_flat_rule listener_rules[] = {
    LISTENER(family, 0, WT_LISTENER_UNIX),  LISTENER(is_configured, 0, 1),
    LISTENER(queue_length, 0, INT64_MAX),   LISTENER(queue_limit, 0, INT64_MAX),
    LISTENER(read_ns, 0, WT_FLAT_TIME_MAX),
};

#define PROCESS(member, least, most)                                                               \
    WT_FLAT_RULE(struct wt_flat_process_record, member, least, most)
static const struct wt_flat_rule process_rules[] = {
    PROCESS(pid, 1, INT64_MAX),
    PROCESS(read_ns, 1, WT_FLAT_TIME_MAX),
    PROCESS(cpu_window_ns, 0, WT_FLAT_TIME_MAX),
    PROCESS(rss_bytes, 0, INT64_MAX),
    PROCESS(fd_count, 0, INT64_MAX),
    PROCESS(fds_read_ns, 0, WT_FLAT_TIME_MAX),
};

static double positive_or_nan(double value) {
    return isfinite(value) && value >= 0 ? value : (double)NAN;
}

static void read_listener(struct wt_flat_reader *reader, struct wt_accept_queue *listener) {
    struct wt_flat_listener_record record;
    if (!WT_FLAT_TAKE(reader, &record, listener_rules))
        return;
    *listener = (struct wt_accept_queue){
        .address = wt_flat_text(reader, "address"),
        .family = (enum wt_listener_family)record.family,
        .is_configured = record.is_configured != 0,
        .socket_count = record.socket_count,
        .queue_length = record.queue_length,
        .queue_limit = record.queue_limit,
        .fullest_ratio = positive_or_nan(record.fullest_ratio),
        .read_ns = record.read_ns,
    };
}

/* Of `count` processes never more are known than there are. */
static bool counts_agree(const struct wt_flat_usage_record *record) {
    return record->known_count <= record->process_count &&
           record->cpu_known_count <= record->known_count &&
           record->fds_known_count <= record->known_count &&
           record->replaced_again_per_min <= record->replaced_per_min;
}

void wt_flat_read_usage(struct wt_flat_reader *reader, struct wt_service *service) {
    struct wt_flat_usage_record record;
    size_t at = reader->at;
    if (!WT_FLAT_TAKE(reader, &record, usage_rules))
        return;
    if (!counts_agree(&record)) {
        wt_flat_refuse(reader, at, "more processes of service %.64s are known than there are",
                       service->name);
        return;
    }
    double cores = positive_or_nan(record.cpu_cores);
    service->usage = (struct wt_usage){
        .process_count = record.process_count,
        .known_count = record.known_count,
        .cpu_known_count = record.cpu_known_count,
        .fds_known_count = record.fds_known_count,
        .cpu_cores = isnan(cores) ? 0 : cores,
        .rss_bytes = record.rss_bytes,
        .thread_count = record.thread_count,
        .fd_count = record.fd_count,
        .oldest_ns = record.oldest_ns,
    };
    service->slot_count = record.slot_count;
    service->replaced_per_min = record.replaced_per_min;
    service->replaced_again_per_min = record.replaced_again_per_min;
    size_t most = (reader->length - reader->at) / sizeof(struct wt_flat_listener_record);
    if (record.listener_count > most) {
        wt_flat_refuse(reader, at + offsetof(struct wt_flat_usage_record, listener_count),
                       "listener_count is %u, at most %zu are there", record.listener_count, most);
        return;
    }
    struct wt_accept_queue *listeners =
        wt_flat_alloc(reader, record.listener_count, sizeof *listeners);
    for (uint32_t i = 0; i < record.listener_count && reader->status == WT_OK; i++)
        read_listener(reader, &listeners[i]);
    service->listeners = listeners;
    service->listener_count = record.listener_count;
}

static void read_process(struct wt_flat_reader *reader, struct wt_process *process) {
    struct wt_flat_process_record record;
    if (!WT_FLAT_TAKE(reader, &record, process_rules))
        return;
    double ratio = positive_or_nan(record.cpu_ratio);
    *process = (struct wt_process){
        .pid = record.pid,
        .start_time_ticks = record.start_time_ticks,
        .worker_count = record.worker_count,
        .threads = record.threads,
        .read_ns = record.read_ns,
        .cpu_ratio = ratio,
        .cpu_window_ns = isnan(ratio) ? 0 : record.cpu_window_ns,
        .rss_bytes = record.rss_bytes,
        .fd_count = record.fd_count,
        .fds_read_ns = record.fds_read_ns,
    };
}

void wt_flat_read_processes(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                            uint64_t count) {
    if (reader->status != WT_OK)
        return;
    size_t most = (reader->length - reader->at) / sizeof(struct wt_flat_process_record);
    if (count > most) {
        wt_flat_refuse(reader, offsetof(struct wt_flat_tick_record, process_count),
                       "process_count is %llu, at most %zu are there", (unsigned long long)count,
                       most);
        return;
    }
    struct wt_process *processes = wt_flat_alloc(reader, (size_t)count, sizeof *processes);
    for (size_t i = 0; i < count && reader->status == WT_OK; i++) {
        size_t at = reader->at;
        read_process(reader, &processes[i]);
        if (i > 0 && reader->status == WT_OK && processes[i].pid <= processes[i - 1].pid)
            wt_flat_refuse(reader, at, "process %lld comes after %lld", (long long)processes[i].pid,
                           (long long)processes[i - 1].pid);
    }
    snapshot->processes = processes;
    snapshot->process_count = (size_t)count;
}
