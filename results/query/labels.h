/* Short texts for the values of a parameter, and how its axis is drawn. */
#ifndef RES_LABELS_H
#define RES_LABELS_H

#include "results/query/study.h"

/* RES_LOG where positive numbers are spread more evenly on a logarithmic scale, else RES_LINEAR.
 * shapes   values (n), ascending; those without a number are left out */
res_scale res_scale_of(const res_value *values, size_t n);

/* Label every value of a parameter: numbers in the fewest digits that tell them apart ("3.16e-4"),
 * words without the folder or prefix that all of them share, which moves into the title. Returns
 * false without memory. */
SWP_CHECKED bool res_param_label(res_param *param);

#endif
