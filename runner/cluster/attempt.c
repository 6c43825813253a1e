/* One attempt at a task. It trains in a store on the local disk and publishes copies of that store
 * in the shared folder: from time to time, when a signal comes, and at the end. A new copy replaces
 * the one before; while the shared folder fails, publishing is tried again later. */
#include "runner/cluster/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "runner/cluster/files.h"
#include "runner/cluster/slurm.h"
#include "runner/process/host.h"
#include "runner/process/stop.h"

#define PUBLISH_EVERY_S 60.0
#define BEAT_EVERY_S    60.0
#define LONGEST_PAUSE_S 30
#define PATIENCE_S      600.0 /* with a shared folder that fails, at the end */

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

static swp_status make_scratch(run_attempt *out, const char *scratch, swp_err *err)
{
    const char *tmp = getenv("TMPDIR");
    const char *parent = scratch ? scratch : tmp && *tmp ? tmp : "/tmp";
    swp_status status = swp_temporary_make(parent, "sweep-work", &out->scratch, err);
    if (status == SWP_IO)
        swp_hint(err, "name a folder on this machine with --scratch");
    if (status != SWP_OK)
        return status;
    out->local = swp_path_join(out->scratch.path, "shard.db");
    return out->local ? SWP_OK : out_of_memory(err);
}

static swp_status make_name(run_attempt *out, size_t task, swp_err *err)
{
    char digits[RUN_RANDOM_SIZE];
    const run_slurm_job job = run_slurm_job_get();
    swp_status status = run_random_hex(digits, err);
    snprintf(out->stem, sizeof out->stem, "%05zu-%s-r%zu-%s", task, *job.name ? job.name : "local",
             job.restarts, digits);
    return status;
}

