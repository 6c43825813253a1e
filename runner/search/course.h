/* The course of a search in virtual time: which trials are proposed, continue, pause and end.
 *
 * Pretend that `slots` workers train the trials, and that a step of a trial takes its predicted
 * cost. A slot that becomes free takes the smallest trial that was promoted, or a new proposal; a
 * trial that has done the steps up to its next decision is judged by its stopper. These events are
 * handled in the order of (virtual time, trial), each as soon as the values that it needs are
 * known, so what is decided depends on the rules, the costs and the values alone: not on how many
 * real workers there are, which of them is fast, or how often a run was cut off. After a restart
 * the course is repeated from its beginning with the stored values.
 *
 * Without slots all trials are proposed at once, and judged in any order: for searchers that learn
 * nothing and stoppers that wait for all trials of a rung, which decide the same in any order. */
#ifndef RUN_COURSE_H
#define RUN_COURSE_H

#include "engine/base/digest.h"
#include "runner/search/searcher.h"
#include "runner/search/stopper.h"

typedef struct run_course_rules {
    const run_space *space; /* borrowed */
    const run_searcher *searcher;
    const run_stopper *stopper; /* NULL: every trial runs to its end */
    run_stop_rules stop;        /* of the stopper; n_trials below counts */
    uint64_t seed;
    size_t slots;    /* 0: all trials at once */
    size_t n_trials; /* to propose */
    size_t n_stored; /* of them were proposed before a restart; a retry delays only the others */
    bool maximize;
    const double *start; /* (space->n) coordinates that are not NAN replace those of the first
                          * point; NULL for none. Borrowed */
} run_course_rules;

typedef enum run_course_kind {
    RUN_COURSE_WAITS,    /* waits for values, or for a retry: see run_course_limit */
    RUN_COURSE_PROPOSES, /* the next trial: answer with run_course_enrol */
    RUN_COURSE_DECIDED,  /* a trial continues, was promoted or paused, or is over */
    RUN_COURSE_ENDED     /* nothing is left to decide */
} run_course_kind;

typedef struct run_course_event {
    run_course_kind kind;
    size_t trial;        /* PROPOSES: the number that it will have, from 0; DECIDED: its number */
    const double *point; /* PROPOSES: (space->n), until the next call */
} run_course_event;

/* What the course must know of a trial that was proposed. */
typedef struct run_enrolled {
    const double *point; /* (space->n) its point, as proposed now or as stored before */
    double cost;         /* of one step, > 0 */
    size_t budget;       /* its last step, >= 1 */
    size_t failed_after; /* steps done when it was counted as failed, else RUN_COURSE_NEVER */
    size_t visible;      /* proposals before its retry's result is known, else RUN_COURSE_NEVER */
    bool is_retried;     /* has a retry after a failure, and no result yet */
} run_enrolled;

#define RUN_COURSE_NEVER SIZE_MAX

typedef enum run_course_state {
    RUN_COURSE_RUNS,   /* or waits for a worker: see run_course_limit */
    RUN_COURSE_PAUSED, /* by the stopper */
    RUN_COURSE_DONE,
    RUN_COURSE_FAILED
} run_course_state;

typedef struct run_course run_course;

/* errors   CONFIG (rules that contradict each other), NOMEM   owns *out: run_course_destroy */
SWP_CHECKED swp_status run_course_create(const run_course_rules *rules, run_course **out,
                                         swp_err *err);
void run_course_destroy(run_course *course); /* NULL allowed */

/* The next thing that happens. errors NOMEM, INTERNAL */
SWP_CHECKED swp_status run_course_next(run_course *course, run_course_event *out, swp_err *err);

/* Take the trial that was proposed last. errors NOMEM, CONFIG (the point is outside the space) */
SWP_CHECKED swp_status run_course_enrol(run_course *course, const run_enrolled *trial,
                                        swp_err *err);

/* The objective after a trial's next steps; NAN: not defined there. errors NOMEM */
SWP_CHECKED swp_status run_course_report(run_course *course, size_t trial, const double *values,
                                         size_t n, swp_err *err);

/* A trial has ended by itself after the steps that were reported: it is done at the first decision
 * that asks for more. errors NOMEM */
SWP_CHECKED swp_status run_course_end(run_course *course, size_t trial, swp_err *err);

/* A trial has failed after the steps that were reported. errors NOMEM */
SWP_CHECKED swp_status run_course_fail(run_course *course, size_t trial, swp_err *err);

size_t run_course_count(const run_course *course); /* of trials proposed so far */
run_course_state run_course_state_of(const run_course *course, size_t trial);

/* Steps that a trial may do now; steps reported so far. */
size_t run_course_limit(const run_course *course, size_t trial);
size_t run_course_reported(const run_course *course, size_t trial);

/* How many steps of a trial are decided, and its last outcome reported to the searcher. */
size_t run_course_decided(const run_course *course, size_t trial);
run_outcome run_course_outcome(const run_course *course, size_t trial);

/* What to store of a failure, and of the result of a retry: see run_enrolled. */
size_t run_course_failed_after(const run_course *course, size_t trial);
size_t run_course_visible(const run_course *course, size_t trial);

/* SHA-256 over the history of a proposal made now; only for searchers that learn. */
void run_course_hash(run_course *course, char out[SWP_DIGEST_SIZE]);

#endif
