/* Migration of stores of versions 1 and 2: every row is kept, damage stops the migration. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "results/query/study.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* Replace the fixture's store by one that an older sweep wrote, unopened. */
static void make_older(fixture *f, int version)
{
    char *text = NULL, name[128], stamp[160];
    size_t size = 0;
    snprintf(name, sizeof name, TEST_SOURCE_DIR "/tests/results/version_%d.sql", version);
    FILE *from = fopen(name, "r");
    assert_non_null(from);
    assert_true(getdelim(&text, &size, '\0', from) > 0);
    fclose(from);
    res_store_close(f->store);
    f->store = NULL;
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(run_sql(f->path, text), 0);
    snprintf(stamp, sizeof stamp,
             "PRAGMA application_id = 1398228304; PRAGMA user_version = %d; "
             "PRAGMA journal_mode = WAL",
             version);
    assert_int_equal(run_sql(f->path, stamp), 0);
    free(text);
}

/* Compares every row of the old store with its new form: the first query reads the old store, the
 * second the new one. */
static const struct {
    const char *what, *older, *newer;
} kept_rows[] = {
    {"trials", "SELECT id, experiment_id, generation, key, data_set_id FROM old.training",
     "SELECT id, experiment_id, generation, key, data_set_id FROM main.trial"},
    {"parameters", "SELECT training_id, position, key, value FROM old.training_setting",
     "SELECT trial_id, position, key, value FROM main.trial_param"},
    {"links", "SELECT revision_id, number, training_id, max_epochs FROM old.revision_training",
     "SELECT revision_id, number, trial_id, budget FROM main.revision_trial"},
    {"steps", "SELECT training_id, epoch, train_s, eval_s, recorded FROM old.epoch",
     "SELECT trial_id, step, train_s, eval_s, recorded FROM main.step"},
    {"losses", "SELECT training_id, epoch, train_loss, val_loss FROM old.epoch",
     "SELECT a.trial_id, a.step, a.value, b.value FROM main.all_values AS a JOIN main.all_values "
     "AS b "
     "USING (trial_id, step) WHERE a.name = 'train_loss' AND b.name = 'val_loss'"},
    {"selected epochs",
     "SELECT number, revision_id, selected_epoch FROM old.trial JOIN old.trial_result "
     "ON trial_id = id",
     "SELECT number, revision_id, selected_epoch FROM main.all_evaluations "
     "WHERE selected_epoch > 0"},
    {"planned evaluations",
     "SELECT revision_id, number, training_id, epochs, threshold FROM old.trial",
     "SELECT revision_id, number, trial_id, epochs, threshold FROM main.evaluation"},
    {"results",
     "SELECT revision_id, number, normal_correct, normal_total, anomaly_correct, anomaly_total "
     "FROM old.trial JOIN old.trial_result ON trial_id = id",
     "SELECT revision_id, number, normal_correct, normal_total, anomaly_correct, anomaly_total "
     "FROM main.all_evaluations WHERE normal_correct IS NOT NULL"},
    {"threshold values",
     "SELECT revision_id, number, threshold_value FROM old.trial JOIN old.trial_result "
     "ON trial_id = id WHERE threshold NOT IN ('best_f1', 'youden')",
     "SELECT revision_id, number, threshold_value FROM main.all_evaluations WHERE "
     "threshold NOT IN ('best_f1', 'youden') AND threshold_value IS NOT NULL"},
    {"errors", "SELECT * FROM old.error_blob", "SELECT * FROM main.error_blob"},
    {"states", "SELECT * FROM old.state", "SELECT * FROM main.state"},
    {"events", "SELECT id, revision_id, at, kind, text FROM old.event",
     "SELECT id, revision_id, at, kind, text FROM main.event"},
    {"settings", "SELECT * FROM old.setting", "SELECT * FROM main.setting"},
    {"runs", "SELECT * FROM old.run", "SELECT * FROM main.run"},
    {"environments", "SELECT * FROM old.environment", "SELECT * FROM main.environment"},
    {"data sets", "SELECT * FROM old.data_set", "SELECT * FROM main.data_set"},
    {"classes", "SELECT * FROM old.class", "SELECT * FROM main.class"},
    /* from here on: version 2 only */
    {"spans", "SELECT training_id, epoch, worker, begun_s, ended_s FROM old.epoch",
     "SELECT trial_id, step, worker, begun_s, ended_s FROM main.step"},
    {"splits", "SELECT id, split_id FROM old.training", "SELECT id, split_id FROM main.trial"},
    {"models", "SELECT * FROM old.weights", "SELECT * FROM main.weights"},
    {"reconstructions", "SELECT * FROM old.reconstruction", "SELECT * FROM main.reconstruction"},
    {"held-out rows", "SELECT * FROM old.held_out", "SELECT * FROM main.held_out"},
    {"samples", "SELECT * FROM old.sample", "SELECT * FROM main.sample"},
    {"profiles", "SELECT * FROM old.class_profile", "SELECT * FROM main.class_profile"},
    {"subjects of events", "SELECT id, at_s, training_id, worker FROM old.event",
     "SELECT id, at_s, trial_id, worker FROM main.event"},
};
enum { KEPT_OF_VERSION_1 = 17, KEPT = sizeof kept_rows / sizeof kept_rows[0] };

