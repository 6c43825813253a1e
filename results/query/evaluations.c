/* Evaluations as planned, or computed from the stored errors for what was not planned. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/axes.h"
#include "results/store/sql.h"

typedef struct evaluation_list {
    res_evaluation *items;
    size_t n;
} evaluation_list;

static void free_texts(res_evaluation *evaluation)
{
    swp_free(evaluation->arch);
    swp_free(evaluation->label);
}

void res_evaluations_free(res_evaluation *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free_texts(&list[i]);
    swp_free(list);
}

void res_evaluations_keep(res_evaluation *list, size_t *n, const bool *keep)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        if (keep[i])
            list[kept++] = list[i];
        else
            free_texts(&list[i]);
    }
    *n = kept;
}

/* A new evaluation of a trial at the end of the list, or NULL without memory. */
static res_evaluation *add_evaluation(evaluation_list *list, const res_trial *t)
{
    res_evaluation *grown = res_grow(list->items, list->n, sizeof *grown);
    if (!grown)
        return NULL;
    list->items = grown;
    res_evaluation *evaluation = &grown[list->n++];
    *evaluation = (res_evaluation){
        .trial = t->id,
        .trial_number = t->number,
        .arch = swp_strdup(t->arch),
        .embedding_dim = t->embedding_dim,
        .seed = t->seed,
        .label = swp_strdup(t->label),
    };
    return evaluation->arch && evaluation->label ? evaluation : NULL;
}

/* Set what follows from the selected epoch; the counts are left to the caller. */
static void set_done(res_evaluation *evaluation, const res_trial *t, size_t selected)
{
    evaluation->done = true;
    evaluation->selected_epoch = selected;
    evaluation->train_loss = t->train_loss[selected - 1];
    evaluation->val_loss = t->val_loss[selected - 1];
    for (size_t e = 0; e < evaluation->epochs; e++)
        evaluation->train_s += t->train_s[e];
}

static int compare_numbers(const void *key, const void *item)
{
    size_t a = *(const size_t *)key, b = ((const res_trial *)item)->number;
    return (a > b) - (a < b);
}

/* Columns: evaluation, trial number, epochs, threshold, selected epoch, threshold value, counts. */
static void take_evaluation(res_sql *sql, evaluation_list *list, const res_trial *trials, size_t n)
{
    size_t number = res_sql_size_at(sql, 1);
    const res_trial *t =
        n == 0 ? NULL : bsearch(&number, trials, n, sizeof *trials, compare_numbers);
    if (!t) {
        sql->rc = SQLITE_CORRUPT;
        return;
    }
    res_evaluation *evaluation = add_evaluation(list, t);
    if (!evaluation) {
        res_sql_out_of_memory(sql);
        return;
    }
    evaluation->number = res_sql_size_at(sql, 0);
    evaluation->epochs = res_sql_size_at(sql, 2);
    evaluation->threshold = res_sql_threshold_at(sql, 3);
    size_t selected = res_sql_size_at(sql, 4);
    if (selected == 0)
        return;
    if (selected > evaluation->epochs || evaluation->epochs > t->n_epochs) {
        sql->rc = SQLITE_CORRUPT;
        return;
    }
    set_done(evaluation, t, selected);
    evaluation->threshold_value = res_sql_real_at(sql, 5);
    evaluation->counts.normal_correct = res_sql_size_at(sql, 6);
    evaluation->counts.normal_total = res_sql_size_at(sql, 7);
    evaluation->counts.anomaly_correct = res_sql_size_at(sql, 8);
    evaluation->counts.anomaly_total = res_sql_size_at(sql, 9);
}

static swp_status list_planned(res_store *store, int64_t revision, const res_trial *trials,
                               size_t n, evaluation_list *out, swp_err *err)
{
    res_sql sql = res_sql_open(
        store,
        "SELECT evaluation.number, revision_trial.number, epochs, threshold, selected_epoch, "
        "threshold_value, normal_correct, normal_total, anomaly_correct, anomaly_total "
        "FROM evaluation JOIN revision_trial USING (revision_id, trial_id) "
        "LEFT JOIN evaluation_result ON evaluation_id = evaluation.id WHERE revision_id = ? "
        "ORDER BY evaluation.number");
    res_sql_int(&sql, revision);
    while (res_sql_row(&sql))
        take_evaluation(&sql, out, trials, n);
    return res_sql_close(&sql, err);
}

