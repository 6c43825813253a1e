/* Searches: their spaces, their proposals, and which fits repeat which trials. Decisions are made
 * in runner/search, from these rows. */
#include "results/store/search.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/store/sql.h"

static const char *goal_of(const res_search_spec *spec)
{
    return spec->maximize ? "maximize" : "minimize";
}

static swp_status insert_search(res_store *store, int64_t revision, const res_search_spec *spec,
                                swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "INSERT INTO search (revision_id, strategy, seed, slots, objective, goal, stop, "
        "min_steps, max_steps, trials, confirm_best, confirm_seeds) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (revision_id) DO UPDATE SET "
        "max_steps = excluded.max_steps, trials = excluded.trials, "
        "confirm_best = excluded.confirm_best, confirm_seeds = excluded.confirm_seeds");
    res_sql_int(&sql, revision);
    res_sql_text(&sql, spec->strategy);
    res_sql_int(&sql, spec->seed);
    res_sql_size(&sql, spec->slots);
    res_sql_text(&sql, spec->objective);
    res_sql_text(&sql, goal_of(spec));
    res_sql_text(&sql, spec->stop);
    res_sql_size(&sql, spec->min_steps);
    res_sql_size(&sql, spec->max_steps);
    res_sql_size(&sql, spec->trials);
    res_sql_size(&sql, spec->confirm_best);
    res_sql_size(&sql, spec->confirm_seeds);
    return res_sql_run(&sql, err);
}

