/* What the sequences of the data set are used for. */
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

static void add_subheading(const res_experiment *e, swp_buf *out)
{
    swp_buf text = {0};
    plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": %zu sequences of %zu samples", e->n_rows, e->length);
    if (e->n_data_sets > 1)
        swp_buf_printf(&text, "; the first of %zu data sets or splits", e->n_data_sets);
    plot_text_assign(out, "subheading", &text);
}

swp_status plot_split(plot_task *task, swp_err *err)
{
    const res_experiment *e = &task->study.experiment;
    size_t used = e->n_train + e->n_val + e->n_test + e->n_anomaly;
    if (e->n_rows == 0) {
        plot_leave_out(task, "split", "there is no data set");
        return SWP_OK;
    }
    plot_chart chart = {.name = "split", .script = plot_split_gp};
    plot_heading(task, "Use of the data", &chart.head);
    add_subheading(e, &chart.head);
    swp_buf_printf(&chart.data,
                   "# sequences: training, validation, normal test, abnormal test, not used\n"
                   "%zu\n%zu\n%zu\n%zu\n%zu\n",
                   e->n_train, e->n_val, e->n_test, e->n_anomaly,
                   e->n_rows > used ? e->n_rows - used : 0);
    return plot_sheet_add(&task->sheet, &chart, err);
}
