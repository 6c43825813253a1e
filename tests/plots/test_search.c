/* Charts of the objective over all trials: history, slices, importance, rungs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/plots/checks.h"
#include "tests/plots/files.h"
#include "tests/support/cmocka_all.h"

static const size_t dims[] = {2, 8, 32};
static const char *const rates[] = {"0.0001", "0.001", "0.01", "0.1"};
static const char *const batches[] = {"1", "8"};
static const made_up all = {.dims = dims, .rates = rates, .batches = batches, .thresholds = {"45"}};

static void test_scripts_and_data_are_golden(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "halved", 3, 4, 0, 9);
    what.halved = true;
    const char *folder =
        plot_charts_of("history,slice,importance,rungs", "halved", &what, PLOT_PNG, 4);
    static const char *const names[] = {"history", "slice", "importance", "rungs"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_golden_script(folder, names[i], names[i]);
        expect_golden_data(folder, names[i]);
    }
    expect_png(folder, "history.png", 1600, 1000);
}

/* A full grid with seeds: exact shares and a noise floor; failed trials have no results. */
static void test_a_grid(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "grid", 3, 0, 2, 3);
    what.n_seeds = 2;
    const char *folder = plot_charts_of("history,slice,importance", "grid", &what, PLOT_SVG, 3);
    expect_contains(test_path(folder, "importance.gp"), "exact over all 6 combinations'\n");
    expect_contains(test_path(folder, "importance.gp"), "note = 'sd between seeds ");
    expect_contains(test_path(folder, "importance.gp"), "'interactions']\n");
    expect_contains(test_path(folder, "history.svg"), "<title>trial 12: ");
    what.fails = 3;
    folder = plot_charts_of("history,importance", "grid_failed", &what, PLOT_SVG, 2);
    expect_contains(test_path(folder, "history.gp"), "11 done, 1 failed'\n");
}

static size_t count_in(const char *path, const char *part)
{
    size_t n = 0;
    char *text = test_read(path, NULL);
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        n++;
    free(text);
    return n;
}

/* With many trials, points that would hide each other are drawn once, and without values at the
 * pointer, so that pictures of a large search stay small. */
static void test_a_crowd(void **state)
{
    (void)state;
    skip_without_gnuplot();
    enum { N_SEEDS = 1200 };
    made_up what = made_up_like(&all, "crowd", 1, 2, 0, 1);
    what.n_seeds = N_SEEDS;
    const char *folder = plot_charts_of("history,slice", "crowd", &what, PLOT_SVG, 2);
    size_t n_slice = count_in(test_path(folder, "slice.dat"), "\n");
    assert_true(n_slice > 2 && n_slice < N_SEEDS);
    assert_true(count_in(test_path(folder, "history.dat"), "\n") < 2 * N_SEEDS);
    expect_contains(test_path(folder, "slice.gp"), "points that would overlap are drawn once'\n");
    expect_contains(test_path(folder, "history.gp"), "points that would overlap are drawn once'\n");
    assert_int_equal(count_in(test_path(folder, "history.svg"), "<title>trial "), 0);
}

/* Trials that `where` leaves out are in no chart. */
static void test_chosen_trials(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "chosen", 3, 0, 2, 3);
    what.n_seeds = 2;
    const char *folder = test_folder("chosen"), *const where[] = {"batch_size=8"};
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    plot_options options = {.folder = folder, .only = "history", .where = where, .n_where = 1};
    swp_err err = {0};
    assert_int_equal(plot_experiment(store, "chosen", &options, &err), SWP_OK);
    expect_contains(test_path(folder, "history.gp"), "array found[4] = [6, 0, 0, 0]\n");
    res_store_close(store);
}

/* Charts that do not apply to a study are left out, and say why. */
static void test_what_says_nothing(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "few", 3, 0, 0, 2);
    const char *folder = test_folder("few");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    outcome found = {0};
    plot_options options = {.folder = folder,
                            .only = "split,history,slice,importance,rungs",
                            .note = keep_note,
                            .context = &found};
    swp_err err = {0};
    assert_int_equal(plot_experiment(store, "few", &options, &err), SWP_OK);
    assert_string_equal(found.note,
                        "left out: history, slice: fewer than five trials have a result; "
                        "importance: fewer than two parameters differ; "
                        "rungs: no trial was stopped");
    res_store_close(store);
}

/* Parameters with many values have few tics: powers of ten if they span some, else round numbers.
 */
static void test_tics_of_many_values(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const size_t many[] = {3, 4, 5, 7, 8, 9, 11, 14, 17, 21, 24, 29};
    static const char *const wide[] = {"3e-6", "1e-5", "5e-5", "1e-4", "6e-4",
                                       "2e-3", "0.01", "0.07", "0.3"};
    made_up what = made_up_like(&all, "many", 12, 9, 0, 2);
    what.dims = many;
    what.rates = wide;
    const char *folder = plot_charts_of("slice,final_loss", "many", &what, PLOT_SVG, 3);
    const char *slice = test_path(folder, "slice.gp");
    expect_contains(slice, "array scales[2] = [1, 1]\n");
    expect_contains(slice, "'1e-5'");
    expect_contains(slice, "'0.1'");
    expect_contains(test_path(folder, "final_loss.gp"), "embedding_dim");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts_and_data_are_golden),
        cmocka_unit_test(test_a_grid),
        cmocka_unit_test(test_tics_of_many_values),
        cmocka_unit_test(test_chosen_trials),
        cmocka_unit_test(test_a_crowd),
        cmocka_unit_test(test_what_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
