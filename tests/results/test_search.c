/* Trials by the objective: their order, the best so far, importances, and reports and exports of
 * them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/importance.h"
#include "results/query/metric.h"
#include "results/query/winner.h"
#include "results/stats/stats.h"
#include "results/store/search.h"
#include "tests/results/fixture.h"
#include "tests/results/reporting.h"
#include "tests/results/rows.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Four dimensions with three seeds each. */
static study twelve(void)
{
    study s = study_small();
    s.n_dims = 4;
    s.dims[2] = 8;
    s.dims[3] = 16;
    s.n_seeds = 3;
    s.seeds[1] = 43;
    s.seeds[2] = 44;
    return s;
}

/* Of twelve trials, number 2 was stopped and number 12 failed. */
static void end_two(fixture *f, const study *s)
{
    swp_err err;
    OK(res_trial_set_state(f->store, s->revision, s->trials[1].id, RES_STOPPED, "rung 1", &err));
    OK(res_trial_set_state(f->store, s->revision, s->trials[11].id, RES_FAILED, "loss", &err));
}

static study run_twelve(fixture *f)
{
    static const res_axis_spec axes[] = {{.key = "model.embedding_dim", .scale = "linear"},
                                         {.key = "train.seed", .scale = "linear", .is_seed = true}};
    study s = twelve();
    swp_err err;
    study_run(f->store, &s);
    OK(res_axes_record(f->store, s.revision, axes, 2, &err));
    end_two(f, &s);
    return s;
}

static void test_order_and_path(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_study loaded;
    res_standing standing;
    run_twelve(f);
    OK(res_study_load(f->store, "small", &loaded, &err));
    assert_int_equal(loaded.objective, RES_STEP_VAL_LOSS);
    assert_false(loaded.is_search);
    OK(res_standing_make(&loaded, NULL, &standing, &err));
    assert_int_equal(standing.n, 11);
    assert_true(isnan(standing.of[11]));
    for (size_t i = 0; i < standing.n; i++) {
        size_t t = standing.order[i];
        assert_int_equal(standing.at[t], study_best_epoch(t));
        assert_true(standing.of[t] == study_val_loss(t, study_best_epoch(t)));
        assert_true(i == 0 || standing.of[standing.order[i - 1]] <= standing.of[t]);
    }
    /* The made-up losses fall with the trial's number, so each is the best so far. */
    assert_int_equal(standing.n_path, 11);
    assert_int_equal(standing.path[10], standing.order[0]);
    res_standing_deinit(&standing);
    res_study_deinit(&loaded);
}

/* Seeds are noise: one parameter is left, and all its values were tried. */
static void test_importances(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_study loaded;
    res_importances of;
    run_twelve(f);
    OK(res_study_load(f->store, "small", &loaded, &err));
    OK(res_importances_make(&loaded, loaded.objective, NULL, &of, &err));
    assert_int_equal(of.n, 1);
    assert_string_equal(loaded.params[of.params[0]].name, "embedding_dim");
    assert_true(of.whole.exact);
    assert_int_equal(of.whole.n_trials, 11);
    assert_int_equal(of.steps, 6);
    assert_true(fabs(of.shares[0].share - 1) < 1e-12);
    double inner = 0;
    for (size_t d = 0; d < 4; d++) {
        double values[3];
        size_t n = d < 3 ? 3 : 2;
        for (size_t k = 0; k < n; k++)
            values[k] = study_val_loss(3 * d + k, study_best_epoch(3 * d + k));
        res_spread spread = res_spread_of(values, n);
        inner += spread.sd * spread.sd * (double)(n - 1);
    }
    assert_true(fabs(of.whole.noise - sqrt(inner / 7)) < 1e-9);
    res_importances_deinit(&of);
    res_study_deinit(&loaded);
}

/* A study whose trials 7..12 repeat trials 5 and 4, three times each; the last of them failed. */
static void run_confirmed(fixture *f)
{
    static const res_search_spec search = {.strategy = "random",
                                           .objective = "val_loss",
                                           .stop = "none",
                                           .min_steps = 1,
                                           .max_steps = 6,
                                           .trials = 12,
                                           .confirm_best = 2,
                                           .confirm_seeds = 3};
    study s = twelve();
    swp_err err;
    size_t slots;
    study_run(f->store, &s);
    OK(res_search_ensure(f->store, s.revision, &search, &slots, &err));
    for (size_t i = 6; i < 12; i++) {
        const res_confirmation fit = {i + 1, i < 9 ? 5 : 4, (uint32_t)i};
        OK(res_confirmation_add(f->store, s.revision, &fit, &err));
    }
    end_two(f, &s);
}

static double best_loss(size_t trial)
{
    return study_val_loss(trial, study_best_epoch(trial));
}

