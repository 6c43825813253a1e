/* The table of options: the one place that knows every key. */
#include <stdio.h>
#include <string.h>

#include "runner/config/cfg_priv.h"

#define TEXT_OF(macro)        #macro
#define WHOLE_TEXT(low, high) "a whole number from " TEXT_OF(low) " to " TEXT_OF(high)
#define NAME_TEXT(most)       "1 to " TEXT_OF(most) " printable bytes without / and @"
#define DIMS_TEXT(most, high)                                                                      \
    "none or up to " TEXT_OF(most) " whole numbers from 1 to " TEXT_OF(high)
#define LIMITS(low, high) .min = (low), .max = (high)

#define MAX_EPOCHS   1000000
#define MAX_WORKERS  1024
#define MAX_RETRIES  100
#define MAX_FAILURES 1000000
#define MAX_PER_GPU  1024
#define MAX_TRIALS   100000 /* CFG_MAX_TRIALS, as text */
#define MAX_SLOTS    1024   /* CFG_MAX_SLOTS */
#define SEED_TEXT    "a whole number from 0 to 4294967295"
#define METRIC_TEXT  "a name of letters, digits and _ . / - that begins with a letter or _"

#define IN_HEAD(field)     .group = CFG_IN_HEAD, .offset = offsetof(cfg_head, field)
#define IN_COMMAND(field)  .group = CFG_IN_COMMAND, .offset = offsetof(cfg_command, field)
#define IN_SETTINGS(field) .group = CFG_IN_SETTINGS, .offset = offsetof(cfg_settings, field)
#define IN_RUN(field)      .group = CFG_IN_RUN, .offset = offsetof(cfg_run, field)

