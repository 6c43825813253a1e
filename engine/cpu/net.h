/* One autoencoder as the CPU engine lays it out, and the passes over it.
 *
 * Units are padded to whole vectors, so that no kernel has a remainder: H <= 4 to 4, H <= 8 to 8,
 * else to a multiple of 16. Padding weights are zero and stay zero: their gradients are. The
 * passes are compiled once per instruction set; net_ops_find picks one set at run time. */
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/cpu/team.h"
#include "engine/engine.h"

#define NET_STRIP 16  /* columns of a layer's gates that a gradient takes at a time */
#define NET_CHUNK 128 /* rows that the weight gradient of a batch sums up at a time */
#define NET_HALVES                                                                                 \
    2 /* threads that share a step on one sequence, by halves of each layer's units */

#define NET_PAIR 2 /* models whose recurrences are interleaved */

/* One LSTM layer in padded form; offsets count eng_real. */
typedef struct net_layer {
    size_t in, in_padded; /* in_padded = 1 for the scalar input of the first layer */
    size_t hidden, padded;
    size_t w_ih;  /* (4 padded, in_padded) row-major, gate blocks i, f, g, o */
    size_t w_hh;  /* (4 padded, padded) */
    size_t b_ih;  /* (4 padded) */
    size_t b_hh;  /* (4 padded) */
    size_t w_fwd; /* in the forward copy: w_hh reordered for the forward recurrence */
    size_t w_in;  /* likewise w_ih, where net_has_inner_input */
} net_layer;

typedef struct net {
    eng_layout layout;
    size_t n_layers, n_encoder;
    net_layer layers[ENG_MAX_LAYERS];
    size_t out_padded;
    size_t w_out, b_out; /* (out_padded), (1) */
    size_t total;        /* of a padded block: weights, gradient or a moment */
    size_t total_fwd;    /* of the forward copy for one sequence at a time */
    size_t length;       /* T, samples of a sequence */
} net;

net net_of(eng_shape shape, size_t length);

/* Whether a layer sees the hidden states of another at every step, not a scalar or a constant. */
bool net_has_inner_input(const net *n, size_t l);

/* Canonical block (eng_layout) to padded block and back. */
void net_pack(const net *n, const eng_real *plain, eng_real *padded);
void net_unpack(const net *n, const eng_real *padded, eng_real *plain);

/* Working memory for B sequences at once: what the forward pass leaves for the backward pass.
 * Rows are time-major: row t * B + b. Two threads that share one sequence need room for two. */
typedef struct net_work {
    size_t capacity; /* largest B */
    struct net_history {
        eng_real *gates;  /* (T B, 4 padded): pre-activations, then i f g o, then their gradients */
        eng_real *c, *h;  /* ((T + 1) B, padded), the first B rows zero */
        eng_real *tanh_c; /* (T B, padded) */
        eng_real *dh;     /* (T B, padded): gradient that arrives from above; of one sequence in
                             the layer that ends with the code only the last row is there, and
                             nothing in the last layer */
        eng_real *dh_now; /* (B, padded): gradient of one time step's hidden states, a row for each
                             thread */
        eng_real *base;   /* (B, 4 padded): constant part of the pre-activations, or its gradient */
        eng_real *dc;     /* (B, padded) */
        eng_real *beside; /* (NET_PAIR, 4 padded): sums of a recurrence's other half */
    } layers[ENG_MAX_LAYERS];
    eng_real *x, *y, *dy; /* (T B) */
    eng_real *terms;      /* (T B): share of each sample in the loss */
    eng_real *zeros;      /* (4 padded) of the widest layer; NULL for forward passes alone */
    eng_real *strip;      /* (NET_HALVES, T, NET_STRIP): columns of gates, see strip_of */
    eng_real *pack;       /* (NET_CHUNK, NET_STRIP), then (NET_CHUNK, units of the widest layer and
                             of its input): what a batch's weight gradient multiplies */
    eng_real *block;      /* owns all of the above */
} net_work;

/* Bytes of a workspace for `capacity` sequences. */
size_t net_work_bytes(const net *n, size_t capacity);

/* errors NOMEM   owns out: net_work_deinit */
SWP_CHECKED swp_status net_work_init(net_work *out, const net *n, size_t capacity, swp_err *err);
void net_work_deinit(net_work *work);

