/* fuzz_store.c - workers that write every byte of the monitor's files, and never tell the truth.
 *
 * The input is a script of one-byte commands (enum command) with their arguments: workers register
 * with any name, answer with any schema, fail, leave, write any bytes anywhere into the store and
 * the recorder stores, while the monitor ticks and grows. After every command the books of the
 * stores are right, and what is shown of it is harmless (shown.h), also to a viewer that is
 * attached. At the end a tidy monitor leaves no file behind.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/attach.h"
#include "export/export.h"
#include "fuzz/shown.h"
#include "fuzz/tuples.h"
#include "monitor/internal.h"
#include "shm/layout.h"

enum { COMMANDS_MAX = 60, TUPLES_MAX = 12, IDS = 16 };

enum command {
    REGISTER,
    ANSWER,
    ANSWER_NOTHING,
    FAIL,
    RECORDER,
    WRITE,
    WRITE_REGION,
    TICK,
    LOOK,
    REMOVE,
    OFFER,
    GROW,
    TROUBLE,
    PROCESS_ENDED,
    COMMANDS
};

struct world {
    struct wt_monitor *monitor;
    struct wt_time now;
    struct fuzz_input input;
    uint32_t segment_bytes;
    bool has_directory;
    bool is_shown; /* at the end, which takes most of the time: a quarter of all inputs */
};

static char directory[] = "/dev/shm/worktop-fuzz-XXXXXX";

static void remove_directory(void) {
    rmdir(directory);
}

