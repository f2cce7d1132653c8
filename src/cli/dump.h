/* dump.h - a snapshot as a JSON file with a name of its own. */
#ifndef WT_CLI_DUMP_H
#define WT_CLI_DUMP_H

#include <stddef.h>

#include "base/clock.h"
#include "base/status.h"
#include "model/snapshot.h"

/*
 * Writes the snapshot to worktop-YYYYmmdd-HHMMSS.json (local time of the look; -1, -2 ... before
 * ".json" when that exists) in the working directory, mode 0600. A file that exists is never
 * touched; nothing is left behind by a failure. On WT_OK `path` is the absolute path.
 */
wt_status wt_dump_snapshot(const struct wt_snapshot *snapshot, struct wt_time now, char *path,
                           size_t size, struct wt_error *err);

#endif /* WT_CLI_DUMP_H */
