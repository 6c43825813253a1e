/* A damaged store: impossible values are found by the check of the whole store, which names table,
 * row and column, and by every function that reads them. */
#include "results/store/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "results/query/baseline.h"
#include "results/query/study.h"
#include "results/store/search.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* The findings, one per line. */
typedef struct findings {
    char text[4096];
} findings;

static void note(void *context, const char *what)
{
    findings *f = context;
    size_t n = strlen(f->text);
    snprintf(f->text + n, sizeof f->text - n, "%s\n", what);
}

static size_t check(const char *path, findings *f)
{
    swp_err err;
    res_store *store;
    res_check c = {.found = note, .context = f};
    f->text[0] = '\0';
    OK(res_store_open(path, RES_READ, &store, &err));
    OK(res_store_check(store, &c, &err));
    res_store_close(store);
    return c.n_found;
}

/* All that a run reads of its search, after what reports read. */
static swp_status read_search(const char *path, swp_err *err)
{
    res_store *store;
    res_confirmation *fits = NULL;
    res_proposal *proposals = NULL;
    size_t slots, n = 0, n_fits = 0;
    swp_status status = res_store_open(path, RES_WRITE, &store, err);
    if (status == SWP_OK)
        status = res_search_ensure(store, 1, &study_search, &slots, err);
    if (status == SWP_OK)
        status = res_proposals_load(store, 1, 2, &proposals, &n, err);
    if (status == SWP_OK)
        status = res_confirmations_load(store, 1, &fits, &n_fits, err);
    res_proposals_free(proposals, n);
    swp_free(fits);
    if (status == SWP_OK)
        status = res_attempts_last(store, 1, &n, err);
    res_store_close(store);
    return status;
}

/* All that charts and reports read of a study. */
static swp_status read_all(const char *path, swp_err *err)
{
    res_store *store;
    res_study read = {0};
    swp_status status = res_store_open(path, RES_READ, &store, err);
    if (status != SWP_OK)
        return status;
    const res_evaluation_filter filter = {0};
    res_evaluation *evaluations = NULL;
    res_class *classes = NULL;
    res_span *spans = NULL;
    res_event *events = NULL;
    res_baseline *baselines = NULL;
    size_t n = 0, n_classes = 0, n_events = 0, n_baselines = 0;
    status = res_study_load(store, NULL, &read, err);
    if (status == SWP_OK)
        status = res_evaluations_list(store, &read, &filter, &evaluations, &n, err);
    if (status == SWP_OK)
        status = res_classes_list(store, read.experiment.data_set, &classes, &n_classes, err);
    if (status == SWP_OK)
        status = res_spans_list(store, read.experiment.revision_id, &spans, &n, err);
    if (status == SWP_OK)
        status = res_events_list(store, read.experiment.revision_id, &events, &n_events, err);
    for (size_t t = 0; t < read.n_trials && status == SWP_OK; t++) {
        res_held_out held_out[RES_SUBSETS];
        res_samples samples = {0};
        res_errors errors;
        float *series = NULL;
        void *rows = NULL, *block = NULL;
        size_t best = read.trials[t].best_steps[1];
        status = res_held_out_load(store, read.trials[t].split, held_out, &rows, err);
        if (status == SWP_OK)
            status = res_samples_load(store, read.trials[t].split, &samples, err);
        if (status == SWP_OK)
            status = res_errors_load(store, read.trials[t].id, best, &errors, &block, err);
        if (status == SWP_OK)
            status = res_reconstructions_load(store, read.trials[t].id, best, &series, &n, err);
        res_samples_deinit(&samples);
        swp_free(series);
        swp_free(rows);
        swp_free(block);
    }
    if (status == SWP_OK)
        status = res_baselines_load(store, &read, NULL, &baselines, &n_baselines, err);
    res_baselines_free(baselines, n_baselines);
    res_events_free(events, n_events);
    res_classes_free(classes, n_classes);
    swp_free(spans);
    swp_free(evaluations);
    res_study_deinit(&read);
    res_store_close(store);
    return status;
}

