/* What a report says of a search: its best trials, and the path of the best so far. */
#include <math.h>
#include <stdio.h>

#include "engine/base/mem.h"
#include "results/query/winner.h"
#include "results/report/report_priv.h"

enum { BEST_TRIALS = 5, PATH_STEPS = 8 };

/* Rows of the table: the best trials. */
typedef struct best_rows {
    const res_study *study;
    const res_standing *standing;
    size_t n, at;
} best_rows;

static bool go_to_row(void *rows, size_t row)
{
    best_rows *r = rows;
    r->at = row;
    return row < r->n;
}

enum { TRIAL, VALUE, AT, STEPS, STATE, PARAMETERS };

static void fill(const void *rows, size_t index, res_cell *cell)
{
    const best_rows *r = rows;
    size_t t = r->standing->order[r->at];
    const res_trial *trial = &r->study->trials[t];
    char number[SWP_NUMBER_SIZE];
    if (index == TRIAL)
        res_cell_whole(cell, trial->number);
    else if (index == VALUE && cell->people)
        res_cell_printf(cell, "%s",
                        res_metric_format(RES_STYLE_LOSS, r->standing->of[t], false, number));
    else if (index == VALUE)
        res_cell_real(cell, r->standing->of[t]);
    else if (index == AT)
        res_cell_whole(cell, r->standing->at[t]);
    else if (index == STEPS && trial->budget == RES_UNLIMITED)
        res_cell_whole(cell, res_last_step(trial));
    else if (index == STEPS)
        res_cell_printf(cell, "%zu/%zu", res_last_step(trial), trial->budget);
    else if (index == STATE)
        res_cell_words(cell, res_state_name(trial->state));
    else
        res_cell_words(cell, trial->label);
}

static swp_status write_best(const res_study *study, const res_standing *standing,
                             res_format format, FILE *out, swp_err *err)
{
    fputc('\n', out);
    best_rows rows = {study, standing, standing->n < BEST_TRIALS ? standing->n : BEST_TRIALS, 0};
    res_table table = {.format = format, .rows = &rows, .at = go_to_row};
    const char *objective = res_objective_name(study);
    res_table_add(&table, "trial", "best trials", RES_RIGHT, fill, TRIAL);
    res_table_add(&table, objective, objective, RES_RIGHT, fill, VALUE);
    res_table_add(&table, "step", "at step", RES_RIGHT, fill, AT);
    res_table_add(&table, "steps", "steps", RES_RIGHT, fill, STEPS);
    res_table_add(&table, "state", "state", RES_LEFT, fill, STATE);
    res_table_add(&table, "params", "parameters", RES_LEFT, fill, PARAMETERS);
    swp_status status = res_table_write(&table, out, err);
    res_table_deinit(&table);
    return status;
}

/* Rows of the table: trials that were repeated with fresh seeds. */
typedef struct confirmed_rows {
    const res_study *study;
    const res_standing *standing;
    const res_candidate *list;
    size_t n, at;
} confirmed_rows;

static bool go_to_candidate(void *rows, size_t row)
{
    confirmed_rows *r = rows;
    r->at = row;
    return row < r->n;
}

enum { CANDIDATE, CLAIMED, CONFIRMED, INTERVAL, SEEDS, SETTINGS };

static void fill_candidate(const void *rows, size_t index, res_cell *cell)
{
    const confirmed_rows *r = rows;
    const res_candidate *c = &r->list[r->at];
    const res_trial *trial = &r->study->trials[c->trial];
    char a[SWP_NUMBER_SIZE], b[SWP_NUMBER_SIZE];
    if (index == CANDIDATE)
        res_cell_whole(cell, trial->number);
    else if (index == CLAIMED)
        res_cell_printf(cell, "%s",
                        res_metric_format(RES_STYLE_LOSS, r->standing->of[c->trial], false, a));
    else if (index == SEEDS)
        res_cell_whole(cell, c->fresh.n);
    else if (index == SETTINGS)
        res_cell_words(cell, trial->label);
    else if (c->fresh.n > 0 && index == CONFIRMED)
        res_cell_printf(cell, "%s", res_metric_format(RES_STYLE_LOSS, c->fresh.mean, false, a));
    else if (c->fresh.n > 0 && !isnan(c->fresh.low))
        res_cell_printf(cell, "%s .. %s", res_metric_format(RES_STYLE_LOSS, c->fresh.low, false, a),
                        res_metric_format(RES_STYLE_LOSS, c->fresh.high, false, b));
}

/* What stands before the table of confirmed trials. On a page each table has a frame, and
 * controls of its own. */
static void begin_candidates(const res_study *study, size_t n, res_format format, FILE *out)
{
    fputs(format == RES_HTML ? "</div>\n<div class=\"scroll wide\" tabindex=\"0\">\n" : "\n", out);
    if (format != RES_LATEX)
        return;
    res_latex_begin(out);
    res_put_text(study->experiment.name, RES_LATEX, out);
    fputs(": trials that were repeated with fresh seeds. Claimed is the ", out);
    res_put_text(res_objective_name(study), RES_LATEX, out);
    fprintf(out,
            " of the search, confirmed the mean of the fresh seeds alone; the interval is "
            "corrected for the choice among %zu",
            n);
    res_latex_label(study->experiment.name, "confirmed", out);
}

