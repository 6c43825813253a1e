/* Enrolment: what the store lacks of a plan, from the revision down to the evaluations, added in
 * one transaction; and the trials that still wait, formed into cohorts. */
#include "runner/plan/study.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/profile.h"
#include "engine/model.h"
#include "results/store/search.h"
#include "runner/plan/baselines.h"
#include "runner/plan/search_study.h"
#include "runner/plan/trial_params.h"

static swp_status begin_revision(run_study *study, const run_study_spec *spec, swp_err *err)
{
    const cfg *config = study->plan->config;
    res_revision_spec revision = {
        .name = cfg_name(config),
        .ini_path = cfg_path(config),
        .environment = spec->environment,
        .n_environment = spec->n_environment,
        .fresh = spec->fresh,
    };
    cfg_canonical(config, &revision.settings, &revision.n_settings);
    return res_revision_begin(study->store, &revision, &study->revision, &study->is_new, err);
}

/* How the store identifies a split. */
typedef struct split_ids {
    int64_t data, split;
} split_ids;

static swp_status ensure_data(run_study *study, const run_split *split, const eng_profile *profile,
                              int64_t *id, swp_err *err)
{
    typedef char count_text[24];
    const eng_dataset *set = study->plan->data[split->data].set;
    res_pair *classes = swp_alloc(set->n_classes, sizeof *classes);
    count_text *counts = swp_alloc(set->n_classes, sizeof *counts);
    swp_status status;
    if (!classes || !counts) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu classes", set->n_classes);
        goto done;
    }
    for (size_t i = 0; i < set->n_classes; i++) {
        snprintf(counts[i], sizeof counts[i], "%zu", set->classes[i].count);
        classes[i] = (res_pair){set->classes[i].name, counts[i]};
    }
    res_data_spec spec = {
        .name = set->name,
        .source = set->source,
        .fingerprint = set->fingerprint,
        .synthetic = set->synthetic,
        .n_rows = set->n_rows,
        .length = set->length,
        .n_train = split->split.n_train,
        .n_val = split->split.n_val,
        .n_test = split->split.n_test,
        .n_anomaly = split->split.n_anomaly,
        .classes = classes,
        .n_classes = set->n_classes,
        .class_means = profile->mean,
        .class_sds = profile->sd,
    };
    status = res_data_ensure(study->store, &spec, id, err);
done:
    swp_free(counts);
    swp_free(classes);
    return status;
}

/* Labels of rows; `labels` has room for them. */
static res_held_out held_out_of(const eng_dataset *set, const uint32_t *rows, size_t n,
                                uint32_t *labels)
{
    for (size_t i = 0; i < n; i++)
        labels[i] = set->labels[rows[i]];
    return (res_held_out){.rows = rows, .classes = labels, .n = n};
}

static swp_status ensure_held_out(run_study *study, const run_split *split, split_ids *ids,
                                  swp_err *err)
{
    const eng_dataset *set = study->plan->data[split->data].set;
    const eng_split *s = &split->split;
    uint32_t *labels = swp_alloc(s->n_val + s->n_test + s->n_anomaly + s->n_tune, sizeof *labels);
    res_sample *samples = swp_alloc(split->n_samples, sizeof *samples);
    swp_status status;
    if (!labels || !samples) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for a split");
        goto done;
    }
    for (size_t i = 0; i < split->n_samples; i++) {
        const run_sample *from = &split->samples[i];
        samples[i] = (res_sample){
            .subset = from->is_anomaly ? RES_ANOMALY : RES_TEST,
            .index = from->index,
            .series = set->values + from->row * set->length,
        };
    }
    uint32_t *test = labels + s->n_val, *anomaly = test + s->n_test;
    const res_split_spec spec = {
        .data = ids->data,
        .held_out = {[RES_VAL] = held_out_of(set, s->val, s->n_val, labels),
                     [RES_TEST] = held_out_of(set, s->test, s->n_test, test),
                     [RES_ANOMALY] = held_out_of(set, s->anomaly, s->n_anomaly, anomaly)},
        .tune = held_out_of(set, s->tune, s->n_tune, anomaly + s->n_anomaly),
        .samples = samples,
        .n_samples = split->n_samples,
        .length = set->length,
    };
    status = res_split_ensure(study->store, &spec, &ids->split, err);
done:
    swp_free(samples);
    swp_free(labels);
    return status;
}

