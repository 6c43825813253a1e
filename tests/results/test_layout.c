/* How reports, lists and trials are laid out: one golden text for each format, the page, long
 * tables. Numbers are in test_report.c. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/results/golden.h"
#include "tests/results/reporting.h"
#include "tests/results/rows.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

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

/* The page as text; tests/cli/page.py opens it in a browser. */
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
    check_in(page, "trials one by one (1)", true);
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
    check_in(json, "\"rows\": [],\n\"baselines\": [],\n\"failures\": []}\n", true);
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

/* A loss that diverged is shortened; 36 digits of it would push the other columns away. */
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
    const res_errors errors = {.val = val,
                               .test = test,
                               .anomaly = anomaly,
                               .n_val = STUDY_ERRORS,
                               .n_test = STUDY_ERRORS,
                               .n_anomaly = STUDY_ERRORS};
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

/* Whichever allocation fails, it is reported. */
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
