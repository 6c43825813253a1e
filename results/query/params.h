/* The parameters of a study, for study.c. */
#ifndef RES_PARAMS_H
#define RES_PARAMS_H

#include "results/query/study.h"

/* Fill study->params, of which the first n_axes are the axes. The study's trials are there.
 * errors   DB (damaged), NOMEM   owns   res_param_deinit each, and the array: swp_free */
SWP_CHECKED swp_status res_params_load(res_store *store, res_study *study, swp_err *err);
void res_param_deinit(res_param *param);

#endif
