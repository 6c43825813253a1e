/* Reports: one golden text for each format; else numbers, found in CSV by column. */
#include "results/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/results/fixture.h"
#include "tests/results/golden.h"
#include "tests/results/rows.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

typedef struct request {
    res_store *store;
    const char *experiment;
    res_report_options options;
    size_t trial;
} request;

static swp_status write_report(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_report_write(r->store, r->experiment, &r->options, out, err);
}

static swp_status write_list(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_list_write(r->store, r->options.format, out, err);
}

static swp_status write_show(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_show_write(r->store, r->experiment, r->trial, r->options.format, out, err);
}

static study make_study(void)
{
    return (study){.name = "embedding",
                   .dims = {2, 4, 8},
                   .n_dims = 3,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "30.5", "p90"},
                   .n_thresholds = 3};
}

/* The same with three seeds: trial 3 d + k has dimension d and seed k. */
static study make_seeds(void)
{
    study s = make_study();
    s.seeds[1] = 43;
    s.seeds[2] = 44;
    s.n_seeds = 3;
    return s;
}

/* A report as text. free() it. */
static char *report(res_store *store, res_report_options options)
{
    request r = {.store = store, .options = options};
    return capture(write_report, &r);
}

static char *report_csv(res_store *store, res_report_options options)
{
    options.format = RES_CSV;
    return report(store, options);
}

static void check_close(double value, double want)
{
    if (!(fabs(value - want) <= 1e-12 * fabs(want)))
        fail_msg("expected %.17g, found %.17g", want, value);
}

