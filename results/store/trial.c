/* Trials: found or added by key, linked to revisions, and the state that each revision has them in.
 *
 * A trial is shared by the revisions of a generation, so what happens to it holds for all of them:
 * a failure stays in every revision where the trial is not done until it is retried in one; a step
 * that reaches a revision's budget makes the trial done there. */
#include <math.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

static const char *const state_names[] = {[RES_WAITING] = "waiting",
                                          [RES_RUNNING] = "running",
                                          [RES_STOPPED] = "stopped",
                                          [RES_DONE] = "done",
                                          [RES_FAILED] = "failed"};

const char *res_state_name(res_state state)
{
    return state_names[state];
}

swp_status res_trial_find_key(res_store *store, int64_t revision, const char *key, int64_t *id,
                              swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT trial.id FROM revision "
               "JOIN trial USING (experiment_id, generation) WHERE revision.id = ? AND key = ?");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, key);
    *id = 0;
    return res_sql_one(&sql, id, err);
}

swp_status res_trial_find(res_store *store, int64_t trial, bool *found, swp_err *err)
{
    int64_t n = 0;
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM trial WHERE id = ?");
    res_sql_int(&sql, trial);
    swp_status status = res_sql_one(&sql, &n, err);
    *found = n > 0;
    return status;
}

swp_status res_trial_copies_list(res_store *store, int64_t revision, const char *to,
                                 res_trial_copy **out, size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql = res_sql_open(
        store, "SELECT old.id, new.id FROM revision JOIN trial AS old USING (experiment_id) "
               "JOIN experiment AS copy ON copy.name = ?2 JOIN trial AS new "
               "ON new.experiment_id = copy.id AND new.key = old.key "
               "AND new.generation = old.generation "
               "WHERE revision.id = ?1 AND old.data_set_id IS NULL ORDER BY old.id");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, to);
    while (res_sql_row(&sql)) {
        res_trial_copy *grown = swp_grow(*out, *n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = (res_trial_copy){res_sql_int_at(&sql, 0), res_sql_int_at(&sql, 1)};
    }
    return res_sql_close(&sql, err);
}

static swp_status add_trial(res_store *store, int64_t revision, const res_trial_spec *spec,
                            int64_t *id, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO trial (experiment_id, generation, key, "
                                      "data_set_id, split_id, weights, code) "
                                      "SELECT experiment_id, generation, ?, nullif(?, 0), "
                                      "nullif(?, 0), nullif(?, 0), nullif(?, 0) "
                                      "FROM revision WHERE id = ? RETURNING id");
    res_sql_text(&sql, spec->key);
    res_sql_int(&sql, spec->data);
    res_sql_int(&sql, spec->split);
    res_sql_size(&sql, spec->weights);
    res_sql_size(&sql, spec->code);
    res_sql_int(&sql, revision);
    swp_status status = res_sql_one(&sql, id, err);
    if (status != SWP_OK)
        return status;
    return res_pairs_add(store,
                         "INSERT INTO trial_param (trial_id, position, key, value) "
                         "VALUES (?, ?, ?, ?)",
                         *id, spec->params, spec->n_params, err);
}

/* Complete a trial that an older program recorded without its split or its sizes. */
static swp_status complete_trial(res_store *store, int64_t trial, const res_trial_spec *spec,
                                 swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "UPDATE trial SET split_id = coalesce(split_id, nullif(?2, 0)), "
                            "weights = coalesce(weights, nullif(?3, 0)), "
                            "code = coalesce(code, nullif(?4, 0)) WHERE id = ?1 AND "
                            "(split_id IS NULL OR weights IS NULL OR code IS NULL)");
    res_sql_int(&sql, trial);
    res_sql_int(&sql, spec->split);
    res_sql_size(&sql, spec->weights);
    res_sql_size(&sql, spec->code);
    return res_sql_run(&sql, err);
}

