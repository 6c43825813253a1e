/* Baselines on the charts of recall: lines across the bars, and dashed curves. */
#include <math.h>
#include <string.h>

#include "engine/base/mem.h"
#include "plots/charts_priv.h"
#include "plots/text_priv.h"
#include "results/query/defaults.h"

/* The mean over splits of a metric of the baselines from `begin` to `end`, read at the charts'
 * threshold; NAN where it is not known. */
static double mean_of(const plot_task *task, size_t begin, size_t end, size_t metric)
{
    const res_threshold rule = res_baseline_threshold(task->recalls.threshold);
    double sum = 0;
    for (size_t i = begin; i < end; i++) {
        const res_baseline *b = &task->baselines[i];
        double threshold;
        res_counts counts;
        swp_err unsaid; /* too few errors for the rule */
        if (res_baseline_count(b, rule, &threshold, &counts, &unsaid) != SWP_OK)
            return (double)NAN;
        sum += res_baseline_metric(b, threshold, &counts, metric);
    }
    return sum / (double)(end - begin);
}

/* Whether baselines are read by the rule of the models: a number is in units of the models' errors,
 * and recalls at different rules do not compare. */
static bool share_rule(const plot_task *task)
{
    const res_threshold chosen = task->recalls.threshold;
    return res_threshold_equal(res_baseline_threshold(chosen), chosen);
}

/* Numbers that the trials of a group compress a sequence to; 0 where they differ. */
static size_t code_of(const plot_task *task, const plot_groups *groups, size_t g)
{
    const res_trial *trials = task->study.trials;
    size_t code = trials[groups->members[groups->begin[g]]].code;
    for (size_t i = groups->begin[g]; i < groups->begin[g + 1]; i++)
        if (trials[groups->members[i]].code != code)
            return 0;
    return code;
}

static void add_pca(const plot_task *task, const plot_groups *groups, size_t n_baselines,
                    swp_buf *out)
{
    const res_baseline *list = task->baselines;
    bool any = false;
    plot_array_begin(out, "pca", groups->n);
    for (size_t g = 0; g < groups->n; g++) {
        size_t code = code_of(task, groups, g), i = 0;
        double value = (double)NAN;
        while (i < n_baselines && (code == 0 || list[i].components != code))
            i++;
        if (i < n_baselines)
            value =
                100 * mean_of(task, i, res_baselines_end(list, n_baselines, i), RES_ANOMALY_RECALL);
        any |= !isnan(value);
        swp_buf_puts(out, g > 0 ? "," : "");
        if (isnan(value))
            swp_buf_puts(out, " NaN");
        else
            plot_number_add(out, value);
    }
    swp_buf_printf(out, "]\npca_title = '%s'\n", any ? "PCA, as many components" : "");
}

void plot_baseline_lines(const plot_task *task, const plot_groups *groups, swp_buf *out)
{
    const res_baseline *list = task->baselines;
    const size_t n_baselines = share_rule(task) ? task->n_baselines : 0;
    size_t n = 0, drawn[2][2];
    char rule[RES_THRESHOLD_TEXT_SIZE];
    for (size_t i = 0, end; i < n_baselines; i = end) {
        end = res_baselines_end(list, n_baselines, i);
        if (list[i].components == 0 && n < 2 && !isnan(mean_of(task, i, end, RES_ANOMALY_RECALL))) {
            drawn[n][0] = i;
            drawn[n++][1] = end;
        }
    }
    swp_buf_printf(out, "n_lines = %zu\n", n);
    plot_array_begin(out, "lines", n > 0 ? n : 1);
    for (size_t k = 0; k < n; k++) {
        swp_buf_puts(out, k > 0 ? "," : "");
        plot_number_add(out, 100 * mean_of(task, drawn[k][0], drawn[k][1], RES_ANOMALY_RECALL));
    }
    swp_buf_puts(out, n > 0 ? "]\n" : "0]\n");
    plot_array_begin(out, "line_titles", n > 0 ? n : 1);
    for (size_t k = 0; k < n; k++) {
        char text[RES_BASELINE_TITLE_SIZE];
        swp_buf title = {0};
        swp_buf_puts(&title, res_baseline_title(&list[drawn[k][0]], text));
        plot_array_text(out, k, &title);
    }
    swp_buf_puts(out, n > 0 ? "]\n" : "'']\n");
    add_pca(task, groups, n_baselines, out);
    swp_buf_printf(out, "rule = '%s'\n", res_threshold_format(task->recalls.threshold, rule));
}

size_t plot_baseline_curves(const plot_task *task, size_t metric,
                            size_t out[PLOT_BASELINE_CURVES][2], size_t *best_of)
{
    const res_baseline *list = task->baselines;
    size_t n = 0, n_pca = 0, pca = PLOT_BASELINE_CURVES;
    double best = (double)NAN;
    for (size_t i = 0, end; i < task->n_baselines; i = end) {
        end = res_baselines_end(list, task->n_baselines, i);
        double area = mean_of(task, i, end, metric);
        bool is_pca = list[i].components > 0;
        n_pca += is_pca;
        size_t at = is_pca && pca < n ? pca : n;
        if (isnan(area) || at == PLOT_BASELINE_CURVES || (is_pca && area <= best))
            continue;
        pca = is_pca ? at : pca;
        best = is_pca ? area : best;
        n += at == n;
        out[at][0] = i;
        out[at][1] = end;
    }
    *best_of = n_pca;
    return n;
}

void plot_baseline_curve_titles(const plot_task *task, size_t metric,
                                size_t curves[PLOT_BASELINE_CURVES][2], size_t n, size_t best_of,
                                swp_buf *out)
{
    swp_buf_printf(out, "n_baselines = %zu\n", n);
    plot_array_begin(out, "baseline_titles", n > 0 ? n : 1);
    for (size_t k = 0; k < n; k++) {
        char text[RES_BASELINE_TITLE_SIZE];
        const res_baseline *b = &task->baselines[curves[k][0]];
        swp_buf title = {0};
        if (b->components > 0 && best_of > 1)
            swp_buf_printf(&title, "PCA %zu (best of %zu)", b->components, best_of);
        else
            swp_buf_puts(&title, res_baseline_title(b, text));
        swp_buf_printf(&title, ":  %.3f", mean_of(task, curves[k][0], curves[k][1], metric));
        plot_array_text(out, k, &title);
    }
    swp_buf_puts(out, n > 0 ? "]\n" : "'']\n");
}
