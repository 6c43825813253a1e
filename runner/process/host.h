/* This machine, and clocks. */
#ifndef RUN_HOST_H
#define RUN_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Seconds of a clock that only goes forward. */
double run_clock(void);

/* The current time: seconds since 1970 UTC. */
double run_now(void);

/* Cores that this process may use, at least 1. */
size_t run_cores(void);

/* Threads of all programs that run or wait for a core now; 0 if not known. */
size_t run_runnable(void);

/* The instruction set that the user forces by $SWEEP_ISA, or NULL for the best. */
const char *run_isa(void);

/* Resident memory of a process in bytes; 0 if not known. */
size_t run_resident_bytes(long pid);

/* The path of this program. False if not known (there is no /proc) or if it does not fit. */
bool run_program_path(char *out, size_t size);

/* The folder of this program, without a slash at its end. False as above. */
bool run_program_folder(char *out, size_t size);

#endif
