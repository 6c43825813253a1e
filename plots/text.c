/* Texts and numbers for gnuplot. All names of a store pass through add_line, which lets one line of
 * valid UTF-8 through, and inner quotes doubled. */
#include "plots/text_priv.h"

#include <stdbool.h>
#include <string.h>

static void add_line(swp_buf *out, const char *text, size_t most, bool quoted)
{
    for (size_t shown = 0; *text; shown++) {
        if (shown == most) {
            swp_buf_puts(out, "...");
            return;
        }
        size_t n = swp_utf8_length(text);
        if (n > 0 && swp_unseen_length(text) > 0)
            swp_buf_puts(out, "?");
        else if (n > 0)
            swp_buf_add(out, text, n);
        else
            swp_buf_puts(out, (unsigned char)*text < 0x80 ? " " : "?");
        if (quoted && *text == '\'')
            swp_buf_puts(out, "'");
        text += n > 0 ? n : 1;
    }
}

void plot_text_add(swp_buf *out, const char *text, size_t most)
{
    add_line(out, text, most, false);
}

void plot_text_quote(swp_buf *out, const char *text, size_t most)
{
    swp_buf_puts(out, "'");
    add_line(out, text, most, true);
    swp_buf_puts(out, "'");
}

void plot_text_assign(swp_buf *out, const char *variable, swp_buf *text)
{
    plot_text_set(out, variable, text->length > 0 ? text->text : "", SIZE_MAX);
    out->failed |= text->failed;
    swp_buf_deinit(text);
}

void plot_text_set(swp_buf *out, const char *variable, const char *text, size_t most)
{
    swp_buf_printf(out, "%s = ", variable);
    plot_text_quote(out, text, most);
    swp_buf_puts(out, "\n");
}

void plot_array_begin(swp_buf *out, const char *name, size_t n)
{
    swp_buf_printf(out, "array %s[%zu] = [", name, n);
}

void plot_array_text(swp_buf *out, size_t i, swp_buf *text)
{
    swp_buf_puts(out, i > 0 ? ", " : "");
    plot_text_quote(out, text->length > 0 ? text->text : "", SIZE_MAX);
    out->failed |= text->failed;
    swp_buf_deinit(text);
}

void plot_array_counts(swp_buf *out, const char *name, const size_t *counts, size_t n)
{
    plot_array_begin(out, name, n);
    for (size_t i = 0; i < n; i++)
        swp_buf_printf(out, "%s%zu", i > 0 ? ", " : "", counts[i]);
    swp_buf_puts(out, "]\n");
}

void plot_number_set(swp_buf *out, const char *variable, double value)
{
    swp_buf_printf(out, "%s =", variable);
    plot_number_add(out, value);
    swp_buf_puts(out, "\n");
}

void plot_number_add(swp_buf *out, double value)
{
    char text[SWP_NUMBER_SIZE];
    bool begins = out->length == 0 || out->text[out->length - 1] == '\n';
    swp_buf_printf(out, "%s%s", begins ? "" : " ", swp_format_double(value, text));
}
