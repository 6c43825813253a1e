/* Arrays of NumPy, from a file of their own or from an archive. */
#ifndef ENG_NPY_PRIV_H
#define ENG_NPY_PRIV_H

#include "engine/data/format_priv.h"

#define ENG_NPY_DIMS 4

/* The source of an array's bytes. */
typedef struct eng_stream {
    const char *path; /* borrowed; named in messages */
    const char *name; /* of the array, or NULL */
    swp_status (*read)(void *source, void *bytes, size_t size, size_t *got, swp_err *err);
    swp_status (*rewind)(void *source, swp_err *err);
    void *source;
    uint64_t most; /* most bytes that it has, from its start */
    bool exact;    /* and it has exactly those: they are in the file, not packed */
} eng_stream;

typedef struct eng_npy {
    char kind; /* f, i, u, b; U or S: text; 0: another kind, which `what` names */
    char what[24];
    size_t size; /* bytes of an element */
    bool big_endian, fortran;
    size_t n_dims;
    uint64_t dims[ENG_NPY_DIMS];
    uint64_t header; /* bytes before the data */
} eng_npy;

bool eng_npy_knows(const unsigned char *start, size_t n);

/* A FORMAT error about an array; its file and name come before the text. */
SWP_CHECKED swp_status eng_npy_fail(const eng_stream *stream, swp_err *err, const char *fmt, ...)
    SWP_PRINTF(3, 4);
SWP_CHECKED swp_status eng_npy_no_memory(const eng_stream *stream, swp_err *err);
SWP_CHECKED swp_status eng_npy_refuse_type(const eng_stream *stream, const eng_npy *array,
                                           swp_err *err);

/* Read exactly this many bytes. errors FORMAT (fewer), IO */
SWP_CHECKED swp_status eng_npy_take(const eng_stream *stream, void *bytes, size_t size,
                                    swp_err *err);

/* An element as a number (kinds f, i, u, b), or as the text of a label. False: it is none. */
double eng_npy_number(const eng_npy *array, const unsigned char *at);
bool eng_npy_label(const eng_npy *array, const unsigned char *at, char *out, size_t size);

/* Read the header; the stream is then at the data.
 * errors   FORMAT (no such header, more than ENG_NPY_DIMS dimensions, sizes beyond what the stream
 *          can hold), IO, NOMEM */
SWP_CHECKED swp_status eng_npy_header(const eng_stream *stream, eng_npy *out, swp_err *err);

/* Could it hold sequences, or a label for each of `n_rows` (0: any number)? */
bool eng_npy_has_rows(const eng_npy *array);
bool eng_npy_has_labels(const eng_npy *array, uint64_t n_rows);

/* "(5000, 140) of float32" */
void eng_npy_describe(const eng_npy *array, char *out, size_t size);

/* Add sequences with their labels; `labels` NULL: a column holds them, or there are none. Both
 * streams are at their start.
 * errors   FORMAT, IO, NOMEM */
SWP_CHECKED swp_status eng_npy_read(const eng_stream *values, const eng_stream *labels,
                                    eng_rows *rows, swp_err *err);

#endif
