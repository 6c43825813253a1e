/* The settings that vary between evaluations, as the experiment's file names them. */
#ifndef PLOT_AXES_PRIV_H
#define PLOT_AXES_PRIV_H

#include "plots/charts_priv.h"

typedef struct plot_axis {
    char *key;     /* "train.learning_rate" */
    char **values; /* (n) distinct; numbers first, ascending, then by name */
    size_t n;
    size_t *of; /* (evaluations) index of the evaluation's value */
} plot_axis;

typedef struct plot_axes {
    plot_axis *list; /* (n) with two values or more each */
    size_t n;
} plot_axes;

/* The axes of the plan in which these evaluations differ.
 * errors   NOMEM   owns     *out: plot_axes_deinit, after a failure too */
SWP_CHECKED swp_status plot_axes_load(const plot_task *task,
                                      const res_evaluation *const *evaluations, size_t n,
                                      plot_axes *out, swp_err *err);
void plot_axes_deinit(plot_axes *axes);

bool plot_axis_is(const plot_axis *axis, const char *key);

/* A key without its section: "learning_rate". */
const char *plot_axis_name(const plot_axis *axis);

/* Add the line "array NAME[...] = [...]" of the values of `n` axes, one after the other. */
void plot_axes_values(const plot_axis *axes, size_t n, const char *name, swp_buf *out);

#endif
