/* From a configuration to evaluations, trials, data sets and splits.
 *
 * Every point that the searcher proposes is an evaluation. Its trial is found by a hash of the
 * settings that decide the bits, so points that differ only in epochs or threshold share it. Data
 * sets are known by their content, splits by data set and specification. */
#include "runner/plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/digest.h"
#include "engine/base/mem.h"
#include "runner/plan/plan_priv.h"

/* Finds numbered things by hash. Open addressing, at most half full. */
typedef struct lookup {
    struct slot {
        uint64_t hash;
        size_t number; /* from 1; 0 = empty */
    } * slots;
    size_t mask, n;
} lookup;

/* A path, how it is read, and the data set that it led to; two paths may lead to the same content.
 */
typedef struct place {
    const char *path;
    eng_reading reading;
    size_t data;
} place;

typedef struct planner {
    run_plan *plan;
    lookup trials, splits;
    place *places;
    size_t n_places;
    size_t room, evaluation_room; /* allocated trials and evaluations */
} planner;

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* --- lookup ----------------------------------------------------------------------------------- */

/* The slot of the entry that `same` accepts, or the empty slot where it belongs. Without `same`,
 * entries with equal hashes differ. */
static struct slot *lookup_find(const lookup *table, uint64_t hash,
                                bool (*same)(const run_plan *plan, size_t index, const void *probe),
                                const run_plan *plan, const void *probe)
{
    for (size_t at = (hash ^ hash >> 32) & table->mask;; at = (at + 1) & table->mask) {
        struct slot *slot = &table->slots[at];
        if (slot->number == 0 ||
            (same && slot->hash == hash && same(plan, slot->number - 1, probe)))
            return slot;
    }
}

/* Make room for one more entry. */
static bool lookup_reserve(lookup *table)
{
    size_t size = table->slots ? table->mask + 1 : 0;
    if (2 * (table->n + 1) <= size)
        return true;
    lookup larger = {.mask = size ? 2 * size - 1 : 15, .n = table->n};
    larger.slots = swp_alloc(larger.mask + 1, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < size; i++) {
        struct slot *slot = &table->slots[i];
        if (slot->number > 0)
            *lookup_find(&larger, slot->hash, NULL, NULL, NULL) = *slot;
    }
    swp_free(table->slots);
    *table = larger;
    return true;
}

static void lookup_add(lookup *table, struct slot *slot, uint64_t hash, size_t number)
{
    *slot = (struct slot){hash, number};
    table->n++;
}

/* --- data sets -------------------------------------------------------------------------------- */

static swp_status load_set(const cfg *config, const char *path, const eng_reading *reading,
                           eng_dataset **out, swp_err *err)
{
    char *found;
    swp_status status = cfg_find_data(config, path, &found, err);
    if (status != SWP_OK)
        return status;
    status = eng_dataset_load_as(found, reading, out, err);
    swp_free(found);
    return status;
}

