/* Steps from lines. The one pending step lies in the table of names; when it is complete its values
 * are moved to `values`, and the line that completed it begins the next. */
#include "runner/metrics/series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/mem.h"

typedef struct metric {
    char *name;
    uint64_t count; /* lines without a step that had it */
    bool is_objective, is_watched;
    bool is_pending; /* has a value in the pending step */
    double value;
} metric;

struct run_series {
    const run_command *command;
    metric metrics[RUN_MOST_METRICS]; /* (n), in the order of their first line */
    size_t n;
    uint64_t objectives; /* lines without a step that had the objective */
    bool says_steps;     /* a line said its step */
    uint64_t said;       /* the last one, from 1 */
    bool knows_first;    /* whether the script counts from 0 is known */
    bool from_zero;
    bool has_objective;
    uint64_t pending;  /* step; 0: none */
    size_t steps;      /* the last step that was read, of this attempt or those it follows */
    uint64_t repeated; /* the last step of those: repeated lines up to here are ignored */
    uint64_t counted;  /* lines without a step count from here */

    uint64_t complete;                        /* step of `values` */
    res_named_value values[RUN_MOST_METRICS]; /* (n_values) */
    size_t n_values;
    const char *failed; /* the objective, when it is not finite */
    char state[RUN_SERIES_STATE_SIZE];

    /* What was left out, by kind, and how many kinds of it were said. */
    size_t refused, not_finite, late, too_many;
    size_t said_refused, said_not_finite, said_late, said_too_many;
};

static const char *const known_states[] = {"command 1 0 0\n", "command 1 0 1\n", "command 1 1 0\n",
                                           "command 1 1 1\n"};
#define N_STATES (sizeof known_states / sizeof known_states[0])

/* Index of a state among those; N_STATES: it is none. */
static size_t find_state(const void *bytes, size_t size)
{
    size_t i = 0;
    while (i < N_STATES &&
           (strlen(known_states[i]) != size || memcmp(known_states[i], bytes, size) != 0))
        i++;
    return i;
}

bool run_series_is_state(const void *bytes, size_t size)
{
    return find_state(bytes, size) < N_STATES;
}

static swp_status parse_state(run_series *s, const void *state, size_t bytes, swp_err *err)
{
    size_t i = find_state(state, bytes);
    if (i == N_STATES)
        return swp_fail(err, SWP_FORMAT, "the stored state is not one of a command");
    s->knows_first = true;
    s->from_zero = i >= 2;
    s->has_objective = i % 2 == 1;
    return SWP_OK;
}

swp_status run_series_create(const run_command *command, size_t counted, const void *state,
                             size_t state_bytes, run_series **out, swp_err *err)
{
    run_series *s = *out = swp_alloc(1, sizeof *s);
    if (!s)
        return swp_fail(err, SWP_NOMEM, "out of memory for the metrics of a trial");
    s->command = command;
    s->counted = s->objectives = counted;
    return state_bytes > 0 ? parse_state(s, state, state_bytes, err) : SWP_OK;
}

void run_series_destroy(run_series *series)
{
    for (size_t i = 0; series && i < series->n; i++)
        swp_free(series->metrics[i].name);
    swp_free(series);
}

static bool is_listed(const run_command *command, const char *name)
{
    bool is_listed = command->n_watch == 0;
    for (size_t i = 0; i < command->n_watch && !is_listed; i++)
        is_listed = strcmp(command->watch[i], name) == 0;
    return is_listed;
}

/* The metric of a value; NULL when it does not count. */
static swp_status find_metric(run_series *s, const run_metric_value *value, metric **out,
                              swp_err *err)
{
    *out = NULL;
    for (size_t i = 0; i < s->n; i++) {
        metric *m = &s->metrics[i];
        if (strncmp(m->name, value->name, value->length) == 0 && !m->name[value->length]) {
            *out = m->is_watched ? m : NULL;
            return SWP_OK;
        }
    }
    if (s->n == RUN_MOST_METRICS) {
        s->too_many++;
        return SWP_OK;
    }
    char *name = swp_alloc(value->length + 1, 1);
    if (!name)
        return swp_fail(err, SWP_NOMEM, "out of memory for the metrics of a trial");
    memcpy(name, value->name, value->length);
    metric *m = &s->metrics[s->n++];
    m->name = name;
    m->count = s->counted;
    m->is_objective = strcmp(name, s->command->objective) == 0;
    m->is_watched = m->is_objective || is_listed(s->command, name);
    *out = m->is_watched ? m : NULL;
    return SWP_OK;
}

/* The step that a line belongs to; 0: none. */
static uint64_t said_step(run_series *s, const run_metric_line *line)
{
    if (line->has_step) {
        if (!s->knows_first)
            s->from_zero = line->step == 0;
        s->knows_first = s->says_steps = true;
        s->said = line->step + s->from_zero;
    }
    return s->said;
}

