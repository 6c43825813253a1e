/* Which evaluations of two sides belong together, and what their differences say. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/compare_priv.h"

enum { MOST_NAMED = 8 }; /* values of a key on one side */

/* An evaluation on its way to its partners. */
typedef struct item {
    const res_comparison *c;
    size_t side, evaluation; /* the evaluation's index in it */
    const size_t *codes;     /* (n_keys) of its values; one value has one code on both sides */
} item;

/* The value that an item has of one key. */
typedef struct coded {
    const char *value;
    size_t item, side;
} coded;

/* Room for giving codes to the values of one key after the other: (n) each. */
typedef struct coding {
    coded *sorted, *firsts;
    char (*texts)[RES_THRESHOLD_TEXT_SIZE]; /* of epochs and thresholds */
} coding;

static int compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int compare_values(const void *a, const void *b)
{
    const coded *x = a, *y = b;
    int order = strcmp(x->value, y->value);
    return order ? order : compare_sizes(x->item, y->item);
}

static int compare_places(const void *a, const void *b)
{
    return compare_sizes(((const coded *)a)->item, ((const coded *)b)->item);
}

static const char *value_of(const item *it, size_t k, char text[RES_THRESHOLD_TEXT_SIZE])
{
    const res_side *side = &it->c->sides[it->side];
    const res_evaluation *evaluation = &side->evaluations[it->evaluation];
    if (strcmp(it->c->keys[k].name, RES_KEY_EPOCHS) == 0)
        snprintf(text, RES_THRESHOLD_TEXT_SIZE, "%zu", evaluation->epochs);
    else if (strcmp(it->c->keys[k].name, RES_KEY_THRESHOLD) == 0)
        res_threshold_format(evaluation->threshold, text);
    else
        return res_axes_value(
            &side->values, k,
            res_trial_index(side->trials, side->n_trials, evaluation->trial_number));
    return text;
}

/* Name the values of each side in the order of its evaluations; `firsts` has each once for a side.
 */
static void name_values(res_compare_key *key, coded *firsts, size_t n)
{
    size_t n_named[2] = {0};
    qsort(firsts, n, sizeof *firsts, compare_places);
    for (size_t i = 0; i < n; i++) {
        swp_buf *list = &key->values[firsts[i].side];
        size_t before = n_named[firsts[i].side]++;
        if (before <= MOST_NAMED)
            swp_buf_printf(list, "%s%s", before > 0 ? ", " : "",
                           before < MOST_NAMED ? firsts[i].value : "...");
    }
}

static res_key_role role_of(const size_t n_values[2], size_t n_common)
{
    if (n_common == 0)
        return RES_KEY_DIFFERS;
    return n_values[0] == 1 && n_values[1] == 1 ? RES_KEY_SAME : RES_KEY_PAIRS;
}

/* Give codes to the values of key k and its role to the key. */
static void code_key(res_comparison *c, size_t k, const item *items, size_t n, size_t *codes,
                     const coding *room)
{
    size_t n_values[2] = {0}, n_common = 0, n_firsts = 0, code = 0;
    coded *sorted = room->sorted;
    for (size_t i = 0; i < n; i++)
        sorted[i] = (coded){value_of(&items[i], k, room->texts[i]), i, items[i].side};
    qsort(sorted, n, sizeof *sorted, compare_values);
    for (size_t from = 0, to; from < n; from = to, code++) {
        bool seen[2] = {false, false};
        for (to = from; to < n && strcmp(sorted[from].value, sorted[to].value) == 0; to++) {
            codes[sorted[to].item * c->n_keys + k] = code;
            if (!seen[sorted[to].side])
                room->firsts[n_firsts++] = sorted[to];
            seen[sorted[to].side] = true;
        }
        n_values[0] += seen[0];
        n_values[1] += seen[1];
        n_common += seen[0] && seen[1];
    }
    c->keys[k].role = role_of(n_values, n_common);
    name_values(&c->keys[k], room->firsts, n_firsts);
}

