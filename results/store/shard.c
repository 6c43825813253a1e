/* Merging shards: a shard is attached as a second database, its trials are found by key, and the
 * rows of each are compared with those in the store, and inserted if missing. Views and triggers of
 * a shard are never used: it may come from anywhere. */
#include "results/store/shard.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/check.h"
#include "results/store/shard_priv.h"
#include "results/store/sql.h"

/* The facts of a trial by step. `key` tells the rows of one trial apart, copies must agree in
 * `proved`, and `others` are copied too. ?1 is the trial in the shard, ?2 in the store. Each
 * statement reads every row once: a merge is linear in the steps. */
#define FIND_CLASH(table, key, proved)                                                             \
    "SELECT step FROM (SELECT " key ", " proved " FROM shard." table " WHERE trial_id = ?1 "       \
    "AND (" key ") IN (SELECT " key " FROM main." table " WHERE trial_id = ?2) "                   \
    "EXCEPT SELECT " key ", " proved " FROM main." table " WHERE trial_id = ?2) "                  \
    "ORDER BY step LIMIT 1"
#define INSERT_MISSING(table, key, others)                                                         \
    "INSERT INTO main." table " (trial_id, " key ", " others ") SELECT ?2, " key ", " others       \
    " FROM shard." table " WHERE trial_id = ?1 "                                                   \
    "AND (" key ") NOT IN (SELECT " key " FROM main." table " WHERE trial_id = ?2)"

/* Deletes models that no evaluation selects and that are not the best so far, so that the same
 * models are stored as if all steps had been recorded here. */
#define DROP_SURPASSED(table)                                                                      \
    "DELETE FROM main." table " WHERE trial_id = ?2 AND step NOT IN (SELECT best_step "            \
    "FROM main.step WHERE trial_id = ?2 AND (step = (SELECT max(step) FROM main.step "             \
    "WHERE trial_id = ?2) OR step IN (SELECT epochs FROM main.evaluation WHERE trial_id = ?2)))"

typedef struct fact {
    const char *table, *find_clash, *insert;
    const char *tidy; /* what is done after all was inserted, or NULL */
} fact;

static const fact facts[] = {
    /* The best step is computed from the validation losses, not taken from the shard. */
    {.table = "step",
     .find_clash = FIND_CLASH("step", "step", "best_step"),
     .insert =
         "INSERT INTO main.step (trial_id, step, best_step, train_s, eval_s, worker, begun_s, "
         "ended_s, recorded) "
         "SELECT ?2, step, best, train_s, eval_s, worker, begun_s, ended_s, recorded FROM ("
         "SELECT *, max(CASE WHEN val_loss IS NULL OR before IS NULL OR val_loss < before "
         "THEN step END) OVER (ORDER BY step) AS best FROM ("
         "SELECT there.*, loss.value AS val_loss, min(loss.value) OVER (ORDER BY there.step "
         "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before "
         "FROM shard.step AS there LEFT JOIN shard.value AS loss "
         "ON loss.trial_id = ?1 AND loss.step = there.step AND loss.metric_id IN "
         "(SELECT id FROM shard.metric WHERE name = 'val_loss') "
         "WHERE there.trial_id = ?1)) "
         "WHERE step NOT IN (SELECT step FROM main.step WHERE trial_id = ?2)"},
    {.table = "value",
     .find_clash = "SELECT step FROM (SELECT step, name, value FROM shard.value "
                   "JOIN shard.metric ON metric.id = metric_id WHERE trial_id = ?1 "
                   "AND step IN (SELECT step FROM main.value WHERE trial_id = ?2) "
                   "EXCEPT SELECT step, name, value FROM main.value "
                   "JOIN main.metric ON metric.id = metric_id WHERE trial_id = ?2) "
                   "ORDER BY step LIMIT 1",
     .insert = "INSERT INTO main.value (trial_id, step, metric_id, value) "
               "SELECT ?2, step, mine.id, value FROM shard.value AS there "
               "JOIN shard.metric AS theirs ON theirs.id = there.metric_id "
               "JOIN main.trial ON trial.id = ?2 JOIN main.metric AS mine "
               "ON mine.experiment_id = trial.experiment_id AND mine.name = theirs.name "
               "WHERE there.trial_id = ?1 "
               "AND step NOT IN (SELECT step FROM main.value WHERE trial_id = ?2)"},
    {.table = "error_blob",
     .find_clash = FIND_CLASH("error_blob", "step, subset", "errors"),
     .insert = INSERT_MISSING("error_blob", "step, subset", "errors")},
    {.table = "tune_error",
     .find_clash = FIND_CLASH("tune_error", "step", "errors"),
     .insert = INSERT_MISSING("tune_error", "step", "errors")},
    {.table = "weights",
     .find_clash = FIND_CLASH("weights", "step", "safetensors"),
     .insert = INSERT_MISSING("weights", "step", "safetensors"),
     .tidy = DROP_SURPASSED("weights")},
    {.table = "reconstruction",
     .find_clash = FIND_CLASH("reconstruction", "step", "series"),
     .insert = INSERT_MISSING("reconstruction", "step", "series"),
     .tidy = DROP_SURPASSED("reconstruction")},
    /* States of layout version 1 (runner/backend/state.h) have another number after the magic, and
     * no checksum. */
    {.table = "state",
     .find_clash =
         "SELECT step FROM shard.state AS there JOIN main.state AS here USING (step) "
         "WHERE there.trial_id = ?1 AND here.trial_id = ?2 AND there.state <> here.state "
         "AND NOT (substr(there.state, 1, 8) = CAST('SWPSTATE' AS BLOB) "
         "AND abs(length(there.state) - length(here.state)) = 8 "
         "AND substr(there.state, 13, min(length(there.state), length(here.state)) - 12) = "
         "substr(here.state, 13, min(length(there.state), length(here.state)) - 12))",
     .insert = "INSERT INTO main.state (trial_id, step, state) "
               "SELECT ?2, step, state FROM shard.state WHERE trial_id = ?1 "
               "ON CONFLICT DO UPDATE SET step = excluded.step, state = excluded.state "
               "WHERE excluded.step > state.step"},
};
#define N_FACTS (sizeof facts / sizeof facts[0])

