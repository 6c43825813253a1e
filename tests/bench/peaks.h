/* Loops of one operation each, as fast as a core can run them, compiled once per instruction set.
 */
#ifndef BENCH_PEAKS_H
#define BENCH_PEAKS_H

#include <stddef.h>

/* Independent operations in flight: enough to hide a latency of 6 cycles at 2 a cycle. */
#define PEAKS_CHAINS 12

/* Numbers that `read` takes at a time; a multiple of every vector. */
#define PEAKS_READ_STEP 128

/* Each returns a number that depends on all its work, so that nothing is optimised away. */
typedef struct peaks_ops {
    const char *isa;
    size_t width;     /* floats in a vector */
    size_t registers; /* vector registers */

    float (*madds)(size_t rounds);   /* PEAKS_CHAINS vector multiply-adds each */
    float (*divides)(size_t rounds); /* PEAKS_CHAINS vector divisions each */

    /* Read n floats (a multiple of PEAKS_READ_STEP) this many times. */
    float (*read)(const float *from, size_t n, size_t passes);
} peaks_ops;

#endif
