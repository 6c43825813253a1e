/* What several commands begin with: the configuration, an engine, the store. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "engine/engine.h"
#include "results/report/report.h"
#include "runner/cli/cli.h"
#include "runner/config/cfg.h"
#include "runner/plan/estimate.h"
#include "runner/plan/plan.h"

/* clang-format off */
#define CLI_OPTION_SET {.name = "set", .argument = "KEY=VALUE", \
                        .help = "override a setting, as in train.epochs=10; may be repeated"}
/* clang-format on */

/* The folder of what was installed with the program: ../share/sweep from it. False when there is
 * none, or when that cannot be told. */
bool cli_share_folder(char *out, size_t size);

/* The INI file of the first operand, of this path or of this name below the folder above, with the
 * overrides of --set.
 * errors   as cfg_load   owns   *out: cfg_destroy */
SWP_CHECKED swp_status cli_load_config(const cli_call *call, cfg **out, swp_err *err);

/* The engine that a device name (auto, cpu, cuda) means; a plug-in is loaded.
 * errors   UNAVAILABLE (as run_plugin_load), USAGE (no such device) */
SWP_CHECKED swp_status cli_find_engine(const cli_call *call, const char *device,
                                       const eng_api **out, swp_err *err);

/* The store of --db for reading. errors as res_store_open   owns *out: res_store_close */
SWP_CHECKED swp_status cli_open_store(const cli_call *call, res_store **out, swp_err *err);

/* --format, one up to `last`, or `otherwise` when it is not given. errors USAGE */
SWP_CHECKED swp_status cli_format(const cli_call *call, res_format otherwise, res_format last,
                                  res_format *out, swp_err *err);

/* Print the size of a plan on standard output; `estimate` and `first` (what a command's first trial
 * executes) may be NULL. errors NOMEM */
SWP_CHECKED swp_status cli_print_plan(const run_plan *plan, const run_estimate *estimate,
                                      const run_invocation *first, bool json, swp_err *err);

#endif
