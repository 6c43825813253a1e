/* The one interface that every engine implements.
 *
 * The unit of work is a cohort: K models of one shape that differ in weights and learning rate and
 * that an engine may advance side by side. A model's results do not depend on the others: they are
 * bit-equal to those of a cohort of one on the same engine and instruction set. */
#ifndef ENG_ENGINE_H
#define ENG_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/model.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_API_VERSION 2
#define ENG_MAX_COHORT  4096
#define ENG_MAX_BATCH   65536

typedef struct eng_engine eng_engine;
typedef struct eng_cohort eng_cohort;

/* All sequences that a cohort trains on or is evaluated on; borrowed, must outlive the cohort. */
typedef struct eng_series {
    const float *values; /* (n_rows, length) row-major, finite */
    size_t n_rows, length;
} eng_series;

/* Adam's settings (Kingma & Ba 2015, algorithm 1), PyTorch's defaults where zero. */
typedef struct eng_adam {
    double learning_rate; /* > 0 */
    double beta1;         /* 0 = 0.9 */
    double beta2;         /* 0 = 0.999 */
    double eps;           /* 0 = 1e-8 */
} eng_adam;

/* How many cores a cohort may keep busy now: asked again and again, since others come and go. */
typedef struct eng_cores {
    size_t (*count)(const void *context); /* NULL: one */
    const void *context;
} eng_cores;

typedef struct eng_cohort_spec {
    eng_shape shape;
    eng_loss loss;        /* summed over time and over the sequences of a batch */
    size_t batch_size;    /* sequences per Adam step, 1..ENG_MAX_BATCH */
    size_t n_models;      /* 1..ENG_MAX_COHORT */
    const eng_adam *adam; /* (n_models) */
    eng_series series;
    eng_cores cores; /* of a processor; borrowed like series. Results do not depend on it. */
} eng_cohort_spec;

/* All that a bit-exact resume needs of one model. Caller's memory. */
typedef struct eng_state {
    uint64_t step;     /* Adam steps done */
    eng_real *weights; /* (layout.total), order of eng_layout */
    eng_real *m, *v;   /* Adam's first and second moments, like weights */
} eng_state;

/* How an engine is opened; all zero (or NULL for the whole) is the default. */
typedef struct eng_options {
    const char *isa; /* the instruction set to use; NULL = the processor's best; ignored by a GPU */
    bool tf32;       /* matrix products may round their factors to TF32; ignored by a processor */
} eng_options;

typedef struct eng_info {
    char engine[16];    /* "cpu" */
    char device[128];   /* "AMD EPYC 9B45" */
    char isa[32];       /* what decides bits: "amx", "avx512" or less; "sm_90", "sm_90+tf32" */
    char blas[64];      /* what multiplies matrices: "own kernels", "cuBLAS of CUDA 13.0" */
    char capability[8]; /* of a GPU, "9.0"; empty for a processor, as all below is zero */
    char driver[32];    /* "CUDA 13.0": the newest that the driver serves */
    size_t memory;      /* bytes on the device */
    size_t free_memory; /* of them, free once it was opened */
} eng_info;

/* An engine: every slot is required; eng_api_validate checks that. All functions that take an err
 * leave the cohort usable after a failure unless they say DEVICE. */
typedef struct eng_api {
    unsigned version; /* ENG_API_VERSION */
    const char *name; /* what --device names */

    /* Open a device. Must be called after fork by the process that uses it. `options` may be NULL.
     * errors   UNAVAILABLE (no such device, driver or instruction set), with what to do as the
     * hint; NOMEM, DEVICE   owns   *out: close */
    swp_status (*open)(const eng_options *options, eng_engine **out, swp_err *err);
    void (*close)(eng_engine *engine); /* NULL allowed; cohorts must be destroyed before */
    void (*get_info)(const eng_engine *engine, eng_info *out);

    /* All devices that an engine of this kind could be opened on, the one at hand first (for others
     * free_memory is 0). shapes   out (most)   Returns how many there are, which may be more. */
    size_t (*list_devices)(const eng_engine *engine, eng_info *out, size_t most);

    /* Models of this shape that are advanced side by side for less than one by one: the cohort to
     * aim at; 1 if that does not help. Needs no open device and may be asked in any process.
     */
    size_t (*cohort_width)(eng_shape shape, size_t batch_size);

    /* Bytes that a cohort of this specification would take (working memory included); neither adam
     * nor series.values is looked at. Without an engine: at most, on any device. */
    size_t (*cohort_bytes)(const eng_engine *engine, const eng_cohort_spec *spec);

    /* A cohort with all-zero state; set_state before use.
     * errors   NOMEM, DEVICE   owns   *out: cohort_destroy; copies spec, borrows series.values */
    swp_status (*cohort_create)(eng_engine *engine, const eng_cohort_spec *spec, eng_cohort **out,
                                swp_err *err);
    void (*cohort_destroy)(eng_cohort *cohort); /* NULL allowed */

    swp_status (*set_state)(eng_cohort *cohort, size_t model, const eng_state *state, swp_err *err);
    swp_status (*get_state)(eng_cohort *cohort, size_t model, eng_state *state, swp_err *err);

    /* Forward, back-propagation through time over the full length, one Adam step per batch of
     * consecutive rows of `order` (the last batch may be smaller), for every model.
     * shapes   order (n) row numbers of the series | loss (K): mean over sequences of the loss that
     *          each had when it was its turn
     * errors   DEVICE. A loss that is not finite is reported as it is, not as an error. */
    swp_status (*train_epoch)(eng_cohort *cohort, const uint32_t *order, size_t n, double *loss,
                              swp_err *err);

    /* Reconstruction error of each row: sum over time of abs(y - x) for l1, of squares for mse.
     * shapes   rows (n) | errors (K, n) */
    swp_status (*evaluate)(eng_cohort *cohort, const uint32_t *rows, size_t n, float *errors,
                           swp_err *err);

    /* Gradient of the loss summed over `rows` at the present weights; nothing is updated.
     * shapes   rows (n), n <= batch_size | gradient (layout.total)   use   tests, conformance */
    swp_status (*gradient)(eng_cohort *cohort, size_t model, const uint32_t *rows, size_t n,
                           eng_real *gradient, swp_err *err);

    /* shapes   y (length): the reconstruction of one row */
    swp_status (*reconstruct)(eng_cohort *cohort, size_t model, uint32_t row, eng_real *y,
                              swp_err *err);
} eng_api;

/* errors   INTERNAL, naming the missing slot or the version */
SWP_CHECKED swp_status eng_api_validate(const eng_api *api, swp_err *err);

/* Name of this machine's processor, or "unknown". */
void eng_cpu_name(char *out, size_t size);

/* The engine that runs everywhere. */
const eng_api *eng_cpu_api(void);

#ifdef __cplusplus
}
#endif
#endif
