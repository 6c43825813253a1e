/* `sweep compare`: loads the two sides, finds out by which keys their evaluations may be paired,
 * and hands them to the pairing (compare_pair.c) and the layout (compare_text.c). */
#include "results/report/compare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/select.h"
#include "results/report/compare_priv.h"

/* The experiment that the text names, and what stands behind it; NULL selects all. A name may hold
 * a colon: the whole text is tried first. */
static swp_status load_study(res_store *store, res_side *side, const char **selection, swp_err *err)
{
    const char *colon = strrchr(side->text, ':');
    *selection = NULL;
    swp_status status = res_study_load(store, side->text, &side->study, err);
    if (status != SWP_CONFIG || !colon)
        return status;
    res_study_deinit(&side->study);
    char *name = swp_strdup(side->text);
    if (!name)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    name[colon - side->text] = '\0';
    *selection = colon + 1;
    status = res_study_load(store, *name ? name : NULL, &side->study, err);
    swp_free(name);
    return status;
}

static swp_status keep_evaluation(res_side *side, int64_t number, swp_err *err)
{
    for (size_t i = 0; i < side->n_evaluations; i++) {
        if (side->evaluations[i].number != number)
            continue;
        side->evaluations[0] = side->evaluations[i];
        side->n_evaluations = 1;
        return SWP_OK;
    }
    swp_status status = swp_fail(err, SWP_CONFIG, "there is no evaluation %lld", (long long)number);
    swp_hint(err, "`sweep report --format csv` lists the evaluations");
    return status;
}

/* "KEY=VALUE,KEY=VALUE" */
static swp_status select_list(res_side *side, const char *text, swp_err *err)
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
    swp_status status =
        res_select(&side->study, clauses, n, side->evaluations, &side->n_evaluations, err);
    swp_free(copy);
    return status;
}

static swp_status load_side(res_store *store, res_side *side, const res_compare_options *options,
                            swp_err *err)
{
    const char *selection;
    int64_t number;
    swp_status status = load_study(store, side, &selection, err);
    if (status == SWP_OK)
        status = res_evaluations_list(store, &side->study, &options->filter, &side->evaluations,
                                      &side->n_evaluations, err);
    if (status == SWP_OK && selection && swp_parse_int(selection, 1, UINT32_MAX, &number))
        status = keep_evaluation(side, number, err);
    else if (status == SWP_OK && selection)
        status = select_list(side, selection, err);
    if (status != SWP_OK)
        return status;
    status = res_select(&side->study, options->where, options->n_where, side->evaluations,
                        &side->n_evaluations, err);
    if (status != SWP_OK)
        return swp_wrap(err, "--where");
    size_t kept = 0;
    for (size_t i = 0; i < side->n_evaluations; i++)
        if (side->evaluations[i].selected_epoch > 0)
            side->evaluations[kept++] = side->evaluations[i];
    side->n_open = side->n_evaluations - kept;
    side->n_evaluations = kept;
    return kept > 0 ? SWP_OK : swp_fail(err, SWP_CONFIG, "no evaluation is finished yet");
}

/* A value with its side and its index there. */
typedef struct side_value {
    const res_value *value;
    size_t side, index;
} side_value;

/* Numbers by value, then words. */
static int compare_values(const void *a, const void *b)
{
    const res_value *x = ((const side_value *)a)->value, *y = ((const side_value *)b)->value;
    bool is_number = x->number == x->number, other = y->number == y->number;
    if (is_number != other)
        return is_number ? -1 : 1;
    if (is_number && x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->text, y->text);
}

/* Give one code to equal values of both sides, in their order. */
static swp_status code_values(const res_comparison *c, res_compare_key *key, swp_err *err)
{
    static char nothing[] = "";
    const res_value absent = {.text = nothing, .label = nothing};
    const res_value *lists[2] = {&absent, &absent};
    size_t sizes[2] = {1, 1}, n = 0;
    for (size_t s = 0; s < 2; s++) {
        if (key->key[s] != RES_KEY_ABSENT) {
            lists[s] = c->sides[s].study.params[key->key[s]].values;
            sizes[s] = c->sides[s].study.params[key->key[s]].n_values;
        }
        key->codes[s] = swp_alloc(sizes[s], sizeof **key->codes);
    }
    side_value *sorted = swp_alloc(sizes[0] + sizes[1], sizeof *sorted);
    if (!sorted || !key->codes[0] || !key->codes[1]) {
        swp_free(sorted);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    for (size_t s = 0; s < 2; s++)
        for (size_t v = 0; v < sizes[s]; v++)
            sorted[n++] = (side_value){&lists[s][v], s, v};
    qsort(sorted, n, sizeof *sorted, compare_values);
    uint32_t code = 0;
    for (size_t i = 0; i < n; i++) {
        code += i > 0 && strcmp(sorted[i - 1].value->text, sorted[i].value->text) != 0;
        key->codes[sorted[i].side][sorted[i].index] = code;
    }
    swp_free(sorted);
    return SWP_OK;
}

/* The keys of both sides, each once, then epochs and threshold. */
static swp_status join_keys(res_comparison *c, swp_err *err)
{
    const res_study *studies[] = {&c->sides[0].study, &c->sides[1].study};
    c->keys = swp_alloc(studies[0]->n_params + studies[1]->n_params + 2, sizeof *c->keys);
    if (!c->keys)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t s = 0; s < 2; s++) {
        for (size_t p = 0; p < studies[s]->n_params; p++) {
            const res_param *param = &studies[s]->params[p];
            size_t k = 0;
            while (k < c->n_keys && strcmp(c->keys[k].name, param->key) != 0)
                k++;
            if (k == c->n_keys)
                c->keys[c->n_keys++] = (res_compare_key){.name = param->key,
                                                         .title = param->name,
                                                         .key = {RES_KEY_ABSENT, RES_KEY_ABSENT}};
            c->keys[k].key[s] = (int)p;
            c->keys[k].is_seed |= param->is_seed;
        }
    }
    for (size_t k = 0; k < c->n_keys; k++)
        if (code_values(c, &c->keys[k], err) != SWP_OK)
            return SWP_NOMEM;
    c->keys[c->n_keys++] = (res_compare_key){.name = RES_KEY_EPOCHS,
                                             .title = "epochs",
                                             .key = {RES_BY_EPOCHS, RES_BY_EPOCHS},
                                             .of_reading = true};
    c->keys[c->n_keys++] = (res_compare_key){.name = RES_KEY_THRESHOLD,
                                             .title = "threshold",
                                             .key = {RES_BY_THRESHOLD, RES_BY_THRESHOLD},
                                             .of_reading = true};
    return SWP_OK;
}

