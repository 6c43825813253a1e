/* The parameters of a trial as texts, as a store keeps them. */
#ifndef RUN_TRIAL_PARAMS_H
#define RUN_TRIAL_PARAMS_H

#include "results/store/store.h"
#include "runner/config/cfg.h"

/* The key of the one parameter that is not a setting of a model. */
#define RUN_DATA_PATH "data.path"

typedef struct run_trial_params {
    swp_buf text;
    run_param *list; /* of a command */
    res_pair *pairs; /* (n) into either; every trial has the same keys in the same order */
    size_t n;
} run_trial_params;

/* errors   NOMEM   owns *out: run_trial_params_deinit, after a failure too; borrows settings */
SWP_CHECKED swp_status run_trial_params_init(run_trial_params *out, const cfg_settings *settings,
                                             swp_err *err);
void run_trial_params_deinit(run_trial_params *params);

#endif
