/* [search]: ranges of axes, the space that they span, and the checks that need the whole file.
 *
 * A search chooses among the axes but for train.epochs and eval.threshold: a trial is trained once
 * to the largest epoch count and read at every count and threshold, which costs no training. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"
#include "runner/config/cfg_priv.h"
#include "runner/search/halving.h"

/* --- ranges ----------------------------------------------------------------------------------- */

static const struct range_word {
    const char *word;
    run_dim_kind kind;
    bool log;
} range_words[] = {{"int", RUN_INT, false},
                   {"int_log", RUN_INT, true},
                   {"uniform", RUN_FLOAT, false},
                   {"log", RUN_FLOAT, true}};

#define N_RANGE_WORDS (sizeof range_words / sizeof range_words[0])

static bool has_whole_numbers(const cfg_option *option)
{
    return option->type == CFG_WHOLE || option->type == CFG_SEED;
}

/* The word in front of a parenthesis, or NULL. */
static const struct range_word *range_word_of(const char *text)
{
    size_t n = strcspn(text, "(");
    for (size_t i = 0; text[n] == '(' && i < N_RANGE_WORDS; i++) {
        const char *word = range_words[i].word;
        if (strlen(word) == n && strncmp(word, text, n) == 0)
            return &range_words[i];
    }
    return NULL;
}

bool cfg_is_range(const cfg_option *option, const char *text)
{
    bool is_number = has_whole_numbers(option) || option->type == CFG_NUMBER ||
                     option->type == CFG_THRESHOLD || option->type == CFG_PARAM;
    const struct range_word *word = range_word_of(text);
    bool is_list = word && strcmp(word->word, "log") == 0 && strchr(text, ',');
    return is_number && word && !is_list;
}

static swp_status refuse_range(const cfg_option *option, const char *text, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_CONFIG, "expected a range of %s, found \"%s\"",
                 has_whole_numbers(option) ? "whole numbers, int(lo .. hi) or int_log(lo .. hi)"
                                           : "numbers, uniform(lo .. hi) or log(lo .. hi)",
                 cfg_quote(text).text);
    swp_hint(err, "lists are written as before: 2..8, 64 or log(1e-5, 1e-1, 5)");
    return status;
}

/* Each end is a value of the option. */
static swp_status parse_ends(const cfg_option *option, const char *text, char *inside, run_dim *out,
                             swp_err *err)
{
    char *dots = strstr(inside, "..");
    size_t n = strlen(inside);
    if (!dots || n == 0 || inside[n - 1] != ')' || strstr(dots + 2, ".."))
        return refuse_range(option, text, err);
    inside[n - 1] = '\0';
    *dots = '\0';
    const char *ends[] = {cfg_trim(inside), cfg_trim(dots + 2)};
    double *numbers[] = {&out->low, &out->high};
    for (size_t i = 0; i < 2; i++) {
        cfg_value value;
        if (out->log && swp_parse_double(ends[i], numbers[i]) && *numbers[i] == 0)
            return swp_fail(err, SWP_CONFIG, "expected ends > 0 of a logarithmic range, found %s",
                            cfg_quote(ends[i]).text);
        swp_status status = SWP_OK;
        if (option->type == CFG_PARAM)
            value = cfg_param_value(&(cfg_named){.text = ends[i]});
        else
            status = cfg_value_parse(NULL, option, ends[i], &value, err);
        if (status != SWP_OK)
            return status;
        *numbers[i] = has_whole_numbers(option) ? (double)value.whole : value.numbers[0];
        bool is_number = option->type != CFG_PARAM || value.kind == 1;
        if (!is_number || (out->kind == RUN_INT && *numbers[i] != floor(*numbers[i])))
            return refuse_range(option, text, err);
    }
    return SWP_OK;
}

