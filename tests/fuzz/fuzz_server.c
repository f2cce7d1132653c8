/* fuzz_server.c - everything that workers and clients may say to a monitor, on real sockets.
 *
 * The input is a script of one-byte commands (enum command) with their arguments, for four
 * connections: they open, send any bytes or well-formed calls and answers, close half or whole, let
 * the monitor's time-outs pass, while it ticks. An honest worker is there from the beginning: at
 * the end it is still registered, its values are read, it gets answers, and what the monitor shows
 * is harmless (shown.h).
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bus/peer.h"
#include "export/export.h"
#include "fuzz/fuzz.h"
#include "fuzz/shown.h"
#include "monitor/internal.h"
#include "net/session.h"

enum { COMMANDS_MAX = 40, GUESTS = 4, TURNS = 1000 };

enum command { SEND, REGISTER, ANSWER, FAIL, HALF_CLOSE, CLOSE, EXPIRE, TICK, CALL, COMMANDS };

struct world {
    uv_loop_t loop;
    struct wt_monitor *monitor;
    struct wt_server *server;
    struct fuzz_input input;
    int guests[GUESTS]; /* -1: not open */
    int honest;
    struct wt_bus_peer *peer; /* of the honest worker */
    uint64_t honest_id;
    int answers, setups;
};

static char directory[] = "/dev/shm/worktop-fuzz-XXXXXX";
static char socket_path[sizeof directory + 16], store_path[sizeof directory + 16];

static void remove_directory(void) {
    rmdir(directory);
}

static void make_directory(void) {
    if (socket_path[0] != '\0')
        return;
    require(mkdtemp(directory) != NULL);
    snprintf(socket_path, sizeof socket_path, "%s/s.ipc", directory);
    snprintf(store_path, sizeof store_path, "%s/u.shm", directory);
    atexit(remove_directory);
}

/* ---- the monitor's side ---- */

static wt_status snapshot_text(void *context, uint64_t focus, struct wt_buffer *out,
                               struct wt_error *err) {
    (void)focus;
    struct world *world = context;
    const struct wt_snapshot *snapshot = wt_monitor_snapshot(world->monitor);
    if (snapshot == NULL)
        return wt_fail(err, WT_EAGAIN, "there was no look yet");
    wt_export_json(snapshot, wt_clock_now(), out);
    return WT_OK;
}

static void open_server(struct world *world) {
    const struct wt_monitor_options monitor = {
        .store_path = store_path, .size_bytes = 4096, .max_bytes = 8192, .segment_bytes = 1024};
    const struct wt_server_options server = {
        .socket_path = socket_path, .snapshot_text = snapshot_text, .context = world};
    require(uv_loop_init(&world->loop) == 0);
    require(wt_monitor_create(&world->monitor, &monitor, wt_clock_now(), NULL) == WT_OK);
    require(wt_server_create(&world->server, &world->loop, world->monitor, &server, NULL) == WT_OK);
}

static void close_server(struct world *world) {
    wt_server_destroy(world->server);
    wt_monitor_destroy(world->monitor);
    require(uv_loop_close(&world->loop) == 0);
}

static void turn(struct world *world) {
    for (int i = 0; i < 3; i++)
        uv_run(&world->loop, UV_RUN_NOWAIT);
}

