/* The store: what a run records, what it finds again, and what never changes. */
#include "results/store/store.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/base/mem.h"
#include "results/query/study.h"
#include "results/store/sql.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

static void test_run_and_run_again(void **state)
{
    fixture *f = *state;
    study s = study_small();
    study_run(f->store, &s);
    assert_true(s.is_new);
    assert_int_equal(s.n_done, 0);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 36);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM all_evaluations "
                                        "WHERE normal_correct IS NOT NULL"),
                     12);

    int64_t revision = s.revision;
    fixture_reopen(f, RES_WRITE);
    swp_err err;
    OK(study_plan(f->store, &s, &err));
    assert_false(s.is_new);
    assert_int_equal(s.revision, revision);
    assert_int_equal(s.n_done, 12);
    for (size_t t = 0; t < s.n_trials; t++) {
        assert_int_equal(s.trials[t].state, RES_DONE);
        assert_int_equal(s.trials[t].steps_done, 6);
    }
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation"), 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM run"), 2);
}

/* An evaluation reads its trial as soon as it has the steps. */
static void test_evaluations_finish_with_their_epoch(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    const char *done = "SELECT count(*) FROM v_evaluations WHERE selected_epoch > 0";
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    assert_int_equal(query_int(f->path, done), 0);
    OK(study_record(f->store, s.trials[0].id, 0, 2, &err));
    assert_int_equal(query_int(f->path, done), 3);
    for (size_t e = 3; e <= 6; e++)
        OK(study_record(f->store, s.trials[0].id, 0, e, &err));
    assert_int_equal(query_int(f->path, done), 6);
    /* Validation loss is smallest at epoch 3: epoch 2 is the best of the first 2, epoch 3 of the
     * first 6. */
    assert_int_equal(query_int(f->path, "SELECT sum(selected_epoch = CASE epochs WHEN 2 THEN 2 "
                                        "ELSE 3 END) FROM v_evaluations WHERE trial = 1"),
                     6);
    assert_int_equal(query_int(f->path,
                               "SELECT count(*) FROM v_evaluations WHERE selected_epoch IS "
                               "NULL AND train_loss IS NULL AND normal_total IS NULL"),
                     6);
}

/* The best step up to each step is the first with the smallest validation loss. */
static void test_best_steps(void **state)
{
    fixture *f = *state;
    swp_err err;
    static const double losses[] = {5, 4, 4, 6, 3, 3, 2.5, 9};
    static const int64_t best[] = {1, 2, 2, 2, 5, 5, 7, 7};
    float errors[STUDY_ERRORS] = {0};
    const res_errors held_out = {errors,       errors,       errors, STUDY_ERRORS,
                                 STUDY_ERRORS, STUDY_ERRORS, NULL,   0};
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        const res_named_value values[] = {{"train_loss", 1}, {"val_loss", losses[i]}};
        res_step step = {.step = i + 1, .values = values, .n_values = 2};
        assert_int_equal(res_step_record(f->store, s.trials[0].id, &step, &err), SWP_CONFIG);
        step.errors = &held_out;
        OK(res_step_record(f->store, s.trials[0].id, &step, &err));
        assert_int_equal(query_int(f->path, "SELECT best_step FROM step ORDER BY step DESC"),
                         best[i]);
    }
    OK(study_plan(f->store, &s, &err));
    assert_true(s.trials[0].best_val_loss == 2.5);
}

/* Every step is scored at every planned threshold, and its areas are values. */
static void test_scores_of_every_step(void **state)
{
    fixture *f = *state;
    study s = study_small();
    study_run(f->store, &s);
    for (size_t t = 0; t < s.n_trials; t++)
        for (size_t epoch = 1; epoch <= 6; epoch++) {
            float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
            study_errors(t, epoch, val, test, anomaly);
            const res_errors errors = {val,          test,         anomaly, STUDY_ERRORS,
                                       STUDY_ERRORS, STUDY_ERRORS, NULL,    0};
            char sql[256];
            for (size_t h = 0; h < s.n_thresholds; h++) {
                res_threshold threshold;
                double value;
                OK(res_threshold_parse(s.thresholds[h], &threshold, NULL));
                OK(res_threshold_resolve(threshold, &errors, &value, NULL));
                const res_counts counts = res_count(&errors, value);
                snprintf(sql, sizeof sql,
                         "SELECT count(*) FROM score WHERE trial_id = %lld AND step = %zu AND "
                         "threshold = %s%s%s AND threshold_value = %.17g AND normal_correct = %zu "
                         "AND anomaly_correct = %zu",
                         (long long)s.trials[t].id, epoch, h > 0 ? "'" : "", s.thresholds[h],
                         h > 0 ? "'" : "", value, counts.normal_correct, counts.anomaly_correct);
                assert_int_equal(query_int(f->path, sql), 1);
            }
            double roc, precision_recall;
            OK(res_auroc(&errors, &roc, NULL));
            OK(res_auprc(&errors, &precision_recall, NULL));
            snprintf(sql, sizeof sql,
                     "SELECT count(*) FROM all_values WHERE trial_id = %lld AND step = %zu AND "
                     "((name = 'auroc' AND value = %.17g) OR (name = 'auprc' AND value = %.17g))",
                     (long long)s.trials[t].id, epoch, roc, precision_recall);
            assert_int_equal(query_int(f->path, sql), 2);
        }
}

