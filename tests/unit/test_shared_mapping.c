/*
 * Writers and readers on one and the same mapping, in one process.
 *
 * A monitor maps the store for itself, so that ThreadSanitizer, which knows memory by its address,
 * never sees a worker and a monitor meet. Here the monitor's readers (codec, sampler, recorder)
 * look at the very addresses where libworktop's counting functions write, while its thread
 * connects, takes up segments, leaves them and is dropped, over and over. Under the preset tsan
 * this test fails when one access on either side is not atomic or not ordered as it must be.
 */
#include "support/support.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bus/decode.h"
#include "client/internal.h"
#include "model/aggregate.h"
#include "monitor/cohort.h"
#include "net/answers.h"
#include "schema/codec.h"
#include "shm/layout.h"
#include "support/scripted.h"

#if defined(WT_SANITIZE_THREAD)
enum { CONNECTIONS = 40 };
#else
enum { CONNECTIONS = 60 };
#endif

enum { SEGMENT = 512, SEGMENTS = 64, REGION = 576, REGIONS_AT = SEGMENTS * SEGMENT, ADDERS = 2 };
enum { STORE_BYTES = REGIONS_AT + 8 * 4096 };

static const struct worktop_field fields[] = {
    {"requests_total", WORKTOP_U64, WORKTOP_ADD},     {"requests_active", WORKTOP_U64, WORKTOP_ADD},
    {"seconds_total", WORKTOP_F64, WORKTOP_ADD},      {"queue_length", WORKTOP_U64, WORKTOP_SET},
    {"loops_total", WORKTOP_U64, WORKTOP_ONE_WRITER}, {"hits_total", WORKTOP_U64, WORKTOP_GROUP(1)},
    {"misses_total", WORKTOP_U64, WORKTOP_GROUP(1)},
};
enum { REQUESTS, ACTIVE, SECONDS, QUEUE, LOOPS, HITS, MISSES, FIELDS };

struct scene {
    struct test_monitor monitor;
    struct worktop *worktop; /* with its own thread */
    struct worktop_handle *handles[FIELDS];
    struct worktop_group *group;
    int stop;                    /* atomic */
    struct wt_schema *schema;    /* as the worker answered it */
    uint64_t looks, torn, whole; /* the reader's */
    uint64_t disagreeing, recorded;
};

static bool goes_on(struct scene *scene) {
    return !__atomic_load_n(&scene->stop, __ATOMIC_RELAXED);
}

/* ---- Those who count ---- */

static void *add(void *context) {
    struct scene *scene = context;
    for (uint64_t i = 0; goes_on(scene); i++) {
        worktop_track_begin(scene->worktop, scene->handles[ACTIVE]);
        worktop_add(scene->handles[REQUESTS], 1);
        worktop_add_f64(scene->handles[SECONDS], 0.5);
        worktop_set(scene->handles[QUEUE], i);
        worktop_track_end(scene->worktop, scene->handles[ACTIVE]);
    }
    return NULL;
}

static void *write_alone(void *context) {
    struct scene *scene = context;
    while (goes_on(scene)) {
        worktop_own_add(scene->handles[LOOPS], 1);
        worktop_group_begin(scene->group);
        worktop_own_add(scene->handles[HITS], 1);
        worktop_own_add(scene->handles[MISSES], 2);
        worktop_group_end(scene->group);
    }
    return NULL;
}

/* ---- The one who looks ---- */

/* One way to read rows: a cohort of one worker, perhaps with an empty row behind it. */
struct way {
    struct wt_cohort_rows *cohort;
};

static struct wt_schema *schema_of(const char *const *keys, const char *const *types,
                                   const int64_t *offsets, size_t count) {
    struct wt_schema_builder *builder = wt_schema_builder_create(SEGMENT);
    struct wt_schema *schema;
    assert_non_null(builder);
    for (size_t i = 0; i < count; i++)
        wt_schema_builder_add(builder, keys[i], strlen(keys[i]), types[i], strlen(types[i]),
                              offsets[i], NULL, 0);
    assert_int_equal(wt_schema_builder_finish(builder, &schema, NULL), WT_OK);
    wt_schema_builder_destroy(builder);
    assert_int_equal(schema->field_count, count);
    return schema;
}

static struct way make_way(struct wt_schema *schema, bool with_empty_row) {
    const struct wt_worker worker = {.service = "web", .reason = ""};
    struct wt_identity *identity = wt_identity_create(&worker);
    struct way way = {.cohort = wt_cohort_create(NULL, schema)};
    assert_true(identity != NULL && way.cohort != NULL);
    assert_int_equal(wt_cohort_add(way.cohort, identity, WT_WORKER_LIVE, 0, false), 0);
    if (with_empty_row) {
        assert_int_equal(wt_cohort_add(way.cohort, identity, WT_WORKER_LIVE, 0, false), 1);
        wt_cohort_leave(way.cohort, 1, false);
    }
    wt_identity_unref(identity);
    wt_schema_unref(schema);
    return way;
}

