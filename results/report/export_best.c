/* `sweep export --what best`: the best trial as an INI file that trains it again: the settings of
 * its revision, with its own parameters in place of axes and conditions. Epoch counts and
 * thresholds stay as they are, since they decide no trial. */
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/winner.h"
#include "results/report/table_priv.h"

typedef struct best {
    const res_study *study;
    const res_trial *trial;
    bool of_command;
    res_pair *settings; /* (n_settings) of the revision */
    size_t n_settings;
    res_pair *params; /* (n_params) of the trial */
    size_t n_params;
    FILE *out;
} best;

/* The key without "SECTION.", or NULL if it is of another one. */
static const char *name_in(const char *key, const char *section)
{
    size_t n = strlen(section);
    return strncmp(key, section, n) == 0 && key[n] == '.' ? key + n + 1 : NULL;
}

/* Whether a setting holds for the one trial, too: of axes those that decide no trial, of a search
 * what it is for. */
static bool is_kept(const char *section, const char *name)
{
    if (strcmp(section, "sweep") == 0)
        return strcmp(name, "train.epochs") == 0 || strcmp(name, "eval.threshold") == 0;
    if (strcmp(section, "search") == 0)
        return strcmp(name, "objective") == 0 || strcmp(name, "goal") == 0;
    return true;
}

static bool is_among(const char *key, const res_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return true;
    return false;
}

static void put_pair(const best *b, const char *section, bool *begun, const char *name,
                     const char *value)
{
    if (!*begun)
        fprintf(b->out, "[%s]\n", section);
    *begun = true;
    fprintf(b->out, "%s = %s\n", name, value);
}

/* What the revision says in a section, then the trial's parameters there. */
static void put_section(const best *b, const char *section)
{
    bool begun = false;
    for (size_t i = 0; i < b->n_settings; i++) {
        const char *key = b->settings[i].key, *name = name_in(key, section);
        bool is_own = !b->of_command && is_among(key, b->params, b->n_params);
        if (name && is_kept(section, name) && !is_own)
            put_pair(b, section, &begun, name, b->settings[i].value);
    }
    for (size_t i = 0; i < b->n_params && !b->of_command; i++) {
        const char *name = name_in(b->params[i].key, section);
        if (name)
            put_pair(b, section, &begun, name, b->params[i].value);
    }
}

/* A command's parameters have names of the user's own; a flag that is not set is left out. */
static void put_params(const best *b)
{
    bool begun = false;
    for (size_t i = 0; i < b->n_params; i++) {
        const res_pair *param = &b->params[i];
        bool is_script = strncmp(param->key, RES_SCRIPT_KEY, strlen(RES_SCRIPT_KEY)) == 0;
        if (is_script || is_among(param->key, b->settings, b->n_settings) ||
            strcmp(param->value, "false (flag)") == 0)
            continue;
        bool is_flag = strcmp(param->value, "true (flag)") == 0;
        put_pair(b, "params", &begun, param->key, is_flag ? "flag" : param->value);
    }
}

static void put_ini(const best *b, double value, const char *what)
{
    static const char *const sections[] = {"experiment", "data",   "model", "train",
                                           "eval",       "search", "sweep", "command"};
    const res_experiment *e = &b->study->experiment;
    char number[SWP_NUMBER_SIZE];
    fprintf(b->out, "; trial %zu of %s@%zu: %s = %s%s\n", b->trial->number, e->name, e->revision,
            res_objective_name(b->study), swp_format_double(value, number), what);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        put_section(b, sections[i]);
    if (b->of_command)
        put_params(b);
}

static swp_status write_best(res_store *store, const res_study *study, FILE *out, swp_err *err)
{
    res_standing standing;
    res_winner winner;
    bool is_confirmed = false;
    best b = {.study = study, .out = out};
    swp_status status = res_standing_make(study, NULL, &standing, err);
    if (status == SWP_OK)
        status = res_winner_find(study, &standing, &winner, &is_confirmed, err);
    if (status == SWP_OK && standing.n == 0)
        status = swp_fail(err, SWP_CONFIG, "experiment %s: no trial has a result yet",
                          study->experiment.name);
    if (status == SWP_OK) {
        b.trial = &study->trials[is_confirmed ? winner.trial : standing.order[0]];
        b.of_command = study->of_command;
        status = res_ini_settings_list(store, study->experiment.revision_id, &b.settings,
                                       &b.n_settings, err);
    }
    if (status == SWP_OK)
        status = res_trial_params_list(store, b.trial->id, &b.params, &b.n_params, err);
    if (status == SWP_OK)
        put_ini(&b, is_confirmed ? winner.fresh.mean : standing.of[standing.order[0]],
                is_confirmed ? ", the mean of fresh seeds" : "");
    res_pairs_free(b.settings, b.n_settings);
    res_pairs_free(b.params, b.n_params);
    res_standing_deinit(&standing);
    return status;
}

swp_status res_export_best(res_store *store, const char *experiment, FILE *out, swp_err *err)
{
    res_study study;
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_study_load(store, experiment, &study, err);
    if (status == SWP_OK)
        status = write_best(store, &study, out, err);
    res_study_deinit(&study);
    res_snapshot_end(store);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