/* Those that every study has, and those that the commands of both sides record. */
static swp_status join_metrics(res_comparison *c, swp_err *err)
{
    const res_study *a = &c->sides[0].study, *b = &c->sides[1].study;
    c->metrics = swp_alloc(res_metric_count(a), sizeof *c->metrics);
    if (!c->metrics)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t m = 0; m < res_metric_count(a); m++) {
        size_t other = m < RES_METRICS ? m : RES_METRICS;
        while (other < res_metric_count(b) &&
               strcmp(res_metric_at(a, m).name, res_metric_at(b, other).name) != 0)
            other++;
        if (other < res_metric_count(b))
            c->metrics[c->n_metrics++] = (res_compared){.metric = {m, other}};
    }
    return SWP_OK;
}

static const res_trial *trial_of(const res_side *side, const res_evaluation *e)
{
    return &side->study.trials[e->trial];
}

/* Whether the two evaluations, one on each side, judge the same sequences in the same order. An
 * older program did not record the split: then all settings of the data must agree. */
static bool share_rows(const res_comparison *c)
{
    const res_side *a = &c->sides[0], *b = &c->sides[1];
    if (a->n_evaluations != 1 || b->n_evaluations != 1)
        return false;
    const res_trial *x = trial_of(a, a->evaluations), *y = trial_of(b, b->evaluations);
    if (x->data_set == 0 || x->data_set != y->data_set || x->split != y->split)
        return false;
    bool same = true;
    for (size_t k = 0; k < c->n_keys && x->split == 0; k++)
        same &= strncmp(c->keys[k].name, "data.", 5) != 0 || c->keys[k].role == RES_KEY_SAME;
    return same;
}

static void count_disagreements(const res_errors errors[2], const double thresholds[2],
                                res_same_rows *out)
{
    for (size_t i = 0; i < errors[0].n_test + errors[0].n_anomaly; i++) {
        bool right[2];
        for (size_t s = 0; s < 2; s++) {
            const res_errors *e = &errors[s];
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
    double thresholds[2];
    void *blocks[2] = {0};
    swp_status status = SWP_OK;
    for (size_t s = 0; s < 2 && status == SWP_OK; s++) {
        const res_evaluation *e = c->sides[s].evaluations;
        thresholds[s] = e->threshold_value;
        status = res_errors_load(store, trial_of(&c->sides[s], e)->id, e->selected_epoch,
                                 &errors[s], &blocks[s], err);
    }
    if (status == SWP_OK && errors[0].n_test == errors[1].n_test &&
        errors[0].n_anomaly == errors[1].n_anomaly)
        count_disagreements(errors, thresholds, &c->same_rows);
    for (size_t s = 0; s < 2; s++)
        swp_free(blocks[s]);
    return status;
}

static swp_status load(res_store *store, const res_compare_options *options, res_comparison *c,
                       swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t s = 0; s < 2; s++)
        if (load_side(store, &c->sides[s], options, err) != SWP_OK)
            return swp_wrap(err, "compare: %s", c->sides[s].text);
    status = join_keys(c, err);
    if (status == SWP_OK)
        status = join_metrics(c, err);
    if (status == SWP_OK)
        status = res_compare_pair(c, err);
    if (status == SWP_OK && share_rows(c))
        status = compare_rows(store, c, err);
    return status;
}

static void deinit(res_comparison *c)
{
    for (size_t s = 0; s < 2; s++) {
        res_study_deinit(&c->sides[s].study);
        swp_free(c->sides[s].evaluations);
        for (size_t k = 0; k < c->n_keys; k++) {
            swp_buf_deinit(&c->keys[k].values[s]);
            swp_free(c->keys[k].codes[s]);
        }
    }
    swp_free(c->keys);
    swp_free(c->metrics);
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
    if (status == SWP_OK && res_format_for_machines(options->format))
        status = res_compare_write_data(&c, options->format, out, err);
    else if (status == SWP_OK)
        status = res_compare_write_text(&c, options->format, out, err);
    deinit(&c);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
