/* What the sequences of each class look like: mean and spread per time step. */
#ifndef ENG_PROFILE_H
#define ENG_PROFILE_H

#include "engine/data/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eng_profile {
    float *mean; /* (n_classes, length) */
    float *sd;   /* (n_classes, length) with n - 1; NAN for a class of one sequence */
} eng_profile;

/* The set must be without gaps. errors NOMEM   owns eng_profile_deinit, also after an error */
SWP_CHECKED swp_status eng_profile_init(eng_profile *out, const eng_dataset *set, swp_err *err);
void eng_profile_deinit(eng_profile *profile);

#ifdef __cplusplus
}
#endif
#endif