static int connect_to_server(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memcpy(address.sun_path, socket_path, sizeof socket_path);
    require(fd >= 0);
    require(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

/* ---- the honest worker ---- */

static void setup(void *context, struct wt_bus_peer *peer, const struct wt_bus_invoke *invoke) {
    struct world *world = context;
    struct wt_buffer value = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&value);
    world->setups++;
    wt_bus_write_array(&writer, 1);
    wt_bus_write_array(&writer, 3);
    wt_bus_write_symbol_z(&writer, "requests_total");
    wt_bus_write_symbol_z(&writer, "u64");
    wt_bus_write_uint(&writer, 0);
    wt_bus_peer_return(peer, &invoke->id, &value);
    wt_buffer_fini(&value);
}

static const struct wt_bus_method methods[] = {
    {.name = "setup_utilization_observer", .least = 3, .most = 3, .call = setup}};
static const struct wt_bus_object objects[] = {{"worker", "Worker", methods, 1}};
static const struct wt_bus_handlers handlers = {objects, 1};

static void on_answer(void *context, struct wt_bus_peer *peer, const struct wt_bus_answer *answer) {
    struct world *world = context;
    (void)peer;
    if (answer->outcome == WT_BUS_GONE)
        return;
    require(answer->outcome == WT_BUS_RETURNED);
    world->answers++;
    if (world->honest_id == 0) {
        int64_t id;
        require(wt_bus_to_int64(answer->value, &id) && id > 0);
        world->honest_id = (uint64_t)id;
    }
}

static void say(struct world *world, const char *method, const struct wt_buffer *arguments,
                uint32_t argument_count, const struct wt_buffer *options, uint32_t option_count) {
    const struct wt_bus_call call = {.object = wt_bus_token_symbol("supervisor"),
                                     .method = method,
                                     .arguments = arguments,
                                     .argument_count = argument_count,
                                     .options = options,
                                     .option_count = option_count,
                                     .answer_bytes = 1U << 22,
                                     .on_answer = on_answer,
                                     .context = world};
    int wanted = world->answers + 1;
    require(wt_bus_peer_call(world->peer, &call, NULL, NULL) == WT_OK);
    for (int i = 0; i < TURNS && world->answers < wanted; i++) {
        static char bytes[1 << 16];
        struct wt_buffer *output = wt_bus_peer_output(world->peer);
        if (output->length > 0) {
            ssize_t sent = send(world->honest, output->data, output->length, MSG_NOSIGNAL);
            require(sent > 0 || errno == EAGAIN);
            wt_bus_peer_sent(world->peer, sent > 0 ? (size_t)sent : 0);
        }
        turn(world);
        ssize_t got = recv(world->honest, bytes, sizeof bytes, 0);
        require(got > 0 || (got < 0 && errno == EAGAIN));
        if (got > 0)
            require(wt_bus_peer_feed(world->peer, bytes, (size_t)got, NULL) == WT_OK);
    }
    require(world->answers == wanted);
}

static void open_honest(struct world *world) {
    struct wt_buffer worker = {0}, options = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&worker);
    world->honest = connect_to_server();
    require(wt_bus_peer_create(&world->peer, WT_BUS_CONNECTING, NULL, &handlers, world, NULL) ==
            WT_OK);
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_symbol_z(&writer, "worker");
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_PROXY);
    writer = wt_bus_writer_over(&options);
    wt_bus_write_symbol_z(&writer, "process_id");
    wt_bus_write_uint(&writer, (uint64_t)getpid());
    wt_bus_write_symbol_z(&writer, "state");
    wt_bus_write_map(&writer, 1);
    wt_bus_write_symbol_z(&writer, "name");
    wt_bus_write_string_z(&writer, "honest");
    say(world, "register", &worker, 1, &options, 2);
    wt_buffer_fini(&worker);
    wt_buffer_fini(&options);
    require(world->setups == 1);
}

static void check_honest(struct world *world, bool show) {
    uint64_t ids[GUESTS * COMMANDS_MAX + 1];
    say(world, "keys", NULL, 0, NULL, 0);
    say(world, "status", NULL, 0, NULL, 0);
    size_t count = wt_monitor_keys(world->monitor, ids, sizeof ids / sizeof *ids);
    require(count > 0 && ids[0] == world->honest_id && world->setups == 1);
    const struct wt_snapshot *snapshot = wt_monitor_tick(world->monitor, wt_clock_now());
    require(snapshot != NULL);
    int at = wt_snapshot_find_service(snapshot, "honest");
    require(at >= 0 && snapshot->services[at].worker_count >= 1);
    if (show) /* it takes most of the time */
        fuzz_check_snapshot(snapshot, snapshot->time, 1);
    say(world, "snapshot", NULL, 0, NULL, 0);
}

/* ---- the others ---- */

static void close_guest(struct world *world, int guest) {
    if (world->guests[guest] >= 0)
        close(world->guests[guest]);
    world->guests[guest] = -1;
}

