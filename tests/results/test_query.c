#include "results/query/query.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

static study make_study(const char *name)
{
    return (study){.name = name,
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {1, 2},
                   .n_seeds = 2,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "p90"},
                   .n_thresholds = 2};
}

static void test_find_experiment(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_experiment e;
    assert_int_equal(res_experiment_find(f->store, NULL, &e, &err), SWP_CONFIG);
    assert_non_null(strstr(err.hint, "sweep run"));

    study a = make_study("a"), b = make_study("b");
    study_run(f->store, &a);
    OK(study_plan(f->store, &b, &err));
    OK(res_trial_fail(f->store, b.trials[3].id, "non-finite loss", &err));
    OK(res_experiment_find(f->store, NULL, &e, &err));
    assert_string_equal(e.name, "b");
    assert_int_equal(e.n_trials, 4);
    assert_int_equal(e.n_trials_done, 0);
    assert_int_equal(e.n_trials_failed, 1);
    assert_int_equal(e.n_evaluations, 16);
    assert_int_equal(e.n_evaluations_done, 0);
    res_experiment_deinit(&e);

    OK(res_experiment_find(f->store, "a", &e, &err));
    assert_int_equal(e.revision, 1);
    assert_int_equal(e.n_trials_done, 4);
    assert_int_equal(e.n_evaluations_done, 16);
    assert_int_equal(e.n_data_sets, 1);
    assert_string_equal(e.data_name, "ECG5000");
    assert_string_equal(e.ini_path, "experiments/test.ini");
    assert_int_equal(e.n_train, 2481);
    assert_false(e.synthetic);
    res_experiment_deinit(&e);

    assert_int_equal(res_experiment_find(f->store, "c", &e, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "'c'"));
    assert_string_equal(err.hint, "there are: b, a");
}

