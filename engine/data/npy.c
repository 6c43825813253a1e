/* NumPy's arrays: the header of a .npy file or member, and its elements as numbers and labels.
 * Sizes are checked against the bytes that exist before memory is allocated.
 *
 * source   numpy.lib.format, versions 1.0 to 3.0 */
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/npy_priv.h"

#define MOST_HEADER 65536u

bool eng_npy_knows(const unsigned char *start, size_t n)
{
    return n >= 6 && memcmp(start, "\x93NUMPY", 6) == 0;
}

/* "a.npy", or "a.npz: array X". */
static const char *place(const eng_stream *stream, char out[600])
{
    snprintf(out, 600, "%.400s%s%.150s", stream->path, stream->name ? ": array " : "",
             stream->name ? stream->name : "");
    return out;
}

swp_status eng_npy_no_memory(const eng_stream *stream, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory to read %s", stream->path);
}

swp_status eng_npy_fail(const eng_stream *stream, swp_err *err, const char *fmt, ...)
{
    char text[400], where[600];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return swp_fail(err, SWP_FORMAT, "%s: %s", place(stream, where), text);
}

/* Read exactly this many bytes. */
swp_status eng_npy_take(const eng_stream *stream, void *bytes, size_t size, swp_err *err)
{
    size_t got;
    swp_status status = stream->read(stream->source, bytes, size, &got, err);
    if (status == SWP_OK && got < size) {
        status = eng_npy_fail(stream, err,
                              "expected more bytes, found the end: was the file cut short?");
        swp_hint(err, "copy or download the file again");
    }
    return status;
}

/* --- the header ------------------------------------------------------------------------------- */

static const char *skip(const char *c)
{
    return c + strspn(c, " \t\n");
}

/* Read a text in quotes. Returns what follows it, or NULL. */
static const char *read_text(const char *c, char *out, size_t size)
{
    char quote = *c;
    if (quote != '\'' && quote != '"')
        return NULL;
    const char *end = strchr(++c, quote);
    if (!end || (size_t)(end - c) >= size)
        return NULL;
    memcpy(out, c, (size_t)(end - c));
    out[end - c] = '\0';
    return end + 1;
}

/* Read "(5000, 140)", "(3,)" or "()". */
static const char *read_shape(const char *c, eng_npy *out, bool *too_many)
{
    if (*c != '(')
        return NULL;
    out->n_dims = 0;
    for (c = skip(c + 1); *c != ')'; c = skip(c)) {
        uint64_t dim = 0;
        const char *start = c;
        for (; *c >= '0' && *c <= '9'; c++) {
            if (dim > UINT64_MAX / 100)
                return NULL;
            dim = dim * 10 + (uint64_t)(*c - '0');
        }
        if (c == start)
            return NULL;
        if (out->n_dims == ENG_NPY_DIMS)
            *too_many = true;
        else
            out->dims[out->n_dims++] = dim;
        c = skip(c);
        if (*c == ',')
            c++;
        else if (*c != ')')
            return NULL;
    }
    return c + 1;
}

/* "<f4", "|u1", "<U12": byte order, kind, size. False: another type of NumPy's. */
static bool parse_type(const char *text, eng_npy *out)
{
    static const struct {
        char kind;
        const char *sizes;
    } kinds[] = {{'f', "248"}, {'i', "1248"}, {'u', "1248"}, {'b', "1"}};
    out->kind = '\0';
    snprintf(out->what, sizeof out->what, "%.20s", text);
    out->big_endian = *text == '>';
    if (!strchr("<>|=", *text) || !*text)
        return false;
    char kind = text[1];
    int64_t size;
    if (!kind || !swp_parse_int(text + 2, 1, INT_MAX, &size))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kind == kinds[i].kind && size < 10 && strchr(kinds[i].sizes, (int)('0' + size)) &&
            (*text != '|' || size == 1)) {
            out->kind = kind;
            out->size = (size_t)size;
        }
    }
    if ((kind == 'U' || kind == 'S') && size <= ENG_MAX_LABEL) {
        out->kind = kind;
        out->size = (size_t)size * (kind == 'U' ? 4 : 1);
    }
    return out->kind != '\0';
}

