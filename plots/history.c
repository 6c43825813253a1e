/* The objective of all trials by number, and the best so far. */
#include "plots/results_priv.h"
#include "plots/text_priv.h"

/* With fewer, a chart shows no more than a table. */
enum { LEAST = 5 };

swp_status plot_history(plot_task *task, swp_err *err)
{
    const res_study *study = &task->study;
    plot_results r;
    swp_status status = plot_results_make(task, &r, err);
    if (status == SWP_OK && r.n < LEAST)
        plot_leave_out(task, "history", "fewer than five trials have a result");
    if (status != SWP_OK || r.n < LEAST)
        goto done;
    plot_chart chart = {.name = "history", .script = plot_history_gp};
    swp_buf note = {0};
    plot_heading(task, "Trials and the best so far", &chart.head);
    plot_results_head(task, &r, &chart.head);
    if (r.best != SIZE_MAX)
        plot_best_note(task, &r, &note);
    plot_crowd_note(&r, &note);
    plot_text_assign(&chart.head, "note", &note);
    swp_buf_printf(&chart.head, "last = %zu\nbest = %zu\n",
                   study->trials[study->n_trials - 1].number,
                   r.best == SIZE_MAX ? 0 : study->trials[r.best].number);
    swp_buf_puts(&chart.data, "# trial, result, kind, best so far\n");
    const res_standing *standing = &r.standing;
    plot_results_begin_panel(&r);
    for (size_t t = 0, best = 0; t < study->n_trials; t++) {
        if (isnan(r.standing.of[t]))
            continue;
        bool is_better = best + 1 < standing->n_path && standing->path[best + 1] <= t;
        bool is_first = plot_results_take(task, &r, t, (double)t / (double)study->n_trials);
        if (!is_first && !is_better && t + 1 < study->n_trials)
            continue;
        swp_buf_printf(&chart.data, "%zu", study->trials[t].number);
        plot_number_add(&chart.data, r.standing.of[t]);
        swp_buf_printf(&chart.data, " %d", plot_kind_of(&study->trials[t]));
        while (best + 1 < standing->n_path && standing->path[best + 1] <= t)
            best++;
        bool found = standing->n_path > 0 && standing->path[best] <= t;
        plot_number_add(&chart.data, found ? standing->of[standing->path[best]] : (double)NAN);
        swp_buf_puts(&chart.data, "\n");
    }
    status = plot_sheet_add(&task->sheet, &chart, err);
done:
    plot_results_deinit(&r);
    return status;
}
