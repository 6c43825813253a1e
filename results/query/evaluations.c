/* Evaluations as planned, or of other thresholds and epoch counts: what some revision has planned
 * is read from the scores, the rest is computed from the stored errors. Nothing is trained. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "results/query/readings.h"
#include "results/store/sql.h"

res_counts res_evaluation_counts(const res_evaluation *e)
{
    return (res_counts){.normal_correct = e->normal_correct,
                        .normal_total = e->normal_total,
                        .anomaly_correct = e->anomaly_correct,
                        .anomaly_total = e->anomaly_total};
}

typedef struct list {
    res_evaluation *items;
    size_t n;
} list;

static res_evaluation *add(list *to, size_t trial)
{
    res_evaluation *grown = swp_grow(to->items, to->n, sizeof *grown);
    if (!grown)
        return NULL;
    to->items = grown;
    grown[to->n] = (res_evaluation){.trial = (uint32_t)trial};
    return &grown[to->n++];
}

/* The index of each trial by its id: ids grow with the number as a rule, but need not. */
typedef struct id_index {
    int64_t id;
    uint32_t index;
} id_index;

static int compare_ids(const void *a, const void *b)
{
    int64_t x = ((const id_index *)a)->id, y = ((const id_index *)b)->id;
    return (x > y) - (x < y);
}

/* owns the result: swp_free; NULL without memory */
static id_index *index_ids(const res_study *study)
{
    id_index *ids = swp_alloc(study->n_trials, sizeof *ids);
    for (size_t i = 0; ids && i < study->n_trials; i++)
        ids[i] = (id_index){.id = study->trials[i].id, .index = (uint32_t)i};
    if (ids)
        qsort(ids, study->n_trials, sizeof *ids, compare_ids);
    return ids;
}

/* The index of the trial with this id, SIZE_MAX without one. Rows come by trial: `guess` is tried
 * first. */
static size_t find_trial(const res_study *study, const id_index *ids, int64_t id, size_t guess)
{
    if (guess < study->n_trials && study->trials[guess].id == id)
        return guess;
    const id_index key = {.id = id};
    const id_index *found =
        study->n_trials == 0 ? NULL : bsearch(&key, ids, study->n_trials, sizeof *ids, compare_ids);
    return found ? found->index : SIZE_MAX;
}

/* Columns: number, trial id, epochs, threshold. */
static void read_planned(res_sql *sql, const res_study *study, const id_index *ids, list *out)
{
    size_t trial = find_trial(study, ids, res_sql_id_at(sql, 1),
                              out->n > 0 ? out->items[out->n - 1].trial : 0);
    if (trial == SIZE_MAX) {
        res_sql_damaged_at(sql, 1);
        return;
    }
    res_evaluation *e = add(out, trial);
    if (!e) {
        res_sql_out_of_memory(sql);
        return;
    }
    e->number = (uint32_t)res_sql_count_at(sql, 0, 1, UINT32_MAX);
    e->epochs = (uint32_t)res_sql_count_at(sql, 2, 1, RES_MOST_STEPS);
    e->threshold = res_sql_threshold_at(sql, 3);
}

static swp_status list_planned(res_store *store, const res_study *study, list *out, swp_err *err)
{
    id_index *ids = index_ids(study);
    if (!ids)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    res_sql sql = res_sql_open(store, "SELECT number, trial_id, epochs, threshold FROM evaluation "
                                      "WHERE revision_id = ? ORDER BY number");
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "evaluation", 1);
    while (res_sql_row(&sql))
        read_planned(&sql, study, ids, out);
    swp_free(ids);
    return res_sql_close(&sql, err);
}

static bool are_equal(res_threshold a, res_threshold b)
{
    return a.kind == b.kind && a.value == b.value;
}

/* Columns: trial id, step, threshold, threshold value, both counts. */
static void read_score(res_sql *sql, const res_trial *t, res_threshold threshold, res_score *out)
{
    *out = (res_score){.step = res_sql_count_at(sql, 1, 1, t->n_steps),
                       .threshold = threshold,
                       .threshold_value = res_sql_number_at(sql, 3),
                       .normal_correct = res_sql_count_at(sql, 4, 0, t->n_normal),
                       .anomaly_correct = res_sql_count_at(sql, 5, 0, t->n_anomaly)};
}

/* The thresholds whose scores are read, in the order of the store. */
typedef struct wanted {
    res_threshold *items; /* (n) */
    size_t n, next;       /* which is expected next */
} wanted;

static bool is_wanted(wanted *these, res_threshold threshold)
{
    for (size_t i = 0; i < these->n; i++) {
        these->next = these->next < these->n ? these->next : 0;
        if (are_equal(these->items[these->next++], threshold))
            return true;
    }
    return false;
}

