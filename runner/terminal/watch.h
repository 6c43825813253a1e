/* The progress of an experiment, read from the store alone: for users at another terminal. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "engine/base/str.h"
#include "results/query/standing.h"

/* Steps that a trial did in the present run. */
typedef struct run_seen {
    size_t n;
    double wall_s; /* mean seconds of one */
} run_seen;

/* One moment of an experiment. */
typedef struct run_watch {
    res_study study;
    res_evaluation *evaluations; /* (n_evaluations) as planned */
    size_t n_evaluations;
    run_seen *seen;          /* (trials) */
    size_t workers;          /* of the present run, as far as steps tell */
    double begun_s, ended_s; /* of the present or last run; 0: there was none, it is not over */
    size_t shown[2];         /* (n_shown) step metrics, the objective of the study last */
    size_t n_shown;          /* 1 or 2 */
    res_standing standing;   /* of the trials by the objective */
    size_t *order;      /* (trials) indexes: those under way first, then by the best objective */
    bool *is_under_way; /* (trials) has steps of the present run and is not over */
    bool running;       /* a process runs the experiment */
    char holder[256];   /* which; "" when none does */
    double share;       /* of the work that is over, 0 to 1 */
    double elapsed_s;   /* of the present or last run; NAN when there was none */
    double left_s;      /* NAN when it is not known or nothing is left */
    bool has_best;
    size_t ranking;      /* metric by which an evaluation is the best */
    res_evaluation best; /* the first of equals */
} run_watch;

/* Look at an experiment. Zero-initialise for the first look; each further one reads what was
 * recorded since, unless trials were added.
 * errors   as res_experiment_find; IO, DB, NOMEM   owns   *watch: run_watch_deinit, after a failure
 * too */
SWP_CHECKED swp_status run_watch_look_at(res_store *store, const char *experiment, run_watch *watch,
                                         swp_err *err);
void run_watch_deinit(run_watch *watch);

/* Whether the number of steps of trials is not known: a command ends by itself. */
bool run_watch_is_open(const res_trial *trial);

/* The best value of the objective in a trial so far and its step, which is 0 before the first. */
double run_watch_best(const run_watch *watch, size_t trial, size_t *step);

/* What it looks like. */
typedef struct run_watch_look {
    size_t columns, rows; /* that may be used */
    bool ascii;           /* the terminal has no UTF-8 */
} run_watch_look;

/* Hand the lines of a picture of it to `line`, at most look->rows. errors NOMEM */
SWP_CHECKED swp_status run_watch_draw(const run_watch *watch, const run_watch_look *look,
                                      void (*line)(const char *text, void *context), void *context,
                                      swp_err *err);

/* Add a curve of `values` to `out`, at most `width` columns: the mean of neighbours where there are
 * more, one of eight heights between the smallest and the largest. */
void run_watch_curve(const double *values, size_t n, size_t width, bool ascii, swp_buf *out);

#endif
