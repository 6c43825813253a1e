#include "tests/bench/table.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <cjson/cJSON.h>

/* If a median is this far over its minimum, the machine was not quiet. */
#define NOISY_SPREAD 0.15
#define NOISY_LOAD   1.0

static double spread(const bench_row *row)
{
    return row->times.median_us / row->times.min_us - 1;
}

void bench_table_begin(const bench_table *table)
{
    printf("%s, %s, load average %.2f before\n", table->machine.device, table->machine.blas,
           table->load);
    for (size_t i = 0; i < table->n_roofs; i++) {
        const roofline *roof = &table->roofs[i];
        printf("%-9s%6.0f GFLOP/s multiply-add, %4.1f G/s divide, GB/s: L1 (%.0f KB) %.0f, "
               "L2 (%.0f KB) %.0f, beyond %.0f\n",
               table->isas[i], 2e-3 * roof->madds, 1e-3 * roof->divides, roof->size[0] / 1024,
               1e-3 * roof->read[0], roof->size[1] / 1024, 1e-3 * roof->read[1],
               1e-3 * roof->read[2]);
    }
    fflush(stdout);
}

static void print_heading(bench_kind kind)
{
    if (kind == BENCH_STEP)
        printf("\n%-30s%-10s%11s%11s%8s%11s%8s\n", "training step, us", "isa", "median", "min",
               "spread", "roof", "x roof");
    else
        printf("\n%-30s%-10s%11s%11s%8s%20s\n", "other work, ms", "isa", "median", "min", "spread",
               "rate");
}

static void print_step(const bench_row *row)
{
    printf("%11.1f%11.1f%7.0f%%%11.1f%8.1f\n", row->times.median_us, row->times.min_us,
           100 * spread(row), row->roof_us, row->times.median_us / row->roof_us);
}

static void print_rate(const bench_row *row)
{
    double rate = row->count / row->times.median_us * 1e6;
    printf("%11.3f%11.3f%7.0f%%%12.0f %s/s\n", 1e-3 * row->times.median_us,
           1e-3 * row->times.min_us, 100 * spread(row), rate, row->thing);
}

void bench_table_add(bench_table *table, const bench_row *row)
{
    if (table->n_rows == BENCH_MOST_ROWS)
        return;
    if (table->n_rows == 0 || table->rows[table->n_rows - 1].kind != row->kind)
        print_heading(row->kind);
    table->rows[table->n_rows++] = *row;
    printf("%-30s%-10s", row->name, row->isa);
    if (row->kind == BENCH_STEP)
        print_step(row);
    else
        print_rate(row);
    fflush(stdout);
}

static size_t count_noisy(const bench_table *table)
{
    size_t n = 0;
    for (size_t i = 0; i < table->n_rows; i++)
        n += spread(&table->rows[i]) > NOISY_SPREAD;
    return n;
}

void bench_table_end(const bench_table *table)
{
    printf("\nThe roof is throughput: what must be computed and read, over what this core can.\n"
           "Up to about E = 16 a single model waits for the latency of its %d dependent cells,\n"
           "which no roof shows; models side by side fill that wait.\n",
           2 * 2 * 140);
    size_t noisy = count_noisy(table);
    if (noisy > table->n_rows / 10 || table->load > NOISY_LOAD)
        printf("WARNING: too noisy to judge: in %zu of %zu rows the median is more than %.0f %% "
               "over the\nminimum, and the load average was %.2f before.\n",
               noisy, table->n_rows, 100 * NOISY_SPREAD, table->load);
}

static cJSON *roof_json(const bench_table *table, size_t i)
{
    const roofline *roof = &table->roofs[i];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "isa", table->isas[i]);
    cJSON_AddNumberToObject(json, "multiply_adds_per_us", roof->madds);
    cJSON_AddNumberToObject(json, "divides_per_us", roof->divides);
    cJSON_AddItemToObject(json, "read_bytes_per_us",
                          cJSON_CreateDoubleArray(roof->read, ROOF_LEVELS));
    cJSON_AddItemToObject(json, "level_bytes", cJSON_CreateDoubleArray(roof->size, ROOF_LEVELS));
    return json;
}

static cJSON *row_json(const bench_row *row)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", row->name);
    cJSON_AddStringToObject(json, "isa", row->isa);
    cJSON_AddNumberToObject(json, "median_us", row->times.median_us);
    cJSON_AddNumberToObject(json, "min_us", row->times.min_us);
    cJSON_AddNumberToObject(json, "repetitions", (double)row->times.n);
    if (row->kind == BENCH_STEP) {
        cJSON_AddNumberToObject(json, "roof_us", row->roof_us);
    } else {
        cJSON_AddNumberToObject(json, "count", row->count);
        cJSON_AddStringToObject(json, "thing", row->thing);
    }
    return json;
}

static cJSON *table_json(const bench_table *table)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "cpu", table->machine.device);
    cJSON_AddStringToObject(json, "blas", table->machine.blas);
    cJSON_AddNumberToObject(json, "load_average", table->load);
    cJSON *roofs = cJSON_AddArrayToObject(json, "peaks");
    for (size_t i = 0; i < table->n_roofs; i++)
        cJSON_AddItemToArray(roofs, roof_json(table, i));
    cJSON *rows = cJSON_AddArrayToObject(json, "rows");
    for (size_t i = 0; i < table->n_rows; i++)
        cJSON_AddItemToArray(rows, row_json(&table->rows[i]));
    return json;
}

swp_status bench_table_save(const bench_table *table, const char *path, swp_err *err)
{
    cJSON *json = table_json(table);
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    if (!text)
        return swp_fail(err, SWP_NOMEM, "out of memory for JSON");
    swp_status status = SWP_OK;
    FILE *file = fopen(path, "w");
    bool written = file && fprintf(file, "%s\n", text) > 0;
    if (file && fclose(file) != 0)
        written = false;
    if (!written)
        status = swp_fail_errno(err, SWP_IO, errno, "writing %s", path);
    cJSON_free(text);
    return status;
}
