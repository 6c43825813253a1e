/* The classes of the data set: how many sequences, and what is typical of them. */
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* More than this would make a picture too high. */
enum { MOST_CLASSES = 60 };

static size_t n_shown(const plot_task *task)
{
    return task->n_classes < MOST_CLASSES ? task->n_classes : MOST_CLASSES;
}

static void add_subheading(const plot_task *task, const char *more, swp_buf *out)
{
    const res_experiment *e = &task->study.experiment;
    swp_buf text = {0};
    plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": %zu sequences of %zu samples", e->n_rows, e->length);
    if (n_shown(task) < task->n_classes)
        swp_buf_printf(&text, "; the first %zu of %zu classes", n_shown(task), task->n_classes);
    if (e->n_data_sets > 1)
        swp_buf_printf(&text, "; the first of %zu data sets or splits", e->n_data_sets);
    swp_buf_puts(&text, more);
    plot_text_assign(out, "subheading", &text);
}

/* The lines "n = ...", "array labels[n] = [...]" and the number of the normal class, 0 if unknown.
 */
static void add_labels(const plot_task *task, swp_buf *out)
{
    size_t normal = 0;
    swp_buf_printf(out, "n = %zu\n", n_shown(task));
    plot_array_begin(out, "labels", n_shown(task));
    for (size_t c = 0; c < n_shown(task); c++) {
        swp_buf label = {0};
        plot_class_name(task, c, &label);
        plot_array_text(out, c, &label);
        if (plot_class_is_normal(task, c))
            normal = c + 1;
    }
    swp_buf_printf(out, "]\nnormal = %zu\n", normal);
}

swp_status plot_class_counts(plot_task *task, swp_err *err)
{
    if (task->n_classes == 0) {
        plot_leave_out(task, "class_counts", "the classes were not recorded");
        return SWP_OK;
    }
    plot_chart chart = {.name = "class_counts", .script = plot_class_counts_gp};
    plot_heading(task, "Sequences by class", &chart.head);
    add_subheading(task, "", &chart.head);
    add_labels(task, &chart.head);
    swp_buf_printf(&chart.head, "total = %zu\n", task->study.experiment.n_rows);
    swp_buf_puts(&chart.data, "# sequences of each class\n");
    for (size_t c = 0; c < n_shown(task); c++)
        swp_buf_printf(&chart.data, "%zu\n", task->classes[c].count);
    return plot_sheet_add(&task->sheet, &chart, err);
}

static void add_profile(const res_class *c, swp_buf *out)
{
    swp_buf_puts(out, "# class ");
    plot_text_add(out, c->label, PLOT_LABEL_CHARS);
    swp_buf_puts(out, ": sample, mean, sd\n");
    for (size_t t = 0; t < c->length; t += plot_every(c->length))
        swp_buf_printf(out, "%zu %.5g %.5g\n", t + 1, (double)c->mean[t], (double)c->sd[t]);
    swp_buf_puts(out, "\n\n");
}

swp_status plot_class_means(plot_task *task, swp_err *err)
{
    bool known = task->n_classes > 0 && task->study.experiment.length > 0;
    for (size_t c = 0; c < task->n_classes; c++)
        known &= task->classes[c].length == task->study.experiment.length;
    if (!known) {
        plot_leave_out(task, "class_means", PLOT_OLD);
        return SWP_OK;
    }
    plot_chart chart = {.name = "class_means", .script = plot_class_means_gp};
    plot_heading(task, "Means of the classes", &chart.head);
    add_subheading(task, "; mean and 2 sd to both sides", &chart.head);
    add_labels(task, &chart.head);
    swp_buf_printf(&chart.head, "length = %zu\n", task->study.experiment.length);
    plot_array_begin(&chart.head, "counts", n_shown(task));
    for (size_t c = 0; c < n_shown(task); c++)
        swp_buf_printf(&chart.head, "%s%zu", c > 0 ? ", " : "", task->classes[c].count);
    swp_buf_puts(&chart.head, "]\n");
    for (size_t c = 0; c < n_shown(task); c++)
        add_profile(&task->classes[c], &chart.data);
    return plot_sheet_add(&task->sheet, &chart, err);
}
