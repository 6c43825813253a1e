/* Metric lines put together to steps, in the order of their bytes.
 *
 * A step is complete when a later one begins or the command ends: until then a value that comes
 * again replaces the one before. A line says its step, or belongs to the one that was said last;
 * where the script says none, lines are counted by name, but no name runs ahead of the objective by
 * more than one: of what is printed every batch a step has the last value. Scripts that count from
 * 0 are moved by one. */
#ifndef RUN_SERIES_H
#define RUN_SERIES_H

#include "runner/command/command.h"
#include "runner/metrics/metric_line.h"

typedef struct run_series run_series;

/* What an attempt at a trial leaves to the next, as text that is stored with a step. */
#define RUN_SERIES_STATE_SIZE 64

/* Whether these bytes are such a text. */
bool run_series_is_state(const void *bytes, size_t size);

/* `state` (state_bytes, 0 for none) is what a step before this attempt left; lines that are counted
 * go on after step `counted`.
 * errors   FORMAT (not a state), NOMEM   owns   *out: run_series_destroy; borrows command */
SWP_CHECKED swp_status run_series_create(const run_command *command, size_t counted,
                                         const void *state, size_t state_bytes, run_series **out,
                                         swp_err *err);
void run_series_destroy(run_series *series); /* NULL allowed */

/* Take a line. *complete: a step is to be read before the next line is added. errors NOMEM */
SWP_CHECKED swp_status run_series_add(run_series *series, const run_metric_line *line,
                                      bool *complete, swp_err *err);

/* No more lines come. */
void run_series_end(run_series *series, bool *complete);

/* Lines of another attempt follow. The pending step stays until they have it again or go past it;
 * lines that are counted go on after step `counted`. */
void run_series_follow(run_series *series, size_t counted);

/* The step that is not complete yet; 0: none. */
size_t run_series_pending(const run_series *series);

/* Forget what is not complete yet: another source is read from its beginning. */
void run_series_restart(run_series *series);

/* The complete step: its values without those that are not finite, and the state. Borrowed until
 * the next line. errors NUMERIC (the objective is not finite) */
SWP_CHECKED swp_status run_series_read(run_series *series, res_step *out, swp_err *err);

size_t run_series_next(const run_series *series);        /* the step that is to be read */
bool run_series_has_objective(const run_series *series); /* in any step of any attempt */
size_t run_series_steps(const run_series *series);       /* the last step that was read; 0: none */

/* What was left out, in words, once for each kind; NULL when there is nothing new to say. */
const char *run_series_note(run_series *series);

/* The names that came, "loss, acc", for messages. */
void run_series_names(const run_series *series, swp_buf *out);

#endif