/* A revision never changes the trial under a number: its evaluations refer to it. */
static swp_status check_link(res_store *store, int64_t revision, size_t number, int64_t trial,
                             bool *is_there, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT trial_id FROM revision_trial "
                                      "WHERE revision_id = ? AND number = ?");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    int64_t present = 0;
    swp_status status = res_sql_one(&sql, &present, err);
    *is_there = present != 0;
    if (status != SWP_OK || !*is_there || present == trial)
        return status;
    status =
        swp_fail(err, SWP_CONFIG,
                 "trial %zu: its data is not what was recorded under the same settings", number);
    swp_hint(err, "--fresh starts over and keeps the old results as an older revision");
    return status;
}

/* A failure in another revision holds here too, and so does the end of a trial that ended by
 * itself, which its steps do not show. */
static swp_status add_link(res_store *store, int64_t revision, size_t number, int64_t trial,
                           const res_trial_spec *spec, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO revision_trial (revision_id, number, trial_id, budget, stage, state, "
               "reason) SELECT ?1, ?2, ?3, ?4, CASE WHEN ?5 THEN 'confirm' ELSE 'search' END, "
               "coalesce(state, 'waiting'), reason FROM (SELECT 1) "
               "LEFT JOIN revision_trial AS other ON other.trial_id = ?3 "
               "AND (other.state = 'failed' OR (other.state = 'done' AND other.budget >= ?4)) "
               "ORDER BY state LIMIT 1");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    res_sql_int(&sql, trial);
    res_sql_size(&sql, spec->budget);
    res_sql_int(&sql, spec->is_confirm);
    return res_sql_run(&sql, err);
}

/* If a search continues with a larger budget, trials that had reached the smaller one wait again.
 */
static swp_status set_budget(res_store *store, int64_t revision, int64_t trial, size_t budget,
                             swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "UPDATE revision_trial SET budget = ?3, "
                            "state = CASE state WHEN 'done' THEN 'waiting' ELSE state END "
                            "WHERE revision_id = ?1 AND trial_id = ?2 AND budget <> ?3 "
                            "AND state IN ('waiting', 'running', 'stopped', 'done', 'failed')");
    res_sql_int(&sql, revision);
    res_sql_int(&sql, trial);
    res_sql_size(&sql, budget);
    return res_sql_run(&sql, err);
}

/* A run that was killed left its trials running. */
static swp_status stop_running(res_store *store, int64_t trial, swp_err *err)
{
    res_sql sql = res_sql_open(store, "UPDATE revision_trial SET state = 'waiting' "
                                      "WHERE trial_id = ? AND state = 'running'");
    res_sql_int(&sql, trial);
    return res_sql_run(&sql, err);
}

swp_status res_trial_mark_done(res_store *store, int64_t trial, swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "UPDATE revision_trial SET state = 'done', reason = NULL WHERE trial_id = ?1 "
        "AND state <> 'done' AND budget <= (SELECT max(step) FROM step WHERE trial_id = ?1)");
    res_sql_int(&sql, trial);
    return res_sql_run(&sql, err);
}

static swp_status read_status(res_store *store, int64_t revision, int64_t trial,
                              res_trial_status *out, swp_err *err)
{
    *out = (res_trial_status){.id = trial, .best_val_loss = (double)INFINITY};
    res_sql sql = res_sql_open(
        store, "SELECT link.id, state, last.step, (SELECT value FROM value AS at JOIN metric ON "
               "metric.id = at.metric_id "
               "WHERE at.trial_id = link.trial_id AND at.step = last.best_step "
               "AND metric.name = 'val_loss') AS value FROM revision_trial AS link "
               "LEFT JOIN step AS last ON last.trial_id = link.trial_id "
               "AND last.step = (SELECT max(step) FROM step WHERE step.trial_id = link.trial_id) "
               "WHERE link.revision_id = ? AND link.trial_id = ?");
    res_sql_int(&sql, revision);
    res_sql_int(&sql, trial);
    res_sql_rows_of(&sql, "revision_trial", 1);
    if (res_sql_row(&sql)) {
        out->state = (res_state)res_sql_word_at(&sql, 1, state_names,
                                                sizeof state_names / sizeof state_names[0]);
        out->steps_done = res_sql_size_at(&sql, 2);
        if (!res_sql_null_at(&sql, 3))
            out->best_val_loss = res_sql_number_at(&sql, 3);
    }
    return res_sql_close(&sql, err);
}

