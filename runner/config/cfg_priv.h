/* What the files of the configuration share: the option table, values, the configuration itself.
 * Only cfg*.c and their tests include this. */
#ifndef CFG_CFG_PRIV_H
#define CFG_CFG_PRIV_H

#include "runner/config/cfg.h"

#define CFG_MAX_SECTION 49 /* bytes of a section name: more inih cuts off */

/* Memory of texts and lists that live as long as the configuration. Zero-initialise. */
typedef struct cfg_pool {
    struct cfg_pool_block *last;
} cfg_pool;

void *cfg_pool_alloc(cfg_pool *pool, size_t count, size_t size); /* zeroed, or NULL */
const char *cfg_pool_text(cfg_pool *pool, const char *text);     /* copy, or NULL */
void cfg_pool_deinit(cfg_pool *pool);

/* Cut the space off both ends, in place. Returns the new start. */
char *cfg_trim(char *text);

/* How an option's value is written and which field it fills. */
typedef enum cfg_type {
    CFG_NAME,      /* const char *: an experiment's name */
    CFG_TEXT,      /* const char *: any text */
    CFG_LABEL,     /* const char *: a class label; numbers in shortest form */
    CFG_COLUMN,    /* const char *: the name or number of a column; NULL: auto */
    CFG_COLUMNS,   /* const char *: numbers of columns; NULL: auto */
    CFG_WORD,      /* const char *: one of the allowed words */
    CFG_CHOICE,    /* enum: the index among the allowed words */
    CFG_WHOLE,     /* size_t */
    CFG_SEED,      /* uint32_t */
    CFG_NUMBER,    /* double, > 0 */
    CFG_DURATION,  /* double, seconds */
    CFG_BYTES,     /* uint64_t */
    CFG_SHUFFLE,   /* eng_split_spec: shuffle and shuffle_seed */
    CFG_CUTS,      /* eng_split_spec: cuts */
    CFG_ANOMALIES, /* eng_split_spec: anomalies and anomaly_count */
    CFG_THRESHOLD, /* res_threshold */
    CFG_DIMS,      /* cfg_settings: init_after and n_init_after */
    CFG_METRIC,    /* const char *: the name of a metric or a step */
    CFG_METRICS,   /* const char *: names of metrics; NULL: all */
    CFG_OBJECTIVE, /* const char *: a metric, min(metric) or max(metric) */
    CFG_GPUS,      /* const char *: auto, none, or numbers */
    CFG_PARAM,     /* cfg_named: a command's parameter */
    CFG_CONFIRM,   /* cfg_confirm */
    CFG_START      /* const char *: values of axes; NULL: none */
} cfg_type;

/* [experiment] and [search]. */
typedef struct cfg_head {
    const char *name;
    cfg_search search; /* as written */
} cfg_head;

/* The structure that holds an option's field. */
typedef enum cfg_group { CFG_IN_HEAD, CFG_IN_COMMAND, CFG_IN_SETTINGS, CFG_IN_RUN } cfg_group;

typedef struct cfg_option {
    cfg_option_info info;
    cfg_type type;
    cfg_group group;
    size_t offset;         /* of the field in the group's structure */
    int64_t min, max;      /* of CFG_WHOLE */
    const char *zero_word; /* what stands for 0 ("auto", "none"), or NULL */
    bool decides_trial;    /* part of cfg_trial_text */
    bool is_new;   /* the first version did not have it: written unless it has its default */
    bool may_grow; /* a search goes on when it changes, so its revision's dump leaves it out */
} cfg_option;

/* One parsed value. A type uses the fields that it needs and leaves the others zero, so that values
 * of one option can be compared without knowing its type. */
typedef struct cfg_value {
    unsigned kind;     /* index of a word, kind of a threshold or of anomalies, 1 = shuffled */
    uint64_t whole;    /* whole numbers, seeds, bytes */
    double numbers[2]; /* numbers, seconds, thresholds, both cuts */
    const char *text;  /* owned by a pool or a literal */
    const size_t *dims;
    size_t n_dims;
} cfg_value;

/* The option called "section.key", or NULL. */
const cfg_option *cfg_option_find(const char *key);
size_t cfg_option_index(const cfg_option *option);
const cfg_option *cfg_option_get(size_t index);

