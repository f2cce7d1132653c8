/* flat_schema.h - a flat schema inside other flat bytes. For the files model/flat_*.c only. */
#ifndef WT_MODEL_FLAT_SCHEMA_H
#define WT_MODEL_FLAT_SCHEMA_H

#include "model/flat_read.h"
#include "schema/schema.h"

/* Reads one schema and steps over it: one reference, or NULL and the reader's failure. What is
 * wrong with single fields is a problem of the schema, as if a worker had announced it. */
struct wt_schema *wt_flat_read_schema(struct wt_flat_reader *reader, size_t segment_bytes);

#endif /* WT_MODEL_FLAT_SCHEMA_H */
