/* Numbers of reports, found in CSV by column: groups, means, choices, refusals. */
#include "results/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/results/reporting.h"
#include "tests/results/rows.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Every number of a row that is an evaluation. */
static void test_evaluations(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    char *csv = report_csv(f->store, (res_report_options){0});
    assert_int_equal(csv_rows(csv), 18);
    for (size_t row = 0; row < 18; row++) {
        size_t trial = row / 6, epochs = row / 3 % 2 ? 6 : 2;
        size_t best = study_best_epoch(trial) < epochs ? study_best_epoch(trial) : epochs;
        assert_true(csv_number(csv, row, "trial") == (double)(trial + 1));
        assert_true(csv_number(csv, row, "evaluation") == (double)(row + 1));
        assert_true(csv_number(csv, row, "embedding_dim") == (double)(2 << trial));
        assert_true(csv_number(csv, row, "seed") == 42);
        assert_true(csv_number(csv, row, "epochs") == (double)epochs);
        assert_string_equal(csv_text(csv, row, "threshold"), s.thresholds[row % 3]);
        assert_string_equal(csv_text(csv, row, "chosen_on"), row % 3 == 2 ? "val" : "given");
        assert_true(csv_number(csv, row, "n") == 1);
        assert_true(csv_number(csv, row, "selected_epoch") == (double)best);
        assert_true(csv_number(csv, row, "val_loss") == study_val_loss(trial, best));
        assert_string_equal(csv_text(csv, row, "val_loss_sd"), "");
        assert_string_equal(csv_text(csv, row, "val_loss_ci95"), "");
        assert_true(csv_number(csv, row, "val_loss_n") == 1);
        assert_true(csv_number(csv, row, "train_loss") == study_train_loss(trial, best));
        check_close(csv_number(csv, row, "normal_recall"),
                    csv_number(csv, row, "normal_correct") / STUDY_ERRORS);
        check_close(csv_number(csv, row, "anomaly_recall"),
                    csv_number(csv, row, "anomaly_correct") / STUDY_ERRORS);
        assert_true(csv_number(csv, row, "train_s") == 0.25 * (double)epochs);
        assert_true(csv_number(csv, row, "parameters") == (double)(STUDY_WEIGHTS * 2 << trial));
    }
    free(csv);
}

/* One schema: groups have the columns of evaluations. What differs within a group is empty. */
static void test_groups_have_the_same_columns(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    study_run(f->store, &s);
    const char *one[] = {"seed=43"};
    char *single = report_csv(f->store, (res_report_options){.where = one, .n_where = 1});
    char *groups = report_csv(f->store, (res_report_options){0});
    csv_check_head(groups, strtok(single, "\n"));
    assert_int_equal(csv_rows(groups), 18);
    for (size_t row = 0; row < 18; row++) {
        assert_string_equal(csv_text(groups, row, "trial"), "");
        assert_string_equal(csv_text(groups, row, "seed"), "");
        assert_string_equal(csv_text(groups, row, "normal_correct"), "");
        assert_true(csv_number(groups, row, "embedding_dim") == (double)(2 << row / 6));
        assert_true(csv_number(groups, row, "n") == 3);
    }
    free(single);
    free(groups);
}

static void test_moments_over_seeds(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    study_run(f->store, &s);
    char *csv = report_csv(f->store, (res_report_options){0});
    for (size_t row = 0; row < 18; row++) {
        double values[3], sum = 0, squares = 0;
        for (size_t k = 0; k < 3; k++) {
            size_t salt = 3 * (row / 6) + k, epochs = row / 3 % 2 ? 6 : 2;
            size_t best = study_best_epoch(salt) < epochs ? study_best_epoch(salt) : epochs;
            sum += values[k] = study_val_loss(salt, best);
        }
        for (size_t k = 0; k < 3; k++)
            squares += (values[k] - sum / 3) * (values[k] - sum / 3);
        check_close(csv_number(csv, row, "val_loss"), sum / 3);
        check_close(csv_number(csv, row, "val_loss_sd"), sqrt(squares / 2));
        check_close(csv_number(csv, row, "val_loss_ci95"),
                    4.302652729749462 * sqrt(squares / 2) / sqrt(3)); /* t(0.975, 2) */
        assert_true(csv_number(csv, row, "val_loss_n") == 3);
    }
    free(csv);
}

/* Six evaluations of each of three trials are three values, read at one threshold and one epoch
 * count, whatever the order of the axes. */
