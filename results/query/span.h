/* A span as a row of a statement. */
#ifndef RES_SPAN_H
#define RES_SPAN_H

#include "results/query/query.h"
#include "results/store/sql.h"

/* The columns of the step, the trial's id and the worker, behind which both instants stand. */
res_span res_span_at(res_sql *sql, size_t trial_number, int step, int trial, int worker);

#endif
