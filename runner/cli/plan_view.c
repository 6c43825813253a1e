/* The size of a plan as text or JSON: what `check` and `run --dry-run` print. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "runner/cli/inputs.h"
#include "runner/cli/output.h"
#include "runner/terminal/screen.h"

static size_t count_epochs(const run_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_trials; i++)
        n += plan->trials[i].max_epochs;
    return n;
}

static void describe_splits(const run_plan *plan, swp_buf *out)
{
    for (size_t i = 0; i < plan->n_splits; i++) {
        const eng_split *split = &plan->splits[i].split;
        const eng_dataset *set = plan->data[plan->splits[i].data].set;
        char tune[48] = "";
        if (split->n_tune > 0)
            snprintf(tune, sizeof tune, ", %zu to tune by", split->n_tune);
        swp_buf_printf(
            out,
            "data        %s%s: %zu rows of %zu samples; %zu train, %zu validation, %zu test, "
            "%zu anomalies%s%s\n",
            set->name, set->synthetic ? " (synthetic)" : "", set->n_rows, set->length,
            split->n_train, split->n_val, split->n_test, split->n_anomaly,
            split->fewer_anomalies ? " (all there are)" : "", tune);
        if (set->left_out)
            swp_buf_printf(out, "left out    %s\n", set->left_out);
    }
    for (size_t i = 0; i < plan->n_data; i++)
        if (plan->data[i].also)
            swp_buf_printf(out, "same data   %s and %s\n", plan->data[i].path, plan->data[i].also);
}

static void describe_axes(const cfg *config, swp_buf *out)
{
    for (size_t a = 0; a < cfg_axis_count(config); a++) {
        char *range = cfg_axis_range(config, a);
        if (cfg_axis_length(config, a) > 0)
            swp_buf_printf(out, "axis        %s: %zu value%s\n", cfg_axis_key(config, a),
                           cfg_axis_length(config, a), cfg_axis_length(config, a) == 1 ? "" : "s");
        else
            swp_buf_printf(out, "axis        %s: %s\n", cfg_axis_key(config, a),
                           range ? range : "a range");
        swp_free(range);
    }
}

/* Trials that a search may train, and the epochs of each at most. */
static void describe_search(const cfg *config, swp_buf *out)
{
    const cfg_search *search = cfg_search_of(config);
    swp_buf_printf(out, "search      %s, %s of %s", search->strategy,
                   search->goal == CFG_MAXIMIZE ? "largest" : "smallest", search->objective);
    if (cfg_has_slots(config))
        swp_buf_printf(out, ", %zu slots", search->slots);
    if (strcmp(search->stop, "none") != 0)
        swp_buf_printf(out, ", stop = %s from epoch %zu", search->stop, search->min_steps);
    swp_buf_printf(out, "\ntrials      at most %zu", search->trials);
    if (search->confirm.n_best > 0)
        swp_buf_printf(out, ", the last %zu to confirm the best %zu with %zu seeds each",
                       search->confirm.n_best * search->confirm.n_seeds, search->confirm.n_best,
                       search->confirm.n_seeds);
    swp_buf_puts(out, "\n");
    if (!cfg_command_of(config))
        swp_buf_printf(out, "epochs      at most %zu, %zu of each trial\nevaluations at most %zu\n",
                       cfg_most_epochs(config), search->max_steps,
                       search->trials * cfg_reading_count(config));
}

static void describe_plan(const run_plan *plan, const char *ini, const run_estimate *estimate,
                          swp_buf *out)
{
    const cfg *config = plan->config;
    const cfg_command *command = cfg_command_of(config);
    swp_buf_printf(out, "experiment  %s (%s)\n", cfg_name(config), ini);
    if (command)
        swp_buf_printf(out, "command     %s\n", command->run);
    describe_splits(plan, out);
    describe_axes(config, out);
    if (cfg_is_search(config)) {
        describe_search(config, out);
        return;
    }
    if (command)
        swp_buf_printf(out, "trials      %zu\n", plan->n_trials);
    else
        swp_buf_printf(out, "trials      %zu (%zu epochs)\nevaluations %zu\n", plan->n_trials,
                       count_epochs(plan), plan->n_evaluations);
    if (!estimate)
        return;
    char work[32], wall[32];
    swp_buf_printf(out,
                   "cohorts     %zu\nworkers     %zu (%s %s)\ntime        about %s, %s of work\n",
                   estimate->n_cohorts, estimate->workers, estimate->engine.engine,
                   estimate->engine.isa, run_format_duration(estimate->wall_s, wall, sizeof wall),
                   run_format_duration(estimate->work_s, work, sizeof work));
}

/* Words as a shell would take them. */
static void describe_word(const char *word, swp_buf *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./:,@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        swp_buf_printf(out, " %s", word);
        return;
    }
    swp_buf_puts(out, " '");
    for (; *word; word++)
        swp_buf_printf(out, *word == '\'' ? "'\\''" : "%c", *word);
    swp_buf_puts(out, "'");
}

static void describe_invocation(const run_invocation *first, swp_buf *out)
{
    swp_buf_puts(out, "first trial");
    for (size_t i = 0; i < first->n_words; i++)
        describe_word(first->words[i], out);
    swp_buf_puts(out, "\n");
    for (size_t i = 0; i < first->n_environment; i++)
        swp_buf_printf(out, "            %s\n", first->environment[i]);
    swp_buf_printf(out, "parameters  %s\n", first->params);
}

