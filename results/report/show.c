/* `sweep show`: one trial with its parameters and what was recorded at every step, among it the
 * recalls at each planned threshold. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "results/query/metric.h"
#include "results/report/table_priv.h"

typedef struct cursor {
    res_study study;
    size_t trial, step; /* index of the trial; the present step, from 1 */
    res_score *scores;  /* (n_scores) by step */
    size_t n_scores;
    res_threshold *thresholds; /* (n_thresholds) that steps are scored at */
    size_t n_thresholds;
    size_t *first; /* (steps + 1) index of the first score of each step, from 0 */
} cursor;

static const res_trial *shown_trial(const cursor *c)
{
    return &c->study.trials[c->trial];
}

static bool go_to_step(void *rows, size_t row)
{
    cursor *c = rows;
    c->step = row + 1;
    return row < shown_trial(c)->n_steps;
}

static bool go_to_trial(void *rows, size_t row)
{
    (void)rows;
    return row == 0;
}

/* The step */

static void fill_step(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    (void)index;
    res_cell_whole(cell, res_step_number(shown_trial(c), c->step));
}

static void fill_series(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    double value = res_series(shown_trial(c), index)[c->step - 1];
    res_cell_real(cell, value);
    if (cell->people && cell->kind == RES_CELL_REAL)
        res_cell_printf(cell, "%.6g", value);
}

/* Two for each threshold: normal recall, anomaly recall. */
static void fill_recall(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_threshold want = c->thresholds[index / 2];
    for (size_t i = c->first[c->step - 1]; i < c->first[c->step]; i++) {
        const res_score *s = &c->scores[i];
        if (s->threshold.kind != want.kind || s->threshold.value != want.value)
            continue;
        const res_evaluation e = {.trial = (uint32_t)c->trial,
                                  .selected_epoch = (uint32_t)c->step,
                                  .normal_correct = (uint32_t)s->normal_correct,
                                  .normal_total = shown_trial(c)->n_normal,
                                  .anomaly_correct = (uint32_t)s->anomaly_correct,
                                  .anomaly_total = shown_trial(c)->n_anomaly};
        double value = res_metric_of(&c->study, &e, RES_NORMAL_RECALL + index % 2);
        char text[SWP_NUMBER_SIZE];
        res_cell_real(cell, value);
        if (cell->people)
            res_cell_printf(cell, "%s", res_metric_format(RES_STYLE_RECALL, value, false, text));
    }
}

enum { TRAIN_S, EVAL_S };

static void fill_seconds(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_trial *t = shown_trial(c);
    double value = (index == TRAIN_S ? t->train_s : t->eval_s)[c->step - 1];
    if (cell->people)
        res_cell_printf(cell, "%.3f", value);
    else
        res_cell_real(cell, value);
}

static void fill_best(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    const res_trial *t = shown_trial(c);
    (void)index;
    if (t->best_steps[t->n_steps - 1] == c->step)
        res_cell_words(cell, "best");
}

static bool is_recorded(const res_trial *t, size_t step_metric)
{
    for (size_t k = 0; k < t->n_steps; k++)
        if (!isnan(res_series(t, step_metric)[k]))
            return true;
    return false;
}

static void add_step_columns(const cursor *c, res_table *table)
{
    res_table_add(table, "epoch", "epoch", RES_RIGHT, fill_step, 0);
    for (size_t m = 0; m < c->study.n_step_metrics; m++) {
        if (c->study.of_command && !is_recorded(shown_trial(c), m))
            continue;
        const char *name = c->study.step_metrics[m].name, *title = name;
        size_t metric;
        swp_err unknown;
        if (res_metric_find(&c->study, name, &metric, &unknown) == SWP_OK)
            title = res_metric_at(&c->study, metric).title;
        res_table_add(table, name, title, RES_RIGHT, fill_series, m);
    }
    for (size_t i = 0; i < 2 * c->n_thresholds; i++) {
        const res_metric_info info = res_metric_at(&c->study, RES_NORMAL_RECALL + i % 2);
        char text[RES_THRESHOLD_TEXT_SIZE], name[RES_CELL_SIZE], title[RES_CELL_SIZE];
        res_threshold_format(c->thresholds[i / 2], text);
        snprintf(name, sizeof name, "%s_%s", info.name, text);
        snprintf(title, sizeof title, "%s %s", info.title, text);
        res_table_add(table, name, title, RES_RIGHT, fill_recall, i);
    }
    res_table_add(table, "train_s", c->study.of_command ? "seconds" : "train s", RES_RIGHT,
                  fill_seconds, TRAIN_S);
    res_table_add(table, "eval_s", c->study.of_command ? NULL : "eval s", RES_RIGHT, fill_seconds,
                  EVAL_S);
    res_table_add(table, NULL, "", RES_LEFT, fill_best, 0);
}

/* The trial */

static bool has_param(const cursor *c, size_t p)
{
    return *res_study_value(&c->study, p, c->trial)->text != '\0';
}

static void put_member(const char *name, const char *text, FILE *out)
{
    fprintf(out, "\"%s\":", name);
    if (text)
        res_put_text(text, RES_JSON, out);
    else
        fputs("null", out);
    fputc(',', out);
}