/* By trial, epochs, threshold: the order in which a filtered list is made and looked up. */
static int compare_points(const void *a, const void *b)
{
    const res_evaluation *x = a, *y = b;
    if (x->trial_number != y->trial_number)
        return x->trial_number < y->trial_number ? -1 : 1;
    if (x->epochs != y->epochs)
        return x->epochs < y->epochs ? -1 : 1;
    if (x->threshold.kind != y->threshold.kind)
        return x->threshold.kind < y->threshold.kind ? -1 : 1;
    return (x->threshold.value > y->threshold.value) - (x->threshold.value < y->threshold.value);
}

/* Making a filtered list: what was planned, sorted by point, and the errors read last. */
typedef struct maker {
    res_store *store;
    const res_evaluation_filter *filter;
    evaluation_list planned;
    evaluation_list made;
    res_errors errors;
    void *block; /* holds errors; NULL when none were read */
    int64_t errors_trial;
    size_t errors_epoch;
} maker;

static swp_status read_errors(maker *m, int64_t trial, size_t epoch, swp_err *err)
{
    if (m->block && m->errors_trial == trial && m->errors_epoch == epoch)
        return SWP_OK;
    swp_free(m->block);
    m->block = NULL;
    m->errors_trial = trial;
    m->errors_epoch = epoch;
    return res_errors_load(m->store, trial, epoch, &m->errors, &m->block, err);
}

static swp_status compute_evaluation(maker *m, const res_trial *t, res_evaluation *evaluation,
                                     swp_err *err)
{
    size_t selected = res_selected_epoch(t->val_loss, evaluation->epochs);
    swp_status status = read_errors(m, t->id, selected, err);
    if (status == SWP_OK)
        status = res_threshold_resolve(evaluation->threshold, &m->errors,
                                       &evaluation->threshold_value, err);
    if (status != SWP_OK)
        return status;
    evaluation->counts = res_count(&m->errors, evaluation->threshold_value);
    set_done(evaluation, t, selected);
    return SWP_OK;
}

static void copy_result(res_evaluation *evaluation, const res_evaluation *planned)
{
    evaluation->done = true;
    evaluation->selected_epoch = planned->selected_epoch;
    evaluation->threshold_value = planned->threshold_value;
    evaluation->train_loss = planned->train_loss;
    evaluation->val_loss = planned->val_loss;
    evaluation->train_s = planned->train_s;
    evaluation->counts = planned->counts;
}

static swp_status make_evaluation(maker *m, const res_trial *t, size_t epochs,
                                  res_threshold threshold, swp_err *err)
{
    res_evaluation *evaluation = add_evaluation(&m->made, t);
    if (!evaluation)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    evaluation->epochs = epochs;
    evaluation->threshold = threshold;
    const res_evaluation *planned = m->planned.n == 0
                                        ? NULL
                                        : bsearch(evaluation, m->planned.items, m->planned.n,
                                                  sizeof *evaluation, compare_points);
    if (planned)
        evaluation->number = planned->number;
    if (planned && planned->done)
        copy_result(evaluation, planned);
    else if (t->n_epochs >= epochs)
        return compute_evaluation(m, t, evaluation, err);
    return SWP_OK;
}

/* What is asked for twice is still one evaluation, and must not weigh twice in a mean over seeds.
 */
static bool is_threshold_repeated(const res_evaluation_filter *filter, size_t index)
{
    const res_threshold *list = filter->thresholds;
    for (size_t i = 0; i < index; i++)
        if (list[i].kind == list[index].kind && list[i].value == list[index].value)
            return true;
    return false;
}

static bool are_epochs_repeated(const res_evaluation_filter *filter, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (filter->epochs[i] == filter->epochs[index])
            return true;
    return false;
}

