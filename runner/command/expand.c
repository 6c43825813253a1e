/* What a command becomes for one trial: its words, its environment, its parameters as JSON. A check
 * is an expansion whose values are empty. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/command/command.h"
#include "runner/command/params_priv.h"
#include "runner/command/words.h"

/* All that ${name} may mean. */
typedef struct scope {
    const run_command *command;
    const run_param *params; /* (n_params) */
    size_t n_params;
    const run_words *environment; /* NAME=VALUE */
} scope;

/* Where a value is put: as it is, or into text that a shell reads. */
typedef enum quoting { NO_SHELL, BARE, SINGLE, DOUBLE } quoting;

static swp_status no_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory for a command");
}

static bool is_name(const run_place *place, const char *name)
{
    return strlen(name) == place->name_length &&
           strncmp(name, place->name, place->name_length) == 0;
}

/* Whether a parameter reaches the script in words at all. */
static bool is_word(const run_param *param)
{
    return param->kind != RUN_PARAM_SEED;
}

/* --- environment ---------------------------------------------------------------------------------
 */

static swp_status set(run_words *environment, const char *name, const char *value, swp_err *err)
{
    swp_buf line = {0};
    swp_buf_printf(&line, "%s=%s", name, value);
    swp_status status =
        line.failed ? no_memory(err) : run_words_add(environment, line.text, line.length, err);
    swp_buf_deinit(&line);
    return status;
}

static swp_status set_unless_set(run_words *environment, const char *name, const char *value,
                                 swp_err *err)
{
    const char *now = getenv(name);
    return now && *now ? SWP_OK : set(environment, name, value, err);
}

static swp_status set_path(run_words *environment, const char *name, const char *folder,
                           const char *file, swp_err *err)
{
    char *path = swp_path_join(folder, file);
    swp_status status = path ? set(environment, name, path, err) : no_memory(err);
    swp_free(path);
    return status;
}

/* The seed of the trial: of its repetition, or the user's parameter of this name. */
static const char *seed_of(const run_param *params, size_t n)
{
    const char *seed = "0";
    for (size_t i = 0; i < n; i++) {
        if (params[i].kind == RUN_PARAM_SEED)
            return params[i].value;
        if (strcmp(params[i].name, "seed") == 0)
            seed = params[i].value;
    }
    return seed;
}

static swp_status set_all(const scope *s, const run_command_attempt *a, run_words *out,
                          swp_err *err)
{
    char trial[32], number[32], budget[32] = "", threads[32], metrics[48];
    snprintf(trial, sizeof trial, "%zu", a->trial);
    snprintf(number, sizeof number, "%zu", a->number);
    snprintf(threads, sizeof threads, "%zu", a->threads > 0 ? a->threads : 1);
    snprintf(metrics, sizeof metrics, "metrics-%zu.jsonl", a->number);
    if (a->budget < RUN_UNLIMITED)
        snprintf(budget, sizeof budget, "%zu", a->budget);
    const res_pair texts[] = {
        {"SWEEP_TRIAL", trial},
        {"SWEEP_ATTEMPT", number},
        {"SWEEP_RESUME", a->number > 1 || a->steps_done > 0 ? "1" : "0"},
        {"SWEEP_SEED", seed_of(s->params, s->n_params)},
        {"SWEEP_BUDGET", budget},
    };
    const res_pair files[] = {
        {"SWEEP_PARAMS", "params.json"},
        {"SWEEP_METRICS", metrics},
        {"SWEEP_CHECKPOINT", "checkpoint"},
        {"SWEEP_STOP", "stop"},
    };
    swp_status status = set(out, "SWEEP_DIR", a->folder, err);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == SWP_OK; i++)
        status = set(out, texts[i].key, texts[i].value, err);
    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == SWP_OK; i++)
        status = set_path(out, files[i].key, a->folder, files[i].value, err);
    if (a->gpu && status == SWP_OK)
        status = set(out, "CUDA_VISIBLE_DEVICES", a->gpu, err);
    if (status == SWP_OK)
        status = set_unless_set(out, "OMP_NUM_THREADS", threads, err);
    if (status == SWP_OK) /* else a script's lines stay in its memory until it ends */
        status = set_unless_set(out, "PYTHONUNBUFFERED", "1", err);
    for (size_t i = 0; i < s->command->n_environment && status == SWP_OK; i++)
        status = set(out, s->command->environment[i].key, s->command->environment[i].value, err);
    return status;
}

