#include "shm/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* tmpfs gives up, and undoes everything, when a signal arrives during fallocate; pieces of this
 * size bound what has to be done again. */
enum { EXTEND_PIECE = 32 << 20 };

size_t wt_page_bytes(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

bool wt_page_round_up(uint64_t value, uint64_t *out) {
    uint64_t mask = wt_page_bytes() - 1;
    if (value > UINT64_MAX - mask)
        return false;
    *out = (value + mask) & ~mask;
    return true;
}

wt_status wt_mapping_reserve(size_t length, unsigned char **out, struct wt_error *err) {
    void *address =
        mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED)
        return wt_fail_errno(err, errno, "cannot reserve %zu bytes of address space (ulimit -v?)",
                             length);
    *out = address;
    return WT_OK;
}

wt_status wt_mapping_place(unsigned char *address, size_t length, int fd, uint64_t offset,
                           struct wt_error *err) {
    void *got =
        mmap(address, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)offset);
    if (got == MAP_FAILED)
        return wt_fail_errno(err, errno, "cannot map %zu bytes at offset %llu", length,
                             (unsigned long long)offset);
    return WT_OK;
}

wt_status wt_mapping_file(int fd, size_t length, bool writable, unsigned char **out,
                          struct wt_error *err) {
    void *address =
        mmap(NULL, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED)
        return wt_fail_errno(err, errno, "cannot map a file of %zu bytes", length);
    *out = address;
    return WT_OK;
}

wt_status wt_mapping_lazy(size_t length, void **out, struct wt_error *err) {
    void *address = mmap(NULL, length, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (address == MAP_FAILED)
        return wt_fail_errno(err, errno, "cannot reserve %zu bytes for bookkeeping", length);
    /* The first byte touched must not cost two megabytes. */
    (void)madvise(address, length, MADV_NOHUGEPAGE);
    *out = address;
    return WT_OK;
}

wt_status wt_mapping_home(size_t bytes, void **out, struct wt_error *err) {
    uint64_t length;
    if (bytes == 0 || !wt_page_round_up(bytes, &length))
        return wt_fail(err, WT_EINVAL, "cannot make a home of %zu bytes", bytes);
    void *address =
        mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED)
        return wt_fail_errno(err, errno, "cannot map %zu private bytes", bytes);
    *out = address;
    return WT_OK;
}

void wt_mapping_unmap(void *address, size_t length) {
    if (address != NULL && length > 0)
        munmap(address, length);
}

/* tmpfs finds out that it is full only after it has filled itself up; asking first spares the
 * others on it that moment. Other file systems answer at once. */
static bool is_too_full(int fd, uint64_t more_bytes) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC && fs.f_blocks > 0 &&
           (uint64_t)fs.f_bfree * (uint64_t)fs.f_bsize < more_bytes;
}

/* Takes back what a growth that failed half-way left behind: nobody was told about it yet. */
static void take_back(int fd, uint64_t old_bytes) {
    struct stat st;
    if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > old_bytes) {
        while (ftruncate(fd, (off_t)old_bytes) != 0 && errno == EINTR)
            continue;
    }
}

wt_status wt_file_extend(int fd, uint64_t old_bytes, uint64_t new_bytes, const char *path,
                         struct wt_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0)
        return wt_fail_errno(err, errno, "cannot look at %s", path);
    if ((uint64_t)st.st_size < old_bytes)
        return wt_fail(err, WT_EDEAD,
                       "cannot extend %s: it was truncated to %lld of its %llu bytes", path,
                       (long long)st.st_size, (unsigned long long)old_bytes);
    int number = is_too_full(fd, new_bytes - old_bytes) ? ENOSPC : 0;
    for (uint64_t at = old_bytes; number == 0 && at < new_bytes;) {
        uint64_t piece = new_bytes - at < EXTEND_PIECE ? new_bytes - at : EXTEND_PIECE;
        if (fallocate(fd, 0, (off_t)at, (off_t)piece) == 0)
            at += piece;
        else if (errno != EINTR)
            number = errno;
    }
    if (number == 0)
        return WT_OK;
    take_back(fd, old_bytes);
    if (number == EOPNOTSUPP)
        return wt_fail_errno(err, number,
                             "cannot reserve space for %s: its file system lacks fallocate, use "
                             "one that has it, such as tmpfs",
                             path);
    return wt_fail_errno(err, number, "cannot extend %s from %llu to %llu bytes", path,
                         (unsigned long long)old_bytes, (unsigned long long)new_bytes);
}
