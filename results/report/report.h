/* Reports and exports as text: what `sweep report`, `list`, `show` and `export` print. */
#ifndef RES_REPORT_H
#define RES_REPORT_H

#include <stdio.h>

#include "results/query/study.h"

typedef enum res_format {
    RES_TABLE, /* aligned columns for a terminal */
    RES_MD,
    RES_CSV,
    RES_JSON,
    RES_LATEX, /* a table to \input, with the package booktabs */
    RES_HTML   /* a page of its own; reports only */
} res_format;

/* "table", "md", "csv", "json", "latex", "html", as far as `last`. errors USAGE, naming what is
 * allowed */
SWP_CHECKED swp_status res_format_parse(const char *text, res_format last, res_format *out,
                                        swp_err *err);

/* A picture for a page; both borrowed. */
typedef struct res_chart {
    const char *name; /* "loss_curves"; those of single trials begin with "trial_" */
    const char *svg;  /* a whole document, whose names differ from those of the other charts */
} res_chart;

/* Zero is the plain report. Metrics have the names or the titles that a report shows. */
typedef struct res_report_options {
    res_format format;
    res_evaluation_filter filter;
    res_reading reading; /* of a command's trials */
    const char *columns; /* for people: "METRIC,METRIC", only these; NULL: as `wide` says */
    bool wide;           /* for people: also precision, F1, balanced accuracy, MCC, AUROC ... */
    bool classes;        /* recall of every abnormal class */
    bool ci;             /* for people: also the 95 % confidence intervals of means */
    bool all; /* every row, however many; else more than 60 are condensed (RES_TABLE, RES_HTML); a
                 page holds up to 100,000 to be asked for */
    const char *const *where; /* (n_where) clauses "key=value"; see res_report_write */
    size_t n_where;
    const char *group_by;    /* "KEY,KEY"; NULL: evaluations that differ in the seed only */
    const char *best;        /* metric: its best row only */
    const char *sort;        /* "NAME" or "NAME:desc", a metric or key; NULL: grid order */
    const res_chart *charts; /* (n_charts) RES_HTML: the page's pictures */
    size_t n_charts;
    const char *no_charts; /* RES_HTML: why there are none, or not all, in words; NULL: all are */
} res_report_options;

/* The report of one experiment: head lines (experiment, data set, synthetic or not, split), the
 * table, and failed trials with their reasons; CSV has the table only. A row is an evaluation, or,
 * with several seeds or grouped by keys, a group of them: mean, sd (n - 1), 95 % confidence
 * interval of the mean and n of each metric, all over trials. A trial counts once: rows that are
 * not told apart by threshold or epoch count are of the default reading (query/defaults.h). The
 * interval is Student's t, of shares on the scale of their logit, over the splits where there are
 * several. People see the parameters that tell rows apart. CSV and JSON have
 * the same columns whether rows are groups or not: all axes (empty where a group's trials differ),
 * epochs, threshold, chosen_on, n (finished trials), counts (of single evaluations), and for each
 * metric M the columns M (value or mean), M_sd, M_ci95 (half the interval by Student's t),
 * M_low, M_high and M_n.
 * A table of too many rows is read at the default threshold, if need be at the largest epoch count
 * only, and says so. A page (RES_HTML) also has the
 * charts, all trials, settings, environment, and an INI file with the commands that make the
 * results again; it refers to nothing outside of itself. `where` keeps evaluations as res_select.
 * errors   as res_experiment_find and res_evaluations_list; USAGE for an unknown key or metric,
 *          with the nearest name, and for means over several thresholds or epoch counts that the
 *          options name; CONFIG when no evaluation agrees, or when classes are asked for
 *          that an older program did not record or that are of several data sets; IO when out
 *          cannot be written */
SWP_CHECKED swp_status res_report_write(res_store *store, const char *experiment,
                                        const res_report_options *options, FILE *out, swp_err *err);

