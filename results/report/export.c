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

swp_status res_export_parse(const char *text, res_export_what *out, swp_err *err)
{
    static const char *const known[] = {
        [RES_EXPORT_EVALUATIONS] = "evaluations", [RES_EXPORT_TRIALS] = "trials",
        [RES_EXPORT_EPOCHS] = "epochs",           [RES_EXPORT_SCORES] = "scores",
        [RES_EXPORT_ERRORS] = "errors",           [RES_EXPORT_BASELINES] = "baselines"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(text, known[i]) == 0) {
            *out = (res_export_what)i;
            return SWP_OK;
        }
    }
    return swp_fail(err, SWP_USAGE,
                    "expected evaluations, trials, epochs, scores, errors, baselines, weights or "
                    "best to export, found '%s'",
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
    c->evaluation =
        (res_evaluation){.trial = (uint32_t)row,
                         .epochs = c->study.of_command ? RES_ALL_STEPS : (uint32_t)t->n_steps};
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
            c->status = res_scores_list(c->store, &c->study, c->trial, NULL, &c->scores,
                                        &c->n_scores, c->err);
            if (c->status != SWP_OK)
                return false;
        }
        if (c->score < c->n_scores)
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

enum {
    EXPERIMENT,
    TRIAL,
    STAGE,
    STATE,
    FAILURE,
    SECONDS,
    EPOCHS_DONE,
    EPOCHS,
    EPOCH,
    TRAIN_S,
    EVAL_S,
    THRESHOLD,
    CHOSEN_ON,
    NORMAL_CORRECT,
    NORMAL_TOTAL,
    ANOMALY_CORRECT,
    ANOMALY_TOTAL,
    SUBSET,
    POSITION,
    ERROR,
    COLUMNS
};

/* Names that neither an axis nor a command's metric may have; those of res_metric, too. */
static const char *const names[COLUMNS] = {[EXPERIMENT] = "experiment",
                                           [TRIAL] = "trial",
                                           [STAGE] = "stage",
                                           [STATE] = "state",
                                           [FAILURE] = "failure",
                                           [SECONDS] = "seconds",
                                           [EPOCHS_DONE] = "epochs_done",
                                           [EPOCHS] = "epochs",
                                           [EPOCH] = "epoch",
                                           [TRAIN_S] = "train_s",
                                           [EVAL_S] = "eval_s",
                                           [THRESHOLD] = "threshold",
                                           [CHOSEN_ON] = "chosen_on",
                                           [NORMAL_CORRECT] = "normal_correct",
                                           [NORMAL_TOTAL] = "normal_total",
                                           [ANOMALY_CORRECT] = "anomaly_correct",
                                           [ANOMALY_TOTAL] = "anomaly_total",
                                           [SUBSET] = "subset",
                                           [POSITION] = "position",
                                           [ERROR] = "error"};

static double seconds_of(const res_trial *t)
{
    double sum = 0;
    for (size_t k = 0; k < t->n_steps; k++)
        sum += t->train_s[k] + t->eval_s[k];
    return sum;
}

static void fill_trial(const void *rows, size_t column, res_cell *cell)
{
    const cursor *c = rows;
    const res_trial *t = current(c);
    if (column == EXPERIMENT)
        res_cell_words(cell, c->study.experiment.name);
    else if (column == TRIAL)
        res_cell_whole(cell, t->number);
    else if (column == STAGE)
        res_cell_words(cell, t->is_confirm ? "confirm" : "search");
    else if (column == STATE)
        res_cell_words(cell, res_state_name(t->state));
    else if (column == FAILURE)
        res_cell_words(cell, t->state == RES_FAILED ? t->reason : NULL);
    else if (column == SECONDS)
        res_cell_real(cell, seconds_of(t));
    else
        res_cell_whole(cell, t->n_steps > 0 ? res_step_number(t, t->n_steps) : 0);
}

static void fill_axis(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_value(cell, res_study_value(&c->study, index, c->trial));
}

static void fill_step(const void *rows, size_t column, res_cell *cell)
{
    const cursor *c = rows;
    if (column == EPOCH)
        res_cell_whole(cell, res_step_number(current(c), c->step));
    else
        res_cell_real(cell,
                      (column == TRAIN_S ? current(c)->train_s : current(c)->eval_s)[c->step - 1]);
}

/* A command's trial has no thresholds. */
static void fill_evaluation(const void *rows, size_t column, res_cell *cell)
{
    const cursor *c = rows;
    const res_evaluation *e = &c->evaluation;
    const uint32_t counts[] = {e->normal_correct, e->normal_total, e->anomaly_correct,
                               e->anomaly_total};
    const res_trial *t = current(c);
    if (column == EPOCHS && e->epochs != RES_ALL_STEPS)
        res_cell_whole(cell, e->epochs);
    else if (column == EPOCHS && t->n_steps > 0)
        res_cell_whole(cell, res_step_number(t, t->n_steps));
    else if (t->data_set == 0)
        return;
    else if (column == THRESHOLD)
        res_cell_threshold(cell, e->threshold);
    else if (column == CHOSEN_ON)
        res_cell_words(cell, res_chosen_on(&c->study, e->threshold));
    else if (e->selected_epoch > 0)
        res_cell_whole(cell, counts[column - NORMAL_CORRECT]);
}

static void fill_metric(const void *rows, size_t metric, res_cell *cell)
{
    const cursor *c = rows;
    if (current(c)->data_set != 0 || !res_metric_at(&c->study, metric).needs_threshold)
        res_cell_real(cell, res_metric_of(&c->study, &c->evaluation, metric));
}

