/* Controls of the stand-in for the CUDA runtime and cuBLAS, for tests.
 *
 * A mistake that would be undefined behaviour on a GPU (an access outside an allocation, host code
 * that touches device memory, threads that wait at different barriers, a result that overlaps its
 * inputs) ends the process at once with STANDIN_EXIT and a line on stderr that names kernel, block,
 * thread and allocation. A mistake that the CUDA runtime itself reports gives its status code. */
#ifndef CUDA_STANDIN_H
#define CUDA_STANDIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STANDIN_EXIT 99

typedef struct standin_device {
    const char *name;
    int count;        /* devices; 0 = none */
    int driver;       /* version, as 13000; 0 = no driver is installed */
    int major, minor; /* compute capability */
    size_t memory;    /* bytes of global memory */
    size_t shared;    /* most dynamic shared memory of a block, by opting in */
    int processors;
} standin_device;

/* An H100, a T4 with its small shared memory. */
extern const standin_device standin_h100, standin_t4;

/* The machine to emulate from now on; an H100 with 1 GiB if never called. The environment may
 * choose as well, at the first call of the runtime:
 * CUDA_STANDIN_DEVICE=none|nodriver|olddriver|h100|t4|two (an H100 and a T4),
 * CUDA_STANDIN_MEMORY=bytes, CUDA_STANDIN_SEED=n, CUDA_STANDIN_FAIL=call:n. */
void standin_set_device(const standin_device *device);

/* The order in which threads, blocks and streams advance. 0: first to last; 1: last to first; other
 * seeds shuffle. */
void standin_seed(uint32_t seed);

/* Let the n-th call from now of this function fail ("cudaMalloc"; NULL = the n-th of all). 0 turns
 * it off. */
void standin_fail_at(const char *call, unsigned long n);

/* After an injected failure, fail every later call too, like a lost device. */
void standin_fail_for_good(int on);

/* Name of the call that was made to fail, or NULL if there was none. */
const char *standin_failed_call(void);

/* Calls of this function so far (NULL = all), launches of kernels as "kernel". */
unsigned long standin_calls(const char *call);

/* Number of device memory blocks, pinned blocks, streams, events, graphs and handles not freed yet.
 * Lists them on stderr if `tell`. */
size_t standin_leaks(int tell);

/* Let a forked child use what its parent began, which CUDA forbids: for tests of faults. */
void standin_adopt_process(void);

/* Bytes of device memory in use, and the most there were since the last call. */
size_t standin_bytes(void);
size_t standin_peak_bytes(void);

#ifdef __cplusplus
}
#endif
#endif
