/* Rows on their way from one or more files into a data set. Every format adds its rows here, so
 * that all formats agree on what a number, a gap, a label and an unequal row is. */
#ifndef ENG_ROWS_PRIV_H
#define ENG_ROWS_PRIV_H

#include "engine/data/dataset.h"
#include "engine/data/lines_priv.h"

#define ENG_MAX_LABEL 255 /* bytes */

/* At which end of a row of delimited text the label stands. */
typedef enum eng_label_side {
    ENG_LABEL_UNKNOWN,
    ENG_LABEL_FIRST,
    ENG_LABEL_LAST,
    ENG_LABEL_NONE
} eng_label_side;

/* Zero-initialise. */
typedef struct eng_rows {
    size_t n, capacity;
    size_t length;          /* samples per row; 0 before the first row */
    const char *first_path; /* borrowed: where the first row was read */
    size_t first_line;
    eng_label_side label_side; /* of the last file; formats that say where labels are leave it */
    size_t bare;               /* rows of so many fields may have no label; 0: all have one */
    bool unlabelled;           /* so are all rows; their one class is "" */
    float *values;             /* (n, length) */
    uint32_t *labels;          /* (n) index into classes */
    eng_class *classes;        /* in the order in which they were met */
    size_t n_classes, class_capacity;
    uint32_t *slots; /* hash table over classes: index + 1, 0 = free */
    size_t n_missing;
    char *first_missing;
} eng_rows;

/* Add the row that stands on the current line: its values and its label, as written; NULL: it has
 * none, nor has any other.
 * errors   FORMAT (unequal length, not a number, no label among labels, limits of dataset.h), NOMEM
 */
SWP_CHECKED swp_status eng_rows_add(eng_rows *rows, const eng_lines *lines, char *const *values,
                                    size_t n, const char *label, swp_err *err);

/* Move everything into `set`: values, labels, sorted classes, gaps, fingerprint. At least one row.
 * errors   NOMEM   owns   `rows` is left empty */
SWP_CHECKED swp_status eng_rows_finish(eng_rows *rows, eng_dataset *set, swp_err *err);
void eng_rows_deinit(eng_rows *rows);

/* Is this how a gap is written: nothing, ? or NaN? */
bool eng_is_missing(const char *field);

/* Is this label among those that a file declares? Numbers are compared by value. */
bool eng_is_declared(const eng_fields *declared, const char *label);

/* Is this what a column or attribute with the labels is called: label, class, target or y? */
bool eng_is_label_word(const char *name);

#endif
