/* The rules for every backend, run on each registered one. */
#include "runner/backend/backend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan/plan.h"
#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

/* A registered backend by its name. A new one adds a line, and an INI whose first three trials may
 * share a job, if the backend ever shares; the fourth is of another kind. */
static const struct {
    const char *name, *ini;
} backends[] = {
    {RUN_BACKEND_LSTM, "[experiment]\nname = t\n[data]\npath = builtin:ecg?rows=60\n"
                       "[model]\nembedding_dim = 2\n[sweep]\ntrain.batch_size = 1, 2\n"
                       "train.seed = 1, 2, 3\n"},
    {RUN_BACKEND_COMMAND, "[experiment]\nname = t\n[command]\nrun = sh script.sh ${x}\n"
                          "metrics = stdout\n[search]\nobjective = loss\n"
                          "[sweep]\nx = 2, 3, 5, 7\n"},
};

/* The script of the command knows its budget and continues from its checkpoint. */
#define SCRIPT                                                                                     \
    "i=0; [ $SWEEP_RESUME = 0 ] || i=$(cat $SWEEP_CHECKPOINT/i)\n"                                 \
    "while [ $i -lt $SWEEP_BUDGET ]; do i=$((i+1)); echo $i > $SWEEP_CHECKPOINT/i\n"               \
    "echo epoch=$i loss=$((i*$1)) last=-$i; done\n"

#define N_BACKENDS (sizeof backends / sizeof backends[0])
#define N_STEPS    4u
#define MOST       3u

typedef struct world {
    cfg *config;
    run_plan plan;
    const run_backend *backend;
    run_backend_setup setup;
    cfg_description description; /* of the command */
    run_trainer *trainer;
} world;

static void open_world(world *w, size_t which)
{
    swp_err err;
    *w = (world){.config = config_make(backends[which].ini, NULL)};
    assert_int_equal(run_plan_init(&w->plan, w->config, &err), SWP_OK);
    assert_int_equal(run_backend_find(backends[which].name, &w->backend, &err), SWP_OK);
    w->setup = (run_backend_setup){.engine = eng_cpu_api(),
                                   .inputs = run_plan_inputs(&w->plan),
                                   .command = &w->description.command,
                                   .threads = 1,
                                   .parent = -1};
    if (w->backend->supervises) {
        assert_int_equal(cfg_describe(w->config, &w->description, &err), SWP_OK);
        test_write_text("script.sh", SCRIPT);
    }
    assert_int_equal(w->backend->open(&w->setup, &w->trainer, &err), SWP_OK);
}

static void close_world(world *w)
{
    w->backend->close(w->trainer);
    cfg_description_deinit(&w->description);
    run_plan_deinit(&w->plan);
    cfg_destroy(w->config);
}

/* The values of a trial at each step. Whether they fall depends on the backend, but two trainings
 * that should be equal must agree in all of them. */
typedef struct history {
    double values[N_STEPS + 1][8]; /* by step, from 1 */
    char *states[N_STEPS + 1];
    size_t state_bytes[N_STEPS + 1], n_values[N_STEPS + 1];
    bool has_artifact[N_STEPS + 1];
} history;

static void keep(history *h, const res_step *step)
{
    assert_in_range(step->step, 1, N_STEPS);
    assert_in_range(step->n_values, 1, 8);
    h->n_values[step->step] = step->n_values;
    for (size_t i = 0; i < step->n_values; i++) {
        assert_true(isfinite(step->values[i].value));
        h->values[step->step][i] = step->values[i].value;
    }
    assert_true(step->train_s >= 0 && step->eval_s >= 0 && step->begun_s <= step->ended_s);
    h->has_artifact[step->step] = step->weights != NULL;
    assert_non_null(step->state);
    h->states[step->step] = malloc(step->state_bytes);
    memcpy(h->states[step->step], step->state, step->state_bytes);
    h->state_bytes[step->step] = step->state_bytes;
}

