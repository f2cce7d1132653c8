#include "export/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "export/figure.h"

/*
 * First everything is judged into findings, one a service; then the line is written from them. The
 * parts that others wrote (names, sentences, paths, errors) go through put_text or put_label alone.
 */

enum {
    TEXT_SIZE = 2048,
    NAMES_MAX = 4,            /* named in a list, the others are counted */
    PERFDATA_BYTES_MAX = 6000 /* monitoring systems read a line of 8 KiB */
};

struct finding {
    const struct wt_service *service;
    enum wt_check_code code;
    struct wt_figure figure; /* of the metric */
    bool has_figure;
};

struct check {
    const struct wt_snapshot *snapshot;
    const struct wt_check_options *options;
    struct wt_buffer *out;
    struct finding *findings; /* in the order of the services */
    size_t count;
    char metric[TEXT_SIZE]; /* cleaned; "" without */
    const char *trouble[2]; /* of the monitor: where, what; NULL without */
    bool trouble_warns;     /* it is only WARNING */
};

/* ---- writing --------------------------------------------------------------------------------- */

static void put_text(struct wt_buffer *out, const char *text) {
    char clean[TEXT_SIZE];
    wt_text_clean(clean, sizeof clean, text, strlen(text));
    for (const char *at = clean; *at != '\0'; at++) {
        if (*at == '|')
            wt_buffer_append_text(out, "\xc2\xa6"); /* a broken bar: "|" begins the figures */
        else
            wt_buffer_append_char(out, *at);
    }
}

/* 'service/figure': in quotes anything may stand but "=", and a quote is doubled. */
static void put_label(struct wt_buffer *out, const char *service, const char *name) {
    char label[TEXT_SIZE];
    struct wt_buffer text = {0};
    wt_buffer_printf(&text, "%s/%s", service, name);
    wt_text_clean(label, sizeof label, wt_buffer_text(&text), text.length);
    wt_buffer_append_char(out, '\'');
    for (const char *at = label; *at != '\0'; at++) {
        if (*at == '\'')
            wt_buffer_append_char(out, '\'');
        wt_buffer_append_char(out, *at == '=' || *at == '|' ? '_' : *at);
    }
    wt_buffer_append_char(out, '\'');
    out->failed = out->failed || text.failed;
    wt_buffer_fini(&text);
}

static const char *word_of(enum wt_check_code code) {
    switch (code) {
    case WT_CHECK_OK:
        return "OK";
    case WT_CHECK_WARNING:
        return "WARNING";
    case WT_CHECK_CRITICAL:
        return "CRITICAL";
    case WT_CHECK_UNKNOWN:
        return "UNKNOWN";
    }
    return "UNKNOWN";
}

static void put_code(struct wt_buffer *out, enum wt_check_code code) {
    wt_buffer_printf(out, "WORKTOP %s: ", word_of(code));
}

void wt_export_check_unknown(const char *reason, struct wt_buffer *out) {
    put_code(out, WT_CHECK_UNKNOWN);
    put_text(out, reason);
}

static void put_range(struct wt_buffer *out, const struct wt_range *range) {
    wt_buffer_append_char(out, ';');
    if (range != NULL)
        wt_range_text(range, out);
}

/* " 'label'=value[UOM];[warn];[crit];[min]" */
static void put_figure(const struct check *check, struct wt_buffer *out, const char *service,
                       const char *name, const struct wt_figure *figure) {
    const struct wt_range *warning = check->options->warning, *critical = check->options->critical;
    wt_buffer_append_char(out, ' ');
    put_label(out, service, name);
    wt_buffer_append_char(out, '=');
    if (figure->value.kind == WT_NUMBER_ABSENT) {
        wt_buffer_append_char(out, 'U');
        return;
    }
    wt_range_number(figure->value, out);
    wt_buffer_append_text(out, figure->unit);
    if (warning != NULL || critical != NULL || figure->is_count) {
        put_range(out, warning);
        if (critical != NULL || figure->is_count)
            put_range(out, critical);
        if (figure->is_count)
            wt_buffer_append_text(out, ";0");
    }
}

