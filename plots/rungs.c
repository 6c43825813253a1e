/* Which trials were promoted to which budget: at every step count where trials were stopped, the
 * trials that came so far, ranked by their result there. */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "plots/results_priv.h"
#include "plots/text_priv.h"

/* Stops at more step counts than can stand side by side are no rungs; more names hide each other.
 */
enum { MOST_RUNGS = 12, MOST_NAMES = 9, NAME_CHARS = 48 };

typedef struct rungs {
    size_t steps[MOST_RUNGS]; /* (n) ascending */
    size_t size[MOST_RUNGS];  /* (n) trials that came so far */
    size_t n;
    bool too_many;
} rungs;

static bool takes_part(const plot_task *task, size_t trial)
{
    const res_trial *t = &task->study.trials[trial];
    return task->wanted[trial] && !t->is_confirm && t->n_steps > 0 &&
           (t->state == RES_DONE || t->state == RES_STOPPED);
}

static void add_rung(rungs *to, size_t steps)
{
    size_t at = 0;
    while (at < to->n && to->steps[at] < steps)
        at++;
    if (at < to->n && to->steps[at] == steps)
        return;
    to->too_many |= to->n == MOST_RUNGS;
    if (to->too_many)
        return;
    for (size_t i = to->n++; i > at; i--)
        to->steps[i] = to->steps[i - 1];
    to->steps[at] = steps;
}

static rungs find_rungs(const plot_task *task)
{
    const res_study *study = &task->study;
    rungs found = {0};
    bool stopped = false;
    for (size_t t = 0; t < study->n_trials; t++) {
        if (!takes_part(task, t))
            continue;
        add_rung(&found, res_last_step(&study->trials[t]));
        stopped |= study->trials[t].state == RES_STOPPED;
    }
    if (!stopped)
        found.n = 0;
    return found;
}

/* A trial at a rung. */
typedef struct entry {
    size_t trial;
    double value; /* negated where the largest is best */
} entry;

static int compare_entries(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* Rank the trials that reached a rung: rank[trial], 0 of others. `list` (trials) is scratch. */
static size_t rank_rung(const plot_task *task, size_t steps, entry *list, size_t *rank)
{
    const res_study *study = &task->study;
    size_t n = 0;
    bool maximize = study->step_metrics[study->objective].maximize;
    for (size_t t = 0; t < study->n_trials; t++) {
        const res_trial *trial = &study->trials[t];
        rank[t] = 0;
        double value = takes_part(task, t) && res_last_step(trial) >= steps
                           ? res_trial_best(study, trial, study->objective,
                                            res_steps_up_to(trial, steps), NULL)
                           : (double)NAN;
        if (!isnan(value))
            list[n++] = (entry){t, maximize ? -value : value};
    }
    qsort(list, n, sizeof *list, compare_entries);
    for (size_t i = 0; i < n; i++)
        rank[list[i].trial] = i + 1;
    return n;
}

/* The first trials of the last rung by name. */
static void add_names(const res_study *study, const entry *list, size_t n, swp_buf *out)
{
    size_t named = n < MOST_NAMES ? n : MOST_NAMES;
    swp_buf_printf(out, "n_names = %zu\n", named);
    plot_array_begin(out, "names", named);
    for (size_t i = 0; i < named; i++) {
        const res_trial *t = &study->trials[list[i].trial];
        swp_buf name = {0};
        swp_buf_printf(&name, "%zu%s", t->number, *t->label ? ": " : "");
        plot_text_add(&name, t->label, NAME_CHARS);
        plot_array_text(out, i, &name);
    }
    swp_buf_puts(out, "]\n");
}

/* Lines from one rung to the next, then a blank; ranks of the rung before are in `before`. */
static void add_rung_data(const res_study *study, const rungs *all, size_t r, const size_t *before,
                          const size_t *rank, swp_buf *points, swp_buf *lines)
{
    for (size_t t = 0; t < study->n_trials; t++) {
        if (rank[t] == 0)
            continue;
        double value = res_trial_best(study, &study->trials[t], study->objective,
                                      res_steps_up_to(&study->trials[t], all->steps[r]), NULL);
        bool goes_on = r + 1 < all->n && res_last_step(&study->trials[t]) > all->steps[r];
        swp_buf_printf(points, "%zu %zu %d %zu", r + 1, rank[t],
                       goes_on                                 ? 1
                       : study->trials[t].state == RES_STOPPED ? 0
                                                               : 2,
                       study->trials[t].number);
        plot_number_add(points, value);
        swp_buf_puts(points, "\n");
        if (r > 0)
            swp_buf_printf(lines, "%zu %zu\n%zu %zu\n\n", r, before[t], r + 1, rank[t]);
    }
}

static swp_status add_data(const plot_task *task, rungs *all, plot_chart *chart, swp_err *err)
{
    const res_study *study = &task->study;
    entry *list = swp_alloc(study->n_trials, sizeof *list);
    size_t *rank = swp_alloc(study->n_trials, sizeof *rank);
    size_t *before = swp_alloc(study->n_trials, sizeof *before);
    swp_buf lines = {0};
    bool ok = list && rank && before;
    swp_buf_puts(&chart->data,
                 "# rung, rank, kind (0 stopped, 1 promoted, 2 done), trial, result\n");
    for (size_t r = 0; r < all->n && ok; r++) {
        all->size[r] = rank_rung(task, all->steps[r], list, rank);
        add_rung_data(study, all, r, before, rank, &chart->data, &lines);
        size_t *swap = before;
        before = rank;
        rank = swap;
    }
    if (ok)
        add_names(study, list, all->size[all->n - 1], &chart->head);
    swp_buf_puts(&chart->data, "\n\n# rung, rank: from one to the next\n");
    swp_buf_puts(&chart->data, lines.length > 0 ? lines.text : "");
    chart->data.failed |= lines.failed;
    swp_buf_deinit(&lines);
    swp_free(list);
    swp_free(rank);
    swp_free(before);
    return ok ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
}

static swp_status add_chart(plot_task *task, rungs *all, swp_err *err)
{
    plot_chart chart = {.name = "rungs", .script = plot_rungs_gp};
    swp_buf text = {0};
    plot_heading(task, "Promoted and stopped", &chart.head);
    swp_buf_puts(&text, "rank by the best ");
    plot_text_add(&text, res_objective_name(&task->study), PLOT_LABEL_CHARS);
    swp_buf_puts(&text, " so far, among the trials that came to each budget");
    plot_text_assign(&chart.head, "subheading", &text);
    swp_buf_puts(&chart.head, "note = ''\n");
    swp_status status = add_data(task, all, &chart, err);
    if (status != SWP_OK) {
        plot_chart_deinit(&chart);
        return status;
    }
    swp_buf_printf(&chart.head, "n = %zu\n", all->n);
    plot_array_counts(&chart.head, "steps", all->steps, all->n);
    plot_array_counts(&chart.head, "sizes", all->size, all->n);
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_rungs(plot_task *task, swp_err *err)
{
    rungs all = find_rungs(task);
    if (all.n < 2 || all.too_many) {
        plot_leave_out(task, "rungs",
                       all.too_many ? "trials stopped at more budgets than fit side by side"
                                    : "no trial was stopped");
        return SWP_OK;
    }
    return add_chart(task, &all, err);
}
