/* What every row of a store means, as conditions that a damaged row meets: one table, used for a
 * whole store on demand and for a shard before anything of it is merged. Other readers check what
 * they read (sql.h); this also finds damage in rows that were never read. */
#include "results/store/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

/* Conditions are SQL over the table as `it`; an at sign stands for the name of the database. */
typedef struct rule {
    const char *table, *column;
    const char *keys; /* columns that tell its rows apart, one or two */
    const char *bad;
} rule;

#define NOT_FINITE(x)        "(" x " IS NULL OR abs(" x ") > 1.7976931348623157e308)"
#define OUTSIDE(x, from, to) "(" x " IS NULL OR " x " NOT BETWEEN " from " AND " to ")"
#define NO_FLOATS(x, n)      "(" x " IS NULL OR length(" x ") IS NOT 4 * " n " OR NOT are_finite(" x "))"
#define MOST_STEPS           "100000000"
#define MOST_BUDGET          "2147483647" /* of a command, which may end by itself */
#define MOST_NUMBER          "4294967295"
#define MOST_SECONDS         "1e9" /* of a step, by a clock that only goes forward */
#define DATA(x)              "(SELECT " x " FROM @data_set WHERE id = it.data_set_id)"
#define OF_TRIAL(x)                                                                                \
    "(SELECT " x " FROM @trial JOIN @data_set ON data_set.id = data_set_id WHERE trial.id = "      \
    "it.trial_id)"
#define OF_SPLIT(x)                                                                                \
    "(SELECT " x " FROM @split JOIN @data_set ON data_set.id = data_set_id WHERE split.id = "      \
    "it.split_id)"
#define N_OF_SUBSET                                                                                \
    "CASE subset WHEN 'val' THEN n_val WHEN 'test' THEN n_test WHEN 'anomaly' THEN n_anomaly END"
#define OF_DATA /* a command's steps may have gaps */                                              \
    "EXISTS (SELECT 1 FROM @trial AS t WHERE t.id = it.trial_id AND t.data_set_id IS NOT NULL)"
#define NO_STEP                                                                                    \
    "NOT EXISTS (SELECT 1 FROM @step AS at WHERE at.trial_id = it.trial_id AND at.step = it.step)"
#define LOSS_AT(x)                                                                                 \
    "(SELECT value FROM @value AS at JOIN @metric ON metric.id = metric_id WHERE at.trial_id = "   \
    "it.trial_id AND at.step = " x " AND name = 'val_loss')"
#define NO_STAGE(x, stage)                                                                         \
    "NOT EXISTS (SELECT 1 FROM @revision_trial AS at WHERE at.revision_id = it.revision_id AND "   \
    "at.number = " x " AND at.stage = '" stage "')"
#define OF_DIMENSION(x)                                                                            \
    "(SELECT " x " FROM @dimension AS of WHERE of.revision_id = it.revision_id AND of.position = " \
    "it.position)"
#define NOT_NAMED(x) "length(" x ") NOT BETWEEN 1 AND 31"
#define NOT_JSON(x, type)                                                                          \
    "CASE WHEN json_valid(" x ") THEN json_type(" x ") <> '" type "' ELSE 1 END"
#define NOT_A_TIME(x) "(" x " IS NOT NULL AND datetime(" x ") IS NULL)"
#define SAMPLES                                                                                    \
    "(SELECT count(*) FROM @sample WHERE split_id = (SELECT split_id FROM @trial "                 \
    "WHERE id = it.trial_id))"

