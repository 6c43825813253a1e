/* Proposals of tpe after 200 trials: at most 1 ms over floats, 2 ms over ints. */
#include <stdio.h>

#include "runner/search/tpe.h"
#include "tests/bench/bench.h"

#define N_TRIALS 200u
#define N_DIMS   5u

typedef struct finished {
    run_dim dims[N_DIMS];
    run_space space;
    double points[N_TRIALS][N_DIMS];
    run_proposal history[N_TRIALS];
} finished;

static double value_of(const run_dim *dims, const double *point)
{
    double sum = 0;
    for (size_t i = 0; i < N_DIMS; i++) {
        double share = (point[i] - dims[i].low) / (dims[i].high - dims[i].low) - 0.3;
        sum += share * share;
    }
    return sum;
}

/* The trials of a search on a paraboloid. */
static swp_status make_history(finished *f, run_dim dim, swp_err *err)
{
    static const char *const names[N_DIMS] = {"a", "b", "c", "d", "e"};
    const run_searcher *tpe = run_searcher_tpe();
    run_search *search = NULL;
    bool found;
    swp_status status = run_dim_check(&dim, err);
    for (size_t i = 0; i < N_DIMS; i++) {
        f->dims[i] = dim;
        f->dims[i].name = names[i];
    }
    f->space = (run_space){f->dims, N_DIMS};
    if (status == SWP_OK)
        status = tpe->open(&f->space, 0, NULL, 0, &search, err);
    for (size_t i = 0; i < N_TRIALS && status == SWP_OK; i++) {
        run_proposal *made = &f->history[i];
        status = tpe->propose(search, f->points[i], &found, err);
        *made = (run_proposal){f->points[i], {.state = RUN_OUTCOME_DONE}};
        made->outcome.value = value_of(f->dims, f->points[i]);
        if (status == SWP_OK)
            status = tpe->observe(search, i, &made->outcome, err);
    }
    tpe->close(search);
    return status;
}

/* As in a restarted search: load the history, propose. */
static swp_status propose(void *context, swp_err *err)
{
    const finished *f = context;
    run_search *search = NULL;
    double point[N_DIMS];
    bool found;
    swp_status status = run_searcher_tpe()->open(&f->space, 0, f->history, N_TRIALS, &search, err);
    if (status == SWP_OK)
        status = run_searcher_tpe()->propose(search, point, &found, err);
    run_searcher_tpe()->close(search);
    return status;
}

swp_status bench_search(const bench_options *options, bench_table *table, swp_err *err)
{
    static const struct {
        const char *name;
        run_dim dim;
    } cases[] = {
        {"tpe, 200 trials x 5 floats", {.kind = RUN_FLOAT, .low = -5, .high = 5}},
        {"tpe, 200 trials x 5 ints", {.kind = RUN_INT, .low = 1, .high = 1000}},
        {"tpe, 200 trials x 5 log ints", {.kind = RUN_INT, .log = true, .low = 2, .high = 128}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static finished f;
        bench_row row = {.kind = BENCH_RATE, .count = 1, .thing = "proposals"};
        snprintf(row.name, sizeof row.name, "%s", cases[i].name);
        if (!bench_wants(options, row.name))
            continue;
        swp_status status = make_history(&f, cases[i].dim, err);
        if (status == SWP_OK)
            status = bench_measure(propose, &f, bench_budget(options), &row.times, err);
        if (status != SWP_OK)
            return status;
        bench_table_add(table, &row);
    }
    return SWP_OK;
}
