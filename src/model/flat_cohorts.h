/* flat_cohorts.h - the cohorts of a tick part, for the files model/flat_*.c only. */
#ifndef WT_MODEL_FLAT_COHORTS_H
#define WT_MODEL_FLAT_COHORTS_H

#include "model/flat_decode.h"

/* Reads `count` cohorts over these workers into snapshot, whose services are there already. */
void wt_flat_read_cohorts(struct wt_flat_reader *reader, struct wt_snapshot *snapshot,
                          const struct wt_flat_workers *workers, uint32_t count);

#endif /* WT_MODEL_FLAT_COHORTS_H */