/* Read "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }". */
static swp_status parse_header(const eng_stream *stream, const char *text, eng_npy *out,
                               swp_err *err)
{
    bool has_type = false, has_order = false, has_shape = false, too_many = false;
    char key[24], type[64];
    const char *c = skip(text);
    c = *c == '{' ? skip(c + 1) : NULL;
    while (c && *c != '}') {
        c = read_text(c, key, sizeof key);
        c = c ? skip(c) : NULL;
        c = c && *c == ':' ? skip(c + 1) : NULL;
        if (!c)
            break;
        if (strcmp(key, "descr") == 0) {
            if (*c == '[')
                return eng_npy_fail(
                    stream, err, "expected an array of numbers, found records of several fields");
            c = read_text(c, type, sizeof type);
            has_type = c != NULL;
            if (c)
                (void)parse_type(type, out);
        } else if (strcmp(key, "fortran_order") == 0) {
            out->fortran = strncmp(c, "True", 4) == 0;
            has_order = out->fortran || strncmp(c, "False", 5) == 0;
            c = has_order ? c + (out->fortran ? 4 : 5) : NULL;
        } else if (strcmp(key, "shape") == 0) {
            c = read_shape(c, out, &too_many);
            has_shape = c != NULL;
        } else {
            c = NULL;
        }
        c = c ? skip(c) : NULL;
        if (c && *c == ',')
            c = skip(c + 1);
        else if (c && *c != '}')
            c = NULL;
    }
    if (!c || !has_type || !has_order || !has_shape || *skip(c + 1) != '\0')
        return eng_npy_fail(stream, err,
                            "expected a header with descr, fortran_order and shape, found "
                            "\"%.60s\"",
                            text);
    if (too_many)
        return eng_npy_fail(stream, err, "expected rows of values, found more than %d dimensions",
                            ENG_NPY_DIMS);
    return SWP_OK;
}

/* Does the stream have this many elements? */
static swp_status check_size(const eng_stream *stream, const eng_npy *array, swp_err *err)
{
    uint64_t bytes = array->size;
    bool fits = true;
    for (size_t i = 0; i < array->n_dims; i++)
        fits &= !__builtin_mul_overflow(bytes, array->dims[i], &bytes);
    fits &= !__builtin_add_overflow(bytes, array->header, &bytes);
    if (fits && (bytes == stream->most || (bytes < stream->most && !stream->exact)))
        return SWP_OK;
    char text[120];
    eng_npy_describe(array, text, sizeof text);
    swp_status status = eng_npy_fail(stream, err, "expected the bytes of an array %s, found %s",
                                     text, fits && bytes < stream->most ? "more" : "fewer");
    swp_hint(err, stream->exact ? "the file was cut short or joined with another: copy or download "
                                  "it again"
                                : "the array unpacks to more than recorded data do, or its header "
                                  "is damaged: write it unpacked (numpy.save)");
    return status;
}

swp_status eng_npy_header(const eng_stream *stream, eng_npy *out, swp_err *err)
{
    unsigned char start[12];
    *out = (eng_npy){0};
    swp_status status = eng_npy_take(stream, start, 10, err);
    if (status != SWP_OK)
        return status;
    if (!eng_npy_knows(start, 10) || start[6] < 1 || start[6] > 3)
        return eng_npy_fail(stream, err,
                            "expected an array of NumPy, version 1 to 3, found something else");
    size_t n = start[8] | (size_t)start[9] << 8, before = 10;
    if (start[6] > 1) {
        status = eng_npy_take(stream, start + 10, 2, err);
        n |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
        before = 12;
    }
    if (status == SWP_OK && n > MOST_HEADER)
        status = eng_npy_fail(stream, err, "expected a header of at most %u bytes, found %zu",
                              MOST_HEADER, n);
    if (status != SWP_OK)
        return status;
    char *text = swp_alloc(n + 1, 1);
    if (!text)
        return eng_npy_no_memory(stream, err);
    status = eng_npy_take(stream, text, n, err);
    if (status == SWP_OK && strlen(text) != n)
        status = eng_npy_fail(stream, err, "expected a header of text, found a NUL byte");
    if (status == SWP_OK)
        status = parse_header(stream, text, out, err);
    swp_free(text);
    out->header = before + n;
    return status == SWP_OK && out->kind ? check_size(stream, out, err) : status;
}

void eng_npy_describe(const eng_npy *array, char *out, size_t size)
{
    swp_buf text = {0};
    for (size_t i = 0; i < array->n_dims; i++)
        swp_buf_printf(&text, "%s%llu", i ? ", " : "", (unsigned long long)array->dims[i]);
    snprintf(out, size, "(%s%s) of %s", text.text ? text.text : "", array->n_dims == 1 ? "," : "",
             array->what);
    swp_buf_deinit(&text);
}

