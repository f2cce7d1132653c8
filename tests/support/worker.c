#include "support/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "support/support.h"

void wt_rig_open(struct wt_rig *rig, void (*tune)(struct wt_monitor_options *options)) {
    *rig = (struct wt_rig){.now = {.monotonic_ns = 1000 * WT_NS_PER_S,
                                   .realtime_ns = INT64_C(1700000000) * WT_NS_PER_S}};
    snprintf(rig->directory, sizeof rig->directory, "/tmp/worktop-monitor-XXXXXX");
    assert_non_null(mkdtemp(rig->directory));
    snprintf(rig->store_path, sizeof rig->store_path, "%s/utilization.shm", rig->directory);
    snprintf(rig->recorder_path, sizeof rig->recorder_path, "%s/recorders.shm", rig->directory);
    snprintf(rig->wide_path, sizeof rig->wide_path, "%s/recorders-wide.shm", rig->directory);
    rig->options = (struct wt_monitor_options){.store_path = rig->store_path,
                                               .recorder_path = rig->recorder_path,
                                               .wide_path = rig->wide_path,
                                               .size_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
                                               .segment_bytes = 512,
                                               .interval_ns = 86400 * WT_NS_PER_S};
    if (tune != NULL)
        tune(&rig->options);
    struct wt_error err = {0};
    if (wt_monitor_create(&rig->monitor, &rig->options, rig->now, &err) != WT_OK)
        fail_msg("%s", err.text);
}

void wt_rig_close(struct wt_rig *rig) {
    wt_monitor_destroy(rig->monitor);
    rig->monitor = NULL;
    assert_int_equal(rmdir(rig->directory), 0); /* no file was left behind */
}

void wt_rig_advance(struct wt_rig *rig, int64_t ns) {
    rig->now.monotonic_ns += ns;
    rig->now.realtime_ns += ns;
}

static void check_store(const struct wt_store_info *info) {
    uint64_t counts[3] = {0};
    assert_true(info->free_count + info->allocated_count + info->quarantined_count ==
                info->segment_count);
    for (uint64_t i = 0; i < info->segment_count; i++)
        counts[info->segment_states[i]]++;
    assert_true(counts[WT_SEGMENT_FREE] == info->free_count);
    assert_true(counts[WT_SEGMENT_ALLOCATED] == info->allocated_count);
    assert_true(counts[WT_SEGMENT_QUARANTINED] == info->quarantined_count);
    assert_true(info->held_count == info->quarantined_count);
    for (size_t i = 0; i < info->held_count; i++) {
        const struct wt_held_segment *held = &info->held[i];
        assert_int_equal(info->segment_states[held->segment], WT_SEGMENT_QUARANTINED);
        assert_true(info->segment_generations[held->segment] > 0);
        assert_true(i == 0 || held[-1].segment < held->segment);
    }
}

const struct wt_snapshot *wt_rig_tick(struct wt_rig *rig, int64_t ns) {
    wt_rig_advance(rig, ns);
    const struct wt_snapshot *snapshot = wt_monitor_tick(rig->monitor, rig->now);
    assert_non_null(snapshot);
    check_store(&snapshot->store);
    check_store(&snapshot->recorders);
    check_store(&snapshot->recorders_wide);
    for (int i = 0; i < WT_STORE_INDICES; i++)
        if (rig->monitor->stores[i] != NULL) {
            struct wt_error err;
            if (wt_store_validate(rig->monitor->stores[i], &err) != WT_OK)
                fail_msg("%s", err.text);
        }
    return snapshot;
}

struct wt_schema *wt_fake_schema(const char *const *triples) {
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    assert_non_null(builder);
    for (; *triples != NULL; triples++) {
        char key[256], type[16];
        long offset;
        assert_int_equal(sscanf(*triples, "%255s %15s %ld", key, type, &offset), 3);
        wt_schema_builder_add(builder, key, strlen(key), type, strlen(type), offset, NULL, 0);
    }
    struct wt_schema *schema;
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    return schema;
}

struct wt_fake wt_fake_register(struct wt_rig *rig, const char *service, int64_t pid,
                                uint64_t instance) {
    struct wt_fake fake = {.rig = rig};
    struct wt_registration registration = {
        .pid = pid,
        .pidfd = -1,
        .announced_pid = pid,
        .service = service,
        .service_length = service == NULL ? 0 : strlen(service),
        .has_instance = instance != 0,
        .threads = 2,
    };
    memcpy(registration.instance, &instance, sizeof instance);
    assert_int_equal(
        wt_monitor_register(rig->monitor, &registration, rig->now, &fake.id, &fake.offer, NULL),
        WT_OK);
    return fake;
}

