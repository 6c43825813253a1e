/* A store that somebody damaged, read by everything that reads stores. An input is lines, each one
 * damage to a small finished study:
 *   @OFFSET:HEX          bytes of the file
 *   TABLE.COLUMN=VALUE   a column in all rows: NULL, a number, 'text, or xN for a blob of N zeros
 *   TABLE.COLUMN!VALUE   the same only in rows that have the first row's value
 *   -TABLE               all rows of a table gone
 *   SQL                  any other line that begins with CREATE or DROP */
#include <cJSON.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/query/study.h"
#include "results/report/report.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pool.h"
#include "tests/results/fixture.h"

static const swp_status refusals[] = {SWP_DB, SWP_IO, SWP_CONFIG};

/* --- memory of the libraries, in a search -------------------------------------------------------
 */

static void *take(int size)
{
    return pool_alloc((size_t)size);
}

static void *resize(void *block, int size)
{
    return pool_resize(block, (size_t)size);
}

static int size_of(void *block)
{
    return (int)pool_size(block);
}

static int round_up(int size)
{
    return (size + 7) / 8 * 8;
}

static int start_pool(void *context)
{
    (void)context;
    return SQLITE_OK;
}

static void end_pool(void *context)
{
    (void)context;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const sqlite3_mem_methods methods = {take,     pool_free,  resize,   size_of,
                                                round_up, start_pool, end_pool, NULL};
    cJSON_Hooks hooks = {pool_alloc, pool_free};
    (void)argc, (void)argv;
    FUZZ_CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
    FUZZ_CHECK(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
    FUZZ_CHECK(sqlite3_config(SQLITE_CONFIG_SINGLETHREAD) == SQLITE_OK);
    cJSON_InitHooks(&hooks);
    return 0;
}

/* --- the whole store, made once ----------------------------------------------------------------
 */

static uint8_t *whole;
static size_t whole_size;

static void drop_triggers(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    char names[64][128];
    size_t n = 0;
    FUZZ_CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    FUZZ_CHECK(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'", -1,
                                  &stmt, NULL) == SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW && n < 64)
        snprintf(names[n++], sizeof names[0], "DROP TRIGGER \"%s\"",
                 (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    for (size_t i = 0; i < n; i++)
        FUZZ_CHECK(sqlite3_exec(db, names[i], NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void make_whole(void)
{
    void *state = NULL;
    fixture_setup(&state);
    fixture *f = state;
    study s = {.name = "fuzz",
               .dims = {2},
               .n_dims = 1,
               .seeds = {1, 2},
               .n_seeds = 2,
               .epochs = {1, 2},
               .n_epochs = 2,
               .thresholds = {"20", "p95"},
               .n_thresholds = 2};
    study_run(f->store, &s);
    res_store_close(f->store);
    f->store = NULL;
    drop_triggers(f->path); /* they would undo the damage */
    FUZZ_CHECK(run_sql(f->path, "PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE; VACUUM") ==
               SQLITE_OK);
    FILE *file = fopen(f->path, "rb");
    whole = malloc(1 << 20);
    FUZZ_CHECK(file && whole);
    whole_size = fread(whole, 1, 1 << 20, file);
    FUZZ_CHECK(whole_size > 0 && whole_size < 1 << 20);
    fclose(file);
    fixture_teardown(&state);
}

/* --- damage ------------------------------------------------------------------------------------
 */

static void patch(uint8_t *image, const char *line)
{
    unsigned offset, byte;
    int n = 0;
    if (sscanf(line, "%u:%n", &offset, &n) != 1)
        return;
    for (line += n; n > 0 && offset < whole_size && sscanf(line, "%2x", &byte) == 1; line += 2) {
        image[offset++] = (uint8_t)byte;
        if (!line[1])
            return;
    }
}

static void bind_value(sqlite3_stmt *stmt, const char *text)
{
    double number;
    int64_t whole_number;
    if (*text == '\'')
        sqlite3_bind_text(stmt, 1, text + 1, -1, SQLITE_STATIC);
    else if (*text == 'x' && swp_parse_int(text + 1, 0, 4096, &whole_number))
        sqlite3_bind_zeroblob(stmt, 1, (int)whole_number);
    else if (swp_parse_int(text, INT64_MIN, INT64_MAX, &whole_number))
        sqlite3_bind_int64(stmt, 1, whole_number);
    else if (swp_parse_double(text, &number))
        sqlite3_bind_double(stmt, 1, number);
}

static void set_column(sqlite3 *db, char *line)
{
    char *dot = strchr(line, '.'), *end = dot ? strpbrk(dot, "=!") : NULL;
    if (!end)
        return;
    bool first = *end == '!';
    *dot = *end = '\0';
    char *sql = sqlite3_mprintf("UPDATE \"%w\" SET \"%w\" = ?1", line, dot + 1);
    char *limited = sqlite3_mprintf("%s WHERE \"%w\" IS (SELECT \"%w\" FROM \"%w\" LIMIT 1)", sql,
                                    dot + 1, dot + 1, line);
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, first ? limited : sql, -1, &stmt, NULL) == SQLITE_OK) {
        bind_value(stmt, end + 1);
        sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    sqlite3_free(limited);
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
    if (*line == '-') {
        char *sql = sqlite3_mprintf("DELETE FROM \"%w\"", line + 1);
        sqlite3_exec(db, sql, NULL, NULL, NULL);
        sqlite3_free(sql);
    } else if (strncmp(line, "CREATE ", 7) == 0 || strncmp(line, "DROP ", 5) == 0) {
        sqlite3_exec(db, line, NULL, NULL, NULL);
    } else {
        set_column(db, line);
    }
}

/* The store with the damage that the lines say: what SQL can do first, then the bytes. */
static const char *damage(char *text)
{
    sqlite3 *db = NULL;
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
        patch(changed, patches[i]);
    const char *path = fuzz_file("sweep.db", changed, (size_t)size);
    sqlite3_free(changed);
    sqlite3_close(db);
    return path;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static FILE *out;
static char *printed;
static size_t printed_size;

/* Judge what was printed: a refusal is well put, an object is JSON. */
static void finish(swp_status status, const swp_err *err, bool json)
{
    fclose(out);
    if (status != SWP_OK)
        fuzz_check_refusal(status, err, refusals, sizeof refusals / sizeof refusals[0]);
    for (size_t n, i = 0; status == SWP_OK && i < printed_size; i += n) {
        n = printed[i] == '\n' ? 1 : swp_utf8_length(printed + i);
        FUZZ_CHECK(n > 0);
    }
    if (status == SWP_OK && json) {
        cJSON *object = cJSON_Parse(printed);
        FUZZ_CHECK(object != NULL);
        cJSON_Delete(object);
    }
    free(printed);
}

static void begin(void)
{
    printed = NULL;
    out = open_memstream(&printed, &printed_size);
    FUZZ_CHECK(out != NULL);
}

static void report(res_store *store, res_format format, bool as_planned)
{
    static const res_threshold thresholds[] = {{.kind = RES_THRESHOLD_YOUDEN},
                                               {.kind = RES_THRESHOLD_PERCENTILE, .value = 50}};
    static const size_t epochs[] = {1, 2};
    res_report_options options = {.format = format, .wide = true, .all = true};
    if (!as_planned)
        options.filter = (res_evaluation_filter){thresholds, 2, epochs, 2};
    swp_err err = {0};
    begin();
    finish(res_report_write(store, NULL, &options, out, &err), &err, format == RES_JSON);
}

static bool judged(swp_status status, const swp_err *err)
{
    if (status != SWP_OK)
        fuzz_check_refusal(status, err, refusals, sizeof refusals / sizeof refusals[0]);
    return status == SWP_OK;
}

/* Whatever is read of a split is within what there is of it. */
static void read_split(res_store *store, const res_trial *t)
{
    swp_err err = {0};
    res_class *classes;
    res_held_out held_out[RES_SUBSETS];
    res_samples samples;
    size_t n_classes;
    void *block;
    bool known = judged(res_classes_list(store, t->data_set, &classes, &n_classes, &err), &err);
    for (size_t i = 0; known && i < n_classes; i++)
        FUZZ_CHECK((classes[i].length > 0) <= (classes[i].mean != NULL && classes[i].sd != NULL));
    if (known)
        res_classes_free(classes, n_classes);
    if (!judged(res_held_out_load(store, t->split, held_out, &block, &err), &err))
        return;
    for (int subset = 0; known && subset < RES_SUBSETS; subset++)
        for (size_t i = 0; i < held_out[subset].n; i++)
            FUZZ_CHECK(held_out[subset].classes[i] < n_classes);
    if (judged(res_samples_load(store, t->split, &samples, &err), &err)) {
        for (size_t i = 0; i < samples.n; i++)
            FUZZ_CHECK(samples.list[i].index < held_out[samples.list[i].subset].n);
        res_samples_deinit(&samples);
    }
    swp_free(block);
}

static void read_model(res_store *store, int64_t trial)
{
    swp_err err = {0};
    void *weights;
    float *series;
    size_t n;
    if (judged(res_weights_load(store, trial, 2, &weights, &n, &err), &err))
        swp_free(weights);
    if (judged(res_reconstructions_load(store, trial, 2, &series, &n, &err), &err))
        swp_free(series);
}

static void read_facts(res_store *store)
{
    swp_err err = {0};
    res_study read;
    res_span *spans;
    res_event *events;
    res_score *scores;
    size_t n;
    bool known = judged(res_study_load(store, NULL, &read, &err), &err);
    for (size_t i = 0; known && i < read.n_trials; i++) {
        const res_trial *t = &read.trials[i];
        read_split(store, t);
        read_model(store, t->id);
        for (size_t p = 0; p < read.n_params; p++)
            FUZZ_CHECK(read.params[p].of[i] < read.params[p].n_values);
        for (size_t k = 0; k < t->n_steps; k++)
            FUZZ_CHECK(t->best_steps[k] >= 1 && t->best_steps[k] <= k + 1);
        if (judged(res_scores_list(store, &read, i, NULL, &scores, &n, &err), &err))
            swp_free(scores);
    }
    int64_t revision = read.experiment.revision_id;
    if (known && judged(res_spans_list(store, revision, &spans, &n, &err), &err))
        swp_free(spans);
    if (known && judged(res_events_list(store, revision, &events, &n, &err), &err))
        res_events_free(events, n);
    res_study_deinit(&read);
}

static void read_all(res_store *store)
{
    swp_err err = {0};
    read_facts(store);
    report(store, RES_TABLE, true);
    report(store, RES_JSON, false);
    begin();
    finish(res_list_write(store, RES_MD, out, &err), &err, false);
    begin();
    finish(res_show_write(store, NULL, 1, RES_JSON, out, &err), &err, true);
    for (res_export_what what = RES_EXPORT_EVALUATIONS; what <= RES_EXPORT_ERRORS; what++) {
        begin();
        finish(res_export_write(store, NULL, what, RES_JSON, out, &err), &err, true);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!whole)
        make_whole();
    char *text = fuzz_text(bytes, size);
    res_store *store;
    swp_err err = {0};
    swp_status status = res_store_open(damage(text), RES_READ, &store, &err);
    if (status == SWP_OK)
        read_all(store);
    else
        fuzz_check_refusal(status, &err, refusals, sizeof refusals / sizeof refusals[0]);
    res_store_close(store);
    free(text);
    return 0;
}
