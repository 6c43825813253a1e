/* On how many threads the steps of a training are faster. Threads that meet after every time step
 * lose more than they gain where one of them has to share its core, with work that nobody here
 * knows of; so both ways are timed, again and again. */
#ifndef PACE_PACE_H
#define PACE_PACE_H

#include <stddef.h>

#include "engine/cpu/team.h"

typedef struct pace {
    double step_s[TEAM_MOST + 1]; /* by the number of threads, when last timed; 0 = not yet */
    double since;                 /* clock at which the present run of steps began */
    size_t steps;                 /* of it so far */
    size_t threads;               /* that it takes; 0 before the first */
    size_t faster;                /* number of threads */
    size_t runs, patience;        /* since the other was timed, and how many until it is again */
} pace;

/* Threads for the next step, of at most `most`, which is heeded within a run of a few steps. */
size_t pace_next(pace *p, size_t most);

#endif
