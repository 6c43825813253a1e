/* Clauses "key=value" over evaluations. Values of parameters are compared once for each value that
 * a parameter has, not once for each evaluation. */
#include "results/query/select.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/mem.h"

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
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
    if (nearest) {
        swp_hint(err, "did you mean %s?", nearest);
        return;
    }
    swp_buf list = {0};
    for (size_t i = 0; i < n; i++)
        swp_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    if (n > 0 && !list.failed)
        swp_hint(err, "there are: %s", list.text);
    swp_buf_deinit(&list);
}

static const char *short_of(const char *key)
{
    const char *dot = strchr(key, '.');
    return dot ? dot + 1 : key;
}

swp_status res_key_find(const res_study *study, const char *name, size_t length, int *out,
                        swp_err *err)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s", (int)(length < 255 ? length : 255), name);
    size_t param = res_study_param(study, text);
    swp_status status = SWP_OK;
    if (param != SIZE_MAX) {
        *out = (int)param;
    } else if (strcmp(text, RES_KEY_EPOCHS) == 0 || strcmp(text, short_of(RES_KEY_EPOCHS)) == 0) {
        *out = RES_BY_EPOCHS;
    } else if (strcmp(text, RES_KEY_THRESHOLD) == 0 ||
               strcmp(text, short_of(RES_KEY_THRESHOLD)) == 0) {
        *out = RES_BY_THRESHOLD;
    } else {
        status = swp_fail(err, SWP_USAGE, "unknown key \"%.60s\"", text);
        bool whole = strchr(text, '.') != NULL;
        const char **names = swp_alloc(study->n_params + 2, sizeof *names);
        for (size_t p = 0; names && p < study->n_params; p++)
            names[p] = whole ? study->params[p].key : study->params[p].name;
        if (names) {
            names[study->n_params] = whole ? RES_KEY_EPOCHS : short_of(RES_KEY_EPOCHS);
            names[study->n_params + 1] = whole ? RES_KEY_THRESHOLD : short_of(RES_KEY_THRESHOLD);
            res_hint_nearest(text, names, study->n_params + 2, err);
        }
        swp_free(names);
    }
    return status;
}

/* One clause taken apart. */
typedef struct clause {
    int key;           /* of res_key_find */
    const char *value; /* as written */
    bool *meets;       /* (values of the parameter) which agree; NULL for epochs and threshold */
    res_threshold threshold;
    double epochs;
} clause;

static bool value_agrees(const res_value *value, const char *text)
{
    double number;
    if (strcmp(value->text, text) == 0 || strcmp(value->label, text) == 0)
        return true;
    return !isnan(value->number) && swp_parse_double(text, &number) && number == value->number;
}

static swp_status read_clause(const res_study *study, const char *text, clause *out, swp_err *err)
{
    size_t length = strcspn(text, "=");
    if (text[length] == '\0')
        return swp_fail(err, SWP_USAGE, "expected key=value, found \"%s\"", text);
    out->value = text + length + 1;
    swp_status status = res_key_find(study, text, length, &out->key, err);
    if (status != SWP_OK)
        return status;
    if (out->key == RES_BY_THRESHOLD &&
        res_threshold_parse(out->value, &out->threshold, err) != SWP_OK)
        return swp_err_set(err, SWP_USAGE);
    if (out->key == RES_BY_EPOCHS && !swp_parse_double(out->value, &out->epochs))
        out->epochs = (double)NAN; /* agrees with nothing; the hint will list the values */
    if (out->key < 0)
        return SWP_OK;
    const res_param *param = &study->params[out->key];
    out->meets = swp_alloc(param->n_values, sizeof *out->meets);
    if (!out->meets)
        return out_of_memory(err);
    for (size_t v = 0; v < param->n_values; v++)
        out->meets[v] = value_agrees(&param->values[v], out->value);
    return SWP_OK;
}

static bool agrees(const res_study *study, const clause *c, const res_evaluation *e)
{
    if (c->key == RES_BY_EPOCHS)
        return c->epochs == (double)e->epochs;
    if (c->key == RES_BY_THRESHOLD)
        return c->threshold.kind == e->threshold.kind && c->threshold.value == e->threshold.value;
    return c->meets[study->params[c->key].of[e->trial]];
}

/* Whether one of the clauses for the key of clause `c` holds. */
static bool key_agrees(const res_study *study, const clause *clauses, size_t n, size_t c,
                       const res_evaluation *e)
{
    for (size_t i = 0; i < n; i++)
        if (clauses[i].key == clauses[c].key && agrees(study, &clauses[i], e))
            return true;
    return false;
}