/* How much a metric of the steps (NULL: the objective) depends on each parameter: its share of the
 * variance, and what chance alone would give, the largest first; then the rest. CSV and JSON have
 * parameter, share and floor from 0 to 1.
 * errors   as res_study_load; USAGE (no such metric), CONFIG (too few trials), IO, NOMEM */
SWP_CHECKED swp_status res_importance_write(res_store *store, const char *experiment,
                                            const char *metric, res_format format, FILE *out,
                                            swp_err *err);

/* All experiments, one line each, the last run first. errors IO, DB, NOMEM */
SWP_CHECKED swp_status res_list_write(res_store *store, res_format format, FILE *out, swp_err *err);

/* The trial of this number: experiment, state, parameters, and every step with its metrics, its
 * recalls at each planned threshold and its seconds; CSV has the steps only.
 * errors   as res_experiment_find; CONFIG (no such trial), IO, DB, NOMEM */
SWP_CHECKED swp_status res_show_write(res_store *store, const char *experiment, size_t trial,
                                      res_format format, FILE *out, swp_err *err);

typedef enum res_export_what {
    RES_EXPORT_EVALUATIONS,
    RES_EXPORT_TRIALS,
    RES_EXPORT_EPOCHS,
    RES_EXPORT_SCORES,
    RES_EXPORT_ERRORS,
    RES_EXPORT_BASELINES
} res_export_what;

/* "evaluations", "trials", "epochs", "scores", "errors", "baselines". errors USAGE */
SWP_CHECKED swp_status res_export_parse(const char *text, res_export_what *out, swp_err *err);

/* Rows as CSV or JSON, every number in the shortest text that a double reads back to the same
 * value; what is not known yet is an empty field or null. trial is the number within the revision,
 * AXES are the first n_axes parameters of the study, chosen_on is as res_chosen_on; subset is val,
 * test or anomaly, position counts from 0 in the split's order, error > threshold_value is what was
 * judged. A command's metrics follow as columns of trials and epochs.
 * errors   USAGE when format is neither; as res_experiment_find; IO when out cannot be written
 * trials   experiment,trial,stage,state,AXES,epochs_done,selected_epoch,train_loss,val_loss,
 *          seconds,failure
 * evaluations experiment,trial,AXES,epochs,selected_epoch,train_loss,val_loss,threshold,
 *          threshold_value,chosen_on,normal_correct,normal_total,anomaly_correct,anomaly_total,
 *          then the metrics of RES_NORMAL_RECALL to RES_AUPRC
 * epochs   experiment,trial,AXES,epoch,train_loss,val_loss,train_s,eval_s
 * scores   experiment,trial,AXES,epoch,threshold,threshold_value, the four counts, both recalls
 * errors   experiment,trial,AXES,epoch,subset,position,error
 * baselines experiment,baseline,components,split,threshold,threshold_value,chosen_on, the four
 *          counts, then the metrics; the rows are of methods, not of trials */
SWP_CHECKED swp_status res_export_write(res_store *store, const char *experiment,
                                        res_export_what what, res_format format, FILE *out,
                                        swp_err *err);

/* The trial with the best objective as an INI file that trains it again, to the same bits.
 * errors   as res_study_load; CONFIG (no trial has a result), IO, NOMEM */
SWP_CHECKED swp_status res_export_best(res_store *store, const char *experiment, FILE *out,
                                       swp_err *err);

/* Sequences judged by their errors, one after the other. */
typedef struct res_verdicts {
    const float *errors;       /* (n) */
    const char *const *labels; /* (n), or NULL: not known */
    size_t n;
    double threshold; /* an error above is an anomaly */
} res_verdicts;

/* Rows as CSV or JSON, numbered from 0: row,label,error,verdict, which is normal or anomaly.
 * errors   USAGE when format is neither; IO when out cannot be written, NOMEM */
SWP_CHECKED swp_status res_verdicts_write(const res_verdicts *verdicts, res_format format,
                                          FILE *out, swp_err *err);

#endif