static swp_status make_thresholds(maker *m, const res_trial *t, size_t epochs,
                                  const evaluation_list *planned, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < m->filter->n_thresholds && status == SWP_OK; i++)
        if (!is_threshold_repeated(m->filter, i))
            status = make_evaluation(m, t, epochs, m->filter->thresholds[i], err);
    if (m->filter->n_thresholds > 0)
        return status;
    /* Planned evaluations are sorted by epochs, then threshold: those of one epoch count name all.
     */
    size_t first = planned->n > 0 ? planned->items[0].epochs : 0;
    for (size_t i = 0; i < planned->n && status == SWP_OK; i++)
        if (planned->items[i].epochs == first)
            status = make_evaluation(m, t, epochs, planned->items[i].threshold, err);
    return status;
}

static swp_status make_trial(maker *m, const res_trial *t, const evaluation_list *planned,
                             swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < m->filter->n_epochs && status == SWP_OK; i++)
        if (!are_epochs_repeated(m->filter, i))
            status = make_thresholds(m, t, m->filter->epochs[i], planned, err);
    if (m->filter->n_epochs > 0)
        return status;
    for (size_t i = 0; i < planned->n && status == SWP_OK; i++)
        if (i == 0 || planned->items[i].epochs != planned->items[i - 1].epochs)
            status = make_thresholds(m, t, planned->items[i].epochs, planned, err);
    return status;
}

static swp_status check_epochs(const res_evaluation_filter *filter, const res_trial *trials,
                               size_t n, swp_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < n; i++)
        if (trials[i].n_epochs > most)
            most = trials[i].n_epochs;
    for (size_t i = 0; i < filter->n_epochs; i++) {
        if (filter->epochs[i] >= 1 && filter->epochs[i] <= most)
            continue;
        swp_status status =
            swp_fail(err, SWP_CONFIG, "epochs: expected 1 to %zu, the epochs recorded, found %zu",
                     most, filter->epochs[i]);
        swp_hint(err, "raise train.epochs and run again: training goes on where it stopped");
        return status;
    }
    return SWP_OK;
}

static swp_status make_all(maker *m, const res_trial *trials, size_t n, swp_err *err)
{
    swp_status status = check_epochs(m->filter, trials, n, err);
    if (m->planned.n > 0)
        qsort(m->planned.items, m->planned.n, sizeof *m->planned.items, compare_points);
    size_t from = 0;
    for (size_t i = 0; i < n && status == SWP_OK; i++) {
        size_t to = from;
        while (to < m->planned.n && m->planned.items[to].trial_number == trials[i].number)
            to++;
        evaluation_list planned = {.n = to - from};
        if (planned.n > 0)
            planned.items = m->planned.items + from;
        status = make_trial(m, &trials[i], &planned, err);
        from = to;
    }
    return status;
}

static swp_status list_evaluations(maker *m, int64_t revision, swp_err *err)
{
    res_trial *trials;
    size_t n;
    swp_status status = res_trials_list(m->store, revision, &trials, &n, err);
    if (status != SWP_OK)
        return status;
    status = list_planned(m->store, revision, trials, n, &m->planned, err);
    if (status == SWP_OK && m->filter->n_thresholds + m->filter->n_epochs > 0) {
        status = make_all(m, trials, n, err);
    } else {
        m->made = m->planned;
        m->planned = (evaluation_list){0};
    }
    res_trials_free(trials, n);
    return status;
}

swp_status res_evaluations_list(res_store *store, int64_t revision,
                                const res_evaluation_filter *filter, res_evaluation **out,
                                size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    maker m = {.store = store, .filter = filter};
    status = list_evaluations(&m, revision, err);
    res_snapshot_end(store);
    swp_free(m.block);
    res_evaluations_free(m.planned.items, m.planned.n);
    if (status != SWP_OK) {
        res_evaluations_free(m.made.items, m.made.n);
        return status;
    }
    *out = m.made.items;
    *n = m.made.n;
    return SWP_OK;
}