/* Sections together, in the order in which help and the canonical dump show them. */
static const cfg_option table[] = {
    {.info = {.key = "experiment.name",
              .allowed = NAME_TEXT(CFG_MAX_NAME),
              .help = "Name under which the store keeps the results."},
     .type = CFG_NAME,
     IN_HEAD(name)},

    {.info = {.key = "command.run",
              .allowed = "a command line, in which ${args} stands for the parameters",
              .help = "Your own program, which trains one trial. With it, keys of [params] and "
                      "[sweep] are its parameters, and ${NAME} is the value of one."},
     .type = CFG_TEXT,
     IN_COMMAND(run),
     .decides_trial = true},
    {.info = {.key = "command.shell",
              .default_value = "no",
              .allowed = "no, yes",
              .help = "yes: run is a line for /bin/sh; no: it is split into words, values cannot "
                      "break out of theirs."},
     .type = CFG_CHOICE,
     IN_COMMAND(shell),
     .decides_trial = true,
     .is_new = true},
    {.info = {.key = "command.args",
              .default_value = "--${name}=${value}",
              .allowed = "words with ${name} and ${value}",
              .help = "What ${args} becomes for each parameter; ${name}=${value} is Hydra's way."},
     .type = CFG_TEXT,
     IN_COMMAND(args),
     .decides_trial = true,
     .is_new = true},
    {.info = {.key = "command.metrics",
              .default_value = "auto",
              .allowed = "auto, file, stdout",
              .help = "Where metrics come from: JSON lines in the file $SWEEP_METRICS, or lines "
                      "`name: number` of stdout; auto: the file if it is written, else stdout."},
     .type = CFG_CHOICE,
     IN_COMMAND(metrics),
     .decides_trial = true,
     .is_new = true},
    {.info = {.key = "command.step",
              .default_value = "epoch",
              .allowed = METRIC_TEXT,
              .help = "What the command calls its steps in metric lines."},
     .type = CFG_METRIC,
     IN_COMMAND(step),
     .decides_trial = true,
     .is_new = true},
    {.info = {.key = "command.watch",
              .default_value = "all",
              .allowed = "all, or names of metrics separated by commas",
              .help = "The metrics that are recorded."},
     .type = CFG_METRICS,
     IN_COMMAND(watch),
     .zero_word = "all",
     .decides_trial = true,
     .is_new = true},
    {.info = {.key = "command.stop",
              .default_value = "term",
              .allowed = "term, file",
              .help = "How a trial is stopped early: by SIGTERM, or by making the file "
                      "$SWEEP_STOP, which the command looks for."},
     .type = CFG_CHOICE,
     IN_COMMAND(stop),
     .is_new = true},
    {.info = {.key = "command.grace",
              .default_value = "30s",
              .allowed = "a duration (90s, 10m, 2h)",
              .help = "Time between asking a command to end and SIGKILL."},
     .type = CFG_DURATION,
     IN_COMMAND(grace_s),
     .is_new = true},

    {.info = {.key = "data.path",
              .allowed = "a file, a folder, A:B for two files, or builtin:ecg",
              .help = "The data set; looked up as written, beside the INI file, in the data path.",
              .can_be_axis = true},
     .type = CFG_TEXT,
     IN_SETTINGS(data_path)},
    {.info = {.key = "data.normal_class",
              .default_value = "1",
              .allowed = "a class label of the data set",
              .help = "Class whose sequences are normal; all others are anomalies.",
              .can_be_axis = true},
     .type = CFG_LABEL,
     IN_SETTINGS(split.normal_class),
     .decides_trial = true},
    {.info = {.key = "data.shuffle_seed",
              .default_value = "42",
              .allowed = "none or " SEED_TEXT,
              .help = "Permutes all rows first, as numpy's RandomState(seed).permutation does; "
                      "none keeps the file's order.",
              .can_be_axis = true},
     .type = CFG_SHUFFLE,
     IN_SETTINGS(split),
     .decides_trial = true},
    {.info = {.key = "data.split",
              .default_value = "val_test",
              .allowed = "val_test, test_val",
              .help = "val_test: cut 1 of the normal rows is held out, cut 2 of that tests and the "
                      "rest of it validates; test_val: cut 1 tests, cut 2 of what remains "
                      "validates.",
              .can_be_axis = true},
     .type = CFG_CHOICE,
     IN_SETTINGS(split.order),
     .decides_trial = true},
    {.info = {.key = "data.cuts",
              .default_value = "0.15, 0.33",
              .allowed = "two fractions between 0 and 1",
              .help = "Sizes of the two cuts."},
     .type = CFG_CUTS,
     IN_SETTINGS(split),
     .decides_trial = true},
    {.info = {.key = "data.split_seed",
              .default_value = "42",
              .allowed = SEED_TEXT,
              .help = "random_state of both cuts, as scikit-learn's train_test_split.",
              .can_be_axis = true},
     .type = CFG_SEED,
     IN_SETTINGS(split.split_seed),
     .decides_trial = true},
    {.info =
         {.key = "data.anomalies",
          .default_value = "match",
          .allowed = "match, all or a whole number from 1",
          .help =
              "Anomalies to test on: as many as normal test rows (or all, if they are fewer), all, "
              "or the first N.",
          .can_be_axis = true},
     .type = CFG_ANOMALIES,
     IN_SETTINGS(split),
     .decides_trial = true},
    {.info = {.key = "data.tune_anomalies",
              .default_value = "none",
              .allowed = "none or " WHOLE_TEXT(1, ENG_MAX_ROWS),
              .help =
                  "Anomalies of a tuning part, none of them tested on: with the validation rows "
                  "they choose best_f1 and youden, and are what tune_auroc and "
                  "tune_balanced_accuracy judge."},
     .type = CFG_WHOLE,
     IN_SETTINGS(split.n_tune),
     LIMITS(1, ENG_MAX_ROWS),
     .zero_word = "none",
     .is_new = true,
     .decides_trial = true},
    {.info = {.key = "data.columns",
              .default_value = "auto",
              .allowed = "auto or columns from 1 (2..141, or 1..70, 72)",
              .help = "Columns of a table that hold the values; auto: all but the label, an index, "
                      "and empty ones."},
     .type = CFG_COLUMNS,
     IN_SETTINGS(reading.columns),
     .is_new = true},
    {.info = {.key = "data.label_column",
              .default_value = "auto",
              .allowed = "auto, a name of the header, or a number from 1",
              .help = "Column of a table that holds the labels; auto: one called class, target or "
                      "label, or the first or the last."},
     .type = CFG_COLUMN,
     IN_SETTINGS(reading.label_column),
     .is_new = true},
    {.info = {.key = "data.has_header",
              .default_value = "auto",
              .allowed = "auto, yes, no",
              .help = "Whether the first line of a table is names; auto: names and numbers that "
                      "count are."},
     .type = CFG_CHOICE,
     IN_SETTINGS(reading.has_header),
     .is_new = true},

    {.info = {.key = "model.arch",
              .default_value = "single",
              .allowed = "single, stacked",
              .help = "single: LSTM 1 -> E -> E; stacked: LSTM 1 -> 2E -> E -> E -> 2E; both with "
                      "a linear read-out.",
              .can_be_axis = true},
     .type = CFG_CHOICE,
     IN_SETTINGS(shape.arch),
     .decides_trial = true},
    {.info = {.key = "model.embedding_dim",
              .default_value = "8",
              .allowed = WHOLE_TEXT(1, ENG_MAX_EMBEDDING_DIM),
              .help = "E, the width of the encoder's last hidden state.",
              .can_be_axis = true},
     .type = CFG_WHOLE,
     IN_SETTINGS(shape.embedding_dim),
     LIMITS(1, ENG_MAX_EMBEDDING_DIM),
     .decides_trial = true},

    {.info = {.key = "train.epochs",
              .default_value = "25",
              .allowed = WHOLE_TEXT(1, MAX_EPOCHS),
              .help =
                  "Passes over the training rows; smaller counts of an axis need no more training.",
              .can_be_axis = true},
     .type = CFG_WHOLE,
     IN_SETTINGS(epochs),
     LIMITS(1, MAX_EPOCHS),
     .may_grow = true},
    {.info = {.key = "train.learning_rate",
              .default_value = "0.001",
              .allowed = "a number > 0",
              .help = "Adam's step size.",
              .can_be_axis = true},
     .type = CFG_NUMBER,
     IN_SETTINGS(learning_rate),
     .decides_trial = true},
    {.info = {.key = "train.batch_size",
              .default_value = "1",
              .allowed = WHOLE_TEXT(1, ENG_MAX_BATCH),
              .help = "Sequences per optimiser step.",
              .can_be_axis = true},
     .type = CFG_WHOLE,
     IN_SETTINGS(batch_size),
     LIMITS(1, ENG_MAX_BATCH),
     .decides_trial = true},
    {.info = {.key = "train.loss",
              .default_value = "l1",
              .allowed = "l1, mse",
              .help = "Sum over time of absolute or squared differences; also the error that "
                      "thresholds judge.",
              .can_be_axis = true},
     .type = CFG_CHOICE,
     IN_SETTINGS(loss),
     .decides_trial = true},
    {.info = {.key = "train.optimizer",
              .default_value = "adam",
              .allowed = "adam",
              .help = "Adam with PyTorch's defaults for everything but the learning rate.",
              .can_be_axis = true},
     .type = CFG_CHOICE,
     IN_SETTINGS(optimizer),
     .decides_trial = true},
    {.info = {.key = "train.seed",
              .default_value = "42",
              .allowed = SEED_TEXT,
              .help = "Seed of the initial weights, as torch.manual_seed.",
              .can_be_axis = true},
     .type = CFG_SEED,
     IN_SETTINGS(seed),
     .decides_trial = true},
    {.info = {.key = "train.init_stream",
              .default_value = "each",
              .allowed = "each, grid",
              .help = "each: every trial draws its weights from a freshly seeded stream; grid: "
                      "trials with the same seed draw from one stream, in grid order, as the "
                      "cells of a notebook that is seeded once.",
              .can_be_axis = true},
     .type = CFG_CHOICE,
     IN_SETTINGS(init_stream),
     .decides_trial = true},
    {.info = {.key = "train.init_after",
              .default_value = "none",
              .allowed = DIMS_TEXT(CFG_MAX_INIT_AFTER, ENG_MAX_EMBEDDING_DIM),
              .help = "Embedding dimensions of models that are drawn from a freshly seeded stream "
                      "and dropped first, as a notebook cell that is run again at the end."},
     .type = CFG_DIMS,
     .group = CFG_IN_SETTINGS,
     .offset = 0,
     .decides_trial = true},

    {.info = {.key = "eval.threshold",
              .default_value = "45",
              .allowed =
                  "a number >= 0, pNN or cNN (a percentile of the validation errors), best_f1 or "
                  "youden",
              .help = "Error above which a sequence counts as abnormal; best_f1 and youden look at "
                      "test labels unless there is a tuning part.",
              .can_be_axis = true},
     .type = CFG_THRESHOLD,
     IN_SETTINGS(threshold)},

    {.info = {.key = "search.strategy",
              .default_value = "grid",
              .allowed = "grid, random, sobol, tpe",
              .help = "grid: every combination of the axes, the last one varying fastest; random; "
                      "sobol: points that fill the space evenly; tpe: points like the best ones so "
                      "far, after ten even ones."},
     .type = CFG_WORD,
     IN_HEAD(search.strategy),
     .is_new = true},
    {.info = {.key = "search.trials",
              .default_value = "50",
              .allowed = WHOLE_TEXT(1, MAX_TRIALS),
              .help = "Trials to propose (not for grid); the fits of the confirm stage are counted "
                      "in it. A larger number continues a search."},
     .type = CFG_WHOLE,
     IN_HEAD(search.trials),
     LIMITS(1, MAX_TRIALS),
     .is_new = true,
     .may_grow = true},
    {.info = {.key = "search.seed",
              .default_value = "0",
              .allowed = SEED_TEXT,
              .help = "Seed of what is drawn for proposals."},
     .type = CFG_SEED,
     IN_HEAD(search.seed),
     .is_new = true},
    {.info = {.key = "search.slots",
              .default_value = "auto",
              .allowed = "auto or " WHOLE_TEXT(1, MAX_SLOTS),
              .help = "Trials under way at once, in virtual time, for tpe and median; auto: "
                      "min(8, max(2, trials / 10)), whatever the machine."},
     .type = CFG_WHOLE,
     IN_HEAD(search.slots),
     LIMITS(1, MAX_SLOTS),
     .zero_word = "auto",
     .is_new = true},
    {.info = {.key = "search.objective",
              .default_value = "val_loss",
              .allowed = "a metric, of a command also min(METRIC) or max(METRIC)",
              .help = "Metric by which trials are compared, at the best of their steps. A command "
                      "must name one; the built-in ones look at no test labels."},
     .type = CFG_OBJECTIVE,
     IN_HEAD(search.objective),
     .is_new = true},
    {.info = {.key = "search.goal",
              .default_value = "auto",
              .allowed = "auto, minimize, maximize",
              .help = "Whether small or large values of the objective are better; auto: known for "
                      "built-in metrics, minimize for a command's."},
     .type = CFG_CHOICE,
     IN_HEAD(search.goal),
     .is_new = true},
    {.info = {.key = "search.stop",
              .default_value = "none",
              .allowed = "none, halving, median",
              .help = "halving: the best third of the trials goes on at min_steps x 1, 3, 9 ...; "
                      "median: a trial worse than the median of those that are done is stopped. "
                      "Stopped trials are paused, and may go on when more is asked for."},
     .type = CFG_WORD,
     IN_HEAD(search.stop),
     .is_new = true},
    {.info = {.key = "search.min_steps",
              .default_value = "1",
              .allowed = WHOLE_TEXT(1, MAX_EPOCHS),
              .help = "No trial is stopped before this step."},
     .type = CFG_WHOLE,
     IN_HEAD(search.min_steps),
     LIMITS(1, MAX_EPOCHS),
     .is_new = true},
    {.info = {.key = "search.max_steps",
              .default_value = "auto",
              .allowed = "auto or " WHOLE_TEXT(1, MAX_EPOCHS),
              .help = "Steps of a trial that is never stopped; auto: the largest train.epochs, for "
                      "a command until it ends by itself. Needed for a command with stop."},
     .type = CFG_WHOLE,
     IN_HEAD(search.max_steps),
     LIMITS(1, MAX_EPOCHS),
     .zero_word = "auto",
     .is_new = true,
     .may_grow = true},
    {.info = {.key = "search.confirm",
              .default_value = "auto",
              .allowed = "auto, none or B x S (5 x 4), B from 1 to 1000, S from 2 to 1000",
              .help = "The last B x S trials are S fresh seeds of the B best; auto: 5 x 4 for tpe "
                      "with 60 trials or more."},
     .type = CFG_CONFIRM,
     IN_HEAD(search.confirm),
     .is_new = true,
     .may_grow = true},
    {.info = {.key = "search.start",
              .default_value = "none",
              .allowed = "none or values of axes (learning_rate=1e-3, embedding_dim=8)",
              .help = "A configuration to begin with; axes that it leaves out are proposed."},
     .type = CFG_START,
     IN_HEAD(search.start),
     .is_new = true},

    {.info = {.key = "run.device",
              .default_value = "auto",
              .allowed = "auto, cpu, cuda",
              .help = "Where to train; auto is the processor."},
     .type = CFG_WORD,
     IN_RUN(device)},
    {.info = {.key = "run.tf32",
              .default_value = "off",
              .allowed = "off, on",
              .help = "on: a GPU may round the factors of large matrix products to TF32, which is "
                      "faster and good to three digits; a processor does not."},
     .type = CFG_CHOICE,
     IN_RUN(tf32)},
    {.info = {.key = "run.workers",
              .default_value = "auto",
              .allowed = "auto or " WHOLE_TEXT(1, MAX_WORKERS),
              .help = "Worker processes; auto is one per core, one in all for cuda, one for each "
                      "trial that the GPUs of commands have room for."},
     .type = CFG_WHOLE,
     IN_RUN(workers),
     LIMITS(1, MAX_WORKERS),
     .zero_word = "auto"},
    {.info = {.key = "run.timeout",
              .default_value = "none",
              .allowed = "none or a duration (90s, 10m, 2h)",
              .help = "Longest time that one trial may take."},
     .type = CFG_DURATION,
     IN_RUN(timeout_s),
     .zero_word = "none"},
    {.info = {.key = "run.memory",
              .default_value = "none",
              .allowed = "none or a size (500M, 2G)",
              .help = "Most memory that one worker may take."},
     .type = CFG_BYTES,
     IN_RUN(memory),
     .zero_word = "none"},
    {.info = {.key = "run.retries",
              .default_value = "1",
              .allowed = WHOLE_TEXT(0, MAX_RETRIES),
              .help = "How often a trial is tried again after its worker died or its command "
                      "failed; one whose loss is not finite, or whose time is over, is not."},
     .type = CFG_WHOLE,
     IN_RUN(retries),
     LIMITS(0, MAX_RETRIES)},
    {.info = {.key = "run.max_failures",
              .default_value = "none",
              .allowed = "none or " WHOLE_TEXT(1, MAX_FAILURES),
              .help = "Failed trials in a row that stop the sweep."},
     .type = CFG_WHOLE,
     IN_RUN(max_failures),
     LIMITS(1, MAX_FAILURES),
     .zero_word = "none"},
    {.info = {.key = "run.idle",
              .default_value = "none",
              .allowed = "none or a duration (90s, 10m, 2h)",
              .help = "Longest time that a command may take without a line of metrics."},
     .type = CFG_DURATION,
     IN_RUN(idle_s),
     .zero_word = "none"},
    {.info = {.key = "run.gpus",
              .default_value = "auto",
              .allowed = "auto, none, or numbers of GPUs separated by commas (0, 1)",
              .help = "GPUs that commands may use; each trial sees one of them in "
                      "CUDA_VISIBLE_DEVICES. auto: all there are."},
     .type = CFG_GPUS,
     IN_RUN(gpus)},
    {.info = {.key = "run.per_gpu",
              .default_value = "1",
              .allowed = WHOLE_TEXT(1, MAX_PER_GPU),
              .help = "Trials of a command at a time on one GPU."},
     .type = CFG_WHOLE,
     IN_RUN(per_gpu),
     LIMITS(1, MAX_PER_GPU)},
};

