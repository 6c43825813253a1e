/* Where a command's results go: standard output, or the file of -o. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdio.h>

#include "engine/base/json.h"
#include "engine/base/path.h"
#include "results/query/query.h"
#include "runner/cli/cli.h"

/* Open for results; `path` NULL or "-" = standard output. A file is written beside its place and
 * moved there by cli_output_close, so that a failure leaves what was there before. */
typedef struct cli_output {
    FILE *file;     /* where to write */
    swp_file named; /* the file of that name; unused for standard output */
} cli_output;

/* errors   IO, NOMEM   owns   cli_output_close, also on failure */
SWP_CHECKED swp_status cli_output_open(cli_output *output, const char *path, swp_err *err);

/* Finish the output, or drop it when `status` (what the writer came to) is not OK.
 * Returns that status, or IO when the file cannot be completed. */
SWP_CHECKED swp_status cli_output_close(cli_output *output, swp_status status, swp_err *err);

/* Make a name fit for a folder on any system, in place: other bytes become '_'. */
void cli_make_safe(char *name);

/* parent + NAME of the experiment, made safe: the folder of its files unless -o names another.
 * errors   as res_experiment_find   owns   *out: swp_free */
SWP_CHECKED swp_status cli_default_folder(res_store *store, const char *name, const char *parent,
                                          char **out, swp_err *err);

/* --format of a command that knows table and json only. errors USAGE */
SWP_CHECKED swp_status cli_wants_json(const cli_call *call, bool *out, swp_err *err);

/* Whether the user's locale is one of UTF-8: the program itself keeps to the C locale. */
bool cli_has_utf8(void);

/* Print a finished value on standard output, and free it. errors NOMEM */
SWP_CHECKED swp_status cli_print_json(swp_json *value, swp_err *err);

#endif
