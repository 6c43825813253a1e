/* Adapts a picture of gnuplot to a page that holds several: names inside it begin with the chart's
 * name, values at points become titles that a browser shows, and it is made shorter: coordinates in
 * tenths of a pixel, no empty groups. */
#include "plots/svg_priv.h"

#include <math.h>
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

/* The title of a plot, its name or the expression that it draws, which a browser would show at the
 * pointer: it follows the plot's group. Returns what follows it, or `at`. */
static const char *skip_plot_title(const char *svg, const char *at, const char *name)
{
    static const char open[] = "<title>", close[] = "</title>", group[] = "<g id=\"";
    if (!begins(at, open))
        return at;
    const char *tag = at;
    while (tag > svg && *tag != '\n' && !begins(tag, group))
        tag--;
    const char *id = tag + strlen(group), *end = strstr(at, close);
    bool of_plot = begins(tag, group) && begins(id, name) && begins(id + strlen(name), "_plot_");
    return of_plot && end ? end + strlen(close) : at;
}

/* Attributes that the group of the whole picture sets for all groups in it. */
#define INHERITED " fill=\"none\" color=\"black\" stroke=\"currentColor\""

/* Attributes that SVG assumes anyway, or inherits. */
static const char *const defaults[] = {" stroke-linecap=\"butt\"", " stroke-linejoin=\"miter\"",
                                       INHERITED};

/* The first text's font, ' font-family="DejaVu Sans"': the group of the whole picture says it for
 * all that have the same. length 0 without texts. */
typedef struct shared_font {
    const char *at;
    size_t length;
} shared_font;

static shared_font find_font(const char *svg)
{
    static const char open[] = " font-family=\"";
    const char *at = strstr(svg, open), *end = at ? strchr(at + strlen(open), '"') : NULL;
    return end ? (shared_font){at, (size_t)(end + 1 - at)} : (shared_font){0};
}

static const char *skip_default(const char *at, const shared_font *font)
{
    if (font->length > 0 && strncmp(at, font->at, font->length) == 0)
        return at + font->length;
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (begins(at, defaults[i]))
            return at + strlen(defaults[i]);
    return at;
}

/* A group with nothing in it: gnuplot opens one for each change of colour or width. */
static const char *skip_empty_group(const char *at)
{
    static const char open[] = "<g fill=\"none\"", close[] = "</g>";
    if (!begins(at, open))
        return at;
    const char *end = strchr(at, '>');
    if (!end)
        return at;
    end += 1 + strspn(end + 1, "\n\t ");
    return begins(end, close) ? end + strlen(close) : at;
}

/* The next number of a path, rounded to tenths; moves *at past it. */
static bool read_tenths(const char **at, long *out)
{
    char text[32];
    double value;
    size_t n = strspn(*at, "-0123456789.");
    if (n == 0 || n >= sizeof text)
        return false;
    memcpy(text, *at, n);
    text[n] = '\0';
    if (!swp_parse_double(text, &value) || !(value > -1e6 && value < 1e6))
        return false;
    *out = lround(10 * value);
    *at += n;
    return true;
}

static void add_tenths(long value, swp_buf *out)
{
    long size = value < 0 ? -value : value;
    swp_buf_printf(out, "%s", value < 0 ? "-" : "");
    if (size >= 10 || size % 10 == 0)
        swp_buf_printf(out, "%ld", size / 10);
    if (size % 10 != 0)
        swp_buf_printf(out, ".%ld", size % 10);
}

/* Add a point of a path: absolute where it moves there, else relative to the last one. */
static void add_point(char command, long x, long y, const long last[2], char *before, swp_buf *out)
{
    char letter = command == 'M' ? 'M' : 'l';
    long dx = command == 'M' ? x : x - last[0], dy = command == 'M' ? y : y - last[1];
    if (letter != *before)
        swp_buf_add(out, &letter, 1);
    else if (dx >= 0)
        swp_buf_puts(out, " ");
    add_tenths(dx, out);
    swp_buf_puts(out, dy >= 0 ? " " : "");
    add_tenths(dy, out);
    *before = letter;
}

