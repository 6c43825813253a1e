/* What a comparison shows, before it is laid out. */
#ifndef RES_COMPARE_PRIV_H
#define RES_COMPARE_PRIV_H

#include "results/query/axes.h"
#include "results/query/metric.h"
#include "results/query/select.h"
#include "results/report/compare.h"
#include "results/stats/stats.h"

typedef enum res_key_role {
    RES_KEY_SAME,   /* both sides have one value, the same */
    RES_KEY_PAIRS,  /* they have values in common: evaluations are paired by it */
    RES_KEY_DIFFERS /* they have none in common */
} res_key_role;

typedef struct res_compare_key {
    const char *name;  /* section.key, borrowed from the sides' names */
    res_key_role role; /* by the values of finished evaluations */
    bool of_reading;   /* epochs or threshold: it tells readings of a trial apart */
    swp_buf values[2]; /* what each side has: "2, 4" */
} res_compare_key;

/* Finished evaluations of one side. */
typedef struct res_side {
    const char *text; /* as it was named; borrowed */
    res_experiment experiment;
    res_trial *trials;
    size_t n_trials;
    res_evaluation *evaluations;
    size_t n_evaluations;
    res_names names;
    res_axes values; /* of all keys of the comparison */
    double *figures; /* (n_evaluations, RES_FIGURES) */
    size_t n_open;   /* evaluations that were chosen and are not finished */
    size_t n_alone;  /* evaluations without a partner */
} res_side;

/* One figure over all pairs that know it. */
typedef struct res_compared {
    res_spread a, b, difference; /* of the same pairs; the difference is b - a */
    size_t n_better;             /* pairs in which b is better */
    res_signed_rank test;
} res_compared;

/* Two evaluations on the same sequences. */
typedef struct res_same_rows {
    bool known;
    size_t only_a, only_b; /* sequences that only this one judges right */
    double p;              /* McNemar, exact */
} res_same_rows;

typedef struct res_comparison {
    res_side sides[2];
    res_compare_key *keys; /* (n_keys) */
    size_t n_keys;
    size_t n_pairs;
    double *pairs; /* (n_pairs, 2, RES_FIGURES) */
    res_compared figures[RES_FIGURES];
    res_same_rows same_rows;
} res_comparison;

/* Give the keys their roles, find the pairs and test their differences. The sides' evaluations,
 * values and figures are there. errors CONFIG (no pair), NOMEM */
SWP_CHECKED swp_status res_compare_pair(res_comparison *c, swp_err *err);

/* Whether the figure has a better and a worse. */
bool res_compare_has_better(res_figure figure);

/* The layouts. errors NOMEM */
SWP_CHECKED swp_status res_compare_write_text(const res_comparison *c, res_format format, FILE *out,
                                              swp_err *err);
SWP_CHECKED swp_status res_compare_write_rows(const res_comparison *c, res_format format, FILE *out,
                                              swp_err *err);

#endif
