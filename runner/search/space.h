/* The space of a search: its dimensions, its points, and the scales of models.
 *
 * A point is one double per dimension: the value of a float or an int, the index of the entry in an
 * ordinal or categorical list. The caller knows what the entries of a list are.
 *
 * source   the bounds and rounding of Optuna 5.0.0's sampler, so that both propose the same points
 */
#ifndef RUN_SPACE_H
#define RUN_SPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

typedef enum run_dim_kind {
    RUN_FLOAT,
    RUN_INT,
    RUN_ORDINAL,    /* a list of numbers: to a model, the whole numbers 0..n-1 */
    RUN_CATEGORICAL /* a list without order */
} run_dim_kind;

typedef struct run_dim {
    const char *name; /* borrowed; models take dimensions in the bytewise order of their names */
    run_dim_kind kind;
    bool log;         /* FLOAT, INT: searched on a logarithmic scale */
    double low, high; /* FLOAT, INT: both included */
    double step;      /* FLOAT: 0 = any number; INT: 0 = 1; none with `log` */
    size_t n;         /* ORDINAL, CATEGORICAL: entries, >= 1 */
} run_dim;

typedef struct run_space {
    const run_dim *dims; /* (n) checked by run_dim_check, in the order in which they are drawn */
    size_t n;
} run_space;

/* Check a dimension and complete it: `high` moves down to the last step, an int gets its step, an
 * ordinal list gets the bounds of its indexes.
 * errors   CONFIG, saying what was expected and found (the caller adds the place and the key) */
SWP_CHECKED swp_status run_dim_check(run_dim *dim, swp_err *err);

/* How many values a dimension has, INFINITY for floats without a step; and value `index` of a
 * finite dimension, in ascending order. */
double run_dim_count(const run_dim *dim);
double run_dim_at(const run_dim *dim, size_t index);

/* Whether a value is one of the dimension's; steps of floats agree within 1e-9 of a step. */
bool run_dim_holds(const run_dim *dim, double value);

/* The scale of a model: bounds widened by half a step where there are steps, then the logarithm of
 * both for `log`. Not for CATEGORICAL. */
typedef struct run_bounds {
    double low, high;
} run_bounds;
run_bounds run_dim_bounds(const run_dim *dim);

/* A value on that scale, and the value of a number on the scale: rounded to steps, within the
 * bounds. */
double run_dim_scale(const run_dim *dim, double value);
double run_dim_unscale(const run_dim *dim, double x);

/* The value at `u`, 0 <= u < 1, of the dimension spread over the unit interval. */
double run_dim_from_unit(const run_dim *dim, double u);

/* The number of points of a space, INFINITY if a dimension is infinite; whether a point is one of
 * them. */
double run_space_count(const run_space *space);
bool run_space_holds(const run_space *space, const double *point);

#endif
