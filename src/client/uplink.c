#include "client/uplink.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "client/worker_object.h"
#include "shm/place.h"

enum {
    EASY_TRIES = 10, /* short lives that cost at most one unit each */
    LONGEST_PAUSE_UNITS = 60,
    READ_BYTES = 16384,
    READS_PER_DISPATCH = 16, /* a flood must not hold the program's own loop */
    SHORT_LIFE_UNITS = 10,
    PATIENT_HEARTBEATS = 5, /* with a monitor whose file was truncated */
    MESSAGE_BYTES = 65536,  /* what a monitor has to say is short */
    OPEN_INVOKES = 16,
    LONGEST_WAIT_MS = 1500 /* of the thread, see wt_uplink_wait */
};

static uint64_t now_ns(void) {
    return (uint64_t)wt_clock_now().monotonic_ns;
}

/* xorshift: spreads workers over time; not for secrets. */
static uint64_t next_random(struct wt_uplink *uplink) {
    uint64_t x = uplink->random_state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    uplink->random_state = x;
    return x;
}

uint64_t wt_uplink_pause_ns(uint32_t short_lives, uint64_t unit_ns, uint64_t random) {
    if (short_lives <= EASY_TRIES)
        return 1 + random % unit_ns;
    uint32_t doublings = short_lives - EASY_TRIES;
    uint64_t limit = doublings < 6 ? unit_ns << doublings : unit_ns * LONGEST_PAUSE_UNITS;
    return limit / 2 + random % (limit / 2 + 1);
}

