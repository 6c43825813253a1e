/* Charts of made-up experiments: scripts, data and pictures. */
#include "plots/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/metric.h"
#include "tests/plots/checks.h"
#include "tests/plots/files.h"
#include "tests/support/cmocka_all.h"

static const size_t study_dims[] = {2, 3, 4, 5, 6, 7, 8, 64, 128};

static void test_whole_study(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "embedding",
                    .dims = study_dims,
                    .n_dims = 9,
                    .epochs = 25,
                    .thresholds = {"30", "45", "60", "p99"}};
    const char *folder = plot_study_of("study", &what, PLOT_PNG, SHARED + 3 + 9 * EACH);
    expect_png(folder, "loss_curves.png", 1600, 1000);
    expect_png(folder, "trial_009.png", 1600, 1000);
    expect_png(folder, "recall_bars.png", 1600, 1000);
    expect_png(folder, "recall_threshold.png", 1600, 1000);
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "array labels[9] = ['2', '3', '4', '5', '6', '7', '8', '64', '128']\n");
}

static void test_scripts_and_data_are_golden(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const size_t dims[] = {8, 2};
    made_up what = {.name = "golden",
                    .dims = dims,
                    .n_dims = 2,
                    .n_seeds = 2,
                    .epochs = 3,
                    .thresholds = {"30", "45.5"}};
    const char *folder = plot_study_of("golden", &what, PLOT_PNG, SHARED + 2 + 4 * EACH);
    static const char *const names[] = {"final_loss",   "recall_bars",     "recall_threshold",
                                        "roc",          "error_histogram", "precision_recall",
                                        "confusion",    "split",           "parallel",
                                        "class_counts", "class_means",     "class_recall",
                                        "timeline"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_golden_script(folder, names[i], names[i]);
        expect_golden_data(folder, names[i]);
    }
    expect_golden_script(folder, "loss_curves", "curves");
    expect_golden_data(folder, "loss_curves");
    expect_golden_script(folder, "recall_curves", "curves");
    expect_golden_data(folder, "recall_curves");
    expect_golden_script(folder, "trial_001_seed_42", "trial_curve");
    expect_golden_data(folder, "trial_001_seed_42");
    expect_golden_script(folder, "reconstruction_001_seed_42", "reconstruction");
    expect_golden_data(folder, "reconstruction_001_seed_42");
}

static void test_seeds_are_averaged(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "seeds",
                    .dims = study_dims,
                    .n_dims = 5,
                    .n_seeds = 4,
                    .epochs = 12,
                    .thresholds = {"45"}};
    const char *folder = plot_charts_of("loss_curves,recall_bars", "seeds", &what, PLOT_PNG, 2);
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "note = 'by embedding_dim; mean and band of one sd over seed (4)'\n");
    expect_contains(test_path(folder, "loss_curves.gp"), "n = 5\n");
    expect_contains(test_path(folder, "recall_bars.gp"),
                    "note = 'by embedding_dim; mean and sd over seed (4)'\n");
    expect_contains(test_path(folder, "recall_bars.gp"),
                    "array labels[5] = ['2', '3', '4', '5', '6']\n");
}