swp_status cfg_range_parse(const cfg_option *option, const char *text, run_dim *out, swp_err *err)
{
    const struct range_word *word = range_word_of(text);
    *out = (run_dim){.name = option->info.key, .kind = word->kind, .log = word->log};
    if (cfg_is_free_axis(option)) {
        swp_status status = swp_fail(err, SWP_CONFIG, "expected a list, found a range");
        swp_hint(err, "every trial is read at all epoch counts and thresholds of a list, which "
                      "costs no training");
        return status;
    }
    if (option->type != CFG_PARAM && (word->kind == RUN_INT) != has_whole_numbers(option))
        return refuse_range(option, text, err);
    char *inside = swp_strdup(strchr(text, '(') + 1);
    if (!inside)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = parse_ends(option, text, inside, out, err);
    swp_free(inside);
    if (status == SWP_OK && out->low > out->high)
        return swp_fail(err, SWP_CONFIG, "expected the smaller end first, found \"%s\"",
                        cfg_quote(text).text);
    return status == SWP_OK ? run_dim_check(out, err) : status;
}

void cfg_range_format(const run_dim *range, swp_buf *out)
{
    char low[SWP_NUMBER_SIZE], high[SWP_NUMBER_SIZE];
    for (size_t i = 0; i < N_RANGE_WORDS; i++) {
        if (range_words[i].kind == range->kind && range_words[i].log == range->log)
            swp_buf_printf(out, "%s(%s .. %s)", range_words[i].word,
                           swp_format_double(range->low, low),
                           swp_format_double(range->high, high));
    }
}

/* --- the space -------------------------------------------------------------------------------- */

bool cfg_is_free_axis(const cfg_option *option)
{
    if (option->type == CFG_PARAM)
        return false; /* whatever it is called */
    return strcmp(option->info.key, "train.epochs") == 0 ||
           strcmp(option->info.key, "eval.threshold") == 0;
}

bool cfg_has_stopper(const cfg *config)
{
    return strcmp(config->head.search.stop, "none") != 0;
}

bool cfg_is_search(const cfg *config)
{
    return strcmp(config->head.search.strategy, "grid") != 0 || cfg_has_stopper(config);
}

/* Numbers have an order, words have none. */
static bool is_ordinal(const cfg_axis *axis)
{
    bool are_numbers = axis->option->type == CFG_PARAM;
    for (size_t i = 0; i < axis->n && are_numbers; i++)
        are_numbers = axis->values[i].kind == 1;
    return are_numbers || has_whole_numbers(axis->option) || axis->option->type == CFG_NUMBER;
}

static swp_status make_space(cfg *config, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < config->n_axes && status == SWP_OK; i++) {
        const cfg_axis *axis = &config->axes[i];
        if (cfg_is_free_axis(axis->option))
            continue;
        run_dim *dim = &config->dims[config->space.n++];
        *dim = axis->is_range ? axis->range
                              : (run_dim){.name = axis->option->info.key,
                                          .kind = is_ordinal(axis) ? RUN_ORDINAL : RUN_CATEGORICAL,
                                          .n = axis->n};
        status = run_dim_check(dim, err);
    }
    config->space.dims = config->dims;
    return status;
}

const run_space *cfg_space(const cfg *config)
{
    return &config->space;
}

/* --- search.start ----------------------------------------------------------------------------- */

static const char *short_key(const cfg_axis *axis)
{
    const char *key = axis->option->info.key;
    return axis->option->type == CFG_PARAM ? key : strchr(key, '.') + 1;
}

/* The axis of the space of this key, with its section or without, and its dimension; or NULL. */
static const cfg_axis *find_dim(const cfg *config, const char *key, size_t *dim)
{
    *dim = 0;
    for (size_t i = 0; i < config->n_axes; i++) {
        const cfg_axis *axis = &config->axes[i];
        if (cfg_is_free_axis(axis->option))
            continue;
        if (strcmp(axis->option->info.key, key) == 0 || strcmp(short_key(axis), key) == 0)
            return axis;
        (*dim)++;
    }
    return NULL;
}

