/* Whether a store is whole: pages, references and what every row means. */
#ifndef RES_CHECK_H
#define RES_CHECK_H

#include "results/store/store.h"

/* Receives reports of damage: "table step, row 3/2, column worker". */
typedef struct res_check {
    void (*found)(void *context, const char *what);
    void *context;
    /* Checks of blobs by the code that writes them; NULL: not checked. */
    bool (*is_model)(const void *bytes, size_t n);         /* safetensors */
    bool (*is_state)(const void *bytes, size_t n);         /* of an engine */
    bool (*is_command_state)(const void *bytes, size_t n); /* of a command */
    size_t n_found;                                        /* rows reported so far */
} res_check;

/* Check everything that a store holds. The first damaged row of each column is reported. Reads the
 * whole file. errors   as reading fails; damaged rows are reported and are no failure */
SWP_CHECKED swp_status res_store_check(res_store *store, res_check *check, swp_err *err);

#endif
