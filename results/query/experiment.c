/* Experiments and their settings: which revision a name means, and what it is about. */
#include "results/query/query.h"

#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

void res_experiment_deinit(res_experiment *experiment)
{
    char *const texts[] = {experiment->name,      experiment->created,     experiment->ini_path,
                           experiment->data_name, experiment->data_source, experiment->fingerprint,
                           experiment->note};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        swp_free(texts[i]);
    *experiment = (res_experiment){0};
}

void res_experiments_free(res_experiment *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        res_experiment_deinit(&list[i]);
    swp_free(list);
}

static swp_status load_names(res_store *store, int64_t revision, res_experiment *out, swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "SELECT revision.id, experiment.name, revision.number, "
        "revision.created, ini_path FROM revision JOIN experiment ON experiment.id = experiment_id "
        "JOIN run ON run.revision_id = revision.id WHERE revision.id = ? "
        "ORDER BY run.id DESC LIMIT 1");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "revision", 1);
    if (res_sql_row(&sql)) {
        out->name = res_sql_text_at(&sql, 1);
        out->revision = res_sql_count_at(&sql, 2, 1, UINT32_MAX);
        out->created = res_sql_text_at(&sql, 3);
        out->ini_path = res_sql_text_at(&sql, 4);
    } else {
        res_sql_missing(&sql, (size_t)revision, 0);
    }
    return res_sql_close(&sql, err);
}

/* The data set of the first trial; n_data_sets tells whether there are others. */
static swp_status load_data(res_store *store, int64_t revision, res_experiment *out, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT coalesce(data_set.id, 0), coalesce(name, ''), coalesce(source, "
                            "''), coalesce(fingerprint, ''), "
                            "synthetic, n_rows, length, n_train, n_val, n_test, n_anomaly, "
                            "(SELECT count(DISTINCT data_set_id) FROM revision_trial "
                            "JOIN trial ON trial.id = trial_id WHERE revision_id = ?1) "
                            "FROM (SELECT 1) LEFT JOIN data_set ON data_set.id = ("
                            "SELECT data_set_id FROM revision_trial JOIN trial ON trial.id = "
                            "trial_id WHERE revision_id = ?1 ORDER BY number LIMIT 1)");
    res_sql_int(&sql, revision);
    res_sql_rows_of(&sql, "data_set", 1);
    if (res_sql_row(&sql)) {
        out->data_set = res_sql_int_at(&sql, 0);
        out->data_name = res_sql_text_at(&sql, 1);
        out->data_source = res_sql_text_at(&sql, 2);
        out->fingerprint = res_sql_text_at(&sql, 3);
        out->synthetic = out->data_set != 0 && res_sql_flag_at(&sql, 4);
        out->n_data_sets = res_sql_size_at(&sql, 11);
        size_t *const sizes[] = {&out->n_rows, &out->length, &out->n_train,
                                 &out->n_val,  &out->n_test, &out->n_anomaly};
        for (int i = 0; out->data_set != 0 && i < 6; i++)
            *sizes[i] = res_sql_count_at(&sql, 5 + i, 0, UINT32_MAX);
    }
    return res_sql_close(&sql, err);
}

/* Of trials that are done, all evaluations are: only those of the others are looked at one by one.
 */
static swp_status load_progress(res_store *store, int64_t revision, res_experiment *out,
                                swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "SELECT count(*), coalesce(sum(state = 'done'), 0), coalesce(sum(state = 'failed'), 0), "
        "(SELECT count(*) FROM evaluation WHERE revision_id = ?1), "
        "(SELECT count(*) FROM revision_trial AS open CROSS JOIN evaluation "
        "ON evaluation.trial_id = open.trial_id AND evaluation.revision_id = ?1 "
        "WHERE open.revision_id = ?1 AND open.state <> 'done' AND NOT EXISTS (SELECT 1 FROM step "
        "WHERE step.trial_id = evaluation.trial_id AND step = epochs)) "
        "FROM revision_trial WHERE revision_id = ?1");
    res_sql_int(&sql, revision);
    if (res_sql_row(&sql)) {
        out->n_trials = res_sql_size_at(&sql, 0);
        out->n_trials_done = res_sql_size_at(&sql, 1);
        out->n_trials_failed = res_sql_size_at(&sql, 2);
        out->n_evaluations = res_sql_size_at(&sql, 3);
        size_t n_open = res_sql_size_at(&sql, 4);
        out->n_evaluations_done = out->n_evaluations - n_open;
        if (out->n_data_sets == 0) { /* a command: each trial has one */
            out->n_evaluations = out->n_trials;
            out->n_evaluations_done = out->n_trials_done;
        }
    }
    return res_sql_close(&sql, err);
}

