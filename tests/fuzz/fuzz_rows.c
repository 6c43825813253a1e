/* Damaged rows of a store, read by all readers of stores and all charts. An input is lines of
 * damage (study.h). The store is opened once; damage is done in a transaction and rolled back. The
 * hash of the input decides what is printed and which chart is drawn. Bytes and the schema are
 * damaged by fuzz_store.c. */
#include <stdlib.h>
#include <string.h>

#include "plots/plot.h"
#include "plots/sheet_priv.h"
#include "results/store/check.h"
#include "results/store/sql.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/study.h"

/* --- charts without a folder and without gnuplot ------------------------------------------------
 */

swp_status plot_sheet_open(const plot_options *options, plot_sheet *out, swp_err *err)
{
    (void)err;
    *out = (plot_sheet){.options = options, .suffix = "png"};
    return SWP_OK;
}

void plot_sheet_deinit(plot_sheet *sheet)
{
    (void)sheet;
}

void plot_chart_deinit(plot_chart *chart)
{
    swp_buf_deinit(&chart->head);
    swp_buf_deinit(&chart->data);
}

/* gnuplot reads lines of text: no byte may end a line early or control a terminal. */
static void check_text(const swp_buf *text)
{
    FUZZ_CHECK(!text->failed && text->text);
    for (size_t i = 0, n; i < text->length; i += n) {
        n = text->text[i] == '\n' ? 1 : swp_utf8_length(text->text + i);
        FUZZ_CHECK(n > 0);
    }
}

swp_status plot_sheet_add(plot_sheet *sheet, plot_chart *chart, swp_err *err)
{
    (void)err;
    FUZZ_CHECK(chart->name[0] && chart->script);
    check_text(&chart->head);
    check_text(&chart->data);
    plot_chart_deinit(chart);
    sheet->n++;
    return SWP_OK;
}

swp_status plot_sheet_draw(const plot_sheet *sheet, swp_err *err)
{
    (void)sheet, (void)err;
    return SWP_OK;
}

/* --- the target ---------------------------------------------------------------------------------
 */

static res_store *open_study(void)
{
    size_t size;
    const uint8_t *bytes = fuzz_study(RES_WRITE, &size);
    res_store *store;
    swp_err err;
    FUZZ_CHECK(res_store_open(fuzz_file("rows.db", bytes, size), RES_READ, &store, &err) == SWP_OK);
    return store;
}

static void run(sqlite3 *db, const char *sql)
{
    FUZZ_CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static void draw(res_store *store, uint64_t choice)
{
    char charts[] = PLOT_CHARTS, *names[32], *rest = charts;
    size_t n = 0;
    for (char *name; (name = strtok_r(rest, ", \n", &rest)) != NULL && n < 32;)
        names[n++] = name;
    const plot_options options = {.folder = "none", .only = names[choice % n]};
    swp_err err = {0};
    swp_status status = plot_experiment(store, NULL, &options, &err);
    if (status != SWP_OK)
        fuzz_check_read(status, &err);
}

static void check(res_store *store)
{
    res_check check = {0};
    swp_err err = {0};
    swp_status status = res_store_check(store, &check, &err);
    if (status != SWP_OK)
        fuzz_check_read(status, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static res_store *store;
    if (!store)
        store = open_study();
    uint64_t choice = swp_hash(bytes, size, SWP_HASH_START);
    char *text = fuzz_text(bytes, size), *rest = NULL;
    run(store->db, "PRAGMA query_only = OFF; PRAGMA ignore_check_constraints = ON; BEGIN");
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        fuzz_damage_row(store->db, line);
    run(store->db, "PRAGMA query_only = ON");
    fuzz_read_some(store, choice);
    draw(store, choice / 32);
    check(store);
    run(store->db, "ROLLBACK");
    free(text);
    return 0;
}
