/* PyTorch's times for the same steps, from torch_step.py in a process of its own. */
#ifndef BENCH_TORCH_H
#define BENCH_TORCH_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/model.h"

typedef struct torch_step {
    eng_shape shape;
    size_t batch;
    double us; /* median */
} torch_step;

typedef struct torch_times {
    char version[32];
    torch_step steps[32];
    size_t n;
} torch_times;

/* Measure with the first python3 that has torch, of the PATH's and /usr/bin's.
 * errors   UNAVAILABLE when none has; FORMAT when the script did not print what it should */
SWP_CHECKED swp_status torch_measure(bool quick, torch_times *out, swp_err *err);

/* Its time for a step of one model in us; 0 when it was not measured. */
double torch_step_us(const torch_times *times, eng_shape shape, size_t batch);

#endif
