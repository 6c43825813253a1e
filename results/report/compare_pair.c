/* Which evaluations of two sides belong together, and what their differences say. Values are
 * compared by their codes, which are the same for equal values of both sides. Evaluations are
 * sorted so that partners stand side by side, and with them all that belong to one pair of trials:
 * what differs in epochs or threshold only is averaged into that pair. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/select.h"
#include "results/report/compare_priv.h"

enum { MOST_NAMED = 8 }; /* values of a key on one side */

/* An evaluation of one side. */
typedef struct item {
    const res_comparison *c;
    uint32_t side, evaluation; /* the evaluation's index in it */
    uint32_t epochs_code, threshold_code;
} item;

static const res_evaluation *evaluation_of(const item *it)
{
    return &it->c->sides[it->side].evaluations[it->evaluation];
}

static uint32_t code_of(const item *it, const res_compare_key *key)
{
    int index = key->key[it->side];
    if (index == RES_BY_EPOCHS)
        return it->epochs_code;
    if (index == RES_BY_THRESHOLD)
        return it->threshold_code;
    const res_study *study = &it->c->sides[it->side].study;
    return key
        ->codes[it->side]
               [index == RES_KEY_ABSENT ? 0 : study->params[index].of[evaluation_of(it)->trial]];
}

static const char *value_of(const item *it, const res_compare_key *key,
                            char room[RES_THRESHOLD_TEXT_SIZE])
{
    int index = key->key[it->side];
    const res_evaluation *e = evaluation_of(it);
    if (index == RES_KEY_ABSENT)
        return "";
    if (index == RES_BY_THRESHOLD)
        return res_threshold_format(e->threshold, room);
    if (index != RES_BY_EPOCHS)
        return res_study_value(&it->c->sides[it->side].study, (size_t)index, e->trial)->text;
    snprintf(room, RES_THRESHOLD_TEXT_SIZE, "%u", (unsigned)e->epochs);
    return room;
}

static int compare_epochs(const void *a, const void *b)
{
    uint32_t x = evaluation_of(a)->epochs, y = evaluation_of(b)->epochs;
    return (x > y) - (x < y);
}

static int compare_thresholds(const void *a, const void *b)
{
    res_threshold x = evaluation_of(a)->threshold, y = evaluation_of(b)->threshold;
    if (x.kind != y.kind)
        return x.kind < y.kind ? -1 : 1;
    return (x.value > y.value) - (x.value < y.value);
}

static void code_readings(item *items, size_t n)
{
    uint32_t code = 0;
    qsort(items, n, sizeof *items, compare_epochs);
    for (size_t i = 0; i < n; i++)
        items[i].epochs_code = code += i > 0 && compare_epochs(&items[i - 1], &items[i]) != 0;
    code = 0;
    qsort(items, n, sizeof *items, compare_thresholds);
    for (size_t i = 0; i < n; i++)
        items[i].threshold_code = code +=
            i > 0 && compare_thresholds(&items[i - 1], &items[i]) != 0;
}

/* Find the role of a key and name the values of each side. `first` is room for an item of each
 * side and code: (n_codes, 2). */
static void judge_key(res_compare_key *key, const item *items, size_t n, const item **first,
                      size_t n_codes)
{
    size_t n_values[2] = {0}, n_common = 0;
    memset(first, 0, 2 * n_codes * sizeof *first);
    for (size_t i = 0; i < n; i++) {
        const item **known = &first[2 * code_of(&items[i], key) + items[i].side];
        *known = *known ? *known : &items[i];
    }
    for (size_t code = 0; code < n_codes; code++) {
        n_common += first[2 * code] && first[2 * code + 1];
        for (size_t s = 0; s < 2; s++) {
            const item *it = first[2 * code + s];
            char room[RES_THRESHOLD_TEXT_SIZE];
            if (!it || n_values[s]++ > MOST_NAMED)
                continue;
            swp_buf_printf(&key->values[s], "%s%s", n_values[s] > 1 ? ", " : "",
                           n_values[s] <= MOST_NAMED ? value_of(it, key, room) : "...");
        }
    }
    key->role = n_common == 0                          ? RES_KEY_DIFFERS
                : n_values[0] == 1 && n_values[1] == 1 ? RES_KEY_SAME
                                                       : RES_KEY_PAIRS;
}

static swp_status judge_keys(res_comparison *c, const item *items, size_t n, swp_err *err)
{
    size_t n_codes = n + 1; /* of epochs and thresholds */
    for (size_t k = 0; k < c->n_keys; k++) {
        size_t n_values = 0;
        for (size_t s = 0; s < 2; s++)
            n_values += c->keys[k].codes[s] && c->keys[k].key[s] != RES_KEY_ABSENT
                            ? c->sides[s].study.params[c->keys[k].key[s]].n_values
                            : 1;
        n_codes = n_values > n_codes ? n_values : n_codes;
    }
    const item **first = swp_alloc(2 * n_codes, sizeof *first);
    bool failed = !first;
    for (size_t k = 0; k < c->n_keys && !failed; k++) {
        judge_key(&c->keys[k], items, n, first, n_codes);
        failed = c->keys[k].values[0].failed || c->keys[k].values[1].failed;
    }
    swp_free(first);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n) : SWP_OK;
}