/* A damage, and what finds it: the check; readers, NULL if nothing reads it. */
typedef struct damaging {
    const char *damage, *found, *read;
} damaging;

static const damaging damages[] = {
    {"UPDATE step SET worker = -1", "table step, row 1/1, column worker", "column worker"},
    {"UPDATE step SET worker = 0", "table step, row 1/1, column worker", "column worker"},
    {"UPDATE step SET worker = 4294967296", "column worker", "row 1/1, column worker"},
    {"UPDATE step SET begun_s = NULL", "column begun_s", "column begun_s"},
    {"UPDATE step SET ended_s = 9e999", "column ended_s", "column ended_s"},
    {"UPDATE step SET train_s = -9e999", "column train_s", "column train_s"},
    {"UPDATE step SET best_step = 7", "column best_step", "table step, row 1/1, column best_step"},
    {"UPDATE step SET best_step = 1 WHERE step = 2", "row 1/2, column best_step", NULL},
    {"DELETE FROM step WHERE step = 1", "table step, row 1/2, column step", "column step"},
    {"DELETE FROM step WHERE step = 2", "table value, row 1/2", "table step, row 1/3"},
    {"UPDATE value SET value = 9e999", "table value, row 1/1, column value", "column value"},
    {"UPDATE value SET metric_id = metric_id + 100", "column metric_id", "column metric_id"},
    {"UPDATE trial SET data_set_id = 99", "table trial refers to data_set rows", "data_set_id"},
    {"DELETE FROM experiment", "refers to experiment rows", "table revision, row 1 is missing"},
    {"DELETE FROM revision", "refers to revision rows", "table revision, row 1 is missing"},
    {"UPDATE trial SET data_set_id = NULL", "column split_id", "column split_id"},
    {"INSERT INTO data_set SELECT 2, 'x', source, fingerprint, synthetic, n_rows, length, n_train, "
     "n_val, n_test, n_anomaly FROM data_set; UPDATE trial SET data_set_id = 2",
     "table trial, row 1, column split_id", "column split_id"},
    {"DELETE FROM data_set", "refers to data_set rows", "column data_set_id"},
    {"UPDATE data_set SET n_test = -1", "column n_test", "column n_test"},
    {"UPDATE data_set SET n_test = 19", "table held_out, row 1/test, column rows",
     "table held_out, row 1/test, column rows"},
    {"UPDATE data_set SET length = 3", "column mean", "column mean"},
    {"UPDATE class SET count = -5", "column count", "column count"},
    {"UPDATE class_profile SET mean = zeroblob(4)", "column mean", "column mean"},
    {"UPDATE class_profile SET sd = x''", "column sd", "column sd"},
    {"UPDATE held_out SET classes = CAST(x'ffffffff' || substr(classes, 5) AS BLOB)",
     "column classes", "column classes"},
    {"UPDATE held_out SET rows = CAST(x'ffffffff' || substr(rows, 5) AS BLOB)", "column rows",
     "column rows"},
    {"DELETE FROM class WHERE position = 2", "column classes", "column classes"},
    {"UPDATE sample SET held_out_index = 20", "column held_out_index", "column held_out_index"},
    {"UPDATE sample SET series = CAST(x'0000c07f' || substr(series, 5) AS BLOB)", "column series",
     "column series"},
    {"UPDATE error_blob SET errors = zeroblob(4)", "column errors", "column errors"},
    {"UPDATE error_blob SET errors = CAST(x'0000c07f' || substr(errors, 5) AS BLOB)",
     "table error_blob, row 1/1, column errors", "column errors"},
    {"UPDATE reconstruction SET series = zeroblob(8)", "column series", "column series"},
    {"UPDATE score SET normal_correct = 21", "column normal_correct", "column normal_correct"},
    {"UPDATE score SET anomaly_correct = -1", "column anomaly_correct", "column anomaly_correct"},
    {"UPDATE score SET threshold_value = -9e999", "column threshold_value",
     "column threshold_value"},
    {"UPDATE evaluation SET epochs = 0", "column epochs", "column epochs"},
    {"UPDATE revision_trial SET state = 'asleep'", "column state", "column state"},
    {"UPDATE revision_trial SET number = -number", "column number", "column number"},
    {"UPDATE axis SET scale = 'round'", "column scale", "column scale"},
    {"UPDATE axis SET is_seed = 2", "column is_seed", "column is_seed"},
    {"UPDATE metric SET direction = 'up'", "column direction", "column direction"},
    {"UPDATE state SET state = x''", "column state", NULL},
    {"UPDATE trial SET code = -2", "table trial, row 1, column code", "column code"},
    {"UPDATE baseline SET method = 'guess' WHERE method = 'mean'",
     "table baseline, row 1/guess, column method", "column method"},
    {"UPDATE baseline SET components = 1 WHERE method = 'mean'",
     "table baseline, row 1/mean, column components", "column components"},
    {"UPDATE baseline SET components = 0 WHERE method = 'pca'", "column components",
     "table baseline, row 1/pca, column components"},
    {"UPDATE baseline SET components = -1 WHERE method = 'pca'", "column components",
     "column components"},
    {"UPDATE baseline SET val = zeroblob(4)", "column val", "column val"},
    {"UPDATE baseline SET test = CAST(x'0000c07f' || substr(test, 5) AS BLOB)", "column test",
     "column test"},
    {"UPDATE baseline SET anomaly = x''", "column anomaly", "column anomaly"},
    {"UPDATE baseline SET tune = zeroblob(8)", "column tune", "column tune"},
    {"UPDATE baseline SET split_id = 99", "table baseline refers to split rows", NULL},
    {"INSERT INTO event (revision_id, kind, text, worker) VALUES (1, 'failed', 'x', -1)",
     "column worker", "table event, row 1, column worker"},
};