/* The made-up losses fall with the trial's number, so the fits of trial 4 are better. */
static void test_winner(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_study loaded;
    res_standing standing;
    res_winner winner;
    bool found;
    run_confirmed(f);
    OK(res_study_load(f->store, "small", &loaded, &err));
    OK(res_standing_make(&loaded, NULL, &standing, &err));
    OK(res_winner_find(&loaded, &standing, &winner, &found, &err));
    assert_true(found);
    assert_int_equal(winner.trial, 3);
    assert_int_equal(winner.n_candidates, 2);
    assert_int_equal(winner.fresh.n, 2);
    double mean = (best_loss(9) + best_loss(10)) / 2;
    assert_true(fabs(winner.fresh.mean - mean) < 1e-9);
    assert_true(winner.fresh.low < mean && mean < winner.fresh.high);
    loaded.step_metrics[loaded.objective].maximize = true;
    OK(res_winner_find(&loaded, &standing, &winner, &found, &err));
    assert_int_equal(winner.trial, 4); /* whose fits have the larger losses */
    assert_true(winner.fresh.low < winner.fresh.mean && winner.fresh.mean < winner.fresh.high);
    loaded.trials[8].state = RES_RUNNING;
    OK(res_winner_find(&loaded, &standing, &winner, &found, &err));
    assert_false(found);
    res_standing_deinit(&standing);
    res_study_deinit(&loaded);
}

static void test_candidates(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_study loaded;
    res_standing standing;
    res_candidate *list;
    size_t n;
    run_confirmed(f);
    OK(res_study_load(f->store, "small", &loaded, &err));
    OK(res_standing_make(&loaded, NULL, &standing, &err));
    OK(res_candidates_list(&loaded, &standing, &list, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(list[0].trial, 3); /* of whose fits one failed */
    assert_int_equal(list[0].fresh.n, 2);
    assert_int_equal(list[1].trial, 4);
    assert_int_equal(list[1].fresh.n, 3);
    double mean = (best_loss(6) + best_loss(7) + best_loss(8)) / 3;
    assert_true(fabs(list[1].fresh.mean - mean) < 1e-9);
    for (size_t i = 0; i < 2; i++)
        assert_true(list[i].fresh.low < list[i].fresh.mean &&
                    list[i].fresh.mean < list[i].fresh.high);
    swp_free(list);
    loaded.step_metrics[loaded.objective].maximize = true;
    OK(res_candidates_list(&loaded, &standing, &list, &n, &err));
    assert_int_equal(list[0].trial, 4); /* the larger mean is the better one */
    assert_true(fabs(list[0].fresh.mean - mean) < 1e-9);
    assert_true(list[0].fresh.low < mean && mean < list[0].fresh.high);
    swp_free(list);
    res_standing_deinit(&standing);
    res_study_deinit(&loaded);
}

static swp_status write_importance(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_importance_write(r->store, NULL, r->experiment, r->options.format, out, err);
}

static swp_status write_best(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_export_best(r->store, r->experiment, out, err);
}

static void test_texts(void **state)
{
    fixture *f = *state;
    swp_err err;
    run_twelve(f);
    char *text = report(f->store, (res_report_options){0});
    check_in(text, "search: val_loss is minimised; 12 trials, 1 stopped, 10 done, 1 failed\n",
             true);
    check_in(text, "best so far: ..., 23.44 (trial 4), 18.75 (5)", true);
    check_in(text, "best trials  val_loss  at step  steps  state", true);
    free(text);
    request r = {.store = f->store, .options = {.format = RES_CSV}};
    text = capture(write_importance, &r);
    csv_check_head(text, "parameter,share,floor");
    assert_int_equal(csv_rows(text), 2);
    assert_string_equal(csv_text(text, 0, "parameter"), "embedding_dim");
    assert_true(csv_number(text, 0, "share") > 0.999);
    assert_string_equal(csv_text(text, 1, "parameter"), "interactions");
    free(text);
    text = capture(write_best, &r);
    check_in(text, "; trial 11 of small@1: val_loss = ", true);
    check_in(text, "[model]\narch = single\nembedding_dim = 16\n[train]\n", true);
    check_in(text, "seed = 43\n", true);
    check_in(text, "[sweep]", false);
    free(text);
    FILE *nowhere = tmpfile();
    assert_non_null(nowhere);
    assert_int_equal(res_importance_write(f->store, NULL, "val_los", RES_TABLE, nowhere, &err),
                     SWP_USAGE);
    assert_string_equal(err.hint, "did you mean val_loss?");
    fclose(nowhere);
}

static void test_confirmed_texts(void **state)
{
    fixture *f = *state;
    run_confirmed(f);
    char expected[128], number[SWP_NUMBER_SIZE];
    res_metric_format(RES_STYLE_LOSS, (best_loss(9) + best_loss(10)) / 2, false, number);
    snprintf(expected, sizeof expected, "confirmed: %s (trial 4, mean of 2 fresh seeds; ", number);
    char *text = report(f->store, (res_report_options){0});
    check_in(text, expected, true);
    res_metric_format(RES_STYLE_LOSS, best_loss(3), false, number);
    snprintf(expected, sizeof expected, "corrected for the choice among 2); claimed %s\n", number);
    check_in(text, expected, true);
    check_in(text, "confirmed trials  claimed  confirmed  ", true);
    free(text);
    text = report(f->store, (res_report_options){.format = RES_LATEX});
    check_in(text, "confirmed trials & claimed & confirmed & 95 \\% interval & seeds", true);
    free(text);
    request r = {.store = f->store, .options = {.format = RES_CSV}};
    text = capture(write_best, &r);
    check_in(text, "; trial 4 of small@1: val_loss = ", true);
    check_in(text, ", the mean of fresh seeds\n", true);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_path, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_importances, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_texts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_winner, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_candidates, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_confirmed_texts, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
