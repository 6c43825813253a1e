/* Functions with known minima, to measure searches on: 20 seeds of each were measured with Optuna
 * 5.0.0 (medians of the best value so far, in test_search_quality.c). */
#ifndef TEST_RUNNER_FUNCTIONS_H
#define TEST_RUNNER_FUNCTIONS_H

#include <stdint.h>

#include "runner/search/searcher.h"

#define FUNCTION_MOST_DIMS 6

typedef struct function {
    const char *name;
    run_space space; /* made complete by functions_init */
    double (*value)(const double *point);
    double noise; /* standard deviation of what is observed */
} function;

/* sphere5, branin, hartmann6, mixed5. Call once before the others. */
void functions_init(void);
const function *function_find(const char *name); /* NULL when there is none */

/* What a search observes at a point: its value plus, if there is noise, numpy's RandomState((100003
 * seed + 7919 trial + 17) mod 2^31).standard_normal() times it. */
double function_observe(const function *f, const double *point, uint64_t seed, size_t trial);

/* One normal number from its own stream, as above. */
double function_normal(uint32_t stream);

#endif
