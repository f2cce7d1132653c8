#include "model/activity.h"

const char *wt_flight_what_text(enum wt_flight_what what) {
    static const char *const texts[] = {
#define WT_FLIGHT_WHAT_TEXT(name, text) [WT_FLIGHT_IS_##name] = text,
        WT_FLIGHT_WHAT_MAP(WT_FLIGHT_WHAT_TEXT)
#undef WT_FLIGHT_WHAT_TEXT
    };
    size_t index = (size_t)what;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "nonsense";
}

const char *wt_record_what_text(enum wt_record_what what) {
    static const char *const texts[] = {
#define WT_RECORD_WHAT_TEXT(name, text) [WT_RECORD_IS_##name] = text,
        WT_RECORD_WHAT_MAP(WT_RECORD_WHAT_TEXT)
#undef WT_RECORD_WHAT_TEXT
    };
    size_t index = (size_t)what;
    return index < sizeof texts / sizeof texts[0] ? texts[index] : "nonsense";
}

const struct wt_flight_info *wt_activity_flight(const struct wt_activity *activity,
                                                uint64_t worker_id) {
    for (size_t i = 0; i < activity->flight_count; i++)
        if (activity->flights[i].worker_id == worker_id)
            return &activity->flights[i];
    return NULL;
}

const struct wt_worker_activity *wt_activity_of(const struct wt_activity *activity,
                                                uint64_t worker_id) {
    if (activity->focus != NULL && activity->focus->worker_id == worker_id)
        return activity->focus;
    for (size_t i = 0; i < activity->box_count; i++)
        if (activity->boxes[i].worker_id == worker_id)
            return &activity->boxes[i];
    return NULL;
}
