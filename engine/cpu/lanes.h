/* Small autoencoders side by side in the lanes of a vector: one model per lane when a cohort
 * trains, one sequence per lane when a model is evaluated or trains on batches; it then is the same
 * model in every lane. For arch single, E <= LANES_MOST_E.
 *
 * Blocks are (element, width): element i of the plain layout (eng_layout) of every lane, then
 * element i + 1. Each lane takes the roundings of the passes in pass.c in the same order, so that a
 * model's bits do not depend on the other models. */
#ifndef LANES_LANES_H
#define LANES_LANES_H

#include "engine/cpu/net.h"

#define LANES_MOST_E     8
#define LANES_MOST_WIDTH 16

/* Adam's numbers of every lane. */
typedef struct lanes_adam {
    net_adam lane[LANES_MOST_WIDTH];
} lanes_adam;

struct lane_ops {
    size_t width; /* lanes, at most LANES_MOST_WIDTH */

    /* eng_real that `work` below must hold for sequences of T samples. */
    size_t (*work_size)(const eng_layout *layout, size_t T);

    /* Losses of one sequence per lane. shapes weights (total, width) | x (T, width) */
    void (*evaluate)(const eng_layout *layout, const eng_real *weights, eng_loss loss, size_t T,
                     const eng_real *x, eng_real *work, double *losses);

    /* Add the gradient of the first `count` lanes' sequences to `gradient`; tell their losses.
     * shapes   weights (total, width) | x (T, width) | gradient (total) */
    void (*gradient)(const eng_layout *layout, const eng_real *weights, eng_loss loss, size_t T,
                     const eng_real *x, size_t count, eng_real *work, double *losses,
                     eng_real *gradient);

    /* Adam's step of a model that is in every lane.
     * shapes   gradient (total) | weights, m, v (total, width) */
    void (*descend)(const eng_layout *layout, const net_adam *adam, const eng_real *gradient,
                    eng_real *weights, eng_real *m, eng_real *v);

    /* One training step on one sequence that all lanes share; losses are those before the step.
     * shapes   weights, m, v (total, width) | x (T) */
    void (*train)(const eng_layout *layout, eng_loss loss, size_t T, const eng_real *x,
                  const lanes_adam *adam, eng_real *weights, eng_real *m, eng_real *v,
                  eng_real *work, double *losses);
};

#endif
