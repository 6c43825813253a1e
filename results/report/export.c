/* `sweep export`: rows for other programs. One cursor walks through trials, evaluations, steps,
 * scores or errors, and one set of columns reads from it; errors and scores are loaded for one
 * trial or step at a time. Names and order of columns are a contract, as are those of the store's
 * views. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"
#include "results/report/table_priv.h"

static const char *const what_names[] = {[RES_EXPORT_EVALUATIONS] = "evaluations",
                                         [RES_EXPORT_TRIALS] = "trials",
                                         [RES_EXPORT_EPOCHS] = "epochs",
                                         [RES_EXPORT_SCORES] = "scores",
                                         [RES_EXPORT_ERRORS] = "errors"};

swp_status res_export_parse(const char *text, res_export_what *out, swp_err *err)
{
    for (size_t i = 0; i < sizeof what_names / sizeof what_names[0]; i++) {
        if (strcmp(text, what_names[i]) == 0) {
            *out = (res_export_what)i;
            return SWP_OK;
        }
    }
    return swp_fail(err, SWP_USAGE,
                    "expected evaluations, trials, epochs, scores, errors or weights to export, "
                    "found '%s'",
                    text);
}

typedef struct cursor {
    res_store *store;
    res_study study;
    size_t trial;                /* index of the present one */
    size_t step;                 /* of it, from 1 */
    res_evaluation *evaluations; /* (n_evaluations) of RES_EXPORT_EVALUATIONS */
    size_t n_evaluations;
    res_evaluation evaluation; /* the present one, or what a trial or score is read as */
    res_score *scores;         /* (n_scores) of the present trial */
    size_t n_scores, score;
    res_errors errors; /* of the present step */
    void *errors_block;
    size_t subset, position; /* of the present error */
    swp_status status;       /* a failure ends the rows */
    swp_err *err;
} cursor;

static const res_trial *current(const cursor *c)
{
    return &c->study.trials[c->trial];
}

/* Where to go */

/* Read a trial at its last step. */
static bool go_to_trial(void *rows, size_t row)
{
    cursor *c = rows;
    if (row == c->study.n_trials)
        return false;
    c->trial = row;
    const res_trial *t = current(c);
    c->step = t->n_steps;
    c->evaluation = (res_evaluation){.trial = (uint32_t)row, .epochs = (uint32_t)t->n_steps};
    if (t->n_steps > 0)
        c->evaluation.selected_epoch = t->best_steps[t->n_steps - 1];
    return true;
}

static bool go_to_evaluation(void *rows, size_t row)
{
    cursor *c = rows;
    if (row == c->n_evaluations)
        return false;
    c->evaluation = c->evaluations[row];
    c->trial = c->evaluation.trial;
    return true;
}

static bool go_to_step(void *rows, size_t row)
{
    cursor *c = rows;
    if (row == 0) {
        c->trial = 0;
        c->step = 0;
    }
    for (c->step++; c->trial < c->study.n_trials && c->step > current(c)->n_steps; c->trial++)
        c->step = 1;
    return c->trial < c->study.n_trials;
}

static bool go_to_score(void *rows, size_t row)
{
    cursor *c = rows;
    c->trial = row == 0 ? 0 : c->trial;
    c->score = row == 0 ? 0 : c->score + 1;
    bool loaded = row > 0;
    for (;; c->trial++, loaded = false) {
        if (c->trial == c->study.n_trials)
            return false;
        if (!loaded) {
            swp_free(c->scores);
            c->score = 0;
            c->status = res_scores_list(c->store, current(c)->id, &c->scores, &c->n_scores, c->err);
            if (c->status != SWP_OK)
                return false;
        }
        /* They come by step: those beyond the budget belong to another revision. */
        if (c->score < c->n_scores && c->scores[c->score].step <= current(c)->n_steps)
            break;
    }
    const res_score *s = &c->scores[c->score];
    c->step = s->step;
    c->evaluation = (res_evaluation){.trial = (uint32_t)c->trial,
                                     .epochs = (uint32_t)s->step,
                                     .selected_epoch = (uint32_t)s->step,
                                     .threshold = s->threshold,
                                     .threshold_value = s->threshold_value,
                                     .normal_correct = (uint32_t)s->normal_correct,
                                     .normal_total = current(c)->n_normal,
                                     .anomaly_correct = (uint32_t)s->anomaly_correct,
                                     .anomaly_total = current(c)->n_anomaly};
    return true;
}

static const float *errors_of(const cursor *c, size_t subset, size_t *n)
{
    const res_errors *e = &c->errors;
    const float *const lists[RES_SUBSETS] = {
        [RES_VAL] = e->val, [RES_TEST] = e->test, [RES_ANOMALY] = e->anomaly};
    const size_t sizes[RES_SUBSETS] = {
        [RES_VAL] = e->n_val, [RES_TEST] = e->n_test, [RES_ANOMALY] = e->n_anomaly};
    *n = sizes[subset];
    return lists[subset];
}

