/* Charts of studies with any axes: what they group by, what they pool and name, where numbers are
 * drawn; and damaged stores. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/plot.h"
#include "tests/plots/checks.h"
#include "tests/plots/files.h"
#include "tests/support/cmocka_all.h"

static const size_t study_dims[] = {2, 3, 4, 8};
static const char *const rates[] = {"0.0001", "0.000316227766", "0.001", "0.01"};
static const char *const batches[] = {"1", "16", "64"};
static const made_up all = {
    .dims = study_dims, .rates = rates, .batches = batches, .thresholds = {"45"}};

static void test_every_axis_is_named(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "four", 3, 4, 3, 2);
    what.n_seeds = 2;
    static const struct {
        const char *chart, *note, *labels;
    } charts[] = {
        {"loss_curves",
         "by embedding_dim, learning_rate, batch_size; mean and band of one sd over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"recall_curves",
         "by embedding_dim, learning_rate, batch_size; mean and band of one sd over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"recall_bars", "by embedding_dim, learning_rate, batch_size; mean and sd over seed (2)",
         "array labels[36] = ['2, 1e-4, 1', '2, 1e-4, 16',"},
        {"final_loss", "lines by learning_rate, batch_size; mean and sd over seed (2)",
         "array labels[12] = ['1e-4, 1', '1e-4, 16',"},
        {"final_loss_2", "lines by embedding_dim, batch_size; mean and sd over seed (2)",
         "array labels[9] = ["},
        {"final_loss_3", "lines by embedding_dim, learning_rate; mean and sd over seed (2)",
         "array labels[12] = ["},
        {"recall_threshold",
         "by embedding_dim, learning_rate, batch_size; mean over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"roc",
         "by embedding_dim, learning_rate, batch_size; mean and band of one sd over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"confusion",
         "by embedding_dim, learning_rate, batch_size; mean and sd over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"class_recall",
         "by embedding_dim, learning_rate, batch_size; mean and sd over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"error_histogram",
         "by embedding_dim, learning_rate, batch_size; mean density over seed (2); "
         "the best 12 of 36 combinations by val_loss",
         "array labels[12] = ["},
        {"heatmap", "means over seed (2)",
         "n_facets = 3\narray facet_titles[3] = ['batch_size=1', 'batch_size=16', "
         "'batch_size=64']"},
        {"parallel", "a line for each trial, coloured by balanced acc on the test set",
         "array names[4] = ['embedding_dim', 'learning_rate', 'batch_size', 'seed']"},
        {"timeline", "colours by embedding_dim, learning_rate", "array labels[12] = ["},
    };
    enum { N = sizeof charts / sizeof charts[0] };
    char only[512] = "";
    for (size_t i = 0; i < N; i++)
        if (strncmp(charts[i].chart, "final_loss_", 11) != 0) /* are in the first chart's file */
            snprintf(only + strlen(only), sizeof only - strlen(only), "%s%s", i > 0 ? "," : "",
                     charts[i].chart);
    const char *folder = plot_charts_of(only, "axes_four", &what, PLOT_PNG, N);
    for (size_t i = 0; i < N; i++) {
        char file[64], note[256];
        snprintf(file, sizeof file, "%s.gp", charts[i].chart);
        snprintf(note, sizeof note, "note = '%s'\n", charts[i].note);
        expect_contains(test_path(folder, file), note);
        expect_contains(test_path(folder, file), charts[i].labels);
    }
    expect_contains(test_path(folder, "final_loss.gp"),
                    "logarithmic = 1\nn_places = 3\narray places[3] = ['2', '3', '4']\n");
}

/* A mean over parameters that were not named would hide their effect. */
static void test_a_heat_map_of_too_many_parameters(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const seven[] = {"1", "2", "4", "8", "16", "32", "64"};
    made_up what = made_up_like(&all, "seven", 2, 2, 7, 1);
    what.batches = seven;
    const char *folder = test_folder("axes_seven");
    res_store *store = made_up_store(test_path(folder, "sweep.db"), &what);
    plot_options options = {.folder = folder, .only = "heatmap"};
    swp_err err;
    assert_int_equal(plot_experiment(store, NULL, &options, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "--axes X,Y"));
    options.axes = "embedding_dim,batch_size";
    if (plot_experiment(store, NULL, &options, &err) != SWP_OK)
        fail_msg("%s", err.text);
    expect_contains(test_path(folder, "heatmap.gp"), "note = 'means over learning_rate (2)'\n");
    expect_contains(test_path(folder, "heatmap.gp"), "n_facets = 1\n");
    res_store_close(store);
}

