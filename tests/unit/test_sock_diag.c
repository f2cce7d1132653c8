/* Accept queues: answers that a test made up, and the kernel's about real sockets. */
#include "support/support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "probe/sock_diag.h"

/* A kernel that answers what the test wants, or a datagram after the other. */
struct fake_kernel {
    char bytes[8][512];
    size_t lengths[8];
    size_t count, next;
    uint32_t sequence; /* of the last question */
    uint32_t states;   /* that it asked for */
    bool was_dump;
    bool is_single; /* its answers are no dump's */
};

static ssize_t fake_send(void *context, const void *bytes, size_t length) {
    struct fake_kernel *kernel = context;
    struct nlmsghdr header;
    memcpy(&header, bytes, sizeof header);
    assert_int_equal(header.nlmsg_len, length);
    kernel->sequence = header.nlmsg_seq;
    kernel->was_dump = (header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    memcpy(&kernel->states, (const char *)bytes + NLMSG_HDRLEN + 4, 4); /* in both requests */
    return (ssize_t)length;
}

static ssize_t fake_receive(void *context, void *bytes, size_t size) {
    struct fake_kernel *kernel = context;
    if (kernel->next == kernel->count) {
        errno = EAGAIN;
        return -1;
    }
    size_t length = kernel->lengths[kernel->next];
    memcpy(bytes, kernel->bytes[kernel->next], length < size ? length : size);
    kernel->next++;
    return (ssize_t)length;
}

static struct wt_sock_diag fake_open(struct fake_kernel *kernel) {
    return (struct wt_sock_diag){
        .link = {.send = fake_send, .receive = fake_receive, .context = kernel}, .fd = -1};
}

/* Appends a message to the datagram `at`. */
static void put(struct fake_kernel *kernel, size_t at, uint16_t type, uint32_t sequence,
                const void *body, size_t length) {
    struct nlmsghdr header = {.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length),
                              .nlmsg_type = type,
                              .nlmsg_flags = kernel->is_single ? 0 : NLM_F_MULTI,
                              .nlmsg_seq = sequence};
    char *out = kernel->bytes[at] + kernel->lengths[at];
    memcpy(out, &header, sizeof header);
    memcpy(out + NLMSG_HDRLEN, body, length);
    kernel->lengths[at] += NLMSG_ALIGN(header.nlmsg_len);
    if (at >= kernel->count)
        kernel->count = at + 1;
}

static struct inet_diag_msg tcp_message(uint16_t port, uint32_t inode, uint32_t length,
                                        uint32_t limit) {
    struct inet_diag_msg message = {.idiag_family = AF_INET,
                                    .idiag_state = TCP_LISTEN,
                                    .idiag_inode = inode,
                                    .idiag_rqueue = length,
                                    .idiag_wqueue = limit};
    message.id.idiag_sport = htons(port);
    message.id.idiag_src[0] = htonl(0x7f000001);
    return message;
}

struct seen {
    struct wt_listening sockets[64];
    size_t count;
};

static void see(void *context, const struct wt_listening *socket) {
    struct seen *seen = context;
    if (seen->count < 64)
        seen->sockets[seen->count] = *socket;
    seen->count++;
}

static void answers_are_read_over_several_datagrams(void **state) {
    (void)state;
    struct fake_kernel kernel = {.count = 0};
    struct wt_sock_diag diag = fake_open(&kernel);
    struct seen seen = {.count = 0};
    struct inet_diag_msg first = tcp_message(80, 7, 3, 128), second = tcp_message(81, 8, 0, 64),
                         other = tcp_message(82, 9, 1, 1);
    other.idiag_state = TCP_ESTABLISHED; /* nobody asked for it */
    put(&kernel, 0, SOCK_DIAG_BY_FAMILY, 1, &first, sizeof first);
    put(&kernel, 0, SOCK_DIAG_BY_FAMILY, 1, &other, sizeof other);
    put(&kernel, 1, SOCK_DIAG_BY_FAMILY, 99, &first, sizeof first); /* of another question */
    put(&kernel, 1, SOCK_DIAG_BY_FAMILY, 1, &second, sizeof second);
    put(&kernel, 2, NLMSG_DONE, 1, "\0\0\0", 4);
    assert_int_equal(wt_sock_diag_list(&diag, WT_LISTENER_TCP4, see, &seen, NULL), WT_OK);
    assert_true(kernel.was_dump);
    assert_int_equal(kernel.states, 1U << TCP_LISTEN);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.sockets[0].inode, 7);
    assert_int_equal(seen.sockets[0].queue_length, 3);
    assert_int_equal(seen.sockets[0].queue_limit, 128);
    assert_int_equal(seen.sockets[0].place.port, 80);
    assert_memory_equal(seen.sockets[0].place.host, "\x7f\0\0\1", 4);
    assert_int_equal(seen.sockets[1].place.port, 81);
}

