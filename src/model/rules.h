/* rules.h - what an operator decided about services: thresholds of verdicts, and what fields mean.
 * Plain data, made by src/config and kept by whoever made it.
 *
 * Threads: plain data, no shared state.
 */
#ifndef WT_MODEL_RULES_H
#define WT_MODEL_RULES_H

#include <stddef.h>
#include <string.h>

#include "model/endpoint.h"
#include "model/health.h"
#include "schema/schema.h"

struct wt_service_rules {
    const char *name;               /* of the service, as it is shown */
    struct wt_health_limits limits; /* whole: the general ones where it says nothing */
    const struct wt_field_rule *fields;
    size_t field_count;
    const struct wt_endpoint *listens; /* where it listens, as the operator knows */
    size_t listen_count;
};

struct wt_rules {
    struct wt_health_limits limits; /* of services without rules of their own */
    const struct wt_service_rules *services;
    size_t service_count;
};

/* NULL when nothing was decided about this service; rules may be NULL. O(services with rules). */
static inline const struct wt_service_rules *wt_rules_find(const struct wt_rules *rules,
                                                           const char *name) {
    for (size_t i = 0; rules != NULL && i < rules->service_count; i++)
        if (strcmp(rules->services[i].name, name) == 0)
            return &rules->services[i];
    return NULL;
}

#endif /* WT_MODEL_RULES_H */