/* What a list shows besides: revisions, note, and the bytes of what takes most of the space. */
static swp_status load_rest(res_store *store, res_experiment *out, swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "WITH one AS (SELECT experiment_id AS id FROM revision WHERE id = ?1), "
        "mine AS (SELECT trial.id FROM trial JOIN one ON experiment_id = one.id) "
        "SELECT (SELECT count(*) FROM revision JOIN one ON experiment_id = one.id), "
        "coalesce((SELECT sum(length(errors)) FROM error_blob WHERE trial_id IN mine), 0) + "
        "coalesce((SELECT sum(length(state)) FROM state WHERE trial_id IN mine), 0) + "
        "coalesce((SELECT sum(length(safetensors)) FROM weights WHERE trial_id IN mine), 0) + "
        "coalesce((SELECT sum(length(series)) FROM reconstruction WHERE trial_id IN mine), 0), "
        "coalesce((SELECT text FROM note WHERE revision_id = ?1), '')");
    res_sql_int(&sql, out->revision_id);
    if (res_sql_row(&sql)) {
        out->n_revisions = res_sql_size_at(&sql, 0);
        out->bytes = res_sql_size_at(&sql, 1);
        out->note = res_sql_text_at(&sql, 2);
    }
    return res_sql_close(&sql, err);
}

static swp_status load_experiment(res_store *store, int64_t revision, res_experiment *out,
                                  swp_err *err)
{
    *out = (res_experiment){.revision_id = revision};
    swp_status status = load_names(store, revision, out, err);
    if (status == SWP_OK)
        status = load_data(store, revision, out, err);
    if (status == SWP_OK)
        status = load_progress(store, revision, out, err);
    if (status != SWP_OK)
        res_experiment_deinit(out);
    return status;
}

/* Split "NAME@REVISION"; *number is 0 when no revision is asked for. owns *name: swp_free */
static swp_status split_name(const char *text, char **name, int64_t *number, swp_err *err)
{
    *number = 0;
    *name = swp_strdup(text);
    if (!*name)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    char *at = strrchr(*name, '@');
    if (at && swp_parse_int(at + 1, 1, INT64_MAX, number))
        *at = '\0';
    return SWP_OK;
}

static swp_status find_last_run(res_store *store, int64_t *revision, swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT revision_id FROM run ORDER BY id DESC LIMIT 1");
    return res_sql_one(&sql, revision, err);
}

static swp_status find_latest(res_store *store, const char *name, int64_t *revision, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT revision_id FROM run JOIN revision ON revision.id = revision_id "
               "JOIN experiment ON experiment.id = experiment_id WHERE name = ? "
               "ORDER BY run.id DESC LIMIT 1");
    res_sql_text(&sql, name);
    return res_sql_one(&sql, revision, err);
}

static swp_status find_numbered(res_store *store, const char *name, int64_t number,
                                int64_t *revision, swp_err *err)
{
    res_sql sql =
        res_sql_open(store, "SELECT revision.id FROM revision JOIN experiment ON "
                            "experiment.id = experiment_id WHERE name = ? AND number = ?");
    res_sql_text(&sql, name);
    res_sql_int(&sql, number);
    return res_sql_one(&sql, revision, err);
}

static swp_status find_revision(res_store *store, const char *text, int64_t *revision, swp_err *err)
{
    *revision = 0;
    if (!text)
        return find_last_run(store, revision, err);
    char *name;
    int64_t number;
    swp_status status = split_name(text, &name, &number, err);
    if (status != SWP_OK)
        return status;
    status = number > 0 ? find_numbered(store, name, number, revision, err)
                        : find_latest(store, name, revision, err);
    swp_free(name);
    return status;
}

