/* One function for each rule; only asynchronous halving keeps state between reports. */
#include "runner/search/rules.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/base/mem.h"
#include "results/stats/stats.h"

static int compare_doubles(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The smallest of values, NAN without a number. */
static double least_of(const double *values, size_t n)
{
    double least = (double)NAN;
    for (size_t i = 0; i < n; i++)
        least = fmin(least, values[i]);
    return least;
}

bool run_rule_is_due(const run_curve *own, size_t warmup, size_t interval)
{
    size_t step = own->steps[own->n - 1];
    if (step < warmup)
        return false;
    size_t due = (step - warmup) / interval * interval + warmup;
    return own->n == 1 || own->steps[own->n - 2] < due;
}

/* source   numpy.percentile: linear between closest ranks. `sorted` has no NAN, n >= 1 */
static double percentile_of(const double *sorted, size_t n, double percentile)
{
    double at = percentile / 100 * (double)(n - 1);
    size_t below = (size_t)at;
    double share = at - (double)below;
    if (below + 1 == n)
        return sorted[below];
    double gap = sorted[below + 1] - sorted[below];
    return share < 0.5 ? sorted[below] + gap * share : sorted[below + 1] - gap * (1 - share);
}

bool run_percentile_stops(const run_percentile *rule, const run_curve *own, size_t n_complete,
                          double *at_step, size_t n)
{
    if (n_complete < rule->n_startup || !run_rule_is_due(own, rule->warmup, rule->interval))
        return false;
    double best = least_of(own->values, own->n);
    if (isnan(best))
        return true;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(at_step[i]))
            at_step[known++] = at_step[i];
    }
    if (n < rule->n_min || known == 0)
        return false;
    qsort(at_step, known, sizeof *at_step, compare_doubles);
    return best > percentile_of(at_step, known, rule->percentile);
}

bool run_patience_ends(const run_curve *own, size_t patience, double min_gain)
{
    size_t recent = patience + 1;
    if (own->n <= recent)
        return false;
    size_t before = own->n - recent;
    return least_of(own->values, before) + min_gain < least_of(own->values + before, recent);
}

bool run_threshold_stops(const run_curve *own, double lower, double upper, size_t warmup,
                         size_t interval)
{
    double value = own->values[own->n - 1];
    return run_rule_is_due(own, warmup, interval) && !(value >= lower && value <= upper);
}

static double mean_of(const run_curve *curve)
{
    double sum = 0;
    for (size_t i = 0; i < curve->n; i++)
        sum += curve->values[i];
    return sum / (double)curve->n;
}

swp_status run_wilcoxon_stops(const run_curve *own, const run_curve *best, double p, bool *stops,
                              swp_err *err)
{
    size_t n = 0;
    double found = 1;
    double *differences = swp_alloc(own->n, sizeof *differences);
    if (!differences)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu differences", own->n);
    for (size_t i = 0, j = 0; i < own->n && j < best->n;) {
        if (own->steps[i] == best->steps[j])
            differences[n++] = own->values[i] - best->values[j];
        size_t step = own->steps[i];
        i += step <= best->steps[j];
        j += best->steps[j] <= step;
    }
    swp_status status = SWP_OK;
    if (n >= 2)
        status = res_signed_rank_greater(differences, n, NULL, &found, err);
    *stops = found < p && mean_of(best) < mean_of(own);
    swp_free(differences);
    return status;
}

static swp_status add_to_rung(run_rung *rung, double value, swp_err *err)
{
    double *values = swp_resize(rung->values, rung->n + 1, sizeof *values);
    if (!values)
        return swp_fail(err, SWP_NOMEM, "out of memory for a rung of %zu trials", rung->n + 1);
    rung->values = values;
    values[rung->n++] = value;
    return SWP_OK;
}

/* Whether the newest value of a rung is among its best: at most n / eta - 1 are smaller; at least
 * one is kept. */
static bool is_among_best(const run_rung *rung, size_t eta)
{
    size_t smaller = 0, keeps = rung->n / eta ? rung->n / eta : 1;
    for (size_t i = 0; i < rung->n; i++)
        smaller += rung->values[i] < rung->values[rung->n - 1];
    return smaller < keeps;
}

/* The step of a rung, or SIZE_MAX where it is too large. */
static size_t step_of_rung(const run_rungs *all, size_t rung)
{
    size_t step = all->min_steps;
    for (size_t i = 0; i < all->rate + rung; i++)
        step = step > SIZE_MAX / all->eta ? SIZE_MAX : step * all->eta;
    return step;
}

static swp_status reserve_rung(run_rungs *all, size_t rung, swp_err *err)
{
    if (rung < all->n_rungs)
        return SWP_OK;
    run_rung *rungs = swp_resize(all->rungs, rung + 1, sizeof *rungs);
    if (!rungs)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu rungs", rung + 1);
    all->rungs = rungs;
    rungs[all->n_rungs++] = (run_rung){0};
    return SWP_OK;
}

swp_status run_rungs_report(run_rungs *all, size_t *rung, size_t step, double value, bool *stops,
                            swp_err *err)
{
    *stops = false;
    for (; step >= step_of_rung(all, *rung); ++*rung) {
        *stops = isnan(value);
        if (*stops)
            break;
        swp_status status = reserve_rung(all, *rung, err);
        if (status == SWP_OK)
            status = add_to_rung(&all->rungs[*rung], value, err);
        if (status != SWP_OK)
            return status;
        const run_rung *at = &all->rungs[*rung];
        *stops = at->n <= all->bootstrap || !is_among_best(at, all->eta);
        if (*stops)
            break;
    }
    return SWP_OK;
}

void run_rungs_deinit(run_rungs *all)
{
    for (size_t i = 0; i < all->n_rungs; i++)
        swp_free(all->rungs[i].values);
    swp_free(all->rungs);
    *all = (run_rungs){0};
}

size_t run_hyperband_brackets(size_t max_steps, size_t min_steps, size_t eta)
{
    size_t brackets = 1;
    for (size_t ratio = max_steps / min_steps; ratio >= eta; ratio /= eta)
        brackets++;
    return brackets;
}

size_t run_hyperband_share(size_t brackets, size_t eta, size_t bracket)
{
    size_t share = brackets, parts = brackets - bracket;
    for (size_t i = bracket + 1; i < brackets; i++)
        share *= eta;
    return share / parts + (share % parts != 0);
}
