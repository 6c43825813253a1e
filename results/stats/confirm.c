/* The winner of a confirm stage and its interval. */
#include "results/stats/confirm.h"

#include <math.h>

#include "results/stats/stats.h"

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

bool res_confirm(const double *values, size_t n_candidates, size_t n_seeds, res_confirmed *out)
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