#define N_OPTIONS (sizeof table / sizeof table[0])

_Static_assert(N_OPTIONS <= CFG_MAX_AXES, "arrays by option have room for the table");
_Static_assert(MAX_TRIALS == CFG_MAX_TRIALS && MAX_SLOTS == CFG_MAX_SLOTS, "limits agree");

size_t cfg_option_count(void)
{
    return N_OPTIONS;
}

cfg_option_info cfg_option_at(size_t index)
{
    return table[index].info;
}

const char *cfg_option_name(const cfg_option_info *option, size_t *length)
{
    *length = strcspn(option->key, ".");
    return option->key + *length + 1;
}

bool cfg_option_begins_section(size_t index)
{
    size_t length = strcspn(table[index].info.key, ".") + 1;
    return index == 0 || strncmp(table[index].info.key, table[index - 1].info.key, length) != 0;
}

const char *cfg_starter_axes(void)
{
    return "model.embedding_dim = 2, 4, 8\ntrain.epochs = 5, 10\neval.threshold = p95, p99\n";
}

const cfg_option *cfg_option_get(size_t index)
{
    return &table[index];
}

size_t cfg_option_index(const cfg_option *option)
{
    return (size_t)(option - table);
}

const cfg_option *cfg_option_find(const char *key)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        if (strcmp(table[i].info.key, key) == 0)
            return &table[i];
    }
    return NULL;
}

