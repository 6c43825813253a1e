/* Exports: columns, and numbers that read back to the same bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"
#include "tests/results/fixture.h"
#include "tests/results/rows.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

typedef struct request {
    res_store *store;
    res_export_what what;
    res_format format;
} request;

static swp_status write_export(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_export_write(r->store, NULL, r->what, r->format, out, err);
}

static char *export_text(res_store *store, res_export_what what, res_format format)
{
    request r = {store, what, format};
    return capture(write_export, &r);
}

/* Doubles and floats whose shortest texts need all their digits. */
static double awkward(size_t i)
{
    return sqrt((double)i + 2) * pow(10, (double)(i % 30) - 15);
}

static float awkward_float(size_t i)
{
    return (float)awkward(i);
}

#define EPOCHS 40

static void awkward_study(res_store *store)
{
    study s = {.name = "awkward, \"quoted\"",
               .dims = {8},
               .n_dims = 1,
               .seeds = {4294967295u},
               .n_seeds = 1,
               .epochs = {EPOCHS},
               .n_epochs = 1,
               .thresholds = {"0.1", "45", "p99.5", "1e-7"},
               .n_thresholds = 4};
    swp_err err;
    OK(study_plan(store, &s, &err));
    for (size_t e = 1; e <= EPOCHS; e++) {
        float errors[3 * STUDY_ERRORS];
        for (size_t i = 0; i < 3 * STUDY_ERRORS; i++)
            errors[i] = awkward_float(e + i);
        const res_errors held_out = {.val = errors,
                                     .test = errors + STUDY_ERRORS,
                                     .anomaly = errors + 2 * STUDY_ERRORS,
                                     .n_val = STUDY_ERRORS,
                                     .n_test = STUDY_ERRORS,
                                     .n_anomaly = STUDY_ERRORS};
        const res_named_value values[] = {{"train_loss", awkward(e)}, {"val_loss", awkward(e + 7)}};
        const res_step step = {.step = e,
                               .values = values,
                               .n_values = 2,
                               .train_s = awkward(e + 13),
                               .errors = &held_out,
                               .state = "s",
                               .state_bytes = 1};
        OK(res_step_record(store, s.trials[0].id, &step, &err));
    }
}

static void test_csv_round_trip(void **state)
{
    fixture *f = *state;
    awkward_study(f->store);
    char *csv = export_text(f->store, RES_EXPORT_EPOCHS, RES_CSV);
    csv_check_head(csv, "experiment,trial,embedding_dim,seed,epoch,train_loss,val_loss,"
                        "train_s,eval_s");
    assert_int_equal(csv_rows(csv), EPOCHS);
    for (size_t e = 1; e <= EPOCHS; e++) {
        assert_string_equal(csv_text(csv, e - 1, "experiment"), "awkward, \"quoted\"");
        assert_string_equal(csv_text(csv, e - 1, "seed"), "4294967295");
        assert_true(csv_number(csv, e - 1, "epoch") == (double)e);
        assert_true(csv_number(csv, e - 1, "train_loss") == awkward(e));
        assert_true(csv_number(csv, e - 1, "val_loss") == awkward(e + 7));
        assert_true(csv_number(csv, e - 1, "train_s") == awkward(e + 13));
    }
    free(csv);
}

/* The text, read as a double, is the stored float. */
static void test_errors_round_trip(void **state)
{
    static const char *const subsets[] = {"val", "test", "anomaly"};
    fixture *f = *state;
    awkward_study(f->store);
    char *csv = export_text(f->store, RES_EXPORT_ERRORS, RES_CSV);
    csv_check_head(csv, "experiment,trial,embedding_dim,seed,epoch,subset,position,error");
    enum { STEP = 3 * STUDY_ERRORS };
    assert_int_equal(csv_rows(csv), STEP * EPOCHS);
    for (size_t i = 0; i < STEP * EPOCHS; i += 7) {
        assert_true(csv_number(csv, i, "epoch") == (double)(i / STEP + 1));
        assert_string_equal(csv_text(csv, i, "subset"), subsets[i % STEP / STUDY_ERRORS]);
        assert_true(csv_number(csv, i, "position") == (double)(i % STUDY_ERRORS));
        assert_true(csv_number(csv, i, "error") == (double)awkward_float(i / STEP + 1 + i % STEP));
    }
    free(csv);
}

