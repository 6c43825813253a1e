/* On how many threads the steps of a training are faster. Threads that meet after every time step
 * lose more than they gain where one of them has to share its core, with work that nobody here
 * knows of; so both ways are timed, again and again. */
#ifndef PACE_PACE_H
#define PACE_PACE_H

#include <stddef.h>

#include "engine/cpu/net.h"

typedef struct pace {
    double step_s[NET_HALVES + 1]; /* by the number of threads; 0 = not yet timed */
    double since;                  /* clock at which the present run of steps began */
    size_t steps;                  /* of it so far */
    size_t threads;                /* that it takes; 0 before the first */
    size_t runs;                   /* done with that number */
    size_t faster;                 /* number of threads */
    size_t patience;               /* runs until the slower way is timed again */
} pace;

/* Threads for the next step, of at most `most`; `now` is a clock in seconds that never goes back.
 */
size_t pace_next(pace *p, size_t most, double now);

#endif
