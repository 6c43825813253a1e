/* What a report shows, before it is laid out: one row per evaluation, or per group of them. A row
 * stores no metric: a million rows would fill the memory. Metrics are computed when a row is
 * written or sorted. */
#ifndef RES_REPORT_PRIV_H
#define RES_REPORT_PRIV_H

#include "results/query/baseline.h"
#include "results/query/class_recall.h"
#include "results/query/defaults.h"
#include "results/query/metric.h"
#include "results/report/table_priv.h"
#include "results/stats/bootstrap.h"
#include "results/stats/stats.h"

typedef struct res_report_row {
    uint32_t first, n; /* its evaluations: members[first .. first + n), by trial */
    uint32_t group;    /* the same in rows of one configuration */
    res_areas areas;   /* intervals by bootstrap, where they were asked for; else NAN */
} res_report_row;

/* The splits that trials are of. */
typedef struct res_report_splits {
    uint32_t *of;      /* (n_trials of the study) index of each trial's split */
    size_t n;          /* of all trials */
    double overlap;    /* test rows over training rows, where the training sets overlap; else 0 */
    uint32_t *present; /* (n_trials) of the trials of one row */
    double *room;      /* (2 n) */
} res_report_splits;

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
    const res_evaluation **members;
    res_report_row *rows;
    size_t n_rows;
    double *room; /* (n_trials) for the values of one row */
    res_report_splits splits;
    res_default usual;         /* what rows are read at where the options do not say ... */
    bool by_default;           /* ... which this report does */
    res_class_recalls classes; /* of the evaluations; none unless asked for */
    res_baseline *baselines;   /* (n_baselines) of the trials that are shown */
    size_t n_baselines;
    res_threshold *baseline_thresholds; /* (n_baseline_thresholds) that they are read at */
    size_t n_baseline_thresholds;
    size_t n_metrics;    /* of the study */
    bool *shown;         /* (n_metrics) to people */
    size_t n_hidden;     /* rows left out by res_report_condense */
    bool last_epochs;    /* only the largest epoch count of each configuration is left */
    size_t n_compared;   /* rows of which res_report_pick_best took one; 0 without */
    size_t best_by;      /* ... by this metric */
    bool best_by_labels; /* ... by the test labels, which flatters it */
    bool best_by_tune;   /* ... by the labels of the tuning part */
    bool sorted_by_labels;
} res_report;

/* If there are more than `most` rows (0: any number) and the options name no threshold, all trials
 * are read at the default threshold, and if need be at their largest epoch count only.
 * errors   as res_report_write   owns   res_report_deinit, after a failure too */
SWP_CHECKED swp_status res_report_load(res_store *store, const char *experiment,
                                       const res_report_options *options, size_t most,
                                       res_report *out, swp_err *err);
void res_report_deinit(res_report *report);

/* The first evaluation of a row. */
const res_evaluation *res_report_first(const res_report *report, const res_report_row *row);

/* A metric, or from n_metrics on the recall of a class, over the trials of a row; its interval is
 * over splits where they have several. */
res_spread res_report_spread(const res_report *report, const res_report_row *row, size_t index);
double res_report_mean(const res_report *report, const res_report_row *row, size_t metric);

/* Trials of a row whose evaluation is finished. */
size_t res_report_n(const res_report *report, const res_report_row *row);

/* Set the bootstrap intervals of the areas of all rows whose trials have one split.
 * errors   DB, NOMEM */
SWP_CHECKED swp_status res_report_sample_areas(res_store *store, res_report *report, swp_err *err);

/* Read rows of trials that came equally far before they were paused at their last step.
 * errors   DB, NOMEM */
SWP_CHECKED swp_status res_report_read_paused(res_store *store, res_report *report, swp_err *err);

/* Leave a command's trials that a search stopped out of rows that do not say how far they came, as
 * if they were not known. */
void res_report_leave_out_paused(res_report *report);

/* Whether all trials of a row were paused and read at their last step: its numbers are of fewer
 * epochs than it asks for, or of a command, of fewer steps than other trials did. */
bool res_report_row_is_paused(const res_report *report, const res_report_row *row);

/* Of each configuration leave out all epoch counts but the largest. errors NOMEM */
SWP_CHECKED swp_status res_report_keep_last_epochs(res_report *report, swp_err *err);

/* Read the baselines, at the thresholds of the rows, or unless these were `asked` for, at the
 * default one. errors DB, NOMEM */
SWP_CHECKED swp_status res_report_load_baselines(res_store *store, res_report *report, bool asked,
                                                 swp_err *err);

/* Whether there is a table of them, what it shows, in words, and the table. errors NOMEM */
bool res_report_has_baselines(const res_report *report);
void res_report_describe_baselines(const res_report *report, swp_buf *out);
SWP_CHECKED swp_status res_report_baselines_table(const res_report *report,
                                                  const res_report_options *options,
                                                  res_format format, FILE *out, swp_err *err);

/* The part of a page that shows them, if there are any. errors NOMEM */
SWP_CHECKED swp_status res_report_write_baselines_html(const res_report *report,
                                                       const res_report_options *options, FILE *out,
                                                       swp_err *err);

/* How many splits the trials of a row are of, or one row of many; 0 of a command. */
size_t res_report_row_splits(const res_report *report, const res_report_row *row);

/* What rows are ordered by: n, a metric or from n_metrics on the recall of a class, or a key of
 * res_key_find. */
typedef struct res_report_order {
    bool by_n, by_metric, descending;
    size_t metric;
    int key;
} res_report_order;

/* Keep the row with the best mean of a metric, of equals the first; a paused one only where all
 * are. */
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
    bool intervals;      /* people see the confidence intervals of means */
    bool of_rows;        /* people see the intervals of recalls over their test rows */
    res_spread *spreads; /* (n_metrics + classes) of the row */
} res_report_cursor;

SWP_CHECKED swp_status res_report_columns(const res_report *report,
                                          const res_report_options *options,
                                          res_report_cursor *cursor, res_table *table,
                                          swp_err *err);
void res_report_columns_deinit(res_report_cursor *cursor, res_table *table);

/* What must be known to read the rows, a line each: what was chosen, the default threshold, what
 * looked at test labels, and on how many anomalies metrics depend. */
void res_report_notes(const res_report *report, const res_report_options *options, swp_buf *out);

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

/* The beginning of a table in LaTeX, and what ends its caption: "tab:NAME", or "tab:NAME-PART". */
void res_latex_begin(FILE *out);
void res_latex_label(const char *name, const char *part, FILE *out);

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

/* Whether the INI file of a page can hold the value: behind a space a semicolon begins a comment,
 * and what is not seen would not be copied. */
bool res_fits_ini(const char *value);

/* Add 'KEY=VALUE' as one word for a POSIX shell, in which everything is seen. */
void res_shell_word_add(const char *key, const char *value, swp_buf *out);

#endif
