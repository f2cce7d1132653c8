/* worktop.h - libworktop: a worker process publishes what it is doing.
 *
 * A program opens a `worktop` once, with its service's name and a list of fields, takes one handle
 * per field, and counts with the inline functions below. The library connects by itself to the
 * monitor (`worktop`, `worktop serve`, or a Ruby supervisor) on this host, registers, and moves the
 * values into the shared-memory segment that the monitor hands out. Nothing ever comes back to the
 * program: it may start before any monitor, and outlive many of them.
 *
 *     static const struct worktop_field fields[] = {
 *         {"requests_total",  WORKTOP_U64, WORKTOP_ADD},
 *         {"requests_active", WORKTOP_U64, WORKTOP_ADD},
 *         {"queue_length",    WORKTOP_U64, WORKTOP_SET},
 *     };
 *     struct worktop_options options = WORKTOP_OPTIONS_INIT;
 *     options.service = "web";
 *     struct worktop *worktop;
 *     if (worktop_open(&worktop, &options, fields, 3) == WORKTOP_OK) {
 *         struct worktop_handle *total = worktop_get(worktop, "requests_total", WORKTOP_U64,
 *                                                    WORKTOP_ADD);
 *         struct worktop_handle *active = worktop_get(worktop, "requests_active", WORKTOP_U64,
 *                                                     WORKTOP_ADD);
 *         ...
 *         worktop_track_begin_labelled(worktop, active, "GET /checkout", request_id);
 *         ...                                      // shown as under way, and since when
 *         worktop_track_end(worktop, active);      // a slow one leaves a record
 *         worktop_add(total, 1);
 *         ...
 *         worktop_close(&worktop);
 *     }
 *
 * Promises
 *   - The counting functions take no lock, make no system call, look nothing up, allocate nothing
 *     and cost the same with a monitor, without one, and while one comes or goes.
 *   - Values are exact at rest within one second, from any thread, across any number of monitor
 *     restarts (kill -9 too) and of deletions or replacements of the monitor's file. If somebody
 *     truncates that file, WORKTOP_ADD fields lose at most the adds of the last second; how often
 *     that happened is in worktop_info.
 *   - What its threads do, and what they did last, can be read when the worker hangs or was killed:
 *     of a killed one at most the records are lost that its threads were writing. Values, labels
 *     and records live through restarts of the monitor.
 *   - The library writes nothing to standard output or error, raises no signal, and never
 *     ends the process. Trouble is kept as one line in worktop_info.
 *   - Its descriptors are close-on-exec, and non-blocking where that matters.
 *
 * Threads: worktop_open, _close, _restart, _dispatch belong to one thread at a time per worktop;
 * all others may be called from any thread at any time. Each counting function says which threads
 * may use one handle at once. Not for signal handlers, with the exception of the counting functions
 * on integers, which are lock-free.
 *
 * Processes: several worktops may be open in one process. After fork() the child is detached: it
 * counts privately, invisible to any monitor, until it calls worktop_restart(). The parent goes on
 * undisturbed.
 *
 * Environment: TMPDIR, WORKTOP_SOCKET and XDG_RUNTIME_DIR are read whenever the library looks for a
 * monitor, on its own thread: a program should not change its environment after worktop_open.
 *
 * Needs a compiler with the __atomic builtins (gcc, clang); usable from C11 and C++.
 */
#ifndef WORKTOP_WORKTOP_H
#define WORKTOP_WORKTOP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WORKTOP_API __attribute__((visibility("default")))
#else
#define WORKTOP_API
#endif

/* What a function returns: WORKTOP_OK or one of the negative numbers. worktop_error has the text.
 */
