/* What `run` and `work` have in common: workers, and trials scheduled on them in sight of the
 * user.
 */
#ifndef CLI_SCHEDULE_H
#define CLI_SCHEDULE_H

#include "runner/cli/cli.h"
#include "runner/process/sched.h"

/* Most workers that may be started: --workers, else `configured`, and for 0 what suits the engine.
 * errors USAGE */
SWP_CHECKED swp_status cli_find_workers(const cli_call *call, size_t configured, const eng_api *api,
                                        size_t *out, swp_err *err);

/* What runs the commands of a configuration, and how many at a time: --workers, run.workers, or one
 * for each core; where GPUs are used, as many as these have room for, or what is said if fewer.
 * errors   UNAVAILABLE (what a command starts cannot be found here), USAGE, CONFIG, NOMEM
 * owns     *out: cfg_description_deinit, after a failure too */
SWP_CHECKED swp_status cli_prepare_command(const cli_call *call, const cfg *config,
                                           cfg_description *out, size_t *workers, swp_err *err);

/* run_sched with progress on standard error. errors as run_sched */
SWP_CHECKED swp_status cli_schedule(const cli_call *call, run_study *study,
                                    run_sched_options *options, run_sched_result *result,
                                    swp_err *err);

#endif
