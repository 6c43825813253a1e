/* The table, printed row by row, and the same as JSON. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "engine/engine.h"
#include "tests/bench/measure.h"
#include "tests/bench/roofline.h"

typedef enum bench_kind {
    BENCH_STEP, /* a training step: has a lower bound */
    BENCH_RATE  /* a rate: things done in the time */
} bench_kind;

typedef struct bench_row {
    bench_kind kind;
    char name[48];
    char isa[32]; /* empty where it does not matter */
    bench_times times;
    double roof_us;    /* BENCH_STEP: no step can be faster */
    double count;      /* BENCH_RATE: things done in the time */
    const char *thing; /* BENCH_RATE: "evaluations", "MB" */
} bench_row;

#define BENCH_MOST_ROWS 256
#define BENCH_MOST_ISAS 4

typedef struct bench_table {
    eng_info machine; /* of the widest instruction set */
    double load;      /* load average before anything was measured */
    roofline roofs[BENCH_MOST_ISAS];
    char isas[BENCH_MOST_ISAS][32];
    size_t n_roofs;
    bench_row rows[BENCH_MOST_ROWS];
    size_t n_rows;
} bench_table;

/* Print the measured peaks of the machine. */
void bench_table_begin(const bench_table *table);

/* Add a row and print it, below a heading where its kind begins. */
void bench_table_add(bench_table *table, const bench_row *row);

/* Print notes below the table, and whether noise was too high to compare. */
void bench_table_end(const bench_table *table);

/* errors   IO, NOMEM */
SWP_CHECKED swp_status bench_table_save(const bench_table *table, const char *path, swp_err *err);

#endif