static swp_status ensure_trial(res_store *store, int64_t revision, size_t number,
                               const res_trial_spec *spec, res_trial_status *out, swp_err *err)
{
    int64_t id;
    bool is_new, is_linked = false;
    swp_status status = res_trial_find_key(store, revision, spec->key, &id, err);
    is_new = status == SWP_OK && id == 0;
    if (is_new)
        status = add_trial(store, revision, spec, &id, err);
    else if (status == SWP_OK)
        status = complete_trial(store, id, spec, err);
    if (status == SWP_OK)
        status = check_link(store, revision, number, id, &is_linked, err);
    if (status == SWP_OK && !is_linked)
        status = add_link(store, revision, number, id, spec, err);
    if (status == SWP_OK && is_linked)
        status = set_budget(store, revision, id, spec->budget, err);
    if (status == SWP_OK && !is_new)
        status = stop_running(store, id, err);
    if (status == SWP_OK && !is_new)
        status = res_trial_mark_done(store, id, err);
    return status == SWP_OK ? read_status(store, revision, id, out, err) : status;
}

swp_status res_trial_ensure(res_store *store, int64_t revision, size_t number,
                            const res_trial_spec *spec, res_trial_status *out, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, ensure_trial(store, revision, number, spec, out, err), err);
}

static swp_status set_state(res_store *store, int64_t revision, int64_t trial, res_state state,
                            const char *reason, swp_err *err)
{
    int64_t found = 0;
    res_sql sql = res_sql_open(store, "UPDATE revision_trial SET state = ?, reason = ? WHERE "
                                      "revision_id = ? AND trial_id = ? RETURNING trial_id");
    res_sql_text(&sql, state_names[state]);
    res_sql_text(&sql, reason); /* NULL binds NULL */
    res_sql_int(&sql, revision);
    res_sql_int(&sql, trial);
    swp_status status = res_sql_one(&sql, &found, err);
    if (status == SWP_OK && found != trial)
        status = swp_fail(err, SWP_INTERNAL, "%s: revision %lld has no trial %lld",
                          res_store_path(store), (long long)revision, (long long)trial);
    return status;
}

static swp_status spread_failure(res_store *store, int64_t trial, const char *reason, swp_err *err)
{
    res_sql sql = res_sql_open(store, "UPDATE revision_trial SET state = 'failed', reason = ? "
                                      "WHERE trial_id = ? AND state <> 'done'");
    res_sql_text(&sql, reason);
    res_sql_int(&sql, trial);
    return res_sql_run(&sql, err);
}

static swp_status forget_failure(res_store *store, int64_t trial, swp_err *err)
{
    res_sql sql = res_sql_open(store, "UPDATE revision_trial SET state = 'waiting', reason = NULL "
                                      "WHERE trial_id = ? AND state = 'failed'");
    res_sql_int(&sql, trial);
    return res_sql_run(&sql, err);
}

swp_status res_trial_set_state(res_store *store, int64_t revision, int64_t trial, res_state state,
                               const char *reason, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = set_state(store, revision, trial, state, reason, err);
    if (status == SWP_OK && state == RES_FAILED)
        status = spread_failure(store, trial, reason, err);
    if (status == SWP_OK && state == RES_WAITING)
        status = forget_failure(store, trial, err);
    return res_write_end(store, status, err);
}

swp_status res_state_load(res_store *store, int64_t trial, void **state, size_t *state_bytes,
                          swp_err *err)
{
    *state = NULL;
    *state_bytes = 0;
    res_sql sql =
        res_sql_open(store, "SELECT trial_id, state FROM state WHERE trial_id = ?1 "
                            "AND step = (SELECT max(step) FROM step WHERE trial_id = ?1)");
    res_sql_int(&sql, trial);
    res_sql_rows_of(&sql, "state", 1);
    if (res_sql_row(&sql))
        *state = res_sql_bytes_at(&sql, 1, state_bytes);
    return res_sql_close(&sql, err);
}
