#include "tests/results/fixture.h"

#include "results/store/sql.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/cmocka_all.h"

#define FIX_OK(call) assert_int_equal((call), SWP_OK)

int fixture_setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->folder, sizeof f->folder, "/tmp/sweep-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/sweep.db", f->folder);
    swp_err err;
    FIX_OK(res_store_open(f->path, RES_WRITE, &f->store, &err));
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    fixture *f = *state;
    res_store_close(f->store);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
        unlink(path);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

void fixture_reopen(fixture *f, res_mode mode)
{
    swp_err err;
    res_store_close(f->store);
    FIX_OK(res_store_open(f->path, mode, &f->store, &err));
}

static unsigned draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 24;
}

static const res_dimension searched[] = {
    {"train.learning_rate", "float", true, 1, 4, 0, NULL},
    {"model.embedding_dim", "ordinal", false, 0, 1, 1, "[2, 4]"}};
const res_search_spec study_search = {.strategy = "random",
                                      .objective = "val_loss",
                                      .stop = "none",
                                      .min_steps = 1,
                                      .max_steps = 6,
                                      .trials = 4,
                                      .confirm_best = 1,
                                      .confirm_seeds = 2,
                                      .dimensions = searched,
                                      .n_dimensions = 2};

void study_propose(res_store *store, const study *s, size_t number, const double *point)
{
    swp_err err;
    double copy[] = {point[0], point[1]};
    res_proposal made = {.number = number,
                         .strategy = "random",
                         .version = 1,
                         .max_steps = study_search.max_steps,
                         .cost = 1,
                         .failed_after = RES_NEVER,
                         .visible = RES_NEVER,
                         .point = copy};
    memset(made.history, 'a', sizeof made.history - 1);
    FIX_OK(res_proposal_add(store, s->revision, &made, 2, &err));
}

double study_train_loss(size_t salt, size_t epoch)
{
    return (double)(6400 / (salt + 1) + 640 / epoch) / 64;
}

size_t study_best_epoch(size_t salt)
{
    return 3 + salt % 3;
}

double study_val_loss(size_t salt, size_t epoch)
{
    size_t best = study_best_epoch(salt);
    size_t away = epoch > best ? epoch - best : best - epoch;
    return (double)(6000 / (salt + 1) + 100 * away) / 64;
}

void study_errors(size_t salt, size_t epoch, float *val, float *test, float *anomaly)
{
    uint32_t state = (uint32_t)(salt * 1000 + epoch);
    for (size_t i = 0; i < STUDY_ERRORS; i++) {
        val[i] = (float)draw(&state) / 8;
        test[i] = (float)draw(&state) / 8;
        anomaly[i] = (float)(draw(&state) + 100) / 8;
    }
}

/* The data set and the split that all trials have. */
typedef struct study_data {
    int64_t data, split;
} study_data;

static swp_status plan_trial(res_store *store, study *s, size_t dim, uint32_t seed,
                             const study_data *data, swp_err *err)
{
    char key[RES_KEY_SIZE], dim_text[16], seed_text[16];
    snprintf(key, sizeof key, "%s-%zu-%u", s->rate, dim, seed);
    snprintf(dim_text, sizeof dim_text, "%zu", dim);
    snprintf(seed_text, sizeof seed_text, "%u", seed);
    const res_pair params[] = {{"model.arch", "single"},
                               {"model.embedding_dim", dim_text},
                               {"train.learning_rate", s->rate},
                               {"train.seed", seed_text}};
    const res_trial_spec spec = {.key = key,
                                 .data = data->data,
                                 .split = data->split,
                                 .weights = STUDY_WEIGHTS * dim,
                                 .code = dim,
                                 .params = params,
                                 .n_params = 4,
                                 .budget = s->epochs[s->n_epochs - 1]};
    size_t number = ++s->n_trials;
    return res_trial_ensure(store, s->revision, number, &spec, &s->trials[number - 1], err);
}

