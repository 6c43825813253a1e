/* What the confirm stage of a search says. It trains the best trials again with fresh seeds, and
 * the winner is chosen by the fresh values alone, because the best of many noisy values looks
 * better than it is. */
#ifndef RES_CONFIRM_H
#define RES_CONFIRM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct res_confirmed {
    size_t winner;    /* index of the candidate with the smallest mean */
    size_t n;         /* fresh values of the winner */
    double mean;      /* of them */
    double low, high; /* 95 % interval of the winner's true mean; NAN when no spread is known */
} res_confirmed;

/* Choose the winner, the first of equals; false without a single value. The interval is Student's,
 * of the standard deviation pooled over all candidates or the winner's own, whichever is larger,
 * and holds for all candidates at once (Bonferroni), because the winner was chosen by these very
 * values.
 * shapes   values (n_candidates, n_seeds) minimised; NAN = failed */
bool res_confirm(const double *values, size_t n_candidates, size_t n_seeds, res_confirmed *out);

#endif