enum worktop_status {
    WORKTOP_OK = 0,
    WORKTOP_EINVAL = -1,  /* a NULL, an unknown flag, a struct_size that no version had */
    WORKTOP_EFIELD = -2,  /* a field without a key, with an unknown type or form, or a key twice */
    WORKTOP_ENOMEM = -3,  /* out of memory */
    WORKTOP_ESYS = -4,    /* a system call failed; errno says why */
    WORKTOP_EFORKED = -5, /* a forked child that has not called worktop_restart */
    WORKTOP_ESTATE = -6   /* the call does not fit: worktop_restart without a fork */
};

/* The type of a field: eight bytes each, published in an aligned word of its own. */
enum worktop_type { WORKTOP_U64 = 0, WORKTOP_S64 = 1, WORKTOP_F64 = 2 };

/*
 * How a field is written. A field has exactly one form, because the library must know what to do
 * with it when the segment changes.
 *
 *   form                functions               threads         under every fault
 *   WORKTOP_ONE_WRITER  worktop_own_add/_set    one at a time   exact: a private value is the truth
 *   WORKTOP_ADD         worktop_add/_sub        any number      exact; see "truncates" above
 *   WORKTOP_SET         worktop_set             any number      the last value set, repeated every
 *                                                               second
 *   WORKTOP_GROUP(n)    worktop_own_add/_set    one at a time   exact, as WORKTOP_ONE_WRITER, and
 *                                               for the group   agreeing with the rest of the group
 *
 * Fields whose values must agree with each other (so many requests, so many of them failed) are
 * declared with the same group number n, 1 to WORKTOP_MAX_GROUPS, and written between
 * worktop_group_begin and worktop_group_end. A monitor then shows all of them as they were at one
 * end of the group, or, while it keeps finding the group half written, as it saw them last.
 */
enum worktop_form {
    WORKTOP_ONE_WRITER = 0,
    WORKTOP_ADD = 1,
    WORKTOP_SET = 2,
    WORKTOP_GROUP_0 = 256, /* see WORKTOP_GROUP */
    WORKTOP_GROUP_MAX = 256 + 16
};
#define WORKTOP_GROUP(n) ((enum worktop_form)((int)WORKTOP_GROUP_0 + (int)(n)))

/* Flags of struct worktop_options. */
enum {
    /* Start no thread: the program polls worktop_fd() and calls worktop_dispatch(). */
    WORKTOP_NO_THREAD = 1,
    /*
     * Leave SIGBUS alone. Without this flag the library installs a handler, and only if SIGBUS has
     * its default action: it survives the truncation of the monitor's file, and hands every other
     * fault to the default action. With it, such a truncation ends the process.
     */
    WORKTOP_NO_SIGBUS_GUARD = 2
};

/*
 * At most this many fields, groups, bytes of a key or of a service's name, and threads that track.
 * A field takes 8 bytes of the segment, and so does a group: the 512 that a monitor hands out by
 * default hold 64 of them. A segment that is too small for all is refused, and worktop_info says
 * which size would do.
 */
enum {
    WORKTOP_MAX_FIELDS = 256,
    WORKTOP_MAX_GROUPS = 16,
    WORKTOP_MAX_NAME_BYTES = 255,
    WORKTOP_MAX_THREADS = 256
};

/*
 * Of a label with its request id, and of an id alone. What is longer is cut, between characters of
 * UTF-8, and shown as cut. So many pieces with a label may nest; further ones count as those
 * without.
 */
enum { WORKTOP_MAX_LABEL_BYTES = 88, WORKTOP_MAX_ID_BYTES = 40, WORKTOP_MAX_LABELS = 16 };

/* For worktop_options.slow_ns: every piece of work with a label leaves a record, or only failed
 * ones do. */
#define WORKTOP_RECORD_ALL ((uint64_t)1)
#define WORKTOP_RECORD_FAILED UINT64_MAX

struct worktop_field {
    const char *key; /* "requests_total"; borrowed for the call; 1 to 255 bytes of UTF-8 */
    enum worktop_type type;
    enum worktop_form form;
};

/*
 * Start from WORKTOP_OPTIONS_INIT. struct_size tells the library which version of this header the
 * program was compiled with: later versions only append members (here, or to worktop_field).
 */