static size_t unix_message(char *out, const char *name, size_t length) {
    struct unix_diag_msg message = {
        .udiag_family = AF_UNIX, .udiag_state = TCP_LISTEN, .udiag_ino = 77};
    struct unix_diag_rqlen queue = {.udiag_rqueue = 5, .udiag_wqueue = 4};
    struct nlattr attribute = {.nla_len = (uint16_t)(NLA_HDRLEN + length),
                               .nla_type = UNIX_DIAG_NAME};
    size_t at = sizeof message;
    memcpy(out, &message, sizeof message);
    memcpy(out + at, &attribute, sizeof attribute);
    memcpy(out + at + NLA_HDRLEN, name, length);
    at += NLA_ALIGN(NLA_HDRLEN + length);
    attribute = (struct nlattr){.nla_len = NLA_HDRLEN + sizeof queue, .nla_type = UNIX_DIAG_RQLEN};
    memcpy(out + at, &attribute, sizeof attribute);
    memcpy(out + at + NLA_HDRLEN, &queue, sizeof queue);
    return at + NLA_HDRLEN + sizeof queue;
}

static void names_of_unix_sockets_are_harmless(void **state) {
    (void)state;
    static const char evil[] = "/tmp/\x1b]0;x\x07\n\xff";
    char body[400], text[WT_ENDPOINT_TEXT_SIZE];
    struct fake_kernel kernel = {.is_single = true};
    struct wt_sock_diag diag = fake_open(&kernel);
    struct wt_listening socket;
    put(&kernel, 0, SOCK_DIAG_BY_FAMILY, 1, body, unix_message(body, evil, sizeof evil));
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, NULL), WT_OK);
    assert_int_equal(socket.queue_length, 5);
    assert_int_equal(socket.queue_limit, 4);
    wt_endpoint_text(&socket.place, text);
    assert_string_equal(text, "unix:/tmp/\xc2\xb7]0;x\xc2\xb7\xc2\xb7\xc2\xb7");
    /* Longer than any name, and abstract. */
    static const char abstract[200] = "\0name";
    put(&kernel, 1, SOCK_DIAG_BY_FAMILY, 2, body, unix_message(body, abstract, sizeof abstract));
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, NULL), WT_OK);
    assert_int_equal(socket.place.path_length, WT_ENDPOINT_PATH_BYTES);
}

static void damaged_answers_are_refused(void **state) {
    (void)state;
    char body[400];
    size_t length = unix_message(body, "/a", 3);
    struct wt_listening socket;
    for (size_t at = 0; at < length; at++)
        for (int mask = 1; mask < 256; mask += 2) {
            struct fake_kernel kernel = {.is_single = true};
            struct wt_sock_diag diag = fake_open(&kernel);
            body[at] = (char)(body[at] ^ mask);
            put(&kernel, 0, SOCK_DIAG_BY_FAMILY, 1, body, length);
            body[at] = (char)(body[at] ^ mask);
            wt_status status = wt_sock_diag_unix(&diag, 77, &socket, NULL);
            assert_true(status == WT_OK || status == WT_ENOENT || status == WT_ESYS);
        }
    struct fake_kernel kernel = {.count = 1, .lengths = {NLMSG_HDRLEN}};
    struct wt_sock_diag diag = fake_open(&kernel);
    struct nlmsghdr header = {.nlmsg_len = 4000, .nlmsg_seq = 1};
    memcpy(kernel.bytes[0], &header, sizeof header);
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, NULL), WT_EFORMAT);
    header.nlmsg_len = 3;
    memcpy(kernel.bytes[0], &header, sizeof header);
    kernel.next = 0;
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, NULL), WT_EFORMAT);
}

