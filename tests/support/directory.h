/* directory.h - a small directory file in a folder of its own, its writer and a view of it. */
#ifndef WT_TESTS_SUPPORT_DIRECTORY_H
#define WT_TESTS_SUPPORT_DIRECTORY_H

#include "base/buffer.h"
#include "shm/directory.h"

enum { TEST_DIRECTORY_SEGMENTS = 8, TEST_DIRECTORY_BANK = 1024 };

struct test_directory_file {
    char *folder;
    char *path;
    struct wt_directory *directory;
    struct wt_directory_view *view;
};

/* Room for 8 segments of stores 0 and 1, none of 2; 512 bytes of schemas, 4 services, 4 retired
 * totals, banks of 1 KiB; the facts host=box and version=1. */
struct wt_directory_options test_directory_options(const char *path);

/* Makes the folder and names the file in it; makes no file. */
void test_directory_init(struct test_directory_file *t);

/* ... and the file (options NULL: those above; their path is set). The view is not opened. */
void test_directory_open(struct test_directory_file *t, const struct wt_directory_options *options);

/* Opens the view, or fails the test. */
void test_directory_view(struct test_directory_file *t);

/* Closes what is open, removes the folder. */
void test_directory_close(struct test_directory_file *t);

/* Bytes that say which snapshot they are of: 8-byte number, then a pattern of it. */
void test_directory_pattern(struct wt_buffer *out, uint64_t number, size_t length);

/* Whether these bytes are such a pattern, whole; its number. */
bool test_directory_is_pattern(const struct wt_buffer *bytes, uint64_t *number);

/* Publishes patterns of this number, of so many bytes. */
wt_status test_directory_publish(struct wt_directory *directory, uint64_t number,
                                 uint64_t workers_version, size_t workers_bytes, size_t tick_bytes);

/* Writes bytes into a file at an offset; fails the test when it cannot. */
void test_directory_patch(const char *path, uint64_t offset, const void *bytes, size_t length);

/* Reads all there is through every verb, whatever it answers. Returns how many answers were WT_OK.
 * Fails the test when a text does not end or an answer is none of the contract's. */
size_t test_directory_read_all(const struct wt_directory_view *view);

#endif /* WT_TESTS_SUPPORT_DIRECTORY_H */
