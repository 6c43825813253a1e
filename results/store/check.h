/* Whether a store is whole: pages, references and what every row means. */
#ifndef RES_CHECK_H
#define RES_CHECK_H

#include "results/store/store.h"

/* Receives reports of damage: "table step, row 3/2, column worker". */
typedef struct res_check {
    void (*found)(void *context, const char *what);
    void *context;
    /* What only those can judge who write it; NULL: nobody does. */
    bool (*is_model)(const void *bytes, size_t n);         /* safetensors */
    bool (*is_state)(const void *bytes, size_t n);         /* of an engine */
    bool (*is_command_state)(const void *bytes, size_t n); /* of a command */
    size_t n_found;                                        /* counted by the check */
} res_check;

/* Check everything that a store holds. The first damaged row of each column is reported. Reads the
 * whole file. errors   what reading fails with; damage that rows show is no failure */
SWP_CHECKED swp_status res_store_check(res_store *store, res_check *check, swp_err *err);

#endif
