/* What this machine is, and the clock. */
#ifndef RUN_HOST_H
#define RUN_HOST_H

#include <stddef.h>

/* Seconds of a clock that only goes forward. */
double run_clock(void);

/* Cores that this process may use, at least 1. */
size_t run_cores(void);

/* The processor's name, or "unknown". */
void run_cpu_model(char *out, size_t size);

/* Bytes of memory that a process holds in core; 0 when that cannot be told. */
size_t run_resident_bytes(long pid);

#endif