void wt_fake_map(struct wt_fake *fake) {
    assert_true(fake->offer.has_segment);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint64_t begin = fake->offer.offset / page * page;
    int fd = open(fake->offer.path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    fake->map_bytes = (size_t)(fake->offer.offset + fake->offer.size_bytes - begin);
    fake->map = mmap(NULL, fake->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)begin);
    assert_true(fake->map != MAP_FAILED);
    close(fd);
    fake->segment = (unsigned char *)fake->map + (fake->offer.offset - begin);
}

void wt_fake_take_offer(struct wt_fake *fake) {
    uint64_t id;
    struct wt_offer offer;
    assert_true(wt_monitor_next_offer(fake->rig->monitor, fake->rig->now, &id, &offer));
    assert_true(id == fake->id);
    assert_false(offer.is_recorder);
    wt_fake_unmap(fake);
    fake->offer = offer;
    wt_fake_map(fake);
}

void wt_rig_assert_no_offer(struct wt_rig *rig) {
    uint64_t id;
    struct wt_offer offer;
    assert_false(wt_monitor_next_offer(rig->monitor, rig->now, &id, &offer));
}

size_t wt_rig_retired_stores(const struct wt_rig *rig) {
    size_t count = 0;
    for (int i = 0; i < WT_STORE_INDICES; i++)
        for (size_t k = 0; k < WT_RETIRED_STORES; k++)
            count += rig->monitor->healing[i].retired[k].store != NULL;
    return count;
}

size_t wt_count_events(const struct wt_snapshot *snapshot, enum wt_event_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < snapshot->event_count; i++)
        count += snapshot->events[i].kind == kind;
    return count;
}

void wt_fake_unmap(struct wt_fake *fake) {
    if (fake->map != NULL)
        munmap(fake->map, fake->map_bytes);
    fake->map = NULL;
    fake->segment = NULL;
}

void wt_fake_answer(struct wt_fake *fake, const char *const *triples) {
    if (fake->segment == NULL)
        wt_fake_map(fake);
    wt_monitor_setup_answered(fake->rig->monitor, fake->id, wt_fake_schema(triples),
                              fake->rig->now);
}

struct wt_fake wt_fake_join(struct wt_rig *rig, const char *service, const char *const *triples) {
    struct wt_fake fake = wt_fake_register(rig, service, getpid(), 0);
    wt_fake_answer(&fake, triples);
    return fake;
}

void wt_fake_leave(struct wt_fake *fake) {
    wt_fake_unmap(fake);
    wt_monitor_remove(fake->rig->monitor, fake->id, fake->rig->now);
}

void wt_fake_set(struct wt_fake *fake, size_t offset, uint64_t value) {
    memcpy(fake->segment + offset, &value, sizeof value);
}

void wt_fake_set32(struct wt_fake *fake, size_t offset, uint32_t value) {
    memcpy(fake->segment + offset, &value, sizeof value);
}

void wt_fake_set_real(struct wt_fake *fake, size_t offset, double value) {
    memcpy(fake->segment + offset, &value, sizeof value);
}

bool wt_find_worker(const struct wt_snapshot *snapshot, uint64_t id, struct wt_spot *out) {
    for (size_t c = 0; c < snapshot->cohort_count; c++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[c];
        for (size_t row = 0; row < cohort->row_count; row++)
            if (cohort->rows[row] != NULL && cohort->rows[row]->id == id) {
                *out = (struct wt_spot){.cohort = cohort,
                                        .row = row,
                                        .worker = cohort->rows[row],
                                        .status = &cohort->status[row]};
                return true;
            }
    }
    return false;
}

const struct wt_service *wt_find_service(const struct wt_snapshot *snapshot, const char *name) {
    int at = wt_snapshot_find_service(snapshot, name);
    if (at < 0)
        fail_msg("no service %s", name);
    return &snapshot->services[at];
}

const struct wt_field_stats *wt_find_field(const struct wt_snapshot *snapshot, const char *service,
                                           const char *key) {
    const struct wt_service *one = wt_find_service(snapshot, service);
    for (size_t i = 0; i < one->field_count; i++)
        if (strcmp(one->fields[i].key, key) == 0)
            return &one->fields[i];
    fail_msg("no field %s in %s", key, service);
    return NULL;
}

bool wt_has_event(const struct wt_snapshot *snapshot, enum wt_event_kind kind, const char *part) {
    for (size_t i = 0; i < snapshot->event_count; i++)
        if (snapshot->events[i].kind == kind && strstr(snapshot->events[i].text, part) != NULL)
            return true;
    return false;
}

void wt_assert_integer(struct wt_number number, int64_t value) {
    assert_int_equal(number.kind, WT_NUMBER_INTEGER);
    assert_true(number.integer == value);
}

pid_t wt_child_start(void) {
    pid_t parent = getpid(), pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == parent)
        pause();
    _exit(0);
}

void wt_child_reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

void wt_child_kill(pid_t pid, bool reap) {
    assert_int_equal(kill(pid, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    if (reap)
        wt_child_reap(pid);
}
