/* Trials with their epochs, and the settings in which the trials of a revision differ. */
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/axes.h"
#include "results/store/sql.h"

void res_axes_deinit(res_axes *axes)
{
    for (size_t i = 0; axes->names && i < axes->n; i++)
        swp_free(axes->names[i]);
    for (size_t i = 0; axes->values && i < axes->n * axes->n_trials; i++)
        swp_free(axes->values[i]);
    swp_free(axes->names);
    swp_free(axes->values);
    *axes = (res_axes){0};
}

const char *res_axes_value(const res_axes *axes, size_t axis, size_t trial)
{
    return axes->values[axis * axes->n_trials + trial];
}

static char *short_name(const char *key)
{
    const char *dot = strchr(key, '.');
    return swp_strdup(dot ? dot + 1 : key);
}

static swp_status load_axis_names(res_store *store, int64_t revision, res_axes *out, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT key FROM revision_trial JOIN trial_param USING (trial_id) "
                            "WHERE revision_id = ? GROUP BY key HAVING count(DISTINCT value) > 1 "
                            "ORDER BY min(position)");
    res_sql_int(&sql, revision);
    while (res_sql_row(&sql)) {
        char **grown = res_grow(out->names, out->n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        out->names = grown;
        char *key = res_sql_text_at(&sql, 0);
        if (key)
            grown[out->n++] = key;
    }
    return res_sql_close(&sql, err);
}

static swp_status load_axis_values(res_store *store, int64_t revision, const char *key, size_t n,
                                   char **values, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT coalesce(value, '') FROM revision_trial LEFT JOIN trial_param "
                            "ON trial_param.trial_id = revision_trial.trial_id AND key = ? "
                            "WHERE revision_id = ? ORDER BY number");
    res_sql_text(&sql, key);
    res_sql_int(&sql, revision);
    for (size_t i = 0; i < n && res_sql_row(&sql); i++)
        values[i] = res_sql_text_at(&sql, 0);
    return res_sql_close(&sql, err);
}

static swp_status load_values(res_store *store, int64_t revision, res_axes *axes, swp_err *err)
{
    swp_status status = SWP_OK;
    axes->values = swp_alloc(axes->n * axes->n_trials, sizeof *axes->values);
    if (!axes->values)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t a = 0; a < axes->n && status == SWP_OK; a++) {
        status = load_axis_values(store, revision, axes->names[a], axes->n_trials,
                                  axes->values + a * axes->n_trials, err);
        if (status != SWP_OK)
            break;
        char *key = axes->names[a];
        axes->names[a] = short_name(key);
        swp_free(key);
        if (!axes->names[a])
            status = swp_fail(err, SWP_NOMEM, "out of memory");
    }
    return status;
}

swp_status res_axes_load(res_store *store, int64_t revision, size_t n_trials, res_axes *out,
                         swp_err *err)
{
    *out = (res_axes){.n_trials = n_trials};
    swp_status status = load_axis_names(store, revision, out, err);
    if (status == SWP_OK)
        status = load_values(store, revision, out, err);
    if (status != SWP_OK)
        res_axes_deinit(out);
    return status;
}

swp_status res_axes_load_keys(res_store *store, int64_t revision, size_t n_trials,
                              const char *const *keys, size_t n, res_axes *out, swp_err *err)
{
    *out = (res_axes){.n_trials = n_trials};
    out->names = swp_alloc(n, sizeof *out->names);
    swp_status status = out->names ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    while (status == SWP_OK && out->n < n) {
        out->names[out->n] = swp_strdup(keys[out->n]);
        if (!out->names[out->n++])
            status = swp_fail(err, SWP_NOMEM, "out of memory");
    }
    if (status == SWP_OK)
        status = load_values(store, revision, out, err);
    if (status != SWP_OK)
        res_axes_deinit(out);
    return status;
}

void res_trials_free(res_trial *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        swp_free(list[i].arch);
        swp_free(list[i].label);
        swp_free(list[i].failure);
        swp_free(list[i].train_loss); /* the block of all four arrays */
    }
    swp_free(list);
}

const char *res_trial_status_name(res_trial_status status)
{
    switch (status) {
    case RES_PENDING:
        return "pending";
    case RES_DONE:
        return "done";
    case RES_FAILED:
        break;
    }
    return "failed";
}

size_t res_trial_index(const res_trial *list, size_t n, size_t number)
{
    size_t from = 0, to = n;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (list[middle].number <= number)
            from = middle;
        else
            to = middle;
    }
    return from;
}

/* Columns: id, number, arch, embedding_dim, seed, failure, max_epochs, recorded epochs, data set,
 * split. */
