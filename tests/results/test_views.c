/* The views have the columns of the exports, and impossible rows are named. */
#include "results/store/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/base/mem.h"
#include "results/query/study.h"
#include "results/store/sql.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* The columns of a view, in their order. */
static void check_columns(fixture *f, const char *view, const char *columns)
{
    char sql[640];
    snprintf(sql, sizeof sql, "SELECT group_concat(name) = '%s' FROM pragma_table_info('%s')",
             columns, view);
    if (query_int(f->path, sql) != 1)
        fail_msg("the columns of %s", view);
}

#define READ_COLUMNS                                                                               \
    "epochs,selected_epoch,train_loss,val_loss,threshold,threshold_value,chosen_on,"               \
    "normal_correct,normal_total,anomaly_correct,anomaly_total,normal_recall,anomaly_recall,"      \
    "precision,f1,balanced_accuracy,auroc,auprc"
#define SCORE_COLUMNS                                                                              \
    "epoch,threshold,threshold_value,normal_correct,normal_total,anomaly_correct,anomaly_total,"   \
    "normal_recall,anomaly_recall"

static void test_views_have_the_exports_columns(void **state)
{
    fixture *f = *state;
    study s = study_small();
    study_run(f->store, &s);
    check_columns(f, "v_evaluations", "experiment,trial,params," READ_COLUMNS);
    check_columns(f, "small.evaluations", "experiment,trial,embedding_dim,seed," READ_COLUMNS);
    check_columns(f, "v_trials",
                  "experiment,trial,stage,state,params,epochs_done,selected_epoch,"
                  "train_loss,val_loss,seconds,failure");
    check_columns(f, "small.trials",
                  "experiment,trial,stage,state,embedding_dim,seed,epochs_done,"
                  "selected_epoch,train_loss,val_loss,seconds,failure");
    check_columns(f, "v_epochs",
                  "experiment,trial,params,epoch,train_loss,val_loss,train_s,eval_s");
    check_columns(f, "small.epochs",
                  "experiment,trial,embedding_dim,seed,epoch,train_loss,"
                  "val_loss,train_s,eval_s");
    check_columns(f, "v_scores", "experiment,trial,params," SCORE_COLUMNS);
    check_columns(f, "small.scores", "experiment,trial,embedding_dim,seed," SCORE_COLUMNS);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM v_evaluations WHERE "
                                        "typeof(threshold) = 'integer' AND threshold = 20 "
                                        "AND chosen_on = 'given'"),
                     4);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM v_evaluations WHERE "
                                        "threshold = 'p90' AND chosen_on = 'val'"),
                     4);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"small.evaluations\" WHERE "
                                        "typeof(embedding_dim) = 'integer' AND embedding_dim = 4"),
                     6);
    assert_int_equal(query_int(f->path, "SELECT params = '{\"embedding_dim\":4,\"seed\":42}' "
                                        "FROM v_trials WHERE trial = 2"),
                     1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM (SELECT experiment, trial, epochs, "
                                        "threshold, f1, auroc FROM v_evaluations EXCEPT SELECT "
                                        "experiment, trial, epochs, threshold, f1, auroc "
                                        "FROM \"small.evaluations\")"),
                     0);
}

/* Names of columns: short where that is unique, never one that an export has already, whatever the
 * case; words stay words, and numbers read back to the same value. */
static void test_axes_are_columns(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    s.name = "it's \"odd\"";
    study_run(f->store, &s);
    static const res_axis_spec axes[] = {{.key = "model.embedding_dim", .scale = "linear"},
                                         {.key = "train.Trial", .scale = "categorical"},
                                         {.key = "a.b", .scale = "categorical"},
                                         {.key = "data.loss", .scale = "categorical"},
                                         {.key = "train.Loss", .scale = "categorical"},
                                         {.key = "train.learning_rate", .scale = "log"},
                                         {.key = "A.B", .scale = "categorical"},
                                         {.key = "train.seed", .scale = "linear", .is_seed = true}};
    OK(res_axes_record(f->store, s.revision, axes, sizeof axes / sizeof axes[0], &err));
    assert_int_equal(
        query_int(f->path, "SELECT group_concat(name) = 'embedding_dim,param.Trial,a.b,data.loss,"
                           "train.Loss,learning_rate,A.B~2,seed' FROM (SELECT name FROM axis "
                           "ORDER BY position)"),
        1);
    assert_int_equal(
        query_int(f->path, "SELECT count(*) FROM pragma_table_info('it''s \"odd\".epochs') WHERE "
                           "name IN ('param.Trial', 'A.B~2', 'learning_rate')"),
        3);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM \"it's \"\"odd\"\".epochs\" WHERE "
                                        "learning_rate = 0.001 AND \"A.B~2\" IS NULL"),
                     12);
    assert_int_equal(query_int(f->path, "SELECT sum(json_valid(params)) FROM v_trials"), 2);
    /* The same axes again change nothing, so readers keep their statements. */
    int64_t version = query_int(f->path, "PRAGMA schema_version");
    OK(res_axes_record(f->store, s.revision, axes, sizeof axes / sizeof axes[0], &err));
    assert_int_equal(query_int(f->path, "PRAGMA schema_version"), version);
}

/* Impossible rows are named. */
static void test_damage_is_named(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *damage, *where;
    } cases[] = {
        {"DROP TRIGGER value_is_final; UPDATE value SET value = 9e999 WHERE step = 3",
         "table revision_trial, row 1, column value"},
        {"DROP TRIGGER error_blob_is_final; UPDATE error_blob SET errors = x'0000c07f' "
         "WHERE step = 3 AND subset = 'test' AND trial_id = 2",
         "table error_blob, row 2/3/test, column errors"},
        {"DROP TRIGGER step_is_final; UPDATE step SET best_step = 99 WHERE trial_id = 1",
         "table step, row 1/6, column best_step"},
        {"PRAGMA ignore_check_constraints = ON; UPDATE revision_trial SET state = 'lost', "
         "budget = 9 WHERE number = 2",
         "table revision_trial, row 2, column state"},
    };
    study s = study_small();
    swp_err err;
    study_run(f->store, &s);
    res_store_close(f->store);
    f->store = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[128], into[192];
        snprintf(path, sizeof path, "%s/damaged.db", f->folder);
        snprintf(into, sizeof into, "VACUUM INTO '%s'", path);
        assert_int_equal(run_sql(f->path, into), 0);
        assert_int_equal(run_sql(path, cases[i].damage), 0);
        res_store *store;
        study more = study_small();
        more.thresholds[3] = "youden";
        more.n_thresholds = 4;
        more.epochs[1] = 8;
        OK(res_store_open(path, RES_WRITE, &store, &err));
        swp_status status = study_plan(store, &s, &err);
        if (status == SWP_OK)
            status = study_plan(store, &more, &err);
        if (status == SWP_OK)
            status = study_record(store, s.trials[0].id, 0, 7, &err);
        if (status != SWP_DB || !strstr(err.text, cases[i].where))
            fail_msg("expected \"%s\", found \"%s\"", cases[i].where, err.text);
        res_store_close(store);
        unlink(path);
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_views_have_the_exports_columns),
        WITH_STORE(test_axes_are_columns),
        WITH_STORE(test_damage_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
