/* NumPy's .npy as a data set.
 *
 * An array of two dimensions holds a sequence in each row; a third one must be a single channel.
 * Labels are an array of one dimension beside it (a second file, or in an archive), or a column
 * that the user names or that alone at an end holds whole numbers. Pickled objects are refused:
 * reading them would run whatever they say. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/npy_priv.h"

#define BLOCK ((size_t)1 << 20) /* bytes read at once */

/* --- labels ----------------------------------------------------------------------------------- */

/* All labels of an array; the caller knows that its bytes exist, or are few. */
static swp_status load_labels(const eng_stream *stream, eng_npy *array, unsigned char **out,
                              swp_err *err)
{
    swp_status status = eng_npy_header(stream, array, err);
    if (status != SWP_OK)
        return status;
    if (!array->kind)
        return eng_npy_refuse_type(stream, array, err);
    if (!eng_npy_has_labels(array, 0))
        return eng_npy_fail(stream, err, "expected labels in one dimension, found %zu",
                            array->n_dims);
    if (array->dims[0] > ENG_MAX_ROWS)
        return eng_npy_fail(stream, err, "expected at most %u labels, found more", ENG_MAX_ROWS);
    size_t n = (size_t)array->dims[0];
    *out = swp_resize(NULL, n, array->size);
    return *out ? eng_npy_take(stream, *out, n * array->size, err) : eng_npy_no_memory(stream, err);
}

static swp_status refuse_label(const eng_stream *stream, const eng_lines *row, const eng_npy *array,
                               const unsigned char *at, swp_err *err)
{
    char number[SWP_NUMBER_SIZE] = "a text that is no Unicode";
    if (array->kind == 'f')
        swp_format_double(eng_npy_number(array, at), number);
    swp_status status =
        eng_npy_fail(stream, err, "row %zu: expected a class as label, found %s%s", row->number,
                     number, array->kind == 'f' ? ": a target of a regression, or a gap" : "");
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
        return eng_npy_refuse_type(stream, array, err);
    if (array->n_dims < 2) {
        swp_status status = eng_npy_fail(
            stream, err, "expected an array of rows and values, found %s",
            array->n_dims == 1 ? "one dimension: labels, or one long series" : "a single number");
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
                eng_npy_fail(stream, err, "expected one channel, found an array of %zu dimensions",
                             array->n_dims);
            eng_hint_channels(err);
            return status;
        }
    }
    if (array->dims[0] == 0 || length == 0)
        return eng_npy_fail(stream, err, "expected rows of data, found an empty array");
    if (array->dims[0] > ENG_MAX_ROWS || length > (uint64_t)ENG_MAX_LENGTH + 1)
        return eng_npy_fail(stream, err, "expected at most %u rows of %u values, found more",
                            ENG_MAX_ROWS, ENG_MAX_LENGTH);
    m->n_rows = (size_t)array->dims[0];
    m->n_columns = (size_t)length;
    return SWP_OK;
}

static bool is_native_float(const eng_npy *array)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return array->kind == 'f' && array->size == 4 && array->big_endian == (first == 0);
}

/* The index of an element in the file, stored column by column or row by row. */
static size_t element(const matrix *m, size_t row, size_t column)
{
    return m->array.fortran ? column * m->n_rows + row : row * m->n_columns + column;
}

/* Check the columns at both ends, in one pass over the data. */
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
    swp_status status = bytes ? SWP_OK : eng_npy_no_memory(stream, err);
    *out = (two_ends){.whole = {true, true}};
    size_t rows[2] = {0, 0};
    for (size_t at = 0; status == SWP_OK && at < total; at += step) {
        size_t n = total - at < step ? total - at : step;
        status = eng_npy_take(stream, bytes, n * size, err);
        for (int k = 0; status == SWP_OK && k < 2; k++) {
            for (; rows[k] < m->n_rows; rows[k]++) {
                size_t i = element(m, rows[k], ends[k]);
                if (i >= at + n)
                    break;
                double value = eng_npy_number(&m->array, bytes + (i - at) * size);
                out->whole[k] &= isfinite(value) && value == floor(value);
                out->repeats[k] |= rows[k] > 0 && value == out->before[k];
                out->before[k] = value;
            }
        }
    }
    swp_free(bytes);
    return status;
}