/* --- opening ---------------------------------------------------------------------------------- */

/* Nothing is ever written to it. It is not declared read-only, since BEGIN IMMEDIATE asks for the
 * right to write in every database. */
static swp_status attach(res_store *store, const res_shard *shard, swp_err *err)
{
    int rc = sqlite3_exec(store->db, "ATTACH ':memory:' AS shard", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_deserialize(store->db, "shard", shard->bytes, (sqlite3_int64)shard->n_bytes,
                                 (sqlite3_int64)shard->n_bytes, 0);
    return rc == SQLITE_OK ? SWP_OK : res_sql_fail(store, rc, err);
}

static void detach(res_store *store)
{
    (void)sqlite3_exec(store->db, "DETACH shard", NULL, NULL, NULL);
}

static swp_status ask_number(res_store *store, const char *text, int64_t *out, swp_err *err)
{
    res_sql sql = res_sql_open(store, text);
    return res_sql_one(&sql, out, err);
}

/* The first damage that was found. */
static void note_damage(void *context, const char *what)
{
    swp_buf *first = context;
    if (first->length == 0)
        swp_buf_puts(first, what);
}

/* Check that every row's references exist and that its values are possible. */
static swp_status check_rows(res_store *store, const char *name, swp_err *err)
{
    swp_buf first = {0};
    swp_err cause = {0};
    res_check check = {.found = note_damage, .context = &first};
    swp_status status = res_check_rows(store, "shard", &check, &cause);
    if (status == SWP_OK && check.n_found > 0)
        status = swp_fail(err, SWP_FORMAT, "%s: damaged: %s", name, first.text ? first.text : "");
    else if (status != SWP_OK && status != SWP_NOMEM)
        status = swp_fail(err, SWP_FORMAT, "%s: damaged, or not a shard", name);
    else if (status != SWP_OK)
        status = swp_fail(err, status, "%s", cause.text);
    swp_buf_deinit(&first);
    return status;
}

static swp_status check_pages(res_store *store, swp_err *err)
{
    res_sql sql = res_sql_open(store, "PRAGMA shard.quick_check(1)");
    char *answer = res_sql_row(&sql) ? res_sql_text_at(&sql, 0) : NULL;
    bool sound = answer && strcmp(answer, "ok") == 0;
    swp_free(answer);
    swp_status status = res_sql_close(&sql, err);
    return status == SWP_OK && !sound ? swp_fail(err, SWP_FORMAT, "damaged") : status;
}

/* A view that has a table's name could run without end. */
static swp_status check_kinds(res_store *store, swp_err *err)
{
    int64_t n = 0;
    swp_status status = ask_number(store, RES_COUNT_FALSE_TABLES("shard."), &n, err);
    return status == SWP_OK && n > 0 ? swp_fail(err, SWP_FORMAT,
                                                "damaged: %lld views where tables "
                                                "should be",
                                                (long long)n)
                                     : status;
}

static swp_status check_version(res_store *store, swp_err *err)
{
    int64_t id = 0, version = 0, known = res_schema_version();
    swp_status status = ask_number(store, "PRAGMA shard.application_id", &id, err);
    if (status == SWP_OK)
        status = ask_number(store, "PRAGMA shard.user_version", &version, err);
    if (status != SWP_OK)
        return status;
    if (id != RES_APPLICATION_ID)
        return swp_fail(err, SWP_FORMAT, "not a store of sweep");
    if (version != known)
        return swp_fail(
            err, SWP_FORMAT, "written by %s sweep (schema %lld, this program's is %lld)",
            version > known ? "a newer" : "an older", (long long)version, (long long)known);
    status = check_pages(store, err);
    return status == SWP_OK ? check_kinds(store, err) : status;
}

/* Attach and check. SQLite's errors are reported as damage of the shard. The caller detaches it on
 * success. */
static swp_status open_shard(res_store *store, const res_shard *shard, swp_err *err)
{
    swp_err cause = {0};
    swp_status status = attach(store, shard, &cause);
    if (status == SWP_OK)
        status = check_version(store, &cause);
    if (status == SWP_OK)
        return SWP_OK;
    detach(store);
    if (status == SWP_NOMEM)
        return swp_fail(err, status, "%s", cause.text);
    if (status == SWP_FORMAT)
        return swp_fail(err, status, "%s: %s", shard->name, cause.text);
    return swp_fail(err, SWP_FORMAT, "%s: damaged, or not a shard", shard->name);
}

/* --- listing ---------------------------------------------------------------------------------- */

static swp_status list(res_store *store, res_shard_trial **out, size_t *n, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT id, key, (SELECT count(*) FROM shard.step WHERE trial_id = trial.id), "
               "(SELECT coalesce(reason, '') FROM shard.revision_trial WHERE trial_id = trial.id "
               "AND state = 'failed'), EXISTS (SELECT 1 FROM shard.revision_trial WHERE trial_id = "
               "trial.id "
               "AND state = 'done') FROM shard.trial ORDER BY id");
    res_sql_rows_of(&sql, "trial", 1);
    *out = NULL;
    *n = 0;
    while (res_sql_row(&sql)) {
        res_shard_trial *grown = swp_grow(*out, *n, sizeof **out);
        char *key = res_sql_text_at(&sql, 1), *failure = res_sql_optional_text_at(&sql, 3);
        *out = grown ? grown : *out;
        if (!grown || !key) {
            swp_free(key);
            swp_free(failure);
            res_sql_out_of_memory(&sql);
            break;
        }
        grown[*n] = (res_shard_trial){.id = res_sql_int_at(&sql, 0),
                                      .epochs = res_sql_size_at(&sql, 2),
                                      .is_done = res_sql_flag_at(&sql, 4),
                                      .failure = failure};
        snprintf(grown[(*n)++].key, RES_KEY_SIZE, "%s", key);
        swp_free(key);
    }
    return res_sql_close(&sql, err);
}

