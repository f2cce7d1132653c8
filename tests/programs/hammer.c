/* hammer.c - a worker that counts as fast as it can, for the storms in tests/process.
 *
 *     hammer SOCKET SERVICE THREADS
 *
 * Every thread adds to one shared counter and tracks busy time; the first one also writes a counter
 * of its own. "stop" on standard input ends the counting and prints what was counted, by our own
 * books, as one line of JSON; the end of standard input ends the program. SIGTERM is not handled:
 * it may be killed at any moment.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <worktop/worktop.h>

enum { MAX_THREADS = 64 };

struct hammer {
    struct worktop *worktop;
    struct worktop_handle *adds, *own, *active, *last, *seconds;
    atomic_bool is_stopping;
    uint64_t added[MAX_THREADS]; /* each by its thread, read after the join */
    uint64_t owned;
};

struct thread {
    struct hammer *hammer;
    unsigned index;
    pthread_t id;
};

static void *strike(void *context) {
    struct thread *thread = context;
    struct hammer *hammer = thread->hammer;
    uint64_t added = 0, owned = 0;
    while (!atomic_load_explicit(&hammer->is_stopping, memory_order_relaxed)) {
        worktop_track_begin(hammer->worktop, hammer->active);
        for (unsigned i = 0; i < 500; i++) {
            uint64_t n = i % 3 + 1;
            worktop_add(hammer->adds, n);
            added += n;
            if (thread->index == 0) {
                worktop_own_add(hammer->own, n);
                owned += n;
            }
        }
        worktop_add_f64(hammer->seconds, 0.25); /* a power of two: its sum is exact */
        worktop_set(hammer->last, added);
        worktop_track_end(hammer->worktop, hammer->active);
    }
    hammer->added[thread->index] = added;
    if (thread->index == 0)
        hammer->owned = owned;
    return NULL;
}

static int open_hammer(struct hammer *hammer, const char *socket_path, const char *service,
                       unsigned threads) {
    static const struct worktop_field fields[] = {
        {"adds_total", WORKTOP_U64, WORKTOP_ADD},
        {"own_total", WORKTOP_U64, WORKTOP_ONE_WRITER},
        {"requests_active", WORKTOP_U64, WORKTOP_ADD},
        {"last", WORKTOP_U64, WORKTOP_SET},
        {"seconds_total", WORKTOP_F64, WORKTOP_ADD},
    };
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = service;
    options.socket_path = socket_path;
    options.threads = threads;
    int status = worktop_open(&hammer->worktop, &options, fields, sizeof fields / sizeof fields[0]);
    if (status != WORKTOP_OK) {
        fprintf(stderr, "hammer: %s\n", worktop_error(status));
        return 1;
    }
    hammer->adds = worktop_get(hammer->worktop, "adds_total", WORKTOP_U64, WORKTOP_ADD);
    hammer->own = worktop_get(hammer->worktop, "own_total", WORKTOP_U64, WORKTOP_ONE_WRITER);
    hammer->active = worktop_get(hammer->worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    hammer->last = worktop_get(hammer->worktop, "last", WORKTOP_U64, WORKTOP_SET);
    hammer->seconds = worktop_get(hammer->worktop, "seconds_total", WORKTOP_F64, WORKTOP_ADD);
    return 0;
}

static void end_threads(struct hammer *hammer, struct thread *threads, unsigned count) {
    atomic_store(&hammer->is_stopping, true);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i].id, NULL);
}

static void stop(struct hammer *hammer, struct thread *threads, unsigned count) {
    uint64_t added = 0;
    end_threads(hammer, threads, count);
    for (unsigned i = 0; i < count; i++)
        added += hammer->added[i];
    struct worktop_info info = {.struct_size = sizeof info};
    worktop_get_info(hammer->worktop, &info);
    printf("{\"adds_total\":%llu,\"own_total\":%llu,\"connections\":%llu,\"switches\":%llu,"
           "\"truncations\":%llu}\n",
           (unsigned long long)added, (unsigned long long)hammer->owned,
           (unsigned long long)info.connections, (unsigned long long)info.switches,
           (unsigned long long)info.truncations);
    fflush(stdout);
}

int main(int argc, char **argv) {
    static struct hammer hammer;
    static struct thread threads[MAX_THREADS];
    unsigned count = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    if (count < 1 || count > MAX_THREADS) {
        fprintf(stderr, "usage: hammer SOCKET SERVICE THREADS (1 to %d)\n", MAX_THREADS);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (open_hammer(&hammer, argv[1], argv[2], count) != 0)
        return 1;
    for (unsigned i = 0; i < count; i++) {
        threads[i] = (struct thread){.hammer = &hammer, .index = i};
        if (pthread_create(&threads[i].id, NULL, strike, &threads[i]) != 0)
            return 1;
    }
    char line[64];
    bool is_stopped = false;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "stop\n") == 0 && !is_stopped) {
            stop(&hammer, threads, count);
            is_stopped = true;
        }
    }
    if (!is_stopped)
        end_threads(&hammer, threads, count); /* nobody may count on when it closes */
    worktop_close(&hammer.worktop);
    return 0;
}