/* Data sets and splits. ids (plan->n_splits) */
static swp_status ensure_splits(run_study *study, split_ids *ids, swp_err *err)
{
    const run_plan *plan = study->plan;
    swp_status status = SWP_OK;
    if (!study->splits && !(study->splits = swp_alloc(plan->n_splits, sizeof *study->splits)))
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu splits", plan->n_splits);
    for (size_t d = 0; d < plan->n_data && status == SWP_OK; d++) {
        eng_profile profile;
        status = eng_profile_init(&profile, plan->data[d].set, err);
        for (size_t i = 0; i < plan->n_splits && status == SWP_OK; i++) {
            if (plan->splits[i].data != d)
                continue;
            status = ensure_data(study, &plan->splits[i], &profile, &ids[i].data, err);
            if (status == SWP_OK)
                status = ensure_held_out(study, &plan->splits[i], &ids[i], err);
            study->splits[i] = ids[i].split;
        }
        eng_profile_deinit(&profile);
    }
    return status;
}

/* The store's record of a trial; borrows its parameters. */
static res_trial_spec spec_of(const run_study *study, size_t index, split_ids ids,
                              const run_trial_params *of)
{
    const run_trial *trial = &study->plan->trials[index];
    eng_layout layout = {.n_encoder = 0};
    if (!trial->settings.command)
        layout = eng_layout_of(trial->settings.shape);
    return (res_trial_spec){
        .key = trial->key,
        .data = ids.data,
        .split = ids.split,
        .weights = layout.total,
        .code = run_code_of(&layout),
        .params = of->pairs,
        .n_params = of->n,
        .budget = trial->max_epochs,
    };
}

static swp_status ensure_trial(run_study *study, size_t index, split_ids ids,
                               const run_trial_params *of, bool retry_failed, swp_err *err)
{
    const res_trial_spec spec = spec_of(study, index, ids, of);
    res_trial_status *now = &study->trials[index];
    swp_status status = res_trial_ensure(study->store, study->revision, index + 1, &spec, now, err);
    if (status == SWP_OK && now->state == RES_FAILED && retry_failed) {
        status =
            res_trial_set_state(study->store, study->revision, now->id, RES_WAITING, NULL, err);
        now->state = RES_WAITING;
    }
    return status;
}

/* Axes while they are collected, each once. */
typedef struct axis_list {
    const run_backend *backend;
    const run_trial_params *of; /* the parameters of the first trial */
    bool *is_axis;              /* (of->n) */
    res_axis_spec *to;          /* (n) */
    size_t n;
} axis_list;

static void add_axis(axis_list *axes, size_t param, const char *scale)
{
    const char *key = axes->of->pairs[param].key;
    if (axes->is_axis[param])
        return;
    axes->is_axis[param] = true;
    bool is_seed = axes->backend->seed && strcmp(key, axes->backend->seed) == 0;
    axes->to[axes->n++] = (res_axis_spec){.key = key, .scale = scale, .is_seed = is_seed};
}

static size_t find_param(const run_trial_params *of, const char *key)
{
    size_t i = 0;
    while (i < of->n && strcmp(of->pairs[i].key, key) != 0)
        i++;
    return i;
}

/* The columns of exports: the swept keys that differ between trials, other keys that differ, then
 * those that the backend always shows. Swept paths are always shown, so that users see when all
 * hold the same data. */
static void list_axes(const cfg *config, const bool *differs, axis_list *axes)
{
    static const char *const scales[] = {
        [CFG_CATEGORICAL] = "categorical", [CFG_LINEAR] = "linear", [CFG_LOG] = "log"};
    double number;
    for (size_t a = 0; a < cfg_axis_count(config); a++) {
        size_t i = find_param(axes->of, cfg_axis_key(config, a));
        if (i < axes->of->n && (differs[i] || strcmp(cfg_axis_key(config, a), RUN_DATA_PATH) == 0))
            add_axis(axes, i, scales[cfg_axis_scale(config, a)]);
    }
    for (size_t i = 0; i < axes->of->n; i++)
        if (differs[i])
            add_axis(axes, i,
                     swp_parse_double(axes->of->pairs[i].value, &number) ? "linear"
                                                                         : "categorical");
    for (const char *const *key = axes->backend->axes; key && *key; key++) {
        size_t i = find_param(axes->of, *key);
        if (i < axes->of->n)
            add_axis(axes, i, "linear");
    }
}

