/* --threshold, --epochs and --where, parsed. */
#include "runner/cli/choice.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static swp_status add_epochs(cli_choice *c, int64_t first, int64_t last, int64_t step, swp_err *err)
{
    size_t n = (size_t)((last - first) / step) + 1;
    size_t *grown = swp_resize(c->epochs, c->filter.n_epochs + n, sizeof *grown);
    if (!grown)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu epoch counts", n);
    c->epochs = grown;
    for (size_t i = 0; i < n; i++)
        grown[c->filter.n_epochs++] = (size_t)(first + (int64_t)i * step);
    return SWP_OK;
}

/* "5", "1..20" or "5..25..5"; cut in place. */
static swp_status read_range(cli_choice *c, char *text, const cli_call *call, swp_err *err)
{
    char whole[64];
    int64_t ends[3] = {0, 0, 1};
    size_t n = 0;
    bool good = true;
    snprintf(whole, sizeof whole, "%s", text);
    for (char *at = text; at && good; n++) {
        char *dots = strstr(at, "..");
        if (dots)
            *dots = '\0';
        good = n < 3 && swp_parse_int(at, 1, MAX_EPOCHS, &ends[n]);
        at = dots ? dots + 2 : NULL;
    }
    ends[1] = n == 1 ? ends[0] : ends[1];
    if (!good || ends[1] < ends[0])
        return swp_fail(err, SWP_USAGE,
                        "%s: --epochs: expected whole numbers from 1 to %d (5, 1..20, 5..25..5), "
                        "found \"%s\"",
                        call->command->name, MAX_EPOCHS, whole);
    return add_epochs(c, ends[0], ends[1], ends[2], err);
}

static swp_status read_epochs(const cli_call *call, cli_choice *c, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t n = 0; status == SWP_OK; n++) {
        const char *text = cli_value_at(call, "epochs", n);
        char *copy = text ? swp_strdup(text) : NULL;
        if (!text)
            break;
        if (!copy)
            return swp_fail(err, SWP_NOMEM, "out of memory");
        for (char *at = copy; at && status == SWP_OK;) {
            char *comma = strchr(at, ',');
            if (comma)
                *comma = '\0';
            status = read_range(c, at, call, err);
            at = comma ? comma + 1 : NULL;
        }
        swp_free(copy);
    }
    c->filter.epochs = c->epochs;
    return status;
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
