#include "probe/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ANSWER_BYTES = 32768, /* the kernel fills no more into one datagram of a dump */
    ANSWERS_MOST = 1024   /* datagrams of one dump: some 300,000 sockets */
};

/* ---- the connection -------------------------------------------------------------------------- */

static ssize_t send_to_kernel(void *context, const void *bytes, size_t length) {
    const struct wt_sock_diag *diag = context;
    return send(diag->fd, bytes, length, 0);
}

static ssize_t receive_from_kernel(void *context, void *bytes, size_t size) {
    const struct wt_sock_diag *diag = context;
    return recv(diag->fd, bytes, size, MSG_DONTWAIT | MSG_TRUNC);
}

wt_status wt_sock_diag_open(struct wt_sock_diag *diag, struct wt_error *err) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    *diag = (struct wt_sock_diag){
        .link = {.send = send_to_kernel, .receive = receive_from_kernel, .context = diag},
        .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
    /* Connected: nobody but the kernel can answer. */
    if (diag->fd < 0 ||
        connect(diag->fd, (const struct sockaddr *)(const void *)&kernel, sizeof kernel) != 0) {
        int error = errno;
        wt_sock_diag_close(diag);
        return wt_fail(err, WT_ESYS, "cannot ask the kernel about sockets: %s", strerror(error));
    }
    return WT_OK;
}

void wt_sock_diag_close(struct wt_sock_diag *diag) {
    if (diag->fd >= 0)
        close(diag->fd);
    diag->fd = -1;
}

/* ---- answers --------------------------------------------------------------------------------- */

struct query {
    struct wt_sock_diag *diag;
    enum wt_listener_family family;
    void (*found)(void *context, const struct wt_listening *socket);
    void *context;
    bool is_done; /* the end of a dump, or the one answer */
    struct wt_error *err;
};

static bool read_tcp(const struct query *query, const void *bytes, size_t length,
                     struct wt_listening *out) {
    struct inet_diag_msg message;
    bool is_v6 = query->family == WT_LISTENER_TCP6;
    if (length < sizeof message)
        return false;
    memcpy(&message, bytes, sizeof message);
    if (message.idiag_family != (is_v6 ? AF_INET6 : AF_INET) || message.idiag_state != TCP_LISTEN)
        return false;
    memcpy(out->place.host, message.id.idiag_src, is_v6 ? 16 : 4);
    out->place.port = ntohs(message.id.idiag_sport);
    out->inode = message.idiag_inode;
    out->queue_length = message.idiag_rqueue;
    out->queue_limit = message.idiag_wqueue;
    return true;
}

/* The name as it was bound: paths up to their NUL, abstract ones whole. */
static void take_name(struct wt_endpoint *place, const char *name, size_t length) {
    if (length > sizeof place->path)
        length = sizeof place->path;
    if (length > 0 && name[0] != '\0')
        length = strnlen(name, length);
    memcpy(place->path, name, length);
    place->path_length = (uint8_t)length;
}

static bool read_unix(const void *bytes, size_t length, struct wt_listening *out) {
    struct unix_diag_msg message;
    bool has_queue = false;
    if (length < sizeof message)
        return false;
    memcpy(&message, bytes, sizeof message);
    if (message.udiag_family != AF_UNIX || message.udiag_state != TCP_LISTEN)
        return false;
    out->inode = message.udiag_ino;
    size_t at = NLMSG_ALIGN(sizeof message);
    struct nlattr attribute;
    while (at + sizeof attribute <= length) {
        memcpy(&attribute, (const char *)bytes + at, sizeof attribute);
        if (attribute.nla_len < sizeof attribute || attribute.nla_len > length - at)
            return false;
        const char *value = (const char *)bytes + at + NLA_HDRLEN;
        size_t size = attribute.nla_len - NLA_HDRLEN;
        if (attribute.nla_type == UNIX_DIAG_NAME)
            take_name(&out->place, value, size);
        if (attribute.nla_type == UNIX_DIAG_RQLEN && size >= sizeof(struct unix_diag_rqlen)) {
            struct unix_diag_rqlen queue;
            memcpy(&queue, value, sizeof queue);
            out->queue_length = queue.udiag_rqueue;
            out->queue_limit = queue.udiag_wqueue;
            has_queue = true;
        }
        at += NLA_ALIGN(attribute.nla_len);
    }
    return has_queue;
}

static wt_status read_error(struct query *query, const void *bytes, size_t length) {
    int error = 0;
    if (length < sizeof error)
        return wt_fail(query->err, WT_EFORMAT, "an answer of the kernel that is no error");
    memcpy(&error, bytes, sizeof error);
    query->is_done = true;
    if (error == 0)
        return WT_OK;
    if (error == -ENOENT)
        return wt_fail(query->err, WT_ENOENT, "no such socket");
    return wt_fail(query->err, WT_ESYS, "cannot ask the kernel about sockets: %s",
                   strerror(error < 0 ? -error : error));
}

