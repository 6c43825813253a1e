/* What a comparison shows, before it is laid out. */
#ifndef RES_COMPARE_PRIV_H
#define RES_COMPARE_PRIV_H

#include "results/query/metric.h"
#include "results/report/compare.h"
#include "results/report/table_priv.h"
#include "results/stats/bootstrap.h"
#include "results/stats/stats.h"

#define RES_LEVEL 0.05 /* of a verdict */

typedef enum res_key_role {
    RES_KEY_SAME,   /* both sides have one value, the same */
    RES_KEY_PAIRS,  /* they have values in common: evaluations are paired by it */
    RES_KEY_DIFFERS /* they have none in common */
} res_key_role;

typedef struct res_compare_key {
    const char *name;   /* a parameter's key, train.epochs or eval.threshold; borrowed */
    const char *title;  /* the same for people */
    int key[2];         /* in each side's study: a parameter, RES_BY_EPOCHS, RES_BY_THRESHOLD */
    bool of_reading;    /* epochs or threshold: it tells evaluations of one trial apart */
    bool is_seed;       /* of one of the sides */
    uint32_t *codes[2]; /* (values of the parameter) equal ones of both sides have one code */
    res_key_role role;  /* by the values of finished evaluations */
    swp_buf values[2];  /* what each side has: "2, 4" */
} res_compare_key;

#define RES_KEY_ABSENT INT32_MAX /* trials of the side do not have the parameter */

/* Finished evaluations of one side. */
typedef struct res_side {
    const char *text; /* as it was named; borrowed */
    res_study study;
    res_evaluation *evaluations;
    size_t n_evaluations;
    size_t n_open;   /* evaluations that were chosen and are not finished */
    size_t n_alone;  /* evaluations without a partner */
    bool by_default; /* read at the default threshold: none was named */
} res_side;

/* One metric over all pairs that know it. */
typedef struct res_compared {
    size_t metric[2];            /* in each side's study */
    res_spread a, b, difference; /* of the same pairs; the difference is b - a */
    size_t n_better;             /* pairs in which b is better, by the test's differences */
    res_signed_rank test;        /* p is NAN for metrics that say nothing about a model's quality */
    double p_holm;               /* corrected for all metrics that are tested */
    double p_larger;             /* that a trial of b has a larger value than one of a */
    double correlation;          /* of a and b over the pairs */
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
    res_compared *metrics; /* (n_metrics) that both sides have */
    size_t n_metrics;
    double *pairs;                  /* (n_pairs, 2, n_metrics) */
    const res_evaluation **of_pair; /* (n_pairs, 2) the evaluation of each side; NULL of a mean */
    size_t n_pairs;
    bool by_split;           /* pairs are of one split each, whose training sets overlap by: */
    double overlap;          /* ... test rows over training rows; 0 otherwise */
    bool areas_by_bootstrap; /* the intervals of AUROC's and AUPRC's differences */
    bool share_nothing;      /* the same seed draws other weights for models of other shapes */
    res_same_rows same_rows;
} res_comparison;

/* Compare two sides whose studies and evaluations are there: join their keys and metrics, then as
 * res_compare_pair. errors CONFIG (no pair), NOMEM   owns res_compare_release, after a failure too;
 * the sides stay the caller's */
SWP_CHECKED swp_status res_compare_sides(res_comparison *c, swp_err *err);
void res_compare_release(res_comparison *c);

/* Give the keys their roles, find the pairs and test their differences. Keys, metrics and the
 * sides' evaluations are there. errors CONFIG (no pair), NOMEM */
SWP_CHECKED swp_status res_compare_pair(res_comparison *c, swp_err *err);

/* The layouts. errors NOMEM */
SWP_CHECKED swp_status res_compare_write_text(const res_comparison *c, res_format format, FILE *out,
                                              swp_err *err);
SWP_CHECKED swp_status res_compare_write_data(const res_comparison *c, res_format format, FILE *out,
                                              swp_err *err);

#endif
