/* One pass over a net, as one of the threads that share it sees it. */
#ifndef NET_PASS_H
#define NET_PASS_H

#include "engine/cpu/net.h"
#include "engine/cpu/recur.h"

/* One pass over a net: what it works on, and which share of the work is this thread's. */
typedef struct pass {
    const net *n;
    net_work *work;
    size_t B; /* sequences side by side */
    const team_share *share;
    struct net_history layers[ENG_MAX_LAYERS]; /* of the workspace, as this thread sees it */
} pass;

/* Each thread of a team keeps what it alone needs of a history where a sequence of its number would
 * be. Side by side in one row, what two threads write would be fetched away from each other: a core
 * reads ahead. */
static inline pass pass_of(const net *n, net_work *work, size_t B, const team_share *share)
{
    pass p = {.n = n, .work = work, .B = B, .share = share};
    for (size_t l = 0; l < n->n_layers; l++) {
        size_t row = share->part * n->layers[l].padded;
        struct net_history *history = &p.layers[l];
        *history = work->layers[l];
        history->gates += n->length * 4 * row;
        history->c += (n->length + 1) * row;
        history->tanh_c += n->length * row;
        history->dh += n->length * row;
        history->dh_now += row;
        history->dc += row;
    }
    return p;
}

/* Units of a layer that are this thread's: whole blocks. */
static inline span own_units(const pass *p, size_t padded)
{
    size_t block = block_units(padded), blocks = padded / block;
    return (span){blocks * p->share->part / p->share->parts * block,
                  blocks * (p->share->part + 1) / p->share->parts * block};
}

static inline bool can_share(const net *n)
{
    for (size_t l = 0; l < n->n_layers; l++)
        if (n->layers[l].padded < NET_HALVES * block_units(n->layers[l].padded))
            return false;
    return true;
}

/* Rows of a layer's weights, or columns of its gates, that are this thread's: all, or a piece of
 * each gate. Returns how many. */
static inline size_t own_gates(const pass *p, size_t padded, span out[4])
{
    span own = own_units(p, padded);
    out[0] = (span){0, 4 * padded};
    if (p->share->parts == 1)
        return 1;
    for (size_t g = 0; g < 4; g++)
        out[g] = (span){g * padded + own.from, g * padded + own.to};
    return 4;
}

/* Rows of n that are this thread's. */
static inline span own_rows(const pass *p, size_t n)
{
    return (span){n * p->share->part / p->share->parts, n * (p->share->part + 1) / p->share->parts};
}

/* Hidden states of a layer, without the zero rows before the first step. */
static inline eng_real *hidden_states(const pass *p, size_t l)
{
    return p->layers[l].h + p->B * p->n->layers[l].padded;
}

/* The code (B, padded): hidden states with which the encoder ends. */
static inline eng_real *code_of(const pass *p)
{
    size_t l = p->n->n_encoder - 1;
    return hidden_states(p, l) + (p->n->length - 1) * p->B * p->n->layers[l].padded;
}

/* Sum of every stride-th number, in double; eight sums, so that additions do not wait. */
static inline double sum_of(size_t n, const eng_real *x, size_t stride)
{
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            sums[k] += (double)x[(i + k) * stride];
    for (; i < n; i++)
        sums[0] += (double)x[i * stride];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) +
           ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

#endif
