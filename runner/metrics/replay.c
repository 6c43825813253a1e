/* Lines of attempt N are those of its file metrics-N.jsonl, or what counted of its standard output,
 * in output-N.txt. */
#include "runner/metrics/replay.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "runner/command/spawn.h"

static int open_lines(const char *folder, const char *kind, size_t number, int flags)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%zu.%s", kind, number,
             strcmp(kind, "output") == 0 ? "txt" : "jsonl");
    char *path = swp_path_join(folder, name);
    int fd = path ? swp_open_regular(path, flags | O_NOFOLLOW) : -1;
    swp_free(path);
    return fd;
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
