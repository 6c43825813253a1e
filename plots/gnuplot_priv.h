/* Runs gnuplot as a child process. */
#ifndef PLOT_GNUPLOT_PRIV_H
#define PLOT_GNUPLOT_PRIV_H

#include <stddef.h>

#include "engine/base/err.h"

/* Run gnuplot once on scripts of `folder`, which is its working folder, and wait for its end. The
 * user's own gnuplot settings are left out.
 * errors   UNAVAILABLE (not in PATH, or failed: with what it printed), IO, NOMEM */
SWP_CHECKED swp_status plot_gnuplot_run(const char *folder, char *const *scripts, size_t n,
                                        swp_err *err);

#endif