static void test_forty_trials(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const rates[] = {"0.0001", "0.0002", "0.0003", "0.0005",
                                        "0.001",  "0.002",  "0.005",  "0.01"};
    made_up what = {.name = "rates",
                    .dims = study_dims,
                    .n_dims = 5,
                    .rates = rates,
                    .n_rates = 8,
                    .epochs = 8,
                    .thresholds = {"45", "60"},
                    .fails = 7};
    const char *folder =
        plot_charts_of("loss_curves,recall_bars,trials", "forty", &what, PLOT_PNG, 2 + 40);
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "note = 'by embedding_dim, learning_rate'\n");
    expect_contains(test_path(folder, "loss_curves.gp"), "n = 40\n");
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "n_facets = 5\ntones_title = 'learning_rate'\nn_tones = 8\n");
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "array facets[5] = ['embedding_dim = 2', 'embedding_dim = 3',");
    expect_contains(test_path(folder, "recall_bars.gp"), "n = 39\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "; 39 of 40 trials'");
    expect_contains(test_path(folder, "trial_007.gp"), "; failed after epoch 4'");
    expect_contains(test_path(folder, "recall_bars.gp"),
                    "labels_title = 'embedding_dim, learning_rate'\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "'2, 1e-4'");
}

/* Hundreds of trials: a bounded number of pictures, each of a size that can be drawn. */
static void test_what_is_left_out_is_said(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const rates[] = {"0.0001", "0.0002", "0.0003", "0.0005", "0.001", "0.002",
                                        "0.003",  "0.004",  "0.005",  "0.006",  "0.007", "0.008",
                                        "0.009",  "0.01",   "0.02",   "0.03",   "0.04",  "0.05"};
    made_up what = {.name = "hundreds",
                    .dims = study_dims,
                    .n_dims = 7,
                    .rates = rates,
                    .n_rates = 18,
                    .n_seeds = 2,
                    .epochs = 1,
                    .thresholds = {"45"}};
    const char *folder = test_folder("hundreds");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    outcome found = {0};
    plot_options options = {.folder = folder,
                            .only = "trials,recall_bars,recall_threshold,parallel",
                            .written = count_written,
                            .note = keep_note,
                            .context = &found};
    swp_err err = {0};
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_store_close(store);
    assert_int_equal(found.written, PLOT_SINGLES_OF_MANY + 3);
    assert_int_equal(found.notes, 1);
    assert_memory_equal(found.note, "240 of 252 trials ", 18);
    expect_contains(test_path(folder, "recall_bars.gp"), "n = 60\n");
    expect_contains(test_path(folder, "recall_bars.gp"),
                    "note = 'by embedding_dim, learning_rate; mean and sd over seed (2); "
                    "the best 60 of 126 combinations by val_loss'\n");
}

static void test_more_dimensions_than_panels_in_a_page(void **state)
{
    (void)state;
    skip_without_gnuplot();
    size_t dims[30];
    for (size_t i = 0; i < 30; i++)
        dims[i] = i + 2;
    made_up what = {.name = "many", .dims = dims, .n_dims = 30, .epochs = 4, .thresholds = {"45"}};
    const char *folder =
        plot_charts_of("recall_threshold,error_histogram,confusion", "many", &what, PLOT_PNG, 3);
    expect_contains(test_path(folder, "recall_threshold.gp"), "n = 12\n");
    expect_contains(test_path(folder, "recall_threshold.gp"),
                    "the best 12 of 30 combinations by val_loss'\n");
}

static void test_one_trial_of_one_epoch(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "one", .dims = study_dims + 6, .n_dims = 1, .epochs = 1, .thresholds = {"45"}};
    const char *folder = plot_study_of("one", &what, PLOT_PNG, SHARED - 1 + EACH);
    expect_contains(test_path(folder, "trial_001.gp"), "epochs = 1\nselected = 1\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "array labels[1] = ['trial 1']\n");
}

static void test_a_split_without_anomalies(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "normal only",
                    .dims = study_dims,
                    .n_dims = 2,
                    .epochs = 3,
                    .thresholds = {"45", "60"},
                    .no_anomalies = true};
    const char *folder = plot_study_of("no_anomalies", &what, PLOT_SVG, SHARED - 2 + 1 + 2 * EACH);
    expect_contains(test_path(folder, "recall_bars.svg"), "n/a");
    expect_contains(test_path(folder, "recall_bars.gp"),
                    "threshold p95 of each model''s validation errors; 3 epochs");
}

/* A store of an older program is drawn as far as possible, and notes say what is missing. */
static void test_a_store_of_an_older_program(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "old",
                    .dims = study_dims,
                    .n_dims = 2,
                    .epochs = 3,
                    .thresholds = {"45"},
                    .old = true};
    const char *folder = test_folder("old");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    outcome found = {0};
    plot_options options = {.folder = folder,
                            .only =
                                "class_counts,class_means,class_recall,reconstructions,timeline",
                            .written = count_written,
                            .note = keep_note,
                            .context = &found};
    swp_err err = {0};
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_store_close(store);
    assert_int_equal(found.written, 1);
    assert_string_equal(found.note,
                        "left out: class_means, class_recall, reconstructions, timeline: "
                        "an older program recorded this experiment without what they show");
}

/* Two workers, a pause, and a trial that failed. */
static void test_a_timeline(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "time",
                    .dims = study_dims,
                    .n_dims = 3,
                    .epochs = 4,
                    .thresholds = {"45"},
                    .fails = 2,
                    .paused = true};
    const char *folder = plot_charts_of("timeline", "timeline", &what, PLOT_SVG, 1);
    /* Trial 1 has 4 epochs, 2 fails after 2, 3 follows on worker 1: 7.5 of 12 seconds in all. */
    expect_contains(test_path(folder, "timeline.gp"),
                    "'3 trials on 2 workers, busy 62 % of 6 seconds; 3 pauses left out'\n");
    expect_contains(test_path(folder, "timeline.gp"), "n_pauses = 3\n");
    expect_contains(test_path(folder, "timeline.gp"), "n_failures = 1\n");
    expect_contains(test_path(folder, "timeline.svg"), "failed");
    expect_contains(test_path(folder, "timeline.svg"), "<g><title>2, trial 1: 2 epochs, 1.5 ");
}

