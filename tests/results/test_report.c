/* Reports against golden texts, byte for byte. */
#include "results/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "tests/results/fixture.h"
#include "tests/results/golden.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

typedef struct request {
    res_store *store;
    const char *experiment;
    res_report_options options;
    int64_t trial;
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
    return res_show_write(r->store, r->trial, r->options.format, out, err);
}

static const char *const endings[] = {"txt", "md", "csv", "json", "tex"};

static void check_formats(const char *name, writer *write, request *r)
{
    for (int format = RES_TABLE; format <= RES_LATEX; format++) {
        char golden[64];
        snprintf(golden, sizeof golden, "%s.%s", name, endings[format]);
        r->options.format = (res_format)format;
        check_golden(golden, capture(write, r));
    }
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

static void test_plain(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    request r = {.store = f->store};
    check_formats("plain", write_report, &r);
    r.options.wide = true;
    check_formats("wide", write_report, &r);
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
    OK(res_trial_fail(f->store, s.trials[1].id, "non-finite train loss at epoch 4", &err));
    request r = {.store = f->store, .experiment = "embedding@1"};
    check_formats("failed", write_report, &r);
}

static void test_seeds(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.seeds[1] = 43;
    s.seeds[2] = 44;
    s.n_seeds = 3;
    study_run(f->store, &s);
    request r = {.store = f->store};
    check_formats("seeds", write_report, &r);
    r.options = (res_report_options){.ci = true, .wide = true};
    check_golden("seeds_ci.txt", capture(write_report, &r));
    const char *one[] = {"seed=43"}; /* of one seed there is no mean */
    r.options = (res_report_options){.where = one, .n_where = 1};
    check_golden("seeds_one.txt", capture(write_report, &r));
    r.options = (res_report_options){.group_by = "seed,eval.threshold", .ci = true};
    check_formats("group_by", write_report, &r);
}

static size_t count_weights(const char *arch, size_t embedding_dim)
{
    assert_string_equal(arch, "single");
    return 100 * embedding_dim;
}

static void test_choices(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    request r = {.store = f->store};
    const char *where[] = {"embedding_dim=4", "model.embedding_dim=8.0", "threshold=20"};
    r.options = (res_report_options){.where = where, .n_where = 3, .sort = "auroc:desc"};
    check_formats("where_sort", write_report, &r);
    r.options = (res_report_options){.best = "mcc", .wide = true, .parameters = count_weights};
    check_formats("best", write_report, &r);
    const char *epochs[] = {"train.epochs=6"};
    r.options = (res_report_options){
        .where = epochs, .n_where = 1, .best = "val_loss", .group_by = "embedding_dim"};
    check_golden("best_group.txt", capture(write_report, &r));
}

static void check_refused(res_store *store, res_report_options options, swp_status want,
                          const char *text, const char *hint)
{
    swp_err err = {0};
    FILE *out = tmpfile();
    assert_int_equal(res_report_write(store, NULL, &options, out, &err), want);
    assert_string_equal(err.text, text);
    assert_string_equal(err.hint, hint);
    fclose(out);
}

static void test_unknown_names(void **state)
{
    fixture *f = *state;
    study s = make_study();
    study_run(f->store, &s);
    const char *const clauses[] = {"seeed=1", "seed", "threshold=x", "seed=1", "model.arc=x"};
    res_report_options o[5];
    for (size_t i = 0; i < 5; i++)
        o[i] = (res_report_options){.where = &clauses[i], .n_where = 1};
    check_refused(f->store, o[0], SWP_USAGE, "--where: unknown key \"seeed\"",
                  "did you mean seed?");
    check_refused(f->store, o[1], SWP_USAGE, "--where: expected key=value, found \"seed\"", "");
    check_refused(f->store, o[2], SWP_USAGE,
                  "--where: expected a threshold (a number from 0, p0 to p100, best_f1 or "
                  "youden), found 'x'",
                  "");
    check_refused(f->store, o[3], SWP_CONFIG, "--where: no evaluation has seed=1",
                  "train.seed is 42");
    check_refused(f->store, o[4], SWP_USAGE, "--where: unknown key \"model.arc\"",
                  "did you mean model.arch?");
    o[0] = (res_report_options){.group_by = "seed,zzzzzz"};
    check_refused(f->store, o[0], SWP_USAGE, "--group-by: unknown key \"zzzzzz\"",
                  "there are: arch, embedding_dim, learning_rate, seed, epochs, threshold");
    o[0] = (res_report_options){.best = "val_los"};
    check_refused(f->store, o[0], SWP_USAGE, "--best: unknown metric \"val_los\"",
                  "did you mean val_loss?");
    o[0] = (res_report_options){.sort = "f2:desc"};
    check_refused(f->store, o[0], SWP_USAGE, "--sort: unknown metric \"f2\"", "did you mean f1?");
    const char *both[] = {"embedding_dim=2", "threshold=99"};
    o[0] = (res_report_options){.where = both, .n_where = 2};
    check_refused(f->store, o[0], SWP_CONFIG, "--where: no evaluation has threshold=99",
                  "eval.threshold is 20, 30.5, p90");
}

/* What an older program recorded has no classes, and says so. */
static void test_classes_unknown(void **state)
{
    fixture *f = *state;
    swp_err err = {0};
    study s = make_study();
    study_run(f->store, &s);
    assert_int_equal(run_sql(f->path, "DROP TRIGGER split_is_final; "
                                      "UPDATE trial SET split_id = NULL"),
                     0);
    const res_report_options options = {.classes = true};
    FILE *out = tmpfile();
    assert_int_equal(res_report_write(f->store, NULL, &options, out, &err), SWP_CONFIG);
    assert_memory_equal(err.text, "--classes: ", 11);
    assert_non_null(strstr(err.text, "it is not known which rows were held out"));
    fclose(out);
}

/* Nothing is flagged: precision and MCC are not defined, and say so in every format. */
static void test_undefined_figures(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.n_dims = s.n_epochs = s.n_thresholds = 1;
    s.thresholds[0] = "1000";
    study_run(f->store, &s);
    request r = {.store = f->store, .options = {.wide = true}};
    check_formats("undefined", write_report, &r);
}

static void test_special_names(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.name = "50% of_a|b & c_ *x* {y}\\#$~^<z> \"q\"";
    s.rate = "1e-3_|";
    s.n_dims = s.n_epochs = s.n_thresholds = 1;
    study_run(f->store, &s);
    request r = {.store = f->store, .options = {.group_by = "learning_rate"}};
    check_formats("special", write_report, &r);
}

static void check_in(const char *page, const char *text, bool wanted)
{
    if ((strstr(page, text) != NULL) != wanted)
        fail_msg("%s: \"%s\"", wanted ? "missing" : "unwanted", text);
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
    OK(res_trial_fail(f->store, s.trials[1].id, "loss <nan>", &err));
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
    request r = {.store = f->store};
    check_formats("no_evaluations", write_report, &r);
}

/* Seeds that are not all done: n differs between rows and gets a column. */
static void test_seeds_unfinished(void **state)
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
    request r = {.store = f->store};
    check_golden("seeds_unfinished.txt", capture(write_report, &r));
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
    request r = {.store = f->store};
    check_golden("condensed.txt", capture(write_report, &r));
    r.options.all = true;
    char *all = capture(write_report, &r);
    r.options.all = false;
    const res_threshold threshold = {RES_THRESHOLD_VALUE, 20};
    r.options.filter = (res_evaluation_filter){&threshold, 1, NULL, 0};
    check_golden("one_threshold.txt", capture(write_report, &r));
    size_t lines = 0;
    for (const char *c = all; *c; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 4 + 1 + 2 + 72);
    free(all);
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
    request r = {.store = f->store};
    check_golden("condensed_epochs.txt", capture(write_report, &r));
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
    const res_epoch record = {
        .epoch = 1,
        .train_loss = 1e33,
        .val_loss = 9999999.5,
        .errors = {val, test, anomaly, STUDY_ERRORS, STUDY_ERRORS, STUDY_ERRORS},
        .state = "",
    };
    OK(res_epoch_record(f->store, s.trials[0].id, &record, &err));
    request r = {.store = f->store};
    char *text = capture(write_report, &r);
    assert_non_null(strstr(text, "  1e+33  9999999.50  "));
    free(text);
    r.options.format = RES_CSV;
    text = capture(write_report, &r);
    assert_non_null(strstr(text, ",1e+33,9999999.5,"));
    free(text);
}