/* All, or of `only` these. */
static swp_status read_scores(res_sql *sql, const res_trial *t, wanted *only, res_score **out,
                              size_t *n, swp_err *err)
{
    res_sql_rows_of(sql, "score", 3);
    while (res_sql_row(sql)) {
        res_threshold threshold = res_sql_threshold_at(sql, 2);
        if (only && !is_wanted(only, threshold))
            continue;
        res_score *grown = swp_grow(*out, *n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(sql);
            break;
        }
        *out = grown;
        read_score(sql, t, threshold, &grown[(*n)++]);
    }
    swp_status status = res_sql_close(sql, err);
    if (status != SWP_OK) {
        swp_free(*out);
        *out = NULL;
        *n = 0;
    }
    return status;
}

/* The thresholds at which the revision reads a trial. */
static swp_status list_wanted(res_store *store, const res_study *study, size_t trial, wanted *out,
                              swp_err *err)
{
    res_sql sql = res_sql_open(store, "SELECT DISTINCT threshold FROM evaluation WHERE "
                                      "trial_id = ? AND revision_id = ? ORDER BY threshold");
    res_sql_int(&sql, study->trials[trial].id);
    res_sql_int(&sql, study->experiment.revision_id);
    res_sql_rows_of(&sql, "evaluation", 1);
    while (res_sql_row(&sql)) {
        res_threshold *grown = swp_grow(out->items, out->n, sizeof *grown);
        if (!grown) {
            res_sql_out_of_memory(&sql);
            break;
        }
        out->items = grown;
        grown[out->n++] = res_sql_threshold_at(&sql, 0);
    }
    return res_sql_close(&sql, err);
}

#define SCORES                                                                                     \
    "SELECT trial_id, step, threshold, threshold_value, normal_correct, anomaly_correct FROM "     \
    "score "

swp_status res_scores_list(res_store *store, const res_study *study, size_t trial,
                           const res_threshold *only, res_score **out, size_t *n, swp_err *err)
{
    const res_trial *t = &study->trials[trial];
    wanted planned = {0};
    *out = NULL;
    *n = 0;
    swp_status status = only ? SWP_OK : list_wanted(store, study, trial, &planned, err);
    if (status == SWP_OK) {
        res_sql sql = res_sql_open(
            store, only ? SCORES "WHERE trial_id = ? AND step <= ? AND threshold = ? ORDER BY step"
                        : SCORES "WHERE trial_id = ? AND step <= ? ORDER BY step, threshold");
        res_sql_int(&sql, t->id);
        res_sql_size(&sql, t->n_steps);
        if (only)
            res_sql_threshold(&sql, *only);
        status = read_scores(&sql, t, only ? NULL : &planned, out, n, err);
    }
    swp_free(planned.items);
    return status;
}

/* By trial, epochs, threshold: the order in which a filtered list is made and looked up. */
static int compare_points(const void *a, const void *b)
{
    const res_evaluation *x = a, *y = b;
    if (x->trial != y->trial)
        return x->trial < y->trial ? -1 : 1;
    if (x->epochs != y->epochs)
        return x->epochs < y->epochs ? -1 : 1;
    if (x->threshold.kind != y->threshold.kind)
        return x->threshold.kind < y->threshold.kind ? -1 : 1;
    return (x->threshold.value > y->threshold.value) - (x->threshold.value < y->threshold.value);
}

/* Making a filtered list: what was planned, sorted by point, and the trial's step read last. */
typedef struct maker {
    res_store *store;
    const res_study *study;
    const res_evaluation_filter *filter;
    list planned, made;
    size_t trial, step;    /* that scores and errors are of; step 0: none was read yet */
    res_score *scores;     /* (n_scores) */
    size_t n_scores, next; /* where the next one is expected */
    res_errors errors;
    void *errors_block; /* NULL until they are needed */
} maker;

static swp_status go_to_step(maker *m, size_t trial, size_t step, swp_err *err)
{
    if (m->step == step && m->trial == trial)
        return SWP_OK;
    swp_free(m->errors_block);
    swp_free(m->scores);
    m->errors_block = NULL;
    m->scores = NULL;
    m->n_scores = m->next = 0;
    m->trial = trial;
    m->step = step;
    res_sql sql = res_sql_open(m->store, SCORES "WHERE trial_id = ? AND step = ?");
    res_sql_int(&sql, m->study->trials[trial].id);
    res_sql_size(&sql, step);
    return read_scores(&sql, &m->study->trials[trial], NULL, &m->scores, &m->n_scores, err);
}

