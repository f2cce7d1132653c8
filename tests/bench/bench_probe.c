/* Rows of probe: what a look at a worker's process costs beside the bare system calls, and a look
 * at the accept queues beside a bare round trip to the kernel. */
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "bench/bench.h"
#include "probe/prober.h"
#include "probe/sock_diag.h"

enum { CHILDREN = 100, ROUNDS = 50, ASKS = 200 };

struct subject {
    pid_t pids[CHILDREN];
    int fds[CHILDREN]; /* of their PID/stat, kept open */
    struct wt_prober prober;
    int64_t now_ns;
    struct wt_sock_diag diag;
    int bare;                    /* a netlink socket */
    int sockets[3];              /* that listen */
    struct wt_listening of_unix; /* one of them */
};

static void die(const char *text) {
    fprintf(stderr, "worktop-bench: %s\n", text);
    exit(1);
}

static double per(int64_t begin_ns, int count) {
    return (double)(wt_clock_now().monotonic_ns - begin_ns) / (double)count;
}

/* ---- processes ------------------------------------------------------------------------------- */

static double stat_ours(void *context) {
    struct subject *subject = context;
    struct wt_proc_stat stat;
    uint64_t sum = 0;
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < CHILDREN; i++) {
            if (!wt_proc_read_stat(&subject->prober.proc, subject->fds[i], &stat))
                die("a child has no figures");
            sum += stat.rss_bytes;
        }
    if (sum == 0)
        die("no child has memory");
    return per(begin, ROUNDS * CHILDREN);
}

static double stat_limit(void *context) {
    const struct subject *subject = context;
    char text[1024];
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < CHILDREN; i++)
            if (pread(subject->fds[i], text, sizeof text, 0) <= 0)
                die("a child has no stat");
    return per(begin, ROUNDS * CHILDREN);
}

/* Everything: whose turn it is, descriptors counted, figures taken. */
static double round_ours(void *context) {
    struct subject *subject = context;
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int round = 0; round < ROUNDS; round++) {
        subject->now_ns += WT_NS_PER_S;
        wt_prober_round(&subject->prober, subject->now_ns);
    }
    double cost = per(begin, ROUNDS * CHILDREN);
    if (subject->prober.probes[0]->figures.read_ns != subject->now_ns)
        die("a child was not looked at");
    return cost;
}

static double round_limit(void *context) {
    const struct subject *subject = context;
    char text[1024], paths[CHILDREN][32];
    struct stat status;
    for (int i = 0; i < CHILDREN; i++)
        snprintf(paths[i], sizeof paths[i], "%ld/fd", (long)subject->pids[i]);
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < CHILDREN; i++)
            if (fstatat(subject->prober.proc.root_fd, paths[i], &status, 0) != 0 ||
                pread(subject->fds[i], text, sizeof text, 0) <= 0)
                die("a child has no stat");
    return per(begin, ROUNDS * CHILDREN);
}

static void open_processes(struct subject *subject) {
    struct wt_process_look look;
    wt_prober_open(&subject->prober, "/proc", 0);
    for (int i = 0; i < CHILDREN; i++) {
        subject->pids[i] = fork();
        if (subject->pids[i] == 0) {
            pause();
            _exit(0);
        }
        if (subject->pids[i] < 0 || wt_process_look(subject->pids[i], &look, NULL) != WT_OK ||
            wt_prober_add(&subject->prober, subject->pids[i], look.start_ticks, NULL) == NULL)
            die("cannot start a child");
        subject->fds[i] = wt_proc_open_stat(&subject->prober.proc, subject->pids[i]);
    }
    wt_prober_round(&subject->prober, subject->now_ns = WT_NS_PER_S);
}

static void close_processes(struct subject *subject) {
    wt_prober_close(&subject->prober);
    for (int i = 0; i < CHILDREN; i++) {
        close(subject->fds[i]);
        kill(subject->pids[i], SIGKILL);
        waitpid(subject->pids[i], NULL, 0);
    }
}

/* ---- accept queues --------------------------------------------------------------------------- */

