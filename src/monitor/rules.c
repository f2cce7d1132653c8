/* What an operator decided: it is looked up when a service is first seen and when the rules change,
 * and from then on a pointer away. */
#include "base/log.h"
#include "monitor/internal.h"

void wt_rules_give(struct wt_monitor *monitor, struct wt_service_entry *service) {
    const struct wt_service_rules *rules = wt_rules_find(monitor->rules, service->name);
    service->rules = rules;
    service->limits = rules != NULL ? &rules->limits : &monitor->limits;
}

void wt_monitor_set_rules(struct wt_monitor *monitor, const struct wt_rules *rules) {
    monitor->rules = rules;
    monitor->limits = rules != NULL ? rules->limits : wt_health_limits_default;
    for (size_t i = 0; i < monitor->service_count; i++)
        wt_rules_give(monitor, monitor->services[i]);
}

const struct wt_service_rules *wt_monitor_rules_of(const struct wt_monitor *monitor, uint64_t id) {
    const struct wt_member *member = wt_map_get(&monitor->members, id);
    return member == NULL ? NULL : member->service->rules;
}

void wt_monitor_config_told(struct wt_monitor *monitor, enum wt_severity severity,
                            const char *problem, const char *text, struct wt_time now) {
    char clean[384];
    wt_text_clean(monitor->config_problem, sizeof monitor->config_problem, problem,
                  strlen(problem));
    wt_text_clean(clean, sizeof clean, text, strlen(text));
    wt_events_add(monitor->events, now.realtime_ns,
                  severity == WT_SEVERITY_INFO ? WT_EVENT_RECOVERED : WT_EVENT_TROUBLE, severity, 0,
                  "", "%s", clean);
    wt_log(severity == WT_SEVERITY_INFO ? WT_LOG_INFO : WT_LOG_WARN, "config", "%s", clean);
}
