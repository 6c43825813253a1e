/* A user's own command: what an INI file says of it, and what it becomes for one trial.
 *
 *   run  = python3 train.py ${args}         words, split once; no shell unless `shell` is on
 *   args = --${name}=${value}               the words of one parameter
 *
 * ${NAME} in the run line is the value of a parameter, in quotes, too; ${args}, a word of its own,
 * is the words of all parameters that are not named there; ${SWEEP_X} is what that variable of the
 * environment holds ("--epochs ${SWEEP_BUDGET}"); $${ is ${ itself. A value is put inside one word:
 * its spaces and quotes cannot break out. */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "results/store/store.h"

#define RUN_ARGS_ARGPARSE "--${name}=${value}"
#define RUN_ARGS_HYDRA    "${name}=${value}"
#define RUN_ARGS_WORDS    "--${name} ${value}"

#define RUN_MOST_METRICS 200u      /* names that an experiment may have */
#define RUN_UNLIMITED    INT32_MAX /* budget of a trial that ends by itself */

typedef enum run_param_kind {
    RUN_PARAM_TEXT,
    RUN_PARAM_NUMBER, /* a number in JSON */
    RUN_PARAM_BOOL,   /* "true" or "false"; a boolean in JSON, a value in arguments */
    RUN_PARAM_FLAG, /* "true" or "false": with args that begin with "-" it is there without a value
                       or not there; else as RUN_PARAM_BOOL */
    RUN_PARAM_SEED  /* of repetitions that the script knows nothing of: only $SWEEP_SEED */
} run_param_kind;

/* A parameter of one trial; borrowed. */
typedef struct run_param {
    const char *name, *value; /* the value as it is passed: numbers in shortest form */
    run_param_kind kind;
} run_param;

typedef enum run_metric_source {
    RUN_METRICS_AUTO, /* the file if the script writes it, else standard output */
    RUN_METRICS_FILE,
    RUN_METRICS_STDOUT
} run_metric_source;

/* [command], and what else decides how a command is run. Filled by the configuration; borrowed. */
typedef struct run_command {
    const char *run;             /* as written */
    const char *args;            /* RUN_ARGS_ARGPARSE, ... */
    bool shell;                  /* the run line is text for `sh -c`, values quoted for it */
    const char *folder;          /* where it runs; NULL: where `sweep` does */
    const res_pair *environment; /* (n_environment) set for it besides those of `sweep` */
    size_t n_environment;

    run_metric_source metrics;
    const char *step;         /* name of the step in metric lines; "epoch" */
    const char *const *watch; /* (n_watch) the only names that count; none: all */
    size_t n_watch;
    const char *objective; /* name of the metric that a trial must report */

    bool stop_by_file; /* wait for the script to see $SWEEP_STOP before SIGTERM */
    double grace_s;    /* from asking to SIGTERM, and from that to SIGKILL */
    double timeout_s;  /* of one attempt, without the time in which the run itself stood still; 0 =
                          none */
    double idle_s;     /* without a metric line; 0 = none */
    uint64_t memory;   /* bytes that the tree holds in core; 0 = none */

    const char *gpus; /* "auto", "none", or numbers as in CUDA_VISIBLE_DEVICES: "0,1" */
    size_t per_gpu;   /* slots that share one; >= 1 */
} run_command;

/* What differs between attempts and trials. */
typedef struct run_command_attempt {
    size_t trial;       /* number within the revision, from 1 */
    size_t number;      /* of the attempt, from 1 */
    const char *folder; /* of the trial; absolute */
    size_t steps_done;  /* it goes on after these */
    size_t budget;      /* it may end after this step; RUN_UNLIMITED: by itself */
    const char *gpu;    /* for CUDA_VISIBLE_DEVICES; NULL: what it is now */
    size_t threads;     /* for OMP_NUM_THREADS, unless that is set */
} run_command_attempt;

/* What is executed. */
typedef struct run_invocation {
    char **words;       /* (n_words), ended by NULL */
    char **environment; /* (n_environment) NAME=VALUE that differ from ours, ended by NULL */
    size_t n_words, n_environment;
    char *params; /* the JSON object that $SWEEP_PARAMS names */
} run_invocation;

/* Check the run line and the arguments against the names of the parameters, which need no values.
 * errors   CONFIG: nothing to run, a quote that does not end, ${args} inside a word, an unknown
 *          ${name} (with the nearest one); NOMEM */
SWP_CHECKED swp_status run_command_check(const run_command *command, const run_param *params,
                                         size_t n_params, swp_err *err);

/* errors   as check   owns   *out: run_invocation_deinit, also after an error */
SWP_CHECKED swp_status run_command_expand(const run_command *command, const run_param *params,
                                          size_t n_params, const run_command_attempt *attempt,
                                          run_invocation *out, swp_err *err);
/* The value of a variable that it sets, or NULL. Borrowed. */
const char *run_invocation_get(const run_invocation *invocation, const char *name);
void run_invocation_deinit(run_invocation *invocation);

/* Find the program of the run line as execvp would, from the folder where it runs.
 * errors   UNAVAILABLE (there is none, or it is not executable), CONFIG, NOMEM */
SWP_CHECKED swp_status run_command_find(const run_command *command, swp_err *err);

/* A regular file that a word of the run line names. */
typedef struct run_script {
    char *path; /* as written */
    char digest[RES_KEY_SIZE];
} run_script;

/* The scripts of a command, and their SHA-256. errors IO, CONFIG, NOMEM
 * owns     *scripts: run_scripts_free */
SWP_CHECKED swp_status run_command_scripts(const run_command *command, run_script **scripts,
                                           size_t *n, swp_err *err);
void run_scripts_free(run_script *scripts, size_t n);

/* The GPUs that slots may use: what `gpus` lists; of "auto" those of CUDA_VISIBLE_DEVICES, else
 * those of this machine. Slot i (from 0) has names[i % n]; n * per_gpu slots are the most.
 * errors   CONFIG (listed twice, or not a list), NOMEM   owns   *names: run_gpus_free */
SWP_CHECKED swp_status run_command_gpus(const run_command *command, char ***names, size_t *n,
                                        swp_err *err);
void run_gpus_free(char **names, size_t n);

/* Parameters as text, one a line, in which they travel to a worker (run_job_item.params) and make a
 * trial's key: `number lr = 1e-3`; line ends and backslashes of values are escaped. */
void run_params_put(const run_param *params, size_t n, swp_buf *out);

/* Read what run_params_put wrote. errors FORMAT, NOMEM
 * owns     *params: run_params_free */
SWP_CHECKED swp_status run_params_parse(const char *text, run_param **params, size_t *n,
                                        swp_err *err);
void run_params_free(run_param *params);

#endif
