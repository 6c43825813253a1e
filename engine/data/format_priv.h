/* The file formats of a data set. To add one: a file that implements a format, and a line in the
 * table of format.c. */
#ifndef ENG_FORMAT_PRIV_H
#define ENG_FORMAT_PRIV_H

#include "engine/data/input_priv.h"
#include "engine/data/lines_priv.h"
#include "engine/data/rows_priv.h"

#define ENG_FORMAT_ENDINGS 4
#define ENG_MAGIC          32 /* bytes that tell a binary format */

typedef struct eng_format {
    /* File endings with their point, preferred ones first; "" for none. Only for the search in a
     * folder: `knows` decides what a file holds. */
    const char *endings[ENG_FORMAT_ENDINGS];
    /* Could a file that begins with this line (neither blank nor % nor # comment) be of this
     * format? NULL in the last format, which takes all other files. */
    bool (*knows)(const char *line);
    /* Read all rows; `lines` is before the first line.
     * errors   FORMAT, IO, NOMEM */
    swp_status (*read)(eng_lines *lines, eng_rows *rows, swp_err *err);
} eng_format;

/* A binary format. */
typedef struct eng_binary_format {
    const char *endings[ENG_FORMAT_ENDINGS];
    bool (*knows)(const unsigned char *start, size_t n); /* the first n <= ENG_MAGIC bytes */
    /* Read all rows; `input` is at the first byte. errors FORMAT, IO, NOMEM */
    swp_status (*read)(eng_input *input, eng_rows *rows, swp_err *err);
} eng_binary_format;

#define ENG_HINT_PICKLE                                                                            \
    "a pickle may run any program when it is read, so it is not: load it where you trust it and "  \
    "write numbers, numpy.savez(\"FILE.npz\", X=X, y=y)"

extern const eng_format eng_format_arff; /* values and a class attribute, dense or sparse */
extern const eng_format eng_format_ts;   /* sktime: values, a colon, label */
extern const eng_format eng_format_text; /* UCR text and CSV */

extern const eng_binary_format eng_format_npy; /* an array of NumPy */
extern const eng_binary_format eng_format_npz; /* an archive of them: X and y */

/* The formats in the order in which they are tried and their endings preferred, NULL-terminated. */
extern const eng_format *const eng_formats[];
extern const eng_binary_format *const eng_binary_formats[];

/* Add all rows of one file, or of two that make one set, whatever their format; a path of NULL is
 * standard input. Two .npy files are sequences and their labels if the second is an array of one
 * dimension.
 * errors   IO, FORMAT, NOMEM   owns   rows keeps pointers to the paths */
SWP_CHECKED swp_status eng_format_read_all(char *const *paths, size_t n, eng_rows *rows,
                                           swp_err *err);

/* Read sequences and labels from two arrays; *done is false if the second is not an array of
 * labels.
 * errors   FORMAT, IO, NOMEM */
SWP_CHECKED swp_status eng_npy_read_pair(eng_input *values, eng_input *labels, eng_rows *rows,
                                         bool *done, swp_err *err);

/* Is this column (from 1) among those of eng_reading.columns, which are valid? */
bool eng_columns_hold(const char *text, size_t column);
size_t eng_columns_last(const char *text);

/* Refuse settings of columns for a format that has none. errors FORMAT */
SWP_CHECKED swp_status eng_refuse_columns(const eng_rows *rows, const char *path,
                                          const char *format, swp_err *err);

#endif
