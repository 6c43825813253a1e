/* A trained model from a file: read with the metadata that says how its errors are computed and
 * which thresholds its evaluations had, then run on the CPU engine over any sequences of its
 * length. */
#include "runner/backend/detector.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/path.h"
#include "engine/base/str.h"
#include "engine/engine.h"
#include "results/stats/detection.h"
#include "runner/process/host.h"

#define MOST_BYTES ((size_t)256 << 20) /* four times the largest model */

/* What this program has to know besides the shape. */
static swp_status read_notes(run_detector *d, swp_err *err)
{
    static const eng_loss losses[] = {ENG_L1, ENG_MSE};
    const char *loss = eng_saved_note(&d->model, "loss");
    const char *length = eng_saved_note(&d->model, "length");
    if (!loss || !length)
        return swp_fail(err, SWP_FORMAT, "metadata: expected loss and length, found no %s",
                        loss ? "length" : "loss");
    int64_t number;
    if (!swp_parse_int(length, 1, ENG_MAX_LENGTH, &number))
        return swp_fail(err, SWP_FORMAT, "metadata: length: expected 1..%u, found \"%.40s\"",
                        ENG_MAX_LENGTH, length);
    d->length = (size_t)number;
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        if (strcmp(loss, eng_loss_name(losses[i])) == 0) {
            d->loss = losses[i];
            return SWP_OK;
        }
    }
    return swp_fail(err, SWP_FORMAT, "metadata: loss: expected l1 or mse, found \"%.40s\"", loss);
}

static swp_status load_model(run_detector *d, const char *path, swp_err *err)
{
    void *bytes;
    size_t n;
    swp_status status = swp_file_read(path, MOST_BYTES, &bytes, &n, err);
    if (status == SWP_OK)
        status = eng_safetensors_decode(bytes, n, &d->model, err);
    if (status == SWP_OK)
        status = read_notes(d, err);
    swp_free(bytes);
    snprintf(d->title, sizeof d->title, "%s %s, embedding_dim %zu",
             eng_arch_name(d->model.shape.arch), eng_loss_name(d->loss),
             d->model.shape.embedding_dim);
    if (status != SWP_FORMAT)
        return status;
    /* The data is not wrong; the file cannot be used. */
    char reason[sizeof err->text];
    snprintf(reason, sizeof reason, "%s", err ? err->text : "");
    status = swp_fail(err, SWP_IO, "%s: not a model of sweep: %s", path, reason);
    swp_hint(err, "`sweep export --what weights` writes models");
    return status;
}

/* The name of a threshold that a note holds, or NULL. */
static const char *threshold_name(const eng_note *note)
{
    const size_t n = strlen(RUN_THRESHOLD_NOTE);
    return strncmp(note->key, RUN_THRESHOLD_NOTE, n) == 0 ? note->key + n : NULL;
}

static swp_status fail_threshold(const run_detector *d, const char *path, const char *wanted,
                                 swp_err *err)
{
    swp_buf names = {0};
    size_t n = 0;
    for (size_t i = 0; i < d->model.n_notes; i++) {
        const char *name = threshold_name(&d->model.notes[i]);
        if (name)
            swp_buf_printf(&names, "%s%s", n++ ? ", " : "", name);
    }
    swp_status status;
    if (names.failed)
        status = swp_fail(err, SWP_NOMEM, "out of memory");
    else if (wanted)
        status = swp_fail(
            err, SWP_USAGE,
            "--threshold: expected a number from 0, pNN, cNN or a threshold of the model, found "
            "\"%.40s\"",
            wanted);
    else
        status = swp_fail(err, SWP_USAGE, "%s: the model has %s threshold: --threshold says which",
                          path, n ? "more than one" : "no");
    if (!names.failed && n > 0)
        swp_hint(err, "a number, or one of the model's: %s", names.text);
    swp_buf_deinit(&names);
    return status;
}

/* The validation errors of the notes; none when there are none, or other text.
 * owns   *out: swp_free */
static swp_status read_val_errors(const run_detector *d, float **out, size_t *n, swp_err *err)
{
    const char *text = eng_saved_note(&d->model, RUN_VAL_ERRORS_NOTE);
    *n = 0;
    *out = swp_alloc(text ? strlen(text) / 2 + 1 : 1, sizeof **out);
    char *copy = swp_strdup(text ? text : "");
    if (!*out || !copy) {
        swp_free(copy);
        return swp_fail(err, SWP_NOMEM, "out of memory for validation errors");
    }
    for (char *at = copy, *end; *at; at = end) {
        double number;
        end = at + strcspn(at, " ");
        end += *end != '\0' ? (*end = '\0', 1) : 0;
        if (!swp_parse_double(at, &number) || !(number >= 0)) {
            *n = 0;
            break;
        }
        (*out)[(*n)++] = (float)number;
    }
    swp_free(copy);
    return SWP_OK;
}

