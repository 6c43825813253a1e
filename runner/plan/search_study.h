/* A search enrolled in a store: its course (runner/search/course.h) is repeated from stored values
 * and continued with new ones.
 *
 * Trials enter the plan and the store, under the number of their place in the plan, as they are
 * proposed. When all is decided, the confirm stage repeats the best trials with fresh seeds. */
#ifndef RUN_SEARCH_STUDY_H
#define RUN_SEARCH_STUDY_H

#include "runner/plan/study.h"

/* For run_study_init, inside its transaction: add the search, its stored trials, and all that can
 * be proposed now. Failed trials wait again with retry_failed.
 * errors   DB (a stored proposal is not the one that the search makes: names both), CONFIG, NOMEM
 * owns     *out: run_search_study_destroy, also after an error; borrows study */
SWP_CHECKED swp_status run_search_study_create(run_study *study, bool retry_failed,
                                               run_search_study **out, swp_err *err);
void run_search_study_destroy(run_search_study *search); /* NULL allowed */

/* A step of a trial was recorded, or it failed: the next advance reads it. */
void run_search_study_touch(run_search_study *search, size_t trial);

/* Decide from the recorded values, and enrol new proposals, in one transaction. errors as above */
SWP_CHECKED swp_status run_search_study_advance(run_search_study *search, swp_err *err);

/* Steps that a trial of the plan may do now. */
size_t run_search_study_limit(const run_search_study *search, size_t trial);

/* List a trial (again) if it may do more steps than it has done: the worker that was told to end it
 * has done so. errors NOMEM */
SWP_CHECKED swp_status run_search_study_open(run_search_study *search, size_t trial, swp_err *err);

/* The next trial whose limit of steps has grown; false when there is none. Each is returned once
 * for each limit; the caller knows whether it already waits for a worker. */
bool run_search_study_take_open(run_search_study *search, size_t *trial);

/* Whether virtual time limits how many trials are under way. */
bool run_search_study_has_slots(const run_search_study *search);

/* Whether nothing is left to train. */
bool run_search_study_is_over(const run_search_study *search);

/* "learning_rate=0.001 batch_size=4"; borrowed until the search is destroyed. */
const char *run_search_study_label(const run_search_study *search, size_t trial);

/* How far a search has come. */
typedef struct run_search_counts {
    size_t trials; /* fits at most: those of the configuration, or more that are stored */
    size_t proposed, confirming;
    size_t slots;                /* 0: any number */
    size_t done, paused, failed; /* of those */
} run_search_counts;

run_search_counts run_search_study_count(const run_search_study *search);

#endif
