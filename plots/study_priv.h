/* What the charts are drawn from: one experiment's trials, and the groups they are shown in. */
#ifndef PLOT_STUDY_PRIV_H
#define PLOT_STUDY_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/str.h"
#include "plots/settings_priv.h"
#include "results/query/query.h"

/* Longest texts in a picture, in characters. */
enum {
    PLOT_HEADING_CHARS = 40,
    PLOT_LABEL_CHARS = 48,
    PLOT_DATA_CHARS = 24,
    PLOT_VALUE_CHARS = 16
};

/* More curves or bars than this are condensed to fewer groups. A bar takes 52 pixels, and no
 * picture can be wider than 32,767. */
enum { PLOT_CURVES = 12, PLOT_BARS = 120 };

typedef struct plot_study {
    res_experiment experiment;
    res_trial *trials; /* (n) grid order; labelled by the axes in which they differ */
    size_t n;
    plot_settings settings;
    res_class *classes; /* (n_classes) of the experiment's data set */
    size_t n_classes;
    char *unit;       /* of the losses, for an axis */
    char *error_unit; /* of the errors */
} plot_study;

/* errors   CONFIG (no such experiment, nothing recorded yet), DB, NOMEM
 * owns     *out: plot_study_deinit, after a failure too */
SWP_CHECKED swp_status plot_study_load(res_store *store, const char *experiment, plot_study *out,
                                       swp_err *err);
void plot_study_deinit(plot_study *study);

/* Add the line "heading = 'WHAT: NAME'"; synthetic data is named as such in every heading. */
void plot_study_heading(const plot_study *study, const char *what, swp_buf *out);

/* Add "class 2", or "class 1 (normal)" where it is known which is. */
void plot_study_class(const plot_study *study, size_t c, swp_buf *out);

/* Whether a class is the one that is trained on; false where that is an axis. */
bool plot_study_is_normal(const plot_study *study, size_t c);

typedef enum plot_level {
    PLOT_EACH,  /* every trial by itself */
    PLOT_SEEDS, /* together: trials that differ in the seed only */
    PLOT_DIMS   /* together: trials of one architecture and embedding dimension */
} plot_level;

#define PLOT_NO_GROUP SIZE_MAX

typedef struct plot_groups {
    size_t n;
    char **labels; /* (n) by dimension, then grid order */
    size_t *sizes; /* (n) trials in it */
    size_t *of;    /* (trials of the study) its group or PLOT_NO_GROUP */
    plot_level level;
    bool by_dim;    /* the labels are embedding dimensions and nothing else */
    size_t largest; /* of sizes */
} plot_groups;

/* Group the trials whose `use` is set: at `level`, or at the first coarser one that has at most
 * `most` groups, or at the coarsest.
 * errors   NOMEM   owns     *out: plot_groups_deinit, after a failure too */
SWP_CHECKED swp_status plot_groups_make(const plot_study *study, const bool *use, plot_level level,
                                        size_t most, plot_groups *out, swp_err *err);
void plot_groups_deinit(plot_groups *groups);

/* Add the lines "n = ...", "array labels[n] = [...]" and "labels_prefix = ...". */
void plot_groups_head(const plot_groups *groups, swp_buf *out);

/* Add the comment "# LABEL: WHAT", which begins a group's block of data. */
void plot_groups_label(const plot_groups *groups, size_t g, const char *what, swp_buf *out);

/* "8" or "E=8 learning_rate=0.001", the settings in which a trial differs from the others. The
 * caller frees with swp_free; NULL without memory. */
char *plot_trial_label(const res_trial *trial, bool with_seed);

#endif
