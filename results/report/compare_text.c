/* A comparison, laid out: for people as text, for machines as CSV and JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/report/compare_priv.h"

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void write_side(const res_comparison *c, size_t s, res_format format, FILE *out)
{
    const res_side *side = &c->sides[s];
    const res_experiment *e = &side->study.experiment;
    char open[48] = "", alone[64] = "";
    if (side->n_open > 0)
        snprintf(open, sizeof open, ", %zu more not finished", side->n_open);
    if (side->n_alone > 0)
        snprintf(alone, sizeof alone, ", %zu left out without a partner", side->n_alone);
    res_put_line(format, out, "%s: %s (%s@%zu%s%s%s): %zu evaluation%s%s%s", s == 0 ? "A" : "B",
                 side->text, e->name, e->revision, e->n_data_sets > 0 ? ", " : "",
                 e->synthetic ? "SYNTHETIC data " : "", e->n_data_sets > 0 ? e->data_name : "",
                 side->n_evaluations, plural(side->n_evaluations), open, alone);
}

/* "differ in: NAME (4 | 8)" */
static void write_differences(const res_comparison *c, res_format format, FILE *out)
{
    swp_buf line = {0};
    for (size_t k = 0; k < c->n_keys; k++) {
        const res_compare_key *key = &c->keys[k];
        if (key->role == RES_KEY_DIFFERS)
            swp_buf_printf(&line, "%s%s (%s | %s)", line.length ? ", " : "", key->title,
                           key->values[0].text, key->values[1].text);
    }
    if (!line.failed)
        res_put_line(format, out, "differ in: %s", line.length ? line.text : "nothing");
    swp_buf_deinit(&line);
}

/* Add the keys of a kind by which evaluations are paired, as a list. */
static void list_pairing(const res_comparison *c, bool of_reading, const char *before, swp_buf *out)
{
    const char *comma = before;
    for (size_t k = 0; k < c->n_keys; k++) {
        if (c->keys[k].role != RES_KEY_PAIRS || c->keys[k].of_reading != of_reading)
            continue;
        swp_buf_printf(out, "%s%s", comma, c->keys[k].title);
        comma = ", ";
    }
}

static void write_pairing(const res_comparison *c, res_format format, FILE *out)
{
    swp_buf line = {0};
    swp_buf_printf(&line, "%zu pair%s", c->n_pairs, plural(c->n_pairs));
    list_pairing(c, false, " with the same ", &line);
    list_pairing(c, true, ", each a mean over ", &line);
    if (!line.failed)
        res_put_line(format, out, "%s", line.text);
    swp_buf_deinit(&line);
}

static size_t find_ranking(const res_comparison *c)
{
    size_t m = 0, ranking = res_metric_ranking(&c->sides[0].study);
    while (m < c->n_metrics && c->metrics[m].metric[0] != ranking)
        m++;
    return m;
}

/* Whether pairing helps here. */
static void write_pairs(const res_comparison *c, const res_compared *ranking, res_format format,
                        FILE *out)
{
    char correlation[48] = "";
    if (ranking && c->n_pairs > 2 && !isnan(ranking->correlation))
        snprintf(correlation, sizeof correlation, " (correlation %.2f)", ranking->correlation);
    if (c->n_pairs < 2 || c->sides[0].study.of_command) /* nothing is known of its data */
        return;
    if (c->share_nothing)
        res_put_line(format, out,
                     "the pairs share nothing%s: a seed draws different weights for different "
                     "shapes; the test is valid, but pairing does not help",
                     correlation);
    else if (c->by_split)
        res_put_line(format, out, "each pair shares its rows%s; the interval is over splits%s",
                     correlation,
                     c->overlap > 0 ? " and widened because their training sets overlap" : "");
    else
        res_put_line(format, out,
                     "the pairs share one split%s: other splits of the data may differ more",
                     correlation);
}

