/* Texts of charts have room: on the usual page and in a column of a paper they stay inside, and
 * none covers another. Widths of texts are estimates for DejaVu Sans. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/plots/checks.h"
#include "tests/plots/files.h"
#include "tests/support/cmocka_all.h"

enum { MOST = 2000 };
static const double HIGH = 0.72; /* of a character, as a share of the font size */

typedef struct box {
    double left, top, right, bottom;
    char text[128];
} box;

/* Width of a character as a share of the font size. */
static double width_of(char c)
{
    return strchr("ijl|'", c)         ? 0.28
           : strchr(" .,:;I", c)      ? 0.31
           : strchr("frt()[]-/", c)   ? 0.38
           : strchr("mwMW%@=+<>~", c) ? 0.85
                                      : 0.59;
}

/* Width of XML text up to `end`. */
static double measure(const char *text, const char *end)
{
    double wide = 0;
    for (; text < end; text++) {
        bool entity = *text == '&';
        if (entity)
            text = strchr(text, ';');
        if (((unsigned char)*text & 0xc0) != 0x80)
            wide += entity ? 0.59 : width_of(*text);
    }
    return wide;
}

static double number_after(const char *tag, const char *name)
{
    const char *at = strstr(tag, name);
    assert_non_null(at);
    return strtod(at + strlen(name), NULL);
}

/* The box of the text of a tag "<text transform=...". */
static box box_of(const char *tag)
{
    const char *text = strchr(tag, '>') + 1, *end = strstr(text, "</text>"), *comma;
    char head[256];
    assert_non_null(end);
    snprintf(head, sizeof head, "%.*s", (int)(text - tag), tag);
    double x = number_after(head, "translate("), size = number_after(head, "font-size=\"");
    comma = strchr(strstr(head, "translate("), ',');
    double y = strtod(comma + 1, NULL), wide = size * measure(text, end);
    double begin = strstr(head, "anchor=\"end\"")      ? -wide
                   : strstr(head, "anchor=\"middle\"") ? -wide / 2
                                                       : 0;
    box b = {x + begin, y - HIGH * size, x + begin + wide, y, ""};
    if (strstr(head, "rotate("))
        b = (box){x - HIGH * size, y - begin - wide, x, y - begin, ""};
    snprintf(b.text, sizeof b.text, "%.*s", (int)(end - text), text);
    return b;
}

static double overlap(double begin, double end, double other_begin, double other_end)
{
    double last = end < other_end ? end : other_end;
    return last - (begin > other_begin ? begin : other_begin);
}

/* The same text at the same place is drawn twice if it has a box of its own. */
static void expect_apart(const char *path, const box *a, const box *b)
{
    if (overlap(a->left, a->right, b->left, b->right) > 1 &&
        overlap(a->top, a->bottom, b->top, b->bottom) > 1 && strcmp(a->text, b->text) != 0)
        fail_msg("%s: \"%s\" covers \"%s\"", path, a->text, b->text);
}

static void expect_room(const char *path, void *context)
{
    static box boxes[MOST];
    size_t n = 0;
    char *svg = test_read(path, NULL);
    double wide = 0, high = 0;
    assert_int_equal(sscanf(strstr(svg, "viewBox"), "viewBox=\"0 0 %lf %lf\"", &wide, &high), 2);
    for (const char *at = svg; (at = strstr(at, "<text transform=")) != NULL; at++) {
        assert_true(n < MOST);
        box b = boxes[n++] = box_of(at);
        if (b.left < 0 || b.top < 0 || b.right > wide || b.bottom > high)
            fail_msg("%s: \"%s\" leaves the page: %.0f..%.0f of %.0f, %.0f..%.0f of %.0f", path,
                     b.text, b.left, b.right, wide, b.top, b.bottom, high);
        for (size_t i = 0; i + 1 < n; i++)
            expect_apart(path, &boxes[i], &boxes[n - 1]);
    }
    assert_true(n > 0);
    free(svg);
    count_picture(path, context);
}

/* All charts of a study, `pictures` of them, on a page of that width (NULL: the usual one). */
static void expect_room_in(const char *name, const made_up *what, const char *width,
                           size_t pictures)
{
    const char *folder = test_folder(name);
    res_store *store = made_up_store(test_path(folder, "sweep.db"), what);
    size_t written = 0;
    plot_options options = {
        .folder = folder, .format = PLOT_SVG, .written = expect_room, .context = &written};
    swp_err err = {0};
    if (width)
        assert_int_equal(plot_width_parse(width, &options, NULL), SWP_OK);
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_store_close(store);
    assert_int_equal(written, pictures);
}

static const size_t dims[] = {2, 4, 8, 16, 128};
static const char *const rates[] = {"0.0001", "0.000316227766", "0.001", "0.01"};
static const char *const batches[] = {"1", "16"};
static const made_up all = {
    .dims = dims, .rates = rates, .batches = batches, .thresholds = {"p95"}};

static void test_two_axes(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "two axes", 4, 4, 0, 8);
    what.thresholds[0] = "45";
    what.thresholds[1] = "p90";
    what.thresholds[2] = "p95";
    what.n_seeds = 3;
    expect_room_in("room_two_narrow", &what, "89mm", 44);
    expect_room_in("room_two_wide", &what, NULL, 44);
}

static void test_one_axis(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "one axis", 1, 4, 0, 25);
    what.n_seeds = 3;
    expect_room_in("room_one_narrow", &what, "89mm", 42);
    expect_room_in("room_one_wide", &what, "183mm", 42);
}

static void test_a_halved_search(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "halved", 3, 4, 2, 9);
    what.halved = true;
    expect_room_in("room_halved_narrow", &what, "89mm", 54);
    expect_room_in("room_halved_wide", &what, NULL, 54);
}

/* Bars that do not fit in a column of a paper are left out, the worst first, and a note says so. */
static void test_too_many_bars(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "many bars", 5, 4, 2, 1);
    const char *folder = test_folder("room_bars");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    size_t written = 0;
    plot_options options = {.folder = folder,
                            .only = "recall_bars",
                            .format = PLOT_SVG,
                            .written = expect_room,
                            .context = &written};
    assert_int_equal(plot_width_parse("89mm", &options, NULL), SWP_OK);
    assert_int_equal(plot_experiment(store, NULL, &options, NULL), SWP_OK);
    expect_contains(test_path(folder, "recall_bars.gp"), "; the best 22 of 40 combinations");
    assert_int_equal(plot_width_parse("1600", &options, NULL), SWP_OK);
    options.font = (plot_font){0};
    assert_int_equal(plot_experiment(store, NULL, &options, NULL), SWP_OK);
    expect_contains(test_path(folder, "recall_bars.gp"), "\nn = 40\n");
    res_store_close(store);
    assert_int_equal(written, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_axes),
        cmocka_unit_test(test_one_axis),
        cmocka_unit_test(test_a_halved_search),
        cmocka_unit_test(test_too_many_bars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
