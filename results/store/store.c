/* Opens a store: looks at the file before SQLite does, brings the schema up to date in one
 * transaction, and groups the verbs of other files into transactions. Another program's file is
 * refused and left as it is; readers get a connection that cannot write. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

#define BUSY_MS 2000

extern const char res_schema_1_sql[]; /* schema_1.sql */
extern const char res_schema_2_sql[]; /* schema_2.sql */
extern const char res_schema_3_sql[]; /* schema_3.sql */
extern const char res_schema_3_optuna_sql[];

/* Migration i takes the schema from version i to i + 1. A shipped one is never edited. */
static const char *const migrations[] = {res_schema_1_sql, res_schema_2_sql, res_schema_3_sql};

#define SCHEMA_VERSION ((int64_t)(sizeof migrations / sizeof migrations[0]))

int64_t res_schema_version(void)
{
    return SCHEMA_VERSION;
}

/* SQLite takes these names for a temporary database, which it deletes on closing. */
static swp_status reject_empty_path(const char *path, swp_err *err)
{
    if (*path && strcmp(path, ":memory:") != 0)
        return SWP_OK;
    swp_status status =
        swp_fail(err, SWP_IO, "the store: expected a file name, found \"%s\"", path);
    swp_hint(err, "name a file with --db");
    return status;
}

static swp_status fail_missing(const char *path, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_IO, "%s: there is no store yet", path);
    swp_hint(err, "run `sweep run FILE.ini` first, or name another store with --db");
    return status;
}

static swp_status fail_foreign(const char *path, swp_err *err)
{
    swp_status status =
        swp_fail(err, SWP_DB, "%s: this is a database of another program, not a sweep store", path);
    swp_hint(err, "name another file with --db; this one was left as it is");
    return status;
}

/* Whether a companion of the database ("-wal", "-journal") holds anything. */
static swp_status check_companion(const char *path, const char *suffix, bool *filled, swp_err *err)
{
    swp_buf name = {0};
    swp_buf_printf(&name, "%s%s", path, suffix);
    if (name.failed)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    struct stat info;
    *filled = stat(name.text, &info) == 0 && info.st_size > 0;
    swp_buf_deinit(&name);
    return SWP_OK;
}

static swp_status fail_no_database(const char *path, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_DB, "%s: this file is not a database", path);
    swp_hint(err, "name another file with --db; this one was left as it is");
    return status;
}

/* The first bytes of a SQLite file: its magic, and at 68 the application id, big-endian. */
static swp_status check_header(const char *path, const unsigned char *header, size_t n,
                               swp_err *err)
{
    static const char magic[16] = "SQLite format 3";
    if (n < 100 || memcmp(header, magic, sizeof magic) != 0)
        return fail_no_database(path, err);
    const unsigned char *id = header + 68;
    uint32_t found = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
    return found == RES_APPLICATION_ID ? SWP_OK : fail_foreign(path, err);
}

/* Check a file before SQLite opens it, which would leave -wal and -shm files beside another
 * program's database. With a rollback journal the header proves nothing: a transaction was cut
 * short, and SQLite repairs the file when it opens it. */
static swp_status check_file(const char *path, res_mode mode, swp_err *err)
{
    struct stat info;
    bool is_there = stat(path, &info) == 0;
    if (is_there && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))
        return fail_no_database(path, err); /* a pipe would keep fopen waiting */
    FILE *file = fopen(path, "rb");
    if (!file && errno == ENOENT)
        return mode == RES_READ ? fail_missing(path, err) : SWP_OK;
    if (!file)
        return swp_fail_errno(err, SWP_IO, errno, "%s: cannot read the store", path);
    unsigned char header[100];
    errno = 0;
    size_t n = fread(header, 1, sizeof header, file);
    int failure = ferror(file) ? errno : 0;
    fclose(file);
    if (failure)
        return swp_fail_errno(err, SWP_IO, failure, "%s: cannot read the store", path);
    if (n == 0)
        return mode == RES_READ ? fail_missing(path, err) : SWP_OK;
    bool journal = false;
    swp_status status = check_companion(path, "-journal", &journal, err);
    return status == SWP_OK && !journal ? check_header(path, header, n, err) : status;
}