/* One sentence on the ranking metric: who is better, by how much, and how sure that is. */
static void add_verdict(const res_comparison *c, const res_compared *m, swp_buf *out)
{
    const res_metric_info info = res_metric_at(&c->sides[0].study, m->metric[0]);
    char by[SWP_NUMBER_SIZE], interval[RES_SPREAD_SIZE] = "";
    bool better = info.minimize ? m->difference.mean < 0 : m->difference.mean > 0;
    res_spread d = m->difference;
    res_metric_format_interval(info.style, &d, interval);
    res_metric_format(info.style, d.mean, true, by);
    if (d.n < 2)
        swp_buf_printf(out, "too few pairs to tell which side is better: at least %zu needed",
                       res_signed_rank_needed(d.n, 1, RES_LEVEL));
    else if (m->test.n == 0)
        swp_buf_printf(out, "A and B are equal in %s in all %zu pairs", info.title, d.n);
    else if (m->test.least_p >= RES_LEVEL)
        swp_buf_printf(out,
                       "too few pairs to tell in %s: at least %zu%s needed; B - A = %s %s, "
                       "p = %.2g",
                       info.title, res_signed_rank_needed(m->test.n, 1, RES_LEVEL),
                       m->test.n_zeros > 0 ? " that differ" : "", by, interval, m->test.p);
    else if (m->test.p < RES_LEVEL)
        swp_buf_printf(out, "B is %s than A in %s: B - A = %s %s, p = %.2g",
                       better ? "better" : "worse", info.title, by, interval, m->test.p);
    else
        swp_buf_printf(out, "no difference in %s is shown: B - A = %s %s, p = %.2g", info.title, by,
                       interval, m->test.p);
}

/* The same as a line, or in JSON as a value. errors NOMEM */
static swp_status put_verdict(const res_comparison *c, res_format format, FILE *out, swp_err *err)
{
    const size_t ranking = find_ranking(c);
    swp_buf verdict = {0};
    if (ranking < c->n_metrics)
        add_verdict(c, &c->metrics[ranking], &verdict);
    swp_status status = verdict.failed ? swp_fail(err, SWP_NOMEM, "out of memory") : SWP_OK;
    if (status == SWP_OK && format == RES_JSON && !verdict.text)
        fputs("null", out);
    else if (status == SWP_OK && format == RES_JSON)
        res_put_text(verdict.text, RES_JSON, out);
    else if (status == SWP_OK && verdict.text)
        res_put_line(format, out, "verdict: %s", verdict.text);
    swp_buf_deinit(&verdict);
    return status;
}

/* The test, or why there is none that could show a difference. */
static void write_test(const res_comparison *c, res_format format, FILE *out)
{
    const size_t n = c->n_pairs, needed = res_signed_rank_needed(0, 1, RES_LEVEL);
    size_t tested = 0, most = 0;
    double least = 1;
    char corrected[64] = "";
    for (size_t m = 0; m < c->n_metrics; m++) {
        const res_signed_rank *test = &c->metrics[m].test;
        if (isnan(test->p))
            continue;
        tested++;
        most = test->n > most ? test->n : most;
        least = fmin(least, test->least_p);
    }
    if (n < needed) {
        res_put_line(format, out,
                     "%zu pairs are too few for a test at 5%%: p is at least %.3g; %zu could do", n,
                     ldexp(2, -(int)n), needed);
        return;
    }
    if (tested > 1)
        snprintf(corrected, sizeof corrected, "; corrected for the %zu metrics tested: Holm",
                 tested);
    res_put_line(format, out, "p: Wilcoxon signed-rank test, two-sided, %s%s",
                 n <= RES_EXACT_PAIRS ? "exact" : "normal approximation", corrected);
    if (tested > 0 && least * (double)tested >= RES_LEVEL)
        res_put_line(format, out,
                     "p Holm: too few pairs to tell: it is at least %.3g for %zu metric%s; %zu "
                     "pairs could do",
                     fmin(1, least * (double)tested), tested, tested == 1 ? "" : "s",
                     res_signed_rank_needed(most, tested, RES_LEVEL));
}

