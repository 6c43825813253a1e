/* `builtin:ecg`: synthetic heartbeats for use without ECG5000. Never to be taken for real data.
 *
 * Each beat is a sum of Gaussian waves (P, Q, R, S, T) over phase with jittered amplitude, centre
 * and width, plus noise and baseline wander, z-normalised; five classes in ECG5000's proportions.
 * source   McSharry, Clifford, Tarassenko & Smith 2003, "A dynamical model for generating synthetic
 *          electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3) */
#ifndef ENG_SYNTH_H
#define ENG_SYNTH_H

#include "engine/data/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_SYNTH_LENGTH 140

/* errors   CONFIG (rows outside 50..ENG_MAX_ROWS), NOMEM   owns   *out: eng_dataset_destroy
 * repeat   same rows and seed, same bits on every machine */
SWP_CHECKED swp_status eng_synth_ecg(size_t rows, uint32_t seed, eng_dataset **out, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
