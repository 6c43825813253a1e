/* Choosing evaluations by what they were made with: "learning_rate=0.001", "epochs=25". */
#ifndef RES_SELECT_PRIV_H
#define RES_SELECT_PRIV_H

#include "results/query/axes.h"

/* "did you mean NAME?" if a name is near, else all of them. */
void res_hint_nearest(const char *found, const char *const *names, size_t n, swp_err *err);

/* The names that evaluations of a revision may be chosen by: its trials' settings, train.epochs and
 * eval.threshold. */
typedef struct res_names {
    char **keys; /* (n) section.key */
    size_t n;
} res_names;

/* owns     res_names_deinit, after a failure too */
SWP_CHECKED swp_status res_names_load(res_store *store, int64_t revision, res_names *out,
                                      swp_err *err);
void res_names_deinit(res_names *names);

/* The whole key that `name` of this length stands for, with or without its section.
 * errors   USAGE with the nearest name */
SWP_CHECKED swp_status res_names_find(const res_names *names, const char *name, size_t length,
                                      const char **out, swp_err *err);

#define RES_KEY_EPOCHS    "train.epochs"
#define RES_KEY_THRESHOLD "eval.threshold"

/* Keep the evaluations that agree with clauses "key=value": with one of those that name the same
 * key, with all keys. Numbers agree by value. `trials` are the revision's. errors   USAGE (no such
 * key, no value), CONFIG (no evaluation agrees; the hint tells the values), DB, NOMEM */
SWP_CHECKED swp_status res_select(res_store *store, int64_t revision, const char *const *clauses,
                                  size_t n_clauses, const res_trial *trials, size_t n_trials,
                                  res_evaluation *evaluations, size_t *n_evaluations, swp_err *err);

/* Whether two setting texts mean the same value. */
bool res_same_value(const char *a, const char *b);

#endif