/* As many samples of each class as asked for. */
static void test_one_sample_of_each_class(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "samples", .dims = study_dims, .n_dims = 1, .epochs = 2, .thresholds = {"45"}};
    const char *folder = plot_charts_of("reconstructions", "samples", &what, PLOT_PNG, 1);
    expect_png(folder, "reconstruction_001.png", 1600, 195 + 3 * 235);
    expect_contains(test_path(folder, "reconstruction_001.gp"), "'class it''s: error ");
    test_write(test_path(folder, "one.gp"), "most = 1\nload 'reconstruction_001.gp'\n");
    assert_int_equal(run_by_hand(folder, "one.gp"), 0);
    expect_png(folder, "reconstruction_001.png", 1600, 240 + 330);
}

static void test_unfinished_study_has_its_loss_curves(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "begun",
                    .dims = study_dims,
                    .n_dims = 3,
                    .epochs = 9,
                    .recorded = 4,
                    .thresholds = {"45"}};
    const char *folder = plot_study_of("begun", &what, PLOT_PNG, 5 + 3);
    assert_false(test_exists(test_path(folder, "recall_bars.gp")));
}

/* Draw some charts of the store in `folder` once more. */
static swp_status plot_again(const char *folder, plot_options options, swp_err *err)
{
    res_store *store;
    assert_int_equal(res_store_open(test_path(folder, "sweep.db"), RES_READ, &store, NULL), SWP_OK);
    options.folder = folder;
    *err = (swp_err){0};
    swp_status status = plot_experiment(store, NULL, &options, err);
    res_store_close(store);
    return status;
}

static const char *const charts_with_threshold[] = {
    "recall_curves",    "recall_bars",     "class_recall", "recall_threshold", "roc",
    "precision_recall", "error_histogram", "confusion",    "parallel"};
#define CHARTS_WITH_THRESHOLD                                                                      \
    "recall_curves,recall_bars,class_recall,recall_threshold,roc,precision_recall,"                \
    "error_histogram,confusion,parallel"

static void expect_in_all(const char *folder, const char *text)
{
    for (size_t i = 0; i < sizeof charts_with_threshold / sizeof charts_with_threshold[0]; i++) {
        char file[64];
        snprintf(file, sizeof file, "%s.gp", charts_with_threshold[i]);
        expect_contains(test_path(folder, file), text);
    }
}

/* The planned percentile nearest to p95, or what is asked for, in every chart; what was chosen by
 * test labels is marked. */
static void test_all_charts_show_one_threshold(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "one_threshold",
                    .dims = study_dims,
                    .n_dims = 4,
                    .n_seeds = 2,
                    .epochs = 5,
                    .thresholds = {"30", "60", "p90", "p97"}};
    const char *folder = plot_charts_of(CHARTS_WITH_THRESHOLD, "one_threshold", &what, PLOT_PNG, 9);
    expect_in_all(folder, "threshold p97 of each model''s validation errors; 5 epochs");
    static const char *const words[] = {"30", "p50", "youden"};
    static const char *const told[] = {
        ": threshold 30; 3 epochs", ": threshold p50 of each model''s validation errors; 3 epochs",
        ": threshold youden (chosen on test labels); 3 epochs"};
    for (size_t i = 0; i < 3; i++) {
        res_threshold threshold;
        size_t epochs = 3;
        swp_err err;
        assert_int_equal(res_threshold_parse(words[i], &threshold, NULL), SWP_OK);
        plot_options options = {.only = CHARTS_WITH_THRESHOLD,
                                .filter = {&threshold, 1, &epochs, 1}};
        if (plot_again(folder, options, &err) != SWP_OK)
            fail_msg("%s", err.text);
        expect_in_all(folder, told[i]);
    }
    expect_contains(test_path(folder, "roc.gp"), "chosen = 'threshold youden (chosen on test)'\n");
}