/* An empty store in memory, to read a shard without a store. */
static swp_status open_nothing(res_store **out, swp_err *err)
{
    res_store *store = swp_alloc(1, sizeof *store);
    *out = store;
    if (store)
        store->path = swp_strdup("shard");
    if (!store || !store->path)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    int rc = sqlite3_open(":memory:", &store->db);
    return rc == SQLITE_OK ? SWP_OK : res_sql_fail(store, rc, err);
}

swp_status res_shard_trials_list(const res_shard *shard, res_shard_trial **out, size_t *n,
                                 swp_err *err)
{
    res_store *store = NULL;
    *out = NULL;
    *n = 0;
    swp_status status = open_nothing(&store, err);
    if (status == SWP_OK)
        status = open_shard(store, shard, err);
    if (status == SWP_OK) {
        status = check_rows(store, shard->name, err);
    }
    if (status == SWP_OK) {
        status = list(store, out, n, err);
        if (status == SWP_DB)
            status = swp_fail(err, SWP_FORMAT, "%s: damaged", shard->name);
    }
    if (status != SWP_OK) {
        res_shard_trials_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    res_store_close(store);
    return status;
}

void res_shard_trials_free(res_shard_trial *trials, size_t n)
{
    for (size_t i = 0; i < n; i++)
        swp_free(trials[i].failure);
    swp_free(trials);
}

/* A missing or different table would otherwise be reported as damage of the store. */
static swp_status check_tables(res_store *store, const char *name, swp_err *err)
{
    int64_t n_others = 0;
    swp_status status = ask_number(
        store,
        "SELECT count(*) FROM (SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' "
        "EXCEPT SELECT name, sql FROM shard.sqlite_schema WHERE type = 'table')",
        &n_others, err);
    if (status == SWP_OK && n_others > 0)
        return swp_fail(err, SWP_FORMAT, "%s: damaged: %lld tables are missing", name,
                        (long long)n_others);
    return status;
}

/* --- merging ---------------------------------------------------------------------------------- */

res_sql res_shard_ask(res_store *store, const char *text, res_shard_pair ids)
{
    res_sql sql = res_sql_open(store, text);
    res_sql_int(&sql, ids.shard);
    res_sql_int(&sql, ids.store);
    return sql;
}

/* Say in `what` if steps have gaps (a command's may), or if values are not finite or of unknown
 * metrics. */
static swp_status check_steps(res_store *store, res_shard_pair ids, size_t *n_common, char what[96],
                              swp_err *err)
{
    res_sql sql = res_shard_ask(
        store,
        "SELECT (coalesce(max(step), 0) <> count(*) OR coalesce(min(step), 1) <> 1) AND "
        "(SELECT data_set_id IS NOT NULL FROM main.trial WHERE id = ?2), "
        "(SELECT count(*) FROM main.step WHERE trial_id = ?2), count(*), "
        "(SELECT count(*) FROM shard.value AS there JOIN shard.metric AS theirs "
        "ON theirs.id = there.metric_id JOIN main.trial ON trial.id = ?2 "
        "LEFT JOIN main.metric AS mine ON mine.experiment_id = trial.experiment_id "
        "AND mine.name = theirs.name WHERE there.trial_id = ?1 "
        "AND (mine.id IS NULL OR NOT abs(value) <= 1.7976931348623157e308)) "
        "FROM shard.step WHERE trial_id = ?1",
        ids);
    size_t there = 0, here = 0;
    if (res_sql_row(&sql)) {
        if (res_sql_flag_at(&sql, 0))
            snprintf(what, 96, "a step is missing in between");
        else if (res_sql_size_at(&sql, 3) > 0)
            snprintf(what, 96, "a value is not finite, or of no metric");
        here = res_sql_size_at(&sql, 1);
        there = res_sql_size_at(&sql, 2);
    }
    *n_common = here < there ? here : there;
    return res_sql_close(&sql, err);
}

/* Whether a table has different rows for the two splits, or data sets. */
#define DIFFERS(table, owner, columns)                                                             \
    "EXISTS (SELECT " columns " FROM shard." table " WHERE " owner " = there." owner               \
    " EXCEPT SELECT " columns " FROM main." table " WHERE " owner " = here." owner ") OR "         \
    "EXISTS (SELECT " columns " FROM main." table " WHERE " owner " = here." owner                 \
    " EXCEPT SELECT " columns " FROM shard." table " WHERE " owner " = there." owner ")"

#define OTHER_CLASSES  DIFFERS("class", "data_set_id", "position, label, count")
#define OTHER_HELD_OUT DIFFERS("held_out", "split_id", "subset, rows, classes")
#define OTHER_TUNE     DIFFERS("tune_part", "split_id", "rows, classes")
#define OTHER_SAMPLES  DIFFERS("sample", "split_id", "position, subset, held_out_index")

/* Arrays were checked against the shard's own data set and split, and do not say which sequence a
 * number belongs to, so both must equal those of the trial here. */
static swp_status check_data(res_store *store, res_shard_pair ids, char what[96], swp_err *err)
{
    res_sql sql = res_shard_ask(
        store,
        "SELECT (theirs.fingerprint, theirs.n_rows, theirs.length, theirs.n_train, theirs.n_val, "
        "theirs.n_test, theirs.n_anomaly) IS NOT (mine.fingerprint, mine.n_rows, mine.length, "
        "mine.n_train, mine.n_val, mine.n_test, mine.n_anomaly) "
        "OR " OTHER_CLASSES " OR " OTHER_HELD_OUT " OR " OTHER_TUNE " OR " OTHER_SAMPLES
        " FROM shard.trial AS there JOIN main.trial AS here ON here.id = ?2 "
        "LEFT JOIN shard.data_set AS theirs ON theirs.id = there.data_set_id "
        "LEFT JOIN main.data_set AS mine ON mine.id = here.data_set_id WHERE there.id = ?1",
        ids);
    if (res_sql_row(&sql) && res_sql_flag_at(&sql, 0))
        snprintf(what, 96, "its data set or split differs");
    return res_sql_close(&sql, err);
}

typedef bool bytes_check(const void *bytes, size_t n);

/* `text` selects the steps and bytes of a trial. */
static swp_status check_blobs(res_store *store, const char *text, const char *table,
                              const char *name, res_shard_pair ids, bytes_check *is_sound,
                              swp_err *err)
{
    res_sql sql = res_sql_open(store, text);
    res_sql_int(&sql, ids.shard);
    swp_status status = SWP_OK;
    while (is_sound && status == SWP_OK && res_sql_row(&sql)) {
        size_t n_bytes;
        void *bytes = res_sql_bytes_at(&sql, 1, &n_bytes);
        if (bytes && !is_sound(bytes, n_bytes))
            status = swp_fail(err, SWP_FORMAT, "%s: damaged: table %s, row %lld/%zu, column %s",
                              name, table, (long long)ids.shard, res_sql_size_at(&sql, 0),
                              sqlite3_column_name(sql.stmt, 1));
        swp_free(bytes);
    }
    swp_status closed = res_sql_close(&sql, status == SWP_OK ? err : NULL);
    return status == SWP_OK ? closed : status;
}

/* Check the models and states that will be taken. */
static swp_status check_models(res_store *store, const char *name, res_shard_pair ids,
                               bool of_command, const res_merge *merge, swp_err *err)
{
    swp_status status = check_blobs(store,
                                    "SELECT step, safetensors FROM shard.weights "
                                    "WHERE trial_id = ?1 ORDER BY step",
                                    "weights", name, ids, merge->is_model, err);
    if (status == SWP_OK)
        status =
            check_blobs(store, "SELECT step, state FROM shard.state WHERE trial_id = ?1", "state",
                        name, ids, of_command ? merge->is_command_state : merge->is_state, err);
    return status;
}

static swp_status find_clash(res_store *store, res_shard_pair ids, char what[96], swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < N_FACTS && status == SWP_OK && !*what; i++) {
        res_sql sql = res_shard_ask(store, facts[i].find_clash, ids);
        if (res_sql_row(&sql))
            snprintf(what, 96, "step %zu: %s differs", res_sql_size_at(&sql, 0), facts[i].table);
        status = res_sql_close(&sql, err);
    }
    return status;
}

