/* One autoencoder as the GPU engine sees it, and the memory that a pass works in.
 *
 * Weights, moments and gradients lie in eng_layout's order without padding, one model after the
 * other. A pass advances M models on B sequences each. Rows of a model are time-major: row t B + b.
 * The working memory of a model is one piece, with the same alignment for all models: cuBLAS may
 * sum in another order where the alignment differs. */
#ifndef ENGCU_NET_CUH
#define ENGCU_NET_CUH

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"

/* The input of a layer. */
enum engcu_input {
    ENGCU_SAMPLES, /* the sequence itself, one number per step */
    ENGCU_CODE,    /* the encoder's last hidden state at every step */
    ENGCU_STATES   /* the hidden states of the layer below */
};

/* Where the gradient of its hidden states comes from. */
enum engcu_above {
    ENGCU_FROM_READOUT, /* the linear read-out */
    ENGCU_FROM_CODE,    /* the first decoder layer, at the last step only */
    ENGCU_FROM_STATES   /* the layer above, at every step */
};

struct engcu_layer {
    eng_layer at; /* sizes and offsets, see engine/model.h */
    engcu_input input;
    engcu_above above;
    bool resident;   /* the recurrence runs in one block that keeps W_hh; else step by step */
    uint32_t sum_at; /* sums over time of one sequence: where this layer's (4H) begin */
};

struct engcu_net {
    eng_layout layout;
    size_t length; /* T */
    size_t n_layers, n_encoder;
    engcu_layer layers[ENG_MAX_LAYERS];
    size_t stride; /* floats from one model to the next: layout.total, rounded up to 256 bytes */

    /* What one sequence adds to the gradients of vectors, summed over time: (n_sums). */
    uint32_t n_sums;
    uint32_t sum_samples;      /* (4H) of the first layer: gradient of its w_ih */
    uint32_t sum_readout;      /* (out_features): gradient of w_out */
    uint32_t sum_readout_bias; /* (1) */
};

/* `shared_most` is the most shared memory that one block may have, in bytes. */
engcu_net engcu_net_of(eng_shape shape, size_t length, size_t shared_most);

/* Memory of a pass: that of the first model, the others at `stride`. */
struct engcu_work {
    struct engcu_history {
        float *gates;         /* (T B, 4H): pre-activations, then i f g o, then their gradients */
        float *c, *h;         /* (T B, H) */
        float *dh;            /* (T B, H): gradient from above; of layers step by step, all of it */
        float *dc;            /* (B, H) */
        float *code;          /* (B, 4H): the code's share of the pre-activations */
    } layers[ENG_MAX_LAYERS]; /* what a layer does not need is NULL */
    float *y, *dy;            /* (T B) */
    float *sums;              /* (B, n_sums) */
    size_t stride;            /* floats */
};

/* Lay out the memory of models on B sequences, beginning at `block`; without `keep`, what only the
 * backward pass needs is left out. With a NULL block only count bytes. Returns the bytes of one
 * model. */
size_t engcu_work_of(const engcu_net *net, size_t batch, bool keep, unsigned char *block,
                     engcu_work *out);

/* The next piece of a block, aligned for any type; NULL while bytes are counted. */
void *engcu_take(unsigned char *block, size_t *used, size_t count, size_t size);

/* Bytes of shared memory of a resident recurrence over H units: of its backward pass, which takes
 * more. */
size_t engcu_resident_bytes(size_t hidden);

/* Widest layer whose recurrence may be resident: 4H threads, 64 weights of each in registers. */
#define ENGCU_RESIDENT_MOST 128u

#endif
