/* Reads and writes that fail at some moment: whichever statement, row or allocation fails, it is
 * reported, nothing is lost and the store is unchanged. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "results/report/compare.h"
#include "results/store/check.h"
#include "results/store/search.h"
#include "tests/results/failing.h"
#include "tests/results/fixture.h"
#include "tests/results/reporting.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* A study of two dimensions and two seeds: two proposed trials, two that repeat the first. */
static void fill(fixture *f)
{
    study s = make_seeds();
    swp_err err;
    size_t slots;
    double point[] = {2, 1};
    s.n_dims = s.n_seeds = 2;
    study_run(f->store, &s);
    OK(res_search_ensure(f->store, s.revision, &study_search, &slots, &err));
    for (size_t i = 0; i < 2; i++) {
        const res_confirmation fit = {i + 3, 1, (uint32_t)i};
        study_propose(f->store, &s, i + 1, point);
        OK(res_confirmation_add(f->store, s.revision, &fit, &err));
    }
    OK(res_trial_set_state(f->store, s.revision, s.trials[1].id, RES_FAILED, "loss", &err));
    OK(res_note_set(f->store, s.revision, "a note", &err));
}

/* Another experiment with the same trials, to compare with. */
static void fill_second(fixture *f)
{
    study s = make_seeds();
    s.n_dims = s.n_seeds = 2;
    s.name = "second";
    s.rate = "0.5";
    study_run(f->store, &s);
}

/* --- what is read ----------------------------------------------------------------------------- */

typedef swp_status reader(res_store *store, FILE *out, swp_err *err);

static swp_status read_reports(res_store *store, FILE *out, swp_err *err)
{
    static const res_threshold youden = {RES_THRESHOLD_YOUDEN, 0};
    static const size_t epochs = 3;
    static const char *const where[] = {"seed=42"};
    const res_report_options options[] = {
        {.format = RES_TABLE, .wide = true, .ci = true},
        {.format = RES_CSV, .classes = true},
        {.format = RES_HTML, .no_charts = "none"},
        {.format = RES_JSON,
         .filter = {.thresholds = &youden, .n_thresholds = 1, .epochs = &epochs, .n_epochs = 1}},
        {.format = RES_MD, .where = where, .n_where = 1, .best = "f1"},
        {.format = RES_LATEX, .group_by = "embedding_dim", .sort = "val_loss"},
    };
    swp_status status = SWP_OK;
    for (size_t i = 0; i < sizeof options / sizeof options[0] && status == SWP_OK; i++)
        status = res_report_write(store, "embedding", &options[i], out, err);
    return status;
}

static swp_status read_exports(res_store *store, FILE *out, swp_err *err)
{
    swp_status status = SWP_OK;
    for (res_export_what what = RES_EXPORT_EVALUATIONS; what <= RES_EXPORT_ERRORS; what++)
        for (res_format format = RES_CSV; format <= RES_JSON && status == SWP_OK; format++)
            status = res_export_write(store, "embedding", what, format, out, err);
    return status == SWP_OK ? res_export_best(store, "embedding", out, err) : status;
}

static swp_status read_comparisons(res_store *store, FILE *out, swp_err *err)
{
    static const res_compare_options options = {.format = RES_TABLE};
    swp_status status = res_compare_write(store, "embedding", "second", &options, out, err);
    if (status == SWP_OK)
        status = res_compare_write(store, "embedding:1", "embedding:4", &options, out, err);
    return status == SWP_OK ? res_compare_all_write(store, "second", NULL, &options, out, err)
                            : status;
}

static swp_status read_others(res_store *store, FILE *out, swp_err *err)
{
    res_span *spans = NULL;
    res_event *events = NULL;
    res_class *classes = NULL;
    size_t n, n_events = 0, n_classes = 0;
    swp_status status = res_list_write(store, RES_TABLE, out, err);
    if (status == SWP_OK)
        status = res_show_write(store, "embedding", 2, RES_TABLE, out, err);
    if (status == SWP_OK)
        status = res_spans_list(store, 1, &spans, &n, err);
    if (status == SWP_OK)
        status = res_events_list(store, 1, &events, &n_events, err);
    if (status == SWP_OK)
        status = res_classes_list(store, 1, &classes, &n_classes, err);
    swp_free(spans);
    res_events_free(events, n_events);
    res_classes_free(classes, n_classes);
    return status;
}

