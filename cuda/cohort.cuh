/* Cohorts on the device: their memory, state in and out, training and evaluation. The functions are
 * those of eng_api (engine/engine.h). */
#ifndef ENGCU_COHORT_CUH
#define ENGCU_COHORT_CUH

#include "cuda/queue.cuh"
#include "engine/engine.h"

struct eng_engine {
    engcu_queue queue;
    size_t shared_most; /* bytes of shared memory that a block may have */
    eng_info info;
};

size_t engcu_cohort_bytes(const eng_engine *engine, const eng_cohort_spec *spec);
swp_status engcu_cohort_create(eng_engine *engine, const eng_cohort_spec *spec, eng_cohort **out,
                               swp_err *err);
void engcu_cohort_destroy(eng_cohort *cohort);
swp_status engcu_set_state(eng_cohort *cohort, size_t model, const eng_state *state, swp_err *err);
swp_status engcu_get_state(eng_cohort *cohort, size_t model, eng_state *state, swp_err *err);
swp_status engcu_train_epoch(eng_cohort *cohort, const uint32_t *order, size_t n, double *loss,
                             swp_err *err);
swp_status engcu_evaluate(eng_cohort *cohort, const uint32_t *rows, size_t n, float *errors,
                          swp_err *err);
swp_status engcu_gradient(eng_cohort *cohort, size_t model, const uint32_t *rows, size_t n,
                          eng_real *gradient, swp_err *err);
swp_status engcu_reconstruct(eng_cohort *cohort, size_t model, uint32_t row, eng_real *y,
                             swp_err *err);

#endif
