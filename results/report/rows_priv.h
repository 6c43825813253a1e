/* Rows for machines, written as they come: CSV (RFC 4180 quoting, lines end in LF) or JSON. Numbers
 * read back to the same bits; what is unknown is an empty field or null. */
#ifndef RES_ROWS_PRIV_H
#define RES_ROWS_PRIV_H

#include <stdio.h>

#include "results/report/report.h"

typedef struct res_rows {
    FILE *out;
    bool csv;
    bool single;              /* JSON: one object, not a list of them */
    const char *const *names; /* (n) borrowed */
    size_t n;
    size_t column, n_rows;
    struct cJSON *object; /* the JSON row that is being filled */
    bool failed;
} res_rows;

/* RES_CSV: writes the head line. RES_JSON: begins a list. */
void res_rows_begin(res_rows *rows, res_format format, const char *const *names, size_t n,
                    FILE *out);

/* One JSON object instead of a list. */
void res_rows_begin_object(res_rows *rows, const char *const *names, size_t n, FILE *out);

/* Fill the next column; the last one ends the row. */
void res_rows_text(res_rows *rows, const char *text); /* NULL is unknown */
void res_rows_size(res_rows *rows, size_t value);
void res_rows_int(res_rows *rows, int64_t value);
void res_rows_bool(res_rows *rows, bool value);   /* CSV: 1 or 0 */
void res_rows_real(res_rows *rows, double value); /* not finite is unknown */
void res_rows_float(res_rows *rows, float value);
void res_rows_threshold(res_rows *rows, res_threshold threshold);
void res_rows_value(res_rows *rows, const char *text); /* a setting: a number if it is one */
void res_rows_none(res_rows *rows);

/* errors   NOMEM, INTERNAL when the last row is not full */
SWP_CHECKED swp_status res_rows_end(res_rows *rows, swp_err *err);

#endif
