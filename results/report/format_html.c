/* Tables in HTML, to be sorted by report.js. Ends of cells, rows and bodies are left out, as HTML
 * allows. A long table stands with its first rows, and all rows are packed behind it, for report.js
 * to show as the reader scrolls: a browser would take a gigabyte for the cells of 100,000 rows. */
#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/report/packed_priv.h"
#include "results/report/table_priv.h"

#define MOST_STANDING 200 /* rows that are HTML, of a longer table */

static void put_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        size_t unseen = swp_unseen_length(text);
        if (unseen > 0) {
            fputc('?', out);
            text += unseen - 1;
        } else if (*text == '<') {
            fputs("&lt;", out);
        } else if (*text == '>') {
            fputs("&gt;", out);
        } else if (*text == '&') {
            fputs("&amp;", out);
        } else if (*text == '"') {
            fputs("&quot;", out);
        } else {
            fputc(*text, out);
        }
    }
}

static void put_cell(const char *tag, res_align align, const char *text, FILE *out)
{
    fprintf(out, "<%s%s>", tag, align == RES_LEFT ? " class=\"l\"" : "");
    put_text(text, out);
}

static void put_head(const res_column *column, FILE *out)
{
    static const char *const tags[] = {"th scope=\"col\"", "th scope=\"col\" data-key",
                                       "th scope=\"col\" data-best=\"low\"",
                                       "th scope=\"col\" data-best=\"high\""};
    put_cell(tags[column->role], column->align, column->name, out);
}

static void put_row(const res_table *table, FILE *out)
{
    fputs("<tr>", out);
    for (size_t c = 0; c < table->n; c++) {
        res_cell cell;
        put_cell("td", table->columns[c].align, res_table_text(table, c, &cell), out);
    }
    fputc('\n', out);
}

static void pack_row(const res_table *table, res_packed_column *columns)
{
    for (size_t c = 0; c < table->n; c++) {
        res_cell cell;
        res_packed_add(&columns[c], res_table_text(table, c, &cell));
    }
}

static swp_status put_packed(const res_packed_column *columns, size_t n, const char *kind,
                             FILE *out, swp_err *err)
{
    swp_status status = SWP_OK;
    fprintf(out, "<template class=\"%s\">", kind);
    for (size_t c = 0; c < n && status == SWP_OK; c++)
        status = res_packed_write(&columns[c], put_text, out, err);
    fputs("</template>\n", out);
    return status;
}

/* Visit all rows: put the first `most_standing`, and pack all if there are more. */
static swp_status put_rows(const res_table *table, size_t most_standing, const char *kind,
                           FILE *out, swp_err *err)
{
    size_t row = 0;
    swp_status status = SWP_OK;
    res_packed_column *columns = swp_alloc(table->n, sizeof *columns);
    if (!columns)
        return swp_fail(err, SWP_NOMEM, "out of memory for the rows of a page");
    for (; table->at(table->rows, row); row++) {
        if (row < most_standing)
            put_row(table, out);
        pack_row(table, columns);
    }
    fputs(most_standing > 0 ? "</table>\n" : "", out);
    if (row > most_standing)
        status = put_packed(columns, table->n, kind, out, err);
    for (size_t c = 0; c < table->n; c++)
        res_packed_deinit(&columns[c]);
    swp_free(columns);
    return status;
}

static swp_status write(const res_table *table, FILE *out, swp_err *err)
{
    fputs("<table class=\"sortable\">\n<thead>\n<tr>", out);
    for (size_t c = 0; c < table->n; c++)
        put_head(&table->columns[c], out);
    fputs("\n</thead>\n<tbody>\n", out);
    return put_rows(table, MOST_STANDING, "rows", out, err);
}

swp_status res_table_write_packed(const res_table *table, FILE *out, swp_err *err)
{
    return put_rows(table, 0, "all-rows", out, err);
}

const res_writer res_writer_html = {"html", false, "<h2>", "</h2>\n", "<p>", put_text, write};
