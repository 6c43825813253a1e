/* The folder of a trial, which its attempts share: parameters, metric lines, log, checkpoints. */
#ifndef RUN_FOLDER_H
#define RUN_FOLDER_H

#include <stdbool.h>

#include "engine/base/err.h"

typedef struct run_folder {
    char *path; /* absolute */
    int lock;   /* held while an attempt runs */
} run_folder;

/* Make a trial's folder ready for an attempt, and empty where `clears`. Waits up to `patience_s`
 * for an attempt that still runs there, because its `sweep` was killed. errors   IO, BUSY (it still
 * runs), NOMEM   owns   *out: run_folder_close, also after an error */
SWP_CHECKED swp_status run_folder_open(const char *path, bool clears, double patience_s,
                                       run_folder *out, swp_err *err);

/* Write a file of the folder. errors IO, NOMEM */
SWP_CHECKED swp_status run_folder_put(const run_folder *folder, const char *name, const char *text,
                                      swp_err *err);
void run_folder_close(run_folder *folder);

/* A trial is done: remove what was kept for further attempts, and empty files and folders of the
 * command. Its output stays. */
void run_folder_tidy(const char *path);

/* Remove a folder with all that is in it; links are not followed. */
void run_folder_remove(const char *path);

/* Copy the files of a folder, and of those in it, to another that need not be there; links and
 * other odd things are left out. errors IO, NOMEM */
SWP_CHECKED swp_status run_folder_copy(const char *from, const char *to, swp_err *err);

/* Whether a file in `checkpoint` was written since an instant (seconds since 1970). */
bool run_folder_has_checkpoint(const run_folder *folder, double since);

#endif
