#include "tests/plots/made_up.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "tests/support/cmocka_all.h"

enum { N_VAL = 40, N_TEST = 60, N_ANOMALY = 50, LENGTH = 140 };

/* Classes; the first is normal. The last ten anomalies are of the last class. */
enum { N_CLASSES = 3, N_LAST = 10, N_SAMPLES = 5 };
static const res_pair classes[N_CLASSES] = {{"1", "2919"}, {"2", "2000"}, {"it's", "1"}};

/* A linear congruential generator with the constants of Numerical Recipes; 0 <= result < 1. */
static double next_share(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) / 16777216.0;
}

/* The settings of a trial. */
typedef struct data_set {
    int64_t data, split;
} data_set;

/* One trial of the grid. */
typedef struct point {
    size_t number, dim;
    uint32_t seed;
    const char *rate, *batch; /* or NULL */
} point;

/* Rounded, so that golden files do not depend on the last bit of a machine's arithmetic. */
static double rounded(double value)
{
    return floor(value * 1024.0 + 0.5) / 1024.0;
}

/* A triangle wave of the class; -1 to 1. */
static float wave(size_t class, size_t time)
{
    double period = 20.0 * (double)(class + 1), at = (double)time / period;
    return (float)rounded(4 * fabs(at - floor(at + 0.5)) - 1);
}

static double loss_at(const point *p, size_t epoch)
{
    double least = 18.0 + 95.0 / (double)(p->dim + 1) + 2.0 * (p->seed - 42.0);
    return rounded(least + 60.0 / (double)(epoch + 1));
}

static void fill_errors(float *errors, size_t n, double middle, double spread, uint32_t *state)
{
    for (size_t i = 0; i < n; i++) {
        double sum = 0; /* about normal */
        for (int k = 0; k < 4; k++)
            sum += next_share(state) - 0.5;
        errors[i] = (float)rounded(middle * (1 + spread * sum));
    }
}

static size_t class_of_anomaly(size_t i)
{
    return i < N_ANOMALY - N_LAST ? 1 : 2;
}

/* Two of the normal class, two of the next, one of the last. */
static size_t class_of_sample(size_t i)
{
    return i / 2;
}

/* Flatter than the samples, less so the larger the dimension. */
static void reconstruct(const point *p, float out[N_SAMPLES * LENGTH])
{
    double scale = rounded(1 - 1 / (double)(p->dim + 1));
    for (size_t i = 0; i < N_SAMPLES * LENGTH; i++)
        out[i] = (float)rounded(scale * (double)wave(class_of_sample(i / LENGTH), i % LENGTH));
}

/* Two workers take turns; pauses are long. */
static void set_worker(const made_up *what, const point *p, res_step *record)
{
    record->worker = (p->number - 1) % 2 + 1;
    record->begun_s =
        1.7e9 + 0.75 * (double)((p->number - 1) / 2 * what->epochs + record->step - 1);
    if (what->paused && record->step > what->epochs / 2)
        record->begun_s += 1000;
    record->ended_s = record->begun_s + 0.75;
}

static void record_epoch(res_store *store, int64_t trial, const made_up *what, const point *p,
                         size_t epoch)
{
    static float series[N_SAMPLES * LENGTH];
    float val[N_VAL], test[N_TEST], anomaly[N_ANOMALY];
    uint32_t state = (uint32_t)(1000 * p->number + epoch);
    double loss = loss_at(p, epoch), jitter = next_share(&state);
    fill_errors(val, N_VAL, loss, 0.4, &state);
    fill_errors(test, N_TEST, loss, 0.4, &state);
    fill_errors(anomaly, N_ANOMALY, 90 + 0.4 * loss, 0.6, &state);
    const res_named_value values[] = {{"train_loss", loss},
                                      {"val_loss", rounded(loss + 1.5 * jitter)}};
    const res_errors errors = {
        val, test, anomaly, N_VAL, N_TEST, what->no_anomalies ? 0 : N_ANOMALY, NULL, 0};
    res_step record = {
        .step = epoch,
        .values = values,
        .n_values = 2,
        .train_s = 0.5,
        .eval_s = 0.1,
        .errors = &errors,
        .state = "state",
        .state_bytes = 5,
    };
    if (!what->old) {
        set_worker(what, p, &record);
        reconstruct(p, series);
        record.weights = "weights";
        record.weights_bytes = 7;
        record.reconstructions = series;
        record.n_reconstructions = (what->no_anomalies ? 2 : N_SAMPLES) * LENGTH;
    }
    swp_err err = {0};
    if (res_step_record(store, trial, &record, &err) != SWP_OK)
        fail_msg("%s", err.text);
}

