/* What the store keeps beside losses and errors: classes, held-out rows, samples, models, who did
 * what when; and what becomes of stores of versions 1 and 2. */
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

enum { LENGTH = 3 };

static res_data_spec small_data(void)
{
    static const res_pair classes[] = {{"1", "7"}, {"odd", "1"}};
    static const float means[] = {1, 2, 3, 4, 5, 6}, sds[] = {0.5f, 0.25f, 0, NAN, NAN, NAN};
    return (res_data_spec){.name = "d",
                           .source = "d.txt",
                           .fingerprint = "f",
                           .n_rows = 8,
                           .length = LENGTH,
                           .n_train = 4,
                           .n_val = 1,
                           .n_test = 2,
                           .n_anomaly = 1,
                           .classes = classes,
                           .n_classes = 2,
                           .class_means = means,
                           .class_sds = sds};
}

static void test_classes_have_profiles(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_data_spec spec = small_data();
    const float *means = spec.class_means, *sds = spec.class_sds;
    int64_t data, again;
    res_class *classes;
    size_t n;

    spec.class_means = NULL; /* as an older program left it */
    OK(res_data_ensure(f->store, &spec, &data, &err));
    OK(res_classes_list(f->store, data, &classes, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(classes[1].length, 0);
    assert_null(classes[1].mean);
    res_classes_free(classes, n);

    spec.class_means = means;
    for (int i = 0; i < 2; i++)
        OK(res_data_ensure(f->store, &spec, &again, &err));
    assert_int_equal(again, data);
    OK(res_classes_list(f->store, data, &classes, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(classes[1].label, "odd");
    assert_int_equal(classes[0].count, 7);
    assert_int_equal(classes[0].length, LENGTH);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(classes[i].mean, means + i * LENGTH, LENGTH * sizeof *means);
        assert_memory_equal(classes[i].sd, sds + i * LENGTH, LENGTH * sizeof *sds);
    }
    res_classes_free(classes, n);
}

/* Rows 4 | 0, 6 | 5 of the data set, two of them shown. */
static res_split_spec small_split(int64_t data)
{
    static const uint32_t rows[] = {4, 0, 6, 5}, classes[] = {0, 0, 0, 1};
    static const float series[] = {1, 2, 3, 4, 5, 6};
    static const res_sample samples[] = {{RES_TEST, 1, series}, {RES_ANOMALY, 0, series + LENGTH}};
    return (res_split_spec){
        .data = data,
        .held_out = {{rows, classes, 1}, {rows + 1, classes + 1, 2}, {rows + 3, classes + 3, 1}},
        .samples = samples,
        .n_samples = 2,
        .length = LENGTH};
}

static void test_held_out_rows_come_back(void **state)
{
    fixture *f = *state;
    swp_err err;
    const res_data_spec data_spec = small_data();
    int64_t data, split, again, other;
    OK(res_data_ensure(f->store, &data_spec, &data, &err));
    res_split_spec spec = small_split(data);
    OK(res_split_ensure(f->store, &spec, &split, &err));
    OK(res_split_ensure(f->store, &spec, &again, &err));
    assert_int_equal(again, split);

    res_held_out held_out[RES_SUBSETS];
    void *block;
    OK(res_held_out_load(f->store, split, held_out, &block, &err));
    for (int i = 0; i < RES_SUBSETS; i++) {
        const res_held_out *want = &spec.held_out[i];
        assert_int_equal(held_out[i].n, want->n);
        assert_memory_equal(held_out[i].rows, want->rows, want->n * sizeof *want->rows);
        assert_memory_equal(held_out[i].classes, want->classes, want->n * sizeof *want->classes);
    }
    swp_free(block);

    res_samples samples;
    OK(res_samples_load(f->store, split, &samples, &err));
    assert_int_equal(samples.n, 2);
    assert_int_equal(samples.length, LENGTH);
    assert_int_equal(samples.list[0].subset, RES_TEST);
    assert_int_equal(samples.list[0].index, 1);
    assert_int_equal(samples.list[1].subset, RES_ANOMALY);
    assert_true(samples.list[1].series[0] == 4);
    res_samples_deinit(&samples);

    /* The same numbers, cut at another place, are another split. */
    spec.held_out[RES_VAL].n = 2;
    spec.held_out[RES_TEST] = (res_held_out){
        .rows = spec.held_out[RES_TEST].rows + 1, .classes = spec.held_out[0].classes, .n = 1};
    spec.n_samples = 0;
    OK(res_split_ensure(f->store, &spec, &other, &err));
    assert_int_not_equal(other, split);
    OK(res_samples_load(f->store, other, &samples, &err));
    assert_int_equal(samples.n, 0);

    assert_int_equal(res_held_out_load(f->store, 0, held_out, &block, &err), SWP_CONFIG);
    assert_non_null(strstr(err.hint, "sweep run"));
}

/* What is told of rows and samples is never beyond what there is. */
static void test_damaged_facts_are_told(void **state)
{
    fixture *f = *state;
    static const char *const damages[] = {
        "PRAGMA ignore_check_constraints = ON; DROP TRIGGER held_out_is_final; "
        "UPDATE held_out SET classes = x'03000000' WHERE subset = 'val'",
        "PRAGMA ignore_check_constraints = ON; DROP TRIGGER held_out_is_final; "
        "UPDATE held_out SET classes = x'' WHERE subset = 'test'",
        "DROP TRIGGER sample_is_final; UPDATE sample SET held_out_index = 2",
        "DROP TRIGGER sample_is_final; UPDATE sample SET series = x'00000000'",
    };
    swp_err err;
    const res_data_spec data_spec = small_data();
    int64_t data, split;
    OK(res_data_ensure(f->store, &data_spec, &data, &err));
    const res_split_spec spec = small_split(data);
    OK(res_split_ensure(f->store, &spec, &split, &err));
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/damaged.db", f->folder);
        unlink(path);
        char into[192];
        snprintf(into, sizeof into, "VACUUM INTO '%s'", path);
        assert_int_equal(run_sql(f->path, into), 0);
        assert_int_equal(run_sql(path, damages[i]), 0);
        res_store *store;
        res_held_out held_out[RES_SUBSETS];
        res_samples samples;
        void *block;
        OK(res_store_open(path, RES_READ, &store, &err));
        if (i < 2)
            assert_int_equal(res_held_out_load(store, split, held_out, &block, &err), SWP_DB);
        else
            assert_int_equal(res_samples_load(store, split, &samples, &err), SWP_DB);
        assert_non_null(strstr(err.text, "damaged"));
        res_store_close(store);
        unlink(path);
    }
}

static study two_epoch_counts(void)
{
    return (study){.name = "kept",
                   .dims = {2},
                   .n_dims = 1,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20"},
                   .n_thresholds = 1};
}

/* Bit e is set when the model after epoch e is kept, of a trial up to epoch 8. */
static unsigned kept(res_store *store, int64_t trial)
{
    unsigned found = 0;
    for (size_t epoch = 1; epoch <= 8; epoch++) {
        void *weights = NULL;
        float *series = NULL;
        size_t n_bytes, n;
        swp_err err;
        char want[32];
        swp_status status = res_weights_load(store, trial, epoch, &weights, &n_bytes, &err);
        assert_int_equal(res_reconstructions_load(store, trial, epoch, &series, &n, &err), status);
        if (status == SWP_OK) {
            found |= 1u << epoch;
            snprintf(want, sizeof want, "weights %zu", epoch);
            assert_int_equal(n_bytes, strlen(want));
            assert_memory_equal(weights, want, n_bytes);
            assert_int_equal(n, 2);
            assert_true(series[1] == (float)epoch);
        } else {
            assert_int_equal(status, SWP_CONFIG);
            assert_non_null(strstr(err.text, "no reconstructions of trial"));
        }
        swp_free(weights);
        swp_free(series);
    }
    return found;
}

#define EPOCH(e) (1u << (e))

/* Epoch 3 is the best of all; evaluations end at 2 and at 6. */
static void test_models_that_evaluations_select_are_kept(void **state)
{
    fixture *f = *state;
    swp_err err;
    static const unsigned want[] = {EPOCH(1), EPOCH(2), EPOCH(2) | EPOCH(3)};
    study s = two_epoch_counts();
    OK(study_plan(f->store, &s, &err));
    for (size_t epoch = 1; epoch <= 6; epoch++) {
        OK(study_record(f->store, s.trials[0].id, 0, epoch, &err));
        assert_int_equal(kept(f->store, s.trials[0].id), want[epoch < 3 ? epoch - 1 : 2]);
    }
}

/* An evaluation of an older revision still reads the epoch that it selected. */
static void test_models_of_older_revisions_are_kept(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = two_epoch_counts(), more = two_epoch_counts();
    s.n_epochs = 1;
    study_run(f->store, &s);
    more.epochs[0] = 4;
    OK(study_plan(f->store, &more, &err));
    assert_true(more.is_new);
    assert_true(more.trials[0].best_val_loss == study_val_loss(0, 2));
    for (size_t epoch = 3; epoch <= 6; epoch++)
        OK(study_record(f->store, s.trials[0].id, 2, epoch, &err));
    /* Of salt 2, epoch 5 is the best; 4 is the best up to 4. */
    assert_int_equal(kept(f->store, s.trials[0].id), EPOCH(2) | EPOCH(4) | EPOCH(5));
}

static void test_spans(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = two_epoch_counts();
    s.dims[1] = 3;
    s.n_dims = 2;
    study_run(f->store, &s);
    res_span *spans;
    size_t n;
    OK(res_spans_list(f->store, s.revision, &spans, &n, &err));
    assert_int_equal(n, 12);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(spans[i].epoch, i / 2 + 1);
        assert_int_equal(spans[i].worker, i % 2 + 1);
        assert_int_equal(spans[i].trial_number, i % 2 + 1);
        assert_int_equal(spans[i].trial, s.trials[i % 2].id);
        assert_true(spans[i].begun_s == STUDY_BEGUN_S + (double)(i / 2 + 1));
        assert_true(spans[i].ended_s - spans[i].begun_s == 0.5);
    }
    swp_free(spans);
}

static void test_events_are_listed(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = two_epoch_counts();
    OK(study_plan(f->store, &s, &err));
    const res_event_spec started = {.kind = "started", .text = "1 trial"};
    const res_event_spec failed = {
        .kind = "failed", .text = "died", .trial = s.trials[0].id, .worker = 2};
    OK(res_event_add(f->store, s.revision, &started, &err));
    OK(res_event_add(f->store, s.revision, &failed, &err));
    assert_int_equal(run_sql(f->path, "INSERT INTO event (revision_id, at, kind, text) VALUES "
                                      "(1, '2001-09-09T01:46:40Z', 'ended', 'by an older sweep')"),
                     0);
    res_event *events;
    size_t n;
    OK(res_events_list(f->store, s.revision, &events, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(events[0].kind, "started");
    assert_int_equal(events[0].trial_number, 0);
    assert_int_equal(events[0].worker, 0);
    assert_int_equal(events[1].trial, s.trials[0].id);
    assert_int_equal(events[1].trial_number, 1);
    assert_int_equal(events[1].worker, 2);
    assert_string_equal(events[1].text, "died");
    int64_t now = query_int(f->path, "SELECT strftime('%s', 'now')");
    assert_true(fabs(events[1].at_s - (double)now) < 60);
    assert_true(events[2].at_s == 1e9);
    res_events_free(events, n);
}

/* --- older versions --------------------------------------------------------------------------- */

/* Put a store that an older sweep wrote in the place of the fixture's, unopened. */
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

/* Every row of the older store beside the one that it has become. The first query gives rows of the
 * old store, the second those of the new one. */
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
    /* from here on of version 2 only */
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

/* Scores, areas and the best step of every step are what the errors and losses say. */
static void test_what_is_derived(void **state)
{
    fixture *f = *state;
    swp_err err;
    make_older(f, 2);
    OK(res_store_open(f->path, RES_WRITE, &f->store, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 4 + 3 + 3 + 3 + 1);
    /* four thresholds, of the first trial one more */
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
    /* What the revisions made of their trials: one failed where it is not done. */
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
    /* A name that differs in case only is another, so that views do not meet. */
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
    for (unsigned long i = 1; status == SWP_NOMEM; i += 1 + i / 4) { /* there are thousands */
        assert_int_equal(query_int(f->path, "PRAGMA user_version"), 2);
        swp_mem_fail_at(i);
        status = res_store_open(f->path, RES_WRITE, &f->store, &err);
        swp_mem_fail_at(0);
    }
    OK(status);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 60);
}

/* What version 1 did not keep is said to be missing, and what it kept is all there. */
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
    assert_int_equal(kept(f->store, trials[0].id), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_classes_have_profiles, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_held_out_rows_come_back, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_damaged_facts_are_told, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_models_that_evaluations_select_are_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_models_of_older_revisions_are_kept, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_spans, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_events_are_listed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_every_row_is_kept, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_derived, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_more_names_in_other_cases, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_damage_stops_the_migration, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_memory_may_run_out_in_a_migration, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_version_1_lacks_facts, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
