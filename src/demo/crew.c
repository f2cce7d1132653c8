#include "demo/crew.h"

#include <pthread.h>
#include <stdlib.h>

#include "demo/routes.h"
#include "demo/sim.h"

enum { REMEMBERED_ENDS = 64 };

/* One thread and its orders. A thread alternates between begin and end, so two counters say it all:
 * it is behind while `done` is less than `ordered`, and its next step is a begin when done is even.
 */
struct member {
    struct crew *crew;
    pthread_t thread;
    pthread_cond_t wake;
    unsigned long ordered;
    unsigned long done;
    uint64_t failures;  /* a bit for each of the last ends that were ordered: how it ends */
    struct sim_rng rng; /* the thread's own: what its requests are called */
};

struct crew {
    struct worktop *worktop;
    struct worktop_handle *busy;
    enum demo_kind kind;
    pthread_mutex_t lock; /* guards everything below and the members' counters */
    pthread_cond_t settled;
    bool is_stopping;
    unsigned count;
    struct member members[];
};

static uint64_t end_bit(unsigned long step) {
    return UINT64_C(1) << (step / 2 % REMEMBERED_ENDS);
}

static void begin_request(struct member *member) {
    struct demo_route route = demo_route_draw(member->crew->kind, &member->rng);
    worktop_track_begin_labelled(member->crew->worktop, member->crew->busy, route.label,
                                 route.request_id);
}

static void end_request(const struct crew *crew, bool has_failed) {
    if (!has_failed)
        worktop_track_end(crew->worktop, crew->busy);
    else
        worktop_track_end_failed(crew->worktop, crew->busy, crew->kind == DEMO_JOBS ? 1 : 500);
}

static void *work(void *context) {
    struct member *member = context;
    struct crew *crew = member->crew;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (member->done == member->ordered && !crew->is_stopping)
            pthread_cond_wait(&member->wake, &crew->lock);
        if (member->done == member->ordered)
            break;
        bool is_begin = member->done % 2 == 0;
        bool has_failed = (member->failures & end_bit(member->done)) != 0;
        pthread_mutex_unlock(&crew->lock);
        if (is_begin)
            begin_request(member);
        else
            end_request(crew, has_failed);
        pthread_mutex_lock(&crew->lock);
        if (++member->done == member->ordered)
            pthread_cond_signal(&crew->settled);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

struct crew *crew_start(struct worktop *worktop, struct worktop_handle *busy, enum demo_kind kind,
                        uint64_t seed, unsigned count) {
    struct crew *crew = calloc(1, sizeof *crew + count * sizeof crew->members[0]);
    if (crew == NULL)
        return NULL;
    crew->worktop = worktop;
    crew->busy = busy;
    crew->kind = kind;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->settled, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)256 * 1024);
    for (; crew->count < count; crew->count++) {
        struct member *member = &crew->members[crew->count];
        member->crew = crew;
        member->rng.state = seed + crew->count;
        pthread_cond_init(&member->wake, NULL);
        if (pthread_create(&member->thread, &attributes, work, member) != 0)
            break;
    }
    pthread_attr_destroy(&attributes);
    if (crew->count < count) {
        crew_stop(crew);
        return NULL;
    }
    return crew;
}

static void order(struct crew *crew, unsigned thread, bool has_failed) {
    struct member *member = &crew->members[thread];
    pthread_mutex_lock(&crew->lock);
    if (member->ordered % 2 != 0)
        member->failures = has_failed ? member->failures | end_bit(member->ordered)
                                      : member->failures & ~end_bit(member->ordered);
    member->ordered++;
    pthread_cond_signal(&member->wake);
    pthread_mutex_unlock(&crew->lock);
}

void crew_begin(struct crew *crew, unsigned thread) {
    order(crew, thread, false);
}

void crew_end(struct crew *crew, unsigned thread, bool has_failed) {
    order(crew, thread, has_failed);
}

void crew_settle(struct crew *crew) {
    pthread_mutex_lock(&crew->lock);
    for (unsigned i = 0; i < crew->count; i++)
        while (crew->members[i].done != crew->members[i].ordered)
            pthread_cond_wait(&crew->settled, &crew->lock);
    pthread_mutex_unlock(&crew->lock);
}

void crew_stop(struct crew *crew) {
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->is_stopping = true;
    for (unsigned i = 0; i < crew->count; i++)
        pthread_cond_signal(&crew->members[i].wake);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->count; i++)
        pthread_join(crew->members[i].thread, NULL);
    free(crew);
}
