/* The work of a cohort that is done in lanes. */
#include "engine/cpu/cohort.h"

#include <string.h>

#include "engine/base/mem.h"

bool cohort_fits_lanes(eng_shape shape)
{
    return shape.arch == ENG_SINGLE && shape.embedding_dim <= LANES_MOST_E;
}

size_t cohort_fewest_in_lanes(eng_shape shape)
{
    return shape.embedding_dim > 2 ? shape.embedding_dim : 2;
}

size_t cohort_lanes_size(const net_ops *ops, const net *n)
{
    if (!cohort_fits_lanes(n->layout.shape))
        return 0;
    const lane_ops *lanes = ops->lanes;
    return (3 * n->layout.total + n->length) * lanes->width +
           lanes->work_size(&n->layout, n->length) + n->layout.total;
}

swp_status cohort_allocate_lanes(eng_cohort *cohort, swp_err *err)
{
    size_t size = cohort_lanes_size(cohort->ops, &cohort->net);
    if (size == 0)
        return SWP_OK;
    eng_real *at = swp_alloc(size, sizeof *at);
    if (!at)
        return swp_fail(err, SWP_NOMEM, "no memory for a workspace of %zu numbers", size);
    size_t width = cohort->ops->lanes->width, total = cohort->net.layout.total * width;
    cohort->lanes.weights = at;
    cohort->lanes.m = at + total;
    cohort->lanes.v = at + 2 * total;
    cohort->lanes.x = at + 3 * total;
    cohort->lanes.work = cohort->lanes.x + cohort->net.length * width;
    cohort->lanes.plain =
        cohort->lanes.work + cohort->ops->lanes->work_size(&cohort->net.layout, cohort->net.length);
    return SWP_OK;
}

/* One padded block of a model into its lane, and back. */
static void into_lane(eng_cohort *cohort, const eng_real *padded, eng_real *lanes, size_t lane)
{
    size_t width = cohort->ops->lanes->width;
    net_unpack(&cohort->net, padded, cohort->lanes.plain);
    for (size_t i = 0; i < cohort->net.layout.total; i++)
        lanes[i * width + lane] = cohort->lanes.plain[i];
}

static void out_of_lane(eng_cohort *cohort, const eng_real *lanes, size_t lane, eng_real *padded)
{
    size_t width = cohort->ops->lanes->width;
    for (size_t i = 0; i < cohort->net.layout.total; i++)
        cohort->lanes.plain[i] = lanes[i * width + lane];
    net_pack(&cohort->net, cohort->lanes.plain, padded);
}

void cohort_into_all_lanes(eng_cohort *cohort, const eng_real *padded, eng_real *lanes)
{
    for (size_t lane = 0; lane < cohort->ops->lanes->width; lane++)
        into_lane(cohort, padded, lanes, lane);
}

/* One sequence into each lane; lanes left over repeat the first. */
static void load_lanes(eng_cohort *cohort, const uint32_t *rows, size_t count)
{
    size_t width = cohort->ops->lanes->width, T = cohort->net.length;
    for (size_t lane = 0; lane < width; lane++) {
        const float *row = cohort->series.values + rows[lane < count ? lane : 0] * T;
        for (size_t t = 0; t < T; t++)
            cohort->lanes.x[t * width + lane] = (eng_real)row[t];
    }
}

bool cohort_has_wide_batches(const eng_cohort *cohort, size_t n)
{
    return cohort->lanes.weights && n >= cohort_fewest_in_lanes(cohort->net.layout.shape);
}

double cohort_batch_gradient(eng_cohort *cohort, const uint32_t *rows, size_t n)
{
    const lane_ops *ops = cohort->ops->lanes;
    double losses[LANES_MOST_WIDTH], sum = 0;
    memset(cohort->lanes.plain, 0, cohort->net.layout.total * sizeof(eng_real));
    for (size_t at = 0; at < n; at += ops->width) {
        size_t count = n - at < ops->width ? n - at : ops->width;
        load_lanes(cohort, rows + at, count);
        ops->gradient(&cohort->net.layout, cohort->lanes.weights, cohort->loss, cohort->net.length,
                      cohort->lanes.x, count, cohort->lanes.work, losses, cohort->lanes.plain);
        for (size_t lane = 0; lane < count; lane++)
            sum += losses[lane];
    }
    return sum;
}

