/* Every mistake in an INI file or an override, with its exact message. */
#include <stdio.h>
#include <string.h>

#include "tests/runner/config.h"
#include "tests/support/cmocka_all.h"
#include "tests/support/data.h"

typedef struct mistake {
    const char *body;     /* after CONFIG_MINIMAL, so its first line is line 5 */
    const char *override; /* or NULL */
    const char *text;
    const char *hint; /* NULL: none */
} mistake;

#define KEYS_HINT                                                                                  \
    "keys are written with their section, as in train.seed; `sweep help config` lists them"
#define SECTIONS_HINT                                                                              \
    "sections are [experiment], [command], [params], [data], [model], [train], [eval], [search], " \
    "[sweep], [run] and [when KEY = VALUE]"
#define POINTS_HINT "only keys of [data], [model], [train] and [eval] differ between them"
#define LIST_HINT   "give it in its section, or in [when KEY = VALUE] for single grid points"

#define SEARCH     "[search]\nstrategy = tpe\n"
#define SPACE      "[sweep]\ntrain.learning_rate = log(1e-5 .. 1e-1)\n"
#define RANGE_HINT "lists are written as before: 2..8, 64 or log(1e-5, 1e-1, 5)"
#define FREE_HINT                                                                                  \
    "every trial is read at all epoch counts and thresholds of a list, which costs no training"
#define DATA_HINT                                                                                  \
    "losses on other data or another split cannot be compared; search each on its own, or use "    \
    "strategy = grid"

