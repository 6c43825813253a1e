#include "plots/moments_priv.h"

#include <math.h>

void plot_moments_add(plot_moments *moments, double value)
{
    double distance = value - moments->mean;
    moments->n++;
    moments->mean += distance / (double)moments->n;
    moments->squares += distance * (value - moments->mean);
}

double plot_moments_sd(const plot_moments *moments)
{
    return moments->n > 1 ? sqrt(moments->squares / (double)(moments->n - 1)) : 0;
}
