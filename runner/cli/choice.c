/* --threshold, --epochs and --where, parsed. */
#include "runner/cli/choice.h"

#include <stdint.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"

#define MAX_EPOCHS 1000000

static swp_status read_thresholds(const cli_call *call, cli_choice *c, swp_err *err)
{
    size_t n = 0;
    for (const char *text; (text = cli_value_at(call, "threshold", n)) != NULL; n++) {
        swp_err inner = {0};
        if (res_threshold_parse(text, &c->thresholds[n], &inner) != SWP_OK)
            return swp_fail(err, SWP_USAGE, "%s: --threshold: %s", call->command->name, inner.text);
    }
    c->filter.thresholds = c->thresholds;
    c->filter.n_thresholds = n;
    return SWP_OK;
}

static swp_status read_epochs(const cli_call *call, cli_choice *c, swp_err *err)
{
    size_t n = 0;
    for (const char *text; (text = cli_value_at(call, "epochs", n)) != NULL; n++) {
        int64_t value;
        if (!swp_parse_int(text, 1, MAX_EPOCHS, &value))
            return swp_fail(err, SWP_USAGE,
                            "%s: --epochs: expected a whole number from 1 to %d, found \"%s\"",
                            call->command->name, MAX_EPOCHS, text);
        c->epochs[n] = (size_t)value;
    }
    c->filter.epochs = c->epochs;
    c->filter.n_epochs = n;
    return SWP_OK;
}

swp_status cli_choice_read(const cli_call *call, cli_choice *out, swp_err *err)
{
    *out = (cli_choice){
        .thresholds = swp_alloc(call->n_given, sizeof *out->thresholds),
        .epochs = swp_alloc(call->n_given, sizeof *out->epochs),
        .where = swp_alloc(call->n_given + 1, sizeof *out->where),
    };
    if (!out->thresholds || !out->epochs || !out->where)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu options", call->n_given);
    while ((out->where[out->n_where] = cli_value_at(call, "where", out->n_where)))
        out->n_where++;
    swp_status status = read_thresholds(call, out, err);
    return status == SWP_OK ? read_epochs(call, out, err) : status;
}

void cli_choice_deinit(cli_choice *choice)
{
    swp_free(choice->thresholds);
    swp_free(choice->epochs);
    swp_free(choice->where);
    *choice = (cli_choice){0};
}