static void check_in(const char *page, const char *text, bool wanted)
{
    if ((strstr(page, text) != NULL) != wanted)
        fail_msg("%s: \"%s\" in\n%s", wanted ? "missing" : "unwanted", text, page);
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void test_formats(void **state)
{
    static const char *const endings[] = {"txt", "md", "csv", "json", "tex"};
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    for (int format = RES_TABLE; format <= RES_LATEX; format++) {
        char golden[64];
        snprintf(golden, sizeof golden, "plain.%s", endings[format]);
        check_golden(golden, report(f->store, (res_report_options){.format = (res_format)format}));
    }
}

static void test_seeds_for_people(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    study_run(f->store, &s);
    check_golden("seeds.txt", report(f->store, (res_report_options){.ci = true, .wide = true}));
    check_golden("seeds.tex", report(f->store, (res_report_options){.format = RES_LATEX}));
}

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

/* Six evaluations of each of three trials are three values, not eighteen. */
static void test_pooled_evaluations_count_trials(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    study_run(f->store, &s);
    const char *one[] = {"embedding_dim=4"};
    char *single = report_csv(
        f->store,
        (res_report_options){.where = one, .n_where = 1, .group_by = "seed,epochs,threshold"});
    char *csv = report_csv(f->store, (res_report_options){.group_by = "model.embedding_dim"});
    assert_int_equal(csv_rows(single), 18);
    assert_int_equal(csv_rows(csv), 3);
    double means[3] = {0}, mean = 0, squares = 0;
    for (size_t row = 0; row < 18; row++)
        means[row / 6] += csv_number(single, row, "normal_recall") / 6;
    for (size_t k = 0; k < 3; k++)
        mean += means[k] / 3;
    for (size_t k = 0; k < 3; k++)
        squares += (means[k] - mean) * (means[k] - mean);
    assert_true(csv_number(csv, 1, "embedding_dim") == 4);
    assert_true(csv_number(csv, 1, "n") == 3);
    assert_string_equal(csv_text(csv, 1, "epochs"), "");
    assert_string_equal(csv_text(csv, 1, "threshold"), "");
    check_close(csv_number(csv, 1, "normal_recall"), mean);
    check_close(csv_number(csv, 1, "normal_recall_sd"), sqrt(squares / 2));
    assert_true(csv_number(csv, 1, "normal_recall_n") == 3);
    free(single);
    free(csv);
    char *text = report(f->store, (res_report_options){.group_by = "seed"});
    check_in(text, "n = 3 trials that differ in embedding_dim, each the mean of its evaluations",
             true);
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

/* Where a metric is not defined for all trials of a row, it says its own n. */
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
        bool done = row >= 6 && row < 9; /* two of three epochs suffice */
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

/* What was chosen by the test labels says so; a column that is asked for is shown. */
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
    char *csv = report_csv(f->store, (res_report_options){0});
    assert_string_equal(csv_text(csv, 2, "chosen_on"), "test");
    free(csv);
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

/* `text` and `hint` are parts of what is said. */
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
    check_refused(f->store, (res_report_options){.group_by = "seed,zzzzzz"}, SWP_USAGE,
                  "--group-by", "embedding_dim");
    check_refused(f->store, (res_report_options){.best = "val_los"}, SWP_USAGE, "--best",
                  "val_loss");
    check_refused(f->store, (res_report_options){.sort = "f2:desc"}, SWP_USAGE, "--sort", "f1");
    const char *both[] = {"embedding_dim=2", "threshold=99"};
    check_refused(f->store, (res_report_options){.where = both, .n_where = 2}, SWP_CONFIG,
                  "threshold=99", "20, 30.5, p90");
}

/* What an older program recorded has no classes, and says so. */
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

static void test_special_names(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.name = "50% of_a|b & c_ *x* {y}\\#$~^<z> \"q\"";
    s.rate = "1e-3_|";
    s.n_dims = s.n_epochs = s.n_thresholds = 1;
    study_run(f->store, &s);
    for (int format = RES_TABLE; format <= RES_LATEX; format++) {
        static const char *const endings[] = {"txt", "md", "csv", "json", "tex"};
        char golden[64];
        snprintf(golden, sizeof golden, "special.%s", endings[format]);
        char *text = report(f->store, (res_report_options){.format = (res_format)format,
                                                           .group_by = "learning_rate"});
        if (format != RES_CSV)
            check_golden(golden, text);
        else
            free(text);
    }
}

/* The page as text; tests/cli/page.py has a browser look at it. */
static void test_page(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.name = "<b>&\"";
    OK(study_plan(f->store, &s, &err));
    for (size_t e = 1; e <= 6; e++)
        OK(study_record(f->store, s.trials[0].id, 0, e, &err));
    OK(res_trial_set_state(f->store, s.revision, s.trials[1].id, RES_FAILED, "loss <nan>", &err));
    const res_chart charts[] = {
        {"roc", "<?xml version=\"1.0\"?>\n<svg><title>roc</title><g id='roc_1'/></svg>\n"},
        {"trial_001_e2", "<svg><g id='one'><title>3</title></g></svg>\n"}};
    request r = {.store = f->store,
                 .options = {.format = RES_HTML, .charts = charts, .n_charts = 2}};
    char *page = capture(write_report, &r);
    check_in(page, "<h1>&lt;b&gt;&amp;&quot; <small>revision 1</small></h1>", true);
    check_in(page, "<b>&\"", false);
    check_in(page, "after 0 epochs: <b>loss &lt;nan&gt;</b>", true);
    check_in(page, "<svg><g id='roc_1'/></svg>", true);
    check_in(page, "<?xml", false);
    check_in(page, "Trials one by one (1)", true);
    check_in(page, "<svg><g id='one'><title>3</title></g></svg>", true);
    check_in(page, "<pre><code>[train]\nepochs = 6\n[]\ndims = 3\n[train]\nlearning_rate = 0.001\n",
             true);
    check_in(page, "There are no charts", false);
    free(page);
    r.options = (res_report_options){.format = RES_HTML, .no_charts = "no <gnuplot>"};
    page = capture(write_report, &r);
    check_in(page, "There are no charts: no &lt;gnuplot&gt;.", true);
    free(page);
}

static void test_no_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.n_dims = 0;
    OK(study_plan(f->store, &s, &err));
    char *csv = report_csv(f->store, (res_report_options){0});
    assert_int_equal(csv_rows(csv), 0);
    free(csv);
    char *json = report(f->store, (res_report_options){.format = RES_JSON});
    check_in(json, "\"rows\": [],\n\"failures\": []}\n", true);
    free(json);
    for (int format = RES_TABLE; format <= RES_LATEX; format++)
        free(report(f->store, (res_report_options){.format = (res_format)format}));
}

/* The rows below the rule of a table for a terminal, up to the next empty line. */
static size_t table_rows(const char *text)
{
    const char *rule = strstr(text, "\n---");
    assert_non_null(rule);
    const char *first = strchr(rule + 1, '\n') + 1, *end = strstr(first, "\n\n");
    return end ? count_lines(first) - count_lines(end + 1) : count_lines(first);
}

