/* Changes to gnuplot's SVG. */
#include "plots/svg_priv.h"

#include <string.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

static void expect(const char *svg, const char *want)
{
    swp_buf out = {0};
    plot_svg_tidy(svg, "roc", &out);
    assert_string_equal(out.text, want);
    swp_buf_deinit(&out);
}

static void test_names_inside_begin_with_the_chart(void **state)
{
    (void)state;
    expect("<g id=\"gnuplot_canvas\"><path id='gpPt0'/><use xlink:href='#gpPt7' id='gpPt8'/></g>",
           "<g id=\"roc_gnuplot_canvas\" fill=\"none\" color=\"black\" "
           "stroke=\"currentColor\"><path id='roc_gpPt0'/>"
           "<use xlink:href='#roc_gpPt7' id='roc_gpPt8'/></g>");
    expect("<filter id='textbox'/><g style='filter:url(#textbox)'/>",
           "<filter id='roc_textbox'/><g style='filter:url(#roc_textbox)'/>");
    expect("<g id=\"roc_plot_1\" ><title>roc_plot_1</title>", "<g id=\"roc_plot_1\" >");
    expect("<g id=\"roc_plot_2\" ><title>data using ($1 / 2.0):3</title>",
           "<g id=\"roc_plot_2\" >");
}

static void test_texts_at_points_become_titles(void **state)
{
    (void)state;
    expect("<g onmousemove=\"gnuplot_svg.showHypertext(evt,'epoch 5: 1.5')\" "
           "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title><use/></g>",
           "<g><title>epoch 5: 1.5</title><use/></g>");
}

