/* What a report shows, before it is laid out: one row per evaluation, or per group of evaluations.
 */
#ifndef RES_REPORT_PRIV_H
#define RES_REPORT_PRIV_H

#include "results/query/axes.h"
#include "results/query/class_recall.h"
#include "results/query/metric.h"
#include "results/report/table_priv.h"
#include "results/stats/stats.h"

typedef struct res_report_row {
    const res_evaluation *evaluation; /* the first of the group in grid order */
    size_t trial;                     /* index of its trial */
    size_t group;              /* same for trials whose settings agree, as far as rows tell them */
    size_t position;           /* of the evaluation in the list: the order of rows */
    size_t n;                  /* finished evaluations of the group */
    const res_spread *figures; /* (RES_FIGURES) */
    const res_spread *classes; /* (report.classes.n) recalls */
} res_report_row;

typedef struct res_report {
    res_experiment experiment;
    res_trial *trials;
    size_t n_trials;
    res_evaluation *evaluations;
    size_t n_evaluations;
    res_axes axes;                /* settings that are columns, or may be */
    bool by_keys;                 /* the axes are those of group_by, and all of them are shown */
    bool by_epochs, by_threshold; /* rows differ in it */
    bool grouped;                 /* rows are groups */
    res_report_row *rows;
    size_t n_rows;
    res_spread *spreads;       /* (n_rows, RES_FIGURES) */
    res_class_recalls classes; /* of the evaluations; none unless asked for */
    res_spread *class_spreads; /* (n_rows, classes.n) */
    bool shown[RES_FIGURES];
    size_t n_hidden;                  /* rows left out by res_report_condense */
    bool last_epochs;                 /* ... among them all but the largest epoch counts */
    size_t n_compared;                /* rows of which res_report_pick_best took one; 0 without */
    res_pair *settings, *environment; /* (n_settings) (n_environment) RES_HTML only */
    size_t n_settings, n_environment;
} res_report;

/* errors   as res_report_write   owns   res_report_deinit */
SWP_CHECKED swp_status res_report_load(res_store *store, const char *experiment,
                                       const res_report_options *options, res_report *out,
                                       swp_err *err);
void res_report_deinit(res_report *report);

/* Leave out rows until at most `most` are left, or nothing more can go: of each trial and epoch
 * count all thresholds but the one with the best balanced accuracy, then of each trial all epoch
 * counts but the largest. What the filter names stays. */
void res_report_condense(res_report *report, const res_evaluation_filter *filter, size_t most);

/* Keep the row with the best mean of a figure, of equals the first. */
void res_report_pick_best(res_report *report, res_figure figure);

/* Order by the mean of a figure, unknown ones last, equals in grid order. errors NOMEM */
SWP_CHECKED swp_status res_report_sort(res_report *report, res_figure figure, bool descending,
                                       swp_err *err);

/* The axes that a report shows as columns of their own: without group_by not the dimension, which
 * always has one, and not the seed of a grouped report. */
bool res_report_shows_axis(const res_report *report, size_t axis);

/* What tells a row from the others: "embedding_dim 4, epochs 25, threshold 45". */
void res_report_name_row(const res_report *report, const res_report_row *row, swp_buf *out);

/* The rows as a table, and what the figures of groups are, in words; nothing when rows are
 * evaluations.
 */
void res_report_fill_table(const res_report *report, const res_report_options *options,
                           res_table *table, swp_buf *figures);

/* The layouts. errors NOMEM */
SWP_CHECKED swp_status res_report_write_text(const res_report *report,
                                             const res_report_options *options, FILE *out,
                                             swp_err *err);
SWP_CHECKED swp_status res_report_write_html(const res_report *report,
                                             const res_report_options *options, FILE *out,
                                             swp_err *err);
SWP_CHECKED swp_status res_report_write_rows(const res_report *report, res_format format, FILE *out,
                                             swp_err *err);

#endif