static void test_groups_count_trials(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    study_run(f->store, &s);
    const char *one[] = {"embedding_dim=4", "threshold=p90", "epochs=6"};
    char *single =
        report_csv(f->store, (res_report_options){.where = one, .n_where = 3, .group_by = "seed"});
    char *csv = report_csv(f->store, (res_report_options){.group_by = "model.embedding_dim"});
    assert_int_equal(csv_rows(single), 3);
    assert_int_equal(csv_rows(csv), 3);
    double mean = 0, squares = 0;
    for (size_t k = 0; k < 3; k++)
        mean += csv_number(single, k, "normal_recall") / 3;
    for (size_t k = 0; k < 3; k++)
        squares += pow(csv_number(single, k, "normal_recall") - mean, 2);
    assert_true(csv_number(csv, 1, "embedding_dim") == 4);
    assert_true(csv_number(csv, 1, "n") == 3);
    assert_true(csv_number(csv, 1, "epochs") == 6);
    assert_string_equal(csv_text(csv, 1, "threshold"), "p90");
    check_close(csv_number(csv, 1, "normal_recall"), mean);
    check_close(csv_number(csv, 1, "normal_recall_sd"), sqrt(squares / 2));
    assert_true(csv_number(csv, 1, "normal_recall_n") == 3);
    free(single);
    free(csv);
    char *text = report(f->store, (res_report_options){.group_by = "seed", .ci = true});
    check_in(text, "n = 3 trials that differ in embedding_dim,", true);
    check_in(text, "over trials on one split", true);
    check_in(text, "threshold: p90, a percentile of each model's own validation errors", true);
    free(text);
}

/* Seeds that are not all done: n differs between rows and gets a column. */
static void test_unfinished_seeds(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.seeds[1] = 43;
    s.n_seeds = 2;
    OK(study_plan(f->store, &s, &err));
    for (size_t t = 0; t < 3; t++)
        for (size_t e = 1; e <= 6; e++)
            OK(study_record(f->store, s.trials[t].id, t, e, &err));
    char *csv = report_csv(f->store, (res_report_options){0});
    for (size_t row = 0; row < 18; row++) {
        double n = row < 6 ? 2 : row < 12 ? 1 : 0;
        assert_true(csv_number(csv, row, "n") == n);
        assert_true(csv_number(csv, row, "val_loss_n") == n);
        assert_true(isnan(csv_number(csv, row, "val_loss")) == (n == 0));
        assert_true(isnan(csv_number(csv, row, "val_loss_sd")) == (n < 2));
    }
    free(csv);
    char *text = report(f->store, (res_report_options){0});
    check_in(text, "recall  n\n", true);
    free(text);
}

/* A metric that is not defined for all trials of a row shows its own n. */
static void test_undefined_values(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    s.n_dims = s.n_epochs = s.n_thresholds = 1;
    s.thresholds[0] = "1000"; /* nothing is above it */
    study_run(f->store, &s);
    char *csv = report_csv(f->store, (res_report_options){0});
    assert_true(csv_number(csv, 0, "n") == 3);
    assert_true(csv_number(csv, 0, "normal_recall") == 1);
    assert_true(csv_number(csv, 0, "precision_n") == 0);
    assert_string_equal(csv_text(csv, 0, "precision"), "");
    assert_string_equal(csv_text(csv, 0, "mcc"), "");
    free(csv);
    char *json = report(f->store, (res_report_options){.format = RES_JSON});
    check_in(json, "\"mcc\":null", true);
    free(json);
    assert_int_equal(
        run_sql(f->path,
                "DROP TRIGGER value_stays; DELETE FROM value WHERE trial_id = 2 AND metric_id = "
                "(SELECT id FROM metric WHERE name = 'auroc')"),
        0);
    char *text = report(f->store, (res_report_options){.wide = true});
    check_in(text, " (n=2)", true);
    free(text);
}

