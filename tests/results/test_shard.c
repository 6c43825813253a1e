/* Shards merged into a store: what is missing comes in, what differs or is damaged stays out. */
#include "results/store/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define SHARD_PATH "shard.db"

static study make_study(void)
{
    return (study){.name = "shards",
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {1},
                   .n_seeds = 1,
                   .epochs = {3, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "p95"},
                   .n_thresholds = 2};
}

static void read_shard(res_shard *out)
{
    FILE *file = fopen(SHARD_PATH, "rb");
    assert_non_null(file);
    out->name = SHARD_PATH;
    out->bytes = malloc(1 << 20);
    assert_non_null(out->bytes);
    out->n_bytes = fread(out->bytes, 1, 1 << 20, file);
    fclose(file);
}

/* A shard of the study in which every trial has `epochs` epochs. free(shard.bytes) */
static res_shard make_shard(size_t epochs)
{
    study s = make_study();
    res_store *store;
    res_shard shard;
    swp_err err;
    unlink(SHARD_PATH);
    assert_int_equal(res_store_open(SHARD_PATH, RES_SHARD, &store, &err), SWP_OK);
    assert_int_equal(study_plan(store, &s, &err), SWP_OK);
    for (size_t i = 0; i < s.n_trials; i++)
        for (size_t epoch = 1; epoch <= epochs; epoch++)
            assert_int_equal(study_record(store, s.trials[i].id, i, epoch, &err), SWP_OK);
    /* Between two verbs the file alone is the whole store: read it while the store is open. */
    read_shard(&shard);
    res_store_close(store);
    return shard;
}

static res_shard change_shard(size_t epochs, const char *sql)
{
    res_shard shard = make_shard(epochs);
    free(shard.bytes);
    assert_int_equal(run_sql(SHARD_PATH, sql), 0);
    read_shard(&shard);
    return shard;
}

static void merge_well(fixture *f, int64_t revision, res_shard shard, size_t n_new, size_t n_known)
{
    res_merge merge = {0};
    swp_err err = {0};
    swp_status status = res_shard_merge(f->store, revision, &shard, &merge, &err);
    if (status != SWP_OK)
        fail_msg("%s", err.text);
    assert_int_equal(merge.n_new, n_new);
    assert_int_equal(merge.n_known, n_known);
    assert_int_equal(merge.n_clashes, 0);
    free(shard.bytes);
}

static int64_t plan(fixture *f)
{
    study s = make_study();
    swp_err err;
    assert_int_equal(study_plan(f->store, &s, &err), SWP_OK);
    return s.revision;
}

static void epochs_come_in_whatever_the_order(void **state)
{
    fixture *f = *state;
    int64_t revision = plan(f);
    merge_well(f, revision, make_shard(2), 4, 0);
    merge_well(f, revision, make_shard(6), 8, 4);
    merge_well(f, revision, make_shard(4), 0, 8);
    merge_well(f, revision, make_shard(6), 0, 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM error_blob"), 36);
    assert_int_equal(query_int(f->path, "SELECT sum(step) FROM state"), 12);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 24);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM value"), 48);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision_trial WHERE state = 'done'"),
                     2);
}

/* The result equals a run of all steps in one store. */
static void a_merge_is_as_a_run(void **state)
{
    fixture *f = *state;
    static const char *const tables[] = {
        "step (trial_id, step, best_step)",
        "value (trial_id, step, metric_id, value)",
        ("score (trial_id, step, threshold, threshold_value, "
         "normal_correct, anomaly_correct)"),
        "error_blob (trial_id, step, subset, errors)",
        "weights (trial_id, step, safetensors)",
        "reconstruction (trial_id, step, series)",
        "state (trial_id, step, state)",
        "revision_trial (trial_id, number, budget, state, reason)"};
    int64_t revision = plan(f);
    for (size_t epochs = 1; epochs <= 6; epochs++)
        merge_well(f, revision, make_shard(epochs), 2, 2 * (epochs - 1));
    merge_well(f, revision, make_shard(2), 0, 4);
    free(make_shard(6).bytes);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        const char *columns = strchr(tables[i], '(') + 1;
        int n_table = (int)(columns - 2 - tables[i]), n_columns = (int)strlen(columns) - 1;
        char sql[1024];
        snprintf(sql, sizeof sql,
                 "ATTACH '%s' AS whole; CREATE TEMP TABLE t (a CHECK (a = 0)); "
                 "INSERT INTO t SELECT count(*) FROM (SELECT %.*s FROM main.%.*s EXCEPT "
                 "SELECT %.*s FROM whole.%.*s); INSERT INTO t SELECT count(*) FROM "
                 "(SELECT %.*s FROM whole.%.*s EXCEPT SELECT %.*s FROM main.%.*s)",
                 SHARD_PATH, n_columns, columns, n_table, tables[i], n_columns, columns, n_table,
                 tables[i], n_columns, columns, n_table, tables[i], n_columns, columns, n_table,
                 tables[i]);
        if (run_sql(f->path, sql) != 0)
            fail_msg("%s differs", tables[i]);
    }
    assert_true(query_int(f->path, "SELECT count(*) FROM weights") >= 2);
}

