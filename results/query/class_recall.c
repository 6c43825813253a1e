/* How many sequences of each abnormal class an evaluation finds: anomaly recall hides which are
 * missed.
 */
#include "results/query/class_recall.h"

#include "engine/base/mem.h"

void res_class_recalls_deinit(res_class_recalls *recalls)
{
    for (size_t c = 0; recalls->labels && c < recalls->n; c++)
        swp_free(recalls->labels[c]);
    swp_free(recalls->labels);
    swp_free(recalls->counts);
    *recalls = (res_class_recalls){0};
}

/* What was read last: evaluations of one trial, and readings of one epoch, follow each other. */
typedef struct reader {
    res_store *store;
    int64_t split, trial;
    size_t epoch;
    res_held_out held_out[RES_SUBSETS];
    void *held_out_block;
    res_errors errors;
    void *errors_block;
} reader;

static swp_status read_held_out(reader *r, int64_t split, swp_err *err)
{
    if (r->held_out_block && r->split == split)
        return SWP_OK;
    swp_free(r->held_out_block);
    r->held_out_block = NULL;
    r->split = split;
    return res_held_out_load(r->store, split, r->held_out, &r->held_out_block, err);
}

static swp_status read_errors(reader *r, int64_t trial, size_t epoch, swp_err *err)
{
    if (r->errors_block && r->trial == trial && r->epoch == epoch)
        return SWP_OK;
    swp_free(r->errors_block);
    r->errors_block = NULL;
    r->trial = trial;
    r->epoch = epoch;
    return res_errors_load(r->store, trial, epoch, &r->errors, &r->errors_block, err);
}

static swp_status count_evaluation(reader *r, const res_trial *trial,
                                   const res_evaluation *evaluation, res_class_count *counts,
                                   size_t n_classes, swp_err *err)
{
    swp_status status = read_held_out(r, trial->split, err);
    if (status == SWP_OK)
        status = read_errors(r, trial->id, evaluation->selected_epoch, err);
    if (status != SWP_OK)
        return status;
    const res_held_out *anomalies = &r->held_out[RES_ANOMALY];
    if (anomalies->n != r->errors.n_anomaly)
        return swp_fail(err, SWP_DB, "trial %zu has %zu errors of %zu anomalies", trial->number,
                        r->errors.n_anomaly, anomalies->n);
    for (size_t i = 0; i < anomalies->n; i++) {
        if (anomalies->classes[i] >= n_classes)
            continue;
        counts[anomalies->classes[i]].total++;
        counts[anomalies->classes[i]].correct +=
            (double)r->errors.anomaly[i] > evaluation->threshold_value;
    }
    return SWP_OK;
}

/* Leave out the classes that have no anomaly: the normal one, and those that were not drawn. */
static void drop_absent(res_class_recalls *recalls, size_t n_evaluations)
{
    size_t n = recalls->n, kept = 0;
    for (size_t c = 0; c < n; c++) {
        bool present = false;
        for (size_t i = 0; i < n_evaluations; i++)
            present |= recalls->counts[i * n + c].total > 0;
        if (!present) {
            swp_free(recalls->labels[c]);
            continue;
        }
        recalls->labels[kept] = recalls->labels[c];
        for (size_t i = 0; i < n_evaluations; i++)
            recalls->counts[i * n + kept] = recalls->counts[i * n + c];
        kept++;
    }
    recalls->stride = n;
    recalls->n = kept;
}

static swp_status take_labels(res_store *store, int64_t data_set, res_class_recalls *out,
                              swp_err *err)
{
    res_class *classes;
    size_t n;
    swp_status status = res_classes_list(store, data_set, &classes, &n, err);
    if (status != SWP_OK)
        return status;
    out->labels = swp_alloc(n, sizeof *out->labels);
    for (size_t c = 0; out->labels && c < n; c++) {
        out->labels[c] = classes[c].label;
        classes[c].label = NULL;
    }
    if (out->labels)
        out->n = n;
    else
        status = swp_fail(err, SWP_NOMEM, "out of memory for %zu classes", n);
    res_classes_free(classes, n);
    return status;
}

swp_status res_class_recalls_load(res_store *store, const res_study *study,
                                  const res_evaluation *evaluations, size_t n_evaluations,
                                  res_class_recalls *out, swp_err *err)
{
    *out = (res_class_recalls){0};
    reader r = {.store = store};
    swp_status status = take_labels(store, study->experiment.data_set, out, err);
    if (status == SWP_OK) {
        out->counts = swp_alloc(n_evaluations * out->n, sizeof *out->counts);
        if (!out->counts)
            status = swp_fail(err, SWP_NOMEM, "out of memory for the classes of %zu evaluations",
                              n_evaluations);
    }
    for (size_t i = 0; i < n_evaluations && status == SWP_OK; i++)
        if (evaluations[i].selected_epoch > 0)
            status = count_evaluation(&r, &study->trials[evaluations[i].trial], &evaluations[i],
                                      out->counts + i * out->n, out->n, err);
    swp_free(r.held_out_block);
    swp_free(r.errors_block);
    if (status == SWP_OK)
        drop_absent(out, n_evaluations);
    else
        res_class_recalls_deinit(out);
    return status;
}
