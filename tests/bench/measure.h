/* Repetitions of a piece of work, timed. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

#include "engine/base/err.h"

/* Times of one row. The minimum is what the machine can do, the median what it did. If they are far
 * apart, something else was running. */
typedef struct bench_times {
    double median_us, min_us;
    double cpu_us; /* median of the processor time of all threads */
    size_t n;      /* repetitions */
} bench_times;

typedef swp_status bench_work(void *context, swp_err *err);

/* Do the work once untimed, then repeatedly until `budget_s` has passed, at least 3 times.
 * errors   the work's, which ends the measurement */
SWP_CHECKED swp_status bench_measure(bench_work *work, void *context, double budget_s,
                                     bench_times *out, swp_err *err);

/* The same times for one of `parts` equal parts of the work. */
bench_times bench_times_of_part(bench_times whole, size_t parts);

#endif
