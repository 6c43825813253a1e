#include "runner/plan/study.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "engine/data/profile.h"

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

/* What the store knows a split by. */
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
    uint32_t *labels = swp_alloc(s->n_val + s->n_test + s->n_anomaly, sizeof *labels);
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
    for (size_t d = 0; d < plan->n_data && status == SWP_OK; d++) {
        eng_profile profile;
        status = eng_profile_init(&profile, plan->data[d].set, err);
        for (size_t i = 0; i < plan->n_splits && status == SWP_OK; i++) {
            if (plan->splits[i].data != d)
                continue;
            status = ensure_data(study, &plan->splits[i], &profile, &ids[i].data, err);
            if (status == SWP_OK)
                status = ensure_held_out(study, &plan->splits[i], &ids[i], err);
        }
        eng_profile_deinit(&profile);
    }
    return status;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Cut "key = value" lines, in place, into pairs (room for one per line). Returns their number. */
static size_t cut_pairs(char *text, res_pair *pairs)
{
    size_t n = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        char *equals = strstr(line, " = ");
        if (!equals)
            continue;
        *equals = '\0';
        pairs[n++] = (res_pair){line, equals + 3};
    }
    return n;
}

static swp_status ensure_trial(run_study *study, size_t index, split_ids ids, bool retry_failed,
                               swp_err *err)
{
    const run_trial *trial = &study->plan->trials[index];
    const cfg_settings *settings = &trial->settings;
    res_pair *pairs = NULL;
    swp_buf text = {0};
    swp_status status;

    swp_buf_printf(&text, "data.path = %s\n", settings->data_path);
    cfg_trial_text(settings, &text);
    if (!text.failed)
        pairs = swp_alloc(count_lines(text.text), sizeof *pairs);
    if (!pairs) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for a trial's settings");
        goto done;
    }
    res_trial_spec spec = {
        .key = trial->key,
        .data = ids.data,
        .split = ids.split,
        .arch = eng_arch_name(settings->shape.arch),
        .embedding_dim = settings->shape.embedding_dim,
        .seed = settings->seed,
        .settings = pairs,
        .n_settings = cut_pairs(text.text, pairs),
        .max_epochs = trial->max_epochs,
    };
    res_trial_state *state = &study->trials[index];
    status = res_trial_ensure(study->store, study->revision, index + 1, &spec, state, err);
    if (status == SWP_OK && state->status == RES_FAILED && retry_failed) {
        status = res_trial_retry(study->store, state->id, err);
        state->status = RES_PENDING;
    }
done:
    swp_free(pairs);
    swp_buf_deinit(&text);
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
        status = ensure_splits(study, ids, err);
    for (size_t i = 0; i < plan->n_trials && status == SWP_OK; i++)
        status = ensure_trial(study, i, ids[plan->trials[i].split], retry_failed, err);
    swp_free(ids);
    return status;
}

static swp_status ensure_evaluations(run_study *study, swp_err *err)
{
    const run_plan *plan = study->plan;
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

swp_status run_study_init(run_study *out, const run_plan *plan, res_store *store,
                          const run_study_spec *spec, swp_err *err)
{
    *out = (run_study){.plan = plan, .store = store};
    swp_status status = res_store_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = begin_revision(out, spec, err);
    if (status == SWP_OK)
        status = ensure_trials(out, spec->retry_failed, err);
    if (status == SWP_OK)
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
    status = ensure_trials(study, retry_failed, err);
    if (status == SWP_OK)
        return res_store_commit(study->store, err);
    res_store_rollback(study->store);
    return status;
}

void run_study_deinit(run_study *study)
{
    swp_free(study->trials);
    *study = (run_study){0};
}

swp_status run_study_cohorts(const run_study *study, const eng_api *api, uint64_t memory,
                             run_cohort **out, size_t *n, swp_err *err)
{
    size_t n_trials = study->plan->n_trials, n_pending = 0;
    size_t *pending = swp_alloc(n_trials, sizeof *pending);
    size_t *epochs_done = swp_alloc(n_trials, sizeof *epochs_done);
    *out = NULL;
    *n = 0;
    swp_status status = SWP_OK;
    if (!pending || !epochs_done) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu trials", n_trials);
        goto done;
    }
    for (size_t i = 0; i < n_trials; i++) {
        epochs_done[i] = study->trials[i].epochs_done;
        if (study->trials[i].status == RES_PENDING)
            pending[n_pending++] = i;
    }
    const run_backend_setup setup = {
        .engine = api, .inputs = run_plan_inputs(study->plan), .cohort = memory};
    status = run_cohorts_form(study->plan, pending, n_pending, &setup, epochs_done, out, n, err);
done:
    swp_free(epochs_done);
    swp_free(pending);
    return status;
}