/* All figures of a service, or the metric alone. */
static void put_figures(const struct check *check, struct wt_buffer *out,
                        const struct finding *finding) {
    const struct wt_service *service = finding->service;
    struct wt_figure figure;
    if (check->metric[0] != '\0') {
        if (finding->has_figure)
            put_figure(check, out, service->name, check->metric, &finding->figure);
        return;
    }
    for (size_t i = 0; wt_figure_names[i] != NULL; i++) {
        if (wt_figure_find(service, wt_figure_names[i], check->options->has_sums_only, &figure) &&
            figure.value.kind != WT_NUMBER_ABSENT)
            put_figure(check, out, service->name, wt_figure_names[i], &figure);
    }
}

/* Whole services, as many as a monitoring system reads; says how many did not fit. */
static void put_perfdata(const struct check *check) {
    struct wt_buffer all = {0};
    size_t kept = 0, left_out = 0;
    for (size_t i = 0; i < check->count; i++) {
        if (left_out == 0)
            put_figures(check, &all, &check->findings[i]);
        if (left_out > 0 || all.length > PERFDATA_BYTES_MAX) {
            left_out++;
            all.length = kept;
        }
        kept = all.length;
    }
    if (left_out > 0)
        wt_buffer_printf(check->out, "; figures of %zu services left out, choose with --service",
                         left_out);
    if (all.length > 0) {
        wt_buffer_append_text(check->out, " |");
        wt_buffer_append(check->out, all.data, all.length);
    }
    check->out->failed = check->out->failed || all.failed;
    wt_buffer_fini(&all);
}

/* ---- judging --------------------------------------------------------------------------------- */

static enum wt_check_code code_of(enum wt_verdict verdict) {
    switch (verdict) {
    case WT_VERDICT_OK:
    case WT_VERDICT_IDLE:
        return WT_CHECK_OK;
    case WT_VERDICT_WARN:
        return WT_CHECK_WARNING;
    case WT_VERDICT_CRIT:
        return WT_CHECK_CRITICAL;
    case WT_VERDICT_UNKNOWN:
        return WT_CHECK_UNKNOWN;
    }
    return WT_CHECK_UNKNOWN;
}

static bool is_named(const struct check *check) {
    return check->options->services != NULL && check->options->services[0] != NULL;
}

static void judge(const struct check *check, struct finding *finding) {
    const struct wt_check_options *options = check->options;
    if (check->metric[0] == '\0') {
        finding->code = code_of(finding->service->verdict);
        return;
    }
    finding->has_figure =
        wt_figure_find(finding->service, check->metric, options->has_sums_only, &finding->figure);
    if (!finding->has_figure || finding->figure.value.kind == WT_NUMBER_ABSENT)
        finding->code = WT_CHECK_UNKNOWN;
    else if (options->critical != NULL && wt_range_alerts(options->critical, finding->figure.value))
        finding->code = WT_CHECK_CRITICAL;
    else if (options->warning != NULL && wt_range_alerts(options->warning, finding->figure.value))
        finding->code = WT_CHECK_WARNING;
    else
        finding->code = WT_CHECK_OK;
}

static size_t count_of(const struct check *check, enum wt_check_code code) {
    size_t count = 0;
    for (size_t i = 0; i < check->count; i++)
        count += check->findings[i].code == code;
    return count;
}

/* What is not known of one service hides nothing that is known of others, unless it was asked for
 * by its name. */
static enum wt_check_code worst_code(const struct check *check) {
    bool is_troubled = check->trouble[0] != NULL;
    if (count_of(check, WT_CHECK_CRITICAL) > 0 || (is_troubled && !check->trouble_warns))
        return WT_CHECK_CRITICAL;
    if (count_of(check, WT_CHECK_WARNING) > 0 || is_troubled)
        return WT_CHECK_WARNING;
    bool has_ok = count_of(check, WT_CHECK_OK) > 0;
    if (count_of(check, WT_CHECK_UNKNOWN) > 0 && (is_named(check) || !has_ok))
        return WT_CHECK_UNKNOWN;
    return WT_CHECK_OK;
}