/* Where a value lies on an axis; NAN: it does not. */
static double coordinate_of(const cfg_axis *axis, const run_dim *dim, const cfg_value *value)
{
    double number = has_whole_numbers(axis->option) ? (double)value->whole : value->numbers[0];
    if (axis->is_range)
        return run_dim_holds(dim, number) ? number : (double)NAN;
    for (size_t i = 0; i < axis->n; i++) {
        if (cfg_value_compare(&axis->values[i], value) == 0)
            return (double)i;
    }
    return (double)NAN;
}

/* One "key=value" of search.start, which is cut up. */
static swp_status set_start(cfg *config, char *text, swp_err *err)
{
    char *equals = strchr(text, '=');
    if (!equals)
        return swp_fail(err, SWP_CONFIG, "expected key=value, found \"%s\"", cfg_quote(text).text);
    *equals = '\0';
    const char *key = cfg_trim(text), *written = cfg_trim(equals + 1);
    size_t dim;
    const cfg_axis *axis = find_dim(config, key, &dim);
    if (!axis) {
        swp_status status = swp_fail(
            err, SWP_CONFIG, "expected an axis of the search, found \"%s\"", cfg_quote(key).text);
        swp_hint(err, "axes stand under [sweep]; epochs and thresholds are not searched");
        return status;
    }
    if (!isnan(config->start[dim]))
        return swp_fail(err, SWP_CONFIG, "expected %s once", cfg_quote(key).text);
    cfg_value value;
    swp_status status = cfg_value_parse(&config->pool, axis->option, written, &value, err);
    if (status != SWP_OK)
        return status == SWP_CONFIG ? swp_wrap(err, "%s", key) : status;
    config->start[dim] = coordinate_of(axis, &config->dims[dim], &value);
    if (isnan(config->start[dim]))
        return swp_fail(err, SWP_CONFIG, "%s: expected a value of its axis, found \"%s\"", key,
                        cfg_quote(written).text);
    return SWP_OK;
}

static swp_status parse_start(cfg *config, swp_err *err)
{
    for (size_t i = 0; i < CFG_MAX_AXES; i++)
        config->start[i] = (double)NAN;
    if (!config->search.start)
        return SWP_OK;
    char *copy = swp_strdup(config->search.start);
    if (!copy)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = SWP_OK;
    for (char *at = copy, *comma; at && status == SWP_OK; at = comma) {
        comma = strchr(at, ',');
        if (comma)
            *comma++ = '\0';
        status = set_start(config, at, err);
    }
    swp_free(copy);
    return status == SWP_CONFIG ? cfg_error_at(config, "search.start", err) : status;
}

const double *cfg_start_point(const cfg *config)
{
    return config->search.start ? config->start : NULL;
}

/* --- the objective ---------------------------------------------------------------------------- */

/* Metrics that look at no test labels. Those of the tuning part need one. */
static const struct objective {
    const char *name;
    cfg_goal goal;
    bool needs_tune;
} objectives[] = {{"val_loss", CFG_MINIMIZE, false},
                  {"train_loss", CFG_MINIMIZE, false},
                  {"tune_auroc", CFG_MAXIMIZE, true},
                  {"tune_balanced_accuracy", CFG_MAXIMIZE, true}};

/* Whether a metric of reports has this name: those that are no objectives look at test labels, or
 * tell nothing of quality. */
static bool is_known_metric(const char *name)
{
    bool is_known = false;
    for (size_t m = 0; m < RES_METRICS && !is_known; m++)
        is_known = strcmp(res_metric_at(NULL, m).name, name) == 0;
    return is_known;
}

