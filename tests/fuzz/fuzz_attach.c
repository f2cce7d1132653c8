/* fuzz_attach.c - files that an attacker writes while a viewer is attached to them.
 *
 *     [flags] then one-byte commands (enum command) with their arguments
 *
 * A small directory file (directory_file.h) and its two stores lie there, of a monitor that is
 * dead, or with the first bit of the flags alive. Bytes of all of them change, their ends are cut
 * off and come back, the directory is replaced, and the viewer looks in between. No look ends the
 * viewer, each ends soon, and what it shows is harmless (shown.h).
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/attach.h"
#include "attach/past.h"
#include "base/process.h"
#include "fuzz/directory_file.h"
#include "fuzz/shown.h"

enum { ALIVE = 1, COMMANDS_MAX = 40, FILES = 3, LOOKS_SHOWN = 3 };

enum command { PATCH, REPAIR, STORE, LOOK, CUT, RESTORE, REPLACE, COMMANDS };

static char directory[] = "/dev/shm/worktop-fuzz-XXXXXX";
static char paths[FILES + 1][sizeof directory + 8];
static int fds[FILES]; /* the directory file, two stores */
static const size_t sizes[] = {0, 4096, 36864};
static size_t directory_bytes;

struct world {
    struct fuzz_input input;
    struct wt_attach *attach;
    struct wt_time now;
    uint8_t *file; /* what the directory file holds */
    int looks;
    bool is_alive;
};

static void remove_files(void) {
    for (int i = 0; i <= FILES; i++)
        unlink(paths[i]);
    rmdir(directory);
}

