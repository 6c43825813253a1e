/* The .safetensors format: eight bytes that tell the length of a JSON header, the header, the
 * tensors in little-endian float32. A file is untrusted input: sizes, names, offsets and the
 * coverage of the data are checked before a weight is read. */
#include "engine/safetensors.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <cJSON.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/str.h"

#define METADATA    "__metadata__"
#define LENGTH_SIZE 8u /* of the header's length, which the file begins with */
#define REAL_SIZE   4u
#define MOST_HEADER ((uint64_t)1 << 20) /* bytes; those of this program have about two thousand */
#define MOST_NOTES  256
#define MOST_SHOWN  60 /* bytes of a hostile name in a message */

/* --- writing ---------------------------------------------------------------------------------- */

/* {"__metadata__":{...},"NAME":{"dtype":"F32","shape":[8,1],"data_offsets":[0,32]},...} */
static void write_header(const eng_layout *layout, const eng_note *notes, size_t n_notes,
                         swp_json *json)
{
    swp_json_object(json, NULL);
    swp_json_object(json, METADATA);
    for (size_t i = 0; i < n_notes; i++)
        swp_json_text(json, notes[i].key, notes[i].value);
    swp_json_end_object(json);
    for (size_t i = 0; i < layout->n_params; i++) {
        const eng_param *param = &layout->params[i];
        size_t begin = param->offset * REAL_SIZE;
        swp_json_object(json, param->name);
        swp_json_text(json, "dtype", "F32");
        swp_json_list(json, "shape");
        swp_json_size(json, NULL, param->rows);
        if (param->rank > 1)
            swp_json_size(json, NULL, param->cols);
        swp_json_end_list(json);
        swp_json_list(json, "data_offsets");
        swp_json_size(json, NULL, begin);
        swp_json_size(json, NULL, begin + param->rows * param->cols * REAL_SIZE);
        swp_json_end_list(json);
        swp_json_end_object(json);
    }
    swp_json_end_object(json);
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
    swp_json header = {.compact = true};
    write_header(layout, notes, n_notes, &header);
    size_t length = header.text.length;
    size_t padded = (length + 7) / 8 * 8; /* so that the tensors are aligned */
    unsigned char *out = NULL;
    if (!header.text.failed)
        out = swp_alloc(LENGTH_SIZE + padded + layout->total * REAL_SIZE, 1);
    if (!out) {
        swp_buf_deinit(&header.text);
        return swp_fail(err, SWP_NOMEM, "out of memory for the weights of a model");
    }
    unsigned char *at = put(out, padded, LENGTH_SIZE);
    memcpy(at, header.text.text, length);
    memset(at + length, ' ', padded - length);
    put_weights(at + padded, weights, layout->total);
    swp_buf_deinit(&header.text);
    *bytes = out;
    *n_bytes = LENGTH_SIZE + padded + layout->total * REAL_SIZE;
    return SWP_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A file being read. */
typedef struct reader {
    const char *header;
    size_t header_size;
    const unsigned char *data;
    size_t data_size;
    cJSON *json;
    eng_layout layout;
    size_t begin[ENG_MAX_PARAMS]; /* of each parameter's tensor in data; SIZE_MAX: not met yet */
} reader;

static uint64_t get(const unsigned char *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static swp_status find_parts(reader *r, const unsigned char *bytes, size_t n, swp_err *err)
{
    if (n < LENGTH_SIZE + 2)
        return swp_fail(err, SWP_FORMAT, "expected a .safetensors file, found %zu bytes", n);
    uint64_t length = get(bytes, LENGTH_SIZE);
    if (length > MOST_HEADER || bytes[LENGTH_SIZE] != '{')
        return swp_fail(err, SWP_FORMAT, "expected a .safetensors file, found something else");
    if (length > n - LENGTH_SIZE)
        return swp_fail(err, SWP_FORMAT, "expected a header of %llu bytes, found %zu: cut short",
                        (unsigned long long)length, n - LENGTH_SIZE);
    r->header = (const char *)bytes + LENGTH_SIZE;
    r->header_size = (size_t)length;
    r->data = bytes + LENGTH_SIZE + length;
    r->data_size = n - LENGTH_SIZE - (size_t)length;
    return SWP_OK;
}

/* Whether the header holds a NUL, as it is or escaped: names would end there. */
static bool holds_nul(const reader *r)
{
    static const char escaped[] = "\\u0000";
    for (size_t i = 0; i < r->header_size; i++) {
        if (r->header[i] == '\0')
            return true;
        if (r->header_size - i >= sizeof escaped - 1 &&
            memcmp(r->header + i, escaped, sizeof escaped - 1) == 0)
            return true;
    }
    return false;
}

static swp_status parse_header(reader *r, swp_err *err)
{
    const char *end = NULL;
    if (!holds_nul(r))
        r->json = cJSON_ParseWithLengthOpts(r->header, r->header_size, &end, false);
    bool sound = r->json && cJSON_IsObject(r->json);
    while (sound && end < r->header + r->header_size)
        sound = *end++ == ' ';
    return sound ? SWP_OK : swp_fail(err, SWP_FORMAT, "expected a header of JSON, found damage");
}

static const char *note_of(const cJSON *metadata, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, key));
}

