#include "sim/puppet.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm/layout.h"
#include "sim/sim.h"

/* ---- processes ------------------------------------------------------------------------------- */

static bool look(void *context, int64_t pid, struct wt_process_look *out) {
    const struct sim_processes *processes = context;
    *out = (struct wt_process_look){.start_ticks = 1, .state = 'S', .threads = 1};
    if (pid == (int64_t)getpid())
        return true; /* the monitor */
    if (pid < SIM_FIRST_PID || (size_t)(pid - SIM_FIRST_PID) >= processes->count)
        return false;
    const struct sim_process *process = &processes->items[pid - SIM_FIRST_PID];
    out->start_ticks = process->start_ticks;
    return !process->is_gone;
}

static int64_t uptime_ns(void *context) {
    return ((const struct sim_processes *)context)->now->monotonic_ns;
}

void sim_processes_open(struct sim_processes *processes, const struct wt_time *now) {
    *processes = (struct sim_processes){
        .now = now, .source = {.look = look, .uptime_ns = uptime_ns, .context = processes}};
    wt_process_override(&processes->source);
}

void sim_processes_close(struct sim_processes *processes) {
    wt_process_override(NULL);
    free(processes->items);
}

int64_t sim_processes_start(struct sim_processes *processes) {
    if (processes->count == processes->capacity) {
        processes->capacity = processes->capacity == 0 ? 256 : 2 * processes->capacity;
        processes->items =
            sim_resize(processes->items, processes->capacity * sizeof *processes->items);
    }
    const int64_t tick_ns = WT_NS_PER_S / sysconf(_SC_CLK_TCK);
    processes->items[processes->count] =
        (struct sim_process){.start_ticks = (uint64_t)(processes->now->monotonic_ns / tick_ns)};
    return SIM_FIRST_PID + (int64_t)processes->count++;
}

void sim_processes_end(struct sim_processes *processes, int64_t pid) {
    processes->items[pid - SIM_FIRST_PID].is_gone = true;
}

/* ---- shared memory --------------------------------------------------------------------------- */

static void unmap(struct sim_region *region) {
    if (region->map != NULL)
        munmap(region->map, region->map_bytes);
    *region = (struct sim_region){0};
}

static void map(struct sim_region *region, const struct wt_offer *offer) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), begin = offer->offset / page * page;
    unmap(region);
    int fd = open(offer->path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        sim_fail("cannot open %s", offer->path);
    region->map_bytes = (size_t)(offer->offset + offer->size_bytes - begin);
    region->map =
        mmap(NULL, region->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)begin);
    if (region->map == MAP_FAILED)
        sim_fail("cannot map %s", offer->path);
    close(fd);
    region->data = (unsigned char *)region->map + (offer->offset - begin);
    region->bytes = offer->size_bytes;
}

void sim_puppet_set(struct sim_puppet *puppet, enum sim_word word, uint64_t value) {
    puppet->words[word] = value;
    if (puppet->segment.data != NULL)
        __atomic_store_n((uint64_t *)(void *)puppet->segment.data + word, value, __ATOMIC_RELAXED);
}

static struct wt_shared_recorder_thread *record_of(const struct sim_puppet *puppet, uint32_t slot) {
    return (struct wt_shared_recorder_thread *)(void *)(puppet->recorder.data +
                                                        sizeof(struct wt_shared_recorder_header)) +
           slot;
}

void sim_puppet_step(struct sim_puppet *puppet, uint32_t slot, int step, int64_t now_ns) {
    if (puppet->slots != NULL)
        wt_recorder_step(&puppet->slots[slot], step, (uint64_t)now_ns);
}

void sim_puppet_heartbeat(struct sim_puppet *puppet, int64_t now_ns) {
    if (puppet->recorder.data == NULL)
        return;
    struct wt_shared_recorder_header *header =
        (struct wt_shared_recorder_header *)(void *)puppet->recorder.data;
    __atomic_store_n(&header->heartbeat_ns, (uint64_t)now_ns, __ATOMIC_RELAXED);
}

/* ---- life ------------------------------------------------------------------------------------ */

