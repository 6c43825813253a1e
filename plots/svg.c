/* Makes a picture of gnuplot fit for a page that holds several: names inside it begin with the
 * chart's name, and values at points become titles that a browser shows. */
#include "plots/svg_priv.h"

#include <stdbool.h>
#include <string.h>

/* Beginnings of a name that gnuplot gives in every picture, up to where the name begins. */
typedef struct spot {
    const char *before, *name;
} spot;

static const spot spots[] = {
    {"id='", "gp"},      {"xlink:href='#", "gp"}, {"id='", "textbox"},         {"url(#", "textbox"},
    {"id='", "greybox"}, {"url(#", "greybox"},    {"id=\"", "gnuplot_canvas"},
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Length of what stands before a name to be prefixed, 0 if none begins here. */
static size_t before_name(const char *at)
{
    for (size_t i = 0; i < sizeof spots / sizeof spots[0]; i++) {
        size_t n = strlen(spots[i].before);
        if (begins(at, spots[i].before) && begins(at + n, spots[i].name))
            return n;
    }
    return 0;
}

/* A group that shows a text at the pointer:
 *   <g onmousemove="gnuplot_svg.showHypertext(evt,'TEXT')" onmouseout="..."><title> </title>
 * Returns what follows, or `at` if this is none. */
static const char *take_hypertext(const char *at, swp_buf *out)
{
    static const char first[] = "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'";
    static const char last[] = "')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>";
    if (!begins(at, first))
        return at;
    const char *text = at + strlen(first);
    const char *end = strstr(text, last);
    if (!end)
        return at;
    swp_buf_puts(out, "<g><title>");
    swp_buf_add(out, text, (size_t)(end - text));
    swp_buf_puts(out, "</title>");
    return end + strlen(last);
}

/* The title of a plot; returns what follows it, or `at`. */
static const char *skip_plot_title(const char *at, const char *name)
{
    static const char open[] = "<title>", close[] = "</title>";
    if (!begins(at, open) || !begins(at + strlen(open), name) ||
        !begins(at + strlen(open) + strlen(name), "_plot_"))
        return at;
    const char *end = strstr(at, close);
    return end ? end + strlen(close) : at;
}

void plot_svg_tidy(const char *svg, const char *name, swp_buf *out)
{
    bool in_tag = false;
    while (*svg) {
        const char *next = skip_plot_title(take_hypertext(svg, out), name);
        if (next != svg) {
            svg = next;
            continue;
        }
        size_t n = in_tag ? before_name(svg) : 0;
        if (n > 0) {
            swp_buf_add(out, svg, n);
            swp_buf_printf(out, "%s_", name);
            svg += n;
            continue;
        }
        in_tag = *svg == '<' || (in_tag && *svg != '>');
        swp_buf_add(out, svg++, 1);
    }
}
