/* Tables for a terminal: aligned columns, two blanks between them. Rows are visited twice, first to
 * measure the columns. */
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/report/table_priv.h"

/* An invisible character could change the text around it: print '?' instead. */
static void put_text(const char *text, FILE *out)
{
    while (*text) {
        size_t length = swp_utf8_length(text), n = length > 0 ? length : 1;
        if (length > 0 && swp_shown_length(text) == 0)
            fputc('?', out);
        else
            fwrite(text, 1, n, out);
        text += n;
    }
}

/* UTF-8 continuation bytes take no place. */
static size_t display_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* One line; blanks at its end are left out. */
static void put_cell(const char *text, size_t width, res_align align, size_t *blanks, FILE *out)
{
    size_t pad = width - display_width(text);
    *blanks += align == RES_RIGHT ? pad : 0;
    if (*text) {
        fprintf(out, "%*s", (int)*blanks, "");
        put_text(text, out);
        *blanks = 0;
    }
    *blanks += (align == RES_RIGHT ? 0 : pad) + 2;
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

/* The widths of all columns. owns the result: swp_free; NULL without memory */
static size_t *measure(const res_table *table)
{
    size_t *widths = swp_alloc(table->n, sizeof *widths);
    for (size_t c = 0; widths && c < table->n; c++)
        widths[c] = display_width(table->columns[c].name);
    for (size_t row = 0; widths && table->at(table->rows, row); row++) {
        for (size_t c = 0; c < table->n; c++) {
            res_cell cell;
            size_t width = display_width(res_table_text(table, c, &cell));
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    return widths;
}

static swp_status write(const res_table *table, FILE *out, swp_err *err)
{
    size_t *widths = measure(table), blanks = 0;
    if (!widths)
        return swp_fail(err, SWP_NOMEM, "out of memory for the columns of a table");
    for (size_t c = 0; c < table->n; c++)
        put_cell(table->columns[c].name, widths[c], table->columns[c].align, &blanks, out);
    fputc('\n', out);
    put_rule(widths, table->n, out);
    for (size_t row = 0; table->at(table->rows, row); row++) {
        blanks = 0;
        for (size_t c = 0; c < table->n; c++) {
            res_cell cell;
            put_cell(res_table_text(table, c, &cell), widths[c], table->columns[c].align, &blanks,
                     out);
        }
        fputc('\n', out);
    }
    swp_free(widths);
    return SWP_OK;
}

const res_writer res_writer_text = {"table", false, "", "", "", put_text, write};