static void drop(history *h)
{
    for (size_t i = 0; i <= N_STEPS; i++)
        free(h->states[i]);
}

/* The parameters of a trial as a worker gets them. */
static void put_params(const run_trial *trial, swp_buf *out)
{
    run_param *params;
    swp_err err;
    if (!trial->settings.command) {
        cfg_trial_text(&trial->settings, out);
        return;
    }
    assert_int_equal(cfg_params_list(&trial->settings, &params, &err), SWP_OK);
    run_params_put(params, cfg_param_count(&trial->settings), out);
    swp_free(params);
}

/* The trials of a job, from one step to another; one of them is stopped after `stop_after` steps.
 */
static void train_job(world *w, const size_t *trials, size_t n, size_t from, size_t to,
                      size_t stopped, size_t stop_after, history *histories)
{
    swp_err err = {0};
    run_job_item items[MOST];
    swp_buf params[MOST] = {{0}}, starts[MOST] = {{0}}, folders[MOST] = {{0}};
    run_training *training;
    for (size_t i = 0; i < n; i++) {
        const run_trial *trial = &w->plan.trials[trials[i]];
        history *h = &histories[trials[i]];
        put_params(trial, &params[i]);
        run_start_pack(&trial->start, &starts[i]);
        swp_buf_printf(&folders[i], "trial-%zu", trials[i]);
        items[i] = (run_job_item){
            .trial = trials[i],
            .params = params[i].text,
            .steps = to,
            .split = trial->split,
            .start = starts[i].text,
            .start_bytes = starts[i].length,
            .state = h->states[from],
            .state_bytes = h->state_bytes[from],
            .best_val_loss = (double)INFINITY,
            .attempt = from + 1,
            .clears_folder = from == 0,
            .folder = folders[i].text,
        };
        for (size_t s = 1; s <= from; s++)
            items[i].best_val_loss = fmin(items[i].best_val_loss, h->values[s][1]);
    }
    assert_int_equal(w->backend->start(w->trainer, items, n, from, &training, &err), SWP_OK);
    for (size_t i = 0; i < n; i++) { /* the items are not needed any more */
        swp_buf_deinit(&params[i]);
        swp_buf_deinit(&starts[i]);
        swp_buf_deinit(&folders[i]);
    }
    memset(items, 0, sizeof items);
    run_advance advance;
    for (size_t step = from + 1; step <= to; step++) {
        if (step == stop_after + 1) {
            w->backend->stop(training, stopped);
            w->backend->stop(training, stopped);
        }
        assert_int_equal(w->backend->step(training, &advance, &err), SWP_OK);
        assert_int_equal(advance.what, RUN_STEPPED);
        for (size_t i = 0; i < n; i++) {
            res_step out = {0};
            if (i == stopped && step > stop_after)
                continue;
            assert_int_equal(w->backend->read(training, i, &out, &err), SWP_OK);
            assert_int_equal(out.step, step);
            keep(&histories[trials[i]], &out);
        }
    }
    if (w->backend->supervises) { /* it ended by itself */
        assert_int_equal(w->backend->step(training, &advance, &err), SWP_OK);
        assert_int_equal(advance.what, RUN_OVER);
        assert_int_equal(advance.end, RUN_END_TOLD);
    }
    w->backend->end(training);
}

/* Train them in one job, or one after the other if trials do not share jobs. */
static void train(world *w, const size_t *trials, size_t n, size_t from, size_t to, size_t stopped,
                  size_t stop_after, history *histories)
{
    const run_trial *first = &w->plan.trials[trials[0]];
    if (w->backend->together(&w->setup, &first->settings, first->split) >= n) {
        train_job(w, trials, n, from, to, stopped, stop_after, histories);
        return;
    }
    for (size_t i = 0; i < n; i++)
        train_job(w, &trials[i], 1, from, to, SIZE_MAX, to, histories);
}