/* The value of a variable of `sweep`'s own, or NULL. */
static const char *variable(const scope *s, const run_place *place)
{
    if (place->name_length < 6 || strncmp(place->name, "SWEEP_", 6) != 0)
        return NULL;
    for (size_t i = 0; i < s->environment->n; i++) {
        const char *line = s->environment->words[i];
        if (strncmp(line, place->name, place->name_length) == 0 && line[place->name_length] == '=')
            return line + place->name_length + 1;
    }
    return NULL;
}

/* --- words ---------------------------------------------------------------------------------------
 */

static swp_status unknown(const scope *s, const run_place *place, swp_err *err)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(place->name_length < 60 ? place->name_length : 60),
             place->name);
    swp_nearest nearest = {.found = name};
    for (size_t i = 0; i < s->n_params; i++)
        swp_nearest_offer(&nearest, s->params[i].name);
    swp_nearest_offer(&nearest, "args");
    swp_status status = swp_fail(err, SWP_CONFIG, "unknown ${%s} in: %s", name, s->command->run);
    if (nearest.name)
        swp_hint(err, "did you mean ${%s}?", nearest.name);
    else
        swp_hint(err, "it can be ${args}, a parameter of [params] or [sweep], or a variable that "
                      "sweep sets, such as ${SWEEP_BUDGET}");
    return status;
}

static void add_quoted(swp_buf *out, const char *value, quoting q)
{
    if (q == BARE)
        swp_buf_puts(out, "'");
    for (; *value; value++) {
        if (*value == '\'' && (q == BARE || q == SINGLE)) {
            swp_buf_puts(out, "'\\''");
            continue;
        }
        if (q == DOUBLE && strchr("\\\"$`", *value))
            swp_buf_puts(out, "\\");
        swp_buf_add(out, value, 1);
    }
    if (q == BARE)
        swp_buf_puts(out, "'");
}

/* Where a shell is after this text. */
static quoting quoting_after(const char *text, size_t length, quoting q)
{
    for (size_t i = 0; i < length && q != NO_SHELL; i++) {
        if (text[i] == '\\' && q != SINGLE)
            i++;
        else if (text[i] == '\'' && q != DOUBLE)
            q = q == SINGLE ? BARE : SINGLE;
        else if (text[i] == '"' && q != SINGLE)
            q = q == DOUBLE ? BARE : DOUBLE;
    }
    return q;
}

/* Whether the run line has a parameter by its name. */
static bool is_named(const scope *s, const run_param *param)
{
    run_place place;
    for (const char *at = s->command->run; run_place_find(at, &place, NULL) == SWP_OK && place.name;
         at = place.rest) {
        if (is_name(&place, param->name))
            return true;
    }
    return false;
}

/* Replace the places of one word of `args`. */
static swp_status fill_arg(const scope *s, const char *text, const run_param *param, swp_buf *out,
                           swp_err *err)
{
    run_place place;
    swp_status status = SWP_OK;
    for (;; text = place.rest) {
        status = run_place_find(text, &place, err);
        if (status != SWP_OK)
            return status;
        run_place_add_plain(out, text, place.plain);
        if (!place.name)
            return out->failed ? no_memory(err) : SWP_OK;
        if (is_name(&place, "name")) {
            swp_buf_puts(out, param->name);
        } else if (is_name(&place, "value")) {
            swp_buf_puts(out, param->value);
        } else {
            status = swp_fail(err, SWP_CONFIG, "unknown ${%.*s} in: %s",
                              (int)(place.name_length < 60 ? place.name_length : 60), place.name,
                              s->command->args);
            swp_hint(err, "args have ${name} and ${value}");
            return status;
        }
    }
}

