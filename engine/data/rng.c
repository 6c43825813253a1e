/* Compiled with -ffp-contract=off: a fused multiply-add would change torch's uniform bits. */
#include "engine/data/rng.h"

#include <math.h>

#include "engine/base/mem.h"

#define WORDS  624
#define MIDDLE 397

void eng_rng_seed(eng_rng *rng, uint32_t seed)
{
    rng->state[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++) {
        uint32_t before = rng->state[i - 1];
        rng->state[i] = 1812433253u * (before ^ (before >> 30)) + i;
    }
    rng->at = WORDS;
}

static void refill(eng_rng *rng)
{
    uint32_t *s = rng->state;
    for (uint32_t i = 0; i < WORDS; i++) {
        uint32_t mixed = (s[i] & 0x80000000u) | (s[(i + 1) % WORDS] & 0x7fffffffu);
        s[i] = s[(i + MIDDLE) % WORDS] ^ (mixed >> 1) ^ (mixed & 1u ? 0x9908b0dfu : 0u);
    }
    rng->at = 0;
}

uint32_t eng_rng_next(eng_rng *rng)
{
    if (rng->at >= WORDS)
        refill(rng);
    uint32_t y = rng->state[rng->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

void eng_rng_torch_uniform(eng_rng *rng, float low, float high, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* PyTorch computes in double on the CPU (acc_type of float), but takes the span in float.
         */
        double unit = (double)(eng_rng_next(rng) & 0xffffffu) * 0x1p-24;
        out[i] = (float)(unit * (double)(high - low) + (double)low);
    }
}

/* A number in 0..most as RandomState draws it: mask to the next power of two, redraw if above. */
static uint32_t below_or_at(eng_rng *rng, uint32_t most)
{
    uint32_t mask = most;
    for (unsigned shift = 1; shift <= 16; shift *= 2)
        mask |= mask >> shift;
    uint32_t value;
    do {
        value = eng_rng_next(rng) & mask;
    } while (value > most);
    return value;
}

void eng_rng_numpy_permutation(eng_rng *rng, uint32_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint32_t)i;
    for (size_t i = n; i-- > 1;) {
        uint32_t j = below_or_at(rng, (uint32_t)i);
        uint32_t kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}

swp_status eng_rng_train_test_split(size_t n, double fraction, uint32_t seed, uint32_t *train,
                                    uint32_t *test, size_t *n_test, swp_err *err)
{
    double wanted = ceil((double)n * fraction);
    if (!(wanted >= 1 && wanted < (double)n))
        return swp_fail(err, SWP_CONFIG, "a cut of %g leaves one side of %zu rows empty", fraction,
                        n);
    uint32_t *order = swp_alloc(n, sizeof *order);
    if (!order)
        return swp_fail(err, SWP_NOMEM, "no memory to split %zu rows", n);

    eng_rng rng;
    eng_rng_seed(&rng, seed);
    eng_rng_numpy_permutation(&rng, order, n);
    *n_test = (size_t)wanted;
    for (size_t i = 0; i < *n_test; i++)
        test[i] = order[i];
    for (size_t i = *n_test; i < n; i++)
        train[i - *n_test] = order[i];
    swp_free(order);
    return SWP_OK;
}
