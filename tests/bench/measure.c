#include "tests/bench/measure.h"

#include <stdlib.h>
#include <time.h>

#include "runner/process/host.h"

#define LEAST 3
#define MOST  200

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median_of(double *x, size_t n)
{
    qsort(x, n, sizeof *x, compare);
    return x[n / 2];
}

static double cpu_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

swp_status bench_measure(bench_work *work, void *context, double budget_s, bench_times *out,
                         swp_err *err)
{
    double us[MOST], cpu_us[MOST];
    size_t n = 0;
    swp_status status = work(context, err);
    double begin = run_clock(), now = begin;
    while (status == SWP_OK && n < MOST && (n < LEAST || now - begin < budget_s)) {
        double before = run_clock(), cpu_before = cpu_clock();
        status = work(context, err);
        now = run_clock();
        cpu_us[n] = (cpu_clock() - cpu_before) * 1e6;
        us[n++] = (now - before) * 1e6;
    }
    if (status != SWP_OK)
        return status;
    *out = (bench_times){.median_us = median_of(us, n), .cpu_us = median_of(cpu_us, n), .n = n};
    out->min_us = us[0]; /* sorted by now */
    return SWP_OK;
}

bench_times bench_times_of_part(bench_times whole, size_t parts)
{
    whole.median_us /= (double)parts;
    whole.min_us /= (double)parts;
    whole.cpu_us /= (double)parts;
    return whole;
}
