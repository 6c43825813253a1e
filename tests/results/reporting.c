#include "tests/results/reporting.h"

#include <math.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

swp_status write_report(FILE *out, void *context, swp_err *err)
{
    request *r = context;
    return res_report_write(r->store, r->experiment, &r->options, out, err);
}

study make_study(void)
{
    return (study){.name = "embedding",
                   .dims = {2, 4, 8},
                   .n_dims = 3,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "30.5", "p90"},
                   .n_thresholds = 3};
}

study make_seeds(void)
{
    study s = make_study();
    s.seeds[1] = 43;
    s.seeds[2] = 44;
    s.n_seeds = 3;
    return s;
}

char *report(res_store *store, res_report_options options)
{
    request r = {.store = store, .options = options};
    return capture(write_report, &r);
}

char *report_csv(res_store *store, res_report_options options)
{
    options.format = RES_CSV;
    return report(store, options);
}

void check_close(double value, double want)
{
    if (!(fabs(value - want) <= 1e-12 * fabs(want)))
        fail_msg("expected %.17g, found %.17g", want, value);
}

void check_in(const char *page, const char *text, bool wanted)
{
    if ((strstr(page, text) != NULL) != wanted)
        fail_msg("%s: \"%s\" in\n%s", wanted ? "missing" : "unwanted", text, page);
}
