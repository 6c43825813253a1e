#include "tests/bench/measure.h"

#include <stdlib.h>

#include "runner/process/host.h"

#define LEAST 3
#define MOST  200

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

swp_status bench_measure(bench_work *work, void *context, double budget_s, bench_times *out,
                         swp_err *err)
{
    double us[MOST];
    size_t n = 0;
    swp_status status = work(context, err);
    double begin = run_clock(), now = begin;
    while (status == SWP_OK && n < MOST && (n < LEAST || now - begin < budget_s)) {
        double before = run_clock();
        status = work(context, err);
        now = run_clock();
        us[n++] = (now - before) * 1e6;
    }
    if (status != SWP_OK)
        return status;
    qsort(us, n, sizeof *us, compare);
    *out = (bench_times){.median_us = us[n / 2], .min_us = us[0], .n = n};
    return SWP_OK;
}

bench_times bench_times_of_part(bench_times whole, size_t parts)
{
    whole.median_us /= (double)parts;
    whole.min_us /= (double)parts;
    return whole;
}
