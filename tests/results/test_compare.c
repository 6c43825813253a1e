/* Comparisons: one golden text for each format, and numbers that need no computation. */
#include "results/report/compare.h"

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
    const char *a, *b;
    res_compare_options options;
} request;

static swp_status write_comparison(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_compare_write(r->store, r->a, r->b, &r->options, out, err);
}

static void check_formats(const char *name, request *r)
{
    static const char *const endings[] = {"txt", "md", "csv", "json", "tex"};
    for (int format = RES_TABLE; format <= RES_LATEX; format++) {
        char golden[64];
        snprintf(golden, sizeof golden, "%s.%s", name, endings[format]);
        r->options.format = (res_format)format;
        check_golden(golden, capture(write_comparison, r));
    }
}

static study make_study(size_t n_seeds)
{
    return (study){.name = "embedding",
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {1, 2, 3, 4, 5, 6, 7},
                   .n_seeds = n_seeds,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "p90"},
                   .n_thresholds = 2};
}

static void check_has(request *r, res_format format, const char *text)
{
    r->options.format = format;
    char *all = capture(write_comparison, r);
    if (!strstr(all, text))
        fail_msg("\"%s\" is not in:\n%s", text, all);
    free(all);
}

/* The row of val_loss. */
enum { VAL_LOSS = 2 };

static char *compare_csv(request *r)
{
    r->options.format = RES_CSV;
    char *csv = capture(write_comparison, r);
    assert_string_equal(csv_text(csv, VAL_LOSS, "metric"), "val_loss");
    return csv;
}

/* The larger model has the smaller loss for every seed: 2 of 2^7 sign patterns are as extreme. With
 * the sides exchanged, differences and effects change sign, and p stays. */
static void test_groups(void **state)
{
    fixture *f = *state;
    study s = make_study(7);
    study_run(f->store, &s);
    request r = {f->store, ":embedding_dim=2", "embedding:embedding_dim=4", {0}};
    check_formats("compare", &r);
    char *csv = compare_csv(&r);
    request changed = {f->store, ":embedding_dim=4", ":embedding_dim=2", {0}};
    char *other = compare_csv(&changed);
    assert_true(csv_number(csv, VAL_LOSS, "n") == 7);
    assert_true(csv_number(csv, VAL_LOSS, "n_better") == 7);
    assert_true(csv_number(other, VAL_LOSS, "n_better") == 0);
    assert_true(csv_number(csv, VAL_LOSS, "w_minus") == 28);
    assert_true(csv_number(other, VAL_LOSS, "w_plus") == 28);
    assert_true(csv_number(csv, VAL_LOSS, "p") == 0.015625);
    assert_true(csv_number(other, VAL_LOSS, "p") == 0.015625);
    assert_true(csv_number(csv, VAL_LOSS, "effect") == -1);
    assert_true(csv_number(other, VAL_LOSS, "effect") == 1);
    assert_true(csv_number(csv, VAL_LOSS, "a_mean") == csv_number(other, VAL_LOSS, "b_mean"));
    assert_true(csv_number(csv, VAL_LOSS, "difference_mean") ==
                -csv_number(other, VAL_LOSS, "difference_mean"));
    /* One of a trial's four evaluations counts: the largest epoch count at p90. */
    double sum = 0;
    for (size_t k = 0; k < 7; k++)
        sum += study_val_loss(k, study_best_epoch(k));
    assert_true(fabs(csv_number(csv, VAL_LOSS, "a_mean") - sum / 7) < 1e-12);
    free(csv);
    free(other);
}

/* Metrics that are equal by construction, or times that trials share, are not tested; a difference
 * that the test counts as zero is not a better pair. */
