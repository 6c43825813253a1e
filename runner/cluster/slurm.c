/* Slurm through its commands: scontrol, squeue, scancel, sbatch. Their output is parsed line by
 * line; jobs of a plan are recognised by their name, which contains the plan's id. */
#include "runner/cluster/slurm.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/child.h"
#include "engine/base/mem.h"
#include "engine/base/str.h"

static size_t number_of(const char *text)
{
    int64_t value = 0;
    if (!text || !swp_parse_int(text, 0, INT32_MAX, &value))
        return 0;
    return (size_t)value;
}

/* SLURM_RESTART_COUNT is not set on the first run. */
run_slurm_job run_slurm_job_get(void)
{
    const char *id = getenv("SLURM_JOB_ID"), *array = getenv("SLURM_ARRAY_JOB_ID");
    const char *index = getenv("SLURM_ARRAY_TASK_ID");
    run_slurm_job job = {.restarts = number_of(getenv("SLURM_RESTART_COUNT"))};
    if (array && index)
        snprintf(job.name, sizeof job.name, "%zu_%zu", number_of(array), number_of(index));
    else if (id)
        snprintf(job.name, sizeof job.name, "%zu", number_of(id));
    return job;
}

/* Without Slurm there is another way, which the hint names. */
static swp_status ask(char *const *argv, swp_buf *out, swp_err *err)
{
    swp_child child = {.argv = argv, .out = out};
    swp_status status = swp_child_run(&child, err);
    if (status == SWP_UNAVAILABLE)
        swp_hint(err, "Slurm's commands must work here (try `sinfo`); `--on none` needs no Slurm");
    return status;
}

swp_status run_slurm_requeue(const run_slurm_job *job, swp_err *err)
{
    char name[sizeof job->name];
    snprintf(name, sizeof name, "%s", job->name);
    return ask((char *const[]){"scontrol", "requeue", name, NULL}, NULL, err);
}

swp_status run_slurm_array_size(size_t *out, swp_err *err)
{
    static const char key[] = "MaxArraySize";
    swp_buf text = {0};
    swp_status status = ask((char *const[]){"scontrol", "show", "config", NULL}, &text, err);
    const char *at = status == SWP_OK && text.text ? strstr(text.text, key) : NULL;
    char digits[16] = "";
    if (at) {
        at += strlen(key);
        at += strspn(at, " =");
        snprintf(digits, sizeof digits, "%.*s", (int)strspn(at, "0123456789"), at);
    }
    *out = number_of(digits);
    swp_buf_deinit(&text);
    if (status == SWP_OK && *out == 0)
        return swp_fail(err, SWP_UNAVAILABLE, "`scontrol show config` shows no MaxArraySize");
    return status;
}

/* --- the queue -------------------------------------------------------------------------------- */

/* Cut the next field, up to a bar, off a line. */
static char *cut(char **line)
{
    char *field = *line, *bar = strchr(field, '|');
    *line = bar ? bar + 1 : field + strlen(field);
    if (bar)
        *bar = '\0';
    return field;
}

/* A line NAME|INDEX|STATE|JOB|REASON of a task of ours, whose name is sweep-ID-OFFSET. */
static bool parse_line(char *line, const char *id, run_slurm_task *out)
{
    char prefix[32];
    int n = snprintf(prefix, sizeof prefix, "sweep-%s-", id);
    const char *name = cut(&line), *index = cut(&line), *state = cut(&line), *job = cut(&line);
    const char *reason = cut(&line);
    int64_t offset, at;
    if (strncmp(name, prefix, (size_t)n) != 0 || !swp_parse_int(name + n, 0, INT32_MAX, &offset) ||
        !swp_parse_int(index, 0, INT32_MAX, &at))
        return false;
    *out = (run_slurm_task){.task = (size_t)(offset + at),
                            .running = strcmp(state, "PENDING") != 0,
                            .held = strstr(reason, "launch failed") != NULL};
    snprintf(out->job, sizeof out->job, "%.20s_%.20s", job, index);
    return true;
}

swp_status run_slurm_queue(const char *id, run_slurm_task **out, size_t *n, swp_err *err)
{
    swp_buf text = {0};
    *out = NULL;
    *n = 0;
    swp_status status = ask(
        (char *const[]){"squeue", "--me", "--noheader", "--array", "--format=%j|%K|%T|%F|%r", NULL},
        &text, err);
    size_t room = 0;
    for (char *line = text.text, *end; status == SWP_OK && line && *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        if (*n == room) {
            room = room ? 2 * room : 64;
            run_slurm_task *grown = swp_resize(*out, room, sizeof *grown);
            if (!grown) {
                status = swp_fail(err, SWP_NOMEM, "out of memory");
                break;
            }
            *out = grown;
        }
        *n += parse_line(line, id, &(*out)[*n]);
    }
    swp_buf_deinit(&text);
    return status;
}

swp_status run_slurm_cancel(const run_slurm_task *task, swp_err *err)
{
    char job[sizeof task->job];
    snprintf(job, sizeof job, "%s", task->job);
    return ask((char *const[]){"scancel", job, NULL}, NULL, err);
}

/* --- submitting ------------------------------------------------------------------------------- */

/* "--array=0-4,7%10" of ascending tasks. */
static void format_array(const run_slurm_array *array, swp_buf *out)
{
    swp_buf_puts(out, "--array=");
    for (size_t i = 0, end; i < array->n; i = end) {
        for (end = i + 1; end < array->n && array->tasks[end] == array->tasks[end - 1] + 1;)
            end++;
        size_t from = array->tasks[i] - array->offset, to = array->tasks[end - 1] - array->offset;
        swp_buf_printf(out, "%s%zu", i > 0 ? "," : "", from);
        if (to > from)
            swp_buf_printf(out, "-%zu", to);
    }
    if (array->at_once > 0)
        swp_buf_printf(out, "%%%zu", array->at_once);
}

/* The shared folder is the job's working folder, where its script and its log are. */
swp_status run_slurm_submit(const run_slurm_array *array, char job[32], swp_err *err)
{
    char name[64], offset[24], after[64];
    swp_buf indexes = {0}, folder = {0}, script = {0}, said = {0};
    snprintf(name, sizeof name, "--job-name=sweep-%s-%zu", array->id, array->offset);
    snprintf(offset, sizeof offset, "%zu", array->offset);
    snprintf(after, sizeof after, "--dependency=afterany:%s", array->after ? array->after : "");
    format_array(array, &indexes);
    swp_buf_printf(&folder, "--chdir=%s", array->folder);
    swp_buf_printf(&script, "%s/batch.sh", array->folder);
    swp_status status = SWP_OK;
    if (indexes.failed || folder.failed || script.failed) {
        status = swp_fail(err, SWP_NOMEM, "out of memory");
        goto done;
    }
    char *argv[16] = {"sbatch", "--parsable", name, indexes.text, folder.text};
    size_t n = 5;
    if (array->after)
        argv[n++] = after;
    argv[n++] = script.text;
    argv[n++] = offset;
    if (array->retry_failed)
        argv[n++] = "--retry-failed";
    status = ask(argv, &said, err);
    size_t digits = said.text ? strspn(said.text, "0123456789") : 0;
    if (status == SWP_OK && digits == 0)
        status = swp_fail(err, SWP_UNAVAILABLE, "sbatch printed no job number");
    if (status == SWP_OK)
        snprintf(job, 32, "%.*s", (int)digits, said.text);
done:
    swp_buf_deinit(&said);
    swp_buf_deinit(&script);
    swp_buf_deinit(&folder);
    swp_buf_deinit(&indexes);
    return status;
}
