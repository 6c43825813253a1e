/* Training steps and evaluation through the engine's interface. */
#include <stdio.h>
#include <string.h>

#include "engine/data/dataset.h"
#include "runner/backend/state.h"
#include "tests/bench/bench.h"

#define T           140
#define MODELS_MOST 16
#define ORDER_MOST  4096 /* sequences of one repetition */
#define EVALUATE_ROWS                                                                              \
    2519 /* test and validation rows with all anomalies of the heartbeat study                     \
          */
#define SETTLING_STEPS 100
#define SHORTEST_US    10000 /* least time of a repetition, so that the clock does not matter */

/* What is measured, and the data of repetitions. */
typedef struct bout {
    const eng_api *api;
    eng_cohort *cohort;
    roof_step step;
    uint32_t order[ORDER_MOST];
    size_t n; /* of the order */
    double loss[MODELS_MOST];
    float errors[EVALUATE_ROWS];
} bout;

/* The engine's part of the benchmark: where results go, and the data. */
typedef struct engine_bench {
    const bench_options *options;
    bench_table *table;
    eng_dataset *set;
    const eng_api *api;
    eng_engine *engine; /* of the instruction set in turn */
    eng_info info;
} engine_bench;

static swp_status init_model(bout *b, size_t model, swp_err *err)
{
    eng_layout layout = eng_layout_of(b->step.shape);
    run_state state;
    swp_status status = run_state_init(&state, layout.total, &(eng_info){0}, err);
    if (status != SWP_OK)
        return status;
    eng_rng rng;
    eng_rng_seed(&rng, (uint32_t)(42 + model));
    eng_init_weights(&layout, &rng, state.values.weights);
    status = b->api->set_state(b->cohort, model, &state.values, err);
    run_state_deinit(&state);
    return status;
}

static size_t two_cores(const void *context)
{
    (void)context;
    return 2;
}

/* A cohort with fresh weights; b->step says of what. Caller: api->cohort_destroy. */
static swp_status bout_init(bout *b, const engine_bench *e, const roof_step *step, swp_err *err)
{
    *b = (bout){.api = e->api, .step = *step};
    for (size_t i = 0; i < ORDER_MOST; i++)
        b->order[i] = (uint32_t)(i % e->set->n_rows);
    eng_adam adam[MODELS_MOST];
    for (size_t k = 0; k < MODELS_MOST; k++)
        adam[k] = (eng_adam){.learning_rate = 1e-3};
    eng_cohort_spec spec = {
        .shape = step->shape,
        .loss = ENG_L1,
        .batch_size = step->batch,
        .n_models = step->models,
        .adam = adam,
        .series = {e->set->values, e->set->n_rows, e->set->length},
    };
    if (step->cores > 1)
        spec.cores.count = two_cores;
    swp_status status = e->api->cohort_create(e->engine, &spec, &b->cohort, err);
    for (size_t k = 0; k < step->models && status == SWP_OK; k++)
        status = init_model(b, k, err);
    return status;
}

static swp_status train(void *context, swp_err *err)
{
    bout *b = context;
    return b->api->train_epoch(b->cohort, b->order, b->n, b->loss, err);
}

static swp_status evaluate(void *context, swp_err *err)
{
    bout *b = context;
    return b->api->evaluate(b->cohort, b->order, b->n, b->errors, err);
}

/* Choose enough steps per repetition for the clock, after the engine has decided whether several
 * cores are faster. */
static swp_status choose_steps(bout *b, swp_err *err)
{
    bench_times one;
    b->n = b->step.cores > 1 ? SETTLING_STEPS : 0;
    swp_status status = b->n > 0 ? train(b, err) : SWP_OK;
    b->n = b->step.batch;
    if (status == SWP_OK)
        status = bench_measure(train, b, 0, &one, err);
    if (status != SWP_OK)
        return status;
    double steps = SHORTEST_US / one.min_us, most = ORDER_MOST / (double)b->step.batch;
    b->n = b->step.batch * (size_t)(steps < 1 ? 1 : steps > most ? most : steps);
    return SWP_OK;
}

static const roofline *roof_of(const bench_table *table, const char *isa)
{
    size_t i = 0;
    while (i + 1 < table->n_roofs && strcmp(table->isas[i], isa) != 0)
        i++;
    return &table->roofs[i];
}