static void test_only_qualities_are_tested(void **state)
{
    fixture *f = *state;
    study s = make_study(7);
    study_run(f->store, &s);
    request r = {f->store, ":embedding_dim=2", ":embedding_dim=4", {0}};
    char *csv = compare_csv(&r);
    size_t tested = 0;
    for (size_t m = 0; m < csv_rows(csv); m++) {
        const char *name = csv_text(csv, m, "metric");
        bool none = strcmp(name, "parameters") == 0 || strcmp(name, "train_s") == 0 ||
                    strcmp(name, "selected_epoch") == 0 || strcmp(name, "threshold_value") == 0;
        double n = csv_number(csv, m, "n"), zero = csv_number(csv, m, "n_zero");
        assert_true(isnan(csv_number(csv, m, "p")) == (none || n == zero));
        assert_true(isnan(csv_number(csv, m, "n_better")) == none);
        assert_true(none || csv_number(csv, m, "n_better") <= n - zero);
        tested += isnan(csv_number(csv, m, "p")) ? 0 : 1;
        assert_true(none || csv_number(csv, m, "p_holm") >= csv_number(csv, m, "p"));
    }
    assert_true(tested > 5);
    double p = csv_number(csv, VAL_LOSS, "p_holm");
    assert_true(p >= 0.015625 * (double)(tested - 1) - 1e-12 || p == 1);
    free(csv);
    check_has(&r, RES_TABLE, "verdict: no difference in balanced acc is shown");
    check_has(&r, RES_TABLE, "the pairs share nothing");
    check_has(&r, RES_TABLE, "A is read at threshold p90");
}

static swp_status write_all(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_compare_all_write(r->store, r->a, "val_loss", &r->options, out, err);
}

/* Three configurations are three pairs; Holm's correction is over these, not over metrics, and a
 * pair shows what the comparison of the two shows. */
static void test_all_pairs(void **state)
{
    fixture *f = *state;
    study s = make_study(7);
    s.dims[2] = 8;
    s.n_dims = 3;
    study_run(f->store, &s);
    request r = {f->store, "embedding", NULL, {.format = RES_CSV}};
    char *csv = capture(write_all, &r);
    assert_int_equal(csv_rows(csv), 3);
    double least = 1;
    for (size_t i = 0; i < 3; i++) {
        assert_true(csv_number(csv, i, "n") == 7);
        least = fmin(least, csv_number(csv, i, "p"));
        assert_true(csv_number(csv, i, "p_holm") >= csv_number(csv, i, "p"));
        assert_true(csv_number(csv, i, "p_holm") <= 3 * csv_number(csv, i, "p"));
    }
    assert_string_equal(csv_text(csv, 2, "a"), "embedding_dim=4");
    assert_string_equal(csv_text(csv, 2, "b"), "embedding_dim=8");
    request two = {f->store, ":embedding_dim=4", ":embedding_dim=8", {0}};
    char *pair = compare_csv(&two);
    assert_true(csv_number(csv, 2, "p") == csv_number(pair, VAL_LOSS, "p"));
    assert_true(csv_number(csv, 2, "difference_low") ==
                csv_number(pair, VAL_LOSS, "difference_low"));
    free(pair);
    free(csv);
    r.options.format = RES_TABLE;
    char *text = capture(write_all, &r);
    assert_non_null(strstr(text, "pairs differ (p < 0.05 after Holm's correction over all 3)"));
    free(text);
    const char *where[] = {"embedding_dim=2"};
    swp_err err;
    r.options.where = where;
    r.options.n_where = 1;
    FILE *out = tmpfile();
    assert_int_equal(res_compare_all_write(f->store, NULL, "no such", &r.options, out, &err),
                     SWP_USAGE);
    fclose(out);
}

/* Too few pairs for any difference to be significant: the verdict says so, and how many could show
 * one. */
static void check_verdict_of_all(fixture *f, const char *name, size_t n_seeds, const char *want)
{
    study s = make_study(n_seeds);
    s.name = name;
    s.dims[2] = 8;
    s.n_dims = 3;
    study_run(f->store, &s);
    request r = {f->store, name, NULL, {0}};
    static const res_format formats[] = {RES_TABLE, RES_MD, RES_LATEX, RES_JSON};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        r.options.format = formats[i];
        char *text = capture(write_all, &r);
        if (!strstr(text, want))
            fail_msg("\"%s\" is not in:\n%s", want, text);
        free(text);
    }
}

