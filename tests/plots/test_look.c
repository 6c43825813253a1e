/* The look of charts: formats, sizes, fonts, a changed style, invalid names. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/str.h"
#include "tests/plots/checks.h"
#include "tests/plots/files.h"
#include "tests/support/cmocka_all.h"

static const size_t study_dims[] = {2, 3, 4, 5, 6, 7, 8, 64, 128};

static void test_svg(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "vector", .dims = study_dims, .n_dims = 4, .epochs = 6, .thresholds = {"45"}};
    const char *folder = plot_study_of("svg", &what, PLOT_SVG, SHARED + 4 * EACH);
    expect_contains(test_path(folder, "recall_bars.svg"), "<?xml version=");
    expect_contains(test_path(folder, "recall_bars.svg"), "Recall by embedding_dim: vector");
    expect_contains(test_path(folder, "loss_curves.svg"), "</svg>");
    expect_contains(test_path(folder, "loss_curves.svg"), "<g><title>embedding_dim = 3, epoch 2: ");
    expect_contains(test_path(folder, "loss_curves.svg"), "id='loss_curves_gpPt0'");
    expect_contains(test_path(folder, "loss_curves.svg"), "xlink:href='#loss_curves_gpPt6'");
    char *text = test_read(test_path(folder, "loss_curves.svg"), NULL);
    assert_null(strstr(text, "gnuplot_svg"));
    assert_null(strstr(text, "<image"));
    free(text);
}

static void test_scripts_run_by_hand(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "by hand", .dims = study_dims, .n_dims = 3, .epochs = 5, .thresholds = {"45"}};
    const char *folder = plot_study_of("by_hand", &what, PLOT_PNG, SHARED + 3 * EACH);
    static const char *const names[] = {
        "loss_curves", "trial_002",        "recall_bars",        "recall_threshold", "final_loss",
        "roc",         "precision_recall", "error_histogram",    "confusion",        "class_counts",
        "class_means", "class_recall",     "reconstruction_002", "timeline"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char script[64], picture[64];
        size_t size, again;
        snprintf(script, sizeof script, "%s.gp", names[i]);
        snprintf(picture, sizeof picture, "%s.png", names[i]);
        char *first = test_read(test_path(folder, picture), &size);
        assert_int_equal(unlink(test_path(folder, picture)), 0);
        assert_int_equal(run_by_hand(folder, script), 0);
        char *second = test_read(test_path(folder, picture), &again);
        assert_int_equal(size, again);
        assert_memory_equal(first, second, size);
        free(first);
        free(second);
    }
}

static void test_hostile_names_are_shown_not_run(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const rates[] = {"`touch pwned`'; system('touch pwned'); #", "a\\\n\"b\""};
    made_up what = {.name = "'; system('touch pwned') `touch pwned` \"$HOME {/Symbol a}_x^2 @e "
                            "\\\nline \xff <b>&",
                    .dims = study_dims,
                    .n_dims = 3,
                    .rates = rates,
                    .n_rates = 2,
                    .epochs = 3,
                    .thresholds = {"45"}};
    const char *folder = plot_study_of("hostile", &what, PLOT_SVG, SHARED + 5 + 6 * EACH);
    assert_false(test_exists(test_path(folder, "pwned")));
    assert_false(test_exists("pwned"));
    expect_contains(test_path(folder, "loss_curves.svg"),
                    "Loss by epoch: '; system('touch pwned') `touch pwned` \"...");
    expect_contains(test_path(folder, "slice.svg"), "`touch pwned`'; ");
    expect_contains(test_path(folder, "recall_bars.svg"), "2, `touch pwned`'; ...");
    expect_contains(test_path(folder, "recall_bars.svg"), "3, a\\?\"b\"");
    plot_study_of("hostile_png", &what, PLOT_PNG, SHARED + 5 + 6 * EACH);
}

static void test_synthetic_data_is_named_in_every_heading(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "toy",
                    .dims = study_dims,
                    .n_dims = 2,
                    .epochs = 3,
                    .thresholds = {"45"},
                    .synthetic = true};
    const char *folder = plot_study_of("synthetic", &what, PLOT_SVG, SHARED + 2 * EACH);
    static const char *const names[] = {
        "loss_curves.svg",      "trial_001.svg",          "trial_002.svg",        "final_loss.svg",
        "recall_bars.svg",      "confusion.svg",          "precision_recall.svg", "roc.svg",
        "recall_threshold.svg", "error_histogram.svg",    "class_counts.svg",     "class_means.svg",
        "class_recall.svg",     "reconstruction_001.svg", "timeline.svg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_contains(test_path(folder, names[i]), ": toy (synthetic data)");
}

static void test_a_changed_style_is_kept(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "style", .dims = study_dims, .n_dims = 1, .epochs = 2, .thresholds = {"45"}};
    const char *folder = plot_study_of("style", &what, PLOT_PNG, SHARED - 1 + EACH);
    char *style = test_read(test_path(folder, "style.gp"), NULL);
    swp_buf changed = {0};
    swp_buf_printf(&changed, "%sink = '#000000'\n", style);
    test_write(test_path(folder, "style.gp"), changed.text);
    res_store *store;
    assert_int_equal(res_store_open(test_path(folder, "sweep.db"), RES_READ, &store, NULL), SWP_OK);
    plot_options options = {.folder = folder};
    assert_int_equal(plot_experiment(store, "style", &options, NULL), SWP_OK);
    res_store_close(store);
    char *kept = test_read(test_path(folder, "style.gp"), NULL);
    assert_string_equal(kept, changed.text);
    free(style);
    free(kept);
    swp_buf_deinit(&changed);
}

/* A choice of charts, in another size and font; the help lists all charts. */
static void test_choice_size_and_font(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "choice", .dims = study_dims, .n_dims = 2, .epochs = 3, .thresholds = {"45"}};
    const char *folder = test_folder("choice");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    size_t written = 0;
    plot_options options = {.folder = folder,
                            .only = "roc,trials",
                            .width = 800,
                            .height = 450,
                            .font = {.name = "it's; `x`", .size = 9},
                            .written = count_picture,
                            .context = &written};
    swp_err err = {0};
    assert_int_equal(plot_experiment(store, "choice", &options, &err), SWP_OK);
    assert_int_equal(written, 3);
    expect_png(folder, "roc.png", 800, 450);
    expect_contains(test_path(folder, "roc.gp"), "font_name = 'it''s; `x`'\n");
    char all[sizeof PLOT_CHARTS] = "", *end = all;
    for (const char *c = PLOT_CHARTS; *c; c++)
        if (*c != ' ' && *c != '\n')
            *end++ = *c;
    options = (plot_options){
        .folder = folder, .only = all, .written = count_picture, .context = &written};
    written = 0;
    assert_int_equal(plot_experiment(store, "choice", &options, &err), SWP_OK);
    assert_int_equal(written, SHARED + 2 * EACH);
    options.only = "roc,rocks";
    assert_int_equal(plot_experiment(store, "choice", &options, &err), SWP_USAGE);
    assert_string_equal(err.text, "there is no chart 'rocks'");
    res_store_close(store);
}