/* What the metrics can and cannot tell. */
static void write_caution(const res_comparison *c, res_format format, FILE *out)
{
    const res_compare_key *seed = NULL;
    const size_t n = c->n_pairs;
    for (size_t k = 0; k < c->n_keys; k++)
        seed = c->keys[k].is_seed ? &c->keys[k] : seed;
    if (n == 1)
        res_put_line(
            format, out,
            "one pair is no test: whether another seed would differ as much is not known%s%s%s",
            seed ? "; sweep " : "", seed ? seed->name : "", seed ? " to find out" : "");
    else
        write_test(c, format, out);
    if (n > 1 && !(seed && seed->role == RES_KEY_PAIRS))
        res_put_line(format, out,
                     "the pairs differ in other parameters than the seed: nothing is known about "
                     "other seeds");
    if (n > 1)
        res_put_line(format, out, "intervals: of the mean difference over pairs, Student's t%s",
                     c->areas_by_bootstrap
                         ? "; of AUROC and AUPRC by a bootstrap over pairs and test sequences"
                         : "");
    if (n > 1)
        res_put_line(format, out,
                     "effect: rank-biserial correlation, from -1 (B smaller in all pairs) to 1; "
                     "P(B > A): over any trial of each side; percentages differ by points");
    const char *a = c->sides[0].study.experiment.fingerprint;
    const char *b = c->sides[1].study.experiment.fingerprint;
    if (a && b && strcmp(a, b) != 0)
        res_put_line(format, out, "A and B have different data");
}

/* Sides without a chosen threshold. */
static void write_defaults(const res_comparison *c, res_format format, FILE *out)
{
    char threshold[RES_THRESHOLD_TEXT_SIZE];
    for (size_t s = 0; s < 2; s++)
        if (c->sides[s].by_default)
            res_put_line(format, out, "%s is read at threshold %s; another one: --threshold T",
                         s == 0 ? "A" : "B",
                         res_threshold_format(c->sides[s].evaluations[0].threshold, threshold));
}

static void write_same_rows(const res_comparison *c, res_format format, FILE *out)
{
    const res_same_rows *r = &c->same_rows;
    if (r->known)
        res_put_line(format, out,
                     "of the same test sequences, only A judges %zu right, only B %zu: p = %.3g "
                     "(McNemar, exact; about these two models, not about other seeds)",
                     r->only_a, r->only_b, r->p);
}

/* The table of metrics */

typedef struct cursor {
    const res_comparison *c;
    size_t metric;
} cursor;

static bool go_to_metric(void *rows, size_t row)
{
    cursor *at = rows;
    at->metric = row;
    return row < at->c->n_metrics;
}

static const res_compared *compared(const void *rows)
{
    const cursor *at = rows;
    return &at->c->metrics[at->metric];
}

static res_metric_info info_of(const void *rows)
{
    const cursor *at = rows;
    return res_metric_at(&at->c->sides[0].study, compared(rows)->metric[0]);
}

/* Whether the metric can be better or worse: not an epoch or a threshold, nor what is the same by
 * construction or depends on a shared clock. */
static bool has_better(const void *rows)
{
    return info_of(rows).is_quality;
}

static void fill_name(const void *rows, size_t index, res_cell *cell)
{
    const char *title =
        compared(rows)->metric[0] == RES_THRESHOLD_NUMBER ? "threshold" : info_of(rows).title;
    (void)index;
    /* The name is borrowed from a table that outlives the row. */
    res_cell_words(cell, cell->people ? title : info_of(rows).name);
}

/* A column is a field of res_compared. */
#define FIELD(member) offsetof(res_compared, member)

static const char *field_of(const void *rows, size_t field)
{
    return (const char *)compared(rows) + field;
}

/* For people. A difference that is zero in all pairs needs no decimals. */
static void fill_spread(const void *rows, size_t field, res_cell *cell)
{
    res_spread s;
    res_style style = info_of(rows).style;
    char text[RES_SPREAD_SIZE];
    memcpy(&s, field_of(rows, field), sizeof s);
    if (field == FIELD(difference) && s.mean == 0 && (s.n < 2 || s.sd == 0))
        res_cell_words(cell, "0");
    else if (s.n > 1)
        res_cell_printf(cell, "%s", res_metric_format_spread(style, &s, text));
    else
        res_cell_printf(cell, "%s", res_metric_format(style, s.mean, false, text));
}

