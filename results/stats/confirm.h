/* What the confirm stage of a search says. It trains the best trials again with fresh seeds, and
 * the winner is chosen by the fresh values alone, because the best of many noisy values looks
 * better than it is. */
#ifndef RES_CONFIRM_H
#define RES_CONFIRM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct res_confirmed {
    size_t candidate; /* its index; of the winner: the one with the smallest mean */
    size_t n;         /* fresh values of it */
    double mean;      /* of them */
    double low, high; /* 95 % interval of its true mean; NAN when no spread is known */
} res_confirmed;

/* Summary of the fresh values of one candidate; n is 0 if all failed. The interval is Student's, of
 * the standard deviation pooled over all candidates or the candidate's own, whichever is larger,
 * and holds for all candidates at once (Bonferroni), because any may be chosen by these very
 * values. shapes   values (n_candidates, n_seeds); NAN = failed */
res_confirmed res_confirm_one(const double *values, size_t n_candidates, size_t n_seeds,
                              size_t candidate);

/* Choose the winner, the first of equals; false without a single value.
 * shapes   values (n_candidates, n_seeds) minimised; NAN = failed */
bool res_confirm(const double *values, size_t n_candidates, size_t n_seeds, res_confirmed *out);

#endif
