/* The axes of a revision, and the four views of its experiment that have a column for each:
 * "NAME.trials", "NAME.evaluations", "NAME.epochs" and "NAME.scores". The views choose the rows of
 * one revision, the latest, from all_trials and the others of schema_3.sql; they are recreated when
 * a run begins, and only if they change, since every reader prepares its statements again then. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

/* --- names of columns ------------------------------------------------------------------------- */

/* Columns that some export always has. */
static const char *const fixed_columns[] = {
    "experiment",
    "trial",
    "stage",
    "state",
    "epochs_done",
    "selected_epoch",
    "train_loss",
    "val_loss",
    "seconds",
    "failure",
    "epochs",
    "threshold",
    "threshold_value",
    "chosen_on",
    "normal_correct",
    "normal_total",
    "anomaly_correct",
    "anomaly_total",
    "normal_recall",
    "anomaly_recall",
    "precision",
    "f1",
    "balanced_accuracy",
    "mcc",
    "auroc",
    "auprc",
    "epoch",
    "train_s",
    "eval_s",
    "subset",
    "position",
    "error",
};

static bool is_fixed_column(const char *name)
{
    for (size_t i = 0; i < sizeof fixed_columns / sizeof fixed_columns[0]; i++)
        if (strcasecmp(name, fixed_columns[i]) == 0)
            return true;
    return false;
}

/* The key without the section of an option. A user's own names have no section, but may have dots.
 */
static const char *without_section(const char *key)
{
    static const char *const sections[] = {"data.", "model.", "train.", "eval."};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (strncmp(key, sections[i], strlen(sections[i])) == 0)
            return key + strlen(sections[i]);
    return key;
}

static bool is_taken(const char *name, char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The column of axis `index`, given those before it. owns the text: sqlite3_free */
static char *column_name(const res_axis_spec *axes, size_t n, size_t index, char *const *names)
{
    const char *name = without_section(axes[index].key);
    for (size_t i = 0; i < n; i++)
        if (i != index && strcasecmp(name, without_section(axes[i].key)) == 0)
            name = axes[index].key;
    char *out = sqlite3_mprintf("%s%s", is_fixed_column(name) ? "param." : "", name);
    for (int k = 2; out && is_taken(out, names, index); k++) {
        sqlite3_free(out);
        out = sqlite3_mprintf("%s~%d", name, k);
    }
    return out;
}

static swp_status add_axis(res_store *store, int64_t revision, size_t position,
                           const res_axis_spec *axis, const char *name, swp_err *err)
{
    char *distribution = NULL;
    swp_status status =
        res_distribution_make(store, revision, axis->key, axis->scale, &distribution, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(store, "INSERT INTO axis (revision_id, position, key, name, scale, "
                                      "is_seed, distribution) VALUES (?, ?, ?, ?, ?, ?, ?)");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, position);
    res_sql_text(&sql, axis->key);
    res_sql_text(&sql, name);
    res_sql_text(&sql, axis->scale);
    res_sql_int(&sql, axis->is_seed);
    res_sql_text(&sql, distribution);
    status = res_sql_run(&sql, err);
    swp_free(distribution);
    return status;
}

swp_status res_axes_replace(res_store *store, int64_t revision, const res_axis_spec *axes, size_t n,
                            swp_err *err)
{
    res_sql sql = res_sql_open(store, "DELETE FROM axis WHERE revision_id = ?");
    res_sql_int(&sql, revision);
    swp_status status = res_sql_run(&sql, err);
    char **names = swp_alloc(n, sizeof *names);
    if (status == SWP_OK && !names)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu axes", n);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        names[i] = column_name(axes, n, i, names);
        status = names[i] ? add_axis(store, revision, i + 1, &axes[i], names[i], err)
                          : swp_fail(err, SWP_NOMEM, "out of memory for %zu axes", n);
    }
    for (size_t i = 0; names && i < n; i++)
        sqlite3_free(names[i]);
    swp_free(names);
    return status;
}

swp_status res_axes_record(res_store *store, int64_t revision, const res_axis_spec *axes, size_t n,
                           swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_axes_replace(store, revision, axes, n, err);
    if (status == SWP_OK)
        status = res_views_make(store, revision, err);
    return res_write_end(store, status, err);
}

/* --- views ------------------------------------------------------------------------------------ */

