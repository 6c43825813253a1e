/* NumPy's .npy: a text header that says type, order and shape, then the numbers.
 *
 * An array of two dimensions holds a sequence in each row; a third one must be a single channel.
 * Labels are an array of one dimension beside it (a second file, or in an archive), or a column
 * that the user names or that alone at an end holds whole numbers. Pickled objects are refused:
 * reading them would run whatever they say. Sizes are checked against the bytes there are before
 * memory is taken.
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

#define MAGIC       "\x93NUMPY"
#define MOST_HEADER 65536u
#define BLOCK       ((size_t)1 << 20) /* bytes read at once */

static bool knows(const unsigned char *start, size_t n)
{
    return n >= 6 && memcmp(start, MAGIC, 6) == 0;
}

/* "a.npy", or "a.npz: array X". */
static const char *place(const eng_stream *stream, char out[600])
{
    snprintf(out, 600, "%.400s%s%.150s", stream->path, stream->name ? ": array " : "",
             stream->name ? stream->name : "");
    return out;
}

static swp_status no_memory(const eng_stream *stream, swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "no memory to read %s", stream->path);
}

static swp_status fail(const eng_stream *stream, swp_err *err, const char *fmt, ...)
    SWP_PRINTF(3, 4);

static swp_status fail(const eng_stream *stream, swp_err *err, const char *fmt, ...)
{
    char text[400], where[600];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return swp_fail(err, SWP_FORMAT, "%s: %s", place(stream, where), text);
}

/* Read just so many bytes. */
static swp_status take(const eng_stream *stream, void *bytes, size_t size, swp_err *err)
{
    size_t got;
    swp_status status = stream->read(stream->source, bytes, size, &got, err);
    if (status == SWP_OK && got < size) {
        status = fail(stream, err, "expected more bytes, found the end: was the file cut short?");
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
                return fail(stream, err,
                            "expected an array of numbers, found records of several fields");
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
        return fail(stream, err,
                    "expected a header with descr, fortran_order and shape, found "
                    "\"%.60s\"",
                    text);
    if (too_many)
        return fail(stream, err, "expected rows of values, found more than %d dimensions",
                    ENG_NPY_DIMS);
    return SWP_OK;
}

/* Do as many elements fit into what the stream can give? */
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
    swp_status status = fail(stream, err, "expected the bytes of an array %s, found %s", text,
                             fits && bytes < stream->most ? "more" : "fewer");
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
    swp_status status = take(stream, start, 10, err);
    if (status != SWP_OK)
        return status;
    if (!knows(start, 10) || start[6] < 1 || start[6] > 3)
        return fail(stream, err,
                    "expected an array of NumPy, version 1 to 3, found something else");
    size_t n = start[8] | (size_t)start[9] << 8, before = 10;
    if (start[6] > 1) {
        status = take(stream, start + 10, 2, err);
        n |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
        before = 12;
    }
    if (status == SWP_OK && n > MOST_HEADER)
        status =
            fail(stream, err, "expected a header of at most %u bytes, found %zu", MOST_HEADER, n);
    if (status != SWP_OK)
        return status;
    char *text = swp_alloc(n + 1, 1);
    if (!text)
        return no_memory(stream, err);
    status = take(stream, text, n, err);
    if (status == SWP_OK && strlen(text) != n)
        status = fail(stream, err, "expected a header of text, found a NUL byte");
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

/* What an array of another type is, and what to do. */
static swp_status refuse_type(const eng_stream *stream, const eng_npy *array, swp_err *err)
{
    bool object = strchr(array->what, 'O') != NULL;
    swp_status status = fail(stream, err, "expected numbers, found elements of type \"%s\"%s",
                             array->what, object ? ": pickled Python objects" : "");
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
    bits <<= unused; /* the sign to the top */
    int64_t value;
    memcpy(&value, &bits, sizeof value);
    return value >> unused;
}

static double number_of(const eng_npy *array, const unsigned char *at)
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

static bool is_native_float(const eng_npy *array)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return array->kind == 'f' && array->size == 4 && array->big_endian == (first == 0);
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
static bool label_of(const eng_npy *array, const unsigned char *at, char *out, size_t size)
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
    double value = number_of(array, at);
    if (!isfinite(value) || value != floor(value) || size < SWP_NUMBER_SIZE)
        return false;
    char number[SWP_NUMBER_SIZE];
    snprintf(out, size, "%s", swp_format_double(value, number));
    return true;
}

