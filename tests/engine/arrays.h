/* NumPy's files, written byte by byte, so that tests can also write wrong ones. */
#ifndef TEST_ENGINE_ARRAYS_H
#define TEST_ENGINE_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct test_array {
    const char *name; /* in an archive */
    const char *type; /* "<f4" */
    bool fortran;
    const char *shape; /* "(2, 3)" */
    const void *data;
    size_t size; /* bytes of it */
} test_array;

/* The bytes of a .npy file, and of an .npz archive of them. Return their number. */
size_t test_npy(const test_array *array, unsigned char *out, size_t room);
size_t test_npz(const test_array *arrays, size_t n, bool deflated, unsigned char *out, size_t room);

#endif