static swp_status measure_step(engine_bench *e, const roof_step *step, swp_err *err)
{
    bench_row row = {.kind = BENCH_STEP};
    snprintf(row.name, sizeof row.name, "%s E=%zu batch %zu%s%s", eng_arch_name(step->shape.arch),
             step->shape.embedding_dim, step->batch, step->models > 1 ? ", of 16" : "",
             step->cores > 1 ? ", shared" : "");
    snprintf(row.isa, sizeof row.isa, "%s", e->info.isa);
    if (!bench_wants(e->options, row.name))
        return SWP_OK;

    static bout b;
    swp_status status = bout_init(&b, e, step, err);
    if (status == SWP_OK)
        status = choose_steps(&b, err);
    if (status == SWP_OK)
        status = bench_measure(train, &b, bench_budget(e->options), &row.times, err);
    e->api->cohort_destroy(b.cohort);
    if (status != SWP_OK)
        return swp_wrap(err, "%s, %s", row.name, row.isa);
    row.times = bench_times_of_part(row.times, b.n / step->batch * step->models);
    row.roof_us = roofline_step_us(roof_of(e->table, row.isa), step) / (double)step->models;
    bench_table_add(e->table, &row);
    return SWP_OK;
}

static swp_status measure_steps(engine_bench *e, swp_err *err)
{
    static const size_t dims[] = {2, 4, 8, 16, 64, 128}, dims_quick[] = {2, 8, 64};
    static const size_t batches[] = {1, 8, 32, 256}, batches_quick[] = {1, 32};
    const size_t *dim = e->options->quick ? dims_quick : dims;
    const size_t *batch = e->options->quick ? batches_quick : batches;
    const size_t n = e->options->quick ? 3 : 6, n_batches = e->options->quick ? 2 : 4;
    swp_status status = SWP_OK;
    for (size_t arch = ENG_SINGLE; arch <= ENG_STACKED; arch++)
        for (size_t k = 0; k < n_batches; k++)
            for (size_t i = 0; i < n && status == SWP_OK; i++) {
                const roof_step step = {{(eng_arch)arch, dim[i]}, T, batch[k], 1, 1};
                /* Other batches than 1 and 32 are measured for one architecture only. */
                if (arch == ENG_SINGLE || batch[k] == 1 || batch[k] == 32)
                    status = measure_step(e, &step, err);
            }
    for (size_t E = 2; E <= 8 && status == SWP_OK; E *= 2)
        status = measure_step(e, &(roof_step){{ENG_SINGLE, E}, T, 1, MODELS_MOST, 1}, err);
    for (size_t arch = ENG_SINGLE; arch <= ENG_STACKED && status == SWP_OK; arch++)
        status = measure_step(e, &(roof_step){{(eng_arch)arch, 128}, T, 1, 1, 2}, err);
    return status;
}

static swp_status measure_evaluation(engine_bench *e, size_t E, swp_err *err)
{
    bench_row row = {.kind = BENCH_RATE, .count = EVALUATE_ROWS, .thing = "sequences"};
    snprintf(row.name, sizeof row.name, "evaluate %d, single E=%zu", EVALUATE_ROWS, E);
    snprintf(row.isa, sizeof row.isa, "%s", e->info.isa);
    if (!bench_wants(e->options, row.name))
        return SWP_OK;
    static bout b;
    const roof_step step = {{ENG_SINGLE, E}, T, 1, 1, 1};
    swp_status status = bout_init(&b, e, &step, err);
    b.n = EVALUATE_ROWS;
    if (status == SWP_OK)
        status = bench_measure(evaluate, &b, bench_budget(e->options), &row.times, err);
    e->api->cohort_destroy(b.cohort);
    if (status != SWP_OK)
        return swp_wrap(err, "%s, %s", row.name, row.isa);
    bench_table_add(e->table, &row);
    return SWP_OK;
}

/* Run a part on every instruction set that the engine opens, widest first, or on `only` one. */
static swp_status on_each_isa(engine_bench *e, const char *only,
                              swp_status (*part)(engine_bench *, swp_err *), swp_err *err)
{
    static const char *const isas[BENCH_MOST_ISAS] = {"amx", "avx512", "avx2", "portable"};
    swp_status status = SWP_OK;
    for (size_t i = 0; i < BENCH_MOST_ISAS && status == SWP_OK; i++) {
        if (only && strcmp(only, isas[i]) != 0)
            continue;
        status = e->api->open(&(eng_options){.isa = isas[i]}, &e->engine, err);
        if (status == SWP_UNAVAILABLE) {
            status = SWP_OK;
            continue;
        }
        if (status != SWP_OK)
            break;
        e->api->get_info(e->engine, &e->info);
        status = part(e, err);
        e->api->close(e->engine);
    }
    return status;
}

