#include "attach/watch.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/format.h"
#include "base/process.h"

enum { SILENT_INTERVALS = 3 };

#define LEAST_INTERVAL_NS (10 * WT_NS_PER_MS)
#define MOST_INTERVAL_NS (3600 * WT_NS_PER_S)

/* Whether a monitor that names no namespace, or ours, counts its pids as we do. */
static bool is_our_namespace(const char *fact) {
    char ours[64];
    return fact[0] == '\0' || !wt_process_namespace(ours, sizeof ours) || strcmp(fact, ours) == 0;
}

void wt_watch_begin(struct wt_watch *watch, const struct wt_shared_directory_header *header,
                    const struct wt_directory_view *view) {
    bool gone;
    *watch = (struct wt_watch){
        .pid = header->monitor_pid, .start_ticks = header->monitor_start_ticks, .pidfd = -1};
    watch->this_boot = wt_directory_view_is_this_boot(view);
    /* A pid that cannot be one, or has no start time, names nobody. */
    watch->pids_are_ours =
        watch->this_boot && watch->pid > 0 && watch->pid <= INT_MAX && watch->start_ticks != 0 &&
        is_our_namespace(wt_directory_view_fact(view, WT_DIRECTORY_NAMESPACE_FACT));
    if (watch->pids_are_ours)
        watch->pidfd = wt_process_open(watch->pid, watch->start_ticks, &gone);
}

void wt_watch_end(struct wt_watch *watch) {
    if (watch->pidfd >= 0)
        close(watch->pidfd);
    watch->pidfd = -1;
}

int64_t wt_watch_interval_ns(const struct wt_shared_directory_header *header) {
    uint64_t interval = header->interval_ns;
    if (interval < (uint64_t)LEAST_INTERVAL_NS)
        return LEAST_INTERVAL_NS;
    return interval > (uint64_t)MOST_INTERVAL_NS ? MOST_INTERVAL_NS : (int64_t)interval;
}

static bool is_gone(const struct wt_watch *watch) {
    if (!watch->this_boot)
        return true;
    if (!watch->pids_are_ours)
        return false;
    return watch->pidfd >= 0 ? wt_process_pidfd_ended(watch->pidfd)
                             : wt_process_is_gone(watch->pid, watch->start_ticks);
}

/* Why a process that is there does not tick: here, at least. */
static void find_reason(const struct wt_watch *watch, bool is_given_up,
                        struct wt_watch_finding *out) {
    static const char given_up[] = "it lost its directory file and cannot make a new one; "
                                   "its log says why";
    struct wt_process_look look;
    out->reason = out->text;
    if (!watch->pids_are_ours || wt_process_look(watch->pid, &look, NULL) != WT_OK) {
        out->reason = is_given_up ? given_up : "its process cannot be seen from here";
        return;
    }
    switch (look.state) {
    case 'T':
        snprintf(out->text, sizeof out->text, "it is stopped; kill -CONT %" PRId64 " lets it go on",
                 watch->pid);
        break;
    case 't':
        out->reason = "a debugger holds it";
        break;
    case 'D':
        out->reason = "it waits inside the kernel (state D), mostly for a disk";
        break;
    default:
        if (is_given_up) {
            out->reason = given_up;
            break;
        }
        snprintf(out->text, sizeof out->text,
                 "its process is there (state %c) but hangs, or the machine is overloaded",
                 look.state >= 'A' && look.state <= 'z' ? look.state : '?');
        break;
    }
}

void wt_watch_look(const struct wt_watch *watch, const struct wt_shared_directory_header *header,
                   struct wt_time now, struct wt_watch_finding *out) {
    int64_t beat = header->heartbeat_ns > (uint64_t)INT64_MAX ? 0 : (int64_t)header->heartbeat_ns;
    if (!watch->this_boot || beat - now.monotonic_ns > WT_NS_PER_S)
        beat = 0; /* of a clock that is not ours: no heartbeat at all */
    *out = (struct wt_watch_finding){
        .health = WT_SOURCE_ANSWERING, .heartbeat_ns = beat, .reason = ""};
    if (header->state == WT_DIRECTORY_CLOSED)
        out->health = WT_SOURCE_LEFT;
    else if (is_gone(watch))
        out->health = WT_SOURCE_DEAD;
    else if (now.monotonic_ns - beat > SILENT_INTERVALS * wt_watch_interval_ns(header))
        out->health = WT_SOURCE_SILENT;
    if (out->health == WT_SOURCE_SILENT)
        find_reason(watch, header->state == WT_DIRECTORY_SUPERSEDED, out);
    if (out->health != WT_SOURCE_ANSWERING)
        out->since_realtime_ns = header->heartbeat_realtime_ns > (uint64_t)INT64_MAX
                                     ? now.realtime_ns
                                     : (int64_t)header->heartbeat_realtime_ns;
}

/* "at 13:49:31", and with its day when that is not today's. */
static void format_moment(char *out, size_t size, int64_t realtime_ns, struct wt_time now) {
    time_t then = (time_t)(realtime_ns / WT_NS_PER_S),
           today = (time_t)(now.realtime_ns / WT_NS_PER_S);
    struct tm a, b;
    if (localtime_r(&then, &a) == NULL || localtime_r(&today, &b) == NULL)
        snprintf(out, size, "an unknown time");
    else
        strftime(out, size,
                 a.tm_yday == b.tm_yday && a.tm_year == b.tm_year ? "%H:%M:%S"
                                                                  : "%Y-%m-%d %H:%M:%S",
                 &a);
}

void wt_watch_sentence(const struct wt_watch *watch, const struct wt_watch_finding *finding,
                       struct wt_time now, const char *values, char *out, size_t size) {
    static const char cure[] = "start `worktop serve` again: workers return by themselves";
    char moment[64];
    int64_t pid = watch->pid;
    format_moment(moment, sizeof moment, finding->since_realtime_ns, now);
    switch (finding->health) {
    case WT_SOURCE_ANSWERING:
        out[0] = '\0';
        break;
    case WT_SOURCE_SILENT:
        snprintf(out, size, "monitor %" PRId64 " does not answer since %s: %s; %s", pid, moment,
                 finding->reason, values);
        break;
    case WT_SOURCE_DEAD:
        snprintf(out, size, "monitor %" PRId64 " died %s %s%s; %s; %s", pid,
                 watch->this_boot ? "at" : "before this boot, after", moment,
                 watch->this_boot ? " without saying goodbye" : "", values, cure);
        break;
    case WT_SOURCE_LEFT:
        snprintf(out, size, "monitor %" PRId64 " ended at %s; %s; %s", pid, moment, values, cure);
        break;
    }
}
