#include "tests/support/tensors.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/support/cmocka_all.h"

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

void tensors_open(tensors *file, const char *path)
{
    size_t size;
    file->path = path;
    file->bytes = read_file(path, &size);
    uint64_t header_size;
    assert_true(size > sizeof header_size);
    memcpy(&header_size, file->bytes, sizeof header_size);
    assert_true(header_size <= size - sizeof header_size);
    file->header = cJSON_ParseWithLength(file->bytes + sizeof header_size, header_size);
    if (!file->header)
        fail_msg("%s: the header is not JSON", path);
    file->data = file->bytes + sizeof header_size + header_size;
    file->data_size = size - sizeof header_size - header_size;
}

void tensors_close(tensors *file)
{
    cJSON_Delete(file->header);
    free(file->bytes);
}

static const cJSON *item(const tensors *file, const cJSON *of, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(of, name);
    if (!found)
        fail_msg("%s: no '%s'", file->path, name);
    return found;
}

const char *tensors_meta(const tensors *file, const char *key)
{
    return item(file, item(file, file->header, "__metadata__"), key)->valuestring;
}

size_t tensors_size(const tensors *file, const char *name)
{
    const cJSON *offsets = item(file, item(file, file->header, name), "data_offsets");
    double begin = cJSON_GetArrayItem(offsets, 0)->valuedouble;
    double end = cJSON_GetArrayItem(offsets, 1)->valuedouble;
    assert_true(begin <= end && end <= (double)file->data_size);
    return (size_t)(end - begin) / sizeof(float);
}

const float *tensors_get(const tensors *file, const char *name, size_t n)
{
    const cJSON *tensor = item(file, file->header, name);
    assert_string_equal(item(file, tensor, "dtype")->valuestring, "F32");
    if (tensors_size(file, name) != n)
        fail_msg("%s: %s has %zu elements, expected %zu", file->path, name,
                 tensors_size(file, name), n);
    const cJSON *offsets = item(file, tensor, "data_offsets");
    /* Offsets are multiples of 4 after a header that is padded to 8, and malloc aligns to 16. */
    const void *at = file->data + (size_t)cJSON_GetArrayItem(offsets, 0)->valuedouble;
    return at;
}
