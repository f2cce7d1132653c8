#include "monitor/listeners.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "monitor/internal.h"
#include "monitor/look.h"

enum {
    SCANS_PER_ROUND = 2,       /* processes whose descriptors are looked through, at some 0.1 ms */
    SCAN_DESCRIPTORS = 128,    /* of each: servers open their listeners early */
    SEARCH_PER_ROUND = 1024,   /* processes that are asked whether it is their time */
    TCP_LISTENERS_MOST = 65536 /* that are kept of a round */
};

static const int64_t rescan_soon_ns = 10 * WT_NS_PER_S; /* whoever listens a moment later */
static const int64_t rescan_ns = 600 * WT_NS_PER_S;
static const int64_t forget_ns = 1800 * WT_NS_PER_S; /* nobody was seen to have it open */
static const int64_t resolve_ns = 10 * WT_NS_PER_S;
static const int64_t retry_ns = 60 * WT_NS_PER_S;

void wt_listeners_fini(struct wt_listeners *listeners) {
    if (listeners->is_open && !listeners->is_linked)
        wt_sock_diag_close(&listeners->diag);
    free(listeners->tcp);
    *listeners = (struct wt_listeners){.is_open = false};
}

void wt_listens_fini(struct wt_listens *listens) {
    free(listens->places);
    *listens = (struct wt_listens){.count = 0};
}

/* ---- the places of a service ----------------------------------------------------------------- */

static struct wt_listen_place *find_place(const struct wt_listens *listens,
                                          const struct wt_endpoint *place) {
    for (size_t i = 0; i < listens->count; i++)
        if (wt_endpoint_is_same(&listens->places[i].place, place))
            return &listens->places[i];
    return NULL;
}

/* The one that it matches, or a new one; NULL when there is no room. */
static struct wt_listen_place *add_place(struct wt_listens *listens,
                                         const struct wt_endpoint *place) {
    struct wt_listen_place *found = find_place(listens, place);
    for (size_t i = 0; found == NULL && i < listens->count; i++)
        if (wt_endpoint_matches(&listens->places[i].place, place))
            found = &listens->places[i];
    if (found != NULL)
        return found;
    if (listens->places == NULL)
        listens->places = calloc(WT_SERVICE_LISTENERS, sizeof *listens->places);
    if (listens->places == NULL || listens->count == WT_SERVICE_LISTENERS)
        return NULL;
    found = &listens->places[listens->count++];
    *found = (struct wt_listen_place){.place = *place};
    return found;
}

static void drop_place(struct wt_listens *listens, size_t index) {
    listens->places[index] = listens->places[--listens->count];
}

/* Whether another place says the same and more: ":80" beside "0.0.0.0:80". */
static bool is_covered(const struct wt_listens *listens, size_t index) {
    for (size_t i = 0; i < listens->count; i++)
        if (i != index && listens->places[i].place.any_host &&
            wt_endpoint_matches(&listens->places[i].place, &listens->places[index].place))
            return true;
    return false;
}

/* What the configuration says by now; and what nobody has open any more is forgotten. */
static void tidy_places(struct wt_service_entry *service, struct wt_time now) {
    struct wt_listens *listens = &service->listens;
    size_t configured = service->rules == NULL ? 0 : service->rules->listen_count;
    for (size_t i = 0; i < listens->count; i++)
        listens->places[i].is_configured = false;
    for (size_t i = 0; i < configured; i++) {
        struct wt_listen_place *place = find_place(listens, &service->rules->listens[i]);
        if (place == NULL)
            place = add_place(listens, &service->rules->listens[i]);
        if (place != NULL)
            place->is_configured = true;
    }
    for (size_t i = listens->count; i-- > 0;) {
        const struct wt_listen_place *place = &listens->places[i];
        bool is_old = place->seen_ns == 0 || now.monotonic_ns - place->seen_ns > forget_ns;
        if (!place->is_configured && (is_old || is_covered(listens, i)))
            drop_place(listens, i);
    }
}

/* ---- looking through processes --------------------------------------------------------------- */

struct scan {
    struct wt_peer *peer;
    uint64_t inodes[SCAN_DESCRIPTORS]; /* of its sockets; 0: it is known what this one is */
    size_t count;
};

static void add_inode(void *context, uint64_t inode) {
    struct scan *scan = context;
    if (scan->count < SCAN_DESCRIPTORS)
        scan->inodes[scan->count++] = inode;
}

/* Some of those whose time it is. Returns how many. */
static size_t scan_some(struct wt_monitor *monitor, struct wt_time now, struct scan *scans) {
    struct wt_prober *prober = &monitor->prober;
    size_t found = 0, most = prober->count < SEARCH_PER_ROUND ? prober->count : SEARCH_PER_ROUND;
    for (size_t i = 0; i < most && found < SCANS_PER_ROUND; i++) {
        struct wt_probe *probe = prober->probes[monitor->listeners.cursor++ % prober->count];
        if (probe->is_gone || now.monotonic_ns < probe->scan_due_ns)
            continue;
        int fd = wt_prober_open_fds(prober, probe, now.monotonic_ns);
        probe->scan_due_ns =
            now.monotonic_ns + (fd < 0 || probe->is_scanned ? rescan_ns : rescan_soon_ns);
        probe->is_scanned = true;
        if (fd < 0)
            continue;
        scans[found] = (struct scan){.peer = probe->owner};
        wt_proc_sockets(fd, SCAN_DESCRIPTORS, add_inode, &scans[found]);
        close(fd);
        found++;
    }
    return found;
}