static void test_json_round_trip(void **state)
{
    fixture *f = *state;
    awkward_study(f->store);
    char *text = export_text(f->store, RES_EXPORT_EPOCHS, RES_JSON);
    cJSON *list = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(list), EPOCHS);
    size_t e = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, list)
    {
        e++;
        assert_string_equal(cJSON_GetObjectItem(row, "experiment")->valuestring,
                            "awkward, \"quoted\"");
        assert_true(cJSON_GetObjectItem(row, "seed")->valuedouble == 4294967295.0);
        assert_true(cJSON_GetObjectItem(row, "train_loss")->valuedouble == awkward(e));
        assert_true(cJSON_GetObjectItem(row, "val_loss")->valuedouble == awkward(e + 7));
    }
    cJSON_Delete(list);
    free(text);
}

static study small_study(void)
{
    return (study){.name = "s",
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {1, 2},
                   .n_seeds = 2,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "p90", "best_f1", "youden"},
                   .n_thresholds = 4};
}

#define COUNTS "normal_correct,normal_total,anomaly_correct,anomaly_total,"

/* How many errors of an export are on the right side of a threshold. */
static void count_errors(const char *csv, double trial, double epoch, double threshold,
                         size_t *normal, size_t *anomaly)
{
    *normal = *anomaly = 0;
    size_t per_step = 3 * STUDY_ERRORS, first = ((size_t)trial - 1) * 6 + (size_t)epoch - 1;
    for (size_t row = first * per_step; row < (first + 1) * per_step; row++) {
        assert_true(csv_number(csv, row, "trial") == trial);
        assert_true(csv_number(csv, row, "epoch") == epoch);
        bool above = csv_number(csv, row, "error") > threshold;
        const char *subset = csv_text(csv, row, "subset");
        *normal += strcmp(subset, "test") == 0 && !above;
        *anomaly += strcmp(subset, "anomaly") == 0 && above;
    }
}

/* The counts of evaluations and scores follow from the exported errors, whatever the threshold. */
static void test_counts_follow_from_errors(void **state)
{
    static const char *const chosen_on[] = {"given", "val", "test", "test"};
    fixture *f = *state;
    study s = small_study();
    study_run(f->store, &s);
    char *errors = export_text(f->store, RES_EXPORT_ERRORS, RES_CSV);
    char *csv = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_CSV);
    csv_check_head(csv, "experiment,trial,embedding_dim,seed,epochs,selected_epoch,train_loss,"
                        "val_loss,threshold,threshold_value,chosen_on," COUNTS
                        "normal_recall,anomaly_recall,precision,f1,balanced_accuracy,mcc,auroc,"
                        "auprc");
    assert_int_equal(csv_rows(csv), 32);
    size_t normal, anomaly;
    for (size_t row = 0; row < 32; row++) {
        count_errors(errors, csv_number(csv, row, "trial"), csv_number(csv, row, "selected_epoch"),
                     csv_number(csv, row, "threshold_value"), &normal, &anomaly);
        assert_string_equal(csv_text(csv, row, "threshold"), s.thresholds[row % 4]);
        assert_string_equal(csv_text(csv, row, "chosen_on"), chosen_on[row % 4]);
        assert_true(csv_number(csv, row, "normal_correct") == (double)normal);
        assert_true(csv_number(csv, row, "anomaly_correct") == (double)anomaly);
        assert_true(csv_number(csv, row, "normal_total") == STUDY_ERRORS);
        assert_true(csv_number(csv, row, "normal_recall") == (double)normal / STUDY_ERRORS);
        size_t salt = row / 8, selected = (size_t)csv_number(csv, row, "selected_epoch");
        assert_true(csv_number(csv, row, "val_loss") == study_val_loss(salt, selected));
    }
    free(csv);
    csv = export_text(f->store, RES_EXPORT_SCORES, RES_CSV);
    csv_check_head(csv,
                   "experiment,trial,embedding_dim,seed,epoch,threshold,threshold_value," COUNTS
                   "normal_recall,anomaly_recall");
    assert_int_equal(csv_rows(csv), 4 * 6 * 4);
    for (size_t row = 0; row < 96; row += 5) {
        count_errors(errors, csv_number(csv, row, "trial"), csv_number(csv, row, "epoch"),
                     csv_number(csv, row, "threshold_value"), &normal, &anomaly);
        assert_true(csv_number(csv, row, "trial") == (double)(row / 24 + 1));
        assert_true(csv_number(csv, row, "epoch") == (double)(row / 4 % 6 + 1));
        assert_true(csv_number(csv, row, "normal_correct") == (double)normal);
        assert_true(csv_number(csv, row, "anomaly_correct") == (double)anomaly);
        assert_true(csv_number(csv, row, "anomaly_recall") == (double)anomaly / STUDY_ERRORS);
    }
    free(csv);
    free(errors);
}