static const rule rules[] = {
    {"revision", "number", "id", OUTSIDE("number", "1", MOST_NUMBER)},
    {"revision", "generation", "id", OUTSIDE("generation", "1", MOST_NUMBER)},
    {"axis", "position", "revision_id, position", OUTSIDE("position", "1", MOST_NUMBER)},
    {"axis", "scale", "revision_id, position", "scale NOT IN ('linear', 'log', 'categorical')"},
    {"axis", "is_seed", "revision_id, position", "is_seed NOT IN (0, 1)"},
    {"data_set", "synthetic", "id", "synthetic NOT IN (0, 1)"},
    {"data_set", "n_rows", "id", OUTSIDE("n_rows", "0", MOST_NUMBER)},
    {"data_set", "length", "id", OUTSIDE("length", "0", MOST_NUMBER)},
    {"data_set", "n_train", "id", OUTSIDE("n_train", "0", MOST_NUMBER)},
    {"data_set", "n_val", "id", OUTSIDE("n_val", "0", MOST_NUMBER)},
    {"data_set", "n_test", "id", OUTSIDE("n_test", "0", MOST_NUMBER)},
    {"data_set", "n_anomaly", "id", OUTSIDE("n_anomaly", "0", MOST_NUMBER)},
    {"class", "count", "data_set_id, position", OUTSIDE("count", "0", DATA("n_rows"))},
    {"class_profile", "mean", "data_set_id, position", NO_FLOATS("mean", DATA("length"))},
    {"class_profile", "sd", "data_set_id, position", "length(sd) IS NOT 4 * " DATA("length")},
    {"held_out", "rows", "split_id, subset",
     "length(rows) IS NOT 4 * " OF_SPLIT(N_OF_SUBSET) " OR NOT are_within(rows, 0, " OF_SPLIT(
         "n_rows - 1") ")"},
    {"held_out", "classes", "split_id, subset",
     "length(classes) IS NOT length(rows) OR NOT are_within(classes, 1, (SELECT count(*) FROM "
     "@class JOIN @split USING (data_set_id) WHERE split.id = it.split_id))"},
    {"tune_part", "rows", "split_id", "NOT are_within(rows, 0, " OF_SPLIT("n_rows - 1") ")"},
    {"tune_part", "classes", "split_id",
     "length(classes) IS NOT length(rows) OR NOT are_within(classes, 1, (SELECT count(*) FROM "
     "@class JOIN @split USING (data_set_id) WHERE split.id = it.split_id))"},
    {"baseline", "method", "split_id, method", "method NOT IN ('mean', 'pca', 'neighbour')"},
    {"baseline", "components", "split_id, method",
     "components IS NULL OR components < 0 OR (components > 0) IS NOT (method = 'pca')"},
    {"baseline", "val", "split_id, method", NO_FLOATS("val", OF_SPLIT("n_val"))},
    {"baseline", "test", "split_id, method", NO_FLOATS("test", OF_SPLIT("n_test"))},
    {"baseline", "anomaly", "split_id, method", NO_FLOATS("anomaly", OF_SPLIT("n_anomaly"))},
    {"baseline", "tune", "split_id, method",
     NO_FLOATS("tune", "coalesce((SELECT length(rows) / 4 FROM @tune_part WHERE "
                       "tune_part.split_id = it.split_id), 0)")},
    {"sample", "subset", "split_id, position", "subset NOT IN ('test', 'anomaly')"},
    {"sample", "held_out_index", "split_id, position",
     OUTSIDE("held_out_index", "0",
             "(SELECT length(rows) / 4 - 1 FROM @held_out WHERE held_out.split_id = it.split_id "
             "AND held_out.subset = it.subset)")},
    {"sample", "series", "split_id, position", NO_FLOATS("series", OF_SPLIT("length"))},
    {"trial", "key", "id", "length(CAST(key AS BLOB)) NOT BETWEEN 1 AND 64"},
    {"trial", "weights", "id", "weights < 0"},
    {"trial", "code", "id", "code < 0"},
    {"trial", "split_id", "id",
     "split_id IS NOT NULL AND data_set_id IS NOT (SELECT data_set_id FROM @split "
     "WHERE split.id = it.split_id)"},
    {"revision_trial", "number", "revision_id, number", OUTSIDE("number", "1", MOST_NUMBER)},
    {"revision_trial", "stage", "revision_id, number", "stage NOT IN ('search', 'confirm')"},
    {"revision_trial", "budget", "revision_id, number", OUTSIDE("budget", "0", MOST_BUDGET)},
    {"revision_trial", "state", "revision_id, number",
     "state NOT IN ('waiting', 'running', 'stopped', 'done', 'failed')"},
    {"metric", "direction", "id", "direction NOT IN ('minimize', 'maximize')"},
    {"step", "step", "trial_id, step",
     OUTSIDE("step", "1", MOST_STEPS) " OR (step > 1 AND " OF_DATA " AND NOT EXISTS (SELECT 1 FROM "
                                      "@step AS before WHERE before.trial_id = it.trial_id AND "
                                      "before.step = it.step - 1))"},
    {"step", "best_step", "trial_id, step",
     OUTSIDE("best_step", "1", "step") " OR (" OF_DATA " AND coalesce(" LOSS_AT(
         "it.step") " < " LOSS_AT("it.best_step") ", 1))"},
    {"step", "train_s", "trial_id, step", OUTSIDE("train_s", "0", MOST_SECONDS)},
    {"step", "eval_s", "trial_id, step", OUTSIDE("eval_s", "0", MOST_SECONDS)},
    {"step", "worker", "trial_id, step", "worker NOT BETWEEN 1 AND 65536"},
    {"step", "begun_s", "trial_id, step",
     "worker IS NOT NULL AND " OUTSIDE("begun_s", "0", "1e11")},
    {"step", "ended_s", "trial_id, step",
     "worker IS NOT NULL AND " OUTSIDE("ended_s", "0", "1e11")},
    {"value", "step", "trial_id, step", NO_STEP},
    {"value", "metric_id", "trial_id, step",
     "NOT EXISTS (SELECT 1 FROM @metric JOIN @trial USING (experiment_id) WHERE metric.id = "
     "it.metric_id AND trial.id = it.trial_id)"},
    {"value", "value", "trial_id, step", NOT_FINITE("value")},
    {"score", "step", "trial_id, step", NO_STEP},
    {"score", "threshold_value", "trial_id, step", NOT_FINITE("threshold_value")},
    {"score", "normal_correct", "trial_id, step",
     OUTSIDE("normal_correct", "0", OF_TRIAL("n_test"))},
    {"score", "anomaly_correct", "trial_id, step",
     OUTSIDE("anomaly_correct", "0", OF_TRIAL("n_anomaly"))},
    {"evaluation", "number", "revision_id, number", OUTSIDE("number", "1", MOST_NUMBER)},
    {"evaluation", "epochs", "revision_id, number", OUTSIDE("epochs", "1", MOST_STEPS)},
    {"error_blob", "step", "trial_id, step", NO_STEP},
    {"error_blob", "errors", "trial_id, step", NO_FLOATS("errors", OF_TRIAL(N_OF_SUBSET))},
    {"tune_error", "errors", "trial_id, step",
     NO_FLOATS("errors", "(SELECT length(rows) / 4 FROM @tune_part JOIN @trial USING (split_id) "
                         "WHERE trial.id = it.trial_id)")},
    {"state", "step", "trial_id, step", NO_STEP},
    {"state", "state", "trial_id, step", "length(state) IS NULL OR length(state) = 0"},
    {"weights", "step", "trial_id, step", NO_STEP},
    {"weights", "safetensors", "trial_id, step",
     "length(safetensors) IS NULL OR length(safetensors) = 0"},
    {"reconstruction", "step", "trial_id, step", NO_STEP},
    {"reconstruction", "series", "trial_id, step",
     NO_FLOATS("series", SAMPLES " * " OF_TRIAL("length"))},
    {"event", "worker", "id", "worker NOT BETWEEN 1 AND 65536"},
    {"attempt", "number", "trial_id, number", OUTSIDE("number", "1", MOST_NUMBER)},
    {"attempt", "argv", "trial_id, number", NOT_JSON("argv", "array")},
    {"attempt", "scripts", "trial_id, number", NOT_JSON("scripts", "object")},
    {"attempt", "git_dirty", "trial_id, number",
     "git_dirty NOT IN (0, 1) OR (git_dirty IS NULL) <> (git_commit IS NULL)"},
    {"attempt", "begun", "trial_id, number", NOT_A_TIME("begun")},
    {"attempt", "ended", "trial_id, number", NOT_A_TIME("ended")},
    {"attempt", "outcome", "trial_id, number", "(outcome IS NULL) <> (ended IS NULL)"},
    {"note", "text", "revision_id", "text = ''"},
    {"search", "strategy", "revision_id", NOT_NAMED("strategy")},
    {"search", "seed", "revision_id", OUTSIDE("seed", "0", MOST_NUMBER)},
    {"search", "slots", "revision_id", OUTSIDE("slots", "0", MOST_NUMBER)},
    {"search", "objective", "revision_id", "objective = ''"},
    {"search", "goal", "revision_id", "goal NOT IN ('minimize', 'maximize')"},
    {"search", "stop", "revision_id", NOT_NAMED("stop")},
    {"search", "min_steps", "revision_id", OUTSIDE("min_steps", "1", MOST_STEPS)},
    {"search", "max_steps", "revision_id", OUTSIDE("max_steps", "1", MOST_BUDGET)},
    {"search", "trials", "revision_id", OUTSIDE("trials", "1", MOST_NUMBER)},
    {"search", "confirm_best", "revision_id", OUTSIDE("confirm_best", "0", "trials")},
    {"search", "confirm_seeds", "revision_id",
     OUTSIDE("confirm_seeds", "0", "trials") " OR (confirm_seeds > 0) <> (confirm_best > 0)"},
    {"dimension", "position", "revision_id, position",
     OUTSIDE("position", "1", MOST_NUMBER) " OR (position > 1 AND NOT EXISTS (SELECT 1 FROM "
                                           "@dimension AS before WHERE before.revision_id = "
                                           "it.revision_id AND before.position = it.position - "
                                           "1))"},
    {"dimension", "key", "revision_id, position", "key = ''"},
    {"dimension", "kind", "revision_id, position",
     "kind NOT IN ('float', 'int', 'ordinal', 'categorical')"},
    {"dimension", "is_log", "revision_id, position",
     "is_log NOT IN (0, 1) OR (is_log AND low <= 0)"},
    {"dimension", "low", "revision_id, position", NOT_FINITE("low")},
    {"dimension", "high", "revision_id, position", NOT_FINITE("high") " OR high < low"},
    {"dimension", "step", "revision_id, position", NOT_FINITE("step") " OR step < 0"},
    {"dimension", "choices", "revision_id, position",
     "(choices IS NULL) <> (kind IN ('float', 'int')) OR CASE WHEN choices IS NULL THEN 0 "
     "WHEN json_valid(choices) THEN json_array_length(choices) <> high + 1 ELSE 1 END"},
    {"proposal", "number", "revision_id, number",
     NO_STAGE("it.number", "search") " OR (SELECT count(*) FROM @coordinate AS at WHERE "
                                     "at.revision_id = it.revision_id AND at.number = it.number) "
                                     "<> (SELECT count(*) FROM @dimension AS of WHERE "
                                     "of.revision_id = it.revision_id)"},
    {"proposal", "strategy", "revision_id, number", NOT_NAMED("strategy")},
    {"proposal", "version", "revision_id, number", OUTSIDE("version", "0", MOST_NUMBER)},
    {"proposal", "max_steps", "revision_id, number", OUTSIDE("max_steps", "1", MOST_BUDGET)},
    {"proposal", "history", "revision_id, number", "length(history) <> 64"},
    {"proposal", "cost", "revision_id, number", NOT_FINITE("cost") " OR cost <= 0"},
    {"proposal", "failed_after", "revision_id, number",
     "failed_after NOT BETWEEN 0 AND " MOST_STEPS},
    {"proposal", "visible", "revision_id, number",
     "visible NOT BETWEEN 0 AND " MOST_NUMBER " OR (visible IS NOT NULL AND failed_after IS NULL)"},
    {"coordinate", "value", "revision_id, number, position",
     NOT_FINITE("value") " OR " OUTSIDE(
         "value", OF_DIMENSION("low"),
         OF_DIMENSION(
             "high")) " OR (" OF_DIMENSION("kind") " <> 'float' AND value <> round(value))"},
    {"confirmation", "number", "revision_id, number", NO_STAGE("it.number", "confirm")},
    {"confirmation", "confirms", "revision_id, number",
     OUTSIDE("confirms", "1", "number - 1") " OR " NO_STAGE("it.confirms", "search")},
    {"confirmation", "seed", "revision_id, number", OUTSIDE("seed", "0", MOST_NUMBER)},
};
#define N_RULES (sizeof rules / sizeof rules[0])

