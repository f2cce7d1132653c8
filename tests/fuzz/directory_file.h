/* directory_file.h - a small directory file for the targets that attack one: whole, and the same
 * every time, with a section of every kind. */
#ifndef WT_TESTS_FUZZ_DIRECTORY_FILE_H
#define WT_TESTS_FUZZ_DIRECTORY_FILE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "fuzz/fuzz.h"
#include "shm/layout.h"

enum { FUZZ_DIRECTORY_STORES = 3 };

/* When its monitor looked. */
extern const struct wt_time fuzz_directory_now;

/* Files that stand behind it (paths may be NULL): before the first use of the others. */
void fuzz_directory_stores(const char *const *paths, const struct wt_shared_store_record *records);

/* The file; borrowed. */
const uint8_t *fuzz_directory_file(size_t *length);

/* Where a part of it lies: 0 the header, 1 the table, then the sections, again from the beginning
 * beyond the last. */
void fuzz_directory_part(unsigned part, size_t *begin, size_t *size);

/* Makes the checksums of both banks what their bytes need, as far as their header makes sense. */
void fuzz_directory_repair(uint8_t *file, size_t length);

/* What a viewer does with what it read: it decodes it, and whatever comes out is shown. */
void fuzz_directory_schema(const struct wt_buffer *bytes);
void fuzz_directory_snapshot(const struct wt_buffer *workers, const struct wt_buffer *tick);

#endif /* WT_TESTS_FUZZ_DIRECTORY_FILE_H */
