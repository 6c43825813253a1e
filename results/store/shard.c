#include "results/store/shard.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

/* The facts of a trial by epoch. `key` tells the rows of one trial apart, `proved` is what
 * copies must agree in, `noted` is what they may differ in: the first one stays. ?1 is the trial
 * in the shard, ?2 in the store. */
#define FIND_CLASH(table, key, proved)                                                             \
    "SELECT epoch FROM (SELECT " key ", " proved " FROM shard." table " WHERE trial_id = ?1 "      \
    "AND (" key ") IN (SELECT " key " FROM main." table " WHERE trial_id = ?2) "                   \
    "EXCEPT SELECT " key ", " proved " FROM main." table " WHERE trial_id = ?2) "                  \
    "ORDER BY epoch LIMIT 1"
#define INSERT_MISSING(table, key, others)                                                         \
    "INSERT INTO main." table " (trial_id, " key ", " others ") SELECT ?2, " key ", " others       \
    " FROM shard." table " WHERE trial_id = ?1 "                                                   \
    "AND (" key ") NOT IN (SELECT " key " FROM main." table " WHERE trial_id = ?2)"

/* Of the models, those that no evaluation selects any more: a later epoch is better, and no
 * evaluation ends before it. Afterwards the same are there as if all epochs had been recorded here.
 */
#define DROP_SURPASSED(table)                                                                      \
    "DELETE FROM main." table " WHERE trial_id = ?2 AND epoch IN (SELECT epoch FROM ("             \
    "SELECT this.epoch AS epoch, min(later.epoch) AS better FROM main.epoch AS this "              \
    "JOIN main.epoch AS later ON later.trial_id = ?2 AND later.epoch > this.epoch "                \
    "AND later.val_loss < this.val_loss WHERE this.trial_id = ?2 GROUP BY this.epoch) AS past "    \
    "WHERE NOT EXISTS (SELECT 1 FROM main.evaluation WHERE evaluation.trial_id = ?2 "              \
    "AND evaluation.epochs >= past.epoch AND evaluation.epochs < past.better))"

typedef struct fact {
    const char *table, *find_clash, *insert;
    const char *tidy; /* what is done after all was inserted, or NULL */
} fact;

static const fact facts[] = {
    {.table = "epoch",
     .find_clash = FIND_CLASH("epoch", "epoch", "train_loss, val_loss"),
     .insert = INSERT_MISSING("epoch", "epoch",
                              "train_loss, val_loss, train_s, eval_s, recorded, worker, begun_s, "
                              "ended_s")},
    {.table = "error_blob",
     .find_clash = FIND_CLASH("error_blob", "epoch, subset", "errors"),
     .insert = INSERT_MISSING("error_blob", "epoch, subset", "errors")},
    {.table = "weights",
     .find_clash = FIND_CLASH("weights", "epoch", "safetensors"),
     .insert = INSERT_MISSING("weights", "epoch", "safetensors"),
     .tidy = DROP_SURPASSED("weights")},
    {.table = "reconstruction",
     .find_clash = FIND_CLASH("reconstruction", "epoch", "series"),
     .insert = INSERT_MISSING("reconstruction", "epoch", "series"),
     .tidy = DROP_SURPASSED("reconstruction")},
    {.table = "state",
     .find_clash = FIND_CLASH("state", "epoch", "state"),
     .insert = "INSERT INTO main.state (trial_id, epoch, state) "
               "SELECT ?2, epoch, state FROM shard.state WHERE trial_id = ?1 "
               "ON CONFLICT DO UPDATE SET epoch = excluded.epoch, state = excluded.state "
               "WHERE excluded.epoch > state.epoch"},
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

static swp_status check_pages(res_store *store, swp_err *err)
{
    res_sql sql = res_sql_open(store, "PRAGMA shard.quick_check(1)");
    char *answer = res_sql_row(&sql) ? res_sql_text_at(&sql, 0) : NULL;
    bool sound = answer && strcmp(answer, "ok") == 0;
    swp_free(answer);
    swp_status status = res_sql_close(&sql, err);
    return status == SWP_OK && !sound ? swp_fail(err, SWP_FORMAT, "damaged") : status;
}

static swp_status judge(res_store *store, swp_err *err)
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
    return check_pages(store, err);
}

