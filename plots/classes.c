/* The classes of the data set: how many sequences, and what is typical of them. */
#include "plots/charts_priv.h"
#include "plots/text_priv.h"

/* More than this would make a picture too high. */
enum { MOST_CLASSES = 60 };

static size_t n_shown(const plot_study *study)
{
    return study->n_classes < MOST_CLASSES ? study->n_classes : MOST_CLASSES;
}

static void add_subheading(const plot_study *study, const char *more, swp_buf *out)
{
    const res_experiment *e = &study->experiment;
    swp_buf text = {0};
    plot_text_add(&text, e->data_name, PLOT_DATA_CHARS);
    swp_buf_printf(&text, ": %zu sequences of %zu samples", e->n_rows, e->length);
    if (n_shown(study) < study->n_classes)
        swp_buf_printf(&text, "; the first %zu of %zu classes", n_shown(study), study->n_classes);
    if (e->n_data_sets > 1)
        swp_buf_printf(&text, "; the first of %zu data sets or splits", e->n_data_sets);
    swp_buf_puts(&text, more);
    plot_text_assign(out, "subheading", &text);
}

/* The lines "n = ...", "array labels[n] = [...]" and the number of the normal class, 0 if unknown.
 */
static void add_labels(const plot_study *study, swp_buf *out)
{
    size_t normal = 0;
    swp_buf_printf(out, "n = %zu\narray labels[%zu] = [", n_shown(study), n_shown(study));
    for (size_t c = 0; c < n_shown(study); c++) {
        swp_buf label = {0};
        plot_study_class(study, c, &label);
        swp_buf_puts(out, c > 0 ? ", " : "");
        plot_text_quote(out, label.failed ? "" : label.text, SIZE_MAX);
        out->failed |= label.failed;
        swp_buf_deinit(&label);
        if (plot_study_is_normal(study, c))
            normal = c + 1;
    }
    swp_buf_printf(out, "]\nnormal = %zu\n", normal);
}

swp_status plot_class_counts(plot_task *task, swp_err *err)
{
    const plot_study *study = &task->study;
    if (study->n_classes == 0) {
        plot_leave_out(task, "class_counts", "the classes were not recorded");
        return SWP_OK;
    }
    plot_chart chart = {.name = "class_counts", .script = plot_class_counts_gp};
    plot_study_heading(study, "Sequences by class", &chart.head);
    add_subheading(study, "", &chart.head);
    add_labels(study, &chart.head);
    swp_buf_printf(&chart.head, "total = %zu\n", study->experiment.n_rows);
    swp_buf_puts(&chart.data, "# sequences of each class\n");
    for (size_t c = 0; c < n_shown(study); c++)
        swp_buf_printf(&chart.data, "%zu\n", study->classes[c].count);
    return plot_sheet_add(&task->sheet, &chart, err);
}

static void add_profile(const res_class *c, swp_buf *out)
{
    swp_buf_puts(out, "# class ");
    plot_text_add(out, c->label, PLOT_LABEL_CHARS);
    swp_buf_puts(out, ": sample, mean, sd\n");
    for (size_t t = 0; t < c->length; t++)
        swp_buf_printf(out, "%zu %.5g %.5g\n", t + 1, (double)c->mean[t], (double)c->sd[t]);
    swp_buf_puts(out, "\n\n");
}

swp_status plot_class_means(plot_task *task, swp_err *err)
{
    const plot_study *study = &task->study;
    if (study->n_classes == 0 || study->classes[0].length == 0) {
        plot_leave_out(task, "class_means", PLOT_OLD);
        return SWP_OK;
    }
    plot_chart chart = {.name = "class_means", .script = plot_class_means_gp};
    plot_study_heading(study, "Means of the classes", &chart.head);
    add_subheading(study, "; mean and 2 sd to both sides", &chart.head);
    add_labels(study, &chart.head);
    swp_buf_printf(&chart.head, "length = %zu\narray counts[%zu] = [", study->experiment.length,
                   n_shown(study));
    for (size_t c = 0; c < n_shown(study); c++)
        swp_buf_printf(&chart.head, "%s%zu", c > 0 ? ", " : "", study->classes[c].count);
    swp_buf_puts(&chart.head, "]\n");
    for (size_t c = 0; c < n_shown(study); c++)
        add_profile(&study->classes[c], &chart.data);
    return plot_sheet_add(&task->sheet, &chart, err);
}
