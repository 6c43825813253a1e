#include "results/query/select.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/str.h"
#include "results/store/sql.h"

static const char *short_of(const char *key)
{
    const char *dot = strchr(key, '.');
    return dot ? dot + 1 : key;
}

static void hint_all(const char *const *names, size_t n, swp_err *err)
{
    swp_buf list = {0};
    for (size_t i = 0; i < n; i++)
        swp_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    if (n > 0 && !list.failed)
        swp_hint(err, "there are: %s", list.text);
    swp_buf_deinit(&list);
}

void res_hint_nearest(const char *found, const char *const *names, size_t n, swp_err *err)
{
    const char *nearest = NULL;
    size_t best = 2 + strlen(found) / 3;
    for (size_t i = 0; i < n; i++) {
        size_t distance = swp_edit_distance(found, names[i]);
        if (distance >= best)
            continue;
        best = distance;
        nearest = names[i];
    }
    if (nearest)
        swp_hint(err, "did you mean %s?", nearest);
    else
        hint_all(names, n, err);
}

void res_names_deinit(res_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        swp_free(names->keys[i]);
    swp_free(names->keys);
    *names = (res_names){0};
}

swp_status res_names_load(res_store *store, int64_t revision, res_names *out, swp_err *err)
{
    *out = (res_names){0};
    res_sql sql = res_sql_open(
        store, "SELECT key FROM (SELECT key, min(position) AS place FROM revision_trial "
               "JOIN trial_param USING (trial_id) WHERE revision_id = ? GROUP BY key "
               "UNION ALL VALUES ('" RES_KEY_EPOCHS "', 1e6), ('" RES_KEY_THRESHOLD "', 1e7)) "
               "ORDER BY place");
    res_sql_int(&sql, revision);
    while (res_sql_row(&sql)) {
        char **grown = res_grow(out->keys, out->n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        out->keys = grown;
        grown[out->n] = res_sql_text_at(&sql, 0);
        out->n += grown[out->n] != NULL;
    }
    return res_sql_close(&sql, err);
}

static bool is_named(const char *key, const char *name, size_t length)
{
    return strlen(key) == length && memcmp(key, name, length) == 0;
}

swp_status res_names_find(const res_names *names, const char *name, size_t length, const char **out,
                          swp_err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        *out = names->keys[i];
        if (is_named(*out, name, length) || is_named(short_of(*out), name, length))
            return SWP_OK;
    }
    char found[64];
    snprintf(found, sizeof found, "%.*s", (int)length, name);
    swp_status status = swp_fail(err, SWP_USAGE, "unknown key \"%s\"", found);
    const char **shown = swp_alloc(names->n, sizeof *shown);
    for (size_t i = 0; shown && i < names->n; i++)
        shown[i] = strchr(found, '.') ? names->keys[i] : short_of(names->keys[i]);
    if (shown)
        res_hint_nearest(found, shown, names->n, err);
    swp_free(shown);
    return status;
}

bool res_same_value(const char *a, const char *b)
{
    double x, y;
    if (strcmp(a, b) == 0)
        return true;
    return swp_parse_double(a, &x) && swp_parse_double(b, &y) && x == y;
}

/* Clauses taken apart, with the values that the trials have. */
typedef struct selection {
    const char **keys;   /* (n) whole keys */
    const char **values; /* (n) */
    size_t n;
    res_axes axes; /* (n) the keys' values; those of epochs and threshold are empty */
} selection;

static swp_status read_clause(const char *text, const res_names *names, selection *s, swp_err *err)
{
    size_t length = strcspn(text, "=");
    if (text[length] == '\0')
        return swp_fail(err, SWP_USAGE, "expected key=value, found \"%s\"", text);
    const char *value = text + length + 1;
    swp_status status = res_names_find(names, text, length, &s->keys[s->n], err);
    res_threshold threshold;
    if (status == SWP_OK && strcmp(s->keys[s->n], RES_KEY_THRESHOLD) == 0 &&
        res_threshold_parse(value, &threshold, err) != SWP_OK) {
        err->status = SWP_USAGE;
        return SWP_USAGE;
    }
    s->values[s->n++] = value;
    return status;
}

/* The value of an evaluation for clause `c`, as text. */
static const char *value_of(const selection *s, size_t c, const res_evaluation *evaluation,
                            size_t trial, char text[RES_THRESHOLD_TEXT_SIZE])
{
    if (strcmp(s->keys[c], RES_KEY_EPOCHS) == 0)
        snprintf(text, RES_THRESHOLD_TEXT_SIZE, "%zu", evaluation->epochs);
    else if (strcmp(s->keys[c], RES_KEY_THRESHOLD) == 0)
        res_threshold_format(evaluation->threshold, text);
    else
        return res_axes_value(&s->axes, c, trial);
    return text;
}