/* In the order in which an INI file has them. */
static const char *const sections[] = {"experiment", "command", "params", "data",  "model",
                                       "train",      "eval",    "search", "sweep", "run"};

#define N_SECTIONS (sizeof sections / sizeof sections[0])

bool cfg_group_applies(cfg_group group, bool has_command)
{
    return group == CFG_IN_COMMAND ? has_command : group != CFG_IN_SETTINGS || !has_command;
}

bool cfg_section_exists(const char *section)
{
    for (size_t i = 0; i < N_SECTIONS; i++) {
        if (strcmp(sections[i], section) == 0)
            return true;
    }
    return false;
}

bool cfg_is_near(size_t distance, const char *found)
{
    return distance <= 1 + strlen(found) / 4;
}

void cfg_hint_section(const char *found, swp_err *err)
{
    size_t best = SIZE_MAX, nearest = 0;
    for (size_t i = 0; i < N_SECTIONS; i++) {
        size_t distance = swp_edit_distance(found, sections[i]);
        if (distance < best) {
            best = distance;
            nearest = i;
        }
    }
    if (cfg_is_near(best, found))
        swp_hint(err, "did you mean [%s]?", sections[nearest]);
    else
        swp_hint(err, "sections are [experiment], [command], [params], [data], [model], [train], "
                      "[eval], [search], [sweep], [run] and [when KEY = VALUE]");
}
