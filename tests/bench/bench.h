/* Shared by the parts of the benchmark: the options, and the parts' functions. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>

#include "tests/bench/table.h"

typedef struct bench_options {
    bool quick;       /* fewer shapes and shorter repetitions */
    bool peers;       /* only the comparison with PyTorch and JAX */
    bool serve;       /* the engine's part of that: cases on stdin, times on stdout */
    const char *isa;  /* this instruction set only, or NULL */
    const char *only; /* rows whose name contains this, or NULL */
    const char *out;  /* JSON file, or NULL */
} bench_options;

/* Whether the options ask for a row of this name. */
bool bench_wants(const bench_options *options, const char *name);

/* Seconds that one row's repetitions may take. */
double bench_budget(const bench_options *options);

/* Training steps and evaluation, on each instruction set that the engine opens. */
SWP_CHECKED swp_status bench_engine(const bench_options *options, bench_table *table, swp_err *err);

/* Read cases from stdin, a line each, "train|eval single|stacked E batch models cores ISA seconds",
 * and print {"wall_us", "cpu_us"}, medians, of one model's step, or of one evaluated sequence. */
SWP_CHECKED swp_status bench_serve(const bench_options *options, swp_err *err);

/* Run peers.py, which measures PyTorch and JAX from PyPI in turns with `bench_serve`.
 * errors   UNAVAILABLE when the script failed */
SWP_CHECKED swp_status bench_peers(const bench_options *options, swp_err *err);

/* Loading ECG5000 and planning a grid of 100,000 evaluations. */
SWP_CHECKED swp_status bench_data(const bench_options *options, bench_table *table, swp_err *err);

/* Enrolling evaluations, recording epochs and exporting in a store. */
SWP_CHECKED swp_status bench_store(const bench_options *options, bench_table *table, swp_err *err);

/* Proposals of a search. */
SWP_CHECKED swp_status bench_search(const bench_options *options, bench_table *table, swp_err *err);

#endif
