/* Baselines of a split: their errors, from which metrics at any threshold are computed later. */
#include "results/store/sql.h"

const char *const res_baseline_words[RES_BASELINE_METHODS] = {[RES_BASELINE_MEAN] = "mean",
                                                              [RES_BASELINE_PCA] = "pca",
                                                              [RES_BASELINE_NEIGHBOUR] =
                                                                  "neighbour"};

static void bind_name(res_sql *sql, int64_t split, const res_baseline_spec *baseline)
{
    res_sql_int(sql, split);
    res_sql_text(sql, res_baseline_words[baseline->method]);
    res_sql_size(sql, baseline->components);
}

swp_status res_baseline_is_known(res_store *store, int64_t split, const res_baseline_spec *baseline,
                                 bool *out, swp_err *err)
{
    int64_t n = 0;
    res_sql sql = res_sql_open(store, "SELECT count(*) FROM baseline WHERE split_id = ? AND "
                                      "method = ? AND components = ?");
    bind_name(&sql, split, baseline);
    swp_status status = res_sql_one(&sql, &n, err);
    *out = n > 0;
    return status;
}

static swp_status add(res_store *store, int64_t split, const res_baseline_spec *baseline,
                      swp_err *err)
{
    const res_errors *e = &baseline->errors;
    res_sql sql = res_sql_open(store, "INSERT INTO baseline (split_id, method, components, val, "
                                      "test, anomaly, tune) VALUES (?, ?, ?, ?, ?, ?, ?)");
    bind_name(&sql, split, baseline);
    res_sql_floats(&sql, e->val, e->n_val);
    res_sql_floats(&sql, e->test, e->n_test);
    res_sql_floats(&sql, e->anomaly, e->n_anomaly);
    res_sql_floats(&sql, e->tune, e->n_tune);
    return res_sql_run(&sql, err);
}

swp_status res_baseline_add(res_store *store, int64_t split, const res_baseline_spec *baseline,
                            swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, add(store, split, baseline, err), err);
}
