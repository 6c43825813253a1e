/* Mean and standard deviation of numbers as they come. */
#ifndef PLOT_MOMENTS_PRIV_H
#define PLOT_MOMENTS_PRIV_H

#include <stddef.h>

/* Zero-initialise.
 * source   Welford 1962 */
typedef struct plot_moments {
    size_t n;
    double mean;
    double squares; /* sum of squared distances from the mean */
} plot_moments;

void plot_moments_add(plot_moments *moments, double value);

/* Of a sample (n - 1); 0 for a single value. */
double plot_moments_sd(const plot_moments *moments);

#endif
