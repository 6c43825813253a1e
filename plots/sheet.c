/* A folder of charts: every chart is a script and a data file, written whole; gnuplot then draws
 * all of them under temporary names, or where that fails one after the other, and pictures that are
 * complete are renamed.
 * style.gp is kept if it was changed by hand. */
#include "plots/sheet_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "plots/gnuplot_priv.h"
#include "plots/svg_priv.h"
#include "plots/text_priv.h"

#define MOST_BYTES ((size_t)256 << 20) /* of a picture or a style */

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* "FOLDER/NAME.SUFFIX", or NULL. The caller frees with swp_free. */
static char *path_of(const plot_sheet *sheet, const char *name, const char *suffix)
{
    swp_buf path = {0};
    swp_buf_printf(&path, "%s/%s.%s", sheet->options->folder, name, suffix);
    if (!path.failed)
        return path.text;
    swp_buf_deinit(&path);
    return NULL;
}

static swp_status write_whole(const plot_sheet *sheet, const char *name, const char *suffix,
                              const char *const *texts, size_t n, swp_err *err)
{
    char *path = path_of(sheet, name, suffix);
    if (!path)
        return out_of_memory(err);
    swp_file file = {0};
    swp_status status = swp_file_create_own(path, &file, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        swp_file_write(&file, texts[i], strlen(texts[i]));
    swp_free(path);
    return swp_file_close(&file, status, err);
}

/* The first line of a style says what the rest was, so that one of another version of this program
 * can be told from one that was changed by hand. */
static void stamp_style(const char *rest, char out[64])
{
    snprintf(out, 64, "# Original %016llx\n",
             (unsigned long long)swp_hash(rest, strlen(rest), SWP_HASH_START));
}

static bool is_original(const char *style)
{
    char stamp[64];
    const char *rest = strchr(style, '\n');
    if (!rest)
        return false;
    stamp_style(rest + 1, stamp);
    return strncmp(style, stamp, strlen(stamp)) == 0;
}

static bool is_trusted(uid_t owner)
{
    return owner == geteuid() || owner == 0;
}

/* gnuplot runs the style as a program, so one that another user wrote, or links to, is refused. The
 * superuser could do anything anyway. */
static swp_status check_owner(const char *path, swp_err *err)
{
    struct stat info, link;
    if (stat(path, &info) != 0 || lstat(path, &link) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "%s: cannot read", path);
    if (is_trusted(info.st_uid) && is_trusted(link.st_uid))
        return SWP_OK;
    uid_t other = is_trusted(link.st_uid) ? info.st_uid : link.st_uid;
    swp_status status = swp_fail(err, SWP_IO, "%s belongs to another user (%lu): it is not run",
                                 path, (unsigned long)other);
    swp_hint(err, "name another folder with -o, or copy the style to a file of your own");
    return status;
}

/* The folder, and style.gp in it. */
static swp_status provide_style(plot_sheet *sheet, swp_err *err)
{
    void *present = NULL;
    size_t n;
    char stamp[64];
    char *path = path_of(sheet, "style", "gp");
    if (!path)
        return out_of_memory(err);
    swp_status status = swp_make_folders(path, err);
    bool there = status == SWP_OK && access(path, F_OK) == 0;
    if (there)
        status = check_owner(path, err);
    if (there && status == SWP_OK)
        status = swp_file_read(path, MOST_BYTES, &present, &n, err);
    sheet->own_style = there && status == SWP_OK && !is_original(present);
    stamp_style(plot_style_gp, stamp);
    const char *const texts[] = {stamp, plot_style_gp};
    if (status == SWP_OK && !sheet->own_style)
        status = write_whole(sheet, "style", "gp", texts, 2, err);
    else if (status == SWP_OK && sheet->options->note)
        sheet->options->note("style.gp was changed by hand, and is used as it is",
                             sheet->options->context);
    swp_free(present);
    swp_free(path);
    return status;
}

swp_status plot_sheet_open(const plot_options *options, plot_sheet *out, swp_err *err)
{
    static const char *const suffixes[] = {
        [PLOT_PNG] = "png", [PLOT_SVG] = "svg", [PLOT_PDF] = "pdf"};
    *out = (plot_sheet){.options = options, .suffix = suffixes[options->format]};
    return provide_style(out, err);
}

void plot_sheet_deinit(plot_sheet *sheet)
{
    for (size_t i = 0; i < sheet->n; i++)
        swp_free(sheet->names[i]);
    swp_free(sheet->names);
    *sheet = (plot_sheet){0};
}

static swp_status remember(plot_sheet *sheet, const char *name, swp_err *err)
{
    char **grown = swp_resize(sheet->names, sheet->n + 1, sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    sheet->names = grown;
    grown[sheet->n] = swp_strdup(name);
    return grown[sheet->n++] ? SWP_OK : out_of_memory(err);
}

/* The page that style.gp will use, for scripts that need it earlier: its width and the factor of
 * its height; how many panels of width `least` fit beside each other; columns and rows of a legend
 * above them, by the characters of its longest entry. */
static const char layout[] =
    "given(v) = exists(v) ? value(v) : 0\n"
    "fitted(w) = given('font_size') > 0 ? (given('width') > 0 ? given('width') : w) / "
    "(given('font_size') / 17.0) : w\n"
    "shrinks(w) = fitted(w) < 0.6 * w ? 0.6 : fitted(w) / w\n"
    "is_slim(w) = fitted(w) < 0.65 * w\n"
    "at_least(a, b) = a < b ? b : a\n"
    "at_most(a, b) = a > b ? b : a\n"
    "panel_columns(n) = n <= 3 ? n : n == 4 ? 2 : n <= 9 ? 3 : 4\n"
    "fitting_columns(n, w, least) = at_least(1, at_most(n, int((fitted(w) - 110) / (least + "
    "40))))\n"
    "key_columns(w, chars) = at_least(1, int((fitted(w) - 150) / (11.8 * chars + 115)))\n"
    "key_rows(n, w, chars) = ceil(n * 1.0 / key_columns(w, chars))\n";

/* The beginning of all scripts. Settings that a user may want to change can be set from outside. */
static void add_top(const plot_sheet *sheet, const char *name, swp_buf *out)
{
    const plot_options *options = sheet->options;
    swp_buf_printf(out,
                   "# Rewritten by each `sweep plot`: keep your changes under another name.\n# "
                   "Draw the picture again: gnuplot %s.gp\n"
                   "name = '%s'\nnote = ''\n"
                   "if (!exists(\"format\")) format = '%s' # png, svg or pdf\n",
                   name, name, sheet->suffix);
    if (options->width > 0)
        swp_buf_printf(out, "if (!exists(\"width\")) width = %zu # pixels\n", options->width);
    if (options->untitled)
        swp_buf_puts(out, "if (!exists(\"titled\")) titled = 0\n");
    if (options->height > 0)
        swp_buf_printf(out, "if (!exists(\"height\")) height = %zu\n", options->height);
    if (options->font.name[0]) {
        swp_buf_puts(out, "if (!exists(\"font_name\")) font_name = ");
        plot_text_quote(out, options->font.name, SIZE_MAX);
        swp_buf_puts(out, "\n");
    }
    if (options->font.size > 0) {
        swp_buf_puts(out, "if (!exists(\"font_size\")) font_size =");
        plot_number_add(out, options->font.size);
        swp_buf_puts(out, " # points\n");
    }
    swp_buf_puts(out, layout);
}

static swp_status write_chart(plot_sheet *sheet, const plot_chart *chart, swp_err *err)
{
    swp_buf top = {0};
    add_top(sheet, chart->name, &top);
    swp_status status = SWP_OK;
    if (top.failed || chart->head.failed || chart->data.failed) {
        status = out_of_memory(err);
    } else {
        const char *const script[] = {top.text, chart->head.text, "\n", chart->script};
        const char *const data[] = {chart->data.text};
        status = write_whole(sheet, chart->name, "dat", data, 1, err);
        if (status == SWP_OK)
            status = write_whole(sheet, chart->name, "gp", script, 4, err);
    }
    swp_buf_deinit(&top);
    return status;
}

void plot_chart_deinit(plot_chart *chart)
{
    swp_buf_deinit(&chart->head);
    swp_buf_deinit(&chart->data);
}

swp_status plot_sheet_add(plot_sheet *sheet, plot_chart *chart, swp_err *err)
{
    swp_status status = write_chart(sheet, chart, err);
    plot_chart_deinit(chart);
    return status == SWP_OK ? remember(sheet, chart->name, err) : status;
}

/* Draw `n` charts from `first` on. */
static swp_status run_scripts(const plot_sheet *sheet, size_t first, size_t n, bool *missing,
                              swp_err *err)
{
    swp_status status = SWP_OK;
    char **scripts = swp_alloc(n, sizeof *scripts);
    for (size_t i = 0; scripts && i < n && status == SWP_OK; i++) {
        swp_buf script = {0};
        swp_buf_printf(&script, "%s.gp", sheet->names[first + i]);
        scripts[i] = script.text;
        if (script.failed)
            status = out_of_memory(err);
    }
    if (!scripts)
        status = out_of_memory(err);
    if (status == SWP_OK)
        status = plot_gnuplot_run(sheet->options->folder, scripts, n, sheet->options->processes,
                                  missing, err);
    for (size_t i = 0; scripts && i < n; i++)
        swp_free(scripts[i]);
    swp_free(scripts);
    return status;
}

static void hint_failure(const plot_sheet *sheet, swp_err *err)
{
    if (!err || err->hint[0])
        return;
    if (sheet->own_style)
        swp_hint(err, "%s/style.gp was changed by hand: delete it to get the original back",
                 sheet->options->folder);
    else
        swp_hint(err, "charts need gnuplot 5.4 with cairo: apt install gnuplot-nox");
}

/* Where gnuplot gave up, draw one chart at a time: those that cannot be drawn are named, and take
 * no other with them. `drawn` (n) */
static swp_status run_one_by_one(const plot_sheet *sheet, bool *drawn, swp_err *err)
{
    swp_err first = {0};
    size_t n_drawn = 0;
    for (size_t i = 0; i < sheet->n; i++) {
        swp_err why = {0};
        bool missing;
        swp_buf text = {0};
        drawn[i] = run_scripts(sheet, i, 1, &missing, &why) == SWP_OK;
        n_drawn += drawn[i];
        if (drawn[i])
            continue;
        if (first.status == SWP_OK)
            first = why;
        swp_buf_printf(&text, "could not draw %s: %s", sheet->names[i], why.text);
        if (!text.failed && sheet->options->note)
            sheet->options->note(text.text, sheet->options->context);
        swp_buf_deinit(&text);
    }
    if (n_drawn > 0)
        return SWP_OK;
    if (err)
        *err = first;
    return first.status;
}

static swp_status run_all(const plot_sheet *sheet, bool *drawn, swp_err *err)
{
    bool missing = false;
    swp_status status = run_scripts(sheet, 0, sheet->n, &missing, err);
    for (size_t i = 0; i < sheet->n; i++)
        drawn[i] = status == SWP_OK;
    if (status == SWP_UNAVAILABLE && !missing && sheet->n > 1)
        status = run_one_by_one(sheet, drawn, err);
    if (status == SWP_UNAVAILABLE)
        hint_failure(sheet, err);
    return status;
}

/* A picture's file, and the one that gnuplot draws. */
typedef struct picture {
    char *path, *part;
} picture;

static void free_pictures(picture *pictures, size_t n)
{
    for (size_t i = 0; pictures && i < n; i++) {
        swp_free(pictures[i].path);
        swp_free(pictures[i].part);
    }
    swp_free(pictures);
}

/* All names, made before there is anything that would stay where memory ran out; NULL when it has.
 */
static picture *name_pictures(const plot_sheet *sheet)
{
    picture *pictures = swp_alloc(sheet->n, sizeof *pictures);
    for (size_t i = 0; pictures && i < sheet->n; i++) {
        swp_buf part = {0};
        pictures[i].path = path_of(sheet, sheet->names[i], sheet->suffix);
        swp_buf_printf(&part, "%s.part", pictures[i].path ? pictures[i].path : "");
        pictures[i].part = part.text;
        if (!pictures[i].path || part.failed) {
            free_pictures(pictures, sheet->n);
            return NULL;
        }
    }
    return pictures;
}

/* gnuplot does not report a full disk: a picture is whole if it has its end. */
static bool has_end(const char *drawn, size_t n, plot_format format)
{
    static const char png[] = "IEND\xae\x42\x60\x82";
    const char *const ends[] = {[PLOT_PNG] = png, [PLOT_SVG] = "</svg>", [PLOT_PDF] = "%%EOF"};
    size_t length = strlen(ends[format]);
    while (format != PLOT_PNG && n > 0 && strchr("\r\n", drawn[n - 1]))
        n--;
    return n >= length && memcmp(drawn + n - length, ends[format], length) == 0;
}

static swp_status fail_cut_short(const char *path, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_IO, "cannot write %s: gnuplot left only a part of it", path);
    swp_hint(err, "the disk is full, or was: free some space and run the same command again");
    return status;
}

/* Give a picture that gnuplot drew its name. */
static swp_status finish(const plot_sheet *sheet, const picture *p, const char *name, swp_err *err)
{
    struct stat info;
    void *drawn = NULL;
    size_t n = 0;
    swp_buf tidy = {0};
    if (stat(p->part, &info) != 0 || info.st_size == 0)
        return swp_fail(err, SWP_UNAVAILABLE, "gnuplot ended well but wrote no %s", p->path);
    swp_status status = swp_file_read(p->part, MOST_BYTES, &drawn, &n, err);
    if (status == SWP_OK && !has_end(drawn, n, sheet->options->format))
        status = fail_cut_short(p->path, err);
    if (status == SWP_OK && sheet->options->format == PLOT_SVG)
        plot_svg_tidy(drawn, name, &tidy);
    if (status == SWP_OK && tidy.failed)
        status = out_of_memory(err);
    if (status == SWP_OK && sheet->options->format == PLOT_SVG)
        status = swp_file_put(p->path, tidy.text, tidy.length, err);
    else if (status == SWP_OK)
        status = swp_file_put(p->path, drawn, n, err);
    swp_free(drawn);
    swp_buf_deinit(&tidy);
    return status;
}

/* Finish a picture, unless `keep` is off. The file that gnuplot drew is removed in any case. */
static swp_status settle(const plot_sheet *sheet, const picture *p, const char *name, bool keep,
                         swp_err *err)
{
    const plot_options *options = sheet->options;
    swp_status status = keep ? finish(sheet, p, name, err) : SWP_OK;
    unlink(p->part);
    if (keep && status == SWP_OK && options->written)
        options->written(p->path, options->context);
    return status;
}

/* gnuplot would follow a link that somebody put in its place, so a new file is created first. */
static swp_status claim(const picture *p, swp_err *err)
{
    unlink(p->part);
    int fd = open(p->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return swp_fail_errno(err, SWP_IO, errno, "cannot write %s", p->part);
    close(fd);
    return SWP_OK;
}

swp_status plot_sheet_draw(const plot_sheet *sheet, swp_err *err)
{
    picture *pictures = name_pictures(sheet);
    bool *drawn = swp_alloc(sheet->n, sizeof *drawn);
    swp_status status = pictures && drawn ? SWP_OK : out_of_memory(err);
    for (size_t i = 0; i < sheet->n && status == SWP_OK; i++)
        status = claim(&pictures[i], err);
    if (status == SWP_OK)
        status = run_all(sheet, drawn, err);
    for (size_t i = 0; i < sheet->n && pictures && drawn; i++) {
        bool keep = status == SWP_OK && drawn[i];
        swp_status settled = settle(sheet, &pictures[i], sheet->names[i], keep, err);
        if (status == SWP_OK)
            status = settled;
    }
    if (pictures)
        free_pictures(pictures, sheet->n);
    swp_free(drawn);
    return status;
}
