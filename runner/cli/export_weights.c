/* The models that evaluations select, as files. Evaluations of one trial that select one epoch
 * share a model: it is encoded again with the metadata that the store knows now, so that `sweep
 * detect` finds every threshold by name in it. */
#include "runner/cli/export_weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "engine/safetensors.h"
#include "runner/backend/detector.h"

/* What all models of an export share. */
typedef struct export_job {
    res_store *store;
    res_study study;
    const char *folder;
    size_t n_written, n_missing;
} export_job;

/* Metadata while it is collected; keys and values point into others' memory or into `texts`. */
typedef struct metadata {
    eng_note *list; /* (n) with room for all */
    size_t n;
    char (*keys)[RES_THRESHOLD_TEXT_SIZE + sizeof RUN_THRESHOLD_NOTE];
    char (*values)[SWP_NUMBER_SIZE];
    swp_buf val_errors;
} metadata;

static void add_note(metadata *to, const char *key, const char *value)
{
    for (size_t i = 0; i < to->n; i++)
        if (strcmp(to->list[i].key, key) == 0)
            return; /* evaluations may share a threshold */
    to->list[to->n++] = (eng_note){key, value};
}

/* The validation errors of a model, so that other thresholds can be had from its file. */
static swp_status add_val_errors(export_job *job, metadata *to, const res_evaluation *e,
                                 swp_err *err)
{
    res_errors errors;
    void *block = NULL;
    char number[SWP_NUMBER_SIZE];
    swp_status status = res_errors_load(job->store, job->study.trials[e->trial].id,
                                        e->selected_epoch, &errors, &block, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < errors.n_val; i++)
        swp_buf_printf(&to->val_errors, "%s%s", i > 0 ? " " : "",
                       swp_format_float(errors.val[i], number));
    swp_free(block);
    if (to->val_errors.failed)
        return swp_fail(err, SWP_NOMEM, "out of memory for validation errors");
    if (to->val_errors.length > 0)
        add_note(to, RUN_VAL_ERRORS_NOTE, to->val_errors.text);
    return SWP_OK;
}

/* By trial, then by selected epoch; those without a result first. */
static int compare_evaluations(const void *a, const void *b)
{
    const res_evaluation *left = a, *right = b;
    if (left->trial != right->trial)
        return left->trial < right->trial ? -1 : 1;
    if (left->selected_epoch != right->selected_epoch)
        return left->selected_epoch < right->selected_epoch ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static swp_status write_file(export_job *job, const res_evaluation *evaluation, const void *bytes,
                             size_t n_bytes, swp_err *err)
{
    swp_buf path = {0};
    swp_buf_printf(&path, "%s/trial_%03zu_epoch_%03u.safetensors", job->folder,
                   job->study.trials[evaluation->trial].number, evaluation->selected_epoch);
    swp_status status = path.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
    if (status == SWP_OK)
        status = swp_make_folders(path.text, err);
    if (status == SWP_OK)
        status = swp_file_put(path.text, bytes, n_bytes, err);
    if (status == SWP_OK) {
        job->n_written++;
        puts(path.text);
    }
    swp_buf_deinit(&path);
    return status;
}

/* Encode the stored model again, with what is known of it now. */
static swp_status write_model(export_job *job, const eng_saved *saved,
                              const res_evaluation *evaluations, size_t n_evaluations,
                              const res_pair *params, size_t n_params, swp_err *err)
{
    char revision[24], trial[24];
    void *bytes = NULL;
    size_t n_bytes;
    metadata to = {
        .list = swp_alloc(saved->n_notes + 4 + n_params + n_evaluations, sizeof *to.list),
        .keys = swp_alloc(n_evaluations, sizeof *to.keys),
        .values = swp_alloc(n_evaluations, sizeof *to.values),
    };
    swp_status status;
    if (!to.list || !to.keys || !to.values) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for the metadata of a model");
        goto done;
    }
    snprintf(revision, sizeof revision, "%zu", job->study.experiment.revision);
    snprintf(trial, sizeof trial, "%zu", job->study.trials[evaluations[0].trial].number);
    for (size_t i = 0; i < saved->n_notes; i++)
        add_note(&to, saved->notes[i].key, saved->notes[i].value);
    add_note(&to, "experiment", job->study.experiment.name);
    add_note(&to, "revision", revision);
    add_note(&to, "trial", trial);
    for (size_t i = 0; i < n_params; i++)
        add_note(&to, params[i].key, params[i].value);
    for (size_t i = 0; i < n_evaluations; i++) {
        char name[RES_THRESHOLD_TEXT_SIZE];
        snprintf(to.keys[i], sizeof to.keys[i], RUN_THRESHOLD_NOTE "%s",
                 res_threshold_format(evaluations[i].threshold, name));
        add_note(&to, to.keys[i], swp_format_double(evaluations[i].threshold_value, to.values[i]));
    }
    status = add_val_errors(job, &to, &evaluations[0], err);
    if (status != SWP_OK)
        goto done;
    eng_layout layout = eng_layout_of(saved->shape);
    status = eng_safetensors_encode(&layout, saved->weights, to.list, to.n, &bytes, &n_bytes, err);
    if (status == SWP_OK)
        status = write_file(job, &evaluations[0], bytes, n_bytes, err);
done:
    swp_free(bytes);
    swp_free(to.values);
    swp_free(to.keys);
    swp_free(to.list);
    swp_buf_deinit(&to.val_errors);
    return status;
}