/* A threshold that another revision plans is filled in from the errors, and recorded from then on.
 */
static void test_thresholds_planned_later(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small(), more = study_small();
    study_run(f->store, &s);
    more.thresholds[3] = "youden";
    more.thresholds[4] = "12.5";
    more.n_thresholds = 5;
    more.epochs[1] = 7;
    OK(study_plan(f->store, &more, &err));
    assert_true(more.is_new);
    assert_int_equal(more.n_done, 10); /* those at 2 epochs */
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 2 * 6 * 5);
    study_run(f->store, &more);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 2 * 7 * 5);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM v_scores"), 2 * 7 * 5);
    /* The first revision shows its own thresholds and its own epochs. */
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM v_scores"), 2 * 6 * 3);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"small.scores\""), 2 * 6 * 3);
}

static void test_state_is_that_of_the_last_epoch(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    void *blob;
    size_t n;
    OK(res_state_load(f->store, s.trials[0].id, &blob, &n, &err));
    assert_null(blob);
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 2, &err));
    fixture_reopen(f, RES_WRITE);
    OK(res_state_load(f->store, s.trials[0].id, &blob, &n, &err));
    assert_int_equal(n, 7);
    assert_memory_equal(blob, "state 2", 7);
    swp_free(blob);
    /* Training on from another state would give other bits. */
    assert_int_equal(run_sql(f->path, "UPDATE state SET step = 1"), SQLITE_OK);
    OK(res_state_load(f->store, s.trials[0].id, &blob, &n, &err));
    assert_null(blob);
}

static void test_more_epochs_continue(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    study_run(f->store, &s);
    int64_t first = s.trials[0].id;

    study more = study_small();
    more.epochs[1] = 8;
    OK(study_plan(f->store, &more, &err));
    assert_true(more.is_new);
    assert_int_not_equal(more.revision, s.revision);
    assert_int_equal(more.trials[0].id, first);
    assert_int_equal(more.trials[0].steps_done, 6);
    assert_int_equal(more.trials[0].state, RES_WAITING);
    assert_int_equal(more.n_done, 6); /* those at 2 epochs */
    OK(study_record(f->store, first, 0, 7, &err));
    OK(study_record(f->store, first, 0, 8, &err));

    /* The old settings again: an older revision becomes the latest. */
    OK(study_plan(f->store, &s, &err));
    assert_false(s.is_new);
    assert_int_equal(query_int(f->path, "SELECT revision FROM v_latest"), 1);
    assert_int_equal(query_int(f->path, "SELECT max(epoch) FROM v_epochs"), 6);
    OK(study_plan(f->store, &more, &err));
    assert_int_equal(query_int(f->path, "SELECT revision FROM v_latest"), 2);
    assert_int_equal(query_int(f->path, "SELECT max(epoch) FROM v_epochs"), 8);
}

static void test_fresh_uses_nothing_again(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    study_run(f->store, &s);
    study fresh = study_small();
    fresh.fresh = true;
    OK(study_plan(f->store, &fresh, &err));
    assert_true(fresh.is_new);
    assert_int_equal(fresh.n_done, 0);
    assert_int_equal(fresh.trials[0].steps_done, 0);
    assert_int_not_equal(fresh.trials[0].id, s.trials[0].id);

    /* Without fresh the same settings now mean the new generation. */
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.revision, fresh.revision);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision"), 2);
}

/* A trial that is not the first of small_study. */
static const res_trial_spec other_data = {.key = "other data", .data = 1, .budget = 6};