static swp_status plan_evaluations(res_store *store, study *s, swp_err *err)
{
    enum { MOST = 4096 };
    static res_evaluation_spec evaluations[MOST];
    size_t n = 0;
    for (size_t t = 0; t < s->n_trials; t++)
        for (size_t e = 0; e < s->n_epochs; e++)
            for (size_t h = 0; h < s->n_thresholds; h++) {
                evaluations[n] = (res_evaluation_spec){
                    .number = n + 1, .trial = s->trials[t].id, .epochs = s->epochs[e]};
                FIX_OK(res_threshold_parse(s->thresholds[h], &evaluations[n].threshold, err));
                n++;
            }
    s->n_evaluations = n;
    return res_evaluations_ensure(store, s->revision, evaluations, n, &s->n_done, err);
}

/* Two normal test sequences and two anomalies are shown; the anomalies are of class 2. */
static swp_status add_split(res_store *store, int64_t data, int64_t *split, swp_err *err)
{
    uint32_t rows[3 * STUDY_ERRORS], classes[3 * STUDY_ERRORS];
    static const float series[STUDY_LENGTH];
    static const res_sample samples[] = {{RES_TEST, 0, series},
                                         {RES_TEST, 1, series},
                                         {RES_ANOMALY, 0, series},
                                         {RES_ANOMALY, 1, series}};
    res_split_spec spec = {
        .data = data, .samples = samples, .n_samples = STUDY_SAMPLES, .length = STUDY_LENGTH};
    for (uint32_t i = 0; i < 3 * STUDY_ERRORS; i++) {
        rows[i] = i;
        classes[i] = i / STUDY_ERRORS == RES_ANOMALY;
    }
    for (size_t i = 0; i < RES_SUBSETS; i++)
        spec.held_out[i] = (res_held_out){.rows = rows + i * STUDY_ERRORS,
                                          .classes = classes + i * STUDY_ERRORS,
                                          .n = STUDY_ERRORS};
    return res_split_ensure(store, &spec, split, err);
}

static swp_status begin_study(res_store *store, study *s, study_data *out, swp_err *err)
{
    static const float zeros[2 * STUDY_LENGTH];
    char epochs[16], dims[16];
    snprintf(epochs, sizeof epochs, "%zu", s->epochs[s->n_epochs - 1]);
    snprintf(dims, sizeof dims, "%zu", s->n_dims);
    const res_pair settings[] = {
        {"train.epochs", epochs}, {"dims", dims}, {"train.learning_rate", s->rate}};
    const res_pair environment[] = {{"program", "sweep 0.1.0"}, {"device", "cpu"}};
    const res_revision_spec revision = {.name = s->name,
                                        .ini_path = "experiments/test.ini",
                                        .settings = settings,
                                        .n_settings = 3,
                                        .environment = environment,
                                        .n_environment = 2,
                                        .fresh = s->fresh};
    const res_pair classes[] = {{"1", "2919"}, {"2", "1767"}};
    const res_data_spec spec = {.name = s->synthetic ? "ecg" : "ECG5000",
                                .source = s->synthetic ? "builtin:ecg" : "data/ECG5000",
                                .fingerprint = "0123456789abcdef0123456789abcdef",
                                .synthetic = s->synthetic,
                                .n_rows = 5000,
                                .length = STUDY_LENGTH,
                                .n_train = 2481,
                                .n_val = STUDY_ERRORS,
                                .n_test = STUDY_ERRORS,
                                .n_anomaly = STUDY_ERRORS,
                                .classes = classes,
                                .n_classes = 2,
                                .class_means = zeros,
                                .class_sds = zeros};
    swp_status status = res_revision_begin(store, &revision, &s->revision, &s->is_new, err);
    if (status == SWP_OK)
        status = res_data_ensure(store, &spec, &out->data, err);
    return status == SWP_OK ? add_split(store, out->data, &out->split, err) : status;
}

