/* Shares of the variance of the objective that the parameters explain, with their noise floors. */
#include "results/query/importance.h"
#include "plots/results_priv.h"
#include "plots/text_priv.h"

/* More bars do not fit on a page. */
enum { MOST_BARS = 16 };

static void add_names(const res_study *study, const res_importances *of, size_t n, swp_buf *out)
{
    plot_array_begin(out, "names", n + 1);
    for (size_t i = 0; i < n; i++) {
        swp_buf name = {0};
        plot_text_add(&name, study->params[of->params[i]].name, PLOT_DATA_CHARS);
        plot_array_text(out, i, &name);
    }
    swp_buf rest = {0};
    swp_buf_puts(&rest, of->whole.exact ? "interactions" : "all else");
    plot_array_text(out, n, &rest);
    swp_buf_puts(out, "]\n");
}

static void add_note(const plot_task *task, const res_importances *of, size_t n, swp_buf *out)
{
    swp_buf text = {0}, note = {0};
    plot_text_add(&text, res_objective_name(&task->study), PLOT_LABEL_CHARS);
    swp_buf_printf(&text, " after %zu step%s: shares of its variance, ", of->steps,
                   of->steps == 1 ? "" : "s");
    if (of->whole.exact)
        swp_buf_printf(&text, "exact over all %zu combinations", of->whole.n_cells);
    else
        swp_buf_printf(&text, "by an additive model of %zu trials", of->whole.n_trials);
    if (!isnan(of->whole.noise))
        swp_buf_printf(&note, "sd between seeds %.3g", of->whole.noise);
    if (n < of->n)
        swp_buf_printf(&note, "%sthe first %zu of %zu parameters", note.length > 0 ? "; " : "", n,
                       of->n);
    plot_text_assign(out, "subheading", &text);
    plot_text_assign(out, "note", &note);
}

static void add_percent(double share, swp_buf *out)
{
    if (isnan(share))
        swp_buf_puts(out, " nan");
    else
        swp_buf_printf(out, " %.6g", 100 * share);
}

static swp_status add_chart(plot_task *task, const res_importances *of, swp_err *err)
{
    plot_chart chart = {.name = "importance", .script = plot_importance_gp};
    size_t n = of->n < MOST_BARS ? of->n : MOST_BARS;
    plot_heading(task, "Importance of parameters", &chart.head);
    add_note(task, of, n, &chart.head);
    double most = 100 * fmax(of->whole.rest, of->shares[0].share);
    swp_buf_printf(&chart.head, "n = %zu\nmost = %.6g\nhas_floor = %d\n", n, most,
                   !isnan(of->shares[0].floor));
    add_names(&task->study, of, n, &chart.head);
    swp_buf_puts(&chart.data,
                 "# bar, share (%), what chance alone would give (%); the last is the rest\n");
    for (size_t i = 0; i <= n; i++) {
        swp_buf_printf(&chart.data, "%zu", i + 1);
        add_percent(i < n ? of->shares[i].share : of->whole.rest, &chart.data);
        add_percent(i < n ? of->shares[i].floor : of->whole.floor, &chart.data);
        swp_buf_puts(&chart.data, "\n");
    }
    return plot_sheet_add(&task->sheet, &chart, err);
}

swp_status plot_importance(plot_task *task, swp_err *err)
{
    res_importances of;
    swp_status status =
        res_importances_make(&task->study, task->study.objective, task->wanted, &of, err);
    if (status == SWP_CONFIG) {
        plot_leave_out(task, "importance", "too few trials with a result differ in parameters");
        status = SWP_OK;
    } else if (status == SWP_OK && of.n < 2) {
        plot_leave_out(task, "importance", "fewer than two parameters differ");
    } else if (status == SWP_OK) {
        status = add_chart(task, &of, err);
    }
    res_importances_deinit(&of);
    return status;
}