static const mistake mistakes[] = {
    /* searches */
    {SEARCH "[sweep]\ntrain.learning_rate = log(1e-1 .. 1e-5)\n", NULL,
     "t.ini:8: train.learning_rate: expected the smaller end first, found \"log(1e-1 .. 1e-5)\"",
     NULL},
    {SEARCH "[sweep]\ntrain.learning_rate = log(0 .. 1e-5)\n", NULL,
     "t.ini:8: train.learning_rate: expected ends > 0 of a logarithmic range, found 0", NULL},
    {SEARCH "[sweep]\ntrain.learning_rate = uniform(0.1)\n", NULL,
     "t.ini:8: train.learning_rate: expected a range of numbers, uniform(lo .. hi) or log(lo .. "
     "hi), found \"uniform(0.1)\"",
     RANGE_HINT},
    {SEARCH "[sweep]\ntrain.learning_rate = uniform( .. )\n", NULL,
     "t.ini:8: train.learning_rate: expected a number > 0, found \"\"", NULL},
    {SEARCH "[sweep]\ntrain.learning_rate = int(1 .. 4)\n", NULL,
     "t.ini:8: train.learning_rate: expected a range of numbers, uniform(lo .. hi) or log(lo .. "
     "hi), found \"int(1 .. 4)\"",
     RANGE_HINT},
    {SEARCH "[sweep]\nmodel.embedding_dim = log(2 .. 64)\n", NULL,
     "t.ini:8: model.embedding_dim: expected a range of whole numbers, int(lo .. hi) or "
     "int_log(lo .. hi), found \"log(2 .. 64)\"",
     RANGE_HINT},
    {SEARCH "[sweep]\nmodel.embedding_dim = int(2 .. 513)\n", NULL,
     "t.ini:8: model.embedding_dim: expected a whole number from 1 to 512, found \"513\"", NULL},
    {SEARCH "[sweep]\nmodel.embedding_dim = int(2 .. 8 .. 2)\n", NULL,
     "t.ini:8: model.embedding_dim: expected a range of whole numbers, int(lo .. hi) or "
     "int_log(lo .. hi), found \"int(2 .. 8 .. 2)\"",
     RANGE_HINT},
    {SEARCH "[sweep]\ntrain.epochs = int(1 .. 9)\n", NULL,
     "t.ini:8: train.epochs: expected a list, found a range", FREE_HINT},
    {SEARCH "[sweep]\neval.threshold = uniform(1 .. 9)\n", NULL,
     "t.ini:8: eval.threshold: expected a list, found a range", FREE_HINT},
    {"[sweep]\nmodel.embedding_dim = int(2 .. 8)\n", NULL,
     "t.ini:6: model.embedding_dim: expected a list of values in a grid, found a range",
     "write strategy = tpe (or random, sobol) under [search], or list values"},
    {SEARCH "[sweep]\nmodel.embedding_dim = int(2 .. 8)\n[when model.embedding_dim = "
            "4]\ntrain.batch_size = 2\n",
     NULL, "t.ini:10: [when model.embedding_dim] needs values, found a range",
     "write the axis as a list of values"},
    {SEARCH "[sweep]\nmodel.arch = single, stacked\ntrain.batch_size = 1, 2\n[when model.arch = "
            "single]\ntrain.batch_size = 4\n",
     NULL, "t.ini:11: train.batch_size is an axis",
     "[when] replaces settings that are the same in all other grid points"},
    {SEARCH, NULL, "t.ini:6: search.strategy: expected axes under [sweep], found none",
     "a search needs something to choose: learning_rate = log(1e-5 .. 1e-1), or a list of values"},
    {SEARCH "[sweep]\ntrain.epochs = 1, 2\n", NULL,
     "t.ini:6: search.strategy: expected axes under [sweep], found none",
     "a search needs something to choose: learning_rate = log(1e-5 .. 1e-1), or a list of values"},
    {SEARCH "trials = 0\n" SPACE, NULL,
     "t.ini:7: search.trials: expected a whole number from 1 to 100000, found \"0\"", NULL},
    {SEARCH "objective = auroc\n" SPACE, NULL,
     "t.ini:7: search.objective: expected a metric that looks at no test labels, found auroc",
     "a search that chooses by test labels overstates its results: use val_loss"},
    {SEARCH "objective = accuracy\n" SPACE, NULL,
     "t.ini:7: search.objective: expected val_loss or train_loss, found \"accuracy\"", NULL},
    {SEARCH "objective = tune_auroc\n" SPACE, NULL,
     "t.ini:7: search.objective: expected data.tune_anomalies for tune_auroc, found none",
     "write tune_anomalies = N under [data]: anomalies that are not tested on"},
    {SEARCH "goal = maximize\n" SPACE, NULL, "t.ini:7: search.goal: expected minimize for val_loss",
     NULL},
    {SEARCH "confirm = 5\n" SPACE, NULL,
     "t.ini:7: search.confirm: expected auto, none or B x S (5 x 4), B from 1 to 1000, S from 2 to "
     "1000, found \"5\"",
     NULL},
    {SEARCH "confirm = 5 x 1\n" SPACE, NULL,
     "t.ini:7: search.confirm: expected auto, none or B x S (5 x 4), B from 1 to 1000, S from 2 to "
     "1000, found \"5 x 1\"",
     NULL},
    {SEARCH "trials = 20\nconfirm = 5 x 4\n" SPACE, NULL,
     "t.ini:8: search.confirm: expected to leave 5 of 20 trials to the search, found 5 x 4",
     "raise trials, or set confirm = none"},
    {SEARCH "confirm = 2 x 2\n[sweep]\ntrain.seed = 1, 2\n", NULL,
     "t.ini:9: train.seed: expected one value where the confirm stage is on",
     "the confirm stage repeats the best trials with fresh seeds; write confirm = none under "
     "[search] to search among seeds"},
    {SEARCH "[sweep]\ntrain.loss = l1, mse\n", NULL,
     "t.ini:8: train.loss: expected one value where the objective is a loss",
     "l1 and mse losses cannot be compared; search each on its own"},
    {SEARCH "[sweep]\ndata.path = a, b\n", NULL,
     "t.ini:8: data.path: expected one value in a search", DATA_HINT},
    {SEARCH "[sweep]\ndata.split_seed = 1..3\n", NULL,
     "t.ini:8: data.split_seed: expected one value in a search", DATA_HINT},
    {SEARCH "[train]\ninit_stream = grid\n" SPACE, NULL,
     "t.ini:8: train.init_stream: expected each in a search",
     "with grid, the weights of a trial would depend on those that were proposed before it"},
    {SEARCH "max_steps = 9\n" SPACE, NULL, "t.ini:7: search.max_steps: expected auto",
     "trials of an engine are trained to the largest train.epochs"},
    {SEARCH "stop = halving\nmin_steps = 26\n" SPACE, NULL,
     "t.ini:8: search.min_steps: expected at most train.epochs, which is 25, found 26", NULL},
    {SEARCH "stop = halving\n[sweep]\nmodel.arch = single, stacked\n[when model.arch = "
            "single]\ntrain.epochs = 4\n",
     NULL, "t.ini:7: search.stop: expected none where [when] sets train.epochs",
     "trials that are compared as they go on have one largest epoch count"},
    {SEARCH "start = learning_rate\n" SPACE, NULL,
     "t.ini:7: search.start: expected key=value, found \"learning_rate\"", NULL},
    {SEARCH "start = learning_rate=2\n" SPACE, NULL,
     "t.ini:7: search.start: learning_rate: expected a value of its axis, found \"2\"", NULL},
    {SEARCH "start = batch_size=2\n" SPACE, NULL,
     "t.ini:7: search.start: expected an axis of the search, found \"batch_size\"",
     "axes stand under [sweep]; epochs and thresholds are not searched"},
    {"[search]\ntrials = 9\n", NULL, "t.ini:6: search.trials: not for strategy = grid",
     "a grid tries every combination of its axes; name another strategy under [search], or leave "
     "the key out"},

    /* sections and keys */
    {"[modle]\n", NULL, "t.ini:5: unknown section [modle]", "did you mean [model]?"},
    {"[plots]\nx = 1\n", NULL, "t.ini:5: unknown section [plots]", SECTIONS_HINT},
    {"[]\n", NULL, "t.ini:5: unknown section []", SECTIONS_HINT},
    {"[model\narch = single\n", NULL, "t.ini:5: expected ] after the section, found \"[model\"",
     NULL},
    {"[model] arch = single\n", NULL, "t.ini:5: expected nothing after ], found \"arch = single\"",
     NULL},
    {"[a section name of more than forty-nine bytes in all]\n", NULL,
     "t.ini:5: expected a section name of at most 49 bytes, found 51", NULL},
    {"[model]\nembeding_dim = 2\n", NULL, "t.ini:6: unknown key \"embeding_dim\" in [model]",
     "did you mean `embedding_dim`?"},
    {"[model]\nseed = 2\n", NULL, "t.ini:6: unknown key \"seed\" in [model]",
     "`seed` belongs to [train]"},
    {"[model]\nwidth = 2\n", NULL, "t.ini:6: unknown key \"width\" in [model]",
     "[model] has arch, embedding_dim"},
    {"[model]\n= 2\n", NULL, "t.ini:6: unknown key \"\" in [model]",
     "[model] has arch, embedding_dim"},
    {"[model]\nembedding_dim\n", NULL,
     "t.ini:6: expected [section], key = value or a comment, found \"embedding_dim\"", NULL},
    {"[train]\nseed = 1\n\nseed = 2\n", NULL,
     "t.ini:8: train.seed: expected once, first set in line 6", NULL},
    {"[train]\nseed = 1\n[model]\n[train]\nseed = 1\n", NULL,
     "t.ini:9: train.seed: expected once, first set in line 6", NULL},

    /* values */
    {"[train]\nepochs = 0\n", NULL,
     "t.ini:6: train.epochs: expected a whole number from 1 to 1000000, found \"0\"", NULL},
    {"[train]\nepochs = ten\n", NULL,
     "t.ini:6: train.epochs: expected a whole number from 1 to 1000000, found \"ten\"", NULL},
    {"[train]\nepochs =\n", NULL,
     "t.ini:6: train.epochs: expected a whole number from 1 to 1000000, found \"\"", NULL},
    {"[train]\nepochs =;5\n", NULL,
     "t.ini:6: train.epochs: expected a whole number from 1 to 1000000, found \"\"", NULL},
    {"[train]\nepochs = 5, 10\n", NULL,
     "t.ini:6: train.epochs: expected a whole number from 1 to 1000000, found \"5, 10\"",
     "several values go under [sweep]: train.epochs = 5, 10"},
    {"[model]\nembedding_dim = 513\n", NULL,
     "t.ini:6: model.embedding_dim: expected a whole number from 1 to 512, found \"513\"", NULL},
    {"[model]\narch = Stacked\n", NULL,
     "t.ini:6: model.arch: expected single, stacked, found \"Stacked\"", NULL},
    {"[model]\narch = single, stacked\n", NULL,
     "t.ini:6: model.arch: expected single, stacked, found \"single, stacked\"",
     "several values go under [sweep]: model.arch = single, stacked"},
    {"[train]\nlearning_rate = 0\n", NULL,
     "t.ini:6: train.learning_rate: expected a number > 0, found \"0\"", NULL},
    {"[train]\nlearning_rate = nan\n", NULL,
     "t.ini:6: train.learning_rate: expected a number > 0, found \"nan\"", NULL},
    {"[train]\nlearning_rate = 0,001\n", NULL,
     "t.ini:6: train.learning_rate: expected a number > 0, found \"0,001\"",
     "several values go under [sweep]: train.learning_rate = 0,001"},
    {"[train]\nbatch_size = 65537\n", NULL,
     "t.ini:6: train.batch_size: expected a whole number from 1 to 65536, found \"65537\"", NULL},
    {"[train]\nloss = l2\n", NULL, "t.ini:6: train.loss: expected l1, mse, found \"l2\"", NULL},
    {"[train]\noptimizer = sgd\n", NULL, "t.ini:6: train.optimizer: expected adam, found \"sgd\"",
     NULL},
    {"[train]\nseed = -1\n", NULL,
     "t.ini:6: train.seed: expected a whole number from 0 to 4294967295, found \"-1\"", NULL},
    {"[train]\nseed = 4294967296\n", NULL,
     "t.ini:6: train.seed: expected a whole number from 0 to 4294967295, found \"4294967296\"",
     NULL},
    {"[train]\ninit_stream = one\n", NULL,
     "t.ini:6: train.init_stream: expected each, grid, found \"one\"", NULL},
    {"[train]\ninit_after = 2, four\n", NULL,
     "t.ini:6: train.init_after: expected a whole number from 1 to 512, found \"four\"", NULL},
    {"[train]\ninit_after = 1..65\n", NULL,
     "t.ini:6: train.init_after: expected at most 64 values, found 65 in 1..65", NULL},
    {"[train]\ninit_after = 1..60, 1..5\n", NULL,
     "t.ini:6: train.init_after: expected at most 64 values, found more", NULL},
    {"[data]\nshuffle_seed = no\n", NULL,
     "t.ini:6: data.shuffle_seed: expected none or a whole number from 0 to 4294967295, found "
     "\"no\"",
     NULL},
    {"[data]\nsplit = train_test\n", NULL,
     "t.ini:6: data.split: expected val_test, test_val, found \"train_test\"", NULL},
    {"[data]\ncuts = 0.15\n", NULL,
     "t.ini:6: data.cuts: expected two fractions between 0 and 1, found \"0.15\"", NULL},
    {"[data]\ncuts = 0.15, 1\n", NULL,
     "t.ini:6: data.cuts: expected two fractions between 0 and 1, found \"0.15, 1\"", NULL},
    {"[data]\ncuts = 0, 0.5\n", NULL,
     "t.ini:6: data.cuts: expected two fractions between 0 and 1, found \"0, 0.5\"", NULL},
    {"[data]\ncuts = 0.1, 0.2, 0.3\n", NULL,
     "t.ini:6: data.cuts: expected two fractions between 0 and 1, found \"0.1, 0.2, 0.3\"", NULL},
    {"[data]\nanomalies = 0\n", NULL,
     "t.ini:6: data.anomalies: expected match, all or a whole number from 1, found \"0\"", NULL},
    {"[eval]\nthreshold = p101\n", NULL,
     "t.ini:6: eval.threshold: expected a number >= 0, pNN or cNN (a percentile of the validation "
     "errors), "
     "best_f1 or youden, found \"p101\"",
     NULL},
    {"[search]\nstrategy = bayes\n", NULL,
     "t.ini:6: search.strategy: expected grid, random, sobol, tpe, found \"bayes\"", NULL},
    {"[sweep]\nstrategy = grid\n", NULL, "t.ini:6: sweep.strategy: no such key any more",
     "the strategy moved: write strategy = grid under [search]"},
    {"", "sweep.strategy=grid", "--set sweep.strategy=grid: sweep.strategy: no such key any more",
     "the strategy moved: write strategy = grid under [search]"},
    {"[run]\ndevice = gpu\n", NULL, "t.ini:6: run.device: expected auto, cpu, cuda, found \"gpu\"",
     NULL},
    {"[run]\ntf32 = yes\n", NULL, "t.ini:6: run.tf32: expected off, on, found \"yes\"", NULL},
    {"[run]\nworkers = 0\n", NULL,
     "t.ini:6: run.workers: expected auto or a whole number from 1 to 1024, found \"0\"", NULL},
    {"[run]\ntimeout = 10\n", NULL,
     "t.ini:6: run.timeout: expected none or a duration (90s, 10m, 2h), found \"10\"", NULL},
    {"[run]\ntimeout = -5s\n", NULL,
     "t.ini:6: run.timeout: expected none or a duration (90s, 10m, 2h), found \"-5s\"", NULL},
    {"[run]\nmemory = 2g\n", NULL,
     "t.ini:6: run.memory: expected none or a size (500M, 2G), found \"2g\"", NULL},
    {"[run]\nretries = none\n", NULL,
     "t.ini:6: run.retries: expected a whole number from 0 to 100, found \"none\"", NULL},
    {"[run]\nmax_failures = 0\n", NULL,
     "t.ini:6: run.max_failures: expected none or a whole number from 1 to 1000000, found \"0\"",
     NULL},
    {"[run]\ndevice = 123456789 123456789 123456789 123456789 123456789 123456789 \xc3\xa4"
     "12345\n",
     NULL,
     "t.ini:6: run.device: expected auto, cpu, cuda, found \"123456789 123456789 123456789 "
     "123456789 123456789 123456789 \xc3\xa4"
     "12...\"",
     NULL},
    {"[run]\ndevice = c\x01p\x7fu\n", NULL,
     "t.ini:6: run.device: expected auto, cpu, cuda, found \"c?p?u\"", NULL},

    /* names */
    {"", "experiment.name=a/b",
     "--set experiment.name=a/b: experiment.name: expected 1 to 64 printable bytes without / and "
     "@, found \"a/b\"",
     NULL},
    {"", "experiment.name=a@2",
     "--set experiment.name=a@2: experiment.name: expected 1 to 64 printable bytes without / and "
     "@, found \"a@2\"",
     NULL},
    {"", "experiment.name=..",
     "--set experiment.name=..: experiment.name: expected 1 to 64 printable bytes without / and @, "
     "found \"..\"",
     NULL},
    {"", "experiment.name= ",
     "--set experiment.name= : experiment.name: expected 1 to 64 printable bytes without / and @, "
     "found \"\"",
     NULL},
    {"", "experiment.name=a\nb",
     "--set experiment.name=a?b: experiment.name: expected 1 to 64 printable bytes without / and "
     "@, found \"a?b\"",
     NULL},
    {"", "experiment.name=\xff",
     "--set experiment.name=?: experiment.name: expected 1 to 64 printable bytes without / and "
     "@, found \"?\"",
     NULL},

    /* axes */
    {"[sweep]\nepochs = 1, 2\n", NULL, "t.ini:6: unknown key \"epochs\"",
     "did you mean `train.epochs`?"},
    {"[sweep]\ntrain.epoch = 1, 2\n", NULL, "t.ini:6: unknown key \"train.epoch\"",
     "did you mean `train.epochs`?"},
    {"[sweep]\ngamma = 1, 2\n", NULL, "t.ini:6: unknown key \"gamma\"", KEYS_HINT},
    {"[sweep]\nrun.workers = 1, 2\n", NULL, "t.ini:6: run.workers is the same in all grid points",
     POINTS_HINT},
    {"[sweep]\nexperiment.name = a, b\n", NULL,
     "t.ini:6: experiment.name is the same in all grid points", POINTS_HINT},
    {"[sweep]\ndata.cuts = 0.1, 0.2\n", NULL,
     "t.ini:6: data.cuts cannot be an axis: its value is a list", LIST_HINT},
    {"[sweep]\ntrain.init_after = 2, 4\n", NULL,
     "t.ini:6: train.init_after cannot be an axis: its value is a list", LIST_HINT},
    {"[sweep]\ntrain.seed = 1, 2\ntrain.seed = 3\n", NULL,
     "t.ini:7: train.seed: expected once, first set in line 6", NULL},
    {"[sweep]\ntrain.seed = 1, 2, 1\n", NULL,
     "t.ini:6: train.seed: expected each value once, found 1 again", NULL},
    {"[sweep]\ntrain.learning_rate = 1e-3, 0.0010\n", NULL,
     "t.ini:6: train.learning_rate: expected each value once, found 0.001 again", NULL},
    {"[sweep]\nmodel.embedding_dim = 2..8, 4\n", NULL,
     "t.ini:6: model.embedding_dim: expected each value once, found 4 again", NULL},
    {"[sweep]\ndata.normal_class = 1, 1.0\n", NULL,
     "t.ini:6: data.normal_class: expected each value once, found 1 again", NULL},
    {"[sweep]\ntrain.seed =\n", NULL,
     "t.ini:6: train.seed: expected a value between commas, found nothing", NULL},
    {"[sweep]\ntrain.seed = 1,, 2\n", NULL,
     "t.ini:6: train.seed: expected a value between commas, found nothing", NULL},
    {"[sweep]\ntrain.seed = 1, 2,\n", NULL,
     "t.ini:6: train.seed: expected a value between commas, found nothing", NULL},
    {"[sweep]\ntrain.loss = l1, huber\n", NULL,
     "t.ini:6: train.loss: expected l1, mse, found \"huber\"", NULL},
    {"[sweep]\nmodel.embedding_dim = 500..600\n", NULL,
     "t.ini:6: model.embedding_dim: expected a whole number from 1 to 512, found \"513\"", NULL},
    {"[sweep]\nmodel.embedding_dim = 1..2..0.5\n", NULL,
     "t.ini:6: model.embedding_dim: expected a whole number from 1 to 512, found \"1.5\"", NULL},
    {"[sweep]\ntrain.seed = 1..\n", NULL,
     "t.ini:6: train.seed: expected a range a..b or a..b..step, found \"1..\"", NULL},
    {"[sweep]\ntrain.seed = ..5\n", NULL,
     "t.ini:6: train.seed: expected a range a..b or a..b..step, found \"..5\"", NULL},
    {"[sweep]\ntrain.seed = 1...5\n", NULL,
     "t.ini:6: train.seed: expected a range a..b or a..b..step, found \"1...5\"", NULL},
    {"[sweep]\ntrain.seed = 1..5..2..1\n", NULL,
     "t.ini:6: train.seed: expected a range a..b or a..b..step, found \"1..5..2..1\"", NULL},
    {"[sweep]\ntrain.seed = 1..5..0\n", NULL,
     "t.ini:6: train.seed: expected a step that leads from 1 to 5, found 0", NULL},
    {"[sweep]\ntrain.seed = 1..5..-1\n", NULL,
     "t.ini:6: train.seed: expected a step that leads from 1 to 5, found -1", NULL},
    {"[sweep]\ntrain.learning_rate = 0.1..0.5\n", NULL,
     "t.ini:6: train.learning_rate: the range 0.1..0.5 misses its end",
     "give the step, as in 0.1..0.5..0.1; without one it is 1"},
    {"[sweep]\ntrain.seed = 1..1e12\n", NULL,
     "t.ini:6: train.seed: expected at most 100000 values, found 1000000000000 in 1..1e12", NULL},
    {"[sweep]\ntrain.seed = 1..1e300\n", NULL,
     "t.ini:6: train.seed: expected at most 100000 values, found 1e+300 in 1..1e300", NULL},
    {"[sweep]\ntrain.seed = 1..100001\n", NULL,
     "t.ini:6: train.seed: expected at most 100000 values, found 100001 in 1..100001", NULL},
    {"[sweep]\ntrain.seed = 1..60000, 70001..120000\n", NULL,
     "t.ini:6: train.seed: expected at most 100000 values, found more", NULL},
    {"[sweep]\ntrain.learning_rate = log(1e-4, 1e-2)\n", NULL,
     "t.ini:6: train.learning_rate: expected log(a, b, n) with a, b > 0 and n >= 2, found "
     "\"log(1e-4, 1e-2)\"",
     NULL},
    {"[sweep]\ntrain.learning_rate = log(1e-4, 1e-2, 5\n", NULL,
     "t.ini:6: train.learning_rate: expected log(a, b, n) with a, b > 0 and n >= 2, found "
     "\"log(1e-4, 1e-2, 5\"",
     NULL},
    {"[sweep]\ntrain.learning_rate = log(0, 1, 5)\n", NULL,
     "t.ini:6: train.learning_rate: expected log(a, b, n) with a, b > 0 and n >= 2, found "
     "\"log(0, 1, 5)\"",
     NULL},
    {"[sweep]\ntrain.learning_rate = log(1, 2, 1)\n", NULL,
     "t.ini:6: train.learning_rate: expected log(a, b, n) with a, b > 0 and n >= 2, found "
     "\"log(1, 2, 1)\"",
     NULL},
    {"[sweep]\ntrain.learning_rate = log(1, 2, 9999999999)\n", NULL,
     "t.ini:6: train.learning_rate: expected at most 100000 values, found 9999999999 in "
     "log(1, 2, 9999999999)",
     NULL},
    {"[sweep]\ntrain.seed = 0..99999\neval.threshold = 1..11\n", NULL,
     "t.ini: expected a grid of at most 1000000 points, found 1100000 (train.seed 100000, "
     "eval.threshold 11)",
     NULL},
    {"[sweep]\ntrain.seed = 0..99999\neval.threshold = 1..100000\ntrain.epochs = 1..100000\n"
     "data.split_seed = 0..99999\n",
     NULL,
     "t.ini: expected a grid of at most 1000000 points, found 1e+20 (train.seed 100000, "
     "eval.threshold 100000, train.epochs 100000, data.split_seed 100000)",
     NULL},

    /* [when KEY = VALUE] */
    {"[when model.embedding_dim]\n", NULL,
     "t.ini:5: expected [when KEY = VALUE], found [when model.embedding_dim]", NULL},
    {"[when model.embeding_dim = 4]\n", NULL, "t.ini:5: unknown key \"model.embeding_dim\"",
     "did you mean `model.embedding_dim`?"},
    {"[when model.embedding_dim = 0]\n", NULL,
     "t.ini:5: model.embedding_dim: expected a whole number from 1 to 512, found \"0\"", NULL},
    {"[when data.cuts = 0.1, 0.2]\n", NULL,
     "t.ini:5: data.cuts cannot be an axis: its value is a list", LIST_HINT},
    {"[when run.workers = 1]\n", NULL, "t.ini:5: run.workers is the same in all grid points",
     POINTS_HINT},
    {"[when train.seed = 1]\ntrain.epochs = 5\n", NULL,
     "t.ini:6: [when train.seed] needs an axis sweep.train.seed", NULL},
    {"[sweep]\ntrain.seed = 1, 2\n[when train.seed = 3]\ntrain.epochs = 5\n", NULL,
     "t.ini:8: [when train.seed] names a value that the axis does not have", NULL},
    {"[sweep]\ntrain.seed = 1, 2\n[when train.seed = 2]\ntrain.seed = 5\n", NULL,
     "t.ini:8: train.seed is an axis",
     "[when] replaces settings that are the same in all other grid points"},
    {"[sweep]\ntrain.seed = 1, 2\n[when train.seed = 2]\nepochs = 5\n", NULL,
     "t.ini:8: unknown key \"epochs\"", "did you mean `train.epochs`?"},
    {"[sweep]\ntrain.seed = 1, 2\n[when train.seed = 2]\nrun.workers = 5\n", NULL,
     "t.ini:8: run.workers is the same in all grid points", POINTS_HINT},
    {"[sweep]\ntrain.seed = 1, 2\n[when train.seed = 2]\ntrain.epochs = 0\n", NULL,
     "t.ini:8: train.epochs: expected a whole number from 1 to 1000000, found \"0\"", NULL},
    {"[sweep]\ntrain.seed = 1, 2\n[when train.seed = 2]\ntrain.epochs = 1\ntrain.epochs = 2\n",
     NULL, "t.ini:9: train.epochs: expected once, first set in line 8", NULL},

    /* overrides */
    {"", "train.epochs", "--set train.epochs: expected section.key=value", NULL},
    {"", "epochs=5", "--set epochs=5: unknown key \"epochs\"", "did you mean `train.epochs`?"},
    {"", "trian.epochs=5", "--set trian.epochs=5: unknown section [trian]",
     "did you mean [train]?"},
    {"", "train.epchs=5", "--set train.epchs=5: unknown key \"epchs\" in [train]",
     "did you mean `epochs`?"},
    {"", "train.epochs=x",
     "--set train.epochs=x: train.epochs: expected a whole number from 1 to 1000000, found \"x\"",
     NULL},
    {"", "sweep.train.epochs=5,5",
     "--set sweep.train.epochs=5,5: train.epochs: expected each value once, found 5 again", NULL},
    {"[sweep]\ntrain.epochs = 1, 2\n", "train.epochs=0",
     "--set train.epochs=0: train.epochs: expected a whole number from 1 to 1000000, found \"0\"",
     NULL},
};