typedef struct view {
    const char *name; /* after "NAME." */
    const char *head; /* columns before those of the axes */
    const char *tail; /* columns after them */
    const char *own;  /* `tail` of a command, where it differs: its losses are metrics */
    const char *step; /* whose metrics of a command are shown, or NULL */
    bool whole;       /* one row per trial */
    const char *rows; /* the view of all revisions, and the order of its rows */
    const char *order;
} view;

static const view views[] = {
    {.name = "trials",
     .head = "trial, stage, state",
     .tail = "epochs_done, selected_epoch, train_loss, val_loss, seconds, failure",
     .step = "selected_epoch",
     .whole = true,
     .rows = "all_trials",
     .order = "trial"},
    {.name = "evaluations",
     .head = "trial",
     .tail = "epochs, selected_epoch, train_loss, val_loss, threshold, threshold_value, chosen_on, "
             "normal_correct, normal_total, anomaly_correct, anomaly_total, normal_recall, "
             "anomaly_recall, \"precision\", f1, balanced_accuracy, auroc, auprc",
     .rows = "all_evaluations",
     .order = "number"},
    {.name = "epochs",
     .head = "trial",
     .tail = "epoch, train_loss, val_loss, train_s, eval_s",
     .own = "epoch",
     .step = "epoch",
     .rows = "all_epochs",
     .order = "trial, epoch"},
    {.name = "scores",
     .head = "trial",
     .tail = "epoch, threshold, threshold_value, normal_correct, normal_total, anomaly_correct, "
             "anomaly_total, normal_recall, anomaly_recall",
     .rows = "all_scores",
     .order = "trial, epoch, threshold"},
};

/* Numbers are shown as numbers. */
static swp_status add_axis_columns(res_store *store, int64_t revision, sqlite3_str *to,
                                   swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT revision_id, position, key, name, "
                                      "scale = 'categorical' FROM axis WHERE revision_id = ? "
                                      "ORDER BY position");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "axis", 2);
    while (res_sql_row(&sql)) {
        char *key = res_sql_text_at(&sql, 2), *name = res_sql_text_at(&sql, 3);
        const char *value = res_sql_flag_at(&sql, 4) ? "value" : "CAST(value AS NUMERIC)";
        if (key && name)
            sqlite3_str_appendf(to,
                                ",\n       (SELECT %s FROM trial_param AS p WHERE p.trial_id = "
                                "one.trial_id AND p.key = %Q) AS \"%w\"",
                                value, key, name);
        swp_free(key);
        swp_free(name);
    }
    return res_sql_close(&sql, err);
}

/* The value at the row's step; in a row per trial, else its last value. */
static void add_metric_column(const view *of, const char *name, sqlite3_str *to)
{
    bool is_loss = strcmp(name, "train_loss") == 0 || strcmp(name, "val_loss") == 0;
    const char *prefix = is_fixed_column(name) && !is_loss ? "metric." : "";
    sqlite3_str_appendf(to, ",\n       ");
    if (of->whole)
        sqlite3_str_appendf(to, "coalesce(");
    sqlite3_str_appendf(to,
                        "(SELECT value FROM all_values AS at WHERE at.trial_id = one.trial_id "
                        "AND at.step = one.%s AND at.name = %Q)",
                        of->step, name);
    if (of->whole)
        sqlite3_str_appendf(to,
                            ", (SELECT value FROM all_values AS at WHERE at.trial_id = "
                            "one.trial_id AND at.step <= one.epochs_done AND at.name = %Q "
                            "ORDER BY at.step DESC LIMIT 1))",
                            name);
    sqlite3_str_appendf(to, " AS \"%s%w\"", prefix, name);
}

/* Whether the revision has trials of a command. */
static swp_status is_of_command(res_store *store, int64_t revision, bool *out, swp_err *err)
{
    int64_t found = 0;
    res_sql sql = res_sql_open(store, "SELECT EXISTS (SELECT 1 FROM revision_trial JOIN trial ON "
                                      "trial.id = trial_id WHERE revision_id = ? "
                                      "AND data_set_id IS NULL)");
    res_sql_int(&sql, revision);
    swp_status status = res_sql_one(&sql, &found, err);
    *out = found != 0;
    return status;
}