static void expect_same(const history *a, const history *b, size_t from, size_t to)
{
    for (size_t s = from; s <= to; s++) {
        assert_int_equal(a->n_values[s], b->n_values[s]);
        assert_memory_equal(a->values[s], b->values[s], a->n_values[s] * sizeof(double));
        assert_int_equal(a->state_bytes[s], b->state_bytes[s]);
        assert_memory_equal(a->states[s], b->states[s], a->state_bytes[s]);
        assert_int_equal(a->has_artifact[s], b->has_artifact[s]);
    }
}

static const size_t all[] = {0, 1, 2};

static void a_table_without_a_function_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BACKENDS; i++) {
        const run_backend *whole;
        swp_err err;
        assert_int_equal(run_backend_find(backends[i].name, &whole, &err), SWP_OK);
        assert_string_equal(whole->name, backends[i].name);
        run_backend part;
#define EXPECT_REFUSED(slot)                                                                       \
    part = *whole;                                                                                 \
    part.slot = 0;                                                                                 \
    assert_int_equal(run_backend_validate(&part, &err), SWP_INTERNAL);                             \
    assert_non_null(strstr(err.text, #slot))
        EXPECT_REFUSED(version);
        EXPECT_REFUSED(name);
        EXPECT_REFUSED(cost);
        EXPECT_REFUSED(compare);
        EXPECT_REFUSED(together);
        EXPECT_REFUSED(open);
        EXPECT_REFUSED(close);
        EXPECT_REFUSED(list_devices);
        EXPECT_REFUSED(start);
        EXPECT_REFUSED(step);
        EXPECT_REFUSED(read);
        EXPECT_REFUSED(stop);
        EXPECT_REFUSED(end);
    }
    swp_err err;
    const run_backend *none;
    assert_int_equal(run_backend_find("abacus", &none, &err), SWP_INTERNAL);
}

static void kinds_have_an_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BACKENDS; i++) {
        world w;
        open_world(&w, i);
        const run_trial *t = w.plan.trials;
        int order = w.backend->compare(&t[0].settings, &t[3].settings);
        assert_int_equal(w.backend->compare(&t[0].settings, &t[1].settings), 0);
        assert_true(order != 0 || w.backend->supervises); /* commands are of one kind */
        assert_true((w.backend->compare(&t[3].settings, &t[0].settings) > 0) == (order < 0));
        for (size_t k = 0; k < w.plan.n_trials; k++) {
            assert_true(w.backend->together(&w.setup, &t[k].settings, t[k].split) >= 1);
            assert_true(w.backend->cost(&t[k].settings, 60, 140) > 0);
        }
        assert_true(w.backend->cost(&t[0].settings, 120, 140) >=
                    w.backend->cost(&t[0].settings, 60, 140));
        eng_info info;
        assert_true(w.backend->list_devices(w.trainer, &info, 1) >= 1);
        close_world(&w);
    }
}

static void sharing_a_job_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BACKENDS; i++) {
        world w;
        history together[MOST] = {[0] = {.states = {NULL}}},
                alone[MOST] = {[0] = {.states = {NULL}}};
        open_world(&w, i);
        train(&w, all, 3, 0, N_STEPS, SIZE_MAX, N_STEPS, together);
        for (size_t k = 0; k < 3; k++)
            train(&w, &all[k], 1, 0, N_STEPS, SIZE_MAX, N_STEPS, alone);
        for (size_t k = 0; k < 3; k++)
            expect_same(&together[k], &alone[k], 1, N_STEPS);
        assert_memory_not_equal(together[0].values[1], together[1].values[1], sizeof(double));
        /* The first step is the best so far. */
        assert_true(together[0].has_artifact[1] != w.backend->supervises);
        for (size_t k = 0; k < 3; k++) {
            drop(&together[k]);
            drop(&alone[k]);
        }
        close_world(&w);
    }
}