/* A path of absolute points, "d='M1.00,2.00 L3.00,4.00 Z'", in tenths and relative. Returns what
 * follows, or `at` if this is none; then nothing was added. */
static const char *take_path(const char *at, swp_buf *out)
{
    if (!begins(at, "d='M"))
        return at;
    swp_buf path = {0};
    const char *next = at + 3;
    char command = 'M', before = '\0';
    long last[2] = {0, 0}, point[2];
    swp_buf_puts(&path, "d='");
    for (;;) {
        next += strspn(next, " \n\t");
        if (*next == '\'' || *next == '\0')
            break;
        if (strchr("MLZz", *next))
            command = *next++;
        if (command == 'Z' || command == 'z') {
            swp_buf_puts(&path, "z");
            before = '\0';
            continue;
        }
        if (!read_tenths(&next, &point[0]) || *next++ != ',' || !read_tenths(&next, &point[1]))
            break;
        add_point(command, point[0], point[1], last, &before, &path);
        last[0] = point[0];
        last[1] = point[1];
    }
    bool whole = *next == '\'' && !path.failed;
    if (whole)
        swp_buf_printf(out, "%s'", path.text);
    swp_buf_deinit(&path);
    return whole ? next + 1 : at;
}

/* The corners of a polygon, "points = '1.00,2.00 3.00,4.00 '", in tenths. As take_path. */
static const char *take_points(const char *at, swp_buf *out)
{
    static const char open[] = "points = '";
    if (!begins(at, open))
        return at;
    swp_buf points = {0};
    const char *next = at + strlen(open);
    swp_buf_puts(&points, "points='");
    for (bool first = true; next += strspn(next, " \n\t"), *next != '\''; first = false) {
        long x, y;
        if (!read_tenths(&next, &x) || *next++ != ',' || !read_tenths(&next, &y))
            break;
        swp_buf_puts(&points, first ? "" : " ");
        add_tenths(x, &points);
        swp_buf_puts(&points, ",");
        add_tenths(y, &points);
    }
    bool whole = *next == '\'' && !points.failed;
    if (whole)
        swp_buf_printf(out, "%s'", points.text);
    swp_buf_deinit(&points);
    return whole ? next + 1 : at;
}

/* "translate(97.61,546.15)", in tenths. As take_path. */
static const char *take_place(const char *at, swp_buf *out)
{
    static const char open[] = "translate(";
    long x, y;
    const char *next = at + strlen(open);
    if (!begins(at, open) || !read_tenths(&next, &x) || *next++ != ',' || !read_tenths(&next, &y) ||
        *next != ')')
        return at;
    swp_buf_puts(out, open);
    add_tenths(x, out);
    swp_buf_puts(out, ",");
    add_tenths(y, out);
    return next;
}

/* "rgb(  0, 114, 178)" without blanks. */
static const char *take_colour(const char *at, swp_buf *out)
{
    const char *end = begins(at, "rgb(") ? strchr(at, ')') : NULL;
    if (!end || end - at > 24)
        return at;
    for (; at < end; at++)
        if (*at != ' ')
            swp_buf_add(out, at, 1);
    return at;
}

/* Blanks between elements become one line break. */
static const char *skip_blanks(const char *at, swp_buf *out)
{
    size_t n = strspn(at, "\n\t");
    if (n > 0)
        swp_buf_puts(out, "\n");
    return at + n;
}

/* What stands for an invisible point, and numbers with more digits than they need. */
static const char *take_phrase(const char *at, swp_buf *out)
{
    static const struct {
        const char *said, *shorter;
    } phrases[] = {{" color='rgb(255, 255, 255)' opacity='0.00'", " opacity='0'"},
                   {" fill-opacity = '0.350000'", " fill-opacity='.35'"},
                   {" fill-opacity = '0.100000'", " fill-opacity='.1'"},
                   {" fill = '", " fill='"}};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (!begins(at, phrases[i].said))
            continue;
        swp_buf_puts(out, phrases[i].shorter);
        return at + strlen(phrases[i].said);
    }
    return at;
}

