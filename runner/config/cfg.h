/* Configuration: one table of options drives parsing, limits, help, the canonical dump and which
 * keys may be swept. An INI file and --set overrides become fixed settings plus axes.
 *
 * Besides the sections of options there is [sweep] (the axes) and, for notebooks that treat one
 * value of an axis specially, [when KEY = VALUE]: its keys replace the fixed settings in those grid
 * points where the axis KEY has that value. */
#ifndef CFG_CFG_H
#define CFG_CFG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/data/split.h"
#include "engine/engine.h"
#include "results/store/store.h"
#include "runner/command/command.h"
#include "runner/search/space.h"

#define CFG_MAX_AXIS_VALUES 100000u
#define CFG_MAX_AXES        64u      /* each option at most once, and there are fewer options */
#define CFG_MAX_EVALUATIONS 1000000u /* grid points of one experiment */
#define CFG_MAX_INIT_AFTER  64       /* models of train.init_after */
#define CFG_MAX_NAME        64       /* bytes of an experiment's name */
#define CFG_MAX_VARIED      32       /* parameters of a command that differ between grid points */
#define CFG_MAX_TRIALS      100000u  /* of a search */
#define CFG_MAX_SLOTS       1024
#define CFG_ETA             3 /* halving lets one trial of so many go on */

typedef enum cfg_init_stream {
    CFG_INIT_EACH, /* every trial draws its weights from a stream freshly seeded with its seed */
    CFG_INIT_GRID  /* trials with the same seed draw from one stream in grid order */
} cfg_init_stream;

typedef enum cfg_optimizer { CFG_ADAM } cfg_optimizer;

typedef enum cfg_switch { CFG_OFF, CFG_ON } cfg_switch;

typedef enum cfg_stop_by { CFG_STOP_TERM, CFG_STOP_FILE } cfg_stop_by;

/* [command] and [params]: the user's own program, and the parameters that it takes. */
typedef struct cfg_command {
    const char *run;  /* as the file writes it */
    cfg_switch shell; /* run is a line for /bin/sh, not words */
    const char *args; /* what ${args} becomes for each parameter */
    run_metric_source metrics;
    const char *step;  /* name of the step in metric lines */
    const char *watch; /* names of metrics, separated by commas; NULL: all */
    cfg_stop_by stop;
    double grace_s;            /* between SIGTERM and SIGKILL */
    struct cfg_param **params; /* (n_params) in the order of the file */
    size_t n_params;
    run_script *scripts; /* (n_scripts) files among the words of run */
    size_t n_scripts;
} cfg_command;

/* The value of a command's parameter: the text that the file has, or a number that a search
 * proposed. */
typedef struct cfg_named {
    const char *text; /* NULL: the number */
    double number;
} cfg_named;

/* Every setting of one grid point. Texts and lists belong to the cfg it came from. */
typedef struct cfg_settings {
    /* [command]; NULL: the built-in backend. With one, cfg_param_at tells its parameters, and what
     * follows up to [eval] but epochs does not count. */
    const cfg_command *command;
    cfg_named varied[CFG_MAX_VARIED]; /* values of the parameters that differ between points */
    /* [data] */
    const char *data_path;
    eng_reading reading;
    eng_split_spec split;
    /* [model] */
    eng_shape shape;
    /* [train] */
    size_t epochs; /* RES_UNLIMITED of a command that ends by itself */
    double learning_rate;
    size_t batch_size;
    eng_loss loss;
    cfg_optimizer optimizer;
    uint32_t seed;      /* of a command: of a repetition; see cfg_seed_of */
    bool is_repetition; /* of a command: `seed` takes the place of its own, or is passed beside */
    cfg_init_stream init_stream;
    const size_t *init_after; /* (n_init_after) embedding dimensions drawn and dropped first */
    size_t n_init_after;      /* 0..CFG_MAX_INIT_AFTER */
    /* [eval] */
    res_threshold threshold;
} cfg_settings;

