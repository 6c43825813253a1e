/* The part of the migration to version 3 that SQL cannot do: the score of every step at every
 * planned threshold and its areas under curves, from the stored errors; the axes of every revision,
 * from the parameters of its trials; the views of every experiment. In the migration's transaction.
 */
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

typedef struct ids {
    int64_t *list; /* (n) */
    size_t n;
} ids;

/* The numbers in the only column of a statement. */
static swp_status list_ids(res_store *store, const char *text, ids *out, swp_err *err)
{
    res_sql sql = res_sql_open(store, text);
    while (res_sql_row(&sql)) {
        int64_t *grown = swp_grow(out->list, out->n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        out->list = grown;
        grown[out->n++] = res_sql_id_at(&sql, 0);
    }
    return res_sql_close(&sql, err);
}

static swp_status score_trial(res_store *store, int64_t trial, swp_err *err)
{
    res_threshold *thresholds = NULL;
    size_t n = 0;
    int64_t last = 0;
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM step WHERE trial_id = ?");
    res_sql_int(&sql, trial);
    swp_status status = res_sql_one(&sql, &last, err);
    if (status == SWP_OK)
        status = res_thresholds_planned(store, trial, &thresholds, &n, err);
    for (size_t step = 1; step <= (size_t)last && status == SWP_OK; step++)
        status = res_step_score(store, trial, step, thresholds, n, true, err);
    swp_free(thresholds);
    return status;
}

/* --- axes ------------------------------------------------------------------------------------- */

typedef struct axis {
    char *key;
    bool has_words; /* a value is not a number */
} axis;

typedef struct axes {
    axis *list; /* (n) */
    size_t n;
} axes;

/* One value of a parameter that is an axis; those of one parameter come together. Takes the key. */
static swp_status add_axis_value(axes *to, char *key, const char *value, swp_err *err)
{
    double number;
    if (to->n > 0 && strcmp(to->list[to->n - 1].key, key) == 0) {
        swp_free(key);
    } else {
        axis *grown = swp_grow(to->list, to->n, sizeof *grown);
        if (!grown) {
            swp_free(key);
            return swp_fail(err, SWP_NOMEM, "out of memory for axes");
        }
        to->list = grown;
        grown[to->n++] = (axis){.key = key};
    }
    if (!swp_parse_double(value, &number))
        to->list[to->n - 1].has_words = true;
    return SWP_OK;
}

/* Swept keys in the order of the settings, then others that differ in the order of the parameters,
 * then the model's dimension and the seed. Revisions before version 3 had no others in exports. */
static swp_status list_axes(res_store *store, int64_t revision, axes *out, swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "WITH param AS MATERIALIZED (SELECT trial_param.* FROM revision_trial "
        "JOIN trial_param USING (trial_id) WHERE revision_id = ?1), "
        "axis_key AS (SELECT key, min(position) AS place, count(DISTINCT value) > 1 "
        "OR count(*) < (SELECT count(*) FROM revision_trial WHERE revision_id = ?1) AS differs "
        "FROM param GROUP BY key) "
        "SELECT DISTINCT ?1, axis_key.key, param.value FROM axis_key JOIN param USING (key) "
        "LEFT JOIN setting ON revision_id = ?1 AND setting.key = 'sweep.' || axis_key.key "
        "WHERE differs OR axis_key.key IN ('model.embedding_dim', 'train.seed') "
        "ORDER BY NOT differs, setting.position IS NULL, setting.position, place, axis_key.key");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "trial_param", 2);
    swp_status status = SWP_OK;
    while (status == SWP_OK && res_sql_row(&sql)) {
        char *key = res_sql_text_at(&sql, 1), *value = res_sql_text_at(&sql, 2);
        if (key && value)
            status = add_axis_value(out, key, value, err);
        else
            swp_free(key);
        swp_free(value);
    }
    swp_status read = res_sql_close(&sql, status == SWP_OK ? err : NULL);
    return status == SWP_OK ? read : status;
}

static swp_status derive_axes(res_store *store, int64_t revision, swp_err *err)
{
    axes found = {0};
    res_axis_spec *specs = NULL;
    swp_status status = list_axes(store, revision, &found, err);
    if (status != SWP_OK)
        goto done;
    specs = swp_alloc(found.n, sizeof *specs);
    if (!specs) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for axes");
        goto done;
    }
    for (size_t i = 0; i < found.n; i++)
        specs[i] = (res_axis_spec){
            .key = found.list[i].key,
            .scale = found.list[i].has_words ? "categorical" : "linear",
            .is_seed = strcmp(found.list[i].key, "train.seed") == 0,
        };
    status = res_axes_replace(store, revision, specs, found.n, err);
done:
    for (size_t i = 0; i < found.n; i++)
        swp_free(found.list[i].key);
    swp_free(found.list);
    swp_free(specs);
    return status;
}

swp_status res_upgrade_3(res_store *store, swp_err *err)
{
    ids trials = {0}, revisions = {0}, latest = {0};
    swp_status status = list_ids(store, "SELECT id FROM trial ORDER BY id", &trials, err);
    if (status == SWP_OK)
        status = list_ids(store, "SELECT id FROM revision ORDER BY id", &revisions, err);
    if (status == SWP_OK)
        status = list_ids(store, "SELECT revision_id FROM v_latest", &latest, err);
    for (size_t i = 0; i < trials.n && status == SWP_OK; i++)
        status = score_trial(store, trials.list[i], err);
    for (size_t i = 0; i < revisions.n && status == SWP_OK; i++)
        status = derive_axes(store, revisions.list[i], err);
    for (size_t i = 0; i < latest.n && status == SWP_OK; i++)
        status = res_views_make(store, latest.list[i], err);
    swp_free(latest.list);
    swp_free(revisions.list);
    swp_free(trials.list);
    return status;
}