/* List the first values that the key of a clause has. */
static void hint_values(const res_study *study, const clause *c, const res_evaluation *evaluations,
                        size_t n, swp_err *err)
{
    enum { MOST = 12 };
    swp_buf list = {0};
    size_t n_seen = 0;
    const char *key = c->key == RES_BY_EPOCHS      ? RES_KEY_EPOCHS
                      : c->key == RES_BY_THRESHOLD ? RES_KEY_THRESHOLD
                                                   : study->params[c->key].key;
    size_t n_values = c->key < 0 ? n : study->params[c->key].n_values;
    for (size_t i = 0; i < n_values && n_seen < MOST; i++) {
        char text[RES_THRESHOLD_TEXT_SIZE], quoted[RES_THRESHOLD_TEXT_SIZE + 4];
        const char *shown = text;
        if (c->key == RES_BY_EPOCHS)
            snprintf(text, sizeof text, "%u", (unsigned)evaluations[i].epochs);
        else if (c->key == RES_BY_THRESHOLD)
            res_threshold_format(evaluations[i].threshold, text);
        else
            shown = study->params[c->key].values[i].label;
        snprintf(quoted, sizeof quoted, " %.40s,", shown);
        if (c->key < 0 && list.text && strstr(list.text, quoted))
            continue;
        swp_buf_printf(&list, " %s,", shown);
        n_seen++;
    }
    if (n_seen > 0 && !list.failed)
        swp_hint(err, "%s is%.*s%s", key, (int)list.length - 1, list.text,
                 n_seen == MOST ? ", ..." : "");
    swp_buf_deinit(&list);
}

/* Name the first clause that no evaluation agrees with, if it is one alone. */
static swp_status fail_empty(const res_study *study, const char *const *texts,
                             const clause *clauses, size_t n_clauses,
                             const res_evaluation *evaluations, size_t n, swp_err *err)
{
    for (size_t c = 0; c < n_clauses; c++) {
        bool met = false;
        for (size_t i = 0; i < n && !met; i++)
            met = key_agrees(study, clauses, n_clauses, c, &evaluations[i]);
        if (met)
            continue;
        swp_status status = swp_fail(err, SWP_CONFIG, "no evaluation has %s", texts[c]);
        hint_values(study, &clauses[c], evaluations, n, err);
        return status;
    }
    return swp_fail(err, SWP_CONFIG, "no evaluation has all that was asked for");
}

swp_status res_select(const res_study *study, const char *const *texts, size_t n_clauses,
                      res_evaluation *evaluations, size_t *n, swp_err *err)
{
    if (n_clauses == 0)
        return SWP_OK;
    clause *clauses = swp_alloc(n_clauses, sizeof *clauses);
    swp_status status = clauses ? SWP_OK : out_of_memory(err);
    for (size_t c = 0; c < n_clauses && status == SWP_OK; c++)
        status = read_clause(study, texts[c], &clauses[c], err);
    if (status == SWP_OK) {
        size_t kept = 0;
        for (size_t i = 0; i < *n; i++) {
            bool keep = true;
            for (size_t c = 0; c < n_clauses && keep; c++)
                keep = key_agrees(study, clauses, n_clauses, c, &evaluations[i]);
            if (keep)
                evaluations[kept++] = evaluations[i];
        }
        if (kept == 0)
            status = fail_empty(study, texts, clauses, n_clauses, evaluations, *n, err);
        else
            *n = kept;
    }
    for (size_t c = 0; clauses && c < n_clauses; c++)
        swp_free(clauses[c].meets);
    swp_free(clauses);
    return status;
}

res_threshold res_threshold_default(const res_threshold *planned, size_t n)
{
    const res_threshold usual = {RES_THRESHOLD_PERCENTILE, 95};
    const res_threshold *nearest = NULL;
    bool several = false;
    for (size_t i = 0; i < n; i++) {
        const res_threshold *t = &planned[i];
        several |= t->kind != planned[0].kind || t->value != planned[0].value;
        if (t->kind != RES_THRESHOLD_PERCENTILE)
            continue;
        if (!nearest || fabs(t->value - usual.value) < fabs(nearest->value - usual.value))
            nearest = t;
    }
    return n > 0 && !several ? planned[0] : nearest ? *nearest : usual;
}
