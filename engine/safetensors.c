#include "engine/safetensors.h"

#include <stdbool.h>
#include <string.h>

#include <cJSON.h>

#include "engine/base/mem.h"

#define LENGTH_SIZE 8u /* of the header's length, which the file begins with */
#define REAL_SIZE   4u

/* {"dtype": "F32", "shape": [8, 1], "data_offsets": [0, 32]} */
static bool add_tensor(cJSON *header, const eng_param *param)
{
    const double shape[] = {(double)param->rows, (double)param->cols};
    size_t begin = param->offset * REAL_SIZE;
    size_t end = begin + param->rows * param->cols * REAL_SIZE;
    const double offsets[] = {(double)begin, (double)end};
    cJSON *tensor = cJSON_AddObjectToObject(header, param->name);
    return tensor && cJSON_AddStringToObject(tensor, "dtype", "F32") &&
           cJSON_AddItemToObject(tensor, "shape",
                                 cJSON_CreateDoubleArray(shape, (int)param->rank)) &&
           cJSON_AddItemToObject(tensor, "data_offsets", cJSON_CreateDoubleArray(offsets, 2));
}

/* The header's text, or NULL without memory: cJSON_free. */
static char *print_header(const eng_layout *layout, const eng_note *notes, size_t n_notes)
{
    char *text = NULL;
    cJSON *header = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(header, "__metadata__");
    bool ok = metadata != NULL;
    for (size_t i = 0; i < n_notes && ok; i++)
        ok = cJSON_AddStringToObject(metadata, notes[i].key, notes[i].value) != NULL;
    for (size_t i = 0; i < layout->n_params && ok; i++)
        ok = add_tensor(header, &layout->params[i]);
    if (ok)
        text = cJSON_PrintUnformatted(header);
    cJSON_Delete(header);
    return text;
}

static unsigned char *put(unsigned char *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        *at++ = (unsigned char)(value >> (8 * i));
    return at;
}

static void put_weights(unsigned char *at, const eng_real *weights, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float value = (float)weights[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        at = put(at, bits, REAL_SIZE);
    }
}

swp_status eng_safetensors_encode(const eng_layout *layout, const eng_real *weights,
                                  const eng_note *notes, size_t n_notes, void **bytes,
                                  size_t *n_bytes, swp_err *err)
{
    *bytes = NULL;
    char *header = print_header(layout, notes, n_notes);
    size_t length = header ? strlen(header) : 0;
    size_t padded = (length + 7) / 8 * 8; /* so that the tensors are aligned */
    unsigned char *out = NULL;
    if (header)
        out = swp_alloc(LENGTH_SIZE + padded + layout->total * REAL_SIZE, 1);
    if (!out) {
        cJSON_free(header);
        return swp_fail(err, SWP_NOMEM, "out of memory for the weights of a model");
    }
    unsigned char *at = put(out, padded, LENGTH_SIZE);
    memcpy(at, header, length);
    memset(at + length, ' ', padded - length);
    put_weights(at + padded, weights, layout->total);
    cJSON_free(header);
    *bytes = out;
    *n_bytes = LENGTH_SIZE + padded + layout->total * REAL_SIZE;
    return SWP_OK;
}
