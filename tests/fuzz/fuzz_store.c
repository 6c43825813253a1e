/* A damaged store, read by all readers of stores. An input is lines, each one damage to a small
 * finished study:
 *   @OFFSET:HEX          bytes of the file
 *   TABLE.COLUMN=VALUE   a column in all rows: NULL, a number, 'text, or xN for a blob of N zeros
 *   TABLE.COLUMN!VALUE   the same only in rows that have the first row's value
 *   -TABLE               all rows of a table gone
 *   SQL                  any other line that begins with CREATE or DROP */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/study.h"

static void patch(uint8_t *image, size_t size, const char *line)
{
    unsigned offset, byte;
    int n = 0;
    if (sscanf(line, "%u:%n", &offset, &n) != 1)
        return;
    for (line += n; n > 0 && offset < size && sscanf(line, "%2x", &byte) == 1; line += 2) {
        image[offset++] = (uint8_t)byte;
        if (!line[1])
            return;
    }
}

static int allow(void *context, int action, const char *a, const char *b, const char *c,
                 const char *d)
{
    (void)context, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_ATTACH || action == SQLITE_PRAGMA || action == SQLITE_RECURSIVE
               ? SQLITE_DENY
               : SQLITE_OK;
}

static void change(sqlite3 *db, char *line)
{
    if (strncmp(line, "CREATE ", 7) == 0 || strncmp(line, "DROP ", 5) == 0)
        sqlite3_exec(db, line, NULL, NULL, NULL);
    else
        fuzz_damage_row(db, line);
}

/* The store with the damage that the lines say: what SQL can do first, then the bytes. */
static const char *damage(char *text)
{
    sqlite3 *db = NULL;
    size_t whole_size;
    const uint8_t *whole = fuzz_study(RES_WRITE, &whole_size);
    FUZZ_CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    uint8_t *image = sqlite3_malloc64(whole_size);
    FUZZ_CHECK(image != NULL);
    memcpy(image, whole, whole_size);
    FUZZ_CHECK(sqlite3_deserialize(
                   db, "main", image, (sqlite3_int64)whole_size, (sqlite3_int64)whole_size,
                   SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK);
    sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL);
    sqlite3_set_authorizer(db, allow, NULL);
    char *rest = NULL, *patches[64];
    size_t n_patches = 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (*line != '@')
            change(db, line);
        else if (n_patches < 64)
            patches[n_patches++] = line + 1;
    }
    sqlite3_int64 size;
    uint8_t *changed = sqlite3_serialize(db, "main", &size, 0);
    FUZZ_CHECK(changed != NULL);
    for (size_t i = 0; i < n_patches; i++)
        patch(changed, (size_t)size, patches[i]);
    const char *path = fuzz_file("sweep.db", changed, (size_t)size);
    sqlite3_free(changed);
    sqlite3_close(db);
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    res_store *store;
    swp_err err = {0};
    swp_status status = res_store_open(damage(text), RES_READ, &store, &err);
    if (status == SWP_OK)
        fuzz_read_store(store);
    else
        fuzz_check_read(status, &err);
    res_store_close(store);
    free(text);
    return 0;
}
