/* Short texts for the values of a parameter, and how its axis is drawn. */
#ifndef RES_LABELS_H
#define RES_LABELS_H

#include "results/query/study.h"

/* Label every value of a parameter: numbers in the fewest digits that tell them apart ("3.16e-4"),
 * words without the folder or prefix that all of them share, which moves into the title. Returns
 * false without memory. */
SWP_CHECKED bool res_param_label(res_param *param);

#endif
