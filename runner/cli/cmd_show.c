/* sweep show: one trial with all its steps. A trial is named by its number within the revision of
 * the experiment that ran last, or by EXPERIMENT:NUMBER. */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "results/query/study.h"
#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/cluster/manifest.h"
#include "runner/command/log.h"
#include "runner/process/attempts.h"

/* Cut "NAME:3" at its last colon, in place; *experiment is NULL for "3". */
static bool parse_trial(char *text, const char **experiment, size_t *number)
{
    int64_t value;
    char *colon = strrchr(text, ':');
    *experiment = colon ? text : NULL;
    if (colon)
        *colon = '\0';
    if (colon == text || !swp_parse_int(colon ? colon + 1 : text, 1, INT64_MAX, &value))
        return false;
    *number = (size_t)value;
    return true;
}

/* The folder of a trial in one that tasks share, where a log of it can be read from here: no link
 * is followed after the shared folder's name. owns *out: swp_free; NULL: none */
static swp_status find_shared(const res_pair *source, char **out, swp_err *err)
{
    struct stat info;
    const size_t n_digits = RES_KEY_SIZE - 1;
    *out = NULL;
    if (strlen(source->key) != n_digits || strspn(source->key, "0123456789abcdef") != n_digits ||
        *source->value != '/')
        return SWP_OK;
    char *trials = swp_path_join(source->value, RUN_TRIAL_FOLDERS);
    char *folder = trials ? swp_path_join(trials, source->key) : NULL;
    bool is_there =
        folder && lstat(trials, &info) == 0 && S_ISDIR(info.st_mode) && run_log_is_there(folder);
    swp_status status = folder ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for a log");
    if (is_there)
        *out = folder;
    else
        swp_free(folder);
    swp_free(trials);
    return status;
}

/* It lies beside the store, or where tasks have run the trial. */
static swp_status print_log_of(res_store *store, int64_t trial, swp_err *err)
{
    char *own = run_trial_folder(store, trial), *shared = NULL;
    res_pair *sources = NULL;
    size_t n = 0;
    swp_status status =
        own ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory for a trial's folder");
    if (status == SWP_OK && !run_log_is_there(own))
        status = res_trial_sources_list(store, trial, &sources, &n, err);
    for (size_t i = 0; i < n && status == SWP_OK && !shared; i++)
        status = find_shared(&sources[i], &shared, err);
    if (status == SWP_OK) {
        status = run_log_print(shared ? shared : own, stdout, err);
        if (status != SWP_OK && n > 0 && !shared)
            swp_hint(err, "tasks kept it in %s/" RUN_TRIAL_FOLDERS "/%s", sources[0].value,
                     sources[0].key);
    }
    res_pairs_free(sources, n);
    swp_free(shared);
    swp_free(own);
    return status;
}

/* What the command of a trial printed. */
static swp_status print_log(res_store *store, const char *experiment, size_t number, swp_err *err)
{
    res_study study;
    swp_status status = res_study_load(store, experiment, &study, err);
    size_t at = status == SWP_OK ? res_study_trial(&study, number) : SIZE_MAX;
    if (status == SWP_OK && at == SIZE_MAX)
        status = swp_fail(err, SWP_CONFIG, "%s@%zu has no trial %zu", study.experiment.name,
                          study.experiment.revision, number);
    else if (status == SWP_OK && !study.of_command)
        status = swp_fail(err, SWP_USAGE, "--log: %s@%zu was trained by sweep, not by a command",
                          study.experiment.name, study.experiment.revision);
    if (status == SWP_OK)
        status = print_log_of(store, study.trials[at].id, err);
    res_study_deinit(&study);
    return status;
}

/* "NAME 3" is meant as NAME:3. */
static swp_status check_operands(const cli_call *call, swp_err *err)
{
    const char *first = cli_operand(call, 0), *second = cli_operand(call, 1);
    int64_t number;
    if (!second)
        return SWP_OK;
    swp_status status = swp_fail(err, SWP_USAGE, "show: unexpected \"%s\"", second);
    if (swp_parse_int(second, 1, INT64_MAX, &number) &&
        !swp_parse_int(first, INT64_MIN, INT64_MAX, &number) && !strchr(first, ':'))
        swp_hint(err, "trial %s of %s is %s:%s", second, first, first, second);
    else
        swp_hint(err, "usage: sweep show [OPTION]... TRIAL");
    return status;
}

static swp_status run(cli_call *call, swp_err *err)
{
    res_format format;
    res_store *store = NULL;
    const char *experiment = NULL;
    size_t number = 0;
    char *text = swp_strdup(call->operands[0]);
    if (!text)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    swp_status status = check_operands(call, err);
    if (status == SWP_OK)
        status = cli_format(call, RES_TABLE, RES_LATEX, &format, err);
    if (status == SWP_OK && !parse_trial(text, &experiment, &number)) {
        status = swp_fail(err, SWP_USAGE,
                          "show: expected a trial's number or EXPERIMENT:NUMBER, found \"%s\"",
                          call->operands[0]);
        swp_hint(err, "`sweep export --what trials` lists the trials");
    }
    if (status == SWP_OK)
        status = cli_open_store(call, &store, err);
    if (status == SWP_OK)
        status = cli_flag(call, "log")
                     ? print_log(store, experiment, number, err)
                     : res_show_write(store, experiment, number, format, stdout, err);
    res_store_close(store);
    swp_free(text);
    return status;
}

static const cli_option options[] = {
    CLI_OPTION_DB,
    CLI_OPTION_FORMAT("table, md, latex, csv or json"),
    {.name = "log", .help = "what the command of the trial printed"},
    CLI_OPTION_END};

const cli_command cmd_show = {
    .name = "show",
    .operands = "TRIAL",
    .min_operands = 1,
    .max_operands = 2, /* see check_operands */
    .summary = "Print one trial: parameters, state, every epoch",
    .notes = "TRIAL is a number within the experiment that ran last, as in the column `trial` of\n"
             "exports, or EXPERIMENT:NUMBER, where EXPERIMENT may be NAME@REVISION.",
    .options = options,
    .run = run,
};
