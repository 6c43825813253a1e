/* The file formats of a data set. To add one: a file that implements a format, and a line in the
 * table of format.c. */
#ifndef ENG_FORMAT_PRIV_H
#define ENG_FORMAT_PRIV_H

#include "engine/data/lines_priv.h"
#include "engine/data/rows_priv.h"

#define ENG_FORMAT_ENDINGS 4

typedef struct eng_format {
    /* File endings with their point, preferred ones first; "" for none. Only for the search in a
     * folder: what a file holds is told by `knows`. */
    const char *endings[ENG_FORMAT_ENDINGS];
    /* Could a file that begins with this line (neither blank nor % nor # comment) be of this
     * format? NULL in the last format, which takes what no other knows. */
    bool (*knows)(const char *line);
    /* Read all rows; `lines` stands before the first line.
     * errors   FORMAT, IO, NOMEM */
    swp_status (*read)(eng_lines *lines, eng_rows *rows, swp_err *err);
} eng_format;

extern const eng_format eng_format_arff; /* values first, label last */
extern const eng_format eng_format_ts;   /* sktime: values, a colon, label */
extern const eng_format eng_format_text; /* UCR text and CSV */

/* The formats in the order in which they are tried and their endings preferred, NULL-terminated. */
extern const eng_format *const eng_formats[];

/* Add all rows of one file, whatever its format; NULL is standard input.
 * errors   IO, FORMAT, NOMEM   owns   rows keeps a pointer to `path` */
SWP_CHECKED swp_status eng_format_read(const char *path, eng_rows *rows, swp_err *err);

#endif