/* Three comparisons: 5 pairs give 3 / 16, 6 give 3 / 32, and 7 give 3 / 64, which is below 0.05. */
static void test_too_few_pairs(void **state)
{
    fixture *f = *state;
    static const char too_few[] = "too few pairs to tell: at least 7 needed";
    check_verdict_of_all(f, "five", 5, too_few);
    check_verdict_of_all(f, "six", 6, too_few);
    check_verdict_of_all(f, "seven", 7, "of 3 pairs differ");
    request r = {f->store, "five:embedding_dim=2", "five:embedding_dim=4", {0}};
    check_has(&r, RES_TABLE, "verdict: too few pairs to tell in balanced acc: at least 6");
    check_has(&r, RES_LATEX, "verdict: too few pairs to tell in balanced acc: at least 6");
    check_has(&r, RES_JSON, "\"too few pairs to tell in balanced acc: at least 6");
    r.a = "six:embedding_dim=2,seed=1";
    r.b = "six:embedding_dim=4";
    check_has(&r, RES_TABLE, "too few pairs to tell which side is better: at least 6 needed");
    r.a = "six:embedding_dim=2";
    check_has(&r, RES_TABLE, "p Holm: too few pairs to tell");
}

/* One side has a single value of the pairing parameter: other values of the other side are left
 * out. */
static void test_partners(void **state)
{
    fixture *f = *state;
    study s = make_study(7);
    study_run(f->store, &s);
    request r = {f->store, ":embedding_dim=2,seed=3,seed=4", ":embedding_dim=4", {0}};
    check_has(&r, RES_TABLE,
              "B: :embedding_dim=4 (embedding@1, ECG5000): 7 evaluations, 5 left out");
    check_has(&r, RES_TABLE, "2 pairs are too few for a test at 5%: p is at least 0.5; 6 could do");
    r.b = ":embedding_dim=4,seed=5";
    check_has(&r, RES_TABLE, "differ in: embedding_dim (2 | 4), seed (3, 4 | 5)");
    check_has(&r, RES_TABLE, "one pair is no test");
    r.a = ":seed=1";
    r.b = ":seed=2";
    check_has(&r, RES_TABLE, "nothing is known about other seeds");
}

/* Two evaluations of the same sequences are compared sequence by sequence. */
static void test_single_evaluations(void **state)
{
    fixture *f = *state;
    study s = make_study(2);
    study_run(f->store, &s);
    request r = {f->store, "embedding:1", ":16", {0}};
    char *csv = compare_csv(&r);
    assert_true(csv_number(csv, VAL_LOSS, "a_mean") == study_val_loss(0, 2));
    assert_true(csv_number(csv, VAL_LOSS, "b_mean") == study_val_loss(3, study_best_epoch(3)));
    assert_true(csv_number(csv, VAL_LOSS, "n") == 1);
    assert_string_equal(csv_text(csv, VAL_LOSS, "a_sd"), "");
    free(csv);
    float val[STUDY_ERRORS], test[2][STUDY_ERRORS], anomaly[2][STUDY_ERRORS];
    study_errors(0, 2, val, test[0], anomaly[0]);
    study_errors(3, study_best_epoch(3), val, test[1], anomaly[1]);
    double threshold = 26.6125; /* the 90th percentile of the other's validation errors */
    size_t only_a = 0, only_b = 0;
    for (size_t i = 0; i < STUDY_ERRORS; i++) {
        bool a = test[0][i] <= 20, b = (double)test[1][i] <= threshold;
        bool x = anomaly[0][i] > 20, y = (double)anomaly[1][i] > threshold;
        only_a += (size_t)(a && !b) + (size_t)(x && !y);
        only_b += (size_t)(b && !a) + (size_t)(y && !x);
    }
    char want[64];
    snprintf(want, sizeof want, "{\"only_a_right\":%zu,\"only_b_right\":%zu,", only_a, only_b);
    check_has(&r, RES_JSON, want);
}

static void test_same(void **state)
{
    fixture *f = *state;
    study s = make_study(6);
    study_run(f->store, &s);
    request r = {f->store, "embedding", "embedding@1", {0}};
    char *csv = compare_csv(&r);
    for (size_t m = 0; m < csv_rows(csv); m++) {
        assert_true(csv_number(csv, m, "difference_mean") == 0);
        assert_true(csv_number(csv, m, "n_zero") == csv_number(csv, m, "n"));
        assert_string_equal(csv_text(csv, m, "p"), "");
    }
    free(csv);
    check_has(&r, RES_JSON, "\"differ_in\": []");
    check_has(&r, RES_JSON, "\"pairs\": 12,");
}

