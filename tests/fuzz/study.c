#include "tests/fuzz/study.h"

#include <cJSON.h>
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

/* --- a whole study ------------------------------------------------------------------------------
 */

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

static uint8_t *make_study(res_mode mode, size_t *size)
{
    void *state = NULL;
    fixture_setup(&state);
    fixture *f = state;
    fixture_reopen(f, mode);
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
    uint8_t *whole = malloc(1 << 20);
    FUZZ_CHECK(file && whole);
    *size = fread(whole, 1, 1 << 20, file);
    FUZZ_CHECK(*size > 0 && *size < 1 << 20);
    fclose(file);
    fixture_teardown(&state);
    return whole;
}

const uint8_t *fuzz_study(res_mode mode, size_t *size)
{
    static uint8_t *made[2];
    static size_t sizes[2];
    size_t i = mode == RES_SHARD;
    if (!made[i])
        made[i] = make_study(mode, &sizes[i]);
    *size = sizes[i];
    return made[i];
}

/* --- damage ------------------------------------------------------------------------------------
 */

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

void fuzz_damage_row(sqlite3 *db, char *line)
{
    if (*line != '-') {
        set_column(db, line);
        return;
    }
    char *sql = sqlite3_mprintf("DELETE FROM \"%w\"", line + 1);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
}

void fuzz_check_read(swp_status status, const swp_err *err)
{
    static const swp_status refusals[] = {SWP_DB, SWP_IO, SWP_CONFIG};
    fuzz_check_refusal(status, err, refusals, sizeof refusals / sizeof refusals[0]);
}

/* --- reading -----------------------------------------------------------------------------------
 */

static FILE *out;
static char *printed;
static size_t printed_size;

/* Check the output: a refusal is well-formed, an object is JSON. */
static void finish(swp_status status, const swp_err *err, bool json)
{
    fclose(out);
    if (status != SWP_OK)
        fuzz_check_read(status, err);
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
        fuzz_check_read(status, err);
    return status == SWP_OK;
}

/* Indexes read of a split are within its rows. */
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

/* One export, the list, one trial, or a report. */
static void write_one(res_store *store, size_t which)
{
    swp_err err = {0};
    enum { EXPORTS = RES_EXPORT_ERRORS + 1 };
    if (which == EXPORTS + 2 || which == EXPORTS + 3) {
        report(store, which == EXPORTS + 2 ? RES_TABLE : RES_JSON, which == EXPORTS + 2);
        return;
    }
    bool json = which != EXPORTS;
    swp_status status;
    begin();
    if (which < EXPORTS)
        status = res_export_write(store, NULL, (res_export_what)which, RES_JSON, out, &err);
    else if (which == EXPORTS)
        status = res_list_write(store, RES_MD, out, &err);
    else
        status = res_show_write(store, NULL, 1, RES_JSON, out, &err);
    finish(status, &err, json);
}

enum { WRITERS = RES_EXPORT_ERRORS + 5 };

void fuzz_read_store(res_store *store)
{
    read_facts(store);
    for (size_t which = 0; which < WRITERS; which++)
        write_one(store, which);
}

void fuzz_read_some(res_store *store, uint64_t choice)
{
    read_facts(store);
    write_one(store, choice % WRITERS);
}
