/* Files and folders for the tests of charts. */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* "FOLDER/NAME", valid for the next three calls. */
const char *test_path(const char *folder, const char *name);

/* An empty folder NAME in the build tree; what an earlier run left there is removed. */
const char *test_folder(const char *name);

/* The text of a file, asserting that it can be read. The caller frees with free. */
char *test_read(const char *path, size_t *size);
void test_write(const char *path, const char *text);
bool test_exists(const char *path);

/* Number of entries of a folder whose names have this ending. */
size_t test_count(const char *folder, const char *ending);

#endif