/* What a run reads of its search. */
static swp_status read_search(res_store *store, FILE *out, swp_err *err)
{
    (void)out;
    res_confirmation *fits = NULL;
    res_proposal *proposals = NULL;
    double *values = NULL;
    size_t slots, n = 0, n_fits = 0, n_values;
    swp_status status = res_search_ensure(store, 1, &study_search, &slots, err);
    if (status == SWP_OK)
        status = res_proposals_load(store, 1, 2, &proposals, &n, err);
    if (status == SWP_OK)
        status = res_confirmations_load(store, 1, &fits, &n_fits, err);
    if (status == SWP_OK)
        status = res_values_load(store, 1, "val_loss", 1, &values, &n_values, err);
    if (status == SWP_OK)
        status = res_proposal_set_outcome(store, 1, &proposals[0], err);
    if (status == SWP_OK)
        status = res_attempts_last(store, 1, &n_values, err);
    res_proposals_free(proposals, n);
    swp_free(fits);
    swp_free(values);
    return status;
}

static swp_status read_all_rows(res_store *store, FILE *out, swp_err *err)
{
    (void)out;
    res_check check = {0};
    return res_store_check(store, &check, err);
}

/* Only a run reads its search. */
static res_mode mode_of(reader *read)
{
    return read == read_search ? RES_WRITE : RES_READ;
}

/* Let the n-th fail, then the next, until none is left; of later ones fewer and fewer. Returns how
 * many failures were reported. */
static size_t fail_each(const char *path, reader *read, failing_what what, FILE *out)
{
    size_t n_told = 0;
    int failed = 1;
    for (size_t n = 1; failed; n += 1 + n / (what == FAILING_ROW ? 4 : 16)) {
        swp_err err = {0};
        bool asked = n % 2 == 0; /* without an error, the reason is not needed */
        res_store *store = NULL;
        rewind(out);
        failing_at(n, what);
        swp_status status = res_store_open(path, mode_of(read), &store, &err);
        if (status == SWP_OK)
            status = read(store, out, asked ? &err : NULL);
        failed = failing_has_failed();
        failing_at(0, what);
        asked |= store == NULL;
        res_store_close(store);
        if (status != SWP_OK && (!failed || (asked && (status != SWP_DB || err.status != SWP_DB))))
            fail_msg("%zu: %s: %s", n, swp_status_name(status), err.text);
        n_told += status != SWP_OK;
        assert_true(n < 100000);
    }
    return n_told;
}

/* The same for allocations, until none fails. */
static size_t lack_memory(const char *path, reader *read, FILE *out)
{
    size_t n_told = 0;
    swp_status status = SWP_NOMEM;
    for (unsigned long n = 1; status != SWP_OK; n += 1 + n / 16) {
        swp_err err = {0};
        res_store *store = NULL;
        rewind(out);
        swp_mem_fail_at(n);
        status = res_store_open(path, mode_of(read), &store, &err);
        if (status == SWP_OK)
            status = read(store, out, &err);
        swp_mem_fail_at(0);
        res_store_close(store);
        if (status != SWP_OK && (status != SWP_NOMEM || err.status != SWP_NOMEM))
            fail_msg("allocation %lu: %s: %s", n, swp_status_name(status), err.text);
        n_told += status != SWP_OK;
        assert_true(n < 1000000);
    }
    return n_told;
}

static void every_read_may_fail(void **state)
{
    fixture *f = *state;
    static reader *const readers[] = {read_reports, read_exports,  read_comparisons,
                                      read_others,  read_all_rows, read_search};
    fill(f);
    fill_second(f);
    FILE *out = tmpfile();
    assert_non_null(out);
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        assert_true(fail_each(f->path, readers[i], FAILING_STATEMENT, out) > 10);
        assert_true(fail_each(f->path, readers[i], FAILING_ROW, out) > 2);
        (void)fail_each(f->path, readers[i], FAILING_BRACKET, out);
        assert_true(lack_memory(f->path, readers[i], out) > 20);
    }
    fclose(out);
}

/* --- what is written -------------------------------------------------------------------------- */

static swp_status plan_and_record(res_store *store, swp_err *err)
{
    study s = study_small();
    swp_status status = study_plan(store, &s, err);
    for (size_t e = s.trials[0].steps_done + 1; e <= 6 && status == SWP_OK; e++)
        status = study_record(store, s.trials[0].id, 0, e, err);
    return status;
}

static swp_status find(res_store *store, const char *name, int64_t *revision, swp_err *err)
{
    res_experiment e;
    swp_status status = res_experiment_find(store, name, &e, err);
    if (status == SWP_OK) {
        *revision = e.revision_id;
        res_experiment_deinit(&e);
    }
    return status;
}