static void take_clash(void *context, const char *key, const char *what)
{
    assert_true(strlen(key) > 0);
    snprintf(context, 96, "%s", what);
}

static void copies_that_differ_stay_out(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *sql, *what;
        size_t n_more; /* trials that clash, besides the first */
    } cases[] = {
        {"DROP TRIGGER value_is_final; UPDATE value SET value = value + 1e-12 "
         "WHERE trial_id = 1 AND step = 2",
         "step 2: value differs", 0},
        {"UPDATE metric SET name = 'other' WHERE name = 'auroc'; DROP TRIGGER step_stays; "
         "DROP TRIGGER value_stays; DELETE FROM value WHERE trial_id = 2; "
         "DROP TRIGGER error_blob_stays; DELETE FROM error_blob WHERE trial_id = 2; "
         "DELETE FROM weights WHERE trial_id = 2; DELETE FROM reconstruction WHERE trial_id = 2; "
         "DELETE FROM state WHERE trial_id = 2; DELETE FROM step WHERE trial_id = 2; "
         "DROP TRIGGER score_stays; DELETE FROM score WHERE trial_id = 2",
         "or of no metric", 0},
        {"DROP TRIGGER error_blob_is_final; UPDATE error_blob SET errors = zeroblob(80) "
         "WHERE trial_id = 1 AND step = 1 AND subset = 'test'",
         "step 1: error_blob differs", 0},
        {"DROP TRIGGER weights_are_final; UPDATE weights SET safetensors = x'00' "
         "WHERE trial_id = 1",
         "weights differs", 0},
        {"UPDATE state SET state = x'00' WHERE trial_id = 1", "step 3: state differs", 0},
        {"PRAGMA foreign_keys = OFF; UPDATE data_set SET n_test = n_test - 1; "
         "DROP TRIGGER error_blob_is_final; DROP TRIGGER held_out_is_final; DROP TRIGGER "
         "score_stays; DELETE FROM score; "
         "UPDATE error_blob SET errors = substr(errors, 5) WHERE subset = 'test'; "
         "UPDATE held_out SET rows = substr(rows, 5), classes = substr(classes, 5) "
         "WHERE subset = 'test'",
         "its data set or split differs", 1},
        {"DROP TRIGGER held_out_is_final; UPDATE held_out SET rows = "
         "CAST(substr(rows, 5) || substr(rows, 1, 4) AS BLOB) WHERE subset = 'anomaly'",
         "its data set or split differs", 1},
        {"DROP TRIGGER held_out_is_final; UPDATE held_out SET classes = "
         "CAST(x'01000000' || substr(classes, 5) AS BLOB) WHERE subset = 'anomaly'",
         "its data set or split differs", 1},
        {"UPDATE class SET label = 'x' || label", "its data set or split differs", 1},
        {"UPDATE data_set SET n_train = n_train + 1", "its data set or split differs", 1},
        {"UPDATE data_set SET fingerprint = 'x'", "its data set or split differs", 1},
    };
    int64_t revision = plan(f);
    merge_well(f, revision, make_shard(3), 6, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char what[96] = "";
        res_merge merge = {.clash = take_clash, .context = what};
        res_shard shard = change_shard(3, cases[i].sql);
        swp_err err = {0};
        if (res_shard_merge(f->store, revision, &shard, &merge, &err) != SWP_OK)
            fail_msg("%s: %s", cases[i].what, err.text);
        if (merge.n_clashes != 1 + cases[i].n_more)
            fail_msg("%zu clashes of: %s", merge.n_clashes, cases[i].sql);
        assert_int_equal(merge.n_trials, 1 - cases[i].n_more);
        if (!strstr(what, cases[i].what))
            fail_msg("expected \"%s\", found \"%s\"", cases[i].what, what);
        free(shard.bytes);
    }
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 6);
}