static swp_status measure_peaks(engine_bench *e, swp_err *err)
{
    bench_table *table = e->table;
    if (table->n_roofs == 0)
        table->machine = e->info;
    memcpy(table->isas[table->n_roofs], e->info.isa, sizeof table->isas[0]);
    return roofline_measure(e->info.isa, &table->roofs[table->n_roofs++], err);
}

/* Check that the engine opens the instruction set asked for. */
static swp_status check_isa(engine_bench *e, swp_err *err)
{
    const eng_options options = {.isa = e->options->isa};
    swp_status status = e->api->open(&options, &e->engine, err);
    if (status == SWP_OK)
        e->api->close(e->engine);
    return status;
}

static swp_status measure_evaluations(engine_bench *e, swp_err *err)
{
    swp_status status = measure_evaluation(e, 8, err);
    return status == SWP_OK ? measure_evaluation(e, 64, err) : status;
}

swp_status bench_engine(const bench_options *options, bench_table *table, swp_err *err)
{
    static engine_bench e;
    e = (engine_bench){.options = options, .table = table, .api = eng_cpu_api()};
    swp_status status = eng_dataset_load("builtin:ecg?rows=256", &e.set, err);
    if (status == SWP_OK)
        status = on_each_isa(&e, NULL, measure_peaks, err);
    if (status == SWP_OK && options->isa)
        status = check_isa(&e, err);
    if (status == SWP_OK) {
        bench_table_begin(table);
        status = on_each_isa(&e, options->isa, measure_steps, err);
    }
    if (status == SWP_OK)
        status = on_each_isa(&e, options->isa, measure_evaluations, err);
    eng_dataset_destroy(e.set);
    return status;
}

/* One case of bench_serve. */
static swp_status serve_case(engine_bench *e, const roof_step *step, bool evaluates,
                             double budget_s, swp_err *err)
{
    static bout b;
    bench_times times;
    swp_status status = bout_init(&b, e, step, err);
    if (status == SWP_OK && !evaluates)
        status = choose_steps(&b, err);
    if (evaluates)
        b.n = EVALUATE_ROWS;
    if (status == SWP_OK)
        status = bench_measure(evaluates ? evaluate : train, &b, budget_s, &times, err);
    e->api->cohort_destroy(b.cohort);
    if (status != SWP_OK)
        return status;
    size_t parts = evaluates ? b.n : b.n / step->batch * step->models;
    times = bench_times_of_part(times, parts);
    printf("{\"wall_us\": %.9g, \"cpu_us\": %.9g}\n", times.median_us, times.cpu_us);
    fflush(stdout);
    return SWP_OK;
}

swp_status bench_serve(const bench_options *options, swp_err *err)
{
    static engine_bench e;
    char line[256];
    e = (engine_bench){.options = options, .api = eng_cpu_api()};
    swp_status status = eng_dataset_load("builtin:ecg?rows=256", &e.set, err);
    while (status == SWP_OK && fgets(line, sizeof line, stdin)) {
        char kind[8], arch[8], isa[16];
        double budget_s;
        roof_step step = {.length = T};
        if (sscanf(line, "%7s %7s %zu %zu %zu %zu %15s %lf", kind, arch, &step.shape.embedding_dim,
                   &step.batch, &step.models, &step.cores, isa, &budget_s) != 8 ||
            step.models < 1 || step.models > MODELS_MOST || step.batch < 1 ||
            step.batch > ORDER_MOST) {
            status = swp_fail(err, SWP_FORMAT, "not a case: %s", line);
            break;
        }
        step.shape.arch = strcmp(arch, eng_arch_name(ENG_STACKED)) == 0 ? ENG_STACKED : ENG_SINGLE;
        const eng_options open = {.isa = strcmp(isa, "best") == 0 ? NULL : isa};
        status = e.api->open(&open, &e.engine, err);
        if (status != SWP_OK)
            break;
        status = serve_case(&e, &step, strcmp(kind, "eval") == 0, budget_s, err);
        e.api->close(e.engine);
    }
    eng_dataset_destroy(e.set);
    return status;
}