void sim_puppet_start(struct sim_puppet *puppet, struct sim_processes *processes, bool has_records,
                      uint32_t slot_count) {
    *puppet = (struct sim_puppet){.has_records = has_records, .slot_count = slot_count};
    puppet->pid = sim_processes_start(processes);
    puppet->words[SIM_WORD_SLOTS] = slot_count;
    if (!has_records)
        return;
    memcpy(puppet->instance, &puppet->pid, sizeof puppet->pid);
    size_t bytes = slot_count * sizeof *puppet->slots;
    puppet->slots = aligned_alloc(64, bytes);
    if (puppet->slots == NULL)
        sim_fail("no memory");
    memset(puppet->slots, 0, bytes);
}

void sim_puppet_end(struct sim_puppet *puppet, struct sim_processes *processes) {
    sim_processes_end(processes, puppet->pid);
    unmap(&puppet->segment);
    unmap(&puppet->recorder);
    free(puppet->slots);
    puppet->slots = NULL;
    puppet->generation = 0;
}

/* ---- the bus --------------------------------------------------------------------------------- */

static void take_recorder(struct sim_puppet *puppet, const struct wt_offer *offer, int64_t now_ns) {
    map(&puppet->recorder, offer);
    struct wt_shared_recorder_header *header =
        (struct wt_shared_recorder_header *)(void *)puppet->recorder.data;
    for (uint32_t i = 0; i < puppet->slot_count; i++) {
        *record_of(puppet, i) = puppet->slots[i].truth;
        puppet->slots[i].region = record_of(puppet, i);
    }
    header->threads = puppet->slot_count;
    header->heartbeat_ns = header->started_ns = (uint64_t)now_ns;
    header->process_id = (uint64_t)puppet->pid;
    __atomic_store_n(&header->version, WT_SHARED_RECORDER_VERSION, __ATOMIC_RELEASE);
}

void sim_puppet_take(struct sim_puppet *puppet, struct sim_pipeline *pipeline,
                     const struct wt_offer *offer, struct wt_time now) {
    struct wt_offer recorder;
    if (offer->is_recorder) {
        take_recorder(puppet, offer, now.monotonic_ns);
        wt_monitor_recorder_answered(pipeline->monitor, puppet->id, WT_RECORDER_ACCEPTED, now);
        return;
    }
    map(&puppet->segment, offer);
    puppet->generation = pipeline->generation;
    for (unsigned word = 0; word < SIM_WORDS; word++)
        sim_puppet_set(puppet, (enum sim_word)word, puppet->words[word]);
    wt_monitor_setup_answered(pipeline->monitor, puppet->id, wt_schema_ref(pipeline->schema), now);
    if (puppet->has_records &&
        wt_monitor_recorder_offer(pipeline->monitor, puppet->id, now, &recorder)) {
        take_recorder(puppet, &recorder, now.monotonic_ns);
        wt_monitor_recorder_answered(pipeline->monitor, puppet->id, WT_RECORDER_ACCEPTED, now);
    }
}

void sim_puppet_connect(struct sim_puppet *puppet, struct sim_pipeline *pipeline,
                        const char *service, struct wt_time now) {
    struct wt_registration registration = {.pid = puppet->pid,
                                           .pidfd = -1,
                                           .announced_pid = puppet->pid,
                                           .service = service,
                                           .service_length = strlen(service),
                                           .has_instance = puppet->has_records,
                                           .threads = puppet->slot_count};
    struct wt_offer offer;
    struct wt_error err;
    memcpy(registration.instance, puppet->instance, sizeof puppet->instance);
    if (wt_monitor_register(pipeline->monitor, &registration, now, &puppet->id, &offer, &err) !=
        WT_OK)
        sim_fail("%s", err.text);
    puppet->connected_ns = now.monotonic_ns;
    if (offer.has_segment)
        sim_puppet_take(puppet, pipeline, &offer, now);
}

void sim_puppet_disconnect(struct sim_puppet *puppet, struct sim_pipeline *pipeline, bool goodbye,
                           struct wt_time now) {
    if (goodbye && puppet->recorder.data != NULL)
        __atomic_store_n(
            &((struct wt_shared_recorder_header *)(void *)puppet->recorder.data)->goodbye, 1,
            __ATOMIC_RELEASE);
    if (pipeline->monitor != NULL && puppet->id != 0)
        wt_monitor_remove(pipeline->monitor, puppet->id, now);
    puppet->id = 0;
}

bool sim_puppet_is_visible(const struct sim_puppet *puppet, const struct sim_pipeline *pipeline) {
    return puppet->generation != 0 && puppet->generation + 1 >= pipeline->generation;
}
