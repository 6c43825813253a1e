#include "results/store/store.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

static study small_study(void)
{
    return (study){.name = "small",
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "p90", "best_f1"},
                   .n_thresholds = 3};
}

static void test_run_and_run_again(void **state)
{
    fixture *f = *state;
    study s = small_study();
    study_run(f->store, &s);
    assert_true(s.is_new);
    assert_int_equal(s.n_done, 0);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation_result"), 12);

    int64_t revision = s.revision;
    fixture_reopen(f, RES_WRITE);
    swp_err err;
    OK(study_plan(f->store, &s, &err));
    assert_false(s.is_new);
    assert_int_equal(s.revision, revision);
    assert_int_equal(s.n_done, 12);
    for (size_t t = 0; t < s.n_trials; t++) {
        assert_int_equal(s.trials[t].status, RES_DONE);
        assert_int_equal(s.trials[t].epochs_done, 6);
    }
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation"), 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM run"), 2);
}

static void test_evaluations_finish_with_their_epoch(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    const char *done = "SELECT count(*) FROM evaluation_result";
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    assert_int_equal(query_int(f->path, done), 0);
    OK(study_record(f->store, s.trials[0].id, 0, 2, &err));
    assert_int_equal(query_int(f->path, done), 3);
    for (size_t e = 3; e <= 6; e++)
        OK(study_record(f->store, s.trials[0].id, 0, e, &err));
    assert_int_equal(query_int(f->path, done), 6);
    /* Validation loss is smallest at epoch 3: epoch 2 is the best of 2, 3 the best of 6. */
    assert_int_equal(
        query_int(f->path, "SELECT selected_epoch FROM v_evaluations WHERE evaluation = 1"), 2);
    assert_int_equal(
        query_int(f->path, "SELECT selected_epoch FROM v_evaluations WHERE evaluation = 4"), 3);
    assert_int_equal(query_int(f->path,
                               "SELECT count(*) FROM v_evaluations WHERE selected_epoch IS "
                               "NULL AND train_loss IS NULL"),
                     6);
}

static void test_state_is_that_of_the_last_epoch(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
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
    /* Trial on from any other would give bits of no run. */
    assert_int_equal(run_sql(f->path, "UPDATE state SET epoch = 1"), SQLITE_OK);
    OK(res_state_load(f->store, s.trials[0].id, &blob, &n, &err));
    assert_null(blob);
}

static void test_more_epochs_continue(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    study_run(f->store, &s);
    int64_t first = s.trials[0].id;

    study more = small_study();
    more.epochs[1] = 8;
    OK(study_plan(f->store, &more, &err));
    assert_true(more.is_new);
    assert_int_not_equal(more.revision, s.revision);
    assert_int_equal(more.trials[0].id, first);
    assert_int_equal(more.trials[0].epochs_done, 6);
    assert_int_equal(more.trials[0].status, RES_PENDING);
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
    study s = small_study();
    study_run(f->store, &s);
    study fresh = small_study();
    fresh.fresh = true;
    OK(study_plan(f->store, &fresh, &err));
    assert_true(fresh.is_new);
    assert_int_equal(fresh.n_done, 0);
    assert_int_equal(fresh.trials[0].epochs_done, 0);
    assert_int_not_equal(fresh.trials[0].id, s.trials[0].id);

    /* Without fresh the same settings now mean the new generation. */
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.revision, fresh.revision);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision"), 2);
}

/* A trial that is not the first of small_study. */
static const res_trial_spec other_data = {
    .key = "other data", .data = 1, .arch = "single", .embedding_dim = 2, .max_epochs = 6};

static void test_changed_data_is_not_mixed(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    study_run(f->store, &s);
    res_trial_state found;
    assert_int_equal(res_trial_ensure(f->store, s.revision, 1, &other_data, &found, &err),
                     SWP_CONFIG);
    assert_non_null(strstr(err.hint, "--fresh"));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM trial"), 2);
}

