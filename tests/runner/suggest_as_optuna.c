/* Prints what the exact form of TPE suggests, for tests/reference/compare_optuna.py:
 *
 *     suggest_as_optuna FUNCTION SEED TRIALS SLOTS [independent] [no-liar]
 *
 * One line a trial: its point, then its observed value. Results are reported SLOTS trials late. */
#include <stdio.h>
#include <string.h>

#include "engine/base/str.h"
#include "runner/search/tpe.h"
#include "tests/runner/functions.h"

#define MOST_TRIALS 1000

static int64_t number(const char *text, int64_t least, int64_t most)
{
    int64_t value = least - 1;
    return swp_parse_int(text, least, most, &value) ? value : least - 1;
}

static void print_trial(const function *f, const double *point, double value)
{
    for (size_t i = 0; i < f->space.n; i++)
        printf("%.17g ", point[i]);
    printf("%.17g\n", value);
}

/* Ask for all trials; report the result of each after `slots` later ones have been asked for. */
static swp_status run(const function *f, uint32_t seed, size_t trials, size_t slots,
                      run_tpe_optuna options, swp_err *err)
{
    const run_searcher *tpe = run_searcher_tpe();
    static double points[MOST_TRIALS][FUNCTION_MOST_DIMS];
    run_search *search = NULL;
    swp_status status = run_tpe_open_as_optuna(&f->space, seed, options, NULL, 0, &search, err);
    for (size_t i = 0; i < trials && status == SWP_OK; i++) {
        bool found;
        if (i >= slots) {
            size_t told = i - slots;
            run_outcome outcome = {.state = RUN_OUTCOME_DONE,
                                   .value = function_observe(f, points[told], seed, told)};
            status = tpe->observe(search, told, &outcome, err);
        }
        if (status == SWP_OK)
            status = tpe->propose(search, points[i], &found, err);
        if (status == SWP_OK)
            print_trial(f, points[i], function_observe(f, points[i], seed, i));
    }
    tpe->close(search);
    return status;
}

int main(int argc, char **argv)
{
    functions_init();
    const function *f = argc > 4 ? function_find(argv[1]) : NULL;
    int64_t seed = argc > 4 ? number(argv[2], 0, UINT32_MAX) : -1;
    int64_t trials = argc > 4 ? number(argv[3], 1, MOST_TRIALS) : 0;
    int64_t slots = argc > 4 ? number(argv[4], 1, MOST_TRIALS) : 0;
    run_tpe_optuna options = {0};
    for (int i = 5; i < argc; i++) {
        options.is_independent |= strcmp(argv[i], "independent") == 0;
        options.ignores_running |= strcmp(argv[i], "no-liar") == 0;
    }
    if (!f || seed < 0 || trials < 1 || slots < 1) {
        fprintf(stderr,
                "usage: suggest_as_optuna FUNCTION SEED TRIALS SLOTS [independent] [no-liar]\n");
        return 2;
    }
    swp_err err;
    if (run(f, (uint32_t)seed, (size_t)trials, (size_t)slots, options, &err) != SWP_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return 0;
}