/* The text, with what is not seen as '?': names and values are those of a file. errors NOMEM */
static swp_status print_text(const run_plan *plan, const char *ini, const run_estimate *estimate,
                             const run_invocation *first, swp_err *err)
{
    swp_buf text = {0};
    describe_plan(plan, ini, estimate, &text);
    if (first)
        describe_invocation(first, &text);
    const bool failed = text.failed;
    if (!failed) {
        swp_show_unseen(text.text);
        fputs(text.text, stdout);
    }
    swp_buf_deinit(&text);
    return failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
}

static void put_words(swp_json *json, const char *name, char *const *words, size_t n)
{
    swp_json_list(json, name);
    for (size_t i = 0; i < n; i++)
        swp_json_text(json, NULL, words[i]);
    swp_json_end_list(json);
}

static void add_search(const cfg *config, swp_json *json)
{
    const cfg_search *search = cfg_search_of(config);
    swp_json_object(json, "search");
    swp_json_text(json, "strategy", search->strategy);
    swp_json_text(json, "objective", search->objective);
    swp_json_text(json, "goal", search->goal == CFG_MAXIMIZE ? "maximize" : "minimize");
    swp_json_size(json, "seed", search->seed);
    if (cfg_has_slots(config))
        swp_json_size(json, "slots", search->slots);
    swp_json_text(json, "stop", search->stop);
    swp_json_size(json, "min_steps", search->min_steps);
    swp_json_size(json, "max_steps", search->max_steps);
    swp_json_size(json, "confirm_best", search->confirm.n_best);
    swp_json_size(json, "confirm_seeds", search->confirm.n_seeds);
    swp_json_object(json, "ranges");
    for (size_t a = 0; a < cfg_axis_count(config); a++) {
        char *range = cfg_axis_range(config, a);
        if (range)
            swp_json_text(json, cfg_axis_key(config, a), range);
        swp_free(range);
    }
    swp_json_end_object(json);
    swp_json_end_object(json);
}

static swp_status print_json(const run_plan *plan, const char *ini, const run_estimate *estimate,
                             const run_invocation *first, swp_err *err)
{
    swp_json json = {0};
    swp_json_object(&json, NULL);
    swp_json_text(&json, "experiment", cfg_name(plan->config));
    swp_json_text(&json, "ini", ini);
    swp_json_list(&json, "data");
    for (size_t i = 0; i < plan->n_splits; i++) {
        const eng_split *split = &plan->splits[i].split;
        const eng_dataset *set = plan->data[plan->splits[i].data].set;
        swp_json_object(&json, NULL);
        swp_json_text(&json, "name", set->name);
        swp_json_bool(&json, "synthetic", set->synthetic);
        swp_json_size(&json, "rows", set->n_rows);
        swp_json_size(&json, "length", set->length);
        swp_json_size(&json, "train", split->n_train);
        swp_json_size(&json, "validation", split->n_val);
        swp_json_size(&json, "test", split->n_test);
        swp_json_size(&json, "anomalies", split->n_anomaly);
        if (split->n_tune > 0)
            swp_json_size(&json, "tune_anomalies", split->n_tune);
        swp_json_bool(&json, "fewer_anomalies", split->fewer_anomalies);
        if (set->left_out)
            swp_json_text(&json, "left_out", set->left_out);
        swp_json_end_object(&json);
    }
    swp_json_end_list(&json);
    const cfg *config = plan->config;
    bool is_search = cfg_is_search(config);
    swp_json_object(&json, "axes");
    for (size_t a = 0; a < cfg_axis_count(config); a++) {
        if (cfg_axis_length(config, a) > 0)
            swp_json_size(&json, cfg_axis_key(config, a), cfg_axis_length(config, a));
    }
    swp_json_end_object(&json);
    const cfg_command *command = cfg_command_of(config);
    if (command)
        swp_json_text(&json, "command", command->run);
    if (is_search)
        add_search(config, &json);
    size_t most = is_search ? cfg_search_of(config)->trials : 0; /* of a search */
    swp_json_size(&json, "evaluations",
                  is_search ? most * cfg_reading_count(config) : plan->n_evaluations);
    swp_json_size(&json, "trials", is_search ? most : plan->n_trials);
    if (!command)
        swp_json_size(&json, "epochs", is_search ? cfg_most_epochs(config) : count_epochs(plan));
    if (first) {
        put_words(&json, "argv", first->words, first->n_words);
        put_words(&json, "environment", first->environment, first->n_environment);
        swp_json_text(&json, "params", first->params);
    }
    if (estimate) {
        swp_json_size(&json, "cohorts", estimate->n_cohorts);
        swp_json_size(&json, "workers", estimate->workers);
        swp_json_text(&json, "engine", estimate->engine.engine);
        swp_json_text(&json, "isa", estimate->engine.isa);
        swp_json_real(&json, "work_s", estimate->work_s);
        swp_json_real(&json, "wall_s", estimate->wall_s);
    }
    swp_json_end_object(&json);
    return cli_print_json(&json, err);
}

swp_status cli_print_plan(const run_plan *plan, const run_estimate *estimate,
                          const run_invocation *first, bool json, swp_err *err)
{
    swp_status status = SWP_OK;
    char *ini = swp_strdup(cfg_path(plan->config));
    if (!ini)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_make_plain(ini);
    if (json)
        status = print_json(plan, ini, estimate, first, err);
    else
        status = print_text(plan, ini, estimate, first, err);
    swp_free(ini);
    return status;
}