static swp_status fail_not_found(res_store *store, const char *name, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT group_concat(label, ', ') FROM (SELECT name || CASE WHEN max(number) > 1 "
               "THEN '@1..' || max(number) ELSE '' END AS label FROM experiment "
               "JOIN revision ON experiment_id = experiment.id GROUP BY experiment.id "
               "ORDER BY experiment.id DESC LIMIT 20)");
    char *names = res_sql_row(&sql) ? res_sql_optional_text_at(&sql, 0) : NULL;
    swp_status status = res_sql_close(&sql, err);
    if (status != SWP_OK)
        return status;
    if (name)
        status = swp_fail(err, SWP_CONFIG, "%s: there is no experiment '%s'", res_store_path(store),
                          name);
    else
        status = swp_fail(err, SWP_CONFIG, "%s: the store holds no experiment yet",
                          res_store_path(store));
    if (names)
        swp_hint(err, "there are: %s", names);
    else
        swp_hint(err, "run `sweep run FILE.ini` first");
    swp_free(names);
    return status;
}

swp_status res_revision_find(res_store *store, const char *name, int64_t *revision, swp_err *err)
{
    swp_status status = find_revision(store, name, revision, err);
    return status == SWP_OK && *revision == 0 ? fail_not_found(store, name, err) : status;
}

swp_status res_experiment_find(res_store *store, const char *name, res_experiment *out,
                               swp_err *err)
{
    *out = (res_experiment){0};
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    int64_t revision;
    status = res_revision_find(store, name, &revision, err);
    if (status == SWP_OK)
        status = load_experiment(store, revision, out, err);
    res_snapshot_end(store);
    return status;
}

static swp_status list_latest(res_store *store, res_experiment **out, size_t *n, swp_err *err)
{
    res_sql sql = res_sql_open(
        store, "SELECT revision_id FROM run WHERE id IN (SELECT max(run.id) FROM run JOIN revision "
               "ON revision.id = revision_id GROUP BY experiment_id) ORDER BY id DESC");
    while (res_sql_row(&sql)) {
        res_experiment *grown = swp_grow(*out, *n, sizeof **out);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        *out = grown;
        grown[(*n)++] = (res_experiment){.revision_id = res_sql_int_at(&sql, 0)};
    }
    return res_sql_close(&sql, err);
}

