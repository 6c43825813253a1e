/* Deleting, copying, renaming: what remains is complete and unchanged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/query/query.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

static const char *const tables[] = {"experiment",     "revision",   "run",    "setting",
                                     "environment",    "axis",       "trial",  "trial_param",
                                     "revision_trial", "step",       "value",  "score",
                                     "evaluation",     "error_blob", "state",  "weights",
                                     "reconstruction", "event",      "metric", "data_set",
                                     "split",          "note"};
enum { N_TABLES = sizeof tables / sizeof tables[0] };

static void count_rows(const fixture *f, int64_t out[N_TABLES])
{
    for (size_t i = 0; i < N_TABLES; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%s\"", tables[i]);
        out[i] = query_int(f->path, sql);
    }
}

static void expect_whole(const fixture *f)
{
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(run_sql(f->path, "DELETE FROM step"), 19); /* SQLITE_CONSTRAINT: a trigger */
}

static int64_t find(const fixture *f, const char *name)
{
    res_experiment e;
    OK(res_experiment_find(f->store, name, &e, NULL));
    int64_t revision = e.revision_id;
    res_experiment_deinit(&e);
    return revision;
}

/* Two revisions; the second has the trials of the first and one more. */
static void fill(fixture *f)
{
    study first = study_small(), second = study_small();
    study_run(f->store, &first);
    second.dims[second.n_dims++] = 5;
    study_run(f->store, &second);
}

static void test_a_copy_is_whole_and_goes_without_a_trace(void **state)
{
    fixture *f = *state;
    int64_t before[N_TABLES], copied[N_TABLES], after[N_TABLES];
    fill(f);
    OK(res_note_set(f->store, find(f, "small@1"), "a note", NULL));
    count_rows(f, before);
    OK(res_revision_copy(f->store, find(f, "small"), true, "copy", NULL));
    count_rows(f, copied);
    expect_whole(f);
    for (size_t i = 0; i < N_TABLES; i++) {
        bool shared = strcmp(tables[i], "data_set") == 0 || strcmp(tables[i], "split") == 0;
        if (copied[i] != (shared ? 1 : 2) * before[i])
            fail_msg("%s: %lld rows of %lld", tables[i], (long long)copied[i],
                     (long long)before[i]);
    }
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM (SELECT epochs, threshold, "
                                        "threshold_value, val_loss, auroc, f1 FROM "
                                        "\"small.evaluations\" EXCEPT SELECT epochs, threshold, "
                                        "threshold_value, val_loss, auroc, f1 FROM "
                                        "\"copy.evaluations\")"),
                     0);
    OK(res_revision_delete(f->store, find(f, "copy"), true, NULL));
    count_rows(f, after);
    assert_memory_equal(before, after, sizeof before);
    expect_whole(f);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM sqlite_schema WHERE name LIKE "
                                        "'copy.%'"),
                     0);
}

static void test_a_revision_takes_only_its_own(void **state)
{
    fixture *f = *state;
    fill(f);
    int64_t trials = query_int(f->path, "SELECT count(*) FROM trial");
    int64_t shared = query_int(f->path, "SELECT count(*) FROM (SELECT trial_id FROM revision_trial "
                                        "GROUP BY trial_id HAVING count(*) = 2)");
    assert_int_equal(trials, 3);
    assert_int_equal(shared, 2);
    OK(res_revision_copy(f->store, find(f, "small@1"), false, "one", NULL));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM trial"), trials + 2);
    OK(res_revision_delete(f->store, find(f, "small@2"), false, NULL));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM trial"), trials + 2 - 1);
    OK(res_revision_delete(f->store, find(f, "one"), true, NULL));
    OK(res_revision_delete(f->store, find(f, "small@1"), false, NULL));
    for (size_t i = 0; i < N_TABLES; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%s\"", tables[i]);
        if (query_int(f->path, sql) != 0)
            fail_msg("rows are left in %s", tables[i]);
    }
    OK(res_store_compact(f->store, NULL));
}

static void test_names(void **state)
{
    fixture *f = *state;
    swp_err err = {0};
    fill(f);
    OK(res_experiment_rename(f->store, find(f, "small"), "It's \"new\"", &err));
    OK(res_revision_copy(f->store, find(f, "It's \"new\""), true, "other", &err));
    assert_int_equal(query_int(f->path, "SELECT count(*) > 0 FROM \"It's \"\"new\"\".trials\""), 1);
    int64_t other = find(f, "other");
    static const char *const taken[] = {"OTHER", "it's \"NEW\""};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(res_experiment_rename(f->store, other, taken[i], &err), SWP_CONFIG);
        assert_int_equal(res_revision_copy(f->store, other, true, taken[i], &err), SWP_CONFIG);
    }
    char is_long[RES_NAME_MOST + 2] = "";
    memset(is_long, 'x', RES_NAME_MOST + 1);
    const char *const wrong[] = {"", "two\nlines", is_long};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(res_experiment_rename(f->store, other, wrong[i], &err), SWP_USAGE);
    expect_whole(f);
}

static void test_lists_say_revisions_sizes_and_notes(void **state)
{
    fixture *f = *state;
    res_experiment *list;
    size_t n;
    fill(f);
    OK(res_note_set(f->store, find(f, "small"), "first", NULL));
    OK(res_note_set(f->store, find(f, "small"), "second", NULL));
    OK(res_experiments_list(f->store, &list, &n, NULL));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].n_revisions, 2);
    assert_string_equal(list[0].note, "second");
    assert_int_equal(list[0].bytes,
                     query_int(f->path,
                               "SELECT (SELECT sum(length(errors)) FROM error_blob) + (SELECT "
                               "sum(length(state)) FROM state) + (SELECT sum(length(safetensors)) "
                               "FROM weights) + (SELECT sum(length(series)) FROM reconstruction)"));
    res_experiments_free(list, n);
    OK(res_note_set(f->store, find(f, "small"), "", NULL));
    OK(res_experiments_list(f->store, &list, &n, NULL));
    assert_string_equal(list[0].note, "");
    res_experiments_free(list, n);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_a_copy_is_whole_and_goes_without_a_trace),
        WITH_STORE(test_a_revision_takes_only_its_own),
        WITH_STORE(test_names),
        WITH_STORE(test_lists_say_revisions_sizes_and_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