/* Damages of a store that fill_search filled. */
static const damaging search_damages[] = {
    {"UPDATE search SET strategy = ''", "table search, row 1, column strategy", NULL},
    {"UPDATE search SET seed = -1", "table search, row 1, column seed", NULL},
    {"UPDATE search SET slots = -1", "table search, row 1, column slots",
     "table search, row 1, column slots"},
    {"UPDATE search SET objective = ''", "column objective", NULL},
    {"UPDATE search SET goal = 'win'", "column goal", NULL},
    {"UPDATE search SET stop = ''", "column stop", NULL},
    {"UPDATE search SET min_steps = 0", "column min_steps", NULL},
    {"UPDATE search SET max_steps = 0", "column max_steps", NULL},
    {"UPDATE search SET trials = -3", "table search, row 1, column trials",
     "table search, row 1, column trials"},
    {"UPDATE search SET confirm_best = 12", "column confirm_best", NULL},
    {"UPDATE search SET confirm_seeds = 0", "column confirm_seeds", NULL},
    {"UPDATE dimension SET position = 9 WHERE position = 2", "row 1/9, column position", NULL},
    {"UPDATE dimension SET key = ''", "column key", NULL},
    {"UPDATE dimension SET kind = 'complex'", "column kind", NULL},
    {"UPDATE dimension SET is_log = 7", "column is_log", "column is_log"},
    {"UPDATE dimension SET low = -9e999", "column low", "table dimension, row 1/1, column low"},
    {"UPDATE dimension SET high = 0.5", "table dimension, row 1/1, column high",
     "table dimension, row 1/1, column high"},
    {"UPDATE dimension SET step = -1", "column step", NULL},
    {"UPDATE dimension SET choices = '[1, 2' WHERE position = 2",
     "table dimension, row 1/2, column choices", "table dimension, row 1/2, column choices"},
    {"UPDATE dimension SET choices = '[1]' WHERE position = 2", "row 1/2, column choices", NULL},
    {"UPDATE dimension SET choices = NULL WHERE position = 2", "row 1/2, column choices", NULL},
    {"UPDATE proposal SET number = 4 WHERE number = 3", "table proposal, row 1/4, column number",
     "table coordinate, row 1/3/1, column position"},
    {"UPDATE proposal SET strategy = printf('%40s', 'x')", "column strategy", "column strategy"},
    {"UPDATE proposal SET version = -1", "column version", "column version"},
    {"UPDATE proposal SET max_steps = 0", "column max_steps", "column max_steps"},
    {"UPDATE proposal SET history = 'abc'", "column history", "column history"},
    {"UPDATE proposal SET cost = 0", "table proposal, row 1/1, column cost", "column cost"},
    {"UPDATE proposal SET cost = 9e999", "column cost", "column cost"},
    {"UPDATE proposal SET failed_after = -1", "column failed_after", "column failed_after"},
    {"UPDATE proposal SET visible = 2", "column visible", "column visible"},
    {"DELETE FROM coordinate WHERE position = 2", "table proposal, row 1/1, column number",
     "table coordinate"},
    {"UPDATE coordinate SET value = 9e999", "table coordinate, row 1/1/1, column value",
     "table coordinate, row 1/1/1, column value"},
    {"UPDATE coordinate SET value = 5 WHERE position = 1", "row 1/1/1, column value", NULL},
    {"UPDATE coordinate SET value = 0.5 WHERE position = 2", "row 1/1/2, column value", NULL},
    {"UPDATE confirmation SET number = 1", "table confirmation, row 1/1, column number",
     "column confirms"},
    {"UPDATE confirmation SET confirms = 4", "table confirmation, row 1/4, column confirms",
     "column confirms"},
    {"UPDATE confirmation SET confirms = 0", "column confirms", "column confirms"},
    {"UPDATE confirmation SET seed = -1", "table confirmation, row 1/4, column seed",
     "table confirmation, row 1/4, column seed"},
    {"UPDATE attempt SET number = -1", "table attempt, row 1/-1, column number",
     "table attempt, row 1/-1, column number"},
    {"UPDATE attempt SET argv = '[1'", "table attempt, row 1/1, column argv", NULL},
    {"UPDATE attempt SET scripts = '[]'", "column scripts", NULL},
    {"UPDATE attempt SET git_dirty = 1", "column git_dirty", NULL},
    {"UPDATE attempt SET begun = 'today'", "column begun", NULL},
    {"UPDATE attempt SET ended = 'never'", "column ended", NULL},
    {"UPDATE attempt SET outcome = NULL", "column outcome", NULL},
    {"UPDATE note SET text = ''", "table note, row 1, column text", NULL},
};

