/* names.h - what a field's name says about it (docs/SNAPSHOT.md, "What names say"), where no hint
 * does.
 *
 * Threads: pure functions.
 */
#ifndef WT_SCHEMA_NAMES_H
#define WT_SCHEMA_NAMES_H

#include "schema/schema.h"

/* `*_total` and `*_count` are counters, everything else is a gauge. */
enum wt_kind wt_kind_of_name(const char *key);

/*
 * `*_errors_total` and `*_failed_total` are errors. Among gauges, `*_limit`, `*_capacity`, `*_max`
 * and `*_threads` are capacity, `*_queued`, `*_backlog` and `queue_*` are queue; a name that is
 * both (queue_limit: how long the queue may get) is neither. Busy is not decided here, because only
 * one field of a schema can be it.
 */
enum wt_role wt_role_of_name(const char *key);

/* How well a name fits the busy role: 2 requests_active, 1 `*_busy`, 0 not at all. `connections_*`
 * never fits: an idle connection is not work. */
int wt_busy_rank_of_name(const char *key);

#endif /* WT_SCHEMA_NAMES_H */