static swp_status take_failure(res_store *store, res_shard_pair ids, swp_err *err)
{
    res_sql sql = res_shard_ask(
        store,
        "UPDATE main.revision_trial SET state = 'failed', reason = there.reason "
        "FROM shard.revision_trial AS there WHERE there.trial_id = ?1 AND there.state = 'failed' "
        "AND revision_trial.trial_id = ?2 AND revision_trial.state NOT IN ('done', 'failed')",
        ids);
    return res_sql_run(&sql, err);
}

/* The trial's events in the shard, under the number that the trial has here. */
static swp_status take_events(res_store *store, int64_t revision, res_shard_pair ids, swp_err *err)
{
    res_sql sql = res_shard_ask(
        store,
        "INSERT INTO main.event (revision_id, at, kind, text, at_s, trial_id, worker) "
        "SELECT ?3, there.at, kind, 'trial ' || number || substr(text, instr(text, ':')), at_s, "
        "?2, worker FROM shard.event AS there JOIN main.revision_trial AS link "
        "ON link.revision_id = ?3 AND link.trial_id = ?2 "
        "WHERE there.trial_id = ?1 AND kind IN ('retried', 'failed') AND NOT EXISTS ("
        "SELECT 1 FROM main.event AS here WHERE here.revision_id = ?3 AND here.trial_id = ?2 "
        "AND here.kind = there.kind AND here.at_s IS there.at_s)",
        ids);
    res_sql_int(&sql, revision);
    return res_sql_run(&sql, err);
}

