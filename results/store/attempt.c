/* Attempts at trials of commands: a row is added when one is handed out, and closed when it ends.
 */
#include "results/store/sql.h"

swp_status res_attempts_last(res_store *store, int64_t trial, size_t *n, swp_err *err)
{
    int64_t most = 0;
    res_sql sql = res_sql_open(store, "SELECT coalesce(max(number), 0) FROM attempt "
                                      "WHERE trial_id = ?");
    res_sql_int(&sql, trial);
    swp_status status = res_sql_one(&sql, &most, err);
    if (status == SWP_OK && most < 0)
        status = swp_fail(err, SWP_DB, "%s: damaged: table attempt, row %lld/%lld, column number",
                          store->path, (long long)trial, (long long)most);
    *n = status == SWP_OK ? (size_t)most : 0;
    return status;
}

static swp_status insert(res_store *store, int64_t trial, const res_attempt_spec *spec,
                         swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO attempt (trial_id, number, host, folder, argv, scripts, "
                            "git_commit, git_dirty) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
                            "CASE WHEN ?7 IS NULL THEN NULL ELSE ?8 END)");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, spec->number);
    res_sql_text(&sql, spec->host);
    res_sql_text(&sql, spec->folder);
    res_sql_text(&sql, spec->argv);
    res_sql_text(&sql, spec->scripts);
    res_sql_text(&sql, spec->commit);
    res_sql_int(&sql, spec->is_dirty);
    return res_sql_run(&sql, err);
}

swp_status res_attempt_begin(res_store *store, int64_t trial, const res_attempt_spec *spec,
                             swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, insert(store, trial, spec, err), err);
}

swp_status res_attempt_end(res_store *store, int64_t trial, const char *outcome, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(
        store, "UPDATE attempt SET ended = strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), outcome = ?2 "
               "WHERE trial_id = ?1 AND ended IS NULL AND number = (SELECT max(number) "
               "FROM attempt WHERE trial_id = ?1)");
    res_sql_int(&sql, trial);
    res_sql_text(&sql, outcome);
    return res_write_end(store, res_sql_run(&sql, err), err);
}
