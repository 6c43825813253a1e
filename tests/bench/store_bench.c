/* Enrolling evaluations, recording epochs, finishing evaluations, exporting them. */
#include <stdio.h>

#include "engine/base/mem.h"
#include "results/report/report.h"
#include "runner/backend/state.h"
#include "tests/bench/bench.h"
#include "tests/bench/study.h"

/* Errors of one epoch: as many rows as the embedding study holds out. */
#define N_VAL  293
#define N_TEST 145
/* Samples of ECG5000: three normal ones and three of each of four classes. */
#define N_RECONSTRUCTED (15 * 140)

static swp_status enrol(void *context, swp_err *err)
{
    return study_enrol(context, err);
}

static swp_status measure_enrol(const bench_options *options, bench_table *table, swp_err *err)
{
    bench_row row = {
        .kind = BENCH_RATE, .name = "enrol 100,000 evaluations", .thing = "evaluations"};
    if (!bench_wants(options, row.name))
        return SWP_OK;
    bench_study s;
    swp_status status = study_init(&s, STUDY_WIDE, err);
    row.count = (double)s.plan.n_evaluations;
    if (status == SWP_OK)
        status = bench_measure(enrol, &s, bench_budget(options), &row.times, err);
    if (status == SWP_OK)
        bench_table_add(table, &row);
    study_deinit(&s);
    return status;
}

/* One trial's epochs, with errors and a state of its shape. */
typedef struct recording {
    res_store *store;
    int64_t trial;
    size_t n_epochs, max_epochs;
    void *state;
    size_t state_bytes;
    float val[N_VAL], test[N_TEST], anomaly[N_TEST];
    size_t n_test, n_anomaly;
    float reconstructions[N_RECONSTRUCTED];
} recording;

static swp_status record(void *context, swp_err *err)
{
    recording *r = context;
    if (r->n_epochs == r->max_epochs)
        return swp_fail(err, SWP_INTERNAL, "more epochs than the study has");
    size_t n = ++r->n_epochs;
    const res_named_value values[] = {{"train_loss", 100.0 / (double)n},
                                      {"val_loss", 100.0 / (double)n}};
    const res_errors errors = {.val = r->val,
                               .test = r->test,
                               .anomaly = r->anomaly,
                               .n_val = N_VAL,
                               .n_test = r->n_test,
                               .n_anomaly = r->n_anomaly};
    const res_step step = {
        .step = n,
        .values = values,
        .n_values = 2,
        .train_s = 0.1,
        .eval_s = 0.01,
        .errors = &errors,
        .state = r->state,
        .state_bytes = r->state_bytes,
        .weights = r->state, /* each step is the best so far */
        .weights_bytes = r->state_bytes / 3,
        .reconstructions = r->reconstructions,
        .n_reconstructions = N_RECONSTRUCTED,
    };
    return res_step_record(r->store, r->trial, &step, err);
}

/* owns out->state: swp_free */
static swp_status begin_recording(const bench_study *s, size_t trial, recording *out, swp_err *err)
{
    const run_trial *planned = &s->plan.trials[trial];
    *out = (recording){.store = s->store,
                       .trial = s->study.trials[trial].id,
                       .max_epochs = planned->max_epochs,
                       .n_test = N_TEST,
                       .n_anomaly = N_TEST};
    out->state_bytes = run_state_size(eng_layout_of(planned->settings.shape).total);
    out->state = swp_alloc(out->state_bytes, 1);
    if (!out->state)
        return swp_fail(err, SWP_NOMEM, "no memory for a state");
    for (size_t i = 0; i < N_VAL; i++)
        out->val[i] = out->test[i % N_TEST] = out->anomaly[i % N_TEST] = 20 + (float)i / 8;
    return SWP_OK;
}

static swp_status measure_record(const bench_study *s, size_t trial, double budget_s,
                                 bench_row *row, swp_err *err)
{
    static recording r;
    swp_status status = begin_recording(s, trial, &r, err);
    if (status == SWP_OK)
        status = bench_measure(record, &r, budget_s, &row->times, err);
    swp_free(r.state);
    return status;
}