/* --- labels ----------------------------------------------------------------------------------- */

/* All labels of an array; its bytes are known to be there, or few enough. */
static swp_status load_labels(const eng_stream *stream, eng_npy *array, unsigned char **out,
                              swp_err *err)
{
    swp_status status = eng_npy_header(stream, array, err);
    if (status != SWP_OK)
        return status;
    if (!array->kind)
        return refuse_type(stream, array, err);
    if (!eng_npy_has_labels(array, 0))
        return fail(stream, err, "expected labels in one dimension, found %zu", array->n_dims);
    if (array->dims[0] > ENG_MAX_ROWS)
        return fail(stream, err, "expected at most %u labels, found more", ENG_MAX_ROWS);
    size_t n = (size_t)array->dims[0];
    *out = swp_resize(NULL, n, array->size);
    return *out ? take(stream, *out, n * array->size, err) : no_memory(stream, err);
}

static swp_status refuse_label(const eng_stream *stream, const eng_lines *row, const eng_npy *array,
                               const unsigned char *at, swp_err *err)
{
    char number[SWP_NUMBER_SIZE] = "a text that is no Unicode";
    if (array->kind == 'f')
        swp_format_double(number_of(array, at), number);
    swp_status status =
        fail(stream, err, "row %zu: expected a class as label, found %s%s", row->number, number,
             array->kind == 'f' ? ": a target of a regression, or a gap" : "");
    swp_hint(err, "labels are whole numbers or texts");
    return status;
}

/* --- values ----------------------------------------------------------------------------------- */

/* How the columns of an array are used. */
typedef struct matrix {
    eng_npy array;
    size_t n_rows, n_columns;
    size_t label; /* column, or NO_LABEL */
    size_t *columns;
    size_t n_values;
    unsigned char *labels; /* bytes of that column in Fortran order */
} matrix;

#define NO_LABEL SIZE_MAX

static swp_status measure(const eng_stream *stream, matrix *m, swp_err *err)
{
    const eng_npy *array = &m->array;
    if (!array->kind || !strchr("fiub", array->kind))
        return refuse_type(stream, array, err);
    if (array->n_dims < 2) {
        swp_status status = fail(stream, err, "expected an array of rows and values, found %s",
                                 array->n_dims == 1 ? "one dimension: labels, or one long series"
                                                    : "a single number");
        swp_hint(err, "sequences and labels: name both files, X.npy:y.npy; a long series: cut it "
                      "into windows (numpy: sliding_window_view(x, W)[::S])");
        return status;
    }
    uint64_t length = array->dims[array->n_dims - 1];
    for (size_t i = 1; i + 1 < array->n_dims; i++) {
        bool single = array->dims[i] == 1 || length == 1;
        length = length == 1 ? array->dims[i] : length;
        if (!single) {
            swp_status status =
                fail(stream, err, "expected one channel, found an array of %zu dimensions",
                     array->n_dims);
            eng_hint_channels(err);
            return status;
        }
    }
    if (array->dims[0] == 0 || length == 0)
        return fail(stream, err, "expected rows of data, found an empty array");
    if (array->dims[0] > ENG_MAX_ROWS || length > (uint64_t)ENG_MAX_LENGTH + 1)
        return fail(stream, err, "expected at most %u rows of %u values, found more", ENG_MAX_ROWS,
                    ENG_MAX_LENGTH);
    m->n_rows = (size_t)array->dims[0];
    m->n_columns = (size_t)length;
    return SWP_OK;
}

/* Column by column or row by row: the number of an element in the file. */
static size_t element(const matrix *m, size_t row, size_t column)
{
    return m->array.fortran ? column * m->n_rows + row : row * m->n_columns + column;
}

/* What the columns at both ends hold, from one pass over the data. */
typedef struct two_ends {
    bool whole[2], repeats[2];
    double before[2];
} two_ends;

