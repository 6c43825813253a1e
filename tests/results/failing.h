/* Statements of SQLite that fail on purpose, in whatever connection of this process. */
#ifndef TEST_FAILING_H
#define TEST_FAILING_H

#include <stddef.h>

/* What counts: a statement as it begins, or with each of its rows; one that begins or ends a
 * transaction. With UNDO the statements count, and what would undo the one that fails, fails, too;
 * with UNDO_TWICE also what would be done then. */
typedef enum failing_what {
    FAILING_STATEMENT,
    FAILING_ROW,
    FAILING_BRACKET,
    FAILING_UNDO,
    FAILING_UNDO_TWICE
} failing_what;

/* Once, before any store is opened. */
void failing_init(void);

/* Interrupt the n-th from now on, as a disk that cannot be read would; 0: none. */
void failing_at(size_t n, failing_what what);

/* Whether it has come to that. */
int failing_has_failed(void);

#endif