/* Every value is a text, and no key comes twice. Counts them. */
static swp_status check_notes(const cJSON *metadata, size_t *n, swp_err *err)
{
    *n = 0;
    for (const cJSON *note = metadata->child; note; note = note->next, ++*n) {
        if (*n == MOST_NOTES)
            return swp_fail(err, SWP_FORMAT, "metadata: expected at most %d entries, found more",
                            MOST_NOTES);
        if (!cJSON_IsString(note))
            return swp_fail(err, SWP_FORMAT, "metadata: \"%.*s\": expected a text", MOST_SHOWN,
                            note->string);
        for (const cJSON *other = metadata->child; other != note; other = other->next)
            if (strcmp(other->string, note->string) == 0)
                return swp_fail(err, SWP_FORMAT, "metadata: \"%.*s\" is there twice", MOST_SHOWN,
                                note->string);
    }
    return SWP_OK;
}

static swp_status find_shape(const cJSON *metadata, eng_shape *shape, swp_err *err)
{
    static const eng_arch archs[] = {ENG_SINGLE, ENG_STACKED};
    const char *arch = note_of(metadata, "arch"), *dim = note_of(metadata, "embedding_dim");
    if (!arch || !dim)
        return swp_fail(err, SWP_FORMAT, "metadata: expected arch and embedding_dim, found no %s",
                        arch ? "embedding_dim" : "arch");
    int64_t number;
    if (!swp_parse_int(dim, 1, ENG_MAX_EMBEDDING_DIM, &number))
        return swp_fail(err, SWP_FORMAT, "metadata: embedding_dim: expected 1..%d, found \"%.*s\"",
                        ENG_MAX_EMBEDDING_DIM, MOST_SHOWN, dim);
    for (size_t i = 0; i < sizeof archs / sizeof archs[0]; i++) {
        if (strcmp(arch, eng_arch_name(archs[i])) == 0) {
            *shape = (eng_shape){archs[i], (size_t)number};
            return SWP_OK;
        }
    }
    return swp_fail(err, SWP_FORMAT, "metadata: arch: expected single or stacked, found \"%.*s\"",
                    MOST_SHOWN, arch);
}

