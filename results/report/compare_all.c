/* All pairs of configurations of one experiment by one metric, with Holm's correction over them. A
 * configuration is what trials share that differ in seeds and splits only. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/defaults.h"
#include "results/query/select.h"
#include "results/report/compare.h"
#include "results/report/compare_priv.h"

/* Two configurations. */
typedef struct duel {
    size_t group[2];
    res_compared found;
    double p_holm;
    double least_p_holm; /* that so many pairs can give */
    size_t n_pairs;
} duel;

typedef struct contest {
    res_study study;
    res_evaluation *evaluations; /* finished ones, one of each trial */
    size_t n_evaluations;
    bool by_default;
    size_t *keys; /* (n_keys) parameters that tell configurations apart */
    size_t n_keys, metric;
    res_groups groups;
    size_t *present; /* (groups.n) finished evaluations of each */
    duel *duels;     /* (n_duels) */
    size_t n_duels, at;
} contest;

static swp_status unite(res_store *store, const res_compare_options *options, contest *c,
                        swp_err *err)
{
    res_evaluation_filter filter = options->filter;
    swp_status status =
        res_evaluations_list(store, &c->study, &filter, &c->evaluations, &c->n_evaluations, err);
    if (status == SWP_OK)
        status = res_select(&c->study, options->where, options->n_where, c->evaluations,
                            &c->n_evaluations, err);
    if (status != SWP_OK || !res_thresholds_differ(c->evaluations, c->n_evaluations))
        return status;
    const res_default usual = res_default_of(c->evaluations, c->n_evaluations);
    filter.thresholds = &usual.threshold;
    filter.n_thresholds = 1;
    c->by_default = true;
    swp_free(c->evaluations);
    status =
        res_evaluations_list(store, &c->study, &filter, &c->evaluations, &c->n_evaluations, err);
    return status == SWP_OK ? res_select(&c->study, options->where, options->n_where,
                                         c->evaluations, &c->n_evaluations, err)
                            : status;
}

/* One finished evaluation of each trial: that of its largest epoch count. */
static swp_status keep_one_each(contest *c, swp_err *err)
{
    uint32_t *room = swp_alloc(c->study.n_trials, sizeof *room);
    size_t kept = 0;
    if (!room)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    c->n_evaluations =
        res_keep_largest_epochs(c->evaluations, c->n_evaluations, room, c->study.n_trials);
    swp_free(room);
    for (size_t i = 0; i < c->n_evaluations; i++)
        if (c->evaluations[i].selected_epoch > 0)
            c->evaluations[kept++] = c->evaluations[i];
    c->n_evaluations = kept;
    return SWP_OK;
}

static bool repeats(const res_param *param)
{
    return param->is_seed || strcmp(param->key, RES_KEY_SPLIT_SEED) == 0;
}

static swp_status group(contest *c, swp_err *err)
{
    c->keys = swp_alloc(c->study.n_params, sizeof *c->keys);
    if (!c->keys)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t p = 0; p < c->study.n_params; p++)
        if (c->study.params[p].differs && !repeats(&c->study.params[p]))
            c->keys[c->n_keys++] = p;
    swp_status status = res_groups_make(&c->study, c->keys, c->n_keys, &c->groups, err);
    c->present = swp_alloc(c->groups.n, sizeof *c->present);
    if (status == SWP_OK && !c->present)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < c->n_evaluations && status == SWP_OK; i++)
        c->present[c->groups.of[c->evaluations[i].trial]]++;
    return status;
}

static size_t pick(const contest *c, size_t which, res_evaluation *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_evaluations; i++)
        if (c->groups.of[c->evaluations[i].trial] == which)
            out[n++] = c->evaluations[i];
    return n;
}

/* The sides borrow the study; what compare_pair makes belongs to `pair`. */
static swp_status fight(const contest *c, duel *d, res_evaluation *const rooms[2], swp_err *err)
{
    res_comparison pair = {0};
    for (size_t s = 0; s < 2; s++) {
        pair.sides[s] = (res_side){.text = s == 0 ? "A" : "B", .study = c->study};
        pair.sides[s].evaluations = rooms[s];
        pair.sides[s].n_evaluations = pick(c, d->group[s], rooms[s]);
    }
    swp_status status = res_compare_sides(&pair, err);
    for (size_t m = 0; m < pair.n_metrics && status == SWP_OK; m++)
        if (pair.metrics[m].metric[0] == c->metric)
            d->found = pair.metrics[m];
    d->n_pairs = pair.n_pairs;
    res_compare_release(&pair);
    return status;
}

