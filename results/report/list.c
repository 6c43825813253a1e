/* What is in the store: all experiments, or one trial. */
#include "results/query/axes.h"
#include "results/report/report.h"
#include "results/report/rows_priv.h"
#include "results/report/table_priv.h"

#include "engine/base/mem.h"

static swp_status list_rows(const res_experiment *list, size_t n, res_format format, FILE *out,
                            swp_err *err)
{
    static const char *const names[] = {"experiment",    "revision",    "created",
                                        "ini_path",      "data",        "fingerprint",
                                        "synthetic",     "trials",      "trials_done",
                                        "trials_failed", "evaluations", "evaluations_done"};
    res_rows rows;
    res_rows_begin(&rows, format, names, sizeof names / sizeof names[0], out);
    for (size_t i = 0; i < n; i++) {
        res_rows_text(&rows, list[i].name);
        res_rows_size(&rows, list[i].revision);
        res_rows_text(&rows, list[i].created);
        res_rows_text(&rows, list[i].ini_path);
        res_rows_text(&rows, list[i].data_name);
        res_rows_text(&rows, list[i].fingerprint);
        res_rows_bool(&rows, list[i].synthetic);
        res_rows_size(&rows, list[i].n_trials);
        res_rows_size(&rows, list[i].n_trials_done);
        res_rows_size(&rows, list[i].n_trials_failed);
        res_rows_size(&rows, list[i].n_evaluations);
        res_rows_size(&rows, list[i].n_evaluations_done);
    }
    swp_status status = res_rows_end(&rows, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    return status;
}

static swp_status list_table(const res_experiment *list, size_t n, res_format format, FILE *out,
                             swp_err *err)
{
    res_table table = {0};
    res_table_title(&table, RES_LEFT, "experiment");
    res_table_title(&table, RES_LEFT, "created");
    res_table_title(&table, RES_LEFT, "data");
    res_table_title(&table, RES_RIGHT, "trials done");
    res_table_title(&table, RES_RIGHT, "failed");
    res_table_title(&table, RES_RIGHT, "evaluations done");
    for (size_t i = 0; i < n; i++) {
        const res_experiment *e = &list[i];
        res_table_cell(&table, "%s@%zu", e->name, e->revision);
        res_table_cell(&table, "%s", e->created);
        res_table_cell(&table, "%s%s", e->data_name, e->synthetic ? " (SYNTHETIC)" : "");
        res_table_cell(&table, "%zu/%zu", e->n_trials_done, e->n_trials);
        res_table_cell(&table, "%zu", e->n_trials_failed);
        res_table_cell(&table, "%zu/%zu", e->n_evaluations_done, e->n_evaluations);
    }
    swp_status status = res_table_write(&table, format, out, err);
    res_table_deinit(&table);
    return status;
}

swp_status res_list_write(res_store *store, res_format format, FILE *out, swp_err *err)
{
    res_experiment *list;
    size_t n;
    swp_status status = res_experiments_list(store, &list, &n, err);
    if (status != SWP_OK)
        return status;
    if (format == RES_CSV || format == RES_JSON)
        status = list_rows(list, n, format, out, err);
    else
        status = list_table(list, n, format, out, err);
    res_experiments_free(list, n);
    return status == SWP_OK ? res_out_check(out, err) : status;
}

static swp_status show_epochs(const res_trial *t, res_format format, FILE *out, swp_err *err)
{
    static const char *const names[] = {"epoch", "train_loss", "val_loss", "train_s", "eval_s"};
    res_rows rows;
    res_rows_begin(&rows, format, names, sizeof names / sizeof names[0], out);
    for (size_t i = 0; i < t->n_epochs; i++) {
        res_rows_size(&rows, i + 1);
        res_rows_real(&rows, t->train_loss[i]);
        res_rows_real(&rows, t->val_loss[i]);
        res_rows_real(&rows, t->train_s[i]);
        res_rows_real(&rows, t->eval_s[i]);
    }
    return res_rows_end(&rows, err);
}

static swp_status show_settings_object(const res_pair *settings, size_t n, FILE *out, swp_err *err)
{
    const char **names = swp_alloc(n, sizeof *names);
    if (!names)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        names[i] = settings[i].key;
    res_rows object;
    res_rows_begin_object(&object, names, n, out);
    for (size_t i = 0; i < n; i++)
        res_rows_text(&object, settings[i].value);
    fputs(n == 0 ? "{}" : "", out);
    swp_status status = res_rows_end(&object, err);
    swp_free(names);
    return status;
}

static swp_status show_json(const res_trial *t, const res_pair *settings, size_t n, FILE *out,
                            swp_err *err)
{
    static const char *const names[] = {"id",     "arch",    "embedding_dim", "seed",
                                        "status", "failure", "epochs_done"};
    res_rows object;
    fputs("{\"trial\": ", out);
    res_rows_begin_object(&object, names, sizeof names / sizeof names[0], out);
    res_rows_int(&object, t->id);
    res_rows_text(&object, t->arch);
    res_rows_size(&object, t->embedding_dim);
    res_rows_int(&object, t->seed);
    res_rows_text(&object, res_trial_status_name(t->status));
    res_rows_text(&object, t->failure);
    res_rows_size(&object, t->n_epochs);
    swp_status status = res_rows_end(&object, err);
    fputs(",\n\"settings\": ", out);
    if (status == SWP_OK)
        status = show_settings_object(settings, n, out, err);
    fputs(",\n\"epochs\": ", out);
    if (status == SWP_OK)
        status = show_epochs(t, RES_JSON, out, err);
    fputs("}\n", out);
    return status;
}

static void add_epoch_rows(res_table *table, const res_trial *t)
{
    size_t best = res_selected_epoch(t->val_loss, t->n_epochs);
    res_table_title(table, RES_RIGHT, "epoch");
    res_table_title(table, RES_RIGHT, "train loss");
    res_table_title(table, RES_RIGHT, "val loss");
    res_table_title(table, RES_RIGHT, "train s");
    res_table_title(table, RES_RIGHT, "eval s");
    res_table_title(table, RES_LEFT, "");
    for (size_t i = 0; i < t->n_epochs; i++) {
        res_table_cell(table, "%zu", i + 1);
        res_table_cell(table, "%.6g", t->train_loss[i]);
        res_table_cell(table, "%.6g", t->val_loss[i]);
        res_table_cell(table, "%.3f", t->train_s[i]);
        res_table_cell(table, "%.3f", t->eval_s[i]);
        res_table_cell(table, "%s", i + 1 == best ? "best" : "");
    }
}

static swp_status show_text(const res_trial *t, const res_pair *settings, size_t n,
                            res_format format, FILE *out, swp_err *err)
{
    bool md = format == RES_MD;
    fprintf(out, "%strial %lld: %s, %zu of %zu epochs\n", md ? "## " : "", (long long)t->id,
            res_trial_status_name(t->status), t->n_epochs, t->max_epochs);
    if (t->failure)
        fprintf(out, "%sfailure: %s\n", md ? "\n" : "", t->failure);
    fputc('\n', out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s = %s\n", md ? "- " : "", settings[i].key, settings[i].value);
    fputs(n > 0 ? "\n" : "", out);
    res_table table = {0};
    add_epoch_rows(&table, t);
    swp_status status = res_table_write(&table, format, out, err);
    res_table_deinit(&table);
    return status;
}

swp_status res_show_write(res_store *store, int64_t trial, res_format format, FILE *out,
                          swp_err *err)
{
    res_trial *t;
    swp_status status = res_trial_find(store, trial, &t, err);
    if (status != SWP_OK)
        return status;
    res_pair *settings = NULL;
    size_t n = 0;
    status = res_trial_settings_list(store, trial, &settings, &n, err);
    if (status == SWP_OK && format == RES_CSV)
        status = show_epochs(t, RES_CSV, out, err);
    else if (status == SWP_OK && format == RES_JSON)
        status = show_json(t, settings, n, out, err);
    else if (status == SWP_OK)
        status = show_text(t, settings, n, format, out, err);
    res_pairs_free(settings, n);
    res_trials_free(t, 1);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