static void check_rows(const char *path, const char *older, size_t i)
{
    char sql[2048];
    const char *a = kept_rows[i].older, *b = kept_rows[i].newer;
    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS old; CREATE TEMP TABLE t (a CHECK (a = 0)); "
             "INSERT INTO t SELECT count(*) FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM (%s)); "
             "INSERT INTO t SELECT count(*) FROM (SELECT * FROM (%s) EXCEPT SELECT * FROM (%s)); "
             "INSERT INTO t SELECT (SELECT count(*) FROM (%s)) - (SELECT count(*) FROM (%s))",
             older, a, b, b, a, a, b);
    if (run_sql(path, sql) != 0)
        fail_msg("%s differ", kept_rows[i].what);
}

static void test_every_row_is_kept(void **state)
{
    fixture *f = *state;
    swp_err err;
    for (int version = 1; version <= 2; version++) {
        char older[128], copy[512];
        make_older(f, version);
        snprintf(older, sizeof older, "%s/older.db", f->folder);
        snprintf(copy, sizeof copy, "VACUUM INTO '%s'", older);
        assert_int_equal(run_sql(f->path, copy), 0);

        assert_int_equal(res_store_open(f->path, RES_READ, &f->store, &err), SWP_DB);
        assert_int_equal(query_int(f->path, "PRAGMA user_version"), version);
        OK(res_store_open(f->path, RES_WRITE, &f->store, &err));
        fixture_reopen(f, RES_READ);
        assert_int_equal(query_int(f->path, "PRAGMA user_version"), 3);
        for (size_t i = 0; i < (version == 1 ? KEPT_OF_VERSION_1 : KEPT); i++)
            check_rows(f->path, older, i);
        unlink(older);
        assert_int_equal(query_int(f->path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
        assert_int_equal(query_int(f->path, "SELECT count(*) FROM pragma_integrity_check "
                                            "WHERE integrity_check = 'ok'"),
                         1);
        /* Nothing of the old tables is left, and the schema is that of a new store. */
        res_store *made;
        OK(res_store_open(older, RES_WRITE, &made, &err));
        res_store_close(made);
        snprintf(copy, sizeof copy,
                 "ATTACH '%s' AS made; CREATE TEMP TABLE t (a CHECK (a = 0)); INSERT INTO t "
                 "SELECT count(*) FROM (SELECT name, sql FROM main.sqlite_schema WHERE name NOT "
                 "LIKE '%%.%%' EXCEPT SELECT name, sql FROM made.sqlite_schema)",
                 older);
        assert_int_equal(run_sql(f->path, copy), 0);
        unlink(older);
    }
}

/* Scores, areas and the best step of every step follow from the errors and losses. */
static void test_what_is_derived(void **state)
{
    fixture *f = *state;
    swp_err err;
    make_older(f, 2);
    OK(res_store_open(f->path, RES_WRITE, &f->store, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 4 + 3 + 3 + 3 + 1);
    /* four thresholds, and one more of the first trial */
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 4 * 5 + 9 * 4 + 1 * 4);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step AS s WHERE best_step <> ("
                                        "SELECT step FROM all_values AS v WHERE v.trial_id = "
                                        "s.trial_id AND v.step <= s.step AND name = 'val_loss' "
                                        "ORDER BY value, step LIMIT 1)"),
                     0);
    for (int64_t trial = 1; trial <= 5; trial++) {
        res_errors errors;
        void *block;
        double roc, chosen;
        char sql[256];
        OK(res_errors_load(f->store, trial, 1, &errors, &block, &err));
        OK(res_auroc(&errors, &roc, &err));
        OK(res_threshold_resolve((res_threshold){RES_THRESHOLD_BEST_F1, 0}, &errors, &chosen,
                                 &err));
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM all_values JOIN score USING (trial_id, step) WHERE "
                 "trial_id = %lld AND step = 1 AND name = 'auroc' AND value = %.17g "
                 "AND threshold = 'best_f1' AND threshold_value = %.17g",
                 (long long)trial, roc, chosen);
        assert_int_equal(query_int(f->path, sql), 1);
        swp_free(block);
    }
    assert_int_equal(query_int(f->path, "SELECT sum(weights) FROM trial"), 5 * 91);
    /* States of trials in revisions: one failed where it is not done. */
    assert_int_equal(query_int(f->path, "SELECT group_concat(state) = 'done,done,done,done,done,"
                                        "failed,waiting,done' FROM (SELECT state FROM "
                                        "revision_trial ORDER BY revision_id, number)"),
                     1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision_trial WHERE reason = "
                                        "'worker died: signal 9'"),
                     1);
    /* Swept keys, one that [when] sets, and the dimension, which does not differ. */
    assert_int_equal(query_int(f->path, "SELECT group_concat(name || ' ' || scale || is_seed) = "
                                        "'learning_rate linear0,seed linear1,loss categorical0,"
                                        "embedding_dim linear0' FROM (SELECT * FROM axis "
                                        "WHERE revision_id = 1 ORDER BY position)"),
                     1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"old.evaluations\" WHERE loss = "
                                        "'mse' AND learning_rate = 0.01 AND seed = 2"),
                     8);
    /* A name that differs only in case is changed, so that view names do not clash. */
    assert_int_equal(query_int(f->path, "SELECT group_concat(name) = 'old,OLD~2' FROM "
                                        "(SELECT name FROM experiment ORDER BY id)"),
                     1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"OLD~2.trials\""), 1);
}

