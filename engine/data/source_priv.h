/* The files that the path of a data set means. */
#ifndef ENG_SOURCE_PRIV_H
#define ENG_SOURCE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

typedef struct eng_source {
    char *name; /* of the set */
    char *paths[2];
    size_t n_paths; /* 1, or 2: TRAIN and TEST */
} eng_source;

/* Resolve a file, "A:B" or a folder (by the rule in dataset.h).
 * errors   IO (missing, or a folder without a data set: lists what is there), NOMEM
 * owns     *out is the caller's storage: eng_source_deinit, also after an error */
SWP_CHECKED swp_status eng_source_find(eng_source *out, const char *path, swp_err *err);
void eng_source_deinit(eng_source *source);

/* Does the path have this ending, in upper or lower case? */
bool eng_has_ending(const char *path, const char *ending);

#endif