/* Scores of the steps after the first n_common, at the thresholds that are planned here. Their
 * errors are the shard's. */
static swp_status score_new(res_store *store, const char *name, int64_t trial, size_t n_common,
                            size_t n_steps, swp_err *err)
{
    res_threshold *thresholds;
    size_t n;
    swp_status status = res_thresholds_planned(store, trial, &thresholds, &n, err);
    for (size_t step = n_common + 1; step <= n_steps && n > 0 && status == SWP_OK; step++) {
        status = res_step_score(store, trial, step, thresholds, n, false, err);
        if (status == SWP_DB || status == SWP_CONFIG)
            status = swp_fail(err, SWP_FORMAT, "%s: damaged: errors of step %zu", name, step);
    }
    swp_free(thresholds);
    return status;
}

static swp_status insert_missing(res_store *store, int64_t revision, res_shard_pair ids,
                                 swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < N_FACTS && status == SWP_OK; i++) {
        res_sql sql = res_shard_ask(store, facts[i].insert, ids);
        status = res_sql_run(&sql, err);
    }
    for (size_t i = 0; i < N_FACTS && status == SWP_OK; i++) {
        if (!facts[i].tidy)
            continue;
        res_sql sql = res_shard_ask(store, facts[i].tidy, ids);
        status = res_sql_run(&sql, err);
    }
    if (status == SWP_OK)
        status = take_failure(store, ids, err);
    if (status == SWP_OK)
        status = take_events(store, revision, ids, err);
    return status == SWP_OK ? res_trial_mark_done(store, ids.store, err) : status;
}