/* Write what comes here in a shorter form; returns what follows, or `at`. Before `body` there are
 * the markers, whose small numbers are scaled and stay as they are. */
static const char *shorten(const char *at, const char *body, const shared_font *font, bool in_tag,
                           swp_buf *out)
{
    static const char canvas[] = "gnuplot_canvas\"";
    if (in_tag && begins(at, canvas)) {
        swp_buf_puts(out, canvas);
        swp_buf_puts(out, INHERITED);
        if (font->length > 0)
            swp_buf_add(out, font->at, font->length);
        return at + strlen(canvas);
    }
    if (at < body)
        return at;
    const char *phrase = in_tag && *at == ' ' ? take_phrase(at, out) : at;
    if (phrase != at)
        return phrase;
    if (in_tag)
        return *at == ' '   ? skip_default(at, font)
               : *at == 'd' ? take_path(at, out)
               : *at == 'p' ? take_points(at, out)
               : *at == 'r' ? take_colour(at, out)
               : *at == 't' ? take_place(at, out)
                            : at;
    return *at == '<' ? skip_empty_group(at) : skip_blanks(at, out);
}

/* The tag of a group with attributes, <g stroke-width="1.50">; length 0 where none begins. */
typedef struct tag {
    const char *at;
    size_t length;
} tag;

enum { DEEPEST = 32 }; /* groups within each other that are looked at: gnuplot has six */

static tag tag_at(const char *at)
{
    const char *end = begins(at, "<g") && (at[2] == ' ' || at[2] == '>') ? strchr(at, '>') : NULL;
    return (tag){at, end && end[-1] != '/' ? (size_t)(end + 1 - at) : 0};
}

/* Where a group is closed and one with the same attributes follows at once, what is after the tag
 * of that one; else `at`. A title is of its own group. */
static const char *skip_reopening(const char *at, tag closed)
{
    const char *next = at + strlen("</g>");
    next += strspn(next, "\n\t ");
    bool same = closed.length > strlen("<g>") && strncmp(next, closed.at, closed.length) == 0;
    const char *inside = next + closed.length;
    return same && !begins(inside + strspn(inside, "\n\t "), "<title>") ? inside : at;
}

/* A group around nothing but a text gives it its attributes; an empty text shows nothing. Returns
 * what follows, or `at`. */
static const char *take_text(const char *at, tag group, swp_buf *out)
{
    static const char open[] = "\n<text>", close[] = "</text>\n</g>";
    const char *inside = at + group.length + strlen(open);
    if (group.length < strlen("<g >") || !begins(at + group.length, open) ||
        !begins(inside + strcspn(inside, "<"), close))
        return at;
    if (begins(inside, close))
        return inside + strlen(close);
    swp_buf_puts(out, "<text");
    swp_buf_add(out, at + strlen("<g"), group.length - strlen("<g"));
    swp_buf_add(out, inside, strcspn(inside, "<"));
    swp_buf_puts(out, "</text>");
    return inside + strcspn(inside, "<") + strlen(close);
}

/* Corners of an upright rectangle, "x,y x2,y x2,y2 x,y2"; returns what follows, or NULL. */
static const char *read_corners(const char *at, long corners[4][2])
{
    for (size_t i = 0; i < 4; i++) {
        if (!read_tenths(&at, &corners[i][0]) || *at++ != ',' || !read_tenths(&at, &corners[i][1]))
            return NULL;
        at += *at == ' ';
    }
    bool upright = corners[0][1] == corners[1][1] && corners[1][0] == corners[2][0] &&
                   corners[2][1] == corners[3][1] && corners[3][0] == corners[0][0];
    return upright && begins(at, "'/>") ? at + strlen("'/>") : NULL;
}

