/* A comparison, laid out: for people as text, for machines as CSV and JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/report/compare_priv.h"
#include "results/report/rows_priv.h"
#include "results/report/table_priv.h"

static const char *const letters[] = {"A", "B"};

static const char *short_of(const char *key)
{
    const char *dot = strchr(key, '.');
    return dot ? dot + 1 : key;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void write_side(const res_comparison *c, size_t s, res_format format, FILE *out)
{
    const res_side *side = &c->sides[s];
    const res_experiment *e = &side->experiment;
    char open[48] = "", alone[64] = "";
    if (side->n_open > 0)
        snprintf(open, sizeof open, ", %zu more not finished", side->n_open);
    if (side->n_alone > 0)
        snprintf(alone, sizeof alone, ", %zu left out without a partner", side->n_alone);
    res_put_line(format, out, "%s: %s (%s@%zu, %s%s): %zu evaluation%s%s%s", letters[s], side->text,
                 e->name, e->revision, e->synthetic ? "SYNTHETIC data " : "", e->data_name,
                 side->n_evaluations, plural(side->n_evaluations), open, alone);
}

/* "differ in: embedding_dim (4 | 8)" */
static void write_differences(const res_comparison *c, res_format format, FILE *out)
{
    swp_buf line = {0};
    for (size_t k = 0; k < c->n_keys; k++) {
        const res_compare_key *key = &c->keys[k];
        if (key->role == RES_KEY_DIFFERS)
            swp_buf_printf(&line, "%s%s (%s | %s)", line.length ? ", " : "", short_of(key->name),
                           key->values[0].text, key->values[1].text);
    }
    if (!line.failed)
        res_put_line(format, out, "differ in: %s", line.length ? line.text : "nothing");
    swp_buf_deinit(&line);
}

/* The keys of a kind by which evaluations are paired, as a list. */
static void list_pairing(const res_comparison *c, bool of_reading, swp_buf *out)
{
    for (size_t k = 0; k < c->n_keys; k++)
        if (c->keys[k].role == RES_KEY_PAIRS && c->keys[k].of_reading == of_reading)
            swp_buf_printf(out, "%s%s", out->length ? ", " : "", short_of(c->keys[k].name));
}

static void write_pairing(const res_comparison *c, res_format format, FILE *out)
{
    swp_buf trials = {0}, readings = {0};
    list_pairing(c, false, &trials);
    list_pairing(c, true, &readings);
    if (!trials.failed && !readings.failed)
        res_put_line(format, out, "%zu pair%s%s%s%s%s", c->n_pairs, plural(c->n_pairs),
                     trials.length ? " with the same " : "", trials.length ? trials.text : "",
                     readings.length ? ", each a mean over " : "",
                     readings.length ? readings.text : "");
    swp_buf_deinit(&trials);
    swp_buf_deinit(&readings);
}

static bool is_paired_by(const res_comparison *c, const char *name)
{
    for (size_t k = 0; k < c->n_keys; k++)
        if (strcmp(c->keys[k].name, name) == 0)
            return c->keys[k].role == RES_KEY_PAIRS;
    return false;
}

