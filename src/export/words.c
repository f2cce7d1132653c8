#include "export/words.h"

#include <string.h>

const char *wt_source_kind_text(enum wt_source_kind kind) {
    switch (kind) {
    case WT_SOURCE_LIVE:
        return "live";
    case WT_SOURCE_BUS:
        return "bus";
    case WT_SOURCE_ATTACH:
        return "attach";
    }
    return "live";
}

const char *wt_segment_state_text(enum wt_segment_state state) {
    switch (state) {
    case WT_SEGMENT_FREE:
        return "free";
    case WT_SEGMENT_ALLOCATED:
        return "allocated";
    case WT_SEGMENT_QUARANTINED:
        return "quarantined";
    }
    return "free";
}

const char *wt_severity_text(enum wt_severity severity) {
    switch (severity) {
    case WT_SEVERITY_INFO:
        return "info";
    case WT_SEVERITY_WARN:
        return "warn";
    case WT_SEVERITY_CRIT:
        return "crit";
    }
    return "info";
}

static const char *const flag_texts[WT_ROW_FLAG_COUNT] = {"fresh", "torn", "unreadable", "stuck",
                                                          "untimed"};

_Static_assert(WT_ROW_FRESH == 1 && WT_ROW_TORN == 2 && WT_ROW_UNREADABLE == 4 &&
                   WT_ROW_STUCK == 8 && WT_ROW_UNTIMED == 16,
               "flag_texts is in the order of the bits");

const char *wt_row_flag_text(int bit) {
    return flag_texts[bit];
}

/* The way back: asks the text function for every value up to the last one of its enum. */
#define DEFINE_FIND(name, type, last)                                                              \
    int wt_##name##_find(const char *word) {                                                       \
        for (int i = 0; i <= (int)(last); i++) {                                                   \
            if (strcmp(word, wt_##name##_text((type)i)) == 0)                                      \
                return i;                                                                          \
        }                                                                                          \
        return -1;                                                                                 \
    }

DEFINE_FIND(source_kind, enum wt_source_kind, WT_SOURCE_ATTACH)
DEFINE_FIND(source_health, enum wt_source_health, WT_SOURCE_LEFT)
DEFINE_FIND(segment_state, enum wt_segment_state, WT_SEGMENT_QUARANTINED)
DEFINE_FIND(severity, enum wt_severity, WT_SEVERITY_CRIT)
DEFINE_FIND(row_flag, int, WT_ROW_FLAG_COUNT - 1)
DEFINE_FIND(worker_state, enum wt_worker_state, WT_WORKER_GONE)
DEFINE_FIND(busy_source, enum wt_busy_source, WT_BUSY_BOTH)
DEFINE_FIND(verdict, enum wt_verdict, WT_VERDICT_CRIT)
DEFINE_FIND(cause, enum wt_cause, WT_CAUSES - 1)
DEFINE_FIND(event_kind, enum wt_event_kind, WT_EVENT_KINDS - 1)
DEFINE_FIND(kind, enum wt_kind, WT_KIND_COUNTER)
DEFINE_FIND(role, enum wt_role, WT_ROLE_ERRORS)
DEFINE_FIND(aggregate, enum wt_aggregate, WT_AGGREGATE_LAST)
DEFINE_FIND(flight_what, enum wt_flight_what, WT_FLIGHT_IS_NONSENSE)
DEFINE_FIND(record_what, enum wt_record_what, WT_RECORD_IS_NONSENSE)