/* Triggers and CHECK constraints would refuse the damage. */
static void damage(const char *path, const char *sql)
{
    char text[512];
    assert_int_equal(run_sql(path, "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE "
                                   "type = 'trigger'"),
                     0);
    snprintf(text, sizeof text, "PRAGMA ignore_check_constraints = ON; %s", sql);
    assert_int_equal(run_sql(path, text), 0);
}

/* A small study, recorded, with baselines of its split. */
static void record_all(res_store *store)
{
    swp_err err;
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study s = study_small();
    study_run(store, &s);
    study_errors(1, 1, val, test, anomaly);
    res_baseline_spec spec = {.method = RES_BASELINE_MEAN,
                              .errors = {.val = val,
                                         .test = test,
                                         .anomaly = anomaly,
                                         .n_val = STUDY_ERRORS,
                                         .n_test = STUDY_ERRORS,
                                         .n_anomaly = STUDY_ERRORS}};
    OK(res_baseline_add(store, 1, &spec, &err));
    spec.method = RES_BASELINE_PCA;
    spec.components = s.dims[0];
    OK(res_baseline_add(store, 1, &spec, &err));
}

static void test_a_sound_store_is_whole(void **state)
{
    fixture *f = *state;
    findings found;
    record_all(f->store);
    assert_int_equal(check(f->path, &found), 0);
    assert_string_equal(found.text, "");
    swp_err err;
    OK(read_all(f->path, &err));
}

