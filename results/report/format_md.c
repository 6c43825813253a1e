/* Tables in Markdown, as GitHub, GitLab and pandoc read it. */
#include <string.h>

#include "engine/base/str.h"
#include "results/report/table_priv.h"

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* An underscore within a word is no emphasis. */
static void put_text(const char *text, FILE *out)
{
    char before = ' ';
    for (; *text; before = *text++) {
        size_t unseen = swp_unseen_length(text);
        if (unseen > 0) {
            fputc('?', out);
            text += unseen - 1;
            continue;
        }
        bool special = strchr("\\`*|<>[]", *text) != NULL;
        special |= *text == '_' && !(is_word(before) && is_word(text[1]));
        fputs(special ? "\\" : "", out);
        fputc(*text, out);
    }
}

static swp_status write(const res_table *table, FILE *out, swp_err *err)
{
    (void)err;
    for (size_t c = 0; c < table->n; c++) {
        fputs(c == 0 ? "| " : " | ", out);
        put_text(table->columns[c].name, out);
    }
    fputs(" |\n|", out);
    for (size_t c = 0; c < table->n; c++)
        fputs(table->columns[c].align == RES_RIGHT ? " ---: |" : " --- |", out);
    fputc('\n', out);
    for (size_t row = 0; table->at(table->rows, row); row++) {
        for (size_t c = 0; c < table->n; c++) {
            res_cell cell;
            fputs(c == 0 ? "| " : " | ", out);
            put_text(res_table_text(table, c, &cell), out);
        }
        fputs(" |\n", out);
    }
    return SWP_OK;
}

const res_writer res_writer_md = {"md", false, "## ", "\n", "- ", put_text, write};
