/* Charts of made-up experiments: scripts, data and pictures. */
#include "plots/plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/str.h"
#include "tests/plots/files.h"
#include "tests/plots/made_up.h"
#include "tests/support/cmocka_all.h"

static const size_t study_dims[] = {2, 3, 4, 5, 6, 7, 8, 64, 128};

static void count_picture(const char *path, void *context)
{
    assert_true(test_exists(path));
    ++*(size_t *)context;
}

static void refuse_other_notes(const char *text, void *context)
{
    (void)context;
    if (strncmp(text, "left out: ", 10) != 0)
        fail_msg("expected a note of what was left out, found \"%s\"", text);
}

/* Pictures beside those of trainings, where all make sense. */
enum { SHARED = 8 };

/* Fill a store, plot it into the folder of that name, and return the folder. */
static const char *plot(const char *name, const made_up *what, plot_format format, size_t pictures)
{
    const char *folder = test_folder(name);
    res_store *store = made_up_store(test_path(folder, "sweep.db"), what);
    size_t written = 0;
    plot_options options = {.folder = folder,
                            .format = format,
                            .written = count_picture,
                            .note = refuse_other_notes,
                            .context = &written};
    swp_err err = {0};
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_store_close(store);
    assert_int_equal(written, pictures);
    assert_int_equal(test_count(folder, ".part"), 0);
    return folder;
}

static unsigned long big_endian(const unsigned char *bytes)
{
    return (unsigned long)bytes[0] << 24 | (unsigned long)bytes[1] << 16 |
           (unsigned long)bytes[2] << 8 | bytes[3];
}

/* Signature, dimensions, and enough bytes that something must be drawn: an empty page of this size
 * compresses to less than 5,000. */
static void expect_png(const char *folder, const char *name, unsigned long wide, unsigned long high)
{
    size_t size;
    char *text = test_read(test_path(folder, name), &size);
    const unsigned char *bytes = (const unsigned char *)text;
    assert_true(size > 12000);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(big_endian(bytes + 16), wide);
    assert_int_equal(big_endian(bytes + 20), high);
    free(text);
}

static void expect_contains(const char *path, const char *part)
{
    char *text = test_read(path, NULL);
    if (!strstr(text, part))
        fail_msg("%s: expected to find \"%s\" in:\n%s", path, part, text);
    free(text);
}

/* The text against tests/plots/golden/NAME; UPDATE=1 in the environment writes that file anew. */
static void expect_golden(const char *text, const char *name)
{
    const char *golden = test_path(TEST_SOURCE_DIR "/tests/plots/golden", name);
    if (getenv("UPDATE"))
        test_write(golden, text);
    char *want = test_read(golden, NULL);
    if (strcmp(text, want) != 0)
        fail_msg("%s: expected\n%s\nfound\n%s", name, want, text);
    free(want);
}

/* A script is its head, which is golden, and the script of plots/ as it is. */
static void expect_golden_script(const char *folder, const char *name, const char *source)
{
    char file[64];
    snprintf(file, sizeof file, "%s.gp", name);
    char *text = test_read(test_path(folder, file), NULL);
    snprintf(file, sizeof file, "%s.gp", source);
    char *body = test_read(test_path(TEST_SOURCE_DIR "/plots", file), NULL);
    size_t n = strlen(text), n_body = strlen(body);
    assert_true(n > n_body);
    assert_string_equal(text + n - n_body, body);
    text[n - n_body] = '\0';
    snprintf(file, sizeof file, "%s.head", name);
    expect_golden(text, file);
    free(text);
    free(body);
}

static void expect_golden_data(const char *folder, const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s.dat", name);
    char *text = test_read(test_path(folder, file), NULL);
    expect_golden(text, file);
    free(text);
}

static void skip_without_gnuplot(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fclose(stdout);
        execlp("gnuplot", "gnuplot", "-e", "exit", (char *)NULL);
        _exit(127);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
        skip();
}

static void test_whole_study(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "embedding",
                    .dims = study_dims,
                    .n_dims = 9,
                    .epochs = 25,
                    .thresholds = {"30", "45", "60", "p99"}};
    const char *folder = plot("study", &what, PLOT_PNG, SHARED + 9);
    expect_png(folder, "loss_curves.png", 1600, 1000);
    expect_png(folder, "training_009_e128.png", 1600, 1000);
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
    const char *folder = plot("golden", &what, PLOT_PNG, SHARED + 4);
    static const char *const names[] = {"loss_curves",      "final_loss", "recall_bars",
                                        "recall_threshold", "roc",        "precision_recall",
                                        "error_histogram",  "confusion"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_golden_script(folder, names[i], names[i]);
        expect_golden_data(folder, names[i]);
    }
    expect_golden_script(folder, "training_001_e8", "training_curve");
    expect_golden_data(folder, "training_001_e8");
}

