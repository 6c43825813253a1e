/* The searcher that draws points at random, and the random streams of searches. */
#ifndef RUN_RANDOM_H
#define RUN_RANDOM_H

#include "engine/data/rng.h"
#include "runner/search/searcher.h"

const run_searcher *run_searcher_random(void);

/* What a stream of random numbers is for. */
typedef enum run_purpose {
    RUN_DRAW_POINT,
    RUN_DRAW_SHIFT,
    RUN_DRAW_PADDING,
    RUN_DRAW_MODEL
} run_purpose;

/* Seed the stream that belongs to one proposal and one purpose, so that no generator's state needs
 * to be stored. */
void run_stream_seed(eng_rng *rng, uint64_t seed, uint64_t number, run_purpose purpose);

/* numpy RandomState.random_sample(): a double in [0, 1) of 53 random bits, two 32-bit draws. */
double run_draw(eng_rng *rng);

/* Draw a point: one double for a number, spread over its widened scale; one for each category, of
 * which the largest wins; none for a dimension with a single value.
 * source   the random stage of Optuna 5.0.0   shapes point (space->n) */
void run_random_point(const run_space *space, eng_rng *rng, double *point);

#endif