/* An upright rectangle, as cells and bars are, as a path. Returns what follows, or `at`. */
static const char *take_rectangle(const char *at, swp_buf *out)
{
    static const char open[] = "<polygon", points[] = " points='";
    const char *end = begins(at, open) ? strchr(at, '>') : NULL, *from = at;
    long corners[4][2];
    while (end && from < end && !begins(from, points))
        from++;
    const char *next = end && from < end ? read_corners(from + strlen(points), corners) : NULL;
    if (!next)
        return at;
    swp_buf_puts(out, "<path");
    swp_buf_add(out, at + strlen(open), (size_t)(from - at) - strlen(open));
    swp_buf_puts(out, " d='M");
    add_tenths(corners[0][0], out);
    swp_buf_puts(out, " ");
    add_tenths(corners[0][1], out);
    swp_buf_puts(out, "H");
    add_tenths(corners[2][0], out);
    swp_buf_puts(out, "V");
    add_tenths(corners[2][1], out);
    swp_buf_puts(out, "H");
    add_tenths(corners[0][0], out);
    swp_buf_puts(out, "z'/>");
    return next;
}

/* The mark of a point, "<use xlink:href='#gpPt6' transform='translate(1,2) scale(3)' .../>", or
 * "<use xlink:href='#gpDot' x='1' y='2' .../>": what stands before and after the place says what
 * it looks like. */
typedef struct mark {
    const char *before, *behind, *end;
    size_t n_before, n_behind;
    long place[2];
} mark;

/* Whether `text` stands at *at, which moves past it. */
static bool skip(const char **at, const char *text)
{
    bool there = begins(*at, text);
    *at += there ? strlen(text) : 0;
    return there;
}

static bool read_mark(const char *at, mark *out)
{
    at += strspn(at, "\n");
    const char *from = at, *close = skip(&from, "<use xlink:href='#") ? strstr(from, "/>") : NULL;
    if (!close)
        return false;
    from += strcspn(from, "'") + 1;
    bool dot = begins(from, " x='");
    out->before = at;
    out->n_before = (size_t)(from - at) + (dot ? 0 : strlen(" transform='"));
    if (!skip(&from, dot ? " x='" : " transform='translate(") ||
        !read_tenths(&from, &out->place[0]) || !skip(&from, dot ? "' y='" : ",") ||
        !read_tenths(&from, &out->place[1]) || !skip(&from, dot ? "'" : ")") || from > close)
        return false;
    out->behind = from;
    out->end = close + strlen("/>");
    out->n_behind = (size_t)(out->end - from);
    return true;
}

static bool are_alike(const mark *a, const mark *b)
{
    return a->n_before == b->n_before && a->n_behind == b->n_behind &&
           memcmp(a->before, b->before, a->n_before) == 0 &&
           memcmp(a->behind, b->behind, a->n_behind) == 0;
}

static bool same_place(const mark *a, const mark *b)
{
    return a->place[0] == b->place[0] && a->place[1] == b->place[1];
}

enum { MOST_LAYERS = 4 }; /* marks over each other at one point: a dot and its white edge */

/* Whether marks like the first point's stand at one place here; *next is what follows. */
static bool read_point(const char *at, const mark *like, size_t n, mark *first, const char **next)
{
    mark found;
    for (size_t i = 0; i < n; i++, at = found.end) {
        if (!read_mark(at, &found) || !are_alike(&found, &like[i]) ||
            (i > 0 && !same_place(&found, first)))
            return false;
        if (i == 0)
            *first = found;
    }
    *next = at;
    return true;
}

/* Points that look alike become one path whose corners are marked: that takes a tenth. Returns what
 * follows, or `at`. */