static void test_many_rows_are_condensed(void **state)
{
    fixture *f = *state;
    study s = {.name = "grid",
               .dims = {2, 3, 4, 5},
               .n_dims = 4,
               .seeds = {42},
               .n_seeds = 1,
               .epochs = {1, 2, 4},
               .n_epochs = 3,
               .thresholds = {"5", "10", "15", "20", "25", "30"},
               .n_thresholds = 6};
    study_run(f->store, &s);
    check_golden("condensed.txt", report(f->store, (res_report_options){0}));
    char *text = report(f->store, (res_report_options){.all = true});
    assert_int_equal(table_rows(text), 72);
    free(text);
    const res_threshold threshold = {RES_THRESHOLD_VALUE, 20};
    text = report(f->store, (res_report_options){.filter = {&threshold, 1, NULL, 0}});
    assert_int_equal(table_rows(text), 12);
    free(text);
}

/* More than 60 (trial, epochs): only the largest epoch count is left. */
static void test_very_many_rows(void **state)
{
    fixture *f = *state;
    study s = {.name = "grid",
               .dims = {2, 3, 4, 5, 6, 7, 8, 9},
               .n_dims = 8,
               .seeds = {42},
               .n_seeds = 1,
               .epochs = {1, 2, 3, 4, 5, 6, 7, 8},
               .n_epochs = 8,
               .thresholds = {"5", "10"},
               .n_thresholds = 2};
    study_run(f->store, &s);
    char *text = report(f->store, (res_report_options){0});
    assert_int_equal(table_rows(text), 8);
    check_in(text, "8 of 128 rows", true);
    free(text);
}

/* A loss that ran away is shortened; 36 digits of it would push the other columns away. */
static void test_huge_losses(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    s.n_dims = s.n_epochs = s.n_thresholds = 1;
    s.epochs[0] = 1;
    OK(study_plan(f->store, &s, &err));
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study_errors(0, 1, val, test, anomaly);
    const res_errors errors = {val, test, anomaly, STUDY_ERRORS, STUDY_ERRORS, STUDY_ERRORS};
    const res_named_value values[] = {{"train_loss", 1e33}, {"val_loss", 9999999.5}};
    const res_step step = {.step = 1, .values = values, .n_values = 2, .errors = &errors};
    OK(res_step_record(f->store, s.trials[0].id, &step, &err));
    char *text = report(f->store, (res_report_options){0});
    check_in(text, "  1e+33  9999999.50  ", true);
    free(text);
    text = report_csv(f->store, (res_report_options){0});
    assert_true(csv_number(text, 0, "train_loss") == 1e33);
    assert_true(csv_number(text, 0, "val_loss") == 9999999.5);
    free(text);
}

static void test_list(void **state)
{
    fixture *f = *state;
    swp_err err;
    request r = {.store = f->store, .options.format = RES_CSV};
    char *csv = capture(write_list, &r);
    assert_int_equal(csv_rows(csv), 0);
    free(csv);
    study s = make_study(), other = make_study();
    study_run(f->store, &s);
    other.name = "quoted, \"name\"";
    other.synthetic = true;
    OK(study_plan(f->store, &other, &err));
    csv = capture(write_list, &r);
    assert_int_equal(csv_rows(csv), 2);
    assert_string_equal(csv_text(csv, 0, "experiment"), "quoted, \"name\"");
    assert_string_equal(csv_text(csv, 1, "experiment"), "embedding");
    assert_true(csv_number(csv, 0, "synthetic") == 1);
    assert_true(csv_number(csv, 1, "revision") == 1);
    assert_true(csv_number(csv, 0, "trials") == 3);
    assert_true(csv_number(csv, 0, "trials_done") == 0);
    assert_true(csv_number(csv, 1, "trials_done") == 3);
    assert_true(csv_number(csv, 1, "evaluations_done") == 18);
    free(csv);
    r.options.format = RES_TABLE;
    check_golden("list.txt", capture(write_list, &r));
}

