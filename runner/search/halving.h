/* Successive halving of a cohort, by promotion: all trials run to the first rung and pause there;
 * the best of them continue to the next, and so on.
 *
 * Rungs lie at min_steps * eta^k below max_steps, then at max_steps; ceil(n / eta^k) trials run to
 * rung k. A trial's value at a rung is its best so far, the smaller number wins a tie, and a rung
 * is decided when all of its trials have reached it or ended. Nothing is trained twice and no trial
 * is lost: with a larger n or max_steps the same reports promote more.
 *
 * source   Jamieson & Talwalkar 2016 (AISTATS), with integers */
#ifndef RUN_HALVING_H
#define RUN_HALVING_H

#include "runner/search/stopper.h"

const run_stopper *run_stopper_halving(void);

/* The step of rung k: max_steps from the last rung on. */
size_t run_halving_rung(const run_stop_rules *rules, size_t k);

/* How many of the trials run to rung k. */
size_t run_halving_survivors(const run_stop_rules *rules, size_t k);

#endif
