/* Opening a store that is missing, foreign, damaged or not permitted. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/results/fixture.h"
#include "tests/support/cmocka_all.h"

#define OK(call) assert_int_equal((call), SWP_OK)

/* A file's bytes; free(). */
static char *slurp(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 22);
    *n = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    return bytes;
}

static void spill(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

/* Opening fails in both modes with this message, and leaves the file unchanged. */
static void check_refused(const char *path, swp_status want, const char *words)
{
    size_t n_before, n_after;
    char *before = slurp(path, &n_before);
    for (int mode = RES_READ; mode <= RES_WRITE; mode++) {
        res_store *store;
        swp_err err;
        assert_int_equal(res_store_open(path, (res_mode)mode, &store, &err), want);
        assert_null(store);
        assert_non_null(strstr(err.text, words));
        assert_non_null(strstr(err.text, path));
        char *after = slurp(path, &n_after);
        assert_int_equal(n_before, n_after);
        assert_memory_equal(before, after, n_before);
        free(after);
    }
    free(before);
}

static void close_store(fixture *f)
{
    res_store_close(f->store);
    f->store = NULL;
}

static void test_missing(void **state)
{
    fixture *f = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/none.db", f->folder);
    res_store *store;
    swp_err err;
    assert_int_equal(res_store_open(path, RES_READ, &store, &err), SWP_IO);
    assert_non_null(strstr(err.text, "no store yet"));
    assert_non_null(strstr(err.hint, "sweep run"));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void test_folders_are_made(void **state)
{
    fixture *f = *state;
    char path[128], folder[128];
    snprintf(path, sizeof path, "%s/a/b/new.db", f->folder);
    res_store *store;
    swp_err err;
    OK(res_store_open(path, RES_WRITE, &store, &err));
    assert_string_equal(res_store_path(store), path);
    res_store_close(store);
    OK(res_store_open(path, RES_READ, &store, &err));
    res_store_close(store);
    static const char *const leftovers[] = {"a/b/new.db", "a/b/new.db-wal", "a/b/new.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, leftovers[i]);
        unlink(path);
    }
    snprintf(folder, sizeof folder, "%s/a/b", f->folder);
    OK(rmdir(folder));
    snprintf(folder, sizeof folder, "%s/a", f->folder);
    OK(rmdir(folder));
}

/* Neither reading nor writing leaves anything beside the store once it is closed. */
static void test_nothing_beside_a_closed_store(void **state)
{
    fixture *f = *state;
    close_store(f);
    swp_err err;
    for (int mode = RES_READ; mode <= RES_WRITE; mode++) {
        char path[128];
        res_store *store;
        OK(res_store_open(f->path, (res_mode)mode, &store, &err));
        res_store_close(store);
        snprintf(path, sizeof path, "%s-wal", f->path);
        assert_int_not_equal(access(path, F_OK), 0);
        snprintf(path, sizeof path, "%s-shm", f->path);
        assert_int_not_equal(access(path, F_OK), 0);
    }
}

static void test_not_a_database(void **state)
{
    fixture *f = *state;
    close_store(f);
    const char *text =
        "this is a text file that is long enough to have had a header of a database, "
        "were it one: one hundred bytes and more";
    spill(f->path, text, strlen(text));
    check_refused(f->path, SWP_DB, "not a database");
    spill(f->path, text, 10);
    check_refused(f->path, SWP_DB, "not a database");
}

static void test_folder_instead_of_file(void **state)
{
    fixture *f = *state;
    for (int mode = RES_READ; mode <= RES_WRITE; mode++) {
        res_store *store;
        swp_err err;
        assert_int_equal(res_store_open(f->folder, (res_mode)mode, &store, &err), SWP_IO);
        assert_non_null(strstr(err.text, "directory"));
    }
}

static void test_database_of_another_program(void **state)
{
    fixture *f = *state;
    close_store(f);
    unlink(f->path);
    OK(run_sql(f->path, "CREATE TABLE experiment (id); INSERT INTO experiment VALUES (1)"));
    check_refused(f->path, SWP_DB, "another program");
    OK(run_sql(f->path, "PRAGMA application_id = 7"));
    check_refused(f->path, SWP_DB, "another program");
}

static void copy_file(const char *from, const char *to)
{
    size_t n;
    char *bytes = slurp(from, &n);
    spill(to, bytes, n);
    free(bytes);
}

/* The log that another program left beside its database when it was killed stays untouched. */
static void test_log_of_another_program(void **state)
{
    fixture *f = *state;
    close_store(f);
    unlink(f->path);
    char live[300], live_log[310], log[310];
    snprintf(live, sizeof live, "%s/live.db", f->folder);
    snprintf(live_log, sizeof live_log, "%s-wal", live);
    snprintf(log, sizeof log, "%s-wal", f->path);
    sqlite3 *db;
    OK(sqlite3_open(live, &db));
    OK(sqlite3_exec(db, "PRAGMA journal_mode = WAL; CREATE TABLE mine (id)", NULL, NULL, NULL));
    copy_file(live, f->path);
    copy_file(live_log, log);
    sqlite3_close(db);
    size_t n_before, n_after;
    char *before = slurp(log, &n_before);
    check_refused(f->path, SWP_DB, "another program");
    char *after = slurp(log, &n_after);
    assert_int_equal(n_before, n_after);
    assert_memory_equal(before, after, n_before);
    free(before);
    free(after);
    unlink(live);
    unlink(log);
}

/* A store that was opened to read refuses writes. */
static void test_reading_writes_nothing(void **state)
{
    fixture *f = *state;
    swp_err err;
    const res_revision_spec spec = {.name = "x", .ini_path = "x.ini"};
    int64_t revision;
    bool is_new;
    OK(res_revision_begin(f->store, &spec, &revision, &is_new, &err));
    fixture_reopen(f, RES_READ);
    const res_event_spec event = {.kind = "started", .text = ""};
    assert_int_not_equal(res_event_add(f->store, revision, &event, &err), SWP_OK);
}

static void test_newer_schema(void **state)
{
    fixture *f = *state;
    close_store(f);
    OK(run_sql(f->path, "PRAGMA user_version = 99"));
    check_refused(f->path, SWP_DB, "newer sweep");
}

static void test_older_schema_is_not_read(void **state)
{
    fixture *f = *state;
    close_store(f);
    unlink(f->path);
    OK(run_sql(f->path, "PRAGMA application_id = 1398228304"));
    res_store *store;
    swp_err err;
    assert_int_equal(res_store_open(f->path, RES_READ, &store, &err), SWP_DB);
    assert_non_null(strstr(err.text, "older sweep"));
    OK(res_store_open(f->path, RES_WRITE, &store, &err));
    res_store_close(store);
    OK(res_store_open(f->path, RES_READ, &store, &err));
    res_store_close(store);
}

static void test_damaged(void **state)
{
    fixture *f = *state;
    study s = {.name = "s",
               .dims = {2},
               .n_dims = 1,
               .n_seeds = 1,
               .epochs = {3},
               .n_epochs = 1,
               .thresholds = {"1"},
               .n_thresholds = 1};
    study_run(f->store, &s);
    close_store(f);
    size_t n;
    char *bytes = slurp(f->path, &n);
    memset(bytes + 100, 0xa5, n - 100);
    spill(f->path, bytes, n);
    free(bytes);
    check_refused(f->path, SWP_DB, "damaged");
}

/* Tests may run as root, whom no permission stops: become the user nobody for a while. */
static void become_nobody(void)
{
    if (geteuid() == 0)
        OK(seteuid(65534));
}

static void become_root_again(void)
{
    if (getuid() == 0)
        OK(seteuid(0));
}

static void test_read_only_folder(void **state)
{
    fixture *f = *state;
    study s = {.name = "s",
               .dims = {2},
               .n_dims = 1,
               .n_seeds = 1,
               .epochs = {3},
               .n_epochs = 1,
               .thresholds = {"1"},
               .n_thresholds = 1};
    study_run(f->store, &s);
    close_store(f);
    OK(chmod(f->path, 0444));
    OK(chmod(f->folder, 0555));
    become_nobody();
    res_store *store;
    swp_err err;
    swp_status to_read = res_store_open(f->path, RES_READ, &store, &err);
    res_experiment *list = NULL;
    size_t n = 0;
    swp_status to_list = to_read == SWP_OK ? res_experiments_list(store, &list, &n, &err) : to_read;
    res_experiments_free(list, n);
    res_store_close(store);
    swp_status to_write = res_store_open(f->path, RES_WRITE, &store, &err);
    become_root_again();
    OK(chmod(f->folder, 0755));
    OK(to_read);
    OK(to_list);
    assert_int_equal(n, 1);
    assert_int_equal(to_write, SWP_IO);
    assert_non_null(strstr(err.text, "cannot be written"));
}

static void test_unwritable_folder(void **state)
{
    fixture *f = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/new/sweep.db", f->folder);
    OK(chmod(f->folder, 0555));
    become_nobody();
    res_store *store;
    swp_err err;
    swp_status status = res_store_open(path, RES_WRITE, &store, &err);
    become_root_again();
    OK(chmod(f->folder, 0755));
    assert_int_equal(status, SWP_IO);
    assert_non_null(strstr(err.text, "cannot make the folder"));
}

static void test_unreadable_file(void **state)
{
    fixture *f = *state;
    close_store(f);
    OK(chmod(f->folder, 0755));
    OK(chmod(f->path, 0000));
    become_nobody();
    res_store *store;
    swp_err err;
    swp_status status = res_store_open(f->path, RES_READ, &store, &err);
    become_root_again();
    assert_int_equal(status, SWP_IO);
    assert_non_null(strstr(err.text, "Permission denied"));
}

static void test_empty_file_becomes_a_store(void **state)
{
    fixture *f = *state;
    close_store(f);
    unlink(f->path);
    spill(f->path, "", 0);
    res_store *store;
    swp_err err;
    assert_int_equal(res_store_open(f->path, RES_READ, &store, &err), SWP_IO);
    assert_non_null(strstr(err.text, "no store yet"));
    fixture_reopen(f, RES_WRITE);
    assert_int_equal(query_int(f->path, "PRAGMA application_id"), 1398228304);
}

static void test_names_of_no_file(void **state)
{
    (void)state;
    static const char *const names[] = {"", ":memory:"};
    for (size_t i = 0; i < 2; i++) {
        for (int mode = RES_READ; mode <= RES_WRITE; mode++) {
            res_store *store;
            swp_err err;
            assert_int_equal(res_store_open(names[i], (res_mode)mode, &store, &err), SWP_IO);
            assert_null(store);
            assert_non_null(strstr(err.text, "expected a file name"));
        }
    }
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_missing),
        WITH_STORE(test_folders_are_made),
        WITH_STORE(test_nothing_beside_a_closed_store),
        WITH_STORE(test_not_a_database),
        WITH_STORE(test_folder_instead_of_file),
        WITH_STORE(test_database_of_another_program),
        WITH_STORE(test_log_of_another_program),
        WITH_STORE(test_reading_writes_nothing),
        WITH_STORE(test_newer_schema),
        WITH_STORE(test_older_schema_is_not_read),
        WITH_STORE(test_damaged),
        WITH_STORE(test_read_only_folder),
        WITH_STORE(test_unwritable_folder),
        WITH_STORE(test_unreadable_file),
        WITH_STORE(test_empty_file_becomes_a_store),
        cmocka_unit_test(test_names_of_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
