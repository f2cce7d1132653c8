/* What a query (query.h) can ask of services, of workers and of events. The names are rows of
 * tables; a key without a meaning for a row is NAN or "". */
#include "ui/views/queries.h"

#include <math.h>
#include <string.h>

#include "ui/app_state.h"
#include "ui/values.h"
#include "ui/views/worker_row.h"

static double seconds_of(int64_t ns) {
    return ns < 0 ? NAN : (double)ns / (double)WT_NS_PER_S;
}

/* The field of the selected or any service with this name. */
static int field_of(const struct wt_service *service, const char *name, size_t length) {
    for (size_t i = 0; i < service->field_count; i++)
        if (strlen(service->fields[i].key) == length &&
            strncasecmp(service->fields[i].key, name, length) == 0)
            return (int)i;
    return -1;
}

/* ---- services -------------------------------------------------------------------------------- */

#define SERVICE_KEYS(X)                                                                            \
    X(SERVICE, "service", TEXT)                                                                    \
    X(STATE, "state", WORD)                                                                        \
    X(WHY, "why", TEXT)                                                                            \
    X(FOR, "for", SECONDS)                                                                         \
    X(UTIL, "util", PERCENT)                                                                       \
    X(BUSY, "busy", NUMBER)                                                                        \
    X(CAPACITY, "capacity", NUMBER)                                                                \
    X(QUEUE, "queue", NUMBER)                                                                      \
    X(REQUESTS, "req", NUMBER)                                                                     \
    X(ERRORS, "err", NUMBER)                                                                       \
    X(WORKERS, "workers", NUMBER)                                                                  \
    X(STUCK, "stuck", NUMBER)                                                                      \
    X(STALE, "stale", NUMBER)                                                                      \
    X(SILENT, "silent", NUMBER)                                                                    \
    X(EXITS, "exits", NUMBER)                                                                      \
    X(WORKER, "worker", MEMBER)                                                                    \
    X(PID, "pid", MEMBER)

#define WORKER_KEYS(X)                                                                             \
    X(WORKER, "worker", NUMBER)                                                                    \
    X(PID, "pid", NUMBER)                                                                          \
    X(STATE, "state", WORD)                                                                        \
    X(SERVICE, "service", TEXT)                                                                    \
    X(REASON, "reason", TEXT)                                                                      \
    X(UTIL, "util", PERCENT)                                                                       \
    X(BUSY, "busy", NUMBER)                                                                        \
    X(CAPACITY, "capacity", NUMBER)                                                                \
    X(QUEUE, "queue", NUMBER)                                                                      \
    X(REQUESTS, "req", NUMBER)                                                                     \
    X(ERRORS, "err", NUMBER)                                                                       \
    X(PROGRESS, "progress", SECONDS)                                                               \
    X(AGE, "age", SECONDS)                                                                         \
    X(THREADS, "threads", NUMBER)                                                                  \
    X(SEGMENT, "segment", NUMBER)

#define EVENT_KEYS(X)                                                                              \
    X(SERVICE, "service", TEXT)                                                                    \
    X(KIND, "kind", WORD)                                                                          \
    X(LEVEL, "level", WORD)                                                                        \
    X(TEXT, "text", TEXT)                                                                          \
    X(WORKER, "worker", NUMBER)                                                                    \
    X(AGE, "age", SECONDS)

#define SERVICE_KEY(name, text, type) OF_SERVICE_##name,
enum { SERVICE_KEYS(SERVICE_KEY) };
#define WORKER_KEY(name, text, type) OF_WORKER_##name,
enum { WORKER_KEYS(WORKER_KEY) };
#define EVENT_KEY(name, text, type) OF_EVENT_##name,
enum { EVENT_KEYS(EVENT_KEY) };
#define KEY_ROW(name_, text, type_) {.name = (text), .type = WT_QUERY_##type_},
static const struct wt_query_key service_keys[] = {SERVICE_KEYS(KEY_ROW)};
static const struct wt_query_key worker_keys[] = {WORKER_KEYS(KEY_ROW)};
static const struct wt_query_key event_keys[] = {EVENT_KEYS(KEY_ROW)};

static const struct wt_service *service_at(const void *context, size_t row) {
    return &((const struct wt_app *)context)->snapshot->services[row];
}