double cohort_train_batches(eng_cohort *cohort, cohort_model *one, const uint32_t *order, size_t n)
{
    double sum = 0;
    cohort_into_all_lanes(cohort, one->weights, cohort->lanes.weights);
    cohort_into_all_lanes(cohort, one->m, cohort->lanes.m);
    cohort_into_all_lanes(cohort, one->v, cohort->lanes.v);
    for (size_t at = 0; at < n; at += cohort->batch_size) {
        size_t take = n - at < cohort->batch_size ? n - at : cohort->batch_size;
        sum += cohort_batch_gradient(cohort, order + at, take);
        net_adam numbers = cohort_next_step(one);
        cohort->ops->lanes->descend(&cohort->net.layout, &numbers, cohort->lanes.plain,
                                    cohort->lanes.weights, cohort->lanes.m, cohort->lanes.v);
    }
    out_of_lane(cohort, cohort->lanes.weights, 0, one->weights);
    out_of_lane(cohort, cohort->lanes.m, 0, one->m);
    out_of_lane(cohort, cohort->lanes.v, 0, one->v);
    return sum / (double)n;
}

void cohort_train_group(eng_cohort *cohort, cohort_model *group, size_t count,
                        const uint32_t *order, size_t n, double *mean_loss)
{
    const lane_ops *ops = cohort->ops->lanes;
    double losses[LANES_MOST_WIDTH];
    for (size_t lane = 0; lane < ops->width; lane++) {
        const cohort_model *one = &group[lane < count ? lane : 0];
        into_lane(cohort, one->weights, cohort->lanes.weights, lane);
        into_lane(cohort, one->m, cohort->lanes.m, lane);
        into_lane(cohort, one->v, cohort->lanes.v, lane);
    }
    memset(mean_loss, 0, count * sizeof *mean_loss);
    for (size_t at = 0; at < n; at++) {
        lanes_adam adam;
        for (size_t lane = 0; lane < ops->width; lane++)
            adam.lane[lane] = lane < count ? cohort_next_step(&group[lane]) : adam.lane[0];
        cohort_load_rows(cohort, order + at, 1, &cohort->slots[0].work);
        ops->train(&cohort->net.layout, cohort->loss, cohort->net.length, cohort->slots[0].work.x,
                   &adam, cohort->lanes.weights, cohort->lanes.m, cohort->lanes.v,
                   cohort->lanes.work, losses);
        for (size_t lane = 0; lane < count; lane++)
            mean_loss[lane] += losses[lane];
    }
    for (size_t lane = 0; lane < count; lane++) {
        mean_loss[lane] /= (double)n;
        out_of_lane(cohort, cohort->lanes.weights, lane, group[lane].weights);
        out_of_lane(cohort, cohort->lanes.m, lane, group[lane].m);
        out_of_lane(cohort, cohort->lanes.v, lane, group[lane].v);
    }
}

size_t cohort_group_size(const eng_cohort *cohort, size_t left)
{
    if (!cohort->lanes.weights || cohort->batch_size != 1)
        return 1;
    size_t group = left < cohort->ops->lanes->width ? left : cohort->ops->lanes->width;
    return group < cohort_fewest_in_lanes(cohort->net.layout.shape) ? 1 : group;
}

void cohort_evaluate_lanes(eng_cohort *cohort, const cohort_model *one, const uint32_t *rows,
                           size_t n, float *errors)
{
    const lane_ops *ops = cohort->ops->lanes;
    double losses[LANES_MOST_WIDTH];
    cohort_into_all_lanes(cohort, one->weights, cohort->lanes.weights);
    for (size_t at = 0; at < n; at += ops->width) {
        size_t count = n - at < ops->width ? n - at : ops->width;
        load_lanes(cohort, rows + at, count);
        ops->evaluate(&cohort->net.layout, cohort->lanes.weights, cohort->loss, cohort->net.length,
                      cohort->lanes.x, cohort->lanes.work, losses);
        for (size_t lane = 0; lane < count; lane++)
            errors[at + lane] = (float)losses[lane];
    }
}
