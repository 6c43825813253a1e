/* The registry of stoppers: the one list of them, and the check that a table is complete. A new one
 * is a table in a file of its own, an entry in run_stopper_at, and a word that search.stop allows.
 */
#include "runner/search/stopper.h"

#include <string.h>

#include "runner/search/halving.h"
#include "runner/search/median.h"

swp_status run_stopper_validate(const run_stopper *stopper, swp_err *err)
{
    const char *name = stopper->name ? stopper->name : "without a name";
    if (stopper->version != RUN_STOPPER_VERSION)
        return swp_fail(err, SWP_INTERNAL, "stopper %s: expected version %u, found %u", name,
                        RUN_STOPPER_VERSION, stopper->version);
    const struct {
        const char *name;
        bool is_there;
    } slots[] = {
        {"name", stopper->name != NULL},       {"open", stopper->open != NULL},
        {"next", stopper->next != NULL},       {"decide", stopper->decide != NULL},
        {"finish", stopper->finish != NULL},   {"limit", stopper->limit != NULL},
        {"promote", stopper->promote != NULL}, {"close", stopper->close != NULL},
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (!slots[i].is_there)
            return swp_fail(err, SWP_INTERNAL, "stopper %s: %s is missing", name, slots[i].name);
    }
    return SWP_OK;
}

const run_stopper *run_stopper_at(size_t index)
{
    const run_stopper *const registered[] = {run_stopper_halving(), run_stopper_median()};
    return index < sizeof registered / sizeof registered[0] ? registered[index] : NULL;
}

swp_status run_stopper_find(const char *name, const run_stopper **out, swp_err *err)
{
    for (size_t i = 0; (*out = run_stopper_at(i)); i++) {
        if (strcmp((*out)->name, name) == 0)
            return run_stopper_validate(*out, err);
    }
    return swp_fail(err, SWP_INTERNAL, "no stopper is called %s", name);
}

swp_status run_stop_rules_check(const run_stop_rules *rules, swp_err *err)
{
    if (rules->max_steps == 0)
        return swp_fail(err, SWP_CONFIG,
                        "expected the number of steps of a full trial, found none");
    if (rules->min_steps == 0 || rules->min_steps > rules->max_steps)
        return swp_fail(err, SWP_CONFIG, "expected min_steps from 1 to %zu, found %zu",
                        rules->max_steps, rules->min_steps);
    return SWP_OK;
}