/* [run]: how to run; results depend on it only through the arithmetic of a device. */
typedef struct cfg_run {
    const char *device;  /* auto, cpu, cuda */
    cfg_switch tf32;     /* see eng_options */
    size_t workers;      /* 0 = auto: one per core */
    double timeout_s;    /* of one trial; 0 = none */
    uint64_t memory;     /* bytes of one worker; 0 = none */
    size_t retries;      /* of a trial whose worker died */
    size_t max_failures; /* in a row that stop the sweep; 0 = never ("none") */
    double idle_s;       /* of a command without a metric line; 0 = none */
    const char *gpus;    /* of a command: "auto", "none", or numbers separated by commas */
    size_t per_gpu;      /* trials of a command at a time on one GPU */
} cfg_run;

/* The confirm stage of a search: the last fits are fresh seeds of the best trials. */
typedef struct cfg_confirm {
    bool is_auto;           /* not resolved yet */
    size_t n_best, n_seeds; /* 0, 0: none */
} cfg_confirm;

typedef enum cfg_goal { CFG_GOAL_AUTO, CFG_MINIMIZE, CFG_MAXIMIZE } cfg_goal;

/* [search]: what proposes trials, what stops them, and by which metric they are compared. */
typedef struct cfg_search {
    const char *strategy;  /* the name of a searcher */
    size_t trials;         /* fits at most, those of the confirm stage included; of a grid: all */
    uint32_t seed;         /* of what is drawn for proposals */
    size_t slots;          /* trials under way at once in virtual time */
    const char *objective; /* a metric */
    cfg_goal goal;         /* CFG_MINIMIZE or CFG_MAXIMIZE */
    const char *stop;      /* the name of a stopper, or "none" */
    size_t min_steps;      /* no trial is stopped before */
    size_t max_steps; /* of a trial that is never stopped; 1 of a command that ends by itself */
    cfg_confirm confirm;
    const char *start; /* "learning_rate=1e-3, embedding_dim=8": a part of the first point; NULL */
} cfg_search;

typedef struct cfg cfg; /* a whole configuration */

/* A --set section.key=value of the command line, as typed. */
typedef const char *cfg_override;

/* Read an INI file and apply overrides in their order. "KEY=VALUE" replaces the axis of KEY by the
 * one value, "sweep.KEY=LIST" sets an axis.
 * errors   CONFIG with file:line (or the override), key, expected, found and the nearest valid
 * name; USAGE (an override without "="); IO; NOMEM owns     *out: cfg_destroy; copies path and
 * overrides */
SWP_CHECKED swp_status cfg_load(const char *path, const cfg_override *overrides, size_t n_overrides,
                                cfg **out, swp_err *err);

/* As cfg_load of `path`, but read from `copy`, which was made of that file: messages, and the
 * search for data, go by `path`. */
SWP_CHECKED swp_status cfg_load_copy(const char *path, const char *copy,
                                     const cfg_override *overrides, size_t n_overrides, cfg **out,
                                     swp_err *err);
void cfg_destroy(cfg *config); /* NULL allowed */

/* Put the place that sets a key, and the key, in front of an error that its value caused:
 * "FILE.ini:12: data.cuts: ", "--set data.cuts: ", or "FILE.ini: data.cuts: " for a default. NOMEM
 * is not the value's fault and stays as it is. Returns the recorded status. */
SWP_CHECKED swp_status cfg_error_at(const cfg *config, const char *key, swp_err *err);

const char *cfg_path(const cfg *config);
const char *cfg_name(const cfg *config); /* [experiment] name */
const cfg_run *cfg_run_of(const cfg *config);
/* The name of the metric in an objective, and its length. */
const char *cfg_objective_metric(const char *objective, size_t *length);

/* [command], or NULL: the built-in backend trains. */
const cfg_command *cfg_command_of(const cfg *config);

