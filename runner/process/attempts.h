/* Attempts at trials of a command, recorded as they are handed out: what is run, from which commit,
 * with which scripts, on which machine. */
#ifndef RUN_ATTEMPTS_H
#define RUN_ATTEMPTS_H

#include "results/store/store.h"
#include "runner/backend/backend.h"

typedef struct run_attempts run_attempts;

/* `folders` holds the folders of trials, named by their keys; NULL: they are beside the store.
 * errors   IO, CONFIG, NOMEM   owns   *out: run_attempts_destroy; borrows the others */
SWP_CHECKED swp_status run_attempts_create(const run_command *command, res_store *store,
                                           const char *folders, run_attempts **out, swp_err *err);
void run_attempts_destroy(run_attempts *attempts); /* NULL allowed */

/* A trial is done: its folder keeps only what the command wrote, once the store has committed that
 * it is done (run_attempts_tidy). Until then a kill would lose metric lines that only the folder
 * has. Shared folders are not touched: their task tidies them when it has published. */
void run_attempts_finish(run_attempts *attempts, int64_t trial);
void run_attempts_tidy(run_attempts *attempts);

/* Record the next attempt at a trial of the store, whose item has its number, parameters and
 * budget, and give the item its number and *folder. errors DB, CONFIG, FORMAT, IO, NOMEM owns
 * *folder: swp_free */
SWP_CHECKED swp_status run_attempts_begin(run_attempts *attempts, int64_t trial, const char *key,
                                          run_job_item *item, char **folder, swp_err *err);

/* Add the metrics of a step that the revision does not have yet. Only the objective's direction is
 * known; others are guessed from the name. errors DB, NOMEM */
SWP_CHECKED swp_status run_attempts_declare(run_attempts *attempts, int64_t revision,
                                            const res_step *step, swp_err *err);

/* The folder of a trial: STORE-trials/ID. NULL without memory. owns: swp_free */
char *run_trial_folder(const res_store *store, int64_t trial);

/* Copy the folders of trials that res_revision_copy has copied from the experiment of a revision to
 * the one named `to`. errors DB, IO, NOMEM */
SWP_CHECKED swp_status run_trial_folders_copy(res_store *store, int64_t revision, const char *to,
                                              swp_err *err);

/* Remove the folders of trials that were deleted from the store. errors DB, NOMEM */
SWP_CHECKED swp_status run_trial_folders_prune(res_store *store, swp_err *err);

#endif
