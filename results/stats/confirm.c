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

res_confirmed res_confirm_one(const double *values, size_t n_candidates, size_t n_seeds,
                              size_t candidate)
{
    size_t n_known = 0, degrees;
    for (size_t c = 0; c < n_candidates; c++)
        n_known += res_spread_of(&values[c * n_seeds], n_seeds).n > 0;
    res_spread own = res_spread_of(&values[candidate * n_seeds], n_seeds);
    double sd = fmax(pooled_sd(values, n_candidates, n_seeds, &degrees), own.sd);
    double t = res_t_quantile_at(1 - 0.025 / (double)n_known, degrees);
    double half = t * sd / sqrt((double)own.n);
    return (res_confirmed){candidate, own.n, own.mean, own.mean - half, own.mean + half};
}

bool res_confirm(const double *values, size_t n_candidates, size_t n_seeds, res_confirmed *out)
{
    size_t winner = n_candidates;
    double least = 0;
    for (size_t c = 0; c < n_candidates; c++) {
        res_spread spread = res_spread_of(&values[c * n_seeds], n_seeds);
        if (spread.n == 0 || (winner < n_candidates && spread.mean >= least))
            continue;
        winner = c;
        least = spread.mean;
    }
    if (winner < n_candidates)
        *out = res_confirm_one(values, n_candidates, n_seeds, winner);
    return winner < n_candidates;
}
