#include "sim/pipeline.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "schema/schema.h"
#include "shm/guard.h"
#include "sim/sim.h"
#include "support/files.h"

static struct wt_schema *make_schema(void) {
    static const char *const keys[SIM_WORDS] = {[SIM_WORD_REQUESTS] = "requests_total",
                                                [SIM_WORD_ERRORS] = "requests_errors_total",
                                                [SIM_WORD_ACTIVE] = "requests_active",
                                                [SIM_WORD_QUEUED] = "requests_queued",
                                                [SIM_WORD_SLOTS] = "slots_limit"};
    struct wt_schema_builder *builder = wt_schema_builder_create(512);
    struct wt_schema *schema;
    for (unsigned word = 0; builder != NULL && word < SIM_WORDS; word++)
        wt_schema_builder_add(builder, keys[word], strlen(keys[word]), "u64", 3, 8 * word, NULL, 0);
    if (builder == NULL || wt_schema_builder_finish(builder, &schema, NULL) != WT_OK)
        sim_fail("no schema");
    wt_schema_builder_destroy(builder);
    return schema;
}

void sim_pipeline_open(struct sim_pipeline *pipeline, const struct wt_health_limits *limits) {
    *pipeline = (struct sim_pipeline){
        .directory = test_directory(), .schema = make_schema(), .limits = limits};
    snprintf(pipeline->socket_path, sizeof pipeline->socket_path, "%s/supervisor.ipc",
             pipeline->directory);
    if (wt_guard_install(WT_GUARD_ALWAYS, NULL) != WT_OK)
        sim_fail("no guard");
}

void sim_pipeline_close(struct sim_pipeline *pipeline) {
    wt_monitor_destroy(pipeline->monitor);
    wt_place_close(&pipeline->place);
    for (size_t i = 0; i < pipeline->killed_count; i++)
        wt_monitor_destroy(pipeline->killed[i]);
    free(pipeline->killed);
    wt_schema_unref(pipeline->schema);
    test_remove_tree(pipeline->directory);
    free(pipeline->directory);
}

void sim_pipeline_start(struct sim_pipeline *pipeline, struct wt_time now) {
    const struct wt_place_options where = {.socket_path = pipeline->socket_path, .gid = (gid_t)-1};
    struct wt_place *place = &pipeline->place;
    struct wt_error err;
    if (wt_place_open(place, &where, &err) != WT_OK || wt_place_lock(place, NULL, &err) != WT_OK ||
        wt_place_set_aside(place, &err) != WT_OK)
        sim_fail("%s", err.text);
    const struct wt_monitor_options options = {
        .store_path = place->files[WT_PLACE_STORE],
        .recorder_path = place->files[WT_PLACE_RECORDERS],
        .wide_path = place->files[WT_PLACE_RECORDERS_WIDE],
        .directory_path = place->files[WT_PLACE_STORE_DIRECTORY],
        .takes_over = place->has_previous,
        .socket_path = pipeline->socket_path,
        .limits = pipeline->limits,
    };
    if (wt_monitor_create(&pipeline->monitor, &options, now, &err) != WT_OK)
        sim_fail("%s", err.text);
    pipeline->generation++;
    pipeline->started_ns = now.monotonic_ns;
}

/* What the kernel does when a process dies whose descriptors this one still has: all locks on the
 * files of the place are dropped. */
static void drop_locks(const struct sim_pipeline *pipeline) {
    char path[64], target[256];
    DIR *all = opendir("/proc/self/fd");
    const struct dirent *one;
    while (all != NULL && (one = readdir(all)) != NULL) {
        snprintf(path, sizeof path, "/proc/self/fd/%.16s", one->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length > 0 ? length : 0] = '\0';
        if (strncmp(target, pipeline->directory, strlen(pipeline->directory)) == 0)
            flock(atoi(one->d_name), LOCK_UN);
    }
    if (all != NULL)
        closedir(all);
}

void sim_pipeline_kill(struct sim_pipeline *pipeline) {
    pipeline->killed =
        sim_resize(pipeline->killed, (pipeline->killed_count + 1) * sizeof *pipeline->killed);
    pipeline->killed[pipeline->killed_count++] = pipeline->monitor;
    pipeline->monitor = NULL;
    wt_place_close(&pipeline->place);
    drop_locks(pipeline);
}

void sim_pipeline_look(struct sim_pipeline *pipeline, struct wt_time now) {
    if (wt_monitor_wants_looks(pipeline->monitor))
        wt_monitor_look(pipeline->monitor, now);
}

const struct wt_snapshot *sim_pipeline_tick(struct sim_pipeline *pipeline, struct wt_time now,
                                            void (*offer)(void *context, uint64_t id,
                                                          const struct wt_offer *offer),
                                            void *context) {
    struct wt_monitor *monitor = pipeline->monitor;
    const struct wt_snapshot *snapshot = wt_monitor_tick(monitor, now);
    if (snapshot == NULL)
        sim_fail("no memory for a look");
    struct wt_monitor_growth *growth;
    while ((growth = wt_monitor_growth_due(monitor, now)) != NULL) {
        wt_monitor_growth_run(growth);
        wt_monitor_growth_finish(monitor, growth, now);
    }
    uint64_t id;
    struct wt_offer next;
    while (wt_monitor_next_offer(monitor, now, &id, &next))
        offer(context, id, &next);
    return snapshot;
}