swp_status study_plan(res_store *store, study *s, swp_err *err)
{
    study_data data = {0};
    s->n_trials = 0;
    if (!s->rate)
        s->rate = "0.001";
    static const res_metric_spec metrics[] = {
        {"train_loss", false}, {"val_loss", false}, {"auroc", true}, {"auprc", true}};
    static const res_axis_spec axes[] = {{.key = "model.embedding_dim", .scale = "linear"},
                                         {.key = "train.seed", .scale = "linear", .is_seed = true}};
    swp_status status = begin_study(store, s, &data, err);
    if (status == SWP_OK)
        status = res_axes_record(store, s->revision, axes, 2, err);
    if (status == SWP_OK)
        status = res_metrics_ensure(store, s->revision, metrics, 4, err);
    for (size_t d = 0; d < s->n_dims; d++)
        for (size_t k = 0; k < s->n_seeds && status == SWP_OK; k++)
            status = plan_trial(store, s, s->dims[d], s->seeds[k], &data, err);
    return status == SWP_OK ? plan_evaluations(store, s, err) : status;
}

swp_status study_record(res_store *store, int64_t trial, size_t salt, size_t epoch, swp_err *err)
{
    float val[STUDY_ERRORS], test[STUDY_ERRORS], anomaly[STUDY_ERRORS];
    study_errors(salt, epoch, val, test, anomaly);
    char state[32];
    snprintf(state, sizeof state, "state %zu", epoch);
    const res_named_value values[] = {{"train_loss", study_train_loss(salt, epoch)},
                                      {"val_loss", study_val_loss(salt, epoch)}};
    const res_errors errors = {.val = val,
                               .test = test,
                               .anomaly = anomaly,
                               .n_val = STUDY_ERRORS,
                               .n_test = STUDY_ERRORS,
                               .n_anomaly = STUDY_ERRORS};
    res_step record = {.step = epoch,
                       .values = values,
                       .n_values = 2,
                       .train_s = 0.25,
                       .eval_s = 0.125,
                       .worker = salt + 1,
                       .begun_s = STUDY_BEGUN_S + (double)epoch,
                       .ended_s = STUDY_BEGUN_S + (double)epoch + 0.5,
                       .errors = &errors,
                       .state = state,
                       .state_bytes = strlen(state)};
    char weights[32];
    float reconstructions[STUDY_SAMPLES * STUDY_LENGTH] = {(float)salt, (float)epoch};
    snprintf(weights, sizeof weights, "weights %zu", epoch);
    if (epoch <= study_best_epoch(salt)) {
        record.weights = weights;
        record.weights_bytes = strlen(weights);
        record.reconstructions = reconstructions;
        record.n_reconstructions = STUDY_SAMPLES * STUDY_LENGTH;
    }
    return res_step_record(store, trial, &record, err);
}

void study_run(res_store *store, study *s)
{
    swp_err err;
    FIX_OK(study_plan(store, s, &err));
    for (size_t t = 0; t < s->n_trials; t++)
        for (size_t e = s->trials[t].steps_done + 1; e <= s->epochs[s->n_epochs - 1]; e++)
            FIX_OK(study_record(store, s->trials[t].id, t, e, &err));
}

int64_t query_int(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

int run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL),
                     SQLITE_OK);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return rc;
}

char *capture(writer *write, void *context)
{
    char *text = NULL;
    size_t size = 0;
    swp_err err;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(write(out, context, &err), SWP_OK);
    fclose(out);
    return text;
}

study study_small(void)
{
    return (study){.name = "small",
                   .dims = {2, 4},
                   .n_dims = 2,
                   .seeds = {42},
                   .n_seeds = 1,
                   .epochs = {2, 6},
                   .n_epochs = 2,
                   .thresholds = {"20", "p90", "best_f1"},
                   .n_thresholds = 3};
}

study study_many(const char *name)
{
    static const char *const thresholds[] = {"5", "10", "15", "20", "25", "30", "p90", "p95"};
    study s = {.name = name, .n_dims = 7, .n_seeds = 7, .n_epochs = 8, .n_thresholds = 8};
    for (size_t i = 0; i < 8; i++) {
        s.dims[i] = i + 2;
        s.seeds[i] = (uint32_t)i;
        s.epochs[i] = i + 1;
        s.thresholds[i] = thresholds[i];
    }
    return s;
}

size_t fixture_count_work(res_store *store)
{
    size_t n = 0;
    for (sqlite3_stmt *s = sqlite3_next_stmt(store->db, NULL); s;
         s = sqlite3_next_stmt(store->db, s))
        n += (size_t)sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
    return n;
}