static void make_files(void) {
    static const char *const names[] = {"x.dir", "u.shm", "r.shm", "next"};
    struct wt_shared_store_record records[FUZZ_DIRECTORY_STORES] = {
        {.size_bytes = 4096, .max_bytes = 8192, .segment_bytes = 512, .segment_count = 8},
        {.size_bytes = 36864, .max_bytes = 36864, .segment_bytes = 576, .segment_count = 64}};
    if (directory_bytes > 0)
        return;
    require(mkdtemp(directory) != NULL);
    for (int i = 0; i <= FILES; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", directory, names[i]);
    atexit(remove_files);
    for (int i = 1; i < FILES; i++) {
        struct stat st;
        fds[i] = open(paths[i], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        require(fds[i] >= 0 && fstat(fds[i], &st) == 0);
        records[i - 1].device = (uint64_t)st.st_dev;
        records[i - 1].inode = (uint64_t)st.st_ino;
    }
    const char *const stores[FUZZ_DIRECTORY_STORES] = {paths[1], paths[2], NULL};
    fuzz_directory_stores(stores, records);
    fuzz_directory_file(&directory_bytes);
    fds[0] = open(paths[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    require(fds[0] >= 0);
}

static void write_all(int fd, const void *bytes, size_t length, uint64_t offset) {
    require(pwrite(fd, bytes, length, (off_t)offset) == (ssize_t)length);
}

/* All files as they were in the beginning. */
static void restore(struct world *world) {
    struct wt_shared_directory_header *header = (void *)world->file;
    static const char zeros[36864];
    memcpy(world->file, fuzz_directory_file(&directory_bytes), directory_bytes);
    header->monitor_pid = (1 << 22) + 9;
    if (world->is_alive) {
        struct wt_process_look look = {.start_ticks = 0};
        require(wt_process_look(getpid(), &look, NULL) == WT_OK);
        header->monitor_pid = getpid();
        header->monitor_start_ticks = look.start_ticks;
    }
    for (int i = 1; i < FILES; i++) {
        require(ftruncate(fds[i], (off_t)sizes[i]) == 0);
        write_all(fds[i], zeros, sizes[i], 0);
    }
    write_all(fds[0], world->file, directory_bytes, 0);
    require(ftruncate(fds[0], (off_t)directory_bytes) == 0);
}

static void patch(struct world *world) {
    size_t begin, size, count;
    fuzz_directory_part(fuzz_byte(&world->input), &begin, &size);
    size_t offset = (size_t)fuzz_word(&world->input, 2) % size;
    uint8_t *bytes = fuzz_bytes(&world->input, fuzz_byte(&world->input), &count);
    if (count > size - offset)
        count = size - offset;
    memcpy(world->file + begin + offset, bytes, count);
    write_all(fds[0], bytes, count, begin + offset);
    free(bytes);
}

static void repair(struct world *world) {
    struct wt_shared_directory_header *header = (void *)world->file;
    if (header->version == 0)
        header->version = WT_SHARED_DIRECTORY_VERSION; /* a viewer waits for it, for a second */
    fuzz_directory_repair(world->file, directory_bytes);
    write_all(fds[0], world->file, directory_bytes, 0);
}

static void write_store(struct world *world) {
    int which = 1 + (fuzz_byte(&world->input) & 1);
    size_t offset = (size_t)fuzz_word(&world->input, 2) % sizes[which], count;
    uint8_t *bytes = fuzz_bytes(&world->input, fuzz_byte(&world->input), &count);
    if (count > sizes[which] - offset)
        count = sizes[which] - offset;
    write_all(fds[which], bytes, count, offset);
    free(bytes);
}

static void replace(struct world *world) {
    int fd = open(paths[FILES], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0);
    write_all(fd, world->file, directory_bytes, 0);
    require(rename(paths[FILES], paths[0]) == 0);
    close(fds[0]);
    fds[0] = fd;
}

/* The hour that the monitor wrote down: somebody's bytes, like all the others. It is gone on with,
 * and a moment of it is shown. */
static void look_back(struct world *world, const struct wt_snapshot *snapshot) {
    struct wt_history *history;
    const struct wt_snapshot *moment;
    struct wt_error err = {0};
    wt_status status = wt_attach_history(world->attach, &history, &err);
    require((status == WT_OK) == (history != NULL));
    if (status != WT_OK) {
        require(err.text[0] != '\0' && fuzz_is_harmless(err.text, strlen(err.text)));
        return;
    }
    for (size_t i = 0; i < wt_history_service_count(history); i++) {
        const char *name = wt_history_service_name(history, i);
        require(fuzz_is_harmless(name, strlen(name)));
    }
    wt_history_feed(history, snapshot);
    int64_t oldest = wt_history_oldest(history), newest = wt_history_newest(history);
    require(oldest <= newest);
    if (wt_history_moment(history, snapshot, newest - 1, &moment, NULL) == WT_OK) {
        fuzz_check_foreign(moment, world->now);
        wt_snapshot_unref(moment);
    }
    wt_history_destroy(history);
}

/* False when there is nothing to attach to. */
static bool look(struct world *world, int64_t step_ns) {
    const struct wt_snapshot *snapshot = NULL;
    struct wt_error err = {0};
    wt_status status = WT_OK;
    world->now.monotonic_ns += step_ns;
    world->now.realtime_ns += step_ns;
    repair(world);
    if (world->attach == NULL)
        status = wt_attach_open(&world->attach, paths[0], world->now, &err);
    require((status == WT_OK) == (world->attach != NULL));
    if (status == WT_OK)
        status = wt_attach_look(world->attach, world->now, &snapshot, &err);
    if (status != WT_OK) {
        require(err.text[0] != '\0' && fuzz_is_harmless(err.text, strlen(err.text)));
        return world->attach != NULL;
    }
    require(snapshot != NULL && snapshot->source.kind == WT_SOURCE_ATTACH);
    require(fuzz_is_harmless(snapshot->source.problem, strlen(snapshot->source.problem)));
    require(wt_attach_next_ns(world->attach, world->now, WT_NS_PER_S) > world->now.monotonic_ns);
    if (world->looks++ >= LOOKS_SHOWN)
        return true;
    fuzz_check_foreign(snapshot, world->now);
    look_back(world, snapshot);
    return true;
}

/* False when the viewer cannot go on. */
static bool act(struct world *world, enum command command) {
    switch (command) {
    case PATCH:
        patch(world);
        break;
    case REPAIR:
        repair(world);
        break;
    case STORE:
        write_store(world);
        break;
    case LOOK:
        return look(world, (int64_t)fuzz_byte(&world->input) * 100 * WT_NS_PER_MS);
    case CUT: {
        int which = fuzz_byte(&world->input) % FILES;
        size_t size = which == 0 ? directory_bytes : sizes[which];
        require(ftruncate(fds[which], (off_t)(fuzz_word(&world->input, 2) % size)) == 0);
        break;
    }
    case RESTORE:
        restore(world);
        break;
    case REPLACE:
        replace(world);
        break;
    case COMMANDS:
        break;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct world world = {.input = {data, size}, .now = fuzz_directory_now};
    make_files();
    world.is_alive = fuzz_byte(&world.input) & ALIVE;
    require(posix_memalign((void **)&world.file, 64, directory_bytes) == 0);
    restore(&world);
    bool goes_on = true;
    for (int i = 0; i < COMMANDS_MAX && goes_on && world.input.left > 0; i++)
        goes_on = act(&world, (enum command)(fuzz_byte(&world.input) % COMMANDS));
    if (goes_on)
        look(&world, WT_NS_PER_S);
    wt_attach_close(world.attach);
    free(world.file);
    return 0;
}
