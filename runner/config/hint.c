/* Which key an unknown one may have been meant to be. */
#include <string.h>

#include "engine/base/str.h"
#include "runner/config/cfg_priv.h"

static bool stands_in(const cfg_option *option, const char *section)
{
    size_t n;
    cfg_option_name(&option->info, &n);
    return strlen(section) == n && strncmp(option->info.key, section, n) == 0;
}

static const char *short_key(const cfg_option *option)
{
    size_t n;
    return cfg_option_name(&option->info, &n);
}

/* The option of this section (NULL: any) whose name is nearest; *distance is SIZE_MAX for none. */
static const cfg_option *find_nearest(const char *section, const char *found, size_t *distance)
{
    const cfg_option *nearest = NULL;
    *distance = SIZE_MAX;
    for (size_t i = 0; i < cfg_option_count(); i++) {
        if (section && !stands_in(cfg_option_get(i), section))
            continue;
        const char *name = section ? short_key(cfg_option_get(i)) : cfg_option_get(i)->info.key;
        size_t d = swp_edit_distance(found, name);
        if (d < *distance) {
            *distance = d;
            nearest = cfg_option_get(i);
        }
    }
    return nearest;
}

/* The option that has this name in whatever section, or NULL. */
static const cfg_option *find_short(const char *name)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        if (strcmp(short_key(cfg_option_get(i)), name) == 0)
            return cfg_option_get(i);
    }
    return NULL;
}

static void hint_all(const char *section, swp_err *err)
{
    swp_buf names = {0};
    for (size_t i = 0; i < cfg_option_count(); i++) {
        if (stands_in(cfg_option_get(i), section))
            swp_buf_printf(&names, "%s%s", names.length > 0 ? ", " : "",
                           short_key(cfg_option_get(i)));
    }
    if (!names.failed)
        swp_hint(err, "[%s] has %s", section, names.text);
    swp_buf_deinit(&names);
}

void cfg_hint_key(const char *section, const char *found, swp_err *err)
{
    size_t distance;
    const cfg_option *nearest = find_nearest(section, found, &distance);
    if (nearest && cfg_is_near(distance, found)) {
        swp_hint(err, "did you mean `%s`?", section ? short_key(nearest) : nearest->info.key);
        return;
    }
    const cfg_option *elsewhere = find_short(found);
    if (elsewhere && section)
        swp_hint(err, "`%s` belongs to [%.*s]", found,
                 (int)(short_key(elsewhere) - elsewhere->info.key - 1), elsewhere->info.key);
    else if (elsewhere)
        swp_hint(err, "did you mean `%s`?", elsewhere->info.key);
    else if (section)
        hint_all(section, err);
    else
        swp_hint(err, "keys are written with their section, as in train.seed; `sweep help config` "
                      "lists them");
}
