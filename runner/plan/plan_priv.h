/* What the files of the plan share. */
#ifndef RUN_PLAN_PRIV_H
#define RUN_PLAN_PRIV_H

#include "runner/plan/plan.h"

/* Choose the samples of a split that is cut. errors NOMEM   owns split->samples: swp_free */
SWP_CHECKED swp_status run_samples_pick(run_split *split, const eng_dataset *set, swp_err *err);

#endif
