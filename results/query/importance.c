/* Chooses the trials and parameters that are compared, hands them to stats as levels on axes, and
 * orders the shares. */
#include "results/query/importance.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"

/* The trials that are compared, and their results. */
typedef struct sample {
    bool *use;      /* (trials of the study) */
    double *values; /* (n) */
    size_t n;
} sample;

static bool is_used(const res_study *study, const bool *use, size_t trial)
{
    const res_trial *t = &study->trials[trial];
    bool is_finished = t->state == RES_DONE || t->state == RES_STOPPED;
    return is_finished && t->n_steps > 0 && (!use || use[trial]);
}

static swp_status choose(const res_study *study, size_t metric, const bool *use, sample *out,
                         size_t *steps, swp_err *err)
{
    *out = (sample){.use = swp_alloc(study->n_trials, sizeof *out->use),
                    .values = swp_alloc(study->n_trials, sizeof *out->values)};
    if (!out->use || !out->values)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", study->n_trials);
    *steps = SIZE_MAX;
    for (size_t t = 0; t < study->n_trials; t++)
        if (is_used(study, use, t) && res_last_step(&study->trials[t]) < *steps)
            *steps = res_last_step(&study->trials[t]);
    for (size_t t = 0; t < study->n_trials; t++) {
        const res_trial *trial = &study->trials[t];
        double value = (double)NAN;
        if (is_used(study, use, t))
            value = res_trial_best(study, trial, metric, res_steps_up_to(trial, *steps), NULL);
        out->use[t] = !isnan(value);
        if (out->use[t])
            out->values[out->n++] = value;
    }
    return SWP_OK;
}

/* The values of a parameter among the chosen trials. */
typedef struct levels {
    size_t *of;     /* (trials) */
    double *places; /* (n) */
    size_t n;
    bool is_scale; /* all are numbers */
} levels;

static void levels_deinit(levels *l)
{
    swp_free(l->of);
    swp_free(l->places);
}

static swp_status find_levels(const res_study *study, const sample *chosen, const res_param *p,
                              levels *out, swp_err *err)
{
    size_t *number = swp_alloc(p->n_values, sizeof *number); /* level + 1, 0: of no chosen trial */
    out->of = swp_alloc(chosen->n, sizeof *out->of);
    out->places = swp_alloc(p->n_values, sizeof *out->places);
    out->is_scale = p->scale != RES_CATEGORICAL;
    if (!number || !out->of || !out->places) {
        swp_free(number);
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu values", p->n_values);
    }
    for (size_t t = 0; t < study->n_trials; t++)
        if (chosen->use[t])
            number[p->of[t]] = 1;
    for (size_t v = 0; v < p->n_values; v++) {
        if (number[v] == 0)
            continue;
        double at = p->values[v].number;
        out->places[out->n++] = p->scale == RES_LOG ? log(at) : at;
        out->is_scale = out->is_scale && isfinite(out->places[out->n - 1]);
        number[v] = out->n;
    }
    for (size_t t = 0, i = 0; t < study->n_trials; t++)
        if (chosen->use[t])
            out->of[i++] = number[p->of[t]] - 1;
    swp_free(number);
    return SWP_OK;
}

typedef struct ranked {
    size_t param;
    res_share share;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->share.share < y->share.share || x->share.share > y->share.share)
        return x->share.share > y->share.share ? -1 : 1;
    return (x->param > y->param) - (x->param < y->param);
}

static swp_status rank(res_importances *out, swp_err *err)
{
    ranked *list = swp_alloc(out->n, sizeof *list);
    if (!list)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu parameters", out->n);
    for (size_t i = 0; i < out->n; i++)
        list[i] = (ranked){out->params[i], out->shares[i]};
    qsort(list, out->n, sizeof *list, compare_ranked);
    for (size_t i = 0; i < out->n; i++) {
        out->params[i] = list[i].param;
        out->shares[i] = list[i].share;
    }
    swp_free(list);
    return SWP_OK;
}

static swp_status split_variance(const res_study *study, const sample *chosen, const res_axes *axes,
                                 res_importances *out, swp_err *err)
{
    res_factor *factors = swp_alloc(axes->n, sizeof *factors);
    levels *found = swp_alloc(axes->n, sizeof *found);
    out->params = swp_alloc(axes->n, sizeof *out->params);
    out->shares = swp_alloc(axes->n, sizeof *out->shares);
    swp_status status = SWP_OK;
    if (!factors || !found || !out->params || !out->shares)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu parameters", axes->n);
    for (size_t a = 0; a < axes->n && status == SWP_OK; a++) {
        out->params[out->n++] = axes->list[a];
        status = find_levels(study, chosen, &study->params[axes->list[a]], &found[a], err);
        factors[a] = (res_factor){.level = found[a].of,
                                  .n_levels = found[a].n,
                                  .place = found[a].is_scale ? found[a].places : NULL};
    }
    if (status == SWP_OK)
        status = res_importance_of(chosen->values, chosen->n, factors, axes->n, out->shares,
                                   &out->whole, err);
    if (status == SWP_OK)
        status = rank(out, err);
    for (size_t a = 0; found && a < axes->n; a++)
        levels_deinit(&found[a]);
    swp_free(found);
    swp_free(factors);
    return status;
}

swp_status res_importances_make(const res_study *study, size_t step_metric, const bool *use,
                                res_importances *out, swp_err *err)
{
    *out = (res_importances){.step_metric = step_metric};
    sample chosen;
    res_axes axes = {0};
    swp_status status = choose(study, step_metric, use, &chosen, &out->steps, err);
    if (status == SWP_OK)
        status = res_axes_find(study, chosen.use, &axes, err);
    if (status == SWP_OK && chosen.n < 2)
        status = swp_fail(err, SWP_CONFIG,
                          "only %zu trials have a result so far: importances need more", chosen.n);
    if (status == SWP_OK)
        status = split_variance(study, &chosen, &axes, out, err);
    res_axes_deinit(&axes);
    swp_free(chosen.use);
    swp_free(chosen.values);
    return status;
}

void res_importances_deinit(res_importances *importances)
{
    swp_free(importances->params);
    swp_free(importances->shares);
    *importances = (res_importances){0};
}