struct worktop_options {
    size_t struct_size;
    const char *service;     /* the group that this worker belongs to; NULL: "unknown". Borrowed for
                                the call, as are all strings here. At most 255 bytes. */
    const char *socket_path; /* the monitor's socket. NULL: $WORKTOP_SOCKET, else the default place:
                                /run/worktop as root, else $XDG_RUNTIME_DIR/worktop, else
                                /dev/shm/worktop-UID, and there supervisor.ipc */
    unsigned threads;        /* how many threads at a time may call worktop_track_begin; 0: 16; at
                                most 256. The gauge counts further ones, their busy time is not
                                measured, and they leave no records. The fewer threads, the more
                                records each one keeps: 128 are divided. */
    unsigned flags;          /* WORKTOP_NO_THREAD | WORKTOP_NO_SIGBUS_GUARD */
    uint64_t slow_ns;        /* work with a label that takes as long, or longer, leaves a record, as
                                does what failed. 0: 100 ms; or one of WORKTOP_RECORD_... */
};

#define WORKTOP_OPTIONS_INIT                                                                       \
    { sizeof(struct worktop_options), NULL, NULL, 0, 0, 0 }

/* One worker as a monitor sees it. Opaque. */
struct worktop;

/*
 * One field, ready to be written. Borrowed from its worktop; the memory stays valid, and writing
 * stays harmless, after worktop_close and for the rest of the process's life. The members are
 * there for the inline functions only.
 */
struct worktop_handle {
    uintptr_t cell; /* atomic: address of the published word; the library moves it */
    uint64_t own;   /* atomic: the value itself (one writer), or the last one set */
};

/* A group of fields, ready to be written; borrowed and valid as handles are. */
struct worktop_group {
    uint64_t begun;  /* atomic: number of the last begin, times 2 */
    uint64_t done;   /* atomic: the same of the last end; other than begun while values change */
    uintptr_t cell;  /* atomic: address of the published sequence number: `done`, or an odd one */
    uintptr_t offer; /* atomic: where the group is to be published from now on; 0: where it is */
};

/*
 * worktop_open makes a worker with `count` fields (0 to 256; fields may be NULL for 0) and, without
 * WORKTOP_NO_THREAD, starts the background thread that serves it: all signals blocked, idle but for
 * one wake-up a second. It does not wait for a monitor and does not fail for the lack of one.
 * On success *out is the worktop; on failure *out is NULL and nothing is left behind.
 *   WORKTOP_EINVAL  out or options is NULL, a name is too long, an unknown flag, too many fields
 *   WORKTOP_EFIELD  see there
 *   WORKTOP_ENOMEM, WORKTOP_ESYS (descriptors, thread)
 */
WORKTOP_API int worktop_open(struct worktop **out, const struct worktop_options *options,
                             const struct worktop_field *fields, size_t count);

/*
 * worktop_close leaves the monitor (it sees the connection end and frees the segment), stops the
 * thread, and sets *worktop to NULL. NULL and a pointer to NULL are allowed. Handles stay harmless;
 * for that, some pages stay in the process: a worktop is to be opened once, not per request.
 */
WORKTOP_API void worktop_close(struct worktop **worktop);

/*
 * worktop_restart makes a forked child a worker of its own: all values from 0, a new identity, a
 * new connection, a thread unless WORKTOP_NO_THREAD. Handles taken before the fork stay valid.
 *   WORKTOP_ESTATE  this process did not fork since the worktop was opened or restarted
 *   WORKTOP_EINVAL (NULL), WORKTOP_ENOMEM, WORKTOP_ESYS: still detached; it may be called again
 */
WORKTOP_API int worktop_restart(struct worktop *worktop);

/*
 * worktop_get finds a field's handle by its key. NULL, with errno set, when there is no such key
 * (ENOENT) or it was declared with another type or form (EINVAL). Do it once, at the start.
 */
