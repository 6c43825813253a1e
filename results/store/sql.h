/* What the files of this folder share: the open store, prepared statements, transactions. */
#ifndef RES_STORE_PRIV_H
#define RES_STORE_PRIV_H

#include <sqlite3.h>
#include <sys/types.h>

#include "results/store/store.h"

#define RES_APPLICATION_ID 0x53574550 /* "SWEP" */
#define RES_MAX_STATEMENTS 128

struct res_store {
    sqlite3 *db;
    char *path;
    struct {
        const char *text; /* literal: the address identifies the call site */
        sqlite3_stmt *stmt;
    } cache[RES_MAX_STATEMENTS];
    size_t n_cached;
    dev_t device; /* of the file that is written to */
    ino_t inode;
    bool planning;  /* between res_store_begin and commit or rollback */
    size_t readers; /* nested res_snapshot_begin */
};

/* One use of a prepared statement: open, bind in order, step through rows, close. The first failure
 * sticks and is reported by close, so nothing in between needs a check. */
typedef struct res_sql {
    res_store *store;
    sqlite3_stmt *stmt;
    int rc;
    int bound;
} res_sql;

/* `text` is a string literal; it is prepared once per store. A statement cannot be opened again
 * before it was closed. */
res_sql res_sql_open(res_store *store, const char *text);
void res_sql_int(res_sql *sql, int64_t value);
void res_sql_size(res_sql *sql, size_t value);
void res_sql_real(res_sql *sql, double value);
void res_sql_text(res_sql *sql, const char *value);                 /* until close */
void res_sql_blob(res_sql *sql, const void *value, size_t n_bytes); /* until close */
void res_sql_owned_blob(res_sql *sql, void *value, size_t n_bytes); /* takes it: of swp_alloc */
void res_sql_threshold(res_sql *sql, res_threshold threshold);

/* The next row; false at the end and after a failure. */
bool res_sql_row(res_sql *sql);

/* Columns of the present row, from 0. */
int64_t res_sql_int_at(const res_sql *sql, int column);
size_t res_sql_size_at(const res_sql *sql, int column);
double res_sql_real_at(const res_sql *sql, int column);
bool res_sql_null_at(const res_sql *sql, int column);
/* A text as swp_make_plain leaves it: swp_free. NULL without memory, or where the column is NULL,
 * which makes close report a damaged store unless the text is optional. */
char *res_sql_text_at(res_sql *sql, int column);
char *res_sql_optional_text_at(res_sql *sql, int column);
res_threshold res_sql_threshold_at(res_sql *sql, int column);

/* Let close report that memory ran out, or that what was read cannot be. */
void res_sql_out_of_memory(res_sql *sql);
void res_sql_damaged(res_sql *sql);

/* errors   BUSY, IO (full, unwritable, unreadable), DB (all else), NOMEM; the text begins with the
 *          store's path */
SWP_CHECKED swp_status res_sql_close(res_sql *sql, swp_err *err);

/* Step to the end and close: for statements without rows. */
SWP_CHECKED swp_status res_sql_run(res_sql *sql, swp_err *err);

/* The number in the only row's first column, and close; without a row *out stays as it is. */
SWP_CHECKED swp_status res_sql_one(res_sql *sql, int64_t *out, swp_err *err);

/* Insert pairs with a statement that takes owner, position, key and value. */
SWP_CHECKED swp_status res_pairs_add(res_store *store, const char *text, int64_t owner,
                                     const res_pair *pairs, size_t n, swp_err *err);

/* Put a failed SQLite call into words. */
SWP_CHECKED swp_status res_sql_fail(const res_store *store, int rc, swp_err *err);

/* Every verb that writes stands between these; inside res_store_begin it is a savepoint. write_end
 * commits when `status` is OK, else takes everything back, and returns the first failure. */
SWP_CHECKED swp_status res_write_begin(res_store *store, swp_err *err);
SWP_CHECKED swp_status res_write_end(res_store *store, swp_status status, swp_err *err);

/* The newest version of the schema that this program knows, and writes. */
int64_t res_schema_version(void);

/* The trial of this key in the revision's generation; 0 if there is none. errors DB */
SWP_CHECKED swp_status res_trial_find_key(res_store *store, int64_t revision, const char *key,
                                          int64_t *id, swp_err *err);

/* `items` with room for one more after the first n, or NULL with `items` as it was. */
SWP_CHECKED void *res_grow(void *items, size_t n, size_t size);

/* Arrays of numbers as blobs: four bytes each, little-endian. */
void res_sql_floats(res_sql *sql, const float *values, size_t n);
void res_sql_words(res_sql *sql, const uint32_t *values, size_t n);

/* Such numbers, read from blobs one after the other. Zero-initialise. owns values: swp_free */
typedef struct res_numbers {
    void *values; /* (n) float or uint32_t */
    size_t n;
} res_numbers;

/* Append those of the present row; *n is how many the blob holds, whatever was expected. */
void res_sql_append(res_sql *sql, int column, res_numbers *to, size_t *n);

/* Copy of the present row's blob. owns it: swp_free */
void *res_sql_bytes_at(res_sql *sql, int column, size_t *n_bytes);

/* "val", "test", "anomaly", as the store names them. */
const char *res_subset_name(res_subset subset);

/* Keep what a new epoch brings of its model, and drop what no evaluation can select any more. For
 * use between write_begin and write_end. */
SWP_CHECKED swp_status res_model_keep(res_store *store, int64_t trial, const res_step *step,
                                      swp_err *err);

/* Finish the evaluations of a trial that ask for at most the recorded epochs. For use between
 * write_begin and write_end. */
SWP_CHECKED swp_status res_evaluations_finish(res_store *store, int64_t trial, swp_err *err);

#endif