static void test_svg(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "vector", .dims = study_dims, .n_dims = 4, .epochs = 6, .thresholds = {"45"}};
    const char *folder = plot("svg", &what, PLOT_SVG, SHARED + 4);
    expect_contains(test_path(folder, "recall_bars.svg"), "<?xml version=");
    expect_contains(test_path(folder, "recall_bars.svg"), "Recall by embedding dimension: vector");
    expect_contains(test_path(folder, "loss_curves.svg"), "</svg>");
}

/* As a user does, in the folder and without this program. */
static int run_by_hand(const char *folder, const char *script)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (chdir(folder) == 0)
            execlp("gnuplot", "gnuplot", script, (char *)NULL);
        _exit(127);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
}

static void test_scripts_run_by_hand(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "by hand", .dims = study_dims, .n_dims = 3, .epochs = 5, .thresholds = {"45"}};
    const char *folder = plot("by_hand", &what, PLOT_PNG, SHARED + 3);
    static const char *const names[] = {"loss_curves",      "training_002_e3", "recall_bars",
                                        "recall_threshold", "final_loss",      "roc",
                                        "precision_recall", "error_histogram", "confusion"};
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
                    .n_dims = 2,
                    .rates = rates,
                    .n_rates = 2,
                    .epochs = 3,
                    .thresholds = {"45"}};
    const char *folder = plot("hostile", &what, PLOT_SVG, SHARED + 4);
    assert_false(test_exists(test_path(folder, "pwned")));
    assert_false(test_exists("pwned"));
    expect_contains(test_path(folder, "loss_curves.svg"),
                    "Loss by epoch: '; system('touch pwned') `touch pwned` \"$HOME {/Symbol a...");
    expect_contains(test_path(folder, "recall_bars.svg"),
                    "E=2 learning_rate=`touch pwned`'; system('touch ...");
    expect_contains(test_path(folder, "recall_bars.svg"), "E=3 learning_rate=a\\?\"b\"");
    plot("hostile_png", &what, PLOT_PNG, SHARED + 4);
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
    const char *folder = plot("synthetic", &what, PLOT_SVG, SHARED + 2);
    static const char *const names[] = {
        "loss_curves.svg",      "training_001_e2.svg", "training_002_e3.svg",  "final_loss.svg",
        "recall_bars.svg",      "confusion.svg",       "precision_recall.svg", "roc.svg",
        "recall_threshold.svg", "error_histogram.svg"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect_contains(test_path(folder, names[i]), ": toy (synthetic data)");
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
    const char *folder = plot("seeds", &what, PLOT_PNG, SHARED + 20);
    expect_contains(test_path(folder, "loss_curves.gp"), "; mean and sd of the seeds'");
    expect_contains(test_path(folder, "loss_curves.gp"), "n = 5\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "; mean and sd of 4 seeds'");
    expect_contains(test_path(folder, "recall_bars.gp"),
                    "array labels[5] = ['2', '3', '4', '5', '6']\n");
}

static void test_forty_trainings(void **state)
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
    const char *folder = plot("forty", &what, PLOT_PNG, SHARED + 40);
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "; mean and sd of the trainings of a dimension'");
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "array labels[5] = ['2', '3', '4', '5', '6']\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "n = 39\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "; 39 of 40 trainings'");
    expect_contains(test_path(folder, "training_007_e2.gp"), "(failed after epoch 4)");
    expect_png(folder, "recall_bars.png", 52 * 39, 1213);
}

typedef struct outcome {
    size_t written, notes;
    char note[256];
} outcome;

static void count_written(const char *path, void *context)
{
    outcome *o = context;
    assert_true(test_exists(path));
    o->written++;
}

static void keep_note(const char *text, void *context)
{
    outcome *o = context;
    assert_int_equal(o->written, 0); /* said before the long part, not after it */
    o->notes++;
    snprintf(o->note, sizeof o->note, "%s", text);
}

/* Hundreds of trainings: a bounded number of pictures, each of a size that can be drawn. */
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
    plot_options options = {
        .folder = folder, .written = count_written, .note = keep_note, .context = &found};
    swp_err err = {0};
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_store_close(store);
    assert_int_equal(found.written, PLOT_SINGLES + SHARED);
    assert_int_equal(found.notes, 1);
    assert_string_equal(found.note,
                        "212 trainings have no picture of their own: only the first 40 get one; "
                        "`sweep export --what epochs` has the losses of all");
    assert_true(test_exists(test_path(folder, "training_040_e3.png")));
    assert_false(test_exists(test_path(folder, "training_041_e3.gp")));
    expect_contains(test_path(folder, "recall_bars.gp"), "n = 7\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "; mean and sd of 36 trainings'");
}

