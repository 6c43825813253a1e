/* Baselines: errors of held-out sequences by methods that are computed, not trained. A model that
 * is not better than these is not worth its cost. */
#ifndef ENG_BASELINE_H
#define ENG_BASELINE_H

#include "engine/data/split.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum eng_baseline_method {
    ENG_BASELINE_MEAN,     /* Euclidean distance to the mean of the training sequences */
    ENG_BASELINE_PCA,      /* ... to the reconstruction from the first principal components of the
                              training sequences */
    ENG_BASELINE_NEIGHBOUR /* ... to the nearest training sequence */
} eng_baseline_method;

typedef struct eng_baseline {
    eng_baseline_method method;
    size_t components; /* of PCA; else 0 */
} eng_baseline;

/* Whether a baseline can be computed, in seconds at most: PCA needs fewer components than there are
 * time steps, and than training sequences. */
bool eng_baseline_possible(const eng_dataset *set, const eng_split *split, eng_baseline baseline);

/* Held-out sequences of a split: validation, test, anomalies and tuning part. */
size_t eng_baseline_count(const eng_split *split);

/* Errors of all held-out sequences, validation first, then test, anomalies and tuning part, by each
 * of `n` baselines that are possible; those of PCA share one decomposition. Uses no BLAS, whose
 * threads would not survive a fork.
 * shapes   out (n, eng_baseline_count)   units   those of the series
 * errors   NOMEM; NUMERIC when an error does not fit a float
 * source   Wu & Keogh (2021), IEEE TKDE 35(3): claims of progress need trivial baselines; Pearson
 *          (1901) for principal components; Golub & Van Loan, Matrix Computations, 8.3 for the
 *          decomposition
 * tests    engine/baseline; cli/recompute compares with scikit-learn's PCA and NearestNeighbors */
SWP_CHECKED swp_status eng_baselines_compute(const eng_dataset *set, const eng_split *split,
                                             const eng_baseline *baselines, size_t n, float *out,
                                             swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