static void expect_error(const mistake *m, swp_status status, const swp_err *err)
{
    const char *hint = m->hint ? m->hint : "";
    if (status == SWP_OK)
        fail_msg("accepted: %s", m->override ? m->override : m->body);
    if (strcmp(err->text, m->text) != 0 || strcmp(err->hint, hint) != 0)
        fail_msg("\n  %s\n  (%s)\nbut expected\n  %s\n  (%s)", err->text, err->hint, m->text, hint);
    assert_int_equal(status, err->status);
    assert_int_equal(status, strstr(m->text, "section.key=value") ? SWP_USAGE : SWP_CONFIG);
}

static void every_mistake_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        char text[2048];
        cfg *config;
        swp_err err;
        snprintf(text, sizeof text, "%s%s", CONFIG_MINIMAL, mistakes[i].body);
        swp_status status = config_try(text, mistakes[i].override, &config, &err);
        if (status == SWP_OK)
            cfg_destroy(config);
        else
            assert_null(config);
        expect_error(&mistakes[i], status, &err);
    }
}

static void expect_whole(const char *text, const char *expected)
{
    cfg *config;
    swp_err err;
    assert_int_equal(config_try(text, NULL, &config, &err), SWP_CONFIG);
    assert_string_equal(err.text, expected);
}

