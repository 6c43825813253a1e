/* Reading CSV that a report or an export wrote. */
#ifndef TEST_RESULTS_ROWS_H
#define TEST_RESULTS_ROWS_H

#include <stddef.h>

/* The number of rows below the header line. */
size_t csv_rows(const char *csv);

/* A field by row (from 0) and column; "" is unknown. The text is valid until the next call; a
 * missing column fails the test. */
const char *csv_text(const char *csv, size_t row, const char *column);

/* The same as a number; an empty field is NAN. */
double csv_number(const char *csv, size_t row, const char *column);

/* Fail unless this is the header line. */
void csv_check_head(const char *csv, const char *want);

#endif
