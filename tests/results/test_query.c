/* The query layer: experiments, studies with their parameters and metrics, evaluations, selections.
 */
#include "results/query/metric.h"
#include "results/query/select.h"
#include "results/query/study.h"

#include <math.h>

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
    OK(res_trial_set_state(f->store, b.revision, b.trials[3].id, RES_FAILED, "non-finite loss",
                           &err));
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

/* The study, which must be there. */
static res_study load(fixture *f, const char *name)
{
    res_study out;
    swp_err err;
    OK(res_study_load(f->store, name, &out, &err));
    return out;
}

static void test_trials(void **state)
{
    fixture *f = *state;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    assert_int_equal(read.n_trials, 4);
    assert_string_equal(read.trials[0].label, "embedding_dim=2 seed=1");
    assert_string_equal(read.trials[3].label, "embedding_dim=4 seed=2");
    for (size_t i = 0; i < read.n_trials; i++) {
        const res_trial *t = &read.trials[i];
        assert_int_equal(t->number, i + 1);
        assert_int_equal(res_study_trial(&read, i + 1), i);
        assert_int_equal(t->state, RES_DONE);
        assert_int_equal(t->n_steps, 6);
        assert_null(t->reason);
        size_t best = 1;
        for (size_t e = 1; e <= 6; e++) {
            assert_true(res_series(t, RES_STEP_TRAIN_LOSS)[e - 1] == study_train_loss(i, e));
            assert_true(res_series(t, RES_STEP_VAL_LOSS)[e - 1] == study_val_loss(i, e));
            assert_true(t->train_s[e - 1] == 0.25 && t->eval_s[e - 1] == 0.125);
            if (study_val_loss(i, e) < study_val_loss(i, best))
                best = e;
            assert_int_equal(t->best_steps[e - 1], best);
            float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
            study_errors(i, e, val, test, anomaly);
            const res_errors errors = {val,          test,         anomaly, STUDY_ERRORS,
                                       STUDY_ERRORS, STUDY_ERRORS, NULL,    0};
            double auroc, auprc;
            OK(res_auroc(&errors, &auroc, NULL));
            OK(res_auprc(&errors, &auprc, NULL));
            assert_true(res_series(t, RES_STEP_AUROC)[e - 1] == auroc);
            assert_true(res_series(t, RES_STEP_AUPRC)[e - 1] == auprc);
        }
    }
    assert_true(res_study_trial(&read, 0) == SIZE_MAX);
    assert_true(res_study_trial(&read, 5) == SIZE_MAX);
    res_study_deinit(&read);
}

static void test_parameters(void **state)
{
    fixture *f = *state;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    assert_int_equal(read.n_axes, 2);
    const res_param *dim = &read.params[0], *seed = &read.params[1];
    assert_string_equal(dim->key, "model.embedding_dim");
    assert_string_equal(dim->name, "embedding_dim");
    assert_string_equal(seed->name, "seed");
    assert_true(dim->differs && !dim->is_seed && seed->differs && seed->is_seed);
    assert_int_equal(dim->n_values, 2);
    assert_true(dim->values[1].number == 4);
    assert_string_equal(res_study_value(&read, 0, 3)->text, "4");
    assert_string_equal(res_study_value(&read, 1, 2)->label, "1");
    assert_int_equal(res_study_param(&read, "Embedding_Dim"), 0);
    assert_int_equal(res_study_param(&read, "train.seed"), 1);
    assert_true(res_study_param(&read, "nothing") == SIZE_MAX);
    size_t rate = res_study_param(&read, "learning_rate");
    assert_true(rate >= read.n_axes && rate < read.n_params);
    assert_false(read.params[rate].differs);

    res_groups groups;
    const size_t by_dim[] = {0}, by_seed_and_dim[] = {1, 0};
    OK(res_groups_make(&read, by_dim, 1, &groups, NULL));
    assert_int_equal(groups.n, 2);
    assert_int_equal(groups.of[1], 0);
    assert_int_equal(groups.of[2], 1);
    assert_int_equal(groups.first[1], 2);
    assert_int_equal(groups.size[1], 2);
    res_groups_deinit(&groups);
    OK(res_groups_make(&read, by_seed_and_dim, 2, &groups, NULL));
    assert_int_equal(groups.n, 4);
    assert_int_equal(groups.of[1], 2); /* seed 2 comes after both dimensions of seed 1 */
    res_groups_deinit(&groups);
    OK(res_groups_make(&read, NULL, 0, &groups, NULL));
    assert_int_equal(groups.n, 1);
    res_groups_deinit(&groups);
    res_study_deinit(&read);
}