static void test_nothing_of_the_choice_makes_sense(void **state)
{
    (void)state;
    made_up what = {
        .name = "single", .dims = study_dims, .n_dims = 1, .epochs = 3, .thresholds = {"45"}};
    const char *folder = test_folder("senseless");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    plot_options options = {.folder = folder, .only = "final_loss"};
    swp_err err = {0};
    assert_int_equal(plot_experiment(store, "single", &options, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "nothing to draw: final_loss: "));
    res_store_close(store);
}

static void test_pdf(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "paper", .dims = study_dims, .n_dims = 2, .epochs = 3, .thresholds = {"45"}};
    const char *folder = plot_study_of("pdf", &what, PLOT_PDF, SHARED + 2 * EACH);
    size_t size;
    char *text = test_read(test_path(folder, "confusion.pdf"), &size);
    assert_true(size > 3000);
    assert_memory_equal(text, "%PDF-", 5);
    free(text);
}

/* Relative luminance of a colour, as WCAG 2 defines it. */
static double luminance(unsigned long rgb)
{
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        double c = (double)(rgb >> (16 - 8 * k) & 255) / 255;
        sum += weights[k] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(double a, double b)
{
    return (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
}

/* Colours of ordered series grow lighter, and stay apart from a white page; texts in cells have the
 * contrast that WCAG 2 asks of small text. gnuplot computes the colours. */
static void test_colours_can_be_read(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "colours", .dims = study_dims, .n_dims = 2, .epochs = 2, .thresholds = {"45"}};
    const char *folder = plot_charts_of("loss_curves", "colours", &what, PLOT_PNG, 1);
    test_write(test_path(folder, "ask.gp"),
               "load 'loss_curves.gp'\nset print 'colours.txt'\n"
               "do for [i = 0:100] { print sprintf('%d %d', ramp(i / 100.0), "
               "is_dark_rgb(ramp(i / 100.0))) }\n"
               "do for [i = 0:100] { print sprintf('%d %d', share_rgb(i), is_dark_share(i)) }\n");
    assert_int_equal(run_by_hand(folder, "ask.gp"), 0);
    char *text = test_read(test_path(folder, "colours.txt"), NULL), *at = text;
    double last = -1;
    for (int i = 0; i < 202; i++) {
        unsigned long rgb = strtoul(at, &at, 10);
        double light = luminance(rgb), ink = strtol(at, &at, 10) ? 1 : 0;
        if (i <= 100 && !(light > last && contrast(light, 1) >= 1.9))
            fail_msg("colour %d of the ramp: luminance %.3f after %.3f", i, light, last);
        if (contrast(light, ink) < 4.5)
            fail_msg("colour %d: text has a contrast of %.2f", i, contrast(light, ink));
        last = light;
    }
    free(text);
}

/* All text below the heading is there, in lines that fit. */
/* Printed text has at least 6 points; SVG has 96 pixels per inch. */
static void expect_print(const char *path)
{
    static const char size[] = "font-size=\"";
    char *text = test_read(path, NULL);
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, size)) != NULL; n++) {
        at += strlen(size);
        if (strtod(at, NULL) < 6 * 96.0 / 72 - 0.05)
            fail_msg("%s: text of %.6s pixels", path, at);
    }
    assert_true(n > 0);
    free(text);
}