static void expect_named(fixture *f, const damaging *d, bool is_search)
{
    char path[128], into[192];
    findings found;
    swp_err err = {0};
    snprintf(path, sizeof path, "%s/damaged.db", f->folder);
    snprintf(into, sizeof into, "VACUUM INTO '%s'", path);
    assert_int_equal(run_sql(f->path, into), 0);
    damage(path, d->damage);
    size_t n = check(path, &found);
    if (n == 0 || !strstr(found.text, d->found))
        fail_msg("%s: expected \"%s\", found \"%s\"", d->damage, d->found, found.text);
    swp_status status = read_all(path, &err);
    if (status == SWP_OK && is_search)
        status = read_search(path, &err);
    bool named = status == SWP_DB && strstr(err.text, "damaged: table") && d->read &&
                 strstr(err.text, d->read);
    if (d->read ? !named : status != SWP_OK && status != SWP_CONFIG)
        fail_msg("%s: found \"%s\"", d->damage, err.text);
    unlink(path);
}

static void test_damage_is_named(void **state)
{
    fixture *f = *state;
    record_all(f->store);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        expect_named(f, &damages[i], false);
}

/* Three trials that were proposed in a space of a range and a list, a fit that repeats the second,
 * an attempt and a note. */
static void fill_search(fixture *f)
{
    static const res_axis_spec axes[] = {{.key = "train.learning_rate", .scale = "log"},
                                         {.key = "model.embedding_dim", .scale = "linear"}};
    static const res_attempt_spec attempt = {
        .number = 1, .host = "here", .folder = "/", .argv = "[\"true\"]", .scripts = "{}"};
    swp_err err;
    size_t slots;
    study s = study_small();
    s.n_seeds = 2;
    s.seeds[1] = 43;
    study_run(f->store, &s);
    OK(res_axes_record(f->store, s.revision, axes, 2, &err));
    OK(res_search_ensure(f->store, s.revision, &study_search, &slots, &err));
    for (size_t i = 1; i <= 3; i++) {
        double point[] = {(double)i, (double)(i % 2)};
        study_propose(f->store, &s, i, point);
    }
    OK(res_confirmation_add(f->store, s.revision, &(res_confirmation){4, 2, 7}, &err));
    assert_int_equal(run_sql(f->path, "UPDATE revision_trial SET stage = 'confirm' "
                                      "WHERE number = 4"),
                     0);
    OK(res_attempt_begin(f->store, s.trials[0].id, &attempt, &err));
    OK(res_attempt_end(f->store, s.trials[0].id, "exit code 0", &err));
    OK(res_note_set(f->store, s.revision, "seen", &err));
}

static bool is_no_such_thing(const void *bytes, size_t n)
{
    (void)bytes, (void)n;
    return false;
}

/* Models and states are checked by the code that writes them. */
static void test_contents_are_judged(void **state)
{
    fixture *f = *state;
    findings found = {.text = ""};
    res_check by_model = {.found = note, .context = &found, .is_model = is_no_such_thing};
    res_check by_state = {.found = note, .context = &found, .is_state = is_no_such_thing};
    res_check by_command = {.found = note, .context = &found, .is_command_state = is_no_such_thing};
    swp_err err;
    record_all(f->store);
    OK(res_store_check(f->store, &by_model, &err));
    assert_int_equal(by_model.n_found, 1);
    assert_non_null(strstr(found.text, "table weights, row 1/"));
    OK(res_store_check(f->store, &by_state, &err));
    assert_int_equal(by_state.n_found, 1);
    assert_non_null(strstr(found.text, "table state, row 1/"));
    OK(res_store_check(f->store, &by_command, &err)); /* a store of an engine's trials */
    assert_int_equal(by_command.n_found, 0);
}

static void test_damage_of_searches_is_named(void **state)
{
    fixture *f = *state;
    findings found;
    swp_err err;
    fill_search(f);
    check(f->path, &found);
    assert_string_equal(found.text, "");
    OK(read_all(f->path, &err));
    for (size_t i = 0; i < sizeof search_damages / sizeof search_damages[0]; i++)
        expect_named(f, &search_damages[i], true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_sound_store_is_whole, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_named, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_contents_are_judged, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_damage_of_searches_is_named, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