/* Whether options of this group stand in configurations with a command, or in those without. */
bool cfg_group_applies(cfg_group group, bool has_command);

/* Whether any option, [sweep] or [params] stands in this section. */
bool cfg_section_exists(const char *section);

/* Set the hint of a recorded failure to the valid name nearest to what was written, or to all there
 * are. `section` NULL means that full names ("train.seed") are expected. */
void cfg_hint_section(const char *found, swp_err *err);
void cfg_hint_key(const char *section, const char *found, swp_err *err);

/* Parse a whole value. errors CONFIG "expected ..., found ..."; NOMEM. owns texts go to the pool */
SWP_CHECKED swp_status cfg_value_parse(cfg_pool *pool, const cfg_option *option, const char *text,
                                       cfg_value *out, swp_err *err);

/* Whether the dump and cfg_trial_text write this value of an option: not one that is new and has
 * its default, so that hashes and keys stay what they were. */
bool cfg_value_is_written(const cfg_option *option, const cfg_value *value);

/* Append the canonical text. Not for the options of [run], which are not dumped. */
void cfg_value_format(const cfg_option *option, const cfg_value *value, swp_buf *out);

/* Order of two values of one option; 0 = equal. */
int cfg_value_compare(const cfg_value *a, const cfg_value *b);
uint64_t cfg_value_hash(const cfg_value *value, uint64_t hash);

/* Copy between a value and the option's field in `group`, the structure that holds it. Not all
 * fields can be loaded: those of [run] cannot. */
void cfg_value_store(const cfg_option *option, const cfg_value *value, void *group);
cfg_value cfg_value_load(const cfg_option *option, const void *group);

/* Refuse brackets around lists, quotes, and words of other tools: choice(2, 4). errors CONFIG */
SWP_CHECKED swp_status cfg_list_check_form(const char *text, swp_err *err);

/* Whether an item of a list is a range of values: a..b, a..b..step or log(a, b, n). Of a command's
 * parameter only if its ends are numbers: a path may well contain "..". */
bool cfg_is_progression(const cfg_option *option, const char *item);

/* Parse a list of values: items separated by commas, each a value or, for numbers, a range a..b,
 * a..b..step or log(a, b, n). Sizes are checked before anything is allocated.
 * errors   CONFIG, NOMEM   owns   *values: swp_free; NULL after an error */
SWP_CHECKED swp_status cfg_list_parse(cfg_pool *pool, const cfg_option *option, const char *text,
                                      size_t most, cfg_value **values, size_t *n, swp_err *err);

/* Text from outside, cut when it is too long for an error message. */
typedef struct cfg_quoted {
    char text[68];
} cfg_quoted;

cfg_quoted cfg_quote(const char *text);

typedef struct cfg_axis {
    const cfg_option *option;
    cfg_value *values; /* (n) no two equal; swp_free */
    size_t n;
    size_t stride;   /* grid points between two of its values */
    size_t line;     /* where the file sets it; 0 = an override does */
    bool overridden; /* its values are not the file's */
    bool is_range;   /* `range` instead of values */
    run_dim range;
} cfg_axis;

/* One key of a [when AXIS = VALUE] section. */
typedef struct cfg_when {
    const cfg_option *axis_option;
    cfg_value axis_value;
    const cfg_option *option;
    cfg_value value;
    size_t line;
    bool used;    /* an override may have taken the value off the axis */
    size_t axis;  /* index into axes */
    size_t index; /* of the value on the axis */
} cfg_when;

/* A parameter of a command: named by the user, so its option is not in the table. */
typedef struct cfg_param {
    cfg_option option; /* offset: of its place in cfg_settings.varied, once is_varied */
    cfg_named fixed;   /* text NULL: [params] does not set it */
    bool is_varied;    /* an axis, or set by a [when] section */
    bool is_flag;
    size_t line; /* where [params] sets it; 0 = an override does, or it does not */
} cfg_param;

/* The value of a parameter of type CFG_PARAM. */
cfg_value cfg_param_value(const cfg_named *named);

/* The value of a parameter in a grid point. */
const cfg_named *cfg_param_of(const cfg_settings *settings, const cfg_param *param);

/* What is passed: that, but of a repetition its seed. */
cfg_value cfg_param_value_of(const cfg_settings *settings, const cfg_param *param);

