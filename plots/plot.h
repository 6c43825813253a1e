/* Charts of an experiment: writes a .dat and a .gp beside each picture and runs gnuplot on it, so
 * that a user can restyle a picture and rerun gnuplot by hand. */
#ifndef PLOT_PLOT_H
#define PLOT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "results/query/query.h"

typedef enum plot_format { PLOT_PNG, PLOT_SVG, PLOT_PDF } plot_format;

/* "png", "svg", "pdf". errors USAGE */
SWP_CHECKED swp_status plot_format_parse(const char *text, plot_format *out, swp_err *err);

/* A font as "NAME", "NAME,SIZE" or ",SIZE". */
typedef struct plot_font {
    char name[64]; /* "" = the style's own */
    double size;   /* points; 0 = in proportion to the width */
} plot_font;

/* errors   USAGE (a name too long or with a comma, a size out of 4..200) */
SWP_CHECKED swp_status plot_font_parse(const char *text, plot_font *out, swp_err *err);

/* Sides of a picture in pixels. */
enum { PLOT_LEAST_SIDE = 200, PLOT_MOST_SIDE = 16000 };

/* Samples of a class that a store holds, at most. */
enum { PLOT_MOST_SAMPLES = 3 };

/* What `only` may name. */
#define PLOT_CHARTS                                                                                \
    "split, class_counts, class_means, loss_curves, trials, final_loss, recall_curves,\n"          \
    "recall_bars, class_recall, recall_threshold, roc, precision_recall, error_histogram,\n"       \
    "confusion, reconstructions, metric_curves, metric_axis, heatmap, parallel, history,\n"        \
    "slice, importance, rungs, timeline"

typedef struct plot_options {
    const char *folder;           /* made when missing */
    const char *only;             /* "NAME,NAME": the charts to draw; NULL = all that make sense */
    res_evaluation_filter filter; /* at most one threshold and one epoch count; none = the default
                                     threshold and the largest epoch count */
    const char *const *where;     /* (n_where) clauses "key=value", see res_select */
    size_t n_where;
    const char *by;   /* "KEY,KEY": parameters that charts are by, others are pooled; NULL = all */
    const char *axes; /* "KEY,KEY": of the heat map; NULL = those of `by` or the first two */
    const char *metrics; /* "NAME,NAME": what it shows, as res_metric_find; NULL = the usual ones */
    size_t singles;      /* trials with a picture of their own, at most; 0 = see below */
    size_t samples; /* of each class in a picture of reconstructions; 0 = all that are stored */
    plot_format format;
    size_t width, height; /* pixels, PLOT_LEAST_SIDE..PLOT_MOST_SIDE; 0 = each chart's own */
    plot_font font;
    size_t processes; /* of gnuplot side by side, at most; 0 = one */
    bool untitled;    /* without heading and notes: for papers, whose captions say it */
    void (*written)(const char *path, void *context); /* called for each picture; may be NULL */
    void (*note)(const char *text, void *context);    /* what was left out, one line; may be NULL */
    void *context;
} plot_options;

/* Trials that get a picture of their own, at most; of more, a few. */
enum { PLOT_SINGLES = 40, PLOT_SINGLES_OF_MANY = 12 };

/* A width in pixels ("1600"), inches ("3.5in") or millimetres ("89mm"). A length gives pixels of
 * the format's own density, and text of 7 points, below 5 inches of 5, unless the font has a size.
 * errors   USAGE (none of these, or pixels out of PLOT_LEAST_SIDE..PLOT_MOST_SIDE) */
SWP_CHECKED swp_status plot_width_parse(const char *text, plot_options *out, swp_err *err);

/* Render charts of one experiment (NULL = the last run).
 * errors   UNAVAILABLE (gnuplot missing or failing, with what to install or what it printed),
 *          USAGE (`only` names no chart, `metrics` no metric, `axes` not two parameters, `by` or
 *          `where` no parameter), IO (folder), CONFIG (no such experiment, nothing recorded yet,
 *          nothing that `only` names can be drawn, `axes` or `by` names what does not differ, no
 *          evaluation agrees with `where`, an epoch count beyond what is recorded), DB (damaged:
 *          charts that do not need it are drawn all the same, and `note` has the others), NOMEM */
SWP_CHECKED swp_status plot_experiment(res_store *store, const char *experiment,
                                       const plot_options *options, swp_err *err);

#endif