/* Without a named label column: the one end that may hold labels, if the other cannot. */
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
    status = eng_npy_fail(
        stream, err, "expected labels beside the values, found an array of %zu columns of which %s",
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
        return eng_npy_no_memory(stream, err);
    if (labels && how->label_column)
        return eng_npy_fail(stream, err,
                            "expected no data.label_column, since the labels are an array");
    if (how->label_column && !swp_parse_int(how->label_column, 1, (int64_t)m->n_columns, &number))
        return eng_npy_fail(stream, err, "expected data.label_column 1..%zu, found \"%.40s\"",
                            m->n_columns, how->label_column);
    if (how->columns && eng_columns_last(how->columns) > m->n_columns)
        return eng_npy_fail(stream, err, "expected %zu columns as data.columns says, found %zu",
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
        status = eng_npy_fail(stream, err, "expected a label and at least 1 value, found 1 column");
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
    const uint32_t exponent = 0x7f800000u; /* all ones: infinite or NaN */
    uint32_t n_odd = 0;
    for (size_t i = 0; i < m->n_values; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        n_odd += (bits & exponent) == exponent;
    }
    if (n_odd == 0)
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
    if (label && !eng_npy_label(array, label, text, sizeof text))
        return refuse_label(stream, row, array, label, err);
    return eng_rows_commit(rows, row, label ? text : NULL, err);
}

typedef struct label_source {
    const eng_stream *stream;
    eng_npy array;
    unsigned char *bytes; /* NULL: there is no array of labels */
} label_source;

/* The values of a row from its bytes. */
static void convert_row(const matrix *m, const unsigned char *bytes, float *out)
{
    const eng_npy *array = &m->array;
    if (is_native_float(array)) {
        for (size_t k = 0; k < m->n_values; k++)
            memcpy(&out[k], bytes + m->columns[k] * sizeof *out, sizeof *out);
        return;
    }
    for (size_t k = 0; k < m->n_values; k++)
        out[k] = (float)eng_npy_number(array, bytes + m->columns[k] * array->size);
}

/* Many rows are read at once: directly into place if the file has nothing else, or into a buffer.
 */
static swp_status read_by_row(const eng_stream *stream, const matrix *m, const label_source *labels,
                              eng_rows *rows, swp_err *err)
{
    const eng_npy *array = &m->array;
    size_t row_size = m->n_columns * array->size;
    size_t most = row_size < BLOCK ? BLOCK / row_size : 1;
    bool direct = is_native_float(array) && m->n_values == m->n_columns;
    eng_lines row = {.path = stream->path};
    unsigned char *bytes = direct ? NULL : swp_resize(NULL, most, row_size);
    const unsigned char *at = bytes;
    swp_status status = direct || bytes ? SWP_OK : eng_npy_no_memory(stream, err);
    size_t ahead = 0; /* rows that were read and not yet used */
    for (size_t i = 0; status == SWP_OK && i < m->n_rows; i++) {
        float *out;
        row.number = i + 1;
        status = eng_rows_next(rows, &row, m->n_values, &out, err);
        if (status != SWP_OK)
            break;
        if (ahead == 0) {
            size_t room = direct ? rows->capacity - rows->n : most, left = m->n_rows - i;
            ahead = most < room ? most : room;
            ahead = ahead < left ? ahead : left;
            at = bytes;
            status =
                eng_npy_take(stream, direct ? (void *)out : (void *)bytes, ahead * row_size, err);
        } else if (!direct) {
            at += row_size;
        }
        if (status == SWP_OK && !direct)
            convert_row(m, at, out);
        if (status == SWP_OK)
            status = check_values(rows, &row, m, out, err);
        const unsigned char *label = labels->bytes          ? labels->bytes + i * labels->array.size
                                     : m->label != NO_LABEL ? at + m->label * array->size
                                                            : NULL;
        if (status == SWP_OK)
            status = add_row(rows, &row, labels->bytes ? labels->stream : stream,
                             labels->bytes ? &labels->array : array, label, err);
        ahead -= status == SWP_OK;
    }
    swp_free(bytes);
    return status;
}

/* Fortran order: one column after the other, written into new rows after the existing ones. */
static swp_status read_by_column(const eng_stream *stream, const matrix *m,
                                 const label_source *labels, eng_rows *rows, swp_err *err)
{
    const eng_npy *array = &m->array;
    eng_lines row = {.path = stream->path, .number = 1};
    size_t size = m->n_rows * array->size;
    unsigned char *bytes = swp_resize(NULL, size, 1), *kept = NULL;
    swp_status status = bytes ? SWP_OK : eng_npy_no_memory(stream, err);
    if (status == SWP_OK)
        status = eng_rows_reserve(rows, &row, m->n_rows, m->n_values, err);
    float *out = status == SWP_OK ? rows->values + rows->n * m->n_values : NULL;
    for (size_t column = 0, k = 0; status == SWP_OK && column < m->n_columns; column++) {
        status = eng_npy_take(stream, bytes, size, err);
        if (status != SWP_OK)
            break;
        if (column == m->label) {
            kept = bytes;
            bytes = swp_resize(NULL, size, 1);
            status = bytes ? SWP_OK : eng_npy_no_memory(stream, err);
        } else if (k < m->n_values && column == m->columns[k]) {
            for (size_t i = 0; i < m->n_rows; i++)
                out[i * m->n_values + k] = (float)eng_npy_number(array, bytes + i * array->size);
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
        status = eng_npy_fail(labels->stream, err,
                              "expected a label for each of the %zu rows, found %llu", m.n_rows,
                              (unsigned long long)labels->array.dims[0]);
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
        status =
            eng_npy_fail(values, err, "expected no data.has_header = yes: an array has no header");
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
    .knows = eng_npy_knows,
    .read = read_npy,
};