struct cfg {
    cfg_pool pool;
    const char *path;
    cfg_head head;
    cfg_command command;   /* run NULL: the built-in backend */
    size_t n_varied;       /* places taken in cfg_settings.varied */
    cfg_settings settings; /* fixed ones; axes and [when] replace some of them */
    cfg_run run;
    size_t lines[CFG_MAX_AXES]; /* where the file sets an option; 0 = it does not */
    bool given[CFG_MAX_AXES];   /* set by the file or an override, axes left out */
    cfg_axis axes[CFG_MAX_AXES];
    size_t n_axes;
    cfg_when *whens; /* file order */
    size_t n_whens;
    size_t n_evaluations; /* of a search: readings of one trial */
    cfg_search search;    /* resolved */
    run_dim dims[CFG_MAX_AXES];
    run_space space;            /* of a search: dims */
    double start[CFG_MAX_AXES]; /* by dimension; NAN: search.start does not say it */
    res_pair *pairs;            /* the canonical dump */
    size_t n_pairs;
};

/* The structure that holds an option's field. */
void *cfg_group_of(cfg *config, const cfg_option *option);

/* Axis of an option, or NULL. */
cfg_axis *cfg_axis_of(cfg *config, const cfg_option *option);

/* The command's parameter of this name, or NULL; one that is made if need be; let it differ between
 * grid points. errors CONFIG (not a name, too many), NOMEM */
cfg_param *cfg_param_find(const cfg *config, const char *name);
SWP_CHECKED swp_status cfg_param_ensure(cfg *config, const char *name, cfg_param **out,
                                        swp_err *err);
SWP_CHECKED swp_status cfg_param_vary(cfg *config, cfg_param *param, swp_err *err);

/* Check what only the whole of a command can tell, and read its scripts.
 * errors   CONFIG, UNAVAILABLE (no such program), IO, all with file:line; NOMEM */
SWP_CHECKED swp_status cfg_command_check(cfg *config, size_t line, swp_err *err);

/* Fill config from defaults, the file `source` (config->path is what messages call it) and
 * overrides; and check what only the whole can tell. errors as cfg_load */
SWP_CHECKED swp_status cfg_build(cfg *config, const char *source, const cfg_override *overrides,
                                 size_t n_overrides, swp_err *err);

/* Where cfg_ini_read delivers what it finds. Each returns a status; not OK stops the reading. */
typedef struct cfg_ini_sink {
    void *user;
    swp_status (*section)(void *user, size_t line, const char *name, swp_err *err);
    swp_status (*entry)(void *user, size_t line, const char *key, const char *value, swp_err *err);
} cfg_ini_sink;

/* Read the INI file `source_path`, which messages call `path`.
 * errors IO; CONFIG with file:line; what the sink returns; NOMEM */
SWP_CHECKED swp_status cfg_ini_read(const char *path, const char *source_path,
                                    const cfg_ini_sink *sink, swp_err *err);

/* Whether an axis text is a range, as in log(1e-5 .. 1e-1), of an option whose values are numbers.
 */
bool cfg_is_range(const cfg_option *option, const char *text);

/* Parse such a text. errors CONFIG "expected ..., found ...", NOMEM */
SWP_CHECKED swp_status cfg_range_parse(const cfg_option *option, const char *text, run_dim *out,
                                       swp_err *err);
void cfg_range_format(const run_dim *range, swp_buf *out);

/* Whether trials are read at all values of this axis, and a search does not choose among them. */
bool cfg_is_free_axis(const cfg_option *option);

/* Check what only the whole can tell of [search], and resolve its words `auto`: cfg_build calls it
 * last. errors CONFIG with file:line and key, NOMEM */
SWP_CHECKED swp_status cfg_search_complete(cfg *config, swp_err *err);

/* Write the canonical dump into config. errors NOMEM */
SWP_CHECKED swp_status cfg_canonical_make(cfg *config, swp_err *err);

/* Whether a name this far from what was written is worth suggesting. */
bool cfg_is_near(size_t distance, const char *found);

/* Count the evaluations: the points of a grid, or the readings of each trial of a search. errors
 * CONFIG */
SWP_CHECKED swp_status cfg_measure_grid(cfg *config, swp_err *err);

#endif