static const char *path_of(const char *name) {
    static char paths[8][64];
    static unsigned at;
    char *path = paths[at++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static void make_directory(void) {
    static bool made;
    if (made)
        return;
    require(mkdtemp(directory) != NULL);
    made = true;
    atexit(remove_directory);
}

static void open_world(struct world *world) {
    static const uint32_t sizes[] = {512, 64, 8, 1024};
    uint8_t shape = fuzz_byte(&world->input);
    world->segment_bytes = sizes[shape & 3];
    world->is_shown = (shape & 0x18) == 0;
    world->has_directory = (shape & 0x20) == 0;
    world->now = (struct wt_time){.monotonic_ns = 1000 * WT_NS_PER_S,
                                  .realtime_ns = INT64_C(1700000000) * WT_NS_PER_S};
    const struct wt_monitor_options options = {
        .store_path = path_of("utilization.shm"),
        .recorder_path = shape & 4 ? NULL : path_of("recorders.shm"),
        .wide_path = path_of("recorders-wide.shm"),
        .directory_path = world->has_directory ? path_of("x.dir") : NULL,
        .size_bytes = 4096,
        .segment_bytes = world->segment_bytes,
        .growth_factor = 1.5,
        .max_bytes = 1U << 16,
    };
    struct wt_error err;
    require(wt_monitor_create(&world->monitor, &options, world->now, &err) == WT_OK);
}

static void check_books(const struct world *world) {
    for (int i = 0; i < WT_STORE_INDICES; i++)
        if (world->monitor->stores[i] != NULL)
            require(wt_store_validate(world->monitor->stores[i], NULL) == WT_OK);
}

static uint64_t some_id(struct world *world) {
    return fuzz_byte(&world->input) % IDS;
}

static void do_register(struct world *world) {
    /* No process can have the second and third; ours lives. */
    const int64_t pids[] = {getpid(), (1 << 22) + 1, 0, (1 << 22) + 2};
    uint8_t who = fuzz_byte(&world->input), instance = fuzz_byte(&world->input);
    struct wt_registration registration = {
        .pid = pids[who & 3],
        .pidfd = -1,
        .announced_pid = who & 4 ? (int64_t)fuzz_word(&world->input, 8) : pids[who & 3],
        .instance = {instance},
        .has_instance = instance != 0,
        .threads = fuzz_byte(&world->input),
    };
    uint8_t *name =
        fuzz_bytes(&world->input, fuzz_byte(&world->input), &registration.service_length);
    registration.service = who & 8 ? NULL : (const char *)name;
    struct wt_offer offer;
    uint64_t id;
    require(wt_monitor_register(world->monitor, &registration, world->now, &id, &offer, NULL) ==
            WT_OK);
    require(!offer.has_segment || offer.size_bytes == world->segment_bytes);
    free(name);
}

static void do_recorder(struct world *world) {
    uint64_t id = some_id(world);
    bool accepted = fuzz_byte(&world->input) & 1;
    struct wt_offer offer;
    if (wt_monitor_recorder_offer(world->monitor, id, world->now, &offer))
        wt_monitor_recorder_answered(world->monitor, id, accepted, world->now);
}

/* Bytes into one of the files, wherever it says, through a descriptor of a worker's own: what a
 * mapping would do, too. The file is not made longer. */
static void write_file(const char *name, uint64_t offset, const uint8_t *bytes, size_t length) {
    struct stat stat;
    int fd = open(path_of(name), O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    require(fstat(fd, &stat) == 0);
    offset %= (uint64_t)stat.st_size;
    if (length > (uint64_t)stat.st_size - offset)
        length = (size_t)((uint64_t)stat.st_size - offset);
    require(pwrite(fd, bytes, length, (off_t)offset) == (ssize_t)length);
    close(fd);
}

static const char *const names[] = {"utilization.shm", "recorders.shm", "recorders-wide.shm",
                                    "x.dir"};

static void do_write(struct world *world) {
    uint8_t file = fuzz_byte(&world->input);
    uint64_t offset = fuzz_word(&world->input, 2);
    size_t length;
    uint8_t *bytes = fuzz_bytes(&world->input, fuzz_byte(&world->input), &length);
    write_file(names[file % 3], offset, bytes, length);
    free(bytes);
}

/* A recorder region that could be one: what the monitor believes at first sight. */
static void do_write_region(struct world *world) {
    uint8_t region = fuzz_byte(&world->input), shape = fuzz_byte(&world->input);
    struct {
        struct wt_shared_recorder_header header;
        struct wt_shared_recorder_thread threads[2];
    } bytes = {
        .header = {.version = WT_SHARED_RECORDER_VERSION, .threads = shape & 3},
    };
    bytes.header.heartbeat_ns = (uint64_t)world->now.monotonic_ns - fuzz_word(&world->input, 4);
    bytes.header.started_ns = (uint64_t)world->now.monotonic_ns - fuzz_word(&world->input, 4);
    bytes.header.goodbye = shape >> 2 & 1;
    for (int i = 0; i < 2; i++) {
        bytes.threads[i].active = fuzz_word(&world->input, 1);
        bytes.threads[i].area_ns = fuzz_word(&world->input, 8);
    }
    write_file(names[1 + (shape >> 3 & 1)], region * wt_recorder_stride(shape & 8 ? 256 : 16),
               (const uint8_t *)&bytes, sizeof bytes);
}

static const struct wt_snapshot *do_tick(struct world *world) {
    int64_t step = (int64_t)fuzz_byte(&world->input) * 100 * WT_NS_PER_MS;
    world->now.monotonic_ns += step;
    world->now.realtime_ns += step;
    const struct wt_snapshot *snapshot = wt_monitor_tick(world->monitor, world->now);
    require(snapshot != NULL);
    check_books(world);
    return snapshot;
}

static void do_offer(struct world *world) {
    struct wt_offer offer;
    uint64_t id;
    wt_monitor_offer_again(world->monitor, some_id(world));
    for (int i = 0; i < IDS && wt_monitor_next_offer(world->monitor, world->now, &id, &offer); i++)
        require(offer.has_segment);
}

static void do_grow(struct world *world) {
    struct wt_monitor_growth *growth = wt_monitor_growth_due(world->monitor, world->now);
    if (growth == NULL)
        return;
    if (fuzz_byte(&world->input) & 1)
        wt_monitor_growth_run(growth);
    wt_monitor_growth_finish(world->monitor, growth, world->now);
}

static void say(struct world *world, enum command command) {
    uint64_t id = some_id(world);
    size_t length;
    uint8_t *bytes = fuzz_bytes(&world->input, fuzz_byte(&world->input), &length);
    char *text = strndup((const char *)bytes, length);
    require(text != NULL);
    if (command == FAIL)
        wt_monitor_setup_failed(world->monitor, id, text, world->now);
    else
        wt_monitor_trouble(world->monitor, text, world->now);
    free(text);
    free(bytes);
}

static void look(struct world *world) {
    const struct wt_snapshot *snapshot = wt_monitor_status(world->monitor, world->now);
    require(snapshot != NULL);
    fuzz_check_snapshot(snapshot, world->now, 0);
}

static void act(struct world *world, enum command command) {
    switch (command) {
    case REGISTER:
        do_register(world);
        break;
    case ANSWER: {
        uint64_t id = some_id(world);
        size_t count = fuzz_byte(&world->input) % TUPLES_MAX;
        wt_monitor_setup_answered(world->monitor, id,
                                  fuzz_schema(&world->input, world->segment_bytes, count),
                                  world->now);
        break;
    }
    case ANSWER_NOTHING:
        wt_monitor_setup_answered(world->monitor, some_id(world), NULL, world->now);
        break;
    case FAIL:
    case TROUBLE:
        say(world, command);
        break;
    case RECORDER:
        do_recorder(world);
        break;
    case WRITE:
        do_write(world);
        break;
    case WRITE_REGION:
        do_write_region(world);
        break;
    case TICK:
        do_tick(world);
        break;
    case LOOK:
        look(world);
        break;
    case REMOVE:
        wt_monitor_remove(world->monitor, some_id(world), world->now);
        break;
    case OFFER:
        do_offer(world);
        break;
    case GROW:
        do_grow(world);
        break;
    case PROCESS_ENDED:
        wt_monitor_process_ended(world->monitor, (1 << 22) + 1, (int)fuzz_word(&world->input, 2));
        break;
    case COMMANDS:
        break;
    }
}

/* A viewer of the files sees what the monitor shows. */
static void check_attached(const struct wt_snapshot *ours, struct wt_time now) {
    struct wt_attach *attach;
    const struct wt_snapshot *theirs;
    struct wt_buffer first = {0}, second = {0};
    require(wt_attach_open(&attach, path_of("x.dir"), now, NULL) == WT_OK);
    require(wt_attach_look(attach, now, &theirs, NULL) == WT_OK);
    struct wt_snapshot copy = *theirs;
    copy.source = ours->source;
    wt_export_json(ours, now, &first);
    wt_export_json(&copy, now, &second);
    if (first.length != second.length || memcmp(first.data, second.data, first.length) != 0) {
        fprintf(stderr, "%.*s\n%.*s\n", (int)first.length, first.data, (int)second.length,
                second.data);
        require(!"a viewer sees what the monitor shows");
    }
    wt_buffer_fini(&first);
    wt_buffer_fini(&second);
    wt_attach_close(attach);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct world world = {.input = {data, size}};
    make_directory();
    open_world(&world);
    for (int i = 0; i < COMMANDS_MAX && world.input.left > 0; i++) {
        act(&world, (enum command)(fuzz_byte(&world.input) % COMMANDS));
        check_books(&world);
    }
    const struct wt_snapshot *last = do_tick(&world);
    if (world.is_shown)
        fuzz_check_snapshot(last, world.now, 1);
    if (world.is_shown && world.has_directory)
        check_attached(last, world.now);
    wt_monitor_destroy(world.monitor);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        require(access(path_of(names[i]), F_OK) != 0);
    return 0;
}
