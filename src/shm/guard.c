/* guard.c - the SIGBUS handler and its table.
 *
 * The table is a list of chunks, each twice as long as the one before, so that slots never move:
 *
 *     index   0 .. 255 | 256 .. 767 | 768 .. 1791 | ...
 *     chunk        0   |     1      |      2      |
 *
 * The first chunk is static; the others are allocated when needed and never freed. A slot's tag is
 * generation * 4 + state. Whoever changes a slot moves it EMPTY -> CLAIMED -> LIVE -> EMPTY and the
 * handler believes begin and end only when the tag was LIVE and the same before and after it read
 * them, so it never acts on half of one range and half of the next.
 *
 * The file-scope variables are unavoidable: a signal handler belongs to the process.
 */
#include "shm/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FIRST_CHUNK = 256, CHUNKS = 16 };

enum { SLOT_EMPTY, SLOT_CLAIMED, SLOT_LIVE };

struct slot {
    _Atomic uint32_t tag;
    _Atomic bool broken;
    _Atomic uintptr_t begin;
    _Atomic uintptr_t end;
};

static struct slot first_chunk[FIRST_CHUNK];
static struct slot *_Atomic later_chunks[CHUNKS - 1];
static _Atomic int32_t slot_count;  /* slots ever used: the handler looks at these */
static _Atomic int32_t search_from; /* no slot below is empty; only a hint */
static struct sigaction previous;   /* written before the handler can need it */
static uintptr_t page_mask;         /* page size - 1 */

static void on_sigbus(int number, siginfo_t *info, void *context);

/* The slot at index, NULL when its chunk does not exist. */
static struct slot *slot_at(int32_t index) {
    if (index < FIRST_CHUNK)
        return &first_chunk[index];
    int chunk = 31 - __builtin_clz((unsigned)index / FIRST_CHUNK + 1);
    int32_t begin = FIRST_CHUNK * ((INT32_C(1) << chunk) - 1);
    struct slot *slots = atomic_load_explicit(&later_chunks[chunk - 1], memory_order_acquire);
    return slots == NULL ? NULL : &slots[index - begin];
}

/* Makes sure that the chunk of index exists. */
static bool ensure_chunk(int32_t index) {
    if (slot_at(index) != NULL)
        return true;
    int chunk = 31 - __builtin_clz((unsigned)index / FIRST_CHUNK + 1);
    struct slot *fresh = calloc((size_t)FIRST_CHUNK << chunk, sizeof *fresh);
    if (fresh == NULL)
        return false;
    struct slot *expected = NULL;
    if (!atomic_compare_exchange_strong(&later_chunks[chunk - 1], &expected, fresh))
        free(fresh); /* another thread was faster */
    return true;
}

static bool claim(struct slot *slot) {
    uint32_t tag = atomic_load_explicit(&slot->tag, memory_order_relaxed);
    return tag % 4 == SLOT_EMPTY &&
           atomic_compare_exchange_strong(&slot->tag, &tag, tag + 4 + SLOT_CLAIMED);
}

/* Claims an empty slot, a used one again or the next new one. -1: no memory. */
static int32_t claim_any(void) {
    int32_t from = atomic_load(&search_from);
    int32_t count = atomic_load(&slot_count);
    for (int32_t i = from; i < count; i++) {
        if (claim(slot_at(i))) {
            atomic_compare_exchange_strong(&search_from, &from, i + 1);
            return i;
        }
    }
    for (;;) {
        if (count >= FIRST_CHUNK * ((INT32_C(1) << CHUNKS) - 1) || !ensure_chunk(count))
            return -1;
        int32_t index = count;
        if (!atomic_compare_exchange_strong(&slot_count, &count, count + 1))
            continue;
        if (claim(slot_at(index))) {
            atomic_compare_exchange_strong(&search_from, &from, index + 1);
            return index;
        }
        count = atomic_load(&slot_count); /* another thread took it as a used one */
    }
}

