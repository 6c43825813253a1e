/* From a configuration to trials, trainings, data sets and splits. */
#include "runner/plan.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"
#include "runner/plan_priv.h"

/* Finds numbered things by hash. Open addressing with room for twice of what it will hold. */
typedef struct lookup {
    struct slot {
        uint64_t hash;
        size_t number; /* from 1; 0 = empty */
    } * slots;
    size_t mask;
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
    lookup trainings, splits;
    place *places;
    size_t n_places;
    size_t room; /* allocated trainings */
} planner;

static swp_status out_of_memory(swp_err *err)
{
    return swp_fail(err, SWP_NOMEM, "out of memory");
}

/* --- lookup ----------------------------------------------------------------------------------- */

static bool lookup_init(lookup *table, size_t most)
{
    size_t size = 16;
    while (size < 2 * most)
        size *= 2;
    table->mask = size - 1;
    table->slots = swp_alloc(size, sizeof *table->slots);
    return table->slots != NULL;
}

/* The slot of what `same` accepts, or the empty one where it belongs. */
static struct slot *lookup_find(const lookup *table, uint64_t hash,
                                bool (*same)(const run_plan *plan, size_t index, const void *probe),
                                const run_plan *plan, const void *probe)
{
    for (size_t at = (hash ^ hash >> 32) & table->mask;; at = (at + 1) & table->mask) {
        struct slot *slot = &table->slots[at];
        if (slot->number == 0 || (slot->hash == hash && same(plan, slot->number - 1, probe)))
            return slot;
    }
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

/* Number of the data set with this content; takes the set over. */
static swp_status add_set(run_plan *plan, const char *path, eng_dataset *set, size_t *data,
                          swp_err *err)
{
    for (size_t i = 0; i < plan->n_data; i++) {
        if (strcmp(plan->data[i].set->fingerprint, set->fingerprint) == 0) {
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
        return cfg_blame(p->plan->config, "data.path", err);
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
           a->anomalies == b->anomalies && a->anomaly_count == b->anomaly_count;
}

static bool is_split(const run_plan *plan, size_t index, const void *probe)
{
    const split_probe *wanted = probe;
    const run_split *split = &plan->splits[index];
    return split->data == wanted->data && same_spec(&split->spec, wanted->spec);
}

/* The seeds are what a grid has many of; the rest is left to is_split. */
static uint64_t hash_split(const split_probe *probe)
{
    uint64_t seeds = (uint64_t)probe->spec->shuffle_seed << 32 | probe->spec->split_seed;
    return (seeds + probe->data) * 11400714819323198485u;
}

/* The fields of a split's specification are called as their keys are; what is no fault of one of
 * them is one of the data. */
static swp_status blame_split(const cfg *config, const char *field, swp_err *err)
{
    char key[64];
    snprintf(key, sizeof key, "data.%s", field ? field : "path");
    return cfg_blame(config, key, err);
}

static swp_status find_split(planner *p, size_t data, const eng_split_spec *spec, size_t *index,
                             swp_err *err)
{
    run_plan *plan = p->plan;
    split_probe probe = {data, spec};
    uint64_t hash = hash_split(&probe);
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
            return blame_split(plan->config, split->split.blamed, err);
        status = run_samples_pick(split, plan->data[data].set, err);
        if (status != SWP_OK)
            return status;
        *slot = (struct slot){hash, plan->n_splits};
    }
    *index = slot->number - 1;
    return SWP_OK;
}

/* --- trainings -------------------------------------------------------------------------------- */

typedef struct training_probe {
    size_t data;
    const cfg_settings *settings;
} training_probe;

static bool is_training(const run_plan *plan, size_t index, const void *probe)
{
    const training_probe *wanted = probe;
    const run_training *training = &plan->trainings[index];
    return plan->splits[training->split].data == wanted->data &&
           cfg_training_same(&training->settings, wanted->settings);
}

double run_epoch_cost(eng_shape shape, size_t n_rows, size_t length)
{
    const double fixed = 4000;
    eng_layout layout = eng_layout_of(shape);
    double step = 0;
    for (size_t i = 0; i < layout.n_layers; i++) {
        double h = (double)layout.layers[i].hidden, in = (double)layout.layers[i].in;
        step += 3 * 4 * h * (in + h) + fixed;
    }
    return step * (double)n_rows * (double)length;
}

static swp_status add_training(planner *p, size_t data, const cfg_settings *settings, swp_err *err)
{
    run_plan *plan = p->plan;
    if (plan->n_trainings == p->room) {
        size_t room = p->room ? 2 * p->room : 16;
        run_training *list = swp_resize(plan->trainings, room, sizeof *list);
        if (!list)
            return out_of_memory(err);
        plan->trainings = list;
        p->room = room;
    }
    size_t split = 0;
    swp_status status = find_split(p, data, &settings->split, &split, err);
    if (status != SWP_OK)
        return status;
    plan->trainings[plan->n_trainings++] = (run_training){
        .settings = *settings,
        .split = split,
        .cost = run_epoch_cost(settings->shape, plan->splits[split].split.n_train,
                               plan->data[data].set->length),
    };
    return SWP_OK;
}

static swp_status find_training(planner *p, const cfg_settings *settings, size_t *index,
                                swp_err *err)
{
    size_t data = 0;
    swp_status status = find_data(p, settings->data_path, &settings->reading, &data, err);
    if (status != SWP_OK)
        return status;
    training_probe probe = {data, settings};
    uint64_t hash = cfg_training_hash(settings) + data;
    struct slot *slot = lookup_find(&p->trainings, hash, is_training, p->plan, &probe);
    if (slot->number == 0) {
        status = add_training(p, data, settings, err);
        if (status != SWP_OK)
            return status;
        *slot = (struct slot){hash, p->plan->n_trainings};
    }
    *index = slot->number - 1;
    return SWP_OK;
}

/* --- the plan --------------------------------------------------------------------------------- */

static swp_status enumerate(planner *p, swp_err *err)
{
    run_plan *plan = p->plan;
    size_t n = cfg_trial_count(plan->config);
    plan->trials = swp_alloc(n, sizeof *plan->trials);
    if (!plan->trials || !lookup_init(&p->trainings, n) || !lookup_init(&p->splits, n))
        return out_of_memory(err);
    for (size_t i = 0; i < n; i++) {
        cfg_settings settings;
        cfg_trial_at(plan->config, i, &settings);
        run_trial *trial = &plan->trials[i];
        swp_status status = find_training(p, &settings, &trial->training, err);
        if (status != SWP_OK)
            return status;
        trial->epochs = settings.epochs;
        trial->threshold = settings.threshold;
        plan->n_trials++;
        run_training *training = &plan->trainings[trial->training];
        if (training->max_epochs < settings.epochs)
            training->max_epochs = settings.epochs;
    }
    return SWP_OK;
}

swp_status run_plan_init(run_plan *out, const cfg *config, swp_err *err)
{
    swp_err unseen = {0}; /* for cfg_blame */
    err = err ? err : &unseen;
    *out = (run_plan){.config = config};
    planner p = {.plan = out};
    swp_status status = enumerate(&p, err);
    if (status == SWP_OK)
        status = run_streams_lay(out, err);
    swp_free(p.trainings.slots);
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
    while (plan->checkpoints) {
        run_checkpoint *before = plan->checkpoints->before;
        swp_free(plan->checkpoints);
        plan->checkpoints = before;
    }
    swp_free(plan->data);
    swp_free(plan->splits);
    swp_free(plan->trainings);
    swp_free(plan->trials);
    swp_free(plan->drawn);
    *plan = (run_plan){0};
}

/* What stands at an index that is left out. */
#define LEFT_OUT SIZE_MAX

static size_t place_of(const size_t *trainings, size_t n, size_t training)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trainings[middle] < training)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && trainings[low] == training ? low : LEFT_OUT;
}

void run_plan_restrict(run_plan *plan, const size_t *trainings, size_t n)
{
    size_t n_trials = 0;
    for (size_t i = 0; i < plan->n_trials; i++) {
        run_trial trial = plan->trials[i];
        trial.training = place_of(trainings, n, trial.training);
        if (trial.training != LEFT_OUT)
            plan->trials[n_trials++] = trial;
    }
    plan->n_trials = n_trials;
    for (size_t i = 0; i < n; i++)
        plan->trainings[i] = plan->trainings[trainings[i]];
    plan->n_trainings = n;
}