/* The step of a line if neither it nor any line before it names one. */
static uint64_t counted_step(run_series *s, metric *const *metrics, size_t n)
{
    uint64_t most = 0;
    bool has_objective = false;
    for (size_t i = 0; i < n; i++) {
        metrics[i]->count++;
        has_objective |= metrics[i]->is_objective;
        most = metrics[i]->count > most ? metrics[i]->count : most;
    }
    s->objectives += has_objective;
    if (has_objective)
        most = s->objectives;
    else if (most > s->objectives + 1)
        most = s->objectives + 1;
    return most > s->pending ? most : s->pending;
}

/* Move the pending step's values to where they are read from. Returns whether there is anything to
 * read. */
static bool complete_step(run_series *s)
{
    s->n_values = 0;
    s->failed = NULL;
    s->complete = s->pending;
    for (size_t i = 0; i < s->n; i++) {
        metric *m = &s->metrics[i];
        if (!m->is_pending)
            continue;
        m->is_pending = false;
        if (isfinite(m->value))
            s->values[s->n_values++] = (res_named_value){m->name, m->value};
        else if (m->is_objective)
            s->failed = m->name;
        else
            s->not_finite++;
        s->has_objective |= m->is_objective;
    }
    return s->n_values > 0 || s->failed;
}

swp_status run_series_add(run_series *s, const run_metric_line *line, bool *complete, swp_err *err)
{
    metric *metrics[RUN_MOST_METRICS];
    double values[RUN_MOST_METRICS];
    size_t n = 0;
    swp_status status = SWP_OK;
    *complete = false;
    s->refused += line->refused > 0;
    for (size_t i = 0; i < line->n && status == SWP_OK; i++) {
        status = find_metric(s, &line->values[i], &metrics[n], err);
        values[n] = line->values[i].value;
        n += status == SWP_OK && metrics[n];
    }
    if (status != SWP_OK || (n == 0 && !line->has_step))
        return status;
    uint64_t step =
        line->has_step || s->says_steps ? said_step(s, line) : counted_step(s, metrics, n);
    if (step <= s->steps || step < s->pending) {
        s->late += n > 0 && step > s->repeated;
        return SWP_OK;
    }
    if (step > s->pending) {
        *complete = s->pending > 0 && complete_step(s);
        s->pending = step;
    }
    for (size_t i = 0; i < n; i++) {
        metrics[i]->is_pending = true;
        metrics[i]->value = values[i];
    }
    return SWP_OK;
}

void run_series_end(run_series *series, bool *complete)
{
    *complete = series->pending > 0 && complete_step(series);
    series->pending = 0;
}

/* Count lines from the step `counted`. */
static void count_from(run_series *s, uint64_t counted)
{
    s->counted = s->objectives = counted;
    s->says_steps = false;
    s->said = 0;
    for (size_t i = 0; i < s->n; i++)
        s->metrics[i].count = counted;
}

void run_series_restart(run_series *series)
{
    count_from(series, series->counted);
    series->pending = 0;
    for (size_t i = 0; i < series->n; i++)
        series->metrics[i].is_pending = false;
}

void run_series_follow(run_series *series, size_t counted)
{
    count_from(series, counted);
    series->repeated = series->pending > series->steps ? series->pending : series->steps;
}

size_t run_series_pending(const run_series *series)
{
    return (size_t)series->pending;
}

swp_status run_series_read(run_series *s, res_step *out, swp_err *err)
{
    if (s->failed)
        return swp_fail(err, SWP_NUMERIC, "%s is not finite at step %llu", s->failed,
                        (unsigned long long)s->complete);
    int n =
        snprintf(s->state, sizeof s->state, "command 1 %d %d\n", s->from_zero, s->has_objective);
    s->steps = (size_t)s->complete;
    *out = (res_step){
        .step = s->steps,
        .values = s->values,
        .n_values = s->n_values,
        .state = s->state,
        .state_bytes = (size_t)n,
    };
    return SWP_OK;
}

size_t run_series_next(const run_series *series)
{
    return (size_t)series->complete;
}

bool run_series_has_objective(const run_series *series)
{
    return series->has_objective;
}

size_t run_series_steps(const run_series *series)
{
    return series->steps;
}

const char *run_series_note(run_series *s)
{
    struct {
        size_t count, *said;
        const char *text;
    } const notes[] = {
        {s->refused, &s->said_refused,
         "a metric line has a name or a step that is none: names are letters, digits and _ . / -, "
         "steps whole numbers"},
        {s->not_finite, &s->said_not_finite, "a value that is not finite was left out"},
        {s->late, &s->said_late, "values of a step before the present one were left out"},
        {s->too_many, &s->said_too_many, "more than 200 names of metrics: the others are left out"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (notes[i].count > 0 && *notes[i].said == 0) {
            *notes[i].said = notes[i].count;
            return notes[i].text;
        }
    }
    return NULL;
}

void run_series_names(const run_series *series, swp_buf *out)
{
    for (size_t i = 0; i < series->n; i++)
        swp_buf_printf(out, "%s%s", i > 0 ? ", " : "", series->metrics[i].name);
}
