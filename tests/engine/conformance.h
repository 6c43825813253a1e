/* The suite that every engine must pass. */
#ifndef TEST_CONFORMANCE_H
#define TEST_CONFORMANCE_H

#include <stdbool.h>

#include "engine/engine.h"

/* Run all cases on one engine and instruction set (NULL = its best). `linked`: the engine allocates
 * with the swp_alloc of this program, where failures can be planted; a plug-in has its own. Returns
 * main's exit status. */
int conformance_run(const eng_api *api, const char *isa, bool linked);

#endif