static void arm_timer(struct wt_uplink *uplink) {
    uint64_t due = uplink->next_heartbeat_ns;
    if (uplink->state == WORKTOP_DISCONNECTED && uplink->next_try_ns < due)
        due = uplink->next_try_ns;
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(due / (uint64_t)WT_NS_PER_S),
                                           .tv_nsec = (long)(due % (uint64_t)WT_NS_PER_S)}};
    timerfd_settime(uplink->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* ---- The end of a connection ---- */

static void drop(struct wt_uplink *uplink, uint64_t now) {
    if (uplink->peer != NULL) {
        wt_bus_peer_destroy(uplink->peer);
        uplink->peer = NULL;
        bool was_short = now - uplink->connected_at_ns < SHORT_LIFE_UNITS * uplink->pause_unit_ns;
        uplink->short_lives = was_short ? uplink->short_lives + 1 : 0;
    }
    if (uplink->socket_fd >= 0)
        close(uplink->socket_fd);
    uplink->socket_fd = -1;
    uplink->wants_to_write = false;
    uplink->is_over = false;
    uplink->segment_lost = uplink->region_lost = false;
    uplink->id = 0;
    uplink->state = WORKTOP_DISCONNECTED;
    uplink->next_try_ns =
        now + wt_uplink_pause_ns(uplink->short_lives, uplink->pause_unit_ns, next_random(uplink));
}

/* ---- Its beginning ---- */

/* Nobody there is no trouble worth a line of its own each second, but it is the last thing known.
 */
static void fail_to_connect(struct wt_uplink *uplink, int number, const char *path, uint64_t now) {
    wt_fail_errno(&uplink->trouble, number, "no monitor at %s", path);
    if (number == ECONNREFUSED || number == ENOENT)
        uplink->short_lives = 0; /* the one that dropped us is gone: what comes next is new */
    drop(uplink, now);
}

static wt_status find_address(const struct wt_uplink *uplink, struct wt_address *address,
                              struct wt_error *err) {
    char found[PATH_MAX];
    const char *path = uplink->socket_path;
    if (path == NULL) {
        wt_status status = wt_place_find_socket(NULL, found, err);
        if (status != WT_OK)
            return status;
        path = found;
    }
    return wt_address_resolve(path, true, address, err);
}

static bool watch_socket(struct wt_uplink *uplink, int operation) {
    uint32_t events = uplink->wants_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    struct epoll_event event = {.events = events, .data.fd = uplink->socket_fd};
    return epoll_ctl(uplink->epoll_fd, operation, uplink->socket_fd, &event) == 0;
}

static void on_registered(void *context, struct wt_bus_peer *peer,
                          const struct wt_bus_answer *answer) {
    (void)peer;
    struct wt_uplink *uplink = context;
    if (answer->outcome == WT_BUS_GONE)
        return;
    uint64_t id;
    if (wt_bus_answer_status(answer, "register", &uplink->trouble) != WT_OK) {
        uplink->is_over = true;
    } else if (!wt_bus_to_uint64(answer->value, &id)) {
        wt_fail(&uplink->trouble, WT_EFORMAT, "register: the monitor answered %s, not an id",
                wt_bus_type_name(answer->value->type));
        uplink->is_over = true;
    } else {
        uplink->id = id;
        uplink->state = WORKTOP_ATTACHED;
    }
}

static void register_worker(struct wt_uplink *uplink) {
    struct wt_bus_limits limits = {.message_bytes = MESSAGE_BYTES, .open_invokes = OPEN_INVOKES};
    wt_status status = wt_bus_peer_create(&uplink->peer, WT_BUS_CONNECTING, &limits,
                                          wt_worker_object_handlers(), uplink, &uplink->trouble);
    if (status == WT_OK)
        status = wt_worker_object_register(uplink, on_registered, &uplink->trouble);
    uplink->state = WORKTOP_REGISTERING;
    uplink->connections++;
    uplink->is_over = status != WT_OK;
}

static void start_connecting(struct wt_uplink *uplink, uint64_t now) {
    struct wt_address address;
    if (find_address(uplink, &address, &uplink->trouble) != WT_OK) {
        drop(uplink, now);
        return;
    }
    uplink->socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (uplink->socket_fd < 0) {
        wt_fail_errno(&uplink->trouble, errno, "cannot make a socket");
        drop(uplink, now);
        return;
    }
    /* EAGAIN: the monitor's queue is full (5,000 workers at once). It is there; try again soon. */
    int number = 0;
    if (connect(uplink->socket_fd, (struct sockaddr *)&address.un, address.length) != 0)
        number = errno;
    uplink->connected_at_ns = now;
    uplink->wants_to_write = number == EINPROGRESS;
    if ((number != 0 && number != EINPROGRESS) || !watch_socket(uplink, EPOLL_CTL_ADD)) {
        fail_to_connect(uplink, number != 0 ? number : errno, address.path, now);
        return;
    }
    uplink->state = WORKTOP_CONNECTING;
    if (number == 0)
        register_worker(uplink);
}

static void finish_connecting(struct wt_uplink *uplink, uint64_t now) {
    int number = 0;
    socklen_t length = sizeof number;
    if (getsockopt(uplink->socket_fd, SOL_SOCKET, SO_ERROR, &number, &length) != 0)
        number = errno;
    if (number != 0)
        fail_to_connect(uplink, number, "the socket", now);
    else
        register_worker(uplink);
}

/* ---- While it lasts ---- */

static void write_some(struct wt_uplink *uplink) {
    struct wt_buffer *output = wt_bus_peer_output(uplink->peer);
    while (!uplink->is_over && output->length > 0) {
        ssize_t sent =
            send(uplink->socket_fd, output->data, output->length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            wt_bus_peer_sent(uplink->peer, (size_t)sent);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            wt_fail_errno(&uplink->trouble, errno, "lost the monitor");
            uplink->is_over = true;
        }
    }
    if (output->failed)
        uplink->is_over = true;
    bool wants_to_write = !uplink->is_over && output->length > 0;
    if (wants_to_write != uplink->wants_to_write) {
        uplink->wants_to_write = wants_to_write;
        if (!watch_socket(uplink, EPOLL_CTL_MOD))
            uplink->is_over = true;
    }
}

static void read_some(struct wt_uplink *uplink) {
    char bytes[READ_BYTES];
    for (int i = 0; i < READS_PER_DISPATCH && !uplink->is_over; i++) {
        if (wt_bus_peer_is_paused(uplink->peer)) {
            write_some(uplink);
            if (uplink->wants_to_write)
                return; /* the monitor does not read: nor do we */
            if (wt_bus_peer_feed(uplink->peer, NULL, 0, &uplink->trouble) != WT_OK)
                uplink->is_over = true;
            continue;
        }
        ssize_t length = recv(uplink->socket_fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (length > 0) {
            if (wt_bus_peer_feed(uplink->peer, bytes, (size_t)length, &uplink->trouble) != WT_OK)
                uplink->is_over = true;
        } else if (length == 0) {
            wt_fail(&uplink->trouble, WT_EDEAD, "the monitor closed the connection");
            uplink->is_over = true;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR) {
            wt_fail_errno(&uplink->trouble, errno, "lost the monitor");
            uplink->is_over = true;
        }
    }
}

static void serve_connection(struct wt_uplink *uplink, uint64_t now) {
    if (uplink->state == WORKTOP_CONNECTING)
        finish_connecting(uplink, now);
    if (uplink->peer == NULL)
        return;
    if (!uplink->is_over)
        read_some(uplink);
    if (!uplink->is_over)
        write_some(uplink);
    if (uplink->is_over)
        drop(uplink, now);
}

/* A file that was truncated shows nothing of us any more. The monitor sees that, too, and gives us
 * another one; or it is one that cannot, and we have to ask. */
static void heartbeat(struct wt_uplink *uplink, uint64_t now) {
    uplink->next_heartbeat_ns = now + uplink->heartbeat_ns;
    bool segment_lost = wt_cells_heartbeat(uplink->cells);
    bool region_lost = wt_recorder_heartbeat(uplink->recorder, now);
    if (segment_lost || region_lost)
        wt_fail(&uplink->trouble, WT_EDEAD, "the file of the %s was truncated",
                segment_lost ? "segment" : "recorder region");
    if (uplink->peer == NULL)
        return; /* the next registration brings others anyway */
    if (!uplink->segment_lost && !uplink->region_lost)
        uplink->lost_since_ns = now;
    uplink->segment_lost = uplink->segment_lost || segment_lost;
    uplink->region_lost = uplink->region_lost || region_lost;
    if ((uplink->segment_lost || uplink->region_lost) &&
        now - uplink->lost_since_ns >= PATIENT_HEARTBEATS * uplink->heartbeat_ns)
        drop(uplink, now);
}

void wt_uplink_miss_segment(struct wt_uplink *uplink) {
    if (!uplink->segment_lost && !uplink->region_lost)
        uplink->lost_since_ns = now_ns();
    uplink->segment_lost = true;
}

static void read_counter(int fd) {
    uint64_t count;
    ssize_t length = read(fd, &count, sizeof count);
    (void)length; /* EAGAIN: nothing had happened, which is as good */
}

void wt_uplink_dispatch(struct wt_uplink *uplink) {
    struct epoll_event events[3];
    int count = epoll_wait(uplink->epoll_fd, events, 3, 0);
    bool socket_ready = false;
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == uplink->timer_fd || events[i].data.fd == uplink->wake_fd)
            read_counter(events[i].data.fd);
        else
            socket_ready = true;
    }
    uint64_t now = now_ns();
    if (socket_ready && uplink->socket_fd >= 0)
        serve_connection(uplink, now);
    if (now >= uplink->next_heartbeat_ns)
        heartbeat(uplink, now);
    else
        wt_cells_drain(uplink->cells);
    if (uplink->state == WORKTOP_DISCONNECTED && now >= uplink->next_try_ns) {
        start_connecting(uplink, now);
        if (uplink->peer != NULL)
            serve_connection(uplink, now);
    }
    wt_recorder_settle_newcomers(uplink->recorder);
    arm_timer(uplink);
}

