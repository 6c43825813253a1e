/* Arrays of numbers as blobs: four bytes each, little-endian, whatever the host. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

static uint32_t decode(const unsigned char *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

/* Works for float32 and uint32: copies `values` four bytes at a time. */
static void bind_array(res_sql *sql, const void *values, size_t n)
{
    unsigned char *bytes = swp_alloc(n, 4), *to = bytes;
    if (!bytes) {
        res_sql_out_of_memory(sql);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, (const char *)values + 4 * i, sizeof bits);
        for (int b = 0; b < 4; b++)
            *to++ = (unsigned char)(bits >> (8 * b));
    }
    res_sql_owned_blob(sql, bytes, 4 * n);
}

void res_sql_floats(res_sql *sql, const float *values, size_t n)
{
    bind_array(sql, values, n);
}

void res_sql_words(res_sql *sql, const uint32_t *values, size_t n)
{
    bind_array(sql, values, n);
}

/* A column's blob, not copied, or NULL after a failure; an empty one is not NULL. */
static const unsigned char *blob_at(res_sql *sql, int column, size_t *n_bytes)
{
    *n_bytes = 0;
    if (sqlite3_column_type(sql->stmt, column) != SQLITE_BLOB) {
        res_sql_damaged_at(sql, column);
        return NULL;
    }
    const void *bytes = sqlite3_column_blob(sql->stmt, column);
    *n_bytes = (size_t)sqlite3_column_bytes(sql->stmt, column);
    if (bytes || *n_bytes == 0)
        return bytes ? bytes : (const unsigned char *)"";
    res_sql_out_of_memory(sql);
    return NULL;
}

void res_sql_append(res_sql *sql, int column, res_numbers *to, size_t *n)
{
    size_t n_bytes;
    const unsigned char *bytes = blob_at(sql, column, &n_bytes);
    *n = 0;
    if (!bytes)
        return;
    if (n_bytes % 4 != 0) {
        res_sql_damaged_at(sql, column);
        return;
    }
    uint32_t *grown = swp_resize(to->values, to->n + n_bytes / 4, 4);
    if (!grown) {
        res_sql_out_of_memory(sql);
        return;
    }
    to->values = grown;
    *n = n_bytes / 4;
    for (size_t i = 0; i < *n; i++)
        grown[to->n++] = decode(bytes + 4 * i);
}

void res_sql_append_finite(res_sql *sql, int column, res_numbers *to, size_t *n)
{
    size_t before = to->n;
    res_sql_append(sql, column, to, n);
    const float *values = to->values;
    for (size_t i = before; i < to->n; i++) {
        if (isfinite(values[i]))
            continue;
        res_sql_damaged_at(sql, column);
        return;
    }
}

void *res_sql_bytes_at(res_sql *sql, int column, size_t *n_bytes)
{
    const unsigned char *bytes = blob_at(sql, column, n_bytes);
    if (!bytes)
        return NULL;
    void *out = swp_alloc(*n_bytes, 1);
    if (!out)
        res_sql_out_of_memory(sql);
    else if (*n_bytes > 0)
        memcpy(out, bytes, *n_bytes);
    return out;
}
