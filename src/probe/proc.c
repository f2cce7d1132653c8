#include "probe/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 48, STAT_BYTES = 1024, ENTRIES_BYTES = 8192 };

wt_status wt_proc_open(struct wt_proc *proc, const char *root, struct wt_error *err) {
    struct stat self;
    long ticks = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
    *proc = (struct wt_proc){.root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC),
                             .ticks_per_s = ticks > 0 ? (uint64_t)ticks : 100,
                             .page_bytes = page > 0 ? (uint64_t)page : 4096};
    if (proc->root_fd < 0)
        return wt_fail_errno(err, errno, "cannot open %s", root);
    /* Whoever asks has a descriptor open: the one above. */
    proc->tells_fds = fstatat(proc->root_fd, "self/fd", &self, 0) == 0 && self.st_size > 0;
    return WT_OK;
}

void wt_proc_close(struct wt_proc *proc) {
    if (proc->root_fd >= 0)
        close(proc->root_fd);
    proc->root_fd = -1;
}

static int open_at(const struct wt_proc *proc, int64_t pid, const char *name, int flags) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%" PRId64 "/%s", pid, name);
    return openat(proc->root_fd, path, flags | O_CLOEXEC);
}

int wt_proc_open_stat(const struct wt_proc *proc, int64_t pid) {
    return open_at(proc, pid, "stat", O_RDONLY);
}

/* The next number of a line of them; false when there is none. Negative ones are taken as 0. */
static bool next_number(const char **at, const char *end, uint64_t *out) {
    const char *p = *at;
    uint64_t value = 0;
    while (p < end && *p == ' ')
        p++;
    bool negative = p < end && *p == '-';
    p += negative;
    const char *first = p;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        value = value * 10 + (uint64_t)(*p - '0');
    *at = p;
    *out = negative ? 0 : value;
    return p > first;
}

bool wt_proc_parse_stat(const struct wt_proc *proc, const char *text, size_t length,
                        struct wt_proc_stat *out) {
    /* proc(5) counts from 1; the name is field 2, and may hold anything, also parentheses. */
    enum { FIRST = 4, UTIME = 14, STIME = 15, THREADS = 20, START = 22, RSS = 24 };
    uint64_t fields[RSS + 1] = {0};
    const char *end = text + length, *at = memrchr(text, ')', length);
    if (at == NULL || end - at < 3 || at[1] != ' ')
        return false;
    out->state = at[2];
    at += 3;
    for (int i = FIRST; i <= RSS; i++)
        if (!next_number(&at, end, &fields[i]))
            return false;
    out->cpu_ticks = fields[UTIME] + fields[STIME];
    out->threads = fields[THREADS] < UINT32_MAX ? (uint32_t)fields[THREADS] : UINT32_MAX;
    out->start_ticks = fields[START];
    out->rss_bytes = fields[RSS] < INT64_MAX / proc->page_bytes ? fields[RSS] * proc->page_bytes
                                                                : (uint64_t)INT64_MAX;
    return true;
}

bool wt_proc_read_stat(const struct wt_proc *proc, int stat_fd, struct wt_proc_stat *out) {
    char text[STAT_BYTES];
    ssize_t length;
    do
        length = pread(stat_fd, text, sizeof text, 0);
    while (length < 0 && errno == EINTR);
    return length > 0 && wt_proc_parse_stat(proc, text, (size_t)length, out);
}

bool wt_proc_is_dead(const struct wt_proc_stat *stat) {
    return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

int64_t wt_proc_fd_count(const struct wt_proc *proc, int64_t pid) {
    char path[PATH_BYTES];
    struct stat fds;
    if (!proc->tells_fds)
        return -1;
    snprintf(path, sizeof path, "%" PRId64 "/fd", pid);
    return fstatat(proc->root_fd, path, &fds, 0) == 0 ? (int64_t)fds.st_size : -1;
}

int wt_proc_open_fds(const struct wt_proc *proc, int64_t pid) {
    return open_at(proc, pid, "fd", O_RDONLY | O_DIRECTORY);
}

/* What getdents64(2) writes. */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

static long read_entries(int fd, void *out, size_t size) {
    long length;
    do
        length = syscall(SYS_getdents64, fd, out, size);
    while (length < 0 && errno == EINTR);
    return length;
}

bool wt_proc_count_more(int fds_fd, int64_t *count) {
    _Alignas(struct entry) char entries[ENTRIES_BYTES];
    long length = read_entries(fds_fd, entries, sizeof entries);
    if (length < 0)
        *count = -1;
    for (long at = 0; at < length;) {
        const struct entry *entry = (const struct entry *)(const void *)(entries + at);
        *count += entry->name[0] != '.';
        at += entry->bytes;
    }
    return length <= 0;
}

/* The inode of "socket:[123]"; false for everything else. */
static bool socket_inode(int fds_fd, const char *name, uint64_t *inode) {
    char target[64];
    char *end;
    ssize_t length = readlinkat(fds_fd, name, target, sizeof target - 1);
    static const char begin[] = "socket:[";
    if (length <= (ssize_t)sizeof begin - 1 || memcmp(target, begin, sizeof begin - 1) != 0)
        return false;
    target[length] = '\0';
    errno = 0;
    *inode = strtoull(target + sizeof begin - 1, &end, 10);
    return errno == 0 && *end == ']' && *inode != 0;
}

void wt_proc_sockets(int fds_fd, int most, void (*found)(void *context, uint64_t inode),
                     void *context) {
    _Alignas(struct entry) char entries[ENTRIES_BYTES];
    long length;
    while (most > 0 && (length = read_entries(fds_fd, entries, sizeof entries)) > 0) {
        for (long at = 0; at < length && most > 0;) {
            const struct entry *entry = (const struct entry *)(const void *)(entries + at);
            uint64_t inode;
            at += entry->bytes;
            if (entry->name[0] == '.')
                continue;
            most--;
            if (socket_inode(fds_fd, entry->name, &inode))
                found(context, inode);
        }
    }
}
