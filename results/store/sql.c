/* Statements: prepared once per store, bound, stepped, read and closed; failures put into words. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

swp_status res_sql_fail(const res_store *store, int rc, swp_err *err)
{
    const char *path = store->path;
    swp_status status;
    switch (rc & 0xff) { /* the low byte is the kind, the rest a detail */
    case SQLITE_NOMEM:
        return swp_fail(err, SWP_NOMEM, "out of memory");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        status = swp_fail(err, SWP_BUSY, "%s: another process is writing to this store", path);
        swp_hint(err, "wait until it is done, or use another store with --db");
        return status;
    case SQLITE_FULL:
        status = swp_fail(err, SWP_IO, "%s: the disk is full", path);
        swp_hint(err, "what was recorded is safe: free some space and run the same command again");
        return status;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return swp_fail(err, SWP_IO, "%s: the file or its folder cannot be written", path);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        if (sqlite3_system_errno(store->db) == 0)
            return swp_fail(err, SWP_IO, "%s: %s", path, sqlite3_errmsg(store->db));
        return swp_fail_errno(err, SWP_IO, sqlite3_system_errno(store->db), "%s: %s", path,
                              sqlite3_errmsg(store->db));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        status = swp_fail(err, SWP_DB, "%s: the store is damaged: %s", path, sqlite3_errstr(rc));
        swp_hint(err, "keep a copy; sqlite3's .recover command saves what can be read");
        return status;
    default:
        return swp_fail(err, SWP_DB, "%s: %s", path, sqlite3_errmsg(store->db));
    }
}

/* The place of a text among `capacity` (a power of two): its statement is there, or NULL. Hashing a
 * whole text would take as long as finding a row by its key: length and end tell texts apart. */
static sqlite3_stmt **place_of(sqlite3_stmt **places, size_t capacity, const char *text)
{
    enum { END = 24 };
    size_t length = strlen(text), n = length < END ? length : END;
    size_t at = swp_hash(text + length - n, n, SWP_HASH_START + length) & (capacity - 1);
    while (places[at] && strcmp(sqlite3_sql(places[at]), text) != 0)
        at = (at + 1) & (capacity - 1);
    return &places[at];
}

/* Half of the places stay free, so that searches are short. */
static bool make_room(res_statements *all)
{
    if (2 * (all->n + 1) <= all->capacity)
        return true;
    size_t capacity = all->capacity ? 2 * all->capacity : 64;
    sqlite3_stmt **places = swp_alloc(capacity, sizeof(sqlite3_stmt *));
    if (!places)
        return false;
    for (size_t i = 0; i < all->capacity; i++)
        if (all->places[i])
            *place_of(places, capacity, sqlite3_sql(all->places[i])) = all->places[i];
    swp_free(all->places);
    all->places = places;
    all->capacity = capacity;
    return true;
}

static int prepare(res_store *store, const char *text, sqlite3_stmt **out)
{
    if (!make_room(&store->statements))
        return SQLITE_NOMEM;
    sqlite3_stmt **place = place_of(store->statements.places, store->statements.capacity, text);
    if (*place && sqlite3_stmt_busy(*place))
        return SQLITE_MISUSE;
    int rc = SQLITE_OK;
    if (!*place) {
        rc = sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, place, NULL);
        store->statements.n += *place != NULL;
    }
    *out = *place;
    return rc;
}

void res_statements_deinit(res_statements *all)
{
    for (size_t i = 0; i < all->capacity; i++)
        sqlite3_finalize(all->places[i]);
    swp_free(all->places);
    *all = (res_statements){0};
}

res_sql res_sql_open(res_store *store, const char *text)
{
    res_sql sql = {.store = store};
    sql.rc = prepare(store, text, &sql.stmt);
    return sql;
}

static void keep(res_sql *sql, int rc)
{
    if (sql->rc == SQLITE_OK)
        sql->rc = rc;
}

void res_sql_int(res_sql *sql, int64_t value)
{
    keep(sql, sqlite3_bind_int64(sql->stmt, ++sql->bound, value));
}

void res_sql_size(res_sql *sql, size_t value)
{
    res_sql_int(sql, (int64_t)value);
}

void res_sql_real(res_sql *sql, double value)
{
    keep(sql, sqlite3_bind_double(sql->stmt, ++sql->bound, value));
}

void res_sql_text(res_sql *sql, const char *value)
{
    keep(sql, sqlite3_bind_text(sql->stmt, ++sql->bound, value, -1, SQLITE_STATIC));
}

void res_sql_blob(res_sql *sql, const void *value, size_t n_bytes)
{
    keep(sql, sqlite3_bind_blob64(sql->stmt, ++sql->bound, value, n_bytes, SQLITE_STATIC));
}

