/* Strict reader of safetensors files with float32 tensors, for the PyTorch reference cases. Fails
 * the running cmocka test, naming file and tensor, when anything is malformed. */
#ifndef TEST_TENSORS_H
#define TEST_TENSORS_H

#include <stddef.h>

typedef struct cJSON cJSON;

typedef struct tensors {
    char *bytes;
    const char *data; /* after the header */
    size_t data_size;
    cJSON *header;
    const char *path;
} tensors;

void tensors_open(tensors *file, const char *path);
void tensors_close(tensors *file);

/* Text of the file's metadata. */
const char *tensors_meta(const tensors *file, const char *key);

/* Tensor of the given name with exactly n elements, borrowed from the file. */
const float *tensors_get(const tensors *file, const char *name, size_t n);

/* Number of elements of a tensor. */
size_t tensors_size(const tensors *file, const char *name);

#endif
