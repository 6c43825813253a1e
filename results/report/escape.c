/* Text that Markdown, LaTeX and HTML print as it is. */
#include "results/report/table_priv.h"

#include <stdarg.h>
#include <string.h>

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

/* An underscore within a word is no emphasis in the Markdown of GitHub, GitLab and pandoc. */
static void put_md(const char *text, FILE *out)
{
    char before = ' ';
    for (; *text; before = *text++) {
        bool special = strchr("\\`*|<>[]", *text) != NULL;
        special |= *text == '_' && !(is_word(before) && is_word(text[1]));
        fputs(special ? "\\" : "", out);
        fputc(*text, out);
    }
}

static const char *latex_of(char c)
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

static void put_latex(const char *text, FILE *out)
{
    static const char plus_minus[] = "±";
    char before = ' ';
    for (; *text; before = *text++) {
        const char *macro = latex_of(*text);
        bool is_minus = *text == '-' && !is_word(before) && text[1] >= '0' && text[1] <= '9';
        if (strncmp(text, plus_minus, strlen(plus_minus)) == 0) {
            fputs("$\\pm$", out);
            text += strlen(plus_minus) - 1;
        } else if (macro || is_minus) {
            fputs(macro ? macro : "$-$", out);
        } else {
            fputs(strchr("&%$#_{}", *text) ? "\\" : "", out);
            fputc(*text, out);
        }
    }
}

static void put_html(const char *text, FILE *out)
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

void res_put_text(const char *text, res_format format, FILE *out)
{
    if (format == RES_MD)
        put_md(text, out);
    else if (format == RES_LATEX)
        put_latex(text, out);
    else if (format == RES_HTML)
        put_html(text, out);
    else
        fputs(text, out);
}

SWP_PRINTF(4, 0)
static void put_formatted(const char *before, res_format format, FILE *out, const char *fmt,
                          va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, fmt, args);
    fputs(before, out);
    res_put_text(text, format == RES_MD ? RES_MD : RES_TABLE, out);
    fputc('\n', out);
}

void res_put_heading(res_format format, FILE *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put_formatted(format == RES_MD      ? "## "
                  : format == RES_LATEX ? "% "
                                        : "",
                  format, out, fmt, args);
    va_end(args);
    fputs(format == RES_MD ? "\n" : "", out);
}

void res_put_line(res_format format, FILE *out, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put_formatted(format == RES_MD      ? "- "
                  : format == RES_LATEX ? "% "
                                        : "",
                  format, out, fmt, args);
    va_end(args);
}
