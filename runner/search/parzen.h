/* The densities of a tree-structured Parzen estimator: a mixture of one kernel for each observed
 * point and one for the prior, each kernel a product over dimensions.
 *
 * source   Bergstra et al. 2011 (NeurIPS); weights, bandwidths and rounding of Optuna 5.0.0 */
#ifndef RUN_PARZEN_H
#define RUN_PARZEN_H

#include "engine/data/rng.h"
#include "runner/search/history.h"

/* Some dimensions of a space, by their numbers. */
typedef struct run_dims {
    const size_t *which; /* (n) of space->dims; each has more than one value */
    size_t n;
} run_dims;

typedef struct run_parzen {
    const run_space *space; /* borrowed */
    run_dims dims;          /* borrowed */
    size_t n;               /* kernels, the prior's last */
    double *weight;         /* (n) of sum 1 */
    double *cumulative;     /* (n) the last is 1 */
    double *mu;             /* (dims.n, n) on the model's scale, or the category; prior: -1 */
    double *sigma;          /* (dims.n, n) of numbers */
    double *log_norm;       /* (dims.n, n) of numbers: what makes the kernel's total 1 */
    double *block;          /* all of these */
    size_t *order;          /* (dims.n, n - 1) of numbers: the kernels by ascending mu */
} run_parzen;

/* The estimator of the points of `members` (proposal numbers, ascending), the newest 25 of which
 * have full weight.
 * errors   NOMEM   owns   *out: run_parzen_deinit, after a failure too */
SWP_CHECKED swp_status run_parzen_init(run_parzen *out, const run_history *history, run_dims dims,
                                       const size_t *members, size_t n, swp_err *err);
void run_parzen_deinit(run_parzen *parzen);

/* Draw points: the kernels first, then categories, then numbers, in the order of `dims`.
 * shapes   points (n, dims.n), values of the space */
SWP_CHECKED swp_status run_parzen_draw(const run_parzen *parzen, eng_rng *rng, double *points,
                                       size_t n, swp_err *err);

/* Add `sign` times the log density of each point. For numbers with a step it is the probability of
 * their interval, for others the density on the model's scale.
 * shapes   points (n, dims.n), out (n)   errors NOMEM */
SWP_CHECKED swp_status run_parzen_add_log_density(const run_parzen *parzen, const double *points,
                                                  size_t n, double sign, double *out, swp_err *err);

#endif
