#include "probe/prober.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

enum {
    KEPT_LEAST = 16,
    COUNTS_PER_ROUND = 4 /* buffers of directory entries: some 1300 descriptors, 0.2 ms */
};

/* Processor time comes in ticks of 10 ms: over less than this it is too coarse. */
static const int64_t window_least_ns = 500 * WT_NS_PER_MS;

void wt_prober_open(struct wt_prober *prober, const char *root, size_t kept) {
    struct rlimit limit;
    *prober = (struct wt_prober){.kept_most = kept > 0 ? kept : WT_PROBER_KEPT};
    wt_proc_open(&prober->proc, root, NULL);
    /* Connections need descriptors more than this does. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / 8 < prober->kept_most)
        prober->kept_most = limit.rlim_cur / 8 > KEPT_LEAST ? limit.rlim_cur / 8 : KEPT_LEAST;
}

/* ---- kept descriptors ------------------------------------------------------------------------ */

static void unlink_kept(struct wt_prober *prober, struct wt_probe *probe) {
    if (probe->newer != NULL)
        probe->newer->older = probe->older;
    else
        prober->newest = probe->older;
    if (probe->older != NULL)
        probe->older->newer = probe->newer;
    else
        prober->oldest = probe->newer;
    probe->newer = probe->older = NULL;
}

static void link_newest(struct wt_prober *prober, struct wt_probe *probe) {
    probe->older = prober->newest;
    if (prober->newest != NULL)
        prober->newest->newer = probe;
    else
        prober->oldest = probe;
    prober->newest = probe;
}

static void drop_descriptor(struct wt_prober *prober, struct wt_probe *probe) {
    if (probe->stat_fd < 0)
        return;
    close(probe->stat_fd);
    probe->stat_fd = -1;
    unlink_kept(prober, probe);
    prober->kept_count--;
}

/* Keeps the descriptor, if there is room for it or it is worth more than another. */
static void keep_or_close(struct wt_prober *prober, struct wt_probe *probe, int fd, bool wanted) {
    if (prober->kept_count >= prober->kept_most && wanted && prober->oldest != NULL)
        drop_descriptor(prober, prober->oldest);
    if (prober->kept_count >= prober->kept_most) {
        close(fd);
        return;
    }
    probe->stat_fd = fd;
    prober->kept_count++;
    link_newest(prober, probe);
}

void wt_prober_keep_less(struct wt_prober *prober) {
    size_t most = prober->kept_count / 2 > KEPT_LEAST ? prober->kept_count / 2 : KEPT_LEAST;
    while (prober->kept_count > most)
        drop_descriptor(prober, prober->oldest);
    prober->kept_most = most < prober->kept_most ? most : prober->kept_most;
}

/* ---- which processes ------------------------------------------------------------------------- */

/* Where it is, or would be. */
static size_t place_of(const struct wt_prober *prober, int64_t pid, uint64_t start_ticks) {
    size_t begin = 0, end = prober->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        const struct wt_process *other = &prober->probes[middle]->figures;
        if (other->pid < pid || (other->pid == pid && other->start_time_ticks < start_ticks))
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

struct wt_probe *wt_prober_find(const struct wt_prober *prober, int64_t pid, uint64_t start_ticks) {
    size_t place = place_of(prober, pid, start_ticks);
    if (place == prober->count || prober->probes[place]->figures.pid != pid ||
        prober->probes[place]->figures.start_time_ticks != start_ticks)
        return NULL;
    return prober->probes[place];
}

struct wt_probe *wt_prober_add(struct wt_prober *prober, int64_t pid, uint64_t start_ticks,
                               void *owner) {
    if (prober->count == prober->capacity) {
        size_t capacity = prober->capacity == 0 ? 16 : 2 * prober->capacity;
        void *wider = realloc(prober->probes, capacity * sizeof(struct wt_probe *));
        if (wider == NULL)
            return NULL;
        prober->probes = wider;
        prober->capacity = capacity;
    }
    struct wt_probe *probe = calloc(1, sizeof *probe);
    if (probe == NULL)
        return NULL;
    probe->figures =
        (struct wt_process){.pid = pid, .start_time_ticks = start_ticks, .cpu_ratio = (double)NAN};
    probe->owner = owner;
    probe->stat_fd = -1;
    size_t place = place_of(prober, pid, start_ticks);
    memmove(&prober->probes[place + 1], &prober->probes[place],
            (prober->count - place) * sizeof(struct wt_probe *));
    prober->probes[place] = probe;
    prober->count++;
    prober->cursor += place < prober->cursor;
    return probe;
}

static void stop_counting(struct wt_prober *prober) {
    if (prober->counting.probe != NULL)
        close(prober->counting.fd);
    prober->counting.probe = NULL;
}

void wt_prober_remove(struct wt_prober *prober, struct wt_probe *probe) {
    if (probe == NULL)
        return;
    size_t place = place_of(prober, probe->figures.pid, probe->figures.start_time_ticks);
    while (prober->probes[place] != probe)
        place++;
    prober->count--;
    memmove(&prober->probes[place], &prober->probes[place + 1],
            (prober->count - place) * sizeof(struct wt_probe *));
    prober->cursor -= place < prober->cursor;
    for (size_t i = 0; probe->is_wanted && i < prober->wanted_count; i++)
        if (prober->wanted[i] == probe)
            prober->wanted[i--] = prober->wanted[--prober->wanted_count];
    if (prober->counting.probe == probe)
        stop_counting(prober);
    drop_descriptor(prober, probe);
    free(probe);
}

void wt_prober_close(struct wt_prober *prober) {
    while (prober->count > 0)
        wt_prober_remove(prober, prober->probes[prober->count - 1]);
    free(prober->probes);
    wt_proc_close(&prober->proc);
    prober->probes = NULL;
    prober->capacity = 0;
}

void wt_prober_want(struct wt_prober *prober, struct wt_probe *probe) {
    if (probe == NULL || probe->is_wanted || prober->wanted_count == WT_PROBER_WANTED)
        return;
    probe->is_wanted = true;
    prober->wanted[prober->wanted_count++] = probe;
}

/* ---- looking --------------------------------------------------------------------------------- */

static void forget(struct wt_prober *prober, struct wt_probe *probe) {
    drop_descriptor(prober, probe);
    probe->is_gone = true;
    probe->figures.read_ns = probe->figures.fds_read_ns = 0;
}

/* The process's file: the kept one, or opened for this look. -1 without. */
static int open_for_look(struct wt_prober *prober, struct wt_probe *probe) {
    if (probe->stat_fd >= 0) {
        unlink_kept(prober, probe);
        link_newest(prober, probe);
        return probe->stat_fd;
    }
    int fd = wt_proc_open_stat(&prober->proc, probe->figures.pid);
    if (fd < 0 && (errno == ENOENT || errno == ESRCH))
        forget(prober, probe);
    else if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        wt_prober_keep_less(prober);
    return fd;
}

static void take(const struct wt_prober *prober, struct wt_probe *probe,
                 const struct wt_proc_stat *stat, int64_t now_ns) {
    struct wt_process *figures = &probe->figures;
    int64_t window = now_ns - probe->base_ns;
    figures->threads = stat->threads;
    figures->rss_bytes = stat->rss_bytes;
    figures->read_ns = now_ns;
    if (probe->base_ns != 0 && window < window_least_ns)
        return; /* the ratio goes on over the time since before */
    if (probe->base_ns != 0) {
        uint64_t ticks =
            stat->cpu_ticks > probe->base_cpu_ticks ? stat->cpu_ticks - probe->base_cpu_ticks : 0;
        figures->cpu_ratio = (double)ticks * (double)WT_NS_PER_S /
                             ((double)prober->proc.ticks_per_s * (double)window);
        figures->cpu_window_ns = window;
    }
    probe->base_cpu_ticks = stat->cpu_ticks;
    probe->base_ns = now_ns;
}

static void look(struct wt_prober *prober, struct wt_probe *probe, int64_t now_ns, bool wanted) {
    struct wt_proc_stat stat;
    probe->round = prober->round;
    /* Through the path, and believed because the process is there afterwards: proc.h. */
    int64_t fds = wt_proc_fd_count(&prober->proc, probe->figures.pid);
    int fd = open_for_look(prober, probe);
    if (fd < 0)
        return;
    bool ok = wt_proc_read_stat(&prober->proc, fd, &stat) &&
              stat.start_ticks == probe->figures.start_time_ticks && !wt_proc_is_dead(&stat);
    if (fd != probe->stat_fd && ok)
        keep_or_close(prober, probe, fd, wanted);
    else if (fd != probe->stat_fd)
        close(fd);
    if (!ok) {
        forget(prober, probe);
        return;
    }
    take(prober, probe, &stat, now_ns);
    if (fds < 0)
        return;
    probe->figures.fd_count = (uint64_t)fds;
    probe->figures.fds_read_ns = now_ns;
}

int wt_prober_open_fds(struct wt_prober *prober, struct wt_probe *probe, int64_t now_ns) {
    int fd = wt_proc_open_fds(&prober->proc, probe->figures.pid);
    if (fd < 0)
        return -1;
    look(prober, probe, now_ns, false);
    if (!probe->is_gone && probe->figures.read_ns == now_ns)
        return fd;
    close(fd);
    return -1;
}

/* Counts descriptors where the kernel does not: the next process's when one is through. */
static void count_some(struct wt_prober *prober, int64_t now_ns) {
    if (prober->proc.tells_fds || prober->count == 0)
        return;
    for (int i = 0; i < COUNTS_PER_ROUND; i++) {
        struct wt_probe *probe = prober->counting.probe;
        if (probe == NULL) {
            probe = prober->probes[prober->counting_cursor++ % prober->count];
            if (probe->is_gone)
                continue;
            prober->counting.fd = wt_prober_open_fds(prober, probe, now_ns);
            if (prober->counting.fd < 0)
                continue;
            prober->counting.probe = probe;
            prober->counting.count = 0;
        }
        if (!probe->is_gone && !wt_proc_count_more(prober->counting.fd, &prober->counting.count))
            continue;
        if (!probe->is_gone && prober->counting.count >= 0) {
            probe->figures.fd_count = (uint64_t)prober->counting.count;
            probe->figures.fds_read_ns = now_ns;
        }
        stop_counting(prober);
    }
}

void wt_prober_round(struct wt_prober *prober, int64_t now_ns) {
    prober->round++;
    if (prober->proc.root_fd < 0)
        return;
    size_t looks = 0;
    for (size_t i = 0; i < prober->wanted_count; i++) {
        struct wt_probe *probe = prober->wanted[i];
        probe->is_wanted = false;
        if (probe->is_gone)
            continue;
        look(prober, probe, now_ns, true);
        looks++;
    }
    prober->wanted_count = 0;
    size_t seen = 0;
    for (; seen < prober->count && looks < WT_PROBER_LOOKS; seen++) {
        struct wt_probe *probe = prober->probes[(prober->cursor + seen) % prober->count];
        if (probe->is_gone || probe->round == prober->round)
            continue;
        look(prober, probe, now_ns, false);
        looks++;
    }
    prober->cursor = prober->count > 0 ? (prober->cursor + seen) % prober->count : 0;
    count_some(prober, now_ns);
}