/* Copy the notes into one block: the array, then the texts, made plain. */
static swp_status take_notes(const cJSON *metadata, size_t n, eng_saved *out, swp_err *err)
{
    size_t size = n * sizeof *out->notes;
    for (const cJSON *note = metadata->child; note; note = note->next)
        size += strlen(note->string) + strlen(note->valuestring) + 2;
    out->notes = swp_alloc(size, 1);
    if (!out->notes)
        return swp_fail(err, SWP_NOMEM, "out of memory for the metadata of a model");
    char *text = (char *)(out->notes + n);
    for (const cJSON *note = metadata->child; note; note = note->next) {
        eng_note *to = &out->notes[out->n_notes++];
        const char *const parts[] = {note->string, note->valuestring};
        const char **const places[] = {&to->key, &to->value};
        for (int i = 0; i < 2; i++) {
            size_t length = strlen(parts[i]) + 1;
            memcpy(text, parts[i], length);
            swp_make_plain(text);
            *places[i] = text;
            text += length;
        }
    }
    return SWP_OK;
}

static swp_status read_metadata(reader *r, eng_saved *out, swp_err *err)
{
    size_t n;
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(r->json, METADATA);
    if (!cJSON_IsObject(metadata))
        return swp_fail(err, SWP_FORMAT,
                        "expected metadata that says what model this is, "
                        "found none");
    swp_status status = check_notes(metadata, &n, err);
    if (status == SWP_OK)
        status = find_shape(metadata, &out->shape, err);
    return status == SWP_OK ? take_notes(metadata, n, out, err) : status;
}

/* A whole number that a double holds exactly. */
static bool whole(const cJSON *item, size_t *out)
{
    const double most = 9007199254740992.0; /* 2^53 */
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble <= most) ||
        item->valuedouble != floor(item->valuedouble))
        return false;
    *out = (size_t)item->valuedouble;
    return true;
}

/* Whether a list holds just these numbers. */
static bool is_list_of(const cJSON *list, const size_t *numbers, int n)
{
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != n)
        return false;
    for (int i = 0; i < n; i++) {
        size_t found;
        if (!whole(cJSON_GetArrayItem(list, i), &found) || found != numbers[i])
            return false;
    }
    return true;
}

static swp_status find_param(const reader *r, const cJSON *tensor, size_t *index, swp_err *err)
{
    for (*index = 0; *index < r->layout.n_params; ++*index)
        if (strcmp(r->layout.params[*index].name, tensor->string) == 0)
            break;
    if (*index == r->layout.n_params)
        return swp_fail(err, SWP_FORMAT, "tensor \"%.*s\": a %s model has none of this name",
                        MOST_SHOWN, tensor->string, eng_arch_name(r->layout.shape.arch));
    if (r->begin[*index] != SIZE_MAX)
        return swp_fail(err, SWP_FORMAT, "tensor %s is there twice", tensor->string);
    return SWP_OK;
}

static swp_status read_tensor(reader *r, const cJSON *tensor, swp_err *err)
{
    size_t index;
    swp_status status = find_param(r, tensor, &index, err);
    if (status != SWP_OK)
        return status;
    const eng_param *param = &r->layout.params[index];
    const size_t shape[] = {param->rows, param->cols};
    const char *dtype = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tensor, "dtype"));
    if (!dtype || strcmp(dtype, "F32") != 0)
        return swp_fail(err, SWP_FORMAT, "tensor %s: expected dtype F32, found \"%.*s\"",
                        param->name, MOST_SHOWN, dtype ? dtype : "");
    if (!is_list_of(cJSON_GetObjectItemCaseSensitive(tensor, "shape"), shape, (int)param->rank))
        return swp_fail(err, SWP_FORMAT,
                        param->rank == 1
                            ? "tensor %s: expected the shape [%zu], found another"
                            : "tensor %s: expected the shape [%zu, %zu], found another",
                        param->name, param->rows, param->cols);
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(tensor, "data_offsets");
    size_t begin, size = param->rows * param->cols * REAL_SIZE;
    if (!whole(cJSON_GetArrayItem(offsets, 0), &begin) || begin > r->data_size ||
        r->data_size - begin < size ||
        !is_list_of(offsets, (const size_t[]){begin, begin + size}, 2))
        return swp_fail(err, SWP_FORMAT,
                        "tensor %s: expected %zu bytes within the file, found other offsets",
                        param->name, size);
    if (cJSON_GetArraySize(tensor) != 3)
        return swp_fail(err, SWP_FORMAT,
                        "tensor %s: expected dtype, shape and data_offsets, found more",
                        param->name);
    r->begin[index] = begin;
    return SWP_OK;
}

