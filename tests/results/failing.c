#include "tests/results/failing.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

#include "tests/support/cmocka_all.h"

static struct {
    size_t left; /* statements left until one fails; 0: none fails */
    failing_what what;
    unsigned n_undo; /* how many rollbacks must still fail */
    bool now, has_failed;
} failing;

/* Whether a statement begins or ends a transaction. */
static bool is_bracket(const char *text)
{
    static const char *const words[] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* Whether the current statement is the one that fails. */
static int count(unsigned kind, void *context, void *stmt, void *text)
{
    (void)context;
    (void)stmt;
    bool begins = kind == SQLITE_TRACE_STMT, bracket = begins && is_bracket(text);
    bool counts = begins
                      ? failing.what != FAILING_ROW && bracket == (failing.what == FAILING_BRACKET)
                      : failing.what == FAILING_ROW;
    if (begins) {
        failing.now = failing.has_failed && bracket && failing.n_undo > 0;
        failing.n_undo -= failing.now;
    }
    if (counts && failing.left > 0 && --failing.left == 0)
        failing.now = true;
    return 0;
}

static int interrupt(void *context)
{
    (void)context;
    failing.has_failed |= failing.now;
    return failing.now;
}

static int on_open(sqlite3 *db, char **message, const struct sqlite3_api_routines *api)
{
    (void)message;
    (void)api;
    sqlite3_progress_handler(db, 1, interrupt, NULL);
    return sqlite3_trace_v2(db, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW, count, NULL);
}

void failing_init(void)
{
    /* SQLite declares the function pointer without parameters, but calls it with these three. */
    assert_int_equal(sqlite3_auto_extension((void (*)(void))on_open), SQLITE_OK);
}

void failing_at(size_t n, failing_what what)
{
    failing.left = n;
    failing.what = what;
    failing.n_undo = what == FAILING_UNDO_TWICE ? 2 : what == FAILING_UNDO;
    failing.now = failing.has_failed = false;
}

int failing_has_failed(void)
{
    return failing.has_failed;
}