static int64_t begin(res_store *store, const made_up *what)
{
    const res_pair settings[] = {{"name", what->name}};
    const res_metric_spec metrics[] = {
        {"train_loss", false}, {"val_loss", false}, {"auroc", true}, {"auprc", true}};
    res_axis_spec axes[4];
    size_t n = 0;
    axes[n++] = (res_axis_spec){.key = "model.embedding_dim", .scale = "log"};
    if (what->n_rates > 0)
        axes[n++] = (res_axis_spec){.key = "train.learning_rate", .scale = "log"};
    if (what->n_batches > 0)
        axes[n++] = (res_axis_spec){.key = "train.batch_size", .scale = "linear"};
    axes[n++] = (res_axis_spec){.key = "train.seed", .scale = "linear", .is_seed = true};
    res_revision_spec spec = {
        .name = what->name, .ini_path = "made_up.ini", .settings = settings, .n_settings = 1};
    int64_t revision;
    bool is_new;
    swp_err err = {0};
    if (res_revision_begin(store, &spec, &revision, &is_new, &err) != SWP_OK ||
        res_axes_record(store, revision, axes, n, &err) != SWP_OK ||
        res_metrics_ensure(store, revision, metrics, 4, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return revision;
}

static int64_t add_data(res_store *store, const made_up *what)
{
    static float means[N_CLASSES * LENGTH], sds[N_CLASSES * LENGTH];
    for (size_t i = 0; i < N_CLASSES * LENGTH; i++) {
        means[i] = wave(i / LENGTH, i % LENGTH);
        sds[i] = i / LENGTH == N_CLASSES - 1 ? NAN : 0.25f;
    }
    res_data_spec spec = {
        .name = "ECG5000",
        .source = "ECG5000",
        .fingerprint = "0123456789abcdef",
        .synthetic = what->synthetic,
        .n_rows = 5000,
        .length = LENGTH,
        .n_train = 2481,
        .n_val = N_VAL,
        .n_test = N_TEST,
        .n_anomaly = what->no_anomalies ? 0 : N_ANOMALY,
        .classes = classes,
        .n_classes = N_CLASSES,
        .class_means = what->old ? NULL : means,
        .class_sds = what->old ? NULL : sds,
    };
    int64_t data;
    swp_err err = {0};
    if (res_data_ensure(store, &spec, &data, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return data;
}

/* The split of the data, or 0, as in a store of an older program. */
static int64_t add_split(res_store *store, int64_t data, const made_up *what)
{
    static uint32_t rows[N_TEST + N_ANOMALY], normal[N_TEST], abnormal[N_ANOMALY];
    static float series[N_SAMPLES * LENGTH];
    res_sample samples[N_SAMPLES];
    for (uint32_t i = 0; i < N_TEST + N_ANOMALY; i++)
        rows[i] = i;
    for (size_t i = 0; i < N_ANOMALY; i++)
        abnormal[i] = (uint32_t)class_of_anomaly(i);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        size_t class = class_of_sample(i);
        for (size_t t = 0; t < LENGTH; t++)
            series[i * LENGTH + t] = wave(class, t);
        size_t index = class == 2 ? N_ANOMALY - N_LAST : i % 2;
        samples[i] = (res_sample){class == 0 ? RES_TEST : RES_ANOMALY, index, series + i * LENGTH};
    }
    res_split_spec spec = {
        .data = data,
        .held_out = {[RES_VAL] = {rows, normal, N_VAL},
                     [RES_TEST] = {rows, normal, N_TEST},
                     [RES_ANOMALY] = {rows + N_TEST, abnormal, what->no_anomalies ? 0 : N_ANOMALY}},
        .samples = samples,
        .n_samples = what->no_anomalies ? 2 : N_SAMPLES,
        .length = LENGTH,
    };
    int64_t split = 0;
    swp_err err = {0};
    if (!what->old && res_split_ensure(store, &spec, &split, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return split;
}

static int64_t add_trial(res_store *store, int64_t revision, const data_set *data,
                         const made_up *what, const point *p)
{
    char dim[24], seed[24], key[40];
    snprintf(dim, sizeof dim, "%zu", p->dim);
    snprintf(seed, sizeof seed, "%lu", (unsigned long)p->seed);
    snprintf(key, sizeof key, "trial %zu", p->number);
    /* init_after depends on the dimension, as by [when]: no chart may name it. */
    res_pair params[8] = {{"data.normal_class", "1"},
                          {"model.embedding_dim", dim},
                          {"train.init_after", dim},
                          {"train.loss", "l1"},
                          {"train.seed", seed}};
    size_t n = 5;
    if (p->rate)
        params[n++] = (res_pair){"train.learning_rate", p->rate};
    if (p->batch)
        params[n++] = (res_pair){"train.batch_size", p->batch};
    res_trial_spec spec = {
        .key = key,
        .data = data->data,
        .split = data->split,
        .params = params,
        .n_params = n,
        .budget = what->epochs,
    };
    res_trial_status status;
    swp_err err = {0};
    if (res_trial_ensure(store, revision, p->number, &spec, &status, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return status.id;
}

/* Append the evaluations of a trial. Returns how many. */
static size_t list_evaluations(const made_up *what, const point *p, int64_t trial,
                               res_evaluation_spec *out)
{
    size_t n = 0;
    swp_err err = {0};
    for (; n < MADE_UP_THRESHOLDS && what->thresholds[n]; n++) {
        out[n] = (res_evaluation_spec){.number = (p->number - 1) * MADE_UP_THRESHOLDS + n + 1,
                                       .trial = trial,
                                       .epochs = what->epochs};
        if (res_threshold_parse(what->thresholds[n], &out[n].threshold, &err) != SWP_OK)
            fail_msg("%s", err.text);
    }
    return n;
}

static void record_trial(res_store *store, int64_t revision, int64_t trial, const made_up *what,
                         const point *p)
{
    bool fails = p->number == what->fails, stops = what->halved && p->number % 3 != 1;
    size_t last = fails            ? what->epochs / 2
                  : stops          ? what->epochs / 3
                  : what->recorded ? what->recorded
                                   : what->epochs;
    for (size_t epoch = 1; epoch <= last; epoch++)
        record_epoch(store, trial, what, p, epoch);
    swp_err err = {0};
    if (stops && res_trial_set_state(store, revision, trial, RES_STOPPED, "rung 1", &err) != SWP_OK)
        fail_msg("%s", err.text);
    res_event_spec event = {"failed", "non-finite loss", trial, (p->number - 1) % 2 + 1};
    if (fails && (res_trial_set_state(store, revision, trial, RES_FAILED, "non-finite loss",
                                      &err) != SWP_OK ||
                  res_event_add(store, revision, &event, &err) != SWP_OK))
        fail_msg("%s", err.text);
}

/* The i-th point of the grid; the last axis varies fastest. */
static point point_at(const made_up *what, size_t i)
{
    size_t n_seeds = what->n_seeds ? what->n_seeds : 1, n_rates = what->n_rates ? what->n_rates : 1;
    size_t n_batches = what->n_batches ? what->n_batches : 1;
    return (point){
        .number = i + 1,
        .dim = what->dims[i / (n_rates * n_batches * n_seeds) % what->n_dims],
        .seed = (uint32_t)(42 + i % n_seeds),
        .rate = what->n_rates ? what->rates[i / n_seeds / n_batches % n_rates] : NULL,
        .batch = what->n_batches ? what->batches[i / n_seeds % n_batches] : NULL,
    };
}

static void fill(res_store *store, const made_up *what)
{
    int64_t revision = begin(store, what);
    data_set data = {.data = add_data(store, what)};
    data.split = add_split(store, data.data, what);
    size_t n_trials = what->n_dims * (what->n_seeds ? what->n_seeds : 1) *
                      (what->n_rates ? what->n_rates : 1) * (what->n_batches ? what->n_batches : 1);
    int64_t *trials = swp_alloc(n_trials, sizeof *trials);
    res_evaluation_spec *evaluations =
        swp_alloc(n_trials, MADE_UP_THRESHOLDS * sizeof *evaluations);
    size_t n = 0, n_done;
    swp_err err = {0};
    assert_true(trials && evaluations);
    for (size_t i = 0; i < n_trials; i++) {
        point p = point_at(what, i);
        trials[i] = add_trial(store, revision, &data, what, &p);
        n += list_evaluations(what, &p, trials[i], evaluations + n);
    }
    if (res_evaluations_ensure(store, revision, evaluations, n, &n_done, &err) != SWP_OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n_trials; i++) {
        point p = point_at(what, i);
        record_trial(store, revision, trials[i], what, &p);
    }
    swp_free(trials);
    swp_free(evaluations);
}

made_up made_up_like(const made_up *all, const char *name, size_t n_dims, size_t n_rates,
                     size_t n_batches, size_t epochs)
{
    made_up like = *all;
    like.name = name;
    like.n_dims = n_dims;
    like.n_rates = n_rates;
    like.n_batches = n_batches;
    like.epochs = epochs;
    return like;
}

res_store *made_up_store(const char *path, const made_up *what)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[1024];
        snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
        unlink(file);
    }
    res_store *store;
    swp_err err = {0};
    if (res_store_open(path, RES_WRITE, &store, &err) != SWP_OK ||
        res_store_begin(store, &err) != SWP_OK)
        fail_msg("%s", err.text);
    fill(store, what);
    if (res_store_commit(store, &err) != SWP_OK)
        fail_msg("%s", err.text);
    return store;
}
