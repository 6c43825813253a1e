/* Numbers of trials, added at the end and taken from the front. */
#ifndef RUN_NUMBERS_H
#define RUN_NUMBERS_H

#include <stddef.h>

#include "engine/base/err.h"

/* Zero-initialise. */
typedef struct run_numbers {
    size_t *list; /* (end) those from `first` on are there; swp_free */
    size_t first, end;
} run_numbers;

/* errors NOMEM */
SWP_CHECKED swp_status run_numbers_add(run_numbers *numbers, size_t number, swp_err *err);

/* Take the smallest; there must be one. Quick when they were added in ascending order. */
size_t run_numbers_take_smallest(run_numbers *numbers);

/* Remove a number of the list; the others may change their order. */
void run_numbers_remove(run_numbers *numbers, size_t number);

#endif
