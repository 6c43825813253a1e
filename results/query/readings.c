/* How a command's trials are read: at the step where the objective of their revision is best, since
 * they have no validation sequences that would select one, at their last step, or at a given one.
 */
#include "results/query/readings.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

/* Of steps without the objective the last is as good as any. */
static void select_steps(const res_study *study, res_trial *t)
{
    const double *values = res_series(t, study->objective);
    bool maximize = study->step_metrics[study->objective].maximize;
    size_t best = 0;
    for (size_t k = 0; k < t->n_steps; k++) {
        bool better =
            !isnan(values[k]) &&
            (best == 0 || (maximize ? values[k] > values[best - 1] : values[k] < values[best - 1]));
        best = better ? k + 1 : best;
        t->best_steps[k] = (uint32_t)(best > 0 ? best : k + 1);
    }
}

swp_status res_objective_load(res_store *store, res_study *study, swp_err *err)
{
    study->of_command = study->n_trials > 0 && study->trials[0].data_set == 0;
    study->objective = RES_STEP_VAL_LOSS;
    study->n_planned = study->n_trials;
    res_sql sql = res_sql_open(
        store, "SELECT revision_id, name, coalesce(strategy <> 'grid', 0), "
               "trials, coalesce(stop <> 'median', 1) FROM all_objectives LEFT JOIN search USING "
               "(revision_id) WHERE revision_id = ?");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "search", 1);
    if (res_sql_row(&sql)) {
        char *name = res_sql_text_at(&sql, 1);
        study->is_search = res_sql_flag_at(&sql, 2);
        study->promotes = res_sql_flag_at(&sql, 4);
        if (study->is_search)
            study->n_planned = res_sql_count_at(&sql, 3, 1, UINT32_MAX);
        for (size_t m = 0; name && m < study->n_step_metrics; m++)
            if (strcmp(study->step_metrics[m].name, name) == 0)
                study->objective = m;
        swp_free(name);
    }
    swp_status status = res_sql_close(&sql, err);
    for (size_t i = 0; i < study->n_trials && status == SWP_OK && study->of_command; i++)
        select_steps(study, &study->trials[i]);
    return status;
}

/* The place of the step at which `n` steps of a trial are read; 0: there is none. */
static size_t place_of(const res_trial *t, size_t n, const res_reading *reading)
{
    size_t place = res_steps_up_to(t, reading->step);
    switch (reading->at) {
    case RES_AT_BEST:
        return n > 0 ? t->best_steps[n - 1] : 0;
    case RES_AT_LAST:
        return n;
    case RES_AT_STEP:
        break;
    }
    return place > 0 && place <= n && res_step_number(t, place) == reading->step ? place : 0;
}

static res_evaluation read_whole(const res_study *study, size_t trial)
{
    const res_trial *t = &study->trials[trial];
    return (res_evaluation){.trial = (uint32_t)trial,
                            .number = (uint32_t)t->number,
                            .epochs = RES_ALL_STEPS,
                            .selected_epoch = (uint32_t)place_of(t, t->n_steps, &study->reading)};
}

/* A trial that ended before `epochs` is read whole; one that may yet reach them is not. */
static res_evaluation read_up_to(const res_study *study, size_t trial, size_t epochs)
{
    const res_trial *t = &study->trials[trial];
    bool known =
        t->state == RES_DONE || (t->n_steps > 0 && res_step_number(t, t->n_steps) >= epochs);
    size_t n = known ? res_steps_up_to(t, epochs) : 0;
    return (res_evaluation){.trial = (uint32_t)trial,
                            .epochs = (uint32_t)epochs,
                            .selected_epoch = (uint32_t)place_of(t, n, &study->reading)};
}

static size_t last_step(const res_study *study)
{
    size_t last = 0;
    for (size_t i = 0; i < study->n_trials; i++) {
        const res_trial *t = &study->trials[i];
        size_t number = t->n_steps > 0 ? res_step_number(t, t->n_steps) : 0;
        last = number > last ? number : last;
    }
    return last;
}

static swp_status check_filter(const res_study *study, const res_evaluation_filter *filter,
                               swp_err *err)
{
    size_t last = last_step(study);
    const res_reading *reading = &study->reading;
    if (filter->n_thresholds > 0)
        return swp_fail(err, SWP_USAGE, "threshold: experiment %s is of a command, which has none",
                        study->experiment.name);
    for (size_t i = 0; i < filter->n_epochs; i++)
        if (filter->epochs[i] < 1 || filter->epochs[i] > last)
            return swp_fail(err, SWP_CONFIG,
                            "epochs: expected 1 to %zu, the steps recorded, found %zu", last,
                            filter->epochs[i]);
    if (reading->at == RES_AT_STEP && (reading->step < 1 || reading->step > last))
        return swp_fail(err, SWP_CONFIG, "step: expected 1 to %zu, the steps recorded, found %zu",
                        last, reading->step);
    return SWP_OK;
}

swp_status res_readings_list(const res_study *study, const res_evaluation_filter *filter,
                             res_evaluation **out, size_t *n, swp_err *err)
{
    size_t per_trial = filter->n_epochs > 0 ? filter->n_epochs : 1;
    swp_status status = check_filter(study, filter, err);
    if (status != SWP_OK)
        return status;
    *out = swp_alloc(study->n_trials, per_trial * sizeof **out);
    if (!*out)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", study->n_trials);
    for (size_t i = 0; i < study->n_trials; i++) {
        if (filter->n_epochs == 0)
            (*out)[(*n)++] = read_whole(study, i);
        for (size_t k = 0; k < filter->n_epochs; k++)
            (*out)[(*n)++] = read_up_to(study, i, filter->epochs[k]);
    }
    return SWP_OK;
}