/* As in a search: every trial has a value of its own. */
static void test_of_many_numbers_the_best_are_drawn(void **state)
{
    (void)state;
    skip_without_gnuplot();
    enum { N = 50 };
    char texts[N][32];
    const char *many[N];
    for (size_t i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "%.12g", 1e-4 * pow(1.1, (double)i));
        many[i] = texts[i];
    }
    made_up what = made_up_like(&all, "search", 1, N, 0, 2);
    what.rates = many;
    const char *folder = plot_charts_of("loss_curves,recall_bars,final_loss,confusion", "axes_many",
                                        &what, PLOT_PNG, 4);
    expect_contains(test_path(folder, "loss_curves.gp"),
                    "note = 'by learning_rate; the best 12 of 50 combinations by val_loss'\n");
    expect_contains(test_path(folder, "confusion.gp"), "n = 12\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "n = 50\n");
    expect_contains(test_path(folder, "recall_bars.gp"), "scaled = 1\nlogarithmic = 1\n");
    expect_contains(test_path(folder, "final_loss.gp"), "n_places = 50\n");
}

/* Numbers of the n-th row, comments and blank lines not counted. */
static void read_row(const char *path, size_t row, double *out, size_t n)
{
    char *text = test_read(path, NULL), *line = text;
    for (size_t at = 0; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (*line == '#' || *line == '\n' || *line == '\0' || at++ != row)
            continue;
        for (size_t i = 0; i < n; i++)
            out[i] = strtod(line, &line);
        free(text);
        return;
    }
    fail_msg("%s: no row %zu", path, row);
}

/* The made-up losses fall, so evaluations select the last epoch. */
static void test_recall_by_epoch_ends_at_the_evaluation(void **state)
{
    (void)state;
    skip_without_gnuplot();
    made_up what = made_up_like(&all, "epochs", 2, 0, 0, 4);
    what.thresholds[0] = "30";
    what.thresholds[1] = "p90";
    const char *folder =
        plot_charts_of("recall_curves,recall_bars", "axes_epochs", &what, PLOT_PNG, 2);
    for (size_t series = 0; series < 2; series++) {
        double curve[5], bar[5];
        read_row(test_path(folder, "recall_curves.dat"), 4 * series + 3, curve, 5);
        read_row(test_path(folder, "recall_bars.dat"), series, bar, 5);
        assert_float_equal(curve[0], 4, 0);
        assert_float_equal(curve[1], bar[0], 1e-9);
        assert_float_equal(curve[3], bar[2], 1e-9);
    }
    expect_contains(test_path(folder, "recall_curves.gp"), "n_selected = 2\n");
}

