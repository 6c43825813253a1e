/* The cases of tests/reference, which every engine must agree with. */
#ifndef TEST_REFERENCE_H
#define TEST_REFERENCE_H

#include "engine/engine.h"

/* Run all cases on one engine and instruction set (NULL = its best). Returns main's exit status. */
int reference_run(const eng_api *api, const char *isa);

#endif