static double service_number(const void *context, size_t row, int key) {
    const struct wt_app *app = context;
    const struct wt_service *service = service_at(context, row);
    switch (key) {
    case OF_SERVICE_FOR:
        return service->verdict_since_ns
                   ? seconds_of(app->snapshot->time.realtime_ns - service->verdict_since_ns)
                   : NAN;
    case OF_SERVICE_UTIL:
        return service->utilization_ratio * 100;
    case OF_SERVICE_BUSY:
        return wt_service_sum(service, service->busy_field);
    case OF_SERVICE_CAPACITY:
        return wt_service_sum(service, service->capacity_field);
    case OF_SERVICE_QUEUE:
        return wt_service_sum(service, service->queue_field);
    case OF_SERVICE_REQUESTS:
        return wt_service_rate(service, service->requests_field);
    case OF_SERVICE_ERRORS:
        return wt_service_rate(service, service->errors_field);
    case OF_SERVICE_WORKERS:
        return service->worker_count + service->silent_count;
    case OF_SERVICE_STUCK:
        return service->stuck_count;
    case OF_SERVICE_STALE:
        return service->stale_count;
    case OF_SERVICE_SILENT:
        return service->silent_count;
    case OF_SERVICE_EXITS:
        return service->exits_per_min;
    }
    return NAN;
}

static const char *service_text(const void *context, size_t row, int key,
                                char scratch[WT_QUERY_SCRATCH]) {
    const struct wt_service *service = service_at(context, row);
    (void)scratch;
    return key == OF_SERVICE_SERVICE ? service->name
           : key == OF_SERVICE_STATE ? wt_service_state_word(service)
                                     : service->sentence;
}

/* The worst first, as in the order of the table. */
static const char *service_word(int key, int index) {
    (void)key; /* there is one */
    switch (index) {
    case 0:
        return wt_verdict_text(WT_VERDICT_CRIT);
    case 1:
        return wt_verdict_text(WT_VERDICT_WARN);
    case 2:
        return wt_verdict_text(WT_VERDICT_UNKNOWN);
    case 3:
        return WT_RISES_WORD;
    case 4:
        return wt_verdict_text(WT_VERDICT_OK);
    case 5:
        return wt_verdict_text(WT_VERDICT_IDLE);
    }
    return NULL;
}

static bool service_has(const void *context, size_t row, int key, double number) {
    const struct wt_snapshot *snapshot = ((const struct wt_app *)context)->snapshot;
    for (size_t i = 0; i < snapshot->cohort_count; i++) {
        const struct wt_cohort *cohort = &snapshot->cohorts[i];
        for (size_t at = 0; cohort->service == row && at < cohort->row_count; at++) {
            const struct wt_worker *who = cohort->rows[at];
            if (who && number == (key == OF_SERVICE_PID ? (double)who->pid : (double)who->id))
                return true;
        }
    }
    return false;
}

/* Services have fields of their own: the name counts, the first service that has it answers, and a
 * row without it does not know. The index is that service times a stride, plus the field. */
enum { FIELD_STRIDE = 1 << 12 };

static int service_own_field(const void *context, const char *name, size_t length) {
    const struct wt_app *app = context;
    for (size_t i = 0; app->snapshot && i < app->snapshot->service_count; i++) {
        int field = field_of(service_at(context, i), name, length);
        if (field >= 0 && field < FIELD_STRIDE && i < INT32_MAX / FIELD_STRIDE)
            return (int)i * FIELD_STRIDE + field;
    }
    return -1;
}

static double service_own_number(const void *context, size_t row, int index) {
    const struct wt_service *named = service_at(context, (size_t)(index / FIELD_STRIDE));
    const struct wt_service *service = service_at(context, row);
    const char *name = named->fields[index % FIELD_STRIDE].key;
    int field = field_of(service, name, strlen(name));
    if (field < 0)
        return NAN;
    return service->fields[field].kind == WT_KIND_COUNTER ? service->fields[field].rate_per_s
                                                          : wt_service_sum(service, field);
}

const struct wt_query_source wt_services_query = {
    .keys = service_keys,
    .key_count = sizeof service_keys / sizeof *service_keys,
    .number = service_number,
    .text = service_text,
    .word = service_word,
    .has = service_has,
    .own_field = service_own_field,
    .own_number = service_own_number,
};

/* ---- workers --------------------------------------------------------------------------------- */