static void fill_param(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    res_cell_value(cell, res_study_value(&c->study, index, c->trial));
}

static swp_status write_json(cursor *c, const res_table *steps, FILE *out, swp_err *err)
{
    const res_trial *t = shown_trial(c);
    res_table params = {.format = RES_JSON, .rows = c, .at = go_to_trial};
    for (size_t p = 0; p < c->study.n_params; p++)
        if (has_param(c, p))
            res_table_add(&params, c->study.params[p].key, NULL, RES_LEFT, fill_param, p);
    fputs("{\"trial\": {", out);
    put_member("experiment", c->study.experiment.name, out);
    put_member("stage", t->is_confirm ? "confirm" : "search", out);
    put_member("state", res_state_name(t->state), out);
    put_member("reason", t->reason, out);
    char budget[32] = "null";
    if (t->budget < RES_UNLIMITED)
        snprintf(budget, sizeof budget, "%zu", t->budget);
    fprintf(out,
            "\"revision\":%zu,\"number\":%zu,\"epochs_done\":%zu,\"budget\":%s,"
            "\"weights\":%zu},\n\"params\": ",
            c->study.experiment.revision, t->number,
            t->n_steps > 0 ? res_step_number(t, t->n_steps) : 0, budget, t->weights);
    swp_status status = res_table_write_object(&params, out, err);
    fputs(",\n\"epochs\": ", out);
    if (status == SWP_OK)
        status = res_table_write(steps, out, err);
    fputs("}\n", out);
    res_table_deinit(&params);
    return status;
}

static void write_head(const cursor *c, res_format format, FILE *out)
{
    const res_trial *t = shown_trial(c);
    char of[32] = "";
    if (t->budget < RES_UNLIMITED)
        snprintf(of, sizeof of, " of %zu", t->budget);
    res_put_heading(format, out, "%s@%zu trial %zu: %s, %zu%s %s", c->study.experiment.name,
                    c->study.experiment.revision, t->number, res_state_name(t->state), t->n_steps,
                    of, res_step_name(&c->study, *of ? t->budget : t->n_steps));
    if (t->reason)
        res_put_line(format, out, "%s: %s", res_state_name(t->state), t->reason);
    for (size_t p = 0; p < c->study.n_params; p++)
        if (has_param(c, p))
            res_put_line(format, out, "%s = %s", c->study.params[p].key,
                         res_study_value(&c->study, p, c->trial)->text);
    fputc('\n', out);
}

/* Where each step's scores begin, and which thresholds there are. */
static swp_status sort_scores(cursor *c, swp_err *err)
{
    size_t n_steps = shown_trial(c)->n_steps, at = 0;
    c->first = swp_alloc(n_steps + 1, sizeof *c->first);
    c->thresholds = swp_alloc(c->n_scores, sizeof *c->thresholds);
    if (!c->first || !c->thresholds)
        return swp_fail(err, SWP_NOMEM, "out of memory for %zu steps", n_steps);
    for (size_t step = 1; step <= n_steps; step++) {
        for (; at < c->n_scores && c->scores[at].step <= step; at++) {
            const res_threshold t = c->scores[at].threshold;
            size_t i = 0;
            while (i < c->n_thresholds &&
                   (c->thresholds[i].kind != t.kind || c->thresholds[i].value != t.value))
                i++;
            c->thresholds[i] = t;
            c->n_thresholds += i == c->n_thresholds;
        }
        c->first[step] = at;
    }
    return SWP_OK;
}

static swp_status load(res_store *store, const char *experiment, size_t number, cursor *c,
                       swp_err *err)
{
    swp_status status = res_study_load(store, experiment, &c->study, err);
    if (status != SWP_OK)
        return status;
    c->trial = res_study_trial(&c->study, number);
    if (c->trial == SIZE_MAX) {
        status = swp_fail(err, SWP_CONFIG, "%s@%zu has no trial %zu", c->study.experiment.name,
                          c->study.experiment.revision, number);
        swp_hint(err, "`sweep export --what trials` lists the trials");
        return status;
    }
    status = res_scores_list(store, &c->study, c->trial, NULL, &c->scores, &c->n_scores, err);
    return status == SWP_OK ? sort_scores(c, err) : status;
}

swp_status res_show_write(res_store *store, const char *experiment, size_t trial, res_format format,
                          FILE *out, swp_err *err)
{
    cursor c = {0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = load(store, experiment, trial, &c, err);
    res_snapshot_end(store);
    if (status == SWP_OK) {
        res_table steps = {.format = format, .rows = &c, .at = go_to_step};
        add_step_columns(&c, &steps);
        if (!res_format_for_machines(format))
            write_head(&c, format, out);
        status = format == RES_JSON ? write_json(&c, &steps, out, err)
                                    : res_table_write(&steps, out, err);
        res_table_deinit(&steps);
    }
    res_study_deinit(&c.study);
    swp_free(c.scores);
    swp_free(c.thresholds);
    swp_free(c.first);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