/* Read an evaluation from the scores of its selected epoch; *found: they have its threshold, which
 * usually follows that of the evaluation before. */
static swp_status read_selected(maker *m, res_evaluation *e, bool *found, swp_err *err)
{
    const res_trial *t = &m->study->trials[e->trial];
    size_t selected = t->best_steps[e->epochs - 1], i = 0;
    *found = false;
    swp_status status = go_to_step(m, e->trial, selected, err);
    for (; i < m->n_scores && !*found; i++, m->next++) {
        m->next = m->next < m->n_scores ? m->next : 0;
        const res_score *s = &m->scores[m->next];
        if (!are_equal(s->threshold, e->threshold))
            continue;
        *found = true;
        e->selected_epoch = (uint32_t)selected;
        e->threshold_value = s->threshold_value;
        e->normal_correct = (uint32_t)s->normal_correct;
        e->anomaly_correct = (uint32_t)s->anomaly_correct;
        e->normal_total = t->n_normal;
        e->anomaly_total = t->n_anomaly;
    }
    return status;
}

/* An evaluation that can be read, by what is read together. */
typedef struct reading_place {
    uint32_t trial, epochs;
    size_t index;
} reading_place;

static int compare_places(const void *a, const void *b)
{
    const reading_place *x = a, *y = b;
    if (x->trial != y->trial)
        return x->trial < y->trial ? -1 : 1;
    if (x->epochs != y->epochs)
        return x->epochs < y->epochs ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Those of one trial and epoch count follow each other, whichever axis of the grid comes first, so
 * that scores are read once. What was planned and not scored yet stays without numbers. */
static swp_status score_planned(maker *m, swp_err *err)
{
    size_t n = 0;
    bool found, sorted = true;
    reading_place *order = swp_alloc(m->planned.n, sizeof *order);
    swp_status status = order ? SWP_OK : swp_fail(err, SWP_NOMEM, "out of memory");
    for (size_t i = 0; order && i < m->planned.n; i++) {
        const res_evaluation *e = &m->planned.items[i];
        if (e->selected_epoch > 0 || e->epochs > m->study->trials[e->trial].n_steps)
            continue;
        order[n++] = (reading_place){.trial = e->trial, .epochs = e->epochs, .index = i};
        sorted = sorted && (n == 1 || compare_places(&order[n - 2], &order[n - 1]) < 0);
    }
    if (order && !sorted)
        qsort(order, n, sizeof *order, compare_places);
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        status = read_selected(m, &m->planned.items[order[i].index], &found, err);
    swp_free(order);
    return status;
}

static swp_status judge(maker *m, res_evaluation *e, swp_err *err)
{
    const res_trial *t = &m->study->trials[e->trial];
    bool found;
    swp_status status = read_selected(m, e, &found, err);
    if (status != SWP_OK || found)
        return status;
    size_t selected = e->selected_epoch = t->best_steps[e->epochs - 1];
    if (!m->errors_block)
        status = res_errors_load(m->store, t->id, selected, &m->errors, &m->errors_block, err);
    if (status != SWP_OK)
        return swp_wrap(err, "trial %zu", t->number);
    status = res_threshold_resolve(e->threshold, &m->errors, &e->threshold_value, err);
    if (status != SWP_OK)
        return status;
    res_counts counts = res_count(&m->errors, e->threshold_value);
    e->normal_correct = (uint32_t)counts.normal_correct;
    e->anomaly_correct = (uint32_t)counts.anomaly_correct;
    e->normal_total = (uint32_t)counts.normal_total;
    e->anomaly_total = (uint32_t)counts.anomaly_total;
    return SWP_OK;
}

static swp_status make_one(maker *m, size_t trial, size_t epochs, res_threshold threshold,
                           swp_err *err)
{
    res_evaluation *e = add(&m->made, trial);
    if (!e)
        return swp_fail(err, SWP_NOMEM, "out of memory");
    e->epochs = (uint32_t)epochs;
    e->threshold = threshold;
    const res_evaluation *planned =
        m->planned.n == 0 ? NULL
                          : bsearch(e, m->planned.items, m->planned.n, sizeof *e, compare_points);
    if (planned)
        e->number = planned->number;
    return epochs <= m->study->trials[trial].n_steps ? judge(m, e, err) : SWP_OK;
}

/* A repeated request is still one evaluation, and must not count twice in a mean. */
static bool is_threshold_repeated(const res_evaluation_filter *filter, size_t index)
{
    const res_threshold *t = filter->thresholds;
    for (size_t i = 0; i < index; i++)
        if (are_equal(t[i], t[index]))
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

/* `planned` (n) are those of the trial, by epochs, then threshold: those of one epoch count name
 * all planned thresholds. */
static swp_status make_thresholds(maker *m, size_t trial, size_t epochs,
                                  const res_evaluation *planned, size_t n, swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < m->filter->n_thresholds && status == SWP_OK; i++)
        if (!is_threshold_repeated(m->filter, i))
            status = make_one(m, trial, epochs, m->filter->thresholds[i], err);
    if (m->filter->n_thresholds > 0)
        return status;
    for (size_t i = 0; i < n && planned[i].epochs == planned[0].epochs && status == SWP_OK; i++)
        status = make_one(m, trial, epochs, planned[i].threshold, err);
    return status;
}

static swp_status make_trial(maker *m, size_t trial, const res_evaluation *planned, size_t n,
                             swp_err *err)
{
    swp_status status = SWP_OK;
    for (size_t i = 0; i < m->filter->n_epochs && status == SWP_OK; i++)
        if (!are_epochs_repeated(m->filter, i))
            status = make_thresholds(m, trial, m->filter->epochs[i], planned, n, err);
    if (m->filter->n_epochs > 0)
        return status;
    for (size_t i = 0; i < n && status == SWP_OK; i++)
        if (i == 0 || planned[i].epochs != planned[i - 1].epochs)
            status = make_thresholds(m, trial, planned[i].epochs, planned, n, err);
    return status;
}

static swp_status check_epochs(const res_study *study, const res_evaluation_filter *filter,
                               swp_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < study->n_trials; i++)
        if (study->trials[i].n_steps > most)
            most = study->trials[i].n_steps;
    for (size_t i = 0; i < filter->n_epochs; i++) {
        if (filter->epochs[i] >= 1 && filter->epochs[i] <= most)
            continue;
        swp_status status =
            swp_fail(err, SWP_CONFIG, "epochs: expected 1 to %zu, the epochs recorded, found %zu",
                     most, filter->epochs[i]);
        swp_hint(err, "raise train.epochs and run again: training continues where it stopped");
        return status;
    }
    return SWP_OK;
}