static void test_revisions_are_named(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_experiment e;
    study a = make_study("a");
    study_run(f->store, &a);
    study changed = make_study("a");
    changed.rate = "0.01";
    OK(study_plan(f->store, &changed, &err));
    OK(res_experiment_find(f->store, "a", &e, &err));
    assert_int_equal(e.revision, 2);
    assert_int_equal(e.n_evaluations_done, 0);
    res_experiment_deinit(&e);
    OK(res_experiment_find(f->store, "a@1", &e, &err));
    assert_int_equal(e.revision, 1);
    assert_int_equal(e.n_evaluations_done, 16);
    res_experiment_deinit(&e);
    assert_int_equal(res_experiment_find(f->store, "a@3", &e, &err), SWP_CONFIG);
    assert_string_equal(err.hint, "there are: a@1..2");

    res_experiment *list;
    size_t n;
    study b = make_study("b");
    OK(study_plan(f->store, &b, &err));
    OK(res_experiments_list(f->store, &list, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(list[0].name, "b");
    assert_string_equal(list[1].name, "a");
    assert_int_equal(list[1].revision, 2);
    res_experiments_free(list, n);
}

static void test_trials(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_trial *list;
    size_t n;
    OK(res_trials_list(f->store, s.revision, &list, &n, &err));
    assert_int_equal(n, 4);
    assert_string_equal(list[0].label, "embedding_dim=2 seed=1");
    assert_string_equal(list[3].label, "embedding_dim=4 seed=2");
    for (size_t t = 0; t < n; t++) {
        assert_int_equal(list[t].number, t + 1);
        assert_int_equal(list[t].status, RES_DONE);
        assert_int_equal(list[t].n_epochs, 6);
        assert_null(list[t].failure);
        for (size_t e = 1; e <= 6; e++) {
            assert_true(list[t].train_loss[e - 1] == study_train_loss(t, e));
            assert_true(list[t].val_loss[e - 1] == study_val_loss(t, e));
            assert_true(list[t].train_s[e - 1] == 0.25 && list[t].eval_s[e - 1] == 0.125);
        }
    }
    res_trials_free(list, n);
}

static void test_one_trial_has_no_label(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    s.n_dims = s.n_seeds = 1;
    OK(study_plan(f->store, &s, &err));
    res_trial *list;
    size_t n;
    OK(res_trials_list(f->store, s.revision, &list, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].label, "");
    res_trials_free(list, n);
}

static void test_selected_epoch(void **state)
{
    (void)state;
    const double losses[] = {5, 3, 4, 3, 2};
    assert_int_equal(res_selected_epoch(losses, 1), 1);
    assert_int_equal(res_selected_epoch(losses, 4), 2);
    assert_int_equal(res_selected_epoch(losses, 5), 5);
}

static void test_errors_come_back_to_the_bit(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study_errors(2, 5, val, test, anomaly);
    res_errors got;
    void *block;
    OK(res_errors_load(f->store, s.trials[2].id, 5, &got, &block, &err));
    assert_int_equal(got.n_val, STUDY_ERRORS);
    assert_int_equal(got.n_test, STUDY_ERRORS);
    assert_int_equal(got.n_anomaly, STUDY_ERRORS);
    assert_memory_equal(got.val, val, sizeof val);
    assert_memory_equal(got.test, test, sizeof test);
    assert_memory_equal(got.anomaly, anomaly, sizeof anomaly);
    swp_free(block);
    assert_int_equal(res_errors_load(f->store, s.trials[2].id, 7, &got, &block, &err), SWP_CONFIG);
    assert_null(block);
}

/* An evaluation must say what the made-up numbers say. */
static void check_evaluation(const res_evaluation *evaluation)
{
    size_t salt = evaluation->trial_number - 1;
    double losses[8];
    for (size_t e = 1; e <= evaluation->epochs; e++)
        losses[e - 1] = study_val_loss(salt, e);
    size_t selected = res_selected_epoch(losses, evaluation->epochs);
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study_errors(salt, selected, val, test, anomaly);
    const res_errors errors = {val, test, anomaly, STUDY_ERRORS, STUDY_ERRORS, STUDY_ERRORS};
    double value;
    OK(res_threshold_resolve(evaluation->threshold, &errors, &value, NULL));
    res_counts want = res_count(&errors, value);
    assert_true(evaluation->done);
    assert_int_equal(evaluation->selected_epoch, selected);
    assert_true(evaluation->threshold_value == value);
    assert_true(evaluation->train_loss == study_train_loss(salt, selected));
    assert_true(evaluation->val_loss == losses[selected - 1]);
    assert_true(evaluation->train_s == 0.25 * (double)evaluation->epochs);
    assert_memory_equal(&evaluation->counts, &want, sizeof want);
}

static void test_planned_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_evaluation *list;
    size_t n;
    const res_evaluation_filter planned = {0};
    OK(res_evaluations_list(f->store, s.revision, &planned, &list, &n, &err));
    assert_int_equal(n, 16);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].number, i + 1);
        check_evaluation(&list[i]);
    }
    assert_string_equal(list[4].label, "embedding_dim=2 seed=2");
    res_evaluations_free(list, n);
}

