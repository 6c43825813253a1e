/* Studies in fresh stores, for the measurements of plan and store. */
#ifndef BENCH_STUDY_H
#define BENCH_STUDY_H

#include "runner/plan/study.h"

/* 100,000 evaluations of 100 trials. The data set is small, since it is not measured. */
#define STUDY_WIDE                                                                                 \
    "[experiment]\nname = wide\n[data]\npath = builtin:ecg?rows=500\n[sweep]\n"                    \
    "train.seed = 1..100\ntrain.epochs = 1..10\neval.threshold = 1..100\n"

/* Two trials, many epochs. */
#define STUDY_DEEP                                                                                 \
    "[experiment]\nname = deep\n[data]\npath = builtin:ecg?rows=500\n[train]\nepochs = 1000\n"     \
    "[sweep]\nmodel.embedding_dim = 8, 128\n"

/* Load a configuration from a text. errors IO   owns *out: cfg_destroy */
SWP_CHECKED swp_status study_config(const char *text, cfg **out, swp_err *err);

typedef struct bench_study {
    cfg *config;
    run_plan plan;
    res_store *store;
    run_study study;
} bench_study;

/* Plan a study; its store is opened and closed by study_enrol and study_close.
 * owns study_deinit, also on failure */
SWP_CHECKED swp_status study_init(bench_study *s, const char *text, swp_err *err);
void study_deinit(bench_study *s);

/* Enrol the plan in a fresh store. */
SWP_CHECKED swp_status study_enrol(bench_study *s, swp_err *err);

/* Close the store and remove its files. */
void study_close(bench_study *s);

#endif