static void test_what_can_be_said_shorter(void **state)
{
    (void)state;
    expect("<defs><path d='M0,1.330 L1.265,0.411 z'/></defs>"
           "<g fill=\"none\" stroke-width=\"1.50\">\n</g>\n"
           "<g fill=\"none\" color=\"black\" stroke-linecap=\"butt\" stroke-linejoin=\"miter\">\n"
           "\t<path d='M100.00,323.82 L92.35,323.82 L92.40,323.40\n\t\tM1.04,2.06 L3,-4.5 Z'/></g>",
           "<defs><path d='M0,1.330 L1.265,0.411 z'/></defs>\n"
           "<g fill=\"none\" color=\"black\">\n"
           "<path d='M100 323.8l-7.6 0 0-.4M1 2.1l2-6.6z'/></g>");
    expect("<g fill=\"none\" color=\"black\" stroke=\"currentColor\" stroke-width=\"1.50\">"
           "<polygon fill = 'rgb(  0, 114, 178)' points = '1.04,2.06 3,-4.5 '/></g>",
           "<g stroke-width=\"1.50\"><polygon fill='rgb(0,114,178)' points='1,2.1 3,-4.5'/></g>");
    expect("<g id=\"gnuplot_canvas\"><defs></defs><g font-family=\"A B\" x=\"1\"/><g "
           "font-family=\"A\"/></g>",
           "<g id=\"roc_gnuplot_canvas\" fill=\"none\" color=\"black\" stroke=\"currentColor\" "
           "font-family=\"A B\"><defs></defs><g x=\"1\"/><g font-family=\"A\"/></g>");
    static const char *const kept[] = {"<path d='M1,2 C3,4 5,6 7,8'/>", "<path d='M1,2 L3'/>",
                                       "<path d='M1e9,2'/>", "<path d='M1,2"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        expect(kept[i], kept[i]);
}

static void test_groups_that_follow_each_other(void **state)
{
    (void)state;
    expect("<g a=\"1\">\n<use/></g>\n\n<g a=\"1\"><g b=\"2\"/></g><g a=\"2\"><use/></g>",
           "<g a=\"1\">\n<use/><g b=\"2\"/></g><g a=\"2\"><use/></g>");
    expect("<g a=\"1\"><g><title>x</title><use/></g><g><title>y</title></g></g><g a=\"1\">z</g>",
           "<g a=\"1\"><g><title>x</title><use/></g><g><title>y</title></g>z</g>");
    static const char *const kept[] = {"<g a=\"1\"></g><g a=\"1\"><title>one</title></g>",
                                       "</g></g><g a=\"1\">", "<g a=\"1\"><g b",
                                       "<g a=\"1\"></g>x"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        expect(kept[i], kept[i]);
    expect("<use transform='translate(1.26,-3.00) scale(7.65)' color='rgb(255, 255, 255)' "
           "opacity='0.00'/>",
           "<use transform='translate(1.3,-3) scale(7.65)' opacity='0'/>");
    expect("<g a=\"1\" >\n<text>a &lt; b</text>\n</g>\n\n<g a=\"1\">\n<text><tspan/></text>\n</g>",
           "<text a=\"1\" >a &lt; b</text>\n<g a=\"1\">\n<text><tspan/></text>\n</g>");
    expect("<polygon fill = 'none' points = '1.04,2.06 3,2.06 3,-4.5 1.04,-4.5 '/>",
           "<path fill='none' d='M1 2.1H3V-4.5H1z'/>");
    expect("<polygon points='1,2 3,2 3,4'/>", "<polygon points='1,2 3,2 3,4'/>");
    expect("<use transform='translate(1.26 2)'/>", "<use transform='translate(1.26 2)'/>");
    swp_buf deep = {0}, want = {0}; /* deeper than the limit */
    for (size_t i = 0; i < 40; i++)
        swp_buf_puts(&deep, "<g a=\"1\">");
    for (size_t i = 0; i < 40; i++)
        swp_buf_puts(&deep, "</g>");
    swp_buf_puts(&want, deep.text);
    expect(deep.text, want.text);
    swp_buf_deinit(&deep);
    swp_buf_deinit(&want);
}

/* Many equal points, each a dot over its white edge, become one path with marks; few points, and
 * those of other colours, stay as they are. */
static void test_points_become_a_path(void **state)
{
    (void)state;
    swp_buf svg = {0}, want = {0};
    swp_buf_puts(&want, "<marker id='roc_m1' markerUnits='userSpaceOnUse' overflow='visible'>"
                        "<use xlink:href='#roc_gpPt6' transform=' scale(6)' color='#FFFFFF'/>"
                        "<use xlink:href='#roc_gpPt6' transform=' scale(4)'/></marker>\n"
                        "<path stroke='none' marker-start='url(#roc_m1)' marker-mid='url(#roc_m1)' "
                        "marker-end='url(#roc_m1)' d='M1 2");
    for (int i = 0; i < 9; i++) {
        swp_buf_printf(&svg,
                       "<g a=\"1\">\n<use xlink:href='#gpPt6' transform='translate(%d.00,2.04) "
                       "scale(6)' color='#FFFFFF'/>\n</g>\n<g a=\"1\">\n<use xlink:href='#gpPt6' "
                       "transform='translate(%d.00,2.04) scale(4)'/>\n</g>\n",
                       i + 1, i + 1);
        swp_buf_puts(&want, i == 0 ? "" : i == 1 ? "l1 0" : " 1 0");
    }
    swp_buf_puts(&want, "'/>");
    swp_buf out = {0};
    plot_svg_tidy(svg.text, "roc", &out);
    assert_non_null(strstr(out.text, want.text));
    assert_null(strstr(out.text, "translate"));
    swp_buf_deinit(&out);
    swp_buf_deinit(&svg);
    swp_buf_deinit(&want);
    for (int i = 0; i < 7; i++)
        swp_buf_printf(&want, "<use xlink:href='#roc_gpDot' x='%d' y='2' color='red'/>", i);
    swp_buf_puts(&want, "<use xlink:href='#roc_gpDot' x='9' y='2' color='blue'/>");
    expect(want.text, want.text);
    swp_buf_deinit(&want);
    for (int i = 0; i < 8; i++)
        swp_buf_puts(&svg, "<use xlink:href='#gpDot' x='3.00' y='4.00' color='red'/>\n");
    plot_svg_tidy(svg.text, "roc", &out);
    assert_non_null(strstr(out.text, "d='M3 4l0 0 0 0 0 0 0 0 0 0 0 0 0 0'/>"));
    swp_buf_deinit(&out);
    swp_buf_deinit(&svg);
}

static void test_shown_texts_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<text>id='gpPt0' url(#textbox) > id='gpPt1'</text>",
        "<title>roc</title><text>roc_plot_1</text>",
        "<title>pr_plot_1</title>",
        "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'cut",
        "<title>roc_plot_1",
        "<",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect(texts[i], texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_inside_begin_with_the_chart),
        cmocka_unit_test(test_texts_at_points_become_titles),
        cmocka_unit_test(test_what_can_be_said_shorter),
        cmocka_unit_test(test_groups_that_follow_each_other),
        cmocka_unit_test(test_points_become_a_path),
        cmocka_unit_test(test_shown_texts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