static void test_one_trial_has_no_label(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    s.n_dims = s.n_seeds = 1;
    OK(study_plan(f->store, &s, &err));
    res_study read = load(f, "s");
    assert_int_equal(read.n_trials, 1);
    assert_string_equal(read.trials[0].label, "");
    assert_int_equal(read.trials[0].state, RES_WAITING);
    assert_int_equal(read.n_axes, 2); /* columns, although all trials have the same value */
    res_study_deinit(&read);
}

static void test_metrics(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    assert_int_equal(res_metric_count(&read), RES_METRICS);
    size_t metric;
    OK(res_metric_find(&read, "mcc", &metric, &err));
    assert_int_equal(metric, RES_MCC);
    OK(res_metric_find(&read, "Normal Recall", &metric, &err));
    assert_int_equal(metric, RES_NORMAL_RECALL);
    assert_int_equal(res_metric_find(&read, "aurok", &metric, &err), SWP_USAGE);
    assert_non_null(strstr(err.hint, "auroc"));
    const res_evaluation nothing = {.epochs = 6};
    assert_true(isnan(res_metric_of(&read, &nothing, RES_VAL_LOSS)));
    assert_string_equal(res_chosen_on(&read, (res_threshold){RES_THRESHOLD_PERCENTILE, 95}), "val");
    assert_string_equal(res_chosen_on(&read, (res_threshold){RES_THRESHOLD_YOUDEN, 0}), "test");
    res_study_deinit(&read);
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
    assert_int_equal(res_errors_load(f->store, s.trials[2].id, 7, &got, &block, &err), SWP_DB);
    assert_null(block);
}

/* An evaluation must agree with the made-up numbers. */
static void check_evaluation(const res_study *read, const res_evaluation *e)
{
    size_t salt = e->trial, selected = 1;
    for (size_t k = 2; k <= e->epochs; k++)
        if (study_val_loss(salt, k) < study_val_loss(salt, selected))
            selected = k;
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study_errors(salt, selected, val, test, anomaly);
    const res_errors errors = {val,          test,         anomaly, STUDY_ERRORS,
                               STUDY_ERRORS, STUDY_ERRORS, NULL,    0};
    double value;
    OK(res_threshold_resolve(e->threshold, &errors, &value, NULL));
    const res_counts want = res_count(&errors, value), got = res_evaluation_counts(e);
    assert_int_equal(e->selected_epoch, selected);
    assert_true(e->threshold_value == value);
    assert_true(res_metric_of(read, e, RES_TRAIN_LOSS) == study_train_loss(salt, selected));
    assert_true(res_metric_of(read, e, RES_VAL_LOSS) == study_val_loss(salt, selected));
    assert_true(res_metric_of(read, e, RES_TRAIN_S) == 0.25 * (double)e->epochs);
    assert_memory_equal(&got, &want, sizeof want);
}

static void test_planned_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    res_evaluation *list;
    size_t n;
    const res_evaluation_filter planned = {0};
    OK(res_evaluations_list(f->store, &read, &planned, &list, &n, &err));
    assert_int_equal(n, 16);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].number, i + 1);
        assert_int_equal(list[i].trial, i / 4);
        check_evaluation(&read, &list[i]);
    }
    swp_free(list);
    res_study_deinit(&read);
}