WORKTOP_API struct worktop_handle *worktop_get(struct worktop *worktop, const char *key,
                                               enum worktop_type type, enum worktop_form form);

/*
 * worktop_get_group finds a group by its number. NULL, with errno set to ENOENT, when no field was
 * declared in it.
 */
WORKTOP_API struct worktop_group *worktop_get_group(struct worktop *worktop, unsigned number);

/*
 * For programs with their own loop (WORKTOP_NO_THREAD): a descriptor that polls readable whenever
 * there is something to do, once a second at least, and the call to make then. worktop_dispatch
 * never blocks, and may be called at any time, also with nothing to do. The descriptor belongs to
 * the library; it changes in worktop_restart. worktop_fd is -1 without WORKTOP_NO_THREAD, and in a
 * forked child; worktop_dispatch then does nothing.
 *   WORKTOP_EINVAL (NULL), WORKTOP_EFORKED
 */
WORKTOP_API int worktop_fd(const struct worktop *worktop);
WORKTOP_API int worktop_dispatch(struct worktop *worktop);

/* One line for a status, never NULL; static storage. */
WORKTOP_API const char *worktop_error(int status);

/*
 * The calling thread begins, and ends, one piece of work. This adds 1 to, and takes 1 from, the
 * gauge `busy` (WORKTOP_ADD, or WORKTOP_ONE_WRITER with a single thread, or one of a group, in
 * between its begin and end; NULL: no gauge), and adds
 * the time in between to the worker's exact busy time, which lies beside the fields in the region
 * that a monitor offers for it. Pieces may nest and overlap, each one counts; one may end on
 * another thread than it began. Costs two reads of CLOCK_MONOTONIC (one each); only the first call
 * of a thread takes a lock, as long as it tracks in no more than four worktops.
 */
WORKTOP_API void worktop_track_begin(struct worktop *worktop, struct worktop_handle *busy);
WORKTOP_API void worktop_track_end(struct worktop *worktop, struct worktop_handle *busy);

/* What a piece of work is: any bytes, read during the call only. NULL with a length of 0: none. */
struct worktop_label {
    const char *text; /* a route, a job: "GET /checkout" */
    size_t text_length;
    const char *id; /* of the request */
    size_t id_length;
};

/*
 * As worktop_track_begin, for work that has a name: it is shown as what this thread does now, and
 * since when, until worktop_track_end, which may leave a record of it (worktop_options.slow_ns).
 * Such pieces nest: the innermost one is shown, and the one around it again after its end. One that
 * has a label must end on the thread where it began; it is forgotten when that thread ends. The
 * first call of a thread takes a lock and allocates 7 KB, which the next thread inherits; all
 * others cost a few stores more than those without a label. No label is looked up, so there may be
 * any number of them: one per request, if need be.
 */
WORKTOP_API void worktop_track_begin_label(struct worktop *worktop, struct worktop_handle *busy,
                                           const struct worktop_label *label);

/* The same for C strings; each may be NULL. Costs nothing more for literals. */
static inline void worktop_track_begin_labelled(struct worktop *worktop,
                                                struct worktop_handle *busy, const char *label,
                                                const char *request_id) {
    struct worktop_label both;
    both.text = label;
    both.text_length = label != NULL ? strlen(label) : 0;
    both.id = request_id;
    both.id_length = request_id != NULL ? strlen(request_id) : 0;
    worktop_track_begin_label(worktop, busy, &both);
}

/*
 * Ends a piece of work that failed. In place of worktop_track_end, after either begin; always
 * leaves a record, with `value`: a status, an errno, whatever says most.
 */
WORKTOP_API void worktop_track_end_failed(struct worktop *worktop, struct worktop_handle *busy,
                                          int64_t value);

/* What a record tells that the program leaves by itself. */
enum worktop_event_kind {
    WORKTOP_NOTE = 2,
    WORKTOP_STATE = 3, /* something is in another state from now on */
    WORKTOP_WARNING = 4,
    WORKTOP_ERROR = 5
};

