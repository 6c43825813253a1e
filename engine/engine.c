/* Checks an engine's table of functions when it is registered, so that a missing one is refused by
 * name and never called. */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

swp_status eng_api_validate(const eng_api *api, swp_err *err)
{
    if (api->version != ENG_API_VERSION)
        return swp_fail(err, SWP_INTERNAL, "engine interface version %u, expected %d", api->version,
                        ENG_API_VERSION);
    if (!api->name)
        return swp_fail(err, SWP_INTERNAL, "an engine has no name");

    const struct {
        const char *name;
        int set;
    } slots[] = {
        {"open", api->open != NULL},
        {"close", api->close != NULL},
        {"get_info", api->get_info != NULL},
        {"list_devices", api->list_devices != NULL},
        {"cohort_width", api->cohort_width != NULL},
        {"cohort_bytes", api->cohort_bytes != NULL},
        {"cohort_create", api->cohort_create != NULL},
        {"cohort_destroy", api->cohort_destroy != NULL},
        {"set_state", api->set_state != NULL},
        {"get_state", api->get_state != NULL},
        {"train_epoch", api->train_epoch != NULL},
        {"evaluate", api->evaluate != NULL},
        {"gradient", api->gradient != NULL},
        {"reconstruct", api->reconstruct != NULL},
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
        if (!slots[i].set)
            return swp_fail(err, SWP_INTERNAL, "engine %s does not implement %s", api->name,
                            slots[i].name);
    return SWP_OK;
}

void eng_cpu_name(char *out, size_t size)
{
    snprintf(out, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file)
        return;
    char line[512];
    while (fgets(line, sizeof line, file)) {
        const char *value = strstr(line, ": ");
        if (!value || strncmp(line, "model name", 10) != 0)
            continue;
        value += 2;
        snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    fclose(file);
}
