#include "support/support.h"

#include "support/past.h"

#include <math.h>
#include <stdio.h>

void past_open(struct past *past, size_t services, size_t fields) {
    *past = (struct past){0};
    assert_int_equal(wt_history_create(&past->history, NULL), WT_OK);
    for (size_t i = 0; i < fields; i++)
        snprintf(past->keys[i], sizeof past->keys[i], "field_%zu", i);
    for (size_t i = 0; i < services; i++) {
        snprintf(past->names[i], sizeof past->names[i], "service-%02zu", i);
        past->services[i] = (struct wt_service){.name = past->names[i],
                                                .fields = past->fields[i],
                                                .field_count = fields,
                                                .busy_field = 0,
                                                .capacity_field = 1,
                                                .queue_field = 2,
                                                .requests_field = 3,
                                                .errors_field = 4,
                                                .load = wt_load_unknown(),
                                                .skew = wt_skew_unknown(),
                                                .last_exit = "",
                                                .verdict = WT_VERDICT_OK,
                                                .sentence = ""};
        for (size_t field = 0; field < fields; field++)
            past->fields[i][field] = (struct wt_field_stats){
                .key = past->keys[field],
                .unit = "",
                .kind = field == 3 || field == 4 || (field > 4 && field % 2) ? WT_KIND_COUNTER
                                                                             : WT_KIND_GAUGE};
    }
    past->snapshot = (struct wt_snapshot){.services = past->services,
                                          .service_count = services,
                                          .source = {.path = "", .problem = ""},
                                          .monitor = {.version = "", .host = "", .problem = ""},
                                          .store = {.path = "", .problem = ""},
                                          .events = past->events,
                                          .references = 1};
}

void past_close(struct past *past) {
    wt_history_destroy(past->history);
}

void past_look(struct past *past, double at_s, double value) {
    past->snapshot.sequence++;
    past->snapshot.time.realtime_ns = (int64_t)floor(at_s * 1e9 + 0.5);
    past->snapshot.store.segment_count = 128;
    past->snapshot.store.segment_bytes = 512;
    past->snapshot.store.allocated_count = 100;
    past->snapshot.store.free_list_length = 20;
    for (size_t i = 0; i < past->snapshot.service_count; i++) {
        struct wt_service *service = &past->services[i];
        double mine = value + (double)i;
        service->utilization_ratio = mine;
        service->worker_count = service->busy_worker_count = 8;
        service->starts_per_min = service->exits_per_min = mine;
        service->skew.of_utilization = true;
        service->skew.p50 = service->skew.p95 = service->skew.max = mine;
        if (past->everything) {
            service->load.windows[WT_WINDOW_1M].utilization_ratio = mine;
            service->load.windows[WT_WINDOW_1M].mean_wait_s = mine;
            service->usage = (struct wt_usage){.process_count = 8,
                                               .known_count = 8,
                                               .cpu_known_count = 8,
                                               .cpu_cores = mine,
                                               .rss_bytes = 1000 * (uint64_t)mine};
            past->listener = (struct wt_accept_queue){
                .address = "", .socket_count = 1, .queue_length = 3, .read_ns = 1};
            service->listeners = &past->listener;
            service->listener_count = 1;
        }
        for (size_t field = 0; field < service->field_count; field++) {
            past->fields[i][field].sum = wt_number_real(mine);
            past->fields[i][field].rate_per_s = mine;
        }
    }
    assert_true(wt_history_feed(past->history, &past->snapshot));
}