static void test_more_names_in_other_cases(void **state)
{
    fixture *f = *state;
    swp_err err;
    make_older(f, 2);
    assert_int_equal(run_sql(f->path, "INSERT INTO experiment (name) VALUES ('old~2'), ('oLD'), "
                                      "('Old')"),
                     0);
    OK(res_store_open(f->path, RES_WRITE, &f->store, &err));
    assert_int_equal(query_int(f->path, "SELECT group_concat(name) = 'old,OLD~3,old~2,oLD~4,Old~5' "
                                        "FROM (SELECT name FROM experiment ORDER BY id)"),
                     1);
}

/* A store that cannot be migrated stays as it was. */
static void test_damage_stops_the_migration(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *damage, *where;
    } cases[] = {
        {"DROP TRIGGER error_blob_is_final; UPDATE error_blob SET errors = x'0000c07f' WHERE "
         "training_id = 3 AND epoch = 2 AND subset = 'val'",
         "table error_blob, row 3/2/val, column errors"},
        {"DROP TRIGGER error_blob_stays; DELETE FROM error_blob WHERE training_id = 2 AND epoch = "
         "1",
         "table error_blob, row 2/1"},
        {"DROP TRIGGER trial_is_final; UPDATE trial SET threshold = 'p101' WHERE number = 1",
         "table evaluation"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        swp_err err;
        make_older(f, 2);
        assert_int_equal(run_sql(f->path, cases[i].damage), 0);
        assert_int_equal(res_store_open(f->path, RES_WRITE, &f->store, &err), SWP_DB);
        if (!strstr(err.text, cases[i].where))
            fail_msg("expected \"%s\", found \"%s\"", cases[i].where, err.text);
        assert_int_equal(query_int(f->path, "PRAGMA user_version"), 2);
        assert_int_equal(query_int(f->path, "SELECT count(*) FROM training"), 5);
    }
}

