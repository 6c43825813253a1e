/* Tables in LaTeX: a tabular with the rules of the package booktabs. */
#include <ctype.h>
#include <string.h>

#include "engine/base/str.h"
#include "results/report/table_priv.h"

static const char *macro_of(char c)
{
    switch (c) {
    case '\\':
        return "\\textbackslash{}";
    case '~':
        return "\\textasciitilde{}";
    case '^':
        return "\\textasciicircum{}";
    case '<':
        return "\\textless{}";
    case '>':
        return "\\textgreater{}";
    case '|':
        return "\\textbar{}";
    default:
        return NULL;
    }
}

/* A hyphen before a number is a minus sign. */
static void put_text(const char *text, FILE *out)
{
    static const char plus_minus[] = "±";
    char before = ' ';
    for (; *text; before = *text++) {
        const char *macro = macro_of(*text);
        bool in_word = isalnum((unsigned char)before) || (unsigned char)before >= 0x80;
        size_t unseen = swp_unseen_length(text);
        if (unseen > 0) {
            fputc('?', out);
            text += unseen - 1;
        } else if (strncmp(text, plus_minus, strlen(plus_minus)) == 0) {
            fputs("$\\pm$", out);
            text += strlen(plus_minus) - 1;
        } else if (*text == '-' && !in_word && isdigit((unsigned char)text[1])) {
            fputs("$-$", out);
        } else if (macro) {
            fputs(macro, out);
        } else {
            fputs(strchr("&%$#_{}", *text) ? "\\" : "", out);
            fputc(*text, out);
        }
    }
}

static swp_status write(const res_table *table, FILE *out, swp_err *err)
{
    (void)err;
    fputs("\\begin{tabular}{", out);
    for (size_t c = 0; c < table->n; c++)
        fputc(table->columns[c].align == RES_RIGHT ? 'r' : 'l', out);
    fputs("}\n\\toprule\n", out);
    for (size_t c = 0; c < table->n; c++) {
        fputs(c > 0 ? " & " : "", out);
        put_text(table->columns[c].name, out);
    }
    fputs(" \\\\\n\\midrule\n", out);
    for (size_t row = 0; table->at(table->rows, row); row++) {
        for (size_t c = 0; c < table->n; c++) {
            res_cell cell;
            const char *text = res_table_text(table, c, &cell);
            fputs(c == 0 ? "" : *text ? " & " : " &", out);
            put_text(text, out);
        }
        fputs(" \\\\\n", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", out);
    return SWP_OK;
}

const res_writer res_writer_latex = {"latex", false, "% ", "", "% ", put_text, write};
