/* The models that evaluations selected, each as a file. */
#ifndef CLI_EXPORT_WEIGHTS_H
#define CLI_EXPORT_WEIGHTS_H

#include "results/query/study.h"

/* Write trial_NNN_epoch_NNN.safetensors into `folder`, which is made, for every epoch that a
 * finished evaluation of the experiment selects, and print its path. NNN is the trial's number. The
 * metadata is that of the store, with the trial's parameters and the evaluations' thresholds.
 * errors   as res_study_load; CONFIG when some models are not in the store (the others are written)
 *          or there are none; IO, DB, NOMEM */
SWP_CHECKED swp_status cli_export_weights(res_store *store, const char *experiment,
                                          const char *folder, swp_err *err);

#endif