/* Change a store directly in SQLite. */
static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    char *text = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA foreign_keys = OFF", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_stmt *names;
    assert_int_equal(
        sqlite3_prepare_v2(db,
                           "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = "
                           "'trigger'",
                           -1, &names, NULL),
        SQLITE_OK);
    char drops[4096] = "";
    while (sqlite3_step(names) == SQLITE_ROW)
        snprintf(drops + strlen(drops), sizeof drops - strlen(drops), "%s;",
                 (const char *)sqlite3_column_text(names, 0));
    sqlite3_finalize(names);
    assert_int_equal(sqlite3_exec(db, drops, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s: %s", sql, text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Whatever a store holds, plotting returns a status, and its output is bounded. */
static void test_damaged_stores_are_drawn_or_refused(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const char *const lies[] = {
        "UPDATE step SET worker = 2147483647",
        "UPDATE step SET worker = 9223372036854775807",
        "UPDATE step SET begun_s = 9e999",
        "UPDATE step SET ended_s = begun_s - 5",
        "UPDATE step SET begun_s = 0, ended_s = 0",
        "UPDATE step SET begun_s = -1e300 WHERE step = 1",
        "UPDATE error_blob SET errors = x''",
        "UPDATE error_blob SET errors = zeroblob(4) WHERE subset = 'test'",
        "UPDATE error_blob SET errors = x'0000c07f' WHERE subset = 'anomaly'",
        "UPDATE error_blob SET errors = x'0000807f' WHERE subset = 'anomaly'",
        "UPDATE held_out SET classes = zeroblob(length(classes))",
        "UPDATE held_out SET classes = randomblob(length(classes))",
        "UPDATE score SET normal_correct = 1000000000, threshold_value = -5",
        "UPDATE score SET step = 1000 + step",
        "DELETE FROM score",
        "DELETE FROM value",
        "UPDATE trial_param SET value = ''",
        "UPDATE trial_param SET value = char(10) || '''; exit' || trial_id",
        "UPDATE axis SET scale = 'log'",
        "DELETE FROM axis",
        "UPDATE sample SET held_out_index = 1000000",
        "UPDATE class SET label = '', count = 0",
        "DELETE FROM class",
        "UPDATE revision_trial SET state = 'failed'",
        "UPDATE revision_trial SET number = 1000000000 + number",
        "UPDATE data_set SET n_test = 0, n_anomaly = 0",
        "UPDATE data_set SET length = 1000000000",
        "UPDATE trial SET data_set_id = NULL, split_id = NULL",
    };
    made_up what = made_up_like(&all, "lies", 2, 0, 0, 3);
    what.thresholds[1] = "p90";
    what.n_seeds = 2;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        const char *folder = test_folder("axes_lies"), *path = test_path(folder, "sweep.db");
        char copy[1024];
        snprintf(copy, sizeof copy, "%s", path);
        res_store_close(made_up_store(copy, &what));
        run_sql(copy, lies[i]);
        res_store *store;
        swp_err err = {0};
        plot_options options = {.folder = folder};
        assert_int_equal(res_store_open(copy, RES_READ, &store, &err), SWP_OK);
        swp_status status = plot_experiment(store, NULL, &options, &err);
        res_store_close(store);
        if (status != SWP_OK && status != SWP_DB && status != SWP_CONFIG)
            fail_msg("%s: %s: %s", lies[i], swp_status_name(status), err.text);
    }
}

/* What one trial lost leaves out the charts that are drawn from it. All others are drawn, one line
 * names the charts and the trial, and plotting fails at its end. */
static void test_damage_takes_no_other_chart_with_it(void **state)
{
    (void)state;
    skip_without_gnuplot();
    static const struct {
        const char *sql, *threshold, *note, *drawn, *left_out;
    } cases[] = {
        {"DELETE FROM error_blob WHERE trial_id = 4", "45",
         "left out: class_recall, recall_threshold, roc, precision_recall, error_histogram, "
         "reconstructions: errors of trial 4: ",
         "split loss_curves trial_004_seed_43 recall_curves recall_bars confusion heatmap parallel "
         "reconstruction_003_seed_42 timeline",
         "class_recall recall_threshold roc precision_recall error_histogram "
         "reconstruction_004_seed_43"},
        {"UPDATE error_blob SET errors = zeroblob(4) WHERE trial_id = 2", "45",
         "errors of trial 2: ", "recall_bars reconstruction_001_seed_42 reconstruction_003_seed_42",
         "roc error_histogram reconstruction_002_seed_43"},
        {"DELETE FROM error_blob WHERE trial_id > 2", "45", "errors of trial 3 and 1 more: ",
         "recall_bars reconstruction_002_seed_43", "roc reconstruction_003_seed_42"},
        /* These read the errors, since the threshold was not planned. */
        {"DELETE FROM error_blob WHERE trial_id = 4", "33",
         "left out: recall_curves, recall_bars, class_recall, recall_threshold, roc, "
         "precision_recall, error_histogram, confusion, reconstructions, heatmap, parallel: trial "
         "4: ",
         "split loss_curves trial_004_seed_43 final_loss timeline", "recall_bars confusion roc"},
        {"DELETE FROM error_blob WHERE trial_id = 4 AND step = 1", "33",
         "left out: recall_curves: errors of trial 4: ", "recall_bars roc confusion heatmap",
         "recall_curves"},
        {"UPDATE reconstruction SET series = zeroblob(8) WHERE trial_id = 1", "45",
         "left out: reconstructions: trial 1: ", "roc reconstruction_004_seed_43",
         "reconstruction_001_seed_42"},
    };
    made_up what = made_up_like(&all, "damaged", 2, 0, 0, 3);
    what.n_seeds = 2;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *folder = test_folder("axes_damaged");
        char copy[1024], file[64];
        snprintf(copy, sizeof copy, "%s", test_path(folder, "sweep.db"));
        res_store_close(made_up_store(copy, &what));
        run_sql(copy, cases[i].sql);
        res_store *store;
        swp_err err = {0};
        outcome seen = {0};
        res_threshold threshold;
        plot_options options = {.folder = folder,
                                .filter = {.thresholds = &threshold, .n_thresholds = 1},
                                .written = count_written,
                                .note = keep_note,
                                .context = &seen};
        assert_int_equal(res_threshold_parse(cases[i].threshold, &threshold, &err), SWP_OK);
        assert_int_equal(res_store_open(copy, RES_READ, &store, &err), SWP_OK);
        assert_int_equal(plot_experiment(store, NULL, &options, &err), SWP_DB);
        res_store_close(store);
        assert_non_null(strstr(err.text, "damaged: table "));
        if (!strstr(seen.note, cases[i].note))
            fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].sql, cases[i].note, seen.note);
        for (int drawn = 0; drawn < 2; drawn++) {
            char names[256], *rest = names;
            snprintf(names, sizeof names, "%s", drawn ? cases[i].drawn : cases[i].left_out);
            for (char *name; (name = strtok_r(rest, " ", &rest)) != NULL;) {
                snprintf(file, sizeof file, "%s.png", name);
                if (test_exists(test_path(folder, file)) != (drawn == 1))
                    fail_msg("%s: %s", cases[i].sql, file);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_axis_is_named),
        cmocka_unit_test(test_a_heat_map_of_too_many_parameters),
        cmocka_unit_test(test_of_many_numbers_the_best_are_drawn),
        cmocka_unit_test(test_recall_by_epoch_ends_at_the_evaluation),
        cmocka_unit_test(test_damaged_stores_are_drawn_or_refused),
        cmocka_unit_test(test_damage_takes_no_other_chart_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
