/* What a report shows, before it is laid out: one row per evaluation, or per group of them. A row
 * stores no metric: a million rows would fill the memory. Metrics are computed when a row is
 * written or sorted. */
#ifndef RES_REPORT_PRIV_H
#define RES_REPORT_PRIV_H

#include "results/query/class_recall.h"
#include "results/query/metric.h"
#include "results/report/table_priv.h"
#include "results/stats/stats.h"

typedef struct res_report_row {
    uint32_t first, n; /* its evaluations: members[first .. first + n), by trial */
    uint32_t group;    /* the same in rows of one configuration */
} res_report_row;

typedef struct res_report {
    res_study study;
    res_evaluation *evaluations;
    size_t n_evaluations;
    size_t *keys;                 /* (n_keys) parameters that tell rows apart: columns */
    size_t n_keys;                /* ... those that differ, or those of group_by */
    bool by_keys;                 /* the keys are those of group_by */
    bool by_epochs, by_threshold; /* rows are told apart by it; never by thresholds of a command */
    bool whole;                   /* trials of a command are read whole: at no epoch count */
    bool grouped;                 /* rows are groups */
    bool pooled;                  /* some row has several evaluations of one trial */
    const res_evaluation **members;
    res_report_row *rows;
    size_t n_rows;
    double *room;              /* (n_trials) for the values of one row */
    res_class_recalls classes; /* of the evaluations; none unless asked for */
    size_t n_metrics;          /* of the study */
    bool *shown;               /* (n_metrics) to people */
    size_t n_hidden;           /* rows left out by res_report_condense */
    bool last_epochs;          /* ... among them all but the largest epoch counts */
    size_t n_compared;         /* rows of which res_report_pick_best took one; 0 without */
    bool best_by_labels;       /* ... by the test labels, which flatters it */
} res_report;

/* errors   as res_report_write   owns   res_report_deinit, after a failure too */
SWP_CHECKED swp_status res_report_load(res_store *store, const char *experiment,
                                       const res_report_options *options, res_report *out,
                                       swp_err *err);
void res_report_deinit(res_report *report);

/* The first evaluation of a row. */
const res_evaluation *res_report_first(const res_report *report, const res_report_row *row);

/* A metric, or from n_metrics on the recall of a class, over the trials of a row: what one trial
 * has several readings of is averaged first. */
res_spread res_report_spread(const res_report *report, const res_report_row *row, size_t index);
double res_report_mean(const res_report *report, const res_report_row *row, size_t metric);

/* Trials of a row that have a finished evaluation. */
size_t res_report_n(const res_report *report, const res_report_row *row);

/* Leave out rows until at most `most` are left, or nothing more can go: of each configuration and
 * epoch count all thresholds but the one with the best balanced accuracy, then of each
 * configuration all epoch counts but the largest. What the filter names stays. errors NOMEM */
SWP_CHECKED swp_status res_report_condense(res_report *report, const res_evaluation_filter *filter,
                                           size_t most, swp_err *err);

/* What rows are ordered by: a metric, or a key of res_key_find. */
typedef struct res_report_order {
    bool by_metric, descending;
    size_t metric;
    int key;
} res_report_order;

/* Keep the row with the best mean of a metric, of equals the first. */
void res_report_pick_best(res_report *report, size_t metric);

/* Order rows, unknown values last, equals in grid order. errors NOMEM */
SWP_CHECKED swp_status res_report_sort(res_report *report, const res_report_order *order,
                                       swp_err *err);

/* The rows as columns for the format of the options; `rows` is where its cells are read from.
 * owns res_report_columns_deinit */
typedef struct res_report_cursor {
    const res_report *report;
    const res_report_row *row;
    size_t next;  /* index of the row that follows */
    size_t n;     /* trials of the row */
    size_t n_all; /* of every row, or 0 when they differ; for people */
    bool for_machines;
    bool intervals;      /* people see the confidence intervals of means ... */
    bool lines_below;    /* ... on a line of its own below the means */
    bool below;          /* the present line is one */
    res_spread *spreads; /* (n_metrics + classes) of the row */
} res_report_cursor;

SWP_CHECKED swp_status res_report_columns(const res_report *report,
                                          const res_report_options *options,
                                          res_report_cursor *cursor, res_table *table,
                                          swp_err *err);
void res_report_columns_deinit(res_report_cursor *cursor, res_table *table);

/* What a row is a mean of, in words; nothing when rows are evaluations. */
void res_report_describe(const res_report_cursor *cursor, swp_buf *out);

/* Experiments as rows: those of `list`, and the object that heads a report.
 * owns res_experiment_table: res_table_deinit */
typedef struct res_experiment_rows {
    const res_experiment *list; /* (n) */
    size_t n, at;
    bool of_command; /* leave out the columns of data sets */
    bool listed;     /* from res_experiments_list: with revisions, bytes and notes */
} res_experiment_rows;

res_table res_experiment_table(res_experiment_rows *rows, res_format format);

/* Whether there is something to say of a search: trials were proposed, or some were stopped. */
bool res_report_is_search(const res_study *study);

/* Trials by state, the path of the best so far, and a table of the best trials. errors NOMEM */
SWP_CHECKED swp_status res_report_write_search(const res_study *study, res_format format, FILE *out,
                                               swp_err *err);

/* The layouts. errors NOMEM */
SWP_CHECKED swp_status res_report_write_text(const res_report *report,
                                             const res_report_options *options, FILE *out,
                                             swp_err *err);
/* A page that opens with the rows of `report`; those of `full` (NULL: they are the same) are in it
 * to be asked for. */
SWP_CHECKED swp_status res_report_write_html(res_store *store, const res_report *report,
                                             const res_report *full,
                                             const res_report_options *options, FILE *out,
                                             swp_err *err);
SWP_CHECKED swp_status res_report_write_data(const res_report *report,
                                             const res_report_options *options, FILE *out,
                                             swp_err *err);

#endif