static swp_status merge_trial(res_store *store, int64_t revision, const char *name,
                              const res_shard_trial *trial, int64_t id, res_merge *merge,
                              swp_err *err)
{
    const res_shard_pair ids = {trial->id, id};
    char what[96] = "";
    size_t n_common = 0;
    res_shard_copies of;
    bool is_older = false;
    swp_status status = res_shard_compare(store, ids, &of, err);
    if (status == SWP_OK && of.of_command)
        status = res_shard_declare_metrics(store, ids, err);
    if (status == SWP_OK)
        status = check_steps(store, ids, &n_common, what, err);
    if (status == SWP_OK && !*what)
        status = check_data(store, ids, what, err);
    if (status == SWP_OK && !*what)
        status = check_models(store, name, ids, of.of_command, merge, err);
    if (status == SWP_OK && !*what) {
        status = find_clash(store, ids, what, err);
        if (status == SWP_OK)
            status = res_shard_prefer_newer(store, ids, &of, &n_common, what, &is_older, err);
    }
    if (status == SWP_OK && is_older) {
        merge->n_trials++;
        merge->n_known += trial->epochs;
        return SWP_OK;
    }
    if (status == SWP_OK && !*what)
        status = insert_missing(store, revision, ids, err);
    if (status == SWP_OK && !*what && of.of_command)
        status = res_shard_take_attempts(store, ids, err);
    if (status == SWP_OK && !*what)
        status = score_new(store, name, id, n_common, trial->epochs, err);
    if (status != SWP_OK)
        return status;
    if (*what) {
        merge->n_clashes++;
        if (merge->clash)
            merge->clash(merge->context, trial->key, what);
        return SWP_OK;
    }
    merge->n_trials++;
    merge->n_known += n_common;
    merge->n_new += trial->epochs - n_common;
    return SWP_OK;
}

static swp_status merge_all(res_store *store, int64_t revision, const char *name,
                            const res_shard_trial *trials, size_t n, res_merge *merge, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        int64_t id;
        status = res_trial_find_key(store, revision, trials[i].key, &id, err);
        if (status == SWP_OK && id != 0)
            status = merge_trial(store, revision, name, &trials[i], id, merge, err);
    }
    return res_write_end(store, status, err);
}

swp_status res_shard_merge(res_store *store, int64_t revision, const res_shard *shard,
                           res_merge *merge, swp_err *err)
{
    res_shard_trial *trials = NULL;
    size_t n = 0;
    swp_status status = open_shard(store, shard, err);
    if (status != SWP_OK)
        return status;
    status = check_tables(store, shard->name, err);
    if (status == SWP_OK)
        status = check_rows(store, shard->name, err);
    if (status == SWP_OK)
        status = list(store, &trials, &n, err);
    if (status == SWP_OK)
        status = merge_all(store, revision, shard->name, trials, n, merge, err);
    res_shard_trials_free(trials, n);
    detach(store);
    return status;
}