static void test_show(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study();
    study_run(f->store, &s);
    request r = {.store = f->store, .trial = 2, .options.format = RES_CSV};
    char *csv = capture(write_show, &r);
    assert_int_equal(csv_rows(csv), 6);
    for (size_t e = 1; e <= 6; e++) {
        assert_true(csv_number(csv, e - 1, "epoch") == (double)e);
        assert_true(csv_number(csv, e - 1, "train_loss") == study_train_loss(1, e));
        assert_true(csv_number(csv, e - 1, "val_loss") == study_val_loss(1, e));
        float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
        size_t normal = 0, flagged = 0;
        study_errors(1, e, val, test, anomaly);
        for (size_t i = 0; i < STUDY_ERRORS; i++) {
            normal += test[i] <= 30.5f;
            flagged += anomaly[i] > 30.5f;
        }
        check_close(csv_number(csv, e - 1, "normal_recall_30.5"), (double)normal / STUDY_ERRORS);
        check_close(csv_number(csv, e - 1, "anomaly_recall_30.5"), (double)flagged / STUDY_ERRORS);
        assert_true(csv_number(csv, e - 1, "normal_recall_p90") <= 1);
    }
    free(csv);
    r.options.format = RES_TABLE;
    check_golden("show.txt", capture(write_show, &r));
    r.options.format = RES_JSON;
    char *json = capture(write_show, &r);
    check_in(json, "\"params\": {\"model.embedding_dim\":4,\"train.seed\":42,", true);
    free(json);
    FILE *out = tmpfile();
    assert_int_equal(res_show_write(f->store, NULL, 99, RES_TABLE, out, &err), SWP_CONFIG);
    check_in(err.text, "embedding@1", true);
    check_in(err.text, "99", true);
    assert_int_equal(res_show_write(f->store, "none", 1, RES_TABLE, out, &err), SWP_CONFIG);
    fclose(out);
}

/* Whatever allocation fails, it is said. */
static void check_without_memory(writer *write, request *r)
{
    swp_status status = SWP_NOMEM;
    FILE *out = tmpfile();
    for (unsigned long n = 1; status != SWP_OK; n++) {
        swp_err err = {0};
        swp_mem_fail_at(n);
        status = write(out, r, &err);
        swp_mem_fail_at(0);
        assert_true(status == SWP_OK || status == SWP_NOMEM);
        assert_true(n < 100000);
    }
    fclose(out);
}

static void test_without_memory(void **state)
{
    fixture *f = *state;
    study s = make_seeds();
    s.n_dims = s.n_epochs = 2;
    study_run(f->store, &s);
    for (int format = RES_TABLE; format <= RES_HTML; format++) {
        request r = {.store = f->store,
                     .trial = 1,
                     .options = {.format = (res_format)format,
                                 .group_by = format == RES_MD ? "embedding_dim,epochs" : NULL,
                                 .sort = format == RES_CSV ? "val_loss" : NULL}};
        check_without_memory(write_report, &r);
        if (format == RES_HTML)
            continue;
        check_without_memory(write_show, &r);
        check_without_memory(write_list, &r);
    }
}

static void test_unwritable_output(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    swp_err err;
    const res_report_options options = {0};
    assert_int_equal(res_report_write(f->store, NULL, &options, full, &err), SWP_IO);
    assert_non_null(strstr(err.text, "No space left"));
    fclose(full);
}

static void test_format_names(void **state)
{
    (void)state;
    swp_err err;
    res_format format;
    OK(res_format_parse("md", RES_LATEX, &format, &err));
    assert_int_equal(format, RES_MD);
    assert_int_equal(res_format_parse("xml", RES_LATEX, &format, &err), SWP_USAGE);
    assert_non_null(strstr(err.text, "'xml'"));
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_formats),
        WITH_STORE(test_seeds_for_people),
        WITH_STORE(test_evaluations),
        WITH_STORE(test_groups_have_the_same_columns),
        WITH_STORE(test_moments_over_seeds),
        WITH_STORE(test_pooled_evaluations_count_trials),
        WITH_STORE(test_unfinished_seeds),
        WITH_STORE(test_undefined_values),
        WITH_STORE(test_unfinished_failed_synthetic),
        WITH_STORE(test_chosen_on_test),
        WITH_STORE(test_where_sort_best),
        WITH_STORE(test_unknown_names),
        WITH_STORE(test_classes),
        WITH_STORE(test_special_names),
        WITH_STORE(test_page),
        WITH_STORE(test_no_evaluations),
        WITH_STORE(test_many_rows_are_condensed),
        WITH_STORE(test_very_many_rows),
        WITH_STORE(test_huge_losses),
        WITH_STORE(test_list),
        WITH_STORE(test_show),
        WITH_STORE(test_without_memory),
        WITH_STORE(test_unwritable_output),
        cmocka_unit_test(test_format_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
