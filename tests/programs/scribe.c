/* scribe.c - workers that prove whether a segment is ever shared, for the storms in tests/process.
 *
 *     scribe SOCKET SERVICE HANDS PACE_MS [key] [thread]
 *
 * One process with HANDS workers ("hands"), each with a connection and a token of its own. A hand
 * writes its token over and over into the first and the last word of its segment; the words between
 * are its marks, written once and then only looked at. Like a Ruby process, it never stops writing
 * into a segment that it was once given, all of its words: so if the monitor hands a segment to
 * somebody else too early, the new owner finds a mark that is not its own. With `key` the hands
 * behave like libworktop: they send an instance key, and leave the old segment alone before they
 * answer for the new one. With `thread` the main thread ends and another one does all this.
 *
 * Commands on standard input, one a line; some answer with one line of JSON:
 *     report        what it has and found: foreign (marks that somebody else wrote), own (that
 *                   another hand of this process wrote), dirty (segments that came with something
 *                   in them), ready (hands that are registered), segments
 *     drop, join    closes all connections; opens them again
 *     loop N        drops and joins hand 0 N times, as fast as it can
 *     hush, write   stops writing (and looking); goes on
 *     slow MS       answers setups that much later, and writes meanwhile
 *     answer        answers those that wait at once
 *     fork, fork close   a child goes on writing; `close`: without the connections. It ends after
 *                   a minute
 * What it finds is also told at once on standard error. The end of input ends the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <signal.h>

#include "bus/peer.h"

enum { SEGMENTS = 1 << 16, PAGE = 4096 };

static const char *const fields[] = {"first", "mark_a", "mark_b", "last"};

struct hand {
    int fd; /* -1: not connected */
    struct wt_bus_peer *peer;
    char key[33];
    uint64_t token;
    long segment; /* -1: none */
    bool is_ready;
    struct wt_bus_token setup; /* to be answered at answer_ms */
    long offered;              /* what it is to take up then, -1: nothing */
    int64_t answer_ms;
};

/* A segment that this process may write. */
struct part {
    uint64_t *words;
    struct hand *owner;
    bool is_current, is_written;
};

static struct scribe {
    struct hand *hands;
    size_t hand_count;
    struct pollfd *polled;
    const char *socket_path, *service;
    int pace_ms;
    int64_t slow_ms;
    bool has_key, is_hushed, is_child, is_over;
    struct part parts[SEGMENTS];
    long used[SEGMENTS]; /* those parts that were ever ours */
    size_t used_count;
    size_t words; /* of a segment */
    uint64_t foreign, own, dirty, last_foreign;
} scribe;

static void die(const char *what) {
    fprintf(stderr, "scribe: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- segments -------------------------------------------------------------------------------- */

static uint64_t load(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void store(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static void found(uint64_t token, uint64_t expected) {
    if (token >> 16 == expected >> 16) {
        scribe.own++;
        return;
    }
    if (scribe.foreign++ == 0)
        fprintf(stderr, "scribe %ld: %" PRIx64 " in a segment of %" PRIx64 "\n", (long)getpid(),
                token, expected);
    scribe.last_foreign = token;
}

static void map_part(struct part *part, const char *path, uint64_t offset) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint64_t below = offset / PAGE * PAGE;
    size_t length = (size_t)(offset - below) + scribe.words * 8;
    unsigned char *map =
        fd < 0 ? MAP_FAILED
               : mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)below);
    if (map == MAP_FAILED)
        die(path);
    close(fd);
    part->words = (uint64_t *)(void *)(map + (offset - below));
    scribe.used[scribe.used_count++] = part - scribe.parts;
}

static void mark(struct part *part) {
    for (size_t i = 0; i < scribe.words; i++)
        store(&part->words[i], part->owner->token);
    part->is_written = true;
}

/* A keyed hand leaves its old segment alone from here on; another one never does. */
static void take_up(struct hand *hand) {
    struct part *part = &scribe.parts[hand->offered];
    if (hand->segment >= 0 && hand->segment != hand->offered &&
        scribe.parts[hand->segment].owner == hand) {
        scribe.parts[hand->segment].is_current = false;
        scribe.parts[hand->segment].is_written = !scribe.has_key;
    }
    part->owner = hand;
    part->is_current = true;
    hand->segment = hand->offered;
    hand->offered = -1;
    if (!scribe.is_hushed)
        mark(part);
}

static void write_and_look(void) {
    for (size_t at = 0; at < scribe.used_count && !scribe.is_hushed; at++) {
        struct part *part = &scribe.parts[scribe.used[at]];
        if (!part->is_written)
            continue;
        if (!part->is_current) {
            mark(part);
            continue;
        }
        uint64_t token = part->owner->token;
        store(&part->words[0], token);
        store(&part->words[scribe.words - 1], token);
        for (size_t i = 1; i < scribe.words - 1; i++) {
            uint64_t seen = load(&part->words[i]);
            if (seen == token)
                continue;
            found(seen, token);
            store(&part->words[i], token);
        }
    }
}

/* ---- the bus --------------------------------------------------------------------------------- */

static void answer_setup(struct hand *hand) {
    struct wt_buffer schema = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&schema);
    const uint64_t offsets[] = {0, 8, 8 * (uint64_t)(scribe.words - 2),
                                8 * (uint64_t)(scribe.words - 1)};
    take_up(hand);
    wt_bus_write_array(&writer, 4);
    for (size_t i = 0; i < 4; i++) {
        wt_bus_write_array(&writer, 3);
        wt_bus_write_symbol_z(&writer, fields[i]);
        wt_bus_write_symbol_z(&writer, "u64");
        wt_bus_write_uint(&writer, offsets[i]);
    }
    wt_bus_peer_return(hand->peer, &hand->setup, &schema);
    wt_buffer_fini(&schema);
}

