/* guard.h - a truncated file must not kill the process: one SIGBUS handler, a table of ranges.
 *
 * Whoever maps a file that others can shrink adds the mapping here. When an access inside a range
 * raises SIGBUS, the handler maps an anonymous page of zeros over the faulting page and sets the
 * range's flag; the access is then repeated by the CPU and succeeds. Whoever polls the flag knows
 * that the memory is no longer the file. Every other SIGBUS goes to the handler that was there
 * before, or kills as it would have.
 *
 * Threads: all functions may be called from any thread, and after fork in the child. The table is
 * lock-free (atomics only), grows by itself, and is read by the handler without any lock.
 * Async-signal-safe: the handler, wt_guard_is_broken.
 */
#ifndef WT_SHM_GUARD_H
#define WT_SHM_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum wt_guard_policy {
    WT_GUARD_ALWAYS,      /* programs of ours: take SIGBUS whatever handles it now */
    WT_GUARD_OVER_DEFAULT /* libraries: only when nobody handles SIGBUS yet */
};

/* A place in the table. WT_GUARD_NONE is no range; every function accepts it. */
typedef int32_t wt_guard_handle;

enum { WT_GUARD_NONE = -1 };

/*
 * Installs the handler. Calling it again is harmless.
 *   WT_EEXIST  policy is WT_GUARD_OVER_DEFAULT and SIGBUS is handled or ignored by somebody else;
 *              nothing was changed. Ranges can be added all the same, without effect.
 */
wt_status wt_guard_install(enum wt_guard_policy policy, struct wt_error *err);

/* True while SIGBUS is ours. */
bool wt_guard_is_installed(void);

/*
 * Guards [address, address + length) until wt_guard_remove. O(1) as a rule. Ranges may overlap:
 * each that holds the fault gets its flag. WT_ENOMEM when the table cannot grow.
 */
wt_status wt_guard_add(const void *address, size_t length, wt_guard_handle *out,
                       struct wt_error *err);

/* Forgets the range. The memory may be unmapped only afterwards. */
void wt_guard_remove(wt_guard_handle handle);

/* True as soon as one page of the range had to be replaced; stays so. */
bool wt_guard_is_broken(wt_guard_handle handle);

#endif /* WT_SHM_GUARD_H */
