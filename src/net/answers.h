/* answers.h - the bus values of the application protocol: schemas in, status out.
 *
 * Inner header of src/net. Threads: no shared state.
 */
#ifndef WT_NET_ANSWERS_H
#define WT_NET_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"
#include "bus/value.h"
#include "model/snapshot.h"
#include "monitor/monitor.h"

/*
 * What a worker answered to setup_utilization_observer -> a schema for a segment of segment_bytes.
 * Items that are no [key, type, offset] are left out and named in the schema's problems. An empty
 * list gives an empty schema. Texts may be symbols or strings. rules: those of the worker's
 * service, NULL for none.
 *   WT_EFORMAT  the answer is no list     WT_ENOMEM
 */
wt_status wt_schema_of_answer(const struct wt_bus_value *answer, size_t segment_bytes,
                              const struct wt_service_rules *rules, struct wt_schema **out,
                              struct wt_error *err);

/* What register's process_id:, worker and state: say. Fields that are missing or of the wrong type
 * stay as they are in out. Texts are borrowed from the values. */
void wt_registration_of_state(const struct wt_bus_value *state, struct wt_registration *out);

/*
 * Appends [{:type => :utilization_monitor, :data => {SERVICE => {:field => figure, ...,
 * :worker_count => n}}}]: sums, unless a field's aggregate says otherwise. Services without a
 * worker that has metrics are left out. A sum above 2^64-1 or below -2^63 is sent as a float, which
 * keeps its magnitude; a sum that does not exist (all values NaN or infinite) is left out: the bus
 * never carries NaN.
 */
void wt_status_to_bus(const struct wt_snapshot *snapshot, struct wt_buffer *out);

/* Appends the array of ids. */
void wt_keys_to_bus(const struct wt_monitor *monitor, struct wt_buffer *out);

#endif /* WT_NET_ANSWERS_H */