static void test_scores(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    res_score *list;
    size_t n;
    OK(res_scores_list(f->store, &read, 1, NULL, &list, &n, &err));
    assert_int_equal(n, 6 * 2);
    for (size_t i = 0; i < n; i++) {
        float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
        study_errors(1, i / 2 + 1, val, test, anomaly);
        const res_errors errors = {val,          test,         anomaly, STUDY_ERRORS,
                                   STUDY_ERRORS, STUDY_ERRORS, NULL,    0};
        double value;
        OK(res_threshold_resolve(list[i].threshold, &errors, &value, NULL));
        const res_counts want = res_count(&errors, value);
        assert_int_equal(list[i].step, i / 2 + 1);
        assert_true(list[i].threshold_value == value);
        assert_int_equal(list[i].normal_correct, want.normal_correct);
        assert_int_equal(list[i].anomaly_correct, want.anomaly_correct);
    }
    swp_free(list);
    static const res_threshold p90 = {RES_THRESHOLD_PERCENTILE, 90}, unknown = {0, 7};
    OK(res_scores_list(f->store, &read, 1, &p90, &list, &n, &err));
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(list[i].threshold.kind, RES_THRESHOLD_PERCENTILE);
    swp_free(list);
    OK(res_scores_list(f->store, &read, 1, &unknown, &list, &n, &err));
    assert_int_equal(n, 0);
    swp_free(list);
    res_study_deinit(&read);
}

static void test_unplanned_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    const res_threshold thresholds[] = {
        {RES_THRESHOLD_VALUE, 17.5}, {RES_THRESHOLD_VALUE, 20}, {RES_THRESHOLD_YOUDEN, 0}};
    const size_t epochs[] = {1, 6, 4};
    res_evaluation_filter filter = {thresholds, 3, epochs, 3};
    res_evaluation *list;
    size_t n;
    OK(res_evaluations_list(f->store, &read, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 3 * 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].trial, i / 9);
        assert_int_equal(list[i].epochs, epochs[i / 3 % 3]);
        check_evaluation(&read, &list[i]);
        bool was_planned = list[i].epochs == 6 && i % 3 == 1;
        assert_int_equal(list[i].number, was_planned ? i / 9 * 4 + 3 : 0);
    }
    swp_free(list);

    filter.n_epochs = 0; /* the planned epochs with other thresholds */
    OK(res_evaluations_list(f->store, &read, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 2 * 3);
    for (size_t i = 0; i < n; i++)
        check_evaluation(&read, &list[i]);
    swp_free(list);

    filter = (res_evaluation_filter){NULL, 0, epochs, 3}; /* the planned thresholds, other epochs */
    OK(res_evaluations_list(f->store, &read, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 3 * 2);
    for (size_t i = 0; i < n; i++)
        check_evaluation(&read, &list[i]);
    swp_free(list);
    res_study_deinit(&read);
}

/* Choose from the planned evaluations of the study "s". */
static swp_status choose(fixture *f, const char *const *clauses, size_t n_clauses, size_t *n,
                         swp_err *err)
{
    res_study read = load(f, "s");
    res_evaluation *list;
    const res_evaluation_filter planned = {0};
    OK(res_evaluations_list(f->store, &read, &planned, &list, n, err));
    swp_status status = res_select(&read, clauses, n_clauses, list, n, err);
    swp_free(list);
    res_study_deinit(&read);
    return status;
}

static void test_selections(void **state)
{
    fixture *f = *state;
    swp_err err;
    size_t n;
    study s = make_study("s");
    study_run(f->store, &s);
    static const char *const one[] = {"embedding_dim=4", "epochs=6"};
    OK(choose(f, one, 2, &n, &err));
    assert_int_equal(n, 4);
    static const char *const either[] = {"train.seed=1", "seed=2.0", "threshold=p90"};
    OK(choose(f, either, 3, &n, &err));
    assert_int_equal(n, 8);
    static const char *const typo[] = {"embeding_dim=4"};
    assert_int_equal(choose(f, typo, 1, &n, &err), SWP_USAGE);
    assert_non_null(strstr(err.hint, "embedding_dim"));
    static const char *const none[] = {"embedding_dim=3"};
    assert_int_equal(choose(f, none, 1, &n, &err), SWP_CONFIG);
    assert_string_equal(err.hint, "model.embedding_dim is 2, 4");
    static const char *const no_epochs[] = {"epochs=3"};
    assert_int_equal(choose(f, no_epochs, 1, &n, &err), SWP_CONFIG);
    assert_string_equal(err.hint, "train.epochs is 2, 6");
    static const char *const no_value[] = {"epochs"};
    assert_int_equal(choose(f, no_value, 1, &n, &err), SWP_USAGE);
    static const char *const no_threshold[] = {"threshold=high"};
    assert_int_equal(choose(f, no_threshold, 1, &n, &err), SWP_USAGE);
}

static void test_repeated_filters_count_once(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    static const res_threshold thresholds[] = {
        {RES_THRESHOLD_VALUE, 30}, {RES_THRESHOLD_PERCENTILE, 30}, {RES_THRESHOLD_VALUE, 30}};
    static const size_t epochs[] = {5, 6, 5};
    const res_evaluation_filter filter = {thresholds, 3, epochs, 3};
    res_evaluation *list;
    size_t n;
    OK(res_evaluations_list(f->store, &read, &filter, &list, &n, &err));
    assert_int_equal(n, 4 * 2 * 2);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(list[i].epochs, i / 2 % 2 == 0 ? 5 : 6);
        assert_int_equal(list[i].threshold.kind,
                         i % 2 == 0 ? RES_THRESHOLD_VALUE : RES_THRESHOLD_PERCENTILE);
    }
    swp_free(list);
    res_study_deinit(&read);
}

