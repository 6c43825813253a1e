/* Results of the first pass over delimited text: how fields are separated, the first lines, and
 * what the columns at both ends hold. */
#ifndef ENG_SURVEY_PRIV_H
#define ENG_SURVEY_PRIV_H

#include "engine/data/format_priv.h"

typedef enum eng_field_kind { ENG_GAP, ENG_WHOLE, ENG_FRACTION, ENG_TEXT } eng_field_kind;

#define ENG_EDGES 2 /* columns at each end that are looked at */

typedef struct eng_seen eng_seen; /* values of one column */

/* One of the first or last columns, below the first line. */
typedef struct eng_column {
    size_t index; /* from 0 */
    size_t n_texts, n_gaps, n_fractions;
    size_t misfit;      /* first line with a gap or a fraction: no label; 0: none */
    bool empty;         /* all fields are empty, that of the first line, too */
    bool word_again;    /* label, class, ... occurs below the first line, too */
    bool counts;        /* each number is one more than that above */
    double first, last; /* of these numbers */
    bool repeats;       /* a value occurs twice */
    bool top_occurs;    /* the first line's field does */
    eng_seen *seen;
} eng_column;

typedef struct eng_survey {
    char delimiter;     /* ',', ';', tab, or ' ' for runs of blanks */
    bool decimal_comma; /* numbers are written 0,5 */
    size_t sep_line;    /* line number of Excel's sep=;, which is not a row; 0: none */
    size_t first_line;
    size_t n_fields; /* of every line */
    size_t n_below;  /* lines below the first */
    char *top_text, *second_text;
    eng_fields top, second; /* the first line, and the one below it */
    size_t n_columns;       /* at the ends, each once */
    eng_column columns[2 * ENG_EDGES];
} eng_survey;

eng_field_kind eng_kind_of(const char *field);

/* Survey all lines. All have the same number of fields afterwards.
 * errors   FORMAT, IO, NOMEM   owns   eng_survey_deinit, also after an error */
SWP_CHECKED swp_status eng_survey_init(eng_survey *s, eng_lines *lines, swp_err *err);
void eng_survey_deinit(eng_survey *s);

/* The column at `index`, from 0; it must be one at the ends. NULL: it is not. */
const eng_column *eng_survey_column(const eng_survey *s, size_t index);

/* Are there texts in this column, one at the ends, below the first line? */
bool eng_survey_has_texts(const eng_survey *s, size_t index);

/* Different values of a column below the first line, if it may hold labels. */
size_t eng_survey_distinct(const eng_survey *s, size_t index);

/* Is the first line, of which the first n fields count, names? *counts: they are numbers that
 * count. *unclear: neither a row nor names that are understood. `bare` is that of eng_rows. */
bool eng_header_find(const eng_survey *s, size_t n, size_t bare, bool *counts, bool *unclear);

/* Go to the next line that is not a comment and not Excel's sep=. errors as eng_lines_next */
SWP_CHECKED swp_status eng_survey_line(const eng_survey *s, eng_lines *lines, bool *more,
                                       swp_err *err);

/* If numbers have decimal commas, replace that of a field by a point. False: the field already has
 * a point. */
bool eng_decimal_point(char *field);

#endif