/* Attach and look. What SQLite cannot make sense of is the shard's fault. On success: detach. */
static swp_status open_shard(res_store *store, const res_shard *shard, swp_err *err)
{
    swp_err cause = {0};
    swp_status status = attach(store, shard, &cause);
    if (status == SWP_OK)
        status = judge(store, &cause);
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
        store, "SELECT id, key, (SELECT count(*) FROM shard.epoch WHERE trial_id = trial.id), "
               "failure FROM shard.trial ORDER BY id");
    *out = NULL;
    *n = 0;
    while (res_sql_row(&sql)) {
        res_shard_trial *grown = res_grow(*out, *n, sizeof **out);
        char *key = res_sql_text_at(&sql, 1), *failure = res_sql_optional_text_at(&sql, 3);
        *out = grown ? grown : *out;
        if (!grown || !key) {
            swp_free(key);
            swp_free(failure);
            res_sql_out_of_memory(&sql);
            break;
        }
        grown[*n] = (res_shard_trial){
            .id = res_sql_int_at(&sql, 0), .epochs = res_sql_size_at(&sql, 2), .failure = failure};
        snprintf(grown[(*n)++].key, RES_KEY_SIZE, "%s", key);
        swp_free(key);
    }
    return res_sql_close(&sql, err);
}

/* A store of nothing, to look at a shard without one. */
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

/* A table that is missing, or another, would look like a fault of the store when it is asked for.
 */
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

/* One trial in both: its ids, and the statement's two parameters. */
typedef struct pair {
    int64_t shard, store;
} pair;

static res_sql open_pair(res_store *store, const char *text, pair ids)
{
    res_sql sql = res_sql_open(store, text);
    res_sql_int(&sql, ids.shard);
    res_sql_int(&sql, ids.store);
    return sql;
}

/* Epochs are there from 1 without gaps, or something is wrong with the shard. */
static swp_status check_epochs(res_store *store, pair ids, size_t *n_common, char what[96],
                               swp_err *err)
{
    res_sql sql =
        open_pair(store,
                  "SELECT coalesce(max(epoch), 0) - count(*), (SELECT count(*) FROM main.epoch "
                  "WHERE trial_id = ?2), count(*) FROM shard.epoch WHERE trial_id = ?1",
                  ids);
    size_t there = 0, here = 0;
    if (res_sql_row(&sql)) {
        if (res_sql_int_at(&sql, 0) != 0)
            snprintf(what, 96, "an epoch is missing in between");
        here = res_sql_size_at(&sql, 1);
        there = res_sql_size_at(&sql, 2);
    }
    *n_common = here < there ? here : there;
    return res_sql_close(&sql, err);
}

static swp_status find_clash(res_store *store, pair ids, char what[96], swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < N_FACTS && status == SWP_OK && !*what; i++) {
        res_sql sql = open_pair(store, facts[i].find_clash, ids);
        if (res_sql_row(&sql))
            snprintf(what, 96, "epoch %zu: %s differs", res_sql_size_at(&sql, 0), facts[i].table);
        status = res_sql_close(&sql, err);
    }
    return status;
}

static swp_status take_failure(res_store *store, pair ids, swp_err *err)
{
    res_sql sql =
        open_pair(store,
                  "UPDATE main.trial SET failure = (SELECT failure FROM shard.trial WHERE id = ?1) "
                  "WHERE id = ?2 AND failure IS NULL",
                  ids);
    return res_sql_run(&sql, err);
}

/* What befell the trial there, under the number that it has here. */
static swp_status take_events(res_store *store, int64_t revision, pair ids, swp_err *err)
{
    res_sql sql = open_pair(
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

static swp_status insert_missing(res_store *store, int64_t revision, pair ids, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < N_FACTS && status == SWP_OK; i++) {
        res_sql sql = open_pair(store, facts[i].insert, ids);
        status = res_sql_run(&sql, err);
    }
    for (size_t i = 0; i < N_FACTS && status == SWP_OK; i++) {
        if (!facts[i].tidy)
            continue;
        res_sql sql = open_pair(store, facts[i].tidy, ids);
        status = res_sql_run(&sql, err);
    }
    if (status == SWP_OK)
        status = take_failure(store, ids, err);
    if (status == SWP_OK)
        status = take_events(store, revision, ids, err);
    return status == SWP_OK ? res_evaluations_finish(store, ids.store, err) : status;
}

static swp_status merge_trial(res_store *store, int64_t revision, const res_shard_trial *trial,
                              int64_t id, res_merge *merge, swp_err *err)
{
    const pair ids = {trial->id, id};
    char what[96] = "";
    size_t n_common;
    swp_status status = check_epochs(store, ids, &n_common, what, err);
    if (status == SWP_OK)
        status = find_clash(store, ids, what, err);
    if (status == SWP_OK && !*what)
        status = insert_missing(store, revision, ids, err);
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

static swp_status merge_all(res_store *store, int64_t revision, const res_shard_trial *trials,
                            size_t n, res_merge *merge, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        int64_t id;
        status = res_trial_find_key(store, revision, trials[i].key, &id, err);
        if (status == SWP_OK && id != 0)
            status = merge_trial(store, revision, &trials[i], id, merge, err);
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
        status = list(store, &trials, &n, err);
    if (status == SWP_OK)
        status = merge_all(store, revision, trials, n, merge, err);
    res_shard_trials_free(trials, n);
    detach(store);
    return status;
}