/* What --where selects and what --by pools. */
static void test_where_and_by(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const rates[] = {"0.01", "0.001"};
    made_up what = {.name = "chosen",
                    .dims = study_dims,
                    .n_dims = 3,
                    .rates = rates,
                    .n_rates = 2,
                    .n_seeds = 2,
                    .epochs = 2,
                    .thresholds = {"45"}};
    static const char *const where[] = {"embedding_dim=2", "embedding_dim=4", "learning_rate=0.01"};
    const char *folder =
        plot_charts_of("loss_curves,recall_bars", "where_and_by", &what, PLOT_PNG, 2);
    swp_err err;
    plot_options options = {.only = "loss_curves,recall_bars", .where = where, .n_where = 3};
    assert_int_equal(plot_again(folder, options, &err), SWP_OK);
    expect_contains(test_path(folder, "loss_curves.gp"), "array labels[2] = ['2', '4']\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "array labels[2] = ['2', '4']\n");
    options = (plot_options){.only = "loss_curves,final_loss", .by = "learning_rate"};
    assert_int_equal(plot_again(folder, options, &err), SWP_OK);
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "note = 'by learning_rate; mean and band of one sd over embedding_dim (3), "
                    "seed (2)'\n");
    expect_contains(test_path(folder, "final_loss.gp"), "x_title = 'learning_rate'\n");
    options.by = "colour";
    assert_int_equal(plot_again(folder, options, &err), SWP_USAGE);
    options.by = "loss";
    assert_int_equal(plot_again(folder, options, &err), SWP_CONFIG);
    options.by = "threshold";
    assert_int_equal(plot_again(folder, options, &err), SWP_USAGE);
}

/* Of each setting the best, the median and the worst, by the validation loss: losses of the made-up
 * trials grow with the seed. */
static void test_pictures_of_single_trials(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "singles",
                    .dims = study_dims,
                    .n_dims = 2,
                    .n_seeds = 5,
                    .epochs = 2,
                    .thresholds = {"45"}};
    const char *folder = test_folder("singles");
    res_store_close(made_up_store(test_path(folder, "sweep.db"), &what));
    swp_err err;
    assert_int_equal(plot_again(folder, (plot_options){.only = "trials,reconstructions"}, &err),
                     SWP_OK);
    static const char *const names[] = {"001_seed_42", "003_seed_44", "005_seed_46",
                                        "006_seed_42", "008_seed_44", "010_seed_46"};
    for (size_t i = 0; i < 6; i++) {
        char file[64];
        snprintf(file, sizeof file, "trial_%s.png", names[i]);
        assert_true(test_exists(test_path(folder, file)));
        snprintf(file, sizeof file, "reconstruction_%s.png", names[i]);
        assert_true(test_exists(test_path(folder, file)));
    }
    assert_int_equal(test_count(folder, ".png"), 12);
    expect_contains(test_path(folder, "trial_005_seed_46.gp"), "; the worst of its setting'");
}

/* More trials than pixels: bars are joined, curves and lines are few, numbers stay in place. */
static void test_a_thousand_trials(void **state)
{
    (void)state;
    skip_without_gnuplot();
    enum { RATES = 20, SEEDS = 28, TRIALS = 2 * RATES * SEEDS };
    static char texts[RATES][16];
    static const char *rates[RATES];
    static const size_t two_dims[] = {2, 8};
    for (size_t i = 0; i < RATES; i++) {
        snprintf(texts[i], sizeof texts[i], "%zue-4", i + 1);
        rates[i] = texts[i];
    }
    const made_up what = {.name = "thousand",
                          .dims = two_dims,
                          .n_dims = 2,
                          .rates = rates,
                          .n_rates = RATES,
                          .n_seeds = SEEDS,
                          .epochs = 1,
                          .thresholds = {"60"}};
    const char *folder = plot_charts_of("timeline,parallel,roc,confusion,recall_curves", "thousand",
                                        &what, PLOT_PNG, 5);
    char trials[32];
    snprintf(trials, sizeof trials, "%d trials", (int)TRIALS);
    expect_contains(test_path(folder, "timeline.gp"), trials);
    expect_contains(test_path(folder, "timeline.gp"), "joined");
    expect_contains(test_path(folder, "parallel.gp"), "the best 300 of 1120");
    expect_contains(test_path(folder, "roc.gp"), "seed (28)");
}

