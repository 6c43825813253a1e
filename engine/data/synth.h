/* `builtin:ecg`: synthetic heartbeats for use without ECG5000. Never to be taken for real data.
 *
 * A beat is a sum of Gaussian waves as in McSharry et al., cut as ECG5000 cuts its beats: it begins
 * on the slope from R to S and ends with the rise to the next R. Its waves differ from beat to beat
 * in amplitude, centre and width, its rate stretches it, its baseline wanders, white noise lies on
 * it, and some beats are rougher than others; then it is z-normalised. Classes "1" to "5" mean
 * normal, R-on-T PVC, PVC, SP or EB, and unclassified, in ECG5000's proportions (2919 : 1767 : 96 :
 * 194 : 24), in shuffled order. The shapes are drawn after ECG5000's class means by eye.
 *
 * source   McSharry, Clifford, Tarassenko & Smith 2003, "A dynamical model for generating synthetic
 *          electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3) */
#ifndef ENG_SYNTH_H
#define ENG_SYNTH_H

#include "engine/data/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_SYNTH_LENGTH   140
#define ENG_SYNTH_MIN_ROWS 50

/* Make `rows` beats. Each abnormal class has at least one; the normal class takes the rounding.
 * errors   CONFIG (rows outside ENG_SYNTH_MIN_ROWS..ENG_MAX_ROWS), NOMEM
 * owns     *out: eng_dataset_destroy
 * repeat   same rows and seed, same bits on every machine: only + - * / and sqrt are used */
SWP_CHECKED swp_status eng_synth_ecg(size_t rows, uint32_t seed, eng_dataset **out, swp_err *err);

#ifdef __cplusplus
}
#endif
#endif