static swp_status make_all(maker *m, swp_err *err)
{
    swp_status status = check_epochs(m->study, m->filter, err);
    if (m->planned.n > 0)
        qsort(m->planned.items, m->planned.n, sizeof *m->planned.items, compare_points);
    size_t from = 0;
    for (size_t i = 0; i < m->study->n_trials && status == SWP_OK; i++) {
        size_t to = from;
        while (to < m->planned.n && m->planned.items[to].trial == i)
            to++;
        status =
            make_trial(m, i, m->planned.items ? m->planned.items + from : NULL, to - from, err);
        from = to;
    }
    return status;
}

swp_status res_evaluations_list(res_store *store, const res_study *study,
                                const res_evaluation_filter *filter, res_evaluation **out,
                                size_t *n, swp_err *err)
{
    *out = NULL;
    *n = 0;
    if (study->of_command)
        return res_readings_list(study, filter, out, n, err);
    if (study->reading.at != RES_AT_BEST)
        return swp_fail(err, SWP_USAGE, "step: only trials of a command are read at a given step");
    swp_status status = res_snapshot_begin(store, err);
    if (status != SWP_OK)
        return status;
    maker m = {.store = store, .study = study, .filter = filter};
    status = list_planned(store, study, &m.planned, err);
    if (status == SWP_OK && filter->n_thresholds + filter->n_epochs > 0) {
        status = make_all(&m, err);
    } else if (status == SWP_OK) {
        status = score_planned(&m, err);
        m.made = m.planned;
        m.planned = (list){0};
    }
    res_snapshot_end(store);
    swp_free(m.errors_block);
    swp_free(m.scores);
    swp_free(m.planned.items);
    if (status != SWP_OK) {
        swp_free(m.made.items);
        return status;
    }
    *out = m.made.items;
    *n = m.made.n;
    return SWP_OK;
}

swp_status res_evaluations_update(res_store *store, const res_study *study,
                                  res_evaluation *evaluations, size_t n, bool *same, swp_err *err)
{
    maker m = {.store = store, .study = study, .planned = {.items = evaluations, .n = n}};
    int64_t last = 0;
    res_sql sql = res_sql_open(store, "SELECT max(number) FROM evaluation WHERE revision_id = ?");
    res_sql_int(&sql, study->experiment.revision_id);
    swp_status status = res_sql_one(&sql, &last, err);
    *same = last == (n > 0 ? (int64_t)evaluations[n - 1].number : 0);
    if (status == SWP_OK && *same)
        status = score_planned(&m, err);
    swp_free(m.scores);
    return status;
}