/* A metric of the present step. */
static void fill_series(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_real(cell, res_series(current(c), index)[c->step - 1]);
}

/* A command's metric of a whole trial. */
static void fill_recorded(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_real(cell, res_metric_of(&c->study, &c->evaluation, res_metric_of_step(index)));
}

/* The error as a double: a reader that parses the text as a double must find the number that was
 * judged. */
static void fill_error(const void *rows, size_t column, res_cell *cell)
{
    static const char *const subsets[RES_SUBSETS] = {
        [RES_VAL] = "val", [RES_TEST] = "test", [RES_ANOMALY] = "anomaly"};
    const cursor *c = rows;
    size_t n;
    if (column == SUBSET)
        res_cell_words(cell, subsets[c->subset]);
    else if (column == POSITION)
        res_cell_whole(cell, c->position);
    else
        res_cell_real(cell, (double)errors_of(c, c->subset, &n)[c->position]);
}

/* The columns */

/* Those from `first` to `last`. */
static void add(res_table *table, res_fill *fill, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++)
        res_table_add(table, names[i], NULL, RES_LEFT, fill, i);
}

static void add_metrics(const cursor *c, res_table *table, size_t first, size_t last)
{
    for (size_t m = first; m <= last; m++)
        res_table_add(table, res_metric_at(&c->study, m).name, NULL, RES_LEFT, fill_metric, m);
}

static bool is_recorded(const res_study *study, size_t metric)
{
    for (size_t i = 0; i < study->n_trials; i++)
        for (size_t k = 0; k < study->trials[i].n_steps; k++)
            if (!isnan(res_series(&study->trials[i], metric)[k]))
                return true;
    return false;
}

/* A command's metrics but both losses, which have columns of their own; one that is named like a
 * fixed column gets a prefix. */
static void add_recorded(const cursor *c, res_table *table, res_fill *fill)
{
    for (size_t m = RES_STEP_AUROC; m < c->study.n_step_metrics; m++) {
        const char *name = c->study.step_metrics[m].name;
        if (m < RES_STEP_BUILT_IN && (!c->study.of_command || !is_recorded(&c->study, m)))
            continue;
        char column[RES_CELL_SIZE];
        bool is_fixed = false;
        for (size_t i = 0; i < COLUMNS + RES_METRICS; i++)
            is_fixed |=
                strcasecmp(name, i < COLUMNS ? names[i]
                                             : res_metric_at(&c->study, i - COLUMNS).name) == 0;
        snprintf(column, sizeof column, "%s%s", is_fixed ? "metric." : "", name);
        res_table_add(table, column, NULL, RES_LEFT, fill, m);
    }
}

static void add_columns(const cursor *c, res_export_what what, res_table *table)
{
    add(table, fill_trial, EXPERIMENT, what == RES_EXPORT_TRIALS ? STATE : TRIAL);
    for (size_t p = 0; p < c->study.n_axes; p++)
        res_table_add(table, c->study.params[p].name, NULL, RES_LEFT, fill_axis, p);
    table->group = &c->trial;
    table->n_of_group = table->n;
    switch (what) {
    case RES_EXPORT_TRIALS:
        add(table, fill_trial, EPOCHS_DONE, EPOCHS_DONE);
        add_metrics(c, table, RES_SELECTED_EPOCH, RES_VAL_LOSS);
        add(table, fill_trial, SECONDS, SECONDS);
        add(table, fill_trial, FAILURE, FAILURE);
        add_recorded(c, table, fill_recorded);
        break;
    case RES_EXPORT_EVALUATIONS:
        add(table, fill_evaluation, EPOCHS, EPOCHS);
        add_metrics(c, table, RES_SELECTED_EPOCH, RES_VAL_LOSS);
        add(table, fill_evaluation, THRESHOLD, THRESHOLD);
        add_metrics(c, table, RES_THRESHOLD_NUMBER, RES_THRESHOLD_NUMBER);
        add(table, fill_evaluation, CHOSEN_ON, ANOMALY_TOTAL);
        add_metrics(c, table, RES_NORMAL_RECALL, RES_AUPRC);
        break;
    case RES_EXPORT_EPOCHS:
        add(table, fill_step, EPOCH, EPOCH);
        for (size_t m = RES_STEP_TRAIN_LOSS; m <= RES_STEP_VAL_LOSS; m++) {
            if (!c->study.of_command || is_recorded(&c->study, m))
                res_table_add(table, c->study.step_metrics[m].name, NULL, RES_LEFT, fill_series, m);
        }
        if (!c->study.of_command) /* whose steps are its own affair */
            add(table, fill_step, TRAIN_S, EVAL_S);
        add_recorded(c, table, fill_series);
        break;
    case RES_EXPORT_SCORES:
        add(table, fill_step, EPOCH, EPOCH);
        add(table, fill_evaluation, THRESHOLD, THRESHOLD);
        add_metrics(c, table, RES_THRESHOLD_NUMBER, RES_THRESHOLD_NUMBER);
        add(table, fill_evaluation, NORMAL_CORRECT, ANOMALY_TOTAL);
        add_metrics(c, table, RES_NORMAL_RECALL, RES_ANOMALY_RECALL);
        break;
    case RES_EXPORT_ERRORS:
        add(table, fill_step, EPOCH, EPOCH);
        add(table, fill_error, SUBSET, ERROR);
        break;
    case RES_EXPORT_BASELINES: /* has no trials */
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
    if (what == RES_EXPORT_BASELINES)
        return res_export_baselines(store, experiment, format, out, err);
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