static void test_unplanned_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    const res_threshold thresholds[] = {
        {RES_THRESHOLD_VALUE, 17.5}, {RES_THRESHOLD_VALUE, 20}, {RES_THRESHOLD_YOUDEN, 0}};
    const size_t epochs[] = {1, 6, 4};
    res_evaluation_filter filter = {thresholds, 3, epochs, 3};
    res_evaluation *list;
    size_t n;
    OK(res_evaluations_list(f->store, s.revision, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 3 * 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].trial_number, i / 9 + 1);
        assert_int_equal(list[i].epochs, epochs[i / 3 % 3]);
        check_evaluation(&list[i]);
        bool was_planned = list[i].epochs == 6 && i % 3 == 1;
        assert_int_equal(list[i].number, was_planned ? i / 9 * 4 + 3 : 0);
    }
    res_evaluations_free(list, n);

    filter.n_epochs = 0; /* the planned epochs with other thresholds */
    OK(res_evaluations_list(f->store, s.revision, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 2 * 3);
    for (size_t i = 0; i < n; i++)
        check_evaluation(&list[i]);
    res_evaluations_free(list, n);

    filter = (res_evaluation_filter){NULL, 0, epochs, 3}; /* the planned thresholds, other epochs */
    OK(res_evaluations_list(f->store, s.revision, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 3 * 2);
    for (size_t i = 0; i < n; i++)
        check_evaluation(&list[i]);
    res_evaluations_free(list, n);
}

static void test_repeated_filters_count_once(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    static const res_threshold thresholds[] = {
        {RES_THRESHOLD_VALUE, 30}, {RES_THRESHOLD_PERCENTILE, 30}, {RES_THRESHOLD_VALUE, 30}};
    static const size_t epochs[] = {5, 6, 5};
    const res_evaluation_filter filter = {thresholds, 3, epochs, 3};
    res_evaluation *list;
    size_t n;
    OK(res_evaluations_list(f->store, s.revision, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 2 * 2);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].epochs, i / 2 % 2 == 0 ? 5 : 6);
        assert_int_equal(list[i].threshold.kind,
                         i % 2 == 0 ? RES_THRESHOLD_VALUE : RES_THRESHOLD_PERCENTILE);
    }
    res_evaluations_free(list, n);
}

static void test_epochs_beyond_the_record(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_evaluation *list;
    size_t n;
    static const size_t wrong[] = {0, 7};
    for (size_t i = 0; i < 2; i++) {
        const res_evaluation_filter filter = {NULL, 0, &wrong[i], 1};
        assert_int_equal(res_evaluations_list(f->store, s.revision, &filter, &list, &n, &err),
                         SWP_CONFIG);
        assert_non_null(strstr(err.text, "1 to 6"));
    }
}

static void test_unfinished_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    OK(study_plan(f->store, &s, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 2, &err));
    const size_t epochs[] = {2};
    const res_evaluation_filter filters[] = {{0}, {NULL, 0, epochs, 1}};
    for (size_t k = 0; k < 2; k++) {
        res_evaluation *list;
        size_t n;
        OK(res_evaluations_list(f->store, s.revision, &filters[k], &list, &n, &err));
        assert_int_equal(n, k == 0 ? 16 : 8);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(list[i].done, i < 2);
        res_evaluations_free(list, n);
    }
}

static void test_pairs(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    OK(study_plan(f->store, &s, &err));
    res_pair *list;
    size_t n;
    OK(res_settings_list(f->store, s.revision, &list, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(list[0].key, "train.epochs");
    assert_string_equal(list[0].value, "6");
    assert_string_equal(list[2].key, "train.learning_rate");
    res_pairs_free(list, n);
    OK(res_environment_list(f->store, s.revision, &list, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(list[1].value, "cpu");
    res_pairs_free(list, n);
    OK(res_trial_settings_list(f->store, s.trials[3].id, &list, &n, &err));
    assert_int_equal(n, 4);
    assert_string_equal(list[3].key, "train.seed");
    assert_string_equal(list[3].value, "2");
    res_pairs_free(list, n);
    OK(res_trial_settings_list(f->store, 99, &list, &n, &err));
    assert_int_equal(n, 0);
    res_pairs_free(list, n);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_find_experiment),
        WITH_STORE(test_revisions_are_named),
        WITH_STORE(test_trials),
        WITH_STORE(test_one_trial_has_no_label),
        cmocka_unit_test(test_selected_epoch),
        WITH_STORE(test_errors_come_back_to_the_bit),
        WITH_STORE(test_planned_evaluations),
        WITH_STORE(test_unplanned_evaluations),
        WITH_STORE(test_repeated_filters_count_once),
        WITH_STORE(test_epochs_beyond_the_record),
        WITH_STORE(test_unfinished_evaluations),
        WITH_STORE(test_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