static void required_keys_are_asked_for(void **state)
{
    (void)state;
    expect_whole("", "t.ini: experiment.name: expected 1 to 64 printable bytes without / and @, "
                     "found nothing");
    expect_whole("[experiment]\nname = t\n",
                 "t.ini: data.path: expected a file, a folder, A:B for two files, or builtin:ecg, "
                 "found nothing");
    expect_whole("name = t\n",
                 "t.ini:1: expected a [section] before the first key, found \"name\"");
}

static void bytes_that_inih_would_lose_are_refused(void **state)
{
    (void)state;
    static const char nul[] = "[experiment]\nname = a\0b\n";
    cfg *config;
    swp_err err;
    test_write_bytes("t.ini", nul, sizeof nul - 1);
    assert_int_equal(cfg_load("t.ini", NULL, 0, &config, &err), SWP_CONFIG);
    assert_string_equal(err.text, "t.ini:2: expected text, found NUL");

    swp_buf text = {0};
    swp_buf_puts(&text, "[experiment]\nname = ");
    for (int i = 0; i < 1048576; i++)
        swp_buf_puts(&text, "x");
    assert_false(text.failed);
    expect_whole(text.text, "t.ini:2: expected a line of at most 1048574 bytes");
    swp_buf_deinit(&text);
}