/* By the keys that pair trials, or by those that tell their readings apart. */
static int compare_keys(const item *a, const item *b, bool of_reading)
{
    for (size_t k = 0; k < a->c->n_keys; k++) {
        const res_compare_key *key = &a->c->keys[k];
        if (key->role != RES_KEY_PAIRS || key->of_reading != of_reading)
            continue;
        uint32_t x = code_of(a, key), y = code_of(b, key);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Partners side by side, pairs of trials together. */
static int compare_items(const void *a, const void *b)
{
    const item *x = a, *y = b;
    int order = compare_keys(x, y, false);
    if (order == 0)
        order = compare_keys(x, y, true);
    if (order == 0)
        order = (x->side > y->side) - (x->side < y->side);
    return order ? order : (x->evaluation > y->evaluation) - (x->evaluation < y->evaluation);
}

/* Sums of metrics; one that an evaluation does not know is not known of the sum. */
typedef struct tally {
    double *sums; /* (2, n_metrics) */
    size_t n[2];
    const res_evaluation *last[2]; /* that was added */
} tally;

static void clear(tally *t, size_t n_metrics)
{
    memset(t->sums, 0, 2 * n_metrics * sizeof *t->sums);
    t->n[0] = t->n[1] = 0;
}

/* Evaluations that agree in all that pairs, items[from..to): add their means to the pair if both
 * sides are there, else count them as alone. */
static void add_partners(res_comparison *c, const item *items, size_t from, size_t to, tally *room,
                         tally *pair)
{
    size_t n = c->n_metrics;
    clear(room, n);
    for (size_t i = from; i < to; i++) {
        size_t s = items[i].side;
        room->n[s]++;
        room->last[s] = evaluation_of(&items[i]);
        for (size_t m = 0; m < n; m++)
            room->sums[s * n + m] += res_metric_of(&c->sides[s].study, evaluation_of(&items[i]),
                                                   c->metrics[m].metric[s]);
    }
    for (size_t s = 0; s < 2; s++) {
        if (room->n[1 - s] == 0)
            c->sides[s].n_alone += room->n[s];
        if (room->n[1 - s] == 0 || room->n[s] == 0)
            continue;
        pair->n[s]++;
        pair->last[s] = room->n[s] == 1 ? room->last[s] : NULL;
        for (size_t m = 0; m < n; m++)
            pair->sums[s * n + m] += room->sums[s * n + m] / (double)room->n[s];
    }
}

static void add_pair(res_comparison *c, tally *pair)
{
    size_t n = c->n_metrics;
    if (pair->n[0] > 0) {
        double *out = c->pairs + 2 * n * c->n_pairs;
        for (size_t s = 0; s < 2; s++)
            c->of_pair[2 * c->n_pairs + s] = pair->n[s] == 1 ? pair->last[s] : NULL;
        c->n_pairs++;
        for (size_t s = 0; s < 2; s++)
            for (size_t m = 0; m < n; m++)
                out[s * n + m] = pair->sums[s * n + m] / (double)pair->n[s];
    }
    clear(pair, n);
}

static void make_pairs(res_comparison *c, item *items, size_t n, tally *room, tally *pair)
{
    qsort(items, n, sizeof *items, compare_items);
    clear(pair, c->n_metrics);
    for (size_t from = 0, to; from < n; from = to) {
        if (from > 0 && compare_keys(&items[from - 1], &items[from], false) != 0)
            add_pair(c, pair);
        for (to = from + 1; to < n; to++)
            if (compare_keys(&items[from], &items[to], false) != 0 ||
                compare_keys(&items[from], &items[to], true) != 0)
                break;
        add_partners(c, items, from, to, room, pair);
    }
    add_pair(c, pair);
}

static bool is_of(const char *section, const res_compare_key *key)
{
    return strncmp(key->name, section, strlen(section)) == 0;
}

/* Trials of one split share its rows: with several splits they, not the seeds, are what is paired,
 * and seeds are averaged within. */
static void set_meaning(res_comparison *c)
{
    bool shape_differs = false, only_seeds = true;
    for (size_t k = 0; k < c->n_keys; k++) {
        const res_compare_key *key = &c->keys[k];
        bool pairs = key->role == RES_KEY_PAIRS && !key->of_reading;
        c->by_split |= pairs && is_of("data.", key);
        only_seeds &= !pairs || key->is_seed;
        shape_differs |= key->role == RES_KEY_DIFFERS && is_of("model.", key);
    }
    c->share_nothing = !c->by_split && only_seeds && shape_differs;
    for (size_t k = 0; k < c->n_keys; k++)
        c->keys[k].of_reading |= c->by_split && c->keys[k].is_seed;
    const res_trial *first = c->sides[0].study.trials;
    if (c->by_split && first->n_train > 0 && c->sides[0].study.experiment.n_data_sets == 1)
        c->overlap = (double)first->n_normal / (double)first->n_train;
}

/* A pair has trials of its own on both sides, so there are no more pairs than trials. */
static swp_status find_pairs(res_comparison *c, swp_err *err)
{
    const res_side *a = &c->sides[0], *b = &c->sides[1];
    size_t n = a->n_evaluations + b->n_evaluations, n_items = 0;
    size_t most = a->study.n_trials < b->study.n_trials ? a->study.n_trials : b->study.n_trials;
    item *items = swp_alloc(n, sizeof *items);
    tally room = {.sums = swp_alloc(2 * c->n_metrics, sizeof *room.sums)};
    tally pair = {.sums = swp_alloc(2 * c->n_metrics, sizeof *pair.sums)};
    c->pairs = swp_alloc(2 * most * c->n_metrics, sizeof *c->pairs);
    c->of_pair = swp_alloc(2 * most, sizeof *c->of_pair);
    swp_status status = SWP_OK;
    if (!items || !room.sums || !pair.sums || !c->pairs || !c->of_pair)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n);
    for (size_t s = 0; s < 2 && status == SWP_OK; s++)
        for (size_t i = 0; i < c->sides[s].n_evaluations; i++)
            items[n_items++] = (item){.c = c, .side = (uint32_t)s, .evaluation = (uint32_t)i};
    if (status == SWP_OK) {
        code_readings(items, n);
        status = judge_keys(c, items, n, err);
    }
    if (status == SWP_OK)
        set_meaning(c);
    if (status == SWP_OK)
        make_pairs(c, items, n, &room, &pair);
    swp_free(items);
    swp_free(room.sums);
    swp_free(pair.sums);
    return status;
}

/* Room for one metric of every pair. */
typedef struct columns {
    double *a, *b, *difference; /* (n_pairs) */
} columns;

/* The test of the pairs that know the metric on both sides. */
static swp_status compare_metric(res_comparison *c, size_t m, const columns *room, swp_err *err)
{
    res_compared *out = &c->metrics[m];
    const res_metric_info info = res_metric_at(&c->sides[0].study, out->metric[0]);
    const double reach = info.most - info.least;
    size_t n = 0;
    double scale = 0;
    for (size_t i = 0; i < c->n_pairs; i++) {
        const double *pair = c->pairs + 2 * c->n_metrics * i;
        double a = pair[m], b = pair[c->n_metrics + m];
        if (isnan(a) || isnan(b))
            continue;
        room->a[n] = a;
        room->b[n] = b;
        room->difference[n++] = b - a;
        scale = fmax(scale, fmax(fabs(a), fabs(b)));
    }
    out->a = res_spread_within(room->a, n, info.least, info.most);
    out->b = res_spread_within(room->b, n, info.least, info.most);
    out->difference = res_spread_within(room->difference, n, -reach, reach);
    res_spread_overlap(&out->difference, c->overlap, -reach, reach);
    out->p_larger = res_probability_larger(room->a, n, room->b, n);
    out->correlation = res_correlation(room->a, room->b, n);
    swp_status status = res_signed_rank_test(room->difference, n, scale, &out->test, err);
    out->n_better = info.minimize ? out->test.n - out->test.n_positive : out->test.n_positive;
    if (!info.is_quality)
        out->test.p = out->test.least_p = out->test.effect = (double)NAN;
    return status;
}

/* Holm's correction over the metrics that are tested. */
static swp_status correct_metrics(res_comparison *c, swp_err *err)
{
    double *p = swp_alloc(c->n_metrics, sizeof *p);
    if (!p)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t m = 0; m < c->n_metrics; m++)
        p[m] = c->metrics[m].test.p;
    swp_status status = res_holm(p, c->n_metrics, err);
    for (size_t m = 0; m < c->n_metrics && status == SWP_OK; m++)
        c->metrics[m].p_holm = p[m];
    swp_free(p);
    return status;
}

static swp_status compare_metrics(res_comparison *c, swp_err *err)
{
    columns room = {.a = swp_alloc(c->n_pairs, sizeof *room.a),
                    .b = swp_alloc(c->n_pairs, sizeof *room.b),
                    .difference = swp_alloc(c->n_pairs, sizeof *room.difference)};
    swp_status status = SWP_OK;
    if (!room.a || !room.b || !room.difference)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu pairs", c->n_pairs);
    for (size_t m = 0; m < c->n_metrics && status == SWP_OK; m++)
        status = compare_metric(c, m, &room, err);
    swp_free(room.a);
    swp_free(room.b);
    swp_free(room.difference);
    return status == SWP_OK ? correct_metrics(c, err) : status;
}

swp_status res_compare_pair(res_comparison *c, swp_err *err)
{
    swp_status status = find_pairs(c, err);
    if (status != SWP_OK || c->n_pairs > 0)
        return status == SWP_OK ? compare_metrics(c, err) : status;
    status = swp_fail(err, SWP_CONFIG, "compare: no evaluation of %s has a partner in %s",
                      c->sides[0].text, c->sides[1].text);
    swp_hint(err, "partners agree in all parameters of which both sides have a value");
    return status;
}