static void fill_interval(const void *rows, size_t field, res_cell *cell)
{
    const res_spread *d = &compared(rows)->difference;
    char text[RES_SPREAD_SIZE];
    (void)field;
    if (d->mean != 0 || d->sd != 0)
        res_cell_printf(cell, "%s", res_metric_format_interval(info_of(rows).style, d, text));
}

static void fill_better(const void *rows, size_t field, res_cell *cell)
{
    const res_compared *m = compared(rows);
    (void)field;
    if (has_better(rows) && cell->people && m->difference.n > 0 && m->test.n_zeros > 0)
        res_cell_printf(cell, "%zu of %zu, %zu equal", m->n_better, m->difference.n,
                        m->test.n_zeros);
    else if (has_better(rows) && cell->people && m->difference.n > 0)
        res_cell_printf(cell, "%zu of %zu", m->n_better, m->difference.n);
    else if (has_better(rows) && !cell->people)
        res_cell_whole(cell, m->n_better);
}

static void fill_real(const void *rows, size_t field, res_cell *cell)
{
    double value;
    memcpy(&value, field_of(rows, field), sizeof value);
    if (!cell->people)
        res_cell_real(cell, value);
    else if (isnan(value))
        res_cell_words(cell, "-");
    else
        res_cell_printf(cell, "%.3g", value);
}

static void fill_whole(const void *rows, size_t field, res_cell *cell)
{
    size_t value;
    memcpy(&value, field_of(rows, field), sizeof value);
    res_cell_whole(cell, value);
}

static void fill_exact(const void *rows, size_t field, res_cell *cell)
{
    (void)field;
    res_cell_bool(cell, compared(rows)->test.exact);
}

/* Name, title, fill, field. With one pair there is no test for people. */
static const struct {
    const char *name, *title;
    res_fill *fill;
    size_t field;
    bool of_test;
} columns[] = {{"n", NULL, fill_whole, FIELD(difference.n), false},
               {NULL, "A", fill_spread, FIELD(a), false},
               {"a_mean", NULL, fill_real, FIELD(a.mean), false},
               {"a_sd", NULL, fill_real, FIELD(a.sd), false},
               {NULL, "B", fill_spread, FIELD(b), false},
               {"b_mean", NULL, fill_real, FIELD(b.mean), false},
               {"b_sd", NULL, fill_real, FIELD(b.sd), false},
               {NULL, "B - A", fill_spread, FIELD(difference), false},
               {"difference_mean", NULL, fill_real, FIELD(difference.mean), false},
               {"difference_sd", NULL, fill_real, FIELD(difference.sd), false},
               {"difference_ci95", NULL, fill_real, FIELD(difference.ci95), false},
               {"difference_low", NULL, fill_real, FIELD(difference.interval.low), false},
               {"difference_high", NULL, fill_real, FIELD(difference.interval.high), false},
               {NULL, "95% interval", fill_interval, 0, false},
               {"n_better", "B better", fill_better, 0, true},
               {"n_zero", NULL, fill_whole, FIELD(test.n_zeros), false},
               {"w_plus", NULL, fill_real, FIELD(test.w_plus), false},
               {"w_minus", NULL, fill_real, FIELD(test.w_minus), false},
               {"p", "p", fill_real, FIELD(test.p), true},
               {"p_holm", "p Holm", fill_real, FIELD(p_holm), true},
               {"p_exact", NULL, fill_exact, 0, false},
               {"p_least", NULL, fill_real, FIELD(test.least_p), false},
               {"effect", "effect", fill_real, FIELD(test.effect), true},
               {"p_larger", "P(B > A)", fill_real, FIELD(p_larger), true}};

static res_table metric_table(cursor *at, res_format format)
{
    res_table t = {.format = format, .rows = at, .at = go_to_metric};
    res_table_add(&t, "metric", "metric", RES_LEFT, fill_name, 0);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        res_table_add(&t, columns[i].name,
                      columns[i].of_test && at->c->n_pairs < 2 ? NULL : columns[i].title, RES_RIGHT,
                      columns[i].fill, columns[i].field);
    return t;
}

