/* Data sets and their splits: what is in them, what is held out, what is shown. */
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "results/store/sql.h"

const char *res_subset_name(res_subset subset)
{
    static const char *const names[] = {
        [RES_VAL] = "val", [RES_TEST] = "test", [RES_ANOMALY] = "anomaly"};
    return names[subset];
}

static void bind_data(res_sql *sql, const res_data_spec *spec)
{
    res_sql_text(sql, spec->fingerprint);
    res_sql_text(sql, spec->name);
    res_sql_text(sql, spec->source);
    res_sql_size(sql, spec->n_train);
    res_sql_size(sql, spec->n_val);
    res_sql_size(sql, spec->n_test);
    res_sql_size(sql, spec->n_anomaly);
}

static swp_status find_data(res_store *store, const res_data_spec *spec, int64_t *data,
                            swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT id FROM data_set WHERE fingerprint = ? AND name = ? AND source = ? AND "
               "n_train = ? AND n_val = ? AND n_test = ? AND n_anomaly = ?");
    bind_data(&sql, spec);
    *data = 0;
    return res_sql_one(&sql, data, err);
}

static swp_status add_data(res_store *store, const res_data_spec *spec, int64_t *data, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO data_set (fingerprint, name, source, n_train, n_val, n_test, "
               "n_anomaly, synthetic, n_rows, length) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    bind_data(&sql, spec);
    res_sql_int(&sql, spec->synthetic);
    res_sql_size(&sql, spec->n_rows);
    res_sql_size(&sql, spec->length);
    swp_status status = res_sql_one(&sql, data, err);
    if (status != SWP_OK)
        return status;
    return res_pairs_add(store,
                         "INSERT INTO class (data_set_id, position, label, count) "
                         "VALUES (?, ?, ?, ?)",
                         *data, spec->classes, spec->n_classes, err);
}

static swp_status ensure_profiles(res_store *store, const res_data_spec *spec, int64_t data,
                                  swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; spec->class_means && i < spec->n_classes && status == SWP_OK; i++) {
        res_sql sql =
            res_sql_open(store, "INSERT INTO class_profile (data_set_id, position, mean, sd) "
                                "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING");
        res_sql_int(&sql, data);
        res_sql_size(&sql, i + 1);
        res_sql_floats(&sql, spec->class_means + i * spec->length, spec->length);
        res_sql_floats(&sql, spec->class_sds + i * spec->length, spec->length);
        status = res_sql_run(&sql, err);
    }
    return status;
}

static swp_status ensure_data(res_store *store, const res_data_spec *spec, int64_t *data,
                              swp_err *err)
{
    swp_status status = find_data(store, spec, data, err);
    if (status == SWP_OK && *data == 0)
        status = add_data(store, spec, data, err);
    return status == SWP_OK ? ensure_profiles(store, spec, *data, err) : status;
}

swp_status res_data_ensure(res_store *store, const res_data_spec *spec, int64_t *data, swp_err *err)
{
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    return res_write_end(store, ensure_data(store, spec, data, err), err);
}

static void add_to_hash(swp_digest *digest, const res_held_out *held_out)
{
    for (size_t i = 0; i <= held_out->n; i++) {
        uint64_t number = i == 0 ? held_out->n : held_out->rows[i - 1];
        uint8_t bytes[8];
        for (int b = 0; b < 8; b++)
            bytes[b] = (uint8_t)(number >> (8 * b));
        swp_digest_add(digest, bytes, sizeof bytes);
    }
}

/* SHA-256 over the numbers of the held-out rows, little-endian, with the length of each subset; of
 * the tuning part only where there is one. */
static void hash_rows(const res_split_spec *spec, char out[RES_KEY_SIZE])
{
    swp_digest digest;
    swp_digest_init(&digest);
    for (int subset = 0; subset < RES_SUBSETS; subset++)
        add_to_hash(&digest, &spec->held_out[subset]);
    if (spec->tune.n > 0)
        add_to_hash(&digest, &spec->tune);
    swp_digest_end(&digest, out);
}

static swp_status find_split(res_store *store, int64_t data, const char *hash, int64_t *split,
                             swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT id FROM split WHERE data_set_id = ? AND held_out_sha256 = ?");
    res_sql_int(&sql, data);
    res_sql_text(&sql, hash);
    *split = 0;
    return res_sql_one(&sql, split, err);
}

/* Classes count from 1 in the store. `sql` has bound the columns before rows and classes. */
static swp_status add_rows(res_sql *sql, const res_held_out *held_out, swp_err *err)
{
    uint32_t *positions = swp_alloc(held_out->n, sizeof *positions);
    if (!positions)
        res_sql_out_of_memory(sql);
    for (size_t i = 0; positions && i < held_out->n; i++)
        positions[i] = held_out->classes[i] + 1;
    if (positions) {
        res_sql_words(sql, held_out->rows, held_out->n);
        res_sql_words(sql, positions, held_out->n);
    }
    swp_status status = res_sql_run(sql, err);
    swp_free(positions);
    return status;
}

static swp_status add_held_out(res_store *store, int64_t split, res_subset subset,
                               const res_held_out *held_out, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO held_out (split_id, subset, rows, classes) "
                                      "VALUES (?, ?, ?, ?)");
    res_sql_int(&sql, split);
    res_sql_text(&sql, res_subset_name(subset));
    return add_rows(&sql, held_out, err);
}

static swp_status add_tune(res_store *store, int64_t split, const res_held_out *tune, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "INSERT INTO tune_part (split_id, rows, classes) VALUES (?, ?, ?)");
    res_sql_int(&sql, split);
    return add_rows(&sql, tune, err);
}

static swp_status add_sample(res_store *store, int64_t split, size_t position,
                             const res_sample *sample, size_t length, swp_err *err)
{
    res_sql sql = res_sql_open(store, "INSERT INTO sample (split_id, position, subset, "
                                      "held_out_index, series) VALUES (?, ?, ?, ?, ?)");
    res_sql_int(&sql, split);
    res_sql_size(&sql, position);
    res_sql_text(&sql, res_subset_name(sample->subset));
    res_sql_size(&sql, sample->index);
    res_sql_floats(&sql, sample->series, length);
    return res_sql_run(&sql, err);
}

static swp_status add_split(res_store *store, const res_split_spec *spec, const char *hash,
                            int64_t *split, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "INSERT INTO split (data_set_id, held_out_sha256) VALUES (?, ?) RETURNING id");
    res_sql_int(&sql, spec->data);
    res_sql_text(&sql, hash);
    swp_status status = res_sql_one(&sql, split, err);
    for (int i = 0; i < RES_SUBSETS && status == SWP_OK; i++)
        status = add_held_out(store, *split, (res_subset)i, &spec->held_out[i], err);
    if (status == SWP_OK && spec->tune.n > 0)
        status = add_tune(store, *split, &spec->tune, err);
    for (size_t i = 0; i < spec->n_samples && status == SWP_OK; i++)
        status = add_sample(store, *split, i + 1, &spec->samples[i], spec->length, err);
    return status;
}

swp_status res_split_ensure(res_store *store, const res_split_spec *spec, int64_t *split,
                            swp_err *err)
{
    char hash[RES_KEY_SIZE];
    hash_rows(spec, hash);
    swp_status status = res_write_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = find_split(store, spec->data, hash, split, err);
    if (status == SWP_OK && *split == 0)
        status = add_split(store, spec, hash, split, err);
    return res_write_end(store, status, err);
}
