/* Folders for one process, and removing those of killed processes. */
#ifndef SWP_TEMPORARY_H
#define SWP_TEMPORARY_H

#include "engine/base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Its file "owner" is locked as long as this process, or a child of it, lives. */
typedef struct swp_temporary {
    char *path; /* NULL: none */
    int owner;
} swp_temporary;

/* Make a folder PARENT/PREFIX-XXXXXX that no other user can enter. Those of the same names whose
 * processes were killed are removed first, with the files in them, if they are this user's.
 * errors   IO, NOMEM   owns   *out: swp_temporary_remove or swp_temporary_keep */
SWP_CHECKED swp_status swp_temporary_make(const char *parent, const char *prefix,
                                          swp_temporary *out, swp_err *err);

/* Remove the folder and the files in it. Does nothing for a zeroed record. */
void swp_temporary_remove(swp_temporary *folder);

/* Leave the folder where it is, for good: it is never removed. */
void swp_temporary_keep(swp_temporary *folder);

#ifdef __cplusplus
}
#endif
#endif
