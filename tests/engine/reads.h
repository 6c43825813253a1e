/* Assertions about reading a file, for tests of the loaders. */
#ifndef TEST_ENGINE_READS_H
#define TEST_ENGINE_READS_H

#include <stddef.h>

#include "engine/data/dataset.h"

/* Make an empty folder for the files of test_put(), named after the test program. */
void test_reads_begin(const char *name);

/* Write `size` bytes as a file of that folder. Returns its path, which the call after next
 * overwrites. */
const char *test_put(const char *name, const void *bytes, size_t size);

/* Fail unless `set` was read and is `want`: "label:value,value label:value,value". `about` says in
 * a failure what was read. Destroys `set`. */
void test_assert_set(eng_dataset *set, swp_status status, const swp_err *err, const char *about,
                     const char *want);

/* Fail unless the file is refused for its format. `place` is "file:line" or part of the message,
 * `way` a part of the hint. */
void test_assert_refused(const char *path, const eng_reading *how, const char *place,
                         const char *way);

#endif
