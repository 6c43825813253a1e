#include "results/report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/report/compare_priv.h"
#include "results/report/table_priv.h"

/* The experiment that the text names, and what stands behind it; NULL selects all. A name may hold
 * a colon: the whole text is tried first. */
static swp_status find_experiment(res_store *store, res_side *side, const char **selection,
                                  swp_err *err)
{
    const char *colon = strrchr(side->text, ':');
    *selection = NULL;
    swp_status status = res_experiment_find(store, side->text, &side->experiment, err);
    if (status != SWP_CONFIG || !colon)
        return status;
    char *name = swp_strdup(side->text);
    if (!name)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    name[colon - side->text] = '\0';
    *selection = colon + 1;
    status = res_experiment_find(store, *name ? name : NULL, &side->experiment, err);
    swp_free(name);
    return status;
}

static swp_status keep_evaluation(res_side *side, size_t number, swp_err *err)
{
    size_t n = side->n_evaluations;
    bool *keep = swp_alloc(n, sizeof *keep);
    if (!keep)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += keep[i] = side->evaluations[i].number == number;
    if (found > 0)
        res_evaluations_keep(side->evaluations, &side->n_evaluations, keep);
    swp_free(keep);
    if (found > 0)
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_CONFIG, "there is no evaluation %zu", number);
    swp_hint(err, "`sweep export --what evaluations` lists the evaluations");
    return status;
}

static swp_status select_clauses(res_store *store, res_side *side, const char *const *clauses,
                                 size_t n, swp_err *err)
{
    return res_select(store, side->experiment.revision_id, clauses, n, side->trials, side->n_trials,
                      side->evaluations, &side->n_evaluations, err);
}

/* "KEY=VALUE,KEY=VALUE" */
static swp_status select_list(res_store *store, res_side *side, const char *text, swp_err *err)
{
    const char *clauses[64];
    size_t n = 0;
    char *copy = swp_strdup(text);
    if (!copy)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (char *at = copy; at && n < sizeof clauses / sizeof clauses[0];) {
        clauses[n++] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    swp_status status = select_clauses(store, side, clauses, n, err);
    swp_free(copy);
    return status;
}

static swp_status choose_evaluations(res_store *store, res_side *side, const char *selection,
                                     const res_compare_options *options, swp_err *err)
{
    int64_t number;
    swp_status status = SWP_OK;
    if (selection && swp_parse_int(selection, 1, INT64_MAX, &number))
        status = keep_evaluation(side, (size_t)number, err);
    else if (selection)
        status = select_list(store, side, selection, err);
    if (status != SWP_OK)
        return status;
    status = select_clauses(store, side, options->where, options->n_where, err);
    return status == SWP_OK ? SWP_OK : swp_wrap(err, "--where");
}

static swp_status keep_finished(res_side *side, swp_err *err)
{
    size_t n = side->n_evaluations;
    bool *keep = swp_alloc(n, sizeof *keep);
    if (!keep)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        side->n_open += !(keep[i] = side->evaluations[i].done);
    res_evaluations_keep(side->evaluations, &side->n_evaluations, keep);
    swp_free(keep);
    return side->n_evaluations > 0 ? SWP_OK
                                   : swp_fail(err, SWP_CONFIG, "no evaluation is finished yet");
}

static swp_status load_evaluations(res_store *store, res_side *side,
                                   const res_compare_options *options, swp_err *err)
{
    const char *selection;
    swp_status status = find_experiment(store, side, &selection, err);
    int64_t revision = side->experiment.revision_id;
    if (status == SWP_OK)
        status = res_trials_list(store, revision, &side->trials, &side->n_trials, err);
    if (status == SWP_OK)
        status = res_evaluations_list(store, revision, &options->filter, &side->evaluations,
                                      &side->n_evaluations, err);
    if (status == SWP_OK)
        status = choose_evaluations(store, side, selection, options, err);
    if (status == SWP_OK)
        status = keep_finished(side, err);
    if (status == SWP_OK)
        status = res_names_load(store, revision, &side->names, err);
    if (status == SWP_OK)
        status = res_figures_load(store, side->evaluations, side->n_evaluations,
                                  options->parameters, true, &side->figures, err);
    return status;
}

static bool is_listed(const res_names *names, const char *key)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->keys[i], key) == 0)
            return true;
    return false;
}

/* The keys of both sides, each once. */
static swp_status join_keys(res_comparison *c, swp_err *err)
{
    const res_names *a = &c->sides[0].names, *b = &c->sides[1].names;
    c->keys = swp_alloc(a->n + b->n, sizeof *c->keys);
    if (!c->keys)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < a->n; i++)
        c->keys[c->n_keys++].name = a->keys[i];
    for (size_t i = 0; i < b->n; i++)
        if (!is_listed(a, b->keys[i]))
            c->keys[c->n_keys++].name = b->keys[i];
    for (size_t k = 0; k < c->n_keys; k++)
        c->keys[k].of_reading = strcmp(c->keys[k].name, RES_KEY_EPOCHS) == 0 ||
                                strcmp(c->keys[k].name, RES_KEY_THRESHOLD) == 0;
    return SWP_OK;
}