static swp_status record_axes(run_study *study, const run_trial_params *first, const bool *differs,
                              swp_err *err)
{
    axis_list axes = {.of = first,
                      .backend = study->plan->backend,
                      .is_axis = swp_alloc(first->n, sizeof *axes.is_axis),
                      .to = swp_alloc(first->n, sizeof *axes.to)};
    swp_status status = SWP_OK;
    if (!axes.is_axis || !axes.to) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for axes");
    } else {
        list_axes(study->plan->config, differs, &axes);
        status = res_axes_record(study->store, study->revision, axes.to, axes.n, err);
    }
    swp_free(axes.to);
    swp_free(axes.is_axis);
    return status;
}

/* Enrol every trial, and the axes that tell them apart. */
static swp_status ensure_each(run_study *study, const split_ids *ids, bool retry_failed,
                              swp_err *err)
{
    const run_plan *plan = study->plan;
    run_trial_params first = {0}, own = {0};
    bool *differs = NULL;
    swp_status status = run_trial_params_init(&first, &plan->trials[0].settings, err);
    if (status == SWP_OK)
        differs = swp_alloc(first.n, sizeof *differs);
    if (status == SWP_OK && !differs)
        status = swp_fail(err, SWP_NOMEM, "out of memory for axes");
    for (size_t t = 0; t < plan->n_trials && status == SWP_OK; t++) {
        status = run_trial_params_init(&own, &plan->trials[t].settings, err);
        for (size_t i = 0; i < own.n && status == SWP_OK; i++)
            differs[i] = differs[i] || strcmp(own.pairs[i].value, first.pairs[i].value) != 0;
        if (status == SWP_OK)
            status = ensure_trial(study, t,
                                  plan->n_splits > 0 ? ids[plan->trials[t].split] : (split_ids){0},
                                  &own, retry_failed, err);
        run_trial_params_deinit(&own);
    }
    if (status == SWP_OK)
        status = record_axes(study, &first, differs, err);
    swp_free(differs);
    run_trial_params_deinit(&first);
    return status;
}

/* Those of the built-in backend, or the objective of a command, whose others are known when it
 * reports them. */
static swp_status ensure_metrics(run_study *study, swp_err *err)
{
    static const res_metric_spec built_in[] = {
        {"train_loss", false}, {"val_loss", false},  {"auroc", true},
        {"auprc", true},       {"tune_auroc", true}, {"tune_balanced_accuracy", true}};
    const size_t n_usual = 4; /* the others need a tuning part */
    const run_plan *plan = study->plan;
    const cfg *config = plan->config;
    bool has_tune = false;
    for (size_t i = 0; i < plan->n_splits; i++)
        has_tune |= plan->splits[i].split.n_tune > 0;
    if (!cfg_command_of(config))
        return res_metrics_ensure(study->store, study->revision, built_in,
                                  has_tune ? sizeof built_in / sizeof built_in[0] : n_usual, err);
    size_t length;
    const char *name = cfg_objective_metric(cfg_search_of(config)->objective, &length);
    char *copy = swp_strdup(name);
    if (!copy)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    copy[length] = '\0';
    const res_metric_spec objective = {copy, cfg_search_of(config)->goal == CFG_MAXIMIZE};
    swp_status status = res_metric_declare(study->store, study->revision, &objective, false, err);
    swp_free(copy);
    return status;
}

static swp_status ensure_trials(run_study *study, bool retry_failed, swp_err *err)
{
    const run_plan *plan = study->plan;
    split_ids *ids = swp_alloc(plan->n_splits, sizeof *ids);
    if (!study->trials)
        study->trials = swp_alloc(plan->n_trials, sizeof *study->trials);
    swp_status status = SWP_OK;
    if (!ids || !study->trials)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", plan->n_trials);
    if (status == SWP_OK)
        status = ensure_metrics(study, err);
    if (status == SWP_OK)
        status = ensure_splits(study, ids, err);
    if (status == SWP_OK && plan->n_trials > 0)
        status = ensure_each(study, ids, retry_failed, err);
    swp_free(ids);
    return status;
}

static swp_status ensure_evaluations(run_study *study, swp_err *err)
{
    const run_plan *plan = study->plan;
    if (cfg_command_of(plan->config)) /* a command's trial has one, at its best step */
        return SWP_OK;
    res_evaluation_spec *specs = swp_alloc(plan->n_evaluations, sizeof *specs);
    if (!specs)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", plan->n_evaluations);
    for (size_t i = 0; i < plan->n_evaluations; i++)
        specs[i] = (res_evaluation_spec){
            .number = i + 1,
            .trial = study->trials[plan->evaluations[i].trial].id,
            .epochs = plan->evaluations[i].epochs,
            .threshold = plan->evaluations[i].threshold,
        };
    swp_status status = res_evaluations_ensure(
        study->store, study->revision, specs, plan->n_evaluations, &study->n_evaluations_done, err);
    swp_free(specs);
    return status;
}

