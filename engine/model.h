/* Shapes of the LSTM autoencoders: layers, parameters in PyTorch's names and order, weight
 * initialisation.
 *
 * single   encoder LSTM 1 -> E; its last hidden state, repeated T times, feeds decoder LSTM E -> E;
 *          linear read-out E -> 1
 * stacked  encoder LSTM 1 -> 2E -> E; decoder LSTM E -> E -> 2E; linear read-out 2E -> 1 */
#ifndef ENG_MODEL_H
#define ENG_MODEL_H

#include <stddef.h>

#include "engine/base/err.h"
#include "engine/data/rng.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ENG_MAX_EMBEDDING_DIM 512
#define ENG_MAX_LAYERS        4
#define ENG_MAX_PARAMS        (4 * ENG_MAX_LAYERS + 2)

/* Numbers inside an engine: float, but double in the test build that checks gradients. */
#ifdef ENG_DOUBLE
typedef double eng_real;
#else
typedef float eng_real;
#endif

typedef enum eng_arch { ENG_SINGLE, ENG_STACKED } eng_arch;
typedef enum eng_loss { ENG_L1, ENG_MSE } eng_loss;

typedef struct eng_shape {
    eng_arch arch;
    size_t embedding_dim; /* 1..ENG_MAX_EMBEDDING_DIM */
} eng_shape;

/* One LSTM layer; gate rows i, f, g, o. Offsets count eng_real from the start of the weights. */
typedef struct eng_layer {
    size_t in, hidden;
    size_t w_ih; /* (4H, in) row-major */
    size_t w_hh; /* (4H, H) */
    size_t b_ih; /* (4H) */
    size_t b_hh; /* (4H) */
} eng_layer;

/* One tensor of the model, as PyTorch's state_dict names it. */
typedef struct eng_param {
    char name[40];     /* "encoder.rnn1.weight_ih_l0" */
    size_t rows, cols; /* cols = 1 for vectors */
    size_t rank;       /* 1 for vectors, else 2 */
    size_t offset;
    float bound; /* drawn from uniform(-bound, bound) */
} eng_param;

/* Where everything lies in one flat block of weights (or gradients, or moments). */
typedef struct eng_layout {
    eng_shape shape;
    size_t n_layers;  /* encoder layers first, then decoder layers */
    size_t n_encoder; /* layers of the encoder */
    eng_layer layers[ENG_MAX_LAYERS];
    size_t out_features; /* width of the last hidden state, input of the read-out */
    size_t w_out;        /* (1, out_features) */
    size_t b_out;        /* (1) */
    size_t n_params;
    eng_param params[ENG_MAX_PARAMS]; /* in the order in which PyTorch draws and lists them */
    size_t total;                     /* eng_real in the whole block */
} eng_layout;

/* Layout of a shape; cannot fail for shapes within the limits. */
eng_layout eng_layout_of(eng_shape shape);

/* Draw all weights as torch's nn.LSTM and nn.Linear do after torch.manual_seed, in layout order.
 * shapes   weights (layout->total), or NULL to draw and drop (as a notebook that reruns a cell) */
void eng_init_weights(const eng_layout *layout, eng_rng *rng, eng_real *weights);

/* "single", "stacked"; "l1", "mse". */
const char *eng_arch_name(eng_arch arch);
const char *eng_loss_name(eng_loss loss);

#ifdef __cplusplus
}
#endif
#endif