swp_status res_compare_write_text(const res_comparison *c, res_format format, FILE *out,
                                  swp_err *err)
{
    cursor at = {.c = c};
    res_put_heading(format, out, "%s against %s", c->sides[0].text, c->sides[1].text);
    for (size_t s = 0; s < 2; s++)
        write_side(c, s, format, out);
    write_differences(c, format, out);
    write_defaults(c, format, out);
    write_pairing(c, format, out);
    const size_t ranking = find_ranking(c);
    const res_compared *ranked = ranking < c->n_metrics ? &c->metrics[ranking] : NULL;
    write_pairs(c, ranked, format, out);
    swp_status status = put_verdict(c, format, out, err);
    write_caution(c, format, out);
    write_same_rows(c, format, out);
    fputc('\n', out);
    res_table table = metric_table(&at, format);
    if (status == SWP_OK)
        status = res_table_write(&table, out, err);
    res_table_deinit(&table);
    return status;
}

/* A JSON object */

static void put_side(const res_side *side, FILE *out)
{
    const res_experiment *e = &side->study.experiment;
    fputs("{\"name\":", out);
    res_put_text(side->text, RES_JSON, out);
    fputs(",\"experiment\":", out);
    res_put_text(e->name, RES_JSON, out);
    fprintf(out, ",\"revision\":%zu,\"fingerprint\":", e->revision);
    res_put_text(e->fingerprint ? e->fingerprint : "", RES_JSON, out);
    fprintf(out, ",\"evaluations\":%zu,\"evaluations_not_done\":%zu,\"evaluations_alone\":%zu}",
            side->n_evaluations, side->n_open, side->n_alone);
}

/* The keys of one role with the values that each side has. */
static void put_keys(const res_comparison *c, res_key_role role, FILE *out)
{
    const char *comma = "";
    fputc('[', out);
    for (size_t k = 0; k < c->n_keys; k++) {
        if (c->keys[k].role != role)
            continue;
        fprintf(out, "%s\n{\"key\":", comma);
        res_put_text(c->keys[k].name, RES_JSON, out);
        for (size_t s = 0; s < 2; s++) {
            fprintf(out, ",\"%c\":", s == 0 ? 'a' : 'b');
            res_put_text(c->keys[k].values[s].text, RES_JSON, out);
        }
        fputc('}', out);
        comma = ",";
    }
    fputc(']', out);
}

static void put_same_rows(const res_same_rows *r, FILE *out)
{
    char p[SWP_NUMBER_SIZE];
    if (r->known)
        fprintf(out, "{\"only_a_right\":%zu,\"only_b_right\":%zu,\"p\":%s}", r->only_a, r->only_b,
                swp_format_double(r->p, p));
    else
        fputs("null", out);
}

swp_status res_compare_write_data(const res_comparison *c, res_format format, FILE *out,
                                  swp_err *err)
{
    cursor at = {.c = c};
    swp_status status = SWP_OK;
    if (format == RES_JSON) {
        fputs("{\"a\": ", out);
        put_side(&c->sides[0], out);
        fputs(",\n\"b\": ", out);
        put_side(&c->sides[1], out);
        fputs(",\n\"differ_in\": ", out);
        put_keys(c, RES_KEY_DIFFERS, out);
        fputs(",\n\"paired_by\": ", out);
        put_keys(c, RES_KEY_PAIRS, out);
        fprintf(out, ",\n\"pairs\": %zu,\n\"same_sequences\": ", c->n_pairs);
        put_same_rows(&c->same_rows, out);
        fputs(",\n\"verdict\": ", out);
        status = put_verdict(c, format, out, err);
        fputs(",\n\"metrics\": ", out);
    }
    res_table table = metric_table(&at, format);
    if (status == SWP_OK)
        status = res_table_write(&table, out, err);
    fputs(format == RES_JSON ? "}\n" : "", out);
    res_table_deinit(&table);
    return status;
}