static void failures_come_along(void **state)
{
    fixture *f = *state;
    int64_t revision = plan(f);
    static const char fail[] =
        "UPDATE revision_trial SET state = 'failed', reason = 'worker died' WHERE number = 2";
    const char *failed = "SELECT sum(number) FROM revision_trial WHERE state = 'failed' "
                         "AND reason = 'worker died'";
    res_shard shard = change_shard(1, fail);
    res_shard_trial *list;
    size_t n;
    assert_int_equal(res_shard_trials_list(&shard, &list, &n, NULL), SWP_OK);
    assert_int_equal(n, 2);
    assert_null(list[0].failure);
    assert_string_equal(list[1].failure, "worker died");
    assert_int_equal(list[1].epochs, 1);
    res_shard_trials_free(list, n);
    merge_well(f, revision, shard, 2, 0);
    assert_int_equal(query_int(f->path, failed), 2);
    /* A trial that is done has not failed. */
    merge_well(f, revision, make_shard(6), 10, 2);
    merge_well(f, revision, change_shard(1, fail), 0, 2);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM revision_trial "
                                        "WHERE state = 'done' AND reason IS NULL"),
                     2);
}

/* Thresholds are those of the store, even if the shard was made for others. */
static void scores_are_of_the_store(void **state)
{
    fixture *f = *state;
    study s = make_study();
    s.thresholds[2] = "best_f1";
    s.n_thresholds = 3;
    s.epochs[1] = 7; /* another revision */
    swp_err err;
    int64_t revision = plan(f);
    assert_int_equal(study_plan(f->store, &s, &err), SWP_OK); /* the same trials */
    merge_well(f, revision, make_shard(2), 4, 0);
    merge_well(f, revision, make_shard(4), 4, 4);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM score"), 2 * 4 * 3);
}

/* Impossible rows are damage of the shard, and nothing of it is merged. */
static void rows_that_cannot_be(void **state)
{
    fixture *f = *state;
    static const char *const damages[] = {
        "DROP TRIGGER step_is_final; UPDATE step SET worker = -1",
        "DROP TRIGGER step_is_final; UPDATE step SET train_s = -1e300 WHERE step = 2",
        "DROP TRIGGER step_is_final; UPDATE step SET train_s = 1e300 WHERE step = 2",
        "DROP TRIGGER step_is_final; UPDATE step SET eval_s = -0.001 WHERE step = 1",
        "DROP TRIGGER step_is_final; UPDATE step SET best_step = 1 WHERE step = 2",
        "DROP TRIGGER value_is_final; UPDATE value SET value = 9e999 WHERE trial_id = 1",
        "PRAGMA foreign_keys = OFF; DROP TRIGGER step_stays; DELETE FROM step WHERE step = 1",
        "PRAGMA foreign_keys = OFF; DELETE FROM data_set",
        "DROP TRIGGER error_blob_is_final; UPDATE error_blob SET errors = x'00000000'",
        ("DROP TRIGGER error_blob_is_final; UPDATE error_blob SET errors = x'0000c07f' "
         "WHERE step = 2"),
        "DROP TRIGGER error_blob_stays; DELETE FROM error_blob WHERE step = 2 AND subset = 'val'"};
    int64_t revision = plan(f);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        res_merge merge = {0};
        res_shard shard = change_shard(2, damages[i]);
        swp_err err = {0};
        assert_int_equal(res_shard_merge(f->store, revision, &shard, &merge, &err), SWP_FORMAT);
        assert_non_null(strstr(err.text, SHARD_PATH));
        free(shard.bytes);
    }
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 0);
}

static bool is_no_model(const void *bytes, size_t n)
{
    (void)bytes, (void)n;
    return false;
}