static void errors_say_what_the_kernel_said(void **state) {
    (void)state;
    struct fake_kernel kernel = {.is_single = true};
    struct wt_sock_diag diag = fake_open(&kernel);
    struct wt_listening socket;
    struct wt_error err;
    struct {
        int code;
        struct nlmsghdr request;
    } body = {.code = -ENOENT};
    put(&kernel, 0, NLMSG_ERROR, 1, &body, sizeof body);
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, &err), WT_ENOENT);
    body.code = -EPERM;
    put(&kernel, 1, NLMSG_ERROR, 2, &body, sizeof body);
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, &err), WT_ESYS);
    assert_non_null(strstr(err.text, "not permitted"));
    assert_int_equal(wt_sock_diag_unix(&diag, 77, &socket, &err), WT_ESYS); /* no answer at all */
    assert_int_equal(wt_sock_diag_unix(&diag, 0, &socket, &err), WT_ENOENT);
}

/* ---- the kernel ------------------------------------------------------------------------------ */

static uint64_t inode_of(int fd) {
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    return status.st_ino;
}

static const struct wt_listening *find(const struct seen *seen, uint64_t inode) {
    for (size_t i = 0; i < seen->count && i < 64; i++)
        if (seen->sockets[i].inode == inode)
            return &seen->sockets[i];
    return NULL;
}

/* Listens with room for so many; connects so often without anybody who accepts. */
static void backlog_of(int family, const struct sockaddr *address, socklen_t length,
                       enum wt_listener_family kind) {
    enum { LIMIT = 5, WAIT = 3 };
    struct sockaddr_storage bound;
    socklen_t bound_length = sizeof bound;
    struct wt_sock_diag diag;
    struct seen seen = {.count = 0};
    int listener = socket(family, SOCK_STREAM, 0), clients[WAIT];
    if (listener < 0 || bind(listener, address, length) != 0)
        skip(); /* a host without IPv6 */
    assert_int_equal(listen(listener, LIMIT), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&bound, &bound_length), 0);
    for (int i = 0; i < WAIT; i++) {
        clients[i] = socket(family, SOCK_STREAM, 0);
        assert_int_equal(connect(clients[i], (struct sockaddr *)&bound, bound_length), 0);
    }
    assert_int_equal(wt_sock_diag_open(&diag, NULL), WT_OK);
    assert_int_equal(wt_sock_diag_list(&diag, kind, see, &seen, NULL), WT_OK);
    const struct wt_listening *found = find(&seen, inode_of(listener));
    assert_non_null(found);
    assert_int_equal(found->queue_length, WAIT);
    assert_int_equal(found->queue_limit, LIMIT);
    if (kind == WT_LISTENER_UNIX) {
        struct wt_listening one;
        assert_int_equal(wt_sock_diag_unix(&diag, inode_of(listener), &one, NULL), WT_OK);
        assert_memory_equal(&one, found, sizeof one);
        assert_int_equal(wt_sock_diag_unix(&diag, inode_of(clients[0]), &one, NULL), WT_ENOENT);
        assert_int_equal(wt_sock_diag_unix(&diag, UINT32_MAX - 1, &one, NULL), WT_ENOENT);
    } else {
        for (int i = 0; i < WAIT; i++)
            assert_null(find(&seen, inode_of(clients[i])));
    }
    wt_sock_diag_close(&diag);
    for (int i = 0; i < WAIT; i++)
        close(clients[i]);
    close(listener);
}

static void the_kernel_tells_the_queue_of_tcp(void **state) {
    (void)state;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    backlog_of(AF_INET, (const struct sockaddr *)&address, sizeof address, WT_LISTENER_TCP4);
}

static void the_kernel_tells_the_queue_of_tcp6(void **state) {
    (void)state;
    const struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                         .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    backlog_of(AF_INET6, (const struct sockaddr *)&address, sizeof address, WT_LISTENER_TCP6);
}

static void the_kernel_tells_the_queue_of_unix_sockets(void **state) {
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "worktop-test-%ld\x1b",
                          (long)getpid());
    backlog_of(AF_UNIX, (const struct sockaddr *)&address,
               (socklen_t)(sizeof(sa_family_t) + 1 + (size_t)length), WT_LISTENER_UNIX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_read_over_several_datagrams),
        cmocka_unit_test(names_of_unix_sockets_are_harmless),
        cmocka_unit_test(damaged_answers_are_refused),
        cmocka_unit_test(errors_say_what_the_kernel_said),
        cmocka_unit_test(the_kernel_tells_the_queue_of_tcp),
        cmocka_unit_test(the_kernel_tells_the_queue_of_tcp6),
        cmocka_unit_test(the_kernel_tells_the_queue_of_unix_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