static void test_changed_data_is_not_mixed(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    study_run(f->store, &s);
    res_trial_status found;
    assert_int_equal(res_trial_ensure(f->store, s.revision, 1, &other_data, &found, &err),
                     SWP_CONFIG);
    assert_non_null(strstr(err.hint, "--fresh"));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM trial"), 2);
}

static void fail_trial(fixture *f, const study *s, size_t trial)
{
    OK(res_trial_set_state(f->store, s->revision, s->trials[trial].id, RES_FAILED,
                           "worker died: signal 9", NULL));
}

static void test_failure_and_retry(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    fail_trial(f, &s, 0);
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].state, RES_FAILED);
    assert_int_equal(s.trials[0].steps_done, 1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"small.trials\" WHERE trial = 1 AND "
                                        "state = 'failed' AND failure = 'worker died: signal 9'"),
                     1);
    OK(res_trial_set_state(f->store, s.revision, s.trials[0].id, RES_WAITING, NULL, &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].state, RES_WAITING);
    assert_int_equal(res_trial_set_state(f->store, s.revision, 99, RES_FAILED, "none", &err),
                     SWP_INTERNAL);
}

/* A failure holds wherever the trial is not done, also in revisions that come later; so does a
 * retry. */
static void test_failures_are_of_the_trial(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small(), less = study_small(), more = study_small();
    less.epochs[1] = 3;
    less.epochs[0] = 1;
    more.epochs[1] = 8;
    OK(study_plan(f->store, &s, &err));
    for (size_t e = 1; e <= 4; e++)
        OK(study_record(f->store, s.trials[0].id, 0, e, &err));
    OK(study_plan(f->store, &less, &err));
    assert_int_equal(less.trials[0].state, RES_DONE);
    fail_trial(f, &s, 0);
    OK(study_plan(f->store, &less, &err));
    assert_int_equal(less.trials[0].state, RES_DONE);
    OK(study_plan(f->store, &more, &err));
    assert_int_equal(more.trials[0].state, RES_FAILED);
    assert_int_equal(more.trials[1].state, RES_WAITING);
    OK(res_trial_set_state(f->store, more.revision, more.trials[0].id, RES_WAITING, NULL, &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].state, RES_WAITING);
    /* Failed again, and then done in the revision whose budget it reaches. */
    fail_trial(f, &s, 0);
    OK(study_record(f->store, s.trials[0].id, 0, 5, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 6, &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].state, RES_DONE);
    OK(study_plan(f->store, &more, &err));
    assert_int_equal(more.trials[0].state, RES_FAILED);
}

/* Trials that a killed run left running wait again. */
static void test_running_and_stopped(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    OK(res_trial_set_state(f->store, s.revision, s.trials[0].id, RES_RUNNING, NULL, &err));
    OK(res_trial_set_state(f->store, s.revision, s.trials[1].id, RES_STOPPED, "median", &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM v_trials WHERE state = 'running' "
                                        "AND trial = 1 AND failure IS NULL"),
                     1);
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].state, RES_WAITING);
    assert_int_equal(s.trials[1].state, RES_STOPPED);
}

/* A name that differs only in case would share its views with another. */
static void test_names_differ_in_more_than_case(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small(), other = study_small();
    OK(study_plan(f->store, &s, &err));
    other.name = "Small";
    assert_int_equal(study_plan(f->store, &other, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "\"small\""));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM experiment"), 1);
}

