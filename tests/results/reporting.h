/* Reports of small studies as text, for the tests of reports. */
#ifndef TEST_RESULTS_REPORTING_H
#define TEST_RESULTS_REPORTING_H

#include "tests/results/fixture.h"

typedef struct request {
    res_store *store;
    const char *experiment;
    res_report_options options;
    size_t trial;
} request;

/* A writer (fixture.h) of a request. */
swp_status write_report(FILE *out, void *context, swp_err *err);

/* Dimensions 2, 4, 8, one seed, epochs 2 and 6, thresholds 20, 30.5 and p90. */
study make_study(void);

/* The same with three seeds: trial 3 d + k has dimension d and seed k. */
study make_seeds(void);

/* A report as text. free() it. */
char *report(res_store *store, res_report_options options);
char *report_csv(res_store *store, res_report_options options);

/* Fail unless a value is within 1e-12 of another, or a text is part of another. */
void check_close(double value, double want);
void check_in(const char *page, const char *text, bool wanted);

#endif