static swp_status write_candidates(const res_study *study, const res_standing *standing,
                                   res_format format, FILE *out, swp_err *err)
{
    res_candidate *list;
    size_t n;
    swp_status status = res_candidates_list(study, standing, &list, &n, err);
    if (status == SWP_OK && n > 0) {
        begin_candidates(study, n, format, out);
        confirmed_rows rows = {study, standing, list, n, 0};
        res_table table = {.format = format, .rows = &rows, .at = go_to_candidate};
        res_table_add(&table, NULL, "confirmed trials", RES_RIGHT, fill_candidate, CANDIDATE);
        res_table_add(&table, NULL, "claimed", RES_RIGHT, fill_candidate, CLAIMED);
        res_table_add(&table, NULL, "confirmed", RES_RIGHT, fill_candidate, CONFIRMED);
        res_table_add(&table, NULL, "95 % interval", RES_RIGHT, fill_candidate, INTERVAL);
        res_table_add(&table, NULL, "seeds", RES_RIGHT, fill_candidate, SEEDS);
        res_table_add(&table, NULL, "parameters", RES_LEFT, fill_candidate, SETTINGS);
        status = res_table_write(&table, out, err);
        res_table_deinit(&table);
        fputs(format == RES_LATEX ? "\\end{table}\n" : "", out);
    }
    swp_free(list);
    return status;
}

/* "val_loss minimised: 40 trials, 27 done, 9 stopped". */
static void write_states(const res_study *study, res_format format, FILE *out)
{
    size_t count[RES_FAILED + 1] = {0}, n_confirm = 0;
    swp_buf text = {0};
    for (size_t t = 0; t < study->n_trials; t++) {
        count[study->trials[t].state]++;
        n_confirm += study->trials[t].is_confirm;
    }
    for (size_t s = 0; s <= RES_FAILED; s++)
        if (count[s] > 0)
            swp_buf_printf(&text, ", %zu %s", count[s], res_state_name((res_state)s));
    if (n_confirm > 0)
        swp_buf_printf(&text, "; %zu of them confirm the best", n_confirm);
    if (!text.failed)
        res_put_line(format, out, "search: %s is %s; %zu trials%s", res_objective_name(study),
                     study->step_metrics[study->objective].maximize ? "maximised" : "minimised",
                     study->n_trials, text.text ? text.text : "");
    swp_buf_deinit(&text);
}

/* "best so far: 93.75 (trial 1), 48.20 (4), 12.21 (17)": of a long path the end. */
static void write_path(const res_study *study, const res_standing *standing, res_format format,
                       FILE *out)
{
    size_t first = standing->n_path > PATH_STEPS ? standing->n_path - PATH_STEPS : 0;
    swp_buf text = {0};
    for (size_t i = first; i < standing->n_path; i++) {
        char number[SWP_NUMBER_SIZE];
        size_t t = standing->path[i];
        swp_buf_printf(&text, "%s%s (%s%zu)",
                       i > first   ? ", "
                       : first > 0 ? "..., "
                                   : "",
                       res_metric_format(RES_STYLE_LOSS, standing->of[t], false, number),
                       i == first ? "trial " : "", study->trials[t].number);
    }
    if (!text.failed && text.text)
        res_put_line(format, out, "best so far: %s", text.text);
    swp_buf_deinit(&text);
}

/* "confirmed: 19.71 (trial 18, mean of 3 fresh seeds; 95 % interval 18.90 .. 20.52, corrected for
 * the choice of 2); claimed 18.97". */
static swp_status write_confirmed(const res_study *study, const res_standing *standing,
                                  res_format format, FILE *out, swp_err *err)
{
    res_winner winner;
    bool found;
    char texts[4][SWP_NUMBER_SIZE];
    swp_status status = res_winner_find(study, standing, &winner, &found, err);
    if (status != SWP_OK || !found)
        return status;
    const double numbers[] = {winner.fresh.mean, winner.fresh.low, winner.fresh.high,
                              standing->of[winner.trial]};
    for (size_t i = 0; i < 4; i++)
        res_metric_format(RES_STYLE_LOSS, numbers[i], false, texts[i]);
    res_put_line(format, out,
                 "confirmed: %s (trial %zu, mean of %zu fresh seeds; 95 %% interval %s .. %s, "
                 "corrected for the choice among %zu); claimed %s",
                 texts[0], study->trials[winner.trial].number, winner.fresh.n, texts[1], texts[2],
                 winner.n_candidates, texts[3]);
    return SWP_OK;
}

bool res_report_is_search(const res_study *study)
{
    bool is_search = study->is_search;
    for (size_t t = 0; t < study->n_trials && !is_search; t++)
        is_search = study->trials[t].state == RES_STOPPED;
    return is_search && study->n_trials > 0;
}

swp_status res_report_write_search(const res_study *study, res_format format, FILE *out,
                                   swp_err *err)
{
    res_standing standing;
    swp_status status = res_standing_make(study, NULL, &standing, err);
    if (status == SWP_OK) {
        write_states(study, format, out);
        write_path(study, &standing, format, out);
        status = write_confirmed(study, &standing, format, out, err);
        if (status == SWP_OK && standing.n > 0 &&
            format != RES_LATEX) /* there the table below tells it */
            status = write_best(study, &standing, format, out, err);
        if (status == SWP_OK)
            status = write_candidates(study, &standing, format, out, err);
    }
    res_standing_deinit(&standing);
    return status;
}
