/* words.h - the words of the snapshot's JSON that have no text function of their own, and the way
 * back from words to values. Internal to src/export.
 */
#ifndef WT_EXPORT_WORDS_H
#define WT_EXPORT_WORDS_H

#include <stddef.h>

#include "model/snapshot.h"

const char *wt_source_kind_text(enum wt_source_kind kind);      /* "live", "bus", "attach" */
const char *wt_segment_state_text(enum wt_segment_state state); /* "free", "allocated", ... */
const char *wt_severity_text(enum wt_severity severity);        /* "info", "warn", "crit" */

/* The bits of wt_row_status.flags: 0 .. WT_ROW_FLAG_COUNT - 1 -> "fresh", "torn", ... */
enum { WT_ROW_FLAG_COUNT = 5 };
const char *wt_row_flag_text(int bit);

/* The value whose word this is, -1 when it is none of them. */
int wt_source_kind_find(const char *word);
int wt_source_health_find(const char *word);
int wt_segment_state_find(const char *word);
int wt_severity_find(const char *word);
int wt_row_flag_find(const char *word);
int wt_worker_state_find(const char *word);
int wt_busy_source_find(const char *word);
int wt_verdict_find(const char *word);
int wt_cause_find(const char *word);
int wt_event_kind_find(const char *word);
int wt_kind_find(const char *word);
int wt_role_find(const char *word);
int wt_aggregate_find(const char *word);
int wt_flight_what_find(const char *word);
int wt_record_what_find(const char *word);

#endif /* WT_EXPORT_WORDS_H */