/* The evaluations (n) of one trial that select one epoch. */
static swp_status export_model(export_job *job, const res_evaluation *evaluations, size_t n,
                               swp_err *err)
{
    eng_saved saved = {0};
    res_pair *params = NULL;
    void *bytes = NULL;
    size_t n_bytes, n_params = 0;
    const res_trial *trial = &job->study.trials[evaluations[0].trial];
    swp_status status = res_weights_load(job->store, trial->id, evaluations[0].selected_epoch,
                                         &bytes, &n_bytes, err);
    if (status == SWP_CONFIG) {
        job->n_missing++;
        return SWP_OK;
    }
    if (status == SWP_OK) {
        status = eng_safetensors_decode(bytes, n_bytes, &saved, err);
        if (status != SWP_OK)
            status = swp_wrap(err, "%s: weights of trial %zu", res_store_path(job->store),
                              trial->number);
    }
    if (status == SWP_OK)
        status = res_trial_params_list(job->store, trial->id, &params, &n_params, err);
    if (status == SWP_OK)
        status = write_model(job, &saved, evaluations, n, params, n_params, err);
    res_pairs_free(params, n_params);
    eng_saved_deinit(&saved);
    swp_free(bytes);
    return status;
}

static swp_status export_all(export_job *job, swp_err *err)
{
    res_evaluation *evaluations;
    size_t n;
    const res_evaluation_filter as_planned = {0};
    swp_status status =
        res_evaluations_list(job->store, &job->study, &as_planned, &evaluations, &n, err);
    if (status != SWP_OK)
        return status;
    if (n > 0)
        qsort(evaluations, n, sizeof *evaluations, compare_evaluations);
    for (size_t from = 0, to; from < n && status == SWP_OK; from = to) {
        for (to = from + 1; to < n && evaluations[to].trial == evaluations[from].trial &&
                            evaluations[to].selected_epoch == evaluations[from].selected_epoch;)
            to++;
        if (evaluations[from].selected_epoch > 0)
            status = export_model(job, evaluations + from, to - from, err);
    }
    swp_free(evaluations);
    return status;
}

/* Models that are missing are a failure, whatever was written. */
static swp_status conclude(const export_job *job, swp_err *err)
{
    const char *path = res_store_path(job->store), *name = job->study.experiment.name;
    if (job->n_missing == 0 && job->n_written > 0)
        return SWP_OK;
    if (job->n_missing == 0) {
        swp_status status =
            swp_fail(err, SWP_CONFIG,
                     "%s: no evaluation of %s is done yet, so no model is selected", path, name);
        swp_hint(err, "`sweep run` with the same file goes on; what failed needs --retry-failed");
        return status;
    }
    swp_status status =
        swp_fail(err, SWP_CONFIG, "%s: %zu of %zu selected models of %s are not in the store", path,
                 job->n_missing, job->n_missing + job->n_written, name);
    swp_hint(err, "an older sweep trained them, or their evaluations were planned later: "
                  "`sweep run --fresh` trains again");
    return status;
}

swp_status cli_export_weights(res_store *store, const char *experiment, const char *folder,
                              swp_err *err)
{
    export_job job = {.store = store, .folder = folder};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_study_load(store, experiment, &job.study, err);
    if (status == SWP_OK)
        status = export_all(&job, err);
    if (status == SWP_OK)
        status = conclude(&job, err);
    res_study_deinit(&job.study);
    res_snapshot_end(store);
    return status;
}