enum { STEADY, STEADY_TAIL, SIMPLE, PACKED, GROUPED, WAYS };

/* Every way in which the sampler reads rows. */
static void make_ways(struct scene *scene, struct way ways[WAYS]) {
    static const char *const keys[] = {"a_total", "b", "c", "d", "e_total"};
    static const char *const words[] = {"u64", "u64", "f64", "u64", "u64"};
    static const char *const odd[] = {"u32", "u64", "U16", "f32", "s64"};
    static const int64_t in_row[] = {0, 8, 16, 24, 32}, packed[] = {0, 4, 13, 21, 27};
    ways[STEADY] = make_way(schema_of(keys, words, in_row, 4), false);
    ways[STEADY_TAIL] = make_way(schema_of(keys, words, in_row, 5), false);
    ways[SIMPLE] = make_way(schema_of(keys, words, in_row, 5), true);
    ways[PACKED] = make_way(schema_of(keys, odd, packed, 5), false);
    ways[GROUPED] = make_way(wt_schema_ref(scene->schema), false);
    assert_true(ways[STEADY].cohort->contiguous && ways[SIMPLE].cohort->simple);
    assert_false(ways[PACKED].cohort->simple || ways[GROUPED].cohort->simple);
}

static void look_each_way(struct way ways[WAYS], const unsigned char *segment,
                          const unsigned char *region) {
    struct wt_look_rules rules = {.base = segment,
                                  .segment_bytes = SEGMENT,
                                  .now = wt_clock_now(),
                                  .stuck_ns = 30 * WT_NS_PER_S,
                                  .stale_ns = 3 * WT_NS_PER_S};
    for (int i = 0; i < WAYS; i++) {
        struct wt_cohort_rows *cohort = ways[i].cohort;
        if (region != NULL)
            wt_cohort_set_recorder(cohort, 0, i % 2 == 0 ? region : NULL, sizeof region,
                                   rules.now.monotonic_ns);
        if (wt_cohort_look(cohort, &rules, NULL) == WT_OK)
            wt_cohort_settle(cohort);
    }
}

/* The fields of the group, as the sampler has just published them. */
static void judge_group(struct scene *scene, const struct wt_cohort_rows *cohort) {
    const struct wt_row_status *status = wt_block_data(cohort->status);
    const uint64_t *values = wt_block_data(cohort->values);
    bool torn = (status->flags & WT_ROW_TORN) != 0;
    scene->torn += torn;
    scene->whole += !torn;
    scene->disagreeing += values[MISSES] != 2 * values[HITS];
}

static void *look(void *context) {
    struct scene *scene = context;
    struct way ways[WAYS];
    make_ways(scene, ways);
    while (goes_on(scene)) {
        pthread_mutex_lock(&scene->worktop->mutex);
        const unsigned char *segment = scene->worktop->cells.data;
        const unsigned char *region = scene->worktop->recorder.region.data;
        pthread_mutex_unlock(&scene->worktop->mutex);
        look_each_way(ways, segment, region);
        judge_group(scene, ways[GROUPED].cohort);
        for (uint32_t i = 0; i < scene->schema->field_count; i++) {
            uint64_t bits;
            (void)wt_codec_read(segment, &scene->schema->fields[i], &bits);
            (void)wt_codec_read_any(segment, &scene->schema->fields[i], &bits);
        }
        struct wt_recorder_reading reading;
        uint64_t now_ns = (uint64_t)wt_clock_now().monotonic_ns;
        if (region != NULL &&
            wt_recorder_read(region, REGION, now_ns, &reading) == WT_RECORDER_READY)
            scene->recorded++;
        scene->looks++;
        if (scene->looks % 64 == 0)
            sched_yield();
    }
    for (int i = 0; i < WAYS; i++)
        wt_cohort_destroy(ways[i].cohort);
    return NULL;
}

/* ---- The monitor that comes and goes ---- */

static void open_worktop(struct scene *scene) {
    struct worktop_options options = WORKTOP_OPTIONS_INIT;
    options.service = "web";
    options.socket_path = scene->monitor.socket_path;
    assert_int_equal(worktop_open(&scene->worktop, &options, fields, FIELDS), WORKTOP_OK);
    struct wt_uplink *uplink = &scene->worktop->uplink;
    pthread_mutex_lock(&scene->worktop->mutex);
    uplink->pause_unit_ns = (uint64_t)WT_NS_PER_MS;
    uplink->heartbeat_ns = (uint64_t)WT_NS_PER_MS;
    uplink->next_heartbeat_ns = uplink->next_try_ns = 0;
    pthread_mutex_unlock(&scene->worktop->mutex);
    wt_uplink_wake(uplink);
    for (int i = 0; i < FIELDS; i++) {
        scene->handles[i] =
            worktop_get(scene->worktop, fields[i].key, fields[i].type, fields[i].form);
        assert_non_null(scene->handles[i]);
    }
    scene->group = worktop_get_group(scene->worktop, 1);
    assert_non_null(scene->group);
}

