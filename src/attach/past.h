/* past.h - the last hour of every service as the monitor wrote it into its directory file. */
#ifndef WT_ATTACH_PAST_H
#define WT_ATTACH_PAST_H

#include "attach/attach.h"
#include "model/history.h"

/*
 * A history with what the attached file has, for the caller to go on with and to destroy.
 *   WT_ENOENT   the file has none (an older monitor, or one without the space)
 *   WT_EDEAD    it was truncated underneath;  WT_ENOMEM
 * Nothing in it is believed: series that are none of ours are left out, values that are no finite
 * numbers are gaps, as are seconds that were being written, that are older than an hour, or later
 * than the monitor's last heartbeat.
 */
wt_status wt_attach_history(const struct wt_attach *attach, struct wt_history **out,
                            struct wt_error *err);

#endif /* WT_ATTACH_PAST_H */