static void test_failure_and_retry(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    OK(res_trial_fail(f->store, s.trials[0].id, "worker died: signal 9", &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].status, RES_FAILED);
    assert_int_equal(s.trials[0].epochs_done, 1);
    OK(res_trial_retry(f->store, s.trials[0].id, &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(s.trials[0].status, RES_PENDING);
    assert_int_equal(res_trial_fail(f->store, 99, "none", &err), SWP_INTERNAL);
}

static void test_non_finite_is_refused(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    float good[1] = {1}, bad[1] = {NAN};
    const res_epoch epochs[] = {
        {.epoch = 1, .train_loss = (double)NAN, .val_loss = 1},
        {.epoch = 1, .train_loss = 1, .val_loss = (double)INFINITY},
        {.epoch = 1,
         .train_loss = 1,
         .val_loss = 1,
         .errors =
             {.val = good, .n_val = 1, .test = good, .n_test = 1, .anomaly = bad, .n_anomaly = 1}},
    };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(res_epoch_record(f->store, s.trials[0].id, &epochs[i], &err), SWP_NUMERIC);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM epoch"), 0);
}

static void test_epochs_come_in_order(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    int64_t id = s.trials[0].id;
    assert_int_equal(study_record(f->store, id, 0, 2, &err), SWP_INTERNAL);
    OK(study_record(f->store, id, 0, 1, &err));
    assert_int_equal(study_record(f->store, id, 0, 1, &err), SWP_BUSY);
    assert_non_null(strstr(err.hint, "another"));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM epoch"), 1);
}

static void test_finished_rows_are_immutable(void **state)
{
    fixture *f = *state;
    study s = small_study();
    study_run(f->store, &s);
    static const char *const changes[] = {"UPDATE epoch SET val_loss = 0",
                                          "UPDATE evaluation_result SET normal_correct = 0",
                                          "UPDATE error_blob SET errors = x''",
                                          "UPDATE evaluation SET epochs = 1",
                                          "UPDATE trial SET seed = 1",
                                          "UPDATE weights SET safetensors = x''",
                                          "UPDATE reconstruction SET epoch = 1",
                                          "DELETE FROM epoch",
                                          "DELETE FROM evaluation_result",
                                          "DELETE FROM error_blob",
                                          "DELETE FROM evaluation"};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_int_equal(run_sql(f->path, changes[i]), SQLITE_CONSTRAINT);
}

static void test_planning_is_one_transaction(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(res_store_begin(f->store, &err));
    OK(study_plan(f->store, &s, &err));
    /* A verb that fails inside takes back itself only. */
    assert_int_equal(res_trial_fail(f->store, 99, "none", &err), SWP_INTERNAL);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation"), 0);
    res_store_rollback(f->store);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM experiment"), 0);

    OK(res_store_begin(f->store, &err));
    OK(study_plan(f->store, &s, &err));
    assert_int_equal(res_trial_fail(f->store, 99, "none", &err), SWP_INTERNAL);
    /* This one fails once it has added a trial. */
    res_trial_state found;
    assert_int_equal(res_trial_ensure(f->store, s.revision, 1, &other_data, &found, &err),
                     SWP_CONFIG);
    OK(res_store_commit(f->store, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM evaluation"), 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM trial"), 2);
}

static void test_reader_sees_whole_epochs(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    res_store *reader;
    OK(res_store_open(f->path, RES_READ, &reader, &err));
    res_trial *list;
    size_t n;

    OK(res_store_begin(f->store, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    OK(res_trials_list(reader, s.revision, &list, &n, &err));
    assert_int_equal(list[0].n_epochs, 0);
    res_trials_free(list, n);
    OK(res_snapshot_begin(reader, &err));
    OK(res_trials_list(reader, s.revision, &list, &n, &err));
    res_trials_free(list, n);
    OK(res_store_commit(f->store, &err));
    OK(res_trials_list(reader, s.revision, &list, &n, &err)); /* still of that moment */
    assert_int_equal(list[0].n_epochs, 0);
    res_trials_free(list, n);
    res_snapshot_end(reader);
    OK(res_trials_list(reader, s.revision, &list, &n, &err));
    assert_int_equal(list[0].n_epochs, 1);
    res_trials_free(list, n);
    res_store_close(reader);
}

static void test_second_writer_is_told(void **state)
{
    fixture *f = *state;
    swp_err err;
    res_store *second;
    OK(res_store_open(f->path, RES_WRITE, &second, &err));
    OK(res_store_begin(f->store, &err));
    assert_int_equal(res_store_begin(second, &err), SWP_BUSY);
    assert_non_null(strstr(err.text, "another process"));
    res_store_rollback(f->store);
    OK(res_store_begin(second, &err));
    res_store_rollback(second);
    res_store_close(second);
}

static void test_killed_writer_leaves_whole_epochs(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    int64_t id = s.trials[0].id;
    res_store_close(f->store);
    f->store = NULL;
    pid_t child = fork();
    if (child == 0) {
        res_store *store;
        bool ok = res_store_open(f->path, RES_WRITE, &store, &err) == SWP_OK &&
                  study_record(store, id, 0, 1, &err) == SWP_OK &&
                  res_store_begin(store, &err) == SWP_OK &&
                  study_record(store, id, 0, 2, &err) == SWP_OK;
        raise(ok ? SIGKILL : SIGTERM);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    fixture_reopen(f, RES_WRITE);
    assert_int_equal(query_int(f->path, "SELECT max(epoch) FROM epoch"), 1);
    OK(study_record(f->store, id, 0, 2, &err));
}

static void test_full_disk_keeps_what_was_recorded(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    /* The limit belongs to the connection: no more pages than the file has now. */
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL),
                     SQLITE_OK);
    size_t epoch = 1;
    swp_status status;
    do
        status = study_record(f->store, s.trials[0].id, 0, epoch, &err);
    while (status == SWP_OK && epoch++ < 100);
    assert_int_equal(status, SWP_IO);
    assert_non_null(strstr(err.text, "full"));

    fixture_reopen(f, RES_WRITE);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM epoch"), epoch - 1);
    OK(study_record(f->store, s.trials[0].id, 0, epoch, &err));
}

static void test_full_disk_while_planning(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    assert_int_equal(sqlite3_exec(f->store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL),
                     SQLITE_OK);
    OK(res_store_begin(f->store, &err));
    swp_status status = SWP_OK;
    for (size_t i = 0; i < 1000 && status == SWP_OK; i++) {
        s.rate = i % 2 ? "1" : "2";
        s.fresh = true;
        status = study_plan(f->store, &s, &err);
    }
    assert_int_equal(status, SWP_IO);
    /* SQLite has undone all of it: nothing may be added as if it were still there. */
    const res_event_spec event = {.kind = "started", .text = ""};
    assert_int_equal(res_event_add(f->store, 1, &event, &err), SWP_DB);
    assert_non_null(strstr(err.text, "undone"));
    res_store_rollback(f->store);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision"), 0);
}

static swp_status scenario(const char *path, swp_err *err)
{
    study s = small_study();
    res_store *store;
    char *text = NULL;
    size_t size = 0;
    swp_status status = res_store_open(path, RES_WRITE, &store, err);
    if (status == SWP_OK)
        status = study_plan(store, &s, err);
    for (size_t e = s.trials[0].epochs_done + 1; e <= 6 && status == SWP_OK; e++)
        status = study_record(store, s.trials[0].id, 0, e, err);
    void *blob = NULL;
    if (status == SWP_OK)
        status = res_state_load(store, s.trials[0].id, &blob, &size, err);
    swp_free(blob);
    const res_threshold threshold = {RES_THRESHOLD_YOUDEN, 0};
    for (res_format format = RES_TABLE; format <= RES_JSON && status == SWP_OK; format++) {
        const res_report_options options = {
            .format = format, .filter = {&threshold, format != RES_TABLE, NULL, 0}, .wide = true};
        FILE *out = open_memstream(&text, &size);
        status = res_report_write(store, NULL, &options, out, err);
        if (status == SWP_OK)
            status = res_list_write(store, format, out, err);
        if (status == SWP_OK)
            status = res_show_write(store, s.trials[0].id, format, out, err);
        fclose(out);
        free(text);
    }
    res_store_close(store);
    return status;
}

static void test_every_allocation_may_fail(void **state)
{
    fixture *f = *state;
    res_store_close(f->store);
    f->store = NULL;
    swp_err err = {0};
    swp_status status = SWP_NOMEM;
    unsigned long n = 0;
    while (status == SWP_NOMEM && n < 10000) {
        swp_mem_fail_at(++n);
        status = scenario(f->path, &err);
        swp_mem_fail_at(0);
        assert_int_equal(query_int(f->path, "SELECT count(*) FROM pragma_integrity_check WHERE "
                                            "integrity_check = 'ok'"),
                         1);
    }
    assert_int_equal(status, SWP_OK);
    assert_true(n > 50);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM epoch"), 6);
}

static void test_events(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = small_study();
    OK(study_plan(f->store, &s, &err));
    const res_event_spec event = {.kind = "interrupted", .text = "by the user"};
    OK(res_event_add(f->store, s.revision, &event, &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM event WHERE kind = 'interrupted' "
                                        "AND at LIKE '20__-__-__T__:__:__Z'"),
                     1);
    assert_int_equal(res_event_add(f->store, 99, &event, &err), SWP_DB);
}

static void test_views_have_the_exports_columns(void **state)
{
    fixture *f = *state;
    assert_int_equal(
        query_int(
            f->path,
            "SELECT group_concat(name) = 'experiment,evaluation,trial,arch,embedding_dim,"
            "epochs,threshold,seed,selected_epoch,train_loss,val_loss,normal_correct,"
            "normal_total,anomaly_correct,anomaly_total' FROM pragma_table_info('v_evaluations')"),
        1);
    assert_int_equal(query_int(f->path,
                               "SELECT group_concat(name) = 'experiment,trial,arch,embedding_dim,"
                               "seed,epoch,train_loss,val_loss,train_s,eval_s' "
                               "FROM pragma_table_info('v_epochs')"),
                     1);
    study s = small_study();
    study_run(f->store, &s);
    assert_int_equal(query_int(f->path, "SELECT typeof(threshold) = 'integer' AND threshold = 20 "
                                        "FROM v_evaluations WHERE evaluation = 1"),
                     1);
    assert_int_equal(
        query_int(f->path, "SELECT threshold = 'p90' FROM v_evaluations WHERE evaluation = 2"), 1);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_run_and_run_again),
        WITH_STORE(test_evaluations_finish_with_their_epoch),
        WITH_STORE(test_state_is_that_of_the_last_epoch),
        WITH_STORE(test_more_epochs_continue),
        WITH_STORE(test_fresh_uses_nothing_again),
        WITH_STORE(test_changed_data_is_not_mixed),
        WITH_STORE(test_failure_and_retry),
        WITH_STORE(test_non_finite_is_refused),
        WITH_STORE(test_epochs_come_in_order),
        WITH_STORE(test_finished_rows_are_immutable),
        WITH_STORE(test_planning_is_one_transaction),
        WITH_STORE(test_reader_sees_whole_epochs),
        WITH_STORE(test_second_writer_is_told),
        WITH_STORE(test_killed_writer_leaves_whole_epochs),
        WITH_STORE(test_full_disk_keeps_what_was_recorded),
        WITH_STORE(test_full_disk_while_planning),
        WITH_STORE(test_every_allocation_may_fail),
        WITH_STORE(test_events),
        WITH_STORE(test_views_have_the_exports_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
