/* Threads that share the work of one process: each does its part of a job, and they may meet while
 * they do it. Results do not depend on their number: a job is cut so that every number is computed
 * by one thread, in the order in which it would be computed alone. */
#ifndef TEAM_TEAM_H
#define TEAM_TEAM_H

#include <stddef.h>

#include "engine/base/err.h"

#define TEAM_MOST 16 /* threads */

typedef struct team team;

/* Who does a job: thread number `part` of `parts`. */
typedef struct team_share {
    size_t part, parts;
    team *team; /* NULL when parts is 1 */
} team_share;

/* A team of the caller alone. Others are started when they are first wanted, so it may be made
 * before a fork.
 * errors   NOMEM   owns   *out: team_destroy */
SWP_CHECKED swp_status team_create(team **out, swp_err *err);
void team_destroy(team *t); /* NULL allowed */

/* Start the threads that a job of `parts` parts needs. Returns how many parts there can be: fewer
 * when a thread cannot be started. */
size_t team_enlist(team *t, size_t parts);

/* Do a job on `parts` threads, as many as team_enlist allows at most, the caller being number 0,
 * and wait until all are done. */
void team_run(team *t, size_t parts, void (*job)(void *context, const team_share *share),
              void *context);

/* A meeting: say that this thread is here, and wait until all are; what each wrote before it said
 * so is seen by all after. Between the two a thread may do what needs nobody else. */
void team_arrive(const team_share *share);
void team_await(const team_share *share);
void team_meet(const team_share *share);

#endif
