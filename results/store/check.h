/* Whether a store is whole: pages, references and what every row means. */
#ifndef RES_CHECK_H
#define RES_CHECK_H

#include "results/store/store.h"

/* Receives reports of damage: "table step, row 3/2, column worker". */
typedef struct res_check {
    void (*found)(void *context, const char *what);
    void *context;
    size_t n_found; /* counted by the check */
} res_check;

/* Check everything that a store holds. The first damaged row of each column is reported. Reads the
 * whole file. errors   what reading fails with; damage that rows show is no failure */
SWP_CHECKED swp_status res_store_check(res_store *store, res_check *check, swp_err *err);

#endif
