/* Merging what a command's trials have besides steps: their metrics, their attempts, and whether a
 * trial ended by itself. */
#include "results/store/shard_priv.h"

swp_status res_shard_declare_metrics(res_store *store, res_shard_pair ids, swp_err *err)
{
    res_sql sql = res_shard_ask(
        store,
        "INSERT OR IGNORE INTO main.metric (experiment_id, name, direction) "
        "SELECT trial.experiment_id, name, direction FROM shard.metric AS theirs "
        "JOIN main.trial ON trial.id = ?2 WHERE theirs.id IN "
        "(SELECT metric_id FROM shard.value WHERE trial_id = ?1) AND length(name) BETWEEN 1 AND "
        "127 "
        "AND name GLOB '[A-Za-z_]*' AND name NOT GLOB '*[^-A-Za-z0-9_./]*' "
        "AND (SELECT count(*) FROM main.metric WHERE experiment_id = trial.experiment_id) < 200",
        ids);
    return res_sql_run(&sql, err);
}

static swp_status run_each(res_store *store, const char *const *statements, size_t n,
                           res_shard_pair ids, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        res_sql sql = res_shard_ask(store, statements[i], ids);
        status = res_sql_run(&sql, err);
    }
    return status;
}

swp_status res_shard_take_attempts(res_store *store, res_shard_pair ids, swp_err *err)
{
    static const char *const statements[] = {
        "INSERT INTO main.attempt (trial_id, number, host, folder, argv, scripts, git_commit, "
        "git_dirty, begun, ended, outcome) SELECT ?2, number, host, folder, argv, scripts, "
        "git_commit, git_dirty, begun, ended, outcome FROM shard.attempt WHERE trial_id = ?1 "
        "ON CONFLICT DO UPDATE SET ended = excluded.ended, outcome = excluded.outcome "
        "WHERE attempt.ended IS NULL",
        "UPDATE main.revision_trial SET state = 'done', reason = NULL WHERE trial_id = ?2 AND "
        "EXISTS "
        "(SELECT 1 FROM shard.revision_trial WHERE trial_id = ?1 AND state = 'done')"};
    return run_each(store, statements, sizeof statements / sizeof statements[0], ids, err);
}

swp_status res_shard_compare(res_store *store, res_shard_pair ids, res_shard_copies *out,
                             swp_err *err)
{
    res_sql sql =
        res_shard_ask(store,
                      "SELECT data_set_id IS NULL, EXISTS (SELECT 1 FROM main.revision_trial "
                      "WHERE trial_id = ?2 AND state = 'done'), "
                      "(SELECT coalesce(max(number), 0) FROM shard.attempt WHERE trial_id = ?1), "
                      "(SELECT coalesce(max(number), 0) FROM main.attempt WHERE trial_id = ?2) "
                      "FROM main.trial WHERE id = ?2",
                      ids);
    *out = (res_shard_copies){.of_command = false};
    if (res_sql_row(&sql))
        *out = (res_shard_copies){res_sql_flag_at(&sql, 0), res_sql_flag_at(&sql, 1),
                                  res_sql_size_at(&sql, 2), res_sql_size_at(&sql, 3)};
    return res_sql_close(&sql, err);
}

swp_status res_shard_prefer_newer(res_store *store, res_shard_pair ids, const res_shard_copies *of,
                                  size_t *n_common, char what[96], bool *is_older, swp_err *err)
{
    *is_older = *what && of->of_command && of->there < of->here;
    if (!*what || !of->of_command || of->is_done || of->there <= of->here)
        return SWP_OK;
    *what = '\0';
    *n_common = 0;
    static const char *const statements[] = {
        "DELETE FROM main.value WHERE trial_id = ?2 AND ?1 > 0",
        "DELETE FROM main.step WHERE trial_id = ?2 AND ?1 > 0",
        "DELETE FROM main.state WHERE trial_id = ?2 AND ?1 > 0"};
    return run_each(store, statements, sizeof statements / sizeof statements[0], ids, err);
}