/* What the figures can and cannot tell. */
static void write_caution(const res_comparison *c, res_format format, FILE *out)
{
    size_t n = c->n_pairs;
    if (n == 1)
        res_put_line(format, out,
                     "one pair is no test: whether another seed would differ as "
                     "much is not known; sweep train.seed to find out");
    else if (n < 6)
        res_put_line(format, out,
                     "%zu pairs are too few for a test at 5%%: p is at least %.3g; 6 could do", n,
                     ldexp(2, -(int)n));
    else
        res_put_line(format, out,
                     "p: Wilcoxon signed-rank test, two-sided, %s; not corrected for %d figures",
                     n <= RES_EXACT_PAIRS ? "exact" : "normal approximation", (int)RES_FIGURES);
    if (n > 1 && !is_paired_by(c, "train.seed"))
        res_put_line(format, out,
                     "the pairs differ in other settings than the seed: nothing is "
                     "known about other seeds");
    if (n > 1)
        res_put_line(format, out,
                     "effect: rank-biserial correlation, from -1 (B smaller in all pairs) to 1; "
                     "percentages differ by points");
    if (strcmp(c->sides[0].experiment.fingerprint, c->sides[1].experiment.fingerprint) != 0)
        res_put_line(format, out, "A and B have different data");
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

static void add_spread(res_table *table, res_style style, const res_spread *s)
{
    char text[RES_SPREAD_SIZE];
    if (s->n > 1)
        res_figure_format_spread(style, s->mean, s->sd, text);
    else
        res_figure_format(style, s->mean, false, text);
    res_table_cell(table, "%s", text);
}

/* Nothing but zeros needs no decimals. */
static void add_difference(res_table *table, res_style style, const res_spread *s)
{
    bool is_zero = s->mean == 0 && (s->n < 2 || s->sd == 0);
    if (is_zero)
        res_table_cell(table, "0");
    else
        add_spread(table, style, s);
}

static void add_number(res_table *table, double value)
{
    if (isnan(value))
        res_table_cell(table, "-");
    else
        res_table_cell(table, "%.3g", value);
}

static void add_test(res_table *table, res_figure f, const res_compared *figure)
{
    char interval[RES_SPREAD_SIZE];
    const res_spread *d = &figure->difference;
    res_figure_format_interval(res_figure_at(f)->style, d->mean, d->ci95, interval);
    res_table_cell(table, "%s", d->mean == 0 && d->sd == 0 ? "" : interval);
    if (res_compare_has_better(f) && d->n > 0)
        res_table_cell(table, "%zu of %zu", figure->n_better, d->n);
    else
        res_table_cell(table, "%s", "");
    add_number(table, figure->test.p);
    add_number(table, figure->test.effect);
}

static void fill(const res_comparison *c, res_table *table)
{
    bool tested = c->n_pairs > 1;
    res_table_title(table, RES_LEFT, "figure");
    res_table_title(table, RES_RIGHT, "A");
    res_table_title(table, RES_RIGHT, "B");
    res_table_title(table, RES_RIGHT, "B - A");
    if (tested) {
        res_table_title(table, RES_RIGHT, "95% interval");
        res_table_title(table, RES_RIGHT, "B better");
        res_table_title(table, RES_RIGHT, "p");
        res_table_title(table, RES_RIGHT, "effect");
    }
    for (size_t f = 0; f < RES_FIGURES; f++) {
        const res_figure_info *info = res_figure_at((res_figure)f);
        const res_compared *figure = &c->figures[f];
        if (f == RES_THRESHOLD_NUMBER)
            res_table_cell(table, "threshold");
        else
            res_table_cell(table, "%s", info->title);
        add_spread(table, info->style, &figure->a);
        add_spread(table, info->style, &figure->b);
        add_difference(table, info->style, &figure->difference);
        if (tested)
            add_test(table, (res_figure)f, figure);
    }
}

swp_status res_compare_write_text(const res_comparison *c, res_format format, FILE *out,
                                  swp_err *err)
{
    res_table table = {0};
    res_put_heading(format, out, "%s against %s", c->sides[0].text, c->sides[1].text);
    for (size_t s = 0; s < 2; s++)
        write_side(c, s, format, out);
    write_differences(c, format, out);
    write_pairing(c, format, out);
    write_caution(c, format, out);
    write_same_rows(c, format, out);
    fputc('\n', out);
    fill(c, &table);
    swp_status status = res_table_write(&table, format, out, err);
    res_table_deinit(&table);
    return status;
}

static void put_spread(res_rows *rows, const res_spread *s)
{
    res_rows_real(rows, s->mean);
    res_rows_real(rows, s->sd);
}

static swp_status write_figures(const res_comparison *c, res_format format, FILE *out, swp_err *err)
{
    static const char *const names[] = {
        "figure",          "n",        "a_mean",          "a_sd",
        "b_mean",          "b_sd",     "difference_mean", "difference_sd",
        "difference_ci95", "n_better", "n_zero",          "w_plus",
        "w_minus",         "p",        "p_exact",         "p_least",
        "effect"};
    res_rows rows;
    res_rows_begin(&rows, format, names, sizeof names / sizeof names[0], out);
    for (size_t f = 0; f < RES_FIGURES; f++) {
        const res_compared *figure = &c->figures[f];
        const res_signed_rank *test = &figure->test;
        res_rows_text(&rows, res_figure_at((res_figure)f)->name);
        res_rows_size(&rows, figure->difference.n);
        put_spread(&rows, &figure->a);
        put_spread(&rows, &figure->b);
        put_spread(&rows, &figure->difference);
        res_rows_real(&rows, figure->difference.ci95);
        if (res_compare_has_better((res_figure)f))
            res_rows_size(&rows, figure->n_better);
        else
            res_rows_none(&rows);
        res_rows_size(&rows, test->n_zeros);
        res_rows_real(&rows, test->w_plus);
        res_rows_real(&rows, test->w_minus);
        res_rows_real(&rows, test->p);
        res_rows_bool(&rows, test->exact);
        res_rows_real(&rows, test->least_p);
        res_rows_real(&rows, test->effect);
    }
    return res_rows_end(&rows, err);
}

static swp_status write_side_object(const res_side *side, FILE *out, swp_err *err)
{
    static const char *const names[] = {
        "name",        "experiment",           "revision",         "fingerprint",
        "evaluations", "evaluations_not_done", "evaluations_alone"};
    res_rows object;
    res_rows_begin_object(&object, names, sizeof names / sizeof names[0], out);
    res_rows_text(&object, side->text);
    res_rows_text(&object, side->experiment.name);
    res_rows_size(&object, side->experiment.revision);
    res_rows_text(&object, side->experiment.fingerprint);
    res_rows_size(&object, side->n_evaluations);
    res_rows_size(&object, side->n_open);
    res_rows_size(&object, side->n_alone);
    return res_rows_end(&object, err);
}

/* The keys of one role with the values that each side has. */
static swp_status write_keys(const res_comparison *c, res_key_role role, FILE *out, swp_err *err)
{
    static const char *const names[] = {"key", "a", "b"};
    res_rows rows;
    res_rows_begin(&rows, RES_JSON, names, 3, out);
    for (size_t k = 0; k < c->n_keys; k++) {
        if (c->keys[k].role != role)
            continue;
        res_rows_text(&rows, c->keys[k].name);
        res_rows_text(&rows, c->keys[k].values[0].text);
        res_rows_text(&rows, c->keys[k].values[1].text);
    }
    return res_rows_end(&rows, err);
}

static swp_status write_same_rows_object(const res_same_rows *r, FILE *out, swp_err *err)
{
    static const char *const names[] = {"only_a_right", "only_b_right", "p"};
    if (!r->known) {
        fputs("null", out);
        return SWP_OK;
    }
    res_rows object;
    res_rows_begin_object(&object, names, 3, out);
    res_rows_size(&object, r->only_a);
    res_rows_size(&object, r->only_b);
    res_rows_real(&object, r->p);
    return res_rows_end(&object, err);
}

static swp_status write_json(const res_comparison *c, FILE *out, swp_err *err)
{
    fputs("{\"a\": ", out);
    swp_status status = write_side_object(&c->sides[0], out, err);
    fputs(",\n\"b\": ", out);
    if (status == SWP_OK)
        status = write_side_object(&c->sides[1], out, err);
    fputs(",\n\"differ_in\": ", out);
    if (status == SWP_OK)
        status = write_keys(c, RES_KEY_DIFFERS, out, err);
    fputs(",\n\"paired_by\": ", out);
    if (status == SWP_OK)
        status = write_keys(c, RES_KEY_PAIRS, out, err);
    fprintf(out, ",\n\"pairs\": %zu,\n\"same_sequences\": ", c->n_pairs);
    if (status == SWP_OK)
        status = write_same_rows_object(&c->same_rows, out, err);
    fputs(",\n\"figures\": ", out);
    if (status == SWP_OK)
        status = write_figures(c, RES_JSON, out, err);
    fputs("}\n", out);
    return status;
}

swp_status res_compare_write_rows(const res_comparison *c, res_format format, FILE *out,
                                  swp_err *err)
{
    return format == RES_JSON ? write_json(c, out, err) : write_figures(c, RES_CSV, out, err);
}
