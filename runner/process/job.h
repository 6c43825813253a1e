/* The message that hands out a job. */
#ifndef RUN_JOB_H
#define RUN_JOB_H

#include "runner/process/attempts.h"
#include "runner/process/source.h"

/* Append a JOB frame for trials of a study, which have all done as many steps: their parameters,
 * the budget that the source gives them, and their state in the store; for a command a new attempt
 * is recorded (`attempts`, else NULL). errors   DB, NOMEM, CONFIG */
SWP_CHECKED swp_status run_job_put(swp_buf *frames, const run_study *study,
                                   const run_source *source, run_attempts *attempts,
                                   const size_t *trials, size_t n, swp_err *err);

#endif
