#include "export/figure.h"

#include <math.h>
#include <string.h>

const char *const wt_figure_names[] = {"utilization", "queue",  "workers",  "stuck",
                                       "stale",       "errors", "requests", NULL};

/* What is compared is what is shown: a share of 0.07 is 7 %, not 7.000000000000001 %. */
static struct wt_number rounded(double value) {
    return wt_number_real(round(value * 1e6) / 1e6);
}

static const char *unit_of(const char *unit) {
    static const char *const known[][2] = {
        {"bytes", "B"},  {"byte", "B"},          {"B", "B"},   {"seconds", "s"},       {"s", "s"},
        {"ms", "ms"},    {"milliseconds", "ms"}, {"us", "us"}, {"microseconds", "us"}, {"%", "%"},
        {"percent", "%"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(unit, known[i][0]) == 0)
            return known[i][1];
    }
    return "";
}

static bool take_sum(const struct wt_service *service, int field, struct wt_figure *out) {
    if (field < 0)
        return false;
    out->value = service->fields[field].sum;
    out->unit = unit_of(service->fields[field].unit);
    return true;
}

static bool take_rate(const struct wt_service *service, int field, struct wt_figure *out) {
    if (field < 0 || service->fields[field].kind != WT_KIND_COUNTER)
        return false;
    out->value = rounded(service->fields[field].rate_per_s);
    out->is_count = true;
    return true;
}

static bool take_count(uint32_t count, struct wt_figure *out) {
    out->value = wt_number_integer(count);
    out->is_count = true;
    return true;
}

static int find_field(const struct wt_service *service, const char *key, size_t length) {
    for (size_t i = 0; i < service->field_count; i++) {
        if (strlen(service->fields[i].key) == length &&
            memcmp(service->fields[i].key, key, length) == 0)
            return (int)i;
    }
    return -1;
}

static bool find_by_key(const struct wt_service *service, const char *name, struct wt_figure *out) {
    size_t length = strlen(name);
    if (take_sum(service, find_field(service, name, length), out))
        return true;
    return length > 2 && strcmp(name + length - 2, "/s") == 0 &&
           take_rate(service, find_field(service, name, length - 2), out);
}

bool wt_figure_find(const struct wt_service *service, const char *name, bool has_sums_only,
                    struct wt_figure *out) {
    *out = (struct wt_figure){.unit = ""};
    if (strcmp(name, "utilization") == 0) {
        out->value = rounded(service->utilization_ratio * 100);
        out->unit = "%";
        return service->busy_field >= 0 && service->capacity_field >= 0;
    }
    if (strcmp(name, "queue") == 0) {
        out->is_count = true;
        return take_sum(service, service->queue_field, out);
    }
    if (strcmp(name, "workers") == 0)
        return take_count(service->worker_count, out);
    if (strcmp(name, "stuck") == 0)
        return !has_sums_only && take_count(service->stuck_count, out);
    if (strcmp(name, "stale") == 0)
        return !has_sums_only && take_count(service->stale_count, out);
    if (strcmp(name, "errors") == 0)
        return take_rate(service, service->errors_field, out);
    if (strcmp(name, "requests") == 0)
        return take_rate(service, service->requests_field, out);
    return find_by_key(service, name, out);
}