static swp_status load_values(res_store *store, res_comparison *c, swp_err *err)
{
    swp_status status = join_keys(c, err);
    const char **names = swp_alloc(c->n_keys, sizeof *names);
    if (status == SWP_OK && !names)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t k = 0; names && k < c->n_keys; k++)
        names[k] = c->keys[k].name;
    for (size_t s = 0; s < 2 && status == SWP_OK; s++) {
        res_side *side = &c->sides[s];
        status = res_axes_load_keys(store, side->experiment.revision_id, side->n_trials, names,
                                    c->n_keys, &side->values, err);
    }
    swp_free(names);
    return status;
}

/* Whether the two evaluations, one on each side, judge the same sequences in the same order. */
static bool share_rows(const res_comparison *c)
{
    const res_experiment *a = &c->sides[0].experiment, *b = &c->sides[1].experiment;
    if (c->sides[0].n_evaluations != 1 || c->sides[1].n_evaluations != 1)
        return false;
    for (size_t k = 0; k < c->n_keys; k++)
        if (strncmp(c->keys[k].name, "data.", 5) == 0 && c->keys[k].role != RES_KEY_SAME)
            return false;
    return a->n_data_sets == 1 && b->n_data_sets == 1 &&
           strcmp(a->fingerprint, b->fingerprint) == 0 && a->n_test == b->n_test &&
           a->n_anomaly == b->n_anomaly;
}

static void count_disagreements(const res_errors *errors[2], const double thresholds[2],
                                res_same_rows *out)
{
    for (size_t i = 0; i < errors[0]->n_test + errors[0]->n_anomaly; i++) {
        bool right[2];
        for (size_t s = 0; s < 2; s++) {
            const res_errors *e = errors[s];
            right[s] = i < e->n_test ? (double)e->test[i] <= thresholds[s]
                                     : (double)e->anomaly[i - e->n_test] > thresholds[s];
        }
        out->only_a += right[0] && !right[1];
        out->only_b += right[1] && !right[0];
    }
    out->p = res_even_split_p(out->only_a, out->only_b);
    out->known = true;
}

static swp_status compare_rows(res_store *store, res_comparison *c, swp_err *err)
{
    res_errors errors[2];
    void *blocks[2] = {0};
    const res_evaluation *evaluations[] = {c->sides[0].evaluations, c->sides[1].evaluations};
    swp_status status = SWP_OK;
    for (size_t s = 0; s < 2 && status == SWP_OK; s++)
        status = res_errors_load(store, evaluations[s]->trial, evaluations[s]->selected_epoch,
                                 &errors[s], &blocks[s], err);
    if (status == SWP_OK && errors[0].n_test == errors[1].n_test &&
        errors[0].n_anomaly == errors[1].n_anomaly)
        count_disagreements(
            (const res_errors *[]){&errors[0], &errors[1]},
            (const double[]){evaluations[0]->threshold_value, evaluations[1]->threshold_value},
            &c->same_rows);
    for (size_t s = 0; s < 2; s++)
        swp_free(blocks[s]);
    return status;
}

static swp_status load(res_store *store, const res_compare_options *options, res_comparison *c,
                       swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t s = 0; s < 2 && status == SWP_OK; s++) {
        status = load_evaluations(store, &c->sides[s], options, err);
        if (status != SWP_OK)
            return swp_wrap(err, "compare: %s", c->sides[s].text);
    }
    status = load_values(store, c, err);
    if (status == SWP_OK)
        status = res_compare_pair(c, err);
    if (status == SWP_OK && share_rows(c))
        status = compare_rows(store, c, err);
    return status;
}

static void deinit(res_comparison *c)
{
    for (size_t s = 0; s < 2; s++) {
        res_side *side = &c->sides[s];
        res_axes_deinit(&side->values);
        res_names_deinit(&side->names);
        res_evaluations_free(side->evaluations, side->n_evaluations);
        res_trials_free(side->trials, side->n_trials);
        res_experiment_deinit(&side->experiment);
        swp_free(side->figures);
    }
    for (size_t k = 0; k < c->n_keys; k++)
        for (size_t s = 0; s < 2; s++)
            swp_buf_deinit(&c->keys[k].values[s]);
    swp_free(c->keys);
    swp_free(c->pairs);
}

swp_status res_compare_write(res_store *store, const char *a, const char *b,
                             const res_compare_options *options, FILE *out, swp_err *err)
{
    res_comparison c = {.sides = {{.text = a}, {.text = b}}};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = load(store, options, &c, err);
    res_snapshot_end(store);
    if (status == SWP_OK && (options->format == RES_CSV || options->format == RES_JSON))
        status = res_compare_write_rows(&c, options->format, out, err);
    else if (status == SWP_OK)
        status = res_compare_write_text(&c, options->format, out, err);
    deinit(&c);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