static void test_metrics_keep_their_direction(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    const res_metric_spec accuracy = {"acc", true}, turned = {"val_loss", true};
    OK(res_metrics_ensure(f->store, s.revision, &accuracy, 1, &err));
    OK(res_metrics_ensure(f->store, s.revision, &accuracy, 1, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM metric"), 5);
    assert_int_equal(res_metrics_ensure(f->store, s.revision, &turned, 1, &err), SWP_CONFIG);
    const res_named_value values[] = {{"val_loss", 1}, {"acc", 0.5}, {"no such", 1}};
    res_step step = {.step = 1, .values = values, .n_values = 3};
    assert_int_equal(res_step_record(f->store, s.trials[0].id, &step, &err), SWP_INTERNAL);
    float errors[STUDY_ERRORS] = {0};
    const res_errors held_out = {errors,       errors,       errors, STUDY_ERRORS,
                                 STUDY_ERRORS, STUDY_ERRORS, NULL,   0};
    step.n_values = 2;
    step.errors = &held_out;
    OK(res_step_record(f->store, s.trials[0].id, &step, &err));
    assert_int_equal(query_int(f->path, "SELECT acc = 0.5 FROM \"small.trials\""), 1);
    assert_int_equal(query_int(f->path, "SELECT acc = 0.5 FROM \"small.epochs\""), 1);
}

static void test_non_finite_is_refused(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    float good[1] = {1}, bad[1] = {NAN};
    const res_errors errors = {good, good, bad, 1, 1, 1, NULL, 0};
    const res_named_value nan[] = {{"val_loss", (double)NAN}},
                          infinite[] = {{"val_loss", (double)INFINITY}}, one[] = {{"val_loss", 1}};
    const res_step steps[] = {{.step = 1, .values = nan, .n_values = 1},
                              {.step = 1, .values = infinite, .n_values = 1},
                              {.step = 1, .values = one, .n_values = 1, .errors = &errors}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(res_step_record(f->store, s.trials[0].id, &steps[i], &err), SWP_NUMERIC);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 0);
}

static void test_epochs_come_in_order(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    int64_t id = s.trials[0].id;
    assert_int_equal(study_record(f->store, id, 0, 2, &err), SWP_INTERNAL);
    OK(study_record(f->store, id, 0, 1, &err));
    assert_int_equal(study_record(f->store, id, 0, 1, &err), SWP_BUSY);
    assert_non_null(strstr(err.hint, "another"));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 1);
}

static void test_finished_rows_are_immutable(void **state)
{
    fixture *f = *state;
    study s = study_small();
    study_run(f->store, &s);
    static const char *const changes[] = {"UPDATE step SET best_step = 1",
                                          "UPDATE value SET value = 0",
                                          "UPDATE score SET normal_correct = 0",
                                          "UPDATE error_blob SET errors = x''",
                                          "UPDATE evaluation SET epochs = 1",
                                          "UPDATE trial SET key = 'other'",
                                          "UPDATE trial SET weights = 1",
                                          "UPDATE held_out SET rows = x'', classes = x''",
                                          "UPDATE sample SET series = x''",
                                          "UPDATE weights SET safetensors = x''",
                                          "UPDATE reconstruction SET step = 1",
                                          "DELETE FROM step",
                                          "DELETE FROM value",
                                          "DELETE FROM score",
                                          "DELETE FROM error_blob",
                                          "DELETE FROM evaluation"};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_int_equal(run_sql(f->path, changes[i]), SQLITE_CONSTRAINT);
}

static void test_planning_is_one_transaction(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(res_store_begin(f->store, &err));
    OK(study_plan(f->store, &s, &err));
    /* A verb that fails in a transaction undoes only itself. */
    assert_int_equal(res_trial_set_state(f->store, s.revision, 99, RES_FAILED, "none", &err),
                     SWP_INTERNAL);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation"), 0);
    res_store_rollback(f->store);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM experiment"), 0);

    OK(res_store_begin(f->store, &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(res_trial_set_state(f->store, s.revision, 99, RES_FAILED, "none", &err),
                     SWP_INTERNAL);
    /* This one fails after it has added a trial. */
    res_trial_status found;
    assert_int_equal(res_trial_ensure(f->store, s.revision, 1, &other_data, &found, &err),
                     SWP_CONFIG);
    OK(res_store_commit(f->store, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation"), 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM trial"), 2);
}

static void test_events(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    const res_event_spec event = {.kind = "interrupted", .text = "by the user"};
    OK(res_event_add(f->store, s.revision, &event, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM event WHERE kind = 'interrupted' "
                                        "AND at LIKE '20__-__-__T__:__:__Z'"),
                     1);
    assert_int_equal(res_event_add(f->store, 99, &event, &err), SWP_DB);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_run_and_run_again),
        WITH_STORE(test_evaluations_finish_with_their_epoch),
        WITH_STORE(test_best_steps),
        WITH_STORE(test_scores_of_every_step),
        WITH_STORE(test_thresholds_planned_later),
        WITH_STORE(test_state_is_that_of_the_last_epoch),
        WITH_STORE(test_more_epochs_continue),
        WITH_STORE(test_fresh_uses_nothing_again),
        WITH_STORE(test_changed_data_is_not_mixed),
        WITH_STORE(test_failure_and_retry),
        WITH_STORE(test_failures_are_of_the_trial),
        WITH_STORE(test_running_and_stopped),
        WITH_STORE(test_names_differ_in_more_than_case),
        WITH_STORE(test_metrics_keep_their_direction),
        WITH_STORE(test_non_finite_is_refused),
        WITH_STORE(test_epochs_come_in_order),
        WITH_STORE(test_finished_rows_are_immutable),
        WITH_STORE(test_planning_is_one_transaction),
        WITH_STORE(test_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
