/* The median rule: a trial whose best value so far is worse than the median of the finished trials'
 * values after the same step stops, once five trials have finished. */
#ifndef RUN_MEDIAN_H
#define RUN_MEDIAN_H

#include "runner/search/stopper.h"

const run_stopper *run_stopper_median(void);

#endif
