/* `sweep list`: the experiments of a store, each with its latest revision. */
#include <string.h>

#include "engine/base/mem.h"
#include "results/report/report_priv.h"

/* A column is a field of res_experiment; people see what has a title. */
#define FIELD(member) offsetof(res_experiment, member)
static const struct {
    const char *name, *title;
    enum { WORDS, NUMBER, FLAG } kind;
    size_t field;
} columns[] = {{"experiment", "experiment", WORDS, FIELD(name)},
               {"revision", NULL, NUMBER, FIELD(revision)},
               {"created", "created", WORDS, FIELD(created)},
               {"ini_path", NULL, WORDS, FIELD(ini_path)},
               {"data", "data", WORDS, FIELD(data_name)},
               {"source", NULL, WORDS, FIELD(data_source)},
               {"fingerprint", NULL, WORDS, FIELD(fingerprint)},
               {"synthetic", NULL, FLAG, FIELD(synthetic)},
               {"n_rows", NULL, NUMBER, FIELD(n_rows)},
               {"length", NULL, NUMBER, FIELD(length)},
               {"n_train", NULL, NUMBER, FIELD(n_train)},
               {"n_val", NULL, NUMBER, FIELD(n_val)},
               {"n_test", NULL, NUMBER, FIELD(n_test)},
               {"n_anomaly", NULL, NUMBER, FIELD(n_anomaly)},
               {"trials", NULL, NUMBER, FIELD(n_trials)},
               {"trials_done", "trials done", NUMBER, FIELD(n_trials_done)},
               {"trials_failed", "failed", NUMBER, FIELD(n_trials_failed)},
               {"evaluations", NULL, NUMBER, FIELD(n_evaluations)},
               {"evaluations_done", "evaluations done", NUMBER, FIELD(n_evaluations_done)},
               {"revisions", "revisions", NUMBER, FIELD(n_revisions)},
               {"bytes", "size", NUMBER, FIELD(bytes)},
               {"note", "note", WORDS, FIELD(note)}};

/* "4.2 MB" */
static void put_size(size_t bytes, res_cell *cell)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 999.5 && unit < sizeof units / sizeof units[0] - 1; unit++)
        size /= 1000;
    res_cell_printf(cell, size < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

static void fill(const void *rows, size_t index, res_cell *cell)
{
    const res_experiment_rows *r = rows;
    const res_experiment *e = &r->list[r->at];
    const char *at = (const char *)e + columns[index].field, *words;
    size_t number;
    if (columns[index].kind == WORDS) {
        memcpy(&words, at, sizeof words);
        res_cell_words(cell, words);
    } else if (columns[index].kind == NUMBER) {
        memcpy(&number, at, sizeof number);
        res_cell_whole(cell, number);
    } else {
        res_cell_bool(cell, e->synthetic);
    }
    if (!cell->people)
        return;
    if (columns[index].field == FIELD(name))
        res_cell_printf(cell, "%s@%zu", e->name, e->revision);
    else if (columns[index].field == FIELD(data_name) && e->n_data_sets == 0 && e->n_trials > 0)
        res_cell_printf(cell, "(command)");
    else if (columns[index].field == FIELD(data_name) && e->synthetic)
        res_cell_printf(cell, "%s (SYNTHETIC)", e->data_name);
    else if (columns[index].field == FIELD(n_trials_done))
        res_cell_printf(cell, "%zu/%zu", e->n_trials_done, e->n_trials);
    else if (columns[index].field == FIELD(bytes))
        put_size(e->bytes, cell);
    else if (columns[index].field == FIELD(n_evaluations_done))
        res_cell_printf(cell, "%zu/%zu", e->n_evaluations_done, e->n_evaluations);
}

static bool go_to_experiment(void *rows, size_t row)
{
    res_experiment_rows *r = rows;
    r->at = row;
    return row < r->n;
}

res_table res_experiment_table(res_experiment_rows *rows, res_format format)
{
    res_table table = {.format = format, .rows = rows, .at = go_to_experiment};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        size_t field = columns[i].field;
        if (rows->of_command && field >= FIELD(data_name) && field <= FIELD(n_anomaly))
            continue;
        if (!rows->listed && field >= FIELD(n_revisions))
            continue;
        res_table_add(&table, columns[i].name, columns[i].title,
                      columns[i].kind == NUMBER ? RES_RIGHT : RES_LEFT, fill, i);
    }
    return table;
}

swp_status res_list_write(res_store *store, res_format format, FILE *out, swp_err *err)
{
    res_experiment *list;
    res_experiment_rows rows = {.listed = true};
    swp_status status = res_experiments_list(store, &list, &rows.n, err);
    if (status != SWP_OK)
        return status;
    rows.list = list;
    res_table table = res_experiment_table(&rows, format);
    status = res_table_write(&table, out, err);
    fputs(format == RES_JSON ? "\n" : "", out);
    res_table_deinit(&table);
    res_experiments_free(list, rows.n);
    return status == SWP_OK ? res_out_check(out, err) : status;
}
