/* A labelled set of equally long time series, read from a file or folder or made by the program.
 *
 * Formats (told apart by content, not by name alone): ARFF (values first, label last), UCR text
 * (label first; space, comma or tab separated), sktime `.ts`, CSV (with a header that names the
 * label column, or without one and the label last). A folder holds NAME_TRAIN.* and NAME_TEST.*,
 * which are joined in that order; two files are given as "A:B"; `builtin:ecg` is synthetic.
 * CRLF line ends and a UTF-8 byte-order mark are accepted. */
#ifndef ENG_DATASET_H
#define ENG_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_MAX_ROWS 10000000u  /* sequences in one set */
#define ENG_MAX_LENGTH 1000000u /* samples in one sequence */
#define ENG_MAX_CLASSES 4096u

/* Length of the hexadecimal SHA-256 with its NUL. */
#define ENG_FINGERPRINT_SIZE 65

typedef struct eng_class {
    char *name;   /* the label as written; numbers in shortest form, so "1.0e+00" is "1" */
    size_t count; /* rows with this label */
} eng_class;

typedef struct eng_dataset {
    char *name;        /* "ECG5000", a file's name without ending, or "builtin:ecg" */
    char *source;      /* where it was found: path(s), or "synthetic, seed 1" */
    bool synthetic;    /* made by this program; everything shown from it must say so */
    size_t n_rows;     /* >= 1 */
    size_t length;     /* samples per row, >= 1 */
    float *values;     /* (n_rows, length) row-major; NAN where missing */
    uint32_t *labels;  /* (n_rows) index into classes */
    size_t n_classes;  /* >= 1 */
    eng_class *classes; /* numbers in numeric order first, then texts in byte order */
    size_t n_missing;  /* samples written as ?, NaN or left empty */
    char *first_missing; /* "file:line: value 17", or NULL */
    char fingerprint[ENG_FINGERPRINT_SIZE]; /* SHA-256 over shape, values and label names */
} eng_dataset;

/* Read a data set. `path` is a folder, a file, "A:B" for two files, or builtin:ecg[?rows=N&seed=S].
 * errors   IO (cannot be read), FORMAT (with file:line, what was expected and found), NOMEM
 * owns     *out belongs to the caller: eng_dataset_destroy */
SWP_CHECKED swp_status eng_dataset_load(const char *path, eng_dataset **out, swp_err *err);

/* NULL is allowed. */
void eng_dataset_destroy(eng_dataset *set);

/* Index of the class called `name`, or n_classes when there is none. */
size_t eng_dataset_class(const eng_dataset *set, const char *name);

/* Write the set as UCR text: label, then the values, comma separated, in shortest exact form.
 * errors   IO */
SWP_CHECKED swp_status eng_dataset_save(const eng_dataset *set, const char *path, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
