/* A store with a made-up experiment: losses that fall, errors that spread around them. The same
 * numbers on every machine. */
#ifndef TEST_MADE_UP_H
#define TEST_MADE_UP_H

#include "results/query/query.h"

enum { MADE_UP_THRESHOLDS = 12 };

typedef struct made_up {
    const char *name;
    const size_t *dims; /* (n_dims) */
    size_t n_dims;
    size_t n_seeds;           /* 42, 43, ...; 0 counts as 1 */
    const char *const *rates; /* (n_rates) learning rates, an axis when there are any */
    size_t n_rates;
    const char *const *batches; /* (n_batches) batch sizes, an axis when there are any */
    size_t n_batches;
    size_t epochs;                              /* planned */
    size_t recorded;                            /* of them; 0 = all */
    const char *thresholds[MADE_UP_THRESHOLDS]; /* planned, up to the first NULL */
    size_t fails; /* number of the trial that fails after half of its epochs; 0 = none */
    bool halved;  /* two of three trials are stopped after a third of the epochs */
    bool synthetic;
    bool no_anomalies;
    bool paused; /* a long pause after half of the epochs */
    bool old;    /* as recorded by a program without splits, samples, workers and class means */
} made_up;

/* A study like another, with this many of its first dimensions, learning rates and batch sizes. */
made_up made_up_like(const made_up *all, const char *name, size_t n_dims, size_t n_rates,
                     size_t n_batches, size_t epochs);

/* Make a new store at `path` and fill it; asserts that all went well. The caller closes it. */
res_store *made_up_store(const char *path, const made_up *what);

#endif