/* inih takes 200 bytes of a line, unless it was built with another limit. */
static void long_keys_are_refused_and_long_values_are_not(void **state)
{
    (void)state;
    swp_buf text = {0};
    swp_buf_puts(&text, "[experiment]\nname = t\n[data]\npath = builtin:ecg\n[train]\nepochs = ");
    for (int i = 0; i < 5000; i++)
        swp_buf_puts(&text, "0");
    swp_buf_puts(&text, "7 ; ");
    for (int i = 0; i < 5000; i++)
        swp_buf_puts(&text, "x");
    swp_buf_puts(&text, "\n");
    assert_false(text.failed);
    test_write_text("t.ini", text.text);
    cfg *config;
    swp_err err;
    assert_int_equal(cfg_load("t.ini", NULL, 0, &config, &err), SWP_OK);
    cfg_destroy(config);
    for (int i = 0; i < 5000; i++)
        swp_buf_puts(&text, "k");
    swp_buf_puts(&text, " = 1\n");
    assert_false(text.failed);
    test_write_text("t.ini", text.text);
    assert_int_equal(cfg_load("t.ini", NULL, 0, &config, &err), SWP_CONFIG);
    assert_non_null(strstr(err.text, "t.ini:7: expected a key of at most "));
    swp_buf_deinit(&text);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    cfg *config;
    swp_err err;
    assert_int_equal(cfg_load("missing.ini", NULL, 0, &config, &err), SWP_IO);
    assert_string_equal(err.text, "missing.ini: No such file or directory");
    assert_int_equal(cfg_load(".", NULL, 0, &config, &err), SWP_IO);
    assert_string_equal(err.text, ".: Is a directory");
    assert_int_equal(cfg_load("missing.ini", NULL, 0, &config, NULL), SWP_IO);
}

static int enter_folder(void **state)
{
    (void)state;
    config_enter_folder("cfg_errors");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_named),
        cmocka_unit_test(required_keys_are_asked_for),
        cmocka_unit_test(bytes_that_inih_would_lose_are_refused),
        cmocka_unit_test(long_keys_are_refused_and_long_values_are_not),
        cmocka_unit_test(unreadable_files_are_named),
    };
    return cmocka_run_group_tests(tests, enter_folder, NULL);
}