/* The process has this socket open: its services listen there. */
static void learn(struct scan *scan, const struct wt_listening *socket, int64_t now_ns) {
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->inodes[i] != socket->inode)
            continue;
        scan->inodes[i] = 0;
        for (size_t use = 0; use < scan->peer->use_count; use++) {
            struct wt_listen_place *place =
                add_place(&scan->peer->uses[use].service->listens, &socket->place);
            if (place == NULL)
                continue;
            place->seen_ns = now_ns;
            if (socket->place.family == WT_LISTENER_UNIX)
                place->inode = socket->inode;
        }
    }
}

/* ---- asking the kernel ----------------------------------------------------------------------- */

struct round {
    struct wt_monitor *monitor;
    struct wt_listeners *listeners;
    int64_t now_ns;
    struct scan scans[SCANS_PER_ROUND];
    size_t scan_count;
};

static void take_tcp(void *context, const struct wt_listening *socket) {
    struct round *round = context;
    struct wt_listeners *listeners = round->listeners;
    for (size_t i = 0; i < round->scan_count; i++)
        learn(&round->scans[i], socket, round->now_ns);
    if (listeners->tcp_count == listeners->tcp_capacity) {
        size_t capacity = listeners->tcp_capacity == 0 ? 64 : 2 * listeners->tcp_capacity;
        void *wider = capacity > TCP_LISTENERS_MOST
                          ? NULL
                          : realloc(listeners->tcp, capacity * sizeof *listeners->tcp);
        if (wider == NULL) {
            listeners->failed = true;
            return;
        }
        listeners->tcp = wider;
        listeners->tcp_capacity = capacity;
    }
    listeners->tcp[listeners->tcp_count++] = *socket;
}

/* One of all UNIX sockets that listen. Of two with one name the younger is meant: the other's file
 * is gone. */
static void take_unix(void *context, const struct wt_listening *socket) {
    struct round *round = context;
    for (size_t i = 0; i < round->scan_count; i++)
        learn(&round->scans[i], socket, round->now_ns);
    for (size_t i = 0; i < round->monitor->service_count; i++) {
        struct wt_listen_place *place =
            find_place(&round->monitor->services[i]->listens, &socket->place);
        if (place != NULL && socket->inode > place->inode)
            place->inode = socket->inode;
    }
}

static bool any_place(const struct wt_monitor *monitor, bool unresolved) {
    for (size_t i = 0; i < monitor->service_count; i++) {
        const struct wt_listens *listens = &monitor->services[i]->listens;
        for (size_t k = 0; k < listens->count; k++)
            if (!unresolved || (listens->places[k].place.family == WT_LISTENER_UNIX &&
                                listens->places[k].inode == 0))
                return true;
    }
    return false;
}

static bool any_unknown_socket(const struct round *round) {
    for (size_t i = 0; i < round->scan_count; i++)
        for (size_t k = 0; k < round->scans[i].count; k++)
            if (round->scans[i].inodes[k] != 0)
                return true;
    return false;
}

static void count_socket(struct wt_listen_place *place, const struct wt_listening *socket) {
    double ratio = socket->queue_limit > 0
                       ? (double)socket->queue_length / (double)socket->queue_limit
                       : (double)(socket->queue_length > 0);
    place->socket_count++;
    place->queue_length += socket->queue_length;
    place->queue_limit += socket->queue_limit;
    place->has_v6 = place->has_v6 || socket->place.family == WT_LISTENER_TCP6;
    if (!(place->fullest_ratio >= ratio))
        place->fullest_ratio = ratio;
}

static wt_status read_place(struct wt_listeners *listeners, struct wt_listen_place *place,
                            struct wt_error *err) {
    place->socket_count = 0;
    place->queue_length = place->queue_limit = 0;
    place->fullest_ratio = (double)NAN;
    place->has_v6 = false;
    if (place->place.family != WT_LISTENER_UNIX) {
        for (size_t i = 0; i < listeners->tcp_count; i++)
            if (wt_endpoint_matches(&place->place, &listeners->tcp[i].place))
                count_socket(place, &listeners->tcp[i]);
        return WT_OK;
    }
    if (place->inode == 0)
        return WT_OK;
    struct wt_listening socket;
    wt_status status = wt_sock_diag_unix(&listeners->diag, place->inode, &socket, err);
    if (status == WT_OK)
        count_socket(place, &socket);
    else if (status == WT_ENOENT)
        place->inode = 0;
    return status == WT_ENOENT ? WT_OK : status;
}

