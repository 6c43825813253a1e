/* A damaged shard: it is listed, and merged into a store, which must stay sound. An input is lines
 * of damage to rows (study.h). */
#include <stdlib.h>
#include <string.h>

#include "results/store/check.h"
#include "results/store/shard.h"
#include "results/store/sql.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/study.h"

static const swp_status refusals[] = {SWP_FORMAT};

static void run(sqlite3 *db, const char *sql)
{
    FUZZ_CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* The store of a study before training. */
static void forget_steps(sqlite3 *db)
{
    run(db,
        "PRAGMA foreign_keys = OFF; DELETE FROM value; DELETE FROM score; DELETE FROM error_blob; "
        "DELETE FROM weights; DELETE FROM reconstruction; DELETE FROM state; DELETE FROM step; "
        "DELETE FROM event; UPDATE revision_trial SET state = 'waiting', reason = NULL; "
        "PRAGMA foreign_keys = ON");
}

static res_store *open_store(void)
{
    size_t size;
    const uint8_t *bytes = fuzz_study(RES_WRITE, &size);
    res_store *store;
    swp_err err;
    FUZZ_CHECK(res_store_open(fuzz_file("store.db", bytes, size), RES_WRITE, &store, &err) ==
               SWP_OK);
    run(store->db, "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY");
    return store;
}

/* The shard with the damage that the lines say. owns the result: sqlite3_free */
static uint8_t *damage(char *text, size_t *size)
{
    size_t whole;
    const uint8_t *bytes = fuzz_study(RES_SHARD, &whole);
    sqlite3 *db = NULL;
    sqlite3_int64 n;
    char *rest = NULL;
    uint8_t *image = sqlite3_malloc64(whole);
    FUZZ_CHECK(image && sqlite3_open(":memory:", &db) == SQLITE_OK);
    memcpy(image, bytes, whole);
    FUZZ_CHECK(sqlite3_deserialize(db, "main", image, (sqlite3_int64)whole, (sqlite3_int64)whole,
                                   SQLITE_DESERIALIZE_FREEONCLOSE |
                                       SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK);
    run(db, "PRAGMA ignore_check_constraints = ON");
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        fuzz_damage_row(db, line);
    uint8_t *changed = sqlite3_serialize(db, "main", &n, 0);
    FUZZ_CHECK(changed != NULL);
    sqlite3_close(db);
    *size = (size_t)n;
    return changed;
}

static void list(const res_shard *shard)
{
    res_shard_trial *trials;
    size_t n;
    swp_err err = {0};
    swp_status status = res_shard_trials_list(shard, &trials, &n, &err);
    if (status != SWP_OK)
        fuzz_check_refusal(status, &err, refusals, 1);
    res_shard_trials_free(trials, n);
}

static void merge(res_store *store, const res_shard *shard)
{
    res_merge merge = {0};
    res_check check = {0};
    swp_err err = {0};
    swp_status status = res_shard_merge(store, 1, shard, &merge, &err);
    if (status != SWP_OK)
        fuzz_check_refusal(status, &err, refusals, 1);
    FUZZ_CHECK(res_store_check(store, &check, &err) == SWP_OK);
    FUZZ_CHECK(check.n_found == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static res_store *store;
    if (!store)
        store = open_store();
    forget_steps(store->db);
    char *text = fuzz_text(bytes, size);
    res_shard shard = {.name = "00000-local-r0-0.db"};
    shard.bytes = damage(text, &shard.n_bytes);
    list(&shard);
    merge(store, &shard);
    sqlite3_free(shard.bytes);
    free(text);
    return 0;
}
