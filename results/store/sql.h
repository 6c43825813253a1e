/* What the files of this folder share: the open store, prepared statements, transactions. */
#ifndef RES_STORE_PRIV_H
#define RES_STORE_PRIV_H

#include <sqlite3.h>
#include <sys/types.h>

#include "results/store/store.h"

#define RES_APPLICATION_ID 0x53574550 /* "SWEP" */

/* How many views and virtual tables have the name of a table that is read. They come from another
 * program, and could run without end. */
#define RES_COUNT_FALSE_TABLES(database)                                                           \
    "SELECT count(*) FROM " database "sqlite_schema WHERE (type = 'view' OR (type = 'table' AND "  \
    "sql LIKE 'CREATE VIRTUAL%')) AND name COLLATE NOCASE IN ('experiment', 'revision', "          \
    "'setting', 'run', 'environment', 'data_set', 'class', 'class_profile', 'split', 'held_out', " \
    "'sample', 'axis', 'trial', 'revision_trial', 'trial_param', 'metric', 'step', 'value', "      \
    "'score', 'evaluation', 'tune_part', 'tune_error', 'baseline', 'error_blob', 'state', "        \
    "'weights', 'reconstruction', 'event', 'note', 'attempt', 'search', 'dimension', "             \
    "'proposal', 'coordinate', 'confirmation')"

/* Prepared statements by their texts, which are copied. Zero-initialise. */
typedef struct res_statements {
    sqlite3_stmt **places; /* (capacity) */
    size_t n, capacity;
} res_statements;

void res_statements_deinit(res_statements *all);

struct res_store {
    sqlite3 *db;
    char *path;
    res_statements statements;
    dev_t device; /* of the file that is written to */
    ino_t inode;
    bool shard;     /* opened as RES_SHARD: no views of experiments */
    bool planning;  /* between res_store_begin and commit or rollback */
    bool spoiled;   /* a transaction could not be undone: it must not be committed */
    size_t readers; /* nested res_snapshot_begin */
};

/* One use of a prepared statement: open, bind in order, step through rows, close. The first failure
 * sticks and is reported by close, so nothing in between needs a check.
 *
 * What is read was written by any program: the functions ending in _at are the one door, and check
 * type, range and finiteness. For an impossible value they return 0 or NULL, the rows end, and
 * close reports SWP_DB "damaged: table step, row 3/2, column train_s". */
typedef struct res_sql {
    res_store *store;
    sqlite3_stmt *stmt;
    int rc;
    int bound;
    const char *table; /* for messages: see res_sql_rows_of */
    int n_key;
    char damage[128]; /* where, or empty */
} res_sql;

/* Each text is prepared once per store. A statement cannot be opened again before it was closed. */
res_sql res_sql_open(res_store *store, const char *text);
void res_sql_int(res_sql *sql, int64_t value);
void res_sql_size(res_sql *sql, size_t value);
void res_sql_real(res_sql *sql, double value);
void res_sql_text(res_sql *sql, const char *value);                 /* borrowed until close */
void res_sql_blob(res_sql *sql, const void *value, size_t n_bytes); /* borrowed until close */
void res_sql_owned_blob(res_sql *sql, void *value, size_t n_bytes); /* takes it: of swp_alloc */
void res_sql_threshold(res_sql *sql, res_threshold threshold);

/* The next row; false at the end and after a failure. */
bool res_sql_row(res_sql *sql);

/* Say which table the rows are of, and how many of the first columns tell one row from the others.
 */
void res_sql_rows_of(res_sql *sql, const char *table, int n_key);

/* Columns of the current row, from 0. A NULL that is allowed reads as 0: ask res_sql_null_at. */
int64_t res_sql_int_at(res_sql *sql, int column);    /* a whole number, or NULL */
size_t res_sql_size_at(res_sql *sql, int column);    /* a whole number from 0, or NULL */
double res_sql_real_at(res_sql *sql, int column);    /* a finite number, or NULL */
int64_t res_sql_id_at(res_sql *sql, int column);     /* a whole number from 1 */
double res_sql_number_at(res_sql *sql, int column);  /* a finite number */
double res_sql_instant_at(res_sql *sql, int column); /* seconds since 1970, up to the year 5138 */
size_t res_sql_count_at(res_sql *sql, int column, size_t least, size_t most); /* in this range */
bool res_sql_flag_at(res_sql *sql, int column);                               /* 0 or 1 */
bool res_sql_null_at(const res_sql *sql, int column);

/* Index of a text among words. */
size_t res_sql_word_at(res_sql *sql, int column, const char *const *words, size_t n);

/* A text as swp_make_plain leaves it: swp_free. NULL without memory, or where the column is NULL,
 * which is damage unless the text is optional. */
char *res_sql_text_at(res_sql *sql, int column);
char *res_sql_optional_text_at(res_sql *sql, int column);
res_threshold res_sql_threshold_at(res_sql *sql, int column);

/* Let close report that memory ran out, that the rows are impossible, or that this column of the
 * current row is. */
void res_sql_out_of_memory(res_sql *sql);
void res_sql_damaged(res_sql *sql);
void res_sql_damaged_at(res_sql *sql, int column);

/* Let close report that the table has no row with these keys, and must; `second` is 0 where one key
 * is enough. */
void res_sql_missing(res_sql *sql, size_t first, size_t second);

/* errors   BUSY, IO (full, unwritable, unreadable), DB (all else), NOMEM; the text begins with the
 *          store's path */
SWP_CHECKED swp_status res_sql_close(res_sql *sql, swp_err *err);

/* Step to the end and close: for statements without rows. */
SWP_CHECKED swp_status res_sql_run(res_sql *sql, swp_err *err);

