/* Other programs, run with their arguments as they are: no shell is involved. */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include "engine/base/str.h"

/* Run argv (ended by NULL), looked up in PATH, and wait. `out` takes its standard output, NULL:
 * nobody wants it.
 * errors   UNAVAILABLE when there is no such program, or it failed: with what it said; IO; NOMEM
 * owns     *out: swp_buf_deinit */
SWP_CHECKED swp_status run_command(char *const *argv, swp_buf *out, swp_err *err);

#endif
