/* Threads that share one model's step: each does its part of every pass, and they meet after each
 * time step. Results do not depend on their number: every number is computed by one thread, in the
 * order in which it would be computed alone. */
#ifndef TEAM_TEAM_H
#define TEAM_TEAM_H

#include <stddef.h>

#include "engine/base/err.h"

#define TEAM_MOST 2 /* threads; more meet too often for what is left to each */

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

/* Do a job on `parts` threads, the caller being number 0, and wait until all are done. A thread
 * that cannot be started is done without: the caller then does the job alone. */
void team_run(team *t, size_t parts, void (*job)(void *context, const team_share *share),
              void *context);

/* A meeting: say that this thread is here, and wait until all are; what each wrote before it said
 * so is seen by all after. Between the two a thread may do what needs nobody else. */
void team_arrive(const team_share *share);
void team_await(const team_share *share);
void team_meet(const team_share *share);

#endif
