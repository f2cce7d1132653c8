/* activity.h - model/activity.h as JSON, and back. Internal to src/export. */
#ifndef WT_EXPORT_ACTIVITY_H
#define WT_EXPORT_ACTIVITY_H

#include "export/import.h"
#include "model/snapshot.h"
#include "json/writer.h"

/* Puts the member "activity". */
void wt_export_activity(struct wt_json_writer *w, const struct wt_snapshot *snapshot);

/* Reads it; the snapshot's time is there already. A document of the first writers has none. */
void wt_import_activity(struct wt_import *import, const struct wt_json *root);

#endif /* WT_EXPORT_ACTIVITY_H */
