/* What a run is about: experiment, revision, environment, history. */
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "results/store/sql.h"

/* SHA-256 over the lines key=value. */
static void hash_settings(const res_pair *settings, size_t n, char out[RES_KEY_SIZE])
{
    swp_digest digest;
    swp_digest_init(&digest);
    for (size_t i = 0; i < n; i++) {
        const char *parts[] = {settings[i].key, "=", settings[i].value, "\n"};
        for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++)
            swp_digest_add(&digest, parts[p], strlen(parts[p]));
    }
    swp_digest_end(&digest, out);
}

/* An experiment's views are named after it, and SQLite compares names without case. */
static swp_status refuse_other_case(const char *name, const char *found, swp_err *err)
{
    swp_status status = swp_fail(
        err, SWP_CONFIG, "experiment.name: \"%s\" differs from the experiment \"%s\" in case only",
        name, found);
    swp_hint(err, "choose another name, or write it as \"%s\"", found);
    return status;
}

static swp_status ensure_experiment(res_store *store, const char *name, int64_t *id, swp_err *err)
{
    res_sql find = res_sql_open(
        store, "SELECT id, name, name = ?1 FROM experiment WHERE name = ?1 COLLATE NOCASE");
    res_sql_text(&find, name);
    res_sql_rows_of(&find, "experiment", 1);
    char *found = NULL;
    bool is_same = false;
    if (res_sql_row(&find)) {
        *id = res_sql_id_at(&find, 0);
        found = res_sql_text_at(&find, 1);
        is_same = res_sql_flag_at(&find, 2);
    }
    swp_status status = res_sql_close(&find, err);
    if (status == SWP_OK && found && !is_same)
        status = refuse_other_case(name, found, err);
    swp_free(found);
    if (status != SWP_OK || is_same)
        return status;
    res_sql insert = res_sql_open(store, "INSERT INTO experiment (name) VALUES (?) RETURNING id");
    res_sql_text(&insert, name);
    return res_sql_one(&insert, id, err);
}

/* The revision with these settings in the present generation; 0 if there is none. */
static swp_status find_revision(res_store *store, int64_t experiment, const char *hash,
                                int64_t *revision, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT id FROM revision WHERE experiment_id = ?1 AND settings_sha256 = ?2 AND "
               "generation = (SELECT max(generation) FROM revision WHERE experiment_id = ?1)");
    res_sql_int(&sql, experiment);
    res_sql_text(&sql, hash);
    *revision = 0;
    return res_sql_one(&sql, revision, err);
}

static swp_status add_revision(res_store *store, int64_t experiment, const res_revision_spec *spec,
                               const char *hash, int64_t *revision, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO revision (experiment_id, number, generation, settings_sha256) "
               "SELECT ?1, coalesce(max(number), 0) + 1, coalesce(max(generation) + ?3, 1), ?2 "
               "FROM revision WHERE experiment_id = ?1 RETURNING id");
    res_sql_int(&sql, experiment);
    res_sql_text(&sql, hash);
    res_sql_int(&sql, spec->fresh);
    swp_status status = res_sql_one(&sql, revision, err);
    if (status != SWP_OK)
        return status;
    return res_pairs_add(store,
                         "INSERT INTO setting (revision_id, position, key, value) "
                         "VALUES (?, ?, ?, ?)",
                         *revision, spec->settings, spec->n_settings, err);
}

static swp_status add_run(res_store *store, int64_t revision, const res_revision_spec *spec,
                          swp_err *err)
{
    int64_t run = 0;
    res_sql sql =
        res_sql_open(store, "INSERT INTO run (revision_id, ini_path) VALUES (?, ?) RETURNING id");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, spec->ini_path);
    swp_status status = res_sql_one(&sql, &run, err);
    if (status != SWP_OK)
        return status;
    return res_pairs_add(store,
                         "INSERT INTO environment (run_id, position, key, value) "
                         "VALUES (?, ?, ?, ?)",
                         run, spec->environment, spec->n_environment, err);
}