static int open_database(res_store *store, const char *name, int flags)
{
    sqlite3_close(store->db);
    store->db = NULL;
    /* Only one thread uses it at a time, so SQLite need not lock it for every column. */
    int rc = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(store->db, BUSY_MS);
    /* An untrusted file may hold its own views and triggers: they may not call SQLite's functions
     * with side effects, and a damaged page is noticed before it is used. */
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(store->db, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
    return rc;
}

static int read_number(sqlite3 *db, const char *text, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    int final = sqlite3_finalize(stmt);
    return rc != SQLITE_OK ? rc : final;
}

/* The schema version of the open database; 0 if it is empty. */
static swp_status check_identity(const res_store *store, int64_t *version, swp_err *err)
{
    int64_t id = 0, n_tables = 0, n_false = 0;
    int rc = read_number(store->db, "PRAGMA application_id", &id);
    if (rc == SQLITE_OK)
        rc = read_number(store->db, "PRAGMA user_version", version);
    if (rc == SQLITE_OK)
        rc = read_number(store->db, "SELECT count(*) FROM sqlite_schema", &n_tables);
    if (rc != SQLITE_OK)
        return res_sql_fail(store, rc, err);
    if (n_tables == 0 && id == 0 && *version == 0)
        return SWP_OK;
    if (id != RES_APPLICATION_ID)
        return fail_foreign(store->path, err);
    rc = read_number(store->db, RES_COUNT_FALSE_TABLES(""), &n_false);
    if (rc != SQLITE_OK)
        return res_sql_fail(store, rc, err);
    if (n_false > 0)
        return res_sql_fail(store, SQLITE_CORRUPT, err);
    if (*version > SCHEMA_VERSION) {
        swp_status status =
            swp_fail(err, SWP_DB,
                     "%s: the store was written by a newer sweep (schema %lld, this program "
                     "knows up to %lld)",
                     store->path, (long long)*version, (long long)SCHEMA_VERSION);
        swp_hint(err, "use the newer program, or name another store with --db");
        return status;
    }
    return SWP_OK;
}

static int run_script(sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

/* A new store takes steps 1 to 3 too, and has nothing to fill in. */
static swp_status migrate_from(res_store *store, int64_t version, swp_err *err)
{
    swp_status status = SWP_OK;
    for (int64_t i = version; i < SCHEMA_VERSION && status == SWP_OK; i++)
        status = res_sql_script(store, migrations[i], err);
    if (status == SWP_OK)
        status = res_sql_script(store, res_schema_3_optuna_sql, err);
    if (status == SWP_OK && version > 0)
        status = res_upgrade_3(store, err);
    if (status != SWP_OK)
        return status;
    char stamp[96];
    snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %lld",
             RES_APPLICATION_ID, (long long)SCHEMA_VERSION);
    return res_sql_script(store, stamp, err);
}

/* Bring the schema up to date in one transaction. The version is read again under the lock, since
 * another process may have just done the same. */
static swp_status migrate(res_store *store, swp_err *err)
{
    swp_status status = res_sql_script(store, "BEGIN IMMEDIATE", err);
    if (status != SWP_OK)
        return status;
    int64_t version = 0;
    status = check_identity(store, &version, err);
    if (status == SWP_OK && version < SCHEMA_VERSION)
        status = migrate_from(store, version, err);
    if (status == SWP_OK)
        status = res_sql_script(store, "COMMIT", err);
    if (status != SWP_OK)
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Remember which file this is, for check_presence. */
static swp_status note_identity(res_store *store, swp_err *err)
{
    struct stat info;
    if (stat(store->path, &info) != 0)
        return swp_fail_errno(err, SWP_IO, errno, "%s: cannot read the store", store->path);
    store->device = info.st_dev;
    store->inode = info.st_ino;
    return SWP_OK;
}

/* synchronous = NORMAL: in WAL mode a power cut cannot damage the file, it can only take back the
 * last commits, whole ones. An epoch taken back is trained again with the same bits, so waiting for
 * the disk after every epoch (FULL) would buy nothing. A crash of the program loses no commit. */
static const char many_readers[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                   "PRAGMA foreign_keys = ON";

/* Shards are small, there are many, and each is copied whole, so pages are small. */
static const char one_owner[] = "PRAGMA page_size = 1024; PRAGMA journal_mode = DELETE;"
                                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF";

static swp_status open_to_write(res_store *store, res_mode mode, swp_err *err)
{
    store->shard = mode == RES_SHARD;
    int rc = open_database(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (rc == SQLITE_OK && sqlite3_db_readonly(store->db, "main") == 1)
        rc = SQLITE_READONLY;
    if (rc == SQLITE_OK && mode == RES_SHARD)
        rc = run_script(store->db, one_owner);
    if (rc != SQLITE_OK)
        return res_sql_fail(store, rc, err);
    int64_t version = 0;
    swp_status status = check_identity(store, &version, err);
    if (status == SWP_OK && version < SCHEMA_VERSION)
        status = migrate(store, err);
    if (status != SWP_OK)
        return status;
    rc = run_script(store->db, mode == RES_SHARD ? "PRAGMA foreign_keys = ON" : many_readers);
    return rc == SQLITE_OK ? note_identity(store, err) : res_sql_fail(store, rc, err);
}

static int open_immutable(res_store *store)
{
    swp_buf uri = {0};
    swp_buf_puts(&uri, store->path[0] == '/' ? "file://" : "file:");
    for (const char *c = store->path; *c; c++) {
        if (strchr("?#%", *c))
            swp_buf_printf(&uri, "%%%02X", (unsigned)*c);
        else
            swp_buf_add(&uri, c, 1);
    }
    swp_buf_puts(&uri, "?immutable=1");
    int rc = uri.failed ? SQLITE_NOMEM
                        : open_database(store, uri.text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    swp_buf_deinit(&uri);
    return rc;
}

/* Open for writing, then allow reading only, so that SQLite removes the -wal and -shm files when it
 * closes the last connection, which a read-only connection cannot. Nothing is lost: what a killed
 * run left in the -wal moves into the database.
 *
 * WAL needs a -shm file even to read. In a folder that cannot be written there can be none. If no
 * -wal holds anything there, the file is complete and has no writer, so it is read as immutable. */
static swp_status open_to_read(res_store *store, swp_err *err)
{
    int64_t ignored;
    bool wal = false;
    swp_status status = SWP_OK;
    int rc = open_database(store, store->path, SQLITE_OPEN_READWRITE);
    if (rc == SQLITE_OK)
        rc = run_script(store->db, "PRAGMA query_only = ON");
    if (rc == SQLITE_OK)
        rc = read_number(store->db, "PRAGMA user_version", &ignored);
    bool no_shm = (rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_READONLY;
    if (no_shm)
        status = check_companion(store->path, "-wal", &wal, err);
    if (status != SWP_OK)
        return status;
    if (no_shm && wal) {
        status = swp_fail(err, SWP_IO,
                          "%s: its folder cannot be written, and its -wal file holds "
                          "what is not in it yet",
                          store->path);
        swp_hint(err, "copy both files to a folder of your own, and read them there");
        return status;
    }
    if (no_shm)
        rc = open_immutable(store);
    if (rc != SQLITE_OK)
        return res_sql_fail(store, rc, err);
    int64_t version = 0;
    status = check_identity(store, &version, err);
    if (status == SWP_OK && version < SCHEMA_VERSION) {
        status = swp_fail(err, SWP_DB, "%s: the store was written by an older sweep", store->path);
        swp_hint(err, "any `sweep run` with this store brings it up to date");
    }
    return status;
}

swp_status res_store_open(const char *path, res_mode mode, res_store **out, swp_err *err)
{
    *out = NULL;
    swp_status status = reject_empty_path(path, err);
    if (status == SWP_OK && mode != RES_READ)
        status = swp_make_folders(path, err);
    if (status == SWP_OK)
        status = check_file(path, mode, err);
    if (status != SWP_OK)
        return status;
    res_store *store = swp_alloc(1, sizeof *store);
    if (store)
        store->path = swp_strdup(path);
    if (!store || !store->path)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    else
        status = mode == RES_READ ? open_to_read(store, err) : open_to_write(store, mode, err);
    if (status != SWP_OK) {
        res_store_close(store);
        return status;
    }
    *out = store;
    return SWP_OK;
}

void res_store_close(res_store *store)
{
    if (!store)
        return;
    res_statements_deinit(&store->statements);
    sqlite3_close(store->db);
    swp_free(store->path);
    swp_free(store);
}

const char *res_store_path(const res_store *store)
{
    return store->path;
}

void res_store_set_patience(res_store *store, unsigned seconds)
{
    sqlite3_busy_timeout(store->db, (int)seconds * 1000);
}

static swp_status run_verb(res_store *store, const char *text, swp_err *err)
{
    res_sql sql = res_sql_open(store, text);
    return res_sql_run(&sql, err);
}

static void roll_back(res_store *store)
{
    /* SQLite has rolled back by itself after some failures (disk full, I/O). */
    if (!sqlite3_get_autocommit(store->db))
        (void)run_verb(store, "ROLLBACK", NULL);
    store->spoiled = !sqlite3_get_autocommit(store->db);
}

static swp_status check_planning(res_store *store, swp_err *err)
{
    if (!sqlite3_get_autocommit(store->db) && !store->spoiled)
        return SWP_OK;
    return swp_fail(err, SWP_DB, "%s: an earlier failure has undone this transaction", store->path);
}

/* Begin to write. A transaction that could not be undone must not continue. */
static swp_status begin(res_store *store, swp_err *err)
{
    if (store->readers == 0)
        roll_back(store);
    return run_verb(store, "BEGIN IMMEDIATE", err);
}

swp_status res_store_begin(res_store *store, swp_err *err)
{
    swp_status status = begin(store, err);
    store->planning = status == SWP_OK;
    return status;
}

swp_status res_store_commit(res_store *store, swp_err *err)
{
    swp_status status = check_planning(store, err);
    if (status == SWP_OK)
        status = run_verb(store, "COMMIT", err);
    if (status == SWP_OK)
        store->planning = false;
    else
        res_store_rollback(store);
    return status;
}

void res_store_rollback(res_store *store)
{
    roll_back(store);
    store->planning = false;
}

/* A file that was deleted or replaced while it is open still accepts writes, which are lost when it
 * is closed. Report the loss instead. */
static swp_status check_presence(const res_store *store, swp_err *err)
{
    struct stat info;
    if (stat(store->path, &info) == 0 && info.st_dev == store->device &&
        info.st_ino == store->inode)
        return SWP_OK;
    swp_status status = swp_fail(
        err, SWP_IO, "%s: the store was moved or deleted while it was in use", store->path);
    swp_hint(err, "put it back, with its -wal file if it has one, and run the same command again");
    return status;
}

swp_status res_write_begin(res_store *store, swp_err *err)
{
    swp_status status = SWP_OK;
    if (!store->planning) {
        status = check_presence(store, err);
        return status == SWP_OK ? begin(store, err) : status;
    }
    status = check_planning(store, err);
    return status == SWP_OK ? run_verb(store, "SAVEPOINT verb", err) : status;
}

swp_status res_write_end(res_store *store, swp_status status, swp_err *err)
{
    if (status == SWP_OK)
        status = run_verb(store, store->planning ? "RELEASE verb" : "COMMIT", err);
    if (status == SWP_OK)
        return SWP_OK;
    if (!store->planning) {
        roll_back(store);
    } else if (!sqlite3_get_autocommit(store->db)) {
        /* If the savepoint cannot be rolled back, roll back the whole transaction. */
        if (run_verb(store, "ROLLBACK TO verb", NULL) != SWP_OK)
            roll_back(store);
        else
            (void)run_verb(store, "RELEASE verb", NULL);
    }
    return status;
}

swp_status res_snapshot_begin(res_store *store, swp_err *err)
{
    if (store->readers == 0 && sqlite3_get_autocommit(store->db)) {
        swp_status status = run_verb(store, "BEGIN", err);
        if (status != SWP_OK)
            return status;
        store->readers = 1;
    } else if (store->readers > 0) {
        store->readers++;
    }
    return SWP_OK;
}

void res_snapshot_end(res_store *store)
{
    if (store->readers > 0 && --store->readers == 0)
        roll_back(store);
}
