/* Metric lines of earlier attempts at a trial. What a script reported while its `sweep` was being
 * killed was not recorded, and a script that continues from its checkpoint does not report it
 * again. So each attempt begins with the lines that earlier ones left in the trial's folder. */
#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H

#include "runner/command/command.h"
#include "runner/metrics/lines.h"

typedef struct run_replay {
    const char *folder; /* of the trial */
    run_metric_source source;
    size_t attempt, last; /* the one that is read, from 1; 0: none yet */
    bool is_file;         /* its lines are of the metrics file, else of standard output */
    int fd;               /* -1: at no attempt */
    run_lines lines;
} run_replay;

/* Take the first number from *number on of which the trial's folder has nothing, and leave a file
 * of it there: a folder that tasks share may know of attempts that no store tells of, since their
 * task was killed. Only neighbouring numbers count: a file that happens to be called like that of a
 * far attempt is none. errors IO, NOMEM */
SWP_CHECKED swp_status run_replay_claim(const char *folder, size_t *number, swp_err *err);

/* Before attempt `number`. errors NOMEM   owns   run_replay_deinit; borrows folder */
SWP_CHECKED swp_status run_replay_init(run_replay *replay, const char *folder, size_t number,
                                       run_metric_source source, swp_err *err);
void run_replay_deinit(run_replay *replay);

/* Go on to the next attempt that left lines. Returns false when there is none. */
bool run_replay_begin(run_replay *replay);

/* Its next line, or NULL. Borrowed until the next one; may be written to. */
char *run_replay_line(run_replay *replay);

/* Keep a line of standard output that counted, for attempts to come. `fd` is -1 before the first.
 */
void run_replay_keep(int *fd, const char *folder, size_t number, const char *line);

#endif
