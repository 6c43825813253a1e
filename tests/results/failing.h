/* Statements of SQLite that fail on purpose, in any connection of this process. */
#ifndef TEST_FAILING_H
#define TEST_FAILING_H

#include <stddef.h>

/* What is counted: a statement as it begins, or also each of its rows; or those that begin or end a
 * transaction. With UNDO statements are counted, and the rollback after the failing one fails too;
 * with UNDO_TWICE also the next rollback. */
typedef enum failing_what {
    FAILING_STATEMENT,
    FAILING_ROW,
    FAILING_BRACKET,
    FAILING_UNDO,
    FAILING_UNDO_TWICE
} failing_what;

/* Call it once, before any store is opened. */
void failing_init(void);

/* Interrupt the n-th from now on, like a disk that cannot be read; 0: none. */
void failing_at(size_t n, failing_what what);

/* Whether it has failed. */
int failing_has_failed(void);

#endif
