#include "schema/names.h"

#include <string.h>

static bool has_prefix(const char *key, const char *prefix) {
    return strncmp(key, prefix, strlen(prefix)) == 0;
}

static bool has_suffix(const char *key, const char *suffix) {
    size_t length = strlen(key), suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(key + length - suffix_length, suffix) == 0;
}

enum wt_kind wt_kind_of_name(const char *key) {
    return has_suffix(key, "_total") || has_suffix(key, "_count") ? WT_KIND_COUNTER : WT_KIND_GAUGE;
}

enum wt_role wt_role_of_name(const char *key) {
    if (has_suffix(key, "_errors_total") || has_suffix(key, "_failed_total"))
        return WT_ROLE_ERRORS;
    if (wt_kind_of_name(key) == WT_KIND_COUNTER)
        return WT_ROLE_NONE;
    bool capacity = has_suffix(key, "_limit") || has_suffix(key, "_capacity") ||
                    has_suffix(key, "_max") || has_suffix(key, "_threads");
    bool queue =
        has_suffix(key, "_queued") || has_suffix(key, "_backlog") || has_prefix(key, "queue_");
    if (capacity == queue)
        return WT_ROLE_NONE;
    return capacity ? WT_ROLE_CAPACITY : WT_ROLE_QUEUE;
}

int wt_busy_rank_of_name(const char *key) {
    if (strcmp(key, "requests_active") == 0)
        return 2;
    return has_suffix(key, "_busy") && !has_prefix(key, "connections_") ? 1 : 0;
}
