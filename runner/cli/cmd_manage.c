/* sweep delete, rename, note, copy: what is done to whole experiments and revisions. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/cli/cmds.h"
#include "runner/cli/inputs.h"
#include "runner/process/attempts.h"
#include "runner/process/lock.h"

/* The store for writing, and what an operand names in it; no other process runs the experiment. */
typedef struct target {
    res_store *store;
    run_lock lock;
    res_experiment experiment;
    bool whole; /* no revision was named */
} target;

static void target_deinit(target *t)
{
    res_experiment_deinit(&t->experiment);
    run_lock_release(&t->lock);
    res_store_close(t->store);
}

/* Whether the text ends in "@REVISION" of the experiment that was found. */
static bool names_revision(const char *text, const res_experiment *found)
{
    return strcmp(text, found->name) != 0;
}

static swp_status target_open(const cli_call *call, const char *name, target *out, swp_err *err)
{
    const char *path = cli_value(call, "db", CLI_DEFAULT_DB);
    res_store *reader = NULL;
    *out = (target){0};
    /* Neither creates a missing store nor migrates an older one. */
    swp_status status = res_store_open(path, RES_READ, &reader, err);
    res_store_close(reader);
    if (status == SWP_OK)
        status = res_store_open(path, RES_WRITE, &out->store, err);
    if (status == SWP_OK && name)
        status = res_experiment_find(out->store, name, &out->experiment, err);
    if (status == SWP_OK && name)
        status = run_lock_take(&out->lock, path, out->experiment.name, err);
    out->whole = status == SWP_OK && name && !names_revision(name, &out->experiment);
    return status;
}

/* Ask on a terminal; elsewhere --yes is the answer. */
static swp_status confirm(const cli_call *call, const target *t, bool *agreed, swp_err *err)
{
    const res_experiment *e = &t->experiment;
    char answer[8] = "";
    *agreed = cli_flag(call, "yes");
    if (*agreed)
        return SWP_OK;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        swp_status status = swp_fail(err, SWP_USAGE, "delete: there is no terminal to ask on");
        swp_hint(err, "--yes deletes without a question");
        return status;
    }
    if (t->whole)
        fprintf(stderr, "Delete %s with all its revisions, %zu trials in the latest? [y/N] ",
                e->name, e->n_trials);
    else
        fprintf(stderr, "Delete %s@%zu and the trials that no other revision has? [y/N] ", e->name,
                e->revision);
    if (fgets(answer, sizeof answer, stdin))
        *agreed = answer[0] == 'y' || answer[0] == 'Y';
    return SWP_OK;
}

static swp_status run_delete(cli_call *call, swp_err *err)
{
    target t;
    bool agreed = false;
    const char *name = cli_operand(call, 0);
    if (!name && !cli_flag(call, "compact"))
        return swp_fail(err, SWP_USAGE, "delete: expected an EXPERIMENT, or --compact");
    swp_status status = target_open(call, name, &t, err);
    if (status == SWP_OK && name)
        status = confirm(call, &t, &agreed, err);
    if (status == SWP_OK && agreed)
        status = res_revision_delete(t.store, t.experiment.revision_id, t.whole, err);
    if (status == SWP_OK && agreed)
        status = run_trial_folders_prune(t.store, err);
    if (status == SWP_OK && agreed && !call->quiet && t.whole)
        printf("deleted %s\n", t.experiment.name);
    else if (status == SWP_OK && agreed && !call->quiet)
        printf("deleted %s@%zu\n", t.experiment.name, t.experiment.revision);
    if (status == SWP_OK && cli_flag(call, "compact") && (agreed || !name))
        status = res_store_compact(t.store, err);
    target_deinit(&t);
    return status;
}

static swp_status run_rename(cli_call *call, swp_err *err)
{
    target t;
    swp_status status = target_open(call, call->operands[0], &t, err);
    if (status == SWP_OK && !t.whole)
        status = swp_fail(err, SWP_USAGE, "rename: expected an EXPERIMENT without a revision");
    if (status == SWP_OK)
        status = res_experiment_rename(t.store, t.experiment.revision_id, call->operands[1], err);
    target_deinit(&t);
    return status;
}

static swp_status run_note(cli_call *call, swp_err *err)
{
    target t;
    const char *text = cli_operand(call, 1);
    swp_status status = target_open(call, call->operands[0], &t, err);
    if (status == SWP_OK)
        status = res_note_set(t.store, t.experiment.revision_id, text ? text : "", err);
    target_deinit(&t);
    return status;
}

static swp_status run_copy(cli_call *call, swp_err *err)
{
    target t;
    swp_status status = target_open(call, call->operands[0], &t, err);
    if (status == SWP_OK)
        status =
            res_revision_copy(t.store, t.experiment.revision_id, t.whole, call->operands[1], err);
    if (status == SWP_OK)
        status = run_trial_folders_copy(t.store, t.experiment.revision_id, call->operands[1], err);
    target_deinit(&t);
    return status;
}

static const cli_option delete_options[] = {
    CLI_OPTION_DB,
    {.name = "yes", .help = "do not ask"},
    {.name = "compact", .help = "give the space back to the file system, too"},
    CLI_OPTION_END,
};
static const cli_option options[] = {CLI_OPTION_DB, CLI_OPTION_END};

const cli_command cmd_delete = {
    .name = "delete",
    .operands = "[EXPERIMENT]",
    .max_operands = 1,
    .summary = "Delete an experiment or a revision",
    .notes =
        "EXPERIMENT is NAME or NAME@REVISION. Asks on a terminal; elsewhere --yes is needed.\n"
        "Trials that other revisions share are kept. The folders of a command's trials are\n"
        "deleted too, with checkpoints and logs. The file keeps its size, and later runs reuse\n"
        "the space, unless --compact rewrites the file, which needs as much free space as the\n"
        "store; without an EXPERIMENT, --compact does only that.",
    .options = delete_options,
    .run = run_delete,
};

const cli_command cmd_rename = {
    .name = "rename",
    .operands = "EXPERIMENT NEW",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "Rename an experiment",
    .notes =
        "Change experiment.name in the INI file, too: the next run under the former name is a\n"
        "new experiment.",
    .options = options,
    .run = run_rename,
};

const cli_command cmd_note = {
    .name = "note",
    .operands = "EXPERIMENT [TEXT]",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "Write a note to a revision, which `list` shows",
    .notes =
        "EXPERIMENT is NAME, for its latest revision, or NAME@REVISION. Without TEXT the note\n"
        "is removed.",
    .options = options,
    .run = run_note,
};

const cli_command cmd_copy = {
    .name = "copy",
    .operands = "EXPERIMENT NEW",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "Copy an experiment, or one revision, under another name",
    .notes =
        "EXPERIMENT is NAME or NAME@REVISION. Trials, steps, errors and states are copied, and\n"
        "the folders of a command's trials: a run of the INI file with the new experiment.name\n"
        "continues where the original stopped.",
    .options = options,
    .run = run_copy,
};