static swp_status check_objective(cfg *config, swp_err *err)
{
    cfg_search *search = &config->search;
    if (cfg_command_of(config))
        return SWP_OK; /* whatever it reports */
    const struct objective *known = NULL;
    for (size_t i = 0; i < sizeof objectives / sizeof objectives[0]; i++) {
        if (strcmp(objectives[i].name, search->objective) == 0)
            known = &objectives[i];
    }
    swp_status status = SWP_OK;
    if (!known && is_known_metric(search->objective)) {
        status =
            swp_fail(err, SWP_CONFIG, "expected a metric that looks at no test labels, found %s",
                     search->objective);
        swp_hint(err, "a search that chooses by test labels overstates its results: use val_loss");
    } else if (!known) {
        status = swp_fail(err, SWP_CONFIG, "expected val_loss or train_loss, found \"%s\"",
                          cfg_quote(search->objective).text);
    } else if (known->needs_tune && config->settings.split.n_tune == 0) {
        status = swp_fail(err, SWP_CONFIG, "expected data.tune_anomalies for %s, found none",
                          known->name);
        swp_hint(err, "write tune_anomalies = N under [data]: anomalies that are not tested on");
    }
    if (status != SWP_OK)
        return cfg_error_at(config, "search.objective", err);
    if (search->goal != CFG_GOAL_AUTO && search->goal != known->goal) {
        status = swp_fail(err, SWP_CONFIG, "expected %s for %s",
                          known->goal == CFG_MAXIMIZE ? "maximize" : "minimize", known->name);
        return cfg_error_at(config, "search.goal", err);
    }
    search->goal = known->goal;
    return SWP_OK;
}

/* --- what only the whole can tell ------------------------------------------------------------- */

/* Whether trials differ in this option, on an axis or by [when]. */
static bool differs(const cfg *config, const cfg_option *option)
{
    for (size_t i = 0; i < config->n_axes; i++) {
        if (config->axes[i].option == option && (config->axes[i].is_range || config->axes[i].n > 1))
            return true;
    }
    for (size_t i = 0; i < config->n_whens; i++) {
        if (config->whens[i].option == option && config->whens[i].used)
            return true;
    }
    return false;
}

static swp_status refuse(const cfg *config, const char *key, const char *text, const char *hint,
                         swp_err *err)
{
    swp_status status = swp_fail(err, SWP_CONFIG, "%s", text);
    swp_hint(err, "%s", hint);
    return status == SWP_CONFIG ? cfg_error_at(config, key, err) : status;
}

static bool is_grid(const cfg *config)
{
    return strcmp(config->search.strategy, "grid") == 0;
}

/* A grid proposes all its points, and has no ranges. */
static swp_status check_grid(const cfg *config, swp_err *err)
{
    static const char *const others[] = {"search.trials", "search.seed", "search.slots",
                                         "search.confirm", "search.start"};
    for (size_t i = 0; i < config->n_axes; i++) {
        if (config->axes[i].is_range)
            return refuse(config, config->axes[i].option->info.key,
                          "expected a list of values in a grid, found a range",
                          "write strategy = tpe (or random, sobol) under [search], or list values",
                          err);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (config->given[cfg_option_index(cfg_option_find(others[i]))])
            return refuse(config, others[i], "not for strategy = grid",
                          "a grid tries every combination of its axes; name another strategy under "
                          "[search], or leave the key out",
                          err);
    }
    return SWP_OK;
}

static swp_status refuse_seeds(const cfg *config, const char *key, swp_err *err)
{
    return refuse(config, key, "expected one value where the confirm stage is on",
                  "the confirm stage repeats the best trials with fresh seeds; write "
                  "confirm = none under [search] to search among seeds",
                  err);
}

/* All trials of a search are compared by one number, so it must mean the same in all. */
static swp_status check_comparable(const cfg *config, swp_err *err)
{
    for (size_t i = 0; i < cfg_option_count(); i++) {
        const cfg_option *option = cfg_option_get(i);
        const char *key = option->info.key;
        if (!differs(config, option))
            continue;
        if (strncmp(key, "data.", 5) == 0)
            return refuse(config, key, "expected one value in a search",
                          "losses on other data or another split cannot be compared; search each "
                          "on its own, or use strategy = grid",
                          err);
        if (strcmp(key, "train.loss") == 0 && strstr(config->search.objective, "_loss"))
            return refuse(config, key, "expected one value where the objective is a loss",
                          "l1 and mse losses cannot be compared; search each on its own", err);
        if (strcmp(key, "train.seed") == 0 && config->search.confirm.n_best > 0)
            return refuse_seeds(config, key, err);
    }
    const cfg_param *seed = cfg_param_find(config, "seed");
    if (seed && differs(config, &seed->option) && config->search.confirm.n_best > 0)
        return refuse_seeds(config, "seed", err);
    return SWP_OK;
}

