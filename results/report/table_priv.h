/* Tables for people: aligned columns for a terminal, Markdown, LaTeX, HTML; and text among them. */
#ifndef RES_TABLE_PRIV_H
#define RES_TABLE_PRIV_H

#include <stdio.h>

#include "engine/base/str.h"
#include "results/report/report.h"

/* Zero-initialise; add all titles, then the cells row by row. A failed allocation is reported by
 * write. */
typedef struct res_table {
    swp_buf cells;  /* NUL-terminated texts, titles first */
    swp_buf aligns; /* one 'l' or 'r' per column */
    size_t n_cells;
} res_table;

typedef enum res_align { RES_LEFT, RES_RIGHT } res_align;

void res_table_title(res_table *table, res_align align, const char *text);
void res_table_cell(res_table *table, const char *fmt, ...) SWP_PRINTF(2, 3);

/* RES_TABLE, RES_MD, RES_LATEX (a tabular, its rules from the package booktabs) or RES_HTML
 * (columns to be sorted by report.js). errors   NOMEM, INTERNAL when the last row is not full */
SWP_CHECKED swp_status res_table_write(const res_table *table, res_format format, FILE *out,
                                       swp_err *err);
void res_table_deinit(res_table *table);

/* Text with what the format would read as markup escaped; RES_TABLE has none. In LaTeX a hyphen
 * before a number is a minus sign. */
void res_put_text(const char *text, res_format format, FILE *out);

/* The title of a text: a heading in Markdown, a comment in LaTeX. */
void res_put_heading(res_format format, FILE *out, const char *fmt, ...) SWP_PRINTF(3, 4);

/* A line of text beside a table: an item of a list in Markdown, a comment in LaTeX. */
void res_put_line(res_format format, FILE *out, const char *fmt, ...) SWP_PRINTF(3, 4);

/* Flush, and tell whether all that was written arrived. errors IO */
SWP_CHECKED swp_status res_out_check(FILE *out, swp_err *err);

#endif