/* One message; what is no socket that listens is left out. */
static wt_status read_message(struct query *query, const struct nlmsghdr *header, const void *bytes,
                              size_t length) {
    struct wt_listening socket = {.place.family = query->family};
    if (header->nlmsg_seq != query->diag->sequence)
        return WT_OK; /* of an earlier question that was given up */
    if (header->nlmsg_type == NLMSG_ERROR)
        return read_error(query, bytes, length);
    if (header->nlmsg_type == NLMSG_DONE) {
        query->is_done = true;
        return WT_OK;
    }
    if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return WT_OK;
    bool listens = query->family == WT_LISTENER_UNIX ? read_unix(bytes, length, &socket)
                                                     : read_tcp(query, bytes, length, &socket);
    if (listens)
        query->found(query->context, &socket);
    query->is_done = (header->nlmsg_flags & NLM_F_MULTI) == 0;
    return WT_OK;
}

static wt_status read_datagram(struct query *query, const char *bytes, size_t length) {
    wt_status status = WT_OK;
    struct nlmsghdr header;
    for (size_t at = 0; status == WT_OK && !query->is_done && length - at >= sizeof header;) {
        memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > length - at)
            return wt_fail(query->err, WT_EFORMAT, "an answer of the kernel of %u bytes, in %zu",
                           header.nlmsg_len, length - at);
        status = read_message(query, &header, bytes + at + NLMSG_HDRLEN,
                              header.nlmsg_len - NLMSG_HDRLEN);
        at += NLMSG_ALIGN(header.nlmsg_len);
        if (at > length)
            break;
    }
    return status;
}

static wt_status ask(struct query *query, const void *request, size_t length) {
    _Alignas(struct nlmsghdr) char bytes[ANSWER_BYTES];
    const struct wt_sock_diag_link *link = &query->diag->link;
    if (link->send(link->context, request, length) < 0)
        return wt_fail(query->err, WT_ESYS, "cannot ask the kernel about sockets: %s",
                       strerror(errno));
    for (int answers = 0; !query->is_done; answers++) {
        ssize_t got;
        do
            got = link->receive(link->context, bytes, sizeof bytes);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return wt_fail(query->err, WT_ESYS, "the kernel tells nothing about sockets: %s",
                           strerror(errno));
        if (got == 0 || (size_t)got > sizeof bytes)
            return wt_fail(query->err, WT_EFORMAT, "an answer of the kernel of %zd bytes", got);
        if (answers == ANSWERS_MOST)
            return wt_fail(query->err, WT_ELIMIT, "too many sockets listen");
        wt_status status = read_datagram(query, bytes, (size_t)got);
        if (status != WT_OK)
            return status;
    }
    return WT_OK;
}

/* ---- questions ------------------------------------------------------------------------------- */

static struct nlmsghdr header_of(struct wt_sock_diag *diag, size_t bytes, bool dump) {
    return (struct nlmsghdr){.nlmsg_len = (uint32_t)bytes,
                             .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                             .nlmsg_flags = dump ? NLM_F_REQUEST | NLM_F_DUMP : NLM_F_REQUEST,
                             .nlmsg_seq = ++diag->sequence};
}

struct unix_request {
    struct nlmsghdr header;
    struct unix_diag_req body;
};

static struct unix_request unix_request(struct wt_sock_diag *diag, uint32_t inode) {
    return (struct unix_request){
        .header = header_of(diag, sizeof(struct unix_request), inode == 0),
        .body = {.sdiag_family = AF_UNIX,
                 .udiag_states = 1U << TCP_LISTEN,
                 .udiag_ino = inode,
                 .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN,
                 .udiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}};
}

wt_status wt_sock_diag_list(struct wt_sock_diag *diag, enum wt_listener_family family,
                            void (*found)(void *context, const struct wt_listening *socket),
                            void *context, struct wt_error *err) {
    struct query query = {
        .diag = diag, .family = family, .found = found, .context = context, .err = err};
    if (family == WT_LISTENER_UNIX) {
        const struct unix_request request = unix_request(diag, 0);
        return ask(&query, &request, sizeof request);
    }
    const struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request = {.header = header_of(diag, sizeof request, true),
                 .body = {.sdiag_family = family == WT_LISTENER_TCP6 ? AF_INET6 : AF_INET,
                          .sdiag_protocol = IPPROTO_TCP,
                          .idiag_states = 1U << TCP_LISTEN}};
    return ask(&query, &request, sizeof request);
}

static void take_one(void *context, const struct wt_listening *socket) {
    struct wt_listening *out = context;
    *out = *socket;
}

wt_status wt_sock_diag_unix(struct wt_sock_diag *diag, uint64_t inode, struct wt_listening *out,
                            struct wt_error *err) {
    *out = (struct wt_listening){.inode = 0};
    struct query query = {
        .diag = diag, .family = WT_LISTENER_UNIX, .found = take_one, .context = out, .err = err};
    if (inode == 0 || inode > UINT32_MAX) /* the kernel takes no other */
        return wt_fail(err, WT_ENOENT, "no such socket");
    const struct unix_request request = unix_request(diag, (uint32_t)inode);
    wt_status status = ask(&query, &request, sizeof request);
    if (status == WT_OK && out->inode != inode)
        return wt_fail(err, WT_ENOENT, "socket %llu does not listen", (unsigned long long)inode);
    return status;
}
