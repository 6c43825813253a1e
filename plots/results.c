/* The objective of every trial at its best step so far, for charts of a search. */
#include "plots/results_priv.h"

#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/text_priv.h"

/* Of the best trial's values, in characters. */
enum { BEST_CHARS = 80 };

/* Squares of a panel in which a point hides others. */
enum { ROWS = 200, COLUMNS = 400 };

/* On a logarithmic axis where values differ by more than this factor. */
#define MOST_RATIO 20

plot_trial_kind plot_kind_of(const res_trial *trial)
{
    if (trial->is_confirm)
        return PLOT_TRIAL_CONFIRMS;
    if (trial->state == RES_DONE)
        return PLOT_TRIAL_DONE;
    return trial->state == RES_STOPPED ? PLOT_TRIAL_STOPPED : PLOT_TRIAL_UNDER_WAY;
}

swp_status plot_results_make(const plot_task *task, plot_results *out, swp_err *err)
{
    const res_study *study = &task->study;
    *out = (plot_results){.best = SIZE_MAX, .range = PLOT_NO_RANGE};
    swp_status status = res_standing_make(study, task->wanted, &out->standing, err);
    if (status != SWP_OK)
        return status;
    out->taken = swp_alloc(ROWS, COLUMNS);
    if (!out->taken)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t t = 0; t < study->n_trials; t++) {
        double value = out->standing.of[t];
        if (isnan(value))
            continue;
        out->n++;
        out->n_of_kind[plot_kind_of(&study->trials[t])]++;
        out->range.low = fmin(out->range.low, value);
        out->range.high = fmax(out->range.high, value);
    }
    if (out->standing.n > 0)
        out->best = out->standing.order[0];
    out->logarithmic = out->range.low > 0 && out->range.high > MOST_RATIO * out->range.low;
    return SWP_OK;
}

void plot_results_deinit(plot_results *results)
{
    res_standing_deinit(&results->standing);
    swp_free(results->taken);
}

/* "val_loss of each trial at its best epoch: 27 done, 9 stopped; the smallest is best". */
void plot_results_head(const plot_task *task, const plot_results *results, swp_buf *out)
{
    static const char *const kinds[PLOT_TRIAL_KINDS] = {"done", "stopped", "under way",
                                                        "to confirm"};
    const res_study *study = &task->study;
    swp_buf text = {0}, title = {0};
    plot_text_add(&text, res_objective_name(study), PLOT_LABEL_CHARS);
    swp_buf_puts(&text, " of each trial at its best step: ");
    const char *comma = "";
    for (size_t k = 0; k < PLOT_TRIAL_KINDS; k++) {
        if (results->n_of_kind[k] > 0) {
            swp_buf_printf(&text, "%s%zu %s", comma, results->n_of_kind[k], kinds[k]);
            comma = ", ";
        }
    }
    if (study->experiment.n_trials_failed > 0)
        swp_buf_printf(&text, ", %zu failed", study->experiment.n_trials_failed);
    plot_text_assign(out, "subheading", &text);
    plot_text_add(&title, res_objective_name(study), PLOT_LABEL_CHARS);
    plot_text_assign(out, "value_title", &title);
    swp_buf_printf(out, "logarithmic = %d\n", results->logarithmic);
    plot_array_counts(out, "found", results->n_of_kind, PLOT_TRIAL_KINDS);
    plot_range_head(&results->range, out);
}

void plot_best_note(const plot_task *task, const plot_results *results, swp_buf *out)
{
    const res_trial *best = &task->study.trials[results->best];
    swp_buf_printf(out, "best: trial %zu, %.4g", best->number, results->standing.of[results->best]);
    if (*best->label) {
        swp_buf_puts(out, " at ");
        plot_text_add(out, best->label, BEST_CHARS);
    }
}

void plot_results_begin_panel(plot_results *results)
{
    memset(results->taken, 0, ROWS * COLUMNS);
}

bool plot_results_take(const plot_task *task, plot_results *results, size_t trial, double x)
{
    const plot_range *range = &results->range;
    if (results->n <= PLOT_CROWDED || trial == results->best)
        return true;
    double value = results->standing.of[trial];
    double y = results->logarithmic ? log(value / range->low) / log(range->high / range->low)
                                    : (value - range->low) / (range->high - range->low);
    size_t row = y > 0 ? (size_t)(y * (ROWS - 1)) : 0,
           column = x > 0 ? (size_t)(x * (COLUMNS - 1)) : 0;
    unsigned char kind = (unsigned char)(1 << plot_kind_of(&task->study.trials[trial]));
    bool is_first = (results->taken[row * COLUMNS + column] & kind) == 0;
    results->taken[row * COLUMNS + column] |= kind;
    return is_first;
}

void plot_crowd_note(const plot_results *results, swp_buf *out)
{
    if (results->n > PLOT_CROWDED)
        swp_buf_printf(out, "%spoints that would overlap are drawn once",
                       out->length > 0 ? "; " : "");
}