void wt_uplink_wait(const struct wt_uplink *uplink) {
    struct epoll_event event;
    /* The timer wakes it every second. The bound is for the program that closes our descriptors
     * while we wait: then nothing in them wakes anybody any more. */
    if (epoll_wait(uplink->epoll_fd, &event, 1, LONGEST_WAIT_MS) >= 0 || errno == EINTR)
        return;
    /* The program closed our descriptors (every one from 3 up, as some do). It must not pay for
     * that with a thread that spins. */
    const struct timespec pause = {.tv_nsec = 100 * WT_NS_PER_MS};
    nanosleep(&pause, NULL);
}

void wt_uplink_wake(const struct wt_uplink *uplink) {
    uint64_t one = 1;
    ssize_t length = write(uplink->wake_fd, &one, sizeof one);
    (void)length; /* EAGAIN: it is awake as it can be */
}

/* ---- Life ---- */

static bool watch(struct wt_uplink *uplink, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(uplink->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* getrandom may fail early in a boot: the clock and the pid then have to do. */
static uint64_t draw_random(void) {
    uint64_t drawn = 0;
    if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) != (ssize_t)sizeof drawn)
        drawn = (uint64_t)wt_clock_now().realtime_ns * UINT64_C(0x9e3779b97f4a7c15) +
                (uint64_t)getpid() * UINT64_C(0xbf58476d1ce4e5b9);
    return drawn != 0 ? drawn : 1;
}

wt_status wt_uplink_open(struct wt_uplink *uplink, struct wt_error *err) {
    uplink->socket_fd = -1;
    uplink->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    uplink->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    uplink->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (uplink->epoll_fd < 0 || uplink->timer_fd < 0 || uplink->wake_fd < 0 ||
        !watch(uplink, uplink->timer_fd) || !watch(uplink, uplink->wake_fd)) {
        wt_status status = wt_fail_errno(err, errno, "cannot make the worker's descriptors");
        wt_uplink_abandon(uplink);
        return status;
    }
    snprintf(uplink->instance, sizeof uplink->instance, "%016llx%016llx",
             (unsigned long long)draw_random(), (unsigned long long)draw_random());
    uplink->random_state = draw_random();
    uplink->state = WORKTOP_DISCONNECTED;
    uplink->short_lives = 0;
    uplink->connections = 0;
    uplink->trouble = (struct wt_error){0};
    uplink->next_try_ns = now_ns();
    uplink->next_heartbeat_ns = uplink->next_try_ns + uplink->heartbeat_ns;
    arm_timer(uplink);
    return WT_OK;
}

static void close_descriptor(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void wt_uplink_abandon(struct wt_uplink *uplink) {
    close_descriptor(&uplink->socket_fd);
    close_descriptor(&uplink->wake_fd);
    close_descriptor(&uplink->timer_fd);
    close_descriptor(&uplink->epoll_fd);
}

void wt_uplink_close(struct wt_uplink *uplink) {
    wt_bus_peer_destroy(uplink->peer);
    uplink->peer = NULL;
    wt_uplink_abandon(uplink);
    uplink->state = WORKTOP_DISCONNECTED;
    uplink->id = 0;
}