static void test_trials(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    for (size_t e = 1; e <= 6; e++)
        OK(study_record(f->store, s.trials[0].id, 0, e, &err));
    OK(study_record(f->store, s.trials[1].id, 1, 1, &err));
    OK(res_trial_set_state(f->store, s.revision, s.trials[1].id, RES_FAILED, "of \"age\",\n",
                           &err));
    char *csv = export_text(f->store, RES_EXPORT_TRIALS, RES_CSV);
    csv_check_head(csv, "experiment,trial,stage,state,embedding_dim,seed,epochs_done,"
                        "selected_epoch,train_loss,val_loss,seconds,failure");
    assert_string_equal(csv_text(csv, 0, "stage"), "search");
    assert_string_equal(csv_text(csv, 0, "state"), "done");
    assert_true(csv_number(csv, 0, "epochs_done") == 6);
    assert_true(csv_number(csv, 0, "selected_epoch") == (double)study_best_epoch(0));
    assert_true(csv_number(csv, 0, "val_loss") == study_val_loss(0, study_best_epoch(0)));
    assert_true(csv_number(csv, 0, "seconds") == 6 * (0.25 + 0.125));
    assert_string_equal(csv_text(csv, 0, "failure"), "");
    assert_string_equal(csv_text(csv, 1, "state"), "failed");
    assert_true(csv_number(csv, 1, "epochs_done") == 1);
    assert_non_null(strstr(csv_text(csv, 1, "failure"), "of \"age\","));
    free(csv);
    csv = export_text(f->store, RES_EXPORT_TRIALS, RES_JSON);
    cJSON *list = cJSON_Parse(csv);
    assert_int_equal(cJSON_GetArraySize(list), 4);
    const cJSON *third = cJSON_GetArrayItem(list, 2);
    assert_string_equal(cJSON_GetObjectItem(third, "state")->valuestring, "waiting");
    assert_true(cJSON_GetObjectItem(third, "epochs_done")->valuedouble == 0);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(third, "selected_epoch")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(third, "val_loss")));
    assert_true(cJSON_GetObjectItem(third, "embedding_dim")->valuedouble == 4);
    cJSON_Delete(list);
    free(csv);
}

