/* Rows of one or more files, before they are a data set. Every format adds its rows here, so that
 * all formats agree on what a number, a gap, a label and an unequal row is. */
#ifndef ENG_ROWS_PRIV_H
#define ENG_ROWS_PRIV_H

#include "engine/base/str.h"
#include "engine/data/dataset.h"
#include "engine/data/lines_priv.h"

#define ENG_MAX_LABEL (SWP_LABEL_SIZE - 1) /* bytes */

/* With at least this many rows, rows of one value are taken for one long series. */
#define ENG_SERIES_ROWS 10

/* The end of a row of delimited text that has the label. */
typedef enum eng_label_side {
    ENG_LABEL_UNKNOWN,
    ENG_LABEL_FIRST,
    ENG_LABEL_LAST,
    ENG_LABEL_INSIDE,
    ENG_LABEL_NONE
} eng_label_side;

/* Zero-initialise. */
typedef struct eng_rows {
    size_t n, capacity;
    size_t length;          /* samples per row; 0 before the first row */
    const char *first_path; /* borrowed: where the first row was read */
    size_t first_line;
    eng_label_side label_side; /* of the last file; unset by formats that define where labels are */
    size_t bare;               /* rows of this many values may lack labels; 0: all have one */
    eng_reading how;           /* what the user says about columns */
    bool single_values;        /* the user asked for rows of one value */
    bool unlabelled;           /* no row has a label; their one class is "" */
    float *values;             /* (n, length) */
    uint32_t *labels;          /* (n) index into classes */
    eng_class *classes;        /* in the order of their first row */
    size_t n_classes, class_capacity;
    uint32_t *slots;       /* hash table over classes: index + 1, 0 = free */
    const size_t *columns; /* (length) borrowed: the column of each value, from 1; NULL: none */
    uint32_t last_class;   /* of the previous row; the next often has the same */
    size_t n_missing;
    char *first_missing;
    char *header, *label_place, *left_out; /* see eng_dataset */
} eng_rows;

/* Add the row of the current line: its values and its label, as written; NULL: no row has a label.
 * errors   FORMAT (unequal length, not a number, no label among labels, limits of dataset.h), NOMEM
 */
SWP_CHECKED swp_status eng_rows_add(eng_rows *rows, const eng_lines *lines, char *const *values,
                                    size_t n, const char *label, swp_err *err);

/* The same in two steps for callers that parse the values themselves: *out is room for `length` of
 * them, then they and the label are added. Gaps are NAN; infinite values are refused. errors   as
 * eng_rows_add */
SWP_CHECKED swp_status eng_rows_next(eng_rows *rows, const eng_lines *lines, size_t length,
                                     float **out, swp_err *err);
SWP_CHECKED swp_status eng_rows_commit(eng_rows *rows, const eng_lines *lines, const char *label,
                                       swp_err *err);

/* Make room for `more` rows of `length` values at once; the caller has checked that the file has
 * them.
 * errors   FORMAT (limits), NOMEM */
SWP_CHECKED swp_status eng_rows_reserve(eng_rows *rows, const eng_lines *lines, size_t more,
                                        size_t length, swp_err *err);

/* A FORMAT error about a field that is not a number, with a guess what was meant. `column` counts
 * from 1; 0: no columns. */
SWP_CHECKED swp_status eng_value_fail(const eng_lines *lines, size_t value, size_t column,
                                      const char *field, swp_err *err);

/* Record a gap: count it, and keep the place of the first. */
SWP_CHECKED swp_status eng_rows_note_missing(eng_rows *rows, const eng_lines *lines, size_t value,
                                             swp_err *err);

/* Set one of the notes of a set, unless an earlier file did. errors NOMEM */
SWP_CHECKED swp_status eng_note(char **note, swp_err *err, const char *fmt, ...) SWP_PRINTF(3, 4);

/* Refuse rows of one value each, when they are many: they are one long series.
 * errors   FORMAT */
SWP_CHECKED swp_status eng_refuse_series(const char *path, size_t n_rows, swp_err *err);

/* Set the hints of refused files. */
void eng_hint_channels(swp_err *err);
void eng_hint_lengths(swp_err *err);

/* Move all into `set`: values, labels, sorted classes, gaps, fingerprint. At least one row.
 * errors   FORMAT (one long series), NOMEM   owns   `rows` is left empty */
SWP_CHECKED swp_status eng_rows_finish(eng_rows *rows, eng_dataset *set, swp_err *err);
void eng_rows_deinit(eng_rows *rows);

/* Is this how a gap is written: nothing, ? or NaN? */
bool eng_is_missing(const char *field);

/* Is this label among those that a file declares? Numbers are compared by value. */
bool eng_is_declared(const eng_fields *declared, const char *label);

/* Is this a usual name of a column or attribute of labels: label, class, target or y? */
bool eng_is_label_word(const char *name);

/* Is this a usual name of a column that numbers or dates the rows: index, id, time, Unnamed: 0,
 * ...? *is_time tells dates and times from numbers. */
bool eng_is_index_word(const char *name, bool *is_time);

#endif
