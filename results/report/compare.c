/* `sweep compare`: loads the two sides, finds out by which keys their evaluations may be paired,
 * and hands them to the pairing (compare_pair.c) and the layout (compare_text.c). */
#include "results/report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/defaults.h"
#include "results/query/select.h"
#include "results/report/compare_priv.h"

/* The experiment that the text names, and the rest of the text; NULL selects all. A name may hold a
 * colon: the whole text is tried first. */
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

#define MOST_CLAUSES 64

/* What chooses the evaluations of a side. */
typedef struct choice {
    const res_compare_options *options;
    int64_t number;                    /* of the one evaluation, or 0 */
    char *text;                        /* "KEY=VALUE,KEY=VALUE" cut in its clauses */
    const char *clauses[MOST_CLAUSES]; /* (n_clauses) */
    size_t n_clauses;
} choice;

/* owns   choice->text: swp_free */
static swp_status read_choice(const char *selection, const res_compare_options *options,
                              choice *out, swp_err *err)
{
    *out = (choice){.options = options};
    if (!selection || swp_parse_int(selection, 1, UINT32_MAX, &out->number))
        return SWP_OK;
    out->text = swp_strdup(selection);
    if (!out->text)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (char *at = out->text; at && out->n_clauses < MOST_CLAUSES;) {
        out->clauses[out->n_clauses++] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    return SWP_OK;
}

static swp_status list_side(res_store *store, res_side *side, const choice *c,
                            const res_evaluation_filter *filter, swp_err *err)
{
    const res_compare_options *options = c->options;
    swp_free(side->evaluations);
    swp_status status = res_evaluations_list(store, &side->study, filter, &side->evaluations,
                                             &side->n_evaluations, err);
    if (status == SWP_OK && c->number > 0)
        status = keep_evaluation(side, c->number, err);
    else if (status == SWP_OK)
        status = res_select(&side->study, c->clauses, c->n_clauses, side->evaluations,
                            &side->n_evaluations, err);
    if (status != SWP_OK)
        return status;
    status = res_select(&side->study, options->where, options->n_where, side->evaluations,
                        &side->n_evaluations, err);
    return status == SWP_OK ? SWP_OK : swp_wrap(err, "--where");
}

static bool names(const res_side *side, const choice *c, int key)
{
    const res_compare_options *o = c->options;
    size_t n = key == RES_BY_EPOCHS ? o->filter.n_epochs : o->filter.n_thresholds;
    return n > 0 || res_clauses_name(&side->study, c->clauses, c->n_clauses, key) ||
           res_clauses_name(&side->study, o->where, o->n_where, key);
}

static swp_status refuse_several(const char *what, const char *option, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_USAGE, "several %s of one trial: a mean over them says nothing", what);
    swp_hint(err, "name one: %s, or %s=... on each side", option, option + 2);
    return status;
}

/* One reading of each trial: the default one unless others were named. */
static swp_status unite_side(res_store *store, res_side *side, const choice *c, swp_err *err)
{
    bool thresholds = res_thresholds_differ(side->evaluations, side->n_evaluations);
    bool epochs = res_epochs_differ(side->evaluations, side->n_evaluations);
    swp_status status = SWP_OK;
    if (thresholds && names(side, c, RES_BY_THRESHOLD))
        return refuse_several("thresholds", "--threshold", err);
    if (epochs && names(side, c, RES_BY_EPOCHS))
        return refuse_several("epoch counts", "--epochs", err);
    if (thresholds) {
        const res_default usual = res_default_of(side->evaluations, side->n_evaluations);
        res_evaluation_filter filter = c->options->filter;
        filter.thresholds = &usual.threshold;
        filter.n_thresholds = 1;
        side->by_default = true;
        status = list_side(store, side, c, &filter, err);
    }
    uint32_t *room = epochs ? swp_alloc(side->study.n_trials, sizeof *room) : NULL;
    if (status == SWP_OK && epochs && !room)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (status == SWP_OK && epochs)
        side->n_evaluations = res_keep_largest_epochs(side->evaluations, side->n_evaluations, room,
                                                      side->study.n_trials);
    swp_free(room);
    return status;
}

