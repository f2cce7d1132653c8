/* What happened to a worker and around it: the events of its service, beside its graphs. */
#include <stdio.h>
#include <string.h>

#include "base/format.h"
#include "ui/views/doing.h"
#include "ui/views/events.h"
#include "ui/widgets/frame.h"

/* Those of the worker itself stand out. */
void wt_worker_events_draw(const struct wt_app *app, const struct wt_canvas *canvas,
                           struct wt_rect rect) {
    char name[280], clock[WT_FORMAT_SIZE];
    snprintf(name, sizeof name, "of %s", app->service_name);
    struct wt_frame frame = {.title = "events", .name = name};
    struct wt_rect inner = wt_frame_draw(canvas, rect, &frame);
    const struct wt_snapshot *snapshot = app->snapshot;
    bool is_empty = true;
    for (size_t i = snapshot->event_count; i-- > 0 && inner.rows > 0;) {
        const struct wt_event *event = &snapshot->events[i];
        bool is_own = event->worker_id == app->chosen.id;
        if (!is_own && strcmp(event->service, app->service_name) != 0)
            continue;
        is_empty = false;
        wt_format_clock(clock, sizeof clock, event->realtime_ns);
        struct wt_line line = wt_line_begin(canvas, wt_rect_take_top(&inner, 1));
        wt_line_addf(&line, WT_STYLE_DIM, "%s  ", clock);
        wt_line_add(&line,
                    event->severity != WT_SEVERITY_INFO ? wt_severity_style(event->severity)
                    : is_own                            ? WT_STYLE_TITLE
                                                        : WT_STYLE_TEXT,
                    wt_event_of_service(event));
    }
    if (is_empty && inner.rows > 0)
        wt_text(canvas, inner, "nothing yet", WT_STYLE_DIM);
}