swp_status res_experiments_list(res_store *store, res_experiment **out, size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    status = list_latest(store, out, n, err);
    for (size_t i = 0; i < *n && status == SWP_OK; i++)
        status = load_experiment(store, (*out)[i].revision_id, &(*out)[i], err);
    for (size_t i = 0; i < *n && status == SWP_OK; i++)
        status = load_rest(store, &(*out)[i], err);
    res_snapshot_end(store);
    if (status != SWP_OK) {
        res_experiments_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return status;
}

void res_pairs_free(res_pair *list, size_t n)
{
    (void)n; /* one block holds the pairs and their texts */
    swp_free(list);
}

/* A block of n pairs that point to the texts after them: "key\0value\0key\0...". */
static res_pair *make_pairs(const swp_buf *texts, size_t n)
{
    res_pair *pairs = swp_alloc(1, n * sizeof *pairs + texts->length);
    if (!pairs)
        return NULL;
    char *text = (char *)(pairs + n);
    if (n > 0)
        memcpy(text, texts->text, texts->length);
    for (size_t i = 0; i < n; i++) {
        pairs[i].key = text;
        text += strlen(text) + 1;
        pairs[i].value = text;
        text += strlen(text) + 1;
    }
    return pairs;
}

static swp_status list_pairs(res_store *store, const char *text, int64_t owner, res_pair **out,
                             size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    swp_buf texts = {0};
    res_sql sql = res_sql_open(store, text);
    res_sql_int(&sql, owner);
    for (; res_sql_row(&sql); (*n)++) {
        for (int column = 0; column < 2; column++) {
            char *part = res_sql_text_at(&sql, column);
            swp_buf_add(&texts, part ? part : "", part ? strlen(part) + 1 : 1);
            swp_free(part);
        }
    }
    swp_status status = res_sql_close(&sql, err);
    if (status == SWP_OK) {
        *out = texts.failed ? NULL : make_pairs(&texts, *n);
        if (!*out)
            status = swp_fail(err, SWP_NOMEM, "out of memory");
    }
    swp_buf_deinit(&texts);
    if (status != SWP_OK)
        *n = 0;
    return status;
}

swp_status res_settings_list(res_store *store, int64_t revision, res_pair **out, size_t *n,
                             swp_err *err)
{
    return list_pairs(store,
                      "SELECT key, value FROM setting WHERE revision_id = ? ORDER BY position",
                      revision, out, n, err);
}

/* Those that may grow have positions from 1000001, and stand behind the last of their section. */
static const char ini_settings[] =
    "WITH own AS (SELECT key, value, position FROM setting WHERE revision_id = ?1), "
    "asked AS (SELECT * FROM search WHERE revision_id = ?1), "
    "command AS (SELECT 1 FROM own WHERE key = 'command.run'), "
    "counts AS (SELECT DISTINCT epochs FROM evaluation WHERE revision_id = ?1 ORDER BY epochs), "
    "said (key, value, position) AS (SELECT * FROM own "
    "UNION ALL SELECT 'search.objective', 'val_loss', 1000001 FROM command "
    "WHERE NOT EXISTS (SELECT 1 FROM own WHERE key = 'search.objective') "
    "UNION ALL SELECT 'search.trials', CAST(trials AS TEXT), 1000002 FROM asked "
    "WHERE strategy <> 'grid' "
    "UNION ALL SELECT 'search.max_steps', CAST(max_steps AS TEXT), 1000003 FROM asked, command "
    "WHERE max_steps < 2147483647 "
    "UNION ALL SELECT 'search.confirm', iif(confirm_seeds > 0, confirm_best || ' x ' || "
    "confirm_seeds, 'none'), 1000004 FROM asked "
    "WHERE confirm_seeds > 0 OR strategy = 'tpe' AND trials >= 60 "
    "UNION ALL SELECT iif(count(*) > 1, 'sweep.train.epochs', 'train.epochs'), "
    "group_concat(epochs, ', '), 1000005 FROM counts WHERE EXISTS (SELECT 1 FROM asked) "
    "AND NOT EXISTS (SELECT 1 FROM command) HAVING count(*) > 0) "
    "SELECT key, value FROM said ORDER BY iif(position > 1000000, coalesce((SELECT max(position) "
    "FROM own WHERE own.key LIKE substr(said.key, 1, instr(said.key, '.')) || '%'), 1000000), "
    "position), position";

swp_status res_ini_settings_list(res_store *store, int64_t revision, res_pair **out, size_t *n,
                                 swp_err *err)
{
    return list_pairs(store, ini_settings, revision, out, n, err);
}

swp_status res_environment_list(res_store *store, int64_t revision, res_pair **out, size_t *n,
                                swp_err *err)
{
    return list_pairs(store,
                      "SELECT key, value FROM environment WHERE run_id = (SELECT max(id) FROM run "
                      "WHERE revision_id = ?) ORDER BY position",
                      revision, out, n, err);
}

swp_status res_trial_params_list(res_store *store, int64_t trial, res_pair **out, size_t *n,
                                 swp_err *err)
{
    return list_pairs(store,
                      "SELECT key, value FROM trial_param WHERE trial_id = ? "
                      "ORDER BY position",
                      trial, out, n, err);
}

swp_status res_trial_sources_list(res_store *store, int64_t trial, res_pair **out, size_t *n,
                                  swp_err *err)
{
    return list_pairs(store,
                      "SELECT key, folder FROM trial JOIN (SELECT value AS folder, "
                      "max(run_id) AS last FROM environment JOIN run ON run.id = run_id "
                      "JOIN revision_trial USING (revision_id) WHERE trial_id = ?1 "
                      "AND key = '" RES_SHARED_KEY "' GROUP BY value) WHERE id = ?1 "
                      "ORDER BY last DESC",
                      trial, out, n, err);
}
