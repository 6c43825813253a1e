/* What users do to whole experiments and revisions: delete, rename, copy, note.
 *
 * Which rows belong to a revision is read from the schema's references, so that a table that is
 * added later is deleted and copied like the others: a row that refers to a deleted row is deleted,
 * a row that refers to a copied row is copied. Deleting drops the triggers that protect recorded
 * rows, and makes them again in the same transaction. */
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

/* One column of a reference from `table` to `parent`; those of one reference share `id`. */
typedef struct reference {
    char *table, *parent, *from, *to;
    size_t id;
} reference;

typedef struct references {
    reference *list; /* (n) by table, then id */
    size_t n;
} references;

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

static void references_deinit(references *r)
{
    for (size_t i = 0; i < r->n; i++) {
        swp_free(r->list[i].table);
        swp_free(r->list[i].parent);
        swp_free(r->list[i].from);
        swp_free(r->list[i].to);
    }
    swp_free(r->list);
}

static swp_status references_load(res_store *store, references *out, swp_err *err)
{
    *out = (references){0};
    res_sql sql = res_sql_open(
        store, "SELECT owner.name, f.id, f.\"table\", f.\"from\", coalesce(f.\"to\", "
               "(SELECT name FROM pragma_table_info(f.\"table\") WHERE pk = f.seq + 1)) "
               "FROM sqlite_schema AS owner JOIN pragma_foreign_key_list(owner.name) AS f "
               "WHERE owner.type = 'table' ORDER BY owner.name, f.id, f.seq");
    while (res_sql_row(&sql)) {
        reference *grown = swp_grow(out->list, out->n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        out->list = grown;
        grown[out->n++] = (reference){.table = res_sql_text_at(&sql, 0),
                                      .id = res_sql_size_at(&sql, 1),
                                      .parent = res_sql_text_at(&sql, 2),
                                      .from = res_sql_text_at(&sql, 3),
                                      .to = res_sql_text_at(&sql, 4)};
    }
    return res_sql_close(&sql, err);
}

/* Run one generated statement. */
static swp_status run(res_store *store, sqlite3_str *text, swp_err *err)
{
    char *sql = sqlite3_str_finish(text);
    swp_status status = sql ? res_sql_script(store, sql, err) : out_of_memory(err);
    sqlite3_free(sql);
    return status;
}

/* The index after the reference that begins at `i`. */
static size_t end_of(const references *r, size_t i)
{
    size_t end = i + 1;
    while (end < r->n && r->list[end].id == r->list[i].id &&
           strcmp(r->list[end].table, r->list[i].table) == 0)
        end++;
    return end;
}

/* Delete the rows whose reference names a missing row. */
static swp_status delete_orphans_of(res_store *store, const references *r, size_t i, swp_err *err)
{
    const reference *first = &r->list[i];
    sqlite3_str *text = sqlite3_str_new(store->db);
    sqlite3_str_appendf(text, "DELETE FROM \"%w\" WHERE ", first->table);
    for (size_t k = i; k < end_of(r, i); k++)
        sqlite3_str_appendf(text, "\"%w\" IS NOT NULL AND ", r->list[k].from);
    sqlite3_str_appendf(text, "NOT EXISTS (SELECT 1 FROM \"%w\" AS parent WHERE ", first->parent);
    for (size_t k = i; k < end_of(r, i); k++)
        sqlite3_str_appendf(text, "%sparent.\"%w\" = \"%w\".\"%w\"", k > i ? " AND " : "",
                            r->list[k].to, first->table, r->list[k].from);
    sqlite3_str_appendf(text, ")");
    return run(store, text, err);
}

static swp_status delete_orphans(res_store *store, const references *r, swp_err *err)
{
    swp_status status = SWP_OK;
    for (int64_t before = -1; status == SWP_OK && sqlite3_total_changes64(store->db) != before;) {
        before = sqlite3_total_changes64(store->db);
        for (size_t i = 0; i < r->n && status == SWP_OK; i = end_of(r, i))
            status = delete_orphans_of(store, r, i, err);
    }
    return status;
}

/* Drop the triggers; returns the statements that make them again. */
static swp_status drop_triggers(res_store *store, swp_buf *again, swp_err *err)
{
    swp_buf drops = {0};
    res_sql sql = res_sql_open(
        store, "SELECT name, CAST(sql AS BLOB) FROM sqlite_schema WHERE type = 'trigger'");
    while (res_sql_row(&sql)) {
        char *name = res_sql_text_at(&sql, 0);
        char *drop = name ? sqlite3_mprintf("DROP TRIGGER \"%w\";\n", name) : NULL;
        size_t n = 0;
        void *text = res_sql_bytes_at(&sql, 1, &n);
        swp_buf_puts(&drops, drop ? drop : "");
        swp_buf_add(again, text ? text : "", text ? n : 0);
        swp_buf_puts(again, ";\n");
        again->failed |= !drop || !text;
        sqlite3_free(drop);
        swp_free(name);
        swp_free(text);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && (drops.failed || again->failed))
        status = out_of_memory(err);
    if (status == SWP_OK && drops.length > 0)
        status = res_sql_script(store, drops.text, err);
    swp_buf_deinit(&drops);
    return status;
}

/* Delete what nothing refers to any more: first what the revision owned, then trials that no
 * revision has, then splits and data sets without trials. */
static swp_status delete_rows(res_store *store, const references *r, int64_t experiment,
                              int64_t revision, swp_err *err)
{
    res_sql sql = res_sql_open(store, "DELETE FROM revision WHERE experiment_id = ?1 AND "
                                      "(?2 = 0 OR id = ?2)");
    res_sql_int(&sql, experiment);
    res_sql_int(&sql, revision);
    swp_status status = res_sql_run(&sql, err);
    static const char *const unused[] = {
        "DELETE FROM experiment WHERE NOT EXISTS (SELECT 1 FROM revision WHERE experiment_id = "
        "experiment.id)",
        "DELETE FROM trial WHERE NOT EXISTS (SELECT 1 FROM revision_trial WHERE trial_id = "
        "trial.id)",
        "DELETE FROM split WHERE NOT EXISTS (SELECT 1 FROM trial WHERE split_id = split.id)",
        "DELETE FROM data_set WHERE NOT EXISTS (SELECT 1 FROM trial WHERE data_set_id = "
        "data_set.id)"};
    for (size_t i = 0; i < sizeof unused / sizeof unused[0] && status == SWP_OK; i++) {
        status = res_sql_script(store, unused[i], err);
        if (status == SWP_OK)
            status = delete_orphans(store, r, err);
    }
    return status;
}

/* Recreate the views of an experiment for its latest revision; without a revision, drop them. */
static swp_status update_views(res_store *store, int64_t experiment, const char *name, swp_err *err)
{
    int64_t latest = 0;
    res_sql sql = res_sql_open(store, "SELECT revision.id FROM revision JOIN run ON revision_id = "
                                      "revision.id WHERE experiment_id = ? ORDER BY run.id DESC "
                                      "LIMIT 1");
    res_sql_int(&sql, experiment);
    swp_status status = res_sql_one(&sql, &latest, err);
    if (status == SWP_OK)
        status = res_views_drop(store, name, err);
    return status == SWP_OK && latest != 0 ? res_views_make(store, latest, err) : status;
}

/* Find the experiment of a revision: its id and name. */
static swp_status find(res_store *store, int64_t revision, int64_t *experiment, char **name,
                       swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT experiment.id, name FROM revision JOIN experiment ON "
                                      "experiment.id = experiment_id WHERE revision.id = ?");
    *name = NULL;
    res_sql_int(&sql, revision);
    if (res_sql_row(&sql)) {
        *experiment = res_sql_id_at(&sql, 0);
        *name = res_sql_text_at(&sql, 1);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && !*name)
        status = swp_fail(err, SWP_DB, "%s: no revision %lld", store->path, (long long)revision);
    return status;
}

