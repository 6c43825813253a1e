/* What is kept of a model after its best epoch so far: its weights as a .safetensors file, and what
 * it makes of the samples of its split. */
#ifndef RUN_SNAPSHOT_H
#define RUN_SNAPSHOT_H

#include "engine/engine.h"
#include "runner/config/cfg.h"
#include "runner/plan/inputs.h"

typedef struct run_snapshot {
    void *weights; /* (weights_bytes) the file; its metadata says what the model is and is for */
    size_t weights_bytes;
    float *reconstructions; /* (n_samples, length) */
    size_t n_reconstructions;
} run_snapshot;

/* A model as its engine has it, and what the file says of it; nothing of that depends on when or
 * where it was trained. */
typedef struct run_model {
    const eng_api *api;
    eng_cohort *cohort;
    size_t index;            /* in the cohort */
    const eng_real *weights; /* the same as it would be read from the cohort */
    const cfg_settings *settings;
    const eng_dataset *set;
    const run_split *split;
    size_t step;
    double train_loss, val_loss;
} run_model;

/* errors   NOMEM, DEVICE   owns   run_snapshot_deinit, also after an error */
SWP_CHECKED swp_status run_snapshot_init(run_snapshot *out, const run_model *model, swp_err *err);
void run_snapshot_deinit(run_snapshot *snapshot);

#endif