/* Correct p, and the least p: no p after the correction is below what the least ones give. */
static swp_status correct(contest *c, swp_err *err)
{
    const size_t n = c->n_duels;
    double *p = swp_alloc(2 * n, sizeof *p);
    if (!p)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    double *least = p + n;
    for (size_t i = 0; i < n; i++) {
        p[i] = c->duels[i].found.test.p;
        least[i] = c->duels[i].found.test.least_p;
    }
    swp_status status = res_holm(p, n, err);
    if (status == SWP_OK)
        status = res_holm(least, n, err);
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        c->duels[i].p_holm = p[i];
        c->duels[i].least_p_holm = least[i];
    }
    swp_free(p);
    return status;
}

static swp_status fight_all(contest *c, swp_err *err)
{
    size_t n = c->groups.n;
    res_evaluation *rooms[] = {swp_alloc(c->n_evaluations, sizeof **rooms),
                               swp_alloc(c->n_evaluations, sizeof **rooms)};
    c->duels = swp_alloc(n * n, sizeof *c->duels);
    swp_status status = SWP_OK;
    if (!rooms[0] || !rooms[1] || !c->duels)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu configurations", n);
    for (size_t a = 0; a < n && status == SWP_OK; a++) {
        for (size_t b = a + 1; b < n && status == SWP_OK; b++) {
            if (c->present[a] == 0 || c->present[b] == 0)
                continue;
            duel *d = &c->duels[c->n_duels++];
            d->group[0] = a;
            d->group[1] = b;
            status = fight(c, d, rooms, err);
        }
    }
    swp_free(rooms[0]);
    swp_free(rooms[1]);
    return status == SWP_OK ? correct(c, err) : status;
}

#define MOST_CONFIGURATIONS 200

static swp_status load(res_store *store, const char *experiment, const char *metric,
                       const res_compare_options *options, contest *c, swp_err *err)
{
    swp_status status = res_study_load(store, experiment, &c->study, err);
    if (status == SWP_OK)
        status = unite(store, options, c, err);
    if (status == SWP_OK)
        status = keep_one_each(c, err);
    c->metric = res_metric_ranking(&c->study);
    if (status == SWP_OK && metric)
        status = res_metric_find(&c->study, metric, &c->metric, err);
    if (status == SWP_OK)
        status = group(c, err);
    if (status == SWP_OK && (c->groups.n < 2 || c->groups.n > MOST_CONFIGURATIONS)) {
        status =
            swp_fail(err, SWP_CONFIG, "compare --all: expected 2 to %d configurations, found %zu",
                     MOST_CONFIGURATIONS, c->groups.n);
        swp_hint(err, "choose some by --where KEY=VALUE");
    }
    return status == SWP_OK ? fight_all(c, err) : status;
}

/* The table */

static bool go_to_duel(void *rows, size_t row)
{
    contest *c = rows;
    c->at = row;
    return row < c->n_duels;
}

enum { SIDE_A, SIDE_B, PAIRS, MEAN_A, MEAN_B, DIFFERENCE, LOW, HIGH, INTERVAL, LARGER, P, P_HOLM };

static void fill_side(const contest *c, size_t side, res_cell *cell)
{
    swp_buf label = {0};
    const duel *d = &c->duels[c->at];
    res_study_label(&c->study, c->keys, c->n_keys, c->groups.first[d->group[side]], &label);
    res_cell_printf(cell, "%s", label.failed || !label.text ? "" : label.text);
    swp_buf_deinit(&label);
}

static void fill_number(const contest *c, size_t index, double value, res_cell *cell)
{
    char text[SWP_NUMBER_SIZE];
    if (!cell->people)
        res_cell_real(cell, value);
    else if (isnan(value))
        res_cell_words(cell, "-");
    else if (index >= LARGER)
        res_cell_printf(cell, "%.3g", value);
    else
        res_cell_printf(
            cell, "%s",
            res_metric_format(res_metric_at(&c->study, c->metric).style, value, true, text));
}

static void fill(const void *rows, size_t index, res_cell *cell)
{
    const contest *c = rows;
    const duel *d = &c->duels[c->at];
    const res_compared *m = &d->found;
    char text[RES_SPREAD_SIZE];
    const double numbers[] = {[MEAN_A] = m->a.mean,
                              [MEAN_B] = m->b.mean,
                              [DIFFERENCE] = m->difference.mean,
                              [LOW] = m->difference.interval.low,
                              [HIGH] = m->difference.interval.high,
                              [LARGER] = m->p_larger,
                              [P] = m->test.p,
                              [P_HOLM] = d->p_holm};
    if (index <= SIDE_B)
        fill_side(c, index, cell);
    else if (index == PAIRS)
        res_cell_whole(cell, m->difference.n);
    else if (index == INTERVAL)
        res_cell_printf(cell, "%s",
                        res_metric_format_interval(res_metric_at(&c->study, c->metric).style,
                                                   &m->difference, text));
    else
        fill_number(c, index, numbers[index], cell);
}