static swp_status check_streams(const cfg *config, swp_err *err)
{
    bool is_shared = config->settings.init_stream == CFG_INIT_GRID ||
                     differs(config, cfg_option_find("train.init_stream"));
    if (!is_shared || cfg_command_of(config))
        return SWP_OK;
    return refuse(config, "train.init_stream", "expected each in a search",
                  "with grid, the weights of a trial would depend on those that were proposed "
                  "before it",
                  err);
}

static size_t largest_epochs(const cfg *config)
{
    static const char key[] = "train.epochs";
    size_t most = config->settings.epochs;
    for (size_t i = 0; i < config->n_axes; i++) {
        const cfg_axis *axis = &config->axes[i];
        if (strcmp(axis->option->info.key, key) == 0)
            most = 0;
        for (size_t k = 0; strcmp(axis->option->info.key, key) == 0 && k < axis->n; k++)
            most = axis->values[k].whole > most ? axis->values[k].whole : most;
    }
    for (size_t i = 0; i < config->n_whens; i++) {
        const cfg_when *when = &config->whens[i];
        if (when->used && strcmp(when->option->info.key, key) == 0 && when->value.whole > most)
            most = when->value.whole;
    }
    return most;
}

/* Steps of a trial that is never stopped. How many a command does, only its user knows. */
static swp_status find_max_steps(cfg *config, swp_err *err)
{
    cfg_search *search = &config->search;
    bool of_command = cfg_command_of(config) != NULL;
    if (of_command && search->max_steps == 0 && cfg_has_stopper(config))
        return refuse(config, "search.stop", "expected search.max_steps beside it, found none",
                      "write under [search] how many steps the command reports when it is never "
                      "stopped: max_steps = 27",
                      err);
    if (!of_command && search->max_steps > 0)
        return refuse(config, "search.max_steps", "expected auto",
                      "trials of an engine are trained to the largest train.epochs", err);
    if (!of_command)
        search->max_steps = largest_epochs(config);
    else if (search->max_steps == 0) /* it is judged once, when it has ended by itself */
        search->max_steps = 1;
    return SWP_OK;
}

static swp_status resolve_steps(cfg *config, swp_err *err)
{
    cfg_search *search = &config->search;
    swp_status found = find_max_steps(config, err);
    if (found != SWP_OK)
        return found;
    for (size_t i = 0; i < config->n_whens && cfg_has_stopper(config); i++) {
        if (config->whens[i].used && strcmp(config->whens[i].option->info.key, "train.epochs") == 0)
            return refuse(config, "search.stop", "expected none where [when] sets train.epochs",
                          "trials that are compared as they go on have one largest epoch count",
                          err);
    }
    if (search->min_steps <= search->max_steps || !cfg_has_stopper(config))
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_CONFIG, "expected at most %s, which is %zu, found %zu",
                                 cfg_command_of(config) ? "search.max_steps" : "train.epochs",
                                 search->max_steps, search->min_steps);
    return status == SWP_CONFIG ? cfg_error_at(config, "search.min_steps", err) : status;
}

/* min(8, max(2, trials / 10)) */
static size_t auto_slots(size_t trials)
{
    enum { MOST = 8, LEAST = 2 };
    size_t tenth = trials / 10;
    return tenth < LEAST ? LEAST : tenth > MOST ? MOST : tenth;
}

static swp_status check_confirm(const cfg *config, swp_err *err)
{
    const cfg_confirm *confirm = &config->search.confirm;
    size_t trials = config->search.trials, n_fits = confirm->n_best * confirm->n_seeds;
    if (n_fits + confirm->n_best <= trials)
        return SWP_OK;
    swp_status status = swp_fail(
        err, SWP_CONFIG, "expected to leave %zu of %zu trials to the search, found %zu x %zu",
        confirm->n_best, trials, confirm->n_best, confirm->n_seeds);
    swp_hint(err, "raise trials, or set confirm = none");
    return status == SWP_CONFIG ? cfg_error_at(config, "search.confirm", err) : status;
}

