/* usage.h - what the kernel says of processes and listening sockets, as JSON and back. Internal to
 * src/export.
 */
#ifndef WT_EXPORT_USAGE_H
#define WT_EXPORT_USAGE_H

#include "export/import.h"
#include "model/snapshot.h"
#include "json/writer.h"

/* Members `slots`, `usage` and `listeners` of a service. Documents without them (the first writers
 * had none) say that nothing is known. */
void wt_json_put_usage(struct wt_json_writer *w, const struct wt_snapshot *snapshot,
                       const struct wt_service *service);
void wt_import_usage(struct wt_import *import, const struct wt_json *object,
                     struct wt_service *service);

/* Member `processes` of the document. */
void wt_json_put_processes(struct wt_json_writer *w, const struct wt_snapshot *snapshot);
void wt_import_processes(struct wt_import *import, const struct wt_json *root);

#endif /* WT_EXPORT_USAGE_H */