void res_sql_owned_blob(res_sql *sql, void *value, size_t n_bytes)
{
    keep(sql, sqlite3_bind_blob64(sql->stmt, ++sql->bound, value, n_bytes, swp_free));
}

void res_sql_threshold(res_sql *sql, res_threshold threshold)
{
    const double exact = 9007199254740992.0; /* 2^53: whole numbers below are exact */
    if (threshold.kind != RES_THRESHOLD_VALUE) {
        char text[RES_THRESHOLD_TEXT_SIZE];
        res_threshold_format(threshold, text);
        keep(sql, sqlite3_bind_text(sql->stmt, ++sql->bound, text, -1, SQLITE_TRANSIENT));
    } else if (threshold.value == floor(threshold.value) && threshold.value < exact) {
        res_sql_int(sql, (int64_t)threshold.value); /* readers see 45, not 45.0 */
    } else {
        res_sql_real(sql, threshold.value);
    }
}

bool res_sql_row(res_sql *sql)
{
    if (sql->rc != SQLITE_OK)
        return false;
    int rc = sqlite3_step(sql->stmt);
    if (rc == SQLITE_ROW)
        return true;
    sql->rc = rc;
    return false;
}

void res_sql_rows_of(res_sql *sql, const char *table, int n_key)
{
    sql->table = table;
    sql->n_key = n_key;
}

static bool is_type(const res_sql *sql, int column, int type)
{
    return sqlite3_column_type(sql->stmt, column) == type;
}

/* A column's value, looked up once for its type and its content: of a store that one thread uses at
 * a time, sqlite3_value_... may read it. */
int64_t res_sql_int_at(res_sql *sql, int column)
{
    sqlite3_value *value = sqlite3_column_value(sql->stmt, column);
    int type = sqlite3_value_type(value);
    if (type == SQLITE_INTEGER)
        return sqlite3_value_int64(value);
    if (type != SQLITE_NULL)
        res_sql_damaged_at(sql, column);
    return 0;
}

size_t res_sql_size_at(res_sql *sql, int column)
{
    int64_t value = res_sql_int_at(sql, column);
    if (value >= 0)
        return (size_t)value;
    res_sql_damaged_at(sql, column);
    return 0;
}

double res_sql_real_at(res_sql *sql, int column)
{
    return res_sql_null_at(sql, column) ? 0 : res_sql_number_at(sql, column);
}

int64_t res_sql_id_at(res_sql *sql, int column)
{
    return (int64_t)res_sql_count_at(sql, column, 1, INT64_MAX);
}

double res_sql_number_at(res_sql *sql, int column)
{
    sqlite3_value *found = sqlite3_column_value(sql->stmt, column);
    int type = sqlite3_value_type(found);
    bool is_number = type == SQLITE_FLOAT || type == SQLITE_INTEGER;
    double value = is_number ? sqlite3_value_double(found) : (double)NAN;
    if (isfinite(value))
        return value;
    res_sql_damaged_at(sql, column);
    return 0;
}

double res_sql_instant_at(res_sql *sql, int column)
{
    double seconds = res_sql_number_at(sql, column);
    if (seconds < 0 || seconds > 1e11)
        res_sql_damaged_at(sql, column);
    return seconds;
}

size_t res_sql_count_at(res_sql *sql, int column, size_t least, size_t most)
{
    sqlite3_value *found = sqlite3_column_value(sql->stmt, column);
    int64_t value = sqlite3_value_type(found) == SQLITE_INTEGER ? sqlite3_value_int64(found) : -1;
    if (value >= 0 && (size_t)value >= least && (size_t)value <= most)
        return (size_t)value;
    res_sql_damaged_at(sql, column);
    return 0;
}

bool res_sql_flag_at(res_sql *sql, int column)
{
    return res_sql_count_at(sql, column, 0, 1) == 1;
}

size_t res_sql_word_at(res_sql *sql, int column, const char *const *words, size_t n)
{
    const unsigned char *text = sqlite3_column_text(sql->stmt, column);
    for (size_t i = 0; text && i < n; i++)
        if (strcmp((const char *)text, words[i]) == 0)
            return i;
    res_sql_damaged_at(sql, column);
    return 0;
}

bool res_sql_null_at(const res_sql *sql, int column)
{
    return sqlite3_column_type(sql->stmt, column) == SQLITE_NULL;
}

char *res_sql_text_at(res_sql *sql, int column)
{
    if (!is_type(sql, column, SQLITE_TEXT)) {
        res_sql_damaged_at(sql, column);
        return NULL;
    }
    const unsigned char *text = sqlite3_column_text(sql->stmt, column);
    char *copy = text ? swp_strdup((const char *)text) : NULL;
    if (copy)
        swp_make_plain(copy); /* any program may have written it, and it will be shown to people */
    else
        res_sql_out_of_memory(sql);
    return copy;
}

