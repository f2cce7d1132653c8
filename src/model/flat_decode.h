/* flat_decode.h - decoded workers, for the files model/flat_*.c only. */
#ifndef WT_MODEL_FLAT_DECODE_H
#define WT_MODEL_FLAT_DECODE_H

#include "model/flat_read.h"
#include "model/snapshot.h"

struct wt_flat_identities {
    const char *service;
    const struct wt_schema *schema; /* one reference, NULL for none */
    size_t row_count, worker_count;
    const struct wt_worker *const *rows;
};

struct wt_flat_workers {
    uint32_t references; /* atomic */
    size_t cohort_count;
    struct wt_flat_identities *cohorts;
    int64_t last_segment, last_recorder; /* the largest of all workers, -1 without */
};

#endif /* WT_MODEL_FLAT_DECODE_H */
