/* Which evaluations a command reads: --threshold, --epochs, --where. */
#ifndef CLI_CHOICE_H
#define CLI_CHOICE_H

#include "results/query/query.h"
#include "runner/cli/cli.h"

/* clang-format off */
#define CLI_OPTIONS_CHOICE \
    {.name = "threshold", .argument = "T", .help = "judge at T instead; may be repeated"}, \
    {.name = "epochs", .argument = "N", .help = "judge after N epochs instead; may be repeated"}, \
    {.name = "where", .argument = "KEY=VALUE", .help = "only such evaluations; may be repeated"}
/* clang-format on */

typedef struct cli_choice {
    res_threshold *thresholds;
    size_t *epochs;
    res_evaluation_filter filter; /* of these two */
    const char **where;           /* (n_where) */
    size_t n_where;
} cli_choice;

/* errors   USAGE, NOMEM   owns   *out: cli_choice_deinit, also on failure */
SWP_CHECKED swp_status cli_choice_read(const cli_call *call, cli_choice *out, swp_err *err);
void cli_choice_deinit(cli_choice *choice);

#endif
