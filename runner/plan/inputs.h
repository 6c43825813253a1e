/* The data sets and splits of a plan, on which trials are trained. They are loaded before workers
 * are forked, so that all processes share one copy and a job names a split by its index. */
#ifndef RUN_INPUTS_H
#define RUN_INPUTS_H

#include "engine/data/dataset.h"
#include "engine/data/split.h"

typedef struct run_data {
    const char *path; /* as configured; the first path with this content */
    eng_dataset *set;
    const char *also; /* another path that holds the same, or NULL */
} run_data;

/* A held-out sequence that is shown beside its reconstructions. */
typedef struct run_sample {
    bool is_anomaly; /* or a normal test sequence */
    size_t index;    /* in split.anomaly or split.test */
    uint32_t row;    /* its row in the data set */
} run_sample;

typedef struct run_split {
    size_t data; /* index of its data set */
    eng_split_spec spec;
    eng_split split;
    run_sample *samples; /* (n_samples) the first normal ones, then the first of each class */
    size_t n_samples;
} run_split;

/* All of them; borrowed. */
typedef struct run_inputs {
    const run_data *data;
    size_t n_data;
    const run_split *splits;
    size_t n_splits;
} run_inputs;

#endif