/* The finding that the line is about: of the worst ones that with the highest figure. */
static const struct finding *headline(const struct check *check, enum wt_check_code code) {
    const struct finding *found = NULL;
    for (size_t i = 0; i < check->count; i++) {
        const struct finding *one = &check->findings[i];
        if (one->code != code)
            continue;
        bool is_worse = found == NULL;
        if (!is_worse && check->metric[0] != '\0')
            is_worse = wt_number_compare(one->figure.value, found->figure.value) > 0;
        else if (!is_worse)
            is_worse = one->service->utilization_ratio > found->service->utilization_ratio;
        if (is_worse)
            found = one;
    }
    return found;
}

/* ---- what the line says ---------------------------------------------------------------------- */

/* "api, cable, jobs, web and 3 more" of those with this code; all of them for -1. */
static void put_names(const struct check *check, int code, const struct finding *but) {
    size_t named = 0, more = 0;
    for (size_t i = 0; i < check->count; i++) {
        const struct finding *finding = &check->findings[i];
        if (finding == but || (code >= 0 && finding->code != (enum wt_check_code)code))
            continue;
        if (named == NAMES_MAX) {
            more++;
            continue;
        }
        wt_buffer_append_text(check->out, named++ > 0 ? ", " : "");
        put_text(check->out, finding->service->name);
    }
    if (more > 0)
        wt_buffer_printf(check->out, " and %zu more", more);
}

/* "; also 1 CRITICAL (jobs), 2 WARNING (api, cable)" */
static void put_others(const struct check *check, const struct finding *but) {
    static const enum wt_check_code codes[] = {WT_CHECK_CRITICAL, WT_CHECK_WARNING,
                                               WT_CHECK_UNKNOWN};
    const char *before = "; also ";
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        size_t count = count_of(check, codes[i]) - (but != NULL && but->code == codes[i]);
        if (count == 0)
            continue;
        wt_buffer_printf(check->out, "%s%zu %s (", before, count, word_of(codes[i]));
        put_names(check, (int)codes[i], but);
        wt_buffer_append_char(check->out, ')');
        before = ", ";
    }
}

static void put_verdict(const struct check *check, const struct finding *finding) {
    const struct wt_service *service = finding->service;
    put_text(check->out, service->name);
    wt_buffer_append_text(check->out, ": ");
    if (service->sentence[0] != '\0')
        put_text(check->out, service->sentence);
    else if (finding->code != WT_CHECK_UNKNOWN)
        wt_buffer_append_text(check->out, wt_verdict_text(service->verdict));
    else if (check->options->has_sums_only)
        wt_buffer_append_text(check->out, "this supervisor tells sums, no verdicts: use --metric "
                                          "NAME with --warning or --critical RANGE");
    else
        wt_buffer_append_text(check->out, service->worker_count == 0
                                              ? "no worker with metrics is left: start some"
                                              : "no verdict yet: ask again in a moment");
}

/* "web, api and 2 more: OK; ..." is of no use: how much there is, and the busiest. */
static void put_all_well(const struct check *check, const struct finding *finding) {
    char percent[WT_FORMAT_SIZE];
    uint64_t workers = 0;
    for (size_t i = 0; i < check->count; i++)
        workers += check->findings[i].service->worker_count;
    const struct wt_service *service = finding->service;
    if (check->count == 1) {
        put_text(check->out, service->name);
        wt_buffer_printf(check->out, ": %s, ", wt_verdict_text(service->verdict));
    } else {
        wt_buffer_printf(check->out, "%zu services, ", check->count);
    }
    wt_buffer_printf(check->out, "%llu worker%s", (unsigned long long)workers,
                     workers == 1 ? "" : "s");
    if (!(service->utilization_ratio >= 0))
        return;
    wt_format_percent(percent, sizeof percent, service->utilization_ratio);
    if (check->count == 1) {
        wt_buffer_printf(check->out, ", %s busy", percent);
    } else {
        wt_buffer_append_text(check->out, ", busiest ");
        put_text(check->out, service->name);
        wt_buffer_printf(check->out, " %s", percent);
    }
}

