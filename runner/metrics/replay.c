/* Lines of attempt N are those of its file metrics-N.jsonl, or what counted of its standard output,
 * in output-N.txt. */
#include "runner/metrics/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/command/spawn.h"

/* NULL without memory. owns: swp_free */
static char *path_of(const char *folder, const char *kind, size_t number)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%zu.%s", kind, number,
             strcmp(kind, "output") == 0 ? "txt" : "jsonl");
    return swp_path_join(folder, name);
}

static int open_lines(const char *folder, const char *kind, size_t number, int flags)
{
    char *path = path_of(folder, kind, number);
    int fd = path ? swp_open_regular(path, flags | O_NOFOLLOW) : -1;
    swp_free(path);
    return fd;
}

/* Make an attempt's file of lines. *is_taken: something of this number is there. */
static swp_status claim(const char *folder, size_t number, bool *is_taken, swp_err *err)
{
    struct stat info;
    char *metrics = path_of(folder, "metrics", number), *output = path_of(folder, "output", number);
    swp_status status = SWP_OK;
    int fd = -1;
    *is_taken = false;
    if (!metrics || !output) {
        status = swp_fail(err, SWP_NOMEM, "out of memory for the number of an attempt");
    } else if (lstat(metrics, &info) == 0) {
        *is_taken = true;
    } else {
        fd = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        *is_taken = fd < 0 && errno == EEXIST;
        if (fd < 0 && !*is_taken)
            status = swp_fail_errno(err, SWP_IO, errno, "making %s", output);
    }
    run_close(&fd);
    swp_free(metrics);
    swp_free(output);
    return status;
}

swp_status run_replay_claim(const char *folder, size_t *number, swp_err *err)
{
    bool is_taken = true;
    char *inside = swp_path_join(folder, "");
    swp_status status = inside ? swp_make_folders(inside, err)
                               : swp_fail(err, SWP_NOMEM, "out of memory for a folder");
    swp_free(inside);
    while (status == SWP_OK && is_taken) {
        status = claim(folder, *number, &is_taken, err);
        *number += is_taken;
    }
    return status;
}

swp_status run_replay_init(run_replay *replay, const char *folder, size_t number,
                           run_metric_source source, swp_err *err)
{
    *replay = (run_replay){
        .folder = folder, .source = source, .last = number > 0 ? number - 1 : 0, .fd = -1};
    return run_lines_init(&replay->lines, "\n", err);
}

void run_replay_deinit(run_replay *replay)
{
    run_close(&replay->fd);
    run_lines_deinit(&replay->lines);
}

bool run_replay_begin(run_replay *replay)
{
    run_close(&replay->fd);
    run_lines_drop(&replay->lines);
    while (replay->fd < 0 && replay->attempt < replay->last) {
        size_t number = ++replay->attempt;
        replay->is_file = replay->source != RUN_METRICS_STDOUT;
        if (replay->is_file)
            replay->fd = open_lines(replay->folder, "metrics", number, O_RDONLY);
        if (replay->fd >= 0 || replay->source == RUN_METRICS_FILE)
            continue;
        replay->is_file = false;
        replay->fd = open_lines(replay->folder, "output", number, O_RDONLY);
    }
    return replay->fd >= 0;
}

char *run_replay_line(run_replay *replay)
{
    const char *part;
    char *line = run_lines_next(&replay->lines);
    while (!line && replay->fd >= 0 && run_lines_read(&replay->lines, replay->fd, &part) > 0)
        line = run_lines_next(&replay->lines);
    return line;
}

void run_replay_keep(int *fd, const char *folder, size_t number, const char *line)
{
    swp_buf text = {0};
    if (*fd < 0)
        *fd = open_lines(folder, "output", number, O_WRONLY | O_CREAT | O_APPEND);
    swp_buf_puts(&text, line);
    swp_buf_puts(&text, "\n");
    /* A disk that is full costs no more than what is asked for after a crash. */
    if (!text.failed && *fd >= 0)
        (void)!write(*fd, text.text, text.length);
    swp_buf_deinit(&text);
}