/* Another learning rate makes another revision, with other trials. */
static void test_revisions(void **state)
{
    fixture *f = *state;
    study first = make_study(6), second = make_study(6);
    study_run(f->store, &first);
    second.rate = "0.01";
    study_run(f->store, &second);
    const res_threshold thresholds[] = {{RES_THRESHOLD_VALUE, 30}};
    const char *where[] = {"epochs=6"};
    request r = {
        f->store,
        "embedding@1",
        "embedding@2",
        {.filter = {.thresholds = thresholds, .n_thresholds = 1}, .where = where, .n_where = 1}};
    check_has(
        &r, RES_JSON,
        "\"differ_in\": [\n{\"key\":\"train.learning_rate\",\"a\":\"0.001\",\"b\":\"0.01\"}]");
    check_has(&r, RES_JSON, "{\"key\":\"model.embedding_dim\",\"a\":\"2, 4\",\"b\":\"2, 4\"}");
    check_has(&r, RES_JSON, "\"pairs\": 12,");
    char *csv = compare_csv(&r);
    assert_true(csv_number(csv, VAL_LOSS + 1, "a_mean") == 30);
    free(csv);
}

static void test_name_with_colons(void **state)
{
    fixture *f = *state;
    study s = make_study(2);
    s.name = "a:1";
    study_run(f->store, &s);
    request r = {f->store, "a:1", "a:1:seed=2", {0}};
    check_has(&r, RES_JSON, "\"evaluations\":4");
    check_has(&r, RES_JSON, "\"evaluations\":2");
}

/* `text` and `hint` are parts of the message. */
static void check_refused(const request *r, swp_status want, const char *text, const char *hint)
{
    swp_err err = {0};
    FILE *out = tmpfile();
    assert_int_equal(res_compare_write(r->store, r->a, r->b, &r->options, out, &err), want);
    if (!strstr(err.text, text) || !strstr(err.hint, hint))
        fail_msg("expected %s and %s, found %s and %s", text, hint, err.text, err.hint);
    assert_int_equal(ftell(out), 0);
    fclose(out);
}

static void test_refusals(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study(2), open = make_study(2);
    study_run(f->store, &s);
    request r = {f->store, "embedding:99", ":1", {0}};
    check_refused(&r, SWP_CONFIG, "99", "sweep report");
    r.a = ":1";
    r.b = ":sed=1";
    check_refused(&r, SWP_USAGE, "\"sed\"", "seed");
    r.b = ":seed=9";
    check_refused(&r, SWP_CONFIG, "seed=9", "1, 2");
    open.name = "open";
    OK(study_plan(f->store, &open, &err));
    r.b = "open";
    r.a = "embedding";
    check_refused(&r, SWP_CONFIG, "compare: open: ", "");
    for (size_t t = 0; t < 4; t += 3)
        for (size_t e = 1; e <= 6; e++)
            OK(study_record(f->store, open.trials[t].id, t, e, &err));
    r.a = "open:embedding_dim=2,embedding_dim=4";
    r.b = "embedding:seed=2,embedding_dim=2";
    check_refused(&r, SWP_CONFIG, "partner", "both sides");
    r.a = ":threshold=20,threshold=p90,embedding_dim=2";
    r.b = ":embedding_dim=4";
    check_refused(&r, SWP_USAGE, "several thresholds", "--threshold");
}

/* Whichever allocation fails, it is reported. */
static void test_without_memory(void **state)
{
    fixture *f = *state;
    study s = make_study(2);
    study_run(f->store, &s);
    const res_compare_options options = {0};
    swp_status status = SWP_NOMEM;
    FILE *out = tmpfile();
    for (unsigned long n = 1; status != SWP_OK; n++) {
        swp_err err = {0};
        swp_mem_fail_at(n);
        status = res_compare_write(f->store, ":1", ":16", &options, out, &err);
        swp_mem_fail_at(0);
        assert_true(status == SWP_OK || status == SWP_NOMEM);
        assert_true(n < 100000);
    }
    fclose(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_groups, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_only_qualities_are_tested, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_all_pairs, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_too_few_pairs, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_partners, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_single_evaluations, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_same, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_revisions, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_name_with_colons, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_refusals, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_without_memory, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