static swp_status look_at_ends(const eng_stream *stream, const matrix *m, two_ends *out,
                               swp_err *err)
{
    size_t total = m->n_rows * m->n_columns, size = m->array.size, step = BLOCK / size;
    size_t ends[2] = {0, m->n_columns - 1};
    unsigned char *bytes = swp_resize(NULL, step, size);
    swp_status status = bytes ? SWP_OK : no_memory(stream, err);
    *out = (two_ends){.whole = {true, true}};
    size_t rows[2] = {0, 0};
    for (size_t at = 0; status == SWP_OK && at < total; at += step) {
        size_t n = total - at < step ? total - at : step;
        status = take(stream, bytes, n * size, err);
        for (int k = 0; status == SWP_OK && k < 2; k++) {
            for (; rows[k] < m->n_rows; rows[k]++) {
                size_t i = element(m, rows[k], ends[k]);
                if (i >= at + n)
                    break;
                double value = number_of(&m->array, bytes + (i - at) * size);
                out->whole[k] &= isfinite(value) && value == floor(value);
                out->repeats[k] |= rows[k] > 0 && value == out->before[k];
                out->before[k] = value;
            }
        }
    }
    swp_free(bytes);
    return status;
}

/* Nothing names the labels: the one end that alone may hold them. */
static swp_status guess_label(const eng_stream *stream, matrix *m, const eng_rows *rows,
                              swp_err *err)
{
    two_ends ends = {0};
    if (m->n_columns == rows->bare)
        return SWP_OK;
    bool fractions = m->array.kind == 'f';
    swp_status status = fractions ? look_at_ends(stream, m, &ends, err) : SWP_OK;
    if (status == SWP_OK)
        status = stream->rewind(stream->source, err);
    if (status == SWP_OK)
        status = eng_npy_header(stream, &m->array, err);
    if (status != SWP_OK)
        return status;
    if (fractions && ends.whole[0] != ends.whole[1] && m->n_columns > 1) {
        m->label = ends.whole[0] ? 0 : m->n_columns - 1;
        return SWP_OK;
    }
    status = fail(stream, err,
                  "expected labels beside the values, found an array of %zu columns of which %s",
                  m->n_columns,
                  !fractions || ends.whole[0] ? "more than one may be the label"
                                              : "neither the first nor the last holds labels");
    swp_hint(err, "name a file of labels, too (X.npy:y.npy), write both into an archive "
                  "(numpy.savez(\"FILE.npz\", X=X, y=y)), or say data.label_column = N");
    return status;
}

static swp_status choose_columns(const eng_stream *stream, matrix *m, bool labels, eng_rows *rows,
                                 swp_err *err)
{
    const eng_reading *how = &rows->how;
    int64_t number;
    m->label = NO_LABEL;
    m->columns = swp_alloc(m->n_columns, sizeof *m->columns);
    if (!m->columns)
        return no_memory(stream, err);
    if (labels && how->label_column)
        return fail(stream, err, "expected no data.label_column, since the labels are an array");
    if (how->label_column && !swp_parse_int(how->label_column, 1, (int64_t)m->n_columns, &number))
        return fail(stream, err, "expected data.label_column 1..%zu, found \"%.40s\"", m->n_columns,
                    how->label_column);
    if (how->columns && eng_columns_last(how->columns) > m->n_columns)
        return fail(stream, err, "expected %zu columns as data.columns says, found %zu",
                    eng_columns_last(how->columns), m->n_columns);
    swp_status status = SWP_OK;
    if (how->label_column)
        m->label = (size_t)number - 1;
    else if (!labels)
        status = guess_label(stream, m, rows, err);
    for (size_t i = 0; i < m->n_columns; i++) {
        if (i != m->label && (!how->columns || eng_columns_hold(how->columns, i + 1)))
            m->columns[m->n_values++] = i;
    }
    if (status == SWP_OK && m->n_values == 0)
        status = fail(stream, err, "expected a label and at least 1 value, found 1 column");
    rows->single_values |= how->columns != NULL;
    if (status == SWP_OK && m->label != NO_LABEL)
        status = eng_note(&rows->label_place, err, "column %zu", m->label + 1);
    if (status == SWP_OK && m->n_values + (m->label != NO_LABEL) < m->n_columns)
        status = eng_note(&rows->left_out, err, "%zu columns (not in data.columns)",
                          m->n_columns - m->n_values - (m->label != NO_LABEL));
    return status;
}

