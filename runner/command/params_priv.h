/* Parameters of a trial as an expansion needs them. */
#ifndef RUN_PARAMS_PRIV_H
#define RUN_PARAMS_PRIV_H

#include "runner/command/command.h"

bool run_param_is_on(const run_param *param);

/* The JSON object of $SWEEP_PARAMS, or NULL without memory. owns: swp_free */
char *run_params_json(const run_param *params, size_t n);

#endif
