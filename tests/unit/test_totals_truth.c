/* Totals against the truth: workers that join, count, leave, die and come back at random, under
 * monitors that are killed and replaced. */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor/internal.h"
#include "support/worker.h"

static const int64_t second = WT_NS_PER_S;
static const char *const web[] = {"requests_total u64 0", "requests_active u64 8", NULL};

static size_t tally_count(const struct wt_rig *rig) {
    size_t count = 0;
    for (size_t i = 0; i < rig->monitor->totals.count; i++)
        count += rig->monitor->totals.items[i]->tally_count;
    return count;
}

enum { PROCESSES = 5, WORKERS = 24, SERVICES = 3, STEPS = 1500, KILLS = 64 };

static const char *const names[SERVICES] = {"api", "jobs", "web"};

/* What the test knows of one worker. */
struct actor {
    bool exists, connected, mapped;
    bool is_ghost; /* its segment is in the store of the monitor before */
    int process, service;
    uint64_t instance;
    uint64_t truth; /* counted by it */
    uint64_t seen;  /* of it, by the monitor, while it is away */
    struct wt_fake fake;
};

struct play {
    struct wt_rig rig;
    pid_t processes[PROCESSES];
    struct actor actors[WORKERS];
    wt_int128 dead[SERVICES];         /* counted by those that are gone */
    wt_int128 shown[SERVICES];        /* at the last tick */
    struct wt_monitor *killed[KILLS]; /* never called again before the end */
    int kills;
    uint64_t last_key;
    uint32_t random;
    bool may_kill;
};

static uint32_t roll(struct play *play, uint32_t sides) {
    play->random = play->random * 1664525 + 1013904223;
    return (play->random >> 8) % sides;
}

static bool has_keyless(const struct play *play, int process) {
    for (size_t i = 0; i < WORKERS; i++)
        if (play->actors[i].exists && play->actors[i].process == process &&
            play->actors[i].instance == 0)
            return true;
    return false;
}

static void publish_truth(struct actor *actor) {
    if (actor->mapped)
        wt_fake_set(&actor->fake, 0, actor->truth);
}

static void enter(struct play *play, struct actor *actor) {
    struct wt_fake fake = wt_fake_register(&play->rig, names[actor->service],
                                           play->processes[actor->process], actor->instance);
    if (actor->instance == 0 && actor->mapped && !actor->is_ghost) { /* it got its own back */
        actor->seen = actor->truth;
        actor->mapped = false;
    }
    if (roll(play, 8) == 0) { /* its connection breaks before it answers */
        wt_monitor_remove(play->rig.monitor, fake.id, play->rig.now);
        return;
    }
    wt_fake_unmap(&actor->fake);
    actor->fake = fake;
    wt_fake_map(&actor->fake);
    actor->mapped = actor->connected = true;
    actor->is_ghost = false;
    publish_truth(actor);
    wt_fake_answer(&actor->fake, web);
}

static void create(struct play *play, struct actor *actor) {
    int process = (int)roll(play, PROCESSES);
    bool keyed = has_keyless(play, process) || roll(play, 2) == 0;
    *actor = (struct actor){.exists = true,
                            .process = process,
                            .service = (int)roll(play, SERVICES),
                            .instance = keyed ? ++play->last_key : 0};
    enter(play, actor);
}

static void leave(struct play *play, struct actor *actor) {
    actor->seen = actor->truth;
    actor->connected = false;
    wt_monitor_remove(play->rig.monitor, actor->fake.id, play->rig.now);
}

static void die(struct play *play, int process) {
    wt_child_kill(play->processes[process], true);
    for (size_t i = 0; i < WORKERS; i++) {
        struct actor *actor = &play->actors[i];
        if (!actor->exists || actor->process != process)
            continue;
        /* What it counted into no segment that anybody can read is lost with it. */
        play->dead[actor->service] += actor->mapped ? actor->truth : actor->seen;
        if (actor->connected)
            wt_monitor_remove(play->rig.monitor, actor->fake.id, play->rig.now);
        wt_fake_unmap(&actor->fake);
        actor->exists = false;
    }
    play->processes[process] = wt_child_start();
}

/* The files are set aside as by wt_place_set_aside, and a new monitor is there. */
static void kill_monitor(struct play *play) {
    struct wt_rig *rig = &play->rig;
    const char *const files[] = {rig->store_path, rig->options.directory_path};
    if (play->kills == KILLS)
        return;
    for (size_t i = 0; i < 2; i++) {
        char previous[192];
        snprintf(previous, sizeof previous, "%s.previous", files[i]);
        assert_int_equal(rename(files[i], previous), 0);
    }
    play->killed[play->kills++] = rig->monitor;
    for (size_t i = 0; i < WORKERS; i++) {
        struct actor *actor = &play->actors[i];
        if (!actor->exists)
            continue;
        actor->mapped = actor->mapped && !actor->is_ghost; /* two stores ago: out of sight */
        actor->is_ghost = actor->mapped;
        actor->seen = actor->mapped ? actor->truth : actor->seen;
        actor->connected = false;
    }
    rig->options.takes_over = true;
    assert_int_equal(wt_monitor_create(&rig->monitor, &rig->options, rig->now, NULL), WT_OK);
}

