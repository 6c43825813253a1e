/* How long trials will still take, by how long their epochs took so far. */
#ifndef RUN_FORECAST_H
#define RUN_FORECAST_H

#include <stddef.h>

typedef struct run_pace {
    double cost;    /* of one epoch, in any unit common to all */
    size_t left;    /* epochs still to do */
    double epoch_s; /* measured seconds of a worker for one epoch; 0 = none was done yet */
    double wall_s;  /* seconds from one epoch to the next, beside others; 0 = it does not run */
} run_pace;

/* Seconds until all is done on so many workers, but not before the trial that takes longest. One
 * that was not measured takes, for its cost, as long as the measured one of the nearest cost.
 * NAN when nothing was measured. */
double run_forecast(const run_pace *list, size_t n, size_t workers);

#endif