/* Whether a clause for the key of clause `c` holds. */
static bool key_agrees(const selection *s, size_t c, const res_evaluation *evaluation, size_t trial)
{
    char text[RES_THRESHOLD_TEXT_SIZE];
    const char *value = value_of(s, c, evaluation, trial, text);
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->keys[i], s->keys[c]) == 0 && res_same_value(value, s->values[i]))
            return true;
    return false;
}

static bool agrees(const selection *s, const res_evaluation *evaluation, size_t trial)
{
    for (size_t c = 0; c < s->n; c++)
        if (!key_agrees(s, c, evaluation, trial))
            return false;
    return true;
}

enum { MOST_VALUES = 12, VALUE_SIZE = 40 };

/* Add a value to the list unless it is there. */
static void note_value(char seen[MOST_VALUES][VALUE_SIZE], size_t *n, const char *value)
{
    char text[VALUE_SIZE];
    snprintf(text, sizeof text, "%s", value);
    for (size_t i = 0; i < *n; i++)
        if (strcmp(seen[i], text) == 0)
            return;
    if (*n < MOST_VALUES)
        memcpy(seen[(*n)++], text, sizeof text);
}

/* Tell the first values that the key of clause `c` has. */
static void hint_values(const selection *s, size_t c, const res_evaluation *evaluations,
                        const size_t *trial_of, size_t n, swp_err *err)
{
    char seen[MOST_VALUES][VALUE_SIZE], text[RES_THRESHOLD_TEXT_SIZE];
    size_t n_seen = 0;
    for (size_t i = 0; i < n && n_seen < MOST_VALUES; i++)
        note_value(seen, &n_seen, value_of(s, c, &evaluations[i], trial_of[i], text));
    swp_buf list = {0};
    for (size_t i = 0; i < n_seen; i++)
        swp_buf_printf(&list, "%s%s", i ? ", " : "", seen[i]);
    if (n_seen > 0 && !list.failed)
        swp_hint(err, "%s is %s%s", s->keys[c], list.text, n_seen == MOST_VALUES ? ", ..." : "");
    swp_buf_deinit(&list);
}

/* Name the first clause that no evaluation agrees with, if it is one alone. */
static swp_status fail_empty(const selection *s, const char *const *clauses,
                             const res_evaluation *evaluations, const size_t *trial_of, size_t n,
                             swp_err *err)
{
    for (size_t c = 0; c < s->n; c++) {
        size_t met = 0;
        for (size_t i = 0; i < n; i++)
            met += key_agrees(s, c, &evaluations[i], trial_of[i]);
        if (met > 0)
            continue;
        swp_status status = swp_fail(err, SWP_CONFIG, "no evaluation has %s", clauses[c]);
        hint_values(s, c, evaluations, trial_of, n, err);
        return status;
    }
    return swp_fail(err, SWP_CONFIG, "no evaluation has all that was asked for");
}

/* Index of the trial of each evaluation. owns the result: swp_free */
static size_t *trials_of(const res_trial *trials, size_t n_trials,
                         const res_evaluation *evaluations, size_t n)
{
    size_t *indices = swp_alloc(n, sizeof *indices);
    for (size_t i = 0; indices && i < n; i++)
        indices[i] = res_trial_index(trials, n_trials, evaluations[i].trial_number);
    return indices;
}

static swp_status select_evaluations(const selection *s, const char *const *clauses,
                                     const size_t *trial_of, res_evaluation *evaluations, size_t *n,
                                     swp_err *err)
{
    bool *keep = swp_alloc(*n, sizeof *keep);
    if (!keep)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        kept += (keep[i] = agrees(s, &evaluations[i], trial_of[i]));
    swp_status status = SWP_OK;
    if (kept == 0)
        status = fail_empty(s, clauses, evaluations, trial_of, *n, err);
    else
        res_evaluations_keep(evaluations, n, keep);
    swp_free(keep);
    return status;
}

swp_status res_select(res_store *store, int64_t revision, const char *const *clauses,
                      size_t n_clauses, const res_trial *trials, size_t n_trials,
                      res_evaluation *evaluations, size_t *n_evaluations, swp_err *err)
{
    if (n_clauses == 0)
        return SWP_OK;
    res_names names;
    selection s = {.keys = swp_alloc(n_clauses, sizeof *s.keys),
                   .values = swp_alloc(n_clauses, sizeof *s.values)};
    size_t *trial_of = trials_of(trials, n_trials, evaluations, *n_evaluations);
    swp_status status = res_names_load(store, revision, &names, err);
    if (status == SWP_OK && !(s.keys && s.values && trial_of))
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; i < n_clauses && status == SWP_OK; i++)
        status = read_clause(clauses[i], &names, &s, err);
    if (status == SWP_OK)
        status = res_axes_load_keys(store, revision, n_trials, s.keys, s.n, &s.axes, err);
    if (status == SWP_OK)
        status = select_evaluations(&s, clauses, trial_of, evaluations, n_evaluations, err);
    res_axes_deinit(&s.axes);
    res_names_deinit(&names);
    swp_free(trial_of);
    swp_free(s.keys);
    swp_free(s.values);
    return status;
}