/* --- searches --------------------------------------------------------------------------------- */

/* Whether the trials of a search differ in a parameter: on an axis, or by [when]. */
static bool is_searched(const cfg *config, const char *key)
{
    for (size_t a = 0; a < cfg_axis_count(config); a++) {
        if (strcmp(cfg_axis_key(config, a), key) == 0)
            return true;
    }
    return cfg_when_sets(config, key);
}

/* The columns are known before there are trials. */
static swp_status record_searched_axes(run_study *study, swp_err *err)
{
    cfg_settings settings;
    run_trial_params of = {0};
    bool *differs = NULL;
    const run_plan *plan = study->plan;
    cfg_lowest_reading(plan->config, &settings);
    settings.is_repetition = study->search && run_search_study_count(study->search).confirming > 0;
    swp_status status = run_trial_params_init(&of, &settings, err);
    if (status == SWP_OK && !(differs = swp_alloc(of.n, sizeof *differs)))
        status = swp_fail(err, SWP_NOMEM, "out of memory for axes");
    for (size_t i = 0; status == SWP_OK && i < of.n; i++)
        differs[i] = is_searched(plan->config, of.pairs[i].key) ||
                     (settings.is_repetition && settings.command &&
                      strcmp(of.pairs[i].key, plan->backend->seed) == 0);
    if (status == SWP_OK)
        status = record_axes(study, &of, differs, err);
    swp_free(differs);
    run_trial_params_deinit(&of);
    return status;
}

swp_status run_study_update_axes(run_study *study, swp_err *err)
{
    if (!study->has_new_fixed)
        return SWP_OK;
    study->has_new_fixed = false;
    return record_searched_axes(study, err);
}

static bool is_chosen(const run_space *space, const char *key)
{
    for (size_t i = 0; i < space->n; i++) {
        if (strcmp(space->dims[i].name, key) == 0)
            return true;
    }
    return false;
}

/* Whether the domains of axes may grow: the search does not choose all values, such as seeds. */
static swp_status note_fixed(run_study *study, const run_trial_params *of, swp_err *err)
{
    swp_digest hash;
    char digest[SWP_DIGEST_SIZE];
    swp_digest_init(&hash);
    for (size_t i = 0; i < of->n; i++) {
        if (!is_chosen(cfg_space(study->plan->config), of->pairs[i].key))
            swp_digest_add(&hash, of->pairs[i].value, strlen(of->pairs[i].value) + 1);
    }
    swp_digest_end(&hash, digest);
    for (size_t i = 0; i < study->n_fixed; i++) {
        if (memcmp(study->fixed[i], digest, sizeof digest) == 0)
            return SWP_OK;
    }
    char(*grown)[SWP_DIGEST_SIZE] =
        swp_resize(study->fixed, study->n_fixed + 1, sizeof *study->fixed);
    if (!grown)
        return swp_fail(err, SWP_NOMEM, "out of memory for axes");
    study->fixed = grown;
    memcpy(grown[study->n_fixed++], digest, sizeof digest);
    study->has_new_fixed = true;
    return SWP_OK;
}

static swp_status begin_search(run_study *study, bool retry_failed, swp_err *err)
{
    split_ids ids = {0};                                    /* a search has one split */
    study->plan->n_trials = study->plan->n_evaluations = 0; /* the same trials are added again */
    swp_status status = ensure_metrics(study, err);
    if (status == SWP_OK)
        status = ensure_splits(study, &ids, err);
    study->data = ids.data;
    study->split = ids.split;
    if (status == SWP_OK)
        status = record_searched_axes(study, err);
    if (status == SWP_OK)
        status = run_search_study_create(study, retry_failed, &study->search, err);
    if (status == SWP_OK)
        status = res_evaluations_count_done(study->store, study->revision,
                                            &study->n_evaluations_done, err);
    return status;
}