/* A command's trials: metrics of their own, no thresholds, no errors. */
static void test_command(void **state)
{
    static const char *const names[] = {"accuracy", "Trial", "val_loss"};
    static const double recorded[2][3] = {{0.5, 7, 3}, {0.75, 8, 4}};
    fixture *f = *state;
    swp_err err;
    const res_revision_spec revision = {.name = "command", .ini_path = "c.ini"};
    const res_pair params[] = {{"layers", "007"}, {"words", "two words"}};
    const res_axis_spec axes[] = {{.key = "layers", .scale = "linear"},
                                  {.key = "words", .scale = "categorical"}};
    const res_trial_spec spec = {.key = "k", .params = params, .n_params = 2, .budget = 3};
    const res_metric_spec metrics[] = {{names[0], true}, {names[1], true}, {names[2], false}};
    res_trial_status trial;
    int64_t id;
    bool is_new;
    OK(res_revision_begin(f->store, &revision, &id, &is_new, &err));
    OK(res_axes_record(f->store, id, axes, 2, &err));
    OK(res_metrics_ensure(f->store, id, metrics, 3, &err));
    OK(res_trial_ensure(f->store, id, 1, &spec, &trial, &err));
    for (size_t e = 1; e <= 2; e++) {
        res_named_value values[3];
        for (size_t m = 0; m < 3; m++)
            values[m] = (res_named_value){names[m], recorded[e - 1][m]};
        const res_step step = {.step = e, .values = values, .n_values = 3};
        OK(res_step_record(f->store, trial.id, &step, &err));
    }
    char *csv = export_text(f->store, RES_EXPORT_TRIALS, RES_CSV);
    csv_check_head(csv, "experiment,trial,stage,state,layers,words,epochs_done,selected_epoch,"
                        "train_loss,val_loss,seconds,failure,metric.Trial,accuracy");
    assert_string_equal(csv_text(csv, 0, "layers"), "007");
    assert_true(csv_number(csv, 0, "selected_epoch") == 1);
    assert_true(csv_number(csv, 0, "val_loss") == 3);
    assert_true(csv_number(csv, 0, "accuracy") == 0.5);
    assert_true(csv_number(csv, 0, "metric.Trial") == 7);
    free(csv);
    csv = export_text(f->store, RES_EXPORT_EPOCHS, RES_CSV);
    csv_check_head(csv, "experiment,trial,layers,words,epoch,val_loss,metric.Trial,accuracy");
    assert_true(csv_number(csv, 1, "accuracy") == 0.75);
    free(csv);
    csv = export_text(f->store, RES_EXPORT_EPOCHS, RES_JSON);
    cJSON *list = cJSON_Parse(csv);
    const cJSON *row = cJSON_GetArrayItem(list, 1);
    assert_true(cJSON_GetObjectItem(row, "layers")->valuedouble == 7);
    assert_string_equal(cJSON_GetObjectItem(row, "words")->valuestring, "two words");
    cJSON_Delete(list);
    free(csv);
    csv = export_text(f->store, RES_EXPORT_ERRORS, RES_CSV);
    assert_int_equal(csv_rows(csv), 0);
    free(csv);
}

static void test_unfinished_evaluations_are_empty(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    for (size_t e = 1; e <= 3; e++)
        OK(study_record(f->store, s.trials[0].id, 0, e, &err));
    char *csv = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_CSV);
    for (size_t row = 0; row < 32; row++) {
        bool done = row < 4; /* of two epochs */
        assert_true(csv_number(csv, row, "epochs") == (row / 4 % 2 ? 6 : 2));
        assert_string_equal(csv_text(csv, row, "threshold"), s.thresholds[row % 4]);
        assert_true((*csv_text(csv, row, "selected_epoch") != '\0') == done);
        assert_true((*csv_text(csv, row, "threshold_value") != '\0') == done);
        assert_true((*csv_text(csv, row, "normal_total") != '\0') == done);
        assert_true((*csv_text(csv, row, "auprc") != '\0') == done);
    }
    free(csv);
    csv = export_text(f->store, RES_EXPORT_EVALUATIONS, RES_JSON);
    cJSON *list = cJSON_Parse(csv);
    assert_int_equal(cJSON_GetArraySize(list), 32);
    assert_true(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), "threshold")->valuedouble == 20);
    assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 1), "threshold")->valuestring,
                        "p90");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 31), "mcc")));
    cJSON_Delete(list);
    free(csv);
    csv = export_text(f->store, RES_EXPORT_SCORES, RES_CSV);
    assert_int_equal(csv_rows(csv), 3 * 4);
    free(csv);
}