static void test_epochs_beyond_the_record(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    study_run(f->store, &s);
    res_study read = load(f, "s");
    res_evaluation *list;
    size_t n;
    static const size_t wrong[] = {0, 7};
    for (size_t i = 0; i < 2; i++) {
        const res_evaluation_filter filter = {NULL, 0, &wrong[i], 1};
        assert_int_equal(res_evaluations_list(f->store, &read, &filter, &list, &n, &err),
                         SWP_CONFIG);
        assert_non_null(strstr(err.text, "1 to 6"));
    }
    res_study_deinit(&read);
}

static void test_unfinished_evaluations(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = make_study("s");
    OK(study_plan(f->store, &s, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 2, &err));
    res_study read = load(f, "s");
    const size_t epochs[] = {2};
    const res_evaluation_filter filters[] = {{0}, {NULL, 0, epochs, 1}};
    for (size_t k = 0; k < 2; k++) {
        res_evaluation *list;
        size_t n;
        OK(res_evaluations_list(f->store, &read, &filters[k], &list, &n, &err));
        assert_int_equal(n, k == 0 ? 16 : 8);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(list[i].selected_epoch > 0, i < 2);
        swp_free(list);
    }
    res_study_deinit(&read);
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
    OK(res_trial_params_list(f->store, s.trials[3].id, &list, &n, &err));
    assert_int_equal(n, 4);
    assert_string_equal(list[3].key, "train.seed");
    assert_string_equal(list[3].value, "2");
    res_pairs_free(list, n);
    OK(res_trial_params_list(f->store, 99, &list, &n, &err));
    assert_int_equal(n, 0);
    res_pairs_free(list, n);
}

static void test_default_threshold(void **state)
{
    (void)state;
    static const struct {
        const char *planned[5], *chosen;
    } cases[] = {{{"45"}, "45"},
                 {{"45", "45"}, "45"},
                 {{"best_f1"}, "best_f1"},
                 {{"p90", "p95", "p99"}, "p95"},
                 {{"45", "p99", "p50", "p99"}, "p99"},
                 {{"20", "25", "youden"}, "p95"},
                 {{NULL}, "p95"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        res_threshold planned[5];
        char text[RES_THRESHOLD_TEXT_SIZE];
        size_t n = 0;
        for (; cases[i].planned[n]; n++)
            OK(res_threshold_parse(cases[i].planned[n], &planned[n], NULL));
        assert_string_equal(res_threshold_format(res_threshold_default(planned, n), text),
                            cases[i].chosen);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_find_experiment),
        WITH_STORE(test_revisions_are_named),
        WITH_STORE(test_trials),
        WITH_STORE(test_parameters),
        WITH_STORE(test_metrics),
        WITH_STORE(test_scores),
        WITH_STORE(test_selections),
        WITH_STORE(test_one_trial_has_no_label),
        WITH_STORE(test_errors_come_back_to_the_bit),
        WITH_STORE(test_planned_evaluations),
        WITH_STORE(test_unplanned_evaluations),
        WITH_STORE(test_repeated_filters_count_once),
        WITH_STORE(test_epochs_beyond_the_record),
        WITH_STORE(test_unfinished_evaluations),
        WITH_STORE(test_pairs),
        cmocka_unit_test(test_default_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
