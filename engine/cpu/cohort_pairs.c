/* Models of a cohort that train on one sequence at a time and are too wide, or too few, for lanes:
 * two of them take their steps together. Each idle core takes models of its own for an epoch. */
#include "engine/cpu/cohort.h"

static const team_share alone = {.parts = 1};

/* Some models of a cohort, and an epoch for them. */
typedef struct epoch {
    eng_cohort *cohort;
    cohort_model *models; /* (n_models), at most two for each thread */
    size_t n_models;
    const uint32_t *order; /* (n) */
    size_t n;
    double *mean_loss; /* (n_models) */
} epoch;

size_t cohort_pair_size(const net_ops *ops, const net *n, size_t batch_size, size_t n_models)
{
    return n_models > 1 && batch_size == 1 && ops->fits_pairs(n)
               ? n->total + NET_PAIR * n->total_fwd
               : 0;
}

/* One step of one model, or of two. Adds the losses before it. */
static void step(const eng_cohort *cohort, size_t count, net_model *models, double *losses)
{
    const net_ops *ops = cohort->ops;
    const net *n = &cohort->net;
    if (count == NET_PAIR)
        ops->forward_pair(n, models);
    else
        ops->forward(n, models->to.weights, models->fwd, &models->work, 1, false, true, &alone);
    for (size_t k = 0; k < count; k++) {
        double loss;
        ops->loss(n, cohort->loss, &models[k].work, 1, &loss);
        losses[k] += loss;
    }
    if (count == NET_PAIR)
        ops->backward_pair(n, models);
    else
        ops->backward(n, &models->work, 1, &models->to, &alone);
    for (size_t k = 0; k < count; k++)
        ops->refresh(n, models[k].to.weights, models[k].fwd, false, true, &alone);
}

/* An epoch of the models of one thread. */
static void train_part(void *context, const team_share *share)
{
    const epoch *e = context;
    eng_cohort *cohort = e->cohort;
    const net *n = &cohort->net;
    cohort_slot *slot = &cohort->slots[share->part];
    const size_t first = e->n_models * share->part / share->parts;
    const size_t count = e->n_models * (share->part + 1) / share->parts - first;
    cohort_model *models = e->models + first;
    double *losses = e->mean_loss + first;
    net_model pair[NET_PAIR];
    net_adam adam[NET_PAIR];
    const unsigned former = cohort->ops->flush_denormals(true, 0);
    for (size_t k = 0; k < count; k++) {
        pair[k] = (net_model){
            .fwd = slot->pair + n->total + k * n->total_fwd,
            .work = net_work_of_model(&slot->work, n, k),
            .to = {slot->pair, models[k].weights, &adam[k], models[k].m, models[k].v},
        };
        cohort->ops->refresh(n, models[k].weights, pair[k].fwd, false, true, &alone);
        losses[k] = 0;
    }
    for (size_t at = 0; at < e->n; at++) {
        cohort_load_rows(cohort, e->order + at, 1, &slot->work);
        for (size_t k = 0; k < count; k++)
            adam[k] = cohort_next_step(&models[k]);
        step(cohort, count, pair, losses);
    }
    for (size_t k = 0; k < count; k++)
        losses[k] /= (double)e->n;
    (void)cohort->ops->flush_denormals(false, former);
}

size_t cohort_train_pairs(eng_cohort *cohort, cohort_model *models, size_t left,
                          const uint32_t *order, size_t n, double *mean_loss)
{
    if (left == 1 || cohort->batch_size > 1 || !cohort->ops->fits_pairs(&cohort->net))
        return 0;
    const size_t threads = cohort_free_threads(cohort, left);
    const size_t count = left < NET_PAIR * threads ? left : NET_PAIR * threads;
    epoch e = {cohort, models, count, order, n, mean_loss};
    team_run(cohort->team, threads, train_part, &e);
    return count;
}