/* Whichever allocation fails, it is reported. */
static void test_without_memory(void **state)
{
    fixture *f = *state;
    study s = small_study();
    study_run(f->store, &s);
    FILE *out = tmpfile();
    for (res_export_what what = RES_EXPORT_EVALUATIONS; what <= RES_EXPORT_ERRORS; what++) {
        swp_status status = SWP_NOMEM;
        for (unsigned long n = 1; status != SWP_OK; n++) {
            swp_err err = {0};
            swp_mem_fail_at(n);
            status = res_export_write(f->store, NULL, what, RES_JSON, out, &err);
            swp_mem_fail_at(0);
            assert_true(status == SWP_OK || (status == SWP_NOMEM && err.status == SWP_NOMEM));
            assert_true(n < 100000);
        }
    }
    fclose(out);
}

/* A row of evaluations or scores costs a few instructions of SQLite per column read. */
static void test_work_of_a_row(void **state)
{
    fixture *f = *state;
    enum { ROWS = 7 * 7 * 8 * 8, MOST = 60 };
    study s = study_many("many");
    study_run(f->store, &s);
    static const res_export_what tables[] = {RES_EXPORT_EVALUATIONS, RES_EXPORT_SCORES};
    for (size_t i = 0; i < 2; i++) {
        fixture_count_work(f->store);
        char *csv = export_text(f->store, tables[i], RES_CSV);
        assert_int_equal(csv_rows(csv), ROWS);
        assert_in_range(fixture_count_work(f->store) / ROWS, 1, MOST);
        free(csv);
    }
    /* The same if evaluations of other trials are between those of one. */
    assert_int_equal(
        sqlite3_exec(f->store->db,
                     "DROP TRIGGER evaluation_is_final; CREATE TEMP TABLE n AS SELECT "
                     "number AS old, row_number() OVER (ORDER BY threshold, epochs, "
                     "trial_id) AS new FROM evaluation; UPDATE evaluation SET number = "
                     "number + 100000; UPDATE evaluation SET number = (SELECT new FROM "
                     "n WHERE old = number - 100000)",
                     NULL, NULL, NULL),
        0);
    fixture_count_work(f->store);
    free(export_text(f->store, RES_EXPORT_EVALUATIONS, RES_CSV));
    assert_in_range(fixture_count_work(f->store) / ROWS, 1, MOST);
}

static void test_wrong_words(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_export_what what;
    OK(res_export_parse("scores", &what, &err));
    assert_int_equal(what, RES_EXPORT_SCORES);
    assert_int_equal(res_export_parse("weights", &what, &err), SWP_USAGE);
    assert_int_equal(res_export_write(f->store, NULL, RES_EXPORT_EVALUATIONS, RES_MD, stderr, &err),
                     SWP_USAGE);
    assert_int_equal(
        res_export_write(f->store, "none", RES_EXPORT_EVALUATIONS, RES_CSV, stderr, &err),
        SWP_CONFIG);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_csv_round_trip),
        WITH_STORE(test_errors_round_trip),
        WITH_STORE(test_json_round_trip),
        WITH_STORE(test_counts_follow_from_errors),
        WITH_STORE(test_trials),
        WITH_STORE(test_command),
        WITH_STORE(test_unfinished_evaluations_are_empty),
        WITH_STORE(test_without_memory),
        WITH_STORE(test_work_of_a_row),
        WITH_STORE(test_wrong_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
