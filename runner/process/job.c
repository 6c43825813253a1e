/* Collects all that a worker needs to know of the trials of a job. Only data sets and splits are
 * shared memory; a job names a split by its index. */
#include "runner/process/job.h"

#include "engine/base/mem.h"
#include "runner/backend/stream.h"
#include "runner/process/wire.h"

/* The texts and bytes that an item points to. */
typedef struct parts {
    swp_buf params, start;
    void *state;
    char *folder;
} parts;

/* In the form that the backend reads. */
static swp_status put_params(const cfg_settings *settings, swp_buf *out, swp_err *err)
{
    run_param *params;
    if (!settings->command) {
        cfg_trial_text(settings, out);
        return SWP_OK;
    }
    swp_status status = cfg_params_list(settings, &params, err);
    if (status == SWP_OK)
        run_params_put(params, cfg_param_count(settings), out);
    swp_free(params);
    return status;
}

static swp_status fill_item(const run_study *study, run_attempts *attempts, size_t trial,
                            run_job_item *item, parts *of, swp_err *err)
{
    const run_trial *planned = &study->plan->trials[trial];
    const res_trial_status *known = &study->trials[trial];
    swp_status status = put_params(&planned->settings, &of->params, err);
    if (status != SWP_OK)
        return status;
    run_start_pack(&planned->start, &of->start);
    if (of->params.failed || of->start.failed)
        return swp_fail(err, SWP_NOMEM, "out of memory for a trial's parameters");
    status = res_state_load(study->store, known->id, &of->state, &item->state_bytes, err);
    item->trial = trial;
    item->number = planned->number > 0 ? planned->number : trial + 1;
    item->params = of->params.text;
    item->split = planned->split;
    item->start = of->start.text;
    item->start_bytes = of->start.length;
    item->state = of->state;
    item->best_val_loss = known->best_val_loss;
    if (status == SWP_OK && attempts)
        status = run_attempts_begin(attempts, known->id, planned->key, item, &of->folder, err);
    item->folder = of->folder;
    return status;
}

swp_status run_job_put(swp_buf *frames, const run_study *study, const run_source *source,
                       run_attempts *attempts, const size_t *trials, size_t n, swp_err *err)
{
    run_job_item *items = swp_alloc(n, sizeof *items);
    parts *all = swp_alloc(n, sizeof *all);
    swp_status status = SWP_OK;
    if (!items || !all)
        status = swp_fail(err, SWP_NOMEM, "out of memory for a job of %zu trials", n);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        items[i].steps = source->budget(source->context, trials[i]);
        status = fill_item(study, attempts, trials[i], &items[i], &all[i], err);
    }
    if (status == SWP_OK)
        run_put_job(frames, study->trials[trials[0]].steps_done, items, n);
    for (size_t i = 0; all && i < n; i++) {
        swp_buf_deinit(&all[i].params);
        swp_buf_deinit(&all[i].start);
        swp_free(all[i].state);
        swp_free(all[i].folder);
    }
    swp_free(all);
    swp_free(items);
    return status;
}