/* A flag of options that begin with "-": what is in front of its value, or nothing. */
static bool is_bare_flag(const run_words *args, const run_param *param)
{
    return param->kind == RUN_PARAM_FLAG && args->n > 0 && args->words[0][0] == '-';
}

/* The words of one parameter. */
static swp_status add_param(const scope *s, const run_words *args, const run_param *param,
                            run_words *out, swp_err *err)
{
    swp_status status = SWP_OK;
    bool is_flag = is_bare_flag(args, param);
    if (is_flag && !run_param_is_on(param))
        return SWP_OK;
    for (size_t i = 0; i < args->n && status == SWP_OK; i++) {
        swp_buf word = {0};
        const char *name = strstr(args->words[i], "${name}");
        swp_buf_add(&word, "", 0);
        if (is_flag && name) {
            run_place_add_plain(&word, args->words[i], (size_t)(name - args->words[i]));
            swp_buf_puts(&word, param->name);
        } else if (!is_flag) {
            status = fill_arg(s, args->words[i], param, &word, err);
        }
        if (status == SWP_OK && word.failed)
            status = no_memory(err);
        if (status == SWP_OK && (!is_flag || name))
            status = run_words_add(out, word.text, word.length, err);
        swp_buf_deinit(&word);
    }
    return status;
}

/* The words of all parameters that the run line does not name. */
static swp_status add_params(const scope *s, run_words *out, swp_err *err)
{
    run_words args;
    swp_status status = run_words_split(s->command->args, &args, err);
    if (status == SWP_OK && !strstr(s->command->args, "${name}"))
        status = swp_fail(err, SWP_CONFIG, "no ${name} in the words of a parameter: %s",
                          s->command->args);
    for (size_t i = 0; i < s->n_params && status == SWP_OK; i++) {
        if (is_word(&s->params[i]) && !is_named(s, &s->params[i]))
            status = add_param(s, &args, &s->params[i], out, err);
    }
    run_words_deinit(&args);
    return status;
}

/* The same as text for a shell. */
static swp_status add_params_quoted(const scope *s, swp_buf *out, swp_err *err)
{
    run_words words = {0};
    swp_status status = add_params(s, &words, err);
    for (size_t i = 0; i < words.n && status == SWP_OK; i++) {
        swp_buf_puts(out, i > 0 ? " " : "");
        add_quoted(out, words.words[i], BARE);
    }
    run_words_deinit(&words);
    return status;
}

/* What ${name} of the run line stands for; NULL when it is unknown. */
static const char *value_of(const scope *s, const run_place *place)
{
    for (size_t i = 0; i < s->n_params; i++) {
        if (is_word(&s->params[i]) && is_name(place, s->params[i].name))
            return s->params[i].value;
    }
    return variable(s, place);
}

/* Replace the places of a word, or of text for a shell. */
static swp_status fill(const scope *s, const char *text, quoting q, swp_buf *out, swp_err *err)
{
    run_place place;
    swp_status status = SWP_OK;
    for (; status == SWP_OK; text = place.rest) {
        status = run_place_find(text, &place, err);
        if (status != SWP_OK)
            break;
        run_place_add_plain(out, text, place.plain);
        q = quoting_after(text, place.plain, q);
        if (!place.name)
            break;
        const char *value = value_of(s, &place);
        if (value)
            add_quoted(out, value, q);
        else if (is_name(&place, "args") && q == BARE)
            status = add_params_quoted(s, out, err);
        else if (is_name(&place, "args"))
            status = swp_fail(err, SWP_CONFIG, "${args} must be a word of its own in: %s",
                              s->command->run);
        else
            status = unknown(s, &place, err);
    }
    return status == SWP_OK && out->failed ? no_memory(err) : status;
}

