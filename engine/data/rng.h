/* The random streams of NumPy, scikit-learn and PyTorch, bit for bit.
 *
 * source   Matsumoto & Nishimura 1998 (MT19937); numpy.random.RandomState (legacy seeding and
 *          shuffle); sklearn.model_selection.train_test_split; at::CPUGeneratorImpl */
#ifndef ENG_RNG_H
#define ENG_RNG_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eng_rng {
    uint32_t state[624];
    uint32_t at; /* next word of state; 624 = refill first */
} eng_rng;

/* Seed with init_genrand(seed), as numpy.random.RandomState(seed) and torch.manual_seed(seed). */
void eng_rng_seed(eng_rng *rng, uint32_t seed);

/* Next 32 tempered bits. */
uint32_t eng_rng_next(eng_rng *rng);

/* torch.Tensor.uniform_(low, high) in float32: n values, one 32-bit draw each (low 24 bits). */
void eng_rng_torch_uniform(eng_rng *rng, float low, float high, float *out, size_t n);

/* numpy RandomState.permutation(n): 0..n-1 shuffled from the end with masked rejection.
 * shapes   out (n) */
void eng_rng_numpy_permutation(eng_rng *rng, uint32_t *out, size_t n);

/* scikit-learn's train_test_split of 0..n-1 with random_state = seed.
 * shapes   test (n_test) with n_test = ceil(n * fraction), train (n - n_test)
 * errors   CONFIG when either part would be empty; NOMEM
 * owns     writes to the caller's arrays, each with room for n; *n_test is set */
SWP_CHECKED swp_status eng_rng_train_test_split(size_t n, double fraction, uint32_t seed,
                                                uint32_t *train, uint32_t *test, size_t *n_test,
                                                swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
