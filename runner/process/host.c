/* For sched_getaffinity, which POSIX does not have. */
#define _GNU_SOURCE

#include "runner/process/host.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double run_clock(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double run_now(void)
{
    return seconds_of(CLOCK_REALTIME);
}

size_t run_cores(void)
{
    long n = 0;
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
#endif
    if (n < 1)
        n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (size_t)n;
}

/* The fourth field of /proc/loadavg is "runnable/all". */
size_t run_runnable(void)
{
    size_t n = 0;
    FILE *file = fopen("/proc/loadavg", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*s %*s %*s %zu/", &n) != 1)
        n = 0;
    fclose(file);
    return n;
}

const char *run_isa(void)
{
    const char *isa = getenv("SWEEP_ISA");
    return isa && *isa ? isa : NULL;
}

size_t run_resident_bytes(long pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    unsigned long total, resident;
    int n = fscanf(file, "%lu %lu", &total, &resident);
    fclose(file);
    return n == 2 ? (size_t)resident * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

bool run_program_path(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    if (n <= 0 || (size_t)n >= size - 1)
        return false;
    out[n] = '\0';
    return true;
}

bool run_program_folder(char *out, size_t size)
{
    char *slash = run_program_path(out, size) ? strrchr(out, '/') : NULL;
    if (slash)
        *slash = '\0';
    return slash != NULL;
}
