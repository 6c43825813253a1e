/* Which baselines a study needs: those of each split, once, for all trials that share it. */
#include "runner/plan/baselines.h"

#include <stdlib.h>

#include "engine/base/mem.h"
#include "engine/data/baseline.h"

/* The baselines that a split's trials need, each once. */
typedef struct wanted {
    eng_baseline *list; /* (n) */
    size_t n;
} wanted;

size_t run_code_of(const eng_layout *layout)
{
    return layout->n_encoder > 0 ? layout->layers[layout->n_encoder - 1].hidden : 0;
}

static res_baseline_spec spec_of(eng_baseline baseline)
{
    static const res_baseline_method methods[] = {[ENG_BASELINE_MEAN] = RES_BASELINE_MEAN,
                                                  [ENG_BASELINE_PCA] = RES_BASELINE_PCA,
                                                  [ENG_BASELINE_NEIGHBOUR] =
                                                      RES_BASELINE_NEIGHBOUR};
    return (res_baseline_spec){.method = methods[baseline.method],
                               .components = baseline.components};
}

static void add_wanted(wanted *w, eng_baseline_method method, size_t components)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->list[i].method == method && w->list[i].components == components)
            return;
    w->list[w->n++] = (eng_baseline){method, components};
}

/* Keep those that are possible and not stored yet. */
static swp_status keep_missing(const run_study *study, size_t split, wanted *w, swp_err *err)
{
    const run_split *of = &study->plan->splits[split];
    const eng_dataset *set = study->plan->data[of->data].set;
    swp_status status = SWP_OK;
    size_t kept = 0;
    for (size_t i = 0; i < w->n && status == SWP_OK; i++) {
        const res_baseline_spec spec = spec_of(w->list[i]);
        bool is_known = true;
        if (eng_baseline_possible(set, &of->split, w->list[i]))
            status =
                res_baseline_is_known(study->store, study->splits[split], &spec, &is_known, err);
        if (!is_known)
            w->list[kept++] = w->list[i];
    }
    w->n = kept;
    return status;
}

/* The parts of all held-out errors of a split, in the order of eng_baselines_compute. */
static res_errors cut(const eng_split *s, const float *errors)
{
    const float *test = errors + s->n_val, *anomaly = test + s->n_test;
    return (res_errors){.val = errors,
                        .test = test,
                        .anomaly = anomaly,
                        .tune = anomaly + s->n_anomaly,
                        .n_val = s->n_val,
                        .n_test = s->n_test,
                        .n_anomaly = s->n_anomaly,
                        .n_tune = s->n_tune};
}

static swp_status record_missing(const run_study *study, size_t split, const wanted *w,
                                 swp_err *err)
{
    const run_split *of = &study->plan->splits[split];
    size_t n_rows = eng_baseline_count(&of->split);
    float *errors = swp_alloc(w->n * n_rows, sizeof *errors);
    if (!errors)
        return swp_fail(err, SWP_NOMEM, "out of memory for baselines");
    swp_status status = eng_baselines_compute(study->plan->data[of->data].set, &of->split, w->list,
                                              w->n, errors, err);
    for (size_t i = 0; i < w->n && status == SWP_OK; i++) {
        res_baseline_spec spec = spec_of(w->list[i]);
        spec.errors = cut(&of->split, errors + i * n_rows);
        status = res_baseline_add(study->store, study->splits[split], &spec, err);
    }
    swp_free(errors);
    return status == SWP_NUMERIC ? SWP_OK : status;
}

static swp_status record_split(const run_study *study, size_t split, swp_err *err)
{
    const run_plan *plan = study->plan;
    wanted w = {.list = swp_alloc(plan->n_trials + 2, sizeof *w.list)};
    if (!w.list)
        return swp_fail(err, SWP_NOMEM, "out of memory for baselines");
    add_wanted(&w, ENG_BASELINE_MEAN, 0);
    add_wanted(&w, ENG_BASELINE_NEIGHBOUR, 0);
    for (size_t t = 0; t < plan->n_trials; t++) {
        const eng_layout layout = eng_layout_of(plan->trials[t].settings.shape);
        if (plan->trials[t].split == split)
            add_wanted(&w, ENG_BASELINE_PCA, run_code_of(&layout));
    }
    swp_status status = keep_missing(study, split, &w, err);
    if (status == SWP_OK && w.n > 0)
        status = record_missing(study, split, &w, err);
    swp_free(w.list);
    return status;
}

swp_status run_baselines_record(const run_study *study, swp_err *err)
{
    swp_status status = res_store_begin(study->store, err);
    if (status != SWP_OK)
        return status;
    for (size_t i = 0; i < study->plan->n_splits && status == SWP_OK; i++)
        status = record_split(study, i, err);
    if (status == SWP_OK)
        return res_store_commit(study->store, err);
    res_store_rollback(study->store);
    return status;
}
