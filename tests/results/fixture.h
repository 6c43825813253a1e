/* A store in a folder of its own under /tmp, and small studies with made-up numbers to fill it. */
#ifndef TEST_RESULTS_FIXTURE_H
#define TEST_RESULTS_FIXTURE_H

#include "results/report/report.h"
#include "results/store/search.h"

typedef struct fixture {
    char folder[64];
    char path[96];
    res_store *store;
} fixture;

/* Set-up and tear-down of cmocka: *state is a fixture with an open, empty store. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Close and open the store again. */
void fixture_reopen(fixture *f, res_mode mode);

/* Instructions of SQLite's virtual machine since the last call. */
size_t fixture_count_work(res_store *store);

#define STUDY_MOST 8
#ifndef STUDY_LENGTH
#define STUDY_LENGTH 140 /* time steps */
#endif

#define STUDY_SAMPLES 4   /* samples that are shown */
#define STUDY_WEIGHTS 100 /* per embedding dimension: the recorded number of weights */

/* The grid dims x seeds x epochs x thresholds; the last varies fastest. */
typedef struct study {
    const char *name;
    size_t dims[STUDY_MOST], n_dims;
    uint32_t seeds[STUDY_MOST];
    size_t n_seeds;
    size_t epochs[STUDY_MOST], n_epochs;
    const char *thresholds[STUDY_MOST];
    size_t n_thresholds;
    bool fresh, synthetic;
    const char *rate; /* train.learning_rate; another one makes other trials */
    /* set by study_plan */
    int64_t revision;
    bool is_new;
    res_trial_status trials[STUDY_MOST * STUDY_MOST];
    size_t n_trials, n_evaluations, n_done;
} study;

/* The study "small": two dimensions, one seed, 2 and 6 epochs, three kinds of thresholds. */
study study_small(void);
study study_many(const char *name); /* 49 trials, 8 epoch counts, 8 thresholds: 3136 evaluations */

/* Begin a run of the study and plan its trials and evaluations. */
swp_status study_plan(res_store *store, study *s, swp_err *err);

/* Record one epoch of a trial by worker salt + 1; losses and errors follow from salt and epoch, all
 * of them multiples of 1/64, so that sums and texts are exact. The best epoch so far has "weights
 * EPOCH" and two reconstructed numbers, salt and epoch. */
swp_status study_record(res_store *store, int64_t trial, size_t salt, size_t epoch, swp_err *err);

/* Plan, and record every epoch that is missing. */
void study_run(res_store *store, study *s);

/* A random search over the learning rate (1 to 4) and the embedding dimension (2 or 4), and a
 * proposal of it. shapes point (2) */
extern const res_search_spec study_search;
void study_propose(res_store *store, const study *s, size_t number, const double *point);

/* The made-up numbers of an epoch. Arrays of the caller: (STUDY_ERRORS) each. */
#ifndef STUDY_ERRORS
#define STUDY_ERRORS 20
#endif
double study_train_loss(size_t salt, size_t epoch);
double study_val_loss(size_t salt, size_t epoch); /* falls up to the best epoch, then rises */
size_t study_best_epoch(size_t salt);             /* 3 to 5 */
#define STUDY_BEGUN_S 1700000000.25 /* epoch e begins e seconds later, and takes half a second */
void study_errors(size_t salt, size_t epoch, float *val, float *test, float *anomaly);

/* One number of the database, read through a connection of its own. */
int64_t query_int(const char *path, const char *sql);

/* Run SQL through a connection of its own; returns SQLite's code. */
int run_sql(const char *path, const char *sql);

/* The output of `write`. free() it. */
typedef swp_status writer(FILE *out, void *context, swp_err *err);
char *capture(writer *write, void *context);

#endif