/* The metrics that a command records and that have no fixed column. */
static swp_status add_metric_columns(res_store *store, int64_t revision, const view *of,
                                     bool of_command, sqlite3_str *to, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT metric.id, name FROM revision JOIN metric USING (experiment_id) "
               "WHERE revision.id = ?1 AND (?2 OR name NOT IN ('train_loss', 'val_loss')) "
               "AND (?3 OR name NOT IN ('auroc', 'auprc')) "
               "ORDER BY CASE name WHEN 'train_loss' THEN 1 WHEN 'val_loss' THEN 2 "
               "WHEN 'auroc' THEN 3 WHEN 'auprc' THEN 4 ELSE 5 END, name");
    res_sql_int(&sql, revision);
    res_sql_int(&sql, of_command && of->own);
    res_sql_int(&sql, of_command);
    res_sql_rows_of(&sql, "metric", 1);
    while (res_sql_row(&sql)) {
        char *name = res_sql_text_at(&sql, 1);
        if (name)
            add_metric_column(of, name, to);
        swp_free(name);
    }
    return res_sql_close(&sql, err);
}

static swp_status replace_view(res_store *store, const char *name, const char *text, swp_err *err)
{
    int64_t is_same = 0;
    res_sql sql = res_sql_open(
        store, "SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name = ? AND sql = ?");
    res_sql_text(&sql, name);
    res_sql_text(&sql, text);
    swp_status status = res_sql_one(&sql, &is_same, err);
    if (status != SWP_OK || is_same)
        return status;
    char *drop = sqlite3_mprintf("DROP VIEW IF EXISTS \"%w\"", name);
    status = drop ? res_sql_script(store, drop, err) : swp_fail(err, SWP_NOMEM, "out of memory");
    sqlite3_free(drop);
    return status == SWP_OK ? res_sql_script(store, text, err) : status;
}

static swp_status make_view(res_store *store, int64_t revision, const char *experiment,
                            const view *of, swp_err *err)
{
    char *name = sqlite3_mprintf("%s.%s", experiment, of->name);
    sqlite3_str *text = sqlite3_str_new(store->db);
    sqlite3_str_appendf(text, "CREATE VIEW \"%w\" AS\nSELECT %Q AS experiment, %s", name,
                        experiment, of->head);
    bool of_command = false;
    swp_status status = add_axis_columns(store, revision, text, err);
    if (status == SWP_OK)
        status = is_of_command(store, revision, &of_command, err);
    sqlite3_str_appendf(text, ",\n       %s", of_command && of->own ? of->own : of->tail);
    if (status == SWP_OK && of->step)
        status = add_metric_columns(store, revision, of, of_command, text, err);
    sqlite3_str_appendf(text, "\nFROM %s AS one WHERE revision_id = %lld ORDER BY %s", of->rows,
                        (long long)revision, of->order);
    char *sql = sqlite3_str_finish(text);
    if (status == SWP_OK)
        status = name && sql ? replace_view(store, name, sql, err)
                             : swp_fail(err, SWP_NOMEM, "out of memory for a view");
    sqlite3_free(sql);
    sqlite3_free(name);
    return status;
}

swp_status res_views_drop(res_store *store, const char *experiment, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < sizeof views / sizeof views[0] && status == SWP_OK; i++) {
        char *drop = sqlite3_mprintf("DROP VIEW IF EXISTS \"%w.%w\"", experiment, views[i].name);
        status =
            drop ? res_sql_script(store, drop, err) : swp_fail(err, SWP_NOMEM, "out of memory");
        sqlite3_free(drop);
    }
    return status;
}

/* A shard is merged, and its views are never queried. SQLite reserves names that begin with
 * sqlite_. */
static bool has_views(const res_store *store, const char *experiment)
{
    return !store->shard && sqlite3_strnicmp(experiment, "sqlite_", 7) != 0;
}

swp_status res_views_make(res_store *store, int64_t revision, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT experiment.id, name FROM revision JOIN experiment "
                                      "ON experiment.id = experiment_id WHERE revision.id = ?");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "experiment", 1);
    char *experiment = res_sql_row(&sql) ? res_sql_text_at(&sql, 1) : NULL;
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && experiment && has_views(store, experiment))
        for (size_t i = 0; i < sizeof views / sizeof views[0] && status == SWP_OK; i++)
            status = make_view(store, revision, experiment, &views[i], err);
    swp_free(experiment);
    return status;
}
