#include "plots/text_priv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 character at `text`, or 0 if there is none that can be shown: SVG files admit
 * neither control characters nor surrogates nor noncharacters. */
static size_t char_bytes(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] >= 0x20 && s[0] < 0x7f)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t code = s[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    static const uint32_t least[] = {0xa0, 0x800, 0x10000};
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    bool shown =
        code >= least[n - 2] && code <= 0x10ffff && !surrogate && (code & 0xfffe) != 0xfffe;
    return shown ? n : 0;
}

static void add_line(swp_buf *out, const char *text, size_t most, bool quoted)
{
    for (size_t shown = 0; *text; shown++) {
        if (shown == most) {
            swp_buf_puts(out, "...");
            return;
        }
        size_t n = char_bytes(text);
        if (n > 0)
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
    swp_buf_printf(out, "%s = ", variable);
    plot_text_quote(out, text->length > 0 ? text->text : "", SIZE_MAX);
    swp_buf_puts(out, "\n");
    out->failed |= text->failed;
    swp_buf_deinit(text);
}

void plot_number_add(swp_buf *out, double value)
{
    char text[SWP_NUMBER_SIZE];
    bool begins = out->length == 0 || out->text[out->length - 1] == '\n';
    swp_buf_printf(out, "%s%s", begins ? "" : " ", swp_format_double(value, text));
}