static swp_status delete_all(res_store *store, int64_t revision, bool whole, swp_err *err)
{
    references r = {0};
    swp_buf triggers = {0};
    int64_t experiment = 0;
    char *name = NULL;
    swp_status status = find(store, revision, &experiment, &name, err);
    if (status == SWP_OK)
        status = references_load(store, &r, err);
    if (status == SWP_OK)
        status = res_sql_script(store, "PRAGMA defer_foreign_keys = ON", err);
    if (status == SWP_OK)
        status = drop_triggers(store, &triggers, err);
    if (status == SWP_OK)
        status = delete_rows(store, &r, experiment, whole ? 0 : revision, err);
    if (status == SWP_OK && triggers.length > 0)
        status = res_sql_script(store, triggers.text, err);
    if (status == SWP_OK)
        status = update_views(store, experiment, name, err);
    references_deinit(&r);
    swp_buf_deinit(&triggers);
    swp_free(name);
    return status;
}

swp_status res_revision_delete(res_store *store, int64_t revision, bool whole, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, delete_all(store, revision, whole, err), err);
}

/* Refuse malformed names, and those that an experiment has already, whatever the case. */
static swp_status check_name(res_store *store, const char *name, swp_err *err)
{
    int64_t taken = 0;
    if (*name == '\0' || strlen(name) > RES_NAME_MOST || strpbrk(name, "\n\r\t"))
        return swp_fail(err, SWP_USAGE, "expected a name of 1 to %d bytes in one line, found '%s'",
                        RES_NAME_MOST, name);
    res_sql sql =
        res_sql_open(store, "SELECT count(*) FROM experiment WHERE name = ? COLLATE NOCASE");
    res_sql_text(&sql, name);
    swp_status status = res_sql_one(&sql, &taken, err);
    if (status != SWP_OK || taken == 0)
        return status;
    status = swp_fail(err, SWP_CONFIG, "there is an experiment '%s'", name);
    swp_hint(err, "names are compared without case; `sweep list` shows them");
    return status;
}