/* Each part may have been done before, by an attempt that failed later. */
static swp_status manage(res_store *store, swp_err *err)
{
    int64_t revision = 0;
    bool is_renamed = find(store, "renamed", &revision, NULL) == SWP_OK;
    swp_status status = SWP_OK;
    if (!is_renamed && find(store, "copied", &revision, NULL) != SWP_OK) {
        status = find(store, "small", &revision, err);
        if (status == SWP_OK)
            status = res_note_set(store, revision, "noted", err);
        if (status == SWP_OK)
            status = res_revision_copy(store, revision, true, "copied", err);
        if (status == SWP_OK)
            status = find(store, "copied", &revision, err);
    }
    if (!is_renamed && status == SWP_OK)
        status = res_experiment_rename(store, revision, "renamed", err);
    if (status == SWP_OK)
        status = res_revision_delete(store, revision, true, err);
    return status == SWP_OK ? res_store_compact(store, err) : status;
}

typedef swp_status writing(res_store *store, swp_err *err);

/* Steps with something missing. */
#define TORN                                                                                       \
    "SELECT count(*) FROM step WHERE (SELECT count(*) FROM value WHERE value.trial_id = "          \
    "step.trial_id AND value.step = step.step) < 2 OR (SELECT count(*) FROM error_blob WHERE "     \
    "error_blob.trial_id = step.trial_id AND error_blob.step = step.step) <> 3"

/* The n-th statement fails, later ones work, and the operation is completed. */
static size_t fail_each_write(fixture *f, writing *write, failing_what what)
{
    size_t n_told = 0;
    int failed = 1;
    for (size_t n = 1; failed; n++) {
        swp_err err = {0};
        failing_at(n, what);
        swp_status status = write(f->store, &err);
        failed = failing_has_failed();
        failing_at(0, what);
        if (status != SWP_OK && (status != SWP_DB || !failed))
            fail_msg("%zu: %s: %s", n, swp_status_name(status), err.text);
        n_told += status != SWP_OK;
        assert_int_equal(query_int(f->path,
                                   "SELECT count(*) FROM pragma_integrity_check, "
                                   "pragma_foreign_key_check WHERE integrity_check <> 'ok'"),
                         0);
        assert_int_equal(query_int(f->path, TORN), 0);
        assert_true(n < 100000);
    }
    return n_told;
}

static void every_write_may_fail(void **state)
{
    fixture *f = *state;
    assert_true(fail_each_write(f, plan_and_record, FAILING_STATEMENT) > 50);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 6);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision"), 1);
    assert_true(fail_each_write(f, manage, FAILING_STATEMENT) > 50);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM experiment"), 1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 6);
}

/* Steps in one transaction, which is committed even if the last step failed, as a run does with
 * steps that it read together. */
static swp_status record_together(res_store *store, swp_err *err)
{
    study s = study_small();
    swp_status status = study_plan(store, &s, err);
    if (status == SWP_OK)
        status = res_store_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t e = s.trials[0].steps_done + 1; e <= 6 && status == SWP_OK; e++)
        status = study_record(store, s.trials[0].id, 0, e, err);
    swp_status committed = res_store_commit(store, status == SWP_OK ? err : NULL);
    return status == SWP_OK ? committed : status;
}

static void fail_ends_of(fixture *f, writing *write, failing_what what)
{
    assert_true(fail_each_write(f, write, what) >= 3);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 6);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision"), 1);
}

static void every_begin_and_end_may_fail(void **state)
{
    fixture *f = *state;
    fail_ends_of(f, plan_and_record, FAILING_BRACKET);
    assert_true(fail_each_write(f, manage, FAILING_BRACKET) >= 3);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM experiment"), 1);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 6);
}

static void every_begin_and_end_around_others_may_fail(void **state)
{
    fail_ends_of(*state, record_together, FAILING_BRACKET);
}

static void what_failed_may_stay_undone(void **state)
{
    fail_ends_of(*state, plan_and_record, FAILING_UNDO);
}

static void what_failed_among_others_may_stay_undone(void **state)
{
    fail_ends_of(*state, record_together, FAILING_UNDO);
}

static void what_failed_among_others_may_spoil_them(void **state)
{
    fail_ends_of(*state, record_together, FAILING_UNDO_TWICE);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(every_read_may_fail),
        WITH_STORE(every_write_may_fail),
        WITH_STORE(every_begin_and_end_may_fail),
        WITH_STORE(every_begin_and_end_around_others_may_fail),
        WITH_STORE(what_failed_may_stay_undone),
        WITH_STORE(what_failed_among_others_may_stay_undone),
        WITH_STORE(what_failed_among_others_may_spoil_them),
    };
    failing_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
