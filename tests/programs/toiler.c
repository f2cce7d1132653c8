/* toiler.c - a worker that says what it does, for the tests of flight recorders in tests/process.
 *
 *     toiler SOCKET SERVICE THREADS
 *
 * Lines on standard input, each answered by one line on standard output when it is done:
 *     begin LABEL|REQUEST     a piece of work of the main thread is under way
 *     end, fail VALUE         it is over
 *     event VALUE TEXT        a warning
 *     storm                   THREADS threads leave records as fast as they can, from now on
 *     pace MICROSECONDS       between two of them
 *     calm                    no more of them
 *     books                   {"records": left so far, "refused": ...}
 * Each record of a storm proves itself: its number among those of its thread, its value, and the
 * digits in its label and request are the same. The end of standard input ends the program; it may
 * be killed at any moment.
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

enum { MAX_THREADS = 64, TEXT_SIZE = 64 };

static struct worktop *worktop;
static struct worktop_handle *active, *done;
static atomic_bool is_calm;
static atomic_uint pace_us;

/* Leaves record number `n` of this thread: an event, or the end of a piece that failed. */
static void leave(uint64_t n) {
    char text[TEXT_SIZE], request[TEXT_SIZE];
    snprintf(text, sizeof text, "proof %llu", (unsigned long long)n);
    if (n % 2 == 0) {
        worktop_event(worktop, WORKTOP_NOTE, text, (int64_t)n);
        return;
    }
    snprintf(request, sizeof request, "r-%llu", (unsigned long long)n);
    worktop_track_begin_labelled(worktop, active, text, request);
    worktop_add(done, 1);
    worktop_track_end_failed(worktop, active, (int64_t)n);
}

static void *storm(void *context) {
    (void)context;
    for (uint64_t n = 1; !atomic_load(&is_calm); n++) {
        unsigned pause = atomic_load(&pace_us);
        leave(n);
        if (pause > 0)
            usleep(pause);
    }
    return NULL;
}

static void begin(char *words) {
    char *request = strchr(words, '|');
    if (request != NULL)
        *request++ = '\0';
    worktop_track_begin_labelled(worktop, active, words, request);
}

static void answer_books(void) {
    struct worktop_info info = {.struct_size = sizeof info};
    worktop_get_info(worktop, &info);
    printf("{\"records\":%llu,\"refused\":%llu,\"id\":%llu}\n", (unsigned long long)info.records,
           (unsigned long long)info.refused_records, (unsigned long long)info.id);
}

static void event(const char *words) {
    char *text;
    long long value = strtoll(words, &text, 10);
    worktop_event(worktop, WORKTOP_WARNING, text + (*text == ' '), value);
}

/* The threads of a storm, while there is one. */
struct crew {
    pthread_t ids[MAX_THREADS];
    unsigned count, running;
};

static void calm(struct crew *crew) {
    atomic_store(&is_calm, true);
    while (crew->running > 0)
        pthread_join(crew->ids[--crew->running], NULL);
}

static bool begin_storm(struct crew *crew) {
    while (crew->running < crew->count)
        if (pthread_create(&crew->ids[crew->running++], NULL, storm, NULL) != 0)
            return false;
    return true;
}

/* False when the line is not understood. */
static bool obey(char *line, struct crew *crew) {
    char *words = strchr(line, ' ');
    words = words != NULL ? words + 1 : line + strlen(line);
    if (strncmp(line, "begin ", 6) == 0)
        begin(words);
    else if (strcmp(line, "end") == 0)
        worktop_track_end(worktop, active);
    else if (strncmp(line, "fail ", 5) == 0)
        worktop_track_end_failed(worktop, active, strtoll(words, NULL, 10));
    else if (strncmp(line, "event ", 6) == 0)
        event(words);
    else if (strncmp(line, "pace ", 5) == 0)
        atomic_store(&pace_us, (unsigned)strtoul(words, NULL, 10));
    else if (strcmp(line, "storm") == 0)
        return begin_storm(crew);
    else if (strcmp(line, "calm") == 0)
        calm(crew);
    else if (strcmp(line, "books") != 0)
        return false;
    return true;
}

static bool open_worker(const char *socket_path, const char *service) {
    static const struct worktop_field fields[] = {
        {"requests_active", WORKTOP_U64, WORKTOP_ADD},
        {"requests_total", WORKTOP_U64, WORKTOP_ADD},
    };
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = service;
    options.socket_path = socket_path;
    int status = worktop_open(&worktop, &options, fields, sizeof fields / sizeof fields[0]);
    if (status != WORKTOP_OK) {
        fprintf(stderr, "toiler: %s\n", worktop_error(status));
        return false;
    }
    active = worktop_get(worktop, "requests_active", WORKTOP_U64, WORKTOP_ADD);
    done = worktop_get(worktop, "requests_total", WORKTOP_U64, WORKTOP_ADD);
    return true;
}

int main(int argc, char **argv) {
    static struct crew crew;
    char line[1024];
    crew.count = argc == 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    if (crew.count < 1 || crew.count > MAX_THREADS) {
        fprintf(stderr, "usage: toiler SOCKET SERVICE THREADS (1 to %d)\n", MAX_THREADS);
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!open_worker(argv[1], argv[2]))
        return 1;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (!obey(line, &crew)) {
            fprintf(stderr, "toiler: not understood: %s\n", line);
            return 2;
        }
        if (strcmp(line, "books") == 0)
            answer_books();
        else
            puts("done");
        fflush(stdout);
    }
    calm(&crew);
    worktop_close(&worktop);
    return 0;
}