static void test_memory_may_run_out_in_a_migration(void **state)
{
    fixture *f = *state;
    swp_err err;
    make_older(f, 2);
    swp_status status = SWP_NOMEM;
    for (unsigned long i = 1; status == SWP_NOMEM; i += 1 + i / 4) { /* thousands of them */
        assert_int_equal(query_int(f->path, "PRAGMA user_version"), 2);
        swp_mem_fail_at(i);
        status = res_store_open(f->path, RES_WRITE, &f->store, &err);
        swp_mem_fail_at(0);
    }
    OK(status);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 60);
}

/* What version 1 did not keep is reported as missing, and all that it kept is there. */
static void test_version_1_lacks_facts(void **state)
{
    fixture *f = *state;
    swp_err err;
    make_older(f, 1);
    OK(res_store_open(f->path, RES_WRITE, &f->store, &err));
    res_study read;
    res_class *classes;
    res_samples samples;
    res_held_out held_out[RES_SUBSETS];
    res_span *spans;
    res_event *events;
    res_errors errors;
    void *block;
    size_t n;
    OK(res_study_load(f->store, "old", &read, &err));
    const res_experiment *experiment = &read.experiment;
    const res_trial *trials = read.trials;
    assert_int_equal(read.n_trials, 2);
    assert_int_equal(trials[0].n_steps, 3);
    assert_int_equal(trials[0].split, 0);
    assert_int_equal(trials[0].data_set, experiment->data_set);
    assert_true(res_series(&trials[0], RES_STEP_VAL_LOSS)[1] == 93.58548545837402);
    OK(res_errors_load(f->store, trials[0].id, 3, &errors, &block, &err));
    assert_int_equal(errors.n_val, 4);
    swp_free(block);
    for (size_t epoch = 1; epoch <= 3; epoch++) {
        void *weights;
        size_t n_bytes;
        assert_int_equal(res_weights_load(f->store, trials[0].id, epoch, &weights, &n_bytes, &err),
                         SWP_CONFIG);
    }
    OK(res_classes_list(f->store, experiment->data_set, &classes, &n, &err));
    assert_int_equal(n, 5);
    assert_int_equal(classes[0].count, 35);
    assert_int_equal(classes[0].length, 0);
    res_classes_free(classes, n);
    assert_int_equal(res_held_out_load(f->store, trials[0].split, held_out, &block, &err),
                     SWP_CONFIG);
    OK(res_samples_load(f->store, trials[0].split, &samples, &err));
    assert_int_equal(samples.n, 0);
    OK(res_spans_list(f->store, experiment->revision_id, &spans, &n, &err));
    assert_int_equal(n, 0);
    swp_free(spans);
    OK(res_events_list(f->store, experiment->revision_id, &events, &n, &err));
    assert_int_equal(n, 2);
    assert_true(events[0].at_s > 1.7e9);
    res_events_free(events, n);
    res_study_deinit(&read);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_every_row_is_kept),
        WITH_STORE(test_what_is_derived),
        WITH_STORE(test_more_names_in_other_cases),
        WITH_STORE(test_damage_stops_the_migration),
        WITH_STORE(test_memory_may_run_out_in_a_migration),
        WITH_STORE(test_version_1_lacks_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