static swp_status rename_to(res_store *store, int64_t revision, const char *to, swp_err *err)
{
    int64_t experiment = 0;
    char *name = NULL;
    swp_status status = check_name(store, to, err);
    if (status == SWP_OK)
        status = find(store, revision, &experiment, &name, err);
    if (status == SWP_OK) {
        res_sql sql = res_sql_open(store, "UPDATE experiment SET name = ? WHERE id = ?");
        res_sql_text(&sql, to);
        res_sql_int(&sql, experiment);
        status = res_sql_run(&sql, err);
    }
    if (status == SWP_OK)
        status = update_views(store, experiment, name, err);
    swp_free(name);
    return status;
}

swp_status res_experiment_rename(res_store *store, int64_t revision, const char *to, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, rename_to(store, revision, to, err), err);
}

swp_status res_note_set(res_store *store, int64_t revision, const char *text, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    res_sql remove = res_sql_open(store, "DELETE FROM note WHERE revision_id = ?");
    res_sql_int(&remove, revision);
    status = res_sql_run(&remove, err);
    if (status == SWP_OK && *text) {
        res_sql add = res_sql_open(store, "INSERT INTO note (revision_id, text) VALUES (?, ?)");
        res_sql_int(&add, revision);
        res_sql_text(&add, text);
        status = res_sql_run(&add, err);
    }
    return res_write_end(store, status, err);
}

/* --- copying ------------------------------------------------------------------------------------
 * Rows are copied table by table, from the experiment down. The rows of a table that are copied are
 * in the temporary table copied_TABLE, where it has a column `id`, by which their copies are moved:
 * the new one is the old one plus `offset`. */

typedef struct copier {
    res_store *store;
    references refs;
    struct {
        char *table;
        int64_t offset; /* of `id`; 0 without one */
    } * done;           /* (n_done) tables that were copied */
    size_t n_done;
    int64_t revision; /* only this one, 0: all */
} copier;

static const char *const shared[] = {"data_set", "split"}; /* copies refer to the same row */

static bool is_shared(const char *table)
{
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (strcmp(table, shared[i]) == 0)
            return true;
    return false;
}

static size_t done_at(const copier *c, const char *table)
{
    size_t i = 0;
    while (i < c->n_done && strcmp(c->done[i].table, table) != 0)
        i++;
    return i;
}

/* What is added to a column in the copy: a reference moves with the row that it refers to. */
static int64_t offset_of(const copier *c, const char *table, const char *column)
{
    size_t at = done_at(c, table);
    if (strcmp(column, "id") == 0)
        return at < c->n_done ? c->done[at].offset : 0;
    for (size_t i = 0; i < c->refs.n; i++) {
        const reference *r = &c->refs.list[i];
        if (strcmp(r->table, table) == 0 && strcmp(r->from, column) == 0 &&
            done_at(c, r->parent) < c->n_done)
            return offset_of(c, r->parent, r->to);
    }
    return 0;
}

