/* Epochs by worker and time, and events. */
#include <math.h>

#include "engine/base/mem.h"
#include "results/query/query.h"
#include "results/query/span.h"
#include "results/store/sql.h"

res_span res_span_at(res_sql *sql, size_t trial_number, int step, int trial, int worker)
{
    res_span span = {
        .trial_number = trial_number,
        .epoch = res_sql_count_at(sql, step, 1, RES_MOST_STEPS),
        .trial = res_sql_id_at(sql, trial),
        .worker = res_sql_count_at(sql, worker, 1, RES_MOST_WORKERS),
        .begun_s = res_sql_instant_at(sql, worker + 1),
        .ended_s = res_sql_instant_at(sql, worker + 2),
    };
    /* The clock may have been put back meanwhile. */
    span.ended_s = fmax(span.begun_s, span.ended_s);
    return span;
}

swp_status res_spans_list(res_store *store, int64_t revision, res_span **out, size_t *n,
                          swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql = res_sql_open(
        store, "SELECT number, step, trial_id, worker, begun_s, ended_s FROM revision_trial "
               "JOIN step USING (trial_id) WHERE revision_id = ? AND step <= budget AND "
               "worker IS NOT NULL ORDER BY begun_s, worker, number, step");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "step", 2);
    while (res_sql_row(&sql)) {
        res_span *grown = swp_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        size_t number = res_sql_count_at(&sql, 0, 1, UINT32_MAX);
        grown[(*n)++] = res_span_at(&sql, number, 1, 2, 3);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
        *n = 0;
    }
    return status;
}

void res_events_free(res_event *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        swp_free(list[i].kind);
        swp_free(list[i].text);
    }
    swp_free(list);
}

/* Columns: id, kind, text, instant, trial, its number, worker. Numbers that are NULL read as 0. */
static void take_event(res_sql *sql, res_event *out)
{
    *out = (res_event){
        .kind = res_sql_text_at(sql, 1),
        .text = res_sql_text_at(sql, 2),
        .at_s = res_sql_instant_at(sql, 3),
        .trial = res_sql_null_at(sql, 4) ? 0 : res_sql_id_at(sql, 4),
        .trial_number = res_sql_size_at(sql, 5),
        .worker = res_sql_null_at(sql, 6) ? 0 : res_sql_count_at(sql, 6, 1, RES_MOST_WORKERS),
    };
}

swp_status res_events_list(res_store *store, int64_t revision, res_event **out, size_t *n,
                           swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql = res_sql_open(
        store, "SELECT event.id, kind, text, coalesce(at_s, CAST(strftime('%s', at) AS REAL), 0), "
               "event.trial_id, number, worker FROM event LEFT JOIN revision_trial ON "
               "revision_trial.revision_id = event.revision_id AND "
               "revision_trial.trial_id = event.trial_id "
               "WHERE event.revision_id = ? ORDER BY event.id");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "event", 1);
    while (res_sql_row(&sql)) {
        res_event *grown = swp_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        take_event(&sql, &grown[(*n)++]);
    }
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK) {
        res_events_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return status;
}
