/* A labelled set of equally long time series, read from files or made by the program.
 *
 * A path is one file, two files "A:B" (TRAIN and TEST, joined in that order; or two .npy files,
 * sequences and labels), a folder, or builtin:ecg. A folder holds NAME_TRAIN and NAME_TEST, both
 * .arff, .ts, .txt, .tsv, .csv or without ending; of several formats the first in this order is
 * taken, of several sets the one called like the folder. Without such a pair, the only data file of
 * the folder is the set; without one, the same of files that end in .gz, .npy or .npz. Folders
 * inside are not searched.
 *
 * A gzip file is unpacked on the way, UTF-16 with a byte order mark decoded. The format is known
 * from the first bytes (.npy, .npz) or from the first line that is neither blank nor a comment (%
 * or #):
 *   @relation, @attribute   ARFF: a numeric attribute for each value, and a class attribute
 *   another @               sktime .ts: values, a colon, the label; one univariate series a line
 *   anything else           a table: fields between commas, semicolons, tabs or blanks; where
 *                           semicolons or tabs separate them, numbers may have decimal commas
 * The first line of a table is a header if it holds names, or whole numbers that count from 0 or 1
 * from one end to the other (except for the fields of an index and of the label).
 * Columns that are left out: empty ones at the end; those that a header calls index, id, time,
 * date, timestamp, Unnamed: N or nothing; a first one that numbers all rows, or holds a text that
 * no two rows share, if the labels are found elsewhere.
 * Where a table has its labels:
 *   1. in the column that a header calls label, class or target, or, at an end, y;
 *   2. else at an end, whole numbers or texts: an end with a gap or a number with a fraction does
 *      not hold the labels;
 *   3. if that leaves both, then the one with texts; else the one whose values repeat; else the
 *      last in a .csv file and the first in any other, as in the UCR archive.
 * A header without rule 1 is an error, as are labels at different ends of the two files of a set,
 * one value on each of many lines (a long series), and numbers that are not classes (a regression).
 *
 * CRLF line ends and a UTF-8 mark are accepted, quoted fields too. ?, NaN and an empty field are
 * gaps: counted here, refused by eng_split_init. */
#ifndef ENG_DATASET_H
#define ENG_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_MAX_ROWS    10000000 /* sequences in one set */
#define ENG_MAX_LENGTH  1000000u /* samples in one sequence */
#define ENG_MAX_CLASSES 4096u

/* Length of the hexadecimal SHA-256 with its NUL. */
#define ENG_FINGERPRINT_SIZE 65

typedef struct eng_class {
    char *name;   /* the label as written; numbers in shortest form, so "1.0e+00" is "1" */
    size_t count; /* rows with this label */
} eng_class;

/* Texts marked as plain are printable: as swp_make_plain leaves them. */
typedef struct eng_dataset {
    char *name;          /* "ECG5000", a file's name without ending, or "builtin:ecg"; plain */
    char *source;        /* where it was found: path(s), or "synthetic, seed 1"; plain */
    bool synthetic;      /* made by this program: all output about it must say so */
    bool unlabelled;     /* of eng_series_load: there are no labels, the one class is "" */
    size_t n_rows;       /* >= 1 */
    size_t length;       /* samples per row, >= 1 */
    float *values;       /* (n_rows, length) row-major; NAN where missing */
    uint32_t *labels;    /* (n_rows) index into classes */
    size_t n_classes;    /* >= 1 */
    eng_class *classes;  /* numbers in numeric order first, then texts in byte order */
    size_t n_missing;    /* samples written as ?, NaN or left empty */
    char *first_missing; /* "file:line: value 17", or NULL; plain */
    /* How the file was read; plain, or NULL where there is nothing to say. */
    char *header;                           /* "line 1": the line of names */
    char *label_place;                      /* "last column", "column 1, \"class\"", "array y" */
    char *left_out;                         /* "column 1, \"Unnamed: 0\" (numbers the rows)" */
    char fingerprint[ENG_FINGERPRINT_SIZE]; /* SHA-256 over shape, values and label names */
} eng_dataset;

typedef enum eng_has_header { ENG_HEADER_AUTO, ENG_HEADER_YES, ENG_HEADER_NO } eng_has_header;

/* What the user says about columns, where no rule can decide. All zero: nothing. */
typedef struct eng_reading {
    const char *columns; /* those of the values, from 1: "2..141" or "1..70, 72"; NULL: auto */
    const char
        *label_column; /* a name of the header or attribute, or a number from 1; NULL: auto */
    eng_has_header has_header;
} eng_reading;

/* Whether `text` is written as eng_reading.columns must be. */
bool eng_columns_valid(const char *text);

/* Read a data set, or make builtin:ecg[?rows=N&seed=S] (5000 rows, seed 1 unless said otherwise).
 * errors   IO (cannot be read, or a folder without one set), FORMAT (with file:line, what was
 *          expected and found), CONFIG (builtin: with unknown name or settings), NOMEM
 * owns     *out belongs to the caller: eng_dataset_destroy */
SWP_CHECKED swp_status eng_dataset_load(const char *path, eng_dataset **out, swp_err *err);

/* As eng_dataset_load, with what the user says about columns; NULL: nothing. The texts are borrowed
 * during the call only. errors   as eng_dataset_load, and FORMAT (no such column, or a format that
 * has no columns) */
SWP_CHECKED swp_status eng_dataset_load_as(const char *path, const eng_reading *how,
                                           eng_dataset **out, swp_err *err);

/* As eng_dataset_load, of sequences that need no labels, of `length` values each. Text of exactly
 * that many columns has no labels if neither the first nor the last can hold them (rule 2), or if a
 * header names all columns and none as a label; likewise ARFF of as many attributes without a
 * class, an array of as many columns, and .ts with @classLabel false or @targetLabel false. "-" is
 * standard input, of one file's text. errors   as eng_dataset_load   owns   *out:
 * eng_dataset_destroy */
SWP_CHECKED swp_status eng_series_load(const char *path, size_t length, eng_dataset **out,
                                       swp_err *err);

/* Set the fingerprint of a set whose other fields are final. Equal rows under equal labels have
 * equal fingerprints, whatever file they come from.
 * source   SHA-256 over n_rows and length (64 bit), all values (float32), the label's name of each
 *          row with its NUL; numbers little-endian, every gap as 0x7fc00000 */
void eng_dataset_seal(eng_dataset *set);

/* NULL is allowed. */
void eng_dataset_destroy(eng_dataset *set);

/* Index of the class called `name`, or n_classes when there is none. */
size_t eng_dataset_class(const eng_dataset *set, const char *name);

/* Write the set as UCR text: label, then the values, comma separated, in shortest exact form. Read
 * again it has the same fingerprint (when all values are whole, only under a name without .csv).
 * errors   IO, NOMEM; what was there before is left as it was */
SWP_CHECKED swp_status eng_dataset_save(const eng_dataset *set, const char *path, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
