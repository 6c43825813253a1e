/* Trials of a search before it has results: all, if they do not depend on results, or the first. */
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan/plan.h"
#include "runner/search/course.h"

static swp_status refuse(const cfg *config, const char *key, const char *found, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_CONFIG,
                                 "%s decides by results, which the tasks of a "
                                 "cluster do not know of each other",
                                 found);
    swp_hint(err,
             "submit strategy = random or sobol with stop = none and confirm = none, or search "
             "with `sweep run` on one machine");
    return status == SWP_CONFIG ? cfg_error_at(config, key, err) : status;
}

static swp_status check_independent(const cfg *config, const run_searcher *searcher, swp_err *err)
{
    const cfg_search *search = cfg_search_of(config);
    if (searcher->is_adaptive)
        return refuse(config, "search.strategy", search->strategy, err);
    if (strcmp(search->stop, "none") != 0)
        return refuse(config, "search.stop", search->stop, err);
    if (search->confirm.n_best > 0)
        return refuse(config, "search.confirm", "the confirm stage", err);
    return SWP_OK;
}

static swp_status add_point(run_plan *plan, run_course *course, const double *point,
                            cfg_settings *readings, swp_err *err)
{
    size_t n = cfg_reading_count(plan->config);
    for (size_t i = 0; i < n; i++)
        cfg_reading_at(plan->config, point, i, &readings[i]);
    swp_status status = run_plan_add(plan, readings, n, err);
    if (status != SWP_OK)
        return status;
    const run_trial *trial = &plan->trials[plan->n_trials - 1];
    const run_enrolled enrolled = {.point = point,
                                   .cost = trial->cost,
                                   .budget = trial->max_epochs,
                                   .failed_after = RUN_COURSE_NEVER,
                                   .visible = RUN_COURSE_NEVER};
    return run_course_enrol(course, &enrolled, err);
}

static swp_status add_points(run_plan *plan, run_course *course, cfg_settings *readings,
                             swp_err *err)
{
    run_course_event event = {.kind = RUN_COURSE_PROPOSES};
    swp_status status = SWP_OK;
    while (status == SWP_OK && event.kind == RUN_COURSE_PROPOSES) {
        status = run_course_next(course, &event, err);
        if (status == SWP_OK && event.kind == RUN_COURSE_PROPOSES)
            status = add_point(plan, course, event.point, readings, err);
    }
    return status;
}

/* Add the first `n` trials that this searcher proposes. */
static swp_status propose(run_plan *plan, const run_searcher *searcher, size_t n, swp_err *err)
{
    const cfg *config = plan->config;
    const run_course_rules rules = {.space = cfg_space(config),
                                    .searcher = searcher,
                                    .seed = cfg_search_of(config)->seed,
                                    .slots = searcher->is_adaptive ? n : 0,
                                    .n_trials = n,
                                    .start = cfg_start_point(config)};
    run_course *course = NULL;
    cfg_settings *readings = swp_alloc(cfg_reading_count(config), sizeof *readings);
    swp_status status = readings ? run_course_create(&rules, &course, err)
                                 : swp_fail(err, SWP_NOMEM, "out of memory for a search");
    if (status == SWP_OK)
        status = add_points(plan, course, readings, err);
    run_course_destroy(course);
    swp_free(readings);
    return status;
}

swp_status run_plan_propose(run_plan *plan, swp_err *err)
{
    const cfg_search *search = cfg_search_of(plan->config);
    if (!cfg_is_search(plan->config))
        return SWP_OK;
    const run_searcher *searcher;
    swp_status status = run_searcher_find(search->strategy, &searcher, err);
    if (status == SWP_OK)
        status = check_independent(plan->config, searcher, err);
    return status == SWP_OK ? propose(plan, searcher, search->trials, err) : status;
}

swp_status run_plan_propose_first(run_plan *plan, swp_err *err)
{
    if (!cfg_is_search(plan->config))
        return SWP_OK;
    const run_searcher *searcher;
    swp_status status = run_searcher_find(cfg_search_of(plan->config)->strategy, &searcher, err);
    return status == SWP_OK ? propose(plan, searcher, 1, err) : status;
}
