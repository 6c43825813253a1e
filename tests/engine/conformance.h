/* The suite that every engine must pass. */
#ifndef TEST_CONFORMANCE_H
#define TEST_CONFORMANCE_H

#include "engine/engine.h"

/* Run all cases on one engine and instruction set (NULL = its best). Returns main's exit status. */
int conformance_run(const eng_api *api, const char *isa);

#endif