/* The number in the only row's first column, and close; without a row *out stays as it is. */
SWP_CHECKED swp_status res_sql_one(res_sql *sql, int64_t *out, swp_err *err);

/* Run generated statements, which are not kept prepared. */
SWP_CHECKED swp_status res_sql_script(res_store *store, const char *text, swp_err *err);

/* Insert pairs with a statement that takes owner, position, key and value. */
SWP_CHECKED swp_status res_pairs_add(res_store *store, const char *text, int64_t owner,
                                     const res_pair *pairs, size_t n, swp_err *err);

/* Put a failed SQLite call into words. */
SWP_CHECKED swp_status res_sql_fail(const res_store *store, int rc, swp_err *err);

/* Every verb that writes is enclosed in these; inside res_store_begin it is a savepoint. write_end
 * commits when `status` is OK, else rolls back, and returns the first failure. */
SWP_CHECKED swp_status res_write_begin(res_store *store, swp_err *err);
SWP_CHECKED swp_status res_write_end(res_store *store, swp_status status, swp_err *err);

struct res_check; /* results/store/check.h */

/* Check the rows and references of a database that is attached under this name, "main" or another.
 * errors   DB, NOMEM; damaged rows are reported to the check and are no failure */
SWP_CHECKED swp_status res_check_rows(res_store *store, const char *database,
                                      struct res_check *check, swp_err *err);

/* The newest version of the schema that this program knows, and writes. */
int64_t res_schema_version(void);

/* The trial of this key in the revision's generation; 0 if there is none. errors DB */
SWP_CHECKED swp_status res_trial_find_key(res_store *store, int64_t revision, const char *key,
                                          int64_t *id, swp_err *err);

/* Arrays of numbers as blobs: four bytes each, little-endian. */
void res_sql_floats(res_sql *sql, const float *values, size_t n);
void res_sql_words(res_sql *sql, const uint32_t *values, size_t n);

/* Such numbers, read from blobs one after the other. Zero-initialise. owns values: swp_free */
typedef struct res_numbers {
    void *values; /* (n) float or uint32_t */
    size_t n;
} res_numbers;

/* Append those of the current row; *n is the number in the blob. */
void res_sql_append(res_sql *sql, int column, res_numbers *to, size_t *n);

/* Append floats, which must be finite. */
void res_sql_append_finite(res_sql *sql, int column, res_numbers *to, size_t *n);

/* A copy of the current row's blob. owns it: swp_free */
void *res_sql_bytes_at(res_sql *sql, int column, size_t *n_bytes);

/* The words of baseline.method, in the order of res_baseline_method. */
enum { RES_BASELINE_METHODS = RES_BASELINE_NEIGHBOUR + 1 };
extern const char *const res_baseline_words[RES_BASELINE_METHODS];

/* "val", "test", "anomaly", as the store names them. */
const char *res_subset_name(res_subset subset);

/* --- what the verbs share; for use between write_begin and write_end ------------------------- */

/* Store the model of a new step, and drop models that no evaluation can select any more. */
SWP_CHECKED swp_status res_model_keep(res_store *store, int64_t trial, const res_step *step,
                                      swp_err *err);

/* Record a value of a step. errors INTERNAL (the experiment has no metric of this name) */
SWP_CHECKED swp_status res_value_add(res_store *store, int64_t trial, size_t step, const char *name,
                                     double value, swp_err *err);

/* The thresholds that evaluations of a trial plan, of any revision. owns *out: swp_free */
SWP_CHECKED swp_status res_thresholds_planned(res_store *store, int64_t trial, res_threshold **out,
                                              size_t *n, swp_err *err);

/* Score a step at thresholds. errors CONFIG (no errors to choose one from) */
SWP_CHECKED swp_status res_scores_add(res_store *store, int64_t trial, size_t step,
                                      const res_ranking *ranking, const res_threshold *thresholds,
                                      size_t n, swp_err *err);

/* Record the AUROC and AUPRC of a step, where they are defined. */
SWP_CHECKED swp_status res_areas_add(res_store *store, int64_t trial, size_t step,
                                     const res_ranking *ranking, swp_err *err);

/* Score a recorded step at thresholds from its stored errors, with its areas or without. */
SWP_CHECKED swp_status res_step_score(res_store *store, int64_t trial, size_t step,
                                      const res_threshold *thresholds, size_t n, bool areas,
                                      swp_err *err);

/* Set a trial done in the revisions whose budget it has reached. */
SWP_CHECKED swp_status res_trial_mark_done(res_store *store, int64_t trial, swp_err *err);

/* Recreate the four views of a revision's experiment for the axes of this revision. */
SWP_CHECKED swp_status res_views_make(res_store *store, int64_t revision, swp_err *err);

/* The domain of a parameter as Optuna's distribution_json, the same for all trials of a revision:
 * what its search may propose, else the values of its trials. errors DB, NOMEM   owns *out:
 * swp_free
 */
SWP_CHECKED swp_status res_distribution_make(res_store *store, int64_t revision, const char *key,
                                             const char *scale, char **out, swp_err *err);

/* Set the domain of the revision's axis of this key, if there is one. errors DB, NOMEM */
SWP_CHECKED swp_status res_distribution_update(res_store *store, int64_t revision, const char *key,
                                               swp_err *err);

/* Drop the four views of an experiment. */
SWP_CHECKED swp_status res_views_drop(res_store *store, const char *experiment, swp_err *err);

/* As res_axes_record, without the views. */
SWP_CHECKED swp_status res_axes_replace(res_store *store, int64_t revision,
                                        const res_axis_spec *axes, size_t n, swp_err *err);

/* Fill in what the script of version 3 cannot: scores, areas under curves, axes of older rows. */
SWP_CHECKED swp_status res_upgrade_3(res_store *store, swp_err *err);

#endif