static void training_goes_on_from_a_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BACKENDS; i++) {
        world w;
        history straight[MOST] = {[0] = {.states = {NULL}}},
                parts[MOST] = {[0] = {.states = {NULL}}};
        open_world(&w, i);
        train(&w, all, 3, 0, N_STEPS, SIZE_MAX, N_STEPS, straight);
        train(&w, all, 3, 0, 1, SIZE_MAX, N_STEPS, parts);
        train(&w, all, 2, 1, 3, SIZE_MAX, N_STEPS, parts);
        train(&w, all, 1, 3, N_STEPS, SIZE_MAX, N_STEPS, parts);
        expect_same(&straight[0], &parts[0], 1, N_STEPS);
        expect_same(&straight[1], &parts[1], 1, 3);
        for (size_t k = 0; k < 3; k++) {
            drop(&straight[k]);
            drop(&parts[k]);
        }
        close_world(&w);
    }
}

static void a_stopped_trial_leaves_the_others_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BACKENDS; i++) {
        world w;
        history straight[MOST] = {[0] = {.states = {NULL}}},
                stopped[MOST] = {[0] = {.states = {NULL}}};
        open_world(&w, i);
        if (w.backend->supervises) { /* no other files */
            close_world(&w);
            continue;
        }
        train(&w, all, 3, 0, N_STEPS, SIZE_MAX, N_STEPS, straight);
        train(&w, all, 3, 0, N_STEPS, 1, 2, stopped);
        expect_same(&straight[0], &stopped[0], 1, N_STEPS);
        expect_same(&straight[1], &stopped[1], 1, 2);
        expect_same(&straight[2], &stopped[2], 1, N_STEPS);
        for (size_t k = 0; k < 3; k++) {
            drop(&straight[k]);
            drop(&stopped[k]);
        }
        close_world(&w);
    }
}

/* Invalid input is refused, and the trainer stays usable. */
static void bad_items_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_BACKENDS; i++) {
        world w;
        swp_err err;
        run_training *training;
        history h[MOST] = {[0] = {.states = {NULL}}};
        open_world(&w, i);
        swp_buf good = {0}, other = {0};
        put_params(&w.plan.trials[0], &good);
        put_params(&w.plan.trials[3], &other);
        const run_job_item bad[] = {
            {.params = "no such = parameter\n", .steps = 1},
            {.params = good.text, .steps = 1, .split = 99},
            {.params = good.text, .steps = 1, .start = "x", .start_bytes = 1},
        };
        /* A command has neither a data set nor initial weights. */
        size_t n_bad = w.backend->supervises ? 1 : sizeof bad / sizeof bad[0];
        for (size_t k = 0; k < n_bad; k++) {
            assert_int_not_equal(w.backend->start(w.trainer, &bad[k], 1, 0, &training, &err),
                                 SWP_OK);
            assert_null(training);
        }
        const run_job_item broken = {
            .params = good.text, .steps = 2, .state = "x", .state_bytes = 1, .folder = "broken"};
        assert_int_equal(w.backend->start(w.trainer, &broken, 1, 1, &training, &err), SWP_FORMAT);
        const run_job_item mixed[] = {{.params = good.text, .steps = 1},
                                      {.params = other.text, .steps = 1}};
        assert_int_equal(w.backend->start(w.trainer, mixed, 2, 0, &training, &err), SWP_INTERNAL);
        train(&w, all, 1, 0, 1, SIZE_MAX, N_STEPS, h);
        w.backend->end(NULL);
        w.backend->close(NULL);
        drop(&h[0]);
        swp_buf_deinit(&good);
        swp_buf_deinit(&other);
        close_world(&w);
    }
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("backend");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_without_a_function_is_refused),
        cmocka_unit_test(kinds_have_an_order),
        cmocka_unit_test(sharing_a_job_changes_nothing),
        cmocka_unit_test(training_goes_on_from_a_state),
        cmocka_unit_test(a_stopped_trial_leaves_the_others_alone),
        cmocka_unit_test(bad_items_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