/* Sends what it can; what the monitor does not take is lost. Reads all that came. */
static void exchange(struct world *world, int guest, const void *bytes, size_t length) {
    static char received[1 << 16];
    if (world->guests[guest] < 0)
        world->guests[guest] = connect_to_server();
    if (length > 0 && send(world->guests[guest], bytes, length, MSG_NOSIGNAL) < 0)
        require(errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
    turn(world);
    while (recv(world->guests[guest], received, sizeof received, 0) > 0)
        ;
}

/* Invoke, Return or Error of a worker, with bytes of the input in the middle of it. */
static void send_message(struct world *world, int guest, enum command command) {
    uint8_t id = fuzz_byte(&world->input);
    size_t length;
    uint8_t *bytes = fuzz_bytes(&world->input, fuzz_byte(&world->input), &length);
    struct wt_buffer message = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&message);
    size_t mark = wt_bus_write_ext_begin(&writer);
    wt_bus_write_uint(&writer, id);
    uint8_t ext = WT_BUS_EXT_RETURN;
    switch (command) {
    case REGISTER: {
        ext = WT_BUS_EXT_INVOKE;
        wt_bus_write_symbol_z(&writer, "supervisor");
        wt_bus_write_uint(&writer, 2);
        wt_bus_write_symbol_z(&writer, "register");
        size_t inner = wt_bus_write_ext_begin(&writer);
        wt_bus_write_symbol_z(&writer, "worker");
        wt_bus_write_ext_end(&writer, inner, WT_BUS_EXT_PROXY);
        wt_bus_write_uint(&writer, 2);
        wt_bus_write_symbol_z(&writer, "process_id");
        wt_bus_write_uint(&writer, (uint64_t)id << 8);
        wt_bus_write_symbol_z(&writer, "state");
        wt_bus_write_map(&writer, id & 1 ? 2 : 1);
        wt_bus_write_symbol_z(&writer, "name");
        wt_bus_write_string(&writer, (const char *)bytes, length);
        if (id & 1) {
            wt_bus_write_symbol_z(&writer, "instance");
            wt_bus_write_string_z(&writer, "0123456789abcdef0123456789abcdef");
        }
        wt_bus_write_bool(&writer, false);
        break;
    }
    case CALL:
        ext = WT_BUS_EXT_INVOKE;
        wt_bus_write_symbol_z(&writer, "supervisor");
        wt_buffer_append(&message, bytes, length);
        break;
    case FAIL: {
        ext = WT_BUS_EXT_ERROR;
        size_t inner = wt_bus_write_ext_begin(&writer);
        wt_bus_write_string_z(&writer, "RuntimeError");
        wt_bus_write_string(&writer, (const char *)bytes, length);
        wt_bus_write_nil(&writer);
        wt_bus_write_ext_end(&writer, inner, WT_BUS_EXT_EXCEPTION);
        break;
    }
    default: /* ANSWER */
        wt_buffer_append(&message, bytes, length);
    }
    wt_bus_write_ext_end(&writer, mark, ext);
    exchange(world, guest, message.data, message.length);
    wt_buffer_fini(&message);
    free(bytes);
}

/* All time-outs pass at once, but for that of who only lingers. */
static void expire(struct world *world) {
    for (struct wt_session *session = world->server->sessions, *next; session != NULL;
         session = next) {
        next = session->next;
        bool waits = session->phase == WT_SESSION_SETUP || session->phase == WT_SESSION_RECORDER;
        if (!waits || session->deadline_ns == 0)
            continue;
        wt_server_clear_deadline(session);
        wt_session_expire(session);
    }
}

static void act(struct world *world, enum command command, int guest) {
    size_t length;
    uint8_t *bytes;
    switch (command) {
    case SEND:
        bytes = fuzz_bytes(&world->input, fuzz_byte(&world->input), &length);
        exchange(world, guest, bytes, length);
        free(bytes);
        break;
    case REGISTER:
    case ANSWER:
    case FAIL:
    case CALL:
        send_message(world, guest, command);
        break;
    case HALF_CLOSE:
        if (world->guests[guest] >= 0)
            shutdown(world->guests[guest], SHUT_WR);
        break;
    case CLOSE:
        close_guest(world, guest);
        break;
    case EXPIRE:
        expire(world);
        break;
    case TICK:
        require(wt_monitor_tick(world->monitor, wt_clock_now()) != NULL);
        wt_server_check(world->server);
        wt_server_offer_room(world->server);
        break;
    case COMMANDS:
        break;
    }
    turn(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct world world = {.input = {data, size}, .guests = {-1, -1, -1, -1}};
    make_directory();
    open_server(&world);
    open_honest(&world);
    for (int i = 0; i < COMMANDS_MAX && world.input.left > 0; i++) {
        uint8_t byte = fuzz_byte(&world.input);
        act(&world, (enum command)(byte % COMMANDS), byte / COMMANDS % GUESTS);
        require(wt_store_validate(world.monitor->stores[WT_STORE_VALUES], NULL) == WT_OK);
    }
    check_honest(&world, size % 4 == 0);
    for (int guest = 0; guest < GUESTS; guest++)
        close_guest(&world, guest);
    wt_bus_peer_destroy(world.peer);
    close(world.honest);
    close_server(&world);
    return 0;
}
