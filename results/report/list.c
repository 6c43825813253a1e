/* `sweep list`: the experiments of a store, each with its latest revision. */
#include "engine/base/mem.h"
#include "results/report/report_priv.h"

enum {
    NAME,
    REVISION,
    CREATED,
    INI_PATH,
    DATA,
    SOURCE,
    FINGERPRINT,
    SYNTHETIC,
    N_ROWS,
    LENGTH,
    N_TRAIN,
    N_VAL,
    N_TEST,
    N_ANOMALY,
    TRIALS,
    TRIALS_DONE,
    TRIALS_FAILED,
    EVALUATIONS,
    EVALUATIONS_DONE
};

static const res_experiment *current(const void *rows)
{
    const res_experiment_rows *r = rows;
    return &r->list[r->at];
}

static void fill_words(const void *rows, size_t index, res_cell *cell)
{
    const res_experiment *e = current(rows);
    const char *const words[] = {
        [NAME] = e->name,      [CREATED] = e->created,    [INI_PATH] = e->ini_path,
        [DATA] = e->data_name, [SOURCE] = e->data_source, [FINGERPRINT] = e->fingerprint};
    if (cell->people && index == NAME)
        res_cell_printf(cell, "%s@%zu", e->name, e->revision);
    else if (cell->people && index == DATA && e->synthetic)
        res_cell_printf(cell, "%s (SYNTHETIC)", e->data_name);
    else
        res_cell_words(cell, words[index]);
}

static void fill_number(const void *rows, size_t index, res_cell *cell)
{
    const res_experiment *e = current(rows);
    const size_t numbers[] = {[REVISION] = e->revision,
                              [N_ROWS] = e->n_rows,
                              [LENGTH] = e->length,
                              [N_TRAIN] = e->n_train,
                              [N_VAL] = e->n_val,
                              [N_TEST] = e->n_test,
                              [N_ANOMALY] = e->n_anomaly,
                              [TRIALS] = e->n_trials,
                              [TRIALS_DONE] = e->n_trials_done,
                              [TRIALS_FAILED] = e->n_trials_failed,
                              [EVALUATIONS] = e->n_evaluations,
                              [EVALUATIONS_DONE] = e->n_evaluations_done};
    if (cell->people && index == TRIALS_DONE)
        res_cell_printf(cell, "%zu/%zu", e->n_trials_done, e->n_trials);
    else if (cell->people && index == EVALUATIONS_DONE)
        res_cell_printf(cell, "%zu/%zu", e->n_evaluations_done, e->n_evaluations);
    else
        res_cell_whole(cell, numbers[index]);
}

static void fill_synthetic(const void *rows, size_t index, res_cell *cell)
{
    (void)index;
    res_cell_bool(cell, current(rows)->synthetic);
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
    res_table_add(&table, "experiment", "experiment", RES_LEFT, fill_words, NAME);
    res_table_add(&table, "revision", NULL, RES_RIGHT, fill_number, REVISION);
    res_table_add(&table, "created", "created", RES_LEFT, fill_words, CREATED);
    res_table_add(&table, "ini_path", NULL, RES_LEFT, fill_words, INI_PATH);
    res_table_add(&table, "data", "data", RES_LEFT, fill_words, DATA);
    res_table_add(&table, "source", NULL, RES_LEFT, fill_words, SOURCE);
    res_table_add(&table, "fingerprint", NULL, RES_LEFT, fill_words, FINGERPRINT);
    res_table_add(&table, "synthetic", NULL, RES_LEFT, fill_synthetic, SYNTHETIC);
    res_table_add(&table, "n_rows", NULL, RES_RIGHT, fill_number, N_ROWS);
    res_table_add(&table, "length", NULL, RES_RIGHT, fill_number, LENGTH);
    res_table_add(&table, "n_train", NULL, RES_RIGHT, fill_number, N_TRAIN);
    res_table_add(&table, "n_val", NULL, RES_RIGHT, fill_number, N_VAL);
    res_table_add(&table, "n_test", NULL, RES_RIGHT, fill_number, N_TEST);
    res_table_add(&table, "n_anomaly", NULL, RES_RIGHT, fill_number, N_ANOMALY);
    res_table_add(&table, "trials", NULL, RES_RIGHT, fill_number, TRIALS);
    res_table_add(&table, "trials_done", "trials done", RES_RIGHT, fill_number, TRIALS_DONE);
    res_table_add(&table, "trials_failed", "failed", RES_RIGHT, fill_number, TRIALS_FAILED);
    res_table_add(&table, "evaluations", NULL, RES_RIGHT, fill_number, EVALUATIONS);
    res_table_add(&table, "evaluations_done", "evaluations done", RES_RIGHT, fill_number,
                  EVALUATIONS_DONE);
    return table;
}

swp_status res_list_write(res_store *store, res_format format, FILE *out, swp_err *err)
{
    res_experiment *list;
    res_experiment_rows rows = {0};
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