/* Take the scripts of a command for those of an earlier run. Paths that the command does not have
 * are ignored. errors NOMEM */
SWP_CHECKED swp_status cfg_take_scripts(cfg *config, const run_script *scripts, size_t n,
                                        swp_err *err);

/* Likewise from a revision's settings, as cfg_canonical writes them. errors NOMEM */
SWP_CHECKED swp_status cfg_take_stored_scripts(cfg *config, const res_pair *settings, size_t n,
                                               swp_err *err);

/* What runs a command, for all trials; the configuration must have one.
 * errors   NOMEM   owns   cfg_description_deinit; the rest is borrowed */
typedef struct cfg_description {
    run_command command;
    char *names;       /* of metrics */
    const char **list; /* into them */
    char *objective;
} cfg_description;
SWP_CHECKED swp_status cfg_describe(const cfg *config, cfg_description *out, swp_err *err);
void cfg_description_deinit(cfg_description *description);

/* The parameters of a command in a grid point, in the order of the file.
 * shapes   *out (cfg_param_count)   errors NOMEM   owns *out: swp_free, texts included */
/* The seed of a trial; of a command its parameter `seed`, 0 without one that is a seed. */
uint32_t cfg_seed_of(const cfg_settings *settings);

size_t cfg_param_count(const cfg_settings *settings); /* 0 of the built-in backend */
SWP_CHECKED swp_status cfg_params_list(const cfg_settings *settings, run_param **out, swp_err *err);

/* [search] with everything resolved that `auto` stands for. */
const cfg_search *cfg_search_of(const cfg *config);

/* Whether trials are proposed or stopped by a search: not for a grid that trains all its points. */
bool cfg_is_search(const cfg *config);

/* Whether a stopper decides about trials as they go on. */
bool cfg_has_stopper(const cfg *config);

/* Whether search.slots binds: for searchers that learn from results, and the median rule. */
bool cfg_has_slots(const cfg *config);

/* Epochs that a search trains at most: fewer with halving, whose rungs are known. */
size_t cfg_most_epochs(const cfg *config);

/* Advice on a search that will work, but not well, or NULL: more slots than a tenth of the trials.
 */
const char *cfg_search_warning(const cfg *config);

/* Axes in the order of the file; the last one varies fastest. */
size_t cfg_axis_count(const cfg *config);
const char *cfg_axis_key(const cfg *config, size_t axis); /* "train.learning_rate" */
size_t cfg_axis_length(const cfg *config, size_t axis);   /* 0: a range */

/* "log(1e-05 .. 0.1)"; NULL: a list, or no memory. owns swp_free */
char *cfg_axis_range(const cfg *config, size_t axis);

/* How the values of an axis lie: words, numbers, or numbers that grow by even factors. */
typedef enum cfg_scale { CFG_CATEGORICAL, CFG_LINEAR, CFG_LOG } cfg_scale;
cfg_scale cfg_axis_scale(const cfg *config, size_t axis);

/* Grid points: the product of the axis lengths, 1 without axes. At most CFG_MAX_EVALUATIONS. */
size_t cfg_evaluation_count(const cfg *config);

/* Settings of grid point `index` (0-based, grid order). Texts are borrowed from config. */
void cfg_evaluation_at(const cfg *config, size_t index, cfg_settings *out);

/* The space of a search: its axes in the order of the file, but for train.epochs and
 * eval.threshold, at whose values every trial is read. */
const run_space *cfg_space(const cfg *config);

/* The part of the first point that search.start says: (dimensions) NAN where it says nothing; NULL
 * without it. */
const double *cfg_start_point(const cfg *config);

/* How often a trial of a search is read: the epoch counts times the thresholds; and the settings of
 * one reading of the trial at a point of the space. Texts are borrowed from config.
 * shapes   point (dimensions) */
size_t cfg_reading_count(const cfg *config);
void cfg_reading_at(const cfg *config, const double *point, size_t reading, cfg_settings *out);