/* The same memory laid out for forward passes without `keep`, which take more sequences: as many as
 * fit, at most `most`, side by side. The history that it held is lost. */
net_work net_work_forward(const net_work *work, const net *n, size_t most);

/* What model i of several takes of a workspace for one sequence, which all of them see: the place
 * of a sequence of that number. */
net_work net_work_of_model(const net_work *work, const net *n, size_t i);

/* Adam's numbers of one step, bias corrections included. 1 - beta is rounded from double: taken in
 * float it is off by 5e-5 for beta2, which PyTorch is not. */
typedef struct net_adam {
    eng_real beta1, beta2;
    eng_real one_minus_beta1, one_minus_beta2;
    eng_real step_size;       /* learning rate / (1 - beta1^t) */
    eng_real correction_sqrt; /* sqrt(1 - beta2^t) */
    eng_real eps;
} net_adam;

/* The numbers of step t >= 1, for settings without zeros. */
net_adam net_adam_of(const eng_adam *settings, uint64_t t);

/* Where a backward pass goes. */
typedef struct net_descent {
    eng_real *gradient;   /* (total) out, or scratch when Adam's step is taken */
    eng_real *weights;    /* (total) */
    const net_adam *adam; /* (Kingma & Ba 2015, algorithm 1); NULL leaves weights as they are */
    eng_real *m, *v;      /* (total) Adam's moments */
} net_descent;

/* One of two models that take a step on one sequence together. */
typedef struct net_model {
    eng_real *fwd;
    net_work work; /* net_work_of_model */
    net_descent to;
} net_model;

typedef struct lane_ops lane_ops; /* lanes.h */

/* The passes, compiled for one instruction set. Those that take a share are called by every thread
 * of a team; they end without a meeting. Only the work on one sequence is shared. */
typedef struct net_ops {
    const char *isa;
    const lane_ops *lanes; /* the same for small models side by side */

    /* Whether the work on a model of this shape can be shared. */
    bool (*can_share)(const net *n);

    /* Numbers of a forward copy, at least n->total_fwd. */
    size_t (*copy_size)(const net *n);

    /* Refresh the forward copy from the padded weights, for `forward` with the same flags. */
    void (*refresh)(const net *n, const eng_real *weights, eng_real *fwd, bool side_by_side,
                    bool keep, const team_share *share);

    /* Reconstructions work->y of work->x for B sequences, more than one only side by side; with
     * `keep` the history is left for the backward pass. */
    void (*forward)(const net *n, const eng_real *weights, const eng_real *fwd, net_work *work,
                    size_t B, bool side_by_side, bool keep, const team_share *share);

    /* Loss of each sequence, and its gradient with regard to y in work->dy. Not shared. */
    void (*loss)(const net *n, eng_loss loss, net_work *work, size_t B, double *losses);

    /* Gradient of the summed loss, back through the full length of time, and, for one sequence,
     * Adam's step when `to` asks for it. Destroys the history. */
    void (*backward)(const net *n, net_work *work, size_t B, const net_descent *to,
                     const team_share *share);

    /* Whether two models of this shape take a step on one sequence together for less than one by
     * one. */
    bool (*fits_pairs)(const net *n);

    /* `forward` with `keep`, and `backward`, of one sequence for each of two such models, which may
     * have one scratch gradient. Their recurrences are interleaved, which hides latency; bits are
     * those of one by one. Not shared. */
    void (*forward_pair)(const net *n, net_model pair[NET_PAIR]);
    void (*backward_pair)(const net *n, net_model pair[NET_PAIR]);

    /* Adam's step with a finished gradient. Not shared. */
    void (*descend)(const net *n, const net_descent *to);

    /* Flush denormals to zero while on: moments of unused weights decay into them and cost hundreds
     * of cycles each. Returns the former mode, for the call that restores it. */
    unsigned (*flush_denormals)(bool on, unsigned former);
} net_ops;

/* The named instruction set, or the best that this processor has for NULL.
 * errors   UNAVAILABLE, naming those that there are */
SWP_CHECKED swp_status net_ops_find(const char *isa, const net_ops **out, swp_err *err);

#endif