/* Every tensor of the model once, and nothing else; together they are the whole rest of the file.
 */
static swp_status read_tensors(reader *r, swp_err *err)
{
    size_t n_metadata = 0;
    for (size_t i = 0; i < ENG_MAX_PARAMS; i++)
        r->begin[i] = SIZE_MAX;
    for (const cJSON *item = r->json->child; item; item = item->next) {
        if (strcmp(item->string, METADATA) == 0) {
            if (n_metadata++ > 0)
                return swp_fail(err, SWP_FORMAT, "metadata is there twice");
            continue;
        }
        swp_status status = read_tensor(r, item, err);
        if (status != SWP_OK)
            return status;
    }
    for (size_t i = 0; i < r->layout.n_params; i++) {
        const eng_param *a = &r->layout.params[i];
        if (r->begin[i] == SIZE_MAX)
            return swp_fail(err, SWP_FORMAT, "tensor %s is missing", a->name);
        for (size_t j = 0; j < i; j++) {
            const eng_param *b = &r->layout.params[j];
            if (r->begin[i] < r->begin[j] + b->rows * b->cols * REAL_SIZE &&
                r->begin[j] < r->begin[i] + a->rows * a->cols * REAL_SIZE)
                return swp_fail(err, SWP_FORMAT, "tensors %s and %s overlap", b->name, a->name);
        }
    }
    if (r->data_size != r->layout.total * REAL_SIZE)
        return swp_fail(err, SWP_FORMAT, "expected %zu bytes of tensors, found %zu",
                        r->layout.total * REAL_SIZE, r->data_size);
    return SWP_OK;
}

static swp_status take_weights(const reader *r, eng_saved *out, swp_err *err)
{
    out->weights = swp_alloc(r->layout.total, sizeof *out->weights);
    if (!out->weights)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu weights", r->layout.total);
    for (size_t p = 0; p < r->layout.n_params; p++) {
        const eng_param *param = &r->layout.params[p];
        const unsigned char *at = r->data + r->begin[p];
        for (size_t i = 0; i < param->rows * param->cols; i++, at += REAL_SIZE) {
            uint32_t bits = (uint32_t)get(at, REAL_SIZE);
            float value;
            memcpy(&value, &bits, sizeof value);
            if (!isfinite(value))
                return swp_fail(err, SWP_FORMAT, "tensor %s: value %zu is not a finite number",
                                param->name, i + 1);
            out->weights[param->offset + i] = (eng_real)value;
        }
    }
    return SWP_OK;
}

swp_status eng_safetensors_decode(const void *bytes, size_t n_bytes, eng_saved *out, swp_err *err)
{
    *out = (eng_saved){0};
    reader r = {0};
    swp_status status = find_parts(&r, bytes, n_bytes, err);
    if (status == SWP_OK)
        status = parse_header(&r, err);
    if (status == SWP_OK)
        status = read_metadata(&r, out, err);
    if (status == SWP_OK) {
        r.layout = eng_layout_of(out->shape);
        status = read_tensors(&r, err);
    }
    if (status == SWP_OK)
        status = take_weights(&r, out, err);
    cJSON_Delete(r.json);
    if (status != SWP_OK)
        eng_saved_deinit(out);
    return status;
}

const char *eng_saved_note(const eng_saved *saved, const char *key)
{
    for (size_t i = 0; i < saved->n_notes; i++)
        if (strcmp(saved->notes[i].key, key) == 0)
            return saved->notes[i].value;
    return NULL;
}

void eng_saved_deinit(eng_saved *saved)
{
    swp_free(saved->weights);
    swp_free(saved->notes);
    *saved = (eng_saved){0};
}
