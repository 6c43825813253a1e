/* Baselines in the store, in reports and in exports. */
#include "results/query/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

enum { N = STUDY_ERRORS };

/* Validation errors 1 to N, half of the test errors below N, all anomalies above it. */
static res_baseline_spec spec_of(res_baseline_method method, size_t components)
{
    static float val[N], test[N], anomaly[N];
    for (size_t i = 0; i < N; i++) {
        val[i] = (float)(i + 1);
        test[i] = (float)(i % 2 ? 2 * N : 1);
        anomaly[i] = (float)(N + 1 + i);
    }
    return (res_baseline_spec){
        .method = method,
        .components = components,
        .errors = {
            .val = val, .test = test, .anomaly = anomaly, .n_val = N, .n_test = N, .n_anomaly = N}};
}

static void add(fixture *f, int64_t split, res_baseline_method method, size_t components)
{
    swp_err err;
    bool is_known = true;
    const res_baseline_spec spec = spec_of(method, components);
    OK(res_baseline_is_known(f->store, split, &spec, &is_known, &err));
    assert_false(is_known);
    OK(res_baseline_add(f->store, split, &spec, &err));
    OK(res_baseline_is_known(f->store, split, &spec, &is_known, &err));
    assert_true(is_known);
}

static void fill(fixture *f)
{
    study s = study_small();
    study_run(f->store, &s);
    add(f, 1, RES_BASELINE_NEIGHBOUR, 0);
    add(f, 1, RES_BASELINE_PCA, s.dims[1]);
    add(f, 1, RES_BASELINE_PCA, 77); /* no trial of this study has a code of this size */
    add(f, 1, RES_BASELINE_MEAN, 0);
    add(f, 1, RES_BASELINE_PCA, s.dims[0]);
}

static void test_those_of_a_study(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_study read;
    res_baseline *list;
    size_t n;
    char title[RES_BASELINE_TITLE_SIZE];
    fill(f);
    OK(res_study_load(f->store, NULL, &read, &err));
    OK(res_baselines_load(f->store, &read, NULL, &list, &n, &err));
    assert_int_equal(n, 4);
    assert_int_equal(list[0].method, RES_BASELINE_MEAN);
    assert_true(list[1].components < list[2].components);
    assert_int_equal(list[3].method, RES_BASELINE_NEIGHBOUR);
    assert_string_equal(res_baseline_title(&list[0], title), "distance to the mean");
    assert_string_equal(res_baseline_title(&list[3], title), "nearest neighbour");
    assert_int_equal(res_baselines_end(list, n, 0), 1);
    res_baselines_free(list, n);
    bool none[STUDY_MOST * STUDY_MOST] = {false}; /* the trials shown decide */
    none[0] = true;
    OK(res_baselines_load(f->store, &read, none, &list, &n, &err));
    assert_int_equal(n, 3);
    assert_int_equal(list[1].components, read.trials[0].code);
    res_baselines_free(list, n);
    res_study_deinit(&read);
}

static void test_reading_at_thresholds(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_study read;
    res_baseline *list;
    size_t n;
    fill(f);
    OK(res_study_load(f->store, NULL, &read, &err));
    OK(res_baselines_load(f->store, &read, NULL, &list, &n, &err));
    const res_threshold number = {RES_THRESHOLD_VALUE, 45}, c99 = {RES_THRESHOLD_CONFORMAL, 99};
    const res_threshold p95 = res_baseline_threshold(number);
    double value;
    res_counts counts;
    assert_int_equal(p95.kind, RES_THRESHOLD_PERCENTILE);
    assert_true(p95.value == 95);
    assert_true(res_baseline_threshold(c99).kind == c99.kind);
    OK(res_baseline_count(&list[0], p95, &value, &counts, &err));
    assert_true(fabs(value - (1 + 0.95 * (N - 1))) < 1e-12);
    assert_int_equal(counts.normal_correct, N / 2);
    assert_int_equal(counts.anomaly_correct, N);
    assert_true(res_baseline_metric(&list[0], value, &counts, RES_THRESHOLD_NUMBER) == value);
    assert_true(res_baseline_metric(&list[0], value, &counts, RES_ANOMALY_RECALL) == 1);
    assert_true(res_baseline_metric(&list[0], value, &counts, RES_PRECISION) == 2.0 / 3);
    assert_true(res_baseline_metric(&list[0], value, &counts, RES_AUROC) == 0.5125);
    assert_true(isnan(res_baseline_metric(&list[0], value, &counts, RES_VAL_LOSS)));
    assert_int_equal(res_baseline_count(&list[0], c99, &value, &counts, &err), SWP_CONFIG);
    res_baselines_free(list, n);
    res_study_deinit(&read);
}