/* Words `auto` of the confirm stage and of slots; the trials of a grid. */
static swp_status resolve_trials(cfg *config, swp_err *err)
{
    enum { BEST = 5, SEEDS = 4, ENOUGH = 60 };
    cfg_search *search = &config->search;
    if (is_grid(config))
        search->trials = (size_t)fmin(run_space_count(&config->space), CFG_MAX_TRIALS + 1.0);
    if (search->trials > CFG_MAX_TRIALS)
        return refuse(config, "search.strategy", "expected a grid of fewer trials",
                      "a search has at most 100000 trials; name another strategy", err);
    if (search->confirm.is_auto) {
        bool is_on = strcmp(search->strategy, "tpe") == 0 && search->trials >= ENOUGH;
        search->confirm = (cfg_confirm){.n_best = is_on ? BEST : 0, .n_seeds = is_on ? SEEDS : 0};
    }
    if (search->slots == 0)
        search->slots = auto_slots(search->trials);
    return check_confirm(config, err);
}

swp_status cfg_search_complete(cfg *config, swp_err *err)
{
    config->search = config->head.search;
    if (cfg_command_of(config) && config->search.goal == CFG_GOAL_AUTO)
        config->search.goal = CFG_MINIMIZE;
    swp_status status = SWP_OK;
    if (is_grid(config))
        status = check_grid(config, err);
    if (status != SWP_OK || !cfg_is_search(config))
        return status;
    status = make_space(config, err);
    if (status == SWP_OK && config->space.n == 0)
        status = refuse(config, "search.strategy", "expected axes under [sweep], found none",
                        "a search needs something to choose: learning_rate = log(1e-5 .. 1e-1), or "
                        "a list of values",
                        err);
    if (status == SWP_OK)
        status = check_objective(config, err);
    if (status == SWP_OK)
        status = resolve_steps(config, err);
    if (status == SWP_OK)
        status = resolve_trials(config, err);
    if (status == SWP_OK)
        status = check_comparable(config, err);
    if (status == SWP_OK)
        status = check_streams(config, err);
    return status == SWP_OK ? parse_start(config, err) : status;
}

bool cfg_has_slots(const cfg *config)
{
    const cfg_search *search = &config->search;
    return strcmp(search->strategy, "tpe") == 0 || strcmp(search->stop, "median") == 0;
}

size_t cfg_most_epochs(const cfg *config)
{
    const cfg_search *search = &config->search;
    size_t n_fits = search->confirm.n_best * search->confirm.n_seeds;
    const run_stop_rules rules = {.min_steps = search->min_steps,
                                  .max_steps = search->max_steps,
                                  .eta = CFG_ETA,
                                  .n_trials = search->trials - n_fits};
    size_t last = search->max_steps, most = n_fits * last;
    if (strcmp(search->stop, "halving") != 0)
        return most + rules.n_trials * last;
    for (size_t k = 0, done = 0; done < last; k++) {
        size_t rung = run_halving_rung(&rules, k);
        most += run_halving_survivors(&rules, k) * (rung - done);
        done = rung;
    }
    return most;
}

char *cfg_axis_range(const cfg *config, size_t axis)
{
    swp_buf text = {0};
    if (config->axes[axis].is_range)
        cfg_range_format(&config->axes[axis].range, &text);
    if (text.failed)
        swp_buf_deinit(&text);
    return text.text;
}

const char *cfg_search_warning(const cfg *config)
{
    const cfg_search *search = &config->search;
    bool is_too_many = config->head.search.slots > 0 && 10 * search->slots > search->trials;
    if (!cfg_is_search(config) || !cfg_has_slots(config) || !is_too_many)
        return NULL;
    return "search.slots: more than a tenth of the trials are proposed without knowing each "
           "other's results, which costs quality; auto is min(8, max(2, trials / 10))";
}