static void test_a_grid_of_two_settings(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const rates[] = {"0.01", "0.00031622776601683794", "0.001"};
    made_up what = {.name = "grid",
                    .dims = study_dims,
                    .n_dims = 4,
                    .rates = rates,
                    .n_rates = 3,
                    .n_seeds = 2,
                    .epochs = 4,
                    .thresholds = {"60", "p95"}};
    const char *folder = plot_charts_of("heatmap,parallel", "grid", &what, PLOT_PNG, 2);
    expect_png(folder, "heatmap.png", 1600, 270 + 2 * 330);
    expect_golden_script(folder, "heatmap", "heatmap");
    expect_golden_data(folder, "heatmap");
    expect_contains(test_path(folder, "parallel.gp"),
                    "array names[3] = ['embedding_dim', 'learning_rate', 'seed']\n"
                    "n_values = 9\narray axes[9] = [1, 1, 1, 1, 2, 2, 2, 3, 3]\n");
    expect_contains(
        test_path(folder, "parallel.gp"),
        "array values[9] = ['2', '3', '4', '5', '3.16e-4', '1e-3', '0.01', '42', '43']\n");
    assert_int_equal(run_by_hand(folder, "heatmap.gp"), 0);
    test_write(test_path(folder, "other.gp"), "shown = '2 10'\nload 'heatmap.gp'\n");
    assert_int_equal(run_by_hand(folder, "other.gp"), 0);
    expect_png(folder, "heatmap.png", 1600, 270 + 330);
    assert_int_equal(run_by_hand(folder, "parallel.gp"), 0);
}

static swp_status plot_heatmap_of(const char *folder, const char *axes, const char *metrics,
                                  swp_err *err)
{
    res_store *store;
    assert_int_equal(res_store_open(test_path(folder, "sweep.db"), RES_READ, &store, NULL), SWP_OK);
    plot_options options = {.folder = folder, .only = "heatmap", .axes = axes, .metrics = metrics};
    swp_status status = plot_experiment(store, NULL, &options, err);
    res_store_close(store);
    return status;
}

/* Any metric over any two settings; means are computed from the evaluations. */
static void test_a_heat_map_as_it_is_asked_for(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "asked",
                    .dims = study_dims,
                    .n_dims = 3,
                    .n_seeds = 2,
                    .epochs = 4,
                    .thresholds = {"30", "60", "p95"}};
    const char *folder = test_folder("asked");
    res_store_close(made_up_store(test_path(folder, "sweep.db"), &what));
    swp_err err = {0};
    if (plot_heatmap_of(folder, "train.seed,threshold", "mcc,f1", &err) != SWP_OK)
        fail_msg("%s", err.text);
    const char *script = test_path(folder, "heatmap.gp");
    expect_contains(script, "shown = '10 8 '\n");
    expect_contains(script, "x_name = 'seed'\narray x_values[2] = ['42', '43']\nnx = 2\n"
                            "y_name = 'threshold'\narray y_values[3] = ['30', '60', 'p95']\n");
    expect_contains(script, "note = 'means over embedding_dim (3)'\n");
    expect_contains(test_path(folder, "heatmap.dat"), "\n2 3 3 ");
    assert_int_equal(plot_heatmap_of(folder, "seed,train.seed", NULL, &err), SWP_USAGE);
    assert_int_equal(plot_heatmap_of(folder, "seed,loss", NULL, &err), SWP_CONFIG);
    assert_int_equal(plot_heatmap_of(folder, "seed,colour", NULL, &err), SWP_USAGE);
    assert_int_equal(plot_heatmap_of(folder, "seed", NULL, &err), SWP_USAGE);
    assert_int_equal(plot_heatmap_of(folder, NULL, "mcc,", &err), SWP_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_study),
        cmocka_unit_test(test_scripts_and_data_are_golden),
        cmocka_unit_test(test_seeds_are_averaged),
        cmocka_unit_test(test_forty_trials),
        cmocka_unit_test(test_what_is_left_out_is_said),
        cmocka_unit_test(test_more_dimensions_than_panels_in_a_page),
        cmocka_unit_test(test_one_trial_of_one_epoch),
        cmocka_unit_test(test_a_split_without_anomalies),
        cmocka_unit_test(test_unfinished_study_has_its_loss_curves),
        cmocka_unit_test(test_a_store_of_an_older_program),
        cmocka_unit_test(test_a_timeline),
        cmocka_unit_test(test_one_sample_of_each_class),
        cmocka_unit_test(test_all_charts_show_one_threshold),
        cmocka_unit_test(test_where_and_by),
        cmocka_unit_test(test_pictures_of_single_trials),
        cmocka_unit_test(test_a_thousand_trials),
        cmocka_unit_test(test_a_grid_of_two_settings),
        cmocka_unit_test(test_a_heat_map_as_it_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