/* Whether all tables that a table refers to are copied or shared, and one at least is copied. */
static bool is_ready(const copier *c, const char *table)
{
    bool some = false;
    if (is_shared(table) || done_at(c, table) < c->n_done)
        return false;
    for (size_t i = 0; i < c->refs.n; i++) {
        const reference *r = &c->refs.list[i];
        if (strcmp(r->table, table) != 0 || is_shared(r->parent))
            continue;
        if (done_at(c, r->parent) == c->n_done)
            return false;
        some = true;
    }
    return some;
}

static swp_status max_id(const copier *c, const char *table, int64_t *out, swp_err *err)
{
    sqlite3_stmt *stmt = NULL;
    char *text = sqlite3_mprintf("SELECT coalesce(max(id), 0) FROM \"%w\"", table);
    int rc = text ? sqlite3_prepare_v2(c->store->db, text, -1, &stmt, NULL) : SQLITE_NOMEM;
    if (rc == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    rc = sqlite3_finalize(stmt);
    sqlite3_free(text);
    return rc == SQLITE_OK ? SWP_OK : res_sql_fail(c->store, rc, err);
}

/* The table whose `id` a column holds, by way of the tables that it refers to; NULL: of none. */
static const char *root_of(const copier *c, const char *table, const char *column)
{
    const char *root = strcmp(column, "id") == 0 ? table : NULL;
    for (size_t i = 0; i < c->refs.n && !root; i++) {
        const reference *r = &c->refs.list[i];
        if (strcmp(r->table, table) == 0 && strcmp(r->from, column) == 0)
            root = root_of(c, r->parent, r->to);
    }
    return root;
}

/* The rows to copy: those whose parents are all copied; of one revision, its own and its trials. */
static void add_condition(const copier *c, const char *table, sqlite3_str *to)
{
    const char *before = " WHERE ";
    for (size_t i = 0; i < c->refs.n; i++) {
        const reference *r = &c->refs.list[i];
        const char *root = strcmp(r->table, table) == 0 ? root_of(c, table, r->from) : NULL;
        if (!root || done_at(c, root) == c->n_done)
            continue;
        sqlite3_str_appendf(to, "%s(\"%w\" IS NULL OR \"%w\" IN (SELECT id FROM \"copied_%w\"))",
                            before, r->from, r->from, root);
        before = " AND ";
    }
    if (c->revision != 0 && strcmp(table, "revision") == 0)
        sqlite3_str_appendf(to, "%sid = %lld", before, (long long)c->revision);
    if (c->revision != 0 && strcmp(table, "trial") == 0)
        sqlite3_str_appendf(to,
                            "%sid IN (SELECT trial_id FROM revision_trial WHERE revision_id = "
                            "%lld)",
                            before, (long long)c->revision);
}

/* The columns, or what they are in the copy. */
static swp_status add_columns(copier *c, const char *table, bool moved, bool *has_id,
                              sqlite3_str *to, swp_err *err)
{
    res_sql sql = res_sql_open(c->store, "SELECT name FROM pragma_table_info(?) ORDER BY cid");
    const char *before = "";
    res_sql_text(&sql, table);
    while (res_sql_row(&sql)) {
        char *name = res_sql_text_at(&sql, 0);
        int64_t offset = name && moved ? offset_of(c, table, name) : 0;
        *has_id |= name && strcmp(name, "id") == 0;
        if (name && offset != 0)
            sqlite3_str_appendf(to, "%s\"%w\" + %lld", before, name, (long long)offset);
        else if (name)
            sqlite3_str_appendf(to, "%s\"%w\"", before, name);
        before = ", ";
        swp_free(name);
    }
    return res_sql_close(&sql, err);
}

static swp_status copy_table(copier *c, const char *table, swp_err *err)
{
    bool has_id = false;
    void *grown = swp_resize(c->done, c->n_done + 1, sizeof *c->done);
    char *copy = swp_strdup(table);
    if (grown)
        c->done = grown;
    if (!grown || !copy) {
        swp_free(copy);
        return out_of_memory(err);
    }
    c->done[c->n_done].table = copy;
    c->done[c->n_done++].offset = 0;
    sqlite3_str *columns = sqlite3_str_new(c->store->db), *values = sqlite3_str_new(c->store->db);
    sqlite3_str *chosen = sqlite3_str_new(c->store->db);
    swp_status status = add_columns(c, table, false, &has_id, columns, err);
    if (status == SWP_OK && has_id)
        status = max_id(c, table, &c->done[c->n_done - 1].offset, err);
    if (status == SWP_OK)
        status = add_columns(c, table, true, &has_id, values, err);
    add_condition(c, table, chosen);
    char *names = sqlite3_str_finish(columns), *moved = sqlite3_str_finish(values),
         *where = sqlite3_str_finish(chosen);
    sqlite3_str *text = sqlite3_str_new(c->store->db);
    if (has_id)
        sqlite3_str_appendf(text, "CREATE TEMP TABLE \"copied_%w\" AS SELECT id FROM \"%w\"%s;\n",
                            table, table, where);
    sqlite3_str_appendf(text, "INSERT INTO \"%w\" (%s) SELECT %s FROM \"%w\"%s", table, names,
                        moved, table, where);
    if (status == SWP_OK && (!names || !moved || !where))
        status = out_of_memory(err);
    if (status == SWP_OK)
        status = run(c->store, text, err);
    else
        sqlite3_free(sqlite3_str_finish(text));
    sqlite3_free(names);
    sqlite3_free(moved);
    sqlite3_free(where);
    return status;
}

/* The experiment itself, under its new name. */
static swp_status copy_experiment(copier *c, int64_t experiment, const char *to, swp_err *err)
{
    sqlite3_str *text = sqlite3_str_new(c->store->db);
    int64_t last = 0;
    swp_status status = max_id(c, "experiment", &last, err);
    sqlite3_str_appendf(text,
                        "CREATE TEMP TABLE copied_experiment AS SELECT %lld AS id;\n"
                        "INSERT INTO experiment (id, name) VALUES (%lld, %Q)",
                        (long long)experiment, (long long)(experiment + last), to);
    if (status == SWP_OK)
        status = run(c->store, text, err);
    else
        sqlite3_free(sqlite3_str_finish(text));
    c->done = status == SWP_OK ? swp_alloc(1, sizeof *c->done) : NULL;
    char *name = swp_strdup("experiment");
    if (status == SWP_OK && (!c->done || !name))
        status = out_of_memory(err);
    if (status != SWP_OK) {
        swp_free(name);
        return status;
    }
    c->done[0].table = name;
    c->done[0].offset = last;
    c->n_done = 1;
    return SWP_OK;
}

static swp_status copy_all(copier *c, int64_t revision, const char *to, swp_err *err)
{
    int64_t experiment = 0;
    char *name = NULL;
    swp_status status = check_name(c->store, to, err);
    if (status == SWP_OK)
        status = find(c->store, revision, &experiment, &name, err);
    if (status == SWP_OK)
        status = references_load(c->store, &c->refs, err);
    if (status == SWP_OK)
        status = res_sql_script(c->store, "PRAGMA defer_foreign_keys = ON", err);
    if (status == SWP_OK)
        status = copy_experiment(c, experiment, to, err);
    for (size_t before = 0; status == SWP_OK && before < c->n_done;) {
        before = c->n_done;
        for (size_t i = 0; i < c->refs.n && status == SWP_OK; i++)
            if (is_ready(c, c->refs.list[i].table))
                status = copy_table(c, c->refs.list[i].table, err);
    }
    if (status == SWP_OK)
        status = update_views(c->store, experiment + c->done[0].offset, to, err);
    for (size_t i = 0; i < c->n_done && status == SWP_OK; i++) {
        sqlite3_str *text = sqlite3_str_new(c->store->db);
        sqlite3_str_appendf(text, "DROP TABLE IF EXISTS temp.\"copied_%w\"", c->done[i].table);
        status = run(c->store, text, err);
    }
    swp_free(name);
    return status;
}

swp_status res_revision_copy(res_store *store, int64_t revision, bool whole, const char *to,
                             swp_err *err)
{
    copier c = {.store = store, .revision = whole ? 0 : revision};
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_write_end(store, copy_all(&c, revision, to, err), err);
    references_deinit(&c.refs);
    for (size_t i = 0; i < c.n_done; i++)
        swp_free(c.done[i].table);
    swp_free(c.done);
    return status;
}

swp_status res_store_compact(res_store *store, swp_err *err)
{
    swp_status status = res_sql_script(store, "VACUUM", err);
    return status == SWP_OK ? res_sql_script(store, "PRAGMA wal_checkpoint(TRUNCATE)", err)
                            : status;
}
