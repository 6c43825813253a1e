/* The registry of backends: the one list of them, and the check that a table is whole. A new
 * backend is a table in a file of its own and an entry in run_backend_find. */
#include "runner/backend/backend.h"

#include <string.h>

#include "runner/backend/command.h"
#include "runner/backend/lstm.h"

swp_status run_backend_validate(const run_backend *backend, swp_err *err)
{
    if (backend->version != RUN_BACKEND_VERSION)
        return swp_fail(err, SWP_INTERNAL, "backend %s: expected version %u, found %u",
                        backend->name ? backend->name : "without a name", RUN_BACKEND_VERSION,
                        backend->version);
    const struct {
        const char *name;
        bool is_there;
    } slots[] = {
        {"name", backend->name != NULL},
        {"cost", backend->cost != NULL},
        {"compare", backend->compare != NULL},
        {"together", backend->together != NULL},
        {"open", backend->open != NULL},
        {"close", backend->close != NULL},
        {"list_devices", backend->list_devices != NULL},
        {"start", backend->start != NULL},
        {"step", backend->step != NULL},
        {"read", backend->read != NULL},
        {"stop", backend->stop != NULL},
        {"end", backend->end != NULL},
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        if (!slots[i].is_there)
            return swp_fail(err, SWP_INTERNAL, "backend %s: %s is missing",
                            backend->name ? backend->name : "without a name", slots[i].name);
    }
    return SWP_OK;
}

swp_status run_backend_find(const char *name, const run_backend **out, swp_err *err)
{
    const run_backend *const registered[] = {run_backend_lstm(), run_backend_command()};
    for (size_t i = 0; i < sizeof registered / sizeof registered[0]; i++) {
        *out = registered[i];
        if (strcmp(registered[i]->name, name) == 0)
            return run_backend_validate(registered[i], err);
    }
    return swp_fail(err, SWP_INTERNAL, "no backend is called %s", name);
}