/* Gaps are counted, infinite values and those beyond a float refused. */
static swp_status check_values(eng_rows *rows, const eng_lines *row, const matrix *m,
                               const float *values, swp_err *err)
{
    float zero = 0;
    for (size_t i = 0; i < m->n_values; i++)
        zero += values[i] * 0.0f;
    if (zero == 0) /* all are finite */
        return SWP_OK;
    for (size_t i = 0; i < m->n_values; i++) {
        if (isinf(values[i])) {
            swp_status status = eng_lines_fail(row, err,
                                               "value %zu: expected a finite float, found an "
                                               "infinite value or one above 3.4e38 in column %zu",
                                               i + 1, m->columns[i] + 1);
            swp_hint(err, "scale the data, or leave the row out");
            return status;
        }
        if (isnan(values[i])) {
            swp_status status = eng_rows_note_missing(rows, row, i, err);
            if (status != SWP_OK)
                return status;
        }
    }
    return SWP_OK;
}

/* The label of a row: from the array of labels, from a column, or none. */
static swp_status add_row(eng_rows *rows, const eng_lines *row, const eng_stream *stream,
                          const eng_npy *array, const unsigned char *label, swp_err *err)
{
    char text[SWP_LABEL_SIZE + 8];
    if (label && !label_of(array, label, text, sizeof text))
        return refuse_label(stream, row, array, label, err);
    return eng_rows_commit(rows, row, label ? text : NULL, err);
}

typedef struct label_source {
    const eng_stream *stream;
    eng_npy array;
    unsigned char *bytes; /* NULL: there is no array of labels */
} label_source;

static swp_status read_by_row(const eng_stream *stream, const matrix *m, const label_source *labels,
                              eng_rows *rows, swp_err *err)
{
    const eng_npy *array = &m->array;
    size_t row_size = m->n_columns * array->size;
    bool direct = is_native_float(array) && m->n_values == m->n_columns;
    eng_lines row = {.path = stream->path};
    unsigned char *bytes = direct ? NULL : swp_resize(NULL, row_size, 1);
    swp_status status = direct || bytes ? SWP_OK : no_memory(stream, err);
    size_t ahead = 0; /* rows that were read at once, into their places */
    for (size_t i = 0; status == SWP_OK && i < m->n_rows; i++) {
        float *out;
        row.number = i + 1;
        status = eng_rows_next(rows, &row, m->n_values, &out, err);
        if (status != SWP_OK)
            break;
        if (direct && ahead == 0) {
            size_t room = rows->capacity - rows->n, left = m->n_rows - i, most = BLOCK / row_size;
            ahead = most < 1 ? 1 : most;
            ahead = ahead < room ? ahead : room;
            ahead = ahead < left ? ahead : left;
            status = take(stream, out, ahead * row_size, err);
        } else if (!direct) {
            status = take(stream, bytes, row_size, err);
            for (size_t k = 0; status == SWP_OK && k < m->n_values; k++)
                out[k] = (float)number_of(array, bytes + m->columns[k] * array->size);
        }
        ahead -= direct && status == SWP_OK;
        if (status == SWP_OK)
            status = check_values(rows, &row, m, out, err);
        const unsigned char *label = labels->bytes          ? labels->bytes + i * labels->array.size
                                     : m->label != NO_LABEL ? bytes + m->label * array->size
                                                            : NULL;
        if (status == SWP_OK)
            status = add_row(rows, &row, labels->bytes ? labels->stream : stream,
                             labels->bytes ? &labels->array : array, label, err);
    }
    swp_free(bytes);
    return status;
}

/* Fortran order: a column after the other, put into rows that stand behind those there are. */
static swp_status read_by_column(const eng_stream *stream, const matrix *m,
                                 const label_source *labels, eng_rows *rows, swp_err *err)
{
    const eng_npy *array = &m->array;
    eng_lines row = {.path = stream->path, .number = 1};
    size_t size = m->n_rows * array->size;
    unsigned char *bytes = swp_resize(NULL, size, 1), *kept = NULL;
    swp_status status = bytes ? SWP_OK : no_memory(stream, err);
    if (status == SWP_OK)
        status = eng_rows_reserve(rows, &row, m->n_rows, m->n_values, err);
    float *out = status == SWP_OK ? rows->values + rows->n * m->n_values : NULL;
    for (size_t column = 0, k = 0; status == SWP_OK && column < m->n_columns; column++) {
        status = take(stream, bytes, size, err);
        if (status != SWP_OK)
            break;
        if (column == m->label) {
            kept = bytes;
            bytes = swp_resize(NULL, size, 1);
            status = bytes ? SWP_OK : no_memory(stream, err);
        } else if (k < m->n_values && column == m->columns[k]) {
            for (size_t i = 0; i < m->n_rows; i++)
                out[i * m->n_values + k] = (float)number_of(array, bytes + i * array->size);
            k++;
        }
    }
    for (size_t i = 0; status == SWP_OK && i < m->n_rows; i++) {
        row.number = i + 1;
        status = check_values(rows, &row, m, out + i * m->n_values, err);
        const unsigned char *label = labels->bytes ? labels->bytes + i * labels->array.size
                                     : kept        ? kept + i * array->size
                                                   : NULL;
        if (status == SWP_OK)
            status = add_row(rows, &row, labels->bytes ? labels->stream : stream,
                             labels->bytes ? &labels->array : array, label, err);
    }
    swp_free(bytes);
    swp_free(kept);
    return status;
}