bool run_attempt_is_gone(const char *who)
{
    char host[256] = "", its_host[256];
    long pid;
    if (sscanf(who, "process %ld on %255s since", &pid, its_host) != 2 || pid < 1 || pid > INT_MAX)
        return false;
    gethostname(host, sizeof host - 1);
    return strcmp(host, its_host) == 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

double run_attempt_silence(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return 0;
    double silence = difftime(time(NULL), info.st_mtime);
    return silence > 0 ? silence : 0;
}

/* Attempts that were killed, and whose hosts were, take back no sign. */
static void remove_old_signs(const char *running)
{
    char **names = NULL;
    size_t n = 0;
    if (run_names_list(running, RUN_RUNNING_SUFFIX, &names, &n, NULL) != SWP_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        void *who = NULL;
        size_t size;
        char *path = swp_path_join(running, names[i]);
        bool known = path && swp_file_read(path, RUN_MOST_WHO, &who, &size, NULL) == SWP_OK;
        if (known && (run_attempt_is_gone(who) || run_attempt_silence(path) >= RUN_SILENT_S))
            unlink(path);
        swp_free(who);
        swp_free(path);
    }
    run_names_free(names, n);
}

/* Nobody depends on it: without it, `sweep status` knows less. */
static void write_sign(const run_attempt *attempt)
{
    char host[256] = "", since[32], text[384];
    time_t now = time(NULL);
    struct tm utc;
    gethostname(host, sizeof host - 1);
    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    snprintf(text, sizeof text, "process %ld on %s since %s\n", (long)getpid(), host, since);
    (void)!swp_file_put(attempt->life, text, strlen(text), NULL);
}

static void leave_sign(run_attempt *out)
{
    char name[sizeof out->stem + 16];
    snprintf(name, sizeof name, "%s" RUN_RUNNING_SUFFIX, out->stem);
    char *running = swp_path_join(out->manifest->folder, "running");
    if (running)
        remove_old_signs(running);
    out->life = running ? swp_path_join(running, name) : NULL;
    if (out->life)
        write_sign(out);
    swp_free(running);
}

/* The time of the file is the heartbeat, by the clock of the file system. One who was stopped for
 * long may find that others took the sign away. */
static void renew_sign(run_attempt *attempt)
{
    if (!attempt->life || run_clock() - attempt->beat < BEAT_EVERY_S)
        return;
    attempt->beat = run_clock();
    if (utimensat(AT_FDCWD, attempt->life, NULL, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
        write_sign(attempt);
}

swp_status run_attempt_begin(run_attempt *out, const run_manifest *manifest, size_t task,
                             const char *scratch, swp_err *err)
{
    *out = (run_attempt){.manifest = manifest, .tried = run_clock(), .beat = run_clock()};
    out->shards = swp_path_join(manifest->folder, "shards");
    if (!out->shards)
        return out_of_memory(err);
    swp_status status = make_name(out, task, err);
    if (status == SWP_OK)
        status = make_scratch(out, scratch, err);
    if (status == SWP_OK)
        leave_sign(out);
    return status;
}

/* Read the shard; its name tells whether it is another than before.
 * owns *bytes: swp_free, also on failure */
static swp_status read_local(const run_attempt *attempt, void **bytes, size_t *n,
                             char name[RUN_SHARD_NAME_SIZE], swp_err *err)
{
    swp_status status = swp_file_read(attempt->local, RUN_MOST_SHARD, bytes, n, err);
    if (status == SWP_OK)
        run_shard_name(attempt->stem, *bytes, *n, name);
    return status;
}

void run_attempt_mark(run_attempt *attempt)
{
    void *bytes = NULL;
    size_t n;
    if (read_local(attempt, &bytes, &n, attempt->known, NULL) != SWP_OK)
        attempt->known[0] = '\0';
    swp_free(bytes);
}

static void forget(const run_attempt *attempt, const char *name)
{
    char *path = *name ? swp_path_join(attempt->shards, name) : NULL;
    if (path)
        unlink(path);
    swp_free(path);
}

swp_status run_attempt_publish(run_attempt *attempt, swp_err *err)
{
    void *bytes = NULL;
    size_t n;
    char name[RUN_SHARD_NAME_SIZE];
    attempt->tried = run_clock();
    swp_status status = read_local(attempt, &bytes, &n, name, err);
    bool is_news = status == SWP_OK && strcmp(name, attempt->known) != 0;
    if (is_news) {
        char *path = swp_path_join(attempt->shards, name);
        status = path ? swp_file_put(path, bytes, n, err) : out_of_memory(err);
        swp_free(path);
    }
    swp_free(bytes);
    if (status != SWP_OK || !is_news)
        return status;
    forget(attempt, attempt->published);
    snprintf(attempt->published, sizeof attempt->published, "%s", name);
    snprintf(attempt->known, sizeof attempt->known, "%s", name);
    return SWP_OK;
}

static void note_trouble(run_attempt *attempt, const swp_err *cause)
{
    if (!attempt->troubled)
        fprintf(stderr, "cannot publish yet: %s\n", cause->text);
    attempt->troubled = true;
}

void run_attempt_tend(void *context)
{
    run_attempt *attempt = context;
    swp_err cause = {0};
    renew_sign(attempt);
    bool is_new_signal = run_stop_count() > attempt->signals;
    if (!is_new_signal && run_clock() - attempt->tried < PUBLISH_EVERY_S)
        return;
    attempt->signals = run_stop_count();
    if (run_attempt_publish(attempt, &cause) == SWP_OK)
        attempt->troubled = false;
    else
        note_trouble(attempt, &cause);
}

swp_status run_attempt_deliver(run_attempt *attempt, swp_err *err)
{
    swp_err cause = {0};
    double since = run_clock();
    unsigned pause = 1;
    swp_status status = run_attempt_publish(attempt, &cause);
    while (status == SWP_IO && run_clock() - since < PATIENCE_S && run_stop_count() < 2) {
        note_trouble(attempt, &cause);
        renew_sign(attempt);
        sleep(pause);
        pause = 2 * pause < LONGEST_PAUSE_S ? 2 * pause : LONGEST_PAUSE_S;
        status = run_attempt_publish(attempt, &cause);
    }
    attempt->holds_news = status != SWP_OK;
    if (status == SWP_OK)
        return SWP_OK;
    status = swp_fail(err, status, "%s", cause.text);
    swp_hint(err, "what was trained is in %s", attempt->local);
    return status;
}

void run_attempt_end(run_attempt *attempt)
{
    if (attempt->life)
        unlink(attempt->life);
    if (attempt->holds_news)
        swp_temporary_keep(&attempt->scratch);
    else
        swp_temporary_remove(&attempt->scratch);
    swp_free(attempt->life);
    swp_free(attempt->shards);
    swp_free(attempt->local);
    *attempt = (run_attempt){0};
}
