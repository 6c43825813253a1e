/* Shared by the targets that read damaged stores: a small finished study, damage to its rows, and
 * all readers of stores. */
#ifndef TEST_FUZZ_STUDY_H
#define TEST_FUZZ_STUDY_H

#include <sqlite3.h>

#include "results/store/store.h"

/* The file of a finished study, made once, without triggers: they would undo the damage. As a store
 * for writing, or as a shard. owns nothing */
const uint8_t *fuzz_study(res_mode mode, size_t *size);

/* Carry out one line of damage in an open database:
 *   TABLE.COLUMN=VALUE   a column in all rows: NULL, a number, 'text, or xN for a blob of N zeros
 *   TABLE.COLUMN!VALUE   the same only in rows that have the first row's value
 *   -TABLE               all rows of a table gone
 * Invalid lines do nothing. The line is changed. */
void fuzz_damage_row(sqlite3 *db, char *line);

/* Check a reader's refusal: of a damaged store, or of one in which something is missing. */
void fuzz_check_read(swp_status status, const swp_err *err);

/* Run all readers of stores on a store, and check the results. */
void fuzz_read_store(res_store *store);

/* The same with one kind of output. */
void fuzz_read_some(res_store *store, uint64_t choice);

#endif
