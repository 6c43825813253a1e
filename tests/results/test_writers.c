/* Readers and writers of one store: transactions, a second process, kills, full disks, memory. */
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

/* The number of steps of the first trial that a reader sees. */
static size_t steps_of(res_store *reader)
{
    res_study read;
    swp_err err;
    OK(res_study_load(reader, NULL, &read, &err));
    size_t n = read.trials[0].n_steps;
    res_study_deinit(&read);
    return n;
}

static void test_reader_sees_whole_epochs(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    res_store *reader;
    OK(res_store_open(f->path, RES_READ, &reader, &err));
    assert_int_equal(steps_of(reader), 0);

    OK(res_store_begin(f->store, &err));
    OK(study_record(f->store, s.trials[0].id, 0, 1, &err));
    assert_int_equal(steps_of(reader), 0);
    OK(res_snapshot_begin(reader, &err));
    assert_int_equal(steps_of(reader), 0);
    OK(res_store_commit(f->store, &err));
    assert_int_equal(steps_of(reader), 0); /* still as at that moment */
    res_snapshot_end(reader);
    assert_int_equal(steps_of(reader), 1);
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
    study s = study_small();
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
    assert_int_equal(query_int(f->path, "SELECT max(step) FROM step"), 1);
    OK(study_record(f->store, id, 0, 2, &err));
}

static void test_full_disk_keeps_what_was_recorded(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
    OK(study_plan(f->store, &s, &err));
    /* A limit of the connection: no more pages than the file has now. */
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
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), epoch - 1);
    OK(study_record(f->store, s.trials[0].id, 0, epoch, &err));
}

static void test_full_disk_while_planning(void **state)
{
    fixture *f = *state;
    swp_err err;
    study s = study_small();
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
    /* SQLite has rolled back everything, so nothing may be added to the transaction. */
    const res_event_spec event = {.kind = "started", .text = ""};
    assert_int_equal(res_event_add(f->store, 1, &event, &err), SWP_DB);
    assert_non_null(strstr(err.text, "undone"));
    res_store_rollback(f->store);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision"), 0);
}

static swp_status read_study(res_store *store, swp_err *err)
{
    static const res_threshold youden = {RES_THRESHOLD_YOUDEN, 0};
    const res_evaluation_filter filters[] = {{0}, {.thresholds = &youden, .n_thresholds = 1}};
    res_study read;
    swp_status status = res_study_load(store, NULL, &read, err);
    for (size_t i = 0; i < 2 && status == SWP_OK; i++) {
        res_evaluation *list;
        size_t n;
        status = res_evaluations_list(store, &read, &filters[i], &list, &n, err);
        if (status == SWP_OK)
            swp_free(list);
    }
    res_study_deinit(&read);
    return status;
}

static swp_status scenario(const char *path, swp_err *err)
{
    study s = study_small();
    res_store *store;
    size_t size = 0;
    swp_status status = res_store_open(path, RES_WRITE, &store, err);
    if (status == SWP_OK)
        status = study_plan(store, &s, err);
    for (size_t e = s.trials[0].steps_done + 1; e <= 6 && status == SWP_OK; e++)
        status = study_record(store, s.trials[0].id, 0, e, err);
    void *blob = NULL;
    if (status == SWP_OK)
        status = res_state_load(store, s.trials[0].id, &blob, &size, err);
    swp_free(blob);
    if (status == SWP_OK)
        status = read_study(store, err);
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
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 6);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_reader_sees_whole_epochs),
        WITH_STORE(test_second_writer_is_told),
        WITH_STORE(test_killed_writer_leaves_whole_epochs),
        WITH_STORE(test_full_disk_keeps_what_was_recorded),
        WITH_STORE(test_full_disk_while_planning),
        WITH_STORE(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
