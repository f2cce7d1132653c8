/* dump.h - what a screen shows as a JSON file with a name of its own. */
#ifndef WT_CLI_DUMP_H
#define WT_CLI_DUMP_H

#include <limits.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/status.h"
#include "model/snapshot.h"

/*
 * Writes a text to worktop-KINDYYYYmmdd-HHMMSS.json (local time of the look; -1, -2 ... before
 * ".json" when that exists) in the working directory, mode 0600. A file that exists is never
 * touched; nothing is left behind by a failure. On WT_OK `path` is the absolute path.
 */
wt_status wt_dump_text(const struct wt_buffer *text, const char *kind, int64_t realtime_ns,
                       char path[static PATH_MAX], struct wt_error *err);

/* The same with a whole snapshot, without a kind. */
wt_status wt_dump_snapshot(const struct wt_snapshot *snapshot, struct wt_time now,
                           char path[static PATH_MAX], struct wt_error *err);

#endif /* WT_CLI_DUMP_H */