static const char *take_marks(const char *at, const char *name, size_t *n_markers, swp_buf *out)
{
    enum { FEWEST = 8 };
    mark layers[MOST_LAYERS], found = {0};
    size_t n_layers = 0, n = 0;
    const char *next = at;
    if (!begins(at, "<use "))
        return at;
    while (n_layers < MOST_LAYERS && read_mark(next, &layers[n_layers]) &&
           (n_layers == 0 || (same_place(&layers[n_layers], &layers[0]) &&
                              !are_alike(&layers[n_layers], &layers[0]))))
        next = layers[n_layers++].end;
    swp_buf path = {0};
    char before = '\0';
    long last[2] = {0, 0};
    next = at;
    for (; n_layers > 0 && read_point(next, layers, n_layers, &found, &next); n++) {
        add_point(n == 0 ? 'M' : 'L', found.place[0], found.place[1], last, &before, &path);
        memcpy(last, found.place, sizeof last);
    }
    bool enough = n >= FEWEST && !path.failed;
    if (enough) {
        size_t id = ++*n_markers;
        swp_buf_printf(out, "<marker id='%s_m%zu' markerUnits='userSpaceOnUse' overflow='visible'>",
                       name, id);
        for (size_t i = 0; i < n_layers; i++) {
            swp_buf_add(out, layers[i].before, layers[i].n_before);
            swp_buf_add(out, layers[i].behind, layers[i].n_behind);
        }
        swp_buf_puts(out, "</marker>\n<path stroke='none'");
        static const char *const corners[] = {"start", "mid", "end"};
        for (size_t i = 0; i < sizeof corners / sizeof corners[0]; i++)
            swp_buf_printf(out, " marker-%s='url(#%s_m%zu)'", corners[i], name, id);
        swp_buf_printf(out, " d='%s'/>", path.text);
    }
    swp_buf_deinit(&path);
    return enough ? next : at;
}

/* gnuplot begins a group for every tic and every point, most of them with the attributes of the one
 * before: they become one. */
static void merge_groups(const char *svg, swp_buf *out)
{
    tag open[DEEPEST];
    size_t depth = 0;
    for (const char *next; *svg; svg = next) {
        const tag begun = tag_at(svg);
        next = begun.length > 0 ? take_text(svg, begun, out) : take_rectangle(svg, out);
        if (next > svg)
            continue;
        if (begun.length > 0 && depth++ < DEEPEST)
            open[depth - 1] = begun;
        if (begins(svg, "</g>") && depth > 0 && depth-- <= DEEPEST)
            next = skip_reopening(svg, open[depth]);
        depth += next > svg;
        if (next == svg && !(*svg == '\n' && begins(svg + 1, "\n<")))
            swp_buf_add(out, svg, 1);
        next += next == svg;
    }
}

/* Everything but the groups. */
static void tidy_elements(const char *svg, const char *name, swp_buf *out)
{
    bool in_tag = false;
    shared_font font = find_font(svg);
    const char *whole = svg, *defs = strstr(svg, "</defs>"), *body = defs ? defs : svg;
    while (*svg) {
        const char *next = skip_plot_title(whole, take_hypertext(svg, out), name);
        if (next == svg)
            next = shorten(svg, body, &font, in_tag, out);
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

/* Once no groups are between them. */
static void merge_marks(const char *svg, const char *name, swp_buf *out)
{
    size_t n_markers = 0;
    while (*svg) {
        size_t n = strcspn(svg + 1, "<") + 1;
        const char *next = take_marks(svg, name, &n_markers, out);
        if (next == svg)
            swp_buf_add(out, svg, n);
        svg = next == svg ? svg + n : next;
    }
}

void plot_svg_tidy(const char *svg, const char *name, swp_buf *out)
{
    swp_buf tidied = {0}, merged = {0};
    tidy_elements(svg, name, &tidied);
    if (tidied.text && !tidied.failed)
        merge_groups(tidied.text, &merged);
    if (merged.text && !merged.failed)
        merge_marks(merged.text, name, out);
    out->failed |= tidied.failed || merged.failed;
    swp_buf_deinit(&tidied);
    swp_buf_deinit(&merged);
}
