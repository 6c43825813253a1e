/* Data for tests: real data if it is on this machine, and small files. */
#ifndef TEST_DATA_H
#define TEST_DATA_H

#include <stddef.h>

/* The folder of a real data set, searched as the program does: $SWEEP_DATA, data/ and
 * ../shared/data/ beside the sources, $XDG_DATA_HOME/sweep. NULL when it is missing; the text is
 * valid until the next call. */
const char *test_data_folder(const char *name);

/* A fresh folder below the build tree. The text is valid until the next call. */
const char *test_fresh_folder(const char *name);

/* Write a file or fail the test. */
void test_write_bytes(const char *path, const void *bytes, size_t size);
void test_write_text(const char *path, const char *text);

/* A whole file, NUL-terminated, or a failed test. The caller frees with free(). */
char *test_read_file(const char *path, size_t *size);

#endif
