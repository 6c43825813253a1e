/* For realpath. */
#define _XOPEN_SOURCE 700

#include "runner/cluster/script.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/process/host.h"

#define WARN_S 120.0 /* SIGUSR1 comes this long before the end */

/* Quote any text as one word for a POSIX shell. */
static void quote(const char *text, swp_buf *out)
{
    swp_buf_puts(out, "'");
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            swp_buf_puts(out, "'\\''");
        else
            swp_buf_add(out, c, 1);
    }
    swp_buf_puts(out, "'");
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

/* A #SBATCH line. What is not plain goes into double quotes, as sbatch reads them. */
static swp_status add_directive(const char *name, const char *value, swp_buf *out, swp_err *err)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_.,:=/@+%";
    if (has_control(value))
        return swp_fail(err, SWP_USAGE, "submit: expected one line of text, found another in %s...",
                        *name ? name : "--sbatch-arg");
    bool bare = value[strspn(value, plain)] == '\0';
    swp_buf_printf(out, "#SBATCH %s%s", bare ? "" : "\"", name);
    for (const char *c = value; *c; c++) {
        if (!bare && (*c == '"' || *c == '\\'))
            swp_buf_puts(out, "\\");
        swp_buf_add(out, c, 1);
    }
    swp_buf_puts(out, bare ? "\n" : "\"\n");
    return SWP_OK;
}

/* Slurm expands its patterns in the whole path of the log, the folder's included. */
static swp_status check_folder(const char *folder, swp_err *err)
{
    if (!strpbrk(folder, "%\\") && !has_control(folder))
        return SWP_OK;
    return swp_fail(err, SWP_USAGE,
                    "submit: --dir: expected a path without %%, \\ and control characters, which "
                    "Slurm would not take as they are");
}

/* Slurm counts hours, minutes and seconds, and rounds up to minutes. */
static void add_time(const run_resources *r, swp_buf *out)
{
    double warn = WARN_S;
    if (r->time_s > 0) {
        unsigned long s = (unsigned long)ceil(r->time_s);
        swp_buf_printf(out, "#SBATCH --time=%lu:%02lu:%02lu\n", s / 3600, s / 60 % 60, s % 60);
        warn = fmin(WARN_S, ceil(r->time_s / 4));
    }
    swp_buf_printf(out, "#SBATCH --signal=B:USR1@%.0f\n", warn);
}

static swp_status add_resources(const run_resources *r, swp_buf *out, swp_err *err)
{
    const struct {
        const char *name, *value;
    } texts[] = {{"--time=", r->time_s > 0 ? NULL : r->time},
                 {"--mem=", r->mem},
                 {"--partition=", r->partition},
                 {"--account=", r->account}};
    swp_status status = SWP_OK;
    add_time(r, out);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == SWP_OK; i++)
        if (texts[i].value)
            status = add_directive(texts[i].name, texts[i].value, out, err);
    swp_buf_printf(out, "#SBATCH --cpus-per-task=%zu\n", r->cpus);
    if (r->gpus > 0)
        swp_buf_printf(out, "#SBATCH --gres=gpu:%zu\n", r->gpus);
    for (size_t i = 0; i < r->n_sbatch_args && status == SWP_OK; i++)
        status = add_directive("", r->sbatch_args[i], out, err);
    return status;
}

/* cd to the folder from which data is looked up, the data path, the program and its plan: "cd
 * ...\n" or, on one line, "cd ... && ". */
static swp_status add_call(const run_manifest *manifest, bool one_line, swp_buf *out, swp_err *err)
{
    static const char *const names[] = {"SWEEP_DATA", "XDG_DATA_HOME", "SWEEP_PLUGINS"};
    char here[PATH_MAX], program[PATH_MAX];
    if (!getcwd(here, sizeof here))
        return swp_fail_errno(err, SWP_IO, errno, "the working folder");
    if (!run_program_path(program, sizeof program))
        return swp_fail(err, SWP_IO, "cannot tell where this program is: no /proc/self/exe");
    swp_buf_puts(out, "cd ");
    quote(here, out);
    swp_buf_puts(out, one_line ? " && " : " || exit 4\n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (!value || !*value)
            continue;
        swp_buf_printf(out, "export %s=", names[i]);
        quote(value, out);
        swp_buf_puts(out, one_line ? " && " : "\n");
    }
    swp_buf_puts(out, one_line ? "" : "exec ");
    quote(program, out);
    swp_buf_puts(out, " work --plan ");
    quote(manifest->folder, out);
    return SWP_OK;
}

/* The last line is exec, so that the signals that Slurm sends to the script reach the program. */
swp_status run_script_format(const run_manifest *manifest, const run_resources *resources,
                             swp_buf *out, swp_err *err)
{
    swp_buf_printf(out,
                   "#!/bin/sh\n"
                   "# Written by `sweep submit`. By hand, from this folder, tasks 0 to 3:\n"
                   "#   sbatch --job-name=sweep-%s-0 --array=0-3 batch.sh\n"
                   "# Task = index in the array + first argument; others go to `sweep work`.\n"
                   "#SBATCH --output=log/%%A_%%a.log\n"
                   "#SBATCH --open-mode=append\n"
                   "#SBATCH --requeue\n",
                   manifest->id);
    swp_status status = check_folder(manifest->folder, err);
    if (status == SWP_OK)
        status = add_resources(resources, out, err);
    if (status != SWP_OK)
        return status;
    swp_buf_puts(out, "task=$((SLURM_ARRAY_TASK_ID + ${1:-0}))\n"
                      "[ $# -eq 0 ] || shift\n");
    status = add_call(manifest, false, out, err);
    swp_buf_printf(out, " --task \"$task\" --workers %zu \"$@\"\n", resources->cpus);
    if (status == SWP_OK && out->failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    return status;
}

swp_status run_script_command(const run_manifest *manifest, size_t task, bool retry_failed,
                              swp_buf *out, swp_err *err)
{
    swp_status status = add_call(manifest, true, out, err);
    swp_buf_printf(out, " --task %zu%s\n", task, retry_failed ? " --retry-failed" : "");
    if (status == SWP_OK && out->failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    return status;
}