static swp_status insert_dimension(res_store *store, int64_t revision, size_t position,
                                   const res_dimension *dim, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO dimension (revision_id, position, key, kind, is_log, low, high, step, "
               "choices) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, position);
    res_sql_text(&sql, dim->key);
    res_sql_text(&sql, dim->kind);
    res_sql_int(&sql, dim->is_log);
    res_sql_real(&sql, dim->low);
    res_sql_real(&sql, dim->high);
    res_sql_real(&sql, dim->step);
    res_sql_text(&sql, dim->choices); /* NULL binds NULL */
    return res_sql_run(&sql, err);
}

static swp_status load_slots(res_store *store, int64_t revision, size_t *slots, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT revision_id, slots FROM search WHERE revision_id = ?");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "search", 1);
    if (res_sql_row(&sql))
        *slots = res_sql_size_at(&sql, 1);
    return res_sql_close(&sql, err);
}

swp_status res_search_ensure(res_store *store, int64_t revision, const res_search_spec *spec,
                             size_t *slots, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = insert_search(store, revision, spec, err);
    for (size_t i = 0; i < spec->n_dimensions && status == SWP_OK; i++)
        status = insert_dimension(store, revision, i + 1, &spec->dimensions[i], err);
    for (size_t i = 0; i < spec->n_dimensions && status == SWP_OK; i++)
        status = res_distribution_update(store, revision, spec->dimensions[i].key, err);
    if (status == SWP_OK)
        status = load_slots(store, revision, slots, err);
    return res_write_end(store, status, err);
}

/* --- proposals -------------------------------------------------------------------------------- */

/* RES_NEVER is NULL. */
static void bind_optional(res_sql *sql, size_t value)
{
    if (value == RES_NEVER)
        res_sql_text(sql, NULL);
    else
        res_sql_size(sql, value);
}

static size_t optional_at(res_sql *sql, int column, size_t most)
{
    return res_sql_null_at(sql, column) ? RES_NEVER : res_sql_count_at(sql, column, 0, most);
}

static swp_status insert_proposal(res_store *store, int64_t revision, const res_proposal *p,
                                  swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO proposal (revision_id, number, strategy, version, max_steps, history, "
               "cost, failed_after, visible) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, p->number);
    res_sql_text(&sql, p->strategy);
    res_sql_size(&sql, p->version);
    res_sql_size(&sql, p->max_steps);
    res_sql_text(&sql, p->history);
    res_sql_real(&sql, p->cost);
    bind_optional(&sql, p->failed_after);
    bind_optional(&sql, p->visible);
    return res_sql_run(&sql, err);
}

static swp_status insert_coordinate(res_store *store, int64_t revision, size_t number,
                                    size_t position, double value, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO coordinate (revision_id, number, position, "
                                      "value) VALUES (?, ?, ?, ?)");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, number);
    res_sql_size(&sql, position);
    res_sql_real(&sql, value);
    return res_sql_run(&sql, err);
}

swp_status res_proposal_add(res_store *store, int64_t revision, const res_proposal *proposal,
                            size_t n_dimensions, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = insert_proposal(store, revision, proposal, err);
    for (size_t i = 0; i < n_dimensions && status == SWP_OK; i++)
        status =
            insert_coordinate(store, revision, proposal->number, i + 1, proposal->point[i], err);
    return res_write_end(store, status, err);
}

/* Copy a text of the present row into a field of this size. */
static void copy_text_at(res_sql *sql, int column, char *out, size_t size)
{
    char *text = res_sql_text_at(sql, column);
    int length = text ? snprintf(out, size, "%s", text) : 0;
    if (length < 0 || (size_t)length >= size)
        res_sql_damaged_at(sql, column);
    swp_free(text);
}

static void read_proposal(res_sql *sql, res_proposal *out)
{
    out->number = res_sql_count_at(sql, 1, 1, INT32_MAX);
    copy_text_at(sql, 2, out->strategy, sizeof out->strategy);
    out->version = res_sql_size_at(sql, 3);
    out->max_steps = res_sql_count_at(sql, 4, 1, INT32_MAX);
    copy_text_at(sql, 5, out->history, sizeof out->history);
    if (strlen(out->history) != sizeof out->history - 1)
        res_sql_damaged_at(sql, 5);
    out->cost = res_sql_number_at(sql, 6);
    if (out->cost <= 0)
        res_sql_damaged_at(sql, 6);
    out->failed_after = optional_at(sql, 7, INT32_MAX);
    out->visible = optional_at(sql, 8, UINT32_MAX);
    if (out->visible != RES_NEVER && out->failed_after == RES_NEVER)
        res_sql_damaged_at(sql, 8);
}

static swp_status load_proposals(res_store *store, int64_t revision, size_t n_dimensions,
                                 res_proposal **out, size_t *n, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT revision_id, number, strategy, version, max_steps, history, cost, "
               "failed_after, visible FROM proposal WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "proposal", 2);
    while (res_sql_row(&sql)) {
        res_proposal *grown = swp_grow(*out, *n, sizeof **out);
        double *point = swp_alloc(n_dimensions, sizeof *point);
        *out = grown ? grown : *out;
        if (!grown || !point) {
            swp_free(point);
            res_sql_out_of_memory(&sql);
            break;
        }
        grown[*n] = (res_proposal){.point = point};
        read_proposal(&sql, &grown[(*n)++]);
    }
    return res_sql_close(&sql, err);
}

/* Fill the points of proposals, which are sorted by number. */
static swp_status load_points(res_store *store, int64_t revision, size_t n_dimensions,
                              res_proposal *proposals, size_t n, swp_err *err)
{
    size_t n_read = 0;
    res_sql sql = res_sql_open(store, "SELECT revision_id, number, position, value FROM coordinate "
                                      "WHERE revision_id = ? ORDER BY number, position");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "coordinate", 3);
    while (res_sql_row(&sql)) {
        size_t at = n_read / n_dimensions, position = n_read % n_dimensions + 1;
        if (at >= n || res_sql_size_at(&sql, 1) != proposals[at].number ||
            res_sql_size_at(&sql, 2) != position) {
            res_sql_damaged_at(&sql, 2);
            break;
        }
        proposals[at].point[position - 1] = res_sql_number_at(&sql, 3);
        n_read++;
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK && n_read != n * n_dimensions)
        status =
            swp_fail(err, SWP_DB, "%s: damaged: table coordinate: expected %zu rows, found %zu",
                     res_store_path(store), n * n_dimensions, n_read);
    return status;
}

