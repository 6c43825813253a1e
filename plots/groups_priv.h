/* Which trials share a curve, a bar or a panel: those that agree in what the chart is by. */
#ifndef PLOT_GROUPS_PRIV_H
#define PLOT_GROUPS_PRIV_H

#include <math.h>

#include "results/query/study.h"
#include "results/stats/stats.h"

/* Parameters that a chart may be by. */
enum { PLOT_BY = 8 };

#define PLOT_NO_GROUP SIZE_MAX

/* How many groups can be read beside each other. Where the parameters allow it, curves stand in up
 * to `facets` columns, each with up to `most` tones. Groups beyond that are pooled (`pools`:
 * colours that name nothing but themselves), or the best are shown. */
typedef struct plot_limits {
    size_t most, facets;
    bool pools;
} plot_limits;

extern const plot_limits plot_panels;
extern const plot_limits plot_curves;
extern const plot_limits plot_bars; /* one takes 52 pixels at the usual width, no picture 32,767 */
extern const plot_limits plot_colours; /* of bars that are one trial each */

typedef struct plot_groups {
    size_t n;
    size_t *of;         /* (trials of the study) its group, or PLOT_NO_GROUP */
    size_t *members;    /* trials group by group, by number within one */
    size_t *begin;      /* (n + 1) where the members of each group begin */
    size_t largest;     /* members of the largest group */
    size_t by[PLOT_BY]; /* (n_by) parameters in which the groups differ */
    size_t n_by;
    size_t *pooled; /* (n_pooled) parameters that differ within a group */
    size_t n_pooled;
    size_t n_all;     /* combinations; n of them, the best, are the groups */
    size_t ranked_by; /* step metric by which they are, SIZE_MAX: none */
    /* Facets, where n_facets > 0: groups of one tone agree in by[tone_by], those of one facet in
     * the others. (trials of the study) */
    size_t *tones, *facets;
    size_t n_tones, n_facets, tone_by;
} plot_groups;

/* Whether all values are numbers, so that the parameter has a scale. */
bool plot_is_numeric(const res_param *param);
bool plot_is_logarithmic(const res_param *param);

struct plot_task;

/* Group the trials whose `use` is set by the parameters of the task's `by`, or where it names none
 * by all in which they differ but seeds, and what follows from the parameters before it. `besides`
 * (SIZE_MAX: none) is drawn otherwise, and left out.
 * errors   NOMEM   owns     *out: plot_groups_deinit, after a failure too */
SWP_CHECKED swp_status plot_groups_make(const struct plot_task *task, const bool *use,
                                        const plot_limits *limits, size_t besides, plot_groups *out,
                                        swp_err *err);

/* Group them by the `places` of exactly these `n` parameters. The groups have no names
 * of their own: n_by is 0. errors and owns as above */
SWP_CHECKED swp_status plot_groups_by(const res_study *study, const bool *use, const size_t *params,
                                      const size_t *places, size_t n, plot_groups *out,
                                      swp_err *err);

/* Split the groups of `lines` once more, by the `n_places` places of parameter `axis`, which they
 * do not go by. errors and owns as plot_groups_by */
SWP_CHECKED swp_status plot_groups_split(const res_study *study, const plot_groups *lines,
                                         size_t axis, size_t n_places, plot_groups *out,
                                         swp_err *err);
void plot_groups_deinit(plot_groups *groups);

/* How good a trial is without a look at test labels: the value at its selected step of the
 * validation loss, or of the objective of a command; the smaller the better, infinite where none
 * is known.
 */
double plot_rank(const struct plot_task *task, size_t trial);

size_t plot_group_size(const plot_groups *groups, size_t g);

/* Neighbouring values share a place where a parameter has more of them. */
size_t plot_place(size_t value, size_t n_values, size_t n_places);
size_t plot_place_first(size_t place, size_t n_values, size_t n_places);

/* Add "8", or "8 .. 16" where values share the place. */
void plot_place_label(const res_param *param, size_t place, size_t n_places, swp_buf *out);

/* Add the values in which a group differs from the others: "8, 1e-3". */
void plot_group_label(const res_study *study, const plot_groups *groups, size_t g, swp_buf *out);

/* Add the lines "n = ...", "array labels[n] = [...]", "labels_title = ..." and "labels_prefix", and
 * the note, unless `what` is NULL. */
void plot_groups_head(const res_study *study, const plot_groups *groups, const char *what,
                      swp_buf *out);

/* Add "n_facets = ..." and, where there are facets, the titles of tones and facets and which each
 * group has. */
void plot_facets_head(const struct plot_task *task, const plot_groups *groups, swp_buf *out);

/* Add what the labels stand for: "batch_size, learning_rate"; "" without any. */
void plot_groups_title(const res_study *study, const plot_groups *groups, swp_buf *out);

/* Add "by batch_size; WHAT over learning_rate (4), seed (3)": what is shown of the trials of a
 * group, and in which parameters they differ, with how many values. */
void plot_groups_note(const res_study *study, const plot_groups *groups, const char *what,
                      swp_buf *out);

/* Add the comment "# LABEL: WHAT", which begins a group's block of data. */
void plot_groups_comment(const res_study *study, const plot_groups *groups, size_t g,
                         const char *what, swp_buf *out);

/* What an axis has to hold; empty while low > high. Begins as PLOT_NO_RANGE. */
typedef struct plot_range {
    double low, high;
} plot_range;
#define PLOT_NO_RANGE ((plot_range){(double)INFINITY, -(double)INFINITY})

/* Add mean and standard deviation, "nan 0" without values; the deviation of a single one is 0.
 * Widen the range, which may be NULL, by one deviation to both sides of the mean. */
void plot_spread_add(const double *values, size_t n, plot_range *range, swp_buf *out);

/* Add the lines "value_low = ..." and "value_high = ...". */
void plot_range_head(const plot_range *range, swp_buf *out);

#endif