static void test_more_dimensions_than_panels_in_a_page(void **state)
{
    (void)state;
    skip_without_gnuplot();
    size_t dims[30];
    for (size_t i = 0; i < 30; i++)
        dims[i] = i + 2;
    made_up what = {.name = "many", .dims = dims, .n_dims = 30, .epochs = 4, .thresholds = {"45"}};
    const char *folder = plot("many", &what, PLOT_PNG, SHARED + 30);
    expect_png(folder, "recall_threshold.png", 1600, 290 * 8 + 170);
}

static void test_one_training_of_one_epoch(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "one", .dims = study_dims + 6, .n_dims = 1, .epochs = 1, .thresholds = {"45"}};
    const char *folder = plot("one", &what, PLOT_PNG, SHARED - 1 + 1);
    expect_contains(test_path(folder, "training_001_e8.gp"), "epochs = 1\nselected = 1\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "array labels[1] = ['8']\n");
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
    const char *folder = plot("no_anomalies", &what, PLOT_SVG, SHARED - 2 + 2);
    expect_contains(test_path(folder, "recall_bars.svg"), "n/a");
    expect_contains(test_path(folder, "recall_bars.gp"), "(best of 2 by mean recall)");
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
    const char *folder = plot("begun", &what, PLOT_PNG, 1 + 3);
    assert_false(test_exists(test_path(folder, "recall_bars.gp")));
}

/* The mean balanced accuracy of each threshold, worked out from the trials. */
static void test_bars_stand_at_the_best_planned_threshold(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {.name = "best",
                    .dims = study_dims,
                    .n_dims = 4,
                    .epochs = 5,
                    .thresholds = {"30", "60", "90", "120"}};
    const char *folder = plot("best", &what, PLOT_PNG, SHARED + 4);
    res_store *store;
    res_experiment experiment;
    res_trial *trials;
    size_t n;
    res_trial_filter planned = {0};
    assert_int_equal(res_store_open(test_path(folder, "sweep.db"), RES_READ, &store, NULL), SWP_OK);
    assert_int_equal(res_experiment_find(store, "best", &experiment, NULL), SWP_OK);
    assert_int_equal(res_trials_list(store, experiment.revision_id, &planned, &trials, &n, NULL),
                     SWP_OK);
    assert_int_equal(n, 16);
    double sums[4] = {0};
    size_t best = 0;
    for (size_t i = 0; i < n; i++)
        sums[(trials[i].number - 1) % 8] += res_balanced_accuracy(&trials[i].counts);
    for (size_t i = 1; i < 4; i++)
        best = sums[i] > sums[best] ? i : best;
    char want[128];
    snprintf(want, sizeof want,
             ": threshold %s (best of 4 by mean balanced accuracy); 5 epochs; "
             "60 normal, 50 abnormal'",
             what.thresholds[best]);
    expect_contains(test_path(folder, "recall_bars.gp"), want);
    res_trials_free(trials, n);
    res_experiment_deinit(&experiment);
    res_store_close(store);
}

static void test_a_changed_style_is_kept(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "style", .dims = study_dims, .n_dims = 1, .epochs = 2, .thresholds = {"45"}};
    const char *folder = plot("style", &what, PLOT_PNG, SHARED - 1 + 1);
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

/* Some charts only, of another size and font; the list in the help is the list there is. */
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
                            .only = "roc,trainings",
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
    assert_int_equal(written, SHARED + 2);
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
    assert_string_equal(err.text, "experiment single: nothing to draw: final_loss: fewer than two "
                                  "dimensions are trained");
    res_store_close(store);
}

static void test_pdf(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = {
        .name = "paper", .dims = study_dims, .n_dims = 2, .epochs = 3, .thresholds = {"45"}};
    const char *folder = plot("pdf", &what, PLOT_PDF, SHARED + 2);
    size_t size;
    char *text = test_read(test_path(folder, "confusion.pdf"), &size);
    assert_true(size > 3000);
    assert_memory_equal(text, "%PDF-", 5);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_study),
        cmocka_unit_test(test_scripts_and_data_are_golden),
        cmocka_unit_test(test_svg),
        cmocka_unit_test(test_scripts_run_by_hand),
        cmocka_unit_test(test_hostile_names_are_shown_not_run),
        cmocka_unit_test(test_synthetic_data_is_named_in_every_heading),
        cmocka_unit_test(test_seeds_are_averaged),
        cmocka_unit_test(test_forty_trainings),
        cmocka_unit_test(test_what_is_left_out_is_said),
        cmocka_unit_test(test_more_dimensions_than_panels_in_a_page),
        cmocka_unit_test(test_one_training_of_one_epoch),
        cmocka_unit_test(test_a_split_without_anomalies),
        cmocka_unit_test(test_unfinished_study_has_its_loss_curves),
        cmocka_unit_test(test_bars_stand_at_the_best_planned_threshold),
        cmocka_unit_test(test_a_changed_style_is_kept),
        cmocka_unit_test(test_choice_size_and_font),
        cmocka_unit_test(test_nothing_of_the_choice_makes_sense),
        cmocka_unit_test(test_pdf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