static swp_status load_side(res_store *store, res_side *side, const res_compare_options *options,
                            swp_err *err)
{
    const char *selection;
    choice c = {0};
    swp_status status = load_study(store, side, &selection, err);
    if (status == SWP_OK)
        status = read_choice(selection, options, &c, err);
    if (status == SWP_OK)
        status = list_side(store, side, &c, &options->filter, err);
    if (status == SWP_OK)
        status = unite_side(store, side, &c, err);
    swp_free(c.text);
    if (status != SWP_OK)
        return status;
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

/* Whether an evaluation of a side has a value of this metric. */
static bool has_value(const res_side *side, size_t metric)
{
    for (size_t i = 0; i < side->n_evaluations; i++)
        if (!isnan(res_metric_of(&side->study, &side->evaluations[i], metric)))
            return true;
    return false;
}

/* Those that every study has, of commands those that are known, and those that the commands of both
 * sides record. */
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
        bool known = !a->of_command || has_value(&c->sides[0], m) || m >= RES_METRICS;
        if (other < res_metric_count(b) && known)
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

swp_status res_compare_sides(res_comparison *c, swp_err *err)
{
    swp_status status = join_keys(c, err);
    if (status == SWP_OK)
        status = join_metrics(c, err);
    return status == SWP_OK ? res_compare_pair(c, err) : status;
}

void res_compare_release(res_comparison *c)
{
    for (size_t s = 0; s < 2; s++) {
        for (size_t k = 0; k < c->n_keys; k++) {
            swp_buf_deinit(&c->keys[k].values[s]);
            swp_free(c->keys[k].codes[s]);
        }
    }
    swp_free(c->keys);
    swp_free(c->metrics);
    swp_free(c->pairs);
    swp_free(c->of_pair);
}

/* Whether each pair is of two models, and all of them judge the same sequences. */
static bool share_split(const res_comparison *c)
{
    int64_t split = 0;
    for (size_t i = 0; i < 2 * c->n_pairs; i++) {
        const res_evaluation *e = c->of_pair[i];
        const res_trial *t = e ? trial_of(&c->sides[i % 2], e) : NULL;
        if (!t || t->split == 0 || (split != 0 && t->split != split))
            return false;
        split = t->split;
    }
    return c->n_pairs > 0;
}

/* The intervals of the differences of areas: over rows as well as over pairs. `errors` has
 * (2, n_pairs): those of b first. */
static swp_status sample_pairs(res_store *store, res_comparison *c, res_errors *errors,
                               void **blocks, swp_err *err)
{
    swp_status status = SWP_OK;
    res_areas areas;
    for (size_t i = 0; i < 2 * c->n_pairs && status == SWP_OK; i++) {
        const res_evaluation *e = c->of_pair[i];
        size_t at = (1 - i % 2) * c->n_pairs + i / 2;
        status = res_errors_load(store, trial_of(&c->sides[i % 2], e)->id, e->selected_epoch,
                                 &errors[at], &blocks[at], err);
    }
    if (status == SWP_OK)
        status = res_bootstrap_areas(errors, errors + c->n_pairs, c->n_pairs, RES_RESAMPLES, &areas,
                                     err);
    for (size_t m = 0; m < c->n_metrics && status == SWP_OK; m++) {
        if (c->metrics[m].metric[0] == RES_AUROC)
            c->metrics[m].difference.interval = areas.auroc;
        else if (c->metrics[m].metric[0] == RES_AUPRC)
            c->metrics[m].difference.interval = areas.auprc;
    }
    return status;
}

static swp_status compare_areas(res_store *store, res_comparison *c, swp_err *err)
{
    if (!share_split(c))
        return SWP_OK;
    res_errors *errors = swp_alloc(2 * c->n_pairs, sizeof *errors);
    void **blocks = swp_alloc(2 * c->n_pairs, sizeof *blocks);
    swp_status status = errors && blocks
                            ? sample_pairs(store, c, errors, blocks, err)
                            : swp_fail(err, SWP_NOMEM, "out of memory for %zu pairs", c->n_pairs);
    c->areas_by_bootstrap = status == SWP_OK;
    for (size_t i = 0; blocks && i < 2 * c->n_pairs; i++)
        swp_free(blocks[i]);
    swp_free(blocks);
    swp_free(errors);
    return status;
}

static swp_status load(res_store *store, const res_compare_options *options, res_comparison *c,
                       swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t s = 0; s < 2; s++)
        if (load_side(store, &c->sides[s], options, err) != SWP_OK)
            return swp_wrap(err, "compare: %s", c->sides[s].text);
    status = res_compare_sides(c, err);
    if (status == SWP_OK && share_rows(c))
        status = compare_rows(store, c, err);
    return status == SWP_OK ? compare_areas(store, c, err) : status;
}

static void deinit(res_comparison *c)
{
    for (size_t s = 0; s < 2; s++) {
        res_study_deinit(&c->sides[s].study);
        swp_free(c->sides[s].evaluations);
    }
    res_compare_release(c);
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