static res_table duel_table(contest *c, res_format format)
{
    static const struct {
        const char *name, *title;
        size_t index;
    } columns[] = {{"a", "A", SIDE_A},
                   {"b", "B", SIDE_B},
                   {"n", "pairs", PAIRS},
                   {"a_mean", "mean A", MEAN_A},
                   {"b_mean", "mean B", MEAN_B},
                   {"difference_mean", "B - A", DIFFERENCE},
                   {"difference_low", NULL, LOW},
                   {"difference_high", NULL, HIGH},
                   {NULL, "95% interval", INTERVAL},
                   {"p_larger", "P(B > A)", LARGER},
                   {"p", "p", P},
                   {"p_holm", "p Holm", P_HOLM}};
    res_table t = {.format = format, .rows = c, .at = go_to_duel};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        res_table_add(&t, columns[i].name, columns[i].title,
                      columns[i].index <= SIDE_B ? RES_LEFT : RES_RIGHT, fill, columns[i].index);
    return t;
}

enum { VERDICT_SIZE = 256 };

/* What differs, and how many duels had too few pairs for that, whatever the differences are. */
static void describe_verdict(const contest *c, char out[VERDICT_SIZE])
{
    size_t significant = 0, tested = 0, open = 0, most = 0;
    char too_few[96] = "", holm[64] = "";
    for (size_t i = 0; i < c->n_duels; i++) {
        const duel *d = &c->duels[i];
        significant += d->p_holm < RES_LEVEL;
        tested += isnan(d->p_holm) ? 0 : 1;
        if (!(d->least_p_holm >= RES_LEVEL))
            continue;
        open++;
        most = d->found.test.n > most ? d->found.test.n : most;
    }
    if (tested > 1)
        snprintf(holm, sizeof holm, " after Holm's correction over all %zu", tested);
    const size_t needed = open > 0 ? res_signed_rank_needed(most, tested, RES_LEVEL) : 0;
    if (open > 0 && open == tested) {
        snprintf(out, VERDICT_SIZE,
                 "too few pairs to tell: at least %zu needed for each comparison (p < %g%s)",
                 needed, RES_LEVEL, holm);
        return;
    }
    if (open > 0)
        snprintf(too_few, sizeof too_few, "; %zu have too few pairs to tell, %zu could do", open,
                 needed);
    snprintf(out, VERDICT_SIZE, "%zu of %zu pairs differ (p < %g%s)%s", significant, c->n_duels,
             RES_LEVEL, holm, too_few);
}

static void write_head(const contest *c, res_format format, FILE *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE], verdict[VERDICT_SIZE];
    const res_metric_info info = res_metric_at(&c->study, c->metric);
    describe_verdict(c, verdict);
    res_put_heading(format, out, "%s@%zu: all pairs by %s", c->study.experiment.name,
                    c->study.experiment.revision, info.title);
    if (c->by_default && info.needs_threshold)
        res_put_line(format, out, "read at threshold %s; another one: --threshold T",
                     res_threshold_format(c->evaluations[0].threshold, threshold));
    if (info.on_test)
        res_put_line(format, out, "the best of them is chosen on the test set");
    res_put_line(format, out, "verdict: %s", verdict);
    res_put_line(format, out, "p: Wilcoxon signed-rank test, two-sided");
    fputc('\n', out);
}

/* The table, in JSON within an object that says what was compared, and the verdict. */
static swp_status write_table(contest *c, res_format format, FILE *out, swp_err *err)
{
    const res_metric_info info = res_metric_at(&c->study, c->metric);
    char text[VERDICT_SIZE];
    if (!res_format_for_machines(format))
        write_head(c, format, out);
    if (format == RES_JSON) {
        fputs("{\"experiment\": ", out);
        res_put_text(c->study.experiment.name, RES_JSON, out);
        fprintf(out, ",\n\"revision\": %zu,\n\"metric\": ", c->study.experiment.revision);
        res_put_text(info.name, RES_JSON, out);
        fputs(",\n\"threshold\": ", out);
        if (info.needs_threshold && c->n_evaluations > 0)
            res_put_text(res_threshold_format(c->evaluations[0].threshold, text), RES_JSON, out);
        else
            fputs("null", out);
        describe_verdict(c, text);
        fputs(",\n\"verdict\": ", out);
        res_put_text(text, RES_JSON, out);
        fputs(",\n\"pairs\": ", out);
    }
    res_table table = duel_table(c, format);
    swp_status status = res_table_write(&table, out, err);
    fputs(format == RES_JSON ? "}\n" : "", out);
    res_table_deinit(&table);
    return status;
}

swp_status res_compare_all_write(res_store *store, const char *experiment, const char *metric,
                                 const res_compare_options *options, FILE *out, swp_err *err)
{
    contest c = {0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = load(store, experiment, metric, options, &c, err);
    res_snapshot_end(store);
    if (status == SWP_OK)
        status = write_table(&c, options->format, out, err);
    res_groups_deinit(&c.groups);
    swp_free(c.keys);
    swp_free(c.present);
    swp_free(c.duels);
    swp_free(c.evaluations);
    res_study_deinit(&c.study);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
