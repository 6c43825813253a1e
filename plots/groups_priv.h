/* Which trials share a curve, a bar or a panel: those that agree in what the chart is by. */
#ifndef PLOT_GROUPS_PRIV_H
#define PLOT_GROUPS_PRIV_H

#include "results/query/study.h"
#include "results/stats/stats.h"

/* Parameters that a chart may be by. */
enum { PLOT_BY = 8 };

#define PLOT_NO_GROUP SIZE_MAX

/* How many groups can be read beside each other. A first parameter with more values than `values`
 * is shown in `ranges` of neighbouring ones; a further parameter splits the groups while there are
 * at most `most`. */
typedef struct plot_limits {
    size_t most, values, ranges;
} plot_limits;

extern const plot_limits plot_curves; /* curves and panels */
extern const plot_limits plot_bars;   /* bars: one takes 52 pixels, no picture 32,767 */
extern const plot_limits plot_lines;  /* lines over an axis, two each */

typedef struct plot_groups {
    size_t n;
    size_t *of;      /* (trials of the study) its group, or PLOT_NO_GROUP */
    size_t *members; /* trials group by group, by number within one */
    size_t *begin;   /* (n + 1) where the members of each group begin */
    size_t largest;  /* members of the largest group */
    size_t by[PLOT_BY]; /* (n_by) parameters in which the groups differ */
    size_t n_by;
    size_t n_places; /* ranges or values of the first one */
    size_t *pooled;  /* (n_pooled) parameters that differ within a group */
    size_t n_pooled;
} plot_groups;

/* The first parameter that repeats nothing and differs between the trials whose `use` is set, or
 * SIZE_MAX. */
size_t plot_first_axis(const res_study *study, const bool *use);

/* Group the trials whose `use` is set by the first parameters that differ, as many as the limits
 * allow. Seeds are never among them, nor is what follows from the parameters before it. `besides`
 * (SIZE_MAX: none) is drawn otherwise, and left out.
 * errors   NOMEM   owns     *out: plot_groups_deinit, after a failure too */
SWP_CHECKED swp_status plot_groups_make(const res_study *study, const bool *use,
                                        const plot_limits *limits, size_t besides, plot_groups *out,
                                        swp_err *err);

/* The same groups, each split by `n_places` places of one more parameter. owns as above */
SWP_CHECKED swp_status plot_groups_split(const res_study *study, const plot_groups *groups,
                                         size_t param, size_t n_places, plot_groups *out,
                                         swp_err *err);
void plot_groups_deinit(plot_groups *groups);

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

/* Add what the labels stand for: "embedding_dim, learning_rate"; "" without any. */
void plot_groups_title(const res_study *study, const plot_groups *groups, swp_buf *out);

/* Add "by embedding_dim; WHAT over learning_rate (4), seed (3)": what is shown of the trials of a
 * group, and in which parameters they differ, with how many values. */
void plot_groups_note(const res_study *study, const plot_groups *groups, const char *what,
                      swp_buf *out);

/* Add the comment "# LABEL: WHAT", which begins a group's block of data. */
void plot_groups_comment(const res_study *study, const plot_groups *groups, size_t g,
                         const char *what, swp_buf *out);

/* Add mean and standard deviation, "nan 0" without values; the deviation of a single one is 0. */
void plot_spread_add(const double *values, size_t n, swp_buf *out);

#endif