char *res_sql_optional_text_at(res_sql *sql, int column)
{
    return res_sql_null_at(sql, column) ? NULL : res_sql_text_at(sql, column);
}

res_threshold res_sql_threshold_at(res_sql *sql, int column)
{
    res_threshold out = {.kind = RES_THRESHOLD_VALUE};
    if (!is_type(sql, column, SQLITE_TEXT)) {
        out.value = res_sql_number_at(sql, column);
        if (out.value < 0)
            res_sql_damaged_at(sql, column);
        return out;
    }
    const unsigned char *text = sqlite3_column_text(sql->stmt, column);
    if (!text)
        res_sql_out_of_memory(sql);
    else if (res_threshold_parse((const char *)text, &out, NULL) != SWP_OK)
        res_sql_damaged_at(sql, column);
    return out;
}

void res_sql_out_of_memory(res_sql *sql)
{
    sql->rc = SQLITE_NOMEM;
}

void res_sql_damaged(res_sql *sql)
{
    if (sql->rc != SQLITE_NOMEM) /* missing because memory ran out: not damage */
        sql->rc = SQLITE_CORRUPT;
}

/* "damaged: table step, row 3/2, column train_s": the row by the columns that tell it apart. */
void res_sql_damaged_at(res_sql *sql, int column)
{
    swp_buf where = {0};
    if (sql->table)
        swp_buf_printf(&where, "table %s, row ", sql->table);
    for (int i = 0; sql->table && i < sql->n_key; i++) {
        const unsigned char *key = sqlite3_column_text(sql->stmt, i);
        swp_buf_printf(&where, "%s%.32s", i > 0 ? "/" : "", key ? (const char *)key : "NULL");
    }
    swp_buf_printf(&where, "%scolumn %s", sql->table ? ", " : "",
                   sqlite3_column_name(sql->stmt, column));
    res_sql_damaged(sql);
    if (where.text && !*sql->damage) {
        snprintf(sql->damage, sizeof sql->damage, "%s", where.text);
        swp_make_plain(sql->damage);
    }
    swp_buf_deinit(&where);
}

void res_sql_missing(res_sql *sql, size_t first, size_t second)
{
    if (sql->rc != SQLITE_OK && sql->rc != SQLITE_DONE)
        return; /* the row may be there */
    char more[24] = "";
    if (second > 0)
        snprintf(more, sizeof more, "/%zu", second);
    res_sql_damaged(sql);
    if (!*sql->damage)
        snprintf(sql->damage, sizeof sql->damage, "table %s, row %zu%s is missing", sql->table,
                 first, more);
}

static swp_status fail_damaged(const res_sql *sql, swp_err *err)
{
    swp_status status = swp_fail(err, SWP_DB, "%s: damaged: %s", sql->store->path, sql->damage);
    swp_hint(err, "keep a copy; sqlite3's .recover command saves what can be read");
    return status;
}

swp_status res_sql_close(res_sql *sql, swp_err *err)
{
    swp_status status = SWP_OK;
    if (sql->rc == SQLITE_CORRUPT && *sql->damage)
        status = fail_damaged(sql, err);
    else if (sql->rc != SQLITE_OK && sql->rc != SQLITE_DONE)
        status = res_sql_fail(sql->store, sql->rc, err);
    if (sql->stmt) {
        sqlite3_reset(sql->stmt);
        sqlite3_clear_bindings(sql->stmt);
    }
    sql->stmt = NULL;
    return status;
}

swp_status res_sql_run(res_sql *sql, swp_err *err)
{
    while (res_sql_row(sql))
        continue;
    return res_sql_close(sql, err);
}

swp_status res_sql_one(res_sql *sql, int64_t *out, swp_err *err)
{
    if (res_sql_row(sql))
        *out = res_sql_int_at(sql, 0);
    while (res_sql_row(sql))
        continue;
    return res_sql_close(sql, err);
}

swp_status res_sql_script(res_store *store, const char *text, swp_err *err)
{
    int rc = sqlite3_exec(store->db, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? SWP_OK : res_sql_fail(store, rc, err);
}

swp_status res_pairs_add(res_store *store, const char *text, int64_t owner, const res_pair *pairs,
                         size_t n, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        res_sql sql = res_sql_open(store, text);
        res_sql_int(&sql, owner);
        res_sql_size(&sql, i + 1);
        res_sql_text(&sql, pairs[i].key);
        res_sql_text(&sql, pairs[i].value);
        status = res_sql_run(&sql, err);
    }
    return status;
}