/* --- functions for the conditions ------------------------------------------------------------- */

static uint32_t word_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* are_finite(floats) */
static void are_finite(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    const unsigned char *bytes = sqlite3_value_blob(values[0]);
    int n_bytes = sqlite3_value_bytes(values[0]), sound = 1;
    for (int i = 0; bytes && i + 4 <= n_bytes; i += 4) {
        uint32_t bits = word_at(bytes + i);
        sound &= (bits & 0x7f800000u) != 0x7f800000u;
    }
    sqlite3_result_int(context, sound);
}

/* are_within(words, least, most) */
static void are_within(sqlite3_context *context, int n, sqlite3_value **values)
{
    (void)n;
    const unsigned char *bytes = sqlite3_value_blob(values[0]);
    int n_bytes = sqlite3_value_bytes(values[0]), sound = 1;
    int64_t least = sqlite3_value_int64(values[1]), most = sqlite3_value_int64(values[2]);
    for (int i = 0; bytes && i + 4 <= n_bytes; i += 4) {
        int64_t word = word_at(bytes + i);
        sound &= word >= least && word <= most;
    }
    sqlite3_result_int(context, sound);
}

static int add_functions(sqlite3 *db)
{
    const int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int rc = sqlite3_create_function(db, "are_finite", 1, how, NULL, are_finite, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    return sqlite3_create_function(db, "are_within", 3, how, NULL, are_within, NULL, NULL);
}

/* --- asking ----------------------------------------------------------------------------------- */

static void tell(res_check *check, const char *what)
{
    check->n_found++;
    if (check->found)
        check->found(check->context, what);
}

/* SELECT keys FROM table WHERE the row is damaged, in the database of this name. */
static void add_query(const rule *r, const char *database, swp_buf *out)
{
    swp_buf_printf(out, "SELECT %s FROM %s.%s AS it WHERE ", r->keys, database, r->table);
    for (const char *c = r->bad; *c; c++) {
        if (*c == '@')
            swp_buf_printf(out, "%s.", database);
        else
            swp_buf_add(out, c, 1);
    }
    swp_buf_puts(out, " LIMIT 1");
}

static void tell_row(const rule *r, res_sql *sql, res_check *check)
{
    swp_buf what = {0};
    swp_buf_printf(&what, "table %s, row ", r->table);
    int n = sqlite3_column_count(sql->stmt);
    for (int i = 0; i < n; i++) {
        const unsigned char *key = sqlite3_column_text(sql->stmt, i);
        swp_buf_printf(&what, "%s%.32s", i > 0 ? "/" : "", key ? (const char *)key : "NULL");
    }
    swp_buf_printf(&what, ", column %s", r->column);
    if (what.failed) {
        res_sql_out_of_memory(sql);
    } else {
        swp_make_plain(what.text);
        tell(check, what.text);
    }
    swp_buf_deinit(&what);
}

static swp_status apply(res_store *store, const rule *r, const char *database, res_check *check,
                        swp_err *err)
{
    swp_buf text = {0};
    add_query(r, database, &text);
    if (text.failed) {
        swp_buf_deinit(&text);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    res_sql sql = res_sql_open(store, text.text);
    if (res_sql_row(&sql))
        tell_row(r, &sql, check);
    swp_buf_deinit(&text);
    return res_sql_close(&sql, err);
}

/* Rows that refer to a row that does not exist. Columns: table, row, table referred to. */
static swp_status check_references(res_store *store, const char *database, res_check *check,
                                   swp_err *err)
{
    swp_buf text = {0};
    swp_buf_printf(&text, "PRAGMA %s.foreign_key_check", database);
    if (text.failed) {
        swp_buf_deinit(&text);
        return swp_fail(err, SWP_NOMEM, "out of memory");
    }
    res_sql sql = res_sql_open(store, text.text);
    if (res_sql_row(&sql)) {
        char *table = res_sql_text_at(&sql, 0), *parent = res_sql_text_at(&sql, 2);
        swp_buf what = {0};
        swp_buf_printf(&what, "table %s refers to %s rows that are not there", table ? table : "",
                       parent ? parent : "");
        if (what.failed)
            res_sql_out_of_memory(&sql);
        else
            tell(check, what.text);
        swp_buf_deinit(&what);
        swp_free(table);
        swp_free(parent);
    }
    swp_buf_deinit(&text);
    return res_sql_close(&sql, err);
}

swp_status res_check_rows(res_store *store, const char *database, res_check *check, swp_err *err)
{
    int rc = add_functions(store->db);
    if (rc != SQLITE_OK)
        return res_sql_fail(store, rc, err);
    swp_status status = check_references(store, database, check, err);
    for (size_t i = 0; i < N_RULES && status == SWP_OK; i++)
        status = apply(store, &rules[i], database, check, err);
    return status;
}

static swp_status check_pages(res_store *store, res_check *check, swp_err *err)
{
    res_sql sql = res_sql_open(store, "PRAGMA quick_check(10)");
    while (res_sql_row(&sql)) {
        char *line = res_sql_text_at(&sql, 0);
        if (line && strcmp(line, "ok") != 0)
            tell(check, line);
        swp_free(line);
    }
    return res_sql_close(&sql, err);
}

typedef bool bytes_check(const void *bytes, size_t n);

/* `text` selects trials, steps and bytes, which are of the table's column. */
static swp_status check_bytes(res_store *store, const char *text, const char *column,
                              bytes_check *is_sound, res_check *check, swp_err *err)
{
    if (!is_sound)
        return SWP_OK;
    res_sql sql = res_sql_open(store, text);
    bool found = false;
    while (!found && res_sql_row(&sql)) {
        size_t n;
        void *bytes = res_sql_bytes_at(&sql, 2, &n);
        found = bytes && !is_sound(bytes, n);
        swp_free(bytes);
        if (!found)
            continue;
        char what[128];
        snprintf(what, sizeof what, "table %s, row %lld/%zu, column %s",
                 strcmp(column, "state") == 0 ? "state" : "weights",
                 (long long)res_sql_int_at(&sql, 0), res_sql_size_at(&sql, 1), column);
        tell(check, what);
    }
    return res_sql_close(&sql, err);
}

#define STATES_OF(what)                                                                            \
    "SELECT trial_id, step, state FROM state JOIN trial ON trial.id = trial_id "                   \
    "WHERE data_set_id IS " what " ORDER BY 1"

static swp_status check_contents(res_store *store, res_check *check, swp_err *err)
{
    swp_status status =
        check_bytes(store, "SELECT trial_id, step, safetensors FROM weights ORDER BY 1, 2",
                    "safetensors", check->is_model, check, err);
    if (status == SWP_OK)
        status = check_bytes(store, STATES_OF("NOT NULL"), "state", check->is_state, check, err);
    if (status == SWP_OK)
        status =
            check_bytes(store, STATES_OF("NULL"), "state", check->is_command_state, check, err);
    return status;
}

swp_status res_store_check(res_store *store, res_check *check, swp_err *err)
{
    check->n_found = 0;
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = check_pages(store, check, err);
    if (status == SWP_OK)
        status = res_check_rows(store, "main", check, err);
    if (status == SWP_OK)
        status = check_contents(store, check, err);
    res_snapshot_end(store);
    return status;
}
