/* What all formats of tables share: the list of formats, columns, cells, and the lines beside a
 * table. A writer asks the table for its rows one after the other and lets every column fill its
 * cell; nothing is kept but the present row. */
#include "results/report/table_priv.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"

static const res_writer *const writers[] = {
    [RES_TABLE] = &res_writer_text, [RES_MD] = &res_writer_md,       [RES_CSV] = &res_writer_csv,
    [RES_JSON] = &res_writer_json,  [RES_LATEX] = &res_writer_latex, [RES_HTML] = &res_writer_html};

swp_status res_format_parse(const char *text, res_format last, res_format *out, swp_err *err)
{
    swp_buf allowed = {0};
    for (size_t i = 0; i <= (size_t)last; i++) {
        if (strcmp(text, writers[i]->name) == 0) {
            swp_buf_deinit(&allowed);
            *out = (res_format)i;
            return SWP_OK;
        }
        swp_buf_printf(&allowed, "%s%s",
                       i == 0             ? ""
                       : i < (size_t)last ? ", "
                                          : " or ",
                       writers[i]->name);
    }
    swp_status status = swp_fail(err, SWP_USAGE, "expected the format %s, found '%s'",
                                 allowed.failed ? "table" : allowed.text, text);
    swp_buf_deinit(&allowed);
    return status;
}

bool res_format_for_machines(res_format format)
{
    return writers[format]->for_machines;
}

void res_table_add(res_table *table, const char *name, const char *title, res_align align,
                   res_fill *fill, size_t index)
{
    const char *chosen = res_format_for_machines(table->format) ? name : title;
    if (!chosen || table->failed)
        return;
    res_column *grown = swp_resize(table->columns, table->n + 1, sizeof *grown);
    char *copy = swp_strdup(chosen);
    table->failed = !grown || !copy;
    if (grown)
        table->columns = grown;
    if (table->failed)
        swp_free(copy);
    else
        grown[table->n++] =
            (res_column){.name = copy, .align = align, .fill = fill, .index = index};
}

void res_table_deinit(res_table *table)
{
    for (size_t i = 0; i < table->n; i++)
        swp_free(table->columns[i].name);
    swp_free(table->columns);
    *table = (res_table){0};
}

swp_status res_table_write(const res_table *table, FILE *out, swp_err *err)
{
    return table->failed ? swp_fail(err, SWP_NOMEM, "out of memory for the columns of a table")
                         : writers[table->format]->write(table, out, err);
}

void res_cell_words(res_cell *cell, const char *text)
{
    cell->kind = text ? RES_CELL_WORDS : RES_CELL_NONE;
    cell->words = text;
}

void res_cell_printf(res_cell *cell, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(cell->room, sizeof cell->room, fmt, args);
    va_end(args);
    res_cell_words(cell, cell->room);
}

void res_cell_whole(res_cell *cell, size_t value)
{
    cell->kind = RES_CELL_WHOLE;
    cell->whole = (int64_t)value;
}

void res_cell_real(res_cell *cell, double value)
{
    cell->kind = isfinite(value) ? RES_CELL_REAL : RES_CELL_NONE;
    cell->real = value;
}

void res_cell_bool(res_cell *cell, bool value)
{
    cell->kind = RES_CELL_BOOL;
    cell->whole = value;
}

void res_cell_threshold(res_cell *cell, res_threshold threshold)
{
    if (threshold.kind == RES_THRESHOLD_VALUE)
        res_cell_real(cell, threshold.value);
    else
        res_cell_words(cell, res_threshold_format(threshold, cell->room));
}

void res_cell_value(res_cell *cell, const res_value *value)
{
    res_cell_words(cell, *value->text ? value->text : NULL);
    if (!isnan(value->number))
        cell->kind = RES_CELL_NUMBER;
}

/* The cell as text. */
static const char *text_of(res_cell *cell)
{
    switch (cell->kind) {
    case RES_CELL_WORDS:
    case RES_CELL_NUMBER:
        return cell->words;
    case RES_CELL_WHOLE:
        snprintf(cell->room, sizeof cell->room, "%lld", (long long)cell->whole);
        return cell->room;
    case RES_CELL_REAL:
        return swp_format_double(cell->real, cell->room);
    case RES_CELL_BOOL:
        return cell->whole ? "yes" : "no";
    case RES_CELL_NONE:
        break;
    }
    return "";
}

const char *res_table_text(const res_table *table, size_t column, res_cell *cell)
{
    cell->people = true;
    cell->kind = RES_CELL_NONE;
    table->columns[column].fill(table->rows, table->columns[column].index, cell);
    return text_of(cell);
}

void res_put_text(const char *text, res_format format, FILE *out)
{
    writers[format]->put_text(text, out);
}

SWP_PRINTF(3, 0)
static void put_formatted(res_format format, FILE *out, const char *fmt, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, fmt, args);
    /* A comment of LaTeX needs no escapes. */
    res_put_text(text, format == RES_LATEX ? RES_TABLE : format, out);
    fputc('\n', out);
}

void res_put_heading(res_format format, FILE *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs(writers[format]->before_heading, out);
    put_formatted(format, out, fmt, args);
    fputs(writers[format]->after_heading, out);
    va_end(args);
}

void res_put_line(res_format format, FILE *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs(writers[format]->before_line, out);
    put_formatted(format, out, fmt, args);
    va_end(args);
}

swp_status res_out_check(FILE *out, swp_err *err)
{
    int failure = swp_stream_flush(out);
    return failure ? swp_fail_errno(err, SWP_IO, failure, "cannot write the output") : SWP_OK;
}