static void put_no_figure(const struct check *check, const struct finding *finding) {
    const struct wt_service *service = finding->service;
    struct wt_figure figure;
    const char *before = ": it has ";
    put_text(check->out, service->name);
    wt_buffer_append_text(check->out, " has no figure ");
    put_text(check->out, check->metric);
    for (size_t i = 0; wt_figure_names[i] != NULL; i++) {
        if (wt_figure_find(service, wt_figure_names[i], check->options->has_sums_only, &figure)) {
            wt_buffer_printf(check->out, "%s%s", before, wt_figure_names[i]);
            before = ", ";
        }
    }
    for (size_t i = 0; i < service->field_count && i < 2 * NAMES_MAX; i++) {
        wt_buffer_append_text(check->out, before);
        put_text(check->out, service->fields[i].key);
        before = ", ";
    }
    if (service->field_count > 2 * NAMES_MAX)
        wt_buffer_printf(check->out, " and %zu more fields",
                         service->field_count - (size_t)(2 * NAMES_MAX));
}

static void put_metric(const struct check *check, const struct finding *finding) {
    const struct wt_service *service = finding->service;
    if (!finding->has_figure) {
        put_no_figure(check, finding);
        return;
    }
    put_text(check->out, service->name);
    wt_buffer_append_text(check->out, ": ");
    put_text(check->out, check->metric);
    if (finding->code == WT_CHECK_UNKNOWN) {
        wt_buffer_append_text(check->out, service->worker_count == 0
                                              ? " is unknown: no worker with metrics is left"
                                          : check->options->has_sums_only
                                              ? " is unknown: this supervisor tells sums, no rates"
                                              : " is unknown: ask again in a moment");
        return;
    }
    wt_buffer_append_char(check->out, ' ');
    wt_range_number(finding->figure.value, check->out);
    wt_buffer_append_text(check->out, finding->figure.unit);
    if (finding->code == WT_CHECK_OK)
        return;
    wt_buffer_append_text(check->out, " is ");
    wt_range_reason(finding->code == WT_CHECK_CRITICAL ? check->options->critical
                                                       : check->options->warning,
                    finding->figure.value, check->out);
    bool is_bad = service->verdict == WT_VERDICT_WARN || service->verdict == WT_VERDICT_CRIT;
    if (is_bad && service->sentence[0] != '\0') {
        wt_buffer_printf(check->out, "; it is %s: ", wt_verdict_text(service->verdict));
        put_text(check->out, service->sentence);
    }
}

static void put_line(const struct check *check, enum wt_check_code code) {
    const struct finding *finding = headline(check, code);
    put_code(check->out, code);
    if (check->trouble[0] != NULL) {
        finding = NULL;
        wt_buffer_printf(check->out, "%s: ", check->trouble[0]);
        put_text(check->out, check->trouble[1]);
    } else if (check->metric[0] != '\0') {
        put_metric(check, finding);
    } else if (code == WT_CHECK_OK) {
        put_all_well(check, finding);
    } else {
        put_verdict(check, finding);
    }
    put_others(check, finding);
    put_perfdata(check);
}

/* ---- what is to be judged -------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void refuse(struct wt_buffer *out, const char *format,
                                                         ...) {
    char reason[TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    wt_export_check_unknown(reason, out);
}

/* Figures that cannot be believed are no figures. */
static bool is_believable(const struct check *check, struct wt_time now) {
    const struct wt_snapshot *snapshot = check->snapshot;
    char age[WT_FORMAT_SIZE], limit[WT_FORMAT_SIZE];
    int64_t age_ns = wt_snapshot_age_ns(snapshot, now), max_ns = check->options->max_age_ns;
    if (max_ns == 0)
        max_ns = 3 * snapshot->monitor.interval_ns;
    if (max_ns < WT_NS_PER_S && check->options->max_age_ns == 0)
        max_ns = WT_NS_PER_S;
    if (snapshot->source.health != WT_SOURCE_ANSWERING) {
        wt_export_check_unknown(snapshot->source.problem, check->out);
        return false;
    }
    if (age_ns > max_ns) {
        wt_format_duration(age, sizeof age, age_ns);
        wt_format_duration(limit, sizeof limit, max_ns);
        refuse(check->out,
               "stale: the last look is %s old, more than %s: look at what monitor %lld does, or "
               "allow more with --max-age",
               age, limit, (long long)snapshot->monitor.pid);
        return false;
    }
    if (snapshot->failed) {
        refuse(check->out, "the workers' segments cannot be read: %s", snapshot->store.problem);
        return false;
    }
    if (snapshot->service_count == 0) {
        refuse(check->out, "no data: no worker has registered with the monitor yet; start some, or "
                           "ask another monitor with --socket");
        return false;
    }
    return true;
}