/* Number of the data set with this content; takes ownership of the set. */
static swp_status add_set(run_plan *plan, const char *path, eng_dataset *set, size_t *data,
                          swp_err *err)
{
    for (size_t i = 0; i < plan->n_data; i++) {
        if (strcmp(plan->data[i].set->fingerprint, set->fingerprint) == 0) {
            if (strcmp(plan->data[i].path, path) != 0)
                plan->data[i].also = path;
            eng_dataset_destroy(set);
            *data = i;
            return SWP_OK;
        }
    }
    run_data *list = swp_resize(plan->data, plan->n_data + 1, sizeof *list);
    if (!list) {
        eng_dataset_destroy(set);
        return out_of_memory(err);
    }
    plan->data = list;
    list[plan->n_data] = (run_data){.path = path, .set = set};
    *data = plan->n_data++;
    return SWP_OK;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_place(const place *known, const char *path, const eng_reading *reading)
{
    return same_text(known->path, path) && same_text(known->reading.columns, reading->columns) &&
           same_text(known->reading.label_column, reading->label_column) &&
           known->reading.has_header == reading->has_header;
}

static swp_status find_data(planner *p, const char *path, const eng_reading *reading, size_t *data,
                            swp_err *err)
{
    for (size_t i = 0; i < p->n_places; i++) {
        if (is_place(&p->places[i], path, reading)) {
            *data = p->places[i].data;
            return SWP_OK;
        }
    }
    place *places = swp_resize(p->places, p->n_places + 1, sizeof *places);
    if (!places)
        return out_of_memory(err);
    p->places = places;
    eng_dataset *set = NULL;
    swp_status status = load_set(p->plan->config, path, reading, &set, err);
    if (status != SWP_OK)
        return cfg_error_at(p->plan->config, "data.path", err);
    status = add_set(p->plan, path, set, data, err);
    if (status == SWP_OK)
        places[p->n_places++] = (place){.path = path, .reading = *reading, .data = *data};
    return status;
}

/* --- splits ----------------------------------------------------------------------------------- */

typedef struct split_probe {
    size_t data;
    const eng_split_spec *spec;
} split_probe;

static bool same_spec(const eng_split_spec *a, const eng_split_spec *b)
{
    return strcmp(a->normal_class, b->normal_class) == 0 && a->shuffle == b->shuffle &&
           a->shuffle_seed == b->shuffle_seed && a->order == b->order && a->cuts[0] == b->cuts[0] &&
           a->cuts[1] == b->cuts[1] && a->split_seed == b->split_seed &&
           a->anomalies == b->anomalies && a->anomaly_count == b->anomaly_count &&
           a->n_tune == b->n_tune;
}

static bool is_split(const run_plan *plan, size_t index, const void *probe)
{
    const split_probe *wanted = probe;
    const run_split *split = &plan->splits[index];
    return split->data == wanted->data && same_spec(&split->spec, wanted->spec);
}

/* Grids have many seeds; is_split compares the rest. */
static uint64_t hash_split(const split_probe *probe)
{
    uint64_t seeds = (uint64_t)probe->spec->shuffle_seed << 32 | probe->spec->split_seed;
    return (seeds + probe->data) * 11400714819323198485u;
}

/* Fields of a split's specification are named like their keys; an error without a field is about
 * the data. */
static swp_status split_error_at(const cfg *config, const char *field, swp_err *err)
{
    char key[64];
    snprintf(key, sizeof key, "data.%s", field ? field : "path");
    return cfg_error_at(config, key, err);
}

static swp_status find_split(planner *p, size_t data, const eng_split_spec *spec, size_t *index,
                             swp_err *err)
{
    run_plan *plan = p->plan;
    split_probe probe = {data, spec};
    uint64_t hash = hash_split(&probe);
    if (!lookup_reserve(&p->splits))
        return out_of_memory(err);
    struct slot *slot = lookup_find(&p->splits, hash, is_split, plan, &probe);
    if (slot->number == 0) {
        run_split *list = swp_resize(plan->splits, plan->n_splits + 1, sizeof *list);
        if (!list)
            return out_of_memory(err);
        plan->splits = list;
        run_split *split = &list[plan->n_splits++];
        *split = (run_split){.data = data, .spec = *spec};
        swp_status status = eng_split_init(&split->split, plan->data[data].set, spec, err);
        if (status != SWP_OK)
            return split_error_at(plan->config, split->split.blamed, err);
        status = run_samples_pick(split, plan->data[data].set, err);
        if (status != SWP_OK)
            return status;
        lookup_add(&p->splits, slot, hash, plan->n_splits);
    }
    *index = slot->number - 1;
    return SWP_OK;
}

/* --- trials -------------------------------------------------------------------------------- */

typedef struct trial_probe {
    size_t data;
    const cfg_settings *settings;
} trial_probe;

static bool is_trial(const run_plan *plan, size_t index, const void *probe)
{
    const trial_probe *wanted = probe;
    const run_trial *trial = &plan->trials[index];
    if (wanted->settings->command)
        return cfg_trial_same(&trial->settings, wanted->settings);
    return plan->splits[trial->split].data == wanted->data &&
           cfg_trial_same(&trial->settings, wanted->settings);
}

static swp_status add_trial(planner *p, size_t data, const cfg_settings *settings, swp_err *err)
{
    run_plan *plan = p->plan;
    if (plan->n_trials == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        run_trial *list = swp_resize(plan->trials, room, sizeof *list);
        if (!list)
            return out_of_memory(err);
        plan->trials = list;
        p->room = room;
    }
    run_trial *trial = &plan->trials[plan->n_trials];
    *trial = (run_trial){.settings = *settings};
    swp_status status = SWP_OK;
    if (settings->command) {
        trial->cost = plan->backend->cost(settings, 0, 0);
    } else {
        status = find_split(p, data, &settings->split, &trial->split, err);
        if (status == SWP_OK)
            trial->cost = plan->backend->cost(settings, plan->splits[trial->split].split.n_train,
                                              plan->data[data].set->length);
    }
    plan->n_trials += status == SWP_OK;
    return status;
}

static swp_status find_trial(planner *p, const cfg_settings *settings, size_t *index, swp_err *err)
{
    size_t data = 0;
    swp_status status = SWP_OK;
    if (!settings->command)
        status = find_data(p, settings->data_path, &settings->reading, &data, err);
    if (status != SWP_OK)
        return status;
    trial_probe probe = {data, settings};
    uint64_t hash = cfg_trial_hash(settings) + data;
    if (!lookup_reserve(&p->trials))
        return out_of_memory(err);
    struct slot *slot = lookup_find(&p->trials, hash, is_trial, p->plan, &probe);
    if (slot->number == 0) {
        status = add_trial(p, data, settings, err);
        if (status != SWP_OK)
            return status;
        lookup_add(&p->trials, slot, hash, p->plan->n_trials);
    }
    *index = slot->number - 1;
    return SWP_OK;
}

/* --- the plan --------------------------------------------------------------------------------- */

/* A conformal threshold needs enough validation rows for its rank to exist. */
static swp_status check_threshold(const run_plan *plan, res_threshold threshold,
                                  const eng_split *split, swp_err *err)
{
    size_t needed;
    if (threshold.kind != RES_THRESHOLD_CONFORMAL ||
        res_conformal_possible(threshold.value, split->n_val, &needed))
        return SWP_OK;
    char text[RES_THRESHOLD_TEXT_SIZE];
    swp_status status = swp_fail(err, SWP_CONFIG, "%s needs %zu validation rows, the split has %zu",
                                 res_threshold_format(threshold, text), needed, split->n_val);
    swp_hint(err, "validate on more rows (data.cuts), or take a smaller one");
    return status == SWP_CONFIG ? cfg_error_at(plan->config, "eval.threshold", err) : status;
}

static swp_status add_evaluation(planner *p, const cfg_settings *settings, swp_err *err)
{
    run_plan *plan = p->plan;
    if (plan->n_evaluations == p->evaluation_room) {
        size_t room = p->evaluation_room ? 2 * p->evaluation_room : 64;
        run_evaluation *list = swp_resize(plan->evaluations, room, sizeof *list);
        if (!list)
            return out_of_memory(err);
        plan->evaluations = list;
        p->evaluation_room = room;
    }
    run_evaluation *evaluation = &plan->evaluations[plan->n_evaluations];
    swp_status status = find_trial(p, settings, &evaluation->trial, err);
    if (status != SWP_OK)
        return status;
    run_trial *trial = &plan->trials[evaluation->trial];
    if (!settings->command)
        status = check_threshold(plan, settings->threshold, &plan->splits[trial->split].split, err);
    if (status != SWP_OK)
        return status;
    evaluation->epochs = settings->epochs;
    evaluation->threshold = settings->threshold;
    plan->n_evaluations++;
    if (trial->max_epochs < settings->epochs)
        trial->max_epochs = settings->epochs;
    return SWP_OK;
}

/* Take all points of a grid. */
static swp_status enumerate(planner *p, swp_err *err)
{
    const cfg *config = p->plan->config;
    swp_status status = SWP_OK;
    for (size_t i = 0; i < cfg_evaluation_count(config) && status == SWP_OK; i++) {
        cfg_settings settings;
        cfg_evaluation_at(config, i, &settings);
        status = add_evaluation(p, &settings, err);
    }
    return status;
}

/* Load the data of a search, which all of its trials share. */
static swp_status prepare_search(planner *p, swp_err *err)
{
    size_t data = 0, split = 0;
    cfg_settings settings;
    cfg_lowest_reading(p->plan->config, &settings);
    if (settings.command)
        return SWP_OK;
    swp_status status = find_data(p, settings.data_path, &settings.reading, &data, err);
    return status == SWP_OK ? find_split(p, data, &settings.split, &split, err) : status;
}

/* What determines the bits of a trial besides its settings: its data and earlier draws of its
 * stream, or the files of its command. */
static void put_origin(const run_plan *plan, const run_trial *trial, swp_buf *out)
{
    const cfg_command *command = trial->settings.command;
    for (size_t i = 0; command && i < command->n_scripts; i++)
        swp_buf_printf(out, RES_SCRIPT_KEY "%s = %s\n", command->scripts[i].path,
                       command->scripts[i].digest);
    if (!command)
        swp_buf_printf(out, "data = %s\ndrawn before = %zu, %s\n",
                       plan->data[plan->splits[trial->split].data].set->fingerprint,
                       trial->start.n_before, trial->start.digest);
}

/* The key of a trial: over its text and its origin. */
static swp_status make_key(const run_plan *plan, run_trial *trial, swp_err *err)
{
    swp_buf text = {0};
    swp_status status = SWP_OK;
    cfg_trial_text(&trial->settings, &text);
    put_origin(plan, trial, &text);
    if (text.failed)
        status = out_of_memory(err);
    else
        swp_digest_of(text.text, text.length, trial->key);
    swp_buf_deinit(&text);
    return status;
}

/* Trials that were added together share streams. */
static swp_status assign_starts(run_plan *plan, size_t first, swp_err *err)
{
    size_t n = plan->n_trials - first;
    run_streamed *streamed = swp_alloc(n, sizeof *streamed);
    run_streams **streams = swp_resize(plan->streams, plan->n_streams + 1, sizeof(run_streams *));
    if (streams)
        plan->streams = streams;
    if (!streamed || !streams) {
        swp_free(streamed);
        return out_of_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        streamed[i] =
            (run_streamed){&plan->trials[first + i].settings, &plan->trials[first + i].start};
    streams[plan->n_streams] = NULL;
    swp_status status = run_streams_assign(streamed, n, &streams[plan->n_streams++], err);
    swp_free(streamed);
    return status;
}

/* Set the starts and keys of the trials from `first` on. */
static swp_status assign_keys(run_plan *plan, size_t first, swp_err *err)
{
    swp_status status = SWP_OK;
    if (!cfg_command_of(plan->config))
        status = assign_starts(plan, first, err);
    for (size_t i = first; i < plan->n_trials && status == SWP_OK; i++)
        status = make_key(plan, &plan->trials[i], err);
    return status;
}

swp_status run_plan_init(run_plan *out, const cfg *config, swp_err *err)
{
    swp_err unseen = {0}; /* for cfg_error_at */
    err = err ? err : &unseen;
    *out = (run_plan){.config = config};
    planner p = {.plan = out};
    swp_status status = run_backend_find(
        cfg_command_of(config) ? RUN_BACKEND_COMMAND : RUN_BACKEND_LSTM, &out->backend, err);
    if (status == SWP_OK)
        status = cfg_is_search(config) ? prepare_search(&p, err) : enumerate(&p, err);
    if (status == SWP_OK && !cfg_is_search(config))
        status = assign_keys(out, 0, err);
    swp_free(p.trials.slots);
    swp_free(p.splits.slots);
    swp_free(p.places);
    if (status != SWP_OK)
        run_plan_deinit(out);
    return status;
}

void run_plan_deinit(run_plan *plan)
{
    for (size_t i = 0; i < plan->n_data; i++)
        eng_dataset_destroy(plan->data[i].set);
    for (size_t i = 0; i < plan->n_splits; i++) {
        eng_split_deinit(&plan->splits[i].split);
        swp_free(plan->splits[i].samples);
    }
    for (size_t i = 0; i < plan->n_streams; i++)
        run_streams_destroy(plan->streams[i]);
    swp_free(plan->streams);
    swp_free(plan->data);
    swp_free(plan->splits);
    swp_free(plan->trials);
    swp_free(plan->evaluations);
    *plan = (run_plan){0};
}

swp_status run_plan_add(run_plan *plan, const cfg_settings *readings, size_t n, swp_err *err)
{
    size_t first = plan->n_trials;
    run_trial *trials = swp_resize(plan->trials, first + 1, sizeof *trials);
    plan->trials = trials ? trials : plan->trials;
    run_evaluation *evaluations =
        swp_resize(plan->evaluations, plan->n_evaluations + n, sizeof *evaluations);
    plan->evaluations = evaluations ? evaluations : plan->evaluations;
    if (!trials || !evaluations)
        return out_of_memory(err);
    run_trial *trial = &trials[plan->n_trials++];
    *trial = (run_trial){
        .settings = readings[0],
        .cost = readings[0].command
                    ? plan->backend->cost(&readings[0], 0, 0)
                    : plan->backend->cost(&readings[0], plan->splits[0].split.n_train,
                                          plan->data[0].set->length),
    };
    for (size_t i = 0; i < n; i++) {
        evaluations[plan->n_evaluations++] =
            (run_evaluation){first, readings[i].epochs, readings[i].threshold};
        if (trial->max_epochs < readings[i].epochs)
            trial->max_epochs = readings[i].epochs;
    }
    return assign_keys(plan, first, err);
}

run_inputs run_plan_inputs(const run_plan *plan)
{
    return (run_inputs){plan->data, plan->n_data, plan->splits, plan->n_splits};
}

/* Marks an index that is left out. */
#define LEFT_OUT SIZE_MAX

static size_t place_of(const size_t *trials, size_t n, size_t trial)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trials[middle] < trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && trials[low] == trial ? low : LEFT_OUT;
}

void run_plan_restrict(run_plan *plan, const size_t *trials, size_t n)
{
    size_t n_evaluations = 0;
    for (size_t i = 0; i < plan->n_evaluations; i++) {
        run_evaluation evaluation = plan->evaluations[i];
        evaluation.trial = place_of(trials, n, evaluation.trial);
        if (evaluation.trial != LEFT_OUT)
            plan->evaluations[n_evaluations++] = evaluation;
    }
    plan->n_evaluations = n_evaluations;
    for (size_t i = 0; i < n; i++) {
        plan->trials[i] = plan->trials[trials[i]];
        plan->trials[i].number = trials[i] + 1;
    }
    plan->n_trials = n;
    plan->is_part = true;
}
