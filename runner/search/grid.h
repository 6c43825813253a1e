/* The searcher that tries every combination of the axes, the last one varying fastest. */
#ifndef RUN_GRID_H
#define RUN_GRID_H

#include "runner/search/searcher.h"

const run_searcher *run_searcher_grid(void);

#endif