static swp_status append_readings(run_study *study, size_t trial, swp_err *err)
{
    const run_plan *plan = study->plan;
    size_t first = plan->n_evaluations;
    if (cfg_command_of(plan->config)) /* a command's trial has one, at its best step */
        return SWP_OK;
    while (first > 0 && plan->evaluations[first - 1].trial == trial)
        first--;
    size_t n = plan->n_evaluations - first;
    res_evaluation_spec *specs = swp_alloc(n, sizeof *specs);
    if (!specs)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n);
    for (size_t i = 0; i < n; i++)
        specs[i] = (res_evaluation_spec){.trial = study->trials[trial].id,
                                         .epochs = plan->evaluations[first + i].epochs,
                                         .threshold = plan->evaluations[first + i].threshold};
    swp_status status = res_evaluations_append(study->store, study->revision, specs, n, err);
    swp_free(specs);
    return status;
}

static swp_status enrol_searched(run_study *study, size_t index, bool is_confirm, swp_err *err)
{
    run_trial_params of;
    swp_status status = run_trial_params_init(&of, &study->plan->trials[index].settings, err);
    if (status == SWP_OK)
        status = note_fixed(study, &of, err);
    if (status == SWP_OK) {
        res_trial_spec spec = spec_of(study, index, (split_ids){study->data, study->split}, &of);
        spec.is_confirm = is_confirm;
        status = res_trial_ensure(study->store, study->revision, index + 1, &spec,
                                  &study->trials[index], err);
    }
    run_trial_params_deinit(&of);
    return status;
}

swp_status run_study_enrol_last(run_study *study, bool is_confirm, swp_err *err)
{
    size_t index = study->plan->n_trials - 1;
    res_trial_status *grown = swp_resize(study->trials, index + 1, sizeof *grown);
    if (!grown)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", index + 1);
    study->trials = grown;
    swp_status status = enrol_searched(study, index, is_confirm, err);
    return status == SWP_OK ? append_readings(study, index, err) : status;
}

/* --- the study -------------------------------------------------------------------------------- */

swp_status run_study_init(run_study *out, run_plan *plan, res_store *store,
                          const run_study_spec *spec, swp_err *err)
{
    *out = (run_study){.plan = plan, .store = store};
    bool is_planned = !cfg_is_search(plan->config) || plan->is_part;
    swp_status status = res_store_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = begin_revision(out, spec, err);
    if (status == SWP_OK && !is_planned)
        status = begin_search(out, spec->retry_failed, err);
    if (status == SWP_OK && is_planned)
        status = ensure_trials(out, spec->retry_failed, err);
    if (status == SWP_OK && is_planned)
        status = ensure_evaluations(out, err);
    if (status == SWP_OK)
        return res_store_commit(store, err);
    res_store_rollback(store);
    return status;
}

swp_status run_study_refresh(run_study *study, bool retry_failed, swp_err *err)
{
    swp_status status = res_store_begin(study->store, err);
    if (status != SWP_OK)
        return status;
    if (!study->search)
        status = ensure_trials(study, retry_failed, err);
    for (size_t t = 0; study->search && t < study->plan->n_trials && status == SWP_OK; t++)
        status = enrol_searched(study, t, false, err);
    if (status == SWP_OK)
        return res_store_commit(study->store, err);
    res_store_rollback(study->store);
    return status;
}

void run_study_deinit(run_study *study)
{
    run_search_study_destroy(study->search);
    swp_free(study->trials);
    swp_free(study->fixed);
    swp_free(study->splits);
    *study = (run_study){0};
}

swp_status run_study_cohorts(const run_study *study, const eng_api *api, uint64_t memory,
                             run_cohort **out, size_t *n, swp_err *err)
{
    size_t n_trials = study->plan->n_trials, n_waiting = 0;
    size_t *waiting = swp_alloc(n_trials, sizeof *waiting);
    size_t *epochs_done = swp_alloc(n_trials, sizeof *epochs_done);
    *out = NULL;
    *n = 0;
    swp_status status = SWP_OK;
    if (!waiting || !epochs_done) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n_trials);
        goto done;
    }
    for (size_t i = 0; i < n_trials; i++) {
        epochs_done[i] = study->trials[i].steps_done;
        if (study->trials[i].state == RES_WAITING)
            waiting[n_waiting++] = i;
    }
    const run_backend_setup setup = {
        .engine = api, .inputs = run_plan_inputs(study->plan), .cohort = memory};
    status = run_cohorts_form(study->plan, waiting, n_waiting, &setup, epochs_done, out, n, err);
done:
    swp_free(epochs_done);
    swp_free(waiting);
    return status;
}