static swp_status fill_words(const scope *s, run_words *out, swp_err *err)
{
    run_words line;
    swp_status status = run_words_split(s->command->run, &line, err);
    if (status == SWP_OK && line.n == 0)
        status = swp_fail(err, SWP_CONFIG, "the command is empty");
    for (size_t i = 0; i < line.n && status == SWP_OK; i++) {
        swp_buf word = {0};
        swp_buf_add(&word, "", 0);
        if (strcmp(line.words[i], "${args}") == 0) {
            status = add_params(s, out, err);
        } else {
            status = fill(s, line.words[i], NO_SHELL, &word, err);
            if (status == SWP_OK)
                status = run_words_add(out, word.text, word.length, err);
        }
        swp_buf_deinit(&word);
    }
    run_words_deinit(&line);
    return status;
}

static swp_status fill_shell(const scope *s, run_words *out, swp_err *err)
{
    swp_buf text = {0};
    swp_status status = SWP_OK;
    if (s->command->run[strspn(s->command->run, " \t\r\n")] == '\0')
        status = swp_fail(err, SWP_CONFIG, "the command is empty");
    swp_buf_add(&text, "", 0);
    if (status == SWP_OK)
        status = fill(s, s->command->run, BARE, &text, err);
    if (status == SWP_OK)
        status = run_words_add(out, "sh", 2, err);
    if (status == SWP_OK)
        status = run_words_add(out, "-c", 2, err);
    if (status == SWP_OK)
        status = run_words_add(out, text.text, text.length, err);
    swp_buf_deinit(&text);
    return status;
}

/* --- the whole -----------------------------------------------------------------------------------
 */

swp_status run_command_expand(const run_command *command, const run_param *params, size_t n_params,
                              const run_command_attempt *attempt, run_invocation *out, swp_err *err)
{
    run_words words = {0}, environment = {0};
    scope s = {
        .command = command, .params = params, .n_params = n_params, .environment = &environment};
    swp_status status = set_all(&s, attempt, &environment, err);
    if (status == SWP_OK)
        status = command->shell ? fill_shell(&s, &words, err) : fill_words(&s, &words, err);
    *out = (run_invocation){
        .words = words.words,
        .environment = environment.words,
        .n_words = words.n,
        .n_environment = environment.n,
    };
    if (status == SWP_OK) {
        out->params = run_params_json(params, n_params);
        status = out->params ? SWP_OK : no_memory(err);
    }
    return status;
}

const char *run_invocation_get(const run_invocation *invocation, const char *name)
{
    size_t n = strlen(name);
    const char *found = NULL; /* the last one is what counts */
    for (size_t i = 0; i < invocation->n_environment; i++) {
        const char *line = invocation->environment[i];
        if (strncmp(line, name, n) == 0 && line[n] == '=')
            found = line + n + 1;
    }
    return found;
}

void run_invocation_deinit(run_invocation *invocation)
{
    run_words words = {invocation->words, invocation->n_words};
    run_words environment = {invocation->environment, invocation->n_environment};
    run_words_deinit(&words);
    run_words_deinit(&environment);
    swp_free(invocation->params);
    *invocation = (run_invocation){0};
}

swp_status run_command_check(const run_command *command, const run_param *params, size_t n_params,
                             swp_err *err)
{
    run_invocation invocation = {0};
    run_param *empty = swp_alloc(n_params, sizeof *empty);
    if (!empty)
        return no_memory(err);
    for (size_t i = 0; i < n_params; i++)
        empty[i] = (run_param){params[i].name, "", params[i].kind};
    const run_command_attempt attempt = {.trial = 1, .number = 1, .folder = "/"};
    swp_status status = run_command_expand(command, empty, n_params, &attempt, &invocation, err);
    run_invocation_deinit(&invocation);
    swp_free(empty);
    return status;
}