wt_status wt_guard_add(const void *address, size_t length, wt_guard_handle *out,
                       struct wt_error *err) {
    int32_t index = claim_any();
    if (index < 0) {
        *out = WT_GUARD_NONE;
        return wt_fail(err, WT_ENOMEM, "cannot guard %zu bytes of mapped memory: out of memory",
                       length);
    }
    struct slot *slot = slot_at(index);
    atomic_store_explicit(&slot->broken, false, memory_order_relaxed);
    atomic_store_explicit(&slot->begin, (uintptr_t)address, memory_order_release);
    atomic_store_explicit(&slot->end, (uintptr_t)address + length, memory_order_release);
    atomic_fetch_add_explicit(&slot->tag, SLOT_LIVE - SLOT_CLAIMED, memory_order_release);
    *out = index;
    return WT_OK;
}

void wt_guard_remove(wt_guard_handle handle) {
    if (handle < 0)
        return;
    struct slot *slot = slot_at(handle);
    atomic_fetch_sub_explicit(&slot->tag, SLOT_LIVE, memory_order_acq_rel);
    int32_t from = atomic_load(&search_from);
    while (handle < from && !atomic_compare_exchange_weak(&search_from, &from, handle))
        continue;
}

bool wt_guard_is_broken(wt_guard_handle handle) {
    return handle >= 0 && atomic_load_explicit(&slot_at(handle)->broken, memory_order_relaxed);
}

/* True when some live range holds the address; marks each that does. */
static bool mark_ranges(uintptr_t address) {
    bool found = false;
    int32_t count = atomic_load(&slot_count);
    for (int32_t i = 0; i < count; i++) {
        struct slot *slot = slot_at(i);
        uint32_t tag = atomic_load_explicit(&slot->tag, memory_order_acquire);
        if (tag % 4 != SLOT_LIVE)
            continue;
        uintptr_t begin = atomic_load_explicit(&slot->begin, memory_order_acquire);
        uintptr_t end = atomic_load_explicit(&slot->end, memory_order_acquire);
        if (atomic_load_explicit(&slot->tag, memory_order_relaxed) != tag)
            continue;
        if (begin <= address && address < end) {
            atomic_store_explicit(&slot->broken, true, memory_order_relaxed);
            found = true;
        }
    }
    return found;
}

/* The raw system call: the sanitizers' wrappers are not meant for signal handlers. */
static bool replace_page(uintptr_t address) {
    uintptr_t page = address & ~page_mask;
#ifdef SYS_mmap2
    const long call = SYS_mmap2;
#else
    const long call = SYS_mmap;
#endif
    return syscall(call, page, page_mask + 1, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == (long)page;
}

/* Hands a signal that is not ours to whoever had it before us. */
static void pass_on(int number, siginfo_t *info, void *context) {
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
        previous.sa_sigaction(number, info, context);
        return;
    }
    bool sent = info->si_code <= 0; /* by kill(2) and the like: no instruction will repeat it */
    if (previous.sa_handler == SIG_IGN && sent)
        return;
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
        return;
    }
    /* The kernel's own answer: after we return the faulting instruction runs again and kills the
     * process with SIGBUS; a signal that was sent is sent once more. */
    const struct sigaction fatal = {.sa_handler = SIG_DFL};
    sigaction(number, &fatal, NULL);
    if (sent)
        raise(number);
}

static void on_sigbus(int number, siginfo_t *info, void *context) {
    int saved_errno = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    if (info->si_code <= 0 || !mark_ranges(address) || !replace_page(address))
        pass_on(number, info, context);
    errno = saved_errno;
}

static bool is_ours(const struct sigaction *action) {
    return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_sigbus;
}

bool wt_guard_is_installed(void) {
    struct sigaction current;
    return sigaction(SIGBUS, NULL, &current) == 0 && is_ours(&current);
}

wt_status wt_guard_install(enum wt_guard_policy policy, struct wt_error *err) {
    struct sigaction current;
    if (sigaction(SIGBUS, NULL, &current) != 0)
        return wt_fail_errno(err, errno, "cannot ask who handles SIGBUS");
    if (is_ours(&current))
        return WT_OK;
    bool is_default = (current.sa_flags & SA_SIGINFO) == 0 && current.sa_handler == SIG_DFL;
    if (policy == WT_GUARD_OVER_DEFAULT && !is_default)
        return wt_fail(err, WT_EEXIST,
                       "SIGBUS is handled by the program already: left alone, a truncated store "
                       "will reach that handler");
    page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    previous = current;
    struct sigaction ours = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGBUS, &ours, NULL) != 0)
        return wt_fail_errno(err, errno, "cannot handle SIGBUS");
    return WT_OK;
}
