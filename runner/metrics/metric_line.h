/* One line that a command wrote: the metrics in it.
 *
 *   file            {"epoch": 3, "val_loss": 0.12}
 *   standard output val_loss: 0.12        val_loss=0.12 (step 3)      epoch=3 val_loss=0.12
 *                   Epoch 3/10            loss: 0.3 - val_loss: 0.12  loss: 0.3 | val_loss: 0.12
 *
 * On standard output a line counts that begins with `key: number` or `key=number`, or that has
 * several of them: separated by " - ", ",", ";" or "|", those with "=" by blanks, too. */
#ifndef RUN_METRIC_LINE_H
#define RUN_METRIC_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/command/command.h"

#define RUN_METRIC_NAME_SIZE 128u /* longest name of a metric, with its NUL */

typedef struct run_metric_value {
    const char *name; /* (length), in the line */
    size_t length;
    double value; /* any: 1e400 is INFINITY */
} run_metric_value;

typedef struct run_metric_line {
    run_metric_value values[RUN_MOST_METRICS]; /* (n) */
    size_t n;
    bool has_step;
    uint64_t step;  /* as the script counts */
    size_t refused; /* names and steps that are none, and values beyond the most */
} run_metric_line;

/* Whether large values of a metric of this name are usually good: accuracies, areas, scores. */
bool run_metric_grows(const char *name);

/* Read a line of the metrics file. Its keys are unescaped in place. False when it is no object. */
SWP_CHECKED bool run_metric_line_of_file(char *line, const char *step, run_metric_line *out);

/* Read a line of standard output. False when it does not count. */
SWP_CHECKED bool run_metric_line_of_output(const char *line, const char *step,
                                           run_metric_line *out);

#endif