/* What the worker answered, as a monitor understands it. */
static struct wt_schema *answered_schema(const struct test_monitor *monitor) {
    struct wt_bus_scanner scanner;
    struct wt_bus_message message;
    struct wt_schema *schema;
    size_t length;
    struct wt_buffer bytes = {0};
    struct wt_bus_writer writer = wt_bus_writer_over(&bytes);
    size_t mark = wt_bus_write_ext_begin(&writer); /* as it came: the Return of a call */
    wt_bus_write_uint(&writer, 2);
    wt_buffer_append(&bytes, monitor->value.data, monitor->value.length);
    wt_bus_write_ext_end(&writer, mark, WT_BUS_EXT_RETURN);
    wt_bus_scanner_init(&scanner, 65536, 4096);
    assert_int_equal(wt_bus_scan(&scanner, bytes.data, bytes.length, &length, NULL), WT_OK);
    assert_int_equal(wt_bus_decode(&scanner, bytes.data, length, &message, NULL), WT_OK);
    assert_int_equal(wt_schema_of_answer(&message.value, SEGMENT, NULL, &schema, NULL), WT_OK);
    wt_bus_message_fini(&message);
    wt_buffer_fini(&bytes);
    assert_int_equal(schema->field_count, FIELDS);
    assert_int_equal(schema->problem_count, 0);
    assert_int_equal(schema->group_count, 1);
    assert_int_equal(schema->groups[0].offset, 8 * FIELDS);
    assert_int_equal(schema->groups[0].member_count, 2);
    return schema;
}

static void serve_once(struct scene *scene, uint32_t round) {
    struct test_monitor *monitor = &scene->monitor;
    test_monitor_until_registered(monitor, round + 1);
    test_monitor_give_segment(monitor, round % SEGMENTS);
    if (scene->schema == NULL)
        scene->schema = answered_schema(monitor);
    test_monitor_offer(monitor, "setup_recorder", monitor->store_path, REGION,
                       REGIONS_AT + (int64_t)(round % 8) * 4096);
    assert_int_equal(monitor->outcome, WT_BUS_RETURNED);
    test_monitor_serve(monitor, 2 * WT_NS_PER_MS);
    if (round % 2 == 0) /* another one on the same connection */
        test_monitor_give_segment(monitor, (round + 7) % SEGMENTS);
}

static void report(const struct scene *scene) {
    struct worktop_info info = test_info(scene->worktop);
    printf("%llu connections, %llu switches; %llu looks, %llu of recorders; groups: %llu whole, "
           "%llu torn, %llu disagreeing\n",
           (unsigned long long)info.connections, (unsigned long long)info.switches,
           (unsigned long long)scene->looks, (unsigned long long)scene->recorded,
           (unsigned long long)scene->whole, (unsigned long long)scene->torn,
           (unsigned long long)scene->disagreeing);
    assert_true(info.connections >= CONNECTIONS && info.switches >= CONNECTIONS);
    assert_true(scene->looks > 0 && scene->recorded > 0 && scene->whole > 0);
    assert_int_equal(scene->disagreeing, 0);
}

static void counting_reconnecting_and_reading_do_not_race(void **state) {
    (void)state;
    static struct scene scene; /* threads would outlive the stack of a test that fails */
    pthread_t threads[ADDERS + 2];
    test_monitor_open(&scene.monitor, STORE_BYTES);
    test_monitor_listen(&scene.monitor);
    open_worktop(&scene);
    serve_once(&scene, 0);
    for (int i = 0; i < ADDERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add, &scene), 0);
    assert_int_equal(pthread_create(&threads[ADDERS], NULL, write_alone, &scene), 0);
    assert_int_equal(pthread_create(&threads[ADDERS + 1], NULL, look, &scene), 0);
    for (uint32_t round = 1; round < CONNECTIONS; round++) {
        test_monitor_hang_up(&scene.monitor); /* the worker comes back by itself */
        serve_once(&scene, round);
    }
    __atomic_store_n(&scene.stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < ADDERS + 2; i++)
        pthread_join(threads[i], NULL);
    report(&scene);
    worktop_close(&scene.worktop);
    test_monitor_close(&scene.monitor);
    wt_schema_unref(scene.schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counting_reconnecting_and_reading_do_not_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