static bool go_to_error(void *rows, size_t row)
{
    cursor *c = rows;
    size_t n = 0;
    bool begins = row == 0;
    for (c->position++;; begins = false) {
        while (c->errors_block && c->subset < RES_SUBSETS) {
            errors_of(c, c->subset, &n);
            if (c->position < n)
                return true;
            c->subset++;
            c->position = 0;
        }
        swp_free(c->errors_block);
        c->errors_block = NULL;
        if (!go_to_step(c, begins ? 0 : 1))
            return false;
        c->subset = c->position = 0;
        if (current(c)->data_set == 0)
            continue; /* a command's trial has none */
        c->status = res_errors_load(c->store, current(c)->id, c->step, &c->errors, &c->errors_block,
                                    c->err);
        if (c->status != SWP_OK)
            return false;
    }
}

/* What to read there */

static void fill_experiment(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_words(cell, ((const cursor *)rows)->study.experiment.name);
}

static void fill_trial(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_whole(cell, current(rows)->number);
}

static void fill_stage(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_words(cell, current(rows)->is_confirm ? "confirm" : "search");
}

static void fill_state(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_words(cell, res_state_name(current(rows)->state));
}

static void fill_failure(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    if (current(rows)->state == RES_FAILED)
        res_cell_words(cell, current(rows)->reason);
}

static void fill_seconds(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    const res_trial *t = current(rows);
    double sum = 0;
    for (size_t k = 0; k < t->n_steps; k++)
        sum += t->train_s[k] + t->eval_s[k];
    res_cell_real(cell, sum);
}

static void fill_axis(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_value(cell, res_study_value(&c->study, index, c->trial)->text);
}

static void fill_step(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_whole(cell, ((const cursor *)rows)->step);
}

static void fill_epochs(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_whole(cell, ((const cursor *)rows)->evaluation.epochs);
}

/* Of the evaluation; a command's has no threshold. */
static void fill_metric(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    if (current(c)->data_set != 0 || !res_metric_at(&c->study, index).needs_threshold)
        res_cell_real(cell, res_metric_of(&c->study, &c->evaluation, index));
}

static void fill_threshold(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    (void)index;
    if (current(c)->data_set != 0)
        res_cell_threshold(cell, c->evaluation.threshold);
}

static void fill_chosen_on(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    (void)index;
    if (current(c)->data_set != 0)
        res_cell_words(cell, res_chosen_on(c->evaluation.threshold));
}

static void fill_count(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_evaluation *e = &c->evaluation;
    const uint32_t counts[] = {e->normal_correct, e->normal_total, e->anomaly_correct,
                               e->anomaly_total};
    if (e->selected_epoch > 0 && current(c)->data_set != 0)
        res_cell_whole(cell, counts[index]);
}

/* A metric of the present step. */
static void fill_series(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_real(cell, res_series(current(c), index)[c->step - 1]);
}

/* A command's metric of a whole trial: at the step with the smallest validation loss, or, where
 * none was recorded, at the last one. */
static void fill_last(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_trial *t = current(c);
    size_t selected = c->evaluation.selected_epoch;
    if (t->n_steps == 0)
        return;
    if (selected == 0 || isnan(res_series(t, RES_STEP_VAL_LOSS)[selected - 1]))
        selected = t->n_steps;
    res_cell_real(cell, res_series(t, index)[selected - 1]);
}

static void fill_train_s(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    (void)index;
    res_cell_real(cell, current(c)->train_s[c->step - 1]);
}

static void fill_eval_s(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    (void)index;
    res_cell_real(cell, current(c)->eval_s[c->step - 1]);
}

static void fill_subset(const void *rows, size_t index, res_cell *cell)
{
    static const char *const names[RES_SUBSETS] = {
        [RES_VAL] = "val", [RES_TEST] = "test", [RES_ANOMALY] = "anomaly"};
    (void)index;
    res_cell_words(cell, names[((const cursor *)rows)->subset]);
}

static void fill_position(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_whole(cell, ((const cursor *)rows)->position);
}

/* As a double: who reads the text as one must find the number that was judged. */
static void fill_error(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    size_t n;
    (void)index;
    res_cell_real(cell, (double)errors_of(c, c->subset, &n)[c->position]);
}

/* The columns */

static void add(res_table *table, const char *name, res_fill *fill)
{
    res_table_add(table, name, NULL, RES_LEFT, fill, 0);
}

static void add_axes(const cursor *c, res_table *table)
{
    for (size_t p = 0; p < c->study.n_axes; p++)
        res_table_add(table, c->study.params[p].name, NULL, RES_LEFT, fill_axis, p);
}

static void add_metrics(const cursor *c, res_table *table, size_t first, size_t last)
{
    for (size_t m = first; m <= last; m++)
        res_table_add(table, res_metric_at(&c->study, m).name, NULL, RES_LEFT, fill_metric, m);
}

/* Threshold and counts of an evaluation or score. */
static void add_counts(const cursor *c, res_table *table, bool chosen_on)
{
    static const char *const names[] = {"normal_correct", "normal_total", "anomaly_correct",
                                        "anomaly_total"};
    add(table, "threshold", fill_threshold);
    add_metrics(c, table, RES_THRESHOLD_NUMBER, RES_THRESHOLD_NUMBER);
    if (chosen_on)
        add(table, "chosen_on", fill_chosen_on);
    for (size_t i = 0; i < 4; i++)
        res_table_add(table, names[i], NULL, RES_LEFT, fill_count, i);
}