static void models_are_judged_by_who_knows_them(void **state)
{
    fixture *f = *state;
    int64_t revision = plan(f);
    res_merge merge = {.is_model = is_no_model};
    res_shard shard = make_shard(2);
    swp_err err = {0};
    assert_int_equal(res_shard_merge(f->store, revision, &shard, &merge, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "table weights, row 1/"));
    merge = (res_merge){.is_state = is_no_model};
    assert_int_equal(res_shard_merge(f->store, revision, &shard, &merge, &err), SWP_FORMAT);
    assert_non_null(strstr(err.text, "table state, row 1/"));
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 0);
    free(shard.bytes);
}

static void expect_refusal(fixture *f, int64_t revision, res_shard shard, const char *text)
{
    res_merge merge = {0};
    res_shard_trial *list;
    size_t n;
    swp_err err = {0};
    assert_int_equal(res_shard_merge(f->store, revision, &shard, &merge, &err), SWP_FORMAT);
    if (!strstr(err.text, text))
        fail_msg("expected \"%s\", found \"%s\"", text, err.text);
    (void)!res_shard_trials_list(&shard, &list, &n, NULL);
    res_shard_trials_free(list, n);
    free(shard.bytes);
}

static void what_is_no_shard_is_refused(void **state)
{
    fixture *f = *state;
    int64_t revision = plan(f);
    expect_refusal(f, revision, change_shard(1, "PRAGMA user_version = 99"), "a newer sweep");
    expect_refusal(f, revision, change_shard(1, "PRAGMA user_version = 1"), "an older sweep");
    expect_refusal(f, revision, change_shard(1, "PRAGMA application_id = 1"),
                   "not a store of sweep");
    expect_refusal(f, revision, change_shard(1, "PRAGMA journal_mode = WAL"), "not a shard");
    expect_refusal(f, revision, change_shard(1, "DROP TABLE weights"), "tables are missing");
    res_shard cut = make_shard(1);
    cut.n_bytes /= 2;
    expect_refusal(f, revision, cut, "damaged");
    res_shard garbage = {.name = "garbage", .bytes = calloc(512, 1), .n_bytes = 512};
    expect_refusal(f, revision, garbage, "garbage");
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 0);
}

/* Whichever byte is changed, the store stays sound. */
static void damage_does_not_spread(void **state)
{
    fixture *f = *state;
    int64_t revision = plan(f);
    res_shard shard = make_shard(2);
    unsigned char *bytes = shard.bytes;
    for (size_t at = 3; at < shard.n_bytes; at += 997) {
        res_merge merge = {0};
        bytes[at] ^= 0x55;
        swp_status status = res_shard_merge(f->store, revision, &shard, &merge, NULL);
        bytes[at] ^= 0x55;
        assert_true(status == SWP_OK || status == SWP_FORMAT || status == SWP_DB);
    }
    free(shard.bytes);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM pragma_integrity_check "
                                        "WHERE integrity_check <> 'ok'"),
                     0);
}

static void memory_may_run_out_anywhere(void **state)
{
    fixture *f = *state;
    int64_t revision = plan(f);
    res_shard shard = make_shard(2);
    swp_status status = SWP_NOMEM;
    for (unsigned long i = 1; status != SWP_OK; i += 1 + i / 16) {
        res_merge merge = {0};
        swp_err err = {0};
        swp_mem_fail_at(i);
        status = res_shard_merge(f->store, revision, &shard, &merge, &err);
        swp_mem_fail_at(0);
        if (status != SWP_OK && status != SWP_NOMEM)
            fail_msg("allocation %lu: %s", i, err.text);
        assert_true(i < 10000);
    }
    free(shard.bytes);
    assert_int_equal(query_int(f->path, "SELECT count(*) FROM step"), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(epochs_come_in_whatever_the_order, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_merge_is_as_a_run, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(copies_that_differ_stay_out, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(failures_come_along, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(scores_are_of_the_store, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(rows_that_cannot_be, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(models_are_judged_by_who_knows_them, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_shard_is_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(damage_does_not_spread, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(memory_may_run_out_anywhere, fixture_setup,
                                        fixture_teardown),
    };
    return chdir(TEST_BINARY_DIR) == 0 ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
