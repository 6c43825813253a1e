/* What is changed in gnuplot's SVG, and what is not. */
#include "plots/svg_priv.h"

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
           "<g id=\"roc_gnuplot_canvas\"><path id='roc_gpPt0'/>"
           "<use xlink:href='#roc_gpPt7' id='roc_gpPt8'/></g>");
    expect("<filter id='textbox'/><g style='filter:url(#textbox)'/>",
           "<filter id='roc_textbox'/><g style='filter:url(#roc_textbox)'/>");
    expect("<g id=\"roc_plot_1\" ><title>roc_plot_1</title>", "<g id=\"roc_plot_1\" >");
}

static void test_texts_at_points_become_titles(void **state)
{
    (void)state;
    expect("<g onmousemove=\"gnuplot_svg.showHypertext(evt,'epoch 5: 1.5')\" "
           "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title><use/></g>",
           "<g><title>epoch 5: 1.5</title><use/></g>");
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
        cmocka_unit_test(test_shown_texts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