/* Whether any [when] section sets this key. */
bool cfg_when_sets(const cfg *config, const char *key);

/* The first reading of the trial that has the lowest value on every axis. */
void cfg_lowest_reading(const cfg *config, cfg_settings *out);

/* Append a coordinate of a point as the INI file would write it. */
void cfg_coordinate_format(const cfg *config, size_t dim, double value, swp_buf *out);

/* Canonical dump of the whole configuration without [run] and without the file's comments: what
 * decides whether two revisions are the same. Fixed settings in table order ("train.loss"), axes in
 * grid order ("sweep.train.loss", values joined by ", "), then what [when] sections replace
 * ("[when train.loss = mse] train.epochs"). Options that the first version did not have are left
 * out when they have their defaults, and the line `sweep.strategy = grid` stands for a grid, so
 * that the hash of a revision does not change. Of a search, what may change while it goes on is
 * left out: search.trials, search.confirm, search.max_steps and train.epochs. Else it reads back to
 * the same configuration but for that line. owns     *pairs belongs to config */
void cfg_canonical(const cfg *config, const res_pair **pairs, size_t *n);

/* Canonical "key = value" lines of one grid point without data.path, train.epochs and
 * eval.threshold, in table order, appended to a text: with the data's fingerprint and the place in
 * the init stream, what decides whether two evaluations share a trial. */
void cfg_trial_text(const cfg_settings *settings, swp_buf *out);

/* Settings of one trial that were read from text, with the memory of their texts and lists. */
typedef struct cfg_trial_settings {
    cfg_settings values; /* epochs, threshold and what the text leaves out have their defaults */
    struct cfg_pool_block *memory;
} cfg_trial_settings;

/* Read what cfg_trial_text wrote. errors CONFIG naming the key, NOMEM
 * owns   cfg_trial_settings_deinit, also after an error */
SWP_CHECKED swp_status cfg_trial_parse(const char *text, cfg_trial_settings *out, swp_err *err);
void cfg_trial_settings_deinit(cfg_trial_settings *settings);

/* Whether cfg_trial_text of both is the same, without writing it; and a hash that agrees. */
bool cfg_trial_same(const cfg_settings *a, const cfg_settings *b);
uint64_t cfg_trial_hash(const cfg_settings *settings);

/* Seconds of a duration as options write it: "90s", "10m", "2h". */
SWP_CHECKED bool cfg_parse_duration(const char *text, double *seconds);

/* One option as help and lint see it. */
typedef struct cfg_option_info {
    const char *key;           /* "train.learning_rate" */
    const char *default_value; /* NULL when the user must give it */
    const char *allowed;       /* "a number > 0", "single, stacked" */
    const char *help;          /* one sentence */
    bool can_be_axis;
} cfg_option_info;

size_t cfg_option_count(void);
cfg_option_info cfg_option_at(size_t index);

/* Its section is the first `*length` bytes of the key; returned is its name within it.
 * owns     nothing: a part of the key */
const char *cfg_option_name(const cfg_option_info *option, size_t *length);

/* Whether a section begins with this option, for lists by section. */
bool cfg_option_begins_section(size_t index);

/* Lines of [sweep] for an INI file to begin with. */
const char *cfg_starter_axes(void);

/* Find `path` as the user wrote it: as it is, then beside the INI file, then in the data path
 * ($SWEEP_DATA colon separated, data/, ../shared/data/, $XDG_DATA_HOME/sweep or
 * ~/.local/share/sweep). A "builtin:" path is returned as it is; "A:B" names two files, each looked
 * for on its own.
 * errors   CONFIG naming every place that was looked at, with a hint where to get ECG5000; NOMEM
 * owns     *out: swp_free */
SWP_CHECKED swp_status cfg_find_data(const cfg *config, const char *path, char **out, swp_err *err);

#endif
