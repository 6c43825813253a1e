/* The backend that runs the user's own command, one trial at a time. */
#ifndef RUN_BACKEND_COMMAND_H
#define RUN_BACKEND_COMMAND_H

#include "runner/backend/backend.h"

const run_backend *run_backend_command(void);

#endif