static void test_list_and_show(void **state)
{
    fixture *f = *state;
    swp_err err;
    request r = {.store = f->store};
    check_golden("list_empty.txt", capture(write_list, &r));
    study s = make_study(), other = make_study();
    study_run(f->store, &s);
    other.name = "quoted, \"name\"";
    other.synthetic = true;
    OK(study_plan(f->store, &other, &err));
    check_formats("list", write_list, &r);
    r.trial = s.trials[1].id;
    check_formats("show", write_show, &r);
    FILE *out = tmpfile();
    assert_int_equal(res_show_write(f->store, 99, RES_TABLE, out, &err), SWP_CONFIG);
    fclose(out);
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
        WITH_STORE(test_plain),
        WITH_STORE(test_unfinished_failed_synthetic),
        WITH_STORE(test_seeds),
        WITH_STORE(test_seeds_unfinished),
        WITH_STORE(test_choices),
        WITH_STORE(test_unknown_names),
        WITH_STORE(test_undefined_figures),
        WITH_STORE(test_special_names),
        WITH_STORE(test_page),
        WITH_STORE(test_classes_unknown),
        WITH_STORE(test_no_evaluations),
        WITH_STORE(test_many_rows_are_condensed),
        WITH_STORE(test_very_many_rows),
        WITH_STORE(test_huge_losses),
        WITH_STORE(test_list_and_show),
        WITH_STORE(test_unwritable_output),
        cmocka_unit_test(test_format_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
