/* Engines that come as plug-ins: libsweep_NAME.so, opened only when it is asked for. */
#ifndef RUN_PLUGIN_H
#define RUN_PLUGIN_H

#include <stdbool.h>

#include "engine/engine.h"

/* Whether there is a libsweep_`name`.so where run_plugin_load looks for one. */
bool run_plugin_exists(const char *name);

/* The engine of libsweep_`name`.so, which exports `sweep_NAME_api`. Looked for in ../lib/sweep and
 * ../lib from the program, and beside it, or only in the folder that $SWEEP_PLUGINS names. It stays
 * loaded; no device is touched, so that the process may still fork.
 * errors   UNAVAILABLE: not there, cannot be loaded, or of another version of the program */
SWP_CHECKED swp_status run_plugin_load(const char *name, const eng_api **out, swp_err *err);

#endif