static void called_setup(void *context, struct wt_bus_peer *peer,
                         const struct wt_bus_invoke *invoke) {
    struct hand *hand = context;
    struct wt_bus_text path;
    uint64_t size, offset;
    char text[4096];
    if (!wt_bus_text_of(&invoke->arguments[0], &path) || path.length >= sizeof text ||
        !wt_bus_to_uint64(&invoke->arguments[1], &size) ||
        !wt_bus_to_uint64(&invoke->arguments[2], &offset) || offset / size >= SEGMENTS) {
        wt_bus_peer_error(peer, &invoke->id, WT_BUS_ERROR_ARGUMENT, "what is that");
        return;
    }
    memcpy(text, path.data, path.length);
    text[path.length] = '\0';
    scribe.words = size / 8;
    hand->offered = (long)(offset / size);
    struct part *part = &scribe.parts[hand->offered];
    bool may_be_written = part->is_written && !scribe.is_hushed; /* by ourselves, meanwhile */
    if (part->words == NULL)
        map_part(part, text, offset);
    bool is_dirty = false;
    for (size_t i = 0; i < scribe.words && !may_be_written; i++)
        is_dirty = is_dirty || load(&part->words[i]) != 0;
    if (is_dirty && scribe.dirty++ == 0)
        fprintf(stderr, "scribe %ld: segment %ld came dirty\n", (long)getpid(), hand->offered);
    hand->setup = invoke->id;
    hand->answer_ms = now_ms() + scribe.slow_ms;
    if (scribe.slow_ms == 0)
        answer_setup(hand);
}

/* A recorder region is politely declined. */
static void called_recorder(void *context, struct wt_bus_peer *peer,
                            const struct wt_bus_invoke *invoke) {
    (void)context;
    struct wt_buffer no = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&no);
    wt_bus_write_bool(&writer, false);
    wt_bus_peer_return(peer, &invoke->id, &no);
    wt_buffer_fini(&no);
}

static const struct wt_bus_method methods[] = {
    {.name = "setup_utilization_observer", .least = 3, .most = 3, .call = called_setup},
    {.name = "setup_recorder", .least = 3, .most = 3, .call = called_recorder},
};
static const struct wt_bus_object objects[] = {
    {.name = "worker", .class_name = "Scribe", .methods = methods, .method_count = 2}};
static const struct wt_bus_handlers handlers = {.objects = objects, .object_count = 1};

static void on_registered(void *context, struct wt_bus_peer *peer,
                          const struct wt_bus_answer *answer) {
    (void)peer;
    struct hand *hand = context;
    hand->is_ready = answer->outcome == WT_BUS_RETURNED;
}

