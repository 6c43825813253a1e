/* Tables, whatever their format: columns, and rows that are visited one after the other, so that a
 * table of a million rows takes no memory. A format is one file with one res_writer. */
#ifndef RES_TABLE_PRIV_H
#define RES_TABLE_PRIV_H

#include <stdio.h>

#include "engine/base/str.h"
#include "results/query/study.h"
#include "results/report/report.h"

#define RES_CELL_SIZE 256

typedef enum res_cell_kind {
    RES_CELL_NONE, /* unknown or void: an empty field, null */
    RES_CELL_WORDS,
    RES_CELL_NUMBER, /* words, a number to be written as it stands where the format can */
    RES_CELL_WHOLE,
    RES_CELL_REAL,
    RES_CELL_BOOL
} res_cell_kind;

/* The content of one column in one row. The table's fill functions set it, once. */
typedef struct res_cell {
    bool people; /* given: it will be read by people, not by machines */
    res_cell_kind kind;
    const char *words; /* borrowed until the next row, or `room` */
    int64_t whole;
    double real;
    char room[RES_CELL_SIZE];
} res_cell;

void res_cell_words(res_cell *cell, const char *text); /* NULL is unknown */
void res_cell_printf(res_cell *cell, const char *fmt, ...) SWP_PRINTF(2, 3);
void res_cell_whole(res_cell *cell, size_t value);
void res_cell_real(res_cell *cell, double value); /* not finite is unknown */
void res_cell_bool(res_cell *cell, bool value);   /* CSV: 1 or 0 */
void res_cell_threshold(res_cell *cell, res_threshold threshold);

/* A parameter's value: a number if it is one. */
void res_cell_value(res_cell *cell, const res_value *value);

/* Fill the cell of the present row in the column that was added with `index`. */
typedef void res_fill(const void *rows, size_t index, res_cell *cell);

typedef enum res_align { RES_LEFT, RES_RIGHT } res_align;

/* How a page uses a column: to sort by it, or to tell rows apart. */
typedef enum res_role { RES_ROLE_PLAIN, RES_ROLE_KEY, RES_ROLE_LOW, RES_ROLE_HIGH } res_role;

typedef struct res_column {
    char *name; /* a title for people, else a name for machines */
    res_align align;
    res_fill *fill;
    size_t index;
    res_role role; /* RES_HTML: a parameter, or a metric that is best when low or high */
} res_column;

/* Begin with format, rows and at; then add columns. A failed allocation is reported by write. */
typedef struct res_table {
    res_format format;
    void *rows;
    bool (*at)(void *rows, size_t row); /* go to a row: 0, 1, 2 ...; false when there is none */
    res_column *columns;                /* (n) */
    size_t n;
    const size_t *group; /* of the present row, or NULL: rows of a group agree ... */
    size_t n_of_group;   /* ... in the first columns; used by formats for machines */
    bool failed;
} res_table;

/* Add a column with its name for machines and its title for people; the table takes the one of its
 * format. A NULL leaves the column out there. */
void res_table_add(res_table *table, const char *name, const char *title, res_align align,
                   res_fill *fill, size_t index);

/* What people read in a column of the present row; borrowed until the cell is used again. */
const char *res_table_text(const res_table *table, size_t column, res_cell *cell);

/* Rows with their head line. RES_LATEX is a tabular, its rules from the package booktabs; RES_HTML
 * has columns to be sorted by report.js. errors NOMEM */
SWP_CHECKED swp_status res_table_write(const res_table *table, FILE *out, swp_err *err);

/* RES_HTML: the rows of another table of the same columns, packed, for report.js to show instead of
 * those of the table just written. errors NOMEM */
SWP_CHECKED swp_status res_table_write_packed(const res_table *table, FILE *out, swp_err *err);

/* RES_JSON: the first row as an object, not a list. errors NOMEM */
SWP_CHECKED swp_status res_table_write_object(const res_table *table, FILE *out, swp_err *err);
void res_table_deinit(res_table *table);

/* One format. */
typedef struct res_writer {
    const char *name; /* of --format */
    bool for_machines;
    const char *before_heading, *after_heading, *before_line;
    void (*put_text)(const char *text, FILE *out); /* what would be markup escaped; JSON: quoted */
    swp_status (*write)(const res_table *table, FILE *out, swp_err *err);
} res_writer;

extern const res_writer res_writer_text, res_writer_md, res_writer_latex, res_writer_html,
    res_writer_csv, res_writer_json;

bool res_format_for_machines(res_format format);

void res_put_text(const char *text, res_format format, FILE *out);

/* The title of a text: a heading in Markdown, a comment in LaTeX. */
void res_put_heading(res_format format, FILE *out, const char *fmt, ...) SWP_PRINTF(3, 4);

/* A line of text beside a table: an item of a list in Markdown, a comment in LaTeX. */
void res_put_line(res_format format, FILE *out, const char *fmt, ...) SWP_PRINTF(3, 4);

/* Flush, and tell whether all that was written arrived. errors IO */
SWP_CHECKED swp_status res_out_check(FILE *out, swp_err *err);

/* Baselines as an export; see res_export_write. */
SWP_CHECKED swp_status res_export_baselines(res_store *store, const char *experiment,
                                            res_format format, FILE *out, swp_err *err);

#endif