static swp_status code_keys(res_comparison *c, const item *items, size_t n, size_t *codes,
                            swp_err *err)
{
    coding room = {.sorted = swp_alloc(n, sizeof *room.sorted),
                   .firsts = swp_alloc(n, sizeof *room.firsts),
                   .texts = swp_alloc(n, sizeof *room.texts)};
    bool failed = !room.sorted || !room.firsts || !room.texts;
    for (size_t k = 0; k < c->n_keys && !failed; k++) {
        code_key(c, k, items, n, codes, &room);
        failed = c->keys[k].values[0].failed || c->keys[k].values[1].failed;
    }
    swp_free(room.sorted);
    swp_free(room.firsts);
    swp_free(room.texts);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

/* By the keys that pair trials, or by those that tell their readings apart. */
static int compare_keys(const item *a, const item *b, bool of_reading)
{
    const res_comparison *c = a->c;
    for (size_t k = 0; k < c->n_keys; k++) {
        if (c->keys[k].role != RES_KEY_PAIRS || c->keys[k].of_reading != of_reading)
            continue;
        int order = compare_sizes(a->codes[k], b->codes[k]);
        if (order != 0)
            return order;
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
        order = compare_sizes(x->side, y->side);
    return order ? order : compare_sizes(x->evaluation, y->evaluation);
}

/* Sums of figures on their way to means; a figure that one evaluation does not know is not known.
 */
typedef struct tally {
    double sums[2][RES_FIGURES];
    size_t n[2];
} tally;

static void add_figures(tally *t, size_t side, const double *figures)
{
    for (size_t f = 0; f < RES_FIGURES; f++)
        t->sums[side][f] += figures[f];
    t->n[side]++;
}

static void take_means(const tally *t, size_t side, double *out)
{
    for (size_t f = 0; f < RES_FIGURES; f++)
        out[f] = t->sums[side][f] / (double)t->n[side];
}

/* Evaluations that agree in all that pairs, items[from..to): add their means to the pair if both
 * sides are there, else count them as alone. */
static void add_partners(res_comparison *c, const item *items, size_t from, size_t to, tally *pair)
{
    tally t = {0};
    for (size_t i = from; i < to; i++) {
        const res_side *side = &c->sides[items[i].side];
        add_figures(&t, items[i].side, side->figures + items[i].evaluation * RES_FIGURES);
    }
    for (size_t s = 0; s < 2; s++) {
        double means[RES_FIGURES];
        if (t.n[1 - s] == 0) {
            c->sides[s].n_alone += t.n[s];
        } else if (t.n[s] > 0) {
            take_means(&t, s, means);
            add_figures(pair, s, means);
        }
    }
}

static void add_pair(res_comparison *c, const tally *pair)
{
    if (pair->n[0] == 0)
        return;
    double *out = c->pairs + 2 * RES_FIGURES * c->n_pairs++;
    take_means(pair, 0, out);
    take_means(pair, 1, out + RES_FIGURES);
}

static void make_pairs(res_comparison *c, item *items, size_t n)
{
    qsort(items, n, sizeof *items, compare_items);
    tally pair = {0};
    for (size_t from = 0, to; from < n; from = to) {
        bool begins = from == 0 || compare_keys(&items[from - 1], &items[from], false) != 0;
        if (begins) {
            add_pair(c, &pair);
            pair = (tally){0};
        }
        for (to = from + 1; to < n; to++)
            if (compare_keys(&items[from], &items[to], false) != 0 ||
                compare_keys(&items[from], &items[to], true) != 0)
                break;
        add_partners(c, items, from, to, &pair);
    }
    add_pair(c, &pair);
}

static swp_status find_pairs(res_comparison *c, swp_err *err)
{
    size_t n = c->sides[0].n_evaluations + c->sides[1].n_evaluations, n_items = 0;
    item *items = swp_alloc(n, sizeof *items);
    size_t *codes = swp_alloc(n * c->n_keys, sizeof *codes);
    c->pairs = swp_alloc(n * RES_FIGURES, sizeof *c->pairs);
    swp_status status = SWP_OK;
    if (!items || !codes || !c->pairs)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu evaluations", n);
    for (size_t s = 0; s < 2 && status == SWP_OK; s++)
        for (size_t i = 0; i < c->sides[s].n_evaluations; i++, n_items++)
            items[n_items] =
                (item){.c = c, .side = s, .evaluation = i, .codes = codes + n_items * c->n_keys};
    if (status == SWP_OK)
        status = code_keys(c, items, n, codes, err);
    if (status == SWP_OK)
        make_pairs(c, items, n);
    swp_free(items);
    swp_free(codes);
    return status;
}

bool res_compare_has_better(res_figure figure)
{
    return figure != RES_SELECTED_EPOCH && figure != RES_THRESHOLD_NUMBER;
}

/* Room for one figure of every pair. */
typedef struct columns {
    double *a, *b, *difference; /* (n_pairs) */
} columns;

/* The test of the pairs that know the figure on both sides. */
static swp_status compare_figure(res_comparison *c, res_figure f, const columns *room, swp_err *err)
{
    res_compared *out = &c->figures[f];
    size_t n = 0;
    double scale = 0;
    for (size_t i = 0; i < c->n_pairs; i++) {
        const double *pair = c->pairs + 2 * RES_FIGURES * i;
        double a = pair[f], b = pair[RES_FIGURES + f];
        if (isnan(a) || isnan(b))
            continue;
        room->a[n] = a;
        room->b[n] = b;
        room->difference[n++] = b - a;
        scale = fmax(scale, fmax(fabs(a), fabs(b)));
        out->n_better += res_figure_at(f)->least ? b < a : b > a;
    }
    out->a = res_spread_of(room->a, n);
    out->b = res_spread_of(room->b, n);
    out->difference = res_spread_of(room->difference, n);
    return res_signed_rank_test(room->difference, n, scale, &out->test, err);
}

static swp_status compare_figures(res_comparison *c, swp_err *err)
{
    columns room = {.a = swp_alloc(c->n_pairs, sizeof *room.a),
                    .b = swp_alloc(c->n_pairs, sizeof *room.b),
                    .difference = swp_alloc(c->n_pairs, sizeof *room.difference)};
    swp_status status = SWP_OK;
    if (!room.a || !room.b || !room.difference)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu pairs", c->n_pairs);
    for (size_t f = 0; f < RES_FIGURES && status == SWP_OK; f++)
        status = compare_figure(c, (res_figure)f, &room, err);
    swp_free(room.a);
    swp_free(room.b);
    swp_free(room.difference);
    return status;
}

swp_status res_compare_pair(res_comparison *c, swp_err *err)
{
    swp_status status = find_pairs(c, err);
    if (status != SWP_OK || c->n_pairs > 0)
        return status == SWP_OK ? compare_figures(c, err) : status;
    status = swp_fail(err, SWP_CONFIG, "compare: no evaluation of %s has a partner in %s",
                      c->sides[0].text, c->sides[1].text);
    swp_hint(err, "partners agree in all settings of which both sides have a value");
    return status;
}