static void test_unfinished_failed_synthetic(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.synthetic = true;
    OK(study_plan(f->store, &s, &err));
    for (size_t e = 1; e <= 3; e++)
        OK(study_record(f->store, s.trials[1].id, 1, e, &err));
    OK(res_trial_set_state(f->store, s.revision, s.trials[1].id, RES_FAILED,
                           "non-finite train loss at epoch 4", &err));
    char *csv = report_csv(f->store, (res_report_options){0});
    for (size_t row = 0; row < 18; row++) {
        bool done = row >= 6 && row < 9; /* two of three epochs are enough */
        assert_true(csv_number(csv, row, "n") == done);
        assert_true(isnan(csv_number(csv, row, "val_loss")) == !done);
        assert_true(isnan(csv_number(csv, row, "normal_total")) == !done);
        assert_true(csv_number(csv, row, "trial") == (double)(row / 6 + 1));
    }
    free(csv);
    char *text = report(f->store, (res_report_options){0});
    check_in(text, "SYNTHETIC", true);
    check_in(text, "1 FAILED", true);
    check_in(text, "trial 2 (embedding_dim=4) after 3 epochs: non-finite train loss at epoch 4",
             true);
    free(text);
    text = report(f->store, (res_report_options){.format = RES_JSON});
    check_in(text,
             "{\"trial\":2,\"params\":\"embedding_dim=4\",\"epochs_done\":3,\"failure\":", true);
    free(text);
}

/* Values chosen by the test labels are marked; a column that is asked for is shown. */
static void test_chosen_on_test(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.thresholds[2] = "best_f1";
    study_run(f->store, &s);
    char *text = report(f->store, (res_report_options){.best = "mcc"});
    check_in(text, "best of 18 rows by mcc, chosen on the test set: trial ", true);
    check_in(text, "chosen on", true);
    check_in(text, "MCC", true);
    free(text);
    text = report(f->store, (res_report_options){.best = "val loss"});
    check_in(text, "chosen on the test set", false);
    free(text);
    text = report(f->store, (res_report_options){.sort = "f1:desc"});
    check_in(text, "sorted by f1:desc: the order looks at the labels of the test set", true);
    free(text);
    char *csv = report_csv(f->store, (res_report_options){0});
    assert_string_equal(csv_text(csv, 2, "chosen_on"), "test");
    free(csv);
    /* A percentile uses validation errors, but the row was still chosen by labels. */
    const char *where[] = {"threshold=20"};
    csv = report_csv(f->store, (res_report_options){.best = "f1", .where = where, .n_where = 1});
    assert_string_equal(csv_text(csv, 0, "chosen_on"), "test");
    free(csv);
    csv = report_csv(f->store,
                     (res_report_options){.best = "val_loss", .where = where, .n_where = 1});
    assert_string_equal(csv_text(csv, 0, "chosen_on"), "given");
    free(csv);
}

/* Only the chosen columns; intervals in the row of the mean, in LaTeX too. */
static void test_chosen_columns(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    study_run(f->store, &s);
    const char *where[] = {"threshold=p90", "epochs=6", "embedding_dim=4"};
    char *text = report(
        f->store, (res_report_options){
                      .format = RES_LATEX, .columns = "f1,val loss", .where = where, .n_where = 3});
    check_in(text, "& val loss & threshold & F1 \\\\\n", true);
    check_in(text, "normal recall", false);
    check_in(text, "$\\pm$", true);
    check_in(text, "] \\\\\n\\bottomrule", true);
    free(text);
}

static void test_where_sort_best(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    const char *where[] = {"embedding_dim=4", "model.embedding_dim=8.0", "threshold=20"};
    res_report_options o = {.where = where, .n_where = 3, .sort = "auroc:desc"};
    char *csv = report_csv(f->store, o);
    assert_int_equal(csv_rows(csv), 4);
    for (size_t row = 0; row < 4; row++) {
        assert_true(csv_number(csv, row, "embedding_dim") >= 4);
        assert_string_equal(csv_text(csv, row, "threshold"), "20");
        if (row > 0)
            assert_true(csv_number(csv, row - 1, "auroc") >= csv_number(csv, row, "auroc"));
    }
    free(csv);
    csv = report_csv(f->store, (res_report_options){.sort = "embedding_dim:desc"});
    assert_true(csv_number(csv, 0, "embedding_dim") == 8);
    assert_true(csv_number(csv, 17, "embedding_dim") == 2);
    free(csv);
    csv = report_csv(f->store, (res_report_options){.sort = "val loss"});
    for (size_t row = 1; row < 18; row++)
        assert_true(csv_number(csv, row - 1, "val_loss") <= csv_number(csv, row, "val_loss"));
    free(csv);
    char *all = report_csv(f->store, (res_report_options){0});
    csv = report_csv(f->store, (res_report_options){.best = "mcc"});
    double most = 0;
    for (size_t row = 0; row < 18; row++)
        most = fmax(most, csv_number(all, row, "mcc"));
    assert_int_equal(csv_rows(csv), 1);
    assert_true(csv_number(csv, 0, "mcc") == most);
    free(csv);
    const char *epochs[] = {"train.epochs=6"};
    csv = report_csv(f->store, (res_report_options){.where = epochs,
                                                    .n_where = 1,
                                                    .best = "val_loss",
                                                    .group_by = "embedding_dim"});
    assert_int_equal(csv_rows(csv), 1);
    assert_true(csv_number(csv, 0, "val_loss") == study_val_loss(2, study_best_epoch(2)));
    free(csv);
    free(all);
}