static void refuse_service(const struct check *check, const char *name) {
    struct check known = *check;
    put_code(check->out, WT_CHECK_UNKNOWN);
    wt_buffer_append_text(check->out, "no service ");
    put_text(check->out, name);
    wt_buffer_append_text(check->out, " is known; there are ");
    known.count = check->snapshot->service_count;
    for (size_t i = 0; i < known.count; i++)
        known.findings[i] = (struct finding){.service = &check->snapshot->services[i]};
    put_names(&known, -1, NULL);
}

/* The services that are asked for, in their order, each once. */
static bool take_named(struct check *check) {
    char clean[TEXT_SIZE];
    for (const char *const *name = check->options->services; *name != NULL; name++) {
        wt_text_clean(clean, sizeof clean, *name, strlen(*name));
        int index = wt_snapshot_find_service(check->snapshot, clean);
        if (index < 0) {
            refuse_service(check, clean);
            return false;
        }
        bool is_there = false;
        for (size_t i = 0; i < check->count; i++)
            is_there = is_there || check->findings[i].service == &check->snapshot->services[index];
        if (!is_there)
            check->findings[check->count++].service = &check->snapshot->services[index];
    }
    return true;
}

/* All of them; with a metric those that have it, if any has. */
static void take_all(struct check *check) {
    struct wt_figure figure;
    for (int pass = 0; pass < 2 && check->count == 0; pass++) {
        for (size_t i = 0; i < check->snapshot->service_count; i++) {
            const struct wt_service *service = &check->snapshot->services[i];
            if (pass > 0 || check->metric[0] == '\0' ||
                (wt_figure_find(service, check->metric, check->options->has_sums_only, &figure) &&
                 figure.value.kind != WT_NUMBER_ABSENT))
                check->findings[check->count++].service = service;
        }
    }
}

/* What troubles the monitor is CRITICAL, unless it says itself that it is less. */
static void find_trouble(struct check *check) {
    enum { OF_MONITOR = 2 };
    const struct wt_snapshot *snapshot = check->snapshot;
    const char *const troubles[][2] = {{"source", snapshot->source.problem},
                                       {"store", snapshot->store.problem},
                                       {"monitor", snapshot->monitor.problem},
                                       {"recorders", snapshot->recorders.problem},
                                       {"recorders", snapshot->recorders_wide.problem}};
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        if (check->trouble[0] == NULL && troubles[i][1][0] != '\0') {
            check->trouble[0] = troubles[i][0];
            check->trouble[1] = troubles[i][1];
            check->trouble_warns = i == OF_MONITOR && snapshot->monitor.verdict == WT_VERDICT_WARN;
        }
    }
}

static enum wt_check_code judge_all(struct check *check) {
    if (is_named(check)) {
        if (!take_named(check))
            return WT_CHECK_UNKNOWN;
    } else {
        take_all(check);
        if (check->metric[0] == '\0')
            find_trouble(check);
    }
    for (size_t i = 0; i < check->count; i++)
        judge(check, &check->findings[i]);
    enum wt_check_code code = worst_code(check);
    put_line(check, code);
    return code;
}

enum wt_check_code wt_export_check(const struct wt_snapshot *snapshot,
                                   const struct wt_check_options *options, struct wt_time now,
                                   struct wt_buffer *out) {
    struct check check = {.snapshot = snapshot, .options = options, .out = out};
    if (options->metric != NULL)
        wt_text_clean(check.metric, sizeof check.metric, options->metric, strlen(options->metric));
    if (!is_believable(&check, now))
        return WT_CHECK_UNKNOWN;
    check.findings = calloc(snapshot->service_count, sizeof *check.findings);
    if (check.findings == NULL) {
        out->failed = true;
        return WT_CHECK_UNKNOWN;
    }
    enum wt_check_code code = judge_all(&check);
    free(check.findings);
    return out->failed ? WT_CHECK_UNKNOWN : code;
}