static void take_trial(res_sql *sql, res_trial *t)
{
    t->id = res_sql_int_at(sql, 0);
    t->number = res_sql_size_at(sql, 1);
    t->arch = res_sql_text_at(sql, 2);
    t->embedding_dim = res_sql_size_at(sql, 3);
    t->seed = (uint32_t)res_sql_int_at(sql, 4);
    t->failure = res_sql_optional_text_at(sql, 5);
    t->max_epochs = res_sql_size_at(sql, 6);
    t->n_epochs = res_sql_size_at(sql, 7);
    t->data_set = res_sql_int_at(sql, 8);
    t->split = res_sql_int_at(sql, 9); /* NULL reads as 0 */
    t->status = RES_PENDING;
    if (t->n_epochs >= t->max_epochs)
        t->status = RES_DONE;
    else if (t->failure)
        t->status = RES_FAILED;
    t->train_loss = swp_alloc(4 * t->n_epochs, sizeof *t->train_loss);
    if (!t->train_loss) {
        res_sql_out_of_memory(sql);
        return;
    }
    t->val_loss = t->train_loss + t->n_epochs;
    t->train_s = t->val_loss + t->n_epochs;
    t->eval_s = t->train_s + t->n_epochs;
}

static swp_status take_trials(res_sql *sql, res_trial **out, size_t *n, swp_err *err)
{
    while (res_sql_row(sql)) {
        res_trial *grown = res_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(sql);
            break;
        }
        *out = grown;
        grown[*n] = (res_trial){0};
        take_trial(sql, &grown[(*n)++]);
    }
    return res_sql_close(sql, err);
}

static swp_status load_epochs(res_store *store, res_trial *t, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT train_loss, val_loss, train_s, eval_s FROM epoch "
                                      "WHERE trial_id = ? ORDER BY epoch");
    res_sql_int(&sql, t->id);
    for (size_t i = 0; i < t->n_epochs && res_sql_row(&sql); i++) {
        t->train_loss[i] = res_sql_real_at(&sql, 0);
        t->val_loss[i] = res_sql_real_at(&sql, 1);
        t->train_s[i] = res_sql_real_at(&sql, 2);
        t->eval_s[i] = res_sql_real_at(&sql, 3);
    }
    return res_sql_close(&sql, err);
}

static swp_status add_labels(res_store *store, int64_t revision, res_trial *list, size_t n,
                             swp_err *err)
{
    res_axes axes;
    swp_status status = res_axes_load(store, revision, n, &axes, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        swp_buf label = {0};
        swp_buf_puts(&label, "");
        for (size_t a = 0; a < axes.n; a++)
            swp_buf_printf(&label, "%s%s=%s", a ? " " : "", axes.names[a],
                           res_axes_value(&axes, a, i));
        if (label.failed) {
            swp_buf_deinit(&label);
            status = swp_fail(err, SWP_NOMEM, "out of memory");
        } else {
            list[i].label = label.text;
        }
    }
    res_axes_deinit(&axes);
    return status;
}

static swp_status list_trials(res_store *store, int64_t revision, res_trial **out, size_t *n,
                              swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT trial.id, number, arch, embedding_dim, seed, failure, max_epochs, "
               "(SELECT count(*) FROM epoch WHERE epoch.trial_id = trial.id AND "
               "epoch <= max_epochs), data_set_id, split_id FROM revision_trial "
               "JOIN trial ON trial.id = trial_id WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, revision);
    swp_status status = take_trials(&sql, out, n, err);
    for (size_t i = 0; i < *n && status == SWP_OK; i++)
        status = load_epochs(store, &(*out)[i], err);
    if (status == SWP_OK)
        status = add_labels(store, revision, *out, *n, err);
    return status;
}

swp_status res_trials_list(res_store *store, int64_t revision, res_trial **out, size_t *n,
                           swp_err *err)
{
    *out = NULL;
    *n = 0;
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = list_trials(store, revision, out, n, err);
    res_snapshot_end(store);
    if (status != SWP_OK) {
        res_trials_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return status;
}

static swp_status find_trial(res_store *store, int64_t trial, res_trial **out, size_t *n,
                             swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT id, 0, arch, embedding_dim, seed, failure, coalesce((SELECT "
               "max(max_epochs) FROM revision_trial WHERE trial_id = ?1), 0), "
               "(SELECT count(*) FROM epoch WHERE trial_id = ?1), data_set_id, split_id "
               "FROM trial WHERE id = ?1");
    res_sql_int(&sql, trial);
    swp_status status = take_trials(&sql, out, n, err);
    if (status != SWP_OK)
        return status;
    if (*n == 1)
        return load_epochs(store, *out, err);
    status = swp_fail(err, SWP_CONFIG, "%s: there is no trial %lld", res_store_path(store),
                      (long long)trial);
    swp_hint(err, "`sweep export --what evaluations` lists the trials");
    return status;
}

swp_status res_trial_find(res_store *store, int64_t trial, res_trial **out, swp_err *err)
{
    *out = NULL;
    size_t n = 0;
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = find_trial(store, trial, out, &n, err);
    res_snapshot_end(store);
    if (status != SWP_OK) {
        res_trials_free(*out, n);
        *out = NULL;
    }
    return status;
}
