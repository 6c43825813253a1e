/* The searcher that takes the points of a scrambled Sobol sequence, and the sequence itself.
 *
 * source   Sobol (1967) in the order of Antonov & Saleev (1979), with the direction numbers
 *          new-joe-kuo-6 of Joe & Kuo (2008); scrambled by a digital shift: any 2^m points from a
 *          multiple of 2^m on stay balanced */
#ifndef RUN_SOBOL_H
#define RUN_SOBOL_H

#include "runner/search/history.h"

#define RUN_SOBOL_BITS 30u
#define RUN_SOBOL_DIMS 21u /* further dimensions get random numbers */

const run_searcher *run_searcher_sobol(void);

typedef struct run_sobol {
    uint32_t directions[RUN_SOBOL_DIMS][RUN_SOBOL_BITS];
    uint32_t shift[RUN_SOBOL_DIMS]; /* of the seed, below 2^30 */
    uint64_t seed;
} run_sobol;

void run_sobol_init(run_sobol *out, uint64_t seed);

/* Coordinate `dim` of point `index`, before the shift, in units of 2^-30. */
uint32_t run_sobol_integer(const run_sobol *sobol, size_t dim, size_t index);

/* The scrambled point in a space. shapes point (space->n) */
void run_sobol_point(const run_sobol *sobol, const run_space *space, size_t index, double *point);

/* A walk along the sequence that skips the points of a history: each of its proposals takes one
 * index, whichever searcher made it. */
typedef struct run_walk {
    run_sobol sobol;
    size_t index; /* the next index to try */
    size_t n;     /* proposals that have taken their index */
} run_walk;

/* The point for the next proposal, which the history does not know. Only where it is not full. */
void run_walk_next(run_walk *walk, const run_history *history, double *point);

#endif
