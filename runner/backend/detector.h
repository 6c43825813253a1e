/* A trained model from a file, to judge sequences by. */
#ifndef RUN_DETECTOR_H
#define RUN_DETECTOR_H

#include "engine/data/dataset.h"
#include "engine/safetensors.h"

/* Before the name of an evaluation's threshold, in the metadata of an exported model:
 * "threshold.p95". */
#define RUN_THRESHOLD_NOTE "threshold."

/* The note that holds the model's validation errors, with spaces between them. */
#define RUN_VAL_ERRORS_NOTE "val_errors"

/* The note that names the class whose sequences are normal. */
#define RUN_NORMAL_CLASS_NOTE "data.normal_class"

typedef struct run_detector {
    eng_saved model;
    char title[64];   /* "single l1, embedding_dim 8" */
    eng_loss loss;    /* whose errors the model's thresholds judge */
    size_t length;    /* of the sequences that it was trained on */
    double threshold; /* an error above is an anomaly */
} run_detector;

/* Read a model that `sweep export --what weights` wrote. `threshold` is a number, the name of a
 * threshold that an evaluation of the model had ("best_f1"), or a rule that validation errors
 * suffice for
 * ("p97.5", "c95"), if the file has them; NULL: the only one that there was.
 * errors   IO (cannot be read, or is not such a model), USAGE (the threshold), NOMEM
 * owns     run_detector_deinit, also after an error */
SWP_CHECKED swp_status run_detector_init(run_detector *out, const char *path, const char *threshold,
                                         swp_err *err);
void run_detector_deinit(run_detector *detector);

/* Reconstruction errors of all rows, on the CPU.
 * shapes   errors (set->n_rows)
 * errors   FORMAT (rows of another length, or with gaps), NUMERIC (an error is not finite), as
 *          eng_api's open and evaluate */
SWP_CHECKED swp_status run_detector_judge(const run_detector *detector, const eng_dataset *set,
                                          float *errors, swp_err *err);

#endif