static void test_notes_are_broken_not_cut(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "narrow", .dims = study_dims, .n_dims = 9, .epochs = 2, .thresholds = {"45"}};
    const char *folder = test_folder("narrow");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    size_t written = 0;
    plot_options options = {.folder = folder,
                            .only = "recall_bars",
                            .format = PLOT_SVG,
                            .written = count_picture,
                            .context = &written};
    assert_int_equal(plot_width_parse("89mm", &options, NULL), SWP_OK);
    assert_int_equal(plot_experiment(store, NULL, &options, NULL), SWP_OK);
    expect_contains(test_path(folder, "recall_bars.svg"), "60 normal, 50");
    expect_contains(test_path(folder, "recall_bars.svg"), "abnormal");
    expect_contains(test_path(folder, "recall_bars.svg"), "by embedding_dim");
    expect_print(test_path(folder, "recall_bars.svg"));
    options.untitled = true;
    assert_int_equal(plot_experiment(store, NULL, &options, NULL), SWP_OK);
    res_store_close(store);
    char *text = test_read(test_path(folder, "recall_bars.svg"), NULL);
    assert_null(strstr(text, "Recall by embedding_dim"));
    assert_null(strstr(text, "60 normal"));
    assert_non_null(strstr(text, "recall (%)"));
    free(text);
    assert_int_equal(written, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_scripts_run_by_hand),
        cmocka_unit_test(test_hostile_names_are_shown_not_run),
        cmocka_unit_test(test_synthetic_data_is_named_in_every_heading),
        cmocka_unit_test(test_a_changed_style_is_kept),
        cmocka_unit_test(test_choice_size_and_font),
        cmocka_unit_test(test_nothing_of_the_choice_makes_sense),
        cmocka_unit_test(test_pdf),
        cmocka_unit_test(test_colours_can_be_read),
        cmocka_unit_test(test_notes_are_broken_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
