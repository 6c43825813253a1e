/* Dimensions and their scales. Rounding is half to even, as numpy's, except for ints without
 * logarithm; a float never reaches `high`, because Optuna's intervals are open there. */
#include "runner/search/space.h"

#include <math.h>

/* Whole numbers up to here are exact in a double. */
#define MOST_INT 0x1p53

static swp_status check_numbers(run_dim *dim, swp_err *err)
{
    if (!isfinite(dim->low) || !isfinite(dim->high) || !isfinite(dim->step))
        return swp_fail(err, SWP_CONFIG, "expected finite bounds, found %.17g .. %.17g", dim->low,
                        dim->high);
    if (dim->low > dim->high)
        return swp_fail(err, SWP_CONFIG, "expected the smaller bound first, found %.17g .. %.17g",
                        dim->low, dim->high);
    if (dim->log && dim->low <= 0)
        return swp_fail(err, SWP_CONFIG,
                        "expected a lower bound > 0 for a logarithmic scale, found %.17g",
                        dim->low);
    if (dim->step < 0 || (dim->log && dim->step != 0 && dim->step != 1))
        return swp_fail(err, SWP_CONFIG, "expected a step > 0, and none with log, found %.17g",
                        dim->step);
    return SWP_OK;
}

static swp_status check_int(run_dim *dim, swp_err *err)
{
    if (dim->step == 0)
        dim->step = 1;
    const double numbers[] = {dim->low, dim->high, dim->step};
    for (size_t i = 0; i < 3; i++) {
        if (numbers[i] != rint(numbers[i]) || fabs(numbers[i]) > MOST_INT)
            return swp_fail(err, SWP_CONFIG, "expected whole numbers of at most 2^53, found %.17g",
                            numbers[i]);
    }
    return SWP_OK;
}

swp_status run_dim_check(run_dim *dim, swp_err *err)
{
    swp_status status = SWP_OK;
    if (dim->kind == RUN_ORDINAL || dim->kind == RUN_CATEGORICAL) {
        if (dim->n == 0)
            return swp_fail(err, SWP_CONFIG, "expected at least one value, found none");
        dim->low = 0, dim->high = (double)dim->n - 1, dim->step = 1, dim->log = false;
        return SWP_OK;
    }
    status = check_numbers(dim, err);
    if (status == SWP_OK && dim->kind == RUN_INT)
        status = check_int(dim, err);
    if (status == SWP_OK && dim->kind == RUN_FLOAT && dim->log && dim->step != 0)
        return swp_fail(err, SWP_CONFIG, "expected no step with log, found %.17g", dim->step);
    if (status == SWP_OK && dim->step > 0)
        dim->high = dim->low + floor((dim->high - dim->low) / dim->step) * dim->step;
    return status;
}

double run_dim_count(const run_dim *dim)
{
    if (dim->low == dim->high)
        return 1;
    return dim->step > 0 ? rint((dim->high - dim->low) / dim->step) + 1 : (double)INFINITY;
}

double run_dim_at(const run_dim *dim, size_t index)
{
    return dim->low + (double)index * dim->step;
}

bool run_dim_holds(const run_dim *dim, double value)
{
    if (!(value >= dim->low && value <= dim->high))
        return false;
    double steps = dim->step > 0 ? (value - dim->low) / dim->step : 0;
    return fabs(steps - rint(steps)) <= 1e-9;
}

run_bounds run_dim_bounds(const run_dim *dim)
{
    double low = dim->low - dim->step / 2, high = dim->high + dim->step / 2;
    return dim->log ? (run_bounds){log(low), log(high)} : (run_bounds){low, high};
}

double run_dim_scale(const run_dim *dim, double value)
{
    return dim->log ? log(value) : value;
}

static double clip(double x, double low, double high)
{
    return fmin(fmax(x, low), high);
}

double run_dim_unscale(const run_dim *dim, double x)
{
    double value = dim->log ? exp(x) : x;
    if (run_dim_count(dim) == 1)
        return dim->low;
    if (dim->step == 0)
        return clip(value, dim->low, nextafter(dim->high, (double)-INFINITY));
    double steps = (value - dim->low) / dim->step;
    steps = dim->kind == RUN_FLOAT || dim->log ? rint(steps) : floor(steps + 0.5);
    return clip(dim->low + steps * dim->step, dim->low, dim->high);
}

double run_dim_from_unit(const run_dim *dim, double u)
{
    if (dim->kind == RUN_CATEGORICAL)
        return floor(u * (double)dim->n);
    run_bounds bounds = run_dim_bounds(dim);
    return run_dim_unscale(dim, bounds.low + (bounds.high - bounds.low) * u);
}

double run_space_count(const run_space *space)
{
    double count = 1;
    for (size_t i = 0; i < space->n; i++)
        count *= run_dim_count(&space->dims[i]);
    return count;
}

bool run_space_holds(const run_space *space, const double *point)
{
    for (size_t i = 0; i < space->n; i++) {
        if (!run_dim_holds(&space->dims[i], point[i]))
            return false;
    }
    return true;
}
