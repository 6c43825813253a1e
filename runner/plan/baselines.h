/* Baselines of a study: errors of methods without training on its splits. */
#ifndef RUN_BASELINES_H
#define RUN_BASELINES_H

#include "engine/model.h"
#include "runner/plan/study.h"

/* Size of a model's code; 0 without a model. */
size_t run_code_of(const eng_layout *layout);

/* Add the missing baselines of the study's trials to the store, in one transaction: the mean, the
 * nearest neighbour, and PCA with as many components as the code of a trial has numbers. Those that
 * would take long, or whose errors fit no float, are left out; a command has none.
 * errors   as the store's verbs, NOMEM */
SWP_CHECKED swp_status run_baselines_record(const run_study *study, swp_err *err);

#endif
