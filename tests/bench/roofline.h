/* A lower bound for the time of a training step: what it must compute and read, divided by what
 * this core can compute and read, as measured by small loops.
 *
 * Latency is left out. A step is a chain of 2 T cells forward and as many back, each waiting for
 * the one before; up to about E = 16 that wait, not throughput, decides the time of a step. */
#ifndef BENCH_ROOFLINE_H
#define BENCH_ROOFLINE_H

#include "engine/model.h"

/* Where data is read from: first-level cache, second-level cache, beyond. */
#define ROOF_LEVELS 3

typedef struct roofline {
    double madds;             /* multiply-adds (or other operations) a us; 2 FLOP each */
    double divides;           /* divisions a us */
    double read[ROOF_LEVELS]; /* bytes a us */
    double size[ROOF_LEVELS]; /* bytes that a level holds; of the last, the measured size */
    double registers;         /* bytes in all vector registers */
} roofline;

/* The work of a training step. Models side by side (batch 1) have weights of their own; the
 * sequences of a batch (one model) share them. */
typedef struct roof_step {
    eng_shape shape;
    size_t length; /* T */
    size_t batch, models;
    size_t cores; /* that the engine may keep busy; the bound is for one */
} roof_step;

/* Peaks of this core with the vectors of an instruction set that it has.
 * errors   NOMEM, INTERNAL (there are no loops for it) */
SWP_CHECKED swp_status roofline_measure(const char *isa, roofline *out, swp_err *err);

/* Least time of a step (of all models) in us, with the peaks of the engine's instruction set. */
double roofline_step_us(const roofline *own, const roof_step *step);

#endif