static swp_status read_values(const eng_stream *stream, const label_source *labels, eng_rows *rows,
                              swp_err *err)
{
    matrix m = {0};
    eng_lines first = {.path = stream->path, .number = 1};
    swp_status status = eng_npy_header(stream, &m.array, err);
    if (status == SWP_OK)
        status = measure(stream, &m, err);
    if (status == SWP_OK && labels->bytes && labels->array.dims[0] != m.n_rows)
        status = fail(labels->stream, err, "expected a label for each of the %zu rows, found %llu",
                      m.n_rows, (unsigned long long)labels->array.dims[0]);
    if (status == SWP_OK)
        status = choose_columns(stream, &m, labels->bytes != NULL, rows, err);
    if (status == SWP_OK && stream->exact)
        status = eng_rows_reserve(rows, &first, m.n_rows, m.n_values, err);
    if (status == SWP_OK)
        status = m.array.fortran ? read_by_column(stream, &m, labels, rows, err)
                                 : read_by_row(stream, &m, labels, rows, err);
    swp_free(m.columns);
    return status;
}

swp_status eng_npy_read(const eng_stream *values, const eng_stream *labels, eng_rows *rows,
                        swp_err *err)
{
    label_source source = {.stream = labels};
    swp_status status = SWP_OK;
    if (rows->how.has_header == ENG_HEADER_YES)
        status = fail(values, err, "expected no data.has_header = yes: an array has no header");
    if (status == SWP_OK && labels)
        status = load_labels(labels, &source.array, &source.bytes, err);
    if (status == SWP_OK)
        status = read_values(values, &source, rows, err);
    if (status == SWP_OK && labels)
        status = eng_note(&rows->label_place, err, "%s %.120s", labels->name ? "array" : "file",
                          labels->name ? labels->name : labels->path);
    swp_free(source.bytes);
    return status;
}

/* --- files ------------------------------------------------------------------------------------ */

static swp_status read_input(void *source, void *bytes, size_t size, size_t *got, swp_err *err)
{
    return eng_input_read(source, bytes, size, got, err);
}

static swp_status rewind_input(void *source, swp_err *err)
{
    return eng_input_rewind(source, err);
}

static eng_stream stream_of(eng_input *input)
{
    uint64_t most = input->size;
    if (input->unpacker)
        most = most > UINT64_MAX / (2 * ENG_UNPACK_RATIO)
                   ? UINT64_MAX
                   : ENG_UNPACK_FREE + most * ENG_UNPACK_RATIO;
    return (eng_stream){.path = input->path,
                        .read = read_input,
                        .rewind = rewind_input,
                        .source = input,
                        .most = most,
                        .exact = !input->unpacker};
}

static swp_status read_npy(eng_input *input, eng_rows *rows, swp_err *err)
{
    eng_stream stream = stream_of(input);
    return eng_npy_read(&stream, NULL, rows, err);
}

swp_status eng_npy_read_pair(eng_input *values, eng_input *labels, eng_rows *rows, bool *done,
                             swp_err *err)
{
    eng_stream x = stream_of(values), y = stream_of(labels);
    eng_npy array;
    *done = false;
    swp_status status = eng_npy_header(&y, &array, err);
    if (status == SWP_OK)
        status = eng_input_rewind(labels, err);
    if (status != SWP_OK || !eng_npy_has_labels(&array, 0))
        return status;
    *done = true;
    return eng_npy_read(&x, &y, rows, err);
}

const eng_binary_format eng_format_npy = {
    .endings = {".npy"},
    .knows = knows,
    .read = read_npy,
};