/* The text of each format. */
typedef struct request {
    res_store *store;
    res_report_options options;
    bool is_export;
} request;

static swp_status write_request(FILE *out, void *context, swp_err *err)
{
    const request *r = context;
    return r->is_export
               ? res_export_write(r->store, NULL, RES_EXPORT_BASELINES, r->options.format, out, err)
               : res_report_write(r->store, NULL, &r->options, out, err);
}

static void check_line(request *r, const char *line)
{
    char *text = capture(write_request, r);
    if (!strstr(text, line))
        fail_msg("expected \"%s\" in:\n%s", line, text);
    free(text);
}

static void test_reports(void **state)
{
    fixture *f = *state;
    const res_threshold two[] = {{RES_THRESHOLD_PERCENTILE, 95}, {RES_THRESHOLD_BEST_F1, 0}};
    const res_threshold high = {RES_THRESHOLD_CONFORMAL, 95};
    fill(f);
    request r = {.store = f->store};
    check_line(&r, "distance to the mean   10/20 50.00%   20/20 100.00%\n");
    r.options.format = RES_MD;
    check_line(&r, "| nearest neighbour | 10/20 50.00% | 20/20 100.00% |\n");
    r.options.format = RES_HTML;
    check_line(&r, "<h3 id=\"baselines\">Baselines</h3>");
    r.options.format = RES_JSON;
    check_line(&r, "{\"baseline\":\"mean\",\"components\":null,\"threshold\":\"p9");
    r.options = (res_report_options){.format = RES_TABLE, .ci = true};
    check_line(&r, "10/20 50.00% [29.9, 70.1]");
    r.options.filter = (res_evaluation_filter){.thresholds = two, .n_thresholds = 2};
    check_line(&r, "best_f1       test");
    r.options.filter = (res_evaluation_filter){.thresholds = &high, .n_thresholds = 1};
    check_line(&r, "distance to the mean");
    r.options = (res_report_options){.format = RES_LATEX, .group_by = "model.embedding_dim"};
    check_line(&r, "\\medskip\n\\begin{tabular}{lrr}\n");
    r.options = (res_report_options){.format = RES_TABLE, .columns = "val_loss"};
    char *text = capture(write_request, &r);
    assert_null(strstr(text, "baselines")); /* they have no losses */
    free(text);
    r = (request){.store = f->store, .is_export = true, .options = {.format = RES_CSV}};
    check_line(&r, "small,pca,4,1,p95,19.05,");
}

/* With two splits a row is a mean. */
static void test_means_over_splits(void **state)
{
    fixture *f = *state;
    swp_err err;
    fill(f);
    assert_int_equal(
        run_sql(f->path, "INSERT INTO split SELECT 2, data_set_id, 'other' FROM split;"
                         "INSERT INTO trial SELECT 99, experiment_id, generation, 'other', "
                         "data_set_id, 2, weights, code FROM trial WHERE id = 1;"
                         "INSERT INTO trial_param SELECT 99, position, key, CASE key WHEN "
                         "'train.seed' THEN '777' ELSE value END FROM trial_param WHERE trial_id "
                         "= 1; INSERT INTO revision_trial SELECT 99, revision_id, 99, 99, stage, "
                         "budget, state, reason FROM revision_trial WHERE number = 1"),
        0);
    add(f, 2, RES_BASELINE_MEAN, 0);
    res_study read;
    res_baseline *list;
    size_t n;
    OK(res_study_load(f->store, NULL, &read, &err));
    OK(res_baselines_load(f->store, &read, NULL, &list, &n, &err));
    assert_int_equal(n, 5);
    assert_int_equal(res_baselines_end(list, n, 0), 2);
    res_baselines_free(list, n);
    res_study_deinit(&read);
    request r = {.store = f->store, .is_export = true, .options = {.format = RES_CSV}};
    check_line(&r, "small,mean,,2,");
}

static void test_memory_may_run_out(void **state)
{
    fixture *f = *state;
    fill(f);
    for (int way = 0; way < 2; way++) {
        request r = {.store = f->store, .is_export = way == 1, .options = {.format = RES_JSON}};
        swp_status status = SWP_NOMEM;
        for (unsigned long i = 1; status != SWP_OK; i += 1 + i / 16) {
            swp_err err;
            FILE *out = tmpfile();
            assert_non_null(out);
            swp_mem_fail_at(i);
            status = write_request(out, &r, &err);
            swp_mem_fail_at(0);
            fclose(out);
            assert_true(status == SWP_OK || status == SWP_NOMEM);
            assert_true(i < 100000);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_those_of_a_study),  TEST(test_reading_at_thresholds), TEST(test_reports),
        TEST(test_means_over_splits), TEST(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