/* A rule that needs no labels, from the validation errors; *known tells whether it could be. */
static swp_status resolve_rule(run_detector *d, const char *wanted, bool *known, swp_err *err)
{
    res_threshold rule;
    float *val = NULL;
    size_t n = 0;
    *known = false;
    if (!wanted || res_threshold_parse(wanted, &rule, NULL) != SWP_OK ||
        (rule.kind != RES_THRESHOLD_PERCENTILE && rule.kind != RES_THRESHOLD_CONFORMAL))
        return SWP_OK;
    swp_status status = read_val_errors(d, &val, &n, err);
    if (status == SWP_OK && n > 0) {
        const res_errors errors = {.val = val, .n_val = n};
        *known = true;
        swp_err cause = {0};
        status = res_threshold_resolve(rule, &errors, &d->threshold, &cause);
        if (status == SWP_CONFIG) {
            cause.status = SWP_USAGE;
            status = swp_wrap(&cause, "--threshold");
        }
        if (status != SWP_OK)
            swp_err_copy(err, &cause);
    }
    swp_free(val);
    return status;
}

/* Values in the notes are numbers, as this program wrote them; others are ignored. */
static swp_status find_threshold(run_detector *d, const char *path, const char *wanted,
                                 swp_err *err)
{
    size_t n_found = 0;
    double found = 0, number;
    if (wanted && swp_parse_double(wanted, &number) && number >= 0) {
        d->threshold = number;
        return SWP_OK;
    }
    for (size_t i = 0; i < d->model.n_notes; i++) {
        const char *name = threshold_name(&d->model.notes[i]);
        if (name && (!wanted || strcmp(name, wanted) == 0) &&
            swp_parse_double(d->model.notes[i].value, &number)) {
            n_found += n_found == 0 || number != found;
            found = number;
        }
    }
    d->threshold = found;
    bool known = n_found == 1;
    swp_status status = known ? SWP_OK : resolve_rule(d, wanted, &known, err);
    return status == SWP_OK && !known ? fail_threshold(d, path, wanted, err) : status;
}

swp_status run_detector_init(run_detector *out, const char *path, const char *threshold,
                             swp_err *err)
{
    *out = (run_detector){0};
    swp_status status = load_model(out, path, err);
    return status == SWP_OK ? find_threshold(out, path, threshold, err) : status;
}

void run_detector_deinit(run_detector *detector)
{
    eng_saved_deinit(&detector->model);
}

static swp_status check_rows(const run_detector *d, const eng_dataset *set, swp_err *err)
{
    if (set->length != d->length)
        return swp_fail(err, SWP_FORMAT,
                        "%s: expected %zu values a row, as the model was trained "
                        "on, found %zu",
                        set->name, d->length, set->length);
    if (set->n_missing > 0)
        return swp_fail(err, SWP_FORMAT,
                        "%s: missing; %s has %zu missing value%s and models need "
                        "all",
                        set->first_missing, set->name, set->n_missing,
                        set->n_missing == 1 ? "" : "s");
    return SWP_OK;
}

static swp_status evaluate(const eng_api *api, eng_cohort *cohort, const run_detector *d,
                           const eng_dataset *set, float *errors, swp_err *err)
{
    size_t total = eng_layout_of(d->model.shape).total;
    eng_real *moments = swp_alloc(total, sizeof *moments); /* Adam's, of which there are none */
    uint32_t *rows = swp_alloc(set->n_rows, sizeof *rows);
    swp_status status = SWP_OK;
    if (!moments || !rows)
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu rows", set->n_rows);
    for (uint32_t i = 0; status == SWP_OK && i < set->n_rows; i++)
        rows[i] = i;
    const eng_state state = {.weights = d->model.weights, .m = moments, .v = moments};
    if (status == SWP_OK)
        status = api->set_state(cohort, 0, &state, err);
    if (status == SWP_OK)
        status = api->evaluate(cohort, rows, set->n_rows, errors, err);
    for (size_t i = 0; status == SWP_OK && i < set->n_rows; i++)
        if (!isfinite(errors[i]))
            status = swp_fail(err, SWP_NUMERIC, "%s: the error of row %zu is not a finite number",
                              set->name, i);
    swp_free(rows);
    swp_free(moments);
    return status;
}

swp_status run_detector_judge(const run_detector *detector, const eng_dataset *set, float *errors,
                              swp_err *err)
{
    const eng_api *api = eng_cpu_api();
    const eng_adam adam = {.learning_rate = 1}; /* nothing is trained */
    const eng_cohort_spec spec = {
        .shape = detector->model.shape,
        .loss = detector->loss,
        .batch_size = 1,
        .n_models = 1,
        .adam = &adam,
        .series = {.values = set->values, .n_rows = set->n_rows, .length = set->length},
    };
    const eng_options options = {.isa = run_isa()};
    eng_engine *engine = NULL;
    eng_cohort *cohort = NULL;
    swp_status status = check_rows(detector, set, err);
    if (status == SWP_OK)
        status = api->open(&options, &engine, err);
    if (status == SWP_OK)
        status = api->cohort_create(engine, &spec, &cohort, err);
    if (status == SWP_OK)
        status = evaluate(api, cohort, detector, set, errors, err);
    api->cohort_destroy(cohort);
    api->close(engine);
    return status;
}
