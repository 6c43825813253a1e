#include "results/report/table_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "engine/base/mem.h"

void res_table_title(res_table *table, res_align align, const char *text)
{
    swp_buf_add(&table->aligns, align == RES_RIGHT ? "r" : "l", 1);
    swp_buf_add(&table->cells, text, strlen(text) + 1);
    table->n_cells++;
}

void res_table_cell(res_table *table, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    swp_buf_add(&table->cells, text, strlen(text) + 1);
    table->n_cells++;
}

void res_table_deinit(res_table *table)
{
    swp_buf_deinit(&table->cells);
    swp_buf_deinit(&table->aligns);
    *table = (res_table){0};
}

/* Columns on the terminal: UTF-8 continuation bytes take no place. */
static size_t display_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void measure(const res_table *table, size_t *widths)
{
    size_t n = table->aligns.length;
    const char *cell = table->cells.text;
    for (size_t i = 0; i < table->n_cells; i++, cell += strlen(cell) + 1) {
        size_t width = display_width(cell);
        if (width > widths[i % n])
            widths[i % n] = width;
    }
}

static void put_rule(const size_t *widths, size_t n, FILE *out)
{
    for (size_t c = 0; c < n; c++) {
        fputs(c ? "  " : "", out);
        for (size_t i = 0; i < widths[c]; i++)
            fputc('-', out);
    }
    fputc('\n', out);
}

static swp_status write_aligned(const res_table *table, FILE *out, swp_err *err)
{
    size_t n = table->aligns.length;
    size_t *widths = swp_alloc(n, sizeof *widths);
    if (!widths)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    measure(table, widths);
    size_t spaces = 0; /* owed; dropped at the end of a line */
    const char *cell = table->cells.text;
    for (size_t i = 0; i < table->n_cells; i++, cell += strlen(cell) + 1) {
        size_t column = i % n;
        bool right = table->aligns.text[column] == 'r';
        size_t pad = widths[column] - display_width(cell);
        spaces = (column ? spaces + 2 : 0) + (right ? pad : 0);
        if (*cell) {
            fprintf(out, "%*s%s", (int)spaces, "", cell);
            spaces = 0;
        }
        spaces += right ? 0 : pad;
        fputs(column + 1 == n ? "\n" : "", out);
        if (i + 1 == n)
            put_rule(widths, n, out);
    }
    swp_free(widths);
    return SWP_OK;
}

static void write_md(const res_table *table, FILE *out)
{
    size_t n = table->aligns.length;
    const char *cell = table->cells.text;
    for (size_t i = 0; i < table->n_cells; i++, cell += strlen(cell) + 1) {
        fputs(i % n == 0 ? "|" : "", out);
        fputc(' ', out);
        res_put_text(cell, RES_MD, out);
        fputs(" |", out);
        fputs(i % n + 1 == n ? "\n" : "", out);
        if (i + 1 != n)
            continue;
        fputc('|', out);
        for (size_t c = 0; c < n; c++)
            fputs(table->aligns.text[c] == 'r' ? " ---: |" : " --- |", out);
        fputc('\n', out);
    }
}

static void write_latex(const res_table *table, FILE *out)
{
    size_t n = table->aligns.length;
    const char *cell = table->cells.text;
    fprintf(out, "\\begin{tabular}{%s}\n\\toprule\n", table->aligns.text);
    for (size_t i = 0; i < table->n_cells; i++, cell += strlen(cell) + 1) {
        fputs(i % n > 0 ? (*cell ? " & " : " &") : "", out);
        res_put_text(cell, RES_LATEX, out);
        fputs(i % n + 1 == n ? " \\\\\n" : "", out);
        fputs(i + 1 == n ? "\\midrule\n" : "", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", out);
}

static void put_html_cell(const char *tag, bool left, const char *text, FILE *out)
{
    fprintf(out, "<%s%s>", tag, left ? " class=\"l\"" : "");
    res_put_text(text, RES_HTML, out);
}

/* Ends of cells, rows and bodies are left out, as HTML allows. */
static void write_html(const res_table *table, FILE *out)
{
    size_t n = table->aligns.length;
    const char *cell = table->cells.text;
    fputs("<table class=\"sortable\">\n<thead>\n", out);
    for (size_t i = 0; i < table->n_cells; i++, cell += strlen(cell) + 1) {
        fputs(i % n == 0 ? "<tr>" : "", out);
        put_html_cell(i < n ? "th scope=\"col\"" : "td", table->aligns.text[i % n] == 'l', cell,
                      out);
        fputs(i % n + 1 == n ? "\n" : "", out);
        fputs(i + 1 == n ? "</thead>\n<tbody>\n" : "", out);
    }
    fputs("</table>\n", out);
}

swp_status res_table_write(const res_table *table, res_format format, FILE *out, swp_err *err)
{
    if (table->cells.failed || table->aligns.failed)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    if (table->aligns.length == 0 || table->n_cells % table->aligns.length != 0)
        return swp_fail(err, SWP_INTERNAL, "a table of %zu columns cannot have %zu cells",
                        table->aligns.length, table->n_cells);
    if (format == RES_MD)
        write_md(table, out);
    else if (format == RES_LATEX)
        write_latex(table, out);
    else if (format == RES_HTML)
        write_html(table, out);
    else
        return write_aligned(table, out, err);
    return SWP_OK;
}

swp_status res_out_check(FILE *out, swp_err *err)
{
    errno = 0;
    if (fflush(out) == 0 && !ferror(out))
        return SWP_OK;
    return swp_fail_errno(err, SWP_IO, errno ? errno : EIO, "cannot write the output");
}