static void register_hand(struct hand *hand) {
    struct wt_buffer arguments = {0}, options = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&arguments);
    struct wt_bus_token worker = wt_bus_token_symbol("worker");
    wt_bus_write_proxy(&writer, &worker);
    writer = wt_bus_writer_over(&options);
    wt_bus_write_symbol_z(&writer, "process_id");
    wt_bus_write_uint(&writer, (uint64_t)getpid());
    wt_bus_write_symbol_z(&writer, "state");
    wt_bus_write_map(&writer, scribe.has_key ? 2 : 1);
    wt_bus_write_symbol_z(&writer, "name");
    wt_bus_write_string_z(&writer, scribe.service);
    if (scribe.has_key) {
        wt_bus_write_symbol_z(&writer, "instance");
        wt_bus_write_string_z(&writer, hand->key);
    }
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = "register",
                                     .arguments = &arguments,
                                     .argument_count = 1,
                                     .options = &options,
                                     .option_count = 2,
                                     .on_answer = on_registered,
                                     .context = hand};
    wt_bus_peer_call(hand->peer, &call, NULL, NULL);
    wt_buffer_fini(&arguments);
    wt_buffer_fini(&options);
}

static void drop(struct hand *hand) {
    if (hand->fd >= 0)
        close(hand->fd);
    wt_bus_peer_destroy(hand->peer);
    hand->peer = NULL;
    hand->fd = -1;
    hand->is_ready = false;
    hand->offered = -1;
    if (hand->segment >= 0 &&
        scribe.parts[hand->segment].owner ==
            hand) /* ours to write, but no longer ours alone: we may get it back zeroed */
        scribe.parts[hand->segment].is_current = false;
}

static void flush(struct hand *hand) {
    while (hand->fd >= 0) {
        struct wt_buffer *output = wt_bus_peer_output(hand->peer);
        if (output->length == 0)
            return;
        ssize_t sent = send(hand->fd, output->data, output->length, MSG_NOSIGNAL);
        if (sent > 0)
            wt_bus_peer_sent(hand->peer, (size_t)sent);
        else if (errno != EINTR)
            drop(hand);
    }
}

static void join(struct hand *hand) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", scribe.socket_path);
    int64_t deadline = now_ms() + 20000;
    hand->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (connect(hand->fd, (struct sockaddr *)&address, sizeof address) != 0) {
        if (errno != EAGAIN && errno != EINTR)
            die(scribe.socket_path);
        if (now_ms() > deadline)
            die("the backlog stays full");
        poll(NULL, 0, 1);
    }
    if (wt_bus_peer_create(&hand->peer, WT_BUS_CONNECTING, NULL, &handlers, hand, NULL) != WT_OK)
        die("no peer");
    register_hand(hand);
    flush(hand);
}

