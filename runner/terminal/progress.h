/* What a run shows while it works: on a terminal a bar and one line per running trial, elsewhere
 * one plain line per step. */
#ifndef RUN_PROGRESS_H
#define RUN_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"
#include "results/store/store.h"

typedef enum run_progress_mode {
    RUN_PROGRESS_QUIET,   /* notes only */
    RUN_PROGRESS_PLAIN,   /* a line per epoch */
    RUN_PROGRESS_TERMINAL /* redrawn in place */
} run_progress_mode;

/* A trial as progress sees it; label is borrowed. */
typedef struct run_progress_item {
    const char *label;              /* "batch_size=4"; may be empty */
    size_t max_epochs, epochs_done; /* RES_UNLIMITED: not known */
    double cost;                    /* of one epoch, in any unit common to all */
    res_state state;
} run_progress_item;

typedef struct run_progress run_progress;

/* Where and how to show it. */
typedef struct run_progress_look {
    int fd;
    run_progress_mode mode;
    bool colour;
    size_t workers;        /* that the trials share: for the time left */
    size_t total;          /* the most trials that there may be; 0: as many as now */
    const char *objective; /* borrowed; a second line tells its best value and how many trials are
                              done, stopped, promoted and failed. NULL: no such line */
    bool maximize;
    double best;       /* of the trials so far; NAN: none */
    size_t best_trial; /* which has it */
} run_progress_look;

/* Begin to show n trials. Items are copied. errors NOMEM   owns *out: run_progress_destroy */
SWP_CHECKED swp_status run_progress_create(const run_progress_look *look,
                                           const run_progress_item *items, size_t n,
                                           run_progress **out, swp_err *err);

/* Show one trial more, the last from now on. errors NOMEM */
SWP_CHECKED swp_status run_progress_add(run_progress *progress, const run_progress_item *item,
                                        swp_err *err);

/* Leave the last state of the bar on the screen, restore the cursor. NULL is allowed. */
void run_progress_destroy(run_progress *progress);

/* A trial begins or goes on in a worker; a step of it is stored; it does not run any more. */
void run_progress_start(run_progress *progress, size_t trial);
void run_progress_epoch(run_progress *progress, size_t trial, const res_step *step);
void run_progress_end(run_progress *progress, size_t trial);

/* What was decided about a trial; one that goes on after it was stopped was promoted. */
void run_progress_decide(run_progress *progress, size_t trial, res_state state);

/* A line that stays; the second form begins with "trial 3/9 batch_size=4: ". */
void run_progress_note(run_progress *progress, const char *text);
void run_progress_note_trial(run_progress *progress, size_t trial, const char *text);

/* What is said between these two is shown at the second, or never where it was not recorded after
 * all. */
void run_progress_hold(run_progress *progress);
void run_progress_release(run_progress *progress, bool is_recorded);

/* Redraw if it is time to. */
void run_progress_draw(run_progress *progress);

/* Seconds between redraws; 0 when nothing is ever redrawn. */
double run_progress_interval(const run_progress *progress);

#endif
