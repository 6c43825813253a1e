/* What this machine is, and the clocks. */
#ifndef RUN_HOST_H
#define RUN_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Seconds of a clock that only goes forward. */
double run_clock(void);

/* The instant it is now: seconds since 1970 UTC. */
double run_now(void);

/* Cores that this process may use, at least 1. */
size_t run_cores(void);

/* Threads of all programs that run or wait for a core at this moment; 0 when that cannot be told.
 */
size_t run_runnable(void);

/* The instruction set that the user forces by $SWEEP_ISA, or NULL for the best. */
const char *run_isa(void);

/* Bytes of memory that a process holds in core; 0 when that cannot be told. */
size_t run_resident_bytes(long pid);

/* The path of this program. False when that cannot be told (there is no /proc) or does not fit. */
bool run_program_path(char *out, size_t size);

/* The folder of this program, without a slash at its end. False as above. */
bool run_program_folder(char *out, size_t size);

#endif