static double worker_number(const void *context, size_t row, int key) {
    const struct wt_app *app = context;
    const struct wt_service *service = wt_app_service(app);
    struct wt_worker_row worker = wt_worker_row_at(app, row);
    int64_t now = app->snapshot->time.monotonic_ns;
    switch (key) {
    case OF_WORKER_WORKER:
        return (double)worker.who->id;
    case OF_WORKER_PID:
        return worker.who->pid > 0 ? (double)worker.who->pid : NAN;
    case OF_WORKER_UTIL:
        return wt_worker_row_load(app, &worker) * 100;
    case OF_WORKER_BUSY:
        return wt_worker_row_value(&worker, service->busy_field);
    case OF_WORKER_CAPACITY:
        return wt_worker_row_value(&worker, service->capacity_field);
    case OF_WORKER_QUEUE:
        return wt_worker_row_value(&worker, service->queue_field);
    case OF_WORKER_REQUESTS:
        return wt_worker_row_rate(app, &worker, service->requests_field);
    case OF_WORKER_ERRORS:
        return wt_worker_row_rate(app, &worker, service->errors_field);
    case OF_WORKER_PROGRESS:
        return worker.status->progress_ns ? seconds_of(now - worker.status->progress_ns) : NAN;
    case OF_WORKER_AGE:
        return worker.who->registered_monotonic_ns
                   ? seconds_of(now - worker.who->registered_monotonic_ns)
                   : NAN;
    case OF_WORKER_THREADS:
        return worker.who->threads > 0 ? worker.who->threads : NAN;
    case OF_WORKER_SEGMENT:
        return worker.who->segment >= 0 ? (double)worker.who->segment : NAN;
    }
    return NAN;
}

static const char *worker_text(const void *context, size_t row, int key,
                               char scratch[WT_QUERY_SCRATCH]) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    (void)scratch;
    return key == OF_WORKER_STATE     ? wt_concern_info(wt_concern_of(worker.status))->word
           : key == OF_WORKER_SERVICE ? worker.who->service
                                      : worker.who->reason;
}

static const char *worker_word(int key, int index) {
    (void)key;
    return index < WT_CONCERN_COUNT
               ? wt_concern_info((enum wt_concern)(WT_CONCERN_COUNT - 1 - index))->word
               : NULL;
}

static int worker_own_field(const void *context, const char *name, size_t length) {
    const struct wt_service *service = wt_app_service(context);
    return service ? field_of(service, name, length) : -1;
}

static double worker_own_number(const void *context, size_t row, int field) {
    struct wt_worker_row worker = wt_worker_row_at(context, row);
    bool counter = wt_app_service(context)->fields[field].kind == WT_KIND_COUNTER;
    return counter ? wt_worker_row_rate(context, &worker, field)
                   : wt_worker_row_value(&worker, field);
}

const struct wt_query_source wt_workers_query = {
    .keys = worker_keys,
    .key_count = sizeof worker_keys / sizeof *worker_keys,
    .number = worker_number,
    .text = worker_text,
    .word = worker_word,
    .own_field = worker_own_field,
    .own_number = worker_own_number,
};

/* ---- events ---------------------------------------------------------------------------------- */

/* Row 0 is the newest, as in the table. */
static const struct wt_event *event_at(const void *context, size_t row) {
    return wt_events_at(context, row);
}

static double event_number(const void *context, size_t row, int key) {
    const struct wt_event *event = event_at(context, row);
    if (key == OF_EVENT_WORKER)
        return event->worker_id > 0 ? (double)event->worker_id : NAN;
    return seconds_of(((const struct wt_app *)context)->snapshot->time.realtime_ns -
                      event->realtime_ns);
}

static const char *const levels[] = {"info", "warn", "crit"};

static const char *event_text(const void *context, size_t row, int key,
                              char scratch[WT_QUERY_SCRATCH]) {
    const struct wt_event *event = event_at(context, row);
    (void)scratch;
    return key == OF_EVENT_SERVICE ? event->service
           : key == OF_EVENT_KIND  ? wt_event_kind_text(event->kind)
           : key == OF_EVENT_LEVEL ? levels[event->severity]
                                   : event->text;
}

static const char *event_word(int key, int index) {
    if (key == OF_EVENT_KIND)
        return index < WT_EVENT_KINDS ? wt_event_kind_text((enum wt_event_kind)index) : NULL;
    return index < (int)(sizeof levels / sizeof *levels) ? levels[index] : NULL;
}

const struct wt_query_source wt_events_query = {
    .keys = event_keys,
    .key_count = sizeof event_keys / sizeof *event_keys,
    .number = event_number,
    .text = event_text,
    .word = event_word,
};
