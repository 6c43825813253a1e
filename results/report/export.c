#include <string.h>

#include "engine/base/mem.h"
#include "results/query/query.h"
#include "results/report/report.h"
#include "results/report/rows_priv.h"
#include "results/report/table_priv.h"

swp_status res_export_parse(const char *text, res_export_what *out, swp_err *err)
{
    static const char *const names[] = {[RES_EXPORT_EVALUATIONS] = "evaluations",
                                        [RES_EXPORT_EPOCHS] = "epochs",
                                        [RES_EXPORT_ERRORS] = "errors"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (res_export_what)i;
            return SWP_OK;
        }
    }
    return swp_fail(err, SWP_USAGE,
                    "expected evaluations, epochs, errors or weights to export, found '%s'", text);
}

/* One export in the making. */
typedef struct job {
    res_store *store;
    const res_experiment *experiment;
    res_rows rows;
} job;

static void put_result(res_rows *rows, const res_evaluation *t)
{
    if (!t->done) {
        for (int i = 0; i < 7; i++)
            res_rows_none(rows);
        return;
    }
    res_rows_size(rows, t->selected_epoch);
    res_rows_real(rows, t->train_loss);
    res_rows_real(rows, t->val_loss);
    res_rows_size(rows, t->counts.normal_correct);
    res_rows_size(rows, t->counts.normal_total);
    res_rows_size(rows, t->counts.anomaly_correct);
    res_rows_size(rows, t->counts.anomaly_total);
}

static swp_status put_evaluations(job *j, swp_err *err)
{
    res_evaluation *evaluations;
    size_t n;
    const res_evaluation_filter as_planned = {0};
    swp_status status = res_evaluations_list(j->store, j->experiment->revision_id, &as_planned,
                                             &evaluations, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const res_evaluation *t = &evaluations[i];
        res_rows_text(&j->rows, j->experiment->name);
        res_rows_size(&j->rows, t->number);
        res_rows_int(&j->rows, t->trial);
        res_rows_text(&j->rows, t->arch);
        res_rows_size(&j->rows, t->embedding_dim);
        res_rows_size(&j->rows, t->epochs);
        res_rows_threshold(&j->rows, t->threshold);
        res_rows_int(&j->rows, t->seed);
        put_result(&j->rows, t);
    }
    res_evaluations_free(evaluations, n);
    return SWP_OK;
}

/* The columns that epochs and errors begin with. */
static void put_epoch_head(job *j, const res_trial *t, size_t epoch)
{
    res_rows_text(&j->rows, j->experiment->name);
    res_rows_int(&j->rows, t->id);
    res_rows_text(&j->rows, t->arch);
    res_rows_size(&j->rows, t->embedding_dim);
    res_rows_int(&j->rows, t->seed);
    res_rows_size(&j->rows, epoch);
}

static swp_status put_losses(job *j, const res_trial *t, size_t epoch, swp_err *err)
{
    (void)err;
    put_epoch_head(j, t, epoch);
    res_rows_real(&j->rows, t->train_loss[epoch - 1]);
    res_rows_real(&j->rows, t->val_loss[epoch - 1]);
    res_rows_real(&j->rows, t->train_s[epoch - 1]);
    res_rows_real(&j->rows, t->eval_s[epoch - 1]);
    return SWP_OK;
}

static void put_subset(job *j, const res_trial *t, size_t epoch, const char *subset,
                       const float *errors, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_epoch_head(j, t, epoch);
        res_rows_text(&j->rows, subset);
        res_rows_size(&j->rows, i);
        res_rows_float(&j->rows, errors[i]);
    }
}

static swp_status put_errors(job *j, const res_trial *t, size_t epoch, swp_err *err)
{
    res_errors errors;
    void *block;
    swp_status status = res_errors_load(j->store, t->id, epoch, &errors, &block, err);
    if (status != SWP_OK)
        return status;
    put_subset(j, t, epoch, "val", errors.val, errors.n_val);
    put_subset(j, t, epoch, "test", errors.test, errors.n_test);
    put_subset(j, t, epoch, "anomaly", errors.anomaly, errors.n_anomaly);
    swp_free(block);
    return SWP_OK;
}

static swp_status put_epochs(job *j, swp_status (*put)(job *, const res_trial *, size_t, swp_err *),
                             swp_err *err)
{
    res_trial *trials;
    size_t n;
    swp_status status = res_trials_list(j->store, j->experiment->revision_id, &trials, &n, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t e = 1; e <= trials[i].n_epochs && status == SWP_OK; e++)
            status = put(j, &trials[i], e, err);
    res_trials_free(trials, n);
    return status;
}

static swp_status export_evaluations(job *j, res_format format, FILE *out, swp_err *err)
{
    static const char *const names[] = {
        "experiment",     "evaluation",      "trial",        "arch",
        "embedding_dim",  "epochs",          "threshold",    "seed",
        "selected_epoch", "train_loss",      "val_loss",     "normal_correct",
        "normal_total",   "anomaly_correct", "anomaly_total"};
    res_rows_begin(&j->rows, format, names, sizeof names / sizeof names[0], out);
    return put_evaluations(j, err);
}

static swp_status export_epochs(job *j, res_format format, FILE *out, swp_err *err)
{
    static const char *const names[] = {"experiment", "trial", "arch",       "embedding_dim",
                                        "seed",       "epoch", "train_loss", "val_loss",
                                        "train_s",    "eval_s"};
    res_rows_begin(&j->rows, format, names, sizeof names / sizeof names[0], out);
    return put_epochs(j, put_losses, err);
}

static swp_status export_errors(job *j, res_format format, FILE *out, swp_err *err)
{
    static const char *const names[] = {"experiment", "trial",  "arch",     "embedding_dim", "seed",
                                        "epoch",      "subset", "position", "error"};
    res_rows_begin(&j->rows, format, names, sizeof names / sizeof names[0], out);
    return put_epochs(j, put_errors, err);
}

static swp_status export_what(job *j, res_export_what what, res_format format, FILE *out,
                              swp_err *err)
{
    swp_status status = SWP_OK;
    switch (what) {
    case RES_EXPORT_EVALUATIONS:
        status = export_evaluations(j, format, out, err);
        break;
    case RES_EXPORT_EPOCHS:
        status = export_epochs(j, format, out, err);
        break;
    case RES_EXPORT_ERRORS:
        status = export_errors(j, format, out, err);
        break;
    }
    if (status == SWP_OK)
        status = res_rows_end(&j->rows, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    return status == SWP_OK ? res_out_check(out, err) : status;
}

swp_status res_export_write(res_store *store, const char *experiment, res_export_what what,
                            res_format format, FILE *out, swp_err *err)
{
    if (format != RES_CSV && format != RES_JSON)
        return swp_fail(err, SWP_USAGE, "expected the format csv or json for an export");
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    res_experiment found;
    status = res_experiment_find(store, experiment, &found, err);
    if (status == SWP_OK) {
        job j = {.store = store, .experiment = &found};
        status = export_what(&j, what, format, out, err);
        res_experiment_deinit(&found);
    }
    res_snapshot_end(store);
    return status;
}