/* A command's metrics; one that is called like a fixed column of any export says what it is. */
static void add_recorded(const cursor *c, res_table *table, res_fill *fill)
{
    static const char *const fixed[] = {
        "experiment",      "trial",     "stage",          "state",        "epochs_done",
        "selected_epoch",  "seconds",   "failure",        "epochs",       "threshold",
        "threshold_value", "chosen_on", "normal_correct", "normal_total", "anomaly_correct",
        "anomaly_total",   "epoch",     "train_s",        "eval_s",       "subset",
        "position",        "error"};
    for (size_t m = RES_STEP_BUILT_IN; m < c->study.n_step_metrics; m++) {
        char name[RES_CELL_SIZE];
        bool is_fixed = false;
        for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
            is_fixed |= strcasecmp(fixed[i], c->study.step_metrics[m].name) == 0;
        for (size_t i = 0; i < RES_METRICS; i++)
            is_fixed |=
                strcasecmp(res_metric_at(&c->study, i).name, c->study.step_metrics[m].name) == 0;
        snprintf(name, sizeof name, "%s%s", is_fixed ? "metric." : "",
                 c->study.step_metrics[m].name);
        res_table_add(table, name, NULL, RES_LEFT, fill, m);
    }
}

static void add_columns(const cursor *c, res_export_what what, res_table *table)
{
    add(table, "experiment", fill_experiment);
    add(table, "trial", fill_trial);
    if (what == RES_EXPORT_TRIALS) {
        add(table, "stage", fill_stage);
        add(table, "state", fill_state);
    }
    add_axes(c, table);
    switch (what) {
    case RES_EXPORT_TRIALS:
        add(table, "epochs_done", fill_step);
        add_metrics(c, table, RES_SELECTED_EPOCH, RES_VAL_LOSS);
        add(table, "seconds", fill_seconds);
        add(table, "failure", fill_failure);
        add_recorded(c, table, fill_last);
        break;
    case RES_EXPORT_EVALUATIONS:
        add(table, "epochs", fill_epochs);
        add_metrics(c, table, RES_SELECTED_EPOCH, RES_VAL_LOSS);
        add_counts(c, table, true);
        add_metrics(c, table, RES_NORMAL_RECALL, RES_AUPRC);
        break;
    case RES_EXPORT_EPOCHS:
        add(table, "epoch", fill_step);
        for (size_t m = RES_STEP_TRAIN_LOSS; m <= RES_STEP_VAL_LOSS; m++)
            res_table_add(table, c->study.step_metrics[m].name, NULL, RES_LEFT, fill_series, m);
        add(table, "train_s", fill_train_s);
        add(table, "eval_s", fill_eval_s);
        add_recorded(c, table, fill_series);
        break;
    case RES_EXPORT_SCORES:
        add(table, "epoch", fill_step);
        add_counts(c, table, false);
        add_metrics(c, table, RES_NORMAL_RECALL, RES_ANOMALY_RECALL);
        break;
    case RES_EXPORT_ERRORS:
        add(table, "epoch", fill_step);
        add(table, "subset", fill_subset);
        add(table, "position", fill_position);
        add(table, "error", fill_error);
        break;
    }
}

static swp_status write_table(cursor *c, res_export_what what, res_format format, FILE *out)
{
    static bool (*const steps[])(void *, size_t) = {[RES_EXPORT_EVALUATIONS] = go_to_evaluation,
                                                    [RES_EXPORT_TRIALS] = go_to_trial,
                                                    [RES_EXPORT_EPOCHS] = go_to_step,
                                                    [RES_EXPORT_SCORES] = go_to_score,
                                                    [RES_EXPORT_ERRORS] = go_to_error};
    res_table table = {.format = format, .rows = c, .at = steps[what]};
    add_columns(c, what, &table);
    swp_err unsaid;
    swp_status status = res_table_write(&table, out, c->status == SWP_OK ? c->err : &unsaid);
    fputs(format == RES_JSON ? "\n" : "", out);
    res_table_deinit(&table);
    return c->status != SWP_OK ? c->status : status;
}

swp_status res_export_write(res_store *store, const char *experiment, res_export_what what,
                            res_format format, FILE *out, swp_err *err)
{
    if (!res_format_for_machines(format))
        return swp_fail(err, SWP_USAGE, "expected the format csv or json for an export");
    cursor c = {.store = store, .err = err};
    const res_evaluation_filter as_planned = {0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = res_study_load(store, experiment, &c.study, err);
    if (status == SWP_OK && what == RES_EXPORT_EVALUATIONS)
        status = res_evaluations_list(store, &c.study, &as_planned, &c.evaluations,
                                      &c.n_evaluations, err);
    if (status == SWP_OK)
        status = write_table(&c, what, format, out);
    res_snapshot_end(store);
    res_study_deinit(&c.study);
    swp_free(c.evaluations);
    swp_free(c.scores);
    swp_free(c.errors_block);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