/*
 * Leaves a record: `text` (a C string, may be NULL) with a number of the program's choice, the
 * time, and the request id of the work in which it happens. The newest records are kept, each
 * thread's in a place of its own. For things that are worth a line in a black box, not for every
 * step: the next ones overwrite it. About as cheap as worktop_track_begin; the first call of a
 * thread is as above.
 */
WORKTOP_API void worktop_event(struct worktop *worktop, enum worktop_event_kind kind,
                               const char *text, int64_t value);

/* Where a worktop stands with its monitor. */
enum worktop_state {
    WORKTOP_DETACHED = 0,     /* a forked child before worktop_restart */
    WORKTOP_DISCONNECTED = 1, /* no monitor; the next try comes by itself */
    WORKTOP_CONNECTING = 2,
    WORKTOP_REGISTERING = 3, /* connected, not registered yet */
    WORKTOP_ATTACHED = 4     /* registered: the monitor has given an id */
};

/* For the program's own log and for tests. Set struct_size to sizeof(struct worktop_info). */
struct worktop_info {
    size_t struct_size;
    enum worktop_state state;
    int has_segment;          /* values are published into a segment of a monitor */
    int has_recorder;         /* heartbeat and busy time too */
    uint64_t id;              /* the monitor's number for this worker; 0 before WORKTOP_ATTACHED */
    char instance[33];        /* random key of this worker's life, in hexadecimal; new after
                                 worktop_restart */
    uint64_t connections;     /* connections made so far */
    uint64_t switches;        /* segments taken up so far */
    uint64_t truncations;     /* how often the file was truncated under this worker: each may have
                                 cost up to one second of adds to WORKTOP_ADD fields */
    uint64_t untimed_threads; /* threads beyond options.threads: counted, not timed */
    char trouble[256];        /* the last thing that went wrong, one line; "" before */
    uint64_t records;         /* left by this worker so far */
    uint64_t refused_records; /* not left: of threads beyond options.threads, or without memory */
};

/* Fills *info. WORKTOP_EINVAL for NULL or an unknown struct_size. */
WORKTOP_API int worktop_get_info(struct worktop *worktop, struct worktop_info *info);

/* ---------------------------------------------------------------------------------------------
 * Counting. All of these are inline: a few instructions, no call.
 *
 * Integers wrap at 64 bits. A handle must be used with the functions of its own form and type:
 * the functions without a suffix are for WORKTOP_U64, _s64 for WORKTOP_S64, _f64 for WORKTOP_F64.
 */

/* Internal: the published word of a handle. */
static inline uint64_t *worktop_cell(const struct worktop_handle *handle) {
    return (uint64_t *)__atomic_load_n(&handle->cell, __ATOMIC_ACQUIRE);
}

/* Internal: a private value and its publication. The order is what allows the library to repair a
 * published word without ever making it fall: private first, then public; and whoever sees the
 * private value sees the publication of the one before it. */
static inline void worktop_own_store(struct worktop_handle *handle, uint64_t bits) {
    __atomic_store_n(&handle->own, bits, __ATOMIC_RELEASE);
    __atomic_store_n(worktop_cell(handle), bits, __ATOMIC_RELEASE);
}

