/* How many evaluations a configuration asks for. */
#include "runner/config/cfg_priv.h"

static swp_status refuse_grid(const cfg *config, swp_err *err)
{
    swp_buf axes = {0};
    double points = 1;
    for (size_t i = 0; i < config->n_axes; i++) {
        points *= (double)config->axes[i].n;
        swp_buf_printf(&axes, "%s%s %zu", i > 0 ? ", " : "", config->axes[i].option->info.key,
                       config->axes[i].n);
    }
    swp_status status = swp_fail(err, SWP_NOMEM, "out of memory");
    if (!axes.failed)
        status =
            swp_fail(err, SWP_CONFIG, "%s: expected a grid of at most %u points, found %.15g (%s)",
                     config->path, CFG_MAX_EVALUATIONS, points, axes.text);
    swp_buf_deinit(&axes);
    return status;
}

swp_status cfg_measure_grid(cfg *config, swp_err *err)
{
    config->n_evaluations = 1;
    for (size_t i = config->n_axes; i-- > 0;) {
        cfg_axis *axis = &config->axes[i];
        if (cfg_is_search(config) && !cfg_is_free_axis(axis->option))
            continue;
        axis->stride = config->n_evaluations;
        if (axis->n > CFG_MAX_EVALUATIONS / config->n_evaluations)
            return refuse_grid(config, err);
        config->n_evaluations *= axis->n;
    }
    size_t n_trials = cfg_is_search(config) ? cfg_search_of(config)->trials : 1;
    if (config->n_evaluations <= CFG_MAX_EVALUATIONS / n_trials)
        return SWP_OK;
    return swp_fail(err, SWP_CONFIG,
                    "%s: expected at most %u evaluations, found %zu of each of %zu trials",
                    config->path, CFG_MAX_EVALUATIONS, config->n_evaluations, n_trials);
}
