/* Tables in HTML, to be sorted by report.js. Ends of cells, rows and bodies are left out, as HTML
 * allows. */
#include "results/report/table_priv.h"

static void put_text(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else
            fputc(*text, out);
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

static swp_status write(const res_table *table, FILE *out, swp_err *err)
{
    (void)err;
    fputs("<table class=\"sortable\">\n<thead>\n<tr>", out);
    for (size_t c = 0; c < table->n; c++)
        put_head(&table->columns[c], out);
    fputs("\n</thead>\n<tbody>\n", out);
    for (size_t row = 0; table->at(table->rows, row); row++) {
        fputs("<tr>", out);
        for (size_t c = 0; c < table->n; c++) {
            res_cell cell;
            put_cell("td", table->columns[c].align, res_table_text(table, c, &cell), out);
        }
        fputc('\n', out);
    }
    fputs("</table>\n", out);
    return SWP_OK;
}

void res_table_write_plain(const res_table *table, FILE *out)
{
    for (size_t row = 0; table->at(table->rows, row); row++) {
        for (size_t c = 0; c < table->n; c++) {
            res_cell cell;
            fputs(c > 0 ? "\t" : "", out);
            put_text(res_table_text(table, c, &cell), out);
        }
        fputc('\n', out);
    }
}

const res_writer res_writer_html = {"html", false, "<h2>", "</h2>\n", "<p>", put_text, write};