swp_status res_proposals_load(res_store *store, int64_t revision, size_t n_dimensions,
                              res_proposal **out, size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    swp_status status = load_proposals(store, revision, n_dimensions, out, n, err);
    if (status == SWP_OK)
        status = load_points(store, revision, n_dimensions, *out, *n, err);
    if (status != SWP_OK) {
        res_proposals_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return status;
}

void res_proposals_free(res_proposal *proposals, size_t n)
{
    for (size_t i = 0; i < n; i++)
        swp_free(proposals[i].point);
    swp_free(proposals);
}

swp_status res_proposal_set_outcome(res_store *store, int64_t revision,
                                    const res_proposal *proposal, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    int64_t found = 0;
    res_sql sql = res_sql_open(store, "UPDATE proposal SET failed_after = ?, visible = ? "
                                      "WHERE revision_id = ? AND number = ? RETURNING number");
    bind_optional(&sql, proposal->failed_after);
    bind_optional(&sql, proposal->visible);
    res_sql_int(&sql, revision);
    res_sql_size(&sql, proposal->number);
    status = res_sql_one(&sql, &found, err);
    if (status == SWP_OK && found == 0)
        status = swp_fail(err, SWP_INTERNAL, "%s: trial %zu was not proposed",
                          res_store_path(store), proposal->number);
    return res_write_end(store, status, err);
}

/* --- the confirm stage ------------------------------------------------------------------------ */

swp_status res_confirmation_add(res_store *store, int64_t revision, const res_confirmation *fit,
                                swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    res_sql sql = res_sql_open(store, "INSERT INTO confirmation (revision_id, number, confirms, "
                                      "seed) VALUES (?, ?, ?, ?)");
    res_sql_int(&sql, revision);
    res_sql_size(&sql, fit->number);
    res_sql_size(&sql, fit->confirms);
    res_sql_int(&sql, fit->seed);
    return res_write_end(store, res_sql_run(&sql, err), err);
}

swp_status res_confirmations_load(res_store *store, int64_t revision, res_confirmation **out,
                                  size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql =
        res_sql_open(store, "SELECT revision_id, number, confirms, seed FROM confirmation "
                            "WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "confirmation", 2);
    while (res_sql_row(&sql)) {
        res_confirmation *grown = swp_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] =
            (res_confirmation){.number = res_sql_count_at(&sql, 1, 1, INT32_MAX),
                               .confirms = res_sql_count_at(&sql, 2, 1, INT32_MAX),
                               .seed = (uint32_t)res_sql_count_at(&sql, 3, 0, UINT32_MAX)};
    }
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
        *n = 0;
    }
    return status;
}

/* --- values ----------------------------------------------------------------------------------- */

swp_status res_values_load(res_store *store, int64_t trial, const char *metric, size_t step,
                           double **out, size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    res_sql sql =
        res_sql_open(store, "SELECT step.trial_id, step.step, (SELECT value FROM all_values AS at "
                            "WHERE at.trial_id = step.trial_id AND at.step = step.step "
                            "AND at.name = ?3) FROM step WHERE trial_id = ?1 AND step > ?2 "
                            "ORDER BY step");
    res_sql_int(&sql, trial);
    res_sql_size(&sql, step);
    res_sql_text(&sql, metric);
    res_sql_rows_of(&sql, "step", 2);
    while (res_sql_row(&sql)) {
        size_t at = res_sql_count_at(&sql, 1, step + *n + 1, INT32_MAX);
        double value = res_sql_null_at(&sql, 2) ? (double)NAN : res_sql_number_at(&sql, 2);
        while (step + *n < at) { /* a command may leave out steps */
            double *grown = swp_grow(*out, *n, sizeof **out);
            *out = grown ? grown : *out;
            if (!grown) {
                res_sql_out_of_memory(&sql);
                break;
            }
            grown[*n] = step + *n + 1 == at ? value : (double)NAN;
            ++*n;
        }
    }
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
        *n = 0;
    }
    return status;
}