/* What those that have not come back yet count in their old segments is read at each tick. */
static const struct wt_snapshot *tick(struct play *play) {
    for (size_t i = 0; i < WORKERS; i++)
        if (play->actors[i].exists && play->actors[i].is_ghost && play->actors[i].mapped)
            play->actors[i].seen = play->actors[i].truth;
    return wt_rig_tick(&play->rig, second);
}

static void check(struct play *play, const struct wt_snapshot *snapshot) {
    for (int s = 0; s < SERVICES; s++) {
        int at = wt_snapshot_find_service(snapshot, names[s]);
        if (at < 0 || snapshot->services[at].field_count == 0)
            continue;
        wt_int128 truth = play->dead[s];
        for (size_t i = 0; i < WORKERS; i++)
            if (play->actors[i].exists && play->actors[i].service == s)
                truth += play->actors[i].connected ? play->actors[i].truth : play->actors[i].seen;
        struct wt_number total = snapshot->services[at].fields[0].total;
        assert_int_equal(total.kind, WT_NUMBER_INTEGER);
        assert_true(total.integer == truth);
        assert_true(truth >= play->shown[s]);
        play->shown[s] = truth;
    }
}

static void step(struct play *play) {
    struct actor *actor = &play->actors[roll(play, WORKERS)];
    uint32_t what = roll(play, 100);
    if (what < 2) {
        die(play, (int)roll(play, PROCESSES));
        check(play, tick(play)); /* the tick learns of it */
    } else if (what < 4 && play->may_kill) {
        kill_monitor(play);
    } else if (what < 12)
        check(play, what < 8 ? tick(play) : wt_monitor_status(play->rig.monitor, play->rig.now));
    else if (!actor->exists)
        create(play, actor);
    else if (what < 60) {
        actor->truth += roll(play, 1000000);
        publish_truth(actor);
    } else if (actor->connected && (what < 80 || actor->instance == 0))
        leave(play, actor);
    else if (!actor->connected || what < 85)
        enter(play, actor); /* with a key also while its older connection stands */
}

static char directory_path[160];

static void want_directory(struct wt_monitor_options *options) {
    snprintf(directory_path, sizeof directory_path, "%s.dir", options->store_path);
    options->directory_path = directory_path;
}

static void close_play(struct play *play) {
    char previous[192];
    for (int i = 0; i < PROCESSES; i++)
        wt_child_kill(play->processes[i], true);
    for (int i = 0; i < play->kills; i++)
        wt_monitor_destroy(play->killed[i]); /* its files are not at their paths any more */
    snprintf(previous, sizeof previous, "%s.previous", directory_path);
    unlink(previous);
    snprintf(previous, sizeof previous, "%s.previous", play->rig.store_path);
    unlink(previous);
    wt_rig_close(&play->rig);
    free(play);
}

static void run(uint32_t seed, bool may_kill) {
    struct play *play = calloc(1, sizeof *play);
    assert_non_null(play);
    play->random = seed;
    play->may_kill = may_kill;
    wt_rig_open(&play->rig, want_directory);
    for (int i = 0; i < PROCESSES; i++)
        play->processes[i] = wt_child_start();
    for (int i = 0; i < STEPS; i++)
        step(play);
    for (int i = 0; i < PROCESSES; i++)
        die(play, i);
    wt_rig_tick(&play->rig, second);
    assert_int_equal(tally_count(&play->rig), 0);
    wt_rig_tick(&play->rig, second);
    assert_null(play->rig.monitor->takeover.store);
    assert_true(!may_kill || play->kills > 5);
    if (may_kill)
        kill_monitor(play);              /* nobody is left who could tell it again */
    for (int s = 0; s < SERVICES; s++) { /* whoever comes now sees it all */
        play->actors[s] = (struct actor){.exists = true, .service = s, .connected = true};
        play->actors[s].fake = wt_fake_join(&play->rig, names[s], web);
    }
    check(play, wt_rig_tick(&play->rig, second));
    for (int s = 0; s < SERVICES; s++)
        wt_fake_unmap(&play->actors[s].fake);
    close_play(play);
}

static void totals_agree_with_the_truth(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 2; seed++)
        run(seed, false);
}

static void totals_agree_across_monitors(void **state) {
    (void)state;
    for (uint32_t seed = 11; seed <= 13; seed++)
        run(seed, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_agree_with_the_truth),
        cmocka_unit_test(totals_agree_across_monitors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
