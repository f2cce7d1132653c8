/* files.h - directories and files for one test, gone when it ends. */
#ifndef WT_TESTS_SUPPORT_FILES_H
#define WT_TESTS_SUPPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* A fresh directory, by preference on a tmpfs. The caller frees the name. Fails the test when it
 * cannot be made. */
char *test_directory(void);

/* Removes a directory and everything in it. NULL is fine. */
void test_remove_tree(const char *path);

/* directory/name; the caller frees it. */
char *test_path(const char *directory, const char *name);

/* Writes a whole file; fails the test when it cannot. */
void test_write_file(const char *path, const char *text);

bool test_exists(const char *path);

/* How many entries the directory has. */
size_t test_entries(const char *path);

#endif /* WT_TESTS_SUPPORT_FILES_H */