static void see(void *context, const struct wt_listening *socket) {
    struct subject *subject = context;
    if (socket->place.family == WT_LISTENER_UNIX)
        subject->of_unix = *socket;
}

static double tcp_ours(void *context) {
    struct subject *subject = context;
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int i = 0; i < ASKS; i++)
        if (wt_sock_diag_list(&subject->diag, WT_LISTENER_TCP4, see, subject, NULL) != WT_OK)
            die("the kernel does not tell");
    return per(begin, ASKS) / 1000;
}

static double unix_ours(void *context) {
    struct subject *subject = context;
    struct wt_listening socket;
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int i = 0; i < ASKS; i++)
        if (wt_sock_diag_unix(&subject->diag, subject->of_unix.inode, &socket, NULL) != WT_OK)
            die("the kernel does not tell");
    return per(begin, ASKS) / 1000;
}

/* One question and all its answers, which nobody reads. */
static double tcp_limit(void *context) {
    const struct subject *subject = context;
    static char answer[32768];
    const struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request = {.header = {.nlmsg_len = sizeof request,
                            .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
                 .body = {.sdiag_family = AF_INET,
                          .sdiag_protocol = IPPROTO_TCP,
                          .idiag_states = 1U << TCP_LISTEN}};
    int64_t begin = wt_clock_now().monotonic_ns;
    for (int i = 0; i < ASKS; i++) {
        struct nlmsghdr header = {.nlmsg_type = 0};
        if (send(subject->bare, &request, sizeof request, 0) < 0)
            die("cannot ask the kernel");
        while (header.nlmsg_type != NLMSG_DONE) {
            if (recv(subject->bare, answer, sizeof answer, 0) < (ssize_t)sizeof header)
                die("the kernel does not answer");
            memcpy(&header, answer, sizeof header);
        }
    }
    return per(begin, ASKS) / 1000;
}

static void open_sockets(struct subject *subject) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr unix_address = {.sa_family = AF_UNIX};
    for (int i = 0; i < 3; i++) {
        subject->sockets[i] = socket(i < 2 ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const struct sockaddr *at =
            i < 2 ? (const struct sockaddr *)(const void *)&address : &unix_address;
        socklen_t length = i < 2 ? sizeof address : sizeof(sa_family_t); /* the kernel names it */
        if (bind(subject->sockets[i], at, length) != 0 || listen(subject->sockets[i], 8) != 0)
            die("cannot listen");
    }
    subject->bare = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (subject->bare < 0 || wt_sock_diag_open(&subject->diag, NULL) != WT_OK ||
        wt_sock_diag_list(&subject->diag, WT_LISTENER_UNIX, see, subject, NULL) != WT_OK)
        die("the kernel does not tell");
}

static void close_sockets(struct subject *subject) {
    for (int i = 0; i < 3; i++)
        close(subject->sockets[i]);
    close(subject->bare);
    wt_sock_diag_close(&subject->diag);
}

void bench_probe(struct bench *bench) {
    static struct subject subject;
    const struct bench_row rows[] = {
        {"probe: /proc/PID/stat, kept descriptor", "ns", stat_ours, stat_limit, &subject,
         BENCH_RATIO_AT_MOST, 1.3, 0},
        {"probe: a round, descriptors counted, a process", "ns", round_ours, round_limit, &subject,
         BENCH_RATIO_AT_MOST, 1.3, 0},
        {"probe: listening TCP sockets", "us", tcp_ours, tcp_limit, &subject, BENCH_RATIO_AT_MOST,
         1.3, 0},
        {"probe: a UNIX listener by its inode", "us", unix_ours, tcp_limit, &subject,
         BENCH_RATIO_AT_MOST, 1.0, 0},
    };
    bool wanted = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        wanted = wanted || bench_wants(bench, rows[i].name);
    if (!wanted)
        return;
    open_processes(&subject);
    open_sockets(&subject);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        bench_run(bench, &rows[i]);
    close_sockets(&subject);
    close_processes(&subject);
}
