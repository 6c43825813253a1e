/* Runs gnuplot as a child process. */
#ifndef PLOT_GNUPLOT_PRIV_H
#define PLOT_GNUPLOT_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

/* Run gnuplot on scripts of `folder`, which is its working folder, and wait for its end; at most so
 * many processes share the scripts, 0 is one. The user's own gnuplot settings are left out.
 * `missing` tells whether there is none in PATH.
 * errors   UNAVAILABLE (not in PATH, or failed: with what it printed), IO, NOMEM */
SWP_CHECKED swp_status plot_gnuplot_run(const char *folder, char *const *scripts, size_t n,
                                        size_t processes, bool *missing, swp_err *err);

#endif