static swp_status begin_revision(res_store *store, const res_revision_spec *spec, int64_t *revision,
                                 bool *is_new, swp_err *err)
{
    char hash[RES_KEY_SIZE];
    hash_settings(spec->settings, spec->n_settings, hash);
    int64_t experiment = 0;
    *revision = 0;
    swp_status status = ensure_experiment(store, spec->name, &experiment, err);
    if (status == SWP_OK && !spec->fresh)
        status = find_revision(store, experiment, hash, revision, err);
    *is_new = *revision == 0;
    if (status == SWP_OK && *is_new)
        status = add_revision(store, experiment, spec, hash, revision, err);
    if (status == SWP_OK)
        status = add_run(store, *revision, spec, err);
    return status;
}

swp_status res_revision_begin(res_store *store, const res_revision_spec *spec, int64_t *revision,
                              bool *is_new, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, begin_revision(store, spec, revision, is_new, err), err);
}

swp_status res_event_add(res_store *store, int64_t revision, const res_event_spec *spec,
                         swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(
        store, "INSERT INTO event (revision_id, kind, text, trial_id, worker, at_s) VALUES "
               "(?, ?, ?, nullif(?, 0), nullif(?, 0), (julianday('now') - 2440587.5) * 86400)");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, spec->kind);
    res_sql_text(&sql, spec->text);
    res_sql_int(&sql, spec->trial);
    res_sql_size(&sql, spec->worker);
    return res_write_end(store, res_sql_run(&sql, err), err);
}

static swp_status reverse_metric(res_store *store, int64_t revision, const char *name, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "UPDATE metric SET direction = CASE direction WHEN 'minimize' THEN 'maximize' "
               "ELSE 'minimize' END WHERE name = ? AND experiment_id = "
               "(SELECT experiment_id FROM revision WHERE id = ?)");
    res_sql_text(&sql, name);
    res_sql_int(&sql, revision);
    return res_sql_run(&sql, err);
}

/* Whether the store has a metric, and with which direction. */
typedef enum metric_state { METRIC_SAME, METRIC_NEW, METRIC_REVERSED } metric_state;

/* Add a metric unless it is there, in whatever direction. */
static swp_status ensure_metric(res_store *store, int64_t revision, const res_metric_spec *metric,
                                metric_state *state, swp_err *err)
{
    const char *direction = metric->maximize ? "maximize" : "minimize";
    res_sql find =
        res_sql_open(store, "SELECT direction <> ?3 FROM revision JOIN metric "
                            "USING (experiment_id) WHERE revision.id = ?1 AND name = ?2");
    res_sql_int(&find, revision);
    res_sql_text(&find, metric->name);
    res_sql_text(&find, direction);
    int64_t differs = -1;
    swp_status status = res_sql_one(&find, &differs, err);
    *state = differs < 0 ? METRIC_NEW : differs ? METRIC_REVERSED : METRIC_SAME;
    if (status != SWP_OK || differs >= 0)
        return status;
    res_sql insert = res_sql_open(store, "INSERT INTO metric (experiment_id, name, direction) "
                                         "SELECT experiment_id, ?, ? FROM revision WHERE id = ?");
    res_sql_text(&insert, metric->name);
    res_sql_text(&insert, direction);
    res_sql_int(&insert, revision);
    return res_sql_run(&insert, err);
}

swp_status res_metrics_ensure(res_store *store, int64_t revision, const res_metric_spec *metrics,
                              size_t n, swp_err *err)
{
    bool is_new = false;
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        metric_state state;
        status = ensure_metric(store, revision, &metrics[i], &state, err);
        is_new |= state == METRIC_NEW;
        if (status == SWP_OK && state == METRIC_REVERSED)
            status = swp_fail(err, SWP_CONFIG, "%s: expected the goal of earlier runs, found %s",
                              metrics[i].name, metrics[i].maximize ? "maximize" : "minimize");
    }
    if (status == SWP_OK && is_new)
        status = res_views_make(store, revision, err);
    return res_write_end(store, status, err);
}

swp_status res_metric_declare(res_store *store, int64_t revision, const res_metric_spec *metric,
                              bool is_guess, swp_err *err)
{
    metric_state state;
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = ensure_metric(store, revision, metric, &state, err);
    if (status == SWP_OK && state == METRIC_REVERSED && !is_guess)
        status = reverse_metric(store, revision, metric->name, err);
    if (status == SWP_OK && state == METRIC_NEW)
        status = res_views_make(store, revision, err);
    return res_write_end(store, status, err);
}
