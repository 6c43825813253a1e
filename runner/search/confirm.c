/* Which trials are confirmed, and what their fresh values say. */
#include "runner/search/confirm.h"

#include <math.h>

#include "results/stats/stats.h"
#include "runner/search/history.h"

run_confirm run_confirm_auto(size_t trials, bool is_adaptive)
{
    return is_adaptive && trials >= 60 ? (run_confirm){5, 4} : (run_confirm){0, 0};
}

swp_status run_confirm_fits(run_confirm plan, size_t trials, size_t *fits, swp_err *err)
{
    size_t most = plan.n_best ? (trials - plan.n_best) / plan.n_best : 0;
    if (plan.n_best > 0 && (trials < plan.n_best || plan.n_seeds > most)) {
        swp_status status =
            swp_fail(err, SWP_CONFIG,
                     "expected confirm to leave %zu of %zu trials to the search, found %zu x %zu",
                     plan.n_best, trials, plan.n_best, plan.n_seeds);
        swp_hint(err, "raise trials, or set confirm = none");
        return status;
    }
    *fits = plan.n_best * plan.n_seeds;
    return SWP_OK;
}

size_t run_confirm_candidates(run_confirm plan, const run_outcome *outcomes, size_t n,
                              size_t *candidates)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (!run_outcome_is_finished(&outcomes[i]))
            continue;
        size_t at = found < plan.n_best ? found++ : plan.n_best;
        for (; at > 0 && run_outcome_compare(&outcomes[i], &outcomes[candidates[at - 1]]) < 0;
             at--) {
            if (at < plan.n_best)
                candidates[at] = candidates[at - 1];
        }
        if (at < plan.n_best)
            candidates[at] = i;
    }
    return found;
}

/* Standard deviation within candidates, and its degrees of freedom. */
static double pooled_sd(const double *values, size_t n_candidates, size_t n_seeds, size_t *degrees)
{
    double squares = 0;
    *degrees = 0;
    for (size_t c = 0; c < n_candidates; c++) {
        res_spread spread = res_spread_of(&values[c * n_seeds], n_seeds);
        if (spread.n < 2)
            continue;
        squares += spread.sd * spread.sd * (double)(spread.n - 1);
        *degrees += spread.n - 1;
    }
    return sqrt(squares / (double)*degrees);
}

bool run_confirm_judge(const double *values, size_t n_candidates, size_t n_seeds,
                       run_confirmed *out)
{
    size_t n_known = 0, degrees;
    res_spread best = {.n = 0};
    for (size_t c = 0; c < n_candidates; c++) {
        res_spread spread = res_spread_of(&values[c * n_seeds], n_seeds);
        n_known += spread.n > 0;
        if (spread.n == 0 || (best.n > 0 && spread.mean >= best.mean))
            continue;
        best = spread;
        out->winner = c;
    }
    double sd = fmax(pooled_sd(values, n_candidates, n_seeds, &degrees), best.sd);
    double t = res_t_quantile_at(1 - 0.025 / (double)n_known, degrees);
    double half = t * sd / sqrt((double)best.n);
    out->n = best.n;
    out->mean = best.mean;
    out->low = best.mean - half;
    out->high = best.mean + half;
    return best.n > 0;
}