static void receive(struct hand *hand) {
    char bytes[4096];
    ssize_t length = recv(hand->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0 || wt_bus_peer_feed(hand->peer, bytes, (size_t)length, NULL) != WT_OK)
        drop(hand);
    else
        flush(hand);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void turn(int wait_ms) {
    bool has_input = !scribe.is_child;
    scribe.polled[0] = (struct pollfd){.fd = has_input ? 0 : -1, .events = POLLIN};
    for (size_t i = 0; i < scribe.hand_count; i++)
        scribe.polled[i + 1] = (struct pollfd){.fd = scribe.hands[i].fd, .events = POLLIN};
    poll(scribe.polled, scribe.hand_count + 1, wait_ms);
    for (size_t i = 0; i < scribe.hand_count; i++) {
        struct hand *hand = &scribe.hands[i];
        if (scribe.polled[i + 1].revents != 0 && hand->fd >= 0 && !scribe.is_child)
            receive(hand);
        if (hand->offered >= 0 && hand->peer != NULL && now_ms() >= hand->answer_ms) {
            answer_setup(hand);
            flush(hand);
        }
    }
    write_and_look();
}

static void loop(long count) {
    struct hand *hand = &scribe.hands[0];
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long i = 0; i < count; i++) {
        drop(hand);
        join(hand);
        while (!hand->is_ready && hand->fd >= 0) {
            struct pollfd one = {.fd = hand->fd, .events = POLLIN};
            poll(&one, 1, 1000);
            receive(hand);
        }
        write_and_look();
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("{\"loops\":%ld,\"seconds\":%.6f}\n", count,
           (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    fflush(stdout);
}

static void report(void) {
    size_t ready = 0;
    for (size_t i = 0; i < scribe.hand_count; i++)
        ready += scribe.hands[i].is_ready;
    printf("{\"ready\":%zu,\"foreign\":%" PRIu64 ",\"last_foreign\":%" PRIu64 ",\"own\":%" PRIu64
           ",\"dirty\":%" PRIu64 ",\"token\":%" PRIu64 ",\"ever\":%zu,\"segments\":[",
           ready, scribe.foreign, scribe.last_foreign, scribe.own, scribe.dirty,
           scribe.hands[0].token, scribe.used_count);
    for (size_t i = 0; i < scribe.hand_count; i++)
        printf("%s%ld", i > 0 ? "," : "", scribe.hands[i].segment);
    printf("]}\n");
    fflush(stdout);
}

static void fork_child(bool closes) {
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child > 0) {
        printf("{\"child\":%ld}\n", (long)child);
        fflush(stdout);
        return;
    }
    prctl(PR_SET_PDEATHSIG, 0);
    alarm(60);
    scribe.is_child = true;
    close(0);
    close(1);
    for (size_t i = 0; closes && i < scribe.hand_count; i++)
        drop(&scribe.hands[i]);
    for (;;) { /* as careless as can be: every word of everything it has */
        for (size_t at = 0; at < scribe.used_count; at++)
            mark(&scribe.parts[scribe.used[at]]);
        poll(NULL, 0, scribe.pace_ms);
    }
}

static void obey(const char *command) {
    if (strcmp(command, "report") == 0)
        report();
    else if (strncmp(command, "loop ", 5) == 0)
        loop(atol(command + 5));
    else if (strncmp(command, "slow ", 5) == 0)
        scribe.slow_ms = atol(command + 5);
    else if (strncmp(command, "fork", 4) == 0)
        fork_child(command[4] != '\0');
    else if (strcmp(command, "hush") == 0)
        scribe.is_hushed = true;
    else if (strcmp(command, "write") == 0)
        scribe.is_hushed = false;
    for (size_t i = 0; i < scribe.hand_count; i++) {
        struct hand *hand = &scribe.hands[i];
        if (strcmp(command, "drop") == 0)
            drop(hand);
        if (strcmp(command, "answer") == 0)
            hand->answer_ms = 0;
        if (strcmp(command, "join") == 0 && hand->fd < 0)
            join(hand);
        if (strcmp(command, "write") == 0 && hand->segment >= 0)
            mark(&scribe.parts[hand->segment]);
    }
}

static void read_commands(void) {
    static char text[4096];
    static size_t length;
    ssize_t got = read(0, text + length, sizeof text - length - 1);
    if (got <= 0) {
        scribe.is_over = got == 0 || errno != EINTR;
        return;
    }
    length += (size_t)got;
    text[length] = '\0';
    for (char *end; (end = strchr(text, '\n')) != NULL;) {
        *end = '\0';
        obey(text);
        length -= (size_t)(end + 1 - text);
        memmove(text, end + 1, length + 1);
    }
}

static void *work(void *unused) {
    (void)unused;
    for (size_t i = 0; i < scribe.hand_count; i++) {
        join(&scribe.hands[i]);
        if (i % 16 == 15)
            turn(0);
    }
    while (!scribe.is_over) {
        turn(scribe.pace_ms);
        if (scribe.polled[0].revents != 0)
            read_commands();
    }
    _exit(0);
    return NULL;
}

static void make_hands(size_t count) {
    scribe.hand_count = count;
    scribe.hands = calloc(count, sizeof *scribe.hands);
    scribe.polled = calloc(count + 1, sizeof *scribe.polled);
    if (scribe.hands == NULL || scribe.polled == NULL)
        die("memory");
    for (size_t i = 0; i < count; i++) {
        struct hand *hand = &scribe.hands[i];
        uint64_t key[2] = {0};
        if (getrandom(key, sizeof key, 0) != sizeof key)
            die("getrandom");
        *hand = (struct hand){
            .fd = -1, .token = (uint64_t)getpid() << 16 | (i + 1), .segment = -1, .offered = -1};
        snprintf(hand->key, sizeof hand->key, "%016" PRIx64 "%016" PRIx64, key[0], key[1]);
    }
}

int main(int argc, char **argv) {
    long count = argc >= 5 ? atol(argv[3]) : 0;
    bool in_thread = false;
    if (count < 1 || count > 60000) {
        fprintf(stderr, "usage: scribe SOCKET SERVICE HANDS PACE_MS [key] [thread]\n");
        return 2;
    }
    scribe.socket_path = argv[1];
    scribe.service = argv[2];
    scribe.pace_ms = atoi(argv[4]);
    for (int i = 5; i < argc; i++) {
        scribe.has_key = scribe.has_key || strcmp(argv[i], "key") == 0;
        in_thread = in_thread || strcmp(argv[i], "thread") == 0;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    make_hands((size_t)count);
    pthread_t thread;
    if (!in_thread)
        work(NULL);
    else if (pthread_create(&thread, NULL, work, NULL) != 0)
        die("thread");
    pthread_exit(NULL);
}
