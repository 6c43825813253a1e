/* Verdicts on single sequences, as `sweep detect` prints them. */
#include "results/report/table_priv.h"

typedef struct cursor {
    const res_verdicts *verdicts;
    size_t at;
} cursor;

static bool go_to_verdict(void *rows, size_t row)
{
    cursor *c = rows;
    c->at = row;
    return row < c->verdicts->n;
}

enum { ROW, LABEL, ERROR, VERDICT };

static void fill(const void *rows, size_t index, res_cell *cell)
{
    const cursor *c = rows;
    double error = (double)c->verdicts->errors[c->at];
    if (index == ROW)
        res_cell_whole(cell, c->at);
    else if (index == LABEL)
        res_cell_words(cell, c->verdicts->labels ? c->verdicts->labels[c->at] : NULL);
    else if (index == ERROR)
        res_cell_real(cell, error);
    else
        res_cell_words(cell, error > c->verdicts->threshold ? "anomaly" : "normal");
}

swp_status res_verdicts_write(const res_verdicts *verdicts, res_format format, FILE *out,
                              swp_err *err)
{
    if (!res_format_for_machines(format))
        return swp_fail(err, SWP_USAGE, "expected the format csv or json for verdicts");
    cursor c = {.verdicts = verdicts};
    res_table table = {.format = format, .rows = &c, .at = go_to_verdict};
    res_table_add(&table, "row", NULL, RES_RIGHT, fill, ROW);
    res_table_add(&table, "label", NULL, RES_LEFT, fill, LABEL);
    res_table_add(&table, "error", NULL, RES_RIGHT, fill, ERROR);
    res_table_add(&table, "verdict", NULL, RES_LEFT, fill, VERDICT);
    swp_status status = res_table_write(&table, out, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    res_table_deinit(&table);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