static wt_status read_places(struct round *round, struct wt_error *err) {
    wt_status status = WT_OK;
    for (size_t i = 0; i < round->monitor->service_count && status == WT_OK; i++) {
        struct wt_listens *listens = &round->monitor->services[i]->listens;
        for (size_t k = 0; k < listens->count && status == WT_OK; k++)
            status = read_place(round->listeners, &listens->places[k], err);
    }
    return status;
}

/* All of one round's questions. */
static wt_status ask(struct round *round, struct wt_error *err) {
    struct wt_listeners *listeners = round->listeners;
    wt_status status = WT_OK;
    listeners->tcp_count = 0;
    for (int family = WT_LISTENER_TCP4; family <= WT_LISTENER_TCP6 && status == WT_OK; family++) {
        status = wt_sock_diag_list(&listeners->diag, (enum wt_listener_family)family, take_tcp,
                                   round, err);
        if (status == WT_ENOENT) /* a kernel without IPv6 */
            status = WT_OK;
    }
    bool resolve =
        any_place(round->monitor, true) &&
        (listeners->resolved_ns == 0 || round->now_ns - listeners->resolved_ns >= resolve_ns);
    if (status == WT_OK && (resolve || any_unknown_socket(round))) {
        listeners->resolved_ns = round->now_ns;
        status = wt_sock_diag_list(&listeners->diag, WT_LISTENER_UNIX, take_unix, round, err);
    }
    return status == WT_OK ? read_places(round, err) : status;
}

static bool open_diag(struct wt_listeners *listeners, int64_t now_ns) {
    struct wt_error err;
    if (listeners->is_open)
        return true;
    if (listeners->failed_ns != 0 && now_ns - listeners->failed_ns < retry_ns)
        return false;
    listeners->is_open = wt_sock_diag_open(&listeners->diag, &err) == WT_OK;
    if (listeners->is_open)
        return true;
    wt_log(listeners->failed_ns == 0 ? WT_LOG_WARN : WT_LOG_DEBUG, "monitor",
           "accept queues are not known: %s", err.text);
    listeners->failed_ns = now_ns;
    return false;
}

static void give_up(struct wt_listeners *listeners, int64_t now_ns, const struct wt_error *why) {
    wt_log(listeners->failed_ns == 0 ? WT_LOG_WARN : WT_LOG_DEBUG, "monitor",
           "accept queues are not known: %s", why->text);
    listeners->failed_ns = now_ns;
    listeners->is_open = listeners->is_linked;
    if (!listeners->is_linked)
        wt_sock_diag_close(&listeners->diag);
}

void wt_listeners_round(struct wt_monitor *monitor, struct wt_time now) {
    struct wt_listeners *listeners = &monitor->listeners;
    struct round round = {.monitor = monitor, .listeners = listeners, .now_ns = now.monotonic_ns};
    struct wt_error err = {.text = ""};
    for (size_t i = 0; i < monitor->service_count; i++)
        tidy_places(monitor->services[i], now);
    round.scan_count = scan_some(monitor, now, round.scans);
    listeners->read_ns = 0;
    listeners->failed = false;
    if (!any_place(monitor, false) && !any_unknown_socket(&round))
        return;
    if (!open_diag(listeners, now.monotonic_ns))
        return;
    if (ask(&round, &err) != WT_OK)
        give_up(listeners, now.monotonic_ns, &err);
    else if (!listeners->failed)
        listeners->read_ns = now.monotonic_ns;
}

/* ---- what is shown --------------------------------------------------------------------------- */

static int compare_queues(const void *a, const void *b) {
    return strcmp(((const struct wt_accept_queue *)a)->address,
                  ((const struct wt_accept_queue *)b)->address);
}

static bool is_shown(const struct wt_listen_place *place) {
    return place->is_configured || place->socket_count > 0;
}

void wt_listeners_put(const struct wt_monitor *monitor, struct wt_look_memory *look,
                      const struct wt_service_entry *service, struct wt_service *out) {
    const struct wt_listens *listens = &service->listens;
    bool is_known = monitor->listeners.read_ns != 0;
    struct wt_accept_queue *queues = wt_look_alloc(look, listens->count * sizeof *queues);
    size_t count = 0;
    for (size_t i = 0; i < listens->count && queues != NULL; i++) {
        const struct wt_listen_place *place = &listens->places[i];
        char text[WT_ENDPOINT_TEXT_SIZE];
        if (!is_shown(place))
            continue;
        wt_endpoint_text(&place->place, text);
        queues[count++] = (struct wt_accept_queue){
            .address = wt_look_text(look, text),
            .family = place->has_v6 ? WT_LISTENER_TCP6 : place->place.family,
            .is_configured = place->is_configured,
            .socket_count = is_known ? place->socket_count : 0,
            .queue_length = is_known ? place->queue_length : 0,
            .queue_limit = is_known ? place->queue_limit : 0,
            .fullest_ratio = is_known ? place->fullest_ratio : (double)NAN,
            .read_ns = monitor->listeners.read_ns,
        };
    }
    if (count > 1)
        qsort(queues, count, sizeof *queues, compare_queues);
    out->listeners = queues;
    out->listener_count = count;
}