/* Record epochs of both trials of a study with one evaluation each. */
static swp_status measure_epochs(const bench_options *options, bench_table *table, swp_err *err)
{
    static const char *const names[] = {"record an epoch, E=8", "record an epoch, E=128"};
    bench_study s;
    swp_status status = study_init(&s, STUDY_DEEP, err);
    if (status == SWP_OK)
        status = study_enrol(&s, err);
    for (size_t i = 0; i < 2 && status == SWP_OK; i++) {
        bench_row row = {.kind = BENCH_RATE, .count = 1, .thing = "epochs"};
        snprintf(row.name, sizeof row.name, "%s", names[i]);
        if (!bench_wants(options, row.name))
            continue;
        status = measure_record(&s, i, bench_budget(options), &row, err);
        if (status == SWP_OK)
            bench_table_add(table, &row);
    }
    study_deinit(&s);
    return status;
}

/* Record epochs that finish a hundred evaluations each. */
static swp_status measure_finish(const bench_options *options, bench_table *table, swp_err *err)
{
    bench_row row = {
        .kind = BENCH_RATE, .name = "finish 100 evaluations", .count = 100, .thing = "evaluations"};
    if (!bench_wants(options, row.name))
        return SWP_OK;
    bench_study s;
    swp_status status = study_init(&s, STUDY_WIDE, err);
    if (status == SWP_OK)
        status = study_enrol(&s, err);
    if (status == SWP_OK) /* three repetitions: a trial of this study has ten epochs */
        status = measure_record(&s, 0, 0, &row, err);
    if (status == SWP_OK)
        bench_table_add(table, &row);
    study_deinit(&s);
    return status;
}

static swp_status record_all(const bench_study *s, swp_err *err)
{
    static recording r;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < s->plan.n_trials && status == SWP_OK; i++) {
        const eng_split *split = &s->plan.splits[s->plan.trials[i].split].split;
        status = begin_recording(s, i, &r, err);
        r.n_test = split->n_test < N_TEST ? split->n_test : N_TEST; /* a score counts no more */
        r.n_anomaly = split->n_anomaly < N_TEST ? split->n_anomaly : N_TEST;
        while (status == SWP_OK && r.n_epochs < r.max_epochs)
            status = record(&r, err);
        swp_free(r.state);
    }
    return status;
}

static swp_status export_all(void *context, swp_err *err)
{
    bench_study *s = context;
    FILE *out = fopen("/dev/null", "w");
    if (!out)
        return swp_fail(err, SWP_IO, "cannot open /dev/null");
    swp_status status = res_export_write(s->store, NULL, RES_EXPORT_EVALUATIONS, RES_CSV, out, err);
    fclose(out);
    return status;
}

static swp_status measure_export(const bench_options *options, bench_table *table, swp_err *err)
{
    bench_row row = {.kind = BENCH_RATE, .name = "export 100,000 evaluations", .thing = "rows"};
    if (!bench_wants(options, row.name))
        return SWP_OK;
    bench_study s;
    swp_status status = study_init(&s, STUDY_WIDE, err);
    row.count = (double)s.plan.n_evaluations;
    if (status == SWP_OK)
        status = study_enrol(&s, err);
    if (status == SWP_OK)
        status = record_all(&s, err);
    if (status == SWP_OK)
        status = bench_measure(export_all, &s, bench_budget(options), &row.times, err);
    if (status == SWP_OK)
        bench_table_add(table, &row);
    study_deinit(&s);
    return status;
}

swp_status bench_store(const bench_options *options, bench_table *table, swp_err *err)
{
    swp_status status = measure_enrol(options, table, err);
    if (status == SWP_OK)
        status = measure_epochs(options, table, err);
    if (status == SWP_OK)
        status = measure_finish(options, table, err);
    return status == SWP_OK ? measure_export(options, table, err) : status;
}