/* `text` and `hint` are parts of the message. */
static void check_refused(res_store *store, res_report_options options, swp_status want,
                          const char *text, const char *hint)
{
    swp_err err = {0};
    FILE *out = tmpfile();
    assert_int_equal(res_report_write(store, NULL, &options, out, &err), want);
    check_in(err.text, text, true);
    check_in(err.hint, hint, true);
    assert_int_equal(ftell(out), 0);
    fclose(out);
}

static void test_unknown_names(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    static const struct {
        const char *clause;
        swp_status status;
        const char *text, *hint;
    } clauses[] = {{"seeed=1", SWP_USAGE, "seeed", "seed"},
                   {"seed", SWP_USAGE, "seed", ""},
                   {"threshold=x", SWP_USAGE, "'x'", ""},
                   {"seed=1", SWP_CONFIG, "seed=1", "42"},
                   {"model.arc=x", SWP_USAGE, "model.arc", "model.arch"}};
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
        check_refused(f->store, (res_report_options){.where = &clauses[i].clause, .n_where = 1},
                      clauses[i].status, clauses[i].text, clauses[i].hint);
    const res_threshold several[] = {{RES_THRESHOLD_PERCENTILE, 90}, {RES_THRESHOLD_VALUE, 20}};
    const size_t epochs[] = {2, 6};
    check_refused(f->store,
                  (res_report_options){.group_by = "seed",
                                       .filter = {.thresholds = several, .n_thresholds = 2}},
                  SWP_USAGE, "several thresholds", "--threshold");
    check_refused(
        f->store,
        (res_report_options){.group_by = "threshold", .filter = {.epochs = epochs, .n_epochs = 2}},
        SWP_USAGE, "several epoch counts", "--epochs");
    check_refused(f->store, (res_report_options){.group_by = "seed,zzzzzz"}, SWP_USAGE,
                  "--group-by", "embedding_dim");
    check_refused(f->store, (res_report_options){.columns = "f1,aurok"}, SWP_USAGE, "--columns",
                  "auroc");
    check_refused(f->store, (res_report_options){.best = "val_los"}, SWP_USAGE, "--best",
                  "val_loss");
    check_refused(f->store, (res_report_options){.sort = "f2:desc"}, SWP_USAGE, "--sort", "f1");
    const char *both[] = {"embedding_dim=2", "threshold=99"};
    check_refused(f->store, (res_report_options){.where = both, .n_where = 2}, SWP_CONFIG,
                  "threshold=99", "20, 30.5, p90");
}

/* A store of an older program has no classes, and the report says so. */
static void test_classes(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    char *csv = report_csv(f->store, (res_report_options){.classes = true});
    for (size_t row = 0; row < 18; row++) { /* all anomalies are of class 2 */
        assert_true(csv_number(csv, row, "class_2_correct") ==
                    csv_number(csv, row, "anomaly_correct"));
        assert_true(csv_number(csv, row, "class_2_total") == STUDY_ERRORS);
        assert_true(csv_number(csv, row, "class_2_recall") ==
                    csv_number(csv, row, "anomaly_recall"));
    }
    free(csv);
    csv = report_csv(f->store, (res_report_options){.classes = true, .group_by = "embedding_dim"});
    check_close(csv_number(csv, 0, "class_2_recall"), csv_number(csv, 0, "anomaly_recall"));
    free(csv);
    assert_int_equal(run_sql(f->path, "DROP TRIGGER trial_is_final; "
                                      "UPDATE trial SET split_id = NULL"),
                     0);
    check_refused(f->store, (res_report_options){.classes = true}, SWP_CONFIG, "--classes", "");
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_evaluations),
        WITH_STORE(test_groups_have_the_same_columns),
        WITH_STORE(test_moments_over_seeds),
        WITH_STORE(test_groups_count_trials),
        WITH_STORE(test_unfinished_seeds),
        WITH_STORE(test_undefined_values),
        WITH_STORE(test_unfinished_failed_synthetic),
        WITH_STORE(test_chosen_on_test),
        WITH_STORE(test_chosen_columns),
        WITH_STORE(test_where_sort_best),
        WITH_STORE(test_unknown_names),
        WITH_STORE(test_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
