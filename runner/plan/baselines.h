/* Baselines of a study: errors of methods without training on its splits. */
#ifndef RUN_BASELINES_H
#define RUN_BASELINES_H

#include "engine/model.h"
#include "runner/plan/study.h"

/* Numbers that a model compresses a sequence to; 0 without a model. */
size_t run_code_of(const eng_layout *layout);

/* Add to the store what it lacks of the baselines of the study's trials, in one transaction: the
 * mean, the nearest neighbour, and PCA with as many components as a trial has numbers in its code.
 * Those that would take long, or whose errors fit no float, are left out; a command has none.
 * errors   as the store's verbs, NOMEM */
SWP_CHECKED swp_status run_baselines_record(const run_study *study, swp_err *err);

#endif