bool eng_npy_has_rows(const eng_npy *array)
{
    return array->kind && strchr("fiub", array->kind) && array->n_dims >= 2;
}

bool eng_npy_has_labels(const eng_npy *array, uint64_t n_rows)
{
    bool flat = array->n_dims == 1 || (array->n_dims == 2 && array->dims[1] == 1);
    return array->kind && flat && (n_rows == 0 || array->dims[0] == n_rows);
}

/* Say what an array of another type is, and what to do. */
swp_status eng_npy_refuse_type(const eng_stream *stream, const eng_npy *array, swp_err *err)
{
    bool object = strchr(array->what, 'O') != NULL;
    swp_status status =
        eng_npy_fail(stream, err, "expected numbers, found elements of type \"%s\"%s", array->what,
                     object ? ": pickled Python objects" : "");
    if (object)
        swp_hint(err, "%s", ENG_HINT_PICKLE);
    else
        swp_hint(err, "convert them: numpy.save(\"FILE.npy\", X.astype(\"float32\"))");
    return status;
}

/* --- elements --------------------------------------------------------------------------------- */

static uint64_t bits_of(const eng_npy *array, const unsigned char *at)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < array->size; i++)
        bits = bits << 8 | at[array->big_endian ? i : array->size - 1 - i];
    return bits;
}

static double half_of(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double mantissa = (double)(bits & 1023), sign = bits >> 15 ? -1 : 1;
    if (exponent == 31)
        return mantissa > 0 ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent == 0 ? ldexp(mantissa, -24) : ldexp(mantissa + 1024, exponent - 25));
}

static int64_t integer_of(const eng_npy *array, const unsigned char *at)
{
    uint64_t bits = bits_of(array, at);
    unsigned unused = 64 - 8 * (unsigned)array->size;
    bits <<= unused; /* move the sign bit to the top */
    int64_t value;
    memcpy(&value, &bits, sizeof value);
    return value >> unused;
}

double eng_npy_number(const eng_npy *array, const unsigned char *at)
{
    uint64_t bits;
    switch (array->kind) {
    case 'i':
        return (double)integer_of(array, at);
    case 'u':
        return (double)bits_of(array, at);
    case 'b':
        return *at != 0;
    default:
        break;
    }
    bits = bits_of(array, at);
    if (array->size == 2)
        return half_of(bits);
    if (array->size == 4) {
        uint32_t word = (uint32_t)bits;
        float value;
        memcpy(&value, &word, sizeof value);
        return (double)value;
    }
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* UTF-8 of a fixed number of UCS-4 units, up to the first NUL. */
static bool text_of(const eng_npy *array, const unsigned char *at, char *out, size_t size)
{
    size_t n = 0;
    if (array->kind == 'S') {
        while (n < array->size && at[n] && n + 1 < size) {
            out[n] = (char)at[n];
            n++;
        }
        out[n] = '\0';
        return true;
    }
    eng_npy unit = *array;
    unit.size = 4;
    for (size_t i = 0; i < array->size; i += 4) {
        uint64_t code = bits_of(&unit, at + i);
        if (code == 0)
            break;
        if (code > 0x10ffff || n + 5 > size)
            return false;
        size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        for (size_t k = bytes - 1; k > 0; k--, code >>= 6)
            out[n + k] = (char)(0x80 | (code & 0x3f));
        out[n] = (char)(bytes == 1 ? code : (0xf00 >> bytes & 0xff) | code);
        n += bytes;
    }
    out[n] = '\0';
    return true;
}

/* The label that an element writes. False: it is none. */
bool eng_npy_label(const eng_npy *array, const unsigned char *at, char *out, size_t size)
{
    if (array->kind == 'U' || array->kind == 'S')
        return text_of(array, at, out, size);
    if (array->kind == 'i') {
        snprintf(out, size, "%lld", (long long)integer_of(array, at));
        return true;
    }
    if (array->kind == 'u') {
        snprintf(out, size, "%llu", (unsigned long long)bits_of(array, at));
        return true;
    }
    double value = eng_npy_number(array, at);
    if (!isfinite(value) || value != floor(value) || size < SWP_NUMBER_SIZE)
        return false;
    char number[SWP_NUMBER_SIZE];
    snprintf(out, size, "%s", swp_format_double(value, number));
    return true;
}