/* Internal: the bits of a double, and back. */
static inline uint64_t worktop_f64_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
static inline double worktop_f64_value(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* WORKTOP_ONE_WRITER: one thread at a time may write (the program sees to that). Two plain stores.
 */
static inline void worktop_own_add(struct worktop_handle *handle, uint64_t n) {
    worktop_own_store(handle, __atomic_load_n(&handle->own, __ATOMIC_RELAXED) + n);
}
static inline void worktop_own_sub(struct worktop_handle *handle, uint64_t n) {
    worktop_own_store(handle, __atomic_load_n(&handle->own, __ATOMIC_RELAXED) - n);
}
static inline void worktop_own_set(struct worktop_handle *handle, uint64_t value) {
    worktop_own_store(handle, value);
}
static inline void worktop_own_add_s64(struct worktop_handle *handle, int64_t n) {
    worktop_own_add(handle, (uint64_t)n);
}
static inline void worktop_own_set_s64(struct worktop_handle *handle, int64_t value) {
    worktop_own_store(handle, (uint64_t)value);
}
static inline void worktop_own_add_f64(struct worktop_handle *handle, double n) {
    double own = worktop_f64_value(__atomic_load_n(&handle->own, __ATOMIC_RELAXED));
    worktop_own_store(handle, worktop_f64_bits(own + n));
}
static inline void worktop_own_set_f64(struct worktop_handle *handle, double value) {
    worktop_own_store(handle, worktop_f64_bits(value));
}

/* Internal: moves a group to where it is to be published from now on. */
WORKTOP_API void worktop_group_move(struct worktop_group *group);

/*
 * WORKTOP_GROUP: what one thread writes into the fields of a group between begin and end is seen as
 * a whole or not at all. Four plain stores, on top of the fields' own. Keep it short, and do not
 * leave it open: meanwhile a monitor shows the values of before. Groups of different numbers may
 * overlap; one and the same does not nest. A field that is written outside is seen at once, and
 * agrees with nothing.
 */
static inline void worktop_group_begin(struct worktop_group *group) {
    if (__builtin_expect(__atomic_load_n(&group->offer, __ATOMIC_RELAXED) != 0, 0))
        worktop_group_move(group);
    uint64_t begun = __atomic_load_n(&group->begun, __ATOMIC_RELAXED) + 2;
    uint64_t *cell = (uint64_t *)__atomic_load_n(&group->cell, __ATOMIC_RELAXED);
    __atomic_store_n(&group->begun, begun, __ATOMIC_RELAXED);
    __atomic_store_n(cell, begun - 1, __ATOMIC_RELAXED);
}
static inline void worktop_group_end(struct worktop_group *group) {
    uint64_t begun = __atomic_load_n(&group->begun, __ATOMIC_RELAXED);
    uint64_t *cell = (uint64_t *)__atomic_load_n(&group->cell, __ATOMIC_RELAXED);
    __atomic_store_n(cell, begun, __ATOMIC_RELEASE);
    __atomic_store_n(&group->done, begun, __ATOMIC_RELEASE);
}

/* WORKTOP_ADD: any number of threads. One atomic add. */
static inline void worktop_add(struct worktop_handle *handle, uint64_t n) {
    (void)__atomic_fetch_add(worktop_cell(handle), n, __ATOMIC_RELAXED);
}
static inline void worktop_sub(struct worktop_handle *handle, uint64_t n) {
    (void)__atomic_fetch_sub(worktop_cell(handle), n, __ATOMIC_RELAXED);
}
static inline void worktop_add_s64(struct worktop_handle *handle, int64_t n) {
    worktop_add(handle, (uint64_t)n);
}
/* No processor adds doubles atomically: this is a compare-and-swap loop, slower than the others
 * when many threads add to one field, and its sum rounds as every sum of doubles does. */
static inline void worktop_add_f64(struct worktop_handle *handle, double n) {
    uint64_t *cell = worktop_cell(handle);
    uint64_t seen = __atomic_load_n(cell, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(cell, &seen, worktop_f64_bits(worktop_f64_value(seen) + n),
                                        1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* WORKTOP_SET: any number of threads; the last one wins. Two plain stores. */
static inline void worktop_set(struct worktop_handle *handle, uint64_t value) {
    worktop_own_store(handle, value);
}
static inline void worktop_set_s64(struct worktop_handle *handle, int64_t value) {
    worktop_own_store(handle, (uint64_t)value);
}
static inline void worktop_set_f64(struct worktop_handle *handle, double value) {
    worktop_own_store(handle, worktop_f64_bits(value));
}

#ifdef __cplusplus
}
#endif

#endif /* WORKTOP_WORKTOP_H */
